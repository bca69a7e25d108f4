//! One container: asking for its log, and what to do with each sort of answer. Start with [`follow`].
//!
//! `stream` reads an answer's body, `run` tells one run of the container from the next.

use std::time::Duration;

use futures::future::join;
use kube::Client;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep, timeout};

use super::data::{ContainerExit, LogEnd, LogLine, LogRequest, LogUpdate};
use super::lines::{Lines, LogBytes};
use super::overlap::Overlap;
use super::pace::Pace;
use super::pod::{self, Facts, State};
use super::rotation::Files;
use super::split::RawLine;
use super::stream::StreamEnd;
use super::{ACCEPT, doubled, words};
use crate::base::percent;
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::cluster::connect::Connection;
use crate::cluster::error::Error;
use crate::cluster::http;
use crate::cluster::outbox::{Gone, Outbox};

/// A running container whose answer has not begun by then has simply written nothing yet.
const HEADERS: Duration = Duration::from_secs(1);
/// First and longest wait for a container that is about to start.
const START: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));
/// First and longest wait after a failure.
pub(super) const BACK_OFF: (Duration, Duration) = (Duration::from_millis(400), Duration::from_secs(15));
/// So often a pod may say that nothing happened after its log ended, before it is believed.
const LOOKS: u32 = 3;
/// How long a pod's status may lag behind its containers, about.
const LAG: Duration = Duration::from_millis(1_500);

/// Follows a container's log until nobody listens, or until nothing more can come. With [`LogRequest::previous`] or
/// [`LogRequest::once`] it is read once, to its end.
pub async fn follow<M>(connection: Receiver<Connection>, request: LogRequest, out: &Outbox<LogUpdate, M>) {
    let last = match Follower::new(connection, request, out).run().await {
        Ok(Ok(end)) => LogUpdate::Ended(end),
        Ok(Err(refused)) => LogUpdate::Trouble(refused.problem),
        Err(Gone) => return,
    };
    // That nobody listens any more is no error.
    let _gone = out.send(last).await;
}

/// The same for a pipe: lines are bytes as they came, and how it ended is the answer. `None`: nobody listens any more.
pub async fn follow_bytes<M, const TIMES: bool>(
    connection: Receiver<Connection>,
    request: LogRequest,
    out: &Outbox<LogUpdate<LogBytes<TIMES>>, M>,
) -> Option<Result<LogEnd, Error>> {
    let end = Follower::new(connection, request, out).run().await.ok()?;
    Some(end.map_err(|refused| refused.error))
}

pub(super) struct Follower<'a, M, L = Vec<LogLine>> {
    connection: Receiver<Connection>,
    pub(super) request: LogRequest,
    pub(super) out: &'a Outbox<LogUpdate<L>, M>,
    pub(super) overlap: Overlap,
    pub(super) files: Files,
    /// How long a silence is none.
    pub(super) pace: Pace,
    /// When the beginning of the file was last looked at.
    pub(super) looked: Option<Instant>,
    /// The pod as it was when the present stream began.
    pub(super) known: Option<Facts>,
    /// Whether the run's log was read to its end.
    pub(super) run_ended: bool,
    /// A last line without an end, which the next answer confirms or completes.
    pub(super) held: Option<RawLine<'static>>,
    /// Whether a gap was seen, and the pod is asked whether it was restarted before it is told.
    pub(super) doubted: bool,
    /// Whether what is read is the run before the present one.
    pub(super) in_run_before: bool,
    /// When a stream stood for the first time.
    pub(super) opened: Option<Instant>,
    /// The state that was told last.
    shown: Option<LogUpdate<L>>,
    pub(super) failures: u32,
    pub(super) waits: u32,
}

/// How to go on after an attempt.
pub(super) enum Next {
    Again,
    After(Duration),
    End(Result<LogEnd, Refused>),
}

/// A log is not given, or not any more.
pub(super) struct Refused {
    error: Error,
    problem: Problem,
}

impl<'a, M, L: Lines> Follower<'a, M, L> {
    fn new(connection: Receiver<Connection>, request: LogRequest, out: &'a Outbox<LogUpdate<L>, M>) -> Self {
        Self {
            overlap: Overlap::new(request.tail_lines.is_some()),
            connection,
            request,
            out,
            files: Files::default(),
            pace: Pace::default(),
            looked: None,
            known: None,
            run_ended: false,
            held: None,
            doubted: false,
            in_run_before: false,
            opened: None,
            shown: None,
            failures: 0,
            waits: 0,
        }
    }

    async fn run(&mut self) -> Result<Result<LogEnd, Refused>, Gone> {
        let is_once = self.request.previous || self.request.once;
        loop {
            let next = if is_once { self.read_once().await? } else { self.attempt().await? };
            match next {
                Next::Again => {}
                Next::After(wait) => self.pause(wait).await,
                Next::End(end) => return Ok(end),
            }
        }
    }

    /// Waits; a new connection, with a renewed credential perhaps, ends the wait.
    pub(super) async fn pause(&mut self, wait: Duration) {
        tokio::select! {
            () = sleep(wait) => {}
            Ok(()) = self.connection.changed() => {}
        }
    }

    /// Tells a state, unless it is the one that was told last.
    pub(super) async fn show(&mut self, state: LogUpdate<L>) -> Result<(), Gone> {
        if self.shown.as_ref() == Some(&state) {
            return Ok(());
        }
        self.shown = Some(state.clone());
        self.out.send(state).await
    }

    fn problem(&self, error: &Error) -> Problem {
        let LogRequest { namespace, pod, container, previous, .. } = &self.request;
        let which = if *previous { "previous log" } else { "log" };
        let problem = error.problem(&format!("read the {which} of {pod}/{container} in namespace {namespace}"));
        match words::advice(&problem.said) {
            "" => problem,
            advice => Problem { next: advice.to_owned(), ..problem },
        }
    }

    fn refusal(&self, error: Error) -> Next {
        Next::End(Err(Refused { problem: self.problem(&error), error }))
    }

    pub(super) fn client(&mut self) -> Client {
        self.connection.borrow_and_update().client.clone()
    }

    /// The path of the log with what holds for every question; options can be added.
    pub(super) fn base_path(&self) -> String {
        let insecure = if self.request.insecure_backend { "&insecureSkipTLSVerifyBackend=true" } else { "" };
        format!("{}/log?container={}&timestamps=true{insecure}", self.pod_path(), self.request.container)
    }

    fn pod_path(&self) -> String {
        pod_path(&self.request)
    }

    fn log_path(&self) -> String {
        let LogRequest { previous, once, tail_lines, since, since_seconds, limit_bytes, .. } = &self.request;
        let mut path = self.base_path();
        let mut add = |name: &str, value: String| path.extend(["&", name, "=", &value]);
        match (previous, once) {
            (true, _) => add("previous", "true".to_owned()),
            (false, true) => {}
            (false, false) => add("follow", "true".to_owned()),
        }
        if let Some(bytes) = limit_bytes.filter(|_| *previous || *once) {
            add("limitBytes", bytes.to_string());
        }
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
        if let Some(seconds) = since_seconds {
            let passed = self.opened.map_or(0, |opened| opened.elapsed().as_secs() + 1);
            add("sinceSeconds", (seconds + passed).to_string());
        } else if since.is_set() {
            add("sinceTime", since.rfc3339());
        }
        path
    }

    async fn look(&mut self) -> Result<Facts, Error> {
        let within = self.pace.patience().min(http::ANSWER_TIMEOUT);
        let pod = http::get_json(&self.client(), &self.pod_path(), within).await?;
        Ok(pod::facts(&pod, &self.request.container))
    }

    /// Why the pod's node does not answer, where the node's own state says so and may be read.
    async fn node_trouble(&mut self) -> Option<String> {
        let node = self.known.as_ref().map(|facts| facts.node.clone()).filter(|node| !node.is_empty())?;
        let path = format!("/api/v1/nodes/{}", percent::encode(&node, percent::UNRESERVED));
        let object = http::get_json(&self.client(), &path, http::ANSWER_TIMEOUT).await;
        match object {
            Ok(object) if pod::readiness(&object) == Some(false) => {
                Some(format!("node {node} is NotReady; it is waited for"))
            }
            Ok(_) => None,
            Err(error) if error.is_not_found() => Some(format!("node {node} does not exist any more")),
            Err(_) => None,
        }
    }

    async fn read_once(&mut self) -> Result<Next, Gone> {
        let response = match http::get(&self.client(), &self.log_path(), ACCEPT, http::ANSWER_TIMEOUT).await {
            Ok(response) => response,
            Err(error) => return Ok(self.refusal(error)),
        };
        self.show(LogUpdate::Opened).await?;
        Ok(match self.read(response.into_body()).await? {
            StreamEnd::Finished | StreamEnd::Doubtful if self.request.previous => Next::End(Ok(LogEnd::Previous)),
            StreamEnd::Finished | StreamEnd::Doubtful => Next::End(Ok(LogEnd::Once)),
            StreamEnd::Silent => self.refusal(Error::TimedOut(self.pace.patience())),
            StreamEnd::Broken(error) => self.refusal(error),
            StreamEnd::Removed(said) => self.removed(said),
        })
    }

    fn removed(&self, said: String) -> Next {
        let error = Error::Api { code: 200, reason: String::new(), message: said };
        let next = if self.request.previous {
            "The node removed that run's container; the plain log may have the last run"
        } else {
            "The node removed the container and its log"
        };
        let problem = Problem { next: next.to_owned(), ..self.problem(&error) };
        Next::End(Err(Refused { error, problem }))
    }

    /// Asks for the log, and for the pod beside it, and reads as long as the stream lasts.
    async fn attempt(&mut self) -> Result<Next, Gone> {
        let (client, path) = (self.client(), self.log_path());
        let answer = http::get(&client, &path, ACCEPT, self.pace.patience());
        tokio::pin!(answer);
        let (facts, early) = join(self.look(), timeout(HEADERS, &mut answer)).await;
        let is_running = facts.as_ref().is_ok_and(|facts| facts.state == State::Running);
        let is_ready = facts.as_ref().is_ok_and(|facts| facts.is_ready);
        if let Some(next) = self.account(facts).await? {
            return Ok(next);
        }
        let answer = match early {
            Ok(answer) => answer,
            Err(_) if is_running => {
                self.open().await?;
                answer.await
            }
            Err(_) => answer.await,
        };
        let end = match answer {
            Err(error @ Error::TimedOut(_)) if is_running => return self.silent(error, is_ready).await,
            Err(error) => return self.refused(error).await,
            Ok(response) => {
                // Of a pod that has no node yet the server says nothing, and says it at once.
                if self.known.as_ref().is_none_or(|facts| !facts.node.is_empty()) {
                    self.open().await?;
                }
                self.read(response.into_body()).await?
            }
        };
        match end {
            StreamEnd::Silent => self.silent(Error::TimedOut(self.pace.patience()), is_ready).await,
            StreamEnd::Doubtful => Ok(Next::After(LAG)),
            // The next answer shows whether the last line was whole.
            StreamEnd::Finished if self.held.is_some() => Ok(Next::After(BACK_OFF.0)),
            StreamEnd::Finished => self.after_end(None).await,
            StreamEnd::Removed(said) => self.after_end(Some(said)).await,
            StreamEnd::Broken(error) => self.outage(&error).await,
        }
    }

    async fn open(&mut self) -> Result<(), Gone> {
        self.opened.get_or_insert_with(Instant::now);
        self.show(LogUpdate::Opened).await
    }

    /// Nothing came for long: usually the container is idle, but its node may be gone.
    async fn silent(&mut self, error: Error, was_ready: bool) -> Result<Next, Gone> {
        let is_lost = !was_ready && self.node_trouble().await.is_some();
        if is_lost { self.outage(&error).await } else { Ok(Next::Again) }
    }

    async fn outage(&mut self, error: &Error) -> Result<Next, Gone> {
        let mut problem = self.problem(error);
        if !matches!(error, Error::Api { code: 400..=499, .. })
            && let Some(words) = self.node_trouble().await
        {
            problem.next = words;
        }
        self.show(LogUpdate::Outage(problem)).await?;
        self.failures += 1;
        // Of a busy log the node keeps only the last seconds.
        let longest = self.pace.patience() / 4;
        Ok(Next::After(doubled((BACK_OFF.0, longest), self.failures - 1)))
    }

    /// The log was asked for and not given.
    async fn refused(&mut self, error: Error) -> Result<Next, Gone> {
        let stood = self.opened.is_some();
        match &error {
            Error::Api { code: 400, message, .. } => match words::waiting(message) {
                Some(said) => {
                    self.show(LogUpdate::Waiting(words::waiting_with_advice(said))).await?;
                    self.waits += 1;
                    Ok(Next::After(doubled(START, self.waits - 1)))
                }
                None => Ok(self.refusal(error)),
            },
            // A kubelet that was just started does not know its pods yet, a server that was just started not who may
            // do what: the pod itself says whether it is gone, and what was allowed is asked for again.
            Error::Api { code: 404, .. } if self.known.is_some() => match self.look().await {
                Err(error) if error.is_not_found() => self.without_pod().await,
                _ => self.outage(&error).await,
            },
            Error::Api { code: 404, .. } if stood => Ok(Next::End(Ok(LogEnd::PodGone))),
            Error::Api { code: 403, .. } if stood => self.outage(&error).await,
            Error::Api { code: 402..=409 | 411..=428 | 430..=499, .. } => Ok(self.refusal(error)),
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
                Err(error) if error.is_not_found() => return self.without_pod().await,
                Err(Error::Api { code: 403, .. }) => return Ok(Next::After(START.1)),
                Err(error) => return self.outage(&error).await,
                Ok(facts) if self.is_other_run(&facts) => return Ok(Next::Again),
                Ok(facts) => facts.state,
            };
            match state {
                State::Ended(_) if removed.is_some() => {
                    return Ok(self.removed(removed.unwrap_or_default()));
                }
                State::Ended(exit) => {
                    self.hand_over_held().await?;
                    return Ok(Next::End(Ok(LogEnd::Exited(exit))));
                }
                State::Running if has_waited || looks + 1 >= LOOKS => {
                    self.run_ended = false;
                    return Ok(Next::Again);
                }
                State::Running => {}
                State::Waiting(reason) => {
                    has_waited = true;
                    self.show(LogUpdate::Waiting(words::waiting_with_advice(&reason))).await?;
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
        self.known.as_ref().is_some_and(|known| known.uid != facts.uid || known.restarts < facts.restarts)
    }

    /// The pod does not exist: waits for another of its name where somebody makes one.
    pub(super) async fn without_pod(&mut self) -> Result<Next, Gone> {
        self.hand_over_held().await?;
        let maker = self.known.as_ref().and_then(|facts| facts.remade_by.clone());
        match maker.filter(|_| self.request.uid.is_empty()) {
            Some(maker) => {
                let maker = if maker == "Node" { "its node".to_owned() } else { format!("its {maker}") };
                self.show(LogUpdate::Waiting(format!("the pod is gone; {maker} makes another of its name"))).await?;
                Ok(Next::After(START.0))
            }
            None => Ok(Next::End(Ok(LogEnd::PodGone))),
        }
    }
}

/// The path of the pod whose log is wanted.
pub(super) fn pod_path(request: &LogRequest) -> String {
    format!("/api/v1/namespaces/{}/pods/{}", request.namespace, request.pod)
}

fn between_runs(exit: &ContainerExit) -> String {
    format!("{}; the kubelet will start it again", words::exit(exit))
}
