//! What the pods on a node ask of it: the table that `kubectl describe node` calls "Allocated resources", requests
//! only, and where it can not be known, why.

use super::fact;
use crate::base::text::{Line, Role};
use crate::model::load::NodeLoad;
use crate::model::node::NodeRow;
use crate::model::quantity::{Quantity, percent};
use crate::store::Store;
use crate::store::feed::Status;

/// Writes it.
pub fn write(lines: &mut Vec<Line>, node: &NodeRow, store: &Store) {
    if let Some(load) = &node.load {
        table(lines, node, load);
        return;
    }
    let listed = store.pods.table.index().loads.of(&node.meta.name);
    lines.push(fact("pods listed here", &listed.pods.to_string()).and(unwell(&listed), Role::Warn));
    lines.push(fact("allocated", "not known").and(format!(": {}", why_unknown(store)), Role::Dim));
}

fn table(lines: &mut Vec<Line>, node: &NodeRow, load: &NodeLoad) {
    let offer = &node.offer;
    let rows = [
        ("cpu", load.cpu().to_string(), load.cpu_percent(offer), Quantity::from_milli(offer.cpu.into()).to_string()),
        ("memory", load.memory().to_string(), load.memory_percent(offer), bytes(offer.memory)),
        ("pods", load.pods.to_string(), percent(load.pods.into(), offer.pods), offer.pods.to_string()),
    ];
    lines.push(
        Line::new(format!("{:<10}{:>18}  of", "allocated", "requested"), Role::Label).and(unwell(load), Role::Warn),
    );
    for (name, requested, percent, offered) in rows {
        let role = if percent >= 100 { Role::Warn } else { Role::Plain };
        lines.push(
            Line::new(format!("  {name:<8}"), Role::Label)
                .and(format!("{:>18}", format!("{requested} ({percent}%)")), role)
                .and(format!("  {offered}"), Role::Dim),
        );
    }
}

fn bytes(count: i64) -> String {
    Quantity::binary_from_milli(i128::from(count) * 1_000).to_string()
}

fn unwell(load: &NodeLoad) -> String {
    match load.unwell {
        0 => String::new(),
        unwell => format!("   {unwell} not well"),
    }
}

fn why_unknown(store: &Store) -> &'static str {
    match &store.pods.status {
        _ if !store.all_namespaces => "the pods of one namespace are listed, others may be here",
        Status::Stale { .. } => "the pods could not be listed",
        _ => "the pods are being listed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::load::Offer;
    use crate::model::row::{Interner, WireRow};

    fn written(load: Option<NodeLoad>, store: &Store) -> Vec<String> {
        let mut node = NodeRow::from_wire(<_>::default(), &mut Interner::default());
        node.offer = Offer { cpu: 2_000, memory: 16 << 30, pods: 110 };
        node.load = load;
        let mut lines = Vec::new();
        write(&mut lines, &node, store);
        lines.iter().map(Line::plain).collect()
    }

    #[test]
    fn a_table_of_what_is_allocated() {
        let load = NodeLoad { pods: 12, unwell: 3, cpu: 1_450, memory: (3 << 30) * 1_000 };
        assert_eq!(
            written(Some(load), &Store::default()),
            [
                "allocated          requested  of   3 not well",
                "  cpu            1450m (72%)  2",
                "  memory           3Gi (18%)  16Gi",
                "  pods              12 (10%)  110",
            ]
        );
    }

    #[test]
    fn what_is_not_known_says_why() {
        let one = Store::default();
        assert!(written(None, &one)[1].contains("not known: the pods of one namespace are listed"));
        let all = Store { all_namespaces: true, ..Store::default() };
        assert!(written(None, &all)[1].ends_with("the pods are being listed"));
    }
}
