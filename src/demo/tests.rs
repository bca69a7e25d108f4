//! The demo cluster as a real client sees it, in memory and with the clock paused.

use std::time::Duration;

use futures::{AsyncBufReadExt, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Event, Pod};
use kube::api::{Api, DeleteParams, ListParams, LogParams, PostParams, WatchEvent, WatchParams};
use kube::{Client, ResourceExt};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

mod debug;

fn start(scenario: &str) -> DemoCluster {
    let options = DemoOptions { seed: 1, scenario: Some(scenario.to_owned()), now: Stamp::from_seconds(1_800_000_000) };
    DemoCluster::start(options).expect("a known scenario")
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
    let cluster = start("crash-loops");
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
    cluster.fault(Fault::Forbid("list", "configmaps"));
    let refused = maps.list(&ListParams::default()).await.expect_err("forbidden").to_string();
    assert!(
        refused.contains("cannot list resource \"configmaps\" in API group \"\" in the namespace \"shop\""),
        "{refused}"
    );
    let pods: Api<Pod> = Api::namespaced(client(&cluster), "shop");
    cluster.fault(Fault::TooMany(1));
    assert!(matches!(pods.list(&ListParams::default()).await, Err(kube::Error::Api(status)) if status.code == 429));
    let before = cluster.now();
    cluster.fault(Fault::Stall(Duration::from_secs(30)));
    pods.list(&ListParams::default()).await.expect("answered in the end");
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

/// Runs a command and gives back output, errors, and the exit code.
async fn exec(
    cluster: &DemoCluster,
    label: &str,
    command: &[&str],
    input: &str,
) -> (String, String, Option<i64>, String) {
    let pods: Api<Pod> = Api::namespaced(client(cluster), "shop");
    let pod = pods.list(&ListParams::default().labels(label)).await.expect("a list").items.remove(0);
    let params = kube::api::AttachParams::default().stdin(!input.is_empty()).stderr(true);
    let mut process = pods.exec(&pod.name_any(), command.to_vec(), &params).await.expect("a session");
    if let Some(mut stdin) = process.stdin() {
        stdin.write_all(input.as_bytes()).await.expect("written");
        stdin.shutdown().await.expect("closed");
    }
    let (mut out, mut err) = (String::new(), String::new());
    let (mut stdout, mut stderr) = (process.stdout().expect("asked for"), process.stderr().expect("asked for"));
    let (a, b) = tokio::join!(stdout.read_to_string(&mut out), stderr.read_to_string(&mut err));
    a.expect("text");
    b.expect("text");
    let status = process.take_status().expect("once").await.expect("a status");
    let code = status
        .details
        .and_then(|details| details.causes?.into_iter().find(|cause| cause.reason.as_deref() == Some("ExitCode")));
    (out, err, code.and_then(|cause| cause.message?.parse().ok()), status.message.unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn commands_run_with_their_exit_codes() {
    let cluster = start("healthy");
    let sh = |script: &'static str| ["sh", "-c", script];
    let (out, err, code, _) = exec(&cluster, "app=web", &sh("echo hi $((6*7)); nope; exit 3"), "").await;
    assert_eq!((out.as_str(), err.as_str(), code), ("hi 42\n", "sh: nope: not found\n", Some(3)));
    let (out, _, code, _) =
        exec(&cluster, "app=web", &sh("cat /etc/web/config.yaml | grep cart && echo $LOG_LEVEL"), "").await;
    assert_eq!((out.as_str(), code), ("cart: http://cart.shop\ninfo\n", None));
    let (out, ..) = exec(&cluster, "app=web", &["sh"], "cd /etc\npwd\nX='a  b'\necho \"$X\" $X\n").await;
    assert_eq!(out, "/etc\na  b a b\n");
    let (out, ..) = exec(&cluster, "app=web", &["cat"], "to and fro").await;
    assert_eq!(out, "to and fro");
}

#[tokio::test(start_paused = true)]
async fn an_image_without_a_shell_says_so() {
    let cluster = start("healthy");
    let (_, _, code, message) = exec(&cluster, "app=gateway", &["sh"], "").await;
    assert_eq!(code, None);
    assert!(message.ends_with("exec: \"sh\": executable file not found in $PATH: unknown"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn killing_the_first_process_restarts_the_container() {
    let cluster = start("healthy");
    let (_, _, code, _) = exec(&cluster, "app=web", &["sh", "-c", "kill 1; sleep 100"], "").await;
    assert_eq!(code, Some(137));
    tokio::time::sleep(Duration::from_secs(5)).await;
    let pods: Api<Pod> = Api::namespaced(client(&cluster), "shop");
    let pod = pods.list(&ListParams::default().labels("app=web")).await.expect("a list").items.remove(0);
    let status = pod.status.and_then(|status| status.container_statuses).expect("statuses").remove(0);
    assert_eq!(status.restart_count, 1);
}

#[tokio::test(start_paused = true)]
async fn a_terminal_has_a_prompt_and_a_size() {
    let cluster = start("healthy");
    let pods: Api<Pod> = Api::namespaced(client(&cluster), "shop");
    let pod = pods.list(&ListParams::default().labels("app=cart")).await.expect("a list").items.remove(0);
    let params = kube::api::AttachParams::interactive_tty();
    let mut process = pods.exec(&pod.name_any(), ["sh"], &params).await.expect("a session");
    let mut sizes = process.terminal_size().expect("a terminal");
    sizes.try_send(kube::api::TerminalSize { width: 30, height: 5 }).expect("room");
    let mut stdin = process.stdin().expect("asked for");
    let mut stdout = process.stdout().expect("asked for");
    let mut seen = String::new();
    expect(&mut stdout, &mut seen, "/ # ").await;
    stdin.write_all(b"top\r").await.expect("written");
    expect(&mut stdout, &mut seen, "\x1b[?1049h").await;
    expect(&mut stdout, &mut seen, "1 root").await;
    assert!(seen.contains("java -ja…\x1b[K\x1b[J"), "cut at 30 columns and 5 rows: {seen:?}");
    stdin.write_all(b"qexit 7\r").await.expect("written");
    let status = process.take_status().expect("once");
    expect(&mut stdout, &mut seen, "\x1b[?1049l").await;
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).await.expect("text");
    let status = status.await.expect("a status");
    assert_eq!(status.reason.as_deref(), Some("NonZeroExitCode"));
}

async fn expect(stdout: &mut (impl tokio::io::AsyncRead + Unpin), seen: &mut String, wanted: &str) {
    let mut buffer = [0; 1_024];
    while !seen.contains(wanted) {
        let count = tokio::time::timeout(Duration::from_secs(30), stdout.read(&mut buffer))
            .await
            .unwrap_or_else(|_| panic!("no {wanted:?} in {seen:?}"))
            .expect("bytes");
        assert!(count > 0, "ended before {wanted:?}: {seen:?}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_debug_container_starts_and_can_be_attached_to() {
    let cluster = start("healthy");
    let pods: Api<Pod> = Api::namespaced(client(&cluster), "shop");
    let name =
        pods.list(&ListParams::default().labels("app=gateway")).await.expect("a list").items.remove(0).name_any();
    let patch = serde_json::json!({"spec": {"ephemeralContainers": [{"name": "debugger", "image": "busybox:1.36",
        "stdin": true, "tty": true, "targetContainerName": "gateway"}]}});
    pods.patch_ephemeral_containers(&name, &kube::api::PatchParams::default(), &kube::api::Patch::Strategic(patch))
        .await
        .expect("patched");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let params = kube::api::AttachParams::interactive_tty().container("debugger");
    let mut process = pods.attach(&name, &params).await.expect("a session");
    let (mut stdin, mut stdout) = (process.stdin().expect("asked for"), process.stdout().expect("asked for"));
    let mut seen = String::new();
    stdin.write_all(b"ps\r").await.expect("written");
    expect(&mut stdout, &mut seen, "/gateway").await;
    stdin.write_all(b"exit\r").await.expect("written");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let status = pods
        .get(&name)
        .await
        .expect("there")
        .status
        .and_then(|status| status.ephemeral_container_statuses)
        .expect("one")
        .remove(0);
    assert_eq!(status.state.and_then(|state| state.terminated).map(|end| end.exit_code), Some(0));
}
