//! Logs of the demo cluster while it misbehaves on command, on a paused clock: the engine against the fake.

#![expect(clippy::expect_used, reason = "a test says what went wrong and ends")]

use std::time::Duration;

use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kube::client::Body;
use podtriage::base::stamp::Stamp;
use podtriage::cluster::api::{
    ConnectionInfo, LogGap, LogRequest, LogSelection, LogUpdate, LogsRequest, LogsUpdate, SourceChange, SourceId,
};
use podtriage::cluster::connect::{Connection, over};
use podtriage::cluster::logs;
use podtriage::cluster::outbox::{Outbox, Parcel};
use podtriage::demo::{DemoCluster, DemoOptions, Fault, LogFault};
use tokio::sync::{mpsc, watch};

fn start() -> (DemoCluster, Connection) {
    let now = Stamp::from_seconds(1_800_000_000);
    let cluster =
        DemoCluster::start(DemoOptions { seed: 1, scenario: Some("healthy".to_owned()), now }).expect("known");
    let http = Client::builder(TokioExecutor::new()).build(cluster.connector());
    let to_the_box = |mut request: http::Request<Body>| {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = format!("http://demo{path}").parse().expect("a URI");
        request
    };
    let service = tower::ServiceBuilder::new().map_request(to_the_box).service(http);
    (cluster, over(service, ConnectionInfo::default()))
}

async fn get(connection: &Connection, path: &str) -> String {
    let request = http::Request::get(path).body(Body::empty()).expect("a request");
    let answer = connection.client.send(request).await.expect("an answer");
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8_lossy(&body).into_owned()
}

/// A pod of `web` and the name of its first container.
async fn web(connection: &Connection) -> LogRequest {
    let list = get(connection, "/api/v1/namespaces/shop/pods").await;
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    let pods = list["items"].as_array().expect("items");
    let is_web =
        |pod: &&serde_json::Value| pod["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("web-"));
    let pod = pods.iter().find(is_web).expect("a pod");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let (pod, container) = (text(&pod["metadata"]["name"]), text(&pod["spec"]["containers"][0]["name"]));
    LogRequest { namespace: "shop".into(), pod, container, ..LogRequest::default() }
}

/// What the node has of the log, as lines.
async fn whole(connection: &Connection, request: &LogRequest, previous: bool) -> Vec<String> {
    let LogRequest { pod, container, .. } = request;
    let path = format!("/api/v1/namespaces/shop/pods/{pod}/log?container={container}&previous={previous}");
    get(connection, &path).await.lines().map(str::to_owned).collect()
}

/// Follows from the last lines on, and breaks something every ten seconds; gives what was told until a minute after the last.
async fn through(faults: &[&[Fault]]) -> (Vec<LogUpdate>, Vec<String>, Vec<String>) {
    let (cluster, connection) = start();
    let request = LogRequest { tail_lines: Some(20), ..web(&connection).await };
    let (_keep, latest) = watch::channel(connection.clone());
    let (queue, mut inbox) = mpsc::unbounded_channel::<Parcel<LogUpdate>>();
    let out = Outbox::new(queue, |update| update);
    let mut updates = Vec::new();
    let follow = logs::follow(latest, request.clone(), &out);
    tokio::pin!(follow);
    let mut faults = faults.iter();
    let mut next = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        tokio::select! {
            biased;
            Some(parcel) = inbox.recv() => updates.push(parcel.message),
            () = &mut follow => panic!("it goes on: {updates:?}"),
            () = tokio::time::sleep_until(next) => match faults.next() {
                Some(together) => {
                    together.iter().for_each(|fault| cluster.fault(*fault));
                    next += Duration::from_secs(if faults.len() == 0 { 150 } else { 10 });
                }
                None => break,
            },
        }
    }
    let (now, before) = (whole(&connection, &request, false).await, whole(&connection, &request, true).await);
    (updates, now, before)
}

fn texts(updates: &[LogUpdate]) -> Vec<String> {
    let lines = updates.iter().flat_map(|update| match update {
        LogUpdate::Lines(lines) => lines.as_slice(),
        _ => &[],
    });
    lines.map(|line| line.text.to_string()).collect()
}

fn gaps(updates: &[LogUpdate]) -> Vec<LogGap> {
    let gap = |update: &LogUpdate| match update {
        LogUpdate::Gap { why, .. } => Some(*why),
        _ => None,
    };
    updates.iter().filter_map(gap).collect()
}

/// What came is a stretch of what the node has, up to the lines that were written after the last look.
fn assert_stretch_of(got: &[String], all: &[String]) {
    assert!(got.len() > 30, "{} lines", got.len());
    let at = all.windows(got.len()).rposition(|window| window == got);
    assert!(at.is_some_and(|at| all.len() - at - got.len() < 10), "{got:#?}\n-- of --\n{:#?}", &all[all.len() - 60..]);
}

#[tokio::test(start_paused = true)]
async fn cut_at_any_byte_ended_early_stalled_and_half_open_nothing_is_lost_or_repeated() {
    let cuts = [3, 40, 77, 200].map(|bytes| Fault::Logs(LogFault::CutAfter(bytes)));
    let ends = [25, 90].map(|bytes| Fault::Logs(LogFault::EndAfter(bytes)));
    let rest = [Fault::CutLogs, Fault::Logs(LogFault::Stall(Duration::from_secs(5))), Fault::Logs(LogFault::HalfOpen)];
    let faults: Vec<_> = cuts.into_iter().chain(ends).chain(rest).map(|fault| [fault]).collect();
    let faults: Vec<&[Fault]> = faults.iter().map(|fault| &fault[..]).collect();
    let (updates, all, _) = through(&faults).await;
    assert_stretch_of(&texts(&updates), &all);
    assert_eq!(gaps(&updates), []);
}

#[tokio::test(start_paused = true)]
async fn lines_out_of_the_order_of_their_times_are_neither_lost_nor_repeated() {
    let cut = |bytes| Fault::Logs(LogFault::CutAfter(bytes));
    let faults: [&[Fault]; 4] = [&[Fault::ReorderLogs(700_000), Fault::CutLogs], &[cut(60)], &[cut(5)], &[cut(100)]];
    let (updates, all, _) = through(&faults).await;
    // At the moment at which the times change, the last line may have another one.
    let got = texts(&updates);
    assert_stretch_of(&got[got.len() - 60..], &all);
}

#[tokio::test(start_paused = true)]
async fn a_restart_while_the_connection_is_broken_loses_nothing() {
    let (updates, now, before) = through(&[&[Fault::CutLogs, Fault::EndContainers("web-", 3)]]).await;
    assert_stretch_of(&texts(&updates), &[before, now].concat());
    assert_eq!(gaps(&updates), []);
    let restarts = updates.iter().filter(|update| matches!(update, LogUpdate::Restarted { restarts: 1, .. }));
    assert_eq!(restarts.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_begun_anew_behind_a_broken_connection_is_a_gap() {
    let (updates, all, _) = through(&[&[Fault::RotateLogs, Fault::CutLogs]]).await;
    assert!(gaps(&updates).contains(&LogGap::LastLineNotFound), "{:?}", gaps(&updates));
    let got = texts(&updates);
    let kept = &all[..all.len() - 10];
    assert!(got.windows(kept.len()).any(|window| window == kept), "what the node still has came");
}

#[tokio::test(start_paused = true)]
async fn a_whole_namespace_is_one_stream_in_the_order_of_time() {
    let (_cluster, connection) = start();
    let (_keep, latest) = watch::channel(connection);
    let (queue, mut inbox) = mpsc::unbounded_channel::<Parcel<LogsUpdate>>();
    let out = Outbox::new(queue, |update| update);
    let selection = LogSelection::Labels { namespace: Some("shop".to_owned()), selector: String::new() };
    let many = logs::many(latest, LogsRequest::new(selection, Some(5)), &out);
    let (mut sources, mut lines) = (Vec::<SourceId>::new(), Vec::new());
    let listen = async {
        while let Some(parcel) = inbox.recv().await {
            match parcel.message {
                LogsUpdate::Sources(changes) => sources.extend(changes.iter().filter_map(|change| match change {
                    SourceChange::Added(source) => Some(source.id),
                    _ => None,
                })),
                LogsUpdate::Lines(more) => lines.extend(more),
                _ => {}
            }
        }
    };
    let both = async { tokio::join!(many, listen) };
    assert!(tokio::time::timeout(Duration::from_secs(60), both).await.is_err(), "it goes on");
    assert!(sources.len() > 5 && lines.len() > 50, "{} sources, {} lines", sources.len(), lines.len());
    assert!(lines.iter().all(|line| sources.contains(&line.source)));
    let in_order = lines.iter().filter(|line| !line.late).map(|line| line.line.at);
    assert!(in_order.is_sorted());
}
