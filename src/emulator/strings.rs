//! Command strings: titles, colours, the clipboard.
//!
//! The clipboard is write-only, and reading it is never answered: what a container prints must not be able to
//! fetch what the user copied elsewhere. Start with [`osc`].

use super::Outcome;

/// The most bytes of a title that are kept.
const MAX_TITLE: usize = 512;

/// The colours that a program is told when it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colors {
    /// Foreground: red, green, blue.
    pub foreground: (u8, u8, u8),
    /// Background: red, green, blue.
    pub background: (u8, u8, u8),
}

impl Default for Colors {
    fn default() -> Self {
        Self { foreground: (0xd0, 0xd0, 0xd0), background: (0, 0, 0) }
    }
}

/// Obeys an operating system command, given without its ends.
pub(super) fn osc(content: &[u8], bell_ended: bool, colors: Colors, outcome: &mut Outcome) {
    let mut parts = content.splitn(2, |byte| *byte == b';');
    let (Some(command), Some(argument)) = (parts.next(), parts.next()) else { return };
    match command {
        b"0" | b"2" => {
            let kept = &argument[..argument.len().min(MAX_TITLE)];
            outcome.title = Some(String::from_utf8_lossy(kept).trim_end_matches('\u{fffd}').to_owned());
        }
        b"10" | b"11" | b"12" if argument == b"?" => {
            let (r, g, b) = if command == b"11" { colors.background } else { colors.foreground };
            let command = String::from_utf8_lossy(command);
            let end = if bell_ended { "\x07" } else { "\x1b\\" };
            let reply = format!("\x1b]{command};rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}{end}");
            outcome.reply(&reply);
        }
        b"52" => {
            let data = argument.splitn(2, |byte| *byte == b';').nth(1).unwrap_or_default();
            if let Some(text) = base64(data).filter(|bytes| !bytes.is_empty()) {
                outcome.clipboard = Some(String::from_utf8_lossy(&text).into_owned());
            }
        }
        _ => {}
    }
}

/// Answers a device control string that asks for something: always that it is not known.
pub(super) fn dcs(content: &[u8], outcome: &mut Outcome) {
    if content.starts_with(b"$q") {
        outcome.reply("\x1bP0$r\x1b\\");
    } else if content.starts_with(b"+q") {
        outcome.reply("\x1bP0+r\x1b\\");
    }
}

/// Decodes base64, with or without padding; `None` when it is none.
fn base64(data: &[u8]) -> Option<Vec<u8>> {
    let digits = data.trim_ascii_end();
    let digits = digits.strip_suffix(b"==").or_else(|| digits.strip_suffix(b"=")).unwrap_or(digits);
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let mut bits = 0u32;
        for digit in group {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        let missing = 4 - group.len();
        if missing == 3 {
            return None;
        }
        let bytes = (bits << (6 * missing)).to_be_bytes();
        out.extend_from_slice(&bytes[1..4 - missing]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn obeyed(content: &[u8]) -> Outcome {
        let mut outcome = Outcome::default();
        osc(content, true, Colors::default(), &mut outcome);
        outcome
    }

    #[test]
    fn titles_and_copies_come_out() {
        assert_eq!(obeyed(b"0;vi: notes; draft").title.as_deref(), Some("vi: notes; draft"));
        assert_eq!(obeyed(b"52;c;aGVsbG8=").clipboard.as_deref(), Some("hello"));
        assert_eq!(obeyed(b"52;;aGVsbG8").clipboard.as_deref(), Some("hello"));
        for ignored in
            [&b"52;c;?"[..], b"52;c;", b"52;c;a", b"52;c;!!!!", b"8;;http://x", b"7;file:///", b"4;1;?", b"x"]
        {
            assert_eq!(obeyed(ignored), Outcome::default(), "{}", String::from_utf8_lossy(ignored));
        }
    }

    #[test]
    fn a_long_title_is_cut_between_characters() {
        let long = format!("2;{}", "é".repeat(400));
        let title = obeyed(long.as_bytes()).title.expect("a title");
        assert_eq!(title, "é".repeat(MAX_TITLE / 2));
        let odd = format!("2;x{}", "é".repeat(400));
        assert_eq!(obeyed(odd.as_bytes()).title.expect("a title"), format!("x{}", "é".repeat(MAX_TITLE / 2 - 1)));
    }

    #[test]
    fn colors_are_answered_as_they_were_asked() {
        assert_eq!(obeyed(b"11;?").replies, b"\x1b]11;rgb:0000/0000/0000\x07");
        let mut outcome = Outcome::default();
        osc(b"10;?", false, Colors { foreground: (1, 2, 255), background: (0, 0, 0) }, &mut outcome);
        assert_eq!(outcome.replies, b"\x1b]10;rgb:0101/0202/ffff\x1b\\");
    }

    #[test]
    fn requests_for_settings_are_refused() {
        let mut outcome = Outcome::default();
        dcs(b"$qm", &mut outcome);
        dcs(b"+q544e", &mut outcome);
        dcs(b"q#0", &mut outcome);
        assert_eq!(outcome.replies, b"\x1bP0$r\x1b\\\x1bP0+r\x1b\\");
    }

    proptest! {
        #[test]
        fn base64_never_fails_badly(data in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(bytes) = base64(&data) {
                prop_assert!(bytes.len() <= data.len());
            }
        }
    }
}
