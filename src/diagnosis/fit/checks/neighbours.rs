//! `InterPodAffinity`: the pod's own affinity and anti-affinity, and the anti-affinity of the pods that are there.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Found, Plan, View};
use crate::base::selector::Selector;
use crate::diagnosis::fit::cluster::{Class, Cluster, FitNode};
use crate::diagnosis::fit::labels::Labels;
use crate::diagnosis::fit::pod::{FitPod, PodTerm};

/// Where there are pods that a term speaks of: by topology key and domain.
type Places = FxHashMap<(Arc<str>, Arc<str>), There>;

/// How many pods are in a domain, and where one of them is: node and class. A copy of the pod itself has no class.
#[derive(Clone, Copy, Debug)]
struct There {
    count: usize,
    node: usize,
    class: Option<u32>,
}

/// The pods that matter to a pod.
#[derive(Debug, Default)]
pub(in super::super) struct Counts {
    /// Those that all of its affinity terms mean, once for each term.
    near: Places,
    /// Those that one of its anti-affinity terms means.
    apart: Places,
    /// Those whose anti-affinity means it.
    against: Places,
    /// It matches its own affinity, so it may be the first.
    is_own: bool,
}

/// Finds them, in one pass over the nodes.
pub(super) fn count(view: &View<'_>, pod: &FitPod) -> Counts {
    let cluster = view.cluster;
    let is_meant = |term: &PodTerm| means(cluster, term, &pod.namespace, &pod.labels);
    let is_own = !pod.near.is_empty() && pod.near.iter().all(is_meant);
    let mut counts = Counts { is_own, ..Counts::default() };
    let relations: Vec<Relation> = cluster.classes.iter().map(|class| Relation::of(cluster, class, pod)).collect();
    if relations.iter().all(Relation::is_none) {
        return counts;
    }
    for (at, node) in view.nodes().enumerate() {
        for &(class, count) in &node.classes {
            let Some(relation) = relations.get(class as usize) else { continue };
            let there = There { count, node: at, class: Some(class) };
            if relation.is_near {
                pod.near.iter().for_each(|term| note(&mut counts.near, &term.key, node, there));
            }
            relation.apart.iter().for_each(|&term| note(&mut counts.apart, &pod.apart[term].key, node, there));
            let own = &cluster.classes[class as usize].apart;
            relation.against.iter().for_each(|&term| note(&mut counts.against, &own[term].key, node, there));
        }
    }
    counts
}

fn note(places: &mut Places, key: &Arc<str>, node: &FitNode, there: There) {
    let Some(domain) = node.labels.get(key) else { return };
    let known = places.entry((Arc::clone(key), Arc::clone(domain))).or_insert(There { count: 0, ..there });
    known.count += there.count;
}

/// What a class of pods is to the pod.
struct Relation {
    /// All affinity terms of the pod mean it.
    is_near: bool,
    /// The anti-affinity terms of the pod that mean it.
    apart: Vec<usize>,
    /// Its anti-affinity terms that mean the pod.
    against: Vec<usize>,
}

impl Relation {
    fn of(cluster: &Cluster, class: &Class, pod: &FitPod) -> Self {
        let is_meant = |term: &PodTerm| means(cluster, term, &class.namespace, &class.labels);
        let which = |terms: &[PodTerm], means: &dyn Fn(&PodTerm) -> bool| {
            terms.iter().enumerate().filter(|(_, term)| means(term)).map(|(at, _)| at).collect()
        };
        Self {
            is_near: !pod.near.is_empty() && pod.near.iter().all(is_meant),
            apart: which(&pod.apart, &is_meant),
            against: which(&class.apart, &|term| means(cluster, term, &pod.namespace, &pod.labels)),
        }
    }

    fn is_none(&self) -> bool {
        !self.is_near && self.apart.is_empty() && self.against.is_empty()
    }
}

/// Whether a term means pods of this namespace with these labels.
fn means(cluster: &Cluster, term: &PodTerm, namespace: &Arc<str>, labels: &Labels) -> bool {
    let is_selected = |selector: &Selector| {
        let known = cluster.namespaces.as_ref().and_then(|all| all.get(namespace));
        selector.is_empty() || known.is_some_and(|labels| labels.meet(selector))
    };
    let is_in = || term.namespaces.contains(namespace) || term.of_labels.as_ref().is_some_and(is_selected);
    term.selector.as_ref().is_some_and(|selector| labels.meet(selector)) && is_in()
}

impl Counts {
    /// Takes a copy of the pod into account that was placed on a node.
    pub(in super::super) fn place(&mut self, cluster: &Cluster, pod: &FitPod, at: usize, node: &FitNode) {
        let there = There { count: 1, node: at, class: None };
        if self.is_own {
            pod.near.iter().for_each(|term| note(&mut self.near, &term.key, node, there));
        }
        for term in pod.apart.iter().filter(|term| means(cluster, term, &pod.namespace, &pod.labels)) {
            note(&mut self.apart, &term.key, node, there);
        }
    }
}

/// Whether a node's neighbours suit the pod. The scheduler names the first of the three that do not.
pub(super) fn check(plan: &Plan<'_>, node: &FitNode) -> Found {
    let missing = missing(plan, node).map(|term| match node.labels.get(&term.key) {
        None => format!("affinity: the node has no label {}", term.key),
        Some(domain) => format!("affinity: no pod of {} in {}={domain}", meant(term), term.key),
    });
    let unwanted = unwanted(plan, node)
        .map(|(term, domain, there)| format!("anti-affinity: {} is in {}={domain}", name(plan, there), term.key));
    let unwelcome = unwelcome(plan, node)
        .map(|(key, domain, there)| format!("anti-affinity of {} keeps it out of {key}={domain}", name(plan, there)));
    let all: [(&'static str, Vec<String>); 3] = [
        ("node(s) didn't match pod affinity rules", missing.collect()),
        ("node(s) didn't match pod anti-affinity rules", unwanted.collect()),
        ("node(s) didn't satisfy existing pods anti-affinity rules", unwelcome.collect()),
    ];
    let first = all.iter().find(|(_, lines)| !lines.is_empty()).map(|(reason, _)| (*reason).into());
    (first.into_iter().collect(), all.into_iter().flat_map(|(_, lines)| lines).collect())
}

/// Whether a node's neighbours suit the pod.
pub(super) fn suits(plan: &Plan<'_>, node: &FitNode) -> bool {
    missing(plan, node).next().is_none()
        && unwanted(plan, node).next().is_none()
        && unwelcome(plan, node).next().is_none()
}

/// The affinity terms of the pod that a node does not meet.
fn missing<'p>(plan: &'p Plan<'_>, node: &'p FitNode) -> impl Iterator<Item = &'p PodTerm> {
    let counts = &plan.neighbours;
    let is_first = counts.near.is_empty() && counts.is_own;
    let is_met = move |term: &&PodTerm| {
        let domain = node.labels.get(&term.key);
        domain.is_some_and(|domain| is_first || find(&counts.near, &term.key, domain).is_some())
    };
    plan.pod.near.iter().filter(move |term| !is_met(term))
}

/// The pods that the pod keeps away from: the term, the domain, and who is there.
fn unwanted<'p>(plan: &'p Plan<'_>, node: &'p FitNode) -> impl Iterator<Item = (&'p PodTerm, &'p Arc<str>, There)> {
    plan.pod.apart.iter().filter_map(|term| {
        let domain = node.labels.get(&term.key)?;
        Some((term, domain, find(&plan.neighbours.apart, &term.key, domain)?))
    })
}

/// The pods that keep the pod away from them: the label of the node, and who is there.
fn unwelcome<'p>(plan: &'p Plan<'_>, node: &'p FitNode) -> impl Iterator<Item = (&'p Arc<str>, &'p Arc<str>, There)> {
    let against = &plan.neighbours.against;
    let labels = node.labels.iter().filter(|_| !against.is_empty());
    labels.filter_map(|(key, domain)| Some((key, domain, find(against, key, domain)?)))
}

/// The terms of the pod that close a node, near or apart, by their topology; `None` where other pods' terms do.
pub(in super::super) fn loosened<'p>(
    plan: &'p Plan<'_>,
    node: &'p FitNode,
) -> Option<impl Iterator<Item = (bool, &'p str)>> {
    let near = missing(plan, node).map(|term| (true, &*term.key));
    let apart = unwanted(plan, node).map(|(term, ..)| (false, &*term.key));
    unwelcome(plan, node).next().is_none().then(|| near.chain(apart))
}

fn find(places: &Places, key: &Arc<str>, domain: &Arc<str>) -> Option<There> {
    if places.is_empty() {
        return None;
    }
    places.get(&(Arc::clone(key), Arc::clone(domain))).copied()
}

fn meant(term: &PodTerm) -> String {
    match &term.selector {
        None => "no selector".to_owned(),
        Some(selector) if selector.is_empty() => "any kind".to_owned(),
        Some(selector) => selector.to_string(),
    }
}

/// The name of one of the pods, and how many more there are.
fn name(plan: &Plan<'_>, there: There) -> String {
    let classes = &plan.view.cluster.classes;
    let pods = &plan.view.node(there.node).pods;
    let one = pods.iter().find(|pod| Some(pod.class) == there.class);
    let name = one.map_or_else(
        || "a copy of it".to_owned(),
        |pod| format!("{}/{}", classes[pod.class as usize].namespace, pod.name),
    );
    if there.count > 1 { format!("{name} (and {} more)", there.count - 1) } else { name }
}
