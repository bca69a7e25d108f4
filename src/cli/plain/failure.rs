//! What can go wrong with a plain command, and kubectl's words for it.

use std::io;

use crate::base::problem::Problem;
use crate::cluster::error::Error;
use crate::cluster::pages::Select;

/// One thing that went wrong.
#[derive(Debug)]
pub enum Failure {
    /// The server refused, or was not reached.
    Server(Error),
    /// The same, and what can be done.
    Advised(Error, &'static str),
    /// There is no way to a server.
    Connect(Problem),
    /// What was asked for makes no sense; kubectl's sentence without its prefix.
    Usage(String),
    /// The output could not be written.
    Output(io::Error),
    /// A command in a container ended with this code.
    Exit(i32),
    /// A signal ended it; the person knows.
    Signal,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Why a command failed: at least one thing.
#[derive(Debug)]
pub struct Failures(pub Vec<Failure>);

impl Failures {
    /// These, if there are any.
    pub fn of(failures: Vec<Failure>) -> Result<(), Self> {
        if failures.is_empty() { Ok(()) } else { Err(Self(failures)) }
    }
}

impl<F: Into<Failure>> From<F> for Failures {
    fn from(failure: F) -> Self {
        Self(vec![failure.into()])
    }
}

impl Failure {
    /// Why a list could not be read: a refusal of what was asked for says what that was (cli-runtime,
    /// `EnhanceListError`). `subject` is the kind in kubectl's words.
    pub fn listing(error: Error, subject: &str, select: &Select) -> Self {
        let Error::Api { code, reason, message } = error else { return error.into() };
        let message = match (reason.as_str(), select.labels.as_str(), select.fields.as_str()) {
            ("BadRequest" | "NotFound", "", "") => format!("Unable to list \"{subject}\": {message}"),
            ("BadRequest" | "NotFound", labels, fields) => format!(
                "Unable to find \"{subject}\" that match label selector \"{labels}\", field selector \"{fields}\": \
                 {message}"
            ),
            _ => message,
        };
        Self::Server(Error::Api { code, reason, message })
    }

    /// Whether an object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Server(error) if error.is_not_found())
    }

    /// The exit code that is handed on.
    pub fn exit_code(&self) -> Option<u8> {
        match self {
            // As the system cuts it off.
            Self::Exit(code) => Some(*code as u8),
            _ => None,
        }
    }

    /// What went wrong, without kubectl's prefix.
    pub fn in_words(&self) -> String {
        match self {
            Self::Server(error) => error.to_string(),
            failure => failure.sentence("").0,
        }
    }

    /// Whether nobody reads the output any more, which is no trouble.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The sentence, and whether it stands without a prefix (kubectl, `StandardErrorMessage`). `server` is the server's
    /// URL.
    fn sentence(&self, server: &str) -> (String, bool) {
        match self {
            Self::Advised(error, advice) => {
                let (said, is_whole) = Self::said_by_server(error, server);
                (format!("{said}\n{advice}"), is_whole)
            }
            Self::Server(error) => Self::said_by_server(error, server),
            Self::Connect(problem) => (problem.to_string(), false),
            Self::Usage(said) => (said.clone(), false),
            Self::Output(error) => (format!("could not write: {error}"), false),
            Self::Exit(code) => (format!("command terminated with exit code {code}"), true),
            Self::Signal => (String::new(), true),
        }
    }

    fn said_by_server(error: &Error, server: &str) -> (String, bool) {
        match error {
            Error::Api { reason, message, .. } => {
                let said = match reason.as_str() {
                    "Unauthorized" => format!("error: You must be logged in to the server ({message})"),
                    "" => format!("Error from server: {message}"),
                    "Invalid" => format!("The {message}"),
                    reason => format!("Error from server ({reason}): {message}"),
                };
                (said, true)
            }
            Error::Transport(said) if said.to_lowercase().contains("connection refused") => {
                let host = server.split_once("://").map_or(server, |(_, rest)| rest);
                let host = host.split('/').next().unwrap_or(host);
                let asked = "did you specify the right host or port?";
                (format!("The connection to the server {host} was refused - {asked}"), true)
            }
            Error::Transport(_) | Error::TimedOut(_) => (format!("Unable to connect to the server: {error}"), true),
            Error::Wire(_) => (error.to_string(), false),
        }
    }
}

/// The lines for standard error: one failure with its prefix, several below each other (kubectl, `checkErr`).
pub fn report(failures: &[Failure], server: &str) -> String {
    if let [Failure::Signal] = failures {
        return String::new();
    }
    let lines: Vec<_> = match failures {
        [one] => match one.sentence(server) {
            (said, true) => vec![said],
            (said, false) if said.starts_with("error: ") => vec![said],
            (said, false) => vec![format!("error: {said}")],
        },
        several => several.iter().map(|failure| failure.sentence(server).0).collect(),
    };
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "https://127.0.0.1:6443/prefix";

    fn api(code: u16, reason: &str, message: &str) -> Failure {
        Failure::Server(Error::Api { code, reason: reason.to_owned(), message: message.to_owned() })
    }

    #[test]
    fn w03_a_missing_pod() {
        let missing = api(404, "NotFound", "pods \"x\" not found");
        assert_eq!(report(&[missing], SERVER), "Error from server (NotFound): pods \"x\" not found\n");
    }

    #[test]
    fn every_sort_of_trouble_has_the_words_of_kubectl() {
        for (failure, said) in [
            (api(401, "Unauthorized", "Unauthorized"), "error: You must be logged in to the server (Unauthorized)\n"),
            (api(500, "", "no"), "Error from server: no\n"),
            (api(422, "Invalid", "Pod \"a\" is invalid: b: c"), "The Pod \"a\" is invalid: b: c\n"),
            (
                Failure::Server(Error::Transport("tcp connect error: Connection refused (os error 111)".to_owned())),
                "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n",
            ),
            (Failure::Server(Error::Transport("dns error".to_owned())), "Unable to connect to the server: dns error\n"),
            (
                Failure::Usage("valid --types are Normal or Warning".to_owned()),
                "error: valid --types are Normal or Warning\n",
            ),
        ] {
            assert_eq!(report(&[failure], SERVER), said);
        }
    }

    #[test]
    fn several_failures_stand_below_each_other() {
        let failures = [api(404, "NotFound", "pods \"a\" not found"), Failure::Usage("b".to_owned())];
        assert_eq!(report(&failures, SERVER), "Error from server (NotFound): pods \"a\" not found\nb\n");
    }
}
