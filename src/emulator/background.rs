//! The background of what comes in when lines or cells move, where the model leaves it plain.
//!
//! A terminal with `bce` fills what it erases, inserts or scrolls in with the background that is set; the model does
//! so only where it erases. So behind each of those, what came in is erased once more. Only done while a background is
//! set, which is rarely. Start with [`Machine::shift`].

use super::answer::Csi;
use super::machine::Machine;

/// The rows that scroll, from 0, one for each of the two screens; the whole screen when there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Regions {
    main: Option<(u16, u16)>,
    alternate: Option<(u16, u16)>,
}

impl Regions {
    /// The one of a screen.
    pub(super) fn of(&mut self, alternate: bool) -> &mut Option<(u16, u16)> {
        if alternate { &mut self.alternate } else { &mut self.main }
    }
}

impl Machine {
    /// Whether what comes in has a background.
    pub(super) fn has_background(&self) -> bool {
        self.terminal.screen().bgcolor() != vt100::Color::Default
    }

    /// Takes note of the scroll region, given as its parameters.
    pub(super) fn note_region(&mut self, csi: Csi<'_>) {
        let (rows, _) = self.size();
        let mut numbers = csi.numbers();
        let top = numbers.next().unwrap_or(0).max(1);
        let bottom = numbers.next().filter(|bottom| *bottom > 0).unwrap_or(rows).min(rows);
        let alternate = self.terminal.screen().alternate_screen();
        *self.regions.of(alternate) = (top < bottom).then(|| (top - 1, bottom - 1));
    }

    fn region(&mut self) -> (u16, u16) {
        let (rows, _) = self.size();
        let alternate = self.terminal.screen().alternate_screen();
        self.regions.of(alternate).unwrap_or((0, rows - 1))
    }

    /// Moves cells or lines as the sequence says (`CSI @ P L M S T`), and gives what came in its background.
    pub(super) fn shift(&mut self, csi: Csi<'_>, bytes: &[u8]) {
        let (_, columns) = self.size();
        let (row, column) = self.cursor();
        let (top, bottom) = self.region();
        let count = csi.first().max(1);
        self.pass(bytes);
        if !self.has_background() {
            return;
        }
        let cells = count.min(columns - column);
        let height = bottom - top + 1;
        let inside = (top..=bottom).contains(&row);
        match csi.end {
            b'@' => self.feed(format_args!("\x1b[{cells}X")),
            b'P' => self.feed(format_args!("\x1b[{}G\x1b[K\x1b[{}G", columns - cells + 1, column + 1)),
            b'L' if inside => self.fill(row, count.min(bottom - row + 1)),
            b'M' if inside => {
                let lines = count.min(bottom - row + 1);
                self.fill(bottom + 1 - lines, lines);
            }
            b'S' => self.fill(bottom + 1 - count.min(height), count.min(height)),
            b'T' => self.fill(top, count.min(height)),
            _ => {}
        }
    }

    /// A line feed (`b"\n"` and its like) or, as `b"\x1bM"`, the opposite.
    pub(super) fn line_feed(&mut self, bytes: &[u8]) {
        let (row, (top, bottom)) = (self.cursor().0, self.region());
        self.terminal.process(bytes);
        let edge = if bytes == b"\x1bM" { top } else { bottom };
        if row == edge && self.has_background() {
            self.fill(edge, 1);
        }
    }

    /// Erases lines, and leaves the cursor where it is. Rows are absolute for the model, also in origin mode.
    fn fill(&mut self, first: u16, lines: u16) {
        let row = self.terminal.screen().cursor_position().0;
        for line in first..first + lines {
            self.feed(format_args!("\x1b[{}d\x1b[2K", line + 1));
        }
        self.feed(format_args!("\x1b[{}d", row + 1));
    }
}
