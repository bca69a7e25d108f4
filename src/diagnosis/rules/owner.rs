//! Owners that do not get on although their pods are made: rollouts and jobs that ran out of time or of attempts.
//!
//! The conditions of Deployments and Jobs say it. They are symptoms where a pod is there to say why, and the cause only where
//! none is: a job's deadline takes its pods away, and so does its last attempt under `restartPolicy: OnFailure`.

use serde_json::Value;

use super::super::facts::ObjectFacts;
use super::super::finding::{Evidence, Finding, Severity};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use crate::base::age::human_duration;
use crate::base::json::{list, number, text};
use crate::base::stamp::Stamp;
use crate::model::lookup::{Lookup, Resource};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "owner.progress-deadline",
        severity: Severity::Degraded,
        explains: &[],
        means: "A rollout has made no progress for as long as the Deployment allows. By itself it changes nothing: the old \
                pods go on, the new ones go on trying.",
        known_by: "The condition Progressing is False with the reason ProgressDeadlineExceeded. It stands alone only where no \
                   pod says why.",
        remedy: "Look at the new pods; roll back if the old version was well.",
        judge: Judge::Object(progress_deadline),
    },
    Rule {
        id: "owner.backoff-limit",
        severity: Severity::Broken,
        explains: &["unknown.*"],
        means: "A Job has failed as often as it may, or a rule of its own ended it. Nothing is tried again.",
        known_by: "The Job's condition Failed with BackoffLimitExceeded, PodFailurePolicy, FailedIndexes or \
                   MaxFailedIndexesExceeded. Its pods say why, where they are still there.",
        remedy: "Read the log of its last pod, mend the cause and create the Job again.",
        judge: Judge::Object(backoff_limit),
    },
    Rule {
        id: "owner.deadline",
        severity: Severity::Broken,
        explains: &["end.*", "unknown.*"],
        means: "A Job took longer than its activeDeadlineSeconds. Its pods were ended and removed, so it alone says so.",
        known_by: "The Job's condition Failed with the reason DeadlineExceeded.",
        remedy: "Find out what took so long, allow more time, or split the work; then create the Job again.",
        judge: Judge::Object(deadline),
    },
];

/// How a Job ended badly, where it was not made good since.
fn failure<'a>(facts: &ObjectFacts<'a>, reasons: &[&str]) -> Option<&'a Value> {
    (facts.kind == "Job").then_some(())?;
    let failed = facts.condition("Failed").filter(|it| it["status"] == "True")?;
    reasons.contains(&text(failed, "/reason")).then_some(())?;
    let at = Stamp::parse(text(failed, "/lastTransitionTime"));
    (!was_made_good(facts, at)).then_some(failed)
}

/// Whether the `CronJob` that made this Job has since made one that succeeded.
fn was_made_good(facts: &ObjectFacts<'_>, failed: Stamp) -> bool {
    let owner = facts.owner();
    if &*owner.kind != "CronJob" {
        return false;
    }
    let cron = facts.known.object(Lookup::object(Resource::CronJobs, &owner.namespace, &owner.name)).known();
    cron.is_some_and(|cron| Stamp::parse(text(cron, "/status/lastSuccessfulTime")) > failed)
}

fn condition_says(condition: &Value) -> Evidence {
    let source = format!("condition {}", text(condition, "/type"));
    let words = format!("{}: {}", text(condition, "/reason"), text(condition, "/message"));
    Evidence::new(source, words).at(Stamp::parse(text(condition, "/lastTransitionTime")))
}

/// A finding of a Job, for what made it where something did.
fn of_job(rule: &Rule, facts: &ObjectFacts<'_>, failed: &Value, cause: String) -> Finding {
    let (job, owner) = (facts.subject(), facts.owner());
    let cause = if owner == job { cause } else { format!("job {}: {cause}", job.name) };
    let since = Stamp::parse(text(failed, "/lastTransitionTime"));
    let found = rule.finding(owner, cause).since(since).seen([condition_says(failed)]);
    found.next(Next::new(Step::Describe, &job)).next(Next::new(Step::Events, &job))
}

fn backoff_limit(rule: &Rule, facts: &ObjectFacts<'_>) -> Option<Finding> {
    let reasons = ["BackoffLimitExceeded", "PodFailurePolicy", "FailedIndexes", "MaxFailedIndexesExceeded"];
    let failed = failure(facts, &reasons)?;
    let limit = number(facts.object, "/spec/backoffLimit").unwrap_or(6);
    let times = number(facts.object, "/status/failed").unwrap_or(0);
    // The pods of a Job whose containers are started in place are removed with the last attempt.
    let in_place = text(facts.object, "/spec/template/spec/restartPolicy") == "OnFailure";
    let cause = match text(failed, "/reason") {
        "BackoffLimitExceeded" if in_place => {
            format!("gave up: its container failed more often than backoffLimit {limit} allows; nothing is tried again")
        }
        "BackoffLimitExceeded" => {
            let pods = if times == 1 { "pod" } else { "pods" };
            format!("gave up after {times} failed {pods} (backoffLimit {limit}); nothing is tried again")
        }
        "PodFailurePolicy" => format!("ended by its pod failure policy: {}", text(failed, "/message")),
        _ => format!("too many of its indexes failed: {}", text(failed, "/message")),
    };
    let found = of_job(rule, facts, failed, cause);
    Some(if in_place { found.probably("its pods are removed, and their logs with them") } else { found })
}

fn deadline(rule: &Rule, facts: &ObjectFacts<'_>) -> Option<Finding> {
    let failed = failure(facts, &["DeadlineExceeded"])?;
    let allowed =
        number(facts.object, "/spec/activeDeadlineSeconds").map(|seconds| human_duration(seconds * 1_000_000));
    let cause = match allowed {
        Some(allowed) => {
            format!("not done within its activeDeadlineSeconds ({allowed}); its pods were ended and removed")
        }
        None => "not done within its deadline; its pods were ended and removed".to_owned(),
    };
    let started = Stamp::parse(text(facts.object, "/status/startTime"));
    let evidence = started.is_set().then(|| Evidence::new("status.startTime", "it started").at(started));
    Some(of_job(rule, facts, failed, cause).seen(evidence).next(Next::new(Step::Yaml, &facts.subject())))
}

fn progress_deadline(rule: &Rule, facts: &ObjectFacts<'_>) -> Option<Finding> {
    (facts.kind == "Deployment").then_some(())?;
    let condition = facts.condition("Progressing").filter(|it| it["status"] == "False")?;
    (text(condition, "/reason") == "ProgressDeadlineExceeded").then_some(())?;
    let of = |path| number(facts.object, path);
    let wanted = of("/spec/replicas").unwrap_or(1);
    let is_paused = facts.object.pointer("/spec/paused") == Some(&Value::Bool(true));
    let is_done =
        of("/status/updatedReplicas").unwrap_or(0) >= wanted && of("/status/unavailableReplicas").unwrap_or(0) == 0;
    if wanted == 0 || is_paused || is_done {
        return None;
    }
    let allowed = human_duration(of("/spec/progressDeadlineSeconds").unwrap_or(600).saturating_mul(1_000_000));
    let (updated, available) =
        (of("/status/updatedReplicas").unwrap_or(0), of("/status/availableReplicas").unwrap_or(0));
    let cause = format!(
        "rollout made no progress for {allowed}: {updated} of {wanted} pods are of the new version, {available} are available"
    );
    let others = list(facts.object, "/status/conditions").iter().filter(|it| it["type"] == "Available");
    let subject = facts.subject();
    let found = rule.finding(subject.clone(), cause).since(Stamp::parse(text(condition, "/lastTransitionTime")));
    let found = found.seen([condition_says(condition)]).seen(others.map(condition_says));
    let found = if available == 0 { found.severity(Severity::Broken) } else { found };
    Some(found.next(Next::new(Step::Describe, &subject)).next(Next::new(Step::Rollback, &subject)))
}
