//! What debugging left behind: pods on nodes, copies, and ephemeral containers that have ended.
//!
//! What this program made says so in an annotation. What kubectl made is known by its names: `node-debugger-NODE-xxxxx`, and
//! containers `debugger-xxxxx`. What runs and is young is in use, and nobody's business.

use super::super::facts::PodFacts;
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use crate::model::pod::{ContainerKind, ContainerRow, PodRow, State};

/// A debugging pod that still runs after so many seconds was forgotten.
const FORGOTTEN: i64 = 60 * 60;

/// What kubectl puts before the random end of a pod's name, and of a container's.
const POD: &str = "node-debugger-";
const CONTAINER: &str = "debugger-";

pub(super) static RULES: &[Rule] = &[Rule {
    id: "debug.leftover",
    severity: Severity::Notice,
    explains: &[],
    means: "A pod that was made for debugging has ended or was forgotten, or an ephemeral container has ended. Neither goes away \
            by itself; an ephemeral container stays as long as its pod.",
    known_by: "The annotation of pods that this program made, the names that kubectl gives (v1.37), and ephemeral containers \
               that are terminated.",
    remedy: "Delete the debugging pod. To be rid of an ephemeral container, replace its pod.",
    judge: Judge::Pod(leftover),
}];

/// Whether a pod may be something that debugging left: cheap.
pub(in super::super) fn may_be_left(pod: &PodRow) -> bool {
    pod.created_by.is_some()
        || pod.meta.owner.is_none() && (pod.meta.name.starts_with(POD) || pod.containers.iter().any(is_debugger))
}

/// A container that `kubectl debug --copy-to` has added.
fn is_debugger(container: &ContainerRow) -> bool {
    container.kind == ContainerKind::Regular
        && container
            .name
            .strip_prefix(CONTAINER)
            .is_some_and(|end| end.len() == 5 && end.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn leftover(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    if facts.pod.meta.deleted.is_set() {
        return None;
    }
    if may_be_left(facts.pod) { debugging_pod(rule, facts) } else { ended_container(rule, facts) }
}

fn debugging_pod(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let PodRow { meta, node, .. } = facts.pod;
    let is_over = facts.pod.has_ended();
    if !is_over && facts.seconds_since(meta.created) < FORGOTTEN {
        return None;
    }
    let what = if meta.name.starts_with(POD) {
        format!("debugging pod on node {node}")
    } else {
        "copy of a pod for debugging".to_owned()
    };
    let state = if is_over { "has ended and is still there" } else { "still runs" };
    let maker = match &facts.pod.created_by {
        Some(mark) => Evidence::new("annotation podtriage.dev/created", mark.clone()),
        None => Evidence::new("name", "as kubectl debug gives it"),
    };
    let found = rule.finding(facts.subject(), format!("{what} {state}")).since(meta.created).seen([maker]);
    let found = found.next(Next::new(Step::Delete, &facts.subject()));
    Some(if facts.pod.created_by.is_some() { found } else { found.probably("it is known by its name only") })
}

fn ended_container(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let is_ended = |container: &&ContainerRow| {
        container.kind == ContainerKind::Ephemeral && matches!(container.state, State::Ended(_))
    };
    let mut ended = facts.pod.containers.iter().filter(is_ended);
    let first = ended.next()?;
    let others = ended.count();
    let since = if let State::Ended(end) = &first.state { end.finished } else { facts.pod.meta.created };
    let more = if others == 0 { String::new() } else { format!(" and {others} more") };
    let cause = format!("ephemeral container {}{more} has ended; it goes when the pod goes", first.name);
    let subject: Subject = facts.subject();
    let found = rule.finding(subject.clone().container(&first.name), cause).since(since);
    let found =
        found.seen([Evidence::new(format!("container {}", first.name), format!("image {}", first.image)).at(since)]);
    Some(
        found
            .next(Next::new(Step::Logs, &subject.container(&first.name)))
            .next(Next::new(Step::Delete, &facts.subject())),
    )
}
