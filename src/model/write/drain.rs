//! `kubectl drain`: which pods of a node are evicted, which stay, and which forbid it.
//!
//! The order of the rules and their words are those of kubectl's drain filters. Start with [`Plan::of`]; who evicts is
//! `cluster::drain`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Drain;
use super::request::Request;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::links::controller;

/// One pod of a node, as it was when the drain was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evicted {
    /// The pod.
    pub key: ObjectKey,
    /// Its UID: another pod of the same name is not waited for.
    pub uid: String,
}

/// What a drain will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The pods to evict, in the order of the list.
    pub evicted: Vec<Evicted>,
    /// Why nothing may be evicted, one sentence a reason, each with its pods. Where there is one, nothing is done.
    pub refusals: Vec<String>,
    /// What should be known, one sentence a reason, each with its pods.
    pub warnings: Vec<String>,
}

/// What is known of the `DaemonSets` that pods name, by namespace and name: nothing wrong, or why it could not be read.
pub type DaemonSets = BTreeMap<(String, String), Result<(), Unread>>;

/// A DaemonSet that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The server's words.
    pub said: String,
    /// Whether it does not exist.
    pub missing: bool,
}

/// What becomes of a pod.
enum Verdict {
    Evict,
    EvictAnyway(String),
    Stay,
    StayAnyway(String),
    Refuse(String),
}

impl Plan {
    /// Judges the pods of a node by the flags.
    pub fn of(pods: &[Value], daemon_sets: &DaemonSets, flags: Drain) -> Self {
        let mut plan = Self::default();
        // Sentences in the order in which they first come, each with its pods.
        let (mut refusals, mut warnings) = (Vec::new(), Vec::new());
        for pod in pods {
            let name = format!("{}/{}", text(pod, "namespace"), text(pod, "name"));
            let evicted = match judge(pod, daemon_sets, flags) {
                Verdict::Evict => true,
                Verdict::EvictAnyway(why) => note(&mut warnings, why, name, true),
                Verdict::Stay => false,
                Verdict::StayAnyway(why) => note(&mut warnings, why, name, false),
                Verdict::Refuse(why) => note(&mut refusals, why, name, false),
            };
            if evicted {
                let key = ObjectKey::new(Kind::Pod, text(pod, "namespace"), text(pod, "name"));
                plan.evicted.push(Evicted { key, uid: text(pod, "uid").to_owned() });
            }
        }
        let sentence = |(why, pods): &(String, Vec<String>)| format!("{why}: {}", pods.join(", "));
        plan.refusals = refusals.iter().map(|group| format!("cannot delete {}", sentence(group))).collect();
        plan.warnings = warnings.iter().map(sentence).collect();
        plan
    }
}

impl Evicted {
    /// The request that evicts it (`policy/v1`), with the UID as a precondition of ours: while it is tried again,
    /// another pod may have taken the name on another node.
    pub fn eviction(&self) -> Request {
        let (name, namespace) = (&*self.key.name, &*self.key.namespace);
        let body = json!({"kind": "Eviction", "apiVersion": "policy/v1",
            "metadata": {"name": name, "namespace": namespace},
            "deleteOptions": {"preconditions": {"uid": self.uid}}});
        let path = format!("{}/eviction", self.key.path());
        Request { method: "POST", path, content_type: "application/json", body: body.to_string() }
    }
}

/// The `DaemonSets` that the pods of a node name as their controllers, each once.
pub fn daemon_sets(pods: &[Value]) -> Vec<(String, String)> {
    let owned = pods.iter().filter(|pod| is_of_daemon_set(pod) && !has_ended(pod));
    let mut sets: Vec<_> = owned
        .map(|pod| {
            let name = controller(pod).and_then(|owner| owner["name"].as_str()).unwrap_or_default();
            (text(pod, "namespace").to_owned(), name.to_owned())
        })
        .collect();
    sets.sort();
    sets.dedup();
    sets
}

fn note(groups: &mut Vec<(String, Vec<String>)>, why: String, pod: String, evicted: bool) -> bool {
    match groups.iter_mut().find(|(known, _)| *known == why) {
        Some((_, pods)) => pods.push(pod),
        None => groups.push((why, vec![pod])),
    }
    evicted
}

/// The filters in kubectl's order: the first that keeps a pod decides; of those that let it go, the last one warns.
fn judge(pod: &Value, daemon_sets: &DaemonSets, flags: Drain) -> Verdict {
    if is_of_daemon_set(pod) && !has_ended(pod) {
        let name = controller(pod).and_then(|owner| owner["name"].as_str()).unwrap_or_default();
        let key = (text(pod, "namespace").to_owned(), name.to_owned());
        match daemon_sets.get(&key) {
            // A pod without its set is judged on like any other.
            Some(Err(unread)) if unread.missing && flags.force => {}
            Some(Err(unread)) => return Verdict::Refuse(unread.said.clone()),
            _ if flags.ignore_daemonsets => return Verdict::StayAnyway("ignoring DaemonSet-managed Pods".to_owned()),
            _ => {
                return Verdict::Refuse("DaemonSet-managed Pods (use --ignore-daemonsets to ignore)".to_owned());
            }
        }
    }
    if pod["metadata"]["annotations"].get("kubernetes.io/config.mirror").is_some() {
        return Verdict::Stay;
    }
    if has_ended(pod) {
        return Verdict::Evict;
    }
    let volumes = pod["spec"]["volumes"].as_array().map(Vec::as_slice).unwrap_or_default();
    if volumes.iter().any(|volume| volume.get("emptyDir").is_some()) && !flags.delete_emptydir_data {
        return Verdict::Refuse("Pods with local storage (use --delete-emptydir-data to override)".to_owned());
    }
    match (controller(pod).is_some(), flags.force) {
        // A warning of local storage is lost on the way to here in kubectl too.
        (true, _) => Verdict::Evict,
        (false, true) => Verdict::EvictAnyway("deleting Pods that declare no controller".to_owned()),
        (false, false) => Verdict::Refuse("Pods that declare no controller (use --force to override)".to_owned()),
    }
}

fn text<'a>(pod: &'a Value, field: &str) -> &'a str {
    pod["metadata"][field].as_str().unwrap_or_default()
}

fn has_ended(pod: &Value) -> bool {
    matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

fn is_of_daemon_set(pod: &Value) -> bool {
    controller(pod).is_some_and(|owner| owner["kind"] == "DaemonSet" && owner["apiVersion"] == "apps/v1")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pod(name: &str, more: &Value) -> Value {
        let mut pod = json!({"metadata": {"name": name, "namespace": "shop", "uid": name}, "spec": {}, "status": {"phase": "Running"}});
        for (path, value) in more.as_object().into_iter().flatten() {
            let at = pod.pointer_mut(&format!("/{}", path.split('/').next().unwrap_or_default())).expect("a part");
            at[path.split('/').nth(1).expect("two parts")] = value.clone();
        }
        pod
    }

    fn owner(kind: &str) -> Value {
        json!([{"apiVersion": "apps/v1", "kind": kind, "name": "owner", "controller": true}])
    }

    fn pods() -> Vec<Value> {
        vec![
            pod("web", &json!({"metadata/ownerReferences": owner("ReplicaSet")})),
            pod("agent", &json!({"metadata/ownerReferences": owner("DaemonSet")})),
            pod("static", &json!({"metadata/annotations": {"kubernetes.io/config.mirror": "x"}})),
            pod(
                "cache",
                &json!({"metadata/ownerReferences": owner("ReplicaSet"), "spec/volumes": [{"name": "v", "emptyDir": {}}]}),
            ),
            pod("alone", &json!({})),
            pod("done", &json!({"status/phase": "Succeeded", "spec/volumes": [{"name": "v", "emptyDir": {}}]})),
        ]
    }

    fn names(plan: &Plan) -> Vec<&str> {
        plan.evicted.iter().map(|evicted| &*evicted.key.name).collect()
    }

    #[test]
    fn without_flags_every_reason_is_named() {
        let plan = Plan::of(&pods(), &DaemonSets::new(), Drain::default());
        assert_eq!(
            plan.refusals,
            [
                "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): shop/agent",
                "cannot delete Pods with local storage (use --delete-emptydir-data to override): shop/cache",
                "cannot delete Pods that declare no controller (use --force to override): shop/alone",
            ]
        );
        assert_eq!(names(&plan), ["web", "done"]);
    }

    #[test]
    fn with_flags_all_go_but_daemons_and_mirrors() {
        let flags = Drain { ignore_daemonsets: true, delete_emptydir_data: true, force: true };
        let plan = Plan::of(&pods(), &DaemonSets::new(), flags);
        assert_eq!(plan.refusals, [""; 0]);
        assert_eq!(names(&plan), ["web", "cache", "alone", "done"]);
        assert_eq!(
            plan.warnings,
            ["ignoring DaemonSet-managed Pods: shop/agent", "deleting Pods that declare no controller: shop/alone"]
        );
    }

    #[test]
    fn a_pod_whose_daemon_set_is_gone_goes_by_force() {
        let pods = pods();
        assert_eq!(daemon_sets(&pods), [("shop".to_owned(), "owner".to_owned())]);
        let said = "daemonsets.apps \"owner\" not found".to_owned();
        let sets = DaemonSets::from([(("shop".into(), "owner".into()), Err(Unread { said, missing: true }))]);
        let plan = Plan::of(&pods[1..2], &sets, Drain { ignore_daemonsets: true, ..Drain::default() });
        assert_eq!(plan.refusals, ["cannot delete daemonsets.apps \"owner\" not found: shop/agent"]);
        let plan = Plan::of(&pods[1..2], &sets, Drain { force: true, ..Drain::default() });
        assert_eq!((names(&plan), plan.refusals.len()), (vec!["agent"], 0));
    }

    #[test]
    fn an_eviction_names_its_pod() {
        let plan = Plan::of(&pods()[..1], &DaemonSets::new(), Drain::default());
        let request = plan.evicted[0].eviction();
        assert_eq!(request.to_string(), "POST /api/v1/namespaces/shop/pods/web/eviction");
        let body: Value = serde_json::from_str(&request.body).expect("JSON");
        assert_eq!(body["metadata"], json!({"name": "web", "namespace": "shop"}));
        assert_eq!(body["deleteOptions"], json!({"preconditions": {"uid": "web"}}));
    }

    proptest! {
        /// A flag lets more go and refuses less, whatever the pods are.
        #[test]
        fn a_flag_never_holds_a_pod_back(chosen in prop::collection::vec(0..6usize, 0..8), bits in 0..8u8) {
            let all = pods();
            let pods: Vec<Value> = chosen.iter().map(|place| all[*place].clone()).collect();
            let flags = Drain { ignore_daemonsets: bits & 1 > 0, delete_emptydir_data: bits & 2 > 0, force: bits & 4 > 0 };
            let (few, many) = (Plan::of(&pods, &DaemonSets::new(), Drain::default()), Plan::of(&pods, &DaemonSets::new(), flags));
            prop_assert!(many.refusals.len() <= few.refusals.len());
            prop_assert!(few.evicted.iter().all(|pod| many.evicted.contains(pod)));
        }
    }
}
