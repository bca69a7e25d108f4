//! How a line of a log lies in cells: tabs, wide characters, control characters, rows of a wrapped line.
//!
//! Pure functions, and [`Flow`], which keeps the rows of huge lines so that they are not cut again for each
//! frame. Start with [`cells`].

use std::collections::VecDeque;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use crate::base::width::{visible, width};

const TAB: usize = 8;
/// Lines of more bytes have their rows kept.
const LONG: usize = 4 << 10;
/// How many rows are kept in all: 2 MiB of them.
const MOST_ROWS: usize = 1 << 18;

/// What takes up cells as one: a character with what combines with it, a tab, a control character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// The first cell of it, counted from the line's beginning.
    pub column: usize,
    /// How many cells it takes.
    pub wide: usize,
}

/// Where a row of a line begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// In bytes.
    pub byte: u32,
    /// In cells from the line's beginning.
    pub column: u32,
}

/// The cells of `text` from a place on.
pub fn cells(text: &str, from: Start) -> impl Iterator<Item = Cell> {
    let (mut start, mut column) = (from.byte as usize, from.column as usize);
    std::iter::from_fn(move || {
        let rest = text.get(start..)?;
        let bytes = rest.as_bytes();
        let (len, wide) = match *bytes.first()? {
            b'\t' => (1, TAB - column % TAB),
            // Only in what we laid out ourselves: it ends the row.
            b'\n' => (1, 0),
            // Nearly all text; what follows must not be a mark that combines with it.
            0x20..=0x7e if bytes.get(1).is_none_or(u8::is_ascii) => (1, 1),
            _ => {
                let grapheme = rest.graphemes(true).next()?;
                (grapheme.len(), width(&visible(grapheme)))
            }
        };
        let cell = Cell { start, end: start + len, column, wide };
        (start, column) = (cell.end, column + wide);
        Some(cell)
    })
}

/// Where the rows of `text` begin when only its line breaks end them.
pub fn breaks(text: &str) -> Vec<Start> {
    if text.contains('\n') { starts(text, usize::MAX) } else { vec![Start::default()] }
}

/// Where the rows of `text` begin when none takes more than `columns` cells. The first begins at 0; each has
/// something in it, even if that is wider than the row.
fn starts(text: &str, columns: usize) -> Vec<Start> {
    let mut rows = vec![Start::default()];
    let mut row_column = 0;
    for cell in cells(text, Start::default()) {
        if text.as_bytes()[cell.start] == b'\n' {
            rows.push(Start { byte: cell.end as u32, column: cell.column as u32 });
            row_column = cell.column;
        }
        if cell.column + cell.wide - row_column > columns && cell.column > row_column {
            rows.push(Start { byte: cell.start as u32, column: cell.column as u32 });
            row_column = cell.column;
        }
    }
    rows
}

/// A line's number and length: it may be shown as something else.
type LineAsShown = (u64, usize);

/// The rows of lines at one width. Those of long lines are kept for as long as the width stays.
#[derive(Debug, Default)]
pub struct Flow {
    columns: usize,
    kept: VecDeque<(LineAsShown, Arc<[Start]>)>,
    kept_rows: usize,
    /// How often a line was cut into rows; what tests of speed look at.
    #[cfg(test)]
    pub cuts: usize,
}

impl Flow {
    /// Sets the width of rows, at least 1.
    pub fn set_columns(&mut self, columns: usize) {
        if self.columns != columns.max(1) {
            *self = Self { columns: columns.max(1), ..Self::default() };
        }
    }

    /// Whether the rows of a line are kept.
    pub fn keeps(text: &str) -> bool {
        text.len() > LONG
    }

    /// Where the rows of line `number`, which is `text`, begin.
    pub fn rows(&mut self, number: u64, text: &str) -> Arc<[Start]> {
        if !Self::keeps(text) {
            return starts(text, self.columns).into();
        }
        if let Some((_, rows)) = self.kept.iter().find(|(kept, _)| *kept == (number, text.len())) {
            return Arc::clone(rows);
        }
        #[cfg(test)]
        (self.cuts += 1);
        let rows: Arc<[Start]> = starts(text, self.columns).into();
        self.kept_rows += rows.len();
        self.kept.push_back(((number, text.len()), Arc::clone(&rows)));
        while self.kept_rows > MOST_ROWS && self.kept.len() > 1 {
            self.kept_rows -= self.kept.pop_front().map_or(0, |(_, rows)| rows.len());
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrapped(text: &str, columns: usize) -> Vec<&str> {
        let rows = starts(text, columns);
        let ends = rows.iter().skip(1).map(|row| row.byte as usize).chain([text.len()]);
        rows.iter().zip(ends).map(|(row, end)| &text[row.byte as usize..end]).collect()
    }

    #[test]
    fn rows_keep_wide_characters_whole() {
        assert_eq!(wrapped("日本語abc", 5), ["日本", "語abc"]);
        assert_eq!(wrapped("e\u{301}e\u{301}e\u{301}", 2), ["e\u{301}e\u{301}", "e\u{301}"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("abcdef", 3), ["abc", "def"]);
        assert_eq!(wrapped("ab\n  日本", 4), ["ab\n", "  日", "本"]);
        assert_eq!(
            breaks("ab\n日\n").iter().map(|row| (row.byte, row.column)).collect::<Vec<_>>(),
            [(0, 0), (3, 2), (7, 4)]
        );
        assert_eq!(wrapped("日本", 1), ["日", "本"], "what does not fit still gets its row");
    }

    #[test]
    fn tabs_and_control_characters_take_their_cells() {
        let columns = |text| cells(text, Start::default()).map(|cell| (cell.column, cell.wide)).collect::<Vec<_>>();
        assert_eq!(columns("a\tb"), [(0, 1), (1, 7), (8, 1)]);
        assert_eq!(columns("日\tb"), [(0, 2), (2, 6), (8, 1)]);
        assert_eq!(columns("\u{1b}x\r"), [(0, 2), (2, 1), (3, 2)]);
    }

    #[test]
    fn a_long_line_is_cut_into_rows_once() {
        let mut flow = Flow::default();
        flow.set_columns(80);
        let text = "x".repeat(1 << 20);
        for _ in 0..100 {
            assert_eq!(flow.rows(7, &text).len(), text.len().div_ceil(80));
        }
        assert_eq!(flow.cuts, 1);
        for number in 0..100 {
            flow.rows(number, &text);
        }
        assert!(flow.kept_rows <= MOST_ROWS);
    }

    proptest! {
        #[test]
        fn no_row_is_too_wide_and_nothing_is_lost(text in "[a日\\te\u{301}\u{1b}👨\u{200d}👩]{0,40}", columns in 8usize..20) {
            let rows = wrapped(&text, columns);
            prop_assert_eq!(rows.concat(), text.clone());
            let starts = starts(&text, columns);
            for (at, start) in starts.iter().enumerate() {
                let end = starts.get(at + 1).map_or(text.len(), |next| next.byte as usize);
                let last = cells(&text, *start).take_while(|cell| cell.end <= end).last();
                let taken = last.map_or(0, |cell| cell.column + cell.wide - start.column as usize);
                prop_assert!(taken <= columns);
            }
        }
    }
}
