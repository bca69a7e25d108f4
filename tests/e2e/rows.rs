//! Rows of every object of a real cluster: each cell is what kubectl prints, each sum what it describes.

use std::collections::{BTreeMap, HashSet};

use podtriage::app::columns::Listed;
use podtriage::base::stamp::Stamp;
use podtriage::cluster::api::ConnectOptions;
use podtriage::cluster::connect::{Connection, connect};
use podtriage::cluster::http::ACCEPT_OBJECTS;
use podtriage::model::change::{AnyChange, Change};
use podtriage::model::event::EventRow;
use podtriage::model::node::NodeRow;
use podtriage::model::pod::PodRow;
use podtriage::model::quantity::Quantity;
use podtriage::model::resource::Resource;
use podtriage::model::row::WireRow;
use podtriage::store::Store;

use crate::cluster::kubectl;
use crate::wire::{fetch, read};

/// How often kubectl is asked again while objects are changing.
const TRIES: usize = 20;

/// The cells of a row, in the order of kubectl's headings.
type Cells = Vec<String>;

fn now() -> Stamp {
    Stamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

async fn connection() -> Connection {
    crate::cluster::kubeconfig();
    connect(&ConnectOptions::default()).await.unwrap_or_else(|problem| panic!("{problem}"))
}

async fn list<R: WireRow>(connection: &Connection) -> Vec<R> {
    let body = fetch(connection, &Resource::from(R::KIND).list_path(None), ACCEPT_OBJECTS).await;
    let (rows, end) = read::<R>(&body, &[4_096]);
    assert_eq!(end.bad, 0);
    rows
}

/// The table that kubectl prints, cut where its headings begin: a cell may be empty, or hold blanks.
fn table(text: &str, headings: &[&str]) -> Vec<Cells> {
    let mut lines = text.lines();
    let heading = lines.next().unwrap_or_default();
    let mut from = 0;
    let mut starts = Vec::new();
    for name in headings {
        from += heading[from..].find(name).unwrap_or_else(|| panic!("no {name} in {heading}"));
        starts.push(from);
        from += name.len();
    }
    let cut = |line: &str| {
        let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
        let cells = starts.iter().zip(ends).map(|(start, end)| {
            let bytes = line.as_bytes();
            let (start, end) = ((*start).min(bytes.len()), end.min(bytes.len()));
            String::from_utf8_lossy(&bytes[start..end]).trim_end().to_owned()
        });
        cells.collect()
    };
    lines.map(cut).collect()
}

/// Compares all rows, until once nothing but changes meanwhile explains a difference: theirs are read between two readings
/// of ours. Their ages are those of some moment while kubectl ran.
async fn compare<R: WireRow + Listed + PartialEq>(headings: &[&str], write: fn(&R, &str, Stamp) -> String) {
    let connection = connection().await;
    let mut difference = String::new();
    for _ in 0..TRIES {
        let before = list::<R>(&connection).await;
        let start = now();
        let theirs = table(&kubectl(&format!("get {} -A -o wide --chunk-size=0", R::KIND.plural())), headings);
        let span = now().micros_since(start).unwrap_or(0);
        let after = list::<R>(&connection).await;
        let at = |moment: Stamp, row: &R| headings.iter().map(|name| write(row, name, moment)).collect::<Cells>();
        let moments = |row: &R| (0..=20).map(|step| at(start.plus_micros(span / 20 * step), row)).collect::<Vec<_>>();
        let ours: HashSet<Cells> = before.iter().chain(&after).flat_map(moments).collect();
        let read: HashSet<&Cells> = theirs.iter().collect();
        let lacks = before.iter().find(|row| after.contains(row) && !moments(row).iter().any(|row| read.contains(row)));
        match (theirs.iter().find(|row| !ours.contains(*row)), lacks) {
            (None, None) => {
                let (rows, cells) = (theirs.len(), headings.len());
                eprintln!("{rows} {}: all {cells} cells of each are kubectl's", R::KIND.plural());
                return;
            }
            (Some(theirs), _) => difference = format!("theirs alone: {theirs:#?}"),
            (None, Some(ours)) => difference = format!("ours alone: {:#?}", at(start, ours)),
        }
    }
    panic!("not once as kubectl says: {difference}");
}

/// The cell of the list's own column.
fn own<R: Listed>(row: &R, heading: &str, now: Stamp) -> String {
    let column = R::columns().iter().find(|column| column.heading == heading);
    column.unwrap_or_else(|| panic!("there is no column {heading}")).cell(row, now).text
}

/// Columns that our list has in another form are written as kubectl writes them.
fn event(event: &EventRow, heading: &str, now: Stamp) -> String {
    match heading {
        "OBJECT" => event.object().to_lowercase(),
        "SUBOBJECT" => event.field_path.to_string(),
        "SOURCE" => event.from.to_string(),
        "NAME" => event.meta.name.to_string(),
        "MESSAGE" => match event.message.split_once(['\n', '\r']) {
            Some((first, _)) => format!("{first}..."),
            None => event.message.to_string(),
        },
        heading => own(event, heading, now),
    }
}

#[tokio::test]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn every_cell_of_every_pod() {
    let headings =
        ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED NODE", "READINESS GATES"];
    compare::<PodRow>(&headings, own).await;
}

#[tokio::test]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn every_cell_of_every_node() {
    let headings = [
        "NAME",
        "STATUS",
        "ROLES",
        "AGE",
        "VERSION",
        "INTERNAL-IP",
        "EXTERNAL-IP",
        "OS-IMAGE",
        "KERNEL-VERSION",
        "CONTAINER-RUNTIME",
    ];
    compare::<NodeRow>(&headings, own).await;
}

#[tokio::test]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn every_cell_of_every_event() {
    let headings = [
        "NAMESPACE",
        "LAST SEEN",
        "TYPE",
        "REASON",
        "OBJECT",
        "SUBOBJECT",
        "SOURCE",
        "MESSAGE",
        "FIRST SEEN",
        "COUNT",
        "NAME",
    ];
    compare::<EventRow>(&headings, event).await;
}

/// What `kubectl describe node` says is requested: amount and percentage by resource; and the number of pods.
fn described(node: &str) -> (BTreeMap<String, (Quantity, String)>, u32) {
    let text = kubectl(&format!("describe node {node}"));
    let words = |line: &str| line.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
    let totals = text.lines().skip_while(|line| !line.starts_with("Allocated resources:"));
    let rows = totals.map(words).filter(|words| words.len() > 2).filter_map(|words| {
        let percent = words[2].trim_matches(['(', ')']).to_owned();
        Some((words[0].clone(), (Quantity::parse(&words[1])?, percent)))
    });
    let pods = text.lines().find(|line| line.starts_with("Non-terminated Pods:")).map(words);
    let pods = pods.and_then(|words| words[2].trim_start_matches('(').parse().ok());
    (rows.collect(), pods.expect("the number of pods"))
}

#[tokio::test]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn the_sums_of_every_node_are_those_of_describe() {
    let connection = connection().await;
    let mut difference = String::new();
    'again: for _ in 0..TRIES {
        let mut store = Store { all_namespaces: true, ..Store::default() };
        let changes: [AnyChange; 3] = [
            Change::Rows(list::<NodeRow>(&connection).await).into(),
            Change::Rows(list::<PodRow>(&connection).await).into(),
            Change::<PodRow>::Listed { unreadable: 0 }.into(),
        ];
        for change in changes {
            store.apply(change, now());
        }
        // Nodes of other tests come and go.
        for node in store.nodes.table.rows().filter(|node| !node.meta.name.starts_with("podtriage-e2e-")) {
            let load = node.load.expect("all pods are listed");
            let (theirs, pods) = described(&node.meta.name);
            let percent = |heading| own(node, heading, now()).rsplit(' ').next().unwrap_or_default().to_owned();
            let ours = [("cpu", (load.cpu(), percent("CPU"))), ("memory", (load.memory(), percent("MEMORY")))];
            let is_equal = ours.iter().all(|(name, ours)| theirs.get(*name) == Some(ours)) && load.pods == pods;
            if !is_equal {
                difference = format!("{}: {ours:?} and {} pods, {theirs:?} and {pods}", node.meta.name, load.pods);
                continue 'again;
            }
        }
        eprintln!("the sums of {} nodes are those of describe", store.nodes.table.len());
        return;
    }
    panic!("not once as kubectl says: {difference}");
}
