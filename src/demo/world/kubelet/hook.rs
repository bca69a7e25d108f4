//! What goes on beside and before a program: its hooks, the disk that it fills, and what it waits for.

use serde_json::Value;

use super::super::World;
use super::super::image::{Program, outcome};
use super::super::quantity;
use super::Step;
use crate::demo::json::{at, int, list, text};

/// Seconds between two looks of a program that waits.
const LOOK: f64 = 5.0;

impl World {
    /// Plans what comes of a new run beside its end: the hook after the start, a look, a full disk.
    pub(super) fn plan_surroundings(&mut self, uid: &str, index: usize, spec: &Value, program: &Program) {
        if let Some((seconds, code)) = hook(spec, "postStart", &program.listens) {
            self.plan(uid, index, seconds, Step::Hook { well: code == 0 });
        }
        if program.until.is_some() {
            self.plan(uid, index, 1.0, Step::Look);
        }
        if let Some(fill) = &program.fills {
            self.plan(uid, index, fill.after, Step::Full);
        }
    }

    /// A hook that failed ends the container; one that went well leaves no trace.
    pub(super) fn hook_ended(&mut self, uid: &str, index: usize, well: bool) {
        if well {
            return;
        }
        self.container_event(uid, index, true, "FailedPostStartHook", "PostStartHook failed".to_owned());
        self.container_event(uid, index, false, "Killing", "FailedPostStartHook".to_owned());
        let grace = self.pod_object(uid).and_then(|pod| int(&pod, "/spec/terminationGracePeriodSeconds")).unwrap_or(30);
        self.stop_container(uid, index, grace as f64);
    }

    /// Looks whether the service that a program waits for is there; then the program ends as it should.
    pub(super) fn look(&mut self, uid: &str, index: usize) {
        let Some(program) = self.container_mut(uid, index).and_then(|c| c.instance.as_ref().map(|i| i.program.clone()))
        else {
            return;
        };
        if program.until.as_deref().is_some_and(|service| !self.is_served(service)) {
            return self.plan(uid, index, LOOK, Step::Look);
        }
        let code = program.exit.map_or(0, |exit| exit.code);
        self.exited(uid, index, code, if code == 0 { "Completed" } else { "Error" });
    }

    /// A program has filled a disk: what limits it there is what the kubelet evicts the pod for.
    pub(super) fn disk_filled(&mut self, uid: &str, index: usize) {
        let Some((spec, _)) = self.container_spec(uid, index) else { return };
        let Some(object) = self.pod_object(uid) else { return };
        let fill = self.container_mut(uid, index).and_then(|c| c.instance.as_ref()?.program.fills.clone());
        let Some(fill) = fill else { return };
        let size = quantity::milli(&fill.size);
        let mount = list(&spec, "/volumeMounts").iter().find(|mount| within(&fill.path, text(mount, "/mountPath")));
        let (limit, said) = if let Some(mount) = mount {
            let name = text(mount, "/name");
            let volume = list(&object, "/spec/volumes").iter().find(|volume| text(volume, "/name") == name);
            let limit = volume.and_then(|volume| at(volume, "/emptyDir/sizeLimit"));
            (limit, format!("Usage of EmptyDir volume {name:?} exceeds the limit"))
        } else {
            let limit = at(&spec, "/resources/limits/ephemeral-storage");
            (limit, format!("Container {} exceeded its local ephemeral storage limit", text(&spec, "/name")))
        };
        let Some(limit) = limit.filter(|limit| quantity::of(Some(limit)) < size) else { return };
        let message = format!("{said} {limit}. ");
        self.evict_for_pressure(uid, &message);
    }

    /// Whether a service (`name.namespace`) has a pod that is ready.
    pub(in crate::demo::world) fn is_served(&self, service: &str) -> bool {
        let (name, namespace) = service.split_once('.').unwrap_or((service, "default"));
        let Some(object) = self.store.get("services", namespace, name) else { return false };
        let Some(selector) = crate::demo::json::map(&object, "/spec/selector") else { return true };
        self.store.list("pods", Some(namespace)).iter().any(|pod| {
            super::super::replicas::is_ready(pod)
                && pod["metadata"]["deletionTimestamp"].is_null()
                && selector.iter().all(|(key, value)| pod["metadata"]["labels"].get(key) == Some(value))
        })
    }
}

/// Whether a path is at or below a directory.
pub(super) fn within(path: &str, directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// How long a hook takes, and its exit code: a command, a request to a port, or a pause.
pub(super) fn hook(spec: &Value, which: &str, listens: &[i64]) -> Option<(f64, i64)> {
    let hook = at(spec, "/lifecycle")?.get(which)?;
    if let Some(seconds) = at(hook, "/sleep/seconds").and_then(Value::as_f64) {
        return Some((seconds, 0));
    }
    if let Some(port) = int(hook, "/httpGet/port") {
        return Some((0.2, i64::from(!listens.contains(&port))));
    }
    let words: Vec<&str> = list(hook, "/exec/command").iter().filter_map(Value::as_str).collect();
    (!words.is_empty()).then(|| outcome(&words))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hook_ends_as_its_command_does() {
        let spec = |command: Value| json!({"lifecycle": {"postStart": {"exec": {"command": command}}}});
        assert_eq!(hook(&spec(json!(["sh", "-c", "sleep 2; exit 5"])), "postStart", &[]).map(|hook| hook.1), Some(5));
        assert_eq!(hook(&spec(json!(["true"])), "postStart", &[]).map(|hook| hook.1), Some(0));
        assert_eq!(hook(&spec(json!(["true"])), "preStop", &[]), None);
        let asks = json!({"lifecycle": {"postStart": {"httpGet": {"port": 80}}}});
        assert_eq!(hook(&asks, "postStart", &[80]), Some((0.2, 0)));
        assert_eq!(hook(&asks, "postStart", &[]), Some((0.2, 1)));
    }

    #[test]
    fn a_directory_holds_what_is_below_it() {
        assert!(within("/cache/a", "/cache") && within("/cache", "/cache/") && within("/x", "/"));
        assert!(!within("/cached", "/cache"));
    }
}
