//! What a log pane holds: lines of the container, and notes of ours (`note`) between them.

use crate::base::level::{self, Level};
use crate::base::sgr::{Run, strip};
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::cluster::api::{LogLine, SourceId};

/// A line or a note, as it lies in a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry<'a> {
    /// When the line was written.
    pub at: Stamp,
    /// The text, without the sequences of `runs`.
    pub text: &'a str,
    /// The colours that the line came with.
    pub runs: &'a [Run],
    /// What it is.
    pub role: Role,
    /// Whether it is a note of ours.
    pub is_note: bool,
    /// How grave it is, as it says itself.
    pub level: Level,
    /// Which of the pane's streams it is of.
    pub source: SourceId,
    /// Whether a line with a later time came before it.
    pub is_late: bool,
}

/// A line of the container on its way into a page.
#[derive(Clone, Debug)]
pub struct Told {
    at: Stamp,
    text: Box<str>,
    runs: Box<[Run]>,
    level: Level,
    source: SourceId,
    is_late: bool,
}

impl Told {
    /// A line of stream `source`. Colours are taken out of the text; a carriage return at its end is dropped. `last` is
    /// the level of the stream's line before, which becomes this one's where this one goes on with it.
    pub fn new(line: LogLine, source: SourceId, last: &mut Level) -> Self {
        let LogLine { at, text, .. } = line;
        let (text, runs) = match strip(&text) {
            Some((text, runs)) => (text.into(), runs.into()),
            None => (text, Box::default()),
        };
        let said = level::find(&text).map_or(Level::Unknown, |(level, _)| level);
        if said != Level::Unknown || !level::continues(&text) {
            *last = said;
        }
        Self { at, text, runs, level: *last, source, is_late: false }
    }

    /// The same, as one that came after later ones.
    #[must_use]
    pub fn late(self) -> Self {
        Self { is_late: true, ..self }
    }

    /// How grave it is.
    pub fn level(&self) -> Level {
        self.level
    }

    /// As it goes into a page.
    pub fn entry(&self) -> Entry<'_> {
        let text = self.text.strip_suffix('\r').unwrap_or(&self.text);
        let Self { at, runs, level, source, is_late, .. } = self;
        Entry { at: *at, text, runs, level: *level, source: *source, is_late: *is_late, ..Entry::default() }
    }
}
