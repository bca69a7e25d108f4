//! What the pods on each node ask of it, kept as they come, change, move and go: a change of a pod costs the same
//! whatever the number of pods.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::load::NodeLoad;
use crate::model::pod::PodRow;
use crate::model::row::{Health, Row};

/// The sums, by the name of the node.
#[derive(Debug, Default)]
pub struct Loads {
    nodes: FxHashMap<Arc<str>, Sum>,
    changed: Vec<Arc<str>>,
}

#[derive(Debug, Default)]
struct Sum {
    load: NodeLoad,
    /// Whether it stands among the changed ones already.
    noted: bool,
}

impl Loads {
    /// The sums of a node.
    pub fn of(&self, node: &str) -> NodeLoad {
        self.nodes.get(node).map(|sum| sum.load).unwrap_or_default()
    }

    /// The nodes whose sums have changed since this was asked last.
    pub fn take_changed(&mut self) -> Vec<Arc<str>> {
        let changed = std::mem::take(&mut self.changed);
        for node in &changed {
            match self.nodes.get_mut(node) {
                Some(sum) if sum.load != NodeLoad::default() => sum.noted = false,
                // Nodes come and go; nothing stays of one that has no pods.
                _ => drop(self.nodes.remove(node)),
            }
        }
        changed
    }

    fn note(&mut self, node: &Arc<str>, change: impl FnOnce(&mut NodeLoad)) {
        let sum = self.nodes.entry(Arc::clone(node)).or_default();
        change(&mut sum.load);
        if !std::mem::replace(&mut sum.noted, true) {
            self.changed.push(Arc::clone(node));
        }
    }
}

impl Loads {
    /// A pod was added, replaced or removed.
    pub(super) fn changed(&mut self, before: Option<&PodRow>, after: Option<&PodRow>) {
        let (before, after) = (before.and_then(share), after.and_then(share));
        // Most changes of a pod are none for its node.
        if before == after {
            return;
        }
        if let Some((node, share)) = before {
            self.note(node, |load| *load -= share);
        }
        if let Some((node, share)) = after {
            self.note(node, |load| *load += share);
        }
    }
}

/// What a pod adds to the sums of its node, if it has one. A pod that has ended asks for nothing: kubectl describe
/// leaves it out ("Non-terminated Pods").
fn share(pod: &PodRow) -> Option<(&Arc<str>, NodeLoad)> {
    if pod.node.is_empty() {
        return None;
    }
    let unwell = u32::from(pod.health() >= Health::Degraded);
    let load = if pod.has_ended() {
        NodeLoad { unwell, ..NodeLoad::default() }
    } else {
        NodeLoad { pods: 1, unwell, cpu: pod.requests.cpu.into(), memory: pod.requests.memory.into() }
    };
    Some((&pod.node, load))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::table::Table;
    use super::super::table::tests::pod;
    use super::*;
    use crate::model::load::Requests;

    fn on_node(name: &str, node: u8, phase: u8, cpu: i64) -> PodRow {
        let node = if node == 0 { String::new() } else { format!("node-{node}") };
        let mut pod = pod(name, ["Running", "Succeeded", "Failed"][usize::from(phase)]);
        pod.node = node.as_str().into();
        pod.requests = Requests { cpu, memory: cpu / 2 };
        pod
    }

    fn naive(table: &Table<PodRow>) -> BTreeMap<String, NodeLoad> {
        let mut sums = BTreeMap::<String, NodeLoad>::new();
        for pod in table.rows().filter(|pod| !pod.node.is_empty()) {
            let sum = sums.entry(pod.node.to_string()).or_default();
            sum.unwell += u32::from(pod.health() >= Health::Degraded);
            if &*pod.phase == "Running" {
                sum.pods += 1;
                sum.cpu += i128::from(pod.requests.cpu);
                sum.memory += i128::from(pod.requests.memory);
            }
        }
        sums
    }

    proptest! {
        #[test]
        fn the_sums_are_those_over_all_rows(
            steps in prop::collection::vec(
                (0u8..8, 0u8..4, 0u8..3, prop_oneof![0i64..5_000, Just(i64::MAX)], any::<bool>()), 0..60,
            ),
        ) {
            let mut table = Table::<PodRow>::default();
            for (name, node, phase, cpu, gone) in steps {
                let before = naive(&table);
                let name = format!("p{name}");
                if gone {
                    table.remove("", &name);
                } else {
                    table.put(on_node(&name, node, phase, cpu));
                }
                let after = naive(&table);
                let changed = table.index_mut().loads.take_changed();
                for node in ["node-1", "node-2", "node-3"] {
                    let sum = |sums: &BTreeMap<String, NodeLoad>| sums.get(node).copied().unwrap_or_default();
                    prop_assert_eq!(table.index().loads.of(node), sum(&after));
                    let is_changed = changed.iter().any(|name| **name == *node);
                    prop_assert!(is_changed || sum(&before) == sum(&after), "{} has changed unseen", node);
                }
                prop_assert!(table.index().loads.nodes.len() <= 3 && changed.len() <= 2);
            }
        }
    }

    #[test]
    fn a_change_that_is_none_for_the_node_touches_no_node() {
        let mut table = Table::<PodRow>::default();
        table.put(on_node("a", 1, 0, 100));
        assert_eq!(table.index_mut().loads.take_changed().len(), 1);
        table.put(PodRow { restarts: 7, ..on_node("a", 1, 0, 100) });
        assert!(table.index_mut().loads.take_changed().is_empty());
    }
}
