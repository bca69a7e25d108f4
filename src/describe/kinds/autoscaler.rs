//! Horizontal pod autoscalers of both versions. Rules: kubectl describe,
//! `describeHorizontalPodAutoscalerV2`, `printDirectionBehavior`, `describeHorizontalPodAutoscalerV1`.

use serde_json::Value;

use super::super::fields::{canonical, child, date, list, number, present, text, whole};
use super::super::tabs::Writer;
use super::super::{golang, meta};
use crate::base::text::Role;

/// What is not measured yet.
const UNKNOWN: &str = "<unknown>";

/// Writes an autoscaler.
pub(super) fn write(w: &mut Writer, scaler: &Value) {
    let is_old = text(scaler, "/apiVersion") == "autoscaling/v1";
    meta::identity(w, scaler);
    w.field(0, "CreationTimestamp", date(scaler, "/metadata/creationTimestamp"));
    let (kind, name) = (text(scaler, "/spec/scaleTargetRef/kind"), text(scaler, "/spec/scaleTargetRef/name"));
    w.field(0, "Reference", format_args!("{kind}/{name}"));
    if is_old {
        utilization(w, scaler);
    } else {
        metrics(w, scaler);
    }
    let least = whole(scaler, "/spec/minReplicas").map_or_else(|| "<unset>".to_owned(), |least| least.to_string());
    w.field(0, "Min replicas", least);
    w.field(0, "Max replicas", number(scaler, "/spec/maxReplicas"));
    if let (false, Some(behavior)) = (is_old, child(scaler, "/spec/behavior")) {
        w.heading(0, "Behavior");
        direction(w, "Scale Up", child(behavior, "/scaleUp"));
        direction(w, "Scale Down", child(behavior, "/scaleDown"));
    }
    let (exist, wanted) = (number(scaler, "/status/currentReplicas"), number(scaler, "/status/desiredReplicas"));
    w.field(0, &format!("{kind} pods"), format_args!("{exist} current / {wanted} desired"));
    if !is_old {
        conditions(w, scaler);
    }
}

fn utilization(w: &mut Writer, scaler: &Value) {
    let Some(target) = whole(scaler, "/spec/targetCPUUtilizationPercentage") else { return };
    w.field(0, "Target CPU utilization", format_args!("{target}%"));
    let current = whole(scaler, "/status/currentCPUUtilizationPercentage");
    let current = current.map_or_else(|| UNKNOWN.to_owned(), |current| current.to_string());
    w.field(0, "Current CPU utilization", format_args!("{current}%"));
}

fn metrics(w: &mut Writer, scaler: &Value) {
    w.section("Metrics");
    w.field(0, "Metrics", "( current / target )");
    let current = list(scaler, "/status/currentMetrics");
    for (at, metric) in list(scaler, "/spec/metrics").iter().enumerate() {
        let (label, values) = self::metric(metric, current.get(at));
        match values {
            Some(values) => w.field(1, &label, values),
            None => w.line(1, &label),
        }
    }
}

/// Label and values of a metric, of which `current` is the measurement at the same place. Of a type that
/// kubectl does not know there are no values.
fn metric(metric: &Value, current: Option<&Value>) -> (String, Option<String>) {
    let kind = text(metric, "/type");
    let key = match kind {
        "External" => "external",
        "Pods" => "pods",
        "Object" => "object",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        _ => return (format!("<unknown metric type {}>", golang::quoted(kind)), None),
    };
    let spec = metric.get(key).unwrap_or(&Value::Null);
    let current = current.and_then(|current| current.get(key)).filter(|current| current.is_object());
    let name = golang::quoted(text(spec, "/metric/name"));
    let is_average = present(spec, "/target/averageValue").is_some();
    let (label, values) = match kind {
        "External" if is_average => {
            // Only here kubectl looks whether the measured value is there.
            let current = current.filter(|current| present(current, "/current/averageValue").is_some());
            (format!("{name} (target average value)"), pair(spec, current, "averageValue"))
        }
        "External" => (format!("{name} (target value)"), pair(spec, current, "value")),
        "Pods" => (format!("{name} on pods"), pair(spec, current, "averageValue")),
        "Object" => object(spec, current),
        "Resource" => resource(format!("resource {} on pods", text(spec, "/name")), spec, current),
        _ => {
            let (name, container) = (text(spec, "/name"), text(spec, "/container"));
            resource(format!("resource {name} of container \"{container}\" on pods"), spec, current)
        }
    };
    (label, Some(values))
}

fn object(spec: &Value, current: Option<&Value>) -> (String, String) {
    let name = text(spec, "/metric/name");
    let (kind, object) = (text(spec, "/describedObject/kind"), text(spec, "/describedObject/name"));
    let label = format!("\"{name}\" on {kind}/{object}");
    if text(spec, "/target/type") == "AverageValue" {
        (format!("{label} (target average value)"), pair(spec, current, "averageValue"))
    } else {
        (format!("{label} (target value)"), pair(spec, current, "value"))
    }
}

fn resource(label: String, spec: &Value, current: Option<&Value>) -> (String, String) {
    if present(spec, "/target/averageValue").is_some() {
        return (label, pair(spec, current, "averageValue"));
    }
    let measured = current.and_then(|current| {
        let percent = whole(current, "/current/averageUtilization")?;
        Some(format!("{percent}% ({})", quantity(current, "/current/averageValue")))
    });
    let target = whole(spec, "/target/averageUtilization");
    let target = target.map_or_else(|| "<auto>".to_owned(), |percent| format!("{percent}%"));
    // kubectl indents the second half of this label once more.
    (format!("{label}  (as a percentage of request)"), format!("{} / {target}", measured.as_deref().unwrap_or(UNKNOWN)))
}

/// Measured and wanted: `12m / 50m`.
fn pair(spec: &Value, current: Option<&Value>, key: &str) -> String {
    let measured = current.map(|current| quantity(current, &format!("/current/{key}")));
    let wanted = quantity(spec, &format!("/target/{key}"));
    format!("{} / {wanted}", measured.as_deref().unwrap_or(UNKNOWN))
}

fn quantity(object: &Value, path: &str) -> String {
    present(object, path).map_or_else(|| "<nil>".to_owned(), canonical)
}

fn direction(w: &mut Writer, label: &str, rules: Option<&Value>) {
    let Some(rules) = rules else { return };
    w.heading(1, label);
    if let Some(seconds) = whole(rules, "/stabilizationWindowSeconds") {
        w.line(2, &format!("Stabilization Window: {seconds} seconds"));
    }
    let policies = list(rules, "/policies");
    if policies.is_empty() {
        return;
    }
    let choice = rules.get("selectPolicy").and_then(Value::as_str).unwrap_or("Max");
    w.line(2, &format!("Select Policy: {choice}"));
    w.heading(2, "Policies");
    for policy in policies {
        let (value, period) = (number(policy, "/value"), number(policy, "/periodSeconds"));
        w.line(3, &format!("- Type: {}\tValue: {value}\tPeriod: {period} seconds", text(policy, "/type")));
    }
}

fn conditions(w: &mut Writer, scaler: &Value) {
    let conditions = list(scaler, "/status/conditions");
    if conditions.is_empty() {
        return;
    }
    w.section("Conditions");
    w.heading(0, "Conditions");
    w.cells(1, "", &["Type", "Status", "Reason", "Message"].map(|title| (title, Role::Heading)));
    w.cells(1, "", &["----", "------", "------", "-------"].map(|rule| (rule, Role::Dim)));
    for condition in conditions {
        let parts = ["/type", "/status", "/reason", "/message"];
        w.cells(1, "", &parts.map(|path| (text(condition, path), Role::Plain)));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_metric() {
        let average = json!({"type": "AverageValue", "averageValue": "50m"});
        let value = json!({"type": "Value", "value": "1k"});
        let percent = json!({"type": "Utilization", "averageUtilization": 80});
        let whose = json!({"kind": "Service", "name": "web"});
        let cases = [
            (
                json!({"type": "Resource", "resource": {"name": "cpu", "target": percent}}),
                json!({}),
                ("resource cpu on pods  (as a percentage of request)", "<unknown> / 80%"),
            ),
            (
                json!({"type": "Resource", "resource": {"name": "cpu", "target": percent}}),
                json!({"resource": {"current": {"averageUtilization": 7, "averageValue": "12m"}}}),
                ("resource cpu on pods  (as a percentage of request)", "7% (12m) / 80%"),
            ),
            (
                json!({"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "a", "target": average}}),
                json!({}),
                ("resource cpu of container \"a\" on pods", "<unknown> / 50m"),
            ),
            (
                json!({"type": "Pods", "pods": {"metric": {"name": "q"}, "target": average}}),
                json!({"pods": {"current": {"averageValue": "1"}}}),
                ("\"q\" on pods", "1 / 50m"),
            ),
            (
                json!({"type": "Object", "object": {"metric": {"name": "q"}, "describedObject": whose, "target": value}}),
                json!({"object": {"current": {}}}),
                ("\"q\" on Service/web (target value)", "<nil> / 1k"),
            ),
            (
                json!({"type": "External", "external": {"metric": {"name": "q"}, "target": average}}),
                json!({"external": {"current": {}}}),
                ("\"q\" (target average value)", "<unknown> / 50m"),
            ),
        ];
        for (spec, current, (label, values)) in cases {
            assert_eq!(metric(&spec, Some(&current)), (label.to_owned(), Some(values.to_owned())));
        }
        assert_eq!(metric(&json!({"type": "X"}), None), ("<unknown metric type \"X\">".to_owned(), None));
    }
}
