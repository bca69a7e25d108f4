//! What a person asks to be changed in the cluster, as a value.
//!
//! A [`Write`] names its object with the UID that was on the screen, so that it cannot hit another one that took its
//! name meanwhile. It knows two forms of itself: the requests that `cluster::write` sends ([`request`], [`plan`]), and
//! the kubectl command that does the same ([`kubectl`]). Both are held against kubectl by `tests/writes.rs`. It also
//! knows the rights that it takes ([`need`]). Start with [`Operation`]; nothing here sends anything.

pub mod debug;
pub mod drain;
pub mod finish;
pub mod image;
pub mod kubectl;
pub mod need;
pub mod plan;
pub mod request;
pub mod undo;

use std::fmt;

use serde_json::Value;

use super::kind::ObjectKey;
pub use debug::Debug;
pub use need::{Access, Need};
pub use plan::Step;
pub use request::Request;

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
    /// `kubectl set image`: container (`*` is every one), image.
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
    /// `kubectl debug`: what `debug` built.
    Debug(Box<Debug>),
    /// The whole object as it was edited: YAML or JSON text, sent as it is.
    Replace(String),
    /// `kubectl create`: an object that is not there, as JSON.
    Create(String),
    /// Ends what runs in an ephemeral container, which itself stays.
    EndContainer(String),
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

impl Write {
    /// Refuses an object that is not the one that was seen. `object` is what the server has under the name now.
    pub fn check_uid(&self, object: &Value) -> Result<(), String> {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        if self.uid.is_empty() || self.uid == uid {
            return Ok(());
        }
        Err(format!("{} was replaced by another of the same name", self.target))
    }

    /// What kubectl prints when it is done: `deployment.apps/web scaled`, `pod "web-0" deleted from shop namespace`.
    pub fn said(&self) -> String {
        let done = match &self.operation {
            Operation::Delete(grace) => return self.said_deleted(*grace),
            Operation::Scale { .. } => "scaled",
            Operation::Restart => "restarted",
            Operation::SetImage(..) => "image updated",
            Operation::Pause => "paused",
            Operation::Resume => "resumed",
            Operation::Undo(_) => "rolled back",
            Operation::Cordon => "cordoned",
            Operation::Uncordon => "uncordoned",
            Operation::Drain(_) => "drained",
            Operation::Replace(_) => "replaced",
            Operation::Create(_) => "created",
            Operation::EndContainer(container) => return format!("{}: {container} has ended", self.target),
            Operation::Debug(debug) => return debug.said.clone(),
        };
        format!("{}/{} {done}", self.target.resource.type_name(), self.target.name)
    }

    fn said_deleted(&self, grace: Grace) -> String {
        let deleted = if grace == Grace::Force { "force deleted" } else { "deleted" };
        let place = match &*self.target.namespace {
            namespace if self.target.resource.namespaced => format!(" from {namespace} namespace"),
            _ => String::new(),
        };
        format!("{} \"{}\" {deleted}{place}", self.target.resource.type_name(), self.target.name)
    }

    /// What kubectl warns of before it sends anything.
    pub fn warning(&self) -> Option<&'static str> {
        (self.operation == Operation::Delete(Grace::Force)).then_some(
            "Immediate deletion does not wait for confirmation that the running resource has been terminated. The \
             resource may continue to run on the cluster indefinitely.",
        )
    }

    /// `deployments.apps "web"`, as kubectl's refusals name an object.
    pub(super) fn quoted(&self) -> String {
        format!("{} \"{}\"", self.target.resource.full_name(), self.target.name)
    }

    /// Whether the object is of one of these resources, each as `plural.group`.
    pub(super) fn is_one_of(&self, resources: &[&str]) -> bool {
        resources.contains(&self.target.resource.full_name().as_str())
    }
}

/// What is done, as it follows "could not": `scale deployment.apps/web to 3`.
impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = &self.target;
        match &self.operation {
            Operation::Delete(Grace::Own) => write!(f, "delete {target}"),
            Operation::Delete(Grace::Now) => write!(f, "delete {target} now"),
            Operation::Delete(Grace::Force) => write!(f, "delete {target} by force"),
            Operation::Scale { replicas, .. } => write!(f, "scale {target} to {replicas}"),
            Operation::Restart => write!(f, "restart {target}"),
            Operation::SetImage(container, image) if container == "*" => {
                write!(f, "set every image of {target} to {image}")
            }
            Operation::SetImage(container, image) => write!(f, "set the image of {container} in {target} to {image}"),
            Operation::Pause => write!(f, "pause {target}"),
            Operation::Resume => write!(f, "resume {target}"),
            Operation::Undo(0) => write!(f, "roll {target} back"),
            Operation::Undo(revision) => write!(f, "roll {target} back to revision {revision}"),
            Operation::Cordon => write!(f, "cordon {target}"),
            Operation::Uncordon => write!(f, "uncordon {target}"),
            Operation::Drain(_) => write!(f, "drain {target}"),
            Operation::Replace(_) => write!(f, "replace {target}"),
            Operation::Create(_) => write!(f, "create {target}"),
            Operation::EndContainer(container) => write!(f, "end {container} in {target}"),
            Operation::Debug(debug) => write!(f, "debug {target} {}", debug.how),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::ops::Deref as _;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::resource::tests::deployments;
    use crate::model::resource::{Names, Resource};

    /// A resource with the names of another kind.
    pub(crate) fn resource(group: &str, kind: &str, plural: &str) -> Resource {
        Resource::new(Names {
            group: group.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            singular: kind.to_ascii_lowercase(),
            ..deployments().deref().clone()
        })
    }

    /// A write of an object `web` in namespace `shop`, or of node `node-a`.
    pub(crate) fn write(resource: impl Into<Resource>, operation: Operation) -> Write {
        let resource = resource.into();
        let (namespace, name) = if resource.namespaced { ("shop", "web") } else { ("", "node-a") };
        Write { target: ObjectKey::new(resource, namespace, name), uid: "u1".to_owned(), operation }
    }

    #[test]
    fn what_was_done_is_said_in_the_words_of_kubectl() {
        let cases = [
            (write(Kind::Pod, Operation::Delete(Grace::Own)), "pod \"web\" deleted from shop namespace"),
            (write(Kind::Pod, Operation::Delete(Grace::Force)), "pod \"web\" force deleted from shop namespace"),
            (write(Kind::Node, Operation::Delete(Grace::Now)), "node \"node-a\" deleted"),
            (
                write(deployments(), Operation::Delete(Grace::Own)),
                "deployment.apps \"web\" deleted from shop namespace",
            ),
            (write(deployments(), Operation::Restart), "deployment.apps/web restarted"),
            (write(Kind::Node, Operation::Uncordon), "node/node-a uncordoned"),
        ];
        for (write, said) in cases {
            assert_eq!(write.said(), said);
        }
        assert!(write(Kind::Pod, Operation::Delete(Grace::Force)).warning().is_some());
        assert!(write(Kind::Pod, Operation::Delete(Grace::Now)).warning().is_none());
    }

    proptest! {
        /// Nothing is done to another object than the one that was seen.
        #[test]
        fn only_the_uid_that_was_seen_is_written_to(seen in "[a-f0-9-]{0,8}", found in "[a-f0-9-]{0,8}") {
            let write = Write { uid: seen.clone(), ..write(Kind::Pod, Operation::Restart) };
            let object = json!({"metadata": {"uid": found}});
            prop_assert_eq!(write.check_uid(&object).is_ok(), seen.is_empty() || seen == found);
        }
    }
}
