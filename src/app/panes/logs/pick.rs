//! Which lines of a log are shown: a filter with lines around what passes, a least level, repeated lines as one.
//!
//! Each line is looked at once, when it comes or, after a change of what is wanted, a slice at a time
//! ([`Sweep`]). With nothing wanted, nothing is kept. The lines of a [`Pick`] are in order; a run of equal
//! lines is there as its last one.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::entry::Entry;
use super::pages::Pages;
use super::sources::Sources;
use super::sweep::{Side, Sweep};
use crate::base::filter::{Fields, Filter, FilterError};
use crate::base::level::Level;
use crate::cluster::api::SourceId;

/// The numbers of lines around a match that one key goes through.
const CONTEXTS: [u64; 3] = [0, 2, 5];
/// What a filter may name beside words.
const FIELDS: &[&str] = &["level", "source", "pod", "container"];

/// A line that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picked {
    /// Its number.
    pub number: u64,
    /// How many equal lines it stands for.
    pub count: u32,
}

/// What is shown of a log.
#[derive(Clone, Debug, Default)]
pub struct Pick {
    typed: String,
    filter: Filter,
    least: Level,
    context: u64,
    folds: bool,
    sweep: Sweep,
    lines: VecDeque<Picked>,
    /// The first and the last line that were picked, folded or not.
    edges: Option<(u64, u64)>,
    /// Lines up to here are shown as what follows a match.
    until: u64,
    /// Lines from here on are shown as what precedes a match.
    from: u64,
    /// Lines that pass by themselves.
    passed: u64,
    streams: Streams,
}

/// What a filter may ask of the streams.
type Streams = Arc<FxHashMap<SourceId, StreamNames>>;

/// What a filter may ask of a line's stream.
#[derive(Clone, Debug)]
struct StreamNames {
    source: String,
    pod: String,
    container: String,
}

impl Pick {
    /// Reads a filter: words, `!not`, `/regex/`, `level:error`. An empty one ends it. After an error nothing changes.
    pub fn set_filter(&mut self, typed: &str) -> Result<(), FilterError> {
        self.filter = Filter::parse(typed, FIELDS)?;
        typed.trim().clone_into(&mut self.typed);
        self.begin_again();
        Ok(())
    }

    /// All lines, then those that warn or worse, then those with errors, then all.
    pub fn next_level(&mut self) {
        self.least = match self.least {
            Level::Unknown => Level::Warn,
            Level::Warn => Level::Error,
            _ => Level::Unknown,
        };
        self.begin_again();
    }

    /// The next number of lines around what passes.
    pub fn next_context(&mut self) {
        let at = CONTEXTS.iter().position(|lines| *lines == self.context).unwrap_or(0);
        self.context = CONTEXTS[(at + 1) % CONTEXTS.len()];
        self.begin_again();
    }

    /// Shows a run of equal lines as one, or not.
    pub fn toggle_folding(&mut self) {
        self.folds = !self.folds;
        self.begin_again();
    }

    /// Shows all levels, and ends the filter; false when there was nothing to end.
    pub fn clear(&mut self) -> bool {
        let hid = self.hides();
        (self.filter, self.least) = (Filter::default(), Level::Unknown);
        self.typed.clear();
        self.begin_again();
        hid
    }

    /// Learns the names of the streams.
    pub fn name_sources(&mut self, sources: &Sources) {
        let streams = Arc::make_mut(&mut self.streams);
        for source in sources.iter() {
            let (pod, container) = (&source.of.pod, &source.of.container);
            let names = || StreamNames { source: source.name.clone(), pod: pod.clone(), container: container.clone() };
            streams.entry(source.of.id).or_insert_with(names);
        }
    }

    /// The same wishes, for another log.
    pub fn for_another_log(&self) -> Self {
        Self { streams: Streams::default(), ..self.afresh() }
    }

    /// The same wishes; nothing was looked at yet.
    pub fn afresh(&self) -> Self {
        let (typed, filter, streams) = (self.typed.clone(), self.filter.clone(), Arc::clone(&self.streams));
        let Self { least, context, folds, .. } = *self;
        Self { typed, filter, least, context, folds, streams, ..Self::default() }
    }

    fn begin_again(&mut self) {
        let wishes = self.afresh();
        *self = wishes;
    }

    /// Whether lines are left out for what they say.
    pub fn hides(&self) -> bool {
        !self.filter.is_empty() || self.least != Level::Unknown
    }

    /// Whether not simply every line is shown.
    pub fn is_on(&self) -> bool {
        self.hides() || self.folds
    }

    /// Whether runs of equal lines are shown as one.
    pub fn folds(&self) -> bool {
        self.folds
    }

    /// What the filter was typed as.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The lines that are shown, in order. Empty where simply every line is shown.
    pub fn lines(&self) -> &VecDeque<Picked> {
        &self.lines
    }

    /// The line that has to be read from the disk before this goes on, and whether others before it follow.
    pub fn wants(&self, pages: &Pages) -> Option<(u64, bool)> {
        self.is_on().then(|| self.sweep.wants(pages))?
    }

    /// Whether all lines of `span` were looked at.
    pub fn is_done(&self, span: &Range<u64>) -> bool {
        !self.is_on() || self.sweep.is_done(span)
    }

    /// What is wanted, for the title.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if !self.filter.is_empty() {
            words.push(format!("filter {}", self.typed));
        }
        match self.least {
            Level::Unknown => {}
            Level::Warn => words.push("warnings and errors".to_owned()),
            _ => words.push("errors".to_owned()),
        }
        if self.hides() && self.context > 0 {
            words.push(format!("{} around", self.context));
        }
        if self.folds {
            words.push("repeats folded".to_owned());
        }
        words
    }

    /// How many lines pass by themselves, as far as they were looked at.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Whether a line passes by itself.
    pub fn passes(&self, entry: Entry) -> bool {
        let line = || FilteredLine { entry, stream: self.streams.get(&entry.source) };
        entry.is_note || (entry.level >= self.least && (self.filter.is_empty() || self.filter.matches(&line())))
    }

    /// What to mark in a line: what made it pass.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        self.filter.marks("", text)
    }

    /// Looks at lines that were not looked at yet, as far as the budget goes, and forgets what is not there any more.
    pub fn advance(&mut self, pages: &Pages, origin: u64, budget: &mut usize) {
        if !self.is_on() {
            return;
        }
        while self.lines.front().is_some_and(|line| line.number < pages.first()) {
            self.lines.pop_front();
        }
        let mut sweep = std::mem::take(&mut self.sweep);
        sweep.advance(pages, origin, budget, |stretch, side| match side {
            Side::Ahead => stretch.entries().for_each(|(number, entry)| self.look(pages, number, entry, side)),
            Side::Behind => stretch.entries().rev().for_each(|(number, entry)| self.look(pages, number, entry, side)),
        });
        self.sweep = sweep;
    }

    /// Takes the oldest line that is shown, if no more lines can be added to it.
    pub fn take_first(&mut self, is_last_known: bool) -> Option<Picked> {
        if self.lines.len() > 1 || is_last_known { self.lines.pop_front() } else { None }
    }

    /// Lines from `from` on will have another number; they are looked at again. `pages` still has them as they were.
    pub fn take_back(&mut self, pages: &Pages, from: u64) {
        if !self.is_on() {
            return;
        }
        let mut from = from.saturating_sub(self.context);
        let before = self.lines.len();
        while self.lines.back().is_some_and(|line| line.number >= from) {
            self.lines.pop_back();
        }
        if self.folds && self.lines.len() < before {
            // Of a run of equal lines only the last one is here: it is looked at from its beginning.
            from = from.min(self.lines.back().map_or(0, |line| line.number + 1));
        }
        let again = self.sweep.take_back(from);
        if self.sweep.is_new() {
            self.begin_again();
            return;
        }
        let found = |number: &u64| pages.get(*number).is_some_and(|entry| !entry.is_note && self.passes(entry));
        let fewer = again.clone().filter(|number| found(number)).count() as u64;
        let before = (again.start.saturating_sub(self.context)..again.start).rev().find(|number| found(number));
        self.passed = self.passed.saturating_sub(fewer);
        self.until = before.map_or(0, |number| number + self.context);
        self.edges = self.edges.and_then(|(first, _)| Some((first, self.lines.back()?.number)));
    }

    fn look(&mut self, pages: &Pages, number: u64, entry: Entry, side: Side) {
        let around = if self.hides() { self.context } else { 0 };
        let passes = self.passes(entry);
        self.passed += u64::from(passes && !entry.is_note);
        // What has lines around it is what the filter found, not what we say ourselves.
        let around = if entry.is_note { 0 } else { around };
        match side {
            Side::Ahead if passes => {
                for before in number.saturating_sub(around).max(pages.first())..=number {
                    self.push_back(pages, before);
                }
                self.until = self.until.max(number + around);
            }
            Side::Ahead if number <= self.until => self.push_back(pages, number),
            Side::Behind if passes => {
                for behind in (number..=(number + around).min(pages.end().saturating_sub(1))).rev() {
                    self.push_front(pages, behind);
                }
                self.from = number.saturating_sub(around);
                self.until = self.until.max(number + around);
            }
            Side::Behind if self.from > 0 && number >= self.from => self.push_front(pages, number),
            _ => {}
        }
    }

    fn push_back(&mut self, pages: &Pages, number: u64) {
        if self.edges.is_some_and(|(_, last)| number <= last) {
            return;
        }
        self.edges = Some((self.edges.map_or(number, |(first, _)| first), number));
        match self.lines.back_mut() {
            Some(last) if self.folds && is_repeated(pages, last.number, number) => {
                *last = Picked { number, count: last.count.saturating_add(1) };
            }
            _ => self.lines.push_back(Picked { number, count: 1 }),
        }
    }

    fn push_front(&mut self, pages: &Pages, number: u64) {
        if self.edges.is_some_and(|(first, _)| number >= first) {
            return;
        }
        self.edges = Some((number, self.edges.map_or(number, |(_, last)| last)));
        match self.lines.front_mut() {
            Some(first) if self.folds && is_repeated(pages, first.number, number) => {
                first.count = first.count.saturating_add(1);
            }
            _ => self.lines.push_front(Picked { number, count: 1 }),
        }
    }
}

/// A line as a filter sees it.
struct FilteredLine<'a> {
    entry: Entry<'a>,
    /// Where there may be several streams.
    stream: Option<&'a StreamNames>,
}

impl Fields for FilteredLine<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "level" => Some(self.entry.level.name().into()),
            "source" => Some(self.stream?.source.as_str().into()),
            "pod" => Some(self.stream?.pod.as_str().into()),
            "container" => Some(self.stream?.container.as_str().into()),
            _ => None,
        }
    }

    fn any(&self, found: &mut dyn FnMut(&str) -> bool) -> bool {
        found(self.entry.text)
    }

    fn label(&self, _key: &str) -> Option<&str> {
        None
    }
}

fn is_repeated(pages: &Pages, a: u64, b: u64) -> bool {
    match (pages.get(a), pages.get(b)) {
        (Some(a), Some(b)) => {
            !a.is_note && !b.is_note && a.source == b.source && without_time(a.text) == without_time(b.text)
        }
        _ => false,
    }
}

/// A line without the time that it begins with: programs that write the time themselves repeat themselves too.
fn without_time(text: &str) -> &str {
    let is_klog = matches!(text.as_bytes(), [b'I' | b'W' | b'E' | b'F', b'0'..=b'9', ..]);
    let rest = &text[usize::from(is_klog)..];
    let end = rest.find(|c: char| !(c.is_ascii_digit() || "-:/.,TZ+[] ".contains(c))).unwrap_or(rest.len());
    // Numbers alone are no time.
    if rest[..end].matches(':').count() >= 2 { &rest[end..] } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::LogLimits;
    use super::super::entry::Told;
    use super::*;
    use crate::cluster::api::LogLine;

    fn ring(texts: &[&str]) -> Pages {
        // A page has at most a few of them.
        let mut ring = Pages::new(LogLimits { lines: 1_000, bytes: 8_192 }, 100);
        for text in texts {
            let line = LogLine { text: (*text).into(), ..LogLine::default() };
            ring.push(Told::new(line, SourceId::default(), &mut Level::Unknown).entry());
        }
        ring
    }

    fn shown(pick: &Pick, ring: &Pages) -> Vec<String> {
        let text = |line: &Picked| format!("{}x{}", ring.get(line.number).map_or("?", |entry| entry.text), line.count);
        pick.lines().iter().map(text).collect()
    }

    #[test]
    fn what_passes_is_shown_with_what_is_around_it() {
        let ring = ring(&["a", "b", "hit", "c", "d", "e", "f", "hit", "g"]);
        for origin in [100, 104, 109] {
            let mut pick = Pick::default();
            pick.set_filter("hit").expect("a filter");
            pick.next_context();
            pick.advance(&ring, origin, &mut { usize::MAX });
            assert_eq!(shown(&pick, &ring), ["ax1", "bx1", "hitx1", "cx1", "dx1", "ex1", "fx1", "hitx1", "gx1"]);
            assert_eq!(pick.passed(), 2);
            pick.next_context();
            pick.next_context();
            pick.advance(&ring, origin, &mut { usize::MAX });
            assert_eq!(shown(&pick, &ring), ["hitx1", "hitx1"], "no lines around");
        }
    }

    #[test]
    fn levels_leave_lines_out_and_a_filter_may_name_them() {
        let ring = ring(&["INFO a", "WARN b", "ERROR c", "plain"]);
        let mut pick = Pick::default();
        let at = |pick: &mut Pick| {
            pick.advance(&ring, 0, &mut { usize::MAX });
            shown(pick, &ring).len()
        };
        pick.next_level();
        assert_eq!(at(&mut pick), 2);
        pick.next_level();
        assert_eq!(at(&mut pick), 1);
        pick.next_level();
        assert!(!pick.is_on());
        pick.set_filter("!level:info !/c$/").expect("a filter");
        assert_eq!(at(&mut pick), 2);
        assert!(pick.set_filter("/(/").is_err() && pick.typed() == "!level:info !/c$/");
        assert!(pick.clear() && !pick.is_on() && !pick.clear());
    }

    #[test]
    fn repeated_lines_are_one_whatever_time_they_begin_with() {
        let ring = ring(&[
            "2026-11-24 08:10:28 retry",
            "2026-11-24 08:10:29 retry",
            "E1124 08:10:28.2 7 x",
            "E1124 08:10:29.2 7 x",
            "1",
            "2",
            "2",
        ]);
        for origin in [100, 103, 107] {
            let mut pick = Pick::default();
            pick.toggle_folding();
            pick.advance(&ring, origin, &mut { usize::MAX });
            let expected = ["2026-11-24 08:10:29 retryx2", "E1124 08:10:29.2 7 xx2", "1x1", "2x2"];
            assert_eq!(shown(&pick, &ring), expected, "from {origin}");
        }
    }

    proptest! {
        /// From wherever and in whatever slices: the same lines, as if all were looked at in order.
        #[test]
        fn where_one_begins_makes_no_difference(
            texts in proptest::collection::vec("[ab]{1,2}", 0..30), origin in 100u64..130, lines in 1usize..9,
            context in 0usize..3, folds: bool,
        ) {
            let texts: Vec<_> = texts.iter().map(String::as_str).collect();
            let ring = ring(&texts);
            let pick = |origin, budget: usize| {
                let mut pick = Pick::default();
                pick.set_filter("aa").expect("a filter");
                (0..context).for_each(|_| pick.next_context());
                if folds {
                    pick.toggle_folding();
                }
                for _ in 0..=texts.len() {
                    pick.advance(&ring, origin, &mut { budget });
                }
                shown(&pick, &ring)
            };
            prop_assert_eq!(pick(origin, lines * 40), pick(0, usize::MAX));
        }
    }
}
