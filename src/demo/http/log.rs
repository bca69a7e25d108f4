//! `pods/log`: which run of a container is meant, and what it has written, as the kubelet decides.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use tokio::sync::watch::Receiver;

use super::super::failure::{Answer, Failure};
use super::super::fault::{self as faults, LogFault};
use super::super::json::{list, precise, text};
use super::super::shared::Shared;
use super::super::world::{Container, State, World, logs};
use super::Call;
use super::path::Target;
use crate::base::stamp::Stamp;

/// Opens a log.
pub fn stream(shared: &Arc<Shared>, call: &Call, target: &Target) -> Answer<Response> {
    let pod = target.name.clone().unwrap_or_default();
    let options = Options::parse(call, &pod)?;
    let cut = shared.faults.logs.subscribe();
    let changed = shared.changed.subscribe();
    let faults = shared.faults.state();
    let opened = shared.with(|world| open(world, &faults, target.space(), &pod, &options))?;
    let Some((reader, first)) = opened else {
        // A pod without a node has no log yet: nothing, and no error.
        let mut empty = Response::new(Body::empty());
        *empty.status_mut() = StatusCode::NO_CONTENT;
        return Ok(empty);
    };
    let follow = options.follow;
    let follower = Follower {
        shared: Arc::clone(shared),
        reader,
        options,
        cut,
        changed,
        first: Some(first),
        over: !follow,
        broken: Broken::default(),
    };
    let chunks = stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) });
    let mut response = Response::new(Body::from_stream(chunks));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(response)
}

#[derive(Debug)]
struct Options {
    container: String,
    follow: bool,
    previous: bool,
    timestamps: bool,
    tail: Option<usize>,
    since: Option<i64>,
    since_time: Stamp,
    limit: Option<usize>,
}

impl Options {
    fn parse(call: &Call, pod: &str) -> Answer<Self> {
        let number = |name: &'static str, least: i64| {
            let text = call.query.get(name);
            if text.is_empty() {
                return Ok(None);
            }
            let value: i64 = text.parse().map_err(|_| Failure::bad_request(format!("invalid {name}: {text:?}")))?;
            if value < least {
                let why = format!("Invalid value: {value}: must be greater than or equal to {least}");
                return Err(Failure::invalid("PodLogOptions", pod, name, "FieldValueInvalid", &why));
            }
            Ok(Some(value))
        };
        let since = number("sinceSeconds", 1)?;
        let since_time = Stamp::parse(call.query.get("sinceTime"));
        if since.is_some() && since_time.is_set() {
            let why = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified";
            return Err(Failure::invalid("PodLogOptions", pod, "", "FieldValueForbidden", why));
        }
        Ok(Self {
            container: call.query.get("container").to_owned(),
            follow: call.query.flag("follow"),
            previous: call.query.flag("previous"),
            timestamps: call.query.flag("timestamps"),
            tail: number("tailLines", 0)?.map(|lines| lines as usize),
            limit: number("limitBytes", 1)?.map(|bytes| bytes as usize),
            since,
            since_time,
        })
    }
}

/// A run that is being read.
struct Reader {
    namespace: String,
    pod: String,
    container: String,
    /// The run's id: another run under the same name is not this log.
    id: String,
    /// The moment of the last line read.
    cursor: Stamp,
}

type Lines = Vec<(Stamp, String)>;

/// The time that a line bears: the odd ones may be behind (`Fault::ReorderLogs`).
fn printed(at: Stamp, text: &str, skew: i64) -> Stamp {
    let is_odd = text.bytes().fold(0u8, u8::wrapping_add) % 2 == 1;
    if is_odd { at.plus_micros(-skew) } else { at }
}

fn open(
    world: &World,
    faults: &faults::State,
    namespace: &str,
    name: &str,
    options: &Options,
) -> Answer<Option<(Reader, Lines)>> {
    let Some(object) = world.store.get("pods", namespace, name) else {
        return Err(Failure::not_found("pods", "", name));
    };
    let container = choose(&object, name, &options.container)?;
    let node = text(&object, "/spec/nodeName");
    if node.is_empty() {
        return Ok(None);
    }
    if world.is_silent(node) {
        let address = format!("https://{}:10250/containerLogs/{namespace}/{name}/{container}", world.address(node));
        let host = world.address(node);
        return Err(Failure::new(
            500,
            "InternalError",
            format!("Get {address:?}: dial tcp {host}:10250: connect: no route to host"),
        ));
    }
    let Some((_, state)) = world.container(namespace, name, &container) else {
        return Err(Failure::bad_request(format!("container {container:?} in pod {name:?} is not available")));
    };
    let run = run_of(state, name, options.previous)?;
    let mut lines = logs::lines(run, Stamp::NONE, world.now);
    let oldest = options.since.map_or(options.since_time, |seconds| world.now.plus_micros(-seconds * 1_000_000));
    let stamped = |(at, text): &(Stamp, String)| printed(*at, text, faults.skew);
    lines.retain(|line| line.0 >= faults.rotated && stamped(line) >= oldest);
    if let Some(tail) = options.tail {
        lines.drain(..lines.len().saturating_sub(tail));
    }
    let reader = Reader {
        namespace: namespace.to_owned(),
        pod: name.to_owned(),
        container,
        id: run.id.clone(),
        cursor: world.now,
    };
    Ok(Some((reader, lines)))
}

/// The container that is meant: the named one, or the only one.
fn choose(pod: &Value, name: &str, wanted: &str) -> Answer<String> {
    let names = |pointer: &str| -> Vec<&str> { list(pod, pointer).iter().map(|spec| text(spec, "/name")).collect() };
    let (inits, mains) = (names("/spec/initContainers"), names("/spec/containers"));
    if wanted.is_empty() {
        return match (inits.as_slice(), mains.as_slice()) {
            ([], [only]) => Ok((*only).to_owned()),
            ([], several) => Err(Failure::bad_request(format!(
                "a container name must be specified for pod {name}, choose one of: [{}]",
                several.join(" ")
            ))),
            (inits, mains) => Err(Failure::bad_request(format!(
                "a container name must be specified for pod {name}, choose one of: [{}] or one of the init containers: [{}]",
                mains.join(" "),
                inits.join(" ")
            ))),
        };
    }
    let known =
        inits.contains(&wanted) || mains.contains(&wanted) || names("/spec/ephemeralContainers").contains(&wanted);
    if known {
        Ok(wanted.to_owned())
    } else {
        Err(Failure::bad_request(format!("container {wanted} is not valid for pod {name}")))
    }
}

/// The run that is meant, by the kubelet's order of preference.
fn run_of<'a>(container: &'a Container, pod: &str, previous: bool) -> Answer<&'a logs::Instance> {
    let about = format!("container {:?} in pod {pod:?}", container.name);
    if previous {
        // While the next start is put off, the last run is the previous one.
        let waiting = matches!(container.state, State::Waiting { .. });
        let run = if waiting {
            container.instance.as_ref().filter(|_| container.last.is_some())
        } else {
            container.previous.as_ref()
        };
        return run.ok_or_else(|| Failure::bad_request(format!("previous terminated {about} not found")));
    }
    if let Some(run) = &container.instance {
        return Ok(run);
    }
    let why = match &container.state {
        State::Waiting { reason, .. } => match reason.as_str() {
            "ErrImagePull" => "image can't be pulled",
            "ImagePullBackOff" => "trying and failing to pull image",
            "" => return Err(Failure::bad_request(format!("{about} is waiting to start - no logs yet"))),
            reason => reason,
        },
        _ => return Err(Failure::bad_request(format!("{about} is terminated"))),
    };
    Err(Failure::bad_request(format!("{about} is waiting to start: {why}")))
}

/// A log that goes on.
struct Follower {
    shared: Arc<Shared>,
    reader: Reader,
    options: Options,
    cut: Receiver<(u64, LogFault)>,
    changed: Receiver<u64>,
    first: Option<Lines>,
    over: bool,
    broken: Broken,
}

/// What is wrong with a stream.
#[derive(Debug, Default)]
struct Broken {
    /// It ends after so many more bytes, with an error or as if it were whole.
    ends: Option<(usize, bool)>,
    /// Nothing comes until then.
    stalled: Option<tokio::time::Instant>,
    is_dead: bool,
}

impl Broken {
    fn set(&mut self, fault: LogFault) {
        match fault {
            LogFault::CutAfter(bytes) => self.ends = Some((bytes, true)),
            LogFault::EndAfter(bytes) => self.ends = Some((bytes, false)),
            LogFault::Stall(time) => self.stalled = Some(tokio::time::Instant::now() + time),
            LogFault::HalfOpen => self.is_dead = true,
        }
    }

    async fn hold(&mut self) {
        if self.is_dead {
            std::future::pending::<()>().await;
        }
        if let Some(until) = self.stalled.take() {
            tokio::time::sleep_until(until).await;
        }
    }

    /// Cuts what is to be sent.
    fn cut(&mut self, bytes: &mut Vec<u8>) {
        if let Some((left, _)) = &mut self.ends {
            bytes.truncate(*left);
            *left -= bytes.len();
        }
    }
}

/// How far a run has come.
enum News {
    /// Lines, and the moment of the next.
    Lines(Lines, Option<Stamp>),
    /// The last lines.
    Last(Lines),
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Bytes, std::io::Error>> {
        loop {
            self.shared.faults.stalled().await;
            if self.cut.has_changed().unwrap_or(false) {
                let fault = self.cut.borrow_and_update().1;
                self.broken.set(fault);
            }
            self.broken.hold().await;
            if let Some((0, with_error)) = self.broken.ends {
                self.broken.ends = None;
                self.over = true;
                self.first = None;
                return with_error.then(|| Err(std::io::Error::other("cut")));
            }
            if self.options.limit == Some(0) {
                return None;
            }
            if let Some(lines) = self.first.take()
                && let Some(bytes) = self.write(&lines)
            {
                return Some(Ok(bytes));
            }
            if self.over {
                return None;
            }
            self.changed.mark_unchanged();
            let wait = match self.news() {
                News::Last(lines) => {
                    self.over = true;
                    self.first = Some(lines);
                    continue;
                }
                News::Lines(lines, next) if lines.is_empty() => next,
                News::Lines(lines, _) => {
                    self.first = Some(lines);
                    continue;
                }
            };
            let wait = wait.map_or_else(
                || tokio::time::Instant::now() + Duration::from_secs(3_600),
                |at| self.shared.clock.instant(at),
            );
            tokio::select! {
                biased;
                Ok(()) = self.cut.changed() => {
                    let fault = self.cut.borrow_and_update().1;
                    self.broken.set(fault);
                }
                _ = self.changed.changed() => {}
                () = tokio::time::sleep_until(wait) => {}
            }
        }
    }

    fn news(&mut self) -> News {
        let shared = Arc::clone(&self.shared);
        let reader = &mut self.reader;
        shared.with(|world| {
            let Some((_, container)) = world.container(&reader.namespace, &reader.pod, &reader.container) else {
                return News::Last(Vec::new());
            };
            let runs = [container.instance.as_ref(), container.previous.as_ref()];
            let Some(run) = runs.into_iter().flatten().find(|run| run.id == reader.id) else {
                return News::Last(Vec::new());
            };
            let lines = logs::lines(run, reader.cursor, world.now);
            reader.cursor = world.now;
            if run.finished.is_some_and(|finished| finished <= world.now) {
                return News::Last(lines);
            }
            News::Lines(lines, logs::next_line(run, world.now))
        })
    }

    fn write(&mut self, lines: &[(Stamp, String)]) -> Option<Bytes> {
        let skew = self.shared.faults.state().skew;
        let mut out = String::new();
        for (at, line) in lines {
            if self.options.timestamps {
                out.push_str(&precise(printed(*at, line, skew), 9));
                out.push(' ');
            }
            out.push_str(line);
            out.push('\n');
        }
        let mut bytes = out.into_bytes();
        if let Some(limit) = &mut self.options.limit {
            bytes.truncate(*limit);
            *limit -= bytes.len();
        }
        self.broken.cut(&mut bytes);
        (!bytes.is_empty()).then(|| Bytes::from(bytes))
    }
}
