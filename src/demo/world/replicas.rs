//! `ReplicaSets`: as many pods as wanted. Also what all owners of pods share.

use serde_json::{Value, json};

use super::event::Event;
use super::kinds::by_plural;
use super::store::Object;
use super::write::Deletion;
use super::{Scope, World};
use crate::demo::failure::Answer;
use crate::demo::json::{array, int, list, set, text};

impl World {
    pub(super) fn sync_replica_sets(&mut self, scope: Scope<'_>) {
        for set in self.in_scope("replicasets", scope) {
            let pods = self.owned("pods", &set);
            let active: Vec<&Object> = pods.iter().filter(|pod| is_active(pod)).collect();
            let wanted = int(&set, "/spec/replicas").unwrap_or(1);
            let have = active.len() as i64;
            for _ in have..wanted {
                self.create_replica(&set);
            }
            if have > wanted {
                self.drop_replicas(&set, active, (have - wanted) as usize);
            }
            self.replica_status(&set);
        }
    }

    fn create_replica(&mut self, set: &Value) {
        let made = self.make_pod(set, "replicaset-controller", "Error creating: ", |pod| {
            pod["metadata"]["generateName"] = format!("{}-", text(set, "/metadata/name")).into();
        });
        if let Some(pod) = made {
            let message = format!("Created pod: {}", text(&pod, "/metadata/name"));
            self.owner_event(set, "replicaset-controller", "SuccessfulCreate", message);
        }
    }

    /// Takes the least useful first: not placed, then not ready, then the youngest.
    fn drop_replicas(&mut self, set: &Value, mut active: Vec<&Object>, count: usize) {
        active.sort_by_key(|pod| {
            let placed = !text(pod, "/spec/nodeName").is_empty();
            (placed, is_ready(pod), std::cmp::Reverse(text(pod, "/metadata/creationTimestamp").to_owned()))
        });
        for pod in active.into_iter().take(count) {
            let name = text(pod, "/metadata/name");
            self.owner_event(set, "replicaset-controller", "SuccessfulDelete", format!("Deleted pod: {name}"));
            self.delete_pod(pod, &Deletion::default());
        }
    }

    fn replica_status(&mut self, set: &Value) {
        let Some(current) =
            self.store.get("replicasets", text(set, "/metadata/namespace"), text(set, "/metadata/name"))
        else {
            return;
        };
        let pods: Vec<Object> = self.owned("pods", set).into_iter().filter(|pod| is_active(pod)).collect();
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        let mut status = json!({"replicas": pods.len(), "fullyLabeledReplicas": pods.len(),
            "observedGeneration": current["metadata"]["generation"]});
        if ready > 0 {
            status["readyReplicas"] = ready.into();
            status["availableReplicas"] = ready.into();
        }
        if let Some(condition) = self.replica_failure(set).filter(|_| int(&current, "/spec/replicas") != Some(0)) {
            status["conditions"] = json!([condition]);
        }
        self.put_status("replicasets", set, status);
    }

    /// The objects of a kind that an object controls.
    pub(super) fn owned(&self, plural: &'static str, owner: &Value) -> Vec<Object> {
        let (namespace, uid) = (text(owner, "/metadata/namespace"), text(owner, "/metadata/uid"));
        let mut objects = self.store.list(plural, Some(namespace));
        objects.retain(|object| controller_uid(object) == uid);
        objects
    }

    /// Makes a pod from the template of its owner; `adjust` names it.
    pub(super) fn pod_from(&mut self, owner: &Value, adjust: impl FnOnce(&mut Value)) -> Answer<Object> {
        let template = &owner["spec"]["template"];
        let mut pod = json!({"metadata": template["metadata"], "spec": template["spec"]});
        if !pod["metadata"].is_object() {
            pod["metadata"] = json!({});
        }
        pod["metadata"]["namespace"] = owner["metadata"]["namespace"].clone();
        pod["metadata"]["ownerReferences"] = json!([owner_reference(owner)]);
        adjust(&mut pod);
        match by_plural("pods") {
            Some(kind) => self.create(kind, pod),
            None => Err(crate::demo::failure::Failure::no_resource()),
        }
    }

    pub(super) fn owner_event(&mut self, owner: &Value, component: &str, reason: &str, message: String) {
        self.record(owner, &Event { reason, message, component, ..Event::default() });
    }

    /// Changes a field of the stored spec of an owner.
    pub(super) fn set_replicas(&mut self, plural: &'static str, object: &Value, replicas: i64) {
        let mut changed = object.clone();
        set(&mut changed, &["spec", "replicas"], replicas.into());
        super::admit::bump_generation(object, &mut changed);
        self.store.put(plural, changed);
    }
}

/// The reference by which an object is owned.
pub fn owner_reference(owner: &Value) -> Value {
    json!({"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true})
}

/// The UID of the controller of an object.
pub fn controller_uid(object: &Value) -> &str {
    let owner = list(object, "/metadata/ownerReferences").iter().find(|owner| owner["controller"] == true);
    owner.map(|owner| text(owner, "/uid")).unwrap_or_default()
}

/// Whether a pod counts as a replica: neither finished nor going.
pub fn is_active(pod: &Value) -> bool {
    !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") && pod["metadata"]["deletionTimestamp"].is_null()
}

/// Whether a pod is ready.
pub fn is_ready(pod: &Value) -> bool {
    let conditions = list(pod, "/status/conditions");
    conditions.iter().any(|known| text(known, "/type") == "Ready" && text(known, "/status") == "True")
}

/// Puts a condition into a status in the place of an older one of its type. The time of its last transition
/// stays when only the words change. `stamped` names the fields that hold times.
pub fn put_condition(status: &mut Value, mut condition: Value) {
    let conditions = array(status, "conditions");
    let kind = text(&condition, "/type").to_owned();
    match conditions.iter_mut().find(|known| text(known, "/type") == kind) {
        Some(old) => {
            if old["status"] == condition["status"] {
                condition["lastTransitionTime"] = old["lastTransitionTime"].clone();
                if old["reason"] == condition["reason"] && old["message"] == condition["message"] {
                    condition["lastUpdateTime"] = old["lastUpdateTime"].clone();
                }
            }
            *old = condition;
        }
        None => conditions.push(condition),
    }
}
