//! `StatefulSets`, `DaemonSets`, and the budgets that protect pods from eviction.

use serde_json::{Value, json};

use super::replicas::{is_active, is_ready};
use super::revision::{LABEL, is_of};
use super::schedule::tolerates;
use super::store::Object;
use super::write::Deletion;
use super::{Scope, World};
use crate::demo::json::{array, int, list, map, set, text};

impl World {
    /// One after the other by ordinal: the next is made when the one before is ready.
    pub(super) fn sync_stateful_sets(&mut self, scope: Scope<'_>) {
        for owner in self.in_scope("statefulsets", scope) {
            let name = text(&owner, "/metadata/name");
            let revision = format!("{name}-{}", self.keep_revision(&owner));
            let wanted = int(&owner, "/spec/replicas").unwrap_or(1);
            let pods = self.owned("pods", &owner);
            let pod = |ordinal: i64| pods.iter().find(|pod| text(pod, "/metadata/name") == format!("{name}-{ordinal}"));
            for ordinal in 0..wanted {
                match pod(ordinal) {
                    None => self.create_ordinal(&owner, ordinal, &revision),
                    Some(ready) if is_ready(ready) => continue,
                    Some(_) => {}
                }
                break;
            }
            let surplus = pods.iter().filter(|pod| is_active(pod) && ordinal(pod).is_some_and(|n| n >= wanted));
            let last = surplus.max_by_key(|pod| ordinal(pod));
            if let Some(goes) = last.or_else(|| outdated_ordinal(&owner, &pods, &revision)) {
                self.delete_pod(goes, &Deletion::default());
            }
            let ready = pods.iter().filter(|pod| is_ready(pod)).count();
            let updated = pods.iter().filter(|pod| is_of(pod, &revision)).count();
            let current = match text(&owner, "/status/currentRevision") {
                before if updated < pods.len() && !before.is_empty() => before.to_owned(),
                _ => revision.clone(),
            };
            let status = json!({"observedGeneration": owner["metadata"]["generation"], "replicas": pods.len(),
                "readyReplicas": ready, "availableReplicas": ready,
                "currentReplicas": if current == revision { pods.len() } else { pods.len() - updated },
                "updatedReplicas": updated,
                "currentRevision": current, "updateRevision": revision, "collisionCount": 0});
            self.put_status("statefulsets", &owner, status);
        }
    }

    fn create_ordinal(&mut self, owner: &Value, ordinal: i64, revision: &str) {
        let name = format!("{}-{ordinal}", text(owner, "/metadata/name"));
        self.make_claims(owner, &name);
        let set_name = text(owner, "/metadata/name");
        let words = format!("Create Pod {name} in StatefulSet {set_name} failed error: ");
        let made = self.make_pod(owner, "statefulset-controller", &words, |pod| {
            pod["metadata"]["name"] = name.clone().into();
            set(pod, &["metadata", "labels", "apps.kubernetes.io/pod-index"], ordinal.to_string().into());
            set(pod, &["metadata", "labels", LABEL], revision.into());
            set(pod, &["metadata", "labels", "statefulset.kubernetes.io/pod-name"], name.clone().into());
            pod["spec"]["hostname"] = name.clone().into();
            for template in list(owner, "/spec/volumeClaimTemplates") {
                let volume = text(template, "/metadata/name");
                let claim = json!({"claimName": format!("{volume}-{name}")});
                array(&mut pod["spec"], "volumes").push(json!({"name": volume, "persistentVolumeClaim": claim}));
            }
        });
        if made.is_some() {
            let message = format!("Create Pod {name} in StatefulSet {set_name} successful");
            self.owner_event(owner, "statefulset-controller", "SuccessfulCreate", message);
        }
    }

    /// One pod on every node that it tolerates.
    pub(super) fn sync_daemon_sets(&mut self, scope: Scope<'_>) {
        for owner in self.in_scope("daemonsets", scope) {
            let pods = self.owned("pods", &owner);
            let template = &owner["spec"]["template"];
            let revision = self.keep_revision(&owner);
            let nodes: Vec<Object> =
                self.store.list("nodes", None).into_iter().filter(|node| suits(template, node)).collect();
            for node in &nodes {
                let name = text(node, "/metadata/name");
                if !pods.iter().any(|pod| text(pod, "/spec/nodeName") == name && text(pod, "/status/phase") != "Failed")
                {
                    self.create_daemon(&owner, name, &revision);
                }
            }
            let ready = pods.iter().filter(|pod| is_ready(pod)).count();
            let updated = pods.iter().filter(|pod| is_of(pod, &revision)).count();
            if let Some(goes) = outdated_daemon(&owner, &pods, &revision) {
                self.delete_pod(goes, &Deletion::default());
            }
            let status = json!({"observedGeneration": owner["metadata"]["generation"],
                "desiredNumberScheduled": nodes.len(), "currentNumberScheduled": pods.len(), "numberMisscheduled": 0,
                "numberReady": ready, "numberAvailable": ready, "updatedNumberScheduled": updated,
                "numberUnavailable": nodes.len().saturating_sub(ready)});
            self.put_status("daemonsets", &owner, status);
        }
    }

    fn create_daemon(&mut self, owner: &Value, node: &str, revision: &str) {
        let made = self.make_pod(owner, "daemonset-controller", "Error creating: ", |pod| {
            pod["metadata"]["generateName"] = format!("{}-", text(owner, "/metadata/name")).into();
            pod["spec"]["nodeName"] = node.into();
            set(pod, &["metadata", "labels", LABEL], revision.into());
            // The DaemonSet controller lets its pods stay on nodes in trouble.
            let kept =
                ["not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"];
            let mut tolerations: Vec<Value> = list(pod, "/spec/tolerations").to_vec();
            tolerations.extend(kept.iter().map(|what| {
                let effect = if matches!(*what, "not-ready" | "unreachable") { "NoExecute" } else { "NoSchedule" };
                json!({"key": format!("node.kubernetes.io/{what}"), "operator": "Exists", "effect": effect})
            }));
            pod["spec"]["tolerations"] = tolerations.into();
        });
        if let Some(pod) = made {
            let message = format!("Created pod: {}", text(&pod, "/metadata/name"));
            self.owner_event(owner, "daemonset-controller", "SuccessfulCreate", message);
        }
    }

    pub(super) fn put_status(&mut self, plural: &'static str, object: &Value, status: Value) {
        let key = (text(object, "/metadata/namespace"), text(object, "/metadata/name"));
        if let Some(current) = self.store.get(plural, key.0, key.1)
            && current.get("status") != Some(&status)
        {
            let mut updated = (*current).clone();
            updated["status"] = status;
            self.store.put(plural, updated);
        }
    }

    /// Counts for every budget how many of its pods may go.
    pub(super) fn sync_budgets(&mut self, scope: Scope<'_>) {
        for budget in self.in_scope("poddisruptionbudgets", scope) {
            let pods = self.guarded(&budget);
            let healthy = pods.iter().filter(|pod| is_ready(pod)).count() as i64;
            let total = pods.len() as i64;
            let needed = match (
                share(&budget["spec"]["minAvailable"], total),
                share(&budget["spec"]["maxUnavailable"], total),
            ) {
                (Some(least), _) => least,
                (None, Some(most)) => total - most,
                (None, None) => total,
            };
            let status = json!({"currentHealthy": healthy, "desiredHealthy": needed, "expectedPods": total,
                "disruptionsAllowed": (healthy - needed).max(0), "observedGeneration": 1});
            self.put_status("poddisruptionbudgets", &budget, status);
        }
    }

    /// The pods that a budget counts.
    fn guarded(&self, budget: &Value) -> Vec<Object> {
        let mut pods = self.store.list("pods", Some(text(budget, "/metadata/namespace")));
        let wanted = map(budget, "/spec/selector/matchLabels");
        pods.retain(|pod| {
            let labels = map(pod, "/metadata/labels");
            is_active(pod)
                && wanted.is_some_and(|wanted| {
                    wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
                })
        });
        pods
    }

    /// A budget that forbids a pod to go, if there is one.
    pub fn forbidding_budget(&self, pod: &Value) -> Option<Object> {
        let budgets = self.store.list("poddisruptionbudgets", Some(text(pod, "/metadata/namespace")));
        budgets.into_iter().find(|budget| {
            let guarded = self.guarded(budget).iter().any(|known| known["metadata"]["uid"] == pod["metadata"]["uid"]);
            guarded && int(budget, "/status/disruptionsAllowed").unwrap_or_default() < 1
        })
    }
}

/// A number, or a percentage of all, rounded up as for budgets.
fn share(value: &Value, total: i64) -> Option<i64> {
    let percent = || value.as_str()?.strip_suffix('%')?.parse::<i64>().ok();
    value.as_i64().or_else(|| percent().map(|percent| (total * percent + 99) / 100))
}

/// The pod that a rolling update replaces next: from the last to the first, while those behind it are ready.
fn outdated_ordinal<'a>(owner: &Value, pods: &'a [Object], revision: &str) -> Option<&'a Object> {
    let mut pods: Vec<&Object> = pods.iter().collect();
    pods.sort_by_key(|pod| std::cmp::Reverse(ordinal(pod)));
    let stops = pods.into_iter().find(|pod| !is_of(pod, revision) || !is_ready(pod))?;
    (!is_on_delete(owner) && !is_of(stops, revision) && is_active(stops)).then_some(stops)
}

/// The pod that a rolling update replaces next: one that does not work, or one while all others do.
fn outdated_daemon<'a>(owner: &Value, pods: &'a [Object], revision: &str) -> Option<&'a Object> {
    let old = || pods.iter().filter(|pod| !is_of(pod, revision) && is_active(pod));
    let working = pods.iter().all(|pod| is_ready(pod));
    let next = old().find(|pod| !is_ready(pod)).or_else(|| old().next().filter(|_| working));
    next.filter(|_| !is_on_delete(owner))
}

fn is_on_delete(owner: &Value) -> bool {
    text(owner, "/spec/updateStrategy/type") == "OnDelete"
}

fn ordinal(pod: &Value) -> Option<i64> {
    text(pod, "/metadata/name").rsplit_once('-')?.1.parse().ok()
}

/// Whether a node is one for the pods of a template: selector and lasting taints.
fn suits(template: &Value, node: &Value) -> bool {
    let labels = map(node, "/metadata/labels");
    let selected = map(template, "/spec/nodeSelector").is_none_or(|wanted| {
        wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    });
    selected
        && list(node, "/spec/taints").iter().all(|taint| {
            let key = text(taint, "/key");
            key.starts_with("node.kubernetes.io/")
                || tolerates(template, key, text(taint, "/value"), text(taint, "/effect"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_count_in_numbers_or_in_percents_rounded_up() {
        assert_eq!(share(&json!(2), 7), Some(2));
        assert_eq!(share(&json!("50%"), 7), Some(4));
        assert_eq!((share(&Value::Null, 7), share(&json!("half"), 7)), (None, None));
    }

    #[test]
    fn a_rolling_update_goes_from_the_last_to_the_first_and_waits_for_what_is_not_ready() {
        let pod = |ordinal: usize, revision: &str, ready: &str| -> Object {
            json!({"metadata": {"name": format!("db-{ordinal}"), "labels": {LABEL: revision}},
                "status": {"conditions": [{"type": "Ready", "status": ready}]}})
            .into()
        };
        let next = |pods: &[Object]| {
            outdated_ordinal(&json!({}), pods, "new").map(|pod| text(pod, "/metadata/name").to_owned())
        };
        let old = [pod(0, "old", "True"), pod(1, "old", "True"), pod(2, "old", "False")];
        assert_eq!(next(&old).as_deref(), Some("db-2"));
        assert_eq!(next(&[pod(0, "old", "True"), pod(1, "new", "False")]), None);
        assert_eq!(next(&[pod(0, "old", "True"), pod(1, "new", "True")]).as_deref(), Some("db-0"));
        assert_eq!(next(&[pod(0, "new", "True")]), None);
        let manual = json!({"spec": {"updateStrategy": {"type": "OnDelete"}}});
        assert!(outdated_ordinal(&manual, &old, "new").is_none() && outdated_daemon(&manual, &old, "new").is_none());
        assert!(outdated_daemon(&json!({}), &old, "new").is_some_and(|pod| text(pod, "/metadata/name") == "db-2"));
    }
}
