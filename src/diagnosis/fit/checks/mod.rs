//! The scheduler's filters, one function each, in the order in which the default scheduler runs them.
//!
//! Each is given the [`Plan`] of the pod (what is worked out once: the scheduler's `PreFilter`) and a node, and says with
//! the scheduler's words and with figures why the pod cannot go there. Start with [`Check::run`].

pub(super) mod neighbours;
pub(super) mod node;
pub(super) mod room;
pub(super) mod spread;
mod storage;

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use super::cluster::{Cluster, FitNode};
use super::pod::FitPod;

/// A filter of the default scheduler that depends on the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Check {
    /// `NodeUnschedulable`.
    Cordon,
    /// `TaintToleration`.
    Taints,
    /// `NodeAffinity`: the node selector and the required node affinity.
    Affinity,
    /// `NodePorts`.
    Ports,
    /// `NodeResourcesFit`.
    Resources,
    /// `VolumeRestrictions`.
    Sharing,
    /// `VolumeBinding`.
    Binding,
    /// `VolumeZone`.
    Zones,
    /// `PodTopologySpread`.
    Spread,
    /// `InterPodAffinity`.
    Neighbours,
}

impl Check {
    /// All, in the scheduler's order. `NodeName` is not among them: a pod that names a node is not scheduled at all.
    pub(super) const ORDER: [Self; 10] = [
        Self::Cordon,
        Self::Taints,
        Self::Affinity,
        Self::Ports,
        Self::Resources,
        Self::Sharing,
        Self::Binding,
        Self::Zones,
        Self::Spread,
        Self::Neighbours,
    ];

    /// Why the pod cannot go to a node; `None` when this filter lets it.
    pub(super) fn run(self, plan: &Plan<'_>, node: &FitNode) -> Option<Failed> {
        let (reasons, detail) = match self {
            Self::Cordon => node::cordon(plan.pod, node),
            Self::Taints => node::taints(plan.pod, node),
            Self::Affinity => node::affinity(plan.pod, node),
            Self::Ports => room::ports(plan, node),
            Self::Resources => room::resources(plan.pod, node),
            Self::Sharing => storage::sharing(plan, node),
            Self::Binding => storage::binding(&plan.storage, node),
            Self::Zones => storage::zones(&plan.storage, node),
            Self::Spread => spread::check(&plan.spread, node),
            Self::Neighbours => neighbours::check(plan, node),
        };
        (!reasons.is_empty()).then_some(Failed { check: self, reasons, detail })
    }
}

/// A filter that a node does not pass.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) check: Check,
    /// In the scheduler's words.
    pub(super) reasons: Vec<Cow<'static, str>>,
    /// With figures, in ours.
    pub(super) detail: Vec<String>,
}

/// What a filter finds: reasons and details, both empty when the pod may go there.
type Found = (Vec<Cow<'static, str>>, Vec<String>);

fn found(reason: &'static str, detail: Vec<String>) -> Found {
    if detail.is_empty() { Found::default() } else { (vec![reason.into()], detail) }
}

/// A cluster in which some nodes are taken to be otherwise than they are.
#[derive(Debug)]
pub(super) struct View<'c> {
    pub(super) cluster: &'c Cluster,
    pub(super) changed: FxHashMap<usize, FitNode>,
}

impl<'c> View<'c> {
    /// The cluster as the scheduler would see it if `pod` had no node yet.
    pub(super) fn without(cluster: &'c Cluster, pod: &FitPod) -> Self {
        let mut view = Self { cluster, changed: FxHashMap::default() };
        let Some(at) = cluster.index(&pod.node) else { return view };
        let is_it = |namespace: &str, name: &str| namespace == &*pod.namespace && name == pod.name;
        let pods = &cluster.nodes[at].pods;
        let own = pods.iter().position(|one| is_it(&cluster.classes[one.class as usize].namespace, &one.name));
        if let Some(own) = own {
            view.change(at).remove(own);
        }
        view
    }

    /// A node as it is taken to be.
    pub(super) fn node(&self, at: usize) -> &FitNode {
        self.changed.get(&at).unwrap_or(&self.cluster.nodes[at])
    }

    /// All nodes.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &FitNode> {
        (0..self.cluster.nodes.len()).map(|at| self.node(at))
    }

    /// A node, to be changed.
    pub(super) fn change(&mut self, at: usize) -> &mut FitNode {
        self.changed.entry(at).or_insert_with(|| self.cluster.nodes[at].clone())
    }
}

/// What is worked out once for a pod, before any node is looked at.
#[derive(Debug)]
pub(super) struct Plan<'v> {
    pub(super) view: &'v View<'v>,
    pub(super) pod: &'v FitPod,
    /// Why no node is looked at, in the scheduler's words.
    pub(super) refusal: Option<String>,
    /// The only nodes that are looked at; `None`: all.
    pub(super) only: Option<FxHashSet<String>>,
    pub(super) storage: storage::Storage<'v>,
    pub(super) spread: Vec<spread::Counted<'v>>,
    pub(super) neighbours: neighbours::Counts,
}

impl<'v> Plan<'v> {
    pub(super) fn new(view: &'v View<'v>, pod: &'v FitPod) -> Self {
        let named = node::named(pod);
        let storage = storage::plan(view.cluster, pod);
        let refusal = named.as_ref().err().cloned().or_else(|| storage.as_ref().err().cloned());
        Self {
            view,
            pod,
            refusal,
            only: named.unwrap_or_default(),
            storage: storage.unwrap_or_default(),
            spread: spread::count(view, pod),
            neighbours: neighbours::count(view, pod),
        }
    }

    /// Whether a node is looked at.
    pub(super) fn looks_at(&self, node: &FitNode) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(node.name.as_str()))
    }

    /// Whether the pod fits on a node.
    pub(super) fn fits(&self, node: &FitNode) -> bool {
        self.fits_but_for_pods(node) && self.suits_pods(node)
    }

    /// Whether it fits as far as spread and affinity to other pods are not asked.
    pub(super) fn fits_but_for_pods(&self, node: &FitNode) -> bool {
        let others = Check::ORDER.iter().filter(|check| !matches!(check, Check::Spread | Check::Neighbours));
        self.refusal.is_none() && self.looks_at(node) && others.into_iter().all(|check| check.run(self, node).is_none())
    }

    /// Whether spread and affinity to other pods let it.
    pub(super) fn suits_pods(&self, node: &FitNode) -> bool {
        spread::holds(&self.spread, node) && neighbours::suits(self, node)
    }
}
