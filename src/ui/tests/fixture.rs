//! A cluster that never changes, at a time that never passes.

use serde_json::{Value, json};

use crate::app::layout::PaneId;
use crate::app::message::{Effect, Epoch, Msg};
use crate::app::session::Scope;
use crate::app::{App, Start};
use crate::base::input::InputEvent;
use crate::base::key::Key;
use crate::base::stamp::Stamp;
use crate::cluster::api::{ConnectionInfo, LogLine, LogUpdate, ShellUpdate};
use crate::config::Config;
use crate::model::around::{Around, ObjectDetails};
use crate::model::change::{AnyChange, Change};
use crate::model::row::{Interner, WireRow};

/// The time of every picture.
pub fn now() -> Stamp {
    Stamp::parse("2026-03-01T12:00:00Z")
}

/// A program that has not heard of its cluster yet.
pub fn begun() -> App {
    let start = Start {
        config: Config { view: crate::config::View::Pods, ..Config::default() },
        context: None,
        scope: Scope::OfContext,
        view: None,
        object: None,
        logs: None,
        tile: None,
        read_only: false,
        size: (80, 24),
        warnings: Vec::new(),
        utc_offset: 0,
        run: "run".to_owned(),
    };
    App::new(start, now()).0
}

/// A program that is connected; nothing is listed yet.
pub fn connected() -> App {
    let mut app = begun();
    let info = ConnectionInfo {
        context: "dev-cluster".into(),
        server: "https://10.0.0.1:6443".into(),
        namespace: "shop".into(),
        contexts: vec!["dev-cluster".into(), "prod".into()],
    };
    update(&mut app, Msg::Connected(Epoch(1), info));
    update(&mut app, Msg::Version(Epoch(1), "v1.35.4".into()));
    let names = ["default", "kube-system", "monitoring", "payments", "shop"].map(str::to_owned).to_vec();
    update(&mut app, Msg::Namespaces(Epoch(1), Ok(names)));
    app
}

/// A program with everything listed.
pub fn listed() -> App {
    let mut app = connected();
    list::<crate::model::pod::PodRow>(&mut app, pods());
    list::<crate::model::node::NodeRow>(&mut app, nodes());
    list::<crate::model::event::EventRow>(&mut app, events());
    app
}

/// Lists these objects.
pub fn list<R: WireRow>(app: &mut App, objects: Vec<Value>)
where
    R::Wire: serde::de::DeserializeOwned,
    Change<R>: Into<AnyChange>,
{
    let mut strings = Interner::default();
    let row = |object| R::from_wire(serde_json::from_value(object).expect("an object"), &mut strings);
    let rows = objects.into_iter().map(row).collect();
    for change in [Change::Listing, Change::Rows(rows), Change::Listed { unreadable: 0 }, Change::Live] {
        watched(app, change);
    }
}

/// Something that a watch said.
pub fn watched<R>(app: &mut App, change: Change<R>)
where
    Change<R>: Into<AnyChange>,
{
    update(app, Msg::Watched(app.session.epoch, change.into()));
}

/// Something that happened.
pub fn update(app: &mut App, message: Msg) -> Vec<Effect> {
    app.update(message, now())
}

/// Presses keys, written with spaces between.
pub fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    let keys = keys.split_whitespace().map(|key| key.parse::<Key>().expect(key));
    keys.flat_map(|key| update(app, Msg::Input(InputEvent::Key(key)))).collect()
}

/// Types text.
pub fn typed(app: &mut App, text: &str) {
    for c in text.chars() {
        update(app, Msg::Input(InputEvent::Key(Key::char(c))));
    }
}

/// Makes the screen another size.
pub fn resize(app: &mut App, columns: u16, rows: u16) {
    update(app, Msg::Input(InputEvent::Resize(columns, rows)));
}

/// An object with the events that all of them have.
fn details(object: Value) -> ObjectDetails {
    ObjectDetails::new(object).with(Around::Events, Ok(events()))
}

/// The object of the first pane was read again.
pub fn read(app: &mut App, object: Value) {
    update(app, Msg::Object(PaneId(1), Ok(Box::new(details(object)))));
}

/// Does what was asked for, as a cluster would: objects are read, logs run, shells answer.
pub fn answer(app: &mut App, effects: Vec<Effect>) {
    for effect in effects {
        match effect {
            Effect::ReadObject { pane, .. } => {
                update(app, Msg::Object(pane, Ok(Box::new(details(pods().swap_remove(1))))));
            }
            Effect::OpenLogs(pane, _) => {
                update(app, Msg::Logs(pane, LogUpdate::Opened));
                let lines = LOG.iter().enumerate().map(|(second, text)| line(second, text)).collect();
                update(app, Msg::Logs(pane, LogUpdate::Lines(lines)));
            }
            Effect::OpenShell { pane, .. } => {
                update(app, Msg::Shell(pane, ShellUpdate::Open));
                update(app, Msg::Shell(pane, ShellUpdate::Output(SHELL.as_bytes().into())));
            }
            _ => {}
        }
    }
}

/// A line of the log, so many seconds after noon.
pub fn line(second: usize, text: &str) -> LogLine {
    let at = Stamp::from_seconds(now().seconds() + second as i64);
    LogLine { at, text: text.into(), cut_from: 0, ..LogLine::default() }
}

const LOG: &[&str] = &[
    "cart 2.4.0",
    "データベースに接続しました: postgres.data:5432",
    "GET /healthz 200 1ms",
    "\u{1b}[33m警告\u{1b}[0m: セッションの有効期限が切れました",
    "tab\tseparated\tvalues",
    "\u{1b}[2J\u{1b}[Hnot obeyed \u{7}\u{9b}31m",
    "an emoji 🛒 and a family 👩‍👩‍👧 and a ｶﾅ",
    "a long line that does not end at the edge of the screen but goes on and on and on and on and on and on and on and on",
];

const SHELL: &str = "/ # ls --color\r\n\u{1b}[1;34mbin\u{1b}[0m  \u{1b}[32mrun.sh\u{1b}[0m  日本語.txt\r\n\
    \u{1b}[7m reversed \u{1b}[0m \u{1b}[48;5;52m on red \u{1b}[0m\r\n/ # ";

fn meta(name: &str, created: &str) -> Value {
    json!({
        "name": name, "namespace": "shop", "uid": name, "creationTimestamp": created, "resourceVersion": "1",
        "labels": {"app": "cart", "言語": "日本語"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "cart-7d9f", "controller": true, "apiVersion": "apps/v1"}],
    })
}

fn running(name: &str, node: &str) -> Value {
    let state = json!({"running": {"startedAt": "2026-02-20T08:00:05Z"}});
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": meta(name, "2026-02-20T08:00:00Z"),
        "spec": {"nodeName": node, "containers": [{"name": "cart", "image": "registry.acme.dev/shop/cart:2.4.0"}]},
        "status": {
            "phase": "Running", "podIP": "10.42.2.3", "podIPs": [{"ip": "10.42.2.3"}], "qosClass": "BestEffort",
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-02-20T08:00:09Z"}],
            "containerStatuses": [{"name": "cart", "ready": true, "restartCount": 0, "state": state}],
        },
    })
}

fn crashing() -> Value {
    let ended = json!({"terminated": {
        "exitCode": 137, "reason": "OOMKilled", "startedAt": "2026-03-01T11:56:00Z", "finishedAt": "2026-03-01T11:57:00Z",
    }});
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": meta("cache-5b8c-x2x9q", "2026-03-01T11:20:00Z"),
        "spec": {"nodeName": "node-b", "containers": [
            {"name": "cache", "image": "registry.acme.dev/data/cache:1.4.0", "resources": {"limits": {"memory": "128Mi"}}},
            {"name": "metrics", "image": "prom/exporter:0.9"},
        ]},
        "status": {
            "phase": "Running", "podIP": "10.42.1.7",
            "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady",
                "message": "containers with unready status: [cache]", "lastTransitionTime": "2026-03-01T11:57:00Z"}],
            "containerStatuses": [
                {"name": "cache", "ready": false, "restartCount": 8, "lastState": ended, "state": {"waiting": {
                    "reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=cache"}}},
                {"name": "metrics", "ready": true, "restartCount": 0,
                    "state": {"running": {"startedAt": "2026-03-01T11:20:05Z"}}},
            ],
        },
    })
}

fn pending() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": meta("search-tv58w8h6q-vxkxn", "2026-03-01T11:58:00Z"),
        "spec": {"containers": [{"name": "search", "image": "registry.acme.dev/shop/search:8.1.0"}]},
        "status": {"phase": "Pending", "conditions": [{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "lastTransitionTime": "2026-03-01T11:58:00Z",
            "message": "0/3 nodes are available: 2 Insufficient cpu, 1 node(s) had untolerated taint {gpu: only}.",
        }]},
    })
}

fn done() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": meta("nightly-report-rmvl2", "2026-03-01T09:00:00Z"),
        "spec": {"nodeName": "node-a", "containers": [{"name": "report", "image": "registry.acme.dev/data/report:4.2.1"}]},
        "status": {"phase": "Succeeded", "containerStatuses": [{"name": "report", "ready": false, "restartCount": 0,
            "state": {"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": "2026-03-01T09:00:40Z"}}}]},
    })
}

/// The pods, in the order of their names: healthy and broken ones.
pub fn pods() -> Vec<Value> {
    vec![crashing(), running("cart-7d9f-7jjg7", "node-a"), running("cart-7d9f-qvwkq", "node-b"), done(), pending()]
}

fn nodes() -> Vec<Value> {
    let node = |name: &str, ready: &str, heard: &str| {
        json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "uid": name, "creationTimestamp": "2026-01-19T12:00:00Z",
                "labels": {"node-role.kubernetes.io/worker": ""}},
            "spec": {"taints": [{"key": "gpu", "value": "only", "effect": "NoSchedule"}]},
            "status": {
                "conditions": [{"type": "Ready", "status": ready, "reason": "NodeStatusUnknown",
                    "message": "Kubelet stopped posting node status.", "lastTransitionTime": heard}],
                "addresses": [{"type": "InternalIP", "address": "192.168.10.11"}],
                "nodeInfo": {"kubeletVersion": "v1.35.4", "osImage": "Debian GNU/Linux 13 (trixie)",
                    "kernelVersion": "6.12.48", "containerRuntimeVersion": "containerd://2.1.4"},
            },
        })
    };
    vec![
        node("node-a", "True", "2026-01-19T12:00:00Z"),
        node("node-b", "True", "2026-01-19T12:00:00Z"),
        node("node-c", "Unknown", "2026-03-01T11:53:00Z"),
    ]
}

fn events() -> Vec<Value> {
    let event = |name: &str, kind: &str, reason: &str, object: &str, count: u32, last: &str, message: &str| {
        json!({
            "metadata": {"name": name, "namespace": "shop", "uid": name},
            "type": kind, "reason": reason, "message": message, "count": count,
            "firstTimestamp": "2026-03-01T11:20:10Z", "lastTimestamp": last,
            "involvedObject": {"kind": "Pod", "namespace": "shop", "name": object, "uid": object,
                "fieldPath": "spec.containers{cache}"},
            "source": {"component": "kubelet", "host": "node-b"},
        })
    };
    let (cache, search) = ("cache-5b8c-x2x9q", "search-tv58w8h6q-vxkxn");
    let back_off = "Back-off restarting failed container cache in pod cache-5b8c-x2x9q_shop(0a1b2c3d)";
    vec![
        event("a", "Warning", "BackOff", cache, 31, "2026-03-01T11:59:50Z", back_off),
        event("b", "Normal", "Pulled", cache, 9, "2026-03-01T11:56:00Z", "Container image already present on machine"),
        event("c", "Normal", "Created", cache, 9, "2026-03-01T11:56:00Z", "Created container: cache"),
        event(
            "d",
            "Warning",
            "FailedScheduling",
            search,
            7,
            "2026-03-01T11:59:48Z",
            "0/3 nodes are available: 2 Insufficient cpu, 1 node(s) had untolerated taint {gpu: only}.",
        ),
    ]
}
