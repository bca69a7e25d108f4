//! The in-memory cluster: one table a watched kind, owned by the loop.
//!
//! Synchronous and without locks; it is told what changed and says which rows that touched. It knows no
//! screen: sorted and filtered [`view`]s take their order and filter from above. Start with [`Store::apply`].

pub mod access;
pub mod events;
pub mod feed;
pub mod index;
pub mod loads;
pub mod owned;
pub mod scope;
pub mod table;
pub mod view;

use crate::base::stamp::Stamp;
use crate::model::change::{AnyChange, Change};
use crate::model::event::EventRow;
use crate::model::kind::Kind;
use crate::model::node::NodeRow;
use crate::model::pod::{PodRow, Why};
use crate::model::table::ObjectRow;

use access::Rights;
use feed::{Feed, Status};
use table::{Slot, Touched};

/// All that is known of the cluster.
#[derive(Debug, Default)]
pub struct Store {
    /// Whether the pods of all namespaces are watched, so that sums over them are sums.
    pub all_namespaces: bool,
    /// Pods of the watched namespaces.
    pub pods: Feed<PodRow>,
    /// Nodes.
    pub nodes: Feed<NodeRow>,
    /// Events of the watched namespaces.
    pub events: Feed<EventRow>,
    /// What the person may do.
    pub rights: Rights,
    /// Objects of one other kind, which is chosen above.
    pub objects: Feed<ObjectRow>,
}

/// What a change touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Rows of the kind that changed.
    pub rows: Touched,
    /// Nodes of which more or less is asked, after a change of pods.
    pub loads: Touched,
}

impl Store {
    /// Takes in a change; says what it touched.
    pub fn apply(&mut self, change: AnyChange, now: Stamp) -> Changed {
        let rows = match change {
            AnyChange::Pods(change) => {
                let is_list_whole = matches!(change, Change::Listed { .. });
                let rows = self.pods.apply(change, now);
                return Changed { rows, loads: self.load_nodes(is_list_whole) };
            }
            AnyChange::Nodes(change) => {
                let nodes = self.nodes.apply(change, now);
                match &nodes {
                    Touched::Nothing => {}
                    Touched::Slots(slots) => self.load(slots),
                    Touched::Everything => self.load(&self.all_nodes()),
                }
                nodes
            }
            AnyChange::Events(change) => {
                let events = self.events.apply(change, now);
                events.and(events::unite(&mut self.events.table))
            }
            AnyChange::Objects(change) => self.objects.apply(change, now),
        };
        Changed { rows, loads: Touched::Nothing }
    }

    /// Brings the loads of nodes up to date after a change of pods.
    fn load_nodes(&mut self, all: bool) -> Touched {
        let changed = self.pods.table.index_mut().loads.take_changed();
        let slots = if all {
            self.all_nodes()
        } else {
            changed.iter().filter_map(|node| self.nodes.table.find("", node)).collect()
        };
        self.load(&slots);
        Touched::Nothing.and(slots)
    }

    fn all_nodes(&self) -> Vec<Slot> {
        self.nodes.table.entries().map(|(slot, _)| slot).collect()
    }

    /// Writes their load into nodes, or that it is not known.
    fn load(&mut self, nodes: &[Slot]) {
        let known = self.all_namespaces && self.pods.is_listed();
        let loads = &self.pods.table.index().loads;
        for slot in nodes {
            self.nodes.table.amend(*slot, |node| node.load = known.then(|| loads.of(&node.meta.name)));
        }
    }

    /// Writes into a pod why it is not well; whether that is another word than before.
    pub fn explain(&mut self, pod: Slot, why: Option<Why>) -> bool {
        let is_same = self.pods.table.get(pod).is_none_or(|row| row.why.as_deref() == why.as_ref());
        if !is_same {
            self.pods.table.amend(pod, |row| row.why = why.map(Box::new));
        }
        !is_same
    }

    /// How fresh a kind is.
    pub fn status(&self, kind: Kind) -> &Status {
        match kind {
            Kind::Pod => &self.pods.status,
            Kind::Node => &self.nodes.status,
            Kind::Event => &self.events.status,
        }
    }

    /// Objects of the last list of a kind that could not be read, and so are no rows.
    pub fn unreadable(&self, kind: Kind) -> usize {
        match kind {
            Kind::Pod => self.pods.unreadable,
            Kind::Node => self.nodes.unreadable,
            Kind::Event => self.events.unreadable,
        }
    }

    /// The events about one object, oldest first; of those that say the same, one. By UID, or by name where the event has
    /// the name for a UID (the kubelet's events about its node).
    pub fn events_of(&self, uid: &str, name: &str) -> Vec<&EventRow> {
        let table = &self.events.table;
        let of = |uid: &str| table.index().of(uid).iter().filter_map(|slot| table.get(*slot));
        let by_name = of(name).filter(|event| uid != name && &*event.object_kind == "Node");
        let mut events: Vec<_> = of(uid).chain(by_name).filter(|event| !event.is_hidden()).collect();
        events.sort_by_key(|event| event.sighting().last);
        events
    }
}

#[cfg(test)]
mod tests;
