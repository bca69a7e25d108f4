//! What a pod asks of a node. Rules: component-helpers, `PodRequests` and `PodLimits` as of 1.36.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::{child, entries, list, quantity, text};
use crate::model::quantity::Quantity;

/// Amounts by resource name.
pub(super) type Amounts = BTreeMap<String, Quantity>;

/// Which of the two sums.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Requests,
    Limits,
}

impl Kind {
    fn key(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Limits => "limits",
        }
    }
}

/// What the sums are made from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    /// What the spec says: what the scheduler counts on when nothing is being resized.
    Spec,
    /// Also what the kubelet has allocated and set, which differs while a pod is being resized.
    Status,
}

/// The sum over the pod: its containers beside each other or the peak of its init containers, whichever is
/// more, resource by resource; then what the pod itself states, and its overhead.
pub(super) fn total(pod: &Value, kind: Kind, basis: Basis) -> Amounts {
    let mut total = of_containers(pod, kind, basis);
    for (name, amount) in entries(pod, &format!("/spec/resources/{}", kind.key())) {
        let counts = matches!(name, "cpu" | "memory") || name.starts_with("hugepages-");
        if let Some(amount) = quantity(amount).filter(|_| counts) {
            total.insert(name.to_owned(), amount);
        }
    }
    for (name, amount) in read(child(pod, "/spec/overhead")) {
        match kind {
            Kind::Requests => add(&mut total, &name, amount),
            // Overhead does not make a limit where there is none.
            Kind::Limits if total.get(&name).is_some_and(|limit| !limit.is_zero()) => add(&mut total, &name, amount),
            Kind::Limits => {}
        }
    }
    total
}

fn of_containers(pod: &Value, kind: Kind, basis: Basis) -> Amounts {
    let statuses: BTreeMap<&str, &Value> = ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .flat_map(|path| list(pod, path))
        .map(|status| (text(status, "/name"), status))
        .collect();
    let infeasible = is_infeasible(pod);
    let spec = |container: &Value| read(container.pointer(&format!("/resources/{}", kind.key())));
    if basis == Basis::Spec {
        return peak(pod, spec);
    }
    let wanted = |container: &Value| if infeasible { Amounts::new() } else { spec(container) };
    let status = |container: &Value| statuses.get(text(container, "/name")).copied().unwrap_or(&Value::Null);
    let allocated = |container: &Value| match child(status(container), "/allocatedResources") {
        Some(amounts) if kind == Kind::Requests => read(Some(amounts)),
        _ => wanted(container),
    };
    let set = |container: &Value| match child(status(container), &format!("/resources/{}", kind.key())) {
        Some(amounts) => read(Some(amounts)),
        None => allocated(container),
    };
    let mut total = peak(pod, set);
    if kind == Kind::Requests {
        raise(&mut total, peak(pod, allocated));
    }
    if !infeasible {
        raise(&mut total, peak(pod, spec));
    }
    total
}

/// A resize that the node can never grant: the spec is only a wish.
fn is_infeasible(pod: &Value) -> bool {
    list(pod, "/status/conditions")
        .iter()
        .any(|condition| text(condition, "/type") == "PodResizePending" && text(condition, "/reason") == "Infeasible")
}

/// The most that is used at any one time, if each container uses what `amounts` says. Init containers run
/// one after the other, beside the sidecars that were started before them.
fn peak(pod: &Value, amounts: impl Fn(&Value) -> Amounts) -> Amounts {
    let mut running = Amounts::new();
    for container in list(pod, "/spec/containers") {
        add_all(&mut running, amounts(container));
    }
    let mut sidecars = Amounts::new();
    let mut starting = Amounts::new();
    for container in list(pod, "/spec/initContainers") {
        let mut own = amounts(container);
        if text(container, "/restartPolicy") == "Always" {
            add_all(&mut running, own.clone());
            add_all(&mut sidecars, own);
            own = sidecars.clone();
        } else {
            add_all(&mut own, sidecars.clone());
        }
        raise(&mut starting, own);
    }
    raise(&mut running, starting);
    running
}

/// A map of quantities; entries that are none are left out.
pub(super) fn read(amounts: Option<&Value>) -> Amounts {
    let Some(amounts) = amounts else { return Amounts::new() };
    entries(amounts, "").into_iter().filter_map(|(name, amount)| Some((name.to_owned(), quantity(amount)?))).collect()
}

pub(super) fn add_all(sums: &mut Amounts, more: Amounts) {
    for (name, amount) in more {
        add(sums, &name, amount);
    }
}

fn add(sums: &mut Amounts, name: &str, amount: Quantity) {
    let sum = sums.entry(name.to_owned()).or_default();
    *sum = *sum + amount;
}

fn raise(sums: &mut Amounts, other: Amounts) {
    for (name, amount) in other {
        let sum = sums.entry(name).or_insert(amount);
        *sum = (*sum).max(amount);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn container(name: &str, requests: &Value, limits: &Value) -> Value {
        json!({"name": name, "resources": {"requests": requests, "limits": limits}})
    }

    fn sidecar(name: &str, cpu: &str) -> Value {
        json!({"name": name, "restartPolicy": "Always", "resources": {"requests": {"cpu": cpu}}})
    }

    fn shown(pod: &Value, kind: Kind, basis: Basis) -> Vec<String> {
        total(pod, kind, basis).iter().map(|(name, amount)| format!("{name}={amount}")).collect()
    }

    #[test]
    fn init_containers_and_sidecars() {
        let app = container("a", &json!({"cpu": "100m", "memory": "1Gi"}), &json!({}));
        let init = |cpu: &str| container("i", &json!({"cpu": cpu}), &json!({}));
        let pod = |inits: Value| json!({"spec": {"containers": [app], "initContainers": inits}});
        let cpu = |inits: Value| shown(&pod(inits), Kind::Requests, Basis::Spec)[0].clone();
        assert_eq!(cpu(json!([init("500m")])), "cpu=500m");
        assert_eq!(cpu(json!([sidecar("s", "200m"), init("150m"), sidecar("t", "50m")])), "cpu=350m");
        assert_eq!(cpu(json!([sidecar("s", "200m"), init("400m")])), "cpu=600m");
    }

    #[test]
    fn overhead_makes_no_limits() {
        let app = container("a", &json!({"cpu": "100m"}), &json!({"cpu": "200m"}));
        let pod = json!({"spec": {"containers": [app], "overhead": {"cpu": "250m", "memory": "120Mi"}}});
        assert_eq!(shown(&pod, Kind::Requests, Basis::Spec), ["cpu=350m", "memory=120Mi"]);
        assert_eq!(shown(&pod, Kind::Limits, Basis::Spec), ["cpu=450m"]);
    }

    #[test]
    fn a_resize_in_progress() {
        let status = json!({"name": "a", "resources": {"requests": {"cpu": "300m"}, "limits": {"cpu": "600m"}},
            "allocatedResources": {"cpu": "350m"}});
        let app = container("a", &json!({"cpu": "100m"}), &json!({"cpu": "200m"}));
        let pod = json!({"spec": {"containers": [app]}, "status": {"containerStatuses": [status]}});
        assert_eq!(shown(&pod, Kind::Requests, Basis::Status), ["cpu=350m"]);
        assert_eq!(shown(&pod, Kind::Limits, Basis::Status), ["cpu=600m"]);
        assert_eq!(shown(&pod, Kind::Requests, Basis::Spec), ["cpu=100m"]);
    }

    #[test]
    fn a_resize_that_cannot_be() {
        let status = json!({"name": "a", "resources": {"requests": {"cpu": "300m"}}});
        let condition = json!({"type": "PodResizePending", "reason": "Infeasible"});
        let pod = json!({"spec": {"containers": [container("a", &json!({"cpu": "900m"}), &json!({}))]},
            "status": {"containerStatuses": [status], "conditions": [condition]}});
        assert_eq!(shown(&pod, Kind::Requests, Basis::Status), ["cpu=300m"]);
        assert_eq!(shown(&pod, Kind::Requests, Basis::Spec), ["cpu=900m"]);
    }

    #[test]
    fn what_the_pod_states_replaces_what_its_containers_state() {
        let pod = json!({"spec": {"containers": [container("a", &json!({"cpu": "100m", "gpu": "1"}), &json!({}))],
            "resources": {"requests": {"cpu": "1", "memory": "200Mi", "gpu": "5"}, "limits": {"cpu": "2"}}}});
        assert_eq!(shown(&pod, Kind::Requests, Basis::Status), ["cpu=1", "gpu=1", "memory=200Mi"]);
        assert_eq!(shown(&pod, Kind::Limits, Basis::Spec), ["cpu=2"]);
    }
}
