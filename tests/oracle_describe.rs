//! Our descriptions and YAML against kubectl's own: for every object of a real cluster, for objects that are made for
//! it, and for every recorded case.
//!
//! `KUBECONFIG=… cargo test --test oracle_describe -- --ignored`, with the kubectl of `$KUBECTL` (or on the `PATH`),
//! version 1.37. Reads, but for the namespace `podtriage-describe` and a few objects of that name without one, which it
//! makes and deletes. With `RECORD=1` the objects that were made become cases, and cases without a text get one.

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a test says what went wrong and ends")]

#[path = "describe_golden/case.rs"]
mod case;
#[path = "oracle_describe/fake.rs"]
mod fake;
#[path = "oracle_describe/kinds.rs"]
mod kinds;
#[path = "oracle_describe/kubectl.rs"]
mod kubectl;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use case::Case;
use kinds::{KINDS, Kind};
use kubectl::{Proxy, kubectl};
use podtriage::base::stamp::Stamp;
use podtriage::describe::related;
use podtriage::describe::yaml::to_yaml_text;
use serde_json::{Value, json};

/// How often an object is read again when it changed between two reads.
const ATTEMPTS: usize = 5;

/// Go sorts up to so many stably. Events of the same second come in any order from kubectl when there are more.
const STABLE_SORT: usize = 12;

/// Where the objects that are made for this test live, and the label that all of them have.
const NAMESPACE: &str = "podtriage-describe";

fn now() -> Stamp {
    Stamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Whether there is a cluster to ask; says so when there is none.
fn has_cluster() -> bool {
    let has = std::env::var_os("KUBECONFIG").is_some();
    if !has {
        eprintln!("SKIPPED: KUBECONFIG is not set, nothing was compared with kubectl");
    }
    has
}

fn is_recording() -> bool {
    std::env::var_os("RECORD").is_some()
}

/// What came out of a comparison.
enum Outcome {
    /// Equal at this moment; our text, which has an order where kubectl's has none.
    Equal(Stamp, String),
    /// The object went away meanwhile.
    Gone,
    /// kubectl's text and ours.
    Different(String, String),
}

/// Compares what kubectl printed with what we write, at any moment between the two that kubectl ran in.
fn compare(theirs: &str, case: &Case, before: Stamp, after: Stamp) -> Outcome {
    let span = after.micros_since(before).unwrap_or(0);
    let events = case.around.iter().filter(|(path, _)| path.contains("/events?"));
    let events: usize = events.map(|(_, answer)| answer.as_ref().map_or(0, Vec::len)).sum();
    // Go has no order for the entries of a map, and these two show one unsorted.
    let is_unordered = events > STABLE_SORT || matches!(case.kind(), "LimitRange" | "Namespace");
    for moment in (0..=20).map(|step| before.plus_micros(span / 20 * step)) {
        let ours = case.described(moment).plain();
        if ours == theirs || (is_unordered && sorted(&ours) == sorted(theirs)) {
            return Outcome::Equal(moment, ours);
        }
    }
    Outcome::Different(theirs.to_owned(), case.described(after).plain())
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

/// An object of the cluster with all that describes it.
fn read(proxy: &Proxy, kind: &Kind, namespace: &str, name: &str) -> Result<Case, String> {
    let object = proxy.get(&kind.object(namespace, name))?;
    let requests = related(kind.name, &object);
    let around = requests.iter().map(|request| (request.path.clone(), proxy.answer(request))).collect();
    Ok(Case { object, around, now: String::new() })
}

fn compare_description(proxy: &Proxy, kind: &'static Kind, namespace: &str, name: &str) -> (Outcome, Option<Case>) {
    let mut last = Outcome::Gone;
    for _ in 0..ATTEMPTS {
        let before = now();
        let theirs = kubectl(&["describe", &kind.argument(), name, &format!("--namespace={namespace}")]);
        let after = now();
        let (Ok(theirs), Ok(case)) = (theirs, read(proxy, kind, namespace, name)) else { return (Outcome::Gone, None) };
        last = compare(&theirs, &case, before, after);
        if matches!(last, Outcome::Equal(..)) {
            return (last, Some(case));
        }
    }
    (last, None)
}

fn compare_yaml(proxy: &Proxy, kind: &Kind, namespace: &str, name: &str) -> Outcome {
    let mut last = Outcome::Gone;
    for _ in 0..ATTEMPTS {
        let theirs = kubectl(&["get", &kind.argument(), name, &format!("--namespace={namespace}"), "-o", "yaml"]);
        let (Ok(theirs), Ok(object)) = (theirs, proxy.get(&kind.object(namespace, name))) else { return Outcome::Gone };
        let ours = to_yaml_text(&object, true).plain();
        if ours == theirs {
            return Outcome::Equal(Stamp::NONE, theirs);
        }
        last = Outcome::Different(theirs, ours);
    }
    last
}

/// What was compared, and how it differed.
#[derive(Default)]
struct Report {
    equal: BTreeMap<&'static str, usize>,
    differences: Vec<(String, String, String)>,
}

impl Report {
    fn add(&mut self, kind: &'static str, what: &str, outcome: Outcome) {
        match outcome {
            Outcome::Equal(..) => *self.equal.entry(kind).or_default() += 1,
            Outcome::Gone => eprintln!("{kind} {what} went away"),
            Outcome::Different(theirs, ours) => self.differences.push((format!("{kind} {what}"), theirs, ours)),
        }
    }

    /// Prints every difference; fails if there is one, or if hardly anything was compared.
    fn end(self, what: &str) {
        for (kind, equal) in &self.equal {
            eprintln!("{kind}: {equal} {what} are equal");
        }
        for (object, theirs, ours) in &self.differences {
            eprintln!("== {object}");
            for line in theirs.lines().filter(|line| !ours.lines().any(|other| other == *line)) {
                eprintln!("- {line}");
            }
            for line in ours.lines().filter(|line| !theirs.lines().any(|other| other == *line)) {
                eprintln!("+ {line}");
            }
        }
        let all: usize = self.equal.values().sum();
        eprintln!("{all} {what} of {} kinds are equal", self.equal.len());
        assert!(self.differences.is_empty(), "{} {what} differ from kubectl's", self.differences.len());
        assert!(self.equal.len() > 10, "only {} kinds were compared", self.equal.len());
    }
}

/// Namespace and name of everything of a kind. None of a kind that this server does not have.
fn names(proxy: &Proxy, kind: &Kind) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = proxy.items(&kind.list()).unwrap_or_else(|error| {
        eprintln!("{}: {error}", kind.list());
        Vec::new()
    });
    items.iter().map(|item| (text(&item["metadata"]["namespace"]), text(&item["metadata"]["name"]))).collect()
}

#[test]
#[ignore = "needs a real cluster: KUBECONFIG"]
fn every_description_equals_kubectl() {
    if !has_cluster() {
        return;
    }
    let proxy = Proxy::start();
    let mut report = Report::default();
    for kind in KINDS {
        for (namespace, name) in names(&proxy, kind) {
            let (outcome, _) = compare_description(&proxy, kind, &namespace, &name);
            report.add(kind.name, &format!("{namespace}/{name}"), outcome);
        }
    }
    report.end("descriptions");
}

#[test]
#[ignore = "needs a real cluster: KUBECONFIG"]
fn every_yaml_equals_kubectl() {
    if !has_cluster() {
        return;
    }
    let proxy = Proxy::start();
    let mut report = Report::default();
    for kind in KINDS {
        for (namespace, name) in names(&proxy, kind) {
            let outcome = compare_yaml(&proxy, kind, &namespace, &name);
            report.add(kind.name, &format!("{namespace}/{name}"), outcome);
        }
    }
    report.end("manifests");
}

fn manifests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/describe/manifests")
}

/// The objects of the manifests, deleted with the value.
struct Made;

impl Made {
    fn new() -> Self {
        Self::delete();
        // Deletes what was made even if not all of it could be.
        let made = Self;
        kubectl(&["create", "namespace", NAMESPACE]).expect("the namespace can be made");
        let folder = manifests().display().to_string();
        kubectl(&["apply", "--filename", &folder, "--namespace", NAMESPACE]).expect("the manifests can be applied");
        made
    }

    fn delete() {
        let folder = manifests().display().to_string();
        // What is not there need not be deleted.
        let _gone = kubectl(&["delete", "--filename", &folder, "--namespace", NAMESPACE, "--wait=false"]);
        let _gone = kubectl(&["delete", "namespace", NAMESPACE, "--wait=true", "--timeout=120s"]);
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        Self::delete();
    }
}

#[test]
#[ignore = "needs a real cluster: KUBECONFIG"]
fn what_is_made_for_it_equals_kubectl() {
    if !has_cluster() {
        return;
    }
    let _made = Made::new();
    let wait = ["rollout", "status", "deployment/shop", "--namespace", NAMESPACE, "--timeout=300s"];
    kubectl(&wait).expect("the deployment comes up");
    let proxy = Proxy::start();
    let mut report = Report::default();
    for kind in KINDS {
        let made = |(namespace, name): &(String, String)| namespace == NAMESPACE || name.starts_with(NAMESPACE);
        for (namespace, name) in names(&proxy, kind).into_iter().filter(made) {
            let (outcome, case) = compare_description(&proxy, kind, &namespace, &name);
            if let (true, Outcome::Equal(moment, text), Some(case)) =
                (is_recording() && kind.is_worth_a_case(), &outcome, case)
            {
                let name = name.trim_start_matches(NAMESPACE).trim_start_matches('-');
                let name = format!("{}-{}", kind.name.to_lowercase(), if name.is_empty() { "one" } else { name });
                record(&Case { now: moment.rfc3339(), ..case }, &case::folder().join("kinds").join(name), text);
            }
            report.add(kind.name, &format!("{namespace}/{name}"), outcome);
        }
    }
    report.end("made objects");
}

/// Writes a case, without what only the server's bookkeeping needs.
fn record(case: &Case, file: &Path, text: &str) {
    // Objects with random names would be new ones each time, and what is recorded stays.
    if case.object["metadata"]["generateName"].is_string() || file.with_extension("txt").exists() {
        return;
    }
    let without_managers = |value: &Value| {
        let mut value = value.clone();
        if let Some(metadata) = value["metadata"].as_object_mut() {
            metadata.remove("managedFields");
        }
        value
    };
    let around = case.around.iter().map(|(path, answer)| {
        let items = answer.as_ref().map(|items| items.iter().map(without_managers).collect::<Vec<_>>());
        (path.clone(), items.map_or_else(|refusal| json!(refusal), |items| json!(items)))
    });
    let around: serde_json::Map<String, Value> = around.collect();
    let recorded = json!({"now": case.now, "object": without_managers(&case.object), "around": around});
    let file = file.with_extension("json");
    let recorded = serde_json::to_string_pretty(&recorded).expect("JSON can be written");
    fs::write(&file, recorded + "\n").expect("the case can be written");
    fs::write(file.with_extension("txt"), text).expect("the text can be written");
}

/// An oracle that can not see a difference proves nothing.
#[test]
fn one_character_makes_a_difference() {
    let case = Case::read(&case::folder().join("web.json"));
    let moment = Stamp::parse(&case.now);
    let text = fs::read_to_string(case::folder().join("web.txt")).expect("the text can be read");
    assert!(matches!(compare(&text, &case, moment, moment), Outcome::Equal(..)));
    for (at, character) in text.char_indices().step_by(97) {
        let other = if character == 'x' { "y" } else { "x" };
        let changed = format!("{}{other}{}", &text[..at], &text[at + character.len_utf8()..]);
        assert!(matches!(compare(&changed, &case, moment, moment), Outcome::Different(..)), "at {at}");
    }
}

/// kubectl describes every case again, from a server that knows nothing else.
#[test]
#[ignore = "needs kubectl"]
fn every_case_equals_kubectl() {
    let cache = tempfile::tempdir().expect("a folder for kubectl's discovery");
    let mut report = Report::default();
    for file in case::all() {
        let case = Case::read(&file);
        let kind = fake::kind_of(&case.object).unwrap_or_else(|| panic!("{} is of no known kind", file.display()));
        let text = |pointer: &str| case.object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        let shared = Arc::new(Case::read(&file));
        let server = format!("--server={}", fake::serve(shared, kind));
        let cache = format!("--cache-dir={}", cache.path().display());
        let before = now();
        let argument = kind.argument();
        let theirs = kubectl(&["describe", &argument, &name, &format!("--namespace={namespace}"), &server, &cache]);
        let theirs = theirs.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let outcome = compare(&theirs, &case, before, now());
        if is_recording() {
            let (moment, text) = match &outcome {
                Outcome::Equal(moment, ours) => (*moment, ours),
                Outcome::Gone | Outcome::Different(..) => (now(), &theirs),
            };
            record(&Case { now: moment.rfc3339(), ..case }, &file, text);
        }
        report.add(kind.name, &file.file_stem().unwrap_or_default().to_string_lossy(), outcome);
    }
    report.end("cases");
}
