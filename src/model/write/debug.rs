//! Debugging as a write: what `crate::debug` built, as data that can be sent, shown and asked for.
//!
//! Nothing is built here; start with `debug::Plan::write`.

use super::need::Need;
use super::request::Request;
use crate::base::golang::quoted;
use crate::model::kubectl::Kubectl;

/// Requests for one object, with what there is to say of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debug {
    /// As it follows "debug pod/web-0": `in copy web-copy`.
    pub how: String,
    /// What to say when it is done.
    pub said: String,
    /// What is sent, each when the one before has succeeded. The first makes or changes the pod.
    pub requests: Vec<Request>,
    /// The rights that it takes.
    pub needs: Vec<Need>,
    /// The command that does the same.
    pub kubectl: Kubectl,
}

impl Debug {
    /// The same, but the server only says what would come of it.
    #[must_use]
    pub fn dry_run(self) -> Self {
        let requests = self.requests.into_iter().map(Request::dry_run).collect();
        Self { said: format!("{} (server dry run)", self.said), requests, ..self }
    }

    /// What a 404 means that does not name the pod: the server does not know the path (kubectl,
    /// `debugByEphemeralContainer`). `None` where the pod itself is gone.
    pub fn disabled(message: &str, pod: &str) -> Option<String> {
        let names_it = message.contains(&quoted(pod));
        (!names_it).then(|| {
            format!("ephemeral containers are disabled for this cluster (error from server: {})", quoted(message))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dry_run_is_said_with_every_request() {
        let requests = vec![
            Request::post("/api/v1/namespaces/a/pods".to_owned(), &json!({})),
            Request::patch("/api/v1/namespaces/a/pods/b?fieldManager=x".to_owned(), "", &json!({})),
        ];
        let debug = Debug {
            how: "in copy b".to_owned(),
            said: "pod/b created".to_owned(),
            requests,
            needs: Vec::new(),
            kubectl: Kubectl::new(["debug"]),
        };
        let tried = debug.dry_run();
        assert_eq!(tried.said, "pod/b created (server dry run)");
        let paths: Vec<_> = tried.requests.iter().map(|request| request.path.as_str()).collect();
        let wanted = ["/api/v1/namespaces/a/pods?dryRun=All", "/api/v1/namespaces/a/pods/b?fieldManager=x&dryRun=All"];
        assert_eq!(paths, wanted);
    }

    #[test]
    fn d12_a_server_without_ephemeral_containers() {
        let unknown = "the server could not find the requested resource";
        let said = format!("ephemeral containers are disabled for this cluster (error from server: \"{unknown}\")");
        assert_eq!(Debug::disabled(unknown, "dbg"), Some(said));
        assert_eq!(Debug::disabled("pods \"dbg\" not found", "dbg"), None);
    }
}
