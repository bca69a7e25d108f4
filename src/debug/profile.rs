//! The six profiles of `kubectl debug`: what each does to the debug container and to the pod around it.
//!
//! Facts from kubectl's `profiles.go`, 1.37. Start with [`Profile::apply`].

use std::fmt;

use serde_json::{Value, json};

use super::edit::{self, CONTAINERS};
use super::form::{Keep, Style};
use super::policy::Level;

/// The name of the volume that shows the node's files, and where they are.
const HOST_ROOT: &str = "host-root";
const HOST_MOUNT: &str = "/host";

/// A profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// `general`, the one that is meant when none is named.
    #[default]
    General,
    /// `baseline`.
    Baseline,
    /// `restricted`.
    Restricted,
    /// `netadmin`.
    Netadmin,
    /// `sysadmin`.
    Sysadmin,
    /// `legacy`: what kubectl did before there were profiles. Deprecated.
    Legacy,
}

impl Profile {
    /// Every profile, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::General, Self::Baseline, Self::Restricted, Self::Netadmin, Self::Sysadmin, Self::Legacy];

    /// By its name, exactly. The error is kubectl's.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|profile| profile.name() == name);
        found.ok_or_else(|| format!("unknown profile: {name}"))
    }

    /// The one to begin with in a namespace: what its Pod Security level admits.
    pub fn admitted_in(namespace: &Value) -> Self {
        match Level::of(namespace) {
            Level::Restricted => Self::Restricted,
            Level::Baseline => Self::Baseline,
            Level::Privileged => Self::General,
        }
    }

    /// `general`.
    pub fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
            Self::Netadmin => "netadmin",
            Self::Sysadmin => "sysadmin",
            Self::Legacy => "legacy",
        }
    }

    /// What it gives, in a line.
    pub fn about(self, style: Style) -> &'static str {
        match (self, style) {
            (Self::General, Style::Ephemeral | Style::Copy) => "may trace processes (SYS_PTRACE)",
            (Self::General, Style::Node) => "the node's namespaces and its files at /host, no added rights",
            (Self::Baseline, Style::Node) => "an ordinary pod on the node",
            (Self::Baseline, _) => "no security settings of its own: fits the baseline policy",
            (Self::Restricted, _) => "not root, no capabilities, no escalation, seccomp: fits the restricted policy",
            (Self::Netadmin, Style::Node) => "the node's namespaces, network rights (NET_ADMIN, NET_RAW), no files",
            (Self::Netadmin, _) => "network rights (NET_ADMIN, NET_RAW)",
            (Self::Sysadmin, Style::Node) => "privileged: all rights on the node, its files at /host",
            (Self::Sysadmin, _) => "privileged: all rights on the node",
            (Self::Legacy, Style::Ephemeral) => "adds nothing (deprecated)",
            (Self::Legacy, Style::Copy) => "adds nothing, removes labels only (deprecated)",
            (Self::Legacy, Style::Node) => "the node's namespaces and its files at /host (deprecated)",
        }
    }

    /// Changes a pod and its container of that name. Of several, the first counts: init containers come before the
    /// others.
    pub fn apply(self, pod: &mut Value, container: &str, style: Style, keep: Keep) {
        if let Some(container) = edit::find_mut(pod, &CONTAINERS, container) {
            self.secure(container, style);
        }
        match style {
            Style::Ephemeral => {}
            Style::Copy => self.strip(pod, keep),
            Style::Node => self.open_node(pod, container),
        }
    }

    fn secure(self, container: &mut Value, style: Style) {
        match self {
            Self::Legacy => {}
            Self::General if style == Style::Node => edit::remove(container, "securityContext"),
            Self::General => add_capabilities(container, &["SYS_PTRACE"]),
            Self::Baseline => edit::remove(container, "securityContext"),
            Self::Restricted => edit::set(container, "securityContext", restricted()),
            Self::Netadmin => add_capabilities(container, &["NET_ADMIN", "NET_RAW"]),
            Self::Sysadmin => edit::set(edit::field(container, "securityContext"), "privileged", true),
        }
    }

    /// What a copy loses: what would make others take it for the original, and probes that would restart it. Legacy
    /// takes the labels, whatever is to be kept, and nothing else.
    pub(super) fn strip(self, pod: &mut Value, keep: Keep) {
        let is_legacy = self == Self::Legacy;
        if is_legacy || !keep.labels {
            edit::remove(edit::field(pod, "metadata"), "labels");
        }
        if is_legacy {
            return;
        }
        if !keep.annotations {
            edit::remove(edit::field(pod, "metadata"), "annotations");
        }
        let spec = edit::field(pod, "spec");
        let probes =
            [("livenessProbe", keep.liveness), ("readinessProbe", keep.readiness), ("startupProbe", keep.startup)];
        for container in edit::items(spec, "containers") {
            for (probe, _) in probes.iter().filter(|(_, keep)| !keep) {
                edit::remove(container, probe);
            }
        }
        if !keep.init_containers {
            edit::remove(spec, "initContainers");
        }
        let shares = edit::field(spec, "shareProcessNamespace");
        if shares.is_null() {
            *shares = true.into();
        }
    }

    fn open_node(self, pod: &mut Value, container: &str) {
        let spec = edit::field(pod, "spec");
        if matches!(self, Self::Legacy | Self::General | Self::Netadmin | Self::Sysadmin) {
            for namespace in ["hostNetwork", "hostPID", "hostIPC"] {
                edit::set(spec, namespace, true);
            }
        }
        if matches!(self, Self::Legacy | Self::General | Self::Sysadmin) {
            edit::extend(spec, "volumes", [json!({"name": HOST_ROOT, "hostPath": {"path": "/"}})]);
            if let Some(container) = edit::find_mut(pod, &["containers"], container) {
                let mount = json!({"name": HOST_ROOT, "mountPath": HOST_MOUNT});
                edit::extend(container, "volumeMounts", [mount]);
            }
        }
    }
}

/// The name.
impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn restricted() -> Value {
    json!({
        "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": true,
        "seccompProfile": {"type": "RuntimeDefault"},
    })
}

/// Adds at the end, also what is there already.
fn add_capabilities(container: &mut Value, added: &[&str]) {
    let capabilities = edit::field(edit::field(container, "securityContext"), "capabilities");
    edit::extend(capabilities, "add", added.iter().map(|name| Value::from(*name)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debug::policy::ENFORCE;

    fn secured(profile: Profile, style: Style, before: &Value) -> Value {
        let mut pod = json!({"spec": {"containers": [{"name": "d", "securityContext": before}]}});
        profile.apply(&mut pod, "d", style, Keep::default());
        pod["spec"]["containers"][0]["securityContext"].take()
    }

    #[test]
    fn names_are_exact() {
        for profile in Profile::ALL {
            assert_eq!(Profile::parse(profile.name()), Ok(profile));
        }
        for wrong in ["", "General", "foo"] {
            assert_eq!(Profile::parse(wrong), Err(format!("unknown profile: {wrong}")));
        }
    }

    #[test]
    fn a_namespace_names_the_profile_to_begin_with() {
        let cases =
            [("restricted", Profile::Restricted), ("baseline", Profile::Baseline), ("privileged", Profile::General)];
        for (level, profile) in cases {
            assert_eq!(Profile::admitted_in(&json!({"metadata": {"labels": {ENFORCE: level}}})), profile);
        }
        assert_eq!(Profile::admitted_in(&json!({})), Profile::General);
    }

    #[test]
    fn what_each_profile_makes_of_a_security_context() {
        let before = json!({"runAsUser": 5, "capabilities": {"add": ["CHOWN"]}});
        let cases = [
            (Profile::Legacy, Style::Copy, before.clone()),
            (Profile::General, Style::Copy, json!({"runAsUser": 5, "capabilities": {"add": ["CHOWN", "SYS_PTRACE"]}})),
            (Profile::General, Style::Node, Value::Null),
            (Profile::Baseline, Style::Copy, Value::Null),
            (Profile::Restricted, Style::Copy, restricted()),
            (
                Profile::Netadmin,
                Style::Node,
                json!({"runAsUser": 5, "capabilities": {"add": ["CHOWN", "NET_ADMIN", "NET_RAW"]}}),
            ),
            (
                Profile::Sysadmin,
                Style::Ephemeral,
                json!({"runAsUser": 5, "capabilities": {"add": ["CHOWN"]}, "privileged": true}),
            ),
        ];
        for (profile, style, after) in cases {
            assert_eq!(secured(profile, style, &before), after, "{profile} {style:?}");
        }
    }

    #[test]
    fn a_pod_of_an_unknown_shape_is_no_trouble() {
        for mut pod in [json!(null), json!([]), json!({"spec": 1, "metadata": "x"}), json!({"spec": {"containers": 1}})]
        {
            for profile in Profile::ALL {
                for style in [Style::Ephemeral, Style::Copy, Style::Node] {
                    profile.apply(&mut pod, "d", style, Keep::default());
                    assert!(!profile.about(style).is_empty());
                }
            }
        }
    }
}
