//! Asking the server what these credentials may do.
//!
//! The answer decides what is dimmed, never what is done: the write itself is judged by the server again.

use futures::{StreamExt as _, stream};
use serde_json::json;

use super::connect::Connection;
use super::http::send;
use crate::model::write::{Access, Need, Request};

/// Reviews that run at the same time.
const AT_ONCE: usize = 8;

/// What the server says of each need, in the order asked, by one `SelfSubjectAccessReview` each. Where it cannot say
/// (an authorizer in trouble, no such API), the need counts as allowed: the write itself will be refused in words.
pub async fn review(connection: &Connection, needs: Vec<Need>) -> Vec<(Need, Access)> {
    let reviews = needs.into_iter().map(|need| async move {
        let access = ask(connection, &need).await;
        (need, access)
    });
    stream::iter(reviews).buffered(AT_ONCE).collect().await
}

async fn ask(connection: &Connection, need: &Need) -> Access {
    let body = json!({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
        "spec": {"resourceAttributes": {"verb": need.verb, "group": need.group, "resource": need.resource,
            "subresource": need.subresource, "namespace": need.namespace}}});
    let request = Request {
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned(),
        content_type: "application/json",
        body: body.to_string(),
    };
    let (_, answer) = send(&connection.client, &request, connection.request_timeout).await;
    match answer {
        Ok(review) if review["status"]["allowed"] == false && review["status"]["evaluationError"].is_null() => {
            Access::Denied(review["status"]["reason"].as_str().unwrap_or_default().to_owned())
        }
        _ => Access::Allowed,
    }
}
