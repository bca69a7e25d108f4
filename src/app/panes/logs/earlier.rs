//! What stands before the first line of a log: when it is wanted, and how it is put in front.

use super::entry::Told;
use super::note::Note;
use super::{LogPane, LogTarget};
use crate::app::list::Step;
use crate::base::level::Level;
use crate::base::text::Role;
use crate::cluster::api::{Earlier, LogLine, LogRequest, SourceId};

/// So many of the first lines say where a log begins: one may come twice.
const KNOWN: usize = 3;

/// What is known of the beginning of what is kept.
#[derive(Debug, Default)]
pub struct Beginning {
    /// The first lines of the container, as they came.
    known: Vec<LogLine>,
    /// How often the container was restarted since: they are lines of the run before, or of one that is gone.
    runs: u32,
    /// Somebody went up where there was nothing.
    is_wanted: bool,
    before: Before,
}

/// What is known of the lines before the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Before {
    /// There may be some.
    #[default]
    Unknown,
    /// They are being read.
    Loading,
    /// There is none.
    Nothing,
    /// There is no room for them.
    NoRoom,
}

/// What follows from going up at the first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Above {
    /// These lines are to be read: of whose log, before which lines.
    Read(LogRequest, Vec<LogLine>),
    /// They cannot be, and why, for the person.
    No(&'static str),
}

impl Beginning {
    /// Remembers a line, when it is among the first.
    pub fn note(&mut self, line: &LogLine) {
        if self.known.len() < KNOWN {
            self.known.push(line.clone());
        }
    }

    /// The container was restarted.
    pub fn restarted(&mut self) {
        self.runs += u32::from(!self.known.is_empty());
    }

    /// Whether earlier lines are on their way.
    pub fn is_loading(&self) -> bool {
        self.before == Before::Loading
    }
}

impl LogPane {
    /// Notes that one goes up where the first line is on the screen already.
    pub(super) fn reach_up(&mut self, step: Step) {
        let is_up = match step {
            Step::First => true,
            Step::Last => false,
            Step::By(by) | Step::Pages(by) | Step::HalfPages(by) => by < 0,
        };
        let is_at_first = self.view.rows.first().map(|row| row.number) == self.all().first();
        self.beginning.is_wanted |= is_up && (is_at_first || step == Step::First);
    }

    /// What is to be done because one went up at the first line; asked once for each time.
    pub fn above(&mut self) -> Option<Above> {
        if !std::mem::take(&mut self.beginning.is_wanted) || self.beginning.is_loading() {
            return None;
        }
        if self.pages.dropped() > 0 {
            // What was kept first is gone; what is before the present first line was seen.
            return None;
        }
        if !self.pages.has_room() || self.beginning.before == Before::NoRoom {
            return Some(Above::No("no more lines fit in (logs.ring_lines, logs.ring_bytes); S reads from a time on"));
        }
        let LogTarget::One(request) = &self.target else {
            return Some(Above::No(
                "of many logs at once earlier lines are not read; S reads all of them from a time on",
            ));
        };
        if self.beginning.before == Before::Nothing || self.beginning.known.is_empty() {
            return None;
        }
        let previous = match self.beginning.runs {
            0 => request.previous,
            1 if !request.previous => true,
            _ => return Some(Above::No("the node keeps no earlier run of the container")),
        };
        let request = LogRequest { previous, ..request.clone() };
        self.beginning.before = Before::Loading;
        Some(Above::Read(request, self.beginning.known.clone()))
    }

    /// Earlier lines could not be read.
    pub fn nothing_earlier(&mut self) {
        self.beginning.before = Before::Unknown;
    }

    /// Puts earlier lines in front. The view stays where it is.
    pub fn put_earlier(&mut self, earlier: Earlier) {
        let Earlier { lines, is_start, has_gap } = earlier;
        if self.view.following
            && let Some(first) = self.all().first()
        {
            // The whole log was on the screen: whoever went up wants to see what comes above it.
            self.view.go_to(first);
        }
        if has_gap {
            self.note_in_front("lines may be missing here: the node began a new log file", Role::Warn);
        }
        let known: Vec<_> = lines.iter().take(KNOWN).cloned().collect();
        let count = lines.len();
        let is_whole = self.prepend(SourceId::default(), lines) == count;
        self.beginning.before = match (is_whole, is_start) {
            (false, _) => Before::NoRoom,
            (true, true) => Before::Nothing,
            (true, false) => Before::Unknown,
        };
        if is_whole && !known.is_empty() {
            self.beginning.known = known;
        }
        if is_start && is_whole {
            self.note_in_front("the beginning of the log", Role::Dim);
        }
    }

    /// Puts lines of one stream, oldest first, before the first one. Says how many there was room for: the newest of them.
    fn prepend(&mut self, source: SourceId, lines: Vec<LogLine>) -> usize {
        let mut last = Level::Unknown;
        let told: Vec<_> = lines.into_iter().map(|line| Told::new(line, source, &mut last)).collect();
        let taken = self.pages.prepend(told.iter().map(Told::entry));
        self.lines += taken as u64;
        taken
    }

    fn note_in_front(&mut self, words: &str, role: Role) {
        self.pages.prepend([Note::new(words, role).entry()]);
    }
}
