//! A session of a tile, from the wish to its end: wait for the container, run or attach, say how it ended.
//!
//! One future, as [`super::run`] is; what it has to say are [`ShellUpdate`]s. What belongs to attaching alone is here:
//! a container that ended before shows its log instead, and one that ends says its exit code, which the streams do not.

use std::sync::{Arc, OnceLock};

use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, sleep};

use super::standing::Waiting;
use super::wait::{self, Started};
use super::{ExecRequest, ExitStatus, Input, Output};
use crate::cluster::api::ShellUpdate;
use crate::cluster::connect::Connection;
use crate::cluster::error::Error;
use crate::cluster::outbox::{Gone, Outbox};
use crate::model::change::Cause;
use crate::model::kind::{Kind, ObjectKey};

/// Lines of a log that stand for a session that was too late.
const LOG_LINES: usize = 1_000;
/// The wait before a server that could not be reached is asked again how a container stands.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// A reason is told at most this often.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// What a tile asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRequest {
    /// What to run or attach to. Of a session that waits, what the container has decides over `stdin` and `tty` when
    /// attaching.
    pub exec: ExecRequest,
    /// The container does not run yet, or it is not known.
    pub waits: bool,
}

impl SessionRequest {
    /// In words: `attach to web-0/app`.
    pub fn tried(&self) -> String {
        let place = format!("{}/{}", self.exec.pod, self.exec.container.as_deref().unwrap_or_default());
        if self.exec.attach { format!("attach to {place}") } else { format!("open a shell in {place}") }
    }

    fn pod(&self) -> ObjectKey {
        ObjectKey::new(Kind::Pod, &self.exec.namespace, &self.exec.pod)
    }

    fn container(&self) -> &str {
        self.exec.container.as_deref().unwrap_or_default()
    }
}

/// Runs a session to its end; its last update says how it ended. Ends early, without a word, when nobody listens.
pub async fn session<M: 'static>(
    connection: watch::Receiver<Connection>,
    request: SessionRequest,
    input: mpsc::Receiver<Input>,
    out: Arc<Outbox<ShellUpdate, M>>,
) {
    // Nobody is there any more who could be told.
    let _gone = Session { connection, request, out }.run(input).await;
}

struct Session<M> {
    connection: watch::Receiver<Connection>,
    request: SessionRequest,
    out: Arc<Outbox<ShellUpdate, M>>,
}

impl<M: 'static> Session<M> {
    async fn run(mut self, input: mpsc::Receiver<Input>) -> Result<(), Gone> {
        if self.request.waits && !self.wait().await? {
            return Ok(());
        }
        let ended = &OnceLock::new();
        let out = &self.out;
        let deliver = |output| async move {
            let update = match output {
                Output::Open => ShellUpdate::Open,
                Output::Stdout(bytes) => ShellUpdate::Output(bytes),
                Output::Stderr(bytes) => ShellUpdate::Errors(bytes),
                Output::Exit(status) => {
                    // It comes once, and last.
                    let _first = ended.set(status);
                    return;
                }
            };
            let _gone = out.send(update).await;
        };
        let client = self.now().client;
        match super::run(client, self.request.exec.clone(), input, deliver).await {
            Err(error) => self.refused(error).await,
            Ok(()) => self.ended(ended.get().cloned().unwrap_or(ExitStatus::Code(0))).await,
        }
    }

    fn now(&self) -> Connection {
        self.connection.borrow().clone()
    }

    /// Waits for the container. False when there is nothing to do any more, which has been said then.
    async fn wait(&mut self) -> Result<bool, Gone> {
        let (told, seen) = watch::channel(Waiting::default());
        let started = tokio::select! {
            started = self.started(&told) => started,
            gone = self.out.follow(seen, TELL_EVERY, ShellUpdate::Waiting) => return Err(gone),
        };
        match started {
            Ok(Started::Running(streams)) if self.request.exec.attach => {
                (self.request.exec.stdin, self.request.exec.tty) = (streams.stdin, streams.tty);
                self.out.send(ShellUpdate::Streams(streams)).await?;
                Ok(true)
            }
            Ok(Started::Running(_)) => Ok(true),
            Ok(Started::Ended(end)) => {
                self.log().await?;
                self.out.send(ShellUpdate::Over(end)).await?;
                Ok(false)
            }
            Err(error) => {
                self.out.send(ShellUpdate::Refused(error.problem(&self.request.tried()))).await?;
                Ok(false)
            }
        }
    }

    /// The same; a server that is away for a while only makes the wait longer.
    async fn started(&self, told: &watch::Sender<Waiting>) -> Result<Started, Error> {
        loop {
            let connection = self.now();
            let tell = |waiting| {
                told.send_replace(waiting);
            };
            let found = wait::until_started(&connection, &self.request.pod(), self.request.container(), tell).await;
            match found {
                Err(error) if error.cause() == Cause::Unreachable => {
                    told.send_replace(Waiting { reason: "no answer".into(), message: error.to_string() });
                    sleep(ASK_AGAIN).await;
                }
                found => return found,
            }
        }
    }

    /// Hands over the last lines of the container's log, as far as there are any.
    async fn log(&self) -> Result<(), Gone> {
        let log = wait::log(&self.now(), &self.request.pod(), self.request.container(), LOG_LINES).await;
        match log {
            Ok(bytes) if !bytes.is_empty() => self.out.send(ShellUpdate::Log(bytes.into())).await,
            _ => Ok(()),
        }
    }

    /// The server refused. Where the container has ended meanwhile, its log is what there is to see.
    async fn refused(&self, error: Error) -> Result<(), Gone> {
        let (pod, container) = (self.request.pod(), self.request.container());
        let reads = self.request.exec.attach && matches!(error, Error::Api { code: 400 | 500, .. });
        if reads && let Some(end) = wait::end_of(&self.now(), &pod, container).await {
            self.log().await?;
            return self.out.send(ShellUpdate::Over(end)).await;
        }
        self.out.send(ShellUpdate::Refused(error.problem(&self.request.tried()))).await
    }

    /// The streams ended. Of an attached process they do not say how: the pod does.
    async fn ended(&self, status: ExitStatus) -> Result<(), Gone> {
        let (pod, container) = (self.request.pod(), self.request.container());
        if self.request.exec.attach
            && !matches!(status, ExitStatus::Lost(_))
            && let Some(end) = wait::end_of(&self.now(), &pod, container).await
        {
            return self.out.send(ShellUpdate::Over(end)).await;
        }
        self.out.send(ShellUpdate::Ended(status)).await
    }
}
