//! What must hold of every frame, whatever a cluster sends. The tests ask after each one.

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

/// What is wrong with a frame: a cell that a terminal would obey, or a wide character without its second cell.
pub fn flaw(buffer: &Buffer) -> Option<String> {
    let area = buffer.area;
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            let symbol = buffer[(x, y)].symbol();
            if symbol.chars().any(char::is_control) {
                return Some(format!("cell {x},{y} has a control character: {symbol:?}"));
            }
            if symbol.width() > 1 {
                if x + 1 == area.right() {
                    return Some(format!("{symbol} at {x},{y} hangs over the edge"));
                }
                let right = buffer[(x + 1, y)].symbol();
                if !right.trim().is_empty() {
                    return Some(format!("{symbol} at {x},{y} is overwritten by {right:?}"));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn whole_characters_pass_and_halves_do_not() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        buffer.set_string(0, 0, "日本", ratatui::style::Style::new());
        assert_eq!(flaw(&buffer), None);
        buffer[(1, 0)].set_symbol("x");
        assert!(flaw(&buffer).is_some_and(|flaw| flaw.contains("overwritten")));
        buffer[(0, 0)].set_symbol("\u{1b}");
        assert!(flaw(&buffer).is_some_and(|flaw| flaw.contains("control")));
    }
}
