//! Images that do not come: what the registry, the runtime or the kubelet says of the pull.
//!
//! The waiting reason (`ErrImagePull`, `ImagePullBackOff`, `InvalidImageName`, `ErrImageNeverPull`) says that it failed; its
//! message says why since 1.30, before that only the newest `Failed` event of the container. [`WORDS`] is the table of what
//! is said, read from the top: Docker Hub says of a private image that it "does not exist or may require authorization".

use super::super::facts::ContainerFacts;
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::runs;
use super::start::{failure, tail};
use super::words::{self, cut};
use crate::base::json::{list, text};
use crate::model::pod::State;

/// What an image that does not come brings with it.
const FOLLOWS: &[&str] = &[
    "ready.*",
    "init.waiting",
    "image.slow",
    "restarts.*",
    "unknown.*",
    "owner.progress-deadline",
    "owner.backoff-limit",
];

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "image.not-found",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The registry answers that there is no such image, or no such tag of it.",
        known_by: "The container waits with ErrImagePull or ImagePullBackOff, and the words of the pull are those of a 404.",
        remedy: "Compare the image's name and tag with what the registry has, and set the right one.",
        judge: Judge::Container(not_found),
    },
    Rule {
        id: "image.unauthorized",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The registry does not give the image to this pod: it wants credentials, or those that it got do not suffice.",
        known_by: "The container waits with ErrImagePull or ImagePullBackOff, and the words of the pull are those of a 401 or 403.",
        remedy: "Name a Secret with the registry's credentials in imagePullSecrets of the pod or its service account.",
        judge: Judge::Container(unauthorized),
    },
    Rule {
        id: "image.invalid-name",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The image's name is not written as names of images are.",
        known_by: "The container waits with InvalidImageName; the message says what is wrong with the name.",
        remedy: "Correct the name: repositories are in small letters, and nothing but a tag or a digest stands behind.",
        judge: Judge::Container(invalid_name),
    },
    Rule {
        id: "image.registry-unreachable",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The registry cannot be reached, or fails by itself.",
        known_by: "The container waits with ErrImagePull or ImagePullBackOff, and the words of the pull are those of a name that does not resolve, a connection or \
                   certificate that fails, or a status of 500 and above.",
        remedy: "Check the registry's host name in the image, and DNS, proxy and certificates of the node; ask whether the registry is up.",
        judge: Judge::Container(unreachable),
    },
    Rule {
        id: "image.rate-limited",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The registry refuses the pull because there were too many.",
        known_by: "The container waits with ErrImagePull or ImagePullBackOff, and the words of the pull are those of a 429.",
        remedy: "Wait, pull with credentials that have a higher limit, or use a mirror.",
        judge: Judge::Container(rate_limited),
    },
    Rule {
        id: "image.wrong-arch",
        severity: Severity::Broken,
        explains: &[
            "crash.*",
            "start.*",
            "init.*",
            "sidecar.*",
            "ready.*",
            "restarts.*",
            "unknown.*",
            "owner.progress-deadline",
            "owner.backoff-limit",
        ],
        means: "The image, or a program in it, is made for another kind of processor than the node's.",
        known_by: "The pull says that there is nothing for this platform; or the program ends at once, and its last words are exec format error.",
        remedy: "Build the image for the node's architecture, or choose nodes of the image's by kubernetes.io/arch.",
        judge: Judge::Container(wrong_arch),
    },
    Rule {
        id: "image.never-pull",
        severity: Severity::Broken,
        explains: FOLLOWS,
        means: "The image is not on the node, and the pod forbids to pull it.",
        known_by: "The container waits with ErrImageNeverPull.",
        remedy: "Set imagePullPolicy to IfNotPresent, or bring the image to the node.",
        judge: Judge::Container(never_pull),
    },
    Rule {
        id: "image.slow",
        severity: Severity::Degraded,
        explains: &["ready.*", "init.waiting", "unknown.*"],
        means: "The image has been on its way for more than two minutes.",
        known_by: "The container waits to be created, and the newest event about it is Pulling, two minutes old or more.",
        remedy: "Wait if it is large; else look at the registry and at the node's network.",
        judge: Judge::Container(slow),
    },
];

/// What a pull that fails says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    RateLimited,
    Unauthorized,
    WrongArch,
    Unreachable,
    NotFound,
}

/// What is said, in small letters, from the top: containerd 1.6 to 2.1; the words of Docker, CRI-O and the public registries from source.
const WORDS: &[(Failure, &[&str])] = &[
    (Failure::RateLimited, &["429", "toomanyrequests", "too many requests", "rate limit"]),
    (
        Failure::Unauthorized,
        &[
            "401",
            "403 forbidden",
            "unauthorized",
            "authentication required",
            "authorization failed",
            "insufficient_scope",
            "access denied",
            "denied:",
            "no basic auth credentials",
            "may require authorization",
            "invalid username/password",
        ],
    ),
    (Failure::WrongArch, &["no match for platform", "no matching manifest", "does not match the specified platform"]),
    (
        Failure::Unreachable,
        &[
            "no such host",
            "connection refused",
            "connection reset",
            "i/o timeout",
            "no route to host",
            "network is unreachable",
            "handshake timeout",
            "deadline exceeded",
            "client.timeout",
            "x509:",
            "certificate",
            "server misbehaving",
            "http response to https client",
            "internal server error",
            "bad gateway",
            "service unavailable",
            "gateway time",
            "unexpected eof",
            "proxyconnect",
        ],
    ),
    (Failure::NotFound, &["not found", "manifest unknown", "name unknown", "does not exist", "404"]),
];

/// The words of the pull that failed last, and where they stand.
struct Pull<'a> {
    words: &'a str,
    event: Option<Evidence>,
}

fn failed_pull<'a>(facts: &ContainerFacts<'a>) -> Option<Pull<'a>> {
    let wait = facts.wait().filter(|wait| matches!(&*wait.reason, "ErrImagePull" | "ImagePullBackOff"))?;
    let failed = facts.event(&["Failed"]).filter(|event| event.message.starts_with("Failed to pull image"));
    let failed = failed.or_else(|| {
        let is_its = |event: &&&crate::model::event::EventRow| {
            event.message.starts_with("Failed to pull image") && facts.is_named_by(&event.field_path)
        };
        facts.pod.events.iter().rev().find(is_its).copied()
    });
    let is_own = &*wait.reason == "ErrImagePull" || wait.message.contains("ErrImagePull: ");
    let words = match failed {
        Some(event) if !is_own || wait.message.is_empty() => &*event.message,
        _ => wait.message.split_once("ErrImagePull: ").map_or(&*wait.message, |(_, words)| words),
    };
    Some(Pull { words, event: failed.map(Evidence::event) })
}

fn pull_that<'a>(facts: &ContainerFacts<'a>, failure: Failure) -> Option<Pull<'a>> {
    let pull = failed_pull(facts)?;
    // The image's own name may hold any of the words.
    let words = pull.words.replace(&*facts.row.image, "").to_lowercase();
    let (said, _) = WORDS.iter().find(|(_, patterns)| patterns.iter().any(|pattern| words.contains(pattern)))?;
    (*said == failure).then_some(pull)
}

fn finding(rule: &Rule, facts: &ContainerFacts<'_>, cause: String, event: Option<Evidence>) -> Finding {
    let owner = facts.pod.owner().container(&facts.row.name);
    let since =
        facts.event(&["Failed", "InspectFailed", "ErrImageNeverPull", "BackOff"]).map(|event| event.sighting().first);
    rule.in_container(facts, cause)
        .since(since.unwrap_or(facts.pod.pod.meta.created))
        .seen(facts.state())
        .seen(event)
        .next(Next::new(Step::SetImage, &owner))
        .next(Next::new(Step::Events, &facts.pod.subject()))
}

/// The registry's host, as the image's name has it.
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "docker.io",
    }
}

fn registry_root(facts: &ContainerFacts<'_>) -> Subject {
    Subject::new("Registry", "", registry(&facts.row.image))
}

/// The last part of a chain of errors.
fn last_part(words: &str) -> String {
    cut(words.trim().rsplit(": ").next().unwrap_or(words))
}

fn not_found(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let pull = pull_that(facts, Failure::NotFound)?;
    let cause = format!("image {} is not in its registry", facts.row.image);
    Some(finding(rule, facts, cause, pull.event))
}

fn unauthorized(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let pull = pull_that(facts, Failure::Unauthorized)?;
    let image = &facts.row.image;
    let credentials = credentials(facts);
    let cause =
        format!("registry {} refuses image {image}: \"{}\"{credentials}", registry(image), last_part(pull.words));
    Some(finding(rule, facts, cause, pull.event).root(registry_root(facts)).next(runs::edit(facts.pod)))
}

/// Which credentials the pod has for registries.
fn credentials(facts: &ContainerFacts<'_>) -> String {
    let lost = facts.pod.event(&["FailedToRetrieveImagePullSecret"]);
    let lost = lost.and_then(|event| event.message.split_once('(')?.1.split_once(')').map(|(names, _)| names));
    if let Some(names) = lost {
        return format!("; its pull secret {names} does not exist");
    }
    let Some(pod) = facts.pod.object() else { return String::new() };
    let names: Vec<&str> = list(pod, "/spec/imagePullSecrets").iter().map(|secret| text(secret, "/name")).collect();
    if names.is_empty() {
        "; the pod names no imagePullSecrets".to_owned()
    } else {
        format!("; it has the pull secret {}", names.join(", "))
    }
}

fn invalid_name(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let wait = facts.wait().filter(|wait| &*wait.reason == "InvalidImageName")?;
    let cause = format!("{:?} is no name of an image: {}", &*facts.row.image, last_part(&wait.message));
    Some(finding(rule, facts, cause, facts.event(&["InspectFailed"]).map(Evidence::event)))
}

fn unreachable(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let pull = pull_that(facts, Failure::Unreachable)?;
    let host = registry(&facts.row.image);
    let words = pull.words.to_lowercase();
    let fails = ["internal server error", "bad gateway", "service unavailable", "gateway time"];
    let state = if fails.iter().any(|pattern| words.contains(pattern)) { "fails" } else { "cannot be reached" };
    let cause = format!(
        "registry {host} {state}, so that image {} does not come: \"{}\"",
        facts.row.image,
        last_part(pull.words)
    );
    let finding = finding(rule, facts, cause, pull.event).root(registry_root(facts));
    Some(finding.next(Next::new(Step::Describe, &Subject::node(&facts.pod.pod.node))))
}

fn rate_limited(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let pull = pull_that(facts, Failure::RateLimited)?;
    let host = registry(&facts.row.image);
    let cause = format!(
        "registry {host} refuses image {} because of too many pulls: \"{}\"",
        facts.row.image,
        last_part(pull.words)
    );
    Some(finding(rule, facts, cause, pull.event).root(registry_root(facts)))
}

/// What the kernel says of a program that is made for another processor, or is no program.
const EXEC_FORMAT: &str = "exec format error";

fn wrong_arch(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let image = &facts.row.image;
    if let Some(pull) = pull_that(facts, Failure::WrongArch) {
        let cause = format!("image {image} is not made for the node's platform: \"{}\"", last_part(pull.words));
        return Some(finding(rule, facts, cause, pull.event));
    }
    if let Some((words, state)) = failure(facts) {
        words.contains(EXEC_FORMAT).then_some(())?;
        return Some(finding(rule, facts, arch_cause(facts, words), Some(state)));
    }
    let crash = runs::Crash::of(facts).filter(|crash| crash.end.exit_code != 0)?;
    // Most logs do not say it at all, and choosing of their lines is dear.
    let is_said = |line: &str| line.contains(EXEC_FORMAT);
    let in_log = facts.last_words().known().is_some_and(|lines| lines.iter().any(|line| is_said(line)));
    (in_log || is_said(&crash.end.message)).then_some(())?;
    let said = words::last(facts, crash.end);
    is_said(said.text()).then_some(())?;
    Some(
        crash
            .finding(rule, arch_cause(facts, said.text()), &said)
            .next(Next::new(Step::SetImage, &facts.pod.owner().container(&facts.row.name))),
    )
}

fn arch_cause(facts: &ContainerFacts<'_>, words: &str) -> String {
    format!(
        "the program of image {} is made for another processor than that of node {}: \"{}\"",
        facts.row.image,
        facts.pod.pod.node,
        tail(words)
    )
}

fn never_pull(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    facts.wait().filter(|wait| &*wait.reason == "ErrImageNeverPull")?;
    let (image, node) = (&facts.row.image, &facts.pod.pod.node);
    let cause = format!("image {image} is not on node {node}, and imagePullPolicy Never forbids to pull it");
    Some(
        finding(rule, facts, cause, facts.event(&["ErrImageNeverPull"]).map(Evidence::event))
            .next(runs::edit(facts.pod)),
    )
}

/// A pull may take so long, in seconds.
const PATIENCE: i64 = 120;

fn slow(rule: &Rule, facts: &ContainerFacts<'_>) -> Option<Finding> {
    let waits = match &facts.row.state {
        State::Waiting(wait) => matches!(&*wait.reason, "ContainerCreating" | "PodInitializing" | ""),
        _ => false,
    };
    if !waits || facts.pod.pod.meta.deleted.is_set() {
        return None;
    }
    let newest = facts.event(&["Pulling", "Pulled", "Failed", "BackOff", "Created"])?;
    let since = newest.sighting().last;
    if &*newest.reason != "Pulling" || facts.pod.seconds_since(since) < PATIENCE {
        return None;
    }
    let image = &facts.row.image;
    let cause = format!("image {image} is still being pulled: registry {} has not delivered it", registry(image));
    let finding = rule.in_container(facts, cause).since(since).seen([Evidence::event(newest)]);
    let finding = finding.probably("the node says nothing of how far it is; it may only be large");
    Some(
        finding
            .next(Next::new(Step::Events, &facts.pod.subject()))
            .next(Next::new(Step::Describe, &Subject::node(&facts.pod.pod.node))),
    )
}
