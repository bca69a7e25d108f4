//! Changing the cluster: from a key, over a question, to a job that is followed to its end.
//!
//! ```text
//! key ──> what it is about is read ──> (a value is typed) ──> question ──> y ──> Effect::Write ──> Msg::Write …
//! ```
//!
//! What is refused here (read-only, a right that is known to be missing) changes nothing. The object is settled when
//! the key is pressed: its name and UID, wherever the cursor goes afterwards. Start with [`App::change`]; what a
//! question says is in `ask`.

mod ask;

use std::collections::BTreeSet;

use super::App;
use super::action::Action;
use super::message::{Effect, Notice};
use super::modal::{Asked, Chooses, Modal};
use super::picker::Picker;
use super::prompt::Prompt;
use super::session::Link;
use super::view::{View, on_list};
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::cluster::api::{MAY_BE_DONE, Subject, WriteUpdate};
use crate::model::kind::{Kind, ObjectKey};
use crate::model::row::{Meta, Row as _};
use crate::model::write::{Access, Grace, Need, Operation, Write};

/// Milliseconds for which the cursor rests before rights are asked about: moving through a list asks nothing.
const RESTS: u64 = 200;

/// Names something that was asked of the cluster and is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u32);

/// A write that is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What is done to what.
    pub write: Write,
    /// Since when.
    pub since: Stamp,
    /// How far it is, in words; empty until something is known.
    pub progress: String,
    /// What the server warned of.
    pub warnings: BTreeSet<String>,
}

/// A change that is being prepared: its subject is read, then perhaps a value is typed.
#[derive(Clone, Debug)]
pub struct Preparing {
    job: JobId,
    action: Action,
    subject: Option<Box<Subject>>,
}

/// An object that an action is about, with the UID that was on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) key: ObjectKey,
    uid: String,
}

impl App {
    /// Begins a change of what is under the cursor.
    pub(super) fn change(&mut self, action: Action) {
        if let Err(refusal) = self.may_change(action) {
            self.notify(Notice::error(refusal));
            return;
        }
        let targets = self.targets();
        let Some(first) = targets.first() else {
            self.notify(Notice::error("there is no object under the cursor"));
            return;
        };
        match action {
            Action::Delete => self.ask(self.delete_question(&targets, Grace::Own)),
            Action::ForceDelete => self.ask(self.delete_question(&targets, Grace::Force)),
            Action::Cordon | Action::Drain if !first.key.is(Kind::Node) => {
                self.notify(Notice::error(format!("only nodes can be cordoned and drained; this is {}", first.key)));
            }
            Action::Cordon => self.ask(self.cordon_question(&targets)),
            Action::Drain => self.ask(self.drain_question(first)),
            _ if targets.len() > 1 => {
                let word = action.info().word;
                self.notify(Notice::error(format!("{word} is for one object; {} are marked", targets.len())));
            }
            _ if first.key.is(Kind::Node) => {
                self.notify(Notice::error(format!("{} has no replicas", first.key)));
            }
            _ => self.read_subject(action, first.clone()),
        }
    }

    /// Why an action must not be done here; `Ok` where nothing speaks against it.
    pub(super) fn may_change(&self, action: Action) -> Result<(), String> {
        self.may_change_object(action, self.target().as_ref())
    }

    /// The same for another object than the one under the cursor.
    pub(super) fn may_change_object(&self, action: Action, key: Option<&ObjectKey>) -> Result<(), String> {
        if self.session.read_only {
            return Err(format!("read-only: no {}", action.info().word));
        }
        key.and_then(|key| self.missing_right(action, key)).map_or(Ok(()), Err)
    }

    /// Whether an action on the object under the cursor is known to be refused, and why: for the footer.
    pub fn refusal(&self, action: Action) -> Option<String> {
        self.refusal_on(action, self.target_of(action).as_ref())
    }

    /// The same for any object.
    pub(super) fn refusal_on(&self, action: Action, key: Option<&ObjectKey>) -> Option<String> {
        if self.session.read_only && action.is_change() {
            return Some("read-only".to_owned());
        }
        self.missing_right(action, key?)
    }

    fn missing_right(&self, action: Action, key: &ObjectKey) -> Option<String> {
        needs_of(action, key).iter().find_map(|need| self.store.rights.missing(need))
    }

    /// Asks what may be done to the object under the cursor, once it rests there.
    pub(super) fn ask_for_rights(&mut self) {
        const ASKED: [Action; 8] = [
            Action::Delete,
            Action::Edit,
            Action::Logs,
            Action::Shell,
            Action::Attach,
            Action::Forward,
            Action::Cordon,
            Action::Drain,
        ];
        let called_for = self.called_for();
        let actions = ASKED.iter().chain(&called_for);
        let mut needs: Vec<Need> =
            actions.filter_map(|action| Some(needs_of(*action, &self.target_of(*action)?))).flatten().collect();
        needs.dedup();
        let needs = self.store.rights.unknown(needs, self.now);
        if self.session.link != Link::Up || needs == self.rights_asked {
            return;
        }
        self.rights_asked.clone_from(&needs);
        if !needs.is_empty() {
            self.effects.push(Effect::ReviewAccess { epoch: self.session.epoch, needs, delay: RESTS });
        }
    }

    pub(super) fn on_access(&mut self, answers: Vec<(Need, Access)>) {
        self.store.rights.learn(answers, self.now);
        self.refresh_forms();
    }

    /// What an action is about: everything that is marked, or what is under the cursor.
    pub(super) fn targets(&self) -> Vec<Target> {
        // An event stands for what it is about; several of them for nothing that could be named.
        if let Some(resource) = self.listed().filter(|_| self.view != View::Events) {
            let target = |meta: &Meta| Target { key: meta.key(resource.clone()), uid: meta.uid.to_string() };
            let marked: Vec<_> = on_list!(self, self.view, |list, feed| {
                list.marked(&feed.table).iter().map(|row| target(row.meta())).collect()
            });
            if !marked.is_empty() {
                return marked;
            }
        }
        let Some(key) = self.target() else { return Vec::new() };
        let uid = self.target_uid().unwrap_or_default();
        vec![Target { key, uid }]
    }

    /// The UID of what [`App::target`] names, as it is on the screen.
    fn target_uid(&self) -> Option<String> {
        if self.view == View::Events {
            let event = self.events.selected(&self.store.events.table)?;
            return Some(event.object_uid.to_string());
        }
        if self.view == View::Triage {
            return self.aimed_uid(&self.target()?);
        }
        on_list!(self, self.view, |list, feed| list.selected(&feed.table).map(|row| row.meta().uid.to_string()))
    }

    pub(super) fn new_job(&mut self) -> JobId {
        self.next_job += 1;
        JobId(self.next_job)
    }

    /// Reads what owns the object under the cursor, for an action that changes nothing.
    pub(super) fn read_owner(&mut self, action: Action) {
        match self.targets().first() {
            Some(target) => self.read_subject(action, target.clone()),
            None => self.notify(Notice::error("there is no object under the cursor")),
        }
    }

    fn read_subject(&mut self, action: Action, target: Target) {
        let job = self.new_job();
        self.preparing = Some(Preparing { job, action, subject: None });
        self.notify(Notice::info(format!("reading {}", target.key)));
        let history = action == Action::Rollback;
        self.effects.push(Effect::ReadSubject { job, key: target.key, uid: target.uid, history });
    }

    pub(super) fn on_subject(&mut self, job: JobId, found: Result<Box<Subject>, Problem>) {
        self.effects.push(Effect::EndJob(job));
        let Some(preparing) = self.preparing.take_if(|preparing| preparing.job == job) else { return };
        // Whoever has opened something else meanwhile is not interrupted.
        if self.modal.is_some() {
            return;
        }
        self.notice = None;
        match found {
            Err(problem) => self.notify(Notice::error(problem.to_string())),
            Ok(subject) if preparing.action == Action::OwnerLogs => self.open_logs_of_owner(&subject.key),
            Ok(subject) => match self.ask_about(preparing.action, &subject) {
                Ok(()) => self.preparing = Some(Preparing { subject: Some(subject), ..preparing }),
                Err(refusal) => self.notify(Notice::error(refusal)),
            },
        }
    }

    /// Asks for what is still missing: a value, or only a yes.
    fn ask_about(&mut self, action: Action, subject: &Subject) -> Result<(), String> {
        ask::applies(action, subject)?;
        match action {
            Action::Restart | Action::PauseRollout | Action::ResumeRollout => {
                let operation = match action {
                    Action::Restart => Operation::Restart,
                    Action::PauseRollout => Operation::Pause,
                    _ => Operation::Resume,
                };
                self.ask(self.change_question(subject, operation));
            }
            Action::Scale => {
                let proposed = self.proposed_replicas(&subject.key).map(u64::from);
                self.prompt_for(&proposed.unwrap_or_else(|| ask::replicas(&subject.object)).to_string());
            }
            Action::SetImage => self.prompt_for(&ask::images(&subject.object)),
            _ => self.pick_revision(subject)?,
        }
        Ok(())
    }

    fn prompt_for(&mut self, text: &str) {
        self.modal = Some(Modal::Prompt(Asked::Change, Prompt::new(text)));
    }

    /// What stands before a value that is typed for a change.
    pub fn change_label(&self) -> String {
        let Some(Preparing { action, subject: Some(subject), .. }) = &self.preparing else { return String::new() };
        match action {
            Action::Scale => format!("scale {} from {} to ", subject.key, ask::replicas(&subject.object)),
            _ => format!("set the image of {}: ", subject.key),
        }
    }

    fn pick_revision(&mut self, subject: &Subject) -> Result<(), String> {
        let choices = ask::revisions(subject);
        if choices.is_empty() {
            return Err(format!("{} has no revision to go back to", subject.key));
        }
        let picker = Picker::new(format!("roll back {} to", subject.key), choices);
        self.modal = Some(Modal::Picker(Chooses::Revision, picker));
        Ok(())
    }

    /// A value was typed, or a revision chosen.
    pub(super) fn change_to(&mut self, text: &str) {
        let Some(Preparing { action, subject: Some(subject), .. }) = self.preparing.clone() else { return };
        match ask::operation(action, text, &subject.object) {
            Ok(operation) => self.ask(self.change_question(&subject, operation)),
            Err(wrong) => {
                self.notify(Notice::error(wrong));
                self.prompt_for(text);
            }
        }
    }

    /// Sends what was confirmed.
    pub(super) fn write(&mut self, writes: Vec<Write>) {
        self.preparing = None;
        for write in writes {
            self.send(write);
        }
    }

    /// Sends a write; names the job that it is.
    pub(super) fn send(&mut self, write: Write) -> JobId {
        let id = self.new_job();
        self.send_as(id, write);
        id
    }

    /// Sends a write as a job that has its number already.
    pub(super) fn send_as(&mut self, id: JobId, write: Write) {
        let job = Job { write: write.clone(), since: self.now, progress: String::new(), warnings: BTreeSet::new() };
        self.jobs.insert(id, job);
        self.effects.push(Effect::Write(id, Box::new(write)));
    }

    /// Nobody waits for a write any more: how it ends will not be known.
    pub(super) fn stop_write(&mut self, id: JobId) {
        let Some(job) = self.jobs.remove(&id) else { return };
        let sofar = if job.progress.is_empty() { "it may be done all the same" } else { &job.progress };
        self.notify(Notice::info(format!("stopped: {}. What is done stays done: {sofar}", job.write)));
        let problem = Problem::new(job.write.to_string(), "it was stopped", MAY_BE_DONE);
        self.on_written(id, &WriteUpdate::Failed(problem));
    }

    /// What came of a write, for whoever has begun it and shows it.
    fn on_written(&mut self, id: JobId, update: &WriteUpdate) {
        self.on_edit_written(id, update);
        self.on_form_written(id, update);
        self.on_debug_written(id, update);
    }

    pub(super) fn on_write(&mut self, id: JobId, update: WriteUpdate) {
        self.on_edit_written(id, &update);
        self.on_written(id, &update);
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let over = !matches!(update, WriteUpdate::Warning(_) | WriteUpdate::Progress(_));
        let notice = match update {
            WriteUpdate::Warning(text) => {
                let notice = Notice::error(format!("the server warns: {text}"));
                job.warnings.insert(text);
                notice
            }
            WriteUpdate::Progress(text) => {
                job.progress.clone_from(&text);
                Notice::info(text)
            }
            WriteUpdate::Done { said, .. } => {
                let warnings: Vec<_> = job.warnings.iter().map(|text| format!(" · warning: {text}")).collect();
                Notice::info(said + &warnings.concat())
            }
            WriteUpdate::Failed(problem) | WriteUpdate::Conflict { problem, .. } => Notice::error(problem.to_string()),
        };
        if over {
            self.jobs.remove(&id);
            self.effects.push(Effect::EndJob(id));
        }
        self.notify(notice);
    }
}

/// The rights that an action on an object needs first. What is done to an owner is known when the
/// owner is.
fn needs_of(action: Action, key: &ObjectKey) -> Vec<Need> {
    match action {
        Action::Delete | Action::ForceDelete => vec![Need::on("delete", key)],
        Action::Logs | Action::PreviousLogs if key.is(Kind::Pod) => vec![Need::log(&key.namespace)],
        Action::Shell | Action::Run | Action::CopyFiles if key.is(Kind::Pod) => Need::exec(&key.namespace).to_vec(),
        Action::Attach if key.is(Kind::Pod) => Need::attach(&key.namespace).to_vec(),
        Action::Forward if key.resource.namespaced => Need::port_forward(&key.namespace).to_vec(),
        Action::Cordon | Action::Drain if key.is(Kind::Node) => vec![Need::on("patch", key)],
        Action::Edit | Action::EditOutside => vec![Need::on("update", key)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
