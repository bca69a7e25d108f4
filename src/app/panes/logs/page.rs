//! Lines of a log in one piece of memory, which is searched, saved and let go as one.
//!
//! The texts stand behind each other, each with a line break behind it; a line's own head says where its text ends.
//! So a line costs its bytes and 25 more. A page that is full never changes again: whoever keeps one shares it.

use std::ops::Range;

use super::entry::Entry;
use crate::base::level::Level;
use crate::base::sgr::Run;
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::cluster::api::SourceId;

/// Bytes of text that a page has room for.
pub const PAGE: usize = 64 << 10;
/// A page has no more lines than this, however short they are.
const MOST_LINES: usize = 2_048;
/// What the allocator and the shared pointer cost, for a page with three parts: about.
const OVERHEAD: usize = 128;

/// What is known of a line beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub at: Stamp,
    /// Where the text ends, in the page's text.
    pub end: u32,
    /// Where its colours end, among the page's.
    pub runs: u32,
    pub source: SourceId,
    pub role: Role,
    pub level: Level,
    pub is_note: bool,
    pub is_late: bool,
}

/// Lines that stand behind each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub(super) text: String,
    pub(super) heads: Vec<Head>,
    pub(super) runs: Vec<Run>,
}

impl Page {
    /// Appends a line. Line breaks in it become spaces: they would end it.
    pub fn push(&mut self, entry: Entry) {
        let start = self.text.len();
        self.text.push_str(entry.text);
        if memchr::memchr(b'\n', entry.text.as_bytes()).is_some() {
            let flat = self.text.split_off(start).replace('\n', " ");
            self.text.push_str(&flat);
        }
        self.runs.extend_from_slice(entry.runs);
        self.heads.push(Head {
            at: entry.at,
            end: offset(self.text.len()),
            runs: offset(self.runs.len()),
            source: entry.source,
            role: entry.role,
            level: entry.level,
            is_note: entry.is_note,
            is_late: entry.is_late,
        });
        self.text.push('\n');
    }

    /// How many lines there are.
    pub fn lines(&self) -> usize {
        self.heads.len()
    }

    /// With room for so many bytes of text, set aside at once: an allocator keeps what a text grew out of.
    pub fn with_room(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ..Self::default() }
    }

    /// Whether another line fits in, if it is to have no more than `bytes` bytes of text. One line always does.
    pub fn fits(&self, entry: Entry, bytes: usize) -> bool {
        let text = self.text.len() + entry.text.len() + "\n".len();
        self.heads.is_empty() || (text <= bytes && self.heads.len() < MOST_LINES)
    }

    /// Leaves only so many of the first lines.
    pub fn truncate(&mut self, lines: usize) {
        let start = self.start(lines.min(self.lines()));
        self.text.truncate(start);
        self.heads.truncate(lines);
        self.runs.truncate(self.heads.last().map_or(0, |head| head.runs as usize));
    }

    /// Gives back what was set aside for more lines.
    pub fn close(&mut self) {
        self.text.shrink_to_fit();
        self.heads.shrink_to_fit();
        self.runs.shrink_to_fit();
    }

    /// The memory that it takes.
    pub fn bytes(&self) -> usize {
        let heads = self.heads.capacity() * size_of::<Head>() + self.runs.capacity() * size_of::<Run>();
        // The allocator has eight sizes between one power of two and the next, of which it takes the next larger one.
        self.text.capacity() + heads + heads / 16 + size_of::<Self>() + OVERHEAD
    }

    /// One of its lines.
    pub fn get(&self, index: usize) -> Option<Entry<'_>> {
        let head = self.heads.get(index)?;
        let runs = index.checked_sub(1).map_or(0, |before| self.heads[before].runs as usize)..head.runs as usize;
        Some(Entry {
            at: head.at,
            text: self.text.get(self.start(index)..head.end as usize)?,
            runs: self.runs.get(runs)?,
            role: head.role,
            is_note: head.is_note,
            level: head.level,
            source: head.source,
            is_late: head.is_late,
        })
    }

    /// The texts of some of its lines, each with a line break behind it.
    pub fn text(&self, lines: &Range<usize>) -> &str {
        self.text.get(self.start(lines.start)..self.start(lines.end)).unwrap_or_default()
    }

    /// The line, `first` or a later one, in which byte `at` of the text that begins with line `first` stands.
    pub fn line_at(&self, first: usize, from: usize, at: usize) -> usize {
        let at = self.start(first) + at;
        from + self.heads[from.min(self.lines())..].partition_point(|head| (head.end as usize) < at)
    }

    /// Where the text of a line begins.
    fn start(&self, index: usize) -> usize {
        index.checked_sub(1).and_then(|before| self.heads.get(before)).map_or(0, |head| head.end as usize + 1)
    }
}

/// A line has a megabyte at most, so a page is far from the end of these numbers.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::sgr::strip;

    #[test]
    fn a_head_is_small() {
        assert_eq!(size_of::<Head>() + "\n".len(), 25);
    }

    proptest! {
        #[test]
        fn lines_come_out_as_they_went_in(texts in proptest::collection::vec("([a日\u{1b}]|\u{1b}\\[3[1-3]m){0,9}", 0..9)) {
            let stripped: Vec<_> = texts.iter().map(|text| strip(text).unwrap_or((text.clone(), Vec::new()))).collect();
            let mut page = Page::default();
            for (at, (text, runs)) in stripped.iter().enumerate() {
                page.push(Entry { at: Stamp::from_seconds(at as i64), text, runs, ..Entry::default() });
            }
            page.close();
            for (at, (text, runs)) in stripped.iter().enumerate() {
                let entry = page.get(at).expect("it was put in");
                prop_assert_eq!((entry.text, entry.runs), (text.as_str(), runs.as_slice()));
                prop_assert_eq!(entry.at.seconds(), at as i64);
                prop_assert_eq!(page.text(&(at..at + 1)), format!("{text}\n"));
                let within = page.text(&(0..at)).len();
                prop_assert_eq!((page.line_at(0, 0, within), page.line_at(0, 0, within + text.len())), (at, at));
            }
            let half = texts.len() / 2;
            let mut first = page.clone();
            first.truncate(half);
            prop_assert_eq!((first.lines(), first.text(&(0..half))), (half, page.text(&(0..half))));
            prop_assert!((0..half).all(|at| first.get(at) == page.get(at)));
            prop_assert!(page.get(texts.len()).is_none() && page.text(&(0..texts.len())).len() <= page.bytes());
        }
    }
}
