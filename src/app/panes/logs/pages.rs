//! What is kept of a log: the newest lines, in pages, bounded by their number and their memory.
//!
//! Each line keeps its number until it is dropped. Beyond the number of lines single ones go, beyond the memory whole
//! pages; where there is a file for them ([`Shelf`]), whole pages go there, and their lines are still lines of the log. A clone shares the pages, so that what is there at a moment can be taken to be saved without copying it.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::LogLimits;
use super::entry::Entry;
use super::page::{PAGE, Page};
use super::shelf::{Shelf, ShelfAnswer};
use super::sweep::Side;
use crate::base::stamp::Stamp;

/// A page holds at most this part of what may be kept, so that dropping one leaves most.
const PARTS: usize = 16;

/// The newest lines of a log.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The pages, each with the number of its first line.
    kept: VecDeque<(u64, Arc<Page>)>,
    limits: LogLimits,
    bytes: usize,
    /// The number of the oldest line.
    first: u64,
    /// The number that the next line will have.
    end: u64,
    dropped: u64,
    /// The pages that went to the disk.
    pub shelf: Shelf,
}

/// Lines of one page that are looked through in one go.
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    /// Their numbers.
    pub numbers: Range<u64>,
    /// The page.
    pub page: &'a Page,
    /// Which lines of the page they are.
    pub lines: Range<usize>,
}

impl<'a> Stretch<'a> {
    /// The lines with their numbers, in order.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (u64, Entry<'a>)> + use<'a> {
        let (page, first, line) = (self.page, self.numbers.start, self.lines.start);
        self.lines.clone().filter_map(move |at| Some((first + (at - line) as u64, page.get(at)?)))
    }
}

impl Pages {
    /// Nothing yet; `first` is the number of the first line: so many can be put in front of it.
    pub fn new(limits: LogLimits, first: u64) -> Self {
        Self { kept: VecDeque::new(), limits, bytes: 0, first, end: first, dropped: 0, shelf: Shelf::default() }
    }

    /// Appends a line and drops the oldest ones that are too many by now; the newest is kept in any case.
    pub fn push(&mut self, entry: Entry) {
        let room = self.page_bytes();
        if self.kept.back().is_none_or(|(_, page)| !page.fits(entry, room)) {
            self.close_last();
            let page = Page::with_room(room);
            self.bytes += page.bytes();
            self.kept.push_back((self.end, Arc::new(page)));
        }
        self.change_last(|page| page.push(entry));
        self.end += 1;
        self.trim();
    }

    fn close_last(&mut self) {
        self.change_last(Page::close);
    }

    /// Changes the last page; whoever shares it keeps it as it was.
    fn change_last(&mut self, change: impl FnOnce(&mut Page)) {
        let Some((_, page)) = self.kept.back_mut() else { return };
        let before = page.bytes();
        let page = Arc::make_mut(page);
        change(page);
        self.bytes = (self.bytes + page.bytes()).saturating_sub(before);
    }

    fn trim(&mut self) {
        let kept = (self.end - self.first).min(self.limits.lines.max(1) as u64);
        let mut first = self.end - kept;
        while let Some((next, _)) = self.kept.get(1) {
            if *next > first && self.bytes <= self.limits.bytes {
                break;
            }
            first = first.max(*next);
            let Some((number, page)) = self.kept.pop_front() else { break };
            self.bytes -= page.bytes();
            self.shelf.put(number, page);
        }
        if self.shelf.is_on() {
            // Only whole pages go there, so the oldest in memory is whole.
            first = self.shelf.first().unwrap_or(self.memory().start.max(self.first));
        } else if let Some((number, _)) = self.kept.front() {
            // What was on the disk cannot be had any more.
            first = first.max(*number);
        }
        self.dropped += first - self.first;
        self.first = first;
    }

    /// Takes the lines from a number on out of the end, as far as they are in memory.
    pub fn take_back(&mut self, number: u64) -> Self {
        let number = number.clamp(self.memory().start, self.end);
        let at = self.kept.partition_point(|(first, _)| *first <= number).saturating_sub(1);
        let kept: VecDeque<_> = self.kept.range(at..).cloned().collect();
        let taken = Self { kept, first: number, end: self.end, ..Self::new(self.limits, number) };
        // Where older lines are on the disk, a page stays to say where memory begins.
        let least = usize::from(!self.shelf.is_empty());
        while self.kept.len() > least
            && let Some((_, page)) = self.kept.back().filter(|(first, _)| *first >= number)
        {
            self.bytes -= page.bytes();
            self.kept.pop_back();
        }
        if let Some((first, _)) = self.kept.back() {
            let lines = usize::try_from(number.saturating_sub(*first)).unwrap_or(usize::MAX);
            self.change_last(|page| page.truncate(lines));
        }
        self.end = number;
        taken
    }

    /// Puts lines, oldest first, in front of the oldest one: as many of the newest of them as there is room for. How
    /// many those are.
    pub fn prepend<'e>(&mut self, entries: impl IntoIterator<Item = Entry<'e>>) -> usize {
        let mut pages: VecDeque<Page> = VecDeque::new();
        for entry in entries {
            if let Some(page) = pages.back_mut().filter(|page| page.fits(entry, self.page_bytes())) {
                page.push(entry);
                continue;
            }
            let mut page = Page::default();
            page.push(entry);
            pages.push_back(page);
        }
        let room = self.limits.lines.saturating_sub(self.len()).min(usize::try_from(self.first).unwrap_or(usize::MAX));
        let (mut start, mut taken) = (self.first, 0);
        while let Some(mut page) = pages.pop_back().filter(|_| taken < room) {
            page.close();
            if self.bytes + page.bytes() > self.limits.bytes || start < page.lines() as u64 {
                break;
            }
            (start, taken) = (start - page.lines() as u64, taken + page.lines());
            self.bytes += page.bytes();
            self.kept.push_front((start, Arc::new(page)));
        }
        let taken = taken.min(room);
        self.first -= taken as u64;
        taken
    }

    /// Takes in what came of an order to the file.
    pub fn take_from_shelf(&mut self, answer: ShelfAnswer) {
        self.shelf.answer(answer);
        self.trim();
    }

    /// Puts a line before line `number`, which moves with all behind it by one.
    pub fn insert(&mut self, number: u64, entry: Entry) {
        let at = self.kept.partition_point(|(first, _)| *first <= number).checked_sub(1);
        let Some((at, (first, page))) = at.and_then(|at| Some((at, self.kept.get(at)?))) else {
            return self.push(entry);
        };
        let mut changed = Page::default();
        for index in 0..page.lines() {
            if first + index as u64 == number {
                changed.push(entry);
            }
            page.get(index).into_iter().for_each(|entry| changed.push(entry));
        }
        let (before, after) = (page.bytes(), changed.bytes());
        self.kept[at].1 = Arc::new(changed);
        self.kept.iter_mut().skip(at + 1).for_each(|(first, _)| *first += 1);
        self.bytes = self.bytes + after - before;
        self.end += 1;
        self.trim();
    }

    /// The first of the last lines that are not older than `at`; `None` when the last one is.
    pub fn first_since(&self, at: Stamp) -> Option<u64> {
        let mut found = None;
        let mut next = self.end.checked_sub(1)?;
        loop {
            let Some(stretch) = self.stretch(next, Side::Behind) else { return found };
            for (number, entry) in stretch.entries().rev() {
                if entry.at.is_set() && entry.at < at {
                    return found;
                }
                found = if entry.is_note { found } else { Some(number) };
            }
            next = match stretch.numbers.start.checked_sub(1) {
                Some(before) if before >= self.first => before,
                _ => return found,
            };
        }
    }

    /// Bytes of text that a page has room for.
    fn page_bytes(&self) -> usize {
        (self.limits.bytes / PARTS).min(PAGE)
    }

    /// The line of this number, if it is still there.
    pub fn get(&self, number: u64) -> Option<Entry<'_>> {
        let (first, page) = self.page_of(number)?;
        page.get(usize::try_from(number - first).ok()?)
    }

    fn page_of(&self, number: u64) -> Option<(u64, &Page)> {
        if !self.span().contains(&number) {
            return None;
        }
        if number < self.memory().start {
            return self.shelf.page_of(number);
        }
        let at = self.kept.partition_point(|(first, _)| *first <= number).checked_sub(1)?;
        self.kept.get(at).map(|(first, page)| (*first, &**page))
    }

    /// The lines from `number` on to its side, as far as they stand in one page.
    pub fn stretch(&self, number: u64, side: Side) -> Option<Stretch<'_>> {
        let (first, page) = self.page_of(number)?;
        let numbers = match side {
            Side::Ahead => number..first + page.lines() as u64,
            Side::Behind => first.max(self.first)..number + 1,
        };
        let line = |number: u64| usize::try_from(number - first).unwrap_or(usize::MAX);
        let lines = line(numbers.start)..line(numbers.end);
        Some(Stretch { numbers, page, lines })
    }

    /// The numbers of the lines that are in memory.
    pub fn memory(&self) -> Range<u64> {
        self.kept.front().map_or(self.first, |(first, _)| *first).max(self.first)..self.end
    }

    /// The numbers of the lines that are there, on the disk or in memory.
    pub fn span(&self) -> Range<u64> {
        self.first..self.end
    }

    /// Number of the oldest line that is there.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Number that the next line will have.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// How many were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many lines are there.
    pub fn len(&self) -> usize {
        usize::try_from(self.end - self.first).unwrap_or(usize::MAX)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.first == self.end
    }

    /// The memory that they take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether neither bound is reached.
    pub fn has_room(&self) -> bool {
        self.len() < self.limits.lines && self.bytes < self.limits.bytes && self.shelf.is_empty()
    }

    /// All lines in memory with their numbers, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Entry<'_>)> {
        let mut next = self.memory().start;
        std::iter::from_fn(move || {
            let stretch = self.stretch(next, Side::Ahead)?;
            next = stretch.numbers.end;
            Some(stretch)
        })
        .flat_map(|stretch| stretch.entries())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(text: &str) -> Entry<'_> {
        Entry { text, ..Entry::default() }
    }

    fn texts(pages: &Pages) -> String {
        pages.iter().map(|(_, entry)| entry.text).collect::<Vec<_>>().join(" ")
    }

    fn pages(lines: usize, bytes: usize, first: u64) -> Pages {
        Pages::new(LogLimits { lines, bytes }, first)
    }

    #[test]
    fn numbers_stay_while_the_oldest_go() {
        let mut pages = pages(3, 1 << 20, 0);
        for text in ["a", "b", "c", "d", "e"] {
            pages.push(entry(text));
        }
        assert_eq!((pages.span(), pages.len(), pages.dropped()), (2..5, 3, 2));
        let text = |number| pages.get(number).map(|entry| entry.text);
        assert_eq!((text(1), text(2), text(4), text(5)), (None, Some("c"), Some("e"), None));
    }

    #[test]
    fn older_lines_go_in_front_while_there_is_room() {
        let mut pages = pages(3, 1 << 20, 10);
        pages.push(entry("d"));
        assert_eq!(pages.prepend(["a", "b", "c"].map(entry)), 2, "the newest of them");
        assert_eq!((texts(&pages).as_str(), pages.span(), pages.dropped()), ("b c d", 8..11, 0));
        pages.push(entry("e"));
        assert_eq!((texts(&pages).as_str(), pages.first()), ("c d e", 9));
        assert_eq!((pages.prepend([entry("z")]), pages.has_room()), (0, false));
        let mut pages = self::pages(9, 1 << 20, 0);
        assert_eq!(pages.prepend([entry("a")]), 0, "no number is left before 0");
    }

    #[test]
    fn one_huge_line_pushes_out_all_others_and_stays() {
        let mut pages = pages(100, 4_000, 0);
        let huge = "x".repeat(9_000);
        for text in ["a", "b", huge.as_str()] {
            pages.push(entry(text));
        }
        assert_eq!(pages.get(2).map(|entry| entry.text.len()), Some(9_000));
        pages.push(entry("c"));
        assert_eq!((texts(&pages).as_str(), pages.dropped()), ("c", 3));
        assert!(pages.bytes() <= 4_000);
    }

    #[test]
    fn the_end_is_taken_out_and_put_back() {
        let mut pages = pages(9, 1 << 20, 10);
        for text in ["a", "b", "c", "d"] {
            pages.push(entry(text));
        }
        let taken = pages.take_back(12);
        assert_eq!((texts(&taken).as_str(), texts(&pages).as_str(), pages.end()), ("c d", "a b", 12));
        taken.iter().for_each(|(_, entry)| pages.push(entry));
        assert_eq!((texts(&pages).as_str(), pages.get(13).map(|entry| entry.text)), ("a b c d", Some("d")));
        assert!(pages.take_back(99).is_empty());
        assert_eq!((texts(&pages.take_back(0)).as_str(), pages.is_empty(), pages.bytes()), ("a b c d", true, 0));
    }

    #[test]
    fn a_line_goes_between_two_others() {
        let mut pages = pages(99, 4_000, 7);
        let at = |second: i64| Stamp::from_seconds(1_000 + second);
        for second in 0..40 {
            pages.push(Entry { at: at(second), ..entry("some line") });
        }
        assert_eq!(
            (pages.first_since(at(20)), pages.first_since(at(40)), pages.first_since(at(-1))),
            (Some(27), None, Some(7))
        );
        pages.insert(27, Entry { is_note: true, ..entry("note") });
        let around: Vec<_> =
            (26..29).filter_map(|number| pages.get(number)).map(|entry| (entry.text, entry.at)).collect();
        assert_eq!(around, [("some line", at(19)), ("note", Stamp::NONE), ("some line", at(20))]);
        assert_eq!((pages.len(), pages.get(47).map(|entry| entry.at)), (41, Some(at(39))));
        assert_eq!(pages.bytes(), pages.kept.iter().map(|(_, page)| page.bytes()).sum::<usize>());
    }

    #[test]
    fn what_was_taken_stays_as_it_was() {
        let mut pages = pages(2, 1 << 20, 0);
        pages.push(entry("a"));
        let taken = pages.clone();
        for text in ["b", "c", "d"] {
            pages.push(entry(text));
        }
        assert_eq!((texts(&taken).as_str(), texts(&pages).as_str()), ("a", "c d"));
    }

    proptest! {
        /// The end of what came, no more than may be, and the memory counted right.
        #[test]
        fn it_is_the_end_of_what_came(
            sizes in proptest::collection::vec(0usize..3_000, 0..60), lines in 1usize..20, earlier in 0usize..20,
        ) {
            const BYTES: usize = 40_000;
            let texts: Vec<_> = sizes.iter().enumerate().map(|(at, size)| format!("{at}{}", "x".repeat(*size))).collect();
            let mut pages = pages(lines, BYTES, 1_000);
            let (before, after) = texts.split_at(earlier.min(texts.len()));
            for (at, text) in after.iter().enumerate() {
                pages.push(entry(text));
                if at == 0 {
                    pages.prepend(before.iter().map(|text| entry(text)));
                }
            }
            let kept: Vec<_> = pages.iter().map(|(_, entry)| entry.text).collect();
            prop_assert!(texts.iter().map(String::as_str).skip(texts.len() - kept.len()).eq(kept.iter().copied()) || after.is_empty());
            prop_assert_eq!((kept.len(), pages.end()), (pages.len(), 1_000 + after.len() as u64));
            prop_assert!(pages.len() <= lines && (pages.bytes() <= BYTES || pages.len() == 1));
            let counted: usize = pages.kept.iter().map(|(_, page)| page.bytes()).sum();
            prop_assert_eq!(pages.bytes(), counted);
            for number in pages.span() {
                let behind = pages.stretch(number, Side::Behind).expect("it is there");
                let ahead = pages.stretch(number, Side::Ahead).expect("it is there");
                prop_assert_eq!((behind.numbers.end, ahead.numbers.start), (number + 1, number));
                prop_assert_eq!(ahead.entries().next().map(|(_, entry)| entry), pages.get(number));
                prop_assert_eq!(behind.entries().last().map(|(_, entry)| entry), pages.get(number));
            }
        }
    }
}
