//! What tests can make the demo cluster do wrong.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Every open watch ends, in the middle of its answer.
    CutWatches,
    /// Every open log stream ends, in the middle of its answer.
    CutLogs,
    /// Nothing is answered, on any connection, for so long.
    Stall(Duration),
    /// Every request is answered 401, until it is said to be over.
    Unauthorized(bool),
    /// Every request is answered 503, until it is said to be over.
    Unavailable(bool),
    /// The change log is dropped: every earlier resource version is too old (410).
    Gone,
    /// Streaming lists (`sendInitialEvents`) are refused, as by servers that do not know them.
    NoStreamingLists(bool),
}

/// The state of all faults.
#[derive(Debug)]
pub struct Faults {
    state: Mutex<State>,
    /// Counts the cuts of watches.
    pub watches: watch::Sender<u64>,
    /// Counts the cuts of log streams.
    pub logs: watch::Sender<u64>,
}

/// What is wrong for a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    /// Answer 401.
    pub unauthorized: bool,
    /// Answer 503.
    pub unavailable: bool,
    /// Refuse streaming lists.
    pub no_streaming_lists: bool,
    stalled_until: Option<Instant>,
}

impl Faults {
    /// Nothing is wrong.
    pub fn new() -> Self {
        Self { state: Mutex::new(State::default()), watches: watch::Sender::new(0), logs: watch::Sender::new(0) }
    }

    /// Makes a fault happen. [`Fault::Gone`] is the world's own affair.
    pub fn set(&self, fault: Fault) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            Fault::CutWatches => self.watches.send_modify(|count| *count += 1),
            Fault::CutLogs => self.logs.send_modify(|count| *count += 1),
            Fault::Stall(time) => state.stalled_until = Some(Instant::now() + time),
            Fault::Unauthorized(on) => state.unauthorized = on,
            Fault::Unavailable(on) => state.unavailable = on,
            Fault::NoStreamingLists(on) => state.no_streaming_lists = on,
            Fault::Gone => {}
        }
    }

    /// What is wrong now.
    pub fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a stall is over.
    pub async fn stalled(&self) {
        while let Some(until) = self.state().stalled_until.filter(|until| *until > Instant::now()) {
            tokio::time::sleep_until(until).await;
        }
    }
}
