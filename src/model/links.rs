//! What an object says of others: who owns it, and which pods are its own.

use serde_json::{Map, Value};

/// An entry of `metadata.ownerReferences`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerReference {
    /// `apps/v1`.
    pub api_version: String,
    /// `ReplicaSet`.
    pub kind: String,
    /// Its name; the namespace is the object's own, or none.
    pub name: String,
}

/// What an object says of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Its owners, the controlling one first.
    pub owners: Vec<OwnerReference>,
    /// Which pods are its own, as `kubectl -l` takes it; `None` where it says nothing of pods.
    pub pods: Option<String>,
}

/// Groups whose kinds mean pods by `spec.selector`. (That of a claim selects volumes, that of many custom kinds
/// something else.)
const SELECT_PODS: [&str; 3] = ["apps", "batch", "policy"];

impl Links {
    /// Reads the links of an object of this group and kind.
    pub fn of(object: &Value, group: &str, kind: &str) -> Self {
        let references = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
        let mut owners: Vec<_> = references.filter_map(owner).collect();
        owners.sort_by_key(|(controls, _)| !controls);
        let selects =
            SELECT_PODS.contains(&group) || group.is_empty() && matches!(kind, "Service" | "ReplicationController");
        let pods = object["spec"]["selector"].as_object().filter(|_| selects).map(selector);
        Self {
            owners: owners.into_iter().map(|(_, owner)| owner).collect(),
            pods: pods.filter(|selector| !selector.is_empty()),
        }
    }
}

fn owner(reference: &Value) -> Option<(bool, OwnerReference)> {
    let text = |field: &str| Some(reference[field].as_str()?.to_owned());
    let owner = OwnerReference { api_version: text("apiVersion")?, kind: text("kind")?, name: text("name")? };
    Some((reference["controller"] == true, owner))
}

/// A label selector in the form of `kubectl -l`: `app=web,tier in (a,b),!old`. The older form is a bare map.
fn selector(selector: &Map<String, Value>) -> String {
    let labels = match (selector.get("matchLabels"), selector.get("matchExpressions")) {
        (None, None) => Some(selector),
        (labels, _) => labels.and_then(Value::as_object),
    };
    let mut parts: Vec<String> = Vec::new();
    for (key, value) in labels.into_iter().flatten() {
        parts.extend(value.as_str().map(|value| format!("{key}={value}")));
    }
    for expression in selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
        parts.extend(requirement(expression));
    }
    parts.join(",")
}

fn requirement(expression: &Value) -> Option<String> {
    let key = expression["key"].as_str()?;
    let values: Vec<_> = expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let values = values.join(",");
    Some(match expression["operator"].as_str()? {
        "In" => format!("{key} in ({values})"),
        "NotIn" => format!("{key} notin ({values})"),
        "Exists" => key.to_owned(),
        "DoesNotExist" => format!("!{key}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_controlling_owner_stands_first() {
        let object = json!({"metadata": {"ownerReferences": [
            {"apiVersion": "example.org/v1", "kind": "Group", "name": "g"},
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "controller": true},
            {"kind": "Nameless"},
        ]}});
        let owners = Links::of(&object, "", "Pod").owners;
        assert_eq!(owners.iter().map(|owner| owner.name.as_str()).collect::<Vec<_>>(), ["web-1", "g"]);
        assert_eq!(owners[0].api_version, "apps/v1");
        assert_eq!(Links::of(&json!(7), "", "Pod"), Links::default());
    }

    #[test]
    fn selectors_are_written_as_kubectl_takes_them() {
        let workload = json!({"spec": {"selector": {
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["a", "b"]},
                {"key": "track", "operator": "NotIn", "values": ["canary"]},
                {"key": "shop", "operator": "Exists"},
                {"key": "old", "operator": "DoesNotExist"},
            ],
        }}});
        let pods = Links::of(&workload, "apps", "Deployment").pods;
        assert_eq!(pods.as_deref(), Some("app=web,tier in (a,b),track notin (canary),shop,!old"));
        let service = json!({"spec": {"selector": {"app": "web", "tier": "front"}}});
        assert_eq!(Links::of(&service, "", "Service").pods.as_deref(), Some("app=web,tier=front"));
        assert_eq!(Links::of(&service, "", "PersistentVolumeClaim").pods, None, "those are labels of volumes");
        assert_eq!(Links::of(&json!({"spec": {"selector": {}}}), "apps", "Deployment").pods, None);
    }
}
