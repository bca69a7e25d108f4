//! The cells of a node on what its pods ask of it: `12/110`, `1450m/2 72%`, `3.2Gi/16Gi 20%`.
//!
//! Percentages are those of `kubectl describe node`; memory is written short, the inspector has it in full. A load that
//! is not known is `-`.

use std::cmp::Ordering;

use super::Cell;
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::model::load::NodeLoad;
use crate::model::node::NodeRow;
use crate::model::quantity::Quantity;

/// What stands for a load that is not known.
const UNKNOWN: &str = "-";
/// From this percentage on a node counts as nearly full.
const NEARLY_FULL: i64 = 90;

/// PODS.
pub fn pods(node: &NodeRow, _now: Stamp) -> Cell {
    cell(node, |load| (format!("{}/{}", load.pods, node.offer.pods), pods_percent(node, load)))
}

/// CPU.
pub fn cpu(node: &NodeRow, _now: Stamp) -> Cell {
    let offer = &node.offer;
    cell(node, |load| {
        let percent = load.cpu_percent(offer);
        (format!("{}/{} {percent}%", load.cpu(), Quantity::from_milli(offer.cpu.into())), percent)
    })
}

/// MEMORY.
pub fn memory(node: &NodeRow, _now: Stamp) -> Cell {
    let offer = &node.offer;
    cell(node, |load| {
        let percent = load.memory_percent(offer);
        (format!("{}/{} {percent}%", short(load.memory().value()), short(offer.memory)), percent)
    })
}

/// Fuller nodes behind emptier ones, and those that are not known first.
pub fn by_pods(a: &NodeRow, b: &NodeRow) -> Ordering {
    a.load.map(|load| load.pods).cmp(&b.load.map(|load| load.pods))
}

/// By how full they are of cpu.
pub fn by_cpu(a: &NodeRow, b: &NodeRow) -> Ordering {
    let fullness = |node: &NodeRow| node.load.map(|load| (load.cpu_percent(&node.offer), load.cpu));
    fullness(a).cmp(&fullness(b))
}

/// By how full they are of memory.
pub fn by_memory(a: &NodeRow, b: &NodeRow) -> Ordering {
    let fullness = |node: &NodeRow| node.load.map(|load| (load.memory_percent(&node.offer), load.memory));
    fullness(a).cmp(&fullness(b))
}

fn cell(node: &NodeRow, write: impl FnOnce(&NodeLoad) -> (String, i64)) -> Cell {
    let Some(load) = &node.load else { return Cell { text: UNKNOWN.to_owned(), role: Role::Dim } };
    let (text, percent) = write(load);
    Cell { text, role: if percent >= NEARLY_FULL { Role::Warn } else { Role::Plain } }
}

fn pods_percent(node: &NodeRow, load: &NodeLoad) -> i64 {
    crate::model::quantity::percent(load.pods.into(), node.offer.pods)
}

/// Bytes in the largest unit of which there is one, with a digit behind the point below ten.
fn short(bytes: i64) -> String {
    const UNITS: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let mut value = bytes as f64;
    let mut unit = 0;
    // What would be rounded to 1024 is one of the next unit.
    while value.round() >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let text = if value < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") };
    format!("{}{}", text.strip_suffix(".0").unwrap_or(&text), UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::columns::{Listed, RowFields};
    use crate::base::filter::Filter;
    use crate::model::load::Offer;
    use crate::model::row::{Interner, WireRow};

    fn node(load: Option<NodeLoad>) -> NodeRow {
        let mut node = NodeRow::from_wire(<_>::default(), &mut Interner::default());
        node.offer = Offer { cpu: 2_000, memory: 16 << 30, pods: 110 };
        node.load = load;
        node
    }

    fn loaded(pods: u32, cpu: i128, mebibytes: i128) -> NodeRow {
        node(Some(NodeLoad { pods, unwell: 0, cpu, memory: (mebibytes << 20) * 1_000 }))
    }

    #[test]
    fn cells() {
        let text = |node: &NodeRow| [pods, cpu, memory].map(|cell| cell(node, Stamp::NONE).text);
        assert_eq!(text(&loaded(12, 1_450, 3_276)), ["12/110", "1450m/2 72%", "3.2Gi/16Gi 19%"]);
        assert_eq!(text(&loaded(0, 0, 0)), ["0/110", "0/2 0%", "0/16Gi 0%"]);
        assert_eq!(text(&node(None)), ["-", "-", "-"]);
        assert_eq!(cpu(&loaded(1, 1_900, 0), Stamp::NONE).role, Role::Warn);
    }

    #[test]
    fn short_bytes() {
        let cases =
            [(0, "0"), (1023, "1023"), (1024, "1Ki"), (1536, "1.5Ki"), (10 << 20, "10Mi"), (16_265_828 << 10, "16Gi")];
        for (bytes, text) in cases {
            assert_eq!(short(bytes), text);
        }
        assert_eq!(short((1 << 20) - 1), "1Mi", "never 1024 of a unit");
        assert_eq!(short(i64::MAX), "8Ei");
    }

    #[test]
    fn nodes_are_sorted_by_how_full_they_are_and_found_by_their_cells() {
        let (empty, full, unknown) = (loaded(3, 100, 1), loaded(1, 1_900, 2), node(None));
        assert_eq!(by_cpu(&empty, &full), Ordering::Less);
        assert_eq!(by_memory(&full, &empty), Ordering::Greater);
        assert_eq!(by_pods(&empty, &full), Ordering::Greater);
        assert_eq!(by_cpu(&unknown, &empty), Ordering::Less);
        let fields: Vec<_> = NodeRow::columns().iter().map(|column| &*column.field).collect();
        let passes = |text: &str, row: &NodeRow| {
            Filter::parse(text, &fields).expect(text).matches(&RowFields {
                row,
                columns: NodeRow::columns(),
                now: Stamp::NONE,
            })
        };
        assert!(passes("cpu:95%", &full) && !passes("cpu:95%", &empty));
        assert!(passes("cpu:/-/", &unknown) && passes("pods:3/", &empty));
    }
}
