//! What the ring of a log pane holds: a line of the container, or a note of ours between two.

use crate::base::count::grouped;
use crate::base::level::{self, Level};
use crate::base::sgr::{Run, strip};
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::cluster::api::{ContainerExit, LogEnd, LogGap, LogLine, SourceId};

/// A line or a note.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When the line was written.
    pub at: Stamp,
    /// The text, without the sequences of `runs`.
    pub text: Box<str>,
    /// The colours that the line came with.
    pub runs: Box<[Run]>,
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

impl Entry {
    /// A line of the container. Colours are taken out of the text; a carriage return at its end is dropped.
    pub fn of_line(line: LogLine) -> Self {
        let LogLine { at, text, .. } = line;
        let (text, runs) = match strip(&text) {
            Some((text, runs)) => (text.into(), runs.into()),
            None => (text, Box::default()),
        };
        let text = match text.strip_suffix('\r') {
            Some(rest) => rest.into(),
            None => text,
        };
        let level = level::find(&text).map_or(Level::Unknown, |(level, _)| level);
        let source = SourceId::default();
        Self { at, text, runs, role: Role::Plain, is_note: false, level, source, is_late: false }
    }

    /// Takes over the level of the line before where this one goes on with it; `last` is that, and becomes this one's.
    pub fn inherit(&mut self, last: &mut Level) {
        if self.level == Level::Unknown && level::continues(&self.text) {
            self.level = *last;
        }
        *last = self.level;
    }

    /// A note of ours.
    pub fn note(text: &str, role: Role) -> Self {
        let text = format!("-- {text} --").into();
        let (runs, level, source) = (Box::default(), Level::Unknown, SourceId::default());
        Self { at: Stamp::NONE, text, runs, role, is_note: true, level, source, is_late: false }
    }

    /// What to say below a line of which only the beginning was kept.
    pub fn note_of_cut(line: &LogLine) -> Option<Self> {
        let words = || {
            let (all, kept) = (grouped(line.cut_from), grouped(line.text.len() as u64));
            format!("the line above has {all} bytes; its first {kept} are kept")
        };
        (line.cut_from > 0).then(|| Self::note(&words(), Role::Warn))
    }

    /// What a note says.
    pub fn words(&self) -> &str {
        self.text.trim_start_matches("-- ").trim_end_matches(" --")
    }

    /// The same note about one of several streams.
    #[must_use]
    pub fn about(self, name: &str) -> Self {
        let text =
            self.text.strip_prefix("-- ").map_or_else(|| self.text.clone(), |rest| format!("-- {name}: {rest}").into());
        Self { text, ..self }
    }

    /// Between two runs of the container.
    pub fn restart(restarts: u32, exit: Option<&ContainerExit>) -> Self {
        let role = if exit.is_some_and(|exit| exit.code == 0) { Role::Dim } else { Role::Warn };
        let before = exit.map(|exit| format!("; the run before {}", ended(exit))).unwrap_or_default();
        Self::note(&format!("restart {restarts}{before}"), role)
    }

    /// Between two pods of the same name.
    pub fn replaced() -> Self {
        Self::note("the pod was replaced; what follows is the new one's", Role::Warn)
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
        Self::note(words, Role::Warn)
    }

    /// Why nothing more comes, after so many lines.
    pub fn end(end: &LogEnd, lines: u64) -> Self {
        match end {
            LogEnd::Previous if lines == 0 => Self::note("the previous run wrote nothing", Role::Dim),
            LogEnd::Once => Self::note("end of what there is", Role::Dim),
            LogEnd::Previous => Self::note("end of the previous run", Role::Dim),
            LogEnd::Exited(exit) => {
                let role = if exit.code == 0 { Role::Dim } else { Role::Bad };
                Self::note(&format!("the container {} and is not started again", ended(exit)), role)
            }
            LogEnd::PodGone => Self::note("the pod is gone", Role::Warn),
            LogEnd::PodReplaced => Self::note("the pod is gone; another one has its name now", Role::Warn),
        }
    }

    /// The text to search: notes are not searched.
    pub fn searched(&self) -> Option<&str> {
        (!self.is_note).then_some(&*self.text)
    }

    /// About how much memory it takes.
    pub fn bytes(&self) -> usize {
        // The ring grows by doubling, and an allocation is up to an eighth larger than what was asked for.
        let text = self.text.len() + self.text.len() / 8 + 8;
        size_of::<(Self, usize)>() * 3 / 2 + text + size_of_val(&*self.runs)
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
