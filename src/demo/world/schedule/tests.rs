//! Single pods and a few nodes.

use super::*;
use crate::base::stamp::Stamp;
use crate::demo::world::kinds::by_plural;

fn world() -> World {
    let mut world = World::empty(1, Stamp::from_seconds(1_000));
    for (name, taint) in
        [("node-1", json!([])), ("node-2", json!([{"key": "gpu", "value": "only", "effect": "NoSchedule"}]))]
    {
        world.store.put(
            "nodes",
            json!({"kind": "Node", "apiVersion": "v1",
            "metadata": {"name": name, "uid": name, "labels": {"disk": "ssd"}},
            "spec": {"taints": taint}, "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "10"}}}),
        );
    }
    world.store.put("namespaces", json!({"metadata": {"name": "shop"}}));
    world
}

fn place(world: &mut World, spec: &Value) -> (String, String) {
    let mut object = json!({"metadata": {"generateName": "p-", "namespace": "shop"}, "spec": spec});
    object["spec"]["containers"][0]["image"] = "x".into();
    let kind = by_plural("pods").expect("a kind");
    let pod = world.create(kind, object).expect("valid");
    world.schedule();
    let pod = world.store.get("pods", "shop", text(&pod, "/metadata/name")).expect("still there");
    (text(&pod, "/spec/nodeName").to_owned(), text(&pod, "/status/conditions/0/message").to_owned())
}

#[test]
fn what_fits_is_bound() {
    let spec = json!({"containers": [{"name": "a", "resources": {"requests": {"cpu": "1500m"}}}]});
    assert_eq!(place(&mut world(), &spec).0, "node-1");
}

#[test]
fn what_does_not_fit_is_told_in_the_schedulers_words() {
    let spec = json!({"containers": [{"name": "a", "resources": {"requests": {"cpu": "3"}}}]});
    let (node, message) = place(&mut world(), &spec);
    assert_eq!(node, "");
    assert_eq!(
        message,
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). no new \
        claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
    );
}

#[test]
fn tolerations_and_selectors_are_honoured() {
    let tolerant = json!({"containers": [{"name": "a"}], "nodeSelector": {"disk": "ssd"}, "tolerations": [
        {"key": "gpu", "operator": "Equal", "value": "only", "effect": "NoSchedule"}]});
    assert!(!place(&mut world(), &tolerant).0.is_empty());
    let choosy = json!({"containers": [{"name": "a"}], "nodeSelector": {"disk": "tape"}});
    assert!(place(&mut world(), &choosy).1.contains("1 node(s) didn't match Pod's node affinity/selector"));
}

/// Three nodes in two zones, and what is placed one after the other goes where; an empty name is nowhere.
fn places(specs: &[Value]) -> Vec<(String, String)> {
    let mut world = World::empty(1, Stamp::from_seconds(1_000));
    for (name, zone) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
        world.store.put(
            "nodes",
            json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "uid": name,
                "labels": {"kubernetes.io/hostname": name, "zone": zone}},
                "status": {"allocatable": {"cpu": "4", "memory": "4Gi", "pods": "10"}}}),
        );
    }
    world.store.put("namespaces", json!({"metadata": {"name": "shop"}}));
    specs.iter().map(|spec| place(&mut world, spec)).collect()
}

fn labelled(mut spec: Value) -> Value {
    spec["containers"] = json!([{"name": "a", "image": "x"}]);
    spec
}

#[test]
fn a_port_of_a_node_is_taken_once() {
    let spec = json!({"containers": [{"name": "a", "ports": [{"containerPort": 80, "hostPort": 8080}]}]});
    let all = places(&[spec.clone(), spec.clone(), spec.clone(), spec]);
    assert!(all[..3].iter().all(|(node, _)| !node.is_empty()));
    let words = "3 node(s) didn't have free ports for the requested pod ports. no new claims to deallocate, preemption: \
        0/3 nodes are available: 3 No preemption victims found for incoming pod.";
    assert!(all[3].1.ends_with(words), "{}", all[3].1);
}

#[test]
fn what_no_node_has_is_insufficient_everywhere() {
    let spec = json!({"containers": [{"name": "a", "resources": {"requests": {"nvidia.com/gpu": "1"}}}]});
    let all = places(&[spec]);
    assert!(all[0].1.contains("3 Insufficient nvidia.com/gpu. "), "{}", all[0].1);
    assert!(all[0].1.ends_with("3 Preemption is not helpful for scheduling."), "{}", all[0].1);
}

#[test]
fn an_affinity_to_nodes_is_a_choice_of_terms() {
    let spec = |values: Value| {
        labelled(json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": values}]}]}}}}))
    };
    let all = places(&[spec(json!(["b"])), spec(json!(["c"]))]);
    assert_eq!(all[0].0, "b1");
    assert!(all[1].1.contains("3 node(s) didn't match Pod's node affinity/selector"), "{}", all[1].1);
}

#[test]
fn gates_hold_a_pod_without_a_word() {
    let all = places(&[labelled(json!({"schedulingGates": [{"name": "acme.dev/licence"}]}))]);
    assert_eq!(all[0], (String::new(), "Scheduling is blocked due to non-empty scheduling gates".to_owned()));
}
