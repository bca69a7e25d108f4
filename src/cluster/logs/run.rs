//! One run of a container and the next: telling them apart, and reading what the one before still had to say.

use super::data::{LogEnd, LogGap, LogUpdate};
use super::follow::{BACK_OFF, Follower, Next};
use super::lines::Lines;
use super::overlap::Overlap;
use super::pod::Facts;
use super::rotation::Files;
use super::stream::StreamEnd;
use super::{ACCEPT, doubled, stamp};
use crate::base::stamp::Stamp;
use crate::cluster::error::Error;
use crate::cluster::http;
use crate::cluster::outbox::Gone;

/// So often the end of an old run is asked for while the connection breaks.
const TRIES: u32 = 8;

impl<M, L: Lines> Follower<'_, M, L> {
    /// Compares the pod with the run that lines came from, tells what happened, and prepares for the overlap.
    pub(super) async fn account(&mut self, facts: Result<Facts, Error>) -> Result<Option<Next>, Gone> {
        let facts = match facts {
            Ok(facts) => facts,
            Err(error) if error.is_not_found() && self.known.is_some() => return self.without_pod().await.map(Some),
            // Who may read logs need not be allowed to read pods: the log's own answer decides.
            Err(_) => {
                self.overlap.begin(true);
                return Ok(None);
            }
        };
        let wanted = &self.request.uid;
        if !wanted.is_empty() && *wanted != facts.uid {
            self.hand_over_held().await?;
            return Ok(Some(Next::End(Ok(LogEnd::PodReplaced))));
        }
        let known = self.known.replace(facts.clone());
        match known {
            Some(known) if known.uid != facts.uid => self.replaced(&facts).await.map(Some),
            Some(known) if known.restarts < facts.restarts => {
                self.restarted(known.restarts, &facts).await?;
                Ok(None)
            }
            _ => {
                self.run_ended = false;
                self.overlap.begin(true);
                Ok(None)
            }
        }
    }

    /// Another pod of the same name: its log is read from the first line, by its own node's clock.
    async fn replaced(&mut self, facts: &Facts) -> Result<Next, Gone> {
        let had_ended = std::mem::take(&mut self.run_ended);
        self.hand_over_held().await?;
        if self.opened.is_some() {
            if !had_ended {
                // A pod of the same name is made when the one before is gone.
                self.tell_gap(LogGap::EndOfRun, facts.created).await?;
            }
            self.out.send(LogUpdate::Replaced { uid: facts.uid.clone() }).await?;
            (self.request.tail_lines, self.request.since) = (None, Stamp::NONE);
        }
        (self.overlap, self.files) = (Overlap::new(self.request.tail_lines.is_some()), Files::default());
        Ok(Next::Again)
    }

    /// The container was started again, `known` being how often it had been before.
    async fn restarted(&mut self, known: u32, facts: &Facts) -> Result<(), Gone> {
        let had_ended = std::mem::take(&mut self.run_ended);
        if self.opened.is_none() {
            self.overlap.begin(true);
            return Ok(());
        }
        let last_seen = facts.restarts - known == 1;
        if last_seen {
            self.overlap.begin(true);
            let is_whole = self.read_run_before(true).await?;
            let half = self.held.is_some();
            self.hand_over_held().await?;
            if !is_whole && (!had_ended || half) {
                self.tell_gap(LogGap::EndOfRun, facts.last_finished).await?;
            }
        } else {
            self.hand_over_held().await?;
            // When that run was over, the pod does not say any more.
            self.tell_gap(LogGap::EndOfRun, Stamp::NONE).await?;
            self.unseen_runs(known, facts).await?;
        }
        self.overlap.begin(false);
        self.files = Files::default();
        self.doubted = false;
        self.out.send(LogUpdate::Restarted { restarts: facts.restarts, exit: facts.last_exit.clone() }).await
    }

    /// More than one run has gone by: the last of them is still there, perhaps.
    async fn unseen_runs(&mut self, known: u32, facts: &Facts) -> Result<(), Gone> {
        if facts.restarts - known > 2 {
            self.tell_gap(LogGap::WholeRuns, Stamp::NONE).await?;
        }
        self.overlap.begin(false);
        self.out.send(LogUpdate::Restarted { restarts: facts.restarts - 1, exit: None }).await?;
        if !self.read_run_before(false).await? {
            self.tell_gap(LogGap::WholeRuns, facts.last_finished).await?;
        }
        Ok(())
    }

    /// Reads the run before the present one, from the last known line on or from its beginning. `false` when not all
    /// of it could be had.
    async fn read_run_before(&mut self, from_known: bool) -> Result<bool, Gone> {
        let mut path = format!("{}&previous=true", self.base_path());
        if let Some(second) = self.overlap.since().filter(|_| from_known) {
            path.extend(["&sinceTime=", &Stamp::from_seconds(second).rfc3339()]);
        }
        for attempt in 0..TRIES {
            match http::get(&self.client(), &path, ACCEPT, http::ANSWER_TIMEOUT).await {
                Ok(response) => {
                    self.in_run_before = true;
                    let end = self.read(response.into_body()).await;
                    self.in_run_before = false;
                    match end? {
                        StreamEnd::Finished => return Ok(true),
                        StreamEnd::Removed(_) | StreamEnd::Doubtful => return Ok(false),
                        StreamEnd::Silent | StreamEnd::Broken(_) => {}
                    }
                }
                Err(Error::Api { code: 400 | 403 | 404, .. }) => return Ok(false),
                Err(_) => {}
            }
            self.overlap.begin(from_known);
            self.pause(doubled(BACK_OFF, attempt)).await;
        }
        Ok(false)
    }

    pub(super) async fn tell_gap(&mut self, why: LogGap, to: Stamp) -> Result<(), Gone> {
        let from = self.overlap.newest().map_or(Stamp::NONE, stamp);
        self.out.send(LogUpdate::Gap { why, from, to }).await
    }
}
