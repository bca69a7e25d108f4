//! Failures of requests, and the sentence that a person gets for each.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::time::Duration;

use crate::base::problem::Problem;
use crate::model::change::{Cause, Outage};
use crate::model::list::WireError;
use crate::model::wire;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server answered with a `Status`.
    #[error("{message}")]
    Api {
        /// HTTP status code.
        code: u16,
        /// `Forbidden`, `NotFound`, …
        reason: String,
        /// The server's words.
        message: String,
    },
    /// The server was not reached, or the connection broke.
    #[error("{0}")]
    Transport(String),
    /// Nothing came for this long.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The answer could not be read.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl Error {
    /// From a `Status` that the server sent.
    pub fn from_status(http_code: u16, status: &wire::Status) -> Self {
        let code = u16::try_from(status.code).ok().filter(|code| *code != 0).unwrap_or(http_code);
        let mut message = wire::lossy(&status.message).into_owned();
        // The causes of an invalid object are in the sentence already; why a budget forbids an eviction is not.
        for cause in status.details.iter().flat_map(|details| &details.causes) {
            let cause = wire::lossy(&cause.message);
            if !message.contains(&*cause) {
                let _ = write!(message, "{} {cause}", if message.ends_with('.') { "" } else { ":" });
            }
        }
        Self::Api { code, reason: status.reason.clone(), message }
    }

    /// Whether the server says that a watch can not be taken up where it was left.
    pub fn is_expired(&self) -> bool {
        matches!(self, Self::Api { code: 410, .. })
    }

    /// Whether these credentials may not.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Api { code: 403, .. })
    }

    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api { code: 404, .. })
    }

    /// Whether somebody else changed the object first, or it is not the one that was meant.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Api { code: 409, .. })
    }

    /// Whether an object of another UID has the name: a precondition says so, as it is deleted or as it is stored.
    pub fn is_other_uid(&self) -> bool {
        matches!(self, Self::Api { code: 409, message, .. }
            if message.contains("UID in the precondition") || message.contains("UID in precondition"))
    }

    /// The sort of trouble that it is.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Api { code: 401, .. } => Cause::Unauthorized,
            Self::Api { code: 403, .. } => Cause::Forbidden,
            Self::Api { .. } | Self::Wire(_) => Cause::Server,
            Self::Transport(_) | Self::TimedOut(_) => Cause::Unreachable,
        }
    }

    /// What to tell the person. `tried` is what was tried: `list pods in namespace shop`.
    pub fn problem(&self, tried: &str) -> Problem {
        Problem::new(tried, self.to_string(), self.advice())
    }

    /// The same as an outage of a watched kind.
    pub fn outage(&self, tried: &str) -> Outage {
        Outage { cause: self.cause(), problem: self.problem(tried) }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::Api { code: 401, .. } => "Log in again, or choose another context",
            Self::Api { code: 403, .. } => "Ask for this right, or use another user or context",
            Self::Api { code: 404, .. } => "It may be gone, or this server may not know the kind",
            Self::Api { code: 409, .. } => "Look at it as it is now, and try again",
            Self::Api { code: 429 | 500..=599, .. } => "The server is in trouble itself; it is asked again",
            Self::Api { .. } => "",
            Self::TimedOut(_) => "Check the network, the VPN and the proxy",
            Self::Wire(_) => "Is the server's URL that of a Kubernetes API server?",
            Self::Transport(said) => transport_advice(said),
        }
    }
}

/// Advice for a failure below HTTP, by the words that the system and the TLS library use.
fn transport_advice(said: &str) -> &'static str {
    let said = said.to_ascii_lowercase();
    let table = [
        (["connection refused", "connect error"], "Is the API server running at this address?"),
        (["dns error", "lookup address"], "Check the server's host name in the kubeconfig, the DNS and the VPN"),
        (["close_notify", "reset by peer"], "The connection was cut; it is tried again"),
        (["certificate", "tls"], "Check certificate-authority and tls-server-name in the kubeconfig"),
        (["timed out", "deadline"], "Check the network, the VPN and the proxy"),
        (["unreachable", "no route"], "Check the network and the VPN"),
        (["proxy", "tunnel"], "Check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY"),
    ];
    table
        .iter()
        .find(|(words, _)| words.iter().any(|word| said.contains(word)))
        .map_or("It is tried again", |(_, advice)| advice)
}

/// The innermost causes are what a person can act on; the outer ones (`client error (Connect)`) say nothing.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let text = text.strip_prefix("ServiceError: ").unwrap_or(&text).to_owned();
        next = error.source();
        // Many errors print their source themselves: keep the one that says most.
        if let Some(last) = parts.last_mut()
            && last.contains(&text)
        {
            continue;
        }
        parts.push(text);
    }
    let skip = |part: &String| part.starts_with("client error");
    let kept: Vec<_> = parts.iter().filter(|part| !skip(part)).collect();
    let kept = if kept.is_empty() { parts.iter().collect() } else { kept };
    let mut out = String::new();
    for (at, part) in kept.iter().enumerate() {
        let _ = write!(out, "{}{part}", if at == 0 { "" } else { ": " });
    }
    out
}

impl From<kube::Error> for Error {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::Api { code: status.code, reason: status.reason, message: status.message },
            error => Self::Transport(chain(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_says_what_to_do() {
        let cases = [
            (Error::Transport("tcp connect error: Connection refused (os error 111)".into()), "running at this"),
            (Error::Transport("dns error: failed to lookup address information".into()), "host name"),
            (Error::Transport("invalid peer certificate: UnknownIssuer".into()), "certificate-authority"),
            (Error::TimedOut(Duration::from_secs(7)), "network"),
            (Error::Api { code: 401, reason: "Unauthorized".into(), message: "Unauthorized".into() }, "Log in"),
            (Error::Api { code: 403, reason: "Forbidden".into(), message: "no".into() }, "right"),
            (Error::Wire(WireError::NotKubernetes), "API server"),
        ];
        for (error, advice) in cases {
            let sentence = error.problem("list pods").to_string();
            assert!(sentence.starts_with("could not list pods: "), "{sentence}");
            assert!(sentence.contains(advice), "{sentence}");
        }
    }

    #[test]
    fn a_status_keeps_the_words_of_the_server() {
        let status =
            wire::Status { message: b"pods is forbidden".to_vec(), reason: "Forbidden".into(), ..<_>::default() };
        let error = Error::from_status(403, &status);
        assert!(error.is_forbidden());
        assert_eq!(error.cause(), Cause::Forbidden);
        assert_eq!(error.to_string(), "pods is forbidden");
    }

    #[test]
    fn causes_that_the_sentence_lacks_follow_it() {
        let json = |message: &str| serde_json::json!({"message": message, "code": 429, "details": {"causes": [{"message": "The budget needs 2"}]}});
        let said = |message| {
            let status: wire::Status = serde_json::from_value(json(message)).expect("a status");
            Error::from_status(500, &status).to_string()
        };
        assert_eq!(said("Cannot evict."), "Cannot evict. The budget needs 2");
        assert_eq!(said("no"), "no: The budget needs 2");
        assert_eq!(said("no: The budget needs 2, has 1"), "no: The budget needs 2, has 1");
    }
}
