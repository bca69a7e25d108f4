//! Pods of a workload, for commands that take `TYPE/NAME` where kubectl does. Rules: kubectl's `polymorphichelpers`.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::documents::Form;
use super::failure::Failure;
use super::fetch::Pages;
use super::session::{Session, Wanted};
use crate::cluster::http::ACCEPT_JSON;
use crate::cluster::logs::select;
use crate::cluster::pages::{self, Ended};
use crate::model::kind::Kind;
use crate::model::resource::Resource;

/// The kinds that have pods of their own.
const KINDS: [&str; 7] =
    ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job", "Service"];

/// The label selector of an object's pods. The error says, as kubectl does, why there is none; `cannot` is what was
/// tried: `get the logs from`.
pub fn selector(resource: &Resource, object: &Value, cannot: &str) -> Result<String, Failure> {
    let selector = select::selector(&resource.kind, object);
    if KINDS.contains(&resource.kind.as_str()) && !selector.is_empty() {
        return Ok(selector);
    }
    let kind = format!("*{}.{}", resource.version, resource.kind);
    let why = if resource.kind == "Service" {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        format!("invalid service '{name}': Service is defined without a selector")
    } else {
        format!("selector for {kind} not implemented")
    };
    Err(Failure::Usage(format!("cannot {cannot} {kind}: {why}")))
}

/// The pods with these labels, and the version of the list.
pub async fn list(session: &Session, labels: &str) -> Result<(Vec<Value>, String), Failure> {
    let wanted = Wanted { resource: Kind::Pod.into(), name: None };
    let select = session.select(&wanted.resource, Some(&labels.to_owned()), None);
    let (mut pages, mut pods) = (Pages::new(session, &wanted, select), Vec::new());
    while let Some(page) = pages.objects(Form::Json).await? {
        pods.extend(page);
    }
    Ok((pods, pages.version().to_owned()))
}

/// Waits for a pod where there is none yet.
pub async fn first(session: &Session, labels: &str, version: String, patience: Duration) -> Result<Value, Failure> {
    let resource: Resource = Kind::Pod.into();
    let select = session.select(&resource, Some(&labels.to_owned()), None);
    let each = |seen: pages::Seen| if seen.deleted { Ok(()) } else { Err(seen.object) };
    let followed = pages::follow(&session.connection, &resource, &select, ACCEPT_JSON, version, each);
    match timeout(patience, followed).await {
        Ok(Ok(never)) => match never {},
        Ok(Err(Ended::Stopped(pod))) => Ok(pod),
        Ok(Err(Ended::Failed(error))) => Err(error.into()),
        Err(_) => Err(Failure::Usage("timed out waiting for the condition".to_owned())),
    }
}
