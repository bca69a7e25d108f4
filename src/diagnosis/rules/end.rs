//! How pods end, or do not: held by finalizers, slow to stop, evicted, refused by the kubelet, out of time, gone with a node.
//!
//! A pod that is being deleted is one with a deletion time, whatever STATUS prints: a finished phase hides `Terminating`. Why a
//! pod failed as a whole stands in `status.reason`; its STATUS then says only `Error`, and its containers may say nothing.

use serde_json::Value;

use super::super::facts::{ContainerFacts, PodFacts};
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::known::Seen;
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::phrase::{clock, one_line};
use crate::base::age::human_duration;
use crate::base::json::{list, number};
use crate::base::stamp::Stamp;
use crate::model::lookup::{Lookup, Resource, What};
use crate::model::pod::{State, Trouble};

const SECOND: i64 = 1_000_000;

/// How long after its grace a pod may take to go: the kubelet and the API server need a moment each.
const LEEWAY: i64 = 30;
/// A pod that has been stopping for less is stopping as it should.
const STOPPING: i64 = 60;
/// And for longer than this, nobody waits without asking why.
const SLOW: i64 = 10 * 60;
/// What failed so long ago, and was replaced, is history.
const HISTORY: i64 = 10 * 60;

/// What the end of a pod as a whole makes of its containers and its owner.
const SYMPTOMS: &[&str] =
    &["crash.*", "start.*", "ready.*", "init.*", "sidecar.*", "restarts.*", "owner.backoff-limit", "unknown.*"];

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "end.terminating-finalizer",
        severity: Severity::Degraded,
        explains: &["end.grace", "crash.*", "ready.*", "unknown.*", "restarts.*"],
        means: "The pod is deleted and its containers have ended, but a finalizer keeps the object until somebody removes it.",
        known_by: "metadata.deletionTimestamp is past, metadata.finalizers is not empty, no container runs.",
        remedy: "Find whoever set the finalizer and why it does not finish. Removing it by hand skips what it waits for.",
        judge: Judge::Pod(finalizer),
    },
    Rule {
        id: "end.terminating-node-down",
        severity: Severity::Degraded,
        explains: &["end.grace", "ready.*", "crash.*", "unknown.*", "restarts.*"],
        means: "The pod is deleted, and the kubelet that would end it is gone: nobody can say whether its containers still run.",
        known_by: "The deletion's grace is over, and the node does not exist any more, or events NodeNotReady or \
                   TaintManagerEviction tell of it where nodes may not be read. Where the node is there and silent, \
                   node.kubelet-silent says so for all its pods.",
        remedy: "When the machine is surely off, force the deletion; else a second copy may run beside the first.",
        judge: Judge::Pod(node_down),
    },
    Rule {
        id: "end.grace",
        severity: Severity::Degraded,
        explains: &["ready.*", "crash.*", "start.hook-failed", "unknown.*", "restarts.*"],
        means: "The pod is asked to stop and goes on: a preStop hook takes long, or the program does not heed SIGTERM. It is killed \
                when its grace period is over. For the first ten minutes that is only worth knowing.",
        known_by: "metadata.deletionTimestamp, deletionGracePeriodSeconds, and a container that runs.",
        remedy: "Let the program end on SIGTERM, shorten the hook or terminationGracePeriodSeconds; or force the deletion.",
        judge: Judge::Pod(grace),
    },
    Rule {
        id: "end.evicted",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "The kubelet has ended the pod because something ran short: the node's memory, disk or process ids, or the pod's own \
                allowance of local storage.",
        known_by: "status.reason is Evicted; its message says what ran short (v1.35).",
        remedy: "Raise the limit or use less; on a node that runs short, state requests as high as the use.",
        judge: Judge::Pod(evicted),
    },
    Rule {
        id: "end.rejected",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "The kubelet has refused the pod: it was put on the node past the scheduler, or the node changed meanwhile. It never \
                starts, and is not tried again.",
        known_by: "The phase is Failed without a container's status, and status.reason is one of the kubelet's admission: OutOfcpu, \
                   OutOfmemory, OutOfpods, NodeAffinity, NodePorts, UnexpectedAdmissionError, … (v1.35).",
        remedy: "Leave the choice of a node to the scheduler: no spec.nodeName. Delete the pod and make it again.",
        judge: Judge::Pod(rejected),
    },
    Rule {
        id: "end.deadline",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "The pod ran longer than its activeDeadlineSeconds and was ended.",
        known_by: "status.reason is DeadlineExceeded.",
        remedy: "Allow more time, or find out what took so long.",
        judge: Judge::Pod(deadline),
    },
    Rule {
        id: "end.node-lost",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "The pod ended with its node: it was shut down, or it is gone.",
        known_by: "status.reason is NodeLost, NodeShutdown, Shutdown or Terminated, or the phase is Unknown (v1.20 to v1.35).",
        remedy: "Pods with a controller are replaced. One without is to be made again.",
        judge: Judge::Pod(node_lost),
    },
];

/// Seconds since the grace of a deletion was over; less than 0 while it lasts. `None` for a pod that nobody deletes.
fn overdue(facts: &PodFacts<'_>) -> Option<i64> {
    facts.now.micros_since(facts.pod.meta.deleted).map(|micros| micros / SECOND)
}

/// Whether a container may still run. A container of which nothing is known does not.
fn runs(facts: &PodFacts<'_>) -> bool {
    !facts.pod.has_ended() && facts.pod.containers.iter().any(|container| matches!(container.state, State::Running(_)))
}

fn deletion(facts: &PodFacts<'_>) -> Evidence {
    Evidence::new("metadata.deletionTimestamp", "its grace is over then").at(facts.pod.meta.deleted)
}

fn finalizer(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    (overdue(facts)? > LEEWAY && !runs(facts)).then_some(())?;
    let finalizers: Vec<_> = list(facts.object()?, "/metadata/finalizers").iter().filter_map(Value::as_str).collect();
    let (plural, it) = match finalizers.len() {
        0 => return None,
        1 => ("", "is"),
        _ => ("s", "are"),
    };
    let names = finalizers.join(", ");
    let since = facts.pod.meta.deleted;
    let cause = format!("deleted at {}, but finalizer{plural} {names} {it} not removed", clock(since, facts.now));
    let found =
        rule.in_pod(facts, cause).since(since).seen([Evidence::new("metadata.finalizers", names), deletion(facts)]);
    let subject = facts.subject();
    Some(found.next(Next::new(Step::Yaml, &subject)).next(Next::new(Step::Edit, &subject.field("metadata.finalizers"))))
}

fn node_down(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    if overdue(facts)? <= LEEWAY || facts.node.is_some() || facts.pod.node.is_empty() || facts.pod.has_ended() {
        return None;
    }
    let name = &facts.pod.node;
    let event = facts.event(&["NodeNotReady", "TaintManagerEviction"]);
    let (what, is_sure) = match facts.known.object(Lookup::object(Resource::Nodes, "", name)) {
        Seen::Missing => (format!("node {name} does not exist any more"), true),
        Seen::Unreadable => {
            event?;
            (format!("node {name} does not answer"), false)
        }
        Seen::Known(_) | Seen::NotYet => return None,
    };
    let since = facts.pod.meta.deleted;
    let cause = format!(
        "deleted, its grace ended at {}, but {what}: nobody confirms that it has stopped",
        clock(since, facts.now)
    );
    let found = rule.in_pod(facts, cause).since(since).seen([deletion(facts)]).seen(event.map(Evidence::event));
    let found =
        found.next(Next::new(Step::ForceDelete, &facts.subject())).next(Next::new(Step::Events, &facts.subject()));
    Some(if is_sure { found } else { found.probably("nodes may not be read; concluded from the pod's events") })
}

fn grace(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let overdue = overdue(facts)?;
    runs(facts).then_some(())?;
    let object = facts.object();
    let grace = object.and_then(|pod| number(pod, "/metadata/deletionGracePeriodSeconds"))?;
    let stopping = overdue + grace;
    if stopping < STOPPING || overdue > 0 && overdue <= LEEWAY {
        return None;
    }
    let asked = facts.pod.meta.deleted.plus_micros(-grace.saturating_mul(SECOND));
    let running = facts.containers().find(|container| matches!(container.row.state, State::Running(_)))?;
    let (at, end) = (clock(asked, facts.now), clock(facts.pod.meta.deleted, facts.now));
    let who = why_slow(&running);
    let cause = if overdue > 0 {
        format!("{who}, and was not killed when its grace ended at {end}")
    } else {
        let grace = human_duration(grace.saturating_mul(SECOND));
        format!("asked to stop at {at}, {who}; killed at {end} (grace period {grace})")
    };
    let severity = match (overdue > 0, stopping > SLOW) {
        (true, _) => Severity::Broken,
        (_, true) => Severity::Degraded,
        _ => Severity::Notice,
    };
    let failed = facts.event(&["FailedPreStopHook", "FailedKillPod", "ExceededGracePeriod"]).map(Evidence::event);
    let found = rule
        .in_pod(facts, cause)
        .severity(severity)
        .since(asked)
        .seen(last_line(&running))
        .seen(failed)
        .seen([deletion(facts)]);
    let container = running.subject();
    Some(found.next(Next::new(Step::Logs, &container)).next(Next::new(Step::ForceDelete, &facts.subject())))
}

/// What keeps a container from stopping.
fn why_slow(container: &ContainerFacts<'_>) -> String {
    let name = &container.row.name;
    let hook = container.spec().and_then(|spec| spec.pointer("/lifecycle/preStop"));
    match hook {
        Some(hook) => {
            let command: Vec<_> = list(hook, "/exec/command").iter().filter_map(Value::as_str).collect();
            let seconds = number(hook, "/sleep/seconds").map(|seconds| format!("sleep of {seconds}s"));
            let what = seconds.unwrap_or_else(|| {
                if command.is_empty() { "request".to_owned() } else { format!("`{}`", command.join(" ")) }
            });
            format!("container {name} runs on after its preStop hook {}", one_line(&what))
        }
        None => format!("container {name} does not end on SIGTERM"),
    }
}

/// What a container that runs has said last.
fn last_line(container: &ContainerFacts<'_>) -> Option<Evidence> {
    let what = What::Log { container: container.row.name.clone(), previous: false, run: container.row.restarts };
    let meta = &container.pod.pod.meta;
    let lookup = Lookup { what, namespace: meta.namespace.clone(), name: meta.name.as_str().into() };
    let lines = container.pod.known.lines(lookup).known()?;
    let last = lines.iter().rev().find(|line| !line.trim().is_empty())?;
    Some(Evidence::new(format!("log of {}", container.row.name), one_line(last)))
}

/// Why the pod failed as a whole, by one of these reasons.
fn failed<'a>(facts: &PodFacts<'a>, is_one: impl Fn(&str) -> bool) -> Option<&'a Trouble> {
    let trouble = facts.pod.trouble.as_deref()?;
    (&*facts.pod.phase == "Failed" && is_one(&trouble.reason)).then_some(trouble)
}

/// When it failed: by its containers, else by the event.
fn when(facts: &PodFacts<'_>, reason: &str) -> Stamp {
    let ended = facts.pod.containers.iter().filter_map(|container| match &container.state {
        State::Ended(end) => Some(end.finished),
        _ => None,
    });
    let seen = facts.event(&[reason]).map(|event| event.sighting().last);
    ended.max().or(seen).filter(|at| at.is_set()).unwrap_or(facts.pod.meta.created)
}

/// A finding of a pod that failed as a whole. One that its controller has replaced is worth knowing for a while.
fn over(rule: &Rule, facts: &PodFacts<'_>, trouble: &Trouble, cause: String) -> Finding {
    let since = when(facts, &trouble.reason);
    let kind = facts.pod.meta.owner.as_ref().map(|owner| &*owner.kind);
    let is_replaced = matches!(kind, Some("ReplicaSet" | "ReplicationController" | "StatefulSet" | "DaemonSet"));
    let severity = match (is_replaced, facts.seconds_since(since) > HISTORY) {
        (false, _) => rule.severity,
        (true, false) => Severity::Degraded,
        (true, true) => Severity::Notice,
    };
    let status = Evidence::new("status.reason", format!("{}: {}", trouble.reason, trouble.message.trim())).at(since);
    let found = rule.in_pod(facts, cause).severity(severity).since(since).seen([status]);
    found.seen(facts.event(&[&trouble.reason]).map(Evidence::event))
}

fn evicted(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let trouble = failed(facts, |reason| reason == "Evicted")?;
    let message = trouble.message.trim();
    let what = message.trim_end_matches(['.', ' ']);
    let own = Subject::node(&facts.pod.node);
    // Of the sentences about a node that runs short the first says of what, the rest who used how much.
    let cause = match message.strip_prefix("The node was low on resource: ") {
        Some(rest) => {
            let (resource, rest) = rest.split_once(". ").unwrap_or((rest.trim_end_matches(['.', ' ']), ""));
            let used = rest
                .split_once("Container ")
                .map(|(_, used)| format!("; container {}", used.trim_end_matches(['.', ' '])));
            format!("evicted: node {} ran short of {resource}{}", facts.pod.node, used.unwrap_or_default())
        }
        None if what.is_empty() => "evicted".to_owned(),
        None => format!("evicted: {what}"),
    };
    let found = over(rule, facts, trouble, one_line(&cause).into_owned());
    let found = found.next(Next::change(&facts.owner()));
    Some(if message.starts_with("The node") {
        found.next(Next::new(Step::Describe, &own))
    } else {
        found.next(Next::new(Step::Delete, &facts.subject()))
    })
}

/// What the kubelet says by way of `status.reason` when it refuses a pod; v1.35, and from its source.
const REFUSALS: &[&str] = &[
    "NodeAffinity",
    "NodePorts",
    "UnexpectedAdmissionError",
    "InvalidNodeInfo",
    "PodOSNotSupported",
    "PodOSSelectorNodeLabelDoesNotMatch",
    "TopologyAffinityError",
    "SysctlForbidden",
    "AppArmor",
    "SupplementalGroupsPolicyNotSupported",
    "PodLevelResourcesNotSupported",
    "InitContainerRestartForbidden",
];

fn rejected(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let trouble = failed(facts, |reason| reason.starts_with("OutOf") || REFUSALS.contains(&reason))?;
    let node = &facts.pod.node;
    let message = trouble.message.trim().trim_start_matches("Pod was rejected: ");
    let said = out_of(message).unwrap_or_else(|| one_line(message).into_owned());
    let found = over(rule, facts, trouble, format!("the kubelet of {node} refused it: {said}"));
    let is_pinned = facts.event(&["Scheduled"]).is_none() && facts.object().is_some();
    let found = if is_pinned {
        found.seen([Evidence::new("spec.nodeName", format!("{node}, and no event that the scheduler chose it"))])
    } else {
        found
    };
    Some(found.next(Next::change(&facts.owner())).next(Next::new(Step::Delete, &facts.subject())))
}

/// `Node didn't have enough resource: cpu, requested: 64000, used: 0, capacity: 2000` in words. Cpus are in thousandths.
fn out_of(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("enough resource: ")?;
    let mut parts = rest.split(", ");
    let resource = parts.next()?;
    let mut amount = |name: &str| parts.next()?.strip_prefix(name)?.trim_end_matches('.').parse::<i64>().ok();
    let (asked, used, capacity) = (amount("requested: ")?, amount("used: ")?, amount("capacity: ")?);
    let unit = if resource == "cpu" { "m" } else { "" };
    Some(format!("it asks {asked}{unit} of {resource}, {used}{unit} of {capacity}{unit} are used"))
}

fn deadline(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let trouble = failed(facts, |reason| reason == "DeadlineExceeded")?;
    let allowed = facts.object().and_then(|pod| number(pod, "/spec/activeDeadlineSeconds"));
    let cause = match allowed {
        Some(seconds) => format!("ended: it ran longer than its activeDeadlineSeconds ({seconds}s)"),
        None => "ended: it ran longer than its activeDeadlineSeconds".to_owned(),
    };
    let found = over(rule, facts, trouble, cause);
    let last = facts.containers().next().map(|container| Next::new(Step::Logs, &container.subject()));
    let found = found.next(Next::change(&facts.owner()));
    Some(if let Some(last) = last { found.next(last) } else { found })
}

fn node_lost(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let is_lost = |reason: &str| matches!(reason, "NodeLost" | "NodeShutdown" | "Shutdown" | "Terminated");
    let trouble = facts.pod.trouble.as_deref().filter(|trouble| is_lost(&trouble.reason));
    let is_unknown = &*facts.pod.phase == "Unknown" || trouble.is_some_and(|trouble| trouble.reason == "NodeLost");
    let is_shut_down = trouble.is_some() && &*facts.pod.phase == "Failed";
    if !is_unknown && !is_shut_down {
        return None;
    }
    let node = &facts.pod.node;
    let unsaid = Trouble::default();
    let trouble = trouble.unwrap_or(&unsaid);
    let cause = if is_unknown {
        format!("node {node} was lost: what became of the pod is not known")
    } else {
        format!("ended because node {node} was shut down")
    };
    let found = over(rule, facts, trouble, cause).root(Subject::node(node));
    Some(found.next(Next::new(Step::Describe, &Subject::node(node))).next(Next::new(Step::Delete, &facts.subject())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kubelet_lacks_is_said_in_units() {
        let message = "Node didn't have enough resource: cpu, requested: 64000, used: 0, capacity: 2000";
        assert_eq!(out_of(message).as_deref(), Some("it asks 64000m of cpu, 0m of 2000m are used"));
        assert_eq!(out_of("Node didn't have enough resource: pods"), None);
        assert_eq!(out_of("anything"), None);
    }
}
