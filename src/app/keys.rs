//! From keys and the mouse to actions.

use ratatui::layout::{Position, Rect};

use super::App;
use super::action::{Action, Place};
use super::keymap::Lookup;
use super::layout::Slot;
use super::list::Step;
use super::message::Effect;
use super::modal::{Asked, Chooses, Modal};
use super::picker::Picker;
use super::prompt::Prompt;
use super::question::{Answered, Question, Then};
use super::screen;
use super::view::{View, on_list};
use crate::base::input::{Button, InputEvent, Mouse, MouseKind};
use crate::base::key::{Code, Key};

/// Rows that one turn of the wheel moves.
const WHEEL: isize = 3;

impl App {
    pub(super) fn on_input(&mut self, event: InputEvent) {
        self.touched = self.now;
        match event {
            InputEvent::Key(key) => self.on_key(key),
            InputEvent::Paste(text) => self.on_paste(&text),
            InputEvent::Mouse(mouse) => self.on_mouse(mouse),
            InputEvent::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.forget_widths();
            }
            InputEvent::Focus(has_focus) => self.window_focused = has_focus,
        }
    }

    fn on_key(&mut self, key: Key) {
        match self.modal.take() {
            Some(modal) => self.modal_key(modal, key),
            None => self.tile_key(key),
        }
    }

    fn tile_key(&mut self, key: Key) {
        let led = std::mem::take(&mut self.leading) || self.prefix.is_some();
        if self.shell_key(key, led) || self.edit_key(key, led) || self.form_key(key, led) {
            return;
        }
        let prefix = self.prefix.take();
        match self.keys.look_up(prefix, key, self.places()) {
            Lookup::Action(action) => self.perform_aimed(action),
            Lookup::Prefix => self.prefix = Some(key),
            Lookup::Nothing => {}
        }
    }

    /// Where keys are looked up now, nearest first.
    pub fn places(&self) -> &'static [Place] {
        match (self.layout.focused(), self.focused_pane()) {
            (_, Some((_, pane))) => pane.places(),
            (Slot::Inspector, _) if self.view == View::Sessions => &[Place::Sessions, Place::Moving, Place::Anywhere],
            (_, _) if self.view == View::Sessions => &[Place::Sessions, Place::Lists, Place::Moving, Place::Anywhere],
            (Slot::Inspector, _) => &[Place::Objects, Place::Moving, Place::Anywhere],
            _ => &[Place::Objects, Place::Lists, Place::Moving, Place::Anywhere],
        }
    }

    fn modal_key(&mut self, modal: Modal, key: Key) {
        let close = key.code == Code::Esc || key == Key::ctrl('c');
        match modal {
            Modal::Prompt(asked, _) if close => self.prompt_changed(asked, ""),
            _ if close => {}
            Modal::Prompt(asked, prompt) => self.prompt_key(asked, prompt, key),
            Modal::Picker(chooses, picker) => self.picker_key(chooses, picker, key),
            Modal::Reader { title, mut document } => {
                match self.keys.look_up(None, key, &[Place::Texts, Place::Moving, Place::Anywhere]) {
                    Lookup::Action(Action::Quit | Action::Help) => return,
                    Lookup::Action(action) => {
                        if let Some(step) = step(action) {
                            document.step(step);
                        }
                    }
                    _ => {}
                }
                self.modal = Some(Modal::Reader { title, document });
            }
            Modal::Confirm(question) => self.answer(question, key),
        }
    }

    fn answer(&mut self, mut question: Box<Question>, key: Key) {
        match question.key(key) {
            Answered::Yes(then) => return self.go_on(then),
            Answered::No => return,
            Answered::Copy(commands) => self.effects.push(Effect::Copy(commands)),
            Answered::NotYet => {}
        }
        self.modal = Some(Modal::Confirm(question));
    }

    fn go_on(&mut self, then: Then) {
        match then {
            Then::Quit => self.quit_now(),
            Then::Write(writes) => self.write(writes),
            Then::Stop(sessions) => self.stop(&sessions),
            Then::Close(pane) => self.close_pane(pane),
            Then::DiscardEdit(pane) => self.discard_edit(pane),
            Then::KeepEdit(pane) => self.keep_edit(pane),
            Then::MakeUnnoted(job) => self.make_unnoted(job),
            Then::Clean(ids) => drop(self.clean(&ids)),
            Then::CleanAndQuit(ids) => self.clean_and_quit(&ids),
            Then::KeepAndQuit(ids) => self.keep_and_quit(&ids),
            Then::Restore(id, write) => self.restore(id, *write),
            Then::PutOnClipboard { pane, text, always } => self.put_on_clipboard(pane, text, always),
            Then::Paste(pane, text) => self.paste_now(pane, &text),
        }
    }

    fn prompt_key(&mut self, asked: Asked, mut prompt: Prompt, key: Key) {
        if key.code == Code::Enter {
            self.prompt_done(asked, prompt.text());
            return;
        }
        if let Some(before) = self.recall(asked, key) {
            self.modal = Some(Modal::Prompt(asked, before));
            return;
        }
        let changed = prompt.key(key);
        if changed {
            self.prompt_changed(asked, prompt.text());
        }
        self.modal = Some(Modal::Prompt(asked, prompt));
    }

    fn prompt_changed(&mut self, asked: Asked, text: &str) {
        match asked {
            Asked::Filter => self.filter(text),
            // While a person types an expression it is broken most of the time: that is said at enter.
            Asked::Search => {
                let _unfinished = self.search(text);
            }
            Asked::LogFilter => {
                let _unfinished = self.filter_log(text);
            }
            Asked::JumpToTime | Asked::Since | Asked::JsonFields | Asked::LogContainers | Asked::SaveAllAs => {}
            Asked::SaveAs | Asked::Change | Asked::Ports | Asked::Copy | Asked::Run | Asked::PartFile => {}
        }
    }

    fn picker_key(&mut self, chooses: Chooses, mut picker: Picker, key: Key) {
        let step = match key {
            Key { code: Code::Enter, .. } => {
                self.chosen(chooses, &picker);
                return;
            }
            Key { code: Code::Up, .. } => Step::By(-1),
            Key { code: Code::Down | Code::Tab, .. } => Step::By(1),
            Key { code: Code::BackTab, .. } => Step::By(-1),
            Key { code: Code::PageUp, .. } => Step::Pages(-1),
            Key { code: Code::PageDown, .. } => Step::Pages(1),
            key if key == Key::ctrl('p') => Step::By(-1),
            key if key == Key::ctrl('n') => Step::By(1),
            key => {
                picker.key(key);
                Step::By(0)
            }
        };
        picker.step(step);
        self.modal = Some(Modal::Picker(chooses, picker));
    }

    fn on_paste(&mut self, text: &str) {
        match &mut self.modal {
            Some(Modal::Prompt(asked, prompt)) => {
                prompt.paste(text);
                let (asked, text) = (*asked, prompt.text().to_owned());
                self.prompt_changed(asked, &text);
            }
            Some(Modal::Picker(_, picker)) => picker.paste(text),
            // A name that must be typed is not to be pasted.
            Some(_) => {}
            None => {
                self.shell_paste(text);
                self.edit_paste(text);
                self.form_paste(text);
            }
        }
    }

    fn on_mouse(&mut self, mouse: Mouse) {
        let Some(screen) = screen::divide(self.size.0, self.size.1).filter(|_| self.modal.is_none()) else { return };
        let at = Position::new(mouse.column, mouse.row);
        let Some(slot) = self.layout.slot_at(screen.body, at) else { return };
        if mouse.kind == MouseKind::Down(Button::Left) {
            self.layout.focus(slot);
        }
        if self.shell_mouse(slot, mouse) || self.edit_mouse(slot, mouse) {
            return;
        }
        match mouse.kind {
            MouseKind::Down(Button::Left) => {
                if slot == Slot::List
                    && let Some(tile) = self.area_of(slot)
                {
                    self.click_row(mouse, tile);
                }
            }
            MouseKind::ScrollUp => self.scroll(slot, Step::By(-WHEEL)),
            MouseKind::ScrollDown => self.scroll(slot, Step::By(WHEEL)),
            _ => {}
        }
    }

    fn click_row(&mut self, mouse: Mouse, tile: Rect) {
        // The first row of the list is its heading.
        let Some(row) = mouse.row.checked_sub(screen::contents(tile).y + 1) else { return };
        let row = usize::from(row);
        on_list!(self, self.view, |mut list, feed| list.point(list.offset() + row, &feed.table));
    }
}

/// The step that a moving action is.
pub(super) fn step(action: Action) -> Option<Step> {
    Some(match action {
        Action::Up => Step::By(-1),
        Action::Down => Step::By(1),
        Action::PageUp => Step::Pages(-1),
        Action::PageDown => Step::Pages(1),
        Action::HalfUp => Step::HalfPages(-1),
        Action::HalfDown => Step::HalfPages(1),
        Action::First => Step::First,
        Action::Last => Step::Last,
        _ => return None,
    })
}
