//! Around the tiles: a line above each with its title, and one between those side by side.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text::put;
use super::theme::Theme;
use crate::app::App;
use crate::app::View;
use crate::app::layout::Slot;
use crate::app::panes::Pane;
use crate::base::count::grouped;
use crate::store::feed::Status;

/// Draws the lines between the tiles, joined where they meet.
pub fn lines(theme: &Theme, tiles: &[(Slot, Rect)], buffer: &mut Buffer) {
    let rule = |x: u16, y: u16| tiles.iter().any(|(_, tile)| y == tile.y && (tile.left()..tile.right()).contains(&x));
    let bar = |x: u16, y: u16| {
        tiles.iter().any(|(_, tile)| tile.x > 0 && x == tile.x && (tile.top()..tile.bottom()).contains(&y))
    };
    for (_, tile) in tiles {
        for x in tile.left()..tile.right() {
            buffer.set_stringn(x, tile.y, theme.sign("─", "-"), 1, theme.line());
        }
    }
    for (_, tile) in tiles.iter().filter(|(_, tile)| tile.x > 0) {
        let x = tile.x;
        for y in tile.top()..tile.bottom() {
            let above = y.checked_sub(1).is_some_and(|above| bar(x, above));
            let symbol = match (rule(x - 1, y), rule(x + 1, y), above, bar(x, y + 1)) {
                (false, false, ..) => theme.sign("│", "|"),
                (true, true, false, _) => theme.sign("┬", "+"),
                (true, true, true, true) => theme.sign("┼", "+"),
                (true, true, true, false) => theme.sign("┴", "+"),
                (true, false, ..) => theme.sign("┤", "+"),
                (false, true, ..) => theme.sign("├", "+"),
            };
            buffer.set_stringn(x, y, symbol, 1, theme.line());
        }
    }
}

/// Writes the title of a tile on its upper line.
pub fn heading(app: &App, theme: &Theme, slot: Slot, tile: Rect, buffer: &mut Buffer) {
    let focused = app.layout.focused() == slot;
    let style = if focused { theme.accent() } else { theme.dim() };
    let mark = if focused { theme.sign("▶ ", "> ") } else { "" };
    let x = put(buffer, tile, tile.x + 1, tile.y, " ", style);
    let x = put(buffer, tile, x, tile.y, mark, style);
    let x = put(buffer, tile, x, tile.y, &title(app, slot), style);
    let x = put(buffer, tile, x, tile.y, " ", style);
    if let Slot::Pane(id) = slot
        && let Some(Pane::Logs(pane)) = app.panes.get(&id)
    {
        super::panes::logs::pulse(pane, theme, tile, x, buffer);
    }
}

fn title(app: &App, slot: Slot) -> String {
    let zoomed = if app.layout.is_zoomed() { " · alone, z for all" } else { "" };
    match slot {
        Slot::List => format!("{}{zoomed}", list_title(app)),
        Slot::Inspector => {
            if let Some(title) = app.finding_title() {
                return format!("{title}{zoomed}");
            }
            let object = || app.target().or_else(|| app.selected()).map(|key| key.to_string());
            let name = app.selected_session().map(|row| format!("{} {}", row.kind, row.target)).or_else(object);
            format!("{}{zoomed}", name.unwrap_or_else(|| "nothing under the cursor".to_owned()))
        }
        Slot::Pane(id) => {
            format!("{}{zoomed}", app.panes.get(&id).map(Pane::title).unwrap_or_default())
        }
    }
}

/// `Triage · 4 problems, 17 pods`; before everything was looked at, no number is the last word.
fn triage_title(app: &App, name: &str) -> String {
    let mut parts = vec![name.to_owned()];
    let is_known = app.has_judged_all();
    if is_known || app.counts().1 > 0 {
        parts.push(app.triage_title());
    }
    if !is_known {
        let word = match app.status() {
            Status::Stale { .. } if app.counts().1 > 0 => "as last seen",
            Status::Stale { .. } => "not known",
            _ if app.counts().1 > 0 => "so far",
            _ => "loading",
        };
        parts.push(word.to_owned());
    }
    if !app.filter_text().is_empty() {
        let (shown, all) = app.counts();
        parts.push(format!("{} of {} · filter {}", grouped(shown as u64), grouped(all as u64), app.filter_text()));
    }
    if app.marks() > 0 {
        parts.push(format!("{} marked", grouped(app.marks() as u64)));
    }
    parts.extend(Some(app.triage_gaps()).filter(|gaps| !gaps.is_empty()));
    parts.join(" · ")
}

fn list_title(app: &App) -> String {
    let scope = app.scope_name();
    let mut name = app.view_name(app.view);
    if let Some(scope) = &scope {
        name.extend([" of ", scope]);
    }
    if app.view == View::Triage {
        return triage_title(app, &name);
    }
    let (shown, all) = app.counts();
    let filter = app.filter_text();
    let mut title = if filter.is_empty() && scope.is_none() {
        format!("{name} · {}", grouped(all as u64))
    } else {
        format!("{name} · {} of {}", grouped(shown as u64), grouped(all as u64))
    };
    if !filter.is_empty() {
        title.extend([" · filter ", filter]);
    }
    if let Status::Loading { loaded, total } = app.status() {
        let progress = total.map(|total| format!(" {} of ~{}", grouped(*loaded), grouped(total)));
        title.push_str(" · loading");
        title.push_str(&progress.unwrap_or_default());
    }
    let marks = app.marks();
    if marks > 0 {
        title.extend([" · ", &grouped(marks as u64), " marked"]);
    }
    let unreadable = app.unreadable();
    if unreadable > 0 {
        title.extend([" · ", &grouped(unreadable as u64), " more could not be read"]);
    }
    title
}
