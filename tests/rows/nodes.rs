//! N01 to N04: STATUS and ROLES of nodes, and what wide columns say where nothing is known. R09: what their pods ask of
//! them.

use std::fs;
use std::path::Path;

use podtriage::model::change::{AnyChange, Change};
use podtriage::model::node::NodeRow;
use podtriage::model::pod::PodRow;
use podtriage::model::quantity::Quantity;
use podtriage::store::Store;
use serde_json::{Value, json};

use super::{cell, cells, now, rows};

fn status(conditions: &Value, unschedulable: bool) -> String {
    let node = json!({"spec": {"unschedulable": unschedulable}, "status": {"conditions": conditions}});
    cells::<NodeRow>(node, &["STATUS"]).remove(0)
}

fn ready(status: &str) -> Value {
    json!([{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": status}])
}

fn roles(labels: &Value) -> String {
    cells::<NodeRow>(json!({"metadata": {"labels": labels}}), &["ROLES"]).remove(0)
}

#[test]
fn n01_status_is_the_condition_ready() {
    assert_eq!(status(&ready("True"), false), "Ready");
    assert_eq!(status(&ready("False"), false), "NotReady");
    assert_eq!(status(&ready("Unknown"), false), "NotReady");
    assert_eq!(status(&json!([]), false), "Unknown");
    let twice = json!([{"type": "Ready", "status": "True"}, {"type": "Ready", "status": "False"}]);
    assert_eq!(status(&twice, false), "NotReady", "the last one counts");
}

#[test]
fn n02_a_cordoned_node_says_so_too() {
    assert_eq!(status(&ready("True"), true), "Ready,SchedulingDisabled");
    assert_eq!(status(&json!(null), true), "Unknown,SchedulingDisabled");
}

#[test]
fn n03_roles_are_a_sorted_set() {
    let labels = json!({
        "node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "its value is nothing",
        "kubernetes.io/role": "infra",
    });
    assert_eq!(roles(&labels), "control-plane,infra,worker");
    let twice = json!({"node-role.kubernetes.io/infra": "", "kubernetes.io/role": "infra"});
    assert_eq!(roles(&twice), "infra");
}

#[test]
fn n04_an_empty_role_is_none() {
    assert_eq!(roles(&json!({"node-role.kubernetes.io/": ""})), "<none>");
    assert_eq!(roles(&json!({"kubernetes.io/role": ""})), "<none>");
}

#[test]
fn wide_columns() {
    const HEADINGS: [&str; 6] =
        ["VERSION", "INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"];
    let none = cells::<NodeRow>(json!({}), &HEADINGS);
    assert_eq!(none, ["", "<none>", "<none>", "<unknown>", "<unknown>", "<unknown>"]);
    let info = json!({"kubeletVersion": "v1.35.0", "osImage": "Debian 12", "kernelVersion": "6.1",
        "containerRuntimeVersion": "containerd://2.0"});
    let addresses = json!([{"type": "Hostname", "address": "n"}, {"type": "InternalIP", "address": "10.0.0.1"},
        {"type": "InternalIP", "address": "10.0.0.2"}, {"type": "ExternalIP", "address": "192.0.2.1"}]);
    let full = cells::<NodeRow>(json!({"status": {"nodeInfo": info, "addresses": addresses}}), &HEADINGS);
    assert_eq!(full, ["v1.35.0", "10.0.0.1", "192.0.2.1", "Debian 12", "6.1", "containerd://2.0"]);
}

/// A recorded node with its pods, in a store; and the text of `kubectl describe node`.
fn described(name: &str) -> (Store, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/describe");
    let read = |ending: &str| fs::read_to_string(folder.join(format!("{name}.{ending}"))).expect(name);
    let mut case: Value = serde_json::from_str(&read("json")).expect(name);
    let node = case["object"]["metadata"]["name"].clone();
    let around = case["around"].as_object_mut().expect("what was read around the node");
    let pods = around.iter_mut().find(|(path, _)| path.starts_with("/api/v1/pods?"));
    let mut pods = pods.and_then(|(_, list)| list.as_array_mut()).map(std::mem::take).expect("a node's pods");
    for (at, pod) in pods.iter_mut().enumerate() {
        // Some were made up without what lists need.
        pod["metadata"]["name"] = json!(format!("p{at}"));
        pod["spec"]["nodeName"] = node.clone();
    }
    let mut store = Store { all_namespaces: true, ..Store::default() };
    let changes: [AnyChange; 5] = [
        Change::<NodeRow>::Listing.into(),
        Change::Rows(rows::<NodeRow>(&[case["object"].clone()])).into(),
        Change::<PodRow>::Listing.into(),
        Change::Rows(rows::<PodRow>(&pods)).into(),
        Change::<PodRow>::Listed { unreadable: 0 }.into(),
    ];
    for change in changes {
        store.apply(change, now());
    }
    (store, read("txt"))
}

/// The request and its percentage in a line of "Allocated resources".
fn allocated(text: &str, resource: &str) -> (Quantity, String) {
    let lines = text.lines().skip_while(|line| !line.starts_with("Allocated resources:"));
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    let row = words.into_iter().find(|words| words.first() == Some(&resource)).expect(resource);
    (Quantity::parse(row[1]).expect(row[1]), row[2].trim_matches(['(', ')']).to_owned())
}

#[test]
fn r09_sums_are_those_of_describe() {
    for name in ["sums", "full-node", "node-a", "node-b"] {
        let (store, text) = described(name);
        let node = store.nodes.table.rows().next().expect("a node");
        let load = node.load.expect("all pods are listed");
        let percent = |heading: &str| cell(node, heading).rsplit(' ').next().map(ToOwned::to_owned);
        let (cpu, cpu_percent) = allocated(&text, "cpu");
        assert_eq!((load.cpu(), percent("CPU")), (cpu, Some(cpu_percent)), "{name}");
        let (memory, memory_percent) = allocated(&text, "memory");
        assert_eq!((load.memory(), percent("MEMORY")), (memory, Some(memory_percent)), "{name}");
        assert!(text.contains(&format!("({} in total)", load.pods)), "{name}: {}", load.pods);
    }
}
