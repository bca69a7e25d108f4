//! Access reviews: everything is allowed but what the demo wants to show as forbidden.

use axum::response::Response;
use http::header;
use serde_json::{Value, json};

use super::super::failure::Answer;
use super::super::json::text;
use super::super::shared::Shared;
use super::Call;
use super::path::Target;
use super::reply::{body, json_response};

/// Answers a review with the request's own spec and what comes of it.
pub fn review(shared: &Shared, call: &Call, target: &Target) -> Answer<Response> {
    let mut review = body(call.header(header::CONTENT_TYPE), &call.body)?;
    review["apiVersion"] = target.kind.api_version().into();
    review["kind"] = target.kind.kind.into();
    review["status"] = match target.kind.plural {
        "selfsubjectaccessreviews" => access(shared, &review),
        "selfsubjectrulesreviews" => rules(),
        _ => json!({"userInfo": {"username": "demo", "groups": ["system:authenticated"]}}),
    };
    Ok(json_response(201, &review))
}

/// The one thing that the demo's user may not do: nodes are not deleted by accident.
fn access(shared: &Shared, review: &Value) -> Value {
    let asked = (text(review, "/spec/resourceAttributes/verb"), text(review, "/spec/resourceAttributes/resource"));
    let resource = match text(review, "/spec/resourceAttributes/subresource") {
        "" => asked.1.to_owned(),
        sub => format!("{}/{sub}", asked.1),
    };
    if shared.faults.forbids(asked.0, &resource) {
        json!({"allowed": false})
    } else if asked == ("delete", "nodes") {
        json!({"allowed": false, "reason": "the demo cluster keeps its nodes"})
    } else {
        json!({"allowed": true})
    }
}

fn rules() -> Value {
    json!({"resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}], "incomplete": false})
}
