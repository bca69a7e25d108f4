//! Disruption budgets that let no pod go, while somebody wants to empty a node.
//!
//! A budget that allows nothing is often meant so, and harms nobody until a node is drained: then the drain waits without
//! end. Where pods of the budget are not healthy, they are the cause, and the budget does what it is for.

use serde_json::Value;

use super::super::facts::ObjectFacts;
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use crate::base::json::{list, number, text};
use crate::base::stamp::Stamp;
use crate::model::lookup::{Lookup, Resource};

pub(super) static RULES: &[Rule] = &[Rule {
    id: "owner.pdb-blocks",
    severity: Severity::Degraded,
    explains: &[],
    means: "A disruption budget lets no pod go although all its pods are healthy, and a node with one of them is cordoned: \
            whoever drains the node waits without end. As long as no node is cordoned it is only worth knowing.",
    known_by: "The budget's status: disruptionsAllowed is 0, currentHealthy is expectedPods; and nodes with \
               spec.unschedulable that have pods of its selector.",
    remedy: "Allow one disruption, or run one replica more than the budget keeps.",
    judge: Judge::Object(pdb_blocks),
}];

fn pdb_blocks(rule: &Rule, facts: &ObjectFacts<'_>) -> Option<Finding> {
    (facts.kind == "PodDisruptionBudget").then_some(())?;
    let of = |path| number(facts.object, path);
    let (expected, healthy) = (of("/status/expectedPods")?, of("/status/currentHealthy")?);
    if of("/status/disruptionsAllowed")? > 0 || expected == 0 || healthy < expected {
        return None;
    }
    let subject = facts.subject();
    let terms = terms(facts.object);
    let status = format!("disruptionsAllowed 0, {healthy} of {expected} pods are healthy, {terms}");
    let evidence = Evidence::new("status of the budget", status);
    let next = |finding: Finding| {
        finding.seen([evidence]).next(Next::new(Step::Edit, &subject)).next(Next::new(Step::Describe, &subject))
    };
    let condition = facts.condition("DisruptionAllowed");
    let since = condition.map(|it| Stamp::parse(text(it, "/lastTransitionTime"))).unwrap_or_default();
    let Some((node, pod)) = drained(facts) else {
        let cause = format!("allows no disruption of its {expected} pods ({terms}): no node with one can be drained");
        return Some(next(rule.finding(subject.clone(), cause)).since(since).severity(Severity::Notice));
    };
    let cause = format!("keeps pod {pod} on cordoned node {node}: it allows no disruption ({terms}, {expected} pods)");
    let found = next(rule.finding(subject.clone(), cause)).since(since);
    Some(found.next(Next::new(Step::Uncordon, &Subject::node(node))))
}

/// `minAvailable 2`, `maxUnavailable 0`.
fn terms(budget: &Value) -> String {
    let written = |name: &str| {
        let value = budget.pointer("/spec")?.get(name)?;
        Some(format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    };
    written("maxUnavailable").or_else(|| written("minAvailable")).unwrap_or_else(|| "minAvailable 1".to_owned())
}

/// A cordoned node that has a pod of the budget, and the pod.
fn drained<'a>(facts: &ObjectFacts<'a>) -> Option<(&'a str, &'a str)> {
    let is_cordoned = |node: &&Value| node.pointer("/spec/unschedulable") == Some(&Value::Bool(true));
    let nodes = facts.known.items(Lookup::list(Resource::Nodes, "")).known()?;
    let cordoned: Vec<&str> = nodes.iter().filter(is_cordoned).map(|node| text(node, "/metadata/name")).collect();
    if cordoned.is_empty() {
        return None;
    }
    let namespace = text(facts.object, "/metadata/namespace");
    let pods = facts.known.items(Lookup::list(Resource::Pods, namespace)).known()?;
    let selector = facts.object.pointer("/spec/selector")?;
    let is_kept = |pod: &&Value| cordoned.contains(&text(pod, "/spec/nodeName")) && selects(selector, pod);
    let pod = pods.iter().find(is_kept)?;
    Some((text(pod, "/spec/nodeName"), text(pod, "/metadata/name")))
}

/// Whether a label selector covers a pod. One that cannot be read covers none.
fn selects(selector: &Value, pod: &Value) -> bool {
    let value = |key: &str| pod.pointer("/metadata/labels").and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let pairs = selector.get("matchLabels").and_then(Value::as_object);
    let has_all = pairs.into_iter().flatten().all(|(key, wanted)| value(key) == wanted.as_str());
    let holds = |expression: &Value| {
        let (is, values) = (value(text(expression, "/key")), list(expression, "/values"));
        let is_among = is.is_some_and(|is| values.iter().any(|value| value == is));
        match text(expression, "/operator") {
            "In" => is_among,
            "NotIn" => !is_among,
            "Exists" => is.is_some(),
            "DoesNotExist" => is.is_none(),
            _ => false,
        }
    };
    has_all && list(selector, "/matchExpressions").iter().all(holds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_covers_by_labels_and_expressions() {
        let pod = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        let expression = |operator: &str, values: &[&str]| json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": operator, "values": values}]});
        let cases = [("In", true), ("NotIn", false), ("Exists", true), ("DoesNotExist", false), ("Likes", false)];
        for (operator, covers) in cases {
            assert_eq!(selects(&expression(operator, &["front", "back"]), &pod), covers, "{operator}");
        }
        assert!(!selects(&json!({"matchLabels": {"app": "db"}}), &pod));
        assert!(selects(&json!({}), &pod), "an empty selector covers all");
    }

    #[test]
    fn the_terms_are_those_of_the_spec() {
        assert_eq!(terms(&json!({"spec": {"maxUnavailable": "0%"}})), "maxUnavailable 0%");
        assert_eq!(terms(&json!({"spec": {"minAvailable": 2}})), "minAvailable 2");
    }
}
