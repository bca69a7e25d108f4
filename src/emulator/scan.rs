//! Cuts a byte stream into text and control sequences, wherever the chunks that it comes in end.
//!
//! Everything that follows an escape is held back until it is whole, so the rest of the emulator never sees
//! half a sequence or half a character. What never ends is not kept: beyond a limit it is passed over up to
//! its end. May not know what any sequence means. Start with [`Scanner::next`].

/// The longest control sequence that is kept; xterm's own take at most a few dozen bytes.
const MAX_SEQUENCE: usize = 512;

/// The longest command string that is kept. Only a clipboard copy is ever long.
const MAX_STRING: usize = 1 << 20;

/// What the scanner's buffer may hold on to between sequences.
const KEPT_CAPACITY: usize = 4_096;

const BEL: u8 = 0x07;
const SO: u8 = 0x0e;
const SI: u8 = 0x0f;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const ESC: u8 = 0x1b;

/// What a command string is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StringKind {
    /// Operating system command: title, colours, clipboard.
    Osc,
    /// Device control string.
    Dcs,
    /// Any other string (SOS, PM, APC, screen's title): passed over.
    Other,
}

/// One whole piece of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit<'a> {
    /// Text and control characters without escapes and shifts. No character that is whole is cut in two.
    Text(&'a [u8]),
    /// Shift out (`true`) or in: which character set the text is in.
    Shift(bool),
    /// What follows `ESC`: intermediates and the final byte.
    Escape(&'a [u8]),
    /// What follows `ESC [`: parameters, intermediates, final byte.
    Csi(&'a [u8]),
    /// A command string without its ends; `true` when a bell ended it.
    String(StringKind, &'a [u8], bool),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    Csi,
    String(StringKind),
    /// An escape inside a string: its end if a backslash follows.
    StringEscape(StringKind),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    state: State,
    /// The sequence so far; in the ground state, a character whose other bytes are still to come.
    held: Vec<u8>,
    /// `held` was handed out by the last call and begins anew.
    spent: bool,
    /// More came than is kept: the sequence is passed over up to its end.
    overflow: bool,
}

impl Scanner {
    /// The next unit of `bytes` (which must not be empty), and how many bytes it took. No unit: the bytes
    /// are held, or only the state changed; ask again with the rest.
    pub(super) fn next<'a>(&'a mut self, bytes: &'a [u8]) -> (usize, Option<Unit<'a>>) {
        if self.spent {
            self.clear();
        }
        match self.state {
            State::Ground if self.held.is_empty() => self.ground(bytes),
            State::Ground => self.rest_of_character(bytes),
            State::Escape => self.escape(bytes),
            State::Csi => self.csi(bytes),
            State::String(kind) => self.string(kind, bytes),
            State::StringEscape(kind) => self.string_end(kind, bytes),
        }
    }

    /// Whether nothing is held: the next byte begins something new.
    pub(super) fn is_idle(&self) -> bool {
        self.state == State::Ground && (self.spent || self.held.is_empty())
    }

    fn clear(&mut self) {
        self.spent = false;
        self.overflow = false;
        if self.held.capacity() > KEPT_CAPACITY {
            self.held = Vec::new();
        }
        self.held.clear();
    }

    fn begin(&mut self, state: State) {
        self.clear();
        self.state = state;
    }

    fn hold(&mut self, bytes: &[u8], limit: usize) {
        if self.held.len() + bytes.len() > limit {
            self.overflow = true;
        } else {
            self.held.extend_from_slice(bytes);
        }
    }

    /// Back to ground; whether what was held is whole and may be handed out.
    fn finish(&mut self) -> bool {
        self.state = State::Ground;
        self.spent = true;
        !self.overflow
    }

    fn ground<'a>(&mut self, bytes: &'a [u8]) -> (usize, Option<Unit<'a>>) {
        let end = memchr::memchr3(ESC, SO, SI, bytes).unwrap_or(bytes.len());
        if end == 0 {
            return (1, self.control(bytes));
        }
        let whole = if end == bytes.len() { end - unfinished(bytes) } else { end };
        self.held.extend_from_slice(&bytes[whole..end]);
        (end, (whole > 0).then(|| Unit::Text(&bytes[..whole])))
    }

    /// Completes a character that the chunk before began. A byte that does not continue it is left for later.
    fn rest_of_character<'a>(&'a mut self, bytes: &[u8]) -> (usize, Option<Unit<'a>>) {
        let missing = sequence_len(self.held[0]).saturating_sub(self.held.len());
        let used = bytes.iter().take(missing).take_while(|byte| is_continuation(**byte)).count();
        self.held.extend_from_slice(&bytes[..used]);
        if used == bytes.len() && used < missing {
            return (used, None);
        }
        self.spent = true;
        (used, Some(Unit::Text(&self.held)))
    }

    /// The control character that `bytes` begins with. It acts at once, also in the middle of a sequence.
    fn control<'a>(&mut self, bytes: &'a [u8]) -> Option<Unit<'a>> {
        match bytes[0] {
            ESC => self.begin(State::Escape),
            CAN | SUB if self.state != State::Ground => self.begin(State::Ground),
            SO => return Some(Unit::Shift(true)),
            SI => return Some(Unit::Shift(false)),
            _ => return Some(Unit::Text(&bytes[..1])),
        }
        None
    }

    fn escape<'a>(&'a mut self, bytes: &'a [u8]) -> (usize, Option<Unit<'a>>) {
        match bytes[0] {
            ..0x20 => return (1, self.control(bytes)),
            0x20..0x30 => self.hold(&bytes[..1], MAX_SEQUENCE),
            b'[' if self.held.is_empty() => self.begin(State::Csi),
            b']' if self.held.is_empty() => self.begin(State::String(StringKind::Osc)),
            b'P' if self.held.is_empty() => self.begin(State::String(StringKind::Dcs)),
            // `ESC k` is screen's way to set a title.
            b'X' | b'^' | b'_' | b'k' if self.held.is_empty() => self.begin(State::String(StringKind::Other)),
            0x30..0x7f => {
                self.hold(&bytes[..1], MAX_SEQUENCE);
                return (1, self.finish().then_some(Unit::Escape(&self.held)));
            }
            0x7f => {}
            // No sequence has such bytes: the escape stood alone, and this is text again.
            0x80.. => {
                self.begin(State::Ground);
                return (0, None);
            }
        }
        (1, None)
    }

    fn csi<'a>(&'a mut self, bytes: &'a [u8]) -> (usize, Option<Unit<'a>>) {
        let inner = bytes.iter().position(|byte| !(0x20..0x40).contains(byte)).unwrap_or(bytes.len());
        self.hold(&bytes[..inner], MAX_SEQUENCE);
        match bytes.get(inner) {
            None => (inner, None),
            Some(0x40..0x7f) => {
                self.hold(&bytes[inner..=inner], MAX_SEQUENCE);
                (inner + 1, self.finish().then_some(Unit::Csi(&self.held)))
            }
            Some(..0x20) => (inner + 1, self.control(&bytes[inner..])),
            Some(_) => (inner + 1, None),
        }
    }

    fn string<'a>(&'a mut self, kind: StringKind, bytes: &[u8]) -> (usize, Option<Unit<'a>>) {
        let is_end = |byte: &u8| matches!(*byte, ESC | CAN | SUB) || (*byte == BEL && kind == StringKind::Osc);
        let inner = bytes.iter().position(is_end).unwrap_or(bytes.len());
        self.hold(&bytes[..inner], MAX_STRING);
        match bytes.get(inner) {
            None => return (inner, None),
            Some(&BEL) => return (inner + 1, self.finish().then_some(Unit::String(kind, &self.held, true))),
            Some(&ESC) => self.state = State::StringEscape(kind),
            Some(_) => self.begin(State::Ground),
        }
        (inner + 1, None)
    }

    fn string_end<'a>(&'a mut self, kind: StringKind, bytes: &[u8]) -> (usize, Option<Unit<'a>>) {
        if bytes[0] == b'\\' {
            return (1, self.finish().then_some(Unit::String(kind, &self.held, false)));
        }
        // Any other escape cancels the string and is a sequence of its own.
        self.begin(State::Escape);
        (0, None)
    }
}

/// How many bytes `bytes` begins with that are text and the everyday sequences (colours, cursor movement,
/// erasing), all of them whole. A shortcut around units for what logs and full-screen programs mostly print.
pub(super) fn everyday(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let Some(text) = memchr::memchr3(ESC, SO, SI, &bytes[at..]) else {
            return bytes.len() - unfinished(bytes);
        };
        at += text;
        match everyday_sequence(&bytes[at..]) {
            0 => return at,
            len => at += len,
        }
    }
}

fn everyday_sequence(bytes: &[u8]) -> usize {
    let [ESC, b'[', rest @ ..] = bytes else { return 0 };
    let params = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';')).unwrap_or(rest.len());
    // A colour of underlines is not for the model, and a background takes care when lines scroll. A foreground
    // that has such a number in it goes the longer way for nothing.
    let plain = || {
        let mut numbers = rest[..params].split(|byte| *byte == b';');
        !numbers.any(|number| matches!(number, b"58" | [b'4', b'0'..=b'8'] | [b'1', b'0', _]))
    };
    match rest.get(params) {
        Some(b'A'..=b'H' | b'J' | b'K') => params + 3,
        Some(b'm') if plain() => params + 3,
        _ => 0,
    }
}

/// How many bytes at the end of `text` begin a character that is not whole yet.
fn unfinished(text: &[u8]) -> usize {
    let tail = text.len().saturating_sub(3);
    for (back, byte) in text[tail..].iter().rev().enumerate() {
        if is_continuation(*byte) {
            continue;
        }
        return if sequence_len(*byte) > back + 1 { back + 1 } else { 0 };
    }
    0
}

const fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Bytes of the UTF-8 character that begins with `first`; 1 when none does.
const fn sequence_len(first: u8) -> usize {
    match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The stream as a list, with neighbouring text joined; `cut` says where the chunks end.
    fn units(bytes: &[u8], cut: usize) -> Vec<String> {
        let mut scanner = Scanner::default();
        let mut out: Vec<String> = Vec::new();
        let mut text: Vec<u8> = Vec::new();
        for chunk in bytes.chunks(cut.max(1)) {
            let mut rest = chunk;
            while !rest.is_empty() {
                let (used, unit) = scanner.next(rest);
                match unit {
                    Some(Unit::Text(part)) => text.extend_from_slice(part),
                    Some(unit) => {
                        if !text.is_empty() {
                            out.push(String::from_utf8_lossy(&std::mem::take(&mut text)).into_owned());
                        }
                        out.push(format!("{unit:?}"));
                    }
                    None => {}
                }
                rest = &rest[used..];
            }
        }
        if !text.is_empty() {
            out.push(String::from_utf8_lossy(&text).into_owned());
        }
        out
    }

    #[test]
    fn sequences_are_cut_out_whole() {
        let found = units(b"a\x1b[1;31mb\x1b(0\x0eq\x0f\x1b]0;t\x07\x1bP$qm\x1b\\\x1b7c", usize::MAX);
        let csi = format!("{:?}", Unit::Csi(b"1;31m"));
        let charset = format!("{:?}", Unit::Escape(b"(0"));
        let title = format!("{:?}", Unit::String(StringKind::Osc, b"0;t", true));
        let request = format!("{:?}", Unit::String(StringKind::Dcs, b"$qm", false));
        let save = format!("{:?}", Unit::Escape(b"7"));
        let expected = ["a", &csi, "b", &charset, "Shift(true)", "q", "Shift(false)", &title, &request, &save, "c"];
        assert_eq!(found, expected);
    }

    #[test]
    fn controls_act_inside_a_sequence_and_escapes_end_it() {
        let found = units(b"\x1b[3\r1m\x1b[4\x1b[5m\x1b[6\x18x\x1b]0;t\x1b[7m\x1b\xc3\xa9", usize::MAX);
        let expected = [
            "\r".to_owned(),
            format!("{:?}", Unit::Csi(b"31m")),
            format!("{:?}", Unit::Csi(b"5m")),
            "x".to_owned(),
            format!("{:?}", Unit::Csi(b"7m")),
            "é".to_owned(),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_never_ends_is_not_kept() {
        let mut scanner = Scanner::default();
        for start in [&b"\x1b]52;c;"[..], b"\x1b[", b"\x1bP", b"\x1b("] {
            let filler = vec![if start == b"\x1b(" { b' ' } else { b'1' }; 64 * 1024];
            let mut feed = |bytes: &[u8]| {
                let mut rest = bytes;
                while !rest.is_empty() {
                    let (used, unit) = scanner.next(rest);
                    assert_eq!(unit, None, "nothing of it comes out");
                    rest = &rest[used..];
                }
            };
            feed(start);
            for _ in 0..40 {
                feed(&filler);
            }
            assert!(scanner.held.capacity() <= 2 * MAX_STRING, "{}", scanner.held.capacity());
        }
    }

    #[test]
    fn everyday_output_is_seen_as_such() {
        let cases: [(&[u8], usize); 11] = [
            (b"plain", 5),
            (b"\x1b[1;32mok\x1b[m \x1b[2K\x1b[5;1H", 23),
            (b"ab\x1b]0;t\x07", 2),
            (b"ab\x1b[31", 2),
            (b"ab\x1b[?25l", 2),
            (b"\x1b[58;5;1m", 0),
            (b"\x1b[4:3m", 0),
            (b"\x1b[1;44m", 0),
            (b"\x1b[4;31m\x1b[101m", 7),
            (b"ab\x0eq", 2),
            (b"ab\xe2\x94", 2),
        ];
        for (bytes, len) in cases {
            assert_eq!(everyday(bytes), len, "{}", String::from_utf8_lossy(bytes));
        }
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(
            bytes in prop::collection::vec(
                prop_oneof![
                    Just(0x1b_u8), Just(b'['), Just(b']'), Just(b'\\'), Just(b';'), Just(0x07), Just(0x18),
                    Just(0xe2), Just(0x94), Just(0x80), Just(0xf0), Just(0xc3), any::<u8>(),
                ],
                0..60,
            ),
            cut in 1usize..8,
        ) {
            prop_assert_eq!(units(&bytes, cut), units(&bytes, usize::MAX));
        }
    }
}
