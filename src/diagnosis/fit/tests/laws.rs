//! What holds of every cluster and pod.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{judged, node, on, pod, set};
use crate::diagnosis::fit::{Cluster, Extras, replicas};

/// Cpu in tenths, places for pods, whether there is a taint, and the cpu of the pods that are there.
type Sized = (u32, u32, bool, Vec<u32>);

fn cluster() -> impl Strategy<Value = Vec<Sized>> {
    let node = (1_u32..30, 1_u32..6, any::<bool>(), prop::collection::vec(0_u32..12, 0..4));
    prop::collection::vec(node, 1..5)
}

fn made(sizes: &[Sized]) -> (Vec<Value>, Vec<Value>) {
    let (mut nodes, mut pods) = (Vec::new(), Vec::new());
    for (at, (tenths, places, is_tainted, there)) in sizes.iter().enumerate() {
        let name = format!("n{at}");
        let mut node = node(&name);
        set(&mut node, "status/allocatable", json!({"cpu": format!("{tenths}00m"), "pods": places.to_string()}));
        if *is_tainted {
            set(&mut node, "spec/taints", json!([{"key": "t", "effect": "NoSchedule"}]));
        }
        pods.extend(
            there.iter().enumerate().map(|(one, cpu)| on(&name, pod(&format!("p{at}-{one}"), &format!("{cpu}00m")))),
        );
        nodes.push(node);
    }
    (nodes, pods)
}

fn wanted() -> impl Strategy<Value = Value> {
    (0_u32..15, any::<bool>(), any::<bool>()).prop_map(|(cpu, has_port, tolerates)| {
        let mut wanted = pod("web", &format!("{cpu}00m"));
        if has_port {
            set(
                &mut wanted,
                "spec/containers",
                json!([{"ports": [{"hostPort": 80}],
                "resources": {"requests": {"cpu": format!("{cpu}00m")}}}]),
            );
        }
        if tolerates {
            set(&mut wanted, "spec/tolerations", json!([{"operator": "Exists"}]));
        }
        wanted
    })
}

proptest! {
    #[test]
    fn as_many_copies_fit_as_can_be_placed_one_by_one(sizes in cluster(), wanted in wanted()) {
        let (nodes, mut pods) = made(&sizes);
        let counted = replicas(&Cluster::new(&nodes, &pods, &Extras::default()), &wanted);
        let mut placed = 0;
        while let Some(open) = judged(&nodes, &pods, &wanted).nodes.into_iter().find(|node| node.fits) {
            let mut copy = on(&open.name, wanted.clone());
            set(&mut copy, "metadata/name", json!(format!("copy-{placed}")));
            pods.push(copy);
            placed += 1;
        }
        prop_assert_eq!(counted, placed);
    }

    #[test]
    fn the_order_of_nodes_and_pods_changes_nothing(sizes in cluster(), wanted in wanted()) {
        let (mut nodes, mut pods) = made(&sizes);
        let before = judged(&nodes, &pods, &wanted);
        nodes.reverse();
        pods.reverse();
        let after = judged(&nodes, &pods, &wanted);
        prop_assert_eq!((before.fits, before.counts, before.message), (after.fits, after.counts, after.message));
    }

    #[test]
    fn every_node_fits_or_says_why_with_figures(sizes in cluster(), wanted in wanted()) {
        let (nodes, pods) = made(&sizes);
        let fit = judged(&nodes, &pods, &wanted);
        prop_assert_eq!(fit.fits, fit.nodes.iter().filter(|node| node.fits).count());
        prop_assert_eq!(fit.fits == 0, fit.message.starts_with(&format!("0/{} nodes are available: ", fit.of)));
        for node in &fit.nodes {
            prop_assert_eq!(node.fits, node.reasons.is_empty() && node.detail.is_empty(), "{:?}", node);
        }
    }

    #[test]
    fn less_never_fits_worse(sizes in cluster(), cpu in 1_u32..30) {
        let (nodes, pods) = made(&sizes);
        let fits = |cpu: u32| judged(&nodes, &pods, &pod("web", &format!("{cpu}00m"))).fits;
        prop_assert!(fits(cpu - 1) >= fits(cpu));
    }
}
