//! What a table keeps beside its rows: sums and lists over them, brought up to date with each change, so that no
//! question has to walk over all rows.
//!
//! It lives in the table and goes with it: when a new list takes the place of the old one, so does its index.

use std::fmt;

use super::events::EventIndex;
use super::loads::Loads;
use super::owned::Owned;
use super::table::Slot;
use crate::model::event::EventRow;
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;
use crate::model::row::Row;
use crate::model::table::ObjectRow;

/// A row that the store keeps.
pub trait Stored: Row {
    /// What its table keeps beside the rows; `()` for nothing.
    type Index: Index<Self>;
}

/// Something that follows the rows of a table.
pub trait Index<R>: Default + fmt::Debug {
    /// The row in `slot` was added (there was none before), replaced, or removed (there is none after).
    fn changed(&mut self, slot: Slot, before: Option<&R>, after: Option<&R>);

    /// Number of rows that are not listed, as another stands for them.
    fn hidden(&self) -> usize {
        0
    }
}

impl<R> Index<R> for () {
    fn changed(&mut self, _slot: Slot, _before: Option<&R>, _after: Option<&R>) {}
}

/// What is kept beside pods.
#[derive(Debug, Default)]
pub struct PodIndex {
    /// What they ask of their nodes.
    pub loads: Loads,
    /// How many each owner has.
    pub owned: Owned,
}

impl Index<PodRow> for PodIndex {
    fn changed(&mut self, _slot: Slot, before: Option<&PodRow>, after: Option<&PodRow>) {
        self.loads.changed(before, after);
        self.owned.changed(before, after);
    }
}

impl Stored for PodRow {
    type Index = PodIndex;
}

impl Stored for NodeRow {
    type Index = ();
}

impl Stored for ObjectRow {
    type Index = ();
}

impl Stored for EventRow {
    type Index = EventIndex;
}
