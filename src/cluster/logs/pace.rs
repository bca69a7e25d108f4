//! How often something came lately, and from that after which silence a stream is checked. Pure.
//!
//! An idle container may say nothing for hours, and a check each minute is enough. One that writes all the time and
//! falls silent is more likely cut off; its node keeps only so much, so the check must come soon.

use std::time::Duration;

use tokio::time::Instant;

/// A stream that has not shown its pace, or a slow one, is checked after this long.
pub const LONGEST: Duration = Duration::from_secs(60);
/// No stream is checked sooner.
const SHORTEST: Duration = Duration::from_secs(3);
/// So many times the longest pause of late is a silence.
const TIMES: u32 = 8;
/// So many pieces show a pace.
const ENOUGH: u32 = 32;

/// The pace of a stream.
#[derive(Debug, Default)]
pub struct Pace {
    pieces: u32,
    last: Option<Instant>,
    longest: Duration,
}

impl Pace {
    /// Something came.
    pub fn came(&mut self, now: Instant) {
        if let Some(last) = self.last.replace(now) {
            // A pause of long ago is slowly forgotten.
            self.longest = self.longest.saturating_sub(self.longest / 256).max(now - last);
            self.pieces = self.pieces.saturating_add(1);
        }
    }

    /// The stream was broken: the pause until it goes on is not its own.
    pub fn interrupt(&mut self) {
        self.last = None;
    }

    /// The silence after which it is checked.
    pub fn patience(&self) -> Duration {
        if self.pieces < ENOUGH { LONGEST } else { (self.longest * TIMES).clamp(SHORTEST, LONGEST) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paced(pauses: impl IntoIterator<Item = u64>) -> Duration {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        pace.came(now);
        for millis in pauses {
            now += Duration::from_millis(millis);
            pace.came(now);
        }
        pace.patience()
    }

    #[test]
    fn only_a_stream_that_writes_all_the_time_is_checked_soon() {
        assert_eq!(paced([1; 10]), LONGEST, "too few to tell");
        assert_eq!(paced([10; 100]), SHORTEST);
        assert_eq!(paced([2_000; 100]), Duration::from_secs(16));
        assert_eq!(paced([60_000; 100]), LONGEST);
    }

    #[test]
    fn a_pause_is_remembered_for_a_while() {
        let now_and_then = [1; 100].into_iter().chain([3_000]).chain([1; 50]);
        assert!(paced(now_and_then) > Duration::from_secs(15));
        assert_eq!(paced([3_000].into_iter().chain(std::iter::repeat_n(1, 3_000))), SHORTEST);
    }
}
