//! Many logs, against a server of pods that the test lets come and go; the clock is tokio's, paused.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use ::http::{Request, Response};
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use http_body::Frame;
use http_body_util::StreamBody;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use super::*;
use crate::cluster::api::ConnectionInfo;
use crate::cluster::connect::over;
use crate::cluster::logs::data::{ContainerChoice, LogEnd, LogSelection};
use crate::model::kind::ObjectKey;
use crate::model::resource::{Names, Resource};

type Answer = BoxStream<'static, std::io::Result<Frame<Bytes>>>;

/// What the server has: a list of pods, later events, and the log of each pod.
#[derive(Clone, Default)]
struct Server {
    pods: Vec<Value>,
    /// Sent on the first watch, one a second.
    events: Vec<Value>,
    /// By pod: what is written, a line each; the log then stays open, or ends with a `.`.
    logs: Vec<(&'static str, &'static str)>,
    owner: Option<Value>,
    asked: Vec<String>,
}

fn pod(name: &str, labels: &Value, containers: &[&str]) -> Value {
    let specs: Vec<_> = containers.iter().map(|name| json!({"name": name})).collect();
    let status = |name: &&str| json!({"name": name, "state": {"running": {"startedAt": "2026-11-24T08:00:00Z"}}});
    let statuses: Vec<_> = containers.iter().map(status).collect();
    json!({
        "metadata": {"name": name, "namespace": "shop", "uid": format!("{name}-uid"), "labels": labels,
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-5d4", "controller": true}]},
        "spec": {"nodeName": "a", "containers": specs, "restartPolicy": "Never"},
        "status": {"phase": "Running", "containerStatuses": statuses},
    })
}

fn web(name: &str) -> Value {
    pod(name, &json!({"app": "web", "pod-template-hash": "5d4"}), &["app"])
}

impl Server {
    fn answer(&mut self, path: &str, query: &str) -> (u16, Answer) {
        let whole =
            |value: &Value| -> Answer { Box::pin(stream::iter([Ok(Frame::data(Bytes::from(value.to_string())))])) };
        self.asked.push(format!("{path}?{query}"));
        if path.ends_with("/log") {
            let name = path.rsplit('/').nth(1).unwrap_or_default();
            let text = self.logs.iter().find(|(pod, _)| *pod == name).map_or("", |(_, text)| text);
            let (text, stays) = text.strip_suffix('.').map_or((text, true), |text| (text, false));
            let first = stream::iter([Ok(Frame::data(Bytes::from(text.to_owned())))]);
            return (200, if stays { Box::pin(first.chain(stream::pending())) } else { Box::pin(first) });
        }
        if query.contains("watch=1") {
            let events = std::mem::take(&mut self.events);
            let line = |event: Value| async move {
                sleep(Duration::from_secs(1)).await;
                Ok(Frame::data(Bytes::from(format!("{event}\n"))))
            };
            return (200, Box::pin(stream::iter(events).then(line).chain(stream::pending())));
        }
        if path.ends_with("/pods") {
            return (
                200,
                whole(
                    &json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": self.pods}),
                ),
            );
        }
        if path.contains("/pods/") {
            let name = path.rsplit('/').next().unwrap_or_default();
            return match self.pods.iter().find(|pod| pod["metadata"]["name"] == name) {
                Some(pod) => {
                    let mut pod = pod.clone();
                    // Who asks after an end learns that it was one.
                    if self.logs.iter().any(|(pod, text)| *pod == name && text.ends_with('.')) {
                        pod["status"]["containerStatuses"][0]["state"] = json!({"terminated": {"exitCode": 0}});
                    }
                    (200, whole(&pod))
                }
                None => (404, whole(&json!({"kind": "Status", "code": 404, "message": "not found"}))),
            };
        }
        match &self.owner {
            Some(owner) => (200, whole(owner)),
            None => (404, whole(&json!({"kind": "Status", "code": 404, "message": "deployments \"web\" not found"}))),
        }
    }
}

/// What is told within so many seconds, and what was asked.
async fn told(server: Server, request: LogsRequest, seconds: u64) -> (Vec<LogsUpdate>, Vec<String>) {
    let server = Arc::new(Mutex::new(server));
    let shared = Arc::clone(&server);
    let service = tower::service_fn(move |request: Request<Body>| {
        let (path, query) = (request.uri().path().to_owned(), request.uri().query().unwrap_or_default().to_owned());
        let (code, body) = shared.lock().expect("nobody panicked").answer(&path, &query);
        async move { Ok::<_, Infallible>(Response::builder().status(code).body(StreamBody::new(body)).expect("fine")) }
    });
    let (_keep, connection) = watch::channel(over(service, ConnectionInfo::default()));
    let (queue, mut inbox) = unbounded_channel::<Parcel<LogsUpdate>>();
    let out = Outbox::new(queue, |update| update);
    let mut updates = Vec::new();
    let listen = async {
        while let Some(parcel) = inbox.recv().await {
            updates.push(parcel.message);
        }
    };
    let both = async {
        tokio::select! { biased; () = many(connection, request, &out) => {}, () = listen => {} }
    };
    let _over = timeout(Duration::from_secs(seconds), both).await;
    while let Ok(parcel) = inbox.try_recv() {
        updates.push(parcel.message);
    }
    let asked = server.lock().expect("nobody panicked").asked.clone();
    (updates, asked)
}

/// Comings, goings and lines, as text.
fn story(updates: &[LogsUpdate]) -> Vec<String> {
    let mut out = Vec::new();
    for update in updates {
        match update {
            LogsUpdate::Sources(changes) => out.extend(changes.iter().map(|change| match change {
                SourceChange::Added(source) => {
                    let new = if source.is_new { " new" } else { "" };
                    format!("+{} {}/{}{new}", source.id.0, source.pod, source.container)
                }
                SourceChange::Ended(id) => format!("-{}", id.0),
                SourceChange::Waiting(count) => format!("{count} wait"),
            })),
            LogsUpdate::Lines(lines) => {
                let late = |line: &SourcedLine| if line.late { " late" } else { "" };
                out.extend(lines.iter().map(|line| format!("{}: {}{}", line.source.0, line.line.text, late(line))));
            }
            LogsUpdate::Notice(_, LogUpdate::Opened) => {}
            LogsUpdate::Notice(id, LogUpdate::Ended(end)) => out.push(format!("{} ended {end:?}", id.0)),
            LogsUpdate::Notice(id, notice) => out.push(format!("{} {notice:?}", id.0)),
            LogsUpdate::Idle { pods } => out.push(format!("idle, {pods} pods")),
            LogsUpdate::Watching => out.push("watching".to_owned()),
            LogsUpdate::Outage(problem) | LogsUpdate::Trouble(problem) => out.push(problem.to_string()),
        }
    }
    out
}

fn labels(selector: &str) -> LogsRequest {
    LogsRequest::new(LogSelection::Labels { namespace: Some("shop".into()), selector: selector.into() }, Some(10))
}

#[tokio::test(start_paused = true)]
async fn lines_of_all_pods_come_in_the_order_of_time() {
    let server = Server {
        pods: vec![web("a"), web("b")],
        logs: vec![
            ("a", "2026-11-24T08:00:01Z one\n2026-11-24T08:00:03Z three\n"),
            ("b", "2026-11-24T08:00:02Z two\n2026-11-24T08:00:04Z four\n"),
        ],
        ..Server::default()
    };
    let (updates, asked) = told(server, labels("app=web"), 5).await;
    assert_eq!(story(&updates), ["+0 a/app", "+1 b/app", "0: one", "1: two", "0: three", "1: four"]);
    assert!(asked[0].contains("/namespaces/shop/pods?") && asked[0].contains("labelSelector=app%3Dweb"), "{asked:?}");
    assert!(asked.iter().any(|path| path.contains("/pods/a/log") && path.contains("tailLines=10")), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rollout_is_followed_from_old_to_new() {
    let new = web("new");
    let server = Server {
        pods: vec![web("old")],
        events: vec![json!({"type": "ADDED", "object": new}), json!({"type": "DELETED", "object": web("old")})],
        logs: vec![("old", "2026-11-24T08:00:01Z last words\n."), ("new", "2026-11-24T08:00:09Z hello\n")],
        owner: Some(json!({"spec": {"selector": {"matchLabels": {"app": "web"}}}})),
        ..Server::default()
    };
    let names = Names { kind: "Deployment".into(), plural: "deployments".into(), namespaced: true, ..Names::default() };
    let owner = ObjectKey::new(Resource::new(names), "shop", "web");
    let (updates, asked) = told(server, LogsRequest::new(LogSelection::Owner(owner), Some(10)), 20).await;
    let exited = "0 ended Exited(ContainerExit { code: 0, reason: \"\" })";
    let story = story(&updates);
    assert_eq!(story[..4], ["+0 old/app", "0: last words", exited, "-0"]);
    assert!(story.contains(&"+1 new/app new".to_owned()) && story.contains(&"1: hello".to_owned()), "{story:?}");
    let of_new = asked.iter().find(|path| path.contains("/pods/new/log")).expect("it is read");
    assert!(!of_new.contains("tailLines"), "from its first line: {of_new}");
}

#[tokio::test(start_paused = true)]
async fn those_for_whom_there_is_no_room_wait_and_are_counted() {
    let server = Server {
        pods: ["a", "b", "c"].map(web).into(),
        logs: vec![("a", "2026-11-24T08:00:01Z x\n."), ("b", ""), ("c", "")],
        ..Server::default()
    };
    let (updates, _) = told(server, LogsRequest { at_once: 2, ..labels("") }, 30).await;
    let story = story(&updates);
    assert_eq!(story[..3], ["+0 a/app", "+1 b/app", "1 wait"]);
    let (freed, next) = (story.iter().position(|text| text == "-0"), story.iter().position(|text| text == "+2 c/app"));
    assert!(freed.is_some() && next.is_some() && story.contains(&"0 wait".to_owned()), "{story:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_read_once_comes_to_an_end() {
    let server = Server {
        pods: vec![web("a"), pod("b", &json!({}), &["app", "side"])],
        logs: vec![("a", "2026-11-24T08:00:01Z x\n."), ("b", "2026-11-24T08:00:02Z y\n.")],
        ..Server::default()
    };
    let mut request = LogsRequest { once: true, ..labels("") };
    request.containers = ContainerChoice { include: "app".into(), ..ContainerChoice::default() };
    let (updates, asked) = told(server, request, 60).await;
    let ends = updates.iter().filter(|update| matches!(update, LogsUpdate::Notice(_, LogUpdate::Ended(LogEnd::Once))));
    assert_eq!(ends.count(), 2);
    assert_eq!(updates.last(), Some(&LogsUpdate::Idle { pods: 2 }));
    assert!(!asked.iter().any(|path| path.contains("follow") || path.contains("container=side")), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn l10_a_selector_that_matches_nothing_is_said() {
    let (updates, _) = told(Server::default(), labels("app=none"), 10).await;
    assert_eq!(updates, [LogsUpdate::Idle { pods: 0 }]);
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_does_not_exist_is_refused_in_the_servers_words() {
    let owner =
        ObjectKey::new(Resource::new(Names { plural: "deployments".into(), ..Names::default() }), "shop", "web");
    let (updates, _) = told(Server::default(), LogsRequest::new(LogSelection::Owner(owner), None), 10).await;
    let [LogsUpdate::Trouble(problem)] = &updates[..] else { panic!("{updates:?}") };
    assert!(problem.said.contains("deployments \"web\" not found"), "{problem}");
}
