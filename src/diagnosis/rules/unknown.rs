//! What no other rule recognises, in the words as they are: never silence.
//!
//! [`super::super::judge`] drops it wherever another rule has something to say of the same container.

use std::borrow::Cow;

use super::super::facts::{ContainerFacts, PodFacts};
use super::super::finding::{Evidence, Finding, Severity};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::start::{failure, tail};
use super::words::cut;
use crate::base::stamp::Stamp;
use crate::model::pod::{ContainerKind, State};

pub(super) static RULES: &[Rule] = &[Rule {
    id: "unknown",
    severity: Severity::Broken,
    explains: &[],
    means: "Something is wrong that no rule knows: the finding is called unknown.REASON, and repeats what the cluster says.",
    known_by: "A container waits with a reason that no rule has matched, or is being created for more than five minutes; the pod has failed, or a condition of \
               it is false, with a reason that no rule has matched.",
    remedy: "Read the words, the events and the description.",
    judge: Judge::Pod(unknown),
}];

/// Being created may take so long, in seconds.
const PATIENCE: i64 = 300;

/// What is not recognised.
struct Unrecognised {
    reason: String,
    cause: String,
    source: String,
    severity: Severity,
    since: Stamp,
}

fn unknown(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    if facts.pod.meta.deleted.is_set() {
        return None;
    }
    let in_container = facts.containers().find_map(|container| Some((container.subject(), of_container(&container)?)));
    let (subject, found) = match in_container {
        Some(found) => found,
        None => (facts.subject(), of_phase(facts).or_else(|| of_condition(facts))?),
    };
    let Unrecognised { reason, cause, source, severity, since } = found;
    let root = facts.owner().container(&subject.container);
    let evidence = Evidence::new(source, cause.clone()).at(since);
    let finding = rule.finding(subject, cause).root(root).severity(severity).since(since).seen([evidence]);
    let warning = facts.events.iter().rev().find(|event| event.is_warning()).copied();
    let finding = Finding { id: Cow::Owned(format!("unknown.{reason}")), ..finding }.seen(warning.map(Evidence::event));
    let finding = finding.probably("no rule knows this reason; these are the cluster's own words");
    Some(finding.next(Next::new(Step::Events, &facts.subject())).next(Next::new(Step::Describe, &facts.subject())))
}

fn of_container(facts: &ContainerFacts<'_>) -> Option<Unrecognised> {
    if facts.row.kind == ContainerKind::Ephemeral || facts.pod.pod.has_ended() {
        return None;
    }
    let source = format!("state of container {}", facts.row.name);
    let since =
        facts.pod.false_condition("ContainersReady").map_or(facts.pod.pod.meta.created, |condition| condition.since);
    if let Some((words, _)) = failure(facts) {
        let reason = facts.wait().map_or("StartError", |wait| {
            if &*wait.reason == "CrashLoopBackOff" { "StartError" } else { &*wait.reason }
        });
        let cause = format!("cannot be started: \"{}\"", tail(words));
        return Some(Unrecognised { reason: reason.to_owned(), cause, source, severity: Severity::Broken, since });
    }
    let State::Waiting(wait) = &facts.row.state else { return None };
    match &*wait.reason {
        "PodInitializing" => None,
        "ContainerCreating" | "" => {
            let is_late = !facts.pod.pod.node.is_empty() && facts.pod.seconds_since(since) >= PATIENCE;
            let warning = facts.pod.events.iter().rev().find(|event| event.is_warning());
            let cause = match warning {
                Some(event) => format!("is not created: {}: \"{}\"", event.reason, cut(&event.message)),
                None => "is not created, and nothing says why".to_owned(),
            };
            let reason = "ContainerCreating".to_owned();
            is_late.then_some(Unrecognised { reason, cause, source, severity: Severity::Degraded, since })
        }
        reason => {
            let words = if wait.message.is_empty() { String::new() } else { format!(": \"{}\"", cut(&wait.message)) };
            let cause = format!("waits: {reason}{words}");
            Some(Unrecognised { reason: reason.to_owned(), cause, source, severity: Severity::Broken, since })
        }
    }
}

/// A pod that has failed as a whole.
fn of_phase(facts: &PodFacts<'_>) -> Option<Unrecognised> {
    let pod = facts.pod;
    let has_run = pod.containers.iter().any(|row| matches!(row.state, State::Ended(_)));
    let trouble = pod.trouble.as_ref();
    let reason = trouble.map_or("", |trouble| &trouble.reason);
    if &*pod.phase != "Failed" || has_run && reason.is_empty() {
        return None;
    }
    let words = trouble.map_or("", |trouble| trouble.message.trim());
    let refused = words.strip_prefix("Pod was rejected: ").or_else(|| words.strip_prefix("Pod "));
    let cause = match (refused, reason) {
        (Some(why), _) => format!("node {} refuses the pod: {reason}: \"{}\"", pod.node, cut(why)),
        (None, "") => "the pod has failed, and nothing says why".to_owned(),
        (None, _) => format!("the pod has failed: {reason}: \"{}\"", cut(words)),
    };
    let reason = if reason.is_empty() { "Failed" } else { reason };
    let source = "status of the pod".to_owned();
    Some(Unrecognised { reason: reason.to_owned(), cause, source, severity: Severity::Broken, since: pod.meta.created })
}

/// A condition that Kubernetes itself does not set, or a pod that is not ready for no reason that is known.
fn of_condition(facts: &PodFacts<'_>) -> Option<Unrecognised> {
    const KNOWN: &[&str] = &["PodScheduled", "Initialized", "Ready", "ContainersReady"];
    let trouble = facts.pod.trouble.as_ref()?;
    let is_foreign = |condition: &&crate::model::pod::FalseCondition| !KNOWN.contains(&&*condition.name);
    let condition = trouble.conditions.iter().find(is_foreign)?;
    let reason = if condition.reason.is_empty() { &condition.name } else { &condition.reason };
    let cause = format!("condition {} is false: {}: \"{}\"", condition.name, condition.reason, cut(&condition.message));
    let source = format!("condition {}", condition.name);
    Some(Unrecognised { reason: reason.to_string(), cause, source, severity: Severity::Notice, since: condition.since })
}
