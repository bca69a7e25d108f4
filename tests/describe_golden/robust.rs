//! Objects from strange servers: whatever a field is replaced by, a description comes out.
//!
//! Every recorded case is the beginning: fields are dropped, change their type, grow and nest, in the object and in
//! what is read around it.

use std::sync::LazyLock;

use podtriage::base::stamp::Stamp;
use podtriage::describe::yaml::to_yaml_text;
use podtriage::describe::{describe, related};
use podtriage::model::around::ObjectDetails;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::case::{self, Case};

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| case::all().iter().map(|file| Case::read(file)).collect());

/// What may take the place of any value.
fn odd_values() -> Vec<Value> {
    let deep = (0..300).fold(json!(1), |inner, _| json!([{"a": inner}]));
    let long = "x".repeat(5000);
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!(0.5),
        json!(""),
        json!("é\t\u{1b}[2J\r\n\u{202e}%s{}"),
        json!("9999999999999999999999999999999999e99999"),
        json!("9999-99-99T99:99:99Z"),
        json!("0000-01-01T00:00:00Z"),
        json!(long),
        json!([]),
        json!([null]),
        json!({}),
        json!({"": {"": null}}),
        deep,
    ]
}

/// The JSON pointer of every value inside, those of objects and lists too.
fn paths(value: &Value, path: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => {
            map.iter().map(|(name, child)| (name.replace('~', "~0").replace('/', "~1"), child)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(at, child)| (at.to_string(), child)).collect(),
        _ => Vec::new(),
    };
    let mut all = vec![path.to_owned()];
    for (name, child) in children {
        all.extend(paths(child, &format!("{path}/{name}")));
    }
    all
}

/// What happens to a value.
#[derive(Clone, Debug)]
enum Change {
    /// Something odd takes its place.
    Replace(Index),
    /// It goes away.
    Drop,
    /// It moves into a list of itself.
    Nest,
    /// A list gets its first item once more, and again.
    Repeat,
}

fn change() -> impl Strategy<Value = (Index, Change)> {
    let change = prop_oneof![
        4 => any::<Index>().prop_map(Change::Replace),
        2 => Just(Change::Drop),
        1 => Just(Change::Nest),
        1 => Just(Change::Repeat),
    ];
    (any::<Index>(), change)
}

fn apply(object: &mut Value, (at, change): (Index, Change)) {
    let all = paths(object, "");
    let path = at.get(&all).clone();
    if let Change::Drop = change {
        let (parent, name) = path.rsplit_once('/').unwrap_or_default();
        let name = name.replace("~1", "/").replace("~0", "~");
        match object.pointer_mut(parent) {
            Some(Value::Object(map)) => drop(map.remove(&name)),
            Some(Value::Array(items)) if !items.is_empty() => drop(items.remove(0)),
            _ => {}
        }
        return;
    }
    let Some(value) = object.pointer_mut(&path) else { return };
    match change {
        Change::Replace(index) => *value = index.get(&odd_values()).clone(),
        Change::Nest => *value = json!([value.take()]),
        Change::Repeat => {
            if let Some(items) = value.as_array_mut().filter(|items| !items.is_empty()) {
                items.resize(items.len() + 2, items[0].clone());
            }
        }
        Change::Drop => {}
    }
}

/// Describes it at two moments, with everything around it that was recorded; also as YAML.
fn survives(kind: &str, object: Value, around: &Case, changes: &[(Index, Change)]) {
    let requests = related(kind, &object);
    let mut answers = around.around.values().cycle();
    let mut details = ObjectDetails::new(object);
    for request in requests {
        let mut answer = answers.next().cloned().unwrap_or(Ok(Vec::new()));
        if let Ok(items) = &mut answer {
            // A few of each are enough, and quick.
            items.truncate(2);
            let mut list = Value::Array(items.split_off(0));
            if let Some(change) = changes.first() {
                apply(&mut list, change.clone());
            }
            *items = list.as_array().cloned().unwrap_or_else(|| vec![list.clone()]);
        }
        details = details.with(request.what, answer);
    }
    for now in [Stamp::NONE, Stamp::parse("2026-01-01T00:00:00Z")] {
        assert!(describe(kind, &details, now).lines().count() > 0, "{kind}");
    }
    assert!(to_yaml_text(&details.object, true).lines().count() > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_real_object_fails(
        which in any::<Index>(),
        other in any::<Index>(),
        is_mixed in prop::bool::weighted(0.2),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let case = which.get(&CASES);
        let other = other.get(&CASES);
        let mut object = case.object.clone();
        for change in &changes {
            apply(&mut object, change.clone());
        }
        // One object described as another: a kind is what somebody asked for, not what came.
        let kind = if is_mixed { other.kind() } else { case.kind() };
        if is_mixed && object.is_object() {
            object["apiVersion"] = other.object["apiVersion"].clone();
        }
        survives(kind, object, if is_mixed { other } else { case }, &changes);
    }
}

/// Every value of every kind once replaced, not only those that chance finds.
#[test]
fn no_single_value_is_needed() {
    let odd = odd_values();
    for case in CASES.iter().filter(|case| case.object.to_string().len() < 6000) {
        for (at, path) in paths(&case.object, "").into_iter().enumerate() {
            let mut object = case.object.clone();
            *object.pointer_mut(&path).expect("the path exists") = odd[at % odd.len()].clone();
            survives(case.kind(), object, case, &[]);
        }
    }
}
