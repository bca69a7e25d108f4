//! Waiting for a container, and reading what it wrote when there is nothing to attach to any more.
//!
//! kubectl's order (`debug`, `waitForContainer`): the one pod is read, then watched, without a bound; a pod that goes
//! meanwhile is not found. Start with [`until_started`].

use tokio::time::{Duration, Instant, sleep, timeout};

use super::standing::{ContainerEnd, Standing, Streams, Waiting, standing};
use crate::base::percent;
use crate::cluster::connect::Connection;
use crate::cluster::error::Error;
use crate::cluster::http::ACCEPT_JSON;
use crate::cluster::logs::raw;
use crate::cluster::pages::{self, Ended, Seen, Select};
use crate::model::kind::{Kind, ObjectKey};
use crate::model::resource::Resource;

/// The kubelet tells how a container ended a moment after its streams have.
const ENDS_WITHIN: Duration = Duration::from_secs(3);
/// How often it is asked meanwhile.
const ASK_AGAIN: Duration = Duration::from_millis(300);

/// How long a watch is believed that says nothing: its connection may be dead.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What became of a container that was waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// It runs and can be attached to.
    Running(Streams),
    /// It ended before anybody could.
    Ended(ContainerEnd),
}

/// Waits, for ever if need be, until a container runs or has ended. `tell` hears why it does neither, at every change
/// of the pod.
///
/// # Errors
///
/// The pod is gone, or cannot be read.
pub async fn until_started(
    connection: &Connection,
    pod: &ObjectKey,
    container: &str,
    mut tell: impl FnMut(Waiting),
) -> Result<Started, Error> {
    let mut look = |object: &serde_json::Value| match standing(object, container) {
        Standing::Running(streams) => Err(Started::Running(streams)),
        Standing::Ended(end) => Err(Started::Ended(end)),
        Standing::Waiting(waiting) => {
            tell(waiting);
            Ok(())
        }
    };
    loop {
        let object = pages::value(connection, pod, ACCEPT_JSON).await?.content;
        if let Err(started) = look(&object) {
            return Ok(started);
        }
        let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
        let each = |seen: Seen| {
            if seen.deleted {
                return Err(None);
            }
            look(&seen.object).map_err(Some)
        };
        let select = Select {
            namespace: Some(pod.namespace.to_string()),
            fields: format!("metadata.name={}", pod.name),
            ..Select::default()
        };
        let resource = Resource::from(Kind::Pod);
        let followed = pages::follow(connection, &resource, &select, ACCEPT_JSON, version, each);
        match timeout(LOOK_AGAIN, followed).await {
            Err(_) => {}
            Ok(Ok(never)) => match never {},
            Ok(Err(Ended::Stopped(Some(started)))) => return Ok(started),
            Ok(Err(Ended::Stopped(None))) => return Err(gone(pod)),
            // The server does not remember that version any more: it is asked how things stand now.
            Ok(Err(Ended::Failed(error))) if error.is_expired() => {}
            Ok(Err(Ended::Failed(error))) => return Err(error),
        }
    }
}

/// The server's words for a pod that does not exist.
fn gone(pod: &ObjectKey) -> Error {
    Error::Api { code: 404, reason: "NotFound".into(), message: format!("pods {:?} not found", &*pod.name) }
}

/// How a container ended whose streams have just ended; `None` when it goes on, or nobody says.
pub async fn end_of(connection: &Connection, pod: &ObjectKey, container: &str) -> Option<ContainerEnd> {
    let begun = Instant::now();
    loop {
        let read = timeout(ENDS_WITHIN, pages::value(connection, pod, ACCEPT_JSON)).await;
        if let Standing::Ended(end) = standing(&read.ok()?.ok()?.content, container) {
            return Some(end);
        }
        if begun.elapsed() >= ENDS_WITHIN {
            return None;
        }
        sleep(ASK_AGAIN).await;
    }
}

/// Where a container's log is, to its present end. `tail` is how many of its last lines; `None` is all.
pub fn log_path(pod: &ObjectKey, container: &str, tail: Option<usize>) -> String {
    let container = percent::encode(container, percent::UNRESERVED);
    let tail = tail.map(|lines| format!("&tailLines={lines}")).unwrap_or_default();
    format!("/api/v1/namespaces/{}/pods/{}/log?container={container}{tail}", pod.namespace, pod.name)
}

/// The last lines of a container's log.
pub async fn log(connection: &Connection, pod: &ObjectKey, container: &str, tail: usize) -> Result<Vec<u8>, Error> {
    let path = log_path(pod, container, Some(tail));
    let mut answer = raw::raw(connection, &path, Some(connection.request_timeout)).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
