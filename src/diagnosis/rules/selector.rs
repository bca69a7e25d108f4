//! Services and disruption budgets whose selector means a workload and misses it by a label.
//!
//! Only a near miss is told: a selector that no workload comes close to may be for pods of another kind, or for later. Whether
//! a Service has endpoints in spite of it, say from pods that nothing owns, is asked before anything is said.

use serde_json::{Map, Value};

use super::super::facts::ObjectFacts;
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use crate::base::json::{list, number, text};
use crate::model::lookup::{Lookup, Resource};

pub(super) static RULES: &[Rule] = &[Rule {
    id: "owner.selector-mismatch",
    severity: Severity::Broken,
    explains: &["ready.no-endpoint"],
    means: "A Service or a disruption budget selects no pod, and the pods of a workload have all of its labels but one.",
    known_by: "The selector against the labels of the pod templates; no endpoint in the Service's slices, or expectedPods of 0 in \
               the budget's status.",
    remedy: "Give the selector the value that the pods have, or the pods the label.",
    judge: Judge::Object(selector_mismatch),
}];

/// What makes pods.
const WORKLOADS: &[(&str, Resource)] = &[
    ("Deployment", Resource::Deployments),
    ("StatefulSet", Resource::StatefulSets),
    ("DaemonSet", Resource::DaemonSets),
];

fn selector_mismatch(rule: &Rule, facts: &ObjectFacts<'_>) -> Option<Finding> {
    let path = match facts.kind {
        "Service" => "/spec/selector",
        "PodDisruptionBudget" => "/spec/selector/matchLabels",
        _ => return None,
    };
    let selector = facts.object.pointer(path)?.as_object().filter(|selector| !selector.is_empty())?;
    let near = nearest(facts, selector)?;
    selects_nothing(facts).then_some(())?;
    let Near { kind, name, key, wanted, has } = near;
    let has = has.map_or_else(|| format!("have no label {key}"), |has| format!("have {key}={has}"));
    let kind_name = kind.to_lowercase();
    let cause = format!("selects no pod: it wants {key}={wanted}, the pods of {kind_name} {name} {has}");
    let subject = facts.subject();
    let found =
        rule.finding(subject.clone(), cause).probably("no other label keeps them apart, so they seem to be meant");
    let found = if facts.kind == "Service" { found } else { found.severity(Severity::Degraded) };
    let written: Vec<_> =
        selector.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or("?"))).collect();
    let found = found.seen([Evidence::new(path.trim_start_matches('/').replace('/', "."), written.join(","))]);
    let workload = Subject::new(kind, &subject.namespace, name);
    Some(found.next(Next::new(Step::Edit, &subject)).next(Next::new(Step::Yaml, &workload)))
}

/// A workload whose pods miss a selector by one label.
struct Near<'a> {
    kind: &'static str,
    name: &'a str,
    key: &'a str,
    wanted: &'a str,
    has: Option<&'a str>,
}

/// The workload that comes nearest; `None` where one is selected, or none misses by one label only. A selector of one label
/// comes near only to a workload of the same name, or to one whose value differs by little.
fn nearest<'a>(facts: &ObjectFacts<'a>, selector: &'a Map<String, Value>) -> Option<Near<'a>> {
    let (namespace, own) = (text(facts.object, "/metadata/namespace"), text(facts.object, "/metadata/name"));
    let mut near = None;
    for &(kind, resource) in WORKLOADS {
        let listed = |namespace: &str| facts.known.listed(&Lookup::list(resource, namespace));
        let all = listed("").or_else(|| listed(namespace)).unwrap_or_default();
        for workload in all.iter().filter(|it| text(it, "/metadata/namespace") == namespace) {
            let labels = workload.pointer("/spec/template/metadata/labels").and_then(Value::as_object);
            let has = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
            let mut misses = selector.iter().filter(|(key, wanted)| has(key) != wanted.as_str());
            let (key, wanted) = misses.next()?;
            let name = text(workload, "/metadata/name");
            let wanted = wanted.as_str().unwrap_or_default();
            let is_meant = selector.len() > 1 || name == own || has(key).is_some_and(|has| is_like(has, wanted));
            if misses.next().is_none() && is_meant && near.is_none() {
                near = Some(Near { kind, name, key, wanted, has: has(key) });
            }
        }
    }
    near
}

/// Whether two values differ by one letter that is missing, too many, other, or by one that is swapped with the next.
fn is_like(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let before = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let (one, other) = (&one[before..], &other[before..]);
    let after = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    let (one, other) = (&one[..one.len() - after], &other[..other.len() - after]);
    match (one, other) {
        ([], []) => false,
        ([_], [] | [_]) | ([], [_]) => before + after > 1,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

fn selects_nothing(facts: &ObjectFacts<'_>) -> bool {
    if facts.kind == "PodDisruptionBudget" {
        return number(facts.object, "/status/expectedPods") == Some(0);
    }
    let (namespace, own) = (text(facts.object, "/metadata/namespace"), text(facts.object, "/metadata/name"));
    let Some(slices) = facts.known.items(Lookup::list(Resource::EndpointSlices, namespace)).known() else {
        return false;
    };
    let is_own = |slice: &&Value| text(slice, "/metadata/labels/kubernetes.io~1service-name") == own;
    slices.iter().filter(is_own).all(|slice| list(slice, "/endpoints").is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_alike_when_one_letter_differs() {
        for (one, other, alike) in [
            ("guarded", "guarde", true),
            ("web", "wbe", true),
            ("web", "weeb", true),
            ("web-1", "web-2", true),
            ("web", "web", false),
            ("web", "db", false),
            ("a", "b", false),
            ("", "", false),
            ("", "x", false),
        ] {
            assert_eq!(is_like(one, other), alike, "{one} {other}");
            assert_eq!(is_like(other, one), alike, "{other} {one}");
        }
    }
}
