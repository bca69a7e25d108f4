//! How Go prints values, where kubectl leaves the printing to Go: `%v`, `%q`, floats, escaped URL paths.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use crate::base::percent;

/// A number of decoded JSON as `%v` prints it: whole ones as they are, what no `i64` holds as a float.
pub fn number(number: &Number) -> String {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => whole.to_string(),
        (None, Some(value)) => float(value, SHORTEST),
        (None, None) => number.to_string(),
    }
}

/// The power of ten from which `%v` and YAML write an exponent. (JSON does from 21 on.)
pub const SHORTEST: i32 = 6;

/// A float with the fewest digits that read back. It has an exponent below 1e-4, and from 10 to the
/// `largest` on.
pub fn float(value: f64, largest: i32) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".to_owned() } else { "0".to_owned() };
    }
    // Rust's exponent form has the shortest digits that read back, as Go's has.
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..largest).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// A value of decoded JSON as `%v` prints it: `[a b]`, `map[k:v]`, `<nil>`.
pub fn value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(n) => number(n),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(name, _)| name.as_str());
            let entries: Vec<String> =
                entries.into_iter().map(|(name, item)| format!("{name}:{}", self::value(item))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// Text in Go's double quotes (`%q`).
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if c.is_ascii_control() => push_code(&mut out, 'x', 2, c),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) < 0x1_0000 => push_code(&mut out, 'u', 4, c),
            c => push_code(&mut out, 'U', 8, c),
        }
    }
    out.push('"');
    out
}

fn push_code(out: &mut String, letter: char, digits: usize, c: char) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\{letter}{:0digits$x}", u32::from(c));
}

/// Rust's own table of printable characters, asked through `escape_debug`: behind another character it
/// leaves combining marks alone, as Go does.
fn is_printable(c: char) -> bool {
    c.is_ascii_graphic() || c == ' ' || {
        let text: String = ['a', c].iter().collect();
        text.escape_debug().count() == 2
    }
}

/// The path of a URL, escaped as Go's `net/url` does.
pub fn url_path(path: &str) -> String {
    if path == "*" {
        return path.to_owned();
    }
    percent::encode(path, b"-_.~$&+,/:;=@")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_as_go_prints_them() {
        let cases = [
            (json!(null), "<nil>"),
            (json!(1_000_000), "1000000"),
            (json!(0.1), "0.1"),
            (json!(1e21), "1e+21"),
            (json!(1.5e-7), "1.5e-07"),
            (json!(1e20), "1e+20"),
            (json!(123_456_789.0), "1.23456789e+08"),
            (json!(1.0), "1"),
            (json!(u64::MAX), "1.8446744073709552e+19"),
            (json!([1, "a", [true]]), "[1 a [true]]"),
            (json!({"b": 1, "a": {"c": null}}), "map[a:map[c:<nil>] b:1]"),
        ];
        for (given, text) in cases {
            assert_eq!(value(&given), text);
        }
        assert_eq!(float(1_234_567.5, SHORTEST), "1.2345675e+06");
        assert_eq!(float(1e20, 21), "100000000000000000000");
        assert_eq!(float(-0.0, SHORTEST), "-0");
    }

    #[test]
    fn quotes_as_go_quotes() {
        assert_eq!(quoted("a\"b\té\u{1}\u{200b}\\\u{7f}e\u{301}"), "\"a\\\"b\\té\\x01\\u200b\\\\\\x7fe\u{301}\"");
        assert_eq!(quoted("\u{e0001}"), r#""\U000e0001""#);
    }

    #[test]
    fn paths_as_go_escapes_them() {
        assert_eq!(url_path("/healthz?x=1"), "/healthz%3Fx=1");
        assert_eq!(url_path("a b/é#%41[]&=+$,:;@~!"), "a%20b/%C3%A9%23%2541%5B%5D&=+$,:;@~%21");
    }
}
