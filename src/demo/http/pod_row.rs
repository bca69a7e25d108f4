//! The cells of a pod: READY, STATUS and RESTARTS by the rule of the API server's printer.

use serde_json::Value;

use super::super::json::{flag, int, list, text, time};
use super::table::{created, name, or_none};
use crate::base::age::age;
use crate::base::stamp::Stamp;

/// One row.
pub fn cells(pod: &Value, now: Stamp) -> Vec<Value> {
    let row = Row::of(pod);
    let restarts = if row.restarts > 0 && row.last.is_set() {
        format!("{} ({} ago)", row.restarts, age(row.last, now))
    } else {
        row.restarts.to_string()
    };
    let gates = list(pod, "/spec/readinessGates");
    let gates = if gates.is_empty() {
        "<none>".to_owned()
    } else {
        let on = gates.iter().filter(|gate| condition(pod, text(gate, "/conditionType")) == "True").count();
        format!("{on}/{}", gates.len())
    };
    vec![
        name(pod),
        format!("{}/{}", row.ready, row.total).into(),
        row.status.into(),
        restarts.into(),
        created(pod, now),
        or_none(text(pod, "/status/podIPs/0/ip")),
        or_none(text(pod, "/spec/nodeName")),
        or_none(text(pod, "/status/nominatedNodeName")),
        gates.into(),
    ]
}

struct Row {
    status: String,
    ready: usize,
    total: usize,
    restarts: i64,
    last: Stamp,
}

fn condition<'a>(pod: &'a Value, kind: &str) -> &'a str {
    let found = list(pod, "/status/conditions").iter().find(|known| text(known, "/type") == kind);
    found.map(|found| text(found, "/status")).unwrap_or_default()
}

fn is_sidecar(pod: &Value, name: &str) -> bool {
    list(pod, "/spec/initContainers")
        .iter()
        .any(|spec| text(spec, "/name") == name && text(spec, "/restartPolicy") == "Always")
}

fn ended(terminated: &Value) -> String {
    match (text(terminated, "/reason"), int(terminated, "/signal").unwrap_or_default()) {
        ("", 0) => format!("ExitCode:{}", int(terminated, "/exitCode").unwrap_or_default()),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

impl Row {
    fn of(pod: &Value) -> Self {
        let inits = list(pod, "/spec/initContainers");
        let sidecars = inits.iter().filter(|spec| text(spec, "/restartPolicy") == "Always").count();
        let mut row = Self {
            status: text(pod, "/status/phase").to_owned(),
            ready: 0,
            total: list(pod, "/spec/containers").len() + sidecars,
            restarts: 0,
            last: Stamp::NONE,
        };
        let reason = text(pod, "/status/reason");
        if !reason.is_empty() {
            reason.clone_into(&mut row.status);
        }
        if list(pod, "/status/conditions").iter().any(|known| text(known, "/reason") == "SchedulingGated") {
            "SchedulingGated".clone_into(&mut row.status);
        }
        let (initializing, sidecar_restarts, sidecar_last) = row.inits(pod, inits.len());
        if !initializing || condition(pod, "Initialized") == "True" {
            row.restarts = sidecar_restarts;
            row.last = sidecar_last;
            row.mains(pod);
        }
        if !pod["metadata"]["deletionTimestamp"].is_null() {
            if reason == "NodeLost" {
                "Unknown".clone_into(&mut row.status);
            } else if !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") {
                "Terminating".clone_into(&mut row.status);
            }
        }
        row
    }

    fn count(&mut self, status: &Value) {
        self.restarts += int(status, "/restartCount").unwrap_or_default();
        self.last = self.last.latest(time(status, "/lastState/terminated/finishedAt"));
    }

    /// Walks the init containers; gives back whether the pod is still initializing, and the sidecars' restarts.
    fn inits(&mut self, pod: &Value, total: usize) -> (bool, i64, Stamp) {
        let (mut restarts, mut last) = (0, Stamp::NONE);
        for (index, status) in list(pod, "/status/initContainerStatuses").iter().enumerate() {
            self.count(status);
            let sidecar = is_sidecar(pod, text(status, "/name"));
            if sidecar {
                restarts += int(status, "/restartCount").unwrap_or_default();
                last = last.latest(time(status, "/lastState/terminated/finishedAt"));
            }
            let terminated = status.pointer("/state/terminated");
            if terminated.is_some_and(|end| int(end, "/exitCode") == Some(0)) {
                continue;
            }
            if sidecar && flag(status, "/started") {
                self.ready += usize::from(flag(status, "/ready"));
                continue;
            }
            let waiting = text(status, "/state/waiting/reason");
            self.status = match terminated {
                Some(end) => format!("Init:{}", ended(end)),
                None if !matches!(waiting, "" | "PodInitializing") => format!("Init:{waiting}"),
                None => format!("Init:{index}/{total}"),
            };
            return (true, restarts, last);
        }
        (false, restarts, last)
    }

    /// Walks the regular containers backwards, so that the first with something to say wins.
    fn mains(&mut self, pod: &Value) {
        let mut running = false;
        for status in list(pod, "/status/containerStatuses").iter().rev() {
            self.count(status);
            let waiting = text(status, "/state/waiting/reason");
            if !waiting.is_empty() {
                waiting.clone_into(&mut self.status);
            } else if let Some(end) = status.pointer("/state/terminated") {
                self.status = ended(end);
            } else if flag(status, "/ready") && status.pointer("/state/running").is_some() {
                running = true;
                self.ready += 1;
            }
        }
        if self.status == "Completed" && running {
            let ready = condition(pod, "Ready") == "True";
            self.status.replace_range(.., if ready { "Running" } else { "NotReady" });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(pod: &Value) -> (String, String, String) {
        let cells = cells(pod, Stamp::from_seconds(1_000));
        let text = |at: usize| cells[at].as_str().unwrap_or_default().to_owned();
        (text(1), text(2), text(3))
    }

    fn pod(statuses: &Value, phase: &str) -> Value {
        let containers: Vec<Value> = statuses.as_array().into_iter().flatten().map(|_| json!({})).collect();
        json!({"spec": {"containers": containers}, "status": {"phase": phase, "containerStatuses": statuses}})
    }

    fn is(pod: &Value, expected: (&str, &str, &str)) {
        let (ready, status, restarts) = row(pod);
        assert_eq!((ready.as_str(), status.as_str(), restarts.as_str()), expected);
    }

    #[test]
    fn states_of_regular_containers() {
        let run = json!({"ready": true, "state": {"running": {}}});
        is(&pod(&json!([run]), "Running"), ("1/1", "Running", "0"));
        let last = json!({"terminated": {"finishedAt": "1970-01-01T00:16:10Z"}});
        let crash = json!({"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 4, "lastState": last});
        is(&pod(&json!([crash]), "Running"), ("0/1", "CrashLoopBackOff", "4 (30s ago)"));
        let done = json!({"state": {"terminated": {"reason": "Completed", "exitCode": 0}}});
        is(&pod(&json!([done, run]), "Running"), ("1/2", "NotReady", "0"));
        is(&pod(&json!([{"state": {"terminated": {"exitCode": 3}}}]), "Failed"), ("0/1", "ExitCode:3", "0"));
    }

    #[test]
    fn init_containers_and_sidecars() {
        let mut object = pod(&json!([{"state": {"waiting": {"reason": "PodInitializing"}}}]), "Pending");
        object["spec"]["initContainers"] = json!([{"name": "a"}, {"name": "b"}]);
        object["status"]["initContainerStatuses"] =
            json!([{"name": "a", "state": {"terminated": {"exitCode": 0}}}, {"name": "b", "state": {"running": {}}}]);
        is(&object, ("0/1", "Init:1/2", "0"));
        let mut object = pod(&json!([{"ready": true, "state": {"running": {}}}]), "Running");
        object["spec"]["initContainers"] = json!([{"name": "s", "restartPolicy": "Always"}]);
        object["status"]["conditions"] = json!([{"type": "Initialized", "status": "True"}]);
        object["status"]["initContainerStatuses"] =
            json!([{"name": "s", "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]);
        is(&object, ("1/2", "Init:CrashLoopBackOff", "5"));
    }

    #[test]
    fn deletion_and_reasons() {
        let mut object = pod(&json!([{"ready": true, "state": {"running": {}}}]), "Running");
        object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        is(&object, ("1/1", "Terminating", "0"));
        is(
            &json!({"status": {"phase": "Failed", "reason": "Evicted"}, "spec": {"containers": [{}]}}),
            ("0/1", "Evicted", "0"),
        );
    }
}
