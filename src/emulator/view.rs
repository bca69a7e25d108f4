//! Reading the screen: cells, cursor, text, scrollback. Everything that draws or copies goes through here.
//!
//! Own types, so that nothing above knows which crate models the screen. Start with [`View`]; what stays as it is
//! while output goes on is a [`super::Snapshot`].

pub use crate::base::input::CursorShape;
pub use crate::base::sgr::Color;
use crate::base::width::visible;

impl From<vt100::Color> for Color {
    fn from(color: vt100::Color) -> Self {
        match color {
            vt100::Color::Default => Self::Default,
            vt100::Color::Idx(index) => Self::Indexed(index),
            vt100::Color::Rgb(r, g, b) => Self::Rgb(r, g, b),
        }
    }
}

/// One cell of the screen.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    cell: &'a vt100::Cell,
    /// A wide character of which only the left half is on the screen: shown as a blank.
    cut: bool,
}

impl<'a> Cell<'a> {
    /// What to draw: one character with its combining marks, a space when empty, nothing when the cell is the
    /// right half of a wide character. Never holds anything that a terminal obeys.
    pub fn symbol(&self) -> &'a str {
        let text = self.cell.contents();
        if self.cell.is_wide_continuation() {
            ""
        } else if text.is_empty() || self.cut {
            " "
        } else {
            drawable(text)
        }
    }

    /// Cells that it takes: 1, 2 for a wide character, 0 for the right half of one.
    pub fn width(&self) -> u16 {
        if self.cell.is_wide_continuation() {
            0
        } else if self.cell.is_wide() && !self.cut {
            2
        } else {
            1
        }
    }

    /// Nothing was written since it was erased, which leaves a background and nothing else; the model keeps all
    /// that was set.
    fn is_erased(&self) -> bool {
        !self.cell.has_contents()
    }

    /// Foreground, before [`Cell::inverse`].
    pub fn foreground(&self) -> Color {
        if self.is_erased() { Color::Default } else { self.cell.fgcolor().into() }
    }

    /// Background, before [`Cell::inverse`].
    pub fn background(&self) -> Color {
        self.cell.bgcolor().into()
    }

    /// Bold.
    pub fn bold(&self) -> bool {
        self.cell.bold() && !self.is_erased()
    }

    /// Dim.
    pub fn dim(&self) -> bool {
        self.cell.dim() && !self.is_erased()
    }

    /// Italic.
    pub fn italic(&self) -> bool {
        self.cell.italic() && !self.is_erased()
    }

    /// Underlined.
    pub fn underline(&self) -> bool {
        self.cell.underline() && !self.is_erased()
    }

    /// Foreground and background change places.
    pub fn inverse(&self) -> bool {
        self.cell.inverse() && !self.is_erased()
    }
}

/// A cell's text up to the first character that joins cells or turns the direction of text (the outer terminal
/// would draw a row that is narrower than ours), or that only says something to us (`reflow::FILLER`).
fn drawable(text: &str) -> &str {
    // One byte is the common case, and the model lets no control character in.
    if text.len() == 1 {
        return text;
    }
    let end = text.char_indices().skip(1).find(|(at, c)| {
        matches!(*c, '\u{200b}' | '\u{200d}')
            || matches!(visible(&text[*at..at + c.len_utf8()]), std::borrow::Cow::Owned(_))
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// Where the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Row, from 0.
    pub row: u16,
    /// Column, from 0; inside the screen also when the next character will wrap.
    pub column: u16,
    /// Whether to show it: not hidden by the program, and the view is not scrolled back.
    pub shown: bool,
    /// Its shape.
    pub shape: CursorShape,
}

/// The screen as it is, at its scroll position.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub(super) screen: &'a vt100::Screen,
}

impl<'a> View<'a> {
    /// Rows and columns.
    pub fn size(&self) -> (u16, u16) {
        let (rows, columns) = self.screen.size();
        (rows.get(), columns.get())
    }

    /// The cell at a place; `None` outside the screen, and beyond the end of a scrolled-back row.
    pub fn cell(&self, row: u16, column: u16) -> Option<Cell<'a>> {
        let columns = self.size().1;
        let cell = self.screen.cell(row, column).filter(|_| column < columns)?;
        Some(Cell { cell, cut: cell.is_wide() && column + 1 == columns })
    }

    /// The cursor.
    pub fn cursor(&self) -> Cursor {
        let (rows, columns) = self.size();
        let (row, column) = self.screen.cursor_position();
        let shape = match self.screen.cursor_style() {
            vt100::CursorStyle::Default => CursorShape::Default,
            vt100::CursorStyle::BlinkBlock | vt100::CursorStyle::SteadyBlock => CursorShape::Block,
            vt100::CursorStyle::BlinkUnderline | vt100::CursorStyle::SteadyUnderline => CursorShape::Underline,
            vt100::CursorStyle::BlinkVerticalBar | vt100::CursorStyle::SteadyVerticalBar => CursorShape::Bar,
        };
        Cursor {
            row: row.min(rows - 1),
            column: column.min(columns - 1),
            shown: !self.screen.hide_cursor() && self.screen.scrollback() == 0,
            shape,
        }
    }

    /// Lines above the screen; none on the alternate screen.
    pub fn scrollback_len(&self) -> usize {
        self.screen.scrollback_len()
    }

    /// How many lines the view is scrolled back; 0 shows the live screen.
    pub fn offset(&self) -> usize {
        self.screen.scrollback()
    }

    /// The visible text: one line a row, without blanks at the ends of rows.
    pub fn text(&self) -> String {
        let (_, columns) = self.size();
        let rows: Vec<_> = self.screen.rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n")
    }
}
