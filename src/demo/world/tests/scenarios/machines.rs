//! `node-down` and `restarts`: what nodes do to their pods.

use super::*;

#[test]
fn a_silent_node_a_full_one_and_a_closed_one() {
    let mut world = play("node-down");
    let node = |world: &World, name: &str| world.store.get("nodes", "", name).expect("there");
    let ready = condition(&node(&world, "worker-4"), "Ready");
    assert_eq!(ready, ("Unknown".into(), "NodeStatusUnknown".into(), "Kubelet stopped posting node status.".into()));
    assert_said(&world, "worker-4", "NodeNotReady", "Node worker-4 status is now: NodeNotReady");
    let full = condition(&node(&world, "worker-2"), "DiskPressure");
    assert_eq!((full.0.as_str(), full.1.as_str()), ("True", "KubeletHasDiskPressure"));
    assert_said(&world, "worker-2", "EvictionThresholdMet", "Attempting to reclaim ephemeral-storage");
    let evicted = world.store.list("pods", None).iter().filter(|pod| text(pod, "/status/reason") == "Evicted").count();
    assert_eq!(evicted, 1);
    let closed = node(&world, "worker-1");
    let taints: Vec<&str> = list(&closed, "/spec/taints").iter().map(|taint| text(taint, "/key")).collect();
    assert_eq!(taints, ["node.kubernetes.io/unschedulable"]);
    assert_said(&world, "worker-1", "NodeNotSchedulable", "Node worker-1 status is now: NodeNotSchedulable");
    edit(&mut world, "nodes", ("", "worker-1"), |node| node["spec"]["unschedulable"] = false.into());
    assert!(list(&node(&world, "worker-1"), "/spec/taints").is_empty(), "open again");
}

#[test]
fn restarts_are_counted_whatever_they_came_from() {
    let world = play("restarts");
    let restarts = |app: &str| int(&pods(&world, app)[0], "/status/containerStatuses/0/restartCount").unwrap_or(-1);
    assert!(restarts("poller") >= 10, "it ends every twelve minutes: {}", restarts("poller"));
    assert!((4..=8).contains(&restarts("subscriber")), "until its broker came: {}", restarts("subscriber"));
    for app in ["poller", "subscriber", "broker", "web"] {
        assert!(is_well(&world, app), "{app}: {:?}", state(&world, app));
    }
    assert_said(&world, "worker-4", "Rebooted", "Node worker-4 has been rebooted, boot id: ");
    let pods = world.store.list("pods", None);
    let lost = |pod: &&store::Object| {
        text(pod, "/status/containerStatuses/0/lastState/terminated/reason") == "Unknown"
            && int(pod, "/status/containerStatuses/0/lastState/terminated/exitCode") == Some(255)
    };
    assert!(pods.iter().filter(lost).count() > 0);
    assert!(pods.iter().filter(lost).all(|pod| text(pod, "/spec/nodeName") == "worker-4"));
}
