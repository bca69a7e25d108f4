//! In which order groups stand: worst first, but nothing moves under the eyes of whoever reads.
//!
//! While the cursor is below the first row, what is new comes in below the cursor, what is over stays where it was, and
//! nothing else moves. At the first row, or when nobody has touched a key for a minute, groups stand as they rank.

use rustc_hash::FxHashMap;

use crate::base::stamp::Stamp;
use crate::diagnosis::groups::{Group, GroupKey};

/// How long the engine keeps what is over, in microseconds.
const KEPT: i64 = 10 * 60 * 1_000_000;

/// Places of groups.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    order: Vec<GroupKey>,
    places: FxHashMap<GroupKey, u32>,
    is_ranked: bool,
}

impl Ranking {
    /// Gives each group its place. `reading`: the group under the cursor of somebody who reads.
    pub(super) fn arrange(&mut self, going_on: &[Group], over: &[Group], reading: Option<&GroupKey>) {
        let ranked: Vec<_> = going_on.iter().chain(over).map(Group::key).collect();
        match reading {
            None => self.order = ranked,
            Some(cursor) => self.keep(&ranked, going_on.len(), cursor),
        }
        self.is_ranked = reading.is_none()
            || self.order.iter().eq(going_on.iter().chain(over).map(Group::key).collect::<Vec<_>>().iter());
        self.places = self.order.iter().cloned().zip(0..).collect();
    }

    /// Leaves what is there where it is, and puts what is new below the cursor, before what it outranks.
    fn keep(&mut self, ranked: &[GroupKey], going_on: usize, cursor: &GroupKey) {
        let rank: FxHashMap<&GroupKey, usize> = ranked.iter().zip(0..).collect();
        self.order.retain(|key| rank.contains_key(key));
        let known: rustc_hash::FxHashSet<_> = self.order.iter().cloned().collect();
        for (at, key) in ranked.iter().enumerate().filter(|(_, key)| !known.contains(key)) {
            let below = self.order.iter().position(|known| known == cursor).map_or(0, |cursor| cursor + 1);
            let outranked = |known: &GroupKey| rank.get(known).is_some_and(|other| *other > at || *other >= going_on);
            let place = self.order.iter().skip(below).position(outranked).map_or(self.order.len(), |at| below + at);
            self.order.insert(place, key.clone());
        }
    }

    /// Where a group stands.
    pub(super) fn place(&self, key: &GroupKey) -> u32 {
        self.places.get(key).copied().unwrap_or(u32::MAX)
    }

    /// Whether they stand as they rank.
    pub(super) fn is_ranked(&self) -> bool {
        self.is_ranked || self.order.is_empty()
    }
}

/// Microseconds until a group that is over is forgotten.
pub(super) fn until_forgotten(group: &Group, now: Stamp) -> i64 {
    KEPT - now.micros_since(group.cleared).unwrap_or(0)
}
