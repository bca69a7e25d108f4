//! Ages as kubectl prints them.

use std::cell::Cell;

use super::stamp::Stamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// What stands for an age whose beginning is not known.
pub const UNKNOWN: &str = "<unknown>";

/// The age of `from` at `now`, by kubectl's `HumanDuration` (apimachinery `util/duration`): one or two
/// units, fewer the older it is. [`UNKNOWN`] when `from` is not set.
pub fn age(from: Stamp, now: Stamp) -> String {
    now.micros_since(from).map_or_else(|| UNKNOWN.to_owned(), human_duration)
}

/// A duration in microseconds, by the same rule. Two seconds or more in the future is `<invalid>`.
pub fn human_duration(micros: i64) -> String {
    // Truncated toward zero: everything above -2 s counts as now (clocks differ a little).
    let d = micros / 1_000_000;
    match d {
        ..=-2 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        _ if d < 2 * MINUTE => format!("{d}s"),
        _ if d < 10 * MINUTE => two(d / MINUTE, 'm', d % MINUTE, 's'),
        _ if d < 3 * HOUR => format!("{}m", d / MINUTE),
        _ if d < 8 * HOUR => two(d / HOUR, 'h', d % HOUR / MINUTE, 'm'),
        _ if d < 2 * DAY => format!("{}h", d / HOUR),
        _ if d < 8 * DAY => two(d / DAY, 'd', d % DAY / HOUR, 'h'),
        _ if d < 2 * YEAR => format!("{}d", d / DAY),
        _ if d < 8 * YEAR => two(d / YEAR, 'y', d % YEAR / DAY, 'd'),
        _ => format!("{}y", d / YEAR),
    }
}

/// The seconds of a duration as it is printed or typed: `90s`, `1h30m`, `2d`. `None` where it is none.
pub fn seconds(text: &str) -> Option<i64> {
    let (mut sum, mut rest) = (0_i64, text);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let unit = match rest.as_bytes()[end] {
            b's' => 1,
            b'm' => MINUTE,
            b'h' => HOUR,
            b'd' => DAY,
            b'y' => YEAR,
            _ => return None,
        };
        sum = sum.checked_add(rest[..end].parse::<i64>().ok()?.checked_mul(unit)?)?;
        rest = &rest[end + 1..];
    }
    (!text.is_empty()).then_some(sum)
}

/// How long, in microseconds, until the text for `from` changes; `None` when it never does. Lets the screen sleep until
/// then instead of ticking.
pub fn until_change(from: Stamp, now: Stamp) -> Option<i64> {
    const SECOND: i64 = 1_000_000;
    let micros = now.micros_since(from)?;
    let unit = match micros / SECOND {
        // `<invalid>` until just above -2 s, then `0s` until 1 s.
        ..=-2 => return Some((-2 * SECOND).saturating_sub(micros).saturating_add(1)),
        -1..=0 => return Some(SECOND - micros),
        d if d < 10 * MINUTE => 1,
        d if d < 8 * HOUR => MINUTE,
        d if d < 8 * DAY => HOUR,
        d if d < 8 * YEAR => DAY,
        _ => YEAR,
    } * SECOND;
    Some(unit - micros % unit)
}

/// Writes ages for a text, and knows when the first of them will be another.
#[derive(Debug)]
pub struct Clock {
    now: Stamp,
    next: Cell<Option<i64>>,
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn at(now: Stamp) -> Self {
        Self { now, next: Cell::new(None) }
    }

    /// The age of `from`.
    pub fn age(&self, from: Stamp) -> String {
        self.note(from);
        age(from, self.now)
    }

    /// The age of `from` is written elsewhere.
    pub fn note(&self, from: Stamp) {
        let changes = until_change(from, self.now);
        self.next.set(self.next.get().into_iter().chain(changes).min());
    }

    /// Microseconds until one of the ages that were written changes; `None` when none will.
    pub fn until_change(&self) -> Option<i64> {
        self.next.get()
    }
}

fn two(large: i64, large_unit: char, small: i64, small_unit: char) -> String {
    if small == 0 { format!("{large}{large_unit}") } else { format!("{large}{large_unit}{small}{small_unit}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_printed_is_read_as_what_it_says(micros in 0..400_000_000_000_000_i64) {
            let printed = human_duration(micros);
            let read = seconds(&printed).expect("a duration");
            prop_assert!(read <= micros / 1_000_000);
            prop_assert_eq!(human_duration(read * 1_000_000), printed);
        }
    }

    #[test]
    fn what_is_no_duration_is_none() {
        assert_eq!(["", "5", "s", "5x", "-1h", "1h ", "９h", "99999999999999999999s"].map(seconds), [None; 8]);
        assert_eq!(["90s", "1h30m", "2d", "1y"].map(seconds), [Some(90), Some(5_400), Some(172_800), Some(31_536_000)]);
    }

    #[test]
    fn every_boundary_of_kubectl() {
        let cases = [
            (-30, "<invalid>"),
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (60, "60s"),
            (119, "119s"),
            (120, "2m"),
            (121, "2m1s"),
            (599, "9m59s"),
            (600, "10m"),
            (7_200, "120m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (10_860, "3h1m"),
            (28_800, "8h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (180_000, "2d2h"),
            (691_199, "7d23h"),
            (691_200, "8d"),
            (63_071_999, "729d"),
            (63_072_000, "2y"),
            (63_158_400, "2y1d"),
            (252_288_000, "8y"),
        ];
        for (seconds, text) in cases {
            assert_eq!(human_duration(seconds * 1_000_000), text, "{seconds} s");
        }
        assert_eq!(human_duration(-1_900_000), "0s", "above -2 s counts as now");
        assert_eq!(age(Stamp::NONE, Stamp::from_seconds(5)), UNKNOWN);
    }

    proptest! {
        #[test]
        fn the_text_changes_when_it_was_said_and_not_before(
            seconds in prop_oneof![-9i64..700, 500i64..200_000, 100_000i64..400_000_000], micros in 0i64..1_000_000,
        ) {
            let from = Stamp::from_seconds(1_000_000_000);
            let now = from.plus_micros(seconds * 1_000_000 + micros);
            let wait = until_change(from, now).expect("both are set");
            prop_assert!(wait > 0);
            prop_assert_eq!(age(from, now), age(from, now.plus_micros(wait - 1)));
            prop_assert_ne!(age(from, now), age(from, now.plus_micros(wait)));
        }
    }

    #[test]
    fn a_clock_knows_the_first_change_of_all_that_it_wrote() {
        let now = Stamp::from_seconds(1_000_000);
        let clock = Clock::at(now);
        assert_eq!((clock.age(Stamp::NONE).as_str(), clock.until_change()), (UNKNOWN, None));
        assert_eq!(clock.age(now.plus_micros(-3_660_000_000)), "61m");
        assert_eq!(clock.until_change(), Some(60_000_000));
        clock.note(now.plus_micros(-5_300_000));
        clock.note(now.plus_micros(-700_000_000));
        assert_eq!(clock.until_change(), Some(700_000));
    }
}
