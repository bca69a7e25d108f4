//! Reading single objects, with what describes them, and the names of namespaces.

use std::time::Duration;

use serde_json::Value;

use super::connect::Connection;
use super::error::Error;
use super::http::{ACCEPT_METADATA, get_json, get_json_as};
use crate::base::{json, percent};
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
    let within = connection.request_timeout;
    let found = get_json_as(&connection.client, "/api/v1/namespaces", ACCEPT_METADATA, within).await?;
    let names = json::list(&found, "/items").iter().map(|item| json::text(item, "/metadata/name"));
    let mut names: Vec<_> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
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
    use std::sync::{Arc, Mutex};

    use ::http::{Request as HttpRequest, Response};
    use kube::client::Body;

    use super::super::api::ConnectionInfo;
    use super::super::connect::over;
    use super::*;
    use crate::model::kind::Kind;

    /// Every way in which a surrounding can be wanted, and that a pod may have.
    fn everything(_: &str, _: &Value) -> Vec<Request> {
        let request = |what, path: &str, tolerates| Request { what, path: format!("/api/v1/{path}"), tolerates };
        vec![
            request(Around::Pods, "pods?labelSelector=a%3Db", Tolerates::Nothing),
            request(Around::Events, "events", Tolerates::Anything),
            request(Around::Quotas, "resourcequotas", Tolerates::Missing),
            request(Around::Lease, "leases/a", Tolerates::Forbidden),
        ]
    }

    /// What is read of a pod from a server that refuses all but these paths, and what it was asked.
    async fn read_from(
        answers: &'static [(&'static str, u16, &'static str)],
    ) -> (Result<ObjectDetails, Error>, Vec<String>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let service = tower::service_fn(move |request: HttpRequest<Body>| {
            let path = request.uri().to_string();
            let found = answers.iter().find(|(known, ..)| path.ends_with(known));
            let (code, text) = found.map_or((403, REFUSAL), |(_, code, text)| (*code, *text));
            noted.lock().expect("no test panics with it").push(path);
            async move { Response::builder().status(code).body(Body::from(text.as_bytes().to_vec())) }
        });
        let connection = over(service, ConnectionInfo::default());
        let key = ObjectKey::new(Kind::Pod, "shop", "web");
        let read = read(&connection, &key, Some(everything)).await;
        let asked = asked.lock().expect("no test panics with it").clone();
        (read, asked)
    }

    const REFUSAL: &str = r#"{"kind":"Status","code":403,"reason":"Forbidden","message":"you may not"}"#;
    const MISSING: &str = r#"{"kind":"Status","code":404,"reason":"NotFound","message":"no such thing"}"#;
    const OBJECT: (&str, u16, &str) = ("/pods/web", 200, r#"{"metadata":{"name":"web"}}"#);

    #[tokio::test]
    async fn what_may_be_refused_is_refused_in_its_place() {
        let (read, asked) = read_from(&[
            OBJECT,
            ("/pods?labelSelector=a%3Db&limit=500", 200, r#"{"items":[1],"metadata":{"continue":"x/y"}}"#),
            ("/pods?labelSelector=a%3Db&limit=500&continue=x%2Fy", 200, r#"{"items":[2]}"#),
            ("/resourcequotas?limit=500", 404, MISSING),
        ])
        .await;
        let details = read.expect("nothing was needed");
        assert_eq!(details.items(&Around::Pods), [Value::from(1), Value::from(2)]);
        assert_eq!(details.around[&Around::Events], Err("you may not".to_owned()));
        assert_eq!(details.around[&Around::Lease], Err("you may not".to_owned()));
        assert!(!details.around.contains_key(&Around::Quotas), "the server has none");
        assert!(asked[1..].iter().any(|path| path.ends_with("/events?limit=500")), "{asked:?}");
    }

    #[tokio::test]
    async fn what_is_needed_and_refused_fails_it_all() {
        let (read, _) = read_from(&[OBJECT]).await;
        assert_eq!(read.expect_err("its pods are needed").to_string(), "you may not");
        let (read, _) = read_from(&[
            OBJECT,
            ("/pods?labelSelector=a%3Db&limit=500", 200, r#"{"items":[]}"#),
            ("/resourcequotas?limit=500", 404, MISSING),
            ("/leases/a", 404, MISSING),
        ])
        .await;
        assert_eq!(read.expect_err("only a refusal is tolerated").to_string(), "no such thing");
    }

    #[tokio::test]
    async fn s13_of_a_missing_object_nothing_more_is_read() {
        let (read, asked) = read_from(&[("/pods/web", 404, MISSING)]).await;
        assert!(read.expect_err("it is gone").is_not_found());
        assert_eq!(asked.len(), 1, "no events: {asked:?}");
    }
}
