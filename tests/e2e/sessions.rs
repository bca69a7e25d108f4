//! What debugging has left on a real cluster: found by the next start, ended and removed by keys and by the plain command.

use std::process::{Command, Output};

use crate::cluster::{Namespace, busybox, kubeconfig, podtriage};
use crate::support::terminal::{PODTRIAGE, Run, Screen};

const FOREVER: &str = "while :; do sleep 1; done";

/// A namespace with a pod `web`, and a directory in which all runs keep one ledger.
struct Place {
    namespace: Namespace,
    state: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let namespace = Namespace::new();
        namespace.run("web", &busybox(FOREVER), "condition=Ready");
        Self { namespace, state: tempfile::tempdir().expect("a directory") }
    }

    /// What a plain command comes to.
    fn plain(&self, line: &str) -> Output {
        let words = line.split(' ').chain(["-n", &self.namespace.name]);
        let mut command = Command::new(PODTRIAGE);
        command.args(words).env("KUBECONFIG", kubeconfig()).env("XDG_STATE_HOME", self.state.path());
        command.output().expect("starts")
    }

    /// Debugs the pod; `rest` is flags, and what stands behind `--`.
    fn debug(&self, rest: &str) {
        let (flags, command) = rest.split_once(" -- ").map_or((rest, None), |(flags, rest)| (flags, Some(rest)));
        let image = "--image=busybox:1.28 --attach=false -q";
        let tail = command.map(|command| format!(" -- {command}")).unwrap_or_default();
        let line = format!("debug web -n {} {image} {flags}{tail}", self.namespace.name);
        let mut command = Command::new(PODTRIAGE);
        command.args(line.split(' ')).env("KUBECONFIG", kubeconfig()).env("XDG_STATE_HOME", self.state.path());
        let output = command.output().expect("starts");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn screen(&self) -> Run {
        podtriage(["-n", self.namespace.name.as_str()]).env("XDG_STATE_HOME", self.state.path())
    }

    fn wait_for(&self, container: &str) {
        let path = format!("{{.status.ephemeralContainerStatuses[?(@.name==\"{container}\")].state.running}}");
        self.namespace.kubectl(&format!("wait pod/web --for=jsonpath={path} --timeout=120s"));
    }

    fn state_of(&self, container: &str) -> String {
        let path = format!("{{.status.ephemeralContainerStatuses[?(@.name==\"{container}\")].state}}");
        self.namespace.kubectl(&format!("get pod web -o jsonpath={path}"))
    }
}

/// Whether a row says both.
fn is_listed(screen: &Screen, text: &str, state: &str) -> bool {
    screen.rows().iter().any(|row| row.contains(text) && row.contains(state))
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn s19_the_next_start_says_what_is_left_and_keys_remove_it() {
    let place = Place::new();
    place.debug("-c d-shell -i -t");
    place.debug("-c main --copy-to=web-copy -- sleep 100000");
    place.wait_for("d-shell");
    place.namespace.kubectl("wait pod/web-copy --for=condition=Ready --timeout=120s");

    let mut terminal = place.screen().start();
    terminal.until_shows("2 things of an earlier session are left in this cluster: 5 shows them, X there cleans up");
    terminal.press("5");
    terminal.until("both of them", |screen| {
        is_listed(screen, "debug container", "running") && is_listed(screen, "debug copy", "running")
    });
    terminal.press("q");
    terminal
        .until("what would stay", |screen| screen.has("Debugging has left in the cluster") && screen.has("keep it"));
    terminal.press("n");
    terminal.until("no question", |screen| !screen.has("keep it"));
    terminal.press("X");
    terminal.until("what would go", |screen| screen.has("all of it, though it runs"));
    terminal.press("a");
    terminal.until("the end of the container", |screen| {
        is_listed(screen, "debug container", "ended") && !screen.has("debug copy")
    });
    assert!(place.state_of("d-shell").contains("terminated"));
    assert_eq!(place.namespace.kubectl("get pods -o name"), "pod/web\n");
    // The changes themselves are sessions as long as they run.
    terminal.until_shows("Sessions · 1 ");
    terminal.press("q");
    assert_eq!(terminal.exit_status(), 0, "what has ended is not asked about");

    let terminal = place.screen().start();
    let screen = terminal.until("a live list", |screen| screen.has("Pods · 1") && screen.has("live"));
    assert!(!screen.has("of an earlier session"));
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn only_the_container_of_ours_is_ended_and_what_nothing_reaches_is_said() {
    let place = Place::new();
    place.debug("-c d-target --target=main -- sleep 100000");
    place.debug("-c d-alone -- sleep 100000");
    for container in ["d-target", "d-alone"] {
        place.wait_for(container);
    }
    let before = place.namespace.kubectl("get pod web -o jsonpath={.status.containerStatuses[0].containerID}");

    let refused = place.plain("sessions clean --all");
    assert!(!refused.status.success(), "nobody was asked");
    let dry = place.plain("sessions clean --all --dry-run");
    assert!(String::from_utf8_lossy(&dry.stdout).contains("would clean up debug container"));
    assert!(place.state_of("d-target").contains("running"));

    let cleaned = place.plain("sessions clean --all --yes");
    assert_eq!(cleaned.status.code(), Some(1), "one of them cannot be ended");
    let said = String::from_utf8_lossy(&cleaned.stderr);
    assert!(said.contains("could not end d-alone in pod/web") && said.contains("when its pod is deleted"), "{said}");
    assert!(place.state_of("d-target").contains("terminated"));
    let after = place.namespace.kubectl("get pod web -o jsonpath={.status.containerStatuses[0].containerID}");
    assert_eq!(before, after, "the container that was looked at goes on");
}
