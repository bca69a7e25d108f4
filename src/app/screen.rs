//! Where things are on the screen: shared by the update, which must know what is visible, and by the drawing.
//!
//! ```text
//!  header: where we are, how fresh it is
//!  tabs: the views, and at the right what is typed or the last message
//! ─ tile ─────────────┬ tile ─────────
//!   rows              │ rows
//!  footer: the keys that work here
//! ```
//!
//! A tile has a title on its upper edge, and a line at its left where another tile stands there.

use ratatui::layout::Rect;

/// Below this the screen only says that it is too small.
pub const SMALLEST: (u16, u16) = (20, 5);

/// The rows of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// The first row.
    pub header: Rect,
    /// The second row.
    pub tabs: Rect,
    /// The tiles.
    pub body: Rect,
    /// The last row.
    pub footer: Rect,
}

/// Divides a screen; `None` when it is too small for anything.
pub fn divide(columns: u16, rows: u16) -> Option<Screen> {
    if columns < SMALLEST.0 || rows < SMALLEST.1 {
        return None;
    }
    let row = |y| Rect::new(0, y, columns, 1);
    Some(Screen { header: row(0), tabs: row(1), body: Rect::new(0, 2, columns, rows - 3), footer: row(rows - 1) })
}

/// The part of a tile that its contents have: without the title, and without the line at its left.
pub fn contents(tile: Rect) -> Rect {
    let line = u16::from(tile.x > 0);
    Rect {
        x: tile.x + line,
        y: tile.y + 1,
        width: tile.width.saturating_sub(line),
        height: tile.height.saturating_sub(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_belongs_to_one_part() {
        for rows in SMALLEST.1..60 {
            let screen = divide(80, rows).expect("large enough");
            let sum = screen.header.height + screen.tabs.height + screen.body.height + screen.footer.height;
            assert_eq!(sum, rows);
            assert_eq!(screen.body.bottom(), screen.footer.y);
        }
        assert_eq!(divide(19, 50), None);
        assert_eq!(divide(80, 4), None);
    }
}
