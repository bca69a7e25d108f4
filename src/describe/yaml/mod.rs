//! Objects as YAML, byte for byte as `kubectl get -o yaml` prints them.
//!
//! Our own writer, because what kubectl reads back is YAML 1.1: writers of 1.2 leave `yes`, `0777` or `1_000`
//! unquoted, and an edited manifest would come back with other types. Start with [`to_yaml_text`].

use serde_json::Value;

use crate::base::text::{Line, Section, Text};

mod emit;
mod order;
mod scalar;

use emit::Emitter;

/// The value as YAML, ending with a line break.
pub fn to_yaml(value: &Value) -> String {
    to_yaml_text(value, false).plain()
}

/// The title of the section with `metadata.managedFields`.
pub const MANAGED_FIELDS: &str = "metadata/managedFields";

/// The value as YAML with roles, a section for each part of it (`metadata`, `spec`, `status`), and one for
/// [`MANAGED_FIELDS`]; what follows these is called `metadata` again. With `leave_managed_fields_out` without them, as
/// kubectl does unless it is told `--show-managed-fields`.
pub fn to_yaml_text(value: &Value, leave_managed_fields_out: bool) -> Text {
    let mut emitter = Emitter::default();
    if leave_managed_fields_out && value.pointer("/metadata/managedFields").is_some() {
        emitter.document(&without_managed_fields(value));
    } else {
        emitter.document(value);
    }
    let mut sections = vec![Section::default()];
    for line in emitter.finish() {
        let present = sections.last().map_or("", |section| section.title.as_str());
        if let Some(title) = begins(&line, present, value) {
            sections.push(Section { title, lines: Vec::new() });
        }
        if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        }
    }
    sections.retain(|section| !section.lines.is_empty());
    Text { sections }
}

/// The title of the section that a line begins, behind lines of the section `present`.
fn begins(line: &Line, present: &str, value: &Value) -> Option<String> {
    let first = line.spans.first().map(|span| span.text.as_str()).unwrap_or_default();
    // Only the keys of the outermost map stand at the margin and end their line.
    if value.is_object() && line.spans.len() == 1 && first.ends_with(':') && !first.starts_with([' ', '-']) {
        return Some(first.trim_end_matches(':').to_owned());
    }
    // A field of the metadata stands two blanks in; an item of a list begins with a dash there.
    let plain = line.plain();
    let field = plain.strip_prefix("  ").filter(|rest| !rest.starts_with([' ', '-']));
    match (present, field) {
        ("metadata", Some("managedFields:")) => Some(MANAGED_FIELDS.to_owned()),
        (MANAGED_FIELDS, Some(_)) => Some("metadata".to_owned()),
        _ => None,
    }
}

/// The object without `metadata.managedFields`, the rest in its order.
pub fn without_managed_fields(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(metadata) = value.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        // `remove` would move the last entry into the gap.
        metadata.shift_remove("managedFields");
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::text::Role;

    #[test]
    fn managed_fields_are_left_out_on_demand_and_the_order_stays() {
        let object =
            json!({"kind": "Pod", "metadata": {"managedFields": [{"manager": "m"}], "name": "x"}, "apiVersion": "v1"});
        let folded = to_yaml_text(&object, true).plain();
        assert_eq!(folded, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n");
        assert!(to_yaml(&object).contains("managedFields:\n  - manager: m\n"));
    }

    #[test]
    fn a_section_for_each_part() {
        let object = json!({"kind": "Pod", "spec": {"a": "x:", "l": ["y:"]}, "status": {}, "metadata": {"name": "x"}});
        let text = to_yaml_text(&object, true);
        let titles: Vec<&str> = text.sections.iter().map(|section| section.title.as_str()).collect();
        assert_eq!(titles, ["", "metadata", "spec"]);
        assert_eq!(text.sections[1].lines[1].spans[1].role, Role::Label);
    }

    #[test]
    fn managed_fields_are_a_section_between_two_of_the_metadata() {
        let fields = json!([{"manager": "m", "fieldsV1": {"f:metadata": {"f:name": {}}}}, {"manager": "n"}]);
        let object = json!({"kind": "Pod", "metadata": {"labels": {"a": "managedFields:"}, "managedFields": fields, "name": "x"}, "spec": {"a": 1}});
        let text = to_yaml_text(&object, false);
        let sections: Vec<_> =
            text.sections.iter().map(|section| (section.title.as_str(), section.lines.len())).collect();
        assert_eq!(sections, [("", 1), ("metadata", 3), (MANAGED_FIELDS, 6), ("metadata", 1), ("spec", 2)]);
        assert_eq!(text.plain(), to_yaml(&object), "the lines are the same");
    }
}
