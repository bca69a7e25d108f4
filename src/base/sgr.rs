//! Colours in a log: SGR escape sequences taken out of a text and kept beside it.
//!
//! Everything else that begins with an escape stays in the text, where [`super::width::visible`] shows it.
//! Start with [`strip`].

/// A colour as the program that wrote it named it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// The terminal's own.
    #[default]
    Default,
    /// One of the terminal's 256; the first 16 are the named ones.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How a run of text wants to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The colour of the text.
    pub fg: Color,
    /// The colour behind it.
    pub bg: Color,
    attributes: u8,
}

const BOLD: u8 = 1;
const FAINT: u8 = 2;
const ITALIC: u8 = 4;
const UNDERLINED: u8 = 8;
const REVERSED: u8 = 16;

impl Style {
    /// How many bytes [`Self::to_bytes`] gives.
    pub const BYTES: usize = 9;

    /// All of it as bytes.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let color = |color| match color {
            Color::Default => [0; 4],
            Color::Indexed(index) => [1, index, 0, 0],
            Color::Rgb(r, g, b) => [2, r, g, b],
        };
        let mut out = [self.attributes; Self::BYTES];
        out[..4].copy_from_slice(&color(self.fg));
        out[4..8].copy_from_slice(&color(self.bg));
        out
    }

    /// The style again; `None` when the bytes are none.
    pub fn of_bytes(bytes: [u8; Self::BYTES]) -> Option<Self> {
        let color = |at: usize| {
            Some(match bytes[at..at + 4] {
                [0, ..] => Color::Default,
                [1, index, ..] => Color::Indexed(index),
                [2, r, g, b] => Color::Rgb(r, g, b),
                _ => return None,
            })
        };
        Some(Self { fg: color(0)?, bg: color(4)?, attributes: bytes[8] })
    }

    /// SGR 1.
    pub fn is_bold(self) -> bool {
        self.attributes & BOLD != 0
    }

    /// SGR 2.
    pub fn is_faint(self) -> bool {
        self.attributes & FAINT != 0
    }

    /// SGR 3.
    pub fn is_italic(self) -> bool {
        self.attributes & ITALIC != 0
    }

    /// SGR 4.
    pub fn is_underlined(self) -> bool {
        self.attributes & UNDERLINED != 0
    }

    /// SGR 7.
    pub fn is_reversed(self) -> bool {
        self.attributes & REVERSED != 0
    }

    /// Applies the parameters of one sequence: `1;31`. Unknown ones, blinking and hiding are passed over.
    fn apply(&mut self, parameters: &str) {
        let mut numbers = parameters.split([';', ':']).map(|number| number.parse::<u16>().unwrap_or(0));
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Self::default(),
                1 => self.attributes |= BOLD,
                2 => self.attributes |= FAINT,
                3 => self.attributes |= ITALIC,
                4 | 21 => self.attributes |= UNDERLINED,
                7 => self.attributes |= REVERSED,
                22 => self.attributes &= !(BOLD | FAINT),
                23 => self.attributes &= !ITALIC,
                24 => self.attributes &= !UNDERLINED,
                27 => self.attributes &= !REVERSED,
                30..=37 => self.fg = Color::Indexed((number - 30) as u8),
                39 => self.fg = Color::Default,
                40..=47 => self.bg = Color::Indexed((number - 40) as u8),
                49 => self.bg = Color::Default,
                90..=97 => self.fg = Color::Indexed((number - 90 + 8) as u8),
                100..=107 => self.bg = Color::Indexed((number - 100 + 8) as u8),
                38 => self.fg = extended(&mut numbers).unwrap_or(self.fg),
                48 => self.bg = extended(&mut numbers).unwrap_or(self.bg),
                _ => {}
            }
        }
    }
}

/// `5;N` or `2;R;G;B`, behind 38 or 48.
fn extended(numbers: &mut impl Iterator<Item = u16>) -> Option<Color> {
    let mut byte = || numbers.next().and_then(|number| u8::try_from(number).ok());
    match byte()? {
        5 => byte().map(Color::Indexed),
        2 => Some(Color::Rgb(byte()?, byte()?, byte()?)),
        _ => None,
    }
}

/// From a byte of the text on, this style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Byte offset in the stripped text.
    pub at: u32,
    /// The style.
    pub style: Style,
}

/// The text without its SGR sequences, and where which style begins. `None` when there are none in it.
pub fn strip(text: &str) -> Option<(String, Vec<Run>)> {
    let first = text.find("\u{1b}[")?;
    let (mut out, mut runs) = (String::with_capacity(text.len()), Vec::<Run>::new());
    let (mut style, mut rest) = (Style::default(), &text[first..]);
    out.push_str(&text[..first]);
    let mut found = false;
    while let Some(next) = rest.strip_prefix("\u{1b}[") {
        let end = next.find(|c: char| !matches!(c, '0'..='9' | ';' | ':')).unwrap_or(next.len());
        if next[end..].starts_with('m') {
            style.apply(&next[..end]);
            record(&mut runs, Run { at: out.len() as u32, style });
            (rest, found) = (&next[end + 1..], true);
        } else {
            out.push_str("\u{1b}[");
            rest = next;
        }
        let plain = rest.find("\u{1b}[").unwrap_or(rest.len());
        out.push_str(&rest[..plain]);
        rest = &rest[plain..];
    }
    found.then_some((out, runs))
}

fn record(runs: &mut Vec<Run>, run: Run) {
    if runs.last().is_some_and(|last| last.at == run.at) {
        runs.pop();
    }
    if runs.last().map_or(Style::default(), |last| last.style) != run.style {
        runs.push(run);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn style_of(text: &str) -> Style {
        strip(text).and_then(|(_, runs)| runs.last().map(|run| run.style)).unwrap_or_default()
    }

    #[test]
    fn colors_are_taken_out_and_kept() {
        let (text, runs) = strip("a \u{1b}[1;31mERROR\u{1b}[0m b").expect("there is one");
        assert_eq!(text, "a ERROR b");
        assert_eq!(runs.iter().map(|run| run.at).collect::<Vec<_>>(), [2, 7]);
        assert!(runs[0].style.is_bold() && runs[0].style.fg == Color::Indexed(1));
        assert_eq!(runs[1].style, Style::default());
    }

    #[test]
    fn the_forms_of_colors() {
        let cases = [
            ("\u{1b}[38;5;208mx", Color::Indexed(208)),
            ("\u{1b}[38;2;1;2;3mx", Color::Rgb(1, 2, 3)),
            ("\u{1b}[38:5:9mx", Color::Indexed(9)),
            ("\u{1b}[97mx", Color::Indexed(15)),
            ("\u{1b}[31;39mx", Color::Default),
            ("\u{1b}[31;mx", Color::Default),
            ("\u{1b}[31;38;5;999mx", Color::Indexed(1)),
        ];
        for (text, fg) in cases {
            assert_eq!(style_of(text).fg, fg, "{text:?}");
        }
        assert!(style_of("\u{1b}[7m\u{1b}[4mx").is_reversed() && style_of("\u{1b}[7m\u{1b}[4mx").is_underlined());
    }

    #[test]
    fn other_sequences_stay_in_the_text() {
        assert_eq!(strip("\u{1b}[2J \u{1b}]0;title\u{7}"), None);
        assert_eq!(strip("\u{1b}[2J\u{1b}[31mx").map(|(text, _)| text).as_deref(), Some("\u{1b}[2Jx"));
        assert_eq!(strip("\u{1b}[31"), None);
    }

    proptest! {
        #[test]
        fn what_is_not_sgr_is_not_lost(text in "[a日\u{1b}\\[\\]0-9;m]{0,30}") {
            if let Some((out, runs)) = strip(&text) {
                prop_assert!(out.len() < text.len());
                prop_assert!(runs.iter().all(|run| out.is_char_boundary(run.at as usize)));
                prop_assert!(runs.is_sorted_by(|a, b| a.at < b.at));
            }
        }
    }
}
