//! Drawing, and nothing else: [`draw`] looks at the application and fills a frame.
//!
//! No state, no decisions: what is visible, chosen or cut was settled before. Text that came from a cluster
//! reaches a cell only through [`text`], which makes control characters visible.

pub mod check;
mod chrome;
mod footer;
mod list;
mod modal;
pub(crate) mod panes;
mod question;
mod text;
pub mod theme;
mod tiles;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::App;
use crate::app::layout::Slot;
use crate::app::screen;
use theme::Theme;

/// Draws the whole screen.
pub fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, theme.base());
    let Some(screen) = screen::divide(area.width, area.height) else {
        text::put(frame.buffer_mut(), area, 0, 0, "window too small", Style::new());
        return;
    };
    chrome::header(app, theme, screen.header, frame.buffer_mut());
    chrome::tabs(app, theme, screen.tabs, frame);
    let areas = app.layout.areas(screen.body);
    tiles::lines(theme, &areas, frame.buffer_mut());
    for (slot, tile) in &areas {
        tiles::heading(app, theme, *slot, *tile, frame.buffer_mut());
        let inside = screen::contents(*tile);
        match slot {
            Slot::List => list::draw(app, theme, inside, frame.buffer_mut()),
            Slot::Inspector => panes::inspector::draw(app, theme, inside, frame.buffer_mut()),
            Slot::Pane(id) => panes::draw(app, theme, *id, inside, frame),
        }
    }
    footer::draw(app, theme, screen.footer, frame.buffer_mut());
    modal::draw(app, theme, screen.body, frame);
}

/// A part of `area` that is `columns` by `rows` large, in its middle.
fn centred(area: Rect, columns: u16, rows: u16) -> Rect {
    let (columns, rows) = (columns.min(area.width), rows.min(area.height));
    Rect::new(area.x + (area.width - columns) / 2, area.y + (area.height - rows) / 2, columns, rows)
}

#[cfg(test)]
mod tests;
