//! What happens to nodes that answer: closed to new pods, out of disk, started anew.
//!
//! Nodes that do not answer are in `node`. The words are those of kubelet 1.35.

use serde_json::{Value, json};

use super::World;
use super::event::Event;
use crate::demo::json::{array, set, stamp, text};

const TAINT: &str = "node.kubernetes.io/disk-pressure";

impl World {
    /// Somebody closes a node.
    pub(super) fn cordon(&mut self, name: &str) {
        let Some(node) = self.store.get("nodes", "", name) else { return };
        let mut closed = (*node).clone();
        set(&mut closed, &["spec", "unschedulable"], true.into());
        self.store.put("nodes", closed);
    }

    /// A node that is closed has a taint that says so, as the node controller sees to; and its kubelet tells of it.
    pub(super) fn sync_cordons(&mut self) {
        const KEY: &str = "node.kubernetes.io/unschedulable";
        for node in self.store.list("nodes", None) {
            let closed = node["spec"]["unschedulable"] == true;
            let mut tainted = (*node).clone();
            let taints = array(&mut tainted["spec"], "taints");
            let has = taints.iter().any(|taint| text(taint, "/key") == KEY);
            if closed == has {
                continue;
            }
            if closed {
                taints.push(json!({"key": KEY, "effect": "NoSchedule", "timeAdded": stamp(self.now)}));
            } else {
                taints.retain(|taint| text(taint, "/key") != KEY);
            }
            let tainted = self.store.put("nodes", tainted);
            let reason = if closed { "NodeNotSchedulable" } else { "NodeSchedulable" };
            self.node_event(&tainted, false, reason, format!("Node {} status is now: {reason}", name_of(&node)));
        }
    }

    /// The disk of a node is full: it says so, takes no more pods, and evicts those that ask for least.
    pub(super) fn fill_disk(&mut self, name: &str) {
        let Some(kubelet) = self.nodes.get_mut(name) else { return };
        kubelet.disk_pressure = true;
        let Some(node) = self.store.get("nodes", "", name) else { return };
        let mut tainted = (*node).clone();
        array(&mut tainted["spec"], "taints")
            .push(json!({"key": TAINT, "effect": "NoSchedule", "timeAdded": stamp(self.now)}));
        let node = self.store.put("nodes", tainted);
        let threshold = "Attempting to reclaim ephemeral-storage".to_owned();
        self.node_event(&node, true, "EvictionThresholdMet", threshold);
        let message = format!("Node {name} status is now: NodeHasDiskPressure");
        self.node_event(&node, false, "NodeHasDiskPressure", message);
        self.beat(name);
        // Pods that ask for nothing go first; one at a time, and the rest only if that was not enough.
        let victim = self.pods.values().find(|pod| {
            pod.node == name
                && pod.failed.is_none()
                && self
                    .store
                    .get("pods", &pod.namespace, &pod.name)
                    .is_some_and(|object| text(&object, "/metadata/ownerReferences/0/kind") == "ReplicaSet")
        });
        let Some((uid, container)) =
            victim.and_then(|pod| Some((pod.uid.clone(), pod.containers.first()?.name.clone())))
        else {
            return;
        };
        self.evict_for_pressure(
            &uid,
            &format!(
                "The node was low on resource: ephemeral-storage. Threshold quantity: 9463695825, available: 8811240Ki. \
                 Container {container} was using 14Gi, request is 0, has larger consumption of ephemeral-storage. "
            ),
        );
    }

    /// A machine starts anew: all that ran on it has ended without a trace of how, and is started again.
    pub(super) fn reboot(&mut self, name: &str) {
        let Some(node) = self.store.get("nodes", "", name).filter(|_| self.kubelet_lives(name)) else { return };
        let boot = self.random.uuid();
        let mut booted = (*node).clone();
        set(&mut booted, &["status", "nodeInfo", "bootID"], boot.clone().into());
        let node = self.store.put("nodes", booted);
        self.node_event(&node, false, "Starting", "Starting kubelet.".to_owned());
        let message = format!("Node {name} has been rebooted, boot id: {boot}");
        self.node_event(&node, true, "Rebooted", message);
        let here: Vec<String> =
            self.pods.values().filter(|pod| pod.node == name && !pod.stopping).map(|pod| pod.uid.clone()).collect();
        for uid in here {
            let running: Vec<usize> = self.pods.get(&uid).map_or_else(Vec::new, |pod| {
                let all = pod.containers.iter().enumerate();
                all.filter(|(_, container)| container.is_running()).map(|(index, _)| index).collect()
            });
            if running.is_empty() {
                continue;
            }
            if let Some(object) = self.pod_object(&uid) {
                let message = "Pod sandbox changed, it will be killed and re-created.".to_owned();
                let event =
                    Event { reason: "SandboxChanged", message, component: "kubelet", host: name, ..Event::default() };
                self.record(&object, &event);
            }
            for index in running {
                self.exited(&uid, index, 255, "Unknown");
            }
            self.publish(&uid);
        }
    }

    fn node_event(&mut self, node: &Value, warning: bool, reason: &str, message: String) {
        let host = name_of(node).to_owned();
        self.record(node, &Event { warning, reason, message, component: "kubelet", host: &host, ..Event::default() });
    }
}

fn name_of(node: &Value) -> &str {
    text(node, "/metadata/name")
}
