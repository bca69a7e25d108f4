//! `PodTopologySpread`: how many matching pods each domain of a topology has.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::node::{untolerated, wants};
use super::{Found, View};
use crate::base::selector::Selector;
use crate::diagnosis::fit::cluster::{Class, FitNode};
use crate::diagnosis::fit::pod::{FitPod, Spread};

/// A constraint and how matching pods are spread now.
#[derive(Debug)]
pub(in super::super) struct Counted<'p> {
    spread: &'p Spread,
    /// Matching pods by domain, of the domains that count.
    domains: FxHashMap<Arc<str>, i64>,
    /// The fewest in any of them.
    least: i64,
    /// The pod matches its own selector, as it mostly does.
    is_own: bool,
}

/// Counts the pods of every constraint.
pub(super) fn count<'p>(view: &View<'_>, pod: &'p FitPod) -> Vec<Counted<'p>> {
    let counted = |spread: &'p Spread| {
        let is_own = spread.selector.as_ref().is_some_and(|selector| pod.labels.meet(selector));
        let mut counted = Counted { spread, domains: FxHashMap::default(), least: 0, is_own };
        let matching = matching(view, pod, spread);
        for node in view.nodes().filter(|node| counts(pod, spread, node)) {
            let Some(domain) = node.labels.get(&spread.key) else { continue };
            let here = node.classes.iter().filter(|(class, _)| matching.get(*class as usize) == Some(&true));
            let here: usize = here.map(|(_, count)| count).sum();
            *counted.domains.entry(Arc::clone(domain)).or_default() += here as i64;
        }
        counted.settle();
        counted
    };
    pod.spread.iter().map(counted).collect()
}

/// Which classes of pods a constraint counts. One that selects all pods counts none: so does the scheduler.
fn matching(view: &View<'_>, pod: &FitPod, spread: &Spread) -> Vec<bool> {
    let Some(selector) = spread.selector.as_ref().filter(|selector| !selector.is_empty()) else { return Vec::new() };
    let is_match = |class: &Class| !class.is_ending && class.namespace == pod.namespace && class.labels.meet(selector);
    view.cluster.classes.iter().map(is_match).collect()
}

/// Whether a node's domain takes part.
fn counts(pod: &FitPod, spread: &Spread, node: &FitNode) -> bool {
    pod.spread.iter().all(|spread| node.labels.get(&spread.key).is_some())
        && (!spread.by_affinity || wants(pod, node))
        && (!spread.by_taints || untolerated(pod, node).next().is_none())
}

impl Counted<'_> {
    fn settle(&mut self) {
        let has_enough = self.domains.len() >= self.spread.min_domains;
        self.least = self.domains.values().copied().min().filter(|_| has_enough).unwrap_or_default();
    }

    /// How many there are in a domain.
    fn there(&self, domain: &str) -> i64 {
        self.domains.get(domain).copied().unwrap_or_default()
    }

    /// How many more than in the emptiest domain there would be.
    fn skew(&self, domain: &str) -> i64 {
        self.there(domain) + i64::from(self.is_own) - self.least
    }

    /// Takes a copy of the pod into account that was placed on a node.
    pub(in super::super) fn place(&mut self, pod: &FitPod, node: &FitNode) {
        let selects = self.spread.selector.as_ref().is_some_and(|selector| !selector.is_empty());
        let Some(domain) = node.labels.get(&self.spread.key) else { return };
        if self.is_own && selects && counts(pod, self.spread, node) {
            *self.domains.entry(Arc::clone(domain)).or_default() += 1;
            self.settle();
        }
    }

    /// How full the domain of a node is, for choosing the emptiest.
    pub(in super::super) fn fullness(&self, node: &FitNode) -> i64 {
        node.labels.get(&self.spread.key).map_or(0, |domain| self.there(domain))
    }

    /// The topology.
    pub(in super::super) fn key(&self) -> &str {
        &self.spread.key
    }

    /// The `maxSkew` that it has.
    pub(in super::super) fn max_skew(&self) -> i64 {
        self.spread.max_skew
    }

    /// The smallest `maxSkew` with which a node would do; `None` where the node has no such label.
    pub(in super::super) fn needed(&self, node: &FitNode) -> Option<i64> {
        node.labels.get(&self.spread.key).map(|domain| self.skew(domain))
    }
}

/// Whether a node keeps to all constraints.
pub(super) fn holds(constraints: &[Counted<'_>], node: &FitNode) -> bool {
    constraints.iter().all(|counted| counted.needed(node).is_some_and(|skew| skew <= counted.spread.max_skew))
}

/// Which constraints a node does not keep to. The scheduler names the first.
pub(super) fn check(constraints: &[Counted<'_>], node: &FitNode) -> Found {
    let mut first = None;
    let mut detail = Vec::new();
    for counted in constraints {
        let (key, most) = (&counted.spread.key, counted.spread.max_skew);
        let Some(domain) = node.labels.get(key) else {
            first.get_or_insert("node(s) didn't match pod topology spread constraints (missing required label)");
            detail.push(format!("spread: the node has no label {key}"));
            continue;
        };
        if counted.skew(domain) > most {
            first.get_or_insert("node(s) didn't match pod topology spread constraints");
            let what = counted.spread.selector.as_ref().map(Selector::to_string).unwrap_or_default();
            let (there, least) = (counted.there(domain), counted.least);
            detail.push(format!(
                "spread: {key}={domain} has {there} of {what}, the least has {least}, maxSkew is {most}"
            ));
        }
    }
    (first.into_iter().map(Into::into).collect(), detail)
}
