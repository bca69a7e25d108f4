//! Objects as YAML, byte for byte as `kubectl get -o yaml` prints them.
//!
//! Our own writer, because what kubectl reads back is YAML 1.1: writers of 1.2 leave `yes`, `0777` or `1_000`
//! unquoted, and an edited manifest would come back with other types. Start with [`to_yaml_text`].

use serde_json::Value;

use crate::base::text::{Section, Text};

mod emit;
mod order;
mod scalar;

use emit::Emitter;

/// The value as YAML, ending with a line break.
pub fn to_yaml(value: &Value) -> String {
    to_yaml_text(value, false).plain()
}

/// The value as YAML with roles, a section for each part of it (`metadata`, `spec`, `status`). With
/// `fold_managed_fields` without `metadata.managedFields`, which kubectl leaves out unless it is told
/// `--show-managed-fields`.
pub fn to_yaml_text(value: &Value, fold_managed_fields: bool) -> Text {
    let mut emitter = Emitter::default();
    if fold_managed_fields && value.pointer("/metadata/managedFields").is_some() {
        emitter.document(&without_managed_fields(value));
    } else {
        emitter.document(value);
    }
    let mut sections = vec![Section::default()];
    for line in emitter.finish() {
        let title = line.spans.first().map(|span| span.text.as_str()).unwrap_or_default();
        // Only the keys of the outermost map stand at the margin and end their line.
        if value.is_object() && line.spans.len() == 1 && title.ends_with(':') && !title.starts_with([' ', '-']) {
            sections.push(Section { title: title.trim_end_matches(':').to_owned(), lines: Vec::new() });
        }
        if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        }
    }
    sections.retain(|section| !section.lines.is_empty());
    Text { sections }
}

fn without_managed_fields(value: &Value) -> Value {
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
}
