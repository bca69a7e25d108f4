//! The writer below every description: columns that are as wide as their neighbours need, by the rule of
//! [`crate::base::tabs`] with the settings of `kubectl describe`.
//!
//! Consecutive lines that have a k-th cell share its width, so alignment runs across sections, as kubectl's does. Tabs and
//! line breaks inside values structure the text too: a value from a cluster can shift columns here exactly
//! as far as it can in kubectl. Escapes and carriage returns are made visible here (`^[`, `\r`), because
//! their width counts; every other control character is left to whoever draws.

use std::fmt::Display;

use crate::base::tabs::{self, Layout};
use crate::base::text::{Line, Role, Section, Span, Text};

/// Two spaces between a cell's text and the next cell.
const LAYOUT: Layout = Layout { minimum: 0, padding: 2 };

/// One line before its columns are known. The last cell is the one that no tab ended.
#[derive(Default)]
struct Row {
    cells: Vec<Vec<Span>>,
    /// Rows of different groups do not align.
    group: usize,
}

/// Collects lines and turns them into a [`Text`].
#[derive(Default)]
pub(super) struct Writer {
    rows: Vec<Row>,
    current: Option<Row>,
    group: usize,
    nested: usize,
    /// Titles, with the row that each begins at.
    sections: Vec<(String, usize)>,
}

impl Writer {
    /// Everything from here on belongs to the section `title`. Call it between lines.
    pub(super) fn section(&mut self, title: &str) {
        self.sections.push((title.to_owned(), self.rows.len()));
    }

    /// What follows does not align with what was written so far.
    pub(super) fn flush(&mut self) {
        self.group += 1;
    }

    /// Writes text as it is: tabs end cells, line breaks end lines.
    pub(super) fn put(&mut self, text: &str, role: Role) {
        let mut start = 0;
        for (at, c) in text.char_indices() {
            if matches!(c, '\t' | '\u{b}' | '\n' | '\u{c}') {
                self.span(&text[start..at], role);
                start = at + c.len_utf8();
                match c {
                    '\t' | '\u{b}' => self.row().cells.push(Vec::new()),
                    _ => self.end_line(c == '\u{c}'),
                }
            }
        }
        self.span(&text[start..], role);
    }

    /// Writes the indentation of `level`, then `text`; the counterpart of one write of kubectl.
    pub(super) fn indented(&mut self, level: usize, text: &str, role: Role) {
        self.put(&"  ".repeat(level + self.nested), Role::Plain);
        self.put(text, role);
    }

    /// A line that only names what follows: `Containers:`.
    pub(super) fn heading(&mut self, level: usize, title: &str) {
        self.indented(level, title, Role::Heading);
        self.put(":\n", Role::Heading);
    }

    /// A line with a field's label and value.
    pub(super) fn field(&mut self, level: usize, label: &str, value: impl Display) {
        self.field_as(level, label, value, Role::Plain);
    }

    /// A line with a field's label and value, the value in `role`.
    pub(super) fn field_as(&mut self, level: usize, label: &str, value: impl Display, role: Role) {
        self.label(level, label);
        self.put(&value.to_string(), role);
        self.put("\n", role);
    }

    /// A label and its tab, without a value and without the end of the line.
    pub(super) fn label(&mut self, level: usize, label: &str) {
        self.indented(level, label, Role::Label);
        self.put(":\t", Role::Label);
    }

    /// A whole line without a label.
    pub(super) fn line(&mut self, level: usize, text: &str) {
        self.indented(level, text, Role::Plain);
        self.put("\n", Role::Plain);
    }

    /// A row of a table: cells with their roles, the last one not padded. `gap` is what stands between a
    /// cell and its tab.
    pub(super) fn cells(&mut self, level: usize, gap: &str, cells: &[(&str, Role)]) {
        self.indented(level, "", Role::Plain);
        for (at, (text, role)) in cells.iter().enumerate() {
            if at > 0 {
                self.put(gap, Role::Plain);
                self.put("\t", Role::Plain);
            }
            self.put(text, *role);
        }
        self.put("\n", Role::Plain);
    }

    /// Every write of `body` is indented by `levels` more.
    pub(super) fn nested(&mut self, levels: usize, body: impl FnOnce(&mut Self)) {
        self.nested += levels;
        body(self);
        self.nested -= levels;
    }

    /// The text, aligned.
    pub(super) fn finish(mut self) -> Text {
        if self.current.is_some() {
            self.end_line(false);
        }
        let mut lines: Vec<Line> = Vec::with_capacity(self.rows.len());
        let widths = widths(&self.rows);
        for (row, widths) in self.rows.into_iter().zip(widths) {
            lines.push(padded(row, &widths));
        }
        into_sections(lines, &self.sections)
    }

    fn row(&mut self) -> &mut Row {
        let group = self.group;
        self.current.get_or_insert_with(|| Row { cells: vec![Vec::new()], group })
    }

    fn span(&mut self, text: &str, role: Role) {
        if text.is_empty() {
            return;
        }
        let text = text.replace('\u{1b}', "^[").replace('\r', "\\r");
        if let Some(cell) = self.row().cells.last_mut() {
            match cell.last_mut() {
                Some(span) if span.role == role => span.text.push_str(&text),
                _ => cell.push(Span::new(text, role)),
            }
        }
    }

    fn end_line(&mut self, flush: bool) {
        self.row();
        self.rows.extend(self.current.take());
        if flush {
            self.flush();
        }
    }
}

/// Characters, not terminal cells: kubectl counts so, and the columns are to be its columns.
fn width(cell: &[Span]) -> usize {
    cell.iter().map(|span| span.text.chars().count()).sum()
}

/// For every row the width of each cell that a tab ended, padding included.
fn widths(rows: &[Row]) -> Vec<Vec<usize>> {
    let ended =
        |row: &Row| row.cells.split_last().map_or(&[][..], |(_, ended)| ended).iter().map(|c| width(c)).collect();
    let groups = rows.chunk_by(|a, b| a.group == b.group);
    groups.flat_map(|group| tabs::widths(&group.iter().map(ended).collect::<Vec<_>>(), LAYOUT, None)).collect()
}

fn padded(row: Row, widths: &[usize]) -> Line {
    let mut spans: Vec<Span> = Vec::new();
    for (at, cell) in row.cells.into_iter().enumerate() {
        let missing = widths.get(at).map_or(0, |wanted| wanted.saturating_sub(width(&cell)));
        spans.extend(cell);
        if missing > 0 {
            let blank = " ".repeat(missing);
            match spans.last_mut() {
                Some(span) => span.text.push_str(&blank),
                None => spans.push(Span::new(blank, Role::Plain)),
            }
        }
    }
    Line { spans }
}

fn into_sections(mut lines: Vec<Line>, starts: &[(String, usize)]) -> Text {
    let mut sections: Vec<Section> = Vec::with_capacity(starts.len() + 1);
    for (title, start) in starts.iter().rev() {
        let lines = lines.split_off((*start).min(lines.len()));
        sections.push(Section { title: title.clone(), lines });
    }
    sections.push(Section { title: String::new(), lines });
    sections.retain(|section| !section.lines.is_empty());
    sections.reverse();
    Text { sections }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn aligned(text: &str) -> String {
        let mut writer = Writer::default();
        writer.put(text, Role::Plain);
        writer.finish().plain()
    }

    #[test]
    fn a_column_is_as_wide_as_its_block() {
        assert_eq!(aligned("a:\t1\nlonger:\t2\n"), "a:       1\nlonger:  2\n");
        // A line without the cell ends the block.
        assert_eq!(aligned("a:\t1\nHeading\nlonger:\t2\n"), "a:  1\nHeading\nlonger:  2\n");
        // An inner column ends where a line has fewer cells, the outer one goes on.
        assert_eq!(aligned("a\tb\tc\nd\te\naaaa\tbbbb\tc\n"), "a     b  c\nd     e\naaaa  bbbb  c\n");
    }

    #[test]
    fn empty_cells_count_and_the_last_cell_is_not_padded() {
        assert_eq!(aligned("Name\t\tCPU\nx\t\t1\n"), "Name    CPU\nx       1\n");
        assert_eq!(aligned("IP:\t\nNode:\tn\n"), "IP:    \nNode:  n\n");
    }

    #[test]
    fn a_flush_ends_every_block() {
        let mut writer = Writer::default();
        writer.field(0, "A", 1);
        writer.flush();
        writer.field(0, "Longer", 2);
        assert_eq!(writer.finish().plain(), "A:  1\nLonger:  2\n");
    }

    #[test]
    fn escapes_are_visible_and_counted() {
        assert_eq!(aligned("\u{1b}[1m\tx\nab\ty\r\n"), "^[[1m  x\nab     y\\r\n");
        assert_eq!(aligned("é\tx\nab\ty\n"), "é   x\nab  y\n", "characters count, not bytes");
    }

    #[test]
    fn sections_begin_where_they_are_named() {
        let mut writer = Writer::default();
        writer.field(0, "Name", "x");
        writer.section("Containers");
        writer.heading(0, "Containers");
        writer.nested(1, |writer| writer.field(1, "Image", "i"));
        writer.section("Empty");
        writer.section("Events");
        writer.field(0, "Events", "<none>");
        let text = writer.finish();
        let titles: Vec<&str> = text.sections.iter().map(|section| section.title.as_str()).collect();
        assert_eq!(titles, ["", "Containers", "Events"]);
        assert_eq!(text.sections[1].lines[1].plain(), "    Image:  i");
        assert_eq!(text.sections[1].lines[1].spans[1], Span::new("Image:  ", Role::Label));
    }

    proptest! {
        #[test]
        fn nothing_but_blanks_is_added(text in "[a-c\\té\u{1b}\r ]{0,30}(\n[a-c\\t ]{0,20}){0,5}") {
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let shown = text.replace('\u{1b}', "^[").replace('\r', "\\r");
            prop_assert_eq!(squeezed(&aligned(&text)), squeezed(&shown));
        }
    }
}
