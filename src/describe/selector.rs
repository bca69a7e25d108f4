//! Selectors and maps of labels on one line. Rules: apimachinery, `LabelSelectorAsSelector`,
//! `FormatLabelSelector` and `FormatLabels`.

use serde_json::Value;

use super::fields::{entries, list, or_none, shown, text, texts};

/// A label selector in its short form, as the API takes it in a query: empty when it selects by nothing,
/// `None` when it cannot be read.
pub(super) fn labels(selector: &Value) -> Option<String> {
    let labels = entries(selector, "/matchLabels").into_iter();
    let mut terms: Vec<(&str, String)> = labels.map(|(key, value)| (key, format!("{key}={}", shown(value)))).collect();
    for expression in list(selector, "/matchExpressions") {
        terms.push((text(expression, "/key"), term(expression)?));
    }
    terms.sort_by_key(|(key, _)| *key);
    let terms: Vec<String> = terms.into_iter().map(|(_, term)| term).collect();
    Some(terms.join(","))
}

fn term(expression: &Value) -> Option<String> {
    let key = text(expression, "/key");
    let mut values = texts(expression, "/values");
    values.sort_unstable();
    match text(expression, "/operator") {
        "In" if !values.is_empty() => Some(format!("{key} in ({})", values.join(","))),
        "NotIn" if !values.is_empty() => Some(format!("{key} notin ({})", values.join(","))),
        "Exists" => Some(key.to_owned()),
        "DoesNotExist" => Some(format!("!{key}")),
        _ => None,
    }
}

/// The same for a person: `<none>` when it selects by nothing, `<error>` when it cannot be read.
pub(super) fn formatted(selector: &Value) -> String {
    labels(selector).map_or_else(|| "<error>".to_owned(), |labels| or_none(&labels).to_owned())
}

/// The map at `path`, sorted: `a=1,b=2`; empty for none.
pub(super) fn map(object: &Value, path: &str) -> String {
    let pairs = entries(object, path).into_iter().map(|(name, value)| format!("{name}={}", shown(value)));
    pairs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors() {
        let expressions = json!([
            {"key": "c", "operator": "In", "values": ["y", "x"]},
            {"key": "a", "operator": "DoesNotExist"},
        ]);
        let both = json!({"matchLabels": {"b": "1"}, "matchExpressions": expressions});
        assert_eq!(formatted(&both), "!a,b=1,c in (x,y)");
        assert_eq!(formatted(&json!({})), "<none>");
        assert_eq!(formatted(&json!({"matchExpressions": [{"key": "c", "operator": "Near"}]})), "<error>");
        assert_eq!(labels(&json!(null)).as_deref(), Some(""));
    }

    #[test]
    fn maps_are_sorted() {
        assert_eq!(map(&json!({"m": {"b": "2", "a": "1"}}), "/m"), "a=1,b=2");
        assert_eq!(map(&json!({"m": []}), "/m"), "");
    }
}
