//! Rows by slot, found by their key.
//!
//! A slot stays the same for as long as its object exists, so that views can name rows by four bytes. Keys are not
//! kept a second time to find rows by. What else is to be known of all rows at once is in the table's [`Index`].

use hashbrown::HashTable;
use std::hash::{BuildHasher, Hash, Hasher};

use rustc_hash::FxBuildHasher;

use super::index::{Index, Stored};
use crate::model::row::Health;

/// Names a row of one table until the row is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(u32);

impl Slot {
    /// The slot's place among all slots, for bitmaps.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Which rows a change touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// None: only the status, or nothing.
    Nothing,
    /// These were added, changed or removed. A slot may stand here twice.
    Slots(Vec<Slot>),
    /// Slots may mean other rows than before.
    Everything,
}

impl Touched {
    /// These, and more slots.
    #[must_use]
    pub fn and(self, more: Vec<Slot>) -> Self {
        match self {
            Self::Nothing if more.is_empty() => Self::Nothing,
            Self::Nothing => Self::Slots(more),
            Self::Slots(slots) => Self::Slots([slots, more].concat()),
            Self::Everything => Self::Everything,
        }
    }
}

/// The rows of one kind.
#[derive(Debug)]
pub struct Table<R: Stored> {
    rows: Vec<Option<R>>,
    free: Vec<Slot>,
    keys: HashTable<Slot>,
    unwell: usize,
    index: R::Index,
}

impl<R: Stored> Default for Table<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), free: Vec::new(), keys: HashTable::new(), unwell: 0, index: R::Index::default() }
    }
}

fn hash(namespace: &str, name: &str) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    namespace.hash(&mut hasher);
    name.hash(&mut hasher);
    hasher.finish()
}

fn is_unwell<R: Stored>(row: &R) -> bool {
    row.health() >= Health::Degraded
}

impl<R: Stored> Table<R> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Number of rows that are listed: of those that say the same, one.
    pub fn listed(&self) -> usize {
        self.len() - self.index.hidden()
    }

    /// Number of rows that are degraded or broken; counted as they change, for it is on every frame.
    pub fn unwell(&self) -> usize {
        self.unwell
    }

    /// Number of slots ever used; every [`Slot::index`] is below it.
    pub fn slots(&self) -> usize {
        self.rows.len()
    }

    /// The row in a slot; `None` when it was removed.
    pub fn get(&self, slot: Slot) -> Option<&R> {
        self.rows.get(slot.index())?.as_ref()
    }

    /// The slot of an object.
    pub fn find(&self, namespace: &str, name: &str) -> Option<Slot> {
        self.keys.find(hash(namespace, name), |slot| self.is(*slot, namespace, name)).copied()
    }

    /// The row of an object.
    pub fn row(&self, namespace: &str, name: &str) -> Option<&R> {
        self.get(self.find(namespace, name)?)
    }

    /// All rows, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &R> {
        self.rows.iter().flatten()
    }

    /// All slots with their rows, in no order.
    pub fn entries(&self) -> impl Iterator<Item = (Slot, &R)> {
        self.rows.iter().enumerate().filter_map(|(at, row)| Some((Slot(at as u32), row.as_ref()?)))
    }

    fn is(&self, slot: Slot, namespace: &str, name: &str) -> bool {
        self.get(slot).is_some_and(|row| &*row.meta().namespace == namespace && row.meta().name == name)
    }

    /// What is kept beside the rows.
    pub fn index(&self) -> &R::Index {
        &self.index
    }

    /// The same, for whoever takes what has changed from it.
    pub(super) fn index_mut(&mut self) -> &mut R::Index {
        &mut self.index
    }

    /// Adds the row, or puts it in the place of the one with its key.
    pub fn put(&mut self, row: R) -> Slot {
        let hash_of = hash(&row.meta().namespace, &row.meta().name);
        let known = self.find(&row.meta().namespace, &row.meta().name);
        let slot = known.or_else(|| self.free.pop()).unwrap_or(Slot(self.rows.len() as u32));
        if slot.index() == self.rows.len() {
            self.rows.push(None);
        }
        self.replace(slot, Some(row));
        if known.is_none() {
            let rows = &self.rows;
            self.keys.insert_unique(hash_of, slot, |slot| {
                rows[slot.index()].as_ref().map_or(0, |row| hash(&row.meta().namespace, &row.meta().name))
            });
        }
        slot
    }

    /// Removes an object; its slot is used again later.
    pub fn remove(&mut self, namespace: &str, name: &str) -> Option<Slot> {
        let slot = self.find(namespace, name)?;
        let entry = self.keys.find_entry(hash(namespace, name), |known| *known == slot).ok()?;
        entry.remove();
        self.replace(slot, None);
        self.free.push(slot);
        Some(slot)
    }

    fn replace(&mut self, slot: Slot, after: Option<R>) {
        let before = std::mem::replace(&mut self.rows[slot.index()], after);
        let after = self.rows[slot.index()].as_ref();
        self.unwell += usize::from(after.is_some_and(is_unwell));
        self.unwell -= usize::from(before.as_ref().is_some_and(is_unwell));
        self.index.changed(slot, before.as_ref(), after);
    }

    /// Writes into a row what the store knows of it from other rows. Neither key nor health may change.
    pub(super) fn amend(&mut self, slot: Slot, write: impl FnOnce(&mut R)) {
        if let Some(row) = self.rows.get_mut(slot.index()).and_then(Option::as_mut) {
            write(row);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::model::pod::PodRow;
    use crate::model::row::{Interner, WireRow};
    use crate::model::wire;

    /// A pod with a name and a phase that can be told apart.
    pub fn pod(name: &str, phase: &str) -> PodRow {
        let wire = wire::Pod {
            metadata: Some(wire::ObjectMeta { name: name.to_owned(), uid: name.to_owned(), ..Default::default() }),
            status: Some(wire::PodStatus { phase: phase.to_owned(), ..Default::default() }),
            ..Default::default()
        };
        PodRow::from_wire(wire, &mut Interner::default())
    }

    proptest! {
        #[test]
        fn a_table_is_a_map(steps in prop::collection::vec((0u8..12, 0u8..4), 0..80)) {
            let (mut table, mut map) = (Table::default(), BTreeMap::new());
            for (name, step) in steps {
                let name = format!("p{name}");
                if step == 0 {
                    prop_assert_eq!(table.remove("", &name).is_some(), map.remove(&name).is_some());
                } else {
                    let row = pod(&name, &step.to_string());
                    let slot = table.put(row.clone());
                    prop_assert_eq!(table.get(slot), Some(&row));
                    map.insert(name, row);
                }
                prop_assert_eq!(table.len(), map.len());
                prop_assert!(map.iter().all(|(name, row)| table.row("", name) == Some(row)));
                prop_assert_eq!(table.rows().count(), map.len());
                prop_assert!(table.slots() <= 12);
                prop_assert_eq!(table.unwell(), map.values().filter(|row| is_unwell(*row)).count());
            }
        }
    }
}
