//! Writes values as lines of YAML, in the layout of sigs.k8s.io/yaml: two blanks a level, lists as deep as
//! their key, lines broken at the first blank past column 80.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::order;
use super::scalar::{Style, is_printable, key_style, style};
use crate::base::text::{Line, Role, Span};
use crate::describe::golang;

/// Column past which a blank becomes a line break.
const WIDTH: usize = 80;
/// Blanks a level.
const STEP: usize = 2;
/// Bytes that a key may have to stand before its colon; a longer one is written `? key`.
const LONGEST_KEY: usize = 128;

/// The lines written so far.
#[derive(Default)]
pub(super) struct Emitter {
    lines: Vec<Line>,
    line: Line,
    column: usize,
}

impl Emitter {
    /// The finished lines.
    pub(super) fn finish(mut self) -> Vec<Line> {
        self.lines.push(self.line);
        self.lines
    }

    /// Writes a whole document.
    pub(super) fn document(&mut self, value: &Value) {
        match value {
            Value::Object(map) if !map.is_empty() => self.map(map, 0),
            Value::Array(items) if !items.is_empty() => self.list(items, 0),
            single => self.single(single, STEP),
        }
    }

    /// The entries of a map; the first one is written where the line stands.
    fn map(&mut self, map: &Map<String, Value>, indent: usize) {
        let entries = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
        for (at, (key, value)) in order::sorted(entries).into_iter().enumerate() {
            if at > 0 {
                self.new_line(indent);
            }
            let is_simple = key.len() <= LONGEST_KEY && !key.contains(['\n', '\r']);
            if is_simple {
                self.string(key, key_style(key), indent, Role::Label, false);
                self.put(":", Role::Label);
                self.value(value, indent);
            } else {
                self.put("? ", Role::Dim);
                self.string(key, key_style(key), indent + STEP, Role::Label, true);
                self.new_line(indent);
                self.put(":", Role::Dim);
                self.inline(value, indent);
            }
        }
    }

    /// What stands behind the colon of a key.
    fn value(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.new_line(indent + STEP);
                self.map(map, indent + STEP);
            }
            Value::Array(items) if !items.is_empty() => {
                self.new_line(indent);
                self.list(items, indent);
            }
            single => {
                self.put(" ", Role::Plain);
                self.single(single, indent + STEP);
            }
        }
    }

    fn list(&mut self, items: &[Value], indent: usize) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.new_line(indent);
            }
            self.put("-", Role::Dim);
            self.inline(item, indent);
        }
    }

    /// A value that begins on the line of its mark.
    fn inline(&mut self, value: &Value, indent: usize) {
        self.put(" ", Role::Plain);
        match value {
            Value::Object(map) if !map.is_empty() => self.map(map, indent + STEP),
            Value::Array(items) if !items.is_empty() => self.list(items, indent + STEP),
            single => self.single(single, indent + STEP),
        }
    }

    /// A value without parts; further lines are indented by `indent`.
    fn single(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.put("null", Role::Plain),
            Value::Bool(flag) => self.put(if *flag { "true" } else { "false" }, Role::Plain),
            Value::Number(n) => self.put(&number(n), Role::Plain),
            Value::String(text) => self.string(text, style(text), indent, Role::Plain, true),
            Value::Array(_) => self.put("[]", Role::Plain),
            Value::Object(_) => self.put("{}", Role::Plain),
        }
    }

    /// A string in a style; `breaks` says whether it may go on on further lines.
    fn string(&mut self, text: &str, style: Style, indent: usize, role: Role, breaks: bool) {
        match style {
            Style::Plain => self.folded(text, indent, role, breaks),
            Style::Single => {
                self.put("'", role);
                self.folded(&text.replace('\'', "''"), indent, role, breaks);
                self.put("'", role);
            }
            Style::Literal if breaks => self.literal(text, indent, role),
            Style::Double | Style::Literal => self.escaped(text, indent, role, breaks),
        }
    }

    /// Text as it is, broken at single blanks.
    fn folded(&mut self, text: &str, indent: usize, role: Role, breaks: bool) {
        let mut start = 0;
        for (at, _) in text.match_indices(' ') {
            self.put(&text[start..at], role);
            start = at;
            let alone = !text[..at].ends_with(' ') && !text[at + 1..].starts_with(' ');
            let inside = at > 0 && at + 1 < text.len();
            if breaks && alone && inside && self.column > WIDTH {
                self.new_line(indent);
                start = at + 1;
            }
        }
        self.put(&text[start..], role);
    }

    /// Text in double quotes.
    fn escaped(&mut self, text: &str, indent: usize, role: Role, breaks: bool) {
        self.put("\"", role);
        let mut after_blank = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            let inside = at > 0 && next.is_some();
            if c == ' ' && breaks && inside && !after_blank && self.column > WIDTH {
                self.new_line(indent);
                // A blank at the beginning of a line would be lost.
                if next == Some(' ') {
                    self.put("\\", role);
                }
            } else {
                self.put(&escape(c), role);
            }
            after_blank = c == ' ';
        }
        self.put("\"", role);
    }

    /// Text as lines below a `|`.
    fn literal(&mut self, text: &str, indent: usize, role: Role) {
        let indentation = if text.starts_with([' ', '\n']) { "2" } else { "" };
        let (text, ending) = match text.strip_suffix('\n') {
            None => (text, "-"),
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => (rest, "+"),
            Some(rest) => (rest, ""),
        };
        self.put(&format!("|{indentation}{ending}"), Role::Dim);
        for line in text.split('\n') {
            self.new_line(if line.is_empty() { 0 } else { indent });
            self.put(line, role);
        }
    }

    fn put(&mut self, text: &str, role: Role) {
        if text.is_empty() {
            return;
        }
        self.column += text.chars().count();
        match self.line.spans.last_mut() {
            Some(span) if span.role == role => span.text.push_str(text),
            _ => self.line.spans.push(Span::new(text, role)),
        }
    }

    fn new_line(&mut self, indent: usize) {
        self.lines.push(std::mem::take(&mut self.line));
        self.column = 0;
        self.put(&" ".repeat(indent), Role::Plain);
    }
}

/// A character inside double quotes.
fn escape(c: char) -> Cow<'static, str> {
    let code = u32::from(c);
    let short = match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\0' => "\\0",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\u{1b}' => "\\e",
        '\u{85}' => "\\N",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        c if is_printable(c) => return Cow::Owned(c.to_string()),
        _ if code <= 0xff => return Cow::Owned(format!("\\x{code:02X}")),
        _ if code <= 0xffff => return Cow::Owned(format!("\\u{code:04X}")),
        _ => return Cow::Owned(format!("\\U{code:08X}")),
    };
    Cow::Borrowed(short)
}

/// A number. What is no `i64` went through a float and JSON text on its way through kubectl.
fn number(number: &Number) -> String {
    let Some(value) = number.as_f64().filter(|_| !number.is_i64()) else { return number.to_string() };
    let json = golang::float(value, 21);
    match json.as_str() {
        "-0" => "0".to_owned(),
        whole if whole.parse::<i64>().is_ok() || whole.parse::<u64>().is_ok() => json,
        _ => golang::float(value, golang::SHORTEST),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(value: &Value) -> String {
        let mut emitter = Emitter::default();
        emitter.document(value);
        emitter.finish().iter().map(Line::plain).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn layout_of_nested_values() {
        let value = json!({"b": [{"x": 1, "y": [[1, [2]], {}]}, []], "a": {"c": {}, "d": null}});
        let expected = "a:\n  c: {}\n  d: null\nb:\n- x: 1\n  \"y\":\n  - - 1\n    - - 2\n  - {}\n- []";
        assert_eq!(written(&value), expected);
    }

    #[test]
    fn long_keys_stand_behind_a_question_mark() {
        let key = "k".repeat(LONGEST_KEY + 1);
        let map: Map<String, Value> = [(key.clone(), json!({"a": [1]}))].into_iter().collect();
        assert_eq!(written(&Value::Object(map)), format!("? {key}\n: a:\n  - 1"));
    }

    #[test]
    fn long_lines_break_at_single_blanks() {
        let word = "w".repeat(50);
        let text = format!("{word} {word}  {word} {word}");
        assert_eq!(written(&json!({"a": text})), format!("a: {word} {word}  {word}\n  {word}"));
        let quoted = format!("{word}: {word} it's");
        assert_eq!(written(&json!({"a": quoted})), format!("a: '{word}: {word}\n  it''s'"));
        let escaped = format!("{word}\t{word}  x");
        assert_eq!(written(&json!({"a": escaped})), format!("a: \"{word}\\t{word}\n  \\ x\""));
    }

    #[test]
    fn literals_keep_their_ending_and_their_indentation() {
        let cases = [
            ("a\nb", "|-\n  a\n  b"),
            ("a\n\n b\n", "|\n  a\n\n   b"),
            ("a\n\n", "|+\n  a\n"),
            (" a\nb\n", "|2\n   a\n  b"),
            ("\n", "|2+\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(written(&json!({"k": text})), format!("k: {expected}"), "{text:?}");
        }
    }

    #[test]
    fn numbers_as_they_come_out_of_kubectl() {
        let values = json!([1e20, 123_456_789.0, 0.1, 1e-7, u64::MAX, 1_234_567.5, -0.0]);
        let expected = "- 1e+20\n- 123456789\n- 0.1\n- 1e-07\n- 1.8446744073709552e+19\n- 1.2345675e+06\n- 0";
        assert_eq!(written(&values), expected);
    }
}
