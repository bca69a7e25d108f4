//! Probes: asked of what the program really does, with the kubelet's words for what it answers.

use serde_json::Value;

use super::super::World;
use super::super::image::outcome;
use super::super::runtime::{Container, State};
use super::Step;
use crate::base::stamp::Stamp;
use crate::demo::json::{int, list, text};

/// The three probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Restarts what fails it.
    Liveness,
    /// Takes what fails it out of its services.
    Readiness,
    /// Holds the other two back until it succeeds.
    Startup,
}

impl Probe {
    /// Its field in a container's spec.
    pub fn field(self) -> &'static str {
        match self {
            Self::Liveness => "livenessProbe",
            Self::Readiness => "readinessProbe",
            Self::Startup => "startupProbe",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
            Self::Startup => "Startup",
        }
    }
}

impl World {
    pub(super) fn probe(&mut self, uid: &str, index: usize, probe: Probe) {
        let Some((spec, _)) = self.container_spec(uid, index) else { return };
        let Some(settings) = spec.get(probe.field()) else { return };
        let Some(pod) = self.pods.get(uid) else { return };
        let Some(container) = pod.containers.get(index) else { return };
        let answer = ask(&pod.ip, container, &spec, settings, self.now).and_then(|()| {
            let program = container.instance.as_ref().map(|run| &run.program);
            let leans_on = program.and_then(|program| program.leans_on.as_deref());
            match leans_on.filter(|_| settings.get("httpGet").is_some()) {
                Some(service) if !self.is_served(service) => Err("HTTP probe failed with statuscode: 503".to_owned()),
                _ => Ok(()),
            }
        });
        let period = int(settings, "/periodSeconds").unwrap_or(10) as f64;
        match answer {
            Ok(()) => {
                self.probe_succeeded(uid, index, probe, &spec);
                if probe != Probe::Startup {
                    // What goes well in the past need not be asked every few seconds of it.
                    let wait = self.calm_until.micros_since(self.now).map_or(0.0, |micros| micros as f64 / 1e6);
                    self.plan(uid, index, period.max(wait), Step::Probe(probe));
                }
            }
            Err(error) => {
                self.container_event(uid, index, true, "Unhealthy", format!("{} probe failed: {error}", probe.word()));
                if !self.probe_failed(uid, index, probe, settings) {
                    self.plan(uid, index, period, Step::Probe(probe));
                }
            }
        }
    }

    fn probe_succeeded(&mut self, uid: &str, index: usize, probe: Probe, spec: &Value) {
        let Some(container) = self.container_mut(uid, index) else { return };
        container.failures[probe as usize] = 0;
        match probe {
            Probe::Readiness => container.ready = container.started,
            Probe::Liveness => {}
            Probe::Startup => {
                container.started = true;
                container.ready = spec.get("readinessProbe").is_none();
                self.start_probes(uid, index, spec, &[Probe::Liveness, Probe::Readiness]);
                self.start_next(uid);
            }
        }
    }

    /// Counts a failure; gives back whether the container is being stopped for it.
    fn probe_failed(&mut self, uid: &str, index: usize, probe: Probe, settings: &Value) -> bool {
        let threshold = int(settings, "/failureThreshold").unwrap_or(3);
        let Some(container) = self.container_mut(uid, index) else { return true };
        container.failures[probe as usize] += 1;
        if container.failures[probe as usize] < threshold {
            return false;
        }
        if probe == Probe::Readiness {
            container.ready = false;
            return false;
        }
        let name = container.name.clone();
        let word = probe.word().to_lowercase();
        let message = format!("Container {name} failed {word} probe, will be restarted");
        self.container_event(uid, index, false, "Killing", message);
        let grace = self.pod_object(uid).and_then(|pod| int(&pod, "/spec/terminationGracePeriodSeconds")).unwrap_or(30);
        self.stop_container(uid, index, grace as f64);
        true
    }
}

fn ask(ip: &str, container: &Container, spec: &Value, settings: &Value, now: Stamp) -> Result<(), String> {
    let State::Running { since } = container.state else { return Ok(()) };
    let Some(instance) = &container.instance else { return Ok(()) };
    let program = &instance.program;
    let up = now.micros_since(since).unwrap_or_default() as f64 / 1e6 >= program.ready_after;
    if let Some(http) = settings.get("httpGet") {
        let (port, path) = (port_of(spec, &http["port"]), text(http, "/path"));
        if !up || !program.listens.contains(&port) {
            let url = format!("http://{ip}:{port}{path}");
            return Err(format!("Get {url:?}: dial tcp {ip}:{port}: connect: connection refused"));
        }
        if program.latency > settings.get("timeoutSeconds").and_then(Value::as_f64).unwrap_or(1.0) {
            let url = format!("http://{ip}:{port}{path}");
            let why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
            return Err(format!("Get {url:?}: {why}"));
        }
        let known = program.paths.iter().any(|known| known == path);
        return if known { Ok(()) } else { Err("HTTP probe failed with statuscode: 404".to_owned()) };
    }
    if let Some(tcp) = settings.get("tcpSocket") {
        let port = port_of(spec, &tcp["port"]);
        let open = up && program.listens.contains(&port);
        return if open { Ok(()) } else { Err(format!("dial tcp {ip}:{port}: connect: connection refused")) };
    }
    let words: Vec<&str> = list(settings, "/exec/command").iter().filter_map(Value::as_str).collect();
    match words.as_slice() {
        ["cat", path] if !matches!(container.files.get(*path), Some(Some(_))) => {
            Err(format!("cat: can't open '{path}': No such file or directory\n"))
        }
        words => match outcome(words) {
            (_, 0) => Ok(()),
            _ => Err(String::new()),
        },
    }
}

/// A port by number, or by its name in the container's spec.
fn port_of(spec: &Value, port: &Value) -> i64 {
    port.as_i64().unwrap_or_else(|| {
        let named = list(spec, "/ports").iter().find(|known| known["name"] == *port);
        named.and_then(|known| int(known, "/containerPort")).unwrap_or_default()
    })
}
