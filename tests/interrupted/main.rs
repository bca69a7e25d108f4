//! kill -9, a hundred times, at random moments: what debugging made is known to the ledger afterwards, all of it.
//!
//! ```text
//! KUBECONFIG=… cargo test --test interrupted -- --ignored --nocapture
//! ```
//!
//! The program that is killed is this one, started again as `child`: the real state with the real runtime below it, on a
//! real cluster, making copies and ephemeral containers and cleaning them up for as long as it lives. After each kill
//! what is in the cluster is compared with what the ledger says. `PODTRIAGE_KILLS` is how often, `KUBECTL` which kubectl.
//! The pods are scheduled nowhere, so that the nodes have nothing to do.

#![expect(clippy::expect_used, reason = "a test says what went wrong and ends")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use podtriage::app::message::{LedgerUpdate, Msg};
use podtriage::app::session::Scope;
use podtriage::app::{App, Start};
use podtriage::base::input::InputEvent;
use podtriage::cluster::api::WriteUpdate;
use podtriage::config::Config;
use podtriage::debug::ledger::Made;
use podtriage::debug::{CopyForm, Form, Names, build};
use podtriage::model::kind::Kind;
use podtriage::runtime::{Book, Performer, Place, Source, now, run_name};

const NAMESPACE: &str = "podtriage-interrupted";
/// How long a child lives at most, in milliseconds: long enough for it to clean up, now and then.
const LONGEST: u64 = 1_500;
/// How many things a child makes; afterwards it waits to be killed.
const MAKES: u32 = 6;

fn kubectl(words: &[&str], input: Option<&Value>) -> String {
    let mut command = Command::new(std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into()));
    command.args(["-n", NAMESPACE]).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("kubectl starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    if let Some(input) = input {
        std::io::Write::write_all(&mut stdin, input.to_string().as_bytes()).expect("kubectl reads");
    }
    drop(stdin);
    let output = child.wait_with_output().expect("kubectl ends");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A pod that no node is good enough for.
fn base() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "base", "namespace": NAMESPACE},
        "spec": {"nodeSelector": {"podtriage.dev/nowhere": "true"}, "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "app", "image": "busybox:1.28", "command": ["sleep", "60"]}]}})
}

/// What debugging made and is there: names of copies, and of containers.
fn there() -> BTreeSet<String> {
    let pods: Value = serde_json::from_str(&kubectl(&["get", "pods", "-o", "json"], None)).expect("JSON");
    let mut names = BTreeSet::new();
    for pod in pods["items"].as_array().expect("pods") {
        let name = pod["metadata"]["name"].as_str().expect("a name");
        names.extend((name != "base").then(|| name.to_owned()));
        let containers = pod["spec"]["ephemeralContainers"].as_array().into_iter().flatten();
        names.extend(containers.filter_map(|container| Some(container["name"].as_str()?.to_owned())));
    }
    names
}

/// What the ledger says may be there.
async fn known(state: &Path) -> BTreeSet<String> {
    let connection = Source::Cluster(Box::default()).connect(None).await.expect("connects");
    let place = Place::Directory(state.join("podtriage").join("ledger"));
    let book = Book::open(&place, &connection).await.expect("opens");
    let living = book.ledger.living().map(|(_, record)| match record.entry.made {
        Made::Ephemeral => record.entry.container.clone(),
        _ => record.entry.pod.name.clone(),
    });
    living.collect()
}

fn podtriage(state: &Path, words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podtriage"));
    let output = command.args(words).args(["-n", NAMESPACE]).env("XDG_STATE_HOME", state).output().expect("starts");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
#[ignore = "needs a cluster"]
fn a_hundred_kills_leave_nothing_unknown() {
    let kills: u32 = std::env::var("PODTRIAGE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let state = tempfile::tempdir().expect("a directory");
    kubectl(&["create", "namespace", NAMESPACE], None);
    let _gone = Gone;
    kubectl(&["create", "-f", "-"], Some(&base()));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut random = Random(u64::try_from(now().millis()).expect("a time") | 1);
    let (mut most, mut unknown) = (0, BTreeSet::new());
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--ignored", "--exact", "child", "--nocapture"])
            .env("PODTRIAGE_CHILD", kill.to_string())
            .env("XDG_STATE_HOME", state.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("starts");
        std::thread::sleep(Duration::from_millis(random.below(LONGEST)));
        // Its word on the disk is all that is left of it.
        child.kill().expect("is killed");
        child.wait().expect("is gone");
        // What is known is read last: what arrives in between was noted before.
        let there = there();
        let known = runtime.block_on(known(state.path()));
        most = most.max(there.len());
        unknown.extend(there.difference(&known).cloned());
    }
    eprintln!("{kills} kills, at most {most} things there at once");
    assert_eq!(unknown, BTreeSet::new(), "is in the cluster, and the ledger does not know of it");
    assert!(most > 0, "nothing was made: nothing was tried");
    is_cleaned_up(state.path());
}

/// The next start finds all of it, and cleans up what can be.
fn is_cleaned_up(state: &Path) {
    let sessions = || -> Vec<Value> {
        let listed: Value = serde_json::from_str(&podtriage(state, &["sessions", "-o", "json"])).expect("JSON");
        listed["sessions"].as_array().expect("a list").clone()
    };
    let before = sessions();
    let named =
        |field: &str| -> BTreeSet<_> { before.iter().map(|one| one[field].as_str().unwrap_or_default()).collect() };
    let (pods, containers) = (named("pod"), named("container"));
    for name in there() {
        assert!(pods.contains(&*name) || containers.contains(&*name), "{name} is not listed: {before:?}");
    }
    assert!(before.iter().all(|one| one["ours"] == true), "{before:?}");
    podtriage(state, &["sessions", "clean", "--all", "--yes"]);
    let is_left = || there().iter().any(|name| name.starts_with("copy-"));
    for _ in 0..200 {
        if !is_left() {
            break;
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(!is_left(), "still there: {:?}", there());
    // Containers that never ran go with their pod.
    kubectl(&["delete", "pod", "base", "--now"], None);
    let left: Vec<_> = sessions().into_iter().filter(|one| one["state"] != "sent").collect();
    assert_eq!(left, Vec::<Value>::new(), "what is gone is not listed");
}

/// Deletes the namespace, whatever came of the test.
struct Gone;

impl Drop for Gone {
    fn drop(&mut self) {
        kubectl(&["delete", "namespace", NAMESPACE, "--wait=false"], None);
    }
}

/// xorshift64* (Vigna 2014): good enough for moments.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }
}

/// Not a test of its own: the program that is killed.
#[test]
#[ignore = "is started by the test that kills it"]
fn child() {
    let Ok(number) = std::env::var("PODTRIAGE_CHILD") else { return };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(Debugger::begin(number).run());
}

/// The state of the program with its runtime, and what it is to make next.
struct Debugger {
    app: App,
    performer: Performer,
    inbox: mpsc::UnboundedReceiver<podtriage::cluster::outbox::Parcel<Msg>>,
    number: String,
    made: u32,
    effects: Vec<podtriage::app::message::Effect>,
}

impl Debugger {
    fn begin(number: String) -> Self {
        let start = Start {
            config: Config::default(),
            context: None,
            scope: Scope::One(NAMESPACE.to_owned()),
            view: None,
            object: None,
            logs: None,
            read_only: false,
            size: (120, 40),
            utc_offset: 0,
            warnings: Vec::new(),
            tile: None,
            run: run_name(),
        };
        let (queue, inbox) = mpsc::unbounded_channel();
        let performer = Performer::new(queue, Source::Cluster(Box::default()));
        let (app, effects) = App::new(start, now());
        Self { app, performer, inbox, number, made: 0, effects }
    }

    /// Makes, waits for the answer, makes more, and cleans up after every third.
    async fn run(mut self) {
        loop {
            for effect in std::mem::take(&mut self.effects) {
                self.performer.perform(effect);
            }
            let Some(parcel) = self.inbox.recv().await else { return };
            let is_answered = matches!(
                parcel.message,
                Msg::Ledger(_, LedgerUpdate::Opened(_))
                    | Msg::Write(_, WriteUpdate::Done { .. } | WriteUpdate::Failed(_))
            );
            self.effects.extend(self.app.update(parcel.message.clone(), now()));
            drop(parcel);
            if is_answered && self.app.jobs.is_empty() {
                self.next();
            }
        }
    }

    fn next(&mut self) {
        if self.made == MAKES {
            return;
        }
        self.made += 1;
        if self.made.is_multiple_of(3) {
            self.press("5 X a");
        }
        let is_copy = self.made % 3 != 1;
        let name = format!("copy-{}-{}", self.number, self.made);
        let to = if is_copy { name } else { String::new() };
        let container = format!("debugger-{}-{}", self.number, self.made);
        let form = Form {
            image: "busybox:1.28".to_owned(),
            container: if is_copy { "app".to_owned() } else { container },
            copy: CopyForm { to, ..CopyForm::default() },
            ..Form::default()
        };
        let mut pod = base();
        // The UID is not known here, and is not compared then.
        pod["metadata"]["uid"] = "".into();
        let plan = build(&form, Kind::Pod, &pod, NAMESPACE, &mut Names::seeded(1)).expect("a plan");
        self.app.make(plan, &form, &pod, None);
        self.effects.extend(self.app.update(Msg::Wake, now()));
    }

    fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            let key = InputEvent::Key(key.parse().expect("a key"));
            self.effects.extend(self.app.update(Msg::Input(key), now()));
        }
    }
}
