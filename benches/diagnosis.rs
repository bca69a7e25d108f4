//! What it costs to say why: one pod that is not well, and a cluster of 150,000 from nothing.

#![expect(clippy::expect_used, reason = "what is measured must work")]

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use podtriage::base::stamp::Stamp;
use podtriage::diagnosis::facts::PodFacts;
use podtriage::diagnosis::judge;
use podtriage::diagnosis::known::Known;
use podtriage::diagnosis::survey::{Snapshot, survey};
use podtriage::model::event::EventRow;
use podtriage::model::pod::PodRow;
use podtriage::model::row::{Interner, WireRow};
use serde_json::{Value, json};

const PODS: usize = 150_000;
const UNHEALTHY: usize = 2_000;

/// Scenarios whose pods are taken, in turn, for those that are not well.
const SCENARIOS: &[&str] = &[
    "crash.exit/positive-setting",
    "crash.oom/positive-bare-pod",
    "crash.liveness/positive-http-404",
    "image.unauthorized/positive-no-credentials",
    "config.missing-secret/positive-volume",
    "start.command-not-found/positive-back-off",
    "init.failing/positive-migration",
    "ready.probe/positive-404",
];

fn scenario(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/diagnosis").join(format!("{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).expect("a scenario")).expect("JSON")
}

fn rows<R: WireRow>(scenario: &Value, strings: &mut Interner) -> Vec<R> {
    let objects = scenario["objects"].as_array().expect("objects").iter();
    let of_kind = objects.filter(|object| object["kind"] == R::KIND.name());
    of_kind.map(|object| R::from_wire(serde_json::from_value(object.clone()).expect("a row"), strings)).collect()
}

fn healthy(strings: &mut Interner) -> PodRow {
    let pod = json!({
        "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": "2026-11-24T10:00:00Z"},
        "spec": {"nodeName": "node-a", "containers": [{"name": "app", "image": "shop/web:1"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [
            {"name": "app", "ready": true, "state": {"running": {"startedAt": "2026-11-24T10:00:05Z"}}},
        ]},
    });
    PodRow::from_wire(serde_json::from_value(pod).expect("a pod"), strings)
}

/// The pods of a cluster, and the events of those that are not well.
fn cluster() -> (Vec<PodRow>, Vec<EventRow>) {
    let mut strings = Interner::default();
    let well = healthy(&mut strings);
    let sick: Vec<_> = SCENARIOS
        .iter()
        .map(|name| {
            let scenario = scenario(name);
            let pods = rows::<PodRow>(&scenario, &mut strings);
            (pods.into_iter().next().expect("a pod"), rows::<EventRow>(&scenario, &mut strings))
        })
        .collect();
    let (mut pods, mut events) = (Vec::with_capacity(PODS), Vec::new());
    for at in 0..PODS {
        let is_sick = at % (PODS / UNHEALTHY) == 0;
        let mut pod = well.clone();
        if is_sick {
            let (row, about) = &sick[at / (PODS / UNHEALTHY) % sick.len()];
            pod = row.clone();
            let name = format!("{}-{at}", row.meta.name);
            events.extend(about.iter().cloned().map(|event| EventRow {
                object_name: name.as_str().into(),
                object_uid: name.as_str().into(),
                ..event
            }));
            pod.meta.name = name.as_str().into();
        } else {
            pod.meta.name = format!("web-{at}").into();
        }
        pod.meta.uid.clone_from(&pod.meta.name);
        pods.push(pod);
    }
    (pods, events)
}

fn one_pod(c: &mut Criterion) {
    let mut group = c.benchmark_group("judge one pod");
    for name in SCENARIOS {
        let (scenario, mut strings) = (scenario(name), Interner::default());
        let now = Stamp::parse(scenario["now"].as_str().expect("the time"));
        let (pods, events) = (rows::<PodRow>(&scenario, &mut strings), rows::<EventRow>(&scenario, &mut strings));
        let (events, known): (Vec<_>, _) = (events.iter().collect(), Known::default());
        let pod = pods.first().expect("a pod");
        let facts = PodFacts { pod, events: &events, node: None, known: &known, now };
        group.bench_function(*name, |b| b.iter(|| judge::pod(black_box(&facts))));
    }
    group.finish();
}

fn all_pods(c: &mut Criterion) {
    let (pods, events) = cluster();
    let known = Known::default();
    let now = Stamp::parse("2026-11-24T18:30:00Z");
    let snapshot = Snapshot { namespaces: &[], pods: &pods, nodes: &[], events: &events, known: &known, now };
    let engine = survey(&snapshot);
    assert!(engine.groups().len() > SCENARIOS.len() / 2, "most of them are found");
    let mut group = c.benchmark_group("judge a cluster");
    group.sample_size(10);
    group.bench_function("150,000 pods, 2,000 unhealthy", |b| b.iter(|| survey(black_box(&snapshot))));
    group.finish();
}

criterion_group!(benches, one_pod, all_pods);
criterion_main!(benches);
