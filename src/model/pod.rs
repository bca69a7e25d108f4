//! A pod as a row.

use std::sync::Arc;

use compact_str::CompactString;

use super::kind::Kind;
use super::load::Requests;
use super::row::{Health, Interner, Meta, Row, WireRow};
use super::status::{is_sidecar, summarize};
use super::wire::{self, lossy};
use crate::base::stamp::Stamp;

/// The annotation that names the container which logs and shells open first.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// The label by which a Deployment tells its `ReplicaSet`s, and their pods, apart; their names end with it.
pub const HASH: &str = "pod-template-hash";

/// The annotation of pods that were made for debugging: `debug::ledger::mark` reads and writes it.
pub const CREATED_BY: &str = "podtriage.dev/created";

/// What lists, filters and the inspector read of a pod. About 1 KiB with all its strings.
#[derive(Clone, Debug, PartialEq)]
pub struct PodRow {
    /// Name, namespace, labels, owner.
    pub meta: Meta,
    /// STATUS as kubectl prints it: `CrashLoopBackOff`, `Init:0/2`.
    pub status: Arc<str>,
    /// `status.phase`.
    pub phase: Arc<str>,
    /// Containers that are ready.
    pub ready: u16,
    /// Containers that count for READY.
    pub total: u16,
    /// RESTARTS.
    pub restarts: u32,
    /// The newest end of an earlier run, among those that RESTARTS counts.
    pub last_restart: Stamp,
    /// The node; empty until one is chosen.
    pub node: Arc<str>,
    /// The pod's first address; empty until it has one.
    pub ip: CompactString,
    /// The node that preemption made room on; mostly empty.
    pub nominated: Arc<str>,
    /// What it asks of its node.
    pub requests: Requests,
    /// Readiness gates that are true.
    pub gates_true: u8,
    /// Readiness gates.
    pub gates: u8,
    /// Init containers, regular ones, then ephemeral ones; each group in the order of the spec.
    pub containers: Box<[ContainerRow]>,
    /// Index into `containers` of the one that logs and shells open first; 0 where there are none.
    pub default_container: u16,
    /// What is wrong with the pod as a whole, in the server's words. `None` for a healthy pod.
    pub trouble: Option<Box<Trouble>>,
    /// The annotation with which a pod that debugging made says so, as it is written.
    pub created_by: Option<Box<str>>,
    /// Why it is not well, once it was judged. Not the server's word: whoever judges writes it here, beside the row.
    pub why: Option<Box<Why>>,
}

/// Why a pod is not well, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The cause; may hold what the cluster said.
    pub cause: Box<str>,
    /// How bad it is.
    pub health: Health,
}

/// Why a pod as a whole is not well: `status.reason` and conditions that are false.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trouble {
    /// `status.reason`: `Evicted`, `NodeLost`.
    pub reason: String,
    /// `status.message`.
    pub message: String,
    /// Conditions whose status is not `True`.
    pub conditions: Vec<FalseCondition>,
}

/// A condition that is not true.
#[derive(Clone, Debug, PartialEq)]
pub struct FalseCondition {
    /// `PodScheduled`, `Ready`, …
    pub name: Arc<str>,
    /// Its reason.
    pub reason: Arc<str>,
    /// Its message.
    pub message: String,
    /// Since when.
    pub since: Stamp,
}

/// Which list of the spec a container stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerKind {
    /// Runs to its end before the regular ones start.
    Init,
    /// An init container that goes on beside the regular ones.
    Sidecar,
    /// One of `spec.containers`.
    Regular,
    /// Added for debugging.
    Ephemeral,
}

/// A container of a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerRow {
    /// Its name.
    pub name: Arc<str>,
    /// Its image as the spec has it.
    pub image: Arc<str>,
    /// Which list of the spec it stands in.
    pub kind: ContainerKind,
    /// Whether its first process has an input that one can attach to.
    pub stdin: bool,
    /// Whether its first process has a terminal.
    pub tty: bool,
    /// Whether its readiness probe passes.
    pub ready: bool,
    /// How often it was started again.
    pub restarts: u32,
    /// What it does now.
    pub state: State,
    /// How its earlier run ended; `None` where there was none.
    pub last_end: Option<Box<End>>,
}

/// What a container does now.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The kubelet has said nothing yet.
    Unknown,
    /// Running since.
    Running(Stamp),
    /// Not started.
    Waiting(Box<Wait>),
    /// Ended.
    Ended(Box<End>),
}

/// Why a container waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// `ImagePullBackOff`.
    pub reason: Arc<str>,
    /// The kubelet's words.
    pub message: String,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// `OOMKilled`, `Error`, `Completed`.
    pub reason: Arc<str>,
    /// The termination message.
    pub message: String,
    /// Exit code.
    pub exit_code: i32,
    /// Signal, 0 where none is given.
    pub signal: i32,
    /// When it had started.
    pub started: Stamp,
    /// When it ended.
    pub finished: Stamp,
}

impl PodRow {
    /// The container that logs and shells open first.
    pub fn first_container(&self) -> Option<&ContainerRow> {
        self.containers.get(usize::from(self.default_container))
    }

    /// The container of this name.
    pub fn container(&self, name: &str) -> Option<&ContainerRow> {
        self.containers.iter().find(|container| &*container.name == name)
    }

    /// The Deployment behind the `ReplicaSet` that controls it. No pod names its Deployment; but the name of what controls
    /// it is the Deployment's with the hash, and the hash is a label.
    pub fn deployment(&self) -> Option<&str> {
        let owner = self.meta.owner.as_ref().filter(|owner| &*owner.kind == "ReplicaSet")?;
        owner.name.strip_suffix(self.meta.label(HASH)?)?.strip_suffix('-')
    }

    /// Whether it has ended for good: it asks nothing of its node any more.
    pub fn has_ended(&self) -> bool {
        matches!(&*self.phase, "Succeeded" | "Failed")
    }
}

impl Row for PodRow {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    /// How well it is, judged by STATUS and READY alone.
    fn health(&self) -> Health {
        match &*self.status {
            "Running" if self.ready == self.total => Health::Good,
            "Running" | "NotReady" => Health::Degraded,
            "Completed" | "Succeeded" => Health::Done,
            "Pending" if self.trouble.is_some() => Health::Broken,
            "Pending" | "ContainerCreating" | "PodInitializing" | "Terminating" => Health::Changing,
            "SchedulingGated" | "Unknown" => Health::Degraded,
            status if status.starts_with("Init:") && status.contains('/') => Health::Changing,
            _ => Health::Broken,
        }
    }
}

impl WireRow for PodRow {
    type Wire = wire::Pod;
    const KIND: Kind = Kind::Pod;

    fn from_wire(pod: wire::Pod, strings: &mut Interner) -> Self {
        let summary = summarize(&pod);
        let wire::Pod { metadata, spec, status } = pod;
        let (metadata, spec, status) =
            (metadata.unwrap_or_default(), spec.unwrap_or_default(), status.unwrap_or_default());
        let default = wire::entry(&metadata.annotations, DEFAULT_CONTAINER).map(ToOwned::to_owned);
        let created_by = wire::entry(&metadata.annotations, CREATED_BY).map(Into::into);
        let trouble = trouble(&status, strings);
        let gates = &spec.readiness_gates;
        let is_open = |gate: &&wire::PodReadinessGate| {
            status.conditions.iter().any(|c| c.r#type == gate.condition_type && c.status == "True")
        };
        let ip = status.pod_ips.first().map_or(&status.pod_ip, |first| &first.ip);
        let mut row = Self {
            status: strings.get(&summary.status),
            phase: strings.get(&status.phase),
            ready: summary.ready,
            total: summary.total,
            restarts: summary.restarts,
            last_restart: summary.last_restart,
            node: strings.get(&spec.node_name),
            ip: ip.as_str().into(),
            nominated: strings.get(&status.nominated_node_name),
            requests: Requests::of(&spec),
            gates_true: u8::try_from(gates.iter().filter(is_open).count()).unwrap_or(u8::MAX),
            gates: u8::try_from(gates.len()).unwrap_or(u8::MAX),
            containers: containers(&spec, status, strings).into(),
            default_container: 0,
            trouble: trouble.map(Box::new),
            created_by,
            why: None,
            meta: Meta::from_wire(metadata, strings),
        };
        row.default_container = default_container(&row, default.as_deref());
        row
    }
}

/// The annotated container where it exists, else the first regular one, else the first.
fn default_container(row: &PodRow, annotated: Option<&str>) -> u16 {
    let named = annotated.and_then(|name| row.containers.iter().position(|c| &*c.name == name));
    let first = || row.containers.iter().position(|c| c.kind == ContainerKind::Regular);
    named.or_else(first).and_then(|index| u16::try_from(index).ok()).unwrap_or(0)
}

fn trouble(status: &wire::PodStatus, strings: &mut Interner) -> Option<Trouble> {
    let finished = matches!(status.phase.as_str(), "Succeeded" | "Failed");
    let conditions: Vec<_> = status
        .conditions
        .iter()
        // A finished pod is never ready again, and a pod that is starting says so in its containers.
        .filter(|c| c.status != "True" && !finished && !is_positive_when_false(&c.r#type))
        .filter(|c| !c.reason.is_empty() || !c.message.is_empty())
        .map(|c| FalseCondition {
            name: strings.get(&c.r#type),
            reason: strings.get(&c.reason),
            message: lossy(&c.message).into_owned(),
            since: c.last_transition_time.map_or(Stamp::NONE, Into::into),
        })
        .collect();
    let trouble = Trouble { reason: status.reason.clone(), message: lossy(&status.message).into_owned(), conditions };
    (trouble != Trouble::default()).then_some(trouble)
}

/// Conditions that are well when they are not true.
fn is_positive_when_false(name: &str) -> bool {
    matches!(name, "DisruptionTarget" | "PodResizePending" | "PodResizeInProgress" | "PodReadyToStartContainers")
}

fn containers(spec: &wire::PodSpec, status: wire::PodStatus, strings: &mut Interner) -> Vec<ContainerRow> {
    let mut rows = Vec::with_capacity(spec.init_containers.len() + spec.containers.len());
    let init_kind = |c: &wire::Container| if is_sidecar(c) { ContainerKind::Sidecar } else { ContainerKind::Init };
    for (specs, mut statuses, kind) in [
        (&spec.init_containers, status.init_container_statuses, None),
        (&spec.containers, status.container_statuses, Some(ContainerKind::Regular)),
    ] {
        for spec in specs {
            let at = statuses.iter().position(|status| status.name == spec.name);
            let status = at.map(|at| statuses.swap_remove(at)).unwrap_or_default();
            let kind = kind.unwrap_or_else(|| init_kind(spec));
            rows.push(container(spec, kind, status, strings));
        }
    }
    let mut statuses = status.ephemeral_container_statuses;
    for spec in spec.ephemeral_containers.iter().filter_map(|spec| spec.common.as_ref()) {
        let at = statuses.iter().position(|status| status.name == spec.name);
        // One that was just added has no status yet.
        let status = at.map(|at| statuses.remove(at)).unwrap_or_default();
        rows.push(container(spec, ContainerKind::Ephemeral, status, strings));
    }
    for status in statuses {
        let spec =
            wire::Container { name: status.name.clone(), image: status.image.clone(), ..wire::Container::default() };
        rows.push(container(&spec, ContainerKind::Ephemeral, status, strings));
    }
    rows
}

fn container(
    spec: &wire::Container,
    kind: ContainerKind,
    status: wire::ContainerStatus,
    strings: &mut Interner,
) -> ContainerRow {
    let last = status.last_state.and_then(|state| state.terminated);
    ContainerRow {
        name: strings.get(&spec.name),
        image: strings.get(&spec.image),
        kind,
        stdin: spec.stdin,
        tty: spec.tty,
        ready: status.ready,
        restarts: u32::try_from(status.restart_count).unwrap_or(0),
        state: state(status.state.unwrap_or_default(), strings),
        last_end: last.map(|last| Box::new(end(&last, strings))),
    }
}

fn state(state: wire::ContainerState, strings: &mut Interner) -> State {
    match state {
        wire::ContainerState { running: Some(running), .. } => {
            State::Running(running.started_at.map_or(Stamp::NONE, Into::into))
        }
        wire::ContainerState { terminated: Some(terminated), .. } => State::Ended(Box::new(end(&terminated, strings))),
        wire::ContainerState { waiting: Some(waiting), .. } => State::Waiting(Box::new(Wait {
            reason: strings.get(&waiting.reason),
            message: lossy(&waiting.message).into_owned(),
        })),
        _ => State::Unknown,
    }
}

fn end(end: &wire::Terminated, strings: &mut Interner) -> End {
    End {
        reason: strings.get(&end.reason),
        message: lossy(&end.message).into_owned(),
        exit_code: end.exit_code,
        signal: end.signal,
        started: end.started_at.map_or(Stamp::NONE, Into::into),
        finished: end.finished_at.map_or(Stamp::NONE, Into::into),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(pod: serde_json::Value) -> PodRow {
        PodRow::from_wire(serde_json::from_value(pod).expect("a pod"), &mut Interner::default())
    }

    #[test]
    fn containers_stand_in_the_order_of_the_spec_and_the_annotation_picks_one() {
        let row = row(json!({
            "metadata": {"name": "web", "annotations": {"kubectl.kubernetes.io/default-container": "b"}},
            "spec": {
                "initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}],
                "containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}],
            },
            "status": {
                "containerStatuses": [
                    {"name": "b", "image": "docker.io/b:1", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}},
                    {"name": "a", "restartCount": 2, "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}},
                ],
                "ephemeralContainerStatuses": [{"name": "debugger-x", "image": "busybox"}],
            },
        }));
        let names: Vec<_> = row.containers.iter().map(|c| (&*c.name, c.kind)).collect();
        assert_eq!(
            names,
            [
                ("i", ContainerKind::Init),
                ("s", ContainerKind::Sidecar),
                ("a", ContainerKind::Regular),
                ("b", ContainerKind::Regular),
                ("debugger-x", ContainerKind::Ephemeral),
            ]
        );
        assert_eq!(row.first_container().map(|c| &*c.image), Some("b:1"));
        assert_eq!(row.container("a").and_then(|c| c.last_end.as_ref()).map(|end| end.exit_code), Some(137));
    }

    #[test]
    fn a_debug_container_is_there_before_it_has_a_status() {
        let row = row(json!({
            "spec": {
                "containers": [{"name": "app", "stdin": true}],
                "ephemeralContainers": [
                    {"name": "old", "image": "busybox:1"},
                    {"name": "new", "image": "busybox:2", "stdin": true, "tty": true, "targetContainerName": "app"},
                ],
            },
            "status": {"ephemeralContainerStatuses": [
                {"name": "old", "state": {"terminated": {"exitCode": 3}}}, {"name": "unlisted", "image": "x"},
            ]},
        }));
        let names: Vec<_> = row.containers.iter().map(|c| (&*c.name, c.stdin, c.tty)).collect();
        assert_eq!(
            names,
            [("app", true, false), ("old", false, false), ("new", true, true), ("unlisted", false, false)]
        );
        let state = |name: &str| row.container(name).map(|c| c.state.clone());
        assert_eq!(state("new"), Some(State::Unknown));
        assert!(matches!(state("old"), Some(State::Ended(end)) if end.exit_code == 3));
    }

    #[test]
    fn gates_and_addresses() {
        let gated = row(json!({
            "spec": {"readinessGates": [{"conditionType": "x/a"}, {"conditionType": "x/b"}]},
            "status": {"conditions": [{"type": "x/b", "status": "True"}], "podIPs": [{"ip": "10.0.0.9"}, {"ip": "::1"}]},
        }));
        assert_eq!((gated.gates_true, gated.gates, gated.ip.as_str()), (1, 2, "10.0.0.9"));
        assert!(gated.containers.is_empty() && gated.first_container().is_none());
    }

    #[test]
    fn a_message_that_is_no_text_does_not_lose_the_pod() {
        use prost::Message as _;
        let wire = wire::Pod {
            status: Some(wire::PodStatus { message: vec![b'o', 0xff, b'k'], ..Default::default() }),
            ..Default::default()
        };
        let read = wire::Pod::decode(wire.encode_to_vec().as_slice()).expect("decodes");
        let row = PodRow::from_wire(read, &mut Interner::default());
        assert_eq!(row.trouble.map(|t| t.message).as_deref(), Some("o\u{fffd}k"));
    }

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<PodRow>() <= 320, "{}", size_of::<PodRow>());
        assert!(size_of::<ContainerRow>() <= 80, "{}", size_of::<ContainerRow>());
    }
}
