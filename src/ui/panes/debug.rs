//! The debug form: its rows with the one that is typed in, and what would change, beside it or below.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::{document, edit};
use crate::app::form_parts;
use crate::app::panes::debug::{DebugPane, Phase};
use crate::base::text::Role;
use crate::ui::text::put;
use crate::ui::theme::Theme;

/// Draws it; the cursor is placed when the tile has the focus.
pub fn draw(pane: &DebugPane, theme: &Theme, area: Rect, focused: bool, frame: &mut Frame<'_>) {
    match &pane.phase {
        Phase::Reading => {
            put(frame.buffer_mut(), area, area.x + 1, area.y, "reading", theme.dim());
        }
        Phase::Unread(problem) => {
            put(frame.buffer_mut(), area, area.x + 1, area.y, &problem.to_string(), theme.role(Role::Bad));
        }
        _ => draw_parts(pane, theme, area, focused, frame),
    }
}

fn draw_parts(pane: &DebugPane, theme: &Theme, area: Rect, focused: bool, frame: &mut Frame<'_>) {
    let [form, preview] = form_parts(area, pane);
    let types = focused && pane.is_typing();
    if let Some(part) = &pane.custom {
        let hint = "a part of a container, as YAML or JSON; it wins over the profile";
        let (said, style) = match part.remarked() {
            Some((line, said)) => (format!("line {}: {said}", line + 1), theme.role(Role::Bad)),
            None => (hint.to_owned(), theme.dim()),
        };
        put(frame.buffer_mut(), form, form.x, form.y, &said, style);
        let text = Rect { y: form.y + 1, height: form.height.saturating_sub(1), ..form };
        edit::draw_area(part, theme, text, types, frame);
    } else {
        document::draw_rows(&pane.rows, theme, form, frame.buffer_mut());
        draw_cursor(pane, theme, form, types, frame);
    }
    separate(theme, form, preview, frame);
    document::draw_rows(&pane.preview, theme, preview, frame.buffer_mut());
}

fn draw_cursor(pane: &DebugPane, theme: &Theme, form: Rect, types: bool, frame: &mut Frame<'_>) {
    let Some((line, cell)) = pane.cursor_place() else { return };
    let Some(at) = pane.rows.visible().position(|(row, _)| row.line == line) else { return };
    let y = form.y + at as u16;
    if y >= form.bottom() {
        return;
    }
    frame.buffer_mut().set_style(Rect { y, height: 1, ..form }, theme.cursor(types));
    if let Some(column) = cell.filter(|_| types) {
        let x = form.x.saturating_add(column as u16).min(form.right().saturating_sub(1));
        frame.set_cursor_position(Position::new(x, y));
    }
}

/// A line between the form and what would change.
fn separate(theme: &Theme, form: Rect, preview: Rect, frame: &mut Frame<'_>) {
    let buffer = frame.buffer_mut();
    if preview.x > form.x {
        for y in form.top()..form.bottom() {
            buffer.set_stringn(form.right(), y, theme.sign("│", "|"), 1, theme.line());
        }
    } else if preview.height > 0 {
        for x in form.left()..form.right() {
            buffer.set_stringn(x, form.bottom(), theme.sign("─", "-"), 1, theme.line());
        }
    }
}
