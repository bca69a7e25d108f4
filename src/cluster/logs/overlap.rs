//! Taking up a log where it broke off: neither a line twice, nor one lost without a word.
//!
//! A log can only be asked for from a whole second on, so the first answer after a break repeats lines. What
//! has been handed over of the newest second is remembered, by time and text; as it is the beginning of what
//! the node sends again, it is compared in order. Pure; start with [`Overlap::admit`].

use std::collections::VecDeque;
use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::split::RawLine;

const NANOS: i64 = 1_000_000_000;
/// How many lines are remembered at most; of a second with more, only the last ones.
const LONGEST: usize = 1 << 16;
/// From this length on the runtime may have stored a line in parts, each with a time of its own.
const IN_PARTS: u64 = 16 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    nanos: i64,
    text: u64,
}

impl Mark {
    fn of(line: &RawLine<'_>, nanos: i64) -> Self {
        let mut hasher = FxHasher::default();
        hasher.write(line.text());
        hasher.write_u64(line.length);
        Self { nanos, text: hasher.finish() }
    }
}

/// What to do with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// It has been handed over before.
    Known,
    /// It is the next one.
    New,
    /// It is new, and lines may be missing before it.
    NewAfterGap,
}

/// Remembers the newest lines of a stream, to know them again.
#[derive(Debug)]
pub struct Overlap {
    /// Lines of second `since` and later, as they came.
    window: VecDeque<Mark>,
    since: Option<i64>,
    /// Whether `window` has every line of the log from `since` on, and not only the last ones.
    is_whole: bool,
    last_in_parts: bool,
    /// Lines that must come again before anything is new.
    expected: VecDeque<Mark>,
    /// Whether a new run has begun, of which no line has come.
    is_fresh: bool,
}

impl Overlap {
    /// For a stream that begins with the last lines of a log (`from_tail`), or with all of them.
    pub fn new(from_tail: bool) -> Self {
        Self {
            window: VecDeque::new(),
            since: None,
            is_whole: !from_tail,
            last_in_parts: false,
            expected: VecDeque::new(),
            is_fresh: false,
        }
    }

    /// The second since the epoch from which to ask on; `None` when no line with a time has come.
    pub fn since(&self) -> Option<i64> {
        self.since
    }

    /// The log is asked for again from [`Self::since`]; `same_run`: the container was not restarted meanwhile.
    pub fn begin(&mut self, same_run: bool) {
        self.expected.clone_from(&self.window);
        // As long as the new run has said nothing, the known lines are another's, however often it is asked for.
        self.is_fresh |= !same_run;
    }

    /// Judges the next line of the stream, and remembers it when it is new. A line that comes
    /// [after a gap](Admit::NewAfterGap) is not remembered: the caller may look for the missing lines elsewhere
    /// first, and says with [`Self::accept_gap`] that there are none.
    pub fn admit(&mut self, line: &RawLine<'_>) -> Admit {
        let Some(nanos) = line.nanos else { return Admit::New };
        let mark = Mark::of(line, nanos);
        if let (Some(newest), Some(since)) = (self.expected.back().copied(), self.since) {
            if let Some(at) = self.place(mark) {
                // Those before it were moved into an older file of the node: they have been handed over.
                self.expected.drain(..=at);
                return Admit::Known;
            }
            let before_window = nanos < since.saturating_mul(NANOS);
            if before_window || (!self.is_whole && nanos <= newest.nanos) {
                return Admit::Known;
            }
            if !self.is_fresh {
                return Admit::NewAfterGap;
            }
            self.expected.clear();
        }
        self.remember(mark, line);
        Admit::New
    }

    /// What was expected will not come: `line` is the next one all the same.
    pub fn accept_gap(&mut self, line: &RawLine<'_>) {
        self.expected.clear();
        if let Some(nanos) = line.nanos {
            self.remember(Mark::of(line, nanos), line);
        }
    }

    /// The time of the newest line, in nanoseconds.
    pub fn newest(&self) -> Option<i64> {
        self.window.back().map(|mark| mark.nanos)
    }

    fn place(&self, mark: Mark) -> Option<usize> {
        let first = self.expected.front()?;
        // The usual cases must not search 65,000 lines: the next one, and those older than all.
        if *first == mark {
            return Some(0);
        }
        if !self.is_whole && mark.nanos < first.nanos {
            return None;
        }
        self.expected.iter().position(|expected| *expected == mark)
    }

    fn remember(&mut self, mark: Mark, line: &RawLine<'_>) {
        self.is_fresh = false;
        let second = mark.nanos.div_euclid(NANOS);
        match self.since {
            None => self.since = Some(second),
            // Asked from between the parts of a line, the node would send its end as a line.
            Some(since) if second > since && (!self.last_in_parts || self.window.len() >= LONGEST) => {
                self.window.clear();
                self.since = Some(second);
                self.is_whole = true;
            }
            // A line that comes late by its time will not be sent again.
            Some(since) if second < since => return,
            Some(_) => {}
        }
        if self.window.len() >= LONGEST {
            self.window.pop_front();
            self.is_whole = false;
        }
        self.window.push_back(mark);
        self.last_in_parts = line.length >= IN_PARTS;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::stamp::Stamp;
    use crate::cluster::logs::split::Splitter;

    type Line = RawLine<'static>;

    fn line(nanos: i64, text: &str) -> Line {
        let (second, nanos) = (nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS));
        let time = Stamp::from_seconds(second).rfc3339();
        let sent = format!("{}.{nanos:09}Z {text}\n", time.trim_end_matches('Z'));
        Splitter::default().next(&mut sent.as_bytes()).expect("a line").into_owned()
    }

    /// What a node sends when it is asked from a second on.
    fn from(file: &[Line], since: Option<i64>) -> impl Iterator<Item = &Line> {
        file.iter().filter(move |line| since.is_none_or(|since| line.nanos.is_some_and(|at| at >= since * NANOS)))
    }

    /// Reads `file` up to `broken`, then again; gives what was new and whether there was a gap.
    fn read(file: &[Line], begin: usize, broken: usize, second_file: &[Line]) -> (Vec<Line>, bool) {
        let (mut overlap, mut got, mut gap) = (Overlap::new(begin > 0), Vec::new(), false);
        for line in &file[begin..broken] {
            assert_eq!(overlap.admit(line), Admit::New);
            got.push(line.clone());
        }
        overlap.begin(true);
        let since = overlap.since();
        for line in from(second_file, since) {
            let admit = overlap.admit(line);
            if admit == Admit::NewAfterGap {
                overlap.accept_gap(line);
                gap = true;
            }
            if admit != Admit::Known {
                got.push(line.clone());
            }
        }
        (got, gap)
    }

    #[test]
    fn equal_times_and_texts_are_counted() {
        let file: Vec<_> = (0..6).map(|at| line(5 * NANOS + at / 3, "tick")).collect();
        for broken in 0..=6 {
            assert_eq!(read(&file, 0, broken, &file), (file.clone(), false), "broken after {broken}");
        }
    }

    #[test]
    fn a_lost_end_is_a_gap_but_a_rotated_beginning_is_none() {
        let file: Vec<_> = (0..6).map(|at| line(NANOS + at, &at.to_string())).collect();
        assert_eq!(read(&file, 0, 4, &file[2..]), (file.clone(), false), "the last line is there");
        let (got, gap) = read(&file, 0, 4, &file[5..]);
        assert!(gap, "nothing tells whether line 4 was all that is missing");
        assert_eq!(got.len(), 5);
    }

    #[test]
    fn a_new_run_has_no_gap_and_drops_nothing() {
        let mut overlap = Overlap::new(false);
        overlap.admit(&line(NANOS, "last words"));
        overlap.begin(false);
        assert_eq!(overlap.admit(&line(NANOS + 5, "hello")), Admit::New);
        assert_eq!(overlap.admit(&line(NANOS + 5, "hello")), Admit::New);
    }

    #[test]
    fn a_late_line_does_not_look_like_a_gap() {
        // Standard output and error are stamped side by side, so their times may be swapped.
        let file = [line(NANOS + 5, "out"), line(NANOS + 3, "err"), line(NANOS - 1, "late"), line(NANOS + 9, "new")];
        // Broken off before `late`, it would be lost: asked from its second on, the node does not send it.
        for broken in 3..=4 {
            assert_eq!(read(&file, 0, broken, &file), (file.to_vec(), false), "broken after {broken}");
        }
    }

    #[test]
    fn a_line_in_parts_is_asked_for_from_its_beginning() {
        let mut overlap = Overlap::new(false);
        overlap.admit(&line(NANOS, &"x".repeat(20_000)));
        overlap.admit(&line(2 * NANOS, "after"));
        assert_eq!(overlap.since(), Some(1));
        overlap.admit(&line(3 * NANOS, "later"));
        assert_eq!(overlap.since(), Some(3));
    }

    #[test]
    fn memory_is_bounded_in_a_storm() {
        let mut overlap = Overlap::new(false);
        let file: Vec<_> = (0..2 * LONGEST as i64).map(|at| line(NANOS + at, "x")).collect();
        for line in &file {
            overlap.admit(line);
        }
        assert!(overlap.window.len() <= LONGEST);
        overlap.begin(true);
        assert!(file.iter().all(|line| overlap.admit(line) == Admit::Known));
        assert_eq!(overlap.admit(&line(4 * NANOS, "new")), Admit::New);
    }

    proptest! {
        /// Whatever the times, and wherever it begins and breaks: each line exactly once, in order.
        #[test]
        fn each_line_exactly_once(
            steps in proptest::collection::vec(prop_oneof![Just(0), Just(1), Just(NANOS / 2), Just(3 * NANOS)], 1..40),
            begin in 0usize..40, broken in 0usize..40,
        ) {
            let mut at = NANOS;
            let file: Vec<_> = steps.iter().enumerate().map(|(number, step)| {
                at += step;
                line(at, &number.to_string())
            }).collect();
            let begin = begin.min(file.len());
            let broken = broken.clamp(begin, file.len());
            // Without a single line there is nothing to take up: the caller asks as at the beginning.
            prop_assume!(broken > begin || begin == 0);
            prop_assert_eq!(read(&file, begin, broken, &file), (file[begin..].to_vec(), false));
        }
    }
}
