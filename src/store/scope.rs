//! Whose events are looked at: those of one object, or of an owner and all that is below it.
//!
//! An event names its object by UID, so a pod that was made anew under the same name has none of the old one's. What is
//! below an owner is known from the pods that are listed: each names its controller. What is known by UID is decided by
//! UID; only what no listed pod has (pods that are gone, `ReplicaSet`s without pods, a Deployment, which no pod names) is
//! taken by the names that controllers give. Start with [`Scope::has`].

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::table::Table;
use crate::model::event::EventRow;
use crate::model::pod::PodRow;
use crate::model::row::Owner;

/// An object as events name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its kind.
    pub kind: Arc<str>,
    /// Its namespace; empty where it has none.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its UID; empty while it is not known.
    pub uid: Arc<str>,
}

impl Subject {
    /// The object that an event is about.
    pub fn of_event(event: &EventRow) -> Self {
        Self {
            kind: event.object_kind.clone(),
            namespace: event.object_namespace.clone(),
            name: event.object_name.clone(),
            uid: event.object_uid.clone(),
        }
    }

    /// Whether an event is about it.
    fn is_of(&self, event: &EventRow) -> bool {
        let by_name = || *event.object_name == *self.name && *event.object_kind == *self.kind;
        match &*self.uid {
            "" => by_name() && *event.object_namespace == *self.namespace,
            uid if *uid == *event.object_uid => true,
            // The kubelet takes the name of its node for its UID.
            _ => &*self.kind == "Node" && event.object_uid == self.name && by_name(),
        }
    }

    fn owned_by(pod: &PodRow, owner: &Owner) -> Self {
        Self {
            kind: owner.kind.clone(),
            namespace: pod.meta.namespace.clone(),
            name: owner.name.clone(),
            uid: owner.uid.clone(),
        }
    }
}

/// Whose events are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The object that was asked for.
    pub asked: Subject,
    /// The topmost of what is looked at: the object itself, or its owner.
    pub top: Subject,
    below: Option<Below>,
}

/// What is below an owner.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
struct Below {
    /// Pods that are listed, and what controls them.
    members: FxHashSet<Arc<str>>,
    /// Listed pods whose names look as if they were below the owner, but which are not.
    strangers: FxHashSet<Arc<str>>,
}

impl Scope {
    /// The events of one object.
    pub fn object(asked: Subject) -> Self {
        Self { top: asked.clone(), asked, below: None }
    }

    /// The events of the object's owner and all below it, as far as the listed pods tell; of the object and all below it
    /// where it has no owner.
    pub fn owner(asked: Subject, pods: &Table<PodRow>) -> Self {
        let top = top(&asked, pods);
        let mut below = Below::default();
        for pod in pods.rows().filter(|pod| pod.meta.namespace == top.namespace) {
            let uid = || Arc::from(pod.meta.uid.as_str());
            if owners(pod).any(|owner| is_same(&owner, &top)) {
                below.members.insert(uid());
                below
                    .members
                    .extend(pod.meta.owner.iter().map(|owner| owner.uid.clone()).filter(|uid| !uid.is_empty()));
            } else if is_named_below(&top, "Pod", &pod.meta.name) {
                below.strangers.insert(uid());
            }
        }
        Self { asked, top, below: Some(below) }
    }

    /// Whether it is of an owner and all below it.
    pub fn is_below(&self) -> bool {
        self.below.is_some()
    }

    /// Whether an event belongs to it.
    pub fn has(&self, event: &EventRow) -> bool {
        if self.top.is_of(event) {
            return true;
        }
        let Some(below) = &self.below else { return false };
        below.members.contains(&event.object_uid)
            || (*event.object_namespace == *self.top.namespace
                && !below.strangers.contains(&event.object_uid)
                && is_named_below(&self.top, &event.object_kind, &event.object_name))
    }

    /// What it is called: `pod/web-0`, `deployment/web and all below`.
    pub fn name(&self) -> String {
        let Subject { kind, name, .. } = &self.top;
        let below = if self.is_below() { " and all below" } else { "" };
        format!("{}/{name}{below}", kind.to_ascii_lowercase())
    }
}

/// The topmost owner of an object that the listed pods tell of.
fn top(asked: &Subject, pods: &Table<PodRow>) -> Subject {
    let is_asked = |pod: &&PodRow| *pod.meta.uid == *asked.uid && &*asked.kind == "Pod";
    let is_below = |pod: &&PodRow| pod.meta.owner.as_ref().is_some_and(|owner| owner.uid == asked.uid);
    let pod = pods.rows().find(|pod| !asked.uid.is_empty() && (is_asked(pod) || is_below(pod)));
    pod.and_then(|pod| owners(pod).last()).unwrap_or_else(|| asked.clone())
}

/// The owners of a pod, from the nearest up: what controls it, and the Deployment behind a `ReplicaSet`.
fn owners(pod: &PodRow) -> impl Iterator<Item = Subject> {
    let owner = pod.meta.owner.as_ref();
    let deployment = pod.deployment().map(|name| {
        let namespace = pod.meta.namespace.clone();
        Subject { kind: "Deployment".into(), namespace, name: name.into(), uid: "".into() }
    });
    owner.map(|owner| Subject::owned_by(pod, owner)).into_iter().chain(deployment)
}

/// By UID where both are known, else by name.
fn is_same(one: &Subject, other: &Subject) -> bool {
    if one.uid.is_empty() || other.uid.is_empty() {
        return one.kind == other.kind && one.namespace == other.namespace && one.name == other.name;
    }
    one.uid == other.uid
}

/// Whether the owner's controller gives such names: to pods, and to `ReplicaSet`s.
fn is_named_below(owner: &Subject, kind: &str, name: &str) -> bool {
    let Some(rest) = name.strip_prefix(&*owner.name).and_then(|rest| rest.strip_prefix('-')) else { return false };
    match (&*owner.kind, kind) {
        ("Deployment", "ReplicaSet") => is_random(rest, 1..=10),
        ("Deployment", "Pod") => {
            rest.split_once('-').is_some_and(|(hash, end)| is_random(hash, 1..=10) && is_random(end, 5..=5))
        }
        ("StatefulSet", "Pod") => !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()),
        ("ReplicaSet" | "ReplicationController" | "DaemonSet" | "Job", "Pod") => is_random(rest, 5..=5),
        _ => false,
    }
}

/// Made of the letters that Kubernetes takes for random ends of names (apimachinery `util/rand`).
fn is_random(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::pod::HASH;
    use crate::model::row::{Interner, WireRow};

    fn pod(name: &str, owner: (&str, &str, &str), hash: Option<&str>) -> PodRow {
        let (kind, owner, uid) = owner;
        let owner = json!([{"kind": kind, "name": owner, "uid": uid, "controller": true}]);
        let labels = hash.map(|hash| json!({HASH: hash}));
        let pod = json!({"metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "labels": labels,
            "ownerReferences": owner}});
        PodRow::from_wire(serde_json::from_value(pod).expect("a pod"), &mut Interner::default())
    }

    fn table(pods: Vec<PodRow>) -> Table<PodRow> {
        let mut table = Table::default();
        for pod in pods {
            table.put(pod);
        }
        table
    }

    fn event(kind: &str, name: &str, uid: &str) -> EventRow {
        let event = json!({"involvedObject": {"kind": kind, "namespace": "shop", "name": name, "uid": uid}});
        EventRow::from_wire(serde_json::from_value(event).expect("an event"), &mut Interner::default())
    }

    fn subject(kind: &str, name: &str, uid: &str) -> Subject {
        Subject::of_event(&event(kind, name, uid))
    }

    /// A Deployment `web` with two `ReplicaSet`s, and a pod of another owner whose name looks like theirs.
    fn shop() -> Table<PodRow> {
        table(vec![
            pod("web-5d4f8-bcdfg", ("ReplicaSet", "web-5d4f8", "rs-1"), Some("5d4f8")),
            pod("web-7c9b6-hjklm", ("ReplicaSet", "web-7c9b6", "rs-2"), Some("7c9b6")),
            pod("web-2x4z7-npqrs", ("Job", "web-2x4z7", "job"), None),
            pod("db-0", ("StatefulSet", "db", "sts"), None),
        ])
    }

    #[test]
    fn one_object_is_known_by_its_uid() {
        let scope = Scope::object(subject("Pod", "web-0", "new"));
        assert!(scope.has(&event("Pod", "web-0", "new")));
        assert!(!scope.has(&event("Pod", "web-0", "old")), "what was there before it under the same name");
        assert_eq!(scope.name(), "pod/web-0");
        let node = Scope::object(subject("Node", "node-a", "uid"));
        assert!(node.has(&event("Node", "node-a", "node-a")) && node.has(&event("Node", "node-a", "uid")));
        assert!(!node.has(&event("Pod", "node-a", "node-a")));
        assert!(Scope::object(subject("Job", "j", "")).has(&event("Job", "j", "")), "without a UID by name");
    }

    #[test]
    fn the_owner_of_a_pod_and_all_below_it() {
        let pods = shop();
        let scope = Scope::owner(subject("Pod", "web-5d4f8-bcdfg", "uid-web-5d4f8-bcdfg"), &pods);
        assert_eq!(scope.name(), "deployment/web and all below");
        for (kind, name, uid) in [
            ("Deployment", "web", "any"),
            ("ReplicaSet", "web-5d4f8", "rs-1"),
            ("ReplicaSet", "web-7c9b6", "rs-2"),
            ("ReplicaSet", "web-6b8d4", "one without pods"),
            ("Pod", "web-7c9b6-hjklm", "uid-web-7c9b6-hjklm"),
            ("Pod", "web-7c9b6-zzzzz", "one that is gone"),
        ] {
            assert!(scope.has(&event(kind, name, uid)), "{kind}/{name}");
        }
        for (kind, name, uid) in [
            ("Pod", "web-2x4z7-npqrs", "uid-web-2x4z7-npqrs"),
            ("Pod", "db-0", "uid-db-0"),
            ("Deployment", "web-api", "any"),
            ("ReplicaSet", "web-api-5d4f8", "any"),
            ("Pod", "web-api-5d4f8-bcdfg", "any"),
            ("Service", "web", "any"),
        ] {
            assert!(!scope.has(&event(kind, name, uid)), "{kind}/{name}");
        }
    }

    #[test]
    fn from_anywhere_in_the_tree_the_top_is_the_same() {
        let pods = shop();
        let top = |kind, name, uid| Scope::owner(subject(kind, name, uid), &pods).name();
        assert_eq!(top("ReplicaSet", "web-5d4f8", "rs-1"), "deployment/web and all below");
        assert_eq!(top("Deployment", "web", "its uid"), "deployment/web and all below");
        assert_eq!(top("Pod", "db-0", "uid-db-0"), "statefulset/db and all below");
        assert_eq!(top("Pod", "gone", "gone"), "pod/gone and all below", "nothing tells of its owner");
        let known = Scope::owner(subject("Deployment", "web", "its uid"), &pods);
        assert!(!known.has(&event("Deployment", "web", "an older one")));
        assert!(known.has(&event("Pod", "web-5d4f8-bcdfg", "uid-web-5d4f8-bcdfg")));
    }

    #[test]
    fn a_set_by_its_pods_and_the_names_of_those_that_are_gone() {
        let scope = Scope::owner(subject("StatefulSet", "db", "sts"), &shop());
        assert!(scope.has(&event("Pod", "db-0", "uid-db-0")) && scope.has(&event("Pod", "db-11", "gone")));
        assert!(!scope.has(&event("Pod", "db-backup", "any")) && !scope.has(&event("StatefulSet", "db", "older")));
    }
}
