//! `probes` and `init`: containers that run and do not answer, and what holds them back.

use super::*;

#[test]
fn each_probe_says_what_it_saw() {
    let mut world = play("probes");
    for (app, words) in [
        ("grafana", "Liveness probe failed: HTTP probe failed with statuscode: 404"),
        ("alert-router", ":8081: connect: connection refused"),
        ("indexer", "Startup probe failed: Get \"http://10.42."),
        ("scoring", "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"),
        ("consumer", "Readiness probe failed: cat: can't open '/tmp/ready': No such file or directory"),
        ("orders", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
    ] {
        assert_said(&world, app, "Unhealthy", words);
    }
    assert_said(&world, "indexer", "Killing", "Container indexer failed startup probe, will be restarted");
    assert_eq!(state(&world, "scoring").0, "", "it runs");
    edit_pods(&mut world, "shop", "indexer", |spec| {
        spec["containers"][0]["startupProbe"]["failureThreshold"] = 40.into();
    });
    edit_pods(&mut world, "payments", "scoring", |spec| {
        spec["containers"][0]["readinessProbe"]["timeoutSeconds"] = 5.into();
    });
    let broker = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "broker", "namespace": "data"},
        "spec": {"ports": [{"port": 5672}]}});
    create(&mut world, broker);
    for (app, seconds) in [("scoring", 60), ("orders", 30), ("indexer", 240)] {
        heals(&mut world, app, seconds);
    }
}

#[test]
fn a_readiness_gate_is_opened_by_somebody_else() {
    let mut world = play("probes");
    let front = pods(&world, "storefront").remove(0);
    let ready = condition(&front, "Ready");
    assert_eq!(ready.1, "ReadinessGatesNotReady");
    assert_eq!(ready.2, "corresponding condition of pod readiness gate \"acme.dev/load-balancer\" does not exist.");
    assert_eq!(condition(&front, "ContainersReady").0, "True");
    let mut opened = (*front).clone();
    opened["status"]["conditions"].as_array_mut().expect("some").push(json!({"type": "acme.dev/load-balancer",
        "status": "True"}));
    world.replace(kinds::by_plural("pods").expect("a kind"), opened, true, false).expect("valid");
    assert!(is_well(&world, "storefront"));
}

#[test]
fn init_containers_hold_a_pod_back_until_they_are_through() {
    let mut world = play("init");
    let init = |world: &World, app: &str| pods(world, app).remove(0)["status"]["initContainerStatuses"][0].clone();
    assert_eq!(init(&world, "schema-upgrade")["lastState"]["terminated"]["exitCode"], 2);
    assert!(init(&world, "cms")["state"]["running"].is_object());
    assert_eq!(init(&world, "refunds")["state"]["waiting"]["reason"], "CreateContainerConfigError");
    assert_eq!(init(&world, "tracer")["started"], false);
    assert_eq!(state(&world, "cms").0, "PodInitializing");
    assert!(init(&world, "order-stream")["restartCount"].as_i64() > Some(2));
    create(&mut world, secret("payments", "refunds", "token"));
    let schema = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "schema", "namespace": "data"},
        "spec": {"ports": [{"port": 80}]}});
    create(&mut world, schema);
    heals(&mut world, "refunds", 60);
    heals(&mut world, "cms", 60);
}
