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
use podtriage::model::lookup::{Answer, LOG_LINES, Lookup, Resource, What};
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

/// With the whole pod and as many lines of log as are read known: what a pod costs once all questions are answered.
fn answered(scenario: &Value, pod: &PodRow) -> Known {
    let (mut known, namespace, name) = (Known::default(), &pod.meta.namespace, &pod.meta.name);
    let object = scenario["objects"][0].clone();
    known.learn(Lookup::object(Resource::Pods, namespace, name), object.into(), Stamp::NONE);
    let lines: Vec<Box<str>> = (0..LOG_LINES)
        .map(|at| format!("2026-11-24T10:00:00.{at:03}Z INFO handled GET /cart/{at} for user {at} in 12 ms").into())
        .collect();
    for container in &pod.containers {
        for previous in [false, true] {
            let what = What::Log { container: container.name.clone(), previous, run: container.restarts };
            let lookup = Lookup { what, namespace: namespace.clone(), name: name.as_str().into() };
            known.learn(lookup, Answer::Lines(lines.clone().into()), Stamp::NONE);
        }
    }
    known
}

fn one_pod(c: &mut Criterion) {
    let mut group = c.benchmark_group("judge one pod");
    for name in SCENARIOS {
        let (scenario, mut strings) = (scenario(name), Interner::default());
        let now = Stamp::parse(scenario["now"].as_str().expect("the time"));
        let (pods, events) = (rows::<PodRow>(&scenario, &mut strings), rows::<EventRow>(&scenario, &mut strings));
        let pod = pods.first().expect("a pod");
        let (events, known): (Vec<_>, _) = (events.iter().collect(), answered(&scenario, pod));
        let facts = PodFacts { pod, events: &events, node: None, known: &known, now };
        group.bench_function(*name, |b| b.iter(|| judge::pod(black_box(&facts))));
    }
    group.finish();
}

/// What the findings of such a cluster take: by how much the process grows for each engine that is kept.
#[expect(clippy::print_stdout, reason = "a bench prints what it measures")]
fn print_memory(snapshot: &Snapshot<'_>) {
    const KEPT: usize = 20;
    let resident = || {
        let pages = fs::read_to_string("/proc/self/statm").ok()?;
        pages.split(' ').nth(1)?.parse::<usize>().ok()
    };
    let before = resident();
    let kept: Vec<_> = (0..KEPT).map(|_| survey(snapshot)).collect();
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("findings of the cluster: {} KiB", after.saturating_sub(before) * 4 / kept.len());
    }
}

fn all_pods(c: &mut Criterion) {
    let (pods, events) = cluster();
    let known = Known::default();
    let now = Stamp::parse("2026-11-24T18:30:00Z");
    let snapshot = Snapshot { namespaces: &[], pods: &pods, nodes: &[], events: &events, known: &known, now };
    let engine = survey(&snapshot);
    assert!(engine.groups().len() > SCENARIOS.len() / 2, "most of them are found");
    print_memory(&snapshot);
    let mut group = c.benchmark_group("judge a cluster");
    group.sample_size(10);
    group.bench_function("150,000 pods, 2,000 unhealthy", |b| b.iter(|| survey(black_box(&snapshot))));
    group.finish();
}

criterion_group!(benches, one_pod, all_pods);
criterion_main!(benches);
