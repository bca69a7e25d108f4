//! Events by the object that they are about, and which of them say the same.
//!
//! The recorders name each event by themselves, so that the same statement about the same object may come under several
//! names: from a second replica of a controller, or after a restart. One of such events stands for all in a list. That
//! is the first that was seen: the cursor stays on it while more come.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::index::Index;
use super::table::{Slot, Table};
use crate::model::event::{EventRow, Same, Sighting};

/// Events by the UID of their object.
#[derive(Debug, Default)]
pub struct EventIndex {
    objects: FxHashMap<Arc<str>, Object>,
    changed: Vec<Arc<str>>,
    hidden: usize,
}

#[derive(Debug, Default)]
struct Object {
    slots: Vec<Slot>,
    /// Whether it stands among the changed ones already.
    noted: bool,
}

impl EventIndex {
    /// The events whose object has this UID, in no order.
    pub fn of(&self, uid: &str) -> &[Slot] {
        self.objects.get(uid).map_or(&[], |object| &object.slots)
    }

    /// The objects whose events have changed since this was asked last.
    fn take_changed(&mut self) -> Vec<Arc<str>> {
        let changed = std::mem::take(&mut self.changed);
        for uid in &changed {
            match self.objects.get_mut(uid) {
                Some(object) if !object.slots.is_empty() => object.noted = false,
                _ => drop(self.objects.remove(uid)),
            }
        }
        changed
    }

    fn note(&mut self, uid: &Arc<str>, change: impl FnOnce(&mut Vec<Slot>)) {
        let object = self.objects.entry(Arc::clone(uid)).or_default();
        change(&mut object.slots);
        if !std::mem::replace(&mut object.noted, true) {
            self.changed.push(Arc::clone(uid));
        }
    }
}

impl Index<EventRow> for EventIndex {
    fn changed(&mut self, slot: Slot, before: Option<&EventRow>, after: Option<&EventRow>) {
        if let Some(event) = before {
            self.hidden -= usize::from(event.is_hidden());
            self.note(&event.object_uid, |slots| slots.retain(|known| *known != slot));
        }
        if let Some(event) = after {
            self.note(&event.object_uid, |slots| slots.push(slot));
        }
    }

    fn hidden(&self) -> usize {
        self.hidden
    }
}

/// After changes: looks anew which events of the changed objects say the same. The slots of rows that were written into.
pub(super) fn unite(table: &mut Table<EventRow>) -> Vec<Slot> {
    let mut written = Vec::new();
    for uid in table.index_mut().take_changed() {
        let rows: Vec<_> = table.index().of(&uid).iter().filter_map(|slot| Some((*slot, table.get(*slot)?))).collect();
        for (slot, same) in united(rows) {
            if table.get(slot).is_none_or(|event| event.same == same) {
                continue;
            }
            let is_hidden = same == Same::Hidden;
            let mut was_hidden = false;
            table.amend(slot, |event| was_hidden = std::mem::replace(&mut event.same, same) == Same::Hidden);
            let index = table.index_mut();
            index.hidden = index.hidden + usize::from(is_hidden) - usize::from(was_hidden);
            written.push(slot);
        }
    }
    written
}

/// How each of these events stands to the others.
fn united<K: Copy>(mut events: Vec<(K, &EventRow)>) -> Vec<(K, Same)> {
    let age = |event: &EventRow| (event.own_sighting().first, event.meta.name.clone());
    events.sort_by(|(_, a), (_, b)| {
        let statements = a.statement().cmp(&b.statement());
        statements.then_with(|| age(a).cmp(&age(b)))
    });
    let mut found = Vec::with_capacity(events.len());
    for group in events.chunk_by(|(_, a), (_, b)| a.statement() == b.statement()) {
        let all = group.iter().map(|(_, event)| event.own_sighting()).reduce(Sighting::with);
        for (at, (key, _)) in group.iter().enumerate() {
            let same = match all {
                Some(all) if group.len() > 1 && at == 0 => Same::Shown(Box::new(all)),
                _ if group.len() > 1 => Same::Hidden,
                _ => Same::Alone,
            };
            found.push((*key, same));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::base::stamp::Stamp;
    use crate::model::row::{Interner, WireRow};

    fn event(name: &str, uid: &str, reason: &str, count: u32, seconds: i64) -> EventRow {
        let at = Stamp::from_seconds(seconds).rfc3339();
        let event = json!({"metadata": {"name": name}, "reason": reason, "count": count, "involvedObject": {"uid": uid},
            "firstTimestamp": at, "lastTimestamp": at});
        EventRow::from_wire(serde_json::from_value(event).expect("an event"), &mut Interner::default())
    }

    fn shown(table: &Table<EventRow>) -> Vec<(String, u32, u32)> {
        let mut shown: Vec<_> = table
            .rows()
            .filter(|event| !event.is_hidden())
            .map(|event| (event.meta.name.to_string(), event.sighting().times, event.sighting().events))
            .collect();
        shown.sort();
        shown
    }

    #[test]
    fn the_first_stands_for_all_that_say_the_same() {
        let mut table = Table::default();
        table.put(event("a", "u", "BackOff", 3, 200));
        assert!(unite(&mut table).is_empty(), "alone it is as it came");
        table.put(event("b", "u", "BackOff", 4, 100));
        table.put(event("c", "u", "Pulled", 1, 100));
        table.put(event("d", "other", "BackOff", 1, 100));
        assert_eq!(unite(&mut table).len(), 2);
        assert_eq!(shown(&table), [("b".into(), 7, 2), ("c".into(), 1, 1), ("d".into(), 1, 1)]);
        table.put(event("b", "u", "BackOff", 9, 100));
        unite(&mut table);
        assert_eq!(shown(&table)[0], ("b".into(), 12, 2), "a newer state takes the place of its row");
        table.remove("", "b");
        unite(&mut table);
        assert_eq!(shown(&table)[0], ("a".into(), 3, 1));
        assert_eq!(table.index().hidden(), 0);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_what_all_events_say(
            steps in prop::collection::vec((0u8..9, 0u8..3, 0u8..3, 1u32..5, 0i64..9, any::<bool>()), 0..50),
        ) {
            let mut table = Table::default();
            for (name, uid, reason, count, seconds, gone) in steps {
                let (name, uid, reason) = (format!("e{name}"), format!("u{uid}"), format!("r{reason}"));
                if gone {
                    table.remove("", &name);
                } else {
                    table.put(event(&name, &uid, &reason, count, seconds));
                }
                unite(&mut table);
                let mut naive = BTreeMap::<_, (u32, u32)>::new();
                for event in table.rows() {
                    let sum = naive.entry((event.object_uid.clone(), event.reason.clone())).or_default();
                    *sum = (sum.0 + event.count, sum.1 + 1);
                }
                let shown = table.rows().filter(|event| !event.is_hidden());
                let sums: BTreeMap<_, _> = shown
                    .map(|event| ((event.object_uid.clone(), event.reason.clone()), event.sighting()))
                    .map(|(key, seen)| (key, (seen.times, seen.events)))
                    .collect();
                prop_assert_eq!(sums, naive);
                prop_assert_eq!(table.index().hidden(), table.rows().filter(|event| event.is_hidden()).count());
            }
        }
    }
}
