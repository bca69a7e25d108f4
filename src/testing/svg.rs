//! A screen as an SVG picture, for the README: every cell where the terminal would have it, whatever font the
//! reader has.
//!
//! Text is written in runs of one look, each stretched to its cells; wide characters are runs of their own, so
//! that nothing behind them is pushed aside. Lines between tiles are drawn, not written, so that they join.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::Screen;

/// The size of a cell, in the units of the picture.
const WIDE: f32 = 8.4;
const HIGH: f32 = 18.0;
/// The room around the screen.
const MARGIN: f32 = 14.0;
/// How far below the top of a cell letters stand.
const BASE: f32 = 13.5;

const BACKGROUND: &str = "#11151c";
const FOREGROUND: &str = "#d5dae3";
/// The terminal's sixteen colours.
const PALETTE: [&str; 16] = [
    "#3b4252", "#f2777a", "#8fce7a", "#f0c674", "#6fa8f5", "#c594e0", "#5fc8d8", "#d5dae3", "#7a8496", "#ff8f92",
    "#a9e294", "#ffdb8f", "#8fc0ff", "#d9aef0", "#83e0ee", "#ffffff",
];

/// How a run of cells looks.
#[derive(Clone, Debug, PartialEq)]
struct Look {
    fg: String,
    bg: Option<String>,
    modifier: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (mut fg, mut bg) = (color(cell.fg), color(cell.bg));
        if cell.modifier.contains(Modifier::REVERSED) {
            (fg, bg) =
                (Some(bg.unwrap_or_else(|| BACKGROUND.to_owned())), Some(fg.unwrap_or_else(|| FOREGROUND.to_owned())));
        }
        Self { fg: fg.unwrap_or_else(|| FOREGROUND.to_owned()), bg, modifier: cell.modifier }
    }
}

/// Cells of one look, from a column on.
#[derive(Debug)]
struct Run {
    column: u16,
    cells: u16,
    text: String,
    look: Look,
}

/// The picture of a screen.
pub fn svg(screen: &Screen) -> String {
    let area = screen.buffer.area;
    let (width, height) = (f32::from(area.width) * WIDE + 2.0 * MARGIN, f32::from(area.height) * HIGH + 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"ui-monospace,'SF Mono','Cascadia Mono','DejaVu Sans Mono','Noto Sans Mono CJK JP',monospace\" \
         font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" rx=\"10\" fill=\"{BACKGROUND}\"/>\n"
    );
    let mut lines = Strokes::default();
    for row in 0..area.height {
        for run in runs(screen, row) {
            write_background(&mut out, &run, row);
            lines.take(&run, row);
            write_text(&mut out, &run, row);
        }
    }
    lines.write(&mut out);
    write_cursor(&mut out, screen);
    out.push_str("</svg>\n");
    out
}

fn runs(screen: &Screen, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (column, cell) in screen.cells(row) {
        let look = Look::of(cell);
        let symbol = if cell.symbol().is_empty() { " " } else { cell.symbol() };
        let cells = (symbol.width() as u16).max(1);
        let alone = !symbol.is_ascii();
        match runs.last_mut() {
            Some(run) if run.look == look && !alone && run.text.is_ascii() => {
                run.text.push_str(symbol);
                run.cells += cells;
            }
            _ => runs.push(Run { column, cells, text: symbol.to_owned(), look }),
        }
    }
    runs
}

fn x(column: u16) -> f32 {
    MARGIN + f32::from(column) * WIDE
}

fn y(row: u16) -> f32 {
    MARGIN + f32::from(row) * HIGH
}

fn write_background(out: &mut String, run: &Run, row: u16) {
    let Some(bg) = &run.look.bg else { return };
    let (x, y, width) = (x(run.column), y(row), f32::from(run.cells) * WIDE);
    let _ = writeln!(out, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{HIGH}\" fill=\"{bg}\"/>");
}

fn write_text(out: &mut String, run: &Run, row: u16) {
    let trimmed = run.text.trim_end();
    if trimmed.is_empty() || arms(trimmed).is_some() {
        return;
    }
    let start = trimmed.len() - trimmed.trim_start().len();
    // Blanks are ASCII: as many bytes as cells.
    let x = x(run.column + start as u16);
    let text = &trimmed[start..];
    let width = text.width() as f32 * WIDE;
    let mut style = String::new();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::DIM, " opacity=\"0.6\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        if run.look.modifier.contains(modifier) {
            style.push_str(attribute);
        }
    }
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" \
         fill=\"{}\"{style}>{}</text>",
        y(row) + BASE,
        run.look.fg,
        escaped(text)
    );
}

fn write_cursor(out: &mut String, screen: &Screen) {
    if let Some(at) = screen.cursor {
        let (x, y) = (x(at.x), y(at.y));
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{WIDE}\" height=\"{HIGH}\" fill=\"{FOREGROUND}\" opacity=\"0.75\"/>"
        );
    }
}

/// The lines between tiles, as one path a colour.
#[derive(Debug, Default)]
struct Strokes(BTreeMap<String, String>);

impl Strokes {
    fn take(&mut self, run: &Run, row: u16) {
        let Some([left, right, up, down]) = arms(&run.text) else { return };
        let (centre, middle) = (x(run.column) + WIDE / 2.0, y(row) + HIGH / 2.0);
        let path = self.0.entry(run.look.fg.clone()).or_default();
        for (arm, dx, dy) in
            [(left, -WIDE / 2.0, 0.0), (right, WIDE / 2.0, 0.0), (up, 0.0, -HIGH / 2.0), (down, 0.0, HIGH / 2.0)]
        {
            if arm {
                let _ = write!(path, "M{centre:.1} {middle:.1}l{dx:.1} {dy:.1}");
            }
        }
    }

    fn write(&self, out: &mut String) {
        for (color, path) in &self.0 {
            let _ = writeln!(out, "<path d=\"{path}\" stroke=\"{color}\" fill=\"none\"/>");
        }
    }
}

/// Where a line goes from the middle of its cell: left, right, up, down.
fn arms(symbol: &str) -> Option<[bool; 4]> {
    Some(match symbol {
        "─" => [true, true, false, false],
        "│" => [false, false, true, true],
        "┬" => [true, true, false, true],
        "┴" => [true, true, true, false],
        "├" => [false, true, true, true],
        "┤" => [true, false, true, true],
        "┼" => [true, true, true, true],
        "╭" => [false, true, false, true],
        "╮" => [true, false, false, true],
        "╰" => [false, true, true, false],
        "╯" => [true, false, true, false],
        _ => return None,
    })
}

/// A colour of a cell; `None` is the terminal's own.
fn color(color: Color) -> Option<String> {
    let named = |index: u8| Some(PALETTE[usize::from(index)].to_owned());
    match color {
        Color::Reset => None,
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Indexed(index) if index < 16 => named(index),
        Color::Indexed(index) => Some(indexed(index)),
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
    }
}

/// The colours from 16 on: a cube of six by six by six, then greys.
fn indexed(index: u8) -> String {
    if index >= 232 {
        let grey = 8 + (index - 232) * 10;
        return format!("#{grey:02x}{grey:02x}{grey:02x}");
    }
    let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
    let cube = index - 16;
    format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn drawn(text: &str, style: Style) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
        buffer.set_string(0, 0, text, style);
        svg(&Screen { buffer, cursor: None })
    }

    #[test]
    fn what_stands_behind_wide_characters_keeps_its_column() {
        let picture = drawn("日本 <a>", Style::new().fg(Color::Red));
        let at = |column: f32| format!("x=\"{:.1}\"", MARGIN + column * WIDE);
        assert!(picture.contains(&format!("{} y=\"27.5\" textLength=\"16.8\"", at(2.0))), "{picture}");
        assert!(picture.lines().any(|line| line.contains(&at(5.0)) && line.contains("&lt;a&gt;")), "{picture}");
        assert!(picture.contains("#f2777a"));
    }

    #[test]
    fn lines_are_drawn_and_reversed_cells_have_a_background() {
        let picture = drawn("─┬", Style::new());
        assert!(picture.contains("<path") && !picture.contains("─"), "{picture}");
        let picture = drawn("x", Style::new().add_modifier(Modifier::REVERSED));
        assert!(picture.contains(&format!("fill=\"{FOREGROUND}\"/>")), "{picture}");
    }

    #[test]
    fn the_palette_beyond_sixteen() {
        assert_eq!((indexed(16).as_str(), indexed(231).as_str()), ("#000000", "#ffffff"));
        assert_eq!((indexed(52).as_str(), indexed(244).as_str()), ("#5f0000", "#808080"));
    }
}
