//! How a session ended.

use serde::Deserialize;

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
}
