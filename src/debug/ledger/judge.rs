//! What an entry comes to once somebody has looked at the cluster.
//!
//! An entry that nobody could look for stays as it is: nothing is ever said to be gone on a guess. Start with [`judge`].

use super::super::mark::Mark;
use super::{Event, Made, Record, State};
use crate::base::stamp::Stamp;
use crate::model::pod::PodRow;

/// For so long, in microseconds, something that is not there may still be on its way: another process may be about to
/// send it, or the server about to store it. Longer than a request may take.
const ON_ITS_WAY: i64 = 120_000_000;
/// So old, in microseconds, a note may be at the most when what it announces is sent: an older one is written again
/// first, as somebody else may have judged it meanwhile. A program may have been stopped in between.
pub const STALE: i64 = 30_000_000;
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

/// What is to be noted of an entry, now that somebody has looked; `None` where it is as it was. `settled`: nothing of it
/// is on its way any more, as it was seen before, or the server has refused it.
pub fn judge(record: &Record, sight: Sight<'_>, settled: bool, now: Stamp) -> Option<Event> {
    if record.state.is_over() {
        return None;
    }
    // What the server has answered for is not seen at once either: a watch is behind.
    let may_come = record.state != State::Cleaning && judged_again(record) > now;
    let may_still_come = may_come && !settled;
    let missing = (!may_still_come).then_some(Event::Gone);
    match (record.entry.made, sight) {
        (_, Sight::Unknown) => None,
        (Made::Replaced, sight) => judge_replaced(record, sight, missing),
        (_, Sight::Missing) => missing,
        (_, Sight::Seen(pod)) if is_other(&record.entry.pod.uid, pod) => Some(Event::Gone),
        (Made::Ephemeral, Sight::Seen(pod)) => judge_container(record, pod, missing),
        (Made::Copy | Made::NodePod, Sight::Seen(pod)) => judge_pod(record, pod, missing),
    }
}

/// When [`judge`] may say something else of an entry by time alone, if it was not before.
pub fn judged_again(record: &Record) -> Stamp {
    record.changed.plus_micros(ON_ITS_WAY)
}

/// An ephemeral container goes with its pod. One that is not in the pod's spec never came.
fn judge_container(record: &Record, pod: &PodRow, missing: Option<Event>) -> Option<Event> {
    let has_it = pod.container(&record.entry.container).is_some();
    match (has_it, record.state.is_open()) {
        (true, true) => Some(Event::Known(pod.meta.uid.to_string())),
        (false, true) => missing,
        (_, false) => None,
    }
}

/// A pod whose UID is not known yet is ours when it says so itself. One that says nothing is when it was made after it
/// was announced: before, the name was somebody else's.
fn judge_pod(record: &Record, pod: &PodRow, missing: Option<Event>) -> Option<Event> {
    let known = Some(Event::Known(pod.meta.uid.to_string()));
    if !record.entry.pod.uid.is_empty() {
        return known.filter(|_| record.state.is_open());
    }
    let is_ours = match pod.created_by.as_deref().and_then(Mark::parse) {
        // A mark tells whole seconds.
        Some(mark) => {
            mark.user == record.entry.user
                && mark.source == record.entry.source
                && record.entry.marked.is_some_and(|marked| marked.seconds() == mark.time.seconds())
        }
        None => pod.meta.created.micros_since(record.since).is_some_and(|after| after > -CLOCKS_DIFFER),
    };
    if is_ours { known } else { missing }
}

/// A removed pod can be brought back from when it is not there any more until it is there again; that one of its name
/// is there may be the doing of whoever restored it, if it was about to be.
fn judge_replaced(record: &Record, sight: Sight<'_>, missing: Option<Event>) -> Option<Event> {
    let is_open = record.state.is_open();
    match sight {
        Sight::Missing => is_open.then(|| Event::Known(String::new())),
        Sight::Seen(pod) if !is_other(&record.entry.pod.uid, pod) => missing.filter(|_| is_open),
        Sight::Seen(_) if record.state == State::Cleaning => Some(Event::Gone),
        Sight::Seen(_) => is_open.then(|| Event::Known(String::new())),
        Sight::Unknown => None,
    }
}

fn is_other(uid: &str, pod: &PodRow) -> bool {
    !uid.is_empty() && *pod.meta.uid != *uid
}
