//! What of ours runs or ran: shells, logs, port-forwards, copies, writes that are on their way, and what debugging made.
//!
//! Nothing here comes from the store but the last (`debug`, from the listed pods and the `ledger`). Rows are made anew after every update, from panes and jobs, and compared with
//! those before ([`App::settle_sessions`]); the list, its filter and its order are those of every view. What is begun
//! from a prompt and has no tile is in `transfers`.

mod clean;
mod debug;
#[cfg(test)]
mod debug_tests;
mod ledger;
mod row;
#[cfg(test)]
mod tests;
mod transfers;

use std::collections::BTreeMap;

use super::App;
use super::action::Action;
use super::layout::{PaneId, Slot};
use super::message::{Effect, Notice};
use super::panes::Pane;
use super::panes::run::RunState;
use super::panes::shell::{Purpose, ShellState};
use super::question::{Question, Then};
use super::view::View;
use super::writes::JobId;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role};
use crate::cluster::api::ExitStatus;
use crate::debug::ledger::Made;
use crate::model::kubectl::Kubectl;
use crate::model::row::{Health, Row as _};
use crate::model::write::Operation;
use crate::store::feed::{Feed, Status};
use crate::store::table::Touched;

pub use debug::DebugId;
pub use row::{SessionId, SessionRow};
pub use transfers::{Transfer, Work};

/// What is kept of sessions beside their panes.
#[derive(Debug)]
pub struct Sessions {
    /// The rows.
    pub feed: Feed<SessionRow>,
    /// Port-forwards and copies, those that are over as well until they are taken away.
    pub transfers: BTreeMap<JobId, Transfer>,
    /// What debugging made.
    debugging: debug::Debugging,
    /// The ledger of it.
    notes: ledger::Notes,
    /// What of it is being removed.
    cleaning: clean::Cleaning,
    /// Since when panes are open.
    opened: BTreeMap<PaneId, Stamp>,
    /// What is being asked at a prompt.
    asking: Option<transfers::Asking>,
    /// What was typed at the prompts before.
    typed: transfers::Typed,
}

impl Sessions {
    /// None yet. `run` is what this run of the program is called.
    pub(super) fn new(run: String) -> Self {
        // Nobody has to be asked for these rows.
        let mut feed = Feed::default();
        feed.status = Status::Live;
        Self {
            feed,
            transfers: BTreeMap::new(),
            debugging: <_>::default(),
            notes: ledger::Notes::of(run, 0),
            cleaning: <_>::default(),
            opened: BTreeMap::new(),
            asking: None,
            typed: <_>::default(),
        }
    }

    /// Puts these rows in place of those before; which ones changed.
    fn show(&mut self, rows: Vec<SessionRow>) -> Touched {
        let table = &mut self.feed.table;
        let gone: Vec<_> = table.rows().filter(|row| rows.iter().all(|new| new.id != row.id)).cloned().collect();
        let mut touched: Vec<_> = gone.iter().filter_map(|row| table.remove("", &row.meta().name)).collect();
        for row in rows {
            if table.row("", &row.meta().name) != Some(&row) {
                touched.push(table.put(row));
            }
        }
        if touched.is_empty() { Touched::Nothing } else { Touched::Slots(touched) }
    }
}

impl App {
    /// Brings the rows up to date.
    pub(super) fn settle_sessions(&mut self) {
        self.settle_debugging();
        let (panes, now) = (&self.panes, self.now);
        self.sessions.opened.retain(|id, _| panes.contains_key(id));
        for id in panes.keys() {
            self.sessions.opened.entry(*id).or_insert(now);
        }
        let rows = self.session_rows();
        let touched = self.sessions.show(rows);
        self.session_list.update(&self.sessions.feed.table, &touched, now);
    }

    fn session_rows(&self) -> Vec<SessionRow> {
        let opened = |id| self.sessions.opened.get(&id).copied().unwrap_or(self.now);
        let panes = self.panes.iter().filter_map(|(id, pane)| pane_row(*id, pane, opened(*id)));
        let writes = self.jobs.iter().map(|(id, job)| {
            let kind = if matches!(job.write.operation, Operation::Drain(_)) { "drain" } else { "write" };
            let mut row = SessionRow::new(SessionId::Job(*id), kind, job.since);
            row.target = job.write.target.to_string();
            row.namespace = job.write.target.namespace.to_string();
            "on its way".clone_into(&mut row.state);
            row.health = Health::Changing;
            row.detail = if job.progress.is_empty() { job.write.to_string() } else { job.progress.clone() };
            row.facts = vec![("change", job.write.to_string()), ("progress", job.progress.clone())];
            row
        });
        let transfers = self.sessions.transfers.iter().map(|(id, transfer)| transfer.row(*id, &self.session.context));
        panes.chain(writes).chain(transfers).chain(self.debug_rows()).collect()
    }

    /// The session under the cursor of the Sessions view.
    pub fn selected_session(&self) -> Option<&SessionRow> {
        let is_shown = self.view == View::Sessions;
        self.session_list.selected(&self.sessions.feed.table).filter(|_| is_shown)
    }

    /// Port-forwards that live, for the header.
    pub fn forwards(&self) -> usize {
        let living = self.sessions.transfers.values().filter(|transfer| transfer.is_living());
        living.filter(|transfer| matches!(transfer.work, Work::Forward(..))).count()
    }

    /// What would end with the program, in words.
    pub(super) fn living(&self) -> Vec<String> {
        // A process that is attached to goes on without us.
        let ends =
            |pane: &&Pane| matches!(pane, Pane::Shell(pane) if pane.is_living() && pane.purpose != Purpose::Attach);
        let runs = self.panes.values().filter(|pane| matches!(pane, Pane::Run(pane) if pane.is_living())).count();
        let shells = self.panes.values().filter(ends).count();
        let living = self.sessions.transfers.values().filter(|transfer| transfer.is_living()).count();
        let counts = [
            (shells, "shell", "shells"),
            (runs, "command", "commands"),
            (self.forwards(), "port-forward", "port-forwards"),
            (living - self.forwards(), "copy", "copies"),
            (self.jobs.len(), "change", "changes"),
        ];
        let counts = counts.into_iter().filter(|(count, ..)| *count > 0);
        counts
            .map(|(count, one, more)| if count == 1 { format!("a {one}") } else { format!("{count} {more}") })
            .collect()
    }

    pub(super) fn perform_in_sessions(&mut self, action: Action) {
        if action == Action::CleanUp {
            return self.ask_to_clean_up();
        }
        let Some(id) = self.selected_session().map(|row| row.id) else {
            self.notify(Notice::error("there is no session under the cursor"));
            return;
        };
        match (action, id) {
            (Action::StopSession, _) => self.ask_to_stop(id),
            (Action::SessionLogs, SessionId::Pane(pane)) => self.open_log_beside(pane),
            (Action::BeginAgain, SessionId::Job(job)) => self.begin_again(job),
            (_, SessionId::Debug(id)) => self.perform_in_debugging(action, id),
            (Action::BeginAgain, SessionId::Pane(pane)) if matches!(self.panes.get(&pane), Some(Pane::Run(_))) => {
                self.layout.focus(Slot::Pane(pane));
                self.run_again(pane);
            }
            (Action::BeginAgain, SessionId::Pane(pane)) if matches!(self.panes.get(&pane), Some(Pane::Shell(_))) => {
                self.layout.focus(Slot::Pane(pane));
                self.begin_session_again(pane);
            }
            (Action::OpenSession, SessionId::Pane(pane)) => {
                self.layout.focus(Slot::Pane(pane));
            }
            (Action::OpenSession, SessionId::Job(_)) => {
                self.layout.focus(Slot::Inspector);
            }
            (_, SessionId::Pane(_)) => self.notify(Notice::error("its tile begins it again")),
            _ => {}
        }
    }

    fn perform_in_debugging(&mut self, action: Action, id: DebugId) {
        let Some(found) = self.sessions.debugging.found.get(&id) else { return };
        let (key, container) = (found.pod.clone(), found.container.clone());
        match action {
            Action::BeginAgain if found.made == Made::Replaced => self.ask_to_restore(id),
            Action::BeginAgain => self.notify(Notice::error("only what was removed can be restored")),
            _ if found.made == Made::Replaced => {
                self.layout.focus(Slot::Inspector);
            }
            Action::SessionLogs => self.open_log_of(&key, container, false),
            _ => self.reattach(key, container),
        }
    }

    fn ask_to_stop(&mut self, id: SessionId) {
        if let SessionId::Debug(id) = id {
            return self.ask_to_clean(id);
        }
        let marked: Vec<_> = self.session_list.marked(&self.sessions.feed.table).iter().map(|row| row.id).collect();
        let ids = if marked.is_empty() { vec![id] } else { marked };
        let rows = || self.sessions.feed.table.rows().filter(|row| ids.contains(&row.id));
        // What is over is only taken off the list.
        if rows().all(|row| matches!(row.health, Health::Done | Health::Broken)) {
            self.stop(&ids);
            return;
        }
        let lines = rows().map(|row| Line::new(format!("{} {} ({})", row.kind, row.target, row.state), Role::Plain));
        let question = Question::new("stop", lines.collect(), "stop it", Then::Stop(ids));
        self.ask(question);
    }

    /// Ends sessions and takes them off the list.
    pub(super) fn stop(&mut self, ids: &[SessionId]) {
        for id in ids {
            match id {
                SessionId::Pane(pane) => self.close_pane(*pane),
                // These are asked about one by one.
                SessionId::Debug(_) => {}
                SessionId::Job(job) => {
                    self.stop_write(*job);
                    self.sessions.transfers.remove(job);
                    self.effects.push(Effect::EndJob(*job));
                }
            }
        }
        self.clear_marks();
    }

    /// The log of the container that a shell is in.
    fn open_log_beside(&mut self, pane: PaneId) {
        match self.panes.get(&pane) {
            Some(Pane::Shell(pane)) => {
                let (key, container) = (pane.key.clone(), pane.container.clone());
                self.open_log_of(&key, container, false);
            }
            _ => {
                self.layout.focus(Slot::Pane(pane));
            }
        }
    }

    /// The kubectl command that does what the session under the cursor does.
    pub(super) fn session_commands(&self) -> Vec<(&'static str, Kubectl)> {
        let Some(row) = self.selected_session() else { return Vec::new() };
        let SessionId::Job(job) = row.id else { return Vec::new() };
        let transfer = self.sessions.transfers.get(&job).filter(|transfer| transfer.context == self.session.context);
        transfer.map(|transfer| (row.kind, transfer.kubectl())).into_iter().collect()
    }
}

fn pane_row(id: PaneId, pane: &Pane, opened: Stamp) -> Option<SessionRow> {
    let (kind, target, namespace, container, health) = match pane {
        Pane::Object(_) | Pane::Edit(_) | Pane::Debug(_) => return None,
        Pane::Logs(pane) => {
            let (target, namespace) = pane.target().subject();
            let container = pane.request().map_or_else(|| "many".to_owned(), |request| request.container.clone());
            ("log", target, namespace, container, Health::Good)
        }
        Pane::Run(pane) => {
            let health = match &pane.state {
                RunState::Waiting(_) => Health::Changing,
                RunState::Running => Health::Good,
                RunState::Ended(ExitStatus::Code(_)) => Health::Done,
                RunState::Ended(_) | RunState::Refused(_) => Health::Broken,
            };
            let target = format!("pod/{}", pane.key.name);
            ("command", target, pane.key.namespace.to_string(), pane.container.clone(), health)
        }
        Pane::Shell(pane) => {
            let health = match &pane.state {
                ShellState::Opening => Health::Changing,
                ShellState::Waiting(_) => Health::Changing,
                ShellState::Running => Health::Good,
                ShellState::Detached | ShellState::Over(_) | ShellState::Ended(ExitStatus::Code(_)) => Health::Done,
                ShellState::Ended(_) | ShellState::Refused(_) => Health::Broken,
            };
            let target = format!("pod/{}", pane.key.name);
            (pane.purpose.word(), target, pane.key.namespace.to_string(), pane.container.clone(), health)
        }
    };
    let mut row = SessionRow::new(SessionId::Pane(id), kind, opened);
    let title = pane.title();
    let (_, state) = title.split_once(" · ").unwrap_or(("", &title));
    let (state, detail) = state.split_once(" · ").unwrap_or((state, ""));
    row.target = target;
    row.namespace = namespace;
    state.clone_into(&mut row.state);
    row.health = health;
    row.detail = if detail.is_empty() { container.clone() } else { format!("{container} · {detail}") };
    row.facts = vec![("container", container), ("opened", opened.rfc3339())];
    Some(row)
}
