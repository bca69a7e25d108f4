//! A shell in a container, a command, or its first process, in a tile: the emulator, and what keys and the mouse mean
//! to it.
//!
//! Every key goes to the shell but the leader, which is looked at before a key comes here. When the shell has
//! ended its screen stays, and keys are the program's again; so they are while its container is waited for. What
//! differs between shells and attaching is in `purpose`, what is said of it in `words`.

mod detach;
mod line;
mod purpose;
mod words;

use crate::app::list::Step;
use crate::base::input::{Button, Mouse, MouseKind};
use crate::base::key::{Code, Key};
use crate::base::keybytes::{self, MouseAction, MouseButton, MouseEvent, MouseMode};
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::cluster::api::{ContainerEnd, ExitStatus, SessionRequest, ShellUpdate, Streams, Waiting};
use crate::emulator::{Emulator, Outcome};
use crate::model::kind::ObjectKey;

use detach::{Detach, Held};
use line::TypedLine;
pub use purpose::{Purpose, Shells};

/// Lines that one turn of the wheel moves.
const WHEEL: usize = 3;

/// Ends what a process may have left the terminal in: the alternate screen, modes, colours, a sequence that was cut.
const AFRESH: &[u8] =
    b"\x18\x1b[?1049l\x1b[?1l\x1b[?7h\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?2004l\x1b[r\x1b[0m";

/// How a shell stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellState {
    /// Its container does not run yet.
    Waiting(Waiting),
    /// Asked for.
    Opening,
    /// Running.
    Running,
    /// It was left alone and goes on.
    Detached,
    /// Over.
    Ended(ExitStatus),
    /// The container itself is over.
    Over(ContainerEnd),
    /// It never began.
    Refused(Problem),
}

/// A shell.
#[derive(Debug)]
pub struct ShellPane {
    /// The pod.
    pub key: ObjectKey,
    /// The container.
    pub container: String,
    /// What runs in it.
    pub purpose: Purpose,
    /// What the process has to type to.
    pub streams: Streams,
    /// Since when it is waited for.
    pub since: Stamp,
    /// Its screen.
    pub emulator: Emulator,
    /// How it stands.
    pub state: ShellState,
    /// The bell rang since it last had the focus.
    pub bell: bool,
    /// Keys scroll instead of going to the shell.
    pub looking_back: bool,
    life: Life,
    detach: Detach,
    line: TypedLine,
    title: String,
    size: (u16, u16),
}

/// What was seen of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Nothing yet.
    None,
    /// The session stood, so that an end of the container was seen.
    Opened,
    /// A person sent it something, so there was a shell.
    Used,
}

/// What comes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// These bytes are sent; there may be none.
    Send(Vec<u8>),
    /// The process is left alone.
    Detach,
}

impl ShellPane {
    /// A tile of `columns` by `rows` for something that is about to be asked for.
    pub fn new(key: ObjectKey, container: String, purpose: Purpose, size: (u16, u16), scrollback: usize) -> Self {
        let (columns, rows) = size;
        Self {
            key,
            container,
            purpose,
            streams: Streams { stdin: true, tty: true },
            since: Stamp::NONE,
            emulator: Emulator::new(rows, columns, scrollback),
            state: ShellState::Opening,
            bell: false,
            looking_back: false,
            life: Life::None,
            detach: Detach::default(),
            line: TypedLine::default(),
            title: String::new(),
            size,
        }
    }

    /// Begins, or begins again; what is on the screen stays above. What is asked of the server.
    pub fn begin(&mut self, waits: bool, shells: &Shells<'_>, now: Stamp) -> SessionRequest {
        self.look_ahead();
        // A process that is attached to again draws again by itself.
        if self.purpose != Purpose::Attach && self.was_opened() {
            self.emulator.process(AFRESH);
            self.emulator.process(b"\r\n");
        }
        self.state = if waits { ShellState::Waiting(Waiting::default()) } else { ShellState::Opening };
        self.since = now;
        self.life = Life::None;
        (self.detach, self.line, self.title) = <_>::default();
        let exec = self.purpose.request(&self.key, &self.container, shells, self.streams);
        SessionRequest { exec, waits }
    }

    /// Whether a process may be running that gets the keys.
    pub fn is_living(&self) -> bool {
        matches!(self.state, ShellState::Opening | ShellState::Running)
    }

    /// Whether the process was seen running.
    pub fn was_opened(&self) -> bool {
        self.life != Life::None
    }

    /// What the key that begins it again does.
    pub fn again(&self) -> &'static str {
        match (&self.purpose, &self.state) {
            (Purpose::Attach, _) => "attach again",
            (Purpose::Shell, ShellState::Ended(ExitStatus::Lost(_))) => "a new shell",
            _ => "again",
        }
    }

    /// Whether its container is waited for.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, ShellState::Waiting(_))
    }

    /// Takes in what came from the process; what it asked to be sent back.
    pub fn update(&mut self, update: ShellUpdate) -> Outcome {
        match update {
            ShellUpdate::Waiting(waiting) => self.state = ShellState::Waiting(waiting),
            ShellUpdate::Streams(streams) => {
                (self.streams, self.state) = (streams, ShellState::Opening);
                return Outcome::default();
            }
            ShellUpdate::Open => (self.state, self.life) = (ShellState::Running, Life::Opened),
            ShellUpdate::Output(bytes) | ShellUpdate::Errors(bytes) if self.streams.tty => return self.show(&bytes),
            ShellUpdate::Output(bytes) | ShellUpdate::Errors(bytes) | ShellUpdate::Log(bytes) => {
                return self.show(&with_returns(&bytes));
            }
            ShellUpdate::Ended(status) => self.state = ShellState::Ended(status),
            ShellUpdate::Over(end) => self.state = ShellState::Over(end),
            ShellUpdate::Refused(problem) => self.state = ShellState::Refused(problem),
        }
        self.look_ahead();
        Outcome::default()
    }

    fn show(&mut self, bytes: &[u8]) -> Outcome {
        let outcome = self.emulator.process(bytes);
        self.bell |= outcome.bell;
        if let Some(title) = &outcome.title {
            self.title.clone_from(title);
        }
        outcome
    }

    /// Leaves the process alone.
    pub fn detach(&mut self) {
        self.look_ahead();
        self.state = ShellState::Detached;
    }

    /// The tile has this size now; whether that is news for the process.
    pub fn resize(&mut self, columns: u16, rows: u16) -> bool {
        if self.size == (columns, rows) || columns == 0 || rows == 0 {
            return false;
        }
        self.size = (columns, rows);
        self.emulator.resize(rows, columns);
        true
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

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

    /// What the mouse sends, at a cell of the tile. The wheel scrolls when the program does not want it: back in
    /// the output, or by arrow keys where the program has the alternate screen.
    pub fn mouse(&mut self, mouse: Mouse, column: u16, row: u16) -> Vec<u8> {
        let modes = self.emulator.modes();
        if modes.mouse != MouseMode::Off {
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
        if modes.alternate_screen {
            return self.key(Key::plain(arrow)).repeat(WHEEL);
        }
        let step = if arrow == Code::Up { -(WHEEL as isize) } else { WHEEL as isize };
        self.look_back(Step::By(step));
        Vec::new()
    }

    /// Moves the view in the output of the past; at its end keys go to the shell again.
    pub fn look_back(&mut self, step: Step) {
        let view = self.emulator.view();
        let (length, offset) = (view.scrollback_len(), view.offset());
        let page = usize::from(self.size.1);
        let top = step.from(length.saturating_sub(offset), length + 1, page);
        self.emulator.scroll_to(length - top.min(length));
        self.looking_back = self.emulator.view().offset() > 0;
    }

    /// Back to the live screen.
    pub fn look_ahead(&mut self) {
        self.emulator.scroll_to(0);
        self.looking_back = false;
    }
}

/// Line breaks as a terminal's line discipline would send them: there was no terminal.
fn with_returns(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line {
            [rest @ .., b'\n'] if !rest.ends_with(b"\r") => out.extend([rest, b"\r\n"].concat()),
            line => out.extend_from_slice(line),
        }
    }
    out
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
        MouseKind::ScrollUp => MouseAction::Press(MouseButton::WheelUp),
        MouseKind::ScrollDown => MouseAction::Press(MouseButton::WheelDown),
        MouseKind::ScrollLeft => MouseAction::Press(MouseButton::WheelLeft),
        MouseKind::ScrollRight => MouseAction::Press(MouseButton::WheelRight),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::kind::Kind;

    fn pane() -> ShellPane {
        let key = ObjectKey::new(Kind::Pod, "shop", "web-0");
        let mut pane = ShellPane::new(key, "app".to_owned(), Purpose::Shell, (20, 4), 100);
        pane.update(ShellUpdate::Open);
        pane
    }

    fn output(pane: &mut ShellPane, text: &str) -> Outcome {
        pane.update(ShellUpdate::Output(Bytes::copy_from_slice(text.as_bytes())))
    }

    #[test]
    fn queries_are_answered_and_the_bell_is_a_mark() {
        let mut pane = pane();
        assert_eq!(output(&mut pane, "ab\u{1b}[6n").replies, b"\x1b[1;3R");
        output(&mut pane, "\u{7}\u{1b}]0;make\u{7}");
        assert_eq!(pane.title(), "shell web-0/app · make · bell");
    }

    #[test]
    fn the_wheel_looks_back_and_the_end_of_it_is_live_again() {
        let mut pane = pane();
        let lines: Vec<_> = (0..30).map(|i| format!("line {i}\r\n")).collect();
        output(&mut pane, &lines.concat());
        let wheel = |kind| Mouse { kind, column: 0, row: 0, ctrl: false, alt: false, shift: false };
        assert!(pane.mouse(wheel(MouseKind::ScrollUp), 0, 0).is_empty());
        assert!(pane.looking_back && pane.title().contains("3 lines back"), "{}", pane.title());
        pane.mouse(wheel(MouseKind::ScrollDown), 0, 0);
        assert!(!pane.looking_back);
        pane.look_back(Step::First);
        assert!(pane.emulator.view().text().starts_with("line 0"));
        output(&mut pane, "\u{1b}[?1049h");
        pane.look_ahead();
        assert_eq!(pane.mouse(wheel(MouseKind::ScrollUp), 0, 0), b"\x1b[A\x1b[A\x1b[A");
    }

    #[test]
    fn a_program_that_wants_the_mouse_gets_it() {
        let mut pane = pane();
        output(&mut pane, "\u{1b}[?1000h\u{1b}[?1006h");
        let click =
            Mouse { kind: MouseKind::Down(Button::Left), column: 9, row: 9, ctrl: false, alt: false, shift: false };
        assert_eq!(pane.mouse(click, 4, 2), b"\x1b[<0;5;3M");
    }

    #[test]
    fn how_it_ended_is_said() {
        let mut pane = pane();
        pane.update(ShellUpdate::Ended(ExitStatus::Code(3)));
        assert!(pane.title().ends_with("exited 3") && !pane.is_living());
        let message = r#"exec: "sh": executable file not found in $PATH: unknown"#.to_owned();
        pane.update(ShellUpdate::Ended(ExitStatus::Error { reason: "InternalError".to_owned(), message }));
        assert!(pane.last_words().is_some_and(|(words, _)| words.contains("has none of the shells")));
    }

    #[test]
    fn the_status_of_the_last_command_is_no_missing_shell() {
        let says = |pane: &ShellPane| pane.last_words().map(|(words, _)| words).unwrap_or_default();
        let mut pane = pane();
        pane.update(ShellUpdate::Ended(ExitStatus::Code(127)));
        assert!(says(&pane).contains("has none of the shells"));
        pane.update(ShellUpdate::Open);
        pane.key(Key::char('x'));
        pane.update(ShellUpdate::Ended(ExitStatus::Code(127)));
        assert_eq!(says(&pane), "the shell ended with exit code 127");
    }
}
