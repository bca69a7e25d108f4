//! One command in a container: the prompt with what was run there before, and its tile.

use super::App;
use super::action::Action;
use super::layout::PaneId;
use super::message::{Effect, Notice};
use super::modal::{Asked, Modal};
use super::panes::run::RunPane;
use super::panes::{Identity, Pane};
use super::prompt::Prompt;
use crate::model::kind::ObjectKey;
use crate::model::pod::State;

/// Commands that are kept for each container.
const KEPT: usize = 50;
/// Cells by which a text is shifted.
const SIDEWAYS: isize = 8;

/// Where a command is to be run.
type Place = (ObjectKey, String);

/// What is asked for at the prompt, and what was typed there.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    asking: Option<Place>,
    /// Oldest first.
    typed: Vec<(Place, String)>,
    back: usize,
}

impl Runs {
    fn remember(&mut self, place: &Place, command: &str) {
        self.typed.retain(|(known, line)| (known, line.as_str()) != (place, command));
        self.typed.push((place.clone(), command.to_owned()));
        let of_place = self.typed.iter().filter(|(known, _)| known == place).count();
        if of_place > KEPT
            && let Some(oldest) = self.typed.iter().position(|(known, _)| known == place)
        {
            self.typed.remove(oldest);
        }
    }

    /// The command before, or the one after; of the same container.
    fn step(&mut self, older: bool) -> Option<&str> {
        let place = self.asking.as_ref()?;
        let lines: Vec<_> = self.typed.iter().rev().filter(|(known, _)| known == place).collect();
        self.back = if older { (self.back + 1).min(lines.len()) } else { self.back.saturating_sub(1) };
        Some(self.back.checked_sub(1).and_then(|at| lines.get(at)).map_or("", |(_, line)| line))
    }
}

impl App {
    /// Asks what to run in the container under the cursor.
    pub(super) fn ask_what_to_run(&mut self) {
        if let Some(place) = self.container_for(Action::Run, "a command needs", "nothing can be run in it") {
            (self.runs.asking, self.runs.back) = (Some(place), 0);
            self.modal = Some(Modal::Prompt(Asked::Run, Prompt::new("")));
        }
    }

    /// What stands before what is typed.
    pub(super) fn run_label(&self) -> String {
        let Some((key, container)) = &self.runs.asking else { return String::new() };
        format!("run in {}/{container}: ", key.name)
    }

    /// Goes through what was run in the container before.
    pub(super) fn recall_run(&mut self, older: bool) -> Option<Prompt> {
        self.runs.step(older).map(Prompt::new)
    }

    /// Runs what was typed. The same command in the same container has one tile.
    pub(super) fn run_typed(&mut self, command: &str) {
        let command = command.trim();
        let Some((key, container)) = self.runs.asking.clone().filter(|_| !command.is_empty()) else { return };
        self.runs.remember(&(key.clone(), container.clone()), command);
        let identity = Identity::Run(key.clone(), container.clone(), command.to_owned());
        match self.pane_for(&identity) {
            Ok(id) => {
                let pane = RunPane::new(key, container, command.to_owned());
                self.open_pane(id, Pane::Run(Box::new(pane)));
                self.begin_run(id);
            }
            Err(id) => self.run_again(id),
        }
    }

    /// Runs a command again that is over.
    pub(super) fn run_again(&mut self, id: PaneId) {
        let Some(Pane::Run(pane)) = self.panes.get(&id) else { return };
        if pane.is_living() {
            self.notify(Notice::info("it still runs; close its tile to end it"));
            return;
        }
        match self.may_change_object(Action::Run, Some(&pane.key)) {
            Ok(()) => self.begin_run(id),
            Err(refusal) => self.notify(Notice::error(refusal)),
        }
    }

    fn begin_run(&mut self, id: PaneId) {
        let Some(Pane::Run(pane)) = self.panes.get(&id) else { return };
        let pod = self.pod(&pane.key);
        let found = pod.and_then(|pod| pod.container(&pane.container));
        let waits = found.is_some_and(|found| matches!(found.state, State::Waiting(_)));
        let windows = pod.is_some_and(|pod| self.runs_windows(pod));
        let Some(Pane::Run(pane)) = self.panes.get_mut(&id) else { return };
        let request = pane.begin(waits, windows);
        self.effects.push(Effect::OpenShell { pane: id, request, size: (80, 24) });
    }

    pub(super) fn perform_in_run(&mut self, id: PaneId, action: Action) {
        let Some(Pane::Run(pane)) = self.panes.get_mut(&id) else { return };
        match action {
            Action::Left => pane.document.shift(-SIDEWAYS),
            Action::Right => pane.document.shift(SIDEWAYS),
            Action::Wrap => pane.document.toggle_wrap(),
            Action::NextMatch => pane.document.next_match(false),
            Action::PreviousMatch => pane.document.next_match(true),
            Action::Retry => self.run_again(id),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::app::App;
    use crate::app::layout::Slot;
    use crate::app::message::{Effect, Msg};
    use crate::app::modal::Modal;
    use crate::app::tests::{connected, now, press, typed};
    use crate::cluster::api::{ExitStatus, ShellUpdate};

    fn run(app: &mut App, command: &str) -> Vec<Effect> {
        app.layout.focus(Slot::List);
        press(app, "x");
        typed(app, command);
        press(app, "enter")
    }

    fn commands(effects: &[Effect]) -> Vec<String> {
        let of = |effect: &Effect| match effect {
            Effect::OpenShell { request, .. } => Some(request.exec.command.join(" ")),
            _ => None,
        };
        effects.iter().filter_map(of).collect()
    }

    fn prompt(app: &App) -> &str {
        match &app.modal {
            Some(Modal::Prompt(_, prompt)) => prompt.text(),
            other => panic!("no prompt: {other:?}"),
        }
    }

    #[test]
    fn a_command_is_typed_run_read_and_run_again() {
        let mut app = connected();
        assert_eq!(commands(&run(&mut app, "ls -l")), ["ls -l"]);
        let (id, _) = app.focused_pane().expect("its tile");
        app.update(Msg::Shell(id, ShellUpdate::Open), now());
        app.update(Msg::Shell(id, ShellUpdate::Output(b"total 0\n".as_slice().into())), now());
        app.update(Msg::Shell(id, ShellUpdate::Ended(ExitStatus::Code(3))), now());
        let title = app.focused_pane().map(|(_, pane)| pane.title());
        assert_eq!(title.as_deref(), Some("exec api-0/app · exit 3 · ls -l"));
        assert_eq!(press(&mut app, "C"), [Effect::Copy("total 0\n".to_owned())]);
        assert_eq!(commands(&press(&mut app, "r")), ["ls -l"]);
        let saved = press(&mut app, "ctrl-s enter");
        assert!(matches!(&saved[..], [Effect::Save { path, .. }] if path == "exec-api-0-app.txt"), "{saved:?}");
    }

    #[test]
    fn what_was_run_in_a_container_comes_back_and_nothing_else() {
        let mut app = connected();
        run(&mut app, "first");
        run(&mut app, "second");
        app.layout.focus(Slot::List);
        press(&mut app, "x up");
        assert_eq!(prompt(&app), "second");
        press(&mut app, "up up");
        assert_eq!(prompt(&app), "first");
        press(&mut app, "down down");
        assert_eq!(prompt(&app), "");
        press(&mut app, "esc j x up");
        assert_eq!(prompt(&app), "", "another pod has its own");
    }

    #[test]
    fn the_same_command_has_one_tile_and_others_have_theirs() {
        let mut app = connected();
        run(&mut app, "date");
        run(&mut app, "date");
        run(&mut app, "id");
        assert_eq!(app.panes.len(), 2);
    }
}
