//! The screen of a shell: its cells, its cursor, and how it ended.

use std::ops::Range;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

use crate::app::panes::shell::ShellPane;
use crate::app::panes::shell::copy_mode::CopyMode;
use crate::base::text::Line;
use crate::emulator;
use crate::ui::text::{folded, put, put_line};
use crate::ui::theme::Theme;

/// Draws it, with what there is to say of it; the cursor is placed when the tile has the focus.
pub fn draw(pane: &ShellPane, words: &[Line], theme: &Theme, area: Rect, focused: bool, frame: &mut Frame<'_>) {
    if let Some(copy) = &pane.copy {
        return draw_frozen(copy, theme, area, focused, frame);
    }
    let view = pane.emulator.view();
    let buffer = frame.buffer_mut();
    for row in 0..area.height {
        for column in 0..area.width {
            if let Some(cell) = view.cell(row, column) {
                put_cell(buffer, theme, area, row, column, cell);
            }
        }
    }
    if !words.is_empty() {
        put_words(words, pane, theme, area, buffer);
        return;
    }
    let cursor = view.cursor();
    if focused && cursor.shown && cursor.row < area.height && cursor.column < area.width {
        frame.set_cursor_position(Position::new(area.x + cursor.column, area.y + cursor.row));
    }
}

/// Draws copy mode: what is selected is shown in reverse, what was found as in other texts.
fn draw_frozen(copy: &CopyMode, theme: &Theme, area: Rect, focused: bool, frame: &mut Frame<'_>) {
    let (view, (first, left)) = (copy.snapshot().view(), copy.origin());
    let cursor = copy.cursor();
    let buffer = frame.buffer_mut();
    for row in 0..area.height.min(view.size().0) {
        for column in 0..area.width {
            if let Some(cell) = view.cell(first + row, left + column) {
                put_cell(buffer, theme, area, row, column, cell);
            }
        }
        for columns in copy.found(row) {
            let is_current = cursor.0 == row && columns.contains(&cursor.1);
            mark(buffer, area, row, columns, |style| style.patch(theme.found(is_current)));
        }
        if let Some(columns) = copy.selected(row) {
            mark(buffer, area, row, columns, |style| style.add_modifier(Modifier::REVERSED));
        }
    }
    if focused {
        frame.set_cursor_position(Position::new(area.x + cursor.1, area.y + cursor.0));
    }
}

/// Changes the looks of some columns of a row.
fn mark(buffer: &mut Buffer, area: Rect, row: u16, columns: Range<u16>, change: impl Fn(Style) -> Style) {
    for column in columns.start..columns.end.min(area.width) {
        if let Some(cell) = buffer.cell_mut(Position::new(area.x + column, area.y + row)) {
            cell.set_style(change(cell.style()));
        }
    }
}

/// Writes why it waits or is over below what the shell wrote; over its last rows where there is no room below. A
/// refusal names its cause at the end, so it is never cut to one row.
fn put_words(lines: &[Line], pane: &ShellPane, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let (columns, height) = (usize::from(area.width), usize::from(area.height));
    let mut rows: Vec<Line> = lines.iter().flat_map(|line| folded(line, columns, height)).collect();
    rows.truncate(height);
    let (written, height) = (pane.emulator.view().text().trim_end().lines().count(), rows.len() as u16);
    let top = area.y + (written as u16).min(area.height.saturating_sub(height));
    buffer.set_style(Rect { y: top, height, ..area }, theme.base());
    for (y, row) in (top..).zip(&rows) {
        let end = put_line(buffer, theme, area, area.x, y, row);
        put(buffer, area, end, y, &" ".repeat(usize::from(area.right().saturating_sub(end))), theme.base());
    }
}

fn put_cell(buffer: &mut Buffer, theme: &Theme, area: Rect, row: u16, column: u16, cell: emulator::Cell<'_>) {
    let symbol = cell.symbol();
    if symbol.is_empty() || column + cell.width() > area.width {
        return;
    }
    if let Some(target) = buffer.cell_mut(Position::new(area.x + column, area.y + row)) {
        target.set_symbol(symbol).set_style(style(theme, cell));
    }
    // The right half of a wide character must be empty, or the terminal draws over it.
    if cell.width() == 2
        && let Some(right) = buffer.cell_mut(Position::new(area.x + column + 1, area.y + row))
    {
        right.set_symbol("").set_style(style(theme, cell));
    }
}

fn style(theme: &Theme, cell: emulator::Cell<'_>) -> Style {
    let mut style = Style::new();
    if theme.color {
        style = style.fg(color(cell.foreground())).bg(color(cell.background()));
    }
    for (set, modifier) in [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (cell.inverse(), Modifier::REVERSED),
    ] {
        if set {
            style = style.add_modifier(modifier);
        }
    }
    style
}

fn color(color: emulator::Color) -> Color {
    match color {
        emulator::Color::Default => Color::Reset,
        emulator::Color::Indexed(index) => Color::Indexed(index),
        emulator::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}
