//! Holds every rule of the catalogue against its scenarios: objects, events and a time go in, findings come out.
//!
//! `tests/data/diagnosis/<id>/{positive,near-miss,silent}-*.json`, in this form:
//!
//! ```json
//! {"now": "2026-11-24T10:00:00Z",
//!  "objects": ["Pods, Nodes, Events and whatever else rules look up, as the API has them"],
//!  "logs": {"shop/web-0/app/previous": ["the last line"]},
//!  "forbidden": ["persistentvolumeclaims"],
//!  "version": "v1.35.4",
//!  "expect": [{"id": "image.not-found", "severity": "broken", "subject": "Deployment/shop/web", "pods": 3, "cause": ["v2"]}]}
//! ```
//!
//! `expect` lists all findings, in their order; a member that is left out is not compared; the texts of `cause` must stand
//! in it. A `positive` scenario has a finding of its directory first, a `near-miss` one another finding, or a lower one,
//! and a `silent` one has none above notice.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says what went wrong and ends")]

#[path = "diagnosis/scenario.rs"]
mod scenario;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use podtriage::diagnosis::finding::Severity;
use podtriage::diagnosis::rules;
use scenario::Scenario;

fn files() -> Vec<PathBuf> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/diagnosis");
    let folders = fs::read_dir(root).expect("the scenarios").map(|entry| entry.expect("an entry").path());
    let inside = |folder| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = folders.filter(|path| path.is_dir()).flat_map(inside).collect();
    files.sort();
    files
}

/// The directory, and the word before the first number or name.
fn names(path: &std::path::Path) -> (String, String) {
    let name = |path: Option<&std::path::Path>| {
        path.and_then(|path| path.file_name()?.to_str()).map(str::to_owned).unwrap_or_default()
    };
    (name(path.parent()), name(Some(path)))
}

#[test]
fn every_scenario_is_judged_as_it_says() {
    let mut wrong = Vec::new();
    for path in files() {
        let (rule, file) = names(&path);
        let scenario = Scenario::read(&path);
        let found = scenario.judge();
        let mut mistakes = scenario.mistakes(&found);
        let first = found.first();
        let is_first = first.is_some_and(|group| {
            group.finding.id == rule || rule == "unknown" && group.finding.id.starts_with("unknown.")
        });
        if file.starts_with("positive") && !is_first {
            mistakes.push(format!("{rule} does not come first"));
        }
        if file.starts_with("silent") && found.iter().any(|group| group.finding.severity > Severity::Notice) {
            mistakes.push("something is found".to_owned());
        }
        if !mistakes.is_empty() {
            wrong.push(format!("{rule}/{file}:\n  {}\n{}", mistakes.join("\n  "), scenario::shown(&found)));
        }
    }
    assert!(wrong.is_empty(), "{} scenarios:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_has_its_scenarios_and_every_scenario_its_rule() {
    let mut sorts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files() {
        let (rule, file) = names(&path);
        assert!(rules::find(&rule).is_some(), "{rule}: there is no such rule");
        sorts.entry(rule).or_default().push(file);
    }
    let lacks =
        |id: &str, sort: &str| !sorts.get(id).is_some_and(|files| files.iter().any(|file| file.starts_with(sort)));
    for rule in rules::all() {
        let missing: Vec<_> =
            ["positive", "near-miss", "silent"].into_iter().filter(|sort| lacks(rule.id, sort)).collect();
        assert!(missing.is_empty(), "{}: no scenario {missing:?}", rule.id);
    }
}
