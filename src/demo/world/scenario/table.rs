//! The scenarios by name: one for each group of what can go wrong, and the incident that has some of everything.
//!
//! A new one is a manifest in `assets/demo` and a row here.

use super::Act;

/// The one that is played when none is named.
pub(super) const DEFAULT: &str = "incident";

/// A named beginning.
pub(super) struct Scenario {
    pub name: &'static str,
    pub manifests: &'static [&'static str],
    /// Whether it is a mix, without the parts of the groups that are for themselves.
    pub mixed: bool,
    /// Seconds from the present (before it when negative), and what is done then.
    pub acts: fn() -> Vec<(f64, Act)>,
}

const fn group(name: &'static str, manifests: &'static [&'static str], acts: fn() -> Vec<(f64, Act)>) -> Scenario {
    Scenario { name, manifests, mixed: false, acts }
}

const CLUSTER: &str = include_str!("../../../../assets/demo/cluster.yaml");
const HEALTHY: &str = include_str!("../../../../assets/demo/healthy.yaml");
const IMAGE: &str = include_str!("../../../../assets/demo/image.yaml");
const CRASH: &str = include_str!("../../../../assets/demo/crash.yaml");
const PROBES: &str = include_str!("../../../../assets/demo/probes.yaml");
const INIT: &str = include_str!("../../../../assets/demo/init.yaml");
const CONFIG: &str = include_str!("../../../../assets/demo/config.yaml");
const SCHEDULING: &str = include_str!("../../../../assets/demo/scheduling.yaml");
const ENDING: &str = include_str!("../../../../assets/demo/ending.yaml");
const DEBUG: &str = include_str!("../../../../assets/demo/debug.yaml");
/// What the registries have.
pub(super) const IMAGES: &str = include_str!("../../../../assets/demo/images.yaml");

pub(super) static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: DEFAULT,
        manifests: &[CLUSTER, HEALTHY, IMAGE, CRASH, PROBES, INIT, CONFIG, SCHEDULING, ENDING],
        mixed: true,
        acts: incident,
    },
    group("healthy", &[CLUSTER, HEALTHY], Vec::new),
    group("config", &[CLUSTER, HEALTHY, CONFIG], Vec::new),
    group("crash-loops", &[CLUSTER, HEALTHY, CRASH], Vec::new),
    group("no-fit", &[CLUSTER, HEALTHY, SCHEDULING], Vec::new),
    group("images", &[CLUSTER, HEALTHY, IMAGE], images),
    group("node-down", &[CLUSTER, HEALTHY], node_down),
    group("probes", &[CLUSTER, HEALTHY, PROBES], Vec::new),
    group("init", &[CLUSTER, HEALTHY, INIT], Vec::new),
    group("debugging", &[CLUSTER, HEALTHY, IMAGE, DEBUG], Vec::new),
    group("empty", &[CLUSTER], Vec::new),
];

const NODE_DOWN: Act = Act::Power { node: "worker-4", on: false, then: 1_500.0 };
const LEDGER: Act =
    Act::Image { namespace: "payments", name: "ledger", image: "registry.acme.dev/payments/ledger:3.2.O" };

fn node_down() -> Vec<(f64, Act)> {
    vec![(-200.0, NODE_DOWN)]
}

fn images() -> Vec<(f64, Act)> {
    vec![(-1_500.0, LEDGER)]
}

fn incident() -> Vec<(f64, Act)> {
    let web = "registry.acme.dev/shop/web:1.9.1";
    let rollout = Act::Rollout {
        namespace: "shop",
        name: "web",
        images: [web, "registry.acme.dev/shop/web:1.9.0"],
        every: 540.0,
    };
    vec![
        (-1_500.0, LEDGER),
        (
            -900.0,
            Act::Evict {
                namespace: "monitoring",
                app: "log-archiver",
                message: "The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 8112Mi. \
                Container archiver was using 14Gi, request is 0, has larger consumption of ephemeral-storage. ",
            },
        ),
        (-600.0, Act::Delete { namespace: "data", name: "backup-runner" }),
        (-130.0, Act::Delete { namespace: "data", name: "compactor" }),
        (-420.0, Act::Debug { namespace: "shop", app: "gateway", container: "debugger-x7k2p", image: "busybox:1.36" }),
        (-200.0, NODE_DOWN),
        (90.0, rollout),
    ]
}
