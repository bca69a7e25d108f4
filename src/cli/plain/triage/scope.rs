//! What a target stands for: which pods are its, and which findings are about it.
//!
//! Pure but for [`Scope::of`], which asks whether the target exists. An owner stands for everything that it owns, a node for
//! itself, a pod for itself; the nodes on which their pods run belong to all of them.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use super::super::failure::Failure;
use super::super::session::{Session, Wanted};
use super::gather::Gathered;
use crate::base::json::{list, text};
use crate::cluster::http::ACCEPT_JSON;
use crate::cluster::pages;
use crate::diagnosis::facts::top_owner;
use crate::diagnosis::finding::Subject;
use crate::diagnosis::groups::Group;
use crate::diagnosis::known::Known;
use crate::diagnosis::survey::OBJECTS;
use crate::model::event::EventRow;
use crate::model::lookup::Lookup;
use crate::model::pod::PodRow;

/// What is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// Everything in the namespaces that are meant.
    All,
    /// The pods with the labels that were given, and what they depend on.
    Labelled,
    /// These.
    Targets(Vec<Subject>),
}

impl Scope {
    /// What the words of the command line stand for. Fails where something does not exist.
    pub async fn of(session: &Session, words: &[String], is_labelled: bool) -> Result<Self, Failure> {
        if words.is_empty() {
            return Ok(if is_labelled { Self::Labelled } else { Self::All });
        }
        if is_labelled {
            let said = "a target cannot be given together with a selector";
            return Err(Failure::Usage(said.to_owned()));
        }
        let pairs: Vec<_> = words.iter().map(|word| as_pair(word)).collect();
        let mut targets = Vec::new();
        for Wanted { resource, name } in session.wanted(&pairs).await? {
            let Some(name) = name else { continue };
            let key = session.key(&resource, &name)?;
            let object = session.heard(pages::value(&session.connection, &key, ACCEPT_JSON).await?)?;
            targets.push(Subject::new(&resource.kind, text(&object, "/metadata/namespace"), &name));
        }
        Ok(Self::Targets(targets))
    }

    /// Whether everything is looked at.
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// A bare word is a pod's name.
fn as_pair(word: &str) -> String {
    if word.contains('/') { word.to_owned() } else { format!("pod/{word}") }
}

/// What is in scope, of what was gathered.
pub struct Inside<'a> {
    scope: &'a Scope,
    pods: FxHashSet<Subject>,
    owners: FxHashSet<Subject>,
    nodes: FxHashSet<Arc<str>>,
    parents: FxHashMap<Subject, Subject>,
}

impl<'a> Inside<'a> {
    /// Looks through the pods.
    pub fn new(scope: &'a Scope, gathered: &Gathered, known: &Known, namespace: &str) -> Self {
        let parents = parents(known, namespace);
        let mut inside = Self {
            scope,
            pods: FxHashSet::default(),
            owners: FxHashSet::default(),
            nodes: FxHashSet::default(),
            parents,
        };
        for pod in gathered.pods.iter().filter(|pod| inside.has_pod(pod)).collect::<Vec<_>>() {
            inside.pods.insert(Subject::pod(pod));
            inside.nodes.insert(pod.node.clone());
            if *scope == Scope::Labelled {
                inside.owners.insert(top_owner(pod));
            }
        }
        inside
    }

    /// The pods that are in it.
    pub fn pods(&self) -> usize {
        self.pods.len()
    }

    /// Whether an object is in it: a pod, or what owns pods.
    pub fn has_object(&self, subject: &Subject) -> bool {
        let is_known = self.pods.contains(subject) || self.owners.contains(subject);
        self.scope.is_all() || is_known || self.is_of_target(subject)
    }

    /// Whether an event is about something in it.
    pub fn has_event(&self, event: &EventRow) -> bool {
        let about = Subject::new(&event.object_kind, &event.object_namespace, &event.object_name);
        &*about.kind == "Node" && self.nodes.contains(&about.name) || self.has_object(&about)
    }

    fn has_pod(&self, pod: &PodRow) -> bool {
        if !matches!(self.scope, Scope::Targets(_)) {
            return true;
        }
        let owner = pod.meta.owner.as_ref().map(|owner| Subject::owner(&pod.meta.namespace, owner));
        let all = [Some(Subject::pod(pod)), owner, Some(top_owner(pod))];
        all.into_iter().flatten().any(|subject| self.is_of_target(&subject))
    }

    /// Whether it is a target, or below one.
    fn is_of_target(&self, subject: &Subject) -> bool {
        let Scope::Targets(targets) = self.scope else { return false };
        let mut subject = subject;
        // A chain is short; one that bites its own tail is cut.
        for _ in 0..8 {
            if targets.iter().any(|target| target.is_same_object(subject)) {
                return true;
            }
            match self.parents.get(&subject.object()) {
                Some(parent) => subject = parent,
                None => return false,
            }
        }
        false
    }

    /// Whether a group of findings is about something in it.
    pub fn has(&self, group: &Group) -> bool {
        if self.scope.is_all() || group.pods.iter().any(|pod| self.pods.contains(pod)) {
            return true;
        }
        let root = &group.finding.root;
        // What is said of pods alone is about those pods, and what they share.
        let about = if group.pods.is_empty() { vec![root, &group.subject, &group.finding.subject] } else { vec![root] };
        let is_about = |subject: &&Subject| {
            let is_node_of_a_pod = &*subject.kind == "Node" && self.nodes.contains(&subject.name);
            is_node_of_a_pod || self.owners.contains(&subject.object()) || self.is_of_target(subject)
        };
        about.iter().any(is_about)
    }
}

/// What controls each of the objects that were listed.
fn parents(known: &Known, namespace: &str) -> FxHashMap<Subject, Subject> {
    let mut parents = FxHashMap::default();
    for (kind, resource) in OBJECTS {
        for object in known.items(Lookup::list(*resource, namespace)).known().unwrap_or_default() {
            let at = |path| text(object, path);
            let (place, name) = (at("/metadata/namespace"), at("/metadata/name"));
            let is_controller = |owner: &&Value| owner["controller"] == true;
            if let Some(owner) = list(object, "/metadata/ownerReferences").iter().find(is_controller) {
                let parent = Subject::new(text(owner, "/kind"), place, text(owner, "/name"));
                parents.insert(Subject::new(kind, place, name), parent);
            }
        }
    }
    parents
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::rows::row;
    use super::*;
    use crate::base::stamp::Stamp;
    use crate::diagnosis::judge::Judged;
    use crate::diagnosis::{groups, rules};
    use crate::model::lookup::Resource;

    /// A pod of a Job.
    fn pod(name: &str, job: &str, node: &str) -> PodRow {
        row(&json!({"metadata": {"name": name, "namespace": "shop",
                "ownerReferences": [{"kind": "Job", "name": job, "apiVersion": "batch/v1", "controller": true}]},
            "spec": {"nodeName": node, "containers": [{"name": "app"}]}}))
        .expect("a pod")
    }

    /// The Job `a` is the `CronJob` `nightly`'s, `b` is nobody's.
    fn known() -> Known {
        let mut known = Known::default();
        let owner = json!([{"kind": "CronJob", "name": "nightly", "controller": true}]);
        let jobs = json!({"items": [
            {"metadata": {"name": "a", "namespace": "shop", "ownerReferences": owner}},
            {"metadata": {"name": "b", "namespace": "shop"}}]});
        known.learn(Lookup::list(Resource::Jobs, "shop"), jobs.into(), Stamp::NONE);
        known
    }

    fn about(subject: Subject, owner: Subject) -> Group {
        let finding = rules::find("image.not-found").expect("a rule").finding(subject, "").root(owner.clone());
        groups::merge(&[Judged { finding, owner, explains: Vec::new() }]).remove(0)
    }

    #[test]
    fn a_target_is_what_it_owns_and_where_that_runs() {
        let gathered = Gathered { pods: vec![pod("a-1", "a", "n1"), pod("b-1", "b", "n2")], ..Gathered::default() };
        let subject = |kind: &str, name: &str| Subject::new(kind, "shop", name);
        let group_of = |pod: &str, job: &str| about(subject("Pod", pod), subject("Job", job));
        let alone = |subject: Subject| about(subject.clone(), subject);
        let groups = [
            group_of("a-1", "a"),
            group_of("b-1", "b"),
            alone(subject("Job", "a")),
            alone(subject("CronJob", "nightly")),
            alone(Subject::node("n1")),
            alone(Subject::node("n2")),
        ];
        let known = known();
        for (target, pods, inside) in [
            (subject("CronJob", "nightly"), 1, [true, false, true, true, true, false]),
            (subject("Job", "a"), 1, [true, false, true, false, true, false]),
            (subject("Pod", "b-1"), 1, [false, true, false, false, false, true]),
            (Subject::node("n1"), 0, [false, false, false, false, true, false]),
        ] {
            let scope = Scope::Targets(vec![target.clone()]);
            let found = Inside::new(&scope, &gathered, &known, "shop");
            assert_eq!((found.pods(), groups.each_ref().map(|group| found.has(group))), (pods, inside), "{target:?}");
        }
        let found = Inside::new(&Scope::All, &gathered, &known, "shop");
        assert!(found.pods() == 2 && groups.iter().all(|group| found.has(group)));
    }
}
