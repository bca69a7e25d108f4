//! `owners`: pods that are not let in, and owners that gave up.

use super::*;

#[test]
fn each_refusal_is_told_by_the_owner() {
    let world = play("owners");
    for (owner, words) in [
        (
            "api-",
            "is forbidden: exceeded quota: team, requested: requests.cpu=200m, used: requests.cpu=400m, limited: \
            requests.cpu=500m",
        ),
        ("agent", "is forbidden: failed quota: team: must specify requests.cpu for: agent"),
        ("bigmem-", "is forbidden: maximum memory usage per Container is 64Mi, but limit is 128Mi"),
        ("privileged-", "is forbidden: violates PodSecurity \"restricted:latest\": privileged"),
        ("urgent-", "is forbidden: no PriorityClass with name urgent was found"),
        (
            "vault",
            "Create Pod vault-0 in StatefulSet vault failed error: pods \"vault-0\" is forbidden: error looking up \
            service account data/vault: serviceaccount \"vault\" not found",
        ),
    ] {
        assert_said(&world, owner, "FailedCreate", words);
    }
    let api = world.store.get("deployments", "team-a", "api").expect("there");
    assert_eq!(int(&api, "/status/replicas"), Some(2));
    let failure = condition(&api, "ReplicaFailure");
    assert_eq!((failure.0.as_str(), failure.1.as_str()), ("True", "FailedCreate"));
    assert!(failure.2.starts_with("pods \"api-"), "{}", failure.2);
}

#[test]
fn rollouts_and_jobs_give_up() {
    let world = play("owners");
    let late = world.store.get("deployments", "shop", "late").expect("there");
    assert_eq!(condition(&late, "Progressing").1, "ProgressDeadlineExceeded");
    let job = |name: &str| world.store.get("jobs", "data", name).expect("there");
    assert_eq!(condition(&job("import"), "Failed").1, "BackoffLimitExceeded");
    assert_eq!(int(&job("import"), "/status/failed"), Some(2));
    assert_eq!(condition(&job("export"), "Failed").2, "Job was active longer than specified deadline");
    assert!(pods(&world, "export").is_empty(), "the job's deadline takes its pods along");
    assert_said(&world, "export", "DeadlineExceeded", "Job was active longer than specified deadline");
}

#[test]
fn room_in_the_quota_and_an_account_let_the_pods_in() {
    let mut world = play("owners");
    edit(&mut world, "resourcequotas", ("team-a", "team"), |quota| {
        quota["spec"]["hard"]["requests.cpu"] = "2".into();
    });
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "vault", "namespace": "data"}});
    create(&mut world, account);
    for app in ["api", "vault"] {
        heals(&mut world, app, 1_010);
    }
    assert_eq!(pods(&world, "api").len(), 3);
    let api = world.store.get("deployments", "team-a", "api").expect("there");
    assert_eq!(condition(&api, "ReplicaFailure").0, "");
}
