//! How fast a shell tile takes a flood: 100 MB of lines, `cat` in a real container. Beside it the same with
//! `kubectl exec` inside `tmux`, drawn to the same kind of terminal, and without any terminal.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::figures::{Series, ratio};
use crate::namespace::Namespace;
use crate::server::{exists, kubeconfig, kubectl};
use crate::support::terminal::{Run, Terminal};
use crate::{COLUMNS, now, podtriage};

const RUNS: usize = 3;
const LIMIT: Duration = Duration::from_secs(300);

/// A million lines of 100 bytes, as a service might write them; and as many in colours.
const POD: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: flood}
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{name: kept, emptyDir: {}}]
  containers:
  - name: main
    image: busybox:1.28
    volumeMounts: [{name: kept, mountPath: /kept}]
    command:
    - sh
    - -c
    - >-
      awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "2026-11-24T10:20:30.123Z INFO  request=%07d method=GET
      path=/api/v1/orders status=200 took=%03dms\n", i, i % 1000 }' > /kept/log;
      awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "\033[2m2026-11-24T10:20:30Z\033[0m \033[3%dmINFO\033[0m
      \033[1mapi\033[0m request=%07d \033[38;5;%dmstatus\033[0m=200 took=%03d\n", i % 8, i, i % 256, i % 1000 }' > /kept/part
      && mv /kept/part /kept/colored;
      sleep 3600
    readinessProbe: {exec: {command: [test, -e, /kept/colored]}, periodSeconds: 1, failureThreshold: 300}
"#;

#[test]
#[ignore = "measures; needs a cluster: set KUBECONFIG"]
fn cat_of_100_megabytes() {
    let namespace = Namespace::new();
    kubectl(&format!("apply -n {} -f -", namespace.0), POD);
    kubectl(&format!("wait -n {} pod/flood --for=condition=Ready --timeout=300s", namespace.0), "");
    for file in ["/kept/log", "/kept/colored"] {
        beside_tmux(&namespace, file);
    }
}

fn beside_tmux(namespace: &Namespace, file: &str) {
    let size = kubectl(&format!("exec -n {} flood -- wc -c {file}", namespace.0), "");
    let bytes = size.split(' ').next().unwrap_or_default();
    let ours = Series::of(RUNS, || flood(namespace.podtriage(), file));
    eprintln!("cat of {bytes} bytes, {file}, in a shell tile: {ours}");
    if exists("tmux", "-V") {
        let theirs = Series::of(RUNS, || namespace.in_tmux(|terminal| flood(terminal, file)));
        eprintln!("  the same by kubectl exec in tmux: {theirs}; ours is {}", ratio(ours.median(), theirs.median()));
    }
    let bare = Series::of(RUNS, || namespace.bare(file));
    eprintln!("  the same by kubectl exec, without a terminal, dropped: {bare}");
}

/// From the command to what stands behind the flood, in a terminal with a prompt.
fn flood(mut terminal: Terminal, file: &str) -> Duration {
    terminal.until("a prompt", |screen| screen.rows().iter().any(|row| row.trim_end().ends_with("/ #")));
    let begun = now();
    terminal.type_text(&format!("cat {file}; echo done-$((6*7))\r"));
    terminal.until_within(LIMIT, "what stands behind it", |screen| screen.has("done-42"));
    begun.elapsed()
}

impl Namespace {
    /// Ours, with a shell in the pod.
    fn podtriage(&self) -> Terminal {
        let mut terminal = podtriage(["-n", self.0.as_str(), "flood"]).start();
        terminal.until("the pod", |screen| screen.has("pod/flood") && screen.has("Running"));
        terminal.press("s");
        terminal
    }

    /// The same shell below `tmux`, of a server of its own that ends with it.
    fn in_tmux(&self, measure: impl FnOnce(Terminal) -> Duration) -> Duration {
        let socket = tempfile::tempdir().expect("a directory");
        let path = socket.path().join("socket").to_string_lossy().into_owned();
        let shell = format!("exec kubectl exec -it -n {} flood -- sh", self.0);
        let run = Run::new("tmux", ["-f", "/dev/null", "-S", path.as_str(), "new-session", shell.as_str()]);
        let time = measure(run.env("KUBECONFIG", kubeconfig()).size(COLUMNS, 50).start());
        end_tmux(Path::new(&path));
        time
    }

    /// What the wire and kubectl need alone.
    fn bare(&self, file: &str) -> Duration {
        let mut command = Command::new("kubectl");
        command.env("KUBECONFIG", kubeconfig()).args(["exec", "-n", &self.0, "flood", "--", "cat", file]);
        let begun = now();
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().expect("kubectl starts");
        assert!(status.success(), "kubectl exec: {status}");
        begun.elapsed()
    }
}

fn end_tmux(socket: &Path) {
    let mut command = Command::new("tmux");
    let _ = command.arg("-S").arg(socket).arg("kill-server").stderr(Stdio::null()).status();
}
