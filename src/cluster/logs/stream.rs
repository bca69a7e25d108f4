//! The body of one answer: from bytes to batches of lines that are new. Start with [`Follower::read`].

use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use http_body_util::BodyExt;
use kube::client::Body;
use tokio::time::{Instant, timeout_at};

use super::data::{LogGap, LogUpdate};
use super::follow::Follower;
use super::lines::Lines;
use super::overlap::Admit;
use super::rotation::PAUSE;
use super::split::{RawLine, Splitter};
use super::{ACCEPT, stamp};
use crate::cluster::error::Error;
use crate::cluster::http;
use crate::cluster::outbox::Gone;

/// A batch is handed over when it has as many lines as it may ([`Lines::BATCH`]), or this many bytes, …
const BATCH_BYTES: u64 = 1 << 20;
/// … or is this old.
const BATCH_AGE: Duration = Duration::from_millis(50);
/// How the node says, with status 200, that the log's container was removed.
const REMOVED: &[u8] = b"unable to retrieve container logs for ";
/// How long the beginning of the node's file may take to come.
const LOOK: Duration = Duration::from_secs(5);

/// Why a stream is over.
pub(super) enum StreamEnd {
    Finished,
    Silent,
    /// The line that was last seen did not come again; before that is told, the pod is asked for a restart.
    Doubtful,
    /// The node has no log any more, in its words.
    Removed(String),
    Broken(Error),
}

/// What came of a body.
enum Came {
    Data(Bytes),
    /// The end, in order.
    Last,
    End(StreamEnd),
    /// Nothing, and the batch has waited long enough.
    Nothing,
}

/// Lines that have not been handed over.
struct Batch<L> {
    lines: L,
    count: usize,
    bytes: u64,
    due: Instant,
}

impl<L: Lines> Batch<L> {
    fn due_at(due: Instant) -> Self {
        Self { lines: L::default(), count: 0, bytes: 0, due }
    }
}

impl<M, L: Lines> Follower<'_, M, L> {
    /// Hands over the lines of a stream until it is over.
    pub(super) async fn read(&mut self, mut body: Body) -> Result<StreamEnd, Gone> {
        let mut splitter = Splitter::keeping(L::KEPT);
        let mut batch = Batch::due_at(Instant::now());
        self.pace.interrupt();
        loop {
            let end = match self.next(&mut body, &batch).await {
                Came::Nothing => None,
                Came::End(end) => Some(end),
                Came::Last => {
                    let last = self.finish(&mut splitter);
                    let end = match &last {
                        Some(line) => self.take(line, &mut batch).await?,
                        None => None,
                    };
                    Some(end.unwrap_or(StreamEnd::Finished))
                }
                Came::Data(data) => self.take_all(&data, &mut splitter, &mut batch).await?,
            };
            if matches!(end, Some(StreamEnd::Doubtful)) {
                return Ok(StreamEnd::Doubtful);
            }
            if end.is_some() || Instant::now() >= batch.due {
                self.flush(&mut batch).await?;
            }
            if let Some(end) = end {
                return Ok(end);
            }
            self.look_for_new_file(&mut batch).await?;
        }
    }

    /// Waits for the next piece, but no longer than a batch may wait or a silence may last.
    async fn next(&mut self, body: &mut Body, batch: &Batch<L>) -> Came {
        // A node sends each line as a piece of its own: while there are more, no timer is set up for each.
        let came = if let Some(came) = body.frame().now_or_never() {
            came
        } else {
            let is_idle = batch.count == 0;
            let until = if is_idle { Instant::now() + self.pace.patience() } else { batch.due };
            match timeout_at(until, body.frame()).await {
                Ok(came) => came,
                Err(_) if is_idle => return Came::End(StreamEnd::Silent),
                Err(_) => return Came::Nothing,
            }
        };
        match came {
            None => Came::Last,
            Some(Err(error)) => Came::End(StreamEnd::Broken(error.into())),
            Some(Ok(frame)) => {
                (self.failures, self.waits) = (0, 0);
                self.pace.came(Instant::now());
                Came::Data(frame.into_data().unwrap_or_default())
            }
        }
    }

    async fn take_all(
        &mut self,
        mut data: &[u8],
        splitter: &mut Splitter,
        batch: &mut Batch<L>,
    ) -> Result<Option<StreamEnd>, Gone> {
        while let Some(line) = splitter.next(&mut data) {
            if let Some(end) = self.take(&line, batch).await? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// The answer is over in order. A last line without an end is the container's last word, or was cut: it is
    /// believed when it comes the same a second time, or where the whole answer is of a run that is over.
    fn finish(&mut self, splitter: &mut Splitter) -> Option<RawLine<'static>> {
        let Some(rest) = splitter.finish() else {
            self.held = None;
            return None;
        };
        let is_over = self.request.previous || self.request.once || self.in_run_before;
        // Cut twice at the same place inside its time, it is no line either.
        let is_confirmed = self.held.as_ref() == Some(&rest) && !rest.is_part_of_time();
        if is_removed(&rest) || is_over || is_confirmed {
            self.held = None;
            return Some(rest);
        }
        self.held = Some(rest);
        None
    }

    /// Puts a line into the batch, unless it is known. Some end: the node has no log any more, or lines seem to be
    /// missing before this one, and it is not taken.
    async fn take(&mut self, line: &RawLine<'_>, batch: &mut Batch<L>) -> Result<Option<StreamEnd>, Gone> {
        if is_removed(line) {
            return Ok(Some(StreamEnd::Removed(String::from_utf8_lossy(line.text()).into_owned())));
        }
        match self.overlap.admit(line) {
            Admit::Known => {
                self.doubted = false;
                return Ok(None);
            }
            // A line without a time says nothing of what is missing.
            Admit::New => self.doubted &= line.nanos.is_none(),
            Admit::NewAfterGap => {
                self.flush(batch).await?;
                if !self.doubted && !self.in_run_before {
                    self.doubted = true;
                    return Ok(Some(StreamEnd::Doubtful));
                }
                self.doubted = false;
                self.tell_gap(LogGap::LastLineNotFound, line.at()).await?;
                self.overlap.accept_gap(line);
                self.files.know(line.nanos.unwrap_or_default());
            }
        }
        if self.held.as_ref().is_some_and(|held| held.nanos == line.nanos) {
            self.held = None;
        }
        if let (Some(nanos), false) = (line.nanos, self.in_run_before) {
            self.files.took(nanos, line.length);
        }
        batch.lines.add(line);
        batch.count += 1;
        batch.bytes += line.text().len() as u64;
        if batch.count >= L::BATCH || batch.bytes >= BATCH_BYTES {
            self.flush(batch).await?;
        }
        Ok(None)
    }

    async fn flush(&mut self, batch: &mut Batch<L>) -> Result<(), Gone> {
        if batch.count > 0 {
            self.out.send(LogUpdate::Lines(std::mem::take(&mut batch.lines))).await?;
            *batch = Batch::due_at(Instant::now() + BATCH_AGE);
        }
        Ok(())
    }

    /// A last line without an end is all that there will be of it.
    pub(super) async fn hand_over_held(&mut self) -> Result<(), Gone> {
        let Some(held) = self.held.take().filter(|held| held.nanos.is_some()) else { return Ok(()) };
        self.overlap.accept_gap(&held);
        let mut lines = L::default();
        lines.add(&held);
        self.out.send(LogUpdate::Lines(lines)).await
    }

    /// Now and then asks where the node's file begins (see `rotation`).
    async fn look_for_new_file(&mut self, batch: &mut Batch<L>) -> Result<(), Gone> {
        let is_early = self.looked.is_some_and(|looked| looked.elapsed() < PAUSE);
        let follows = !(self.request.previous || self.request.once || self.in_run_before);
        if is_early || !follows || !self.files.is_due() {
            return Ok(());
        }
        self.flush(batch).await?;
        self.looked = Some(Instant::now());
        // As many bytes as the longest time has.
        let path = format!("{}&limitBytes=36", self.base_path());
        let Ok(bytes) = http::get_bytes(&self.client(), &path, ACCEPT, LOOK).await else { return Ok(()) };
        let mut splitter = Splitter::default();
        let whole = splitter.next(&mut &*bytes).and_then(|line| line.nanos);
        let begins = whole.or_else(|| splitter.finish()?.nanos);
        match begins.and_then(|begins| self.files.judge(begins)) {
            Some((from, to)) => {
                self.out.send(LogUpdate::Gap { why: LogGap::Rotated, from: stamp(from), to: stamp(to) }).await
            }
            None => Ok(()),
        }
    }
}

/// Whether it is no line of the log, but what the node says instead of one.
fn is_removed(line: &RawLine<'_>) -> bool {
    line.nanos.is_none() && line.text().starts_with(REMOVED)
}
