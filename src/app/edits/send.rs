//! From an edited text to the server and back: a look at what would change, a file that keeps it, the write, a refusal
//! at its line, and a change that somebody else made meanwhile.

use serde_json::Value;

use crate::app::App;
use crate::app::action::Action;
use crate::app::layout::PaneId;
use crate::app::message::{Effect, Notice};
use crate::app::panes::Pane;
use crate::app::panes::edit::fields::{causes, line_of, named_line};
use crate::app::panes::edit::manifest::{Flaw, check, with_version_of};
use crate::app::panes::edit::review::{Review, Why, count};
use crate::app::panes::edit::{EditPane, Phase};
use crate::app::writes::JobId;
use crate::base::diff::merge;
use crate::base::problem::Problem;
use crate::base::text::{Line, Role};
use crate::cluster::api::WriteUpdate;
use crate::describe::yaml::{to_yaml, without_managed_fields};
use crate::model::write::{Operation, Write};

impl App {
    /// Sends the text, unless it is flawed, the same as before, or in conflict with what others changed.
    pub(super) fn send_edit(&mut self, id: PaneId) {
        let key = self.edit_pane(id).map(|pane| pane.key.clone());
        if let Err(refusal) = self.may_change_object(Action::Edit, key.as_ref()) {
            self.notify(Notice::error(refusal));
            return;
        }
        let Some(pane) = self.edit_pane(id).filter(|pane| pane.phase == Phase::Typing) else { return };
        if pane.theirs.is_some() {
            return self.review_edit(id);
        }
        if !pane.is_modified() {
            self.notify(Notice::info("nothing was changed, so nothing is sent"));
            return;
        }
        let text = pane.area.text();
        if let Err(flaw) = check(&text, &pane.key, &pane.uid) {
            show_flaw(pane, flaw);
            return;
        }
        pane.phase = Phase::Keeping;
        pane.review = None;
        pane.clear_problem();
        let name = pane.file_name();
        self.effects.push(Effect::KeepEdit { pane: id, name, text });
    }

    /// A file has the text, or could not be written: it is sent either way, because it is still here as well.
    pub(in crate::app) fn on_edit_kept(&mut self, id: PaneId, kept: Result<String, Problem>) {
        let Some(pane) = self.edit_pane(id) else {
            // Its pane was closed so that the file should have it.
            let notice = match kept {
                Ok(file) => Notice::info(format!("the text is in {file}")),
                Err(problem) => Notice::error(problem.to_string()),
            };
            return self.notify(notice);
        };
        let mut before = Vec::new();
        match kept {
            Ok(file) => {
                before = std::mem::replace(&mut pane.files, vec![file]);
            }
            Err(problem) => self.notify(Notice::error(problem.to_string())),
        }
        self.effects.extend(before.into_iter().map(Effect::ForgetEdit));
        let Some(pane) = self.edit_pane(id).filter(|pane| pane.phase == Phase::Keeping) else { return };
        let operation = Operation::Replace(pane.area.text());
        let write = Write { target: pane.key.clone(), uid: pane.uid.clone(), operation };
        let job = self.send(write);
        if let Some(pane) = self.edit_pane(id) {
            pane.phase = Phase::Sending(job);
        }
    }

    /// What came of a write, as far as it was an edit.
    pub(in crate::app) fn on_edit_written(&mut self, job: JobId, update: &WriteUpdate) {
        let sending = |pane: &Pane| matches!(pane, Pane::Edit(pane) if pane.phase == Phase::Sending(job));
        let Some(id) = self.panes.iter().find(|(_, pane)| sending(pane)).map(|(id, _)| *id) else { return };
        let Some(pane) = self.edit_pane(id) else { return };
        match update {
            WriteUpdate::Warning(_) | WriteUpdate::Progress(_) => {}
            WriteUpdate::Done { .. } => self.discard_edit(id),
            WriteUpdate::Failed(problem) => {
                pane.phase = Phase::Typing;
                show_refusal(pane, problem);
            }
            WriteUpdate::Conflict { problem, current } => {
                pane.phase = Phase::Typing;
                self.begin_conflict(id, problem, current);
            }
        }
    }

    fn begin_conflict(&mut self, id: PaneId, problem: &Problem, current: &Value) {
        let Some(pane) = self.edit_pane(id) else { return };
        let uid = current["metadata"]["uid"].as_str().unwrap_or_default();
        if uid == pane.uid {
            pane.theirs = Some(to_yaml(&without_managed_fields(current)));
            self.review_edit(id);
        } else {
            // Another object has the name now; there is nothing to put together.
            show_refusal(pane, problem);
        }
    }

    /// Shows what the text would change, or the conflict that it is in.
    pub(super) fn review_edit(&mut self, id: PaneId) {
        let Some(Pane::Edit(pane)) = self.panes.get(&id) else { return };
        let mine = pane.area.text();
        let review = if let Some(theirs) = &pane.theirs {
            let choices = self.conflict_choices(&put_together(&pane.base, &mine, theirs));
            Review::of_conflict(choices, &pane.base, &mine, theirs)
        } else {
            let heading = Line::new(count(&pane.base, &mine), Role::Heading)
                .and(format!("   {} ", self.keys.key_of(Action::ConfirmEdit)), Role::Key)
                .and("sends it   ", Role::Plain)
                .and(format!("{} ", self.keys.key_of(Action::BackToText)), Role::Key)
                .and("back to the text", Role::Plain);
            Review::of_change(Why::Sending, heading, &pane.base, &mine)
        };
        if let Some(pane) = self.edit_pane(id) {
            pane.review = Some(review);
        }
    }

    fn conflict_choices(&self, together: &Result<String, String>) -> Vec<Line> {
        let together = match together {
            Ok(_) => "put both together: they changed other lines than you".to_owned(),
            Err(disputed) => format!("cannot put both together: both changed {disputed}"),
        };
        let choices = [
            (Action::MergeEdit, together),
            (Action::OverwriteEdit, "send yours over theirs; you see what of theirs is lost before".to_owned()),
            (Action::TakeTheirs, "take theirs as the text; yours stays in a file".to_owned()),
            (Action::BackToText, "back to your text".to_owned()),
        ];
        let line =
            |(action, what)| Line::new(format!("{:<6}", self.keys.key_of(action)), Role::Key).and(what, Role::Plain);
        choices.into_iter().map(line).collect()
    }

    /// Sends what is shown. A conflict is not sent as it is.
    pub(super) fn confirm_edit(&mut self, id: PaneId) {
        let Some(pane) = self.edit_pane(id) else { return };
        if pane.theirs.is_none() {
            pane.review = None;
            self.send_edit(id);
        }
    }

    /// Puts both changes together, and shows what would be sent then.
    pub(super) fn merge_edit(&mut self, id: PaneId) {
        let Some(pane) = self.edit_pane(id) else { return };
        let Some(theirs) = &pane.theirs else { return };
        match put_together(&pane.base, &pane.area.text(), theirs) {
            Ok(merged) => {
                pane.area.replace(&merged);
                pane.base = pane.theirs.take().unwrap_or_default();
                self.review_edit(id);
            }
            Err(disputed) => {
                self.notify(Notice::error(format!("both changed {disputed}: put that together by hand")));
            }
        }
    }

    /// Makes the text a change of what the server has, and shows what that undoes.
    pub(super) fn overwrite_edit(&mut self, id: PaneId) {
        let confirm = self.keys.key_of(Action::ConfirmEdit);
        let Some(pane) = self.edit_pane(id) else { return };
        let Some(theirs) = pane.theirs.take() else { return };
        let mine = with_version_of(&pane.area.text(), &theirs);
        pane.area.replace(&mine);
        let heading = Line::new("Your text undoes what is marked with - below.   ", Role::Warn)
            .and(format!("{confirm} "), Role::Key)
            .and("sends it all the same", Role::Plain);
        pane.review = Some(Review::of_change(Why::Overwriting, heading, &theirs, &mine));
        pane.base = theirs;
    }

    /// The text is what the server has; the person's own stays in the file that has it, and one step back.
    pub(super) fn take_theirs(&mut self, id: PaneId) {
        let undo = self.keys.key_of(Action::Undo);
        let Some(pane) = self.edit_pane(id) else { return };
        let Some(theirs) = pane.theirs.take() else { return };
        pane.area.replace(&theirs);
        pane.base = theirs;
        pane.review = None;
        // What is kept for later does not go when another text is taken by the server.
        let files = std::mem::take(&mut pane.files);
        let place = files.last().map(|file| format!(" and is in {file}")).unwrap_or_default();
        self.notify(Notice::info(format!("this is what the server has; yours comes back with {undo}{place}")));
    }
}

/// Both changes of `base` in one text; the error names what both changed.
fn put_together(base: &str, mine: &str, theirs: &str) -> Result<String, String> {
    let [base, mine, theirs]: [Vec<&str>; 3] = [base, mine, theirs].map(|text| text.split('\n').collect());
    merge(&base, &mine, &theirs).map(|lines| lines.join("\n")).map_err(|disputed| {
        let place = disputed.first().and_then(|lines| base.get(lines.start)).map_or("", |line| line.trim());
        match disputed.len() {
            1 => format!("`{place}`"),
            more => format!("`{place}` and {} more places", more - 1),
        }
    })
}

fn show_flaw(pane: &mut EditPane, flaw: Flaw) {
    pane.review = None;
    let place = flaw.line.map(|line| format!("line {}: ", line + 1)).unwrap_or_default();
    pane.say(vec![Line::new(place, Role::Heading).and(flaw.said, Role::Bad)]);
    if let Some(line) = flaw.line {
        pane.area.go_to(line);
    }
}

/// Shows why the server did not take it, cause by cause, and goes to the first line that is meant.
fn show_refusal(pane: &mut EditPane, problem: &Problem) {
    let text = pane.area.text();
    let causes = causes(&problem.said);
    let mut first = named_line(&problem.said);
    let mut lines = vec![Line::new(format!("could not {}", problem.tried), Role::Heading)];
    for cause in &causes {
        let line = line_of(&text, &cause.field);
        first = first.or(line);
        let place = line.map(|line| format!("line {}: ", line + 1)).unwrap_or_default();
        let field = if cause.field.is_empty() { String::new() } else { format!("{}: ", cause.field) };
        lines.push(Line::new(place, Role::Dim).and(field, Role::Label).and(&*cause.said, Role::Bad));
    }
    if !problem.next.is_empty() {
        lines.push(Line::new(&*problem.next, Role::Plain));
    }
    if let Some(file) = pane.files.last() {
        lines.push(Line::new(format!("the text is also in {file}"), Role::Dim));
    }
    pane.say(lines);
    if let Some(line) = first {
        pane.area.go_to(line);
    }
}
