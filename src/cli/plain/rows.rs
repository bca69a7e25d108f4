//! Rows of the screen's lists as tables to print: the same cells, kubectl's choice of columns.

use serde_json::Value;

use super::table::{Heading, Line, Table};
use crate::app::columns::{Listed, Shown};
use crate::base::stamp::Stamp;
use crate::model::row::{Interner, WireRow};

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
        namespace: row.meta().namespace.to_string(),
        labels: row.meta().labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        cells: columns.iter().map(|column| column.cell(row, now).text).collect(),
    };
    Table { headings: columns.iter().map(heading).collect(), lines: rows.iter().map(line).collect() }
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
