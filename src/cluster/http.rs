//! Requests below the level of objects: accepted encodings, status codes, time-outs.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde_json::Value;
use tokio::time::timeout;

use super::error::Error;
use crate::model::list::{Encoding, WireError};
use crate::model::{wire, write};

/// How long a server may take to begin its answer, where `--request-timeout` says nothing.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// `Accept` of a LIST or GET: protobuf, with JSON for servers and proxies that do not have it.
pub const ACCEPT_OBJECTS: &str = "application/vnd.kubernetes.protobuf,application/json";

/// `Accept` of a watch.
pub const ACCEPT_WATCH: &str = "application/vnd.kubernetes.protobuf;stream=watch,application/json";

/// `Accept` of a table that the server lays out, as kubectl asks for it; the objects where it has none.
pub const ACCEPT_TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,\
    application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

/// `Accept` of a list of which only names and the like are wanted; the objects where a server cannot cut them down.
pub const ACCEPT_METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// `Accept` of a whole object, of which no field may be lost.
pub const ACCEPT_JSON: &str = "application/json";

/// Who we are, in audit logs and in the names of field owners that no request names itself.
const USER_AGENT: &str = concat!("podtriage/", env!("CARGO_PKG_VERSION"));

/// Sends a GET and waits for the beginning of its answer; everything but 2xx is an error in the server's words.
pub async fn get(client: &Client, path: &str, accept: &str, within: Duration) -> Result<Response<Body>, Error> {
    let request = Request::builder()
        .method(Method::GET)
        .uri(path)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, accept)
        // Watches of newer servers are gzipped one member an event, which decoders take for the end;
        // on a near server compression of lists costs more than it saves.
        .header(header::ACCEPT_ENCODING, "identity")
        .body(Body::empty())
        .map_err(|error| Error::Transport(error.to_string()))?;
    let response = timeout(within, client.send(request)).await.map_err(|_| Error::TimedOut(within))??;
    if response.status().is_success() { Ok(response) } else { Err(refusal(response, within).await) }
}

/// Sends a GET and reads the whole answer.
pub async fn get_bytes(client: &Client, path: &str, accept: &str, within: Duration) -> Result<Bytes, Error> {
    let response = get(client, path, accept, within).await?;
    let body = timeout(within, response.into_body().collect()).await.map_err(|_| Error::TimedOut(within))?;
    Ok(body.map_err(Error::from)?.to_bytes())
}

/// Sends a GET and reads a JSON object, its keys in the server's order.
pub async fn get_json(client: &Client, path: &str, within: Duration) -> Result<Value, Error> {
    get_json_as(client, path, ACCEPT_JSON, within).await
}

/// The same in the form that `accept` asks for.
pub async fn get_json_as(client: &Client, path: &str, accept: &str, within: Duration) -> Result<Value, Error> {
    let body = get_bytes(client, path, accept, within).await?;
    let broken = |error: serde_json::Error| WireError::Json(error.to_string());
    Ok(serde_json::from_slice(&body).map_err(broken)?)
}

/// Sends a request that changes something and reads the JSON that comes back, which must be a success; with it what the
/// server warned of, success or not.
pub async fn send(client: &Client, write: &write::Request, within: Duration) -> (Vec<String>, Result<Value, Error>) {
    let mut request = Request::builder()
        .method(write.method)
        .uri(&write.path)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, ACCEPT_JSON)
        .header(header::ACCEPT_ENCODING, "identity");
    if !write.content_type.is_empty() {
        request = request.header(header::CONTENT_TYPE, write.content_type);
    }
    let request = match request.body(Body::from(write.body.clone().into_bytes())) {
        Ok(request) => request,
        Err(error) => return (Vec::new(), Err(Error::Transport(error.to_string()))),
    };
    let response = match timeout(within, client.send(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return (Vec::new(), Err(error.into())),
        Err(_) => return (Vec::new(), Err(Error::TimedOut(within))),
    };
    (super::warning::of(response.headers()), read_answer(response, within).await)
}

async fn read_answer(response: Response<Body>, within: Duration) -> Result<Value, Error> {
    if !response.status().is_success() {
        return Err(refusal(response, within).await);
    }
    let body = timeout(within, response.into_body().collect()).await.map_err(|_| Error::TimedOut(within))??.to_bytes();
    Ok(serde_json::from_slice(&body).map_err(|error| WireError::Json(error.to_string()))?)
}

/// How the body of a response is encoded.
pub fn encoding(response: &Response<Body>) -> Encoding {
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Encoding::of_content_type(content_type.unwrap_or_default())
}

/// The error that a response which is no success stands for.
pub(super) async fn refusal(response: Response<Body>, within: Duration) -> Error {
    /// More than any `Status`; a proxy's error page is cut here.
    const LONGEST: usize = 64 << 10;
    let code = response.status();
    let encoding = encoding(&response);
    let body = timeout(within, http_body_util::Limited::new(response.into_body(), LONGEST).collect()).await;
    let body = body.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes).unwrap_or_default();
    if let Some(status) = read_status(encoding, &body) {
        return Error::from_status(code.as_u16(), &status);
    }
    let text = wire::lossy(&body);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let message = format!("{code}: {}", first.chars().take(200).collect::<String>());
    Error::Api { code: code.as_u16(), reason: String::new(), message }
}

fn read_status(encoding: Encoding, body: &[u8]) -> Option<wire::Status> {
    use prost::Message as _;
    let status: wire::Status = match encoding {
        Encoding::Protobuf => {
            let envelope = wire::Unknown::decode(body.strip_prefix(b"k8s\0")?).ok()?;
            wire::Status::decode(envelope.raw).ok()?
        }
        Encoding::Json => serde_json::from_slice(body).ok()?,
    };
    (!status.message.is_empty() || !status.reason.is_empty()).then_some(status)
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    #[test]
    fn a_status_is_read_in_both_forms() {
        let status =
            wire::Status { message: b"gone".to_vec(), reason: "Expired".to_owned(), code: 410, ..<_>::default() };
        let mut body = b"k8s\0".to_vec();
        body.extend(wire::Unknown { raw: status.encode_to_vec().into() }.encode_to_vec());
        assert_eq!(read_status(Encoding::Protobuf, &body), Some(status.clone()));
        let json = br#"{"kind":"Status","message":"gone","reason":"Expired","code":410}"#;
        assert_eq!(read_status(Encoding::Json, json), Some(status));
        assert_eq!(read_status(Encoding::Json, b"<html>502</html>"), None);
        assert_eq!(read_status(Encoding::Protobuf, b"k8s"), None);
    }
}
