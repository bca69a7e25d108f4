//! The status that a kubelet writes for a pod, from what it remembers of it.

use serde_json::{Value, json};

use super::super::World;
use super::super::image::full_name;
use super::super::random::hash;
use super::super::runtime::{Container, Ending, Pod, Role, State};
use crate::base::stamp::Stamp;
use crate::demo::json::{list, set, stamp, text};

impl World {
    /// Writes the status of a pod, if it has changed.
    pub(in crate::demo::world) fn publish(&mut self, uid: &str) {
        let (Some(object), Some(pod)) = (self.pod_object(uid), self.pods.get(uid)) else { return };
        let policy = text(&object, "/spec/restartPolicy");
        let phase = phase(pod, policy);
        let host_ip = self.node_ip(&pod.node);
        let mut status = object["status"].clone();
        status["phase"] = phase.into();
        status["conditions"] = conditions(&object, pod, phase, self.now);
        status["hostIP"] = host_ip.clone().into();
        status["hostIPs"] = json!([{"ip": host_ip}]);
        status["startTime"] = stamp(pod.start);
        if !pod.ip.is_empty() {
            status["podIP"] = pod.ip.clone().into();
            status["podIPs"] = json!([{"ip": pod.ip}]);
        }
        if let Some((reason, message)) = &pod.failed {
            status["reason"] = reason.clone().into();
            status["message"] = message.clone().into();
        }
        for (field, roles) in [
            ("initContainerStatuses", &[Role::Init, Role::Sidecar][..]),
            ("containerStatuses", &[Role::Main]),
            ("ephemeralContainerStatuses", &[Role::Ephemeral]),
        ] {
            let mut known: Vec<&Container> =
                pod.containers.iter().filter(|container| roles.contains(&container.role)).collect();
            if field != "initContainerStatuses" {
                known.sort_by(|one, other| one.name.cmp(&other.name));
            }
            let statuses: Vec<Value> =
                known.into_iter().map(|container| container_status(&object, container)).collect();
            if !statuses.is_empty() {
                status[field] = statuses.into();
            }
        }
        let mut object = (*object).clone();
        set(&mut object, &["status"], status);
        self.store.put("pods", object);
    }
}

/// The phase, by the kubelet's rule: what the regular containers are, and whether they may run again.
fn phase(pod: &Pod, policy: &str) -> &'static str {
    if pod.failed.is_some() {
        return "Failed";
    }
    let mains = || pod.containers.iter().filter(|container| container.role == Role::Main);
    if !pod.initialized() {
        let failed = pod.containers.iter().any(|container| {
            container.role == Role::Init && policy == "Never" && container.ending().is_some_and(|end| end.code != 0)
        });
        return if failed { "Failed" } else { "Pending" };
    }
    let ended = mains().all(|container| container.ending().is_some());
    let failed = mains().any(|container| container.ending().is_some_and(|ending| ending.code != 0));
    if ended && (pod.stopping || policy == "Never" || (policy == "OnFailure" && !failed)) {
        return if failed { "Failed" } else { "Succeeded" };
    }
    // One that has never run holds the whole pod back.
    let begun = mains().all(|container| container.instance.is_some());
    if begun { "Running" } else { "Pending" }
}

fn conditions(object: &Value, pod: &Pod, phase: &str, now: Stamp) -> Value {
    let unready: Vec<&str> = pod
        .containers
        .iter()
        .filter(|container| matches!(container.role, Role::Main | Role::Sidecar) && !container.ready)
        .map(|container| container.name.as_str())
        .collect();
    let (ready, reason, message) = match phase {
        "Succeeded" => (false, "PodCompleted", String::new()),
        "Failed" => (false, "PodFailed", String::new()),
        _ if unready.is_empty() => (true, "", String::new()),
        _ => (false, "ContainersNotReady", format!("containers with unready status: [{}]", unready.join(" "))),
    };
    let gates = if ready { unmet_gates(object) } else { Vec::new() };
    let whole = if gates.is_empty() {
        (ready, reason, message.clone())
    } else {
        (false, "ReadinessGatesNotReady", gates.join(", "))
    };
    let waiting: Vec<&str> = pod
        .containers
        .iter()
        .filter(|container| container.role == Role::Init && container.ending().is_none_or(|end| end.code != 0))
        .map(|container| container.name.as_str())
        .collect();
    let initialized = pod.initialized();
    let incomplete = format!("containers with incomplete status: [{}]", waiting.join(" "));
    let initialized =
        if initialized { (true, "", String::new()) } else { (false, "ContainersNotInitialized", incomplete) };
    let sandboxed = pod.sandboxed && !matches!(phase, "Succeeded" | "Failed");
    let all = [
        ("PodReadyToStartContainers", (sandboxed, "", String::new())),
        ("Initialized", initialized),
        ("Ready", whole),
        ("ContainersReady", (ready, reason, message)),
        ("PodScheduled", (true, "", String::new())),
    ];
    let old = list(object, "/status/conditions");
    let mut conditions: Vec<Value> = all.into_iter().map(|(kind, state)| condition(old, kind, &state, now)).collect();
    // Conditions of others, such as DisruptionTarget, stay.
    conditions.extend(old.iter().filter(|known| all_types(text(known, "/type"))).cloned());
    conditions.into()
}

/// What the readiness gates of a pod lack, in the kubelet's words.
fn unmet_gates(object: &Value) -> Vec<String> {
    let conditions = list(object, "/status/conditions");
    let gates = list(object, "/spec/readinessGates").iter().map(|gate| text(gate, "/conditionType"));
    gates
        .filter_map(|gate| match conditions.iter().find(|known| text(known, "/type") == gate) {
            None => Some(format!("corresponding condition of pod readiness gate {gate:?} does not exist.")),
            Some(known) if text(known, "/status") != "True" => {
                let status = text(known, "/status");
                Some(format!("the status of pod readiness gate {gate:?} is not \"True\", but {status}"))
            }
            Some(_) => None,
        })
        .collect()
}

fn all_types(kind: &str) -> bool {
    !matches!(kind, "PodReadyToStartContainers" | "Initialized" | "Ready" | "ContainersReady" | "PodScheduled")
}

fn condition(old: &[Value], kind: &str, (on, reason, message): &(bool, &str, String), now: Stamp) -> Value {
    let status = if *on { "True" } else { "False" };
    let since = old
        .iter()
        .find(|known| text(known, "/type") == kind && text(known, "/status") == status)
        .map_or_else(|| stamp(now), |known| known["lastTransitionTime"].clone());
    let mut condition = json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": since});
    if !reason.is_empty() {
        condition["reason"] = (*reason).into();
    }
    if !message.is_empty() {
        condition["message"] = message.clone().into();
    }
    condition
}

fn container_status(object: &Value, container: &Container) -> Value {
    let specs = ["/spec/initContainers", "/spec/containers", "/spec/ephemeralContainers"];
    let spec =
        specs.iter().flat_map(|pointer| list(object, pointer)).find(|spec| text(spec, "/name") == container.name);
    let image = spec.map(|spec| text(spec, "/image")).unwrap_or_default();
    let full = full_name(image);
    let mut status = json!({
        "name": container.name, "state": state(&container.state),
        "lastState": container.last.as_ref().map_or_else(|| json!({}), |last| json!({"terminated": ending(last)})),
        "ready": container.ready, "restartCount": container.restarts,
        "image": if container.pulled { full.as_str() } else { image },
        "imageID": if container.pulled { format!("{}@sha256:{}", super::super::image::split(&full).0, digest(&full)) } else { String::new() },
    });
    if let Some(instance) = &container.instance {
        status["containerID"] = instance.id.clone().into();
    }
    if container.role != Role::Ephemeral {
        status["started"] = container.started.into();
    }
    if container.pulled
        && let Some(resources) = spec.and_then(|spec| spec.get("resources"))
    {
        status["resources"] = resources.clone();
    }
    status
}

fn digest(image: &str) -> String {
    super::super::random::Random::new(hash(image)).hex(64)
}

fn state(state: &State) -> Value {
    match state {
        State::Waiting { reason, message } if message.is_empty() => json!({"waiting": {"reason": reason}}),
        State::Waiting { reason, message } => json!({"waiting": {"reason": reason, "message": message}}),
        State::Running { since } => json!({"running": {"startedAt": stamp(*since)}}),
        State::Terminated(end) => json!({"terminated": ending(end)}),
    }
}

fn ending(ending: &Ending) -> Value {
    let mut shown = json!({"exitCode": ending.code, "reason": ending.reason, "startedAt": stamp(ending.started),
        "finishedAt": stamp(ending.finished), "containerID": ending.id});
    if !ending.message.is_empty() {
        shown["message"] = ending.message.clone().into();
    }
    shown
}
