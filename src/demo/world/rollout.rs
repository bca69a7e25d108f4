//! Deployments: a ReplicaSet for each template, and the pods moved from the old one to the new.

use serde_json::{Value, json};

use super::kinds::by_plural;
use super::random::name_hash;
use super::replicas::{owner_reference, put_condition};
use super::store::Object;
use super::{Scope, World};
use crate::demo::json::{array, int, list, set, stamp, text, time};

const REVISION: &str = "deployment.kubernetes.io/revision";

impl World {
    pub(super) fn sync_deployments(&mut self, scope: Scope<'_>) {
        for deployment in self.in_scope("deployments", scope) {
            let sets = self.owned("replicasets", &deployment);
            let is_new = |set: &&Object| is_made_from(set, &deployment["spec"]["template"]);
            let Some(new) = sets.iter().find(is_new) else {
                if deployment["spec"]["paused"] == true {
                    let mut seen = deployment["status"].clone();
                    set(&mut seen, &["observedGeneration"], deployment["metadata"]["generation"].clone());
                    self.put_status("deployments", &deployment, seen);
                } else {
                    let hash = name_hash(&deployment["spec"]["template"].to_string());
                    self.create_set(&deployment, &hash, &sets);
                }
                continue;
            };
            let old: Vec<&Object> = sets.iter().filter(|set| !is_new(set)).collect();
            if deployment["spec"]["paused"] != true {
                self.renumber(&deployment, new, &sets);
                self.roll(&deployment, new, &old);
            } else if let [only] =
                sets.iter().filter(|set| int(set, "/spec/replicas") != Some(0)).collect::<Vec<_>>()[..]
            {
                // Paused means no rollout; it is scaled all the same.
                let wanted = int(&deployment, "/spec/replicas").unwrap_or(1);
                if int(only, "/spec/replicas") != Some(wanted) {
                    self.scale_set(&deployment, only, wanted);
                }
            }
            self.deployment_status(&deployment, new, &sets);
        }
    }

    fn create_set(&mut self, deployment: &Value, hash: &str, sets: &[Object]) {
        let name = format!("{}-{hash}", text(deployment, "/metadata/name"));
        let revision = newest_revision(sets) + 1;
        let mut template = deployment["spec"]["template"].clone();
        set(&mut template, &["metadata", "labels", "pod-template-hash"], hash.into());
        let labels = template["metadata"]["labels"].clone();
        let mut selector = deployment["spec"]["selector"].clone();
        set(&mut selector, &["matchLabels", "pod-template-hash"], hash.into());
        let replicas = if sets.is_empty() { int(deployment, "/spec/replicas").unwrap_or(1) } else { 0 };
        let object = json!({"metadata": {"name": name, "namespace": deployment["metadata"]["namespace"],
                "labels": labels, "annotations": {REVISION: revision.to_string()},
                "ownerReferences": [owner_reference(deployment)]},
            "spec": {"replicas": replicas, "selector": selector, "template": template}});
        if let Some(kind) = by_plural("replicasets")
            && self.create(kind, object).is_ok()
        {
            self.set_revision(deployment, revision);
            if replicas > 0 {
                self.say_scaled(deployment, &name, 0, replicas);
            }
        }
    }

    /// A template that was in use before becomes the newest revision again.
    fn renumber(&mut self, deployment: &Value, new: &Value, sets: &[Object]) {
        let newest = newest_revision(sets);
        if revision(new) < newest {
            let mut renumbered = new.clone();
            set(&mut renumbered, &["metadata", "annotations", REVISION], (newest + 1).to_string().into());
            self.store.put("replicasets", renumbered);
            self.set_revision(deployment, newest + 1);
        }
    }

    fn set_revision(&mut self, deployment: &Value, revision: i64) {
        let mut numbered = deployment.clone();
        set(&mut numbered, &["metadata", "annotations", REVISION], revision.to_string().into());
        self.store.put("deployments", numbered);
    }

    /// One step: up as far as the surge allows, down as far as enough pods stay available.
    fn roll(&mut self, deployment: &Value, new: &Value, old: &[&Object]) {
        let wanted = int(deployment, "/spec/replicas").unwrap_or(1);
        let (surge, unavailable) = limits(deployment, wanted);
        let replicas = |set: &Value| int(set, "/spec/replicas").unwrap_or_default();
        let old_total: i64 = old.iter().map(|set| replicas(set)).sum();
        let new_size = replicas(new);
        let room = (wanted + surge - old_total - new_size).max(0);
        let next = if new_size > wanted { wanted } else { (new_size + room).min(wanted) };
        if next != new_size {
            self.scale_set(deployment, new, next);
        }
        self.shrink_old(deployment, new, old, wanted - unavailable);
    }

    /// Takes pods of the old sets away: first those that do not work, then as many as are not needed.
    fn shrink_old(&mut self, deployment: &Value, new: &Value, old: &[&Object], needed: i64) {
        let replicas = |set: &Value| int(set, "/spec/replicas").unwrap_or_default();
        let available = |set: &Value| int(set, "/status/availableReplicas").unwrap_or_default();
        let total: i64 = old.iter().map(|set| replicas(set)).sum::<i64>() + replicas(new);
        let mut broken = total - needed - (replicas(new) - available(new));
        if broken <= 0 {
            return;
        }
        let working: i64 = old.iter().map(|set| available(set)).sum::<i64>() + available(new);
        let mut spare = (working - needed).max(0);
        for set in old.iter().filter(|set| replicas(set) > 0) {
            let (have, works) = (replicas(set), available(set));
            let useless = (have - works).min(broken).max(0);
            let surplus = works.min(spare);
            broken -= useless;
            spare -= surplus;
            if useless + surplus > 0 {
                self.scale_set(deployment, set, have - useless - surplus);
            }
        }
    }

    fn scale_set(&mut self, deployment: &Value, set: &Value, replicas: i64) {
        let before = int(set, "/spec/replicas").unwrap_or_default();
        self.set_replicas("replicasets", set, replicas);
        self.say_scaled(deployment, text(set, "/metadata/name"), before, replicas);
    }

    fn say_scaled(&mut self, deployment: &Value, set: &str, from: i64, to: i64) {
        let way = if to > from { "up" } else { "down" };
        let message = format!("Scaled {way} replica set {set} from {from} to {to}");
        self.owner_event(deployment, "deployment-controller", "ScalingReplicaSet", message);
    }

    fn deployment_status(&mut self, deployment: &Value, new: &Value, sets: &[Object]) {
        let (namespace, name) = (text(deployment, "/metadata/namespace"), text(deployment, "/metadata/name"));
        let Some(current) = self.store.get("deployments", namespace, name) else { return };
        let sets: Vec<Object> = sets
            .iter()
            .filter_map(|set| self.store.get("replicasets", namespace, text(set, "/metadata/name")))
            .collect();
        let sum = |field: &str| -> i64 { sets.iter().filter_map(|set| int(set, &format!("/status/{field}"))).sum() };
        let updated = sets
            .iter()
            .find(|set| text(set, "/metadata/uid") == text(new, "/metadata/uid"))
            .and_then(|set| int(set, "/status/replicas"))
            .unwrap_or_default();
        let wanted = int(&current, "/spec/replicas").unwrap_or(1);
        let (total, available) = (sum("replicas"), sum("availableReplicas"));
        let mut status = json!({"observedGeneration": current["metadata"]["generation"]});
        for (field, count) in [
            ("replicas", total),
            ("updatedReplicas", updated),
            ("readyReplicas", sum("readyReplicas")),
            ("availableReplicas", available),
            ("unavailableReplicas", (wanted - available).max(0)),
        ] {
            if count > 0 {
                status[field] = count.into();
            }
        }
        status["conditions"] = current["status"]["conditions"].clone();
        let (_, unavailable) = limits(&current, wanted);
        self.put_available(&mut status, available >= wanted - unavailable);
        array(&mut status, "conditions").retain(|known| text(known, "/type") != "ReplicaFailure");
        let failure = sets.iter().flat_map(|set| list(set, "/status/conditions"));
        if let Some(failure) = failure.into_iter().find(|known| text(known, "/type") == "ReplicaFailure") {
            let mut failure = failure.clone();
            failure["lastUpdateTime"] = failure["lastTransitionTime"].clone();
            put_condition(&mut status, failure);
        }
        let done = updated == wanted && total == wanted && available == wanted;
        self.put_progress(&mut status, &current, text(new, "/metadata/name"), done);
        self.put_status("deployments", &current, status);
    }

    fn put_available(&self, status: &mut Value, enough: bool) {
        let (on, reason, message) = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        put_condition(
            status,
            json!({"type": "Available", "status": on, "lastUpdateTime": stamp(self.now),
            "lastTransitionTime": stamp(self.now), "reason": reason, "message": message}),
        );
    }

    fn put_progress(&self, status: &mut Value, deployment: &Value, set: &str, done: bool) {
        let old = list(status, "/conditions").iter().find(|known| text(known, "/type") == "Progressing");
        let before = &deployment["status"];
        let count = |status: &Value, field: &str| int(status, &format!("/{field}")).unwrap_or_default();
        let more = |field: &str| count(status, field) > count(before, field);
        let left = |status: &Value| count(status, "replicas") - count(status, "updatedReplicas");
        let moved = more("updatedReplicas")
            || more("readyReplicas")
            || more("availableReplicas")
            || left(status) < left(before)
            || int(before, "/observedGeneration") != int(deployment, "/metadata/generation");
        let deadline = int(deployment, "/spec/progressDeadlineSeconds").unwrap_or(600) * 1_000_000;
        let since = old.map(|old| time(old, "/lastUpdateTime")).unwrap_or_default();
        let late = !moved && self.now.micros_since(since).is_some_and(|micros| micros > deadline);
        let was = old.map(|old| text(old, "/reason")).unwrap_or_default();
        let was_done = was == "NewReplicaSetAvailable";
        // Once it is late it stays so until something moves.
        let late = late || (was == "ProgressDeadlineExceeded" && !moved);
        let (on, reason, message) = if done {
            ("True", "NewReplicaSetAvailable", format!("ReplicaSet {set:?} has successfully progressed."))
        } else if late && !was_done {
            ("False", "ProgressDeadlineExceeded", format!("ReplicaSet {set:?} has timed out progressing."))
        } else if was_done && !moved {
            return;
        } else {
            ("True", "ReplicaSetUpdated", format!("ReplicaSet {set:?} is progressing."))
        };
        let now = stamp(self.now);
        put_condition(
            status,
            json!({"type": "Progressing", "status": on, "lastUpdateTime": now,
            "lastTransitionTime": now, "reason": reason, "message": message}),
        );
        if moved
            && let Some(progress) = status["conditions"]
                .as_array_mut()
                .and_then(|all| all.iter_mut().find(|known| known["type"] == "Progressing"))
        {
            progress["lastUpdateTime"] = now;
        }
    }
}

/// Whether a set has this template, its own label aside.
fn is_made_from(set: &Value, template: &Value) -> bool {
    let mut own = set["spec"]["template"].clone();
    crate::demo::json::remove(&mut own, &["metadata", "labels", "pod-template-hash"]);
    own == *template
}

fn revision(set: &Value) -> i64 {
    set["metadata"]["annotations"][REVISION].as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn newest_revision(sets: &[Object]) -> i64 {
    sets.iter().map(|set| revision(set)).max().unwrap_or_default()
}

/// Surge (rounded up) and unavailable (rounded down), of numbers or percentages.
fn limits(deployment: &Value, wanted: i64) -> (i64, i64) {
    if text(deployment, "/spec/strategy/type") == "Recreate" {
        return (0, wanted);
    }
    let limit = |field: &str, up: bool| {
        let value = &deployment["spec"]["strategy"]["rollingUpdate"][field];
        if let Some(number) = value.as_i64() {
            return number;
        }
        let percent = value.as_str().and_then(|text| text.trim_end_matches('%').parse::<i64>().ok()).unwrap_or(25);
        if up { (wanted * percent + 99) / 100 } else { wanted * percent / 100 }
    };
    let (surge, unavailable) = (limit("maxSurge", true), limit("maxUnavailable", false));
    // Both zero could never move.
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_the_safe_way() {
        let quarter = json!({"spec": {"strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}}});
        assert_eq!(limits(&quarter, 3), (1, 0));
        assert_eq!(limits(&quarter, 8), (2, 2));
        assert_eq!(
            limits(&json!({"spec": {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}}), 3),
            (0, 1)
        );
    }
}
