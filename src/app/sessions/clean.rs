//! Cleaning up what debugging made: one thing, all that is finished, all of it, or what has outlived its time; and the
//! way back of a removed pod.
//!
//! A pod is deleted, with the UID that was seen. An ephemeral container cannot be removed: its process is ended. Start
//! with [`App::clean`].

use std::collections::{BTreeMap, BTreeSet};

use super::debug::DebugId;
use crate::app::App;
use crate::app::action::Action;
use crate::app::message::{Effect, Notice};
use crate::app::question::{Answer, Question, Then};
use crate::app::writes::JobId;
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role};
use crate::cluster::api::WriteUpdate;
use crate::debug::ledger::found::{Found, Owner};
use crate::debug::ledger::{EntryId, Event, Made, restore};
use crate::model::kind::ObjectKey;
use crate::model::write::finish::CONSEQUENCES;
use crate::model::write::{Operation, Write};

/// Things that a question lists; of more it says how many.
const NAMED: usize = 8;

/// What is being cleaned up.
#[derive(Debug, Default)]
pub(super) struct Cleaning {
    /// Writes on their way, and the entries that they end.
    jobs: BTreeMap<JobId, Option<EntryId>>,
    /// Restores on their way.
    restoring: BTreeMap<JobId, EntryId>,
    /// What is read for a restore.
    reading: Option<(JobId, DebugId)>,
    /// What has outlived its time, and was told to end.
    ended: BTreeSet<EntryId>,
    /// The program ends when all is clean.
    is_quitting: bool,
}

impl Cleaning {
    /// Whether the end of an entry is on its way.
    pub(super) fn is_ending(&self, id: &EntryId) -> bool {
        self.jobs.values().any(|ending| ending.as_ref() == Some(id))
    }
}

impl App {
    /// Asks before one thing that debugging made is removed.
    pub(super) fn ask_to_clean(&mut self, id: DebugId) {
        let Some(found) = self.sessions.debugging.found.get(&id).cloned() else { return };
        if found.made == Made::Replaced {
            let lines = vec![
                what("Forget", &found, &self.session.context),
                plain("What was kept of it is removed; it cannot be restored then."),
            ];
            return self.ask(Question::new("forget", lines, "forget it", Then::Clean(vec![id])));
        }
        if let Err(refusal) = self.may_clean(&found) {
            return self.notify(Notice::error(refusal));
        }
        let Some(write) = found.cleaning() else { return };
        let is_pod = found.made.is_pod();
        let mut lines = vec![what(if is_pod { "Delete" } else { "End" }, &found, &self.session.context)];
        if is_pod {
            lines.push(plain("It was made for debugging; nothing makes it again."));
        } else {
            lines.extend(CONSEQUENCES.map(plain));
        }
        if found.owner != Owner::Ours {
            let text = format!("It is {}: somebody may be using it.", found.whose());
            lines.push(Line::new(text, Role::Warn));
        }
        let word = if is_pod { "delete" } else { "end it" };
        let mut question = Question::new(if is_pod { "delete" } else { "end" }, lines, word, Then::Clean(vec![id]));
        let context = self.session.chosen_context().unwrap_or_default();
        question.commands = vec![write.kubectl().context(&context).to_string()];
        self.ask(question);
    }

    /// To the tile of what debugging made, or a new one that attaches to it.
    pub(super) fn reattach(&mut self, key: ObjectKey, container: String) {
        match self.may_change_object(Action::Attach, Some(&key)) {
            Ok(()) => self.open_debug_session(key, container),
            Err(refusal) => self.notify(Notice::error(refusal)),
        }
    }

    fn may_clean(&self, found: &Found) -> Result<(), String> {
        self.may_change_object(Action::Delete, Some(&found.pod).filter(|_| found.made.is_pod()))?;
        if !found.can_be_cleaned() {
            return Err(format!("there is nothing to clean up: {} is {}", found.pod, found.state()));
        }
        Ok(())
    }

    /// Asks what to clean up of all that is ours.
    pub(super) fn ask_to_clean_up(&mut self) {
        let (finished, all) = (self.finished(), self.cleanable());
        if all.is_empty() {
            return self.notify(Notice::info("there is nothing of ours to clean up"));
        }
        if let Err(refusal) = self.may_change_object(Action::Delete, None) {
            return self.notify(Notice::error(refusal));
        }
        let mut question = Question::new("clean up", self.listed_found(&all), String::new(), Then::Quit);
        question.answers = answers(&finished, &all, Then::Clean);
        self.ask(question);
    }

    /// What is ours and has ended.
    fn finished(&self) -> Vec<DebugId> {
        self.ours(Found::is_finished)
    }

    /// What is ours and can be removed, ended or not.
    fn cleanable(&self) -> Vec<DebugId> {
        self.ours(Found::can_be_cleaned)
    }

    fn ours(&self, is_wanted: impl Fn(&Found) -> bool) -> Vec<DebugId> {
        let found = self.sessions.debugging.found.iter();
        found.filter(|(_, found)| found.owner == Owner::Ours && is_wanted(found)).map(|(id, _)| *id).collect()
    }

    fn listed_found(&self, ids: &[DebugId]) -> Vec<Line> {
        let found = ids.iter().filter_map(|id| self.sessions.debugging.found.get(id));
        let line = |found: &Found| {
            let container = if found.made == Made::Ephemeral { format!("/{}", found.container) } else { String::new() };
            plain(&format!("  {} {}{container} ({})", found.made.name(), found.pod, found.state()))
        };
        let mut lines: Vec<_> = found.take(NAMED).map(line).collect();
        if ids.len() > NAMED {
            lines.push(plain(&format!("  and {} more", ids.len() - NAMED)));
        }
        lines
    }

    /// What the question before the program's end says of what debugging made: what would stay behind.
    pub(in crate::app) fn add_left_behind(&self, question: &mut Question) {
        let all: Vec<_> = self.cleanable().into_iter().filter(|id| !self.is_kept(*id)).collect();
        if all.is_empty() || self.session.read_only {
            return;
        }
        let finished: Vec<_> = self.finished().into_iter().filter(|id| !self.is_kept(*id)).collect();
        question.lines.push(plain("Debugging has left in the cluster:"));
        question.lines.extend(self.listed_found(&all));
        let quit = |key, word: &str, then| Answer { key, word: word.to_owned(), then };
        question.answers = match (finished.len(), all.len()) {
            (0, _) => vec![],
            (some, of) if some == of => vec![quit('y', "clean up and quit", Then::CleanAndQuit(finished))],
            _ => vec![quit('y', "clean up what is finished and quit", Then::CleanAndQuit(finished))],
        };
        if question.answers.first().is_none_or(|answer| answer.then != Then::CleanAndQuit(all.clone())) {
            question.answers.push(quit('a', "clean up all and quit", Then::CleanAndQuit(all.clone())));
        }
        question.answers.push(quit('k', "keep it and quit", Then::KeepAndQuit(all)));
    }

    /// Whether something of ours would stay behind that the person was not asked about.
    pub(in crate::app) fn leaves_behind(&self) -> bool {
        !self.session.read_only && self.cleanable().into_iter().any(|id| !self.is_kept(id))
    }

    fn is_kept(&self, id: DebugId) -> bool {
        self.sessions.debugging.found.get(&id).is_some_and(|found| found.kept)
    }

    /// Cleans up; how many requests that takes.
    pub(in crate::app) fn clean(&mut self, ids: &[DebugId]) -> usize {
        let found: Vec<_> = ids.iter().filter_map(|id| self.sessions.debugging.found.get(id).cloned()).collect();
        let mut sent = 0;
        for found in found {
            if found.made == Made::Replaced {
                self.note(found.id, &Event::Gone);
            } else if let Some(write) = found.cleaning() {
                self.note(found.id.clone(), &Event::Cleaning);
                let job = self.send(write);
                self.sessions.cleaning.jobs.insert(job, found.id);
                sent += 1;
            }
        }
        self.clear_marks();
        sent
    }

    pub(in crate::app) fn clean_and_quit(&mut self, ids: &[DebugId]) {
        if self.clean(ids) == 0 {
            return self.quit_now();
        }
        self.sessions.cleaning.is_quitting = true;
        self.notify(Notice::info("cleaning up; the program ends when that is done"));
    }

    pub(in crate::app) fn keep_and_quit(&mut self, ids: &[DebugId]) {
        let entries: Vec<_> = ids.iter().filter_map(|id| self.sessions.debugging.found.get(id)?.id.clone()).collect();
        self.note(entries, &Event::Kept);
        self.quit_now();
    }

    /// Whether the program is on its way out already: who asks again does not want to wait.
    pub(in crate::app) fn is_quitting(&self) -> bool {
        self.sessions.cleaning.is_quitting
    }

    /// What came of a write that cleans up, or restores.
    pub(super) fn on_cleaned(&mut self, job: JobId, update: &WriteUpdate) {
        let is_done = matches!(update, WriteUpdate::Done { .. });
        if let Some(id) = self.sessions.cleaning.restoring.remove(&job) {
            // One that failed can be tried again.
            self.note([id], &if is_done { Event::Gone } else { Event::Known(String::new()) });
        }
        let Some(id) = self.sessions.cleaning.jobs.remove(&job) else { return };
        // What is over is said by whoever sees it; what is not is there as before.
        if !is_done {
            self.note(id, &Event::Known(String::new()));
            self.sessions.cleaning.is_quitting = false;
        }
        self.look_again();
        if self.sessions.cleaning.is_quitting && self.sessions.cleaning.jobs.is_empty() {
            self.quit_now();
        }
    }

    /// When the next thing of ours has outlived its time.
    pub(super) fn ends_at(&self) -> Option<Stamp> {
        let found = self.sessions.debugging.found.values().filter(|found| self.can_outlive(found));
        found.map(|found| found.ends_at).min()
    }

    fn can_outlive(&self, found: &Found) -> bool {
        let is_told = found.id.as_ref().is_some_and(|id| self.sessions.cleaning.ended.contains(id));
        found.ends_at.is_set() && found.can_be_cleaned() && !is_told && !self.session.read_only
    }

    /// Ends what has outlived its time.
    pub(super) fn end_what_is_over(&mut self) {
        let found = self.sessions.debugging.found.iter();
        let over = found.filter(|(_, found)| self.can_outlive(found) && found.ends_at <= self.now);
        let over: Vec<_> = over.map(|(id, found)| (*id, found.id.clone(), found.pod.to_string())).collect();
        for (id, entry, pod) in over {
            // Tried once: what cannot be ended now is said, and stays in the list.
            self.sessions.cleaning.ended.extend(entry);
            self.notify(Notice::info(format!("the time of {pod} is over; it is cleaned up")));
            self.clean(&[id]);
        }
    }

    /// Reads what was kept of a removed pod, to ask whether it shall be created again.
    pub(super) fn ask_to_restore(&mut self, id: DebugId) {
        let Some(found) = self.sessions.debugging.found.get(&id) else { return };
        let Some(manifest) = found.manifest.clone() else {
            return self.notify(Notice::error("nothing was kept of it"));
        };
        if self.session.read_only {
            return self.notify(Notice::error("read-only: nothing is restored"));
        }
        let job = self.new_job();
        self.sessions.cleaning.reading = Some((job, id));
        self.effects.push(Effect::ReadManifest(self.session.link_epoch, job, manifest));
    }

    pub(super) fn on_manifest(&mut self, job: JobId, text: Result<String, Problem>) {
        let Some((_, id)) = self.sessions.cleaning.reading.take_if(|(reading, _)| *reading == job) else { return };
        let Some(found) = self.sessions.debugging.found.get(&id).filter(|_| self.modal.is_none()) else { return };
        let kept = text.map_err(|problem| problem.to_string()).and_then(|text| {
            serde_json::from_str(&text).map_err(|error| format!("what was kept cannot be read: {error}"))
        });
        match kept.and_then(|pod| restore::body(&pod)) {
            Ok(body) => {
                let lines = vec![
                    what("Create", found, &self.session.context),
                    plain("As it was when it was removed, without what the server had written into it."),
                    plain("It gets another UID and is scheduled anew. Data in its emptyDir volumes is lost."),
                ];
                let operation = Operation::Create(body.to_string());
                let write = Write { target: found.pod.clone(), uid: String::new(), operation };
                self.ask(Question::new("restore", lines, "create it", Then::Restore(id, Box::new(write))));
            }
            Err(said) => {
                self.notify(Notice::error(format!("could not restore {}: {said}", found.pod)));
            }
        }
    }

    pub(in crate::app) fn restore(&mut self, id: DebugId, write: Write) {
        let Some(entry) = self.sessions.debugging.found.get(&id).and_then(|found| found.id.clone()) else { return };
        self.note([entry.clone()], &Event::Cleaning);
        let job = self.send(write);
        self.sessions.cleaning.restoring.insert(job, entry);
    }
}

/// The ways to clean up: what is finished is the usual one.
fn answers(finished: &[DebugId], all: &[DebugId], then: fn(Vec<DebugId>) -> Then) -> Vec<Answer> {
    let answer = |key, word: String, ids: &[DebugId]| Answer { key, word, then: then(ids.to_vec()) };
    let mut answers = Vec::new();
    if !finished.is_empty() && finished.len() < all.len() {
        answers.push(answer('y', "what is finished".to_owned(), finished));
        answers.push(answer('a', "all of it".to_owned(), all));
    } else if finished.is_empty() {
        answers.push(answer('a', "all of it, though it runs".to_owned(), all));
    } else {
        answers.push(answer('y', "all of it".to_owned(), all));
    }
    answers
}

fn plain(text: &str) -> Line {
    Line::new(text, Role::Plain)
}

fn what(verb: &str, found: &Found, context: &str) -> Line {
    let name = if found.made == Made::Ephemeral {
        format!("{} in {}", found.container, found.pod)
    } else {
        found.pod.to_string()
    };
    let place = format!(" in namespace {}, context {context}?", found.pod.namespace);
    Line::new(format!("{verb} "), Role::Plain).and(name, Role::Heading).and(place, Role::Plain)
}
