//! Label and field selectors, in the forms that clients send, with the server's words for the others.

use serde_json::Value;

use super::super::failure::{Answer, Failure};
use super::super::json::{map, text};

/// A parsed selector; an object must meet every requirement.
#[derive(Debug, Default)]
pub struct Selector {
    labels: Vec<Label>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Debug, PartialEq)]
enum Label {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
}

impl Selector {
    /// Reads both selectors of a request for a kind.
    pub fn parse(plural: &str, labels: &str, fields: &str) -> Answer<Self> {
        let labels = split(labels).into_iter().map(label).collect::<Answer<_>>()?;
        let fields =
            fields.split(',').filter(|term| !term.is_empty()).map(|term| field(plural, term)).collect::<Answer<_>>()?;
        Ok(Self { labels, fields })
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether an object is meant.
    pub fn matches(&self, object: &Value) -> bool {
        let labels = map(object, "/metadata/labels");
        let value = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
        let labelled = self.labels.iter().all(|label| match label {
            Label::In(key, values) => value(key).is_some_and(|value| values.iter().any(|known| known == value)),
            Label::NotIn(key, values) => value(key).is_none_or(|value| values.iter().all(|known| known != value)),
            Label::Exists(key) => value(key).is_some(),
            Label::Missing(key) => value(key).is_none(),
        });
        labelled && self.fields.iter().all(|(path, equal, wanted)| (text_of(object, path) == *wanted) == *equal)
    }
}

fn text_of(object: &Value, path: &str) -> String {
    if path == "source" {
        return match text(object, "/source/component") {
            "" => text(object, "/reportingComponent").to_owned(),
            component => component.to_owned(),
        };
    }
    match object.pointer(&format!("/{}", path.replace('.', "/"))) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(on)) => on.to_string(),
        _ if path == "spec.unschedulable" => "false".to_owned(),
        _ => String::new(),
    }
}

/// Splits at commas that are not inside parentheses.
fn split(labels: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let mut start = 0;
    let mut terms = Vec::new();
    for (at, c) in labels.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                terms.push(&labels[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !labels.trim().is_empty() {
        terms.push(&labels[start..]);
    }
    terms
}

fn label(term: &str) -> Answer<Label> {
    let term = term.trim();
    for (mark, not) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((key, value)) = term.split_once(mark) {
            let (key, values) = (key.trim().to_owned(), vec![value.trim().to_owned()]);
            return match (key.is_empty(), not) {
                (true, _) => Err(unparsable("found '=', expected: !, identifier, or 'end of string'")),
                (_, true) => Ok(Label::NotIn(key, values)),
                (_, false) => Ok(Label::In(key, values)),
            };
        }
    }
    let words: Vec<&str> = term.splitn(3, char::is_whitespace).collect();
    match words.as_slice() {
        [key] if !key.is_empty() => Ok(match key.strip_prefix('!') {
            Some(key) => Label::Missing(key.trim().to_owned()),
            None => Label::Exists((*key).to_owned()),
        }),
        [key, word, list] => {
            let inner = list.trim().strip_prefix('(').and_then(|list| list.strip_suffix(')'));
            let Some(inner) = inner else {
                return Err(unparsable(&format!("unable to parse requirement: found '{list}' expected: '('")));
            };
            let values = inner.split(',').map(|value| value.trim().to_owned()).collect();
            match *word {
                "in" => Ok(Label::In((*key).to_owned(), values)),
                "notin" => Ok(Label::NotIn((*key).to_owned(), values)),
                _ => Err(unparsable(&format!(
                    "unable to parse requirement: found '{word}', expected: in, notin, =, ==, !=, gt, lt"
                ))),
            }
        }
        // `key in(a,b)` without the space.
        [key, rest] => match rest.split_once('(') {
            Some((word, list)) => label(&format!("{key} {word} ({list}")),
            None => Err(unparsable(&format!(
                "unable to parse requirement: found '{rest}', expected: in, notin, =, ==, !=, gt, lt"
            ))),
        },
        _ => Err(unparsable("found ',', expected: !, identifier, or 'end of string'")),
    }
}

fn unparsable(message: &str) -> Failure {
    Failure::bad_request(message)
}

/// The fields that the API server can select by, beside name and namespace.
fn known_fields(plural: &str) -> &'static [&'static str] {
    match plural {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "nodes" => &["spec.unschedulable"],
        "namespaces" => &["status.phase"],
        "replicasets" | "jobs" => &["status.replicas", "status.successful"],
        "secrets" => &["type"],
        _ => &[],
    }
}

fn field(plural: &str, term: &str) -> Answer<(String, bool, String)> {
    let (path, equal, value) = if let Some((path, value)) = term.split_once("!=") {
        (path, false, value)
    } else if let Some((path, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        (path, true, value)
    } else {
        return Err(unparsable(&format!("invalid selector: '{term}'; can't understand '{term}'")));
    };
    if matches!(path, "metadata.name" | "metadata.namespace") || known_fields(plural).contains(&path) {
        Ok((path.to_owned(), equal, value.to_owned()))
    } else {
        Err(unparsable(&format!("field label not supported: {path}")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(labels: &str, fields: &str) -> Answer<bool> {
        let pod =
            json!({"metadata": {"name": "a", "labels": {"app": "web", "tier": "front"}}, "spec": {"nodeName": "n1"}});
        Selector::parse("pods", labels, fields).map(|selector| selector.matches(&pod))
    }

    #[test]
    fn every_form_of_label() {
        for (labels, meant) in [
            ("", true),
            ("app=web", true),
            ("app==web,tier=front", true),
            ("app!=web", false),
            ("missing!=x", true),
            ("app in (web, api)", true),
            ("app notin (web,api),tier", false),
            ("app in(web)", true),
            ("tier", true),
            ("!tier", false),
            ("!gone", true),
        ] {
            assert_eq!(matches(labels, ""), Ok(meant), "{labels}");
        }
    }

    #[test]
    fn every_form_of_field() {
        for (fields, meant) in [
            ("metadata.name=a", true),
            ("spec.nodeName==n1", true),
            ("spec.nodeName!=n1", false),
            ("status.phase=Running,spec.nodeName=n1", false),
        ] {
            assert_eq!(matches("", fields), Ok(meant), "{fields}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for (labels, fields) in [(",,=", ""), ("a in b", ""), ("a near b", ""), ("", "foo=bar"), ("", "foo")] {
            let refused = matches(labels, fields).expect_err("not a selector");
            assert_eq!(refused.code, 400, "{labels} {fields}");
        }
    }
}
