//! What a rule says: a finding with its evidence and the next steps, as plain data.
//!
//! Roles and words, no colours and no keys: the screen, the plain command and the documents show the same value.

use std::borrow::Cow;
use std::sync::Arc;

use super::fit::Fit;
use super::next::Next;
use crate::base::stamp::Stamp;
use crate::model::event::EventRow;
use crate::model::pod::PodRow;
use crate::model::row::{Meta, Owner};

/// How bad it is. Orders from the least to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing fails.
    Notice,
    /// Works in part, or will soon fail.
    Degraded,
    /// Does not work.
    Broken,
}

impl Severity {
    /// As it is written in JSON and flags.
    pub fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Degraded => "degraded",
            Self::Broken => "broken",
        }
    }

    /// The mark before a line.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Notice => "●",
            Self::Degraded => "▲",
            Self::Broken => "✖",
        }
    }
}

/// How sure the rule is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// The cluster says so.
    Certain,
    /// It is concluded; from what, or what could not be seen.
    Probable(Box<str>),
}

/// What a finding is about: an object, and the part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// `Pod`, `Deployment`, `Node`, …
    pub kind: Arc<str>,
    /// Its namespace; empty where it has none.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The container; empty where the whole object is meant.
    pub container: Arc<str>,
    /// The field, as manifests write it (`spec.nodeSelector`); mostly empty.
    pub field: Arc<str>,
}

impl Subject {
    /// An object.
    pub fn new(kind: &str, namespace: &str, name: &str) -> Self {
        Self { kind: kind.into(), namespace: namespace.into(), name: name.into(), ..Self::default() }
    }

    /// A pod.
    pub fn pod(pod: &PodRow) -> Self {
        let Meta { namespace, name, .. } = &pod.meta;
        Self { kind: "Pod".into(), namespace: namespace.clone(), name: name.as_str().into(), ..Self::default() }
    }

    /// The node of this name.
    pub fn node(name: &str) -> Self {
        Self::new("Node", "", name)
    }

    /// What controls an object of this namespace.
    pub fn owner(namespace: &Arc<str>, owner: &Owner) -> Self {
        Self { kind: owner.kind.clone(), namespace: namespace.clone(), name: owner.name.clone(), ..Self::default() }
    }

    /// One of its containers.
    #[must_use]
    pub fn container(mut self, name: &Arc<str>) -> Self {
        self.container = name.clone();
        self
    }

    /// One of its fields.
    #[must_use]
    pub fn field(mut self, path: &str) -> Self {
        self.field = path.into();
        self
    }

    /// The object alone, without the part.
    #[must_use]
    pub fn object(&self) -> Self {
        Self { container: Arc::default(), field: Arc::default(), ..self.clone() }
    }

    /// Whether it has a number of replicas that a person can change.
    pub fn is_scalable(&self) -> bool {
        matches!(&*self.kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController")
    }

    /// Whether both are about the same object, whatever the part.
    pub fn is_same_object(&self, other: &Self) -> bool {
        self.name == other.name && self.kind == other.kind && self.namespace == other.namespace
    }
}

/// Something that was seen, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// `event FailedScheduling`, `condition Ready`, `state of container app`, `log of app`, `node node-a`.
    pub source: Box<str>,
    /// What it says; the cluster's own words may hold anything.
    pub text: Box<str>,
    /// When; not set where it has no time.
    pub at: Stamp,
    /// How often it was seen; 1 where it is not counted.
    pub count: u32,
}

impl Evidence {
    /// Something without a time.
    pub fn new(source: impl Into<Box<str>>, text: impl Into<Box<str>>) -> Self {
        Self { source: source.into(), text: text.into(), at: Stamp::NONE, count: 1 }
    }

    /// The same with a time.
    #[must_use]
    pub fn at(mut self, at: Stamp) -> Self {
        self.at = at;
        self
    }

    /// What an event says.
    pub fn event(event: &EventRow) -> Self {
        let seen = event.sighting();
        let source = format!("event {}", event.reason);
        Self { source: source.into(), text: event.message.clone(), at: seen.last, count: seen.times }
    }
}

/// What is the matter with one object, and what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// `image.not-found`: stable, and documented.
    pub id: Cow<'static, str>,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// What findings with the same cause have in common; they are shown as one. The owner with the container where
    /// a rule names nothing else.
    pub root: Subject,
    /// Why, in one line.
    pub cause: Box<str>,
    /// How sure.
    pub certainty: Certainty,
    /// What was seen, the most telling first.
    pub evidence: Vec<Evidence>,
    /// Since when; not set where nothing tells.
    pub since: Stamp,
    /// What to do, the most useful first.
    pub next: Vec<Next>,
    /// Where a pod would fit, for those that have no node.
    pub fit: Option<Box<Fit>>,
}

impl Finding {
    /// A guess, and why it is no more.
    #[must_use]
    pub fn probably(mut self, because: impl Into<Box<str>>) -> Self {
        self.certainty = Certainty::Probable(because.into());
        self
    }

    /// With this severity instead of the rule's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// With this root.
    #[must_use]
    pub fn root(mut self, root: Subject) -> Self {
        self.root = root;
        self
    }

    /// Since then.
    #[must_use]
    pub fn since(mut self, since: Stamp) -> Self {
        self.since = since;
        self
    }

    /// With more evidence.
    #[must_use]
    pub fn seen(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// With one more step.
    #[must_use]
    pub fn next(mut self, next: Next) -> Self {
        self.next.push(next);
        self
    }

    /// With what the scheduler would say.
    #[must_use]
    pub fn fit(mut self, fit: Fit) -> Self {
        self.fit = Some(Box::new(fit));
        self
    }
}
