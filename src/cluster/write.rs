//! Performing writes: what `model::write` plans is sent, and what comes of it is handed up.
//!
//! Nothing is decided here: refusals, patches and words are the plan's. Start with [`perform`]; draining a node is in
//! [`super::drain`].

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::api::{MAY_BE_DONE, WriteUpdate};
use super::connect::Connection;
use super::error::Error;
use super::http::{get_json, send};
use super::objects::list;
use super::outbox::Outbox;
use super::{drain, finish};
use crate::base::json;
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::model::write::{Debug, Operation, Request, Step, Write};

/// How long a scale that others keep changing is tried again, and how often, as kubectl does.
const SCALE_FOR: Duration = Duration::from_secs(300);
const SCALE_EVERY: Duration = Duration::from_secs(1);

/// How a write ended.
pub(super) type Outcome = Result<Done, Ending>;

/// A write that succeeded.
#[derive(Debug)]
pub(super) struct Done {
    pub said: String,
    pub object: Option<Value>,
}

/// Why a write did not.
#[derive(Debug)]
pub(super) enum Ending {
    /// The plan refuses it.
    Refused(String),
    /// A reading before the write failed.
    Failed(Error),
    /// The request that changes something failed.
    Sent(Error),
    /// It failed, and there is something else to say of what to do.
    Trouble(Problem),
    /// Somebody else was faster.
    Conflict(Error, Box<Value>),
}

impl From<Error> for Ending {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Performs a write to its end and tells of it. Nothing is waited for but what the server does in its answer, except
/// by a drain, which waits for its pods. Dropping the future stops it between two requests.
pub async fn perform<M>(connection: &Connection, write: Write, now: Stamp, out: &Outbox<WriteUpdate, M>) {
    run(connection, write, now, false, out).await;
}

/// The same as far as the server can say beforehand what would come of it; nothing changes.
pub async fn attempt<M>(connection: &Connection, write: Write, now: Stamp, out: &Outbox<WriteUpdate, M>) {
    run(connection, write, now, true, out).await;
}

async fn run<M>(connection: &Connection, write: Write, now: Stamp, is_dry: bool, out: &Outbox<WriteUpdate, M>) {
    let mut job = Job { connection, write: &write, out, is_dry, warned: Vec::new() };
    job.warn_all(write.warning().map(str::to_owned)).await;
    let outcome = job.run(now).await;
    let update = match outcome {
        Ok(Done { said, object }) => WriteUpdate::Done { said, object },
        Err(Ending::Refused(said)) => WriteUpdate::Failed(Problem::new(write.to_string(), said, "")),
        Err(Ending::Failed(error)) => WriteUpdate::Failed(problem(&write, &error, false)),
        Err(Ending::Sent(error)) => WriteUpdate::Failed(problem(&write, &error, !is_dry)),
        Err(Ending::Trouble(problem)) => WriteUpdate::Failed(problem),
        Err(Ending::Conflict(error, current)) => {
            WriteUpdate::Conflict { problem: problem(&write, &error, true), current }
        }
    };
    job.tell(update).await;
}

/// What to tell of a failed request. `sent`: whether it was the one that changes something.
fn problem(write: &Write, error: &Error, sent: bool) -> Problem {
    // The precondition is ours, and its words are about numbers that nobody has seen.
    if error.is_other_uid() {
        let said = format!("{} was replaced by another of the same name", write.target);
        return Problem::new(write.to_string(), said, "Look at the one that is there now");
    }
    let mut problem = error.problem(&write.to_string());
    // That it is tried again is true of lists and streams, and not of this.
    problem.next = match error {
        Error::Api { code: 429 | 500..=599, .. } => "Try again in a while".to_owned(),
        Error::TimedOut(_) | Error::Transport(_) | Error::Wire(_) if sent && !was_never_sent(&problem.said) => {
            MAY_BE_DONE.to_owned()
        }
        _ => problem.next,
    };
    problem
}

/// Why a debug request failed. A server without ephemeral containers does not know their path; a copy that was made
/// stays, whatever becomes of the original.
fn debug_failed(write: &Write, error: Error, made: Option<&Value>) -> Ending {
    if let Some(made) = made {
        let said = format!("pod/{} was made, but: {error}", json::text(made, "/metadata/name"));
        return Ending::Trouble(Problem::new(write.to_string(), said, "The copy and the original are both there"));
    }
    match &error {
        Error::Api { code: 404, message, .. } => match Debug::disabled(message, &write.target.name) {
            Some(said) => Ending::Refused(said),
            None => Ending::Sent(error),
        },
        _ => Ending::Sent(error),
    }
}

/// Whether a request failed before a server had it.
fn was_never_sent(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["connection refused", "connect error", "dns error", "lookup address", "certificate"]
        .iter()
        .any(|words| said.contains(words))
}

/// A write on its way.
pub(super) struct Job<'a, M> {
    pub connection: &'a Connection,
    pub write: &'a Write,
    out: &'a Outbox<WriteUpdate, M>,
    /// Nothing is changed.
    is_dry: bool,
    warned: Vec<String>,
}

impl<M> Job<'_, M> {
    async fn run(&mut self, now: Stamp) -> Outcome {
        match &self.write.operation {
            Operation::Delete(_) | Operation::Create(_) => match self.write.request() {
                Some(request) => self.finish(&request).await,
                None => Err(Ending::Refused("there is nothing to send".to_owned())),
            },
            Operation::Scale { expected: Some(_), .. } => self.scale().await,
            Operation::Drain(flags) => drain::run(self, *flags, now).await,
            Operation::Replace(_) => self.replace(now).await,
            Operation::Debug(debug) => self.debug(debug).await,
            Operation::EndContainer(container) => finish::run(self, container).await,
            _ => self.change(now).await,
        }
    }

    /// Reads the object, and sends what the plan makes of it.
    pub(super) async fn change(&mut self, now: Stamp) -> Outcome {
        let object = self.read(&self.write.target.path()).await?;
        self.write.check_uid(&object).map_err(Ending::Refused)?;
        self.warn_all(self.write.warning_about(&object)).await;
        let history = match self.write.history(&object) {
            Some(path) => list(self.connection, &path).await?,
            None => Vec::new(),
        };
        match self.write.plan(&object, &history, now).map_err(Ending::Refused)? {
            Step::Send(request) => self.finish(&request).await,
            Step::Already(said) => Ok(Done { said, object: Some(object) }),
        }
    }

    async fn replace(&mut self, now: Stamp) -> Outcome {
        match self.change(now).await {
            Err(Ending::Sent(error)) if error.is_conflict() => {
                let current = self.read(&self.write.target.path()).await?;
                Err(Ending::Conflict(error, Box::new(current)))
            }
            outcome => outcome,
        }
    }

    /// `kubectl scale --current-replicas`: what was read goes back, and is read again when somebody else was faster.
    async fn scale(&mut self) -> Outcome {
        let object = self.read(&self.write.target.path()).await?;
        self.write.check_uid(&object).map_err(Ending::Refused)?;
        let until = Instant::now() + SCALE_FOR;
        loop {
            let scale = self.read(&format!("{}/scale", self.write.target.path())).await?;
            let request = self.write.plan_scale(&scale).map_err(Ending::Refused)?;
            match self.send(&request).await {
                Err(error) if error.is_conflict() && Instant::now() + SCALE_EVERY < until => sleep(SCALE_EVERY).await,
                // A scale is not the object.
                Err(error) => return Err(Ending::Sent(error)),
                Ok(_) => return Ok(Done { said: self.write.said(), object: None }),
            }
        }
    }

    /// Sends what was built for the object that was seen, if it is still there. The object is the first answer's.
    async fn debug(&mut self, debug: &Debug) -> Outcome {
        let object = self.read(&self.write.target.path()).await?;
        self.write.check_uid(&object).map_err(Ending::Refused)?;
        let mut first = None;
        for request in &debug.requests {
            let answer = self.send(request).await.map_err(|error| debug_failed(self.write, error, first.as_ref()))?;
            first.get_or_insert(answer);
        }
        Ok(Done { said: self.write.said(), object: first })
    }

    async fn finish(&mut self, request: &Request) -> Outcome {
        let object = self.send(request).await.map_err(Ending::Sent)?;
        let is_object = !matches!(object["kind"].as_str(), Some("Status" | "Scale") | None);
        Ok(Done { said: self.write.said(), object: is_object.then_some(object) })
    }

    pub(super) async fn read(&self, path: &str) -> Result<Value, Error> {
        get_json(&self.connection.client, path, self.connection.request_timeout).await
    }

    /// Sends a request and says what the server warned of.
    pub(super) async fn send(&mut self, request: &Request) -> Result<Value, Error> {
        let dry = self.is_dry.then(|| request.clone().dry_run());
        let request = dry.as_ref().unwrap_or(request);
        let (warnings, answer) = send(&self.connection.client, request, self.connection.request_timeout).await;
        self.warn_all(warnings).await;
        answer
    }

    pub(super) async fn warn_all(&mut self, warnings: impl IntoIterator<Item = String>) {
        for warning in warnings {
            if !self.warned.contains(&warning) {
                self.warned.push(warning.clone());
                self.tell(WriteUpdate::Warning(warning)).await;
            }
        }
    }

    pub(super) async fn tell(&self, update: WriteUpdate) {
        // Whoever does not listen any more has ended this task.
        let _gone = self.out.send(update).await;
    }
}

#[cfg(test)]
mod tests;
