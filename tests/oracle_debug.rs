//! `podtriage debug` beside `kubectl debug`, command line by command line: the requests that both send, what they print,
//! and their exit status.
//!
//! Both speak to a server of this test that has a few objects and notes what it is asked to change. kubectl writes new
//! pods as protobuf, which is read by a table of field numbers (`pod.fields`). Generated names are levelled. What
//! differs on purpose is in `docs/kubectl-differences.md`: [`level`] takes the UID out of our deletions, and the cases
//! of [`what_differs_on_purpose`] are compared one by one.
//!
//! The kubectl is that of `$KUBECTL`, or of the `PATH`, version 1.37; without one the tests say so and pass. All lines:
//! `cargo test --test oracle_debug -- --ignored`; a sample of them runs without.

#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test says what went wrong and ends")]

#[path = "oracle_debug/matrix.rs"]
mod matrix;
#[path = "oracle_debug/server.rs"]
mod server;
#[path = "oracle_debug/wire.rs"]
mod wire;

use std::path::Path;
use std::process::Output;
use std::sync::{Arc, LazyLock};

use regex::Regex;
use serde_json::{Value, json};
use server::{Sent, Server};
use tokio::process::Command;

const PODTRIAGE: &str = env!("CARGO_BIN_EXE_podtriage");

/// What a command did.
#[derive(Debug, PartialEq)]
struct Done {
    status: Option<i32>,
    stdout: String,
    stderr: String,
    sent: Vec<Sent>,
}

/// A program with a server of its own.
struct Side {
    program: String,
    server: Server,
    directory: tempfile::TempDir,
}

/// The kubectl to compare with; says so where there is none of the version that is spoken of.
fn kubectl() -> Option<String> {
    let program = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
    let output = std::process::Command::new(&program).args(["version", "--client"]).output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    if version.contains("v1.37") {
        return Some(program);
    }
    eprintln!("\n=== SKIPPED: no kubectl 1.37 in $KUBECTL or on the PATH, no request was compared ===\n");
    None
}

fn probe() -> Value {
    json!({"tcpSocket": {"port": 1}, "timeoutSeconds": 1, "periodSeconds": 10})
}

/// A pod with everything that a profile or a flag touches, and with volumes, mounts and defaults as a server has them.
fn rich() -> Value {
    let token = json!({"name": "token", "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
    ]}});
    let app = json!({
        "name": "app", "image": "app:1", "args": ["serve"], "ports": [{"containerPort": 80, "protocol": "TCP"}],
        "env": [{"name": "A", "value": "1"}, {"name": "N", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}}}],
        "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": {"cpu": "250m"}},
        "livenessProbe": probe(), "readinessProbe": {"httpGet": {"path": "/x", "port": "http", "scheme": "HTTP"}},
        "startupProbe": {"exec": {"command": ["true"]}}, "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent",
        "securityContext": {"runAsUser": 5, "capabilities": {"add": ["CHOWN"], "drop": ["ALL"]}, "readOnlyRootFilesystem": true},
        "volumeMounts": [{"name": "token", "readOnly": true, "mountPath": "/var/run/secrets"}],
        "stdin": true, "lifecycle": {"preStop": {"exec": {"command": ["sleep", "1"]}}},
    });
    let mut pod = pod("rich", &json!([app, {"name": "side", "image": "side:1", "resources": {}}]));
    let metadata = &mut pod["metadata"];
    metadata["labels"] = json!({"app": "x", "tier": "front"});
    metadata["annotations"] = json!({"k": "v"});
    metadata["ownerReferences"] =
        json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "u", "controller": true}]);
    metadata["finalizers"] = json!(["example.com/f"]);
    let spec = &mut pod["spec"];
    spec["initContainers"] = json!([{"name": "ini", "image": "ini:1", "resources": {}, "restartPolicy": "Always", "livenessProbe": probe()}]);
    spec["ephemeralContainers"] = json!([{"name": "debugger-old", "image": "busybox", "resources": {}, "targetContainerName": "app", "tty": true}]);
    spec["volumes"] = json!([{"name": "v1", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}, token]);
    spec["tolerations"] = json!([{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}]);
    spec["priority"] = json!(0);
    spec["preemptionPolicy"] = json!("PreemptLowerPriority");
    spec["enableServiceLinks"] = json!(true);
    pod
}

fn pod(name: &str, containers: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "default", "uid": format!("uid-{name}"), "resourceVersion": "7", "generation": 1,
            "creationTimestamp": "2026-11-24T07:34:06Z",
        },
        "spec": {
            "containers": containers, "nodeName": "node-1", "restartPolicy": "Always", "securityContext": {},
            "serviceAccountName": "default", "serviceAccount": "default", "dnsPolicy": "ClusterFirst",
            "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30,
        },
        "status": {"phase": "Running", "podIP": "10.0.0.1"},
    })
}

fn objects() -> Vec<(String, Value)> {
    let plain =
        json!([{"name": "app", "image": "app:1", "resources": {}}, {"name": "side", "image": "b", "resources": {}}]);
    let mut user = pod("user", &plain);
    user["spec"]["securityContext"] = json!({"runAsUser": 1000, "fsGroup": 7});
    user["spec"]["shareProcessNamespace"] = json!(false);
    let env = |name| json!({"name": name, "value": "1"});
    user["spec"]["containers"][1]["env"] = ["P", "Q", "R"].map(env).to_vec().into();
    user["metadata"]["labels"] = json!({"app": "y"});
    let mut gone = pod("gone", &plain);
    gone["metadata"]["namespace"] = json!("gone");
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "uid": "n"}, "spec": {}});
    let other = |version, kind| json!({"apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": "default"}});
    [
        ("/api/v1/namespaces/default/pods/rich", rich()),
        ("/api/v1/namespaces/default/pods/bare", pod("bare", &plain)),
        ("/api/v1/namespaces/default/pods/user", user),
        ("/api/v1/namespaces/gone/pods/gone", gone),
        ("/api/v1/nodes/node-1", node),
        ("/apis/apps/v1/namespaces/default/deployments/web", other("apps/v1", "Deployment")),
        ("/api/v1/namespaces/default/services/web", other("v1", "Service")),
    ]
    .map(|(path, object)| (path.to_owned(), object))
    .into()
}

/// The files that lines name.
const FILES: &[(&str, &str)] = &[
    ("root.yaml", "securityContext:\n  runAsUser: 0\n  capabilities: {add: [SYS_TIME]}\n"),
    (
        "full.json",
        r#"{"env": [{"name": "B", "value": "2"}], "volumeMounts": [{"name": "v1", "mountPath": "/a"}],
            "resources": {"limits": {"memory": "1024Mi", "cpu": "0.5"}, "requests": {"cpu": 1}}, "args": ["x"],
            "securityContext": {"privileged": false, "seccompProfile": {"type": "Unconfined"}}, "unknown": {"a": 1},
            "livenessProbe": {"httpGet": {"port": "http", "path": "/"}, "periodSeconds": 3}, "workingDir": "/w"}"#,
    ),
    ("zero.yaml", "stdin: false\ntty: false\nenv: []\nsecurityContext: {}\nresources: {}\nname: ''\n"),
    (
        "words.yaml",
        "env:\n- name: W\n  value: 7\n- {name: F, valueFrom: {fieldRef: {fieldPath: metadata.name}}}\nimagePullPolicy: Never\nterminationMessagePolicy: FallbackToLogsOnError\n",
    ),
    ("empty.yaml", "# nothing\n"),
    (
        "odd.yaml",
        "STDIN: true\nSecurityContext: {Capabilities: {Drop: [ALL]}, runAsNonRoot: null}\nports: [{containerPort: 80}]\n",
    ),
    ("order.yaml", "env: [{name: R, value: r}, {name: B, value: b}, {name: P, value: p}]\n"),
    ("between.yaml", "env: [{name: Q, value: q}, {name: B, value: b}]\n"),
    ("mount.yaml", "volumeMounts: [{name: v1, mountPath: /a}]\n"),
    ("norway.yaml", "env: [{name: COUNTRY, value: no}]\n"),
    ("plain.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: plain}\nspec: {containers: [{name: a, image: b}]}\n"),
    (
        "known.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: k}\nspec: {securityContext: {}, containers: [{name: a, image: b, notYetKnown: 1}]}\n",
    ),
    ("name.yaml", "name: x\n"),
    ("device.yaml", "volumeDevices: [{name: x, devicePath: /x}]\n"),
    (
        "pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: filed, namespace: shop}\nspec: {securityContext: {}, containers: [{name: a, image: b}]}\n",
    ),
];

impl Side {
    async fn new(program: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let server = Server::start(Arc::new(objects())).await;
        let config = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{server: 'http://{}'}}}}]\n\
             contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{}}}}]\n",
            server.address
        );
        for (name, text) in FILES.iter().copied().chain([("config", config.as_str())]) {
            std::fs::write(directory.path().join(name), text).expect("written");
        }
        Self { program: program.to_owned(), server, directory }
    }

    async fn run(&self, line: &str) -> Done {
        let path: &Path = self.directory.path();
        let mut command = Command::new(&self.program);
        command.arg("debug").args(words(line)).current_dir(path);
        let output =
            command.env("HOME", path).env("KUBECONFIG", path.join("config")).output().await.expect("it starts");
        let Output { status, stdout, stderr } = output;
        let text = |bytes: &[u8]| level(&String::from_utf8_lossy(bytes));
        // Ours asks who it is, for the ledger: that changes nothing, and kubectl has no ledger.
        let changes = |sent: &Sent| !sent.request.ends_with("/selfsubjectreviews");
        let sent = self.server.take().into_iter().filter(changes).map(normal).collect();
        Done { status: status.code(), stdout: text(&stdout), stderr: text(&stderr), sent }
    }
}

/// Nobody is attached to anything here: that is said where a line does not say it itself.
fn words(line: &str) -> Vec<&str> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    if !words.contains(&"--attach") {
        words.insert(0, "--attach=false");
    }
    words
}

/// Names that were drawn, and the program's own.
fn level(text: &str) -> String {
    static DRAWN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(debugger-(?:node-1-)?)[bcdfghjklmnpqrstvwxz2456789]{5}\b").expect("an expression")
    });
    DRAWN.replace_all(text, "${1}*").replace("podtriage", "kubectl")
}

fn normal(sent: Sent) -> Sent {
    let text = level(&sent.body.to_string());
    let mut body: Value = serde_json::from_str(&text).expect("still JSON");
    if sent.request.starts_with("DELETE") {
        // Ours names the one that was seen.
        for own in ["preconditions", "kind", "apiVersion"] {
            body.as_object_mut().expect("options").shift_remove(own);
        }
        return Sent { body, ..sent };
    }
    for own in ["kind", "apiVersion"] {
        body.as_object_mut().expect("an object").shift_remove(own);
    }
    Sent { body: wire::normal("Pod", &body), ..sent }
}

async fn compare(lines: &[String], theirs: &Side, ours: &Side) -> (usize, Vec<String>) {
    let (mut requests, mut wrong) = (0, Vec::new());
    for line in lines {
        let (wanted, found) = tokio::join!(theirs.run(line), ours.run(line));
        requests += wanted.sent.len();
        if wanted != found {
            wrong.push(format!("debug {line}\n  kubectl: {wanted:?}\n  ours:    {found:?}"));
        }
    }
    (requests, wrong)
}

async fn hold(lines: &[String]) {
    let Some(kubectl) = kubectl() else { return };
    let (theirs, ours) = (Side::new(&kubectl).await, Side::new(PODTRIAGE).await);
    let (requests, wrong) = compare(lines, &theirs, &ours).await;
    eprintln!("{} command lines, {requests} requests, {} differences", lines.len(), wrong.len());
    assert!(requests >= lines.len() / 2, "only {requests} requests were sent");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_of_all_lines() {
    hold(&matrix::lines().into_iter().step_by(29).collect::<Vec<_>>()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn every_style_with_every_profile_and_a_matrix_of_flags() {
    let lines = matrix::lines();
    assert!(lines.len() >= 400);
    hold(&lines).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d12_d13_d14_d36_d39_d40_what_is_refused_is_refused_in_the_same_words() {
    let Some(kubectl) = kubectl() else { return };
    let (theirs, ours) = (Side::new(&kubectl).await, Side::new(PODTRIAGE).await);
    let lines: Vec<_> = matrix::REFUSED.iter().map(|line| (*line).to_owned()).collect();
    let (_, wrong) = compare(&lines, &theirs, &ours).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lines of `docs/kubectl-differences.md`: what kubectl does, so that we notice when it is mended, and what we do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_differs_on_purpose() {
    let Some(kubectl) = kubectl() else { return };
    let (theirs, ours) = (Side::new(&kubectl).await, Side::new(PODTRIAGE).await);
    let both = |line: &'static str| {
        let (theirs, ours) = (&theirs, &ours);
        async move { tokio::join!(theirs.run(line), ours.run(line)) }
    };
    let at = |done: &Done, path: &str| done.sent.first().and_then(|sent| sent.body.pointer(path)).cloned();

    // The name of a container that is there.
    let (kubectl, ours) = both("rich --image=b -c app").await;
    assert!(kubectl.sent.len() == 1 && ours.sent.is_empty() && ours.status == Some(1), "{kubectl:?} {ours:?}");
    // A pod of a file without a security context.
    let (kubectl, ours) = both("-f plain.yaml --image=b -c d").await;
    assert!(kubectl.stderr.contains("panic") && kubectl.sent.is_empty(), "{kubectl:?}");
    assert!(ours.status == Some(0) && ours.sent.len() == 1, "{ours:?}");
    // Fields that kubectl was not built with.
    let (kubectl, ours) = both("-f known.yaml --image=b -c d --copy-to=cp --profile=legacy").await;
    let path = "/spec/containers/0/notYetKnown";
    assert_eq!((at(&kubectl, path), at(&ours, path)), (None, Some(json!(1))));
    // Items of merged lists get fields of those that stood in their place.
    let (kubectl, ours) = both("rich --copy-to=cp -c app --image=x --custom=mount.yaml").await;
    let path = "/spec/containers/0/volumeMounts/0";
    let mount = json!({"name": "v1", "mountPath": "/a"});
    assert_eq!(at(&ours, path), Some(mount.clone()));
    let mut mixed = mount;
    mixed["readOnly"] = true.into();
    assert_eq!(at(&kubectl, path), Some(mixed));
    // Words that YAML 1.1 takes for booleans.
    let (kubectl, ours) = both("rich --image=b -c d --custom=norway.yaml").await;
    let path = "/spec/ephemeralContainers/0/env/0/value";
    assert_eq!((at(&kubectl, path), at(&ours, path)), (Some(json!("false")), Some(json!("no"))));
}
