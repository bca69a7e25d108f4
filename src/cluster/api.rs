//! The plain data that crosses between the cluster and the application.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

pub use super::copy::{CopyStatus, CopyUpdate};
pub use super::exec::{ExecRequest, ExitStatus, is_shell_missing, shell_command};
pub use super::forward::{ForwardStatus, ForwardUpdate};
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
pub use crate::model::copy::{CopyRequest, Direction};
pub use crate::model::forward::{ForwardRequest, PortSpec, RemotePort};
use crate::model::kind::ObjectKey;

/// How to reach a cluster: kubectl's global flags. Empty means "as the kubeconfig says".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectOptions {
    /// `--kubeconfig`: one file instead of `$KUBECONFIG` or `~/.kube/config`.
    pub kubeconfig: Option<String>,
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `--as`.
    pub impersonate: Option<String>,
    /// `--as-group`.
    pub impersonate_groups: Vec<String>,
    /// `--as-uid`.
    pub impersonate_uid: Option<String>,
    /// `--request-timeout`: bound of a single request that is no stream.
    pub request_timeout: Option<Duration>,
}

/// What is known of a connection once it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// Name of the context; `in-cluster` where there is no kubeconfig.
    pub context: String,
    /// The server's URL.
    pub server: String,
    /// The namespace that the context names; `default` where it names none.
    pub namespace: String,
    /// All contexts of the kubeconfig, in its order.
    pub contexts: Vec<String>,
}

/// An object that is about to be changed, as the server has it now.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// What it is called.
    pub key: ObjectKey,
    /// Its UID.
    pub uid: String,
    /// The object.
    pub object: Value,
    /// The objects that keep its revisions, where they were asked for.
    pub history: Vec<Value>,
}

/// What comes from a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellUpdate {
    /// It runs.
    Open,
    /// What it printed.
    Output(Bytes),
    /// How it ended; nothing comes after.
    Ended(ExitStatus),
    /// It never began; nothing comes after.
    Refused(Problem),
}

/// What comes of a write.
#[derive(Clone, Debug, PartialEq)]
pub enum WriteUpdate {
    /// Something to know, from the server or as kubectl warns; each is said once.
    Warning(String),
    /// How far it is, where it takes its time.
    Progress(String),
    /// It is done; nothing comes after.
    Done {
        /// kubectl's words: `deployment.apps/web scaled`.
        said: String,
        /// The object as it is now, where the server sent it.
        object: Option<Value>,
    },
    /// It was refused or failed; nothing comes after.
    Failed(Problem),
    /// The object was changed by somebody else since it was read; nothing comes after.
    Conflict {
        /// What to tell the person.
        problem: Problem,
        /// The object as it is now.
        current: Box<Value>,
    },
}

/// Whose log is wanted. Names only; a container is always named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container, of whatever sort.
    pub container: String,
    /// The run before the present one, read to its end instead of followed.
    pub previous: bool,
    /// Begin with this many lines of the past; `None` is all of them.
    pub tail_lines: Option<u32>,
    /// Begin at this time (whole seconds); [`Stamp::NONE`] is no bound.
    pub since: Stamp,
}

/// A line of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogLine {
    /// When the container's runtime took it; [`Stamp::NONE`] when the node said no time.
    pub at: Stamp,
    /// The text without its line break: whatever the container wrote, broken UTF-8 replaced.
    pub text: Box<str>,
    /// How many bytes the line had, where only the beginning of it was kept; otherwise 0.
    pub cut_from: u64,
}

/// How a container's run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerExit {
    /// The exit code.
    pub code: i32,
    /// The kubelet's word: `Error`, `OOMKilled`, `Completed`.
    pub reason: String,
}

/// Why lines may be missing at a place of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogGap {
    /// The connection was lost, and the line that was last seen did not come again.
    LastLineNotFound,
    /// The container was restarted while the connection was lost: the old run's end was not seen.
    EndOfRun,
    /// The container was restarted more than once meanwhile: whole runs were not seen.
    WholeRuns,
}

/// Why a log is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEnd {
    /// The run before the present one, to its end.
    Previous,
    /// The container ended and will not be started again.
    Exited(ContainerExit),
    /// The pod does not exist any more.
    PodGone,
    /// Another pod has the same name now.
    PodReplaced,
}

/// What a followed log has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogUpdate {
    /// The node sends, or would if the container wrote something.
    Opened,
    /// The next lines.
    Lines(Vec<LogLine>),
    /// There is no log yet, in the kubelet's words; it is asked again.
    Waiting(String),
    /// What follows was written by a new run of the container.
    Restarted {
        /// How often the container has been restarted by now.
        restarts: u32,
        /// How the run before it ended, if that is known.
        exit: Option<ContainerExit>,
    },
    /// Between the lines before and those that follow some may be missing.
    Gap(LogGap),
    /// The connection broke or could not be made; it is tried again.
    Outage(Problem),
    /// Nothing more will come.
    Ended(LogEnd),
    /// Nothing more will come, because it was refused.
    Trouble(Problem),
}
