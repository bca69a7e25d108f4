//! Numbered lines of a real container are followed while everything on the way is broken, and counted.
//!
//! ```text
//! KUBECONFIG=… cargo test --release --test logs_soak -- --ignored --nocapture
//! ```
//!
//! `docs/reliability.md` says what is broken and what came of it. Connections are cut and made half open by a proxy of
//! the test's own. `kubectl` (or what `KUBECTL` names) must be able to make a namespace.
//!
//! | variable | |
//! |---|---|
//! | `PODTRIAGE_SOAK_LINES` | how many lines; 60,000 where it is not set |
//! | `PODTRIAGE_SOAK_EVERY` | seconds between two faults; 4 where it is not set |
//! | `PODTRIAGE_SOAK_FAULTS` | a program that breaks the cluster and mends it: `api-pause S`, `api-down S`, `kubelet-down NODE S` |
//! | `PODTRIAGE_SOAK_STERN` | a stern to compare with |
//! | `PODTRIAGE_SOAK_STREAMS` | how many containers are read at once by `crowd`, a multiple of 20; 40 where it is not set |

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test says what went wrong and ends"
)]

mod crowd;
mod proxy;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use podtriage::cluster::api::{ConnectOptions, LogRequest, LogUpdate};
use podtriage::cluster::connect::connect;
use podtriage::cluster::logs;
use podtriage::cluster::outbox::{Outbox, Parcel};
use proxy::Proxy;
use verdict::Seen;

const NAMESPACE: &str = "podtriage-soak";
/// Lines of one write.
const CHUNK: u64 = 500;
/// The longest that a run may take beyond the time that writing takes.
const PATIENCE: Duration = Duration::from_secs(300);

/// The number that a variable names.
fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn kubectl(kubeconfig: Option<&Path>, line: &str) -> Command {
    let mut command = Command::new(std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into()));
    if let Some(path) = kubeconfig {
        command.env("KUBECONFIG", path);
    }
    command.args(line.split(' '));
    command
}

fn output(line: &str) -> String {
    let output = kubectl(None, line).output().expect("kubectl starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The same kubeconfig with the proxy in the way.
fn through(proxy: &Proxy, mut config: serde_json::Value, dir: &Path) -> PathBuf {
    let cluster = &mut config["clusters"][0]["cluster"];
    let server = cluster["server"].as_str().expect("a server").to_owned();
    let host = server.trim_start_matches("https://").split([':', '/']).next().unwrap_or_default().to_owned();
    cluster["server"] = format!("https://{}", proxy.address).into();
    if cluster["tls-server-name"].is_null() {
        cluster["tls-server-name"] = host.into();
    }
    let path = dir.join("kubeconfig");
    std::fs::write(&path, config.to_string()).expect("a file");
    path
}

/// A pod that writes so many numbered lines, 10,000 a second, and is restarted once on the way.
fn start_writer(lines: u64) {
    let half = lines / CHUNK / 2 * CHUNK;
    let script = format!(
        "i=$(cat /kept/i 2>/dev/null || echo 0); while [ $i -lt {lines} ]; do seq $i $((i+{})); i=$((i+{CHUNK})); \
         echo $i >/kept/i; if [ $i = {half} ]; then exit 3; fi; usleep 48000; done; sleep 100000",
        CHUNK - 1
    );
    let manifest = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "writer"}, "spec": {
        "terminationGracePeriodSeconds": 1, "volumes": [{"name": "kept", "emptyDir": {}}],
        "containers": [{"name": "main", "image": "busybox:1.28", "command": ["sh", "-c", script],
            "volumeMounts": [{"name": "kept", "mountPath": "/kept"}]}],
    }});
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("pod.json");
    std::fs::write(&path, manifest.to_string()).expect("a file");
    let _ = kubectl(None, &format!("create namespace {NAMESPACE}")).stderr(Stdio::null()).status();
    let status =
        kubectl(None, &format!("apply -n {NAMESPACE} -f {}", path.display())).status().expect("kubectl starts");
    assert!(status.success());
}

/// Other programs that follow the same pod by the same way, into files.
fn others(kubeconfig: &Path, dir: &Path) -> Vec<(String, PathBuf, Child)> {
    let into = |name: &str, mut command: Command| {
        let path = dir.join(name);
        let file = std::fs::File::create(&path).expect("a file");
        let child = command.stdout(file).stderr(Stdio::null()).spawn().expect("it starts");
        (name.to_owned(), path, child)
    };
    let mut all = vec![into("kubectl", kubectl(Some(kubeconfig), &format!("logs -f -n {NAMESPACE} writer")))];
    if let Some(stern) = std::env::var_os("PODTRIAGE_SOAK_STERN") {
        let mut command = Command::new(stern);
        command.env("KUBECONFIG", kubeconfig).args(["-n", NAMESPACE, "writer", "-o", "raw"]);
        all.push(into("stern", command));
    }
    all
}

/// Breaks something every few seconds until it is told to stop.
fn break_things(proxy: &Proxy, node: &str, stop: &AtomicBool) -> u32 {
    let faults = std::env::var_os("PODTRIAGE_SOAK_FAULTS");
    let tell = |words: &[&str]| {
        if let Some(program) = &faults {
            let _ = Command::new(program).args(words).stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    };
    let every = Duration::from_secs(number("PODTRIAGE_SOAK_EVERY", 4));
    let (mut count, mut last) = (0, Instant::now());
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
        if last.elapsed() < every {
            continue;
        }
        last = Instant::now();
        match count % 9 {
            0 | 2 | 4 | 6 => proxy.cut(),
            1 | 5 => proxy.half_open(),
            3 => tell(&["api-pause", "6"]),
            7 => tell(&["api-down", "4"]),
            _ => tell(&["kubelet-down", node, "6"]),
        }
        count += 1;
    }
    count
}

async fn followed(kubeconfig: PathBuf, lines: u64, within: Duration) -> Seen {
    let options =
        ConnectOptions { kubeconfig: Some(kubeconfig.to_string_lossy().into_owned()), ..ConnectOptions::default() };
    let connection = connect(&options).await.expect("a connection");
    let (_keep, connection) = tokio::sync::watch::channel(connection);
    let (queue, mut inbox) = tokio::sync::mpsc::unbounded_channel::<Parcel<LogUpdate>>();
    let out = Outbox::new(queue, |update| update);
    let name = str::to_owned;
    let request = LogRequest {
        namespace: name(NAMESPACE),
        pod: name("writer"),
        container: name("main"),
        ..LogRequest::default()
    };
    let mut seen = Seen::default();
    let listen = async {
        while let Some(parcel) = inbox.recv().await {
            seen.take(parcel.message);
            if seen.newest() + 1 >= lines {
                return;
            }
        }
    };
    let both = async {
        tokio::select! { () = listen => {}, () = logs::follow(connection, request, &out) => {} }
    };
    let _in_time = tokio::time::timeout(within, both).await;
    seen
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn numbered_lines_come_exactly_once_whatever_is_broken() {
    let lines = number("PODTRIAGE_SOAK_LINES", 60_000);
    let config: serde_json::Value =
        serde_json::from_str(&output("config view --raw --flatten --minify -o json")).expect("a kubeconfig");
    let server = config["clusters"][0]["cluster"]["server"].as_str().expect("a server");
    let target = server.trim_start_matches("https://").trim_end_matches('/').to_owned();
    let proxy = Arc::new(Proxy::start(target));
    let dir = tempfile::tempdir().expect("a folder");
    let kubeconfig = through(&proxy, config, dir.path());
    let _ = kubectl(None, &format!("delete pod -n {NAMESPACE} writer --ignore-not-found --grace-period=1")).status();
    start_writer(lines);
    let ready = format!("wait -n {NAMESPACE} pod/writer --for=condition=Ready --timeout=120s");
    assert!(kubectl(None, &ready).status().expect("kubectl starts").success());
    let node = output(&format!("get pod -n {NAMESPACE} writer -o jsonpath={{.spec.nodeName}}"));
    let others = others(&kubeconfig, dir.path());
    let stop = Arc::new(AtomicBool::new(false));
    let (breaker, stopped) = (Arc::clone(&proxy), Arc::clone(&stop));
    let breaking = std::thread::spawn(move || break_things(&breaker, &node, &stopped));

    let begun = Instant::now();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let within = Duration::from_secs(lines / 3_000) + PATIENCE;
    let seen = runtime.block_on(followed(kubeconfig, lines, within));
    stop.store(true, Ordering::Relaxed);
    let faults = breaking.join().expect("it ends");
    eprintln!("{lines} lines in {:.0} s, {faults} faults", begun.elapsed().as_secs_f64());

    let verdict = seen.verdict(lines);
    eprintln!("podtriage: {verdict}");
    for (name, path, mut child) in others {
        let _ = child.kill();
        let _ = child.wait();
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let other = Seen::of_text(&text).verdict(lines);
        eprintln!("{name}: {other}");
    }
    let kept = Seen::of_text(&output(&format!("logs -n {NAMESPACE} writer")));
    let missed = kept.not_in(&seen);
    let _ = kubectl(None, &format!("delete namespace {NAMESPACE} --wait=false")).status();
    assert_eq!(missed, 0, "the node still has lines that were not shown");
    assert_eq!((verdict.repeated, verdict.unexplained), (0, 0), "{verdict}");
    assert!(seen.newest() + 1 >= lines, "the end did not come: {verdict}");
}
