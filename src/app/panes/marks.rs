//! Which lines of a text are others than in an earlier one: the marks in its margin.

use crate::base::diff::changes;
use crate::base::text::{Line, Text};

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It was not there.
    Added,
    /// It stands where another one stood.
    Changed,
    /// Lines that stood above it are gone.
    GoneAbove,
    /// Lines that stood below it are gone; only of the last line.
    GoneBelow,
    /// It came by the error stream of a command.
    Errors,
}

/// The mark of each line of `new`. Both texts must be written for the same moment, or every age is a change. Where the
/// text is a table (`is_table`) blanks between words do not count: a longer cell moves all others of its columns.
pub fn marks(old: &Text, new: &Text, is_table: bool) -> Vec<Option<Mark>> {
    let compared = |line: &Line| if is_table { without_columns(&line.plain()) } else { line.plain() };
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().map(compared).collect(), new.lines().map(compared).collect());
    let (old, new): (Vec<_>, Vec<_>) =
        (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
    let mut marks = vec![None; new.len()];
    for change in changes(&old, &new) {
        if change.new.is_empty() {
            let (line, mark) = match change.new.start {
                end if end == new.len() => (end.saturating_sub(1), Mark::GoneBelow),
                line => (line, Mark::GoneAbove),
            };
            if let Some(place) = marks.get_mut(line) {
                *place = Some(mark);
            }
        } else {
            let mark = if change.old.is_empty() { Mark::Added } else { Mark::Changed };
            marks[change.new].fill(Some(mark));
        }
    }
    marks
}

/// A line with one blank between its words, and as far from the margin as it was.
fn without_columns(line: &str) -> String {
    let words = line.trim_start_matches(' ');
    let mut compared = line[..line.len() - words.len()].to_owned();
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        compared.push_str(word);
        compared.push(' ');
    }
    compared
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &str) -> Text {
        Text::from_lines(lines.split_whitespace().map(Line::from).collect())
    }

    #[test]
    fn each_line_says_what_happened_to_it() {
        let of = |old: &str, new: &str| marks(&text(old), &text(new), false);
        assert_eq!(of("a b", "a b"), [None, None]);
        assert_eq!(of("a b c", "a x c d"), [None, Some(Mark::Changed), None, Some(Mark::Added)]);
        assert_eq!(of("a b c", "a c"), [None, Some(Mark::GoneAbove)]);
        assert_eq!(of("a b", "a"), [Some(Mark::GoneBelow)]);
        assert_eq!(of("a", ""), []);
    }

    #[test]
    fn in_a_table_only_words_and_the_indentation_count() {
        let line = |text: &str| Text::from_lines(vec![Line::from(text)]);
        let is_changed = |old: &str, new: &str, table: bool| marks(&line(old), &line(new), table) != [None];
        assert!(!is_changed("  Type  Age", "  Type    Age ", true));
        assert!(is_changed("  Type  Age", "  Type    Age ", false));
        assert!(is_changed("  Type", "    Type", true));
        assert!(is_changed("  Type Age", "  TypeAge", true));
    }
}
