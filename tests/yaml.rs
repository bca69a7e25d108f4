//! Our YAML against kubectl's: the same bytes, and read back as the same object.
//!
//! Needs a kubectl 1.37 (`$KUBECTL`, or `kubectl` on the `PATH`) but no cluster; skipped loudly without.

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a test says what went wrong and ends")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use podtriage::describe::yaml::to_yaml;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// The kubectl to compare with; `None` when there is none of that version.
fn kubectl() -> Option<String> {
    let program = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
    let version = Command::new(&program).args(["version", "--client"]).output();
    let is_ours = version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("v1.37."));
    if !is_ours {
        eprintln!("SKIPPED: {program} is no kubectl 1.37, no YAML was compared (set KUBECTL)");
    }
    is_ours.then_some(program)
}

/// Gives kubectl a manifest; it prints the same object, with a label that it had already.
fn through(program: &str, manifest: &str, form: &str) -> String {
    let mut child = Command::new(program)
        .args(["label", "--local", "--overwrite", "-f", "-", "a=b", "-o", form])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl starts");
    child.stdin.take().expect("its input is a pipe").write_all(manifest.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}\n{manifest}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn object(data: impl IntoIterator<Item = Value>) -> Value {
    let data: Vec<Value> = data.into_iter().collect();
    json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"labels": {"a": "b"}, "name": "x"}, "data": data})
}

fn check(program: &str, object: &Value) {
    let ours = to_yaml(object);
    let theirs = through(program, &object.to_string(), "yaml");
    for (our, their) in ours.lines().zip(theirs.lines()).filter(|(a, b)| a != b).take(10) {
        eprintln!("- {their:?}\n+ {our:?}");
    }
    assert_eq!(ours, theirs, "not the bytes of kubectl");
    check_reading(program, object);
}

fn check_reading(program: &str, object: &Value) {
    let back: Value = serde_json::from_str(&through(program, &to_yaml(object), "json")).expect("kubectl writes JSON");
    assert_eq!(&back, object, "kubectl reads another object");
}

/// Strings that are something else without their quotes, or need care to be written at all.
const NASTY: &[&str] = &[
    "",
    "~",
    "null",
    "Null",
    "NULL",
    "nULL",
    "y",
    "Y",
    "n",
    "N",
    "yes",
    "Yes",
    "YES",
    "yES",
    "no",
    "on",
    "On",
    "off",
    "OFF",
    "true",
    "True",
    "TRUE",
    "tRUE",
    "false",
    "0",
    "-0",
    "+1",
    "017",
    "012",
    "0x1F\n",
    "08",
    "0o17",
    "0x1F",
    "0X1f",
    "0b11",
    "0B1",
    "-0b1",
    "-0x1",
    "1_000",
    "_1",
    "1__0",
    "0x_1",
    "1.5",
    "1.",
    ".5",
    ".",
    "..",
    "-",
    "+",
    "--",
    "-.5",
    "+.5",
    "1e3",
    "1e+3",
    "1E-3",
    "1e",
    "e1",
    "1e400",
    "-1e400",
    "1.5e",
    ".5e1",
    ".e1",
    ".inf",
    "-.inf",
    "+.INF",
    ".nan",
    ".NaN",
    "inf",
    "NaN",
    "nan",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "+9223372036854775808",
    "1:20",
    "190:20:30",
    "190:20:30.15",
    "1:60",
    "1:5",
    "1:2:3:4",
    "-1:20",
    "1_0:20",
    ":20",
    "1:",
    "1:20.",
    "2026-01-02",
    "2026-1-2",
    "2026-13-02",
    "2026-02-30",
    "2026-01-02T03:04:05Z",
    "2026-01-02t03:04:05Z",
    "2026-01-02T03:04:05",
    "2026-01-02 03:04:05",
    "2026-01-02 03:04:05Z",
    "2026-01-02T03:04:05.123456Z",
    "2026-01-02T03:04:05+01:00",
    "2026-01-02T3:4:5Z",
    "2026-01-02T24:00:00Z",
    "2026-01-02T03:04:60Z",
    "12026-01-02",
    "202-01-02",
    "2026-01",
    "2026-001-2",
    "=",
    "<<",
    "<",
    "<a>",
    "%a",
    "@a",
    "&a",
    "*a",
    "!a",
    "|a",
    ">a",
    "'a",
    "\"a",
    "`a",
    "#a",
    "a#b",
    "a #b",
    "a# b",
    "[a",
    "]a",
    "{a",
    "}a",
    ",a",
    "a,b",
    "a[b]",
    "a{b}",
    "?",
    "? a",
    "?a",
    ":",
    ": a",
    ":a",
    "a:",
    "a: b",
    "a:b",
    "a :b",
    "-a",
    "- a",
    "---",
    "--- a",
    "----",
    "...",
    "... a",
    " a",
    "a ",
    " ",
    "  ",
    "\t",
    "a\tb",
    "\ta",
    "\n",
    "\n\n",
    "a\n",
    "a\n\n",
    "a\nb",
    "a\nb\n",
    "a\nb\n\n\n",
    "\na",
    "\n a",
    " a\nb",
    "a \nb",
    "a\n b",
    "a\n\n  b\n",
    "a\tb\nc",
    "a\r\nb",
    "\r",
    "a\r",
    "\u{0}",
    "\u{1}a",
    "\u{1b}[31m",
    "\u{85}",
    "a\u{85}b",
    "\u{a0}",
    "\u{2028}",
    "a\u{2028}b",
    "\u{2029}",
    "\u{feff}",
    "a\u{feff}b",
    "\u{fffe}",
    "\u{ffff}",
    "\u{fffd}",
    "é",
    "日本語",
    "😀",
    "a\n😀",
    "e\u{301}",
    "\u{200b}",
    "\u{202e}x",
    "\\",
    "a\\b",
    "a\\nb",
    "a'b",
    "a\"b",
    "' '",
    "it's: x",
    "'",
    "''",
    "a\n'",
    "key: |\n  text\n",
    "{\"a\":1}",
    "{\"a\":1}\n",
    "/var/lib",
    "$(X)",
    "*",
    "0.0.0.0/0",
    "10.1.1.1",
    "1.2.3",
    "fe80::1",
    "12h",
    "5m",
    "100Mi",
    "a=b",
    "a\n#b",
    "\ta\t\n\tb",
    "a\n\n \n\n",
    "  a\n b\n",
    "👩‍👩‍👧 a\n👍🏽",
    "\u{ad}a\u{2060}b",
    "a\u{b}b\u{c}",
    "# a\nb",
    "- a\n- b",
    "123abc",
    "0xZZ",
    "1,000",
    "+",
    "0_",
    "0b",
    "0x",
    "0o",
    "a\u{7f}b",
    "x\u{9b}y",
    "\u{e000}",
    "\u{10ffff}",
    "\u{fdd0}",
];

/// Texts of pieces that matter to the writer.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9]{1,12}",
        3 => Just(" ".to_owned()),
        1 => Just("  ".to_owned()),
        1 => Just("\n".to_owned()),
        2 => prop::sample::select(NASTY).prop_map(str::to_owned),
        1 => "[-+0-9_.:eExXoObTZ]{1,6}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// kubectl fails to write control characters, escapes all that follows a byte order mark, and writes the line
/// separators in a form that nobody sees.
fn kubectl_can(text: &str) -> bool {
    !text.contains(['\u{7f}', '\u{2028}', '\u{2029}', '\u{feff}', '\u{fffe}', '\u{ffff}'])
        && !text.chars().any(|c| matches!(c, '\u{80}'..='\u{9f}'))
}

#[test]
fn nasty_strings_are_written_and_read_as_kubectl_does() {
    let Some(program) = kubectl() else { return };
    check(&program, &object(NASTY.iter().filter(|text| kubectl_can(text)).map(|text| json!(text))));
}

#[test]
fn what_kubectl_cannot_write_it_reads_from_us() {
    let Some(program) = kubectl() else { return };
    let texts: Vec<&&str> = NASTY.iter().filter(|text| !kubectl_can(text)).collect();
    assert!(texts.len() > 5);
    check_reading(&program, &object(texts.into_iter().map(|text| json!([text, {*text: 1}]))));
    check_reading(
        &program,
        &json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"labels": {"a": "b"}, "name": "x"}, "<<": {"kind": "no"}}),
    );
}

#[test]
fn keys_numbers_and_nesting() {
    let Some(program) = kubectl() else { return };
    // A map each: on some sets of such keys kubectl's own order changes from run to run.
    let keys = NASTY.iter().filter(|text| kubectl_can(text) && **text != "<<").map(|text| json!({*text: 1}));
    check(&program, &object(keys));
    let long = "k".repeat(129);
    check(
        &program,
        &object([
            json!({long.clone(): "v", "b": {long.clone(): {"x": [1]}}, "c": {long: [1, {"d": "e"}]}}),
            json!([[], {}, [[1, [2]], [{"a": {"b": []}}]], {"a": [], "b": {}, "c": [{"d": [1]}]}, null, true, false]),
            json!([0, -1, 1.5, 1e-7, 123_456_789.25, 1e30, i64::MAX, i64::MIN]),
            json!({"a1": 1, "a10": 2, "a2": 3, "A": 4, "_": 5, "aB": 6, "ab": 7, "10": 8, "9": 9, "a-b": 0, "a.b": 1, "é": 2, "a01": 3, "a001": 4}),
        ]),
    );
}

#[test]
fn made_up_texts_are_written_and_read_as_kubectl_does() {
    let Some(program) = kubectl() else { return };
    let mut runner = TestRunner::deterministic();
    let texts = prop::collection::vec(text().prop_filter("kubectl fails on these", |text| kubectl_can(text)), 400);
    for _ in 0..5 {
        let texts = texts.new_tree(&mut runner).expect("texts can be made").current();
        check(&program, &object(texts.into_iter().map(Value::String)));
    }
}

/// Any value of JSON.
fn value() -> impl Strategy<Value = Value> {
    let single = prop_oneof![
        6 => text().prop_map(Value::String),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    single.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Objects that nobody would write: every call of kubectl costs as much as a thousand of them.
#[test]
fn made_up_values_are_read_by_kubectl_as_they_were() {
    let Some(program) = kubectl() else { return };
    let mut runner = TestRunner::deterministic();
    let values = prop::collection::vec(value(), 500).new_tree(&mut runner).expect("values can be made").current();
    assert!(values.iter().any(Value::is_object) && values.iter().any(Value::is_array));
    check_reading(&program, &object(values));
}

/// A line as long as kubectl's `last-applied-configuration`, a certificate, a script.
#[test]
fn long_texts_are_read_as_they_were() {
    let words = "word ".repeat(2_000);
    let script = (0..500).fold(String::new(), |text, line| text + &format!("echo {line}\n\n"));
    let json = json!({"apiVersion": "v1", "data": words, "more": ["yes", 1, null]}).to_string();
    let long = object([words.trim_end().into(), words.into(), script.into(), json.into(), "x".repeat(5_000).into()]);
    let back: Value = serde_yaml::from_str(&to_yaml(&long)).expect("YAML");
    assert_eq!(back, long);
    if let Some(program) = kubectl() {
        check(&program, &long);
    }
}

proptest! {
    #[test]
    fn another_reader_reads_the_same_value(value in value()) {
        let yaml = to_yaml(&value);
        let back: Value = serde_yaml::from_str(&yaml).map_err(|error| TestCaseError::fail(format!("{error}\n{yaml}")))?;
        prop_assert_eq!(back, value, "{}", yaml);
    }
}
