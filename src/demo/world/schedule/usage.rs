//! What pods ask for and what nodes have of it, in thousandths.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::quantity;
use super::super::store::Object;
use crate::demo::json::{at, flag, int, list, map, text};

/// What the pods of a node ask for.
#[derive(Debug, Default)]
pub(super) struct Usage {
    resources: BTreeMap<String, i64>,
    /// How many pods.
    pub pods: i64,
    /// Ports of the node that are taken: protocol, address, number.
    pub ports: BTreeSet<(String, String, i64)>,
}

impl Usage {
    pub fn of_nodes(pods: &[Object]) -> BTreeMap<String, Self> {
        let mut nodes: BTreeMap<String, Self> = BTreeMap::new();
        for pod in pods.iter().filter(|pod| !text(pod, "/spec/nodeName").is_empty()) {
            if !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") {
                nodes.entry(text(pod, "/spec/nodeName").to_owned()).or_default().add(pod);
            }
        }
        nodes
    }

    pub fn add(&mut self, pod: &Value) {
        for (what, amount) in requests(pod) {
            *self.resources.entry(what).or_default() += amount;
        }
        self.pods += 1;
        self.ports.extend(host_ports(pod));
    }

    pub fn of(&self, what: &str) -> i64 {
        self.resources.get(what).copied().unwrap_or_default()
    }
}

/// What a pod asks for: the sum of its containers and sidecars, or its largest init container.
pub(super) fn requests(pod: &Value) -> BTreeMap<String, i64> {
    let all = list(pod, "/spec/containers").iter().chain(list(pod, "/spec/initContainers"));
    let names: BTreeSet<&String> =
        all.filter_map(|container| map(container, "/resources/requests")).flat_map(|asked| asked.keys()).collect();
    names.into_iter().map(|name| (name.clone(), request(pod, name))).filter(|(_, amount)| *amount > 0).collect()
}

fn request(pod: &Value, what: &str) -> i64 {
    let ask = |container: &Value| quantity::of(at(container, "/resources/requests").and_then(|asked| asked.get(what)));
    let (mut sidecars, mut peak) = (0, 0);
    for init in list(pod, "/spec/initContainers") {
        if text(init, "/restartPolicy") == "Always" {
            sidecars += ask(init);
            peak = peak.max(sidecars);
        } else {
            peak = peak.max(sidecars + ask(init));
        }
    }
    let mains: i64 = list(pod, "/spec/containers").iter().map(ask).sum();
    (mains + sidecars).max(peak)
}

/// What a node has for pods.
pub(super) fn capacity(node: &Value, what: &str) -> i64 {
    quantity::of(at(node, "/status/allocatable").and_then(|has| has.get(what)))
}

/// The ports of its node that a pod takes.
pub(super) fn host_ports(pod: &Value) -> Vec<(String, String, i64)> {
    let of_node = flag(pod, "/spec/hostNetwork");
    let ports = list(pod, "/spec/containers").iter().flat_map(|container| list(container, "/ports"));
    ports
        .filter_map(|port| {
            let number = int(port, "/hostPort").or_else(|| int(port, "/containerPort").filter(|_| of_node))?;
            let or = |word: &str, other: &str| if word.is_empty() { other.to_owned() } else { word.to_owned() };
            Some((or(text(port, "/protocol"), "TCP"), or(text(port, "/hostIP"), "0.0.0.0"), number))
        })
        .collect()
}
