//! The plain commands of the real program, against the demo cluster: text, exit status, standard error, pipes.
//!
//! With a kubectl of version 1.37 (`$KUBECTL`, or the one on the `PATH`) each output is also compared with its; without
//! one that test says so and passes.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says what went wrong and ends")]
#![expect(clippy::disallowed_methods, reason = "a test owns its server and its patience")]

#[path = "support/same.rs"]
mod same;

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::{Duration, Instant};

use podtriage::base::stamp::Stamp;
use podtriage::demo::{DemoCluster, DemoOptions, kubeconfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PODTRIAGE: &str = env!("CARGO_BIN_EXE_podtriage");
const TOKEN: &str = "demo-token";
/// No line may take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What `podtriage LINE` does, on one demo cluster for all tests.
fn demo(line: &str) -> Output {
    static CLUSTER: LazyLock<Served> = LazyLock::new(|| Served::start("incident"));
    CLUSTER.podtriage(line).output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// What it prints when all goes well.
fn printed(line: &str) -> String {
    let output = demo(line);
    assert!(output.status.success() && output.stderr.is_empty(), "{line}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// What it says when it does not: exit status and standard error; nothing is printed.
fn said(line: &str) -> (Option<i32>, String) {
    let output = demo(line);
    assert!(output.stdout.is_empty(), "{line}: {}", text(&output.stdout));
    (output.status.code(), text(&output.stderr))
}

#[test]
fn tables_have_the_columns_of_kubectl() {
    let pods = printed("pods -A");
    assert!(pods.starts_with("NAMESPACE   "), "{pods}");
    let heading: Vec<_> = pods.lines().next().expect("a heading").split_whitespace().collect();
    assert_eq!(heading, ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"]);
    let ready = pods.find("READY").expect("a column");
    assert!(pods.lines().all(|line| line.as_bytes()[ready - 1] == b' ' && line.as_bytes()[ready] != b' '), "{pods}");
    assert_eq!(pods.lines().count() - 1, printed("pods -A --no-headers").lines().count());
    assert!(printed("nodes -o wide").contains("CONTAINER-RUNTIME\n"));
    assert!(printed("pods -A --show-labels").lines().next().is_some_and(|line| line.ends_with("   LABELS")));
}

#[test]
fn documents_can_be_read_again() {
    let json = printed("pods -A -o json");
    let list: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(list["kind"], "List");
    let names = printed("pods -A -o name").lines().count();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(names));
    let json: serde_json::Value = serde_json::from_str(&printed("get pod -n data postgres-0 -o json")).expect("JSON");
    let yaml: serde_json::Value = serde_yaml::from_str(&printed("yaml pod/postgres-0 -n data")).expect("YAML");
    assert!(yaml == json && yaml["kind"] == "Pod", "two forms of the same");
    let node: serde_json::Value = serde_yaml::from_str(&printed("yaml node/worker-1")).expect("YAML");
    assert_eq!((node["kind"].as_str(), node["metadata"]["name"].as_str()), (Some("Node"), Some("worker-1")));
}

#[test]
fn descriptions_of_several_are_two_lines_apart() {
    let nodes = printed("describe nodes");
    assert_eq!(nodes.matches("\n\n\nName:  ").count(), printed("nodes --no-headers").lines().count() - 1);
    assert!(!nodes.contains("\nEvents:"), "those of one object alone are shown");
    assert!(printed("describe node worker-1").contains("\nEvents:"));
    assert!(printed("describe node worker-").matches("Name:  ").count() > 1, "a beginning of names is enough");
}

#[test]
fn w03_nothing_found_and_not_found() {
    assert_eq!(said("pods -n nowhere"), (Some(0), "No resources found in nowhere namespace.\n".to_owned()));
    assert_eq!(said("pods -A -l no=such"), (Some(0), "No resources found\n".to_owned()));
    let missing = "Error from server (NotFound): pods \"nope\" not found\n";
    assert_eq!(said("pods nope"), (Some(1), missing.to_owned()));
    assert_eq!(said("describe pod nope"), (Some(1), missing.to_owned()));
    assert_eq!(said("pods nope --ignore-not-found"), (Some(0), String::new()));
    assert_eq!(
        said("get pod/nope pod/no"),
        (Some(1), format!("{missing}{}", missing.replace("nope", "no"))),
        "each has its line"
    );
}

#[test]
fn e08_no_events() {
    assert_eq!(said("events -n nowhere"), (Some(0), "No events found in nowhere namespace.\n".to_owned()));
    assert_eq!(said("events -A --for pod/nope"), (Some(0), "No events found.\n".to_owned()));
}

#[test]
fn e06_types_of_events() {
    let warnings = printed("events -A --types=warning");
    assert!(warnings.lines().skip(1).all(|line| line.contains(" Warning ")), "{warnings}");
    assert_eq!(said("events --types=foo"), (Some(1), "error: valid --types are Normal or Warning\n".to_owned()));
}

#[test]
fn names_of_events() {
    let names = printed("events -A -o name");
    assert_eq!(names.lines().count(), printed("events -A --no-headers").lines().count());
    assert!(names.lines().all(|name| name.starts_with("event/")), "{names}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (line, words) in [
        ("get", "required arguments"),
        ("pods a -l x=y", "error: name cannot be provided when a selector is specified\n"),
        ("get pod/a -l x=y", "error: selectors and the all flag cannot be used"),
        ("pods nope -A", "error: a resource cannot be retrieved by name across all namespaces\n"),
        ("get pods,nodes -w", "error: you may only specify a single resource type\n"),
        ("events --for web", "error: --for must be in resource/name form\n"),
        ("--view nodes pods", "podtriage: an object, --view, --read-only and --config are for the screen"),
        ("pods --as-group g", "error: --as-group and --as-uid need --as"),
    ] {
        let (status, error) = said(line);
        assert!(status != Some(0) && error.contains(words), "{line}: {status:?} {error}");
    }
}

#[test]
fn a_server_that_is_not_there() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = dir.path().join("config");
    std::fs::write(&config, kubeconfig(([127, 0, 0, 1], 1).into(), TOKEN)).expect("written");
    let output = Command::new(PODTRIAGE).args(["pods", "--kubeconfig"]).arg(&config).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n"
    );
}

#[test]
fn the_end_of_a_pipe_is_quiet() {
    // Without a server: everything is in this one process.
    let mut process = Command::new(PODTRIAGE)
        .args(["--demo", "pods", "-A", "-o", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut first = [0; 1];
    process.stdout.take().expect("piped").read_exact(&mut first).expect("a byte");
    let output = process.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(141), ""));
}

/// The demo cluster on a port, until it is dropped.
struct Served {
    dir: tempfile::TempDir,
    address: std::net::SocketAddr,
    runtime: tokio::runtime::Runtime,
}

impl Served {
    fn start(scenario: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let now = Stamp::from_millis(jiff::Timestamp::now().as_millisecond());
        let options = DemoOptions { seed: 3, scenario: Some(scenario.to_owned()), now };
        let _inside = runtime.enter();
        let cluster = DemoCluster::start(options).expect("a known scenario");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move { cluster.serve(listener, TOKEN).await });
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("config"), kubeconfig(address, TOKEN)).expect("written");
        Self { dir, address, runtime }
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("config")
    }

    fn podtriage(&self, line: &str) -> Command {
        let mut command = Command::new(PODTRIAGE);
        command.args(line.split_whitespace()).arg("--kubeconfig").arg(self.config());
        command
    }

    /// Deletes an object at once.
    fn delete(&self, path: &str) {
        self.runtime.block_on(async {
            let mut stream = tokio::net::TcpStream::connect(self.address).await.expect("it listens");
            let request = format!(
                "DELETE {path}?gracePeriodSeconds=0 HTTP/1.1\r\nhost: demo\r\nauthorization: Bearer {TOKEN}\r\n\
                 connection: close\r\n\r\n"
            );
            stream.write_all(request.as_bytes()).await.expect("sent");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("an answer");
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        });
    }
}

/// A command that goes on, and its lines.
struct Following {
    process: Child,
    lines: mpsc::Receiver<String>,
}

impl Following {
    fn start(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let out = BufReader::new(process.stdout.take().expect("piped"));
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { process, lines }
    }

    fn until(&self, what: &str, reached: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if reached(&line) => return line,
                Ok(_) => {}
                Err(error) => panic!("{what} did not come: {error}"),
            }
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_watch_goes_on_with_every_change() {
    let cluster = Served::start("healthy");
    let names = cluster.podtriage("pods -n shop -o name").output().expect("it starts");
    let names = text(&names.stdout);
    let last = names.lines().last().and_then(|line| line.strip_prefix("pod/")).expect("a pod");
    let table = Following::start(cluster.podtriage("pods -n shop -w"));
    let documents = Following::start(cluster.podtriage("events -n shop -w -o yaml"));
    let row = table.until("the list", |line| line.starts_with(last));
    cluster.delete(&format!("/api/v1/namespaces/shop/pods/{last}"));
    table.until("the deletion", |line| line.starts_with(last));
    let next = table.until("its successor", |line| !names.contains(line.split(' ').next().unwrap_or_default()));
    assert_eq!(next.find(" 0/1 "), row.find(" 1/1 "), "later lines stand below earlier ones:\n{row}\n{next}");
    documents.until("an event", |line| line == "kind: Event");
    documents.until("the next event", |line| line == "---");
}

#[test]
fn one_object_is_followed() {
    let cluster = Served::start("healthy");
    let following = Following::start(cluster.podtriage("get pod/postgres-0 -n data -w --no-headers"));
    let first = following.until("the pod", |_| true);
    assert!(first.starts_with("postgres-0 "), "{first}");
    cluster.delete("/api/v1/namespaces/data/pods/postgres-0");
    let second = following.until("its successor", |line| !line.contains(" 1/1 "));
    assert!(second.starts_with("postgres-0 "), "{second}");
}

#[test]
fn kubectl_prints_the_same_of_the_demo() {
    let kubectl = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
    let version = Command::new(&kubectl).args(["version", "--client"]).output();
    if !version.is_ok_and(|output| text(&output.stdout).contains("v1.37")) {
        eprintln!("SKIPPED: no kubectl 1.37, the plain commands were not compared with it");
        return;
    }
    let cluster = Served::start("incident");
    for (theirs, ours) in [
        ("get pods -A", "pods -A"),
        ("get pods -A -o wide --show-labels", "pods -A -o wide --show-labels"),
        ("get pods -n shop -L app", "get pods -n shop -L app"),
        ("get nodes -o wide", "nodes -o wide"),
        ("get pods,nodes", "get pods,nodes"),
        ("get events -A", "get events -A"),
        ("events -A", "events -A"),
        ("get pods -A -o json", "pods -A -o json"),
        ("get nodes -o yaml", "yaml nodes"),
        ("describe nodes", "describe nodes"),
        ("describe pods -n data --show-events", "describe pods -n data --show-events"),
        ("get pod nope nope2", "get pod nope nope2"),
        ("get pods -n nowhere", "pods -n nowhere"),
    ] {
        compare(&kubectl, &cluster, theirs, ours);
    }
}

/// Both at the same time, again while the cluster changes between them.
fn compare(kubectl: &str, cluster: &Served, theirs: &str, ours: &str) {
    const ATTEMPTS: usize = 5;
    let mut last = None;
    for _ in 0..ATTEMPTS {
        let begun = Instant::now();
        let their = Command::new(kubectl)
            .args(theirs.split_whitespace())
            .arg("--kubeconfig")
            .arg(cluster.config())
            .arg("--cache-dir")
            .arg(cluster.dir.path().join("cache"))
            .output()
            .expect("kubectl starts");
        let our = cluster.podtriage(ours).output().expect("it starts");
        let seconds = i64::try_from(begun.elapsed().as_secs()).unwrap_or(0) + 1;
        last = same::difference(&text(&their.stdout), &text(&our.stdout), seconds)
            .or_else(|| same::difference(&text(&their.stderr), &text(&our.stderr), 0));
        assert_eq!(their.status.code(), our.status.code(), "{ours}: {}", text(&our.stderr));
        if last.is_none() {
            return;
        }
    }
    panic!("{ours}: {}", last.unwrap_or_default());
}
