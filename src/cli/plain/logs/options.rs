//! From flags to what is asked of the server, and what makes no sense. Pure. Rules: kubectl `logs` of 1.37.

use std::fmt::Write as _;

use super::args::{Logs, Millis};
use super::choose::Source;
use crate::base::percent;
use crate::base::stamp::Stamp;
use crate::cluster::logs::data::LogRequest;

/// Lines of each pod of a selector.
const TAIL_OF_SELECTOR: i64 = 10;
const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n\
                     POD or TYPE/NAME is a required argument for the logs command";
const SEE: &str = "\nSee 'podtriage logs -h' for help and examples";

/// What the target says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An object: its kind as typed, and its name.
    Object(String, String),
    /// Pods with these labels.
    Labels(String),
}

/// The target among the arguments.
pub fn target(asked: &Logs) -> Result<Target, String> {
    let selector = asked.selector.clone().filter(|labels| !labels.is_empty());
    match (asked.target.as_slice(), selector) {
        ([], Some(labels)) => Ok(Target::Labels(labels)),
        ([_], Some(_)) => Err(format!("only a selector (-l) or a POD name is allowed{SEE}")),
        ([name] | [name, _], None) if !name.contains('/') => Ok(Target::Object("pods".to_owned(), name.clone())),
        ([pair] | [pair, _], None) => super::super::target::pair(pair).map(|(kind, name)| Target::Object(kind, name)),
        ([_, _], Some(_)) => Err("name cannot be provided when a selector is specified".to_owned()),
        _ => Err(format!("{USAGE}{SEE}")),
    }
}

/// What is refused before anything is asked of the server.
pub fn check_first(asked: &Logs) -> Result<(), String> {
    if asked.pod_running_timeout.is_zero() {
        return Err("--pod-running-timeout must be higher than zero".to_owned());
    }
    match &asked.since_time {
        Some(text) if !text.is_empty() && !Stamp::parse(text).is_set() => {
            Err(format!("--since-time: \"{text}\" is not a time as RFC 3339 writes it, such as 2024-08-30T06:00:00Z"))
        }
        _ => Ok(()),
    }
}

/// What is refused once the target is known to exist.
pub fn check(asked: &Logs) -> Result<(), String> {
    let since_time = asked.since_time.as_ref().filter(|text| !text.is_empty());
    let since = asked.since.filter(|since| since.0 != 0);
    if since_time.is_some() && since.is_some() {
        return Err("at most one of `sinceTime` or `sinceSeconds` may be specified".to_owned());
    }
    match container(asked) {
        Some(name) if asked.all_containers => {
            return Err(format!("--all-containers=true should not be specified with container name {name}"));
        }
        _ => {}
    }
    if asked.container.is_some() && asked.target.len() == 2 {
        return Err("only one of -c or an inline [CONTAINER] arg is allowed".to_owned());
    }
    if asked.limit_bytes < 0 {
        return Err("--limit-bytes must be greater than 0".to_owned());
    }
    if since.is_some_and(|since| seconds(since) < 0) {
        return Err("--since must be greater than 0".to_owned());
    }
    if asked.tail.is_some_and(|tail| tail < -1) {
        return Err("--tail must be greater than or equal to -1".to_owned());
    }
    Ok(())
}

/// The container that is named: behind the target, or by its flag.
pub fn container(asked: &Logs) -> Option<&str> {
    let named = asked.target.get(1).or(asked.container.as_ref())?;
    Some(named.as_str()).filter(|name| !name.is_empty())
}

/// The path and query of a container's log; parameters stand in alphabetical order, as kubectl sends them.
pub fn path(asked: &Logs, namespace: &str, pod: &str, container: &str) -> String {
    let encode = |text: &str| percent::encode(text, percent::UNRESERVED);
    let mut path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?container={}", encode(container));
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(path, "&{name}={value}");
        }
    };
    let flag = |on: bool| on.then(|| "true".to_owned());
    let since = asked.since.filter(|since| since.0 != 0);
    let since_time = asked.since_time.as_deref().map(Stamp::parse).filter(|at| at.is_set());
    add("follow", flag(asked.follow));
    add("insecureSkipTLSVerifyBackend", flag(asked.insecure_skip_tls_verify_backend));
    add("limitBytes", (asked.limit_bytes != 0).then(|| asked.limit_bytes.to_string()));
    add("previous", flag(asked.previous));
    add("sinceSeconds", since.map(|since| seconds(since).to_string()));
    add("sinceTime", since_time.map(|at| encode(&at.rfc3339())));
    add("tailLines", tail(asked).map(|lines| lines.to_string()));
    add("timestamps", flag(asked.timestamps));
    path
}

/// What the reader that takes up broken streams is asked for.
pub fn request(asked: &Logs, source: &Source) -> LogRequest {
    let Source { namespace, pod, container, .. } = source.clone();
    let since = asked.since_time.as_deref().map_or(Stamp::NONE, Stamp::parse);
    LogRequest {
        namespace,
        pod,
        container,
        previous: asked.previous,
        once: !asked.follow,
        tail_lines: tail(asked).map(|lines| u32::try_from(lines).unwrap_or(u32::MAX)),
        since,
        since_seconds: asked.since.filter(|since| since.0 != 0).map(|since| u64::try_from(seconds(since)).unwrap_or(0)),
        insecure_backend: asked.insecure_skip_tls_verify_backend,
        ..LogRequest::default()
    }
}

/// So many of the last lines; `None` is all.
pub fn tail(asked: &Logs) -> Option<i64> {
    let of_selector = asked.selector.as_ref().filter(|labels| !labels.is_empty()).map(|_| TAIL_OF_SELECTOR);
    asked.tail.or(of_selector).filter(|lines| *lines != -1)
}

/// Rounded to the nearest second, halves away from zero.
fn seconds(Millis(millis): Millis) -> i64 {
    millis.saturating_add(500 * millis.signum()) / 1_000
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        logs: Logs,
    }

    fn logs(line: &str) -> Logs {
        Line::try_parse_from(std::iter::once("logs").chain(line.split_whitespace())).expect(line).logs
    }

    fn query(line: &str) -> String {
        path(&logs(line), "ns", "web-0", "app")
            .strip_prefix("/api/v1/namespaces/ns/pods/web-0/log?container=app")
            .expect("the path")
            .to_owned()
    }

    #[test]
    fn l07_every_option_is_a_parameter() {
        let line = "web-0 --since=1500ms --tail=7 --timestamps --limit-bytes=100 -p --insecure-skip-tls-verify-backend";
        assert_eq!(
            query(line),
            "&insecureSkipTLSVerifyBackend=true&limitBytes=100&previous=true&sinceSeconds=2&tailLines=7&timestamps=true"
        );
        assert_eq!(query("web-0 -f --tail=-1 --since=0s"), "&follow=true");
        assert_eq!(query("web-0 --since=400ms"), "&sinceSeconds=0", "the server says what is wrong with it");
    }

    #[test]
    fn l08_times_are_sent_in_utc() {
        assert_eq!(query("web-0 --since-time=2024-08-30T06:00:00+02:00"), "&sinceTime=2024-08-30T04%3A00%3A00Z");
    }

    #[test]
    fn l09_ten_lines_of_each_pod_of_a_selector() {
        assert_eq!(query("-l grp=g"), "&tailLines=10");
        assert_eq!(query("-l grp=g --tail=-1"), "");
        assert_eq!(query("-l grp=g --tail=3"), "&tailLines=3");
    }

    #[test]
    fn l13_what_makes_no_sense() {
        for (line, said) in [
            ("w --since=1s --since-time=2024-08-30T06:00:00Z", "at most one of `sinceTime` or `sinceSeconds`"),
            ("w --limit-bytes=-1", "--limit-bytes must be greater than 0"),
            ("w --tail=-2", "--tail must be greater than or equal to -1"),
            ("w --since=-5s", "--since must be greater than 0"),
            ("w --pod-running-timeout=0", "--pod-running-timeout must be higher than zero"),
            ("w b -c a", "only one of -c or an inline [CONTAINER] arg"),
            ("w --all-containers -c a", "--all-containers=true should not be specified with container name a"),
            ("w --since-time=yesterday", "is not a time"),
            ("w -l a=b", "only a selector (-l) or a POD name"),
            ("a b c", "POD or TYPE/NAME is a required argument"),
            ("", "POD or TYPE/NAME is a required argument"),
            ("a/b/c", "more than one slash"),
        ] {
            let asked = logs(line);
            let refused = target(&asked).map(|_| ()).and_then(|()| check_first(&asked)).and_then(|()| check(&asked));
            assert!(refused.as_ref().is_err_and(|error| error.contains(said)), "{line}: {refused:?}");
        }
    }

    #[test]
    fn targets() {
        let object = |kind: &str, name: &str| Ok(Target::Object(kind.to_owned(), name.to_owned()));
        assert_eq!(target(&logs("web-0")), object("pods", "web-0"));
        assert_eq!(target(&logs("deploy/web app")), object("deploy", "web"));
        assert_eq!(container(&logs("deploy/web app")), Some("app"));
        assert_eq!(target(&logs("-l a=b")), Ok(Target::Labels("a=b".to_owned())));
        assert!(logs("w --all-containers=true --prefix=false").all_containers);
    }
}
