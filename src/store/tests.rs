//! What a change of one kind means for another.

use serde_json::{Value, json};

use super::*;
use crate::model::change::Delta;
use crate::model::row::{Interner, WireRow};

fn row<R: WireRow>(object: Value) -> R {
    R::from_wire(serde_json::from_value(object).expect("an object"), &mut Interner::default())
}

fn node(name: &str) -> NodeRow {
    row(json!({"metadata": {"name": name}}))
}

fn pod(name: &str, node: &str, cpu: &str) -> PodRow {
    let container = json!({"name": "app", "resources": {"requests": {"cpu": cpu}}});
    row(json!({
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"nodeName": node, "containers": [container]},
        "status": {"phase": "Running"},
    }))
}

fn store(all_namespaces: bool, changes: Vec<AnyChange>) -> Store {
    let mut store = Store { all_namespaces, ..Store::default() };
    for change in changes {
        store.apply(change, Stamp::NONE);
    }
    store
}

fn listed<R>(rows: Vec<R>) -> Vec<AnyChange>
where
    AnyChange: From<Change<R>>,
{
    vec![Change::Listing.into(), Change::Rows(rows).into(), Change::Listed { unreadable: 0 }.into()]
}

fn load(store: &Store, node: &str) -> Option<(u32, i128)> {
    store.nodes.table.row("", node).and_then(|node| node.load).map(|load| (load.pods, load.cpu))
}

#[test]
fn the_load_is_known_when_all_pods_are_in_whichever_kind_comes_first() {
    let pods = || listed(vec![pod("a", "node-a", "1"), pod("b", "node-a", "500m")]);
    let nodes = || listed(vec![node("node-a"), node("node-b")]);
    for changes in [[pods(), nodes()].concat(), [nodes(), pods()].concat()] {
        let store = store(true, changes);
        assert_eq!((load(&store, "node-a"), load(&store, "node-b")), (Some((2, 1_500)), Some((0, 0))));
    }
    let coming = [nodes(), pods()[..2].to_vec()].concat();
    assert_eq!(load(&store(true, coming), "node-a"), None, "half a sum is none");
}

#[test]
fn the_load_is_not_known_when_one_namespace_is_listed() {
    let store = store(false, [listed(vec![node("node-a")]), listed(vec![pod("a", "node-a", "1")])].concat());
    assert_eq!(load(&store, "node-a"), None);
    assert_eq!(store.pods.table.index().loads.of("node-a").pods, 1, "what is listed can still be counted");
}

#[test]
fn a_change_of_a_pod_touches_its_nodes_and_no_other() {
    let nodes = listed(["node-a", "node-b", "node-c"].map(node).to_vec());
    let mut store = store(true, [nodes, listed(vec![pod("a", "node-a", "1")])].concat());
    let touched = |store: &mut Store, pod: PodRow| {
        let change = AnyChange::Pods(Change::Deltas(vec![Delta::Applied(pod)]));
        let Changed { loads: Touched::Slots(slots), .. } = store.apply(change, Stamp::NONE) else { return Vec::new() };
        slots.iter().filter_map(|slot| store.nodes.table.get(*slot)).map(|node| node.meta.name.to_string()).collect()
    };
    assert_eq!(touched(&mut store, pod("a", "node-b", "1")), ["node-a", "node-b"], "it was made anew elsewhere");
    assert_eq!(load(&store, "node-a"), Some((0, 0)));
    assert!(touched(&mut store, pod("a", "node-b", "1")).is_empty());
    store.apply(AnyChange::Pods(Change::Deltas(vec![Delta::Deleted(pod("a", "node-b", "1"))])), Stamp::NONE);
    assert_eq!(load(&store, "node-b"), Some((0, 0)));
}

#[test]
fn a_second_list_brings_its_own_sums() {
    let pods = |names: &[&str]| names.iter().map(|name| pod(name, "node-a", "1")).collect();
    let mut store = store(true, [listed(vec![node("node-a")]), listed(pods(&["a", "b"]))].concat());
    for (change, expected) in listed(pods(&["c"])).into_iter().zip([2, 2, 1]) {
        store.apply(change, Stamp::NONE);
        assert_eq!(load(&store, "node-a").map(|(pods, _)| pods), Some(expected));
    }
    // And so does a node that is changed, or listed again.
    store.apply(AnyChange::Nodes(Change::Deltas(vec![Delta::Applied(node("node-a"))])), Stamp::NONE);
    assert_eq!(load(&store, "node-a"), Some((1, 1_000)));
    for change in listed(vec![node("node-a")]) {
        store.apply(change, Stamp::NONE);
    }
    assert_eq!(load(&store, "node-a"), Some((1, 1_000)));
}
