//! Kubernetes quantities (`500m`, `1.5Gi`, `1e3`) with exact arithmetic.
//!
//! The rules are those of apimachinery's `api/resource`: three ways of writing, one canonical text for
//! each value, nothing finer than a billionth, nothing larger than an `i64` holds. No floating point but in
//! [`percent`], which is given the results of [`Quantity::value`] or [`Quantity::milli_value`].

use std::cmp::Ordering;
use std::fmt;
use std::ops::Add;

/// Billionths in one unit; every quantity is a whole number of them.
const NANOS: i128 = 1_000_000_000;
/// The largest amount that a quantity can hold; larger input is cut to it, as the API server does.
const LARGEST: i128 = i64::MAX as i128 * NANOS;
/// Digits after the point beyond which only "there was more" matters.
const FRACTION_DIGITS: usize = 18;

/// How a quantity was written, which is how it is written again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    /// Powers of 1000 with a letter: `n u m "" k M G T P E`.
    #[default]
    Decimal,
    /// Powers of 1024 with two letters: `Ki Mi Gi Ti Pi Ei`.
    Binary,
    /// Powers of ten: `e3`.
    Exponent,
}

/// An amount of cpu, memory or anything else that Kubernetes counts.
///
/// Compares by amount, whatever the writing: `1000m` equals `1`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quantity {
    nanos: i128,
    form: Form,
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self { nanos: 0, form: Form::Decimal };

    /// Reads the text of the API. `None` when it is no quantity. What is finer than a billionth is rounded
    /// away from zero.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0 || fraction.contains('.') {
            return None;
        }
        let (form, unit, exponent) = read_suffix(suffix)?;
        let nanos = amount(whole, fraction, unit, exponent);
        Some(Self { nanos: if negative { -nanos } else { nanos }, form })
    }

    /// So many thousandths, written in powers of 1000: cpu.
    pub fn from_milli(milli: i128) -> Self {
        Self { nanos: milli.saturating_mul(NANOS / 1_000), form: Form::Decimal }
    }

    /// So many thousandths, written in powers of 1024: memory.
    pub fn binary_from_milli(milli: i128) -> Self {
        Self { form: Form::Binary, ..Self::from_milli(milli) }
    }

    /// Whole units, rounded away from zero.
    pub fn value(self) -> i64 {
        self.rounded(NANOS)
    }

    /// Thousandths, rounded away from zero.
    pub fn milli_value(self) -> i64 {
        self.rounded(NANOS / 1_000)
    }

    /// The amount rounded up to whole units and written in the way of `other`, if it is written otherwise.
    #[must_use]
    pub fn written_as(self, other: Self) -> Self {
        if self.form == other.form {
            return self;
        }
        Self { nanos: i128::from(self.value()) * NANOS, form: other.form }
    }

    /// Whether there is none of it.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    fn rounded(self, unit: i128) -> i64 {
        let value = divide_up(self.nanos.abs(), unit) * self.nanos.signum();
        i64::try_from(value).unwrap_or(if value > 0 { i64::MAX } else { i64::MIN })
    }

    /// Writes whole `1024`s with their suffix, when the amount can be written so without loss.
    fn binary(self, f: &mut fmt::Formatter<'_>) -> Option<fmt::Result> {
        const SUFFIXES: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
        if self.nanos.abs() < 1024 * NANOS || self.nanos % NANOS != 0 {
            return None;
        }
        let mut value = self.nanos / NANOS;
        let mut power = 0;
        while value % 1024 == 0 && power + 1 < SUFFIXES.len() {
            value /= 1024;
            power += 1;
        }
        Some(write!(f, "{value}{}", SUFFIXES[power]))
    }

    fn decimal(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SUFFIXES: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
        let mut value = self.nanos;
        let mut power = 0;
        while value % 1000 == 0 && power + 1 < SUFFIXES.len() {
            value /= 1000;
            power += 1;
        }
        let exponent = power as i32 * 3 - 9;
        match self.form {
            Form::Exponent if exponent == 0 => write!(f, "{value}"),
            Form::Exponent => write!(f, "{value}e{exponent}"),
            Form::Decimal | Form::Binary => write!(f, "{value}{}", SUFFIXES[power]),
        }
    }
}

/// The whole percent that `amount` is of `base`, cut as kubectl cuts it (in floating point, so that 29 of 100 may be
/// 28). Nothing of nothing is 0, where kubectl prints the smallest 64-bit number.
pub fn percent(amount: i64, base: i64) -> i64 {
    if base == 0 { 0 } else { (amount as f64 / base as f64 * 100.0) as i64 }
}

/// What a suffix means: the form, a factor, and a power of ten to multiply with.
fn read_suffix(suffix: &str) -> Option<(Form, i128, i32)> {
    let binary = |power: u32| Some((Form::Binary, 1_i128 << (10 * power), 0));
    let decimal = |exponent: i32| Some((Form::Decimal, 1, exponent));
    match suffix {
        "" => decimal(0),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            Some((Form::Exponent, 1, exponent.parse().ok()?))
        }
    }
}

/// The amount in billionths, cut to [`LARGEST`].
fn amount(whole: &str, fraction: &str, unit: i128, exponent: i32) -> i128 {
    let kept = &fraction[..fraction.len().min(FRACTION_DIGITS)];
    let more = fraction[kept.len()..].bytes().any(|digit| digit != b'0');
    let mantissa = whole
        .bytes()
        .chain(kept.bytes())
        .try_fold(0_i128, |sum, digit| sum.checked_mul(10)?.checked_add(i128::from(digit - b'0')))
        .and_then(|sum| sum.checked_add(i128::from(more)))
        .and_then(|sum| sum.checked_mul(unit));
    let Some(mantissa) = mantissa else { return LARGEST };
    let shift = i64::from(exponent) + 9 - kept.len() as i64;
    let power = u32::try_from(shift.unsigned_abs()).ok().and_then(|shift| 10_i128.checked_pow(shift));
    let nanos = match (power, shift >= 0) {
        _ if mantissa == 0 => 0,
        (Some(power), true) => mantissa.checked_mul(power).unwrap_or(LARGEST),
        (None, true) => LARGEST,
        (Some(power), false) => divide_up(mantissa, power),
        (None, false) => 1,
    };
    nanos.min(LARGEST)
}

/// `dividend / divisor` of numbers that are not negative, rounded up.
fn divide_up(dividend: i128, divisor: i128) -> i128 {
    dividend / divisor + i128::from(dividend % divisor != 0)
}

impl Add for Quantity {
    type Output = Self;

    /// The sum. It is written as its first operand that is not zero was.
    fn add(self, other: Self) -> Self {
        let form = if self.is_zero() { other.form } else { self.form };
        Self { nanos: self.nanos.saturating_add(other.nanos), form }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl fmt::Display for Quantity {
    /// The canonical text: no fraction, the largest suffix that loses nothing, `0` for nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        match self.form {
            // Small and broken amounts of a binary quantity are written as decimals.
            Form::Binary => self.binary(f).unwrap_or_else(|| self.decimal(f)),
            Form::Decimal | Form::Exponent => self.decimal(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Quantity {
        Quantity::parse(text).unwrap_or_else(|| panic!("{text} is a quantity"))
    }

    #[test]
    fn canonical_texts() {
        let cases = [
            ("0", "0"),
            ("0Mi", "0"),
            ("0.1", "100m"),
            ("1000", "1k"),
            ("1.5Gi", "1536Mi"),
            ("1024Mi", "1Gi"),
            ("1023", "1023"),
            ("0.1Ki", "102400m"),
            ("1.0001Ki", "1024102400u"),
            ("100u", "100u"),
            ("0.0000001", "100n"),
            ("0.0000000001", "1n"),
            ("1e3", "1e3"),
            ("12E2", "1200"),
            ("1E", "1E"),
            ("-5", "-5"),
            (".5", "500m"),
            ("5.", "5"),
            ("1e40", "9223372036854775807"),
            ("999999999999999999999999999999999999999999", "9223372036854775807"),
        ];
        for (text, canonical) in cases {
            assert_eq!(read(text).to_string(), canonical, "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity() {
        for text in ["", "-", ".", "1.2.3", "1 Mi", "1KI", "1e", "1e1.5", "Mi", "0x10", "--1", "é"] {
            assert!(Quantity::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn sums_are_written_as_their_first_operand() {
        let cases = [
            ("64Mi", "128M", "190536Ki"),
            ("1G", "1Gi", "2073741824"),
            ("1000Ki", "24Ki", "1Mi"),
            ("0.5", "1.5", "2"),
            ("1536Mi", "512Mi", "2Gi"),
            ("0", "1Gi", "1Gi"),
        ];
        for (one, other, sum) in cases {
            assert_eq!((read(one) + read(other)).to_string(), sum, "{one} + {other}");
        }
    }

    #[test]
    fn values_round_up() {
        assert_eq!(read("1100m").value(), 2);
        assert_eq!(read("100u").milli_value(), 1);
        assert_eq!(read("-1100m").value(), -2);
        assert_eq!(read("1e40").milli_value(), i64::MAX);
        assert!(read("1000m") == read("1") && read("1Ki") > read("1k"));
    }

    #[test]
    fn from_thousandths() {
        assert_eq!(Quantity::from_milli(1_450).to_string(), "1450m");
        assert_eq!(Quantity::binary_from_milli(2_i128 << 30).to_string(), "2147483648m");
        assert_eq!(Quantity::binary_from_milli((2_i128 << 30) * 1_000).to_string(), "2Gi");
        assert_eq!(Quantity::binary_from_milli(0).to_string(), "0");
    }

    #[test]
    fn percents_are_cut_and_need_a_base() {
        assert_eq!([percent(1, 3), percent(4901, 3000), percent(5, 0)], [33, 163, 0]);
        assert_eq!(percent(29, 100), 28, "kubectl divides in floating point");
    }

    proptest! {
        #[test]
        fn the_canonical_text_reads_back_as_the_same_amount(
            whole in 0_u64..1 << 40, fraction in 0_u32..1000, suffix in "|m|k|M|Ki|Mi|e3|e-3",
        ) {
            let quantity = read(&format!("{whole}.{fraction:03}{suffix}"));
            prop_assert_eq!(read(&quantity.to_string()), quantity);
            prop_assert_eq!(read(&quantity.to_string()).to_string(), quantity.to_string());
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,12}|[-+]?[0-9.]{0,45}[eEKMimn]{0,2}-?[0-9]{0,12}") {
            let _ = Quantity::parse(&text).map(|quantity| (quantity.to_string(), quantity.value()));
        }
    }
}
