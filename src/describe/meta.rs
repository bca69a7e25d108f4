//! What every object has: labels, annotations, an owner; and the lists that pods and nodes share in form.
//! Rules: kubectl describe, `printLabelsMultiline`, `printAnnotationsMultiline`, `printController`.

use serde_json::Value;

use super::fields::{entries, shown, text};
use super::tabs::Writer;
use crate::base::text::Role;
use crate::model::links;

/// Bytes of `key: value` that fit on one line.
const LONGEST_ANNOTATION: usize = 140;
/// Repeats the whole object, which the description already shows.
const HIDDEN_ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Sorted `name=value` lines under one label; `<none>` for an empty map.
pub(super) fn labels(w: &mut Writer, label: &str, object: &Value, path: &str) {
    let lines = entries(object, path).into_iter().map(|(name, value)| format!("{name}={}", shown(value)));
    multi_line(w, label, lines);
}

/// Lines that share one label, the further ones aligned with the first; `<none>` for none.
pub(super) fn multi_line(w: &mut Writer, label: &str, lines: impl IntoIterator<Item = String>) {
    w.label(0, label);
    let mut empty = true;
    for line in lines {
        if !empty {
            w.indented(0, "\t", Role::Plain);
        }
        w.line(0, &line);
        empty = false;
    }
    if empty {
        w.line(0, "<none>");
    }
}

/// Labels and annotations of the object itself.
pub(super) fn labels_and_annotations(w: &mut Writer, object: &Value) {
    labels(w, "Labels", object, "/metadata/labels");
    annotations(w, "Annotations", object, "/metadata/annotations");
}

/// Name, namespace, labels and annotations: how most descriptions begin.
pub(super) fn identity(w: &mut Writer, object: &Value) {
    w.field(0, "Name", text(object, "/metadata/name"));
    w.field(0, "Namespace", text(object, "/metadata/namespace"));
    labels_and_annotations(w, object);
}

/// Annotations, sorted; long and multi-line ones on lines of their own, each cut.
pub(super) fn annotations(w: &mut Writer, label: &str, object: &Value, path: &str) {
    w.label(0, label);
    let mut shown_any = false;
    for (name, value) in entries(object, path) {
        if name == HIDDEN_ANNOTATION {
            continue;
        }
        if shown_any {
            w.indented(0, "\t", Role::Plain);
        }
        shown_any = true;
        let value = shown(value);
        let value = value.strip_suffix('\n').unwrap_or(&value);
        if name.len() + value.len() + 2 <= LONGEST_ANNOTATION && !value.contains('\n') {
            w.line(0, &format!("{name}: {value}"));
            continue;
        }
        w.line(0, &format!("{name}:"));
        for line in value.split('\n') {
            w.line(0, &format!("\t  {}", shortened(line, LONGEST_ANNOTATION - 2)));
        }
    }
    if !shown_any {
        w.line(0, "<none>");
    }
}

/// At most `bytes` of `line`, with dots when something is missing. kubectl cuts inside a character if it
/// must; here such a character is left out.
pub(super) fn shortened(line: &str, bytes: usize) -> String {
    if line.len() <= bytes {
        return line.to_owned();
    }
    let end = (0..=bytes).rev().find(|&end| line.is_char_boundary(end)).unwrap_or(0);
    format!("{}...", &line[..end])
}

/// The owner that manages the object, as `Kind/name`.
pub(super) fn controller(object: &Value) -> Option<String> {
    let owner = links::controller(object)?;
    Some(format!("{}/{}", text(owner, "/kind"), text(owner, "/name")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("ééé", 3), "é...");
    }

    #[test]
    fn the_controller_is_the_owner_that_manages() {
        let owners = json!([{"kind": "A", "name": "a"}, {"kind": "B", "name": "b", "controller": true}]);
        let object = json!({"metadata": {"ownerReferences": owners}});
        assert_eq!(controller(&object).as_deref(), Some("B/b"));
        assert_eq!(controller(&json!({})), None);
    }
}
