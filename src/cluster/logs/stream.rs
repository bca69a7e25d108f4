//! The body of one answer: from bytes to batches of lines that are new. Start with [`Follower::read`].

use std::time::Duration;

use http_body_util::BodyExt;
use kube::client::Body;
use tokio::time::{Instant, timeout_at};

use super::data::{LogGap, LogLine, LogUpdate};
use super::follow::Follower;
use super::overlap::Admit;
use super::rotation::PAUSE;
use super::split::{RawLine, Splitter};
use super::{ACCEPT, stamp};
use crate::cluster::error::Error;
use crate::cluster::http;
use crate::cluster::outbox::Gone;

/// A batch is handed over when it has this many lines, …
const BATCH: usize = 200;
/// … or this many bytes, …
const BATCH_BYTES: u64 = 1 << 20;
/// … or is this old.
const BATCH_AGE: Duration = Duration::from_millis(50);
/// How the node says, with status 200, that the log's container was removed.
const REMOVED: &str = "unable to retrieve container logs for ";
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

/// Lines that have not been handed over.
struct Batch {
    lines: Vec<LogLine>,
    bytes: u64,
    due: Instant,
}

impl Batch {
    fn due_at(due: Instant) -> Self {
        Self { lines: Vec::new(), bytes: 0, due }
    }
}

impl<M> Follower<'_, M> {
    /// Hands over the lines of a stream until it is over.
    pub(super) async fn read(&mut self, mut body: Body) -> Result<StreamEnd, Gone> {
        let (mut splitter, mut raw) = (Splitter::default(), Vec::new());
        let mut batch = Batch::due_at(Instant::now());
        self.pace.interrupt();
        loop {
            let until = if batch.lines.is_empty() { Instant::now() + self.pace.patience() } else { batch.due };
            let mut end = match timeout_at(until, body.frame()).await {
                Err(_) if batch.lines.is_empty() => Some(StreamEnd::Silent),
                Err(_) => None,
                Ok(None) => Some(self.finish(&mut splitter, &mut raw)),
                Ok(Some(Err(error))) => Some(StreamEnd::Broken(error.into())),
                Ok(Some(Ok(frame))) => {
                    (self.failures, self.waits) = (0, 0);
                    self.pace.came(Instant::now());
                    splitter.push(&frame.into_data().unwrap_or_default(), &mut raw);
                    None
                }
            };
            for line in raw.drain(..) {
                if line.nanos.is_none() && line.text.starts_with(REMOVED) {
                    end = Some(StreamEnd::Removed(line.text.into()));
                } else if !self.take(line, &mut batch).await? {
                    return Ok(StreamEnd::Doubtful);
                }
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

    /// The answer is over in order. A last line without an end is the container's last word, or was cut: it is
    /// believed when it comes the same a second time, or where the whole answer is of a run that is over.
    fn finish(&mut self, splitter: &mut Splitter, raw: &mut Vec<RawLine>) -> StreamEnd {
        let Some(rest) = splitter.finish() else {
            self.held = None;
            return StreamEnd::Finished;
        };
        let is_removed = rest.nanos.is_none() && rest.text.starts_with(REMOVED);
        let is_over = self.request.previous || self.request.once || self.in_run_before;
        // Cut twice at the same place inside its time, it is no line either.
        let is_confirmed = self.held.as_ref() == Some(&rest) && !rest.is_part_of_time();
        if is_removed || is_over || is_confirmed {
            self.held = None;
            raw.push(rest);
        } else {
            self.held = Some(rest);
        }
        StreamEnd::Finished
    }

    /// Puts a line into the batch, unless it is known. `false`: lines seem to be missing before it, and it is not
    /// taken.
    async fn take(&mut self, line: RawLine, batch: &mut Batch) -> Result<bool, Gone> {
        match self.overlap.admit(&line) {
            Admit::Known => {
                self.doubted = false;
                return Ok(true);
            }
            Admit::New => self.doubted = false,
            Admit::NewAfterGap => {
                self.flush(batch).await?;
                if !self.doubted && !self.in_run_before {
                    self.doubted = true;
                    return Ok(false);
                }
                self.doubted = false;
                self.tell_gap(LogGap::LastLineNotFound, line.at()).await?;
                self.overlap.accept_gap(&line);
                self.files.know(line.nanos.unwrap_or_default());
            }
        }
        if self.held.as_ref().is_some_and(|held| held.nanos == line.nanos) {
            self.held = None;
        }
        if let (Some(nanos), false) = (line.nanos, self.in_run_before) {
            self.files.took(nanos, line.length);
        }
        batch.bytes += line.text.len() as u64;
        batch.lines.push(shown(line));
        if batch.lines.len() >= BATCH || batch.bytes >= BATCH_BYTES {
            self.flush(batch).await?;
        }
        Ok(true)
    }

    async fn flush(&mut self, batch: &mut Batch) -> Result<(), Gone> {
        if !batch.lines.is_empty() {
            self.out.send(LogUpdate::Lines(std::mem::take(&mut batch.lines))).await?;
            *batch = Batch::due_at(Instant::now() + BATCH_AGE);
        }
        Ok(())
    }

    /// A last line without an end is all that there will be of it.
    pub(super) async fn hand_over_held(&mut self) -> Result<(), Gone> {
        let Some(held) = self.held.take().filter(|held| held.nanos.is_some()) else { return Ok(()) };
        self.overlap.accept_gap(&held);
        self.out.send(LogUpdate::Lines(vec![shown(held)])).await
    }

    /// Now and then asks where the node's file begins (see `rotation`).
    async fn look_for_new_file(&mut self, batch: &mut Batch) -> Result<(), Gone> {
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
        let (mut splitter, mut first) = (Splitter::default(), Vec::new());
        splitter.push(&bytes, &mut first);
        first.extend(splitter.finish());
        let begins = first.first().and_then(|line| line.nanos);
        match begins.and_then(|begins| self.files.judge(begins)) {
            Some((from, to)) => {
                self.out.send(LogUpdate::Gap { why: LogGap::Rotated, from: stamp(from), to: stamp(to) }).await
            }
            None => Ok(()),
        }
    }
}

/// A line as it is handed over.
pub(super) fn shown(line: RawLine) -> LogLine {
    let cut_from = if line.is_cut { line.length } else { 0 };
    LogLine { at: line.at(), text: line.text, cut_from }
}
