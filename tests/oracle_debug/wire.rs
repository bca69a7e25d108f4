//! Protobuf bodies of kubectl as JSON, by the table of `pod.fields`; and what two JSON forms of one object differ in
//! without meaning anything else.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

/// What a field is in Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A value: empty is not given.
    Plain,
    Pointer,
    List,
    Map,
    /// A message whose fields are those of the message around it.
    Inline,
}

#[derive(Debug)]
struct Field {
    number: u64,
    name: &'static str,
    kind: &'static str,
    shape: Shape,
}

static MESSAGES: LazyLock<HashMap<&str, Vec<Field>>> = LazyLock::new(|| {
    let mut messages: HashMap<&str, Vec<Field>> = HashMap::new();
    let mut message = "";
    for line in include_str!("pod.fields").lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&'static str> = line.split_whitespace().collect();
        match words.as_slice() {
            [name] => {
                message = name;
                messages.entry(name).or_default();
            }
            [number, name, kind, shape @ ..] => {
                let shape = match shape.first() {
                    None => Shape::Plain,
                    Some(&"pointer") => Shape::Pointer,
                    Some(&"list") => Shape::List,
                    Some(&"map") => Shape::Map,
                    Some(_) => Shape::Inline,
                };
                let number = number.parse().expect("a number");
                messages.entry(message).or_default().push(Field { number, name, kind, shape });
            }
            _ => panic!("{line}"),
        }
    }
    messages
});

/// The object in a body, whatever it is written as.
pub fn read(content_type: &str, body: &[u8]) -> Value {
    if !content_type.contains("protobuf") {
        return serde_json::from_slice(body).unwrap_or_default();
    }
    let envelope = body.strip_prefix(b"k8s\0").expect("an envelope");
    let (mut kind, mut raw) = (String::new(), &[][..]);
    for (number, value) in parts(envelope) {
        match (number, value) {
            (1, Part::Bytes(bytes)) => {
                let of = parts(bytes).into_iter().find(|(number, _)| *number == 2);
                let Some((_, Part::Bytes(bytes))) = of else { panic!("a kind") };
                kind = String::from_utf8_lossy(bytes).into_owned();
            }
            (2, Part::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    message(&kind, raw)
}

enum Part<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (first, rest) = bytes.split_first().expect("a whole number");
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            break;
        }
    }
    value
}

fn parts(mut bytes: &[u8]) -> Vec<(u64, Part<'_>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let part = match tag & 7 {
            0 => Part::Number(varint(&mut bytes)),
            2 => {
                let length = usize::try_from(varint(&mut bytes)).expect("a length");
                let (part, rest) = bytes.split_at(length);
                bytes = rest;
                Part::Bytes(part)
            }
            other => panic!("wire type {other}"),
        };
        found.push((tag >> 3, part));
    }
    found
}

fn message(kind: &str, bytes: &[u8]) -> Value {
    let fields = MESSAGES.get(kind).unwrap_or_else(|| panic!("no message {kind} in pod.fields"));
    let mut out = Map::new();
    for (number, part) in parts(bytes) {
        let Some(field) = fields.iter().find(|field| field.number == number) else {
            // The status of a new pod is empty, but for what an empty one is written as.
            assert!(kind == "Pod" && number == 3, "{kind} has no field {number} in pod.fields");
            continue;
        };
        let value = value(field, &part);
        match (field.shape, value) {
            (Shape::Inline, Value::Object(inner)) => out.extend(inner),
            (Shape::List, value) => {
                let list = out.entry(field.name).or_insert_with(|| json!([]));
                list.as_array_mut().expect("a list").push(value);
            }
            (Shape::Map, Value::Object(entry)) => {
                let map = out.entry(field.name).or_insert_with(|| json!({}));
                map.as_object_mut().expect("a map").extend(entry);
            }
            (_, value) => {
                out.insert(field.name.to_owned(), value);
            }
        }
    }
    Value::Object(out)
}

fn value(field: &Field, part: &Part<'_>) -> Value {
    let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes).into_owned());
    match (field.shape, field.kind, part) {
        (Shape::Map, kind, Part::Bytes(bytes)) => {
            let (mut key, mut entry) = (String::new(), Value::Null);
            for (number, part) in parts(bytes) {
                let Part::Bytes(bytes) = part else { panic!("a text") };
                match number {
                    1 => key = String::from_utf8_lossy(bytes).into_owned(),
                    _ => entry = if kind == "text" { text(bytes) } else { quantity(bytes) },
                }
            }
            json!({key: entry})
        }
        (_, "text", Part::Bytes(bytes)) => text(bytes),
        (_, "flag", Part::Number(number)) => (*number != 0).into(),
        (_, "number", Part::Number(number)) => number.cast_signed().into(),
        (_, "Quantity", Part::Bytes(bytes)) => quantity(bytes),
        (_, "Time", Part::Bytes(_)) => Value::Null,
        (_, "IntOrString", Part::Bytes(bytes)) => {
            let (mut is_text, mut number, mut words) = (false, 0, json!(""));
            for part in parts(bytes) {
                match part {
                    (1, Part::Number(kind)) => is_text = kind == 1,
                    (2, Part::Number(value)) => number = value.cast_signed(),
                    (_, Part::Bytes(bytes)) => words = text(bytes),
                    _ => {}
                }
            }
            if is_text { words } else { number.into() }
        }
        (_, kind, Part::Bytes(bytes)) => message(kind, bytes),
        (_, kind, Part::Number(_)) => panic!("{} is no {kind}", field.name),
    }
}

fn quantity(bytes: &[u8]) -> Value {
    let Some((1, Part::Bytes(text))) = parts(bytes).into_iter().next() else { return json!("0") };
    String::from_utf8_lossy(text).into_owned().into()
}

/// Without what says nothing: fields that are no pointers and empty, 0 or false. `kind` is the message.
pub fn normal(kind: &str, value: &Value) -> Value {
    let Value::Object(map) = value else { return value.clone() };
    let mut out = Map::new();
    for (name, value) in map {
        let Some((inner, shape)) = find(kind, name) else {
            out.insert(name.clone(), value.clone());
            continue;
        };
        let value = match (shape, value) {
            (Shape::List, Value::Array(items)) => items.iter().map(|item| normal(inner, item)).collect(),
            (Shape::Map, value) => value.clone(),
            (_, value) => normal(inner, value),
        };
        if shape == Shape::Pointer && !value.is_null() || !is_empty(&value) {
            out.insert(name.clone(), value);
        }
    }
    Value::Object(out)
}

/// The type and shape of a field by its name in JSON.
fn find(kind: &str, name: &str) -> Option<(&'static str, Shape)> {
    let fields = MESSAGES.get(kind)?;
    let inner = || fields.iter().filter(|field| field.shape == Shape::Inline).find_map(|field| find(field.kind, name));
    let own = fields.iter().find(|field| field.name == name && field.shape != Shape::Inline);
    own.map(|field| (field.kind, field.shape)).or_else(inner)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty() || text == "0",
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

#[test]
fn a_small_pod_in_protobuf() {
    // metadata {name "a"}, spec {containers [{name "b", stdin true}]}, status {}
    let raw = [0x0a, 3, 0x0a, 1, b'a', 0x12, 8, 0x12, 6, 0x0a, 1, b'b', 0x80, 0x01, 1, 0x1a, 0];
    let mut body = b"k8s\0\x0a\x09\x0a\x02v1\x12\x03Pod\x12".to_vec();
    body.push(u8::try_from(raw.len()).expect("short"));
    body.extend(raw);
    let pod = read("application/vnd.kubernetes.protobuf", &body);
    assert_eq!(pod, json!({"metadata": {"name": "a"}, "spec": {"containers": [{"name": "b", "stdin": true}]}}));
}

#[test]
fn zero_says_nothing_unless_it_is_behind_a_pointer() {
    let container = json!({
        "name": "a", "tty": false, "resources": {}, "x": 0, "env": [{"name": "A", "value": ""}],
        "securityContext": {"privileged": false, "capabilities": {"add": []}},
    });
    let wanted = json!({
        "name": "a", "x": 0, "env": [{"name": "A"}], "securityContext": {"privileged": false, "capabilities": {}},
    });
    assert_eq!(normal("Container", &container), wanted);
}
