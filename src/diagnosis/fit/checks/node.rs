//! What a node says of itself: whether it is cordoned, its taints, its labels and its name.

use rustc_hash::FxHashSet;

use super::{Found, found};
use crate::base::selector::Selector;
use crate::diagnosis::fit::cluster::{FitNode, Taint};
use crate::diagnosis::fit::pod::{FitPod, NodeTerm, Toleration};

/// The taint that stands for a cordoned node.
pub(in super::super) const CORDONED: &str = "node.kubernetes.io/unschedulable";

/// `NodeUnschedulable`.
pub(super) fn cordon(pod: &FitPod, node: &FitNode) -> Found {
    let taint = Taint { key: CORDONED.into(), value: "".into(), effect: "NoSchedule".into() };
    if !node.is_cordoned || tolerates(pod, &taint) {
        return Found::default();
    }
    found("node(s) were unschedulable", vec!["the node is cordoned".to_owned()])
}

/// `TaintToleration`.
pub(super) fn taints(pod: &FitPod, node: &FitNode) -> Found {
    let detail = untolerated(pod, node).map(|taint| format!("taint {taint} is not tolerated")).collect();
    found("node(s) had untolerated taint(s)", detail)
}

/// The taints that keep a pod away from a node.
pub(in super::super) fn untolerated<'n>(pod: &FitPod, node: &'n FitNode) -> impl Iterator<Item = &'n Taint> {
    node.taints.iter().filter(|taint| !tolerates(pod, taint))
}

fn tolerates(pod: &FitPod, taint: &Taint) -> bool {
    pod.tolerations.iter().any(|Toleration { key, operator, value, effect }| {
        let is_meant = (effect.is_empty() || *effect == taint.effect) && (key.is_empty() || *key == taint.key);
        is_meant
            && match operator.as_str() {
                "" | "Equal" => *value == taint.value,
                "Exists" => true,
                // `Lt` and `Gt` are behind a gate that is off by default.
                _ => false,
            }
    })
}

/// `NodeAffinity`: the node selector, and one of the terms of the required node affinity.
pub(super) fn affinity(pod: &FitPod, node: &FitNode) -> Found {
    if wants(pod, node) {
        return Found::default();
    }
    let mut detail: Vec<String> = unselected(pod, node)
        .map(|(key, value)| format!("node selector wants {key}={value}, the node has {}", node.labels.shown(key)))
        .collect();
    let terms = pod.affinity.as_deref().unwrap_or_default();
    if pod.affinity.is_some() && !terms.iter().any(|term| term.matches(&node.labels, &node.name)) {
        detail.extend(terms.iter().flat_map(|term| unmet(term, node)));
        if terms.is_empty() {
            detail.push("node affinity has no term that could match".to_owned());
        }
    }
    found("node(s) didn't match Pod's node affinity/selector", detail)
}

/// Whether a pod's node selector and node affinity mean a node.
pub(super) fn wants(pod: &FitPod, node: &FitNode) -> bool {
    let is_meant = |terms: &Vec<NodeTerm>| terms.iter().any(|term| term.matches(&node.labels, &node.name));
    unselected(pod, node).next().is_none() && pod.affinity.as_ref().is_none_or(is_meant)
}

/// The labels of the node selector that a node does not have.
pub(in super::super) fn unselected<'p>(pod: &'p FitPod, node: &'p FitNode) -> impl Iterator<Item = (&'p str, &'p str)> {
    let has = |(key, value): &(&str, &str)| node.labels.get(key).is_some_and(|own| &**own == *value);
    pod.selector.iter().map(|(key, value)| (key.as_str(), value.as_str())).filter(move |pair| !has(pair))
}

fn unmet<'n>(term: &'n NodeTerm, node: &'n FitNode) -> Vec<String> {
    let (Some(labels), Some(fields)) = (&term.labels, &term.fields) else {
        return vec!["a term of the node affinity cannot be read".to_owned()];
    };
    let line =
        |(key, one): (&str, Selector)| format!("node affinity wants {one}, the node has {}", node.labels.shown(key));
    let labels = labels.unmet(|key| node.labels.get(key).map(|value| &**value)).map(line);
    let name = |(_, one): (&str, Selector)| format!("node affinity wants {one}");
    let names = fields.unmet(|key| (key == "metadata.name").then_some(&node.name)).map(name);
    labels.chain(names).collect()
}

/// The only nodes that the pod's node affinity names, if every term names some. As an error: why there can be none.
pub(super) fn named(pod: &FitPod) -> Result<Option<FxHashSet<String>>, String> {
    let terms = pod.affinity.as_deref().unwrap_or_default();
    let mut all = FxHashSet::default();
    for term in terms {
        let Some(names) = &term.names else { return Ok(None) };
        all.extend(names.iter().cloned());
    }
    match (terms.is_empty(), all.is_empty()) {
        (true, _) => Ok(None),
        (false, true) => Err("pod affinity terms conflict".to_owned()),
        (false, false) => Ok(Some(all)),
    }
}
