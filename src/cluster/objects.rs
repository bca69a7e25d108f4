//! Reading single objects, with what describes them, and the names of namespaces.

use std::time::Duration;

use serde_json::Value;

use super::api::ObjectDetails;
use super::connect::Connection;
use super::error::Error;
use super::http::{self, get_json};
use crate::base::percent;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::resource::Resource;

/// Objects of a page where many are read, as kubectl's chunks.
const CHUNK: usize = 500;

/// Reads one object. With `surroundings` also what `kubectl describe` reads: events, and for a node its pods, its
/// lease and its resource slices. What of these may not be read is left out, as kubectl does.
pub async fn read(connection: &Connection, key: &ObjectKey, surroundings: bool) -> Result<ObjectDetails, Error> {
    let within = connection.request_timeout;
    let object = get_json(&connection.client, &key.path(), within).await?;
    let mut details = ObjectDetails {
        object,
        events: None,
        pods: None,
        lease: Err("not asked for".to_owned()),
        resource_slices: Vec::new(),
    };
    if surroundings {
        match key.kind() {
            Some(Kind::Node) => read_around_node(connection, key, &mut details).await,
            _ => details.events = events(connection, key, &event_uid(&details.object)).await,
        }
    }
    Ok(details)
}

/// The UID that an object's events carry: for the mirror of a static pod the one that the kubelet knows it by.
fn event_uid(object: &Value) -> String {
    let metadata = &object["metadata"];
    let mirrored = metadata["annotations"]["kubernetes.io/config.mirror"].as_str();
    mirrored.or(metadata["uid"].as_str()).unwrap_or_default().to_owned()
}

async fn read_around_node(connection: &Connection, key: &ObjectKey, details: &mut ObjectDetails) {
    let name = &key.name;
    let uid = event_uid(&details.object);
    let pods = format!(
        "/api/v1/pods?fieldSelector={}",
        escape(&format!("spec.nodeName={name},status.phase!=Succeeded,status.phase!=Failed"))
    );
    let lease = format!("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}");
    let slices =
        format!("/apis/resource.k8s.io/v1/resourceslices?fieldSelector={}", escape(&format!("spec.nodeName={name}")));
    let within = connection.request_timeout;
    // The kubelet names its node by name where a UID belongs, the controllers by UID.
    let (by_uid, by_name, pods, lease, slices) = futures::join!(
        events(connection, key, &uid),
        events(connection, key, name),
        list(connection, &pods),
        get_json(&connection.client, &lease, within),
        list(connection, &slices),
    );
    details.events = match (by_uid, by_name) {
        (Some(mut events), Some(more)) => {
            events.extend(more);
            Some(events)
        }
        (some, none) => some.or(none),
    };
    details.pods = pods.ok();
    details.lease = lease.map_err(|error| error.to_string());
    details.resource_slices = slices.unwrap_or_default();
}

async fn events(connection: &Connection, key: &ObjectKey, uid: &str) -> Option<Vec<Value>> {
    let namespace = if key.resource.namespaced { Some(&*key.namespace) } else { None };
    let place = match namespace {
        Some(namespace) => format!("involvedObject.namespace={namespace}"),
        None => format!("involvedObject.kind={}", key.resource.kind),
    };
    let selector = format!("involvedObject.name={},{place},involvedObject.uid={uid}", key.name);
    let path = format!("{}?fieldSelector={}", Resource::from(Kind::Event).list_path(namespace), escape(&selector));
    list(connection, &path).await.ok()
}

/// All items of a list, in chunks. `path` has a query.
pub(super) async fn list(connection: &Connection, path: &str) -> Result<Vec<Value>, Error> {
    let (mut items, mut token) = (Vec::new(), String::new());
    loop {
        let more = if token.is_empty() { String::new() } else { format!("&continue={}", escape(&token)) };
        let path = format!("{path}&limit={CHUNK}{more}");
        let mut page = get_json(&connection.client, &path, connection.request_timeout).await?;
        if let Some(Value::Array(found)) = page.get_mut("items").map(Value::take) {
            items.extend(found);
        }
        match page["metadata"]["continue"].as_str() {
            Some(next) if !next.is_empty() => next.clone_into(&mut token),
            _ => return Ok(items),
        }
    }
}

/// The names of all namespaces, sorted.
pub async fn namespaces(connection: &Connection) -> Result<Vec<String>, Error> {
    // Metadata alone, where the server offers it; a list of namespaces where it does not.
    const ACCEPT: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    let within = connection.request_timeout;
    let body = http::get_bytes(&connection.client, "/api/v1/namespaces", ACCEPT, within).await?;
    let list: Value =
        serde_json::from_slice(&body).map_err(|error| crate::model::list::WireError::Json(error.to_string()))?;
    let names = list["items"].as_array().into_iter().flatten();
    let mut names: Vec<_> = names.filter_map(|item| item["metadata"]["name"].as_str().map(ToOwned::to_owned)).collect();
    names.sort();
    Ok(names)
}

/// The server's version: `v1.35.4`.
pub async fn version(connection: &Connection) -> Result<String, Error> {
    let within = connection.request_timeout.min(Duration::from_secs(10));
    let version = get_json(&connection.client, "/version", within).await?;
    Ok(version["gitVersion"].as_str().unwrap_or_default().to_owned())
}

/// A value for a query.
fn escape(text: &str) -> String {
    percent::encode(text, percent::UNRESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_static_pods_events_carry_the_kubelets_uid() {
        let pod = serde_json::json!({"metadata": {"uid": "u", "annotations": {"kubernetes.io/config.mirror": "m"}}});
        assert_eq!(event_uid(&pod), "m");
        assert_eq!(event_uid(&serde_json::json!({"metadata": {"uid": "u"}})), "u");
        assert_eq!(event_uid(&serde_json::json!(7)), "");
    }
}
