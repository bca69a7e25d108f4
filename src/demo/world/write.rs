//! Writes that clients and controllers share: updates, deletions, and what goes with what is deleted.

use std::sync::Arc;

use serde_json::Value;

use super::World;
use super::admit::bump_generation;
use super::kinds::{KINDS, Kind};
use super::store::Object;
use crate::demo::failure::{Answer, Failure};
use crate::demo::json::{int, list, set, stamp, text};

/// How something is to be deleted.
#[derive(Clone, Debug, Default)]
pub struct Deletion {
    /// Seconds; the pod's own when not said.
    pub grace: Option<i64>,
    /// Only if this is still its UID.
    pub uid: Option<String>,
    /// Leaves what it owns alone.
    pub orphan: bool,
    /// Changes nothing.
    pub dry_run: bool,
}

const MODIFIED: &str = "the object has been modified; please apply your changes to the latest version and try again";

impl World {
    /// An object, or the refusal that it is not there.
    pub fn find(&self, kind: &'static Kind, namespace: &str, name: &str) -> Answer<Object> {
        self.store.get(kind.plural, namespace, name).ok_or_else(|| Failure::not_found(kind.plural, kind.group, name))
    }

    /// Replaces an object. A resource version in it must be the current one; its status is changed only
    /// through its own path.
    pub fn replace(&mut self, kind: &'static Kind, mut object: Value, status: bool, dry_run: bool) -> Answer<Object> {
        let (namespace, name) = (text(&object, "/metadata/namespace"), text(&object, "/metadata/name"));
        let current = self.find(kind, namespace, name)?;
        let version = text(&object, "/metadata/resourceVersion");
        if !version.is_empty() && version != text(&current, "/metadata/resourceVersion") {
            return Err(Failure::conflict(kind.plural, kind.group, name, MODIFIED));
        }
        let uid = text(&object, "/metadata/uid");
        if !uid.is_empty() && uid != text(&current, "/metadata/uid") {
            let why = format!("Invalid value: {uid:?}: field is immutable");
            return Err(Failure::invalid(kind.kind, name, "metadata.uid", "FieldValueInvalid", &why));
        }
        if status {
            let mut kept = (*current).clone();
            kept["status"] = object["status"].take();
            object = kept;
        } else if let Some(old) = current.get("status") {
            object["status"] = old.clone();
        }
        for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
            if let Some(old) = current["metadata"].get(field) {
                set(&mut object, &["metadata", field], old.clone());
            }
        }
        bump_generation(&current, &mut object);
        if dry_run {
            return Ok(Arc::new(object));
        }
        let stored = self.store.put(kind.plural, object);
        self.drop_if_released(kind, &stored);
        self.settle();
        Ok(stored)
    }

    /// What waited only for its finalizers goes with the last of them.
    fn drop_if_released(&mut self, kind: &'static Kind, object: &Value) {
        let deleting = !object["metadata"]["deletionTimestamp"].is_null();
        if !deleting || !list(object, "/metadata/finalizers").is_empty() {
            return;
        }
        let uid = text(object, "/metadata/uid");
        let stopped = kind.plural != "pods"
            || self.pods.get(uid).is_none_or(|pod| pod.containers.iter().all(|container| !container.is_running()));
        if stopped {
            self.remove_with_dependents(kind.plural, object);
        }
    }

    /// Deletes an object: a pod with its grace period, others at once, unless a finalizer holds them.
    pub fn delete(&mut self, kind: &'static Kind, namespace: &str, name: &str, how: &Deletion) -> Answer<Object> {
        let object = self.find(kind, namespace, name)?;
        let uid = text(&object, "/metadata/uid");
        if let Some(wanted) = how.uid.as_deref().filter(|wanted| *wanted != uid) {
            let why = format!(
                "the UID in the precondition ({wanted}) does not match the UID in record ({uid}). The object might \
                 have been deleted and then recreated"
            );
            return Err(Failure::conflict(kind.kind, "", name, &why));
        }
        if how.dry_run {
            return Ok(object);
        }
        if kind.plural == "pods" {
            self.delete_pod(&object, how);
        } else if list(&object, "/metadata/finalizers").is_empty() {
            self.remove_dependents(&object, how.orphan);
            self.store.remove(kind.plural, namespace, name);
        } else {
            let mut marked = (*object).clone();
            set(&mut marked, &["metadata", "deletionTimestamp"], stamp(self.now));
            self.store.put(kind.plural, marked);
        }
        self.settle();
        Ok(self.store.get(kind.plural, namespace, name).unwrap_or(object))
    }

    /// Marks a pod for deletion, or drops it where nobody has to stop it first.
    pub(super) fn delete_pod(&mut self, pod: &Value, how: &Deletion) {
        let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
        let grace = how.grace.or_else(|| int(pod, "/spec/terminationGracePeriodSeconds")).unwrap_or(30).max(0);
        let held = !list(pod, "/metadata/finalizers").is_empty();
        let unplaced = text(pod, "/spec/nodeName").is_empty();
        if (grace == 0 || unplaced) && !held {
            self.store.remove("pods", namespace, name);
            return;
        }
        let already = int(pod, "/metadata/deletionGracePeriodSeconds");
        if !pod["metadata"]["deletionTimestamp"].is_null() && already.is_some_and(|old| old <= grace) {
            return;
        }
        let mut marked = pod.clone();
        set(&mut marked, &["metadata", "deletionTimestamp"], stamp(self.now.plus_micros(grace * 1_000_000)));
        set(&mut marked, &["metadata", "deletionGracePeriodSeconds"], grace.into());
        self.store.put("pods", marked);
    }

    pub(super) fn remove_with_dependents(&mut self, plural: &'static str, object: &Value) {
        self.remove_dependents(object, false);
        self.store.remove(plural, text(object, "/metadata/namespace"), text(object, "/metadata/name"));
    }

    fn remove_dependents(&mut self, owner: &Value, orphan: bool) {
        if text(owner, "/kind") == "Namespace" {
            return self.empty_namespace(text(owner, "/metadata/name"));
        }
        for kind in KINDS.iter().filter(|kind| kind.namespaced && kind.plural != "events") {
            for object in self.owned(kind.plural, owner) {
                if orphan {
                    let mut freed = (*object).clone();
                    crate::demo::json::remove(&mut freed, &["metadata", "ownerReferences"]);
                    self.store.put(kind.plural, freed);
                } else if kind.plural == "pods" {
                    self.delete_pod(&object, &Deletion::default());
                } else {
                    self.remove_with_dependents(kind.plural, &object);
                }
            }
        }
    }

    fn empty_namespace(&mut self, namespace: &str) {
        for kind in KINDS.iter().filter(|kind| kind.namespaced) {
            for object in self.store.list(kind.plural, Some(namespace)) {
                self.store.remove(kind.plural, namespace, text(&object, "/metadata/name"));
            }
        }
    }
}
