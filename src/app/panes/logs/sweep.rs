//! Looking through a log a slice at a time: what is near the view first, what is new before what is old.
//!
//! A log may have a million lines, and a key must never wait for them. A [`Sweep`] remembers the stretch of lines that
//! has been looked through; it grows ahead and behind from where the person looks, a page at a time, as far as a budget
//! allows. How large the budget is follows from how long the last slices took ([`Pace`]). Nothing here knows what is
//! looked for.

use std::ops::Range;

use super::pages::{Pages, Stretch};
use crate::base::stamp::Stamp;

/// What looking at one line costs beside its bytes.
const LINE: usize = 32;
/// The first slice of something new to look for, in bytes: an expression may be slow, which nobody knows yet.
const FIRST: usize = 1 << 20;
/// The least and the most that is looked through in one slice, in bytes.
const BOUNDS: (usize, usize) = (64 << 10, 32 << 20);
/// How long a slice should take with all that is done around it, in microseconds: less, and the next one is larger;
/// more, and it is smaller.
const MICROS: Range<i64> = 3_000..7_000;

/// To which side of what was looked through a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Behind the last of them.
    Ahead,
    /// Before the first of them.
    Behind,
}

/// How much is looked through between two looks at the keyboard.
#[derive(Clone, Debug)]
pub struct Pace {
    slice: usize,
    /// When the last slice began that left something for another one, which follows at once.
    begun: Stamp,
}

impl Default for Pace {
    fn default() -> Self {
        Self { slice: FIRST, begun: Stamp::NONE }
    }
}

impl Pace {
    /// The size of the next slice, which begins now.
    pub fn slice(&mut self, now: Stamp) -> usize {
        let took = now.micros_since(self.begun).filter(|_| self.begun.is_set());
        match took {
            // The same moment: what was done before is not over.
            Some(..=0) | None => {}
            Some(micros) if micros < MICROS.start => self.slice = (self.slice * 2).min(BOUNDS.1),
            Some(micros) if micros > MICROS.end => self.slice = (self.slice / 2).max(BOUNDS.0),
            Some(_) => {}
        }
        self.slice
    }

    /// A slice that began at `now` is over; `is_busy`: the next one follows at once.
    pub fn over(&mut self, now: Stamp, is_busy: bool) {
        self.begun = if is_busy { now } else { Stamp::NONE };
    }
}

/// The stretch of lines that has been looked through.
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    seen: Option<Range<u64>>,
}

impl Sweep {
    /// Looks on in `pages`: what is behind first, then what is before, the nearest first. Begins at `origin`. What is
    /// looked at is taken off the budget.
    pub fn advance<'p>(
        &mut self,
        pages: &'p Pages,
        origin: u64,
        budget: &mut usize,
        mut visit: impl FnMut(&Stretch<'p>, Side),
    ) {
        let span = pages.span();
        let origin = origin.clamp(span.start, span.end);
        let seen = self.seen.get_or_insert(origin..origin);
        // What was dropped meanwhile cannot be looked at, and needs not.
        seen.start = seen.start.max(span.start).min(span.end);
        seen.end = seen.end.max(seen.start);
        while *budget > 0 {
            let Some((number, side)) = next_of(seen, &span) else { return };
            let Some(stretch) = pages.stretch(number, side) else {
                // On the disk: it comes, or it is lost and passed over.
                let Some(lost) = pages.shelf.span_of(number).filter(|_| pages.shelf.is_lost(number)) else { return };
                (seen.start, seen.end) = (seen.start.min(lost.start.max(span.start)), seen.end.max(lost.end));
                continue;
            };
            *budget = budget.saturating_sub(stretch.page.text(&stretch.lines).len() + LINE * stretch.lines.len());
            visit(&stretch, side);
            match side {
                Side::Ahead => seen.end = stretch.numbers.end,
                Side::Behind => seen.start = stretch.numbers.start,
            }
        }
    }

    /// Forgets that lines from `from` on were looked at; gives the numbers of those that were.
    pub fn take_back(&mut self, from: u64) -> Range<u64> {
        let seen = self.seen.take().unwrap_or(from..from);
        let from = from.clamp(seen.start, seen.end);
        self.seen = (from > seen.start).then_some(seen.start..from);
        from..seen.end
    }

    /// Whether nothing was looked at yet.
    pub fn is_new(&self) -> bool {
        self.seen.is_none()
    }

    /// The line that has to be read from the disk before this goes on, and whether others before it follow.
    pub fn wants(&self, pages: &Pages) -> Option<(u64, bool)> {
        let (number, side) = next_of(self.seen.as_ref()?, &pages.span())?;
        pages.shelf.is_missing(number).then_some((number, side == Side::Behind))
    }

    /// Whether all lines from where it began to the end were looked at.
    pub fn is_at_end(&self, end: u64) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.end >= end)
    }

    /// Whether all lines of `span` were looked at.
    pub fn is_done(&self, span: &Range<u64>) -> bool {
        let seen = |seen: &Range<u64>| seen.start <= span.start && seen.end >= span.end;
        span.is_empty() || self.seen.as_ref().is_some_and(seen)
    }
}

/// The line to look at next, and on which side of what was looked through it is.
fn next_of(seen: &Range<u64>, span: &Range<u64>) -> Option<(u64, Side)> {
    match (seen.end < span.end, seen.start.checked_sub(1)) {
        (true, _) => Some((seen.end, Side::Ahead)),
        (false, Some(before)) if before >= span.start => Some((before, Side::Behind)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::entry::Entry;
    use super::super::{LogLimits, page};
    use super::*;

    /// So long that a page has two of them.
    fn long() -> String {
        "x".repeat(page::PAGE / 2 - 1)
    }

    fn add(pages: &mut Pages, lines: u64) {
        let text = long();
        (0..lines).for_each(|_| pages.push(Entry { text: &text, ..Entry::default() }));
    }

    #[test]
    fn from_the_view_ahead_then_behind() {
        let mut pages = Pages::new(LogLimits { lines: 99, bytes: 1 << 30 }, 10);
        add(&mut pages, 6);
        let (mut sweep, mut order) = (Sweep::default(), Vec::new());
        for _ in 0..10 {
            sweep.advance(&pages, 13, &mut 1, |stretch, side| order.push((stretch.numbers.clone(), side)));
        }
        let expected = [(13..14, Side::Ahead), (14..16, Side::Ahead), (12..13, Side::Behind), (10..12, Side::Behind)];
        assert_eq!(order, expected);
        assert!(sweep.is_done(&(10..16)) && !sweep.is_done(&(10..17)));
    }

    #[test]
    fn slices_grow_and_shrink_with_what_they_take() {
        let mut pace = Pace::default();
        let mut now = Stamp::from_seconds(1);
        let mut after = |pace: &mut Pace, micros: i64| {
            pace.over(now, true);
            now = now.plus_micros(micros);
            pace.slice(now)
        };
        assert_eq!(after(&mut pace, 1_000), 2 * FIRST);
        assert_eq!(after(&mut pace, 5_000), 2 * FIRST, "as it should be");
        assert_eq!(after(&mut pace, 0), 2 * FIRST, "no time has passed");
        assert_eq!(after(&mut pace, 20_000), FIRST);
        for _ in 0..20 {
            after(&mut pace, 50_000);
        }
        assert_eq!(pace.slice, BOUNDS.0);
        pace.over(now, false);
        assert_eq!(pace.slice(now.plus_micros(1)), BOUNDS.0, "nothing was going on meanwhile");
    }

    proptest! {
        /// However the log grows and loses its beginning: each line that stays is looked at once, in order on its
        /// side.
        #[test]
        fn each_line_once(steps in proptest::collection::vec((0u64..6, 0usize..4), 0..30), origin in 0u64..9) {
            let mut pages = Pages::new(LogLimits { lines: 9, bytes: 1 << 30 }, 0);
            add(&mut pages, 5);
            let (mut sweep, mut seen) = (Sweep::default(), std::collections::BTreeSet::new());
            for (more, lines) in steps {
                add(&mut pages, more);
                let span = pages.span();
                sweep.advance(&pages, origin, &mut (lines * (LINE + page::PAGE / 2)), |stretch, _| {
                    let fits = stretch.numbers.start >= span.start && stretch.numbers.end <= span.end;
                    assert!(fits && stretch.numbers.clone().all(|number| seen.insert(number)));
                });
            }
            sweep.advance(&pages, origin, &mut { usize::MAX }, |stretch, _| {
                assert!(stretch.numbers.clone().all(|number| seen.insert(number)));
            });
            prop_assert!(pages.span().all(|number| seen.contains(&number)));
            prop_assert!(sweep.is_done(&pages.span()));
        }
    }
}
