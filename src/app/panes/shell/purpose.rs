//! What a shell tile is for, and what is asked of the server for it.

use crate::cluster::api::{ExecRequest, Streams, shell_command};
use crate::model::kind::ObjectKey;

/// What runs in a shell tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The first of the configured shells that the image has.
    Shell,
    /// A command with a terminal.
    Command(Vec<String>),
    /// The container's own first process, which goes on when one leaves it.
    Attach,
}

impl Purpose {
    /// Its word in titles and in the list of sessions.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Command(_) => "exec",
            Self::Attach => "attach",
        }
    }

    /// What it is called in sentences.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Shell => "the shell",
            Self::Command(_) => "the command",
            Self::Attach => "the process",
        }
    }

    /// What is asked of the server.
    pub(super) fn request(
        &self,
        pod: &ObjectKey,
        container: &str,
        shells: &Shells<'_>,
        streams: Streams,
    ) -> ExecRequest {
        let command = match self {
            Self::Shell => shells.command(),
            Self::Command(command) => command.clone(),
            Self::Attach => Vec::new(),
        };
        ExecRequest {
            namespace: pod.namespace.to_string(),
            pod: pod.name.to_string(),
            container: Some(container.to_owned()),
            command,
            tty: streams.tty,
            stdin: streams.stdin,
            attach: *self == Self::Attach,
        }
    }
}

/// The shells that are tried, in order, on the node's system.
#[derive(Clone, Copy, Debug)]
pub struct Shells<'a> {
    /// Their names.
    pub names: &'a [String],
    /// Whether they are those of Windows.
    pub windows: bool,
}

impl Shells<'_> {
    fn command(&self) -> Vec<String> {
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        shell_command(&names, self.windows)
    }
}
