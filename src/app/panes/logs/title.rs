//! What the title of a log pane says, and the line below its rows.

use super::rates::Minute;
use super::{LogPane, Stream};
use crate::base::count::grouped;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role};

impl LogPane {
    /// A line for below the rows, where there is something to say: why nothing comes, that nothing came, or that
    /// nothing passes; and the log of the run before, where that ended badly.
    pub fn status(&self) -> Option<Line> {
        match (self.state_words(), self.offer_words()) {
            (Some(line), Some(offer)) => Some(line.and(" · ", Role::Dim).and(offer, Role::Warn)),
            (None, Some(offer)) => Some(Line::new(offer, Role::Warn)),
            (line, None) => line,
        }
    }

    fn state_words(&self) -> Option<Line> {
        match &self.stream {
            Stream::Opening => Some(Line::new("asking for the log", Role::Dim)),
            Stream::Open if self.sources.counts().is_troubled() => Some(self.troubles()),
            Stream::Open if self.pages.is_empty() => Some(Line::new("nothing written yet", Role::Dim)),
            Stream::Waiting(words) => Some(Line::new(words.as_str(), Role::Warn)),
            Stream::Broken(words) => Some(Line::new(words.as_str(), Role::Bad)),
            _ if self.all().first().is_none() && !self.pages.is_empty() => {
                let words = if self.is_looking() { "looking for lines that pass" } else { "no line passes the filter" };
                Some(Line::new(words, Role::Dim))
            }
            Stream::Open | Stream::Ended | Stream::Refused => None,
        }
    }

    /// `logs api-0/app · following · 1,204 lines · 12/s · filter GET: 17 · "GET" 2 of 17`.
    pub fn title(&self) -> String {
        let which = if self.target.is_previous() { "previous logs" } else { "logs" };
        let mut parts = vec![format!("{which} {}", self.target.name()), self.state()];
        parts.extend(self.streams());
        if self.unseen > 0 {
            parts.push(format!("{} new", grouped(self.unseen)));
        }
        let lines = if self.lines == 1 { "line" } else { "lines" };
        let dropped = if self.pages.dropped() > 0 { ", the oldest dropped" } else { "" };
        let on_disk = match self.pages.shelf.lines() {
            0 => String::new(),
            lines => format!(", {} of them on the disk", grouped(lines)),
        };
        parts.push(format!("{} {lines}{on_disk}{dropped}", grouped(self.lines)));
        if self.beginning.is_loading() {
            parts.push("reading earlier lines".to_owned());
        }
        let more = if self.is_looking() { "…" } else { "" };
        if self.pick.hides() {
            parts.push(format!("{}: {}{more}", self.pick.words().join(", "), grouped(self.pick.passed())));
        } else {
            parts.extend(self.pick.words());
        }
        parts.extend(self.shape.word().map(str::to_owned));
        if self.find.is_on() {
            let count = grouped(self.find.count());
            let position = self.find.position().filter(|_| more.is_empty());
            let position = position.map(|at| format!("{} of ", grouped(at))).unwrap_or_default();
            parts.push(format!("\"{}\" {position}{count}{more}", self.find.typed()));
        }
        if self.late > 0 {
            parts.push(format!("{} late (~)", grouped(self.late)));
        }
        parts.extend(self.rate());
        parts.join(" · ")
    }

    fn state(&self) -> String {
        let state = match &self.stream {
            _ if self.choice.is_some_and(super::Choice::is_range) => "marking lines",
            _ if self.choice.is_some() => "a line marked",
            Stream::Opening => "opening",
            Stream::Open if self.target.is_previous() => "reading",
            Stream::Open if self.view.following => "following",
            Stream::Open => "paused",
            Stream::Waiting(_) => "waiting",
            Stream::Broken(_) => "reconnecting",
            Stream::Ended => "ended",
            Stream::Refused => "refused",
        };
        state.to_owned()
    }

    /// `12/s, 3 errors a minute`; nothing when nothing came in the last minute.
    fn rate(&self) -> Option<String> {
        let Minute { lines, errors } = self.minute()?;
        let pace = if lines >= 60 { format!("{}/s", grouped(u64::from(lines) / 60)) } else { format!("{lines}/min") };
        let wrong = match errors {
            0 => String::new(),
            1 => ", 1 error/min".to_owned(),
            errors => format!(", {} errors/min", grouped(u64::from(errors))),
        };
        Some(format!("{pace}{wrong}"))
    }

    /// What came in the last minute, while something may still come.
    fn minute(&self) -> Option<Minute> {
        let counts = self.clock.now.is_set() && self.is_living();
        Some(self.rates.minute(self.clock.now)).filter(|minute| counts && minute.lines > 0)
    }

    /// The last minute in so many parts, oldest first: lines, and whether errors were among them. Empty when nothing
    /// came.
    pub fn bars(&self, bars: usize) -> Vec<(u32, bool)> {
        self.minute().map(|_| self.rates.bars(self.clock.now, bars)).unwrap_or_default()
    }

    /// Whether what it shows changes with time alone.
    pub fn ages(&self) -> bool {
        self.minute().is_some()
            || self.offer_words().is_some()
            || (self.clock.times == super::clock::Times::Age && !self.pages.is_empty())
    }

    /// The present, as it was said last.
    pub fn now(&self) -> Stamp {
        self.clock.now
    }
}
