//! The demo cluster as a real client sees it, in memory and with the clock paused.

use std::time::Duration;

use futures::{AsyncBufReadExt, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Event, Pod};
use kube::api::{Api, DeleteParams, ListParams, LogParams, PostParams, WatchEvent, WatchParams};
use kube::{Client, ResourceExt};

use super::*;

fn start(scenario: &str) -> DemoCluster {
    let options = DemoOptions { seed: 1, scenario: Some(scenario.to_owned()), now: Stamp::from_seconds(1_800_000_000) };
    DemoCluster::start(&options).expect("a known scenario")
}

fn client(cluster: &DemoCluster) -> Client {
    let base: ::http::Uri = "http://demo".parse().expect("a URI");
    let hyper =
        hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build(cluster.connector());
    let service = tower::ServiceBuilder::new()
        .map_request(move |mut request: ::http::Request<kube::client::Body>| {
            let path = request.uri().path_and_query().map_or("/", ::http::uri::PathAndQuery::as_str);
            *request.uri_mut() = format!("{}{path}", base.to_string().trim_end_matches('/')).parse().expect("a URI");
            request
        })
        .service(hyper);
    Client::new(service, "shop")
}

#[tokio::test(start_paused = true)]
async fn pages_are_one_consistent_list() {
    let cluster = start("healthy");
    let pods: Api<Pod> = Api::all(client(&cluster));
    let whole = pods.list(&ListParams::default()).await.expect("a list");
    let mut paged = Vec::new();
    let mut params = ListParams::default().limit(4);
    loop {
        let page = pods.list(&params).await.expect("a page");
        paged.extend(page.items.iter().map(ResourceExt::name_any));
        // What happens between the pages must not show.
        if paged.len() == 4 {
            assert_eq!(page.metadata.remaining_item_count, Some(whole.items.len() as i64 - 4));
            Api::<Pod>::namespaced(client(&cluster), "shop")
                .delete(
                    &whole
                        .items
                        .iter()
                        .rfind(|pod| pod.namespace().as_deref() == Some("shop"))
                        .expect("one")
                        .name_any(),
                    &DeleteParams::default(),
                )
                .await
                .expect("deleted");
        }
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => break,
        }
    }
    let names: Vec<String> = whole.items.iter().map(ResourceExt::name_any).collect();
    assert_eq!(paged, names);
}

#[tokio::test(start_paused = true)]
async fn a_watch_shows_a_deletion_and_the_replacement() {
    let cluster = start("healthy");
    let pods: Api<Pod> = Api::namespaced(client(&cluster), "shop");
    let list = pods.list(&ListParams::default().labels("app=cart")).await.expect("a list");
    let version = list.metadata.resource_version.clone().expect("a version");
    let victim = list.items.first().expect("one").name_any();
    let mut events = pods.watch(&WatchParams::default().labels("app=cart"), &version).await.expect("a watch").boxed();
    pods.delete(&victim, &DeleteParams::default()).await.expect("deleted");
    let (mut gone, mut added) = (false, false);
    while !(gone && added) {
        match events.try_next().await.expect("no error").expect("goes on") {
            WatchEvent::Added(pod) => added |= pod.name_any() != victim,
            WatchEvent::Deleted(pod) => gone |= pod.name_any() == victim,
            _ => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_streaming_list_ends_with_its_bookmark() {
    let cluster = start("healthy");
    let pods: Api<Pod> = Api::all(client(&cluster));
    let params = WatchParams { send_initial_events: true, ..WatchParams::default() };
    let mut events = pods.watch(&params, "0").await.expect("a watch").boxed();
    let mut count = 0;
    loop {
        match events.try_next().await.expect("no error").expect("goes on") {
            WatchEvent::Added(_) => count += 1,
            WatchEvent::Bookmark(mark) => {
                assert_eq!(
                    mark.metadata.annotations.get("k8s.io/initial-events-end").map(String::as_str),
                    Some("true")
                );
                break;
            }
            other => panic!("{other:?} before the end of the list"),
        }
    }
    assert!(count > 15, "{count}");
    cluster.fault(Fault::NoStreamingLists(true));
    let refused = pods.watch(&params, "0").await.map(|_| ()).expect_err("refused");
    assert!(matches!(refused, kube::Error::Api(status) if status.code == 422));
}

#[tokio::test(start_paused = true)]
async fn an_old_version_is_gone_and_quiet_watches_get_bookmarks() {
    let cluster = start("empty");
    let maps: Api<ConfigMap> = Api::namespaced(client(&cluster), "shop");
    let old = maps.list(&ListParams::default()).await.expect("a list").metadata.resource_version.expect("a version");
    let mut events = maps.watch(&WatchParams::default().timeout(290), &old).await.expect("a watch").boxed();
    let event = events.try_next().await.expect("no error").expect("a bookmark comes by itself");
    assert!(matches!(event, WatchEvent::Bookmark(_)), "{event:?}");
    cluster.fault(Fault::Gone);
    let mut events = maps.watch(&WatchParams::default(), &old).await.expect("a watch").boxed();
    let event = events.try_next().await.expect("no error").expect("an error event");
    assert!(matches!(event, WatchEvent::Error(status) if status.code == 410));
}

#[tokio::test(start_paused = true)]
async fn a_log_is_followed_and_the_previous_one_tells_why() {
    let cluster = start("crash");
    let pods: Api<Pod> = Api::namespaced(client(&cluster), "shop");
    let order = pods.list(&ListParams::default().labels("app=web")).await.expect("a list").items.remove(0);
    let params = LogParams { follow: true, tail_lines: Some(2), timestamps: true, ..LogParams::default() };
    let lines = pods.log_stream(&order.name_any(), &params).await.expect("a stream").lines();
    let lines: Vec<String> = lines.take(10).try_collect().await.expect("lines");
    assert!(lines.is_sorted(), "{lines:?}");
    let payments: Api<Pod> = Api::namespaced(client(&cluster), "payments");
    let fraud = payments.list(&ListParams::default().labels("app=fraud-check")).await.expect("a list").items.remove(0);
    let log =
        payments.logs(&fraud.name_any(), &LogParams { previous: true, ..LogParams::default() }).await.expect("a log");
    assert!(log.trim_end().ends_with("fatal: cannot start without rules, giving up after 3 attempts"), "{log}");
}

#[tokio::test(start_paused = true)]
async fn faults_are_what_a_client_meets() {
    let cluster = start("empty");
    let maps: Api<ConfigMap> = Api::namespaced(client(&cluster), "shop");
    cluster.fault(Fault::Unauthorized(true));
    assert!(matches!(maps.list(&ListParams::default()).await, Err(kube::Error::Api(status)) if status.code == 401));
    cluster.fault(Fault::Unauthorized(false));
    let before = cluster.now();
    cluster.fault(Fault::Stall(Duration::from_secs(30)));
    maps.list(&ListParams::default()).await.expect("answered in the end");
    assert!(cluster.now().micros_since(before) >= Some(30_000_000));
    let mut events = maps.watch(&WatchParams::default(), "0").await.expect("a watch").boxed();
    events.try_next().await.expect("no error").expect("the first object");
    cluster.fault(Fault::CutWatches);
    while let Ok(Some(event)) = events.try_next().await {
        assert!(matches!(event, WatchEvent::Added(_) | WatchEvent::Bookmark(_)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_created_pod_runs_and_tells_of_it() {
    let cluster = start("healthy");
    let pods: Api<Pod> = Api::namespaced(client(&cluster), "default");
    let pod = serde_json::from_value(serde_json::json!({"metadata": {"name": "mine"},
        "spec": {"containers": [{"name": "sh", "image": "busybox:1.36", "command": ["sleep", "600"]}]}}))
    .expect("a pod");
    pods.create(&PostParams::default(), &pod).await.expect("created");
    tokio::time::sleep(Duration::from_secs(10)).await;
    let pod = pods.get("mine").await.expect("there");
    assert_eq!(pod.status.and_then(|status| status.phase).as_deref(), Some("Running"));
    let events: Api<Event> = Api::namespaced(client(&cluster), "default");
    let about = events.list(&ListParams::default().fields("involvedObject.name=mine")).await.expect("events");
    let reasons: Vec<String> = about.items.into_iter().filter_map(|event| event.reason).collect();
    for reason in ["Scheduled", "Pulling", "Pulled", "Created", "Started"] {
        assert!(reasons.iter().any(|known| known == reason), "{reason} of {reasons:?}");
    }
}
