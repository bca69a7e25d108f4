//! A node as a row.

use std::sync::Arc;

use compact_str::CompactString;

use super::kind::Kind;
use super::load::{NodeLoad, Offer};
use super::row::{Health, Interner, Meta, Row, WireRow};
use super::wire::{self, lossy};
use crate::base::stamp::Stamp;

/// The label whose suffix is a role.
const ROLE_PREFIX: &str = "node-role.kubernetes.io/";
/// The older label whose value is a role.
const ROLE_LABEL: &str = "kubernetes.io/role";

/// What lists, filters and the inspector read of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeRow {
    /// Name, labels.
    pub meta: Meta,
    /// STATUS as kubectl prints it: `Ready,SchedulingDisabled`.
    pub status: CompactString,
    /// ROLES, comma-joined; `<none>` where there are none.
    pub roles: CompactString,
    /// The kubelet's version.
    pub version: CompactString,
    /// First internal address; empty where there is none.
    pub internal_ip: CompactString,
    /// First external address; empty where there is none.
    pub external_ip: CompactString,
    /// Operating system image.
    pub os_image: Arc<str>,
    /// Kernel version.
    pub kernel: Arc<str>,
    /// Container runtime and version.
    pub runtime: Arc<str>,
    /// What it has for pods.
    pub offer: Offer,
    /// What its pods ask of it, put here by the store; `None` while not all pods are known.
    pub load: Option<NodeLoad>,
    /// Taints as `key=value:effect`.
    pub taints: Box<[CompactString]>,
    /// Conditions that are not as they should be: `Ready` not true, the others not false.
    pub troubles: Box<[NodeTrouble]>,
}

/// A condition that is not as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeTrouble {
    /// `Ready`, `DiskPressure`, …
    pub condition: Arc<str>,
    /// `True`, `False` or `Unknown`.
    pub status: Arc<str>,
    /// Its reason.
    pub reason: Arc<str>,
    /// Its message.
    pub message: String,
    /// Since when.
    pub since: Stamp,
}

impl Row for NodeRow {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    /// How well it is.
    fn health(&self) -> Health {
        let ready = self.status.split(',').next() == Some("Ready");
        match (ready, self.troubles.is_empty(), self.status.contains(',')) {
            (false, ..) => Health::Broken,
            (true, false, _) => Health::Degraded,
            (true, true, true) => Health::Changing,
            (true, true, false) => Health::Good,
        }
    }
}

impl WireRow for NodeRow {
    type Wire = wire::Node;
    const KIND: Kind = Kind::Node;

    fn from_wire(node: wire::Node, strings: &mut Interner) -> Self {
        let wire::Node { metadata, spec, status } = node;
        let (spec, status) = (spec.unwrap_or_default(), status.unwrap_or_default());
        let meta = Meta::from_wire(metadata.unwrap_or_default(), strings);
        let info = status.node_info.clone().unwrap_or_default();
        let address = |kind: &str| {
            let found = status.addresses.iter().find(|address| address.r#type == kind);
            found.map_or_else(CompactString::default, |address| address.address.as_str().into())
        };
        Self {
            status: ready_text(&status, spec.unschedulable),
            roles: roles(&meta),
            version: info.kubelet_version.into(),
            internal_ip: address("InternalIP"),
            external_ip: address("ExternalIP"),
            os_image: strings.get(&info.os_image),
            kernel: strings.get(&info.kernel_version),
            runtime: strings.get(&info.container_runtime_version),
            offer: Offer::of(&status),
            load: None,
            taints: spec.taints.iter().map(taint_text).collect(),
            troubles: status.conditions.iter().filter(|c| !is_fine(c)).map(|c| trouble(c, strings)).collect(),
            meta,
        }
    }
}

/// STATUS: the last `Ready` condition, then whether it is cordoned (`printNode`).
fn ready_text(status: &wire::NodeStatus, unschedulable: bool) -> CompactString {
    let ready = status.conditions.iter().rfind(|c| c.r#type == "Ready");
    let mut text = CompactString::new(match ready {
        Some(condition) if condition.status == "True" => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    });
    if unschedulable {
        text.push_str(",SchedulingDisabled");
    }
    text
}

/// ROLES: the sorted set of role labels (`findNodeRoles`).
fn roles(meta: &Meta) -> CompactString {
    let role = |(key, value): &(Arc<str>, Arc<str>)| match key.strip_prefix(ROLE_PREFIX) {
        Some(role) => Some(role.to_owned()),
        None if &**key == ROLE_LABEL => Some(value.to_string()),
        None => None,
    };
    let mut roles: Vec<_> = meta.labels.iter().filter_map(role).filter(|role| !role.is_empty()).collect();
    roles.sort();
    roles.dedup();
    if roles.is_empty() { "<none>".into() } else { roles.join(",").into() }
}

fn taint_text(taint: &wire::Taint) -> CompactString {
    let wire::Taint { key, value, effect } = taint;
    if value.is_empty() { format!("{key}:{effect}").into() } else { format!("{key}={value}:{effect}").into() }
}

fn is_fine(condition: &wire::NodeCondition) -> bool {
    condition.status == if condition.r#type == "Ready" { "True" } else { "False" }
}

fn trouble(condition: &wire::NodeCondition, strings: &mut Interner) -> NodeTrouble {
    NodeTrouble {
        condition: strings.get(&condition.r#type),
        status: strings.get(&condition.status),
        reason: strings.get(&condition.reason),
        message: lossy(&condition.message).into_owned(),
        since: condition.last_transition_time.map_or(Stamp::NONE, Into::into),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn row(labels: &Value, conditions: &Value, unschedulable: bool) -> NodeRow {
        let node = json!({
            "metadata": {"name": "n", "labels": labels},
            "spec": {"unschedulable": unschedulable},
            "status": {"conditions": conditions},
        });
        NodeRow::from_wire(serde_json::from_value(node).expect("a node"), &mut Interner::default())
    }

    #[test]
    fn a_node_is_broken_until_it_is_ready_and_changing_while_it_is_cordoned() {
        let ready = |status: &str| json!([{"type": "Ready", "status": status}]);
        let cases = [
            (ready("True"), false, Health::Good),
            (ready("False"), false, Health::Broken),
            (json!([]), false, Health::Broken),
            (ready("True"), true, Health::Changing),
            (json!(null), true, Health::Broken),
        ];
        for (conditions, unschedulable, health) in cases {
            assert_eq!(row(&json!({}), &conditions, unschedulable).health(), health, "{conditions}");
        }
    }

    #[test]
    fn pressure_is_a_trouble_and_its_absence_is_not() {
        let conditions = json!([
            {"type": "MemoryPressure", "status": "False"},
            {"type": "DiskPressure", "status": "True", "reason": "KubeletHasDiskPressure"},
            {"type": "Ready", "status": "True"},
        ]);
        let row = row(&json!({}), &conditions, false);
        assert_eq!(row.troubles.iter().map(|t| &*t.condition).collect::<Vec<_>>(), ["DiskPressure"]);
        assert_eq!(row.health(), Health::Degraded);
    }
}
