//! Output gathered into pieces that are worth handing over.
//!
//! The first output after a pause goes on at once, so that an echo does not wait; what follows closely is
//! gathered for [`PAUSE`] or until [`FULL`].

use bytes::{Bytes, BytesMut};
use tokio::time::{Duration, Instant};

use super::Output;

/// The least time between two pieces.
pub(super) const PAUSE: Duration = Duration::from_millis(8);

/// The size of a piece that waits no longer.
pub(super) const FULL: usize = 64 * 1024;

/// What has been read and not handed over.
#[derive(Debug)]
pub(super) struct Batch {
    /// One stream only: output and errors keep their order.
    errors: bool,
    /// A single frame is handed over as it came, without a copy.
    first: Bytes,
    more: BytesMut,
    due: Instant,
}

impl Batch {
    pub(super) fn new(now: Instant) -> Self {
        Self { errors: false, first: Bytes::new(), more: BytesMut::new(), due: now }
    }

    /// When what is here has to be handed over; `None` when nothing is.
    pub(super) fn due(&self) -> Option<Instant> {
        (!self.is_empty()).then_some(self.due)
    }

    /// Adds a frame. What comes back has to be handed over first: it is of the other stream, or would make
    /// the piece too large.
    pub(super) fn add(&mut self, bytes: Bytes, errors: bool, now: Instant) -> Option<Output> {
        let before = if self.errors != errors || self.len() + bytes.len() > FULL { self.take(now) } else { None };
        self.errors = errors;
        if self.is_empty() {
            self.first = bytes;
        } else {
            if self.more.is_empty() {
                self.more.reserve(FULL);
                self.more.extend_from_slice(&self.first);
                self.first = Bytes::new();
            }
            self.more.extend_from_slice(&bytes);
        }
        before
    }

    /// All that is here.
    pub(super) fn take(&mut self, now: Instant) -> Option<Output> {
        if self.is_empty() {
            return None;
        }
        self.due = now + PAUSE;
        let first = std::mem::take(&mut self.first);
        let bytes = if self.more.is_empty() { first } else { self.more.split().freeze() };
        Some(if self.errors { Output::Stderr(bytes) } else { Output::Stdout(bytes) })
    }

    fn len(&self) -> usize {
        self.first.len() + self.more.len()
    }

    fn is_empty(&self) -> bool {
        self.first.is_empty() && self.more.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(len: usize) -> Bytes {
        Bytes::from(vec![b'x'; len])
    }

    #[tokio::test]
    async fn an_echo_is_due_at_once_and_a_storm_is_gathered() {
        let now = Instant::now();
        let mut batch = Batch::new(now);
        assert_eq!(batch.due(), None);
        assert_eq!(batch.add(Bytes::from_static(b"a"), false, now), None);
        assert_eq!(batch.due(), Some(now));
        assert_eq!(batch.take(now), Some(Output::Stdout(Bytes::from_static(b"a"))));
        batch.add(Bytes::from_static(b"b"), false, now);
        batch.add(Bytes::from_static(b"c"), false, now);
        assert_eq!(batch.due(), Some(now + PAUSE));
        assert_eq!(batch.take(now + PAUSE), Some(Output::Stdout(Bytes::from_static(b"bc"))));
        assert_eq!(batch.take(now + PAUSE), None);
    }

    #[tokio::test]
    async fn streams_keep_their_order_and_pieces_their_size() {
        let now = Instant::now();
        let mut batch = Batch::new(now);
        assert_eq!(batch.add(Bytes::from_static(b"out"), false, now), None);
        assert_eq!(batch.add(Bytes::from_static(b"err"), true, now), Some(Output::Stdout(Bytes::from_static(b"out"))));
        assert_eq!(batch.add(bytes(FULL), false, now), Some(Output::Stderr(Bytes::from_static(b"err"))));
        assert_eq!(batch.add(bytes(1), false, now), Some(Output::Stdout(bytes(FULL))));
    }
}
