//! Any kind, as kubectl describes those that it does not know: every field under its name in words. Rules:
//! kubectl describe, `printUnstructuredContent` and `smartLabelFor`.

use serde_json::Value;

use super::tabs::Writer;
use super::{golang, meta};
use crate::base::text::Role;

/// Fields that have their own lines above, or none.
const SKIPPED: [&str; 5] =
    [".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"];
/// Written in capitals.
const ACRONYMS: [&str; 5] = ["API", "URL", "UID", "OSB", "GUID"];
/// Levels below which nothing is written; deeper than anything that the API server takes.
const DEEPEST: usize = 100;

/// Writes everything but the events.
pub(super) fn write(w: &mut Writer, object: &Value) {
    meta::identity(w, object);
    fields(w, 0, object, "");
}

fn fields(w: &mut Writer, level: usize, object: &Value, path: &str) {
    let Some(map) = object.as_object().filter(|_| level < DEEPEST) else { return };
    let mut names: Vec<(&String, &Value)> = map.iter().collect();
    names.sort_unstable_by_key(|(name, _)| name.as_str());
    for (name, value) in names {
        let path = format!("{path}.{name}");
        if SKIPPED.contains(&path.as_str()) {
            continue;
        }
        let label = label(name);
        match value {
            Value::Object(_) => {
                top_section(w, level, &label);
                w.indented(level, &format!("{label}:\n"), Role::Label);
                fields(w, level + 1, value, &path);
            }
            Value::Array(items) => {
                top_section(w, level, &label);
                w.indented(level, &format!("{label}:\n"), Role::Label);
                for item in items {
                    match item {
                        Value::Object(_) => fields(w, level + 1, item, &path),
                        single => w.line(level + 1, &golang::value(single)),
                    }
                }
            }
            single => {
                w.field(level, &label, golang::value(single));
            }
        }
    }
}

fn top_section(w: &mut Writer, level: usize, label: &str) {
    if level == 0 {
        w.section(label);
    }
}

/// A field's name in words: `apiVersion` is `API Version`. Names with digits, dots and the like stay.
fn label(name: &str) -> String {
    if name.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return name.to_owned();
    }
    words(name).iter().map(|word| capitalized(word)).collect::<Vec<_>>().join(" ")
}

fn capitalized(word: &str) -> String {
    let upper = word.to_uppercase();
    if ACRONYMS.contains(&upper.as_str()) {
        return upper;
    }
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Splits at every change between small letters, capitals and the rest. Of two capitals the last belongs to
/// the small letters behind it (`clusterIPs` is `cluster I Ps`), a longer run keeps them (`podCIDRs` is
/// `pod CIDRs`): so kubectl 1.37.
fn words(name: &str) -> Vec<String> {
    /// Bytes, not letters, because kubectl counts bytes.
    const SHORT: usize = 2;
    let class = |c: char| (c.is_lowercase(), c.is_uppercase());
    let mut words: Vec<String> = Vec::new();
    let mut last = None;
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if last == Some(class(c)) => word.push(c),
            Some(word) if c.is_lowercase() && word.chars().all(char::is_uppercase) => {
                let capital = if word.len() <= SHORT { word.pop() } else { None };
                match capital {
                    Some(capital) if word.is_empty() => word.extend([capital, c]),
                    Some(capital) => words.push([capital, c].iter().collect()),
                    None => word.push(c),
                }
            }
            _ => words.push(c.to_string()),
        }
        last = Some(class(c));
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_in_words() {
        let cases = [
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("creationTimestamp", "Creation Timestamp"),
            ("podCIDRs", "Pod CIDRs"),
            ("clusterIP", "Cluster IP"),
            ("clusterIPs", "Cluster I Ps"),
            ("HTTPServer", "HTTPServer"),
            ("nonResourceURLsOf", "Non Resource URLs Of"),
            ("ÉCole", "ÉCole"),
            ("XsY", "Xs Y"),
            ("foo-bar", "Foo - Bar"),
            ("k8s.io", "k8s.io"),
            ("a", "A"),
            ("x509", "x509"),
        ];
        for (name, words) in cases {
            assert_eq!(label(name), words);
        }
    }

    #[test]
    fn nested_values() {
        let object = json!({"metadata": {"name": "n", "managedFields": [1], "uid": "u"}, "spec": {"b": [1, {"c": null}, [2]], "a": 1.5}});
        let mut w = Writer::default();
        write(&mut w, &object);
        let text = w.finish().plain();
        assert!(
            text.ends_with("Metadata:\n  UID:  u\nSpec:\n  A:  1.5\n  B:\n    1\n    C:  <nil>\n    [2]\n"),
            "{text}"
        );
    }

    #[test]
    fn endless_nesting_ends() {
        let deep = (0..200).fold(json!(1), |inner, _| json!({"a": inner}));
        let mut w = Writer::default();
        write(&mut w, &deep);
        assert_eq!(w.finish().lines().count(), 4 + DEEPEST);
    }
}
