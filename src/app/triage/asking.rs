//! What rules would like to know: in which order it is read, how much of it, and when again.
//!
//! A rule asks by judging; what it misses is noted with whoever was judged, and that is judged again when the answer is
//! there. At most [`AT_ONCE`] readings are under way. What concerns the rows on the screen goes first; of the rest only so
//! much a minute, so that a cluster with thousands of sick pods is not read whole. Lists of all pods or nodes are read
//! only for what is seen.

use rustc_hash::{FxHashMap, FxHashSet};

use super::work::Item;
use crate::base::stamp::Stamp;
use crate::diagnosis::known::Known;
use crate::model::lookup::{Answer, Lookup, Resource, What};
use crate::store::Store;
use crate::store::table::Touched;

/// Readings that are under way at once.
const AT_ONCE: usize = 8;
/// Readings a minute of what is not seen.
const UNSEEN: u32 = 120;
const SECOND: i64 = 1_000_000;
/// The same thing is not read sooner again, and a list of everything not sooner than this.
const SOONEST: i64 = 5 * SECOND;
const SOONEST_OF_ALL: i64 = 15 * SECOND;
/// What was read is read again after this, when it is seen and when not.
const FRESH: i64 = 60 * SECOND;
const FRESH_UNSEEN: i64 = 300 * SECOND;
/// How often it is looked what has become old.
const SWEEP: i64 = 15 * SECOND;

/// More than so many are ranked only as often as this.
const MANY: usize = 200;
const RANKED: i64 = 100_000;

/// Open questions and readings.
#[derive(Debug, Default)]
pub(super) struct Asking {
    /// Who has asked for what.
    askers: FxHashMap<Lookup, FxHashSet<Item>>,
    /// What is to be read.
    wanted: FxHashSet<Lookup>,
    /// What is read now, by the place of the reading.
    running: [Option<Lookup>; AT_ONCE],
    /// When each was read last.
    read: FxHashMap<Lookup, Stamp>,
    /// The minute that is counted, and readings in it of what is not seen.
    minute: (Stamp, u32),
    swept: Stamp,
    /// When what is wanted was ranked last.
    ranked: Stamp,
    /// Something waits only for the time.
    waits: Option<Stamp>,
}

impl Asking {
    /// Something was judged and has asked for this.
    pub(super) fn note(&mut self, item: &Item, lookups: Vec<Lookup>) {
        for lookup in lookups {
            self.askers.entry(lookup.clone()).or_default().insert(item.clone());
            self.want(lookup);
        }
    }

    /// Something is to be read, if it is not being read.
    pub(super) fn want(&mut self, lookup: Lookup) {
        if !self.running.iter().flatten().any(|running| *running == lookup) {
            self.wanted.insert(lookup);
        }
    }

    /// Pods have changed: what was read of them is old.
    pub(super) fn pods_changed(&mut self, store: &Store, rows: &Touched) {
        let Touched::Slots(slots) = rows else { return };
        if self.read.is_empty() {
            return;
        }
        let pods = slots.iter().filter_map(|slot| store.pods.table.get(*slot));
        for pod in pods {
            let lookup = Lookup::object(Resource::Pods, &pod.meta.namespace, &pod.meta.name);
            if self.read.contains_key(&lookup) {
                self.want(lookup);
            }
        }
    }

    /// Whether there is anything to do.
    pub(super) fn is_idle(&self, now: Stamp) -> bool {
        self.wanted.is_empty() && (self.read.is_empty() || !is_past(self.swept, SWEEP, now))
    }

    /// What is read next, with the place of each reading. `shown`: what is seen, the most important first.
    pub(super) fn next(&mut self, known: &mut Known, shown: &[Item], now: Stamp) -> Vec<(usize, Lookup)> {
        self.sweep(known, shown, now);
        self.waits = None;
        if self.wanted.is_empty() || self.running.iter().all(Option::is_some) {
            return Vec::new();
        }
        // Ranking thousands takes its time, and a key does not wait for it.
        if self.wanted.len() > MANY && !is_past(self.ranked, RANKED, now) {
            self.waits = Some(self.ranked.plus_micros(RANKED));
            return Vec::new();
        }
        self.ranked = now;
        if is_past(self.minute.0, 60 * SECOND, now) {
            self.minute = (now, 0);
        }
        let mut ranked: Vec<_> =
            self.wanted.iter().filter_map(|lookup| Some((self.rank(lookup, shown)?, lookup))).collect();
        ranked.sort_by_key(|(rank, lookup)| (*rank, self.read.get(*lookup).copied()));
        let ranked: Vec<_> = ranked.into_iter().map(|(rank, lookup)| (rank, lookup.clone())).collect();
        let mut chosen = Vec::new();
        for (rank, lookup) in ranked {
            let Some(place) = self.running.iter().position(Option::is_none) else { break };
            let soonest = if is_of_all(&lookup) { SOONEST_OF_ALL } else { SOONEST };
            let is_unseen = rank == usize::MAX;
            if self.read.get(&lookup).is_some_and(|at| !is_past(*at, soonest, now))
                || is_unseen && self.minute.1 >= UNSEEN
            {
                self.waits = Some(now.plus_micros(SECOND));
                continue;
            }
            self.minute.1 += u32::from(is_unseen);
            self.wanted.remove(&lookup);
            self.running[place] = Some(lookup.clone());
            chosen.push((place, lookup));
        }
        chosen
    }

    /// Where a reading stands: by whom it is for; `None` for what is not read now.
    fn rank(&self, lookup: &Lookup, shown: &[Item]) -> Option<usize> {
        let Some(askers) = self.askers.get(lookup) else { return Some(0) };
        let place = shown.iter().position(|item| askers.contains(item));
        match place {
            Some(place) => Some(place + 1),
            None if is_of_all(lookup) => None,
            None => Some(usize::MAX),
        }
    }

    /// An answer has come; who has asked for it.
    pub(super) fn answered(&mut self, place: usize, lookup: &Lookup, now: Stamp) -> Vec<Item> {
        if let Some(running) = self.running.get_mut(place).filter(|running| running.as_ref() == Some(lookup)) {
            *running = None;
        }
        self.read.insert(lookup.clone(), now);
        self.askers.get(lookup).map(|askers| askers.iter().cloned().collect()).unwrap_or_default()
    }

    /// Wants anew what has become old, and forgets what nobody shows.
    fn sweep(&mut self, known: &mut Known, shown: &[Item], now: Stamp) {
        if !is_past(self.swept, SWEEP, now) {
            return;
        }
        self.swept = now;
        let (mut old, mut forgotten) = (Vec::new(), FxHashSet::default());
        for (lookup, at) in &self.read {
            let Some(askers) = self.askers.get(lookup) else { continue };
            let is_shown = shown.iter().any(|item| askers.contains(item));
            // A log is of one run: it has another name when there is a new one.
            let is_log = matches!(lookup.what, What::Log { .. });
            if is_shown && !is_log && is_past(*at, FRESH, now) {
                old.push(lookup.clone());
            } else if !is_shown && is_past(*at, FRESH_UNSEEN, now) {
                forgotten.insert(lookup.clone());
            }
        }
        if !forgotten.is_empty() {
            known.retain(|lookup, _| !forgotten.contains(lookup));
            self.read.retain(|lookup, _| !forgotten.contains(lookup));
            self.askers.retain(|lookup, _| !forgotten.contains(lookup));
        }
        for lookup in old {
            self.want(lookup);
        }
    }

    /// Microseconds until something can be read that cannot now.
    pub(super) fn until_again(&self, now: Stamp) -> Option<i64> {
        Some(-now.micros_since(self.waits?).unwrap_or(0))
    }
}

/// Whether a list of all pods or nodes.
fn is_of_all(lookup: &Lookup) -> bool {
    lookup.is_list() && matches!(lookup.what, What::Object(Resource::Pods | Resource::Nodes))
}

/// Whether it is so long ago; what was never is.
fn is_past(then: Stamp, micros: i64, now: Stamp) -> bool {
    !then.is_set() || now.micros_since(then).is_none_or(|since| since >= micros)
}

/// Whether an answer says that nothing can be known.
pub(super) fn is_refusal(answer: &Answer) -> bool {
    matches!(answer, Answer::Forbidden(_) | Answer::Failed(_))
}
