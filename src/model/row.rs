//! What every listed object has in common, and the interning of strings that repeat.

use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use prost::Message as _;
use rustc_hash::FxHashSet;

use super::kind::{Kind, ObjectKey};
use super::resource::Resource;
use super::wire;
use crate::base::stamp::Stamp;

/// What is listed: found by its key, marked by its health.
pub trait Row: Clone + fmt::Debug + PartialEq + Send + Sync + Sized + 'static {
    /// Name, namespace and the like.
    fn meta(&self) -> &Meta;

    /// How well it is.
    fn health(&self) -> Health;
}

/// The row of a watched kind: decoded from its wire form.
pub trait WireRow: Row {
    /// The wire form: the few fields that this row reads, in protobuf and JSON alike.
    type Wire: prost::Message + Default + serde::de::DeserializeOwned + Send;
    /// The kind.
    const KIND: Kind;

    /// Builds the row. Missing parts are empty, never an error.
    fn from_wire(wire: Self::Wire, strings: &mut Interner) -> Self;
}

/// A row that is read from a body: what a reader of lists and watches needs to know of it.
pub trait Decode: Row {
    /// Reads an object in protobuf, without its envelope; `None` when it is none.
    fn from_protobuf(object: bytes::Bytes, strings: &mut Interner) -> Option<Self>;

    /// Reads an object in JSON, or whatever stands for it in an answer; `None` when it is none.
    fn from_json(object: &str, strings: &mut Interner) -> Option<Self>;
}

impl<R: WireRow> Decode for R {
    fn from_protobuf(object: bytes::Bytes, strings: &mut Interner) -> Option<Self> {
        Some(R::from_wire(R::Wire::decode(object).ok()?, strings))
    }

    fn from_json(object: &str, strings: &mut Interner) -> Option<Self> {
        Some(R::from_wire(serde_json::from_str(object).ok()?, strings))
    }
}

/// How well an object is, for the mark and colour of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Good,
    /// Over, and well: a finished job.
    Done,
    /// On its way: starting, stopping.
    Changing,
    /// Works in part, or not yet for long.
    Degraded,
    /// Broken.
    Broken,
}

/// The owner that controls an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// `ReplicaSet`, `Job`, `Node`, …
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its UID.
    pub uid: Arc<str>,
}

/// The part of `metadata` that rows keep.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Meta {
    /// Namespace; empty for kinds without one.
    pub namespace: Arc<str>,
    /// Name.
    pub name: CompactString,
    /// UID.
    pub uid: CompactString,
    /// When it was created.
    pub created: Stamp,
    /// When its deletion was asked for plus its grace period; not set unless it is being deleted.
    pub deleted: Stamp,
    /// Labels, in the order of the wire.
    pub labels: Box<[(Arc<str>, Arc<str>)]>,
    /// The controlling owner.
    pub owner: Option<Owner>,
}

impl Meta {
    /// Reads the wire form.
    pub fn from_wire(meta: wire::ObjectMeta, strings: &mut Interner) -> Self {
        let mut labels: Vec<_> =
            meta.labels.iter().map(|entry| (strings.get(&entry.key), strings.get(&entry.value))).collect();
        // The two wire forms order a map differently; rows of both must be equal.
        labels.sort();
        let owner = meta.owner_references.iter().find(|owner| owner.controller).map(|owner| Owner {
            kind: strings.get(&owner.kind),
            name: strings.get(&owner.name),
            uid: strings.get(&owner.uid),
        });
        Self {
            namespace: strings.get(&meta.namespace),
            name: meta.name.into(),
            uid: meta.uid.into(),
            created: meta.creation_timestamp.map_or(Stamp::NONE, Into::into),
            deleted: meta.deletion_timestamp.map_or(Stamp::NONE, Into::into),
            labels: labels.into(),
            owner,
        }
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(known, _)| &**known == key).map(|(_, value)| &**value)
    }

    /// The key of this object, as one of `resource`.
    pub fn key(&self, resource: impl Into<Resource>) -> ObjectKey {
        ObjectKey { resource: resource.into(), namespace: self.namespace.clone(), name: self.name.as_str().into() }
    }
}

/// Keeps one copy of each string that repeats over thousands of rows: namespaces, nodes, images, reasons,
/// label keys. Each decoder owns one; it is not shared.
#[derive(Debug, Default)]
pub struct Interner {
    strings: FxHashSet<Arc<str>>,
    sweep_at: usize,
}

impl Interner {
    /// The shared copy of `text`.
    pub fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.strings.get(text) {
            return Arc::clone(known);
        }
        if self.strings.len() >= self.sweep_at.max(1_024) {
            // What no row uses any more would otherwise stay for the life of the watch.
            self.strings.retain(|known| Arc::strong_count(known) > 1);
            self.sweep_at = self.strings.len() * 2;
        }
        let new: Arc<str> = text.into();
        self.strings.insert(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_are_one() {
        let mut strings = Interner::default();
        assert!(Arc::ptr_eq(&strings.get("node-a"), &strings.get("node-a")));
    }

    #[test]
    fn unused_strings_do_not_pile_up() {
        let mut strings = Interner::default();
        let kept = strings.get("kept");
        for i in 0..100_000 {
            strings.get(&format!("gone-{i}"));
        }
        assert!(strings.strings.len() <= 2_048, "{}", strings.strings.len());
        assert!(Arc::ptr_eq(&kept, &strings.get("kept")));
    }
}
