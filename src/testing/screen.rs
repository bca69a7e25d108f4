//! What a test reads from the screen.

use std::fmt;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Position;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr;

/// A frame, as it was drawn.
#[derive(Clone, Debug)]
pub struct Screen {
    /// Its cells.
    pub buffer: Buffer,
    /// Where the terminal's cursor stands, when it is shown.
    pub cursor: Option<Position>,
}

impl Screen {
    /// A row as text, without the blanks at its end; empty below the screen.
    pub fn line(&self, row: u16) -> String {
        let text: String = self.cells(row).map(|(_, cell)| cell.symbol()).collect();
        text.trim_end().to_owned()
    }

    /// All rows.
    pub fn lines(&self) -> Vec<String> {
        (0..self.buffer.area.height).map(|row| self.line(row)).collect()
    }

    /// Whether a row has this text.
    pub fn contains(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// The first row with this text.
    pub fn row_with(&self, text: &str) -> Option<String> {
        self.lines().into_iter().find(|line| line.contains(text))
    }

    /// Column and row where this text begins first.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        (0..self.buffer.area.height).find_map(|row| {
            let at = self.line(row).find(text)?;
            let mut bytes = 0;
            let (column, _) = self.cells(row).find(|(_, cell)| {
                bytes += cell.symbol().len();
                bytes > at
            })?;
            Some((column, row))
        })
    }

    /// The text of the row under the list's cursor: of the first stretch of reversed cells.
    pub fn cursor_row(&self) -> Option<String> {
        let reversed = |cell: &Cell| cell.modifier.contains(Modifier::REVERSED);
        (0..self.buffer.area.height).find_map(|row| {
            let text: String =
                self.cells(row).filter(|(_, cell)| reversed(cell)).map(|(_, cell)| cell.symbol()).collect();
            (text.width() > 3).then(|| text.trim_end().to_owned())
        })
    }

    /// The cell at a place.
    pub fn cell(&self, column: u16, row: u16) -> Option<&Cell> {
        self.buffer.cell(Position::new(column, row))
    }

    /// The cells of a row with their columns, the second cells of wide characters left out.
    pub(super) fn cells(&self, row: u16) -> impl Iterator<Item = (u16, &Cell)> {
        let mut next = 0;
        let columns = if row < self.buffer.area.height { self.buffer.area.width } else { 0 };
        (0..columns).filter_map(move |column| {
            if column < next {
                return None;
            }
            let cell = self.cell(column, row)?;
            next = column + (cell.symbol().width() as u16).max(1);
            Some((column, cell))
        })
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn text_is_found_by_its_column_behind_wide_characters() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 1, "日本 web-0", Style::new());
        buffer.set_style(Rect::new(0, 1, 12, 1), Style::new().add_modifier(Modifier::REVERSED));
        let screen = Screen { buffer, cursor: None };
        assert_eq!(screen.line(1), "日本 web-0");
        assert_eq!(screen.find("web-0"), Some((5, 1)));
        assert_eq!(screen.find("本"), Some((2, 1)));
        assert_eq!(screen.cursor_row().as_deref(), Some("日本 web-0"));
        assert_eq!(screen.row_with("nothing"), None);
    }
}
