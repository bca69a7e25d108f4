//! The nodes, what stands on them, and what else the filters look at: decoded once, judged many times.
//!
//! Pods that say the same to a selector (namespace, labels, anti-affinity, whether they are being deleted) share a
//! [`Class`], so that a selector is held against a class and not against each pod.

use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::amounts::Amounts;
use super::labels::Labels;
use super::pod::{HostPort, PodTerm, apart_terms, claims, host_ports, owner, priority};
use super::volumes::{Disk, Storage, disks};
use crate::base::json::{list, text};
use crate::model::row::Interner;

/// What a check may need beyond nodes and pods, as whole objects. What is `None` was not read: checks that need it say so
/// in `Fit::not_checked`.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// `PersistentVolumeClaims`, at least those of the namespace of the pods that will be judged.
    pub claims: Option<Vec<Value>>,
    /// `PersistentVolumes`.
    pub volumes: Option<Vec<Value>>,
    /// `StorageClasses`.
    pub classes: Option<Vec<Value>>,
    /// Namespaces, for affinity that selects namespaces by their labels.
    pub namespaces: Option<Vec<Value>>,
}

/// A cluster at one moment, ready to judge pods by.
#[derive(Debug, Default)]
pub struct Cluster {
    pub(super) nodes: Vec<FitNode>,
    by_name: FxHashMap<CompactString, usize>,
    pub(super) classes: Vec<Class>,
    class_of: FxHashMap<Class, u32>,
    pub(super) storage: Storage,
    /// Labels of namespaces; `None` when they were not read.
    pub(super) namespaces: Option<FxHashMap<Arc<str>, Labels>>,
    /// Pods that wait with a node promised to them after a preemption.
    pub(super) promised: usize,
    strings: Interner,
}

impl Cluster {
    /// Reads whole objects. Pods that have ended, or stand on no node of these, take no room.
    pub fn new(nodes: &[Value], pods: &[Value], extras: &Extras) -> Self {
        let mut cluster = Self::of_nodes(nodes, extras);
        for pod in pods {
            cluster.add_pod(pod);
        }
        cluster
    }

    /// A cluster without pods, for callers that read them page by page and keep none: see [`Self::add_pod`].
    pub fn of_nodes(nodes: &[Value], extras: &Extras) -> Self {
        let mut strings = Interner::default();
        let storage = Storage::read(extras);
        let namespace = |one: &Value| (strings.get(text(one, "/metadata/name")), Labels::read(one, &mut strings));
        let namespaces = extras.namespaces.as_ref().map(|all| all.iter().map(namespace).collect());
        let nodes: Vec<FitNode> = nodes.iter().map(|node| FitNode::read(node, &mut strings)).collect();
        let by_name = nodes.iter().enumerate().map(|(at, node)| (node.name.clone(), at)).collect();
        Self { nodes, by_name, storage, namespaces, strings, ..Self::default() }
    }

    /// Puts a pod onto its node.
    pub fn add_pod(&mut self, pod: &Value) {
        if matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") {
            return;
        }
        let Some(&at) = self.by_name.get(text(pod, "/spec/nodeName")) else {
            self.promised += usize::from(!text(pod, "/status/nominatedNodeName").is_empty());
            return;
        };
        let class = Class::read(pod, &mut self.strings);
        for claim in claims(pod) {
            self.storage.use_claim(&class.namespace, &claim.name, text(pod, "/metadata/name"));
        }
        let next = self.classes.len() as u32;
        let index = *self.class_of.entry(class).or_insert_with_key(|class| {
            self.classes.push(class.clone());
            next
        });
        self.nodes[at].place(Occupied::read(pod, index, &mut self.strings));
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The place of a node in `nodes`.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }
}

/// What selectors see of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Class {
    pub(super) namespace: Arc<str>,
    pub(super) labels: Labels,
    /// It is being deleted.
    pub(super) is_ending: bool,
    /// The terms of its required anti-affinity.
    pub(super) apart: Vec<PodTerm>,
}

impl Class {
    fn read(pod: &Value, strings: &mut Interner) -> Self {
        let namespace = strings.get(text(pod, "/metadata/namespace"));
        let labels = Labels::read(pod, strings);
        let apart = apart_terms(pod, &namespace, &labels, strings);
        Self { namespace, labels, is_ending: !text(pod, "/metadata/deletionTimestamp").is_empty(), apart }
    }
}

/// A pod that stands on a node.
#[derive(Clone, Debug)]
pub(super) struct Occupied {
    pub(super) name: CompactString,
    /// Its place in `Cluster::classes`.
    pub(super) class: u32,
    pub(super) asks: Amounts,
    pub(super) ports: Box<[HostPort]>,
    pub(super) disks: Box<[Disk]>,
    /// The UID of its controller.
    pub(super) owner: Arc<str>,
    pub(super) priority: i64,
    /// It belongs to the node: a static pod, or one of a `DaemonSet`. To delete it frees nothing.
    pub(super) is_of_node: bool,
}

impl Occupied {
    fn read(pod: &Value, class: u32, strings: &mut Interner) -> Self {
        let annotations = pod.pointer("/metadata/annotations");
        let is_static = annotations.is_some_and(|all| all.get("kubernetes.io/config.mirror").is_some());
        let owners = list(pod, "/metadata/ownerReferences");
        Self {
            name: text(pod, "/metadata/name").into(),
            class,
            asks: Amounts::asked(pod, true, strings),
            ports: host_ports(pod).into(),
            disks: disks(pod).into(),
            owner: owner(pod, strings),
            priority: priority(pod),
            is_of_node: is_static || owners.iter().any(|owner| text(owner, "/kind") == "DaemonSet"),
        }
    }
}

/// A taint that keeps pods away (`NoSchedule`, `NoExecute`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Taint {
    pub(super) key: CompactString,
    pub(super) value: CompactString,
    pub(super) effect: CompactString,
}

impl std::fmt::Display for Taint {
    /// `key=value:effect`, as kubectl describe writes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, value, effect } = self;
        if value.is_empty() { write!(f, "{key}:{effect}") } else { write!(f, "{key}={value}:{effect}") }
    }
}

/// A node and what stands on it.
#[derive(Clone, Debug)]
pub(super) struct FitNode {
    pub(super) name: CompactString,
    pub(super) labels: Labels,
    pub(super) is_cordoned: bool,
    pub(super) taints: Vec<Taint>,
    pub(super) offer: Amounts,
    /// What its pods ask for together.
    pub(super) asked: Amounts,
    pub(super) pods: Vec<Occupied>,
    /// How many pods of each class.
    pub(super) classes: Vec<(u32, usize)>,
}

impl FitNode {
    fn read(node: &Value, strings: &mut Interner) -> Self {
        let taint = |taint: &Value| {
            let of = |path| text(taint, path).into();
            Taint { key: of("/key"), value: of("/value"), effect: of("/effect") }
        };
        let keeps_away = |taint: &Taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute");
        Self {
            name: text(node, "/metadata/name").into(),
            labels: Labels::read(node, strings),
            is_cordoned: node.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or_default(),
            taints: list(node, "/spec/taints").iter().map(taint).filter(keeps_away).collect(),
            offer: Amounts::offered(node, strings),
            asked: Amounts::default(),
            pods: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// Takes a pod in.
    pub(super) fn place(&mut self, pod: Occupied) {
        self.asked.add(&pod.asks, 1);
        match self.classes.iter_mut().find(|(class, _)| *class == pod.class) {
            Some((_, count)) => *count += 1,
            None => self.classes.push((pod.class, 1)),
        }
        self.pods.push(pod);
    }

    /// Takes a pod away.
    pub(super) fn remove(&mut self, at: usize) {
        let pod = self.pods.remove(at);
        self.asked.add(&pod.asks, -1);
        if let Some(at) = self.classes.iter().position(|(class, _)| *class == pod.class) {
            self.classes[at].1 -= 1;
            if self.classes[at].1 == 0 {
                self.classes.remove(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(name: &str, spec: &Value, phase: &str) -> Value {
        let mut pod = json!({"metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}}, "spec": spec,
            "status": {"phase": phase}});
        pod["spec"]["containers"] = json!([{"resources": {"requests": {"cpu": "100m"}}}]);
        pod
    }

    #[test]
    fn pods_that_ended_or_have_no_node_take_no_room() {
        let node = json!({"metadata": {"name": "a"}, "status": {"allocatable": {"cpu": "1"}}});
        let pods = [
            pod("one", &json!({"nodeName": "a"}), "Running"),
            pod("two", &json!({"nodeName": "a"}), "Pending"),
            pod("over", &json!({"nodeName": "a"}), "Succeeded"),
            pod("failed", &json!({"nodeName": "a"}), "Failed"),
            pod("elsewhere", &json!({"nodeName": "gone"}), "Running"),
            pod("waiting", &json!({}), "Pending"),
        ];
        let mut cluster = Cluster::new(&[node], &pods, &Extras::default());
        let node = &mut cluster.nodes[0];
        assert_eq!((node.pods.len(), node.asked.get("cpu"), node.classes.as_slice()), (2, 200, &[(0, 2)][..]));
        node.remove(0);
        assert_eq!((node.pods.len(), node.asked.get("cpu"), node.classes.as_slice()), (1, 100, &[(0, 1)][..]));
        node.remove(0);
        assert!(node.classes.is_empty());
    }

    #[test]
    fn a_taint_as_text() {
        let taints = json!([{"key": "a", "value": "b", "effect": "NoSchedule"}, {"key": "c", "effect": "NoExecute"},
            {"key": "d", "effect": "PreferNoSchedule"}]);
        let node = json!({"metadata": {"name": "a"}, "spec": {"taints": taints}});
        let cluster = Cluster::new(&[node], &[], &Extras::default());
        let shown: Vec<_> = cluster.nodes[0].taints.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["a=b:NoSchedule", "c:NoExecute"]);
    }
}
