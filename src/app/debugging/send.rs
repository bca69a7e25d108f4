//! From a form to the cluster: a dry run first, whose refusal is shown at the form, then the write, then the tile of the
//! session that was made.

use super::super::App;
use super::super::action::Action;
use super::super::layout::PaneId;
use super::super::message::{Effect, Notice};
use super::super::panes::Pane;
use super::super::panes::debug::Phase;
use super::super::writes::JobId;
use crate::base::problem::Problem;
use crate::cluster::api::WriteUpdate;
use crate::debug::image::remember;
use crate::model::kind::ObjectKey;
use crate::model::write::Write;

impl App {
    /// Sends the form, if nothing that is known speaks against it.
    pub(super) fn send_form(&mut self, id: PaneId) {
        let key = self.debug_pane(id).map(|pane| pane.key.clone());
        if let Err(refusal) = self.may_change_object(Action::Debug, key.as_ref()) {
            self.notify(Notice::error(refusal));
            return;
        }
        self.refresh_form(id);
        let job = self.new_job();
        let Some(pane) = self.debug_pane(id).filter(|pane| pane.is_typing()) else { return };
        if pane.is_blocked() {
            pane.go_to_trouble();
            let first = pane.troubles.iter().find(|trouble| trouble.is_fatal).map(|trouble| trouble.said.clone());
            self.notify(Notice::error(first.unwrap_or_else(|| "there is nothing to send yet".to_owned())));
            return;
        }
        pane.phase = Phase::Trying(job);
        if let Some(write) = self.form_write(id) {
            self.effects.push(Effect::TryWrite(job, Box::new(write)));
        }
    }

    /// What is sent for a form.
    fn form_write(&mut self, id: PaneId) -> Option<Write> {
        let pane = self.debug_pane(id)?;
        Some(pane.plan.as_ref()?.write(&pane.form))
    }

    /// What came of a dry run or of the write itself.
    pub(in crate::app) fn on_form_written(&mut self, job: JobId, update: &WriteUpdate) {
        let Some(id) = self.form_of(job) else { return };
        let is_over = !matches!(update, WriteUpdate::Warning(_) | WriteUpdate::Progress(_));
        if is_over && self.debug_pane(id).is_some_and(|pane| pane.phase == Phase::Trying(job)) {
            // A dry run is no write, which would be ended where its answer is taken in.
            self.effects.push(Effect::EndJob(job));
        }
        match update {
            WriteUpdate::Warning(_) | WriteUpdate::Progress(_) => {}
            WriteUpdate::Failed(problem) | WriteUpdate::Conflict { problem, .. } => self.refuse_form(id, problem),
            WriteUpdate::Done { .. } => self.go_on_with_form(id, job),
        }
    }

    /// The form that waits for what comes of a job.
    fn form_of(&self, job: JobId) -> Option<PaneId> {
        let waits = |pane: &Pane| matches!(pane, Pane::Debug(pane) if pane.waits_for(job));
        self.panes.iter().find(|(_, pane)| waits(pane)).map(|(id, _)| *id)
    }

    /// The ledger could not note it: the form says why, and can be sent again.
    pub(in crate::app) fn on_form_unnoted(&mut self, job: JobId, problem: &Problem) {
        if let Some(id) = self.form_of(job) {
            self.refuse_form(id, problem);
            if let Some(pane) = self.debug_pane(id) {
                pane.phase = Phase::Asked(job);
            }
        }
    }

    /// It is sent all the same.
    pub(in crate::app) fn on_form_sent(&mut self, job: JobId) {
        if let Some(pane) = self.form_of(job).and_then(|id| self.debug_pane(id)) {
            pane.refused = None;
            pane.phase = Phase::Sending(job);
        }
    }

    fn refuse_form(&mut self, id: PaneId, problem: &Problem) {
        if let Some(pane) = self.debug_pane(id) {
            pane.phase = Phase::Choosing;
            pane.refused = Some(problem.clone());
            self.refresh_form(id);
        }
    }

    fn go_on_with_form(&mut self, id: PaneId, job: JobId) {
        let Some(pane) = self.debug_pane(id) else { return };
        if pane.phase == Phase::Trying(job) {
            let Some(plan) = pane.plan.clone() else { return };
            let (form, ttl, original) = (pane.form.clone(), pane.draft.ttl(), pane.original().clone());
            let job = self.make(plan, &form, &original, ttl);
            if let Some(pane) = self.debug_pane(id) {
                pane.phase = Phase::Sending(job);
            }
            return;
        }
        let (image, key) = (pane.form.image.clone(), pane.key.clone());
        self.close_pane(id);
        self.close_shells_that_are_none(&key);
        if !image.is_empty() {
            remember(&mut self.debugging.images, &image);
            self.debugging.is_used = true;
            self.effects.push(Effect::KeepImage(image));
        }
    }

    /// There is another way into the pod now: tiles that only say that there is no shell are done.
    fn close_shells_that_are_none(&mut self, key: &ObjectKey) {
        let is_none = |pane: &Pane| matches!(pane, Pane::Shell(pane) if pane.key == *key && pane.lacks_shell());
        let done: Vec<_> = self.panes.iter().filter(|(_, pane)| is_none(pane)).map(|(id, _)| *id).collect();
        for id in done {
            self.close_pane(id);
        }
    }
}
