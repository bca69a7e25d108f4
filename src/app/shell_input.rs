//! Keys and the mouse on their way to a shell. Pastes are in `shells::requests`, keys of copy mode in
//! `shells::copy_mode`.

use super::App;
use super::layout::{PaneId, Slot};
use super::message::Effect;
use super::panes::Pane;
use super::panes::shell::ShellPane;
use super::panes::shell::input::Typed;
use super::screen;
use crate::base::input::Mouse;
use crate::base::key::Key;

impl App {
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
        if self.copy_mode_key(key, led) {
            return true;
        }
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
        let typed = pane.typed(key, &leave);
        self.prefix = None;
        match typed {
            Typed::Detach => self.detach(id),
            Typed::Send(bytes) if bytes.is_empty() => {}
            Typed::Send(bytes) => self.effects.push(Effect::ShellInput(id, bytes)),
        }
        // The echo is what is seen; a frame now would only make it wait for the next one.
        self.dirty = led || self.is_seen_at_once(id);
        true
    }

    /// Whether what was typed is on the screen before the process answers: it was left alone, or has no terminal.
    fn is_seen_at_once(&self, id: PaneId) -> bool {
        matches!(self.panes.get(&id), Some(Pane::Shell(pane)) if !pane.is_living() || !pane.streams.tty)
    }

    /// Gives the mouse to the shell under it; false when there is none.
    pub(super) fn shell_mouse(&mut self, slot: Slot, mouse: Mouse) -> bool {
        let Some(inside) = self.area_of(slot).map(screen::contents) else { return false };
        let Slot::Pane(id) = slot else { return false };
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return false };
        let (Some(column), Some(row)) = (mouse.column.checked_sub(inside.x), mouse.row.checked_sub(inside.y)) else {
            return true;
        };
        let bytes = pane.mouse(mouse, column, row);
        if pane.is_living() && !bytes.is_empty() {
            self.effects.push(Effect::ShellInput(id, bytes));
        }
        true
    }
}
