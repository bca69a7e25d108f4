//! What is in the tiles: one file a kind of pane.

mod debug;
mod document;
mod edit;
pub mod inspector;
pub mod logs;
mod shell;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text::{folded, put, put_line};
use super::theme::Theme;
use crate::app::App;
use crate::app::layout::{PaneId, Slot};
use crate::app::panes::Pane;
use crate::app::panes::run::RunPane;
use crate::base::text::Role;

/// Draws an open pane.
pub fn draw(app: &App, theme: &Theme, id: PaneId, area: Rect, frame: &mut Frame<'_>) {
    match app.panes.get(&id) {
        Some(Pane::Object(pane)) => {
            let mut area = area;
            if let Some(problem) = &pane.problem {
                put(frame.buffer_mut(), area, area.x, area.y, &problem.to_string(), theme.role(Role::Bad));
                area.y += 1;
                area.height = area.height.saturating_sub(1);
            }
            if pane.document.is_empty() && pane.problem.is_none() {
                put(frame.buffer_mut(), area, area.x + 1, area.y, "reading", theme.dim());
            }
            document::draw_with_margin(&pane.document, theme, area, frame.buffer_mut());
        }
        Some(Pane::Logs(pane)) => logs::draw(pane, theme, area, frame.buffer_mut()),
        Some(Pane::Shell(pane)) => {
            let focused = app.layout.focused() == Slot::Pane(id) && app.modal.is_none();
            shell::draw(pane, &app.words_of_shell(pane), theme, area, focused, frame);
        }
        Some(Pane::Run(pane)) => run(pane, theme, area, frame.buffer_mut()),
        Some(Pane::Edit(pane)) => {
            let focused = app.layout.focused() == Slot::Pane(id) && app.modal.is_none();
            edit::draw(pane, theme, area, focused, frame);
        }
        Some(Pane::Debug(pane)) => {
            let focused = app.layout.focused() == Slot::Pane(id) && app.modal.is_none();
            debug::draw(pane, theme, area, focused, frame);
        }
        None => {}
    }
}

/// What a command printed, with what there is to say of it in the first rows.
fn run(pane: &RunPane, theme: &Theme, mut area: Rect, buffer: &mut Buffer) {
    let words = pane.words().map(|line| folded(&line, usize::from(area.width), 3)).unwrap_or_default();
    for line in words.iter().take(usize::from(area.height)) {
        put_line(buffer, theme, area, area.x, area.y, line);
        area.y += 1;
        area.height -= 1;
    }
    document::draw_with_margin(&pane.document, theme, area, buffer);
}

pub use document::draw as draw_document;
