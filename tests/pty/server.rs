//! `podtriage demo-server`: the real `kubectl` against it, as a person would use it.
//!
//! Without a `kubectl` on the PATH these tests say so and pass. What the server answers in detail is held by
//! `tests/demo_kubectl.rs`.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::terminal::PODTRIAGE;

/// A running demo server and its kubeconfig.
struct Server {
    process: Child,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts one; `None` when there is no kubectl.
    fn start() -> Option<Self> {
        if Command::new("kubectl").args(["version", "--client"]).output().is_err() {
            eprintln!("SKIPPED: no kubectl on the PATH, demo-server was not tried with it");
            return None;
        }
        let folder = tempfile::tempdir().expect("a directory");
        let mut process = Command::new(PODTRIAGE)
            .args(["demo-server", "healthy", "--kubeconfig"])
            .arg(folder.path().join("config"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut said = String::new();
        let out = process.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut said).expect("text");
        assert!(said.contains("kubectl --kubeconfig"), "{said}");
        Some(Self { process, folder })
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    fn kubectl(&self, line: &str) -> Command {
        let mut command = Command::new("kubectl");
        command.arg("--kubeconfig").arg(self.config()).arg("--cache-dir").arg(self.folder.path().join("cache"));
        command.args(line.split(' ')).stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> String {
        let output = self.kubectl(line).output().expect("it starts");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Interrupts it, as `^C` does; its exit status.
    fn stop(mut self) -> Option<i32> {
        let pid = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, Signal::INT).expect("it runs");
        self.process.wait().expect("it ends").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn kubectl_works_with_it() {
    let Some(server) = Server::start() else { return };
    assert!(server.run("get pods -A -o wide").contains("postgres-0"));
    assert!(server.run("describe pod postgres-0 -n data").contains("Containers:\n  postgres:"));
    assert_eq!(server.run("exec -n data postgres-0 -- echo forty two"), "forty two\n");
    assert!(server.run("scale deploy/web -n shop --replicas=5").contains("scaled"));
    server.run("rollout status deploy/web -n shop --timeout=50s");
    let pod = server.run("get pods -n shop -l app=cart -o name").lines().next().expect("one").to_owned();
    assert!(server.run(&format!("delete {pod} -n shop")).contains("deleted"));
    assert!(!server.run("get pods -n shop -o name").contains(&pod));
    let mut logs =
        server.kubectl("logs -f deploy/web -n shop --tail=1").stdout(Stdio::piped()).spawn().expect("kubectl");
    let lines = BufReader::new(logs.stdout.take().expect("piped")).lines();
    assert_eq!(lines.map_while(Result::ok).take(4).count(), 4, "the log goes on");
    logs.kill().and_then(|()| logs.wait()).expect("it ends");
    assert_eq!(server.stop(), Some(0), "an interrupt ends it in order");
}

#[test]
fn its_kubeconfig_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(server) = Server::start() else { return };
    let mode = std::fs::metadata(server.config()).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
