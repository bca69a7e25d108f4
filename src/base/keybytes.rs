//! What a terminal sends for a key, a paste, or the mouse: the input side of a shell tile.
//!
//! The encodings are xterm's (its own control sequence list), since container runtimes set `TERM=xterm`. Pure
//! tables; which modes a program asked for is the emulator's to know. Start with [`key_bytes`].

use super::key::{Code, Key};

/// What a program asked for that changes how keys are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyModes {
    /// Arrows, Home and End are sent as `SS3 A` instead of `CSI A` (DECCKM).
    pub application_cursor: bool,
}

/// The bytes of `key`. Alt is an escape in front; keys that xterm gives no bytes send none.
pub fn key_bytes(key: Key, modes: KeyModes) -> Vec<u8> {
    match key.code {
        Code::Char(c) => typed(key, c),
        Code::Enter => with_alt(key, b"\r"),
        Code::Esc => with_alt(key, b"\x1b"),
        Code::Tab => with_alt(key, b"\t"),
        Code::BackTab => with_alt(key, b"\x1b[Z"),
        Code::Backspace => with_alt(key, if key.ctrl { b"\x08" } else { b"\x7f" }),
        Code::Up => cursor(key, modes, 'A'),
        Code::Down => cursor(key, modes, 'B'),
        Code::Right => cursor(key, modes, 'C'),
        Code::Left => cursor(key, modes, 'D'),
        Code::Home => cursor(key, modes, 'H'),
        Code::End => cursor(key, modes, 'F'),
        Code::Insert => numbered(key, 2),
        Code::Delete => numbered(key, 3),
        Code::PageUp => numbered(key, 5),
        Code::PageDown => numbered(key, 6),
        Code::F(n) => function(key, n),
    }
}

fn with_alt(key: Key, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 1);
    if key.alt {
        out.push(0x1b);
    }
    out.extend_from_slice(bytes);
    out
}

fn typed(key: Key, c: char) -> Vec<u8> {
    let control = if key.ctrl { control_byte(c) } else { None };
    match control {
        Some(byte) => with_alt(key, &[byte]),
        None => with_alt(key, c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// The control character of a key, as a VT220 has them: the digits stand for the symbols above them, which
/// is also how terminals report those keys.
fn control_byte(c: char) -> Option<u8> {
    Some(match c {
        'a'..='z' | 'A'..='Z' => c as u8 & 0x1f,
        ' ' | '@' | '2' => 0x00,
        '[' | '3' => 0x1b,
        '\\' | '4' => 0x1c,
        ']' | '5' => 0x1d,
        '^' | '~' | '6' => 0x1e,
        '_' | '/' | '7' => 0x1f,
        '?' | '8' => 0x7f,
        _ => return None,
    })
}

/// xterm's modifier parameter: 1 plus shift 1, alt 2, ctrl 4.
fn modifiers(key: Key) -> u8 {
    1 + u8::from(key.shift) + 2 * u8::from(key.alt) + 4 * u8::from(key.ctrl)
}

fn cursor(key: Key, modes: KeyModes, end: char) -> Vec<u8> {
    match modifiers(key) {
        1 if modes.application_cursor => format!("\x1bO{end}"),
        1 => format!("\x1b[{end}"),
        held => format!("\x1b[1;{held}{end}"),
    }
    .into_bytes()
}

fn numbered(key: Key, number: u8) -> Vec<u8> {
    match modifiers(key) {
        1 => format!("\x1b[{number}~"),
        held => format!("\x1b[{number};{held}~"),
    }
    .into_bytes()
}

fn function(key: Key, n: u8) -> Vec<u8> {
    const NUMBERS: [u8; 8] = [15, 17, 18, 19, 20, 21, 23, 24];
    match n {
        1..=4 => {
            let end = char::from(b'P' + n - 1);
            match modifiers(key) {
                1 => format!("\x1bO{end}"),
                held => format!("\x1b[1;{held}{end}"),
            }
            .into_bytes()
        }
        5..=12 => numbered(key, NUMBERS[usize::from(n - 5)]),
        // xterm's terminfo: F13 is shift-F1.
        13..=24 => function(Key { shift: true, ..key }, n - 12),
        _ => Vec::new(),
    }
}

/// What pasting `text` sends. Line ends become returns, as if typed. Escapes are left out, so that nothing in
/// the text ends a bracketed paste and runs what follows it (also when a removal would join two halves).
pub fn paste_bytes(text: &str, bracketed: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 12);
    if bracketed {
        out.extend_from_slice(b"\x1b[200~");
    }
    let mut after_return = false;
    for c in text.chars() {
        match c {
            '\u{1b}' | '\u{9b}' => continue,
            '\n' if after_return => {}
            '\n' | '\r' => out.push(b'\r'),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        after_return = c == '\r';
    }
    if bracketed {
        out.extend_from_slice(b"\x1b[201~");
    }
    out
}

/// A mouse button or a step of the wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseButton {
    /// The first.
    Left,
    /// The wheel, pressed.
    Middle,
    /// The second.
    Right,
    /// One step away from the hand.
    WheelUp,
    /// One step toward the hand.
    WheelDown,
    /// One step to the left.
    WheelLeft,
    /// One step to the right.
    WheelRight,
}

impl MouseButton {
    const fn code(self) -> u8 {
        match self {
            Self::Left => 0,
            Self::Middle => 1,
            Self::Right => 2,
            Self::WheelUp => 64,
            Self::WheelDown => 65,
            Self::WheelLeft => 66,
            Self::WheelRight => 67,
        }
    }

    const fn is_wheel(self) -> bool {
        self.code() >= 64
    }
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseAction {
    /// A button went down, or the wheel turned.
    Press(MouseButton),
    /// A button went up.
    Release(MouseButton),
    /// The pointer moved to another cell with a button held.
    Drag(MouseButton),
    /// The pointer moved to another cell with no button held.
    Move,
}

/// A mouse event in the cells of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MouseEvent {
    /// What happened.
    pub action: MouseAction,
    /// Column in the tile, from 0.
    pub column: u16,
    /// Row in the tile, from 0.
    pub row: u16,
    /// Control held.
    pub ctrl: bool,
    /// Alt held.
    pub alt: bool,
    /// Shift held.
    pub shift: bool,
}

/// Which mouse events a program asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MouseMode {
    /// None.
    #[default]
    Off,
    /// Presses only, without modifiers (mode 9).
    X10,
    /// Presses and releases (mode 1000).
    Normal,
    /// Also drags (mode 1002).
    Button,
    /// Also movement without a button (mode 1003).
    Any,
}

/// How a program asked mouse events to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MouseEncoding {
    /// One byte a coordinate; cells beyond 223 cannot be told.
    #[default]
    Legacy,
    /// Legacy with coordinates as UTF-8 (mode 1005); up to cell 2015.
    Utf8,
    /// Decimal (mode 1006).
    Sgr,
}

/// The bytes that report `event`; `None` when the program did not ask for it or the encoding cannot say it.
pub fn mouse_bytes(event: MouseEvent, mode: MouseMode, encoding: MouseEncoding) -> Option<Vec<u8>> {
    const MOTION: u8 = 32;
    const NO_BUTTON: u8 = 3;
    let (code, released) = match (event.action, mode) {
        (MouseAction::Release(button), _) if button.is_wheel() => return None,
        (MouseAction::Press(button), MouseMode::X10) if !button.is_wheel() => (button.code(), false),
        (_, MouseMode::Off | MouseMode::X10) => return None,
        (MouseAction::Press(button), _) => (button.code(), false),
        (MouseAction::Release(button), _) => (button.code(), true),
        (MouseAction::Drag(button), MouseMode::Button | MouseMode::Any) => (button.code() + MOTION, false),
        (MouseAction::Move, MouseMode::Any) => (NO_BUTTON + MOTION, false),
        (MouseAction::Drag(_) | MouseAction::Move, _) => return None,
    };
    let held = match mode {
        MouseMode::X10 => 0,
        _ => 4 * u8::from(event.shift) + 8 * u8::from(event.alt) + 16 * u8::from(event.ctrl),
    };
    let (column, row) = (u32::from(event.column) + 1, u32::from(event.row) + 1);
    if encoding == MouseEncoding::Sgr {
        let end = if released { 'm' } else { 'M' };
        return Some(format!("\x1b[<{};{column};{row}{end}", code + held).into_bytes());
    }
    // Without SGR a release does not say of which button.
    let code = if released { NO_BUTTON } else { code } + held;
    let mut out = b"\x1b[M".to_vec();
    for value in [u32::from(code), column, row] {
        push_coordinate(&mut out, value + 32, encoding)?;
    }
    Some(out)
}

fn push_coordinate(out: &mut Vec<u8>, value: u32, encoding: MouseEncoding) -> Option<()> {
    if encoding == MouseEncoding::Utf8 {
        let c = char::from_u32(value).filter(|c| c.len_utf8() <= 2)?;
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        out.push(u8::try_from(value).ok()?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent(key: &str, application_cursor: bool) -> String {
        let key = key.parse().expect("a key");
        String::from_utf8(key_bytes(key, KeyModes { application_cursor })).expect("these are UTF-8")
    }

    #[test]
    fn keys_as_xterm_sends_them() {
        let cases = [
            ("a", "a"),
            ("日", "日"),
            ("alt-x", "\x1bx"),
            ("ctrl-c", "\x03"),
            ("ctrl-C", "\x03"),
            ("ctrl-alt-d", "\x1b\x04"),
            ("ctrl-space", "\0"),
            ("ctrl-@", "\0"),
            ("ctrl-[", "\x1b"),
            ("ctrl-\\", "\x1c"),
            ("ctrl-4", "\x1c"),
            ("ctrl-_", "\x1f"),
            ("ctrl-8", "\x7f"),
            ("ctrl-1", "1"),
            ("enter", "\r"),
            ("alt-enter", "\x1b\r"),
            ("esc", "\x1b"),
            ("tab", "\t"),
            ("backtab", "\x1b[Z"),
            ("backspace", "\x7f"),
            ("ctrl-backspace", "\x08"),
            ("alt-backspace", "\x1b\x7f"),
            ("up", "\x1b[A"),
            ("ctrl-up", "\x1b[1;5A"),
            ("shift-left", "\x1b[1;2D"),
            ("ctrl-alt-right", "\x1b[1;7C"),
            ("home", "\x1b[H"),
            ("end", "\x1b[F"),
            ("insert", "\x1b[2~"),
            ("delete", "\x1b[3~"),
            ("ctrl-delete", "\x1b[3;5~"),
            ("pgup", "\x1b[5~"),
            ("shift-pgdn", "\x1b[6;2~"),
            ("f1", "\x1bOP"),
            ("f4", "\x1bOS"),
            ("ctrl-f1", "\x1b[1;5P"),
            ("f5", "\x1b[15~"),
            ("f6", "\x1b[17~"),
            ("f11", "\x1b[23~"),
            ("f12", "\x1b[24~"),
            ("alt-f12", "\x1b[24;3~"),
            ("f13", "\x1b[1;2P"),
            ("f24", "\x1b[24;2~"),
        ];
        for (key, bytes) in cases {
            assert_eq!(sent(key, false), bytes, "{key}");
        }
    }

    #[test]
    fn application_cursor_changes_plain_cursor_keys_only() {
        for (key, bytes) in [("up", "\x1bOA"), ("end", "\x1bOF"), ("ctrl-up", "\x1b[1;5A"), ("delete", "\x1b[3~")] {
            assert_eq!(sent(key, true), bytes, "{key}");
        }
    }

    #[test]
    fn a_paste_is_typed_with_returns() {
        assert_eq!(paste_bytes("a\nb\r\nc\rd\n\n", false), b"a\rb\rc\rd\r\r");
        assert_eq!(paste_bytes("ls", true), b"\x1b[200~ls\x1b[201~");
    }

    proptest! {
        #[test]
        fn nothing_in_a_paste_ends_it(parts in prop::collection::vec("\u{1b}|\\[201~|\\[20|1~|\u{9b}|x", 0..12)) {
            let sent = paste_bytes(&parts.concat(), true);
            let inside = &sent[6..sent.len() - 6];
            prop_assert!(!inside.contains(&0x1b));
            let has_c1 = String::from_utf8_lossy(inside).contains('\u{9b}');
            prop_assert!(!has_c1);
        }
    }

    fn at(action: MouseAction, column: u16, row: u16) -> MouseEvent {
        MouseEvent { action, column, row, ctrl: false, alt: false, shift: false }
    }

    #[test]
    fn mouse_reports_by_mode_and_encoding() {
        use MouseAction::{Drag, Move, Press, Release};
        use MouseButton::{Left, Right, WheelDown};
        let (sgr, legacy) = (MouseEncoding::Sgr, MouseEncoding::Legacy);
        let cases: [(MouseAction, MouseMode, MouseEncoding, Option<&[u8]>); 14] = [
            (Press(Left), MouseMode::Off, sgr, None),
            (Press(Left), MouseMode::Normal, sgr, Some(b"\x1b[<0;5;3M")),
            (Release(Left), MouseMode::Normal, sgr, Some(b"\x1b[<0;5;3m")),
            (Release(Left), MouseMode::Normal, legacy, Some(b"\x1b[M#%#")),
            (Press(Right), MouseMode::X10, legacy, Some(b"\x1b[M\"%#")),
            (Release(Right), MouseMode::X10, legacy, None),
            (Press(WheelDown), MouseMode::X10, legacy, None),
            (Press(WheelDown), MouseMode::Normal, sgr, Some(b"\x1b[<65;5;3M")),
            (Release(WheelDown), MouseMode::Any, sgr, None),
            (Drag(Left), MouseMode::Normal, sgr, None),
            (Drag(Left), MouseMode::Button, sgr, Some(b"\x1b[<32;5;3M")),
            (Move, MouseMode::Button, sgr, None),
            (Move, MouseMode::Any, sgr, Some(b"\x1b[<35;5;3M")),
            (Move, MouseMode::Any, legacy, Some(b"\x1b[MC%#")),
        ];
        for (action, mode, encoding, bytes) in cases {
            assert_eq!(
                mouse_bytes(at(action, 4, 2), mode, encoding).as_deref(),
                bytes,
                "{action:?} {mode:?} {encoding:?}"
            );
        }
        let held = MouseEvent { ctrl: true, ..at(Press(Left), 0, 0) };
        assert_eq!(mouse_bytes(held, MouseMode::Normal, sgr).as_deref(), Some(&b"\x1b[<16;1;1M"[..]));
    }

    #[test]
    fn far_cells_need_an_encoding_that_can_say_them() {
        let event = at(MouseAction::Press(MouseButton::Left), 250, 1);
        assert_eq!(mouse_bytes(event, MouseMode::Normal, MouseEncoding::Legacy), None);
        let utf8 = mouse_bytes(event, MouseMode::Normal, MouseEncoding::Utf8).expect("can be said");
        assert_eq!(utf8, b"\x1b[M \xc4\x9b\"");
        let far = at(MouseAction::Press(MouseButton::Left), 3_000, 1);
        assert_eq!(mouse_bytes(far, MouseMode::Normal, MouseEncoding::Utf8), None);
        assert!(mouse_bytes(far, MouseMode::Normal, MouseEncoding::Sgr).is_some());
    }
}
