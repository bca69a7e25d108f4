//! Another width for the main screen: its lines, scrollback included, are written anew, as long as they were.
//!
//! The model itself cuts rows that are too long and forgets where they went on. So a new model is given what the old
//! one shows: a row that wrapped goes on in the same line, blanks at the ends of lines are left out. The alternate
//! screen is cut and padded as the model does it; programs there draw it again when they hear of the size. Start with
//! [`reflow`].

use std::fmt::Write;
use std::num::NonZeroU16;

use super::machine::Bell;
use super::{Size, terminal};

/// Fills the last column where a wide character did not fit, and says that it does: a space, with a character that
/// nothing prints behind it. Without it the model would take the end of the row for the end of the line.
pub(super) const FILLER: &str = " \u{200b}";

const TWO: NonZeroU16 = NonZeroU16::MIN.saturating_add(1);

/// A model of `columns` that shows what `old` showed. The scroll region is the whole screen then, and the view is at the
/// live end. What `old` shows afterwards is of no use.
pub(super) fn reflow(old: &mut vt100::Parser<Bell>, columns: NonZeroU16) -> vt100::Parser<Bell> {
    let rows = old.screen().size().0;
    // A row that scrolls away as it wraps does not say so on a screen of one row.
    let size = Size { rows: rows.max(TWO), columns };
    let modes = modes(old.screen());
    old.screen_mut().set_scrollback(0);
    let alternate = old.screen().alternate_screen().then(|| picture(old.screen(), columns.get()));
    if alternate.is_some() {
        old.process(b"\x1b[?47l");
    }
    let mut new = Painter::new(size, old.screen().scrollback_capacity()).paint(old);
    set_height(&mut new, rows);
    if let Some(alternate) = alternate {
        new.process(b"\x1b[?1049h");
        new.process(alternate.as_bytes());
    }
    new.process(modes.as_bytes());
    new
}

/// Gives the screen another height. The model forgets when the next character would wrap; here it does not.
pub(super) fn set_height(model: &mut vt100::Parser<Bell>, rows: NonZeroU16) {
    let columns = model.screen().size().1;
    let waits = model.screen().cursor_position().1 == columns.get();
    model.set_size(rows, columns);
    if waits {
        let look = model.screen().attributes_formatted();
        let again = last_of_row(model.screen(), model.screen().cursor_position().0);
        model.process([again, look].concat().as_bytes());
    }
}

/// Writes the last character of a row again: the only way to get behind the last column.
fn last_of_row(screen: &vt100::Screen, row: u16) -> String {
    let mut column = screen.size().1.get() - 1;
    column -= u16::from(screen.cell(row, column).is_some_and(vt100::Cell::is_wide_continuation));
    let mut out = format!("\x1b[m\x1b[{}d\x1b[{}G", row + 1, column + 1);
    if let Some(cell) = screen.cell(row, column) {
        Pen::default().put(cell, &mut out);
    }
    out
}

/// Input modes, what text looks like from now on, whether the cursor is shown.
fn modes(screen: &vt100::Screen) -> String {
    let shown = if screen.hide_cursor() { "\x1b[?25l" } else { "\x1b[?25h" };
    [screen.input_mode_formatted(), screen.attributes_formatted(), shown.to_owned()].concat()
}

/// The rows of the screen in use, cut at `columns`, and its cursor.
fn picture(screen: &vt100::Screen, columns: u16) -> String {
    let (rows, before) = screen.size();
    let mut out = String::new();
    for row in 0..rows.get() {
        let mut pen = Pen::default();
        let _ = write!(out, "\x1b[m\x1b[{};1H", row + 1);
        let mut column = 0;
        while column < before.get().min(columns) {
            let Some(cell) = screen.cell(row, column) else { break };
            if column + width(cell) > columns {
                break;
            }
            pen.put(cell, &mut out);
            column += width(cell);
        }
    }
    let (row, column) = screen.cursor_position();
    let _ = write!(out, "\x1b[m\x1b[{};{}H", row + 1, column.min(columns - 1) + 1);
    out
}

/// Cells that a character takes.
fn width(cell: &vt100::Cell) -> u16 {
    if cell.is_wide() { 2 } else { 1 }
}

/// Writes cells with as few changes of their looks as they need.
#[derive(Default)]
struct Pen {
    look: Look,
}

type Look = (vt100::Color, vt100::Color, [bool; 5]);

impl Pen {
    fn put(&mut self, cell: &vt100::Cell, out: &mut String) {
        let flags = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
        // What was erased keeps its background and nothing else.
        let erased = (vt100::Color::Default, cell.bgcolor(), [false; 5]);
        let look = if cell.has_contents() { (cell.fgcolor(), cell.bgcolor(), flags) } else { erased };
        if look != self.look {
            self.look = look;
            out.push_str("\x1b[0");
            for (set, number) in look.2.into_iter().zip(["1", "2", "3", "4", "7"]) {
                if set {
                    let _ = write!(out, ";{number}");
                }
            }
            color(out, 38, look.0);
            color(out, 48, look.1);
            out.push('m');
        }
        out.push_str(if cell.has_contents() { cell.contents() } else { " " });
    }
}

fn color(out: &mut String, code: u8, color: vt100::Color) {
    let _ = match color {
        vt100::Color::Default => Ok(()),
        vt100::Color::Idx(index) => write!(out, ";{code};5;{index}"),
        vt100::Color::Rgb(r, g, b) => write!(out, ";{code};2;{r};{g};{b}"),
    };
}

/// Where something stands in the lines as they are written now: rows from the oldest, columns.
type Place = (usize, u16);

/// Writes lines into a new model and keeps count of the rows that they take there.
struct Painter {
    new: vt100::Parser<Bell>,
    columns: u16,
    rows: usize,
    row: usize,
    column: u16,
    /// Where the first row of the old screen begins.
    top: usize,
    cursor: Place,
    saved: Place,
}

impl Painter {
    fn new(size: Size, scrollback: usize) -> Self {
        let (columns, rows) = (size.columns.get(), size.rows.get().into());
        let new = terminal(size, scrollback);
        Self { new, columns, rows, row: 0, column: 0, top: 0, cursor: (0, 0), saved: (0, 0) }
    }

    fn paint(mut self, old: &mut vt100::Parser<Bell>) -> vt100::Parser<Bell> {
        let cursor = old.screen().cursor_position();
        let above = old.screen().scrollback_len();
        // What the cursor was saved with is only told by going there.
        old.process(b"\x1b8");
        let (saved, saved_look) = (old.screen().cursor_position(), old.screen().attributes_formatted());
        let screen = old.screen_mut();
        let rows = screen.size().0.get();
        let used = (0..rows).rev().find(|row| length(screen, *row) > 0).map_or(0, |row| usize::from(row) + 1);
        let used = used.max(usize::from(cursor.0) + 1);
        let mut wrapped = false;
        for line in 0..above + used {
            // The oldest line is put at the top, where reading it costs the same wherever it is.
            screen.set_scrollback(above.saturating_sub(line));
            let row = line.saturating_sub(above) as u16;
            if line > 0 && !wrapped {
                self.new.process(b"\x1b[m\r\n");
                (self.row, self.column) = (self.row + 1, 0);
            }
            if line == above {
                self.top = self.row;
            }
            let places = [cursor, saved].map(|place| (line >= above && place.0 == row).then_some(place.1));
            wrapped = self.line(screen, row, places);
        }
        // As many blank rows below as there were, if there is room.
        let blank = (self.rows - used).min(self.rows.saturating_sub(self.row - self.top + 1));
        self.new.process(b"\x1b[m");
        self.new.process("\r\n".repeat(blank).as_bytes());
        self.row += blank;
        self.go_to(self.saved);
        self.new.process(saved_look.as_bytes());
        self.new.process(b"\x1b7");
        self.go_to(self.cursor);
        self.new
    }

    /// Writes one row of the old screen, where the cursor and the saved cursor may stand; whether the line goes on in
    /// the next.
    fn line(&mut self, screen: &vt100::Screen, row: u16, places: [Option<u16>; 2]) -> bool {
        let wrapped = goes_on(screen, row);
        let length = length(screen, row);
        let mut pen = Pen::default();
        let mut out = String::from("\x1b[m");
        let mut column = 0;
        while column < length {
            let Some(cell) = screen.cell(row, column) else { break };
            let width = width(cell);
            if !(wrapped && cell.contents() == FILLER) {
                self.advance(width, &mut out);
                self.note(places, column, 0);
                pen.put(cell, &mut out);
                self.column += width;
            }
            column += width;
        }
        self.note(places, length, u16::MAX);
        self.new.process(out.as_bytes());
        wrapped
    }

    /// Makes room for a character: one that does not fit begins the next row.
    fn advance(&mut self, width: u16, out: &mut String) {
        if self.column + width <= self.columns {
            return;
        }
        if self.column < self.columns {
            out.push_str(FILLER);
        }
        (self.row, self.column) = (self.row + 1, 0);
    }

    /// Notes the places that stand at `column`, or at most `beyond` columns behind it.
    fn note(&mut self, places: [Option<u16>; 2], column: u16, beyond: u16) {
        for (place, noted) in places.into_iter().zip([&mut self.cursor, &mut self.saved]) {
            if let Some(behind) = place.and_then(|place| place.checked_sub(column)).filter(|behind| *behind <= beyond) {
                // Right behind a full row the cursor waits to wrap; anywhere else it is on the screen.
                let last = if behind == 0 { self.columns } else { self.columns - 1 };
                *noted = (self.row, self.column.saturating_add(behind).min(last));
            }
        }
    }

    fn go_to(&mut self, place: Place) {
        let first = (self.row + 1).saturating_sub(self.rows);
        let row = place.0.saturating_sub(first) as u16;
        let to = match place.1 {
            column if column == self.columns => last_of_row(self.new.screen(), row),
            column => format!("\x1b[m\x1b[{};{}H", row + 1, column + 1),
        };
        self.new.process(to.as_bytes());
    }
}

/// Whether the line of a row goes on in the next one.
///
/// The model does not say so where a wide character had no room in the last column. That column is then empty below a
/// full row, and the next row begins with a wide character: such a row is taken for one that goes on.
pub(super) fn goes_on(screen: &vt100::Screen, row: u16) -> bool {
    let columns = screen.size().1.get();
    let written = |row, column| screen.cell(row, column).is_some_and(|cell| cell.has_contents() || !is_start(cell));
    let pushed_on = || {
        let next_is_wide = screen.cell(row.saturating_add(1), 0).is_some_and(vt100::Cell::is_wide);
        next_is_wide && !written(row, columns - 1) && written(row, columns.saturating_sub(2))
    };
    screen.row_wrapped(row) || pushed_on()
}

fn is_start(cell: &vt100::Cell) -> bool {
    !cell.is_wide_continuation()
}

/// Columns of a row up to its last character; all of them where the model says that the line goes on.
fn length(screen: &vt100::Screen, row: u16) -> u16 {
    let columns = screen.size().1.get();
    if screen.row_wrapped(row) {
        return columns;
    }
    let cells = (0..columns).rev();
    let last = cells.map_while(|column| screen.cell(row, column).map(|cell| (column, cell))).find(|(_, cell)| {
        let blank = cell.contents().is_empty() || cell.contents() == " ";
        !blank || cell.is_wide_continuation() || cell.bgcolor() != vt100::Color::Default || cell.inverse()
    });
    last.map_or(0, |(column, _)| column + 1)
}

#[cfg(test)]
mod tests;
