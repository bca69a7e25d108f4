//! The world: objects, their history, and the small controllers that make it live.
//!
//! Pure and deterministic: the time comes from outside ([`World::advance`]), the dice are seeded, no task
//! and no clock of its own. Everything that happens by itself is a [`Task`] in the queue or a controller
//! that is run when its kinds have changed. Start with [`World::advance`].

mod admit;
mod allow;
mod claims;
mod event;
pub mod image;
mod job;
pub mod kinds;
mod kubelet;
pub mod logs;
mod machine;
mod needs;
mod node;
mod nodes;
mod policy;
pub mod process;
pub mod quantity;
mod random;
mod refusals;
mod replicas;
mod revision;
mod rollout;
mod runtime;
mod scenario;
mod schedule;
pub mod security;
mod sets;
pub mod store;
pub mod tools;
pub mod validate;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

pub use admit::Admitted;
pub use event::last_seen;
pub use runtime::{Container, Live, Pod, State};
pub use scenario::{UnknownScenario, build, scenarios};
pub use write::Deletion;

use crate::base::stamp::Stamp;
use image::Catalogue;
use kubelet::Step;
use random::Random;
use store::{Store, Touched};

/// Something that is due at a moment.
#[derive(Clone, Debug)]
enum Task {
    /// A pod's volumes and network: try to set them up.
    Sandbox(String),
    /// A step of a container (by its place in the pod), valid while its epoch is this one.
    Step { pod: String, container: usize, epoch: u64, step: Step },
    /// A pod's time to stop is over.
    Kill(String),
    /// A pod may have been active for as long as it may.
    Deadline(String),
    /// The scheduler tries again.
    Schedule,
    /// A node's kubelet says that it is alive.
    Heartbeat(String),
    /// The node controller looks for nodes that no longer do.
    Nodes,
    /// Controllers that watch the time (progress deadlines, retries, cron) run.
    Controllers,
    /// Owners that were refused a pod try again.
    Owners,
    /// Old events go.
    Expire,
    /// A step of the scenario.
    Script(scenario::Act),
    /// A manifest comes into being.
    Create(Arc<Value>),
}

/// The cluster.
#[derive(Debug)]
pub struct World {
    /// The objects and their history.
    pub store: Store,
    /// The current moment.
    pub now: Stamp,
    /// The images of its registries.
    pub images: Arc<Catalogue>,
    random: Random,
    queue: BTreeMap<(Stamp, u64), Task>,
    queued: u64,
    /// What runs on the nodes, by the pod's UID.
    pub pods: BTreeMap<String, Pod>,
    nodes: BTreeMap<String, node::Kubelet>,
    settling: bool,
    /// Namespace and name of the events that may still be repeated, by what makes them the same.
    recorded: BTreeMap<u64, (String, String)>,
    /// What was said lately of an object for one reason, by what makes it similar: when last, and the sentences.
    similar: BTreeMap<u64, (Stamp, BTreeSet<u64>)>,
    /// Owners whose pods are refused, by UID.
    refusals: BTreeMap<String, refusals::Refusals>,
    /// Processes that have begun and that somebody has to run.
    live: Vec<Live>,
    /// Before this moment, what goes well is not asked again and again: the past is built in big steps.
    calm_until: Stamp,
}

/// Whether a controller has to look at a namespace.
type Scope<'a> = &'a dyn Fn(&str) -> bool;

/// Rounds of controllers at one moment; more would mean that two of them disagree for ever.
const MAX_ROUNDS: usize = 64;

impl World {
    /// A world with nothing in it.
    pub fn empty(seed: u64, now: Stamp) -> Self {
        Self {
            store: Store::new(),
            now,
            images: Arc::default(),
            random: Random::new(seed),
            queue: BTreeMap::new(),
            queued: 0,
            pods: BTreeMap::new(),
            nodes: BTreeMap::new(),
            settling: false,
            recorded: BTreeMap::new(),
            similar: BTreeMap::new(),
            refusals: BTreeMap::new(),
            live: Vec::new(),
            calm_until: Stamp::NONE,
        }
    }

    /// Lets everything happen that is due by `now`, in order.
    pub fn advance(&mut self, now: Stamp) {
        self.settle();
        while let Some(entry) = self.queue.first_entry() {
            let (at, _) = *entry.key();
            if at > now {
                break;
            }
            let task = entry.remove();
            self.now = self.now.latest(at);
            self.run(task);
            self.settle();
        }
        self.now = self.now.latest(now);
    }

    /// When something will happen by itself next.
    pub fn next_due(&self) -> Option<Stamp> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    fn later(&mut self, seconds: f64, task: Task) {
        self.at(self.now.plus_micros((seconds * 1e6) as i64), task);
    }

    fn at(&mut self, at: Stamp, task: Task) {
        self.queued += 1;
        self.queue.insert((at, self.queued), task);
    }

    fn run(&mut self, task: Task) {
        match task {
            Task::Sandbox(pod) => self.set_up_sandbox(&pod),
            Task::Step { pod, container, epoch, step } => self.step(&pod, container, epoch, step),
            Task::Kill(pod) => self.kill_now(&pod),
            Task::Deadline(pod) => self.deadline_passed(&pod),
            Task::Schedule => self.schedule_again(),
            Task::Heartbeat(node) => self.heartbeat(&node),
            Task::Nodes => self.judge_nodes(),
            Task::Controllers => {
                self.sync_deployments(&|_| true);
                self.sync_jobs(&|_| true);
                self.sync_claims(&|_| true);
                self.later(10.0, Task::Controllers);
            }
            Task::Owners => self.sync_owners(),
            Task::Expire => {
                self.expire_events();
                self.later(60.0, Task::Expire);
            }
            Task::Script(act) => self.act(&act),
            Task::Create(object) => self.create_seed(&object),
        }
    }

    /// Runs the controllers until none of them has anything left to do.
    pub fn settle(&mut self) {
        if std::mem::replace(&mut self.settling, true) {
            return;
        }
        for _ in 0..MAX_ROUNDS {
            let touched = self.store.take_touched();
            if touched.is_idle() {
                break;
            }
            self.run_controllers(&touched);
        }
        self.settling = false;
    }

    /// Runs the controllers that watch one of the changed kinds, where it changed.
    fn run_controllers(&mut self, touched: &Touched) {
        self.sync_deployments(&|namespace| touched.within(&["deployments", "replicasets"], namespace));
        self.sync_replica_sets(&|namespace| touched.within(&["replicasets", "pods"], namespace));
        self.sync_stateful_sets(&|namespace| touched.within(&["statefulsets", "pods"], namespace));
        let nodes = touched.any(&["nodes"]);
        self.sync_daemon_sets(&|namespace| nodes || touched.within(&["daemonsets", "pods"], namespace));
        self.sync_jobs(&|namespace| touched.within(&["jobs", "cronjobs", "pods"], namespace));
        if nodes {
            self.sync_cordons();
        }
        let storage = ["persistentvolumeclaims", "persistentvolumes", "storageclasses"];
        if touched.any(&storage) {
            self.sync_claims(&|_| true);
        }
        if touched.any(&["nodes", "pods"]) || touched.any(&storage) {
            self.schedule();
            self.sync_kubelets();
        }
        self.sync_quotas(&|namespace| touched.within(&["resourcequotas", "pods"], namespace));
        self.sync_budgets(&|namespace| touched.within(&["poddisruptionbudgets", "pods"], namespace));
    }

    /// Whether a node exists but does not answer.
    pub fn is_silent(&self, node: &str) -> bool {
        self.nodes.get(node).is_some_and(|kubelet| !kubelet.alive)
    }

    /// The address of a node.
    pub fn address(&self, node: &str) -> String {
        self.node_ip(node)
    }

    /// The objects of a kind in the namespaces that a controller has to look at.
    fn in_scope(&self, plural: &'static str, scope: Scope<'_>) -> Vec<store::Object> {
        let mut objects = self.store.list(plural, None);
        objects.retain(|object| scope(crate::demo::json::text(object, "/metadata/namespace")));
        objects
    }

    /// The processes that have begun since the last call and that a shell has to run.
    pub fn take_live(&mut self) -> Vec<Live> {
        std::mem::take(&mut self.live)
    }

    /// A container of a running pod, by names.
    pub fn container(&self, namespace: &str, pod: &str, container: &str) -> Option<(&Pod, &Container)> {
        let pod = self.pods.values().find(|known| known.namespace == namespace && known.name == pod)?;
        Some((pod, pod.containers.iter().find(|known| known.name == container)?))
    }

    /// The same, to be changed.
    pub fn container_named(&mut self, namespace: &str, pod: &str, container: &str) -> Option<&mut Container> {
        let pod = self.pods.values_mut().find(|known| known.namespace == namespace && known.name == pod)?;
        pod.containers.iter_mut().find(|known| known.name == container)
    }
}

#[cfg(test)]
mod tests;
