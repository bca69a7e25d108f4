//! Reading and writing fields of objects that are plain JSON values.
//!
//! Everything is tolerant: a missing field reads as empty, a wrong type as missing. Start with [`text`].

use serde_json::{Map, Value};

use crate::base::stamp::Stamp;

/// The value at a JSON pointer. `Value::pointer` without its escapes, and much faster where it matters: the
/// world reads fields by the million.
pub fn at<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(value, |value, key| match value {
        Value::Object(fields) => fields.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The string at a JSON pointer; empty when there is none.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer.
pub fn int(value: &Value, pointer: &str) -> Option<i64> {
    at(value, pointer).and_then(Value::as_i64)
}

/// Whether the value at a JSON pointer is `true`.
pub fn flag(value: &Value, pointer: &str) -> bool {
    at(value, pointer).and_then(Value::as_bool).unwrap_or_default()
}

/// The array at a JSON pointer; empty when there is none.
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    at(value, pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The object at a JSON pointer.
pub fn map<'a>(value: &'a Value, pointer: &str) -> Option<&'a Map<String, Value>> {
    at(value, pointer).and_then(Value::as_object)
}

/// The time at a JSON pointer.
pub fn time(value: &Value, pointer: &str) -> Stamp {
    Stamp::parse(text(value, pointer))
}

/// Writes a field, making the objects on the way. What stands in the way and is no object is replaced.
pub fn set(value: &mut Value, path: &[&str], new: Value) {
    let Some((last, parents)) = path.split_last() else { return };
    let mut at = value;
    for key in parents {
        at = object(at).entry(*key).or_insert_with(|| Value::Object(Map::new()));
    }
    object(at).insert((*last).to_owned(), new);
}

/// Writes a field unless it is there, as the API server's defaults do.
pub fn default(value: &mut Value, key: &str, new: Value) {
    object(value).entry(key).or_insert(new);
}

/// Takes a field away.
pub fn remove(value: &mut Value, path: &[&str]) {
    let Some((last, parents)) = path.split_last() else { return };
    let mut at = value;
    for key in parents {
        match at.get_mut(*key) {
            Some(next) => at = next,
            None => return,
        }
    }
    if let Some(fields) = at.as_object_mut() {
        fields.shift_remove(*last);
    }
}

/// The fields of a value, which becomes an object if it was none.
pub fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(fields) => fields,
        _ => unreachable!("it was made an object above"),
    }
}

/// The elements of an array field, which is made when it is missing.
pub fn array<'a>(value: &'a mut Value, key: &str) -> &'a mut Vec<Value> {
    let slot = object(value).entry(key).or_insert_with(|| Value::Array(Vec::new()));
    if !slot.is_array() {
        *slot = Value::Array(Vec::new());
    }
    match slot {
        Value::Array(items) => items,
        _ => unreachable!("it was made an array above"),
    }
}

/// A time as `metav1.Time` is written; null when not set.
pub fn stamp(at: Stamp) -> Value {
    if at.is_set() { Value::String(at.rfc3339()) } else { Value::Null }
}

/// A time with a fraction of `digits` (6 for `MicroTime`, 9 for the stamps of log lines).
pub fn precise(at: Stamp, digits: usize) -> String {
    let micros = at.micros_since(Stamp::from_seconds(at.seconds())).unwrap_or_default();
    let whole = at.rfc3339();
    let fraction = format!("{:0<digits$}", format!("{micros:06}"));
    format!("{}.{fraction}Z", whole.trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_made_on_the_way() {
        let mut value = json!({"a": 1});
        set(&mut value, &["a", "b", "c"], json!("deep"));
        assert_eq!(text(&value, "/a/b/c"), "deep");
        remove(&mut value, &["a", "b", "c"]);
        assert_eq!(value, json!({"a": {"b": {}}}));
        array(&mut value, "list").push(json!(1));
        assert_eq!(list(&value, "/list").len(), 1);
    }

    #[test]
    fn times_carry_their_fraction() {
        let at = Stamp::parse("2026-11-24T07:34:06.012345Z");
        assert_eq!(precise(at, 6), "2026-11-24T07:34:06.012345Z");
        assert_eq!(precise(at, 9), "2026-11-24T07:34:06.012345000Z");
        assert_eq!(stamp(Stamp::NONE), Value::Null);
    }
}
