//! Text that is read, and where we are in it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::panes::document::Document;
use crate::app::panes::marks::Mark;
use crate::ui::text::{put, put_piece, put_right};
use crate::ui::theme::Theme;

/// Draws the visible rows behind a margin of one cell, which shows the lines that changed.
pub fn draw_with_margin(document: &Document, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    for (y, (row, _)) in (area.top()..area.bottom()).zip(document.visible()) {
        // Where a line goes on, nothing is gone above or below.
        let begins = row.bytes.start == 0;
        if let Some(mark) = document.mark(row.line).filter(|mark| begins || is_whole(*mark)) {
            let (sign, style) = theme.change(mark);
            put(buffer, area, area.x, y, sign, style);
        }
    }
    let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    draw(document, theme, inside, buffer);
}

fn is_whole(mark: Mark) -> bool {
    matches!(mark, Mark::Added | Mark::Changed | Mark::Errors)
}

/// Draws the visible rows with their matches, and says in the title where we are.
pub fn draw(document: &Document, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    draw_rows(document, theme, area, buffer);
    let (last, all) = document.position();
    let search = document.search_state().map(|(text, at, count)| match count {
        0 => format!(" no `{text}` "),
        _ => format!(" `{text}` {at} of {count} "),
    });
    let place = format!("{} {last}/{all} ", search.unwrap_or_default());
    if area.y > 0 && all > 0 {
        let title = Rect { y: area.y - 1, height: 1, ..area };
        put_right(buffer, title, title.right().saturating_sub(1), title.y, &place, theme.dim());
    }
}

/// Draws the visible rows with their matches.
pub fn draw_rows(document: &Document, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    for (at, (row, line)) in document.visible().enumerate() {
        let y = area.y + at as u16;
        if y >= area.bottom() {
            break;
        }
        let matches: Vec<_> = document.matches_in(row.line).collect();
        let styled = |byte: usize| {
            let (_, current) = matches.iter().find(|(bytes, _)| bytes.contains(&byte))?;
            Some(theme.found(*current))
        };
        put_piece(buffer, theme, area, y, line, (row.bytes.clone(), document.left()), &styled);
    }
}
