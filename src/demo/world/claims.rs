//! Claims and their volumes: bound, provisioned, or waiting, and what the scheduler asks of them.
//!
//! Start with [`World::sync_claims`]. The words are those of the persistent volume controller and of the scheduler.

use serde_json::{Value, json};

use super::event::Event;
use super::kinds::by_plural;
use super::quantity;
use super::schedule::{Refusal, on_node};
use super::store::Object;
use super::{Scope, World};
use crate::demo::json::{at, list, map, set, stamp, text};

const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

impl World {
    /// Binds claims to volumes, or says what they wait for.
    pub(super) fn sync_claims(&mut self, scope: Scope<'_>) {
        for claim in self.in_scope("persistentvolumeclaims", scope) {
            if text(&claim, "/status/phase") == "Bound" {
                continue;
            }
            if text(&claim, "/status/phase").is_empty() {
                self.put_status("persistentvolumeclaims", &claim, json!({"phase": "Pending"}));
            }
            self.sync_claim(&claim);
        }
    }

    fn sync_claim(&mut self, claim: &Object) {
        let class = text(claim, "/spec/storageClassName");
        let stored = self.store.get("storageclasses", "", class);
        let waits = stored.as_ref().is_some_and(|class| waits_for_pods(class));
        let named = |volume: &Value| text(volume, "/spec/claimRef/name") == text(claim, "/metadata/name");
        if let Some(volume) = self.free_volume(claim).filter(|volume| !waits || named(volume)) {
            return self.bind_claim(claim, &volume);
        }
        match stored {
            None if class.is_empty() => {
                let why = "no persistent volumes available for this claim and no storage class is set";
                self.claim_event(claim, false, "FailedBinding", why);
            }
            None => {
                let why = format!("storageclass.storage.k8s.io {class:?} not found");
                self.claim_event(claim, true, "ProvisioningFailed", &why);
            }
            Some(_) if waits => {
                let why = "waiting for first consumer to be created before binding";
                self.claim_event(claim, false, "WaitForFirstConsumer", why);
            }
            Some(class) if text(&class, "/provisioner") != NO_PROVISIONER => self.provision(claim, &class, None),
            Some(_) => {}
        }
    }

    fn claim_event(&mut self, claim: &Value, warning: bool, reason: &str, message: &str) {
        let component = "persistentvolume-controller";
        let message = message.to_owned();
        self.record(claim, &Event { warning, reason, message, component, ..Event::default() });
    }

    /// A volume that nobody has and that a claim can have.
    fn free_volume(&self, claim: &Value) -> Option<Object> {
        let size = |object: &Value, pointer: &str| quantity::of(at(object, pointer));
        self.store.list("persistentvolumes", None).into_iter().find(|volume| {
            let reference = &volume["spec"]["claimRef"];
            let is_free = text(volume, "/status/phase") != "Bound"
                && (reference.is_null()
                    || (reference["name"] == claim["metadata"]["name"]
                        && reference["namespace"] == claim["metadata"]["namespace"]));
            let has = |mode: &Value| list(volume, "/spec/accessModes").contains(mode);
            is_free
                && text(volume, "/spec/storageClassName") == text(claim, "/spec/storageClassName")
                && size(volume, "/spec/capacity/storage") >= size(claim, "/spec/resources/requests/storage")
                && list(claim, "/spec/accessModes").iter().all(has)
        })
    }

    fn bind_claim(&mut self, claim: &Value, volume: &Value) {
        let mut bound = volume.clone();
        let reference = json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1",
            "namespace": claim["metadata"]["namespace"], "name": claim["metadata"]["name"], "uid": claim["metadata"]["uid"]});
        set(&mut bound, &["spec", "claimRef"], reference);
        set(&mut bound, &["status", "phase"], "Bound".into());
        self.store.put("persistentvolumes", bound);
        let mut claim = claim.clone();
        set(&mut claim, &["spec", "volumeName"], volume["metadata"]["name"].clone());
        set(&mut claim, &["metadata", "annotations", "pv.kubernetes.io/bind-completed"], "yes".into());
        claim["status"] = json!({"phase": "Bound", "accessModes": volume["spec"]["accessModes"],
            "capacity": volume["spec"]["capacity"]});
        self.store.put("persistentvolumeclaims", claim);
    }

    /// Makes a volume for a claim, where the pod is if there is one.
    fn provision(&mut self, claim: &Value, class: &Value, node: Option<&str>) {
        let name = format!("pvc-{}", text(claim, "/metadata/uid"));
        let provisioner = text(class, "/provisioner");
        let mut volume = json!({"metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": provisioner}},
            "spec": {"accessModes": claim["spec"]["accessModes"], "storageClassName": class["metadata"]["name"],
                "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
                "persistentVolumeReclaimPolicy": "Delete", "volumeMode": "Filesystem",
                "csi": {"driver": provisioner, "volumeHandle": name}}});
        let zone = node
            .and_then(|node| self.store.get("nodes", "", node))
            .and_then(|node| map(&node, "/metadata/labels")?.get("topology.kubernetes.io/zone").cloned());
        if let Some(zone) = zone {
            volume["spec"]["nodeAffinity"] = json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}]}});
        }
        if let Some(kind) = by_plural("persistentvolumes")
            && let Ok(volume) = self.create(kind, volume)
        {
            let message = format!("Successfully provisioned volume {name}");
            let event = Event { reason: "ProvisioningSucceeded", message, component: provisioner, ..Event::default() };
            self.record(claim, &event);
            self.bind_claim(claim, &volume);
        }
    }

    /// The claims of a pod that are there.
    fn claims_of(&self, pod: &Value) -> Vec<Object> {
        let namespace = text(pod, "/metadata/namespace");
        claims(pod).filter_map(|name| self.store.get("persistentvolumeclaims", namespace, name)).collect()
    }

    /// What keeps a pod from every node: a claim that is not there, or not bound though it should be.
    pub(super) fn claim_error(&self, pod: &Value) -> Option<String> {
        let namespace = text(pod, "/metadata/namespace");
        let missing = claims(pod).find(|name| self.store.get("persistentvolumeclaims", namespace, name).is_none());
        if let Some(name) = missing {
            return Some(format!("persistentvolumeclaim {name:?} not found"));
        }
        let at_once = |claim: &Object| {
            let class = self.store.get("storageclasses", "", text(claim, "/spec/storageClassName"));
            !class.is_some_and(|class| waits_for_pods(&class))
        };
        let unbound =
            self.claims_of(pod).into_iter().any(|claim| text(&claim, "/spec/volumeName").is_empty() && at_once(&claim));
        unbound.then(|| "pod has unbound immediate PersistentVolumeClaims".to_owned())
    }

    /// What the volumes of a pod have against a node.
    pub(super) fn volume_refusal(&self, pod: &Value, node: &Value) -> Option<Refusal> {
        self.claims_of(pod).iter().find_map(|claim| {
            let name = text(claim, "/spec/volumeName");
            if name.is_empty() {
                let class = self.store.get("storageclasses", "", text(claim, "/spec/storageClassName"))?;
                let unserved = text(&class, "/provisioner") == NO_PROVISIONER
                    && !self.free_volume(claim).is_some_and(|volume| reaches(&volume, node));
                return unserved.then(|| Refusal::for_good("node(s) didn't find available persistent volumes to bind"));
            }
            let volume = self.store.get("persistentvolumes", "", name)?;
            (!reaches(&volume, node))
                .then(|| Refusal::for_good("node(s) didn't match PersistentVolume's node affinity"))
        })
    }

    /// A pod has a node: its claims that waited for that get their volumes.
    pub(super) fn bind_claims(&mut self, pod: &Value, node: &str) {
        for claim in self.claims_of(pod) {
            if text(&claim, "/spec/volumeName").is_empty() {
                let class = self.store.get("storageclasses", "", text(&claim, "/spec/storageClassName"));
                match (self.free_volume(&claim), class) {
                    (Some(volume), _) => self.bind_claim(&claim, &volume),
                    (None, Some(class)) => self.provision(&claim, &class, Some(node)),
                    (None, None) => {}
                }
            }
        }
    }

    /// Makes the claims that a pod of a StatefulSet has for itself.
    pub(super) fn make_claims(&mut self, owner: &Value, pod: &str) {
        for template in list(owner, "/spec/volumeClaimTemplates") {
            let name = format!("{}-{pod}", text(template, "/metadata/name"));
            let namespace = text(owner, "/metadata/namespace");
            if self.store.get("persistentvolumeclaims", namespace, &name).is_none()
                && let Some(kind) = by_plural("persistentvolumeclaims")
            {
                let claim = json!({"metadata": {"name": name, "namespace": namespace,
                    "labels": owner["spec"]["selector"]["matchLabels"]}, "spec": template["spec"]});
                // That it is there already is as good.
                drop(self.create(kind, claim));
                let set = text(owner, "/metadata/name");
                let message = format!("Create Claim {name} Pod {pod} in StatefulSet {set} success");
                self.owner_event(owner, "statefulset-controller", "SuccessfulCreate", message);
            }
        }
    }
}

/// What a new claim gets by itself: how it is mounted, and the class that is the default.
pub(super) fn claim_defaults(claim: &mut Value, classes: &[Object]) {
    const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";
    crate::demo::json::default(&mut claim["spec"], "volumeMode", "Filesystem".into());
    let class = classes.iter().find(|class| class["metadata"]["annotations"][DEFAULT] == "true");
    if let Some(class) = class {
        crate::demo::json::default(&mut claim["spec"], "storageClassName", class["metadata"]["name"].clone());
    }
    claim["status"] = json!({"phase": "Pending"});
}

/// What a new volume gets by itself.
pub(super) fn volume_defaults(volume: &mut Value, now: crate::base::stamp::Stamp) {
    for (field, value) in [("volumeMode", "Filesystem"), ("persistentVolumeReclaimPolicy", "Retain")] {
        crate::demo::json::default(&mut volume["spec"], field, value.into());
    }
    volume["status"] = json!({"phase": "Available", "lastPhaseTransitionTime": stamp(now)});
}

/// The names of the claims that a pod mounts.
pub(super) fn claims(pod: &Value) -> impl Iterator<Item = &str> {
    let names = list(pod, "/spec/volumes").iter().map(|volume| text(volume, "/persistentVolumeClaim/claimName"));
    names.filter(|name| !name.is_empty())
}

fn waits_for_pods(class: &Value) -> bool {
    text(class, "/volumeBindingMode") == "WaitForFirstConsumer"
}

/// Whether a volume can be had on a node.
fn reaches(volume: &Value, node: &Value) -> bool {
    at(volume, "/spec/nodeAffinity/required").is_none_or(|required| on_node(required, node))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::stamp::Stamp;

    fn world(mode: &str) -> World {
        let mut world = World::empty(1, Stamp::from_seconds(1_000));
        world.store.put("namespaces", json!({"metadata": {"name": "data"}}));
        let class = json!({"kind": "StorageClass", "apiVersion": "storage.k8s.io/v1", "metadata": {"name": "ssd"},
            "provisioner": "csi.acme.dev", "volumeBindingMode": mode});
        world.store.put("storageclasses", class);
        world
    }

    fn claim(world: &mut World, class: &str) -> Object {
        let kind = by_plural("persistentvolumeclaims").expect("a kind");
        let claim = json!({"metadata": {"name": "a", "namespace": "data"}, "spec": {"storageClassName": class,
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
        world.create(kind, claim).expect("valid");
        world.settle();
        world.store.get("persistentvolumeclaims", "data", "a").expect("there")
    }

    fn events(world: &World) -> Vec<String> {
        world.store.list("events", Some("data")).iter().map(|event| text(event, "/message").to_owned()).collect()
    }

    #[test]
    fn a_claim_is_bound_at_once_or_when_it_is_used() {
        let mut at_once = world("Immediate");
        assert_eq!(text(&claim(&mut at_once, "ssd"), "/status/phase"), "Bound");
        assert_eq!(at_once.store.list("persistentvolumes", None).len(), 1);
        let mut later = world("WaitForFirstConsumer");
        assert_eq!(text(&claim(&mut later, "ssd"), "/status/phase"), "Pending");
        assert_eq!(events(&later), ["waiting for first consumer to be created before binding"]);
        let pod = json!({"metadata": {"namespace": "data"}, "spec": {"volumes": [{"persistentVolumeClaim": {"claimName": "a"}}]}});
        assert_eq!(later.claim_error(&pod), None);
        later.bind_claims(&pod, "node-1");
        let bound = later.store.get("persistentvolumeclaims", "data", "a").expect("there");
        assert_eq!(text(&bound, "/status/phase"), "Bound");
    }

    #[test]
    fn a_claim_of_a_class_that_is_not_there_waits_and_says_so() {
        let mut world = world("Immediate");
        assert_eq!(text(&claim(&mut world, "fast"), "/status/phase"), "Pending");
        assert_eq!(events(&world), ["storageclass.storage.k8s.io \"fast\" not found"]);
    }

    #[test]
    fn a_volume_elsewhere_is_out_of_reach() {
        let mut world = world("Immediate");
        world.store.put(
            "persistentvolumes",
            json!({"kind": "PersistentVolume", "apiVersion": "v1", "metadata": {"name": "v"},
            "spec": {"storageClassName": "local", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
                "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                    {"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-z"]}]}]}}}}),
        );
        assert_eq!(text(&claim(&mut world, "local"), "/spec/volumeName"), "v");
        let pod = json!({"metadata": {"namespace": "data"}, "spec": {"volumes": [{"persistentVolumeClaim": {"claimName": "a"}}]}});
        let node = |name: &str| json!({"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}});
        assert!(world.volume_refusal(&pod, &node("node-z")).is_none());
        let refusal = world.volume_refusal(&pod, &node("node-a")).expect("refused");
        assert_eq!(refusal.reasons, ["node(s) didn't match PersistentVolume's node affinity"]);
    }
}
