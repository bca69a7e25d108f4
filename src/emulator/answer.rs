//! Answers to what programs ask a terminal.
//!
//! A prompt that asks and hears nothing hangs. No answer ever carries text that the program printed before:
//! answers are typed into the program, so such an echo would let printed text run as a command.

/// A control sequence taken apart: `CSI prefix params intermediates final`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Csi<'a> {
    /// `?`, `>`, `=`, `<` in front of the parameters.
    pub prefix: Option<u8>,
    /// The parameters as written.
    pub params: &'a [u8],
    /// The bytes between parameters and the final byte.
    pub intermediates: &'a [u8],
    /// What it does.
    pub end: u8,
}

impl<'a> Csi<'a> {
    /// From the bytes after `CSI`.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (&end, inner) = bytes.split_last()?;
        let (prefix, inner) = match inner.split_first() {
            Some((&prefix @ b'<'..=b'?', inner)) => (Some(prefix), inner),
            _ => (None, inner),
        };
        let split = inner.iter().position(|byte| *byte < 0x30).unwrap_or(inner.len());
        let (params, intermediates) = inner.split_at(split);
        Some(Self { prefix, params, intermediates, end })
    }

    /// The parameters as numbers; 0 for one that is left out or is no number.
    pub(super) fn numbers(self) -> impl Iterator<Item = u16> + use<'a> {
        self.params.split(|byte| *byte == b';').map(|digits| {
            {
                digits.iter().try_fold(0u16, |sum, digit| match digit {
                    b'0'..=b'9' => Some(sum.saturating_mul(10).saturating_add(u16::from(digit - b'0'))),
                    _ => None,
                })
            }
            .unwrap_or(0)
        })
    }

    /// The first parameter; 0 when there is none.
    pub(super) fn first(self) -> u16 {
        self.numbers().next().unwrap_or(0)
    }
}

/// What an answer may have to say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// Rows and columns.
    pub size: (u16, u16),
    /// The cursor's row and column, from 0.
    pub cursor: (u16, u16),
}

/// The answer to `csi`; `None` when it asks nothing that we answer.
pub(super) fn answer(csi: Csi<'_>, facts: Facts, is_set: impl Fn(u16) -> Option<bool>) -> Option<String> {
    let (rows, columns) = facts.size;
    let (row, column) = (facts.cursor.0 + 1, facts.cursor.1 + 1);
    let number = csi.first();
    Some(match (csi.prefix, csi.intermediates, csi.end) {
        // Device status, cursor position.
        (None, b"", b'n') if number == 5 => "\x1b[0n".to_owned(),
        (None, b"", b'n') if number == 6 => format!("\x1b[{row};{column}R"),
        (Some(b'?'), b"", b'n') if number == 6 => format!("\x1b[?{row};{column}R"),
        // Device attributes. VT220 with colour; then xterm's version, new enough for SGR mouse reports but not
        // so new that vim asks for what we cannot do; then the unit's number.
        (None, b"", b'c') if number == 0 => "\x1b[?62;22c".to_owned(),
        (Some(b'>'), b"", b'c') if number == 0 => "\x1b[>0;277;0c".to_owned(),
        (Some(b'='), b"", b'c') if number == 0 => "\x1bP!|00000000\x1b\\".to_owned(),
        (Some(b'>'), b"", b'q') if number == 0 => {
            format!("\x1bP>|podtriage({})\x1b\\", env!("CARGO_PKG_VERSION"))
        }
        // Sizes in cells: of the text area, of the screen.
        (None, b"", b't') if number == 18 => format!("\x1b[8;{rows};{columns}t"),
        (None, b"", b't') if number == 19 => format!("\x1b[9;{rows};{columns}t"),
        // Modes: 1 set, 2 reset, 0 not known.
        (Some(b'?'), b"$", b'p') => format!("\x1b[?{number};{}$y", mode_state(is_set(number))),
        (None, b"$", b'p') => format!("\x1b[{number};0$y"),
        _ => return None,
    })
}

fn mode_state(state: Option<bool>) -> u8 {
    match state {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(bytes: &[u8]) -> Option<String> {
        let facts = Facts { size: (24, 80), cursor: (4, 9) };
        answer(Csi::read(bytes).expect("has a final byte"), facts, |mode| (mode == 25).then_some(true))
    }

    #[test]
    fn what_programs_ask_is_answered() {
        let cases: [(&[u8], Option<&str>); 16] = [
            (b"5n", Some("\x1b[0n")),
            (b"6n", Some("\x1b[5;10R")),
            (b"?6n", Some("\x1b[?5;10R")),
            (b"c", Some("\x1b[?62;22c")),
            (b"0c", Some("\x1b[?62;22c")),
            (b">c", Some("\x1b[>0;277;0c")),
            (b"=c", Some("\x1bP!|00000000\x1b\\")),
            (b"18t", Some("\x1b[8;24;80t")),
            (b"?25$p", Some("\x1b[?25;1$y")),
            (b"?2026$p", Some("\x1b[?2026;0$y")),
            (b"4$p", Some("\x1b[4;0$y")),
            // Titles and icon names are never read back, pixels and the kitty keyboard are not there.
            (b"21t", None),
            (b"14t", None),
            (b"?u", None),
            (b"1c", None),
            (b"31m", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(answered(bytes).as_deref(), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn parameters_are_numbers_or_nothing() {
        let csi = Csi::read(b"?1;;99999;x;2h").expect("has a final byte");
        assert_eq!((csi.prefix, csi.end), (Some(b'?'), b'h'));
        assert_eq!(csi.numbers().collect::<Vec<_>>(), [1, 0, u16::MAX, 0, 2]);
        assert_eq!(Csi::read(b""), None);
    }
}
