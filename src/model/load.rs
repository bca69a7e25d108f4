//! What pods ask of a node, and what a node has to give.
//!
//! Rules: kubectl describe, the totals of "Allocated resources" (`getPodsTotalRequestsAndLimits` over component-helpers'
//! `PodRequests`, from the spec alone). Amounts are whole thousandths, of a cpu or of a byte: the API server rounds
//! what is finer.

use std::ops::{AddAssign, SubAssign};

use super::quantity::{Quantity, percent};
use super::status::is_sidecar;
use super::wire::{self, Amount, Container};

/// What one pod asks of its node, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Cpu.
    pub cpu: i64,
    /// Bytes of memory.
    pub memory: i64,
}

impl Requests {
    /// What a pod asks for: its containers beside each other or the peak of its init containers, whichever is more;
    /// what the pod itself states in place of that; and its overhead.
    pub fn of(spec: &wire::PodSpec) -> Self {
        let stated = spec.resources.as_ref().map_or(&[][..], |resources| &resources.requests);
        let overhead = Self::read(&spec.overhead);
        let peak = Self::peak(spec);
        Self {
            cpu: milli(stated, "cpu").unwrap_or(peak.cpu).saturating_add(overhead.cpu),
            memory: milli(stated, "memory").unwrap_or(peak.memory).saturating_add(overhead.memory),
        }
    }

    /// The most that containers ask for at any one time. Init containers run one after the other, beside the sidecars
    /// that were started before them.
    fn peak(spec: &wire::PodSpec) -> Self {
        let requests = |container: &Container| container.resources.as_ref().map(|r| Self::read(&r.requests));
        let of = |container| requests(container).unwrap_or_default();
        let mut running = spec.containers.iter().map(of).fold(Self::default(), Self::plus);
        let (mut sidecars, mut starting) = (Self::default(), Self::default());
        for container in &spec.init_containers {
            let own = of(container).plus(sidecars);
            if is_sidecar(container) {
                running = running.plus(of(container));
                sidecars = own;
            }
            starting = starting.max(own);
        }
        running.max(starting)
    }

    fn read(amounts: &[Amount]) -> Self {
        let of = |name| milli(amounts, name).unwrap_or_default();
        Self { cpu: of("cpu"), memory: of("memory") }
    }

    fn plus(self, other: Self) -> Self {
        Self { cpu: self.cpu.saturating_add(other.cpu), memory: self.memory.saturating_add(other.memory) }
    }

    fn max(self, other: Self) -> Self {
        Self { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }
}

fn milli(amounts: &[Amount], name: &str) -> Option<i64> {
    wire::amount(amounts, name).map(Quantity::milli_value)
}

/// What a node has for pods: what it says is allocatable, or its capacity where it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Thousandths of a cpu.
    pub cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Pods.
    pub pods: i64,
}

impl Offer {
    /// Reads a node's status.
    pub fn of(status: &wire::NodeStatus) -> Self {
        let offered = if status.allocatable.is_empty() { &status.capacity } else { &status.allocatable };
        let of = |name| wire::amount(offered, name).unwrap_or_default();
        Self { cpu: of("cpu").milli_value(), memory: of("memory").value(), pods: of("pods").value() }
    }
}

/// What the pods on a node ask of it together. Adding what was taken away gives the same again: the sums are so wide
/// that no number of pods makes them saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeLoad {
    /// Pods that have not ended.
    pub pods: u32,
    /// Pods that are degraded or broken, ended ones too.
    pub unwell: u32,
    /// Thousandths of a cpu.
    pub cpu: i128,
    /// Thousandths of a byte.
    pub memory: i128,
}

impl NodeLoad {
    /// The cpu that is asked for.
    pub fn cpu(&self) -> Quantity {
        Quantity::from_milli(self.cpu)
    }

    /// The memory that is asked for. Written in powers of 1024, whereas kubectl writes a sum as its first pod was.
    pub fn memory(&self) -> Quantity {
        Quantity::binary_from_milli(self.memory)
    }

    /// The percent of the node's cpu, as kubectl describe has it.
    pub fn cpu_percent(&self, offer: &Offer) -> i64 {
        percent(self.cpu().milli_value(), offer.cpu)
    }

    /// The percent of the node's memory, as kubectl describe has it.
    pub fn memory_percent(&self, offer: &Offer) -> i64 {
        percent(self.memory().value(), offer.memory)
    }
}

impl AddAssign for NodeLoad {
    fn add_assign(&mut self, other: Self) {
        self.pods += other.pods;
        self.unwell += other.unwell;
        self.cpu += other.cpu;
        self.memory += other.memory;
    }
}

impl SubAssign for NodeLoad {
    fn sub_assign(&mut self, other: Self) {
        self.pods -= other.pods;
        self.unwell -= other.unwell;
        self.cpu -= other.cpu;
        self.memory -= other.memory;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn requests(spec: Value) -> (String, String) {
        let spec: wire::PodSpec = serde_json::from_value(spec).expect("a spec");
        let Requests { cpu, memory } = Requests::of(&spec);
        (Quantity::from_milli(cpu.into()).to_string(), Quantity::binary_from_milli(memory.into()).to_string())
    }

    fn container(requests: &Value) -> Value {
        json!({"resources": {"requests": requests, "limits": {"cpu": "9"}}})
    }

    fn sidecar(cpu: &str) -> Value {
        json!({"restartPolicy": "Always", "resources": {"requests": {"cpu": cpu}}})
    }

    fn cpu_with_init(init: &Value) -> String {
        requests(json!({"containers": [container(&json!({"cpu": "100m"}))], "initContainers": init})).0
    }

    #[test]
    fn r01_memory_of_two_containers() {
        let (one, other) = (container(&json!({"memory": "64Mi"})), container(&json!({"memory": "128M"})));
        assert_eq!(requests(json!({"containers": [one, other]})).1, "190536Ki");
    }

    #[test]
    fn r02_an_init_container_may_ask_for_more() {
        assert_eq!(cpu_with_init(&json!([container(&json!({"cpu": "500m"}))])), "500m");
    }

    #[test]
    fn r03_sidecars_count_beside_the_containers() {
        let init = container(&json!({"cpu": "150m"}));
        assert_eq!(cpu_with_init(&json!([sidecar("200m"), init, sidecar("50m")])), "350m");
    }

    #[test]
    fn r04_an_init_container_runs_beside_the_sidecars_before_it() {
        assert_eq!(cpu_with_init(&json!([sidecar("200m"), container(&json!({"cpu": "400m"}))])), "600m");
    }

    #[test]
    fn r05_overhead_is_added() {
        let app = container(&json!({"cpu": "100m"}));
        let asked = requests(json!({"containers": [app], "overhead": {"cpu": "250m", "memory": "120Mi"}}));
        assert_eq!(asked, ("350m".to_owned(), "120Mi".to_owned()));
    }

    #[test]
    fn r08_what_the_pod_states_takes_the_place_of_its_containers() {
        let app = container(&json!({"cpu": "100m"}));
        let asked = requests(
            json!({"containers": [app], "resources": {"requests": {"cpu": "1", "memory": "200Mi"}, "limits": {"cpu": "2"}}}),
        );
        assert_eq!(asked, ("1".to_owned(), "200Mi".to_owned()));
    }

    #[test]
    fn what_is_no_quantity_counts_as_nothing() {
        let odd = container(&json!({"cpu": "much", "memory": 1024, "other": null}));
        assert_eq!(requests(json!({"containers": [odd, {}]})), ("0".to_owned(), "1Ki".to_owned()));
    }

    #[test]
    fn a_node_offers_what_is_allocatable_or_else_its_capacity() {
        let offer = |status| Offer::of(&serde_json::from_value(status).expect("a status"));
        let both = json!({"capacity": {"cpu": "4", "pods": "110"}, "allocatable": {"cpu": "3800m", "memory": "1Gi"}});
        assert_eq!(offer(both), Offer { cpu: 3_800, memory: 1 << 30, pods: 0 });
        assert_eq!(offer(json!({"capacity": {"pods": "110"}})), Offer { pods: 110, ..Offer::default() });
    }

    #[test]
    fn percents_are_those_of_describe() {
        let load = NodeLoad { cpu: 4_901, memory: 5_616_953_856_000, ..NodeLoad::default() };
        let offer = Offer { cpu: 3_000, memory: 3 << 30, pods: 0 };
        assert_eq!((load.cpu_percent(&offer), load.memory_percent(&offer)), (163, 174));
        assert_eq!(load.cpu_percent(&Offer::default()), 0);
    }
}
