//! Reading what the rules of diagnosis ask for. Every end is an answer: a rule can say what it could not see.

use serde_json::json;

use super::connect::Connection;
use super::error::Error;
use super::http::{ACCEPT_JSON, get_bytes, get_json, get_json_as};
use super::objects::list;
use crate::model::lookup::{Answer, Lookup, What};

/// An object without its contents.
const ACCEPT_METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// What the kubelet answers, with status 200, in place of the log of a container that it has removed.
const REMOVED: &str = "unable to retrieve container logs for ";

/// Reads one thing.
pub async fn read(connection: &Connection, lookup: &Lookup) -> Answer {
    let answer = match &lookup.what {
        What::Log { .. } => lines(connection, lookup).await,
        What::Secret => get_json_as(&connection.client, &lookup.path(), ACCEPT_METADATA, connection.request_timeout)
            .await
            .map(Answer::from),
        What::Object(_) if lookup.is_list() => {
            list(connection, &lookup.path()).await.map(|items| json!({"items": items}).into())
        }
        What::Object(_) | What::Version | What::Events(_) => {
            get_json(&connection.client, &lookup.path(), connection.request_timeout).await.map(Answer::from)
        }
    };
    answer.unwrap_or_else(|error| match error {
        Error::Api { code: 404, .. } => Answer::Missing,
        // There was no such run, or it has not begun.
        Error::Api { code: 400, .. } if matches!(lookup.what, What::Log { .. }) => Answer::Missing,
        Error::Api { code: 401 | 403, message, .. } => Answer::Forbidden(message.into()),
        error => Answer::Failed(error.to_string().into()),
    })
}

async fn lines(connection: &Connection, lookup: &Lookup) -> Result<Answer, Error> {
    let bytes = get_bytes(&connection.client, &lookup.path(), ACCEPT_JSON, connection.request_timeout).await?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = if is_removed(&text) { "" } else { &*text };
    Ok(Answer::Lines(lines.lines().map(Into::into).collect()))
}

/// Whether it is what the kubelet answers in place of the log of a container that it has removed.
pub fn is_removed(log: &str) -> bool {
    log.starts_with(REMOVED)
}
