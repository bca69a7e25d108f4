//! What a log pane holds: lines of the container, and notes of ours between them.

use crate::base::count::grouped;
use crate::base::level::{self, Level};
use crate::base::sgr::{Run, strip};
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::cluster::api::{ContainerExit, LogEnd, LogGap, LogLine};

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
    pub source: u16,
}

/// A line of the container on its way into a page.
#[derive(Clone, Debug)]
pub struct Told {
    at: Stamp,
    text: Box<str>,
    runs: Box<[Run]>,
    level: Level,
    source: u16,
}

impl Told {
    /// A line of stream `source`. Colours are taken out of the text; a carriage return at its end is dropped. `last` is
    /// the level of the stream's line before, which becomes this one's where this one goes on with it.
    pub fn new(line: LogLine, source: u16, last: &mut Level) -> Self {
        let LogLine { at, text, .. } = line;
        let (text, runs) = match strip(&text) {
            Some((text, runs)) => (text.into(), runs.into()),
            None => (text, Box::default()),
        };
        let said = level::find(&text).map_or(Level::Unknown, |(level, _)| level);
        if said != Level::Unknown || !level::continues(&text) {
            *last = said;
        }
        Self { at, text, runs, level: *last, source }
    }

    /// How grave it is.
    pub fn level(&self) -> Level {
        self.level
    }

    /// As it goes into a page.
    pub fn entry(&self) -> Entry<'_> {
        let text = self.text.strip_suffix('\r').unwrap_or(&self.text);
        let Self { at, runs, level, source, .. } = self;
        Entry { at: *at, text, runs, level: *level, source: *source, ..Entry::default() }
    }
}

/// Words of ours between two lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    role: Role,
}

impl Note {
    /// A note of ours.
    pub fn new(text: &str, role: Role) -> Self {
        Self { text: format!("-- {text} --"), role }
    }

    /// As it goes into a page.
    pub fn entry(&self) -> Entry<'_> {
        Entry { text: &self.text, role: self.role, is_note: true, ..Entry::default() }
    }

    /// What to say below a line of which only the beginning was kept.
    pub fn of_cut(line: &LogLine) -> Option<Self> {
        let words = || {
            let (all, kept) = (grouped(line.cut_from), grouped(line.text.len() as u64));
            format!("the line above has {all} bytes; its first {kept} are kept")
        };
        (line.cut_from > 0).then(|| Self::new(&words(), Role::Warn))
    }

    /// Between two runs of the container.
    pub fn restart(restarts: u32, exit: Option<&ContainerExit>) -> Self {
        let role = if exit.is_some_and(|exit| exit.code == 0) { Role::Dim } else { Role::Warn };
        let before = exit.map(|exit| format!("; the run before {}", ended(exit))).unwrap_or_default();
        Self::new(&format!("restart {restarts}{before}"), role)
    }

    /// Between two pods of the same name.
    pub fn replaced() -> Self {
        Self::new("the pod was replaced; what follows is the new one's", Role::Warn)
    }

    /// Where lines may be missing.
    pub fn gap(gap: LogGap) -> Self {
        let words = match gap {
            LogGap::LastLineNotFound => {
                "lines may be missing here: after the connection was lost, the last line did not come again"
            }
            LogGap::EndOfRun => {
                "lines may be missing here: the container was restarted while the connection was lost; \
                 its previous log has the end"
            }
            LogGap::Rotated => "lines may be missing near here: the node began a new log file while it sent",
            LogGap::WholeRuns => "lines are missing here: the container was restarted more than once meanwhile",
        };
        Self::new(words, Role::Warn)
    }

    /// Why nothing more comes, after so many lines.
    pub fn end(end: &LogEnd, lines: u64) -> Self {
        match end {
            LogEnd::Previous if lines == 0 => Self::new("the previous run wrote nothing", Role::Dim),
            LogEnd::Once => Self::new("end of what there is", Role::Dim),
            LogEnd::Previous => Self::new("end of the previous run", Role::Dim),
            LogEnd::Exited(exit) => {
                let role = if exit.code == 0 { Role::Dim } else { Role::Bad };
                Self::new(&format!("the container {} and is not started again", ended(exit)), role)
            }
            LogEnd::PodGone => Self::new("the pod is gone", Role::Warn),
            LogEnd::PodReplaced => Self::new("the pod is gone; another one has its name now", Role::Warn),
        }
    }
}

/// `ended with exit code 1 (Error)`.
fn ended(exit: &ContainerExit) -> String {
    let ContainerExit { code, reason } = exit;
    if reason.is_empty() {
        format!("ended with exit code {code}")
    } else {
        format!("ended with exit code {code} ({reason})")
    }
}
