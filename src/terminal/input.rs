//! Keys, mouse, paste and size as they come from the terminal, in the program's own words.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use futures::{Stream, StreamExt};

use crate::base::input::{Button, InputEvent, Mouse, MouseKind};
use crate::base::key::{Code, Key};

/// Everything that is done to the terminal from now on. Pause it before another program gets the terminal, or it
/// would take that program's keys.
pub fn events() -> Events {
    Events { stream: Some(EventStream::new()), resized: false }
}

/// What is done to the terminal, as a stream.
#[derive(Debug)]
pub struct Events {
    /// Nothing while another program has the terminal.
    stream: Option<EventStream>,
    /// The size may be another than before.
    resized: bool,
}

impl Events {
    /// Stops reading. Ask nothing of the stream until it is resumed.
    pub fn pause(&mut self) {
        self.stream = None;
    }

    /// Reads again. The size comes first: nobody has told of a change that happened meanwhile.
    pub fn resume(&mut self) {
        self.stream = Some(EventStream::new());
        self.resized = true;
    }
}

impl Stream for Events {
    type Item = io::Result<InputEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.resized)
            && let Ok((columns, rows)) = crossterm::terminal::size()
        {
            return Poll::Ready(Some(Ok(InputEvent::Resize(columns, rows))));
        }
        let Some(stream) = &mut self.stream else { return Poll::Pending };
        loop {
            match ready!(stream.poll_next_unpin(context)) {
                None => return Poll::Ready(None),
                Some(event) => {
                    if let Some(event) = event.map(converted).transpose() {
                        return Poll::Ready(Some(event));
                    }
                }
            }
        }
    }
}

/// An event in our words; `None` when it means nothing to us.
fn converted(event: Event) -> Option<InputEvent> {
    match event {
        Event::Key(key) => key_of(key).map(InputEvent::Key),
        Event::Mouse(mouse) => Some(InputEvent::Mouse(mouse_of(mouse))),
        // Terminals send what Return sends at the end of each line.
        Event::Paste(text) => Some(InputEvent::Paste(text.replace("\r\n", "\n").replace('\r', "\n"))),
        Event::Resize(columns, rows) => Some(InputEvent::Resize(columns, rows)),
        Event::FocusGained => Some(InputEvent::Focus(true)),
        Event::FocusLost => Some(InputEvent::Focus(false)),
    }
}

fn key_of(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let held = |modifier| event.modifiers.contains(modifier);
    let (ctrl, alt, shift) =
        (held(KeyModifiers::CONTROL), held(KeyModifiers::ALT) || held(KeyModifiers::META), held(KeyModifiers::SHIFT));
    let key = |code| Some(Key { code, ctrl, alt, shift });
    let unshifted = |code| Some(Key { code, ctrl, alt, shift: false });
    match event.code {
        KeyCode::Char(c) => unshifted(Code::Char(char_of(c, ctrl, shift))),
        // What control and space send.
        KeyCode::Null => Some(Key { code: Code::Char(' '), ctrl: true, alt, shift: false }),
        KeyCode::BackTab => unshifted(Code::BackTab),
        KeyCode::Tab if shift => unshifted(Code::BackTab),
        KeyCode::F(number @ 1..=24) => key(Code::F(number)),
        code => named(code).and_then(key),
    }
}

/// The character that was meant.
fn char_of(c: char, ctrl: bool, shift: bool) -> char {
    match c {
        // Terminals send the same byte for these, which the library reads as control and a digit.
        '4' if ctrl => '\\',
        '5' if ctrl => ']',
        '6' if ctrl => '^',
        '7' if ctrl => '_',
        c if ctrl => c.to_ascii_lowercase(),
        c if shift => c.to_ascii_uppercase(),
        c => c,
    }
}

fn named(code: KeyCode) -> Option<Code> {
    Some(match code {
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Insert => Code::Insert,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    })
}

fn mouse_of(event: MouseEvent) -> Mouse {
    let kind = match event.kind {
        MouseEventKind::Down(button) => MouseKind::Down(button_of(button)),
        MouseEventKind::Up(button) => MouseKind::Up(button_of(button)),
        MouseEventKind::Drag(button) => MouseKind::Drag(button_of(button)),
        MouseEventKind::ScrollUp => MouseKind::ScrollUp,
        MouseEventKind::ScrollDown => MouseKind::ScrollDown,
        MouseEventKind::ScrollLeft => MouseKind::ScrollLeft,
        MouseEventKind::ScrollRight => MouseKind::ScrollRight,
        MouseEventKind::Moved => MouseKind::Moved,
    };
    let held = |modifier| event.modifiers.contains(modifier);
    Mouse {
        kind,
        column: event.column,
        row: event.row,
        ctrl: held(KeyModifiers::CONTROL),
        alt: held(KeyModifiers::ALT),
        shift: held(KeyModifiers::SHIFT),
    }
}

fn button_of(button: MouseButton) -> Button {
    match button {
        MouseButton::Left => Button::Left,
        MouseButton::Right => Button::Right,
        MouseButton::Middle => Button::Middle,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyEventState, ModifierKeyCode};

    use super::*;

    const NONE: KeyModifiers = KeyModifiers::NONE;
    const CTRL: KeyModifiers = KeyModifiers::CONTROL;
    const SHIFT: KeyModifiers = KeyModifiers::SHIFT;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        key_of(KeyEvent::new(code, modifiers)).map(|key| key.to_string())
    }

    #[test]
    fn keys_are_the_ones_that_people_write() {
        for (code, modifiers, key) in [
            (KeyCode::Char('q'), NONE, "q"),
            (KeyCode::Char('G'), SHIFT, "G"),
            (KeyCode::Char('g'), SHIFT, "G"),
            (KeyCode::Char('?'), SHIFT, "?"),
            (KeyCode::Char('W'), CTRL | SHIFT, "ctrl-w"),
            (KeyCode::Char('w'), CTRL, "ctrl-w"),
            (KeyCode::Char(' '), CTRL, "ctrl-space"),
            (KeyCode::Null, NONE, "ctrl-space"),
            (KeyCode::Char('5'), CTRL, "ctrl-]"),
            (KeyCode::Char('x'), KeyModifiers::ALT, "alt-x"),
            (KeyCode::BackTab, SHIFT, "backtab"),
            (KeyCode::Tab, SHIFT, "backtab"),
            (KeyCode::Up, SHIFT, "shift-up"),
            (KeyCode::F(5), NONE, "f5"),
            (KeyCode::Char('日'), NONE, "日"),
        ] {
            let ours = pressed(code, modifiers).expect(key);
            assert_eq!(ours, key);
            assert_eq!(key_of(KeyEvent::new(code, modifiers)), Some(key.parse().expect(key)), "reads back");
        }
    }

    #[test]
    fn what_is_no_key_press_is_left_out() {
        assert_eq!(pressed(KeyCode::CapsLock, NONE), None);
        assert_eq!(pressed(KeyCode::F(35), NONE), None);
        assert_eq!(pressed(KeyCode::Modifier(ModifierKeyCode::LeftShift), NONE), None);
        let release =
            KeyEvent { code: KeyCode::Enter, modifiers: NONE, kind: KeyEventKind::Release, state: KeyEventState::NONE };
        assert_eq!(key_of(release), None);
        let repeat = KeyEvent { kind: KeyEventKind::Repeat, ..release };
        assert_eq!(key_of(repeat), Some(Key::plain(Code::Enter)));
    }

    #[test]
    fn pasted_lines_end_as_lines_do() {
        let pasted = converted(Event::Paste("a\r\nb\rc\n".to_owned()));
        assert_eq!(pasted, Some(InputEvent::Paste("a\nb\nc\n".to_owned())));
    }

    #[test]
    fn the_mouse_is_reported_when_a_button_or_the_wheel_is_used() {
        let event = |kind| converted(Event::Mouse(MouseEvent { kind, column: 7, row: 3, modifiers: CTRL }));
        let expected =
            Mouse { kind: MouseKind::Down(Button::Left), column: 7, row: 3, ctrl: true, alt: false, shift: false };
        assert_eq!(event(MouseEventKind::Down(MouseButton::Left)), Some(InputEvent::Mouse(expected)));
        let moved = Mouse { kind: MouseKind::Moved, ..expected };
        assert_eq!(event(MouseEventKind::Moved), Some(InputEvent::Mouse(moved)));
    }
}
