//! Searching in copy mode, upwards or downwards: in lines as they were printed, over the ends of rows at which they wrapped.

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
    /// The text of all rows, from the first search on.
    rows: Rows,
    fails: bool,
}

/// The rows of the snapshot, as the lines that they are parts of.
#[derive(Debug, Default)]
struct Rows {
    /// The text of each row, and whether it goes on in the next one.
    rows: Vec<(String, bool)>,
}

impl Rows {
    /// The rows of the line that a row is in.
    fn line_of(&self, row: usize) -> Range<usize> {
        let goes_on = |row: usize| self.rows.get(row).is_some_and(|(_, goes_on)| *goes_on);
        let first = (0..row).rev().take_while(|before| goes_on(*before)).last().unwrap_or(row);
        let last = (row..self.rows.len()).find(|row| !goes_on(*row)).unwrap_or(row);
        first..last + 1
    }

    /// The first row of the line after one, or of the one before; around at the ends.
    fn next_line(&self, line: &Range<usize>, back: bool) -> Range<usize> {
        let count = self.rows.len();
        self.line_of(if back { (line.start + count - 1) % count } else { line.end % count })
    }

    /// The matches in a line, each as the columns of every row that it is in.
    fn matches(&self, pattern: &Pattern, line: Range<usize>) -> Vec<Vec<(usize, Range<u16>)>> {
        let text: String = self.rows[line.clone()].iter().map(|(text, _)| text.as_str()).collect();
        let in_rows = |bytes: Range<usize>| {
            let mut begin = 0;
            let mut parts = Vec::new();
            for row in line.clone() {
                let text = &self.rows[row].0;
                let (from, to) = (bytes.start.max(begin), bytes.end.min(begin + text.len()));
                if from < to || from == to && bytes.is_empty() && parts.is_empty() {
                    let column = |byte: usize| width(&text[..byte - begin]) as u16;
                    parts.push((row, column(from)..column(to)));
                }
                begin += text.len();
            }
            parts
        };
        pattern.find_all(&text).into_iter().map(in_rows).filter(|parts| !parts.is_empty()).collect()
    }
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
        if self.find.rows.rows.is_empty() {
            self.find.rows = Rows { rows: self.snapshot.lines() };
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
        let (Some(pattern), rows) = (&self.find.pattern, &self.find.rows) else { return };
        if rows.rows.is_empty() {
            return;
        }
        let here = self.cursor;
        let own = rows.line_of(here.line);
        let beginnings = |line: Range<usize>| {
            let spot = |parts: Vec<(usize, Range<u16>)>| {
                parts.first().map(|(line, columns)| Spot { line: *line, column: columns.start })
            };
            rows.matches(pattern, line).into_iter().filter_map(spot).collect::<Vec<_>>()
        };
        let nearest = |spots: Vec<Spot>| if back { spots.into_iter().next_back() } else { spots.into_iter().next() };
        // In the cursor's own line first only what is beyond it; at the end, all around, the rest.
        let mut beyond = beginnings(own.clone());
        beyond.retain(|spot| if back { *spot < here } else { *spot > here });
        let mut found = nearest(beyond);
        let mut line = rows.next_line(&own, back);
        while found.is_none() {
            found = nearest(beginnings(line.clone()));
            if line == own {
                break;
            }
            line = rows.next_line(&line, back);
        }
        self.find.fails = found.is_none();
        self.cursor = found.unwrap_or(here);
    }

    /// The columns of a row of the tile that match.
    pub fn found(&self, row: u16) -> Vec<Range<u16>> {
        let line = self.top + usize::from(row);
        let Some(pattern) = self.find.pattern.as_ref().filter(|_| line < self.find.rows.rows.len()) else {
            return Vec::new();
        };
        let moved = |column: u16| column.saturating_sub(self.left);
        let matches = self.find.rows.matches(pattern, self.find.rows.line_of(line));
        let parts = matches.into_iter().flatten().filter(|(of, _)| *of == line);
        parts.map(|(_, columns)| moved(columns.start)..moved(columns.end)).collect()
    }
}
