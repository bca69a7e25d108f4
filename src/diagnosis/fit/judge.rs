//! Runs the filters on every node and counts, as the scheduler does for its message.

use std::collections::BTreeMap;

use serde_json::Value;

use super::checks::{Check, Failed, Plan, View};
use super::cluster::{Cluster, FitNode};
use super::pod::{FitPod, PodTerm};
use super::would::would;
use super::{Fit, NodeFit};
use crate::model::row::Interner;

/// Where a pod would fit. One that has a node already is judged as if it had none and its room were free: would it fit
/// elsewhere?
pub fn judge(cluster: &Cluster, pod: &Value) -> Fit {
    let pod = FitPod::read(pod, &mut Interner::default());
    let view = View::without(cluster, &pod);
    let plan = Plan::new(&view, &pod);
    let failed: Vec<Vec<Failed>> =
        view.nodes().map(|node| Check::ORDER.iter().filter_map(|check| check.run(&plan, node)).collect()).collect();
    let nodes: Vec<NodeFit> = view.nodes().zip(&failed).map(|(node, failed)| node_fit(&plan, node, failed)).collect();
    let counts = count(&nodes);
    let fits = nodes.iter().filter(|node| node.fits).count();
    let message = if fits > 0 { String::new() } else { message(&plan, &counts, nodes.len()) };
    let would = if fits > 0 { Vec::new() } else { would(&plan, &failed) };
    Fit { fits, of: nodes.len(), counts, not_checked: not_checked(&plan), would, message, nodes }
}

/// A node's answer. What keeps the pod from every node stands before what this node says.
fn node_fit(plan: &Plan<'_>, node: &FitNode, failed: &[Failed]) -> NodeFit {
    let texts = |one: &Failed| one.reasons.iter().map(ToString::to_string).collect::<Vec<String>>();
    let detail = failed.iter().flat_map(|one| one.detail.clone()).collect();
    let mut rest = failed.iter();
    let reasons = match before(plan, node) {
        Some(reason) => vec![reason],
        None => rest.next().map(texts).unwrap_or_default(),
    };
    let name = node.name.to_string();
    NodeFit { name, fits: reasons.is_empty(), reasons, also: rest.flat_map(texts).collect(), detail }
}

/// Why a node is not even looked at.
fn before(plan: &Plan<'_>, node: &FitNode) -> Option<String> {
    if !plan.pod.gates.is_empty() {
        return Some(format!("waiting for scheduling gates: [{}]", plan.pod.gates.join(" ")));
    }
    let unnamed = || "node(s) didn't satisfy plugin(s) [NodeAffinity]".to_owned();
    plan.refusal.clone().or_else(|| (!plan.looks_at(node)).then(unnamed))
}

/// How many nodes say what, in the order of the scheduler's message: that of the texts with their numbers.
fn count(nodes: &[NodeFit]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in nodes.iter().flat_map(|node| &node.reasons) {
        *counts.entry(reason).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect();
    counts.sort_by_cached_key(|(reason, count)| format!("{count} {reason}"));
    counts
}

/// What the scheduler, or for gates the API server, says.
fn message(plan: &Plan<'_>, counts: &[(String, usize)], of: usize) -> String {
    if !plan.pod.gates.is_empty() {
        return "Scheduling is blocked due to non-empty scheduling gates".to_owned();
    }
    if of == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let why = plan.refusal.clone().unwrap_or_else(|| {
        let all: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        all.join(", ")
    });
    format!("0/{of} nodes are available: {why}.")
}

/// What was not judged, and why.
fn not_checked(plan: &Plan<'_>) -> Vec<String> {
    let (cluster, pod) = (plan.view.cluster, plan.pod);
    let (storage, has_claims) = (&cluster.storage, !pod.claims.is_empty());
    let selects = |term: &PodTerm| term.of_labels.as_ref().is_some_and(|labels| !labels.is_empty());
    // Its own terms only: those of other pods are held against labels that are there.
    let is_negative =
        |term: &PodTerm| selects(term) && term.of_labels.as_ref().is_some_and(|all| all.matches(|_| None));
    let mut own = pod.near.iter().chain(&pod.apart);
    let mut terms = pod.near.iter().chain(&pod.apart).chain(cluster.classes.iter().flat_map(|class| &class.apart));
    let lines = [
        (!matches!(pod.scheduler.as_str(), "" | "default-scheduler"))
            .then(|| format!("the scheduler {}: these are the rules of the default one", pod.scheduler)),
        (has_claims && storage.claims.is_none())
            .then(|| "VolumeRestrictions, VolumeBinding, VolumeZone: the claims were not read".to_owned()),
        (has_claims && storage.claims.is_some() && (storage.volumes.is_none() || storage.classes.is_none()))
            .then(|| "VolumeBinding, VolumeZone: volumes or storage classes were not read".to_owned()),
        has_claims.then(|| "NodeVolumeLimits: how many volumes a node can still attach".to_owned()),
        plan.storage.may_provision().then(|| "VolumeBinding: whether storage has room for a new volume".to_owned()),
        pod.has_devices.then(|| "DynamicResources: the devices of its resource claims".to_owned()),
        (cluster.namespaces.is_none() && terms.any(selects))
            .then(|| "InterPodAffinity: the labels of namespaces were not read".to_owned()),
        own.any(is_negative).then(|| {
            "InterPodAffinity: a scheduler of 1.35 takes a namespace selector that only excludes for all namespaces"
                .to_owned()
        }),
        (cluster.promised > 0)
            .then(|| format!("places that preemption has promised to waiting pods ({})", cluster.promised)),
    ];
    lines.into_iter().flatten().collect()
}
