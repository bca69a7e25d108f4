//! The pod template of a controller. Rules: kubectl describe, `DescribePodTemplate`.

use serde_json::Value;

use super::super::container::TEMPLATE;
use super::super::fields::{entries, list, text};
use super::super::tabs::Writer;
use super::super::{container, meta, pod, volume};
use crate::base::text::Role;

/// Writes the template that stands at `/spec/template` of `object`, or inside another template.
pub(super) fn write(w: &mut Writer, object: &Value) {
    let template = object.pointer("/spec/template").unwrap_or(&Value::Null);
    w.section("Pod Template");
    w.indented(0, "Pod Template:\n", Role::Heading);
    meta::labels(w, "  Labels", template, "/metadata/labels");
    if !entries(template, "/metadata/annotations").is_empty() {
        meta::annotations(w, "  Annotations", template, "/metadata/annotations");
    }
    optional(w, "Service Account", text(template, "/spec/serviceAccountName"));
    if !list(template, "/spec/initContainers").is_empty() {
        container::write_template(w, "Init Containers", template, "/spec/initContainers");
    }
    container::write_template(w, "Containers", template, "/spec/containers");
    volume::write_template(w, template);
    pod::spreads(w, TEMPLATE, template);
    optional(w, "Priority Class Name", text(template, "/spec/priorityClassName"));
    meta::labels(w, "  Node-Selectors", template, "/spec/nodeSelector");
    pod::tolerations(w, "  Tolerations", template);
    pod::scheduling_group(w, TEMPLATE, template);
}

fn optional(w: &mut Writer, label: &str, value: &str) {
    if !value.is_empty() {
        w.field(1, label, value);
    }
}
