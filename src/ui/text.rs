//! Putting text into cells. The only way by which text of a cluster reaches the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use super::theme::Theme;
use crate::base::text::Line;
use crate::base::width::{cut, visible, width};

/// Writes `text` at a place of `area`'s row, cut to what is left of it; gives the column behind it.
pub fn put(buffer: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) -> u16 {
    let room = area.right().saturating_sub(x);
    if room == 0 || y >= area.bottom() {
        return x;
    }
    let shown = visible(text);
    let shown = cut(&shown, usize::from(room));
    buffer.set_stringn(x, y, &shown, usize::from(room), style).0
}

/// Writes `text` so that it ends at `right`.
pub fn put_right(buffer: &mut Buffer, area: Rect, right: u16, y: u16, text: &str, style: Style) -> u16 {
    let shown = visible(text);
    let needed = u16::try_from(width(&shown)).unwrap_or(u16::MAX);
    let x = right.saturating_sub(needed).max(area.x);
    put(buffer, area, x, y, &shown, style);
    x
}

/// Writes a line of spans.
pub fn put_line(buffer: &mut Buffer, theme: &Theme, area: Rect, x: u16, y: u16, line: &Line) -> u16 {
    line.spans.iter().fold(x, |x, span| put(buffer, area, x, y, &span.text, theme.role(span.role)))
}

/// Writes the bytes `from..to` of a line whose text is visible already, `left` cells scrolled away. `styled`
/// says what is laid over a span's own look at a byte.
pub fn put_piece(
    buffer: &mut Buffer,
    theme: &Theme,
    area: Rect,
    y: u16,
    line: &Line,
    piece: (std::ops::Range<usize>, usize),
    styled: &dyn Fn(usize) -> Option<Style>,
) {
    let (bytes, left) = piece;
    let mut at = 0;
    let mut column = 0usize;
    for span in &line.spans {
        let style = theme.role(span.role);
        for (offset, grapheme) in span.text.grapheme_indices(true) {
            let byte = at + offset;
            if byte < bytes.start || byte >= bytes.end {
                continue;
            }
            let wide = width(grapheme);
            let (from, to) = (column, column + wide);
            column = to;
            if from < left {
                continue;
            }
            let x = usize::from(area.x) + from - left;
            if x + wide > usize::from(area.right()) {
                return;
            }
            let style = styled(byte).map_or(style, |over| style.patch(over));
            buffer.set_stringn(x as u16, y, grapheme, wide.max(1), style);
        }
        at += span.text.len();
    }
}
