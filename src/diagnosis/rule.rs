//! A rule: what it is called, what it means, and the function that judges.

use super::facts::{ContainerFacts, NodeFacts, ObjectFacts, PodFacts};
use super::finding::{Certainty, Finding, Severity, Subject};
use crate::base::stamp::Stamp;
use crate::model::pod::ContainerKind;

/// A rule of the catalogue.
#[derive(Debug)]
pub struct Rule {
    /// `image.not-found`: the group, and what is the matter. Stable: configurations and scripts name it.
    pub id: &'static str,
    /// How bad it is, unless the finding says otherwise.
    pub severity: Severity,
    /// The rules that it makes redundant where both speak of the same pod, or of a pod and its owner: ids, or a group as
    /// `crash.*`; `*` is all.
    pub explains: &'static [&'static str],
    /// What it means, for the documents: one or two sentences.
    pub means: &'static str,
    /// How it is known: fields, events, texts, and the versions that these were seen on.
    pub known_by: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// The function that judges.
    pub judge: Judge,
}

/// What a rule looks at. The function is given its own rule, from which its findings are made.
#[derive(Clone, Copy, Debug)]
pub enum Judge {
    /// Each container of a suspect pod.
    Container(fn(&Rule, &ContainerFacts<'_>) -> Option<Finding>),
    /// A suspect pod.
    Pod(fn(&Rule, &PodFacts<'_>) -> Option<Finding>),
    /// Each node.
    Node(fn(&Rule, &NodeFacts<'_>) -> Option<Finding>),
    /// Each node, and each pod on it by what the node is.
    NodeAndPods(fn(&Rule, &NodeFacts<'_>) -> Option<Finding>, fn(&Rule, &PodFacts<'_>) -> Option<Finding>),
    /// What owns pods, and what pods depend on.
    Object(fn(&Rule, &ObjectFacts<'_>) -> Option<Finding>),
}

impl Rule {
    /// A finding about this subject. Its root is the subject until something else is said.
    pub fn finding(&self, subject: Subject, cause: impl Into<Box<str>>) -> Finding {
        Finding {
            id: self.id.into(),
            severity: self.severity,
            root: subject.clone(),
            subject,
            cause: cause.into(),
            certainty: Certainty::Certain,
            evidence: Vec::new(),
            since: Stamp::NONE,
            next: Vec::new(),
            fit: None,
        }
    }

    /// A finding about a container; its root is the same container of all pods of the owner. A debug container that fails
    /// is worth a notice: the pod is no worse for it.
    pub fn in_container(&self, facts: &ContainerFacts<'_>, cause: impl Into<Box<str>>) -> Finding {
        let root = facts.pod.owner().container(&facts.row.name);
        let is_debugger = facts.row.kind == ContainerKind::Ephemeral;
        let severity = if is_debugger { Severity::Notice } else { self.severity };
        self.finding(facts.subject(), cause).root(root).severity(severity)
    }

    /// A finding about a pod as a whole; its root is the owner.
    pub fn in_pod(&self, facts: &PodFacts<'_>, cause: impl Into<Box<str>>) -> Finding {
        self.finding(facts.subject(), cause).root(facts.owner())
    }

    /// Whether it makes a finding with this id redundant.
    pub fn explains(&self, id: &str) -> bool {
        let covers = |pattern: &&str| {
            *pattern == id || pattern.strip_suffix('*').is_some_and(|group| id.starts_with(group) && id != self.id)
        };
        self.explains.iter().any(covers)
    }
}
