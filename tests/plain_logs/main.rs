//! `podtriage logs` of the real program: against the demo cluster, and the queries it sends against a server that
//! answers from a script. Cases L01-L15 that need no server are in `src/cli/plain/logs`.

#![expect(clippy::expect_used, reason = "a test says what went wrong and ends")]

mod follow;
mod script;

use std::io::Read;
use std::process::{Command, Stdio};

use script::{Answer, PODTRIAGE, Script, refused, text};

/// Pods of the script: `web-0` has every sort of container, the others are those of a workload.
fn pod(name: &str, ready: &str) -> serde_json::Value {
    let status = if ready.is_empty() { "False" } else { "True" };
    let more = if name == "web-0" { vec!["second"] } else { vec![] };
    let containers: Vec<_> = ["app"].into_iter().chain(more).map(|name| serde_json::json!({"name": name})).collect();
    let init: Vec<_> = (name == "web-0").then(|| serde_json::json!({"name": "init"})).into_iter().collect();
    serde_json::json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "default"},
    "spec": {"nodeName": "a", "containers": containers, "initContainers": init},
    "status": {"phase": "Succeeded", "containerStatuses": [
        {"name": "app", "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
    ], "conditions": [
        {"type": "Ready", "status": status, "lastTransitionTime": ready},
    ]}})
}

/// What the node has of each log, with its times.
fn timed() -> String {
    LOG.split('\n').map(|line| format!("2026-01-01T00:00:01.5Z {line}")).collect::<Vec<_>>().join("\n")
}

fn group() -> Vec<serde_json::Value> {
    vec![pod("g-0", "2026-01-01T00:50:00Z"), pod("g-1", "2026-01-01T00:05:00Z"), pod("g-2", "")]
}

/// The answer to a request: status and body.
fn answer(path: &str) -> Answer {
    let (code, body) = said(path);
    Answer { code, body: body.into_bytes(), breaks: false }
}

fn said(path: &str) -> (u16, String) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let list = |items: Vec<serde_json::Value>| {
        serde_json::json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items}).to_string()
    };
    let deployments = serde_json::json!({"kind": "APIResourceList", "groupVersion": "apps/v1", "resources": [
        {"name": "deployments", "singularName": "deployment", "namespaced": true, "kind": "Deployment",
         "shortNames": ["deploy"], "verbs": ["get", "list"]}]});
    match path {
        "/apis/apps/v1/namespaces/default/deployments/dep" => {
            let object = serde_json::json!({"kind": "Deployment", "metadata": {"name": "dep"},
                "spec": {"selector": {"matchLabels": {"grp": "g"}}}});
            (200, object.to_string())
        }
        "/apis" => {
            let version = serde_json::json!({"groupVersion": "apps/v1", "version": "v1"});
            let groups = serde_json::json!({"kind": "APIGroupList", "groups": [
                {"name": "apps", "versions": [version], "preferredVersion": version}]});
            (200, groups.to_string())
        }
        "/apis/apps/v1" => (200, deployments.to_string()),
        "/api" => (200, serde_json::json!({"kind": "APIVersions", "versions": ["v1"]}).to_string()),
        "/api/v1" => {
            let none = serde_json::json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": []});
            (200, none.to_string())
        }
        "/api/v1/namespaces/default/pods" if query.contains("many") => {
            (200, list((0..6).map(|at| pod(&format!("m-{at}"), "")).collect()))
        }
        "/api/v1/namespaces/default/pods" if query.contains("grp") => (200, list(group())),
        "/api/v1/namespaces/default/pods" => (200, list(Vec::new())),
        "/api/v1/namespaces/default/pods/web-0" => (200, pod("web-0", "").to_string()),
        "/api/v1/namespaces/default/pods/bad" => (200, pod("bad", "").to_string()),
        "/api/v1/namespaces/default/pods/bad/log" => {
            refused(400, "container \"app\" in pod \"bad\" is waiting to start: ContainerCreating")
        }
        log if log.ends_with("/log") && query.contains("previous=true") => {
            refused(400, "previous terminated container \"app\" in pod \"web-0\" not found")
        }
        log if log.ends_with("/log") && query.contains("timestamps=true") => (200, timed()),
        log if log.ends_with("/log") => (200, "one\r\n\u{1b}[31mtwo\u{1b}[0m\nno end".to_owned()),
        path => {
            let name = path.rsplit('/').next().unwrap_or_default();
            refused(404, &format!("pods \"{name}\" not found"))
        }
    }
}

const LOG: &str = "one\r\n\u{1b}[31mtwo\u{1b}[0m\nno end";

#[test]
fn l03_the_first_container_and_every_byte_of_its_log() {
    let (output, asked) = Script::start(answer).run("web-0");
    assert_eq!(text(&output.stderr), "Defaulted container \"app\" out of: app, second, init (init)\n");
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), LOG));
    assert_eq!(asked, ["/api/v1/namespaces/default/pods/web-0/log?container=app"]);
}

#[test]
fn l04_l05_what_the_kubelet_refuses() {
    let script = Script::start(answer);
    let previous = "Error from server (BadRequest): previous terminated container \"app\" in pod \"web-0\" not found\n\
                    It has not been restarted, or the node has removed that run; leave out previous\n";
    assert_eq!(script.said("web-0 app -p"), (Some(1), previous.to_owned()));
    let creating = "container \"app\" in pod \"bad\" is waiting to start: ContainerCreating";
    let advice = "Volumes and the network come first; if it lasts, the pod's events say why\n";
    assert_eq!(script.said("bad"), (Some(1), format!("Error from server (BadRequest): {creating}\n{advice}")));
    let (output, _) = script.run("bad --ignore-errors");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), format!("error: {creating}\n")));
    let (status, followed) = script.said("bad -f --pod-running-timeout=500ms");
    assert_eq!((status, followed), (Some(1), format!("{creating}. {advice}error: context deadline exceeded\n")));
}

#[test]
fn l06_all_containers_with_their_prefix() {
    let (output, asked) = Script::start(answer).run("web-0 --all-containers --prefix");
    let printed = text(&output.stdout);
    for container in ["init", "app", "second"] {
        assert!(printed.contains(&format!("[pod/web-0/{container}] one\r\n")), "{printed}");
    }
    assert_eq!(asked.len(), 3);
    assert!(output.stderr.is_empty() && output.status.success());
}

#[test]
fn l09_l10_pods_by_their_labels() {
    let script = Script::start(answer);
    let (_, asked) = script.run("-l grp=g");
    let path = |pod: &str| format!("/api/v1/namespaces/default/pods/{pod}/log?container=app&tailLines=10");
    assert_eq!(asked, ["g-0", "g-1", "g-2"].map(path));
    assert_eq!(script.said("-l no=such"), (Some(0), "No resources found in default namespace.\n".to_owned()));
}

#[test]
fn l11_l12_a_workload() {
    let script = Script::start(answer);
    let (output, asked) = script.run("deploy/dep");
    assert_eq!(text(&output.stderr), "Found 3 pods, using pod/g-1\n");
    assert_eq!(asked, ["/api/v1/namespaces/default/pods/g-1/log?container=app"]);
    let (output, asked) = script.run("deploy/dep --all-pods");
    assert!(asked.len() == 3 && asked.iter().all(|path| !path.contains("tailLines")), "{asked:?}");
    assert_eq!(text(&output.stdout).matches("/app] one").count(), 3);
}

#[test]
fn l13_what_makes_no_sense_ends_with_one() {
    let script = Script::start(answer);
    let (status, said) = script.said("web-0 --tail=-2");
    assert_eq!((status, said.as_str()), (Some(1), "error: --tail must be greater than or equal to -1\n"));
}

#[test]
fn l14_too_many_logs_to_follow() {
    let (output, asked) = Script::start(answer).run("-f -l many=yes");
    assert!(text(&output.stderr).contains("follow 6 log streams, but maximum allowed concurrency is 5"));
    assert_eq!((output.status.code(), asked.len()), (Some(1), 0));
}

#[test]
fn l15_an_unknown_pod() {
    let said = "error: error from server (NotFound): pods \"nope\" not found in namespace \"default\"\n";
    assert_eq!(Script::start(answer).said("nope"), (Some(1), said.to_owned()));
}

#[test]
fn several_followed_logs_keep_their_lines_whole() {
    let (output, asked) = Script::start(answer).run("-f -l grp=g --prefix");
    let printed = text(&output.stdout);
    // A last line without an end is believed when it comes twice.
    assert!(asked.iter().all(|path| path.contains("&follow=true")) && asked.len() == 6);
    assert_eq!(printed.matches("[pod/g-").count(), 9, "{printed}");
}

#[test]
fn the_demo_has_logs_and_a_closed_pipe_is_quiet() {
    let mut process = Command::new(PODTRIAGE)
        .args(["--demo", "logs", "-n", "data", "postgres-0", "-f"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut first = [0; 1];
    process.stdout.take().expect("piped").read_exact(&mut first).expect("a byte");
    let output = process.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(141), ""));
}

#[test]
fn many_logs_are_filtered_and_laid_out() {
    let logs = |line: &str| {
        let output = Command::new(PODTRIAGE).args(["--demo", "healthy", "logs"]).args(line.split_whitespace()).output();
        let output = output.expect("it starts");
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let lines = logs("-n shop deploy/web -o json --tail 5");
    assert!(lines.lines().count() >= 5, "{lines}");
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(line["podName"].as_str().is_some_and(|name| name.starts_with("web-")), "{line}");
    }
    let named = logs("-n data postg -o default --tail 3");
    assert!(named.lines().all(|line| line.starts_with("postgres-")) && !named.is_empty(), "{named}");
    assert_eq!(logs("-n data postgres-0 -i no.such.line -e x"), "");
    let marked = logs("-n data postgres-0 -o raw -H [a-z]+ --color always --tail 3");
    assert!(marked.contains("\u{1b}[1;31m"), "{marked}");
}
