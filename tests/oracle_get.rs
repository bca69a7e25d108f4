//! The plain commands against kubectl's own output, on a real cluster, while it changes.
//!
//! `KUBECONFIG=… cargo test --test oracle_get -- --ignored`, with the kubectl of `$KUBECTL` (or on the `PATH`), version
//! 1.37. Only reads. Everything is compared byte by byte, standard error and exit status too; only ages may have become
//! older by the time between the two calls (`tests/support/same.rs`, whose own tests show that one changed character is
//! found). What changed between the two calls is read again, a few times.

#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test says what went wrong and ends")]
#![expect(clippy::disallowed_methods, reason = "a test may look at the clock")]

#[path = "support/same.rs"]
mod same;

use std::process::Command;
use std::time::Instant;

/// How often a pair of outputs is made anew when they differ.
const ATTEMPTS: usize = 6;

/// A finished command: exit status, standard output, standard error.
struct Ran(Option<i32>, String, String);

fn run(program: &str, line: &str) -> Ran {
    let output = Command::new(program).args(line.split_whitespace()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Ran(output.status.code(), text(output.stdout), text(output.stderr))
}

fn kubectl(line: &str) -> Ran {
    run(&std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned()), line)
}

/// Whether there is a cluster to ask; says so when there is none.
fn has_cluster() -> bool {
    let has = std::env::var_os("KUBECONFIG").is_some();
    if !has {
        eprintln!("SKIPPED: KUBECONFIG is not set, nothing was compared with kubectl");
    }
    has
}

/// The first difference between what kubectl prints and what we print.
fn compare(theirs: &str, ours: &str) -> Result<(), String> {
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        let begun = Instant::now();
        let their = kubectl(theirs);
        let our = run(env!("CARGO_BIN_EXE_podtriage"), ours);
        let seconds = i64::try_from(begun.elapsed().as_secs()).unwrap_or(0) + 1;
        let difference = same::difference(&their.1, &our.1, seconds).or_else(|| same::difference(&their.2, &our.2, 0));
        match difference {
            None if their.0 == our.0 => return Ok(()),
            None => last = format!("exit status {:?}, ours {:?}", their.0, our.0),
            Some(difference) => last = difference,
        }
    }
    Err(format!("kubectl {theirs} | podtriage {ours}: {last}"))
}

/// Compares all pairs, and tells of all that differ.
fn compare_all(pairs: &[(String, String)]) {
    let different: Vec<_> = pairs.iter().filter_map(|(theirs, ours)| compare(theirs, ours).err()).collect();
    eprintln!("{} of {} outputs are equal", pairs.len() - different.len(), pairs.len());
    assert!(different.is_empty(), "{} outputs differ:\n{}", different.len(), different.join("\n"));
}

/// The same words for both.
fn alike(line: impl Into<String>) -> (String, String) {
    let line = line.into();
    (line.clone(), line)
}

fn words(line: &str) -> Vec<String> {
    let Ran(status, out, error) = kubectl(line);
    assert_eq!(status, Some(0), "{line}: {error}");
    out.split_whitespace().map(str::to_owned).collect()
}

/// `-n NAME` of every namespace, and `-A`.
fn places() -> Vec<String> {
    let names = words("get namespaces -o jsonpath={.items[*].metadata.name}");
    names.iter().map(|name| format!("-n {name}")).chain(["-A".to_owned()]).collect()
}

/// `-n NAMESPACE NAME` of every pod.
fn pods() -> Vec<(String, String)> {
    let pods = words(r"get pods -A -o jsonpath={range.items[*]}{.metadata.namespace}{'\t'}{.metadata.name}{'\n'}{end}");
    pods.chunks_exact(2).map(|pod| (pod[0].clone(), pod[1].clone())).collect()
}

fn nodes() -> Vec<String> {
    words("get nodes -o jsonpath={.items[*].metadata.name}")
}

#[test]
#[ignore = "needs a real cluster: KUBECONFIG"]
fn every_table_equals_kubectl() {
    if !has_cluster() {
        return;
    }
    let mut pairs = Vec::new();
    for place in places() {
        for flags in ["", "-o wide", "-o name", "--show-labels --no-headers", "-L app,tier -o wide"] {
            pairs.push((format!("get pods {place} {flags}"), format!("pods {place} {flags}")));
        }
        for flags in ["", "-o wide", "-o name"] {
            pairs.push(alike(format!("get events {place} {flags}")));
        }
        for flags in ["", "--types=Warning", "--no-headers", "-o json"] {
            pairs.push(alike(format!("events {place} {flags}")));
        }
        pairs.push(alike(format!("get pods,nodes,events {place}")));
    }
    for flags in ["", "-o wide", "-o name", "--show-labels", "-A -o wide"] {
        pairs.push((format!("get nodes {flags}"), format!("nodes {flags}")));
    }
    compare_all(&pairs);
}

#[test]
#[ignore = "needs a real cluster: KUBECONFIG"]
fn every_document_equals_kubectl() {
    if !has_cluster() {
        return;
    }
    let mut pairs: Vec<_> = places()
        .iter()
        .flat_map(|place| ["json", "yaml"].map(|form| format!("get pods {place} -o {form}")))
        .chain(
            ["get nodes -o json", "get nodes -o yaml --show-managed-fields", "get events -A -o yaml"]
                .map(str::to_owned),
        )
        .map(alike)
        .collect();
    for (namespace, name) in pods() {
        let pod = format!("pod/{name} -n {namespace}");
        pairs.push(alike(format!("get {pod} -o json")));
        pairs.push((format!("get {pod} -o yaml"), format!("yaml {pod}")));
        pairs.push(alike(format!("get {pod} -o wide")));
    }
    for name in nodes() {
        pairs.push(alike(format!("get node {name} -o json")));
        pairs.push((format!("get node {name} -o yaml"), format!("yaml node/{name}")));
    }
    compare_all(&pairs);
}

#[test]
#[ignore = "needs a real cluster: KUBECONFIG"]
fn every_description_equals_kubectl() {
    if !has_cluster() {
        return;
    }
    let mut pairs: Vec<_> =
        ["describe nodes", "describe nodes --show-events", "describe pods -n kube-system --show-events"]
            .map(alike)
            .to_vec();
    pairs.extend(pods().into_iter().map(|(namespace, name)| alike(format!("describe pod {name} -n {namespace}"))));
    pairs.extend(nodes().into_iter().map(|name| alike(format!("describe node/{name}"))));
    for (namespace, name) in pods() {
        let about = format!("events --for pod/{name} -n {namespace}");
        pairs.push(alike(about));
    }
    compare_all(&pairs);
}

#[test]
#[ignore = "needs a real cluster: KUBECONFIG"]
fn every_refusal_equals_kubectl() {
    if !has_cluster() {
        return;
    }
    let lines = [
        "get pods -n no-such-namespace",
        "get pods -A -l no=such",
        "get pod nope",
        "get pod nope nope2 -o yaml",
        "get pod nope -o json",
        "get pod/nope node/nope",
        "get pod nope --ignore-not-found",
        "get pod nope --ignore-not-found -o json",
        "get pod nope -A",
        "get pod nope -l a=b",
        "get pod/nope -l a=b",
        "get pod/a/b",
        "get pods/",
        "get pods --field-selector no.such=field",
        "get pods -l a==b==c",
        "get pods,nodes -w",
        "get nosuchkind",
        "get pods --as nobody",
        "get nodes --as nobody -o yaml",
        "describe pods --as nobody",
        "describe pod nope",
        "describe pods -n no-such-namespace",
        "describe pod/nope node/nope",
        "events -n no-such-namespace",
        "events -A --for pod/nope",
        "events --for nope",
        "events --for pod/a/b",
        "events --types=foo",
        "events --as nobody",
    ];
    compare_all(&lines.map(alike));
}
