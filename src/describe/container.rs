//! Container blocks: init, regular and ephemeral ones alike. Rules: kubectl describe,
//! `describeContainers`.

use serde_json::Value;

use super::fields::{canonical, child, date, entries, flag, list, number, or_none, text, texts};
use super::tabs::Writer;
use super::{env, golang, probe};
use crate::base::text::Role;

/// What stands before the labels of a pod template's parts.
pub(super) const TEMPLATE: &str = "  ";

/// Writes one kind of containers of `pod`: `spec` and `statuses` are the paths of their two lists.
pub(super) fn write(w: &mut Writer, title: &str, pod: &Value, spec: &str, statuses: &str) {
    let statuses = list(pod, statuses);
    heading(w, "", title, list(pod, spec));
    for container in list(pod, spec) {
        let name = text(container, "/name");
        w.heading(1, name);
        block(w, Some(pod), container, statuses.iter().rfind(|status| text(status, "/name") == name));
    }
}

/// Writes one kind of containers of a pod template, which kubectl indents by one level and their names by
/// one blank more.
pub(super) fn write_template(w: &mut Writer, title: &str, template: &Value, spec: &str) {
    heading(w, TEMPLATE, title, list(template, spec));
    for container in list(template, spec) {
        w.heading(1, &format!(" {}", text(container, "/name")));
        block(w, None, container, None);
    }
}

fn heading(w: &mut Writer, indent: &str, title: &str, containers: &[Value]) {
    w.section(title);
    if containers.is_empty() {
        // No tab: kubectl does not align this one.
        w.line(0, &format!("{indent}{title}: <none>"));
    } else {
        w.heading(0, &format!("{indent}{title}"));
    }
}

fn block(w: &mut Writer, pod: Option<&Value>, container: &Value, status: Option<&Value>) {
    basics(w, container, status);
    words(w, "Command", container, "/command");
    words(w, "Args", container, "/args");
    if let Some(status) = status {
        state(w, "State", status.get("state"));
        if status.pointer("/lastState/terminated").is_some_and(Value::is_object) {
            state(w, "Last State", status.get("lastState"));
        }
        let ready = flag(status, "/ready");
        w.field_as(2, "Ready", if ready { "True" } else { "False" }, if ready { Role::Good } else { Role::Warn });
        let restarts = number(status, "/restartCount");
        w.field_as(2, "Restart Count", restarts, if restarts > 0 { Role::Warn } else { Role::Plain });
    }
    resources(w, 2, container.get("resources").unwrap_or(&Value::Null));
    for (label, path) in
        [("Liveness", "/livenessProbe"), ("Readiness", "/readinessProbe"), ("Startup", "/startupProbe")]
    {
        if let Some(probe) = child(container, path) {
            w.field(2, label, probe::line(probe));
        }
    }
    env::write(w, pod, container);
    mounts(w, container);
}

fn basics(w: &mut Writer, container: &Value, status: Option<&Value>) {
    if let Some(status) = status {
        w.field(2, "Container ID", text(status, "/containerID"));
    }
    w.field(2, "Image", text(container, "/image"));
    if let Some(status) = status {
        w.field(2, "Image ID", text(status, "/imageID"));
    }
    ports(w, container, "Port", "/containerPort");
    ports(w, container, "Host Port", "/hostPort");
    seccomp(w, 2, 3, container);
}

fn ports(w: &mut Writer, container: &Value, label: &str, path: &str) {
    let port = |port: &Value| {
        let name = text(port, "/name");
        let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
        format!("{}/{}{name}", number(port, path), text(port, "/protocol"))
    };
    let ports: Vec<String> = list(container, "/ports").iter().map(port).collect();
    let plural = if ports.len() > 1 { "s" } else { "" };
    w.field(2, &format!("{label}{plural}"), or_none(&ports.join(", ")));
}

/// The seccomp profile of a security context; the file of a local one stands on `inner` level.
pub(super) fn seccomp(w: &mut Writer, level: usize, inner: usize, holder: &Value) {
    let Some(profile) = child(holder, "/securityContext/seccompProfile") else { return };
    let kind = text(profile, "/type");
    w.field(level, "SeccompProfile", kind);
    if kind == "Localhost" {
        w.field(inner, "LocalhostProfile", text(profile, "/localhostProfile"));
    }
}

fn words(w: &mut Writer, label: &str, container: &Value, path: &str) {
    let words = texts(container, path);
    if words.is_empty() {
        return;
    }
    w.indented(2, &format!("{label}:\n"), Role::Label);
    for line in words.iter().flat_map(|word| word.split('\n')) {
        w.line(3, line);
    }
}

fn state(w: &mut Writer, label: &str, state: Option<&Value>) {
    let state = state.unwrap_or(&Value::Null);
    if let Some(running) = child(state, "/running") {
        w.field_as(2, label, "Running", Role::Good);
        w.field(3, "Started", date(running, "/startedAt"));
    } else if let Some(waiting) = child(state, "/waiting") {
        w.field_as(2, label, "Waiting", Role::Warn);
        let reason = text(waiting, "/reason");
        if !reason.is_empty() {
            let role = if is_starting(reason) { Role::Warn } else { Role::Bad };
            w.field_as(3, "Reason", reason, role);
        }
    } else if let Some(terminated) = child(state, "/terminated") {
        ended(w, label, terminated);
    } else {
        w.field_as(2, label, "Waiting", Role::Warn);
    }
}

fn ended(w: &mut Writer, label: &str, terminated: &Value) {
    let exit_code = number(terminated, "/exitCode");
    let role = if exit_code == 0 { Role::Dim } else { Role::Bad };
    w.field_as(2, label, "Terminated", role);
    for (label, path) in [("Reason", "/reason"), ("Message", "/message")] {
        let value = text(terminated, path);
        if !value.is_empty() {
            w.field_as(3, label, value, role);
        }
    }
    w.field_as(3, "Exit Code", exit_code, role);
    let signal = number(terminated, "/signal");
    if signal > 0 {
        w.field_as(3, "Signal", signal, role);
    }
    w.field(3, "Started", date(terminated, "/startedAt"));
    w.field(3, "Finished", date(terminated, "/finishedAt"));
}

/// Waiting for these is part of every start.
fn is_starting(reason: &str) -> bool {
    matches!(reason, "ContainerCreating" | "PodInitializing")
}

/// Limits and requests, each if there are any.
pub(super) fn resources(w: &mut Writer, level: usize, resources: &Value) {
    for (label, path) in [("Limits", "/limits"), ("Requests", "/requests")] {
        let amounts = entries(resources, path);
        if !amounts.is_empty() {
            w.indented(level, &format!("{label}:\n"), Role::Label);
        }
        for (name, amount) in amounts {
            w.field(level + 1, name, canonical(amount));
        }
    }
}

fn mounts(w: &mut Writer, container: &Value) {
    let mut mounts: Vec<&Value> = list(container, "/volumeMounts").iter().collect();
    mounts.sort_by_key(|mount| text(mount, "/mountPath"));
    let none = if mounts.is_empty() { "\t<none>" } else { "" };
    w.indented(2, "Mounts:", Role::Label);
    w.put(&format!("{none}\n"), Role::Dim);
    for mount in mounts {
        let access = if flag(mount, "/readOnly") { "ro" } else { "rw" };
        let part = match text(mount, "/subPath") {
            "" => String::new(),
            path => format!(",path={}", golang::quoted(path)),
        };
        w.line(3, &format!("{} from {} ({access}{part})", text(mount, "/mountPath"), text(mount, "/name")));
    }
    let mut devices: Vec<&Value> = list(container, "/volumeDevices").iter().collect();
    if devices.is_empty() {
        return;
    }
    devices.sort_by_key(|device| text(device, "/devicePath"));
    // kubectl repeats the mounts' `<none>` on this heading.
    w.indented(2, "Devices:", Role::Label);
    w.put(&format!("{none}\n"), Role::Dim);
    for device in devices {
        w.line(3, &format!("{} from {}", text(device, "/devicePath"), text(device, "/name")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(pod: &Value) -> String {
        let mut w = Writer::default();
        write(&mut w, "Containers", pod, "/spec/containers", "/status/containerStatuses");
        w.finish().plain()
    }

    #[test]
    fn a_pod_without_containers() {
        assert_eq!(written(&json!({"spec": {"containers": 5}})), "Containers: <none>\n");
    }

    #[test]
    fn states() {
        let shown = |given: Value| {
            let mut w = Writer::default();
            state(&mut w, "State", Some(&given));
            w.finish().plain().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(json!({})), "State: Waiting");
        assert_eq!(shown(json!({"waiting": {"reason": "X", "message": "m"}})), "State: Waiting Reason: X");
        assert_eq!(
            shown(json!({"terminated": {"exitCode": 137, "signal": 9, "startedAt": "2025-01-02T03:04:05Z"}})),
            "State: Terminated Exit Code: 137 Signal: 9 Started: Thu, 02 Jan 2025 03:04:05 +0000 \
             Finished: Mon, 01 Jan 0001 00:00:00 +0000"
        );
    }

    #[test]
    fn odd_types_do_not_fail() {
        let odd = json!({"spec": {"containers": [5, {"name": 3, "ports": {}, "env": [1], "resources": {"limits": {"cpu": "lots"}},
            "volumeMounts": ["x"], "livenessProbe": []}]}, "status": {"containerStatuses": [{"name": null, "ready": "yes"}]}});
        let text = written(&odd);
        assert!(text.contains("cpu:  lots"), "{text}");
    }
}
