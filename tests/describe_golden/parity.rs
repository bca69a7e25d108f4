//! The cases that a description was specified by, each under its name: S for the texts, R for resources, E for events.
//!
//! The objects are those of the recorded cases, so every line here is also one that kubectl printed.

use podtriage::base::stamp::Stamp;
use podtriage::describe::describe;
use podtriage::model::around::{Around, ObjectDetails};
use serde_json::{Value, json};

use super::{described, folder};
use crate::case::Case;

/// The lines of a case, without the blanks that align them.
fn lines(name: &str) -> Vec<String> {
    squeezed(&described(&folder().join(name).with_extension("json")).plain())
}

fn squeezed(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// That these lines stand there one after the other.
#[track_caller]
fn has(lines: &[String], expected: &[&str]) {
    assert!(lines.windows(expected.len()).any(|window| window == expected), "{expected:#?} in {lines:#?}");
}

fn is_recorded(name: &str) {
    let text = std::fs::read_to_string(folder().join(name).with_extension("txt")).expect("the text can be read");
    assert_eq!(described(&folder().join(name).with_extension("json")).plain(), text);
}

/// A pod of the case, changed, at a moment.
fn changed(change: impl FnOnce(&mut Value), now: &str) -> Vec<String> {
    let mut pod = Case::read(&folder().join("everything.json")).object;
    change(&mut pod);
    squeezed(&describe("Pod", &ObjectDetails::new(pod), Stamp::parse(now)).plain())
}

#[test]
fn s01_a_pod_with_everything() {
    is_recorded("everything");
}

#[test]
fn s02_a_pod_that_has_nothing_yet() {
    is_recorded("bare");
    let lines = lines("bare");
    for label in ["Node", "Labels", "Annotations", "IPs", "Volumes", "Tolerations", "Node-Selectors", "Events"] {
        has(&lines, &[&format!("{label}: <none>")]);
    }
    assert!(!lines.iter().any(|line| line.starts_with("Start Time")));
}

#[test]
fn s03_a_deleted_pod_counts_from_the_end_of_its_grace() {
    let deleted = |phase: &'static str| {
        move |pod: &mut Value| {
            pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:01:00Z");
            pod["metadata"]["deletionGracePeriodSeconds"] = json!(30);
            pod["status"]["phase"] = json!(phase);
        }
    };
    let early = changed(deleted("Running"), "2026-01-01T00:00:40Z");
    has(&early, &["Status: Terminating (lasts <invalid>)", "Termination Grace Period: 30s"]);
    has(&changed(deleted("Running"), "2026-01-01T00:01:46Z"), &["Status: Terminating (lasts 46s)"]);
    let ended = changed(deleted("Succeeded"), "2026-01-01T00:01:46Z");
    has(&ended, &["Status: Succeeded"]);
    assert!(!ended.iter().any(|line| line.contains("Terminating")));
}

#[test]
fn s04_annotations_long_many_lined_and_hidden() {
    let lines = lines("everything");
    let cut = format!("{}...", "x".repeat(138));
    has(&lines, &["Annotations: a/short: v", "b/long:", &cut, "c/multi:", "l1", "l2"]);
    assert!(!lines.iter().any(|line| line.contains("last-applied")));
}

#[test]
fn s05_tolerations_in_their_forms_by_key() {
    let expected = [
        "Tolerations: op=Exists",
        ":NoExecute op=Exists",
        "dedicated=gpu:NoSchedule",
        "k2 op=Exists",
        "node.kubernetes.io/not-ready:NoExecute op=Exists for 300s",
    ];
    has(&lines("everything"), &expected);
}

#[test]
fn s06_only_name_and_namespace_are_resolved() {
    let expected = [
        "POD: web-0 (v1:metadata.name)",
        "NSP: default (v1:metadata.namespace)",
        "UIDV: (v1:metadata.uid)",
        "LBL: (v1:metadata.labels['app'])",
        "IP: (v1:status.podIP)",
        "NODE: (v1:spec.nodeName)",
    ];
    has(&lines("everything"), &expected);
}

#[test]
fn s07_the_path_of_a_probe_is_escaped() {
    let probe = "Liveness: http-get http://:80/healthz%3Fx=1 delay=3s timeout=1s period=10s successThreshold=1 \
                 failureThreshold=3";
    has(&lines("everything"), &[probe]);
}

#[test]
fn s08_ports_with_their_names() {
    has(&lines("everything"), &["Ports: 80/TCP (http), 443/TCP", "Host Ports: 0/TCP (http), 8443/TCP"]);
}

#[test]
fn s09_an_optional_secret_in_a_projected_volume() {
    has(&lines("everything"), &["DownwardAPI: true", "SecretName: ps", "Optional: true"]);
}

#[test]
fn s10_a_node_with_everything() {
    is_recorded("full-node");
    let lines = lines("full-node");
    has(&lines, &["Roles: control-plane,infra,worker"]);
    assert!(!lines.iter().any(|line| line.starts_with("Kube-Proxy")), "not since 1.36");
}

#[test]
fn s11_a_node_whose_lease_cannot_be_read() {
    has(&lines("sums"), &["Lease: Failed to get lease: leases.coordination.k8s.io \"n\" not found"]);
}

#[test]
fn s12_why_a_container_waits_but_not_what_was_said() {
    let lines = lines("everything");
    has(&lines, &["State: Waiting", "Reason: CrashLoopBackOff", "Ready: False", "Restart Count: 5"]);
    assert!(!lines.iter().any(|line| line.contains("back-off")));
}

/// The row of a pod on the node of `sums`: requests and limits of cpu, then of memory.
#[track_caller]
fn row(pod: &str, expected: &str) {
    let lines = lines("sums");
    let row = lines.iter().find(|line| line.starts_with(&format!("default {pod} "))).expect("the pod has a row");
    assert_eq!(row, &format!("default {pod} {expected} <unknown>"));
}

#[test]
fn r01_a_sum_is_written_as_its_first_operand() {
    row("p1-sum", "350m (11%) 0 (0%) 190536Ki (6%) 128Mi (4%)");
}

#[test]
fn r02_an_init_container_that_needs_more() {
    row("p2-init", "500m (16%) 1 (33%) 1Gi (33%) 0 (0%)");
}

#[test]
fn r03_sidecars_add_to_the_rest() {
    row("p3-side", "350m (11%) 1300m (43%) 0 (0%) 0 (0%)");
}

#[test]
fn r04_a_peak_while_starting() {
    row("p4-side-peak", "600m (20%) 0 (0%) 0 (0%) 0 (0%)");
}

#[test]
fn r05_overhead_makes_no_limits() {
    row("p5-ovh", "350m (11%) 450m (15%) 120Mi (3%) 0 (0%)");
}

#[test]
fn r06_a_resize_in_progress() {
    row("p6-resize", "350m (11%) 600m (20%) 0 (0%) 0 (0%)");
}

#[test]
fn r07_a_resize_that_cannot_be() {
    row("p7-infeasible", "300m (10%) 0 (0%) 0 (0%) 0 (0%)");
}

#[test]
fn r08_what_the_pod_itself_asks_for() {
    row("p8-podlevel", "1 (33%) 2 (66%) 200Mi (6%) 0 (0%)");
}

#[test]
fn r09_the_totals_of_a_node() {
    let expected =
        ["cpu 6151m (205%) 4950m (165%)", "memory 5826669056 (180%) 128Mi (4%)", "ephemeral-storage 0 (0%) 0 (0%)"];
    has(&lines("sums"), &expected);
}

/// kubectl prints the smallest 64-bit number for a part of nothing in the rows, and 0% in the totals.
#[test]
fn r10_a_part_of_nothing_is_none_of_it() {
    let pod = json!({"metadata": {"name": "p", "namespace": "n"},
        "spec": {"containers": [{"resources": {"requests": {"cpu": "1"}}}]}});
    let node = ObjectDetails::new(json!({"metadata": {"name": "x"}})).with(Around::Pods, Ok(vec![pod]));
    let lines = squeezed(&describe("Node", &node, Stamp::NONE).plain());
    has(&lines, &["n p 1 (0%) 0 (0%) 0 (0%) 0 (0%) <unknown>"]);
    has(&lines, &["cpu 1 (0%) 0 (0%)", "memory 0 (0%) 0 (0%)"]);
}

#[test]
fn r11_other_resources_of_a_node() {
    let lines = lines("full-node");
    has(&lines, &["hugepages-2Mi 0 (0%) 0 (0%)", "nvidia.com/gpu 0 1"]);
    let totals = lines.iter().skip_while(|line| *line != "Allocated resources:");
    assert!(!totals.into_iter().any(|line| line.starts_with("pods ")));
}

#[test]
fn r12_references_to_resources() {
    has(&lines("everything"), &["CPU: 1 (limits.cpu)", "CPUM: 250 (requests.cpu)", "MEM: 64 (requests.memory)"]);
    has(&lines("everything"), &["CPU: node allocatable (limits.cpu)"]);
}

/// The events of the case `everything`, but for their first two columns.
fn events() -> Vec<String> {
    let lines = lines("everything");
    lines.into_iter().skip_while(|line| line != "Events:").skip(3).collect()
}

#[test]
fn e02_events_without_a_last_time_come_first() {
    let reasons: Vec<String> = events().iter().filter_map(|row| Some(row.split(' ').nth(1)?.to_owned())).collect();
    assert_eq!(reasons, ["R-series", "R-newone", "R-zero", "R-many", "R-one"]);
}

#[test]
fn e03_a_repeated_event_counts_and_says_since_when() {
    assert!(events()[3].contains(" 3m20s (x12 over 61m) kubelet "), "{:?}", events());
}

#[test]
fn e04_a_series_counts_and_says_since_when() {
    assert!(events()[0].contains(" 2m (x7 over 3h) default-scheduler "), "{:?}", events());
}

#[test]
fn e05_an_event_without_any_time() {
    assert!(events()[2].contains(" <unknown> "), "{:?}", events());
}

#[test]
fn e09_the_part_of_the_pod_stands_before_the_message() {
    let row = events().pop().expect("there are events");
    assert!(row.contains("spec.containers{app}: "), "{row}");
}
