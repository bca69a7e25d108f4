//! How the runs of a container go: down, again and again, or once and since then well.
//!
//! The kubelet writes `CrashLoopBackOff` up to a minute and a half after the crash, so that word decides nothing here:
//! restarts, the last end and how long the present run goes already do. Start with [`course`].

use super::super::facts::{ContainerFacts, PodFacts};
use super::super::finding::{Certainty, Evidence, Finding, Severity, Subject};
use super::super::known::Seen;
use super::super::next::{Next, Step};
use super::{exit, words};
use crate::base::json::{list, text};
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
        if is_refused || has_failed && fate(facts.pod) == Fate::Over {
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
            .root(root(facts))
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

/// What findings about this container have in common: the container of the owner; for a `CronJob`'s pods, of that.
pub(super) fn root(facts: &ContainerFacts<'_>) -> Subject {
    let owner = cron_job(facts.pod).unwrap_or_else(|| facts.pod.owner());
    owner.container(&facts.row.name)
}

/// The step that changes what is written in the owner.
pub(super) fn edit(facts: &PodFacts<'_>) -> Next {
    Next::new(Step::Edit, &facts.owner())
}

/// Whether a pod that has failed still matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It does.
    Matters,
    /// Its Job has succeeded since, is suspended, or is not known yet; or a later Job of its `CronJob` has succeeded.
    Over,
}

/// Whether a pod that has failed still matters.
pub(super) fn fate(facts: &PodFacts<'_>) -> Fate {
    let Some(name) = job_name(facts) else { return Fate::Matters };
    let namespace = &facts.pod.meta.namespace;
    match facts.known.object(Lookup::object(Resource::Jobs, namespace, name)) {
        Seen::NotYet | Seen::Missing => Fate::Over,
        Seen::Unreadable => Fate::Matters,
        Seen::Known(job) if has_succeeded(job) || job["spec"]["suspend"] == true => Fate::Over,
        Seen::Known(job) => match controller(job, "CronJob") {
            Some(cron_job) if is_followed_by_success(facts, job, cron_job) => Fate::Over,
            _ => Fate::Matters,
        },
    }
}

fn job_name<'a>(facts: &PodFacts<'a>) -> Option<&'a str> {
    facts.pod.meta.owner.as_ref().filter(|owner| &*owner.kind == "Job").map(|owner| &*owner.name)
}

/// The `CronJob` behind a pod, once its Job is read.
fn cron_job(facts: &PodFacts<'_>) -> Option<Subject> {
    let namespace = &facts.pod.meta.namespace;
    let job = facts.known.object(Lookup::object(Resource::Jobs, namespace, job_name(facts)?)).known()?;
    Some(Subject::new("CronJob", namespace, controller(job, "CronJob")?))
}

fn controller<'a>(object: &'a serde_json::Value, kind: &str) -> Option<&'a str> {
    let mut owners = list(object, "/metadata/ownerReferences").iter();
    owners.find(|owner| owner["kind"] == *kind).map(|owner| text(owner, "/name"))
}

fn has_succeeded(job: &serde_json::Value) -> bool {
    let is_true = |condition: &serde_json::Value| {
        matches!(text(condition, "/type"), "Complete" | "SuccessCriteriaMet") && text(condition, "/status") == "True"
    };
    list(job, "/status/conditions").iter().any(is_true)
}

/// Whether the `CronJob` has run well since.
fn is_followed_by_success(facts: &PodFacts<'_>, job: &serde_json::Value, cron_job: &str) -> bool {
    let created = |job: &serde_json::Value| Stamp::parse(text(job, "/metadata/creationTimestamp"));
    let jobs = facts.known.items(Lookup::list(Resource::Jobs, &facts.pod.meta.namespace)).known().unwrap_or_default();
    let is_later = |other: &&serde_json::Value| {
        controller(other, "CronJob") == Some(cron_job) && created(other) > created(job) && has_succeeded(other)
    };
    jobs.iter().any(|other| is_later(&other))
}
