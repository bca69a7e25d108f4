//! How a forward stands, and counting what changes it.

use std::sync::Arc;

use tokio::sync::watch;

use crate::base::problem::Problem;

/// How a port-forward stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForwardStatus {
    /// Where it listens, `127.0.0.1:8080`; empty while it does not yet.
    pub listening: Vec<String>,
    /// The port of the pod.
    pub port: u16,
    /// The pod that the next connection goes to.
    pub pod: Option<String>,
    /// Why there is no pod now; it is looked for.
    pub waiting: Option<String>,
    /// Connections that are open.
    pub open: u32,
    /// Connections that there have been.
    pub total: u64,
    /// Bytes that went to the pod.
    pub sent: u64,
    /// Bytes that came from it.
    pub received: u64,
    /// What last went wrong with a connection, in the other side's words.
    pub trouble: Option<String>,
}

/// What a port-forward has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardUpdate {
    /// How it stands now.
    Status(ForwardStatus),
    /// It could not begin; nothing comes after.
    Ended(Problem),
}

/// A connection that is open, as long as this lives.
pub(super) struct Live(Arc<watch::Sender<ForwardStatus>>);

impl Live {
    pub(super) fn begin(status: Arc<watch::Sender<ForwardStatus>>) -> Self {
        status.send_modify(|status| {
            status.open += 1;
            status.total += 1;
        });
        Self(status)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.send_modify(|status| status.open = status.open.saturating_sub(1));
    }
}

/// Counts what goes through a connection.
pub(super) struct Traffic<'a>(&'a watch::Sender<ForwardStatus>);

impl<'a> Traffic<'a> {
    pub(super) fn new(status: &'a watch::Sender<ForwardStatus>) -> Self {
        Self(status)
    }

    pub(super) fn sent(&self, bytes: usize) {
        self.0.send_modify(|status| status.sent += bytes as u64);
    }

    pub(super) fn received(&self, bytes: usize) {
        self.0.send_modify(|status| status.received += bytes as u64);
    }
}
