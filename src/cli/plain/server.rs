//! Tables that the server makes, for kinds of which the program has no rows of its own.
//!
//! Pure: from the answer to [`ACCEPT`] to a [`Table`]. A server without tables answers with plain objects; then there
//! are names and ages, as in kubectl.

use serde_json::Value;

use super::table::{Heading, Line, Table};
use crate::base::age::age;
use crate::base::golang;
use crate::base::json::text;
use crate::base::stamp::Stamp;

/// `Accept` of a table, as kubectl asks for it.
pub const ACCEPT: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;\
                          g=meta.k8s.io,application/json";

/// Reads an answer; `now` is for servers that make no tables.
pub fn table(answer: &Value, now: Stamp) -> Table {
    if answer["kind"] == "Table" {
        return Table {
            headings: array(&answer["columnDefinitions"]).iter().map(heading).collect(),
            lines: array(&answer["rows"]).iter().map(line).collect(),
        };
    }
    let objects = match answer.get("items") {
        Some(items) => array(items),
        None => std::slice::from_ref(answer),
    };
    let heading = |text: &str, is_name| Heading { text: text.to_owned(), wide: false, is_name };
    Table {
        headings: vec![heading("Name", true), heading("Age", false)],
        lines: objects.iter().map(|object| plain_line(object, now)).collect(),
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn heading(definition: &Value) -> Heading {
    Heading {
        text: text(definition, "/name").to_owned(),
        wide: definition["priority"].as_i64().unwrap_or(0) != 0,
        is_name: text(definition, "/format") == "name" && text(definition, "/type") == "string",
    }
}

fn line(row: &Value) -> Line {
    let cell = |cell: &Value| if cell.is_null() { String::new() } else { golang::value(cell) };
    Line { cells: array(&row["cells"]).iter().map(cell).collect(), ..described_by(&row["object"]) }
}

fn plain_line(object: &Value, now: Stamp) -> Line {
    let born = Stamp::parse(text(object, "/metadata/creationTimestamp"));
    Line { cells: vec![text(object, "/metadata/name").to_owned(), age(born, now)], ..described_by(object) }
}

/// What the metadata of an object says of its row.
fn described_by(object: &Value) -> Line {
    let labels = object.pointer("/metadata/labels").and_then(Value::as_object);
    let mut labels: Vec<_> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    labels.sort();
    Line { namespace: text(object, "/metadata/namespace").to_owned(), labels, cells: Vec::new() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_printed_as_go_prints_them() {
        let answer = json!({
            "kind": "Table",
            "columnDefinitions": [
                {"name": "Name", "type": "string", "format": "name", "priority": 0},
                {"name": "Ready", "type": "integer", "priority": 1},
            ],
            "rows": [{
                "cells": ["web", 3, null, true],
                "object": {"metadata": {"namespace": "shop", "labels": {"b": "2", "a": "1"}}},
            }],
        });
        let table = table(&answer, Stamp::NONE);
        assert!(table.headings[0].is_name && !table.headings[0].wide && table.headings[1].wide);
        assert_eq!(table.lines[0].cells, ["web", "3", "", "true"]);
        assert_eq!((table.lines[0].namespace.as_str(), table.lines[0].labels[0].0.as_str()), ("shop", "a"));
    }

    #[test]
    fn without_tables_there_are_names_and_ages() {
        let object = json!({"metadata": {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}});
        let now = Stamp::parse("2026-01-01T00:05:00Z");
        assert_eq!(table(&json!({"items": [object]}), now).lines[0].cells, ["a", "5m"]);
        assert_eq!(table(&object, now).lines.len(), 1);
        assert!(table(&json!({"kind": "Table", "rows": 7}), now).lines.is_empty());
    }
}
