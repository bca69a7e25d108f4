//! How a copy stands, and why it failed.

use std::io;
use std::path::Path;

use crate::base::problem::Problem;
use crate::cluster::error::Error;

/// How a copy stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyStatus {
    /// Files that are complete.
    pub files: u64,
    /// Bytes of files that went over.
    pub bytes: u64,
    /// Bytes of all files, where that is known before: going into a container.
    pub total: Option<u64>,
    /// The file that is under way.
    pub current: String,
    /// Entries that were left out, and why the last one was.
    pub skipped: u32,
    /// What the person should know: an entry that was left out, a connection that was lost and resumed.
    pub warning: Option<String>,
}

/// What a copy has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyUpdate {
    /// How it stands now.
    Status(CopyStatus),
    /// It is done; nothing comes after.
    Done(CopyStatus),
    /// It is not; nothing comes after.
    Failed(CopyStatus, Problem),
}

/// Why a copy failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The command could not be run.
    #[error(transparent)]
    Request(#[from] Error),
    /// The connection broke while it ran.
    #[error("{0}")]
    Lost(String),
    /// The image has no `tar`.
    #[error("there is no `tar` in the container")]
    NoTar,
    /// `tar` failed, in its words.
    #[error("{0}")]
    Tar(String),
    /// A file of this machine.
    #[error("{0}")]
    File(String),
    /// The archive is not what was asked for.
    #[error("{0}")]
    Archive(String),
}

impl Failure {
    /// A failure with a file of this machine.
    pub(super) fn file(path: &Path, error: &io::Error) -> Self {
        Self::File(format!("{}: {error}", path.display()))
    }

    /// What the person is told.
    pub(super) fn problem(&self, tried: &str, there: &str) -> Problem {
        let advice = match self {
            Self::Request(error) => return error.problem(tried),
            Self::NoTar => {
                "Use a debug container with tar that sees its files (under /proc/1/root), or exec `cat` for one file"
            }
            Self::Lost(_) => "Try again when the connection is better",
            _ => "",
        };
        let next = [there, advice].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(". ");
        Problem::new(tried, self.to_string(), next)
    }
}
