//! Judges everything once, from nothing: what the plain command prints, and what the scenarios are held against.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::engine::{Engine, Key};
use super::facts::{NodeFacts, ObjectFacts, PodFacts};
use super::judge;
use super::known::Known;
use crate::base::json::text;
use crate::base::stamp::Stamp;
use crate::model::event::EventRow;
use crate::model::lookup::{Lookup, Resource};
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;

/// The objects that rules of [`super::rule::Judge::Object`] look at: their kinds, and where they are listed.
pub const OBJECTS: &[(&str, Resource)] = &[
    ("Deployment", Resource::Deployments),
    ("ReplicaSet", Resource::ReplicaSets),
    ("StatefulSet", Resource::StatefulSets),
    ("DaemonSet", Resource::DaemonSets),
    ("ReplicationController", Resource::ReplicationControllers),
    ("Job", Resource::Jobs),
    ("CronJob", Resource::CronJobs),
    ("Service", Resource::Services),
    ("PodDisruptionBudget", Resource::DisruptionBudgets),
];

/// What is known of a cluster at one time.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// The namespaces that are looked at; an empty name is all.
    pub namespaces: &'a [&'a str],
    /// Pods of these namespaces.
    pub pods: &'a [PodRow],
    /// All nodes.
    pub nodes: &'a [NodeRow],
    /// Events of these namespaces, and of nodes.
    pub events: &'a [EventRow],
    /// What else is known.
    pub known: &'a Known,
    /// The time.
    pub now: Stamp,
}

/// Events by the object that they are about.
struct EventsByObject<'a>(FxHashMap<(&'a str, &'a str, &'a str), Vec<&'a EventRow>>);

impl<'a> EventsByObject<'a> {
    fn new(events: &'a [EventRow]) -> Self {
        let mut by_object: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for event in events.iter().filter(|event| !event.is_hidden()) {
            let key = (&*event.object_kind, &*event.object_namespace, &*event.object_name);
            by_object.entry(key).or_default().push(event);
        }
        for events in by_object.values_mut() {
            events.sort_by_key(|event| event.sighting().last);
        }
        Self(by_object)
    }

    /// Those about this object and not about an earlier one of the same name.
    fn of(&self, kind: &str, namespace: &str, name: &str, uid: &str) -> Vec<&'a EventRow> {
        let is_its = |event: &&&EventRow| {
            let known = &*event.object_uid;
            known.is_empty() || uid.is_empty() || known == uid || known == name
        };
        self.0.get(&(kind, namespace, name)).into_iter().flatten().filter(is_its).copied().collect()
    }
}

/// Judges all of it. What rules want to know beyond it is noted in `known`.
pub fn survey(snapshot: &Snapshot<'_>) -> Engine {
    let Snapshot { pods, nodes, known, now, .. } = *snapshot;
    let events = EventsByObject::new(snapshot.events);
    let mut engine = Engine::default();
    let by_name: FxHashMap<&str, &NodeRow> = nodes.iter().map(|node| (&*node.meta.name, node)).collect();
    for pod in pods {
        let meta = &pod.meta;
        let events = &events.of("Pod", &meta.namespace, &meta.name, &meta.uid);
        let facts = PodFacts { pod, events, node: by_name.get(&*pod.node).copied(), known, now };
        engine.put(Key::Pod(meta.uid.clone()), judge::pod(&facts));
    }
    for node in nodes {
        let events = &events.of("Node", "", &node.meta.name, &node.meta.uid);
        let facts = NodeFacts { node, events, known, now };
        engine.put(Key::Node(node.meta.name.clone()), judge::node(&facts));
    }
    for namespace in snapshot.namespaces {
        for (kind, resource) in OBJECTS {
            let found = known.items(Lookup::list(*resource, namespace)).known().unwrap_or_default();
            for object in found {
                judge_object(&mut engine, kind, object, &events, snapshot);
            }
        }
    }
    engine.settle(now);
    engine
}

fn judge_object(engine: &mut Engine, kind: &str, object: &Value, events: &EventsByObject<'_>, snapshot: &Snapshot<'_>) {
    let of = |path| text(object, path);
    let events = &events.of(kind, of("/metadata/namespace"), of("/metadata/name"), of("/metadata/uid"));
    let facts = ObjectFacts { kind, object, events, known: snapshot.known, now: snapshot.now };
    engine.put(Key::Object(facts.subject()), judge::object(&facts));
}
