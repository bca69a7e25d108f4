//! Containers that run and are not ready, gates that nobody opens, and Services that lead nowhere.

use serde_json::Value;

use super::super::facts::{ContainerFacts, ObjectFacts, PodFacts};
use super::super::finding::{Evidence, Finding, Severity};
use super::super::known::Seen;
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::probe::{self, Probe};
use super::runs::{self, edit};
use crate::base::age::human_duration;
use crate::base::json::{list, text};
use crate::base::stamp::Stamp;
use crate::model::lookup::{Lookup, Resource};
use crate::model::pod::{ContainerKind, State};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "ready.probe",
        severity: Severity::Degraded,
        explains: &[
            "ready.slow-start",
            "ready.no-endpoint",
            "ready.gate",
            "restarts.*",
            "unknown.*",
            "owner.progress-deadline",
        ],
        means: "The container runs, but its readiness probe fails, so that it gets no traffic.",
        known_by: "The container runs and is not ready for longer than its probe allows; the newest Unhealthy event says what the probe got.",
        remedy: "Ask the same of the container by hand. Mend what it lacks, or the probe's path and port.",
        judge: Judge::Container(probe_fails),
    },
    Rule {
        id: "ready.gate",
        severity: Severity::Degraded,
        explains: &["ready.no-endpoint", "unknown.*", "owner.progress-deadline"],
        means: "All containers are ready, but a readiness gate of the pod is not: whoever should set its condition has not, or says no.",
        known_by: "spec.readinessGates names a condition that is not True, for a minute or more, while all containers are ready.",
        remedy: "Look at the controller that sets the condition, often that of a load balancer.",
        judge: Judge::Pod(gate),
    },
    Rule {
        id: "ready.slow-start",
        severity: Severity::Notice,
        explains: &["unknown.*"],
        means: "The container has been starting for more than five minutes, within what its probes allow.",
        known_by: "It runs and is not ready, and initialDelaySeconds, or the startup probe's periods and failures, are not over.",
        remedy: "Nothing, if it takes so long; else read its log.",
        judge: Judge::Container(slow_start),
    },
    Rule {
        id: "ready.no-endpoint",
        severity: Severity::Degraded,
        explains: &[],
        means: "A Service has pods and leads to none of their ports: its targetPort is a name that no port of them has.",
        known_by: "targetPort is a name, and the Service's EndpointSlices have addresses and no port. Seen on 1.35.",
        remedy: "Name the port in the pods' containers, or give targetPort its number.",
        judge: Judge::Object(no_endpoint),
    },
];

/// Seconds that a container may be not ready after it began, whatever its probe allows.
const YOUNG: i64 = 30;
/// Seconds after which a start is worth a notice.
const LONG_START: i64 = 300;

/// A container that runs and is not ready, and since when.
fn not_ready(facts: &ContainerFacts<'_>) -> Option<Stamp> {
    let State::Running(since) = facts.row.state else { return None };
    let counts = matches!(facts.row.kind, ContainerKind::Regular | ContainerKind::Sidecar);
    let is_over = facts.pod.pod.meta.deleted.is_set() || facts.pod.pod.has_ended();
    (counts && !facts.row.ready && !is_over && facts.pod.seconds_since(since) >= YOUNG).then_some(since)
}

/// What a probe is thought to allow where the pod may not be read, in seconds.
const UNREAD: i64 = 120;

fn is_unreadable(facts: &PodFacts<'_>) -> bool {
    let meta = &facts.pod.meta;
    facts.known.object(Lookup::object(Resource::Pods, &meta.namespace, &meta.name)) == Seen::Unreadable
}

/// How long, in seconds from the start, the container may be not ready: by its startup probe while that has not passed, and
/// by its readiness probe.
fn allowance(facts: &ContainerFacts<'_>) -> Option<i64> {
    let Some(spec) = facts.spec() else { return is_unreadable(facts.pod).then_some(UNREAD) };
    let of = |probe: &str| spec.get(probe).map_or(0, probe::allowance);
    let is_starting = Probe::Startup.failed(facts).is_some() && Probe::Readiness.failed(facts).is_none();
    let startup = if is_starting { of("startupProbe") } else { 0 };
    Some(startup.saturating_add(of("readinessProbe")))
}

fn probe_fails(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let since = not_ready(facts)?;
    if runs::course(facts).is_some_and(|(course, _)| course == runs::Course::Again) {
        return None;
    }
    let (spec, allowed) = (Probe::Readiness.spec(facts), allowance(facts)?);
    if facts.pod.seconds_since(since) < allowed {
        return None;
    }
    let failed = Probe::Readiness.failed(facts).filter(|event| event.sighting().last >= since);
    let failed = failed.or_else(|| Probe::Startup.failed(facts).filter(|event| event.sighting().last >= since));
    let cause = match failed {
        Some(event) => format!("not ready: {}", probe::outcome(facts, spec, &event.message)),
        None => "not ready: its readiness probe fails".to_owned(),
    };
    let since = facts.pod.false_condition("Ready").map_or(since, |condition| condition.since);
    let condition = facts.pod.false_condition("Ready").map(|condition| {
        Evidence::new("condition Ready", format!("{}: {}", condition.reason, condition.message)).at(condition.since)
    });
    let finding = rule.in_container(facts, cause).since(since);
    let finding = finding.seen(failed.map(Evidence::event)).seen(condition);
    let finding = match failed {
        None => finding.probably("no event says what the probe got"),
        Some(_) if is_unreadable(facts.pod) => {
            finding.probably("the pod cannot be read (get pods), so that it is not known how long its probe allows")
        }
        Some(_) => finding,
    };
    Some(
        finding
            .next(Next::new(Step::Logs, &facts.subject()))
            .next(Next::new(Step::Shell, &facts.subject()))
            .next(edit(facts.pod)),
    )
}

fn slow_start(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let since = not_ready(facts).filter(|since| facts.pod.seconds_since(*since) >= LONG_START)?;
    let allowed = allowance(facts).filter(|allowed| facts.pod.seconds_since(since) < *allowed)?;
    let failed = Probe::Startup.failed(facts).or_else(|| Probe::Readiness.failed(facts));
    let spec =
        if Probe::Startup.failed(facts).is_some() { Probe::Startup.spec(facts) } else { Probe::Readiness.spec(facts) };
    let said = failed.map(|event| format!(": {}", probe::outcome(facts, spec, &event.message))).unwrap_or_default();
    let cause =
        format!("still starting, within the {} that its probes allow{said}", human_duration(allowed * 1_000_000));
    let finding = rule.in_container(facts, cause).since(since).seen(failed.map(Evidence::event));
    Some(finding.next(Next::new(Step::Logs, &facts.subject())))
}

/// Seconds that a gate may stay shut after the pod was made.
const GATE: i64 = 60;

fn gate(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let pod = facts.pod;
    let is_waiting = pod.gates_true < pod.gates && pod.ready == pod.total && &*pod.phase == "Running";
    let ready = facts.false_condition("Ready");
    let since = ready.map_or(pod.meta.created, |condition| condition.since);
    if !is_waiting || pod.meta.deleted.is_set() || facts.seconds_since(since) < GATE {
        return None;
    }
    let words = ready.map_or("", |condition| &condition.message);
    let name = words.split('"').nth(1).unwrap_or("");
    let said = facts.false_condition(name);
    let cause = match said {
        Some(condition) => format!("readiness gate {name} is not open: {} {}", condition.reason, condition.message),
        None if name.is_empty() => "a readiness gate is not open".to_owned(),
        None => format!("readiness gate {name} is not open: nobody has set that condition"),
    };
    let condition = ready
        .map(|ready| Evidence::new("condition Ready", format!("{}: {}", ready.reason, ready.message)).at(ready.since));
    let finding = rule.in_pod(facts, cause.trim_end()).since(since).seen(condition);
    Some(finding.next(Next::new(Step::Describe, &facts.subject())).next(Next::new(Step::Events, &facts.subject())))
}

fn no_endpoint(rule: &Rule, facts: &ObjectFacts<'_>) -> Option<Finding> {
    if facts.kind != "Service" {
        return None;
    }
    let cause = wrong_port(facts)?;
    let (namespace, name) = (text(facts.object, "/metadata/namespace"), text(facts.object, "/metadata/name"));
    let slices = facts.known.items(Lookup::list(Resource::EndpointSlices, namespace)).known()?;
    let is_own = |slice: &&Value| slice["metadata"]["labels"]["kubernetes.io/service-name"] == *name;
    let own: Vec<&Value> = slices.iter().filter(is_own).collect();
    let has_pods = own.iter().any(|slice| !list(slice, "/endpoints").is_empty());
    if !has_pods || own.iter().any(|slice| !list(slice, "/ports").is_empty()) {
        return None;
    }
    let finding =
        rule.finding(facts.subject(), cause).seen([Evidence::new("endpoints", "they have an address and no port")]);
    let finding = finding.since(Stamp::parse(text(facts.object, "/metadata/creationTimestamp")));
    Some(finding.next(Next::new(Step::Edit, &facts.subject())).next(Next::new(Step::Describe, &facts.subject())))
}

/// The name in targetPort that no container's port has.
fn wrong_port(facts: &ObjectFacts<'_>) -> Option<String> {
    let named = list(facts.object, "/spec/ports").iter().find_map(|port| port["targetPort"].as_str())?;
    Some(format!("leads to no port: its targetPort {named} is the name of no port of its pods' containers"))
}
