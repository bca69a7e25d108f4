//! The lists: what they say equals what kubectl says, and they live.

use std::collections::BTreeMap;

use crate::cluster::{Namespace, busybox, kubectl, podtriage, skipped};
use crate::support::terminal::Screen;

/// More objects than this are not laid out on a screen.
const MOST: usize = 400;

/// How often kubectl is asked again while objects are changing.
const TRIES: usize = 100;

type Row = BTreeMap<String, String>;

/// Cells between which there are two blanks or more.
fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

/// The cells of a line that stand below these headings; one may be empty, as the version of a node without a kubelet.
fn below(heading: &str, headings: &[&str], line: &str) -> Vec<String> {
    let line: Vec<char> = line.chars().collect();
    // One name may be the beginning of another: each is looked for behind the one before.
    let mut from = 0;
    let place = |name: &&str| {
        let at = from + heading[from..].find(name).expect("a heading");
        from = at + name.len();
        heading[..at].chars().count()
    };
    let starts: Vec<usize> = headings.iter().map(place).chain([line.len()]).map(|at| at.min(line.len())).collect();
    let cell = |place: &[usize]| line[place[0]..place[1].max(place[0])].iter().collect::<String>().trim().to_owned();
    starts.windows(2).map(cell).collect()
}

/// Rows by heading. Ages are left out, they go on while one reads.
fn table<'a>(heading: &str, lines: impl IntoIterator<Item = &'a str>) -> Vec<Row> {
    let headings = cells(heading);
    let row = |line: &str| {
        let mut cells: Vec<String> = cells(line).into_iter().map(str::to_owned).collect();
        // Of a pod that is well there is nothing to say why.
        let why = headings.iter().position(|heading| *heading == "WHY");
        if let Some(why) = why.filter(|_| cells.len() + 1 == headings.len()) {
            cells.insert(why, String::new());
        }
        if cells.len() != headings.len() {
            cells = below(heading, &headings, line);
        }
        let without_age = |text: &str| match text.split_once(" (") {
            Some((count, ago)) if ago.ends_with(" ago)") => format!("{count} (… ago)"),
            _ => text.to_owned(),
        };
        let pairs = headings.iter().zip(cells).filter(|(heading, _)| **heading != "AGE");
        pairs.map(|(heading, cell)| ((*heading).to_owned(), without_age(&cell))).collect()
    };
    lines.into_iter().map(row).collect()
}

/// The rows that kubectl prints.
fn theirs(kind: &str) -> Vec<Row> {
    let text = kubectl(&format!("get {kind} -A -o wide"));
    let mut lines = text.lines();
    let heading = lines.next().unwrap_or_default();
    table(heading, lines)
}

/// The rows on a screen where the list is alone: below its title and heading, above the footer.
fn ours(screen: &Screen) -> Vec<Row> {
    let rows = screen.rows();
    // A mark and a blank stand before each row.
    let without_mark = |row: &str| row.chars().skip(2).collect::<String>();
    let rows: Vec<_> =
        rows[3..rows.len() - 1].iter().filter(|row| !row.is_empty()).map(|row| without_mark(row)).collect();
    table(&rows[0], rows[1..].iter().map(String::as_str))
}

/// Their columns of our rows.
fn in_their_columns(ours: &[Row], theirs: &[Row]) -> Vec<Row> {
    let headings = theirs.first().map(|row| row.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let cell = |row: &Row, heading: &String| (heading.clone(), row.get(heading).cloned().unwrap_or("no column".into()));
    ours.iter().map(|row| headings.iter().map(|heading| cell(row, heading)).collect()).collect()
}

fn compare(kind: &str, key: &str) {
    let count = theirs(kind).len();
    if count > MOST {
        skipped(&format!("the cluster has {count} {kind}, too many to compare on one screen"));
        return;
    }
    let mut terminal = podtriage(["-A", "--view", kind]).size(480, count as u16 + 60).start();
    terminal.until("the list", |screen| screen.has("● live") && screen.has("NAME"));
    terminal.press("w z");
    terminal.until("the wide columns, alone", |screen| screen.has("z for all") && screen.has(key));
    let mut differences = String::new();
    for _ in 0..TRIES {
        let theirs = theirs(kind);
        let ours = in_their_columns(&ours(&terminal.screen()), &theirs);
        if ours == theirs {
            eprintln!("{} {kind} are as kubectl says", ours.len());
            return;
        }
        let both = ours.iter().zip(&theirs).find(|(a, b)| a != b);
        differences = format!("{} of ours, {} of theirs; {both:#?}", ours.len(), theirs.len());
    }
    panic!("not once as kubectl says: {differences}\n{}", terminal.screen().text());
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn pods_are_those_of_kubectl() {
    compare("pods", "READINESS GATES");
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn nodes_are_those_of_kubectl() {
    compare("nodes", "CONTAINER-RUNTIME");
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_new_pod_shows_without_a_key_and_goes_again() {
    let namespace = Namespace::new();
    let mut terminal = podtriage(["-n", namespace.name.as_str()]).start();
    terminal.until("an empty list that says so", |screen| {
        screen.has("● live") && screen.words().contains(&format!("no pods in namespace {}", namespace.name))
    });
    namespace.apply("fresh", &busybox("sleep 3600"));
    terminal.until("the new pod, running", |screen| {
        screen.rows().iter().any(|row| row.contains("fresh") && row.contains("1/1") && row.contains("Running"))
    });
    terminal.press("4");
    terminal.until("its events", |screen| screen.has("Scheduled") && screen.has("Started"));
    terminal.press("2");
    namespace.kubectl("delete pod fresh --now --wait=false");
    terminal.until("no pod again", |screen| screen.words().contains("no pods in namespace"));
    terminal.press("q");
    assert_eq!(terminal.exit_status(), 0);
    terminal.assert_restored();
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn describe_is_live() {
    let namespace = Namespace::new();
    namespace.run("seen", &busybox("sleep 3600"), "condition=Ready");
    let mut terminal = namespace.podtriage_at("seen").size(200, 60).start();
    terminal.until_shows("pod/seen");
    terminal.press("d");
    terminal.until("describe", |screen| screen.has("describe pod/seen · live") && screen.has("Namespace:"));
    namespace.kubectl("label pod seen colour=green");
    terminal.until_shows("colour=green");
    terminal.press("q y");
    terminal.until("YAML", |screen| screen.has("yaml pod/seen") && screen.has("apiVersion: v1"));
    namespace.kubectl("delete pod seen --now --wait=false");
    terminal.until_shows("gone, this was its last state");
}
