//! The screen and its scrollback at one moment: to scroll, search and copy from while output goes on.

use std::ops::Range;

use super::reflow::{FILLER, goes_on};
use super::view::View;

/// See the module. Lines are numbered from the oldest of the scrollback.
#[derive(Clone, Debug)]
pub struct Snapshot {
    screen: vt100::Screen,
}

impl Snapshot {
    pub(super) fn new(mut screen: vt100::Screen) -> Self {
        screen.set_scrollback(0);
        Self { screen }
    }

    /// For drawing.
    pub fn view(&self) -> View<'_> {
        View { screen: &self.screen }
    }

    /// Scrolls back by `lines` from the live screen; at most to the oldest.
    pub fn scroll_to(&mut self, lines: usize) {
        self.screen.set_scrollback(lines);
    }

    /// Lines in all: scrollback and screen.
    pub fn len(&self) -> usize {
        self.screen.scrollback_len() + usize::from(self.view().size().0)
    }

    /// Never: a screen has at least one row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of every line, oldest first, and whether it goes on in the next one; without blanks at the end of one that
    /// does not. For search.
    pub fn lines(&mut self) -> Vec<(String, bool)> {
        let columns = self.view().size().1;
        self.read(0..self.len(), |screen, row| {
            let (text, goes_on) = (text_of(screen, row, 0..columns), goes_on(screen, row));
            if goes_on { (text, true) } else { (text.trim_end().to_owned(), false) }
        })
    }

    /// The text of some columns of a line; what is blank at the end is left out.
    pub fn line_text(&mut self, line: usize, columns: Range<u16>) -> String {
        self.read(line..line + 1, |screen, row| text_of(screen, row, columns.clone())).concat()
    }

    /// Whether a line goes on in the next one.
    pub fn goes_on(&mut self, line: usize) -> bool {
        self.read(line..line + 1, goes_on).contains(&true)
    }

    /// All text, oldest first. A line that wrapped goes on without a break; other lines end without blanks.
    pub fn text(&mut self) -> String {
        let mut out = String::new();
        for (text, goes_on) in self.lines() {
            out.push_str(&text);
            if !goes_on {
                out.push('\n');
            }
        }
        // Rows of the screen that nothing was written to.
        out.truncate(out.trim_end().len());
        out
    }

    /// Reads some lines, each at the row at which the screen shows it, then scrolls to where the view was.
    fn read<T>(&mut self, lines: Range<usize>, mut read: impl FnMut(&vt100::Screen, u16) -> T) -> Vec<T> {
        let before = self.screen.scrollback();
        let above = self.screen.scrollback_len();
        let mut out = Vec::with_capacity(lines.len());
        for line in lines {
            // The line is put at the top, where reading it costs the same wherever it is.
            self.screen.set_scrollback(above.saturating_sub(line));
            out.push(read(&self.screen, line.saturating_sub(above) as u16));
        }
        self.screen.set_scrollback(before);
        out
    }
}

/// The text of a row: a space for what is blank before other text, and nothing for it at the end.
fn text_of(screen: &vt100::Screen, row: u16, columns: Range<u16>) -> String {
    let mut out = String::new();
    let mut blanks = 0;
    for column in columns {
        let Some(cell) = screen.cell(row, column) else { break };
        if cell.is_wide_continuation() || cell.contents() == FILLER {
            continue;
        }
        if cell.has_contents() {
            out.extend(std::iter::repeat_n(' ', std::mem::take(&mut blanks)));
            out.push_str(cell.contents());
        } else {
            blanks += 1;
        }
    }
    out
}
