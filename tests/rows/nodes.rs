//! N01 to N04: STATUS and ROLES of nodes, and what wide columns say where nothing is known.

use podtriage::model::node::NodeRow;
use serde_json::{Value, json};

use super::cells;

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
