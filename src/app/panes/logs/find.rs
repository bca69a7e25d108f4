//! Searching a log that grows: each line is looked through once, and only how often it matches is kept.
//!
//! The lines nearest to the view come first ([`Sweep`]), so that the first match is there at once.

use std::collections::VecDeque;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use super::sweep::{Side, Sweep};
use crate::base::search::{Pattern, PatternError};

/// A match: the line's number, and which of the line's matches.
pub type Place = (u64, u32);

/// A search.
#[derive(Debug, Default)]
pub struct Find {
    typed: String,
    pattern: Option<Pattern>,
    /// Lines that match, by their number, and how often.
    lines: VecDeque<(u64, u32)>,
    count: u64,
    sweep: Sweep,
    /// Where the search began: the first match from here on is led to.
    origin: u64,
    /// No match was led to yet.
    seeks: bool,
    /// Where the lines on the screen match: a huge line is not searched again for each frame.
    shown: Vec<(u64, Arc<[Range<usize>]>)>,
    /// The match that one was led to last.
    pub current: Option<Place>,
}

impl Find {
    /// Looks for something else, from line `origin` on; an empty text ends the search. After an error nothing is looked
    /// for.
    pub fn set(&mut self, typed: &str, origin: u64) -> Result<(), PatternError> {
        *self = Self { typed: typed.to_owned(), origin, seeks: true, ..Self::default() };
        if !typed.is_empty() {
            self.pattern = Some(Pattern::parse(typed)?).filter(|pattern| !pattern.is_empty());
        }
        Ok(())
    }

    /// Looks for the same again: other lines are shown now. Leads nowhere by itself; stays where it is if that is
    /// `still_shown`.
    pub fn begin_again(&mut self, origin: u64, still_shown: impl Fn(u64) -> bool) {
        let (typed, pattern) = (std::mem::take(&mut self.typed), self.pattern.take());
        let current = self.current.filter(|(number, _)| still_shown(*number));
        *self = Self { typed, pattern, origin, current, ..Self::default() };
    }

    /// Whether something is looked for.
    pub fn is_on(&self) -> bool {
        self.pattern.is_some()
    }

    /// What was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// How many lines match.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Forgets where lines on the screen match: they are shown as something else now.
    pub fn forget_shown(&mut self) {
        self.shown.clear();
    }

    /// How many matches there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Looks through lines that were not looked through yet, as far as the budget goes, and forgets those that are not
    /// in `span`. `line` gives a line's text.
    pub fn advance<'a>(&mut self, span: Range<u64>, budget: &mut usize, line: impl Fn(u64) -> Option<&'a str>) {
        let Some(pattern) = &self.pattern else { return };
        while let Some((_, count)) = self.lines.front().filter(|(number, _)| *number < span.start) {
            self.count -= u64::from(*count);
            self.lines.pop_front();
        }
        self.current = self.current.filter(|(number, _)| *number >= span.start);
        let (lines, total) = (&mut self.lines, &mut self.count);
        let bytes = |number| line(number).map_or(0, str::len);
        self.sweep.advance(span, self.origin, budget, bytes, |number, side| {
            let count = line(number).map_or(0, |text| pattern.count(text));
            if count > 0 {
                *total += u64::from(count);
                match side {
                    Side::Ahead => lines.push_back((number, count)),
                    Side::Behind => lines.push_front((number, count)),
                }
            }
        });
    }

    /// Lines from `from` on have another number now; they are looked through again.
    pub fn take_back(&mut self, from: u64) {
        while let Some((_, count)) = self.lines.pop_back_if(|(number, _)| *number >= from) {
            self.count -= u64::from(count);
        }
        self.sweep.take_back(from);
        self.shown.clear();
    }

    /// The match to lead to after a search began, once it is known: the first from where it began, else the last
    /// before. Says it once.
    pub fn lead(&mut self, span: &Range<u64>) -> Option<Place> {
        if !self.seeks || self.pattern.is_none() {
            return None;
        }
        let found = self.near(self.origin);
        let is_known = match found {
            Some((number, _)) => number >= self.origin || self.sweep.is_at_end(span.end),
            None => self.sweep.is_done(span),
        };
        self.seeks = !is_known;
        found.filter(|_| is_known)
    }

    /// Whether all lines of `span` were looked through.
    pub fn is_done(&self, span: &Range<u64>) -> bool {
        self.pattern.is_none() || self.sweep.is_done(span)
    }

    /// Where `text` matches.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        self.pattern.as_ref().map(|pattern| pattern.find_all(text)).unwrap_or_default()
    }

    /// Where line `number`, which is `text`, matches. Remembered until [`Self::keep_shown`].
    pub fn shown(&mut self, number: u64, text: &str) -> Arc<[Range<usize>]> {
        if self.pattern.is_none() {
            return Arc::default();
        }
        if let Some((_, ranges)) = self.shown.iter().rev().find(|(shown, _)| *shown == number) {
            return Arc::clone(ranges);
        }
        let ranges: Arc<[_]> = self.ranges(text).into();
        self.shown.push((number, Arc::clone(&ranges)));
        ranges
    }

    /// Forgets where lines match that are outside of `lines`.
    pub fn keep_shown(&mut self, lines: &RangeInclusive<u64>) {
        self.shown.retain(|(number, _)| lines.contains(number));
    }

    /// The first match in line `number` or later, else the last one before.
    pub fn near(&self, number: u64) -> Option<Place> {
        let at = self.lines.partition_point(|(line, _)| *line < number);
        match self.lines.get(at) {
            Some((line, _)) => Some((*line, 0)),
            None => self.lines.back().map(|(line, count)| (*line, count - 1)),
        }
    }

    /// The match after or before the current one, around at the ends; without a current one, that near `number`.
    pub fn step(&self, back: bool, number: u64) -> Option<Place> {
        let Some((line, index)) = self.current else { return self.near(number) };
        let at = self.lines.partition_point(|(other, _)| *other < line);
        let count = self.lines.get(at).filter(|(other, _)| *other == line).map_or(0, |(_, count)| *count);
        if self.lines.is_empty() || count == 0 {
            return self.near(number);
        }
        if back && index > 0 {
            return Some((line, index - 1));
        }
        if !back && index + 1 < count {
            return Some((line, index + 1));
        }
        let len = self.lines.len();
        let other = if back { (at + len - 1) % len } else { (at + 1) % len };
        let (line, count) = self.lines[other];
        Some((line, if back { count - 1 } else { 0 }))
    }

    /// Which match the current one is, from 1.
    pub fn position(&self) -> Option<u64> {
        let (line, index) = self.current?;
        let before = self.lines.iter().take_while(|(other, _)| *other < line);
        Some(before.map(|(_, count)| u64::from(*count)).sum::<u64>() + u64::from(index) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 5] = ["a", "b", "a a", "b", "a"];

    fn find() -> Find {
        let mut find = Find::default();
        find.set("a", 0).expect("a pattern");
        find.advance(0..5, &mut { usize::MAX }, |number| LINES.get(number as usize).copied());
        find
    }

    #[test]
    fn forwards_and_backwards_around_the_ends() {
        let mut find = find();
        let mut seen = Vec::new();
        for _ in 0..5 {
            find.current = find.step(false, 1);
            seen.push(find.position());
        }
        assert_eq!(seen, [2, 3, 4, 1, 2].map(Some), "from the first line on the screen");
        for _ in 0..2 {
            find.current = find.step(true, 0);
        }
        assert_eq!((find.current, find.count()), (Some((4, 0)), 4));
    }

    #[test]
    fn only_new_lines_are_looked_through_and_old_ones_forgotten() {
        let mut find = find();
        find.current = Some((0, 0));
        let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
        find.advance(2..7, &mut { usize::MAX }, |number| {
            asked.borrow_mut().insert(number);
            Some("a")
        });
        assert_eq!(asked.borrow().iter().copied().collect::<Vec<_>>(), [5, 6]);
        assert_eq!((find.count(), find.current), (5, None));
    }

    #[test]
    fn it_leads_to_the_first_match_as_soon_as_that_is_known() {
        let line = |number: u64| LINES.get(number as usize).copied();
        let slice = || 140_usize;
        let mut find = Find::default();
        find.set("a", 3).expect("a pattern");
        find.advance(0..5, &mut slice(), line);
        assert_eq!(find.lead(&(0..5)), Some((4, 0)), "after lines 3 and 4");
        assert_eq!(find.lead(&(0..5)), None, "it is said once");
        find.set("a a", 3).expect("a pattern");
        find.advance(0..5, &mut slice(), line);
        assert_eq!(find.lead(&(0..5)), None);
        find.advance(0..5, &mut slice(), line);
        assert_eq!((find.lead(&(0..5)), find.is_done(&(0..5))), (Some((2, 0)), false));
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let mut find = Find::default();
        assert!(find.set("/(/", 0).is_err());
        assert_eq!((find.is_on(), find.step(false, 0), find.position()), (false, None, None));
        find.set("zzz", 0).expect("a pattern");
        find.advance(0..5, &mut { usize::MAX }, |number| LINES.get(number as usize).copied());
        assert_eq!((find.count(), find.near(3), find.step(true, 3)), (0, None, None));
    }
}
