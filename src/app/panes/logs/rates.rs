//! How much a log says: lines and errors of the last minute, counted by the times in the lines.

use crate::base::level::Level;
use crate::base::stamp::Stamp;

/// Seconds that are counted.
const SECONDS: usize = 60;

/// A minute of counts. Always the same size, whatever comes.
#[derive(Clone, Debug)]
pub struct Rates {
    /// The newest second that something came in.
    newest: i64,
    counts: [(u32, u32); SECONDS],
}

/// What came in a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Lines.
    pub lines: u32,
    /// Those that say that something went wrong.
    pub errors: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { newest: 0, counts: [(0, 0); SECONDS] }
    }
}

impl Rates {
    /// Counts a line.
    pub fn add(&mut self, at: Stamp, level: Level) {
        let second = at.seconds();
        if !at.is_set() || second <= self.newest - SECONDS as i64 {
            return;
        }
        // What lies between had nothing.
        for empty in (self.newest + 1).max(second - SECONDS as i64 + 1)..=second {
            self.counts[slot(empty)] = (0, 0);
        }
        self.newest = self.newest.max(second);
        let (lines, errors) = &mut self.counts[slot(second)];
        *lines = lines.saturating_add(1);
        *errors = errors.saturating_add(u32::from(level >= Level::Error));
    }

    /// Lines and errors of one second.
    fn of(&self, second: i64) -> (u32, u32) {
        let is_kept = second <= self.newest && second > self.newest - SECONDS as i64;
        if is_kept { self.counts[slot(second)] } else { (0, 0) }
    }

    /// The minute before `now`. A node's clock that goes before ours makes it the node's last minute.
    pub fn minute(&self, now: Stamp) -> Minute {
        let end = now.seconds().max(self.newest);
        (end - SECONDS as i64 + 1..=end).fold(Minute::default(), |sum, second| {
            let (lines, errors) = self.of(second);
            Minute { lines: sum.lines.saturating_add(lines), errors: sum.errors.saturating_add(errors) }
        })
    }

    /// The same minute in `bars` equal parts, oldest first: lines in each, and whether errors were among them.
    pub fn bars(&self, now: Stamp, bars: usize) -> Vec<(u32, bool)> {
        let end = now.seconds().max(self.newest);
        let each = SECONDS.div_ceil(bars.clamp(1, SECONDS)) as i64;
        let part = |bar: i64| {
            let last = end - bar * each;
            (last - each + 1..=last).fold((0u32, false), |(lines, wrong), second| {
                let (more, errors) = self.of(second);
                (lines.saturating_add(more), wrong || errors > 0)
            })
        };
        (0..SECONDS as i64 / each).rev().map(part).collect()
    }
}

fn slot(second: i64) -> usize {
    second.rem_euclid(SECONDS as i64) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_minute_and_no_more() {
        let mut rates = Rates::default();
        let at = |second: i64| Stamp::from_seconds(1_000 + second);
        for second in 0..120 {
            rates.add(at(second), if second % 10 == 0 { Level::Error } else { Level::Info });
            rates.add(at(second), Level::Unknown);
        }
        assert_eq!(rates.minute(at(119)), Minute { lines: 120, errors: 6 });
        assert_eq!(rates.minute(at(149)), Minute { lines: 60, errors: 3 });
        assert_eq!(rates.minute(at(0)), Minute { lines: 120, errors: 6 }, "our clock is behind");
        assert_eq!(rates.minute(at(300)), Minute::default());
        assert_eq!(rates.bars(at(119), 6), [(20, true); 6]);
        assert_eq!(rates.bars(at(148), 2), [(60, true), (2, false)]);
    }

    proptest! {
        #[test]
        fn it_equals_the_naive_count(seconds in proptest::collection::vec(0i64..200, 0..60), now in 0i64..260) {
            let mut rates = Rates::default();
            for second in &seconds {
                rates.add(Stamp::from_seconds(*second), Level::Info);
            }
            let newest = seconds.iter().copied().max().unwrap_or(0);
            let end = now.max(newest);
            // A line that comes more than a minute late is not counted, even if the minute looked at has it.
            let lines = seconds.iter().filter(|second| **second > end - 60).count() as u32;
            prop_assert_eq!(rates.minute(Stamp::from_seconds(now)).lines, lines);
        }
    }
}
