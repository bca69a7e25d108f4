//! A shell in a container, a command, or its first process, in a tile: the emulator, how the process stands, and its past.
//!
//! What keys, pastes and the mouse send is in [`input`]. When the shell has ended its screen stays, and keys are the
//! program's again; so they are while its container is waited for. What differs between shells and attaching is in
//! `purpose`, what is said of it in `words`.

pub mod copy_mode;
mod detach;
mod frozen;
pub mod input;
mod line;
mod pulls;
mod purpose;
mod words;

use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::cluster::api::{ContainerEnd, ExitStatus, SessionRequest, ShellUpdate, Streams, Waiting};
use crate::emulator::{Emulator, Outcome};
use crate::model::kind::ObjectKey;

use copy_mode::CopyMode;
use detach::Detach;
use line::TypedLine;
pub use purpose::{Purpose, Shells};

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
    /// What it printed, frozen: keys move in it instead of going to the shell.
    pub copy: Option<Box<CopyMode>>,
    /// What its programs want of the clipboard.
    pub clipboard: Clipboard,
    /// Where the mouse was pressed, if it may be the beginning of a selection.
    pressed: Option<(u16, u16)>,
    /// It was last told that it has the focus.
    has_focus: bool,
    life: Life,
    detach: Detach,
    line: TypedLine,
    title: String,
    size: (u16, u16),
}

/// What its programs want of the clipboard, and what the person said.
#[derive(Debug, Default)]
pub struct Clipboard {
    /// They may always write to it.
    pub always: bool,
    /// What one wanted there last, until the person is asked.
    pub offered: Option<String>,
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
            copy: None,
            clipboard: Clipboard::default(),
            pressed: None,
            has_focus: false,
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
            ShellUpdate::Waiting(now) => {
                let told = match &self.state {
                    ShellState::Waiting(before) => pulls::telling(before, now),
                    _ => pulls::telling(&Waiting::default(), now),
                };
                self.state = ShellState::Waiting(told);
            }
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
        self.end_look_back();
        Outcome::default()
    }

    fn show(&mut self, bytes: &[u8]) -> Outcome {
        let outcome = self.emulator.process(bytes);
        if let Some(copy) = &mut self.copy {
            copy.miss(bytes);
        }
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
        if let Some(copy) = &mut self.copy {
            copy.settle(self.size);
        }
        true
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        self.size
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::base::key::Key;
    use crate::model::kind::Kind;

    pub(super) fn pane() -> ShellPane {
        let key = ObjectKey::new(Kind::Pod, "shop", "web-0");
        let mut pane = ShellPane::new(key, "app".to_owned(), Purpose::Shell, (20, 4), 100);
        pane.update(ShellUpdate::Open);
        pane
    }

    pub(super) fn output(pane: &mut ShellPane, text: &str) -> Outcome {
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
