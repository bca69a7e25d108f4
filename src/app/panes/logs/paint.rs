//! From a piece of a line to spans that can be drawn: colours, matches, control characters made visible.

use std::ops::Range;

use super::flow::{Start, cells};
use crate::base::sgr::{Run, Style};
use crate::base::text::Role;
use crate::base::width::{CUT, visible};

/// Whether a span was searched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Found {
    /// No.
    #[default]
    No,
    /// It is a match.
    Match,
    /// It is the match that `n` leads on from.
    Current,
}

/// A run of text that looks the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSpan {
    /// What to show; nothing in it moves a terminal's cursor.
    pub text: String,
    /// What it is: [`Role::Plain`] for the container's own words.
    pub role: Role,
    /// The colours that the container gave it.
    pub style: Style,
    /// Whether it was searched for.
    pub found: Found,
    /// Whether the person marked the line.
    pub chosen: bool,
}

/// A line, and what lies over it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Painted<'a> {
    /// The text.
    pub text: &'a str,
    /// Its colours.
    pub runs: &'a [Run],
    /// What it is.
    pub role: Role,
    /// Parts of it that are something else, in order: its level, the names of fields.
    pub roles: &'a [(Range<usize>, Role)],
    /// What the person's own rules say of its parts, over its own colours.
    pub rules: &'a [(Range<usize>, Style)],
    /// Whether the person marked it.
    pub chosen: bool,
    /// What was found in it, in order.
    pub matches: &'a [Range<usize>],
    /// Which match is the current one.
    pub current: Option<usize>,
}

impl Painted<'_> {
    /// The cells `columns` of the row that begins at cell `base` and ends with byte `until`, with a mark at each side
    /// where something is cut off. `from` is a place in it that is not right of them.
    pub fn window(&self, from: Start, base: usize, until: usize, columns: Range<usize>) -> Vec<LogSpan> {
        let mark = || LogSpan { text: CUT.to_string(), role: Role::Dim, chosen: self.chosen, ..LogSpan::default() };
        let (left, right) = (columns.start + usize::from(columns.start > base), columns.end.saturating_sub(1));
        let (mut spans, is_cut) = self.spans(from, until, left..columns.end);
        if is_cut && left < columns.end {
            spans = self.spans(from, until, left..right).0;
            spans.push(mark());
        }
        if left > columns.start && until > from.byte as usize {
            spans.insert(0, mark());
        }
        spans
    }

    /// The cells `columns` of the line, from `from` (which is not right of them) to byte `until` at most; and
    /// whether there is more to the right of them.
    pub fn spans(&self, from: Start, until: usize, columns: Range<usize>) -> (Vec<LogSpan>, bool) {
        let mut spans: Vec<LogSpan> = Vec::new();
        for cell in cells(self.text, from).take_while(|cell| cell.start < until) {
            if self.text.as_bytes()[cell.start] == b'\n' {
                break;
            }
            let end = cell.column + cell.wide;
            if cell.column >= columns.end && cell.wide > 0 {
                return (spans, true);
            }
            if end <= columns.start && cell.wide > 0 {
                continue;
            }
            let look = self.look(cell.start);
            let span = match spans.last_mut() {
                Some(last) if (last.style, last.found, last.role) == (look.style, look.found, look.role) => last,
                _ => {
                    spans.push(look);
                    let last = spans.len() - 1;
                    &mut spans[last]
                }
            };
            let text = &self.text[cell.start..cell.end];
            let inside = end.min(columns.end) - cell.column.max(columns.start).min(end);
            if text == "\t" || inside < cell.wide {
                // Of what the edge cuts, only the room is left.
                span.text.extend(std::iter::repeat_n(' ', inside));
            } else {
                span.text.push_str(&visible(text));
            }
            if end > columns.end {
                return (spans, true);
            }
        }
        (spans, false)
    }

    fn look(&self, byte: usize) -> LogSpan {
        let run = self.runs.partition_point(|run| run.at as usize <= byte);
        let own = run.checked_sub(1).map(|run| self.runs[run].style).unwrap_or_default();
        let style = part(self.rules, byte).unwrap_or(own);
        // What has a colour of its own keeps it.
        let role = part(self.roles, byte).filter(|_| style == Style::default()).unwrap_or(self.role);
        let at = self.matches.partition_point(|range| range.end <= byte);
        let found = match self.matches.get(at) {
            Some(range) if range.contains(&byte) => {
                if self.current == Some(at) {
                    Found::Current
                } else {
                    Found::Match
                }
            }
            _ => Found::No,
        };
        LogSpan { text: String::new(), role, style, found, chosen: self.chosen }
    }
}

/// What is said of the part that a byte is in.
fn part<T: Copy>(parts: &[(Range<usize>, T)], byte: usize) -> Option<T> {
    let at = parts.partition_point(|(range, _)| range.end <= byte);
    parts.get(at).filter(|(range, _)| range.contains(&byte)).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::sgr::{Color, strip};
    use crate::base::width::width;

    fn plain(text: &str) -> Painted<'_> {
        Painted { text, ..Painted::default() }
    }

    fn shown(text: &str, columns: Range<usize>) -> String {
        plain(text).spans(Start::default(), text.len(), columns).0.into_iter().map(|span| span.text).collect()
    }

    #[test]
    fn a_window_on_a_line() {
        assert_eq!(shown("0123456789", 3..6), "345");
        assert_eq!(shown("a\tb", 0..9), "a       b");
        assert_eq!(shown("a\tb", 5..9), "   b");
        assert_eq!(shown("日本語", 1..5), " 本 ");
        assert_eq!(shown("a\u{1b}[2Jb", 0..9), "a^[[2Jb");
        assert_eq!(shown("50%\r100%", 0..9), "50%^M100%");
    }

    #[test]
    fn what_is_cut_off_is_marked() {
        let window = |text, columns| {
            let spans = plain(text).window(Start::default(), 0, text.len(), columns);
            spans.into_iter().map(|span| span.text).collect::<String>()
        };
        assert_eq!(window("0123456789", 0..10), "0123456789");
        assert_eq!(window("0123456789", 0..5), "0123…");
        assert_eq!(window("0123456789", 3..8), "…456…");
        assert_eq!(window("0123456789", 6..12), "…789");
        assert_eq!(window("日本語", 0..5), "日本…");
        assert_eq!((window("", 4..8), window("ab", 0..0)), (String::new(), String::new()));
    }

    #[test]
    fn colors_and_matches_lie_over_each_other() {
        let (text, runs) = strip("ok \u{1b}[31mERROR\u{1b}[0m: x").expect("it has colours");
        let matches = [3..10, 10..11];
        let painted = Painted { text: &text, runs: &runs, matches: &matches, current: Some(1), ..Painted::default() };
        let spans = painted.spans(Start::default(), text.len(), 0..99).0;
        let look: Vec<_> = spans.iter().map(|span| (span.text.as_str(), span.style.fg, span.found)).collect();
        let none = Color::Default;
        assert_eq!(
            look,
            [
                ("ok ", none, Found::No),
                ("ERROR", Color::Indexed(1), Found::Match),
                (": ", none, Found::Match),
                ("x", none, Found::Current),
            ]
        );
    }

    #[test]
    fn levels_and_rules_lie_over_what_has_no_colour() {
        let (text, runs) = strip("\u{1b}[32mINFO\u{1b}[0m key=value").expect("it has colours");
        let mut green = Style::default();
        green.fg = Color::Indexed(5);
        let (roles, colored) = ([(0..4, Role::Warn), (5..8, Role::Label)], [(9..11, green)]);
        let painted = Painted { text: &text, runs: &runs, roles: &roles, rules: &colored, ..Painted::default() };
        let spans = painted.spans(Start::default(), text.len(), 0..99).0;
        let look: Vec<_> = spans.iter().map(|span| (span.text.as_str(), span.role, span.style.fg)).collect();
        let none = Color::Default;
        assert_eq!(
            look,
            [
                ("INFO", Role::Plain, Color::Indexed(2)),
                (" ", Role::Plain, none),
                ("key", Role::Label, none),
                ("=", Role::Plain, none),
                ("va", Role::Plain, Color::Indexed(5)),
                ("lue", Role::Plain, none),
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_fits_and_is_safe(text in any::<String>(), left in 0usize..30, columns in 0usize..30) {
            let line = text.replace('\n', "");
            let shown = shown(&line, left..left + columns);
            prop_assert!(width(&shown) <= columns, "{shown:?}");
            prop_assert!(!shown.chars().any(char::is_control));
        }
    }
}
