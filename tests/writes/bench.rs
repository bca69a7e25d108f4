//! Two equal objects, one for kubectl and one for us, and what both wrote and said.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use podtriage::base::stamp::Stamp;
use podtriage::cluster::api::{ConnectOptions, WriteUpdate};
use podtriage::cluster::connect::{Connection, connect};
use podtriage::cluster::outbox::Outbox;
use podtriage::cluster::write::perform;
use podtriage::model::kind::ObjectKey;
use podtriage::model::resource::{Names, Resource};
use podtriage::model::write::{Operation, Write};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::recorder::{Recorded, Recorder};

/// No step may take longer.
const PATIENCE: Duration = Duration::from_secs(90);

/// What came of a step.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub writes: Vec<Recorded>,
    pub done: bool,
    pub said: String,
}

/// A recorder, kubectl and our own client in front of one cluster.
pub struct Bench {
    recorder: Recorder,
    directory: tempfile::TempDir,
    config: PathBuf,
    program: String,
    ours: Connection,
    behind: Connection,
    /// The places: kubectl's and ours, namespaces or nodes.
    places: [String; 2],
}

/// The kubectl to compare with; says so where there is none of the version that is spoken of.
fn program() -> Option<String> {
    let program = std::env::var("KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
    let output = std::process::Command::new(&program).args(["version", "--client"]).output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    if version.contains("v1.37") {
        return Some(program);
    }
    eprintln!("\n=== SKIPPED: no kubectl 1.37 in $KUBECTL or on the PATH, no request was compared ===\n");
    None
}

pub fn now() -> Stamp {
    Stamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

fn options(config: &Path, impersonate: Option<&str>) -> ConnectOptions {
    ConnectOptions {
        kubeconfig: Some(config.to_string_lossy().into_owned()),
        impersonate: impersonate.map(str::to_owned),
        ..ConnectOptions::default()
    }
}

impl Bench {
    /// A bench before a cluster; `None` where there is no kubectl.
    pub async fn new(behind: &Connection, places: [&str; 2]) -> Option<Self> {
        let program = program()?;
        let recorder = Recorder::start(behind.client.clone()).await;
        let directory = tempfile::tempdir().expect("a directory");
        let config = directory.path().join("config");
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{server: 'http://{}'}}}}]\n\
             contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{}}}}]\n",
            recorder.address
        );
        std::fs::write(&config, text).expect("written");
        let ours = connect(&options(&config, None)).await.expect("a connection");
        let places = places.map(str::to_owned);
        Some(Self { recorder, directory, config, program, ours, behind: behind.clone(), places })
    }

    pub fn connection(&self) -> &Connection {
        &self.ours
    }

    /// A connection of which nothing is recorded.
    pub fn behind(&self) -> &Connection {
        &self.behind
    }

    /// Our connection, in the name of somebody who may not write.
    pub async fn viewer(&self) -> Connection {
        self.connected(Some("viewer")).await
    }

    async fn connected(&self, impersonate: Option<&str>) -> Connection {
        connect(&options(&self.config, impersonate)).await.expect("a connection")
    }

    pub fn places(&self) -> &[String; 2] {
        &self.places
    }

    /// What kubectl prints for a command that must succeed; it is not compared with anything.
    pub async fn setup(&self, line: &str, input: &str) -> String {
        let (done, out, error) = self.shell(&format!("kubectl {line}"), input).await;
        self.recorder.take();
        assert!(done, "{line}: {error}");
        out
    }

    /// Runs a line in a shell in which `kubectl` is the one that is compared with, before this cluster.
    async fn shell(&self, line: &str, input: &str) -> (bool, String, String) {
        let script = format!("kubectl() {{ \"$PROGRAM\" --cache-dir \"$CACHE\" \"$@\"; }}; {line}");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).env("PROGRAM", &self.program).env("KUBECONFIG", &self.config);
        command.env("CACHE", self.directory.path().join("cache")).kill_on_drop(true);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        let output = timeout(PATIENCE, child.wait_with_output()).await.unwrap_or_else(|_| panic!("{line}: too slow"));
        let output = output.expect("it ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    }

    /// The object as the server has it.
    pub async fn get(&self, key: &ObjectKey) -> Value {
        let path = key.path();
        podtriage::cluster::http::get_json(&self.ours.client, &path, PATIENCE).await.expect(&path)
    }

    /// Waits until `wanted` holds for the object.
    pub async fn until(&self, key: &ObjectKey, what: &str, wanted: impl Fn(&Value) -> bool) {
        let waiting = async {
            while !wanted(&self.get(key).await) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{key} never {what}"));
    }

    /// What kubectl does for the command line that a write names.
    pub async fn kubectl(&self, write: &Write) -> Outcome {
        let input = if let Operation::Replace(text) = &write.operation { text.as_str() } else { "" };
        let (done, out, error) = self.shell(&write.kubectl().to_string(), input).await;
        let said = if done { out } else { error };
        Outcome { writes: self.recorder.take(), done, said }
    }

    /// What we do for a write, all that was told on the way, and the outcome.
    pub async fn perform(&self, write: Write) -> (Vec<WriteUpdate>, Outcome) {
        self.perform_as(&self.ours, write).await
    }

    /// The same in the name of somebody.
    pub async fn perform_as(&self, connection: &Connection, write: Write) -> (Vec<WriteUpdate>, Outcome) {
        let (updates, last) = self.told(connection, write, |_| false).await;
        let (done, said) = match last.expect("an end") {
            WriteUpdate::Done { said, .. } => (true, said),
            WriteUpdate::Failed(problem) | WriteUpdate::Conflict { problem, .. } => (false, problem.said),
            other => panic!("{other:?} is no end"),
        };
        (updates, Outcome { writes: self.recorder.take(), done, said })
    }

    /// What a write tells, until it ends or has told what is `enough`: then it is dropped.
    pub async fn told(
        &self,
        connection: &Connection,
        write: Write,
        enough: impl Fn(&WriteUpdate) -> bool,
    ) -> (Vec<WriteUpdate>, Option<WriteUpdate>) {
        let (queue, mut inbox) = tokio::sync::mpsc::unbounded_channel();
        let work = async move {
            let out = Outbox::new(queue, |update: WriteUpdate| update);
            perform(connection, write, now(), &out).await;
        };
        let mut updates = Vec::new();
        let take = async {
            while let Some(parcel) = inbox.recv().await {
                updates.push(parcel.message.clone());
                if enough(&parcel.message) {
                    break;
                }
            }
        };
        let both = async {
            tokio::pin!(work, take);
            // The work ends with its last word untaken.
            tokio::select! {
                () = &mut take => {}
                () = &mut work => take.await,
            }
        };
        timeout(PATIENCE, both).await.expect("it ends in time");
        let last = updates.last().cloned();
        (updates, last)
    }

    /// Lets kubectl do it in its place and us in ours, and compares what was sent and said.
    pub async fn compare(&self, key: impl Fn(&str) -> ObjectKey, operation: impl Fn(&Value) -> Operation) -> Outcome {
        let [mut theirs, mut ours] = [None, None];
        for (at, place) in self.places.iter().enumerate() {
            let target = key(place);
            let object = self.get(&target).await;
            let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
            let write = Write { target, uid, operation: operation(&object) };
            if at == 0 {
                theirs = Some(self.masked(self.kubectl(&write).await));
            } else {
                ours = Some(self.masked(self.perform(write).await.1));
            }
        }
        let (mut theirs, mut ours) = (theirs.expect("done"), ours.expect("done"));
        strip_preconditions(&mut ours);
        for done in [&mut theirs, &mut ours] {
            // Where a controller was faster, both read again and send the same once more.
            done.writes.dedup_by(|again, first| again == first && first.method == "PUT");
        }
        assert_eq!(ours.writes, theirs.writes, "\nkubectl said {}\nwe said {}", theirs.said, ours.said);
        assert_eq!(ours.done, theirs.done, "kubectl: {}, we: {}", theirs.said, ours.said);
        theirs.said.lines().find(|line| line.contains(&ours.said)).map_or_else(
            // It is silent where nothing changes.
            || assert!(theirs.said.is_empty(), "kubectl: {}, we: {}", theirs.said, ours.said),
            |_| (),
        );
        ours
    }

    /// An outcome in which both places, UIDs, versions and times are the same.
    fn masked(&self, outcome: Outcome) -> Outcome {
        let text =
            |text: &str| self.places.iter().fold(text.to_owned(), |text, place| text.replace(place.as_str(), "PLACE"));
        let mut writes = outcome.writes;
        for write in &mut writes {
            write.path = text(&write.path);
            mask(&mut write.body, &text);
        }
        Outcome { writes, done: outcome.done, said: text(&outcome.said) }
    }
}

/// Masked, and in the order of paths: what is asked at the same time comes in any.
pub fn sorted(bench: &Bench, outcome: Outcome) -> Outcome {
    let mut outcome = bench.masked(outcome);
    for write in &mut outcome.writes {
        if let Some(options) = write.body.get_mut("deleteOptions").and_then(Value::as_object_mut) {
            options.shift_remove("preconditions");
        }
    }
    outcome.writes.sort_by(|a, b| a.path.cmp(&b.path));
    outcome
}

fn mask(value: &mut Value, text: &impl Fn(&str) -> String) {
    const VARYING: [&str; 5] =
        ["uid", "resourceVersion", "creationTimestamp", "kubectl.kubernetes.io/restartedAt", "time"];
    match value {
        Value::String(string) => *string = text(string),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, text)),
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                if VARYING.contains(&key.as_str()) && !field.is_null() {
                    *field = "MASKED".into();
                } else {
                    mask(field, text);
                }
            }
        }
        _ => {}
    }
}

/// The wanted difference: deletions and evictions name the UID.
fn strip_preconditions(outcome: &mut Outcome) {
    for write in &mut outcome.writes {
        let eviction = write.path.ends_with("/eviction");
        let options = if eviction { &mut write.body["deleteOptions"] } else { &mut write.body };
        if write.method == "DELETE" || eviction {
            let options = options.as_object_mut().expect("options");
            let preconditions = options.shift_remove("preconditions");
            assert_eq!(preconditions, Some(serde_json::json!({"uid": "MASKED"})), "{}", write.path);
        }
    }
}

/// A resource by its names.
pub fn resource(group: &str, version: &str, kind: &str, plural: &str, namespaced: bool) -> Resource {
    Resource::new(Names {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        singular: kind.to_ascii_lowercase(),
        namespaced,
        ..Names::default()
    })
}

#[test]
fn a_changed_character_is_seen_and_only_what_varies_is_masked() {
    let masked = |mut value: Value| {
        mask(&mut value, &|text: &str| text.replace("ours", "PLACE").replace("theirs", "PLACE"));
        value
    };
    let body = |uid: &str, place: &str, image: &str| serde_json::json!({"metadata": {"uid": uid, "namespace": place}, "spec": {"containers": [{"image": image}]}});
    assert_eq!(masked(body("a", "ours", "nginx:1.28")), masked(body("b", "theirs", "nginx:1.28")));
    assert_ne!(masked(body("a", "ours", "nginx:1.28")), masked(body("a", "ours", "nginx:1.29")));
    assert_ne!(masked(body("a", "ours", "nginx")), masked(body("a", "other", "nginx")));
}
