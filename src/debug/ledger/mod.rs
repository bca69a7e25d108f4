//! What debugging made in a cluster, and what has become of it.
//!
//! A [`Ledger`] is folded from [`Note`]s: one says that something is about to be asked of the cluster, later ones what
//! came of it. Because the first is on the disk before the request leaves (`app::sessions::ledger` waits for that),
//! nothing that we made is unknown afterwards, wherever the program ended. `journal` is the file, `judge` what an entry
//! comes to once somebody has looked, `found` all that is there, `restore` a removed pod's way
//! back. Nothing here reads a file or asks a cluster.

pub mod found;
pub mod journal;
pub mod judge;
pub mod restore;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Plan, Style};
use crate::base::stamp::Stamp;
use crate::model::kind::{Kind, ObjectKey};

/// Names an entry, in all ledgers of all processes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub String);

impl EntryId {
    /// The `number`th entry of a process that is called `run`.
    pub fn of(run: &str, number: u32) -> Self {
        Self(format!("{run}-{number}"))
    }

    /// Whether a process that is called `run` made it.
    pub fn is_of(&self, run: &str) -> bool {
        !run.is_empty() && self.0.rsplit_once('-').is_some_and(|(of, _)| of == run)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What sort of thing was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Made {
    /// An ephemeral container in a pod that was there before.
    #[default]
    Ephemeral,
    /// A copy of a pod.
    Copy,
    /// A pod with a shell on a node.
    NodePod,
    /// Nothing: a pod was removed, for which a copy stands, and its manifest was kept.
    Replaced,
}

impl Made {
    /// What lists call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ephemeral => "debug container",
            Self::Copy => "debug copy",
            Self::NodePod => "node shell",
            Self::Replaced => "removed pod",
        }
    }

    /// Whether it is a pod, and can be deleted.
    pub fn is_pod(self) -> bool {
        matches!(self, Self::Copy | Self::NodePod)
    }
}

/// A pod that is not necessarily there any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PodRef {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The UID; empty while it is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
}

/// What was about to be made, and from what. Known before anything is sent, as names are chosen on this side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is.
    pub made: Made,
    /// The pod that was made, that has the container, or that was removed.
    pub pod: PodRef,
    /// The container; empty where the pod as a whole is meant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub container: String,
    /// What was debugged: `pod/web-0`, `node/node-a`.
    pub source: String,
    /// The kubeconfig context.
    #[serde(default)]
    pub context: String,
    /// Who, as the cluster knows the person.
    #[serde(default)]
    pub user: String,
    /// The time in its mark; `None` where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked: Option<Stamp>,
    /// Seconds that it may live; `None`: until somebody removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// The file that keeps what was removed, beside the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
}

impl Entry {
    /// What a plan is about to make, and then what it is about to remove.
    pub fn of(plan: &Plan, context: &str, user: &str, ttl: Option<u32>) -> Vec<Self> {
        let key = plan.pod_key();
        let pod = |key: &ObjectKey, uid: &str| PodRef {
            namespace: key.namespace.to_string(),
            name: key.name.to_string(),
            uid: uid.to_owned(),
        };
        let made = match plan.style {
            Style::Ephemeral => Self { made: Made::Ephemeral, pod: pod(&key, &plan.uid), ..Self::default() },
            Style::Copy => Self { made: Made::Copy, pod: pod(&key, ""), ..Self::default() },
            Style::Node => Self { made: Made::NodePod, pod: pod(&key, ""), ..Self::default() },
        };
        let removed = Self { made: Made::Replaced, pod: pod(&plan.target, &plan.uid), ..Self::default() };
        let (source, context, user) = (plan.target.to_string(), context.to_owned(), user.to_owned());
        let with = |entry: Self| Self { source: source.clone(), context: context.clone(), user: user.clone(), ..entry };
        let made = Self { container: plan.container.clone(), ttl, ..with(made) };
        std::iter::once(made).chain(plan.replaces.then(|| with(removed))).collect()
    }

    /// The key of the pod.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::new(Kind::Pod, &self.pod.namespace, &self.pod.name)
    }
}

/// Something that became of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// It is about to be sent.
    Intended(Box<Entry>),
    /// The request is on its way: from now on it may be there.
    Sent,
    /// It is there. The pod's UID.
    Known(String),
    /// The cluster refused it; its words.
    Refused(String),
    /// Its end was asked for.
    Cleaning,
    /// The person wants it to stay, and not to be asked about it again.
    Kept,
    /// It is not there, and never will be again.
    Gone,
}

/// A line of the ledger's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Of which entry.
    pub id: EntryId,
    /// When, in microseconds since the epoch.
    pub at: Stamp,
    /// What.
    pub event: Event,
}

/// How an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Not sent, as far as is known.
    Intended,
    /// Sent; the answer is not known.
    Sent,
    /// Refused: it is not there.
    Refused,
    /// There.
    Known,
    /// There or not: its end was asked for.
    Cleaning,
    /// Gone for good.
    Gone,
}

impl State {
    /// Whether something may be there that nobody has seen yet.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Intended | Self::Sent)
    }

    /// Whether nothing can be there any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Refused | Self::Gone)
    }
}

/// An entry and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is.
    pub entry: Entry,
    /// How it stands.
    pub state: State,
    /// Whether the person wants it to stay.
    pub kept: bool,
    /// When it was made.
    pub since: Stamp,
    /// The last time something became of it.
    pub changed: Stamp,
}

impl Record {
    /// When its time is over; not set where it may live for ever.
    pub fn ends_at(&self) -> Stamp {
        match self.entry.ttl {
            Some(seconds) => self.since.plus_micros(i64::from(seconds) * 1_000_000),
            None => Stamp::NONE,
        }
    }
}

/// All entries of a cluster, as they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    records: BTreeMap<EntryId, Record>,
}

impl Ledger {
    /// Folds notes, in the order in which they were written.
    pub fn fold(notes: impl IntoIterator<Item = Note>) -> Self {
        let mut ledger = Self::default();
        notes.into_iter().for_each(|note| ledger.apply(note));
        ledger
    }

    /// Takes a note in. One that says nothing new changes nothing; one of an entry that nobody announced is passed
    /// over: without it there is nothing to look for.
    pub fn apply(&mut self, Note { id, at, event }: Note) {
        if let Event::Intended(entry) = event {
            // Who announces it again is about to send it, whatever others thought meanwhile.
            let is_new = self.records.get(&id).is_none_or(|record| record.state == State::Gone);
            if is_new {
                let new = Record { entry: *entry, state: State::Intended, kept: false, since: at, changed: at };
                self.records.insert(id, new);
            }
            return;
        }
        let Some(record) = self.records.get_mut(&id).filter(|record| record.state != State::Gone) else { return };
        record.changed = record.changed.latest(at);
        record.state = match event {
            // What is known already is not less known for a note that was late.
            Event::Sent | Event::Intended(_) => record.state.max(State::Sent),
            Event::Known(uid) => {
                if !uid.is_empty() {
                    record.entry.pod.uid = uid;
                }
                State::Known
            }
            Event::Refused(_) => State::Refused,
            Event::Cleaning => State::Cleaning,
            Event::Gone => State::Gone,
            Event::Kept => {
                record.kept = true;
                record.state
            }
        };
    }

    /// Whose ending was begun by a process that may be no more, counts as known again: a container goes on until it is
    /// ended, and ending it twice does no harm. `is_ending` says of which entries this process waits for that.
    pub fn take_over(&mut self, is_ending: impl Fn(&EntryId) -> bool) {
        let begun = |record: &Record| record.state == State::Cleaning && record.entry.made == Made::Ephemeral;
        for (id, record) in &mut self.records {
            if begun(record) && !is_ending(id) {
                record.state = State::Known;
            }
        }
    }

    /// An entry.
    pub fn get(&self, id: &EntryId) -> Option<&Record> {
        self.records.get(id)
    }

    /// Takes an entry back that was never sent.
    pub fn forget(&mut self, id: &EntryId) {
        self.records.remove(id);
    }

    /// Every entry, the oldest id first.
    pub fn records(&self) -> impl Iterator<Item = (&EntryId, &Record)> {
        self.records.iter()
    }

    /// Entries of which something may be there.
    pub fn living(&self) -> impl Iterator<Item = (&EntryId, &Record)> {
        self.records.iter().filter(|(_, record)| !record.state.is_over())
    }

    /// The notes that are left when nobody needs to know how it came: none of what is over.
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        for (id, record) in self.living() {
            let mut add = |at, event| notes.push(Note { id: id.clone(), at, event });
            add(record.since, Event::Intended(Box::new(record.entry.clone())));
            if record.kept {
                add(record.changed, Event::Kept);
            }
            match record.state {
                State::Sent => add(record.changed, Event::Sent),
                State::Known => add(record.changed, Event::Known(record.entry.pod.uid.clone())),
                State::Cleaning => add(record.changed, Event::Cleaning),
                State::Intended | State::Refused | State::Gone => {}
            }
        }
        notes
    }
}
