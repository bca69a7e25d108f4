//! This end of the streams: standard input, output and errors of the process, its terminal, its signals.
//!
//! One future holds all of it. What comes is written at once; while a reader of ours is slow nothing more is read, and
//! so the process in the container is slowed, not this memory filled.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Duration, sleep};

use super::super::failure::Failure;
use super::super::guard::Guard;
use super::DetachKeys;
use crate::cluster::api::{ExecRequest, ExitStatus};
use crate::cluster::connect::Connection;
use crate::cluster::exec::{self, Input, Output};
use crate::terminal::{self, RawMode, Signal, Signals};

/// Inputs that wait for a slow server.
const WAITING: usize = 16;
/// So much of the input is read at once.
const PIECE: usize = 32 << 10;

/// How long a server has to end a session that was left.
const LEAVES_WITHIN: Duration = Duration::from_millis(500);

/// How this end is used.
#[derive(Debug)]
pub struct Local {
    /// The terminal is the process'.
    pub raw: bool,
    /// The keys that leave it alone.
    pub keys: Option<DetachKeys>,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    Itself(ExitStatus),
    /// The process was left alone.
    Detached,
    /// A signal asked for it.
    Signal,
}

/// Whether the input is a terminal.
pub fn input_is_terminal() -> bool {
    io::stdin().is_terminal()
}

impl Local {
    /// Runs a session to its end. While the terminal is the process', only what it writes is written there, as it is.
    pub async fn run(
        self,
        connection: &Connection,
        request: ExecRequest,
        out: &mut dyn Write,
    ) -> Result<Ended, Failure> {
        let (input, from_here) = mpsc::channel(WAITING);
        if let Some((cols, rows)) = terminal::size().filter(|_| self.raw) {
            // There is room: it is the first.
            let _ = input.try_send(Input::Resize { cols, rows });
        }
        let stops = request.stdin && input_is_terminal();
        let mut signals = if stops { Some(Signals::listen()?) } else { None };
        let from = if request.stdin { Some(io::stdin().as_fd().try_clone_to_owned()?.into()) } else { None };
        let typing = typing(from, self.keys, input.clone());
        let mut pipes = Pipes::new(self.raw, out)?;
        let raw = if self.raw { Some(RawMode::enter()?) } else { None };
        let ended = pipes.pass(connection, request, from_here, async {
            tokio::select! {
                biased;
                () = end(signals.as_mut()) => Ended::Signal,
                () = typing => Ended::Detached,
                never = sizes(self.raw, input) => match never {},
            }
        });
        let ended = ended.await;
        drop(raw);
        ended
    }
}

/// Where output and errors go.
struct Pipes<'o> {
    out: RefCell<Box<dyn Write + 'o>>,
    errors: RefCell<Box<dyn Write>>,
}

impl<'o> Pipes<'o> {
    fn new(raw: bool, out: &'o mut dyn Write) -> io::Result<Self> {
        let out: Box<dyn Write + 'o> =
            if raw { Box::new(File::from(io::stdout().as_fd().try_clone_to_owned()?)) } else { Box::new(out) };
        let stderr = io::stderr();
        let errors: Box<dyn Write> =
            if stderr.is_terminal() { Box::new(Guard::with_colours(stderr)) } else { Box::new(stderr) };
        Ok(Self { out: RefCell::new(out), errors: RefCell::new(errors) })
    }

    /// Runs the session and hands on what comes of it, until it ends or this end does (`here`).
    async fn pass(
        &mut self,
        connection: &Connection,
        request: ExecRequest,
        input: Receiver<Input>,
        here: impl Future<Output = Ended>,
    ) -> Result<Ended, Failure> {
        let status = RefCell::new(None);
        let (broken, mut is_broken) = mpsc::unbounded_channel();
        let this = &*self;
        let deliver = |output| {
            let written = match output {
                Output::Open => Ok(()),
                Output::Stdout(bytes) => write(&this.out, &bytes),
                Output::Stderr(bytes) => write(&this.errors, &bytes),
                Output::Exit(ended) => {
                    status.replace(Some(ended));
                    Ok(())
                }
            };
            if let Err(error) = written {
                let _ = broken.send(error);
            }
            std::future::ready(())
        };
        let session = exec::run(connection.client.clone(), request, input, deliver);
        tokio::select! {
            biased;
            Some(error) = is_broken.recv() => return Err(error.into()),
            done = session => done?,
            ended = here => return Ok(ended),
        }
        if let Ok(error) = is_broken.try_recv() {
            return Err(error.into());
        }
        Ok(Ended::Itself(status.take().unwrap_or(ExitStatus::Code(0))))
    }
}

/// What comes is seen at once.
fn write(out: &RefCell<Box<dyn Write + '_>>, bytes: &[u8]) -> io::Result<()> {
    let mut out = out.borrow_mut();
    out.write_all(bytes)?;
    out.flush()
}

/// Passes the input on; ends when the person leaves the process alone, and for nothing else.
async fn typing(from: Option<File>, mut keys: Option<DetachKeys>, input: Sender<Input>) {
    let mut bytes = vec![0; PIECE];
    let mut from = from.map(tokio::fs::File::from_std);
    while let Some(from) = &mut from {
        // What cannot be read any more has ended.
        let count = from.read(&mut bytes).await.unwrap_or(0);
        if count == 0 {
            let _ = input.send(Input::Eof).await;
            break;
        }
        let (typed, leaves) = match &mut keys {
            Some(keys) => keys.pass(&bytes[..count]),
            None => (bytes[..count].to_vec(), false),
        };
        if !typed.is_empty() && input.send(Input::Bytes(typed)).await.is_err() {
            break;
        }
        if leaves {
            // What was typed before goes first; the server ends the session when it hears that no more comes.
            let _ = input.send(Input::Eof).await;
            return sleep(LEAVES_WITHIN).await;
        }
    }
    std::future::pending::<()>().await;
}

/// Tells the process each new size of the terminal that it has for itself.
async fn sizes(raw: bool, input: Sender<Input>) -> Infallible {
    let changed = if raw { signal(SignalKind::window_change()).ok() } else { None };
    if let Some(mut changed) = changed {
        while changed.recv().await.is_some() {
            if let Some((cols, rows)) = terminal::size() {
                let _ = input.send(Input::Resize { cols, rows }).await;
            }
        }
    }
    std::future::pending().await
}

/// A signal that ends the program.
async fn end(signals: Option<&mut Signals>) {
    let Some(signals) = signals else { return std::future::pending().await };
    while signals.next().await == Signal::Continued {}
}
