//! Edit panes: opening them, what their keys do, and closing them without losing what was typed.
//!
//! Start with [`App::open_edit`]; how a text is sent, and what comes back, is in `send`.

mod send;

use super::App;
use super::action::{Action, Place};
use super::keymap::Lookup;
use super::layout::{PaneId, Slot};
use super::message::{Edited, Effect, Notice};
use super::modal::{Asked, Modal};
use super::panes::edit::{EditPane, Phase};
use super::panes::{Identity, Pane};
use super::prompt::Prompt;
use super::question::{Answer, Question, Then};
use super::screen;
use crate::base::input::{Button, Mouse, MouseKind};
use crate::base::key::Key;
use crate::base::problem::Problem;
use crate::base::text::{Line, Role};
use crate::config::Editor;
use crate::model::around::ObjectDetails;

impl App {
    /// Edits what is under the cursor: here, or in the person's own editor.
    pub(super) fn open_edit(&mut self, action: Action) {
        if let Err(refusal) = self.may_change(action) {
            self.notify(Notice::error(refusal));
            return;
        }
        let Some(key) = self.target().or_else(|| self.selected()) else {
            self.notify(Notice::error("there is no object under the cursor"));
            return;
        };
        let outside = action == Action::EditOutside || self.config.edit.editor == Editor::External;
        match self.pane_for(&Identity::Edit(key.clone())) {
            Ok(id) => {
                let pane = EditPane::new(key, outside);
                self.effects.push(pane.request(id));
                self.open_pane(id, Pane::Edit(Box::new(pane)));
            }
            Err(id) if outside => self.edit_outside(id),
            Err(_) => {}
        }
    }

    pub(super) fn edit_pane(&mut self, id: PaneId) -> Option<&mut EditPane> {
        match self.panes.get_mut(&id) {
            Some(Pane::Edit(pane)) => Some(pane),
            _ => None,
        }
    }

    /// The edit pane that has the focus.
    fn focused_edit(&mut self) -> Option<(PaneId, &mut EditPane)> {
        let Slot::Pane(id) = self.layout.focused() else { return None };
        self.edit_pane(id).map(|pane| (id, pane))
    }

    /// The object was read.
    pub(super) fn on_edit_read(&mut self, id: PaneId, found: Result<Box<ObjectDetails>, Problem>) {
        let Some(pane) = self.edit_pane(id).filter(|pane| pane.phase == Phase::Reading) else { return };
        pane.read(found);
        if pane.begins_outside && pane.phase == Phase::Typing {
            self.edit_outside(id);
        }
    }

    /// Gives the text to the person's own editor.
    fn edit_outside(&mut self, id: PaneId) {
        let Some(pane) = self.edit_pane(id).filter(|pane| pane.phase == Phase::Typing) else { return };
        pane.phase = Phase::Outside;
        pane.review = None;
        let (name, text) = (pane.file_name(), pane.area.text());
        self.effects.push(Effect::EditOutside { pane: id, name, text });
    }

    /// The person's own editor is done with it.
    pub(super) fn on_edited_outside(&mut self, id: PaneId, edited: Result<Edited, Problem>) {
        let Some(pane) = self.edit_pane(id).filter(|pane| pane.phase == Phase::Outside) else { return };
        pane.phase = Phase::Typing;
        let began_outside = std::mem::take(&mut pane.begins_outside);
        match edited {
            Err(problem) => {
                pane.say(vec![Line::new(problem.to_string(), Role::Bad)]);
                self.notify(Notice::error(problem.to_string()));
            }
            Ok(Edited { text, file }) if pane.area.is(&text) => {
                self.effects.push(Effect::ForgetEdit(file));
                let unmodified = self.edit_pane(id).is_some_and(|pane| !pane.is_modified());
                self.notify(Notice::info("nothing was changed in the editor"));
                if began_outside && unmodified {
                    self.close_pane(id);
                }
            }
            Ok(Edited { text, file }) => {
                pane.files.push(file);
                pane.area.replace(&text);
                pane.clear_problem();
                self.review_edit(id);
            }
        }
    }

    /// Gives a key to the focused text; false when it is the program's after all. `led`: the leader, or the first key
    /// of a sequence, came before it.
    pub(super) fn edit_key(&mut self, key: Key, led: bool) -> bool {
        let leader = self.config.leader;
        if !self.focused_edit().is_some_and(|(_, pane)| pane.is_typing()) {
            return false;
        }
        if key == leader && !led {
            self.leading = true;
            return true;
        }
        if led && key != leader {
            return false;
        }
        match self.keys.look_up(None, key, &[Place::Editing]) {
            Lookup::Action(action) => self.perform(action),
            _ => {
                if let Some((_, pane)) = self.focused_edit() {
                    pane.area.key(key);
                }
            }
        }
        true
    }

    pub(super) fn edit_paste(&mut self, text: &str) {
        if let Some((_, pane)) = self.focused_edit().filter(|(_, pane)| pane.is_typing()) {
            pane.area.paste(text);
        }
    }

    /// A click puts the cursor where it is; false where there is no text to click on.
    pub(super) fn edit_mouse(&mut self, slot: Slot, mouse: Mouse) -> bool {
        let (Slot::Pane(id), Some(area)) = (slot, self.area_of(slot).map(screen::contents)) else { return false };
        let Some(pane) = self.edit_pane(id).filter(|pane| pane.is_typing()) else { return false };
        let top = area.y + pane.problem_height() as u16;
        let (column, row) = (mouse.column.saturating_sub(area.x), mouse.row.checked_sub(top));
        if let (MouseKind::Down(Button::Left), Some(row)) = (mouse.kind, row) {
            let margin = pane.margin();
            pane.area.point(usize::from(column).saturating_sub(margin), usize::from(row));
            return true;
        }
        false
    }

    pub(super) fn perform_in_edit(&mut self, id: PaneId, action: Action) {
        match action {
            Action::SendEdit => self.send_edit(id),
            Action::ReviewEdit => self.review_edit(id),
            Action::EditOutside => self.edit_outside(id),
            Action::ToEditor => self.edit_outside(id),
            Action::ConfirmEdit => self.confirm_edit(id),
            Action::MergeEdit => self.merge_edit(id),
            Action::OverwriteEdit => self.overwrite_edit(id),
            Action::TakeTheirs => self.take_theirs(id),
            Action::LeaveEdit => self.close_or_ask(id),
            Action::FindInEdit => self.modal = Some(Modal::Prompt(Asked::Search, Prompt::new(""))),
            Action::CopySelection | Action::CutSelection => self.copy_selection(id, action),
            Action::Retry => self.read_edit_again(id),
            _ => {
                if let Some(pane) = self.edit_pane(id) {
                    change(pane, action);
                }
            }
        }
    }

    fn copy_selection(&mut self, id: PaneId, action: Action) {
        let Some(pane) = self.edit_pane(id) else { return };
        let copied = if action == Action::CutSelection { pane.area.cut() } else { pane.area.copy() };
        match copied {
            Some(text) => self.effects.push(Effect::Copy(text)),
            None => self.notify(Notice::error("nothing is selected: shift and the arrows select")),
        }
    }

    fn read_edit_again(&mut self, id: PaneId) {
        let Some(pane) = self.edit_pane(id).filter(|pane| pane.phase == Phase::Unread) else { return };
        pane.phase = Phase::Reading;
        pane.clear_problem();
        let request = pane.request(id);
        self.effects.push(request);
    }

    /// Closes a pane; one with a text that was not sent only after a question.
    pub(super) fn close_or_ask(&mut self, id: PaneId) {
        if self.debug_pane(id).is_some() {
            return self.close_form(id);
        }
        let Some(pane) = self.edit_pane(id) else { return self.close_pane(id) };
        if pane.is_busy() {
            self.notify(Notice::error("the text is on its way; the pane closes when the server has taken it"));
        } else if pane.is_modified() {
            let text = format!("What was changed in {} was not sent.", pane.key);
            let mut question =
                Question::new("edit", vec![Line::new(text, Role::Plain)], "throw it away", Then::DiscardEdit(id));
            let keep = Answer { key: 'f', word: "keep it in a file".to_owned(), then: Then::KeepEdit(id) };
            question.answers.push(keep);
            self.ask(question);
        } else {
            self.discard_edit(id);
        }
    }

    /// Closes an edit pane; its text is not wanted any more.
    pub(super) fn discard_edit(&mut self, id: PaneId) {
        let files = self.edit_pane(id).map(|pane| std::mem::take(&mut pane.files)).unwrap_or_default();
        self.effects.extend(files.into_iter().map(Effect::ForgetEdit));
        self.close_pane(id);
    }

    /// Closes an edit pane; its text goes to a file.
    pub(super) fn keep_edit(&mut self, id: PaneId) {
        if let Some(pane) = self.edit_pane(id) {
            let (name, text) = (pane.file_name(), pane.area.text());
            self.effects.push(Effect::KeepEdit { pane: id, name, text });
            self.close_pane(id);
        }
    }

    /// Texts that were changed and not sent, with what their files may be called.
    pub fn unsent_texts(&self) -> Vec<(String, String)> {
        let unsent = |pane: &Pane| match pane {
            Pane::Edit(pane) if pane.is_modified() => Some((pane.file_name(), pane.area.text())),
            _ => None,
        };
        self.panes.values().filter_map(unsent).collect()
    }

    /// Objects with a text that was not sent, or is on its way.
    pub(super) fn unsent(&self) -> Vec<String> {
        let unsent = |pane: &Pane| match pane {
            Pane::Edit(pane) if pane.is_modified() || pane.is_busy() => Some(pane.key.to_string()),
            _ => None,
        };
        self.panes.values().filter_map(unsent).collect()
    }
}

/// What only changes the pane.
fn change(pane: &mut EditPane, action: Action) {
    match action {
        Action::Undo => pane.area.undo(),
        Action::Redo => pane.area.redo(),
        Action::PutSelection => pane.area.put(),
        Action::NextInEdit => {
            pane.area.next_match();
        }
        Action::BackToText => pane.review = None,
        Action::Left | Action::Right => {
            if let Some(review) = &mut pane.review {
                review.document.shift(if action == Action::Left { -8 } else { 8 });
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
