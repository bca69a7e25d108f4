//! Findings with one cause as one, worst first.
//!
//! Findings merge by rule and root. Forty pods that wait for one missing Secret are one group; what stands for an owner as a
//! whole goes into the group of its pods where that explains it.

use std::borrow::Cow;
use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::finding::{Finding, Severity, Subject};
use super::judge::{Judged, explanations, last};
use super::rules;
use crate::base::stamp::Stamp;

/// What never is a cause of its own: whatever else is the matter with the same owner explains it.
const SYMPTOMS: &[&str] = &["owner.progress-deadline", "owner.backoff-limit", "owner.pdb-blocks", "ready.no-endpoint"];

/// Findings with one cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The finding that stands for all: the one about the root itself, or else the newest.
    pub finding: Finding,
    /// Whom it is shown for: the owner where all its pods have one, the root where several owners share it.
    pub subject: Subject,
    /// The pods, by namespace and name.
    pub pods: Vec<Subject>,
    /// What owns them, each once.
    pub owners: Vec<Subject>,
    /// What it makes redundant.
    pub explains: Vec<(Cow<'static, str>, Subject)>,
    /// Since when, of the one that began first.
    pub since: Stamp,
    /// When it was over; not set while it goes on.
    pub cleared: Stamp,
}

/// What findings of one group have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupKey {
    /// The id.
    pub id: Cow<'static, str>,
    /// The root.
    pub root: Subject,
}

impl Group {
    fn of(judged: &Judged) -> Self {
        let mut group = Self {
            finding: judged.finding.clone(),
            subject: Subject::default(),
            pods: Vec::new(),
            owners: Vec::new(),
            explains: Vec::new(),
            since: judged.finding.since,
            cleared: Stamp::NONE,
        };
        group.note(judged);
        group
    }

    /// Its key.
    pub fn key(&self) -> GroupKey {
        GroupKey { id: self.finding.id.clone(), root: self.finding.root.clone() }
    }

    fn add(&mut self, judged: &Judged) {
        let Finding { severity, since, .. } = judged.finding;
        if since.is_set() && (!self.since.is_set() || since < self.since) {
            self.since = since;
        }
        let worst = self.finding.severity.max(severity);
        if precedence(&judged.finding) > precedence(&self.finding) {
            self.finding = judged.finding.clone();
        }
        self.finding.severity = worst;
        self.note(judged);
    }

    fn note(&mut self, judged: &Judged) {
        if &*judged.finding.subject.kind == "Pod" {
            self.pods.push(judged.finding.subject.object());
        }
        if !self.owners.contains(&judged.owner) {
            self.owners.push(judged.owner.clone());
        }
        self.explains.extend(judged.explains.iter().cloned());
    }

    fn finish(&mut self) {
        self.pods.sort();
        self.pods.dedup();
        self.owners.sort();
        self.explains.sort();
        self.explains.dedup();
        let about_root = self.finding.subject.is_same_object(&self.finding.root);
        self.subject = match &*self.owners {
            [owner] if !about_root => owner.clone().container(&self.finding.subject.container),
            [_] if about_root => self.finding.subject.clone(),
            _ => self.finding.root.clone(),
        };
    }

    /// Worst first, then more pods, then newer; then by name, so that equal ones stay where they are.
    fn rank(&self) -> impl Ord + use<> {
        let Finding { severity, id, root, .. } = &self.finding;
        (Reverse(*severity), Reverse(self.pods.len()), Reverse(self.since), id.clone(), root.clone())
    }
}

/// Which finding stands for its group: the one about the root, then the newest; the rest only keeps the choice from
/// depending on the order in which they come.
fn precedence(finding: &Finding) -> impl Ord {
    let Finding { subject, root, since, cause, evidence, .. } = finding;
    let first = evidence.first().map(|evidence| (evidence.at, &evidence.text));
    (subject.is_same_object(root), *since, Reverse((subject, cause)), first)
}

/// Puts findings together and orders them.
pub fn merge<'a>(judged: impl IntoIterator<Item = &'a Judged>) -> Vec<Group> {
    let mut at: FxHashMap<GroupKey, usize> = FxHashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    for judged in judged {
        let key = GroupKey { id: judged.finding.id.clone(), root: judged.finding.root.clone() };
        if let Some(at) = at.get(&key) {
            groups[*at].add(judged);
        } else {
            at.insert(key, groups.len());
            groups.push(Group::of(judged));
        }
    }
    let mut groups = without_redundant(groups);
    for group in &mut groups {
        group.finish();
    }
    groups.sort_by_cached_key(Group::rank);
    groups
}

/// Without the groups about an owner that a group of its pods explains.
fn without_redundant(mut groups: Vec<Group>) -> Vec<Group> {
    groups.sort_by_cached_key(Group::rank);
    let explained_by = explained(&groups);
    let said: Vec<_> = groups.iter().map(|group| (group.finding.id.clone(), group.finding.subject.clone())).collect();
    let mut kept = groups.into_iter().map(Some).collect::<Vec<_>>();
    for (at, said) in said.into_iter().enumerate() {
        let by = last(&explained_by, at);
        if by == at {
            continue;
        }
        let explained = kept[at].take().map(|group| group.explains).unwrap_or_default();
        if let Some(group) = &mut kept[by] {
            group.explains.push(said);
            group.explains.extend(explained);
        }
    }
    kept.into_iter().flatten().collect()
}

/// For each group the one that explains it.
fn explained(groups: &[Group]) -> Vec<Option<usize>> {
    let mut by_owner: FxHashMap<Subject, Vec<usize>> = FxHashMap::default();
    for (at, group) in groups.iter().enumerate() {
        for owner in &group.owners {
            by_owner.entry(owner.object()).or_default().push(at);
        }
    }
    explanations(groups.len(), |at| {
        let group = &groups[at];
        // What is said of pods has been judged pod by pod.
        let owner = group.pods.is_empty().then(|| group.finding.subject.object());
        let others = owner.and_then(|owner| by_owner.get(&owner)).into_iter().flatten().copied();
        others.filter(move |by| *by != at && explains(&groups[*by].finding, &group.finding))
    })
}

/// Whether one finding is why there is another about the same owner.
fn explains(cause: &Finding, other: &Finding) -> bool {
    let is_symptom = |finding: &Finding| SYMPTOMS.contains(&&*finding.id);
    let is_cause = is_symptom(other) && !is_symptom(cause) && cause.severity > Severity::Notice;
    is_cause || rules::find(&cause.id).is_some_and(|rule| rule.explains(&other.id))
}

#[cfg(test)]
mod tests;
