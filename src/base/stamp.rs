//! A moment in time as rows keep it: eight bytes, with a value for "not set".

use std::fmt;

use serde::{Deserialize, Serialize};

const MICROS: i64 = 1_000_000;

/// Microseconds since the Unix epoch, or [`Stamp::NONE`].
///
/// Rows hold tens of thousands of these, so "not set" is a value and not an `Option`, which would be
/// twice the size. Orders by time; `NONE` sorts before every other moment, as kubectl sorts unset times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp(i64);

impl Stamp {
    /// Not set. Kubernetes' zero time.
    pub const NONE: Self = Self(i64::MIN);

    /// From whole seconds and nanoseconds, as protobuf `Time` has them. Zero seconds at year 1 (Go's zero
    /// time) and anything out of range is [`Stamp::NONE`].
    pub fn from_parts(seconds: i64, nanos: i32) -> Self {
        // Go's zero time, 0001-01-01T00:00:00Z, is what a missing time decodes to on the wire.
        const GO_ZERO: i64 = -62_135_596_800;
        if seconds <= GO_ZERO {
            return Self::NONE;
        }
        seconds
            .checked_mul(MICROS)
            .and_then(|micros| micros.checked_add(i64::from(nanos) / 1_000))
            .map_or(Self::NONE, Self)
    }

    /// From whole seconds since the epoch.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_parts(seconds, 0)
    }

    /// From milliseconds since the epoch.
    pub fn from_millis(millis: i64) -> Self {
        millis.checked_mul(1_000).map_or(Self::NONE, Self)
    }

    /// Reads RFC 3339, with or without fractions. Anything else is [`Stamp::NONE`].
    pub fn parse(text: &str) -> Self {
        text.parse::<jiff::Timestamp>()
            .map_or(Self::NONE, |at| Self::from_parts(at.as_second(), at.subsec_nanosecond()))
    }

    /// Whether a time is set at all.
    pub fn is_set(self) -> bool {
        self != Self::NONE
    }

    /// Whole seconds since the epoch, rounded down. Zero when not set.
    pub fn seconds(self) -> i64 {
        if self.is_set() { self.0.div_euclid(MICROS) } else { 0 }
    }

    /// Milliseconds since the epoch, rounded down. Zero when not set.
    pub fn millis(self) -> i64 {
        if self.is_set() { self.0.div_euclid(1_000) } else { 0 }
    }

    /// Microseconds from `earlier` to this moment; `None` when either is not set.
    pub fn micros_since(self, earlier: Self) -> Option<i64> {
        (self.is_set() && earlier.is_set()).then(|| self.0.saturating_sub(earlier.0))
    }

    /// This moment moved by `micros`. Not set stays not set.
    #[must_use]
    pub fn plus_micros(self, micros: i64) -> Self {
        if self.is_set() { Self(self.0.saturating_add(micros)) } else { Self::NONE }
    }

    /// The later of the two; a set time wins over one that is not.
    #[must_use]
    pub fn latest(self, other: Self) -> Self {
        self.max(other)
    }

    fn jiff(self) -> Option<jiff::Timestamp> {
        self.is_set().then(|| jiff::Timestamp::from_microsecond(self.0).ok()).flatten()
    }

    /// `2026-11-24T07:34:06Z`; empty when not set.
    pub fn rfc3339(self) -> String {
        self.jiff().map_or_else(String::new, |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// `2026-11-24T07:34:06.123456789Z`, the last three digits being `nanos`; empty when not set.
    pub fn rfc3339_nanos(self, nanos: u16) -> String {
        let form = format!("%Y-%m-%dT%H:%M:%S.%6f{:03}Z", nanos.min(999));
        self.jiff().map_or_else(String::new, |at| at.strftime(&form).to_string())
    }

    /// `Tue, 24 Nov 2026 07:34:06 +0000`, the form `kubectl describe` prints; empty when not set.
    pub fn rfc1123(self) -> String {
        self.jiff().map_or_else(String::new, |at| at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string())
    }
}

impl Default for Stamp {
    fn default() -> Self {
        Self::NONE
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_set() { f.write_str(&self.rfc3339()) } else { f.write_str("unset") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_forms_of_the_api() {
        let at = Stamp::parse("2026-11-24T07:34:06.123456Z");
        assert_eq!(at.rfc3339(), "2026-11-24T07:34:06Z");
        assert_eq!(at.rfc3339_nanos(7), "2026-11-24T07:34:06.123456007Z");
        assert_eq!(at.rfc1123(), "Tue, 24 Nov 2026 07:34:06 +0000");
        assert_eq!(at.millis() % 1_000, 123);
        assert_eq!(Stamp::parse("2026-11-24T09:34:06+02:00").seconds(), at.seconds());
    }

    #[test]
    fn what_is_no_time_is_not_set() {
        for text in ["", "yesterday", "0001-01-01T00:00:00Z"] {
            assert!(!Stamp::parse(text).is_set(), "{text}");
        }
        assert_eq!(Stamp::from_parts(i64::MAX, 0), Stamp::NONE);
        assert!(Stamp::NONE < Stamp::from_seconds(-5));
    }
}
