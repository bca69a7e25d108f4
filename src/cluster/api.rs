//! The plain data that crosses between the cluster and the application.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

pub use super::exec::{ExecRequest, ExitStatus, is_shell_missing, shell_command};
use crate::base::problem::Problem;

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

/// What is read when a person asks for one object: the API's own JSON, no field lost.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectDetails {
    /// The object.
    pub object: Value,
    /// Its events; `None` where they may not be listed, or were not asked for.
    pub events: Option<Vec<Value>>,
    /// Nodes: the pods on it that have not ended; `None` where they may not be listed.
    pub pods: Option<Vec<Value>>,
    /// Nodes: its lease, or why it could not be read.
    pub lease: Result<Value, String>,
    /// Nodes: the resource slices of its devices.
    pub resource_slices: Vec<Value>,
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
