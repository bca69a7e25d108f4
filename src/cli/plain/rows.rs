//! Rows of the screen's lists as tables to print: the same cells, kubectl's choice of columns.

use serde_json::Value;

use super::table::{Heading, Line, Table};
use crate::app::columns::{Listed, Shown};
use crate::base::age::age;
use crate::base::stamp::Stamp;
use crate::model::event::EventRow;
use crate::model::row::{Interner, Row, WireRow};

/// The columns of `kubectl get pods`; the last four with `-o wide`.
pub const PODS: &[&str] =
    &["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED NODE", "READINESS GATES"];
/// The columns of `kubectl get nodes`; the last five with `-o wide`.
pub const NODES: &[&str] = &[
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

/// A table of rows as they are at `now`.
pub fn table<R: Listed>(rows: &[R], headings: &[&str], now: Stamp) -> Table {
    let columns = R::columns();
    let columns: Vec<_> =
        headings.iter().filter_map(|heading| columns.iter().find(|column| column.heading == *heading)).collect();
    let heading = |column: &&crate::app::columns::Column<R>| Heading {
        text: column.heading.to_string(),
        wide: column.shown == Shown::Wide,
        is_name: column.heading == "NAME",
    };
    let line = |row: &R| Line {
        cells: columns.iter().map(|column| column.cell(row, now).text).collect(),
        ..described_by(row)
    };
    Table { headings: columns.iter().map(heading).collect(), lines: rows.iter().map(line).collect() }
}

/// Events as `kubectl get events` lays them out (`printEvent`): what the screen shows of each, in other columns.
pub fn events(rows: &[EventRow], now: Stamp) -> Table {
    const HEADINGS: [(&str, bool); 10] = [
        ("LAST SEEN", false),
        ("TYPE", false),
        ("REASON", false),
        ("OBJECT", false),
        ("SUBOBJECT", true),
        ("SOURCE", true),
        ("MESSAGE", false),
        ("FIRST SEEN", true),
        ("COUNT", true),
        ("NAME", true),
    ];
    let heading = |(text, wide): (&str, bool)| Heading { text: text.to_owned(), wide, is_name: text == "NAME" };
    let line = |event: &EventRow| {
        let seen = event.own_sighting();
        let kind = event.object_kind.to_lowercase();
        let cells = [
            age(seen.last, now),
            event.r#type.to_string(),
            event.reason.to_string(),
            if event.object_name.is_empty() { kind } else { format!("{kind}/{}", event.object_name) },
            event.field_path.to_string(),
            event.from.to_string(),
            event.message.to_string(),
            age(seen.first, now),
            seen.times.to_string(),
            event.meta.name.to_string(),
        ];
        Line { cells: cells.to_vec(), ..described_by(event) }
    };
    Table { headings: HEADINGS.map(heading).to_vec(), lines: rows.iter().map(line).collect() }
}

/// What the metadata of a row says of its line.
fn described_by<R: Row>(row: &R) -> Line {
    let meta = row.meta();
    Line {
        namespace: meta.namespace.to_string(),
        labels: meta.labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        cells: Vec::new(),
    }
}

/// An object as a row; `None` when it cannot be read.
pub fn row<R: WireRow>(object: &Value) -> Option<R> {
    let wire: R::Wire = serde::Deserialize::deserialize(object).ok()?;
    Some(R::from_wire(wire, &mut Interner::default()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::node::NodeRow;
    use crate::model::pod::PodRow;

    #[test]
    fn e10_e11_an_event_seen_once_in_either_schema() {
        let now = Stamp::parse("2026-01-01T00:01:35Z");
        let old = json!({"firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z", "count": 1,
            "involvedObject": {"kind": "Pod", "name": "web-0"}, "source": {"component": "kubelet", "host": "node-a"}});
        let new = json!({"eventTime": "2026-01-01T00:00:00.000000Z", "involvedObject": {"kind": "Node"},
            "reportingComponent": "scheduler", "reportingInstance": "scheduler-1"});
        let rows = [old, new].map(|event| row::<EventRow>(&event).expect("an event"));
        let table = events(&rows, now);
        let cells = |at: usize| [0, 3, 5, 7, 8].map(|cell| table.lines[at].cells[cell].as_str());
        assert_eq!(cells(0), ["95s", "pod/web-0", "kubelet, node-a", "95s", "1"]);
        assert_eq!(cells(1), ["95s", "node", "scheduler, scheduler-1", "95s", "1"]);
    }

    #[test]
    fn the_columns_of_kubectl_with_the_cells_of_the_screen() {
        let pod: PodRow = row(&json!({
            "metadata": {"name": "web-0", "namespace": "shop", "labels": {"b": "2", "a": "1"}},
            "spec": {"containers": [{"name": "app"}]},
            "status": {"phase": "Pending"},
        }))
        .expect("a pod");
        let table = table(&[pod], PODS, Stamp::NONE);
        assert_eq!(table.headings.iter().map(|heading| heading.text.as_str()).collect::<Vec<_>>(), PODS);
        assert_eq!(table.headings.iter().filter(|heading| heading.wide).count(), 4);
        assert_eq!(table.lines[0].cells[..5], ["web-0", "0/1", "Pending", "0", "<unknown>"]);
        assert_eq!(table.lines[0].labels[0], ("a".to_owned(), "1".to_owned()));
        let nodes = super::table::<NodeRow>(&[], NODES, Stamp::NONE);
        assert_eq!(nodes.headings.len(), NODES.len());
        assert!(row::<PodRow>(&json!("pod")).is_none());
    }
}
