//! The programs that an image brings beside its own: which distribution has which.

/// What busybox has.
const BUSYBOX: &[&str] = &[
    "ash", "cat", "chroot", "clear", "date", "echo", "env", "false", "grep", "head", "hostname", "id", "ip", "kill",
    "less", "ls", "mkdir", "mount", "netstat", "nslookup", "printenv", "ps", "pwd", "readlink", "rm", "sh", "sleep",
    "sort", "stty", "tail", "tar", "test", "top", "touch", "tr", "true", "uname", "vi", "wc", "wget", "which",
    "whoami",
];
/// What a slim Debian has not.
const NOT_DEBIAN: &[&str] = &["ash", "ip", "netstat", "nslookup", "vi", "wget"];
/// What it has instead.
const DEBIAN: &[&str] = &["bash", "curl"];
/// What an image for looking into networks has beside busybox.
const NETSHOOT: &[&str] = &["bash", "curl", "ss", "tcpdump"];
/// What a node has beside Debian's.
const NODE: &[&str] = &["crictl", "ip", "journalctl", "ss", "systemctl"];

/// Whether an image of a base (as the catalogue names it) has a program. A path must lead to where programs are.
pub fn has(base: &str, name: &str) -> bool {
    let name = match name.rsplit_once('/') {
        Some(("/bin" | "/usr/bin" | "/sbin" | "/usr/sbin", name)) => name,
        Some(_) => return false,
        None => name,
    };
    let debian = || (BUSYBOX.contains(&name) && !NOT_DEBIAN.contains(&name)) || DEBIAN.contains(&name);
    match base {
        "distroless" => false,
        "busybox" | "alpine" => BUSYBOX.contains(&name),
        "netshoot" => BUSYBOX.contains(&name) || NETSHOOT.contains(&name),
        "node" => debian() || NODE.contains(&name),
        _ => debian(),
    }
}

/// Whether any image has such a program.
pub fn is_known(name: &str) -> bool {
    ["netshoot", "node"].iter().any(|base| has(base, name))
}

/// Why the runtime cannot start a program that is not there.
pub fn not_found(name: &str) -> String {
    let why = if name.starts_with('/') {
        format!("exec: {name:?}: stat {name}: no such file or directory")
    } else {
        format!("exec: {name:?}: executable file not found in $PATH")
    };
    format!("unable to start container process: {why}: unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_distribution_has_its_own() {
        assert!(has("busybox", "sh") && has("busybox", "/bin/vi") && !has("busybox", "bash"));
        assert!(has("debian", "bash") && !has("debian", "vi") && !has("debian", "/opt/sh"));
        assert!(has("netshoot", "tcpdump") && has("node", "crictl") && !has("debian", "crictl"));
        assert!(!has("distroless", "sh"));
        assert!(is_known("journalctl") && !is_known("nosuch"));
    }

    #[test]
    fn the_runtime_says_what_is_missing() {
        assert!(not_found("sh").ends_with("exec: \"sh\": executable file not found in $PATH: unknown"));
        assert!(not_found("/bin/sh").ends_with("exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown"));
    }
}
