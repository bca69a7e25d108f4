//! A log: its visible rows, and why nothing comes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use crate::app::panes::logs::{Found, LogPane, LogSpan};
use crate::base::sgr;
use crate::ui::text::{put, put_line};
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(pane: &LogPane, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut y = area.y;
    for spans in pane.visible() {
        if y >= area.bottom() {
            return;
        }
        spans.iter().fold(area.x, |x, span| put(buffer, area, x, y, &span.text, style(theme, span)));
        y += 1;
    }
    if let Some(line) = pane.status()
        && y < area.bottom()
    {
        put_line(buffer, theme, area, area.x, y, &line);
    }
}

fn style(theme: &Theme, span: &LogSpan) -> Style {
    let mut style = theme.role(span.role);
    if theme.color && span.style != sgr::Style::default() {
        style = style.patch(own(span.style));
    }
    match span.found {
        Found::No => style,
        Found::Match => style.patch(theme.found(false)),
        Found::Current => style.patch(theme.found(true)),
    }
}

/// The colours that the container gave its text.
fn own(own: sgr::Style) -> Style {
    let style = Style::new().fg(color(own.fg)).bg(color(own.bg));
    [
        (own.is_bold(), Modifier::BOLD),
        (own.is_faint(), Modifier::DIM),
        (own.is_italic(), Modifier::ITALIC),
        (own.is_underlined(), Modifier::UNDERLINED),
        (own.is_reversed(), Modifier::REVERSED),
    ]
    .into_iter()
    .filter(|(set, _)| *set)
    .fold(style, |style, (_, modifier)| style.add_modifier(modifier))
}

fn color(color: sgr::Color) -> Color {
    match color {
        sgr::Color::Default => Color::Reset,
        sgr::Color::Indexed(index) => Color::Indexed(index),
        sgr::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}
