//! Whole writes, against a server that says what the test wrote down; the clock is tokio's, paused.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use ::http::{Request as HttpRequest, Response};
use bytes::Bytes;
use http_body_util::Full;
use kube::client::Body;
use serde_json::json;
use tokio::sync::mpsc;

use super::*;
use crate::cluster::access::review;
use crate::cluster::api::ConnectionInfo;
use crate::cluster::connect::over;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::resource::Resource;
use crate::model::resource::tests::deployments;
use crate::model::write::{Access, Drain, Grace, Need};

/// An answer: code, warning headers, body.
type Answer = (u16, &'static [&'static str], Value);

fn ok(body: Value) -> Answer {
    (200, &[], body)
}

fn refused(code: u16, message: &str) -> Answer {
    (code, &[], json!({"kind": "Status", "message": message, "reason": "No", "code": code}))
}

/// A server that answers by method and path, and by how often that was asked; and what it was asked.
fn server(
    answer: impl Fn(&str, &str, usize) -> Answer + Send + Sync + 'static,
) -> (Connection, Arc<Mutex<Vec<String>>>) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
    let service = tower::service_fn(move |request: HttpRequest<Body>| {
        let path = request.uri().path().to_owned();
        let line = format!("{} {path}", request.method());
        let mut log = log.lock().expect("one at a time");
        let before = log.iter().filter(|known| **known == line).count();
        log.push(line);
        let (code, warnings, body) = answer(request.method().as_str(), &path, before);
        let mut response = Response::builder().status(code).header("content-type", "application/json");
        for warning in warnings {
            response = response.header("warning", *warning);
        }
        let response = response.body(Full::new(Bytes::from(body.to_string()))).expect("an answer");
        async move { Ok::<_, Infallible>(response) }
    });
    (over(service, ConnectionInfo::default()), asked)
}

async fn updates(connection: &Connection, write: Write) -> Vec<WriteUpdate> {
    let (queue, mut inbox) = mpsc::unbounded_channel();
    let work = async move {
        let out = Outbox::new(queue, |update: WriteUpdate| update);
        perform(connection, write, Stamp::parse("2026-11-24T07:34:06Z"), &out).await;
    };
    let mut updates = Vec::new();
    let take = async {
        while let Some(parcel) = inbox.recv().await {
            updates.push(parcel.message.clone());
        }
    };
    tokio::join!(work, take);
    updates
}

fn write(resource: impl Into<Resource>, operation: Operation) -> Write {
    let resource = resource.into();
    let (namespace, name) = if resource.namespaced { ("shop", "web") } else { ("", "node-a") };
    Write { target: ObjectKey::new(resource, namespace, name), uid: "u1".to_owned(), operation }
}

const SCALE: &str = "/apis/apps/v1/namespaces/shop/deployments/web/scale";

#[tokio::test(start_paused = true)]
async fn w02_a_scale_that_others_change_meanwhile_is_tried_again() {
    let (connection, asked) = server(|method, path, before| match (method, path) {
        ("PUT", SCALE) if before < 3 => refused(409, "the object has been modified"),
        (_, SCALE) => ok(json!({"kind": "Scale", "metadata": {"uid": "u1"}, "spec": {"replicas": 2}})),
        _ => ok(json!({"kind": "Deployment", "metadata": {"uid": "u1"}})),
    });
    let began = Instant::now();
    let scale = write(deployments(), Operation::Scale { replicas: 3, expected: Some(2) });
    let done = WriteUpdate::Done { said: "deployment.apps/web scaled".into(), object: None };
    assert_eq!(updates(&connection, scale).await, [done]);
    assert_eq!(began.elapsed(), 3 * SCALE_EVERY);
    let puts = asked.lock().expect("done").iter().filter(|line| line.starts_with("PUT")).count();
    assert_eq!(puts, 4);
}

#[tokio::test(start_paused = true)]
async fn w02_a_scale_is_not_tried_for_ever() {
    let (connection, _) = server(|method, path, _| match (method, path) {
        ("PUT", SCALE) => refused(409, "the object has been modified"),
        (_, SCALE) => ok(json!({"metadata": {"uid": "u1"}, "spec": {"replicas": 2}})),
        _ => ok(json!({"metadata": {"uid": "u1"}})),
    });
    let began = Instant::now();
    let scale = write(deployments(), Operation::Scale { replicas: 3, expected: Some(2) });
    let told = updates(&connection, scale).await;
    assert!(matches!(told.as_slice(), [WriteUpdate::Failed(problem)] if problem.said.contains("modified")), "{told:?}");
    assert!(began.elapsed() < SCALE_FOR);
}

#[tokio::test(start_paused = true)]
async fn a_warning_is_said_once_and_before_the_end() {
    let (connection, _) = server(|_, _, _| {
        (200, &["299 - \"old\", 299 - \"old\"", "299 - \"odd\""], json!({"kind": "Pod", "metadata": {"uid": "u1"}}))
    });
    let told = updates(&connection, write(Kind::Pod, Operation::Delete(Grace::Own))).await;
    let warning = |text: &str| WriteUpdate::Warning(text.to_owned());
    assert_eq!(told[..2], [warning("old"), warning("odd")]);
    assert!(matches!(&told[2..], [WriteUpdate::Done { object: Some(_), .. }]), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_of_another_pod_is_refused_in_plain_words() {
    let (connection, _) =
        server(|_, _, _| refused(409, "the UID in the precondition (u1) does not match the UID in record"));
    let told = updates(&connection, write(Kind::Pod, Operation::Delete(Grace::Force))).await;
    assert!(matches!(&told[0], WriteUpdate::Warning(text) if text.starts_with("Immediate deletion")), "{told:?}");
    let WriteUpdate::Failed(problem) = &told[1] else { panic!("{told:?}") };
    let said = "could not delete pod/web by force: pod/web was replaced by another of the same name. Look at the one \
                that is there now";
    assert_eq!(problem.to_string(), said);
}

#[test]
fn what_may_have_been_done_says_so() {
    let next = |error: &Error, sent| problem(&write(deployments(), Operation::Restart), error, sent).next;
    let unsure = "It may have been done all the same: look before you try again";
    let busy = Error::Api { code: 503, reason: String::new(), message: "overloaded".to_owned() };
    let cut = Error::Transport("connection reset by peer".to_owned());
    let late = Error::TimedOut(Duration::from_secs(30));
    let shut = Error::Transport("tcp connect error: Connection refused (os error 111)".to_owned());
    assert_eq!(next(&busy, true), "Try again in a while");
    assert_eq!((next(&cut, true), next(&late, true)), (unsure.to_owned(), unsure.to_owned()));
    assert!(![next(&late, false), next(&shut, true)].contains(&unsure.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_eviction_is_asked_for_again_until_its_budget_allows_it() {
    const EVICTION: &str = "/api/v1/namespaces/shop/pods/web-0/eviction";
    let (connection, asked) = server(|method, path, before| {
        let owner = json!([{"kind": "ReplicaSet", "name": "web", "controller": true}]);
        let pod = json!({"metadata": {"name": "web-0", "namespace": "shop", "uid": "p", "ownerReferences": owner}});
        match (method, path) {
            ("POST", EVICTION) if before < 2 => refused(429, "Cannot evict pod."),
            ("POST", EVICTION) => ok(json!({"kind": "Status"})),
            // It is gone when it was evicted: after two refusals, five seconds each.
            (_, "/api/v1/pods") if before > 11 => ok(json!({"items": []})),
            (_, "/api/v1/pods") => ok(json!({"items": [pod]})),
            _ => ok(json!({"kind": "Node", "metadata": {"uid": "u1"}, "spec": {}})),
        }
    });
    let began = Instant::now();
    let told = updates(&connection, write(Kind::Node, Operation::Drain(Drain::default()))).await;
    let progress: Vec<&str> = told
        .iter()
        .filter_map(|update| if let WriteUpdate::Progress(text) = update { Some(text.as_str()) } else { None })
        .collect();
    let waiting = "0 of 1 pods gone, waiting for shop/web-0";
    let held = "0 of 1 pods gone, waiting for shop/web-0: Cannot evict pod.";
    assert_eq!(progress, ["node/node-a cordoned", waiting, held, waiting]);
    assert!(matches!(told.last(), Some(WriteUpdate::Done { said, .. }) if said == "node/node-a drained"), "{told:?}");
    assert!(began.elapsed() >= Duration::from_secs(10));
    let asked = asked.lock().expect("done");
    assert_eq!(asked.iter().filter(|line| line.starts_with("POST")).count(), 3);
    assert_eq!(asked.iter().filter(|line| line.starts_with("PATCH")).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_say_is_allowed() {
    let answers = [
        ok(json!({"status": {"allowed": true}})),
        ok(json!({"status": {"allowed": false, "reason": "not you"}})),
        ok(json!({"status": {"allowed": false, "evaluationError": "webhook down"}})),
        refused(404, "no such API"),
    ];
    let count = answers.len();
    let (connection, _) = server(move |_, _, before| answers[before].clone());
    let needs = vec![Need::log("shop"); count];
    let said: Vec<Access> = review(&connection, needs).await.into_iter().map(|(_, access)| access).collect();
    assert_eq!(said, [Access::Allowed, Access::Denied("not you".into()), Access::Allowed, Access::Allowed]);
}

/// A copy of `pod/web` that replaces it.
fn debugging() -> Write {
    let request = |method, path: &str| Request {
        method,
        path: path.to_owned(),
        content_type: "application/json",
        body: "{}".to_owned(),
    };
    let debug = Debug {
        how: "in copy cp".to_owned(),
        said: "pod/cp created".to_owned(),
        requests: vec![request("POST", "/api/v1/namespaces/shop/pods"), request("DELETE", POD)],
        needs: Vec::new(),
        kubectl: crate::model::kubectl::Kubectl::new(["debug"]),
    };
    let target = ObjectKey::new(Kind::Pod, "shop", "web");
    Write { target, uid: "u1".to_owned(), operation: Operation::Debug(Box::new(debug)) }
}

const POD: &str = "/api/v1/namespaces/shop/pods/web";

#[tokio::test(start_paused = true)]
async fn d23_debugging_sends_one_request_after_the_other_for_the_pod_that_was_seen() {
    let answer = |method: &str, _: &str, _| match method {
        "GET" => ok(json!({"kind": "Pod", "metadata": {"uid": "u1"}})),
        "POST" => ok(json!({"kind": "Pod", "metadata": {"name": "cp"}})),
        _ => ok(json!({"kind": "Status"})),
    };
    let (connection, asked) = server(answer);
    let said = updates(&connection, debugging()).await;
    let object = Some(json!({"kind": "Pod", "metadata": {"name": "cp"}}));
    assert_eq!(said, [WriteUpdate::Done { said: "pod/cp created".to_owned(), object }]);
    let wanted = [format!("GET {POD}"), "POST /api/v1/namespaces/shop/pods".to_owned(), format!("DELETE {POD}")];
    assert_eq!(*asked.lock().expect("one at a time"), wanted);

    let other = Write { uid: "u2".to_owned(), ..debugging() };
    let said = updates(&connection, other).await;
    assert!(
        matches!(said.as_slice(), [WriteUpdate::Failed(problem)] if problem.said.contains("was replaced")),
        "{said:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_was_made_is_spoken_of_when_the_original_cannot_be_deleted() {
    let answer = |method: &str, _: &str, _| match method {
        "GET" => ok(json!({"kind": "Pod", "metadata": {"uid": "u1"}})),
        "POST" => ok(json!({"kind": "Pod", "metadata": {"name": "cp"}})),
        _ => refused(403, "no deletions"),
    };
    let said = updates(&server(answer).0, debugging()).await;
    let [WriteUpdate::Failed(problem)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(problem.said, "pod/cp was made, but: no deletions");
}

#[tokio::test(start_paused = true)]
async fn d12_a_server_that_does_not_know_ephemeral_containers() {
    let answer = |method: &str, _: &str, _| match method {
        "GET" => ok(json!({"kind": "Pod", "metadata": {"uid": "u1"}})),
        _ => refused(404, "the server could not find the requested resource"),
    };
    let said = updates(&server(answer).0, debugging()).await;
    let [WriteUpdate::Failed(problem)] = said.as_slice() else { panic!("{said:?}") };
    assert!(problem.said.starts_with("ephemeral containers are disabled for this cluster"), "{}", problem.said);
}
