//! A line of a log that is a JSON object, laid out for reading: over several lines, or as a few chosen fields.
//!
//! Pure; what cannot be read stays as it is, which is for the caller to show. Text in an object may hold anything, so
//! what comes out must go through [`super::width::visible`] like all text; only a line break is left to break the
//! line. Start with [`read`] and [`Columns::parse`].

use std::ops::Range;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::level::Level;
use super::text::Role;

/// Longer lines are not laid out: it would be done for each frame.
const LONGEST: usize = 16 << 10;

/// Text, and what its parts are: ranges of bytes in order, without those that are plain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shaped {
    /// The text, perhaps with line breaks.
    pub text: String,
    /// The parts.
    pub roles: Vec<(Range<usize>, Role)>,
}

impl Shaped {
    fn push(&mut self, text: &str, role: Role) {
        let start = self.text.len();
        self.text.push_str(text);
        if role != Role::Plain {
            self.roles.push((start..self.text.len(), role));
        }
    }
}

/// How a level is shown.
pub fn role_of(level: Level) -> Role {
    match level {
        Level::Fatal | Level::Error => Role::Bad,
        Level::Warn => Role::Warn,
        Level::Debug | Level::Trace => Role::Dim,
        Level::Info | Level::Unknown => Role::Plain,
    }
}

/// The object that a line is, if it is one.
pub fn read(line: &str) -> Option<Map<String, Value>> {
    let is_likely = line.len() <= LONGEST && line.trim_start().starts_with('{');
    if !is_likely {
        return None;
    }
    match serde_json::from_str(line) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// The object over several lines, a field each.
pub fn pretty(object: &Map<String, Value>) -> Shaped {
    let mut out = Shaped::default();
    write_object(&mut out, object, 1);
    out
}

fn write_object(out: &mut Shaped, object: &Map<String, Value>, depth: usize) {
    if object.is_empty() {
        return out.push("{}", Role::Plain);
    }
    out.push("{", Role::Dim);
    for (at, (key, value)) in object.iter().enumerate() {
        begin(out, at, depth);
        out.push(&Value::from(key.as_str()).to_string(), Role::Label);
        out.push(": ", Role::Dim);
        write_value(out, value, depth + 1);
    }
    end(out, "}", depth);
}

fn write_value(out: &mut Shaped, value: &Value, depth: usize) {
    match value {
        Value::Object(object) => write_object(out, object, depth),
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            out.push("[", Role::Dim);
            for (at, item) in items.iter().enumerate() {
                begin(out, at, depth);
                write_value(out, item, depth + 1);
            }
            end(out, "]", depth);
        }
        Value::String(text) => out.push(&value.to_string(), of_word(text)),
        value => out.push(&value.to_string(), Role::Plain),
    }
}

fn begin(out: &mut Shaped, at: usize, depth: usize) {
    out.push(if at > 0 { ",\n" } else { "\n" }, Role::Plain);
    out.push(&"  ".repeat(depth), Role::Plain);
}

fn end(out: &mut Shaped, bracket: &str, depth: usize) {
    out.push("\n", Role::Plain);
    out.push(&"  ".repeat(depth - 1), Role::Plain);
    out.push(bracket, Role::Dim);
}

fn of_word(text: &str) -> Role {
    Level::of_word(text).map_or(Role::Plain, role_of)
}

/// Which fields of an object are shown, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    /// The first of these that the object has.
    Paths(Vec<Path>),
    /// All fields at the top that no other column shows, as `key=value`.
    Rest,
}

/// Steps from the object down to a value.
type Path = Vec<Step>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Columns {
    /// Time, level and message, by the names that most programs give them, and all other fields.
    pub fn usual() -> Self {
        Self {
            columns: vec![
                first_of(&["time", "ts", "timestamp", "@timestamp"]),
                first_of(&["level", "severity"]),
                first_of(&["msg", "message"]),
                Column::Rest,
            ],
        }
    }

    /// Reads paths as jq writes them, with spaces between: `.time .level .msg`. `.a.b[0]` and `."a key"` lead down,
    /// `.ts // .time` takes the first that is there, `*` is all other fields. The error is a sentence for the
    /// person.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut columns: Vec<Column> = Vec::new();
        let mut rest = text.trim_start();
        let mut goes_on = false;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("//") {
                if goes_on || !matches!(columns.last(), Some(Column::Paths(_))) {
                    return Err("`//` stands between two paths".to_owned());
                }
                (goes_on, rest) = (true, after.trim_start());
                continue;
            }
            if let Some(after) = rest.strip_prefix('*').filter(|_| !goes_on) {
                columns.push(Column::Rest);
                rest = after;
            } else {
                let (path, after) = path(rest)?;
                match columns.last_mut() {
                    Some(Column::Paths(paths)) if goes_on => paths.push(path),
                    _ => columns.push(Column::Paths(vec![path])),
                }
                (goes_on, rest) = (false, after);
            }
            rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        }
        if columns.is_empty() || goes_on {
            Err("a path such as .msg is expected".to_owned())
        } else {
            Ok(Self { columns })
        }
    }

    /// The chosen fields in one line; a text that has line breaks in it keeps them. `None` when the object has none
    /// of them.
    pub fn of(&self, object: &Map<String, Value>) -> Option<Shaped> {
        let mut out = Shaped::default();
        let mut found = Vec::new();
        for paths in self.columns.iter().filter_map(Column::paths) {
            found.extend(paths.iter().find(|path| value_at(object, path).is_some()).and_then(|path| path.first()));
        }
        for column in &self.columns {
            match column {
                Column::Paths(paths) => {
                    if let Some(value) = paths.iter().find_map(|path| value_at(object, path)) {
                        space(&mut out);
                        write_plain(&mut out, value);
                    }
                }
                Column::Rest => {
                    let is_new =
                        |key: &String| !found.iter().any(|step| matches!(step, Step::Key(name) if name == key));
                    for (key, value) in object.iter().filter(|(key, _)| is_new(key)) {
                        space(&mut out);
                        out.push(key, Role::Label);
                        out.push("=", Role::Dim);
                        write_value_of_key(&mut out, value);
                    }
                }
            }
        }
        (!out.text.is_empty()).then_some(out)
    }
}

/// The first of these fields.
fn first_of(names: &[&str]) -> Column {
    Column::Paths(names.iter().map(|name| vec![Step::Key((*name).to_owned())]).collect())
}

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl Column {
    fn paths(&self) -> Option<&[Path]> {
        match self {
            Self::Paths(paths) => Some(paths),
            Self::Rest => None,
        }
    }
}

fn space(out: &mut Shaped) {
    if !out.text.is_empty() {
        out.text.push(' ');
    }
}

fn write_plain(out: &mut Shaped, value: &Value) {
    match value {
        Value::String(text) => out.push(text, of_word(text)),
        value => out.push(&value.to_string(), Role::Plain),
    }
}

fn write_value_of_key(out: &mut Shaped, value: &Value) {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains([' ', '"', '=', '\n']) => out.push(text, Role::Plain),
        value => out.push(&value.to_string(), Role::Plain),
    }
}

fn value_at<'v>(object: &'v Map<String, Value>, path: &[Step]) -> Option<&'v Value> {
    let (Step::Key(first), rest) = path.split_first()? else { return None };
    rest.iter().try_fold(object.get(first)?, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// One path at the beginning of `text`, and what follows it.
fn path(text: &str) -> Result<(Path, &str), String> {
    let wrong = || format!("`{text}` is no path: write .msg, .a.b[0] or .\"a key\"");
    let (mut steps, mut rest) = (Vec::new(), text);
    loop {
        if let Some(after) = rest.strip_prefix('[') {
            let (inside, after) = after.split_once(']').ok_or_else(wrong)?;
            let step = match inside.strip_prefix('"').and_then(|inside| inside.strip_suffix('"')) {
                Some(key) => Step::Key(key.to_owned()),
                None => Step::Index(inside.trim().parse().map_err(|_| wrong())?),
            };
            steps.push(step);
            rest = after;
        } else if let Some(after) = rest.strip_prefix(".\"") {
            let (key, after) = after.split_once('"').ok_or_else(wrong)?;
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|c: char| c.is_whitespace() || ".[,\"".contains(c)).unwrap_or(after.len());
            if end > 0 {
                steps.push(Step::Key(after[..end].to_owned()));
            } else if !after.starts_with('[') {
                return Err(wrong());
            }
            rest = &after[end..];
        } else if rest.is_empty() || rest.starts_with(|c: char| c == ',' || c.is_whitespace()) {
            break;
        } else {
            return Err(wrong());
        }
    }
    match steps.first() {
        Some(Step::Key(_)) => Ok((steps, rest)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINE: &str = r#"{"ts":"08:10","level":"error","msg":"no\nroute","http":{"codes":[200,503],"a b":1},"ok":true,"user":"jo e"}"#;

    fn fields(columns: &str, line: &str) -> Option<String> {
        Columns::parse(columns).expect(columns).of(&read(line)?).map(|shaped| shaped.text)
    }

    #[test]
    fn chosen_fields_in_their_order() {
        for (columns, text) in [
            (".msg", "no\nroute"),
            (".time // .ts .level", "08:10 error"),
            (".http.codes[1],.http.\"a b\"", "503 1"),
            (".http[\"a b\"] .[\"ok\"]", "1 true"),
            (".level *", r#"error ts=08:10 msg="no\nroute" http={"codes":[200,503],"a b":1} ok=true user="jo e""#),
            (".http.codes * .absent", r#"[200,503] ts=08:10 level=error msg="no\nroute" ok=true user="jo e""#),
        ] {
            assert_eq!(fields(columns, LINE).as_deref(), Some(text), "{columns}");
        }
        assert_eq!(fields(".absent", LINE), None);
        let shaped = Columns::parse(".ts .level").expect("paths").of(&read(LINE).expect("an object")).expect("fields");
        assert_eq!(shaped.roles, [(6..11, Role::Bad)]);
    }

    #[test]
    fn one_field_a_line() {
        let shaped = pretty(&read(r#"{"level":"warn","a":{"b":[1,2],"c":[{"d":null}],"e":{}}}"#).expect("an object"));
        let expected = "{\n  \"level\": \"warn\",\n  \"a\": {\n    \"b\": [1,2],\n    \"c\": [\n      {\n        \"d\": null\n      \
                        }\n    ],\n    \"e\": {}\n  }\n}";
        assert_eq!(shaped.text, expected);
        assert!(
            shaped.roles.iter().any(|(range, role)| *role == Role::Warn && shaped.text[range.clone()] == *"\"warn\"")
        );
    }

    #[test]
    fn what_is_no_object_stays_as_it_is() {
        for line in ["", "{", "plain", "[1]", "{\"a\":1} more", "  {'a':1}", &"{".repeat(LONGEST + 1)] {
            assert_eq!(read(line), None, "{line:.20}");
        }
        assert!(read(&"{\"a\":".repeat(10_000)).is_none(), "too deep is not followed");
    }

    #[test]
    fn a_wrong_path_is_explained() {
        for text in ["", "msg", ".a..b", ".a[x]", "//.a", ".a //", ".a[0", ".[0]", ".\"a"] {
            assert!(Columns::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_object_and_any_path(text in "[.\\[\\]\"a0*/, ]{0,20}", value in "\\PC{0,20}") {
            let line = serde_json::json!({"a": {"a": [value]}, "level": value}).to_string();
            let object = read(&line).expect("an object");
            let mut all = vec![pretty(&object)];
            all.extend(Columns::parse(&text).ok().and_then(|columns| columns.of(&object)));
            for shaped in all {
                prop_assert!(shaped.roles.iter().all(|(range, _)| shaped.text.get(range.clone()).is_some()));
                prop_assert!(shaped.roles.is_sorted_by(|a, b| a.0.end <= b.0.start));
            }
        }
    }
}
