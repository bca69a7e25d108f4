//! The quality-of-service class of a pod whose status does not name it. Rules: component-helpers,
//! `ComputePodQOS`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::{child, list, quantity, text};
use crate::model::quantity::Quantity;

/// What counts for the class.
const COUNTED: [&str; 2] = ["cpu", "memory"];

/// The class that the server set, else the one that follows from requests and limits.
pub(super) fn class(pod: &Value) -> &str {
    match text(pod, "/status/qosClass") {
        "" => computed(pod),
        class => class,
    }
}

fn computed(pod: &Value) -> &'static str {
    if let Some(resources) = child(pod, "/spec/resources") {
        return of_holders(std::iter::once(resources));
    }
    let all = list(pod, "/spec/initContainers").iter().chain(list(pod, "/spec/containers"));
    of_holders(all.map(|container| container.get("resources").unwrap_or(&Value::Null)))
}

fn of_holders<'a>(holders: impl Iterator<Item = &'a Value>) -> &'static str {
    let mut requests = BTreeMap::new();
    let mut limits = BTreeMap::new();
    let mut all_limited = true;
    for resources in holders {
        add(&mut requests, resources, "requests");
        let limited = add(&mut limits, resources, "limits");
        all_limited &= limited == COUNTED.len();
    }
    if requests.is_empty() && limits.is_empty() {
        return "BestEffort";
    }
    if all_limited
        && requests.iter().all(|(name, amount)| limits.get(name) == Some(amount))
        && requests.len() == limits.len()
    {
        return "Guaranteed";
    }
    "Burstable"
}

/// Adds what `resources` states under `kind`; how many of the counted ones that were.
fn add(sums: &mut BTreeMap<&'static str, Quantity>, resources: &Value, kind: &str) -> usize {
    let mut stated = 0;
    for name in COUNTED {
        let amount = resources.get(kind).and_then(|amounts| amounts.get(name)).and_then(quantity);
        if let Some(amount) = amount.filter(|amount| !amount.is_zero()) {
            let sum = sums.entry(name).or_default();
            *sum = *sum + amount;
            stated += 1;
        }
    }
    stated
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_three_classes() {
        let full = json!({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1000m", "memory": "1024Mi"}});
        let cases = [
            (json!([{}]), "BestEffort"),
            (json!([{"resources": {"requests": {"cpu": "0"}}}]), "BestEffort"),
            (json!([{"resources": full}]), "Guaranteed"),
            (json!([{"resources": full}, {}]), "Burstable"),
            (json!([{"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}}]), "Burstable"),
            (json!([{"resources": {"requests": {"cpu": "1"}}}]), "Burstable"),
        ];
        for (containers, expected) in cases {
            assert_eq!(class(&json!({"spec": {"containers": containers}})), expected, "{containers}");
        }
        assert_eq!(class(&json!({"status": {"qosClass": "Guaranteed"}})), "Guaranteed");
        assert_eq!(class(&json!({"spec": {"resources": full, "containers": [{}]}})), "Guaranteed");
    }
}
