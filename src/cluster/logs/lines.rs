//! What the lines of a log become on their way to whoever reads them: text for a screen, or bytes for a pipe.

use super::data::LogLine;
use super::split::{KEPT, RawLine};

/// Lines of one batch.
pub trait Lines: Default + Clone + PartialEq + Send {
    /// How much of a line is kept, in bytes with its time.
    const KEPT: usize;
    /// A batch of so many lines is handed over.
    const BATCH: usize;

    /// Puts a line behind the others.
    fn add(&mut self, line: &RawLine<'_>);
}

impl Lines for Vec<LogLine> {
    const KEPT: usize = KEPT;
    const BATCH: usize = 200;

    fn add(&mut self, line: &RawLine<'_>) {
        self.push(shown(line));
    }
}

/// A line as a screen has it.
pub fn shown(line: &RawLine<'_>) -> LogLine {
    let cut_from = if line.is_cut { line.length } else { 0 };
    // Nanoseconds of a microsecond fit.
    let nanos = line.nanos.map_or(0, |nanos| nanos.rem_euclid(1_000) as u16);
    LogLine { at: line.at(), nanos, text: String::from_utf8_lossy(line.text()).into(), cut_from }
}

/// Lines byte for byte as the container wrote them, each with its line break; before each stands the node's time, where
/// `TIMES` says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogBytes<const TIMES: bool> {
    /// The bytes.
    pub data: Vec<u8>,
    /// How many lines were too long to be kept whole.
    pub cut: usize,
}

impl<const TIMES: bool> Lines for LogBytes<TIMES> {
    /// Above this, a pipe gets the beginning: a line is compared as a whole when a log is taken up again.
    const KEPT: usize = 64 << 20;
    const BATCH: usize = usize::MAX;

    fn add(&mut self, line: &RawLine<'_>) {
        self.data.extend_from_slice(if TIMES { line.bytes() } else { line.text() });
        if line.has_end {
            self.data.push(b'\n');
        }
        self.cut += usize::from(line.is_cut);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::logs::split::Splitter;

    fn through<L: Lines>(bytes: &[u8]) -> L {
        let (mut splitter, mut lines, mut rest) = (Splitter::keeping(L::KEPT), L::default(), bytes);
        while let Some(line) = splitter.next(&mut rest) {
            lines.add(&line);
        }
        splitter.finish().iter().for_each(|line| lines.add(line));
        lines
    }

    #[test]
    fn bytes_are_those_that_came_but_for_the_times() {
        let sent =
            b"2026-11-24T08:10:28.217687872+02:00 a\xff\r\n2026-11-24T08:10:29Z \nno time\n2026-11-24T08:10:29Z end";
        assert_eq!(through::<LogBytes<true>>(sent).data, sent);
        assert_eq!(through::<LogBytes<false>>(sent).data, b"a\xff\r\n\nno time\nend");
    }

    #[test]
    fn a_line_that_is_cut_for_the_screen_is_whole_on_a_pipe() {
        let sent = [b"2026-11-24T08:10:28Z ".as_slice(), &vec![b'x'; 5 << 20], b"\n"].concat();
        assert_eq!(through::<Vec<LogLine>>(&sent)[0].cut_from, 5 << 20);
        let bytes = through::<LogBytes<true>>(&sent);
        assert_eq!((bytes.data == sent, bytes.cut), (true, 0));
    }

    #[test]
    fn the_screen_has_text_and_the_time_to_the_nanosecond() {
        let line = &through::<Vec<LogLine>>(b"2026-11-24T08:10:28.217687872Z a\xffb\xe6\x97\n")[0];
        assert_eq!(
            (&*line.text, line.nanos, line.at.rfc3339_nanos(line.nanos).as_str()),
            ("a\u{fffd}b\u{fffd}", 872, "2026-11-24T08:10:28.217687872Z")
        );
    }
}
