//! Pod Security: what the policy of a namespace refuses, found before anything is sent.
//!
//! The rules are those that a debug container can break (Pod Security Standards, v1.35); the server judges the rest.
//! It judges *all* containers of a pod, so that one earlier ephemeral container may keep out every later one. Start
//! with [`Level::violations`].

use serde_json::Value;

use super::edit::CONTAINERS;
use crate::base::json::{list, text};

/// The label of a namespace that names the level which is enforced.
pub const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// Capabilities that `baseline` lets be added.
const BASELINE: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// A level of Pod Security, each stricter than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everything goes.
    #[default]
    Privileged,
    /// Nothing that is known to lead out of a container.
    Baseline,
    /// Hardened.
    Restricted,
}

impl Level {
    /// The level that a namespace enforces; of one that could not be read nothing is known, and the server decides.
    pub fn of(namespace: &Value) -> Self {
        match namespace["metadata"]["labels"][ENFORCE].as_str() {
            Some("restricted") => Self::Restricted,
            Some("baseline") => Self::Baseline,
            _ => Self::Privileged,
        }
    }

    /// Its name in the label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }

    /// What of a pod it does not allow: the container (empty for the pod), and what it does.
    pub fn violations(self, pod: &Value) -> Vec<(String, String)> {
        if self == Self::Privileged {
            return Vec::new();
        }
        let mut found = of_pod(pod);
        for kind in CONTAINERS {
            for container in list(&pod["spec"], &format!("/{kind}")) {
                let name = text(container, "/name");
                found.extend(self.in_container(pod, container).into_iter().map(|what| (name.to_owned(), what)));
            }
        }
        found
    }

    fn in_container(self, pod: &Value, container: &Value) -> Vec<String> {
        let security = &container["securityContext"];
        let mut found = Vec::new();
        if security["privileged"] == true {
            found.push("is privileged".to_owned());
        }
        let added = list(security, "/capabilities/add").iter().filter_map(Value::as_str);
        let is_allowed = |name: &str| match self {
            Self::Restricted => name == "NET_BIND_SERVICE",
            _ => BASELINE.contains(&name),
        };
        found.extend(added.filter(|name| !is_allowed(name)).map(|name| format!("adds {name}")));
        if self == Self::Restricted {
            found.extend(unrestricted(pod, security).into_iter().map(str::to_owned));
        }
        found
    }
}

fn of_pod(pod: &Value) -> Vec<(String, String)> {
    let shared = [
        ("hostNetwork", "shares the node's network"),
        ("hostPID", "sees the node's processes"),
        ("hostIPC", "shares the node's IPC"),
    ];
    let shared = shared.into_iter().filter(|(field, _)| pod["spec"][*field] == true).map(|(_, what)| what.to_owned());
    let paths = list(&pod["spec"], "/volumes").iter().filter(|volume| !volume["hostPath"].is_null());
    let paths = paths.map(|volume| format!("mounts the node's {}", text(volume, "/hostPath/path")));
    shared.chain(paths).map(|what| (String::new(), what)).collect()
}

/// What `restricted` wants to be said, by the container or, where that is silent, by the pod.
fn unrestricted(pod: &Value, security: &Value) -> Vec<&'static str> {
    let outer = &pod["spec"]["securityContext"];
    let or_pod = |field: &str| if security[field].is_null() { &outer[field] } else { &security[field] };
    let drops_all = list(security, "/capabilities/drop").iter().any(|name| name == "ALL");
    let wanted = [
        (security["allowPrivilegeEscalation"] == false, "allows privilege escalation"),
        (drops_all, "keeps capabilities"),
        (or_pod("runAsNonRoot") == true, "may run as root"),
        (
            matches!(or_pod("seccompProfile")["type"].as_str(), Some("RuntimeDefault" | "Localhost")),
            "has no seccomp profile",
        ),
        (or_pod("runAsUser").as_i64() != Some(0), "runs as root"),
    ];
    wanted.into_iter().filter(|(holds, _)| !holds).map(|(_, what)| what).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::debug::form::Keep;
    use crate::debug::{Profile, Style};

    fn violations(level: Level, profile: Profile, style: Style) -> Vec<String> {
        let lists = if style == Style::Ephemeral { "ephemeralContainers" } else { "containers" };
        let mut pod = json!({"spec": {lists: [{"name": "d"}]}});
        profile.apply(&mut pod, "d", style, Keep::default());
        level.violations(&pod).into_iter().map(|(container, what)| format!("{container} {what}")).collect()
    }

    #[test]
    fn each_profile_fits_the_level_it_was_made_for() {
        for style in [Style::Ephemeral, Style::Copy, Style::Node] {
            assert_eq!(violations(Level::Restricted, Profile::Restricted, style), [""; 0], "{style:?}");
            assert_eq!(violations(Level::Baseline, Profile::Baseline, style), [""; 0], "{style:?}");
            assert_eq!(violations(Level::Privileged, Profile::Sysadmin, style), [""; 0]);
        }
        assert_eq!(violations(Level::Baseline, Profile::General, Style::Ephemeral), ["d adds SYS_PTRACE"]);
        assert_eq!(violations(Level::Baseline, Profile::Sysadmin, Style::Copy), ["d is privileged"]);
        assert_eq!(violations(Level::Baseline, Profile::General, Style::Node).len(), 4);
    }

    #[test]
    fn what_the_pod_says_counts_for_a_container_that_is_silent() {
        let pod = json!({"spec": {
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "a", "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}],
            "ephemeralContainers": [{"name": "old", "securityContext": {"runAsUser": 0}}],
        }});
        let found = Level::Restricted.violations(&pod);
        assert!(found.iter().all(|(container, _)| container == "old"), "{found:?}");
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn a_namespace_says_its_level_in_a_label() {
        let of = |level: &str| Level::of(&json!({"metadata": {"labels": {ENFORCE: level}}})).name();
        assert_eq!(
            [of("restricted"), of("baseline"), of("privileged"), of("odd")],
            ["restricted", "baseline", "privileged", "privileged"]
        );
        assert_eq!(Level::of(&Value::Null), Level::Privileged);
    }
}
