//! How many pods each owner has, kept as they come and go.
//!
//! The owner is what controls a pod, or the Deployment behind its `ReplicaSet`. A pod that has done its work is not counted.

use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use crate::model::pod::PodRow;

/// Namespace, kind and name.
type Key = (Arc<str>, Arc<str>, CompactString);

/// The numbers.
#[derive(Debug, Default)]
pub struct Owned {
    counts: FxHashMap<Key, u32>,
}

impl Owned {
    /// Number of pods that an owner has.
    pub fn by(&self, namespace: &Arc<str>, kind: &Arc<str>, name: &str) -> u32 {
        self.counts.get(&(namespace.clone(), kind.clone(), name.into())).copied().unwrap_or(0)
    }

    /// A pod was added, replaced or removed.
    pub(super) fn changed(&mut self, before: Option<&PodRow>, after: Option<&PodRow>) {
        let is_same = |a: &PodRow, b: &PodRow| a.meta.owner == b.meta.owner && is_done(a) == is_done(b);
        // Most changes of a pod are none for its owner.
        if let (Some(before), Some(after)) = (before, after)
            && is_same(before, after)
        {
            return;
        }
        if let Some(key) = before.and_then(owner)
            && let Some(count) = self.counts.get_mut(&key)
        {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&key);
            }
        }
        if let Some(key) = after.and_then(owner) {
            *self.counts.entry(key).or_default() += 1;
        }
    }
}

fn is_done(pod: &PodRow) -> bool {
    &*pod.phase == "Succeeded"
}

fn owner(pod: &PodRow) -> Option<Key> {
    let owner = pod.meta.owner.as_ref().filter(|_| !is_done(pod))?;
    let namespace = pod.meta.namespace.clone();
    Some(match pod.deployment() {
        Some(name) => (namespace, "Deployment".into(), name.into()),
        None => (namespace, owner.kind.clone(), (&*owner.name).into()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::row::{Interner, WireRow as _};
    use crate::store::table::Table;

    fn pod(name: &str, set: &str, phase: &str) -> PodRow {
        let object = serde_json::json!({
            "metadata": {"name": name, "namespace": "shop", "labels": {"pod-template-hash": "6b"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": set, "uid": set, "controller": true}]},
            "status": {"phase": phase},
        });
        PodRow::from_wire(serde_json::from_value(object).expect("a pod"), &mut Interner::default())
    }

    proptest! {
        #[test]
        fn the_numbers_are_those_of_a_count(steps in prop::collection::vec((0..4_u8, 0..3_u8, 0..3_u8), 0..40)) {
            let mut table: Table<PodRow> = Table::default();
            for (name, set, phase) in steps {
                let name = format!("p{name}");
                match phase {
                    2 => drop(table.remove("shop", &name)),
                    phase => drop(table.put(pod(&name, ["web-6b", "db-6b", "db-7"][usize::from(set)], ["Running", "Succeeded"][usize::from(phase)]))),
                }
                for (kind, owner) in [("Deployment", "web"), ("Deployment", "db"), ("ReplicaSet", "db-7")] {
                    let count = table.rows().filter(|pod| !is_done(pod)).filter(|pod| {
                        pod.deployment().map_or(kind == "ReplicaSet", |name| kind == "Deployment" && name == owner)
                    }).count();
                    prop_assert_eq!(table.index().owned.by(&"shop".into(), &kind.into(), owner), count as u32);
                }
            }
        }
    }
}
