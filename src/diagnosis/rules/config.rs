//! Containers whose configuration cannot be put together: what they name is not there.
//!
//! What environment and security context need is said by the waiting reason `CreateContainerConfigError`; what volumes need, by
//! the event `FailedMount` of the pod. Pods that wait for the same missing object are one finding, whose root is that object.

use serde_json::Value;

use super::super::facts::{ContainerFacts, PodFacts};
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::known::Seen;
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::runs::edit;
use super::start::{before_start, chain_end, failure};
use super::words::cut;
use crate::base::json::text;
use crate::model::lookup::{Lookup, Resource};

/// What a container that cannot be made brings with it.
const FOLLOWS: &[&str] =
    &["start.*", "crash.*", "init.*", "ready.*", "restarts.*", "image.slow", "unknown.*", "owner.progress-deadline"];

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "config.missing-configmap",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "A ConfigMap that the pod needs does not exist in its namespace.",
        known_by: "configmap \"NAME\" not found, as the container's waiting message (environment) or in the event FailedMount (volume). Seen on 1.35; the same words since 1.6.",
        remedy: "Create the ConfigMap, or correct its name; the pod starts by itself then. Mark the reference optional if it is.",
        judge: Judge::Pod(|rule, facts| missing(rule, facts, "ConfigMap")),
    },
    Rule {
        id: "config.missing-secret",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "A Secret that the pod needs does not exist in its namespace.",
        known_by: "secret \"NAME\" not found, as the container's waiting message (environment) or in the event FailedMount (volume). Seen on 1.35; the same words since 1.6.",
        remedy: "Create the Secret, or correct its name; the pod starts by itself then. Mark the reference optional if it is.",
        judge: Judge::Pod(|rule, facts| missing(rule, facts, "Secret")),
    },
    Rule {
        id: "config.missing-key",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The ConfigMap or Secret is there, but has no such key.",
        known_by: "couldn't find key KEY in ConfigMap NAMESPACE/NAME (environment), or references non-existent config key (volume). Seen on 1.35.",
        remedy: "Correct the key in the pod's spec, or add it to the object.",
        judge: Judge::Pod(missing_key),
    },
    Rule {
        id: "config.bad-subpath",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The subPath of a volume mount cannot be used: it is no directory, leads out of the volume, or does not fit what is mounted over.",
        known_by: "The waiting message failed to prepare subPath, or the runtime's words about a mount of volume-subpaths. Seen on 1.35.",
        remedy: "Correct subPath or subPathExpr; a file can only be mounted over a file.",
        judge: Judge::Container(bad_subpath),
    },
    Rule {
        id: "config.run-as-non-root",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The pod demands a user other than root, and the image or the pod names root, or a user without a number.",
        known_by: "The waiting message speaks of runAsNonRoot, or of the non-root policy. Seen on 1.35; the same words since 1.9.",
        remedy: "Set runAsUser to a number other than 0, or take an image whose USER is one.",
        judge: Judge::Container(run_as_non_root),
    },
    Rule {
        id: "config.service-account",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The pod's service account is gone, so that it gets no token.",
        known_by: "The event FailedMount says failed to fetch token: serviceaccounts \"NAME\" not found. Seen on 1.35.",
        remedy: "Create the service account again, or name another; a pod cannot change its own.",
        judge: Judge::Pod(service_account),
    },
];

/// Words of the kubelet about what a pod's configuration lacks, and where they stand.
struct Complaint<'a> {
    words: &'a str,
    evidence: Evidence,
    container: Option<ContainerFacts<'a>>,
}

/// What the kubelet complains of: a container that waits with `CreateContainerConfigError`, or else a volume.
fn complaint<'a>(facts: &'a PodFacts<'a>) -> Option<Complaint<'a>> {
    if facts.pod.meta.deleted.is_set() {
        return None;
    }
    if let Some(complaint) = facts.containers().find_map(|container| of_container(&container)) {
        return Some(complaint);
    }
    let event = before_start(facts, &["FailedMount"])?;
    let is_named = |event: &&&crate::model::event::EventRow| {
        &*event.reason == "FailedMount" && !event.message.starts_with("Unable to attach or mount")
    };
    let event = facts.events.iter().rev().find(is_named).copied().unwrap_or(event);
    Some(Complaint { words: &event.message, evidence: Evidence::event(event), container: None })
}

fn of_container<'a>(facts: &ContainerFacts<'a>) -> Option<Complaint<'a>> {
    let wait = facts.wait().filter(|wait| &*wait.reason == "CreateContainerConfigError")?;
    Some(Complaint { words: &wait.message, evidence: facts.state()?, container: Some(*facts) })
}

impl Complaint<'_> {
    fn finding(self, rule: &Rule, facts: &PodFacts<'_>, cause: String) -> Finding {
        let failed = self.container.and_then(|container| container.event(&["Failed"]));
        let first = failed.map(|event| event.sighting().first).filter(|first| first.is_set());
        let since = first.unwrap_or(facts.pod.meta.created);
        let finding = match self.container {
            Some(container) => rule.in_container(&container, cause),
            None => rule.in_pod(facts, cause),
        };
        let since = if self.evidence.at.is_set() { since.min(self.evidence.at) } else { since };
        finding.since(since).seen([self.evidence]).seen(failed.map(Evidence::event))
    }
}

/// What stands in quotation marks behind these words.
fn quoted<'a>(text: &'a str, before: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(before)?.1.split_once('"')
}

fn missing(rule: &Rule, facts: &PodFacts<'_>, kind: &str) -> Option<Finding> {
    let complaint = complaint(facts)?;
    let before = if kind == "Secret" { "secret \"" } else { "configmap \"" };
    let (name, _) = quoted(complaint.words, before).filter(|(_, rest)| rest.trim_start().starts_with("not found"))?;
    let namespace = &facts.pod.meta.namespace;
    let lookup = match kind {
        "Secret" => Lookup::secret(namespace, name),
        _ => Lookup::object(Resource::ConfigMaps, namespace, name),
    };
    let root = Subject::new(kind, namespace, name);
    let of = usage(&complaint, kind, name);
    let cause = format!("{kind} {name} does not exist{of}");
    if matches!(facts.known.object(lookup), Seen::Known(_)) {
        return Some(made_since(rule, facts, complaint, &format!("{kind} {name} exists by now")).root(root));
    }
    let finding = complaint.finding(rule, facts, cause).root(root);
    Some(finding.next(edit(facts)).next(Next::new(Step::Events, &facts.subject())))
}

/// What was missing and is there now: the kubelet takes up to two minutes to look again.
fn made_since(rule: &Rule, facts: &PodFacts<'_>, complaint: Complaint<'_>, what: &str) -> Finding {
    let cause = format!("{what}: the kubelet will look again within two minutes");
    complaint.finding(rule, facts, cause).severity(Severity::Notice)
}

/// What the pod needs it for, where that is known.
fn usage(complaint: &Complaint<'_>, kind: &str, name: &str) -> String {
    if complaint.container.is_none() {
        return match quoted(complaint.words, "for volume \"") {
            Some((volume, _)) => format!(", which volume {volume} needs"),
            None => String::new(),
        };
    }
    let Some(spec) = complaint.container.and_then(|container| container.spec()) else { return String::new() };
    let reference = if kind == "Secret" { "/valueFrom/secretKeyRef/name" } else { "/valueFrom/configMapKeyRef/name" };
    let container = complaint.container.map_or("", |container| &container.row.name);
    match crate::base::json::list(spec, "/env").iter().find(|variable| text(variable, reference) == name) {
        Some(variable) => format!(", which {} of container {container} needs", text(variable, "/name")),
        None => format!(", which the environment of container {container} needs"),
    }
}

fn missing_key(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let complaint = complaint(facts)?;
    let Wanted { key, kind, name } = key_of(facts, complaint.words)?;
    let namespace = &facts.pod.meta.namespace;
    let has = if kind == "ConfigMap" && !name.is_empty() { keys(facts, name) } else { None };
    if has.as_ref().is_some_and(|has| has.contains(&key)) {
        return Some(made_since(rule, facts, complaint, &format!("{kind} {name} has the key {key} by now")));
    }
    let object = if name.is_empty() { format!("the {kind}") } else { format!("{kind} {name}") };
    let other = match has.as_deref() {
        Some([]) => "; it has none".to_owned(),
        Some(has) => format!("; it has {}", cut(&has.join(", "))),
        None => String::new(),
    };
    let cause = format!("{object} has no key {key}{other}");
    let finding = complaint.finding(rule, facts, cause);
    let finding = finding.next(edit(facts));
    if name.is_empty() {
        Some(finding)
    } else {
        Some(finding.next(Next::new(Step::Yaml, &Subject::new(kind, namespace, name))))
    }
}

/// A key that is asked for, and of what; the name is empty where nothing tells it.
struct Wanted<'a> {
    key: &'a str,
    kind: &'static str,
    name: &'a str,
}

/// `couldn't find key KEY in ConfigMap NAMESPACE/NAME`, `configmap references non-existent config key: KEY`.
fn key_of<'a>(facts: &PodFacts<'a>, words: &'a str) -> Option<Wanted<'a>> {
    if let Some((_, rest)) = words.split_once("couldn't find key ") {
        let (key, rest) = rest.split_once(" in ")?;
        let (kind, rest) = rest.split_once(' ')?;
        let name = rest.split_whitespace().next()?.rsplit('/').next()?;
        return Some(Wanted { key, kind: if kind == "Secret" { "Secret" } else { "ConfigMap" }, name });
    }
    let (kind, mark) = [("ConfigMap", "non-existent config key: "), ("Secret", "non-existent secret key: ")]
        .into_iter()
        .find(|(_, mark)| words.contains(mark))?;
    let key = words.split_once(mark)?.1.split_whitespace().next()?.trim_end_matches([',', '.']);
    let name = quoted(words, "for volume \"").and_then(|(volume, _)| volume_object(facts, volume, kind));
    Some(Wanted { key, kind, name: name.unwrap_or("") })
}

/// The object behind a volume of the pod.
fn volume_object<'a>(facts: &PodFacts<'a>, volume: &str, kind: &str) -> Option<&'a str> {
    let pod = facts.object()?;
    let volume = crate::base::json::list(pod, "/spec/volumes").iter().find(|known| text(known, "/name") == volume)?;
    let name = text(volume, if kind == "Secret" { "/secret/secretName" } else { "/configMap/name" });
    (!name.is_empty()).then_some(name)
}

/// The keys of a ConfigMap.
fn keys<'a>(facts: &PodFacts<'a>, name: &str) -> Option<Vec<&'a str>> {
    let lookup = Lookup::object(Resource::ConfigMaps, &facts.pod.meta.namespace, name);
    let object: &Value = facts.known.object(lookup).known()?;
    let of = |field: &str| object.get(field).and_then(Value::as_object).into_iter().flatten();
    Some(of("data").chain(of("binaryData")).map(|(key, _)| key.as_str()).collect())
}

fn bad_subpath(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    if let Some(complaint) = of_container(facts) {
        let words = complaint.words;
        let is_subpath = words.contains("subPath") || words.contains("subpath");
        let cause = if is_subpath {
            format!("{}: \"{}\"", subpath_of(facts, quoted(words, "volumeMount \"").map(|(name, _)| name)), cut(words))
        } else {
            let name = words.strip_prefix("missing value for ")?;
            format!("subPathExpr names ${{{name}}}, which the container's environment does not set")
        };
        return Some(complaint.finding(rule, facts.pod, cause).next(edit(facts.pod)));
    }
    let (words, state) = failure(facts).filter(|(words, _)| words.contains("volume-subpaths"))?;
    let volume = words.split_once("/volume-subpaths/").and_then(|(_, rest)| rest.split('/').next());
    let at = words.split_once("rootfs at \"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or("its mount path");
    let why = chain_end(words).rsplit(": ").next().unwrap_or("").to_owned();
    let cause =
        format!("{} does not fit {at}: \"{why}\" (a file can only be mounted over a file)", subpath_of(facts, volume));
    let finding = rule.in_container(facts, cause).since(state.at).seen([state]);
    Some(finding.next(edit(facts.pod)))
}

/// `subPath conf/deep of volume work`.
fn subpath_of(facts: &ContainerFacts<'_>, volume: Option<&str>) -> String {
    let volume = volume.unwrap_or("");
    let mounts = facts.spec().map_or(&[][..], |spec| crate::base::json::list(spec, "/volumeMounts"));
    let mount = mounts.iter().find(|mount| text(mount, "/name") == volume && !text(mount, "/subPath").is_empty());
    match mount {
        Some(mount) => format!("subPath {} of volume {volume}", text(mount, "/subPath")),
        None => format!("the subPath of volume {volume}"),
    }
}

fn run_as_non_root(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let complaint = of_container(facts)?;
    let words = complaint.words;
    let image = &facts.row.image;
    let cause = if words.contains("non-numeric user") {
        let user = words.split_once("user (").and_then(|(_, rest)| rest.split(')').next()).unwrap_or("");
        format!(
            "runAsNonRoot is set, and the user {user} of image {image} is no number, so nobody can tell that it is not root"
        )
    } else if words.contains("image will run as root") {
        format!("runAsNonRoot is set, and image {image} runs as root; no runAsUser says otherwise")
    } else if words.contains("non-root policy") || words.contains("runAsNonRoot") {
        "runAsNonRoot is set, and runAsUser is 0".to_owned()
    } else {
        return None;
    };
    Some(
        complaint
            .finding(rule, facts.pod, cause)
            .next(edit(facts.pod))
            .next(Next::new(Step::Yaml, &facts.pod.subject())),
    )
}

fn service_account(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let complaint = complaint(facts).filter(|complaint| complaint.words.contains("failed to fetch token"))?;
    let (name, _) =
        quoted(complaint.words, "serviceaccounts \"").or_else(|| quoted(complaint.words, "serviceaccount \""))?;
    let root = Subject::new("ServiceAccount", &facts.pod.meta.namespace, name);
    let cause = format!("service account {name} does not exist, so that the pod gets no token");
    let finding = complaint.finding(rule, facts, cause).root(root);
    Some(finding.next(edit(facts)).next(Next::new(Step::Events, &facts.subject())))
}
