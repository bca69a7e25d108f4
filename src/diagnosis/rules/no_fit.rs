//! Pods that no node takes: which filter keeps each node closed, with the pod's own values, and what would open one.
//!
//! The scheduler's message counts nodes by reason and names neither taint nor label nor amount. So its filters are run again
//! ([`fit`]) over what the cluster has. What all nodes lack is the cause; else each sort of node is named, those first that
//! the pod seems to be meant for. Where nodes or pods may not be listed, the scheduler's words have to do.

use std::borrow::Cow;

use super::super::facts::PodFacts;
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::fit::{self, Fit, NodeFit, Subject as On};
use super::super::known::Seen;
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use super::phrase::one_line;
use super::sched::{SYMPTOMS, is_without_nodes, scheduler_says, since, unschedulable};
use crate::base::json::{list, text};
use crate::model::lookup::{Lookup, Resource};
use crate::model::quantity::Quantity;

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "sched.volume-zone",
        severity: Severity::Broken,
        explains: &["sched.no-fit", "owner.progress-deadline", "ready.*", "unknown.*"],
        means: "A volume of the pod can be reached from some nodes only, and none of those is there.",
        known_by: "Every node fails by the volume's node affinity or zone; where nodes may not be listed, the scheduler says so of \
                   some (v1.25 to v1.35).",
        remedy: "Bring back a node that reaches the volume, or restore its data into a claim that other nodes reach.",
        judge: Judge::Pod(volume_zone),
    },
    Rule {
        id: "sched.no-fit",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "No node takes the pod: too little is free, or taints, labels, ports, or rules about other pods are against it.",
        known_by: "The condition PodScheduled with the reason Unschedulable; then the scheduler's filters are run over the nodes and \
                   pods as they are (kube-scheduler 1.35).",
        remedy: "Each node says what keeps the pod out. Make the smallest change that opens one: to the pod, to the number of \
                 replicas, or to a node.",
        judge: Judge::Pod(no_fit),
    },
];

/// How many sorts of nodes are named in one line.
const SORTS: usize = 3;

/// What the filters say of a volume's place.
const VOLUME: &str = "volume";

/// Details are about the same when they begin alike; these are the filters by the beginnings of what they say.
const SORTED: &[(&str, &str)] = &[
    ("the node is cordoned", "cordon"),
    ("taint ", "taint"),
    ("node selector wants ", "label"),
    ("node affinity ", "label"),
    ("host port ", "port"),
    ("affinity: ", "affinity"),
    ("anti-affinity", "anti-affinity"),
    ("spread: ", "spread"),
    ("volume ", VOLUME),
    ("the volume of claim ", VOLUME),
    ("no volume for claim ", "unbound"),
    ("claim ", "claim"),
    ("disk ", "disk"),
];

/// What a detail is about: the filter, or the resource.
fn sort(detail: &str) -> &str {
    let known = SORTED.iter().find(|(beginning, _)| detail.starts_with(beginning)).map(|(_, sort)| *sort);
    known.unwrap_or_else(|| detail.split(':').next().unwrap_or(detail))
}

/// What the filters say of the pod; `None` where they were not run.
fn fit_of(facts: &PodFacts<'_>) -> Option<Fit> {
    let cluster = facts.known.scheduling().known()?;
    Some(fit::judge(cluster, facts.object()?))
}

/// The sorts of failure that all nodes have. A taint or a cordon is of the node, and counts only where there is nothing else.
fn common(fit: &Fit) -> Vec<&str> {
    let Some((first, others)) = fit.nodes.split_first() else { return Vec::new() };
    let has = |node: &NodeFit, sort_of: &str| node.detail.iter().any(|detail| sort(detail) == sort_of);
    let mut sorts: Vec<_> = first.detail.iter().map(|detail| sort(detail)).collect();
    sorts.dedup();
    sorts.retain(|sort| others.iter().all(|node| has(node, sort)));
    let own: Vec<_> = sorts.iter().copied().filter(|sort| !matches!(*sort, "taint" | "cordon")).collect();
    if own.is_empty() { sorts } else { own }
}

fn volume_zone(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let condition = unschedulable(facts)?;
    // Newer, older.
    let words =
        ["didn't match PersistentVolume's node affinity", "volume node affinity conflict", "no available volume zone"];
    words.iter().any(|words| condition.message.contains(words)).then_some(())?;
    let fit = fit_of(facts);
    if fit.as_ref().is_some_and(|fit| !common(fit).contains(&VOLUME)) {
        return None;
    }
    let places = places(facts);
    let cause = match &*places {
        [] => "no node reaches its volume".to_owned(),
        places => format!("no node reaches its volume: {}", places.join("; ")),
    };
    let found = rule.in_pod(facts, cause).since(since(facts, condition)).seen([scheduler_says(facts, condition)]);
    let found = found.next(Next::new(Step::Describe, &facts.subject())).next(Next::change(&facts.owner()));
    Some(match fit {
        Some(fit) => found.fit(fit),
        None => found.probably("nodes or pods may not be listed; the scheduler's words are those of some nodes"),
    })
}

/// Where the volumes of the pod's claims are to be had.
fn places(facts: &PodFacts<'_>) -> Vec<String> {
    let volumes = facts.object().map(|pod| list(pod, "/spec/volumes")).unwrap_or_default();
    let place = |volume: &serde_json::Value| {
        let claim = text(volume, "/persistentVolumeClaim/claimName");
        (!claim.is_empty()).then_some(())?;
        let found = facts.known.object(Lookup::object(Resource::Claims, &facts.pod.meta.namespace, claim)).known()?;
        let name = text(found, "/spec/volumeName");
        (!name.is_empty()).then_some(())?;
        let volume = facts.known.object(Lookup::object(Resource::Volumes, "", name)).known()?;
        let terms = list(volume, "/spec/nodeAffinity/required/nodeSelectorTerms").iter();
        let wants = terms.flat_map(|term| list(term, "/matchExpressions")).map(|one| {
            let values: Vec<_> = list(one, "/values").iter().filter_map(serde_json::Value::as_str).collect();
            let operator = text(one, "/operator");
            let operator = if operator == "In" { "is" } else { operator };
            format!("{} {operator} {}", text(one, "/key"), values.join(" or "))
        });
        let wants: Vec<_> = wants.collect();
        let where_ = if wants.is_empty() { "elsewhere".to_owned() } else { format!("where {}", wants.join(", ")) };
        Some(format!("volume {name} of claim {claim} is only {where_}"))
    };
    volumes.iter().filter_map(place).collect()
}

fn no_fit(rule: &Rule, facts: &PodFacts<'_>) -> Option<Finding> {
    let condition = unschedulable(facts).filter(|condition| !is_without_nodes(&condition.message))?;
    let stopped = facts.event(&["NotTriggerScaleUp"]).map(Evidence::event);
    let found = |cause: String| {
        let found = rule.in_pod(facts, cause).since(since(facts, condition));
        found.seen([scheduler_says(facts, condition)]).seen(stopped)
    };
    let Some(fit) = fit_of(facts) else {
        let words = condition.message.split_once("available: ").map_or(&*condition.message, |(_, words)| words);
        let words = words.split(" no new claims to deallocate").next().unwrap_or(words);
        let words = words.split(" preemption: ").next().unwrap_or(words).trim_end_matches(['.', ' ', ',']);
        let found = found(format!("no node fits: {}", one_line(words))).next(Next::new(Step::Events, &facts.subject()));
        let found = found.next(Next::change(&facts.owner()));
        let is_hidden = matches!(facts.known.scheduling(), Seen::Unreadable);
        return Some(if is_hidden {
            found.probably("nodes or pods may not be listed, so no node can be named")
        } else {
            found
        });
    };
    let found = found(cause(&fit));
    let helps =
        fit.would.iter().take(2).map(|would| Evidence::new("would fit", format!("{}: {}", would.change, would.why)));
    let mut found = found.seen(helps);
    for step in steps(&fit, &facts.owner()) {
        found = found.next(step);
    }
    let is_sure = fit.fits == 0;
    let found = found.fit(fit).next(Next::new(Step::Describe, &facts.subject()));
    Some(if is_sure { found } else { found.probably("by what is known now a node would take it") })
}

/// The changes that would make it fit, as steps: to the owner, the pod's template, a node.
fn steps(fit: &Fit, owner: &Subject) -> Vec<Next> {
    let mut steps: Vec<Next> = Vec::new();
    for would in &fit.would {
        let step = match would.on {
            On::Owner if owner.is_scalable() => {
                let to = would.change.strip_prefix("scale to ").and_then(|to| to.parse().ok());
                Next::new(Step::Scale(to), owner)
            }
            On::Owner => continue,
            On::Pod => Next::change(owner),
            On::Node => match would.change.strip_prefix("uncordon ").filter(|name| !name.contains(' ')) {
                Some(name) => Next::new(Step::Uncordon, &Subject::node(name)),
                None => continue,
            },
        };
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    steps.truncate(3);
    steps
}

/// Why no node takes it, in one line.
fn cause(fit: &Fit) -> String {
    if fit.fits > 0 {
        let node = fit.nodes.iter().find(|node| node.fits).map_or("one", |node| &node.name);
        return format!("the scheduler has not placed it yet; {node} would take it now");
    }
    if fit.nodes.iter().all(|node| node.detail.is_empty()) {
        let words = fit.message.split_once("available: ").map_or(&*fit.message, |(_, words)| words);
        return format!("no node fits: {}", one_line(words.trim_end_matches('.')));
    }
    let common = common(fit);
    let said: Vec<String> =
        if common.is_empty() { by_node(fit) } else { common.iter().map(|sort| of_all(fit, sort)).collect() };
    format!("no node fits: {}", said.join("; "))
}

/// What all nodes lack, by the one that is nearest to having it.
fn of_all(fit: &Fit, sort_of: &str) -> String {
    let details = fit
        .nodes
        .iter()
        .filter_map(|node| Some((&*node.name, node.detail.iter().find(|detail| sort(detail) == sort_of)?.as_str())));
    let details: Vec<(&str, &str)> = details.collect();
    let Some(&(name, detail)) = details.iter().max_by_key(|(_, detail)| free(detail)) else { return String::new() };
    if let Some((resource, asks, offer)) = amounts(detail) {
        let free = free_text(detail);
        return if details.iter().all(|(_, detail)| amounts(detail).is_none_or(|(.., offer)| offer == "0")) {
            format!("no node has {resource} (asks {asks})")
        } else {
            let [asks, free, offer] = [asks, free, offer].map(readable);
            format!("{resource} asks {asks}, most free is {free} of {offer} on {name}")
        };
    }
    if let Some((wanted, _)) =
        detail.strip_prefix("node selector wants ").and_then(|rest| rest.split_once(", the node has "))
    {
        let has = |(name, detail): &(&str, &str)| {
            let has = detail.split_once(", the node has ").map_or("another", |(_, has)| has);
            format!("{name} has {has}")
        };
        let is_same = details.iter().all(|(_, detail)| detail.contains(wanted));
        if is_same {
            let shown: Vec<_> = details.iter().take(SORTS).map(has).collect();
            return format!("no node has {wanted} ({}{})", shown.join(", "), more(details.len()));
        }
    }
    let mut groups = alike(&details);
    groups.truncate(SORTS);
    groups.join("; ")
}

fn more(count: usize) -> String {
    if count > SORTS { format!(", and {} more", count - SORTS) } else { String::new() }
}

/// Each sort of node by what keeps it closed, those first that the pod is meant for.
fn by_node(fit: &Fit) -> Vec<String> {
    let mut nodes: Vec<&NodeFit> = fit.nodes.iter().collect();
    nodes.sort_by_key(|node| {
        (distance(node), std::cmp::Reverse(node.detail.iter().filter_map(|detail| free(detail)).max()))
    });
    let details: Vec<(&str, &str)> =
        nodes.iter().filter_map(|node| Some((&*node.name, node.detail.first()?.as_str()))).collect();
    // Of nodes that lack the same resource the one with the most of it stands for all.
    let mut kept: Vec<(&str, &str)> = Vec::new();
    for (name, detail) in details {
        let is_worse = amounts(detail).is_some() && kept.iter().any(|(_, other)| sort(other) == sort(detail));
        if !is_worse {
            kept.push((name, detail));
        }
    }
    let groups = alike(&kept);
    let rest = groups.len().saturating_sub(SORTS);
    let mut said: Vec<String> = groups.into_iter().take(SORTS).collect();
    if rest > 0 {
        said.push(format!("and {rest} more reasons"));
    }
    said
}

/// How far a node is from taking the pod: one that the pod does not select was never meant; then taints, then the rest.
fn distance(node: &NodeFit) -> (u8, usize) {
    let has = |sort_of: &str| node.detail.iter().any(|detail| sort(detail) == sort_of);
    let kind = if has("label") { 2 } else { u8::from(has("taint")) };
    (kind, node.detail.len())
}

/// Nodes of which the same is said, as one.
fn alike(details: &[(&str, &str)]) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, detail) in details {
        match groups.iter_mut().find(|(known, _)| known == detail) {
            Some((_, names)) => names.push(name),
            None => groups.push((detail, vec![name])),
        }
    }
    let said = groups.into_iter().map(|(detail, names)| match &*names {
        [one] => format!("{one}: {}", brief(detail)),
        [one, other] => format!("{one}, {other}: {}", brief(detail)),
        all => format!("{} nodes: {}", all.len(), brief(detail)),
    });
    said.collect()
}

/// A detail without what only a table has room for.
fn brief(detail: &str) -> Cow<'_, str> {
    let short = detail.split_once(" (requested ").map_or(detail, |(short, _)| short);
    let Some((resource, asks, offer)) = amounts(detail) else { return short.into() };
    let [asks, free, offer] = [asks, free_text(detail), offer].map(readable);
    format!("{resource} asks {asks}, free {free} of {offer}").into()
}

/// `24581692Ki` as `23.4Gi`, rounded down; what has few digits, or another unit, as it is.
fn readable(amount: &str) -> Cow<'_, str> {
    let units = ["Ki", "Mi", "Gi", "Ti"];
    let found =
        units.iter().enumerate().find_map(|(at, unit)| Some((at, amount.strip_suffix(unit)?.parse::<u64>().ok()?)));
    let Some((mut at, number)) = found.filter(|(_, number)| *number >= 10_000) else { return amount.into() };
    let mut tenths = number.saturating_mul(10);
    while tenths >= 10_240 && at + 1 < units.len() {
        (tenths, at) = (tenths / 1_024, at + 1);
    }
    let (whole, tenth, unit) = (tenths / 10, tenths % 10, units.get(at).copied().unwrap_or_default());
    if tenth == 0 { format!("{whole}{unit}").into() } else { format!("{whole}.{tenth}{unit}").into() }
}

/// Resource, what is asked, what the node offers, of `cpu: asks 600m, free 240m of 2 (requested …)`.
fn amounts(detail: &str) -> Option<(&str, &str, &str)> {
    let (resource, rest) = detail.split_once(": asks ")?;
    let (asks, rest) = rest.split_once(", free ")?;
    let offer = rest.split_once(" of ")?.1.split(' ').next()?;
    Some((resource, asks, offer))
}

fn free_text(detail: &str) -> &str {
    detail.split_once(", free ").and_then(|(_, rest)| rest.split(' ').next()).unwrap_or_default()
}

fn free(detail: &str) -> Option<Quantity> {
    Quantity::parse(free_text(detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(nodes: &[(&str, &[&str])]) -> Fit {
        let node = |(name, detail): &(&str, &[&str])| NodeFit {
            name: (*name).to_owned(),
            detail: detail.iter().map(|line| (*line).to_owned()).collect(),
            ..NodeFit::default()
        };
        Fit { of: nodes.len(), nodes: nodes.iter().map(node).collect(), ..Fit::default() }
    }

    const TAINT: &str = "taint dedicated=db:NoSchedule is not tolerated";

    #[test]
    fn what_all_nodes_lack_is_the_cause_and_their_taints_are_not() {
        let gpu = "example.com/gpu: asks 1, free 0 of 0 (requested 0 by 0 pods)";
        assert_eq!(
            cause(&fit(&[("a", &[gpu]), ("b", &[TAINT, gpu])])),
            "no node fits: no node has example.com/gpu (asks 1)"
        );
        let wants = |has: &str| format!("node selector wants disktype=nvme, the node has {has}");
        let (hdd, ssd) = (wants("disktype=hdd"), wants("disktype=ssd"));
        let said = cause(&fit(&[("a", &[&*hdd]), ("b", &[TAINT, &*ssd])]));
        assert_eq!(said, "no node fits: no node has disktype=nvme (a has disktype=hdd, b has disktype=ssd)");
        assert_eq!(cause(&fit(&[("a", &[TAINT]), ("b", &[TAINT])])), format!("no node fits: a, b: {TAINT}"));
    }

    #[test]
    fn the_node_with_the_most_free_stands_for_those_that_have_too_little() {
        let cpu = |free: &str| format!("cpu: asks 600m, free {free} of 2 (requested 1 by 7 pods)");
        let (little, most) = (cpu("90m"), cpu("240m"));
        let said = cause(&fit(&[("a", &[&*little]), ("b", &[&*most])]));
        assert_eq!(said, "no node fits: cpu asks 600m, most free is 240m of 2 on b");
        let said = cause(&fit(&[("a", &[&*little]), ("b", &[&*most]), ("c", &[TAINT])]));
        assert_eq!(said, format!("no node fits: b: cpu asks 600m, free 240m of 2; c: {TAINT}"));
    }

    #[test]
    fn large_amounts_are_readable() {
        for (amount, is) in
            [("24581692Ki", "23.4Gi"), ("900Gi", "900Gi"), ("600m", "600m"), ("10240Mi", "10Gi"), ("2", "2")]
        {
            assert_eq!(readable(amount), is);
        }
    }

    #[test]
    fn a_node_that_the_pod_selects_stands_before_one_that_it_does_not() {
        let wants = "node selector wants pool=db, the node has pool=general";
        let said = cause(&fit(&[("a", &[wants]), ("b", &[TAINT])]));
        assert_eq!(said, format!("no node fits: b: {TAINT}; a: {wants}"));
    }

    #[test]
    fn steps_follow_what_would_help() {
        let would = |on, change: &str| fit::Would { on, change: change.to_owned(), why: String::new() };
        let would = vec![
            would(On::Pod, "ask for at most 240m cpu"),
            would(On::Pod, "tolerate the taint x"),
            would(On::Node, "uncordon node-a"),
            would(On::Node, "shop/db leaves node-a"),
            would(On::Owner, "scale to 4"),
        ];
        let found = Fit { would, ..Fit::default() };
        let steps = |kind: &str| {
            steps(&found, &Subject::new(kind, "shop", "web")).iter().map(|next| next.step).collect::<Vec<_>>()
        };
        assert_eq!(steps("Deployment"), [Step::Edit, Step::Uncordon, Step::Scale(Some(4))]);
        assert_eq!(steps("DaemonSet"), [Step::Edit, Step::Uncordon]);
    }
}
