//! `end-of-life` and `leftovers`: pods that were ended, that do not go, or that nobody took away.

use super::*;

fn status(world: &World, app: &str) -> (String, String, String) {
    let pod = pods(world, app).remove(0);
    let read = |field: &str| text(&pod, field).to_owned();
    (read("/status/phase"), read("/status/reason"), read("/status/message"))
}

#[test]
fn the_kubelet_ends_pods_and_says_why() {
    let world = play("end-of-life");
    let full = "Usage of EmptyDir volume \"cache\" exceeds the limit \"10Mi\". ";
    assert_eq!(status(&world, "scratch"), ("Failed".into(), "Evicted".into(), full.into()));
    assert_said(&world, "scratch", "Evicted", full);
    let late = "Pod was active on the node longer than the specified deadline";
    assert_eq!(status(&world, "nightly"), ("Failed".into(), "DeadlineExceeded".into(), late.into()));
    let pods = world.store.list("pods", Some("monitoring"));
    assert!(
        pods.iter().any(|pod| text(pod, "/status/reason") == "Evicted" && pod.to_string().contains("low on resource"))
    );
}

#[test]
fn what_is_held_goes_when_it_is_let_go() {
    let mut world = play("end-of-life");
    let deleted = |world: &World, app: &str| {
        pods(world, app).first().is_some_and(|pod| !pod["metadata"]["deletionTimestamp"].is_null())
    };
    for app in ["backup-runner", "compactor", "drainer"] {
        assert!(deleted(&world, app), "{app}");
    }
    edit(&mut world, "pods", ("data", "backup-runner"), |pod| pod["metadata"]["finalizers"] = json!([]));
    assert!(pods(&world, "backup-runner").is_empty());
    advance(&mut world, 700);
    assert!(deleted(&world, "drainer"), "its hook takes a quarter of an hour");
    advance(&mut world, 200);
    assert!(pods(&world, "drainer").is_empty());
}

#[test]
fn debugging_leaves_pods_and_containers() {
    let world = play("leftovers");
    let pod = |name: &str| world.store.get("pods", "default", name).expect(name);
    assert_eq!(text(&pod("node-debugger-worker-1-8h4mq"), "/status/phase"), "Running");
    assert_eq!(text(&pod("node-debugger-worker-1-zk2vp"), "/status/phase"), "Succeeded");
    let gateway = pods(&world, "gateway").remove(0);
    assert_eq!(text(&gateway, "/status/ephemeralContainerStatuses/0/name"), "debugger-x7k2p");
}

#[test]
fn nothing_is_wrong_where_everything_is_healthy() {
    let mut world = play("healthy");
    advance(&mut world, 640);
    for pod in world.store.list("pods", None) {
        assert!(replicas::is_ready(&pod) || text(&pod, "/status/phase") == "Succeeded", "{pod}");
    }
    let events = world.store.list("events", None);
    let warnings: Vec<&str> =
        events.iter().filter(|event| text(event, "/type") == "Warning").map(|event| text(event, "/message")).collect();
    assert!(warnings.is_empty(), "{warnings:?}");
}
