//! The scheduler: which node a pod goes to, or in its own words why there is none.
//!
//! The filters and their order are those of the default scheduler, as far as the world has what they look at: `filters`, with
//! `apart` for what pods want of each other. Start with [`World::schedule`].

mod apart;
mod filters;
mod labels;
mod usage;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::event::Event;
use super::replicas::controller_uid;
use super::store::Object;
use super::{Task, World};
use crate::demo::json::{array, list, set, stamp, text, time};
use filters::refuse;
pub(super) use filters::{Refusal, tolerates};
pub(super) use labels::on_node;
use usage::{Usage, capacity};

/// Seconds after which an unschedulable pod is tried again though nothing changed.
const RETRY: f64 = 60.0;

/// What a pod is placed among.
struct Scene<'a> {
    nodes: &'a [Object],
    /// The pods that have a node and are not over.
    placed: &'a [Object],
    used: &'a BTreeMap<String, Usage>,
}

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
            if !list(pod, "/spec/schedulingGates").is_empty() {
                self.hold_at_gate(pod);
            } else if let Some(node) = self.place(pod, &used) {
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

    fn hold_at_gate(&mut self, pod: &Value) {
        let message = "Scheduling is blocked due to non-empty scheduling gates";
        self.not_scheduled(pod, "SchedulingGated", message);
    }

    /// Gives a pod its node, and gives that back; or says why there is none.
    fn place(&mut self, pod: &Value, used: &BTreeMap<String, Usage>) -> Option<String> {
        let nodes = self.store.list("nodes", None);
        if let Some(why) = self.claim_error(pod) {
            let message = format!("0/{} nodes are available: {why}. not found", nodes.len());
            self.say_refused(pod, &message);
            return None;
        }
        // Read anew for each pod: its siblings may have been placed a moment ago.
        let mut placed = self.store.list("pods", None);
        placed.retain(|pod| {
            !text(pod, "/spec/nodeName").is_empty() && !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
        });
        let scene = Scene { nodes: &nodes, placed: &placed, used };
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        let (mut helpless, mut fitting) = (0, Vec::new());
        for node in &nodes {
            let refusal = refuse(pod, node, &scene, || self.volume_refusal(pod, node));
            match refusal {
                None => fitting.push(rank(pod, node, &scene)),
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
            self.say_refused(pod, &refusal_words(nodes.len(), &reasons, helpless));
            return None;
        };
        self.bind(pod, &node);
        Some(node)
    }

    fn bind(&mut self, pod: &Value, node: &str) {
        self.bind_claims(pod, node);
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

    fn say_refused(&mut self, pod: &Value, message: &str) {
        let known = list(pod, "/status/conditions").iter().find(|known| text(known, "/type") == "PodScheduled");
        if known.is_some_and(|known| text(known, "/message") == message) {
            return;
        }
        self.record_failure(pod, message.to_owned());
        self.not_scheduled(pod, "Unschedulable", message);
    }

    /// Writes into a pod's status why it has no node.
    fn not_scheduled(&mut self, pod: &Value, reason: &str, message: &str) {
        let known = list(pod, "/status/conditions").iter().find(|known| text(known, "/type") == "PodScheduled");
        let since = known.map(|known| time(known, "/lastTransitionTime")).filter(|at| at.is_set()).unwrap_or(self.now);
        let mut refused = pod.clone();
        set_scheduled(
            &mut refused,
            json!({"type": "PodScheduled", "status": "False", "lastProbeTime": null,
            "lastTransitionTime": stamp(since), "reason": reason, "message": message}),
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

/// What the scheduler says when no node is left: how many refuse for each reason, and whether preemption could help.
fn refusal_words(nodes: usize, reasons: &BTreeMap<String, usize>, helpless: usize) -> String {
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
    format!(
        "0/{nodes} nodes are available: {}. no new claims to deallocate, preemption: 0/{nodes} nodes are available: {}.",
        words.join(", "),
        preemption.join(", ")
    )
}

/// What nodes that take a pod are compared by: siblings there, how full it is, its name.
fn rank(pod: &Value, node: &Value, scene: &Scene<'_>) -> (usize, i64, String) {
    let name = text(node, "/metadata/name");
    let used = scene.used.get(name).map_or(0, |used| used.of("cpu"));
    (siblings(pod, scene.placed, name), used * 1_000 / capacity(node, "cpu").max(1), name.to_owned())
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

#[cfg(test)]
mod tests;
