//! Objects as JSON, YAML or names: `-o json|yaml|name`.
//!
//! Pure but for the writer. Lists are written item by item, so that only a page of them is held.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::describe::json::{Keys, to_json};
use crate::describe::yaml::to_yaml;

/// The form of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// `pod/web-0`, one a line.
    Name,
}

/// Writes objects, one document each or all in a list.
#[derive(Debug)]
pub struct Documents<W> {
    out: W,
    form: Form,
    managed_fields: bool,
    /// Documents or items so far.
    count: usize,
}

impl<W: Write> Documents<W> {
    /// Documents onto `out`; `managed_fields` keeps `metadata.managedFields`.
    pub fn new(out: W, form: Form, managed_fields: bool) -> Self {
        Self { out, form, managed_fields, count: 0 }
    }

    /// Writes an object by itself.
    pub fn document(&mut self, mut object: Value, keys: Keys) -> io::Result<()> {
        self.strip(&mut object);
        if self.count > 0 && self.form == Form::Yaml {
            self.out.write_all(b"---\n")?;
        }
        self.count += 1;
        match self.form {
            Form::Json => writeln!(self.out, "{}", to_json(&object, 0, keys))?,
            Form::Yaml => self.out.write_all(to_yaml(&object).as_bytes())?,
            Form::Name => self.name(&object)?,
        }
        self.out.flush()
    }

    /// Writes an item of the list that [`Self::end_list`] ends.
    pub fn item(&mut self, mut object: Value) -> io::Result<()> {
        self.strip(&mut object);
        let is_first = self.count == 0;
        self.count += 1;
        match self.form {
            Form::Json => {
                let before = if is_first { "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n" } else { ",\n" };
                write!(self.out, "{before}        {}", to_json(&object, 2, Keys::Sorted))
            }
            Form::Yaml => {
                let before = if is_first { "apiVersion: v1\nitems:\n" } else { "" };
                write!(self.out, "{before}{}", to_yaml(&Value::Array(vec![object])))
            }
            Form::Name => self.name(&object),
        }
    }

    /// Ends the list: kubectl's own, whatever was in it.
    pub fn end_list(&mut self) -> io::Result<()> {
        match (self.form, self.count) {
            (Form::Name, _) => {}
            (_, 0) => {
                let list = json!({"apiVersion": "v1", "items": [], "kind": "List", "metadata": {"resourceVersion": ""}});
                return self.document(list, Keys::Sorted);
            }
            (Form::Json, _) => self.out.write_all(
                b"\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n",
            )?,
            (Form::Yaml, _) => self.out.write_all(b"kind: List\nmetadata:\n  resourceVersion: \"\"\n")?,
        }
        self.out.flush()
    }

    fn name(&mut self, object: &Value) -> io::Result<()> {
        if let Some(items) = object.get("items").and_then(Value::as_array) {
            return items.iter().try_for_each(|item| self.name(item));
        }
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let kind = text("/kind").to_lowercase();
        let group = text("/apiVersion").split_once('/').map_or_else(String::new, |(group, _)| format!(".{group}"));
        writeln!(self.out, "{kind}{group}/{}", text("/metadata/name"))
    }

    fn strip(&self, object: &mut Value) {
        if self.managed_fields {
            return;
        }
        let own = object.get_mut("items").and_then(Value::as_array_mut);
        match own {
            Some(items) => items.iter_mut().for_each(strip_managed_fields),
            None => strip_managed_fields(object),
        }
    }
}

fn strip_managed_fields(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        // `remove` would move the last entry into the gap.
        metadata.shift_remove("managedFields");
    }
}

/// The items of a list, each with the kind and version that servers leave out of typed lists. `kind` is the fall-back
/// for lists that do not say theirs.
pub fn items(list: &mut Value, api_version: &str, kind: &str) -> Vec<Value> {
    let items = match list.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let typed = |mut item: Value| {
        let Value::Object(map) = &mut item else { return item };
        let mut whole = Map::with_capacity(map.len() + 2);
        whole.insert("kind".to_owned(), kind.into());
        whole.insert("apiVersion".to_owned(), api_version.into());
        whole.append(map);
        Value::Object(whole)
    };
    items.into_iter().map(typed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(form: Form, items: &[Value]) -> String {
        let mut documents = Documents::new(Vec::new(), form, false);
        for item in items {
            documents.item(item.clone()).expect("memory takes everything");
        }
        documents.end_list().expect("memory takes everything");
        String::from_utf8(documents.out).expect("text")
    }

    fn pod(name: &str) -> Value {
        json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "managedFields": [{}]}})
    }

    #[test]
    fn a_list_written_by_items_is_the_list_written_at_once() {
        let (a, b) = (pod("a"), pod("b"));
        let bare = |name: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}});
        let whole = json!({"apiVersion": "v1", "items": [bare("a"), bare("b")], "kind": "List",
            "metadata": {"resourceVersion": ""}});
        let items = [a, b];
        assert_eq!(list(Form::Json, &items), format!("{}\n", to_json(&whole, 0, Keys::Sorted)));
        assert_eq!(list(Form::Yaml, &items), to_yaml(&whole));
        assert_eq!(list(Form::Name, &items), "pod/a\npod/b\n");
        assert_eq!(list(Form::Name, &[]), "");
        assert!(list(Form::Json, &[]).contains("\"items\": [],"));
        assert!(list(Form::Yaml, &[]).contains("items: []\nkind: List\n"));
    }

    #[test]
    fn documents_of_yaml_are_separated_and_names_have_their_group() {
        let mut documents = Documents::new(Vec::new(), Form::Yaml, true);
        documents.document(json!({"a": 1}), Keys::Sorted).expect("memory takes everything");
        documents.document(json!({"a": 2}), Keys::Sorted).expect("memory takes everything");
        assert_eq!(documents.out, b"a: 1\n---\na: 2\n");
        let deployment = json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "web"}});
        assert_eq!(list(Form::Name, &[deployment]), "deployment.apps/web\n");
    }

    #[test]
    fn items_get_the_kind_that_their_list_has() {
        let mut list = json!({"items": [{"metadata": {}}, {"kind": "Other", "apiVersion": "v2"}]});
        let items = items(&mut list, "v1", "Pod");
        assert_eq!(items[0].to_string(), r#"{"kind":"Pod","apiVersion":"v1","metadata":{}}"#);
        assert_eq!(items[1].to_string(), r#"{"kind":"Other","apiVersion":"v2"}"#);
        assert!(super::items(&mut json!(7), "v1", "Pod").is_empty());
    }
}
