//! What programs in shells want of the terminal around them: to know of the focus, a shape of the cursor, every
//! movement of the mouse.

use crate::app::App;
use crate::app::layout::Slot;
use crate::app::message::Effect;
use crate::app::panes::Pane;
use crate::base::input::Wishes;
use crate::base::keybytes::MouseMode;

impl App {
    /// Tells shells that asked for it when they gain and lose the focus.
    pub(in crate::app) fn settle_focus(&mut self) {
        let focused = self.layout.focused();
        for (id, pane) in &mut self.panes {
            let Pane::Shell(pane) = pane else { continue };
            let has_focus = self.window_focused && focused == Slot::Pane(*id);
            if let Some(bytes) = pane.tell_focus(has_focus) {
                self.effects.push(Effect::ShellInput(*id, bytes));
            }
        }
    }

    /// What the program that gets the keys wants of the terminal.
    pub fn wishes(&self) -> Wishes {
        match self.focused_pane() {
            Some((_, Pane::Shell(pane))) if self.modal.is_none() && pane.is_living() && pane.copy.is_none() => Wishes {
                cursor: pane.emulator.view().cursor().shape,
                movement: self.config.mouse && pane.emulator.modes().mouse == MouseMode::Any,
            },
            _ => Wishes::default(),
        }
    }
}
