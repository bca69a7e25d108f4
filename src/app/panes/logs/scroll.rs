//! Which part of a log is on the screen.
//!
//! The place is kept as a line and a byte in it, so that it survives another width and a growing log. Nothing
//! counts the rows of the whole log: steps walk from where the view is.

use std::ops::Range;
use std::sync::Arc;

use super::flow::{Flow, Start, breaks, cells};
use super::lines::Lines;
use crate::app::list::Step;

/// With less room than this beside them, times and names are left out.
const BESIDE: usize = 20;
/// Without wrapping, long lines have a place every so many cells from which to go on.
const STRIDE: usize = 1_024;

/// A place in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line's number in the ring.
    pub number: u64,
    /// A byte of the row that is meant.
    pub byte: u32,
}

/// A row of the screen.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line's number in the ring.
    pub number: u64,
    /// Where to begin reading the line.
    pub start: Start,
    /// The byte that is not shown any more.
    pub until: usize,
    /// The cell at which the row begins, however far one has scrolled to the right.
    pub base: usize,
    /// The cells of the line that are shown.
    pub columns: Range<usize>,
    /// What was found in the line.
    pub matches: Arc<[Range<usize>]>,
}

/// What is looked at, and how.
#[derive(Debug)]
pub struct View {
    /// Whether the end stays on the screen.
    pub following: bool,
    /// Cells that times and names want before the lines.
    pub margin: usize,
    /// Whether long lines take more rows.
    pub wrap: bool,
    /// Cells scrolled away at the left, where lines are not wrapped.
    pub left: usize,
    /// The first row on the screen.
    pub top: Place,
    /// The rows on the screen, as of the last [`View::settle`].
    pub rows: Vec<Row>,
    columns: usize,
    height: usize,
    flow: Flow,
}

impl Default for View {
    fn default() -> Self {
        Self {
            following: true,
            margin: 0,
            wrap: true,
            left: 0,
            top: Place::default(),
            rows: Vec::new(),
            columns: 80,
            height: 24,
            flow: Flow::default(),
        }
    }
}

impl View {
    /// Whether there is room for what stands before the lines.
    pub fn has_margin(&self) -> bool {
        self.margin > 0 && self.columns >= self.margin + BESIDE
    }

    fn text_columns(&self) -> usize {
        let margin = if self.has_margin() { self.margin } else { 0 };
        self.columns.saturating_sub(margin).max(1)
    }

    /// Wraps long lines, or not.
    pub fn toggle_wrap(&mut self) {
        self.wrap = !self.wrap;
        self.left = 0;
        // They say what is on the screen, which is not true any more.
        self.rows.clear();
    }

    /// Where the rows of a line begin; without wrapping a line as it came has one.
    fn starts(&mut self, lines: Lines, number: u64) -> Arc<[Start]> {
        match lines.text(number) {
            Some(text) if self.wrap => {
                self.flow.set_columns(self.text_columns());
                self.flow.rows(number, &text)
            }
            Some(text) if lines.may_break() => breaks(&text).into(),
            _ => Arc::new([Start::default()]),
        }
    }

    /// The place so many rows further down, or the last row.
    fn down(&mut self, lines: Lines, mut place: Place, mut rows: usize) -> Place {
        loop {
            let starts = self.starts(lines, place.number);
            let row = row_at(&starts, place.byte);
            let last = starts.len() - 1;
            match lines.next(place.number) {
                Some(number) if rows > last - row => {
                    rows -= last - row + 1;
                    place = Place { number, byte: 0 };
                }
                _ => return Place { byte: starts[last.min(row + rows)].byte, ..place },
            }
        }
    }

    /// The place so many rows further up, or the first row.
    fn up(&mut self, lines: Lines, mut place: Place, mut rows: usize) -> Place {
        loop {
            let starts = self.starts(lines, place.number);
            let row = row_at(&starts, place.byte);
            match lines.previous(place.number) {
                Some(number) if rows > row => {
                    rows -= row + 1;
                    place = Place { number, byte: u32::MAX };
                }
                _ => return Place { byte: starts[row.saturating_sub(rows)].byte, ..place },
            }
        }
    }

    /// The first row of a screen that ends with the log's last row.
    fn end(&mut self, lines: Lines) -> Place {
        let last = Place { number: lines.last().unwrap_or(0), byte: u32::MAX };
        self.up(lines, last, self.height.saturating_sub(1))
    }

    /// Where the view is among the lines that are shown now.
    fn here(&self, lines: Lines) -> Place {
        match lines.at(self.top.number) {
            Some(number) if number == self.top.number => self.top,
            number => Place { number: number.unwrap_or(0), byte: 0 },
        }
    }

    /// Scrolls. Upwards it stops following, unless all of the log is on the screen; at the end it follows.
    pub fn step(&mut self, lines: Lines, step: Step) {
        let end = self.end(lines);
        let top = if self.following { end } else { self.here(lines) };
        let page = self.height.max(1) as isize;
        let rows = match step {
            Step::First => isize::MIN,
            Step::Last => isize::MAX,
            Step::By(rows) => rows,
            Step::Pages(pages) => pages.saturating_mul(page),
            Step::HalfPages(halves) => halves.saturating_mul((page / 2).max(1)),
        };
        self.top = match step {
            Step::First => Place { number: lines.pages.first(), byte: 0 },
            Step::Last => end,
            _ if rows < 0 => self.up(lines, top, rows.unsigned_abs()),
            _ => self.down(lines, top, rows.unsigned_abs()),
        };
        let is_whole = lines.first().is_none_or(|first| Place { number: first, byte: 0 } >= end);
        self.following = if rows < 0 { self.following && is_whole } else { self.top >= end };
    }

    /// Lines have other numbers now.
    pub fn renumber(&mut self, new: impl Fn(u64) -> u64) {
        self.top.number = new(self.top.number);
        self.rows.clear();
        self.flow = Flow::default();
    }

    /// Goes to a line, which stands at the top then, as far as there is enough behind it.
    pub fn go_to(&mut self, number: u64) {
        (self.top, self.following) = (Place { number, byte: 0 }, false);
    }

    /// Brings a byte of a line into the middle, unless it is on the screen.
    pub fn show(&mut self, lines: Lines, number: u64, byte: usize) {
        let Some(text) = lines.text(number) else { return };
        let column = if self.wrap { 0 } else { self.column(number, &text, byte) };
        let is_inside = |row: &Row| self.wrap || row.columns.contains(&column);
        let here = self.rows.iter().filter(|row| row.number == number && (row.start.byte as usize) <= byte);
        if here.into_iter().any(|row| byte < row.until.max(1) && is_inside(row)) {
            return;
        }
        let room = self.text_columns();
        if !self.wrap && !lines.may_break() && !(self.left..self.left + room).contains(&column) {
            self.left = column.saturating_sub(room / 2);
        }
        self.following = false;
        self.top = self.up(lines, Place { number, byte: byte as u32 }, self.height / 2);
    }

    /// The cell at which a byte of an unwrapped line stands.
    fn column(&mut self, number: u64, text: &str, byte: usize) -> usize {
        self.flow.set_columns(STRIDE);
        let starts = self.flow.rows(number, text);
        let from = starts[row_at(&starts, byte as u32)];
        cells(text, from).find(|cell| cell.end > byte).map_or(0, |cell| cell.column)
    }

    /// Takes in the size of the tile, and lays out the rows on it. `is_whole`: it is known of all lines whether they are
    /// shown; until then the place that one went to is kept, even if nothing is shown there yet.
    pub fn settle(&mut self, lines: Lines, columns: usize, height: usize, is_whole: bool) {
        (self.columns, self.height) = (columns, height);
        self.rows.clear();
        if lines.first().is_none() || height == 0 {
            return;
        }
        let end = self.end(lines);
        // A taller tile, or a log that lost its beginning, leaves no emptiness below the end.
        let here = self.here(lines);
        let top = if self.following { end } else { self.up(lines, here, 0).min(end) };
        if is_whole || self.following {
            self.top = top;
        }
        if self.wrap { self.fill_wrapped(lines, top) } else { self.fill_cut(lines, top) }
    }

    fn fill_wrapped(&mut self, lines: Lines, top: Place) {
        let (mut next, room) = (Some(top), self.text_columns());
        while let Some(place) = next.filter(|_| self.rows.len() < self.height) {
            let starts = self.starts(lines, place.number);
            let first = row_at(&starts, place.byte);
            let len = lines.text(place.number).map_or(0, |text| text.len());
            for row in first..starts.len().min(first + self.height - self.rows.len()) {
                let start = starts[row];
                let until = starts.get(row + 1).map_or(len, |next| next.byte as usize);
                let from = start.column as usize;
                self.rows.push(Row::new(place.number, start, until, from..from + room));
            }
            next = lines.next(place.number).map(|number| Place { number, byte: 0 });
        }
    }

    fn fill_cut(&mut self, lines: Lines, top: Place) {
        self.keep_left(lines, top);
        let (mut next, room, left) = (Some(top), self.text_columns(), self.left);
        while let Some(place) = next.filter(|_| self.rows.len() < self.height) {
            next = lines.next(place.number).map(|number| Place { number, byte: 0 });
            let Some(text) = lines.text(place.number) else { continue };
            if lines.may_break() && text.contains('\n') {
                let starts = breaks(&text);
                for row in row_at(&starts, place.byte)..starts.len() {
                    if self.rows.len() < self.height {
                        let until = starts.get(row + 1).map_or(text.len(), |next| next.byte as usize);
                        let base = starts[row].column as usize;
                        let columns = base + left..base + left + room;
                        self.rows.push(Row { base, ..Row::new(place.number, starts[row], until, columns) });
                    }
                }
                continue;
            }
            let start = if left > 0 && Flow::keeps(&text) {
                self.flow.set_columns(STRIDE);
                let starts = self.flow.rows(place.number, &text);
                let at = starts.partition_point(|start| start.column as usize <= left);
                starts[at.saturating_sub(1)]
            } else {
                Start::default()
            };
            self.rows.push(Row::new(place.number, start, text.len(), left..left + room));
        }
    }

    /// Scrolls back to the left where nothing would be on the screen.
    fn keep_left(&mut self, lines: Lines, top: Place) {
        if self.left == 0 {
            return;
        }
        let (mut widest, mut next) = (0, Some(top.number));
        for _ in 0..self.height {
            let Some(number) = next else { break };
            widest = widest.max(self.widest(lines, number));
            next = lines.next(number);
        }
        self.left = self.left.min(widest.saturating_sub(self.text_columns() / 2));
    }

    /// Cells of a line; of a long one, about.
    fn widest(&mut self, lines: Lines, number: u64) -> usize {
        let Some(text) = lines.text(number) else { return 0 };
        let mut from = Start::default();
        if Flow::keeps(&text) {
            self.flow.set_columns(STRIDE);
            from = self.flow.rows(number, &text).last().copied().unwrap_or_default();
        }
        cells(&text, from).last().map_or(0, |cell| cell.column + cell.wide)
    }
}

impl Row {
    fn new(number: u64, start: Start, until: usize, columns: Range<usize>) -> Self {
        Self { number, start, until, base: 0, columns, matches: Arc::default() }
    }
}

/// The row in which a byte stands.
fn row_at(starts: &[Start], byte: u32) -> usize {
    starts.partition_point(|start| start.byte <= byte).saturating_sub(1)
}
