//! Nodes: heartbeats of those that live, and what the control plane does about those that no longer do.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::event::Event;
use super::replicas::{is_ready, put_condition};
use super::store::Object;
use super::write::Deletion;
use super::{Task, World};
use crate::demo::json::{array, list, precise, set, stamp, text, time};

/// Seconds between the renewals of a node's lease; its status goes with it.
const HEARTBEAT: f64 = 10.0;
/// After this silence a node counts as not ready, in microseconds (the node monitor's grace period).
const GRACE: i64 = 50_000_000;

/// What the world knows of a kubelet.
#[derive(Debug, Default)]
pub(super) struct Kubelet {
    /// Whether it is reachable.
    pub alive: bool,
    /// Whether its disk is full.
    pub disk_pressure: bool,
    /// The third number of its pods' addresses.
    pub number: usize,
    /// Addresses given out.
    pub addresses: usize,
    /// The images that it has.
    pub images: BTreeSet<String>,
    /// What was written to its file system; `None` marks what was removed.
    pub files: BTreeMap<String, Option<String>>,
}

impl World {
    /// Takes a new node in.
    pub(super) fn join(&mut self, node: &Value) {
        let name = text(node, "/metadata/name").to_owned();
        let number = self.nodes.len();
        self.nodes.insert(name.clone(), Kubelet { alive: true, number, ..Kubelet::default() });
        self.heartbeat(&name);
        let message = format!("Node {name} event: Registered Node {name} in Controller");
        let event = Event { reason: "RegisteredNode", message, component: "node-controller", ..Event::default() };
        self.record(node, &event);
    }

    pub(super) fn kubelet_lives(&self, node: &str) -> bool {
        self.nodes.get(node).is_some_and(|kubelet| kubelet.alive)
    }

    pub(super) fn node_ip(&self, node: &str) -> String {
        let object = self.store.get("nodes", "", node);
        object.map(|node| text(&node, "/status/addresses/0/address").to_owned()).unwrap_or_default()
    }

    /// The machine is switched off, or on again.
    pub(super) fn power(&mut self, node: &str, on: bool) {
        let Some(kubelet) = self.nodes.get_mut(node) else { return };
        if kubelet.alive != on {
            kubelet.alive = on;
            if on {
                self.heartbeat(node);
                self.sync_kubelets();
            }
        }
    }

    pub(super) fn heartbeat(&mut self, name: &str) {
        if !self.kubelet_lives(name) {
            return;
        }
        self.beat(name);
        let wait = self.calm_until.micros_since(self.now).map_or(0.0, |micros| micros as f64 / 1e6);
        self.later(HEARTBEAT.max(wait), Task::Heartbeat(name.to_owned()));
    }

    /// A kubelet writes how its node is.
    pub(super) fn beat(&mut self, name: &str) {
        let Some(node) = self.store.get("nodes", "", name).filter(|_| self.kubelet_lives(name)) else { return };
        let mut alive = (*node).clone();
        let was_ready = is_ready(&node);
        let full = self.nodes.get(name).is_some_and(|kubelet| kubelet.disk_pressure);
        let disk = if full {
            ("DiskPressure", "KubeletHasDiskPressure", "kubelet has disk pressure")
        } else {
            ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure")
        };
        for (kind, reason, message) in [
            ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            disk,
            ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            ("Ready", "KubeletReady", "kubelet is posting ready status"),
        ] {
            let status = if kind == "Ready" || (kind == "DiskPressure" && full) { "True" } else { "False" };
            put_condition(
                &mut alive["status"],
                json!({"type": kind, "status": status, "lastHeartbeatTime": stamp(self.now),
                "lastTransitionTime": stamp(self.now), "reason": reason, "message": message}),
            );
        }
        if let Some(taints) = alive["spec"].get("taints").and_then(Value::as_array) {
            let kept: Vec<Value> =
                taints.iter().filter(|taint| !text(taint, "/key").ends_with("/unreachable")).cloned().collect();
            set(&mut alive, &["spec", "taints"], kept.into());
        }
        let alive = self.store.put("nodes", alive);
        if !was_ready {
            let message = format!("Node {name} status is now: NodeReady");
            self.record(
                &alive,
                &Event { reason: "NodeReady", message, component: "kubelet", host: name, ..Event::default() },
            );
            for uid in self.pods_of(name) {
                self.publish(&uid);
            }
        }
        self.renew_lease(&alive);
    }

    fn pods_of(&self, node: &str) -> Vec<String> {
        self.pods.values().filter(|pod| pod.node == node).map(|pod| pod.uid.clone()).collect()
    }

    fn renew_lease(&mut self, node: &Value) {
        let name = text(node, "/metadata/name");
        let mut lease = self.store.get("leases", "kube-node-lease", name).map_or_else(
            || json!({"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "metadata": {"name": name,
                "namespace": "kube-node-lease", "uid": self.random.uuid(), "creationTimestamp": stamp(self.now),
                "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}]}}),
            |lease| (*lease).clone(),
        );
        lease["spec"] = json!({"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": precise(self.now, 6)});
        self.store.put("leases", lease);
    }

    /// Looks for nodes that went silent, and for pods that may no longer stay on them.
    pub(super) fn judge_nodes(&mut self) {
        for node in self.store.list("nodes", None) {
            let name = text(&node, "/metadata/name");
            if !self.kubelet_lives(name) {
                let lease = self.store.get("leases", "kube-node-lease", name);
                let seen = lease.map(|lease| time(&lease, "/spec/renewTime")).unwrap_or_default();
                if self.now.micros_since(seen).is_some_and(|silence| silence > GRACE) {
                    self.give_up(&node);
                }
            }
        }
        self.evict_tainted();
        self.later(5.0, Task::Nodes);
    }

    fn give_up(&mut self, node: &Object) {
        let already = list(node, "/status/conditions")
            .iter()
            .any(|known| text(known, "/type") == "Ready" && text(known, "/status") == "Unknown");
        if already {
            return;
        }
        let name = text(node, "/metadata/name").to_owned();
        let mut silent = (**node).clone();
        for kind in ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"] {
            let old = list(node, "/status/conditions").iter().find(|known| text(known, "/type") == kind);
            let heard = old.map(|old| old["lastHeartbeatTime"].clone()).unwrap_or_default();
            put_condition(
                &mut silent["status"],
                json!({"type": kind, "status": "Unknown", "lastHeartbeatTime": heard,
                "lastTransitionTime": stamp(self.now), "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}),
            );
        }
        for effect in ["NoSchedule", "NoExecute"] {
            array(&mut silent["spec"], "taints")
                .push(json!({"key": "node.kubernetes.io/unreachable", "effect": effect,
                "timeAdded": stamp(self.now)}));
        }
        let silent = self.store.put("nodes", silent);
        let message = format!("Node {name} status is now: NodeNotReady");
        self.record(
            &silent,
            &Event { reason: "NodeNotReady", message, component: "node-controller", ..Event::default() },
        );
        for pod in self.store.list("pods", None) {
            if text(&pod, "/spec/nodeName") == name && is_ready(&pod) {
                self.mark_not_ready(&pod);
            }
        }
    }

    /// The pods of a silent node go on saying Running, but count as not ready.
    fn mark_not_ready(&mut self, pod: &Value) {
        let mut marked = pod.clone();
        let now = stamp(self.now);
        for condition in array(&mut marked["status"], "conditions") {
            if text(condition, "/type") == "Ready" {
                condition["status"] = "False".into();
                condition["lastTransitionTime"] = now.clone();
            }
        }
        self.store.put("pods", marked);
        let event = Event {
            warning: true,
            reason: "NodeNotReady",
            message: "Node is not ready".to_owned(),
            component: "node-controller",
            ..Event::default()
        };
        self.record(pod, &event);
    }

    fn evict_tainted(&mut self) {
        for node in self.store.list("nodes", None) {
            for taint in list(&node, "/spec/taints").iter().filter(|taint| text(taint, "/effect") == "NoExecute") {
                let since = time(taint, "/timeAdded");
                for pod in self.store.list("pods", None) {
                    if text(&pod, "/spec/nodeName") == text(&node, "/metadata/name") {
                        self.evict_if_due(
                            &pod,
                            text(taint, "/key"),
                            since.latest(time(&pod, "/metadata/creationTimestamp")),
                        );
                    }
                }
            }
        }
    }

    fn evict_if_due(&mut self, pod: &Value, key: &str, since: crate::base::stamp::Stamp) {
        let matching = list(pod, "/spec/tolerations").iter().find(|known| {
            matches!(text(known, "/key"), "" | "node.kubernetes.io/unreachable")
                && (text(known, "/key").is_empty() || text(known, "/key") == key)
        });
        let stays = match matching.map(|known| known.get("tolerationSeconds").and_then(Value::as_i64)) {
            Some(None) => return,
            Some(Some(seconds)) => seconds,
            None => 0,
        };
        let due = self.now.micros_since(since).is_none_or(|passed| passed >= stays * 1_000_000);
        if due && pod["metadata"]["deletionTimestamp"].is_null() {
            let whole = format!("{}/{}", text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
            let message = format!("Marking for deletion Pod {whole}");
            self.record(
                pod,
                &Event {
                    reason: "TaintManagerEviction",
                    message,
                    component: "taint-eviction-controller",
                    ..Event::default()
                },
            );
            self.delete_pod(pod, &Deletion::default());
        }
    }
}
