//! Log panes: opening them, and what their keys do.

use super::App;
use super::action::Action;
use super::layout::PaneId;
use super::message::{Effect, Notice};
use super::panes::logs::{LogLimits, LogPane};
use super::panes::{Identity, Pane};
use crate::cluster::api::{LogRequest, LogUpdate};

impl App {
    pub(super) fn open_logs(&mut self, previous: bool) {
        let target = self.target().filter(|key| self.pod(key).is_some());
        let (Some(key), Some(container)) = (target, self.chosen_container()) else {
            self.notify(Notice::error("logs need a pod with a container under the cursor"));
            return;
        };
        let containers = self.pod(&key).map(|pod| pod.containers.iter().map(|c| c.name.to_string()).collect());
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
            pane.utc_offset = self.utc_offset;
            self.open_pane(id, Pane::Logs(Box::new(pane)));
            self.effects.push(Effect::OpenLogs(id, request));
        }
    }

    pub(super) fn on_logs(&mut self, id: PaneId, update: LogUpdate) {
        if let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) {
            pane.apply(update);
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

    /// Another log, or the same from its beginning, in the same tile.
    fn restart_logs(&mut self, id: PaneId, request: LogRequest) {
        if let Some(Pane::Logs(pane)) = self.panes.get_mut(&id) {
            pane.restart(request.clone());
            self.effects.push(Effect::OpenLogs(id, request));
        }
    }
}
