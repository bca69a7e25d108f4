//! `images`: images that cannot be had.

use super::*;

#[test]
fn each_registry_says_what_is_wrong() {
    let world = play("images");
    for (app, words) in [
        ("checkout", "rpc error: code = NotFound desc = failed to pull and unpack image"),
        ("billing", "401 Unauthorized"),
        ("mirror", "lookup registry.invalid on 10.96.0.10:53: no such host"),
        (
            "queue",
            "docker.io/bitnami/redis:7.4\": unexpected status from HEAD request to \
            https://registry-1.docker.io/v2/bitnami/redis/manifests/7.4: 429 Too Many Requests",
        ),
        ("legacy", "/v2/shop/legacy/manifests/0.9.0\": dial tcp 192.168.40.9:443: i/o timeout"),
        ("kiosk", "no match for platform in manifest: not found"),
    ] {
        let (reason, message) = state(&world, app);
        assert!(matches!(reason.as_str(), "ImagePullBackOff" | "ErrImagePull"), "{app}: {reason}");
        assert!(message.contains(words), "{app}: {message}");
        assert_said(&world, app, "Failed", words);
        assert_said(&world, app, "Failed", "Error: ImagePullBackOff");
    }
    let secrets =
        "Unable to retrieve some image pull secrets (acme-registry); attempting to pull the image may not succeed.";
    assert_said(&world, "vouchers", "FailedToRetrieveImagePullSecret", secrets);
}

#[test]
fn names_policies_machines_and_slow_pulls_have_words_of_their_own() {
    let world = play("images");
    let (reason, message) = state(&world, "promo");
    assert_eq!(reason, "InvalidImageName");
    assert!(message.ends_with("invalid reference format: repository name (acme/Promo) must be lowercase"), "{message}");
    assert_said(&world, "promo", "InspectFailed", "couldn't parse image name \"acme/Promo:v2\"");
    assert_eq!(state(&world, "local-build").0, "ErrImageNeverPull");
    assert_eq!(end(&world, "vision"), (255, "Error".to_owned()));
    assert_eq!(state(&world, "model").0, "ContainerCreating");
    assert_eq!(said(&world, "model", "Pulling").len(), 1);
    assert!(said(&world, "model", "Pulled").is_empty());
}

#[test]
fn another_tag_and_a_secret_are_enough() {
    let mut world = play("images");
    edit_pods(&mut world, "shop", "checkout", |spec| {
        spec["containers"][0]["image"] = "registry.acme.dev/shop/checkout:v2.4.1".into();
    });
    create(&mut world, secret("payments", "acme-registry", ".dockerconfigjson"));
    edit_pods(&mut world, "payments", "ledger", |spec| {
        spec["containers"][0]["image"] = "registry.acme.dev/payments/ledger:3.2.0".into();
    });
    heals(&mut world, "checkout", 60);
    heals(&mut world, "ledger", 90);
    heals(&mut world, "vouchers", 330);
}
