//! A new screen model from one that panicked: text, colours, modes and cursor are carried over.
//!
//! The old model may be half changed, so every step that reads it may panic again and then gives nothing.
//! Lost: where lines wrapped, the scroll region, the bytes that were being printed.

use super::guard::guarded;
use super::machine::Bell;
use super::{Size, terminal};

/// What could be read from the old model, as sequences that paint it again.
#[derive(Default)]
struct Remains {
    /// Scrollback and main screen.
    main: Vec<u8>,
    /// The alternate screen, if it was in use.
    alternate: Option<Vec<u8>>,
    /// Input modes, attributes, whether the cursor is shown.
    modes: Vec<u8>,
}

/// A model of `size` that shows what `old` showed.
pub(super) fn rebuild(old: &mut vt100::Parser<Bell>, size: Size) -> vt100::Parser<Bell> {
    let remains = collect(old);
    let capacity = old.screen().scrollback_capacity();
    let fresh = || terminal(size, capacity);
    let painted = guarded(|| {
        let mut new = fresh();
        new.process(&remains.main);
        if let Some(alternate) = &remains.alternate {
            new.process(b"\x1b[?1049h");
            new.process(alternate);
        }
        new.process(&remains.modes);
        new
    });
    painted.unwrap_or_else(fresh)
}

fn collect(old: &mut vt100::Parser<Bell>) -> Remains {
    let mut remains = Remains::default();
    let modes = guarded(|| {
        let screen = old.screen();
        let shown = if screen.hide_cursor() { "\x1b[?25l" } else { "\x1b[?25h" };
        [screen.input_mode_formatted(), screen.attributes_formatted(), shown.to_owned()].concat()
    });
    remains.modes = modes.unwrap_or_default().into_bytes();
    if old.screen().alternate_screen() {
        remains.alternate = Some(guarded(|| paint(old)).unwrap_or_default());
        // The main screen can only be read when it is in use. The parser may still stand inside a sequence,
        // which the first escape ends.
        let left = guarded(|| old.process(b"\x1b\\\x1b[?47l"));
        if left.is_none() {
            return remains;
        }
    }
    remains.main = guarded(|| paint(old)).unwrap_or_default();
    remains
}

/// The lines of the screen in use, oldest first, and the cursor.
fn paint(old: &mut vt100::Parser<Bell>) -> Vec<u8> {
    let mut out = Vec::new();
    let screen = old.screen_mut();
    let (above, rows) = (screen.scrollback_len(), usize::from(screen.size().0.get()));
    for line in 0..above + rows {
        if line > 0 {
            out.extend_from_slice(b"\x1b[m\r\n");
        }
        screen.set_scrollback(above.saturating_sub(line));
        out.extend_from_slice(row(screen, line.saturating_sub(above)).as_bytes());
    }
    screen.set_scrollback(0);
    let (row, column) = screen.cursor_position();
    out.extend_from_slice(format!("\x1b[m\x1b[{};{}H", row + 1, column + 1).as_bytes());
    out
}

/// A row with its colours, or its bare text, or nothing.
fn row(screen: &vt100::Screen, row: usize) -> String {
    let columns = screen.size().1.get();
    guarded(|| screen.rows_formatted(0, columns).nth(row))
        .or_else(|| guarded(|| screen.rows(0, columns).nth(row)))
        .flatten()
        .unwrap_or_default()
}
