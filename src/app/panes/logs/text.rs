//! A log, or what is shown of it, as text to be saved, copied or paged: taken at a moment, written a piece at a time.
//!
//! [`LogText`] shares the pages of the pane that it is of, so that taking it costs nothing, and does its own looking for
//! what passes the filter. It is an iterator of pieces; whoever writes them may do something else in between.

use std::ops::RangeInclusive;

use rustc_hash::FxHashMap;

use super::choice::Choice;
use super::lines::repeats;
use super::pages::Pages;
use super::pick::{Pick, Picked};
use super::shelf::{Order, ShelfAnswer};
use super::sweep::Side;
use crate::base::count::grouped;
use crate::cluster::api::SourceId;

/// What is looked through for one piece, in bytes.
const PIECE: usize = 256 << 10;

/// What stands before lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naming {
    /// Whether their times do.
    pub times: bool,
    /// The names of their streams.
    pub names: FxHashMap<SourceId, String>,
}

/// A log as text.
#[derive(Clone, Debug)]
pub struct LogText {
    pages: Pages,
    pick: Pick,
    naming: Naming,
    only: Option<RangeInclusive<u64>>,
    /// The line to go on with, where simply every line is written.
    next: u64,
    /// The last line that is shown so far, which may become one of several equal ones, by its number: its page may be
    /// gone from memory when it is written.
    held: Option<(u64, String)>,
}

impl LogText {
    /// The lines of `pages` that `pick` shows.
    pub(super) fn new(pages: &Pages, pick: Pick, naming: Naming) -> Self {
        let mut pages = pages.clone();
        pages.shelf.begin_reading();
        let next = pages.first();
        Self { pages, pick, naming, only: None, next, held: None }
    }

    /// Of those, the chosen ones.
    pub(super) fn only(self, choice: Choice) -> Self {
        Self { only: Some(choice.span()), ..self }
    }

    /// How far it is, in lines, and how many there are to look at.
    pub fn progress(&self) -> (u64, u64) {
        let span = self.pages.span();
        (self.next.saturating_sub(span.start), span.end - span.start)
    }

    /// The next lines, where simply every line is written.
    fn every_line(&mut self, out: &mut String) -> bool {
        let Some(stretch) = self.pages.stretch(self.next, Side::Ahead) else {
            return self.pass_over(out);
        };
        self.next = stretch.numbers.end;
        for number in stretch.numbers {
            self.write(out, Picked { number, count: 1 });
        }
        true
    }

    /// Says that lines are left out which are on the disk and were not read; false where there are none.
    fn pass_over(&mut self, out: &mut String) -> bool {
        let Some(left_out) = self.pages.shelf.span_of(self.next) else { return false };
        let count = grouped(left_out.end - self.next);
        out.extend(["-- ", &count, " lines could not be kept --\n"]);
        self.next = left_out.end;
        true
    }

    /// The line that has to be read from the disk before this goes on.
    pub fn wants(&self) -> Option<u64> {
        if self.pick.is_on() {
            return self.pick.wants(&self.pages).map(|(number, _)| number);
        }
        Some(self.next).filter(|number| self.pages.shelf.is_missing(*number))
    }

    /// What has to be read for it.
    pub fn order(&mut self) -> Option<Order> {
        let number = self.wants()?;
        self.pages.shelf.ask(number, false);
        self.pages.shelf.take_orders().pop()
    }

    /// Takes in what was read.
    pub fn give(&mut self, answer: ShelfAnswer) {
        self.pages.shelf.answer(answer);
    }

    /// The next lines that are shown.
    fn picked_lines(&mut self, out: &mut String) -> bool {
        let span = self.pages.span();
        self.pick.advance(&self.pages, span.start, &mut { PIECE });
        let is_done = self.pick.is_done(&span);
        let mut has_more = !is_done;
        while let Some(line) = self.pick.take_first(is_done) {
            (has_more, self.next) = (true, line.number + 1);
            self.write(out, line);
        }
        let last = self.pick.lines().front().map(|line| line.number);
        if self.held.as_ref().map(|(number, _)| *number) != last {
            let mut text = String::new();
            self.held = last.filter(|number| self.add(&mut text, *number)).map(|number| (number, text));
        }
        has_more
    }

    fn write(&self, out: &mut String, line: Picked) {
        if self.only.as_ref().is_some_and(|only| !only.contains(&line.number)) {
            return;
        }
        match &self.held {
            Some((number, text)) if *number == line.number => out.push_str(text),
            _ if !self.add(out, line.number) => return,
            _ => {}
        }
        if line.count > 1 {
            out.push_str(&repeats(line.count));
        }
        out.push('\n');
    }

    /// Adds a line with what stands before it; false where there is none.
    fn add(&self, out: &mut String, number: u64) -> bool {
        let Some(entry) = self.pages.get(number) else { return false };
        if self.naming.times && entry.at.is_set() {
            let time = entry.at.rfc3339();
            out.extend([time.trim_end_matches('Z'), &format!(".{:03}Z ", entry.at.millis().rem_euclid(1_000))]);
        }
        if let Some(name) = self.naming.names.get(&entry.source).filter(|_| !entry.is_note) {
            out.extend([name, " "]);
        }
        out.push_str(entry.text);
        true
    }
}

/// Pieces, one after the other; some may be empty.
impl Iterator for LogText {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if let Some(number) = self.wants() {
            // Whoever does not read goes on without.
            self.pages.shelf.lose(number);
        }
        let mut out = String::new();
        let has_more = if self.pick.is_on() { self.picked_lines(&mut out) } else { self.every_line(&mut out) };
        has_more.then_some(out)
    }
}

/// Two are equal when they say the same.
impl PartialEq for LogText {
    fn eq(&self, other: &Self) -> bool {
        self.clone().collect::<String>() == other.clone().collect::<String>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Entry;
    use super::super::{FIRST, LogLimits};
    use super::*;

    fn pages(lines: u64) -> Pages {
        let mut pages = Pages::new(LogLimits { lines: 1 << 20, bytes: 1 << 30 }, FIRST);
        for number in 0..lines {
            pages.push(Entry { text: &format!("line {}", number / 2), ..Entry::default() });
        }
        pages
    }

    #[test]
    fn it_is_written_in_pieces_of_which_none_is_large() {
        let text = LogText::new(&pages(200_000), Pick::default(), Naming::default());
        let pieces: Vec<String> = text.clone().collect();
        assert!(pieces.len() > 10 && pieces.iter().all(|piece| piece.len() < 2 * PIECE));
        assert_eq!(pieces.concat().lines().count(), 200_000);
        let mut half = text;
        half.by_ref().take(pieces.len() / 2).for_each(drop);
        let (done, all) = half.progress();
        assert!(done > all / 3 && done < all, "{done} of {all}");
    }

    #[test]
    fn the_filter_goes_on_where_the_last_piece_ended() {
        let mut pick = Pick::default();
        pick.set_filter("/[05]$/").expect("a filter");
        pick.toggle_folding();
        let text: String = LogText::new(&pages(200_000), pick, Naming::default()).collect();
        assert_eq!(text.lines().count(), 20_000);
        assert!(text.starts_with("line 0  × 2\nline 5  × 2\n") && text.ends_with("line 99995  × 2\n"));
    }
}
