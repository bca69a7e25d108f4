//! What an entry comes to once somebody has looked at the cluster.
//!
//! An entry that nobody could look for stays as it is: nothing is ever said to be gone on a guess. Start with [`judge`].

use super::mark::Mark;
use super::{EntryId, Event, Made, Record, State};
use crate::base::stamp::Stamp;
use crate::model::pod::PodRow;

/// For so long, in microseconds, something that is not there may still be on its way: another process may be about to
/// send it, or the server about to store it.
const ON_ITS_WAY: i64 = 120_000_000;
/// By so much, in microseconds, the server's clock may be behind ours. It tells whole seconds.
const CLOCKS_DIFFER: i64 = 10_000_000;

/// What somebody saw who looked for an entry's pod.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sight<'a> {
    /// Nobody could look.
    Unknown,
    /// There is no pod of this name.
    Missing,
    /// There is one.
    Seen(&'a PodRow),
}

/// What is to be noted of an entry, now that somebody has looked; `None` where it is as it was.
pub fn judge(id: &EntryId, record: &Record, sight: Sight<'_>, now: Stamp) -> Option<Event> {
    if record.state.is_over() {
        return None;
    }
    match (record.entry.made, sight) {
        (_, Sight::Unknown) => None,
        (Made::Replaced, sight) => judge_replaced(record, sight),
        (_, Sight::Missing) => missing(record, now),
        (Made::Ephemeral, Sight::Seen(pod)) => judge_container(record, pod, now),
        (Made::Copy | Made::NodePod, Sight::Seen(pod)) => judge_pod(id, record, pod, now),
    }
}

/// Nothing is there. What was there, or was not sent for so long, never comes again.
fn missing(record: &Record, now: Stamp) -> Option<Event> {
    let may_still_come = record.state.is_open() && is_fresh(record, now);
    (!may_still_come).then_some(Event::Gone)
}

fn is_fresh(record: &Record, now: Stamp) -> bool {
    now.micros_since(record.changed).is_some_and(|age| age < ON_ITS_WAY)
}

/// An ephemeral container goes with its pod, and a pod of the same name never had it.
fn judge_container(record: &Record, pod: &PodRow, now: Stamp) -> Option<Event> {
    if is_other(&record.entry.pod.uid, pod) {
        return Some(Event::Gone);
    }
    let has_it = pod.container(&record.entry.container).is_some();
    match (has_it, record.state) {
        (true, State::Intended | State::Sent) => Some(Event::Known(pod.meta.uid.to_string())),
        // A container that was seen and is not told of is one that the kubelet has not told of yet.
        (false, State::Intended | State::Sent) => missing(record, now),
        _ => None,
    }
}

/// A pod whose UID is not known yet is ours when it says so itself. One that says nothing is when it was made after it
/// was announced: before, the name was somebody else's.
fn judge_pod(id: &EntryId, record: &Record, pod: &PodRow, now: Stamp) -> Option<Event> {
    if is_other(&record.entry.pod.uid, pod) {
        return Some(Event::Gone);
    }
    if !record.entry.pod.uid.is_empty() {
        return record.state.is_open().then(|| Event::Known(pod.meta.uid.to_string()));
    }
    let is_ours = match pod.created_by.as_deref().and_then(Mark::parse) {
        Some(mark) => mark.id == *id,
        None => pod.meta.created.micros_since(record.since).is_some_and(|after| after > -CLOCKS_DIFFER),
    };
    if is_ours { Some(Event::Known(pod.meta.uid.to_string())) } else { missing(record, now) }
}

/// A removed pod is over when one of its name is there again, of its own making or of whoever restored it; but not
/// while it is the same one.
fn judge_replaced(record: &Record, sight: Sight<'_>) -> Option<Event> {
    match sight {
        Sight::Seen(pod) if is_other(&record.entry.pod.uid, pod) => Some(Event::Gone),
        Sight::Missing if record.state.is_open() => Some(Event::Known(String::default())),
        _ => None,
    }
}

fn is_other(uid: &str, pod: &PodRow) -> bool {
    !uid.is_empty() && *pod.meta.uid != *uid
}
