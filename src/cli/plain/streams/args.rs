//! Flags of `exec` and `attach`, as kubectl names them.

use std::time::Duration;

use clap::Args;

use super::super::super::args::{Place, duration};

/// What the two commands have in common.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Streams {
    /// The container; by default the one that the pod's annotation names, or the first
    #[arg(short, long, value_name = "NAME")]
    pub container: Option<String>,
    /// Pass the input on
    #[arg(short = 'i', long)]
    pub stdin: bool,
    /// The input is a terminal
    #[arg(short, long)]
    pub tty: bool,
    /// Print only what the session prints
    #[arg(short, long)]
    pub quiet: bool,
    /// How long to wait for a pod of a workload
    #[arg(long, value_name = "DURATION", default_value = "1m0s", value_parser = duration)]
    pub pod_running_timeout: Duration,
    /// In this terminal as it is, also where the full screen could be had
    #[arg(long)]
    pub plain: bool,
    /// Where to look
    #[command(flatten)]
    pub place: Place,
}

/// A command in a container.
#[derive(Clone, Debug, Args)]
pub struct Exec {
    /// POD or KIND/NAME
    #[arg(value_name = "TARGET")]
    pub target: Vec<String>,
    /// What to run
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// How
    #[command(flatten)]
    pub streams: Streams,
}

/// The container's own process.
#[derive(Clone, Debug, Args)]
pub struct Attach {
    /// POD, KIND/NAME or KIND NAME
    #[arg(value_name = "TARGET")]
    pub target: Vec<String>,
    /// The keys that leave the process alone
    #[arg(long, value_name = "KEYS", default_value = "ctrl-p,ctrl-q")]
    pub detach_keys: String,
    /// How
    #[command(flatten)]
    pub streams: Streams,
}
