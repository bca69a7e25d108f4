//! Times in a log: how they are shown, and how a person names one to go to.

use crate::base::age::{age, seconds};
use crate::base::stamp::Stamp;

/// How times are shown before the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// Not.
    #[default]
    Off,
    /// `08:10:28.217`.
    Clock,
    /// `2026-11-24 08:10:28.217`.
    Date,
    /// `12m`, how long ago.
    Age,
}

impl Times {
    /// The next form.
    pub fn next(self) -> Self {
        match self {
            Self::Off => Self::Clock,
            Self::Clock => Self::Date,
            Self::Date => Self::Age,
            Self::Age => Self::Off,
        }
    }
}

/// A person's clock and what it is to show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// The form.
    pub times: Times,
    /// Whether to show UTC.
    pub utc: bool,
    /// Seconds by which the person's clock is ahead of UTC.
    pub offset: i32,
    /// The present.
    pub now: Stamp,
}

impl Clock {
    /// Cells that a time takes, with the space behind it.
    pub fn width(&self) -> usize {
        match self.times {
            Times::Off => 0,
            Times::Clock => 13 + usize::from(self.utc),
            Times::Date => 24 + usize::from(self.utc),
            Times::Age => 7,
        }
    }

    /// A time in [`Self::width`] cells; blanks when it is not known.
    pub fn text(&self, at: Stamp) -> String {
        let width = self.width();
        if !at.is_set() {
            return " ".repeat(width);
        }
        let zone = if self.utc { "Z" } else { "" };
        let local = at.plus_micros(self.ahead() * 1_000_000);
        let written = local.rfc3339();
        let time = format!("{}.{:03}{zone}", written.get(11..19).unwrap_or_default(), local.millis().rem_euclid(1_000));
        let text = match self.times {
            Times::Off => return String::new(),
            Times::Clock => time,
            Times::Date => format!("{} {time}", written.get(..10).unwrap_or_default()),
            Times::Age => format!("{:>6}", age(at, self.now)),
        };
        format!("{text:<width$}").chars().take(width - 1).chain([' ']).collect()
    }

    /// `12:03:21`, by the clock that times are shown by.
    pub fn time_of(&self, at: Stamp) -> String {
        let local = at.plus_micros(self.ahead() * 1_000_000).rfc3339();
        format!("{}{}", local.get(11..19).unwrap_or_default(), if self.utc { "Z" } else { "" })
    }

    fn ahead(&self) -> i64 {
        if self.utc { 0 } else { i64::from(self.offset) }
    }

    /// The time that a person means: `10m` (ago; also `90s`, `2h`, `1d`, `1h30m`), `12:03` or `12:03:30` (the last
    /// time that the clock showed it), `2026-11-24`, `2026-11-24T12:03` with seconds and zone or without. The error is
    /// a sentence for the person.
    pub fn read(&self, typed: &str) -> Result<Stamp, String> {
        let typed = typed.trim();
        let found = seconds(typed).map(|seconds| self.now.plus_micros(-seconds.saturating_mul(1_000_000)));
        let found = found.or_else(|| self.time_of_day(typed)).or_else(|| self.date(typed));
        found
            .filter(|at| at.is_set())
            .ok_or_else(|| format!("`{typed}` is no time: write 10m, 12:03, 2026-11-24 or 2026-11-24T12:03"))
    }

    fn time_of_day(&self, typed: &str) -> Option<Stamp> {
        let parts: Vec<i64> = typed.split(':').map(number).collect::<Option<_>>()?;
        let seconds = match parts[..] {
            [hour @ 0..24, minute @ 0..60] => hour * 3_600 + minute * 60,
            [hour @ 0..24, minute @ 0..60, second @ 0..60] => hour * 3_600 + minute * 60 + second,
            _ => return None,
        };
        let local = self.now.seconds() + self.ahead();
        let today = local - local.rem_euclid(86_400) + seconds;
        let last = if today > local { today - 86_400 } else { today };
        Some(Stamp::from_seconds(last - self.ahead()))
    }

    fn date(&self, typed: &str) -> Option<Stamp> {
        let typed = typed.replacen(' ', "T", 1).to_ascii_uppercase();
        let whole = Stamp::parse(&typed);
        if whole.is_set() {
            return Some(whole);
        }
        let filled = match typed.len() {
            10 => format!("{typed}T00:00:00Z"),
            16 => format!("{typed}:00Z"),
            17 if typed.ends_with('Z') => format!("{}:00Z", typed.get(..16)?),
            _ => format!("{typed}Z"),
        };
        let ahead = if typed.ends_with('Z') { 0 } else { self.ahead() };
        Some(Stamp::parse(&filled).plus_micros(-ahead * 1_000_000)).filter(|at| at.is_set())
    }
}

fn number(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clock() -> Clock {
        Clock { times: Times::Clock, utc: false, offset: 9 * 3_600, now: Stamp::parse("2026-11-24T08:10:00Z") }
    }

    #[test]
    fn the_forms_of_a_time() {
        let at = Stamp::parse("2026-11-23T22:10:28.217687Z");
        let mut clock = clock();
        let mut texts = Vec::new();
        for _ in 0..4 {
            texts.push(clock.text(at));
            clock.times = clock.times.next();
        }
        assert_eq!(texts, ["07:10:28.217 ", "2026-11-24 07:10:28.217 ", "    9h ", ""]);
        (clock.times, clock.utc) = (Times::Date, true);
        assert_eq!(clock.text(at), "2026-11-23 22:10:28.217Z ");
        assert_eq!(clock.text(Stamp::NONE), " ".repeat(25));
    }

    #[test]
    fn what_a_person_types() {
        for (typed, at) in [
            ("10m", "2026-11-24T08:00:00Z"),
            ("1h30m", "2026-11-24T06:40:00Z"),
            ("2d", "2026-11-22T08:10:00Z"),
            ("17:00", "2026-11-24T08:00:00Z"),
            ("17:20:30", "2026-11-23T08:20:30Z"),
            ("2026-11-24", "2026-11-23T15:00:00Z"),
            ("2026-11-24T12:03", "2026-11-24T03:03:00Z"),
            ("2026-11-24 12:03:04", "2026-11-24T03:03:04Z"),
            ("2026-11-24T12:03Z", "2026-11-24T12:03:00Z"),
            ("2026-11-24T12:03:04+09:00", "2026-11-24T03:03:04Z"),
        ] {
            assert_eq!(clock().read(typed), Ok(Stamp::parse(at)), "{typed}");
        }
        for typed in ["", "10", "m", "25:00", "12:60", "yesterday", "2026-13-01", "99999999999999999999d"] {
            assert!(clock().read(typed).is_err(), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn any_text_and_any_time(typed in "[0-9:dhmsTZ +-]{0,24}|\\PC{0,9}", micros: i64) {
            let _refused = clock().read(&typed);
            for times in [Times::Off, Times::Clock, Times::Date, Times::Age] {
                let clock = Clock { times, ..clock() };
                let text = clock.text(Stamp::from_seconds(0).plus_micros(micros));
                prop_assert_eq!(text.chars().count(), clock.width());
            }
        }
    }
}
