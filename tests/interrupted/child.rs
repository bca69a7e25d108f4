//! The program that is killed: the real state with the real runtime below it, without a screen. It makes one thing after
//! the other, attaches where that is meant, cleans up in between, and says in a file what it is about.

use std::path::PathBuf;

use podtriage::app::message::{Effect, LedgerUpdate, Msg};
use podtriage::app::session::Scope;
use podtriage::app::{App, Start};
use podtriage::base::input::InputEvent;
use podtriage::cluster::api::{ShellUpdate, WriteUpdate};
use podtriage::cluster::outbox::Parcel;
use podtriage::config::Config;
use podtriage::debug::{CopyForm, Form, Names, build};
use podtriage::model::kind::Kind;
use podtriage::runtime::{Performer, Source, now, run_name};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::cluster::{BASE, LIVE, NAMESPACE, pod};

/// What it is about, as it says in its file.
pub const PHASES: [&str; 4] = ["sending", "waiting", "attached", "cleaning"];

/// What is done next; all of them, again and again, each child beginning with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// An ephemeral container in a pod that never runs.
    Container,
    /// A copy that never runs.
    Copy,
    /// Cleaning up all that is ours.
    Clean,
    /// An ephemeral container in a pod that runs, attached to.
    AttachedContainer,
    /// A copy for which its original is removed.
    Replace,
    /// A pod on a node, attached to.
    NodePod,
    /// A copy that runs, attached to.
    AttachedCopy,
}

const STEPS: [Step; 8] = [
    Step::AttachedContainer,
    Step::Clean,
    Step::Replace,
    Step::NodePod,
    Step::Copy,
    Step::Clean,
    Step::AttachedCopy,
    Step::Container,
];

/// What the parent says to the child.
#[derive(Debug)]
pub struct Orders {
    /// Which child it is.
    pub number: u32,
    /// The node for pods on nodes.
    pub node: String,
    /// In this phase it begins nothing else; empty for none.
    pub stays: String,
    /// Where it says what it is about.
    pub file: PathBuf,
}

impl Orders {
    /// As variables of the child's environment.
    pub fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("PODTRIAGE_CHILD", self.number.to_string()),
            ("PODTRIAGE_CHILD_NODE", self.node.clone()),
            ("PODTRIAGE_CHILD_STAYS", self.stays.clone()),
            ("PODTRIAGE_CHILD_FILE", self.file.display().to_string()),
        ]
    }

    fn read() -> Option<Self> {
        let variable = |name| std::env::var(name).ok();
        Some(Self {
            number: variable("PODTRIAGE_CHILD")?.parse().ok()?,
            node: variable("PODTRIAGE_CHILD_NODE")?,
            stays: variable("PODTRIAGE_CHILD_STAYS")?,
            file: variable("PODTRIAGE_CHILD_FILE")?.into(),
        })
    }
}

/// Lives until it is killed, if this process is a child.
pub fn live() {
    if let Some(orders) = Orders::read() {
        tokio::runtime::Runtime::new().expect("a runtime").block_on(Debugger::begin(orders).run());
    }
}

struct Debugger {
    app: App,
    performer: Performer,
    inbox: mpsc::UnboundedReceiver<Parcel<Msg>>,
    orders: Orders,
    done: usize,
    phase: &'static str,
    /// What was made last is attached to.
    attaches: bool,
    effects: Vec<Effect>,
}

impl Debugger {
    fn begin(orders: Orders) -> Self {
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
        Self { app, performer, inbox, orders, done: 0, phase: "", attaches: false, effects }
    }

    async fn run(mut self) {
        loop {
            for effect in std::mem::take(&mut self.effects) {
                self.performer.perform(effect);
            }
            let Some(parcel) = self.inbox.recv().await else { return };
            let message = parcel.message.clone();
            drop(parcel);
            self.effects.extend(self.app.update(message.clone(), now()));
            self.follow(&message);
        }
    }

    /// What a message says of what was begun last.
    fn follow(&mut self, message: &Msg) {
        match message {
            Msg::Ledger(_, LedgerUpdate::Opened(_)) => self.next(),
            Msg::Write(_, WriteUpdate::Done { .. }) if self.attaches => self.enter("waiting"),
            Msg::Write(_, WriteUpdate::Done { .. } | WriteUpdate::Failed(_)) if self.app.jobs.is_empty() => self.next(),
            Msg::Shell(_, ShellUpdate::Open) if self.attaches => self.enter("attached"),
            Msg::Shell(_, ShellUpdate::Output(_)) if self.phase == "attached" => self.next(),
            Msg::Shell(_, ShellUpdate::Refused(_) | ShellUpdate::Over(_)) if self.attaches => self.next(),
            _ => {}
        }
    }

    fn enter(&mut self, phase: &'static str) {
        self.phase = phase;
        std::fs::write(&self.orders.file, phase).expect("the parent reads it");
    }

    fn next(&mut self) {
        if self.phase == self.orders.stays && !self.phase.is_empty() {
            return;
        }
        let step = STEPS[(self.orders.number as usize * 3 + self.done) % STEPS.len()];
        self.done += 1;
        if step == Step::Clean {
            self.clean();
        } else {
            self.make(step);
        }
    }

    fn clean(&mut self) {
        self.attaches = false;
        self.enter("cleaning");
        self.press("2 5 X a");
        if self.app.jobs.is_empty() {
            // There is nothing to clean up yet.
            self.press("esc");
            self.next();
        }
    }

    fn make(&mut self, step: Step) {
        self.attaches = matches!(step, Step::AttachedContainer | Step::AttachedCopy | Step::NodePod);
        self.enter("sending");
        let (number, done) = (self.orders.number, self.done);
        let is_copy = matches!(step, Step::Copy | Step::Replace | Step::AttachedCopy);
        let form = Form {
            image: "busybox:1.28".to_owned(),
            container: format!("debugger-{number}-{done}"),
            stdin: self.attaches,
            tty: self.attaches,
            copy: CopyForm {
                to: if is_copy { format!("copy-{number}-{done}") } else { String::new() },
                replace: step == Step::Replace,
                ..CopyForm::default()
            },
            ..Form::default()
        };
        let (kind, object) = self.object_of(step);
        // The dice of another child would give the same names to pods on nodes.
        let mut names = Names::seeded(u64::from(number) << 16 | done as u64);
        let plan = build(&form, kind, &object, NAMESPACE, &mut names).expect("a plan");
        self.app.make(plan, &form, &object, None);
        self.effects.extend(self.app.update(Msg::Wake, now()));
    }

    fn object_of(&self, step: Step) -> (Kind, Value) {
        let victim = format!("victim-{}", self.orders.number);
        let name = match step {
            Step::NodePod => return (Kind::Node, json!({"kind": "Node", "metadata": {"name": self.orders.node}})),
            Step::AttachedContainer | Step::AttachedCopy => LIVE,
            Step::Replace => &victim,
            _ => BASE,
        };
        let mut pod = pod(name);
        // The UID is not known here, and is not compared then.
        pod["metadata"]["uid"] = "".into();
        (Kind::Pod, pod)
    }

    fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            let key = InputEvent::Key(key.parse().expect("a key"));
            self.effects.extend(self.app.update(Msg::Input(key), now()));
        }
    }
}
