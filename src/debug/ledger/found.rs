//! What debugging has left in the cluster, ours and others', as it stands: from the pods that are listed and the
//! entries of the ledger.
//!
//! Ours is what the ledger knows; another podtriage's is what says so in its annotation; kubectl's is told by its label,
//! or by the names that it makes up. Start with [`is_debugging`] for one pod of many, then [`found_in`].

use std::sync::Arc;

use super::super::mark::{Mark, PODTRIAGE};
use super::super::node::{KUBECTL_DEBUG, MANAGED_BY};
use super::{EntryId, Ledger, Made, Record, State};
use crate::base::stamp::Stamp;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::pod::{ContainerKind, ContainerRow, PodRow, State as Runs};
use crate::model::row::{Health, Row as _};
use crate::model::write::{Grace, Operation, Write};

/// What kubectl calls its node pods, before a node's name.
const NODE_POD: &str = "node-debugger-";
/// What kubectl calls the containers that it was given no name for.
const DEBUGGER: &str = "debugger-";

/// Something that debugging made.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it is.
    pub made: Made,
    /// The entry that announced it; `None` where it is not ours.
    pub id: Option<EntryId>,
    /// The pod that it is, or that it is in.
    pub pod: ObjectKey,
    /// The pod's UID; empty while it is not known.
    pub uid: String,
    /// The container to look at: the ephemeral one, or the pod's first.
    pub container: String,
    /// Whose it is.
    pub owner: Owner,
    /// What is debugged; empty where that is not known.
    pub source: String,
    /// Since when.
    pub since: Stamp,
    /// When its time is over; not set where it may stay.
    pub ends_at: Stamp,
    /// Whether the person said that it shall stay.
    pub kept: bool,
    /// How it stands.
    pub stands: Stands,
    /// The file that keeps what was removed.
    pub manifest: Option<String>,
}

/// Whose something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// In our ledger.
    Ours,
    /// Made with podtriage, but not from here; by whom.
    Podtriage(String),
    /// Made with `kubectl debug`, by whomever.
    Kubectl,
    /// Nobody knows with what.
    Somebody,
}

/// How something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Announced, and nobody has seen it yet.
    Sent,
    /// Known from earlier, and nobody can look whether it still is there.
    NotSeen,
    /// It does not run yet; why.
    Waiting(String),
    /// It runs.
    Runs,
    /// It has ended, with this code where one is known.
    Ended(Option<i32>),
    /// Its end was asked for.
    Stopping,
    /// It was removed, and can be brought back.
    Removed,
}

impl Found {
    /// Whether there is nothing left to do about it: an ephemeral container stays in its pod, ended.
    pub fn is_over(&self) -> bool {
        self.made == Made::Ephemeral && matches!(self.stands, Stands::Ended(_))
    }

    /// Whether it has done what it was for, and can be removed without ending anything.
    pub fn is_finished(&self) -> bool {
        self.made.is_pod() && matches!(self.stands, Stands::Ended(_))
    }

    /// Whether something of it can be cleaned up: deleted, or ended.
    pub fn can_be_cleaned(&self) -> bool {
        match self.stands {
            Stands::Stopping | Stands::Removed => false,
            Stands::Ended(_) => self.made.is_pod(),
            Stands::Waiting(_) => self.made.is_pod(),
            Stands::Sent | Stands::NotSeen => self.made.is_pod() && !self.uid.is_empty(),
            Stands::Runs => true,
        }
    }

    /// What cleans it up; nothing where there is nothing left to do, or where it is not known which one it is.
    pub fn cleaning(&self) -> Option<Write> {
        let operation = match self.made {
            _ if !self.can_be_cleaned() => return None,
            Made::Ephemeral => Operation::EndContainer(self.container.clone()),
            Made::Copy | Made::NodePod => Operation::Delete(Grace::Own),
            Made::Replaced => return None,
        };
        Some(Write { target: self.pod.clone(), uid: self.uid.clone(), operation })
    }

    /// How well that is.
    pub fn health(&self) -> Health {
        match &self.stands {
            Stands::Runs => Health::Good,
            Stands::Sent | Stands::Waiting(_) | Stands::Stopping => Health::Changing,
            Stands::NotSeen => Health::Degraded,
            Stands::Ended(None | Some(0)) | Stands::Removed => Health::Done,
            Stands::Ended(Some(_)) => Health::Broken,
        }
    }

    /// In a word or two.
    pub fn state(&self) -> String {
        match &self.stands {
            Stands::Sent => "sent".to_owned(),
            Stands::NotSeen => "not seen".to_owned(),
            Stands::Waiting(why) if why.is_empty() => "waiting".to_owned(),
            Stands::Waiting(why) => format!("waiting: {why}"),
            Stands::Runs => "running".to_owned(),
            Stands::Ended(None) => "ended".to_owned(),
            Stands::Ended(Some(code)) => format!("ended, exit {code}"),
            Stands::Stopping => "stopping".to_owned(),
            Stands::Removed => "removed, can be restored".to_owned(),
        }
    }

    /// Whose, in words.
    pub fn whose(&self) -> String {
        match &self.owner {
            Owner::Ours => "ours".to_owned(),
            Owner::Podtriage(user) if user.is_empty() => "another podtriage's".to_owned(),
            Owner::Podtriage(user) => format!("{user}'s"),
            Owner::Kubectl => "kubectl's".to_owned(),
            Owner::Somebody => "somebody's".to_owned(),
        }
    }
}

/// Whether a pod is, or has, something that debugging made. Asked of every pod of a cluster, so it reads no text.
pub fn is_debugging(pod: &PodRow) -> bool {
    pod.created_by.is_some()
        || pod.containers.last().is_some_and(|last| last.kind == ContainerKind::Ephemeral)
        || pod.meta.name.starts_with(NODE_POD)
        || pod.meta.label(MANAGED_BY).is_some_and(|by| matches!(by, KUBECTL_DEBUG | PODTRIAGE))
}

/// What debugging made of a pod, or in it.
pub fn found_in(pod: &PodRow, ledger: &Ledger) -> Vec<Found> {
    let containers = pod.containers.iter().filter(|container| container.kind == ContainerKind::Ephemeral);
    let mut found: Vec<_> = containers.map(|container| found_container(pod, container, ledger)).collect();
    found.extend(found_pod(pod, ledger));
    found
}

/// Entries of which something may be there that no listed pod shows, and pods that can be brought back. `seen` says
/// which were found already.
pub fn unseen<'l>(ledger: &'l Ledger, seen: impl Fn(&EntryId) -> bool + 'l) -> impl Iterator<Item = Found> + 'l {
    ledger.living().filter(move |(id, _)| !seen(id)).filter_map(|(id, record)| {
        let stands = match (record.entry.made, record.state) {
            // Until the copy stands its original is not touched.
            (Made::Replaced, State::Intended | State::Sent) => return None,
            (Made::Replaced, _) => Stands::Removed,
            (_, State::Intended | State::Sent) => Stands::Sent,
            (_, State::Cleaning) => Stands::Stopping,
            _ => Stands::NotSeen,
        };
        Some(Found {
            pod: record.entry.key(),
            uid: record.entry.pod.uid.clone(),
            container: record.entry.container.clone(),
            since: record.since,
            ..ours(id, record, stands)
        })
    })
}

/// What the ledger says of something; the rest is the cluster's to say.
fn ours(id: &EntryId, record: &Record, stands: Stands) -> Found {
    Found {
        made: record.entry.made,
        id: Some(id.clone()),
        owner: Owner::Ours,
        source: record.entry.source.clone(),
        ends_at: record.ends_at(),
        kept: record.kept,
        manifest: record.entry.manifest.clone(),
        ..nobodys(record.entry.made, stands)
    }
}

fn nobodys(made: Made, stands: Stands) -> Found {
    Found {
        made,
        id: None,
        pod: ObjectKey::new(Kind::Pod, "", ""),
        uid: String::default(),
        container: String::default(),
        owner: Owner::Somebody,
        source: String::new(),
        since: Stamp::NONE,
        ends_at: Stamp::NONE,
        kept: false,
        stands,
        manifest: None,
    }
}

fn found_container(pod: &PodRow, container: &ContainerRow, ledger: &Ledger) -> Found {
    let (stands, since) = match &container.state {
        _ if pod.has_ended() && !matches!(container.state, Runs::Ended(_)) => (Stands::Ended(None), Stamp::NONE),
        Runs::Unknown => (Stands::Waiting(String::new()), Stamp::NONE),
        Runs::Waiting(wait) => (Stands::Waiting(wait.reason.to_string()), Stamp::NONE),
        Runs::Running(since) => (Stands::Runs, *since),
        Runs::Ended(end) => (Stands::Ended(Some(end.exit_code)), end.started),
    };
    let is_it = |record: &Record| {
        record.entry.made == Made::Ephemeral && *record.entry.container == *container.name && is_of(record, pod)
    };
    let entry = ledger.records().find(|(_, record)| is_it(record));
    let found = if let Some((id, record)) = entry {
        let is_stopping = record.state == State::Cleaning && stands == Stands::Runs;
        Found { since: record.since, ..ours(id, record, if is_stopping { Stands::Stopping } else { stands }) }
    } else {
        let owner = if container.name.starts_with(DEBUGGER) { Owner::Kubectl } else { Owner::Somebody };
        Found { owner, since, ..nobodys(Made::Ephemeral, stands) }
    };
    let source = if found.source.is_empty() { format!("pod/{}", pod.meta.name) } else { found.source };
    Found {
        source,
        pod: pod.meta.key(Kind::Pod),
        uid: pod.meta.uid.to_string(),
        container: container.name.to_string(),
        ..found
    }
}

/// The pod as a whole, where debugging made it. A label that says no more than that podtriage manages something may
/// come from anywhere; the annotation does not.
fn found_pod(pod: &PodRow, ledger: &Ledger) -> Option<Found> {
    let stands = pod_stands(pod);
    let entry = ledger.records().find(|(_, record)| record.entry.made.is_pod() && is_of(record, pod));
    let mark = pod.created_by.as_deref().map(Mark::parse);
    let by_kubectl = pod.meta.label(MANAGED_BY) == Some(KUBECTL_DEBUG) || pod.meta.name.starts_with(NODE_POD);
    let found = match (entry, mark) {
        (Some((id, record)), _) => ours(id, record, stands),
        (None, Some(mark)) => {
            let (user, source) = mark.map(|mark| (mark.user, mark.source)).unwrap_or_default();
            let made = if source.starts_with("node/") || by_kubectl { Made::NodePod } else { Made::Copy };
            Found { owner: Owner::Podtriage(user), source, ..nobodys(made, stands) }
        }
        (None, None) if by_kubectl => Found { owner: Owner::Kubectl, ..nobodys(Made::NodePod, stands) },
        (None, None) => return None,
    };
    let is_on_node = found.source.is_empty() && found.made == Made::NodePod && !pod.node.is_empty();
    let container = pod.first_container().map(|container| container.name.to_string());
    Some(Found {
        source: if is_on_node { format!("node/{}", pod.node) } else { found.source },
        pod: pod.meta.key(Kind::Pod),
        uid: pod.meta.uid.to_string(),
        container: container.unwrap_or_default(),
        since: pod.meta.created,
        ..found
    })
}

fn pod_stands(pod: &PodRow) -> Stands {
    let code = |container: &ContainerRow| match &container.state {
        Runs::Ended(end) => Some(end.exit_code),
        _ => None,
    };
    if pod.meta.deleted.is_set() {
        Stands::Stopping
    } else if pod.has_ended() {
        // Of several the one that failed says more.
        Stands::Ended(pod.containers.iter().filter_map(code).max_by_key(|code| code.unsigned_abs()))
    } else if &*pod.phase == "Running" && pod.health() <= Health::Degraded {
        Stands::Runs
    } else {
        Stands::Waiting(why(&pod.status))
    }
}

fn why(status: &Arc<str>) -> String {
    if &**status == "Pending" { String::new() } else { status.to_string() }
}

/// Whether an entry is of this very pod. The name alone may be somebody else's: one whose UID is not known yet is first
/// judged.
fn is_of(record: &Record, pod: &PodRow) -> bool {
    let known = &record.entry.pod;
    let is_named = *known.name == *pod.meta.name && *known.namespace == *pod.meta.namespace;
    is_named && *known.uid == *pod.meta.uid && record.state != State::Gone
}
