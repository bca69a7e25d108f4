//! What a namespace lets in: service accounts, priorities, limits for containers, quotas.
//!
//! Start with [`World::allow_early`] (before a pod has its name, as in the API server) and [`World::allow_late`]. The words
//! are those of the admission plugins.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::quantity;
use super::store::Object;
use super::{Scope, World};
use crate::demo::failure::{Answer, Failure};
use crate::demo::json::{array, at, list, map, set, text};

/// Classes that every cluster has.
const SYSTEM_CLASSES: [(&str, i64); 2] =
    [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

impl World {
    /// What is looked up before a pod gets its name: its service account, its priority, and limits that it did not say.
    pub(super) fn allow_early(&self, pod: &mut Value, prefix: &str) -> Answer<()> {
        let namespace = text(pod, "/metadata/namespace").to_owned();
        let name = if prefix.is_empty() { text(pod, "/metadata/name") } else { prefix }.to_owned();
        let account = text(pod, "/spec/serviceAccountName");
        if account != "default" && self.store.get("serviceaccounts", &namespace, account).is_none() {
            let why =
                format!("error looking up service account {namespace}/{account}: serviceaccount {account:?} not found");
            return Err(Failure::pod_refused(&name, &why));
        }
        let class = text(pod, "/spec/priorityClassName").to_owned();
        if !class.is_empty() {
            let known = SYSTEM_CLASSES.iter().find(|known| known.0 == class).map(|known| known.1);
            let stored = self.store.get("priorityclasses", "", &class);
            let value = known.or_else(|| stored.and_then(|stored| at(&stored, "/value")?.as_i64()));
            let Some(value) = value else {
                return Err(Failure::pod_refused(&name, &format!("no PriorityClass with name {class} was found")));
            };
            set(pod, &["spec", "priority"], value.into());
        }
        for range in self.container_limits(&namespace) {
            for field in ["initContainers", "containers"] {
                if pod["spec"].get(field).is_some() {
                    for container in array(&mut pod["spec"], field) {
                        fill_limits(container, &range);
                    }
                }
            }
        }
        Ok(())
    }

    /// What is held against a pod that has its name: limits for containers, quotas.
    pub(super) fn allow_late(&self, pod: &Value) -> Answer<()> {
        let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
        for range in self.container_limits(namespace) {
            if let Some(why) = containers(pod).find_map(|container| beyond(container, &range)) {
                return Err(Failure::pod_refused(name, &why));
            }
        }
        for quota in self.store.list("resourcequotas", Some(namespace)) {
            if let Some(why) = self.over_quota(&quota, pod) {
                return Err(Failure::pod_refused(name, &why));
            }
        }
        Ok(())
    }

    fn container_limits(&self, namespace: &str) -> Vec<Value> {
        let ranges = self.store.list("limitranges", Some(namespace));
        let items = ranges.iter().flat_map(|range| list(range, "/spec/limits").to_vec());
        items.filter(|item| text(item, "/type") == "Container").collect()
    }

    /// What a quota counts of the pods that are there.
    fn counted(&self, quota: &Value) -> BTreeMap<String, i64> {
        let pods = self.store.list("pods", Some(text(quota, "/metadata/namespace")));
        let lives = |pod: &&Object| !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
        let names = map(quota, "/spec/hard").into_iter().flat_map(|hard| hard.keys());
        names
            .filter_map(|name| {
                let each = pods.iter().filter(lives).map(|pod| amount(pod, name));
                Some((name.clone(), each.sum::<Option<i64>>()?))
            })
            .collect()
    }

    fn over_quota(&self, quota: &Value, pod: &Value) -> Option<String> {
        let (name, hard) = (text(quota, "/metadata/name"), map(quota, "/spec/hard")?);
        let missing: Vec<&str> = hard.keys().map(String::as_str).filter(|what| unsaid(pod, what).is_some()).collect();
        if let Some(first) = missing.first() {
            let who = unsaid(pod, first).unwrap_or_default();
            let mut names = missing.clone();
            names.sort_unstable();
            let all: Vec<String> = names.iter().map(|what| format!("{what} for: {who}")).collect();
            return Some(format!("failed quota: {name}: must specify {}", all.join("; ")));
        }
        let used = self.counted(quota);
        let (mut asked, mut have, mut most) = (Vec::new(), Vec::new(), Vec::new());
        for (what, used) in &used {
            let (ask, limit) = (amount(pod, what)?, quantity::of(hard.get(what)));
            if ask > 0 && used + ask > limit {
                asked.push(format!("{what}={}", shown(what, ask)));
                have.push(format!("{what}={}", shown(what, *used)));
                most.push(format!("{what}={}", shown(what, limit)));
            }
        }
        (!asked.is_empty()).then(|| {
            let (asked, have, most) = (asked.join(","), have.join(","), most.join(","));
            format!("exceeded quota: {name}, requested: {asked}, used: {have}, limited: {most}")
        })
    }

    /// Writes into every quota what is used of it.
    pub(super) fn sync_quotas(&mut self, scope: Scope<'_>) {
        for quota in self.in_scope("resourcequotas", scope) {
            let used: serde_json::Map<String, Value> = self
                .counted(&quota)
                .into_iter()
                .map(|(what, used)| (what.clone(), shown(&what, used).into()))
                .collect();
            self.put_status("resourcequotas", &quota, json!({"hard": quota["spec"]["hard"], "used": used}));
        }
    }
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    list(pod, "/spec/initContainers").iter().chain(list(pod, "/spec/containers"))
}

/// The part of a container's resources that a name in a quota means.
fn resource(what: &str) -> Option<String> {
    match what.split_once('.') {
        Some((side @ ("requests" | "limits"), of)) => Some(format!("/resources/{side}/{of}")),
        None if matches!(what, "cpu" | "memory") => Some(format!("/resources/requests/{what}")),
        _ => None,
    }
}

/// How much of something a pod takes, in thousandths; `None` for what no pod takes any of.
fn amount(pod: &Value, what: &str) -> Option<i64> {
    if matches!(what, "pods" | "count/pods") {
        return Some(1_000);
    }
    let pointer = resource(what)?;
    Some(list(pod, "/spec/containers").iter().map(|container| quantity::of(at(container, &pointer))).sum())
}

/// The containers that do not say how much they take of what a quota counts, if there are any.
fn unsaid(pod: &Value, what: &str) -> Option<String> {
    let pointer = resource(what)?;
    let silent = containers(pod).filter(|container| at(container, &pointer).is_none());
    let names: Vec<&str> = silent.map(|container| text(container, "/name")).collect();
    (!names.is_empty()).then(|| names.join(","))
}

fn shown(what: &str, amount: i64) -> String {
    if what.ends_with("memory") || what.ends_with("storage") {
        quantity::bytes(amount)
    } else {
        quantity::decimal(amount)
    }
}

/// What a container did not say is what the namespace gives.
fn fill_limits(container: &mut Value, range: &Value) {
    for (from, to) in [("/default", "limits"), ("/defaultRequest", "requests")] {
        for (what, value) in map(range, from).into_iter().flatten() {
            if container["resources"][to].get(what).is_none() {
                set(container, &["resources", to, what], value.clone());
            }
        }
    }
}

/// Why a container asks for more or less than one may.
fn beyond(container: &Value, range: &Value) -> Option<String> {
    let said = |side: &str, what: &str| at(container, &format!("/resources/{side}/{what}")).cloned();
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let over = map(range, "/max").into_iter().flatten().find_map(|(what, most)| {
        let begin = format!("maximum {what} usage per Container is {}", plain(most));
        match said("limits", what) {
            None => Some(format!("{begin}.  No limit is specified")),
            Some(limit) if quantity::of(Some(&limit)) > quantity::of(Some(most)) => {
                Some(format!("{begin}, but limit is {}", plain(&limit)))
            }
            Some(_) => None,
        }
    });
    over.or_else(|| {
        map(range, "/min").into_iter().flatten().find_map(|(what, least)| {
            let begin = format!("minimum {what} usage per Container is {}", plain(least));
            match said("requests", what) {
                None => Some(format!("{begin}.  No request is specified")),
                Some(ask) if quantity::of(Some(&ask)) < quantity::of(Some(least)) => {
                    Some(format!("{begin}, but request is {}", plain(&ask)))
                }
                Some(_) => None,
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::stamp::Stamp;
    use crate::demo::world::kinds::by_plural;

    fn world() -> World {
        let mut world = World::empty(1, Stamp::from_seconds(1_000));
        world.store.put("namespaces", json!({"metadata": {"name": "shop"}}));
        world
    }

    fn refused(world: &mut World, spec: &Value) -> Option<String> {
        let pod = json!({"metadata": {"generateName": "a-", "namespace": "shop"}, "spec": spec});
        let made = world.create(by_plural("pods").expect("a kind"), pod);
        made.err().map(|failure| failure.message.split_once("is forbidden: ").expect("admission").1.to_owned())
    }

    fn asking(cpu: &str) -> Value {
        json!({"containers": [{"name": "c", "image": "nginx:1.29", "resources": {"requests": {"cpu": cpu}}}]})
    }

    #[test]
    fn a_quota_counts_what_is_there_and_says_what_is_too_much() {
        let mut world = world();
        let quota = json!({"kind": "ResourceQuota", "apiVersion": "v1",
            "metadata": {"name": "team", "namespace": "shop"}, "spec": {"hard": {"requests.cpu": "300m", "pods": "2"}}});
        world.store.put("resourcequotas", quota);
        assert_eq!(refused(&mut world, &asking("200m")), None);
        world.settle();
        assert_eq!(
            refused(&mut world, &asking("200m")).as_deref(),
            Some(
                "exceeded quota: team, requested: requests.cpu=200m, used: requests.cpu=200m, limited: requests.cpu=300m"
            )
        );
        assert_eq!(
            refused(&mut world, &json!({"containers": [{"name": "c", "image": "nginx:1.29"}]})).as_deref(),
            Some("failed quota: team: must specify requests.cpu for: c")
        );
        let quota = world.store.get("resourcequotas", "shop", "team").expect("there");
        assert_eq!(quota["status"]["used"], json!({"pods": "1", "requests.cpu": "200m"}));
    }

    #[test]
    fn accounts_and_priorities_must_be_there() {
        let mut world = world();
        let mut spec = asking("1");
        spec["serviceAccountName"] = "deployer".into();
        let why = refused(&mut world, &spec).expect("refused");
        assert_eq!(why, "error looking up service account shop/deployer: serviceaccount \"deployer\" not found");
        let mut spec = asking("1");
        spec["priorityClassName"] = "urgent".into();
        assert_eq!(refused(&mut world, &spec).as_deref(), Some("no PriorityClass with name urgent was found"));
    }

    #[test]
    fn a_namespace_limits_its_containers_and_gives_them_what_they_did_not_say() {
        let mut world = world();
        let range = json!({"kind": "LimitRange", "apiVersion": "v1", "metadata": {"name": "small", "namespace": "shop"},
            "spec": {"limits": [{"type": "Container", "max": {"memory": "64Mi"}, "default": {"memory": "32Mi"}}]}});
        world.store.put("limitranges", range);
        assert_eq!(refused(&mut world, &asking("10m")), None);
        let mut spec = asking("10m");
        spec["containers"][0]["resources"]["limits"] = json!({"memory": "128Mi"});
        assert_eq!(
            refused(&mut world, &spec).as_deref(),
            Some("maximum memory usage per Container is 64Mi, but limit is 128Mi")
        );
    }
}
