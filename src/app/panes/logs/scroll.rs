//! Which part of a log is on the screen.
//!
//! The place is kept as a line and a byte in it, so that it survives another width and a growing log. Nothing
//! counts the rows of the whole log: steps walk from where the view is.

use std::ops::Range;
use std::sync::Arc;

use super::entry::Entry;
use super::flow::{Flow, Start, cells};
use crate::app::list::Step;
use crate::base::ring::Ring;

/// Cells of `08:10:28.217 `.
pub const CLOCK: usize = 13;
/// With less room than this beside it the clock is left out.
const BESIDE_CLOCK: usize = 20;
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
    /// Whether times are shown.
    pub timestamps: bool,
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
            timestamps: false,
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
    /// Whether times are shown, and there is room for them.
    pub fn shows_time(&self) -> bool {
        self.timestamps && self.columns >= CLOCK + BESIDE_CLOCK
    }

    fn text_columns(&self) -> usize {
        let clock = if self.shows_time() { CLOCK } else { 0 };
        self.columns.saturating_sub(clock).max(1)
    }

    /// Wraps long lines, or not.
    pub fn toggle_wrap(&mut self) {
        self.wrap = !self.wrap;
        self.left = 0;
        // They say what is on the screen, which is not true any more.
        self.rows.clear();
    }

    /// Where the rows of a line begin; without wrapping it has one.
    fn starts(&mut self, ring: &Ring<Entry>, number: u64) -> Arc<[Start]> {
        match ring.get(number) {
            Some(entry) if self.wrap => {
                self.flow.set_columns(self.text_columns());
                self.flow.rows(number, &entry.text)
            }
            _ => Arc::new([Start::default()]),
        }
    }

    /// The place so many rows further down, or the last row.
    fn down(&mut self, ring: &Ring<Entry>, mut place: Place, mut rows: usize) -> Place {
        loop {
            let starts = self.starts(ring, place.number);
            let row = row_at(&starts, place.byte);
            let last = starts.len() - 1;
            if rows <= last - row || place.number + 1 >= ring.end() {
                return Place { byte: starts[last.min(row + rows)].byte, ..place };
            }
            rows -= last - row + 1;
            place = Place { number: place.number + 1, byte: 0 };
        }
    }

    /// The place so many rows further up, or the first row.
    fn up(&mut self, ring: &Ring<Entry>, mut place: Place, mut rows: usize) -> Place {
        loop {
            let starts = self.starts(ring, place.number);
            let row = row_at(&starts, place.byte);
            if rows <= row || place.number <= ring.first() {
                return Place { byte: starts[row.saturating_sub(rows)].byte, ..place };
            }
            rows -= row + 1;
            place = Place { number: place.number - 1, byte: u32::MAX };
        }
    }

    /// The first row of a screen that ends with the log's last row.
    fn end(&mut self, ring: &Ring<Entry>) -> Place {
        let last = Place { number: ring.end().saturating_sub(1), byte: u32::MAX };
        self.up(ring, last, self.height.saturating_sub(1))
    }

    /// Scrolls. Upwards it stops following, unless all of the log is on the screen; at the end it follows.
    pub fn step(&mut self, ring: &Ring<Entry>, step: Step) {
        let end = self.end(ring);
        let top = if self.following { end } else { self.top.max(Place { number: ring.first(), byte: 0 }) };
        let page = self.height.max(1) as isize;
        let rows = match step {
            Step::First => isize::MIN,
            Step::Last => isize::MAX,
            Step::By(rows) => rows,
            Step::Pages(pages) => pages.saturating_mul(page),
            Step::HalfPages(halves) => halves.saturating_mul((page / 2).max(1)),
        };
        self.top = match step {
            Step::First => Place { number: ring.first(), byte: 0 },
            Step::Last => end,
            _ if rows < 0 => self.up(ring, top, rows.unsigned_abs()),
            _ => self.down(ring, top, rows.unsigned_abs()),
        };
        self.following = if rows < 0 { self.following && self.top == end } else { self.top >= end };
    }

    /// Brings a byte of a line into the middle, unless it is on the screen.
    pub fn show(&mut self, ring: &Ring<Entry>, number: u64, byte: usize) {
        let Some(text) = ring.get(number).map(|entry| &*entry.text) else { return };
        let column = if self.wrap { 0 } else { self.column(number, text, byte) };
        let is_inside = |row: &Row| self.wrap || row.columns.contains(&column);
        let here = self.rows.iter().filter(|row| row.number == number && (row.start.byte as usize) <= byte);
        if here.into_iter().any(|row| byte < row.until && is_inside(row)) {
            return;
        }
        let room = self.text_columns();
        if !self.wrap && !(self.left..self.left + room).contains(&column) {
            self.left = column.saturating_sub(room / 2);
        }
        self.following = false;
        self.top = self.up(ring, Place { number, byte: byte as u32 }, self.height / 2);
    }

    /// The cell at which a byte of an unwrapped line stands.
    fn column(&mut self, number: u64, text: &str, byte: usize) -> usize {
        self.flow.set_columns(STRIDE);
        let starts = self.flow.rows(number, text);
        let from = starts[row_at(&starts, byte as u32)];
        cells(text, from).find(|cell| cell.end > byte).map_or(0, |cell| cell.column)
    }

    /// Takes in the size of the tile, and lays out the rows on it.
    pub fn settle(&mut self, ring: &Ring<Entry>, columns: usize, height: usize) {
        (self.columns, self.height) = (columns, height);
        self.rows.clear();
        if ring.is_empty() || height == 0 {
            return;
        }
        let end = self.end(ring);
        let top = self.top.max(Place { number: ring.first(), byte: 0 });
        // A taller tile, or a log that lost its beginning, leaves no emptiness below the end.
        self.top = if self.following { end } else { self.up(ring, top, 0).min(end) };
        if self.wrap { self.fill_wrapped(ring) } else { self.fill_cut(ring) }
    }

    fn fill_wrapped(&mut self, ring: &Ring<Entry>) {
        let (mut place, room) = (self.top, self.text_columns());
        while let Some(entry) = ring.get(place.number).filter(|_| self.rows.len() < self.height) {
            let starts = self.starts(ring, place.number);
            let first = row_at(&starts, place.byte);
            for row in first..starts.len().min(first + self.height - self.rows.len()) {
                let start = starts[row];
                let until = starts.get(row + 1).map_or(entry.text.len(), |next| next.byte as usize);
                let from = start.column as usize;
                self.rows.push(Row::new(place.number, start, until, from..from + room));
            }
            place = Place { number: place.number + 1, byte: 0 };
        }
    }

    fn fill_cut(&mut self, ring: &Ring<Entry>) {
        let shown = self.top.number..ring.end().min(self.top.number + self.height as u64);
        if self.left > 0 {
            let widest = shown.clone().map(|number| self.widest(ring, number)).max().unwrap_or(0);
            self.left = self.left.min(widest.saturating_sub(self.text_columns() / 2));
        }
        for number in shown {
            let Some(entry) = ring.get(number) else { continue };
            let start = if self.left > 0 && Flow::keeps(&entry.text) {
                self.flow.set_columns(STRIDE);
                let starts = self.flow.rows(number, &entry.text);
                let at = starts.partition_point(|start| start.column as usize <= self.left);
                starts[at.saturating_sub(1)]
            } else {
                Start::default()
            };
            let columns = self.left..self.left + self.text_columns();
            self.rows.push(Row::new(number, start, entry.text.len(), columns));
        }
    }

    /// Cells of a line; of a long one, about.
    fn widest(&mut self, ring: &Ring<Entry>, number: u64) -> usize {
        let Some(entry) = ring.get(number) else { return 0 };
        let mut from = Start::default();
        if Flow::keeps(&entry.text) {
            self.flow.set_columns(STRIDE);
            from = self.flow.rows(number, &entry.text).last().copied().unwrap_or_default();
        }
        cells(&entry.text, from).last().map_or(0, |cell| cell.column + cell.wide)
    }
}

impl Row {
    fn new(number: u64, start: Start, until: usize, columns: Range<usize>) -> Self {
        Self { number, start, until, columns, matches: Arc::default() }
    }
}

/// The row in which a byte stands.
fn row_at(starts: &[Start], byte: u32) -> usize {
    starts.partition_point(|start| start.byte <= byte).saturating_sub(1)
}
