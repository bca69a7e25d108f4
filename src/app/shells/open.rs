//! Opening shells and attaching: what is refused before anything is asked, what is waited for, and beginning again.
//!
//! Whoever has just made a container for debugging calls [`App::open_debug_session`]: its tile waits until the container
//! runs, attaches by itself, and shows the log and the exit code of one that ended at once.

use super::super::action::Action;
use super::super::layout::{PaneId, Slot};
use super::super::message::{Effect, Notice};
use super::super::panes::shell::{Purpose, ShellPane, Shells};
use super::super::panes::{Identity, Pane};
use super::super::screen;
use super::super::view::View;
use super::super::{App, Tile};
use crate::cluster::api::Streams;
use crate::model::kind::ObjectKey;
use crate::model::pod::{PodRow, State};
use crate::model::row::Row as _;

/// The label by which a node says what system it runs.
const SYSTEM: &str = "kubernetes.io/os";

impl App {
    /// The container that logs and shells mean: the one chosen in the inspector, which begins at the default.
    pub(in crate::app) fn chosen_container(&self) -> Option<String> {
        let pod = self.pod(&self.target()?)?;
        if self.view == View::Triage {
            let named = self.aimed().map(|subject| subject.container.to_string()).filter(|name| !name.is_empty());
            return named.or_else(|| {
                pod.containers.get(usize::from(pod.default_container)).map(|container| container.name.to_string())
            });
        }
        Some(pod.containers.get(self.inspector.container).or_else(|| pod.first_container())?.name.to_string())
    }

    /// Opens a shell in the container under the cursor.
    pub(in crate::app) fn open_shell(&mut self) {
        if let Some((key, container)) = self.container_for(Action::Shell, "a shell needs", "nothing can be run in it") {
            self.open_session(key, container, Purpose::Shell);
        }
    }

    /// Attaches to the container under the cursor.
    pub(in crate::app) fn open_attach(&mut self) {
        if let Some((key, container)) =
            self.container_for(Action::Attach, "attaching needs", "there is nothing to attach to")
        {
            self.open_session(key, container, Purpose::Attach);
        }
    }

    /// Opens the tile of a container that was just added to a pod, or of a pod that was just made, for debugging, and
    /// attaches as soon as it runs. Until then the tile shows why it does not, in the kubelet's words; left alone it
    /// goes on in the list of sessions, and a notice says when it is ready. The pod need not be listed. A tile that is
    /// open already gets the focus.
    pub fn open_debug_session(&mut self, key: ObjectKey, container: String) {
        self.open_session(key, container, Purpose::Attach);
    }

    /// Opens the tile that the command line asked for, alone on the screen.
    pub(in crate::app) fn open_tile(&mut self, tile: Tile) {
        let action = if tile.purpose == Purpose::Attach { Action::Attach } else { Action::Shell };
        match self.may_change_object(action, Some(&tile.key)) {
            Ok(()) => {
                self.open_session(tile.key, tile.container, tile.purpose);
                self.layout.zoom();
            }
            Err(refusal) => self.notify(Notice::error(refusal)),
        }
    }

    /// The pod and container under the cursor, where an action is possible there; else a message says why it is not.
    pub(in crate::app) fn container_for(
        &mut self,
        action: Action,
        needs: &str,
        over: &str,
    ) -> Option<(ObjectKey, String)> {
        // What runs in a container can change things.
        if let Err(refusal) = self.may_change(action) {
            self.notify(Notice::error(refusal));
            return None;
        }
        let target = self.target().filter(|key| self.pod(key).is_some());
        let (Some(key), Some(container)) = (target, self.chosen_container()) else {
            self.notify(Notice::error(format!("{needs} a pod with a container under the cursor")));
            return None;
        };
        if let Some(pod) = self.pod(&key).filter(|pod| pod.has_ended()) {
            let logs = self.keys.key_of(Action::Logs);
            let text = format!("{key} is over ({}); {over}. Its logs: {logs}", pod.phase);
            self.notify(Notice::error(text));
            return None;
        }
        Some((key, container))
    }

    /// Opens a tile, or goes to the one that is open; one that has ended begins again.
    pub(in crate::app) fn open_session(&mut self, key: ObjectKey, container: String, purpose: Purpose) {
        match self.pane_for(&Identity::Shell(purpose.clone(), key.clone(), container.clone())) {
            Ok(id) => {
                let pane = ShellPane::new(key, container, purpose, (80, 24), self.config.scrollback_lines);
                self.open_pane(id, Pane::Shell(Box::new(pane)));
                self.begin_session(id);
            }
            Err(id) => self.begin_session_again(id),
        }
    }

    /// Begins a session that is over, or was left, again in its tile.
    pub(in crate::app) fn begin_session_again(&mut self, id: PaneId) {
        let Some(Pane::Shell(pane)) = self.panes.get(&id) else { return };
        if pane.is_living() || pane.is_waiting() {
            return;
        }
        let action = if pane.purpose == Purpose::Attach { Action::Attach } else { Action::Shell };
        match self.may_change_object(action, Some(&pane.key)) {
            Ok(()) => self.begin_session(id),
            Err(refusal) => self.notify(Notice::error(refusal)),
        }
    }

    fn begin_session(&mut self, id: PaneId) {
        let inside = self.area_of(Slot::Pane(id)).map(screen::contents);
        let Some(Pane::Shell(pane)) = self.panes.get(&id) else { return };
        let found = self.pod(&pane.key);
        let (waits, streams) = how_to_begin(&pane.purpose, &pane.container, found);
        let windows = found.is_some_and(|pod| self.runs_windows(pod));
        let Some(Pane::Shell(pane)) = self.panes.get_mut(&id) else { return };
        if let Some(inside) = inside {
            pane.resize(inside.width, inside.height);
        }
        pane.streams = streams.unwrap_or(pane.streams);
        let names = if windows { &self.config.windows_shells } else { &self.config.shells };
        let request = pane.begin(waits, &Shells { names, windows }, self.now);
        let size = pane.size();
        self.effects.push(Effect::OpenShell { pane: id, request, size });
        if streams.is_some_and(|streams| !streams.tty) {
            self.say_what_is_missing(id);
        }
    }

    /// Warns, as kubectl does, that a container has no terminal.
    fn say_what_is_missing(&mut self, id: PaneId) {
        let Some(Pane::Shell(pane)) = self.panes.get(&id) else { return };
        let what = if pane.streams.stdin { "what is typed goes to it line by line" } else { "and it takes no input" };
        let text = format!("container {} was started without a terminal; {what}", pane.container);
        self.notify(Notice::info(text));
    }

    pub(in crate::app) fn runs_windows(&self, pod: &PodRow) -> bool {
        let node = self.store.nodes.table.row("", &pod.node);
        node.is_some_and(|node| node.meta().label(SYSTEM) == Some("windows"))
    }

    /// An image has no shell: says how one gets inside all the same.
    pub(in crate::app) fn offer_debug(&mut self, key: &ObjectKey, container: &str) {
        let debug = self.keys.key_of(Action::Debug);
        let text = format!("{key} has no shell in container {container}; a debug container beside it has one: {debug}");
        self.notify(Notice::error(text));
    }
}

/// Whether the container has to be waited for, and what it has to attach to, as far as the pod is listed.
fn how_to_begin(purpose: &Purpose, container: &str, pod: Option<&PodRow>) -> (bool, Option<Streams>) {
    let found = pod.and_then(|pod| pod.container(container));
    if *purpose != Purpose::Attach {
        return (found.is_some_and(|found| matches!(found.state, State::Waiting(_))), None);
    }
    match found {
        Some(found) if matches!(found.state, State::Running(_)) => {
            (false, Some(Streams { stdin: found.stdin, tty: found.tty }))
        }
        // What is not known is asked of the server before it is attached to.
        _ => (true, None),
    }
}
