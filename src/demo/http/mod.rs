//! HTTP: what an API server answers. One function takes a request and gives an answer; nothing is canned.
//!
//! Start with [`answer`]: faults first, then the token, then the path decides.

mod access;
mod attach;
mod discovery;
mod exec;
mod list;
mod log;
mod openapi;
mod patch;
mod path;
mod pod_row;
mod portforward;
mod protobuf;
mod reply;
mod select;
mod table;
mod warning;
mod watch;
mod write;

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{Method, Request, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::failure::{Answer, Failure};
use super::shared::Shared;
use path::Route;
use reply::{Form, Query, json_response};

/// A request with its body read.
#[derive(Debug)]
pub struct Call {
    parts: Parts,
    query: Query,
    form: Form,
    body: bytes::Bytes,
}

impl Call {
    fn header(&self, name: http::HeaderName) -> &str {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn is_upgrade(&self) -> bool {
        self.header(http::header::UPGRADE).eq_ignore_ascii_case("websocket")
    }
}

/// Answers one request. `token` is what the client must know, if anything.
pub async fn answer(
    shared: Arc<Shared>,
    token: Option<Arc<str>>,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let (mut parts, body) = request.into_parts();
    let by_path = token.as_deref().is_some_and(|token| strip_token(&mut parts.uri, token));
    let token = token.filter(|_| !by_path);
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    shared.faults.stalled().await;
    let query = Query::parse(&parts.uri);
    let form = Form::of(&parts.headers, &query);
    let call = Call { parts, query, form, body };
    Ok(match admitted(&shared, token.as_deref(), &call) {
        Ok(()) => route(&shared, call).await.unwrap_or_else(|failure| reply::refuse(&failure)),
        Err(failure) => reply::refuse(&failure),
    })
}

/// Takes the token off the front of a path, where it stands for clients that send no header without TLS,
/// as kubectl does. Gives back whether it was there.
fn strip_token(uri: &mut Uri, token: &str) -> bool {
    let Some(rest) = uri.to_string().strip_prefix(&format!("/{token}/")).map(|rest| format!("/{rest}")) else {
        return false;
    };
    match rest.parse() {
        Ok(stripped) => {
            *uri = stripped;
            true
        }
        Err(_) => false,
    }
}

fn admitted(shared: &Shared, token: Option<&str>, call: &Call) -> Answer<()> {
    let faults = shared.faults.state();
    if faults.unavailable {
        return Err(Failure::new(503, "ServiceUnavailable", "the server is currently unable to handle the request"));
    }
    if shared.faults.is_too_many() {
        return Err(Failure::too_many());
    }
    let known =
        token.is_none_or(|token| call.header(http::header::AUTHORIZATION).strip_prefix("Bearer ") == Some(token));
    if faults.unauthorized || !known { Err(Failure::unauthorized()) } else { Ok(()) }
}

async fn route(shared: &Arc<Shared>, call: Call) -> Answer<Response> {
    let path = call.parts.uri.path().to_owned();
    let aggregated = call.form.aggregated;
    match path::parse(&path) {
        Route::Objects(target) => objects(shared, call, target).await,
        Route::Version => Ok(json_response(200, &discovery::version())),
        Route::Health => Ok(Response::new(Body::from("ok"))),
        Route::CoreVersions if aggregated => Ok(reply::aggregated(&discovery::aggregated(true))),
        Route::Groups if aggregated => Ok(reply::aggregated(&discovery::aggregated(false))),
        Route::CoreVersions => Ok(json_response(200, &discovery::core_versions())),
        Route::Groups => Ok(json_response(200, &discovery::groups())),
        Route::Group(name) => {
            discovery::group(name).map_or_else(|| Ok(reply::nothing()), |group| Ok(json_response(200, &group)))
        }
        Route::Resources(group, version) => discovery::resources(group, version)
            .map_or_else(|| Ok(reply::nothing()), |list| Ok(json_response(200, &list))),
        Route::OpenApi => Ok(json_response(200, &openapi::index())),
        Route::OpenApiOf(group, version) => openapi::document(group, version)
            .map_or_else(|| Ok(reply::nothing()), |document| Ok(json_response(200, &document))),
        Route::NoResource => Err(Failure::no_resource()),
        Route::Nothing => Ok(reply::nothing()),
    }
}

async fn objects(shared: &Arc<Shared>, call: Call, target: path::Target) -> Answer<Response> {
    if target.kind.is_review() {
        return access::review(shared, &call, &target);
    }
    access::check(shared, &call, &target)?;
    let method = call.parts.method.clone();
    match (target.sub.as_deref(), target.name.is_some()) {
        (Some("log"), _) if method == Method::GET => log::stream(shared, &call, &target),
        (Some("exec" | "attach"), _) => exec::open(shared, call, &target).await,
        (Some("portforward"), _) => portforward::open(shared, call, &target).await,
        (Some("eviction"), _) if method == Method::POST => write::evict(shared, &call, &target),
        (Some("scale"), _) => write::scale(shared, &call, &target),
        (_, false) if method == Method::GET && call.query.flag("watch") => watch::stream(shared, &call, &target),
        (_, false) if method == Method::GET => list::list(shared, &call, &target),
        (None, false) if method == Method::POST => write::create(shared, &call, &target),
        (None, false) if method == Method::DELETE => write::delete_all(shared, &call, &target),
        (_, true) if method == Method::GET => list::get(shared, &call, &target),
        (_, true) if method == Method::PUT => write::update(shared, &call, &target),
        (_, true) if method == Method::PATCH => write::patch(shared, &call, &target),
        (None, true) if method == Method::DELETE => write::delete(shared, &call, &target),
        _ => Err(Failure::method()),
    }
}
