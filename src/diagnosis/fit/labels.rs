//! Labels of nodes and pods, and the selectors of whole objects that are held against them.
//!
//! What a selector means is said by [`Selector`]; here its JSON is read (apimachinery's `LabelSelectorAsSelector`).

use std::sync::Arc;

use serde_json::Value;

use crate::base::json::{list, text};
use crate::base::selector::Selector;
use crate::model::row::Interner;

/// Labels in the order of their keys. Equal strings of a cluster are one in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Labels(Box<[(Arc<str>, Arc<str>)]>);

impl Labels {
    /// Reads `metadata.labels`.
    pub(super) fn read(object: &Value, strings: &mut Interner) -> Self {
        let labels = object.pointer("/metadata/labels").and_then(Value::as_object);
        let read =
            |(key, value): (&String, &Value)| (strings.get(key), strings.get(value.as_str().unwrap_or_default()));
        let mut labels: Vec<_> = labels.into_iter().flatten().map(read).collect();
        labels.sort_unstable();
        Self(labels.into())
    }

    /// The value of a label.
    pub(super) fn get(&self, key: &str) -> Option<&Arc<str>> {
        let at = self.0.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&self.0[at].1)
    }

    /// Whether a selector holds.
    pub(super) fn meet(&self, selector: &Selector) -> bool {
        selector.matches(|key| self.get(key).map(|value| &**value))
    }

    /// Keys and values.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Arc<str>, Arc<str>)> {
        self.0.iter()
    }

    /// What a person reads of a label: `disktype=ssd`, or `no label disktype`.
    pub(super) fn shown(&self, key: &str) -> String {
        self.get(key).map_or_else(|| format!("no label {key}"), |value| format!("{key}={value}"))
    }
}

/// A `LabelSelector`. Without one nothing is selected, as by one that cannot be read; an empty one selects all.
pub(super) fn label_selector(selector: Option<&Value>) -> Option<Selector> {
    let selector = selector.filter(|selector| selector.is_object())?;
    let mut read = Selector::default();
    for (key, value) in selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
        read.require(key, "In", &[value.as_str().unwrap_or_default()])?;
    }
    require_all(&mut read, list(selector, "/matchExpressions"))?;
    Some(read)
}

/// Adds a list of `{key, operator, values}`.
pub(super) fn require_all(selector: &mut Selector, expressions: &[Value]) -> Option<()> {
    expressions.iter().try_for_each(|expression| {
        let values: Vec<&str> = list(expression, "/values").iter().filter_map(Value::as_str).collect();
        selector.require(text(expression, "/key"), text(expression, "/operator"), &values)
    })
}

/// Adds the pod's own values of `matchLabelKeys`, as the API server does with pods that it has created.
pub(super) fn require_own(selector: &mut Selector, labels: &Labels, keys: &[Value], operator: &str) {
    for key in keys.iter().filter_map(Value::as_str) {
        if let Some(value) = labels.get(key) {
            selector.require(key, operator, &[value]);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn labels(labels: &Value) -> Labels {
        Labels::read(&json!({"metadata": {"labels": labels}}), &mut Interner::default())
    }

    #[test]
    fn labels_are_found_and_shown() {
        let labels = labels(&json!({"zone": "a", "app": "web"}));
        assert_eq!((labels.get("app").map(|v| &**v), labels.get("none")), (Some("web"), None));
        assert_eq!((labels.shown("zone"), labels.shown("disk")), ("zone=a".to_owned(), "no label disk".to_owned()));
    }

    #[test]
    fn no_selector_selects_nothing_and_an_empty_one_all() {
        let web = labels(&json!({"app": "web"}));
        let selects = |selector: Value| label_selector(Some(&selector)).is_some_and(|selector| web.meet(&selector));
        assert!(label_selector(None).is_none() && !selects(json!(null)));
        assert!(selects(json!({})) && selects(json!({"matchLabels": {"app": "web"}})));
        assert!(!selects(json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]})));
        assert!(!selects(json!({"matchExpressions": [{"key": "app", "operator": "Newer"}]})), "unreadable");
    }

    #[test]
    fn own_values_are_required_too() {
        let mut selector = Selector::default();
        require_own(&mut selector, &labels(&json!({"hash": "1"})), &[json!("hash"), json!("none")], "In");
        assert_eq!(selector.to_string(), "hash=1");
    }
}
