//! What a source says about one kind: the messages between a watch and the store.
//!
//! A source may be a live cluster, the demo, or a recording; the store cannot tell.

use super::event::EventRow;
use super::node::NodeRow;
use super::pod::PodRow;
use super::table::{ColumnDefinition, ObjectRow};
use crate::base::problem::Problem;

/// One step of a watched kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<R> {
    /// A list begins: from nothing, or anew because the watch could not be taken up again.
    Listing,
    /// The columns of a table; the rows that follow have these.
    Columns(Vec<ColumnDefinition>),
    /// About this many objects will be listed.
    Total(u64),
    /// Rows of the list.
    Rows(Vec<R>),
    /// The list is whole; so many objects in it could not be read.
    Listed {
        /// Objects that did not decode.
        unreadable: usize,
    },
    /// What happened since, in order.
    Deltas(Vec<Delta<R>>),
    /// The watch is up.
    Live,
    /// Nothing new will come for now; what is there is stale.
    Outage(Outage),
}

/// A change of one object.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta<R> {
    /// Added or modified.
    Applied(R),
    /// Deleted; its last state.
    Deleted(R),
}

/// Why a kind is not live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// What sort of trouble it is.
    pub cause: Cause,
    /// What to tell the person.
    pub problem: Problem,
}

/// Sorts of trouble that are shown, and waited for, in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The server cannot be reached, or broke off.
    Unreachable,
    /// 401: the credentials are not accepted, or no longer.
    Unauthorized,
    /// 403: these credentials may not.
    Forbidden,
    /// The server answered something else.
    Server,
}

/// A change of any watched kind.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyChange {
    /// Of pods.
    Pods(Change<PodRow>),
    /// Of nodes.
    Nodes(Change<NodeRow>),
    /// Of events.
    Events(Change<EventRow>),
    /// Of objects of any one kind, as the server lays them out.
    Objects(Change<ObjectRow>),
}

impl From<Change<PodRow>> for AnyChange {
    fn from(change: Change<PodRow>) -> Self {
        Self::Pods(change)
    }
}

impl From<Change<NodeRow>> for AnyChange {
    fn from(change: Change<NodeRow>) -> Self {
        Self::Nodes(change)
    }
}

impl From<Change<EventRow>> for AnyChange {
    fn from(change: Change<EventRow>) -> Self {
        Self::Events(change)
    }
}

impl From<Change<ObjectRow>> for AnyChange {
    fn from(change: Change<ObjectRow>) -> Self {
        Self::Objects(change)
    }
}
