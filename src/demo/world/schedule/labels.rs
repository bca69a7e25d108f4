//! Selectors: of labels, and of nodes by their labels and fields.

use serde_json::{Map, Value};

use crate::demo::json::{at, list, map, text};

/// Whether a pod wants to be on a node: its selector, and what its affinity requires.
pub(super) fn wants(pod: &Value, node: &Value) -> bool {
    let labels = map(node, "/metadata/labels");
    let selected = map(pod, "/spec/nodeSelector").is_none_or(|wanted| {
        wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    });
    let required = at(pod, "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution");
    selected && required.is_none_or(|required| on_node(required, node))
}

/// Whether one of the terms of a node selector is about this node.
pub(in crate::demo::world) fn on_node(selector: &Value, node: &Value) -> bool {
    let empty = Map::new();
    let labels = map(node, "/metadata/labels").unwrap_or(&empty);
    list(selector, "/nodeSelectorTerms").iter().any(|term| {
        let (expressions, fields) = (list(term, "/matchExpressions"), list(term, "/matchFields"));
        // A term without anything in it is about no node.
        !(expressions.is_empty() && fields.is_empty())
            && expressions.iter().all(|one| holds(one, labels.get(text(one, "/key")).and_then(Value::as_str)))
            && fields.iter().all(|one| holds(one, Some(text(node, "/metadata/name"))))
    })
}

/// Whether a label selector, which is nothing when it is missing, selects these labels.
pub(super) fn selects(selector: Option<&Value>, labels: Option<&Map<String, Value>>) -> bool {
    let Some(selector) = selector.filter(|selector| !selector.is_null()) else { return false };
    let value = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let equal = map(selector, "/matchLabels")
        .is_none_or(|wanted| wanted.iter().all(|(key, wanted)| value(key) == wanted.as_str()));
    equal && list(selector, "/matchExpressions").iter().all(|one| holds(one, value(text(one, "/key"))))
}

/// Whether an expression holds for a value, if there is one.
fn holds(expression: &Value, value: Option<&str>) -> bool {
    let among = || list(expression, "/values").iter().any(|known| known.as_str() == value);
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let bound = || number(list(expression, "/values").first().and_then(Value::as_str));
    match text(expression, "/operator") {
        "In" => value.is_some() && among(),
        "NotIn" => value.is_none() || !among(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => number(value).zip(bound()).is_some_and(|(value, bound)| value > bound),
        "Lt" => number(value).zip(bound()).is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expressions_hold_as_the_api_says() {
        let says = |operator: &str, values: &Value, value: Option<&str>| {
            holds(&json!({"operator": operator, "values": values}), value)
        };
        let ab = json!(["a", "b"]);
        assert!(says("In", &ab, Some("a")) && !says("In", &ab, None) && !says("In", &ab, Some("c")));
        assert!(says("NotIn", &ab, None) && !says("NotIn", &ab, Some("b")));
        assert!(says("Exists", &json!(null), Some("")) && says("DoesNotExist", &json!(null), None));
        assert!(says("Gt", &json!(["4"]), Some("5")) && !says("Lt", &json!(["4"]), Some("5")));
        assert!(!says("Gt", &json!(["x"]), Some("5")) && !says("Near", &ab, Some("a")));
    }

    #[test]
    fn a_missing_selector_selects_nothing_and_an_empty_one_everything() {
        assert!(!selects(None, None) && selects(Some(&json!({})), None));
        let labels = json!({"app": "web"});
        assert!(selects(Some(&json!({"matchLabels": {"app": "web"}})), labels.as_object()));
    }
}
