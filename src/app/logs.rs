//! Log panes: opening them, and what their keys do.

use super::App;
use super::action::Action;
use super::content::Content;
use super::layout::{PaneId, Slot};
use super::message::{Effect, Notice};
use super::modal::{Asked, Modal};
use super::panes::logs::{LogKeys, LogLimits, LogLook, LogPane, ShelfAnswer};
use super::panes::{Identity, Pane};
use super::prompt::Prompt;
use crate::base::stamp::Stamp;
use crate::cluster::api::{LogRequest, LogUpdate};
use crate::model::kind::ObjectKey;

impl App {
    pub(super) fn open_logs(&mut self, previous: bool) {
        let target = self.target().filter(|key| self.pod(key).is_some());
        let (Some(key), Some(container)) = (target, self.chosen_container()) else {
            self.notify(Notice::error("logs need a pod with a container under the cursor"));
            return;
        };
        self.open_log_of(&key, container, previous);
    }

    /// Opens the log of a container, whether or not its pod is listed.
    pub(super) fn open_log_of(&mut self, key: &ObjectKey, container: String, previous: bool) {
        let containers = self.pod(key).map(|pod| pod.containers.iter().map(|c| c.name.to_string()).collect());
        let request = LogRequest {
            namespace: key.namespace.to_string(),
            pod: key.name.to_string(),
            container,
            previous,
            tail_lines: Some(self.config.logs.tail_lines),
            ..LogRequest::default()
        };
        if let Ok(id) = self.pane_for(&Identity::Logs(request.clone())) {
            let limits = LogLimits { lines: self.config.logs.ring_lines, bytes: self.config.logs.ring_bytes };
            let mut pane = LogPane::new(request.clone(), containers.unwrap_or_default(), limits);
            let logs = &self.config.logs;
            let rules = logs.highlights.iter().map(|rule| (rule.pattern.clone(), rule.style)).collect();
            pane.set_look(LogLook { rules, columns: logs.json_fields.clone() }, self.utc_offset);
            let key = |action| self.keys.key_of(action);
            let (other_run, retry) = (key(Action::OtherRun), key(Action::Retry));
            pane.keep_on_disk((self.config.logs.spill as u64) << 20);
            pane.set_keys(LogKeys { other_run, retry, save_all: key(Action::SaveAll) });
            self.open_pane(id, Pane::Logs(Box::new(pane)));
            self.effects.push(Effect::OpenLogs(id, request));
        }
    }

    pub(super) fn on_logs(&mut self, id: PaneId, update: LogUpdate) {
        if let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) {
            pane.apply(update);
        }
    }

    pub(super) fn on_shelf(&mut self, id: PaneId, answer: ShelfAnswer) {
        if let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) {
            pane.take_from_shelf(answer);
        }
    }

    /// Passes on what log panes want of their files, those that are not on the screen as well.
    pub(super) fn settle_shelves(&mut self) {
        for (id, pane) in &mut self.panes {
            if let Pane::Logs(pane) = pane {
                self.effects.extend(pane.take_orders().into_iter().map(|order| Effect::Shelve(*id, order)));
            }
        }
    }

    /// Tells log panes what is listed of their containers.
    pub(super) fn settle_log_states(&mut self) {
        for pane in self.panes.values_mut() {
            let Pane::Logs(pane) = pane else { continue };
            let LogRequest { namespace, pod, uid, container, .. } = pane.request();
            let row = self.store.pods.table.row(namespace, pod).filter(|row| uid.is_empty() || *row.meta.uid == **uid);
            if let Some(row) = row.and_then(|row| row.container(container)) {
                pane.take_state(row);
            }
        }
    }

    pub(super) fn perform_in_logs(&mut self, id: PaneId, action: Action) {
        let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) else { return };
        if pane.act(action) {
            return;
        }
        match action {
            Action::NextContainer | Action::PreviousContainer => {
                let by = if action == Action::NextContainer { 1 } else { -1 };
                match pane.neighbour(by) {
                    Some(request) => self.restart_logs(id, request),
                    None => self.notify(Notice::info("the pod has no other container")),
                }
            }
            Action::LogFilter => {
                let typed = Prompt::new(pane.filter_text());
                self.modal = Some(Modal::Prompt(Asked::LogFilter, typed));
            }
            Action::JumpToTime => self.ask_in_log(Asked::JumpToTime, ""),
            Action::Since => self.ask_in_log(Asked::Since, ""),
            Action::JsonFields => self.ask_in_log(Asked::JsonFields, ""),
            Action::Pager => {
                let text = Content::Log(id, Box::new(pane.shown_text()));
                self.effects.push(Effect::Page { name: pane.file_name(), text });
            }
            Action::SaveAll => {
                let name = pane.file_name();
                self.ask_in_log(Asked::SaveAllAs, &name);
            }
            Action::OtherRun => {
                let request = pane.request().clone();
                self.restart_logs(id, LogRequest { previous: !request.previous, ..request });
            }
            Action::Retry => {
                let request = pane.request().clone();
                self.restart_logs(id, request);
            }
            _ => {}
        }
    }

    fn ask_in_log(&mut self, asked: Asked, text: &str) {
        self.modal = Some(Modal::Prompt(asked, Prompt::new(text)));
    }

    /// Filters the focused log.
    pub(super) fn filter_log(&mut self, text: &str) -> Result<(), String> {
        match self.focused_log() {
            Some((_, pane)) => pane.filter(text),
            None => Ok(()),
        }
    }

    fn focused_log(&mut self) -> Option<(PaneId, &mut LogPane)> {
        let Slot::Pane(id) = self.layout.focused() else { return None };
        match self.panes.get_mut(&id) {
            Some(Pane::Logs(pane)) => Some((id, pane)),
            _ => None,
        }
    }

    /// Does what was typed at a prompt of a log.
    pub(super) fn log_prompt_done(&mut self, asked: Asked, text: &str) {
        let Some((id, pane)) = self.focused_log() else { return };
        let done = match asked {
            Asked::LogFilter => pane.filter(text),
            _ if text.trim().is_empty() => Ok(()),
            Asked::JsonFields => pane.choose_fields(text),
            _ => pane.read_time(text).map(|at| self.go_to_time(id, asked, at)),
        };
        if let Err(sentence) = done {
            self.notify(Notice::error(sentence));
        }
    }

    fn go_to_time(&mut self, id: PaneId, asked: Asked, at: Stamp) {
        let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) else { return };
        if asked == Asked::Since {
            let request = LogRequest { since: at, tail_lines: None, ..pane.request().clone() };
            self.restart_logs(id, request);
        } else if !pane.jump_to(at) {
            self.notify(Notice::info("no line is that new; this is the end"));
        }
    }

    /// Another log, or the same from its beginning, in the same tile.
    fn restart_logs(&mut self, id: PaneId, request: LogRequest) {
        if let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) {
            pane.restart(request.clone());
            self.effects.push(Effect::OpenLogs(id, request));
        }
    }
}
