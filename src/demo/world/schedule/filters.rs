//! The filters: why a node does not take a pod. In the scheduler's order; the first that refuses is the answer.

use serde_json::Value;

use super::usage::{Usage, capacity, host_ports, requests};
use super::{Scene, apart, labels};
use crate::demo::json::{list, text};

/// Why a node refuses a pod.
pub(in crate::demo::world) struct Refusal {
    pub reasons: Vec<String>,
    /// Whether taking other pods away could help.
    pub resolvable: bool,
}

impl Refusal {
    /// One that no other pod is to blame for.
    pub fn for_good(reason: &str) -> Self {
        Self { reasons: vec![reason.to_owned()], resolvable: false }
    }

    /// One that is due to other pods.
    pub fn for_now(reason: &str) -> Self {
        Self { reasons: vec![reason.to_owned()], resolvable: true }
    }
}

/// Why a node does not take a pod. `volumes` says what its volumes have against the node.
pub(super) fn refuse(
    pod: &Value,
    node: &Value,
    scene: &Scene<'_>,
    volumes: impl FnOnce() -> Option<Refusal>,
) -> Option<Refusal> {
    let nothing = Usage::default();
    let used = scene.used.get(text(node, "/metadata/name")).unwrap_or(&nothing);
    closed(pod, node)
        .or_else(|| tainted(pod, node))
        .or_else(|| unwanted(pod, node))
        .or_else(|| ports_taken(pod, used))
        .or_else(|| too_full(pod, node, used))
        .or_else(volumes)
        .or_else(|| apart::uneven(pod, node, scene))
        .or_else(|| apart::incompatible(pod, node, scene))
}

fn closed(pod: &Value, node: &Value) -> Option<Refusal> {
    let closed = node["spec"]["unschedulable"] == true;
    (closed && !tolerates(pod, "node.kubernetes.io/unschedulable", "", "NoSchedule"))
        .then(|| Refusal::for_good("node(s) were unschedulable"))
}

fn tainted(pod: &Value, node: &Value) -> Option<Refusal> {
    let untolerated = list(node, "/spec/taints").iter().any(|taint| {
        let effect = text(taint, "/effect");
        effect != "PreferNoSchedule" && !tolerates(pod, text(taint, "/key"), text(taint, "/value"), effect)
    });
    untolerated.then(|| Refusal::for_good("node(s) had untolerated taint(s)"))
}

fn unwanted(pod: &Value, node: &Value) -> Option<Refusal> {
    (!labels::wants(pod, node)).then(|| Refusal::for_good("node(s) didn't match Pod's node affinity/selector"))
}

fn ports_taken(pod: &Value, used: &Usage) -> Option<Refusal> {
    let clash = host_ports(pod).iter().any(|(protocol, address, number)| {
        used.ports.iter().any(|(other, at, taken)| {
            other == protocol && taken == number && (at == address || at == "0.0.0.0" || address == "0.0.0.0")
        })
    });
    clash.then(|| Refusal::for_now("node(s) didn't have free ports for the requested pod ports"))
}

fn too_full(pod: &Value, node: &Value, used: &Usage) -> Option<Refusal> {
    let mut reasons = Vec::new();
    let mut resolvable = true;
    if (used.pods + 1) * 1_000 > capacity(node, "pods") {
        reasons.push("Too many pods".to_owned());
    }
    for (what, asked) in requests(pod) {
        let all = capacity(node, &what);
        if used.of(&what) + asked > all {
            reasons.push(format!("Insufficient {what}"));
            resolvable &= asked <= all;
        }
    }
    (!reasons.is_empty()).then_some(Refusal { reasons, resolvable })
}

/// Whether a pod tolerates a taint.
pub(in crate::demo::world) fn tolerates(pod: &Value, key: &str, value: &str, effect: &str) -> bool {
    list(pod, "/spec/tolerations").iter().any(|toleration| {
        let (wanted, kind) = (text(toleration, "/key"), text(toleration, "/effect"));
        let exists = text(toleration, "/operator") == "Exists";
        (wanted == key || (wanted.is_empty() && exists))
            && (kind.is_empty() || kind == effect)
            && (exists || text(toleration, "/value") == value)
    })
}
