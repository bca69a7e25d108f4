//! Init containers that fail or do not end, and sidecars that crash.

use super::super::facts::ContainerFacts;
use super::super::finding::{Evidence, Finding, Severity};
use super::super::known::Seen;
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::crash::exit_cause;
use super::runs::{Crash, edit};
use super::{exit, words};
use crate::model::lookup::{Lookup, What};
use crate::model::pod::{ContainerKind, State};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "init.failing",
        severity: Severity::Broken,
        explains: &[
            "init.waiting",
            "ready.*",
            "restarts.*",
            "unknown.*",
            "owner.progress-deadline",
            "owner.backoff-limit",
        ],
        means: "An init container ends with an error, so that the pod's containers are not started.",
        known_by: "The last run of the init container ended with an exit code other than 0. Its log says why.",
        remedy: "Read the end of the init container's log.",
        judge: Judge::Container(failing),
    },
    Rule {
        id: "init.waiting",
        severity: Severity::Degraded,
        explains: &["ready.*", "unknown.*", "owner.progress-deadline"],
        means: "An init container has run for more than two minutes, and the pod's containers wait for its end.",
        known_by: "The init container runs, and began two minutes ago or more. Its log says what it does.",
        remedy: "Read its log; most wait for something that is not there.",
        judge: Judge::Container(waiting),
    },
    Rule {
        id: "sidecar.crash",
        severity: Severity::Broken,
        explains: &["ready.*", "restarts.*", "unknown.*", "owner.progress-deadline"],
        means: "A sidecar (an init container that is restarted always) ends again and again.",
        known_by: "The last run of the sidecar ended, and it is down, or runs no longer than before.",
        remedy: "Read the end of the sidecar's log.",
        judge: Judge::Container(sidecar),
    },
];

/// Init containers may run so long before anything is said, in seconds.
const PATIENCE: i64 = 120;

/// ` (2 of 3)`, where there are several.
fn position(facts: &ContainerFacts<'_>) -> String {
    let of_kind =
        |row: &&crate::model::pod::ContainerRow| matches!(row.kind, ContainerKind::Init | ContainerKind::Sidecar);
    let all: Vec<_> = facts.pod.pod.containers.iter().filter(of_kind).collect();
    let at = all.iter().position(|row| row.name == facts.row.name);
    match at {
        Some(at) if all.len() > 1 => format!(" ({} of {})", at + 1, all.len()),
        _ => String::new(),
    }
}

/// How the last run ended, in words.
pub(super) fn ended(end: &crate::model::pod::End, said: &words::Said) -> String {
    match exit::signal(end) {
        Some((_, name, meaning)) => format!("dies of {name} (exit code {}: {meaning}){}", end.exit_code, said.quoted()),
        None => exit_cause(end.exit_code, said),
    }
}

fn failing(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    if facts.row.kind != ContainerKind::Init {
        return None;
    }
    let crash = Crash::of(facts).filter(|crash| crash.end.exit_code != 0)?;
    let said = words::last(facts, crash.end);
    let cause = format!("init container {}{} {}", facts.row.name, position(facts), ended(crash.end, &said));
    let finding = crash.finding(rule, cause, &said);
    Some(finding.next(edit(facts.pod)).next(Next::new(Step::Debug, &facts.pod.subject())))
}

fn waiting(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let State::Running(since) = facts.row.state else { return None };
    let is_late = facts.row.kind == ContainerKind::Init && facts.pod.seconds_since(since) >= PATIENCE;
    if !is_late || facts.pod.pod.meta.deleted.is_set() {
        return None;
    }
    let (quoted, evidence) = present_words(facts);
    let cause = format!(
        "init container {}{} does not end, and the others wait for it{quoted}",
        facts.row.name,
        position(facts)
    );
    let finding = rule.in_container(facts, cause).since(since).seen(evidence);
    let finding = finding.probably("it may only be slow; nothing says how long it should take");
    Some(
        finding
            .next(Next::new(Step::Logs, &facts.subject()))
            .next(Next::new(Step::Shell, &facts.subject()))
            .next(edit(facts.pod)),
    )
}

/// What the present run says last.
fn present_words(facts: &ContainerFacts<'_>) -> (String, Option<Evidence>) {
    let name = &facts.row.name;
    let what = What::Log { container: name.clone(), previous: false, run: facts.row.restarts };
    let meta = &facts.pod.pod.meta;
    let lookup = Lookup { what, namespace: meta.namespace.clone(), name: meta.name.as_str().into() };
    match facts.pod.known.lines(lookup) {
        Seen::Known(lines) => match words::decisive(lines) {
            Some(words) => {
                let last: Vec<&str> = lines.iter().rev().take(3).rev().map(AsRef::as_ref).collect();
                (format!(": \"{}\"", words.text), Some(Evidence::new(format!("log of {name}"), last.join("\n"))))
            }
            None => (", and it says nothing".to_owned(), None),
        },
        Seen::Missing | Seen::Unreadable | Seen::NotYet => (String::new(), None),
    }
}

fn sidecar(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    if facts.row.kind != ContainerKind::Sidecar {
        return None;
    }
    let crash = Crash::of(facts)?;
    let said = words::last(facts, crash.end);
    let cause = format!("sidecar {} {}", facts.row.name, ended(crash.end, &said));
    let finding = crash.finding(rule, cause, &said);
    let is_app = |row: &crate::model::pod::ContainerRow| row.kind == ContainerKind::Regular;
    let works = facts.pod.pod.containers.iter().filter(|row| is_app(row)).all(|row| row.ready);
    let finding = if works { finding.severity(Severity::Degraded) } else { finding };
    Some(finding.next(edit(facts.pod)).next(Next::new(Step::Debug, &facts.subject())))
}
