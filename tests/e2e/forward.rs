//! Port-forwards to real pods: through `cluster::forward` itself, which says more than a screen.

use std::time::Duration;

use podtriage::cluster::api::{ConnectOptions, ForwardRequest, ForwardStatus, ForwardUpdate};
use podtriage::cluster::connect::connect;
use podtriage::cluster::forward;
use podtriage::cluster::outbox::{Outbox, Parcel};
use podtriage::model::kind::{Kind, ObjectKey};
use podtriage::model::resource::{Names, Resource};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::cluster::{Namespace, kubeconfig};

const LONG: Duration = Duration::from_secs(90);

/// Two pods that serve pages on 8080, and send back on 9000 what they are sent.
const WEB: &str = "mkdir -p /www; hostname > /www/index.html; dd if=/dev/urandom of=/www/big bs=1M count=100 2>/dev/null; \
                   md5sum < /www/big > /www/sum; nc -ll -p 9000 -e cat & httpd -p 8080 -h /www; sleep 10000";

fn web(namespace: &Namespace) {
    let script = serde_json::to_string(WEB).expect("text");
    let manifest = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: 1\n  selector: {{matchLabels: {{app: web}}}}\n  \
         template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      terminationGracePeriodSeconds: 1\n      \
         containers:\n      - name: main\n        image: busybox:1.28\n        command: [sh, -c, {script}]\n        \
         ports: [{{name: http, containerPort: 8080}}, {{name: echo, containerPort: 9000}}]\n        \
         readinessProbe: {{httpGet: {{path: /sum, port: 8080}}, periodSeconds: 1}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  selector: {{app: web}}\n  \
         ports: [{{name: www, port: 80, targetPort: http}}]\n"
    );
    namespace.apply_manifest(&manifest);
    namespace.kubectl("rollout status deployment/web --timeout=120s");
}

struct Forward {
    task: JoinHandle<()>,
    updates: mpsc::UnboundedReceiver<Parcel<ForwardUpdate>>,
    status: ForwardStatus,
}

impl Forward {
    async fn begin(target: ObjectKey, port: &str) -> Self {
        let options = ConnectOptions { kubeconfig: kubeconfig().into_string().ok(), ..ConnectOptions::default() };
        let (sender, connections) = watch::channel(connect(&options).await.expect("a connection"));
        let request = ForwardRequest::parse(&target, port).expect("a port").remove(0);
        let (queue, updates) = mpsc::unbounded_channel();
        #[expect(clippy::disallowed_methods, reason = "a test owns its task")]
        let task = tokio::spawn(async move {
            let out = Outbox::new(queue, |update| update);
            forward::run(connections, request, &out).await;
            drop(sender);
        });
        Self { task, updates, status: ForwardStatus::default() }
    }

    /// Stays until the status is as wanted.
    async fn until(&mut self, what: &str, wanted: impl Fn(&ForwardStatus) -> bool) -> &ForwardStatus {
        while !wanted(&self.status) {
            let next = timeout(LONG, self.updates.recv()).await;
            match next.unwrap_or_else(|_| panic!("no {what}: {:?}", self.status)).expect("it runs").message {
                ForwardUpdate::Status(status) => self.status = status,
                ForwardUpdate::Ended(problem) => panic!("no {what}: {problem}"),
            }
        }
        &self.status
    }

    async fn socket(&mut self) -> TcpStream {
        let address = self.until("listener", |status| !status.listening.is_empty()).await.listening[0].clone();
        TcpStream::connect(address).await.expect("it listens")
    }

    async fn get(&mut self, path: &str) -> Vec<u8> {
        let mut socket = self.socket().await;
        socket.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await.expect("it takes a request");
        let mut answer = Vec::new();
        timeout(LONG, socket.read_to_end(&mut answer)).await.expect("an answer in time").expect("an answer");
        let body = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(0, |at| at + 4);
        answer.split_off(body)
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn deployment(namespace: &Namespace) -> ObjectKey {
    let names = Names {
        group: "apps".into(),
        version: "v1".into(),
        kind: "Deployment".into(),
        plural: "deployments".into(),
        singular: "deployment".into(),
        namespaced: true,
        ..Names::default()
    };
    ObjectKey::new(Resource::new(names), &namespace.name, "web")
}

fn service(namespace: &Namespace) -> ObjectKey {
    let names = Names {
        version: "v1".into(),
        kind: "Service".into(),
        plural: "services".into(),
        singular: "service".into(),
        namespaced: true,
        ..Names::default()
    };
    ObjectKey::new(Resource::new(names), &namespace.name, "web")
}

fn pod(namespace: &Namespace) -> String {
    let name = namespace.kubectl("get pods -o name --field-selector status.phase=Running");
    name.lines().next().and_then(|line| line.strip_prefix("pod/")).expect("a pod").to_owned()
}

fn md5(bytes: &[u8]) -> String {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut child = Command::new("md5sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("md5sum");
    child.stdin.take().expect("piped").write_all(bytes).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stdout).split(' ').next().expect("a sum").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn a_service_is_forwarded_with_many_connections_and_a_large_answer() {
    let namespace = Namespace::new();
    web(&namespace);
    let mut forward = Forward::begin(service(&namespace), ":www").await;
    assert_eq!(String::from_utf8_lossy(&forward.get("/").await).trim(), pod(&namespace));
    assert_eq!(forward.status.port, 8080, "the Service's target");

    let begun = tokio::time::Instant::now();
    let big = forward.get("/big").await;
    eprintln!("{} bytes in {:?}", big.len(), begun.elapsed());
    let sum = forward.get("/sum").await;
    assert_eq!(big.len(), 100 << 20);
    assert!(String::from_utf8_lossy(&sum).starts_with(&md5(&big)));

    let mut sockets = Vec::new();
    for _ in 0..50 {
        let mut socket = forward.socket().await;
        socket.write_all(b"GET / HTTP/1.0\r\n\r\n").await.expect("it takes a request");
        sockets.push(socket);
    }
    for mut socket in sockets {
        let mut answer = String::new();
        timeout(LONG, socket.read_to_string(&mut answer)).await.expect("in time").expect("an answer");
        assert!(answer.contains("200 OK"), "{answer}");
    }
    let status = forward.until("end of connections", |status| status.open == 0 && status.total == 53).await;
    assert!(status.received > 100 << 20 && status.sent > 0 && status.trouble.is_none(), "{status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn one_direction_may_end_before_the_other() {
    let namespace = Namespace::new();
    web(&namespace);
    let mut forward = Forward::begin(deployment(&namespace), ":echo").await;
    let mut socket = forward.socket().await;
    let sent: Vec<u8> = (0..10u32 << 20).map(|at| (at / 7) as u8).collect();
    let (mut from, mut to) = socket.split();
    let request = async {
        to.write_all(&sent).await.expect("it is taken");
        to.shutdown().await.expect("it ends");
    };
    let mut received = Vec::new();
    let answer = timeout(LONG, from.read_to_end(&mut received));
    let ((), got) = tokio::join!(request, answer);
    got.expect("in time").expect("an answer");
    assert!(received == sent, "{} of {} bytes came back", received.len(), sent.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster: set KUBECONFIG"]
async fn a_forward_outlives_its_pod_and_says_what_is_refused() {
    let namespace = Namespace::new();
    web(&namespace);
    let first = pod(&namespace);
    let mut forward = Forward::begin(ObjectKey::new(Kind::Pod, &namespace.name, &first), ":http").await;
    assert_eq!(String::from_utf8_lossy(&forward.get("/").await).trim(), first);

    namespace.kubectl(&format!("delete pod {first} --wait=false"));
    forward.until("other pod", |status| status.pod.as_ref().is_some_and(|name| *name != first)).await;
    namespace.kubectl("rollout status deployment/web --timeout=120s");
    namespace.kubectl(&format!("wait pod/{first} --for=delete --timeout=60s"));
    let second = pod(&namespace);
    assert_ne!(first, second);
    assert_eq!(String::from_utf8_lossy(&forward.get("/").await).trim(), second);

    let mut refused = Forward::begin(deployment(&namespace), ":81").await;
    assert_eq!(refused.get("/").await, b"");
    let status = refused.until("refusal", |status| status.trouble.is_some()).await;
    assert!(status.trouble.as_ref().is_some_and(|said| said.contains("connection refused")), "{status:?}");
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_person_forwards_a_port_and_copies_a_file() {
    use std::io::{Read as _, Write as _};
    let namespace = Namespace::new();
    let script = "mkdir -p /www; echo hello > /www/index.html; httpd -f -p 8080 -h /www";
    namespace.run("box", &crate::cluster::busybox(script), "condition=Ready");
    let mut terminal = namespace.podtriage_at("box").start();
    terminal.until("the pod", |screen| screen.has("pod/box") && screen.has("Running"));
    terminal.press("F");
    terminal.until_shows("REMOTE:");
    terminal.type_text(":8080\r");
    let screen = terminal.until_shows("forwarding 127.0.0.1:");
    let row = screen.row_with("forwarding 127.0.0.1:").expect("its row");
    let address = row.split_whitespace().find(|word| word.starts_with("127.0.0.1:")).expect("an address");
    let mut socket = std::net::TcpStream::connect(address).expect("it listens");
    socket.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("it takes a request");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("an answer");
    assert!(answer.ends_with("hello\n"), "{answer}");

    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().join("page");
    terminal.press("T");
    terminal.until_shows("copy, SOURCE");
    terminal.type_text(&format!("www/index.html {}\r", here.display()));
    terminal.until_shows("1 file, 6 B");
    assert_eq!(std::fs::read_to_string(&here).expect("it came out"), "hello\n");
    terminal.press("5");
    terminal.until("both", |screen| screen.has("port-forward") && screen.has("copy") && screen.has("done"));
    terminal.press("q");
    terminal.until_shows("A port-forward is still running");
    terminal.press("y");
    assert_eq!(terminal.exit_status(), 0);
    terminal.assert_restored();
}
