//! The screen at several sizes, as pictures that are kept; and that no state breaks it.
//!
//! `fixture` is a cluster that never changes, at a time that never passes; `pictures` draws it, `random`
//! presses keys on it.

mod fixture;
mod pictures;
mod random;
mod triage;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

use crate::app::App;
use crate::ui;
use crate::ui::theme::Theme;

/// A frame of this size, after the program was told of it.
fn frame(app: &mut App, theme: &Theme, columns: u16, rows: u16) -> Buffer {
    fixture::resize(app, columns, rows);
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a buffer");
    let frame = terminal.draw(|frame| ui::draw(app, theme, frame)).expect("a buffer");
    assert_eq!(ui::check::flaw(frame.buffer), None, "{}", text(frame.buffer));
    frame.buffer.clone()
}

/// The letters of a frame.
fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += (symbol.width() as u16).max(1);
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}
