//! Jobs: pods until enough have succeeded or too many have failed. `CronJobs`: a job every so often.

use serde_json::{Value, json};

use super::event::Event;
use super::kinds::by_plural;
use super::replicas::owner_reference;
use super::store::Object;
use super::write::Deletion;
use super::{Scope, Task, World};
use crate::demo::json::{int, list, set, stamp, text, time};

impl World {
    pub(super) fn sync_jobs(&mut self, scope: Scope<'_>) {
        self.sync_cron_jobs(scope);
        for job in self.in_scope("jobs", scope) {
            if list(&job, "/status/conditions")
                .iter()
                .any(|known| matches!(text(known, "/type"), "Complete" | "Failed"))
            {
                continue;
            }
            self.sync_job(&job);
        }
    }

    fn sync_job(&mut self, job: &Value) {
        let pods = self.owned("pods", job);
        let phase = |wanted: &str| pods.iter().filter(|pod| text(pod, "/status/phase") == wanted).count() as i64;
        let (succeeded, failed) = (phase("Succeeded"), phase("Failed"));
        let active = pods.len() as i64 - succeeded - failed;
        let completions = int(job, "/spec/completions").unwrap_or(1);
        let started = match text(job, "/status/startTime") {
            "" => stamp(self.now),
            _ => job["status"]["startTime"].clone(),
        };
        let mut status =
            json!({"startTime": started, "ready": pods.iter().filter(|pod| super::replicas::is_ready(pod)).count()});
        for (field, count) in [("active", active), ("succeeded", succeeded), ("failed", failed)] {
            if count > 0 {
                status[field] = count.into();
            }
        }
        if succeeded >= completions {
            status["completionTime"] = stamp(self.now);
            status["conditions"] = json!([
                ended(self, "SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods"),
                ended(self, "Complete", "CompletionsReached", "Reached expected number of succeeded pods")
            ]);
            self.owner_event(job, "job-controller", "Completed", "Job completed".to_owned());
        } else if failed > int(job, "/spec/backoffLimit").unwrap_or(6) {
            let message = "Job has reached the specified backoff limit";
            self.job_failed(job, &mut status, "BackoffLimitExceeded", message);
        } else if self.is_overdue(job, &started) {
            let message = "Job was active longer than specified deadline";
            self.job_failed(job, &mut status, "DeadlineExceeded", message);
            for pod in pods.iter().filter(|pod| super::replicas::is_active(pod)) {
                self.owner_event(
                    job,
                    "job-controller",
                    "SuccessfulDelete",
                    format!("Deleted pod: {}", text(pod, "/metadata/name")),
                );
                self.delete_pod(pod, &Deletion::default());
            }
            crate::demo::json::remove(&mut status, &["active"]);
            status["failed"] = (failed + active).into();
        } else if active == 0 && self.may_retry(&pods, failed) {
            self.create_job_pod(job);
        }
        self.put_status("jobs", job, status);
    }

    fn job_failed(&mut self, job: &Value, status: &mut Value, reason: &'static str, message: &str) {
        status["conditions"] =
            json!([ended(self, "FailureTarget", reason, message), ended(self, "Failed", reason, message)]);
        let (message, component) = (message.to_owned(), "job-controller");
        self.record(job, &Event { warning: true, reason, message, component, ..Event::default() });
    }

    /// Whether a job has been active for as long as it may; plans the look at that moment.
    fn is_overdue(&mut self, job: &Value, started: &Value) -> bool {
        let Some(seconds) = int(job, "/spec/activeDeadlineSeconds") else { return false };
        let due =
            crate::base::stamp::Stamp::parse(started.as_str().unwrap_or_default()).plus_micros(seconds * 1_000_000);
        if self.now < due && text(job, "/status/startTime").is_empty() {
            self.at(due, Task::Owners);
        }
        self.now >= due
    }

    /// A failed pod is followed by the next after 10 s, doubled each time.
    fn may_retry(&self, pods: &[Object], failed: i64) -> bool {
        let last = pods.iter().map(|pod| time(pod, "/status/containerStatuses/0/state/terminated/finishedAt")).max();
        let wait = 10_000_000 * (1_i64 << failed.clamp(1, 6)) / 2;
        failed == 0 || last.and_then(|last| self.now.micros_since(last)).is_none_or(|passed| passed >= wait)
    }

    fn create_job_pod(&mut self, job: &Value) {
        let made = self.make_pod(job, "job-controller", "Error creating: ", |pod| {
            pod["metadata"]["generateName"] = format!("{}-", text(job, "/metadata/name")).into();
        });
        if let Some(pod) = made {
            let message = format!("Created pod: {}", text(&pod, "/metadata/name"));
            self.owner_event(job, "job-controller", "SuccessfulCreate", message);
        }
    }

    fn sync_cron_jobs(&mut self, scope: Scope<'_>) {
        for cron in self.in_scope("cronjobs", scope) {
            let minutes = every_minutes(text(&cron, "/spec/schedule"));
            let slot = self.now.seconds() / (minutes * 60) * (minutes * 60);
            let last = time(&cron, "/status/lastScheduleTime");
            if cron["spec"]["suspend"] == true || (last.is_set() && last.seconds() >= slot) {
                continue;
            }
            let name = format!("{}-{}", text(&cron, "/metadata/name"), slot / 60);
            let template = &cron["spec"]["jobTemplate"];
            let mut job = json!({"metadata": template["metadata"], "spec": template["spec"]});
            set(&mut job, &["metadata", "name"], name.clone().into());
            set(&mut job, &["metadata", "namespace"], cron["metadata"]["namespace"].clone());
            set(&mut job, &["metadata", "ownerReferences"], json!([owner_reference(&cron)]));
            if let Some(kind) = by_plural("jobs")
                && self.create(kind, job).is_ok()
            {
                self.owner_event(&cron, "cronjob-controller", "SuccessfulCreate", format!("Created job {name}"));
            }
            self.put_status(
                "cronjobs",
                &cron,
                json!({"lastScheduleTime": stamp(crate::base::stamp::Stamp::from_seconds(slot))}),
            );
            self.drop_old_jobs(&cron);
        }
    }

    /// Keeps the three newest, as the default history limit does.
    fn drop_old_jobs(&mut self, cron: &Value) {
        let mut jobs = self.owned("jobs", cron);
        jobs.sort_by_key(|job| std::cmp::Reverse(time(job, "/metadata/creationTimestamp")));
        for job in jobs.into_iter().skip(3) {
            self.remove_with_dependents("jobs", &job);
        }
    }
}

fn ended(world: &World, kind: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": "True", "lastProbeTime": stamp(world.now), "lastTransitionTime": stamp(world.now),
        "reason": reason, "message": message})
}

/// The period of a schedule of the form `*/N * * * *`; an hour for any other.
fn every_minutes(schedule: &str) -> i64 {
    let minutes = schedule.split(' ').next().and_then(|field| field.strip_prefix("*/")).and_then(|n| n.parse().ok());
    minutes.filter(|n| *n > 0).unwrap_or(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_of_the_simple_form_are_read() {
        assert_eq!(every_minutes("*/5 * * * *"), 5);
        assert_eq!(every_minutes("0 3 * * *"), 60);
    }
}
