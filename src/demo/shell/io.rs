//! The streams of a session, and the window that it is shown in.

use std::collections::VecDeque;

use tokio::sync::{mpsc, watch};

/// The number of the output stream, as in the protocol.
pub const STDOUT: u8 = 1;
/// The number of the error stream.
pub const STDERR: u8 = 2;

/// The streams of a session.
#[derive(Debug)]
pub struct Io {
    /// What the client types; closed when it has nothing more to say.
    pub input: mpsc::Receiver<Vec<u8>>,
    /// What it gets to see: stream and bytes.
    pub output: mpsc::Sender<(u8, Vec<u8>)>,
    /// Columns and rows.
    pub size: watch::Receiver<(u16, u16)>,
    /// Whether a terminal is on the other side.
    pub tty: bool,
    pending: VecDeque<u8>,
}

impl Io {
    /// Streams of a session.
    pub fn new(
        input: mpsc::Receiver<Vec<u8>>,
        output: mpsc::Sender<(u8, Vec<u8>)>,
        size: watch::Receiver<(u16, u16)>,
        tty: bool,
    ) -> Self {
        Self { input, output, size, tty, pending: VecDeque::new() }
    }

    /// The next byte that is typed; `None` at the end. Dropping the future loses nothing.
    pub async fn byte(&mut self) -> Option<u8> {
        while self.pending.is_empty() {
            self.pending.extend(self.input.recv().await?);
        }
        self.pending.pop_front()
    }

    /// Puts a byte back.
    pub fn unread(&mut self, byte: u8) {
        self.pending.push_front(byte);
    }

    /// Everything that is typed up to the end.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(byte) = self.byte().await {
            if self.tty && matches!(byte, 3 | 4) {
                break;
            }
            all.push(byte);
        }
        all
    }

    /// Writes to a stream. A terminal has one stream and ends lines with a carriage return.
    pub async fn write(&self, stream: u8, text: &str) {
        if text.is_empty() {
            return;
        }
        // A client that has gone is noticed by the session's end.
        let _ = if self.tty {
            self.output.send((STDOUT, text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes())).await
        } else {
            self.output.send((stream, text.as_bytes().to_vec())).await
        };
    }

    /// Writes exactly these bytes.
    pub async fn raw(&self, text: &str) {
        let _ = self.output.send((STDOUT, text.as_bytes().to_vec())).await;
    }

    /// Writes bytes that are no text.
    pub async fn bytes(&self, bytes: Vec<u8>) {
        let _ = self.output.send((STDOUT, bytes)).await;
    }

    /// Columns and rows; the usual ones when the client has not said.
    pub fn window(&self) -> (usize, usize) {
        match *self.size.borrow() {
            (0, _) | (_, 0) => (80, 24),
            (columns, rows) => (columns.into(), rows.into()),
        }
    }
}
