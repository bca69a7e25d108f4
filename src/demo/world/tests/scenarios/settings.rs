//! `config`: settings that are not there.

use super::*;

#[test]
fn missing_settings_are_named_and_heal_when_they_are_made() {
    let mut world = play("config");
    for (app, words) in [
        ("settlement", "couldn't find key cutoff-time in ConfigMap payments/settlement"),
        ("invoices", "configmap \"invoices-settings\" not found"),
        ("exporter", "secret \"exporter-db\" not found"),
        ("tenants", "missing value for TENANT"),
    ] {
        assert_eq!(state(&world, app), ("CreateContainerConfigError".to_owned(), words.to_owned()));
        assert_said(&world, app, "Failed", &format!("Error: {words}"));
    }
    create(
        &mut world,
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "invoices-settings", "namespace": "shop"},
            "data": {"A": "1"}}),
    );
    create(&mut world, secret("payments", "exporter-db", "password"));
    edit_pods(&mut world, "data", "tenants", |spec| {
        spec["containers"][0]["env"] = json!([{"name": "TENANT", "value": "acme"}]);
    });
    for app in ["invoices", "exporter", "tenants"] {
        heals(&mut world, app, 60);
    }
}

#[test]
fn volumes_wait_for_what_they_are_made_of() {
    let mut world = play("config");
    assert_eq!(state(&world, "tls-proxy").0, "ContainerCreating");
    let mount = "MountVolume.SetUp failed for volume \"tls\" : secret \"payments-tls\" not found";
    assert_said(&world, "tls-proxy", "FailedMount", mount);
    let key = "MountVolume.SetUp failed for volume \"settings\" : configmap references non-existent config key: \
        application.conf";
    assert_said(&world, "catalog", "FailedMount", key);
    create(&mut world, secret("payments", "payments-tls", "tls.crt"));
    edit(&mut world, "configmaps", ("shop", "catalog"), |map| map["data"]["application.conf"] = "a = b".into());
    heals(&mut world, "tls-proxy", 130);
    heals(&mut world, "catalog", 130);
}

#[test]
fn a_user_or_an_account_that_is_not_allowed_is_told_of() {
    let mut world = play("config");
    let (reason, message) = state(&world, "mailer");
    assert_eq!(reason, "CreateContainerConfigError");
    assert!(message.starts_with("container has runAsNonRoot and image will run as root (pod: \"mailer-"), "{message}");
    assert!(pods(&world, "robot").is_empty());
    let words = "is forbidden: error looking up service account payments/robot: serviceaccount \"robot\" not found";
    assert_said(&world, "robot-", "FailedCreate", words);
    let robot = world.store.get("deployments", "payments", "robot").expect("there");
    let types: Vec<&str> = list(&robot, "/status/conditions").iter().map(|known| text(known, "/type")).collect();
    assert!(types.contains(&"ReplicaFailure"), "{types:?}");
    create(
        &mut world,
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": "payments"}}),
    );
    edit_pods(&mut world, "shop", "mailer", |spec| {
        spec["containers"][0]["securityContext"]["runAsUser"] = 101.into();
    });
    heals(&mut world, "mailer", 60);
    heals(&mut world, "robot", 700);
}
