//! `logs`: what containers have written, and go on to write. Rules: kubectl `logs` of 1.37.
//!
//! The bytes go out as the server sends them. Start with [`run`]; `options` reads the flags, `choose` finds the
//! containers, `lines` is between an answer and the output. A log that is followed comes through the reader of the log
//! panes, which takes up what breaks (`follow`). With a flag that kubectl does not have, lines are filtered
//! and merged in the order of time by the program's own reader (`many`).

pub mod args;
pub mod choose;
mod follow;
mod lines;
mod many;
mod notice;
mod options;
mod template;
pub mod tile;

#[cfg(test)]
mod noise;

use std::cell::RefCell;
use std::io::Write;

use futures::FutureExt;
use futures::future::try_join_all;
use serde_json::Value;
use tokio::time::{Duration, timeout};

use super::failure::{Failure, Failures};
use super::pods;
use super::session::Session;
use crate::cluster::error::Error;
use crate::cluster::http::ACCEPT_JSON;
use crate::cluster::logs::{pace, raw, words};
use crate::cluster::pages;
use crate::model::kind::Kind;
use crate::model::resource::Resource;
use args::Logs;
use choose::{Choice, Source};
use lines::Lines;
use options::Target;

/// So many logs are followed at once, if nobody says more.
const MOST: usize = 5;
/// A log that is read once and pauses for so long is not waited for.
const SILENCE: Duration = pace::LONGEST;

/// Prints what `asked` names.
pub async fn run(session: &Session, asked: &Logs, out: &mut dyn Write) -> Result<(), Failures> {
    let done = print(session, asked, out).await;
    // What was read goes out before what went wrong is said.
    let flushed = out.flush();
    done?;
    Ok(flushed.map_err(Failure::from)?)
}

async fn print(session: &Session, asked: &Logs, out: &mut dyn Write) -> Result<(), Failure> {
    if asked.many.is_asked_for() {
        return many::print(session, asked, out).await;
    }
    let target = options::target(asked).map_err(Failure::Usage)?;
    options::check_first(asked).map_err(Failure::Usage)?;
    let sources = sources(session, asked, &target).await?;
    if !asked.follow || sources.len() < 2 {
        for source in &sources {
            let mut log = Log::new(session, asked, source, false);
            log.print(&RefCell::new(&mut *out)).await?;
        }
        return Ok(());
    }
    let (count, most) = (sources.len(), asked.max_log_requests.unwrap_or(MOST));
    if count > most {
        return Err(Failure::Usage(format!(
            "you are attempting to follow {count} log streams, but maximum allowed concurrency is {most}, use \
             --max-log-requests to increase the limit"
        )));
    }
    let out = RefCell::new(out);
    let logs = sources.iter().map(|source| async {
        let mut log = Log::new(session, asked, source, true);
        log.print(&out).await
    });
    try_join_all(logs).await.map(|_| ())
}

/// The containers that are meant; says which were chosen where that was not clear.
async fn sources(session: &Session, asked: &Logs, target: &Target) -> Result<Vec<Source>, Failure> {
    let pods = meant(session, asked, target).await?;
    let named = options::container(asked);
    let choice = Choice { all: asked.all_containers, named, quiet: asked.all_pods };
    let (mut sources, mut notes) = (Vec::new(), Vec::new());
    for pod in &pods {
        let found = choose::sources(pod, choice, &mut notes);
        for note in notes.drain(..) {
            session.say(&note)?;
        }
        sources.extend(found.map_err(Failure::Usage)?);
        if !asked.follow && choose::has_no_node(pod) {
            let name = pod["metadata"]["name"].as_str().unwrap_or_default();
            let advice = words::advice(words::NO_NODE);
            session.say(&format!("pod \"{name}\" has no log: {}. {advice}", words::NO_NODE))?;
        }
    }
    Ok(sources)
}

async fn meant(session: &Session, asked: &Logs, target: &Target) -> Result<Vec<Value>, Failure> {
    let (kind, name) = match target {
        Target::Labels(labels) => {
            let (pods, _) = pods::list(session, labels).await?;
            if pods.is_empty() {
                session.say(&session.nothing_found(true))?;
            }
            options::check(asked).map_err(Failure::Usage)?;
            return Ok(pods);
        }
        Target::Object(kind, name) => (kind, name),
    };
    let resource = session.resource(kind).await?;
    let key = session.key(&resource, name)?;
    let object = pages::value(&session.connection, &key, ACCEPT_JSON).await.map_err(|error| match error {
        Error::Api { code: 404, message, .. } => {
            let namespace = &session.namespace;
            Failure::Usage(format!("error from server (NotFound): {message} in namespace \"{namespace}\""))
        }
        error => error.into(),
    })?;
    let object = session.heard(object)?;
    options::check(asked).map_err(Failure::Usage)?;
    if resource.watched() == Some(Kind::Pod) {
        return Ok(vec![object]);
    }
    of_workload(session, asked, &resource, &object).await
}

/// The pods of a workload: the best, or all.
async fn of_workload(
    session: &Session,
    asked: &Logs,
    resource: &Resource,
    object: &Value,
) -> Result<Vec<Value>, Failure> {
    let selector = pods::selector(resource, object, "get the logs from")?;
    let (mut pods, version) = pods::list(session, &selector).await?;
    if pods.is_empty() {
        return Ok(vec![pods::first(session, &selector, version, asked.pod_running_timeout).await?]);
    }
    pods.sort_by_cached_key(choose::best_first);
    if !asked.all_pods && pods.len() > 1 {
        let name = pods[0]["metadata"]["name"].as_str().unwrap_or_default();
        session.say(&format!("Found {} pods, using pod/{name}", pods.len()))?;
        pods.truncate(1);
    }
    Ok(pods)
}

type Out<'o> = RefCell<&'o mut dyn Write>;

/// One container's log on its way out.
struct Log<'a> {
    session: &'a Session,
    asked: &'a Logs,
    source: &'a Source,
    lines: Lines,
}

impl<'a> Log<'a> {
    fn new(session: &'a Session, asked: &'a Logs, source: &'a Source, shares: bool) -> Self {
        let Source { pod, container, .. } = source;
        let has_prefix = asked.prefix || asked.all_pods;
        let prefix = if has_prefix { format!("[pod/{pod}/{container}] ") } else { String::new() };
        Self { session, asked, source, lines: Lines::new(prefix, shares) }
    }

    /// Prints it to its end.
    async fn print(&mut self, out: &Out<'_>) -> Result<(), Failure> {
        let Logs { follow, previous, limit_bytes, ignore_errors, .. } = self.asked;
        // The run before the present one does not grow, and after so many bytes there is nothing to go on with.
        let done = if *follow && !previous && *limit_bytes == 0 {
            follow::print(self.session, self.asked, self.source, &mut self.lines, out).await
        } else {
            self.print_answer(out).await
        };
        match done {
            Err(Failure::Server(error)) if *ignore_errors => Ok(writeln!(out.borrow_mut(), "error: {error}")?),
            Err(Failure::Server(error)) => Err(advised(error)),
            done => done,
        }
    }

    /// Prints one answer of the server as it comes.
    async fn print_answer(&mut self, out: &Out<'_>) -> Result<(), Failure> {
        let Source { namespace, pod, container } = self.source;
        let path = options::path(self.asked, namespace, pod, container);
        let within = (!self.asked.follow).then_some(self.session.connection.request_timeout);
        let mut answer = raw::raw(&self.session.connection, &path, within).await?;
        let ended = loop {
            let next = answer.chunk().now_or_never();
            if next.is_none() && self.asked.follow {
                // Whoever follows sees what there is; what is read once goes out in large pieces.
                out.borrow_mut().flush()?;
            }
            let next = match next {
                Some(next) => next,
                None if self.asked.follow => answer.chunk().await,
                // A server that has all of it does not pause for long, unless it is gone.
                None => timeout(SILENCE, answer.chunk()).await.unwrap_or(Err(Error::TimedOut(SILENCE))),
            };
            match next {
                Ok(Some(bytes)) => self.lines.push(&bytes, *out.borrow_mut())?,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            }
        };
        self.lines.finish(*out.borrow_mut())?;
        ended
    }
}

/// A refusal with what can be done about it, if anything.
fn advised(error: Error) -> Failure {
    let advice = match &error {
        Error::Api { code: 403, .. } => "Ask for the right to get pods/log, or use another user or context",
        Error::Api { message, .. } => words::advice(message),
        _ => "",
    };
    if advice.is_empty() { error.into() } else { Failure::Advised(error, advice) }
}
