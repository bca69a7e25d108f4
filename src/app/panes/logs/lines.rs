//! The lines of a log as the view walks over them: those that are shown, as what they are shown.

use std::borrow::Cow;

use super::pages::Pages;
use super::pick::Pick;
use super::shape::Shape;
use crate::base::count::grouped;

/// What is shown of a line that is on the disk and being read.
const COMING: &str = "…";
/// What is shown of a line that was on the disk and cannot be read.
const LOST: &str = "(this line could not be kept)";

/// The lines that are shown.
#[derive(Clone, Copy)]
pub struct Lines<'a> {
    /// All lines that are kept.
    pub pages: &'a Pages,
    /// Which of them are shown.
    pub pick: &'a Pick,
    /// As what.
    pub shape: &'a Shape,
}

impl<'a> Lines<'a> {
    /// The first line.
    pub fn first(self) -> Option<u64> {
        if self.pick.is_on() {
            return self.pick.lines().front().map(|line| line.number);
        }
        (!self.pages.is_empty()).then(|| self.pages.first())
    }

    /// The last line.
    pub fn last(self) -> Option<u64> {
        if self.pick.is_on() {
            return self.pick.lines().back().map(|line| line.number);
        }
        (!self.pages.is_empty()).then(|| self.pages.end() - 1)
    }

    /// The line itself, or the next one that is shown, or the last.
    pub fn at(self, number: u64) -> Option<u64> {
        if !self.pick.is_on() {
            return Some(number.clamp(self.first()?, self.last()?));
        }
        let lines = self.pick.lines();
        let at = lines.partition_point(|line| line.number < number);
        lines.get(at).or(lines.back()).map(|line| line.number)
    }

    /// The line after one.
    pub fn next(self, number: u64) -> Option<u64> {
        self.at(number + 1).filter(|next| *next > number)
    }

    /// The line before one.
    pub fn previous(self, number: u64) -> Option<u64> {
        if !self.pick.is_on() {
            return number.checked_sub(1).filter(|number| self.pages.span().contains(number));
        }
        let lines = self.pick.lines();
        let at = lines.partition_point(|line| line.number < number);
        at.checked_sub(1).map(|at| lines[at].number)
    }

    /// How many equal lines a line stands for.
    pub fn count(self, number: u64) -> u32 {
        let lines = self.pick.lines();
        lines.binary_search_by_key(&number, |line| line.number).map_or(1, |at| lines[at].count)
    }

    /// What is shown of a line; it may have line breaks in it.
    pub fn text(self, number: u64) -> Option<Cow<'a, str>> {
        let Some(entry) = self.pages.get(number) else {
            let file = &self.pages.shelf;
            return file.is_lost(number).then_some(LOST.into()).or(file.is_missing(number).then_some(COMING.into()));
        };
        let text = match self.shape.of(entry) {
            Some(shaped) => Cow::Owned(shaped.text),
            None => Cow::Borrowed(entry.text),
        };
        Some(match self.count(number) {
            ..=1 => text,
            count => Cow::Owned(format!("{text}{}", repeats(count))),
        })
    }

    /// Whether a line may take more than one row without being wrapped.
    pub fn may_break(self) -> bool {
        self.shape.is_on()
    }
}

/// What stands behind a line that came so many times.
pub fn repeats(count: u32) -> String {
    format!("  × {}", grouped(u64::from(count)))
}
