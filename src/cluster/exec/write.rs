//! The writing half: input, sizes and pings out.

use futures::{Sink, SinkExt};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::{ExitStatus, Input, frame};

/// How often a ping keeps proxies from closing an idle session. kubectl's value.
const PING_EVERY: Duration = Duration::from_secs(5);

/// The longest that one write may take. kubectl's value.
const WRITE_WITHIN: Duration = Duration::from_secs(60);

/// The largest piece of input in one frame.
const PIECE: usize = 32 * 1024;

/// What the session allows.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts about a connection")]
pub(super) struct Session {
    /// Input is sent.
    pub stdin: bool,
    /// Sizes are sent.
    pub tty: bool,
    /// The first size is sent as two different ones, so that a program that is already running draws again.
    pub redraw: bool,
    /// The protocol can say that input has ended.
    pub can_close: bool,
}

/// Writes until a write takes too long. Returns for nothing else: when the connection breaks, or nobody types
/// any more, the reading half knows how the session ends.
pub(super) async fn write<S>(mut sink: S, mut input: mpsc::Receiver<Input>, mut session: Session) -> ExitStatus
where
    S: Sink<Message, Error = Error> + Unpin,
{
    let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut open = true;
    loop {
        let messages = tokio::select! {
            taken = input.recv(), if open => {
                let taken = taken.unwrap_or(Input::Eof);
                messages(taken, &mut input, &mut session, &mut open)
            }
            _ = ping.tick() => vec![Message::Ping(bytes::Bytes::new())],
        };
        for message in messages {
            match timeout(WRITE_WITHIN, sink.send(message)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return std::future::pending().await,
                Err(_) => return ExitStatus::Lost("the server took no input for 60 s".to_owned()),
            }
        }
    }
}

/// The messages for `first` and for what already waits behind it, up to one frame of input. `open` becomes
/// false with the end of the input.
fn messages(first: Input, waiting: &mut mpsc::Receiver<Input>, session: &mut Session, open: &mut bool) -> Vec<Message> {
    let mut typed = Vec::new();
    let mut size = None;
    let mut next = Some(first);
    while let Some(input) = next {
        match input {
            Input::Bytes(bytes) => typed.extend(bytes),
            Input::Resize { cols, rows } => size = Some((cols, rows)),
            Input::Eof => *open = false,
        }
        next = if *open && typed.len() < PIECE { waiting.try_recv().ok() } else { None };
    }
    let mut out = Vec::new();
    if let Some((cols, rows)) = size.filter(|_| session.tty) {
        if std::mem::take(&mut session.redraw) {
            out.push(frame::resize(cols.saturating_add(1), rows.saturating_add(1)));
        }
        out.push(frame::resize(cols, rows));
    }
    if session.stdin {
        out.extend(typed.chunks(PIECE).map(frame::stdin));
        if !*open && session.can_close {
            out.push(frame::close_stdin());
        }
    }
    out
}
