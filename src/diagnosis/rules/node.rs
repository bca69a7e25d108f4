//! Nodes that do not answer, are not ready, run short, or take no pods; and the pods that are on them.
//!
//! A node's conditions say it. A pod on a node that is silent goes on saying what it said last, so it is judged by its node:
//! such rules judge both, and what they find of a pod has the node as its root. Times are times of day and not ages: a
//! finding stays as it is while nothing changes.

use std::borrow::Cow;

use serde_json::Value;

use super::super::facts::{NodeFacts, PodFacts};
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::phrase::{clock, one_line};
use crate::base::json::{list, number, text};
use crate::base::stamp::Stamp;
use crate::model::lookup::{Lookup, Resource};
use crate::model::node::{NodeRow, NodeTrouble};

const SECOND: i64 = 1_000_000;

/// What pods tolerate where they say nothing else: the admission plugin `DefaultTolerationSeconds`.
const TOLERATED: i64 = 300;

/// A node that has just joined is not ready yet.
const YOUNG: i64 = 60 * SECOND;

/// By how much a lease may be late beyond its duration while a node is still said to be ready.
const LATE: i64 = 5 * SECOND;

/// The supported distance between the kubelet and the API server, in minor versions: Kubernetes' version skew policy.
const SKEW: u32 = 3;

/// What follows, for its pods, from a node that does not do its work.
const SYMPTOMS: &[&str] = &[
    "ready.*",
    "crash.*",
    "start.*",
    "init.*",
    "sidecar.*",
    "image.*",
    "restarts.*",
    "end.*",
    "owner.progress-deadline",
    "owner.backoff-limit",
    "unknown.*",
];

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "node.kubelet-silent",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "The kubelet of the node does not answer: the machine is off, cut off, or the kubelet is down. Its pods keep the \
                status that they had; after the time that each tolerates they are deleted, and replaced elsewhere.",
        known_by: "The node's condition Ready is Unknown (`Kubelet stopped posting node status`), and its lease is not renewed.",
        remedy: "Look at the machine. Pods that are Terminating there stay until it answers, or the node is deleted.",
        judge: Judge::NodeAndPods(kubelet_silent, on_silent),
    },
    Rule {
        id: "node.network",
        severity: Severity::Broken,
        explains: &["node.not-ready", "start.sandbox", "ready.*", "owner.progress-deadline"],
        means: "The node has no network for pods: the network plugin is not installed, not ready, or has no route.",
        known_by: "The condition NetworkUnavailable is True, or Ready is False with the words of the network plugin \
                   (NetworkReady=false; containerd 1.6, CRI-O from its source).",
        remedy: "Look at the network plugin's pod on this node and at its log.",
        judge: Judge::NodeAndPods(network, on_networkless),
    },
    Rule {
        id: "node.not-ready",
        severity: Severity::Broken,
        explains: &["ready.*", "start.sandbox", "end.terminating-node-down", "owner.progress-deadline"],
        means: "The kubelet answers and says that the node is not ready, mostly because the container runtime is not.",
        known_by: "The node's condition Ready is False, with the reason.",
        remedy: "The message names the part that fails: look at the container runtime and at the kubelet's log.",
        judge: Judge::NodeAndPods(not_ready, on_not_ready),
    },
    Rule {
        id: "node.pressure",
        severity: Severity::Degraded,
        explains: &["end.evicted"],
        means: "The node runs short of memory, disk or process ids. It takes no new pods, or only some, and evicts others.",
        known_by: "One of the conditions MemoryPressure, DiskPressure, PIDPressure is True.",
        remedy: "Find what uses it up. Evicted pods are replaced elsewhere.",
        judge: Judge::Node(pressure),
    },
    Rule {
        id: "node.lease-late",
        severity: Severity::Degraded,
        explains: &[],
        means: "The node is still said to be ready, but its kubelet has not renewed its lease in time: it will be silent soon.",
        known_by: "The lease in kube-node-lease, for nodes that were not ready lately.",
        remedy: "Look at the machine, its load and its way to the API server.",
        judge: Judge::Node(lease_late),
    },
    Rule {
        id: "node.cordoned",
        severity: Severity::Notice,
        explains: &[],
        means: "Somebody has cordoned the node: it takes no new pods. Those on it go on.",
        known_by: "spec.unschedulable is true; STATUS says SchedulingDisabled.",
        remedy: "Uncordon it when the work on it is done.",
        judge: Judge::Node(cordoned),
    },
    Rule {
        id: "node.version-skew",
        severity: Severity::Notice,
        explains: &[],
        means: "The kubelet's version is newer than the API server's, or more than three minor versions older. Neither is \
                supported.",
        known_by: "The node's kubeletVersion and the API server's version.",
        remedy: "Upgrade the kubelet, or the API server first where that is the older one.",
        judge: Judge::Node(version_skew),
    },
];

fn trouble<'a>(node: &'a NodeRow, condition: &str, status: &str) -> Option<&'a NodeTrouble> {
    node.troubles.iter().find(|it| &*it.condition == condition && &*it.status == status)
}

fn says(trouble: &NodeTrouble) -> Evidence {
    let source = format!("condition {}", trouble.condition);
    Evidence::new(source, format!("{} ({}): {}", trouble.status, trouble.reason, trouble.message)).at(trouble.since)
}

/// What the container runtime says of the network: containerd 1.6; CRI-O from source.
const NO_NETWORK: &[&str] =
    &["NetworkReady=false", "NetworkPluginNotReady", "cni plugin not initialized", "No CNI configuration"];

/// The condition by which a node has no network.
fn networkless(node: &NodeRow) -> Option<&NodeTrouble> {
    let unready = trouble(node, "Ready", "False");
    let by_words = || unready.filter(|it| NO_NETWORK.iter().any(|words| it.message.contains(words)));
    trouble(node, "NetworkUnavailable", "True").or_else(by_words)
}

/// A finding of a node by one of its conditions.
fn of_node(rule: &Rule, facts: &NodeFacts<'_>, trouble: &NodeTrouble, cause: String) -> Finding {
    let subject = facts.subject();
    let found = rule.finding(subject.clone(), cause).since(trouble.since).seen([says(trouble)]);
    found.next(Next::new(Step::Describe, &subject)).next(Next::new(Step::Events, &subject))
}

fn kubelet_silent(rule: &Rule, facts: &NodeFacts<'_>) -> Option<Finding> {
    let unknown = trouble(facts.node, "Ready", "Unknown")?;
    let name = &facts.node.meta.name;
    let lease = facts.known.object(Lookup::object(Resource::Leases, "kube-node-lease", name)).known();
    let renewed = lease.map(|lease| Stamp::parse(text(lease, "/spec/renewTime"))).unwrap_or_default();
    let (last, found) = if renewed.is_set() { (renewed, "last sign") } else { (unknown.since, "noticed") };
    let cause = format!("the kubelet of {name} does not answer ({found} {})", clock(last, facts.now));
    let taints = eviction_taint(facts.node).map(|taint| Evidence::new("taint", taint));
    let sign = renewed.is_set().then(|| Evidence::new("lease of the node", "renewed last").at(renewed));
    Some(of_node(rule, facts, unknown, cause).seen(sign).seen(taints))
}

fn not_ready(rule: &Rule, facts: &NodeFacts<'_>) -> Option<Finding> {
    let unready = trouble(facts.node, "Ready", "False")?;
    let is_young = facts.now.micros_since(facts.node.meta.created).is_some_and(|age| age < YOUNG);
    if is_young || networkless(facts.node).is_some() {
        return None;
    }
    let words = if unready.message.is_empty() { Cow::Borrowed(&*unready.reason) } else { one_line(&unready.message) };
    Some(of_node(rule, facts, unready, format!("node {} is not ready: {words}", facts.node.meta.name)))
}

fn network(rule: &Rule, facts: &NodeFacts<'_>) -> Option<Finding> {
    let is_young = facts.now.micros_since(facts.node.meta.created).is_some_and(|age| age < YOUNG);
    let without = networkless(facts.node).filter(|_| !is_young)?;
    let words = one_line(without.message.rsplit("message:").next().unwrap_or_default());
    let words = if words.is_empty() { Cow::Borrowed(&*without.reason) } else { words };
    Some(of_node(rule, facts, without, format!("node {} has no network for pods: {words}", facts.node.meta.name)))
}

fn pressure(rule: &Rule, facts: &NodeFacts<'_>) -> Option<Finding> {
    let sorts = [("MemoryPressure", "memory"), ("DiskPressure", "disk"), ("PIDPressure", "process ids")];
    let short: Vec<_> =
        sorts.iter().filter_map(|(name, what)| Some((trouble(facts.node, name, "True")?, *what))).collect();
    let (first, _) = short.first()?;
    let what: Vec<_> = short.iter().map(|(_, what)| *what).collect();
    let cause = format!("node {} runs short of {}", facts.node.meta.name, what.join(" and "));
    let event = facts
        .event(&["EvictionThresholdMet", "FreeDiskSpaceFailed", "ImageGCFailed", "SystemOOM"])
        .map(Evidence::event);
    let found = of_node(rule, facts, first, cause);
    Some(found.seen(short[1..].iter().map(|(trouble, _)| says(trouble))).seen(event))
}

fn cordoned(rule: &Rule, facts: &NodeFacts<'_>) -> Option<Finding> {
    facts.node.status.ends_with(",SchedulingDisabled").then_some(())?;
    let subject = facts.subject();
    let since = facts.event(&["NodeNotSchedulable"]).map(|event| event.sighting().last).unwrap_or_default();
    let found = rule.finding(subject.clone(), format!("node {} is cordoned: it takes no new pods", subject.name));
    let found = found.seen([Evidence::new("spec.unschedulable", "true")]).since(since);
    Some(found.next(Next::new(Step::Uncordon, &subject)))
}

fn lease_late(rule: &Rule, facts: &NodeFacts<'_>) -> Option<Finding> {
    let was_away = facts.event(&["NodeNotReady", "Rebooted"]).is_some() || !facts.node.troubles.is_empty();
    if !was_away || facts.node.troubles.iter().any(|it| &*it.condition == "Ready") {
        return None;
    }
    let lookup = Lookup::object(Resource::Leases, "kube-node-lease", &facts.node.meta.name);
    let read = facts.known.answered(&lookup);
    let lease = facts.known.object(lookup).known()?;
    let renewed = Stamp::parse(text(lease, "/spec/renewTime"));
    let lasts = number(lease, "/spec/leaseDurationSeconds").unwrap_or(40);
    // By when it was read: what is known may be old, and the lease renewed since.
    let late = read.micros_since(renewed)? - lasts * SECOND;
    (late > LATE).then_some(())?;
    let name = &facts.node.meta.name;
    let cause = format!(
        "the kubelet of {name} has not renewed its lease since {} (every {lasts}s at most)",
        clock(renewed, facts.now)
    );
    let found = rule.finding(facts.subject(), cause).since(renewed);
    let found = found.seen([Evidence::new("lease of the node", "renewed last").at(renewed)]);
    Some(found.next(Next::new(Step::Describe, &facts.subject())).next(Next::new(Step::Events, &facts.subject())))
}

fn version_skew(rule: &Rule, facts: &NodeFacts<'_>) -> Option<Finding> {
    let kubelet = minor(&facts.node.version)?;
    let server = text(facts.known.object(Lookup::version()).known()?, "/gitVersion");
    let (api, own) = (minor(server)?, &facts.node.version);
    let what = if kubelet > api {
        "newer than"
    } else if api.saturating_sub(kubelet) > SKEW {
        "more than three minor versions older than"
    } else {
        return None;
    };
    let name = &facts.node.meta.name;
    let found =
        rule.finding(facts.subject(), format!("the kubelet of {name} is {own}, {what} the API server ({server})"));
    let found = found.seen([
        Evidence::new("status.nodeInfo.kubeletVersion", &**own),
        Evidence::new("version of the API server", server),
    ]);
    Some(found.next(Next::new(Step::Describe, &facts.subject())))
}

/// The minor version of `v1.35.4-eks-1`.
fn minor(version: &str) -> Option<u32> {
    let rest = version.strip_prefix("v1.")?;
    let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn on_silent(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let node = facts.node?;
    let unknown = trouble(node, "Ready", "Unknown")?;
    let name = &node.meta.name;
    let cause = format!("its node {name} does not answer: its status is of before {}", clock(unknown.since, facts.now));
    on_node(rule, facts, node, unknown, &cause)
}

fn on_not_ready(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let node = facts.node.filter(|node| networkless(node).is_none())?;
    let unready = trouble(node, "Ready", "False")?;
    on_node(rule, facts, node, unready, &format!("its node {} is not ready", node.meta.name))
}

fn on_networkless(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let node = facts.node?;
    let without = networkless(node)?;
    on_node(rule, facts, node, without, &format!("its node {} has no network for pods", node.meta.name))
}

/// A finding of a pod by its node, with what becomes of it.
fn on_node(rule: &Rule, facts: &PodFacts<'_>, node: &NodeRow, trouble: &NodeTrouble, cause: &str) -> Option<Finding> {
    // What has ended, or ended before, has nothing of the node.
    if facts.pod.has_ended() {
        return None;
    }
    let (fate, is_sure) = fate(facts, node, trouble.since);
    let found = rule.in_pod(facts, format!("{cause}; {fate}")).root(Subject::node(&node.meta.name));
    let found = found.since(trouble.since).seen([says(trouble)]);
    let found = found.next(Next::new(Step::Describe, &Subject::node(&node.meta.name)));
    let found = if facts.pod.meta.deleted.is_set() {
        found.next(Next::new(Step::ForceDelete, &facts.subject()))
    } else {
        found
    };
    Some(if is_sure { found } else { found.probably("what it tolerates is not known: 300 s is the default") })
}

/// The taint by which pods are evicted, as `key=value:effect`.
fn eviction_taint(node: &NodeRow) -> Option<&str> {
    let is_evicting = |taint: &&str| taint.starts_with("node.kubernetes.io/") && taint.ends_with(":NoExecute");
    node.taints.iter().map(|taint| &**taint).find(is_evicting)
}

/// What becomes of the pod, and whether that is sure.
fn fate(facts: &PodFacts<'_>, node: &NodeRow, since: Stamp) -> (String, bool) {
    if facts.pod.meta.deleted.is_set() {
        return ("it is deleted, and stays until the node answers".to_owned(), true);
    }
    let Some(taint) = eviction_taint(node) else { return ("it is not evicted".to_owned(), true) };
    let key = taint.split([':', '=']).next().unwrap_or_default();
    let tolerated = facts.object().map(|pod| tolerated(pod, key));
    match tolerated.unwrap_or(Some(TOLERATED)) {
        None => ("it stays there: it tolerates that without end".to_owned(), true),
        Some(seconds) => {
            let at = since.plus_micros(seconds.saturating_mul(SECOND));
            (format!("eviction at {} ({seconds}s tolerated)", clock(at, facts.now)), tolerated.is_some())
        }
    }
}

/// For how many seconds a pod tolerates a taint; `None` is for ever.
fn tolerated(pod: &Value, key: &str) -> Option<i64> {
    let fits = |toleration: &&Value| {
        let (of, effect) = (text(toleration, "/key"), text(toleration, "/effect"));
        (of == key || of.is_empty() && text(toleration, "/operator") == "Exists") && matches!(effect, "" | "NoExecute")
    };
    let mut seconds = list(pod, "/spec/tolerations").iter().filter(fits).map(|it| number(it, "/tolerationSeconds"));
    // The shortest counts, as the taint manager has it.
    seconds
        .try_fold(None, |least: Option<i64>, next| match (least, next) {
            (_, None) => None,
            (None, Some(next)) => Some(Some(next)),
            (Some(least), Some(next)) => Some(Some(least.min(next))),
        })
        .map(|least| least.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_minor_version_is_read_whatever_comes_after() {
        for (version, is) in
            [("v1.35.4", Some(35)), ("v1.29.3-eks-8f", Some(29)), ("v1.30+", Some(30)), ("", None), ("v2.1", None)]
        {
            assert_eq!(minor(version), is, "{version}");
        }
    }

    #[test]
    fn a_pod_tolerates_for_the_shortest_time_that_it_says() {
        let key = "node.kubernetes.io/unreachable";
        let pod = |tolerations: Value| tolerated(&json!({"spec": {"tolerations": tolerations}}), key);
        assert_eq!(pod(json!([])), Some(0), "no toleration: at once");
        assert_eq!(
            pod(json!([{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}])),
            Some(300)
        );
        assert_eq!(pod(json!([{"key": key, "operator": "Exists"}])), None, "for ever");
        assert_eq!(pod(json!([{"operator": "Exists"}])), None, "everything for ever");
        let two =
            json!([{"key": key, "tolerationSeconds": 30}, {"key": key, "effect": "NoExecute", "tolerationSeconds": 5}]);
        assert_eq!(pod(two), Some(5));
        assert_eq!(pod(json!([{"key": key, "effect": "NoSchedule"}])), Some(0));
    }
}
