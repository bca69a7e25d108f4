//! A text that is edited: what is wrong with it, its lines behind their numbers, the cursor.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::document;
use crate::app::panes::edit::area::Area;
use crate::app::panes::edit::{EditPane, Phase};
use crate::base::text::{Line, Role};
use crate::base::width::{visible, width};
use crate::ui::text::{put, put_piece, put_right};
use crate::ui::theme::Theme;

/// Draws it; the cursor is placed when the tile has the focus.
pub fn draw(pane: &EditPane, theme: &Theme, area: Rect, focused: bool, frame: &mut Frame<'_>) {
    let height = (pane.problem_height() as u16).min(area.height);
    let problem = Rect { height, ..area };
    let area = Rect { y: area.y + height, height: area.height - height, ..area };
    document::draw_rows(&pane.problem, theme, problem, frame.buffer_mut());
    match (pane.phase, &pane.review) {
        (Phase::Reading, _) => {
            put(frame.buffer_mut(), area, area.x + 1, area.y, "reading", theme.dim());
        }
        (Phase::Unread, _) => {}
        (_, Some(review)) => document::draw_rows(&review.document, theme, area, frame.buffer_mut()),
        (_, None) => draw_area(&pane.area, theme, area, focused && pane.is_typing(), frame),
    }
}

/// Draws a text that is typed; `shows_cursor`: whether keys go to it.
pub fn draw_area(lines: &Area, theme: &Theme, area: Rect, shows_cursor: bool, frame: &mut Frame<'_>) {
    let margin = (lines.number_width() as u16 + 1).min(area.width);
    let text = Rect { x: area.x + margin, width: area.width - margin, ..area };
    for (y, (at, line)) in (area.top()..area.bottom()).zip(lines.lines().iter().enumerate().skip(lines.top())) {
        let number = Rect { width: margin, ..area };
        put_right(frame.buffer_mut(), number, text.x.saturating_sub(1), y, &(at + 1).to_string(), theme.dim());
        let row = Rect { y, height: 1, ..text };
        draw_line(lines, at, line, theme, row, frame.buffer_mut());
        if let Some((_, said)) = lines.remarked().filter(|(marked, _)| *marked == at) {
            draw_remark(
                said,
                width(&visible(line)).saturating_sub(lines.left()),
                margin,
                theme,
                row,
                frame.buffer_mut(),
            );
        }
    }
    let (line, _) = lines.cursor();
    let column = lines.cursor_cell().saturating_sub(lines.left()) as u16;
    let row = line.saturating_sub(lines.top()) as u16;
    if shows_cursor && column < text.width && row < text.height {
        frame.set_cursor_position(Position::new(text.x + column, text.y + row));
    }
}

/// What is wrong in a line: a sign before it, and the words behind it, where there is room.
fn draw_remark(said: &str, cells: usize, margin: u16, theme: &Theme, row: Rect, buffer: &mut Buffer) {
    let style = theme.role(Role::Bad);
    if margin > 0 {
        buffer.set_stringn(row.x - 1, row.y, theme.sign("✖", "x"), 1, style);
    }
    let x = row.x.saturating_add(u16::try_from(cells).unwrap_or(u16::MAX)).saturating_add(2);
    if x < row.right() {
        put(buffer, row, x, row.y, said, style);
    }
}

fn draw_line(lines: &Area, at: usize, line: &str, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let shown = visible(line);
    let (matches, selected) = (lines.matches_in(&shown), lines.selected_in(at));
    let styled = |byte: usize| {
        if selected.as_ref().is_some_and(|bytes| bytes.contains(&byte)) {
            return Some(Style::new().add_modifier(Modifier::REVERSED));
        }
        matches.iter().any(|bytes| bytes.contains(&byte)).then(|| theme.found(false))
    };
    // The last cell says that a line goes on at the right.
    let goes_on = width(&shown) > lines.left() + usize::from(area.width);
    let room = Rect { width: area.width.saturating_sub(u16::from(goes_on)), ..area };
    put_piece(buffer, theme, room, area.y, &colored(&shown), (0..shown.len(), lines.left()), &styled);
    if goes_on {
        put(buffer, area, room.right(), area.y, theme.sign("›", ">"), theme.dim());
    }
}

/// A line of YAML with the roles that its parts most likely have. What stands in a text of several lines is not told
/// apart.
fn colored(line: &str) -> Line {
    let start = line.len() - line.trim_start_matches([' ', '-']).len();
    let (indent, rest) = line.split_at(start);
    if rest.starts_with('#') {
        return Line::new(line, Role::Dim);
    }
    let key =
        rest.find(": ").or_else(|| rest.strip_suffix(':').map(str::len)).filter(|_| !rest.starts_with(['"', '\'']));
    match key {
        Some(end) => Line::new(indent, Role::Dim).and(&rest[..=end], Role::Label).and(&rest[end + 1..], Role::Plain),
        None => Line::new(indent, Role::Dim).and(rest, Role::Plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_line_are_told_apart() {
        let roles = |line: &str| {
            let spans = colored(line).spans;
            spans
                .into_iter()
                .filter(|span| !span.text.is_empty())
                .map(|span| (span.text, span.role))
                .collect::<Vec<_>>()
        };
        let span = |text: &str, role| (text.to_owned(), role);
        assert_eq!(
            roles("  - name: web"),
            [span("  - ", Role::Dim), span("name:", Role::Label), span(" web", Role::Plain)]
        );
        assert_eq!(roles("spec:"), [span("spec:", Role::Label)]);
        assert_eq!(roles("  # no"), [span("  # no", Role::Dim)]);
        assert_eq!(roles("- \"a: b\""), [span("- ", Role::Dim), span("\"a: b\"", Role::Plain)]);
        assert_eq!(roles(""), []);
    }
}
