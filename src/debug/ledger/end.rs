//! How the process of an ephemeral container is ended: the container itself can not be removed.
//!
//! What works was tried on a real cluster. A process that shares the target's process namespace, or the pod's, is ended
//! from inside by its number; only those that have the same mount namespace as ours are in our container, so the
//! target's stay. A container with a process namespace of its own has its main process as number 1, which the kernel
//! shields from every signal from inside that it has no handler for; where that is a shell with a terminal or an open
//! input, it ends when told so. What is left ends with the pod. `cluster::finish` does it; start with [`script`].

/// A command for `sh -c` that sends a signal (`TERM`, `KILL`) to every process of its own container but itself. It takes
/// nothing from the image but the shell.
pub fn script(signal: &str) -> String {
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
    "An ephemeral container cannot be removed from its pod; its process can be ended, and then it is never started again.",
    "Only processes of that container are ended; those of the container that it looks at go on.",
    "Where nothing reaches it from inside it says so: then it ends with the pod.",
];
