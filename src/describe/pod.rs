//! A pod, as `kubectl describe pod` shows it (`describePod`), line for line.

use serde_json::Value;

use super::fields::{child, list, number, or_none, text, time};
use super::tabs::Writer;
use super::{container, meta, qos, selector, volume};
use crate::base::age::age;
use crate::base::stamp::Stamp;
use crate::base::text::Role;

/// Writes everything but the events.
pub(super) fn write(w: &mut Writer, pod: &Value, now: Stamp) {
    identity(w, pod);
    phase(w, pod, now);
    container::seccomp(w, 0, 0, pod.get("spec").unwrap_or(&Value::Null));
    addresses(w, pod);
    if let Some(owner) = meta::controller(pod) {
        w.field(0, "Controlled By", owner);
    }
    optional(w, "NominatedNodeName", text(pod, "/status/nominatedNodeName"));
    if let Some(resources) = child(pod, "/spec/resources") {
        w.heading(0, "Resources");
        container::resources(w, 1, resources);
    }
    containers(w, pod);
    conditions(w, pod);
    volume::write(w, pod);
    placement(w, pod);
}

fn optional(w: &mut Writer, label: &str, value: &str) {
    if !value.is_empty() {
        w.field(0, label, value);
    }
}

fn identity(w: &mut Writer, pod: &Value) {
    w.field(0, "Name", text(pod, "/metadata/name"));
    w.field(0, "Namespace", text(pod, "/metadata/namespace"));
    if let Some(priority) = pod.pointer("/spec/priority").and_then(Value::as_i64) {
        w.field(0, "Priority", priority);
    }
    optional(w, "Priority Class Name", text(pod, "/spec/priorityClassName"));
    optional(w, "Runtime Class Name", text(pod, "/spec/runtimeClassName"));
    optional(w, "Service Account", text(pod, "/spec/serviceAccountName"));
    match text(pod, "/spec/nodeName") {
        "" => w.field_as(0, "Node", "<none>", Role::Warn),
        node => w.field(0, "Node", format_args!("{node}/{}", text(pod, "/status/hostIP"))),
    }
    optional(w, "Start Time", &time(pod, "/status/startTime").rfc1123());
    meta::labels_and_annotations(w, pod);
}

fn phase(w: &mut Writer, pod: &Value, now: Stamp) {
    let phase = text(pod, "/status/phase");
    let deleted = time(pod, "/metadata/deletionTimestamp");
    if deleted.is_set() && !matches!(phase, "Failed" | "Succeeded") {
        // The time of deletion lies ahead while the grace period runs: kubectl prints `<invalid>` then.
        w.field_as(0, "Status", format_args!("Terminating (lasts {})", age(deleted, now)), Role::Warn);
        let grace = number(pod, "/metadata/deletionGracePeriodSeconds");
        w.field(0, "Termination Grace Period", format_args!("{grace}s"));
    } else {
        let role = match phase {
            "Running" | "Succeeded" => Role::Good,
            "Failed" => Role::Bad,
            _ => Role::Warn,
        };
        w.field_as(0, "Status", phase, role);
    }
    for (label, path) in [("Reason", "/status/reason"), ("Message", "/status/message")] {
        let value = text(pod, path);
        if !value.is_empty() {
            w.field_as(0, label, value, Role::Bad);
        }
    }
}

fn addresses(w: &mut Writer, pod: &Value) {
    w.field(0, "IP", text(pod, "/status/podIP"));
    let addresses = list(pod, "/status/podIPs");
    if addresses.is_empty() {
        w.field_as(0, "IPs", "<none>", Role::Dim);
        return;
    }
    w.indented(0, "IPs:\n", Role::Label);
    for address in addresses {
        w.field(1, "IP", text(address, "/ip"));
    }
}

fn containers(w: &mut Writer, pod: &Value) {
    let kinds = [
        ("Init Containers", "/spec/initContainers", "/status/initContainerStatuses"),
        ("Containers", "/spec/containers", "/status/containerStatuses"),
        ("Ephemeral Containers", "/spec/ephemeralContainers", "/status/ephemeralContainerStatuses"),
    ];
    for (title, spec, statuses) in kinds {
        if title == "Containers" || !list(pod, spec).is_empty() {
            container::write(w, title, pod, spec, statuses);
        }
    }
}

fn conditions(w: &mut Writer, pod: &Value) {
    let conditions = list(pod, "/status/conditions");
    let status = |kind: &str| {
        let found = conditions.iter().find(|condition| text(condition, "/type") == kind);
        found.map_or("<none>", |condition| text(condition, "/status"))
    };
    let gates = list(pod, "/spec/readinessGates");
    if !gates.is_empty() {
        w.section("Readiness Gates");
        w.heading(0, "Readiness Gates");
        condition_table(w, gates.iter().map(|gate| text(gate, "/conditionType")).map(|kind| (kind, status(kind))));
    }
    if !conditions.is_empty() {
        w.section("Conditions");
        w.heading(0, "Conditions");
        let rows = conditions.iter().map(|condition| (text(condition, "/type"), text(condition, "/status")));
        condition_table(w, rows);
    }
}

fn condition_table<'a>(w: &mut Writer, rows: impl Iterator<Item = (&'a str, &'a str)>) {
    w.cells(1, "", &[("Type", Role::Heading), ("Status", Role::Heading)]);
    for (kind, status) in rows {
        let role = if status == "True" { Role::Good } else { Role::Warn };
        // Every cell of these rows ends with a blank, the last one too.
        w.cells(1, " ", &[(kind, Role::Plain), (&format!("{status} "), role)]);
    }
}

/// Why the pod is where it is: class, selectors, tolerations, spreading.
fn placement(w: &mut Writer, pod: &Value) {
    w.section("Scheduling");
    w.field(0, "QoS Class", qos::class(pod));
    meta::labels(w, "Node-Selectors", pod, "/spec/nodeSelector");
    tolerations(w, "Tolerations", pod);
    spreads(w, "", pod);
    scheduling_group(w, "", pod);
}

/// The tolerations of a pod or a pod template, sorted by key.
pub(super) fn tolerations(w: &mut Writer, label: &str, pod: &Value) {
    let mut tolerations: Vec<&Value> = list(pod, "/spec/tolerations").iter().collect();
    tolerations.sort_by_key(|toleration| text(toleration, "/key"));
    meta::multi_line(w, label, tolerations.into_iter().map(toleration));
}

/// The topology spread constraints of a pod or a pod template, if there are any.
pub(super) fn spreads(w: &mut Writer, indent: &str, pod: &Value) {
    let mut spreads: Vec<&Value> = list(pod, "/spec/topologySpreadConstraints").iter().collect();
    spreads.sort_by_key(|spread| text(spread, "/topologyKey"));
    if !spreads.is_empty() {
        meta::multi_line(w, &format!("{indent}Topology Spread Constraints"), spreads.into_iter().map(spread));
    }
}

/// The scheduling group of a pod or a pod template, if it is in one.
pub(super) fn scheduling_group(w: &mut Writer, indent: &str, pod: &Value) {
    if let Some(group) = child(pod, "/spec/schedulingGroup") {
        w.indented(0, &format!("{indent}SchedulingGroup:\n"), Role::Label);
        w.field(1, "PodGroupName", or_none(text(group, "/podGroupName")));
    }
}

fn toleration(toleration: &Value) -> String {
    let (key, value) = (text(toleration, "/key"), text(toleration, "/value"));
    let mut line = key.to_owned();
    for (mark, part) in [("=", value), (":", text(toleration, "/effect"))] {
        if !part.is_empty() {
            line.push_str(mark);
            line.push_str(part);
        }
    }
    if text(toleration, "/operator") == "Exists" && value.is_empty() {
        line.push_str(if line.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    match toleration.get("tolerationSeconds").and_then(Value::as_i64) {
        Some(seconds) => format!("{line} for {seconds}s"),
        None => line,
    }
}

fn spread(spread: &Value) -> String {
    let line = format!(
        "{}:{} when max skew {} is exceeded",
        text(spread, "/topologyKey"),
        text(spread, "/whenUnsatisfiable"),
        number(spread, "/maxSkew"),
    );
    match child(spread, "/labelSelector") {
        Some(selector) => format!("{line} for selector {}", selector::formatted(selector)),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forms_of_tolerations() {
        let cases = [
            (json!({"operator": "Exists"}), "op=Exists"),
            (json!({"operator": "Exists", "effect": "NoExecute"}), ":NoExecute op=Exists"),
            (
                json!({"key": "dedicated", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}),
                "dedicated=gpu:NoSchedule",
            ),
            (json!({"key": "k2", "operator": "Exists", "value": ""}), "k2 op=Exists"),
            (
                json!({"key": "n", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}),
                "n:NoExecute op=Exists for 300s",
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(toleration(&given), expected);
        }
    }

    #[test]
    fn a_deleted_pod_counts_from_the_end_of_its_grace() {
        let now = Stamp::parse("2026-01-01T00:01:00Z");
        let status = |deleted: &str, phase: &str| {
            let mut w = Writer::default();
            let pod = json!({"metadata": {"deletionTimestamp": deleted, "deletionGracePeriodSeconds": 30},
                "status": {"phase": phase}});
            super::phase(&mut w, &pod, now);
            w.finish().lines().next().map(crate::base::text::Line::plain).unwrap_or_default()
        };
        assert!(status("2026-01-01T00:01:20Z", "Running").ends_with("Terminating (lasts <invalid>)"));
        assert!(status("2026-01-01T00:00:14Z", "Pending").ends_with("Terminating (lasts 46s)"));
        assert!(status("2026-01-01T00:00:14Z", "Succeeded").ends_with("Succeeded"));
    }
}
