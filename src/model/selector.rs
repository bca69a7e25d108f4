//! Label selectors of objects, as the API takes them in a query: `app=web,!old,tier in (a,b)`.
//!
//! The rules and the order are apimachinery's (`LabelSelectorAsSelector`). What a person types is read by
//! `base::selector`.

use serde_json::{Map, Value};

use crate::base::json::{list, text};

/// A `LabelSelector`: empty when it selects by nothing, `None` when it cannot be read. (To leave a condition out would
/// select what somebody else owns.)
pub fn as_query(selector: &Value) -> Option<String> {
    let mut terms: Vec<(&str, String)> = labels(selector.get("matchLabels").and_then(Value::as_object));
    for expression in list(selector, "/matchExpressions") {
        terms.push((text(expression, "/key"), term(expression)?));
    }
    Some(joined(terms))
}

/// The same of either form: Services and `ReplicationControllers` select by a bare map of labels.
pub fn as_query_of_either(selector: &Value) -> Option<String> {
    let is_bare = selector.get("matchLabels").is_none() && selector.get("matchExpressions").is_none();
    if is_bare { Some(joined(labels(selector.as_object()))) } else { as_query(selector) }
}

fn labels(map: Option<&Map<String, Value>>) -> Vec<(&str, String)> {
    let value = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    };
    map.into_iter().flatten().map(|(key, label)| (key.as_str(), format!("{key}={}", value(label)))).collect()
}

fn term(expression: &Value) -> Option<String> {
    let key = text(expression, "/key");
    let mut values: Vec<&str> = list(expression, "/values").iter().filter_map(Value::as_str).collect();
    values.sort_unstable();
    match text(expression, "/operator") {
        "In" if !values.is_empty() => Some(format!("{key} in ({})", values.join(","))),
        "NotIn" if !values.is_empty() => Some(format!("{key} notin ({})", values.join(","))),
        "Exists" => Some(key.to_owned()),
        "DoesNotExist" => Some(format!("!{key}")),
        _ => None,
    }
}

fn joined(mut terms: Vec<(&str, String)>) -> String {
    terms.sort_by_key(|(key, _)| *key);
    terms.into_iter().map(|(_, term)| term).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_condition_in_the_order_of_keys() {
        let cases = [
            (json!({"matchLabels": {"app": "web"}}), Some("app=web")),
            (
                json!({"matchLabels": {"b": "2", "a": "1"}, "matchExpressions": [
                    {"key": "c", "operator": "In", "values": ["y", "x"]}, {"key": "f", "operator": "NotIn", "values": ["z"]},
                    {"key": "e", "operator": "DoesNotExist"}, {"key": "d", "operator": "Exists"}]}),
                Some("a=1,b=2,c in (x,y),d,!e,f notin (z)"),
            ),
            (json!({"matchExpressions": [{"key": "a", "operator": "Newer"}]}), None),
            (json!({"matchExpressions": [{"key": "a", "operator": "In", "values": []}]}), None),
            (json!({"matchLabels": {"a": {}, "b": 7}}), Some("a=,b=7")),
            (json!({}), Some("")),
            (json!(null), Some("")),
        ];
        for (selector, expected) in cases {
            assert_eq!(as_query(&selector).as_deref(), expected, "{selector}");
        }
    }

    #[test]
    fn a_bare_map_is_the_older_form() {
        let both = |selector: Value| as_query_of_either(&selector);
        assert_eq!(both(json!({"tier": "front", "app": "web"})).as_deref(), Some("app=web,tier=front"));
        assert_eq!(both(json!({"matchLabels": {"app": "web"}})).as_deref(), Some("app=web"));
        assert_eq!(both(json!({"matchExpressions": [{"key": "a"}]})), None);
        assert_eq!(both(json!("app")).as_deref(), Some(""));
    }
}
