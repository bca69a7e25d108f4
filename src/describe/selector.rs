//! Selectors and maps of labels on one line, for a person. Rules: apimachinery, `FormatLabelSelector` and
//! `FormatLabels`; the form that the API takes is `model::selector`'s.

use serde_json::Value;

use super::fields::{entries, or_none, shown};
use crate::model::selector::as_query;

/// A label selector for a person: `<none>` when it selects by nothing, `<error>` when it cannot be read.
pub(super) fn formatted(selector: &Value) -> String {
    as_query(selector).map_or_else(|| "<error>".to_owned(), |query| or_none(&query).to_owned())
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
    }

    #[test]
    fn maps_are_sorted() {
        assert_eq!(map(&json!({"m": {"b": "2", "a": "1"}}), "/m"), "a=1,b=2");
        assert_eq!(map(&json!({"m": []}), "/m"), "");
    }
}
