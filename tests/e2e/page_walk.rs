//! Debugging running pods, step by step and by keys alone: a shell, a container in the pod, copies, a node, profiles,
//! and the way back to a cluster in which nothing is left.
//!
//! With `PODTRIAGE_WRITE_WALKTHROUGH` set, the screens become `docs/walkthrough.md`. Start with the test at the end.

use std::fmt::Write as _;

use regex::Regex;

use crate::cluster::{Namespace, busybox, kubectl, podtriage};
use crate::support::terminal::{Screen, Terminal};

/// Bits of a capability set.
const NET_ADMIN: u64 = 1 << 12;
const SYS_PTRACE: u64 = 1 << 19;
const SYS_ADMIN: u64 = 1 << 21;

/// A pod that a namespace takes which enforces the restricted level.
const RESTRICTED: &str = "apiVersion: v1
kind: Pod
metadata: {name: strict}
spec:
  terminationGracePeriodSeconds: 1
  securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: main
    image: busybox:1.28
    command: [sleep, '100000']
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
";

/// A person at the program, and what was on the screen at each step.
struct Walk {
    terminal: Terminal,
    told: String,
}

impl Walk {
    fn new(namespace: &Namespace, state: &tempfile::TempDir) -> Self {
        let run = podtriage(["-n", namespace.name.as_str()]).env("XDG_STATE_HOME", state.path()).size(100, 30);
        let walk = Self { terminal: run.start(), told: String::new() };
        walk.terminal.until("the pods", |screen| screen.has("Pods ·") && screen.has("live"));
        walk
    }

    /// Keeps the screen under a heading, or below the one before where that is empty.
    fn keep(&mut self, heading: &str, said: &str, screen: &Screen) {
        if !heading.is_empty() {
            let _ = writeln!(self.told, "\n## {heading}");
        }
        let _ = writeln!(self.told, "\n{said}\n\n```text\n{}\n```", screen.text().trim_end());
    }

    /// Puts the cursor on a pod, from wherever the focus is outside of shells.
    fn at(&mut self, pod: &str) {
        self.terminal.press("2 /");
        self.terminal.press("ctrl-u");
        self.terminal.type_text(&format!("name:{pod}\r"));
        self.terminal.press("g");
        let begins =
            |screen: &Screen| screen.reversed_row(2).is_some_and(|row| row.split_whitespace().any(|word| word == pod));
        self.terminal.until(pod, |screen| screen.has("▶ Pods") && begins(screen));
    }

    /// Opens the form and changes it by keys; the screen when it can be sent.
    fn form(&mut self, keys: &str) -> Screen {
        self.terminal.press("D");
        self.terminal.until("the form", |screen| screen.has("▶ debug ") && screen.has("kubectl"));
        if !keys.is_empty() {
            self.terminal.press(keys);
        }
        self.ready()
    }

    fn ready(&self) -> Screen {
        self.terminal.until_shows("ready to be sent")
    }

    /// Chooses a profile in the form that is open, whose profile row is this many rows below the cursor.
    fn profile(&mut self, rows: usize, name: &str) -> Screen {
        self.terminal.press(&["tab"].repeat(rows).join(" "));
        for _ in 0..6 {
            let screen = self
                .terminal
                .until("the profiles", |screen| screen.row_with("profile  ").is_some_and(|row| row.contains("< ")));
            let row = screen.row_with("profile  ").expect("it was there");
            if row.contains(&format!("< {name} >")) {
                return screen;
            }
            self.terminal.press("space");
            self.terminal.until("another", |screen| screen.row_with("profile  ").is_none_or(|now| now != row));
        }
        panic!("there is no profile {name}\n{}", self.terminal.screen().text());
    }

    /// Sends the form and waits for the prompt of what it made.
    fn send(&mut self) -> Screen {
        self.terminal.press("enter");
        self.terminal.until("a prompt", |screen| {
            screen.row_with("▶ attach ").is_some_and(|row| row.contains("attach")) && prompts(screen)
        })
    }

    /// Runs a line in the shell that has the focus; the screen once it shows what is wanted.
    fn line(&mut self, line: &str, wanted: impl Fn(&Screen) -> bool) -> Screen {
        self.terminal.type_text(&format!("{line}\r"));
        self.terminal.until(line, wanted)
    }

    /// Leaves what it is attached to alone.
    fn detach(&mut self) -> Screen {
        self.terminal.press("ctrl-p ctrl-q");
        self.terminal.until_shows("detached: the process goes on")
    }

    /// Ends the shell that has the focus, and closes its tile.
    fn exit(&mut self) {
        self.terminal.type_text("exit\r");
        // The list beside it may know of the end sooner.
        self.terminal.until("its end", |screen| screen.row_with("▶ ").is_some_and(|row| row.contains("· exited")));
        self.close();
    }

    /// Closes the tile that has the focus, which is not a list.
    fn close(&mut self) {
        let focus = |screen: &Screen| screen.row_with("▶ ");
        let before = focus(&self.terminal.screen());
        self.terminal.press("q");
        self.terminal.until("the tile to close", |screen| focus(screen) != before);
    }

    /// The effective capabilities of the shell that has the focus, and the screen that shows them.
    fn capabilities(&mut self) -> (u64, Screen) {
        let set = |screen: &Screen| {
            let row = screen.rows().into_iter().find(|row| row.starts_with("CapEff:"))?;
            u64::from_str_radix(row.split_whitespace().nth(1)?, 16).ok()
        };
        let screen = self.line("grep CapEff /proc/self/status", |screen| set(screen).is_some());
        (set(&screen).expect("it was there"), screen)
    }
}

fn prompts(screen: &Screen) -> bool {
    screen.rows().iter().any(|row| row.trim_end().ends_with("/ #") || row.trim_end().ends_with("/ $"))
}

/// Everything in the namespaces but what tells of what happened, and the containers that were applied.
fn everything(namespaces: &[&Namespace]) -> String {
    let kinds = kubectl("api-resources --namespaced --verbs=list -o name");
    let kinds: Vec<_> = kinds.lines().filter(|kind| !kind.starts_with("events")).collect();
    // Other tests make and delete kinds and nodes of their own; a node's taints say how it is.
    let others = ["metrics.k8s.io", ".podtriage.example"];
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| !others.iter().any(|other| kind.ends_with(other))).collect();
    let columns = "NAME:.metadata.name,LABELS:.metadata.labels,CORDONED:.spec.unschedulable";
    let nodes = kubectl(&format!("get nodes --no-headers -o custom-columns={columns}"));
    let mut all: String = nodes.lines().filter(|node| !node.starts_with("podtriage-e2e-")).collect();
    for namespace in namespaces {
        all += &namespace.kubectl(&format!("get {} -o name", kinds.join(",")));
        all += &namespace.kubectl("get pods -o jsonpath={.items[*].metadata.uid}{.items[*].spec.containers}");
    }
    all
}

/// A shell in a container; then a container that has none, and what helps there.
fn inside_the_pod(walk: &mut Walk) {
    walk.at("myapp");
    walk.terminal.press("s");
    walk.terminal.until("a prompt", |screen| screen.has("shell myapp/main · running") && prompts(screen));
    let screen = walk.line("hostname", |screen| screen.rows().iter().any(|row| row.trim() == "myapp"));
    walk.keep("A shell where there is one", "`s` opens a shell in the container under the cursor.", &screen);
    walk.exit();

    walk.at("ephemeral-demo");
    walk.terminal.press("s");
    let screen = walk.terminal.until_shows("has none of the shells");
    walk.keep("An image without a shell", "The same key on an image that has none says so.", &screen);
    let screen = walk.form("");
    walk.keep(
        "A container in the running pod",
        "`D` there opens the form. What it begins with is enough: `enter` sends it.",
        &screen,
    );
    walk.send();
    // The image is named beside the shell as well: what counts is the row of `ps`.
    let screen = walk.line("ps", |screen| screen.has("65535    /pause"));
    walk.keep("", "It attaches by itself, and sees the processes of the container that it was made for.", &screen);
    walk.detach();
    walk.terminal.press("esc");
    walk.terminal.until_shows("▶ Pods");
    walk.terminal.press("5 g");
    let screen = walk.terminal.until("it in the sessions", |screen| {
        screen.has("▶ Sessions") && screen.row_with("debug conta").is_some_and(|row| row.contains("running"))
    });
    walk.keep("Away and back", "`^p ^q` leaves it running; `5` lists what is left in the cluster.", &screen);
    walk.terminal.press("r");
    walk.terminal.until("it again", |screen| {
        screen.row_with("attach ephemeral-demo/").is_some_and(|row| !row.contains("detached"))
    });
    if !walk.terminal.screen().has("▶ attach") {
        walk.terminal.press("enter");
    }
    walk.terminal.until("its tile", |screen| screen.has("▶ attach") && prompts(screen));
    let screen = walk.line("echo again $((6*7))", |screen| screen.has("again 42"));
    walk.keep("", "`r` attaches again, with the screen as it was.", &screen);
    walk.exit();
    assert!(!walk.terminal.screen().has("none of the shells"), "the tile that led to the form went with it");
}

/// Copies: one with a container more, one with another command, one with another image.
fn copies(walk: &mut Walk, namespace: &Namespace) {
    walk.at("myapp");
    let screen = walk.form("space tab tab tab tab tab space");
    walk.keep("A copy with one more container", "`space` in the first row chooses a copy.", &screen);
    walk.send();
    let screen = walk.line("ps", |screen| screen.has("65535    /pause") && screen.has("root     sleep 100000"));
    walk.keep("", "With shared processes the new container sees those of the copy.", &screen);
    walk.detach();
    walk.close();
    walk.terminal.press("5");
    walk.terminal.until("the copy", |screen| screen.has("▶ Sessions") && screen.has("debug copy"));
    walk.terminal.press("X");
    let screen = walk.terminal.until_shows("debug copy pod/myapp-debug (running)");
    walk.keep("", "`X` in the sessions removes it again.", &screen);
    walk.terminal.press("a");
    walk.terminal.until("its end", |screen| !screen.has("debug copy"));
    namespace.kubectl("wait pod/myapp-debug --for=delete --timeout=60s");

    walk.at("crash");
    walk.form("space space tab tab");
    walk.terminal.type_text("sh");
    walk.terminal.until_shows("-- sh");
    let screen = walk.ready();
    walk.keep("A copy with another command", "For a container that ends as soon as it begins.", &screen);
    walk.send();
    let screen = walk.line("cat /kept/made-before; echo $?", |screen| screen.rows().iter().any(|row| row == "1"));
    walk.keep("", "The copy runs a shell in its place.", &screen);
    walk.detach();
    walk.close();

    walk.at("web");
    walk.terminal.press("D");
    walk.terminal.until("the form", |screen| screen.has("▶ debug pod/web · ready"));
    walk.terminal.press("left tab");
    walk.terminal.type_text("*=busybox:1.28");
    let screen = walk.ready();
    walk.keep("A copy with other images", "`*` is every container that is not named.", &screen);
    walk.terminal.press("enter");
    walk.terminal.until("the copy", |screen| {
        screen.has("▶ Pods") && screen.row_with("web-debug").is_some_and(|row| row.contains("Running"))
    });
    assert_eq!(namespace.kubectl("get pod web-debug -o jsonpath={.spec.containers[*].image}"), "busybox:1.28");
}

/// A shell on a node.
fn node(walk: &mut Walk) {
    walk.terminal.press("3");
    walk.terminal.until_shows("▶ Nodes");
    walk.terminal.press("g");
    let screen = walk.form("");
    walk.keep("A shell on a node", "`D` on a node makes a pod there that sees the node's files at /host.", &screen);
    walk.send();
    let screen = walk.line("cat /host/etc/os-release", |screen| screen.has("PRETTY_NAME="));
    walk.keep("", "What the node runs on.", &screen);
    walk.detach();
    walk.close();
}

/// What each profile allows.
fn profiles(walk: &mut Walk, namespace: &Namespace) {
    for (profile, has, lacks) in [
        ("general", SYS_PTRACE, SYS_ADMIN),
        ("netadmin", NET_ADMIN, SYS_ADMIN),
        ("baseline", 0, NET_ADMIN | SYS_ADMIN | SYS_PTRACE),
        ("sysadmin", SYS_ADMIN | NET_ADMIN | SYS_PTRACE, 0),
    ] {
        walk.at("myapp");
        walk.form("");
        let form = walk.profile(3, profile);
        walk.send();
        let (set, screen) = walk.capabilities();
        assert_eq!((set & has, set & lacks), (has, 0), "{profile}: {set:016x}\n{}\n{}", form.text(), screen.text());
        if profile == "sysadmin" {
            walk.keep("Profiles", "The third row chooses what the container may do.", &form);
            walk.keep("", "With `sysadmin` it has every capability.", &screen);
            let bound = walk
                .line("grep CapBnd /proc/self/status", |screen| screen.rows().iter().any(|r| r.starts_with("CapBnd:")));
            assert!(bound.has(&format!("CapBnd:\t{set:016x}")) || bound.has(&format!("{set:016x}")), "{set:016x}");
        }
        walk.exit();
    }
    let made = namespace.kubectl("get pod myapp -o jsonpath={.spec.ephemeralContainers[3].securityContext}");
    assert_eq!(made, r#"{"privileged":true}"#);
}

/// A part of the container that is typed.
fn custom(walk: &mut Walk) {
    walk.at("myapp");
    walk.form("ctrl-o up");
    walk.terminal.until("its row", |screen| screen.has("enter opens it"));
    walk.terminal.press("enter");
    walk.terminal.until_shows("the custom part");
    walk.terminal.type_text("env: [{name: WALK, value: forty-two}]");
    let screen = walk.terminal.until_shows("value: forty-two}]");
    walk.keep("A part of the container of one's own", "The last of the rows behind `^o` takes YAML or JSON.", &screen);
    walk.terminal.press("ctrl-s");
    walk.terminal.until_shows("1 line");
    walk.terminal.press("tab");
    walk.ready();
    walk.send();
    walk.line("echo $WALK", |screen| screen.rows().iter().any(|row| row.trim() == "forty-two"));
    walk.exit();
}

/// Where a namespace allows little, the form begins with the profile that fits.
fn restricted(namespace: &Namespace, state: &tempfile::TempDir) -> String {
    let mut walk = Walk::new(namespace, state);
    walk.at("strict");
    let screen = walk.form("");
    assert!(screen.row_with("profile  ").is_some_and(|row| row.contains("restricted")), "{}", screen.text());
    walk.keep("Where little is allowed", "The form knows what the namespace enforces, and begins with it.", &screen);
    walk.send();
    let (set, _) = walk.capabilities();
    assert_eq!(set, 0);
    walk.exit();
    walk.terminal.press("q");
    // What the walk before has made is still there.
    walk.terminal.until_shows("k keep it and quit");
    walk.terminal.press("k");
    assert_eq!(walk.terminal.exit_status(), 0);
    walk.told
}

/// The screens without what differs from run to run: names that are made up, ages, times.
fn normalised(told: &str, namespaces: &[&Namespace]) -> String {
    let mut told = told.to_owned();
    for namespace in namespaces {
        let plain: String = "a-namespace-of-this-walk-alone".chars().take(namespace.name.len()).collect();
        told = told.replace(&namespace.name, &plain);
    }
    for (pattern, plain) in [
        (r"(debugger|node-debugger-[a-z0-9-]+)-[a-z0-9]{5}\b", "$1-xxxxx"),
        (r"\b\d\d(?:\d[smhd]|[smhd]\d)\b", "1h1m"),
        (r"\b\d\d[smhd]\b", "11s"),
        (r"\b\d[smhd]\b", "1s"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-01-01T00:00:00Z"),
        (r"\b10\.\d+\.\d+\.\d+\b", "10.0.0.1"),
    ] {
        told = Regex::new(pattern).expect("a pattern").replace_all(&told, plain).into_owned();
    }
    told
}

fn write_walkthrough(told: &str) {
    const TOP: &str = "# Debugging running pods, by keys\n\n\
        Every screen below was on a terminal of 100 columns and 30 rows, before a real cluster: `tests/e2e/page_walk.rs`\n\
        presses the keys, checks what comes of them, and writes this file. Made-up names and ages are evened out.\n";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/walkthrough.md");
    std::fs::write(path, format!("{TOP}{told}")).expect("the walkthrough");
}

#[test]
#[ignore = "needs a cluster: set KUBECONFIG"]
fn page_walk_every_way_to_get_inside_and_nothing_is_left() {
    let (namespace, strict) = (Namespace::new(), Namespace::new());
    kubectl(&format!("label namespace {} pod-security.kubernetes.io/enforce=restricted", strict.name));
    let state = tempfile::tempdir().expect("a directory");
    namespace.apply("myapp", &busybox("exec sleep 100000"));
    namespace.apply("web", "    image: nginx\n    imagePullPolicy: Never\n    command: [sleep, '100000']\n");
    namespace.apply("ephemeral-demo", "    image: registry.k8s.io/pause:3.1\n");
    namespace.apply("crash", &busybox("false"));
    strict.apply_manifest(RESTRICTED);
    namespace.kubectl("wait pod/myapp pod/web pod/ephemeral-demo --for=condition=Ready --timeout=120s");
    strict.kubectl("wait pod/strict --for=condition=Ready --timeout=120s");
    let before = everything(&[&namespace, &strict]);

    let mut walk = Walk::new(&namespace, &state);
    inside_the_pod(&mut walk);
    copies(&mut walk, &namespace);
    node(&mut walk);
    profiles(&mut walk, &namespace);
    custom(&mut walk);
    let told = restricted(&strict, &state);
    walk.told += &told;

    walk.terminal.press("2");
    walk.terminal.until_shows("▶ Pods");
    walk.terminal.press("q");
    let screen = walk.terminal.until("what would stay", |screen| {
        screen.has("Debugging has left in the cluster") && screen.has("crash-debug") && screen.has("node-debugger-")
    });
    walk.keep("The end", "On the way out it says what is left; `a` removes all of it, and the program ends.", &screen);
    walk.terminal.press("a");
    assert_eq!(walk.terminal.exit_status(), 0);
    walk.terminal.assert_restored();
    for pod in ["crash-debug", "web-debug"] {
        namespace.kubectl(&format!("wait pod/{pod} --for=delete --timeout=60s"));
    }
    namespace.kubectl("wait pod -l app.kubernetes.io/managed-by=kubectl-debug --for=delete --timeout=60s");
    let states = namespace.kubectl("get pods -o jsonpath={.items[*].status.ephemeralContainerStatuses[*].state}");
    assert!(!states.contains("running"), "{states}");
    assert_eq!(everything(&[&namespace, &strict]), before, "the cluster is as it was");
    if std::env::var_os("PODTRIAGE_WRITE_WALKTHROUGH").is_some() {
        write_walkthrough(&normalised(&walk.told, &[&namespace, &strict]));
    }
}
