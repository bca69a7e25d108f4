//! A shell in a container, in a tile: the emulator, how the shell stands, and its past.
//!
//! What keys, pastes and the mouse send is in [`input`]. When the shell has ended its screen stays, and keys are the
//! program's again.

pub mod input;

use crate::app::list::Step;
use crate::base::problem::Problem;
use crate::cluster::api::{ExecRequest, ExitStatus, ShellUpdate, is_shell_missing, shell_command};
use crate::emulator::{Emulator, Outcome};
use crate::model::kind::ObjectKey;

/// How a shell stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellState {
    /// Asked for.
    Opening,
    /// Running.
    Running,
    /// Over.
    Ended(ExitStatus),
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
    /// Its screen.
    pub emulator: Emulator,
    /// How it stands.
    pub state: ShellState,
    /// The bell rang since it last had the focus.
    pub bell: bool,
    /// Keys scroll instead of going to the shell.
    pub looking_back: bool,
    /// A person sent it something, so there was a shell.
    used: bool,
    title: String,
    size: (u16, u16),
}

impl ShellPane {
    /// A shell of `columns` by `rows` that is about to be asked for.
    pub fn new(key: ObjectKey, container: String, size: (u16, u16), scrollback: usize) -> Self {
        let (columns, rows) = size;
        Self {
            key,
            container,
            emulator: Emulator::new(rows, columns, scrollback),
            state: ShellState::Opening,
            bell: false,
            looking_back: false,
            used: false,
            title: String::new(),
            size,
        }
    }

    /// What is asked of the server.
    pub fn request(&self, shells: &[String]) -> ExecRequest {
        let shells: Vec<_> = shells.iter().map(String::as_str).collect();
        ExecRequest {
            namespace: self.key.namespace.to_string(),
            pod: self.key.name.to_string(),
            container: Some(self.container.clone()),
            command: shell_command(&shells),
            tty: true,
            stdin: true,
            attach: false,
        }
    }

    /// The title of its tile.
    pub fn title(&self) -> String {
        let state = match &self.state {
            ShellState::Opening => "opening".to_owned(),
            ShellState::Running if self.looking_back => {
                format!("{} lines back", self.emulator.view().offset())
            }
            ShellState::Running if self.title.is_empty() => "running".to_owned(),
            ShellState::Running => self.title.clone(),
            ShellState::Ended(ExitStatus::Code(code)) => format!("exited {code}"),
            ShellState::Ended(ExitStatus::Error { .. }) | ShellState::Refused(_) => "not started".to_owned(),
            ShellState::Ended(ExitStatus::Lost(_)) => "connection lost".to_owned(),
        };
        let bell = if self.bell { " · bell" } else { "" };
        format!("shell {}/{} · {state}{bell}", self.key.name, self.container)
    }

    /// Whether a process may be running.
    pub fn is_living(&self) -> bool {
        matches!(self.state, ShellState::Opening | ShellState::Running)
    }

    /// What to say below the screen when it is over: what happened, and what to do.
    pub fn last_words(&self) -> Option<(String, bool)> {
        match &self.state {
            ShellState::Opening | ShellState::Running => None,
            ShellState::Refused(problem) => Some((problem.to_string(), true)),
            ShellState::Ended(status) if !self.used && is_shell_missing(status) => {
                let text = format!(
                    "container {} has none of the shells that were tried; nothing can be run in it",
                    self.container
                );
                Some((text, true))
            }
            ShellState::Ended(ExitStatus::Code(code)) => {
                Some((format!("the shell ended with exit code {code}"), *code != 0))
            }
            ShellState::Ended(ExitStatus::Error { message, .. }) => Some((format!("not started: {message}"), true)),
            ShellState::Ended(ExitStatus::Lost(why)) => {
                Some((format!("the connection broke, the shell may still run: {why}"), true))
            }
        }
    }

    /// Takes in what came from the process; what it asked to be sent back.
    pub fn update(&mut self, update: ShellUpdate) -> Outcome {
        match update {
            ShellUpdate::Open => self.state = ShellState::Running,
            ShellUpdate::Output(bytes) => {
                let outcome = self.emulator.process(&bytes);
                self.bell |= outcome.bell;
                if let Some(title) = &outcome.title {
                    self.title.clone_from(title);
                }
                return outcome;
            }
            ShellUpdate::Ended(status) => self.state = ShellState::Ended(status),
            ShellUpdate::Refused(problem) => self.state = ShellState::Refused(problem),
        }
        self.look_ahead();
        Outcome::default()
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::base::key::Key;
    use crate::model::kind::Kind;

    pub(super) fn pane() -> ShellPane {
        let mut pane = ShellPane::new(ObjectKey::new(Kind::Pod, "shop", "web-0"), "app".to_owned(), (20, 4), 100);
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
