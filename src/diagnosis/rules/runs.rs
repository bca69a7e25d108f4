//! How the runs of a container go: down, again and again, or once and since then well.
//!
//! The kubelet writes `CrashLoopBackOff` up to a minute and a half after the crash, so that word decides nothing here:
//! restarts, the last end and how long the present run goes already do. Start with [`course`].

use super::super::facts::{ContainerFacts, PodFacts};
use super::super::finding::{Certainty, Evidence, Finding, Severity};
use super::super::known::Seen;
use super::super::next::{Next, Step};
use super::{exit, words};
use crate::base::stamp::Stamp;
use crate::model::event::EventRow;
use crate::model::lookup::{Lookup, Resource};
use crate::model::pod::{ContainerKind, End, State};

/// Runs at least so long, in seconds, are no crash loop but a container that fails now and then.
pub(super) const LONG_RUN: i64 = 300;
/// So much longer than the run before it a run has to go, in seconds beyond twice its length, to count as well.
const PATIENCE: i64 = 30;
/// What the kubelet writes between a run and the next one: 1.20 to 1.35.
const BETWEEN_RUNS: &[&str] =
    &["CrashLoopBackOff", "RunContainerError", "PostStartHookError", "CreateContainerError", "ContainerCreating", ""];

/// How the runs of a container go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// It does not run.
    Down,
    /// It runs, and has not run longer than what came before each crash: it will crash again.
    Again,
    /// It has run since longer than that.
    Recovered,
}

/// How the runs go, and how the last one ended; `None` where no run has ended, or its end was right or asked for.
pub(super) fn course<'a>(facts: &ContainerFacts<'a>) -> Option<(Course, &'a End)> {
    let end = facts.last_end()?;
    let pod = facts.pod.pod;
    if pod.meta.deleted.is_set() || &*pod.phase == "Succeeded" || facts.row.kind == ContainerKind::Ephemeral {
        return None;
    }
    let course = match &facts.row.state {
        State::Ended(_) => Course::Down,
        State::Waiting(wait) if BETWEEN_RUNS.contains(&&*wait.reason) => Course::Down,
        State::Running(since) => of_running(facts, end, *since),
        State::Waiting(_) | State::Unknown => return None,
    };
    Some((course, end))
}

fn of_running(facts: &ContainerFacts<'_>, end: &End, since: Stamp) -> Course {
    let runs_for = facts.pod.seconds_since(since);
    let ran_for = exit::ran_for(end).unwrap_or(0);
    let is_short = facts.row.restarts >= 2 && runs_for < 2 * ran_for + PATIENCE;
    if is_short || facts.row.restarts >= 1 && !facts.row.ready && runs_for < 2 * ran_for + PATIENCE {
        Course::Again
    } else {
        Course::Recovered
    }
}

/// A run that ended wrongly and matters now.
pub(super) struct Crash<'a> {
    /// The container.
    pub(super) facts: ContainerFacts<'a>,
    /// How it ended.
    pub(super) end: &'a End,
    /// Whether it is down, or runs until the next time.
    pub(super) course: Course,
}

impl<'a> Crash<'a> {
    /// The crash of a container, if it is down or will be again, and its end is not that of the pod as a whole: a pod
    /// that was evicted, or whose Job has succeeded since, has another cause or none.
    pub(super) fn of(facts: &ContainerFacts<'a>) -> Option<Self> {
        let (course, end) = course(facts)?;
        if course == Course::Recovered || matches!(&*end.reason, "StartError" | "ContainerCannotRun") {
            return None;
        }
        let pod = facts.pod.pod;
        let has_failed = &*pod.phase == "Failed";
        let is_refused = has_failed && pod.trouble.as_ref().is_some_and(|trouble| !trouble.reason.is_empty());
        if is_refused || has_failed && is_over(facts.pod) {
            return None;
        }
        Some(Self { facts: *facts, end, course })
    }

    /// Runs that go on for minutes between one crash and the next.
    pub(super) fn is_rare(&self) -> bool {
        self.course == Course::Again && exit::ran_for(self.end).is_some_and(|seconds| seconds >= LONG_RUN)
    }

    /// A finding about it, with what is always evidence, and what is always next.
    pub(super) fn finding(&self, rule: &super::Rule, cause: String, said: &words::Said) -> Finding {
        let facts = &self.facts;
        let is_well_between = self.is_rare() && facts.row.ready;
        let severity = if is_well_between { Severity::Degraded } else { rule.severity };
        let back_off = facts.event(&["BackOff"]);
        let mut finding = rule
            .in_container(facts, cause)
            .severity(severity)
            .since(self.since(back_off))
            .seen([exit::evidence(&facts.row.name, self.end)])
            .seen(said.evidence())
            .seen(facts.state().filter(|_| matches!(facts.row.state, State::Waiting(_))))
            .seen(back_off.map(Evidence::event))
            .next(self.log());
        if let Some(unseen) = said.unseen() {
            finding.certainty = Certainty::Probable(unseen.into());
        }
        finding
    }

    /// When the first of these crashes was, as far as anything tells.
    fn since(&self, back_off: Option<&EventRow>) -> Stamp {
        let first = back_off.map(|event| event.sighting().first).filter(|first| first.is_set());
        first.map_or(self.end.finished, |first| first.min(self.end.finished))
    }

    /// To read the log of the run that ended.
    pub(super) fn log(&self) -> Next {
        let step = if matches!(self.facts.row.state, State::Ended(_)) { Step::Logs } else { Step::PreviousLogs };
        Next::new(step, &self.facts.subject())
    }
}

/// The step that changes what is written in the owner.
pub(super) fn edit(facts: &PodFacts<'_>) -> Next {
    Next::new(Step::Edit, &facts.owner())
}

/// Whether a pod that has failed is not to be spoken of: its Job is suspended, gone, or not known yet. What has succeeded since
/// is none of the rules' business at all.
fn is_over(facts: &PodFacts<'_>) -> bool {
    let Some(owner) = facts.pod.meta.owner.as_ref().filter(|owner| &*owner.kind == "Job") else { return false };
    match facts.known.object(Lookup::object(Resource::Jobs, &facts.pod.meta.namespace, &owner.name)) {
        Seen::NotYet | Seen::Missing => true,
        Seen::Unreadable => false,
        Seen::Known(job) => job["spec"]["suspend"] == true,
    }
}
