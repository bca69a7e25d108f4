//! Lines that the person marks, and what is copied and saved.

use super::LogPane;
use super::lines::Lines;
use crate::app::list::Step;

/// A cursor on a line, and perhaps a range from another one to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    cursor: u64,
    anchor: Option<u64>,
}

impl Choice {
    /// One line.
    pub fn at(number: u64) -> Self {
        Self { cursor: number, anchor: None }
    }

    /// The same line as the beginning of a range.
    #[must_use]
    pub fn begin_range(self) -> Self {
        Self { anchor: Some(self.cursor), ..self }
    }

    /// Whether it is a range.
    pub fn is_range(self) -> bool {
        self.anchor.is_some()
    }

    /// Lines have other numbers now.
    pub fn renumber(&mut self, new: impl Fn(u64) -> u64) {
        *self = Self { cursor: new(self.cursor), anchor: self.anchor.map(new) };
    }

    /// Whether a line belongs to it.
    pub fn has(self, number: u64) -> bool {
        let other = self.anchor.unwrap_or(self.cursor);
        (self.cursor.min(other)..=self.cursor.max(other)).contains(&number)
    }
}

impl LogPane {
    /// Moves the cursor by lines, and the view with it.
    pub(super) fn move_cursor(&mut self, step: Step) {
        let Some(choice) = &mut self.choice else { return };
        let lines = Lines { ring: &self.ring, pick: &self.pick, shape: &self.shape };
        let page = self.view.rows.len().max(1) as isize;
        let by = match step {
            Step::First => isize::MIN,
            Step::Last => isize::MAX,
            Step::By(lines) => lines,
            Step::Pages(pages) => pages.saturating_mul(page),
            Step::HalfPages(halves) => halves.saturating_mul((page / 2).max(1)),
        };
        let cursor = match step {
            Step::First => lines.first(),
            Step::Last => lines.last(),
            _ => {
                let there = if by < 0 { Lines::previous } else { Lines::next };
                let here = lines.at(choice.cursor);
                (0..by.unsigned_abs())
                    .try_fold(here, |at, _| at.and_then(|at| there(lines, at)).map(Some).ok_or(at))
                    .unwrap_or_else(|last| last)
            }
        };
        if let Some(number) = cursor {
            choice.cursor = number;
            self.view.show(lines, number, 0);
        }
    }

    /// Looks at all lines that were not looked at yet, so that what is shown is known of all of them. Takes as long
    /// as that takes: only for what is copied or saved.
    pub fn complete(&mut self) {
        self.pick.advance(&self.ring, self.ring.end(), &mut { usize::MAX });
    }

    /// What is shown of all that is kept, or the marked lines, to copy or save: as it came, whatever it is shown as;
    /// each line with its time if times are shown. After [`Self::complete`].
    pub fn plain_text(&self) -> String {
        let lines = self.all();
        let mut out = String::with_capacity(if self.pick.is_on() { 0 } else { self.ring.bytes() });
        let mut next = lines.first();
        while let Some(number) = next {
            if self.choice.is_none_or(|choice| choice.has(number)) {
                self.write(&mut out, number, lines.count(number));
            }
            next = lines.next(number);
        }
        out
    }

    /// All that is kept, whatever is shown of it.
    pub fn whole_text(&self) -> String {
        let mut out = String::with_capacity(self.ring.bytes());
        self.span().for_each(|number| self.write(&mut out, number, 1));
        out
    }

    /// The file name that is offered for it.
    pub fn file_name(&self) -> String {
        self.target.file_name()
    }

    fn write(&self, out: &mut String, number: u64, count: u32) {
        let Some(entry) = self.ring.get(number) else { return };
        if self.clock.width() > 0 && entry.at.is_set() {
            let time = entry.at.rfc3339();
            out.extend([time.trim_end_matches('Z'), &format!(".{:03}Z ", entry.at.millis().rem_euclid(1_000))]);
        }
        if let Some(source) = self.sources.get(entry.source).filter(|_| !entry.is_note) {
            out.extend([&*source.full_name(self.sources.namespaces), " "]);
        }
        out.push_str(&entry.text);
        if count > 1 {
            out.push_str(&super::repeats(count));
        }
        out.push('\n');
    }
}
