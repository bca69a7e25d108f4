//! Any kind: tables are those of kubectl, custom kinds too, and they live.

use std::collections::BTreeMap;

use podtriage::cluster::api::ConnectOptions;
use podtriage::cluster::connect::{Connection, connect};
use podtriage::cluster::discovery;
use podtriage::cluster::http::ACCEPT_TABLE;
use podtriage::cluster::pages::{self, Select};
use podtriage::model::list::{Encoding, ListReader};
use podtriage::model::resource::Resource;
use podtriage::model::row::Interner;
use podtriage::model::table::ObjectRow;

use crate::cluster::{Namespace, apply, kubectl, podtriage};

/// How often kubectl is asked again while objects are changing.
const TRIES: usize = 5;

const OVENS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ovens.e2e.podtriage.example}
spec:
  group: e2e.podtriage.example
  scope: Namespaced
  names: {plural: ovens, singular: oven, kind: Oven, shortNames: [ovn]}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    additionalPrinterColumns:
    - {name: Degrees, type: integer, jsonPath: .spec.degrees}
    - {name: Lit, type: boolean, jsonPath: .spec.lit}
    - {name: Note, type: string, jsonPath: .spec.note, priority: 1}
    - {name: Since, type: date, jsonPath: .spec.since}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
";

fn oven(name: &str, degrees: u32) -> String {
    format!(
        "apiVersion: e2e.podtriage.example/v1\nkind: Oven\nmetadata: {{name: {name}}}\n\
         spec: {{degrees: {degrees}, lit: true, note: \"hot\\nvery\", since: \"2020-01-01T00:00:00Z\"}}\n"
    )
}

/// The rows of a table that kubectl prints, as words: its columns do not line up where a table is long.
fn theirs(resource: &str) -> Vec<String> {
    let text = kubectl(&format!("get {resource} -A -o wide"));
    text.lines().skip(1).map(without_ages).collect()
}

async fn ours(connection: &Connection, resource: &Resource) -> Vec<String> {
    let (mut rows, mut columns, mut strings, mut token) = (Vec::new(), 0, Interner::default(), String::new());
    loop {
        let page = pages::values(connection, resource, &Select::default(), ACCEPT_TABLE, &token).await;
        let page = page.unwrap_or_else(|error| panic!("{resource:?}: {error}")).content.to_string();
        let mut reader = ListReader::new(Encoding::Json);
        reader.push(page.as_bytes(), &mut rows, &mut strings).expect("a table");
        let end = reader.finish(&mut rows, &mut strings).expect("a whole table");
        columns = end.columns.map_or(columns, |columns| columns.len());
        token = end.continue_token;
        if token.is_empty() {
            break;
        }
    }
    let row = |row: &ObjectRow| {
        let namespace = if resource.namespaced { &*row.meta.namespace } else { "" };
        let cells = (0..columns).map(|column| row.cell(column));
        without_ages(&std::iter::once(namespace).chain(cells).collect::<Vec<_>>().join(" "))
    };
    rows.iter().map(row).collect()
}

/// The words of a row; ages go on while one reads.
fn without_ages(row: &str) -> String {
    let is_age = |word: &str| {
        let word = word.trim_start_matches('(');
        word.starts_with(|c: char| c.is_ascii_digit())
            && word.ends_with(['s', 'm', 'h', 'd', 'y'])
            && word.chars().all(|c| c.is_ascii_digit() || "smhdy".contains(c))
    };
    row.split_whitespace().map(|word| if is_age(word) { "AGE" } else { word }).collect::<Vec<_>>().join(" ")
}

/// How often each row is there.
fn counted(rows: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.as_str()).or_default() += 1;
    }
    counts
}

/// What cannot be explained by changes between our two readings, of which theirs is in the middle: a row that we had both
/// times and they did not, or one that they had and we had neither time.
fn between(before: &[String], theirs: &[String], after: &[String]) -> Option<String> {
    let (before, theirs, after) = (counted(before), counted(theirs), counted(after));
    let count = |rows: &BTreeMap<&str, usize>, row: &str| rows.get(row).copied().unwrap_or_default();
    let lacks = before.keys().find(|row| count(&theirs, row) < count(&before, row).min(count(&after, row)));
    let has = theirs.keys().find(|row| count(&theirs, row) > count(&before, row).max(count(&after, row)));
    let said = |only: &str, row: &&str| format!("only {only}: {row}");
    lacks.map(|row| said("ours, twice", row)).or_else(|| has.map(|row| said("theirs", row)))
}

#[test]
fn only_changes_meanwhile_explain_a_difference() {
    let rows = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
    let between = |before, theirs, after| between(&rows(before), &rows(theirs), &rows(after));
    assert_eq!(between("aab", "aba", "baa"), None);
    assert_eq!(between("ab", "b", "bc"), None, "one went, another came later");
    assert_eq!(between("ab", "abc", "abc"), None);
    assert_eq!(between("ab", "b", "ab").as_deref(), Some("only ours, twice: a"));
    assert_eq!(between("aab", "ab", "aab").as_deref(), Some("only ours, twice: a"));
    assert_eq!(between("b", "ab", "b").as_deref(), Some("only theirs: a"));
    assert_eq!(between("ab", "aab", "ab").as_deref(), Some("only theirs: a"));
}

#[tokio::test]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn tables_of_every_kind_are_those_of_kubectl() {
    crate::cluster::kubeconfig();
    let connection = connect(&ConnectOptions::default()).await.unwrap_or_else(|problem| panic!("{problem}"));
    let found = discovery::discover(&connection).await.unwrap_or_else(|error| panic!("{error}"));
    let (mut kinds, mut rows) = (0, 0);
    // The custom kinds of other tests come and go.
    let lasts = |resource: &&Resource| resource.can("list") && !resource.group.ends_with(".podtriage.example");
    for resource in found.resources.iter().filter(lasts) {
        let name = match resource.group.as_str() {
            "" => resource.plural.clone(),
            group => format!("{}.{}.{group}", resource.plural, resource.version),
        };
        let mut difference = None;
        for _ in 0..TRIES {
            let before = ours(&connection, resource).await;
            let theirs = theirs(&name);
            let after = ours(&connection, resource).await;
            difference = between(&before, &theirs, &after);
            rows += if difference.is_none() { theirs.len() } else { 0 };
            if difference.is_none() {
                break;
            }
        }
        assert_eq!(difference, None, "{name}");
        kinds += 1;
    }
    eprintln!("{rows} rows of {kinds} kinds are as kubectl prints them");
}

/// A custom kind that is deleted with its objects.
struct Ovens;

impl Ovens {
    fn new() -> Self {
        apply("", OVENS);
        kubectl("wait crd/ovens.e2e.podtriage.example --for=condition=Established --timeout=60s");
        Self
    }
}

impl Drop for Ovens {
    fn drop(&mut self) {
        kubectl("delete crd ovens.e2e.podtriage.example --wait=false");
    }
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_custom_kind_is_listed_live_with_its_own_columns() {
    let namespace = Namespace::new();
    let _ovens = Ovens::new();
    apply(&namespace.name, &oven("big", 220));
    let mut terminal = podtriage(["-n", namespace.name.as_str()]).size(200, 50).start();
    terminal.until("live", |screen| screen.has("● live"));
    terminal.press(":");
    terminal.type_text("ovn\r");
    let has = |row: &[&str]| {
        let row: Vec<String> = row.iter().map(|cell| (*cell).to_owned()).collect();
        move |line: &String| row.iter().all(|cell| line.split_whitespace().any(|word| word == cell))
    };
    terminal.until("the oven", |screen| {
        screen.has("Ovens.e2e.podtriage.example · 1") && screen.rows().iter().any(has(&["big", "220", "true"]))
    });
    terminal.press("i w");
    terminal.until("the wide column", |screen| screen.has("NOTE") && screen.has("hot..."));
    apply(&namespace.name, &oven("big", 180));
    terminal.until("the change", |screen| screen.rows().iter().any(has(&["big", "180"])));
    apply(&namespace.name, &oven("small", 90));
    terminal.until("another", |screen| screen.rows().iter().any(has(&["small", "90"])));
    namespace.kubectl("delete ovens.e2e.podtriage.example big");
    terminal.until("it to go", |screen| !screen.rows().iter().any(has(&["big"])));
    terminal.press("y");
    terminal.until("YAML", |screen| screen.has("yaml oven.e2e.podtriage.example/small") && screen.has("degrees: 90"));
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_pod_leads_to_its_deployment_and_back() {
    let namespace = Namespace::new();
    namespace.kubectl("create deployment web --image=registry.k8s.io/pause:3.9 --replicas=2");
    let mut terminal = podtriage(["-n", namespace.name.as_str(), "deploy/web"]).size(200, 50).start();
    terminal.until("the deployment", |screen| screen.has("Deployments.apps · 1") && screen.has("deployment.apps/web"));
    terminal.press("enter");
    terminal.until("its pods", |screen| screen.has("Pods · 2 of 2 · filter -l app=web"));
    terminal.press("O");
    terminal.until("their owner", |screen| screen.has("ReplicaSets.apps · 1") && screen.has("replicaset.apps/web-"));
    terminal.press("O");
    terminal.until("its owner", |screen| screen.has("Deployments.apps · 1") && screen.has("deployment.apps/web"));
}
