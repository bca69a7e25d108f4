//! The scenarios by name: one for each group of what can go wrong, and the incident that has some of everything.
//!
//! A new one is a manifest in `assets/demo` and a row here.

use super::Act;

/// The one that is played when none is named.
pub(super) const DEFAULT: &str = "incident";

/// A named beginning.
pub(super) struct Scenario {
    pub name: &'static str,
    /// What it shows, in a few words.
    pub about: &'static str,
    pub manifests: &'static [&'static str],
    /// Whether it is a mix, without the parts of the groups that are for themselves.
    pub mixed: bool,
    /// What is done to it.
    pub acts: Acts,
}

/// What happens at which second from the present, before it when negative.
type Acts = fn() -> Vec<(f64, Act)>;

const fn group(name: &'static str, about: &'static str, manifests: &'static [&'static str], acts: Acts) -> Scenario {
    Scenario { name, about, manifests, mixed: false, acts }
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
const START: &str = include_str!("../../../../assets/demo/start.yaml");
const OWNERS: &str = include_str!("../../../../assets/demo/owners.yaml");
const RESTARTS: &str = include_str!("../../../../assets/demo/restarts.yaml");
const LEFTOVERS: &str = include_str!("../../../../assets/demo/leftovers.yaml");
const DEBUG: &str = include_str!("../../../../assets/demo/debug.yaml");
/// What the registries have.
pub(super) const IMAGES: &str = include_str!("../../../../assets/demo/images.yaml");

pub(super) static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: DEFAULT,
        about: "an evening with some of everything",
        manifests: &[CLUSTER, HEALTHY, IMAGE, CRASH, PROBES, INIT, CONFIG, SCHEDULING, ENDING],
        mixed: true,
        acts: incident,
    },
    group("healthy", "nothing is wrong", &[CLUSTER, HEALTHY], Vec::new),
    group("config", "settings, keys and accounts that are missing", &[CLUSTER, HEALTHY, CONFIG], Vec::new),
    group("crash-loops", "containers that start and do not stay", &[CLUSTER, HEALTHY, CRASH], Vec::new),
    group("no-fit", "pods that no node takes", &[CLUSTER, HEALTHY, SCHEDULING], no_fit),
    group("images", "images that cannot be had", &[CLUSTER, HEALTHY, IMAGE], images),
    group("node-down", "a node that is silent, one that is full, one that is closed", &[CLUSTER, HEALTHY], node_down),
    group("owners", "pods that are not let in, jobs and rollouts that gave up", &[CLUSTER, HEALTHY, OWNERS], Vec::new),
    group("probes", "containers that run and do not answer", &[CLUSTER, HEALTHY, PROBES], Vec::new),
    group("init", "init containers and sidecars that hold pods back", &[CLUSTER, HEALTHY, INIT], Vec::new),
    group("start", "commands, hooks, volumes and networks that fail", &[CLUSTER, HEALTHY, START], Vec::new),
    group("end-of-life", "pods that are evicted, overdue, or do not go", &[CLUSTER, HEALTHY, ENDING], end_of_life),
    group("restarts", "containers that were started again", &[CLUSTER, HEALTHY, RESTARTS], restarts),
    group("leftovers", "what debugging left behind", &[CLUSTER, HEALTHY, LEFTOVERS], leftovers),
    group("debugging", "a strict namespace and images without a shell", &[CLUSTER, HEALTHY, IMAGE, DEBUG], Vec::new),
    group("empty", "the machines, and nothing on them", &[CLUSTER], Vec::new),
];

const NODE_DOWN: Act = Act::Power { node: "worker-4", on: false, then: 1_500.0 };
const LEDGER: Act =
    Act::Image { namespace: "payments", name: "ledger", image: "registry.acme.dev/payments/ledger:3.2.O" };

const EVICTED: Act = Act::Evict {
    namespace: "monitoring",
    app: "log-archiver",
    message: "The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 8112Mi. \
        Container archiver was using 14Gi, request is 0, has larger consumption of ephemeral-storage. ",
};
const BACKUP: Act = Act::Delete { namespace: "data", name: "backup-runner" };
const COMPACTOR: Act = Act::Delete { namespace: "data", name: "compactor" };
const DEBUGGED: Act =
    Act::Debug { namespace: "shop", app: "gateway", container: "debugger-x7k2p", image: "busybox:1.36" };

fn no_fit() -> Vec<(f64, Act)> {
    vec![(-480.0, Act::Cordon { node: "worker-4" })]
}

fn node_down() -> Vec<(f64, Act)> {
    vec![
        (-260.0, Act::Cordon { node: "worker-1" }),
        (-240.0, Act::DiskPressure { node: "worker-2" }),
        (-200.0, NODE_DOWN),
    ]
}

fn end_of_life() -> Vec<(f64, Act)> {
    let drainer = Act::Delete { namespace: "shop", name: "drainer" };
    vec![(-900.0, EVICTED), (-600.0, BACKUP), (-130.0, COMPACTOR), (-100.0, drainer)]
}

fn restarts() -> Vec<(f64, Act)> {
    vec![(-240.0, Act::Reboot { node: "worker-4" })]
}

fn leftovers() -> Vec<(f64, Act)> {
    vec![(-4_000.0, DEBUGGED)]
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
        (-900.0, EVICTED),
        (-600.0, BACKUP),
        (-130.0, COMPACTOR),
        (-420.0, DEBUGGED),
        (-200.0, NODE_DOWN),
        (90.0, rollout),
    ]
}
