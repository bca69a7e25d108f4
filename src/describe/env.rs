//! The environment of a container. Rules: kubectl describe, `describeContainerEnvVars`.

use serde_json::Value;

use super::fields::{child, flag, list, quantity, text};
use super::tabs::Writer;
use crate::base::text::Role;
use crate::model::quantity::Quantity;

/// Writes `Environment Variables from` (when there are any) and `Environment` (always). References to the
/// pod's own fields need the pod: a template has none.
pub(super) fn write(w: &mut Writer, pod: Option<&Value>, container: &Value) {
    sources(w, container);
    let variables = list(container, "/env");
    if variables.is_empty() {
        w.field_as(2, "Environment", "<none>", Role::Dim);
        return;
    }
    w.indented(2, "Environment:\n", Role::Label);
    for variable in variables {
        match child(variable, "/valueFrom") {
            None => literal(w, variable),
            Some(from) => reference(w, pod, container, text(variable, "/name"), from),
        }
    }
}

fn sources(w: &mut Writer, container: &Value) {
    let sources = list(container, "/envFrom");
    if sources.is_empty() {
        return;
    }
    w.indented(2, "Environment Variables from:\n", Role::Label);
    for source in sources {
        let (kind, reference) = match (child(source, "/configMapRef"), child(source, "/secretRef")) {
            (Some(map), _) => ("ConfigMap", map),
            (None, Some(secret)) => ("Secret", secret),
            (None, None) => ("", &Value::Null),
        };
        let prefix = match text(source, "/prefix") {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        let optional = flag(reference, "/optional");
        w.line(3, &format!("{}\t{kind}{prefix}\tOptional: {optional}", text(reference, "/name")));
    }
}

/// The lines of a value stand below each other.
fn literal(w: &mut Writer, variable: &Value) {
    let mut lines = text(variable, "/value").split('\n');
    w.field(3, text(variable, "/name"), lines.next().unwrap_or_default());
    for line in lines {
        w.line(3, &format!("\t{line}"));
    }
}

/// A value that the kubelet looks up. Sources that kubectl does not know get no line.
fn reference(w: &mut Writer, pod: Option<&Value>, container: &Value, name: &str, from: &Value) {
    if let Some(field) = child(from, "/fieldRef") {
        let path = text(field, "/fieldPath");
        // The others are known to the kubelet alone; kubectl resolves just these two.
        let value = match (pod, path) {
            (Some(pod), "metadata.name") => text(pod, "/metadata/name"),
            (Some(pod), "metadata.namespace") => text(pod, "/metadata/namespace"),
            _ => "",
        };
        w.field(3, name, format_args!("{value} ({}:{path})", text(field, "/apiVersion")));
    } else if let Some(field) = child(from, "/resourceFieldRef") {
        let resource = text(field, "/resource");
        let value = match resource_value(container, resource, field.get("divisor")) {
            Some(0) if matches!(resource, "limits.cpu" | "limits.memory") => "node allocatable".to_owned(),
            value => value.map(|value| value.to_string()).unwrap_or_default(),
        };
        w.field(3, name, format_args!("{value} ({resource})"));
    } else if let Some(key) = child(from, "/secretKeyRef") {
        key_of(w, name, key, "in secret");
    } else if let Some(key) = child(from, "/configMapKeyRef") {
        key_of(w, name, key, "of config map");
    }
}

fn key_of(w: &mut Writer, name: &str, key: &Value, holder: &str) {
    let (key_name, held_by) = (text(key, "/key"), text(key, "/name"));
    let optional = flag(key, "/optional");
    w.field(3, name, format_args!("<set to the key '{key_name}' {holder} '{held_by}'>\tOptional: {optional}"));
}

/// A request or limit of the container in units of the divisor, rounded up. `None` for a resource that
/// cannot be referred to.
fn resource_value(container: &Value, resource: &str, divisor: Option<&Value>) -> Option<i64> {
    let (kind, name) = resource.split_once('.')?;
    let is_known = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    if !is_known || !matches!(kind, "limits" | "requests") {
        return None;
    }
    let stated = container.get("resources").and_then(|resources| resources.get(kind)?.get(name));
    let amount = stated.and_then(quantity).unwrap_or_default();
    let in_units = if name == "cpu" { Quantity::milli_value } else { Quantity::value };
    let divisor = divisor.and_then(quantity).filter(|divisor| !divisor.is_zero()).or(Quantity::parse("1"))?;
    Some((in_units(amount) as f64 / in_units(divisor) as f64).ceil() as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn resource_references() {
        let resources = json!({"requests": {"cpu": "250m", "memory": "64Mi"}, "limits": {"cpu": "500m"}});
        let container = json!({"resources": resources});
        let value = |resource, divisor: Value| resource_value(&container, resource, Some(&divisor));
        assert_eq!(value("requests.cpu", json!("1m")), Some(250));
        assert_eq!(value("limits.cpu", json!("0")), Some(1));
        assert_eq!(value("requests.memory", json!("1Mi")), Some(64));
        assert_eq!(value("limits.memory", json!("1")), Some(0));
        assert_eq!(value("limits.hugepages-2Mi", json!(1)), Some(0));
        assert_eq!(value("limits.storage", json!("1")), None);
        assert_eq!(value("cpu", json!("1")), None);
        assert_eq!(resource_value(&json!({}), "limits.cpu", None), Some(0));
    }
}
