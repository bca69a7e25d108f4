//! A server that has the objects of the oracle, says yes to everything, and notes what it is asked to change.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use crate::wire;

/// One request that changes something. POST and DELETE differ in how they are written, PATCH does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub request: String,
    pub patch_type: String,
    pub body: Value,
}

type Log = Arc<Mutex<Vec<Sent>>>;

/// The server; it ends with the test's runtime.
pub struct Server {
    pub address: SocketAddr,
    log: Log,
}

impl Server {
    /// `objects`: by path.
    #[expect(clippy::disallowed_methods, reason = "a test owns its server")]
    pub async fn start(objects: Arc<Vec<(String, Value)>>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let log = Log::default();
        let noted = Arc::clone(&log);
        tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (log, objects) = (Arc::clone(&noted), Arc::clone(&objects));
                let service = service_fn(move |request| answer(Arc::clone(&log), Arc::clone(&objects), request));
                let connection = hyper::server::conn::http1::Builder::new();
                open.spawn(async move { drop(connection.serve_connection(TokioIo::new(stream), service).await) });
                while open.try_join_next().is_some() {}
            }
        });
        Self { address, log }
    }

    /// What was sent since the last call.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn answer(
    log: Log,
    objects: Arc<Vec<(String, Value)>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("a whole request").to_bytes();
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let path = parts.uri.path();
    let object = objects.iter().find(|(known, _)| path.strip_suffix("/ephemeralcontainers").unwrap_or(path) == known);
    let (status, value) = if parts.method == Method::GET {
        get(path, object.map(|(_, object)| object))
    } else {
        let body = wire::read(&content_type, &body);
        let is_patch = parts.method == Method::PATCH;
        let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        log.lock().unwrap_or_else(PoisonError::into_inner).push(Sent {
            request: format!("{} {path}{query}", parts.method),
            patch_type: if is_patch { content_type } else { String::new() },
            body: body.clone(),
        });
        let mut made = body;
        if parts.method == Method::POST {
            made["kind"] = "Pod".into();
            made["apiVersion"] = "v1".into();
            (StatusCode::CREATED, made)
        } else if path.contains("/gone/") {
            unknown_path()
        } else {
            (
                StatusCode::OK,
                object.map_or_else(|| json!({"kind": "Pod", "apiVersion": "v1"}), |(_, object)| object.clone()),
            )
        }
    };
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    Ok(response.body(Full::from(value.to_string())).expect("an answer"))
}

/// What a server without ephemeral containers says: nothing of an object.
fn unknown_path() -> (StatusCode, Value) {
    let said = "the server could not find the requested resource";
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": said,
        "details": {},
    });
    (StatusCode::NOT_FOUND, status)
}

fn get(path: &str, object: Option<&Value>) -> (StatusCode, Value) {
    let resource = |name: &str, kind: &str, namespaced| {
        json!({"name": name, "singularName": kind.to_lowercase(),
        "kind": kind, "namespaced": namespaced, "verbs": ["get", "list", "create", "patch", "delete"]})
    };
    let version = json!({"groupVersion": "apps/v1", "version": "v1"});
    let found = match path {
        "/api" => json!({"kind": "APIVersions", "versions": ["v1"]}),
        "/apis" => json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [
            {"name": "apps", "versions": [version], "preferredVersion": version}]}),
        "/api/v1" => json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": [
            resource("pods", "Pod", true), resource("nodes", "Node", false), resource("services", "Service", true)]}),
        "/apis/apps/v1" => json!({"kind": "APIResourceList", "groupVersion": "apps/v1", "resources": [
            resource("deployments", "Deployment", true)]}),
        _ => match object {
            Some(object) => object.clone(),
            None => return missing(path),
        },
    };
    (StatusCode::OK, found)
}

fn missing(path: &str) -> (StatusCode, Value) {
    let mut words = path.rsplit('/');
    let (name, plural) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
        "message": format!("{plural} \"{name}\" not found"), "details": {"name": name, "kind": plural},
    });
    (StatusCode::NOT_FOUND, status)
}
