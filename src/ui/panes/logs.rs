//! A log: its visible rows, and why nothing comes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::app::panes::logs::{Found, LogPane, LogSpan};
use crate::base::text::Role;
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

/// Parts of a minute in [`pulse`].
const BARS: usize = 12;

/// Draws how much came in the last minute at the right end of the tile's upper line, where the title leaves room: `x` is
/// where that ends. Parts with errors are in their colour.
pub fn pulse(pane: &LogPane, theme: &Theme, tile: Rect, x: u16, buffer: &mut Buffer) {
    let bars = pane.bars(BARS);
    let most = bars.iter().map(|(lines, _)| *lines).max().unwrap_or(0);
    let Some(start) = tile.right().checked_sub(BARS as u16 + 2).filter(|start| *start > x + 1 && most > 0) else {
        return;
    };
    let signs = if theme.ascii {
        [" ", ".", ":", "-", "=", "+", "*", "#"]
    } else {
        ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    };
    put(buffer, tile, start, tile.y, " ", theme.dim());
    for (at, (lines, has_errors)) in bars.into_iter().enumerate() {
        let height = (u64::from(lines) * 7).div_ceil(u64::from(most)) as usize;
        let role = if has_errors { Role::Bad } else { Role::Dim };
        put(buffer, tile, start + 1 + at as u16, tile.y, signs[height], theme.role(role));
    }
    put(buffer, tile, start + 1 + BARS as u16, tile.y, " ", theme.dim());
}

fn style(theme: &Theme, span: &LogSpan) -> Style {
    let style = theme.role(span.role).patch(theme.own(span.style));
    let style = if span.chosen { style.add_modifier(Modifier::REVERSED) } else { style };
    match span.found {
        Found::No => style,
        Found::Match => style.patch(theme.found(false)),
        Found::Current => style.patch(theme.found(true)),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::app::action::Action;
    use crate::app::panes::logs::LogLimits;
    use crate::base::stamp::Stamp;
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
    fn the_last_minute_is_drawn_where_there_is_room() {
        let mut pane = LogPane::new(LogRequest::default(), Vec::new(), LogLimits { lines: 100, bytes: 1 << 20 });
        let now = Stamp::from_seconds(1_000);
        let line = |at: i64, text: &str| LogLine {
            at: now.plus_micros(-at * 1_000_000),
            text: text.into(),
            cut_from: 0,
            ..LogLine::default()
        };
        pane.apply(LogUpdate::Lines(vec![line(59, "a"), line(1, "ERROR b"), line(0, "c")]));
        let draw = |pane: &LogPane, theme: &Theme, x| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 1));
            pulse(pane, theme, Rect::new(0, 0, 40, 1), x, &mut buffer);
            buffer
        };
        assert_eq!(row(&draw(&pane, &Theme::default(), 5), 0), "", "the time is not known");
        pane.age(now);
        let buffer = draw(&pane, &Theme::default(), 20);
        assert_eq!(row(&buffer, 0).trim_start(), "▅▁▁▁▁▁▁▁▁▁▁█");
        assert_eq!((buffer[(38, 0)].fg, buffer[(27, 0)].fg == Color::Red), (Color::Red, false));
        assert_eq!(row(&draw(&pane, &Theme { ascii: true, ..Theme::default() }, 20), 0).trim(), "=          #");
        assert_eq!(row(&draw(&pane, &Theme::default(), 25), 0), "", "the title is in the way");
    }

    /// What a broken or hostile program may print, `bytes` of it, by a fixed series of chances.
    fn noise(bytes: usize, seed: u64) -> Vec<u8> {
        const PIECES: [&[u8]; 14] = [
            b"\x1b[",
            b"\x1b]0;t\x07",
            b"\x1b[31m",
            b"\x1b[38;5;",
            b"m",
            b"\r",
            b"\0",
            b"\t",
            b"\xe6\x97",
            b"\xe6\x97\xa5",
            b"{\"level\":\"",
            b"\"}",
            b"ERROR ",
            b"\xf0\x9f\x91\xa8\xe2\x80\x8d",
        ];
        let (mut state, mut out) = (seed | 1, Vec::with_capacity(bytes));
        while out.len() < bytes {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            match state % 40 {
                0..14 => out.extend_from_slice(PIECES[(state % 40) as usize]),
                // Now and then a line does not end.
                14 if !(state >> 40).is_multiple_of(5) || out.len() % 50_000 > 20_000 => out.push(b'\n'),
                _ => out.push((state >> 32) as u8),
            }
        }
        out
    }

    /// Whatever a container writes and whatever is pressed: nothing panics, and no cell has what a terminal obeys.
    fn assert_harmless(bytes: usize) {
        const ACTIONS: [Action; 14] = [
            Action::Json,
            Action::Wrap,
            Action::FoldRepeats,
            Action::LogLevel,
            Action::Timestamps,
            Action::Up,
            Action::PageUp,
            Action::Right,
            Action::First,
            Action::Last,
            Action::LogContext,
            Action::NextMatch,
            Action::SelectLines,
            Action::Pause,
        ];
        let mut pane = LogPane::new(LogRequest::default(), Vec::new(), LogLimits { lines: 5_000, bytes: 1 << 20 });
        pane.search("/[a-z]/").expect("a pattern");
        let area = Rect::new(0, 0, 61, 17);
        for (at, chunk) in noise(bytes, 42).chunks(2_048).enumerate() {
            let text = String::from_utf8_lossy(chunk);
            let lines = text.split('\n').map(|text| LogLine { text: text.into(), ..LogLine::default() });
            pane.apply(LogUpdate::Lines(lines.collect()));
            pane.act(ACTIONS[at * 7 % ACTIONS.len()]);
            pane.settle(usize::from(area.width), usize::from(area.height));
            let mut buffer = Buffer::empty(area);
            draw(&pane, &Theme::default(), area, &mut buffer);
            let safe = buffer.content.iter().all(|cell| !cell.symbol().chars().any(char::is_control));
            assert!(safe, "{buffer:?}");
        }
    }

    #[test]
    fn noise_is_harmless() {
        assert_harmless(300_000);
    }

    #[test]
    #[ignore = "minutes without optimization; the same with more of it"]
    fn ten_million_bytes_of_noise_are_harmless() {
        assert_harmless(10_000_000);
    }

    #[test]
    fn it_fits_into_any_tile() {
        for size in [(1, 1), (2, 9), (3, 2), (200, 1)] {
            drawn(&Theme::default(), &["日本語\ttab find", "e\u{301}\u{202e}x", ""], size);
        }
    }
}
