//! What the ledger of debugging asks of a cluster: which one it is, who we are there, and whether a pod is there.

use futures::StreamExt as _;
use futures::stream;
use serde_json::json;

use super::api::Looked;
use super::connect::Connection;
use super::http::{get_json, send};
use crate::base::json::text;
use crate::model::kind::ObjectKey;
use crate::model::pod::PodRow;
use crate::model::row::{Decode as _, Interner};
use crate::model::write::Request;

/// Pods that are read at once.
const AT_ONCE: usize = 4;
/// The namespace that every cluster has, and whose UID no other cluster has.
const OLDEST: &str = "/api/v1/namespaces/kube-system";
/// Who we are, since Kubernetes 1.28; everybody may ask.
const WHO_AM_I: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/// Which cluster, and who we are there; as far as we may know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The UID of its `kube-system`.
    pub cluster: Option<String>,
    /// The user that it takes us for.
    pub user: Option<String>,
}

/// Asks which cluster it is and who we are.
pub async fn identity(connection: &Connection) -> Identity {
    let review = Request {
        method: "POST",
        path: WHO_AM_I.to_owned(),
        content_type: "application/json",
        body: json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}).to_string(),
    };
    let within = connection.request_timeout;
    let (oldest, (_warnings, review)) =
        tokio::join!(get_json(&connection.client, OLDEST, within), send(&connection.client, &review, within));
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Identity {
        cluster: oldest.ok().and_then(|namespace| given(text(&namespace, "/metadata/uid"))),
        user: review.ok().and_then(|review| given(text(&review, "/status/userInfo/username"))),
    }
}

/// Looks for pods, each by itself.
pub async fn look(connection: &Connection, keys: Vec<ObjectKey>) -> Vec<(ObjectKey, Looked)> {
    let look = async |key: ObjectKey| {
        let looked = match get_json(&connection.client, &key.path(), connection.request_timeout).await {
            Ok(pod) => match PodRow::from_json(&pod.to_string(), &mut Interner::default()) {
                Some(row) => Looked::Seen(Box::new(row)),
                None => Looked::Failed("what came is no pod".to_owned()),
            },
            Err(error) if error.is_not_found() => Looked::Missing,
            Err(error) => Looked::Failed(error.to_string()),
        };
        (key, looked)
    };
    stream::iter(keys).map(look).buffer_unordered(AT_ONCE).collect().await
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use http::{Request as HttpRequest, Response, StatusCode};
    use http_body_util::Full;
    use kube::client::Body;
    use serde_json::Value;

    use super::*;
    use crate::cluster::api::ConnectionInfo;
    use crate::cluster::connect::over;
    use crate::model::kind::Kind;

    fn cluster(may_know: bool) -> Connection {
        let answer = move |path: &str| -> (StatusCode, Value) {
            let refused = (StatusCode::FORBIDDEN, json!({"kind": "Status", "message": "no", "reason": "Forbidden"}));
            match path {
                OLDEST | WHO_AM_I if !may_know => refused,
                OLDEST => (StatusCode::OK, json!({"metadata": {"uid": "c-1"}})),
                WHO_AM_I => (StatusCode::CREATED, json!({"status": {"userInfo": {"username": "ann"}}})),
                "/api/v1/namespaces/shop/pods/a" => (StatusCode::OK, json!({"metadata": {"name": "a", "uid": "u"}})),
                "/api/v1/namespaces/shop/pods/b" => {
                    (StatusCode::NOT_FOUND, json!({"kind": "Status", "code": 404, "reason": "NotFound"}))
                }
                _ => refused,
            }
        };
        over(
            tower::service_fn(move |request: HttpRequest<Body>| {
                let (code, body) = answer(request.uri().path());
                let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
                *response.status_mut() = code;
                async move { Ok::<_, Infallible>(response) }
            }),
            ConnectionInfo::default(),
        )
    }

    #[tokio::test]
    async fn a_cluster_is_known_by_its_oldest_namespace() {
        let known = Identity { cluster: Some("c-1".to_owned()), user: Some("ann".to_owned()) };
        assert_eq!(identity(&cluster(true)).await, known);
        assert_eq!(identity(&cluster(false)).await, Identity::default(), "whoever may not know goes on");
    }

    #[tokio::test]
    async fn a_pod_that_may_not_be_read_is_not_missing() {
        let keys = ["a", "b", "c"].map(|name| ObjectKey::new(Kind::Pod, "shop", name));
        let mut looked = look(&cluster(true), keys.to_vec()).await;
        looked.sort_by(|(a, _), (b, _)| a.cmp(b));
        let looked: Vec<_> = looked.into_iter().map(|(_, looked)| looked).collect();
        assert!(matches!(&looked[0], Looked::Seen(pod) if &*pod.meta.uid == "u"), "{looked:?}");
        assert_eq!(looked[1], Looked::Missing);
        assert_eq!(looked[2], Looked::Failed("no".to_owned()));
    }
}
