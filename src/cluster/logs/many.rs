//! The logs of many containers as one stream. Start with [`many`].
//!
//! The pods are listed and watched; each container that is meant gets a follower of its own, up to a number at once.
//! All of them run inside one future, so who drops it ends everything. While the loop has not taken the last parcel,
//! no follower is driven: a storm slows the sockets.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt as _};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep, sleep_until};

use super::data::{LogRequest, LogUpdate, LogsRequest, LogsUpdate, SourceChange, SourceId, SourcedLine};
use super::follow::follow;
use super::merge::{Merge, Said};
use super::select::{self, Filter, Scope};
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::cluster::connect::Connection;
use crate::cluster::outbox::{Gone, Outbox, Parcel, Untaken};
use crate::cluster::watch::watch_some;
use crate::model::change::{AnyChange, Cause, Change};
use crate::model::pod::PodRow;

use pods::{Candidate, Pods};

mod pods;

/// A batch is handed over when it has this many lines, …
const BATCH: usize = 200;
/// … or is this old.
const BATCH_AGE: Duration = Duration::from_millis(50);
/// A source that has so many lines waiting may send more only when some of them are given out, …
const WAITING: usize = 4_000;
/// … and so may every source that has any, when all together have this many bytes.
const WAITING_BYTES: usize = 32 << 20;
/// The wait before a workload that could not be read is asked for again.
const AGAIN: Duration = Duration::from_secs(2);

type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Reads the logs of a selection until nobody listens; where they are not followed, until all have been read.
pub async fn many<M>(connection: Receiver<Connection>, request: LogsRequest, out: &Outbox<LogsUpdate, M>) {
    // That nobody listens any more is no error.
    let _gone = run(connection, request, out).await;
}

async fn run<M>(
    connection: Receiver<Connection>,
    request: LogsRequest,
    out: &Outbox<LogsUpdate, M>,
) -> Result<(), Gone> {
    let until = request.patience.map(|patience| Instant::now() + patience);
    let filter = match Filter::new(&request) {
        Ok(filter) => filter,
        Err(problem) => return out.send(LogsUpdate::Trouble(problem)).await,
    };
    let Some(scopes) = resolve(&connection, &request, until, out).await? else { return Ok(()) };
    let (changes, from_pods) = unbounded_channel();
    let watchers = watchers(&connection, &scopes, &changes);
    let (queue, from_logs) = unbounded_channel();
    let mut many = Many {
        pods: Pods::new(scopes, filter),
        connection,
        request,
        out,
        queue,
        followers: FuturesUnordered::new(),
        ending: VecDeque::new(),
        merge: Merge::default(),
        held: FxHashMap::default(),
        next: 0,
        news: Vec::new(),
        batch: Vec::new(),
        due: Instant::now(),
        until,
        outage: None,
        told: Told::default(),
    };
    many.run(watchers, from_pods, from_logs).await
}

/// What is watched; tried again until the server is reached. `None`: it was refused, and that was told.
async fn resolve<M>(
    connection: &Receiver<Connection>,
    request: &LogsRequest,
    until: Option<Instant>,
    out: &Outbox<LogsUpdate, M>,
) -> Result<Option<Vec<Scope>>, Gone> {
    loop {
        let now = connection.borrow().clone();
        let error = match select::scopes(&now, &request.selection).await {
            Ok(scopes) => return Ok(Some(scopes)),
            Err(error) => error,
        };
        let problem = error.problem("find the pods whose logs are wanted");
        match error.cause() {
            Cause::Unreachable if until.is_none_or(|until| Instant::now() + AGAIN < until) => {
                out.send(LogsUpdate::Outage(problem)).await?;
            }
            _ => return out.send(LogsUpdate::Trouble(problem)).await.map(|()| None),
        }
        sleep(AGAIN).await;
    }
}

type PodChange = Parcel<(usize, AnyChange)>;

fn watchers(
    connection: &Receiver<Connection>,
    scopes: &[Scope],
    changes: &UnboundedSender<PodChange>,
) -> FuturesUnordered<Task<()>> {
    let watcher = |(at, scope): (usize, &Scope)| -> Task<()> {
        let (connection, scope) = (connection.clone(), scope.clone());
        let changes = Outbox::new(changes.clone(), move |change| (at, change));
        Box::pin(async move {
            watch_some::<PodRow, _>(connection, scope.namespace, scope.filter, &changes).await;
        })
    };
    scopes.iter().enumerate().map(watcher).collect()
}

struct Many<'a, M> {
    connection: Receiver<Connection>,
    request: LogsRequest,
    out: &'a Outbox<LogsUpdate, M>,
    pods: Pods,
    /// Where followers put what they read.
    queue: UnboundedSender<Parcel<(SourceId, LogUpdate)>>,
    followers: FuturesUnordered<Task<SourceId>>,
    /// Sources whose follower is done, and whose last lines may still wait.
    ending: VecDeque<SourceId>,
    merge: Merge,
    /// What keeps sources from sending more.
    held: FxHashMap<SourceId, Untaken>,
    next: u32,
    /// Comings and goings that were not told yet.
    news: Vec<SourceChange>,
    batch: Vec<SourcedLine>,
    due: Instant,
    /// By then the pods must have been listed.
    until: Option<Instant>,
    /// Why they were not, so far.
    outage: Option<Problem>,
    told: Told,
}

/// What was told last.
#[derive(Debug, Default)]
struct Told {
    waiting: usize,
    idle: Option<usize>,
    /// Scopes whose pods cannot be watched just now.
    unwatched: FxHashSet<usize>,
}

impl<M> Many<'_, M> {
    async fn run(
        &mut self,
        mut watchers: FuturesUnordered<Task<()>>,
        mut from_pods: UnboundedReceiver<PodChange>,
        mut from_logs: UnboundedReceiver<Parcel<(SourceId, LogUpdate)>>,
    ) -> Result<(), Gone> {
        loop {
            self.open_more();
            if !self.give_out(Instant::now()).await? {
                return Ok(());
            }
            let batch_due = (!self.batch.is_empty()).then_some(self.due);
            let wake = self.merge.due(Instant::now()).into_iter().chain(batch_due).min();
            tokio::select! {
                Some(parcel) = from_logs.recv() => {
                    self.hear(parcel);
                    self.hear_all(&mut from_logs);
                }
                Some(parcel) = from_pods.recv() => {
                    let (scope, change) = parcel.message;
                    if !self.on_pods(scope, change).await? {
                        return Ok(());
                    }
                }
                Some(source) = self.followers.next(), if !self.followers.is_empty() => {
                    // Its last words are in the queue: they were sent before it ended.
                    self.hear_all(&mut from_logs);
                    self.merge.end(source);
                    self.held.remove(&source);
                    self.ending.push_back(source);
                }
                Some(()) = watchers.next(), if !watchers.is_empty() => {}
                () = sleep_until(self.until.unwrap_or_else(Instant::now)), if self.until.is_some() => {
                    self.until = None;
                    if !self.pods.is_listed() {
                        let problem = self.outage.take().unwrap_or_else(nothing_came);
                        return self.out.send(LogsUpdate::Trouble(problem)).await;
                    }
                }
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
    }

    /// Takes in what the watch of a scope says. `false`: it is refused, and that was told.
    async fn on_pods(&mut self, scope: usize, change: AnyChange) -> Result<bool, Gone> {
        let AnyChange::Pods(change) = change else { return Ok(true) };
        if let Change::Outage(outage) = change {
            let is_refused = outage.cause == Cause::Forbidden && !self.pods.is_listed();
            let problem = outage.problem;
            self.outage = Some(problem.clone());
            if is_refused {
                self.out.send(LogsUpdate::Trouble(problem)).await?;
            } else if self.told.unwatched.insert(scope) {
                // Each attempt would say it again.
                self.out.send(LogsUpdate::Outage(problem)).await?;
            }
            return Ok(!is_refused);
        }
        let is_reached = !matches!(change, Change::Listing | Change::Total(_));
        if is_reached && self.told.unwatched.remove(&scope) && self.told.unwatched.is_empty() {
            self.out.send(LogsUpdate::Watching).await?;
        }
        self.pods.apply(scope, change);
        Ok(true)
    }

    /// Begins to read the best of those that wait, as long as there is room.
    fn open_more(&mut self) {
        while self.followers.len() < self.request.at_once.max(1)
            && let Some(candidate) = self.pods.next()
        {
            self.open(candidate);
        }
        let waiting = if self.pods.is_listed() { self.pods.waiting() } else { 0 };
        if std::mem::replace(&mut self.told.waiting, waiting) != waiting {
            self.news.push(SourceChange::Waiting(waiting));
        }
    }

    fn open(&mut self, candidate: Candidate) {
        let id = SourceId(self.next);
        self.next += 1;
        let source = candidate.source(id);
        let is_new = source.is_new;
        let request = LogRequest {
            namespace: source.namespace.clone(),
            pod: source.pod.clone(),
            uid: source.uid.clone(),
            container: source.container.clone(),
            previous: self.request.previous,
            once: self.request.once,
            tail_lines: self.request.tail_lines.filter(|_| !is_new),
            since: if is_new { Stamp::NONE } else { self.request.since },
            limit_bytes: self.request.limit_bytes,
            ..LogRequest::default()
        };
        let (connection, queue) = (self.connection.clone(), self.queue.clone());
        self.followers.push(Box::pin(async move {
            let out = Outbox::new(queue, move |update| (id, update));
            follow(connection, request, &out).await;
            id
        }));
        self.merge.add(id, Instant::now());
        self.news.push(SourceChange::Added(source));
        self.told.idle = None;
    }

    fn hear_all(&mut self, from_logs: &mut UnboundedReceiver<Parcel<(SourceId, LogUpdate)>>) {
        while let Ok(parcel) = from_logs.try_recv() {
            self.hear(parcel);
        }
    }

    fn hear(&mut self, parcel: Parcel<(SourceId, LogUpdate)>) {
        let ((source, update), untaken) = parcel.open();
        self.merge.push(source, update, Instant::now());
        if self.is_full(source) {
            self.held.insert(source, untaken);
        }
    }

    fn is_full(&self, source: SourceId) -> bool {
        let (lines, bytes) = self.merge.waiting(source);
        lines >= WAITING || (bytes > 0 && self.merge.bytes() >= WAITING_BYTES)
    }

    /// Hands over what is ready. `false`: nothing more will come.
    async fn give_out(&mut self, now: Instant) -> Result<bool, Gone> {
        self.tell_news().await?;
        loop {
            let ready = self.merge.take(now, BATCH - self.batch.len());
            if ready.is_empty() {
                break;
            }
            for (source, said) in ready {
                match said {
                    Said::Line(line, late) => self.batch.push(SourcedLine { source, line, late }),
                    Said::Notice(notice) => {
                        self.flush().await?;
                        self.out.send(LogsUpdate::Notice(source, notice)).await?;
                    }
                }
            }
            if self.batch.len() >= BATCH {
                self.flush().await?;
            }
        }
        if now >= self.due {
            self.flush().await?;
        }
        self.let_go();
        self.tell_ended().await?;
        self.tell_idle().await
    }

    async fn tell_news(&mut self) -> Result<(), Gone> {
        if self.news.is_empty() {
            return Ok(());
        }
        self.out.send(LogsUpdate::Sources(std::mem::take(&mut self.news))).await
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.out.send(LogsUpdate::Lines(std::mem::take(&mut self.batch))).await?;
        self.due = Instant::now() + BATCH_AGE;
        Ok(())
    }

    /// Lets those sources send again that were held up and have room now.
    fn let_go(&mut self) {
        let mut held = std::mem::take(&mut self.held);
        held.retain(|source, _| self.is_full(*source));
        self.held = held;
    }

    async fn tell_ended(&mut self) -> Result<(), Gone> {
        let merge = &self.merge;
        let is_out = |source: &SourceId| merge.waiting(*source).0 == 0;
        let ended: Vec<_> = self.ending.iter().copied().filter(is_out).collect();
        if ended.is_empty() {
            return Ok(());
        }
        self.ending.retain(|source| !ended.contains(source));
        self.flush().await?;
        self.out.send(LogsUpdate::Sources(ended.into_iter().map(SourceChange::Ended).collect())).await
    }

    async fn tell_idle(&mut self) -> Result<bool, Gone> {
        let is_idle = self.pods.is_listed()
            && self.pods.waiting() == 0
            && self.followers.is_empty()
            && self.ending.is_empty()
            && self.batch.is_empty()
            && self.merge.is_empty();
        let pods = self.pods.count();
        if !is_idle || self.told.idle == Some(pods) {
            return Ok(true);
        }
        self.told.idle = Some(pods);
        self.out.send(LogsUpdate::Idle { pods }).await?;
        Ok(!(self.request.once || self.request.previous))
    }
}

fn nothing_came() -> Problem {
    Problem::new("list the pods whose logs are wanted", "no answer", "Check the network, the VPN and the proxy")
}

#[cfg(test)]
mod tests;
