//! Reading single objects, with what describes them, and the names of namespaces.

use std::time::Duration;

use serde_json::Value;

use super::connect::Connection;
use super::error::Error;
use super::http::{self, get_json};
use crate::base::percent;
use crate::model::around::{Answer, Around, ObjectDetails, Request, Tolerates};
use crate::model::kind::ObjectKey;
use crate::model::links::Links;

/// Objects of a page where many are read, as kubectl's chunks.
const CHUNK: usize = 500;

/// Says what is read around an object of a kind.
pub type Surroundings = fn(kind: &str, object: &Value) -> Vec<Request>;

/// Reads one object, and what the `surroundings` say. What of these may not be read is left out where a
/// description can do without it.
pub async fn read(
    connection: &Connection,
    key: &ObjectKey,
    surroundings: Option<Surroundings>,
) -> Result<ObjectDetails, Error> {
    let object = get_json(&connection.client, &key.path(), connection.request_timeout).await?;
    let requests = surroundings.map(|around| around(&key.resource.kind, &object)).unwrap_or_default();
    let answers = futures::future::join_all(requests.into_iter().map(|request| answer(connection, request))).await;
    let mut details = ObjectDetails::new(object);
    for answer in answers {
        let (what, answer) = answer?;
        details = match answer {
            Some(answer) => details.with(what, answer),
            None => details,
        };
    }
    Ok(details)
}

/// What came of a request; nothing where the server has no such thing and none is needed.
async fn answer(connection: &Connection, request: Request) -> Result<(Around, Option<Answer>), Error> {
    let read = if request.what.is_single() {
        get_json(&connection.client, &request.path, connection.request_timeout).await.map(|object| vec![object])
    } else {
        list(connection, &request.path).await
    };
    let answer = match (read, request.tolerates) {
        (Ok(items), _) => Some(Ok(items)),
        (Err(error), Tolerates::Anything) => Some(Err(error.to_string())),
        (Err(error), Tolerates::Forbidden) if error.is_forbidden() => Some(Err(error.to_string())),
        (Err(error), Tolerates::Missing) if error.is_not_found() => None,
        (Err(error), _) => return Err(error),
    };
    Ok((request.what, answer))
}

/// All items of a list, in chunks. `path` has a query.
pub(super) async fn list(connection: &Connection, path: &str) -> Result<Vec<Value>, Error> {
    let (mut items, mut token) = (Vec::new(), String::new());
    let begin = if path.contains('?') { '&' } else { '?' };
    loop {
        let more = if token.is_empty() { String::new() } else { format!("&continue={}", escape(&token)) };
        let path = format!("{path}{begin}limit={CHUNK}{more}");
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

/// What an object says of others: its owners, its pods.
pub async fn links(connection: &Connection, key: &ObjectKey) -> Result<Links, Error> {
    let object = get_json(&connection.client, &key.path(), connection.request_timeout).await?;
    Ok(Links::of(&object, &key.resource.group, &key.resource.kind))
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
