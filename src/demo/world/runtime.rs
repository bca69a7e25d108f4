//! What runs on the nodes: the kubelet's own memory of a pod, from which its status is written.

use std::collections::BTreeMap;

use super::logs::Instance;
use crate::base::stamp::Stamp;

/// What a container is to its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs to its end before the others.
    Init,
    /// An init container that goes on (`restartPolicy: Always`).
    Sidecar,
    /// A regular one.
    Main,
    /// Added for debugging; never restarted.
    Ephemeral,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// Exit code.
    pub code: i64,
    /// `Completed`, `Error`, `OOMKilled` and the like.
    pub reason: String,
    /// A sentence, or empty.
    pub message: String,
    /// When it began.
    pub started: Stamp,
    /// When it ended.
    pub finished: Stamp,
    /// Which run.
    pub id: String,
}

/// What a container does now.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Not running, and why.
    Waiting {
        /// One word.
        reason: String,
        /// A sentence, or empty.
        message: String,
    },
    /// Running.
    Running {
        /// Since when.
        since: Stamp,
    },
    /// Ended, and not yet (or never) to be started again.
    Terminated(Ending),
}

/// A first process that does not follow from time alone: a shell has to run it.
#[derive(Clone, Debug)]
pub struct Live {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The container's name.
    pub container: String,
    /// The id of the run.
    pub run: String,
    /// What it runs.
    pub command: Vec<String>,
    /// Whether it has an input.
    pub stdin: bool,
    /// Whether the input ends with the first client's.
    pub stdin_once: bool,
    /// Whether it has a terminal.
    pub tty: bool,
}

/// A container of a pod on a node.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own, as in the status of the API")]
pub struct Container {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// What it does now.
    pub state: State,
    /// How the run before ended.
    pub last: Option<Ending>,
    /// How often it was started again.
    pub restarts: i64,
    /// Whether its readiness probe is content.
    pub ready: bool,
    /// Whether its startup probe is.
    pub started: bool,
    /// Whether anything was begun with it.
    pub begun: bool,
    /// Counts its changes: what was planned for an earlier one is void.
    pub epoch: u64,
    /// Whether the image is on the node.
    pub pulled: bool,
    /// The image of the current run, as the spec named it when it began.
    pub image: String,
    /// Failed pulls in a row.
    pub pull_failures: u32,
    /// The current delay before it is started again, in seconds.
    pub backoff: f64,
    /// Failures in a row, by probe: liveness, readiness, startup.
    pub failures: [i64; 3],
    /// The current or last run.
    pub instance: Option<Instance>,
    /// The run before that.
    pub previous: Option<Instance>,
    /// What was written to its file system in the current run; `None` marks what was removed.
    pub files: BTreeMap<String, Option<String>>,
}

impl Container {
    /// One that nothing was begun with.
    pub fn new(name: &str, role: Role, reason: &str) -> Self {
        Self {
            name: name.to_owned(),
            role,
            state: State::waiting(reason, ""),
            last: None,
            restarts: 0,
            ready: false,
            started: false,
            begun: false,
            epoch: 0,
            pulled: false,
            image: String::new(),
            pull_failures: 0,
            backoff: 0.0,
            failures: [0; 3],
            instance: None,
            previous: None,
            files: BTreeMap::new(),
        }
    }

    /// A new run takes the place of the one before.
    pub fn begin_run(&mut self, run: Instance) {
        if let Some(ending) = self.ending().cloned() {
            self.last = Some(ending);
        }
        if self.instance.is_some() {
            self.restarts += 1;
            self.previous = self.instance.take();
        }
        self.instance = Some(run);
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    /// How it ended, if it has.
    pub fn ending(&self) -> Option<&Ending> {
        match &self.state {
            State::Terminated(ending) => Some(ending),
            _ => None,
        }
    }
}

impl State {
    /// Waiting, for a reason.
    pub fn waiting(reason: &str, message: impl Into<String>) -> Self {
        Self::Waiting { reason: reason.to_owned(), message: message.into() }
    }
}

/// A pod on a node.
#[derive(Debug)]
pub struct Pod {
    /// Its UID.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its node.
    pub node: String,
    /// Its address, once the sandbox is up.
    pub ip: String,
    /// When the kubelet took it on.
    pub start: Stamp,
    /// Whether its volumes and network are set up.
    pub sandboxed: bool,
    /// Failed attempts at that.
    pub mount_failures: u32,
    /// Whether it is being stopped.
    pub stopping: bool,
    /// Set when the kubelet itself ended the pod: reason and message of its status.
    pub failed: Option<(String, String)>,
    /// Seconds from its start after which the kubelet ends it.
    pub deadline: Option<i64>,
    /// Init containers, then regular ones, then ephemeral ones, as in the spec.
    pub containers: Vec<Container>,
}

impl Pod {
    /// Whether its volumes are in use on its node.
    pub fn holds_volumes(&self) -> bool {
        self.sandboxed && !self.containers.iter().all(|container| container.ending().is_some())
    }

    /// Whether it has an address that no other pod may have.
    pub fn holds_address(&self) -> bool {
        let over = self.containers.iter().all(|container| container.ending().is_some());
        self.sandboxed && self.ip.starts_with("10.42.") && !over
    }

    /// Whether every init container has done what the regular ones wait for.
    pub fn initialized(&self) -> bool {
        self.containers.iter().all(|container| match container.role {
            Role::Init => container.ending().is_some_and(|ending| ending.code == 0),
            Role::Sidecar => container.started || container.restarts > 0,
            Role::Main | Role::Ephemeral => true,
        })
    }
}
