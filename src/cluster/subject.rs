//! The object that a write is about, as the server has it now: the one under the cursor, or the workload that owns it.
//!
//! Read before a person is asked, so that the question can say what would happen. Start with [`read`]; the way up goes
//! over owner references, as the garbage collector's does.

use serde_json::Value;

use super::api::Subject;
use super::connect::Connection;
use super::error::Error;
use super::http::get_json;
use super::objects::list;
use crate::model::kind::ObjectKey;
use crate::model::resource::{Names, Resource};
use crate::model::write::{Operation, Write};

/// Owners above each other that are followed; Kubernetes' own are two.
const HIGHEST: usize = 4;

/// Reads the workload that an object belongs to, as high as Kubernetes' own kinds go (a pod's Deployment rather than its
/// `ReplicaSet`). One without an owner is its own. An object of another UID than `uid` has
/// taken its name, and is an error; an empty one is not compared. With `history` what keeps its revisions is read too.
pub async fn read(connection: &Connection, key: &ObjectKey, uid: &str, history: bool) -> Result<Subject, Error> {
    let mut subject = one(connection, key.clone()).await?;
    if !uid.is_empty() && subject.uid != uid {
        let message = format!("{key} was replaced by another of the same name");
        return Err(Error::Api { code: 409, reason: "Conflict".to_owned(), message });
    }
    for step in 0..HIGHEST {
        let Some(reference) = controller(&subject.object) else { break };
        let resource = match workload(&reference) {
            Some(resource) => resource,
            // Whatever makes pods itself may be scaled; what stands above a Deployment is its own business.
            None if step == 0 => discovered(connection, &reference).await?,
            None => break,
        };
        let next = ObjectKey::new(resource, &subject.key.namespace, &reference.name);
        subject = one(connection, next).await?;
    }
    if history {
        subject.history = revisions(connection, &subject).await?;
    }
    Ok(subject)
}

async fn one(connection: &Connection, key: ObjectKey) -> Result<Subject, Error> {
    let object = get_json(&connection.client, &key.path(), connection.request_timeout).await?;
    let uid = text(&object, "/metadata/uid").to_owned();
    Ok(Subject { key, uid, object, history: Vec::new() })
}

/// The objects that keep the revisions of a workload; none where its kind has none.
async fn revisions(connection: &Connection, subject: &Subject) -> Result<Vec<Value>, Error> {
    let undo = Write { target: subject.key.clone(), uid: String::new(), operation: Operation::Undo(0) };
    let Some(path) = undo.history(&subject.object) else { return Ok(Vec::new()) };
    list(connection, &path).await
}

/// An owner reference.
#[derive(Debug, PartialEq, Eq)]
struct Reference {
    group: String,
    version: String,
    kind: String,
    name: String,
}

fn controller(object: &Value) -> Option<Reference> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    let api_version = text(owner, "/apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    Some(Reference {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: text(owner, "/kind").to_owned(),
        name: text(owner, "/name").to_owned(),
    })
}

/// Kubernetes' own kinds that make pods.
fn workload(reference: &Reference) -> Option<Resource> {
    const KINDS: [(&str, &str, &str); 7] = [
        ("apps", "Deployment", "deployments"),
        ("apps", "ReplicaSet", "replicasets"),
        ("apps", "StatefulSet", "statefulsets"),
        ("apps", "DaemonSet", "daemonsets"),
        ("batch", "Job", "jobs"),
        ("batch", "CronJob", "cronjobs"),
        ("", "ReplicationController", "replicationcontrollers"),
    ];
    let known = |(group, kind, _): &&(&str, &str, &str)| reference.group == *group && reference.kind == *kind;
    KINDS.iter().find(known).map(|(_, _, plural)| resource(reference, plural, true))
}

fn resource(reference: &Reference, plural: &str, namespaced: bool) -> Resource {
    Resource::new(Names {
        group: reference.group.clone(),
        version: reference.version.clone(),
        kind: reference.kind.clone(),
        plural: plural.to_owned(),
        singular: reference.kind.to_ascii_lowercase(),
        namespaced,
        ..Names::default()
    })
}

/// Asks the server what the objects of a kind are called.
async fn discovered(connection: &Connection, reference: &Reference) -> Result<Resource, Error> {
    let root = if reference.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", reference.group) };
    let path = format!("{root}/{}", reference.version);
    let list = get_json(&connection.client, &path, connection.request_timeout).await?;
    let kinds = list["resources"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = kinds.iter().find(|entry| {
        text(entry, "/kind") == reference.kind && !text(entry, "/name").contains('/') // No subresource.
    });
    match found {
        Some(entry) => Ok(resource(reference, text(entry, "/name"), entry["namespaced"] == true)),
        None => Err(Error::Api {
            code: 404,
            reason: "NotFound".to_owned(),
            message: format!("the server does not know the kind {} of {}", reference.kind, reference.name),
        }),
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_controller_owns() {
        let object = json!({"metadata": {"ownerReferences": [
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "c"},
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7f", "controller": true},
        ]}});
        let reference = controller(&object).expect("a controller");
        assert_eq!((reference.kind.as_str(), reference.name.as_str()), ("ReplicaSet", "web-7f"));
        let resource = workload(&reference).expect("one of Kubernetes' own");
        assert_eq!(resource.list_path(Some("shop")), "/apis/apps/v1/namespaces/shop/replicasets");
        assert_eq!(controller(&json!({"metadata": {"ownerReferences": [{"kind": "Node", "name": "n"}]}})), None);
        assert_eq!(controller(&json!({"metadata": {"ownerReferences": "?"}})), None);
    }

    #[test]
    fn a_custom_kind_of_the_same_name_is_not_taken_for_kubernetes_own() {
        let reference = |group: &str| Reference {
            group: group.to_owned(),
            version: "v1".to_owned(),
            kind: "StatefulSet".to_owned(),
            name: "db".to_owned(),
        };
        assert!(workload(&reference("apps")).is_some());
        assert!(workload(&reference("apps.kruise.io")).is_none());
    }
}
