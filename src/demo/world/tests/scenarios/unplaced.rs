//! `no-fit`: pods that no node takes.

use super::*;

/// Why an app's first pod without a node has none.
fn refusal(world: &World, app: &str) -> String {
    let pods = pods(world, app);
    let pod =
        pods.iter().find(|pod| text(pod, "/spec/nodeName").is_empty()).unwrap_or_else(|| panic!("{app} is placed"));
    condition(pod, "PodScheduled").2
}

fn placed(world: &World, app: &str) -> usize {
    pods(world, app).iter().filter(|pod| !text(pod, "/spec/nodeName").is_empty()).count()
}

#[test]
fn each_reason_is_counted_and_said_in_the_schedulers_words() {
    let world = play("no-fit");
    for (app, words) in [
        ("search", "2 Insufficient cpu, 2 node(s) had untolerated taint(s)"),
        ("replica", "2 node(s) didn't match pod anti-affinity rules"),
        ("edge", "2 node(s) didn't have free ports for the requested pod ports"),
        ("spread", "2 node(s) didn't match pod topology spread constraints"),
        ("transcoder", "5 Insufficient nvidia.com/gpu"),
        ("trainer", "node(s) didn't match Pod's node affinity/selector"),
        ("warehouse", "0/5 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"),
        ("archive", "node(s) didn't match PersistentVolume's node affinity"),
        ("reader", "0/5 nodes are available: persistentvolumeclaim \"no-such-claim\" not found. not found"),
    ] {
        let said = refusal(&world, app);
        assert!(said.contains(words), "{app}: {said}");
        assert_said(&world, app, "FailedScheduling", words);
    }
    assert!(refusal(&world, "edge").contains("1 node(s) were unschedulable"));
    assert_said(&world, "warehouse", "ProvisioningFailed", "storageclass.storage.k8s.io \"fast-ssd\" not found");
}

#[test]
fn a_gate_is_no_failure_and_opens() {
    let mut world = play("no-fit");
    let licensed = pods(&world, "licensed").remove(0);
    assert_eq!(condition(&licensed, "PodScheduled").1, "SchedulingGated");
    assert!(said(&world, "licensed", "FailedScheduling").is_empty());
    edit(&mut world, "pods", ("default", "licensed"), |pod| pod["spec"]["schedulingGates"] = json!([]));
    heals(&mut world, "licensed", 30);
}

#[test]
fn room_a_class_and_an_open_node_let_pods_in() {
    let mut world = play("no-fit");
    edit(&mut world, "nodes", ("", "worker-4"), |node| node["spec"]["unschedulable"] = false.into());
    assert_eq!(placed(&world, "edge"), 3, "the third node has the port free");
    edit(&mut world, "deployments", ("shop", "search"), |search| search["spec"]["replicas"] = 1.into());
    edit(&mut world, "deployments", ("data", "replica"), |replica| replica["spec"]["replicas"] = 2.into());
    create(
        &mut world,
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast-ssd"},
            "provisioner": "csi.acme.dev", "volumeBindingMode": "WaitForFirstConsumer"}),
    );
    for app in ["search", "replica", "warehouse"] {
        heals(&mut world, app, 60);
    }
    let claim = world.store.get("persistentvolumeclaims", "data", "warehouse").expect("there");
    assert_eq!(text(&claim, "/status/phase"), "Bound");
}
