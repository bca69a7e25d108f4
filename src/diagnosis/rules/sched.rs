//! Pods that no node was found for, other than by the filters ([`super::no_fit`]): gates, claims, no nodes, a scheduler that
//! nobody runs, room that is being made.
//!
//! The condition `PodScheduled` is False: `SchedulingGated`, or `Unschedulable` with the words of the scheduler, which the event
//! `FailedScheduling` repeats. A pod without that condition was not seen by any scheduler. Words are those of kube-scheduler 1.35.

use serde_json::Value;

use super::super::facts::PodFacts;
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::known::Seen;
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::phrase::one_line;
use crate::base::json::{list, text};
use crate::base::stamp::Stamp;
use crate::model::lookup::{Lookup, Resource};
use crate::model::pod::FalseCondition;

/// A pod that has waited for less is only young: gates, claims and nodes come within seconds.
pub(super) const YOUNG: i64 = 30;

/// For how long a new node is waited for before the wait itself is the matter.
const NODE_COMES: i64 = 15 * 60;

/// What follows for an owner from pods that have no node.
pub(super) const SYMPTOMS: &[&str] = &["owner.progress-deadline", "ready.*", "unknown.*"];

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "sched.gated",
        severity: Severity::Degraded,
        explains: SYMPTOMS,
        means: "The pod has scheduling gates. The scheduler does not look at it until whoever set them has removed them all.",
        known_by: "The condition PodScheduled with the reason SchedulingGated, and spec.schedulingGates.",
        remedy: "Find the controller that the gate is named after: a queue, a licence, a quota. Gates can only be removed.",
        judge: Judge::Pod(gated),
    },
    Rule {
        id: "sched.no-nodes",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "The cluster has no node at all.",
        known_by: "The scheduler says `no nodes available to schedule pods`, or `0/0 nodes are available`.",
        remedy: "Add nodes, or find out why those that should be there do not join.",
        judge: Judge::Pod(no_nodes),
    },
    Rule {
        id: "sched.pvc-unbound",
        severity: Severity::Broken,
        explains: &["sched.no-fit", "owner.progress-deadline", "ready.*", "unknown.*"],
        means: "A claim of the pod has no volume, so the pod has no node: the claim or its storage class does not exist, or nothing \
                provides the volume.",
        known_by: "The scheduler says that a claim is not found or that immediate claims are unbound; then the claim, its storage \
                   class and the claim's own events tell why.",
        remedy: "Create the claim, name a storage class that exists, or look at the provisioner.",
        judge: Judge::Pod(pvc_unbound),
    },
    Rule {
        id: "sched.preempted",
        severity: Severity::Degraded,
        explains: &["end.grace", "end.evicted", "ready.*", "crash.*", "unknown.*"],
        means: "The pod was stopped to make room for one of a higher priority.",
        known_by: "The event Preempted on the pod.",
        remedy: "Give it a priority class of its own, or add room. Its replacement waits until there is some.",
        judge: Judge::Pod(preempted),
    },
    Rule {
        id: "sched.waiting",
        severity: Severity::Notice,
        explains: &["sched.no-fit", "owner.progress-deadline", "ready.*"],
        means: "Room for the pod is being made: the autoscaler adds a node, or pods of a lower priority are stopping for it.",
        known_by: "An event TriggeredScaleUp (cluster-autoscaler) or Nominated (Karpenter) of the last 15 minutes, or \
                   status.nominatedNodeName.",
        remedy: "Wait. When no node comes, the autoscaler's own events say why.",
        judge: Judge::Pod(waiting),
    },
    Rule {
        id: "sched.unknown-scheduler",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "No scheduler has looked at the pod: it names one that nobody runs, or the scheduler is down.",
        known_by: "The pod is Pending without a node, without the condition PodScheduled and without an event of a scheduler.",
        remedy: "Take out spec.schedulerName, or run that scheduler.",
        judge: Judge::Pod(unknown_scheduler),
    },
];

/// Why it has no node, once it has waited a while.
pub(super) fn unscheduled<'a>(facts: &PodFacts<'a>) -> Option<&'a FalseCondition> {
    (facts.pod.node.is_empty() && &*facts.pod.phase == "Pending" && !facts.pod.meta.deleted.is_set()).then_some(())?;
    let condition = facts.false_condition("PodScheduled")?;
    (facts.seconds_since(facts.pod.meta.created) >= YOUNG).then_some(condition)
}

/// The same, where the scheduler has tried.
pub(super) fn unschedulable<'a>(facts: &PodFacts<'a>) -> Option<&'a FalseCondition> {
    unscheduled(facts).filter(|condition| &*condition.reason == "Unschedulable")
}

/// The event in which the scheduler says so, or else the condition.
pub(super) fn scheduler_says(facts: &PodFacts<'_>, condition: &FalseCondition) -> Evidence {
    let said = || Evidence::new("condition PodScheduled", condition.message.as_str()).at(condition.since);
    let event = facts.event(&["FailedScheduling"]).filter(|event| *event.message == *condition.message);
    event.map_or_else(said, Evidence::event)
}

/// Since when it has had no node.
pub(super) fn since(facts: &PodFacts<'_>, condition: &FalseCondition) -> Stamp {
    if condition.since.is_set() { condition.since } else { facts.pod.meta.created }
}

fn gated(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let condition = unscheduled(facts).filter(|condition| &*condition.reason == "SchedulingGated")?;
    let spec = facts.object().map(|pod| list(pod, "/spec/schedulingGates")).unwrap_or_default();
    let gates: Vec<_> = spec.iter().map(|gate| text(gate, "/name")).collect();
    let cause = match &*gates {
        [] => "a scheduling gate is not removed".to_owned(),
        [gate] => format!("scheduling gate {gate} is not removed"),
        gates => format!("scheduling gates {} are not removed", gates.join(", ")),
    };
    let says = Evidence::new("condition PodScheduled", format!("{}: {}", condition.reason, condition.message))
        .at(condition.since);
    let gates = (!gates.is_empty()).then(|| Evidence::new("spec.schedulingGates", gates.join(", ")));
    let found = rule.in_pod(facts, cause).since(since(facts, condition)).seen(gates).seen([says]);
    Some(found.next(Next::new(Step::Yaml, &facts.subject())).next(Next::new(Step::Edit, &facts.subject())))
}

/// What the scheduler says of a cluster without nodes.
const NO_NODES: &[&str] = &["no nodes available to schedule pods", "0/0 nodes are available"];

/// Whether the scheduler had no node to look at.
pub(super) fn is_without_nodes(message: &str) -> bool {
    NO_NODES.iter().any(|words| message.contains(words))
}

fn no_nodes(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let condition = unschedulable(facts).filter(|condition| is_without_nodes(&condition.message))?;
    let found = rule.in_pod(facts, "the cluster has no nodes").root(Subject::new("Cluster", "", ""));
    let found = found.since(since(facts, condition)).seen([scheduler_says(facts, condition)]);
    Some(found.next(Next::new(Step::Events, &facts.subject())))
}

/// What the scheduler says of claims before it looks at any node.
const CLAIMS: &[&str] =
    &["pod has unbound immediate PersistentVolumeClaims", "persistentvolumeclaim \"", "ephemeral volume controller"];

fn pvc_unbound(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let condition = unschedulable(facts)?;
    CLAIMS.iter().any(|words| condition.message.contains(words)).then_some(())?;
    let namespace = &facts.pod.meta.namespace;
    let says = scheduler_says(facts, condition);
    let mut unread = None;
    for name in claims(facts) {
        match facts.known.object(Lookup::object(Resource::Claims, namespace, &name)) {
            Seen::Known(claim) if text(claim, "/status/phase") == "Bound" => {}
            Seen::Known(claim) => {
                let (cause, seen) = why_unbound(facts, claim, &name);
                return Some(of_claim(rule, facts, condition, &name, cause).seen(seen).seen([says]));
            }
            Seen::Missing => {
                return Some(
                    of_claim(rule, facts, condition, &name, format!("claim {name} does not exist")).seen([says]),
                );
            }
            Seen::Unreadable => unread = Some(name),
            Seen::NotYet => {}
        }
    }
    let words = condition.message.split_once("available: ").map_or(&*condition.message, |(_, words)| words);
    let cause = format!("a claim has no volume: {}", one_line(words.trim_end_matches(". not found")));
    let found = rule.in_pod(facts, cause).since(since(facts, condition)).seen([says]);
    let found = found.next(Next::new(Step::Describe, &facts.subject()));
    Some(match unread {
        Some(name) => found.probably(format!("claim {name} may not be read (get persistentvolumeclaims)")),
        None => found,
    })
}

/// The claims of a pod, by name; those of ephemeral volumes have the pod's name before the volume's.
fn claims(facts: &PodFacts<'_>) -> Vec<String> {
    let Some(pod) = facts.object() else { return Vec::new() };
    let claim = |volume: &Value| {
        let named = text(volume, "/persistentVolumeClaim/claimName");
        let is_ephemeral = volume.get("ephemeral").is_some();
        let own = || format!("{}-{}", facts.pod.meta.name, text(volume, "/name"));
        if named.is_empty() { is_ephemeral.then(own) } else { Some(named.to_owned()) }
    };
    list(pod, "/spec/volumes").iter().filter_map(claim).collect()
}

fn of_claim(rule: &Rule, facts: &PodFacts<'_>, condition: &FalseCondition, name: &str, cause: String) -> Finding {
    let claim = Subject::new("PersistentVolumeClaim", &facts.pod.meta.namespace, name);
    let found = rule.in_pod(facts, cause).root(claim.clone()).since(since(facts, condition));
    found.next(Next::new(Step::Describe, &claim)).next(Next::change(&facts.owner()))
}

/// Why a claim has no volume: by itself, its storage class, or its newest event.
fn why_unbound(facts: &PodFacts<'_>, claim: &Value, name: &str) -> (String, Vec<Evidence>) {
    let phase = text(claim, "/status/phase");
    let mut seen = vec![Evidence::new(format!("claim {name}"), format!("status.phase {phase}"))];
    if phase == "Lost" {
        return (
            format!("claim {name} is bound to volume {}, which does not exist", text(claim, "/spec/volumeName")),
            seen,
        );
    }
    let lookup = Lookup::events("PersistentVolumeClaim", &facts.pod.meta.namespace, name);
    let events = facts.known.items(lookup).known().unwrap_or_default();
    let newest = events.iter().max_by_key(|event| last_seen(event));
    if let Some(event) = newest {
        let source = format!("event {} of claim {name}", text(event, "/reason"));
        let count = event.get("count").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
        seen.insert(0, Evidence { count, ..Evidence::new(source, text(event, "/message")).at(last_seen(event)) });
    }
    let class = claim.pointer("/spec/storageClassName").and_then(Value::as_str);
    let missing = class
        .filter(|class| !class.is_empty())
        .filter(|class| facts.known.object(Lookup::object(Resource::StorageClasses, "", class)) == Seen::Missing);
    let cause = match (missing, class, newest) {
        (Some(class), ..) => format!("claim {name} wants storage class {class}, which does not exist"),
        (_, None, _) => format!("claim {name} names no storage class, and the cluster has no default one"),
        (_, Some(class), Some(event)) => {
            let of = if class.is_empty() { String::new() } else { format!(" (storage class {class})") };
            format!("claim {name}{of} has no volume: {}", one_line(text(event, "/message")))
        }
        (_, Some(class), None) => format!("claim {name} has no volume of storage class {class} yet"),
    };
    (cause, seen)
}

fn last_seen(event: &Value) -> Stamp {
    let at = |path| Stamp::parse(text(event, path));
    at("/lastTimestamp").latest(at("/eventTime")).latest(at("/series/lastObservedTime"))
}

fn preempted(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let event = facts.event(&["Preempted"]).filter(|_| facts.pod.meta.deleted.is_set() || facts.pod.has_ended())?;
    let by = event.message.split_once(" on node ").map(|(by, _)| by.trim_start_matches("Preempted by "));
    let by = by.filter(|by| !by.is_empty()).unwrap_or("a pod of a higher priority");
    let cause = format!("stopped on {} to make room for {by}, which has a higher priority", facts.pod.node);
    let found = rule.in_pod(facts, cause).since(event.sighting().last).seen([Evidence::event(event)]);
    Some(
        found
            .next(Next::new(Step::Describe, &Subject::node(&facts.pod.node)))
            .next(Next::new(Step::Yaml, &facts.subject())),
    )
}

fn waiting(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let condition = unschedulable(facts)?;
    let scaling = facts.event(&["TriggeredScaleUp", "Nominated"]);
    let scaling = scaling.filter(|event| facts.seconds_since(event.sighting().last) < NODE_COMES);
    let nominated = &facts.pod.nominated;
    let (cause, says) = match scaling {
        Some(event) => (format!("waits for a new node: {}", one_line(&event.message)), Evidence::event(event)),
        None if nominated.is_empty() => return None,
        None => {
            let cause = format!("waits for room on {nominated}: pods of a lower priority are stopping there");
            (cause, Evidence::new("status.nominatedNodeName", &**nominated))
        }
    };
    let found = rule.in_pod(facts, cause).since(since(facts, condition)).seen([says, scheduler_says(facts, condition)]);
    Some(found.next(Next::new(Step::Events, &facts.subject())))
}

fn unknown_scheduler(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let pod = facts.pod;
    let is_unseen = &*pod.phase == "Pending" && pod.node.is_empty() && !pod.meta.deleted.is_set();
    if !is_unseen || facts.false_condition("PodScheduled").is_some() || facts.seconds_since(pod.meta.created) < YOUNG {
        return None;
    }
    if facts.event(&["FailedScheduling", "Scheduled"]).is_some() {
        return None;
    }
    let name = text(facts.object()?, "/spec/schedulerName");
    let found = match name {
        "" | "default-scheduler" => {
            let found = rule.in_pod(facts, "no scheduler has looked at it: the scheduler is down, or far behind");
            found
                .root(Subject::new("Cluster", "", ""))
                .probably("there is neither a condition nor an event of the scheduler")
        }
        name => {
            let found = rule.in_pod(facts, format!("no scheduler is called {name}: nothing has looked at the pod"));
            found.probably("there is neither a condition nor an event of that scheduler")
        }
    };
    let found = found.since(pod.meta.created).seen([Evidence::new("spec.schedulerName", name)]);
    Some(found.next(Next::change(&facts.owner())).next(Next::new(Step::Events, &facts.subject())))
}
