//! How a container stands that somebody wants to attach to, as its pod says.
//!
//! Pure: reads the JSON of a pod; what is missing in it is not known, never an error. Names are looked up as kubectl
//! does (`podcmd.FindContainerByName`): statuses of init containers, of regular ones, of ephemeral ones.

use serde_json::Value;

/// How a container stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not started, or not again.
    Waiting(Waiting),
    /// It runs.
    Running(Streams),
    /// It ended.
    Ended(ContainerEnd),
}

/// Why a container does not run yet, in the kubelet's or the scheduler's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// A word: `ContainerCreating`, `ImagePullBackOff`, `Unschedulable`. Empty when nobody has said anything yet.
    pub reason: String,
    /// A sentence; often empty.
    pub message: String,
}

/// What the first process of a container has to attach to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// An input.
    pub stdin: bool,
    /// A terminal.
    pub tty: bool,
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerEnd {
    /// The exit code.
    pub code: i32,
    /// The kubelet's word: `Error`, `OOMKilled`, `StartError`.
    pub reason: String,
    /// The runtime's sentence, or the termination message; often empty.
    pub message: String,
}

/// Reads a pod's JSON.
pub fn standing(pod: &Value, container: &str) -> Standing {
    let state = &status_of(pod, container)["state"];
    if state["running"].is_object() {
        return Standing::Running(streams(pod, container));
    }
    let ended = &state["terminated"];
    if ended.is_object() {
        let code = ended["exitCode"].as_i64().and_then(|code| i32::try_from(code).ok()).unwrap_or_default();
        return Standing::Ended(ContainerEnd { code, reason: text(ended, "reason"), message: text(ended, "message") });
    }
    let waiting = Waiting { reason: text(&state["waiting"], "reason"), message: text(&state["waiting"], "message") };
    Standing::Waiting(if waiting.reason.is_empty() { of_pod(pod) } else { waiting })
}

/// What a container that runs has; nothing for one that the pod does not have.
pub fn streams(pod: &Value, container: &str) -> Streams {
    const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];
    let mut all = LISTS.iter().filter_map(|list| pod["spec"][list].as_array()).flatten();
    let spec = all.find(|spec| spec["name"] == container).unwrap_or(&Value::Null);
    Streams { stdin: spec["stdin"] == true, tty: spec["tty"] == true }
}

/// Why nothing is known of the container: the pod has no node, or its node has not looked at it.
fn of_pod(pod: &Value) -> Waiting {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    let mut scheduled = conditions.filter(|one| one["type"] == "PodScheduled");
    match scheduled.find(|one| one["status"] == "False") {
        Some(refused) => Waiting { reason: text(refused, "reason"), message: text(refused, "message") },
        None => Waiting::default(),
    }
}

fn status_of<'a>(pod: &'a Value, container: &str) -> &'a Value {
    const LISTS: [&str; 3] = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];
    let all = LISTS.iter().filter_map(|list| pod["status"][list].as_array()).flatten();
    all.into_iter().find(|status| status["name"] == container).unwrap_or(&Value::Null)
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(status: &Value) -> Value {
        json!({
            "spec": {
                "containers": [{"name": "app"}],
                "ephemeralContainers": [{"name": "debugger-x", "stdin": true, "tty": true}],
            },
            "status": status,
        })
    }

    fn of(state: &Value) -> Standing {
        let status = json!({"ephemeralContainerStatuses": [{"name": "debugger-x", "state": state}]});
        standing(&pod(&status), "debugger-x")
    }

    fn waiting(reason: &str, message: &str) -> Standing {
        Standing::Waiting(Waiting { reason: reason.into(), message: message.into() })
    }

    #[test]
    fn every_state_is_told_apart() {
        assert_eq!(of(&json!({"running": {}})), Standing::Running(Streams { stdin: true, tty: true }));
        let words = json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}});
        assert_eq!(of(&words), waiting("ImagePullBackOff", "Back-off pulling image"));
        let end = json!({"terminated": {"exitCode": 42, "reason": "Error"}});
        assert_eq!(
            of(&end),
            Standing::Ended(ContainerEnd { code: 42, reason: "Error".into(), message: String::new() })
        );
    }

    #[test]
    fn a_pod_without_a_node_says_what_the_scheduler_says() {
        let refused = json!({"conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"},
        ]});
        assert_eq!(standing(&pod(&refused), "app"), waiting("Unschedulable", "0/3 nodes are available"));
    }

    #[test]
    fn what_is_missing_is_not_known() {
        for pod in [json!(null), json!([1]), json!({"status": {"containerStatuses": "?"}, "spec": {"containers": 3}})] {
            assert_eq!(standing(&pod, "app"), waiting("", ""));
            assert_eq!(streams(&pod, "app"), Streams { stdin: false, tty: false });
        }
    }
}
