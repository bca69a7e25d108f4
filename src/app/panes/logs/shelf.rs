//! The pages of a log that went to the disk, because memory has no more room for them: where they are in the file.
//!
//! The file has a size that it never exceeds: when it is full, the oldest pages in it are written over. It is the
//! runtime's, which does what the [`Order`]s say; here is only known which page stands where, and a few of the pages
//! that were read last. The numbers of the lines go on without a gap from the first page in the file to the first in
//! memory.

use std::collections::VecDeque;
use std::sync::Arc;

use super::page::Page;
use crate::base::stamp::Stamp;

/// How many pages that were read are kept: 2 MiB of them.
const READ: usize = 32;
/// How many are read at once.
const AT_ONCE: usize = 16;

/// A page in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelved {
    /// The number of its first line.
    pub number: u64,
    /// How many lines it has.
    pub lines: u32,
    /// Where it begins in the file.
    pub place: u64,
    /// How many bytes it takes there.
    pub bytes: u32,
    /// The time of its first line.
    pub at: Stamp,
}

impl Shelved {
    fn end(&self) -> u64 {
        self.number + u64::from(self.lines)
    }
}

/// A page and the number of its first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The number.
    pub number: u64,
    /// The page.
    pub page: Arc<Page>,
}

/// Something to do with the file, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Write a page.
    Write(Shelved, Numbered),
    /// Read pages.
    Read(Vec<Shelved>),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShelfAnswer {
    /// The pages that were asked for; what could not be read is left out.
    Read(Vec<Numbered>),
    /// Nothing more can be written.
    Failed(String),
}

/// The pages in the file.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// How large the file may be; 0: there is none.
    most: u64,
    shelved: VecDeque<Shelved>,
    /// Where the next page goes.
    next: u64,
    orders: Vec<Order>,
    /// What was read last, the newest at the end.
    read: VecDeque<Numbered>,
    /// Pages that could not be read, by number: they are not asked for again.
    lost: Vec<u64>,
    asked: Vec<u64>,
    /// Why nothing more is written.
    failure: Option<String>,
}

impl Shelf {
    /// A file of at most `most` bytes; 0: none.
    pub fn new(most: u64) -> Self {
        Self { most, ..Self::default() }
    }

    /// Whether pages can be put there.
    pub fn is_on(&self) -> bool {
        self.most > 0 && self.failure.is_none()
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.shelved.is_empty()
    }

    /// The number of the first line.
    pub fn first(&self) -> Option<u64> {
        self.shelved.front().map(|page| page.number)
    }

    /// How many lines there are.
    pub fn lines(&self) -> u64 {
        let (first, last) = (self.shelved.front(), self.shelved.back());
        first.zip(last).map_or(0, |(first, last)| last.end() - first.number)
    }

    /// Puts the page behind the last one there. What was the oldest may be gone then; so is this one, if it has no room.
    pub fn put(&mut self, number: u64, page: Arc<Page>) {
        let bytes = page.len_as_bytes() as u64;
        if !self.is_on() || bytes > self.most || u32::try_from(bytes).is_err() {
            self.forget();
            return;
        }
        if self.next + bytes > self.most {
            // What stands from here to the end is the oldest.
            while self.shelved.front().is_some_and(|front| front.place >= self.next) {
                self.shelved.pop_front();
            }
            self.next = 0;
        }
        let place = self.next..self.next + bytes;
        let is_in_the_way =
            |front: &Shelved| front.place < place.end && place.start < front.place + u64::from(front.bytes);
        while self.shelved.front().is_some_and(is_in_the_way) {
            self.shelved.pop_front();
        }
        let at = (0..page.lines()).filter_map(|line| page.get(line)).map(|entry| entry.at).find(|at| at.is_set());
        let shelved = Shelved {
            number,
            lines: page.lines() as u32,
            place: place.start,
            bytes: bytes as u32,
            at: at.unwrap_or(Stamp::NONE),
        };
        self.next = place.end;
        self.shelved.push_back(shelved);
        self.orders.push(Order::Write(shelved, Numbered { number, page }));
    }

    fn forget(&mut self) {
        self.shelved.clear();
        self.read.clear();
    }

    /// The page with a line, if it was read.
    pub fn page_of(&self, number: u64) -> Option<(u64, &Page)> {
        let has = |read: &&Numbered| (read.number..read.number + read.page.lines() as u64).contains(&number);
        self.read.iter().rev().find(has).map(|read| (read.number, &*read.page))
    }

    fn index_of(&self, number: u64) -> Option<usize> {
        let at = self.shelved.partition_point(|page| page.number <= number).checked_sub(1)?;
        self.shelved.get(at).filter(|page| number < page.end()).map(|_| at)
    }

    /// The numbers of the lines of the page that holds a line, read or not.
    pub fn span_of(&self, number: u64) -> Option<std::ops::Range<u64>> {
        self.index_of(number).map(|at| self.shelved[at].number..self.shelved[at].end())
    }

    /// Whether a line is there and its page has to be read first.
    pub fn is_missing(&self, number: u64) -> bool {
        let is_lost = |at: usize| self.lost.contains(&self.shelved[at].number);
        self.page_of(number).is_none() && self.index_of(number).is_some_and(|at| !is_lost(at))
    }

    /// Whether a line was there and could not be read again.
    pub fn is_lost(&self, number: u64) -> bool {
        self.index_of(number).is_some_and(|at| self.lost.contains(&self.shelved[at].number))
    }

    /// The number of the first line of the last page that begins no later than `at`.
    pub fn page_at(&self, at: Stamp) -> Option<u64> {
        let found = self.shelved.partition_point(|page| page.at <= at);
        self.shelved.get(found.saturating_sub(1)).map(|page| page.number)
    }

    /// Asks for the page with a line, and for pages before it (`back`) or behind it that will be wanted next; nothing is
    /// asked while an answer is due.
    pub fn ask(&mut self, number: u64, back: bool) {
        let Some(at) = self.index_of(number).filter(|_| self.asked.is_empty() && self.is_missing(number)) else {
            return;
        };
        let range =
            if back { (at + 1).saturating_sub(AT_ONCE)..at + 1 } else { at..self.shelved.len().min(at + AT_ONCE) };
        let pages: Vec<_> = self.shelved.range(range).filter(|page| self.is_missing(page.number)).copied().collect();
        self.asked = pages.iter().map(|page| page.number).collect();
        self.orders.push(Order::Read(pages));
    }

    /// Another one reads the same file for itself.
    pub fn begin_reading(&mut self) {
        self.orders.clear();
        self.asked.clear();
    }

    /// The page with a line cannot be read.
    pub fn lose(&mut self, number: u64) {
        self.lost.extend(self.index_of(number).map(|at| self.shelved[at].number));
    }

    /// Takes in what came of an order.
    pub fn answer(&mut self, answer: ShelfAnswer) {
        match answer {
            ShelfAnswer::Failed(why) => {
                self.failure = Some(why);
                self.forget();
            }
            ShelfAnswer::Read(pages) => {
                let lost = self.asked.iter().filter(|number| pages.iter().all(|page| page.number != **number));
                self.lost.extend(lost);
                self.asked.clear();
                self.read.extend(pages);
                self.read.drain(..self.read.len().saturating_sub(READ));
            }
        }
        let first = self.first().unwrap_or(u64::MAX);
        self.lost.retain(|number| *number >= first);
    }

    /// What the runtime is to do, in order.
    pub fn take_orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::entry::Entry;
    use super::*;

    fn page(text: &str, lines: usize) -> Arc<Page> {
        let mut page = Page::default();
        (0..lines).for_each(|_| page.push(Entry { text, at: Stamp::from_seconds(9), ..Entry::default() }));
        Arc::new(page)
    }

    #[test]
    fn a_page_is_asked_for_once_and_what_is_lost_is_not_asked_for_again() {
        let mut shelf = Shelf::new(1 << 20);
        for at in 0..40 {
            shelf.put(at * 2, page("x", 2));
        }
        assert_eq!((shelf.first(), shelf.lines(), shelf.take_orders().len()), (Some(0), 80, 40));
        shelf.ask(61, true);
        shelf.ask(3, true);
        let orders = shelf.take_orders();
        let [Order::Read(pages)] = &orders[..] else { panic!("{orders:?}") };
        assert_eq!((pages.len(), pages[0].number, pages[15].number), (AT_ONCE, 30, 60));
        assert!(shelf.is_missing(61) && shelf.page_of(61).is_none());
        shelf.answer(ShelfAnswer::Read(
            pages[..15].iter().map(|read| Numbered { number: read.number, page: page("x", 2) }).collect(),
        ));
        assert!(shelf.page_of(59).is_some() && !shelf.is_missing(59));
        assert!(shelf.is_lost(61) && !shelf.is_missing(61) && shelf.page_of(61).is_none());
        shelf.ask(61, true);
        assert!(shelf.take_orders().is_empty(), "it is known to be lost");
        shelf.ask(79, false);
        assert!(matches!(&shelf.take_orders()[..], [Order::Read(pages)] if pages.len() == 1));
        assert_eq!(
            (shelf.page_at(Stamp::from_seconds(1)), shelf.page_at(Stamp::from_seconds(10))),
            (Some(0), Some(78))
        );
    }

    #[test]
    fn without_a_file_nothing_is_kept() {
        let mut shelf = Shelf::new(0);
        shelf.put(0, page("x", 2));
        assert!(shelf.is_empty() && shelf.take_orders().is_empty());
        let mut shelf = Shelf::new(1 << 20);
        shelf.put(0, page("x", 2));
        shelf.answer(ShelfAnswer::Failed("the disk is full".to_owned()));
        shelf.put(2, page("x", 2));
        assert!(shelf.is_empty() && shelf.failure.as_deref() == Some("the disk is full"));
    }

    proptest! {
        /// Whatever was written: no two pages that are still known overlap, none is beyond the file's size, and they are
        /// the last ones, without a gap.
        #[test]
        fn the_file_has_the_last_pages(sizes in proptest::collection::vec(0usize..900, 1..60)) {
            const MOST: u64 = 3_000;
            let (mut shelf, mut number) = (Shelf::new(MOST), 0);
            for size in sizes {
                shelf.put(number, page(&"x".repeat(size), 2));
                number += 2;
                let known: Vec<_> = shelf.shelved.iter().collect();
                prop_assert!(known.iter().all(|page| page.place + u64::from(page.bytes) <= MOST));
                prop_assert_eq!(known.last().map(|page| page.end()), Some(number));
                prop_assert!(known.windows(2).all(|two| two[0].end() == two[1].number));
                let mut places: Vec<_> = known.iter().map(|page| (page.place, page.place + u64::from(page.bytes))).collect();
                places.sort_unstable();
                prop_assert!(places.windows(2).all(|two| two[0].1 <= two[1].0), "{places:?}");
            }
        }
    }
}
