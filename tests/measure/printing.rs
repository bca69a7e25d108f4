//! How fast `podtriage logs` prints a long log beside kubectl and stern (`STERN` names it, or it is left out), all to /dev/null.
//!
//! A node sends each line by itself, and is what all three wait for. So the log comes once from a real cluster, where
//! `PODTRIAGE_MEASURE_LOG` names NAMESPACE/POD of a container that has ended, and once from a server of the test's own
//! that has it in memory: there it is the programs that bound it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use podtriage::demo::kubeconfig as kubeconfig_of;

use crate::figures::{Series, ratio};
use crate::server::kubeconfig;
use crate::support::terminal::PODTRIAGE;

const RUNS: usize = 5;
/// Lines of a block, and how often it is sent: 472 MB without times.
const LINES: usize = 10_000;
const BLOCKS: usize = 400;

/// What is compared: a name, the program, and its arguments before those of the place.
fn programs() -> Vec<(&'static str, String, &'static str)> {
    let ours = std::env::var("PODTRIAGE_MEASURE").unwrap_or_else(|_| PODTRIAGE.to_owned());
    let kubectl = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
    let mut all = vec![
        ("podtriage logs", ours.clone(), "logs POD"),
        ("podtriage logs -o raw", ours.clone(), "logs POD -o raw"),
        ("podtriage logs -i '[0-9]7 '", ours, "logs POD -o raw -i [0-9]7"),
        ("kubectl logs", kubectl, "logs POD"),
    ];
    if let Ok(stern) = std::env::var("STERN") {
        all.push(("stern -o raw", stern, "POD --no-follow -o raw --tail -1 --color never"));
    }
    all
}

/// How long it takes, and how much of a processor, in milliseconds.
fn timed(config: &Path, program: &str, args: &str, namespace: &str, pod: &str) -> (Duration, Duration) {
    let args = args.replace("POD", pod);
    let script = format!("TIMEFORMAT='%R %U %S'; time '{program}' {args} -n {namespace} >/dev/null 2>/dev/null");
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("KUBECONFIG", config)
        .stdin(Stdio::null())
        .output()
        .expect("bash starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{script}: {said}");
    let mut seconds = said.split_whitespace().map(|text| text.parse().map(Duration::from_secs_f64).expect("seconds"));
    let mut next = || seconds.next().expect("three times");
    let (wall, user, system) = (next(), next(), next());
    (wall, user + system)
}

/// A line for each program.
fn compare(config: &Path, namespace: &str, pod: &str, runs: usize) -> String {
    let programs = programs();
    let (mut walls, mut cpus) = (vec![Vec::new(); programs.len()], vec![Vec::new(); programs.len()]);
    // In turn, so that what else the machine does falls on all.
    for _ in 0..runs {
        for (at, (_, program, args)) in programs.iter().enumerate() {
            let (wall, cpu) = timed(config, program, args, namespace, pod);
            walls[at].push(wall);
            cpus[at].push(cpu);
        }
    }
    let walls: Vec<_> = walls.into_iter().map(Series::new).collect();
    let line = |(at, (name, _, _)): (usize, &(&str, String, &str))| {
        let part = ratio(walls[at].median(), walls[0].median());
        format!("  {name}: {}; CPU {}; {part} of the first", walls[at], Series::new(std::mem::take(&mut cpus[at])))
    };
    programs.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
#[ignore = "measures; set STERN and KUBECTL"]
fn a_long_log_from_memory() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = dir.path().join("config");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    std::fs::write(&config, kubeconfig_of(listener.local_addr().expect("an address"), "token")).expect("written");
    let blocks = Arc::new([block(false), block(true)]);
    eprintln!("{} MB from memory over plain HTTP", blocks[0].len() * BLOCKS / 1_000_000);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let blocks = Arc::clone(&blocks);
            std::thread::spawn(move || serve(stream, &blocks));
        }
    });
    eprintln!("{}", compare(&config, "default", "big", RUNS));
}

#[test]
#[ignore = "measures; needs a cluster: set KUBECONFIG and PODTRIAGE_MEASURE_LOG"]
fn a_long_log_of_a_node() {
    let Ok(named) = std::env::var("PODTRIAGE_MEASURE_LOG") else {
        return eprintln!("PODTRIAGE_MEASURE_LOG is not set");
    };
    let (namespace, pod) = named.split_once('/').expect("NAMESPACE/POD");
    eprintln!("{}", compare(Path::new(&kubeconfig()), namespace, pod, 2));
}

fn block(has_times: bool) -> Vec<u8> {
    let line = |number: usize| {
        let time = if has_times { format!("2026-11-24T08:00:00.{number:09}Z ") } else { String::new() };
        format!(
            "{time}{number:09} level=info msg=\"request handled\" method=GET path=/api/v1/orders status=200 \
             client=10.0.0.7 ms=12\n"
        )
    };
    (0..LINES).map(line).collect::<String>().into_bytes()
}

/// Answers what the three programs ask for; the connection ends with a log.
fn serve(mut stream: TcpStream, blocks: &[Vec<u8>; 2]) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut first, mut line) = (String::new(), String::new());
        reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).ok()?;
        }
        let path = first.split(' ').nth(1)?;
        let path = path.strip_prefix("/token").unwrap_or(path);
        if path.contains("/log?") {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n").ok()?;
            let block = &blocks[usize::from(path.contains("timestamps=true"))];
            for _ in 0..BLOCKS {
                stream.write_all(block).ok()?;
            }
            return None;
        }
        let body = object(path.split('?').next()?).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json";
        stream.write_all(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes()).ok()?;
    }
}

fn object(path: &str) -> serde_json::Value {
    let ended = serde_json::json!({"name": "main", "restartCount": 0, "ready": false, "image": "i", "imageID": "i",
        "state": {"terminated": {"exitCode": 0, "reason": "Completed", "containerID": "c://1"}}});
    let pod = serde_json::json!({"kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": "big", "namespace": "default", "uid": "u", "resourceVersion": "7"},
        "spec": {"nodeName": "a", "containers": [{"name": "main", "image": "i"}]},
        "status": {"phase": "Succeeded", "containerStatuses": [ended]}});
    match path {
        "/api" => serde_json::json!({"kind": "APIVersions", "versions": ["v1"]}),
        "/apis" => serde_json::json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}),
        "/api/v1" => serde_json::json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": [
            {"name": "pods", "singularName": "pod", "namespaced": true, "kind": "Pod", "shortNames": ["po"],
             "verbs": ["get", "list", "watch"]}]}),
        "/api/v1/namespaces/default/pods" => {
            serde_json::json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": [pod]})
        }
        _ => pod,
    }
}
