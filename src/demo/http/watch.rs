//! Watches: changes from a version on, bookmarks, and the streaming list that begins with what is there.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, header};
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

use super::super::failure::{Answer, Failure};
use super::super::shared::Shared;
use super::super::world::{
    World,
    store::{Change, Object},
};
use super::Call;
use super::list::{parse_version, too_large};
use super::path::Target;
use super::reply::Form;
use super::select::Selector;

/// Between bookmarks.
const BOOKMARK: Duration = Duration::from_secs(60);
/// How long a watch lives when the client does not say.
const LIFE: Duration = Duration::from_secs(1_800);

/// Opens a watch.
pub fn stream(shared: &Arc<Shared>, call: &Call, target: &Target) -> Answer<Response> {
    let selector =
        Selector::parse(target.kind.plural, call.query.get("labelSelector"), call.query.get("fieldSelector"))?;
    let initial = call.query.get("sendInitialEvents") == "true";
    check(shared, call, initial)?;
    let changed = shared.changed.subscribe();
    let cut = shared.faults.watches.subscribe();
    let asked = parse_version(call.query.get("resourceVersion"))?;
    let bookmarks = call.query.flag("allowWatchBookmarks");
    let seconds = call.query.number("timeoutSeconds").filter(|seconds| *seconds > 0);
    let life = seconds.map_or(LIFE, |seconds| Duration::from_secs(seconds as u64));
    let (start, version, now) = shared.with(|world| {
        let newest = world.store.version();
        if asked > newest {
            return (Err(too_large(asked, newest)), newest, world.now);
        }
        // Without a version, or from zero, a watch begins with what is there.
        let begin = initial || asked == 0;
        let objects =
            if begin { world.store.list(target.kind.plural, target.namespace.as_deref()) } else { Vec::new() };
        (Ok(objects), if begin { newest } else { asked }, world.now)
    });
    let mut watch = Watch {
        shared: Arc::clone(shared),
        target: target.clone(),
        form: call.form,
        selector,
        version,
        bookmarks,
        columns: true,
        queue: VecDeque::new(),
        changed,
        cut,
        end: Instant::now() + life,
        bookmark: Instant::now() + BOOKMARK,
        over: false,
    };
    for object in start? {
        if watch.selector.matches(&object) {
            watch.push("ADDED", &object, now);
        }
    }
    if initial && bookmarks {
        watch.push_bookmark(true);
    }
    let lines = stream::unfold(watch, |mut watch| async move { Some((watch.next().await?, watch)) });
    let mut response = Response::new(Body::from_stream(lines));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn check(shared: &Shared, call: &Call, initial: bool) -> Answer<()> {
    let forbidden = |field: &str, why: &str| {
        let mut failure = Failure::invalid("ListOptions.meta.k8s.io", "", field, "FieldValueForbidden", why);
        failure.details = json!({"group": "meta.k8s.io", "kind": "ListOptions",
            "causes": [{"reason": "FieldValueForbidden", "message": why, "field": field}]});
        Err(failure)
    };
    if initial && shared.faults.state().no_streaming_lists {
        return forbidden(
            "sendInitialEvents",
            "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
        );
    }
    if initial && call.query.get("resourceVersionMatch") != "NotOlderThan" {
        return forbidden(
            "resourceVersionMatch",
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        );
    }
    Ok(())
}

/// An open watch.
struct Watch {
    shared: Arc<Shared>,
    target: Target,
    form: Form,
    selector: Selector,
    /// Everything up to here has been sent or does not concern this watch.
    version: u64,
    bookmarks: bool,
    /// Whether the next table must name its columns.
    columns: bool,
    queue: VecDeque<String>,
    changed: Receiver<u64>,
    cut: Receiver<u64>,
    end: Instant,
    bookmark: Instant,
    over: bool,
}

impl Watch {
    fn push(&mut self, kind: &str, object: &Object, now: crate::base::stamp::Stamp) {
        let columns = std::mem::replace(&mut self.columns, false);
        let object = self.form.object(self.target.kind, object, now, columns);
        self.queue.push_back(line(kind, &object));
    }

    fn push_bookmark(&mut self, initial: bool) {
        let kind = self.target.kind;
        let mut metadata = json!({"resourceVersion": self.version.to_string(), "creationTimestamp": null});
        if initial {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = json!({"kind": kind.kind, "apiVersion": kind.api_version(), "metadata": metadata});
        let object = if self.form.table {
            let metadata = object["metadata"].clone();
            super::table::table(
                kind,
                &[Arc::new(object)],
                &metadata,
                crate::base::stamp::Stamp::NONE,
                false,
                self.form.whole,
            )
        } else {
            object
        };
        self.queue.push_back(line("BOOKMARK", &object));
    }

    /// The next lines; `None` ends the watch, an error breaks it off.
    async fn next(&mut self) -> Option<Result<Bytes, std::io::Error>> {
        loop {
            self.shared.faults.stalled().await;
            if self.cut.has_changed().unwrap_or(true) {
                self.cut.mark_unchanged();
                self.over = true;
                return Some(Err(std::io::Error::other("cut")));
            }
            if let Some(lines) = self.take() {
                return Some(Ok(lines));
            }
            if self.over {
                return None;
            }
            self.collect();
            if !self.queue.is_empty() || self.over {
                continue;
            }
            let next = if self.bookmarks { self.bookmark.min(self.end) } else { self.end };
            tokio::select! {
                biased;
                _ = self.cut.changed() => self.cut.mark_changed(),
                _ = self.changed.changed() => {}
                () = tokio::time::sleep_until(next) => self.timer(),
            }
        }
    }

    fn take(&mut self) -> Option<Bytes> {
        if self.queue.is_empty() {
            return None;
        }
        Some(Bytes::from(self.queue.drain(..).collect::<String>()))
    }

    /// A bookmark is due, or the end; a last bookmark lets the client resume from the very end.
    fn timer(&mut self) {
        self.over = Instant::now() >= self.end;
        self.bookmark = Instant::now() + BOOKMARK;
        if self.bookmarks {
            self.push_bookmark(false);
        }
    }

    fn collect(&mut self) {
        let shared = Arc::clone(&self.shared);
        // Seen as of now, so that nothing between this look and the wait is lost.
        self.changed.mark_unchanged();
        let found = shared.with(|world| self.changes(world));
        match found {
            Ok((changes, now)) => {
                for (kind, object) in changes {
                    self.push(kind, &object, now);
                }
            }
            Err(failure) => {
                self.queue.push_back(line("ERROR", &failure.status()));
                self.over = true;
            }
        }
    }

    fn changes(&mut self, world: &World) -> Answer<(Vec<(&'static str, Object)>, crate::base::stamp::Stamp)> {
        let changes = world.store.since(self.version)?;
        let seen = changes.filter(|change| self.concerns(change)).filter_map(|change| self.seen(change)).collect();
        self.version = world.store.version();
        Ok((seen, world.now))
    }

    fn concerns(&self, change: &Change) -> bool {
        change.key.0 == self.target.kind.plural
            && self.target.namespace.as_ref().is_none_or(|namespace| *namespace == change.key.1)
    }

    /// What a change looks like through the selector: what leaves it is deleted for this watch.
    fn seen(&self, change: &Change) -> Option<(&'static str, Object)> {
        let before = change.before.as_ref().is_some_and(|object| self.selector.matches(object));
        let after = change.after.as_ref().is_some_and(|object| self.selector.matches(object));
        match (before, after) {
            (false, true) => Some(("ADDED", Arc::clone(&change.last))),
            (true, true) => Some(("MODIFIED", Arc::clone(&change.last))),
            (true, false) => Some(("DELETED", Self::left(change))),
            (false, false) => None,
        }
    }

    /// The object as it was while it was still in view, with the version of its leaving.
    fn left(change: &Change) -> Object {
        match (&change.after, &change.before) {
            (Some(_), Some(before)) => {
                let mut last = (**before).clone();
                super::super::json::set(&mut last, &["metadata", "resourceVersion"], change.version.to_string().into());
                Arc::new(last)
            }
            _ => Arc::clone(&change.last),
        }
    }
}

fn line(kind: &str, object: &Value) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n")
}
