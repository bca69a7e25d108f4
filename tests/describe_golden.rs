//! Descriptions against texts that kubectl 1.37.1 printed.
//!
//! Half of the cases come from a cluster of version 1.35 with pods in every kind of trouble, the others are made-up
//! objects that have every field and every oddity. What a case holds is said in `describe_golden/case.rs`; how they are
//! recorded, in `oracle_describe.rs`.

#![expect(clippy::expect_used, reason = "a test says what went wrong and ends")]

#[path = "describe_golden/case.rs"]
mod case;
#[path = "describe_golden/parity.rs"]
mod parity;
#[path = "describe_golden/robust.rs"]
mod robust;

use std::fs;
use std::path::Path;

use case::{Case, folder};
use podtriage::base::stamp::Stamp;
use podtriage::base::text::Text;

/// A case, described at the moment at which kubectl did.
fn described(file: &Path) -> Text {
    let case = Case::read(file);
    let now = Stamp::parse(&case.now);
    assert!(now.is_set(), "{} has no moment", file.display());
    case.described(now)
}

#[test]
fn every_recorded_description_is_equal() {
    let cases = case::all();
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
