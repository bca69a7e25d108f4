//! Descriptions against texts that kubectl 1.37.1 printed.
//!
//! Each `tests/data/describe/NAME.json` holds what the API server answered and the moment (`now`) at which
//! kubectl printed `NAME.txt`. Half of them come from a cluster of version 1.35 with pods in every kind of
//! trouble, the others from made-up objects that have every field and every oddity.

#![expect(clippy::expect_used, reason = "a test says what went wrong and ends")]

use std::fs;
use std::path::{Path, PathBuf};

use podtriage::base::stamp::Stamp;
use podtriage::base::text::Text;
use podtriage::describe::{DescribeInput, describe};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/describe")
}

fn described(file: &Path) -> Text {
    let text = fs::read_to_string(file).expect("the case can be read");
    let case: Value = serde_json::from_str(&text).expect("the case is JSON");
    let list = |name: &str| case.get(name).and_then(Value::as_array).cloned();
    let lease = case.get("lease").cloned();
    let input = DescribeInput {
        events: list("events"),
        pods: list("pods"),
        lease: lease.ok_or_else(|| case["lease_error"].as_str().unwrap_or_default().to_owned()),
        resource_slices: list("resource_slices").unwrap_or_default(),
        ..DescribeInput::new(case["object"].clone())
    };
    let now = Stamp::parse(case["now"].as_str().expect("the case has a moment"));
    assert!(now.is_set(), "{}", file.display());
    describe(case["kind"].as_str().expect("the case has a kind"), &input, now)
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder can be read")
        .map(|entry| entry.expect("the entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    cases.sort();
    cases
}

#[test]
fn every_recorded_description_is_equal() {
    let cases = cases();
    assert!(cases.len() >= 25, "only {} cases were found", cases.len());
    let mut failures = 0;
    for case in cases {
        let theirs = fs::read_to_string(case.with_extension("txt")).expect("the recorded text can be read");
        let ours = described(&case).plain();
        if ours != theirs {
            failures += 1;
            eprintln!("== {}", case.display());
            for (at, (our, their)) in ours.lines().zip(theirs.lines()).enumerate().filter(|(_, (a, b))| a != b).take(5)
            {
                eprintln!("line {}\n- {their:?}\n+ {our:?}", at + 1);
            }
            eprintln!("{} lines, kubectl has {}", ours.lines().count(), theirs.lines().count());
        }
    }
    assert_eq!(failures, 0, "descriptions differ from kubectl's");
}

#[test]
fn a_description_folds_by_sections() {
    let titles = |name: &str| -> Vec<String> {
        let text = described(&folder().join(name));
        text.sections.into_iter().map(|section| section.title).collect()
    };
    assert_eq!(
        titles("everything.json"),
        [
            "",
            "Init Containers",
            "Containers",
            "Ephemeral Containers",
            "Readiness Gates",
            "Conditions",
            "Volumes",
            "Scheduling",
            "Events"
        ]
    );
    assert!(titles("node-a.json").iter().any(|title| title == "Allocated resources"));
}

/// Objects from strange servers: whatever a field is replaced by, a description comes out.
#[test]
fn no_shape_of_an_object_fails() {
    let file = folder().join("everything.json");
    let case: Value = serde_json::from_str(&fs::read_to_string(file).expect("readable")).expect("JSON");
    let object = &case["object"];
    let odd = [Value::Null, Value::from(-1), Value::from(""), Value::from(true), Value::Array(vec![Value::Null])];
    for (at, path) in paths(object, "").into_iter().enumerate() {
        let mut object = object.clone();
        *object.pointer_mut(&path).expect("the path exists") = odd[at % odd.len()].clone();
        let input = DescribeInput { events: Some(vec![object.clone()]), ..DescribeInput::new(object) };
        for kind in ["Pod", "Node", "Other"] {
            assert!(describe(kind, &input, Stamp::NONE).lines().count() > 0, "{kind} {path}");
        }
    }
}

/// The JSON pointer of every value inside.
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
