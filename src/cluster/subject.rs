//! The object that a write is about, as the server has it now: the one under the cursor, or the workload that owns it.
//!
//! Read before a person is asked, so that the question can say what would happen. Start with [`read`]; the way up goes
//! over owner references, as the garbage collector's does.

use serde_json::Value;

use super::api::Subject;
use super::connect::Connection;
use super::discovery;
use super::error::Error;
use super::http::get_json;
use super::objects::list;
use crate::base::json::text;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::links::{OwnerReference, controller};
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
    for _ in 0..HIGHEST {
        let Some(owner) = controller(&subject.object).and_then(OwnerReference::read) else { break };
        let resource = match workload(&owner) {
            Some(resource) => resource,
            // Whatever makes pods itself may be scaled; what stands above a Deployment is its own business.
            None if subject.key.is(Kind::Pod) => discovery::of_owner(connection, &owner).await?,
            None => break,
        };
        let next = ObjectKey::new(resource, &subject.key.namespace, &owner.name);
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

/// Kubernetes' own kinds that make pods.
fn workload(owner: &OwnerReference) -> Option<Resource> {
    const KINDS: [(&str, &str, &str); 7] = [
        ("apps", "Deployment", "deployments"),
        ("apps", "ReplicaSet", "replicasets"),
        ("apps", "StatefulSet", "statefulsets"),
        ("apps", "DaemonSet", "daemonsets"),
        ("batch", "Job", "jobs"),
        ("batch", "CronJob", "cronjobs"),
        ("", "ReplicationController", "replicationcontrollers"),
    ];
    let (group, version) = owner.group_version();
    let (.., plural) = KINDS.iter().find(|(of, kind, _)| group == *of && owner.kind == *kind)?;
    Some(Resource::new(Names {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: owner.kind.clone(),
        plural: (*plural).to_owned(),
        singular: owner.kind.to_ascii_lowercase(),
        namespaced: true,
        ..Names::default()
    }))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use kube::client::Body;
    use serde_json::json;

    use super::*;
    use crate::cluster::api::ConnectionInfo;
    use crate::cluster::connect::over;

    /// A pod of a Deployment that a custom object owns, and one that such an object makes itself.
    fn cluster() -> Connection {
        let owned = |api_version: &str, kind: &str, name: &str| {
            json!({"metadata": {"uid": "u", "ownerReferences":
                [{"apiVersion": api_version, "kind": kind, "name": name, "controller": true}]}})
        };
        over(
            tower::service_fn(move |request: Request<Body>| {
                let found = match request.uri().path().rsplit_once('/').unwrap_or_default() {
                    (_, "web-1-x") => owned("apps/v1", "ReplicaSet", "web-1"),
                    (_, "web-1") => owned("apps/v1", "Deployment", "web"),
                    (_, "web" | "bare") => owned("shop.example/v1", "Stall", "stall"),
                    (_, "stall") => json!({"metadata": {"uid": "s"}}),
                    ("/apis/shop.example", "v1") => {
                        json!({"resources": [{"name": "stalls", "kind": "Stall", "namespaced": true}]})
                    }
                    _ => json!({}),
                };
                let body = Full::new(Bytes::from(found.to_string()));
                async move { Ok::<_, Infallible>(Response::new(body)) }
            }),
            ConnectionInfo::default(),
        )
    }

    #[tokio::test]
    async fn the_way_up_ends_at_what_makes_the_pods() {
        let connection = cluster();
        for (pod, subject) in [("web-1-x", "deployment.apps/web"), ("bare", "stall.shop.example/stall")] {
            let key = ObjectKey::new(Kind::Pod, "shop", pod);
            let found = read(&connection, &key, "u", false).await.expect("it exists");
            assert_eq!(found.key.to_string(), subject);
            let again = read(&connection, &found.key, &found.uid, false).await.expect("it exists");
            assert_eq!(again.key, found.key, "what stands above a workload is its own business");
        }
        let other = read(&connection, &ObjectKey::new(Kind::Pod, "shop", "bare"), "before", false).await;
        assert!(other.is_err_and(|error| error.to_string().contains("replaced by another")));
    }

    #[test]
    fn a_custom_kind_of_the_same_name_is_not_taken_for_kubernetes_own() {
        let owner = |api_version: &str| OwnerReference {
            api_version: api_version.to_owned(),
            kind: "StatefulSet".to_owned(),
            name: "db".to_owned(),
        };
        let resource = workload(&owner("apps/v1")).expect("one of Kubernetes' own");
        assert_eq!(resource.list_path(Some("shop")), "/apis/apps/v1/namespaces/shop/statefulsets");
        assert!(workload(&owner("apps.kruise.io/v1")).is_none());
        assert!(workload(&owner("v1")).is_none());
    }
}
