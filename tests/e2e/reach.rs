//! Who may see the cluster, and what is said while it can not be reached.

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::cluster::{kubeconfig, podtriage, variable};
use crate::support::terminal::{PODTRIAGE, Run, Screen};

/// A watch that is silent is given up within a minute.
const SILENCE: Duration = Duration::from_secs(120);

/// A program that starts and breaks a proxy; dropped, the proxy is stopped.
struct Proxy(String);

impl Proxy {
    /// Starts the proxy afresh; what was printed.
    fn start(&self) -> String {
        // One that was left over may be deaf.
        let _ = Command::new(&self.0).arg("proxy-stop").output();
        self.tell(&["proxy"])
    }

    fn tell(&self, words: &[&str]) -> String {
        let output = Command::new(&self.0).args(words).output().expect("the proxy's program starts");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = Command::new(&self.0).arg("proxy-stop").output();
    }
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_server_that_goes_away_is_said_and_comes_back_by_itself() {
    let Some(proxy) = variable("PODTRIAGE_E2E_PROXY") else { return };
    let proxy = Proxy(proxy);
    let said = proxy.start();
    let kubeconfig = said.trim().strip_prefix("export KUBECONFIG=").expect("a kubeconfig").to_owned();
    let terminal = Run::new(PODTRIAGE, ["-A", "--view", "pods"]).env("KUBECONFIG", &kubeconfig).size(160, 50).start();
    terminal.until("a live list", |screen| screen.has("● live"));
    let rows = |screen: &Screen| screen.rows().iter().filter(|row| row.contains("Running")).count();
    let before = rows(&terminal.screen());
    proxy.tell(&["proxy-refuse", "8"]);
    let screen = terminal.until("a header that says stale", |screen| screen.has("stale for"));
    assert!(rows(&screen) > 0 && before > 0, "the rows stay\n{}", screen.text());
    terminal.until("live again, without a key", |screen| screen.has("● live"));

    proxy.tell(&["proxy-stall", "65"]);
    terminal.until_within(SILENCE, "silence that is noticed", |screen| screen.has("stale for"));
    terminal.until_within(SILENCE, "live again", |screen| screen.has("● live"));

    proxy.tell(&["proxy-stall", "20"]);
    let mut terminal = terminal;
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.exit_status(), 143, "a server that hangs does not hold up the end");
    terminal.assert_restored();
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn what_is_forbidden_is_named_where_it_would_be() {
    let Some(viewer) = variable("PODTRIAGE_E2E_VIEWER") else { return };
    let mut terminal =
        Run::new(PODTRIAGE, ["-n", "default", "--view", "pods"]).env("KUBECONFIG", &viewer).size(200, 50).start();
    terminal.until("pods, and no nodes", |screen| {
        screen.has("● live") && screen.has("nodes forbidden") && screen.has("NAME") && screen.has("Running")
    });
    terminal.press("3");
    terminal.until("the missing verb", |screen| screen.words().contains("cannot list resource \"nodes\""));
    terminal.press("2 0");
    terminal.until("pods of all namespaces", |screen| screen.words().contains("cannot list resource \"pods\""));
    terminal.press("0");
    terminal.until("its own namespace again", |screen| screen.has("● live") && screen.has("Running"));
    terminal.press("s");
    terminal.until("a shell that may not be opened", |screen| {
        screen.words().contains("cannot create resource \"pods/exec\"")
            || screen.words().contains("cannot get resource \"pods/exec\"")
            || screen.has("nothing can be run in it")
    });
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_credential_plugin_is_used() {
    let Some(user) = variable("PODTRIAGE_E2E_EXEC") else { return };
    let terminal = Run::new(PODTRIAGE, ["-A", "--view", "pods"]).env("KUBECONFIG", &user).size(160, 50).start();
    terminal.until("a live list", |screen| screen.has("● live") && screen.has("READY"));
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn a_namespace_that_does_not_exist_is_said() {
    let mut terminal = podtriage(["-n", "podtriage-e2e-nowhere"]).start();
    terminal.until_shows("there is no namespace `podtriage-e2e-nowhere`");
    terminal.press("ctrl-n");
    terminal.until_shows("default");
    terminal.type_text("kube-system\r");
    terminal.until("another namespace", |screen| screen.has("/ kube-system") && screen.has("● live"));
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn contexts_of_several_files_can_be_switched() {
    let run = podtriage(["-A"]);
    let other = run.home().join("other");
    let text = "apiVersion: v1\nkind: Config\n\
                clusters: [{name: e2e-nowhere, cluster: {server: 'http://127.0.0.1:1'}}]\n\
                contexts: [{name: e2e-nowhere, context: {cluster: e2e-nowhere}}]\n";
    std::fs::write(&other, text).expect("a file");
    let here = crate::cluster::kubectl("config current-context");
    let files = std::env::split_paths(&kubeconfig()).chain([other]).collect::<Vec<_>>();
    let mut terminal = run.env("KUBECONFIG", std::env::join_paths(files).expect("paths")).start();
    let live = |screen: &Screen| screen.is_alternate() && screen.has("● live") && screen.has("READY");
    terminal.until("the list", live);
    assert!(!terminal.has_settings_of_before());
    terminal.press("ctrl-x");
    terminal.type_text("e2e-nowhere\r");
    let screen = terminal.until("the other context", |screen| screen.words().contains("refused"));
    assert!(screen.has("e2e-nowhere") && !screen.has("READY"), "nothing of the first is left\n{}", screen.text());
    terminal.press("ctrl-x");
    terminal.type_text(&format!("{}\r", here.trim()));
    terminal.until("the first again", |screen| live(screen) && screen.has(here.trim()));
}
