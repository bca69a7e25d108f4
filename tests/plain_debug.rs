//! `podtriage debug` of the real program on the demo cluster. What it sends is held against kubectl by `oracle_debug.rs`.

#![expect(clippy::expect_used, reason = "a test says what went wrong and ends")]

use std::process::{Command, Output};
use std::sync::LazyLock;

use podtriage::base::stamp::Stamp;
use podtriage::demo::{DemoCluster, DemoOptions, kubeconfig};
use serde_json::Value;

/// What `podtriage debug LINE` does, on one demo cluster for all tests.
fn debug(line: &str) -> Output {
    static CLUSTER: LazyLock<Served> = LazyLock::new(Served::start);
    let mut command = Command::new(env!("CARGO_BIN_EXE_podtriage"));
    let config = CLUSTER.directory.path().join("config");
    command.arg("debug").args(line.split_whitespace()).arg("--kubeconfig").arg(config).output().expect("it starts")
}

/// A demo cluster that listens.
struct Served {
    directory: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Served {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let now = Stamp::from_millis(jiff::Timestamp::now().as_millisecond());
        let options = DemoOptions { seed: 3, scenario: Some("incident".to_owned()), now };
        let inside = runtime.enter();
        let cluster = DemoCluster::start(options).expect("a known scenario");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move { cluster.serve(listener, "token").await });
        drop(inside);
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("config"), kubeconfig(address, "token")).expect("written");
        Self { directory, _runtime: runtime }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// Standard output and standard error of what goes well.
fn done(line: &str) -> (String, String) {
    let output = debug(line);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{line}: {stdout}{stderr}");
    (stdout, stderr)
}

/// Standard error of what does not; nothing is printed.
fn refused(line: &str) -> String {
    let output = debug(line);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""), "{line}");
    text(&output.stderr)
}

fn document(line: &str) -> (Value, String) {
    let (stdout, stderr) = done(line);
    (serde_yaml::from_str(&stdout).expect("a document"), stderr)
}

#[test]
fn what_would_be_sent_can_be_printed() {
    let (patch, said) = document("-n data postgres-0 --image=busybox --target=postgres --dry-run -o yaml");
    assert!(said.starts_with("Targeting container \"postgres\"."), "{said}");
    assert!(said.contains("Defaulting debug container name to debugger-"), "{said}");
    assert_eq!(patch["spec"]["ephemeralContainers"][0]["targetContainerName"], "postgres");
    let (copy, _) = document("-n data postgres-0 --image=busybox --copy-to=cp -q --dry-run=client -o json");
    assert_eq!((&copy["kind"], &copy["metadata"]["name"]), (&"Pod".into(), &"cp".into()));
    assert_eq!(copy["spec"]["shareProcessNamespace"], true);
    let (pod, said) = document("node/worker-1 -n shop --image=busybox --profile=sysadmin --dry-run=client -o yaml");
    assert_eq!((&pod["spec"]["nodeName"], &pod["metadata"]["namespace"]), (&"worker-1".into(), &"shop".into()));
    assert!(said.starts_with("Creating debugging pod node-debugger-worker-1-"), "{said}");
}

#[test]
fn the_server_can_be_asked_what_would_come_of_it() {
    let (pod, _) = document("-n data postgres-0 --image=busybox -c d --dry-run=server -o yaml");
    assert_eq!(pod["spec"]["ephemeralContainers"][0]["name"], "d");
    assert!(pod["metadata"]["uid"].is_string());
    let (said, _) = done("-n data postgres-0 --image=busybox -c d --dry-run=server");
    assert_eq!(said, "pod/postgres-0: ephemeral container d added (server dry run)\n");
    let (name, _) = done("-n data postgres-0 --image=busybox --copy-to=cp -c d --replace --dry-run=server -o name");
    assert_eq!(name, "pod/cp\n");
}

#[test]
fn without_being_asked_nothing_is_printed_but_generated_names() {
    assert_eq!(done("-n data postgres-0 --image=busybox -c once"), (String::new(), String::new()));
    let (said, _) = done("-n data postgres-0 --image=busybox --copy-to=cp");
    assert!(said.starts_with("Defaulting debug container name to debugger-") && said.lines().count() == 1, "{said}");
    assert_eq!(done("-n data postgres-0 --image=busybox --copy-to=cq -q"), (String::new(), String::new()));
}

#[test]
fn d37_a_file_that_cannot_be_read_and_one_that_is_no_container() {
    let missing = refused("x --image=b --custom=/nowhere.yaml");
    let said = "error: must pass a container spec json file for custom profile: open /nowhere.yaml: no such file or directory\n";
    assert_eq!(missing, said);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("custom.json");
    std::fs::write(&file, "[1]").expect("written");
    let wrong = refused(&format!("x --image=b --custom={}", file.display()));
    assert!(wrong.contains("custom.json does not contain a valid container spec: "), "{wrong}");
}

#[test]
fn a_flag_that_is_no_pair() {
    let said = refused("x --image=b --env=A");
    let wanted = "error: invalid argument \"A\" for \"--env\" flag: A must be formatted as key=value\n\
                  See 'podtriage debug --help' for usage.\n";
    assert_eq!(said, wanted);
}

#[test]
fn an_ephemeral_container_needs_a_name_of_its_own() {
    let said = refused("-n data postgres-0 --image=busybox -c postgres");
    assert_eq!(said, "error: the pod has container \"postgres\" already: choose another name\n");
}
