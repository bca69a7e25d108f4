//! Numbers for people: a series in one line, and counts with separators.

use std::fmt;
use std::time::Duration;

/// What was measured several times, in order of size.
pub struct Series(Vec<Duration>);

impl Series {
    /// A series of at least one measurement.
    pub fn new(mut measured: Vec<Duration>) -> Self {
        assert!(!measured.is_empty(), "nothing was measured");
        measured.sort_unstable();
        Self(measured)
    }

    /// So many measured by a function.
    pub fn of(count: usize, measure: impl FnMut() -> Duration) -> Self {
        Self::new(std::iter::repeat_with(measure).take(count).collect())
    }

    /// The measurement in the middle.
    pub fn median(&self) -> Duration {
        self.at(50)
    }

    /// The smallest that is not below so many per cent of all (the nearest rank).
    pub fn at(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1]
    }
}

impl fmt::Display for Series {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, p99, most] = [self.at(50), self.at(99), self.at(100)].map(millis);
        write!(out, "median {median}, p99 {p99}, max {most}, n {}", self.0.len())
    }
}

/// Milliseconds with one decimal.
pub fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// How many times as long.
pub fn ratio(ours: Duration, theirs: Duration) -> String {
    format!("{:.2}x", ours.as_secs_f64() / theirs.as_secs_f64())
}

/// A count as the header writes it: `10,000`.
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[test]
fn percentiles_are_measurements() {
    let series = Series::new((1..=300).rev().map(Duration::from_millis).collect());
    assert_eq!([1, 50, 99, 100].map(|percent| series.at(percent).as_millis()), [3, 150, 297, 300]);
    assert_eq!(series.to_string(), "median 150.0 ms, p99 297.0 ms, max 300.0 ms, n 300");
    let one = Series::of(1, || Duration::from_millis(7));
    assert_eq!([1, 50, 99, 100].map(|percent| one.at(percent).as_millis()), [7; 4]);
}

#[test]
fn counts_are_grouped_by_thousands() {
    assert_eq!([0, 999, 1000, 10_000, 1_234_567].map(grouped), ["0", "999", "1,000", "10,000", "1,234,567"]);
}
