//! Shell panes: what comes from them, and what else is done to them. `open` begins them, `waiting` is what they show
//! before, `requests` what a person is asked first, `copy_mode` its keys, `wishes` what programs want of the terminal;
//! keys and the mouse go through `shell_input`.

mod copy_mode;
mod open;
#[cfg(test)]
mod quality;
mod requests;
#[cfg(test)]
mod tests;
mod waiting;
mod wishes;

use super::App;
use super::action::Action;
use super::layout::{PaneId, Slot};
use super::message::{Effect, Notice};
use super::panes::Pane;
use super::panes::shell::Purpose;
use crate::cluster::api::ShellUpdate;

impl App {
    pub(super) fn on_shell(&mut self, id: PaneId, update: ShellUpdate) {
        if let Some(Pane::Run(pane)) = self.panes.get_mut(&id) {
            return pane.update(update);
        }
        let is_elsewhere = self.layout.focused() != Slot::Pane(id);
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return };
        let news = if is_elsewhere { Self::news_of_wait(pane, &update) } else { None };
        let has_ended = matches!(update, ShellUpdate::Ended(_));
        let outcome = pane.update(update);
        let lacks_shell = (has_ended && pane.lacks_shell()).then(|| (pane.key.clone(), pane.container.clone()));
        if let Some(news) = news {
            self.notify(news);
        }
        if let Some((key, container)) = lacks_shell {
            self.offer_debug(&key, &container);
        }
        if !outcome.replies.is_empty() {
            self.effects.push(Effect::ShellInput(id, outcome.replies));
        }
        if let Some(text) = outcome.clipboard {
            self.on_clipboard(id, text);
        }
        if outcome.recovered {
            self.notify(Notice::error("the screen of a shell had to be rebuilt; some output may be missing"));
        }
    }

    /// Leaves an attached process alone: the connection ends, the process does not.
    pub(super) fn detach(&mut self, id: PaneId) {
        if let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) {
            pane.detach();
            self.effects.push(Effect::ClosePane(id));
            self.dirty = true;
        }
    }

    pub(super) fn perform_in_shell(&mut self, id: PaneId, action: Action) {
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return };
        match action {
            Action::Scrollback => drop(pane.enter_copy_mode()),
            Action::Clipboard => self.ask_about_clipboard(id),
            Action::Retry => self.begin_session_again(id),
            Action::Detach if pane.purpose != Purpose::Attach => {
                let text = "a shell ends with its connection; only an attached process can be left alone";
                self.notify(Notice::error(text));
            }
            Action::Detach if pane.is_living() => self.detach(id),
            _ => {}
        }
    }
}

/// How much a text is: `12 characters`, `3 lines`.
fn amount(text: &str) -> String {
    let (lines, characters) = (text.lines().count(), text.chars().count());
    match (lines, characters) {
        (2.., _) => format!("{lines} lines"),
        (_, 1) => "1 character".to_owned(),
        _ => format!("{characters} characters"),
    }
}
