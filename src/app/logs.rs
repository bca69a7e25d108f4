//! Log panes: opening them, and what their keys do. Whose log is meant is in `log_targets`.

use super::App;
use super::action::Action;
use super::content::Content;
use super::layout::{PaneId, Slot};
use super::message::{Effect, Notice};
use super::modal::{Asked, Chooses, Modal};
use super::panes::logs::{Above, LogKeys, LogLimits, LogLook, LogPane, LogTarget, ShelfAnswer};
use super::panes::{Identity, Pane};
use super::picker::Picker;
use super::prompt::Prompt;
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::cluster::api::{Earlier, LogRequest, LogUpdate, LogsUpdate};
use crate::model::kind::ObjectKey;

/// So many earlier lines are read at once at least, …
const LEAST_ABOVE: usize = 100;
/// … and at most, whatever the settings say of the lines that a log begins with.
const MOST_ABOVE: usize = 5_000;

impl App {
    /// Opens the log of a container, whether or not its pod is listed.
    pub(super) fn open_log_of(&mut self, key: &ObjectKey, container: String, previous: bool) {
        let request = self.one_log(&key.namespace, &key.name, container);
        self.open_log(LogRequest { previous, ..request }.into());
    }

    /// Opens a log in a tile, or goes to the tile that has it.
    pub(super) fn open_log(&mut self, target: LogTarget) {
        let Ok(id) = self.pane_for(&Identity::Logs(target.clone())) else { return };
        let limits = LogLimits { lines: self.config.logs.ring_lines, bytes: self.config.logs.ring_bytes };
        let containers = self.containers_beside(&target);
        let mut pane = LogPane::new(target, containers, limits);
        let logs = &self.config.logs;
        let rules = logs.highlights.iter().map(|rule| (rule.pattern.clone(), rule.style)).collect();
        pane.set_look(LogLook { rules, columns: logs.json_fields.clone() }, self.utc_offset);
        let key = |action| self.keys.key_of(action);
        let (other_run, retry) = (key(Action::OtherRun), key(Action::Retry));
        pane.keep_on_disk((self.config.logs.spill as u64) << 20);
        pane.set_keys(LogKeys { other_run, retry, save_all: key(Action::SaveAll) });
        self.effects.push(follow(id, pane.target()));
        self.open_pane(id, Pane::Logs(Box::new(pane)));
    }

    /// The containers of the pod whose log it is, where it is that of one.
    fn containers_beside(&self, target: &LogTarget) -> Vec<String> {
        let LogTarget::One(request) = target else { return Vec::new() };
        let pod = self.store.pods.table.row(&request.namespace, &request.pod);
        pod.map(|pod| pod.containers.iter().map(|one| one.name.to_string()).collect()).unwrap_or_default()
    }

    pub(super) fn on_logs(&mut self, id: PaneId, update: LogUpdate) {
        if let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) {
            pane.apply(update);
        }
    }

    pub(super) fn on_many_logs(&mut self, id: PaneId, update: LogsUpdate) {
        if let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) {
            pane.apply_many(update);
        }
    }

    pub(super) fn on_earlier_lines(&mut self, id: PaneId, found: Result<Earlier, Problem>) {
        let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) else { return };
        match found {
            Ok(earlier) => pane.put_earlier(earlier),
            Err(problem) => {
                pane.nothing_earlier();
                self.notify(Notice::error(problem.to_string()));
            }
        }
    }

    /// Reads on upwards where somebody went up at the first line of a log.
    pub(super) fn read_above(&mut self) {
        let wanted = (self.config.logs.tail_lines as usize).clamp(LEAST_ABOVE, MOST_ABOVE);
        let mut refused = None;
        for (id, pane) in &mut self.panes {
            let Pane::Logs(pane) = pane else { continue };
            match pane.above() {
                Some(Above::Read(request, known)) => {
                    self.effects.push(Effect::ReadEarlier { pane: *id, request, known, wanted });
                }
                Some(Above::No(why)) => refused = Some(why),
                None => {}
            }
        }
        if let Some(why) = refused {
            self.notify(Notice::info(why));
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
            let Some(LogRequest { namespace, pod, uid, container, .. }) = pane.request() else { continue };
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
                    Some(request) => self.restart_logs(id, request.into()),
                    None if pane.request().is_none() => self.pick_stream(),
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
                let target = pane.target().of_run(!pane.target().is_previous());
                self.restart_logs(id, target);
            }
            Action::Retry => {
                let target = pane.target().clone();
                self.restart_logs(id, target);
            }
            Action::LogStreams => self.pick_stream(),
            Action::LogContainers => {
                let typed = match pane.target() {
                    LogTarget::Many(request) => request.containers.include.clone(),
                    LogTarget::One(_) => String::new(),
                };
                self.ask_in_log(Asked::LogContainers, &typed);
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

    pub(super) fn focused_log(&mut self) -> Option<(PaneId, &mut LogPane)> {
        let Slot::Pane(id) = self.layout.focused() else { return None };
        match self.panes.get_mut(&id) {
            Some(Pane::Logs(pane)) => Some((id, pane)),
            _ => None,
        }
    }

    /// Does what was typed at a prompt of a log.
    pub(super) fn log_prompt_done(&mut self, asked: Asked, text: &str) {
        let at_once = self.config.logs.max_streams;
        let Some((id, pane)) = self.focused_log() else { return };
        let done = match asked {
            Asked::LogFilter => pane.filter(text),
            Asked::LogContainers => {
                let target = pane.target().of_containers(text.trim(), at_once);
                self.restart_logs(id, target);
                Ok(())
            }
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
            let target = pane.target().since(at);
            self.restart_logs(id, target);
        } else if !pane.jump_to(at) {
            self.notify(Notice::info("no line is that new; this is the end"));
        }
    }

    /// Another log, or the same from its beginning, in the same tile.
    fn restart_logs(&mut self, id: PaneId, target: LogTarget) {
        if let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) {
            self.effects.push(follow(id, &target));
            pane.restart(target);
        }
    }

    /// Lists the streams of the focused log: how each stands; the chosen one is shown alone.
    fn pick_stream(&mut self) {
        let Some((_, pane)) = self.focused_log() else { return };
        let choices = pane.stream_choices();
        if choices.is_empty() {
            self.notify(Notice::info("this is the log of one container; c reads others of its pod as well"));
            return;
        }
        let mut picker = Picker::new(format!("streams of {}", pane.target().name()), choices);
        "enter shows the stream alone, the first entry all".clone_into(&mut picker.note);
        self.modal = Some(Modal::Picker(Chooses::LogStream, picker));
    }

    /// Shows one stream alone, or all.
    pub(super) fn show_stream(&mut self, name: &str) {
        let Some((_, pane)) = self.focused_log() else { return };
        if let Err(sentence) = pane.show_stream(name) {
            self.notify(Notice::error(sentence));
        }
    }
}

/// What follows a log.
fn follow(id: PaneId, target: &LogTarget) -> Effect {
    match target {
        LogTarget::One(request) => Effect::OpenLogs(id, request.clone()),
        LogTarget::Many(request) => Effect::OpenManyLogs(id, request.clone()),
    }
}
