//! Scenarios: which manifests a world starts from, and what is done to it as time passes.
//!
//! Start with [`build`]. Manifests are in `assets/demo`; each file is a list of `{age, objects}`, where the age
//! says how long before the present its objects were made.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::image::Catalogue;
use super::kinds::by_manifest;
use super::{Task, World};
use crate::base::stamp::Stamp;
use crate::demo::json::{list, set, text};

/// What is done to the world from outside.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// A node's machine is switched off or on; the other way round after so many seconds.
    Power { node: &'static str, on: bool, then: f64 },
    /// A deployment's image changes back and forth.
    Rollout { namespace: &'static str, name: &'static str, images: [&'static str; 2], every: f64 },
    /// A deployment gets an image, once.
    Image { namespace: &'static str, name: &'static str, image: &'static str },
    /// The kubelet evicts the first pod of an app.
    Evict { namespace: &'static str, app: &'static str, message: &'static str },
    /// Somebody deletes a pod.
    Delete { namespace: &'static str, name: &'static str },
    /// Somebody adds a debug container to the first pod of an app.
    Debug { namespace: &'static str, app: &'static str, container: &'static str, image: &'static str },
}

/// A named beginning.
struct Scenario {
    name: &'static str,
    manifests: &'static [&'static str],
    /// Seconds from the present (before it when negative), and what is done then.
    acts: fn() -> Vec<(f64, Act)>,
}

const CLUSTER: &str = include_str!("../../../assets/demo/cluster.yaml");
const HEALTHY: &str = include_str!("../../../assets/demo/healthy.yaml");
const IMAGE: &str = include_str!("../../../assets/demo/image.yaml");
const CRASH: &str = include_str!("../../../assets/demo/crash.yaml");
const CONFIG: &str = include_str!("../../../assets/demo/config.yaml");
const SCHEDULING: &str = include_str!("../../../assets/demo/scheduling.yaml");
const ENDING: &str = include_str!("../../../assets/demo/ending.yaml");
const DEBUG: &str = include_str!("../../../assets/demo/debug.yaml");
const IMAGES: &str = include_str!("../../../assets/demo/images.yaml");

static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "incident",
        manifests: &[CLUSTER, HEALTHY, IMAGE, CRASH, CONFIG, SCHEDULING, ENDING],
        acts: incident,
    },
    Scenario { name: "healthy", manifests: &[CLUSTER, HEALTHY], acts: Vec::new },
    Scenario { name: "crash", manifests: &[CLUSTER, HEALTHY, CRASH], acts: Vec::new },
    Scenario { name: "image", manifests: &[CLUSTER, HEALTHY, IMAGE], acts: Vec::new },
    Scenario { name: "debugging", manifests: &[CLUSTER, HEALTHY, IMAGE, DEBUG], acts: Vec::new },
    Scenario { name: "scheduling", manifests: &[CLUSTER, HEALTHY, SCHEDULING], acts: Vec::new },
    Scenario { name: "node-down", manifests: &[CLUSTER, HEALTHY], acts: node_down },
    Scenario { name: "empty", manifests: &[CLUSTER], acts: Vec::new },
];

const NODE_DOWN: Act = Act::Power { node: "worker-4", on: false, then: 1_500.0 };

fn node_down() -> Vec<(f64, Act)> {
    vec![(-200.0, NODE_DOWN)]
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
        (
            -1_500.0,
            Act::Image { namespace: "payments", name: "ledger", image: "registry.acme.dev/payments/ledger:3.2.O" },
        ),
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

/// A scenario that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no demo scenario `{name}`; choose one of: {}", known.join(", "))]
pub struct UnknownScenario {
    /// What was asked for.
    pub name: String,
    /// What there is.
    pub known: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    /// How long ago, as `6d`, `40m`, `90s`.
    age: String,
    objects: Vec<Value>,
}

/// Builds a world that has lived up to `now`.
pub fn build(seed: u64, name: Option<&str>, now: Stamp) -> Result<World, UnknownScenario> {
    let name = name.unwrap_or("incident");
    let scenario = SCENARIOS.iter().find(|known| known.name == name).ok_or_else(|| UnknownScenario {
        name: name.to_owned(),
        known: SCENARIOS.iter().map(|known| known.name.to_owned()).collect(),
    })?;
    let mut world = World::empty(seed, now);
    // The assets are part of the program and a test reads them all: broken ones show as an empty world.
    world.images = Arc::new(Catalogue::parse(IMAGES).unwrap_or_default());
    for manifest in scenario.manifests {
        for group in serde_yaml::from_str::<Vec<Group>>(manifest).unwrap_or_default() {
            let born = now.plus_micros(-age_micros(&group.age));
            for object in group.objects {
                world.at(born, Task::Create(Arc::new(object)));
            }
        }
    }
    for (seconds, act) in (scenario.acts)() {
        world.at(now.plus_micros((seconds * 1e6) as i64), Task::Script(act));
    }
    let calm = now.plus_micros(-300_000_000);
    world.calm_until = calm;
    world.now = world.next_due().unwrap_or(now);
    for task in [Task::Schedule, Task::Nodes, Task::Controllers, Task::Expire] {
        world.at(now.plus_micros(-1_500_000_000), task);
    }
    world.advance(now);
    Ok(world)
}

fn age_micros(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len().saturating_sub(1));
    let seconds = match unit {
        "d" => 86_400.0,
        "h" => 3_600.0,
        "m" => 60.0,
        _ => 1.0,
    };
    (number.parse::<f64>().unwrap_or_default() * seconds * 1e6) as i64
}

impl World {
    /// Makes an object of a manifest.
    pub(super) fn create_seed(&mut self, object: &Value) {
        let Some(kind) = by_manifest(text(object, "/apiVersion"), text(object, "/kind")) else { return };
        if let Ok(stored) = self.create(kind, object.clone())
            && kind.plural == "nodes"
        {
            self.join(&stored);
        }
    }

    pub(super) fn act(&mut self, act: &Act) {
        match *act {
            Act::Power { node, on, then } => {
                self.power(node, on);
                self.later(then, Task::Script(Act::Power { node, on: !on, then }));
            }
            Act::Rollout { namespace, name, images: [image, next], every } => {
                self.set_image(namespace, name, image);
                self.later(every, Task::Script(Act::Rollout { namespace, name, images: [next, image], every }));
            }
            Act::Image { namespace, name, image } => self.set_image(namespace, name, image),
            Act::Evict { namespace, app, message } => {
                if let Some(uid) = self.first_pod(namespace, app) {
                    self.evict_for_pressure(&uid, message);
                }
            }
            Act::Delete { namespace, name } => {
                if let Some(pod) = self.store.get("pods", namespace, name) {
                    self.delete_pod(&pod, &super::Deletion::default());
                }
            }
            Act::Debug { namespace, app, container, image } => self.add_debugger(namespace, app, container, image),
        }
    }

    fn set_image(&mut self, namespace: &str, name: &str, image: &str) {
        let Some(current) = self.store.get("deployments", namespace, name) else { return };
        let mut changed = (*current).clone();
        changed["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
        super::admit::bump_generation(&current, &mut changed);
        self.store.put("deployments", changed);
    }

    fn first_pod(&self, namespace: &str, app: &str) -> Option<String> {
        let pods = self.store.list("pods", Some(namespace));
        let pod = pods.iter().find(|pod| pod["metadata"]["labels"]["app"] == app)?;
        Some(text(pod, "/metadata/uid").to_owned())
    }

    fn add_debugger(&mut self, namespace: &str, app: &str, container: &str, image: &str) {
        let Some(pod) = self.first_pod(namespace, app).and_then(|uid| self.pod_object(&uid)) else { return };
        let target = text(&pod, "/spec/containers/0/name");
        let mut debugger = serde_json::json!({"name": container, "image": image, "stdin": true, "tty": true,
            "targetContainerName": target});
        super::admit::container_defaults(&mut debugger);
        let mut all = list(&pod, "/spec/ephemeralContainers").to_vec();
        all.push(debugger);
        let mut changed = (*pod).clone();
        set(&mut changed, &["spec", "ephemeralContainers"], all.into());
        self.store.put("pods", changed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_read_whole() {
        Catalogue::parse(IMAGES).expect("images.yaml");
        for manifest in SCENARIOS.iter().flat_map(|scenario| scenario.manifests) {
            for group in serde_yaml::from_str::<Vec<Group>>(manifest).expect("a manifest") {
                assert!(age_micros(&group.age) > 0, "{}", group.age);
                for object in group.objects {
                    let kind = (text(&object, "/apiVersion"), text(&object, "/kind"));
                    assert!(by_manifest(kind.0, kind.1).is_some(), "{kind:?}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_scenario_names_those_that_exist() {
        let error = build(1, Some("nope"), Stamp::from_seconds(1)).expect_err("unknown");
        assert!(error.to_string().contains("incident, healthy"), "{error}");
    }
}
