//! Between the output and a terminal: nothing that came from a cluster is obeyed there.
//!
//! On a pipe every byte is kubectl's. kubectl makes escapes visible in most places and nothing else; a terminal obeys
//! more (a C1 control is an escape sequence by itself), so that on one what is left is made visible here. Logs may keep
//! their colours.

use std::io::{self, Write};
use std::sync::LazyLock;

use regex::Regex;

use crate::base::width::visible;

/// Passes text on with control characters made visible; line breaks and tabs stay.
#[derive(Debug)]
pub struct Guard<W> {
    out: W,
    /// The beginning of a character whose other bytes have not come yet.
    begun: Vec<u8>,
    colours: bool,
}

/// What sets colours and weights; no terminal does anything else with it.
static COLOUR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;:]*m").ok());
/// Longer than any that is meant.
const LONGEST_COLOUR: usize = 40;

impl<W: Write> Guard<W> {
    /// A guard before `out`.
    pub fn new(out: W) -> Self {
        Self { out, begun: Vec::new(), colours: false }
    }

    /// The same, but colours pass.
    pub fn with_colours(out: W) -> Self {
        Self { colours: true, ..Self::new(out) }
    }

    /// What is behind it.
    #[cfg(test)]
    pub fn get_ref(&self) -> &W {
        &self.out
    }

    fn pass(&mut self, text: &str) -> io::Result<()> {
        let colours = COLOUR.as_ref().filter(|_| self.colours);
        let mut at = 0;
        for colour in colours.into_iter().flat_map(|colour| colour.find_iter(text)) {
            self.show(&text[at..colour.start()])?;
            self.out.write_all(colour.as_str().as_bytes())?;
            at = colour.end();
        }
        self.show(&text[at..])
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        for part in text.split_inclusive(['\n', '\t']) {
            let body = part.trim_end_matches(['\n', '\t']);
            self.out.write_all(visible(body).as_bytes())?;
            self.out.write_all(&part.as_bytes()[body.len()..])?;
        }
        Ok(())
    }
}

impl<W: Write> Write for Guard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Ok(_) => self.begun.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            // Broken text is replaced, not waited for.
            Err(_) => self.begun.len(),
        };
        let whole = if self.colours { before_colour(&self.begun[..whole]) } else { whole };
        let text = String::from_utf8_lossy(&self.begun[..whole]).into_owned();
        self.begun.drain(..whole);
        self.pass(&text)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Where a colour begins whose end has not come yet; the length of the text if none does.
fn before_colour(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(LONGEST_COLOUR);
    let Some(escape) = bytes[from..].iter().rposition(|byte| *byte == 0x1b) else { return bytes.len() };
    let is_begun = match &bytes[from + escape + 1..] {
        [] => true,
        [b'[', numbers @ ..] => numbers.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':')),
        _ => false,
    };
    if is_begun { from + escape } else { bytes.len() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn through(pieces: &[&[u8]]) -> String {
        let mut guard = Guard::new(Vec::new());
        for piece in pieces {
            guard.write_all(piece).expect("memory takes everything");
        }
        String::from_utf8(guard.out).expect("text")
    }

    #[test]
    fn lines_and_tabs_stay_and_everything_else_is_shown() {
        assert_eq!(through(&["a\tb\n\u{9b}2J\u{7}\r\n".as_bytes()]), "a\tb\n\\u{9b}2J^G^M\n");
        assert_eq!(through(&[b"\xc2", b"\x9b", b"2J"]), "\\u{9b}2J", "also when it comes in two pieces");
        assert_eq!(through(&[b"a\xffb"]), "a\u{fffd}b");
    }

    #[test]
    fn of_escapes_only_colours_pass() {
        let through = |pieces: &[&[u8]]| {
            let mut guard = Guard::with_colours(Vec::new());
            for piece in pieces {
                guard.write_all(piece).expect("memory takes everything");
            }
            String::from_utf8(guard.out).expect("text")
        };
        let shown = "\u{1b}[1;31mred\u{1b}[0m ^[[2J^[]0;x^G\n";
        assert_eq!(through(&[b"\x1b[1;31mred\x1b[0m \x1b[2J\x1b]0;x\x07\n"]), shown);
        assert_eq!(through(&[b"\x1b[1;3", b"1mred\x1b", b"[0m \x1b[2", b"J\x1b]0;x\x07\n"]), shown);
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_are_the_whole(text in any::<String>(), at in any::<prop::sample::Index>()) {
            let bytes = text.as_bytes();
            let (one, other) = bytes.split_at(if bytes.is_empty() { 0 } else { at.index(bytes.len()) });
            let shown = through(&[one, other]);
            prop_assert_eq!(&shown, &through(&[bytes]));
            prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        }
    }
}
