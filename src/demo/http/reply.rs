//! Queries and answers: parameters, the forms that clients accept, bodies.

use axum::body::Body;
use axum::extract::Query as AxumQuery;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::super::failure::{Answer, Failure};
use super::super::json::text;
use super::super::world::{kinds::Kind, store::Object};
use super::table;
use crate::base::stamp::Stamp;

/// The parameters of a request.
#[derive(Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads them; what cannot be read is not there.
    pub fn parse(uri: &Uri) -> Self {
        Self(AxumQuery::<Vec<(String, String)>>::try_from_uri(uri).map(|query| query.0).unwrap_or_default())
    }

    /// The value of a parameter; empty when it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Every value of a parameter that may be repeated.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// Whether a parameter is on.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), "true" | "1")
    }

    /// A whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name).parse().ok()
    }
}

/// How objects are to be written.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a form that a client may ask for by itself")]
pub struct Form {
    /// As a table for people.
    pub table: bool,
    /// Only their metadata.
    pub partial: bool,
    /// In a table, the whole objects.
    pub whole: bool,
    /// Discovery in one answer.
    pub aggregated: bool,
}

impl Form {
    /// The first form in the Accept header that this server can write. What asks for protobuf alone gets
    /// JSON: every client reads it where both are listed.
    pub fn of(headers: &HeaderMap, query: &Query) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut form = Self { whole: query.get("includeObject") == "Object", ..Self::default() };
        for media in accept.split(',').map(str::trim).filter(|media| media.starts_with("application/json")) {
            form.table = media.contains("as=Table");
            form.partial = media.contains("as=PartialObjectMetadata");
            form.aggregated =
                media.contains("as=APIGroupDiscoveryList") && media.contains("v=v2") && !media.contains("v=v2beta1");
            if form.table || form.partial || form.aggregated || !media.contains("as=") {
                break;
            }
        }
        form
    }

    /// One object in this form, as it stands alone or in a watch. `columns`: whether a table names them.
    pub fn object(self, kind: &Kind, object: &Object, now: Stamp, columns: bool) -> Value {
        if self.table {
            let metadata = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
            table::table(kind, std::slice::from_ref(object), &metadata, now, columns, self.whole)
        } else if self.partial {
            table::partial(object)
        } else {
            converted(kind, object)
        }
    }

    /// A list in this form.
    pub fn list(self, kind: &Kind, objects: &[Object], metadata: &Value, now: Stamp) -> Value {
        if self.table {
            return table::table(kind, objects, metadata, now, true, self.whole);
        }
        if self.partial {
            let items: Vec<Value> = objects.iter().map(|object| table::partial(object)).collect();
            return json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "items": items});
        }
        let items: Vec<Value> = objects
            .iter()
            .map(|object| {
                let mut item = converted(kind, object);
                // Items of a list do not repeat their kind.
                super::super::json::remove(&mut item, &["kind"]);
                super::super::json::remove(&mut item, &["apiVersion"]);
                item
            })
            .collect();
        json!({"kind": format!("{}List", kind.kind), "apiVersion": kind.api_version(), "metadata": metadata, "items": items})
    }
}

/// An object in the version that was asked for: events have a second one.
fn converted(kind: &Kind, object: &Value) -> Value {
    if kind.group != "events.k8s.io" {
        return object.clone();
    }
    let mut event = object.clone();
    event["apiVersion"] = "events.k8s.io/v1".into();
    for (core, new) in [
        ("involvedObject", "regarding"),
        ("message", "note"),
        ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"),
        ("reportingComponent", "reportingController"),
    ] {
        if let Some(fields) = event.as_object_mut()
            && let Some(value) = fields.shift_remove(core)
        {
            fields.insert(new.to_owned(), value);
        }
    }
    event
}

/// A JSON answer.
pub fn json_response(code: u16, value: &Value) -> Response {
    with_type(code, "application/json", value)
}

/// The aggregated form of discovery, which names itself in its type.
pub fn aggregated(value: &Value) -> Response {
    with_type(200, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", value)
}

fn with_type(code: u16, media: &'static str, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

/// A refusal.
pub fn refuse(failure: &Failure) -> Response {
    let mut response = json_response(failure.code, &failure.status());
    if failure.code == 429 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    }
    response
}

/// What is answered outside of every API.
pub fn nothing() -> Response {
    let mut response = Response::new(Body::from("404 page not found\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// A body as JSON; YAML and nothing at all are fine too.
pub fn body(content_type: &str, body: &[u8]) -> Answer<Value> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    let media = content_type.split(';').next().unwrap_or_default().trim();
    let parsed = match media {
        "application/vnd.kubernetes.protobuf" => return super::protobuf::to_json(body).ok_or_else(Failure::media_type),
        "application/yaml" | "application/apply-patch+yaml" => {
            serde_yaml::from_slice(body).map_err(|error| error.to_string())
        }
        ""
        | "application/json"
        | "application/merge-patch+json"
        | "application/strategic-merge-patch+json"
        | "application/json-patch+json" => serde_json::from_slice(body).map_err(|error| error.to_string()),
        _ => return Err(Failure::media_type()),
    };
    parsed.map_err(|error| Failure::bad_request(format!("the object provided is unrecognized: {error}")))
}

/// The body of a write must be of the kind of its path.
pub fn check_kind(kind: &Kind, object: &Value) -> Answer<()> {
    if !object.is_object() {
        return Err(Failure::bad_request(format!(
            "couldn't get version/kind; json parse error: {object} is no object"
        )));
    }
    let (api, name) = (text(object, "/apiVersion"), text(object, "/kind"));
    if (api.is_empty() || api == kind.api_version()) && (name.is_empty() || name == kind.kind) {
        return Ok(());
    }
    Err(Failure::bad_request(format!(
        "{name} in version {api:?} cannot be handled as a {}: no kind {name:?} is registered for version {api:?}",
        kind.kind
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(accept: &'static str) -> Form {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        Form::of(&headers, &Query::default())
    }

    #[test]
    fn the_first_form_that_can_be_written_wins() {
        assert!(form("application/json;as=Table;v=v1;g=meta.k8s.io,application/json").table);
        assert!(!form("application/json,application/json;as=Table").table);
        assert!(
            form(
                "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata,application/json;as=PartialObjectMetadata"
            )
            .partial
        );
        assert!(!form("application/vnd.kubernetes.protobuf,application/json").partial);
        assert!(
            form("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json").aggregated
        );
    }

    #[test]
    fn bodies_are_read_or_refused() {
        assert_eq!(body("application/yaml", b"a: 1"), Ok(json!({"a": 1})));
        assert_eq!(body("application/vnd.kubernetes.protobuf", b"k8s").map_err(|f| f.code), Err(415));
        assert_eq!(body("application/json", b"{").map_err(|f| f.code), Err(400));
    }
}
