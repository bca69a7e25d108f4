//! What pods want of each other: to be spread evenly, together, or apart.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::store::Object;
use super::Scene;
use super::filters::Refusal;
use super::labels::{selects, wants};
use crate::demo::json::{at, int, list, map, text};

/// A pod that would make the spread of its kind too uneven.
pub(super) fn uneven(pod: &Value, node: &Value, scene: &Scene<'_>) -> Option<Refusal> {
    const REASON: &str = "node(s) didn't match pod topology spread constraints";
    let constraints = list(pod, "/spec/topologySpreadConstraints").iter();
    for constraint in constraints.filter(|one| text(one, "/whenUnsatisfiable") != "ScheduleAnyway") {
        let key = text(constraint, "/topologyKey");
        let Some(here) = label(node, key) else {
            return Some(Refusal::for_good(&format!("{REASON} (missing required label)")));
        };
        let counts = counts(pod, constraint, key, scene);
        let least = counts.values().copied().min().unwrap_or_default();
        let enough = int(constraint, "/minDomains").is_none_or(|wanted| counts.len() as i64 >= wanted);
        let least = if enough { least } else { 0 };
        let itself = i64::from(selects(at(constraint, "/labelSelector"), map(pod, "/metadata/labels")));
        let there = counts.get(here).copied().unwrap_or_default();
        if there + itself - least > int(constraint, "/maxSkew").unwrap_or(1) {
            return Some(Refusal::for_now(REASON));
        }
    }
    None
}

/// How many pods of the constraint are in each domain of the nodes that the pod wants.
fn counts<'a>(pod: &Value, constraint: &Value, key: &str, scene: &Scene<'a>) -> BTreeMap<&'a str, i64> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for node in scene.nodes.iter().filter(|node| wants(pod, node)) {
        if let Some(domain) = label(node, key) {
            let name = text(node, "/metadata/name");
            let here = scene.placed.iter().filter(|known| {
                text(known, "/spec/nodeName") == name
                    && known["metadata"]["namespace"] == pod["metadata"]["namespace"]
                    && known["metadata"]["deletionTimestamp"].is_null()
                    && selects(at(constraint, "/labelSelector"), map(known, "/metadata/labels"))
            });
            *counts.entry(domain).or_default() += here.count() as i64;
        }
    }
    counts
}

/// A pod that must be near others, or that does not bear some others near it, or that they do not bear.
pub(super) fn incompatible(pod: &Value, node: &Value, scene: &Scene<'_>) -> Option<Refusal> {
    let together = required(pod, "podAffinity");
    if !together.is_empty() && !is_near(pod, together, node, scene) {
        return Some(Refusal::for_good("node(s) didn't match pod affinity rules"));
    }
    let others = |term: &Value, of: &Value| {
        scene.placed.iter().any(|other| same_domain(term, node, other, scene) && matches(term, of, other))
    };
    if required(pod, "podAntiAffinity").iter().any(|term| others(term, pod)) {
        return Some(Refusal::for_now("node(s) didn't match pod anti-affinity rules"));
    }
    let unwelcome = scene.placed.iter().any(|other| {
        let terms = required(other, "podAntiAffinity").iter();
        terms.into_iter().any(|term| same_domain(term, node, other, scene) && matches(term, other, pod))
    });
    unwelcome.then(|| Refusal::for_now("node(s) didn't satisfy existing pods anti-affinity rules"))
}

/// Whether a pod that all terms are about is in the domain of each; the first of its kind need not wait for itself.
fn is_near(pod: &Value, terms: &[Value], node: &Value, scene: &Scene<'_>) -> bool {
    let matching: Vec<&Object> =
        scene.placed.iter().filter(|other| terms.iter().all(|term| matches(term, pod, other))).collect();
    let has_keys = terms.iter().all(|term| label(node, text(term, "/topologyKey")).is_some());
    let near = terms.iter().all(|term| matching.iter().any(|other| same_domain(term, node, other, scene)));
    has_keys && (near || (matching.is_empty() && terms.iter().all(|term| matches(term, pod, pod))))
}

fn required<'a>(pod: &'a Value, which: &str) -> &'a [Value] {
    list(pod, &format!("/spec/affinity/{which}/requiredDuringSchedulingIgnoredDuringExecution"))
}

/// Whether a node and the node of a placed pod are in one domain of a term.
fn same_domain(term: &Value, node: &Value, other: &Value, scene: &Scene<'_>) -> bool {
    let key = text(term, "/topologyKey");
    let there = scene.nodes.iter().find(|known| text(known, "/metadata/name") == text(other, "/spec/nodeName"));
    let here = label(node, key);
    here.is_some() && there.is_some_and(|there| label(there, key) == here)
}

/// Whether a term of a pod is about another pod.
fn matches(term: &Value, of: &Value, other: &Value) -> bool {
    let namespace = text(other, "/metadata/namespace");
    let named = list(term, "/namespaces");
    let everywhere = at(term, "/namespaceSelector").is_some_and(Value::is_object);
    let in_reach = if named.is_empty() && !everywhere {
        namespace == text(of, "/metadata/namespace")
    } else {
        everywhere || named.iter().any(|known| known == namespace)
    };
    in_reach && selects(at(term, "/labelSelector"), map(other, "/metadata/labels"))
}

fn label<'a>(node: &'a Value, key: &str) -> Option<&'a str> {
    map(node, "/metadata/labels")?.get(key)?.as_str()
}
