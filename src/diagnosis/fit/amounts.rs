//! What a pod asks for and a node offers, in the units that the scheduler counts in.
//!
//! Rules: component-helpers' `PodRequests`. A pod that waits asks for what its spec says; one that has a node counts
//! with whatever is more of its spec and what its status says that it has (a resize that is under way).

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::base::json::{list, text};
use crate::model::quantity::Quantity;
use crate::model::row::Interner;

/// Amounts by name of resource, in the order of names: thousandths of a cpu, whole units of everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts(Vec<(Arc<str>, i64)>);

impl Amounts {
    /// What a node offers: `status.allocatable`, or its capacity where that is missing.
    pub(super) fn offered(node: &Value, strings: &mut Interner) -> Self {
        let of = |path| node.pointer(path).and_then(Value::as_object);
        let mut sum = Sum::default();
        sum.add(of("/status/allocatable").or_else(|| of("/status/capacity")));
        sum.finish(strings)
    }

    /// What a pod asks for, by its spec or, when it `has_node`, by its status too.
    pub(super) fn asked(pod: &Value, has_node: bool, strings: &mut Interner) -> Self {
        let mut asked = requests(pod, has_node);
        asked.0.retain(|(name, _)| is_counted(name));
        asked.finish(strings)
    }

    /// How much of it.
    pub(super) fn get(&self, name: &str) -> i64 {
        self.0.binary_search_by(|(known, _)| (**known).cmp(name)).map_or(0, |at| self.0[at].1)
    }

    /// Names and amounts of which there are some.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, i64)> {
        self.0.iter().map(|(name, amount)| (name, *amount)).filter(|(_, amount)| *amount > 0)
    }

    /// Sets an amount that is there.
    pub(super) fn set(&mut self, name: &str, amount: i64) {
        if let Ok(at) = self.0.binary_search_by(|(known, _)| (**known).cmp(name)) {
            self.0[at].1 = amount;
        }
    }

    /// Adds `times` the other amounts; -1 takes them away.
    pub(super) fn add(&mut self, other: &Self, times: i64) {
        for (name, amount) in &other.0 {
            let amount = amount.saturating_mul(times);
            match self.0.binary_search_by(|(known, _)| known.cmp(name)) {
                Ok(at) => self.0[at].1 = self.0[at].1.saturating_add(amount),
                Err(at) => self.0.insert(at, (Arc::clone(name), amount)),
            }
        }
    }
}

/// An amount as a person writes it: `240m` of cpu, `1536Mi` of memory, `2` of anything else.
pub(super) fn shown(name: &str, amount: i64) -> String {
    let amount = i128::from(amount);
    if name == "cpu" {
        return Quantity::from_milli(amount).to_string();
    }
    let is_bytes = name == "memory" || name == "ephemeral-storage" || name.starts_with("hugepages-");
    let milli = amount.saturating_mul(1_000);
    let quantity = if is_bytes { Quantity::binary_from_milli(milli) } else { Quantity::from_milli(milli) };
    quantity.to_string()
}

/// Whether the scheduler counts a resource. Other names without a domain (`storage`) it passes over.
fn is_counted(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage")
        || name.starts_with("hugepages-")
        || name.starts_with("attachable-volumes-")
        || (name.contains('/') && (name.contains("kubernetes.io/") || !name.starts_with("requests.")))
}

/// Amounts while they are added up, exactly. There are few names, so they are searched one by one.
#[derive(Clone, Default)]
struct Sum<'v>(Vec<(&'v str, Quantity)>);

impl<'v> Sum<'v> {
    fn of(amounts: Option<&'v Map<String, Value>>) -> Self {
        let mut sum = Self::default();
        sum.add(amounts);
        sum
    }

    fn slot(&mut self, name: &'v str) -> &mut Quantity {
        let at = self.0.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.0.push((name, Quantity::ZERO));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    fn add(&mut self, amounts: Option<&'v Map<String, Value>>) {
        for (name, amount) in amounts.into_iter().flatten() {
            let slot = self.slot(name);
            *slot = *slot + quantity(amount);
        }
    }

    fn plus(mut self, other: &Self) -> Self {
        for (name, amount) in &other.0 {
            let slot = self.slot(name);
            *slot = *slot + *amount;
        }
        self
    }

    fn max(mut self, other: &Self) -> Self {
        for (name, amount) in &other.0 {
            let slot = self.slot(name);
            *slot = (*slot).max(*amount);
        }
        self
    }

    fn finish(mut self, strings: &mut Interner) -> Amounts {
        self.0.sort_unstable_by_key(|(name, _)| *name);
        let whole = |name, amount: Quantity| if name == "cpu" { amount.milli_value() } else { amount.value() };
        Amounts(self.0.into_iter().map(|(name, amount)| (strings.get(name), whole(name, amount))).collect())
    }
}

/// What is no quantity counts as nothing.
fn quantity(amount: &Value) -> Quantity {
    let read = match amount {
        Value::String(text) => Quantity::parse(text),
        Value::Number(number) => Quantity::parse(&number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    read.unwrap_or_default()
}

/// All containers beside each other or the peak while init containers run, whichever is more; what the pod itself
/// states instead of that; and its overhead.
fn requests(pod: &Value, has_node: bool) -> Sum<'_> {
    let status = |list_name, container| if has_node { status_of(pod, list_name, container) } else { None };
    let is_infeasible = has_node && is_resize_infeasible(pod);
    let mut running = Sum::default();
    for container in list(pod, "/spec/containers") {
        running = running.plus(&of_container(container, status("/status/containerStatuses", container), is_infeasible));
    }
    let (mut sidecars, mut starting) = (Sum::default(), Sum::default());
    for container in list(pod, "/spec/initContainers") {
        let is_sidecar = text(container, "/restartPolicy") == "Always";
        let status = status("/status/initContainerStatuses", container).filter(|_| is_sidecar);
        let own = of_container(container, status, is_infeasible);
        let beside = own.clone().plus(&sidecars);
        if is_sidecar {
            running = running.plus(&own);
            sidecars = beside.clone();
        }
        starting = starting.max(&beside);
    }
    let mut asked = running.max(&starting);
    let stated = pod.pointer("/spec/resources/requests").and_then(Value::as_object);
    for (name, amount) in stated.into_iter().flatten() {
        if matches!(name.as_str(), "cpu" | "memory") || name.starts_with("hugepages-") {
            *asked.slot(name) = quantity(amount);
        }
    }
    asked.add(pod.pointer("/spec/overhead").and_then(Value::as_object));
    asked
}

fn of_container<'v>(container: &'v Value, status: Option<&'v Value>, is_infeasible: bool) -> Sum<'v> {
    let requests = |of: &'v Value| Sum::of(of.pointer("/resources/requests").and_then(Value::as_object));
    let stated = requests(container);
    let Some(status) = status.filter(|status| status.get("resources").is_some()) else { return stated };
    let allocated = Sum::of(status.get("allocatedResources").and_then(Value::as_object));
    let held = requests(status).max(&allocated);
    if is_infeasible { held } else { held.max(&stated) }
}

fn status_of<'v>(pod: &'v Value, path: &str, container: &Value) -> Option<&'v Value> {
    let name = text(container, "/name");
    list(pod, path).iter().find(|status| text(status, "/name") == name)
}

fn is_resize_infeasible(pod: &Value) -> bool {
    let pending = list(pod, "/status/conditions").iter().find(|one| text(one, "/type") == "PodResizePending");
    pending.is_some_and(|condition| text(condition, "/reason") == "Infeasible")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(pod: &Value, has_node: bool) -> Vec<(String, i64)> {
        let amounts = Amounts::asked(pod, has_node, &mut Interner::default());
        amounts.iter().map(|(name, amount)| (name.to_string(), amount)).collect()
    }

    fn cpu(container: &str) -> Value {
        json!({"name": "c", "resources": {"requests": {"cpu": container}}})
    }

    fn sidecar(amount: &str) -> Value {
        json!({"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": amount}}})
    }

    #[test]
    fn r04_init_containers_run_beside_the_sidecars_before_them() {
        let pod = json!({"spec": {"containers": [cpu("100m")], "initContainers": [sidecar("200m"), cpu("400m")]}});
        assert_eq!(asked(&pod, false), [("cpu".to_owned(), 600)]);
        let pod = json!({"spec": {"containers": [cpu("500m")], "initContainers": [sidecar("200m"), cpu("400m")],
            "overhead": {"cpu": "0.1"}}});
        assert_eq!(asked(&pod, false), [("cpu".to_owned(), 800)]);
    }

    #[test]
    fn r08_what_the_pod_states_takes_the_place_of_its_containers() {
        let pod = json!({"spec": {"containers": [cpu("100m")],
            "resources": {"requests": {"cpu": "1", "memory": "1Ki", "ephemeral-storage": "1"}}}});
        assert_eq!(asked(&pod, false), [("cpu".to_owned(), 1_000), ("memory".to_owned(), 1_024)]);
    }

    #[test]
    fn a_running_pod_counts_with_the_most_that_it_may_have() {
        let mut pod = json!({"spec": {"containers": [cpu("1")]}, "status": {"containerStatuses": [
            {"name": "c", "resources": {"requests": {"cpu": "500m"}}, "allocatedResources": {"cpu": "2"}}]}});
        assert_eq!(asked(&pod, true), [("cpu".to_owned(), 2_000)]);
        assert_eq!(asked(&pod, false), [("cpu".to_owned(), 1_000)]);
        pod["spec"]["containers"][0] = cpu("3");
        assert_eq!(asked(&pod, true), [("cpu".to_owned(), 3_000)]);
        pod["status"]["conditions"] = json!([{"type": "PodResizePending", "reason": "Infeasible"}]);
        assert_eq!(asked(&pod, true), [("cpu".to_owned(), 2_000)]);
    }

    #[test]
    fn what_the_scheduler_does_not_count_is_left_out() {
        let requests = json!({"storage": "1", "example.com/gpu": 2, "hugepages-2Mi": "2Mi", "requests.a/b": "1",
            "memory": "100m", "cpu": "odd"});
        let pod = json!({"spec": {"containers": [{"resources": {"requests": requests}}]}});
        let counted = [("example.com/gpu", 2), ("hugepages-2Mi", 2 << 20), ("memory", 1)];
        assert_eq!(asked(&pod, false), counted.map(|(name, amount)| (name.to_owned(), amount)));
    }

    #[test]
    fn amounts_as_text() {
        assert_eq!([shown("cpu", 240), shown("memory", 3 << 29), shown("a/b", 2)], ["240m", "1536Mi", "2"]);
    }

    #[test]
    fn taking_away_what_was_added_gives_the_same() {
        let strings = &mut Interner::default();
        let node = json!({"status": {"allocatable": {"cpu": "2", "memory": "1Gi"}}});
        let mut offer = Amounts::offered(&node, strings);
        let before = offer.clone();
        let more = Amounts::asked(&json!({"spec": {"containers": [cpu("300m")]}}), false, strings);
        offer.add(&more, 3);
        assert_eq!(offer.get("cpu"), 2_900);
        offer.add(&more, -3);
        assert_eq!(offer, before);
    }
}
