//! What each action does: here the table of who does it, and the ways out of where one is.
//!
//! A group of actions has a file each: `views` (lists), `events`, `objects`, `tiles`, `commands`, `texts`, `help`, `logs`,
//! `shells`, `edits`.

use super::App;
use super::action::Action;
use super::keys::step;
use super::layout::{Inspector as Shown, Slot};
use super::message::Effect;
use super::modal::{Chooses, Modal};
use super::panes::Pane;
use super::panes::object::ObjectView;
use super::question::{Question, Then};
use super::view::View;
use crate::base::text::{Line, Role};

impl App {
    /// Performs an action on what it means where the focus is.
    pub(super) fn perform_aimed(&mut self, action: Action) {
        self.take_aim(Some(action));
        self.perform(action);
        self.take_aim(None);
    }

    pub(super) fn perform(&mut self, action: Action) {
        if let Some(step) = step(action) {
            self.step_focused(step);
            return;
        }
        match action {
            Action::Quit => self.quit(),
            Action::Help => self.show_help(),
            Action::Messages => self.show_messages(),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Command => self.modal = Some(Modal::Picker(Chooses::Command, self.command_picker())),
            Action::ViewTriage => self.show(View::Triage),
            Action::ViewPods => self.show(View::Pods),
            Action::ViewNodes => self.show(View::Nodes),
            Action::ViewEvents => self.show(View::Events),
            Action::ViewSessions => self.show(View::Sessions),
            Action::OpenSession | Action::StopSession | Action::BeginAgain | Action::SessionLogs | Action::CleanUp => {
                self.perform_in_sessions(action);
            }
            Action::Namespaces => self.pick_namespace(),
            Action::AllNamespaces => self.toggle_all_namespaces(),
            Action::Contexts => self.pick_context(),
            Action::Reconnect => self.reconnect(),
            Action::Back => self.back(),
            Action::Find => self.find(),
            Action::Mark => self.mark(),
            Action::Wide | Action::SortLeft | Action::SortRight | Action::SortReverse => self.arrange(action),
            Action::Enter | Action::GoToNode | Action::GoToOwner | Action::CopyName => self.go(action),
            Action::Events => self.show_events(),
            Action::Warnings => self.toggle_warnings(),
            Action::Describe => self.open_object(ObjectView::Describe),
            Action::Yaml => self.open_object(ObjectView::Yaml),
            Action::Delete
            | Action::ForceDelete
            | Action::Scale
            | Action::Restart
            | Action::SetImage
            | Action::Rollback
            | Action::PauseRollout
            | Action::ResumeRollout
            | Action::Cordon
            | Action::Drain => self.change(action),
            Action::Kubectl => self.show_commands(),
            Action::Forward => self.ask_for_ports(),
            Action::CopyFiles => self.ask_what_to_copy(),
            Action::Edit | Action::EditOutside => self.open_edit(action),
            Action::Shell => self.open_shell(),
            Action::Debug => self.open_debug(),
            Action::Attach => self.open_attach(),
            Action::Run => self.ask_what_to_run(),
            Action::Logs => self.open_logs(false),
            Action::PreviousLogs => self.open_logs(true),
            Action::OwnerLogs => self.open_owner_logs(),
            Action::NextTile
            | Action::PreviousTile
            | Action::FocusLeft
            | Action::FocusDown
            | Action::FocusUp
            | Action::FocusRight
            | Action::ResizeLeft
            | Action::ResizeRight
            | Action::ResizeUp
            | Action::ResizeDown
            | Action::Zoom
            | Action::SplitBeside
            | Action::SplitBelow
            | Action::CloseTile
            | Action::Inspector => self.arrange_tiles(action),
            _ => self.perform_in_pane(action),
        }
    }

    fn perform_in_pane(&mut self, action: Action) {
        let Slot::Pane(id) = self.layout.focused() else {
            return;
        };
        match self.panes.get_mut(&id) {
            Some(_) if action == Action::CopyText => self.copy_text(),
            Some(_) if action == Action::DebugHere => self.open_debug_here(id),
            Some(_) if action == Action::Save => self.ask_where_to_save(),
            Some(Pane::Object(_)) => self.perform_in_object(id, action),
            Some(Pane::Logs(_)) => self.perform_in_logs(id, action),
            Some(Pane::Shell(_)) => self.perform_in_shell(id, action),
            Some(Pane::Run(_)) => self.perform_in_run(id, action),
            Some(Pane::Edit(_)) => self.perform_in_edit(id, action),
            Some(Pane::Debug(_)) => self.perform_in_form(id, action),
            None => {}
        }
    }

    pub(super) fn quit(&mut self) {
        match self.layout.focused() {
            Slot::Pane(id) => self.close_or_ask(id),
            Slot::Inspector => self.back(),
            Slot::List => self.quit_program(),
        }
    }

    /// Ends the program; asks first where something would be lost.
    pub(super) fn quit_program(&mut self) {
        let mut lost = Vec::new();
        let living = self.living();
        if !living.is_empty() {
            let are = if matches!(living.as_slice(), [one] if one.starts_with("a ")) { "is" } else { "are" };
            let ends = if are == "is" { "it ends" } else { "they end" };
            let mut text = format!("{} {are} still running; {ends} with the program.", listing(&living));
            text.get_mut(..1).unwrap_or_default().make_ascii_uppercase();
            lost.push(text);
        }
        lost.extend(self.unsent().iter().map(|key| format!("What was changed in {key} was not sent; it is lost.")));
        if lost.is_empty() && !self.leaves_behind() || self.is_quitting() {
            return self.quit_now();
        }
        let lines = lost.into_iter().map(|text| Line::new(text, Role::Plain)).collect();
        let mut question = Question::new("quit", lines, "quit", Then::Quit);
        self.add_left_behind(&mut question);
        self.ask(question);
    }

    /// Asks before something is done.
    pub(super) fn ask(&mut self, question: Question) {
        self.modal = Some(Modal::Confirm(Box::new(question)));
    }

    pub(super) fn quit_now(&mut self) {
        self.effects.push(Effect::Quit);
    }

    /// Esc: out of what one is in, one step at a time.
    pub(super) fn back(&mut self) {
        if self.layout.is_zoomed() {
            self.layout.zoom();
            return;
        }
        match self.layout.focused() {
            Slot::List if self.clear_marks() => {}
            Slot::List if !self.filter_text().is_empty() => self.filter(""),
            Slot::List if self.leave_scope() => {}
            Slot::List => self.notice = None,
            Slot::Inspector => {
                if self.layout.inspector() == Shown::Open {
                    self.layout.set_inspector(Shown::WhenWide);
                }
                self.layout.focus(Slot::List);
            }
            Slot::Pane(_) => {
                if !self.end_search() {
                    self.layout.focus(Slot::List);
                }
            }
        }
    }
}

/// `a shell, 2 copies and a change`
fn listing(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
