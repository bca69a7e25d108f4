//! Whether what was asked for has come: rollouts that are through, pods that are ready. What `--wait` waits for.
//!
//! Pure. Rules: kubectl `rollout status` (`polymorphichelpers/rollout_status.go`) for each kind that has rollouts.

use serde_json::Value;

use crate::base::json::{list, text};
use crate::model::pod::PodRow;

/// Something that has not come yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What is missing: `2 of 3 replicas are updated`.
    pub missing: String,
    /// Whether the cluster has given up.
    pub is_over: bool,
}

impl Pending {
    fn new(missing: String) -> Self {
        Self { missing, is_over: false }
    }
}

/// What is missing of a rollout; nothing of kinds that have none, and of those that somebody ends by hand.
pub fn pending(kind: &str, object: &Value) -> Option<Pending> {
    let missing = match kind {
        "Deployment" => deployment,
        "StatefulSet" => stateful_set,
        "DaemonSet" => daemon_set,
        _ => return None,
    };
    let is_seen = number(object, "/status/observedGeneration") >= number(object, "/metadata/generation");
    if !is_seen {
        return Some(Pending::new("the change has not been seen yet".to_owned()));
    }
    let missing = missing(object)?;
    Some(Pending { is_over: kind == "Deployment" && has_given_up(object), missing })
}

fn deployment(object: &Value) -> Option<String> {
    let replicas = wanted(object);
    let [updated, all, available] =
        ["updatedReplicas", "replicas", "availableReplicas"].map(|name| number(object, &format!("/status/{name}")));
    if updated < replicas {
        return Some(format!("{updated} of {replicas} replicas are updated"));
    }
    if all > updated {
        return Some(format!("{} old replicas have not ended", all - updated));
    }
    (available < updated).then(|| format!("{available} of {updated} updated replicas are available"))
}

/// The condition that kubectl gives up at.
fn has_given_up(object: &Value) -> bool {
    let is_over =
        |condition: &Value| condition["type"] == "Progressing" && condition["reason"] == "ProgressDeadlineExceeded";
    list(object, "/status/conditions").iter().any(is_over)
}

fn stateful_set(object: &Value) -> Option<String> {
    let replicas = wanted(object);
    let ready = number(object, "/status/readyReplicas");
    if ready < replicas {
        return Some(format!("{ready} of {replicas} replicas are ready"));
    }
    if is_by_hand(object) || text(object, "/status/updateRevision") == text(object, "/status/currentRevision") {
        return None;
    }
    let updated = number(object, "/status/updatedReplicas");
    let to_update = replicas - number(object, "/spec/updateStrategy/rollingUpdate/partition");
    (updated < to_update).then(|| format!("{updated} of {to_update} replicas are updated"))
}

fn daemon_set(object: &Value) -> Option<String> {
    let [wanted, updated, available] = ["desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"]
        .map(|name| number(object, &format!("/status/{name}")));
    if updated < wanted && !is_by_hand(object) {
        return Some(format!("{updated} of {wanted} pods are updated"));
    }
    (available < wanted).then(|| format!("{available} of {wanted} pods are available"))
}

/// Whether pods are replaced only when somebody deletes them.
fn is_by_hand(object: &Value) -> bool {
    text(object, "/spec/updateStrategy/type") == "OnDelete"
}

/// What is missing of a pod; nothing of one that is over or is going.
pub fn pending_pod(pod: &PodRow) -> Option<Pending> {
    let is_going = pod.has_ended() || pod.meta.deleted.is_set();
    let is_ready = &*pod.phase == "Running" && pod.ready >= pod.total;
    let missing = format!("{} of {} containers are ready ({})", pod.ready, pod.total, pod.status);
    (!is_going && !is_ready).then(|| Pending::new(missing))
}

fn wanted(object: &Value) -> i64 {
    object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
}

fn number(object: &Value, path: &str) -> i64 {
    object.pointer(path).and_then(Value::as_i64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::rows::row;
    use super::*;

    fn missing(kind: &str, object: &Value) -> String {
        pending(kind, object).map(|pending| pending.missing).unwrap_or_default()
    }

    #[test]
    fn a_deployment_is_through_when_every_updated_replica_is_available() {
        let with = |status: Value| {
            missing("Deployment", &json!({"metadata": {"generation": 3}, "spec": {"replicas": 2}, "status": status}))
        };
        for (status, said) in [
            (
                json!({"observedGeneration": 2, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 2}),
                "the change has not been seen yet",
            ),
            (json!({"observedGeneration": 3, "replicas": 2}), "0 of 2 replicas are updated"),
            (json!({"observedGeneration": 3, "updatedReplicas": 2, "replicas": 3}), "1 old replicas have not ended"),
            (
                json!({"observedGeneration": 3, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 1}),
                "1 of 2 updated replicas are available",
            ),
            (json!({"observedGeneration": 3, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 2}), ""),
        ] {
            assert_eq!(with(status), said);
        }
    }

    #[test]
    fn a_deployment_past_its_deadline_is_given_up() {
        let object = |observed: u32| {
            json!({"metadata": {"generation": 2}, "status": {"observedGeneration": observed,
                "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]}})
        };
        assert!(pending("Deployment", &object(2)).is_some_and(|pending| pending.is_over));
        assert!(pending("Deployment", &object(1)).is_some_and(|pending| !pending.is_over), "that of the change before");
    }

    #[test]
    fn sets_and_what_is_replaced_by_hand() {
        let status = json!({"readyReplicas": 3, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"});
        let mut set = json!({"spec": {"replicas": 3}, "status": status});
        assert_eq!(missing("StatefulSet", &set), "1 of 3 replicas are updated");
        set["spec"]["updateStrategy"] = json!({"rollingUpdate": {"partition": 2}});
        assert_eq!(missing("StatefulSet", &set), "");
        set["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
        assert_eq!(missing("StatefulSet", &set), "");
        let status = json!({"desiredNumberScheduled": 4, "updatedNumberScheduled": 3, "numberAvailable": 4});
        let mut set = json!({"status": status});
        assert_eq!(missing("DaemonSet", &set), "3 of 4 pods are updated");
        set["spec"]["updateStrategy"]["type"] = json!("OnDelete");
        assert_eq!(missing("DaemonSet", &set), "");
        assert_eq!(pending("Job", &json!({})), None);
    }

    #[test]
    fn a_pod_is_waited_for_until_it_is_ready_or_over() {
        let is_pending = |pod: Value| pending_pod(&row(&pod).expect("a pod")).is_some();
        let containers = json!({"containers": [{"name": "app"}]});
        let status = |phase: &str, ready: bool| json!({"phase": phase, "containerStatuses": [{"name": "app", "ready": ready, "state": {"running": {}}}]});
        assert!(is_pending(json!({"spec": containers, "status": {"phase": "Pending"}})));
        assert!(is_pending(json!({"spec": containers, "status": status("Running", false)})));
        assert!(!is_pending(json!({"spec": containers, "status": status("Running", true)})));
        assert!(!is_pending(json!({"spec": containers, "status": {"phase": "Succeeded"}})));
    }
}
