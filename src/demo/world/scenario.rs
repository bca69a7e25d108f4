//! Scenarios: which manifests a world starts from, and what is done to it as time passes.
//!
//! Start with [`build`]. Manifests are in `assets/demo`; each file is a list of `{age, objects}`, where the age
//! says how long before the present its objects were made. `table` names the scenarios.

mod table;

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::image::Catalogue;
use super::kinds::by_manifest;
use super::{Task, World};
use crate::base::stamp::Stamp;
use crate::demo::json::{list, set, text};
use table::{IMAGES, SCENARIOS};

/// What is done to the world from outside.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// A node's machine is switched off or on; the other way round after so many seconds.
    Power { node: &'static str, on: bool, then: f64 },
    /// Somebody closes a node to new pods.
    Cordon { node: &'static str },
    /// A node's disk fills up, for good.
    DiskPressure { node: &'static str },
    /// A node's machine starts anew.
    Reboot { node: &'static str },
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
    /// Not part of the incident that has some of everything, but of its own group's scenario alone.
    #[serde(default)]
    alone: bool,
    objects: Vec<Value>,
}

/// The scenarios: name, and what each shows.
pub fn scenarios() -> impl Iterator<Item = (&'static str, &'static str)> {
    SCENARIOS.iter().map(|scenario| (scenario.name, scenario.about))
}

/// Builds a world that has lived up to `now`.
pub fn build(seed: u64, name: Option<&str>, now: Stamp) -> Result<World, UnknownScenario> {
    let name = name.unwrap_or(table::DEFAULT);
    let scenario = SCENARIOS.iter().find(|known| known.name == name).ok_or_else(|| UnknownScenario {
        name: name.to_owned(),
        known: SCENARIOS.iter().map(|known| known.name.to_owned()).collect(),
    })?;
    let mut world = World::empty(seed, now);
    // The assets are part of the program and a test reads them all: broken ones show as an empty world.
    world.images = Arc::new(Catalogue::parse(IMAGES).unwrap_or_default());
    for manifest in scenario.manifests {
        let groups = serde_yaml::from_str::<Vec<Group>>(manifest).unwrap_or_default();
        for group in groups.into_iter().filter(|group| !(group.alone && scenario.mixed)) {
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
            Act::Cordon { node } => self.cordon(node),
            Act::DiskPressure { node } => self.fill_disk(node),
            Act::Reboot { node } => self.reboot(node),
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
        assert!(error.to_string().contains("incident, healthy, config, crash-loops"), "{error}");
    }
}
