//! Copy mode: the output of a shell as it was at one moment, to move in, search, select and copy from.
//!
//! The shell goes on below and its screen is what it was when this ends. Lines and columns are those of the snapshot,
//! whatever size the tile has since. Selecting is in `select`, searching in `find`, moving by words in `words`. Start
//! with [`CopyMode::step`] and [`CopyMode::settle`].

mod find;
mod select;
mod words;

use crate::app::list::Step;
use crate::emulator::Snapshot;

use find::Find;
use select::Selection;
pub use select::Shape;

/// A place in the snapshot. The order is that of reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Line, from the oldest.
    pub line: usize,
    /// Column.
    pub column: u16,
}

/// See the module.
#[derive(Debug)]
pub struct CopyMode {
    snapshot: Snapshot,
    cursor: Spot,
    /// The line in the first row of the tile, and the column in its first column.
    top: usize,
    left: u16,
    /// Columns and rows of the tile.
    size: (u16, u16),
    selection: Option<Selection>,
    find: Find,
    /// It began with a look back: what is no movement ends it.
    casual: bool,
    /// Lines that the shell wrote since.
    missed: usize,
}

impl CopyMode {
    /// At `cursor` (row and column of the screen), in a tile of `size` columns and rows.
    pub fn new(snapshot: Snapshot, cursor: (u16, u16), size: (u16, u16)) -> Self {
        let above = snapshot.len() - usize::from(snapshot.view().size().0);
        let cursor = Spot { line: above + usize::from(cursor.0), column: cursor.1 };
        let mut this = Self {
            snapshot,
            cursor,
            top: above,
            left: 0,
            size,
            selection: None,
            find: Find::default(),
            casual: false,
            missed: 0,
        };
        this.settle(size);
        this
    }

    /// The same, as a look back that any other key ends.
    #[must_use]
    pub fn casual(mut self) -> Self {
        self.casual = true;
        self
    }

    /// Whether any key but a movement ends it.
    pub fn is_casual(&self) -> bool {
        self.casual
    }

    /// Whether the newest line is in view and nothing is selected: what began as a look back is over then.
    pub fn is_at_end(&self) -> bool {
        self.top + self.rows() >= self.snapshot.len() && self.selection.is_none()
    }

    /// Takes note of what the shell wrote meanwhile.
    pub fn miss(&mut self, bytes: &[u8]) {
        self.missed += memchr::memchr_iter(b'\n', bytes).count();
    }

    /// For the title of the tile.
    pub fn status(&self) -> String {
        let place = format!("copy mode · line {} of {}", self.cursor.line + 1, self.snapshot.len());
        let lines = if self.missed == 1 { "line" } else { "lines" };
        let missed = (self.missed > 0).then(|| format!("{} new {lines} below", self.missed));
        let found = self.find.status().map(str::to_owned);
        [Some(place), missed, found].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// The tile has this size now; the cursor is kept in view.
    pub fn settle(&mut self, size: (u16, u16)) {
        self.size = size;
        self.cursor.line = self.cursor.line.min(self.snapshot.len() - 1);
        self.cursor.column = self.cursor.column.min(self.columns() - 1);
        let (line, column, rows) = (self.cursor.line, self.cursor.column, self.rows());
        self.top = self.top.clamp((line + 1).saturating_sub(rows), line).min(self.snapshot.len().saturating_sub(rows));
        let width = size.0.max(1);
        self.left = self.left.clamp((column + 1).saturating_sub(width), column);
        let above = self.snapshot.len() - usize::from(self.snapshot.view().size().0);
        self.snapshot.scroll_to(above.saturating_sub(self.top));
    }

    /// Moves the cursor by lines.
    pub fn step(&mut self, step: Step) {
        self.cursor.line = step.from(self.cursor.line, self.snapshot.len(), self.rows());
        self.settle(self.size);
    }

    /// Moves what is in view; the cursor goes along where it would leave it.
    pub fn scroll(&mut self, step: Step) {
        let rows = self.rows();
        self.top = step.from(self.top, self.snapshot.len().saturating_sub(rows) + 1, rows);
        self.cursor.line = self.cursor.line.clamp(self.top, self.top + rows - 1);
        self.settle(self.size);
    }

    /// Moves the cursor to a cell of the tile.
    pub fn point(&mut self, column: u16, row: u16) {
        self.cursor = Spot { line: self.top + usize::from(row), column: self.left + column };
        self.settle(self.size);
    }

    /// Moves the cursor by columns; a wide character is passed over as one.
    pub fn shift(&mut self, columns: isize) {
        let to = |from: u16, by: isize| from.saturating_add_signed(by as i16);
        let mut column = to(self.cursor.column, columns).min(self.columns() - 1);
        if self.is_right_half(column) {
            column = to(column, columns.signum()).min(self.columns() - 1);
        }
        self.cursor.column = column;
        self.settle(self.size);
    }

    /// The row of the snapshot's view that stands in the first row of the tile, and the column in its first column.
    pub fn origin(&self) -> (u16, u16) {
        let view = self.snapshot.view();
        let first = self.snapshot.len() - usize::from(view.size().0) - view.offset();
        (self.top.saturating_sub(first) as u16, self.left)
    }

    /// For drawing, from [`CopyMode::origin`] on.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Row and column of the cursor in the tile.
    pub fn cursor(&self) -> (u16, u16) {
        ((self.cursor.line - self.top) as u16, self.cursor.column - self.left)
    }

    fn columns(&self) -> u16 {
        self.snapshot.view().size().1
    }

    /// Lines in view.
    fn rows(&self) -> usize {
        usize::from(self.size.1).clamp(1, usize::from(self.snapshot.view().size().0))
    }

    fn is_right_half(&self, column: u16) -> bool {
        let row = self.origin().0 + self.cursor().0;
        self.snapshot.view().cell(row, column).is_some_and(|cell| cell.width() == 0)
    }
}

#[cfg(test)]
mod tests;
