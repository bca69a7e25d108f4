//! What the server serves: every resource with its names.
//!
//! Two requests where the server aggregates discovery; one for each version of each group where it does not. A group
//! whose API server is down is named and left out, for the others must not wait for it.

use futures::StreamExt;

use super::connect::Connection;
use super::error::Error;
use super::http;
use crate::model::discovery::{Discovery, read_aggregated, read_groups, read_resources};
use crate::model::links::OwnerReference;
use crate::model::resource::Resource;

/// `Accept` of discovery, as kubectl asks for it.
const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// Requests that are under way at once, of an older server.
const AT_ONCE: usize = 8;

/// Asks for every resource.
pub async fn discover(connection: &Connection) -> Result<Discovery, Error> {
    let (core, groups) = futures::future::try_join(part(connection, "/api"), part(connection, "/apis")).await?;
    let mut found = core;
    found.resources.extend(groups.resources);
    found.missing.extend(groups.missing);
    Ok(found)
}

/// The core group (`/api`), or all others (`/apis`).
async fn part(connection: &Connection, root: &'static str) -> Result<Discovery, Error> {
    let within = connection.request_timeout;
    let body = http::get_bytes(&connection.client, root, ACCEPT, within).await?;
    if let Some(found) = read_aggregated(&body) {
        return Ok(found);
    }
    let mut found = Discovery::default();
    let versions = read_groups(&body)?;
    let asked = versions.into_iter().map(|(group, version)| async move {
        let resources = resources(connection, root, &group, &version).await;
        (group, version, resources)
    });
    let mut answers = futures::stream::iter(asked).buffered(AT_ONCE);
    while let Some((group, version, resources)) = answers.next().await {
        match resources {
            Ok(resources) => found.add(resources),
            Err(_) => found.missing.push(if group.is_empty() { version } else { format!("{group}/{version}") }),
        }
    }
    Ok(found)
}

async fn resources(connection: &Connection, root: &str, group: &str, version: &str) -> Result<Vec<Resource>, Error> {
    let path = if group.is_empty() { format!("{root}/{version}") } else { format!("{root}/{group}/{version}") };
    let body = http::get_bytes(&connection.client, &path, http::ACCEPT_JSON, connection.request_timeout).await?;
    Ok(read_resources(&body, group, version)?)
}

#[cfg(test)]
mod tests {
    use ::http::{Request, Response};
    use kube::client::Body;

    use super::*;
    use crate::cluster::api::ConnectionInfo;
    use crate::cluster::connect::over;

    /// What is found on a server that answers by path; all else is an error of an API server that is down.
    async fn found(answers: &'static [(&'static str, &'static str)]) -> Discovery {
        let service = tower::service_fn(move |request: Request<Body>| {
            let answer = answers.iter().find(|(path, _)| *path == request.uri().path());
            let (code, body) = answer.map_or((503, "down"), |(_, body)| (200, *body));
            async move { Response::builder().status(code).body(Body::from(body.as_bytes().to_vec())) }
        });
        discover(&over(service, ConnectionInfo::default())).await.expect("the roots answer")
    }

    #[tokio::test]
    async fn an_older_server_is_asked_group_by_group_and_one_that_is_down_is_named() {
        let found = found(&[
            ("/api", r#"{"kind":"APIVersions","versions":["v1"]}"#),
            ("/api/v1", r#"{"resources":[{"name":"services","kind":"Service","verbs":["list"]}]}"#),
            (
                "/apis",
                r#"{"kind":"APIGroupList","groups":[
                    {"name":"apps","versions":[{"version":"v1"}]},{"name":"down.io","versions":[{"version":"v1"}]}]}"#,
            ),
            ("/apis/apps/v1", r#"{"resources":[{"name":"deployments","kind":"Deployment","verbs":["list"]}]}"#),
        ])
        .await;
        let names: Vec<_> = found.resources.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["service", "deployment.apps"]);
        assert_eq!(found.missing, ["down.io/v1"]);
    }

    #[tokio::test]
    async fn a_newer_server_says_it_at_once() {
        let found = found(&[
            ("/api", r#"{"kind":"APIGroupDiscoveryList","items":[]}"#),
            (
                "/apis",
                r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[
                    {"version":"v1","resources":[{"resource":"deployments","responseKind":{"kind":"Deployment"}}]}]}]}"#,
            ),
        ])
        .await;
        assert_eq!(found.resources.iter().map(ToString::to_string).collect::<Vec<_>>(), ["deployment.apps"]);
    }
}

/// Asks for the resource of an owner's kind, and for no other.
pub(super) async fn of_owner(connection: &Connection, owner: &OwnerReference) -> Result<Resource, Error> {
    let (group, version) = owner.group_version();
    let root = if group.is_empty() { "/api" } else { "/apis" };
    let found = resources(connection, root, group, version).await?;
    found.into_iter().find(|resource| resource.kind == owner.kind).ok_or_else(|| Error::Api {
        code: 404,
        reason: "NotFound".to_owned(),
        message: format!("the server does not know the kind {} of {}", owner.kind, owner.name),
    })
}
