//! `podtriage triage` of the real program, on the demo cluster: forms, targets, exit status.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says what went wrong and ends")]

use std::process::Command;

use serde_json::Value;

/// Exit status, output and standard error of `podtriage LINE --demo`.
fn demo(line: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podtriage"));
    let output = command.args(line.split_whitespace()).arg("--demo").output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("no signal"), text(output.stdout), text(output.stderr))
}

fn json(line: &str) -> Value {
    let (_, printed, said) = demo(line);
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{line}: {error}: {said}{printed}"))
}

/// The ids of the findings, with the kind and name of the subject of each.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let subject =
        |finding: &Value| format!("{}/{}", text(&finding["subject"]["kind"]), text(&finding["subject"]["name"]));
    findings.iter().map(|finding| format!("{} {}", text(&finding["id"]), subject(finding))).collect()
}

#[test]
fn problems_are_found_and_the_exit_status_says_so() {
    let (status, text, said) = demo("triage -A");
    assert_eq!((status, said.as_str()), (1, ""), "{text}");
    assert!(text.contains("image.not-found") && text.contains("kubectl set image"), "{text}");
    assert!(text.contains("5 nodes were checked"), "{text}");
    let (status, ticket, _) = demo("triage -A -o markdown");
    assert!(status == 1 && ticket.starts_with("## demo / all namespaces: "), "{ticket}");
}

#[test]
fn json_and_yaml_say_the_same_in_the_form_of_the_contract() {
    let report = json("triage -A -o json");
    assert_eq!((report["apiVersion"].as_str(), report["cluster"].as_str()), (Some("podtriage/v1"), Some("demo")));
    let unseen = report["unseen"].as_array().expect("a list");
    assert!(unseen.iter().all(|one| one["resource"] == "pods/log"), "only the logs of a node that is down: {unseen:?}");
    assert_eq!(report["complete"], unseen.is_empty());
    let (_, yaml, _) = demo("triage -A -o yaml");
    let yaml: Value = serde_yaml::from_str(&yaml).expect("YAML");
    assert_eq!(found(&yaml), found(&report));
    let fields = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    let schema: Value = serde_json::from_str(include_str!("../docs/triage.schema.json")).expect("JSON");
    assert_eq!(fields(&report), fields(&schema["properties"]), "the schema has the fields of the report");
    assert_eq!(fields(&report["findings"][0]), fields(&schema["$defs"]["Item"]["properties"]));
}

#[test]
fn a_target_is_looked_at_alone() {
    let all = json("triage -n shop -o json");
    let checkout = json("triage deploy/checkout -n shop -o json");
    let image = "image.not-found Deployment/checkout";
    assert!(found(&all).iter().any(|one| one == image), "{all}");
    assert!(found(&checkout).iter().any(|one| one == image), "{checkout}");
    assert!(checkout["checked"]["pods"].as_u64() < all["checked"]["pods"].as_u64());
    let alone = json("triage postgres-0 -n data -o json");
    assert_eq!(alone["checked"]["pods"], 1, "a bare word is a pod");
    let (status, printed, said) = demo("triage deploy/nothing -n shop");
    assert_eq!((status, printed.as_str()), (2, ""));
    assert!(said.contains("\"nothing\" not found"), "{said}");
}

#[test]
fn what_cannot_be_told_is_status_2() {
    for line in ["triage web -l a=b", "triage --explain nothing", "triage pod/nobody"] {
        let (status, printed, said) = demo(line);
        assert_eq!((status, printed.as_str()), (2, ""), "{line}: {said}");
        assert!(!said.is_empty(), "{line}");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_podtriage"));
    let output = command.args(["triage", "--kubeconfig", "/nowhere"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2), "there is no cluster");
}

#[test]
fn an_empty_namespace_is_healthy() {
    let (status, text, said) = demo("triage -n nowhere --fail-on broken -l none=such");
    assert_eq!(status, 0, "{text}{said}");
    assert!(text.contains("nothing is wrong") && text.contains("0 pods"), "{text}");
}

#[test]
fn a_rule_is_explained_without_a_cluster() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podtriage"));
    command.args(["triage", "--explain", "image.not-found", "--kubeconfig", "/nowhere"]);
    let output = command.output().expect("it starts");
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("What to do"));
}

#[test]
fn waiting_ends_when_all_is_well_and_when_it_cannot_help() {
    let (status, printed, said) = demo("triage deploy/cart -n shop --wait 1m");
    assert_eq!(status, 0, "{printed}{said}");
    let (status, printed, said) = demo("triage deploy/checkout -n shop --wait 3s");
    assert_eq!(status, 1, "{printed}{said}");
    assert!(printed.contains("image.not-found") && said.contains("podtriage: "), "{printed}{said}");
}

#[test]
fn watching_prints_a_line_for_each_finding_and_goes_on() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;
    let mut command = Command::new(env!("CARGO_BIN_EXE_podtriage"));
    command.args(["triage", "-A", "--watch", "-o", "json", "--demo"]).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let first: Value = serde_json::from_str(&lines.next().expect("a line").expect("text")).expect("JSON");
    assert_eq!(first["change"], "found");
    assert_eq!(first["finding"]["severity"], "broken", "the worst is first");
    assert!(child.try_wait().expect("asked").is_none(), "it goes on");
    child.kill().expect("killed");
    child.wait().expect("ended");
}

#[test]
fn a_bundle_is_one_file_with_its_contents_and_without_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bundle.md");
    let (status, printed, said) = demo(&format!("bundle deploy/order-stream -n shop -o {}", file.display()));
    assert_eq!((status, printed.as_str()), (0, ""), "{said}");
    let text = std::fs::read_to_string(&file).expect("a file");
    for part in [
        "## What is in it",
        "| Findings |",
        "## deployment/order-stream",
        "## replicaset/",
        "## pod/",
        "## Events",
        "## Timeline",
        "## Log of",
        "## Log of the run before of",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("managedFields"));
    let (status, _, said) = demo(&format!("bundle deploy/order-stream -n shop -o {}", file.display()));
    assert!(status == 1 && said.contains("could not write"), "{said}");
    let (status, printed, said) = demo("bundle pod/nothing -n shop");
    assert!(status == 1 && printed.is_empty() && said.contains("not found"), "{said}");
}
