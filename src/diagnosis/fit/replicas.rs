//! How many more copies of a pod there is room for.
//!
//! Copies are placed one after the other, each on the node whose topology domains are emptiest. A scheduler that chooses
//! otherwise may place fewer where spread or affinity bind; for plain requests the number does not depend on the order.

use std::cmp::Reverse;

use serde_json::Value;

use super::checks::{Plan, View, room};
use super::cluster::{Cluster, FitNode};
use super::pod::FitPod;
use crate::model::row::Interner;

/// More copies than this are not counted.
const MOST: usize = 1_000;

/// The largest number of further copies of a pod that fit, up to 1000. A pod that waits is the first of them; one that
/// has a node stands already. Scheduling gates do not matter.
pub fn replicas(cluster: &Cluster, pod: &Value) -> usize {
    let pod = FitPod::read(pod, &mut Interner::default());
    // Under no name it is nobody's copy: a pod that stands keeps its place.
    let copy = FitPod { name: "".into(), node: "".into(), ..pod };
    let view = View::without(cluster, &copy);
    let plan = Plan::new(&view, &copy);
    let most = if plan.storage.is_for_one_pod() { 1 } else { MOST };
    // Affinity and spread open nodes that are closed to the first copy, and close others: they are asked each time.
    let open = (0..cluster.len()).filter(|&at| plan.fits_but_for_pods(view.node(at)));
    let rooms: Vec<(usize, usize)> = open.map(|at| (at, copies(&copy, view.node(at)).min(most))).collect();
    if copy.spread.is_empty() && copy.near.is_empty() && copy.apart.is_empty() {
        let suits = rooms.iter().filter(|(at, _)| plan.suits_pods(view.node(*at)));
        return suits.fold(0_usize, |sum, (_, room)| sum.saturating_add(*room)).min(most);
    }
    place_all(plan, rooms, most)
}

/// How many copies a node has room for, by what it offers.
fn copies(pod: &FitPod, node: &FitNode) -> usize {
    let pods = node.offer.get("pods") - node.pods.len() as i64;
    let alone = !pod.ports.is_empty() || pod.disks.iter().any(|disk| disk.conflicts(disk));
    let most = if alone { 1 } else { i64::MAX };
    let by_resource = pod.asks.iter().map(|(name, asks)| room::free(node, name) / asks);
    let room = by_resource.fold(pods.min(most), i64::min);
    usize::try_from(room).unwrap_or_default()
}

/// Places copies until no node takes another.
fn place_all(mut plan: Plan<'_>, mut rooms: Vec<(usize, usize)>, most: usize) -> usize {
    let view = plan.view;
    for placed in 0..most {
        let takes = |(_, (at, room)): &(usize, &(usize, usize))| *room > 0 && plan.suits_pods(view.node(*at));
        let emptiest = |(_, (at, room)): &(usize, &(usize, usize))| {
            let fullness: i64 = plan.spread.iter().map(|counted| counted.fullness(view.node(*at))).sum();
            (fullness, Reverse(*room))
        };
        let Some((chosen, &(at, _))) = rooms.iter().enumerate().filter(takes).min_by_key(emptiest) else {
            return placed;
        };
        rooms[chosen].1 -= 1;
        let (pod, node) = (plan.pod, view.node(at));
        plan.spread.iter_mut().for_each(|counted| counted.place(pod, node));
        plan.neighbours.place(view.cluster, pod, at, node);
    }
    most
}
