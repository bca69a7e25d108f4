//! Containers that end when they should not.
//!
//! One rule applies to a crash: out of memory, killed by a probe, a signal, an end without a fault, or else the exit code.
//! The cause quotes what the program said last ([`super::words`]). [`super::runs`] says which crashes still matter.

use super::super::facts::ContainerFacts;
use super::super::finding::{Evidence, Finding, Severity};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::exit;
use super::probe::{self, Probe};
use super::runs::{Crash, edit};
use super::words::{self, Said};
use crate::base::age::human_duration;
use crate::base::json::text;
use crate::model::event::EventRow;
use crate::model::pod::{ContainerKind, State};

/// More than the default grace period, in seconds: how long a container may take to end once it is told to.
const GRACE: i64 = 33;

/// What a crash brings with it.
const FOLLOWS: &[&str] = &["ready.*", "restarts.*", "unknown.*", "owner.progress-deadline", "owner.backoff-limit"];

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "crash.oom",
        severity: Severity::Broken,
        explains: &[
            "crash.*",
            "init.*",
            "sidecar.*",
            "ready.*",
            "restarts.*",
            "unknown.*",
            "owner.progress-deadline",
            "owner.backoff-limit",
        ],
        means: "The kernel killed the container because it needed more memory than its limit, or its node was out of memory.",
        known_by: "The last run ended with the reason OOMKilled, whatever its exit code (137; 1 where only a child was killed). \
                   The limit is that of the spec. Seen on 1.35 with containerd 1.6.",
        remedy: "Raise the limit if the program really needs so much; else look for a leak, or tell the program its limit.",
        judge: Judge::Container(oom),
    },
    Rule {
        id: "crash.liveness",
        severity: Severity::Broken,
        explains: &["crash.*", "sidecar.*", "ready.*", "restarts.*", "unknown.*", "owner.progress-deadline"],
        means: "The kubelet kills the container again and again because its liveness probe fails.",
        known_by: "An event Killing says \"failed liveness probe\" and is not older than the last run; the newest Unhealthy event says \
                   what the probe got. Seen on 1.35; the same words since 1.16.",
        remedy: "If the program is well, mend the probe (path, port, time allowed); if it hangs, look at why.",
        judge: Judge::Container(|rule, facts| probed(rule, facts, Probe::Liveness)),
    },
    Rule {
        id: "crash.startup-probe",
        severity: Severity::Broken,
        explains: &["crash.*", "sidecar.*", "ready.*", "restarts.*", "unknown.*", "owner.progress-deadline"],
        means: "The container is killed before it is up: its startup probe does not allow it the time that it takes.",
        known_by: "An event Killing says \"failed startup probe\" and is not older than the last run. Seen on 1.35; since 1.18.",
        remedy: "Raise failureThreshold or periodSeconds of the startup probe, mend what it asks, or make the start faster.",
        judge: Judge::Container(|rule, facts| probed(rule, facts, Probe::Startup)),
    },
    Rule {
        id: "crash.signal",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The program is ended by a signal: it crashed (SIGSEGV, SIGABRT), or something killed it.",
        known_by: "The exit code is 128 and the number of a signal, or the runtime names the signal; no probe and no lack of memory \
                   is known.",
        remedy: "For SIGSEGV and SIGABRT look at the last log lines and for a dump; for SIGKILL at memory of the node and at \
                 what may have killed it.",
        judge: Judge::Container(signal),
    },
    Rule {
        id: "crash.completes",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The program ends without a fault, and is started again because its pod restarts always.",
        known_by: "The last run ended with exit code 0, and the container was restarted or waits for it.",
        remedy: "A task belongs into a Job. If it should serve, find out why it ends: often it goes to the background, or has no \
                 command to stay for.",
        judge: Judge::Container(completes),
    },
    Rule {
        id: "crash.exit",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The program ends with an error.",
        known_by: "The last run ended with an exit code other than 0. The termination message, or else the last lines of that run's \
                   log, say why.",
        remedy: "Read the end of the log of the run that crashed.",
        judge: Judge::Container(exits),
    },
];

/// The crash of one of the pod's own containers; `restarts.flapping` has those that run for minutes in between.
fn regular<'a>(facts: &ContainerFacts<'a>) -> Option<Crash<'a>> {
    let is_its = |crash: &Crash<'_>| !(crash.is_rare() && facts.row.ready);
    if facts.row.kind == ContainerKind::Regular { Crash::of(facts).filter(is_its) } else { None }
}

fn oom(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let is_oom = facts.last_end().is_some_and(|end| &*end.reason == "OOMKilled");
    let crash = Crash::of(facts).filter(|_| is_oom)?;
    let said = words::last(facts, crash.end);
    let finding = crash.finding(rule, oom_cause(facts, crash.end.exit_code), &Said::Nothing).seen(said.evidence());
    Some(finding.next(edit(facts.pod)).next(Next::new(Step::Describe, &facts.pod.subject())))
}

/// `needs more memory than its limit of 48Mi: OOMKilled`.
pub(super) fn oom_cause(facts: &ContainerFacts<'_>, exit_code: i32) -> String {
    let child = if matches!(exit_code, 137 | 0) { "" } else { ", one of its child processes" };
    let Some(spec) = facts.spec() else { return format!("needs more memory than it may have: OOMKilled{child}") };
    let (limit, request) = (text(spec, "/resources/limits/memory"), text(spec, "/resources/requests/memory"));
    match (limit, request) {
        ("", "") => {
            format!("killed because its node ran out of memory: OOMKilled{child}; it sets no request and no limit")
        }
        ("", request) => format!(
            "killed because its node ran out of memory: OOMKilled{child}; it asked for {request} and has no limit"
        ),
        (limit, _) => format!("needs more memory than its limit of {limit}: OOMKilled{child}"),
    }
}

/// What tells that the kubelet killed the last run for a probe.
pub(super) enum Killed<'a> {
    /// It says so.
    Said(&'a EventRow),
    /// The run was as long as the probe allows, and ended as runs do that are killed.
    Concluded,
}

/// Whether the kubelet killed the last run, or kills the present one, for a probe. Of an object that has many events the
/// kubelet soon says only one in five minutes, so its event may be older than the last run, or gone.
pub(super) fn killed_by<'a>(facts: &ContainerFacts<'a>, probe: Probe) -> Option<Killed<'a>> {
    let end = facts.last_end()?;
    let is_recent = |event: &&EventRow| event.sighting().last >= end.started;
    let looks_killed = matches!(end.exit_code, 137 | 143) && &*end.reason != "OOMKilled";
    let has_failed = probe.failed(facts).as_ref().is_some_and(is_recent);
    match probe.killed(facts) {
        Some(event) if is_recent(&event) || looks_killed || has_failed || end.exit_code == 0 => {
            Some(Killed::Said(event))
        }
        Some(_) => None,
        None if !looks_killed || facts.event(&["FailedPostStartHook"]).is_some() => None,
        None if has_failed => Some(Killed::Concluded),
        None => {
            let (allowed, ran_for) = (probe::allowance(probe.spec(facts)?), exit::ran_for(end)?);
            (allowed - probe::number(probe.spec(facts)?, "periodSeconds")..=allowed + GRACE)
                .contains(&ran_for)
                .then_some(Killed::Concluded)
        }
    }
}

fn probed(rule: &Rule, facts: &ContainerFacts<'_>, probe: Probe) -> Option<Finding> {
    let crash = Crash::of(facts)?;
    let killed = killed_by(facts, probe)?;
    let (spec, failed) = (probe.spec(facts), probe.failed(facts));
    let outcome = failed.map(|failed| probe::outcome(facts, spec, &failed.message));
    let because = outcome.map(|outcome| format!(": {outcome}")).unwrap_or_default();
    let cause = match (probe, spec) {
        (Probe::Startup, Some(spec)) => {
            let allowed = human_duration(probe::allowance(spec) * 1_000_000);
            format!("not up within the {allowed} that its startup probe allows, and killed{because}")
        }
        _ => format!("killed by its {} probe{because}", probe.name()),
    };
    let finding = crash.finding(rule, cause, &Said::Nothing).seen(failed.map(Evidence::event));
    let finding = match killed {
        Killed::Said(event) => finding.seen([Evidence::event(event)]),
        Killed::Concluded => {
            finding.probably("no event says that it was killed for it; its runs are as long as the probe allows")
        }
    };
    Some(finding.next(edit(facts.pod)).next(Next::new(Step::Events, &facts.pod.subject())))
}

/// Whether a rule about something more special speaks of this end.
fn is_special(crash: &Crash<'_>) -> bool {
    &*crash.end.reason == "OOMKilled"
        || killed_by(&crash.facts, Probe::Liveness).is_some()
        || killed_by(&crash.facts, Probe::Startup).is_some()
}

fn signal(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let crash = regular(facts).filter(|crash| !is_special(crash))?;
    let (number, name, meaning) = exit::signal(crash.end)?;
    let said = words::last(facts, crash.end);
    let code = crash.end.exit_code;
    let cause = format!("dies of {name} (exit code {code}: {meaning}){}", said.quoted());
    let finding = crash.finding(rule, cause, &said);
    let finding = match number {
        9 => finding.probably("nothing says who killed it: often the node was out of memory, or a process beside it"),
        15 => finding.probably("nothing in its events asked it to stop"),
        _ => finding,
    };
    Some(finding.next(Next::new(Step::Debug, &facts.subject())).next(edit(facts.pod)))
}

fn completes(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let crash = regular(facts).filter(|crash| crash.end.exit_code == 0 && crash.end.signal == 0)?;
    if is_special(&crash) || !restarts_always(&crash) {
        return None;
    }
    let length = exit::ran_for(crash.end).map(|seconds| format!(" after {}", human_duration(seconds * 1_000_000)));
    let cause = format!(
        "ends without a fault (exit code 0){} and is started again: restartPolicy Always",
        length.unwrap_or_default()
    );
    let said = words::last(facts, crash.end);
    Some(crash.finding(rule, cause, &Said::Nothing).seen(said.evidence()).next(edit(facts.pod)))
}

/// Whether a container that ended without a fault will be started again.
fn restarts_always(crash: &Crash<'_>) -> bool {
    let facts = &crash.facts;
    let owner = facts.pod.pod.meta.owner.as_ref().map(|owner| &*owner.kind);
    match (&facts.row.state, owner) {
        (_, Some("Job")) => false,
        (State::Waiting(_) | State::Running(_), _) | (_, Some("ReplicaSet" | "StatefulSet" | "DaemonSet")) => true,
        _ => facts.pod.object().is_some_and(|pod| text(pod, "/spec/restartPolicy") == "Always"),
    }
}

fn exits(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let crash = regular(facts).filter(|crash| crash.end.exit_code != 0 && !is_special(crash))?;
    if exit::signal(crash.end).is_some() {
        return None;
    }
    let said = words::last(facts, crash.end);
    let finding = crash.finding(rule, exit_cause(crash.end.exit_code, &said), &said);
    Some(finding.next(edit(facts.pod)).next(Next::new(Step::Debug, &facts.subject())))
}

/// `exits with 127 (command not found): "sh: start-server: not found"`.
pub(super) fn exit_cause(code: i32, said: &Said) -> String {
    let silent = if matches!(said, Said::Nothing) { " and says nothing of why" } else { "" };
    format!("exits with {code}{}{}{silent}", exit::meaning(code), said.quoted())
}
