//! A proxy on loopback that notes what is written through it. Behind it is any cluster that kube's client reaches.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Request, Response, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::Client;
use kube::client::Body;
use serde_json::Value;
use tokio::task::JoinHandle;

/// One request that changes something.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    /// Sorted.
    pub query: Vec<String>,
    pub content_type: String,
    /// JSON or YAML as a value; anything else as text.
    pub body: Value,
}

/// The proxy; it ends with this value.
pub struct Recorder {
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<Recorded>>>,
    server: JoinHandle<()>,
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Recorder {
    #[expect(clippy::disallowed_methods, reason = "a test owns its server")]
    pub async fn start(client: Client) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let log: Arc<Mutex<Vec<Recorded>>> = Arc::default();
        let noted = Arc::clone(&log);
        let server = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (client, log) = (client.clone(), Arc::clone(&noted));
                let service = service_fn(move |request| pass_on(client.clone(), Arc::clone(&log), request));
                open.spawn(async move {
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { address, log, server }
    }

    /// What was written since the last call.
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn pass_on(
    client: Client,
    log: Arc<Mutex<Vec<Recorded>>>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await.expect("a whole request").to_bytes();
    if !matches!(parts.method.as_str(), "GET" | "HEAD") {
        let recorded = record(&parts, &body);
        log.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
    }
    for hop in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        parts.headers.remove(hop);
    }
    Ok(match client.send(Request::from_parts(parts, Body::from(body.to_vec()))).await {
        Ok(mut response) => {
            response.headers_mut().remove(header::TRANSFER_ENCODING);
            response
        }
        Err(error) => {
            let mut response = Response::new(Body::from(error.to_string().into_bytes()));
            *response.status_mut() = http::StatusCode::BAD_GATEWAY;
            response
        }
    })
}

fn record(parts: &http::request::Parts, body: &[u8]) -> Recorded {
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut query: Vec<String> = parts.uri.query().unwrap_or_default().split('&').map(str::to_owned).collect();
    query.sort();
    let text = String::from_utf8_lossy(body).into_owned();
    Recorded {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query,
        content_type: content_type.unwrap_or_default().to_owned(),
        body: serde_yaml::from_str(&text).unwrap_or(Value::String(text)),
    }
}
