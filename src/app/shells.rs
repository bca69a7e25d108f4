//! Shell panes: opening them, what comes from them, and beginning them again.

use super::App;
use super::action::Action;
use super::layout::{PaneId, Slot};
use super::message::{Effect, Notice};
use super::panes::shell::ShellPane;
use super::panes::{Identity, Pane};
use super::screen;
use crate::cluster::api::ShellUpdate;

impl App {
    /// The container that logs and shells mean: the one chosen in the inspector, which begins at the default.
    pub(super) fn chosen_container(&self) -> Option<String> {
        let pod = self.pod(&self.target()?)?;
        Some(pod.containers.get(self.inspector.container).or_else(|| pod.first_container())?.name.to_string())
    }

    pub(super) fn open_shell(&mut self) {
        // A shell can change things.
        if let Err(refusal) = self.may_change(Action::Shell) {
            self.notify(Notice::error(refusal));
            return;
        }
        let target = self.target().filter(|key| self.pod(key).is_some());
        let (Some(key), Some(container)) = (target, self.chosen_container()) else {
            self.notify(Notice::error("a shell needs a pod with a container under the cursor"));
            return;
        };
        if let Some(pod) = self.pod(&key)
            && matches!(&*pod.phase, "Succeeded" | "Failed")
        {
            let text = format!("{key} is over ({}); nothing can be run in it. Its logs: l", pod.phase);
            self.notify(Notice::error(text));
            return;
        }
        let id = match self.pane_for(&Identity::Shell(key.clone(), container.clone())) {
            Ok(id) => id,
            // One that has ended begins again; one that runs just gets the focus.
            Err(id) => return self.begin_shell_again(id),
        };
        let scrollback = self.config.scrollback_lines;
        let pane = ShellPane::new(key, container, (80, 24), scrollback);
        self.open_pane(id, Pane::Shell(Box::new(pane)));
        self.begin_shell(id);
    }

    fn begin_shell_again(&mut self, id: PaneId) {
        if let Some(Pane::Shell(pane)) = self.panes.get_mut(&id)
            && !pane.is_living()
        {
            let scrollback = self.config.scrollback_lines;
            **pane = ShellPane::new(pane.key.clone(), pane.container.clone(), pane.size(), scrollback);
            self.begin_shell(id);
        }
    }

    fn begin_shell(&mut self, id: PaneId) {
        let inside = self.area_of(Slot::Pane(id)).map(screen::contents);
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return };
        if let Some(inside) = inside {
            pane.resize(inside.width, inside.height);
        }
        let request = pane.request(&self.config.shells);
        self.effects.push(Effect::OpenShell { pane: id, request, size: pane.size() });
    }

    pub(super) fn on_shell(&mut self, id: PaneId, update: ShellUpdate) {
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return };
        let outcome = pane.update(update);
        if !outcome.replies.is_empty() {
            self.effects.push(Effect::ShellInput(id, outcome.replies));
        }
        if outcome.recovered {
            self.notify(Notice::error("the screen of a shell had to be rebuilt; some output may be missing"));
        }
    }

    pub(super) fn perform_in_shell(&mut self, id: PaneId, action: Action) {
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return };
        match action {
            Action::Scrollback => pane.look_back(super::list::Step::Pages(-1)),
            Action::Retry => self.begin_shell_again(id),
            _ => {}
        }
    }
}
