//! Putting text into cells. The only way by which text of a cluster reaches the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use super::theme::Theme;
use crate::base::text::{Line, Role, Span};
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
        let style = theme.role(span.role).patch(theme.own(span.style));
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

/// A line in at most `most` rows of `columns` cells, broken between words where that is possible. What goes on
/// is indented a little more than the line. The text of the rows is visible already.
pub fn folded(line: &Line, columns: usize, most: usize) -> Vec<Line> {
    let plain = line.plain();
    let blanks = plain.len() - plain.trim_start_matches(' ').len();
    let indent = (blanks + 2).min(columns / 3);
    let next = || Line::new(" ".repeat(indent), Role::Plain);
    let (mut rows, mut used, mut begins) = (vec![Line::default()], 0, 0);
    for span in &line.spans {
        for word in visible(&span.text).split_inclusive(' ') {
            if used > begins && used + width(word.trim_end()) > columns {
                rows.push(next());
                (used, begins) = (indent, indent);
            }
            for grapheme in word.graphemes(true) {
                let wide = width(grapheme);
                if used + wide > columns {
                    if grapheme == " " || indent + wide > columns {
                        continue;
                    }
                    rows.push(next());
                    (used, begins) = (indent, indent);
                }
                if rows.len() > most {
                    rows.truncate(most);
                    return rows;
                }
                add(&mut rows, grapheme, span.role);
                used += wide;
            }
        }
    }
    rows
}

fn add(rows: &mut [Line], grapheme: &str, role: Role) {
    let Some(row) = rows.last_mut() else { return };
    match row.spans.last_mut().filter(|last| last.role == role) {
        Some(last) => last.text.push_str(grapheme),
        None => row.spans.push(Span::new(grapheme, role)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(line: &Line, columns: usize) -> Vec<String> {
        folded(line, columns, 99).iter().map(|row| row.plain().trim_end().to_owned()).collect()
    }

    #[test]
    fn lines_break_between_words_and_go_on_indented() {
        let line = Line::new("  Back-off pulling ", Role::Warn).and("image now", Role::Plain);
        assert_eq!(rows(&line, 18), ["  Back-off pulling", "    image now"]);
        assert_eq!(rows(&"sha256:0123456789".into(), 9), ["sha256:01", "  2345678", "  9"]);
        assert_eq!(rows(&"日本語のログ".into(), 6), ["日本語", "  のロ", "  グ"]);
        assert_eq!(folded(&"a b c d e f".into(), 3, 2).len(), 2);
        assert_eq!(rows(&Line::default(), 10), [""]);
    }

    proptest! {
        #[test]
        fn no_row_is_wider_than_asked_and_no_letter_is_lost(text in "[a-c日 \u{1b}]{0,60}", columns in 6usize..30) {
            let rows = rows(&text.as_str().into(), columns);
            prop_assert!(rows.iter().all(|row| width(row) <= columns), "{rows:?}");
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&rows.concat()), letters(&visible(&text)));
        }
    }
}
