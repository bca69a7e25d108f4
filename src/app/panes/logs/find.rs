//! Searching a log that grows: each line is looked through once, and only how often it matches is kept.
//!
//! The lines nearest to the view come first ([`Sweep`]), so that the first match is there at once.

use std::collections::VecDeque;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use super::entry::Entry;
use super::pages::{Pages, Stretch};
use super::sweep::{Side, Sweep};
use crate::base::lines::LineFinder;
use crate::base::search::{Pattern, PatternError};

/// A match: the line's number, and which of the line's matches.
pub type Place = (u64, u32);

/// A search.
#[derive(Debug, Default)]
pub struct Find {
    typed: String,
    pattern: Option<Pattern>,
    finder: LineFinder,
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
            self.finder = self.pattern.as_ref().map(LineFinder::new).unwrap_or_default();
        }
        Ok(())
    }

    /// Looks for the same again: other lines are shown now. Leads nowhere by itself; stays where it is if that is
    /// `still_shown`.
    pub fn begin_again(&mut self, origin: u64, still_shown: impl Fn(u64) -> bool) {
        let (typed, pattern) = (std::mem::take(&mut self.typed), self.pattern.take());
        let finder = std::mem::take(&mut self.finder);
        let current = self.current.filter(|(number, _)| still_shown(*number));
        *self = Self { typed, pattern, finder, origin, current, ..Self::default() };
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
    /// there any more. Only lines that are `shown` count, and no notes.
    pub fn advance(&mut self, pages: &Pages, budget: &mut usize, shown: impl Fn(Entry) -> bool) {
        if !self.is_on() {
            return;
        }
        let first = pages.first();
        while let Some((_, count)) = self.lines.front().filter(|(number, _)| *number < first) {
            self.count -= u64::from(*count);
            self.lines.pop_front();
        }
        self.current = self.current.filter(|(number, _)| *number >= first);
        let (lines, total, finder) = (&mut self.lines, &mut self.count, &self.finder);
        self.sweep.advance(pages, self.origin, budget, |stretch, side| {
            let found = in_stretch(finder, stretch, &shown);
            *total += found.iter().map(|(_, count)| u64::from(*count)).sum::<u64>();
            match side {
                Side::Ahead => lines.extend(found),
                Side::Behind => found.into_iter().rev().for_each(|line| lines.push_front(line)),
            }
        });
    }

    /// Lines from `from` on have another number now; they are looked through again.
    pub fn take_back(&mut self, from: u64) {
        while let Some((_, count)) = self.lines.back().filter(|(number, _)| *number >= from) {
            self.count -= u64::from(*count);
            self.lines.pop_back();
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

    /// The line that has to be read from the disk before this goes on, and whether others before it follow.
    pub fn wants(&self, pages: &Pages) -> Option<(u64, bool)> {
        self.is_on().then(|| self.sweep.wants(pages))?
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

/// The lines of a stretch that match, and how often, in order.
fn in_stretch(finder: &LineFinder, stretch: &Stretch, shown: impl Fn(Entry) -> bool) -> Vec<(u64, u32)> {
    let mut found: Vec<(u64, u32)> = Vec::new();
    // The line that was looked at last: its place in the page, and whether it counts.
    let mut last = (usize::MAX, false);
    let Stretch { page, lines, numbers } = stretch;
    finder.each(page.text(lines), |at| {
        let line = page.line_at(lines.start, if last.0 == usize::MAX { lines.start } else { last.0 }, at);
        if line != last.0 {
            let counts = page.get(line).is_some_and(|entry| !entry.is_note && shown(entry));
            last = (line, counts);
            if counts {
                found.push((numbers.start + (line - lines.start) as u64, 0));
            }
        }
        if let Some((_, count)) = found.last_mut().filter(|_| last.1) {
            *count += 1;
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::LogLimits;
    use super::super::page::PAGE;
    use super::*;

    fn pages(texts: &[&str]) -> Pages {
        let mut pages = Pages::new(LogLimits { lines: 5, bytes: 1 << 30 }, 0);
        for text in texts {
            pages.push(Entry { text, ..Entry::default() });
        }
        pages
    }

    fn all(find: &mut Find, pages: &Pages) {
        find.advance(pages, &mut { usize::MAX }, |_| true);
    }

    fn find() -> Find {
        let mut find = Find::default();
        find.set("a", 0).expect("a pattern");
        all(&mut find, &pages(&["a", "b", "a a", "b", "a"]));
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
        let asked = std::cell::Cell::new(0);
        find.advance(&pages(&["a", "a", "a", "a", "a", "a", "a"]), &mut { usize::MAX }, |_| {
            asked.set(asked.get() + 1);
            true
        });
        assert_eq!((asked.get(), find.count(), find.current), (2, 5, None));
    }

    #[test]
    fn notes_and_lines_that_are_not_shown_do_not_count() {
        let mut pages = pages(&["aa", "b", "aaa"]);
        pages.push(Entry { text: "a", is_note: true, ..Entry::default() });
        let mut find = Find::default();
        find.set("a", 4).expect("a pattern");
        find.advance(&pages, &mut { usize::MAX }, |entry| entry.text != "aa");
        assert_eq!((find.count(), find.lines(), find.near(0)), (3, 1, Some((2, 0))));
    }

    #[test]
    fn it_leads_to_the_first_match_as_soon_as_that_is_known() {
        let filler = "x".repeat(PAGE);
        let pages = pages(&["b", "a a", filler.as_str(), "b", "a"]);
        let mut find = Find::default();
        find.set("a", 3).expect("a pattern");
        find.advance(&pages, &mut 1, |_| true);
        assert_eq!(find.lead(&pages.span()), Some((4, 0)), "after lines 3 and 4");
        assert_eq!(find.lead(&pages.span()), None, "it is said once");
        find.set("a a", 3).expect("a pattern");
        find.advance(&pages, &mut 1, |_| true);
        assert_eq!(find.lead(&pages.span()), None);
        find.advance(&pages, &mut { 2 * PAGE }, |_| true);
        assert_eq!((find.lead(&pages.span()), find.is_done(&pages.span())), (Some((1, 0)), true));
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let mut find = Find::default();
        assert!(find.set("/(/", 0).is_err());
        assert_eq!((find.is_on(), find.step(false, 0), find.position()), (false, None, None));
        find.set("zzz", 0).expect("a pattern");
        all(&mut find, &pages(&["a", "b"]));
        assert_eq!((find.count(), find.near(3), find.step(true, 3)), (0, None, None));
    }
}
