//! One kind, listed and then watched for ever: as lean rows ([`watch`]) or as a table ([`watch_table`]).
//!
//! The LIST is decoded as its body arrives and asked from the server's cache (`resourceVersion=0`): that
//! showed rows first and cost the server least in every measurement. Where the server cuts or refuses it,
//! pages of 500 are asked instead. The watch then goes on from the list's version, with bookmarks; 410 means
//! a new list into a second buffer (see `store::feed`).
//!
//! A connection that died without a word is noticed because each watch ends by itself after
//! [`WATCH_LIFE`], and silence beyond that means that nobody is there.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::time::Duration;

use ::http::Response;
use http_body_util::BodyExt;
use kube::client::Body;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::connect::Connection;
use super::error::Error;
use super::http;
use super::outbox::{Gone, Outbox};
use crate::base::percent;
use crate::model::change::{AnyChange, Cause, Change, Delta};
use crate::model::list::{ListEnd, ListReader};
use crate::model::resource::Resource;
use crate::model::row::{Decode, Interner, WireRow};
use crate::model::table::{ColumnDefinition, ObjectRow};
use crate::model::watch::{WatchItem, WatchReader};

/// How long a watch is asked to live. Short, because its end is the sign of life.
const WATCH_LIFE: Duration = Duration::from_secs(40);
/// How much later than its life a watch must have ended; within a minute in all.
const WATCH_GRACE: Duration = Duration::from_secs(12);
/// A batch is handed over when it has this many rows, …
const BATCH: usize = 500;
/// … or is this old.
const BATCH_AGE: Duration = Duration::from_millis(50);
/// Rows of a page, where the whole list could not be had.
const PAGE: usize = 500;
/// A list that takes longer than this is worth a question for how long it is.
const COUNT_AFTER: Duration = Duration::from_millis(400);
/// First and longest wait before trying again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(400), Duration::from_secs(5));
/// The wait where only a person can help: a right that is missing.
const FORBIDDEN_WAIT: Duration = Duration::from_secs(30);
/// How often a kind is listed that can not be watched.
const LIST_AGAIN: Duration = Duration::from_secs(5);

struct Watcher<'a, R, M> {
    connection: Receiver<Connection>,
    resource: Resource,
    namespace: Option<String>,
    /// `labelSelector=…` or `fieldSelector=…`, escaped, where not all objects are wanted.
    filter: String,
    out: &'a Outbox<AnyChange, M>,
    strings: Interner,
    /// `Accept` of lists and of watches.
    accept: (&'static str, &'static str),
    /// The whole list was refused or cut, or would be too large: pages are asked for.
    in_pages: bool,
    /// The columns of a table, as they were told last.
    columns: Vec<ColumnDefinition>,
    rows: PhantomData<R>,
}

/// A list or watch that broke off, and the version from which a watch can go on.
struct Broken {
    error: Error,
    resume: Option<String>,
}

/// Lists and watches a kind, in one namespace or in all (`None`), until nobody listens. Each request uses the
/// newest connection, so that a renewed credential takes effect by itself.
pub async fn watch<R, M>(connection: Receiver<Connection>, namespace: Option<String>, out: &Outbox<AnyChange, M>)
where
    R: WireRow,
    AnyChange: From<Change<R>>,
{
    watch_some::<R, M>(connection, namespace, String::new(), out).await;
}

/// The same for those objects that `filter` selects: `labelSelector=…` or `fieldSelector=…`, escaped; empty: all.
pub async fn watch_some<R, M>(
    connection: Receiver<Connection>,
    namespace: Option<String>,
    filter: String,
    out: &Outbox<AnyChange, M>,
) where
    R: WireRow,
    AnyChange: From<Change<R>>,
{
    let mut watcher = Watcher::<R, M> {
        connection,
        resource: R::KIND.into(),
        namespace,
        filter,
        out,
        strings: Interner::default(),
        accept: (http::ACCEPT_OBJECTS, http::ACCEPT_WATCH),
        in_pages: false,
        columns: Vec::new(),
        rows: PhantomData,
    };
    // The only way out is that nobody listens any more, which is no error.
    let _gone = watcher.run().await;
}

/// The same for any kind, as the table that the server makes of it. A kind that can not be watched is listed again
/// and again.
pub async fn watch_table<M>(
    connection: Receiver<Connection>,
    resource: Resource,
    namespace: Option<String>,
    out: &Outbox<AnyChange, M>,
) {
    let mut watcher = Watcher::<ObjectRow, M> {
        connection,
        resource,
        namespace,
        filter: String::new(),
        out,
        strings: Interner::default(),
        accept: (http::ACCEPT_TABLE, http::ACCEPT_TABLE),
        // A table comes as one JSON document, of which nothing can be shown before its end.
        in_pages: true,
        columns: Vec::new(),
        rows: PhantomData,
    };
    let _gone = watcher.run().await;
}

impl<R, M> Watcher<'_, R, M>
where
    R: Decode,
    AnyChange: From<Change<R>>,
{
    async fn run(&mut self) -> Result<Infallible, Gone> {
        let mut version = None;
        let (mut failures, mut expirations) = (0, 0);
        loop {
            let is_list = version.is_none();
            let outcome = match version.take() {
                None => self.list().await?,
                Some(at) => self.follow(at).await?,
            };
            match outcome {
                Ok(_) if !self.resource.can("watch") => {
                    failures = 0;
                    self.emit(Change::Live).await?;
                    sleep(LIST_AGAIN).await;
                }
                Ok(at) => {
                    version = Some(at);
                    failures = 0;
                    if !is_list {
                        expirations = 0;
                    }
                }
                Err(Broken { error, .. }) if error.is_expired() => {
                    // Now and then that is life; list upon list must not become a storm on a server in trouble.
                    if expirations > 0 {
                        sleep(back_off(expirations - 1, &error)).await;
                    }
                    expirations += 1;
                }
                Err(Broken { error, resume }) => {
                    version = resume;
                    self.emit(Change::Outage(error.outage(&self.tried(&error)))).await?;
                    sleep(back_off(failures, &error)).await;
                    failures += 1;
                }
            }
        }
    }

    /// What was tried, for the sentence: with the server's address where the server was not reached.
    fn tried(&self, error: &Error) -> String {
        let mut tried = format!("watch {}", self.resource.plural);
        if let (Some(namespace), true) = (&self.namespace, self.resource.namespaced) {
            tried = format!("{tried} in namespace {namespace}");
        }
        match error.cause() {
            Cause::Unreachable => format!("{tried} at {}", self.connection.borrow().info.server),
            _ => tried,
        }
    }

    async fn emit(&self, change: Change<R>) -> Result<(), Gone> {
        self.out.send(change.into()).await
    }

    fn within(&self) -> Duration {
        self.connection.borrow().request_timeout
    }

    async fn get(&self, query: &str, accept: &str) -> Result<Response<Body>, Error> {
        let client = self.connection.borrow().client.clone();
        let mut path = format!("{}?{query}", self.resource.list_path(self.namespace.as_deref()));
        if !self.filter.is_empty() {
            path.extend(["&", &self.filter]);
        }
        http::get(&client, &path, accept, self.within()).await
    }

    /// Lists everything and hands it over as it arrives; gives the version to watch from.
    async fn list(&mut self) -> Result<Result<String, Broken>, Gone> {
        self.emit(Change::Listing).await?;
        let mut token = String::new();
        let mut unreadable = 0;
        loop {
            let query = match (self.in_pages, token.as_str()) {
                (false, _) => "resourceVersion=0".to_owned(),
                (true, "") => format!("limit={PAGE}"),
                (true, token) => {
                    format!("limit={PAGE}&continue={}", percent::encode(token, percent::UNRESERVED))
                }
            };
            let end = match self.list_page(&query).await? {
                Ok(end) => end,
                Err(error) => return Ok(Err(Broken { error, resume: None })),
            };
            unreadable += end.bad;
            if end.continue_token.is_empty() {
                self.emit(Change::Listed { unreadable }).await?;
                return Ok(Ok(end.resource_version));
            }
            token = end.continue_token;
        }
    }

    async fn list_page(&mut self, query: &str) -> Result<Result<ListEnd, Error>, Gone> {
        let response = match self.get(query, self.accept.0).await {
            Ok(response) => response,
            Err(error) => {
                // Servers refuse or give up lists that are too large for them; they have pages for that.
                self.in_pages |= matches!(error, Error::Api { code: 413 | 500 | 504, .. });
                return Ok(Err(error));
            }
        };
        let reader = ListReader::new(http::encoding(&response));
        let outcome = self.read_list(reader, response.into_body()).await?;
        self.in_pages |= outcome.is_err();
        Ok(outcome)
    }

    async fn read_list(&mut self, mut reader: ListReader<R>, mut body: Body) -> Result<Result<ListEnd, Error>, Gone> {
        let (mut rows, mut flushed) = (Vec::new(), Instant::now());
        let count = count::<R>(self.connection.clone(), self.resource.list_path(self.namespace.as_deref()));
        tokio::pin!(count);
        let mut counted = self.in_pages || !self.filter.is_empty();
        loop {
            let frame = tokio::select! {
                biased;
                frame = timeout(self.within(), body.frame()) => frame,
                total = &mut count, if !counted => {
                    counted = true;
                    if let Some(total) = total {
                        self.emit(Change::Total(total)).await?;
                    }
                    continue;
                }
            };
            let read = match frame {
                Err(_) => Err(Error::TimedOut(self.within())),
                Ok(Some(Err(error))) => Err(error.into()),
                Ok(Some(Ok(frame))) => frame
                    .data_ref()
                    .map_or(Ok(()), |data| reader.push(data, &mut rows, &mut self.strings))
                    .map_err(Error::from),
                Ok(None) => {
                    let mut end = reader.finish(&mut rows, &mut self.strings).map_err(Error::from);
                    self.tell_columns(end.as_mut().ok().and_then(|end| end.columns.take())).await?;
                    self.emit(Change::Rows(rows)).await?;
                    return Ok(end);
                }
            };
            if rows.len() >= BATCH || (flushed.elapsed() >= BATCH_AGE && !rows.is_empty()) || read.is_err() {
                self.emit(Change::Rows(std::mem::take(&mut rows))).await?;
                flushed = Instant::now();
            }
            if let Err(error) = read {
                return Ok(Err(error));
            }
        }
    }

    /// Hands over the columns of a table, where they are not those that were told last.
    async fn tell_columns(&mut self, columns: Option<Vec<ColumnDefinition>>) -> Result<(), Gone> {
        match columns {
            Some(columns) if columns != self.columns => {
                self.columns.clone_from(&columns);
                self.emit(Change::Columns(columns)).await
            }
            _ => Ok(()),
        }
    }

    /// Watches from a version until the server ends it in order; gives the version to go on from.
    async fn follow(&mut self, version: String) -> Result<Result<String, Broken>, Gone> {
        let begun = Instant::now();
        let query = format!(
            "watch=1&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={}",
            WATCH_LIFE.as_secs()
        );
        let response = match self.get(&query, self.accept.1).await {
            Ok(response) => response,
            Err(error) => return Ok(Err(Broken { error, resume: Some(version) })),
        };
        self.emit(Change::Live).await?;
        let reader = WatchReader::new(http::encoding(&response), version);
        let outcome = self.read_watch(reader, response.into_body()).await?;
        if outcome.is_ok() && begun.elapsed() < Duration::from_secs(1) {
            // A proxy that ends each watch at once must not turn this into a storm of requests.
            sleep(Duration::from_secs(1)).await;
        }
        Ok(outcome)
    }

    async fn read_watch(&mut self, mut reader: WatchReader<R>, mut body: Body) -> Result<Result<String, Broken>, Gone> {
        let silent_at = Instant::now() + WATCH_LIFE + WATCH_GRACE;
        let mut flush_at = Instant::now();
        let (mut items, mut deltas) = (Vec::new(), Vec::new());
        loop {
            let until = if deltas.is_empty() { silent_at } else { flush_at };
            let frame = timeout_at(until, body.frame()).await;
            let broken = match frame {
                Err(_) if !deltas.is_empty() => None,
                Err(_) => Some(Err(Error::TimedOut(WATCH_LIFE + WATCH_GRACE))),
                Ok(None) => Some(Ok(())),
                Ok(Some(Err(error))) => Some(Err(error.into())),
                Ok(Some(Ok(frame))) => {
                    let data = frame.into_data().unwrap_or_default();
                    let read = reader.push(&data, &mut items, &mut self.strings);
                    let end = items.drain(..).find_map(|item| sort(item, &self.columns, &mut deltas));
                    read.err().map(Error::from).or(end).map(Err)
                }
            };
            let due = deltas.len() >= BATCH || Instant::now() >= flush_at || broken.is_some();
            if due && !deltas.is_empty() {
                self.emit(Change::Deltas(std::mem::take(&mut deltas))).await?;
                flush_at = Instant::now() + BATCH_AGE;
            }
            if let Some(end) = broken {
                let version = reader.resource_version;
                return Ok(match end {
                    Ok(()) => Ok(version),
                    Err(error) => Err(Broken { error, resume: Some(version) }),
                });
            }
        }
    }
}

/// Puts an item where it belongs; gives the error that ends the watch.
fn sort<R>(item: WatchItem<R>, told: &[ColumnDefinition], deltas: &mut Vec<Delta<R>>) -> Option<Error> {
    match item {
        WatchItem::Applied(row) => deltas.push(Delta::Applied(row)),
        WatchItem::Deleted(row) => deltas.push(Delta::Deleted(row)),
        // The cells of rows that came before would stand below the wrong headings.
        WatchItem::Columns(columns) if columns != told => {
            return Some(Error::Api { code: 410, reason: "Expired".to_owned(), message: "other columns".to_owned() });
        }
        WatchItem::Columns(_) | WatchItem::Bookmark | WatchItem::Bad => {}
        WatchItem::Error(status) => return Some(Error::from_status(500, &status)),
    }
    None
}

/// How many objects there are, asked only once a list has taken a while. `None` when the server does not say.
async fn count<R: Decode>(connection: Receiver<Connection>, path: String) -> Option<u64> {
    sleep(COUNT_AFTER).await;
    let client = connection.borrow().client.clone();
    let path = format!("{path}?limit=1");
    let response = http::get(&client, &path, http::ACCEPT_OBJECTS, http::ANSWER_TIMEOUT).await.ok()?;
    let mut reader = ListReader::<R>::new(http::encoding(&response));
    let (mut rows, mut strings) = (Vec::new(), Interner::default());
    let body = response.into_body().collect().await.ok()?.to_bytes();
    reader.push(&body, &mut rows, &mut strings).ok()?;
    let end = reader.finish(&mut rows, &mut strings).ok()?;
    Some(end.remaining + rows.len() as u64)
}

/// How long to wait before the next try: doubling, and long where only a person can help.
fn back_off(failures: u32, error: &Error) -> Duration {
    let (first, longest) = BACK_OFF;
    if error.is_forbidden() {
        return FORBIDDEN_WAIT;
    }
    first.saturating_mul(1 << failures.min(10)).min(longest)
}

#[cfg(test)]
mod tests;
