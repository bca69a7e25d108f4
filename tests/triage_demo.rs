//! `podtriage triage` on each scenario of the demo cluster: what is wrong there is found, with its cause, and nothing where
//! nothing is.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says what went wrong and ends")]

use std::process::Command;

use serde_json::Value;

/// The findings of a scenario: severity, id, and kind and name of the subject, worst first.
fn findings(scenario: &str) -> Vec<(String, String, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podtriage"));
    command.args(["triage", "-A", "-o", "json"]).arg(format!("--demo={scenario}"));
    let output = command.output().expect("it starts");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{scenario}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let found = report["findings"].as_array().expect("findings").iter().map(|finding| {
        let (kind, name) = (&finding["subject"]["kind"], &finding["subject"]["name"]);
        (text(&finding["severity"]), text(&finding["id"]), format!("{}/{}", text(kind), text(name)))
    });
    found.collect()
}

/// Of each subject the first finding about it must be the one named.
#[track_caller]
fn assert_causes(scenario: &str, expected: &[(&str, &str)]) {
    let found = findings(scenario);
    let mistakes: Vec<String> = expected
        .iter()
        .filter_map(|(subject, id)| {
            let first = found.iter().find(|(_, _, about)| about == subject).map(|(_, id, _)| id.as_str());
            (first != Some(*id)).then(|| format!("{subject}: {first:?} instead of {id}"))
        })
        .collect();
    assert!(mistakes.is_empty(), "{scenario}: {mistakes:#?} in {found:#?}");
}

#[test]
fn config() {
    assert_causes(
        "config",
        &[
            ("Deployment/settlement", "config.missing-key"),
            ("Deployment/tls-proxy", "config.missing-secret"),
            ("Deployment/invoices", "config.missing-configmap"),
            ("Deployment/exporter", "config.missing-secret"),
            ("Deployment/mailer", "config.run-as-non-root"),
            ("Deployment/tenants", "config.bad-subpath"),
            ("Deployment/robot", "owner.service-account"),
        ],
    );
}

#[test]
fn crash_loops() {
    assert_causes(
        "crash-loops",
        &[
            ("Deployment/recommendations", "crash.exit"),
            ("Deployment/pricing", "crash.exit"),
            ("Deployment/rates", "crash.signal"),
            ("Deployment/cache", "crash.oom"),
            ("Deployment/snapshot", "crash.completes"),
            ("Pod/twins", "crash.exit"),
        ],
    );
}

#[test]
fn no_fit() {
    assert_causes(
        "no-fit",
        &[
            ("Deployment/search", "sched.no-fit"),
            ("Deployment/edge", "sched.no-fit"),
            ("Deployment/spread", "sched.no-fit"),
            ("Pod/transcoder", "sched.no-fit"),
            ("Pod/licensed", "sched.gated"),
            ("Pod/warehouse", "sched.pvc-unbound"),
            ("Pod/archive", "sched.volume-zone"),
        ],
    );
}

#[test]
fn images() {
    assert_causes(
        "images",
        &[
            ("Deployment/checkout", "image.not-found"),
            ("Registry/registry.acme.dev", "image.unauthorized"),
            ("Pod/promo", "image.invalid-name"),
            ("Deployment/local-build", "image.never-pull"),
            ("Deployment/mirror", "image.registry-unreachable"),
            ("Deployment/queue", "image.rate-limited"),
            ("Deployment/kiosk", "image.wrong-arch"),
            ("Deployment/vision", "image.wrong-arch"),
            ("Deployment/model", "image.slow"),
        ],
    );
}

#[test]
fn node_down() {
    assert_causes("node-down", &[("Node/worker-4", "node.kubelet-silent"), ("Node/worker-2", "node.pressure")]);
}

#[test]
fn owners() {
    assert_causes(
        "owners",
        &[
            ("Deployment/api", "owner.quota"),
            ("Deployment/privileged", "owner.pod-security"),
            ("StatefulSet/vault", "owner.service-account"),
            ("DaemonSet/agent", "owner.quota"),
            ("Deployment/urgent", "owner.admission"),
            ("Job/import", "crash.exit"),
            ("Job/export", "owner.deadline"),
            ("Deployment/late", "ready.probe"),
        ],
    );
}

#[test]
fn probes() {
    assert_causes(
        "probes",
        &[
            ("Deployment/grafana", "crash.liveness"),
            ("Deployment/indexer", "crash.startup-probe"),
            ("Deployment/alert-router", "ready.probe"),
            ("Deployment/storefront", "ready.gate"),
        ],
    );
}

#[test]
fn init() {
    assert_causes(
        "init",
        &[
            ("Pod/schema-upgrade", "init.failing"),
            ("Deployment/cms", "init.waiting"),
            ("Deployment/order-stream", "sidecar.crash"),
            ("Deployment/refunds", "config.missing-secret"),
        ],
    );
}

#[test]
fn start() {
    assert_causes(
        "start",
        &[
            ("Deployment/tooling", "start.command-not-found"),
            ("Deployment/scripts", "start.permission"),
            ("Deployment/workdir", "start.bad-workdir"),
            ("Deployment/hooked", "start.hook-failed"),
            ("Deployment/models", "start.volume-mount"),
            ("Pod/ledger-reader", "start.volume-mount"),
            ("Deployment/crowd", "start.sandbox"),
        ],
    );
}

#[test]
fn end_of_life() {
    assert_causes(
        "end-of-life",
        &[
            ("Pod/scratch", "end.evicted"),
            ("Pod/nightly", "end.deadline"),
            ("Pod/backup-runner", "end.terminating-finalizer"),
        ],
    );
}

#[test]
fn leftovers_and_restarts() {
    assert_causes("leftovers", &[("Pod/node-debugger-worker-1-8h4mq", "debug.leftover")]);
    assert_causes(
        "restarts",
        &[
            ("Deployment/poller", "restarts.flapping"),
            ("Deployment/subscriber", "restarts.recent"),
            ("Node/worker-4", "restarts.node"),
        ],
    );
}

#[test]
fn nothing_is_wrong_where_all_is_healthy() {
    let found = findings("healthy");
    assert!(found.iter().all(|(severity, _, _)| severity == "notice"), "{found:#?}");
}
