//! From an object as it was read to its text: describe and YAML of the largest pod that is likely, and of a deployment.
//!
//! The goal is an open pane within 30 ms of the last byte, so far less here: the text is also written once a second
//! while it is open.

#![expect(clippy::expect_used, reason = "what is measured must work")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use podtriage::base::stamp::Stamp;
use podtriage::describe::describe;
use podtriage::describe::yaml::to_yaml_text;
use podtriage::model::around::{Around, ObjectDetails};
use serde_json::{Value, json};

const CONTAINERS: usize = 50;
const EVENTS: usize = 500;
const REPLICA_SETS: usize = 11;

fn now() -> Stamp {
    Stamp::parse("2026-01-02T03:04:05Z")
}

fn recorded(case: &str) -> Value {
    let case: Value = serde_json::from_str(case).expect("a recorded case");
    case["object"].clone()
}

/// A pod with many containers, each with probes, environment and mounts, and with many events.
fn pod() -> ObjectDetails {
    let mut pod = recorded(include_str!("../tests/data/describe/everything.json"));
    for list in ["/spec/containers", "/status/containerStatuses"] {
        let containers = pod.pointer_mut(list).expect("a pod has both");
        let first = containers[0].clone();
        let named = |at: usize| {
            let mut named = first.clone();
            named["name"] = json!(format!("app-{at}"));
            named
        };
        *containers = (0..CONTAINERS).map(named).collect();
    }
    let event = |at: usize| {
        let last = Stamp::from_seconds(now().seconds() - (at * 7919 % 3600) as i64).rfc3339();
        json!({"type": "Warning", "reason": "Unhealthy", "count": at, "firstTimestamp": "2026-01-01T00:00:00Z",
            "lastTimestamp": last, "source": {"component": "kubelet"},
            "involvedObject": {"fieldPath": format!("spec.containers{{app-{at}}}")},
            "message": "Readiness probe failed: Get \"http://10.0.0.1:8080/ready\": connection refused"})
    };
    ObjectDetails::new(pod).with(Around::Events, Ok((0..EVENTS).map(event).collect()))
}

/// A deployment with its history of replica sets, the newest first to be looked at last.
fn deployment() -> ObjectDetails {
    let mut deployment = recorded(include_str!("../tests/data/describe/kinds/deployment-template.json"));
    deployment["metadata"]["uid"] = json!("d");
    let set = |at: usize| {
        let mut template = deployment["spec"]["template"].clone();
        template["metadata"]["labels"]["pod-template-hash"] = json!(at.to_string());
        template["spec"]["containers"][0]["image"] = json!(format!("image:{at}"));
        let owner = json!([{"uid": "d", "controller": true}]);
        json!({"metadata": {"name": format!("x-{at}"), "ownerReferences": owner}, "spec": {"template": template}})
    };
    let sets = (0..REPLICA_SETS).map(set).collect();
    ObjectDetails::new(deployment.clone()).with(Around::ReplicaSets, Ok(sets))
}

fn texts(c: &mut Criterion) {
    let mut group = c.benchmark_group("describe");
    let objects = [
        ("pod of 50 containers and 500 events", "Pod", pod()),
        ("deployment of 11 replica sets", "Deployment", deployment()),
    ];
    for (what, kind, details) in &objects {
        group.bench_function(*what, |b| b.iter(|| describe(kind, black_box(details), now())));
        group
            .bench_function(format!("yaml of a {what}"), |b| b.iter(|| to_yaml_text(black_box(&details.object), true)));
    }
    group.finish();
}

criterion_group!(benches, texts);
criterion_main!(benches);
