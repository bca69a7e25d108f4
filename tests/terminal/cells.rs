//! A screen as cells, in a form that two terminals can be compared in.

use std::fmt;

use podtriage::emulator::{Color, View};
use unicode_width::UnicodeWidthChar;

/// How a character looks, as far as the emulator keeps it.
#[expect(clippy::struct_excessive_bools, reason = "attributes are on or off, each by itself")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub foreground: Color,
    pub background: Color,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub inverse: bool,
}

/// One cell: its character with what combines with it, empty for the right half of a wide one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub symbol: String,
    pub look: Look,
}

/// All that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    pub rows: Vec<Vec<Cell>>,
    /// Row and column, from 0.
    pub cursor: (usize, usize),
}

impl Screen {
    /// What the emulator shows.
    pub fn of(view: View<'_>) -> Self {
        let (rows, columns) = view.size();
        let cell = |row, column| {
            view.cell(row, column).map_or_else(blank, |cell| Cell {
                symbol: cell.symbol().to_owned(),
                look: if cell.symbol().is_empty() {
                    Look::default()
                } else {
                    Look {
                        foreground: cell.foreground(),
                        background: cell.background(),
                        bold: cell.bold(),
                        dim: cell.dim(),
                        italic: cell.italic(),
                        underline: cell.underline(),
                        inverse: cell.inverse(),
                    }
                },
            })
        };
        let rows = (0..rows).map(|row| (0..columns).map(|column| cell(row, column)).collect()).collect();
        let cursor = view.cursor();
        Self { rows, cursor: (cursor.row.into(), cursor.column.into()) }
    }

    /// Rows as `capture-pane -e -N -p` prints them, as long as they are, and the cursor's row and column.
    pub fn captured(text: &str, cursor: (usize, usize)) -> Self {
        let mut reader = Reader::default();
        Self { rows: text.lines().map(|line| reader.row(line)).collect(), cursor }
    }

    /// As a text file that a person can read: the cursor in the first line, then a line a row; escapes as `␛`.
    pub fn written(&self) -> String {
        let mut out = format!("cursor {} {}\n", self.cursor.0, self.cursor.1);
        let mut look = Look::default();
        for row in &self.rows {
            for cell in row.iter().filter(|cell| !cell.symbol.is_empty()) {
                if cell.look != look {
                    look = cell.look;
                    out.push_str(&sequence(look));
                }
                out.push_str(&cell.symbol);
            }
            out.push('\n');
        }
        out
    }

    /// The opposite of [`Screen::written`].
    pub fn read(text: &str) -> Self {
        let (first, rows) = text.split_once('\n').expect("the cursor stands in the first line");
        let mut numbers = first.split(' ').skip(1).map(|number| number.parse().expect("a number"));
        let mut next = || numbers.next().expect("two numbers");
        let cursor = (next(), next());
        Self::captured(&rows.replace('␛', "\x1b"), cursor)
    }

    /// Leaves out the rows on which nothing stands.
    pub fn drop_blank_rows(&mut self) {
        self.rows.retain(|row| row.iter().any(|cell| *cell != blank()));
    }

    /// Where the two differ: row, column, ours, theirs.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut out = Vec::new();
        if self.cursor != other.cursor {
            out.push(format!("cursor: {:?}, not {:?}", self.cursor, other.cursor));
        }
        for (row, (ours, theirs)) in self.rows.iter().zip(&other.rows).enumerate() {
            for (column, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                if ours != theirs {
                    out.push(format!("row {row} column {column}: {ours}, not {theirs}"));
                }
            }
        }
        if self.rows.len() != other.rows.len() {
            out.push(format!("{} rows, not {}", self.rows.len(), other.rows.len()));
        }
        out
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Look { foreground, background, bold, dim, italic, underline, inverse } = self.look;
        let set = [(bold, 'b'), (dim, 'd'), (italic, 'i'), (underline, 'u'), (inverse, 'r')];
        let set: String = set.iter().filter_map(|(on, letter)| on.then_some(*letter)).collect();
        write!(f, "{:?} {foreground:?}/{background:?} {set}", self.symbol)
    }
}

fn blank() -> Cell {
    Cell { symbol: " ".to_owned(), look: Look::default() }
}

/// Reads captured rows; looks and the character set go on from row to row.
#[derive(Default)]
struct Reader {
    look: Look,
    graphics: bool,
}

impl Reader {
    fn row(&mut self, line: &str) -> Vec<Cell> {
        let mut row: Vec<Cell> = Vec::new();
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\u{1b}' => {
                    let end = rest.find('m').expect("only colours are captured");
                    self.attributes(rest[..end].strip_prefix('[').expect("only colours are captured"));
                    rest = &rest[end + 1..];
                }
                '\u{e}' => self.graphics = true,
                '\u{f}' => self.graphics = false,
                c => self.put(c, &mut row),
            }
        }
        row
    }

    fn put(&self, c: char, row: &mut Vec<Cell>) {
        let c = if self.graphics { drawing(c) } else { c };
        match c.width().unwrap_or(0) {
            0 => {
                let base = row.iter_mut().rev().find(|cell| !cell.symbol.is_empty());
                base.expect("something stands before what combines").symbol.push(c);
            }
            1 => row.push(Cell { symbol: c.to_string(), look: self.look }),
            _ => {
                row.push(Cell { symbol: c.to_string(), look: self.look });
                row.push(Cell { symbol: String::new(), look: Look::default() });
            }
        }
    }

    fn attributes(&mut self, list: &str) {
        let mut numbers = list.split(';');
        while let Some(number) = numbers.next() {
            let look = &mut self.look;
            match number {
                "" | "0" => *look = Look::default(),
                "1" => look.bold = true,
                "2" => look.dim = true,
                "3" => look.italic = true,
                "7" => look.inverse = true,
                "38" => look.foreground = color(&mut numbers),
                "48" => look.background = color(&mut numbers),
                "39" => look.foreground = Color::Default,
                "49" => look.background = Color::Default,
                // The colour of the line below is not kept by the emulator.
                "58" => drop(color(&mut numbers)),
                coloured if coloured.starts_with("58:") => {}
                "4" => look.underline = true,
                styled if styled.starts_with("4:") => look.underline = true,
                other => self.basic(other),
            }
        }
    }

    fn basic(&mut self, number: &str) {
        match number.parse().expect("a number") {
            n @ 30..=37 => self.look.foreground = Color::Indexed(n - 30),
            n @ 40..=47 => self.look.background = Color::Indexed(n - 40),
            n @ 90..=97 => self.look.foreground = Color::Indexed(n - 82),
            n @ 100..=107 => self.look.background = Color::Indexed(n - 92),
            // Blink, hidden, struck through, a line above: not kept by the emulator.
            5 | 8 | 9 | 53 | 59 => {}
            n => panic!("tmux wrote an attribute that the test does not know: {n}"),
        }
    }
}

/// All attributes anew, with a visible escape.
fn sequence(look: Look) -> String {
    let color = |base: u8, color| match color {
        Color::Default => None,
        Color::Indexed(index) => Some(format!("{base};5;{index}")),
        Color::Rgb(r, g, b) => Some(format!("{base};2;{r};{g};{b}")),
    };
    let set = [(look.bold, "1"), (look.dim, "2"), (look.italic, "3"), (look.underline, "4"), (look.inverse, "7")];
    let set = set.iter().filter(|(on, _)| *on).map(|(_, number)| (*number).to_owned());
    let colors = [color(38, look.foreground), color(48, look.background)].into_iter().flatten();
    let numbers: Vec<_> = std::iter::once("0".to_owned()).chain(set).chain(colors).collect();
    format!("␛[{}m", numbers.join(";"))
}

fn color<'a>(numbers: &mut impl Iterator<Item = &'a str>) -> Color {
    let kind = numbers.next();
    let mut next = || numbers.next().and_then(|number| number.parse().ok()).expect("a number");
    match kind {
        Some("5") => Color::Indexed(next()),
        Some("2") => Color::Rgb(next(), next(), next()),
        kind => panic!("no kind of colour: {kind:?}"),
    }
}

/// The line drawing that tmux writes as letters.
fn drawing(c: char) -> char {
    const LETTERS: &str = "`afgjklmnopqrstuvwxyz{|}~";
    const DRAWN: &str = "◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";
    LETTERS.chars().zip(DRAWN.chars()).find(|(letter, _)| *letter == c).map_or(c, |(_, drawn)| drawn)
}
