//! The cluster: a namespace with the pods that are debugged, and what debugging has made there.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Where everything happens.
pub const NAMESPACE: &str = "podtriage-interrupted";
/// A pod that no node is good enough for.
pub const BASE: &str = "base";
/// A pod that runs, for what is attached to.
pub const LIVE: &str = "live";

/// What kubectl prints; it must succeed.
pub fn kubectl(words: &[&str], input: Option<&Value>) -> String {
    let mut command = Command::new(std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into()));
    command.args(["-n", NAMESPACE]).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("kubectl starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    if let Some(input) = input {
        stdin.write_all(input.to_string().as_bytes()).expect("kubectl reads");
    }
    drop(stdin);
    let output = child.wait_with_output().expect("kubectl ends");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A pod of these names: one that runs, or one that is scheduled nowhere, so that the nodes have nothing to do.
pub fn pod(name: &str) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"terminationGracePeriodSeconds": 0,
            "containers": [{"name": "app", "image": "busybox:1.28", "command": ["sleep", "100000"]}]}});
    if name != LIVE {
        pod["spec"]["nodeSelector"] = json!({"podtriage.dev/nowhere": "true"});
    }
    pod
}

/// The namespace with its pods; deleted at the end, whatever came of the test.
pub struct Place {
    /// A node that can run pods.
    pub node: String,
}

impl Place {
    /// Makes it.
    pub fn new() -> Self {
        let nodes: Value = serde_json::from_str(&kubectl(&["get", "nodes", "-o", "json"], None)).expect("JSON");
        let mut nodes = nodes["items"].as_array().expect("nodes").iter();
        let node = nodes.find(|node| node["spec"]["taints"].is_null()).expect("a node that takes every pod");
        let this = Self { node: node["metadata"]["name"].as_str().expect("a name").to_owned() };
        kubectl(&["create", "namespace", NAMESPACE], None);
        for name in [BASE, LIVE] {
            kubectl(&["create", "-f", "-"], Some(&pod(name)));
        }
        kubectl(&["wait", "pod", LIVE, "--for=condition=Ready", "--timeout=120s"], None);
        this
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        kubectl(&["delete", "namespace", NAMESPACE, "--wait=false"], None);
    }
}

/// What is there.
#[derive(Debug, Default)]
pub struct There {
    /// What debugging made: names of pods, and of containers that have not ended.
    pub made: BTreeSet<String>,
    /// All pods.
    pub pods: BTreeSet<String>,
}

/// Looks.
pub fn there() -> There {
    let pods: Value = serde_json::from_str(&kubectl(&["get", "pods", "-o", "json"], None)).expect("JSON");
    let mut there = There::default();
    for pod in pods["items"].as_array().expect("pods") {
        let name = pod["metadata"]["name"].as_str().expect("a name");
        there.pods.insert(name.to_owned());
        let is_given = name == BASE || name == LIVE || name.starts_with("victim-");
        there.made.extend((!is_given).then(|| name.to_owned()));
        let statuses = pod["status"]["ephemeralContainerStatuses"].as_array().into_iter().flatten();
        let ended: Vec<_> =
            statuses.filter(|one| one["state"]["terminated"].is_object()).map(|one| &one["name"]).collect();
        let containers = pod["spec"]["ephemeralContainers"].as_array().into_iter().flatten();
        let living = containers.map(|container| &container["name"]).filter(|name| !ended.contains(name));
        there.made.extend(living.filter_map(|name| Some(name.as_str()?.to_owned())));
    }
    there
}
