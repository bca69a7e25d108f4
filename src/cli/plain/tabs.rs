//! The writer below every table: text with tabs goes in, aligned lines come out, as kubectl's printer aligns them.
//!
//! Widths are remembered from one [`TabWriter::flush`] to the next, so that what is printed later stands below what was
//! printed before. Escapes and carriage returns are shown (`^[`, `\r`), not sent to the terminal.

use std::io::{self, Write};

use crate::base::tabs::{self, Layout};

/// kubectl's settings for tables.
const LAYOUT: Layout = Layout { minimum: 6, padding: 3 };

/// Collects lines until they are flushed.
#[derive(Debug)]
pub struct TabWriter<W> {
    out: W,
    /// Cells of each line; the last one was not ended by a tab.
    lines: Vec<Vec<String>>,
    /// Whether the last line goes on.
    open: bool,
    remembered: Vec<usize>,
}

impl<W: Write> TabWriter<W> {
    /// A writer onto `out`.
    pub fn new(out: W) -> Self {
        Self { out, lines: Vec::new(), open: false, remembered: Vec::new() }
    }

    /// Takes text: tabs end cells, line breaks end lines.
    pub fn put(&mut self, text: &str) {
        let mut start = 0;
        for (at, _) in text.match_indices(['\t', '\u{b}', '\n', '\u{c}']) {
            self.append(&text[start..at]);
            start = at + 1;
            if matches!(text.as_bytes()[at], b'\t' | b'\x0b') {
                self.line().push(String::new());
            } else {
                self.open = false;
            }
        }
        if start < text.len() {
            self.append(&text[start..]);
        }
    }

    /// Writes all whole lines, aligned.
    pub fn flush(&mut self) -> io::Result<()> {
        let lengths: Vec<Vec<usize>> =
            self.lines.iter().map(|line| ended(line).map(|cell| length(cell)).collect()).collect();
        let widths = tabs::widths(&lengths, LAYOUT, Some(&mut self.remembered));
        for (line, widths) in self.lines.drain(..).zip(widths) {
            for (at, cell) in line.iter().enumerate() {
                self.out.write_all(cell.as_bytes())?;
                if let Some(width) = widths.get(at) {
                    write!(self.out, "{:1$}", "", width.saturating_sub(length(cell)))?;
                }
            }
            self.out.write_all(b"\n")?;
        }
        self.open = false;
        self.out.flush()
    }

    /// What follows does not align with what was written before.
    pub fn forget_widths(&mut self) {
        self.remembered.clear();
    }

    /// Where the lines go.
    pub fn inner(&mut self) -> &mut W {
        &mut self.out
    }

    fn line(&mut self) -> &mut Vec<String> {
        if !self.open {
            self.lines.push(vec![String::new()]);
            self.open = true;
        }
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    fn append(&mut self, text: &str) {
        let text = visible(text);
        if let Some(cell) = self.line().last_mut() {
            cell.push_str(&text);
        }
    }
}

/// The cells that a tab ended.
fn ended(line: &[String]) -> impl Iterator<Item = &String> {
    line.iter().take(line.len().saturating_sub(1))
}

/// Characters, as kubectl counts.
fn length(cell: &str) -> usize {
    if cell.is_ascii() { cell.len() } else { cell.chars().count() }
}

/// The text with what a terminal would obey made visible, as kubectl does it.
fn visible(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(['\u{1b}', '\r']) { text.replace('\u{1b}', "^[").replace('\r', "\\r").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(parts: &[&str]) -> String {
        let mut writer = TabWriter::new(Vec::new());
        for part in parts {
            writer.put(part);
            writer.flush().expect("memory takes everything");
        }
        String::from_utf8(writer.out).expect("text")
    }

    #[test]
    fn columns_are_six_wide_at_least_and_three_apart() {
        assert_eq!(written(&["A\tB\na\tb\n"]), "A     B\na     b\n");
        assert_eq!(written(&["NAME\tX\nfour\tx\nlonger\t\n"]), "NAME     X\nfour     x\nlonger   \n");
    }

    #[test]
    fn later_lines_stand_below_earlier_ones() {
        assert_eq!(written(&["longest\tX\n", "a\tx\n"]), "longest   X\na         x\n");
    }

    #[test]
    fn tabs_in_values_end_cells_and_escapes_are_shown() {
        assert_eq!(written(&["a\tb\x1b[1m\tc\n\n"]), "a     b^[[1m   c\n\n");
        assert_eq!(written(&["a\tline\r\nmore\n"]), "a     line\\r\nmore\n");
    }

    #[test]
    fn characters_count_not_bytes() {
        assert_eq!(written(&["ééééé\tx\nabcde\ty\n"]), "ééééé   x\nabcde   y\n");
    }
}
