//! The frame of a tile: its title on the upper edge, a line at its left.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text::put;
use super::theme::Theme;
use crate::app::App;
use crate::app::layout::Slot;
use crate::base::count::grouped;
use crate::model::kind::Kind;
use crate::store::feed::Status;

/// Draws the frame.
pub fn frame(app: &App, theme: &Theme, slot: Slot, tile: Rect, buffer: &mut Buffer) {
    let focused = app.layout.focused() == slot;
    let (rule, bar) = (theme.sign("─", "-"), theme.sign("│", "|"));
    for x in tile.left()..tile.right() {
        buffer.set_stringn(x, tile.y, rule, 1, theme.line());
    }
    if tile.x > 0 {
        for y in tile.top()..tile.bottom() {
            let corner = if y == tile.y { theme.sign("┬", "+") } else { bar };
            buffer.set_stringn(tile.x, y, corner, 1, theme.line());
        }
    }
    let style = if focused { theme.accent() } else { theme.dim() };
    let mark = if focused { theme.sign("▶ ", "> ") } else { "" };
    let x = put(buffer, tile, tile.x + 1, tile.y, " ", style);
    let x = put(buffer, tile, x, tile.y, mark, style);
    let x = put(buffer, tile, x, tile.y, &title(app, slot), style);
    put(buffer, tile, x, tile.y, " ", style);
}

fn title(app: &App, slot: Slot) -> String {
    let zoomed = if app.layout.is_zoomed() { " · alone, z for all" } else { "" };
    match slot {
        Slot::List => format!("{}{zoomed}", list_title(app)),
        Slot::Inspector => {
            let target = app.target().or_else(|| app.selected());
            format!("{}{zoomed}", target.map_or_else(|| "nothing under the cursor".to_owned(), |key| key.to_string()))
        }
        Slot::Pane(id) => {
            format!("{}{zoomed}", app.panes.get(&id).map(crate::app::panes::Pane::title).unwrap_or_default())
        }
    }
}

fn list_title(app: &App) -> String {
    let name = match app.view {
        Kind::Pod => "Pods",
        Kind::Node => "Nodes",
        Kind::Event => "Events",
    };
    let (shown, all) = app.counts();
    let filter = app.filter_text();
    let mut title = if filter.is_empty() {
        format!("{name} · {}", grouped(all as u64))
    } else {
        format!("{name} · {} of {} · filter {filter}", grouped(shown as u64), grouped(all as u64))
    };
    if let Status::Loading { loaded, total } = app.store.status(app.view) {
        let progress = total.map(|total| format!(" {} of ~{}", grouped(*loaded), grouped(total)));
        title.push_str(" · loading");
        title.push_str(&progress.unwrap_or_default());
    }
    title
}
