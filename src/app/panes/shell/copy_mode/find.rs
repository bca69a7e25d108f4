//! Searching in copy mode, upwards or downwards.

use std::ops::Range;

use super::{CopyMode, Spot};
use crate::base::search::Pattern;
use crate::base::width::width;

/// What is searched for.
#[derive(Debug, Default)]
pub(super) struct Find {
    pattern: Option<Pattern>,
    /// Upwards.
    back: bool,
    /// Where the search began.
    from: Spot,
    /// The text of all lines, from the first search on.
    lines: Vec<String>,
    fails: bool,
}

impl Find {
    pub(super) fn status(&self) -> Option<&'static str> {
        self.pattern.as_ref().map(|_| if self.fails { "not found" } else { "n next match" })
    }
}

impl CopyMode {
    /// A search is about to be typed, upwards or downwards.
    pub fn begin_search(&mut self, back: bool) {
        self.casual = false;
        self.find.back = back;
        self.find.from = self.cursor;
        if self.find.lines.is_empty() {
            self.find.lines = self.snapshot.lines();
        }
    }

    /// Searches from where the search began, as it is typed. Nothing to search for goes back there.
    pub fn search(&mut self, typed: &str) -> Result<(), String> {
        self.find.pattern = None;
        self.cursor = self.find.from;
        if !typed.is_empty() {
            self.find.pattern = Some(Pattern::parse(typed).map_err(|error| error.to_string())?);
            self.go_to_match(self.find.back);
        }
        self.settle(self.size);
        Ok(())
    }

    /// Goes to the next match in the direction of the search, or against it.
    pub fn next_match(&mut self, against: bool) {
        self.go_to_match(self.find.back != against);
        self.settle(self.size);
    }

    /// Beyond the last match it goes on at the other end.
    fn go_to_match(&mut self, back: bool) {
        let Some(pattern) = &self.find.pattern else { return };
        let count = self.find.lines.len();
        let here = self.cursor;
        let order = (0..=count).map(|n| (if back { here.line + count - n } else { here.line + n }) % count.max(1));
        let mut nearest = None;
        for (n, line) in order.enumerate() {
            let spots = matches(pattern, &self.find.lines[line]).map(|columns| Spot { line, column: columns.start });
            // In the first line only what is beyond the cursor; at the end, all around, the rest of it.
            let is_beyond = |spot: &Spot| n > 0 || if back { *spot < here } else { *spot > here };
            let mut spots = spots.filter(is_beyond);
            nearest = if back { spots.last() } else { spots.next() };
            if nearest.is_some() {
                break;
            }
        }
        self.find.fails = nearest.is_none();
        self.cursor = nearest.unwrap_or(here);
    }

    /// The columns of a row of the tile that match.
    pub fn found(&self, row: u16) -> Vec<Range<u16>> {
        let line = self.top + usize::from(row);
        let (Some(pattern), Some(text)) = (&self.find.pattern, self.find.lines.get(line)) else { return Vec::new() };
        let moved = |column: u16| column.saturating_sub(self.left);
        matches(pattern, text).map(|columns| moved(columns.start)..moved(columns.end)).collect()
    }
}

/// The columns of a line that match.
fn matches(pattern: &Pattern, text: &str) -> impl Iterator<Item = Range<u16>> {
    let column = |at: usize| width(&text[..at]) as u16;
    pattern.find_all(text).into_iter().map(move |bytes| column(bytes.start)..column(bytes.end))
}
