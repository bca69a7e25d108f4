//! Lists that are read once, page by page, and followed as their changes come: for commands that print.
//!
//! No cache and no second attempt: what fails is told, and the command ends. Start with [`rows`] and [`values`], which
//! read a page, and [`follow`].

use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;

use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::connect::Connection;
use super::error::Error;
use super::{http, warning};
use crate::base::percent;
use crate::model::kind::ObjectKey;
use crate::model::list::{ListEnd, ListReader, WireError};
use crate::model::resource::Resource;
use crate::model::row::{Interner, WireRow};
use crate::model::wire;

/// Objects of a page, as kubectl's `--chunk-size`.
pub const CHUNK: usize = 500;

/// A proxy that ends each watch at once must not turn [`follow`] into a storm of requests.
const SHORTEST_WATCH: Duration = Duration::from_secs(1);

/// Which objects of a kind are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select {
    /// The namespace; `None` is all of them.
    pub namespace: Option<String>,
    /// A label selector; empty selects all.
    pub labels: String,
    /// A field selector; empty selects all.
    pub fields: String,
}

impl Select {
    /// The path of the list, and its selectors as the beginning of a query.
    fn path(&self, resource: &Resource) -> String {
        let mut path = format!("{}?", resource.list_path(self.namespace.as_deref()));
        for (name, selector) in [("labelSelector", &self.labels), ("fieldSelector", &self.fields)] {
            if !selector.is_empty() {
                let _ = write!(path, "{name}={}&", percent::encode(selector, percent::UNRESERVED));
            }
        }
        path
    }

    fn page_path(&self, resource: &Resource, token: &str) -> String {
        let page = format!("{}limit={CHUNK}", self.path(resource));
        if token.is_empty() { page } else { format!("{page}&continue={}", percent::encode(token, percent::UNRESERVED)) }
    }
}

/// An answer, and what the server warns of with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    /// What was asked for.
    pub content: T,
    /// The texts of `Warning` headers.
    pub warnings: Vec<String>,
}

/// A page of rows, read as the lists of the screen read them. `token` is that of the page before, or empty.
pub async fn rows<R: WireRow>(
    connection: &Connection,
    select: &Select,
    token: &str,
    strings: &mut Interner,
) -> Result<Answer<(Vec<R>, ListEnd)>, Error> {
    let within = connection.request_timeout;
    let path = select.page_path(&R::KIND.into(), token);
    let response = http::get(&connection.client, &path, http::ACCEPT_OBJECTS, within).await?;
    let warnings = warning::of(response.headers());
    let mut reader = ListReader::new(http::encoding(&response));
    let (mut body, mut rows) = (response.into_body(), Vec::new());
    while let Some(frame) = timeout(within, body.frame()).await.map_err(|_| Error::TimedOut(within))? {
        if let Some(data) = frame?.data_ref() {
            reader.push(data, &mut rows, strings)?;
        }
    }
    let end = reader.finish(&mut rows, strings)?;
    Ok(Answer { content: (rows, end), warnings })
}

/// A page of a list as it comes, in the form that `accept` asks for.
pub async fn values(
    connection: &Connection,
    resource: &Resource,
    select: &Select,
    accept: &str,
    token: &str,
) -> Result<Answer<Value>, Error> {
    get(connection, &select.page_path(resource, token), accept).await
}

/// One object, in the form that `accept` asks for.
pub async fn value(connection: &Connection, key: &ObjectKey, accept: &str) -> Result<Answer<Value>, Error> {
    get(connection, &key.path(), accept).await
}

async fn get(connection: &Connection, path: &str, accept: &str) -> Result<Answer<Value>, Error> {
    let within = connection.request_timeout;
    let response = http::get(&connection.client, path, accept, within).await?;
    let warnings = warning::of(response.headers());
    let body = timeout(within, response.into_body().collect()).await.map_err(|_| Error::TimedOut(within))??;
    let content = serde_json::from_slice(&body.to_bytes()).map_err(|error| WireError::Json(error.to_string()))?;
    Ok(Answer { content, warnings })
}

/// A change of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Whether it was deleted; the object is its last state then.
    pub deleted: bool,
    /// The object, in the form that was asked for.
    pub object: Value,
}

/// Why a list is followed no more.
#[derive(Debug)]
pub enum Ended<E> {
    /// The server, or the way to it.
    Failed(Error),
    /// Whoever was told of the changes wants no more.
    Stopped(E),
}

impl<E> From<Error> for Ended<E> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Tells of every change since `version`, for ever. From version `0` or an empty one the server begins with all objects
/// that there are. A watch that the server ends in order is taken up again; every other end is an error.
pub async fn follow<E>(
    connection: &Connection,
    resource: &Resource,
    select: &Select,
    accept: &str,
    mut version: String,
    mut each: impl FnMut(Seen) -> Result<(), E>,
) -> Result<Infallible, Ended<E>> {
    loop {
        let begun = Instant::now();
        let from = if version.is_empty() { String::new() } else { format!("&resourceVersion={version}") };
        let path = format!("{}watch=true&allowWatchBookmarks=true{from}", select.path(resource));
        let response = http::get(&connection.client, &path, accept, connection.request_timeout).await?;
        let (mut body, mut buffer) = (response.into_body(), Vec::new());
        while let Some(frame) = body.frame().await {
            buffer.extend_from_slice(&frame.map_err(Error::from)?.into_data().unwrap_or_default());
            let whole = buffer.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            for line in buffer[..whole].split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                if let Some(seen) = read(line, &mut version)? {
                    each(seen).map_err(Ended::Stopped)?;
                }
            }
            buffer.drain(..whole);
        }
        if begun.elapsed() < SHORTEST_WATCH {
            sleep(SHORTEST_WATCH).await;
        }
    }
}

/// Reads an event of a watch; `None` for what is no change. Keeps the version that it carries.
fn read(line: &[u8], version: &mut String) -> Result<Option<Seen>, Error> {
    #[derive(Deserialize)]
    struct Event {
        r#type: String,
        object: Value,
    }
    let Event { r#type, object } = serde_json::from_slice(line).map_err(|error| WireError::Json(error.to_string()))?;
    if r#type == "ERROR" {
        let status: wire::Status = serde_json::from_value(object).unwrap_or_default();
        return Err(Error::from_status(500, &status));
    }
    if let Some(at) = object["metadata"]["resourceVersion"].as_str() {
        at.clone_into(version);
    }
    Ok((r#type != "BOOKMARK").then(|| Seen { deleted: r#type == "DELETED", object }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;

    #[test]
    fn selectors_and_tokens_are_values_of_the_query() {
        let select = Select {
            namespace: Some("shop".to_owned()),
            labels: "app=web,tier!=db".to_owned(),
            fields: "status.phase=Running".to_owned(),
        };
        assert_eq!(
            select.page_path(&Kind::Pod.into(), "a&b"),
            "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb%2Ctier%21%3Ddb&fieldSelector=status.phase%3DRunning\
             &limit=500&continue=a%26b"
        );
        assert_eq!(Select::default().page_path(&Kind::Node.into(), ""), "/api/v1/nodes?limit=500");
    }

    #[test]
    fn a_watch_keeps_its_place_and_ends_with_the_servers_words() {
        let mut version = "5".to_owned();
        let added = br#"{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"7"}}}"#;
        assert!(read(added, &mut version).expect("an event").is_some_and(|seen| !seen.deleted));
        let bookmark = br#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}"#;
        assert_eq!(read(bookmark, &mut version).expect("an event"), None);
        assert_eq!(version, "9");
        let gone = br#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"#;
        assert!(read(gone, &mut version).expect_err("an end").is_expired());
        assert!(read(b"{", &mut version).is_err());
    }
}
