//! How a session ended, and what that says about shells.

use serde::Deserialize;

use crate::base::quote;

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// The process ended by itself, with this code.
    Code(i32),
    /// It was not started, or its end is not known; in the server's words.
    Error {
        /// The API's reason (`InternalError`), may be empty.
        reason: String,
        /// What happened.
        message: String,
    },
    /// The connection broke; the process may still run.
    Lost(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatusObject {
    status: Option<String>,
    reason: Option<String>,
    message: Option<String>,
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    causes: Option<Vec<Cause>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cause {
    reason: Option<String>,
    message: Option<String>,
}

impl ExitStatus {
    /// Reads the status object of the error channel (kubectl, `remotecommand`'s `errorstream`). What is no
    /// such object is passed on as the server's words.
    pub(super) fn read(json: &[u8]) -> Self {
        let Ok(status) = serde_json::from_slice::<StatusObject>(json) else {
            let message = String::from_utf8_lossy(json).trim().to_owned();
            return Self::Error { reason: String::new(), message };
        };
        if status.status.as_deref() == Some("Success") {
            return Self::Code(0);
        }
        let causes = status.details.unwrap_or_default().causes.unwrap_or_default();
        let code = causes
            .iter()
            .filter(|cause| cause.reason.as_deref() == Some("ExitCode"))
            .find_map(|cause| cause.message.as_deref()?.parse().ok());
        match code {
            Some(code) => Self::Code(code),
            None => {
                Self::Error { reason: status.reason.unwrap_or_default(), message: status.message.unwrap_or_default() }
            }
        }
    }
}

/// Whether a session ended because the image has none of the shells asked for. Of exit codes, 126 and 127 are
/// also what a shell hands on from its last command: ask only about a session that ended before it showed a
/// prompt.
pub fn is_shell_missing(status: &ExitStatus) -> bool {
    // runc, and docker and containerd above it; crun (CRI-O); gVisor; any of them for an absolute path.
    const WORDS: [&str; 5] = [
        "executable file not found",
        "not found in $path",
        "no such file or directory",
        "error finding executable",
        "exec format error",
    ];
    match status {
        ExitStatus::Code(code) => matches!(code, 126 | 127),
        ExitStatus::Error { message, .. } => {
            let message = message.to_lowercase();
            WORDS.iter().any(|words| message.contains(words))
        }
        ExitStatus::Lost(_) => false,
    }
}

/// The command that starts the first of `shells` that the image has, in one exec: `sh` looks for the others.
/// An image with neither `sh` nor a single shell asked for ends as [`is_shell_missing`] says.
pub fn shell_command(shells: &[&str]) -> Vec<String> {
    let (last, others) = match shells.split_last() {
        Some((last, others)) => (*last, others),
        None => ("sh", &[][..]),
    };
    if others.is_empty() {
        return vec![last.to_owned()];
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
    fn the_status_object_says_how_it_ended() {
        let cases = [
            (r#"{"metadata":{},"status":"Success"}"#, ExitStatus::Code(0)),
            (
                r#"{"status":"Failure","message":"command terminated with non-zero exit code","reason":
                "NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"42"}]}}"#,
                ExitStatus::Code(42),
            ),
            (
                r#"{"status":"Failure","reason":"InternalError","message":"boom","details":{"causes":[{"message":"x"}]}}"#,
                error("boom"),
            ),
            (
                r#"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"?"}]}}"#,
                ExitStatus::Error { reason: "NonZeroExitCode".into(), message: String::new() },
            ),
            ("rpc error\n", ExitStatus::Error { reason: String::new(), message: "rpc error".into() }),
        ];
        for (json, expected) in cases {
            assert_eq!(ExitStatus::read(json.as_bytes()), expected, "{json}");
        }
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
        assert_eq!(shell_command(&[]), ["sh"]);
        assert_eq!(shell_command(&["/bin/zsh"]), ["/bin/zsh"]);
        let script =
            "command -v bash >/dev/null 2>&1 && exec bash; command -v 'my sh' >/dev/null 2>&1 && exec 'my sh'; exec sh";
        assert_eq!(shell_command(&["bash", "my sh", "sh"]), ["sh", "-c", script]);
    }
}
