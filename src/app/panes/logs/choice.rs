//! Lines that the person marks, and what is copied and saved.

use std::ops::RangeInclusive;

use super::LogPane;
use super::lines::Lines;
use super::pick::Pick;
use super::text::{LogText, Naming};
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

    /// The lines that belong to it.
    pub fn span(self) -> RangeInclusive<u64> {
        let other = self.anchor.unwrap_or(self.cursor);
        self.cursor.min(other)..=self.cursor.max(other)
    }

    /// Whether a line belongs to it.
    pub fn has(self, number: u64) -> bool {
        self.span().contains(&number)
    }
}

impl LogPane {
    /// Moves the cursor by lines, and the view with it.
    pub(super) fn move_cursor(&mut self, step: Step) {
        let Some(choice) = &mut self.choice else { return };
        let lines = Lines { pages: &self.pages, pick: &self.pick, shape: &self.shape };
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

    /// What is shown of all that is kept, or the marked lines, to copy or save: as it came, whatever it is shown as;
    /// each line with its time if times are shown. Takes nothing out: the lines are shared.
    pub fn shown_text(&self) -> LogText {
        let text = LogText::new(&self.pages, self.pick.afresh(), self.naming());
        match self.choice {
            Some(choice) => text.only(choice),
            None => text,
        }
    }

    /// All that is kept, whatever is shown of it.
    pub fn whole_text(&self) -> LogText {
        LogText::new(&self.pages, Pick::default(), self.naming())
    }

    /// What stands before lines when they are written.
    fn naming(&self) -> Naming {
        let names = self.sources.iter().map(|source| (source.of.id, source.full_name(self.sources.namespaces)));
        Naming { times: self.clock.width() > 0, names: names.collect() }
    }

    /// The same as one text.
    pub fn plain_text(&self) -> String {
        self.shown_text().collect()
    }

    /// The file name that is offered for it.
    pub fn file_name(&self) -> String {
        self.target.file_name()
    }
}
