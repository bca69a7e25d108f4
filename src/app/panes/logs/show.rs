//! The rows of a log on the screen: only these are ever formatted. Start with [`LogPane::visible`].

use std::ops::Range;

use super::entry::Entry;
use super::lines::repeats;
use super::paint::{LogSpan, Painted};
use super::scroll::Row;
use super::{LONG, LogPane};
use crate::base::jsonline::role_of;
use crate::base::level;
use crate::base::sgr::Style;
use crate::base::text::Role;

impl LogPane {
    /// The rows on the screen, each as its spans from left to right.
    pub fn visible(&self) -> impl Iterator<Item = Vec<LogSpan>> {
        let mut shown: Option<(u64, Shown)> = None;
        self.view.rows.iter().filter_map(move |row| {
            if shown.as_ref().is_none_or(|(number, _)| *number != row.number) {
                shown = Some((row.number, self.shown(row.number)?));
            }
            shown.as_ref().map(|(_, line)| self.row(row, line))
        })
    }

    /// A line with all that lies over it.
    fn shown(&self, number: u64) -> Option<Shown<'_>> {
        let coming = Entry { is_note: true, role: Role::Dim, ..Entry::default() };
        let text = self.all().text(number)?.into_owned();
        let entry = self.pages.get(number).unwrap_or(coming);
        let shaped = self.shape.of(entry);
        let is_raw = shaped.is_none();
        let mut roles = shaped.map(|shaped| shaped.roles).unwrap_or_default();
        if is_raw && let Some((level, range)) = level::find(&text).filter(|_| !entry.is_note) {
            roles.push((range, role_of(level)));
        }
        let count = self.all().count(number);
        if count > 1 {
            roles.push((text.len() - repeats(count).len()..text.len(), Role::Dim));
        }
        let colored = if entry.is_note { Vec::new() } else { self.rules(&text) };
        let current = self.find.current.filter(|(line, _)| self.all().at(*line) == Some(number));
        let chosen = self.choice.is_some_and(|choice| choice.has(number));
        Some(Shown {
            entry,
            is_raw,
            text,
            roles,
            rules: colored,
            current: current.map(|(_, index)| index as usize),
            chosen,
        })
    }

    /// Where the person's rules colour a line; where two would, the one that begins first.
    fn rules(&self, text: &str) -> Vec<(Range<usize>, Style)> {
        let rules = self.look.rules.iter().filter(|_| text.len() <= LONG);
        let found = rules.flat_map(|(pattern, style)| pattern.find_all(text).into_iter().map(|range| (range, *style)));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|(range, _)| range.start);
        let mut end = 0;
        found.retain(|(range, _)| {
            let is_free = range.start >= end;
            if is_free {
                end = range.end;
            }
            is_free
        });
        found
    }

    fn row(&self, row: &Row, line: &Shown) -> Vec<LogSpan> {
        let entry = line.entry;
        let painted = Painted {
            text: &line.text,
            runs: if line.is_raw { entry.runs } else { &[] },
            role: entry.role,
            roles: &line.roles,
            rules: &line.rules,
            chosen: line.chosen,
            matches: &row.matches,
            current: line.current,
        };
        let mut spans = if self.view.wrap {
            painted.spans(row.start, row.until, row.columns.clone()).0
        } else {
            painted.window(row.start, row.base, row.until, row.columns.clone())
        };
        if self.view.has_margin() {
            let is_first = row.start.byte == 0 || (!self.view.wrap && row.base == 0);
            spans.splice(0..0, self.margin(entry, is_first));
        }
        if line.chosen && spans.is_empty() {
            spans.push(LogSpan { text: " ".to_owned(), chosen: true, ..LogSpan::default() });
        }
        spans
    }
}

/// A line on the screen with all that lies over it.
struct Shown<'a> {
    entry: Entry<'a>,
    /// Whether it is shown as it came.
    is_raw: bool,
    text: String,
    roles: Vec<(Range<usize>, Role)>,
    rules: Vec<(Range<usize>, Style)>,
    current: Option<usize>,
    chosen: bool,
}
