//! What is worth knowing before a plan is sent, and is no reason not to send it.

use serde_json::Value;

use super::form::{Form, Style};
use super::plan::Plan;
use super::profile::Profile;
use crate::base::json;

/// A warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The pod runs as somebody who is not root, to whom added capabilities mean nothing.
    NonRoot,
    /// Labels stay: services send requests to the copy, and the controller of the original may count it as its own.
    LabelsStay,
    /// The original is killed at once.
    Replaces,
    /// The container stays in the pod as long as there is the pod.
    Stays,
}

/// What kubectl prints where the profile is legacy, on standard error.
pub fn legacy(form: &Form) -> Option<&'static str> {
    (form.profile == Profile::Legacy).then_some(
        "--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, \
         for example \"--profile=general\".",
    )
}

impl Warning {
    /// The sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::NonRoot => {
                "Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile \
                 may not work. Please consider using \"--custom\" with a custom profile that specifies \
                 \"securityContext.runAsUser: 0\"."
            }
            Self::LabelsStay => {
                "The copy keeps its labels: services may send requests to it, and a controller may take it for one of \
                 its own pods."
            }
            Self::Replaces => "The original pod is killed at once, without its grace period, when the copy is made.",
            Self::Stays => "An ephemeral container cannot be removed: it stays in the pod until the pod is deleted.",
        }
    }

    /// Whether kubectl says it too.
    pub fn is_of_kubectl(self) -> bool {
        self == Self::NonRoot
    }
}

impl Plan {
    /// What is worth knowing of this plan.
    pub fn warnings(&self) -> Vec<Warning> {
        let copy = self.style == Style::Copy;
        let has_labels = self.pod["metadata"]["labels"].as_object().is_some_and(|labels| !labels.is_empty());
        let all = [
            (self.lacks_root(), Warning::NonRoot),
            (copy && has_labels, Warning::LabelsStay),
            (self.replaces, Warning::Replaces),
            (self.style == Style::Ephemeral, Warning::Stays),
        ];
        all.into_iter().filter(|(holds, _)| *holds).map(|(_, warning)| warning).collect()
    }

    /// Whether capabilities are added for somebody who is not root (kubectl, `displayWarning`). A pod without a
    /// security context of its own says nothing of its user.
    fn lacks_root(&self) -> bool {
        let user = |of: &Value| of["securityContext"]["runAsUser"].as_i64();
        let Some(container) = self.debug_container().filter(|_| self.style != Style::Node) else { return false };
        let security = &container["securityContext"];
        let is_powerful = security["privileged"] == true || !json::list(security, "/capabilities/add").is_empty();
        user(&self.pod["spec"]).is_some_and(|user| user != 0) && user(container) != Some(0) && is_powerful
    }
}
