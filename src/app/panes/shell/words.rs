//! What a shell tile says of itself: its title, and what stands below the screen when it is over.

use super::{Life, Purpose, ShellPane, ShellState};
use crate::cluster::api::{ContainerEnd, ExitStatus, is_shell_missing};

impl ShellPane {
    /// The title of its tile.
    pub fn title(&self) -> String {
        let bell = if self.bell { " · bell" } else { "" };
        let clipboard = if self.clipboard.offered.is_some() { " · wants the clipboard" } else { "" };
        let state = self.copy.as_ref().map_or_else(|| self.state_in_words(), |copy| copy.status());
        format!("{} {}/{} · {state}{clipboard}{bell}", self.purpose.word(), self.key.name, self.container)
    }

    fn state_in_words(&self) -> String {
        let is_attach = self.purpose == Purpose::Attach;
        match &self.state {
            ShellState::Waiting(waiting) if waiting.reason.is_empty() => "waiting".to_owned(),
            ShellState::Waiting(waiting) => format!("waiting · {}", waiting.reason),
            ShellState::Opening => "opening".to_owned(),
            ShellState::Running if !self.title.is_empty() => self.title.clone(),
            ShellState::Running if is_attach && !self.streams.stdin => "attached · output only".to_owned(),
            ShellState::Running if is_attach && !self.streams.tty => "attached · no terminal".to_owned(),
            ShellState::Running if is_attach => "attached".to_owned(),
            ShellState::Running => "running".to_owned(),
            ShellState::Detached => "detached".to_owned(),
            ShellState::Over(end) => format!("exited {}", end.code),
            ShellState::Ended(ExitStatus::Code(_)) if is_attach => "ended".to_owned(),
            ShellState::Ended(ExitStatus::Code(code)) => format!("exited {code}"),
            ShellState::Ended(ExitStatus::Error { .. }) | ShellState::Refused(_) => "not started".to_owned(),
            ShellState::Ended(ExitStatus::Lost(_)) => "connection lost".to_owned(),
        }
    }

    /// What to say below the screen when it is over: what happened, and whether that is bad.
    pub fn last_words(&self) -> Option<(String, bool)> {
        let noun = self.purpose.noun();
        let is_attach = self.purpose == Purpose::Attach;
        Some(match &self.state {
            ShellState::Waiting(_) | ShellState::Opening | ShellState::Running => return None,
            ShellState::Detached => (format!("detached: {noun} goes on"), false),
            ShellState::Refused(problem) => (problem.to_string(), true),
            ShellState::Over(end) => (self.end_in_words(end), end.code != 0),
            ShellState::Ended(_) if self.lacks_shell() => (
                format!(
                    "container {} has none of the shells that were tried; nothing can be run in it",
                    self.container
                ),
                true,
            ),
            // Attaching ends so when the process, or whoever restarts it, closes the streams.
            ShellState::Ended(ExitStatus::Code(_)) if is_attach => (format!("{noun} closed its streams"), false),
            ShellState::Ended(ExitStatus::Code(code)) => (format!("{noun} ended with exit code {code}"), *code != 0),
            ShellState::Ended(ExitStatus::Error { message, .. }) => (format!("not started: {message}"), true),
            ShellState::Ended(ExitStatus::Lost(why)) => {
                let may = if is_attach { "goes on" } else { "may still run" };
                (format!("the connection broke, {noun} {may}: {why}"), true)
            }
        })
    }

    /// Whether the image turned out to have none of the shells that were asked for.
    pub fn lacks_shell(&self) -> bool {
        // Of a shell that was used, 127 is what its last command said.
        self.purpose == Purpose::Shell
            && self.life != Life::Used
            && matches!(&self.state, ShellState::Ended(status) if is_shell_missing(status))
    }

    fn end_in_words(&self, end: &ContainerEnd) -> String {
        let reason = if end.reason.is_empty() { String::new() } else { format!(" ({})", end.reason) };
        let code = end.code;
        if self.was_opened() {
            return format!("the process ended with exit code {code}{reason}");
        }
        let message = end.message.trim();
        let colon = if message.is_empty() { "" } else { ": " };
        let advice = advice(end);
        format!("container {} had ended with exit code {code}{reason}{colon}{message}. {advice}", self.container)
    }
}

/// What to try when a container ended before anybody could attach.
fn advice(end: &ContainerEnd) -> &'static str {
    match (end.reason.as_str(), end.code) {
        ("StartError" | "ContainerCannotRun", _) | (_, 126..=128) => {
            "Its command is not in the image, or cannot run there: try another command or image"
        }
        ("OOMKilled", _) => "It needs more memory than it may have",
        (_, 0) => "Its command was done at once: give it one that stays, such as a shell with a terminal, or sleep",
        _ => "Above is what it wrote",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d42_a_container_that_ended_at_once_says_what_to_try() {
        let end = |code, reason: &str| ContainerEnd { code, reason: reason.to_owned(), message: String::new() };
        assert!(advice(&end(128, "StartError")).contains("another command"));
        assert!(advice(&end(0, "Completed")).contains("one that stays"));
        assert!(advice(&end(137, "OOMKilled")).contains("memory"));
        assert!(advice(&end(1, "Error")).contains("what it wrote"));
    }
}
