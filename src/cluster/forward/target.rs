//! Which pod a forward goes to: the one that was named, or the best of those that a workload or Service selects.
//!
//! The best is kubectl's (`polymorphichelpers`, `podutils.ActivePods` turned round): ready, for the longest time, with
//! the fewest restarts, the oldest. Unlike kubectl, which ends with its pod, another one is chosen when it is gone.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::ports;
use crate::base::json::{list, text};
use crate::base::percent;
use crate::cluster::connect::Connection;
use crate::cluster::error::Error;
use crate::cluster::http::get_json;
use crate::model::forward::{PortSpec, RemotePort};
use crate::model::kind::{Kind, ObjectKey};
use crate::model::links::controller;
use crate::model::resource::Resource;
use crate::model::selector::as_query_of_either;

/// For how long a pod that was seen alive is taken for alive.
const FRESH: Duration = Duration::from_millis(500);

/// What is forwarded to.
pub(super) struct Target {
    key: ObjectKey,
    /// The selector of its pods; a pod that nobody would replace under another name has none.
    selector: Option<String>,
    service: Option<Value>,
    chosen: Option<Chosen>,
    seen: Option<Instant>,
}

/// The pod that is meant now.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// Its name.
    pub(super) name: String,
    uid: String,
    object: Arc<Value>,
}

/// Why there is no pod.
#[derive(Debug)]
pub(super) enum Lack {
    /// None runs; one may come.
    NoPod(String),
    /// They could not be read.
    Failed(Error),
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPod(said) => f.write_str(said),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl Target {
    /// Reads the object that was named, and what it selects.
    pub(super) async fn find(connection: &Connection, key: &ObjectKey) -> Result<Self, Error> {
        let object = get_json(&connection.client, &key.path(), connection.request_timeout).await?;
        let mut target = Self { key: key.clone(), selector: None, service: None, chosen: None, seen: None };
        if key.is(Kind::Pod) {
            // What may not be read only means that no other pod can be chosen later.
            target.selector = selector_of_owner(connection, &object).await;
            return Ok(target);
        }
        target.selector = selector(&object);
        if target.selector.is_none() {
            return Err(not_forwardable(key));
        }
        target.service = (*key.resource.plural == *"services").then_some(object);
        Ok(target)
    }

    /// The port of a pod that a person means.
    pub(super) fn port(&self, wanted: &RemotePort, pod: &Chosen) -> Result<u16, String> {
        ports::remote(wanted, self.service.as_ref(), &pod.object)
    }

    /// The port to listen on.
    pub(super) fn local_port(&self, port: &PortSpec, pod: &Chosen) -> Result<u16, String> {
        port.local.map_or_else(|| ports::same(&port.remote, self.service.as_ref(), &pod.object), Ok)
    }

    /// The pod that is meant now: the one before, as long as it runs.
    pub(super) async fn pod(&mut self, connection: &Connection) -> Result<Chosen, Lack> {
        if let (Some(chosen), Some(seen)) = (&self.chosen, self.seen)
            && seen.elapsed() < FRESH
        {
            return Ok(chosen.clone());
        }
        self.seen = None;
        let found = self.choose(connection).await?;
        self.seen = Some(Instant::now());
        self.chosen = Some(found.clone());
        Ok(found)
    }

    async fn choose(&self, connection: &Connection) -> Result<Chosen, Lack> {
        let first = match (&self.chosen, self.key.is(Kind::Pod)) {
            (Some(before), _) => Some((&*before.name, Some(&before.uid))),
            (None, true) => Some((&*self.key.name, None)),
            (None, false) => None,
        };
        let mut why = format!("no pod of {} is running", self.key);
        if let Some((name, uid)) = first {
            match self.read(connection, name).await? {
                // Under the name of a pod that a controller replaces, another may come back: that one will do.
                Some(pod)
                    if is_usable(&pod)
                        && (self.selector.is_none() || uid.is_none_or(|uid| *uid == text(&pod, "/metadata/uid"))) =>
                {
                    return Ok(chosen(pod));
                }
                Some(pod) => {
                    why = format!("pod {name} is {}", state(&pod));
                    // Whoever names a pod that is coming up means that one and none of its siblings.
                    if self.chosen.is_none() && text(&pod, "/status/phase") == "Pending" {
                        return Err(Lack::NoPod(why));
                    }
                }
                None => why = format!("pod {name} is gone"),
            }
        }
        let pods = self.selected(connection).await?;
        pods.into_iter().filter(is_usable).min_by_key(rank).map(chosen).ok_or(Lack::NoPod(why))
    }

    async fn read(&self, connection: &Connection, name: &str) -> Result<Option<Value>, Lack> {
        let path = ObjectKey::new(Kind::Pod, &self.key.namespace, name).path();
        match get_json(&connection.client, &path, connection.request_timeout).await {
            Ok(pod) => Ok(Some(pod)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Lack::Failed(error)),
        }
    }

    async fn selected(&self, connection: &Connection) -> Result<Vec<Value>, Lack> {
        let Some(selector) = &self.selector else { return Ok(Vec::new()) };
        let path = format!(
            "{}?labelSelector={}&fieldSelector=status.phase%3DRunning",
            Resource::from(Kind::Pod).list_path(Some(&self.key.namespace)),
            percent::encode(selector, percent::UNRESERVED)
        );
        let list = get_json(&connection.client, &path, connection.request_timeout).await.map_err(Lack::Failed)?;
        match list {
            Value::Object(mut list) => match list.remove("items") {
                Some(Value::Array(pods)) => Ok(pods),
                _ => Ok(Vec::new()),
            },
            _ => Ok(Vec::new()),
        }
    }
}

fn not_forwardable(key: &ObjectKey) -> Error {
    Error::Api { code: 0, reason: String::new(), message: format!("{key} selects no pods") }
}

fn chosen(pod: Value) -> Chosen {
    let field = |pointer: &str| text(&pod, pointer).to_owned();
    Chosen { name: field("/metadata/name"), uid: field("/metadata/uid"), object: Arc::new(pod) }
}

/// Whether connections can go to it: one that is being deleted takes no new ones.
fn is_usable(pod: &Value) -> bool {
    text(pod, "/status/phase") == "Running" && text(pod, "/metadata/deletionTimestamp").is_empty()
}

fn state(pod: &Value) -> &str {
    if text(pod, "/metadata/deletionTimestamp").is_empty() { text(pod, "/status/phase") } else { "being deleted" }
}

/// The smallest is the best. Time stamps of the API sort as text.
fn rank(pod: &Value) -> impl Ord + use<> {
    let ready =
        list(pod, "/status/conditions").iter().find(|found| found["type"] == "Ready" && found["status"] == "True");
    let since = ready.map(|ready| text(ready, "/lastTransitionTime").to_owned());
    let restarts =
        list(pod, "/status/containerStatuses").iter().filter_map(|status| status["restartCount"].as_u64()).max();
    let created = text(pod, "/metadata/creationTimestamp").to_owned();
    (Reverse(ready.is_some()), since, restarts, created, text(pod, "/metadata/name").to_owned())
}

/// The selector of an object's pods as a query has it: a Service's map, or a workload's `LabelSelector`.
fn selector(object: &Value) -> Option<String> {
    as_query_of_either(object.pointer("/spec/selector")?).filter(|query| !query.is_empty())
}

/// What chooses the next pod when this one is gone: the selector of the controller that makes them under ever new names.
async fn selector_of_owner(connection: &Connection, pod: &Value) -> Option<String> {
    let namespace = text(pod, "/metadata/namespace");
    let owner = read_controller(connection, namespace, pod).await?;
    // A rollout puts another ReplicaSet in the place of this one; their Deployment stays.
    let above = read_controller(connection, namespace, &owner).await;
    selector(above.as_ref().unwrap_or(&owner))
}

async fn read_controller(connection: &Connection, namespace: &str, object: &Value) -> Option<Value> {
    let owner = controller(object)?;
    let place = match (text(owner, "/apiVersion"), text(owner, "/kind")) {
        ("apps/v1", "ReplicaSet") => "/apis/apps/v1/namespaces/NS/replicasets",
        ("apps/v1", "Deployment") => "/apis/apps/v1/namespaces/NS/deployments",
        ("apps/v1", "DaemonSet") => "/apis/apps/v1/namespaces/NS/daemonsets",
        ("batch/v1", "Job") => "/apis/batch/v1/namespaces/NS/jobs",
        ("v1", "ReplicationController") => "/api/v1/namespaces/NS/replicationcontrollers",
        // A StatefulSet brings its pods back under their names.
        _ => return None,
    };
    let escape = |text: &str| percent::encode(text, percent::UNRESERVED);
    let path = format!("{}/{}", place.replace("NS", &escape(namespace)), escape(text(owner, "/name")));
    get_json(&connection.client, &path, connection.request_timeout).await.ok()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Mutex;

    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use kube::client::Body;
    use serde_json::json;

    use super::*;
    use crate::cluster::api::ConnectionInfo;
    use crate::cluster::connect::over;

    #[test]
    fn what_selects_nothing_or_cannot_be_read_has_no_pods() {
        let cases = [
            (json!({"app": "web", "tier": "front"}), Some("app=web,tier=front")),
            (json!({"matchLabels": {"app": "web"}}), Some("app=web")),
            (json!({"matchExpressions": [{"key": "a", "operator": "Newer"}]}), None),
            (json!({}), None),
            (json!("app"), None),
        ];
        for (given, expected) in cases {
            assert_eq!(selector(&json!({"spec": {"selector": given}})).as_deref(), expected, "{given}");
        }
    }

    fn pod(name: &str, ready: &str, restarts: u64, created: &str) -> Value {
        let condition = json!({"type": "Ready", "status": if ready.is_empty() { "False" } else { "True" }, "lastTransitionTime": ready});
        json!({"metadata": {"name": name, "creationTimestamp": created},
            "status": {"phase": "Running", "conditions": [condition], "containerStatuses": [{"restartCount": restarts}]}})
    }

    #[test]
    fn the_best_pod_is_kubectls() {
        let mut pods = [
            pod("unready", "", 0, "2026-01-01T00:00:00Z"),
            pod("young", "2026-01-01T00:03:00Z", 0, "2026-01-01T00:00:00Z"),
            pod("restarted", "2026-01-01T00:02:00Z", 1, "2026-01-01T00:00:00Z"),
            pod("newer", "2026-01-01T00:02:00Z", 0, "2026-01-01T00:01:00Z"),
            pod("best", "2026-01-01T00:02:00Z", 0, "2026-01-01T00:00:30Z"),
        ];
        pods.sort_by_key(rank);
        let names: Vec<_> = pods.iter().map(|pod| text(pod, "/metadata/name")).collect();
        assert_eq!(names, ["best", "newer", "restarted", "young", "unready"]);
    }

    #[test]
    fn a_pod_that_is_going_gets_no_new_connections() {
        let mut going = pod("a", "2026-01-01T00:00:00Z", 0, "2026-01-01T00:00:00Z");
        assert!(is_usable(&going));
        going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:05:00Z");
        assert!(!is_usable(&going));
        assert_eq!(state(&going), "being deleted");
        assert!(!is_usable(&json!({"status": {"phase": "Pending"}})));
    }

    /// A cluster in which `pods` exist, all made by the Deployment `web`.
    fn cluster(pods: Arc<Mutex<Vec<Value>>>) -> Connection {
        let service = tower::service_fn(move |request: Request<Body>| {
            let path = request.uri().path().to_owned();
            let pods = pods.lock().expect("nobody panicked").clone();
            let named = |pod: &&Value| path.ends_with(&format!("/pods/{}", text(pod, "/metadata/name")));
            let workload = |kind: &str| {
                json!({"metadata": {"namespace": "shop", "name": "web", "ownerReferences":
                if kind == "ReplicaSet" { json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "controller": true}]) } else { json!([]) }},
                "spec": {"selector": {"matchLabels": {"app": "web"}}}})
            };
            let answer = match path.as_str() {
                path if path.ends_with("/pods") => Some(json!({"items": pods})),
                path if path.contains("/replicasets/") => Some(workload("ReplicaSet")),
                path if path.contains("/deployments/") => Some(workload("Deployment")),
                _ => pods.iter().find(named).cloned(),
            };
            let code = if answer.is_some() { 200 } else { 404 };
            let body = answer.unwrap_or_else(|| json!({"kind": "Status", "message": "not found", "code": 404}));
            async move {
                Ok::<_, Infallible>(
                    Response::builder()
                        .status(code)
                        .body(Full::new(Bytes::from(body.to_string())))
                        .expect("a response"),
                )
            }
        });
        over(service, ConnectionInfo::default())
    }

    fn of_web(name: &str, phase: &str) -> Value {
        let mut pod = pod(name, "2026-01-01T00:00:00Z", 0, "2026-01-01T00:00:00Z");
        pod["metadata"]["namespace"] = json!("shop");
        pod["metadata"]["uid"] = json!(format!("uid of {name}"));
        pod["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "controller": true}]);
        pod["status"]["phase"] = json!(phase);
        pod
    }

    #[tokio::test(start_paused = true)]
    async fn another_pod_is_chosen_when_the_named_one_is_gone_and_not_before() {
        let pods = Arc::new(Mutex::new(vec![of_web("web-a", "Pending"), of_web("web-b", "Running")]));
        let set = |new: Vec<Value>| *pods.lock().expect("nobody panicked") = new;
        let connection = cluster(Arc::clone(&pods));
        let key = ObjectKey::new(Kind::Pod, "shop", "web-a");
        let mut target = Target::find(&connection, &key).await.expect("it exists");
        let waiting = target.pod(&connection).await.expect_err("it is coming up");
        assert_eq!(waiting.to_string(), "pod web-a is Pending");
        set(vec![of_web("web-a", "Running"), of_web("web-b", "Running")]);
        assert_eq!(target.pod(&connection).await.expect("it runs").name, "web-a");
        set(vec![of_web("web-b", "Running"), of_web("web-c", "Pending")]);
        assert_eq!(target.pod(&connection).await.expect("it was just seen").name, "web-a");
        tokio::time::advance(FRESH).await;
        assert_eq!(target.pod(&connection).await.expect("another").name, "web-b");
        set(vec![]);
        tokio::time::advance(FRESH).await;
        assert_eq!(target.pod(&connection).await.expect_err("none").to_string(), "pod web-b is gone");
        let key = ObjectKey::new(Kind::Pod, "shop", "web-z");
        assert!(Target::find(&connection, &key).await.is_err_and(|error| error.is_not_found()));
    }
}
