//! Looking through a log a slice at a time: what is near the view first, what is new before what is old.
//!
//! A log may have a million lines, and a key must never wait for them. A [`Sweep`] remembers the stretch of
//! lines that has been looked through; it grows ahead and behind from where the person looks, as far as a
//! budget allows. Nothing here knows what is looked for.

use std::ops::Range;

/// What looking at one line costs beside its bytes.
const LINE: usize = 128;
/// What may be looked through between two frames, in bytes: a few milliseconds of an expression that is slow.
pub const SLICE: usize = 4 << 20;

/// To which side of what was looked through a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Behind the last of them.
    Ahead,
    /// Before the first of them.
    Behind,
}

/// The stretch of lines that has been looked through.
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    seen: Option<Range<u64>>,
}

impl Sweep {
    /// Looks on in the lines of `span`: those behind first, then those before, the nearest first. Begins at `origin`.
    /// `bytes` is the length of a line, which is taken off the budget.
    pub fn advance(
        &mut self,
        span: Range<u64>,
        origin: u64,
        budget: &mut usize,
        bytes: impl Fn(u64) -> usize,
        mut visit: impl FnMut(u64, Side),
    ) {
        let origin = origin.clamp(span.start, span.end);
        let seen = self.seen.get_or_insert(origin..origin);
        // What was dropped meanwhile cannot be looked at, and needs not.
        seen.start = seen.start.max(span.start).min(span.end);
        seen.end = seen.end.max(seen.start);
        let mut pay = |number| {
            let can = *budget > 0;
            if can {
                *budget = budget.saturating_sub(LINE + bytes(number));
            }
            can
        };
        while seen.end < span.end && pay(seen.end) {
            visit(seen.end, Side::Ahead);
            seen.end += 1;
        }
        while seen.end == span.end && seen.start > span.start && pay(seen.start - 1) {
            seen.start -= 1;
            visit(seen.start, Side::Behind);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn from_the_view_ahead_then_behind() {
        let (mut sweep, mut order) = (Sweep::default(), Vec::new());
        for _ in 0..10 {
            let mut budget = 2 * LINE;
            sweep.advance(10..16, 13, &mut budget, |_| 0, |number, _| order.push(number));
        }
        assert_eq!(order, [13, 14, 15, 12, 11, 10]);
        assert!(sweep.is_done(&(10..16)) && !sweep.is_done(&(10..17)));
    }

    proptest! {
        /// However the log grows and loses its beginning: each line that stays is looked at once, in order on its
        /// side.
        #[test]
        fn each_line_once(
            steps in proptest::collection::vec((0u64..6, 0u64..6, 0usize..4), 0..30), origin in 0u64..9,
        ) {
            let (mut sweep, mut seen, mut span) = (Sweep::default(), std::collections::BTreeSet::new(), 0..5);
            for (more, fewer, lines) in steps {
                span = (span.start + fewer).min(span.end + more)..span.end + more;
                let mut budget = lines * LINE;
                sweep.advance(span.clone(), origin, &mut budget, |_| 0, |number, _| {
                    assert!(span.contains(&number) && seen.insert(number), "{number}");
                });
            }
            sweep.advance(span.clone(), origin, &mut { usize::MAX }, |_| 0, |number, _| assert!(seen.insert(number)));
            prop_assert!(span.clone().all(|number| seen.contains(&number)));
            prop_assert!(sweep.is_done(&span));
        }
    }
}
