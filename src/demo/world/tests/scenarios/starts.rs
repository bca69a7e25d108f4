//! `start`: commands, hooks, volumes and networks that fail.

use super::*;

#[test]
fn the_runtime_says_why_it_cannot_start() {
    let world = play("start");
    for (app, words) in [
        (
            "tooling",
            "exec: \"/usr/local/bin/start-server\": stat /usr/local/bin/start-server: no such file or directory: unknown",
        ),
        ("scripts", "exec: \"/entrypoint.sh\": permission denied: unknown"),
        ("workdir", "error during container init: mkdir /etc/passwd: not a directory: unknown"),
    ] {
        assert_said(&world, app, "Failed", words);
        assert_eq!(end(&world, app), (128, "StartError".to_owned()), "{app}");
    }
    assert_said(&world, "hooked", "FailedPostStartHook", "PostStartHook failed");
    assert_said(&world, "hooked", "Killing", "FailedPostStartHook");
    assert!(int(&pods(&world, "hooked")[0], "/status/containerStatuses/0/restartCount") > Some(2));
}

#[test]
fn volumes_and_addresses_are_missing_until_they_are_there() {
    let mut world = play("start");
    let path =
        "MountVolume.SetUp failed for volume \"models\" : hostPath type check failed: /srv/models is not a directory";
    assert_said(&world, "models", "FailedMount", path);
    let claim = world.store.get("persistentvolumeclaims", "data", "ledger").expect("there");
    let volume = text(&claim, "/spec/volumeName");
    let attach = format!("Multi-Attach error for volume {volume:?} Volume is already used by pod(s) ledger-writer");
    assert_said(&world, "ledger-reader", "FailedAttachVolume", &attach);
    assert!(is_well(&world, "ledger-writer"));
    let running = pods(&world, "crowd").iter().filter(|pod| replicas::is_ready(pod)).count();
    assert_eq!(running, 5, "as many as the node has addresses");
    let range = "no IP addresses available in range set: 10.42.5.1-10.42.5.6";
    assert_said(&world, "crowd", "FailedCreatePodSandBox", range);
    let node = text(&pods(&world, "models")[0], "/spec/nodeName").to_owned();
    world.write_machine(&node, "/srv/models/", Some(String::new()));
    heals(&mut world, "models", 130);
    let kind = kinds::by_plural("pods").expect("a kind");
    world.delete(kind, "data", "ledger-writer", &Deletion::default()).expect("there");
    heals(&mut world, "ledger-reader", 130);
    edit(&mut world, "deployments", ("shop", "crowd"), |crowd| crowd["spec"]["replicas"] = 5.into());
    heals(&mut world, "crowd", 130);
}
