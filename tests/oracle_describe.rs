//! Our descriptions and YAML against kubectl's own, for every pod and node (and a few kinds more) of a real
//! cluster.
//!
//! `KUBECONFIG=… cargo test --test oracle_describe -- --ignored`, with the kubectl of `$KUBECTL` (or on the
//! `PATH`), version 1.37. Only reads.

#![expect(clippy::panic, clippy::print_stderr, reason = "a test says what went wrong and ends")]

use std::process::Command;

use podtriage::base::stamp::Stamp;
use podtriage::describe::yaml::to_yaml_text;
use podtriage::describe::{DescribeInput, describe};
use serde_json::Value;

/// How often an object is read again when it changed between two reads.
const ATTEMPTS: usize = 5;

/// Go sorts up to so many stably. Events of the same second come in any order from kubectl when there are
/// more.
const STABLE_SORT: usize = 12;

/// What `kubectl ARGS` prints, or what it complains about.
fn kubectl(args: &[&str]) -> Result<String, String> {
    let program = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
    let output = Command::new(&program).args(args).output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn raw(path: &str) -> Result<Value, String> {
    serde_json::from_str(&kubectl(&["get", "--raw", path])?).map_err(|error| error.to_string())
}

/// The items of a list, with the kind and version that items of a list lack.
fn items(path: &str) -> Vec<Value> {
    let list = raw(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    list["items"].as_array().cloned().unwrap_or_default()
}

fn now() -> Stamp {
    Stamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Whether there is a cluster to ask; says so when there is none.
fn has_cluster() -> bool {
    let has = std::env::var_os("KUBECONFIG").is_some();
    if !has {
        eprintln!("SKIPPED: KUBECONFIG is not set, nothing was compared with kubectl");
    }
    has
}

fn events(namespace: &str, selector: &str) -> Vec<Value> {
    let place = if namespace.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
    items(&format!("/api/v1{place}/events?fieldSelector={selector}"))
}

fn pod_input(namespace: &str, name: &str) -> Result<DescribeInput, String> {
    let pod = raw(&format!("/api/v1/namespaces/{namespace}/pods/{name}"))?;
    let mirror = pod["metadata"]["annotations"]["kubernetes.io/config.mirror"].as_str();
    let uid = mirror.or(pod["metadata"]["uid"].as_str()).unwrap_or_default().to_owned();
    let selector = format!("involvedObject.name={name},involvedObject.namespace={namespace},involvedObject.uid={uid}");
    Ok(DescribeInput { events: Some(events(namespace, &selector)), ..DescribeInput::new(pod) })
}

fn node_input(name: &str) -> Result<DescribeInput, String> {
    let node = raw(&format!("/api/v1/nodes/{name}"))?;
    let running = format!("spec.nodeName={name},status.phase!=Succeeded,status.phase!=Failed");
    let pods = items(&format!("/api/v1/pods?fieldSelector={running}"));
    let about = |uid: &str| {
        events("", &format!("involvedObject.name={name},involvedObject.kind=Node,involvedObject.uid={uid}"))
    };
    let uid = node["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    let events = [about(&uid), about(name)].concat();
    let lease = raw(&format!("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}"));
    let resource_slices = items(&format!("/apis/resource.k8s.io/v1/resourceslices?fieldSelector=spec.nodeName={name}"));
    Ok(DescribeInput { events: Some(events), pods: Some(pods), lease, resource_slices, ..DescribeInput::new(node) })
}

/// A kind that kubectl has no description of its own for.
fn other_input(path: &str, namespace: &str, name: &str) -> Result<DescribeInput, String> {
    let path = path.replace("NAMESPACE", namespace);
    let object = raw(&format!("{path}/{name}"))?;
    let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    let selector = format!("involvedObject.name={name},involvedObject.uid={uid}");
    Ok(DescribeInput { events: Some(events(namespace, &selector)), ..DescribeInput::new(object) })
}

/// What came out of a comparison.
enum Outcome {
    Equal,
    /// The object went away meanwhile.
    Gone,
    /// kubectl's text and ours.
    Different(String, String),
}

fn compare_descriptions(kind: &Kind, namespace: &str, name: &str) -> Outcome {
    let (kind, resource, _, path) = *kind;
    let read = || match kind {
        "Pod" => pod_input(namespace, name),
        "Node" => node_input(name),
        _ => other_input(path, namespace, name),
    };
    let namespace_flag = format!("--namespace={namespace}");
    let mut last = Outcome::Gone;
    for _ in 0..ATTEMPTS {
        let before = now();
        let theirs = kubectl(&["describe", resource, name, &namespace_flag]);
        let after = now();
        let (Ok(theirs), Ok(input)) = (theirs, read()) else { return Outcome::Gone };
        // kubectl read its clock somewhere between the two.
        let span = after.micros_since(before).unwrap_or(0);
        let moments = (0..=20).map(|step| before.plus_micros(span / 20 * step));
        let many_events = input.events.as_ref().is_some_and(|events| events.len() > STABLE_SORT);
        let same = |ours: &str| ours == theirs || (many_events && sorted(ours) == sorted(&theirs));
        if moments.clone().any(|moment| same(&describe(kind, &input, moment).plain())) {
            return Outcome::Equal;
        }
        last = Outcome::Different(theirs, describe(kind, &input, after).plain());
    }
    last
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

fn compare_yaml(kind: &Kind, namespace: &str, name: &str) -> Outcome {
    let path = format!("{}/{name}", kind.3.replace("NAMESPACE", namespace));
    let namespace_flag = format!("--namespace={namespace}");
    let mut last = Outcome::Gone;
    for _ in 0..ATTEMPTS {
        let theirs = kubectl(&["get", kind.1, name, &namespace_flag, "-o", "yaml"]);
        let (Ok(theirs), Ok(object)) = (theirs, raw(&path)) else { return Outcome::Gone };
        let ours = to_yaml_text(&object, true).plain();
        if ours == theirs {
            return Outcome::Equal;
        }
        last = Outcome::Different(theirs, ours);
    }
    last
}

fn report(differences: &[(String, String, String)]) {
    for (what, theirs, ours) in differences {
        eprintln!("== {what}");
        for line in theirs.lines().filter(|line| !ours.lines().any(|other| other == *line)) {
            eprintln!("- {line}");
        }
        for line in ours.lines().filter(|line| !theirs.lines().any(|other| other == *line)) {
            eprintln!("+ {line}");
        }
    }
    assert!(differences.is_empty(), "{} objects differ from kubectl", differences.len());
}

/// Namespace and name of everything in a list.
fn names(path: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    items(path).iter().map(|item| (text(&item["metadata"]["namespace"]), text(&item["metadata"]["name"]))).collect()
}

/// Kind, name for kubectl, path of the list in all namespaces, path of the list in one (when there is such).
type Kind = (&'static str, &'static str, &'static str, &'static str);

const KINDS: [Kind; 6] = [
    ("Pod", "pod", "/api/v1/pods", "/api/v1/namespaces/NAMESPACE/pods"),
    ("Node", "node", "/api/v1/nodes", "/api/v1/nodes"),
    ("ConfigMap", "configmap", "/api/v1/configmaps", "/api/v1/namespaces/NAMESPACE/configmaps"),
    (
        "Lease",
        "lease",
        "/apis/coordination.k8s.io/v1/leases",
        "/apis/coordination.k8s.io/v1/namespaces/NAMESPACE/leases",
    ),
    (
        "APIService",
        "apiservice",
        "/apis/apiregistration.k8s.io/v1/apiservices",
        "/apis/apiregistration.k8s.io/v1/apiservices",
    ),
    (
        "FlowSchema",
        "flowschema",
        "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
        "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
    ),
];

/// Compares every object of every kind.
fn compare_all(what: &str, compare: impl Fn(&Kind, &str, &str) -> Outcome) {
    if !has_cluster() {
        return;
    }
    let mut differences = Vec::new();
    for kind in &KINDS {
        let mut equal = 0;
        for (namespace, name) in names(kind.2) {
            match compare(kind, &namespace, &name) {
                Outcome::Equal => equal += 1,
                Outcome::Gone => eprintln!("{} {namespace}/{name} went away", kind.0),
                Outcome::Different(theirs, ours) => {
                    differences.push((format!("{} {namespace}/{name}", kind.0), theirs, ours));
                }
            }
        }
        eprintln!("{}: {equal} {what} are equal", kind.0);
        assert!(equal > 0 || !differences.is_empty(), "no {} was compared", kind.0);
    }
    report(&differences);
}

#[test]
#[ignore = "needs a real cluster: KUBECONFIG"]
fn every_description_equals_kubectl() {
    compare_all("descriptions", compare_descriptions);
}

#[test]
#[ignore = "needs a real cluster: KUBECONFIG"]
fn every_yaml_equals_kubectl() {
    compare_all("manifests", compare_yaml);
}
