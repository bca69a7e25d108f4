//! What was written before the lines that are known. Start with [`earlier`].
//!
//! The API can give the last lines of a log and those from a time on, but not those before a time. So the log is asked
//! for from some time before the first known line on, further back each time until there are enough, and reading stops
//! at that line: what is read is about what is wanted, however long the log has become since.

use std::collections::VecDeque;

use http_body_util::BodyExt;
use tokio::time::timeout;

use super::ACCEPT;
use super::data::{Earlier, LogLine, LogRequest};
use super::follow::pod_path;
use super::lines::shown;
use super::pace::LONGEST;
use super::split::{RawLine, Splitter};
use crate::base::stamp::Stamp;
use crate::cluster::connect::Connection;
use crate::cluster::error::Error;
use crate::cluster::http;

/// The first step back in seconds; each one is so many times as long as the one before.
const STEP: (i64, i64) = (8, 8);
/// Steps of which the longest is some three weeks; then the whole log is asked for.
const STEPS: u32 = 6;

/// Reads up to `wanted` lines that stand before the first of `known`, which are the first lines that are known, in
/// their order: one is enough where no two lines have the same time and text, a few are never wrong.
pub async fn earlier(
    connection: &Connection,
    request: &LogRequest,
    known: &[LogLine],
    wanted: usize,
) -> Result<Earlier, Error> {
    let Some(first) = known.first().filter(|line| line.at.is_set()) else { return Ok(Earlier::default()) };
    let mut back = STEP.0;
    for _ in 0..STEPS {
        let from = Stamp::from_seconds(first.at.seconds() - back);
        let found = read(connection, request, from, known, wanted).await?;
        if found.lines.len() >= wanted {
            return Ok(found);
        }
        back *= STEP.1;
    }
    read(connection, request, Stamp::NONE, known, wanted).await
}

/// The last `wanted` lines before `known`, of the log from a time on; not set: of the whole log.
async fn read(
    connection: &Connection,
    request: &LogRequest,
    from: Stamp,
    known: &[LogLine],
    wanted: usize,
) -> Result<Earlier, Error> {
    let mut path = format!("{}/log?container={}&timestamps=true", pod_path(request), request.container);
    if request.previous {
        path += "&previous=true";
    }
    if from.is_set() {
        path.extend(["&sinceTime=", &from.rfc3339()]);
    }
    let response = http::get(&connection.client, &path, ACCEPT, http::ANSWER_TIMEOUT).await?;
    let (mut body, mut splitter) = (response.into_body(), Splitter::default());
    let mut before = Before { lines: VecDeque::new(), wanted, known, count: 0, found: false };
    while let Some(frame) = timeout(LONGEST, body.frame()).await.map_err(|_| Error::TimedOut(LONGEST))? {
        if before.is_past_all(&frame?.into_data().unwrap_or_default(), &mut splitter) {
            break;
        }
    }
    Ok(before.finish(from.is_set()))
}

/// The lines that were read, up to the known ones.
struct Before<'k> {
    lines: VecDeque<LogLine>,
    wanted: usize,
    known: &'k [LogLine],
    count: usize,
    found: bool,
}

impl Before<'_> {
    /// Takes the lines of a piece; `true` when all lines before the known ones have come.
    fn is_past_all(&mut self, mut data: &[u8], splitter: &mut Splitter) -> bool {
        while let Some(line) = splitter.next(&mut data) {
            if self.is_past(&line) {
                return true;
            }
        }
        false
    }

    fn is_past(&mut self, line: &RawLine<'_>) -> bool {
        let line = shown(line);
        self.count += 1;
        // Lines of two outputs may be a little out of order.
        let last = self.known.last().map_or(Stamp::NONE, |last| last.at);
        let is_beyond = line.at.micros_since(last).is_some_and(|micros| micros > 2_000_000);
        self.lines.push_back(line);
        // One more than is wanted, as the first may be dropped.
        if self.lines.len() > self.wanted + 1 + self.known.len() {
            self.lines.pop_front();
        }
        let from = self.lines.len().saturating_sub(self.known.len());
        if self.lines.len() >= self.known.len() && self.lines.range(from..).zip(self.known).all(are_same) {
            self.found = true;
            self.lines.truncate(from);
        }
        self.found || is_beyond
    }

    /// `in_part`: the log was asked for from a time on, and its first line may be the end of a longer one.
    fn finish(mut self, in_part: bool) -> Earlier {
        if !self.found {
            // The node has begun a new file, or the container runs anew: what is older than the known lines counts.
            let first = self.known[0].at;
            self.lines.retain(|line| line.at < first);
        }
        let before_known = self.count - if self.found { self.known.len() } else { 0 };
        if in_part && before_known == self.lines.len() {
            self.lines.pop_front();
        }
        let is_start = !in_part && before_known <= self.wanted;
        while self.lines.len() > self.wanted {
            self.lines.pop_front();
        }
        Earlier { lines: self.lines.into(), is_start, has_gap: !self.found }
    }
}

/// What a screen has of a line is to the microsecond.
fn are_same((one, other): (&LogLine, &LogLine)) -> bool {
    (one.at, &one.text) == (other.at, &other.text)
}

#[cfg(test)]
mod tests;
