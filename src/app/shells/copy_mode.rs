//! Copy mode of the focused shell: what its keys do.

use crate::app::App;
use crate::app::action::{Action, Place};
use crate::app::keymap::Lookup;
use crate::app::keys::step;
use crate::app::layout::Slot;
use crate::app::message::{Effect, Notice};
use crate::app::modal::{Asked, Modal};
use crate::app::panes::Pane;
use crate::app::panes::shell::ShellPane;
use crate::app::panes::shell::copy_mode::Shape;
use crate::app::prompt::Prompt;
use crate::base::key::Key;

impl App {
    /// The focused shell, when it is in copy mode.
    fn copying(&mut self) -> Option<&mut ShellPane> {
        let Slot::Pane(id) = self.layout.focused() else { return None };
        match self.panes.get_mut(&id) {
            Some(Pane::Shell(pane)) if pane.copy.is_some() => Some(pane),
            _ => None,
        }
    }

    /// Gives a key to copy mode, if the focused shell is in it; false when it is the program's. `led`: the leader, or
    /// the first key of a sequence, came before it.
    pub(in crate::app) fn copy_mode_key(&mut self, key: Key, led: bool) -> bool {
        let leader = self.config.leader;
        let Some(pane) = self.copying() else { return false };
        let is_living = pane.is_living();
        let is_casual = pane.copy.as_ref().is_some_and(|copy| copy.is_casual());
        if led || (key == leader && is_living) {
            return false;
        }
        match self.keys.look_up(None, key, &[Place::Copying, Place::Moving]) {
            Lookup::Action(action) => self.perform_in_copy_mode(action),
            // Whoever only looked back, and types, wants to be at the shell again.
            _ if is_casual => self.leave_copy_mode(),
            _ => return is_living,
        }
        true
    }

    fn leave_copy_mode(&mut self) {
        if let Some(pane) = self.copying() {
            pane.look_ahead();
        }
    }

    fn perform_in_copy_mode(&mut self, action: Action) {
        let Some(pane) = self.copying() else { return };
        let is_casual = pane.copy.as_ref().is_some_and(|copy| copy.is_casual());
        if let (true, Some(step)) = (is_casual, step(action)) {
            return pane.look_back(step);
        }
        let Some(copy) = &mut pane.copy else { return };
        match action {
            Action::Left => copy.shift(-1),
            Action::Right | Action::CopyRight => copy.shift(1),
            Action::NextWord => copy.next_word(),
            Action::PreviousWord => copy.previous_word(),
            Action::WordEnd => copy.word_end(),
            Action::RowStart => copy.row_start(),
            Action::RowEnd => copy.row_end(),
            Action::SelectText => copy.select(Shape::Text),
            Action::SelectWholeLines => copy.select(Shape::Lines),
            Action::SelectBlock => copy.select(Shape::Block),
            Action::OtherEnd => copy.to_other_end(),
            Action::FindBelow | Action::FindAbove => {
                copy.begin_search(action == Action::FindAbove);
                self.modal = Some(Modal::Prompt(Asked::Search, Prompt::new("")));
            }
            Action::FoundAgain => copy.next_match(false),
            Action::FoundBefore => copy.next_match(true),
            Action::CopySelected => self.copy_selected(),
            Action::LeaveCopyMode => {
                if !copy.deselect() {
                    pane.look_ahead();
                }
            }
            action => {
                if let Some(step) = step(action) {
                    copy.step(step);
                }
            }
        }
    }

    fn copy_selected(&mut self) {
        let text = self.copying().and_then(|pane| pane.copy.as_mut()?.selected_text());
        let Some(text) = text else {
            self.notify(Notice::error("nothing is selected: v begins a selection, V one of lines"));
            return;
        };
        self.notify(Notice::info(format!("copied {}", crate::app::shells::amount(&text))));
        self.effects.push(Effect::Copy(text));
        self.leave_copy_mode();
    }
}
