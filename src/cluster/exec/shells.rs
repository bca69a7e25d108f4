//! Which shell an image has: the command that finds out, and how each runtime says that there is none.

use super::ExitStatus;
use crate::base::quote;

/// What runtimes say when a program is not in the image, in lower case. Where each was seen: runc on containerd on a
/// real node; the others are the sentences of their sources.
const MISSING: [(&str, &str); 8] = [
    ("runc (containerd, docker, CRI-O)", "executable file not found"),
    ("crun (CRI-O, podman), youki", "not found in $path"),
    ("runc and crun for an absolute path; kata, whose agent passes the system's words on", "no such file or directory"),
    ("kata, for a program in the PATH", "enoent"),
    ("gVisor", "error finding executable"),
    ("any, for a program of another architecture", "exec format error"),
    ("Windows, hcsshim", "the system cannot find the file specified"),
    ("Windows, hcsshim, for a directory", "the system cannot find the path specified"),
];

/// Whether a session ended because the image has none of the shells asked for. Of exit codes, 126 and 127 are
/// also what a shell hands on from its last command: ask only about a session that ended before it showed a
/// prompt.
pub fn is_shell_missing(status: &ExitStatus) -> bool {
    match status {
        ExitStatus::Code(code) => matches!(code, 126 | 127),
        ExitStatus::Error { message, .. } => {
            let message = message.to_lowercase();
            MISSING.iter().any(|(_, words)| message.contains(words))
        }
        ExitStatus::Lost(_) => false,
    }
}

/// The command that starts the first of `shells` that the image has, in one exec: `sh`, or `cmd` on Windows, looks for
/// the others. An image with neither that nor a single shell asked for ends as [`is_shell_missing`] says.
pub fn shell_command(shells: &[&str], windows: bool) -> Vec<String> {
    let (last, others) = match shells.split_last() {
        Some((last, others)) => (*last, others),
        None => (if windows { "cmd" } else { "sh" }, &[][..]),
    };
    if others.is_empty() {
        return vec![last.to_owned()];
    }
    if windows {
        // `exit` hands on how the shell ended, and keeps the next one from being tried after it.
        let tries = others.iter().map(|shell| format!("where /q {shell} && ({shell} & exit) & "));
        return ["cmd".to_owned(), "/c".to_owned(), format!("{}{last}", tries.collect::<String>())].into();
    }
    let tries = others.iter().map(|shell| {
        let shell = quote::word(shell);
        format!("command -v {shell} >/dev/null 2>&1 && exec {shell}; ")
    });
    let script = format!("{}exec {}", tries.collect::<String>(), quote::word(last));
    vec!["sh".to_owned(), "-c".to_owned(), script]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(message: &str) -> ExitStatus {
        ExitStatus::Error { reason: "InternalError".into(), message: message.into() }
    }

    #[test]
    fn a_missing_shell_is_recognised_in_every_runtime() {
        let missing = [
            error(
                "error executing command in container: failed to exec in container: failed to start exec \"ce\": OCI runtime \
                 exec failed: exec failed: unable to start container process: exec: \"sh\": executable file not found in \
                 $PATH: unknown",
            ),
            error(
                "exec failed: container_linux.go:380: starting container process caused: exec: \"/bin/sh\": stat /bin/sh: no such file or directory",
            ),
            error(
                "error executing command in container: executable file `sh` not found in $PATH: No such file or directory",
            ),
            error("starting container: error finding executable \"sh\" in PATH"),
            error("rpc error: code = Internal desc = ENOENT"),
            error("hcs::System::CreateProcess 5f: The system cannot find the file specified."),
            ExitStatus::Code(126),
            ExitStatus::Code(127),
        ];
        for status in missing {
            assert!(is_shell_missing(&status), "{status:?}");
        }
        let others = [
            error("container not found (\"app\")"),
            ExitStatus::Code(0),
            ExitStatus::Code(1),
            ExitStatus::Lost("x".into()),
        ];
        for status in others {
            assert!(!is_shell_missing(&status), "{status:?}");
        }
    }

    #[test]
    fn shells_are_tried_in_order() {
        assert_eq!(shell_command(&[], false), ["sh"]);
        assert_eq!(shell_command(&["/bin/zsh"], false), ["/bin/zsh"]);
        let script =
            "command -v bash >/dev/null 2>&1 && exec bash; command -v 'my sh' >/dev/null 2>&1 && exec 'my sh'; exec sh";
        assert_eq!(shell_command(&["bash", "my sh", "sh"], false), ["sh", "-c", script]);
        let script = "where /q powershell && (powershell & exit) & cmd";
        assert_eq!(shell_command(&["powershell", "cmd"], true), ["cmd", "/c", script]);
        assert_eq!(shell_command(&[], true), ["cmd"]);
    }
}
