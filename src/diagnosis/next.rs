//! What to do about a finding: a step with its target filled in, and the kubectl command that does the same.
//!
//! The screen gives each step the key that is bound to it; here is nothing of keys.

use super::finding::Subject;
use crate::model::kubectl::Kubectl;

/// A step and its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// What to do.
    pub step: Step,
    /// To what; the container where the step is about one.
    pub target: Subject,
}

/// What a person can do about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Read the container's log.
    Logs,
    /// Read the log of the run before.
    PreviousLogs,
    /// Open a shell.
    Shell,
    /// Get inside with a debug container, a copy or a pod on the node.
    Debug,
    /// Read the description.
    Describe,
    /// Read the YAML.
    Yaml,
    /// Read the events.
    Events,
    /// Edit the object.
    Edit,
    /// Give the container another image.
    SetImage,
    /// Change the number of replicas, to this many where it is known.
    Scale(Option<u32>),
    /// Start the rollout again.
    Restart,
    /// Go back to the revision before.
    Rollback,
    /// Let pods on the node again.
    Uncordon,
    /// Delete it.
    Delete,
    /// Delete it without waiting for its end.
    ForceDelete,
}

impl Step {
    /// The name of the action in the table of actions, as the configuration binds keys to it.
    pub fn action(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::PreviousLogs => "previous-logs",
            Self::Shell => "shell",
            Self::Debug => "debug",
            Self::Describe => "describe",
            Self::Yaml => "yaml",
            Self::Events => "object-events",
            Self::Edit => "edit",
            Self::SetImage => "set-image",
            Self::Scale(_) => "scale",
            Self::Restart => "restart",
            Self::Rollback => "roll-back",
            Self::Uncordon => "cordon",
            Self::Delete => "delete",
            Self::ForceDelete => "force-delete",
        }
    }

    /// What it is called beside its key.
    pub fn label(self) -> String {
        match self {
            Self::PreviousLogs => "previous logs".to_owned(),
            Self::Events => "events".to_owned(),
            Self::SetImage => "set image".to_owned(),
            Self::Scale(Some(to)) => format!("scale to {to}"),
            Self::Rollback => "roll back".to_owned(),
            Self::Uncordon => "uncordon".to_owned(),
            Self::ForceDelete => "force delete".to_owned(),
            other => other.action().to_owned(),
        }
    }
}

impl Next {
    /// To change what pods are made of: to edit it, or to look at it where it can only be made anew.
    pub fn change(target: &Subject) -> Self {
        let is_fixed = matches!(&*target.kind, "Pod" | "Job");
        Self::new(if is_fixed { Step::Yaml } else { Step::Edit }, target)
    }

    /// A step and its target.
    pub fn new(step: Step, target: &Subject) -> Self {
        Self { step, target: target.clone() }
    }

    /// The kubectl command that does the same, as far as one does.
    pub fn kubectl(&self) -> Kubectl {
        let Subject { kind, namespace, name, container, .. } = &self.target;
        let object = format!("{}/{name}", kind.to_ascii_lowercase());
        let on = |words: &[&str]| Kubectl::new(words.iter().copied()).namespace(namespace);
        let in_container = |command: Kubectl| {
            if container.is_empty() { command } else { command.word("-c").word(&**container) }
        };
        match self.step {
            Step::Logs => in_container(on(&["logs"]).word(&*object)),
            Step::PreviousLogs => in_container(on(&["logs"]).word(&*object).word("--previous")),
            Step::Shell => in_container(on(&["exec", "-it"]).word(&*object)).running(["sh"]),
            Step::Debug if &**kind == "Node" => on(&["debug", "-it"]).word(&*object).word("--image=busybox"),
            Step::Debug => {
                let debug = on(&["debug", "-it"]).word(&**name).word("--image=busybox");
                if container.is_empty() { debug } else { debug.word(format!("--target={container}")) }
            }
            Step::Describe => on(&["describe"]).word(&*object),
            Step::Yaml => on(&["get"]).word(&*object).word("-o").word("yaml"),
            Step::Events => on(&["events"]).word("--for").word(&*object),
            Step::Edit => on(&["edit"]).word(&*object),
            Step::SetImage => on(&["set", "image"]).word(&*object).word(format!("{container}=IMAGE")),
            Step::Scale(to) => {
                let replicas = to.map_or_else(|| "N".to_owned(), |to| to.to_string());
                on(&["scale"]).word(&*object).word(format!("--replicas={replicas}"))
            }
            Step::Restart => on(&["rollout", "restart"]).word(&*object),
            Step::Rollback => on(&["rollout", "undo"]).word(&*object),
            Step::Uncordon => on(&["uncordon"]).word(&**name),
            Step::Delete => on(&["delete"]).word(&*object),
            Step::ForceDelete => on(&["delete"]).word(&*object).words(["--grace-period=0", "--force"]),
        }
    }
}
