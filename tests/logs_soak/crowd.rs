//! Many containers at once, as one stream: each line once, in the order of time, and what it costs.

use std::collections::HashMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use podtriage::cluster::api::{
    ConnectOptions, LogSelection, LogUpdate, LogsRequest, LogsUpdate, SourceChange, SourceId, SourcedLine,
};
use podtriage::cluster::connect::connect;
use podtriage::cluster::logs;
use podtriage::cluster::outbox::{Outbox, Parcel};

use crate::{kubectl, number};

const NAMESPACE: &str = "podtriage-crowd";
/// Containers of a pod.
const EACH: usize = 20;
/// How long lines are read once every stream stands.
const LONG: Duration = Duration::from_secs(30);

/// Pods of containers that each write a hundred numbered lines a second.
fn start(streams: usize) {
    let script = "i=0; while true; do seq $i $((i+99)); i=$((i+100)); usleep 970000; done";
    let container =
        |at| serde_json::json!({"name": format!("c{at}"), "image": "busybox:1.28", "command": ["sh", "-c", script]});
    let pod = |at| {
        let containers: Vec<_> = (0..EACH).map(container).collect();
        serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("p{at}"), "labels": {"app": "crowd"}},
            "spec": {"terminationGracePeriodSeconds": 1, "containers": containers}})
    };
    let pods: Vec<_> = (0..streams / EACH).map(pod).collect();
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("pods.json");
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": pods});
    std::fs::write(&path, list.to_string()).expect("a file");
    let _ = kubectl(None, &format!("create namespace {NAMESPACE}")).stderr(Stdio::null()).status();
    let apply = format!("apply -n {NAMESPACE} -f {}", path.display());
    assert!(kubectl(None, &apply).stdout(Stdio::null()).status().expect("kubectl starts").success());
    let wait = format!("wait -n {NAMESPACE} pod --all --for=condition=Ready --timeout=400s");
    assert!(kubectl(None, &wait).stdout(Stdio::null()).status().expect("kubectl starts").success());
}

/// Seconds of CPU that this process has used.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<f64>().ok()).sum();
    ticks / 100.0
}

#[derive(Default)]
struct Crowd {
    sources: usize,
    opened: usize,
    next: HashMap<SourceId, u64>,
    lines: usize,
    late: usize,
    broken: usize,
    stood: Option<(Instant, f64)>,
}

impl Crowd {
    fn take(&mut self, update: LogsUpdate, streams: usize) {
        match update {
            LogsUpdate::Sources(changes) => {
                self.sources += changes.iter().filter(|change| matches!(change, SourceChange::Added(_))).count();
            }
            LogsUpdate::Notice(_, LogUpdate::Opened) => {
                self.opened += 1;
                if self.opened == streams {
                    (self.lines, self.late) = (0, 0);
                    self.stood = Some((Instant::now(), cpu()));
                }
            }
            LogsUpdate::Lines(lines) => lines.iter().for_each(|line| self.line(line)),
            _ => {}
        }
    }

    fn line(&mut self, SourcedLine { source, line, late }: &SourcedLine) {
        self.lines += 1;
        self.late += usize::from(*late);
        let Ok(number) = line.text.parse::<u64>() else { return };
        let expected = self.next.insert(*source, number + 1);
        self.broken += usize::from(expected.is_some_and(|expected| expected != number));
    }
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn many_streams_at_once_lose_nothing() {
    let streams = number("PODTRIAGE_SOAK_STREAMS", 40) as usize;
    start(streams);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (crowd, begun) = runtime.block_on(async {
        let connection = connect(&ConnectOptions::default()).await.expect("a connection");
        let (_keep, connection) = tokio::sync::watch::channel(connection);
        let (queue, mut inbox) = tokio::sync::mpsc::unbounded_channel::<Parcel<LogsUpdate>>();
        let out = Outbox::new(queue, |update| update);
        let selector = "app=crowd".to_owned();
        let selection = LogSelection::Labels { namespace: Some(NAMESPACE.to_owned()), selector };
        let begun = Instant::now();
        let mut crowd = Crowd::default();
        let listen = async {
            while let Some(parcel) = inbox.recv().await {
                crowd.take(parcel.message, streams);
                if crowd.stood.is_some_and(|(stood, _)| stood.elapsed() > LONG) {
                    return;
                }
            }
        };
        let both = async {
            tokio::select! { () = listen => {}, () = logs::many(connection, LogsRequest::new(selection, Some(0)), &out) => {} }
        };
        let _in_time = tokio::time::timeout(LONG * 5, both).await;
        (crowd, begun)
    });
    let _ = kubectl(None, &format!("delete namespace {NAMESPACE} --wait=false")).stdout(Stdio::null()).status();
    let (stood, before) = crowd.stood.expect("all streams stand");
    let (seconds, used) = (stood.elapsed().as_secs_f64(), cpu() - before);
    eprintln!(
        "{} streams stood after {:.1} s; then {:.0} lines/s, {:.1} % late, {:.0} % of a core",
        crowd.opened,
        (stood - begun).as_secs_f64(),
        crowd.lines as f64 / seconds,
        100.0 * crowd.late as f64 / crowd.lines.max(1) as f64,
        100.0 * used / seconds
    );
    assert_eq!((crowd.sources, crowd.broken), (streams, 0), "lost or repeated in so many places");
    assert!(crowd.lines > 0);
}
