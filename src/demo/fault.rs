//! What tests can make the demo cluster do wrong.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::base::stamp::Stamp;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every open watch ends, in the middle of its answer.
    CutWatches,
    /// Every open log stream ends, in the middle of its answer.
    CutLogs,
    /// Something happens to every open log stream.
    Logs(LogFault),
    /// Every log file is begun anew: what was written before is not there any more for who asks from now on.
    RotateLogs,
    /// So many microseconds is the clock of every second line behind: lines stand out of the order of their times, as
    /// those of two outputs do.
    ReorderLogs(i64),
    /// The running containers of pods whose names begin so end with this code.
    EndContainers(&'static str, i64),
    /// Nothing is answered, on any connection, for so long.
    Stall(Duration),
    /// Every request is answered 401, until it is said to be over.
    Unauthorized(bool),
    /// Every request is answered 503, until it is said to be over.
    Unavailable(bool),
    /// The change log is dropped: every earlier resource version is too old (410).
    Gone,
    /// A verb on a resource (`get`, `pods/log`) is answered 403, and access reviews say so.
    Forbid(&'static str, &'static str),
    /// The next so many requests are answered 429, with a time to wait.
    TooMany(u32),
    /// Streaming lists (`sendInitialEvents`) are refused, as by servers that do not know them.
    NoStreamingLists(bool),
}

/// What happens to open log streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFault {
    /// The connection breaks after so many more bytes.
    CutAfter(usize),
    /// The answer ends after so many more bytes as if it were whole: a server that lost the node.
    EndAfter(usize),
    /// Nothing comes for so long.
    Stall(Duration),
    /// Nothing comes any more, and nothing says so.
    HalfOpen,
}

/// The state of all faults.
#[derive(Debug)]
pub struct Faults {
    state: Mutex<State>,
    /// Counts the cuts of watches.
    pub watches: watch::Sender<u64>,
    /// What happened to log streams last, and how many things have.
    pub logs: watch::Sender<(u64, LogFault)>,
}

/// What is wrong for a request.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Answer 401.
    pub unauthorized: bool,
    /// Answer 503.
    pub unavailable: bool,
    /// Refuse streaming lists.
    pub no_streaming_lists: bool,
    /// Verbs and resources that are refused.
    pub forbidden: Vec<(&'static str, &'static str)>,
    /// Before this moment nothing is left of any log.
    pub rotated: Stamp,
    /// By how many microseconds every second line of a log is behind.
    pub skew: i64,
    too_many: u32,
    stalled_until: Option<Instant>,
}

impl Faults {
    /// Nothing is wrong.
    pub fn new() -> Self {
        Self {
            state: Mutex::new(State::default()),
            watches: watch::Sender::new(0),
            logs: watch::Sender::new((0, LogFault::HalfOpen)),
        }
    }

    /// Makes a fault happen at a moment. [`Fault::Gone`] and [`Fault::EndContainers`] are the world's own affair.
    pub fn set(&self, fault: Fault, now: Stamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            Fault::CutWatches => self.watches.send_modify(|count| *count += 1),
            Fault::CutLogs => self.logs.send_modify(|last| *last = (last.0 + 1, LogFault::CutAfter(0))),
            Fault::Logs(fault) => self.logs.send_modify(|last| *last = (last.0 + 1, fault)),
            Fault::RotateLogs => state.rotated = now,
            Fault::ReorderLogs(micros) => state.skew = micros,
            Fault::Stall(time) => state.stalled_until = Some(Instant::now() + time),
            Fault::Unauthorized(on) => state.unauthorized = on,
            Fault::Unavailable(on) => state.unavailable = on,
            Fault::NoStreamingLists(on) => state.no_streaming_lists = on,
            Fault::Forbid(verb, resource) => state.forbidden.push((verb, resource)),
            Fault::TooMany(count) => state.too_many = count,
            Fault::Gone | Fault::EndContainers(..) => {}
        }
    }

    /// What is wrong now.
    pub fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a request is one too many; counts it.
    pub fn is_too_many(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = state.too_many > 0;
        state.too_many = state.too_many.saturating_sub(1);
        refused
    }

    /// Whether a verb on a resource is refused.
    pub fn forbids(&self, verb: &str, resource: &str) -> bool {
        self.state().forbidden.contains(&(verb, resource))
    }

    /// Waits until a stall is over.
    pub async fn stalled(&self) {
        while let Some(until) = self.state().stalled_until.filter(|until| *until > Instant::now()) {
            tokio::time::sleep_until(until).await;
        }
    }
}
