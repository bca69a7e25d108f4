//! The question before something that cannot be taken back.
//!
//! It says what would happen to what, and where; the safe answer is the default. `K` shows what would be sent. State
//! only: `ui::modal` draws it, `app::keys` asks [`Question::key`] what a key means.

use super::layout::PaneId;
use super::prompt::Prompt;
use super::sessions::{DebugId, SessionId};
use super::writes::JobId;
use crate::base::key::{Code, Key};
use crate::base::text::Line;
use crate::model::write::Write;

/// A question with a safe answer by default.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its title: `delete`.
    pub title: String,
    /// What would happen, to what, with what consequence.
    pub lines: Vec<Line>,
    /// The answers that do something.
    pub answers: Vec<Answer>,
    /// What must be typed before the first answer counts: a name.
    pub typed: Option<(String, Prompt)>,
    /// The kubectl commands that do the same as the first answer.
    pub commands: Vec<String>,
    /// What the first answer sends, for whoever wants to see it.
    pub requests: Vec<Line>,
    /// Whether `requests` are shown.
    pub detailed: bool,
}

/// An answer that does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its key.
    pub key: char,
    /// What it means: `delete it`.
    pub word: String,
    /// What it does.
    pub then: Then,
}

/// What an answer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Ends the program.
    Quit,
    /// Sends these.
    Write(Vec<Write>),
    /// Ends these.
    Stop(Vec<SessionId>),
    /// Closes a pane.
    Close(PaneId),
    /// Closes an edit pane; its text is lost.
    DiscardEdit(PaneId),
    /// Closes an edit pane; its text goes to a file.
    KeepEdit(PaneId),
    /// Sends what can not be noted in the ledger.
    MakeUnnoted(JobId),
    /// Deletes or ends what debugging made, and forgets what was kept of what it removed.
    Clean(Vec<DebugId>),
    /// The same, and then ends the program.
    CleanAndQuit(Vec<DebugId>),
    /// Ends the program; these stay, and are not asked about again.
    KeepAndQuit(Vec<DebugId>),
    /// Creates a removed pod again.
    Restore(DebugId, Box<Write>),
    /// Puts what a program in a shell offered on the clipboard.
    PutOnClipboard {
        /// The shell.
        pane: PaneId,
        /// What it offered.
        text: String,
        /// Its programs need not ask again.
        always: bool,
    },
    /// Pastes a text into a shell.
    Paste(PaneId, String),
}

/// What a key did to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Nothing is decided.
    NotYet,
    /// Nothing shall happen.
    No,
    /// This shall happen.
    Yes(Then),
    /// The commands shall be copied; the question stays.
    Copy(String),
}

impl Question {
    /// A question with one answer, `y`.
    pub fn new(title: impl Into<String>, lines: Vec<Line>, word: impl Into<String>, then: Then) -> Self {
        let answers = vec![Answer { key: 'y', word: word.into(), then }];
        let title = title.into();
        Self { title, lines, answers, typed: None, commands: Vec::new(), requests: Vec::new(), detailed: false }
    }

    /// The same, where `name` must be typed to say yes.
    #[must_use]
    pub fn typing(mut self, name: impl Into<String>) -> Self {
        self.typed = Some((name.into(), Prompt::new("")));
        self
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key) -> Answered {
        if let Some((name, prompt)) = &mut self.typed {
            if key.code == Code::Enter {
                return match self.answers.first() {
                    Some(answer) if prompt.text().trim() == name => Answered::Yes(answer.then.clone()),
                    _ if prompt.text().is_empty() => Answered::No,
                    _ => Answered::NotYet,
                };
            }
            prompt.key(key);
            return Answered::NotYet;
        }
        match key.code {
            Code::Char('K') if !self.commands.is_empty() => {
                self.detailed = true;
                Answered::Copy(self.commands.join("\n"))
            }
            // Enter takes the safe answer.
            Code::Char('n' | 'N' | 'q') | Code::Enter => Answered::No,
            Code::Char(c) if !key.ctrl && !key.alt => {
                let answer = self.answers.iter().find(|answer| answer.key == c.to_ascii_lowercase());
                answer.map_or(Answered::NotYet, |answer| Answered::Yes(answer.then.clone()))
            }
            _ => Answered::NotYet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::Role;

    fn question() -> Question {
        Question::new("quit", vec![Line::new("Quit?", Role::Plain)], "quit", Then::Quit)
    }

    #[test]
    fn only_its_own_key_says_yes() {
        for (key, answered) in [
            ("y", Answered::Yes(Then::Quit)),
            ("Y", Answered::Yes(Then::Quit)),
            ("enter", Answered::No),
            ("n", Answered::No),
            ("ctrl-y", Answered::NotYet),
            ("x", Answered::NotYet),
            ("K", Answered::NotYet),
        ] {
            assert_eq!(question().key(key.parse().expect(key)), answered, "{key}");
        }
    }

    #[test]
    fn a_name_must_be_typed_to_its_end() {
        let mut question = question().typing("ab");
        let mut press = |key: &str| question.key(key.parse().expect(key));
        assert_eq!(press("y"), Answered::NotYet, "is a letter of the name");
        assert_eq!(press("backspace"), Answered::NotYet);
        assert_eq!(press("a"), Answered::NotYet);
        assert_eq!(press("enter"), Answered::NotYet, "half a name is none");
        assert_eq!(press("b"), Answered::NotYet);
        assert_eq!(press("enter"), Answered::Yes(Then::Quit));
    }

    #[test]
    fn the_commands_can_be_copied_before_the_answer() {
        let mut question = question();
        question.commands = vec!["kubectl delete pod a".to_owned()];
        assert_eq!(question.key("K".parse().expect("K")), Answered::Copy("kubectl delete pod a".to_owned()));
        assert!(question.detailed);
    }
}
