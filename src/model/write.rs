//! What a person asks to be changed in the cluster, as a value.
//!
//! A [`Write`] names its object with the UID that was on the screen, so that it cannot hit another one that took its
//! name meanwhile. It knows two forms of itself: the requests that `cluster::write` sends, and the kubectl command
//! that does the same. Start with [`Operation`]; nothing here sends anything.

use std::fmt;

use super::kind::ObjectKey;

/// One change of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The object.
    pub target: ObjectKey,
    /// Its UID, as it was seen; empty where it was not known. Another UID in the cluster refuses the write.
    pub uid: String,
    /// What to do.
    pub operation: Operation,
}

/// What can be done to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `kubectl delete`.
    Delete(Grace),
    /// `kubectl scale`: to this many replicas, refused when there are not `expected` now.
    Scale {
        /// Replicas wanted.
        replicas: u32,
        /// `--current-replicas`.
        expected: Option<u32>,
    },
    /// `kubectl rollout restart`.
    Restart,
    /// `kubectl set image`: container, image.
    SetImage(String, String),
    /// `kubectl rollout pause`.
    Pause,
    /// `kubectl rollout resume`.
    Resume,
    /// `kubectl rollout undo`: to a revision, or to the one before (0).
    Undo(u64),
    /// `kubectl cordon`.
    Cordon,
    /// `kubectl uncordon`.
    Uncordon,
    /// `kubectl drain`.
    Drain(Drain),
    /// The whole object as it was edited: YAML or JSON text, sent as it is.
    Replace(String),
}

/// How long a deleted object may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grace {
    /// As it says itself.
    Own,
    /// One second: `--now`.
    Now,
    /// None at all, and nobody waits for it to end: `--force`.
    Force,
}

/// The flags of `kubectl drain`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drain {
    /// `--ignore-daemonsets`.
    pub ignore_daemonsets: bool,
    /// `--delete-emptydir-data`.
    pub delete_emptydir_data: bool,
    /// `--force`: pods that no controller would make again, too.
    pub force: bool,
}

/// A right that a write needs, as RBAC names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Need {
    /// `get`, `delete`, `patch`, `create`, …
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource: `pods`, `deployments`.
    pub resource: String,
    /// The subresource: `scale`, `exec`; empty for the object itself.
    pub subresource: &'static str,
    /// The namespace; empty for objects without one.
    pub namespace: String,
}

impl Need {
    /// The right to do `verb` to an object, or to a subresource of it.
    pub fn on(verb: &'static str, key: &ObjectKey, subresource: &'static str) -> Self {
        Self {
            verb,
            group: key.resource.group.clone(),
            resource: key.resource.plural.clone(),
            subresource,
            namespace: key.namespace.to_string(),
        }
    }
}

/// What the server says to the question whether one may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Allowed,
    /// No, for this reason; empty where it gives none.
    Denied(String),
}

/// `delete pods in namespace shop`, `create pods/eviction in all namespaces`.
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        if !self.subresource.is_empty() {
            write!(f, "/{}", self.subresource)?;
        }
        if self.namespace.is_empty() { Ok(()) } else { write!(f, " in namespace {}", self.namespace) }
    }
}
