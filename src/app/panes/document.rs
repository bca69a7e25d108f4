//! Text that is read: scrolled, wrapped, searched, folded. The part that describe, YAML, help and messages share.

use std::collections::BTreeSet;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::marks::Mark;
use crate::app::list::Step;
use crate::base::search::Pattern;
use crate::base::text::{Line, Role, Section, Span, Text};
use crate::base::width::{visible, width};

/// A row of the screen: a piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line.
    pub line: usize,
    /// The bytes of the line's text that stand in this row.
    pub bytes: Range<usize>,
}

/// A text and how it is looked at.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// As it came, for copying and saving.
    text: Text,
    /// What is shown: control characters made visible, folded sections cut to their first line.
    lines: Vec<Line>,
    rows: Vec<Row>,
    folded: BTreeSet<String>,
    /// Sections that were folded before anybody asked for it; the fold key unfolds these first.
    offered: BTreeSet<String>,
    /// Where each shown line comes from: the section.
    sections: Vec<usize>,
    /// The mark of each line of the text.
    marks: Vec<Option<Mark>>,
    /// The mark of each shown line.
    shown_marks: Vec<Option<Mark>>,
    wrap: bool,
    /// Cells of the widest line.
    widest: usize,
    columns: usize,
    height: usize,
    top: usize,
    left: usize,
    search: Search,
}

#[derive(Clone, Debug, Default)]
struct Search {
    typed: String,
    pattern: Option<Pattern>,
    /// Line and bytes of every match.
    matches: Vec<(usize, Range<usize>)>,
    current: usize,
}

impl Document {
    /// A document that wraps its lines, or not.
    pub fn new(wrap: bool) -> Self {
        Self { wrap, ..Self::default() }
    }

    /// Puts another text in the place of the present one; position, folds and search stay.
    pub fn set_text(&mut self, text: Text) {
        if text == self.text {
            return;
        }
        self.text = text;
        self.show();
    }

    /// Puts a mark into the margin of each line, or none; lines beyond them have none.
    pub fn set_marks(&mut self, marks: Vec<Option<Mark>>) {
        if marks != self.marks {
            self.marks = marks;
            self.show();
        }
    }

    /// How many lines have a mark.
    pub fn marked(&self) -> usize {
        self.marks.iter().flatten().count()
    }

    /// Folds a section before anybody reads it.
    pub fn fold_from_start(&mut self, title: &str) {
        self.folded.insert(title.to_owned());
        self.offered.insert(title.to_owned());
        self.show();
    }

    fn show(&mut self) {
        self.lines.clear();
        self.sections.clear();
        self.shown_marks.clear();
        let (mut section, mut line) = (0, 0);
        while let Some(first) = self.text.sections.get(section) {
            let is_folded = self.folded.contains(&first.title);
            let parts = if is_folded { self.parts(section) } else { 1 };
            let count: usize = self.text.sections[section..section + parts].iter().map(|part| part.lines.len()).sum();
            let folded = is_folded && count > 1;
            let shown = if folded { 1 } else { count };
            let marks = (line..line + count).map(|at| self.marks.get(at).copied().flatten());
            if folded {
                // What happened inside is seen at the line that stands for it.
                self.shown_marks.push(marks.flatten().next());
            } else {
                self.shown_marks.extend(marks);
            }
            self.lines.extend(first.lines.iter().take(shown).map(made_visible));
            if let (true, Some(first)) = (folded, self.lines.last_mut()) {
                first.spans.push(Span::new(format!("  … {} lines", count - 1), Role::Dim));
            }
            self.sections.resize(self.lines.len(), section);
            (section, line) = (section + parts, line + count);
        }
        self.widest = self.lines.iter().map(|line| width(&line.plain())).max().unwrap_or(0);
        self.find();
        self.lay_out();
    }

    /// How many sections fold with this one: itself, its own parts (`metadata/managedFields`), and what goes on behind
    /// them under its name.
    fn parts(&self, section: usize) -> usize {
        let title = &self.text.sections[section].title;
        let belongs = |other: &&Section| {
            let rest = other.title.strip_prefix(title.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        1 + self.text.sections[section + 1..].iter().take_while(belongs).count()
    }

    /// Whether there is anything to read.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The text as it came.
    pub fn plain(&self) -> String {
        self.text.plain()
    }

    /// Says how large the tile is.
    pub fn settle(&mut self, columns: usize, height: usize) {
        self.height = height;
        if columns != self.columns {
            self.columns = columns;
            self.lay_out();
        }
        self.clamp();
    }

    /// Cuts lines into rows. The line at the top stays at the top.
    fn lay_out(&mut self) {
        let top_line = self.rows.get(self.top).map_or(0, |row| row.line);
        self.rows.clear();
        for (line, text) in self.lines.iter().enumerate() {
            let text = text.plain();
            if self.wrap && self.columns > 0 {
                self.rows.extend(wrapped(&text, self.columns).map(|bytes| Row { line, bytes }));
            } else {
                self.rows.push(Row { line, bytes: 0..text.len() });
            }
        }
        self.top = self.rows.partition_point(|row| row.line < top_line);
        self.clamp();
    }

    fn clamp(&mut self) {
        self.top = self.top.min(self.rows.len().saturating_sub(self.height));
        let widest = if self.wrap { 0 } else { self.widest };
        self.left = self.left.min(widest.saturating_sub(self.columns / 2));
    }

    /// Scrolls by rows.
    pub fn step(&mut self, step: Step) {
        let last = self.rows.len().saturating_sub(self.height);
        self.top = step.from(self.top, last + 1, self.height);
    }

    /// Scrolls as little as needed to have a shown line on the screen.
    pub fn reveal(&mut self, line: usize) {
        let Some(first) = self.rows.iter().position(|row| row.line == line) else { return };
        self.top = self.top.clamp((first + 1).saturating_sub(self.height.max(1)), first);
    }

    /// Scrolls to the left (negative) or right by cells.
    pub fn shift(&mut self, cells: isize) {
        self.left = self.left.saturating_add_signed(cells);
        self.clamp();
    }

    /// Wraps, or not.
    pub fn toggle_wrap(&mut self) {
        self.wrap = !self.wrap;
        self.left = 0;
        self.lay_out();
    }

    /// Unfolds what is on the screen and was folded from the start; else folds or unfolds the section at the top.
    pub fn toggle_fold(&mut self) {
        let offered = self.visible_titles().find(|title| self.offered.contains(*title)).map(ToOwned::to_owned);
        let top = self.visible_titles().next().filter(|title| !title.is_empty()).map(ToOwned::to_owned);
        if let Some(title) = offered {
            self.offered.remove(&title);
            self.folded.remove(&title);
        } else if let Some(title) = top {
            if !self.folded.remove(&title) {
                self.folded.insert(title);
            }
        } else {
            return;
        }
        self.show();
    }

    /// The titles of the sections on the screen, a row each.
    fn visible_titles(&self) -> impl Iterator<Item = &str> {
        let sections = self.visible().filter_map(|(row, _)| self.sections.get(row.line));
        sections.map(|section| self.text.sections[*section].title.as_str())
    }

    /// The rows on the screen, with the line that each is a piece of.
    pub fn visible(&self) -> impl Iterator<Item = (&Row, &Line)> {
        self.rows.iter().skip(self.top).take(self.height).map(|row| (row, &self.lines[row.line]))
    }

    /// The mark of a shown line.
    pub fn mark(&self, line: usize) -> Option<Mark> {
        self.shown_marks.get(line).copied().flatten()
    }

    /// Cells scrolled off at the left.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Where we are: the last row on the screen and all rows.
    pub fn position(&self) -> (usize, usize) {
        ((self.top + self.height).min(self.rows.len()), self.rows.len())
    }

    /// Searches; an empty text ends the search. The error is the sentence for the person.
    pub fn search(&mut self, typed: &str) -> Result<(), String> {
        typed.clone_into(&mut self.search.typed);
        self.search.pattern = match typed {
            "" => None,
            typed => Some(Pattern::parse(typed).map_err(|error| error.to_string())?),
        };
        self.find();
        let top_line = self.rows.get(self.top).map_or(0, |row| row.line);
        self.search.current = self.search.matches.partition_point(|(line, _)| *line < top_line);
        if self.search.current == self.search.matches.len() {
            self.search.current = 0;
        }
        self.show_match();
        Ok(())
    }

    fn find(&mut self) {
        let Some(pattern) = &self.search.pattern else {
            self.search.matches.clear();
            return;
        };
        let in_line = |(at, line): (usize, &Line)| {
            pattern.find_all(&line.plain()).into_iter().map(move |bytes| (at, bytes)).collect::<Vec<_>>()
        };
        self.search.matches = self.lines.iter().enumerate().flat_map(in_line).collect();
        self.search.current = self.search.current.min(self.search.matches.len().saturating_sub(1));
    }

    /// To the next match, or back; around at the ends.
    pub fn next_match(&mut self, back: bool) {
        let count = self.search.matches.len();
        if count > 0 {
            let step = if back { count - 1 } else { 1 };
            self.search.current = (self.search.current + step) % count;
            self.show_match();
        }
    }

    /// Brings the current match onto the screen, with some context above.
    fn show_match(&mut self) {
        let Some((line, bytes)) = self.search.matches.get(self.search.current).cloned() else { return };
        let row = self.rows.iter().position(|row| row.line == line && row.bytes.end > bytes.start);
        let row = row.unwrap_or(0);
        if row < self.top || row >= self.top + self.height {
            self.top = row.saturating_sub(self.height / 3);
        }
        let before = width(&self.lines[line].plain()[..bytes.start]);
        if !self.wrap && (before < self.left || before >= self.left + self.columns) {
            self.left = before.saturating_sub(self.columns / 2);
        }
        self.clamp();
    }

    /// The matches in a line, and whether each is the current one.
    pub fn matches_in(&self, line: usize) -> impl Iterator<Item = (Range<usize>, bool)> {
        let from = self.search.matches.partition_point(|(at, _)| *at < line);
        let here = self.search.matches[from..].iter().take_while(move |(at, _)| *at == line);
        here.enumerate().map(move |(at, (_, bytes))| (bytes.clone(), from + at == self.search.current))
    }

    /// What is searched for, and the number of the current match of how many: for the title.
    pub fn search_state(&self) -> Option<(&str, usize, usize)> {
        self.search.pattern.as_ref()?;
        let count = self.search.matches.len();
        Some((&self.search.typed, (self.search.current + 1).min(count), count))
    }
}

fn made_visible(line: &Line) -> Line {
    let span = |span: &Span| Span { text: visible(&span.text).into_owned(), role: span.role, style: span.style };
    Line { spans: line.spans.iter().map(span).collect() }
}

/// Cuts a text into pieces of at most `columns` cells; an empty text is one empty piece.
fn wrapped(text: &str, columns: usize) -> impl Iterator<Item = Range<usize>> {
    let mut pieces = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = width(grapheme);
        if used + wide > columns && at > start {
            pieces.push(start..at);
            (start, used) = (at, 0);
        }
        used += wide;
    }
    pieces.push(start..text.len());
    pieces.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(lines: &[&str], wrap: bool) -> Document {
        let mut document = Document::new(wrap);
        document.set_text(Text::from_lines(lines.iter().map(|line| Line::from(*line)).collect()));
        document.settle(10, 3);
        document
    }

    fn shown(document: &Document) -> Vec<String> {
        document.visible().map(|(row, line)| line.plain()[row.bytes.clone()].to_owned()).collect()
    }

    #[test]
    fn long_lines_wrap_at_the_edge_and_wide_characters_stay_whole() {
        let document = document(&["0123456789ab", "", "日本語日本語"], true);
        assert_eq!(shown(&document), ["0123456789", "ab", ""]);
        assert_eq!(wrapped("日本語日本語", 5).count(), 3);
    }

    #[test]
    fn a_search_shows_its_match_and_goes_around() {
        let lines: Vec<_> =
            (0..20).map(|i| if i % 7 == 3 { format!("hit {i}") } else { format!("line {i}") }).collect();
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let mut document = document(&lines, false);
        document.search("hit").expect("a text");
        assert_eq!(document.search_state(), Some(("hit", 1, 3)));
        document.next_match(false);
        assert!(shown(&document).contains(&"hit 10".to_owned()));
        document.next_match(false);
        document.next_match(false);
        assert!(shown(&document).contains(&"hit 3".to_owned()));
        document.next_match(true);
        assert!(shown(&document).contains(&"hit 17".to_owned()));
        assert!(document.search("/(/").is_err());
        document.search("").expect("ends");
        assert_eq!(document.search_state(), None);
    }

    #[test]
    fn a_new_text_keeps_the_place() {
        let mut document = document(&["a", "b", "c", "d", "e", "f"], false);
        document.step(Step::By(2));
        let lines = ["a", "b", "c", "d", "e", "changed"].map(Line::from).to_vec();
        document.set_text(Text::from_lines(lines));
        assert_eq!(shown(&document), ["c", "d", "e"]);
        document.step(Step::Last);
        assert_eq!((shown(&document)[2].as_str(), document.position()), ("changed", (6, 6)));
    }

    #[test]
    fn a_section_folds_to_its_first_line() {
        let section = |title: &str| Section {
            title: title.to_owned(),
            lines: vec![Line::new(title, Role::Heading), "x".into(), "y".into()],
        };
        let mut document = Document::new(false);
        document.set_text(Text { sections: vec![section("A"), section("B")] });
        document.settle(20, 10);
        document.toggle_fold();
        assert_eq!(shown(&document).len(), 4);
        assert_eq!(document.visible().next().map(|(_, line)| line.plain()).as_deref(), Some("A  … 2 lines"));
        assert_eq!(document.plain().lines().count(), 6, "what is copied is whole");
        document.toggle_fold();
        assert_eq!(shown(&document).len(), 6);
    }

    #[test]
    fn a_section_folds_with_its_parts_and_shows_that_something_changed_in_it() {
        let section = |title: &str, lines: &[&str]| Section {
            title: title.to_owned(),
            lines: lines.iter().map(|line| Line::from(*line)).collect(),
        };
        let mut document = Document::new(false);
        document.fold_from_start("m/f");
        document.set_text(Text {
            sections: vec![
                section("", &["top"]),
                section("m", &["m:", "a"]),
                section("m/f", &["f:", "x", "y"]),
                section("m", &["z"]),
            ],
        });
        let mut marks = vec![None; 7];
        marks[4] = Some(Mark::Changed);
        document.set_marks(marks);
        document.settle(20, 10);
        assert_eq!(shown(&document), ["top", "m:", "a", "f:  … 2 lines", "z"]);
        assert_eq!((document.mark(3), document.mark(4), document.marked()), (Some(Mark::Changed), None, 1));
        document.toggle_fold();
        assert_eq!(
            shown(&document),
            ["top", "m:", "a", "f:", "x", "y", "z"],
            "what was folded from the start comes first"
        );
        assert_eq!((document.mark(3), document.mark(4)), (None, Some(Mark::Changed)));
        document.settle(20, 3);
        document.step(Step::By(1));
        document.toggle_fold();
        assert_eq!(shown(&document), ["top", "m:  … 5 lines"]);
    }

    #[test]
    fn escapes_are_shown_and_not_obeyed() {
        let document = document(&["a\u{1b}[2Jb"], false);
        assert_eq!(shown(&document), ["a^[[2Jb"]);
    }
}
