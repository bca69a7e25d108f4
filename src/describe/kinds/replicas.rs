//! What a controller owns: its pods by phase, a deployment's replica sets old and new. Rules: kubectl
//! describe, `getPodStatusForController`; kubectl's deployment utilities, `findNewReplicaSet`.

use serde_json::{Map, Value};

use super::super::fields::{list, number, or_none, text, time};

/// The label by which a replica set tells its pods from those of its siblings.
const HASH: &str = "pod-template-hash";

/// How many of `pods` the controller with this UID has: `1 Running / 0 Waiting / 0 Succeeded / 0 Failed`.
pub(super) fn by_phase(pods: &[Value], controller: &Value) -> String {
    let own = pods.iter().filter(|pod| is_controlled_by(pod, controller));
    let phases: Vec<&str> = own.map(|pod| text(pod, "/status/phase")).collect();
    let count = |wanted: &str| phases.iter().filter(|phase| **phase == wanted).count();
    let [running, waiting, succeeded, failed] = ["Running", "Pending", "Succeeded", "Failed"].map(count);
    format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed")
}

/// Whether `owner` manages `object`.
fn is_controlled_by(object: &Value, owner: &Value) -> bool {
    let owners = list(object, "/metadata/ownerReferences");
    let controller = owners.iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)));
    controller.is_some_and(|controller| text(controller, "/uid") == text(owner, "/metadata/uid"))
}

/// A deployment's replica sets, oldest first: the old ones, and the one that has the deployment's template.
pub(super) fn old_and_new<'a>(deployment: &Value, sets: &'a [Value]) -> (Vec<&'a Value>, Option<&'a Value>) {
    let mut own: Vec<&Value> = sets.iter().filter(|set| is_controlled_by(set, deployment)).collect();
    own.sort_by_key(|set| (time(set, "/metadata/creationTimestamp"), text(set, "/metadata/name")));
    let template = deployment.pointer("/spec/template");
    let new = own.iter().position(|set| is_same_template(set.pointer("/spec/template"), template));
    let new = new.map(|at| own.remove(at));
    (own, new)
}

/// `web-5d8 (2/2 replicas created)`, joined by commas; `<none>` for none.
pub(super) fn created<'a>(sets: impl IntoIterator<Item = &'a Value>) -> String {
    let one = |set: &Value| {
        let (exist, wanted) = (number(set, "/status/replicas"), number(set, "/spec/replicas"));
        format!("{} ({exist}/{wanted} replicas created)", text(set, "/metadata/name"))
    };
    let all: Vec<String> = sets.into_iter().map(one).collect();
    or_none(&all.join(", ")).to_owned()
}

/// Whether two templates are equal but for the hash label.
fn is_same_template(one: Option<&Value>, other: Option<&Value>) -> bool {
    is_same(one.unwrap_or(&Value::Null), other.unwrap_or(&Value::Null), &["metadata", "labels", HASH])
}

/// Equal but for what stands at the path `but`. Nothing, an empty list and an empty map are the same, as the
/// API takes them.
fn is_same(one: &Value, other: &Value, but: &[&str]) -> bool {
    let empty = Map::new();
    if let (Some(one), Some(other)) = (fields(one, &empty), fields(other, &empty)) {
        let keys = one.keys().chain(other.keys()).filter(|key| but != [key.as_str()]);
        return keys.into_iter().all(|key| {
            let inside = if but.first() == Some(&key.as_str()) { &but[1..] } else { &[] };
            is_same(one.get(key).unwrap_or(&Value::Null), other.get(key).unwrap_or(&Value::Null), inside)
        });
    }
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other, &[]))
        }
        _ => one == other || (is_blank(one) && is_blank(other)),
    }
}

fn fields<'v>(value: &'v Value, empty: &'v Map<String, Value>) -> Option<&'v Map<String, Value>> {
    if value.is_null() { Some(empty) } else { value.as_object() }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn owned(name: &str, uid: &str, extra: &Value) -> Value {
        let mut object = json!({"metadata": {"name": name, "ownerReferences": [{"uid": uid, "controller": true}]}});
        for (key, value) in extra.as_object().into_iter().flatten() {
            object[key] = value.clone();
        }
        object
    }

    #[test]
    fn only_pods_of_the_controller_count() {
        let phase = |phase: &str| json!({"status": {"phase": phase}});
        let pods = [
            owned("a", "u", &phase("Running")),
            owned("b", "u", &phase("Pending")),
            owned("c", "other", &phase("Running")),
            owned("d", "u", &phase("Unknown")),
            json!({"metadata": {"ownerReferences": [{"uid": "u"}]}, "status": {"phase": "Running"}}),
        ];
        let controller = json!({"metadata": {"uid": "u"}});
        assert_eq!(by_phase(&pods, &controller), "1 Running / 1 Waiting / 0 Succeeded / 0 Failed");
    }

    #[test]
    fn the_new_replica_set_has_the_deployments_template() {
        let set = |name: &str, image: &str, hash: &str, created: &str| {
            let template = json!({"metadata": {"labels": {"a": "1", HASH: hash}, "creationTimestamp": null},
                "spec": {"containers": [{"image": image}], "volumes": []}});
            let mut set = owned(name, "d", &json!({"spec": {"template": template, "replicas": 1}}));
            set["metadata"]["creationTimestamp"] = json!(created);
            set
        };
        let sets = [
            set("late", "new", "1", "2026-01-03T00:00:00Z"),
            set("old", "old", "2", "2026-01-02T00:00:00Z"),
            set("early", "older", "3", "2026-01-01T00:00:00Z"),
            owned("foreign", "x", &json!({})),
        ];
        let template = json!({"metadata": {"labels": {"a": "1"}}, "spec": {"containers": [{"image": "new"}]}});
        let deployment = json!({"metadata": {"uid": "d"}, "spec": {"template": template}});
        let (old, new) = old_and_new(&deployment, &sets);
        assert_eq!(created(old), "early (0/1 replicas created), old (0/1 replicas created)");
        assert_eq!(created(new), "late (0/1 replicas created)");
        assert_eq!(created(None), "<none>");
    }

    #[test]
    fn only_the_hash_of_the_template_itself_is_ignored() {
        let with = |labels: Value, other: Value| json!({"metadata": {"labels": labels}, "spec": other});
        let is_same = |one: &Value, other: &Value| is_same_template(Some(one), Some(other));
        let bare = with(json!(null), json!({}));
        assert!(is_same(&bare, &with(json!({HASH: "1"}), json!(null))));
        assert!(is_same(&bare, &with(json!({}), json!({"volumes": [], "selector": {}}))));
        assert!(!is_same(&bare, &with(json!({}), json!({"labels": {HASH: "1"}}))));
        assert!(!is_same(&bare, &with(json!({"a": ""}), json!({}))));
        assert!(!is_same(&with(json!({"a": "1", HASH: "1"}), json!({})), &with(json!({"a": "2"}), json!({}))));
    }
}
