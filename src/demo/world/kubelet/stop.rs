//! Stopping: containers get their grace period, the pod goes when all have ended and nothing holds it.

use serde_json::Value;

use super::super::runtime::State;
use super::super::{Task, World};
use super::Step;
use super::hook::hook;
use crate::demo::json::{int, list, text};

impl World {
    /// The pod is to go: asks its containers to stop.
    pub(super) fn stop(&mut self, uid: &str, object: &Value) {
        let grace = int(object, "/metadata/deletionGracePeriodSeconds").unwrap_or(30) as f64;
        let Some(pod) = self.pods.get_mut(uid) else { return };
        pod.stopping = true;
        let mut running = Vec::new();
        for (index, container) in pod.containers.iter_mut().enumerate() {
            if container.is_running() {
                running.push((index, container.name.clone()));
            } else {
                container.epoch += 1;
            }
        }
        if running.is_empty() {
            return self.later(0.5, Task::Kill(uid.to_owned()));
        }
        for (index, name) in running {
            self.container_event(uid, index, false, "Killing", format!("Stopping container {name}"));
            self.stop_container(uid, index, grace);
        }
        self.later(grace + 1.0, Task::Kill(uid.to_owned()));
    }

    /// Asks a container to stop; it does so in its own time, or is killed at the end of the grace period.
    pub(super) fn stop_container(&mut self, uid: &str, index: usize, grace: f64) {
        let Some(container) = self.container_mut(uid, index) else { return };
        container.epoch += 1;
        let stop = container.instance.as_ref().and_then(|instance| instance.program.stop).unwrap_or(0.4);
        // The hook before the stop has its time within the grace period.
        let before = self.container_spec(uid, index).and_then(|(spec, _)| hook(&spec, "preStop", &[]));
        let stop = stop + before.map_or(0.0, |(seconds, _)| seconds);
        let ending = if stop <= grace {
            Step::Exit { code: 0, reason: "Completed" }
        } else {
            Step::Exit { code: 137, reason: "Error" }
        };
        self.plan(uid, index, stop.min(grace), ending);
    }

    /// The grace period is over.
    pub(in crate::demo::world) fn kill_now(&mut self, uid: &str) {
        let Some(pod) = self.pods.get(uid) else { return };
        if !self.kubelet_lives(&pod.node) {
            return self.later(20.0, Task::Kill(uid.to_owned()));
        }
        let running: Vec<usize> =
            pod.containers.iter().enumerate().filter(|(_, c)| c.is_running()).map(|(index, _)| index).collect();
        for index in running {
            self.exited(uid, index, 137, "Error");
        }
        self.stopped(uid);
    }

    /// When no container runs any more, the pod can go.
    pub(super) fn stopped(&mut self, uid: &str) {
        let Some(pod) = self.pods.get(uid) else { return };
        if pod.containers.iter().any(super::super::runtime::Container::is_running) {
            return;
        }
        let (namespace, name) = (pod.namespace.clone(), pod.name.clone());
        self.publish(uid);
        self.finish(&namespace, &name);
    }

    /// Takes a pod that is being deleted away, unless a finalizer holds it.
    pub(super) fn finish(&mut self, namespace: &str, name: &str) {
        let Some(object) = self.store.get("pods", namespace, name) else { return };
        let deleting = !object["metadata"]["deletionTimestamp"].is_null();
        if deleting && list(&object, "/metadata/finalizers").is_empty() {
            self.store.remove("pods", namespace, name);
        }
    }

    /// The kubelet ends a pod by itself because its node runs short of something: at once.
    pub(in crate::demo::world) fn evict_for_pressure(&mut self, uid: &str, message: &str) {
        let Some(object) = self.pod_object(uid) else { return };
        self.pod_event(&object, "", true, "Evicted", message.to_owned());
        for index in self.fail(uid, "Evicted", message) {
            self.exited(uid, index, 137, "Error");
        }
        self.publish(uid);
    }

    /// Takes note of how long a pod may be active.
    pub(super) fn note_deadline(&mut self, uid: &str, object: &Value) {
        let deadline = int(object, "/spec/activeDeadlineSeconds");
        let Some(pod) = self.pods.get_mut(uid).filter(|pod| pod.deadline != deadline) else { return };
        pod.deadline = deadline;
        if let Some(seconds) = deadline {
            let due = pod.start.plus_micros(seconds.saturating_mul(1_000_000));
            self.at(due, Task::Deadline(uid.to_owned()));
        }
    }

    /// A pod may have been active for as long as it may: it has failed, its containers get their grace period.
    pub(in crate::demo::world) fn deadline_passed(&mut self, uid: &str) {
        let Some(object) = self.pod_object(uid) else { return };
        let finished = matches!(text(&object, "/status/phase"), "Succeeded" | "Failed");
        let Some(pod) = self.pods.get(uid).filter(|pod| !pod.stopping && !finished) else { return };
        if !self.kubelet_lives(&pod.node) {
            return self.later(20.0, Task::Deadline(uid.to_owned()));
        }
        let passed = self.now.micros_since(pod.start).unwrap_or_default() / 1_000_000;
        // It may have been given more time since.
        if pod.deadline.is_none_or(|deadline| passed < deadline) {
            return;
        }
        let message = "Pod was active on the node longer than the specified deadline";
        self.pod_event(&object, "", false, "DeadlineExceeded", message.to_owned());
        let grace = int(&object, "/spec/terminationGracePeriodSeconds").unwrap_or(30) as f64;
        for index in self.fail(uid, "DeadlineExceeded", message) {
            self.stop_container(uid, index, grace);
        }
        self.publish(uid);
    }

    /// Marks a pod as failed, voids what was planned for it, and says which of its containers run.
    fn fail(&mut self, uid: &str, reason: &str, message: &str) -> Vec<usize> {
        let Some(pod) = self.pods.get_mut(uid) else { return Vec::new() };
        pod.failed = Some((reason.to_owned(), message.to_owned()));
        let mut running = Vec::new();
        for (index, container) in pod.containers.iter_mut().enumerate() {
            container.epoch += 1;
            match container.state {
                State::Running { .. } => running.push((index, container.name.clone())),
                State::Waiting { .. } => container.begun = true,
                State::Terminated(_) => {}
            }
        }
        for (index, name) in &running {
            self.container_event(uid, *index, false, "Killing", format!("Stopping container {name}"));
        }
        running.into_iter().map(|(index, _)| index).collect()
    }
}
