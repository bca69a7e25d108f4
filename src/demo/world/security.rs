//! What the processes of a container may do: from its security context, its pod's, and its image.
//!
//! The rules are those of kubelet and containerd. Start with [`Credentials::of`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::image::Image;
use crate::demo::json::{flag, int, list, text};

/// The capabilities of Linux, by their numbers.
const CAPABILITIES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];
/// All of them.
const ALL: u64 = (1 << CAPABILITIES.len()) - 1;
/// What containerd gives a container that asks for nothing.
const DEFAULT: u64 = 0xa804_25fb;
/// Users that images know, and their numbers.
const USERS: [(&str, i64); 6] =
    [("root", 0), ("curl_user", 100), ("grafana", 472), ("postgres", 999), ("nonroot", 65_532), ("nobody", 65_534)];

/// Who the processes of a container are, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// User.
    pub uid: i64,
    /// Group.
    pub gid: i64,
    /// All groups, the own one among them, in order.
    pub groups: Vec<i64>,
    /// What may be used.
    pub effective: u64,
    /// What may be gained.
    pub bounding: u64,
    /// Whether nothing may be gained.
    pub no_new_privileges: bool,
    /// Whether a profile filters system calls.
    pub seccomp: bool,
}

impl Credentials {
    /// Those of a process of the machine itself.
    pub const HOST: Self = Self {
        uid: 0,
        gid: 0,
        groups: Vec::new(),
        effective: ALL,
        bounding: ALL,
        no_new_privileges: false,
        seccomp: false,
    };

    /// Those of the first process of a container.
    pub fn of(pod: &Value, spec: &Value, image: Option<&Image>) -> Self {
        let (own, whole) = (&spec["securityContext"], &pod["spec"]["securityContext"]);
        let number = |field: &str| int(own, field).or_else(|| int(whole, field));
        let image_uid = image.map_or(0, |image| number_of(&image.user));
        let user = number("/runAsUser");
        let uid = user.unwrap_or(image_uid);
        let gid = number("/runAsGroup").unwrap_or(if user.is_some() { 0 } else { image_uid });
        let mut groups: BTreeSet<i64> = list(whole, "/supplementalGroups").iter().filter_map(Value::as_i64).collect();
        groups.extend(int(whole, "/fsGroup"));
        groups.insert(gid);
        let privileged = flag(own, "/privileged");
        let bounding = if privileged { ALL } else { capabilities(own) };
        let profile = match text(own, "/seccompProfile/type") {
            "" => text(whole, "/seccompProfile/type"),
            own => own,
        };
        Self {
            uid,
            gid,
            groups: groups.into_iter().collect(),
            effective: if uid == 0 { bounding } else { 0 },
            bounding,
            no_new_privileges: own["allowPrivilegeEscalation"] == false,
            seccomp: !privileged && matches!(profile, "RuntimeDefault" | "Localhost"),
        }
    }

    /// Whether a capability may be used.
    pub fn can(&self, name: &str) -> bool {
        self.effective & bit(name) != 0
    }

    /// Whether another process may be looked into: `/proc/PID/root` and the like.
    pub fn may_trace(&self, other: &Self) -> bool {
        self.can("SYS_PTRACE") || (self.uid == other.uid && self.effective & other.effective == other.effective)
    }
}

fn bit(name: &str) -> u64 {
    let name = name.strip_prefix("CAP_").unwrap_or(name);
    CAPABILITIES.iter().position(|known| *known == name).map_or(0, |at| 1 << at)
}

/// What a security context leaves of the default, and adds to it.
fn capabilities(context: &Value) -> u64 {
    let named = |field: &str| {
        let all = list(context, &format!("/capabilities/{field}"));
        all.iter().filter_map(Value::as_str).collect::<Vec<&str>>()
    };
    let (add, drop) = (named("add"), named("drop"));
    let mut set = DEFAULT;
    if add.contains(&"ALL") {
        set = ALL;
    }
    if drop.contains(&"ALL") {
        set = 0;
    }
    set |= add.iter().fold(0, |all, name| all | bit(name));
    set & !drop.iter().fold(0, |all, name| all | bit(name))
}

/// The number of a user that an image names.
pub fn number_of(user: &str) -> i64 {
    let known = USERS.iter().find(|(name, _)| *name == user).map(|(_, number)| *number);
    known.or_else(|| user.parse().ok()).unwrap_or(1_000)
}

/// The name of a user, as the image's list of users has it.
pub fn name_of(uid: i64, image: Option<&Image>) -> Option<String> {
    let image =
        image.map(|image| image.user.clone()).filter(|user| number_of(user) == uid && user.parse::<i64>().is_err());
    image.or_else(|| match uid {
        0 => Some("root".to_owned()),
        65_534 => Some("nobody".to_owned()),
        _ => None,
    })
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "a test writes its values where it uses them")]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(pod: Value, own: Value) -> Credentials {
        Credentials::of(&json!({"spec": {"securityContext": pod}}), &json!({"securityContext": own}), None)
    }

    #[test]
    fn each_profile_of_kubectl_has_its_capabilities() {
        let effective = |own: Value| format!("{:016x}", of(json!({}), own).effective);
        assert_eq!(effective(json!(null)), "00000000a80425fb");
        assert_eq!(effective(json!({"capabilities": {"add": ["SYS_PTRACE"]}})), "00000000a80c25fb");
        assert_eq!(effective(json!({"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}})), "00000000a80435fb");
        assert_eq!(effective(json!({"privileged": true})), "000001ffffffffff");
        assert_eq!(effective(json!({"capabilities": {"drop": ["ALL"]}})), "0000000000000000");
        assert_eq!(effective(json!({"capabilities": {"add": ["CAP_SYS_ADMIN"], "drop": ["ALL"]}})), "0000000000200000");
    }

    #[test]
    fn somebody_else_than_root_has_none_but_could_gain_them() {
        let pod = json!({"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 2000, "supplementalGroups": [7],
            "seccompProfile": {"type": "RuntimeDefault"}});
        let one = of(
            pod,
            json!({"capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}, "allowPrivilegeEscalation": false}),
        );
        assert_eq!((one.uid, one.gid, one.groups.as_slice()), (1000, 3000, &[7, 2000, 3000][..]));
        assert_eq!((one.effective, one.bounding), (0, 0x1000));
        assert!(one.no_new_privileges && one.seccomp);
        assert_eq!(name_of(1000, None), None);
    }

    #[test]
    fn who_may_look_into_whom() {
        let (root, general) =
            (of(json!({}), json!({})), of(json!({}), json!({"capabilities": {"add": ["SYS_PTRACE"]}})));
        let other = of(json!({"runAsUser": 65535}), json!({}));
        assert!(root.may_trace(&root) && general.may_trace(&other));
        assert!(!root.may_trace(&other) && !root.may_trace(&Credentials::HOST));
    }
}
