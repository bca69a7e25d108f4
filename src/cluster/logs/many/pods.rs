//! The pods of a selection as their watches tell of them, and which containers are still to be read. Pure.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::stamp::Stamp;
use crate::cluster::logs::data::{LogSource, SourceId};
use crate::cluster::logs::select::{Filter, Scope, best_first};
use crate::model::change::{Change, Delta};
use crate::model::pod::{ContainerKind, PodRow};

/// A container that is to be read.
#[derive(Debug)]
pub struct Candidate {
    pub namespace: String,
    pub pod: String,
    pub uid: String,
    pub container: String,
    kind: ContainerKind,
    node: String,
    created: Stamp,
    /// Whether it came after the stream had begun.
    pub is_new: bool,
}

impl Candidate {
    /// The same as a source of lines.
    pub fn source(self, id: SourceId) -> LogSource {
        let Self { namespace, pod, uid, container, kind, node, created, is_new } = self;
        LogSource { id, namespace, pod, uid, container, kind, node, created, is_new }
    }
}

/// A container that is not read yet.
#[derive(Debug)]
struct Wanted {
    name: String,
    kind: ContainerKind,
    is_new: bool,
}

/// One pod.
#[derive(Debug)]
struct Known {
    scope: usize,
    /// Whether it was there when the stream began.
    is_first: bool,
    row: PodRow,
    /// Its containers that are read, or were.
    read: FxHashSet<String>,
    /// Those that are to be read, in the order of the spec.
    wanted: Vec<Wanted>,
}

/// The list of a scope.
#[derive(Debug, Default)]
struct List {
    is_whole: bool,
    /// UIDs of the list that is being read.
    seen: FxHashSet<String>,
}

/// All pods that count.
#[derive(Debug)]
pub struct Pods {
    scopes: Vec<Scope>,
    lists: Vec<List>,
    filter: Filter,
    /// By UID.
    known: FxHashMap<String, Known>,
    waiting: usize,
}

impl Pods {
    /// None yet.
    pub fn new(scopes: Vec<Scope>, filter: Filter) -> Self {
        let lists = scopes.iter().map(|_| List::default()).collect();
        Self { scopes, lists, filter, known: FxHashMap::default(), waiting: 0 }
    }

    /// Whether every list has been read once.
    pub fn is_listed(&self) -> bool {
        self.lists.iter().all(|list| list.is_whole)
    }

    /// How many pods there are.
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// How many containers are still to be read.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Takes in what the watch of a scope says.
    pub fn apply(&mut self, scope: usize, change: Change<PodRow>) {
        match change {
            Change::Listing => self.lists[scope].seen.clear(),
            Change::Rows(rows) => {
                for row in rows {
                    self.lists[scope].seen.insert(row.meta.uid.to_string());
                    self.put(scope, row);
                }
            }
            Change::Listed { .. } => {
                let seen = std::mem::take(&mut self.lists[scope].seen);
                self.lists[scope].is_whole = true;
                self.known.retain(|uid, known| known.scope != scope || seen.contains(uid));
            }
            Change::Deltas(deltas) => {
                for delta in deltas {
                    match delta {
                        Delta::Applied(row) => self.put(scope, row),
                        // One that is being read is read on: its last lines may still come.
                        Delta::Deleted(row) => drop(self.known.remove(row.meta.uid.as_str())),
                    }
                }
            }
            Change::Total(_) | Change::Columns(_) | Change::Live | Change::Outage(_) => {}
        }
        self.waiting = self.known.values().map(|known| known.wanted.len()).sum();
    }

    fn put(&mut self, scope: usize, row: PodRow) {
        if !self.scopes[scope].ownership.holds(&row) || !self.filter.takes(&row) {
            return;
        }
        let is_first = !self.lists[scope].is_whole;
        let uid = row.meta.uid.to_string();
        let is_fresh = !self.known.contains_key(&uid);
        let fresh = || Known { scope, is_first, row: row.clone(), read: FxHashSet::default(), wanted: Vec::new() };
        let known = self.known.entry(uid).or_insert_with(fresh);
        let mut wanted = Vec::new();
        for container in self.filter.containers(&row).filter(|container| !known.read.contains(&*container.name)) {
            let before = known.wanted.iter().find(|before| *before.name == *container.name);
            // A debug container comes later than its pod.
            let is_new = before.map_or(!is_fresh || !known.is_first, |before| before.is_new);
            wanted.push(Wanted { name: container.name.to_string(), kind: container.kind, is_new });
        }
        known.wanted = wanted;
        known.row = row;
    }

    /// The container to read next, best first as kubectl takes pods; each is given once. `None` while a list is
    /// being read for the first time, or when there is none.
    pub fn next(&mut self) -> Option<Candidate> {
        if self.waiting == 0 || !self.is_listed() {
            return None;
        }
        let waiting = self.known.iter().filter(|(_, known)| !known.wanted.is_empty());
        let uid = waiting.min_by_key(|(_, known)| best_first(&known.row)).map(|(uid, _)| uid.clone())?;
        let known = self.known.get_mut(&uid)?;
        let Wanted { name: container, kind, is_new } = known.wanted.remove(0);
        self.waiting -= 1;
        known.read.insert(container.clone());
        let meta = &known.row.meta;
        let (namespace, pod, created) = (meta.namespace.to_string(), meta.name.to_string(), meta.created);
        Some(Candidate { namespace, pod, uid, container, kind, node: known.row.node.to_string(), created, is_new })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::logs::data::{LogSelection, LogsRequest};
    use crate::cluster::logs::select::Ownership;
    use crate::model::row::{Interner, WireRow};

    fn pod(name: &str, containers: &[&str], restarts: u32) -> PodRow {
        let specs: Vec<_> = containers.iter().map(|name| json!({"name": name})).collect();
        let pod = json!({
            "metadata": {"name": name, "uid": format!("{name}-uid")}, "spec": {"nodeName": "a", "containers": specs},
            "status": {"phase": "Running", "containerStatuses": [{"name": containers[0], "restartCount": restarts}]},
        });
        PodRow::from_wire(serde_json::from_value(pod).expect("a pod"), &mut Interner::default())
    }

    fn pods() -> Pods {
        let selection = LogSelection::Labels { namespace: None, selector: String::new() };
        let filter = Filter::new(&LogsRequest::new(selection, None)).expect("no expressions");
        Pods::new(vec![Scope { namespace: None, filter: String::new(), ownership: Ownership::Any }], filter)
    }

    fn names(pods: &mut Pods) -> Vec<String> {
        std::iter::from_fn(|| pods.next())
            .map(|one| format!("{}/{}{}", one.pod, one.container, if one.is_new { " new" } else { "" }))
            .collect()
    }

    #[test]
    fn each_container_is_given_once_and_what_comes_later_is_new() {
        let mut pods = pods();
        pods.apply(0, Change::Rows(vec![pod("a", &["x", "y"], 0), pod("b", &["x"], 5)]));
        assert!(pods.next().is_none(), "the list is not whole");
        pods.apply(0, Change::Listed { unreadable: 0 });
        assert_eq!((pods.waiting(), pods.count()), (3, 2));
        assert_eq!(names(&mut pods), ["b/x", "a/x", "a/y"]);
        let deltas = [pod("a", &["x", "y", "debugger"], 0), pod("c", &["x"], 0)];
        pods.apply(0, Change::Deltas(deltas.map(Delta::Applied).into()));
        assert_eq!(names(&mut pods), ["a/debugger new", "c/x new"]);
        pods.apply(0, Change::Deltas(vec![Delta::Deleted(pod("b", &["x"], 0))]));
        assert_eq!(pods.count(), 2);
    }

    #[test]
    fn a_new_list_takes_away_what_is_gone_and_repeats_nothing() {
        let mut pods = pods();
        pods.apply(0, Change::Rows(vec![pod("a", &["x"], 0), pod("b", &["x"], 0)]));
        pods.apply(0, Change::Listed { unreadable: 0 });
        assert_eq!(names(&mut pods).len(), 2);
        pods.apply(0, Change::Listing);
        pods.apply(0, Change::Rows(vec![pod("a", &["x"], 0), pod("d", &["x"], 0)]));
        pods.apply(0, Change::Listed { unreadable: 0 });
        assert_eq!((names(&mut pods), pods.count()), (vec!["d/x new".to_owned()], 2));
    }
}
