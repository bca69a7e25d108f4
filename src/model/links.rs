//! What an object says of others: who owns it, and which pods are its own.

use serde_json::Value;

use super::selector::as_query_of_either;
use crate::base::json::list;

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
        let mut references: Vec<_> = list(object, "/metadata/ownerReferences").iter().collect();
        references.sort_by_key(|reference| reference["controller"] != true);
        let selects =
            SELECT_PODS.contains(&group) || group.is_empty() && matches!(kind, "Service" | "ReplicationController");
        let selector = object["spec"].get("selector").filter(|_| selects).and_then(as_query_of_either);
        Self {
            owners: references.into_iter().filter_map(OwnerReference::read).collect(),
            pods: selector.filter(|selector| !selector.is_empty()),
        }
    }
}

impl OwnerReference {
    /// Reads an entry of `metadata.ownerReferences`; `None` where it names nothing.
    pub fn read(reference: &Value) -> Option<Self> {
        let text = |field: &str| Some(reference[field].as_str()?.to_owned());
        Some(Self { api_version: text("apiVersion")?, kind: text("kind")?, name: text("name")? })
    }

    /// The group, empty for the core one, and the version.
    pub fn group_version(&self) -> (&str, &str) {
        self.api_version.split_once('/').unwrap_or(("", &self.api_version))
    }
}

/// The entry of `metadata.ownerReferences` that controls an object; there is one at most.
pub fn controller(object: &Value) -> Option<&Value> {
    list(object, "/metadata/ownerReferences").iter().find(|owner| owner["controller"] == true)
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
    fn only_the_controller_controls() {
        let object = json!({"metadata": {"ownerReferences": [
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "c"},
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7f", "controller": true},
        ]}});
        let owner = controller(&object).and_then(OwnerReference::read).expect("a controller");
        assert_eq!((owner.group_version(), owner.name.as_str()), (("apps", "v1"), "web-7f"));
        assert_eq!(controller(&json!({"metadata": {"ownerReferences": [{"kind": "Node", "name": "n"}]}})), None);
        assert_eq!(controller(&json!({"metadata": {"ownerReferences": "?"}})), None);
        let core = OwnerReference { api_version: "v1".into(), ..owner };
        assert_eq!(core.group_version(), ("", "v1"));
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
        assert_eq!(pods.as_deref(), Some("app=web,!old,shop,tier in (a,b),track notin (canary)"));
        let service = json!({"spec": {"selector": {"app": "web", "tier": "front"}}});
        assert_eq!(Links::of(&service, "", "Service").pods.as_deref(), Some("app=web,tier=front"));
        assert_eq!(Links::of(&service, "", "PersistentVolumeClaim").pods, None, "those are labels of volumes");
        assert_eq!(Links::of(&json!({"spec": {"selector": {}}}), "apps", "Deployment").pods, None);
    }
}
