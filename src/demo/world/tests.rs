//! What the world as a whole must do, whatever its parts are.

use serde_json::Value;

use super::*;
use crate::demo::json::{int, list, text};

fn incident() -> World {
    build(7, None, Stamp::from_seconds(1_800_000_000)).expect("a known scenario")
}

/// Every pod as `namespace/name phase reason`.
fn summary(world: &World) -> Vec<String> {
    world
        .store
        .list("pods", None)
        .iter()
        .map(|pod| {
            let waiting = list(pod, "/status/containerStatuses").iter().find_map(|status| {
                status.pointer("/state/waiting/reason").or_else(|| status.pointer("/state/terminated/reason"))
            });
            let reason = waiting.and_then(Value::as_str).unwrap_or_default();
            let status = text(pod, "/status/reason");
            format!(
                "{}/{} {} {reason}{status}",
                text(pod, "/metadata/namespace"),
                text(pod, "/metadata/name"),
                text(pod, "/status/phase")
            )
        })
        .collect()
}

fn advance(world: &mut World, seconds: i64) {
    let to = world.now.plus_micros(seconds * 1_000_000);
    world.advance(to);
}

#[test]
fn the_incident_has_every_kind_of_trouble() {
    let world = incident();
    let pods = summary(&world);
    println!("{}", pods.join("\n"));
    for trouble in
        ["ErrImagePull", "ImagePullBackOff", "CrashLoopBackOff", "OOMKilled", "CreateContainerConfigError", "Evicted"]
    {
        let seen = pods.iter().any(|pod| pod.ends_with(trouble))
            || world.store.list("pods", None).iter().any(|pod| pod.to_string().contains(trouble));
        assert!(seen, "{trouble}");
    }
    assert!((38..=56).contains(&pods.len()), "{} pods", pods.len());
}

#[test]
fn the_same_seed_gives_the_same_world() {
    assert_eq!(summary(&incident()), summary(&incident()));
}

#[test]
fn life_goes_on() {
    let mut world = incident();
    let restarts = |world: &World| -> i64 {
        world
            .store
            .list("pods", None)
            .iter()
            .flat_map(|pod| list(pod, "/status/containerStatuses").to_vec())
            .filter_map(|status| int(&status, "/restartCount"))
            .sum()
    };
    let before = (restarts(&world), world.store.version());
    advance(&mut world, 600);
    assert!(restarts(&world) > before.0);
    assert!(world.store.version() > before.1);
    assert!(world.next_due().is_some_and(|due| due > world.now));
}

#[test]
fn a_deleted_pod_stops_and_is_replaced() {
    let mut world = build(3, Some("healthy"), Stamp::from_seconds(1_800_000_000)).expect("known");
    let cart = || |pod: &&store::Object| pod["metadata"]["labels"]["app"] == "cart";
    let pods = world.store.list("pods", Some("shop"));
    let victim = text(pods.iter().find(cart()).expect("one"), "/metadata/name").to_owned();
    let kind = kinds::by_plural("pods").expect("a kind");
    world.delete(kind, "shop", &victim, &Deletion::default()).expect("it is there");
    let marked = world.store.get("pods", "shop", &victim).expect("it stops first");
    assert!(!marked["metadata"]["deletionTimestamp"].is_null());
    advance(&mut world, 20);
    assert!(world.store.get("pods", "shop", &victim).is_none());
    let pods = world.store.list("pods", Some("shop"));
    let running = pods.iter().filter(cart()).filter(|pod| replicas::is_ready(pod)).count();
    assert_eq!(running, 2, "{:?}", summary(&world));
}

#[test]
fn a_fixed_setting_lets_the_container_start() {
    let mut world = incident();
    let kind = kinds::by_plural("configmaps").expect("a kind");
    let mut map = (*world.store.get("configmaps", "payments", "settlement").expect("seeded")).clone();
    map["data"]["cutoff-time"] = "17:00".into();
    world.replace(kind, map, false, false).expect("valid");
    advance(&mut world, 30);
    assert!(summary(&world).iter().any(|pod| pod.starts_with("payments/settlement-") && pod.ends_with("Running ")));
}

#[test]
fn a_silent_node_is_given_up_and_emptied_and_comes_back() {
    let mut world = build(3, Some("node-down"), Stamp::from_seconds(1_800_000_000)).expect("known");
    let node = world.store.get("nodes", "", "worker-4").expect("seeded");
    assert!(!replicas::is_ready(&node));
    assert!(node.to_string().contains("Kubelet stopped posting node status."));
    advance(&mut world, 400);
    let terminating = |world: &World| {
        world.store.list("pods", None).iter().filter(|pod| !pod["metadata"]["deletionTimestamp"].is_null()).count()
    };
    assert!(terminating(&world) > 0, "{:?}", summary(&world));
    advance(&mut world, 1_300);
    assert!(replicas::is_ready(&world.store.get("nodes", "", "worker-4").expect("seeded")));
    advance(&mut world, 60);
    assert_eq!(terminating(&world), 0, "{:?}", summary(&world));
}

#[test]
fn a_rollout_ends() {
    let mut world = build(3, Some("healthy"), Stamp::from_seconds(1_800_000_000)).expect("known");
    world.act(&scenario::Act::Image { namespace: "shop", name: "web", image: "registry.acme.dev/shop/web:1.9.1" });
    advance(&mut world, 120);
    let web = world.store.get("deployments", "shop", "web").expect("seeded");
    assert_eq!(int(&web, "/status/updatedReplicas"), Some(3), "{web}");
    assert_eq!(int(&web, "/status/replicas"), Some(3));
    assert_eq!(web["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2");
}

#[test]
fn a_stuck_rollout_keeps_what_works_and_says_that_it_is_late() {
    let world = incident();
    let ledger = world.store.get("deployments", "payments", "ledger").expect("seeded");
    assert_eq!(int(&ledger, "/status/replicas"), Some(3), "{ledger}");
    assert_eq!(int(&ledger, "/status/updatedReplicas"), Some(1));
    let progress = list(&ledger, "/status/conditions").iter().find(|known| text(known, "/type") == "Progressing");
    assert_eq!(progress.map(|known| text(known, "/reason")), Some("ProgressDeadlineExceeded"));
}

mod scenarios;
