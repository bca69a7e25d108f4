//! A sorted, filtered view of a table, patched by what changed.
//!
//! The view holds slots only. A batch of changes costs one pass over them and a sort of the changed ones,
//! never a sort of everything; formatting is for whoever draws the few rows that are visible.

use std::cmp::Ordering;

use super::index::Stored;
use super::table::{Slot, Table, Touched};

/// What a view shows and in which order.
pub struct Rule<'a, R> {
    /// Whether a row is shown.
    pub keep: &'a dyn Fn(&R) -> bool,
    /// Which of two rows stands first. Rows that it holds equal are ordered by namespace and name.
    pub order: &'a dyn Fn(&R, &R) -> Ordering,
}

impl<R: Stored> Rule<'_, R> {
    fn compare(&self, a: &R, b: &R) -> Ordering {
        (self.order)(a, b).then_with(|| {
            let (a, b) = (a.meta(), b.meta());
            a.namespace.cmp(&b.namespace).then_with(|| a.name.cmp(&b.name))
        })
    }
}

/// The visible slots of a table, in order.
#[derive(Debug, Default)]
pub struct View {
    order: Vec<Slot>,
}

impl View {
    /// The slots, first row first.
    pub fn slots(&self) -> &[Slot] {
        &self.order
    }

    /// Where a slot stands.
    pub fn position(&self, slot: Slot) -> Option<usize> {
        self.order.iter().position(|known| *known == slot)
    }

    /// Brings the view up to date after a change of the table.
    pub fn update<R: Stored>(&mut self, table: &Table<R>, touched: &Touched, rule: &Rule<'_, R>) {
        match touched {
            Touched::Nothing => {}
            Touched::Slots(slots) => self.patch(table, slots, rule),
            Touched::Everything => self.rebuild(table, rule),
        }
    }

    /// Sorts and filters everything anew: after a new filter or order.
    pub fn rebuild<R: Stored>(&mut self, table: &Table<R>, rule: &Rule<'_, R>) {
        let mut rows: Vec<_> = table.entries().filter(|(_, row)| (rule.keep)(row)).collect();
        rows.sort_unstable_by(|(_, a), (_, b)| rule.compare(a, b));
        self.order = rows.into_iter().map(|(slot, _)| slot).collect();
    }

    fn patch<R: Stored>(&mut self, table: &Table<R>, touched: &[Slot], rule: &Rule<'_, R>) {
        let mut is_touched = vec![false; table.slots()];
        for slot in touched {
            is_touched[slot.index()] = true;
        }
        self.order.retain(|slot| !is_touched[slot.index()]);
        let mut rows: Vec<_> = touched
            .iter()
            // A slot that was touched twice is taken once.
            .filter(|slot| std::mem::take(&mut is_touched[slot.index()]))
            .filter_map(|slot| Some((*slot, table.get(*slot)?)))
            .filter(|(_, row)| (rule.keep)(row))
            .collect();
        rows.sort_unstable_by(|(_, a), (_, b)| rule.compare(a, b));
        self.merge(table, &rows, rule);
    }

    /// Merges sorted rows into the order, from the back, in place.
    fn merge<R: Stored>(&mut self, table: &Table<R>, rows: &[(Slot, &R)], rule: &Rule<'_, R>) {
        let mut old = self.order.len();
        let mut to = old + rows.len();
        let Some((filler, _)) = rows.first() else { return };
        self.order.resize(to, *filler);
        for (slot, row) in rows.iter().rev() {
            // Everything in front of `from` stands before the new row: what is behind it moves as one block.
            let from = self.order[..old].partition_point(|known| {
                table.get(*known).is_some_and(|known| rule.compare(known, row) != Ordering::Greater)
            });
            self.order.copy_within(from..old, to - (old - from));
            to -= old - from;
            old = from;
            to -= 1;
            self.order[to] = *slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::table::tests::pod;
    use super::*;
    use crate::model::pod::PodRow;

    fn names(view: &View, table: &Table<PodRow>) -> Vec<String> {
        view.slots().iter().filter_map(|slot| table.get(*slot)).map(|row| row.meta.name.to_string()).collect()
    }

    proptest! {
        #[test]
        fn a_patched_view_equals_one_made_anew(
            batches in prop::collection::vec(prop::collection::vec((0u8..20, 0u8..5), 0..8), 0..20),
        ) {
            let rule = Rule::<PodRow> {
                keep: &|row| &*row.phase != "1",
                order: &|a, b| b.phase.cmp(&a.phase),
            };
            let (mut table, mut view) = (Table::default(), View::default());
            for batch in batches {
                let mut touched = Vec::new();
                for (name, phase) in batch {
                    let name = format!("p{name:02}");
                    touched.extend(if phase == 0 {
                        table.remove("", &name)
                    } else {
                        Some(table.put(pod(&name, &phase.to_string())))
                    });
                }
                view.update(&table, &Touched::Slots(touched), &rule);
                let mut fresh = View::default();
                fresh.rebuild(&table, &rule);
                prop_assert_eq!(names(&view, &table), names(&fresh, &table));
            }
        }
    }

    #[test]
    fn equal_rows_stand_by_name() {
        let (mut table, mut view) = (Table::default(), View::default());
        for name in ["c", "a", "b"] {
            table.put(pod(name, "x"));
        }
        view.rebuild(&table, &Rule { keep: &|_| true, order: &|_, _| Ordering::Equal });
        assert_eq!(names(&view, &table), ["a", "b", "c"]);
        assert_eq!(view.position(view.slots()[2]), Some(2));
    }
}
