//! Shell panes: keys, pastes and the mouse on their way to them, and what comes back. `open` begins them, `waiting` is
//! what they show before.

mod open;
#[cfg(test)]
mod tests;
mod waiting;

use super::App;
use super::action::{Action, Place};
use super::keymap::Lookup;
use super::keys::step;
use super::layout::{PaneId, Slot};
use super::message::{Effect, Notice};
use super::panes::Pane;
use super::panes::shell::{Purpose, ShellPane, Typed};
use super::screen;
use crate::base::input::{Mouse, MouseKind};
use crate::base::key::Key;
use crate::cluster::api::ShellUpdate;

impl App {
    pub(super) fn on_shell(&mut self, id: PaneId, update: ShellUpdate) {
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
        if outcome.recovered {
            self.notify(Notice::error("the screen of a shell had to be rebuilt; some output may be missing"));
        }
    }

    /// The running shell that has the focus.
    fn focused_shell(&mut self) -> Option<(PaneId, &mut ShellPane)> {
        let Slot::Pane(id) = self.layout.focused() else { return None };
        match self.panes.get_mut(&id) {
            Some(Pane::Shell(pane)) if pane.is_living() => Some((id, pane)),
            _ => None,
        }
    }

    /// Gives a key to the focused shell; false when it is the program's after all. `led`: the leader, or the first key
    /// of a sequence, came before it.
    pub(super) fn shell_key(&mut self, key: Key, led: bool) -> bool {
        let (leader, leave) = (self.config.leader, self.config.detach_keys.clone());
        let Some((id, pane)) = self.focused_shell() else { return false };
        if key == leader && !led {
            self.leading = true;
            return true;
        }
        // The leader twice is the leader itself.
        if led && key != leader {
            return false;
        }
        if pane.looking_back {
            return self.look_back_key(key);
        }
        let typed = pane.typed(key, &leave);
        self.prefix = None;
        match typed {
            Typed::Detach => self.detach(id),
            Typed::Send(bytes) if bytes.is_empty() => {}
            Typed::Send(bytes) => self.effects.push(Effect::ShellInput(id, bytes)),
        }
        // The echo is what is seen; a frame now would only make it wait for the next one.
        self.dirty = led;
        true
    }

    /// While a shell's past is looked at, keys move; any other key goes back to the present.
    fn look_back_key(&mut self, key: Key) -> bool {
        let action = match self.keys.look_up(None, key, &[Place::Moving]) {
            Lookup::Action(action) => step(action),
            _ => None,
        };
        if let Some((_, pane)) = self.focused_shell() {
            match action {
                Some(step) => pane.look_back(step),
                None => pane.look_ahead(),
            }
        }
        true
    }

    pub(super) fn shell_paste(&mut self, text: &str) {
        if let Some((id, pane)) = self.focused_shell() {
            let bytes = pane.paste(text);
            pane.look_ahead();
            self.effects.push(Effect::ShellInput(id, bytes));
        }
    }

    /// Leaves an attached process alone: the connection ends, the process does not.
    fn detach(&mut self, id: PaneId) {
        if let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) {
            pane.detach();
            self.effects.push(Effect::ClosePane(id));
            self.dirty = true;
        }
    }

    /// Gives the mouse to the shell under it; false when there is none.
    pub(super) fn shell_mouse(&mut self, slot: Slot, mouse: Mouse) -> bool {
        let Some(inside) = self.area_of(slot).map(screen::contents) else { return false };
        let Slot::Pane(id) = slot else { return false };
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return false };
        let (Some(column), Some(row)) = (mouse.column.checked_sub(inside.x), mouse.row.checked_sub(inside.y)) else {
            return true;
        };
        if pane.is_living() || matches!(mouse.kind, MouseKind::ScrollUp | MouseKind::ScrollDown) {
            let bytes = pane.mouse(mouse, column, row);
            if !bytes.is_empty() {
                self.effects.push(Effect::ShellInput(id, bytes));
            }
        }
        true
    }

    pub(super) fn perform_in_shell(&mut self, id: PaneId, action: Action) {
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return };
        match action {
            Action::Scrollback => pane.look_back(super::list::Step::Pages(-1)),
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
