//! The list: a heading, the visible rows, or why there are none.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::text::{folded, put, put_line, put_right};
use super::theme::Theme;
use crate::app::App;
use crate::app::action::Action;
use crate::app::columns::{Cell, Column, Listed, Shown, Sort};
use crate::app::layout::Slot;
use crate::app::list::List;
use crate::app::session::Link;
use crate::app::view::{View, on_list};
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role};
use crate::store::feed::{Feed, Status};

/// Cells between columns.
const GAP: u16 = 2;
/// Cells for the mark in front of a row.
const MARK: u16 = 2;
/// How far a wide column gives way before others are left out for it; in a narrow tile, where each column
/// counts, further.
const READABLE: u16 = 36;
const READABLE_IN_NARROW: u16 = 26;
/// Below this a tile is narrow.
const NARROW: u16 = 100;
/// What is left of a column when everything is cut.
const NARROWEST: u16 = 12;

/// A column where it stands.
struct Placed<'a, R> {
    column: &'a Column<R>,
    index: usize,
    /// Cells from the left edge of the tile.
    x: u16,
    width: u16,
    /// Its cells are the short ones.
    brief: bool,
}

impl<R> Placed<'_, R> {
    fn cell(&self, row: &R, now: Stamp) -> Cell {
        match self.column.brief {
            Some(brief) if self.brief => brief(row),
            _ => self.column.cell(row, now),
        }
    }
}

/// Draws the list of the present view.
pub fn draw(app: &App, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    on_list!(app, app.view, |list, feed| rows(app, theme, list, feed, area, buffer));
}

fn rows<R: Listed>(app: &App, theme: &Theme, list: &List<R>, feed: &Feed<R>, area: Rect, buffer: &mut Buffer) {
    if list.is_empty() {
        empty(app, theme, area, buffer);
        return;
    }
    let columns = place(list, area.width);
    heading(list, &columns, theme, area, buffer);
    let focused = app.layout.focused() == Slot::List;
    let height = usize::from(area.height.saturating_sub(1));
    for (at, slot) in list.visible(height).enumerate() {
        let Some(row) = feed.table.get(slot) else { continue };
        let y = area.y + 1 + at as u16;
        let (mark, style) =
            if list.is_marked(row) { (theme.sign("◆", "*"), theme.accent()) } else { theme.mark(row.health()) };
        put(buffer, area, area.x, y, mark, style);
        for placed in &columns {
            let cell = placed.cell(row, app.now);
            put_cell(buffer, area, y, placed, &cell.text, theme.role(cell.role));
        }
        if list.offset() + at == list.cursor() {
            buffer.set_style(Rect { y, height: 1, ..area }, theme.cursor(focused));
        }
    }
}

fn put_cell<R>(buffer: &mut Buffer, area: Rect, y: u16, placed: &Placed<'_, R>, text: &str, style: Style) {
    let x = area.x.saturating_add(placed.x);
    let cell = Rect { x, y, width: placed.width.min(area.right().saturating_sub(x)), height: 1 };
    if placed.column.right {
        put_right(buffer, cell, cell.right(), y, text, style);
    } else {
        put(buffer, cell, x, y, text, style);
    }
}

fn heading<R: Listed>(list: &List<R>, columns: &[Placed<'_, R>], theme: &Theme, area: Rect, buffer: &mut Buffer) {
    for placed in columns {
        let sorted = list.sort.filter(|sort| sort.column == placed.index);
        let arrow = match sorted {
            Some(sort) if sort.descending => theme.sign("↓", "v"),
            Some(_) => theme.sign("↑", "^"),
            None => "",
        };
        let text = format!("{}{arrow}", placed.column.heading);
        put_cell(buffer, area, area.y, placed, &text, theme.role(Role::Dim).patch(theme.role(Role::Heading)));
    }
}

/// Gives each column its place. Where there is too little room, a narrow tile first puts them closer together;
/// then the widest gives way to a width at which names can still be told apart, cells become short, the most
/// expendable columns are left out, and only then is everything cut further.
fn place<R: Listed>(list: &List<R>, area_width: u16) -> Vec<Placed<'_, R>> {
    let room = area_width.saturating_sub(MARK);
    let widths = list.widths();
    let placed = |(index, column)| Placed { column, index, x: 0, width: widths[index], brief: false };
    let narrow = area_width < NARROW;
    // There it would cost the names their ends; the inspector says the same.
    let is_kept = |(_, column): &(usize, &Column<R>)| !narrow || column.shown != Shown::WhereTelling;
    let mut columns: Vec<_> = list.columns().filter(is_kept).map(placed).collect();
    let gap = if narrow && overhang(&columns, room, GAP).is_some() { 1 } else { GAP };
    let readable = if narrow { READABLE_IN_NARROW } else { READABLE.max(room / 3) };
    while let Some(over) = overhang(&columns, room, gap) {
        if give_way(&mut columns, over, readable, true)
            || give_way(&mut columns, over, readable, false)
            || shorten(&mut columns, list.sort)
            || give_way_where_telling(&mut columns, over)
        {
            continue;
        }
        match most_expendable(&columns) {
            Some(at) => drop(columns.remove(at)),
            None if give_way(&mut columns, over, NARROWEST, false) => {}
            None => break,
        }
    }
    columns.iter_mut().fold(MARK, |x, placed| {
        placed.x = x;
        x.saturating_add(placed.width).saturating_add(gap)
    });
    columns
}

/// Cells by which the columns are wider than the room; `None` when they fit.
fn overhang<R>(columns: &[Placed<'_, R>], room: u16, gap: u16) -> Option<u16> {
    let gap = u32::from(gap);
    let needed: u32 = columns.iter().map(|placed| u32::from(placed.width) + gap).sum();
    let over = needed.saturating_sub(gap).saturating_sub(u32::from(room));
    (over > 0).then(|| u16::try_from(over).unwrap_or(u16::MAX))
}

/// Narrows the widest column, not below `least` and not far below the next; false when none is wider. `spare`: not those
/// that are to be cut last.
fn give_way<R>(columns: &mut [Placed<'_, R>], over: u16, least: u16, spare: bool) -> bool {
    let may = |placed: &Placed<'_, R>| !(spare && placed.column.telling);
    let widths = columns.iter().enumerate().filter(|(_, placed)| may(placed)).map(|(at, placed)| (at, placed.width));
    let Some((at, width)) = widths.max_by_key(|(_, width)| *width) else { return false };
    let others = columns.iter().enumerate().filter(|(other, placed)| *other != at && may(placed));
    let next = others.map(|(_, placed)| placed.width).max().unwrap_or(0);
    let by = over.min((width - next).max(1)).min(width.saturating_sub(least));
    columns[at].width -= by;
    by > 0
}

/// Narrows what is shown only where it tells something, while enough of it is left to be worth its place.
fn give_way_where_telling<R>(columns: &mut [Placed<'_, R>], over: u16) -> bool {
    let telling = columns.iter_mut().find(|placed| placed.column.shown == Shown::WhereTelling);
    let Some(placed) = telling else { return false };
    let by = over.min(placed.width.saturating_sub(READABLE_IN_NARROW));
    placed.width -= by;
    by > 0
}

/// Makes the cells of a column short; false when all that can be are.
fn shorten<R>(columns: &mut [Placed<'_, R>], sort: Option<Sort>) -> bool {
    let next = columns.iter_mut().find(|placed| placed.column.brief.is_some() && !placed.brief);
    next.map(|placed| {
        placed.brief = true;
        let arrow = u16::from(sort.is_some_and(|sort| sort.column == placed.index));
        placed.width = placed.width.min(placed.column.heading.len() as u16 + arrow);
    })
    .is_some()
}

fn most_expendable<R>(columns: &[Placed<'_, R>]) -> Option<usize> {
    let (at, placed) = columns.iter().enumerate().max_by_key(|(_, placed)| placed.column.expendable)?;
    (placed.column.expendable > 0).then_some(at)
}

/// Why there are no rows.
fn empty(app: &App, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let session = &app.session;
    let kind = if app.view == View::Triage { "pods" } else { app.noun() };
    let (first, problem): (String, Option<&Problem>) = match (&session.link, app.status()) {
        (Link::Down(problem), _) => ("not connected".to_owned(), Some(problem)),
        (Link::Connecting, _) => ("connecting".to_owned(), None),
        (Link::Up, Status::Stale { outage, .. }) => (format!("{kind} can not be listed"), Some(&outage.problem)),
        (Link::Up, Status::Waiting | Status::Loading { .. }) if app.view == View::Triage => {
            (app.triage_progress(), None)
        }
        (Link::Up, Status::Waiting | Status::Loading { .. }) => (format!("loading {kind}"), None),
        (Link::Up, Status::Live) => (no_rows(app), None),
    };
    let role = if problem.is_some() { Role::Bad } else { Role::Dim };
    let mut lines = vec![Line::new(first, role)];
    let is_whole = app.has_judged_all() && matches!(session.link, Link::Up) && !session.is_namespace_missing();
    if app.view == View::Triage && is_whole && app.counts().1 == 0 {
        lines = app.nothing_wrong();
    }
    lines.extend(problem.map(|problem| Line::new(problem.to_string(), Role::Plain)));
    if matches!(session.link, Link::Down(_)) {
        let keys = |action| app.keys.key_of(action);
        let hint = format!("{} tries again, {} chooses a context", keys(Action::Reconnect), keys(Action::Contexts));
        lines.push(Line::new(hint, Role::Key));
    }
    let inside = Rect { x: area.x + MARK, width: area.width.saturating_sub(MARK + 1), ..area };
    let rows = lines.iter().flat_map(|line| folded(line, usize::from(inside.width), usize::from(area.height)));
    for (y, row) in (area.y + 1..).zip(rows) {
        put_line(buffer, theme, inside, inside.x, y, &row);
    }
}

fn no_rows(app: &App) -> String {
    let session = &app.session;
    let kind = app.noun();
    let (_, all) = app.counts();
    if let Some(scope) = app.scope_name().filter(|_| app.filter_text().is_empty()) {
        return format!("no {kind} of {scope}, by UID. Esc shows all; a filter `object:NAME` finds by name");
    }
    if all > 0 {
        return format!("nothing matches the filter; it hides {all} {kind}. Esc clears it");
    }
    match &session.namespace {
        Some(name) if session.is_namespace_missing() => {
            format!("there is no namespace `{name}`. {} chooses another", app.keys.key_of(Action::Namespaces))
        }
        Some(name) if app.listed().is_some_and(|resource| resource.namespaced) => {
            let all = app.keys.key_of(Action::AllNamespaces);
            format!("no {kind} in namespace {name}. {all} lists all namespaces")
        }
        _ if app.view == View::Sessions => {
            let keys = |action| app.keys.key_of(action);
            format!(
                "nothing of yours is running. {} opens a shell, {} forwards a port, {} copies files",
                keys(Action::Shell),
                keys(Action::Forward),
                keys(Action::CopyFiles)
            )
        }
        _ => format!("no {kind}"),
    }
}
