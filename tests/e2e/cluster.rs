//! The cluster as `kubectl` sees it, and a namespace for each test.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use crate::support::terminal::{PODTRIAGE, Run};

/// What `KUBECONFIG` names, in absolute paths: the program runs in another folder.
pub fn kubeconfig() -> OsString {
    let named = std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty());
    let named = named.expect("KUBECONFIG is not set: these tests need a cluster, see the top of tests/e2e/main.rs");
    let paths = std::env::split_paths(&named).map(|path| std::path::absolute(path).expect("a path"));
    std::env::join_paths(paths).expect("paths")
}

/// The program with these arguments, on that cluster.
pub fn podtriage<'a>(args: impl IntoIterator<Item = &'a str>) -> Run {
    let args: Vec<_> = args.into_iter().collect();
    // Most tests are about lists; a command has no such flag.
    let is_list = args.first().is_none_or(|first| first.starts_with('-')) && !args.contains(&"--view");
    let view = if is_list { ["--view", "pods"].as_slice() } else { &[] };
    Run::new(PODTRIAGE, args.iter().chain(view).copied()).env("KUBECONFIG", kubeconfig()).size(160, 50)
}

/// Says loudly that something was not tried.
pub fn skipped(why: &str) {
    eprintln!("\n=== SKIPPED: {why} ===\n");
}

/// The value of a variable that a test needs; says so where there is none.
pub fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        skipped(&format!("{name} is not set"));
    }
    value
}

/// What kubectl prints; it must succeed.
pub fn kubectl(line: &str) -> String {
    succeeded(line, command(line).stdin(Stdio::null()).output().expect("kubectl starts"))
}

fn command(line: &str) -> Command {
    let mut command = Command::new(std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into()));
    command.env("KUBECONFIG", kubeconfig()).args(line.split(' '));
    command
}

fn succeeded(line: &str, output: Output) -> String {
    assert!(output.status.success(), "kubectl {line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Applies a manifest; in no namespace where it is empty.
pub fn apply(namespace: &str, manifest: &str) {
    let line = if namespace.is_empty() { "apply -f -".to_owned() } else { format!("apply -n {namespace} -f -") };
    let mut child = command(&line).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("kubectl starts");
    child.stdin.take().expect("piped").write_all(manifest.as_bytes()).expect("it reads");
    succeeded(&line, child.wait_with_output().expect("it ends"));
}

/// The name of a pod of the scenarios (in `default`) that runs; says so where there is none.
pub fn scenario(prefix: &str) -> Option<String> {
    let names = kubectl("get pods -n default --field-selector status.phase=Running -o name");
    let name = names.lines().filter_map(|name| name.strip_prefix("pod/")).find(|name| name.starts_with(prefix));
    if name.is_none() {
        skipped(&format!("no pod {prefix} runs in namespace default"));
    }
    name.map(str::to_owned)
}

/// A namespace that is deleted with what is in it.
pub struct Namespace {
    /// Its name.
    pub name: String,
}

impl Namespace {
    /// Makes one.
    pub fn new() -> Self {
        let random = tempfile::Builder::new().rand_bytes(8).tempfile().expect("a name");
        let random = random.path().file_name().expect("a name").to_string_lossy().to_lowercase();
        let name = format!("podtriage-e2e-{}", random.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
        kubectl(&format!("create namespace {name}"));
        Self { name }
    }

    /// What kubectl prints for a command in this namespace.
    pub fn kubectl(&self, line: &str) -> String {
        kubectl(&format!("-n {} {line}", self.name))
    }

    /// Applies a pod with one container, `main`, and stays until `wanted` of it holds (see `kubectl wait`).
    pub fn run(&self, pod: &str, spec: &str, wanted: &str) {
        self.apply(pod, spec);
        self.kubectl(&format!("wait pod/{pod} --for={wanted} --timeout=120s"));
    }

    /// Applies a pod with one container, `main`, that is `spec`.
    pub fn apply(&self, pod: &str, spec: &str) {
        let manifest = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {pod}}}\nspec:\n  terminationGracePeriodSeconds: 1\n  \
             volumes: [{{name: kept, emptyDir: {{}}}}]\n  containers:\n  - name: main\n    \
             volumeMounts: [{{name: kept, mountPath: /kept}}]\n{spec}"
        );
        self.apply_manifest(&manifest);
    }

    /// Applies manifests, in this namespace where they name none.
    pub fn apply_manifest(&self, manifest: &str) {
        apply(&self.name, manifest);
    }

    /// The program, with the cursor on a pod of this namespace.
    pub fn podtriage_at(&self, pod: &str) -> Run {
        podtriage(["-n", self.name.as_str(), pod])
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let line = format!("delete namespace {} --wait=false", self.name);
        let _ = command(&line).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// A container of busybox that runs a script.
pub fn busybox(script: &str) -> String {
    let script = serde_json::to_string(script).expect("text");
    format!("    image: busybox:1.28\n    command: [sh, -c, {script}]\n")
}
