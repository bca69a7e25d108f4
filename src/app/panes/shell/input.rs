//! What a person does to a shell, as bytes for its process: keys, pastes, the mouse.
//!
//! Every key goes to the shell but the leader, which is looked at before a key comes here.

use super::detach::Held;
use super::{Life, Purpose, ShellPane};
use crate::app::list::Step;
use crate::base::input::{Button, Mouse, MouseKind};
use crate::base::key::{Code, Key};
use crate::base::keybytes::{self, MouseAction, MouseButton, MouseEvent, MouseMode};

/// Lines that one turn of the wheel moves.
const WHEEL: usize = 3;

/// What comes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// These bytes are sent; there may be none.
    Send(Vec<u8>),
    /// The process is left alone.
    Detach,
}

impl ShellPane {
    /// Takes a key of a person; `leave` are the keys that leave an attached process alone.
    pub fn typed(&mut self, key: Key, leave: &[Key]) -> Typed {
        if self.purpose != Purpose::Attach {
            return Typed::Send(self.key(key));
        }
        match self.detach.key(key, leave) {
            Held::Detach => Typed::Detach,
            Held::Back => Typed::Send(Vec::new()),
            Held::Send(keys) => Typed::Send(keys.into_iter().flat_map(|key| self.key(key)).collect()),
        }
    }

    fn use_it(&mut self) {
        if self.was_opened() {
            self.life = Life::Used;
        }
    }

    /// The bytes that a key sends.
    pub fn key(&mut self, key: Key) -> Vec<u8> {
        self.use_it();
        if !self.streams.stdin {
            return Vec::new();
        }
        if !self.streams.tty {
            let (seen, sent) = self.line.key(key);
            self.emulator.process(seen.as_bytes());
            return sent;
        }
        keybytes::key_bytes(key, self.emulator.modes().keys)
    }

    /// The bytes that a paste sends.
    pub fn paste(&mut self, text: &str) -> Vec<u8> {
        self.use_it();
        if !self.streams.stdin {
            return Vec::new();
        }
        if !self.streams.tty {
            let (seen, sent) = self.line.paste(text);
            self.emulator.process(seen.as_bytes());
            return sent;
        }
        keybytes::paste_bytes(text, self.emulator.modes().bracketed_paste)
    }

    /// What tells the process that its tile has the focus now, or has it no more; `None` when that is no news, or the
    /// program did not ask.
    pub fn tell_focus(&mut self, has_focus: bool) -> Option<Vec<u8>> {
        let is_news = std::mem::replace(&mut self.has_focus, has_focus) != has_focus;
        let bytes: &[u8] = if has_focus { b"\x1b[I" } else { b"\x1b[O" };
        (is_news && self.is_living() && self.emulator.modes().focus_events).then(|| bytes.to_vec())
    }

    /// What the mouse sends, at a cell of the tile. The wheel scrolls when the program does not want it: back in
    /// the output, or by arrow keys where the program has the alternate screen.
    pub fn mouse(&mut self, mouse: Mouse, column: u16, row: u16) -> Vec<u8> {
        if self.select_by_mouse(mouse, column, row) {
            return Vec::new();
        }
        let modes = self.emulator.modes();
        if modes.mouse != MouseMode::Off && self.copy.is_none() {
            // The button went down in the program's hands.
            self.pressed = None;
            let event = MouseEvent {
                action: action(mouse.kind),
                column,
                row,
                ctrl: mouse.ctrl,
                alt: mouse.alt,
                shift: mouse.shift,
            };
            return keybytes::mouse_bytes(event, modes.mouse, modes.mouse_encoding).unwrap_or_default();
        }
        let arrow = match mouse.kind {
            MouseKind::ScrollUp => Code::Up,
            MouseKind::ScrollDown => Code::Down,
            _ => return Vec::new(),
        };
        if modes.alternate_screen && self.copy.is_none() {
            return self.key(Key::plain(arrow)).repeat(WHEEL);
        }
        let step = if arrow == Code::Up { -(WHEEL as isize) } else { WHEEL as isize };
        self.look_back(Step::By(step));
        Vec::new()
    }
}

fn action(kind: MouseKind) -> MouseAction {
    let button = |button| match button {
        Button::Left => MouseButton::Left,
        Button::Middle => MouseButton::Middle,
        Button::Right => MouseButton::Right,
    };
    match kind {
        MouseKind::Down(pressed) => MouseAction::Press(button(pressed)),
        MouseKind::Up(pressed) => MouseAction::Release(button(pressed)),
        MouseKind::Drag(pressed) => MouseAction::Drag(button(pressed)),
        MouseKind::Moved => MouseAction::Move,
        MouseKind::ScrollUp => MouseAction::Press(MouseButton::WheelUp),
        MouseKind::ScrollDown => MouseAction::Press(MouseButton::WheelDown),
        MouseKind::ScrollLeft => MouseAction::Press(MouseButton::WheelLeft),
        MouseKind::ScrollRight => MouseAction::Press(MouseButton::WheelRight),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{output, pane};
    use super::*;

    #[test]
    fn a_program_that_wants_the_mouse_gets_it() {
        let mut pane = pane();
        output(&mut pane, "\u{1b}[?1000h\u{1b}[?1006h");
        let click =
            Mouse { kind: MouseKind::Down(Button::Left), column: 9, row: 9, ctrl: false, alt: false, shift: false };
        assert_eq!(pane.mouse(click, 4, 2), b"\x1b[<0;5;3M");
    }

    #[test]
    fn a_program_that_asks_hears_of_the_focus_once() {
        let mut pane = pane();
        assert_eq!(pane.tell_focus(true), None, "it did not ask");
        output(&mut pane, "\u{1b}[?1004h");
        assert_eq!(pane.tell_focus(true), None, "it has it already");
        assert_eq!(pane.tell_focus(false).as_deref(), Some(&b"\x1b[O"[..]));
        assert_eq!(pane.tell_focus(true).as_deref(), Some(&b"\x1b[I"[..]));
    }

    #[test]
    fn movement_goes_to_a_program_that_wants_all_of_it() {
        let mut pane = pane();
        let moved = Mouse { kind: MouseKind::Moved, column: 9, row: 9, ctrl: false, alt: false, shift: false };
        output(&mut pane, "\u{1b}[?1002;1006h");
        assert!(pane.mouse(moved, 4, 2).is_empty());
        output(&mut pane, "\u{1b}[?1003h");
        assert_eq!(pane.mouse(moved, 4, 2), b"\x1b[<35;5;3M");
    }
}
