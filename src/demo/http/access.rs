//! Who may do what: everything is allowed but what the demo wants to show as forbidden, and what a test forbids.
//!
//! The user is `demo`. With `Impersonate-User: viewer` (`--as viewer`) it is somebody who may only look.

use axum::response::Response;
use http::{HeaderName, header};
use serde_json::{Value, json};

use super::super::failure::{Answer, Failure};
use super::super::json::text;
use super::super::shared::Shared;
use super::super::world::kinds::KINDS;
use super::Call;
use super::path::Target;
use super::reply::{body, json_response};

/// The user who may only look.
const VIEWER: &str = "viewer";
/// Parts of objects that one who may look may look at.
const SEEN: [&str; 3] = ["log", "scale", "status"];

fn user(call: &Call) -> &str {
    match call.header(HeaderName::from_static("impersonate-user")) {
        "" => "demo",
        user => user,
    }
}

/// Refuses what the user may not do.
pub fn check(shared: &Shared, call: &Call, target: &Target) -> Answer<()> {
    let verb = match (call.parts.method.as_str(), target.name.is_some()) {
        ("GET", true) => "get",
        ("GET", false) if call.query.flag("watch") => "watch",
        ("GET", false) => "list",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", true) => "delete",
        _ => "deletecollection",
    };
    let (kind, sub) = (target.kind, target.sub.as_deref().unwrap_or_default());
    let user = user(call);
    if denial(shared, user, verb, kind.plural, sub).is_none() {
        return Ok(());
    }
    let resource = joined(kind.plural, sub);
    let name = target.name.as_deref().unwrap_or_default();
    Err(Failure::forbidden(user, verb, &resource, kind.group, target.namespace.as_deref(), name))
}

fn joined(plural: &str, sub: &str) -> String {
    if sub.is_empty() { plural.to_owned() } else { format!("{plural}/{sub}") }
}

/// Why a user may not do something; `None` when it is allowed.
fn denial(shared: &Shared, user: &str, verb: &str, plural: &str, sub: &str) -> Option<&'static str> {
    if shared.faults.forbids(verb, &joined(plural, sub)) {
        return Some("");
    }
    if (verb, plural, sub) == ("delete", "nodes", "") {
        return Some("the demo cluster keeps its nodes");
    }
    let looks =
        matches!(verb, "get" | "list" | "watch") && plural != "secrets" && (sub.is_empty() || SEEN.contains(&sub));
    (user == VIEWER && !looks).then_some("")
}

/// Answers a review with the request's own spec and what comes of it.
pub fn review(shared: &Shared, call: &Call, target: &Target) -> Answer<Response> {
    let mut review = body(call.header(header::CONTENT_TYPE), &call.body)?;
    let user = user(call);
    review["apiVersion"] = target.kind.api_version().into();
    review["kind"] = target.kind.kind.into();
    review["status"] = match target.kind.plural {
        "selfsubjectaccessreviews" => access(shared, user, &review),
        "selfsubjectrulesreviews" => rules(user),
        _ => json!({"userInfo": {"username": user, "groups": ["system:authenticated"]}}),
    };
    Ok(json_response(201, &review))
}

fn access(shared: &Shared, user: &str, review: &Value) -> Value {
    let asked = |field: &str| text(review, &format!("/spec/resourceAttributes/{field}"));
    match denial(shared, user, asked("verb"), asked("resource"), asked("subresource")) {
        None => json!({"allowed": true}),
        Some("") => json!({"allowed": false}),
        Some(reason) => json!({"allowed": false, "reason": reason}),
    }
}

fn rules(user: &str) -> Value {
    let resources = if user == VIEWER {
        let mut seen: Vec<&str> = KINDS.iter().map(|kind| kind.plural).filter(|plural| *plural != "secrets").collect();
        seen.push("pods/log");
        json!([{"verbs": ["get", "list", "watch"], "apiGroups": ["*"], "resources": seen}])
    } else {
        json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}])
    };
    json!({"resourceRules": resources,
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}], "incomplete": false})
}
