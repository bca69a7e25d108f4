//! Deployments, Jobs and the like: read as lists, for the rules that look at what owns pods.
//!
//! They are not watched. They are read once the pods are listed, again when an event is about one of them, though not
//! sooner than after half a minute, and now and then while anything is suspected. Only those that something may be the matter
//! with are kept.

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::base::json::{list, text};
use crate::base::stamp::Stamp;
use crate::diagnosis::finding::Subject;
use crate::diagnosis::survey::OBJECTS;
use crate::model::lookup::{Lookup, What};
use crate::store::Store;
use crate::store::table::Touched;

/// Lists are not read sooner again, in microseconds; nor later, while something is suspected.
const SOONEST: i64 = 30_000_000;
const LATEST: i64 = 120_000_000;
/// As long as there are no more of a kind, all are kept.
const FEW: usize = 200;

/// What is known of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct OfKind {
    /// When it was asked for last.
    asked: Stamp,
    /// Whether the list has come.
    is_read: bool,
    /// It cannot be read.
    is_refused: bool,
    /// An event was about one of them since.
    is_old: bool,
    count: usize,
}

/// The objects that are looked at.
#[derive(Debug, Default)]
pub(super) struct Workloads {
    kinds: [OfKind; OBJECTS.len()],
    objects: FxHashMap<Subject, Value>,
    suspects: bool,
}

impl Workloads {
    /// An object, if it is looked at.
    pub(super) fn get(&self, subject: &Subject) -> Option<&Value> {
        self.objects.get(subject)
    }

    /// What is known of each kind that can be read: how many there are; `None` while its list is still to come.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&'static str, Option<usize>)> {
        let counts = OBJECTS.iter().zip(&self.kinds).filter(|(_, of)| !of.is_refused);
        counts.map(|((kind, _), of)| (*kind, of.is_read.then_some(of.count)))
    }

    /// Events were added or changed.
    pub(super) fn events_changed(&mut self, store: &Store, rows: &Touched) {
        let Touched::Slots(slots) = rows else { return };
        for event in slots.iter().filter_map(|slot| store.events.table.get(*slot)) {
            if let Some(at) = OBJECTS.iter().position(|(kind, _)| **kind == *event.object_kind) {
                self.kinds[at].is_old = true;
            }
        }
    }

    /// The lists that are due. `suspects`: something may be the matter with a pod.
    pub(super) fn due(&mut self, namespace: &str, suspects: bool, now: Stamp) -> Vec<Lookup> {
        self.suspects = suspects;
        let mut due = Vec::new();
        for (of, (_, resource)) in self.kinds.iter_mut().zip(OBJECTS) {
            let since = now.micros_since(of.asked);
            let is_due = since.is_none_or(|since| since >= SOONEST && of.is_old || since >= LATEST && suspects);
            if is_due {
                (of.asked, of.is_old) = (now, false);
                due.push(Lookup::list(*resource, namespace));
            }
        }
        due
    }

    /// Microseconds until a list is due.
    pub(super) fn until_again(&self, now: Stamp) -> Option<i64> {
        let due = self.kinds.iter().filter(|of| of.asked.is_set()).filter_map(|of| {
            let since = now.micros_since(of.asked).unwrap_or(0);
            match (of.is_old, self.suspects) {
                (true, _) => Some(SOONEST - since),
                (false, true) => Some(LATEST - since),
                (false, false) => None,
            }
        });
        due.min()
    }

    /// The kind that a lookup lists, if it is one of those.
    pub(super) fn listed_by(lookup: &Lookup) -> Option<usize> {
        let What::Object(resource) = &lookup.what else { return None };
        OBJECTS.iter().position(|(_, listed)| listed == resource).filter(|_| lookup.is_list())
    }

    /// Takes the list of a kind; what is to be judged now.
    pub(super) fn take(&mut self, at: usize, found: &[Value]) -> Vec<Subject> {
        let (kind, _) = OBJECTS[at];
        (self.kinds[at].is_read, self.kinds[at].is_refused) = (true, false);
        self.kinds[at].count = found.len();
        let gone: Vec<_> = self.objects.keys().filter(|subject| *subject.kind == *kind).cloned().collect();
        for subject in &gone {
            self.objects.remove(subject);
        }
        let mut changed = gone;
        for object in found.iter().filter(|object| found.len() <= FEW || is_suspect(kind, object)) {
            let of = |path| text(object, path);
            let subject = Subject::new(kind, of("/metadata/namespace"), of("/metadata/name"));
            self.objects.insert(subject.clone(), object.clone());
            changed.push(subject);
        }
        changed
    }

    /// The list of a kind cannot be read: nothing is known of it.
    pub(super) fn refused(&mut self, at: usize) -> Vec<Subject> {
        let changed = self.take(at, &[]);
        (self.kinds[at].is_read, self.kinds[at].is_refused) = (false, true);
        changed
    }
}

/// Whether something may be the matter with an object; never false where a rule has something to say of its status.
fn is_suspect(kind: &str, object: &Value) -> bool {
    let number = |path: &str| object.pointer(path).and_then(Value::as_i64).unwrap_or(0);
    let is_old = number("/status/observedGeneration") < number("/metadata/generation");
    let wanted = object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let conditions = list(object, "/status/conditions");
    let complains = |condition: &Value| {
        let is_bad_when_true =
            matches!(condition["type"].as_str(), Some("ReplicaFailure" | "Failed" | "FailureTarget"));
        condition["status"] == if is_bad_when_true { "True" } else { "False" }
    };
    let differs = match kind {
        "Deployment" | "StatefulSet" => {
            number("/status/readyReplicas") != wanted || number("/status/updatedReplicas") != wanted
        }
        "ReplicaSet" => number("/status/readyReplicas") != wanted,
        "DaemonSet" => {
            let wanted = number("/status/desiredNumberScheduled");
            number("/status/numberReady") != wanted
                || number("/status/updatedNumberScheduled") != wanted
                || number("/status/numberMisscheduled") > 0
        }
        "Job" => !conditions.iter().any(|condition| condition["type"] == "Complete" && condition["status"] == "True"),
        _ => true,
    };
    differs || is_old || object["spec"]["paused"] == true || conditions.iter().any(complains)
}
