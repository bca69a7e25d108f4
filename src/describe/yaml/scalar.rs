//! How a string is written so that it reads back as the same string. Rules: sigs.k8s.io/yaml (goyaml.v2):
//! its reader follows YAML 1.1, where `yes`, `0777`, `1_000` and `1:20` are no strings.

/// The four ways to write a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As it is.
    Plain,
    /// `'…'`.
    Single,
    /// `"…"` with escapes.
    Double,
    /// `|` and lines of text.
    Literal,
}

/// The way in which kubectl writes `text`.
pub(super) fn style(text: &str) -> Style {
    let shape = Shape::of(text);
    if text.contains('\n') {
        return if shape.literal { Style::Literal } else { Style::Double };
    }
    if reads_as_another_type(text) {
        return Style::Double;
    }
    match (shape.plain, shape.single) {
        (true, _) => Style::Plain,
        (false, true) => Style::Single,
        (false, false) => Style::Double,
    }
}

/// The way in which a key of a map is written. As kubectl does, but for `<<`: a reader would take that for
/// an order to merge, and refuse.
pub(super) fn key_style(text: &str) -> Style {
    if text == "<<" { Style::Double } else { style(text) }
}

/// The ways that the characters of a text allow.
struct Shape {
    plain: bool,
    single: bool,
    literal: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let spaced = |c: &char| matches!(c, ' ' | '\n');
        let has = |pair: fn(char, char) -> bool| chars.windows(2).any(|two| pair(two[0], two[1]));
        let unprintable = chars.iter().any(|c| !is_printable(*c));
        let space_before_break = has(|one, two| one == ' ' && two == '\n');
        let space_after_break = has(|one, two| one == '\n' && two == ' ');
        let at_an_end = chars.first().is_some_and(spaced) || chars.last().is_some_and(spaced);
        let breaks = chars.contains(&'\n');
        let unsafe_anywhere = unprintable || space_before_break;
        Self {
            plain: !(unsafe_anywhere || at_an_end || breaks || has_indicators(&chars)),
            single: !(unsafe_anywhere || space_after_break),
            literal: !(unsafe_anywhere || chars.last() == Some(&' ')),
        }
    }
}

/// Characters that mean something where they stand.
fn has_indicators(chars: &[char]) -> bool {
    let blank = |at: usize| chars.get(at).is_none_or(|c| matches!(c, ' ' | '\n'));
    let first = match chars.first() {
        Some('#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => true,
        Some('?' | ':' | '-') => blank(1),
        _ => false,
    };
    let document_mark = chars.starts_with(&['-'; 3]) || chars.starts_with(&['.'; 3]);
    let inside = chars.iter().enumerate().skip(1).any(|(at, c)| match c {
        ':' => blank(at + 1),
        '#' => blank(at - 1),
        _ => false,
    });
    first || document_mark || inside
}

/// What may stand in a text as it is; everything else is escaped. The line separators of Unicode are
/// escaped too: kubectl writes them raw, so that they read back but cannot be seen.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
        && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a reader would take `text`, written plainly, for something other than a string.
fn reads_as_another_type(text: &str) -> bool {
    match text.as_bytes().first() {
        None => true,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => is_word(text),
        Some(b'.') => matches!(text, ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF") || is_float(text),
        Some(b'+' | b'-' | b'0'..=b'9') => is_number(text) || is_time(text) || is_base_60(text),
        Some(_) => false,
    }
}

fn is_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "yes", "n", "no", "true", "false", "on", "off", "null"];
    let lower = text.to_ascii_lowercase();
    // `yES` is a string: a word is all small, all capitals, or begins with one.
    let same_case = text[1..] == lower[1..] || text == lower.to_ascii_uppercase();
    text == "~" || (same_case && WORDS.contains(&lower.as_str()))
}

fn is_number(text: &str) -> bool {
    let digits = text.replace('_', "");
    is_integer(&digits) || is_float(&digits) || matches!(unsigned(text), ".inf" | ".Inf" | ".INF")
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

/// Whole numbers of up to 64 bits, in the bases that Go reads: `0x1F`, `0b1`, `0o17`, `017`.
fn is_integer(text: &str) -> bool {
    let digits = unsigned(text);
    let (base, digits) = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    digits.bytes().next().is_some_and(|digit| digit.is_ascii_alphanumeric())
        && u64::from_str_radix(digits, base).is_ok_and(|value| {
            // A negative number has one bit less, and a sign is only read with the smaller type.
            !text.starts_with(['+', '-']) || value <= i64::MAX as u64 + u64::from(text.starts_with('-'))
        })
}

/// `1.5`, `.5`, `1.`, `1e3`, `1.5E-3`, with a sign; what no `f64` holds is none.
fn is_float(text: &str) -> bool {
    let (number, exponent) = match unsigned(text).split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (unsigned(text), None),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| !unsigned(exponent).is_empty() && digits(unsigned(exponent)));
    digits(whole)
        && digits(fraction)
        && whole.len() + fraction.len() > 0
        && exponent_fits
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Numbers with colons, of YAML 1.1: `1:20`, `190:20:30.15`.
fn is_base_60(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = unsigned(whole).split(':');
    let head = parts.next().unwrap_or_default();
    let head_fits =
        head.starts_with(|c: char| c.is_ascii_digit()) && head.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut count = 0;
    let tail_fits = parts.all(|part| {
        count += 1;
        match part.as_bytes() {
            [digit] => digit.is_ascii_digit(),
            [ten, digit] => (b'0'..=b'5').contains(ten) && digit.is_ascii_digit(),
            _ => false,
        }
    });
    head_fits && tail_fits && count > 0 && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// Dates and times: `2026-1-2`, `2026-01-02T03:04:05.6Z`, `2026-01-02 03:04:05`.
fn is_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else { return is_date(text) };
    let separator = text.as_bytes().get(date.len()).copied();
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => (&time[..at], &time[at..]),
        None => (time, ""),
    };
    // With a blank there is no zone, else there must be one.
    let zone_fits = if separator == Some(b' ') { zone.is_empty() } else { is_zone(zone) };
    is_date(date) && is_clock(clock) && zone_fits
}

/// A year of four digits, then month and day of one or two.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let year = parts.next().filter(|year| year.len() == 4).and_then(whole);
    let (month, day) = (parts.next().and_then(short), parts.next().and_then(short));
    let (Some(year), Some(month), Some(day), None) = (year, month, day, parts.next()) else { return false };
    let (year, month, day) = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    matches!((year, month, day), (Ok(year), Ok(month), Ok(day)) if jiff::civil::Date::new(year, month, day).is_ok())
}

fn is_clock(text: &str) -> bool {
    let (text, fraction) = text.split_once('.').map_or((text, None), |(text, rest)| (text, Some(rest)));
    let mut parts = text.split(':');
    let (hour, minute, second) = (parts.next(), parts.next(), parts.next());
    let part = |part: Option<&str>, largest: u32| part.and_then(short).is_some_and(|value| value <= largest);
    part(hour, 23)
        && part(minute, 59)
        && part(second, 59)
        && parts.next().is_none()
        && fraction.is_none_or(|fraction| whole(fraction).is_some())
}

fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let parts = text.strip_prefix(['+', '-']).and_then(|zone| zone.split_once(':'));
    parts.is_some_and(|(hour, minute)| {
        let two = |text: &str, largest| text.len() == 2 && whole(text).is_some_and(|value| value <= largest);
        two(hour, 24) && two(minute, 60)
    })
}

/// One or two digits.
fn short(text: &str) -> Option<u32> {
    whole(text).filter(|_| text.len() <= 2)
}

/// Digits and nothing else; large numbers saturate.
fn whole(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_readers_take_for_another_type_is_quoted() {
        for text in [
            "",
            "~",
            "yes",
            "No",
            "ON",
            "y",
            "true",
            "null",
            "0",
            "017",
            "0x1F",
            "0b11",
            "1_000",
            "-0",
            "+1.5",
            ".5",
            "1.",
            "1e3",
            ".inf",
            "-.Inf",
            ".nan",
            "1:20",
            "190:20:30.15",
            "2026-01-02",
            "2026-01-02T03:04:05Z",
            "2026-01-02 3:4:5",
            "18446744073709551615",
            "1e300",
        ] {
            assert_eq!(style(text), Style::Double, "{text:?}");
        }
    }

    #[test]
    fn what_only_looks_like_another_type_is_not() {
        for text in [
            "yES",
            "nope",
            "nULL",
            "1e",
            "e1",
            "0x",
            "0xZZ",
            "1.2.3",
            "_1",
            "1:60x",
            "1:",
            "10.1.1.1",
            "2026-13-02",
            "2026-01",
            "2026-01-02T03:04:05",
            "2026-01-02T24:00:00Z",
            "1e400",
            "12h",
            "100Mi",
            "=",
            "<<",
            "inf",
            "a:b",
            "-a",
            "a#b",
            "a?",
            "é",
            "18446744073709551616x",
        ] {
            assert_eq!(style(text), if text == "1:" { Style::Single } else { Style::Plain }, "{text:?}");
        }
        assert_eq!(key_style("<<"), Style::Double);
    }

    #[test]
    fn indicators_and_blanks_are_quoted() {
        for text in [
            " a", "a ", "# a", "a #b", "a: b", "a:", "- a", "-", "---", "... a", "*a", "&a", "!a", "%a", "@a", "`a",
            "'a", "\"a", "[a", "{a", "? a", "|", ">",
        ] {
            assert_eq!(style(text), Style::Single, "{text:?}");
        }
    }

    #[test]
    fn lines_are_kept_where_nothing_is_lost() {
        assert_eq!(style("a\n b\n"), Style::Literal);
        for text in ["a \nb", "a\n\u{1b}", "a\tb\n", "a\r\n", "\u{85}", "\u{2028}", "😀", "a\u{7f}", "a\n "] {
            assert_eq!(style(text), Style::Double, "{text:?}");
        }
    }
}
