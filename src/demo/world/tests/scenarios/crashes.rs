//! `crash-loops`: containers that start and do not stay.

use super::*;
use crate::demo::world::logs;

/// The last lines of the run before the present one, or of the last.
fn log(world: &World, app: &str) -> String {
    let pod = pods(world, app).first().map(|pod| text(pod, "/metadata/uid").to_owned()).unwrap_or_default();
    let container = &world.pods[&pod].containers[0];
    let run = container.previous.as_ref().filter(|_| container.is_running()).or(container.instance.as_ref());
    let lines = logs::lines(run.expect("it has run"), Stamp::NONE, world.now);
    lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_end_has_its_code_its_reason_and_its_last_words() {
    let world = play("crash-loops");
    for (app, code, reason, words) in [
        ("fraud-check", 1, "Error", "giving up after 3 attempts"),
        ("recommendations", 1, "Error", "DATABASE_URL is not set"),
        ("pricing", 127, "Error", "start-server: not found"),
        ("rates", 139, "Error", "invalid memory reference"),
        ("thumbnails", 1, "Error", "Read-only file system: '/var/cache/thumbnails'"),
        ("snapshot", 0, "Completed", "done"),
        ("audit", 2, "Error", "no such file or directory"),
        ("cache", 137, "OOMKilled", "heap grows"),
    ] {
        assert_eq!(end(&world, app), (code, reason.to_owned()), "{app}");
        let log = log(&world, app);
        assert!(log.contains(words), "{app}: {log}");
        let pod = format!("restarting failed container {app} in pod {app}-");
        assert_said(&world, app, "BackOff", &pod);
    }
}

#[test]
fn a_crash_loop_is_said_to_be_one_with_its_wait() {
    let mut world = play("crash-loops");
    let mut seen = false;
    for _ in 0..120 {
        advance(&mut world, 5);
        let (reason, message) = state(&world, "pricing");
        seen |= reason == "CrashLoopBackOff"
            && message.starts_with("back-off 5m0s restarting failed container=pricing pod=pricing-");
    }
    assert!(seen, "{:?}", state(&world, "pricing"));
}

#[test]
fn the_end_of_a_log_is_the_message_where_a_pod_asks_for_that() {
    let mut world = play("crash-loops");
    let mut message = String::new();
    for _ in 0..400 {
        advance(&mut world, 1);
        let pod = pods(&world, "audit").remove(0);
        message = text(&pod, "/status/containerStatuses/0/lastState/terminated/message").to_owned();
        if !message.is_empty() {
            break;
        }
    }
    assert!(message.ends_with("audit: open /etc/audit/audit.yaml: no such file or directory\n"), "{message:?}");
}

#[test]
fn two_containers_cannot_have_one_port() {
    let world = play("crash-loops");
    let pod = pods(&world, "twins").remove(0);
    let of = |name: &str| {
        list(&pod, "/status/containerStatuses").iter().find(|one| text(one, "/name") == name).expect("one").clone()
    };
    assert_eq!((int(&of("web"), "/restartCount"), &of("web")["ready"]), (Some(0), &Value::Bool(true)));
    assert!(int(&of("metrics"), "/restartCount") > Some(3));
    let metrics = &world.pods[text(&pod, "/metadata/uid")].containers[1];
    let run = metrics.instance.as_ref().expect("it has run");
    let lines = logs::lines(run, Stamp::NONE, world.now);
    assert!(lines.iter().any(|(_, line)| line == "listen tcp :80: bind: address already in use"), "{lines:?}");
}

#[test]
fn what_was_missing_is_given_and_the_containers_stay() {
    let mut world = play("crash-loops");
    edit_pods(&mut world, "shop", "recommendations", |spec| {
        spec["containers"][0]["env"] = json!([{"name": "DATABASE_URL", "value": "postgres://postgres.data/shop"}]);
    });
    edit_pods(&mut world, "data", "thumbnails", |spec| {
        spec["volumes"] = json!([{"name": "cache", "emptyDir": {}}]);
        spec["containers"][0]["volumeMounts"] = json!([{"name": "cache", "mountPath": "/var/cache"}]);
    });
    edit_pods(&mut world, "data", "cache", |spec| {
        spec["containers"][0]["resources"]["limits"]["memory"] = "512Mi".into();
    });
    create(
        &mut world,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "rules", "namespace": "payments"},
            "spec": {"ports": [{"port": 8080}]}}),
    );
    for app in ["recommendations", "thumbnails", "cache"] {
        heals(&mut world, app, 120);
    }
    heals(&mut world, "fraud-check", 330);
    advance(&mut world, 60);
    for app in ["recommendations", "thumbnails", "cache", "fraud-check"] {
        assert!(is_well(&world, app), "{app} stays: {:?}", state(&world, app));
    }
}
