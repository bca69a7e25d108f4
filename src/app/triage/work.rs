//! What is to be judged next, and judging it in slices.
//!
//! A pod is looked at when it changed, when its events or its node did, when something that its rules asked for has come,
//! and, as rules tell slow from stuck by the time, every ten seconds while it is a suspect. Healthy pods are passed over by
//! [`is_suspect`] and cost nothing more.

use std::collections::VecDeque;

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::asking::Asking;
use super::row::{health, why};
use super::workloads::Workloads;
use crate::base::stamp::Stamp;
use crate::diagnosis::engine::{Engine, Key};
use crate::diagnosis::facts::{NodeFacts, ObjectFacts, PodFacts, is_suspect};
use crate::diagnosis::finding::Subject;
use crate::diagnosis::judge::{self, Judged};
use crate::diagnosis::known::Known;
use crate::model::node::NodeRow;
use crate::model::pod::{PodRow, Why};
use crate::model::row::{Health, Row as _};
use crate::store::Store;
use crate::store::table::{Slot, Touched};

/// Things that are judged in one slice: well below 8 ms, as one takes some 20 to 50 microseconds.
const SLICE: usize = 100;
/// What may change by time alone is judged again this often, in microseconds.
const AGAIN: i64 = 10_000_000;

/// Something that is judged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Item {
    /// The pod in this slot.
    Pod(Slot),
    /// The node in this slot.
    Node(Slot),
    /// A workload.
    Object(Subject),
}

/// What waits to be judged, and what is known of what was.
#[derive(Debug, Default)]
pub(super) struct Work {
    queue: VecDeque<Item>,
    queued: FxHashSet<Item>,
    /// Pods that rules look at.
    suspects: FxHashSet<Slot>,
    /// UIDs of pods of which something was said, by slot: a slot may have another pod later.
    said: FxHashMap<Slot, CompactString>,
    /// Nodes, and how they were when their pods were judged last.
    nodes: FxHashMap<Slot, Node>,
    /// When everything was queued again last.
    again: Stamp,
}

/// How a node is, as far as that says something of its pods.
#[derive(Debug, PartialEq)]
struct Node {
    name: CompactString,
    health: Health,
    taints: Box<[CompactString]>,
}

impl Node {
    fn of(row: &NodeRow) -> Self {
        Self { name: row.meta.name.clone(), health: row.health(), taints: row.taints.clone() }
    }
}

/// What is looked at beside the thing itself.
pub(super) struct Around<'a> {
    pub(super) store: &'a Store,
    pub(super) known: &'a Known,
    pub(super) workloads: &'a Workloads,
    pub(super) now: Stamp,
}

/// What a slice came to.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Something else is said than before.
    pub(super) is_changed: bool,
    /// Why each pod that was judged is not well.
    pub(super) pods: Vec<(Slot, Option<Why>)>,
}

impl Work {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// How much waits.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Queues something, once.
    pub(super) fn push(&mut self, item: Item) {
        if self.queued.insert(item.clone()) {
            self.queue.push_back(item);
        }
    }

    pub(super) fn queue_all(&mut self, items: impl Iterator<Item = Item>) {
        for item in items {
            self.push(item);
        }
    }

    fn unqueue(&mut self, drop: impl Fn(&Item) -> bool) {
        self.queue.retain(|item| !drop(item));
        self.queued.retain(|item| !drop(item));
    }

    fn take(&mut self) -> Option<Item> {
        let item = self.queue.pop_front()?;
        self.queued.remove(&item);
        Some(item)
    }

    /// Pods were added, changed or removed.
    pub(super) fn pods_changed(&mut self, store: &Store, rows: &Touched, engine: &mut Engine) {
        match rows {
            Touched::Nothing => {}
            Touched::Slots(slots) => slots.iter().for_each(|slot| self.pod_changed(store, *slot)),
            Touched::Everything => {
                // Slots mean other pods now.
                self.unqueue(|item| matches!(item, Item::Pod(_)));
                self.suspects.clear();
                self.said.clear();
                let mut here = FxHashSet::default();
                for (slot, pod) in store.pods.table.entries().filter(|(_, pod)| is_suspect(pod)) {
                    if !engine.of(&Key::Pod(pod.meta.uid.clone())).is_empty() {
                        self.said.insert(slot, pod.meta.uid.clone());
                        here.insert(pod.meta.uid.clone());
                    }
                    self.pod_changed(store, slot);
                }
                engine.forget(|key| matches!(key, Key::Pod(uid) if !here.contains(uid)));
            }
        }
    }

    fn pod_changed(&mut self, store: &Store, slot: Slot) {
        if store.pods.table.get(slot).is_some_and(is_suspect) {
            self.suspects.insert(slot);
        } else if !self.suspects.remove(&slot) && !self.said.contains_key(&slot) {
            return;
        }
        self.push(Item::Pod(slot));
    }

    /// Nodes were added, changed or removed.
    pub(super) fn nodes_changed(&mut self, store: &Store, rows: &Touched, engine: &mut Engine) {
        match rows {
            Touched::Nothing => {}
            Touched::Slots(slots) => slots.iter().for_each(|slot| self.node_changed(store, *slot)),
            Touched::Everything => {
                self.unqueue(|item| matches!(item, Item::Node(_)));
                self.nodes.clear();
                engine.forget(|key| matches!(key, Key::Node(name) if store.nodes.table.find("", name).is_none()));
                let slots: Vec<_> = store.nodes.table.entries().map(|(slot, _)| slot).collect();
                for slot in slots {
                    self.node_changed(store, slot);
                }
            }
        }
    }

    fn node_changed(&mut self, store: &Store, slot: Slot) {
        self.push(Item::Node(slot));
        let Some(node) = store.nodes.table.get(slot) else { return };
        let before = self.nodes.get(&slot);
        let is_as_expected = match before {
            Some(known) => *known == Node::of(node),
            None => node.health() == Health::Good,
        };
        if !is_as_expected {
            // What is said of a pod may be the node's fault now, or not any more; and pods of a node that is gone say for a
            // while that they are well.
            let is_there = |pod: &PodRow| *pod.node == *node.meta.name;
            let pods: Vec<_> =
                store.pods.table.entries().filter(|(_, pod)| is_there(pod)).map(|(slot, _)| Item::Pod(slot)).collect();
            self.queue_all(pods.into_iter());
        }
    }

    /// Events were added or changed: what they are about is judged again.
    pub(super) fn events_changed(&mut self, store: &Store, rows: &Touched) {
        let about = |slot: &Slot| {
            let event = store.events.table.get(*slot)?;
            match &*event.object_kind {
                "Pod" => store.pods.table.find(&event.object_namespace, &event.object_name).map(Item::Pod),
                "Node" => store.nodes.table.find("", &event.object_name).map(Item::Node),
                _ => None,
            }
        };
        match rows {
            Touched::Nothing => {}
            Touched::Slots(slots) => {
                for item in slots.iter().filter_map(about) {
                    if !matches!(item, Item::Pod(slot) if !self.suspects.contains(&slot)) {
                        self.push(item);
                    }
                }
            }
            Touched::Everything => self.push_suspects(store),
        }
    }

    /// Queues what may be judged otherwise by now, every ten seconds.
    pub(super) fn refill(&mut self, store: &Store, now: Stamp) {
        if !self.again.is_set() {
            self.again = now;
        }
        if self.is_empty() && now.micros_since(self.again).is_some_and(|since| since >= AGAIN) {
            self.again = now;
            self.push_suspects(store);
        }
    }

    fn push_suspects(&mut self, store: &Store) {
        let pods: Vec<_> = self.suspects.iter().copied().collect();
        self.queue_all(pods.into_iter().map(Item::Pod));
        let is_unwell = |slot: &&Slot| store.nodes.table.get(**slot).is_some_and(|node| node.health() != Health::Good);
        let nodes: Vec<_> = self.nodes.keys().filter(is_unwell).copied().collect();
        self.queue_all(nodes.into_iter().map(Item::Node));
    }

    /// Microseconds until suspects are judged again; `None` where there are none.
    pub(super) fn until_again(&self, now: Stamp) -> Option<i64> {
        let waits = !self.suspects.is_empty() || self.nodes.values().any(|node| node.health != Health::Good);
        waits.then(|| AGAIN - now.micros_since(self.again).unwrap_or(0))
    }

    /// Numbers of pods that are looked at.
    pub(super) fn suspects(&self) -> usize {
        self.suspects.len()
    }
}

/// Judges the next things.
pub(super) fn slice(work: &mut Work, around: &Around<'_>, engine: &mut Engine, asking: &mut Asking) -> Said {
    let mut said = Said::default();
    for _ in 0..SLICE {
        let Some(item) = work.take() else { break };
        match &item {
            Item::Pod(slot) => {
                let judged = judge_pod(work, *slot, around, engine, &mut said);
                said.pods.push((*slot, judged));
            }
            Item::Node(slot) => judge_node(work, *slot, around, engine, &mut said),
            Item::Object(subject) => {
                let judged = judge_object(subject, around);
                said.is_changed |= engine.put(Key::Object(subject.clone()), judged);
            }
        }
        asking.note(&item, around.known.take_wanted());
    }
    said
}

fn judge_pod(work: &mut Work, slot: Slot, around: &Around<'_>, engine: &mut Engine, said: &mut Said) -> Option<Why> {
    let &Around { store, known, now, .. } = around;
    let pod = store.pods.table.get(slot);
    // What was said of the pod that had this slot before is over.
    if let Some(uid) = work.said.get(&slot).filter(|uid| pod.is_none_or(|pod| pod.meta.uid != **uid)).cloned() {
        work.said.remove(&slot);
        said.is_changed |= engine.put(Key::Pod(uid), Vec::new());
    }
    let pod = pod?;
    let events = store.events_of(&pod.meta.uid, &pod.meta.name);
    let node = store.nodes.table.row("", &pod.node);
    let judged = judge::pod(&PodFacts { pod, events: &events, node, known, now });
    let why = worst(&judged);
    if judged.is_empty() {
        work.said.remove(&slot);
    } else {
        work.said.insert(slot, pod.meta.uid.clone());
    }
    said.is_changed |= engine.put(Key::Pod(pod.meta.uid.clone()), judged);
    why
}

fn judge_node(work: &mut Work, slot: Slot, around: &Around<'_>, engine: &mut Engine, said: &mut Said) {
    let &Around { store, known, now, .. } = around;
    let node = store.nodes.table.get(slot);
    let before = match node {
        Some(node) => work.nodes.insert(slot, Node::of(node)),
        None => work.nodes.remove(&slot),
    };
    if let Some(Node { name, .. }) = before.filter(|before| node.is_none_or(|node| node.meta.name != before.name)) {
        said.is_changed |= engine.put(Key::Node(name), Vec::new());
    }
    let Some(node) = node else { return };
    let events = store.events_of(&node.meta.uid, &node.meta.name);
    let judged = judge::node(&NodeFacts { node, events: &events, known, now });
    said.is_changed |= engine.put(Key::Node(node.meta.name.clone()), judged);
}

fn judge_object(subject: &Subject, around: &Around<'_>) -> Vec<Judged> {
    let &Around { store, known, workloads, now } = around;
    let Some(object) = workloads.get(subject) else { return Vec::new() };
    let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
    let events = store.events_of(uid, &subject.name);
    judge::object(&ObjectFacts { kind: &subject.kind, object, events: &events, known, now })
}

/// The worst of what is said of a pod, for its row.
fn worst(judged: &[Judged]) -> Option<Why> {
    let worst = judged.iter().map(|judged| &judged.finding).max_by_key(|finding| finding.severity)?;
    Some(Why { cause: why(worst).into(), health: health(worst.severity) })
}
