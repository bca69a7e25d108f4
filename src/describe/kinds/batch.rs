//! Jobs and what starts them. Rules: kubectl describe, `describeJob`, `describeCronJob`.

use serde_json::Value;

use super::super::fields::{child, date, list, number, present, shown, text, time, whole, yes_no};
use super::super::meta;
use super::super::tabs::Writer;
use super::template;
use crate::base::age::age;
use crate::model::selector::as_query;

/// Bytes of a list of indexes that are shown; the index that crosses it is still written in full.
const INDEXES: usize = 50;

/// Writes a job.
pub(super) fn job(w: &mut Writer, job: &Value) {
    w.field(0, "Name", text(job, "/metadata/name"));
    w.field(0, "Namespace", text(job, "/metadata/namespace"));
    w.field(0, "Selector", own_selector(&job["spec"]["selector"]));
    meta::labels_and_annotations(w, job);
    if let Some(owner) = meta::controller(job) {
        w.field(0, "Controlled By", owner);
    }
    limits(w, job);
    times(w, job);
    if let Some(seconds) = whole(job, "/spec/activeDeadlineSeconds") {
        w.field(0, "Active Deadline Seconds", format_args!("{seconds}s"));
    }
    let ready = whole(job, "/status/ready").map(|ready| format!(" ({ready} Ready)")).unwrap_or_default();
    let [active, succeeded, failed] =
        ["active", "succeeded", "failed"].map(|name| number(job, &format!("/status/{name}")));
    w.field(0, "Pods Statuses", format_args!("{active} Active{ready} / {succeeded} Succeeded / {failed} Failed"));
    if text(job, "/spec/completionMode") == "Indexed" {
        w.field(0, "Completed Indexes", indexes(text(job, "/status/completedIndexes")));
    }
    template::write(w, job);
}

fn limits(w: &mut Writer, job: &Value) {
    if let Some(parallelism) = whole(job, "/spec/parallelism") {
        w.field(0, "Parallelism", parallelism);
    }
    number_or_unset(w, "Completions", job, "/spec/completions", "");
    for (label, path) in [
        ("Completion Mode", "/spec/completionMode"),
        ("Suspend", "/spec/suspend"),
        ("Backoff Limit", "/spec/backoffLimit"),
        ("TTL Seconds After Finished", "/spec/ttlSecondsAfterFinished"),
    ] {
        if let Some(value) = present(job, path) {
            w.field(0, label, shown(value));
        }
    }
}

fn times(w: &mut Writer, job: &Value) {
    let (started, completed) = (time(job, "/status/startTime"), time(job, "/status/completionTime"));
    if started.is_set() {
        w.field(0, "Start Time", started.rfc1123());
    }
    if completed.is_set() {
        w.field(0, "Completed At", completed.rfc1123());
    }
    if started.is_set() && completed.is_set() {
        w.field(0, "Duration", age(started, completed));
    }
}

/// Indexes that have completed, cut behind a comma when there are many.
fn indexes(indexes: &str) -> String {
    if indexes.is_empty() {
        return "<none>".to_owned();
    }
    let comma = indexes.bytes().enumerate().skip(INDEXES).find(|(_, byte)| *byte == b',');
    match comma {
        Some((at, _)) => format!("{}...", &indexes[..=at]),
        None => indexes.to_owned(),
    }
}

/// Writes a cron job.
pub(super) fn cron_job(w: &mut Writer, cron: &Value) {
    meta::identity(w, cron);
    w.field(0, "Schedule", text(cron, "/spec/schedule"));
    w.field(0, "Concurrency Policy", text(cron, "/spec/concurrencyPolicy"));
    w.field(0, "Suspend", yes_no(cron, "/spec/suspend"));
    let zone = cron.pointer("/spec/timeZone").and_then(Value::as_str);
    w.field(0, "Time Zone", zone.unwrap_or("<unset>"));
    number_or_unset(w, "Successful Job History Limit", cron, "/spec/successfulJobsHistoryLimit", "");
    number_or_unset(w, "Failed Job History Limit", cron, "/spec/failedJobsHistoryLimit", "");
    number_or_unset(w, "Starting Deadline Seconds", cron, "/spec/startingDeadlineSeconds", "s");
    job_template(w, cron.pointer("/spec/jobTemplate").unwrap_or(&Value::Null));
    let last = "/status/lastScheduleTime";
    let last = if time(cron, last).is_set() { date(cron, last) } else { "<unset>".to_owned() };
    w.section("Jobs");
    w.field(0, "Last Schedule Time", last);
    let active: Vec<&str> = list(cron, "/status/active").iter().map(|job| text(job, "/name")).collect();
    w.field(0, "Active Jobs", if active.is_empty() { "<none>".to_owned() } else { active.join(", ") });
}

fn job_template(w: &mut Writer, job: &Value) {
    let selector = child(job, "/spec/selector").map(own_selector);
    w.field(0, "Selector", selector.as_deref().unwrap_or("<unset>"));
    number_or_unset(w, "Parallelism", job, "/spec/parallelism", "");
    number_or_unset(w, "Completions", job, "/spec/completions", "");
    if let Some(seconds) = whole(job, "/spec/activeDeadlineSeconds") {
        w.field(0, "Active Deadline Seconds", format_args!("{seconds}s"));
    }
    template::write(w, job);
}

fn own_selector(given: &Value) -> String {
    as_query(given).unwrap_or_else(|| "Failed to get selector: it cannot be read".to_owned())
}

fn number_or_unset(w: &mut Writer, label: &str, object: &Value, path: &str, unit: &str) {
    match whole(object, path) {
        Some(value) => w.field(0, label, format_args!("{value}{unit}")),
        None => w.field(0, label, "<unset>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_indexes_are_cut_behind_a_comma() {
        assert_eq!(indexes(""), "<none>");
        assert_eq!(indexes("0-3,5"), "0-3,5");
        let many: Vec<String> = (1000..1020).map(|index| index.to_string()).collect();
        let many = many.join(",");
        assert_eq!(indexes(&many), format!("{}...", &many[..55]));
        assert_eq!(indexes(&"7".repeat(80)), "7".repeat(80));
        assert_eq!(indexes(&format!("{}é,1", "é".repeat(30))), format!("{}é,...", "é".repeat(30)));
    }
}
