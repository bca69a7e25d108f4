//! How the process of an ephemeral container is ended: the container itself can not be removed.
//!
//! What works was tried on a real cluster. A process that shares the target's process namespace, or the pod's, is ended
//! from inside by its number; only those that have the same mount namespace as ours are in our container, so the
//! target's stay. A container with a process namespace of its own has its main process as number 1, which the kernel
//! shields from every signal from inside that it has no handler for; where that is a shell with a terminal or an open
//! input, it ends when told so. What is left ends with the pod. `cluster::finish` does it.

use serde_json::Value;

use crate::base::json;

/// A command for `sh -c` that sends a signal (`TERM`, `KILL`) to every process of its own container but itself. It takes
/// nothing from the image but the shell.
pub fn ending_script(signal: &str) -> String {
    format!(
        "for p in /proc/[0-9]*; do q=${{p#/proc/}}; \
         [ \"$q\" = $$ ] || [ ! $p/ns/mnt -ef /proc/self/ns/mnt ] || kill -{signal} \"$q\"; done"
    )
}

/// What ends a shell that reads a terminal: whatever runs in it is interrupted, then its input ends.
pub const TO_TERMINAL: &[u8] = b"\x03\x03\x04\x04";
/// What ends a shell that reads a pipe.
pub const TO_PIPE: &[u8] = b"\nexit\n";

/// What a question says before it is done.
pub const CONSEQUENCES: [&str; 3] = [
    "It cannot be removed from its pod: its process is ended, and never started again.",
    "Only its own processes are ended; those of the container that it looks at go on.",
    "Where nothing reaches it from inside that is said; then it ends with the pod.",
];

/// An ephemeral container, as far as ending it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ephemeral {
    /// Whether it takes input.
    pub stdin: bool,
    /// Whether that is a terminal.
    pub tty: bool,
    /// How it stands.
    pub phase: Phase,
}

/// How an ephemeral container stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It was not started yet.
    Waiting,
    /// It runs.
    Running,
    /// It has ended.
    Ended,
}

impl Ephemeral {
    /// That of this name in a pod; `None` where it has none.
    pub fn of(pod: &Value, name: &str) -> Option<Self> {
        let named = |path| json::list(pod, path).iter().find(|one| one["name"] == name);
        let spec = named("/spec/ephemeralContainers")?;
        let state = named("/status/ephemeralContainerStatuses").map_or(&Value::Null, |status| &status["state"]);
        let phase = match (state.get("terminated"), state.get("running")) {
            (Some(_), _) => Phase::Ended,
            (None, Some(_)) => Phase::Running,
            (None, None) => Phase::Waiting,
        };
        Some(Self { stdin: spec["stdin"] == true, tty: spec["tty"] == true, phase })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_container_is_read_as_it_stands() {
        let pod = |state: Value| {
            json!({"spec": {"ephemeralContainers": [{"name": "a"}, {"name": "d", "stdin": true}]},
                "status": {"ephemeralContainerStatuses": [{"name": "d", "state": state}]}})
        };
        for (state, phase) in [
            (json!({"running": {}}), Phase::Running),
            (json!({"terminated": {"exitCode": 0}}), Phase::Ended),
            (json!({"waiting": {}}), Phase::Waiting),
            (json!(null), Phase::Waiting),
        ] {
            assert_eq!(Ephemeral::of(&pod(state), "d"), Some(Ephemeral { stdin: true, tty: false, phase }));
        }
        assert_eq!(Ephemeral::of(&pod(json!({})), "x"), None);
        assert_eq!(Ephemeral::of(&json!([]), "x"), None);
    }

    #[test]
    fn the_script_kills_only_what_shares_its_files() {
        // Tried in a shell of this machine: everything but the shell is replaced by what says what it would do.
        let script = ending_script("TERM");
        assert!(script.contains("$p/ns/mnt -ef /proc/self/ns/mnt") && script.contains("kill -TERM"));
        assert!(!script.contains('\n'), "it is one word of a command line");
    }
}
