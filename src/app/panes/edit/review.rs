//! What is looked at before an edited text is sent: what would change, and what somebody else has changed.

use crate::app::panes::document::Document;
use crate::base::diff::{changes, shown};
use crate::base::text::{Line, Role, Section, Text};

/// Lines around a change.
const CONTEXT: usize = 3;

/// Why something is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The text would be sent.
    Sending,
    /// Somebody else changed the object since it was read.
    Conflict,
    /// The text would undo what somebody else has changed.
    Overwriting,
}

/// A difference that is shown in the place of the text.
#[derive(Debug)]
pub struct Review {
    /// Why.
    pub why: Why,
    /// What is shown.
    pub document: Document,
}

impl Review {
    /// What the text would change, below a line that says so.
    pub fn of_change(why: Why, heading: Line, base: &str, mine: &str) -> Self {
        Self::new(why, vec![Section { title: String::new(), lines: vec![heading] }, difference("", base, mine)])
    }

    /// Both sides of a conflict, below what can be done about it.
    pub fn of_conflict(choices: Vec<Line>, base: &str, mine: &str, theirs: &str) -> Self {
        let sections = vec![
            Section { title: String::new(), lines: choices },
            difference("What was changed on the server since you read it", base, theirs),
            difference("What you changed", base, mine),
        ];
        Self::new(Why::Conflict, sections)
    }

    fn new(why: Why, sections: Vec<Section>) -> Self {
        let mut document = Document::new(false);
        document.set_text(Text { sections });
        Self { why, document }
    }

    /// What the title of the tile says of it.
    pub fn title(&self) -> &'static str {
        match self.why {
            Why::Sending => "what would be sent",
            Why::Conflict => "changed on the server meanwhile",
            Why::Overwriting => "what would be overwritten",
        }
    }
}

fn difference(title: &str, old: &str, new: &str) -> Section {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut lines = vec![Line::default()];
    if !title.is_empty() {
        lines = vec![Line::default(), Line::new(title, Role::Heading)];
    }
    let shown = shown(&old, &new, CONTEXT);
    let nothing = shown.is_empty().then(|| Line::new("  nothing", Role::Dim));
    lines.extend(shown.into_iter().chain(nothing));
    Section { title: String::new(), lines }
}

/// `2 lines go, 3 come`.
pub fn count(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let (gone, come) = changes(&old, &new)
        .iter()
        .fold((0, 0), |(gone, come), change| (gone + change.old.len(), come + change.new.len()));
    let lines = if gone == 1 { "line goes" } else { "lines go" };
    format!("{gone} {lines}, {come} {}", if come == 1 { "comes" } else { "come" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_shows_both_sides_against_what_was_read() {
        let review = Review::of_conflict(vec![Line::from("m merges")], "a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\nd\n");
        let text = review.document.plain();
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is missing in\n{text}"));
        assert!(at("m merges") < at("+ d") && at("+ d") < at("What you changed"));
        assert!(at("What you changed") < at("- b") && at("- b") < at("+ B"));
    }

    #[test]
    fn changes_are_counted_in_words() {
        assert_eq!(count("a\nb\n", "a\nc\nd\n"), "1 line goes, 2 come");
        assert_eq!(count("a\nb\nc\n", "a\nx\n"), "2 lines go, 1 comes");
    }
}
