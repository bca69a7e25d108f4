//! Moving by words and to the ends of lines in copy mode, as vi does.

use super::CopyMode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Blank,
    Word,
    Sign,
}

fn class(symbol: &str) -> Class {
    match symbol.chars().next() {
        None | Some(' ' | '\u{a0}') => Class::Blank,
        Some(c) if c.is_alphanumeric() || c == '_' => Class::Word,
        Some(_) => Class::Sign,
    }
}

impl CopyMode {
    /// To the beginning of the next word.
    pub fn next_word(&mut self) {
        let mut classes = self.classes();
        let mut at = usize::from(self.cursor.column);
        let here = classes.get(at).copied().unwrap_or(Class::Blank);
        while at < classes.len() && classes[at] == here && here != Class::Blank {
            at += 1;
        }
        // Over blanks, also over the ends of lines.
        loop {
            while classes.get(at) == Some(&Class::Blank) {
                at += 1;
            }
            if at < classes.len() || self.cursor.line + 1 >= self.snapshot.len() {
                break;
            }
            self.down_or_up(1);
            (classes, at) = (self.classes(), 0);
        }
        self.go_to_column(at);
    }

    /// To the beginning of this word, or of the one before.
    pub fn previous_word(&mut self) {
        let mut classes = self.classes();
        let mut at = usize::from(self.cursor.column).min(classes.len());
        loop {
            while at > 0 && classes[at - 1] == Class::Blank {
                at -= 1;
            }
            if at > 0 || self.cursor.line == 0 {
                break;
            }
            self.down_or_up(-1);
            classes = self.classes();
            at = classes.len();
        }
        let word = at.checked_sub(1).map(|last| classes[last]);
        while at > 0 && Some(classes[at - 1]) == word {
            at -= 1;
        }
        self.go_to_column(at);
    }

    /// To the end of this word, or of the next.
    pub fn word_end(&mut self) {
        let classes = self.classes();
        let at = usize::from(self.cursor.column);
        let here = classes.get(at).copied().unwrap_or(Class::Blank);
        if here == Class::Blank || classes.get(at + 1) != Some(&here) {
            self.next_word();
        }
        let classes = self.classes();
        let mut at = usize::from(self.cursor.column);
        let here = classes.get(at).copied();
        while classes.get(at + 1).copied() == here && here.is_some() {
            at += 1;
        }
        self.go_to_column(at);
    }

    /// To the first column.
    pub fn row_start(&mut self) {
        self.go_to_column(0);
    }

    /// To the last character of the line.
    pub fn row_end(&mut self) {
        let length = self.classes().len();
        self.go_to_column(length.saturating_sub(1));
    }

    fn go_to_column(&mut self, column: usize) {
        self.cursor.column = column as u16;
        self.settle(self.size);
    }

    fn down_or_up(&mut self, lines: isize) {
        self.cursor.line = self.cursor.line.saturating_add_signed(lines);
        self.settle(self.size);
    }

    /// What stands in the columns of the cursor's line, up to its last character. Both halves of a wide character
    /// are of one kind.
    fn classes(&self) -> Vec<Class> {
        let row = self.origin().0 + self.cursor().0;
        let view = self.snapshot.view();
        let mut out: Vec<Class> = Vec::new();
        for column in 0..self.columns() {
            let Some(cell) = view.cell(row, column) else { break };
            let half = if cell.width() == 0 { out.last().copied() } else { None };
            out.push(half.unwrap_or_else(|| class(cell.symbol())));
        }
        let length = out.iter().rposition(|class| *class != Class::Blank).map_or(0, |last| last + 1);
        out.truncate(length);
        out
    }
}
