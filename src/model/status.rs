//! READY, STATUS and RESTARTS of a pod, as the API server's table printer computes them.
//!
//! Source of the rules: Kubernetes `pkg/printers/internalversion`, `printPod`. Ephemeral containers never count.

use super::wire::{Container, ContainerStatus, Pod, PodStatus, Terminated};
use crate::base::stamp::Stamp;

/// What `kubectl get pods` prints of a pod, ages aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// STATUS.
    pub status: String,
    /// READY, the number before the slash.
    pub ready: u16,
    /// READY, the number behind the slash.
    pub total: u16,
    /// RESTARTS.
    pub restarts: u32,
    /// The newest end of an earlier run among the containers that RESTARTS counts.
    pub last_restart: Stamp,
}

/// Restart counts and the newest end, as they are collected.
#[derive(Clone, Copy, Default)]
struct Restarts {
    count: u32,
    last: Stamp,
}

impl Restarts {
    fn add(&mut self, status: &ContainerStatus) {
        self.count += u32::try_from(status.restart_count).unwrap_or(0);
        let ended = status.last_state.as_ref().and_then(|state| state.terminated.as_ref()?.finished_at);
        self.last = self.last.latest(ended.map_or(Stamp::NONE, Into::into));
    }
}

/// Whether an init container is a sidecar: it may restart for ever and counts like a regular one.
pub fn is_sidecar(container: &Container) -> bool {
    container.restart_policy == "Always"
}

/// Computes what `kubectl get pods` prints.
pub fn summarize(pod: &Pod) -> Summary {
    let (empty_spec, empty_status) = <_>::default();
    let spec = pod.spec.as_ref().unwrap_or(&empty_spec);
    let status = pod.status.as_ref().unwrap_or(&empty_status);

    let mut text = if status.reason.is_empty() { status.phase.clone() } else { status.reason.clone() };
    if status.conditions.iter().any(|c| c.r#type == "PodScheduled" && c.reason == "SchedulingGated") {
        "SchedulingGated".clone_into(&mut text);
    }
    let sidecars = spec.init_containers.iter().filter(|c| is_sidecar(c)).count();
    let mut summary =
        Summary { total: u16::try_from(spec.containers.len() + sidecars).unwrap_or(u16::MAX), ..Summary::default() };

    let init = walk_init(&spec.init_containers, status, &mut summary.ready);
    let mut restarts = init.all;
    if let Some(stuck) = &init.stuck {
        text.clone_from(stuck);
    }
    if init.stuck.is_none() || is_true(status, "Initialized") {
        restarts = init.sidecars;
        walk_regular(status, &mut text, &mut summary.ready, &mut restarts);
    }
    summary.status = being_deleted(pod, status).unwrap_or(text);
    summary.restarts = restarts.count;
    summary.last_restart = restarts.last;
    summary
}

struct Init {
    /// STATUS when an init container is not done.
    stuck: Option<String>,
    all: Restarts,
    sidecars: Restarts,
}

/// Init containers in order, up to the first that is not done.
fn walk_init(specs: &[Container], status: &PodStatus, ready: &mut u16) -> Init {
    let mut init = Init { stuck: None, all: Restarts::default(), sidecars: Restarts::default() };
    for (index, container) in status.init_container_statuses.iter().enumerate() {
        let sidecar = specs.iter().any(|spec| spec.name == container.name && is_sidecar(spec));
        init.all.add(container);
        if sidecar {
            init.sidecars.add(container);
        }
        let state = container.state.as_ref();
        let terminated = state.and_then(|state| state.terminated.as_ref());
        if terminated.is_some_and(|end| end.exit_code == 0) {
            continue;
        }
        if sidecar && container.started == Some(true) {
            *ready += u16::from(container.ready);
            continue;
        }
        let waiting = state.and_then(|state| state.waiting.as_ref()).map_or("", |waiting| &waiting.reason);
        init.stuck = Some(match terminated {
            Some(end) => format!("Init:{}", end_reason(end)),
            None if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
            None => format!("Init:{index}/{}", specs.len()),
        });
        break;
    }
    init
}

/// Regular containers from last to first, so that the first with something to say has the last word.
fn walk_regular(status: &PodStatus, text: &mut String, ready: &mut u16, restarts: &mut Restarts) {
    let mut running = false;
    for container in status.container_statuses.iter().rev() {
        restarts.add(container);
        let state = container.state.as_ref();
        let waiting = state.and_then(|state| state.waiting.as_ref()).filter(|waiting| !waiting.reason.is_empty());
        if let Some(waiting) = waiting {
            text.clone_from(&waiting.reason);
        } else if let Some(end) = state.and_then(|state| state.terminated.as_ref()) {
            *text = end_reason(end);
        } else if container.ready && state.is_some_and(|state| state.running.is_some()) {
            running = true;
            *ready += 1;
        }
    }
    if text == "Completed" && running {
        let word = if is_true(status, "Ready") { "Running" } else { "NotReady" };
        word.clone_into(text);
    }
}

fn being_deleted(pod: &Pod, status: &PodStatus) -> Option<String> {
    pod.metadata.as_ref()?.deletion_timestamp?;
    if status.reason == "NodeLost" {
        return Some("Unknown".to_owned());
    }
    let finished = matches!(status.phase.as_str(), "Succeeded" | "Failed");
    (!finished).then(|| "Terminating".to_owned())
}

fn is_true(status: &PodStatus, condition: &str) -> bool {
    status.conditions.iter().any(|c| c.r#type == condition && c.status == "True")
}

/// The reason of an end, or what stands for it.
fn end_reason(end: &Terminated) -> String {
    match end {
        Terminated { reason, .. } if !reason.is_empty() => reason.clone(),
        Terminated { signal, .. } if *signal != 0 => format!("Signal:{signal}"),
        Terminated { exit_code, .. } => format!("ExitCode:{exit_code}"),
    }
}

// The table of states is in `tests/rows`: from a server's answer to the cells of the list.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_pod_is_no_error() {
        assert_eq!(summarize(&Pod::default()), Summary::default());
    }
}
