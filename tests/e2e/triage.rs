//! `podtriage triage` against the scenarios: the cause that each was made for is the first that is said of it, and nothing
//! is said of what is well. The figures are printed; `docs/reliability.md` has them.
//!
//! Scenarios that are not on the cluster are not counted. Symptoms take their time: the program is asked until the table
//! holds, and at most [`TRIES`] times.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::cluster::{kubeconfig, kubectl, variable};
use crate::support::terminal::PODTRIAGE;

/// How often the program is asked; what is still wrong then stays so.
const TRIES: usize = 30;
/// The share of root causes that must come first, in percent.
const RIGHT: usize = 95;

/// A scenario: kind and name of its subject, its namespace, and the ids that name its cause. Two where the same trouble may
/// show in two ways.
pub type Row = (&'static str, &'static str, &'static str, &'static [&'static str]);

const TABLE: &[Row] = &[
    ("deployment", "nginx-deployment", "default", &["sched.no-fit"]),
    ("pod", "node-selector", "default", &["sched.no-fit"]),
    ("pod", "taint", "default", &["sched.no-fit"]),
    ("deployment", "anti-affinity", "default", &["sched.no-fit"]),
    ("pod", "no-gpu", "default", &["sched.no-fit"]),
    ("deployment", "host-port", "default", &["sched.no-fit"]),
    ("pod", "scheduling-gate", "default", &["sched.gated"]),
    ("pod", "pvc-unbound", "default", &["sched.pvc-unbound"]),
    ("pod", "volume-elsewhere", "default", &["sched.volume-zone"]),
    ("deployment", "image-missing", "default", &["image.not-found"]),
    ("pod", "image-bad-name", "default", &["image.invalid-name"]),
    ("pod", "image-private", "default", &["image.unauthorized"]),
    ("pod", "image-no-registry", "default", &["image.registry-unreachable"]),
    ("pod", "image-never", "default", &["image.never-pull"]),
    // A registry that hangs may also give up.
    ("pod", "image-slow", "default", &["image.slow", "image.not-found", "image.registry-unreachable"]),
    ("deployment", "crash-exit-1", "default", &["crash.exit"]),
    ("pod", "crash-127", "default", &["crash.exit", "start.command-not-found"]),
    ("pod", "start-error", "default", &["start.command-not-found"]),
    ("pod", "crash-exit-0", "default", &["crash.completes"]),
    ("pod", "crash-segfault", "default", &["crash.signal"]),
    ("pod", "oom-killed", "default", &["crash.oom"]),
    ("pod", "liveness", "default", &["crash.liveness"]),
    ("deployment", "readiness", "default", &["ready.probe"]),
    ("pod", "startup", "default", &["crash.startup-probe"]),
    ("pod", "init-fails", "default", &["init.failing"]),
    ("pod", "init-stuck", "default", &["init.waiting"]),
    ("pod", "configmap-key", "default", &["config.missing-key"]),
    ("pod", "secret-volume", "default", &["config.missing-secret"]),
    ("pod", "host-path", "default", &["start.volume-mount"]),
    ("pod", "run-as-non-root", "default", &["config.run-as-non-root"]),
    ("pod", "post-start", "default", &["start.hook-failed"]),
    ("pod", "sidecar-restarts", "default", &["sidecar.crash"]),
    ("pod", "one-of-three", "default", &["crash.exit"]),
    ("job", "job-deadline", "default", &["owner.deadline"]),
    ("job", "job-backoff", "default", &["owner.backoff-limit", "crash.exit"]),
    ("pod", "evicted", "default", &["end.evicted"]),
    ("pod", "deadline-pod", "default", &["end.deadline"]),
    ("pod", "finalizer", "default", &["end.terminating-finalizer"]),
    ("pod", "ignores-term", "default", &["end.grace"]),
    ("deployment", "over-quota", "quota", &["owner.quota"]),
    ("deployment", "privileged-agent", "restricted", &["owner.pod-security"]),
    ("deployment", "service-account", "default", &["owner.service-account"]),
    ("deployment", "rollout-stuck", "default", &["image.not-found"]),
];

/// What is well.
const HEALTHY: &[(&str, &str)] = &[
    ("web", "default"),
    ("job-completed", "default"),
    ("node-not-ready", "default"),
    ("shared-process", "default"),
    ("no-shell", "default"),
    ("wide-chars", "default"),
    ("giant-line", "default"),
    ("static-web-node-a", "default"),
    ("modest", "restricted"),
];

fn triage(line: &str) -> Output {
    let mut command = Command::new(PODTRIAGE);
    command.env("KUBECONFIG", kubeconfig()).arg("triage").args(line.split_whitespace()).stdin(Stdio::null());
    command.output().expect("it starts")
}

fn report(line: &str) -> Value {
    let output = triage(line);
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("triage {line}: {error}: {said}"))
}

/// The findings about something of this name, in their order.
fn about<'a>(report: &'a Value, name: &'a str, namespace: &'a str) -> impl Iterator<Item = &'a Value> {
    let is_its =
        move |found: &str| found.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let concerns = move |finding: &&Value| {
        let subject = &finding["subject"];
        let of_pods = || finding["pods"].as_array().into_iter().flatten().filter_map(Value::as_str).any(is_its);
        let is_here = subject["namespace"] == namespace && subject["kind"] != "Node";
        is_here && (subject["name"] == name || of_pods())
    };
    report["findings"].as_array().into_iter().flatten().filter(concerns)
}

fn ids<'a>(findings: impl Iterator<Item = &'a Value>) -> Vec<String> {
    findings.map(|finding| finding["id"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The scenarios that are on the cluster.
pub fn present() -> Vec<&'static Row> {
    let there = kubectl(
        "get pods,deployments,jobs -A --no-headers -o custom-columns=K:.kind,N:.metadata.namespace,M:.metadata.name",
    );
    let lines: Vec<String> =
        there.lines().map(|line| line.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    TABLE.iter().filter(|(kind, name, namespace, _)| lines.contains(&format!("{kind} {namespace} {name}"))).collect()
}

/// The rows whose cause does not come first, and what does.
fn wrong(report: &Value, rows: &[&Row]) -> Vec<String> {
    let wrong = rows.iter().filter_map(|(kind, name, namespace, expected)| {
        let found = ids(about(report, name, namespace));
        let is_right = found.first().is_some_and(|first| expected.contains(&first.as_str()));
        (!is_right).then(|| format!("{kind}/{name}: {expected:?} is expected, {found:?} is found"))
    });
    wrong.collect()
}

/// What is said of what is well. A container that a debugging session left is not of the scenario.
fn false_alarms(report: &Value) -> Vec<String> {
    let alarms = |(name, namespace): &(&'static str, &'static str)| {
        let above = about(report, name, namespace).filter(|finding| {
            let container = finding["subject"]["container"].as_str().unwrap_or_default();
            finding["severity"] != "notice" && !container.starts_with("debugger-")
        });
        let ids = ids(above);
        (!ids.is_empty()).then(|| format!("{name}: {ids:?}"))
    };
    HEALTHY.iter().filter_map(alarms).collect()
}

#[test]
#[ignore = "needs a cluster with the scenarios"]
fn the_cause_of_each_scenario_comes_first() {
    let rows = present();
    if rows.is_empty() {
        return crate::cluster::skipped("none of the scenarios is on the cluster");
    }
    let mut last = (Vec::new(), Vec::new());
    for _ in 0..TRIES {
        let report = report("-A -o json");
        last = (wrong(&report, &rows), false_alarms(&report));
        if last.0.is_empty() && last.1.is_empty() {
            break;
        }
    }
    let (wrong, alarms) = last;
    let right = rows.len() - wrong.len();
    let percent = right * 100 / rows.len();
    let counts = format!("{right} of {} causes come first ({percent} %), {} false alarms", rows.len(), alarms.len());
    eprintln!("{counts}\n{}\n{}", wrong.join("\n"), alarms.join("\n"));
    assert!(percent >= RIGHT && alarms.is_empty(), "{counts}");
}

#[test]
#[ignore = "needs a cluster with the scenarios"]
fn the_exit_status_says_what_was_found() {
    let status = |line: &str| triage(line).status.code();
    if kubectl("get pods -n default -o name").lines().any(|pod| pod == "pod/no-gpu") {
        assert_eq!(status("pod/no-gpu -n default"), Some(1));
    }
    assert_eq!(status("-n kube-node-lease"), status("-n kube-node-lease -l none=such"), "no pods, only nodes");
    assert_eq!(status("pod/nobody -n default"), Some(2));
    assert_eq!(status("--context nowhere"), Some(2));
}

#[test]
#[ignore = "needs a cluster, and a kubeconfig that may not list nodes"]
fn what_may_not_be_seen_is_said() {
    let Some(viewer) = variable("PODTRIAGE_E2E_VIEWER") else { return };
    let report = report(&format!("-n default -o json --kubeconfig {viewer}"));
    assert_eq!(report["complete"], false, "{report}");
    let unseen = report["unseen"].as_array().expect("a list");
    let nodes = |one: &&Value| one["resource"] == "nodes" && one["verb"] == "list" && one["why"] == "forbidden";
    assert!(unseen.iter().any(|one| nodes(&one)), "{unseen:?}");
    assert_eq!(report["checked"]["nodes"], 0);
    assert!(report["checked"]["pods"].as_u64() > Some(0));
    let output = triage(&format!("-A -o json --kubeconfig {viewer}"));
    assert_eq!(output.status.code(), Some(2), "pods of all namespaces may not be listed");
}
