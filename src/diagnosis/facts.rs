//! What rules look at: a pod, a node or an owner with what belongs to it.
//!
//! Rows and events come from what is watched; everything else is asked for through [`Known`], and may not be there yet. A
//! rule then says what it can, and is asked again. [`is_suspect`] keeps the rules from healthy pods.

use serde_json::Value;

use super::finding::{Evidence, Subject};
use super::known::{Known, Seen};
use crate::base::json::list;
use crate::base::stamp::Stamp;
use crate::model::event::EventRow;
use crate::model::lookup::{Lookup, Resource, What};
use crate::model::node::NodeRow;
use crate::model::pod::{ContainerKind, ContainerRow, End, PodRow, State, Wait};
use crate::model::row::Owner;

const SECOND: i64 = 1_000_000;

/// A pod and what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct PodFacts<'a> {
    /// The pod.
    pub pod: &'a PodRow,
    /// The events about it, oldest first; those that say the same are one.
    pub events: &'a [&'a EventRow],
    /// Its node, where it has one and it is known.
    pub node: Option<&'a NodeRow>,
    /// What else is known.
    pub known: &'a Known,
    /// The time.
    pub now: Stamp,
}

/// A container of a pod.
#[derive(Clone, Copy, Debug)]
pub struct ContainerFacts<'a> {
    /// The pod.
    pub pod: &'a PodFacts<'a>,
    /// The container.
    pub row: &'a ContainerRow,
}

/// A node and what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct NodeFacts<'a> {
    /// The node.
    pub node: &'a NodeRow,
    /// The events about it, oldest first.
    pub events: &'a [&'a EventRow],
    /// What else is known.
    pub known: &'a Known,
    /// The time.
    pub now: Stamp,
}

/// What owns pods, or should: `Deployment`, `ReplicaSet`, `StatefulSet`, `DaemonSet`, `Job`, `CronJob`; or a claim, a budget.
#[derive(Clone, Copy, Debug)]
pub struct ObjectFacts<'a> {
    /// Its kind.
    pub kind: &'a str,
    /// The whole object.
    pub object: &'a Value,
    /// The events about it, oldest first.
    pub events: &'a [&'a EventRow],
    /// What else is known.
    pub known: &'a Known,
    /// The time.
    pub now: Stamp,
}

/// Whether rules need to look at a pod at all: cheap, and never false for a pod that a rule has something to say of.
pub fn is_suspect(pod: &PodRow) -> bool {
    let is_quiet = |container: &ContainerRow| {
        let runs_well = match &container.state {
            State::Running(_) => container.ready || container.kind == ContainerKind::Ephemeral,
            State::Ended(end) => end.exit_code == 0 && container.kind == ContainerKind::Init,
            State::Waiting(_) | State::Unknown => false,
        };
        runs_well && container.restarts == 0
    };
    let is_well = &*pod.phase == "Running"
        && !super::rules::may_be_left(pod)
        && pod.trouble.is_none()
        && pod.gates_true == pod.gates
        && pod.containers.iter().all(is_quiet);
    let is_done = &*pod.phase == "Succeeded" && !super::rules::may_be_left(pod);
    pod.meta.deleted.is_set() || !(is_well || is_done)
}

/// The newest event with one of these reasons.
pub fn newest<'a>(events: &[&'a EventRow], reasons: &[&str]) -> Option<&'a EventRow> {
    events.iter().rev().find(|event| reasons.contains(&&*event.reason)).copied()
}

impl<'a> PodFacts<'a> {
    /// The pod as a subject.
    pub fn subject(&self) -> Subject {
        Subject::pod(self.pod)
    }

    /// The whole object, once it is read.
    pub fn object(&self) -> Option<&'a Value> {
        let (namespace, name) = (&self.pod.meta.namespace, &self.pod.meta.name);
        self.known.object(Lookup::object(Resource::Pods, namespace, name)).known()
    }

    /// What controls it, or the Deployment behind its `ReplicaSet`; itself where nothing does.
    pub fn owner(&self) -> Subject {
        top_owner(self.pod)
    }

    /// Seconds since then; 0 where it is not set.
    pub fn seconds_since(&self, then: Stamp) -> i64 {
        self.now.micros_since(then).map_or(0, |micros| micros / SECOND)
    }

    /// Its containers.
    pub fn containers(&'a self) -> impl Iterator<Item = ContainerFacts<'a>> {
        self.pod.containers.iter().map(|row| ContainerFacts { pod: self, row })
    }

    /// The newest event with one of these reasons, whichever part of the pod it is about.
    pub fn event(&self, reasons: &[&str]) -> Option<&'a EventRow> {
        newest(self.events, reasons)
    }

    /// A condition that is not true.
    pub fn false_condition(&self, name: &str) -> Option<&'a crate::model::pod::FalseCondition> {
        self.pod.trouble.as_ref()?.conditions.iter().find(|condition| &*condition.name == name)
    }
}

/// How many minutes after its time a Job of a `CronJob` may make its last pod: a week.
const ATTEMPTS: i64 = 7 * 24 * 60;

/// The `CronJob` that made a Job. No pod names it; but the Job is called after it and after the minute that it was due, since
/// 1970, and a name that somebody chose does not end with a minute shortly before its pod was made.
fn cron_job(owner: &Owner, created: Stamp) -> Option<&str> {
    let (name, minute) = owner.name.rsplit_once('-').filter(|_| &*owner.kind == "Job")?;
    let minute: i64 = minute.parse().ok()?;
    (0..ATTEMPTS).contains(&(created.seconds() / 60 - minute)).then_some(name)
}

/// What controls a pod, or the Deployment behind its `ReplicaSet`, or the `CronJob` behind its Job; the pod itself where nothing does, or its node does.
pub fn top_owner(pod: &PodRow) -> Subject {
    match &pod.meta.owner {
        Some(owner) if &*owner.kind != "Node" => match pod.deployment() {
            Some(name) => Subject::new("Deployment", &pod.meta.namespace, name),
            None => match cron_job(owner, pod.meta.created) {
                Some(name) => Subject::new("CronJob", &pod.meta.namespace, name),
                None => Subject::owner(&pod.meta.namespace, owner),
            },
        },
        _ => Subject::pod(pod),
    }
}

impl<'a> ContainerFacts<'a> {
    /// The container as a subject.
    pub fn subject(&self) -> Subject {
        self.pod.subject().container(&self.row.name)
    }

    /// Why it waits, where it does.
    pub fn wait(&self) -> Option<&'a Wait> {
        match &self.row.state {
            State::Waiting(wait) => Some(wait),
            _ => None,
        }
    }

    /// How its last run ended, whether it waits, runs again or has just ended: the kubelet writes `CrashLoopBackOff` late.
    pub fn last_end(&self) -> Option<&'a End> {
        match &self.row.state {
            State::Ended(end) => Some(end),
            _ => self.row.last_end.as_deref(),
        }
    }

    /// The newest event about this container with one of these reasons. Events without a field path are about the pod.
    pub fn event(&self, reasons: &[&str]) -> Option<&'a EventRow> {
        let is_about = |event: &&&EventRow| reasons.contains(&&*event.reason) && self.is_named_by(&event.field_path);
        self.pod.events.iter().rev().find(is_about).copied()
    }

    /// Whether a field path names this container: `spec.containers{app}`.
    pub fn is_named_by(&self, field_path: &str) -> bool {
        field_path
            .split_once('{')
            .and_then(|(_, rest)| rest.strip_suffix('}'))
            .is_some_and(|name| name == &*self.row.name)
    }

    /// Its part of the spec, once the whole pod is read.
    pub fn spec(&self) -> Option<&'a Value> {
        let object = self.pod.object()?;
        let lists = ["/spec/containers", "/spec/initContainers", "/spec/ephemeralContainers"];
        let mut all = lists.iter().flat_map(|path| list(object, path));
        all.find(|spec| spec["name"] == *self.row.name)
    }

    /// The last lines of the run that ended last. The kubelet may have removed the container that `--previous` would mean
    /// while the present one has ended: then the present one has them.
    pub fn last_words(&self) -> Seen<&'a [Box<str>]> {
        let previous = !matches!(self.row.state, State::Ended(_));
        let what = What::Log { container: self.row.name.clone(), previous, run: self.row.restarts };
        let meta = &self.pod.pod.meta;
        self.pod.known.lines(Lookup { what, namespace: meta.namespace.clone(), name: meta.name.as_str().into() })
    }

    /// What its state is, as evidence.
    pub fn state(&self) -> Option<Evidence> {
        let source = format!("state of container {}", self.row.name);
        let end = |end: &End| format!("{}, exit code {}", end.reason, end.exit_code);
        match &self.row.state {
            State::Waiting(wait) if wait.message.is_empty() => Some(Evidence::new(source, &*wait.reason)),
            State::Waiting(wait) => Some(Evidence::new(source, format!("{}: {}", wait.reason, wait.message))),
            State::Ended(ended) => Some(Evidence::new(source, end(ended)).at(ended.finished)),
            State::Running(_) | State::Unknown => None,
        }
    }
}

impl<'a> NodeFacts<'a> {
    /// The node as a subject.
    pub fn subject(&self) -> Subject {
        Subject::node(&self.node.meta.name)
    }

    /// The newest event with one of these reasons.
    pub fn event(&self, reasons: &[&str]) -> Option<&'a EventRow> {
        newest(self.events, reasons)
    }
}

impl<'a> ObjectFacts<'a> {
    /// The object as a subject.
    pub fn subject(&self) -> Subject {
        let text = |path| crate::base::json::text(self.object, path);
        Subject::new(self.kind, text("/metadata/namespace"), text("/metadata/name"))
    }

    /// Whom a person knows it by: the Deployment of a `ReplicaSet`, the `CronJob` of a Job; itself where nothing controls it.
    pub fn owner(&self) -> Subject {
        let controls = |owner: &&Value| owner["controller"] == true;
        let text = crate::base::json::text;
        let owner = list(self.object, "/metadata/ownerReferences").iter().find(controls);
        match owner.map(|owner| (text(owner, "/kind"), text(owner, "/name"))) {
            Some((kind @ ("Deployment" | "CronJob"), name)) => {
                Subject::new(kind, text(self.object, "/metadata/namespace"), name)
            }
            _ => self.subject(),
        }
    }

    /// The newest event with one of these reasons.
    pub fn event(&self, reasons: &[&str]) -> Option<&'a EventRow> {
        newest(self.events, reasons)
    }

    /// A condition of its status, whatever it says.
    pub fn condition(&self, name: &str) -> Option<&'a Value> {
        list(self.object, "/status/conditions").iter().find(|condition| condition["type"] == *name)
    }
}
