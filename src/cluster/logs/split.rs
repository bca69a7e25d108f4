//! From the bytes of a log with time stamps to its lines. Start with [`Splitter::next`].
//!
//! A line is borrowed from the bytes that came, where it came in one piece: nothing is copied or allocated for it here.

use std::borrow::Cow;

use memchr::memchr;

use crate::base::stamp::Stamp;

/// How much of a line is kept for the screen, in bytes with its time stamp. Memory stays bounded whatever a container
/// writes.
pub const KEPT: usize = 1 << 20;

const NANOS: i64 = 1_000_000_000;
/// `2026-11-24T08:10:28.217687872+02:00`
const LONGEST_TIME: usize = 35;
/// `2026-11-24T08:10:`
const TO_THE_MINUTE: usize = 17;

/// A line as the node sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawLine<'a> {
    /// Nanoseconds since the epoch; `None` when the line does not begin with a time.
    pub nanos: Option<i64>,
    /// What was kept of it, with its time and without its line break.
    bytes: Cow<'a, [u8]>,
    /// Where the text begins in `bytes`.
    text_at: usize,
    /// Bytes of the whole text, kept or not.
    pub length: u64,
    /// Whether the text is not the whole line.
    pub is_cut: bool,
    /// Whether its line break has come.
    pub has_end: bool,
}

impl RawLine<'_> {
    /// The text behind the time, as it came.
    pub fn text(&self) -> &[u8] {
        &self.bytes[self.text_at..]
    }

    /// The line with its time, as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether this may be the beginning of a time, and no line yet: where a stream was cut.
    pub fn is_part_of_time(&self) -> bool {
        self.nanos.is_none() && self.bytes.iter().all(|byte| byte.is_ascii_digit() || b"-:.TZ+".contains(byte))
    }

    /// The time, in the precision that the screen needs.
    pub fn at(&self) -> Stamp {
        self.nanos.map_or(Stamp::NONE, super::stamp)
    }

    /// The line for itself.
    pub fn into_owned(self) -> RawLine<'static> {
        let Self { nanos, bytes, text_at, length, is_cut, has_end } = self;
        RawLine { nanos, bytes: Cow::Owned(bytes.into_owned()), text_at, length, is_cut, has_end }
    }
}

/// Cuts a stream of bytes into lines. A line may arrive in any number of pieces.
#[derive(Debug)]
pub struct Splitter {
    /// The beginning of a line whose end has not come.
    kept: Vec<u8>,
    /// Bytes of that line so far.
    length: u64,
    /// Whether the kept line was given out.
    is_given: bool,
    /// How much of a line is kept.
    longest: usize,
    minute: Minute,
}

impl Default for Splitter {
    fn default() -> Self {
        Self::keeping(KEPT)
    }
}

impl Splitter {
    /// Keeps so many bytes of a line.
    pub fn keeping(longest: usize) -> Self {
        Self { kept: Vec::new(), length: 0, is_given: false, longest, minute: Minute::default() }
    }

    /// Takes bytes up to the end of the next line, which it gives; `None` when all are taken and no line is whole.
    pub fn next<'s, 'd: 's>(&'s mut self, data: &mut &'d [u8]) -> Option<RawLine<'s>> {
        self.forget_given();
        let Some(end) = memchr(b'\n', data) else {
            self.keep(std::mem::take(data));
            return None;
        };
        let (line, rest) = data.split_at(end);
        *data = &rest[1..];
        // Nearly every line arrives in one piece: no copy of it is needed.
        let (bytes, length) = if self.length == 0 {
            (line, line.len() as u64)
        } else {
            self.keep(line);
            self.is_given = true;
            (self.kept.as_slice(), self.length)
        };
        Some(RawLine { has_end: true, ..read(&bytes[..bytes.len().min(self.longest)], length, &mut self.minute) })
    }

    /// The last line, where the stream ended without a line break.
    pub fn finish(&mut self) -> Option<RawLine<'static>> {
        self.forget_given();
        let line = (self.length > 0).then(|| read(&self.kept, self.length, &mut self.minute).into_owned());
        self.is_given = true;
        line
    }

    fn forget_given(&mut self) {
        if std::mem::take(&mut self.is_given) {
            self.length = 0;
            self.kept.clear();
            // One huge line must not hold its memory for the life of the stream.
            self.kept.shrink_to(64 << 10);
        }
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = self.longest.saturating_sub(self.kept.len()).min(piece.len());
        self.kept.extend_from_slice(&piece[..room]);
        self.length += piece.len() as u64;
    }
}

/// Reads a line of `length` bytes, of which `kept` are the beginning.
fn read<'a>(kept: &'a [u8], length: u64, minute: &mut Minute) -> RawLine<'a> {
    let is_cut = (kept.len() as u64) < length;
    let kept = if is_cut { whole_characters(kept) } else { kept };
    let (nanos, text_at) = match split_time(kept, minute) {
        Some((nanos, text_at)) => (Some(nanos), text_at),
        None => (None, 0),
    };
    RawLine { nanos, bytes: Cow::Borrowed(kept), text_at, length: length - text_at as u64, is_cut, has_end: false }
}

/// The time at the beginning, and where the text begins, behind the one space after it.
fn split_time(line: &[u8], minute: &mut Minute) -> Option<(i64, usize)> {
    let end = line.iter().take(LONGEST_TIME + 1).position(|byte| *byte == b' ')?;
    let time = &line[..end];
    Some((minute.nanos(time).or_else(|| whole_time(time))?, end + 1))
}

/// Any time in RFC 3339.
fn whole_time(time: &[u8]) -> Option<i64> {
    let time: jiff::Timestamp = str::from_utf8(time).ok()?.parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

/// The minute of the line before: nearly every line is of the same one, so that only seconds have to be read.
#[derive(Debug, Default)]
struct Minute {
    text: [u8; TO_THE_MINUTE],
    nanos: i64,
}

impl Minute {
    /// A time in UTC; `None` for any other form, which may be a time all the same.
    fn nanos(&mut self, time: &[u8]) -> Option<i64> {
        let (minute, rest) = time.split_at_checked(TO_THE_MINUTE)?;
        let (seconds, fraction) = rest.strip_suffix(b"Z")?.split_at_checked(2)?;
        let seconds = digits(seconds).filter(|seconds| *seconds < 60)?;
        let fraction = match fraction {
            [] => 0,
            [b'.', digits_of @ ..] if (1..=9).contains(&digits_of.len()) => {
                digits(digits_of)? * 10_i64.pow(9 - digits_of.len() as u32)
            }
            _ => return None,
        };
        if minute != self.text {
            self.nanos = whole_time(&[minute, b"00Z"].concat())?;
            self.text.copy_from_slice(minute);
        }
        self.nanos.checked_add(seconds * NANOS + fraction)
    }
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// `bytes` without a character that was cut at their end.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    let tail = bytes.len().saturating_sub(3);
    let begun = bytes[tail..].iter().rposition(|byte| *byte >= 0b1100_0000);
    match begun.map(|at| tail + at) {
        Some(at) if str::from_utf8(&bytes[at..]).is_err() => &bytes[..at],
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(pieces: &[&[u8]]) -> Vec<RawLine<'static>> {
        let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
        for mut piece in pieces.iter().copied() {
            while let Some(line) = splitter.next(&mut piece) {
                lines.push(line.into_owned());
            }
        }
        lines.extend(splitter.finish());
        lines
    }

    #[test]
    fn the_time_is_taken_off_a_line() {
        let lines = split(&[b"2026-11-24T08:10:28.217687872Z  two spaces\n2026-11-24T10:10:28+02:00 x"]);
        assert_eq!((lines[0].text(), lines[1].text()), (&b" two spaces"[..], &b"x"[..]));
        assert_eq!(
            (lines[0].has_end, lines[1].has_end, lines[1].bytes()),
            (true, false, &b"2026-11-24T10:10:28+02:00 x"[..])
        );
        assert_eq!(lines[0].nanos.map(|nanos| nanos % NANOS), Some(217_687_872));
        assert_eq!(lines[1].at().rfc3339(), "2026-11-24T08:10:28Z");
        assert_eq!(lines[0].length, 11);
    }

    #[test]
    fn a_time_that_was_cut_is_known() {
        let rest = |text: &[u8]| split(&[text]).remove(0).is_part_of_time();
        assert!(rest(b"2027-0") && rest(b"2026-11-24T08:10:28.217687872Z"));
        assert!(!rest(b"2026-11-24T08:10:28Z ") && !rest(b"unable to retrieve container logs for x"));
    }

    #[test]
    fn what_has_no_time_is_a_line_all_the_same() {
        for text in ["unable to retrieve container logs for x", "", "2026-11-24T08:10:28Z", "2026 \u{7f}"] {
            let line = format!("{text}\n");
            assert_eq!(split(&[line.as_bytes()])[0].text(), text.as_bytes());
        }
        assert_eq!(split(&[b"\n\n"]).len(), 2);
        assert!(split(&[b""]).is_empty());
    }

    #[test]
    fn an_empty_line_keeps_its_time() {
        let lines = split(&[b"2026-11-24T08:10:28Z \n"]);
        assert!(lines[0].nanos.is_some() && lines[0].text().is_empty());
    }

    #[test]
    fn a_huge_line_is_cut_between_characters() {
        let mut data = b"2026-11-24T08:10:28Z ".to_vec();
        let text = "日".repeat(5 << 20 >> 1);
        data.extend(text.as_bytes());
        data.push(b'\n');
        data.extend(b"next");
        let pieces: Vec<_> = data.chunks(32 << 10).collect();
        for lines in [split(&[&data]), split(&pieces)] {
            assert!(lines[0].is_cut && lines[0].text().len() <= KEPT && lines[0].text().ends_with("日".as_bytes()));
            assert_eq!(lines[0].length, text.len() as u64);
            assert_eq!((lines[1].text(), lines[1].is_cut), (&b"next"[..], false));
        }
    }

    #[test]
    fn bytes_stay_as_they_came() {
        assert_eq!(split(&[b"a\xffb\xe6\x97\r\n"])[0].text(), b"a\xffb\xe6\x97\r");
    }

    proptest! {
        /// The short way and the long way agree on every time and on what is none.
        #[test]
        fn a_time_is_what_it_is_however_it_is_read(
            seconds in 0i64..4_000_000_000, nanos in 0u32..1_000_000_000, digits in 0usize..12, from in 0usize..30, put in "[0-9Z:.+-]{0,2}",
        ) {
            let time = Stamp::from_seconds(seconds).rfc3339();
            let fraction = format!(".{nanos:09}000");
            let fraction = if digits == 0 { "" } else { &fraction[..=digits] };
            let mut text = time.replace('Z', &format!("{fraction}Z"));
            if from < text.len() {
                text.replace_range(from..(from + put.len()).min(text.len()), &put);
            }
            let mut minute = Minute::default();
            for _ in 0..2 {
                let short = minute.nanos(text.as_bytes());
                prop_assert!(short.is_none() || short == whole_time(text.as_bytes()), "{}", text);
            }
        }

        #[test]
        fn pieces_do_not_matter(data in "[a\\n日Z 2]{0,60}", cuts in proptest::collection::vec(0usize..200, 0..5)) {
            let data = data.as_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(data.len())).collect();
            cuts.sort_unstable();
            let (mut pieces, mut from) = (Vec::new(), 0);
            for cut in cuts {
                pieces.push(&data[from..cut]);
                from = cut;
            }
            pieces.push(&data[from..]);
            prop_assert_eq!(split(&pieces), split(&[data]));
        }
    }
}
