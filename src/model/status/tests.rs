//! The table of pod states: one row a state, in a compact notation.
//!
//! A container is `STATE [xN] [ago=S] [name=…]`: `run` running and ready, `slow` running but not ready,
//! `wait:REASON`, `end:REASON`, `exit:CODE`, `signal:N`; `xN` restarts, `ago=S` the last end S seconds ago.
//! An init container may begin with `sidecar` and `started`.

use serde_json::{Value, json};

use super::*;
use crate::base::age::age;

const NOW: i64 = 1_700_000_000;

fn container(text: &str, index: usize, list: &str) -> (Value, Value) {
    let mut status = json!({"name": format!("{list}{index}"), "state": {}, "restartCount": 0});
    let mut spec = json!({"name": format!("{list}{index}")});
    for word in text.split_whitespace() {
        let (head, tail) = word.split_once([':', '=']).unwrap_or((word, ""));
        match head {
            "sidecar" => spec["restartPolicy"] = json!("Always"),
            "started" => status["started"] = json!(true),
            "run" => {
                status["ready"] = json!(true);
                status["state"] = json!({"running": {}});
            }
            "slow" => status["state"] = json!({"running": {}}),
            "wait" => status["state"] = json!({"waiting": {"reason": tail}}),
            "end" => {
                let code = i32::from(tail != "Completed");
                status["state"] = json!({"terminated": {"reason": tail, "exitCode": code}});
            }
            "exit" => status["state"] = json!({"terminated": {"exitCode": tail.parse::<i32>().unwrap()}}),
            "signal" => {
                status["state"] = json!({"terminated": {"exitCode": 137, "signal": tail.parse::<i32>().unwrap()}});
            }
            "ago" => {
                let end = Stamp::from_seconds(NOW - tail.parse::<i64>().unwrap()).rfc3339();
                status["lastState"] = json!({"terminated": {"exitCode": 1, "finishedAt": end}});
            }
            "only-status" => spec = Value::Null,
            word => status["restartCount"] = json!(word.strip_prefix('x').unwrap().parse::<i32>().unwrap()),
        }
    }
    (spec, status)
}

fn containers(text: &str, list: &str) -> (Vec<Value>, Vec<Value>) {
    text.split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .enumerate()
        .map(|(index, part)| container(part, index, list))
        .unzip()
}

/// `extras`: words `phase=…`, `reason=…`, `Cond=True`, `deleting`, `gated`, `nostatus`.
fn pod(init: &str, regular: &str, extras: &str) -> Pod {
    let (init_specs, init_statuses) = containers(init, "i");
    let (specs, statuses) = containers(regular, "c");
    let mut pod = json!({
        "metadata": {"name": "p"},
        "spec": {
            "initContainers": init_specs.into_iter().filter(|spec| !spec.is_null()).collect::<Vec<_>>(),
            "containers": specs,
        },
        "status": {
            "phase": "Running",
            "initContainerStatuses": init_statuses,
            "containerStatuses": statuses,
            "conditions": [],
        },
    });
    for word in extras.split_whitespace() {
        let status = &mut pod["status"];
        match word.split_once('=') {
            Some(("phase", phase)) => status["phase"] = json!(phase),
            Some(("reason", reason)) => status["reason"] = json!(reason),
            Some((kind, value)) => {
                status["conditions"].as_array_mut().unwrap().push(json!({"type": kind, "status": value}));
            }
            None if word == "deleting" => pod["metadata"]["deletionTimestamp"] = json!("2023-11-14T22:13:20Z"),
            None if word == "gated" => {
                status["conditions"] =
                    json!([{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]);
            }
            None if word == "nostatus" => {
                status["initContainerStatuses"] = json!([]);
                status["containerStatuses"] = json!(null);
            }
            None => panic!("unknown word {word}"),
        }
    }
    serde_json::from_value(pod).expect("a pod")
}

#[test]
fn the_table_of_states() {
    let rows = [
        ("P01", "", "run", "", "1/1", "Running", "0"),
        ("P02", "", "slow", "", "0/1", "Running", "0"),
        ("P03", "", "run", "phase=Pending nostatus", "0/1", "Pending", "0"),
        ("P04", "", "wait:ContainerCreating", "phase=Pending", "0/1", "ContainerCreating", "0"),
        ("P05", "", "wait:CrashLoopBackOff x4 ago=30", "", "0/1", "CrashLoopBackOff", "4 (30s ago)"),
        ("P06", "", "wait:ErrImagePull; run", "", "1/2", "ErrImagePull", "0"),
        ("P07", "", "wait:ImagePullBackOff; wait:CrashLoopBackOff", "", "0/2", "ImagePullBackOff", "0"),
        ("P08", "", "end:Completed", "phase=Succeeded", "0/1", "Completed", "0"),
        ("P09", "", "end:Error", "phase=Failed", "0/1", "Error", "0"),
        ("P10", "", "end:OOMKilled", "phase=Failed", "0/1", "OOMKilled", "0"),
        ("P11", "", "exit:3", "", "0/1", "ExitCode:3", "0"),
        ("P12", "", "signal:9", "", "0/1", "Signal:9", "0"),
        ("P13", "", "end:Completed; run", "Ready=True", "1/2", "Running", "0"),
        ("P14", "", "end:Completed; run", "Ready=False", "1/2", "NotReady", "0"),
        ("P15", "", "end:Completed; slow", "", "0/2", "Completed", "0"),
        ("P16", "", "run; end:Error", "", "1/2", "Error", "0"),
        ("P17", "", "end:Error; end:Completed", "", "0/2", "Error", "0"),
        ("P18", "", "end:Completed; end:Error", "", "0/2", "Completed", "0"),
        ("P19", "", "run", "phase=Failed reason=Evicted nostatus", "0/1", "Evicted", "0"),
        ("P20", "", "end:Error", "phase=Failed reason=Evicted", "0/1", "Error", "0"),
        ("P21", "", "run", "phase=Pending gated nostatus", "0/1", "SchedulingGated", "0"),
        ("P22", "", "run", "deleting", "1/1", "Terminating", "0"),
        ("P23", "", "wait:CrashLoopBackOff x2", "deleting", "0/1", "Terminating", "2"),
        ("P24", "", "end:Completed", "phase=Succeeded deleting", "0/1", "Completed", "0"),
        ("P25", "", "run", "reason=NodeLost deleting", "1/1", "Unknown", "0"),
        ("P26", "", "run", "reason=NodeLost", "1/1", "NodeLost", "0"),
        ("P27", "slow; wait:PodInitializing", "wait:PodInitializing", "phase=Pending", "0/1", "Init:0/2", "0"),
        ("P28", "end:Completed; wait:PodInitializing", "wait:PodInitializing", "", "0/1", "Init:1/2", "0"),
        ("P29", "end:Error x1 ago=5", "wait:PodInitializing", "phase=Pending", "0/1", "Init:Error", "1 (5s ago)"),
        (
            "P30",
            "wait:CrashLoopBackOff x3 ago=9",
            "wait:PodInitializing",
            "",
            "0/1",
            "Init:CrashLoopBackOff",
            "3 (9s ago)",
        ),
        ("P31", "exit:7", "wait:PodInitializing", "", "0/1", "Init:ExitCode:7", "0"),
        ("P32", "signal:9", "wait:PodInitializing", "", "0/1", "Init:Signal:9", "0"),
        ("P33", "end:Completed x2", "wait:PodInitializing", "", "0/1", "PodInitializing", "0"),
        ("P34", "end:Completed x2", "run", "", "1/1", "Running", "0"),
        ("P35", "sidecar started run x1 ago=100", "run", "", "2/2", "Running", "1 (100s ago)"),
        ("P36", "sidecar started slow", "run", "", "1/2", "Running", "0"),
        ("P37", "sidecar slow; wait:PodInitializing", "wait:PodInitializing", "", "0/2", "Init:0/2", "0"),
        ("P38", "sidecar started run; slow", "wait:PodInitializing", "", "1/2", "Init:1/2", "0"),
        (
            "P39",
            "sidecar wait:CrashLoopBackOff x5 ago=20",
            "run",
            "Initialized=True",
            "1/2",
            "Init:CrashLoopBackOff",
            "5 (20s ago)",
        ),
        ("P40", "sidecar end:Error", "end:Completed", "phase=Succeeded Initialized=True", "0/2", "Completed", "0"),
        ("P41", "sidecar started run x2 ago=50", "run x3 ago=10", "", "2/2", "Running", "5 (10s ago)"),
        ("P42", "", "run x3", "", "1/1", "Running", "3"),
        ("P43", "", "run ago=10", "", "1/1", "Running", "0"),
        ("P44", "", "run; slow; run", "", "2/3", "Running", "0"),
        ("P45", "only-status slow", "wait:PodInitializing", "phase=Pending", "0/1", "Init:0/0", "0"),
    ];
    for (id, init, regular, extras, ready, status, restarts) in rows {
        let summary = summarize(&pod(init, regular, extras));
        assert_eq!(format!("{}/{}", summary.ready, summary.total), ready, "{id} READY");
        assert_eq!(summary.status, status, "{id} STATUS");
        let mut text = summary.restarts.to_string();
        if summary.restarts > 0 && summary.last_restart.is_set() {
            text = format!("{text} ({} ago)", age(summary.last_restart, Stamp::from_seconds(NOW)));
        }
        assert_eq!(text, restarts, "{id} RESTARTS");
    }
}

#[test]
fn an_empty_pod_is_no_error() {
    assert_eq!(summarize(&Pod::default()), Summary::default());
}
