//! The real `kubectl` against the demo cluster: what keeps the demo honest.
//!
//! Needs the `kubectl` that `KUBECTL` names, or one on the PATH; without one these tests say so and pass.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it skipped"
)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use podtriage::base::stamp::Stamp;
use podtriage::demo::{DemoCluster, DemoOptions, kubeconfig};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

#[path = "demo_kubectl/debug.rs"]
mod debug;
#[path = "support/mod.rs"]
mod support;

const TOKEN: &str = "demo-token";
/// No command may take longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A demo cluster on loopback, and a kubectl that is set up for it.
struct Bench {
    directory: tempfile::TempDir,
    config: PathBuf,
    _server: tokio::task::JoinHandle<()>,
}

/// The kubectl to try it with.
fn kubectl() -> String {
    std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned())
}

/// The bench; `None` when there is no kubectl.
async fn bench(scenario: &str) -> Option<Bench> {
    let found = std::process::Command::new(kubectl()).arg("version").arg("--client").stdout(Stdio::null()).status();
    if found.is_err() {
        eprintln!("SKIPPED: no kubectl, the demo cluster was not tried with it");
        return None;
    }
    let now = Stamp::from_millis(jiff::Timestamp::now().as_millisecond());
    let options = DemoOptions { seed: 11, scenario: Some(scenario.to_owned()), now };
    let cluster = DemoCluster::start(options).expect("a known scenario");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address: SocketAddr = listener.local_addr().expect("an address");
    #[expect(clippy::disallowed_methods, reason = "a test owns its server")]
    let server = tokio::spawn(async move { cluster.serve(listener, TOKEN).await });
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("config");
    std::fs::write(&config, kubeconfig(address, TOKEN)).expect("written");
    Some(Bench { directory, config, _server: server })
}

impl Bench {
    fn kubectl(&self, line: &str) -> Command {
        let mut command = Command::new(kubectl());
        command.env("KUBECONFIG", &self.config).arg("--cache-dir").arg(self.directory.path().join("cache"));
        command.args(line.split(' ')).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    async fn output(&self, line: &str) -> Output {
        tokio::time::timeout(PATIENCE, self.kubectl(line).output())
            .await
            .unwrap_or_else(|_| panic!("{line}: too slow"))
            .expect("it starts")
    }

    /// Output of a command that must succeed.
    async fn run(&self, line: &str) -> String {
        let output = self.output(line).await;
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Errors of a command that must fail.
    async fn fail(&self, line: &str) -> String {
        let output = self.output(line).await;
        assert!(!output.status.success(), "{line} succeeded");
        String::from_utf8(output.stderr).expect("text")
    }

    /// The first `count` lines of a command that goes on.
    async fn lines(&self, line: &str, count: usize) -> Vec<String> {
        let mut child = self.kubectl(line).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut reader = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut lines = Vec::new();
        while lines.len() < count {
            let next = tokio::time::timeout(PATIENCE, reader.next_line()).await;
            lines.push(next.unwrap_or_else(|_| panic!("{line}: only {lines:?}")).expect("text").expect("it goes on"));
        }
        lines
    }

    async fn name(&self, line: &str) -> String {
        self.run(&format!("{line} -o name")).await.lines().next().expect("one").to_owned()
    }
}

fn has(text: &str, wanted: &[&str]) {
    for part in wanted {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_reads() {
    let Some(bench) = bench("incident").await else { return };
    let pods = bench.run("get pods -A").await;
    has(
        &pods,
        &[
            "NAMESPACE",
            "CrashLoopBackOff",
            "ImagePullBackOff",
            "CreateContainerConfigError",
            "Terminating",
            "Pending",
            "Completed",
            "postgres-0",
        ],
    );
    has(&bench.run("get pods -n shop -o wide").await, &["NOMINATED NODE", "worker-1", "10.42."]);
    has(&bench.run("get pods -n data -l app=postgres").await, &["postgres-0", "1/1"]);
    has(&bench.run("get nodes -o wide").await, &["control-plane", "NotReady", "containerd://2.1.4"]);
    has(&bench.run("get events -n shop").await, &["FailedScheduling", "0/5 nodes are available"]);
    has(&bench.run("events -A").await, &["BackOff", "OBJECT"]);
    has(&bench.run("get all -n shop").await, &["deployment.apps/web", "replicaset.apps/", "service/cart"]);
    has(&bench.run("get ns,cm,svc,jobs,leases -A").await, &["kube-node-lease", "nightly-report", "Complete"]);
    has(&bench.run("api-resources").await, &["deployments", "po", "apps/v1", "poddisruptionbudgets"]);
    has(&bench.run("version").await, &["Server Version: v1.35.4"]);
    has(&bench.fail("get pod nope").await, &["Error from server (NotFound): pods \"nope\" not found"]);
    assert_eq!(bench.run("auth can-i list pods").await, "yes\n");
    let refused = bench.output("auth can-i delete nodes").await;
    assert_eq!(refused.status.code(), Some(1));
    has(&String::from_utf8_lossy(&refused.stdout), &["no - the demo cluster keeps its nodes"]);
    has(&bench.run("auth can-i --list").await, &["*.*"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_describes() {
    let Some(bench) = bench("incident").await else { return };
    let cache = bench.name("get pods -n data -l app=cache").await;
    let described = bench.run(&format!("describe {cache} -n data")).await;
    has(
        &described,
        &[
            "OOMKilled",
            "Exit Code:    137",
            "memory:  128Mi",
            "Back-off restarting failed container cache",
            "Controlled By:  ReplicaSet/cache-",
        ],
    );
    let gateway = bench.name("get pods -n shop -l app=gateway").await;
    has(&bench.run(&format!("describe {gateway} -n shop")).await, &["Ephemeral Containers:", "debugger-x7k2p"]);
    let node = bench.run("describe node worker-4").await;
    has(
        &node,
        &[
            "NodeStatusUnknown",
            "Kubelet stopped posting node status.",
            "node.kubernetes.io/unreachable:NoExecute",
            "Non-terminated Pods:",
            "NodeNotReady",
        ],
    );
    has(
        &bench.run("describe deployment ledger -n payments").await,
        &["ProgressDeadlineExceeded", "registry.acme.dev/payments/ledger:3.2.O"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_shows_logs() {
    let Some(bench) = bench("crash-loops").await else { return };
    let fraud = bench.name("get pods -n payments -l app=fraud-check").await;
    has(&bench.run(&format!("logs -p {fraud} -n payments")).await, &["fatal: cannot start without rules"]);
    assert_eq!(bench.lines("logs -f deploy/web -n shop --tail=2", 5).await.len(), 5);
    let stamped = bench.run("logs deploy/web -n shop --tail=3 --timestamps").await;
    assert_eq!(stamped.lines().filter(|line| line.contains("Z ")).count(), 3, "{stamped}");
    has(&bench.run("logs deploy/cart -n shop --tail=5").await, &["カート"]);
    has(
        &bench.fail("logs postgres-0 -n data -p").await,
        &["previous terminated container \"postgres\" in pod \"postgres-0\" not found"],
    );
    has(&bench.run("logs -n shop -l app=web --prefix --tail=1").await, &["[pod/web-"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_runs_commands() {
    let Some(bench) = bench("healthy").await else { return };
    let output = bench.output("exec -n shop deploy/web -- sh -c exit\u{a0}3").await;
    assert_eq!(output.status.code(), Some(127), "the words are passed as they are");
    let mut command = bench.kubectl("exec -n shop deploy/web --");
    let output = command.args(["sh", "-c", "echo out; exit 3"]).output().await.expect("it starts");
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "out\n");
    has(&String::from_utf8_lossy(&output.stderr), &["command terminated with exit code 3"]);
    has(&bench.run("exec -n shop deploy/web -- cat /etc/hosts").await, &["Kubernetes-managed"]);
    has(
        &bench.fail("exec -n shop deploy/gateway -- sh").await,
        &["exec: \"sh\": executable file not found in $PATH: unknown"],
    );
    let gateway = bench.name("get pods -n shop -l app=gateway").await;
    let gateway = gateway.trim_start_matches("pod/");
    bench
        .run(&format!(
            "debug -n shop {gateway} --image=busybox:1.36 --profile=general --attach=false -c dbg -- sleep 100"
        ))
        .await;
    bench
        .run(&format!(
            "debug -n shop {gateway} --image=busybox:1.36 --profile=general --attach=false --copy-to=twin -- sleep 100"
        ))
        .await;
    has(&bench.run(&format!("get pod -n shop {gateway} -o yaml")).await, &["name: dbg", "targetContainerName"][..1]);
    has(&bench.run("get pod -n shop twin").await, &["twin"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_writes() {
    let Some(bench) = bench("healthy").await else { return };
    let web = bench.name("get pods -n shop -l app=web").await;
    has(&bench.run(&format!("delete {web} -n shop")).await, &["deleted"]);
    assert!(!bench.run("get pods -n shop -l app=web -o name").await.contains(&web));
    bench.run("rollout status deploy/web -n shop --timeout=50s").await;
    has(&bench.run("scale deploy/web -n shop --replicas=4").await, &["deployment.apps/web scaled"]);
    bench.run("rollout status deploy/web -n shop --timeout=50s").await;
    has(&bench.run("get deploy web -n shop").await, &["4/4"]);
    bench.run("set image deploy/web web=registry.acme.dev/shop/web:1.9.1 -n shop").await;
    has(&bench.run("rollout status deploy/web -n shop --timeout=55s").await, &["successfully rolled out"]);
    bench.run("rollout restart deploy/cart -n shop").await;
    bench.run("rollout status deploy/cart -n shop --timeout=55s").await;
    has(&bench.run("rollout history deploy/web -n shop").await, &["REVISION", "2"]);
    has(&bench.run("rollout undo deploy/web -n shop").await, &["rolled back"]);
    bench.run("rollout status deploy/web -n shop --timeout=55s").await;
    bench.run("rollout restart sts/postgres -n data").await;
    bench.run("rollout status sts/postgres -n data --timeout=55s").await;
    has(&bench.run("rollout history sts/postgres -n data").await, &["REVISION", "2"]);
    has(
        &bench.fail("delete pod postgres-0 -n data --as viewer").await,
        &["User \"viewer\" cannot delete resource \"pods\""],
    );
    has(&bench.fail("delete node worker-2").await, &["nodes \"worker-2\" is forbidden"]);
    has(&bench.run("cordon worker-2").await, &["node/worker-2 cordoned"]);
    has(&bench.run("get node worker-2").await, &["Ready,SchedulingDisabled"]);
    has(&bench.run("uncordon worker-2").await, &["uncordoned"]);
    has(&bench.run("label pod postgres-0 -n data seen=yes").await, &["labeled"]);
    has(&bench.run("create configmap mine --from-literal=a=1 -n default").await, &["created"]);
    has(&bench.run("run probe --image=busybox:1.36 -n default --restart=Never -- sleep 600").await, &["created"]);
    bench.run("wait pod/probe -n default --for=condition=Ready --timeout=50s").await;
    has(&bench.run("delete pod probe -n default --force").await, &["force deleted"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_watches() {
    let Some(bench) = bench("incident").await else { return };
    let there = bench.run("get pods -A").await.lines().count();
    let lines = bench.lines("get pods -A -w", there + 2).await;
    assert!(lines[0].starts_with("NAME"), "{lines:?}");
    let events = bench.lines("get events -A --watch-only", 2).await;
    assert!(events[0].starts_with("NAMESPACE"), "{events:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_copies_files() {
    let Some(bench) = bench("healthy").await else { return };
    let at = |name: &str| bench.directory.path().join(name);
    std::fs::create_dir_all(at("tree/empty")).expect("folders");
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let long = "n".repeat(150);
    for (name, content) in [("bytes", bytes.as_slice()), ("日本", b"text\n"), (&long, b"")] {
        std::fs::write(at("tree").join(name), content).expect("a file");
    }
    let pod = bench.name("get pods -n shop -l app=cart").await.replace("pod/", "");
    bench.run(&format!("cp {} shop/{pod}:/tmp/in", at("tree").display())).await;
    has(&bench.run(&format!("exec -n shop {pod} -- ls /tmp/in")).await, &["bytes\n", "empty\n", "日本\n"]);
    bench.run(&format!("cp shop/{pod}:/tmp/in {}", at("back").display())).await;
    assert_eq!(std::fs::read(at("back/bytes")).expect("it came out"), bytes);
    assert_eq!(std::fs::read(at("back/日本")).expect("it came out"), b"text\n");
    assert!(at("back").join(long).is_file() && at("back/empty").is_dir());
}
