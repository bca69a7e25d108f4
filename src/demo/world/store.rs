//! The objects and their history: one resource version counter, a bounded change log.
//!
//! No rules of any kind live here; start with [`Store::put`]. A watch is a look into the log
//! ([`Store::since`]), a page of a list a look at the past ([`Store::at`]).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use crate::demo::failure::{Answer, Failure};
use crate::demo::json::{set, text};

/// How many changes the log keeps.
const LOG_LENGTH: usize = 8_192;

/// An object, shared between the store, the log and whoever is reading.
pub type Object = Arc<Value>;

/// Where an object lives: kind (plural), namespace (empty for the cluster's own), name.
pub type Key = (&'static str, String, String);

/// One change.
#[derive(Clone, Debug)]
pub struct Change {
    /// The resource version that it made.
    pub version: u64,
    /// Where.
    pub key: Key,
    /// The object before; `None` when it was created.
    pub before: Option<Object>,
    /// The object after; `None` when it was deleted.
    pub after: Option<Object>,
    /// The object as watchers see it go: the last state with the version of the deletion.
    pub last: Object,
}

/// The kinds that changed, each with the namespaces in which it did.
#[derive(Clone, Debug, Default)]
pub struct Touched(BTreeMap<&'static str, BTreeSet<String>>);

impl Touched {
    /// Whether nothing changed but what no controller looks at.
    pub fn is_idle(&self) -> bool {
        self.0.keys().all(|plural| matches!(*plural, "events" | "leases"))
    }

    /// Whether one of some kinds changed, anywhere.
    pub fn any(&self, plurals: &[&str]) -> bool {
        plurals.iter().any(|plural| self.0.contains_key(plural))
    }

    /// Whether one of some kinds changed in a namespace.
    pub fn within(&self, plurals: &[&str], namespace: &str) -> bool {
        plurals.iter().any(|plural| self.0.get(plural).is_some_and(|known| known.contains(namespace)))
    }
}

/// The objects and their history.
#[derive(Debug)]
pub struct Store {
    objects: BTreeMap<Key, Object>,
    version: u64,
    log: VecDeque<Change>,
    /// Versions up to this one are no longer in the log.
    forgotten: u64,
    touched: Touched,
}

impl Store {
    /// An empty store.
    pub fn new() -> Self {
        Self { objects: BTreeMap::new(), version: 1, log: VecDeque::new(), forgotten: 1, touched: Touched::default() }
    }

    /// The newest resource version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// An object.
    pub fn get(&self, plural: &'static str, namespace: &str, name: &str) -> Option<Object> {
        self.objects.get(&(plural, namespace.to_owned(), name.to_owned())).cloned()
    }

    /// All objects of a kind, in one namespace or in all, by namespace and name.
    pub fn list(&self, plural: &'static str, namespace: Option<&str>) -> Vec<Object> {
        let from = (plural, namespace.unwrap_or_default().to_owned(), String::new());
        self.objects
            .range(from..)
            .take_while(|(key, _)| key.0 == plural && namespace.is_none_or(|wanted| key.1 == wanted))
            .map(|(_, object)| Arc::clone(object))
            .collect()
    }

    /// Writes an object under its own name, with the next resource version. The same content twice is no
    /// change and takes no version, as in a real cluster.
    pub fn put(&mut self, plural: &'static str, mut object: Value) -> Object {
        let key = key_of(plural, &object);
        let before = self.objects.get(&key).cloned();
        if let Some(before) = &before {
            set(&mut object, &["metadata", "resourceVersion"], before["metadata"]["resourceVersion"].clone());
            if object == **before {
                return Arc::clone(before);
            }
        }
        self.version += 1;
        set(&mut object, &["metadata", "resourceVersion"], self.version.to_string().into());
        let object = Arc::new(object);
        self.objects.insert(key.clone(), Arc::clone(&object));
        self.note(key, before, Some(Arc::clone(&object)), Arc::clone(&object));
        object
    }

    /// Takes an object away. The last thing that watchers see of it.
    pub fn remove(&mut self, plural: &'static str, namespace: &str, name: &str) -> Option<Object> {
        let key = (plural, namespace.to_owned(), name.to_owned());
        let before = self.objects.remove(&key)?;
        self.version += 1;
        let mut last = (*before).clone();
        set(&mut last, &["metadata", "resourceVersion"], self.version.to_string().into());
        let last = Arc::new(last);
        self.note(key, Some(before), None, Arc::clone(&last));
        Some(last)
    }

    fn note(&mut self, key: Key, before: Option<Object>, after: Option<Object>, last: Object) {
        self.touched.0.entry(key.0).or_default().insert(key.1.clone());
        self.log.push_back(Change { version: self.version, key, before, after, last });
        if self.log.len() > LOG_LENGTH
            && let Some(oldest) = self.log.pop_front()
        {
            self.forgotten = oldest.version;
        }
    }

    /// What changed since the last call.
    pub fn take_touched(&mut self) -> Touched {
        std::mem::take(&mut self.touched)
    }

    /// Forgets the log, so that every earlier resource version is too old.
    pub fn compact(&mut self) {
        self.log.clear();
        self.forgotten = self.version;
    }

    /// The changes after `version`, oldest first.
    pub fn since(&self, version: u64) -> Answer<impl Iterator<Item = &Change>> {
        if version < self.forgotten {
            return Err(Failure::expired(version, self.forgotten));
        }
        let start = self.log.partition_point(|change| change.version <= version);
        Ok(self.log.range(start..))
    }

    /// All objects of a kind as they were at `version`: today's, with the later changes undone.
    pub fn at(&self, version: u64, plural: &'static str, namespace: Option<&str>) -> Answer<Vec<Object>> {
        let mut objects: BTreeMap<Key, Object> =
            self.list(plural, namespace).into_iter().map(|object| (key_of(plural, &object), object)).collect();
        let later: Vec<_> = self.since(version)?.collect();
        for change in later.into_iter().rev() {
            if change.key.0 != plural || namespace.is_some_and(|wanted| change.key.1 != wanted) {
                continue;
            }
            match &change.before {
                Some(before) => objects.insert(change.key.clone(), Arc::clone(before)),
                None => objects.remove(&change.key),
            };
        }
        Ok(objects.into_values().collect())
    }
}

/// Where an object belongs.
pub fn key_of(plural: &'static str, object: &Value) -> Key {
    (plural, text(object, "/metadata/namespace").to_owned(), text(object, "/metadata/name").to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// One thing that can happen: write or delete one of a few names.
    #[derive(Clone, Debug)]
    enum Op {
        Put(u8, u8),
        Remove(u8),
    }

    fn ops() -> impl Strategy<Value = Vec<Op>> {
        let op = prop_oneof![
            3 => (0..6u8, 0..4u8).prop_map(|(name, value)| Op::Put(name, value)),
            1 => (0..6u8).prop_map(Op::Remove),
        ];
        prop::collection::vec(op, 0..60)
    }

    fn apply(store: &mut Store, op: &Op) {
        match op {
            Op::Put(name, value) => {
                store.put("pods", json!({"metadata": {"name": format!("p{name}"), "namespace": "a"}, "v": value}));
            }
            Op::Remove(name) => {
                store.remove("pods", "a", &format!("p{name}"));
            }
        }
    }

    proptest! {
        /// A list at any version, plus the changes since, is the list of today; and the undone past is the past.
        #[test]
        fn a_watch_from_anywhere_leads_to_the_list(ops in ops()) {
            let mut store = Store::new();
            let mut snapshots = vec![(store.version(), Vec::new())];
            for op in &ops {
                let before = store.version();
                apply(&mut store, op);
                prop_assert!(store.version() == before || store.version() == before + 1);
                snapshots.push((store.version(), store.list("pods", None)));
            }
            for (version, list) in snapshots {
                prop_assert_eq!(&store.at(version, "pods", None).expect("in the log"), &list);
                let mut view: BTreeMap<Key, Object> = list.into_iter().map(|o| (key_of("pods", &o), o)).collect();
                for change in store.since(version).expect("in the log") {
                    prop_assert!(change.version > version);
                    match &change.after {
                        Some(object) => view.insert(change.key.clone(), Arc::clone(object)),
                        None => view.remove(&change.key),
                    };
                }
                prop_assert_eq!(view.into_values().collect::<Vec<_>>(), store.list("pods", Some("a")));
            }
        }
    }

    #[test]
    fn the_same_content_takes_no_version() {
        let mut store = Store::new();
        store.put("pods", json!({"metadata": {"name": "a", "namespace": "n"}}));
        let version = store.version();
        store.put("pods", json!({"metadata": {"name": "a", "namespace": "n"}}));
        assert_eq!(store.version(), version);
    }

    #[test]
    fn the_log_forgets_and_says_so() {
        let mut store = Store::new();
        store.put("pods", json!({"metadata": {"name": "a", "namespace": "n"}}));
        let old = store.version() - 1;
        store.compact();
        assert_eq!(store.since(old).err().map(|failure| failure.code), Some(410));
        assert_eq!(store.since(store.version()).map(Iterator::count).ok(), Some(0));
    }
}
