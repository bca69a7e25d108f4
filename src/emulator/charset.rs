//! Character sets: the line drawing that `ESC ( 0` and shift-out turn on.
//!
//! Only what programs still use: US ASCII and DEC special graphics in G0 and G1. National sets count as
//! ASCII, since text is UTF-8. Start with [`Charsets::translate`].

/// Which sets are designated and which one is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Charsets {
    /// G0 and G1: whether each is DEC special graphics.
    graphics: [bool; 2],
    /// Shifted out: G1 is in use.
    shifted: bool,
}

impl Charsets {
    /// Obeys a designation, given as the bytes after `ESC`; `false` when it is none.
    pub(super) fn designate(&mut self, sequence: &[u8]) -> bool {
        match *sequence {
            [slot @ (b'(' | b')'), set] => {
                self.graphics[usize::from(slot == b')')] = matches!(set, b'0' | b'2');
                true
            }
            // G2, G3 and the 96-character sets: nothing that programs print goes through them.
            [b'*' | b'+' | b'-' | b'.' | b'/' | b'(' | b')', ..] => true,
            _ => false,
        }
    }

    /// Shift out or in.
    pub(super) fn shift(&mut self, out: bool) {
        self.shifted = out;
    }

    /// Whether text is anything but what it says.
    pub(super) fn is_graphics(self) -> bool {
        self.graphics[usize::from(self.shifted)]
    }

    /// The character that `c` stands for in the set in use.
    pub(super) fn translate(self, c: char) -> char {
        // DEC special graphics, 0x5f to 0x7e, as xterm maps them.
        const GRAPHICS: [char; 32] = [
            ' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼', '⎽',
            '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
        ];
        match c {
            '_'..='~' if self.is_graphics() => GRAPHICS[c as usize - '_' as usize],
            c => c,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_drawing_comes_and_goes() {
        let mut sets = Charsets::default();
        let show = |sets: Charsets, text: &str| text.chars().map(|c| sets.translate(c)).collect::<String>();
        assert_eq!(show(sets, "lqk"), "lqk");
        assert!(sets.designate(b")0"));
        assert_eq!(show(sets, "lqk"), "lqk", "G1 is not in use yet");
        sets.shift(true);
        assert_eq!(show(sets, "lqkxmqj tuvwn A~_"), "┌─┐│└─┘ ├┤┴┬┼ A· ");
        sets.shift(false);
        assert!(sets.designate(b"(0"));
        assert!(sets.is_graphics());
        assert!(sets.designate(b"(B"));
        assert_eq!(show(sets, "lqk"), "lqk");
        assert!(!sets.designate(b"7"));
    }
}
