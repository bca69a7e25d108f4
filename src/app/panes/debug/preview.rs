//! What would change, beside the form: the command that does the same, what is worth knowing, and the container, or
//! the pod as it differs from the original.

use serde_json::{Value, json};

use crate::base::diff::shown;
use crate::base::text::{Line, Role, Section, Text};
use crate::debug::{Form, Plan, Style};
use crate::describe::yaml::{to_yaml, to_yaml_text};

/// Lines around a change.
const CONTEXT: usize = 2;

/// The text. Without a plan there is nothing to show but why.
pub fn text(form: &Form, plan: Option<&Plan>, object: &Value) -> Text {
    let Some(plan) = plan else {
        return Text::from_lines(vec![Line::new("nothing can be built yet: see what is marked", Role::Dim)]);
    };
    let mut first = vec![
        Line::new("The kubectl command that does the same", Role::Heading),
        Line::new(format!("  {}", plan.command(form)), Role::Plain),
    ];
    for request in plan.requests() {
        first.push(Line::new(format!("  {request}"), Role::Dim));
    }
    let warnings = plan.warnings();
    if !warnings.is_empty() {
        first.extend([Line::default(), Line::new("Worth knowing", Role::Heading)]);
        first.extend(warnings.iter().map(|warning| Line::new(format!("  {}", warning.text()), Role::Warn)));
    }
    first.push(Line::default());
    let mut sections = vec![Section { title: String::new(), lines: first }];
    sections.push(match plan.style {
        Style::Ephemeral => section(
            &format!("Added to pod/{}", plan.target.name),
            indented(to_yaml_text(&json!({"ephemeralContainers": [plan.debug_container()]}), false)),
        ),
        Style::Copy => section(
            &format!("How pod/{} differs from {}", plan.pod_key().name, plan.target.name),
            difference(object, &plan.pod),
        ),
        Style::Node => section("The pod that is made", indented(to_yaml_text(&plan.pod, false))),
    });
    Text { sections }
}

fn section(title: &str, lines: Vec<Line>) -> Section {
    let heading = Line::new(title, Role::Heading);
    Section { title: String::new(), lines: [heading].into_iter().chain(lines).collect() }
}

fn indented(text: Text) -> Vec<Line> {
    let indent = |mut line: Line| {
        line.spans.insert(0, crate::base::text::Span::new("  ", Role::Plain));
        line
    };
    text.sections.into_iter().flat_map(|section| section.lines).map(indent).collect()
}

/// What a person writes of a pod: its name, labels, annotations and spec.
fn difference(original: &Value, copy: &Value) -> Vec<Line> {
    let written = |pod: &Value| {
        let mut metadata = pod["metadata"].clone();
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.retain(|field, _| matches!(field.as_str(), "annotations" | "labels" | "name"));
        }
        to_yaml(&json!({"metadata": metadata, "spec": pod["spec"]}))
    };
    let (old, new) = (written(original), written(copy));
    shown(&old.lines().collect::<Vec<_>>(), &new.lines().collect::<Vec<_>>(), CONTEXT)
}
