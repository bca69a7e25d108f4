//! P01 to P47: pods in every state, in a compact notation.
//!
//! A container is `STATE [xN] [ago=S]`: `run` running and ready, `slow` running but not ready, `wait:REASON`,
//! `end:REASON`, `exit:CODE`, `signal:N`; `xN` restarts, `ago=S` the last end S seconds ago. An init container may
//! begin with `sidecar` and `started`, or with `only-status` where the spec does not have it. Behind the containers
//! stand words on the pod: `phase=…`, `reason=…`, `Condition=True`, `deleting`, `gated`, `nostatus`.

use podtriage::model::pod::PodRow;
use serde_json::{Value, json};

use super::{ago, cells};

/// The spec (null where there is none) and the status of a container.
fn container(text: &str, name: &str) -> (Value, Value) {
    let mut status = json!({"name": name, "state": {}, "restartCount": 0});
    let mut spec = json!({"name": name});
    for word in text.split_whitespace() {
        let (head, tail) = word.split_once([':', '=']).unwrap_or((word, ""));
        let number = || tail.parse::<i32>().expect(word);
        match head {
            "sidecar" => spec["restartPolicy"] = json!("Always"),
            "started" => status["started"] = json!(true),
            "only-status" => spec = Value::Null,
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
            "exit" => status["state"] = json!({"terminated": {"exitCode": number()}}),
            "signal" => status["state"] = json!({"terminated": {"exitCode": 137, "signal": number()}}),
            "ago" => {
                let end = ago(i64::from(number()));
                status["lastState"] = json!({"terminated": {"exitCode": 1, "finishedAt": end}});
            }
            word => {
                let restarts = word.strip_prefix('x').and_then(|count| count.parse::<i32>().ok());
                status["restartCount"] = json!(restarts.expect(word));
            }
        }
    }
    (spec, status)
}

fn containers(text: &str, list: &str) -> (Vec<Value>, Vec<Value>) {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty()).enumerate();
    parts.map(|(index, part)| container(part, &format!("{list}{index}"))).unzip()
}

fn pod(init: &str, regular: &str, extras: &str) -> Value {
    let (init_specs, init_statuses) = containers(init, "i");
    let (specs, statuses) = containers(regular, "c");
    let init_specs: Vec<_> = init_specs.into_iter().filter(|spec| !spec.is_null()).collect();
    let mut pod = json!({
        "metadata": {"name": "p"},
        "spec": {"initContainers": init_specs, "containers": specs},
        "status": {
            "phase": "Running", "conditions": [],
            "initContainerStatuses": init_statuses, "containerStatuses": statuses,
        },
    });
    for word in extras.split_whitespace() {
        let status = &mut pod["status"];
        match word.split_once('=') {
            Some(("phase", phase)) => status["phase"] = json!(phase),
            Some(("reason", reason)) => status["reason"] = json!(reason),
            Some((kind, value)) => status["conditions"] = json!([{"type": kind, "status": value}]),
            None if word == "deleting" => pod["metadata"]["deletionTimestamp"] = json!(ago(0)),
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
    pod
}

const NARROW: [&str; 3] = ["READY", "STATUS", "RESTARTS"];
const WIDE: [&str; 4] = ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"];

/// One test a case: init containers, regular ones, the pod; READY, STATUS, RESTARTS.
macro_rules! cases {
    ($($name:ident: $init:literal | $regular:literal | $extras:literal => $ready:literal $status:literal $restarts:literal;)*) => {$(
        #[test]
        fn $name() {
            assert_eq!(cells::<PodRow>(pod($init, $regular, $extras), &NARROW), [$ready, $status, $restarts]);
        }
    )*};
}

cases! {
    p01_running_and_ready: "" | "run" | "" => "1/1" "Running" "0";
    p02_running_not_ready: "" | "slow" | "" => "0/1" "Running" "0";
    p03_pending_without_statuses: "" | "run" | "phase=Pending nostatus" => "0/1" "Pending" "0";
    p04_being_created: "" | "wait:ContainerCreating" | "phase=Pending" => "0/1" "ContainerCreating" "0";
    p05_crashing: "" | "wait:CrashLoopBackOff x4 ago=30" | "" => "0/1" "CrashLoopBackOff" "4 (30s ago)";
    p06_one_image_cannot_be_pulled: "" | "wait:ErrImagePull; run" | "" => "1/2" "ErrImagePull" "0";
    p07_the_first_container_has_the_say:
        "" | "wait:ImagePullBackOff; wait:CrashLoopBackOff" | "" => "0/2" "ImagePullBackOff" "0";
    p08_succeeded: "" | "end:Completed" | "phase=Succeeded" => "0/1" "Completed" "0";
    p09_failed: "" | "end:Error" | "phase=Failed" => "0/1" "Error" "0";
    p10_out_of_memory: "" | "end:OOMKilled" | "phase=Failed" => "0/1" "OOMKilled" "0";
    p11_an_exit_code_without_a_reason: "" | "exit:3" | "" => "0/1" "ExitCode:3" "0";
    p12_a_signal_without_a_reason: "" | "signal:9" | "" => "0/1" "Signal:9" "0";
    p13_one_completed_and_the_pod_is_ready: "" | "end:Completed; run" | "Ready=True" => "1/2" "Running" "0";
    p14_one_completed_and_the_pod_is_not_ready: "" | "end:Completed; run" | "Ready=False" => "1/2" "NotReady" "0";
    p15_one_completed_and_none_is_ready: "" | "end:Completed; slow" | "" => "0/2" "Completed" "0";
    p16_one_of_two_failed: "" | "run; end:Error" | "" => "1/2" "Error" "0";
    p17_failed_then_completed: "" | "end:Error; end:Completed" | "" => "0/2" "Error" "0";
    p18_completed_then_failed: "" | "end:Completed; end:Error" | "" => "0/2" "Completed" "0";
    p19_evicted_without_statuses: "" | "run" | "phase=Failed reason=Evicted nostatus" => "0/1" "Evicted" "0";
    p20_evicted_after_it_had_run: "" | "end:Error" | "phase=Failed reason=Evicted" => "0/1" "Error" "0";
    p21_gated: "" | "run" | "phase=Pending gated nostatus" => "0/1" "SchedulingGated" "0";
    p22_terminating: "" | "run" | "deleting" => "1/1" "Terminating" "0";
    p23_terminating_while_crashing: "" | "wait:CrashLoopBackOff x2" | "deleting" => "0/1" "Terminating" "2";
    p24_a_finished_pod_is_not_terminating: "" | "end:Completed" | "phase=Succeeded deleting" => "0/1" "Completed" "0";
    p25_deleted_on_a_lost_node: "" | "run" | "reason=NodeLost deleting" => "1/1" "Unknown" "0";
    p26_on_a_lost_node: "" | "run" | "reason=NodeLost" => "1/1" "NodeLost" "0";
    p27_first_init_container_runs:
        "slow; wait:PodInitializing" | "wait:PodInitializing" | "phase=Pending" => "0/1" "Init:0/2" "0";
    p28_second_init_container_waits:
        "end:Completed; wait:PodInitializing" | "wait:PodInitializing" | "" => "0/1" "Init:1/2" "0";
    p29_init_failed: "end:Error x1 ago=5" | "wait:PodInitializing" | "phase=Pending" => "0/1" "Init:Error" "1 (5s ago)";
    p30_init_crashes:
        "wait:CrashLoopBackOff x3 ago=9" | "wait:PodInitializing" | "" => "0/1" "Init:CrashLoopBackOff" "3 (9s ago)";
    p31_init_exit_code: "exit:7" | "wait:PodInitializing" | "" => "0/1" "Init:ExitCode:7" "0";
    p32_init_signal: "signal:9" | "wait:PodInitializing" | "" => "0/1" "Init:Signal:9" "0";
    p33_init_done: "end:Completed x2" | "wait:PodInitializing" | "" => "0/1" "PodInitializing" "0";
    p34_restarts_of_init_are_forgotten: "end:Completed x2" | "run" | "" => "1/1" "Running" "0";
    p35_sidecar_ready: "sidecar started run x1 ago=100" | "run" | "" => "2/2" "Running" "1 (100s ago)";
    p36_sidecar_not_ready: "sidecar started slow" | "run" | "" => "1/2" "Running" "0";
    p37_sidecar_not_started:
        "sidecar slow; wait:PodInitializing" | "wait:PodInitializing" | "" => "0/2" "Init:0/2" "0";
    p38_init_beside_a_sidecar: "sidecar started run; slow" | "wait:PodInitializing" | "" => "1/2" "Init:1/2" "0";
    p39_sidecar_crashes_after_init:
        "sidecar wait:CrashLoopBackOff x5 ago=20" | "run" | "Initialized=True"
            => "1/2" "Init:CrashLoopBackOff" "5 (20s ago)";
    p40_sidecar_failed_in_a_finished_pod:
        "sidecar end:Error" | "end:Completed" | "phase=Succeeded Initialized=True" => "0/2" "Completed" "0";
    p41_restarts_of_sidecar_and_regular: "sidecar started run x2 ago=50" | "run x3 ago=10" | "" => "2/2" "Running" "5 (10s ago)";
    p42_restarts_without_a_last_state: "" | "run x3" | "" => "1/1" "Running" "3";
    p43_a_last_state_without_restarts: "" | "run ago=10" | "" => "1/1" "Running" "0";
    p44_two_of_three: "" | "run; slow; run" | "" => "2/3" "Running" "0";
    p45_an_init_status_that_the_spec_lacks:
        "only-status slow" | "wait:PodInitializing" | "phase=Pending" => "0/1" "Init:0/0" "0";
}

#[test]
fn p46_an_ephemeral_container_counts_nowhere() {
    let mut with = pod("", "run", "");
    with["spec"]["ephemeralContainers"] = json!([{"name": "debugger-x"}]);
    with["status"]["ephemeralContainerStatuses"] = json!([container("end:Error x2 ago=5", "debugger-x").1]);
    assert_eq!(cells::<PodRow>(with, &NARROW), ["1/1", "Running", "0"]);
}

#[test]
fn p47_wide_columns_without_values_and_one_of_two_gates() {
    let mut bare = pod("", "run", "x/a=True");
    bare["spec"]["readinessGates"] = json!([{"conditionType": "x/a"}, {"conditionType": "x/b"}]);
    assert_eq!(cells::<PodRow>(bare, &WIDE), ["<none>", "<none>", "<none>", "1/2"]);
    let none = pod("", "run", "");
    assert_eq!(cells::<PodRow>(none, &WIDE)[3], "<none>");
}

#[test]
fn wide_columns_with_values() {
    let mut placed = pod("", "run", "");
    placed["spec"]["nodeName"] = json!("node-a");
    placed["status"]["nominatedNodeName"] = json!("node-b");
    placed["status"]["podIP"] = json!("10.0.0.9");
    placed["status"]["podIPs"] = json!([{"ip": "10.0.0.9"}, {"ip": "fd00::9"}]);
    assert_eq!(cells::<PodRow>(placed, &WIDE), ["10.0.0.9", "node-a", "node-b", "<none>"]);
}

#[test]
fn a_pod_without_anything_has_empty_cells_and_no_error() {
    assert_eq!(cells::<PodRow>(json!({}), &NARROW), ["0/0", "", "0"]);
}
