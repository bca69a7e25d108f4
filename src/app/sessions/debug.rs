//! What debugging left in the cluster, as rows: from the pods that are listed, and from the ledger.
//!
//! Which pods have to do with debugging is known by slot and followed with each change, so that nobody walks over all
//! pods for it. Start with [`App::follow_debugging`].

use std::collections::{BTreeMap, BTreeSet};

use super::row::{SessionId, SessionRow};
use crate::app::App;
use crate::app::action::Action;
use crate::app::message::Notice;
use crate::base::age::human_duration;
use crate::base::stamp::Stamp;
use crate::debug::ledger::Made;
use crate::debug::ledger::found::{Found, Owner, found_in, is_debugging, unseen};
use crate::model::row::Health;
use crate::store::table::{Slot, Touched};

/// Names something that debugging made, for as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DebugId(pub u32);

/// What tells one such thing from another: what it is, in which pod, and which container.
type Identity = (Made, String, String, String);

/// What debugging made, and what is known of it.
#[derive(Debug, Default)]
pub(super) struct Debugging {
    /// The slots of pods that have to do with it.
    slots: BTreeSet<Slot>,
    /// What is there.
    pub found: BTreeMap<DebugId, Found>,
    numbers: BTreeMap<Identity, DebugId>,
    /// The person was told what is left of earlier times.
    is_told: bool,
}

impl App {
    /// Takes in a change of the listed pods.
    pub(in crate::app) fn follow_debugging(&mut self, touched: &Touched) {
        let pods = &self.store.pods.table;
        let slots = &mut self.sessions.debugging.slots;
        let before = slots.len();
        let mut is_changed = false;
        match touched {
            Touched::Nothing => {}
            Touched::Everything => {
                *slots = pods.entries().filter(|(_, pod)| is_debugging(pod)).map(|(slot, _)| slot).collect();
                is_changed = true;
            }
            Touched::Slots(touched) => {
                for slot in touched {
                    if pods.get(*slot).is_some_and(is_debugging) {
                        slots.insert(*slot);
                        is_changed = true;
                    } else {
                        slots.remove(slot);
                    }
                }
            }
        }
        is_changed |= slots.len() != before || self.sessions.notes.ledger.living().next().is_some();
        self.sessions.notes.is_stale |= is_changed;
    }

    /// The pods that were listed are not any more.
    pub(in crate::app) fn forget_debugged_pods(&mut self) {
        self.sessions.debugging.slots.clear();
        self.look_again();
    }

    pub(super) fn leave_debugging(&mut self) {
        self.sessions.debugging = Debugging::default();
    }

    /// Brings what was made in line with the store and the ledger, where one of them has changed, or time has.
    pub(super) fn settle_debugging(&mut self) {
        let is_due = |at: Option<Stamp>| at.is_some_and(|at| at <= self.now);
        if !std::mem::take(&mut self.sessions.notes.is_stale) && !is_due(self.judged_at()) && !is_due(self.ends_at()) {
            return;
        }
        self.judge_entries();
        self.sessions.notes.is_stale = false;
        let found = self.all_found();
        let debugging = &mut self.sessions.debugging;
        debugging.found = found.into_iter().map(|found| (debugging.numbers.number(&found), found)).collect();
        self.end_what_is_over();
        self.tell_what_is_left();
    }

    fn all_found(&self) -> Vec<Found> {
        let ledger = &self.sessions.notes.ledger;
        let pods = &self.store.pods.table;
        let listed = self.sessions.debugging.slots.iter().filter_map(|slot| pods.get(*slot));
        // A pod that says nothing of debugging may be a copy that the ledger knows.
        let known = ledger.living().filter_map(|(_, record)| {
            pods.row(&record.entry.pod.namespace, &record.entry.pod.name).filter(|pod| !is_debugging(pod))
        });
        let mut found: Vec<_> =
            listed.chain(known).chain(self.looked_pods()).flat_map(|pod| found_in(pod, ledger)).collect();
        let seen: BTreeSet<_> = found.iter().filter_map(|found| found.id.clone()).collect();
        found.extend(unseen(ledger, |id| seen.contains(id)));
        // An ephemeral container of others that has ended is nobody's business any more.
        found.retain(|found| found.owner == Owner::Ours || !found.is_over());
        found
    }

    /// Says once what earlier runs of the program have left.
    fn tell_what_is_left(&mut self) {
        if self.sessions.debugging.is_told || !self.has_looked() {
            return;
        }
        self.sessions.debugging.is_told = true;
        let run = &self.sessions.notes.run;
        let is_earlier = |found: &&Found| found.id.as_ref().is_some_and(|id| !id.is_of(run)) && !found.kept;
        let left = self.sessions.debugging.found.values().filter(is_earlier);
        let left = left.filter(|found| found.can_be_cleaned() || found.made == Made::Replaced).count();
        if left > 0 {
            let (things, are, them) =
                if left == 1 { ("1 thing", "is", "it") } else { (&*format!("{left} things"), "are", "them") };
            let (view, clean) = (self.keys.key_of(Action::ViewSessions), self.keys.key_of(Action::CleanUp));
            let text = format!(
                "{things} of an earlier session {are} left in this cluster: {view} shows {them}, {clean} there cleans up"
            );
            self.notify(Notice::info(text));
        }
    }

    /// Rows of what debugging made.
    pub(super) fn debug_rows(&self) -> impl Iterator<Item = SessionRow> {
        self.sessions.debugging.found.iter().map(|(id, found)| row(*id, found, self.now))
    }

    /// Microseconds until time alone changes something of it.
    pub(in crate::app) fn debugging_changes(&self) -> Option<i64> {
        let at = [self.judged_at(), self.ends_at()].into_iter().flatten().min()?;
        at.micros_since(self.now).map(|wait| wait.max(0))
    }
}

trait Numbers {
    /// The number of a thing: always the same for the same one.
    fn number(&mut self, found: &Found) -> DebugId;
}

impl Numbers for BTreeMap<Identity, DebugId> {
    fn number(&mut self, found: &Found) -> DebugId {
        let container = if found.made == Made::Ephemeral { found.container.clone() } else { String::new() };
        let next = DebugId(self.len() as u32 + 1);
        let (namespace, name) = (found.pod.namespace.to_string(), found.pod.name.to_string());
        *self.entry((found.made, namespace, name, container)).or_insert(next)
    }
}

fn row(id: DebugId, found: &Found, now: Stamp) -> SessionRow {
    let mut row = SessionRow::new(SessionId::Debug(id), found.made.name(), found.since);
    row.target = found.pod.to_string();
    row.namespace = found.pod.namespace.to_string();
    row.state = found.state();
    row.health = if found.made == Made::Replaced { Health::Done } else { found.health() };
    let left = found.ends_at.micros_since(now).map(|left| format!("its time is over in {}", human_duration(left)));
    let mut parts = vec![found.whose()];
    parts.extend(Some(&found.container).filter(|_| found.made == Made::Ephemeral).cloned());
    parts.extend(Some(format!("of {}", found.source)).filter(|_| !found.source.is_empty()));
    parts.extend(Some("kept".to_owned()).filter(|_| found.kept));
    row.detail = parts.join(" · ");
    row.facts = vec![
        ("whose", found.whose()),
        ("container", found.container.clone()),
        ("of", found.source.clone()),
        ("ends", left.unwrap_or_default()),
        ("since", found.since.rfc3339()),
        ("uid", found.uid.clone()),
    ];
    row
}
