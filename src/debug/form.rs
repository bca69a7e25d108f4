//! What a person can choose: plain data, named as the flags of `kubectl debug` are.
//!
//! Start with [`Form`]; whether it makes sense is said by [`super::check()`].

use super::custom::Custom;
use super::profile::Profile;
use crate::model::kind::Kind;

/// The ways to get inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A container more in the running pod.
    Ephemeral,
    /// A changed copy of the pod.
    Copy,
    /// A pod on the node.
    Node,
}

/// The choices. What is empty is not given.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command")]
pub struct Form {
    /// `--image`.
    pub image: String,
    /// `-c`: the name of the debug container, or which container of the copy is changed. Generated if empty.
    pub container: String,
    /// `--target`: the container whose processes an ephemeral one shall see.
    pub target: String,
    /// `--env`: names and values as they were typed.
    pub env: Vec<(String, String)>,
    /// `--image-pull-policy`, as typed.
    pub pull_policy: String,
    /// What stands behind `--`.
    pub command: Vec<String>,
    /// `--arguments-only`: `command` is what the image's own entrypoint is given.
    pub arguments_only: bool,
    /// `--profile`.
    pub profile: Profile,
    /// `--custom`.
    pub custom: Option<Custom>,
    /// `-i`.
    pub stdin: bool,
    /// `-t`.
    pub tty: bool,
    /// `--attach`, where it was given.
    pub attach: Option<bool>,
    /// `-q`.
    pub quiet: bool,
    /// What is said of a copy; a copy is wanted if it has a name.
    pub copy: CopyForm,
}

/// The choices that a copy has. They mean nothing where [`CopyForm::to`] is empty, and [`super::check()`] refuses most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyForm {
    /// `--copy-to`: the name of the copy.
    pub to: String,
    /// `--replace`: the original is killed once the copy is there.
    pub replace: bool,
    /// `--same-node`.
    pub same_node: bool,
    /// `--set-image`: containers (`*` is every one that is not named) and their images.
    pub set_image: Vec<(String, String)>,
    /// `--share-processes`, where it was given.
    pub share_processes: Option<bool>,
    /// What of the original stays.
    pub keep: Keep,
    /// Ours: what the profile takes from a copy is also taken from one without a debug container, of which kubectl
    /// leaves labels, annotations and probes as they are.
    pub always_strip: bool,
}

/// `--keep-…`: what of the original a copy keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command")]
pub struct Keep {
    /// `--keep-labels`.
    pub labels: bool,
    /// `--keep-annotations`.
    pub annotations: bool,
    /// `--keep-liveness`.
    pub liveness: bool,
    /// `--keep-readiness`.
    pub readiness: bool,
    /// `--keep-startup`.
    pub startup: bool,
    /// `--keep-init-containers`, the one that is on.
    pub init_containers: bool,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            labels: false,
            annotations: false,
            liveness: false,
            readiness: false,
            startup: false,
            init_containers: true,
        }
    }
}

impl Form {
    /// What is done for an object of this kind. The name of a copy means nothing for a node.
    pub fn style(&self, kind: Kind) -> Style {
        match kind {
            Kind::Node => Style::Node,
            _ if self.copy.to.is_empty() => Style::Ephemeral,
            _ => Style::Copy,
        }
    }

    /// Whether a person wants to be attached to the container once it runs.
    pub fn attaches(&self) -> bool {
        self.attach.unwrap_or(self.stdin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_and_the_name_of_a_copy_choose_the_style() {
        let mut form = Form::default();
        assert_eq!((form.style(Kind::Pod), form.style(Kind::Node)), (Style::Ephemeral, Style::Node));
        form.copy.to = "copy".to_owned();
        assert_eq!((form.style(Kind::Pod), form.style(Kind::Node)), (Style::Copy, Style::Node));
    }

    #[test]
    fn who_talks_to_a_container_is_attached_unless_told_otherwise() {
        let attaches = |stdin, attach| Form { stdin, attach, ..Form::default() }.attaches();
        assert!(attaches(true, None) && attaches(false, Some(true)));
        assert!(!attaches(false, None) && !attaches(true, Some(false)));
    }
}
