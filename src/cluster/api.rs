//! The plain data that crosses between the cluster and the application.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

pub use super::copy::{CopyStatus, CopyUpdate};
pub use super::exec::{
    ContainerEnd, ExecRequest, ExitStatus, SessionRequest, Streams, Waiting, is_shell_missing, shell_command,
};
pub use super::forward::{ForwardStatus, ForwardUpdate};
pub use super::logs::data::{
    ContainerChoice, ContainerExit, Earlier, LogEnd, LogGap, LogLine, LogRequest, LogSelection, LogSource, LogUpdate,
    LogsRequest, LogsUpdate, RunState, SourceChange, SourceId, SourcedLine,
};
use crate::base::problem::Problem;
pub use crate::model::copy::{CopyRequest, Direction};
pub use crate::model::forward::{ForwardRequest, PortSpec, RemotePort};
use crate::model::kind::ObjectKey;
use crate::model::pod::PodRow;

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

/// What comes from a shell, a command or an attached process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellUpdate {
    /// The container does not run yet.
    Waiting(Waiting),
    /// What the container that was waited for has; it is attached to next.
    Streams(Streams),
    /// It runs.
    Open,
    /// What it printed.
    Output(Bytes),
    /// What it printed on its error stream; never with a terminal.
    Errors(Bytes),
    /// What the container wrote, where there was nothing to attach to any more.
    Log(Bytes),
    /// How it ended; nothing comes after.
    Ended(ExitStatus),
    /// The container itself ended; nothing comes after.
    Over(ContainerEnd),
    /// It never began; nothing comes after.
    Refused(Problem),
}

/// A pod or node that is about to be debugged.
#[derive(Clone, Debug, PartialEq)]
pub struct DebugTarget {
    /// The object, as the server has it.
    pub object: Value,
    /// The namespace that a pod is changed or made in; null where it could not be read.
    pub namespace: Value,
}

/// What somebody saw who looked for a pod.
#[derive(Clone, Debug, PartialEq)]
pub enum Looked {
    /// It is there.
    Seen(Box<PodRow>),
    /// There is no pod of this name.
    Missing,
    /// Nobody could look; why.
    Failed(String),
}

/// What to do after a write of which it is not known whether the server did it.
pub const MAY_BE_DONE: &str = "It may have been done all the same: look before you try again";

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
