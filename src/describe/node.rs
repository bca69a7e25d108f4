//! A node, as `kubectl describe node` shows it (`describeNode`), line for line. The tables of its pods are
//! in [`super::allocation`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fields::{canonical, date, entries, flag, list, or_none, present, shown, text, texts, time};
use super::tabs::Writer;
use super::{allocation, meta};
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::model::around::{Answer, Around, ObjectDetails};

/// Pools of devices that are listed; the rest is counted.
const POOLS_SHOWN: usize = 10;

/// Writes everything but the events.
pub(super) fn write(w: &mut Writer, details: &ObjectDetails, now: Stamp) {
    let node = &details.object;
    identity(w, node);
    lease(w, details.around.get(&Around::Lease));
    conditions(w, node);
    addresses(w, node);
    for (title, path) in [("Capacity", "/status/capacity"), ("Allocatable", "/status/allocatable")] {
        let amounts = entries(node, path);
        if !amounts.is_empty() {
            w.section(title);
            w.heading(0, title);
        }
        for (name, amount) in amounts {
            w.field(1, name, canonical(amount));
        }
    }
    devices(w, details.items(&Around::ResourceSlices));
    system(w, node);
    match details.around.get(&Around::Pods) {
        Some(Ok(pods)) => allocation::write(w, node, pods, now),
        Some(Err(_)) | None => w.field_as(0, "Pods", "not authorized", Role::Warn),
    }
}

fn identity(w: &mut Writer, node: &Value) {
    w.field(0, "Name", text(node, "/metadata/name"));
    w.field(0, "Roles", or_none(&roles(node)));
    meta::labels_and_annotations(w, node);
    w.field(0, "CreationTimestamp", date(node, "/metadata/creationTimestamp"));
    let mut taints: Vec<&Value> = list(node, "/spec/taints").iter().collect();
    taints.sort_by_key(|taint| (text(taint, "/effect"), text(taint, "/key")));
    meta::multi_line(w, "Taints", taints.into_iter().map(taint));
    let unschedulable = flag(node, "/spec/unschedulable");
    w.field_as(0, "Unschedulable", unschedulable, if unschedulable { Role::Warn } else { Role::Plain });
}

/// The roles that a node's labels give it, sorted and joined by commas.
fn roles(node: &Value) -> String {
    let mut roles: BTreeSet<String> = BTreeSet::new();
    for (name, value) in entries(node, "/metadata/labels") {
        let role = match name.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => role.to_owned(),
            None if name == "kubernetes.io/role" => shown(value),
            None => continue,
        };
        if !role.is_empty() {
            roles.insert(role);
        }
    }
    roles.into_iter().collect::<Vec<_>>().join(",")
}

fn taint(taint: &Value) -> String {
    let (key, value, effect) = (text(taint, "/key"), text(taint, "/value"), text(taint, "/effect"));
    match (value, effect) {
        ("", "") => key.to_owned(),
        ("", effect) => format!("{key}:{effect}"),
        (value, effect) => format!("{key}={value}:{effect}"),
    }
}

fn lease(w: &mut Writer, lease: Option<&Answer>) {
    let lease = match lease {
        Some(Ok(found)) => found.first().unwrap_or(&Value::Null),
        None => return,
        Some(Err(problem)) => {
            w.field_as(0, "Lease", format_args!("Failed to get lease: {problem}"), Role::Warn);
            return;
        }
    };
    let moment = |path| if time(lease, path).is_set() { date(lease, path) } else { "<unset>".to_owned() };
    w.indented(0, "Lease:\n", Role::Label);
    let holder = present(lease, "/spec/holderIdentity").map_or_else(|| "<unset>".to_owned(), shown);
    w.field(1, "HolderIdentity", holder);
    w.field(1, "AcquireTime", moment("/spec/acquireTime"));
    w.field(1, "RenewTime", moment("/spec/renewTime"));
}

fn conditions(w: &mut Writer, node: &Value) {
    let conditions = list(node, "/status/conditions");
    if conditions.is_empty() {
        return;
    }
    w.section("Conditions");
    w.heading(0, "Conditions");
    let titles = ["Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message"];
    table_head(w, &titles);
    for condition in conditions {
        let (kind, status) = (text(condition, "/type"), text(condition, "/status"));
        let as_wanted = status == if kind == "Ready" { "True" } else { "False" };
        let role = if as_wanted { Role::Good } else { Role::Bad };
        let (beat, change) = (date(condition, "/lastHeartbeatTime"), date(condition, "/lastTransitionTime"));
        let reason = text(condition, "/reason");
        let message = text(condition, "/message");
        let cells = [
            (kind, Role::Plain),
            (status, role),
            (beat.as_str(), Role::Dim),
            (change.as_str(), Role::Dim),
            (reason, role),
            (message, Role::Plain),
        ];
        w.cells(1, " ", &cells);
    }
}

/// The titles of a table, and a rule of dashes below each.
pub(super) fn table_head(w: &mut Writer, titles: &[&str]) {
    let rules: Vec<String> = titles.iter().map(|title| "-".repeat(title.len())).collect();
    w.cells(1, "", &titles.iter().map(|title| (*title, Role::Heading)).collect::<Vec<_>>());
    w.cells(1, "", &rules.iter().map(|rule| (rule.as_str(), Role::Dim)).collect::<Vec<_>>());
}

fn addresses(w: &mut Writer, node: &Value) {
    w.section("Addresses");
    w.heading(0, "Addresses");
    for address in list(node, "/status/addresses") {
        w.field(1, text(address, "/type"), text(address, "/address"));
    }
}

/// Devices that drivers offer on this node, by driver and pool.
fn devices(w: &mut Writer, slices: &[Value]) {
    let mut pools: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for slice in slices {
        let key = (text(slice, "/spec/driver"), text(slice, "/spec/pool/name"));
        let (slices, devices) = pools.entry(key).or_default();
        *slices += 1;
        *devices += list(slice, "/spec/devices").len();
    }
    if pools.is_empty() {
        return;
    }
    w.section("Node-Local ResourceSlices");
    w.heading(0, "Node-Local ResourceSlices");
    table_head(w, &["Driver", "Pool", "Slices", "Devices"]);
    for ((driver, pool), (slices, devices)) in pools.iter().take(POOLS_SHOWN) {
        w.line(1, &format!("{driver}\t{pool}\t{slices}\t{devices}"));
    }
    if pools.len() > POOLS_SHOWN {
        w.line(1, &format!("...and {} more pools", pools.len() - POOLS_SHOWN));
    }
}

fn system(w: &mut Writer, node: &Value) {
    w.section("System Info");
    w.heading(0, "System Info");
    for (label, key) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        w.field(1, label, text(node, &format!("/status/nodeInfo/{key}")));
    }
    let ranges = texts(node, "/spec/podCIDRs").join(",");
    for (label, value) in [
        ("PodCIDR", text(node, "/spec/podCIDR")),
        ("PodCIDRs", ranges.as_str()),
        ("ProviderID", text(node, "/spec/providerID")),
    ] {
        if !value.is_empty() {
            w.field(0, label, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn roles_come_from_two_kinds_of_labels() {
        let with = |labels: Value| roles(&json!({"metadata": {"labels": labels}}));
        let labels = json!({"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "x",
            "kubernetes.io/role": "infra", "node-role.kubernetes.io/": "y"});
        assert_eq!(with(labels), "control-plane,infra,worker");
        assert_eq!(with(json!({"kubernetes.io/role": ""})), "");
    }

    #[test]
    fn forms_of_taints() {
        let cases = [
            (json!({"key": "a", "effect": "NoExecute"}), "a:NoExecute"),
            (json!({"key": "a", "value": "1", "effect": "NoSchedule"}), "a=1:NoSchedule"),
            (json!({"key": "a"}), "a"),
        ];
        for (given, expected) in cases {
            assert_eq!(taint(&given), expected);
        }
    }

    #[test]
    fn leases() {
        let written = |given: Result<Value, String>| {
            let mut w = Writer::default();
            lease(&mut w, Some(&given.map(|lease| vec![lease])));
            w.finish().plain()
        };
        assert_eq!(written(Err("forbidden".to_owned())), "Lease:  Failed to get lease: forbidden\n");
        let text = written(Ok(json!({"spec": {"holderIdentity": "n", "renewTime": "2025-01-02T03:04:05.000001Z"}})));
        assert!(text.contains("AcquireTime:     <unset>\n"), "{text}");
        assert!(text.contains("RenewTime:       Thu, 02 Jan 2025 03:04:05 +0000\n"), "{text}");
    }

    #[test]
    fn ten_pools_and_a_count() {
        let slice =
            |at: i32| json!({"spec": {"driver": "d", "pool": {"name": format!("p{at:02}")}, "devices": [{}, {}]}});
        let slices: Vec<Value> = (0..12).chain(0..1).map(slice).collect();
        let mut w = Writer::default();
        devices(&mut w, &slices);
        let text = w.finish().plain();
        assert!(text.contains("  d       p00   2       4\n"), "{text}");
        assert!(text.ends_with("  ...and 2 more pools\n"), "{text}");
    }
}
