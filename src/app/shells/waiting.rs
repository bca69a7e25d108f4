//! What a tile shows while its container does not run: why, since when, and what was said of the pod last.

use super::super::App;
use super::super::action::Action;
use super::super::message::Notice;
use super::super::panes::shell::{Purpose, ShellPane, ShellState};
use crate::base::age::human_duration;
use crate::base::text::{Line, Role};
use crate::cluster::api::ShellUpdate;
use crate::model::event::EventRow;
use crate::model::row::Row as _;

impl App {
    /// What a tile says beside its screen: why it waits, or how it ended, and what can be done. Empty while it runs.
    pub fn words_of_shell(&self, pane: &ShellPane) -> Vec<Line> {
        if let ShellState::Waiting(waiting) = &pane.state {
            let mut lines = vec![self.headline(pane)];
            let role = if is_trouble(&waiting.reason) { Role::Warn } else { Role::Plain };
            let colon = if waiting.message.is_empty() { "" } else { ": " };
            let nobody = "nobody has said why yet";
            let reason = if waiting.reason.is_empty() { nobody } else { waiting.reason.as_str() };
            lines.push(Line::new(format!("{reason}{colon}{}", waiting.message), role));
            lines.extend(self.last_event(pane).map(|event| self.event_line(event)));
            lines.push(self.keys_while_waiting(pane));
            return lines;
        }
        let Some((words, bad)) = pane.last_words() else { return Vec::new() };
        let key = |action| self.keys.key_of(action);
        // Where no shell can be had, another try is not what helps.
        let debug = if pane.lacks_shell() { format!("   {} debug", key(Action::DebugHere)) } else { String::new() };
        let keys = format!("{debug}   {} {}   {} close", key(Action::Retry), pane.again(), key(Action::Quit));
        vec![Line::new(words, if bad { Role::Bad } else { Role::Dim }).and(keys, Role::Key)]
    }

    fn headline(&self, pane: &ShellPane) -> Line {
        let waited = human_duration(self.now.micros_since(pane.since).unwrap_or(0));
        let text = format!("waiting for container {} of pod/{}", pane.container, pane.key.name);
        Line::new(text, Role::Heading).and(format!(" · {waited}"), Role::Dim)
    }

    fn keys_while_waiting(&self, pane: &ShellPane) -> Line {
        let then = if pane.purpose == Purpose::Attach { "attaches by itself" } else { "opens by itself" };
        let key = |action| self.keys.key_of(action);
        Line::new(key(Action::Back), Role::Key)
            .and(format!(" leaves it waiting, it {then}   "), Role::Dim)
            .and(key(Action::Quit), Role::Key)
            .and(" gives up; the container stays", Role::Dim)
    }

    /// The last event about the pod as a whole or about this container.
    fn last_event(&self, pane: &ShellPane) -> Option<&EventRow> {
        let pod = self.pod(&pane.key)?;
        let part = format!("{{{}}}", pane.container);
        // What was said of the pod as a whole before it was waited for explains nothing, unless it was a warning.
        let is_of_pod = |event: &EventRow| {
            event.field_path.is_empty() && (&*event.r#type == "Warning" || event.sighting().last >= pane.since)
        };
        let events = self.store.events_of(&pod.meta().uid, &pod.meta().name);
        let told = events.into_iter().rev().filter(|event| event.field_path.ends_with(&part) || is_of_pod(event));
        most_telling(told)
    }

    fn event_line(&self, event: &EventRow) -> Line {
        let ago = human_duration(self.now.micros_since(event.sighting().last).unwrap_or(0));
        let role = if &*event.r#type == "Warning" { Role::Warn } else { Role::Dim };
        Line::new(format!("event {ago} ago: "), Role::Dim).and(format!("{}: {}", event.reason, event.message), role)
    }

    /// What a person who looks elsewhere should be told of a session that was waited for.
    pub(super) fn news_of_wait(pane: &ShellPane, update: &ShellUpdate) -> Option<Notice> {
        let of = format!("container {} of pod/{}", pane.container, pane.key.name);
        match update {
            ShellUpdate::Streams(_) => Some(Notice::info(format!("{of} runs; its tile is attached to it"))),
            ShellUpdate::Open if pane.is_waiting() => Some(Notice::info(format!("{of} runs; its shell is open"))),
            ShellUpdate::Over(end) if !pane.was_opened() => {
                Some(Notice::error(format!("{of} had ended with exit code {}", end.code)))
            }
            ShellUpdate::Refused(problem) if pane.is_waiting() => Some(Notice::error(problem.to_string())),
            _ => None,
        }
    }
}

/// The last of some events, latest first; or, where that only says that something failed and is tried again, the one
/// that says why.
fn most_telling<'a>(mut told: impl Iterator<Item = &'a EventRow>) -> Option<&'a EventRow> {
    let last = told.next()?;
    let again = |event: &EventRow| matches!(&*event.reason, "BackOff" | "Failed");
    if !again(last) {
        return Some(last);
    }
    let before = told.take_while(|event| again(event) || &*event.reason == "Pulling").filter(|event| again(event));
    std::iter::once(last)
        .chain(before)
        .reduce(|best, event| if event.message.len() > best.message.len() { event } else { best })
}

/// Whether a reason is not just the usual way to a start.
fn is_trouble(reason: &str) -> bool {
    !matches!(reason, "" | "ContainerCreating" | "PodInitializing" | "Pulling")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::row::{Interner, WireRow as _};

    fn told(events: &[(&str, &str)]) -> String {
        let row = |(reason, message): &(&str, &str)| {
            let event = json!({"reason": reason, "message": message});
            EventRow::from_wire(serde_json::from_value(event).expect("an event"), &mut Interner::default())
        };
        let rows: Vec<_> = events.iter().map(row).collect();
        most_telling(rows.iter()).map(|event| event.message.to_string()).unwrap_or_default()
    }

    #[test]
    fn d43_of_events_the_one_that_says_why_is_shown() {
        let pull = ("Failed", "Failed to pull image \"x:1\": not found, and more");
        let (failed, back_off, pulling) =
            (("Failed", "Error: ErrImagePull"), ("BackOff", "Back-off pulling"), ("Pulling", "Pulling image"));
        assert_eq!(told(&[back_off, failed, pull, pulling]), pull.1);
        assert_eq!(told(&[pulling, pull]), pulling.1, "it is tried again just now");
        assert_eq!(told(&[failed, ("Scheduled", "a long message that explains nothing of it"), pull]), failed.1);
        assert_eq!(told(&[]), "");
    }
}
