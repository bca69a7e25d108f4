//! The in-memory cluster: one table a watched kind, owned by the loop.
//!
//! Synchronous and without locks; it is told what changed and says which rows that touched. It knows no
//! screen: sorted and filtered [`view`]s take their order and filter from above. Start with [`Store::apply`].

pub mod access;
pub mod feed;
pub mod table;
pub mod view;

use crate::base::stamp::Stamp;
use crate::model::change::AnyChange;
use crate::model::event::EventRow;
use crate::model::kind::Kind;
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;
use crate::model::table::ObjectRow;

use access::Rights;
use feed::{Feed, Status};
use table::Touched;

/// All that is known of the cluster.
#[derive(Debug, Default)]
pub struct Store {
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

impl Store {
    /// Takes in a change; says which rows it touched.
    pub fn apply(&mut self, change: AnyChange, now: Stamp) -> Touched {
        match change {
            AnyChange::Pods(change) => self.pods.apply(change, now),
            AnyChange::Nodes(change) => self.nodes.apply(change, now),
            AnyChange::Events(change) => self.events.apply(change, now),
            AnyChange::Objects(change) => self.objects.apply(change, now),
        }
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

    /// The events about one object, oldest first: by UID, or by name where the event has the name for a UID
    /// (the kubelet's events about its node).
    pub fn events_of(&self, uid: &str, name: &str) -> Vec<&EventRow> {
        let about = |event: &&EventRow| {
            &*event.object_uid == uid || (&*event.object_uid == name && &*event.object_kind == "Node")
        };
        let mut events: Vec<_> = self.events.table.rows().filter(about).collect();
        events.sort_by_key(|event| event.last);
        events
    }
}
