//! Restarts of containers that run: recent ones, regular ones, and those that a node's own restart brought.

use super::super::facts::{ContainerFacts, PodFacts};
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::exit;
use super::init::ended;
use super::runs::{self, Course, Crash, edit};
use super::words::{self, Said};
use crate::base::age::human_duration;
use crate::model::pod::{ContainerKind, State};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "restarts.flapping",
        severity: Severity::Degraded,
        explains: &["restarts.recent", "ready.*", "unknown.*"],
        means: "The container runs for minutes or hours and then ends, again and again.",
        known_by: "It runs, was restarted twice or more, and its present run is no longer than twice the one before, which took \
                   five minutes or more.",
        remedy: "Read the end of the log of the run before.",
        judge: Judge::Container(flapping),
    },
    Rule {
        id: "restarts.node",
        severity: Severity::Notice,
        explains: &["restarts.recent"],
        means: "The containers were restarted because their node, or its runtime, was.",
        known_by: "The event SandboxChanged about a pod whose containers run, and no end of an earlier run that its program chose: none, or one \
                   with the reason Unknown or the exit code 255.",
        remedy: "Nothing for the pods; look at the node if nobody restarted it.",
        judge: Judge::Pod(with_node),
    },
    Rule {
        id: "restarts.recent",
        severity: Severity::Notice,
        explains: &[],
        means: "The container was restarted within the last hour, and has been well since.",
        known_by: "It runs and is ready, and its last run ended less than an hour ago.",
        remedy: "Read the end of the log of the run before, if it matters.",
        judge: Judge::Container(recent),
    },
];

/// What is recent, in seconds.
const RECENT: i64 = 3_600;

fn flapping(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let crash = Crash::of(facts).filter(Crash::is_rare)?;
    let said = words::last(facts, crash.end);
    let length = human_duration(exit::ran_for(crash.end).unwrap_or(0) * 1_000_000);
    let how = if crash.end.exit_code == 0 { "ends without a fault".to_owned() } else { ended(crash.end, &said) };
    let cause = format!("restarted {} times: after {length} it {how}", facts.row.restarts);
    Some(crash.finding(rule, cause, &said).severity(rule.severity).next(edit(facts.pod)))
}

fn recent(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let (course, end) = runs::course(facts)?;
    let is_its = course == Course::Recovered && facts.row.kind != ContainerKind::Init && facts.row.ready;
    if !is_its || facts.pod.seconds_since(end.finished) > RECENT {
        return None;
    }
    let times = if facts.row.restarts == 1 { "once".to_owned() } else { format!("{} times", facts.row.restarts) };
    let message: Vec<&str> = end.message.lines().collect();
    let said = words::decisive(&message).map(|words| format!(": \"{}\"", words.text)).unwrap_or_default();
    let how = match &*end.reason {
        "OOMKilled" => "was OOMKilled".to_owned(),
        _ => ended(end, &Said::NotYet),
    };
    let cause = format!(
        "restarted {times} and well since; the last run {}{said}",
        how.replacen("exits", "exited", 1).replacen("dies", "died", 1)
    );
    let finding = rule.in_container(facts, cause).since(end.finished).seen([exit::evidence(&facts.row.name, end)]);
    Some(
        finding
            .next(Next::new(Step::PreviousLogs, &facts.subject()))
            .next(Next::new(Step::Events, &facts.pod.subject())),
    )
}

fn with_node(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let pod = facts.pod;
    let event = facts.event(&["SandboxChanged"])?;
    let at = event.sighting().last;
    let is_its = |container: &crate::model::pod::ContainerRow| {
        let runs = matches!(container.state, State::Running(_)) || container.kind == ContainerKind::Init;
        let by_node = container.last_end.as_ref().is_none_or(|end| &*end.reason == "Unknown" || end.exit_code == 255);
        runs && by_node
    };
    let restarted = pod.containers.iter().any(|container| container.restarts > 0);
    if !restarted || facts.seconds_since(at) > RECENT || pod.meta.deleted.is_set() || !pod.containers.iter().all(is_its)
    {
        return None;
    }
    let node = Subject::node(&pod.node);
    let finding =
        rule.in_pod(facts, format!("restarted with node {}: its sandbox was made anew", pod.node)).root(node.clone());
    Some(finding.since(at).seen([Evidence::event(event)]).next(Next::new(Step::Describe, &node)))
}
