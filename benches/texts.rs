//! What a frame may have to wait for when an object that is shown was read again: writing it as text, twice, and
//! finding the lines that changed.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use podtriage::app::panes::object::{ObjectPane, ObjectView};
use podtriage::base::diff::changes;
use podtriage::base::stamp::Stamp;
use podtriage::model::around::{Around, ObjectDetails};
use podtriage::model::kind::{Kind, ObjectKey};
use serde_json::{Value, json};

/// Lines of the texts that are compared.
const LINES: usize = 10_000;

/// A pod of 50 containers with 500 events.
fn details(restarts: usize) -> ObjectDetails {
    let containers: Vec<Value> = (0..50)
        .map(|at| {
            let env: Vec<Value> = (0..20).map(|at| json!({"name": format!("VALUE_{at}"), "value": "on"})).collect();
            json!({"name": format!("app-{at}"), "image": "registry.example/app:1", "env": env,
                "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}})
        })
        .collect();
    let statuses: Vec<Value> = (0..50)
        .map(|at| {
            json!({"name": format!("app-{at}"), "ready": true, "restartCount": restarts,
                "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}})
        })
        .collect();
    let events = (0..500)
        .map(|at| {
            json!({"reason": "BackOff", "type": "Warning", "message": format!("back-off {at}"), "count": restarts,
                "lastTimestamp": "2026-01-01T00:00:00Z", "firstTimestamp": "2026-01-01T00:00:00Z"})
        })
        .collect();
    let object = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web-0", "namespace": "shop"},
        "spec": {"containers": containers}, "status": {"phase": "Running", "containerStatuses": statuses}});
    ObjectDetails::new(object).with(Around::Events, Ok(events))
}

fn panes(c: &mut Criterion) {
    let now = Stamp::parse("2026-01-01T00:10:00Z");
    for (view, name) in [(ObjectView::Describe, "describe"), (ObjectView::Yaml, "yaml")] {
        let mut pane = ObjectPane::new(ObjectKey::new(Kind::Pod, "shop", "web-0"), view);
        pane.read(Ok(Box::new(details(1))), now);
        pane.document.settle(120, 40);
        let changed = Box::new(details(2));
        c.bench_function(&format!("{name}: a pod of 50 containers and 500 events read again"), |b| {
            b.iter(|| pane.read(Ok(changed.clone()), now));
        });
    }
}

fn differences(c: &mut Criterion) {
    let numbered = |every: usize| -> Vec<String> {
        (0..LINES).map(|at| if at % every == 0 { format!("new {at}") } else { format!("line {at}") }).collect()
    };
    let repeated = |of: usize| -> Vec<String> { (0..LINES).map(|at| format!("name: {}", at % of)).collect() };
    for (what, old, new) in [
        ("a hundred of 10,000 lines differ", numbered(LINES), numbered(100)),
        ("all of 10,000 lines differ", numbered(LINES), numbered(1)),
        ("10,000 lines that repeat", repeated(7), repeated(11)),
        ("10,000 lines in pairs", repeated(LINES / 2), repeated(LINES / 2 + 1)),
    ] {
        let (old, new): (Vec<_>, Vec<_>) =
            (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
        c.bench_function(&format!("difference: {what}"), |b| b.iter(|| changes(black_box(&old), black_box(&new))));
    }
}

criterion_group!(benches, panes, differences);
criterion_main!(benches);
