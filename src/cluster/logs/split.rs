//! From the bytes of a log with time stamps to its lines. Start with [`Splitter::push`].

use crate::base::stamp::Stamp;

/// How much of a line is kept, in bytes with its time stamp. Memory stays bounded whatever a container writes.
pub const KEPT: usize = 1 << 20;

const NANOS: i64 = 1_000_000_000;

/// A line as the node sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawLine {
    /// Nanoseconds since the epoch; `None` when the line does not begin with a time.
    pub nanos: Option<i64>,
    /// The text behind the time, without the line break; at most about [`KEPT`] bytes of it.
    pub text: Box<str>,
    /// Bytes of the whole text, kept or not.
    pub length: u64,
    /// Whether the text is not the whole line.
    pub is_cut: bool,
}

impl RawLine {
    /// Whether this may be the beginning of a time, and no line yet: where a stream was cut.
    pub fn is_part_of_time(&self) -> bool {
        self.nanos.is_none() && self.text.bytes().all(|byte| byte.is_ascii_digit() || b"-:.TZ+".contains(&byte))
    }

    /// The time, in the precision that the screen needs.
    pub fn at(&self) -> Stamp {
        let parts = |nanos: i64| Stamp::from_parts(nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS) as i32);
        self.nanos.map_or(Stamp::NONE, parts)
    }
}

/// Cuts a stream of bytes into lines. A line may arrive in any number of pieces.
#[derive(Debug, Default)]
pub struct Splitter {
    /// The beginning of a line whose end has not come.
    kept: Vec<u8>,
    /// Bytes of that line so far.
    length: u64,
}

impl Splitter {
    /// Takes bytes and appends the lines that they complete to `lines`.
    pub fn push(&mut self, data: &[u8], lines: &mut Vec<RawLine>) {
        for piece in data.split_inclusive(|byte| *byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                // Nearly every line arrives in one piece: no copy of it is needed.
                Some(line) if self.length == 0 => lines.push(read(line, line.len() as u64)),
                Some(rest) => {
                    self.keep(rest);
                    lines.extend(self.finish());
                }
                None => self.keep(piece),
            }
        }
    }

    /// The last line, where the stream ended without a line break.
    pub fn finish(&mut self) -> Option<RawLine> {
        let line = (self.length > 0).then(|| read(&self.kept, self.length));
        self.length = 0;
        self.kept.clear();
        // One huge line must not hold its memory for the life of the stream.
        self.kept.shrink_to(64 << 10);
        line
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = KEPT.saturating_sub(self.kept.len()).min(piece.len());
        self.kept.extend_from_slice(&piece[..room]);
        self.length += piece.len() as u64;
    }
}

/// Reads a line of `length` bytes, of which `bytes` are the beginning.
fn read(bytes: &[u8], length: u64) -> RawLine {
    let kept = &bytes[..bytes.len().min(KEPT)];
    let is_cut = (kept.len() as u64) < length;
    let kept = if is_cut { whole_characters(kept) } else { kept };
    let (nanos, text, length) = match split_time(kept) {
        Some((nanos, text)) => (Some(nanos), text, length - (kept.len() - text.len()) as u64),
        None => (None, kept, length),
    };
    RawLine { nanos, text: String::from_utf8_lossy(text).into(), length, is_cut }
}

/// The time at the beginning, and what stands behind the one space after it.
fn split_time(line: &[u8]) -> Option<(i64, &[u8])> {
    /// `2026-11-24T08:10:28.217687872+02:00`
    const LONGEST: usize = 35;
    let end = line.iter().take(LONGEST + 1).position(|byte| *byte == b' ')?;
    let time: jiff::Timestamp = str::from_utf8(&line[..end]).ok()?.parse().ok()?;
    Some((i64::try_from(time.as_nanosecond()).ok()?, &line[end + 1..]))
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

    fn split(pieces: &[&[u8]]) -> Vec<RawLine> {
        let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
        for piece in pieces {
            splitter.push(piece, &mut lines);
        }
        lines.extend(splitter.finish());
        lines
    }

    #[test]
    fn the_time_is_taken_off_a_line() {
        let lines = split(&[b"2026-11-24T08:10:28.217687872Z  two spaces\n2026-11-24T10:10:28+02:00 x"]);
        assert_eq!((&*lines[0].text, &*lines[1].text), (" two spaces", "x"));
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
            assert_eq!(&*split(&[line.as_bytes()])[0].text, text);
        }
        assert_eq!(split(&[b"\n\n"]).len(), 2);
        assert!(split(&[b""]).is_empty());
    }

    #[test]
    fn an_empty_line_keeps_its_time() {
        let lines = split(&[b"2026-11-24T08:10:28Z \n"]);
        assert!(lines[0].nanos.is_some() && lines[0].text.is_empty());
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
            assert!(lines[0].is_cut && lines[0].text.len() <= KEPT && lines[0].text.ends_with('日'));
            assert_eq!(lines[0].length, text.len() as u64);
            assert_eq!((&*lines[1].text, lines[1].is_cut), ("next", false));
        }
    }

    #[test]
    fn broken_characters_are_replaced() {
        assert_eq!(&*split(&[b"a\xffb\xe6\x97\n"])[0].text, "a\u{fffd}b\u{fffd}");
    }

    proptest! {
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
