//! What a key means in the Triage view: the target of the step that it is, or what is nearest to it.
//!
//! A finding's steps name their targets, and a key that is one of them means that target. Any other key means the pod of the
//! row, the first of a group, or what the group is shown for.

use super::TriageRow;
use crate::app::App;
use crate::app::action::Action;
use crate::app::view::View;
use crate::diagnosis::finding::{Finding, Subject};
use crate::diagnosis::next::{Next, Step};
use crate::model::discovery::find_kind;
use crate::model::kind::{Kind, ObjectKey};

impl App {
    /// The finding that a row shows: of its pod, or the one that stands for the group.
    pub(super) fn finding_of(&self, row: &TriageRow) -> Option<&Finding> {
        let group = self.triage.group(&row.group)?;
        let of_pod = row.pod.as_ref().and_then(|pod| {
            let key = super::pod_key(&self.store, pod)?;
            self.triage.of_pod(&key, &row.group)
        });
        Some(of_pod.unwrap_or(&group.finding))
    }

    /// The step of the finding under the cursor that an action is.
    fn step_of(&self, action: Action) -> Option<&Next> {
        let finding = self.finding_of(self.selected_finding()?)?;
        finding.next.iter().find(|next| Action::parse(next.step.action()) == Some(action))
    }

    /// What an action means in the Triage view; `None` for the action: what the row is about.
    fn aim(&self, action: Option<Action>) -> Option<Subject> {
        let row = self.selected_finding()?;
        if let Some(next) = action.and_then(|action| self.step_of(action)) {
            return Some(next.target.clone());
        }
        let finding = self.finding_of(row)?;
        if let Some(pod) = &row.pod {
            return Some(pod.clone().container(&finding.subject.container));
        }
        let group = self.triage.group(&row.group)?;
        let is_owners = matches!(
            action,
            Some(
                Action::Scale
                    | Action::Restart
                    | Action::SetImage
                    | Action::Rollback
                    | Action::PauseRollout
                    | Action::ResumeRollout
            )
        );
        match &*finding.subject.kind {
            "Pod" if is_owners && &*group.subject.kind != "Node" => Some(group.subject.clone()),
            _ => Some(finding.subject.clone()),
        }
    }

    /// The subject that the action which is performed now means.
    pub(in crate::app) fn aimed(&self) -> Option<Subject> {
        self.aim(self.triage.aiming)
    }

    /// From now on what is under the cursor is what this action means; `None` ends that.
    pub(in crate::app) fn take_aim(&mut self, action: Option<Action>) {
        self.triage.aiming = action.filter(|_| self.view == View::Triage);
    }

    /// What an action would mean if its key were pressed now.
    pub(in crate::app) fn target_of(&self, action: Action) -> Option<ObjectKey> {
        if self.view != View::Triage || self.focused_pane().is_some() {
            return self.target();
        }
        self.object_key(&self.aim(Some(action))?)
    }

    /// The key of what a finding names, where its kind is known.
    pub(in crate::app) fn object_key(&self, subject: &Subject) -> Option<ObjectKey> {
        let watched = Kind::parse(&subject.kind).map(Into::into);
        let resource = watched.or_else(|| find_kind(&self.session.resources, "", &subject.kind).cloned())?;
        let namespace = if resource.namespaced { subject.namespace.clone() } else { "".into() };
        Some(ObjectKey { resource, namespace, name: subject.name.clone() })
    }

    /// The UID of what a key means in the Triage view, as far as it is listed.
    pub(in crate::app) fn aimed_uid(&self, key: &ObjectKey) -> Option<String> {
        let pod = || Some(self.pod(key)?.meta.uid.to_string());
        let node = || Some(self.store.nodes.table.row("", &key.name)?.meta.uid.to_string());
        match key.kind() {
            Some(Kind::Pod) => pod(),
            Some(Kind::Node) => node(),
            _ => None,
        }
    }

    /// The number of replicas that the finding under the cursor proposes for an object.
    pub(in crate::app) fn proposed_replicas(&self, key: &ObjectKey) -> Option<u32> {
        let next = self.step_of(Action::Scale)?;
        match next.step {
            Step::Scale(to) if next.target.name == key.name && next.target.namespace == key.namespace => to,
            _ => None,
        }
    }

    /// The actions that the finding under the cursor calls for, in its order.
    pub fn called_for(&self) -> Vec<Action> {
        let finding = self.selected_finding().and_then(|row| self.finding_of(row));
        finding.map_or_else(Vec::new, actions_of)
    }
}

/// The actions of a finding's steps.
pub(super) fn actions_of(finding: &Finding) -> Vec<Action> {
    finding.next.iter().filter_map(|next| Action::parse(next.step.action())).collect()
}
