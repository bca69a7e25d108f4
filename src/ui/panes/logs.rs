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
    let style = theme.role(span.role).patch(own(theme, span.style));
    let style = if span.chosen { style.add_modifier(Modifier::REVERSED) } else { style };
    match span.found {
        Found::No => style,
        Found::Match => style.patch(theme.found(false)),
        Found::Current => style.patch(theme.found(true)),
    }
}

/// The look that the container gave its text. What it did not set stays as the theme has it.
fn own(theme: &Theme, own: sgr::Style) -> Style {
    let mut style = Style::new();
    if theme.color {
        style.fg = color(own.fg);
        style.bg = color(own.bg);
    }
    for (set, modifier) in [
        (own.is_bold(), Modifier::BOLD),
        (own.is_faint(), Modifier::DIM),
        (own.is_italic(), Modifier::ITALIC),
        (own.is_underlined(), Modifier::UNDERLINED),
        (own.is_reversed(), Modifier::REVERSED),
    ] {
        if set {
            style = style.add_modifier(modifier);
        }
    }
    style
}

fn color(color: sgr::Color) -> Option<Color> {
    match color {
        sgr::Color::Default => None,
        sgr::Color::Indexed(index) => Some(Color::Indexed(index)),
        sgr::Color::Rgb(r, g, b) => Some(Color::Rgb(r, g, b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::panes::logs::LogLimits;
    use crate::cluster::api::{LogLine, LogRequest, LogUpdate};

    fn drawn(theme: &Theme, texts: &[&str], size: (u16, u16)) -> Buffer {
        let limits = LogLimits { lines: 100, bytes: 1 << 20 };
        let mut pane = LogPane::new(LogRequest::default(), Vec::new(), limits);
        let lines = texts.iter().map(|text| LogLine { text: (*text).into(), ..LogLine::default() });
        pane.apply(LogUpdate::Lines(lines.collect()));
        pane.apply(LogUpdate::Waiting("waiting to start".to_owned()));
        pane.search("find").expect("a pattern");
        pane.settle(usize::from(size.0), usize::from(size.1));
        let area = Rect::new(0, 0, size.0, size.1);
        let mut buffer = Buffer::empty(area);
        draw(&pane, theme, area, &mut buffer);
        buffer
    }

    fn row(buffer: &Buffer, y: u16) -> String {
        (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn colors_of_the_container_lie_under_those_of_the_search() {
        let text = "\u{1b}[1;31mred\u{1b}[0m find \u{1b}[2J";
        let buffer = drawn(&Theme::default(), &[text], (40, 3));
        assert_eq!((row(&buffer, 0).as_str(), row(&buffer, 1).as_str()), ("red find ^[[2J", "waiting to start"));
        assert_eq!(buffer[(0, 0)].fg, Color::Indexed(1));
        assert!(buffer[(0, 0)].modifier.contains(Modifier::BOLD));
        assert_eq!(buffer[(4, 0)].bg, Color::Yellow, "the current match");
        let plain = drawn(&Theme { color: false, ..Theme::default() }, &[text], (40, 3));
        assert!((0..40).all(|x| plain[(x, 0)].fg == Color::Reset && plain[(x, 0)].bg == Color::Reset));
    }

    #[test]
    fn it_fits_into_any_tile() {
        for size in [(1, 1), (2, 9), (3, 2), (200, 1)] {
            drawn(&Theme::default(), &["日本語\ttab find", "e\u{301}\u{202e}x", ""], size);
        }
    }
}
