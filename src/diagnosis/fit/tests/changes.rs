//! What would make a pod fit: the words, and that it does once it is done.

use serde_json::{Value, json};

use super::{judged, node, node_with, on, pod, pod_with, set};
use crate::diagnosis::fit::{Fit, Would};

fn lines(fit: &Fit) -> Vec<String> {
    fit.would.iter().map(|Would { on, change, why }| format!("{on:?}: {change} | {why}")).collect()
}

#[test]
fn a_request_that_is_too_large() {
    let nodes = [node("a"), node("b")];
    let pods = [on("a", pod("one", "1760m")), on("b", pod("two", "1900m"))];
    assert_eq!(
        lines(&judged(&nodes, &pods, &pod("web", "600m"))),
        [
            "Pod: ask for at most 240m cpu instead of 600m | then it fits on a: 240m cpu is free of 2",
            "Node: shop/one leaves a | then it fits on a: it asks for 1760m cpu",
        ]
    );
    assert_eq!(judged(&nodes, &pods, &pod("web", "240m")).fits, 1);
    assert_eq!(judged(&nodes, &pods[1..], &pod("web", "600m")).fits, 1);
    assert_eq!(
        lines(&judged(&nodes, &[], &pod("web", "3"))),
        ["Pod: ask for at most 2 cpu instead of 3 | then it fits on a and 1 more node: 2 cpu is free of 2"]
    );
}

#[test]
fn a_taint_on_many_nodes_is_one_line() {
    let dedicated = json!([{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]);
    let mut nodes: Vec<Value> =
        ["a", "b", "c"].iter().map(|name| node_with(name, "spec/taints", dedicated.clone())).collect();
    nodes.push(node_with("d", "spec/taints", json!([{"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}])));
    assert_eq!(
        lines(&judged(&nodes, &[], &pod("web", "1"))),
        [
            "Pod: tolerate the taint dedicated=db:NoSchedule | then it fits on a and 2 more nodes",
            "Node: d loses its taint node.kubernetes.io/not-ready:NoExecute | then it fits on d: the taint goes when the node \
         is well again",
        ]
    );
}

#[test]
fn a_cordoned_node_and_its_taint_are_one_change() {
    let mut cordoned = node_with("a", "spec/unschedulable", json!(true));
    set(&mut cordoned, "spec/taints", json!([{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]));
    assert_eq!(lines(&judged(&[cordoned], &[], &pod("web", "1"))), ["Node: uncordon a | then it fits on a"]);
}

#[test]
fn two_changes_for_one_node() {
    let nodes = [node_with("a", "spec/taints", json!([{"key": "db", "effect": "NoSchedule"}]))];
    let mut wanted = pod("web", "3");
    set(&mut wanted, "spec/nodeSelector", json!({"kubernetes.io/hostname": "a", "disk": "ssd"}));
    assert_eq!(
        lines(&judged(&nodes, &[], &wanted)),
        [
            "Pod: tolerate the taint db:NoSchedule, and take disk=ssd out of the node selector, and ask for at most 2 cpu instead \
         of 3 | then it fits on a: it has no label disk; 2 cpu is free of 2"
        ]
    );
}

#[test]
fn a_port_an_affinity_and_a_skew() {
    let port = |name: &str| pod_with(name, "spec/containers", json!([{"ports": [{"hostPort": 80}]}]));
    assert_eq!(
        lines(&judged(&[node("a")], &[on("a", port("old"))], &port("web"))),
        ["Pod: do without the host port 80/TCP | then it fits on a", "Node: shop/old leaves a | then it fits on a",]
    );
    let terms = json!([{"matchExpressions": [{"key": "zone", "operator": "Exists"}]}]);
    let required = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}});
    let wanted = pod_with("web", "spec/affinity/nodeAffinity", required);
    assert_eq!(lines(&judged(&[node("a")], &[], &wanted)), ["Pod: loosen the node affinity | then it fits on a"]);
    let spread = json!([{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}}}]);
    let nodes = [node("a"), node_with("b", "spec/unschedulable", json!(true))];
    let pods = [on("a", pod("web", "100m"))];
    assert_eq!(
        lines(&judged(&nodes, &pods, &pod_with("web", "spec/topologySpreadConstraints", spread))),
        [
            "Node: uncordon b | then it fits on b",
            "Pod: allow a skew of 2 over kubernetes.io/hostname | then it fits on a",
        ]
    );
}

#[test]
fn affinity_to_pods_may_be_loosened() {
    let required = json!({"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "db"}}}]});
    let pods = [on("a", pod("db", "100m"))];
    let says = |kind: &str, pods: &[Value]| {
        let wanted = pod_with("web", &format!("spec/affinity/{kind}"), required.clone());
        lines(&judged(&[node("a")], pods, &wanted))
    };
    let line = |what: &str| [format!("Pod: loosen the {what} over kubernetes.io/hostname | then it fits on a")];
    assert_eq!(says("podAntiAffinity", &pods), line("anti-affinity"));
    assert_eq!(says("podAffinity", &[]), line("affinity"));
}

#[test]
fn the_fewest_pods_leave_and_never_those_of_the_node() {
    let daemon = json!([{"kind": "DaemonSet", "controller": true, "uid": "d"}]);
    let mut of_node = on("a", pod("agent", "900m"));
    set(&mut of_node, "metadata/ownerReferences", daemon);
    let pods = [of_node, on("a", pod("small", "200m")), on("a", pod("middle", "300m")), on("a", pod("large", "600m"))];
    let leaver = |cpu: &str| {
        let fit = judged(&[node("a")], &pods, &pod("web", cpu));
        lines(&fit).into_iter().find(|line| line.starts_with("Node")).unwrap_or_default()
    };
    assert_eq!(leaver("200m"), "Node: shop/small leaves a | then it fits on a: it asks for 200m cpu");
    assert_eq!(leaver("300m"), "Node: shop/middle leaves a | then it fits on a: it asks for 300m cpu");
    assert_eq!(leaver("800m"), "Node: shop/large and shop/small leave a | then it fits on a: they ask for 800m cpu");
    assert_eq!(leaver("1500m"), "", "that much only the agent's leaving would free");
}

#[test]
fn an_owner_may_ask_for_as_many_as_have_a_place() {
    let owned = |mut pod: Value| {
        set(&mut pod, "metadata/ownerReferences", json!([{"kind": "ReplicaSet", "controller": true, "uid": "r"}]));
        pod
    };
    let pods = [on("a", owned(pod("one", "900m"))), on("a", owned(pod("two", "900m")))];
    let fit = judged(&[node("a")], &pods, &owned(pod("web", "900m")));
    let last = lines(&fit).pop();
    assert_eq!(last.as_deref(), Some("Owner: scale to 2 | 2 of its kind have a place, and there is none for another"));
}
