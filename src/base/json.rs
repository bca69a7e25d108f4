//! Reading fields of decoded JSON without trusting its shape: what is missing, or of another type, reads as empty.
//!
//! Paths are JSON pointers (`/spec/nodeName`). Descriptions have more of the kind in `describe::fields`; the demo
//! cluster has its own, which also write.

use serde_json::Value;

/// The text at `path`; empty when there is none.
pub fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at `path`.
pub fn number(value: &Value, path: &str) -> Option<i64> {
    value.pointer(path).and_then(Value::as_i64)
}

/// The list at `path`; empty when there is none.
pub fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_there_is_empty() {
        let value = json!({"a": {"b": ["x", 7]}, "n": null});
        assert_eq!((text(&value, "/a/b/0"), text(&value, "/a/b/1"), text(&value, "/n")), ("x", "", ""));
        assert_eq!((number(&value, "/a/b/1"), number(&value, "/a/b/0"), number(&value, "/n")), (Some(7), None, None));
        assert_eq!((list(&value, "/a/b").len(), list(&value, "/a").len(), list(&json!(7), "/a").len()), (2, 0, 0));
    }
}
