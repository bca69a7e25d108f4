//! The ledger of what debugging made: noted first, sent afterwards, and brought in line with what the cluster shows.
//!
//! ```text
//! App::make ──> Effect::Note ──> on the disk ──> Msg::Ledger(Noted) ──> Effect::Write ──> Msg::Write
//!                    └─ cannot be written: the person is asked whether to go on without
//! ```
//!
//! So at no moment something of ours can be in the cluster that is not in the ledger. What is to be noted once somebody
//! has looked is `debug::ledger::judge`'s to say. Start with [`App::make`]; rows are in `debug`, cleaning up in `clean`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::app::App;
use crate::app::message::{Effect, LedgerUpdate, Notice, Opened};
use crate::app::question::{Question, Then};
use crate::app::session::Link;
use crate::app::writes::JobId;
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role};
use crate::cluster::api::{Looked, MAY_BE_DONE, WriteUpdate};
use crate::debug::ledger::judge::{STALE, Sight, judge, judged_again};
use crate::debug::ledger::{Entry, EntryId, Event, Ledger, Made, Note, Record};
use crate::debug::{Form, Mark, Plan};
use crate::model::kind::ObjectKey;
use crate::model::write::Write;

/// How the ledger of the present cluster stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Standing {
    /// Nobody knows yet which cluster it is.
    #[default]
    Opening,
    /// It takes notes.
    Open,
    /// It does not; why.
    Shut(Problem),
}

/// A write that waits for its notes, or for its answer.
#[derive(Clone, Debug)]
struct Making {
    write: Write,
    /// What announces it.
    notes: Vec<Note>,
    /// What is attached to when it is there.
    attach: Option<(ObjectKey, String)>,
    is_sent: bool,
}

impl Making {
    fn ids(&self) -> impl Iterator<Item = EntryId> {
        self.notes.iter().map(|note| note.id.clone())
    }
}

/// The ledger of the present cluster.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What this run of the program is called.
    pub(super) run: String,
    pub(super) ledger: Ledger,
    standing: Standing,
    /// Who we are in the cluster.
    user: String,
    entries: u32,
    making: BTreeMap<JobId, Making>,
    /// Entries whose request the server has refused: what is there all the same is to be looked at, listed or not.
    refused: BTreeSet<EntryId>,
    /// Entries whose pod was seen.
    seen: BTreeSet<EntryId>,
    /// When time alone says more of an entry.
    judge_at: Option<Stamp>,
    /// What was seen of pods that nobody watches.
    looked: BTreeMap<ObjectKey, Looked>,
    is_looking: bool,
    /// Something came that may say more of an entry.
    pub(super) is_stale: bool,
}

impl Notes {
    /// None yet. `run` is what this run of the program is called, `entries` how many it has made.
    pub(super) fn of(run: String, entries: u32) -> Self {
        Self { run, entries, ..Self::default() }
    }
}

impl App {
    /// Sends what a plan says, once the ledger knows of it, and attaches to what was made where the form wants that;
    /// `original` is the pod that the plan was made for, as it was read. Pods that are made say who made them, and end by
    /// themselves after `ttl` seconds, where that is wanted.
    pub fn make(&mut self, mut plan: Plan, form: &Form, original: &Value, ttl: Option<u32>) -> JobId {
        let mark = Mark { user: self.sessions.notes.user.clone(), time: self.now, source: plan.target.to_string() };
        plan.mark(&mark);
        if let Some(seconds) = ttl {
            plan.expire(seconds);
        }
        let (mut notes, mut manifest) = (Vec::new(), None);
        for mut entry in Entry::of(&plan, &self.session.context, &mark.user, ttl) {
            let id = self.new_entry();
            entry.marked = entry.made.is_pod().then_some(self.now);
            if entry.made == Made::Replaced {
                entry.manifest = Some(id.to_string());
                manifest = Some((id.to_string(), original.to_string()));
            }
            notes.push(Note { id, at: self.now, event: Event::Intended(Box::new(entry)) });
        }
        let attach = (form.attaches() && !plan.container.is_empty()).then(|| (plan.pod_key(), plan.container.clone()));
        let job = self.new_job();
        let making = Making { write: plan.write(form), notes: notes.clone(), attach, is_sent: false };
        self.sessions.notes.making.insert(job, making);
        self.take_down(notes, Some(job), manifest);
        job
    }

    fn new_entry(&mut self) -> EntryId {
        let notes = &mut self.sessions.notes;
        notes.entries += 1;
        EntryId::of(&notes.run, notes.entries)
    }

    /// Notes something, here and on the disk.
    fn take_down(&mut self, notes: Vec<Note>, job: Option<JobId>, manifest: Option<(String, String)>) {
        notes.iter().cloned().for_each(|note| self.sessions.notes.ledger.apply(note));
        self.sessions.notes.is_stale = true;
        // Nobody waits for what cannot be written anyway, and it was said once.
        if job.is_some() || !matches!(self.sessions.notes.standing, Standing::Shut(_)) {
            self.effects.push(Effect::Note { epoch: self.session.link_epoch, job, notes, manifest });
        }
    }

    /// Notes what became of entries; nobody waits for that.
    pub(super) fn note(&mut self, ids: impl IntoIterator<Item = EntryId>, event: &Event) {
        let notes: Vec<_> = ids.into_iter().map(|id| Note { id, at: self.now, event: event.clone() }).collect();
        if notes.is_empty() {
            return;
        }
        if *event == Event::Gone {
            let kept = notes.iter().filter_map(|note| self.sessions.notes.ledger.get(&note.id)?.entry.manifest.clone());
            let forget: Vec<_> = kept.map(Effect::ForgetManifest).collect();
            self.take_down(notes, None, None);
            self.effects.extend(forget);
        } else {
            self.take_down(notes, None, None);
        }
    }

    pub(in crate::app) fn on_ledger(&mut self, update: LedgerUpdate) {
        match update {
            LedgerUpdate::Opened(opened) => self.on_opened(*opened),
            LedgerUpdate::Noted(job, Ok(())) => self.send_noted(job),
            LedgerUpdate::Noted(job, Err(problem)) => self.ask_to_go_on(job, &problem),
            LedgerUpdate::Lost(problem) => {
                // Said once: whatever is to be noted after this will not be either.
                self.notify(Notice::error(problem.to_string()));
                self.sessions.notes.standing = Standing::Shut(problem);
            }
            LedgerUpdate::Looked(looked) => {
                self.sessions.notes.looked.extend(looked);
                self.sessions.notes.is_looking = false;
                self.sessions.notes.is_stale = true;
            }
            LedgerUpdate::Manifest(job, text) => self.on_manifest(job, text),
        }
    }

    fn on_opened(&mut self, opened: Opened) {
        let notes = &mut self.sessions.notes;
        notes.user = opened.user;
        let images = opened.images;
        opened.notes.into_iter().for_each(|note| notes.ledger.apply(note));
        notes.ledger.take_over(|id| self.sessions.cleaning.is_ending(id));
        notes.is_stale = true;
        notes.standing = opened.problem.clone().map_or(Standing::Open, Standing::Shut);
        if let Some(problem) = opened.problem {
            self.notify(Notice::error(problem.to_string()));
        }
        self.on_images(images);
    }

    /// What is on the disk may be sent, unless that took so long that it must be noted again.
    fn send_noted(&mut self, job: JobId) {
        let now = self.now;
        let Some(making) = self.sessions.notes.making.get_mut(&job).filter(|making| !making.is_sent) else { return };
        let is_stale = making.notes.iter().any(|note| now.micros_since(note.at).is_some_and(|age| age > STALE));
        if !is_stale {
            return self.send_now(job);
        }
        making.notes.iter_mut().for_each(|note| note.at = now);
        let again = making.notes.clone();
        self.take_down(again, Some(job), None);
    }

    fn send_now(&mut self, job: JobId) {
        let Some(making) = self.sessions.notes.making.get_mut(&job).filter(|making| !making.is_sent) else { return };
        making.is_sent = true;
        let (write, ids) = (making.write.clone(), making.ids().collect::<Vec<_>>());
        self.note(ids, &Event::Sent);
        self.send_as(job, write);
    }

    /// Nothing was sent yet, and what would be made could not be found again after a crash.
    fn ask_to_go_on(&mut self, job: JobId, problem: &Problem) {
        let Some(making) = self.sessions.notes.making.get(&job) else { return };
        // As if it had never been: whoever says no need not say it to anybody else.
        let ledger = &mut self.sessions.notes.ledger;
        making.ids().for_each(|id| ledger.forget(&id));
        let plain = |text: String| Line::new(text, Role::Plain);
        let what = making.write.to_string();
        self.on_form_unnoted(job, problem);
        let lines = vec![
            Line::new(problem.to_string(), Role::Warn),
            plain(format!("So nobody would know of it after a crash: {what}.")),
            plain("Go on all the same? Nothing was sent yet.".to_owned()),
        ];
        if self.modal.is_some() {
            // Whoever has opened something else meanwhile is not interrupted.
            self.sessions.notes.making.remove(&job);
            return self.notify(Notice::error(format!("{problem}; nothing was sent")));
        }
        self.ask(Question::new("ledger", lines, "go on without", Then::MakeUnnoted(job)));
    }

    /// The person wants it all the same.
    pub(in crate::app) fn make_unnoted(&mut self, job: JobId) {
        let notes = &mut self.sessions.notes;
        let Some(making) = notes.making.get(&job) else { return };
        making.notes.iter().cloned().for_each(|note| notes.ledger.apply(note));
        self.on_form_sent(job);
        self.send_now(job);
    }

    /// What came of a write that made something, or that cleaned it up.
    pub(in crate::app) fn on_debug_written(&mut self, job: JobId, update: &WriteUpdate) {
        if matches!(update, WriteUpdate::Warning(_) | WriteUpdate::Progress(_)) {
            return;
        }
        self.on_cleaned(job, update);
        let Some(making) = self.sessions.notes.making.remove(&job) else { return };
        match update {
            WriteUpdate::Done { object, .. } => {
                let uid = object.as_ref().and_then(|object| object["metadata"]["uid"].as_str()).unwrap_or_default();
                for id in making.ids() {
                    let is_removed = self.entry(&id).is_some_and(|record| record.entry.made == Made::Replaced);
                    let uid = if is_removed { String::new() } else { uid.to_owned() };
                    self.note([id], &Event::Known(uid));
                }
                if let Some((key, container)) = making.attach {
                    self.open_debug_session(key, container);
                }
            }
            WriteUpdate::Failed(problem) if problem.next == MAY_BE_DONE => {}
            // What it says may be true of a part of it: what is there is looked at.
            _ => self.sessions.notes.refused.extend(making.ids()),
        }
        self.look_again();
    }

    fn entry(&self, id: &EntryId) -> Option<&Record> {
        self.sessions.notes.ledger.get(id)
    }

    /// What was seen of pods that nobody watches may be another thing by now.
    pub(super) fn look_again(&mut self) {
        self.sessions.notes.looked.clear();
        self.sessions.notes.is_stale = true;
    }

    /// Another cluster: what waits is not sent any more.
    pub(in crate::app) fn leave_ledger(&mut self) {
        let run = std::mem::take(&mut self.sessions.notes.run);
        let entries = self.sessions.notes.entries;
        self.sessions.notes = Notes::of(run, entries);
        self.leave_debugging();
        self.leave_images();
    }

    /// Brings entries in line with what the cluster shows, and looks where nobody watches.
    pub(super) fn judge_entries(&mut self) {
        let (mut verdicts, mut seen, mut unseen) = (Vec::new(), Vec::new(), BTreeSet::new());
        let notes = &self.sessions.notes;
        for (id, record) in notes.ledger.living() {
            // What is being sent is judged by its answer.
            if notes.making.values().any(|making| making.ids().any(|known| known == *id)) {
                continue;
            }
            let (key, is_refused) = (record.entry.key(), notes.refused.contains(id));
            let sight = self.sight(record, is_refused);
            if sight == Sight::Unknown && (is_refused || !self.is_watched(&key.namespace)) {
                unseen.insert(key);
            }
            if matches!(sight, Sight::Seen(_)) {
                seen.push(id.clone());
            }
            if let Some(event) = judge(record, sight, is_refused || notes.seen.contains(id), self.now) {
                verdicts.push((id.clone(), event));
            }
        }
        self.sessions.notes.seen.extend(seen);
        for (id, event) in verdicts {
            self.sessions.notes.refused.remove(&id);
            self.note([id], &event);
        }
        let again = self.sessions.notes.ledger.living().map(|(_, record)| judged_again(record));
        self.sessions.notes.judge_at = again.filter(|at| *at > self.now).min();
        self.look_for(unseen);
    }

    fn look_for(&mut self, keys: BTreeSet<ObjectKey>) {
        let notes = &self.sessions.notes;
        let keys: Vec<_> = keys.into_iter().filter(|key| !notes.looked.contains_key(key)).collect();
        if !keys.is_empty() && !notes.is_looking && self.session.link == Link::Up {
            self.sessions.notes.is_looking = true;
            self.effects.push(Effect::LookFor(self.session.link_epoch, keys));
        }
    }

    /// Whether the pods of a namespace are watched, listed or not yet.
    fn is_watched(&self, namespace: &str) -> bool {
        self.session.namespace.as_deref().is_none_or(|watched| watched == namespace)
    }

    /// What is known of an entry's pod; `fresh`: a watch may be behind, so it does not count.
    fn sight(&self, record: &Record, fresh: bool) -> Sight<'_> {
        let key = record.entry.key();
        if !fresh && self.is_watched(&key.namespace) {
            return match self.store.pods.table.row(&key.namespace, &key.name) {
                Some(pod) => Sight::Seen(pod),
                None if self.store.pods.is_listed() => Sight::Missing,
                None => Sight::Unknown,
            };
        }
        match self.sessions.notes.looked.get(&key) {
            Some(Looked::Seen(pod)) => Sight::Seen(pod),
            Some(Looked::Missing) => Sight::Missing,
            Some(Looked::Failed(_)) | None => Sight::Unknown,
        }
    }

    /// The pods of entries in namespaces that nobody watches, as far as they were seen.
    pub(super) fn looked_pods(&self) -> impl Iterator<Item = &crate::model::pod::PodRow> {
        self.sessions.notes.looked.iter().filter(|(key, _)| !self.is_watched(&key.namespace)).filter_map(
            |(_, looked)| match looked {
                Looked::Seen(pod) => Some(&**pod),
                _ => None,
            },
        )
    }

    /// Whether everything was looked at that can be.
    pub(super) fn has_looked(&self) -> bool {
        let notes = &self.sessions.notes;
        notes.standing == Standing::Open && !notes.is_looking && self.store.pods.is_listed()
    }

    /// When time alone says more of an entry; not set where it will not.
    pub(super) fn judged_at(&self) -> Option<Stamp> {
        self.sessions.notes.judge_at
    }
}
