//! What a pod's own status says about a container's log: which run it is, and whether another will come.
//!
//! Pure: reads the JSON of a pod; what is missing in it is not known, never an error.

use serde_json::Value;

use super::words;
use crate::base::stamp::Stamp;
use crate::cluster::api::ContainerExit;

/// A container as its pod describes it at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The pod's UID: another one is another pod, of whatever name.
    pub uid: String,
    /// How often the container was restarted.
    pub restarts: u32,
    /// What it does.
    pub state: State,
    /// How the run before the present one ended.
    pub last_exit: Option<ContainerExit>,
    /// When that run was over; like the next two the end of the second, and not set where it is not known.
    pub last_finished: Stamp,
    /// When the present run began.
    pub started: Stamp,
    /// When the pod was created.
    pub created: Stamp,
    /// The node that it is on; empty until there is one.
    pub node: String,
    /// Whether the pod is ready; it is not when its node is lost.
    pub is_ready: bool,
    /// Who makes another pod of the same name when this one goes: `StatefulSet`, or the node for a static pod.
    pub remade_by: Option<String>,
}

/// What a container does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not started, and why.
    Waiting(String),
    /// It runs.
    Running,
    /// It ended, and the kubelet is going to start it again.
    Restarting(ContainerExit),
    /// It ended for good.
    Ended(ContainerExit),
}

/// Reads a pod's JSON.
pub fn facts(pod: &Value, container: &str) -> Facts {
    let status = status_of(pod, container);
    let last_exit = status.pointer("/lastState/terminated").map(exit);
    let restarts = status["restartCount"].as_u64().unwrap_or(0).try_into().unwrap_or(u32::MAX);
    Facts {
        uid: text(&pod["metadata"]["uid"]),
        restarts,
        state: state(pod, container, status, last_exit.as_ref()),
        last_exit,
        last_finished: second_after(status.pointer("/lastState/terminated/finishedAt")),
        started: second_after(status.pointer("/state/running/startedAt")),
        created: second_after(pod.pointer("/metadata/creationTimestamp")),
        node: text(&pod["spec"]["nodeName"]),
        is_ready: readiness(pod) == Some(true),
        remade_by: remade_by(pod),
    }
}

/// Whether an object is ready; `None` when its status does not say.
pub fn readiness(object: &Value) -> Option<bool> {
    let conditions = object["status"]["conditions"].as_array();
    let ready = conditions.into_iter().flatten().find(|one| one["type"] == "Ready")?;
    Some(ready["status"] == "True")
}

fn remade_by(pod: &Value) -> Option<String> {
    let owners = pod["metadata"]["ownerReferences"].as_array();
    let controller = owners.into_iter().flatten().find(|owner| owner["controller"] == true);
    // The mirror of a static pod is owned by its node.
    controller
        .and_then(|owner| owner["kind"].as_str())
        .filter(|kind| ["StatefulSet", "Node"].contains(kind))
        .map(str::to_owned)
}

fn state(pod: &Value, container: &str, status: &Value, last_exit: Option<&ContainerExit>) -> State {
    let now = &status["state"];
    if now["running"].is_object() {
        return State::Running;
    }
    if now["terminated"].is_object() {
        return after(pod, container, exit(&now["terminated"]));
    }
    match last_exit {
        // Between two runs the state is `waiting`: CrashLoopBackOff, or the image is pulled again.
        Some(last) => after(pod, container, last.clone()),
        None => State::Waiting(waiting_for(pod, &now["waiting"])),
    }
}

fn waiting_for(pod: &Value, waiting: &Value) -> String {
    if let Some(reason) = waiting["reason"].as_str() {
        return format!("waiting to start: {}", words::of_reason(reason));
    }
    let is_bound = pod["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty());
    if is_bound { "the kubelet has not started it" } else { words::NO_NODE }.to_owned()
}

/// What comes after a container's end.
fn after(pod: &Value, container: &str, exit: ContainerExit) -> State {
    let finished = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let deleted = pod["metadata"]["deletionTimestamp"].is_string();
    if finished || deleted || !starts_again(pod, container, exit.code) {
        State::Ended(exit)
    } else {
        State::Restarting(exit)
    }
}

/// Whether the kubelet starts a container again that ended with this code.
fn starts_again(pod: &Value, container: &str, code: i32) -> bool {
    let spec = &pod["spec"];
    let find = |list: &str| spec[list].as_array().into_iter().flatten().find(|item| item["name"] == container);
    let own = |item: &Value| item["restartPolicy"].as_str().map(str::to_owned);
    let of_pod = spec["restartPolicy"].as_str().unwrap_or("Always").to_owned();
    // A container's own rules (restartPolicyRules) may start it again whatever its policy is.
    let by_rules = |item: &Value| item["restartPolicyRules"].as_array().is_some_and(|rules| !rules.is_empty());
    if let Some(item) = find("containers") {
        return by_rules(item) || by_policy(&own(item).unwrap_or(of_pod), code);
    }
    let Some(item) = find("initContainers") else { return false };
    match own(item) {
        // A sidecar.
        Some(policy) if policy == "Always" => true,
        own => by_rules(item) || (code != 0 && own.unwrap_or(of_pod) != "Never"),
    }
}

fn by_policy(policy: &str, code: i32) -> bool {
    match policy {
        "Never" => false,
        "OnFailure" => code != 0,
        _ => true,
    }
}

fn status_of<'a>(pod: &'a Value, container: &str) -> &'a Value {
    const LISTS: [&str; 3] = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let all = LISTS.iter().filter_map(|list| pod["status"][list].as_array()).flatten();
    all.into_iter().find(|status| status["name"] == container).unwrap_or(&Value::Null)
}

/// The API gives whole seconds, rounded down; what happened until then lies before the next one.
fn second_after(time: Option<&Value>) -> Stamp {
    time.and_then(Value::as_str).map_or(Stamp::NONE, Stamp::parse).plus_micros(1_000_000)
}

fn exit(terminated: &Value) -> ContainerExit {
    let code = terminated["exitCode"].as_i64().and_then(|code| i32::try_from(code).ok()).unwrap_or_default();
    ContainerExit { code, reason: text(&terminated["reason"]) }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(policy: &str, list: &str, own: &Value, state: &Value) -> Value {
        let mut item = json!({"name": "app"});
        if !own.is_null() {
            item["restartPolicy"] = own.clone();
        }
        let status = match list {
            "containers" => "containerStatuses",
            "initContainers" => "initContainerStatuses",
            _ => "ephemeralContainerStatuses",
        };
        json!({
            "metadata": {"uid": "u"},
            "spec": {"nodeName": "a", "restartPolicy": policy, (list): [item]},
            "status": {"phase": "Running", (status): [{"name": "app", "restartCount": 3, "state": state}]},
        })
    }

    #[test]
    fn who_is_started_again() {
        let (none, always) = (json!(null), json!("Always"));
        let cases = [
            ("Always", "containers", &none, 0, true),
            ("OnFailure", "containers", &none, 0, false),
            ("OnFailure", "containers", &none, 1, true),
            ("Never", "containers", &none, 1, false),
            ("Never", "containers", &always, 1, true),
            ("Always", "initContainers", &none, 0, false),
            ("Always", "initContainers", &none, 1, true),
            ("Never", "initContainers", &none, 1, false),
            ("Never", "initContainers", &always, 0, true),
            ("Always", "ephemeralContainers", &none, 1, false),
        ];
        for (policy, list, own, code, again) in cases {
            let state = json!({"terminated": {"exitCode": code, "reason": "Error"}});
            let exit = ContainerExit { code, reason: "Error".into() };
            let expected = if again { State::Restarting(exit) } else { State::Ended(exit) };
            let facts = facts(&pod(policy, list, own, &state), "app");
            assert_eq!((facts.state, facts.restarts), (expected, 3), "{policy} {list} {own} {code}");
        }
    }

    #[test]
    fn a_pod_that_is_over_starts_nothing() {
        let state = json!({"terminated": {"exitCode": 1}});
        let mut failed = pod("Always", "containers", &Value::Null, &state);
        failed["status"]["phase"] = json!("Failed");
        let mut deleted = pod("Always", "containers", &Value::Null, &state);
        deleted["metadata"]["deletionTimestamp"] = json!("2026-11-24T08:00:00Z");
        for pod in [failed, deleted] {
            assert!(matches!(facts(&pod, "app").state, State::Ended(_)));
        }
    }

    #[test]
    fn a_crash_loop_is_between_two_runs() {
        let mut looping =
            pod("Always", "containers", &Value::Null, &json!({"waiting": {"reason": "CrashLoopBackOff"}}));
        looping["status"]["containerStatuses"][0]["lastState"] =
            json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}});
        let exit = ContainerExit { code: 137, reason: "OOMKilled".into() };
        let facts = facts(&looping, "app");
        assert_eq!((facts.state, facts.last_exit), (State::Restarting(exit.clone()), Some(exit)));
    }

    #[test]
    fn what_is_missing_is_not_known() {
        for pod in [json!(null), json!([1]), json!({"status": {"containerStatuses": "?"}})] {
            let facts = facts(&pod, "app");
            assert_eq!((facts.restarts, facts.last_exit), (0, None));
            assert!(matches!(facts.state, State::Waiting(_)));
        }
    }
}
