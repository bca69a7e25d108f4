//! A container's log, followed through broken connections and restarts.
//!
//! Always asked for with time stamps, which are what a broken stream is taken up by ([`overlap`]). When a
//! stream ends in order, the container ended or somebody on the way closed it: the pod tells which, and
//! whether another run will come ([`pod`]). Whatever may be missing is said as a [`LogGap`]. Start with
//! [`follow`].
//!
//! Traps that shape this: an idle container's answer does not even begin before its first line; a pod's
//! status lags a second or two behind its containers; a dead connection is silent for ever.

pub mod overlap;
pub mod pod;
pub mod split;

use std::time::Duration;

use futures::future::join;
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use self::overlap::{Admit, Overlap};
use self::pod::{Facts, State};
use self::split::{RawLine, Splitter};
use super::api::{ContainerExit, LogEnd, LogGap, LogLine, LogRequest, LogUpdate};
use super::connect::Connection;
use super::error::Error;
use super::http;
use super::outbox::{Gone, Outbox};
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;

/// A batch is handed over when it has this many lines, …
const BATCH: usize = 200;
/// … or this many bytes, …
const BATCH_BYTES: u64 = 1 << 20;
/// … or is this old.
const BATCH_AGE: Duration = Duration::from_millis(50);
/// After this long without a byte the log is asked for again: the other end may be gone.
const SILENCE: Duration = Duration::from_secs(60);
/// A running container whose answer has not begun by then has simply written nothing yet.
const HEADERS: Duration = Duration::from_secs(1);
/// First and longest wait for a container that is about to start.
const START: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));
/// First and longest wait after a failure.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(400), Duration::from_secs(15));
/// So often a pod may say that nothing happened after its log ended, before it is believed.
const LOOKS: u32 = 3;
/// As kubectl asks.
const ACCEPT: &str = "application/json, */*";
/// How the node says, with status 200, that the log's container was removed.
const REMOVED: &str = "unable to retrieve container logs for ";

/// Follows a container's log until nobody listens, or until nothing more can come. With
/// [`LogRequest::previous`] it is read once, to its end.
pub async fn follow<M>(connection: Receiver<Connection>, request: LogRequest, out: &Outbox<LogUpdate, M>) {
    let mut follower = Follower {
        overlap: Overlap::new(request.tail_lines.is_some()),
        connection,
        request,
        out,
        run: None,
        run_ended: false,
        opened: None,
        shown: None,
        failures: 0,
        waits: 0,
    };
    // That nobody listens any more is no error.
    let _gone = follower.run().await;
}

struct Follower<'a, M> {
    connection: Receiver<Connection>,
    request: LogRequest,
    out: &'a Outbox<LogUpdate, M>,
    overlap: Overlap,
    /// The pod and the run of its container that lines come from: UID and count of restarts.
    run: Option<(String, u32)>,
    /// Whether that run's log was read to its end.
    run_ended: bool,
    /// When a stream stood for the first time.
    opened: Option<Instant>,
    /// The state that was told last.
    shown: Option<LogUpdate>,
    failures: u32,
    waits: u32,
}

/// How to go on after an attempt.
enum Next {
    Again,
    After(Duration),
    End(LogUpdate),
}

/// Why a stream is over.
enum StreamEnd {
    Finished,
    Silent,
    /// The node has no log any more, in its words.
    Removed(String),
    Broken(Error),
}

impl<M> Follower<'_, M> {
    async fn run(&mut self) -> Result<(), Gone> {
        loop {
            let next = if self.request.previous { self.read_once().await? } else { self.attempt().await? };
            match next {
                Next::Again => {}
                Next::After(wait) => self.pause(wait).await,
                Next::End(last) => return self.out.send(last).await,
            }
        }
    }

    /// Waits; a new connection, with a renewed credential perhaps, ends the wait.
    async fn pause(&mut self, wait: Duration) {
        tokio::select! {
            () = sleep(wait) => {}
            Ok(()) = self.connection.changed() => {}
        }
    }

    /// Tells a state, unless it is the one that was told last.
    async fn show(&mut self, state: LogUpdate) -> Result<(), Gone> {
        if self.shown.as_ref() == Some(&state) {
            return Ok(());
        }
        self.shown = Some(state.clone());
        self.out.send(state).await
    }

    fn problem(&self, error: &Error) -> Problem {
        let LogRequest { namespace, pod, container, previous, .. } = &self.request;
        let which = if *previous { "previous log" } else { "log" };
        error.problem(&format!("read the {which} of {pod}/{container} in namespace {namespace}"))
    }

    fn client(&mut self) -> Client {
        self.connection.borrow_and_update().client.clone()
    }

    fn pod_path(&self) -> String {
        format!("/api/v1/namespaces/{}/pods/{}", self.request.namespace, self.request.pod)
    }

    fn log_path(&self) -> String {
        let LogRequest { container, previous, tail_lines, since, .. } = &self.request;
        let mode = if *previous { "previous=true" } else { "follow=true" };
        let mut path = format!("{}/log?container={container}&{mode}&timestamps=true", self.pod_path());
        let mut add = |name: &str, value: String| path.extend(["&", name, "=", &value]);
        if let Some(second) = self.overlap.since() {
            add("sinceTime", Stamp::from_seconds(second).rfc3339());
            return path;
        }
        match (self.opened, tail_lines) {
            (None, Some(lines)) => add("tailLines", lines.to_string()),
            // Only what was written since; by the server's clock, not by ours.
            (Some(opened), Some(0)) => {
                add("sinceSeconds", (opened.elapsed().as_secs() + 1).to_string());
                return path;
            }
            // There was no line at all, so all that there are now are new.
            _ => {}
        }
        if since.is_set() {
            add("sinceTime", since.rfc3339());
        }
        path
    }

    async fn look(&mut self) -> Result<Facts, Error> {
        let pod = http::get_json(&self.client(), &self.pod_path(), http::ANSWER_TIMEOUT).await?;
        Ok(pod::facts(&pod, &self.request.container))
    }

    async fn read_once(&mut self) -> Result<Next, Gone> {
        let response = match http::get(&self.client(), &self.log_path(), ACCEPT, http::ANSWER_TIMEOUT).await {
            Ok(response) => response,
            Err(error) => return Ok(Next::End(LogUpdate::Trouble(self.problem(&error)))),
        };
        self.show(LogUpdate::Opened).await?;
        let end = match self.read(response.into_body()).await? {
            StreamEnd::Finished => LogUpdate::Ended(LogEnd::Previous),
            StreamEnd::Silent => LogUpdate::Trouble(self.problem(&Error::TimedOut(SILENCE))),
            StreamEnd::Broken(error) => LogUpdate::Trouble(self.problem(&error)),
            StreamEnd::Removed(said) => LogUpdate::Trouble(self.removed(said)),
        };
        Ok(Next::End(end))
    }

    fn removed(&self, said: String) -> Problem {
        let error = Error::Api { code: 200, reason: String::new(), message: said };
        let next = if self.request.previous {
            "The node removed that run's container; the plain log may have the last run"
        } else {
            "The node removed the container and its log"
        };
        Problem { next: next.to_owned(), ..self.problem(&error) }
    }

    /// Asks for the log, and for the pod beside it, and reads as long as the stream lasts.
    async fn attempt(&mut self) -> Result<Next, Gone> {
        let (client, path) = (self.client(), self.log_path());
        let answer = http::get(&client, &path, ACCEPT, SILENCE);
        tokio::pin!(answer);
        let (facts, early) = join(self.look(), timeout(HEADERS, &mut answer)).await;
        if let Some(end) = self.account(&facts).await? {
            return Ok(Next::End(end));
        }
        let is_running = facts.as_ref().is_ok_and(|facts| facts.state == State::Running);
        let answer = match early {
            Ok(answer) => answer,
            Err(_) if is_running => {
                self.open().await?;
                answer.await
            }
            Err(_) => answer.await,
        };
        let end = match answer {
            Err(Error::TimedOut(_)) if is_running => return Ok(Next::Again),
            Err(error) => return self.refused(error).await,
            Ok(response) => {
                self.open().await?;
                self.read(response.into_body()).await?
            }
        };
        match end {
            StreamEnd::Silent => Ok(Next::Again),
            StreamEnd::Finished => self.after_end(None).await,
            StreamEnd::Removed(said) => self.after_end(Some(said)).await,
            StreamEnd::Broken(error) => self.outage(&error).await,
        }
    }

    async fn open(&mut self) -> Result<(), Gone> {
        self.opened.get_or_insert_with(Instant::now);
        self.show(LogUpdate::Opened).await
    }

    /// Compares the pod with the run that lines came from, tells a restart, and prepares for the overlap.
    async fn account(&mut self, facts: &Result<Facts, Error>) -> Result<Option<LogUpdate>, Gone> {
        let ended = std::mem::take(&mut self.run_ended);
        let known = self.run.clone();
        let facts = match facts {
            Ok(facts) => facts,
            Err(error) if error.is_not_found() && known.is_some() => {
                return Ok(Some(LogUpdate::Ended(LogEnd::PodGone)));
            }
            // Who may read logs need not be allowed to read pods: the log's own answer decides.
            Err(_) => {
                self.overlap.begin(true);
                return Ok(None);
            }
        };
        self.run = Some((facts.uid.clone(), facts.restarts));
        let runs = match known {
            Some((uid, _)) if uid != facts.uid => return Ok(Some(LogUpdate::Ended(LogEnd::PodReplaced))),
            Some((_, restarts)) => facts.restarts.saturating_sub(restarts),
            None => 0,
        };
        self.overlap.begin(runs == 0);
        if runs > 0 && self.opened.is_some() {
            if !ended {
                self.out.send(LogUpdate::Gap(LogGap::EndOfRun)).await?;
            }
            if runs > 1 {
                self.out.send(LogUpdate::Gap(LogGap::WholeRuns)).await?;
            }
            let exit = facts.last_exit.clone();
            self.out.send(LogUpdate::Restarted { restarts: facts.restarts, exit }).await?;
        }
        Ok(None)
    }

    async fn outage(&mut self, error: &Error) -> Result<Next, Gone> {
        self.show(LogUpdate::Outage(self.problem(error))).await?;
        self.failures += 1;
        Ok(Next::After(doubled(BACK_OFF, self.failures - 1)))
    }

    /// The log was asked for and not given.
    async fn refused(&mut self, error: Error) -> Result<Next, Gone> {
        match &error {
            Error::Api { code: 400, message, .. } => match waiting_words(message) {
                Some(words) => {
                    self.show(LogUpdate::Waiting(words.to_owned())).await?;
                    self.waits += 1;
                    Ok(Next::After(doubled(START, self.waits - 1)))
                }
                None => Ok(Next::End(LogUpdate::Trouble(self.problem(&error)))),
            },
            Error::Api { code: 404, .. } if self.opened.is_some() => Ok(Next::End(LogUpdate::Ended(LogEnd::PodGone))),
            Error::Api { code: 402..=428 | 430..=499, .. } => Ok(Next::End(LogUpdate::Trouble(self.problem(&error)))),
            _ => self.outage(&error).await,
        }
    }

    /// The stream ended in order: asks the pod why, until it has an answer. `removed` is what the node said
    /// instead of a log.
    async fn after_end(&mut self, removed: Option<String>) -> Result<Next, Gone> {
        self.run_ended = true;
        let (mut looks, mut has_waited) = (0, false);
        loop {
            let state = match self.look().await {
                Err(error) if error.is_not_found() => return Ok(Next::End(LogUpdate::Ended(LogEnd::PodGone))),
                Err(Error::Api { code: 403, .. }) => return Ok(Next::After(START.1)),
                Err(error) => return self.outage(&error).await,
                Ok(facts) if self.is_other_run(&facts) => return Ok(Next::Again),
                Ok(facts) => facts.state,
            };
            match state {
                State::Ended(_) if removed.is_some() => {
                    return Ok(Next::End(LogUpdate::Trouble(self.removed(removed.unwrap_or_default()))));
                }
                State::Ended(exit) => return Ok(Next::End(LogUpdate::Ended(LogEnd::Exited(exit)))),
                State::Running if has_waited || looks + 1 >= LOOKS => return Ok(Next::Again),
                State::Running => {}
                State::Waiting(reason) => {
                    has_waited = true;
                    self.show(LogUpdate::Waiting(reason)).await?;
                }
                State::Restarting(exit) => {
                    has_waited = true;
                    self.show(LogUpdate::Waiting(between_runs(&exit))).await?;
                }
            }
            self.pause(doubled(START, looks)).await;
            looks += 1;
        }
    }

    fn is_other_run(&self, facts: &Facts) -> bool {
        self.run.as_ref().is_some_and(|(uid, restarts)| *uid != facts.uid || *restarts < facts.restarts)
    }

    /// Hands over the lines of a stream until it is over.
    async fn read(&mut self, mut body: Body) -> Result<StreamEnd, Gone> {
        let (mut splitter, mut raw) = (Splitter::default(), Vec::new());
        let mut batch = Batch { lines: Vec::new(), bytes: 0, due: Instant::now() };
        let mut removed = None;
        loop {
            let until = if batch.lines.is_empty() { Instant::now() + SILENCE } else { batch.due };
            let end = match timeout_at(until, body.frame()).await {
                Err(_) if batch.lines.is_empty() => Some(StreamEnd::Silent),
                Err(_) => None,
                Ok(None) => {
                    raw.extend(splitter.finish());
                    Some(StreamEnd::Finished)
                }
                Ok(Some(Err(error))) => Some(StreamEnd::Broken(error.into())),
                Ok(Some(Ok(frame))) => {
                    (self.failures, self.waits) = (0, 0);
                    splitter.push(&frame.into_data().unwrap_or_default(), &mut raw);
                    None
                }
            };
            for line in raw.drain(..) {
                if line.nanos.is_none() && line.text.starts_with(REMOVED) {
                    removed = Some(line.text.into());
                } else {
                    self.take(line, &mut batch).await?;
                }
            }
            if end.is_some() || Instant::now() >= batch.due {
                self.flush(&mut batch).await?;
            }
            if let Some(end) = end {
                return Ok(removed.map_or(end, StreamEnd::Removed));
            }
        }
    }

    /// Puts a line into the batch, unless it is known.
    async fn take(&mut self, line: RawLine, batch: &mut Batch) -> Result<(), Gone> {
        match self.overlap.admit(&line) {
            Admit::Known => return Ok(()),
            Admit::New => {}
            Admit::NewAfterGap => {
                self.flush(batch).await?;
                self.out.send(LogUpdate::Gap(LogGap::LastLineNotFound)).await?;
            }
        }
        batch.bytes += line.text.len() as u64;
        let cut_from = if line.is_cut { line.length } else { 0 };
        batch.lines.push(LogLine { at: line.at(), text: line.text, cut_from });
        if batch.lines.len() >= BATCH || batch.bytes >= BATCH_BYTES { self.flush(batch).await } else { Ok(()) }
    }

    async fn flush(&mut self, batch: &mut Batch) -> Result<(), Gone> {
        if !batch.lines.is_empty() {
            self.out.send(LogUpdate::Lines(std::mem::take(&mut batch.lines))).await?;
            *batch = Batch { lines: Vec::new(), bytes: 0, due: Instant::now() + BATCH_AGE };
        }
        Ok(())
    }
}

/// Lines that have not been handed over.
struct Batch {
    lines: Vec<LogLine>,
    bytes: u64,
    due: Instant,
}

/// What the kubelet says of a container that has no log yet, without the names that the person knows.
fn waiting_words(message: &str) -> Option<&str> {
    let from = message.find("waiting to start").or_else(|| message.find("is not available"))?;
    Some(&message[from..])
}

fn between_runs(exit: &ContainerExit) -> String {
    let ContainerExit { code, reason } = exit;
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    format!("it ended with exit code {code}{reason}; the kubelet will start it again")
}

/// The first wait, doubled so many times, up to the longest.
fn doubled((first, longest): (Duration, Duration), times: u32) -> Duration {
    first.saturating_mul(1 << times.min(10)).min(longest)
}

#[cfg(test)]
mod tests;
