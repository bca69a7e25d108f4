//! What would make a pod fit: for each node the changes that would open it, the smallest first.
//!
//! Every change is tried out: it is made to a copy of the pod or the node, and all filters are asked again. Nothing here
//! is done by itself; the words are for a person.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::amounts::shown;
use super::checks::{Check, Failed, Plan, View, neighbours, node as on_node, room};
use super::cluster::{FitNode, Occupied, Taint};
use super::pod::{FitPod, HostPort, NodeTerm};
use super::{Subject, Would};

/// So many changes are named.
const MOST: usize = 5;
/// So many are tried out: on a large cluster most nodes are closed for the same reason.
const TRIES: usize = 40;
/// So many pods may have to go; beyond it is no advice.
const LEAVERS: usize = 3;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Change {
    /// The pod asks for at most this.
    Ask { name: String, most: i64 },
    /// The pod tolerates a taint.
    Tolerate(Taint),
    /// The pod's node selector does not want this.
    Unselect { key: String, value: String },
    /// The pod has no node affinity.
    Anywhere,
    /// The pod does without a port of the node.
    Unport(HostPort),
    /// The pod may be spread less evenly.
    Skew { at: usize, key: String, max: i64 },
    /// The pod need not be near, or may be beside, what its affinity or anti-affinity means in a domain.
    Loosen { is_near: bool, key: String },
    /// The node is uncordoned.
    Uncordon,
    /// The node gets well, and loses the taint that says that it is not.
    Recover(Taint),
    /// Pods leave the node.
    Leave(Vec<(u32, String)>),
}

/// All that opens one node.
struct Way {
    node: usize,
    changes: Vec<Change>,
    /// How many other nodes the same changes open.
    others: usize,
}

/// The changes that would make the pod fit, given which filters fail on which node.
pub(super) fn would(plan: &Plan<'_>, failed: &[Vec<Failed>]) -> Vec<Would> {
    let gates = plan.pod.gates.iter().map(|gate| Would {
        on: Subject::Pod,
        change: format!("remove the scheduling gate {gate}"),
        why: "the scheduler does not look at the pod before all gates are gone".to_owned(),
    });
    let mut named: Vec<Would> = gates.collect();
    if plan.refusal.is_none() {
        let tried = ways(plan, failed).into_iter().take(TRIES).filter(|way| opens(plan, way));
        named.extend(tried.take(MOST).map(|way| say(plan, &way)));
        named.extend(scale(plan));
    }
    named
}

/// The ways to open each node, those of the same changes as one, few and small changes first.
fn ways(plan: &Plan<'_>, failed: &[Vec<Failed>]) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    let mut of_pod: FxHashMap<Vec<Change>, usize> = FxHashMap::default();
    for (at, failed) in failed.iter().enumerate().filter(|(_, failed)| !failed.is_empty()) {
        let node = plan.view.node(at);
        if !plan.looks_at(node) {
            continue;
        }
        for changes in [by_pod(plan, node, failed), by_node(plan, node, failed)].into_iter().flatten() {
            if let Some(&known) = of_pod.get(&changes) {
                ways[known].others += 1;
                continue;
            }
            if changes.iter().all(|change| subject(change) == Subject::Pod) {
                of_pod.insert(changes.clone(), ways.len());
            }
            ways.push(Way { node: at, changes, others: 0 });
        }
    }
    ways.sort_by_cached_key(|way| cost(plan, way));
    keep_smallest(&mut ways);
    ways
}

/// Of ways that ask for less of the same resources, or take pods away, only the first is kept.
fn keep_smallest(ways: &mut Vec<Way>) {
    let mut seen: Vec<Vec<String>> = Vec::new();
    ways.retain(|way| {
        let kind: Vec<String> = way.changes.iter().map(kind).collect();
        let is_new = !seen.contains(&kind);
        if is_new {
            seen.push(kind);
        }
        is_new
    });
}

/// What makes two changes the same advice for different nodes.
fn kind(change: &Change) -> String {
    match change {
        Change::Ask { name, .. } => format!("ask {name}"),
        Change::Skew { key, .. } => format!("skew {key}"),
        Change::Leave(_) => "leave".to_owned(),
        other => format!("{other:?}"),
    }
}

/// The order of ways: how many changes, how much of a request stays, how many nodes they open.
fn cost(plan: &Plan<'_>, way: &Way) -> (usize, usize, Reverse<i64>, Reverse<usize>) {
    let leavers = |change: &Change| if let Change::Leave(pods) = change { pods.len() } else { 0 };
    let left = |change: &Change| match change {
        Change::Ask { name, most } => most.saturating_mul(1_000) / plan.pod.asks.get(name).max(1),
        Change::Skew { max, .. } => 1_000 / (*max).max(1),
        _ => 1_000,
    };
    let left = way.changes.iter().map(left).min().unwrap_or_default();
    let leaving = way.changes.iter().map(leavers).sum();
    (way.changes.len(), leaving, Reverse(left), Reverse(way.others))
}

fn subject(change: &Change) -> Subject {
    match change {
        Change::Uncordon | Change::Recover(_) | Change::Leave(_) => Subject::Node,
        _ => Subject::Pod,
    }
}

/// Changes to the pod wherever there are some, and to the node where only that helps.
fn by_pod(plan: &Plan<'_>, node: &FitNode, failed: &[Failed]) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    for one in failed {
        match one.check {
            Check::Ports => changes.extend(taken(plan.pod, node).map(Change::Unport)),
            Check::Resources => changes.extend(less(plan.pod, node)?),
            _ => changes.extend(common(plan, node, one.check)?),
        }
    }
    Some(changes)
}

/// Pods leave the node, where that helps.
fn by_node(plan: &Plan<'_>, node: &FitNode, failed: &[Failed]) -> Option<Vec<Change>> {
    let is_of_room = |check| matches!(check, Check::Ports | Check::Resources);
    if !failed.iter().any(|one| is_of_room(one.check)) {
        return None;
    }
    let mut changes = vec![Change::Leave(leavers(plan.pod, node)?)];
    for one in failed.iter().filter(|one| !is_of_room(one.check)) {
        changes.extend(common(plan, node, one.check)?);
    }
    Some(changes)
}

/// The changes for filters that leave no choice. `None` where nobody here can name one.
fn common(plan: &Plan<'_>, node: &FitNode, check: Check) -> Option<Vec<Change>> {
    match check {
        Check::Cordon => Some(vec![Change::Uncordon]),
        Check::Taints => Some(on_node::untolerated(plan.pod, node).filter_map(|taint| without(node, taint)).collect()),
        Check::Affinity => Some(unwanted(plan.pod, node)),
        Check::Spread => skews(plan, node),
        Check::Neighbours => {
            let terms = neighbours::loosened(plan, node)?;
            Some(terms.map(|(is_near, key)| Change::Loosen { is_near, key: key.to_owned() }).collect())
        }
        Check::Ports | Check::Resources | Check::Sharing | Check::Binding | Check::Zones => None,
    }
}

/// The skews that a node would need; `None` where it has not the labels.
fn skews(plan: &Plan<'_>, node: &FitNode) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    for (at, counted) in plan.spread.iter().enumerate() {
        let max = counted.needed(node)?;
        if max > counted.max_skew() {
            changes.push(Change::Skew { at, key: counted.key().to_owned(), max });
        }
    }
    Some(changes)
}

fn without(node: &FitNode, taint: &Taint) -> Option<Change> {
    if taint.key == on_node::CORDONED {
        // The cordon itself is named already.
        return (!node.is_cordoned).then_some(Change::Uncordon);
    }
    let is_condition = taint.key.starts_with("node.kubernetes.io/");
    Some(if is_condition { Change::Recover(taint.clone()) } else { Change::Tolerate(taint.clone()) })
}

fn unwanted(pod: &FitPod, node: &FitNode) -> Vec<Change> {
    let labels = on_node::unselected(pod, node);
    let mut changes: Vec<_> =
        labels.map(|(key, value)| Change::Unselect { key: key.to_owned(), value: value.to_owned() }).collect();
    let is_meant = |terms: &Vec<_>| terms.iter().any(|term: &NodeTerm| term.matches(&node.labels, &node.name));
    if !pod.affinity.as_ref().is_none_or(is_meant) {
        changes.push(Change::Anywhere);
    }
    changes
}

fn taken(pod: &FitPod, node: &FitNode) -> impl Iterator<Item = HostPort> {
    let is_taken = |port: &&HostPort| node.pods.iter().flat_map(|pod| &pod.ports).any(|one| room::conflicts(port, one));
    pod.ports.iter().filter(is_taken).cloned()
}

/// What the pod may ask for; `None` where that would be nothing, or where the node has no place for another pod.
fn less(pod: &FitPod, node: &FitNode) -> Option<Vec<Change>> {
    if room::is_full(node) {
        return None;
    }
    room::lacking(pod, node)
        .map(|(name, _)| {
            let most = room::free(node, name);
            (most > 0).then(|| Change::Ask { name: name.to_string(), most })
        })
        .collect()
}

/// The fewest pods that would have to leave, by class and name: the smallest that frees enough alone, or else the largest
/// one after the other.
fn leavers(pod: &FitPod, node: &FitNode) -> Option<Vec<(u32, String)>> {
    if !may_be_enough(pod, node) {
        return None;
    }
    let mut node = node.clone();
    let mut gone = Vec::new();
    while gone.len() < LEAVERS {
        let lacking: Vec<(String, i64)> =
            room::lacking(pod, &node).map(|(name, asks)| (name.to_string(), asks - room::free(&node, name))).collect();
        let is_blocking = taken(pod, &node).next();
        if lacking.is_empty() && is_blocking.is_none() && !room::is_full(&node) {
            return Some(gone);
        }
        let may_go = node.pods.iter().enumerate().filter(|(_, one)| !one.is_of_node);
        let holds = |at: usize| {
            let ports = &node.pods[at].ports;
            is_blocking.as_ref().is_none_or(|wanted| ports.iter().any(|port| room::conflicts(wanted, port)))
        };
        let gives = |at: usize| -> i64 {
            let asks = &node.pods[at].asks;
            // In thousandths of what is lacking, so that unlike resources can be added.
            lacking.iter().map(|(name, lack)| asks.get(name).min(*lack).saturating_mul(1_000) / lack.max(&1)).sum()
        };
        let order = |&(at, one): &(usize, &Occupied)| {
            let size = lacking.first().map_or(0, |(name, _)| one.asks.get(name));
            (gives(at), Reverse(one.priority), Reverse(size))
        };
        let (at, _) = may_go.filter(|(at, _)| holds(*at)).max_by_key(order)?;
        if !lacking.is_empty() && gives(at) == 0 && is_blocking.is_none() {
            return None;
        }
        let leaver = &node.pods[at];
        gone.push((leaver.class, leaver.name.to_string()));
        node.remove(at);
    }
    let is_enough = room::lacking(pod, &node).next().is_none() && taken(pod, &node).next().is_none();
    (is_enough && !room::is_full(&node)).then_some(gone)
}

/// Whether the largest pods together ask for as much as is lacking. On a large cluster this spares most nodes the search.
fn may_be_enough(pod: &FitPod, node: &FitNode) -> bool {
    room::lacking(pod, node).all(|(name, asks)| {
        let may_go = node.pods.iter().filter(|one| !one.is_of_node);
        let mut largest = [0; LEAVERS];
        for asked in may_go.map(|one| one.asks.get(name)) {
            if asked > largest[0] {
                largest[0] = asked;
                largest.sort_unstable();
            }
        }
        asks.saturating_sub(room::free(node, name)) <= largest.iter().sum()
    })
}

/// Whether the changes, once made, open the node.
fn opens(plan: &Plan<'_>, way: &Way) -> bool {
    let mut pod = plan.pod.clone();
    let mut view = View { cluster: plan.view.cluster, changed: plan.view.changed.clone() };
    for change in &way.changes {
        apply(change, &mut pod, view.change(way.node));
    }
    Plan::new(&view, &pod).fits(view.node(way.node))
}

fn apply(change: &Change, pod: &mut FitPod, node: &mut FitNode) {
    match change {
        Change::Ask { name, most } => pod.asks.set(name, *most),
        Change::Tolerate(taint) => pod.tolerate(taint),
        Change::Unselect { key, .. } => pod.selector.retain(|(known, _)| known != key),
        Change::Anywhere => pod.affinity = None,
        Change::Unport(port) => pod.ports.retain(|known| known != port),
        Change::Skew { at, max, .. } => {
            if let Some(spread) = pod.spread.get_mut(*at) {
                spread.max_skew = *max;
            }
        }
        Change::Loosen { is_near: true, key } => pod.near.retain(|term| *term.key != **key),
        Change::Loosen { is_near: false, key } => pod.apart.retain(|term| *term.key != **key),
        Change::Uncordon => {
            node.is_cordoned = false;
            node.taints.retain(|taint| taint.key != on_node::CORDONED);
        }
        Change::Recover(taint) => node.taints.retain(|known| known != taint),
        Change::Leave(pods) => {
            for (class, name) in pods {
                let at = node.pods.iter().position(|one| one.class == *class && one.name == *name);
                if let Some(at) = at {
                    node.remove(at);
                }
            }
        }
    }
}

/// In plain words.
fn say(plan: &Plan<'_>, way: &Way) -> Would {
    let node = plan.view.node(way.node);
    let changes: Vec<String> = way.changes.iter().map(|change| words(plan, node, change)).collect();
    let why: Vec<String> = way.changes.iter().filter_map(|change| reason(plan.pod, node, change)).collect();
    let others = match way.others {
        0 => String::new(),
        1 => " and 1 more node".to_owned(),
        more => format!(" and {more} more nodes"),
    };
    let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
    Would {
        on: way.changes.iter().map(subject).max().unwrap_or(Subject::Pod),
        change: changes.join(", and "),
        why: format!("then it fits on {}{others}{why}", node.name),
    }
}

fn words(plan: &Plan<'_>, node: &FitNode, change: &Change) -> String {
    match change {
        Change::Ask { name, most } => {
            format!("ask for at most {} {name} instead of {}", shown(name, *most), shown(name, plan.pod.asks.get(name)))
        }
        Change::Tolerate(taint) => format!("tolerate the taint {taint}"),
        Change::Unselect { key, value } => format!("take {key}={value} out of the node selector"),
        Change::Anywhere => "loosen the node affinity".to_owned(),
        Change::Unport(port) => format!("do without the host port {}/{}", port.port, port.protocol),
        Change::Skew { key, max, .. } => format!("allow a skew of {max} over {key}"),
        Change::Loosen { is_near, key } => {
            format!("loosen the {} over {key}", if *is_near { "affinity" } else { "anti-affinity" })
        }
        Change::Uncordon => format!("uncordon {}", node.name),
        Change::Recover(taint) => format!("{} loses its taint {taint}", node.name),
        Change::Leave(pods) => {
            let classes = &plan.view.cluster.classes;
            let name = |(class, name): &(u32, String)| format!("{}/{name}", classes[*class as usize].namespace);
            let names: Vec<String> = pods.iter().map(name).collect();
            let leaves = if pods.len() == 1 { "leaves" } else { "leave" };
            format!("{} {leaves} {}", names.join(" and "), node.name)
        }
    }
}

/// The figure behind a change, where there is one.
fn reason(pod: &FitPod, node: &FitNode, change: &Change) -> Option<String> {
    match change {
        Change::Ask { name, most } => {
            Some(format!("{} {name} is free of {}", shown(name, *most), shown(name, node.offer.get(name))))
        }
        Change::Unselect { key, .. } => Some(format!("it has {}", node.labels.shown(key))),
        Change::Recover(_) => Some("the taint goes when the node is well again".to_owned()),
        Change::Leave(leavers) => {
            let is_gone = |one: &&Occupied| leavers.contains(&(one.class, one.name.to_string()));
            let asked = |name: &str| node.pods.iter().filter(is_gone).map(|one| one.asks.get(name)).sum();
            let sums: Vec<_> =
                room::lacking(pod, node).map(|(name, _)| format!("{} {name}", shown(name, asked(name)))).collect();
            let ask = if leavers.len() == 1 { "it asks" } else { "they ask" };
            (!sums.is_empty()).then(|| format!("{ask} for {}", sums.join(" and ")))
        }
        _ => None,
    }
}

/// To ask for as many as have a place, where an owner asks for more.
fn scale(plan: &Plan<'_>) -> Option<Would> {
    let owner = &plan.pod.owner;
    let placed = plan.view.nodes().flat_map(|node| &node.pods).filter(|pod| pod.owner == *owner).count();
    (!owner.is_empty() && placed > 0).then(|| Would {
        on: Subject::Owner,
        change: format!("scale to {placed}"),
        why: format!("{placed} of its kind have a place, and there is none for another"),
    })
}
