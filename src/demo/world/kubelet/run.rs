//! Containers: made, started, ended, started again.

use serde_json::Value;

use super::super::World;
use super::super::image::Program;
use super::super::logs::{self, Instance};
use super::super::process::command_words;
use super::super::quantity;
use super::super::runtime::{Ending, Live, Role, State};
use super::{Probe, Step};
use crate::demo::json::{flag, text};

/// The longest wait before a container is started again, in seconds.
const MAX_BACKOFF: f64 = 300.0;
/// A run of this length forgives the crashes before it, in microseconds.
const FORGIVEN: i64 = 600_000_000;

impl World {
    /// Makes and starts a container, if its settings can be had.
    pub(super) fn create_container(&mut self, uid: &str, index: usize) {
        let Some((spec, _)) = self.container_spec(uid, index) else { return };
        let Some(object) = self.pod_object(uid) else { return };
        if let Some(error) = self.config_error(&object, &spec) {
            self.container_event(uid, index, true, "Failed", format!("Error: {error}"));
            self.wait_for(uid, index, "CreateContainerConfigError", error);
            return self.plan(uid, index, 12.0, Step::Begin);
        }
        self.container_event(uid, index, false, "Created", "Container created".to_owned());
        if let Some(error) = self.start_error(&spec) {
            return self.could_not_start(uid, index, error);
        }
        self.container_event(uid, index, false, "Started", "Container started".to_owned());
        let program = self.meet(self.images.program(&spec), &object, &spec);
        let id = format!("containerd://{}", self.random.hex(64));
        let now = self.now;
        let startup = spec.get("startupProbe").is_some();
        let readiness = spec.get("readinessProbe").is_some();
        let Some(container) = self.container_mut(uid, index) else { return };
        container.epoch += 1;
        container.begin_run(Instance { id, started: now, finished: None, program: program.clone(), extra: Vec::new() });
        container.state = State::Running { since: now };
        container.pulled = true;
        text(&spec, "/image").clone_into(&mut container.image);
        container.started = !startup;
        container.ready = !startup && !readiness && container.role != Role::Ephemeral;
        container.failures = [0; 3];
        container.files.clear();
        if let Some(path) = &program.touches {
            container.files.insert(path.clone(), Some(String::new()));
        }
        let sidecar = container.role == Role::Sidecar;
        self.run_live(uid, index, &spec, &program);
        self.plan_end(uid, index, &spec, &program);
        self.plan_surroundings(uid, index, &spec, &program);
        self.plan_probes(uid, index, &spec);
        if sidecar {
            self.start_next(uid);
        }
    }

    /// Hands a process that reads what is typed, or does what only a shell knows, to who can run it.
    fn run_live(&mut self, uid: &str, index: usize, spec: &Value, program: &Program) {
        let stdin = flag(spec, "/stdin");
        if !(program.live || (program.shell && stdin)) {
            return;
        }
        let Some(pod) = self.pods.get(uid) else { return };
        let Some(container) = pod.containers.get(index) else { return };
        let image = self.images.get(text(spec, "/image"));
        self.live.push(Live {
            namespace: pod.namespace.clone(),
            pod: pod.name.clone(),
            container: container.name.clone(),
            run: container.instance.as_ref().map(|run| run.id.clone()).unwrap_or_default(),
            command: command_words(spec, image),
            stdin,
            stdin_once: flag(spec, "/stdinOnce"),
            tty: flag(spec, "/tty"),
        });
    }

    fn plan_probes(&mut self, uid: &str, index: usize, spec: &Value) {
        let first = if spec.get("startupProbe").is_some() {
            vec![Probe::Startup]
        } else {
            vec![Probe::Liveness, Probe::Readiness]
        };
        self.start_probes(uid, index, spec, &first);
    }

    pub(super) fn start_probes(&mut self, uid: &str, index: usize, spec: &Value, probes: &[Probe]) {
        for probe in probes {
            if let Some(settings) = spec.get(probe.field()) {
                let delay = settings.get("initialDelaySeconds").and_then(Value::as_f64).unwrap_or_default();
                self.plan(uid, index, delay + 1.0, Step::Probe(*probe));
            }
        }
    }

    fn plan_end(&mut self, uid: &str, index: usize, spec: &Value, program: &Program) {
        let limit = quantity::of(spec.pointer("/resources/limits/memory"));
        if let Some(memory) = &program.memory
            && limit > 0
            && limit < quantity::milli(&memory.needs)
        {
            self.plan(uid, index, memory.after, Step::Exit { code: 137, reason: "OOMKilled" });
        } else if let Some(exit) = program.exit.as_ref().filter(|_| program.until.is_none()) {
            let reason = if exit.code == 0 { "Completed" } else { "Error" };
            self.plan(uid, index, exit.after, Step::Exit { code: exit.code, reason });
        } else if program.shell && spec.get("stdin") != Some(&Value::Bool(true)) {
            self.plan(uid, index, 0.1, Step::Exit { code: 0, reason: "Completed" });
        }
    }

    /// A running container has ended.
    pub(in crate::demo::world) fn exited(&mut self, uid: &str, index: usize, code: i64, reason: &str) {
        let now = self.now;
        let falls_back = self
            .container_spec(uid, index)
            .is_some_and(|(spec, _)| text(&spec, "/terminationMessagePolicy") == "FallbackToLogsOnError" && code != 0);
        let Some(container) = self.container_mut(uid, index) else { return };
        let State::Running { since } = container.state else { return };
        let id = container.instance.as_ref().map(|instance| instance.id.clone()).unwrap_or_default();
        let mut message = String::new();
        if let Some(instance) = &mut container.instance {
            instance.finished = Some(now);
            if let Some(exit) = instance.program.exit.clone().filter(|exit| exit.code == code) {
                instance.extra.extend(exit.lines.into_iter().map(|line| (now, line)));
                message = exit.message;
            }
            if falls_back && message.is_empty() {
                message = logs::tail(instance, now);
            }
        }
        let reason = reason.to_owned();
        let ending = Ending { code, reason, message, started: since, finished: now, id };
        self.ended(uid, index, ending, now.micros_since(since).unwrap_or_default());
    }

    /// What comes after the end of a container depends on what it is and on the pod's restart policy.
    pub(super) fn ended(&mut self, uid: &str, index: usize, ending: Ending, ran: i64) {
        let policy = self.pod_object(uid).map(|pod| text(&pod, "/spec/restartPolicy").to_owned()).unwrap_or_default();
        let Some(pod) = self.pods.get_mut(uid) else { return };
        let (stopping, failed) = (pod.stopping, pod.failed.is_some());
        let Some(container) = pod.containers.get_mut(index) else { return };
        let code = ending.code;
        container.epoch += 1;
        container.state = State::Terminated(ending);
        container.ready = false;
        container.started = false;
        let again = !failed
            && match container.role {
                Role::Sidecar => true,
                Role::Init => code != 0 && policy != "Never",
                Role::Main => policy == "Always" || (policy == "OnFailure" && code != 0),
                Role::Ephemeral => false,
            };
        let wait = next_wait(container.backoff, ran);
        if again {
            container.backoff = wait.max(5.0);
        }
        if stopping {
            return self.stopped(uid);
        }
        if again && wait < 1.0 {
            self.plan(uid, index, 1.0, Step::Begin);
        } else if again {
            self.plan(uid, index, 1.2, Step::CrashLoop);
        } else if !failed {
            self.start_next(uid);
        }
    }

    /// Says that the restart is being put off, and plans it.
    pub(super) fn crash_loop(&mut self, uid: &str, index: usize) {
        let Some(pod) = self.pods.get_mut(uid) else { return };
        let whole = format!("{}_{}({uid})", pod.name, pod.namespace);
        let Some(container) = pod.containers.get_mut(index) else { return };
        let name = container.name.clone();
        let Some(ending) = container.ending().cloned() else { return };
        let wait = container.backoff;
        let shown =
            if wait < 60.0 { format!("{wait}s") } else { format!("{}m{}s", (wait / 60.0).floor(), wait % 60.0) };
        container.last = Some(ending);
        container.epoch += 1;
        container.state = State::waiting(
            "CrashLoopBackOff",
            format!("back-off {shown} restarting failed container={name} pod={whole}"),
        );
        let message = format!("Back-off restarting failed container {name} in pod {whole}");
        self.container_event(uid, index, true, "BackOff", message);
        self.plan(uid, index, wait, Step::Begin);
    }

    /// Ends the running containers of the pods whose names begin so.
    pub fn end_containers(&mut self, prefix: &str, code: i64) {
        let pods = self.pods.iter().filter(|(_, pod)| pod.name.starts_with(prefix));
        let running = pods.flat_map(|(uid, pod)| {
            pod.containers.iter().filter(|one| one.is_running()).map(|one| (uid.clone(), one.name.clone()))
        });
        let running: Vec<(String, String)> = running.collect();
        for (uid, name) in running {
            self.end_container(&uid, &name, code);
        }
    }

    /// Ends a running container from outside, as a signal to its first process does.
    pub fn end_container(&mut self, uid: &str, name: &str, code: i64) {
        let Some(index) = self.pods.get(uid).and_then(|pod| pod.containers.iter().position(|c| c.name == name)) else {
            return;
        };
        let reason = if code == 0 { "Completed" } else { "Error" };
        self.exited(uid, index, code, reason);
        self.publish(uid);
        self.settle();
    }
}

/// The wait before the next start: none at first, then 10 s, doubled up to five minutes; a long run forgives.
fn next_wait(before: f64, ran: i64) -> f64 {
    if before <= 0.0 || ran >= FORGIVEN { 0.0 } else { (before * 2.0).min(MAX_BACKOFF) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_five_minutes_and_a_long_run_forgives() {
        let mut waits = vec![next_wait(0.0, 0)];
        for _ in 0..7 {
            let before = waits.last().copied().unwrap_or_default().max(5.0);
            waits.push(next_wait(before, 0));
        }
        assert_eq!(waits, [0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0]);
        assert!(next_wait(300.0, FORGIVEN) < 1.0);
    }
}
