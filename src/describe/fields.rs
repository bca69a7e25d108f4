//! Reading fields out of raw API objects without trusting their shape.
//!
//! What is missing or has another type than expected reads as empty, so a strange object gives a shorter
//! description and never a failure. Paths are JSON pointers (`/spec/nodeName`).

use serde_json::Value;

pub(super) use crate::base::json::{list, text};
use crate::base::stamp::Stamp;
use crate::model::quantity::Quantity;

/// A number or a text at `path`, as text: ports and thresholds may be either.
pub(super) fn scalar(object: &Value, path: &str) -> String {
    object.pointer(path).map(shown).unwrap_or_default()
}

/// A single value as text; empty for lists and objects.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// The whole number at `path`; zero when there is none.
pub(super) fn number(object: &Value, path: &str) -> i64 {
    object.pointer(path).and_then(Value::as_i64).unwrap_or_default()
}

/// The whole number at `path`, where there is one.
pub(super) fn whole(object: &Value, path: &str) -> Option<i64> {
    object.pointer(path).and_then(Value::as_i64)
}

/// Whether the flag at `path` is set.
pub(super) fn flag(object: &Value, path: &str) -> bool {
    object.pointer(path).and_then(Value::as_bool).unwrap_or_default()
}

/// The texts of the list at `path`.
pub(super) fn texts<'a>(object: &'a Value, path: &str) -> Vec<&'a str> {
    list(object, path).iter().filter_map(Value::as_str).collect()
}

/// The object at `path`; `None` when there is none or it is something else.
pub(super) fn child<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    object.pointer(path).filter(|value| value.is_object())
}

/// What is at `path`; `None` for `null` too, which the API takes for nothing.
pub(super) fn present<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    object.pointer(path).filter(|value| !value.is_null())
}

/// The entries of the map at `path`, sorted by name.
pub(super) fn entries<'a>(object: &'a Value, path: &str) -> Vec<(&'a str, &'a Value)> {
    let mut entries: Vec<(&str, &Value)> = object
        .pointer(path)
        .and_then(Value::as_object)
        .map(|map| map.iter().map(|(name, value)| (name.as_str(), value)).collect())
        .unwrap_or_default();
    entries.sort_unstable_by_key(|(name, _)| *name);
    entries
}

/// The moment at `path`.
pub(super) fn time(object: &Value, path: &str) -> Stamp {
    Stamp::parse(text(object, path))
}

/// The moment at `path` as kubectl writes it; Go's zero time when it is not set.
pub(super) fn date(object: &Value, path: &str) -> String {
    let at = time(object, path);
    if at.is_set() { at.rfc1123() } else { "Mon, 01 Jan 0001 00:00:00 +0000".to_owned() }
}

/// The quantity that `value` holds, if it holds one.
pub(super) fn quantity(value: &Value) -> Option<Quantity> {
    Quantity::parse(&shown(value))
}

/// The quantity at `path` in its canonical form; zero when there is none, and what is none as it came.
pub(super) fn amount(object: &Value, path: &str) -> String {
    present(object, path).map_or_else(|| "0".to_owned(), canonical)
}

/// A quantity in its canonical form; what is none is shown as it came.
pub(super) fn canonical(amount: &Value) -> String {
    quantity(amount).map_or_else(|| shown(amount), |quantity| quantity.to_string())
}

/// The texts of the list at `path`, as Go prints a slice: `[a b]`.
pub(super) fn bracketed(object: &Value, path: &str) -> String {
    format!("[{}]", texts(object, path).join(" "))
}

/// A number or text at `path` as Go prints a pointer to it.
pub(super) fn scalar_or_nil(object: &Value, path: &str) -> String {
    present(object, path).map_or_else(|| "<nil>".to_owned(), shown)
}

/// `True`, `False`, or `<unset>` where there is no flag at `path`.
pub(super) fn yes_no(object: &Value, path: &str) -> &'static str {
    match object.pointer(path).and_then(Value::as_bool) {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    }
}

/// `text`, or `<none>` for nothing.
pub(super) fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_or_odd_reads_as_empty() {
        let odd = json!({"a": 5, "b": [1, "x"], "c": {"z": 1, "y": "2"}, "d": true, "t": "soon"});
        assert_eq!(text(&odd, "/a"), "");
        assert_eq!(text(&odd, "/b/1"), "x");
        assert_eq!(scalar(&odd, "/a"), "5");
        assert_eq!(scalar(&odd, "/c"), "");
        assert_eq!((number(&odd, "/a"), number(&odd, "/d")), (5, 0));
        assert_eq!(texts(&odd, "/b"), ["x"]);
        assert!(list(&odd, "/c").is_empty() && child(&odd, "/b").is_none());
        assert_eq!(entries(&odd, "/c").first().map(|(name, _)| *name), Some("y"));
        assert_eq!(date(&odd, "/t"), "Mon, 01 Jan 0001 00:00:00 +0000");
        assert!(flag(&odd, "/d") && !flag(&odd, "/a"));
        assert!(quantity(&odd["a"]).is_some() && quantity(&odd["b"]).is_none());
    }
}
