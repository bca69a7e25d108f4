//! What `debug` does with a container that was just made: wait until it runs, attach, or print its log. Rules: kubectl's
//! `waitForContainer` and `handleAttachPod` of 1.37.
//!
//! Start with [`attach_when_started`].

use std::io::Write;

use super::super::failure::Failure;
use super::super::session::Session;
use super::detach::DetachKeys;
use super::local::Ended;
use super::{How, Place, attach_to, say_how_to_come_back};
use crate::cluster::api::{ExitStatus, Waiting};
use crate::cluster::exec::wait::{self, Started};
use crate::cluster::http::ACCEPT_JSON;
use crate::cluster::logs::raw;
use crate::cluster::pages;
use crate::model::kind::ObjectKey;

impl How {
    /// As `kubectl debug` attaches.
    pub fn of_debug(stdin: bool, tty: bool, quiet: bool) -> Self {
        Self { stdin, tty, quiet, keys: DetachKeys::usual() }
    }
}

/// Waits, for ever if need be, until a container that was just made runs, and attaches. Of one that ended meanwhile, or
/// that cannot be attached to, the log is printed, which is no failure. An exit code of the process is an end like any
/// other: see `docs/kubectl-differences.md`.
pub async fn attach_when_started(
    session: &Session,
    pod: &ObjectKey,
    container: &str,
    how: &How,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    // What was said before is read while one waits.
    out.flush()?;
    let mut said = Ok(());
    let tell = |waiting: Waiting| {
        if !how.quiet && !waiting.message.is_empty() {
            said = session.say(&format!("Warning: container {container}: {}", waiting.message));
        }
    };
    let started = wait::until_started(&session.connection, pod, container, tell).await?;
    said?;
    if let Started::Ended(_) = started {
        return print_log(session, pod, container, out).await;
    }
    let object = pages::value(&session.connection, pod, ACCEPT_JSON).await?.content;
    let place = Place { pod: object, container: container.to_owned() };
    match outcome(attach_to(session, &place, how, out).await) {
        Outcome::Ended => say_how_to_come_back(&place, how, out),
        Outcome::Signal => Err(Failure::Signal),
        Outcome::Log(why) => {
            let name = &pod.name;
            session.say(&format!("warning: couldn't attach to pod/{name}, falling back to streaming logs: {why}"))?;
            print_log(session, pod, container, out).await
        }
    }
}

/// What comes of attaching.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// It was attached to, and that is over.
    Ended,
    /// A signal ended it.
    Signal,
    /// It could not be attached to, for this reason; its log has to do.
    Log(String),
}

fn outcome(attached: Result<Ended, Failure>) -> Outcome {
    match attached {
        Ok(Ended::Signal) => Outcome::Signal,
        Ok(Ended::Detached | Ended::Itself(ExitStatus::Code(_))) => Outcome::Ended,
        Ok(Ended::Itself(ExitStatus::Error { message, .. } | ExitStatus::Lost(message))) => Outcome::Log(message),
        Err(failure) => Outcome::Log(failure.in_words()),
    }
}

/// Prints the whole log of a container, as it is now.
async fn print_log(session: &Session, pod: &ObjectKey, container: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let path = wait::log_path(pod, container, None);
    let mut answer = raw::raw(&session.connection, &path, Some(session.connection.request_timeout)).await?;
    while let Some(bytes) = answer.chunk().await? {
        out.write_all(&bytes)?;
    }
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use kube::client::Body;
    use serde_json::{Value, json};

    use super::super::way_back;
    use super::*;
    use crate::cluster::api::ConnectionInfo;
    use crate::cluster::connect::over;
    use crate::model::kind::Kind;

    fn pod(state: &Value) -> Value {
        json!({"kind": "Pod", "metadata": {"name": "web-0", "namespace": "ns", "resourceVersion": "1"},
            "spec": {"containers": [{"name": "app"}], "ephemeralContainers": [{"name": "dbg", "stdin": true}]},
            "status": {"phase": "Running", "ephemeralContainerStatuses": [{"name": "dbg", "state": state}]}})
    }

    /// Notes that a test can read.
    #[derive(Clone, Default)]
    struct Notes(Arc<Mutex<Vec<u8>>>);

    impl Write for Notes {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("unharmed").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// A server whose pod is first in the one state, then, as a watch tells, in the others. Attaching is refused.
    async fn run(first: &Value, later: &[Value]) -> (String, String, Vec<String>) {
        let (first, asked) = (pod(first).to_string(), Arc::new(Mutex::new(Vec::new())));
        let watch = later.iter().map(|state| json!({"type": "MODIFIED", "object": pod(state)}).to_string() + "\n");
        let (watch, last) = (watch.collect::<String>(), later.last().map(pod));
        let paths = Arc::clone(&asked);
        let service = tower::service_fn(move |request: Request<Body>| {
            let uri = request.uri().to_string();
            let reads =
                paths.lock().expect("unharmed").iter().filter(|path: &&String| path.ends_with("/web-0")).count();
            paths.lock().expect("unharmed").push(uri.clone());
            let refused =
                r#"{"kind":"Status","status":"Failure","code":500,"reason":"InternalError","message":"no way"}"#;
            let (code, body) = match uri.split('?').next().unwrap_or_default() {
                path if path.ends_with("/log") => (200, "what it wrote\n".to_owned()),
                path if path.ends_with("/attach") => (500, refused.to_owned()),
                path if path.ends_with("/pods") => (200, watch.clone()),
                _ => (200, last.as_ref().filter(|_| reads > 0).map_or(first.clone(), Value::to_string)),
            };
            let response = Response::builder().status(code).body(Full::new(Bytes::from(body)));
            async move { response.map_err(std::io::Error::other) }
        });
        let notes = Notes::default();
        let session = Session::over(over(service, ConnectionInfo::default()), "ns", Box::new(notes.clone()));
        let (key, mut out) = (ObjectKey::new(Kind::Pod, "ns", "web-0"), Vec::new());
        let how = How::of_debug(true, false, false);
        attach_when_started(&session, &key, "dbg", &how, &mut out).await.expect("no failure");
        let said = String::from_utf8(notes.0.lock().expect("unharmed").clone()).expect("text");
        let asked = asked.lock().expect("unharmed").clone();
        (String::from_utf8(out).expect("text"), said, asked)
    }

    #[tokio::test(start_paused = true)]
    async fn d42_of_what_has_ended_the_log_is_printed_and_nothing_is_attached_to() {
        let (out, said, asked) = run(&json!({"terminated": {"exitCode": 3}}), &[]).await;
        assert_eq!((out.as_str(), said.as_str()), ("what it wrote\n", ""));
        assert!(!asked.iter().any(|path| path.contains("/attach")), "{asked:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn d43_while_it_waits_each_message_is_said() {
        let waiting = |message: &str| json!({"waiting": {"reason": "ErrImagePull", "message": message}});
        let later = [waiting("back-off"), json!({"waiting": {"reason": "X"}}), json!({"terminated": {"exitCode": 0}})];
        let (out, said, _) = run(&waiting("no such image"), &later).await;
        assert_eq!(said, "Warning: container dbg: no such image\nWarning: container dbg: back-off\n");
        assert_eq!(out, "what it wrote\n");
    }

    #[tokio::test(start_paused = true)]
    async fn d44_what_cannot_be_attached_to_shows_its_log() {
        let (out, said, asked) = run(&json!({}), &[json!({"running": {}})]).await;
        let last = said.lines().last();
        assert_eq!(last, Some("warning: couldn't attach to pod/web-0, falling back to streaming logs: no way"));
        assert!(said.contains("If you don't see a command prompt, try pressing enter."), "{said}");
        assert_eq!(out, "what it wrote\n");
        assert!(asked.iter().any(|path| path.contains("/attach?") && path.contains("stdin=true")), "{asked:?}");
    }

    #[test]
    fn d45_an_exit_code_is_an_end_like_any_other() {
        assert_eq!(outcome(Ok(Ended::Itself(ExitStatus::Code(42)))), Outcome::Ended);
        assert_eq!(outcome(Ok(Ended::Detached)), Outcome::Ended);
        assert_eq!(outcome(Ok(Ended::Itself(ExitStatus::Lost("cut".into())))), Outcome::Log("cut".into()));
    }

    #[test]
    fn d46_d47_the_way_back_whatever_the_restart_policy() {
        let mut pod = pod(&json!({"running": {}}));
        for policy in ["Always", "Never"] {
            pod["spec"]["restartPolicy"] = json!(policy);
            let place = |container: &str| Place { pod: pod.clone(), container: container.to_owned() };
            assert_eq!(
                way_back(&place("dbg")),
                "Session ended, the ephemeral container will not be restarted but may be reattached using 'podtriage \
                 attach web-0 -c dbg -n ns -i -t' if it is still running"
            );
            let resume = "Session ended, resume using 'podtriage attach web-0 -c app -n ns -i -t' command";
            assert_eq!(way_back(&place("app")), resume);
        }
    }
}
