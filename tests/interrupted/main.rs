//! kill -9, again and again: what debugging made is known to the ledger afterwards, all of it.
//!
//! ```text
//! KUBECONFIG=… PODTRIAGE_KILLS=20 cargo test --test interrupted -- --ignored --nocapture
//! ```
//!
//! The program that is killed is this one, started again as `child`: the real state with the real runtime below it, on a
//! real cluster, making ephemeral containers, copies, copies that replace their pod, and pods on a node; attaching to
//! them; cleaning up. Half of the kills come at any moment; the others while a form is sent, while a container is waited
//! for, while one is attached, and while it cleans up, in turn. After each kill what is in the cluster is compared with
//! what the ledger says. `PODTRIAGE_KILLS` is how often (100), `KUBECTL` which kubectl. The nodes need `busybox:1.28`.

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a test says what went wrong and ends")]

mod child;
mod cluster;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use podtriage::debug::ledger::Made;
use podtriage::runtime::{Book, Place as LedgerPlace, Source, now};
use serde_json::Value;
use tempfile::TempDir;

use child::{Orders, PHASES};
use cluster::{BASE, NAMESPACE, Place, There, kubectl, pod, there};

/// How long a child lives at most that is killed at any moment, in milliseconds.
const LONGEST: u64 = 3_000;
/// How often one that is to be killed in a phase is looked at, a millisecond apart, until it is there.
const LOOKS: u32 = 15_000;
/// And how long it may be in it, in milliseconds: a form is sent sooner than anything else is done.
const WITHIN: u64 = 80;
const SENT_WITHIN: u64 = 10;

/// What the ledger says may be there, and which manifests of removed pods it keeps.
struct Known {
    made: BTreeSet<String>,
    removed: BTreeSet<String>,
}

async fn known(state: &Path) -> Known {
    let connection = Source::Cluster(Box::default()).connect(None).await.expect("connects");
    let place = state.join("podtriage").join("ledger");
    let book = Book::open(&LedgerPlace::Directory(place.clone()), &connection).await.expect("opens");
    let (mut made, mut removed) = (BTreeSet::new(), BTreeSet::new());
    for (_, record) in book.ledger.living() {
        let entry = &record.entry;
        match entry.made {
            Made::Ephemeral => drop(made.insert(entry.container.clone())),
            Made::Replaced => {
                let file = entry.manifest.as_ref().expect("a manifest is kept");
                let text =
                    std::fs::read_to_string(place.join("removed").join(format!("{file}.json"))).expect("its file");
                let kept: Value = serde_json::from_str(&text).expect("a whole pod");
                assert_eq!(kept["metadata"]["name"], *entry.pod.name, "{text}");
                removed.insert(entry.pod.name.clone());
            }
            _ => drop(made.insert(entry.pod.name.clone())),
        }
    }
    Known { made, removed }
}

fn podtriage(state: &Path, words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podtriage"));
    let output = command.args(words).args(["-n", NAMESPACE]).env("XDG_STATE_HOME", state).output().expect("starts");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Starts a child, kills it, and says what it was about in that moment.
fn kill_one(orders: &Orders, state: &Path, random: &mut Random) -> String {
    drop(std::fs::remove_file(&orders.file));
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--ignored", "--exact", "child", "--nocapture"])
        .envs(orders.variables())
        .env("XDG_STATE_HOME", state)
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    let phase = || std::fs::read_to_string(&orders.file).unwrap_or_default();
    if orders.stays.is_empty() {
        sleep(Duration::from_millis(random.below(LONGEST)));
    } else {
        let is_there = (0..LOOKS).any(|_| {
            sleep(Duration::from_millis(1));
            phase() == orders.stays
        });
        if !is_there {
            eprintln!("child {} never was {}", orders.number, orders.stays);
        }
        let within = if orders.stays == "sending" { SENT_WITHIN } else { WITHIN };
        sleep(Duration::from_millis(random.below(within)));
    }
    // Its word on the disk is all that is left of it.
    child.kill().expect("is killed");
    child.wait().expect("is gone");
    Some(phase()).filter(|phase| !phase.is_empty()).unwrap_or_else(|| "starting".to_owned())
}

#[test]
#[ignore = "needs a cluster"]
fn kills_leave_nothing_unknown() {
    let kills: u32 = std::env::var("PODTRIAGE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let state: TempDir = tempfile::tempdir().expect("a directory");
    let place = Place::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut random = Random(u64::try_from(now().millis()).expect("a time") | 1);
    let (mut most, mut unknown, mut fell) = (0, BTreeSet::new(), BTreeMap::<String, u32>::new());
    for number in 0..kills {
        kubectl(&["create", "-f", "-"], Some(&pod(&format!("victim-{number}"))));
        let stays = if number % 2 == 0 { PHASES[number as usize / 2 % PHASES.len()] } else { "" };
        let file = state.path().join("phase");
        let orders = Orders { number, node: place.node.clone(), stays: stays.to_owned(), file };
        *fell.entry(kill_one(&orders, state.path(), &mut random)).or_default() += 1;
        // What is known is read last: what arrives in between was noted before.
        let There { made, pods } = there();
        let known = runtime.block_on(known(state.path()));
        most = most.max(made.len());
        unknown.extend(made.difference(&known.made).cloned());
        let removed = (0..=number).map(|number| format!("victim-{number}")).filter(|name| !pods.contains(name));
        unknown.extend(removed.filter(|name| !known.removed.contains(name)));
    }
    eprintln!("{kills} kills, at most {most} things there at once; they fell while {fell:?}");
    assert_eq!(unknown, BTreeSet::new(), "is in the cluster, or was removed, and the ledger does not know of it");
    assert!(most > 0, "nothing was made: nothing was tried");
    if kills >= 5 * PHASES.len() as u32 {
        let missing: Vec<_> = PHASES.iter().filter(|phase| !fell.contains_key(**phase)).collect();
        assert!(missing.is_empty(), "no kill fell while {missing:?}");
    }
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
    for name in there().made {
        assert!(pods.contains(&*name) || containers.contains(&*name), "{name} is not listed: {before:?}");
    }
    assert!(before.iter().all(|one| one["ours"] == true), "{before:?}");
    podtriage(state, &["sessions", "clean", "--all", "--yes"]);
    // Containers that never ran go with their pod.
    kubectl(&["delete", "pod", BASE, "--now"], None);
    let mut left = there().made;
    for _ in 0..200 {
        if left.is_empty() {
            break;
        }
        sleep(Duration::from_millis(300));
        left = there().made;
    }
    assert_eq!(left, BTreeSet::new(), "is still there");
    // An ended container stays in its pod, and a removed pod can be brought back.
    let is_over = |one: &Value| one["finished"] == true || one["state"] == "sent" || one["kind"] == "replaced";
    let left: Vec<_> = sessions().into_iter().filter(|one| !is_over(one)).collect();
    assert_eq!(left, Vec::<Value>::new(), "what is gone is not listed");
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
    child::live();
}
