//! The filters, one by one and together, in the words and with the counts of the scheduler.

mod changes;
mod laws;
mod rules;

use serde_json::{Value, json};

use super::*;

/// A node of 2 cpus, 4Gi and 10 pods.
fn node(name: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": {},
        "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "10"}}})
}

/// A node with another field.
fn node_with(name: &str, path: &str, value: Value) -> Value {
    let mut node = node(name);
    set(&mut node, path, value);
    node
}

/// A pod that waits, with a request of cpu.
fn pod(name: &str, cpu: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "labels": {"app": name}}, "spec": {
        "containers": [{"name": "app", "resources": {"requests": {"cpu": cpu}}}]}})
}

/// A pod with another field of its spec.
fn pod_with(name: &str, path: &str, value: Value) -> Value {
    let mut pod = pod(name, "100m");
    set(&mut pod, path, value);
    pod
}

/// A pod on a node.
fn on(node: &str, mut pod: Value) -> Value {
    pod["spec"]["nodeName"] = json!(node);
    pod["status"] = json!({"phase": "Running"});
    pod
}

fn set(object: &mut Value, path: &str, value: Value) {
    let mut at = object;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        at = &mut at[name];
    }
    *at = value;
}

fn judged(nodes: &[Value], pods: &[Value], pod: &Value) -> Fit {
    judge(&Cluster::new(nodes, pods, &Extras::default()), pod)
}

/// The message and the details of all nodes.
fn said(nodes: &[Value], pods: &[Value], pod: &Value) -> (String, Vec<String>) {
    let fit = judged(nodes, pods, pod);
    (fit.message, fit.nodes.into_iter().flat_map(|node| node.detail).collect())
}

#[test]
fn a_pod_that_fits_says_nothing() {
    let fit = judged(&[node("a"), node("b")], &[on("a", pod("big", "1900m"))], &pod("web", "500m"));
    assert_eq!((fit.fits, fit.of, fit.message.as_str()), (1, 2, ""));
    assert_eq!(fit.counts, [("Insufficient cpu".to_owned(), 1)]);
    assert!(fit.would.is_empty() && fit.not_checked.is_empty());
}

#[test]
fn the_shape_of_the_contract() {
    let nodes = [node("node-a"), node_with("node-b", "spec/taints", json!([{"key": "db", "effect": "NoSchedule"}]))];
    let pods = [on("node-a", pod("one", "1760m"))];
    let fit = serde_json::to_value(judged(&nodes, &pods, &pod("web", "600m"))).expect("plain data");
    let reasons = ["Insufficient cpu", "node(s) had untolerated taint(s)"];
    assert_eq!(fit["counts"], json!({reasons[0]: 1, reasons[1]: 1}));
    assert_eq!(
        fit["nodes"][0],
        json!({"name": "node-a", "fits": false, "reasons": [reasons[0]], "also": [],
        "detail": ["cpu: asks 600m, free 240m of 2 (requested 1760m by 1 pod)"]})
    );
    assert_eq!(fit["message"], "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s).");
    assert_eq!((&fit["fits"], &fit["of"], &fit["notChecked"]), (&json!(0), &json!(2), &json!([])));
    assert_eq!(fit["would"][0]["on"], "pod");
}

#[test]
fn the_first_filter_that_fails_gives_the_reason_and_the_others_are_told() {
    let mut busy = node_with("a", "spec/unschedulable", json!(true));
    set(&mut busy, "spec/taints", json!([{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]));
    let fit = judged(&[busy], &[on("a", pod("one", "2"))], &pod("web", "1"));
    assert_eq!(fit.nodes[0].reasons, ["node(s) were unschedulable"]);
    assert_eq!(fit.nodes[0].also, ["node(s) had untolerated taint(s)", "Insufficient cpu"]);
}

#[test]
fn numbers_in_the_message_are_ordered_as_text() {
    let mut nodes: Vec<Value> = (0..10).map(|at| node(&format!("n{at}"))).collect();
    nodes.extend((0..2).map(|at| node_with(&format!("t{at}"), "spec/unschedulable", json!(true))));
    let message = judged(&nodes, &[], &pod("web", "3")).message;
    assert_eq!(message, "0/12 nodes are available: 10 Insufficient cpu, 2 node(s) were unschedulable.");
}

#[test]
fn without_nodes_and_with_nonsense_nothing_breaks() {
    assert_eq!(judged(&[], &[], &pod("web", "1")).message, "no nodes available to schedule pods");
    for odd in [json!(null), json!([]), json!({"spec": 7}), json!({"metadata": {"labels": []}})] {
        let fit = judged(&[odd.clone(), node("a")], std::slice::from_ref(&odd), &odd);
        assert_eq!((fit.of, fit.fits), (2, 1), "{odd}");
    }
}

#[test]
fn a_pod_that_runs_is_judged_as_if_its_room_were_free() {
    let running = on("a", pod("web", "1500m"));
    let fit = judged(&[node("a"), node("b")], &[running.clone(), on("b", pod("db", "1"))], &running);
    assert_eq!(fit.nodes.iter().map(|node| node.fits).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn copies_that_fit() {
    let count =
        |nodes: &[Value], pods: &[Value], pod: &Value| replicas(&Cluster::new(nodes, pods, &Extras::default()), pod);
    let nodes = [node("a"), node("b")];
    assert_eq!(count(&nodes, &[], &pod("web", "500m")), 8);
    let running = on("a", pod("web", "500m"));
    assert_eq!(count(&nodes, std::slice::from_ref(&running), &running), 7, "further ones");
    assert_eq!(count(&nodes, &[], &pod("web", "0")), 20, "as many pods as nodes take");
    assert_eq!(count(&[], &[], &pod("web", "0")), 0);
    let port = pod_with("web", "spec/containers", json!([{"ports": [{"hostPort": 80}]}]));
    assert_eq!(count(&nodes, &[], &port), 2);
    let gated = pod_with("web", "spec/schedulingGates", json!([{"name": "quota"}]));
    assert_eq!(count(&nodes, &[], &gated), 20);
}

#[test]
fn copies_keep_to_spread_and_affinity() {
    let count = |path: &str, value: Value, sizes: [&str; 2]| {
        let nodes: Vec<Value> = ["a", "b"]
            .iter()
            .zip(sizes)
            .map(|(name, cpu)| node_with(name, "status/allocatable", json!({"cpu": cpu, "pods": "100"})))
            .collect();
        replicas(&Cluster::new(&nodes, &[], &Extras::default()), &pod_with("web", path, value))
    };
    let web = json!({"matchLabels": {"app": "web"}});
    let spread = json!([{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": web}]);
    assert_eq!(count("spec/topologySpreadConstraints", spread.clone(), ["1", "200m"]), 5, "3 and 2");
    let term = json!({"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname",
        "labelSelector": web}]});
    assert_eq!(count("spec/affinity/podAntiAffinity", term.clone(), ["1", "1"]), 2, "one a node");
    assert_eq!(count("spec/affinity/podAffinity", term, ["1", "500m"]), 10, "all beside the first");
}
