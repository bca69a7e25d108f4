//! The kubelets of all nodes: they take pods on, start and restart containers, probe them, stop them.
//!
//! [`World::sync_kubelets`] looks at what is wanted; [`World::step`] does what was planned. The words of
//! events and states are those of kubelet 1.35 with containerd.

mod hook;
mod mount;
mod probe;
mod pull;
mod run;
mod settings;
mod start;
mod status;
mod stop;

use std::sync::Arc;

use serde_json::Value;

use super::runtime::{Container, Pod, Role};
use super::{Task, World};
use crate::demo::json::{list, text};
use crate::demo::world::event::Event;
pub use probe::Probe;

/// What may be planned for a container.
#[derive(Clone, Debug)]
pub enum Step {
    /// Begin to start it: the image first.
    Begin,
    /// The pull is over.
    Pulled,
    /// Say that the pull is being put off.
    PullBackOff,
    /// It ends.
    Exit {
        /// Exit code.
        code: i64,
        /// Reason of the state.
        reason: &'static str,
    },
    /// The runtime could not start it.
    StartError,
    /// Say that the restart is being put off.
    CrashLoop,
    /// Probe it.
    Probe(Probe),
    /// Its hook after the start is over.
    Hook {
        /// Whether it went well.
        well: bool,
    },
    /// It looks whether what it waits for has come.
    Look,
    /// It has filled a disk.
    Full,
}

impl World {
    /// Compares what the pods on living nodes should be with what runs.
    pub fn sync_kubelets(&mut self) {
        for object in self.store.list("pods", None) {
            let node = text(&object, "/spec/nodeName");
            if self.kubelet_lives(node) {
                self.sync_pod(&object);
            }
        }
        let store = &self.store;
        self.pods.retain(|uid, pod| {
            store.get("pods", &pod.namespace, &pod.name).is_some_and(|object| text(&object, "/metadata/uid") == uid)
        });
    }

    fn sync_pod(&mut self, object: &Value) {
        let uid = text(object, "/metadata/uid").to_owned();
        let finished = matches!(text(object, "/status/phase"), "Succeeded" | "Failed");
        let deleting = !object["metadata"]["deletionTimestamp"].is_null();
        match self.pods.get(&uid) {
            None if finished && deleting => {
                self.finish(text(object, "/metadata/namespace"), text(object, "/metadata/name"));
            }
            None if finished => {}
            None => self.adopt(object),
            Some(pod) if deleting && !pod.stopping => self.stop(&uid, object),
            Some(_) => {
                self.note_deadline(&uid, object);
                self.add_ephemeral(&uid, object);
                self.renew_changed(&uid);
                if !list(object, "/spec/readinessGates").is_empty() {
                    self.publish(&uid);
                }
            }
        }
    }

    /// Ends what runs with another image than it should.
    fn renew_changed(&mut self, uid: &str) {
        let count = self.pods.get(uid).map_or(0, |pod| pod.containers.len());
        for index in 0..count {
            let Some((spec, _)) = self.container_spec(uid, index) else { continue };
            let wanted = text(&spec, "/image");
            let Some(container) = self.container_mut(uid, index) else { continue };
            if container.is_running() && container.image != wanted {
                wanted.clone_into(&mut container.image);
                let message = format!("Container {} definition changed, will be restarted", container.name);
                self.container_event(uid, index, false, "Killing", message);
                self.plan(uid, index, 0.5, Step::Exit { code: 137, reason: "Error" });
            }
        }
    }

    fn adopt(&mut self, object: &Value) {
        let uid = text(object, "/metadata/uid").to_owned();
        let inits = list(object, "/spec/initContainers");
        let waiting = if inits.is_empty() { "ContainerCreating" } else { "PodInitializing" };
        let init = |spec: &Value| {
            let sidecar = text(spec, "/restartPolicy") == "Always";
            Container::new(text(spec, "/name"), if sidecar { Role::Sidecar } else { Role::Init }, "PodInitializing")
        };
        let main = |spec: &Value| Container::new(text(spec, "/name"), Role::Main, waiting);
        let mut containers: Vec<Container> = inits.iter().map(init).collect();
        containers.extend(list(object, "/spec/containers").iter().map(main));
        let pod = Pod {
            uid: uid.clone(),
            namespace: text(object, "/metadata/namespace").to_owned(),
            name: text(object, "/metadata/name").to_owned(),
            node: text(object, "/spec/nodeName").to_owned(),
            ip: String::new(),
            start: self.now,
            sandboxed: false,
            mount_failures: 0,
            stopping: false,
            failed: None,
            deadline: None,
            containers,
        };
        self.pods.insert(uid.clone(), pod);
        self.note_deadline(&uid, object);
        self.publish(&uid);
        self.later(0.6, Task::Sandbox(uid));
    }

    fn add_ephemeral(&mut self, uid: &str, object: &Value) {
        let waiting =
            if list(object, "/spec/initContainers").is_empty() { "ContainerCreating" } else { "PodInitializing" };
        let Some(pod) = self.pods.get_mut(uid).filter(|pod| pod.failed.is_none()) else { return };
        let first = pod.containers.len();
        for spec in list(object, "/spec/ephemeralContainers") {
            // Wherever it stands in the spec: a new one may have been put before the old ones.
            if !pod.containers.iter().any(|known| known.name == text(spec, "/name")) {
                pod.containers.push(Container::new(text(spec, "/name"), Role::Ephemeral, waiting));
            }
        }
        let (all, sandboxed) = (pod.containers.len(), pod.sandboxed);
        if all == first {
            return;
        }
        self.publish(uid);
        if sandboxed {
            for index in first..all {
                self.begin(uid, index);
            }
        }
    }

    /// Starts what may start now: the next init container, or all regular ones.
    fn start_next(&mut self, uid: &str) {
        let Some(pod) = self.pods.get(uid).filter(|pod| pod.sandboxed && !pod.stopping) else { return };
        let mut start = Vec::new();
        for (index, container) in pod.containers.iter().enumerate() {
            let done = match container.role {
                Role::Init => container.ending().is_some_and(|ending| ending.code == 0),
                Role::Sidecar => container.started || container.restarts > 0,
                Role::Main | Role::Ephemeral => true,
            };
            if !container.begun {
                start.push(index);
            }
            if !done {
                break;
            }
        }
        for index in start {
            self.begin(uid, index);
        }
    }

    fn begin(&mut self, uid: &str, index: usize) {
        if let Some(container) = self.container_mut(uid, index) {
            container.begun = true;
        }
        self.plan(uid, index, 0.1, Step::Begin);
    }

    /// Plans a step for a container as it is now; a change of its epoch makes it void.
    fn plan(&mut self, uid: &str, index: usize, seconds: f64, step: Step) {
        let Some(epoch) = self.container_mut(uid, index).map(|container| container.epoch) else { return };
        self.later(seconds, Task::Step { pod: uid.to_owned(), container: index, epoch, step });
    }

    /// Does a step, if it is still valid.
    pub(super) fn step(&mut self, uid: &str, index: usize, epoch: u64, step: Step) {
        let node = match self.pods.get(uid) {
            Some(pod) if pod.containers.get(index).is_some_and(|container| container.epoch == epoch) => {
                pod.node.clone()
            }
            _ => return,
        };
        if !self.kubelet_lives(&node) {
            // A node that is away does nothing that anybody sees; it goes on when it is back.
            return self.later(20.0, Task::Step { pod: uid.to_owned(), container: index, epoch, step });
        }
        match step {
            Step::Begin => self.pull(uid, index),
            Step::Pulled => self.pulled(uid, index),
            Step::PullBackOff => self.pull_back_off(uid, index),
            Step::Exit { code, reason } => self.exited(uid, index, code, reason),
            Step::StartError => self.start_failed(uid, index),
            Step::CrashLoop => self.crash_loop(uid, index),
            Step::Probe(probe) => self.probe(uid, index, probe),
            Step::Hook { well } => self.hook_ended(uid, index, well),
            Step::Look => self.look(uid, index),
            Step::Full => self.disk_filled(uid, index),
        }
        self.publish(uid);
    }

    pub(super) fn container_mut(&mut self, uid: &str, index: usize) -> Option<&mut Container> {
        self.pods.get_mut(uid)?.containers.get_mut(index)
    }

    /// The API object of a pod that a kubelet knows.
    pub(in crate::demo::world) fn pod_object(&self, uid: &str) -> Option<Arc<Value>> {
        let pod = self.pods.get(uid)?;
        self.store.get("pods", &pod.namespace, &pod.name)
    }

    /// The spec of a container, and the field path that events name it by.
    pub(super) fn container_spec(&self, uid: &str, index: usize) -> Option<(Value, String)> {
        let object = self.pod_object(uid)?;
        let container = self.pods.get(uid)?.containers.get(index)?;
        let (pointer, field) = match container.role {
            Role::Init | Role::Sidecar => ("/spec/initContainers", "spec.initContainers"),
            Role::Main => ("/spec/containers", "spec.containers"),
            Role::Ephemeral => ("/spec/ephemeralContainers", "spec.ephemeralContainers"),
        };
        let spec = list(&object, pointer).iter().find(|spec| text(spec, "/name") == container.name)?;
        Some((spec.clone(), format!("{field}{{{}}}", container.name)))
    }

    fn pod_event(&mut self, object: &Value, field: &str, warning: bool, reason: &str, message: String) {
        let host = text(object, "/spec/nodeName");
        self.record(object, &Event { warning, reason, message, field: field.to_owned(), component: "kubelet", host });
    }

    fn container_event(&mut self, uid: &str, index: usize, warning: bool, reason: &str, message: String) {
        if let (Some(object), Some((_, field))) = (self.pod_object(uid), self.container_spec(uid, index)) {
            self.pod_event(&object, &field, warning, reason, message);
        }
    }
}
