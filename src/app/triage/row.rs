//! A row of the Triage view: a cause with those whom it hits, or one pod of it.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};

use crate::app::inspector::{Inspected, Inspection};
use crate::base::age::Clock;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role};
use crate::diagnosis::engine::Key;
use crate::diagnosis::finding::{Certainty, Finding, Severity, Subject};
use crate::diagnosis::groups::{Group, GroupKey};
use crate::model::row::{Health, Meta, Row};
use crate::store::Store;
use crate::store::index::Stored;

/// How many pods of a group a filter looks at.
const SEARCHED: usize = 200;
/// Sorts before whatever stands in names, so that pods follow their group whatever the order.
const BELOW: char = '\u{1}';

/// A group, or a pod below it.
#[derive(Clone, Debug, PartialEq)]
pub struct TriageRow {
    meta: Meta,
    /// The namespace of what it is about; empty where there are several, or none.
    pub namespace: Arc<str>,
    /// The group that it is, or belongs to.
    pub group: GroupKey,
    /// The pod, where it is one of a group that is unfolded.
    pub pod: Option<Subject>,
    /// Where its group stands.
    pub rank: u32,
    /// How bad its group is.
    pub severity: Severity,
    /// What it is about, with its kind in short: `deploy/web`.
    pub what: String,
    /// Pods that are hit, and how many there are of them; `None` where that is no number to give.
    pub pods: (usize, Option<usize>),
    /// The cause.
    pub why: String,
    /// When it was over; not set while it goes on.
    pub cleared: Stamp,
    /// Names of its pods, for the filter.
    names: Vec<Arc<str>>,
}

impl TriageRow {
    /// A group that stands at this place.
    pub(super) fn group(group: &Group, rank: u32, store: &Store) -> Self {
        let key = group.key();
        let Subject { kind, namespace, name, container, field } = &key.root;
        let identity = format_compact!("{}/{kind}/{namespace}/{name}/{container}/{field}", key.id);
        Self {
            meta: meta(identity, group.since),
            namespace: group.subject.namespace.clone(),
            pod: None,
            rank,
            severity: group.finding.severity,
            what: what(&group.subject),
            pods: affected(group, store),
            why: why(&group.finding),
            cleared: group.cleared,
            names: group.pods.iter().take(SEARCHED).map(|pod| pod.name.clone()).collect(),
            group: key,
        }
    }

    /// A pod of this group; `finding`: what is said of it, if it is known still.
    pub(super) fn pod(&self, pod: &Subject, finding: Option<&Finding>) -> Self {
        let identity = format_compact!("{}{BELOW}{}/{}", self.meta.name, pod.namespace, pod.name);
        let since = finding.map_or(self.meta.created, |finding| finding.since);
        Self {
            meta: meta(identity, since),
            namespace: pod.namespace.clone(),
            what: format!("  {}", what(pod)),
            pods: (0, None),
            why: finding.map_or_else(|| self.why.clone(), why),
            names: Vec::new(),
            pod: Some(pod.clone()),
            ..self.clone()
        }
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.cleared.is_set()
    }
}

fn meta(name: CompactString, created: Stamp) -> Meta {
    Meta { name, created, ..Meta::default() }
}

/// `deploy/web`: the kind as kubectl shortens it.
pub(super) fn what(subject: &Subject) -> String {
    let kind = match &*subject.kind {
        "Deployment" => "deploy",
        "StatefulSet" => "sts",
        "DaemonSet" => "ds",
        "ReplicaSet" => "rs",
        "CronJob" => "cj",
        "ReplicationController" => "rc",
        "PersistentVolumeClaim" => "pvc",
        "PersistentVolume" => "pv",
        "ConfigMap" => "cm",
        "ServiceAccount" => "sa",
        "PodDisruptionBudget" => "pdb",
        "ResourceQuota" => "quota",
        "Namespace" => "ns",
        other => return format!("{}/{}", other.to_ascii_lowercase(), subject.name),
    };
    format!("{kind}/{}", subject.name)
}

/// The cause, said to be a guess where it is one.
pub(super) fn why(finding: &Finding) -> String {
    let cause = finding.cause.replace('\n', " ");
    match &finding.certainty {
        Certainty::Probable(_) if !cause.starts_with("probably") => format!("probably {cause}"),
        _ => cause,
    }
}

/// Pods that are hit, of how many: those of the owners, or of the node.
fn affected(group: &Group, store: &Store) -> (usize, Option<usize>) {
    let index = store.pods.table.index();
    if group.pods.is_empty() {
        let on_node = &*group.subject.kind == "Node" && store.all_namespaces;
        return (0, on_node.then(|| index.loads.of(&group.subject.name).pods as usize));
    }
    let of = |owner: &Subject| match &*owner.kind {
        "Pod" => 1,
        _ => index.owned.by(&owner.namespace, &owner.kind, &owner.name) as usize,
    };
    let all: usize = group.owners.iter().map(of).sum();
    (group.pods.len(), Some(all.max(group.pods.len())))
}

/// The key by which a pod is judged.
pub(super) fn pod_key(store: &Store, pod: &Subject) -> Option<Key> {
    Some(Key::Pod(store.pods.table.row(&pod.namespace, &pod.name)?.meta.uid.clone()))
}

/// The mark and colour of a severity.
pub fn health(severity: Severity) -> Health {
    match severity {
        Severity::Notice => Health::Changing,
        Severity::Degraded => Health::Degraded,
        Severity::Broken => Health::Broken,
    }
}

impl Row for TriageRow {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn health(&self) -> Health {
        if self.is_over() { Health::Done } else { health(self.severity) }
    }
}

impl Stored for TriageRow {
    type Index = ();
}

impl TriageRow {
    /// Hands out what a plain word of a filter is looked for in.
    pub(in crate::app) fn texts(&self, found: &mut dyn FnMut(&str) -> bool) -> bool {
        found(&self.what)
            || found(&self.why)
            || found(&self.group.id)
            || found(&self.namespace)
            || self.names.iter().any(|name| found(name))
    }
}

impl Inspected for TriageRow {
    /// What the row itself says; the whole finding is told by the application, which has it.
    fn inspect(&self, _store: &Store, _clock: &Clock) -> Inspection {
        Inspection { lines: vec![Line::new(&*self.why, Role::Plain)], ..Inspection::default() }
    }
}
