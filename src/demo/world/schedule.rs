//! The scheduler: which node a pod goes to, or in its own words why there is none.
//!
//! The filters and their order are those of the default scheduler, as far as the world has what they look at.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::event::Event;
use super::quantity;
use super::replicas::controller_uid;
use super::store::Object;
use super::{Task, World};
use crate::demo::json::{array, list, map, set, stamp, text, time};

/// Seconds after which an unschedulable pod is tried again though nothing changed.
const RETRY: f64 = 60.0;

impl World {
    /// Tries to place every pod that waits for a node.
    pub(super) fn schedule(&mut self) {
        let pods = self.store.list("pods", None);
        let is_waiting = |pod: &&Object| {
            text(pod, "/spec/nodeName").is_empty()
                && pod["metadata"]["deletionTimestamp"].is_null()
                && text(pod, "/spec/schedulerName") == "default-scheduler"
        };
        let waiting: Vec<&Object> = pods.iter().filter(is_waiting).collect();
        if waiting.is_empty() {
            return;
        }
        let mut used = Usage::of_nodes(&pods);
        for pod in waiting {
            if let Some(node) = self.place(pod, &used) {
                used.entry(node).or_default().add(pod);
            }
        }
    }

    /// Says again what still does not fit.
    pub(super) fn schedule_again(&mut self) {
        for pod in self.store.list("pods", None) {
            let message = list(&pod, "/status/conditions")
                .iter()
                .find(|known| text(known, "/type") == "PodScheduled" && text(known, "/reason") == "Unschedulable")
                .map(|known| text(known, "/message").to_owned());
            if let Some(message) = message.filter(|_| text(&pod, "/spec/nodeName").is_empty()) {
                self.record_failure(&pod, message);
            }
        }
        self.later(RETRY, Task::Schedule);
    }

    /// Gives a pod its node, and gives that back; or says why there is none.
    fn place(&mut self, pod: &Value, used: &BTreeMap<String, Usage>) -> Option<String> {
        let nodes = self.store.list("nodes", None);
        // Read anew for each pod: its siblings may have been placed a moment ago.
        let pods = self.store.list("pods", Some(text(pod, "/metadata/namespace")));
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        let (mut helpless, mut fitting) = (0, Vec::new());
        let nothing = Usage::default();
        for node in &nodes {
            let name = text(node, "/metadata/name");
            let used = used.get(name).unwrap_or(&nothing);
            match refuse(pod, node, used) {
                None => fitting.push((
                    siblings(pod, &pods, name),
                    used.cpu * 1_000 / capacity(node, "cpu").max(1),
                    name.to_owned(),
                )),
                Some(Refusal { reasons: why, resolvable }) => {
                    helpless += usize::from(!resolvable);
                    for reason in why {
                        *reasons.entry(reason).or_default() += 1;
                    }
                }
            }
        }
        // Replicas keep apart, then the emptiest node wins; the name decides between equals.
        let Some((_, _, node)) = fitting.into_iter().min() else {
            self.refused(pod, nodes.len(), &reasons, helpless);
            return None;
        };
        self.bind(pod, &node);
        Some(node)
    }

    fn bind(&mut self, pod: &Value, node: &str) {
        let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
        let message = format!("Successfully assigned {namespace}/{name} to {node}");
        self.record(pod, &Event { reason: "Scheduled", message, component: "default-scheduler", ..Event::default() });
        let mut bound = pod.clone();
        set(&mut bound, &["spec", "nodeName"], node.into());
        set_scheduled(
            &mut bound,
            json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null,
            "lastTransitionTime": stamp(self.now)}),
        );
        self.store.put("pods", bound);
    }

    fn refused(&mut self, pod: &Value, nodes: usize, reasons: &BTreeMap<String, usize>, helpless: usize) {
        let mut words: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        words.sort();
        let mut preemption = Vec::new();
        if nodes > helpless {
            preemption.push(format!("{} No preemption victims found for incoming pod", nodes - helpless));
        }
        if helpless > 0 {
            preemption.push(format!("{helpless} Preemption is not helpful for scheduling"));
        }
        preemption.sort();
        let message = format!(
            "0/{nodes} nodes are available: {}. no new claims to deallocate, preemption: 0/{nodes} nodes are available: {}.",
            words.join(", "),
            preemption.join(", ")
        );
        let known = list(pod, "/status/conditions").iter().find(|known| text(known, "/type") == "PodScheduled");
        if known.is_some_and(|known| text(known, "/message") == message) {
            return;
        }
        let since = known.map(|known| time(known, "/lastTransitionTime")).filter(|at| at.is_set()).unwrap_or(self.now);
        self.record_failure(pod, message.clone());
        let mut refused = pod.clone();
        set_scheduled(
            &mut refused,
            json!({"type": "PodScheduled", "status": "False", "lastProbeTime": null,
            "lastTransitionTime": stamp(since), "reason": "Unschedulable", "message": message}),
        );
        self.store.put("pods", refused);
    }

    fn record_failure(&mut self, pod: &Value, message: String) {
        let event = Event {
            warning: true,
            reason: "FailedScheduling",
            message,
            component: "default-scheduler",
            ..Event::default()
        };
        self.record(pod, &event);
    }
}

fn set_scheduled(pod: &mut Value, condition: Value) {
    let conditions = array(&mut pod["status"], "conditions");
    conditions.retain(|known| text(known, "/type") != "PodScheduled");
    conditions.push(condition);
}

/// How many pods of the same owner are on a node.
fn siblings(pod: &Value, pods: &[Object], node: &str) -> usize {
    let owner = controller_uid(pod);
    let same = |known: &&Object| text(known, "/spec/nodeName") == node && controller_uid(known) == owner;
    if owner.is_empty() { 0 } else { pods.iter().filter(same).count() }
}

/// Why a node refuses a pod.
struct Refusal {
    reasons: Vec<String>,
    /// Whether taking other pods away could help.
    resolvable: bool,
}

impl Refusal {
    fn for_good(reason: &str) -> Self {
        Self { reasons: vec![reason.to_owned()], resolvable: false }
    }
}

/// What the pods of a node ask for, in thousandths.
#[derive(Debug, Default)]
pub struct Usage {
    /// Cores.
    pub cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// How many.
    pub pods: i64,
}

impl Usage {
    fn of_nodes(pods: &[Object]) -> BTreeMap<String, Self> {
        let mut nodes: BTreeMap<String, Self> = BTreeMap::new();
        for pod in pods.iter().filter(|pod| !text(pod, "/spec/nodeName").is_empty()) {
            if !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") {
                nodes.entry(text(pod, "/spec/nodeName").to_owned()).or_default().add(pod);
            }
        }
        nodes
    }

    fn add(&mut self, pod: &Value) {
        self.cpu += request(pod, "cpu");
        self.memory += request(pod, "memory");
        self.pods += 1;
    }
}

/// What a pod asks for: the sum of its containers and sidecars, or its largest init container.
fn request(pod: &Value, what: &str) -> i64 {
    let ask = |container: &Value| quantity::of(container.pointer(&format!("/resources/requests/{what}")));
    let (mut sidecars, mut peak) = (0, 0);
    for init in list(pod, "/spec/initContainers") {
        if text(init, "/restartPolicy") == "Always" {
            sidecars += ask(init);
            peak = peak.max(sidecars);
        } else {
            peak = peak.max(sidecars + ask(init));
        }
    }
    let mains: i64 = list(pod, "/spec/containers").iter().map(ask).sum();
    (mains + sidecars).max(peak)
}

fn capacity(node: &Value, what: &str) -> i64 {
    quantity::of(node.pointer(&format!("/status/allocatable/{what}")))
}

/// The filters, in the scheduler's order; the first that refuses is the answer.
fn refuse(pod: &Value, node: &Value, used: &Usage) -> Option<Refusal> {
    if node["spec"]["unschedulable"] == true && !tolerates(pod, "node.kubernetes.io/unschedulable", "", "NoSchedule") {
        return Some(Refusal::for_good("node(s) were unschedulable"));
    }
    let untolerated = list(node, "/spec/taints").iter().any(|taint| {
        let effect = text(taint, "/effect");
        effect != "PreferNoSchedule" && !tolerates(pod, text(taint, "/key"), text(taint, "/value"), effect)
    });
    if untolerated {
        return Some(Refusal::for_good("node(s) had untolerated taint(s)"));
    }
    let labels = map(node, "/metadata/labels");
    let selected = map(pod, "/spec/nodeSelector").is_none_or(|wanted| {
        wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    });
    if !selected {
        return Some(Refusal::for_good("node(s) didn't match Pod's node affinity/selector"));
    }
    let mut reasons = Vec::new();
    if (used.pods + 1) * 1_000 > capacity(node, "pods") {
        reasons.push("Too many pods".to_owned());
    }
    for (what, taken) in [("cpu", used.cpu), ("memory", used.memory)] {
        let asked = request(pod, what);
        if asked > 0 && taken + asked > capacity(node, what) {
            reasons.push(format!("Insufficient {what}"));
        }
    }
    (!reasons.is_empty()).then_some(Refusal { reasons, resolvable: true })
}

/// Whether a pod tolerates a taint.
pub fn tolerates(pod: &Value, key: &str, value: &str, effect: &str) -> bool {
    list(pod, "/spec/tolerations").iter().any(|toleration| {
        let (wanted, kind) = (text(toleration, "/key"), text(toleration, "/effect"));
        let exists = text(toleration, "/operator") == "Exists";
        (wanted == key || (wanted.is_empty() && exists))
            && (kind.is_empty() || kind == effect)
            && (exists || text(toleration, "/value") == value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::stamp::Stamp;
    use crate::demo::world::kinds::by_plural;

    fn world() -> World {
        let mut world = World::empty(1, Stamp::from_seconds(1_000));
        for (name, taint) in
            [("node-1", json!([])), ("node-2", json!([{"key": "gpu", "value": "only", "effect": "NoSchedule"}]))]
        {
            world.store.put(
                "nodes",
                json!({"kind": "Node", "apiVersion": "v1",
                "metadata": {"name": name, "uid": name, "labels": {"disk": "ssd"}},
                "spec": {"taints": taint}, "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "10"}}}),
            );
        }
        world.store.put("namespaces", json!({"metadata": {"name": "shop"}}));
        world
    }

    fn place(world: &mut World, spec: &Value) -> (String, String) {
        let mut object = json!({"metadata": {"generateName": "p-", "namespace": "shop"}, "spec": spec});
        object["spec"]["containers"][0]["image"] = "x".into();
        let kind = by_plural("pods").expect("a kind");
        let pod = world.create(kind, object).expect("valid");
        world.schedule();
        let pod = world.store.get("pods", "shop", text(&pod, "/metadata/name")).expect("still there");
        (text(&pod, "/spec/nodeName").to_owned(), text(&pod, "/status/conditions/0/message").to_owned())
    }

    #[test]
    fn what_fits_is_bound() {
        let spec = json!({"containers": [{"name": "a", "resources": {"requests": {"cpu": "1500m"}}}]});
        assert_eq!(place(&mut world(), &spec).0, "node-1");
    }

    #[test]
    fn what_does_not_fit_is_told_in_the_schedulers_words() {
        let spec = json!({"containers": [{"name": "a", "resources": {"requests": {"cpu": "3"}}}]});
        let (node, message) = place(&mut world(), &spec);
        assert_eq!(node, "");
        assert_eq!(
            message,
            "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). no new \
            claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, \
            1 Preemption is not helpful for scheduling."
        );
    }

    #[test]
    fn tolerations_and_selectors_are_honoured() {
        let tolerant = json!({"containers": [{"name": "a"}], "nodeSelector": {"disk": "ssd"}, "tolerations": [
            {"key": "gpu", "operator": "Equal", "value": "only", "effect": "NoSchedule"}]});
        assert!(!place(&mut world(), &tolerant).0.is_empty());
        let choosy = json!({"containers": [{"name": "a"}], "nodeSelector": {"disk": "tape"}});
        assert!(place(&mut world(), &choosy).1.contains("1 node(s) didn't match Pod's node affinity/selector"));
    }
}
