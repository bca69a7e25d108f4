//! Bytes of a log on their way out: as they are, or in whole lines with a prefix. Pure but for the writer.

use std::io::{self, Write};

use memchr::{memchr, memrchr};

/// How the bytes of one log are written.
#[derive(Debug, Default)]
pub struct Lines {
    prefix: Vec<u8>,
    /// Whether other logs are written at the same time, so that no line may be broken.
    shares: bool,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    /// Whether what was written last is not the end of a line.
    is_open: bool,
}

impl Lines {
    /// Lines that begin with `prefix`; without one, and alone, bytes go out as they come.
    pub fn new(prefix: String, shares: bool) -> Self {
        Self { prefix: prefix.into_bytes(), shares, begun: Vec::new(), is_open: false }
    }

    /// Takes what came.
    pub fn push(&mut self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if self.prefix.is_empty() && !self.shares {
            self.is_open = bytes.last().map_or(self.is_open, |last| *last != b'\n');
            return out.write_all(bytes);
        }
        let Some(last) = memrchr(b'\n', bytes) else {
            self.begun.extend_from_slice(bytes);
            return Ok(());
        };
        let (whole, rest) = bytes.split_at(last + 1);
        if self.prefix.is_empty() {
            out.write_all(&self.begun)?;
            out.write_all(whole)?;
        } else {
            self.with_prefix(whole, out)?;
        }
        self.begun.clear();
        self.begun.extend_from_slice(rest);
        Ok(())
    }

    fn with_prefix(&self, whole: &[u8], out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.prefix)?;
        out.write_all(&self.begun)?;
        let mut rest = whole;
        while let Some(end) = memchr(b'\n', rest) {
            let (line, next) = rest.split_at(end + 1);
            out.write_all(line)?;
            if !next.is_empty() {
                out.write_all(&self.prefix)?;
            }
            rest = next;
        }
        Ok(())
    }

    /// What follows is of another run: it does not go on with the last line of the one before.
    pub fn end_line(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let is_open = std::mem::take(&mut self.is_open) || !self.begun.is_empty();
        self.finish(out)?;
        if is_open { out.write_all(b"\n") } else { Ok(()) }
    }

    /// The log is over: a last line without an end is written as it is.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.begun.is_empty() {
            out.write_all(&self.prefix)?;
            out.write_all(&std::mem::take(&mut self.begun))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn through(mut lines: Lines, pieces: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        for piece in pieces {
            lines.push(piece, &mut out).expect("memory takes everything");
        }
        lines.finish(&mut out).expect("memory takes everything");
        out
    }

    #[test]
    fn l06_each_line_has_its_prefix() {
        let lines = || Lines::new("[pod/web-0/app] ".to_owned(), false);
        assert_eq!(through(lines(), &[b"a\n\nb"]), b"[pod/web-0/app] a\n[pod/web-0/app] \n[pod/web-0/app] b");
        assert_eq!(through(lines(), &[b""]), b"");
    }

    #[test]
    fn a_line_is_held_until_it_is_whole() {
        let (mut lines, mut out) = (Lines::new(String::new(), true), Vec::new());
        lines.push(b"a\nb", &mut out).expect("memory takes everything");
        assert_eq!(out, b"a\n");
    }

    #[test]
    fn another_run_begins_a_line() {
        for (mut lines, expected) in
            [(Lines::new(String::new(), false), "a\nb"), (Lines::new("> ".to_owned(), true), "> a\n> b")]
        {
            let mut out = Vec::new();
            for text in ["a", "b"] {
                lines
                    .end_line(&mut out)
                    .and_then(|()| lines.push(text.as_bytes(), &mut out))
                    .expect("memory takes everything");
            }
            lines.finish(&mut out).expect("memory takes everything");
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_wherever_it_is_cut(bytes: Vec<u8>, at: prop::sample::Index, shares: bool) {
            let cut = if bytes.is_empty() { 0 } else { at.index(bytes.len()) };
            let (one, other) = bytes.split_at(cut);
            prop_assert_eq!(through(Lines::new(String::new(), shares), &[one, other]), bytes.clone());
            let with = |pieces: &[&[u8]]| through(Lines::new("> ".to_owned(), shares), pieces);
            prop_assert_eq!(with(&[one, other]), with(&[&bytes]));
        }
    }
}
