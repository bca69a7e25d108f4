//! What is missing, broken or refused is a sentence on a screen that works.

use std::net::TcpListener;
use std::path::Path;

use crate::support::terminal::{PODTRIAGE, Run, Terminal};
use crate::{demo, lists_pods};

/// Writes a kubeconfig with one context, `dev` (namespace `shop`), whose server is at `url`.
pub fn write_kubeconfig(path: &Path, url: &str) {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: dev\n\
         clusters: [{{name: c, cluster: {{server: '{url}'}}}}]\n\
         users: [{{name: u, user: {{token: t}}}}]\n\
         contexts: [{{name: dev, context: {{cluster: c, user: u, namespace: shop}}}}]\n"
    );
    std::fs::write(path, text).expect("a file");
}

/// The screen came up, says all of `parts` and ends with a key.
fn says_and_quits(mut terminal: Terminal, parts: &[&str]) {
    terminal.until(&parts.join(", "), |screen| {
        let words = screen.words();
        screen.has("podtriage") && parts.iter().all(|part| words.contains(part))
    });
    terminal.press("q");
    assert_eq!(terminal.exit_status(), 0);
    terminal.assert_restored();
}

#[test]
fn without_a_kubeconfig_it_says_what_was_tried_and_what_to_do() {
    says_and_quits(Run::new(PODTRIAGE, []).start(), &["not connected", "no kubeconfig at", ".kube/config", "--demo"]);
    let named = Run::new(PODTRIAGE, ["--kubeconfig", "/nonexistent/config"]).start();
    says_and_quits(named, &["not connected", "/nonexistent/config", "No such file"]);
}

#[test]
fn what_is_no_kubeconfig_is_named() {
    let megabyte = "- [".repeat(350_000);
    let cases: [(&str, Option<&[u8]>, &str); 5] = [
        ("a directory", None, "directory"),
        ("empty", Some(b""), "names no current context"),
        ("binary", Some(&[0, 159, 146, 150, 27, 91, 50, 74]), "could not read the kubeconfig"),
        ("a megabyte", Some(megabyte.as_bytes()), "could not read the kubeconfig"),
        ("another document", Some(b"contexts: 7\nusers: [{user: {token: s3cr3t}}]\n"), "could not read the kubeconfig"),
    ];
    for (name, content, said) in cases {
        let run = Run::new(PODTRIAGE, []);
        let path = run.home().join("config");
        match content {
            Some(content) => std::fs::write(&path, content).expect("a file"),
            None => std::fs::create_dir(&path).expect("a directory"),
        }
        let terminal = run.env("KUBECONFIG", &path).start();
        let screen = terminal.until(name, |screen| screen.has("not connected") && screen.words().contains(said));
        assert!(!screen.has("s3cr3t"), "a kubeconfig is a secret\n{}", screen.text());
        assert_eq!(crate::support::wire::foreign(&terminal.written()), Vec::<String>::new(), "{name}");
        says_and_quits(terminal, &["not connected"]);
    }
}

#[test]
fn what_the_kubeconfig_lacks_is_named() {
    for (args, said) in [
        (["--context", "prod"], ["use context prod", "It has dev"]),
        (["--cluster", "other"], ["use cluster other", "--cluster"]),
        (["--user", "nobody"], ["use user nobody", "It has u"]),
    ] {
        let run = Run::new(PODTRIAGE, args);
        let path = run.home().join("config");
        write_kubeconfig(&path, "http://127.0.0.1:1");
        says_and_quits(run.env("KUBECONFIG", &path).start(), &[&["not connected"], said.as_slice()].concat());
    }
}

#[test]
fn a_server_that_refuses_is_said() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let run = Run::new(PODTRIAGE, []);
    let path = run.home().join("config");
    write_kubeconfig(&path, &format!("http://{address}"));
    let terminal = run.env("KUBECONFIG", &path).start();
    says_and_quits(terminal, &["stale", "pods can not be listed", "watch pods in namespace shop", "refused"]);
}

/// The program with a credential plugin that is a script.
fn with_plugin(script: &str) -> Terminal {
    let run = Run::new(PODTRIAGE, []);
    let path = run.home().join("config");
    let script = serde_json::to_string(script).expect("text");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: dev\n\
         clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:1'}}}}]\n\
         contexts: [{{name: dev, context: {{cluster: c, user: u}}}}]\n\
         users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, \
         interactiveMode: IfAvailable, args: [-c, {script}]}}}}}}]\n"
    );
    std::fs::write(&path, text).expect("a file");
    run.env("KUBECONFIG", &path).start()
}

#[test]
fn a_credential_plugin_that_fails_is_quoted_and_draws_nothing_on_the_screen() {
    let terminal = with_plugin("printf '\\033[5Agarble'; printf '\\033[2Jlog in again\\n' >&2; exit 3");
    terminal.until("its words", |screen| screen.words().contains("log in again"));
    assert_eq!(crate::support::wire::foreign(&terminal.written()), Vec::<String>::new());
    says_and_quits(terminal, &["not connected", "credential plugin sh", "log in again"]);
}

#[test]
fn a_credential_plugin_that_asks_a_question_gets_no_key() {
    let mut terminal = with_plugin("read answer </dev/tty; echo $answer");
    terminal.until("a screen", |screen| screen.has("connecting"));
    for (key, title) in [("3", "Nodes"), ("2", "Pods"), ("4", "Events"), ("2", "Pods"), ("3", "Nodes"), ("2", "Pods")] {
        terminal.press(key);
        terminal.until_shows(&format!("▶ {title} · "));
    }
    says_and_quits(terminal, &["podtriage"]);
}

#[test]
fn broken_settings_are_named_and_the_rest_holds() {
    for (text, said) in [
        ("view = [", "config line 1: this is not TOML"),
        ("ascii = true\nview = \"moon\"\n", "config line 2"),
        ("[keys]\nfly = \"f\"\n", "config line 2: there is no action `fly`"),
    ] {
        let run = demo();
        let folder = run.home().join(".config/podtriage");
        std::fs::create_dir_all(&folder).expect("a directory");
        std::fs::write(folder.join("config.toml"), text).expect("a file");
        let mut terminal = run.start();
        terminal.until_shows(said);
        terminal.until("the pods all the same", |screen| screen.has("live") && screen.has("web-"));
        // The sentence goes after a while; it is kept where messages are.
        terminal.press(":");
        terminal.type_text("messages\r");
        terminal.until("the messages", |screen| screen.has("messages") && screen.has(said));
    }
}

#[test]
fn settings_that_are_right_hold() {
    let run = Run::new(PODTRIAGE, ["--demo"]);
    let path = run.home().join("mine.toml");
    std::fs::write(&path, "view = \"nodes\"\n").expect("a file");
    let terminal = run.env("PODTRIAGE_CONFIG", &path).start();
    terminal.until("the nodes", |screen| screen.has("Nodes · 5"));
    let mut other = demo().start();
    other.until("the pods", lists_pods);
    other.press("q");
    assert_eq!(other.exit_status(), 0);
}
