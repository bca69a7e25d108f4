//! Values as JSON, byte for byte as `kubectl get -o json` prints them: four blanks a level, keys sorted, and what HTML
//! would take for its own escaped. Rules: Go's `encoding/json`.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

const STEP: &str = "    ";

/// The order of the keys of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// By their bytes, as Go sorts the keys of a map.
    Sorted,
    /// As they came, as Go writes the fields of a struct.
    AsTheyCame,
}

/// The value as JSON, whose first line stands `level` levels deep already; without a line break at its end.
pub fn to_json(value: &Value, level: usize, keys: Keys) -> String {
    let mut out = String::new();
    write(&mut out, value, level, keys);
    out
}

fn write(out: &mut String, value: &Value, level: usize, keys: Keys) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(n) => out.push_str(&number(n)),
        Value::String(text) => string(out, text),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                new_line(out, at, level + 1);
                write(out, item, level + 1, keys);
            }
            new_line(out, 0, level);
            out.push(']');
        }
        Value::Object(map) => object(out, map, level, keys),
    }
}

fn object(out: &mut String, map: &Map<String, Value>, level: usize, keys: Keys) {
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    if keys == Keys::Sorted {
        entries.sort_unstable_by_key(|(key, _)| key.as_str());
    }
    out.push('{');
    for (at, (key, value)) in entries.into_iter().enumerate() {
        new_line(out, at, level + 1);
        string(out, key);
        out.push_str(": ");
        write(out, value, level + 1, keys);
    }
    new_line(out, 0, level);
    out.push('}');
}

/// A line break, behind a comma where an item stands before it.
fn new_line(out: &mut String, items_before: usize, level: usize) {
    out.push_str(if items_before > 0 { ",\n" } else { "\n" });
    out.extend(std::iter::repeat_n(STEP, level));
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Whole numbers as they are, what no `i64` holds as a float.
fn number(number: &Number) -> String {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => whole.to_string(),
        (None, Some(value)) => float(value),
        (None, None) => number.to_string(),
    }
}

/// The fewest digits that read back; with an exponent below 1e-6 and from 1e21 on.
fn float(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    if text.contains("e-") { text } else { text.replace('e', "e+") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_and_lists_have_a_line_for_each_part() {
        let value = json!({"b": [1, {"x": null}], "a": {}, "c": []});
        assert_eq!(
            to_json(&value, 0, Keys::Sorted),
            "{\n    \"a\": {},\n    \"b\": [\n        1,\n        {\n            \"x\": null\n        }\n    ],\n    \
             \"c\": []\n}"
        );
        assert_eq!(
            to_json(&json!({"b": 1, "a": 2}), 1, Keys::AsTheyCame),
            "{\n        \"b\": 1,\n        \"a\": 2\n    }"
        );
    }

    #[test]
    fn text_is_escaped_as_go_does_it() {
        let text = json!("<a&b> \"\\ \n\t\u{1}\u{7f}\u{2028}é");
        assert_eq!(to_json(&text, 0, Keys::Sorted), "\"\\u003ca\\u0026b\\u003e \\\"\\\\ \\n\\t\\u0001\u{7f}\\u2028é\"");
    }

    #[test]
    fn numbers_as_go_writes_them() {
        for (value, text) in [
            (json!(1.0), "1"),
            (json!(-0.0), "-0"),
            (json!(1e21), "1e+21"),
            (json!(1.5e-7), "1.5e-7"),
            (json!(123_456_789_012_345.6), "123456789012345.6"),
            (json!(i64::MIN), "-9223372036854775808"),
            (json!(u64::MAX), "18446744073709552000"),
        ] {
            assert_eq!(to_json(&value, 0, Keys::Sorted), text);
        }
    }

    proptest! {
        #[test]
        fn it_reads_back(text in any::<String>(), number in any::<i64>()) {
            let value = json!({ text.clone(): [text, number] });
            let read: Value = serde_json::from_str(&to_json(&value, 0, Keys::Sorted)).expect("JSON");
            prop_assert_eq!(read, value);
        }
    }
}
