//! What a probe asked, and what came back, in few words.

use serde_json::Value;

use super::super::facts::ContainerFacts;
use super::words::cut;
use crate::base::json::{list, text};
use crate::model::event::EventRow;

/// The three probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probe {
    Liveness,
    Readiness,
    Startup,
}

impl Probe {
    /// As sentences name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
            Self::Startup => "startup",
        }
    }

    /// How its `Unhealthy` events begin: `Liveness probe failed: …`, `… errored: …`, 1.10 to 1.35.
    fn begins(self) -> &'static str {
        match self {
            Self::Liveness => "Liveness probe ",
            Self::Readiness => "Readiness probe ",
            Self::Startup => "Startup probe ",
        }
    }

    /// Its part of the container's spec, once that is read.
    pub(super) fn spec<'a>(self, facts: &ContainerFacts<'a>) -> Option<&'a Value> {
        let name = match self {
            Self::Liveness => "livenessProbe",
            Self::Readiness => "readinessProbe",
            Self::Startup => "startupProbe",
        };
        facts.spec()?.get(name)
    }

    /// The newest event in which it failed.
    pub(super) fn failed<'a>(self, facts: &ContainerFacts<'a>) -> Option<&'a EventRow> {
        let is_its = |event: &&&EventRow| {
            let is_failure = &*event.reason == "Unhealthy" && event.message.starts_with(self.begins());
            is_failure && facts.is_named_by(&event.field_path)
        };
        facts.pod.events.iter().rev().find(is_its).copied()
    }

    /// The newest event in which the kubelet killed the container because of it.
    pub(super) fn killed<'a>(self, facts: &ContainerFacts<'a>) -> Option<&'a EventRow> {
        let words = match self {
            Self::Liveness => "failed liveness probe",
            Self::Startup => "failed startup probe",
            Self::Readiness => return None,
        };
        let is_its = |event: &&&EventRow| {
            &*event.reason == "Killing" && event.message.contains(words) && facts.is_named_by(&event.field_path)
        };
        facts.pod.events.iter().rev().find(is_its).copied()
    }
}

/// A number of a probe's spec, or the API's default.
pub(super) fn number(spec: &Value, field: &str) -> i64 {
    let default = match field {
        "periodSeconds" => 10,
        "failureThreshold" => 3,
        "timeoutSeconds" => 1,
        _ => 0,
    };
    spec[field].as_i64().filter(|value| *value > 0).unwrap_or(default)
}

/// How long a probe lets a container be, in seconds.
pub(super) fn allowance(spec: &Value) -> i64 {
    let product = number(spec, "periodSeconds").saturating_mul(number(spec, "failureThreshold"));
    number(spec, "initialDelaySeconds").saturating_add(product)
}

/// What the probe asked, and what came back: `GET :8080/healthz answers 404`, `port 9000: connection refused`.
pub(super) fn outcome(facts: &ContainerFacts<'_>, spec: Option<&Value>, message: &str) -> String {
    let said = message.split_once(": ").map_or(message, |(_, said)| said).trim();
    let asked = spec.and_then(|spec| asked(facts, spec)).or_else(|| asked_by_words(said));
    if let Some(status) = said.split("statuscode: ").nth(1) {
        let asked = asked.unwrap_or_else(|| "its HTTP request".to_owned());
        return format!("{asked} answers {}", cut(status));
    }
    let short = reason(said, spec);
    match asked {
        Some(asked) => format!("{asked}: {short}{}", other_port(facts, spec, &short)),
        None => short,
    }
}

/// What a probe asks, as its spec says; `None` for a command, whose own words say more.
fn asked(facts: &ContainerFacts<'_>, spec: &Value) -> Option<String> {
    if let Some(get) = spec.get("httpGet") {
        let path = text(get, "/path");
        let scheme = if text(get, "/scheme") == "HTTPS" { "HTTPS " } else { "" };
        let slash = if path.starts_with('/') { "" } else { "/" };
        return Some(format!("{scheme}GET :{}{slash}{path}", port(facts, &get["port"])));
    }
    if let Some(socket) = spec.get("tcpSocket") {
        return Some(format!("port {}", port(facts, &socket["port"])));
    }
    spec.get("grpc").map(|grpc| format!("gRPC port {}", port(facts, &grpc["port"])))
}

/// A port by its number; a name with the number that the container gives it.
fn port(facts: &ContainerFacts<'_>, port: &Value) -> String {
    let Some(name) = port.as_str() else { return port.to_string() };
    let ports = facts.spec().map_or(&[][..], |spec| list(spec, "/ports"));
    match ports.iter().find(|known| text(known, "/name") == name) {
        Some(known) => known["containerPort"].to_string(),
        None => name.to_owned(),
    }
}

/// `Get "http://10.0.0.1:8080/ready": dial …`, where the spec is not known.
fn asked_by_words(said: &str) -> Option<String> {
    let url = said.strip_prefix("Get \"")?.split('"').next()?;
    let (_, rest) = url.split_once("://")?;
    Some(format!("GET {}", &rest[rest.rfind(':')?..]))
}

/// The last part of a chain of errors, which is the one that says something.
fn reason(said: &str, spec: Option<&Value>) -> String {
    let timeout = || spec.map_or(1, |spec| number(spec, "timeoutSeconds"));
    let is_late = ["context deadline exceeded", "Client.Timeout", "i/o timeout", "timed out after"];
    if is_late.iter().any(|words| said.contains(words)) {
        return format!("no answer within {}s", timeout());
    }
    let is_network = said.starts_with("Get \"") || said.starts_with("dial tcp");
    match said.rsplit_once(": ") {
        Some((_, last)) if is_network => cut(last),
        _ if said.is_empty() => "it fails and says nothing".to_owned(),
        _ => {
            let line = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(said);
            format!("\"{}\"", cut(line.trim()))
        }
    }
}

/// A hint where nobody listens and the container declares other ports.
fn other_port(facts: &ContainerFacts<'_>, spec: Option<&Value>, short: &str) -> String {
    if !short.contains("refused") {
        return String::new();
    }
    let declared = facts.spec().map_or(&[][..], |spec| list(spec, "/ports"));
    let numbers: Vec<String> = declared.iter().map(|port| port["containerPort"].to_string()).collect();
    let asked = spec.and_then(|spec| spec.pointer("/httpGet/port").or_else(|| spec.pointer("/tcpSocket/port")));
    let asked = asked.map(|asked| port(facts, asked)).unwrap_or_default();
    if numbers.is_empty() || asked.is_empty() || numbers.contains(&asked) {
        return String::new();
    }
    format!(" (the container declares port {})", numbers.join(", "))
}
