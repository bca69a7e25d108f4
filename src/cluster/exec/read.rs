//! The reading half: frames in, pieces of output and the exit status out.

use std::ops::ControlFlow;

use futures::{Stream, StreamExt};
use tokio::time::{Duration, Instant, timeout_at};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::batch::Batch;
use super::frame::{Frame, decode};
use super::{ExitStatus, Output};

/// Silence, pongs included, after which the connection counts as lost. kubectl's value.
const SILENCE: Duration = Duration::from_secs(61);

/// How long output may still follow the status: servers that translate protocols copy the two side by side.
const AFTER_STATUS: Duration = Duration::from_secs(2);

/// The longest status that is kept.
const MAX_STATUS: usize = 1 << 20;

/// Reads to the end of the session. All output has been handed over when it returns.
pub(super) async fn read<S, F, R>(mut stream: S, output: &mut F) -> ExitStatus
where
    S: Stream<Item = Result<Message, Error>> + Unpin,
    F: FnMut(Output) -> R,
    R: Future<Output = ()>,
{
    let mut reader = Reader::new(Instant::now());
    loop {
        let next = timeout_at(reader.wake(), stream.next()).await;
        let now = Instant::now();
        let (piece, flow) = match next {
            Ok(message) => reader.take(message, now),
            Err(_) => reader.wait_is_over(now),
        };
        if let Some(piece) = piece {
            output(piece).await;
        }
        // Asked after the pause that a slow consumer makes: a full piece must not wait for another frame.
        if let Some(piece) = reader.due_piece(Instant::now()) {
            output(piece).await;
        }
        if let ControlFlow::Break(status) = flow {
            if let Some(piece) = reader.batch.take(now) {
                output(piece).await;
            }
            return status;
        }
    }
}

struct Reader {
    batch: Batch,
    status: Vec<u8>,
    /// When the session ends if nothing comes.
    deadline: Instant,
}

type Step = (Option<Output>, ControlFlow<ExitStatus>);

impl Reader {
    fn new(now: Instant) -> Self {
        Self { batch: Batch::new(now), status: Vec::new(), deadline: now + SILENCE }
    }

    fn wake(&self) -> Instant {
        self.batch.due().map_or(self.deadline, |due| due.min(self.deadline))
    }

    fn due_piece(&mut self, now: Instant) -> Option<Output> {
        if self.batch.due()? <= now { self.batch.take(now) } else { None }
    }

    /// Nothing came until [`Reader::wake`].
    fn wait_is_over(&mut self, now: Instant) -> Step {
        let ended = now >= self.deadline;
        (None, if ended { ControlFlow::Break(self.end("no answer for 61 s")) } else { ControlFlow::Continue(()) })
    }

    fn take(&mut self, message: Option<Result<Message, Error>>, now: Instant) -> Step {
        let frame = match message {
            Some(Ok(message)) => decode(message),
            Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => Frame::End(None),
            Some(Err(error)) => Frame::End(Some(error.to_string())),
            None => Frame::End(Some("the connection was closed".to_owned())),
        };
        if self.status.is_empty() {
            self.deadline = now + SILENCE;
        }
        let piece = match frame {
            Frame::Stdout(bytes) => self.batch.add(bytes, false, now),
            Frame::Stderr(bytes) => self.batch.add(bytes, true, now),
            Frame::Status(bytes) => {
                if self.status.len() + bytes.len() <= MAX_STATUS {
                    self.status.extend_from_slice(&bytes);
                }
                self.deadline = now + AFTER_STATUS;
                None
            }
            // A close in the usual way without a status is success, as for kubectl.
            Frame::End(None) if self.status.is_empty() => return (None, ControlFlow::Break(ExitStatus::Code(0))),
            Frame::End(why) => return (None, ControlFlow::Break(self.end(&why.unwrap_or_default()))),
            Frame::Nothing => None,
        };
        (piece, ControlFlow::Continue(()))
    }

    /// The status that the server sent, or the loss of the connection.
    fn end(&self, why: &str) -> ExitStatus {
        if self.status.is_empty() { ExitStatus::Lost(why.to_owned()) } else { ExitStatus::read(&self.status) }
    }
}
