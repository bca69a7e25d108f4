//! Containers and pods that the kubelet and the runtime cannot start: the command, the working directory, the sandbox,
//! volumes, hooks.
//!
//! A start that fails ends with the reason `StartError`, or waits with `RunContainerError`; the runtime's words stand in the
//! message of the state, of the last end, or of the newest `Failed` event. What happens before there is a container is said in
//! events about the pod alone, and only the newest of them counts: a mount that has succeeded since says nothing.

use super::super::facts::{ContainerFacts, PodFacts};
use super::super::finding::{Evidence, Finding, Severity};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::runs::{self, edit};
use super::words::{self, cut, cut_middle};
use crate::base::json::{list, text};
use crate::model::event::EventRow;
use crate::model::pod::{ContainerKind, State};

/// What a start that fails brings with it.
const FOLLOWS: &[&str] = &[
    "crash.*",
    "init.*",
    "sidecar.*",
    "ready.*",
    "restarts.*",
    "unknown.*",
    "owner.progress-deadline",
    "owner.backoff-limit",
];

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "start.command-not-found",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The program that the container shall run is not in its image.",
        known_by: "The runtime's words when it starts the container: \"executable file not found in $PATH\", or no such file. \
                   Seen with containerd 1.6 and runc 1.1; CRI-O and docker hand on the same words of runc and crun.",
        remedy: "Compare command and args with what is in the image; a shell script also needs its interpreter there.",
        judge: Judge::Container(command_not_found),
    },
    Rule {
        id: "start.permission",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The program that the container shall run may not be executed by the container's user.",
        known_by: "The runtime's words when it starts the container: permission denied, behind the program's name.",
        remedy: "Set the executable bit in the image, or let the container run as a user who may execute it.",
        judge: Judge::Container(permission),
    },
    Rule {
        id: "start.bad-workdir",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The working directory of the container cannot be made or entered.",
        known_by: "The runtime's words when it starts the container: chdir to cwd, or mkdir of the working directory, failed.",
        remedy: "Set a workingDir that exists in the image, and that the container's user may enter.",
        judge: Judge::Container(bad_workdir),
    },
    Rule {
        id: "start.sandbox",
        severity: Severity::Broken,
        explains: &["ready.*", "unknown.*", "image.slow", "init.waiting", "owner.progress-deadline"],
        means: "The node cannot make the pod's sandbox: its network, its runtime or its control group.",
        known_by: "The newest event of the pod that is not about a container is FailedCreatePodSandBox, and no container has begun.",
        remedy: "Look at the node's network plugin and runtime; where addresses are used up, at its pod range.",
        judge: Judge::Pod(sandbox),
    },
    Rule {
        id: "start.volume-mount",
        severity: Severity::Broken,
        explains: &["ready.*", "unknown.*", "image.slow", "init.waiting", "owner.progress-deadline"],
        means: "A volume of the pod cannot be attached or mounted.",
        known_by: "The newest event of the pod that is not about a container is FailedMount or FailedAttachVolume, and its containers have not begun. \
                   Which volume, and why, stand in its words.",
        remedy: "Mend what the words name: a path on the node, a server, a driver, or another pod that still holds the volume.",
        judge: Judge::Pod(volume_mount),
    },
    Rule {
        id: "start.hook-failed",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The container is killed because its postStart hook fails.",
        known_by: "An event FailedPostStartHook about the container that crashes. Seen on 1.35, which no longer says how the hook ended.",
        remedy: "Run the hook's command in the container by hand, or take the hook out.",
        judge: Judge::Container(hook_failed),
    },
    Rule {
        id: "start.hostport",
        severity: Severity::Broken,
        explains: &["end.rejected", "start.sandbox", "ready.*", "unknown.*", "owner.progress-deadline"],
        means: "The port of the node that the pod wants is taken.",
        known_by: "The kubelet refused the pod with the reason NodePorts, or the sandbox failed because of a host port.",
        remedy: "Take another hostPort, or a Service; find the pod that has the port.",
        judge: Judge::Pod(hostport),
    },
];

/// What runc and crun say where the program is not there. runc 1.0 to 1.2, crun 1.8.
const NOT_THERE: &[&str] = &["executable file not found in $PATH", "no such file or directory", "not found in $PATH"];
/// What they say of the working directory: runc 1.0 to 1.2, crun 1.8.
const WORKDIR: &[&str] =
    &["chdir to cwd", "error during container init: mkdir", "mkdir ", "set process working directory"];

/// The runtime's words about a start that failed, and where they stand.
pub(super) fn failure<'a>(facts: &ContainerFacts<'a>) -> Option<(&'a str, Evidence)> {
    if facts.pod.pod.meta.deleted.is_set() {
        return None;
    }
    let source = format!("state of container {}", facts.row.name);
    if let Some(wait) =
        facts.wait().filter(|wait| matches!(&*wait.reason, "RunContainerError" | "CreateContainerError"))
    {
        return Some((&wait.message, Evidence::new(source, format!("{}: {}", wait.reason, wait.message))));
    }
    let is_down = !matches!(facts.row.state, State::Running(_));
    let end = facts.last_end().filter(|end| is_down && matches!(&*end.reason, "StartError" | "ContainerCannotRun"))?;
    Some((&end.message, Evidence::new(source, format!("{}: {}", end.reason, end.message)).at(end.finished)))
}

/// The program in `exec: "NAME": why`, and why.
fn program(words: &str) -> Option<(&str, &str)> {
    let (_, rest) = words.split_once("exec: \"").or_else(|| words.split_once("executable file `"))?;
    rest.split_once(['"', '`'])
}

fn failed(rule: &Rule, facts: &ContainerFacts<'_>, cause: String, state: Evidence) -> Finding {
    let back_off = facts.event(&["BackOff"]);
    let since = back_off.map_or(state.at, |event| event.sighting().first);
    rule.in_container(facts, cause).since(since).seen([state]).seen(back_off.map(Evidence::event)).next(edit(facts.pod))
}

fn command_not_found(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let (words, state) = failure(facts)?;
    let (program, why) = program(words)?;
    NOT_THERE.iter().any(|pattern| why.contains(pattern)).then_some(())?;
    let place = if program.contains('/') { "" } else { " ($PATH)" };
    let cause = format!("the program {program} is not in the image {}{place}", facts.row.image);
    let finding = failed(rule, facts, cause, state);
    Some(finding.next(Next::new(Step::SetImage, &facts.pod.owner().container(&facts.row.name))).next(debug(facts)))
}

fn permission(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let (words, state) = failure(facts)?;
    let (program, why) =
        program(words).filter(|(_, why)| why.contains("permission denied") || why.contains("not permitted"))?;
    let cause = format!("the program {program} may not be executed: \"{}\"", cut(why.trim_start_matches(": ")));
    Some(failed(rule, facts, cause, state).next(debug(facts)))
}

fn bad_workdir(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let (words, state) = failure(facts)?;
    WORKDIR.iter().any(|pattern| words.contains(pattern)).then_some(())?;
    let directory = facts.spec().map_or("", |spec| text(spec, "/workingDir"));
    let at = if directory.is_empty() { String::new() } else { format!(" {directory}") };
    let cause = format!("the working directory{at} cannot be used: \"{}\"", tail(words));
    Some(failed(rule, facts, cause, state).next(debug(facts)))
}

fn debug(facts: &ContainerFacts<'_>) -> Next {
    Next::new(Step::Debug, &facts.subject())
}

/// The end of a chain of errors, without what runc puts behind it.
pub(super) fn chain_end(words: &str) -> &str {
    let words = words.trim().trim_end_matches(": unknown");
    let skip = ["unable to start container process: ", "error during container init: ", "desc = "];
    let from = skip.iter().filter_map(|mark| words.rfind(mark).map(|at| at + mark.len())).max().unwrap_or(0);
    &words[from..]
}

/// The same, no longer than a quotation may be; of a longer one both ends, because runtimes put the reason at the end.
pub(super) fn tail(words: &str) -> String {
    cut_middle(chain_end(words))
}

/// The newest event about the pod as a whole, where no container has begun; with one of these reasons.
pub(super) fn before_start<'a>(facts: &PodFacts<'a>, reasons: &[&str]) -> Option<&'a EventRow> {
    let pod = facts.pod;
    let has_begun = |container: &&crate::model::pod::ContainerRow| {
        container.kind != ContainerKind::Ephemeral && !matches!(container.state, State::Waiting(_) | State::Unknown)
    };
    if pod.meta.deleted.is_set()
        || pod.has_ended()
        || pod.node.is_empty()
        || pod.containers.iter().any(|row| has_begun(&row))
    {
        return None;
    }
    let known = ["FailedCreatePodSandBox", "FailedMount", "FailedAttachVolume", "FailedMapVolume", "Pulling", "Pulled"];
    let newest = super::super::facts::newest(facts.events, &known)?;
    reasons.contains(&&*newest.reason).then_some(newest)
}

/// Why a sandbox cannot be made, in words for a person: what the message holds, and what that means. From containerd 1.6 and the
/// plugins of 2026; the others from source (Calico 3.27, Cilium 1.15, AWS VPC CNI 1.18, containerd 2.0).
const SANDBOX: &[(&str, &str)] = &[
    ("no runtime for", "the node's container runtime has no handler of this name"),
    ("no available IP addresses", "the node's pod addresses are used up"),
    ("failed to assign an IP address", "the node's pod addresses are used up"),
    ("no IP addresses available in range", "the node's pod addresses are used up"),
    ("cni config uninitialized", "the node's network plugin is not set up"),
    ("cni plugin not initialized", "the node's network plugin is not set up"),
    ("failed to find plugin", "a network plugin is not installed on the node"),
    ("network: ", "the network plugin fails"),
    ("plugin type=", "the network plugin fails"),
];

fn sandbox(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let event = before_start(facts, &["FailedCreatePodSandBox"])?;
    let meaning = SANDBOX.iter().find(|(words, _)| event.message.contains(words));
    let why = tail(&event.message);
    let cause = match meaning {
        Some((_, meaning)) => format!("{meaning}: \"{why}\""),
        None => format!("the pod's sandbox cannot be made: \"{why}\""),
    };
    Some(
        about_pod(rule, facts, cause, event)
            .next(Next::new(Step::Describe, &super::super::finding::Subject::node(&facts.pod.node))),
    )
}

pub(super) fn about_pod(rule: &Rule, facts: &PodFacts<'_>, cause: String, event: &EventRow) -> Finding {
    let events = Next::new(Step::Events, &facts.subject());
    rule.in_pod(facts, cause).since(event.sighting().first).seen([Evidence::event(event)]).next(events)
}

fn volume_mount(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let event = before_start(facts, &["FailedMount", "FailedAttachVolume", "FailedMapVolume"])?;
    let event = telling(facts).unwrap_or(event);
    let (volume, why) = mount_words(&event.message);
    let what = volume_source(facts, volume);
    let cause = format!("volume {volume}{what} cannot be mounted: {}", mount_reason(&event.message, why));
    Some(about_pod(rule, facts, cause, event).next(edit(facts)))
}

/// The newest mount event that says why: those about a timeout only say which volumes are not there yet.
fn telling<'a>(facts: &PodFacts<'a>) -> Option<&'a EventRow> {
    let is_telling = |event: &&&EventRow| {
        matches!(&*event.reason, "FailedMount" | "FailedAttachVolume" | "FailedMapVolume")
            && !event.message.starts_with("Unable to attach or mount volumes")
    };
    facts.events.iter().rev().find(is_telling).copied()
}

/// The volume and why, of `MountVolume.SetUp failed for volume "data" : why`, and of the other steps' words.
fn mount_words(message: &str) -> (&str, &str) {
    let unmounted = || message.split_once("unmounted volumes=[").and_then(|(_, rest)| rest.split_once(']'));
    let quoted = || message.split_once("for volume \"").and_then(|(_, rest)| rest.split_once('"'));
    let (volume, why) = quoted().or_else(unmounted).unwrap_or(("", message));
    (volume, why.trim_start_matches([' ', ':', ',']))
}

/// The telling line of what a mount says: of what `mount` prints, the line behind `Output:`.
fn mount_reason(message: &str, why: &str) -> String {
    let output = why.split_once("Output: ").map(|(_, output)| output);
    let line = output.unwrap_or(why).lines().find(|line| !line.trim().is_empty()).unwrap_or(why);
    let meaning = [
        ("Multi-Attach error", "it is still attached to another node: "),
        ("timed out waiting for the condition", "it is not there in time: "),
        ("not found in the list of registered CSI drivers", "its driver does not run on the node: "),
        ("hostPath type check failed", "the node does not have it so: "),
    ];
    let meaning = meaning.iter().find(|(words, _)| message.contains(words)).map_or("", |(_, meaning)| meaning);
    let line = line.strip_prefix("hostPath type check failed: ").unwrap_or(line);
    let line = line
        .rsplit_once("/volumes/kubernetes.io~")
        .and_then(|(_, rest)| rest.split_once(": "))
        .map_or(line, |(_, rest)| rest);
    format!("{meaning}\"{}\"", cut(line.trim()))
}

/// What the volume is, as far as that says something: ` (nfs 10.0.0.9:/export)`, ` (claim data)`.
fn volume_source(facts: &PodFacts<'_>, name: &str) -> String {
    let Some(pod) = facts.object() else { return String::new() };
    let Some(volume) = list(pod, "/spec/volumes").iter().find(|volume| text(volume, "/name") == name) else {
        return String::new();
    };
    let of = |path: &str| text(volume, path);
    for (path, kind) in [
        ("/hostPath/path", "the node's"),
        ("/persistentVolumeClaim/claimName", "claim"),
        ("/csi/driver", "driver"),
        ("/secret/secretName", "Secret"),
        ("/configMap/name", "ConfigMap"),
    ] {
        if !of(path).is_empty() {
            return format!(" ({kind} {})", of(path));
        }
    }
    if of("/nfs/server").is_empty() {
        String::new()
    } else {
        format!(" (nfs {}:{})", of("/nfs/server"), of("/nfs/path"))
    }
}

/// Whether the container is killed because its hook fails.
pub(super) fn failed_hook<'a>(facts: &ContainerFacts<'a>) -> Option<&'a EventRow> {
    let event = facts.event(&["FailedPostStartHook"])?;
    let crash = runs::Crash::of(facts)?;
    let is_recent = event.sighting().last >= crash.end.started;
    (is_recent || matches!(crash.end.exit_code, 137 | 143)).then_some(event)
}

fn hook_failed(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let event = failed_hook(facts)?;
    let crash = runs::Crash::of(facts)?;
    let hook = facts.spec().and_then(|spec| spec.pointer("/lifecycle/postStart")).map(hook_words).unwrap_or_default();
    // Until 1.22 the event said how the command ended; since then it says that it failed.
    let said = event.message.split_once("exited with ").map(|(_, said)| format!(", exit code {}", cut(said)));
    let cause = format!("killed because its postStart hook fails{hook}{}", said.unwrap_or_default());
    let finding = crash.finding(rule, cause, &words::Said::Nothing).seen([Evidence::event(event)]);
    Some(finding.next(edit(facts.pod)).next(debug(facts)))
}

/// What the hook does: `: sh -c …`, `: GET :8081/warm`.
fn hook_words(hook: &serde_json::Value) -> String {
    let command: Vec<&str> = list(hook, "/exec/command").iter().filter_map(serde_json::Value::as_str).collect();
    if !command.is_empty() {
        return format!(": {}", cut(&command.join(" ")));
    }
    match hook.get("httpGet") {
        Some(get) => format!(": GET :{}{}", get["port"].to_string().trim_matches('"'), text(get, "/path")),
        None => String::new(),
    }
}

fn hostport(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let trouble = facts.pod.trouble.as_ref()?;
    let is_refused = &*facts.pod.phase == "Failed" && trouble.reason == "NodePorts";
    let in_sandbox = before_start(facts, &["FailedCreatePodSandBox"])
        .filter(|event| event.message.contains("hostport") || event.message.contains("host port"));
    if !is_refused && in_sandbox.is_none() {
        return None;
    }
    let ports = ports(facts);
    let cause = format!("port{ports} of node {} is taken", facts.pod.node);
    let state =
        is_refused.then(|| Evidence::new("status of the pod", format!("{}: {}", trouble.reason, trouble.message)));
    let event = in_sandbox.or_else(|| facts.event(&["NodePorts"]));
    let finding = rule.in_pod(facts, cause).since(event.map_or(facts.pod.meta.created, |event| event.sighting().first));
    Some(
        finding
            .seen(state)
            .seen(event.map(Evidence::event))
            .next(edit(facts))
            .next(Next::new(Step::Delete, &facts.subject())),
    )
}

/// The ports of the node that the pod wants.
fn ports(facts: &PodFacts<'_>) -> String {
    let Some(pod) = facts.object() else { return String::new() };
    let all = list(pod, "/spec/containers").iter().flat_map(|container| list(container, "/ports"));
    let host: Vec<String> = all.filter_map(|port| port["hostPort"].as_i64()).map(|port| port.to_string()).collect();
    if host.is_empty() { String::new() } else { format!(" {}", host.join(", ")) }
}
