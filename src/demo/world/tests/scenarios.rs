//! Each scenario reaches what it is for, in the words of a real cluster, and heals when its cause is mended.

use serde_json::json;

use super::*;

mod answers;
mod crashes;
mod ends;
mod machines;
mod makers;
mod pulls;
mod settings;
mod starts;
mod unplaced;

/// A scenario as it is when somebody begins to look.
fn play(name: &str) -> World {
    build(5, Some(name), Stamp::from_seconds(1_800_000_000)).expect("a known scenario")
}

/// The pods of an app (or of that name).
fn pods(world: &World, app: &str) -> Vec<store::Object> {
    let mut pods = world.store.list("pods", None);
    pods.retain(|pod| pod["metadata"]["labels"]["app"] == app || text(pod, "/metadata/name") == app);
    pods
}

/// What the first container of an app's first pod waits for, or ended with: reason and message.
fn state(world: &World, app: &str) -> (String, String) {
    let pods = pods(world, app);
    let pod = pods.first().unwrap_or_else(|| panic!("no pod of {app}"));
    let found = list(pod, "/status/containerStatuses")
        .iter()
        .find_map(|status| ["waiting", "terminated"].iter().find_map(|kind| status.pointer(&format!("/state/{kind}"))));
    let read = |field: &str| found.map(|found| text(found, field).to_owned()).unwrap_or_default();
    (read("/reason"), read("/message"))
}

/// How the last run of an app's first container ended: exit code and reason.
fn end(world: &World, app: &str) -> (i64, String) {
    let pods = pods(world, app);
    let status = pods.first().map(|pod| pod["status"]["containerStatuses"][0].clone()).unwrap_or_default();
    let ends = ["/state/terminated", "/lastState/terminated"].map(|pointer| status.pointer(pointer).cloned());
    let end = ends.into_iter().flatten().next().unwrap_or_else(|| panic!("{app} has not ended: {status}"));
    (int(&end, "/exitCode").unwrap_or(-1), text(&end, "/reason").to_owned())
}

/// What events about objects whose names begin so say, for a reason.
fn said(world: &World, name: &str, reason: &str) -> Vec<String> {
    let events = world.store.list("events", None);
    let about = events
        .iter()
        .filter(|event| text(event, "/reason") == reason && text(event, "/involvedObject/name").starts_with(name));
    about.map(|event| text(event, "/message").to_owned()).collect()
}

#[track_caller]
fn assert_said(world: &World, name: &str, reason: &str, words: &str) {
    let said = said(world, name, reason);
    assert!(said.iter().any(|said| said.contains(words)), "{name} {reason}: no {words:?} in {said:#?}");
}

/// Whether an app has pods, and all are ready.
fn is_well(world: &World, app: &str) -> bool {
    let pods = pods(world, app);
    !pods.is_empty() && pods.iter().all(|pod| replicas::is_ready(pod))
}

/// Lets time pass, at most so many seconds, until an app is well.
#[track_caller]
fn heals(world: &mut World, app: &str, within: i64) {
    for _ in 0..within / 5 {
        advance(world, 5);
        if is_well(world, app) {
            return;
        }
    }
    panic!("{app} is not well after {within} s: {:?}\n{:#?}", state(world, app), pods(world, app).first());
}

/// A condition of an object: status, reason and message.
fn condition(object: &Value, kind: &str) -> (String, String, String) {
    let found = list(object, "/status/conditions").iter().find(|known| text(known, "/type") == kind);
    let read = |field: &str| found.map(|found| text(found, field).to_owned()).unwrap_or_default();
    (read("/status"), read("/reason"), read("/message"))
}

fn create(world: &mut World, object: Value) {
    let kind = kinds::by_manifest(text(&object, "/apiVersion"), text(&object, "/kind")).expect("a kind");
    world.create(kind, object).expect("let in");
    world.settle();
}

/// Changes a stored object as an edit does.
fn edit(world: &mut World, plural: &str, key: (&str, &str), change: impl FnOnce(&mut Value)) {
    let kind = kinds::by_plural(plural).expect("a kind");
    let mut object = (*world.store.get(kind.plural, key.0, key.1).expect("there")).clone();
    change(&mut object);
    world.replace(kind, object, false, false).expect("valid");
}

/// Changes the template of a deployment's pods.
fn edit_pods(world: &mut World, namespace: &str, name: &str, change: impl FnOnce(&mut Value)) {
    edit(world, "deployments", (namespace, name), |object| change(&mut object["spec"]["template"]["spec"]));
}

fn secret(namespace: &str, name: &str, key: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace},
        "data": {key: "c2VjcmV0"}})
}

#[test]
fn every_scenario_can_be_built_and_is_told_of() {
    for (name, about) in scenarios() {
        assert!(!about.is_empty() && !play(name).store.list("nodes", None).is_empty(), "{name}");
    }
}
