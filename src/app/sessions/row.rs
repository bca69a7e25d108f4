//! A row of the Sessions view: something of ours that runs, or ran.

use super::debug::DebugId;
use crate::app::inspector::{Inspected, Inspection};
use crate::app::layout::PaneId;
use crate::app::writes::JobId;
use crate::base::age::Clock;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role};
use crate::model::row::{Health, Meta, Row};
use crate::store::Store;
use crate::store::index::Stored;

/// Where a session is: in a tile, or without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SessionId {
    /// A shell or a log.
    Pane(PaneId),
    /// A port-forward, a copy, a write.
    Job(JobId),
    /// Something that debugging made.
    Debug(DebugId),
}

/// Something of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRow {
    meta: Meta,
    /// Where it is.
    pub id: SessionId,
    /// `shell`, `log`, `port-forward`, `copy`, `write`, `debug container`.
    pub kind: &'static str,
    /// What it is about: `pod/web-0`.
    pub target: String,
    /// The target's namespace.
    pub namespace: String,
    /// How it stands, in a word or two.
    pub state: String,
    /// How well that is.
    pub health: Health,
    /// Addresses, bytes, progress.
    pub detail: String,
    /// More, for the inspector: what, and its value.
    pub facts: Vec<(&'static str, String)>,
}

impl SessionRow {
    /// A row that says nothing yet but what it is and since when.
    pub(super) fn new(id: SessionId, kind: &'static str, since: Stamp) -> Self {
        let name = match id {
            SessionId::Pane(PaneId(number)) => format!("pane-{number}"),
            SessionId::Job(JobId(number)) => format!("job-{number}"),
            SessionId::Debug(DebugId(number)) => format!("debug-{number}"),
        };
        Self {
            meta: Meta { name: name.into(), created: since, ..Meta::default() },
            id,
            kind,
            target: String::new(),
            namespace: String::new(),
            state: String::new(),
            health: Health::Good,
            detail: String::new(),
            facts: Vec::new(),
        }
    }
}

impl Row for SessionRow {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn health(&self) -> Health {
        self.health
    }
}

impl Stored for SessionRow {
    type Index = ();
}

impl Inspected for SessionRow {
    fn inspect(&self, _store: &Store, _clock: &Clock) -> Inspection {
        let role = match self.health {
            Health::Broken => Role::Bad,
            Health::Degraded => Role::Warn,
            Health::Good | Health::Done | Health::Changing => Role::Plain,
        };
        let mut lines = vec![Line::new(format!("{} · {}", self.kind, self.state), role)];
        let facts = self.facts.iter().filter(|(_, value)| !value.is_empty());
        lines.extend(
            facts.map(|(name, value)| Line::new(format!("{name:<10} "), Role::Label).and(&**value, Role::Plain)),
        );
        Inspection { lines, ..Inspection::default() }
    }
}
