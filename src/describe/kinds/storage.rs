//! Classes of storage, and the drivers on a node. Rules: kubectl describe, `describeStorageClass`,
//! `describeVolumeAttributesClass`, `describeCSINode`.

use serde_json::Value;

use super::super::fields::{bracketed, date, list, or_none, shown, text, texts, whole, yes_no};
use super::super::tabs::Writer;
use super::super::{meta, selector};
use super::persistent::{term, values};
use crate::base::text::Role;

/// Annotations that make a class the default one.
const DEFAULT: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

/// Writes a storage class.
pub(super) fn storage_class(w: &mut Writer, class: &Value) {
    w.field(0, "Name", text(class, "/metadata/name"));
    w.field(0, "IsDefaultClass", if is_default(class) { "Yes" } else { "No" });
    w.field(0, "Annotations", or_none(&selector::map(class, "/metadata/annotations")));
    w.field(0, "Provisioner", text(class, "/provisioner"));
    w.field(0, "Parameters", or_none(&selector::map(class, "/parameters")));
    w.field(0, "AllowVolumeExpansion", yes_no(class, "/allowVolumeExpansion"));
    let options = texts(class, "/mountOptions");
    if options.is_empty() {
        w.field_as(0, "MountOptions", "<none>", Role::Dim);
    } else {
        w.indented(0, "MountOptions:\n", Role::Label);
    }
    for option in options {
        w.line(1, option);
    }
    for (label, path) in [("ReclaimPolicy", "/reclaimPolicy"), ("VolumeBindingMode", "/volumeBindingMode")] {
        if let Some(value) = class.pointer(path).and_then(Value::as_str) {
            w.field(0, label, value);
        }
    }
    topologies(w, class);
}

fn is_default(class: &Value) -> bool {
    let annotations = class.pointer("/metadata/annotations").unwrap_or(&Value::Null);
    DEFAULT.iter().any(|name| annotations.get(name).is_some_and(|value| shown(value) == "true"))
}

fn topologies(w: &mut Writer, class: &Value) {
    let terms = list(class, "/allowedTopologies");
    if terms.is_empty() {
        return;
    }
    w.label(0, "AllowedTopologies");
    w.put("\n", Role::Plain);
    for (at, given) in terms.iter().enumerate() {
        let requirements = list(given, "/matchLabelExpressions").iter();
        term(w, 1, at, requirements.map(|given| values(format!("{} in", text(given, "/key")), given)));
    }
}

/// Writes a class of volume attributes.
pub(super) fn attributes_class(w: &mut Writer, class: &Value) {
    w.field(0, "Name", text(class, "/metadata/name"));
    w.field(0, "Annotations", or_none(&selector::map(class, "/metadata/annotations")));
    w.field(0, "DriverName", text(class, "/driverName"));
    w.field(0, "Parameters", or_none(&selector::map(class, "/parameters")));
}

/// Writes the storage drivers of a node.
pub(super) fn csi_node(w: &mut Writer, node: &Value) {
    w.field(0, "Name", text(node, "/metadata/name"));
    meta::labels_and_annotations(w, node);
    w.field(0, "CreationTimestamp", date(node, "/metadata/creationTimestamp"));
    w.section("Spec");
    w.heading(0, "Spec");
    let drivers = list(node, "/spec/drivers");
    if !drivers.is_empty() {
        w.heading(1, "Drivers");
    }
    for driver in drivers {
        w.heading(2, text(driver, "/name"));
        w.field(3, "Node ID", text(driver, "/nodeID"));
        if let Some(count) = whole(driver, "/allocatable/count") {
            w.indented(3, "Allocatables:\n", Role::Label);
            w.field(4, "Count", count);
        }
        if !list(driver, "/topologyKeys").is_empty() {
            w.field(3, "Topology Keys", bracketed(driver, "/topologyKeys"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn either_annotation_makes_a_default() {
        for name in DEFAULT {
            assert!(is_default(&json!({"metadata": {"annotations": {name: "true"}}})));
            assert!(!is_default(&json!({"metadata": {"annotations": {name: "yes"}}})));
        }
    }
}
