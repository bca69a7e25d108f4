//! What pods on a node leave of it: ports and resources.

use std::sync::Arc;

use super::{Found, Plan, found};
use crate::diagnosis::fit::amounts::shown;
use crate::diagnosis::fit::cluster::FitNode;
use crate::diagnosis::fit::pod::{ANY_ADDRESS, FitPod, HostPort};

/// `NodePorts`.
pub(super) fn ports(plan: &Plan<'_>, node: &FitNode) -> Found {
    let detail = plan.pod.ports.iter().filter_map(|wanted| taken(plan, node, wanted)).collect();
    found("node(s) didn't have free ports for the requested pod ports", detail)
}

fn taken(plan: &Plan<'_>, node: &FitNode, wanted: &HostPort) -> Option<String> {
    let holder = node.pods.iter().find(|pod| pod.ports.iter().any(|port| conflicts(wanted, port)))?;
    let namespace = &plan.view.cluster.classes[holder.class as usize].namespace;
    Some(format!("host port {}/{} is taken by {namespace}/{}", wanted.port, wanted.protocol, holder.name))
}

/// Whether two ports are the same of the same address, or of all addresses.
pub(in super::super) fn conflicts(one: &HostPort, other: &HostPort) -> bool {
    let meets = one.ip == other.ip || one.ip == ANY_ADDRESS || other.ip == ANY_ADDRESS;
    one.port == other.port && one.protocol == other.protocol && meets
}

/// `NodeResourcesFit`.
pub(super) fn resources(pod: &FitPod, node: &FitNode) -> Found {
    let (mut reasons, mut detail) = Found::default();
    if is_full(node) {
        let most = node.offer.get("pods");
        reasons.push("Too many pods".into());
        detail.push(format!("pods: {} are there, {most} at most", node.pods.len()));
    }
    for (name, asks) in lacking(pod, node) {
        reasons.push(format!("Insufficient {name}").into());
        let (free, offer, asked) = (free(node, name).max(0), node.offer.get(name), node.asked.get(name));
        let by = node.pods.iter().filter(|pod| pod.asks.get(name) > 0).count();
        let (asks, free) = (shown(name, asks), shown(name, free));
        let (offer, asked) = (shown(name, offer), shown(name, asked));
        let by = if by == 1 { "1 pod".to_owned() } else { format!("{by} pods") };
        detail.push(format!("{name}: asks {asks}, free {free} of {offer} (requested {asked} by {by})"));
    }
    (reasons, detail)
}

/// The resources that a pod asks more of than is free, and how much it asks.
pub(in super::super) fn lacking<'p>(pod: &'p FitPod, node: &FitNode) -> impl Iterator<Item = (&'p Arc<str>, i64)> {
    pod.asks.iter().filter(|(name, asks)| *asks > free(node, name))
}

/// What is left of a resource; negative where pods ask for more than there is.
pub(in super::super) fn free(node: &FitNode, name: &str) -> i64 {
    node.offer.get(name).saturating_sub(node.asked.get(name))
}

/// Whether a node takes no further pod, whatever it asks for.
pub(in super::super) fn is_full(node: &FitNode) -> bool {
    node.pods.len() as i64 >= node.offer.get("pods")
}
