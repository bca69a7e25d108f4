//! Whole streams, against a node that says what the test wrote down; the clock is tokio's, paused.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use ::http::{Request, Response as HttpResponse};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use http_body::Frame;
use http_body_util::StreamBody;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use std::time::Duration;

use kube::client::Body;
use tokio::time::{Instant, sleep, timeout};

use super::data::{ContainerExit, LogEnd, LogGap, LogLine, LogRequest, LogUpdate};
use super::{follow, split};
use crate::base::stamp::Stamp;
use crate::cluster::api::ConnectionInfo;
use crate::cluster::connect::{Connection, over};
use crate::cluster::outbox::{Outbox, Parcel};

mod exact;
mod faults;

/// What comes of an answer's body, piece by piece.
#[derive(Clone)]
enum Piece {
    Data(Bytes),
    Wait(Duration),
    Cut,
    Hang,
}

fn data(text: impl Into<Bytes>) -> Piece {
    Piece::Data(text.into())
}

/// A line of second `second` of a minute.
fn line(second: u32, text: &str) -> String {
    format!("2026-11-24T08:00:{second:02}.5Z {text}\n")
}

type Answer = (u16, Vec<Piece>);

fn refusal(code: u16, message: &str) -> Answer {
    let status = json!({"kind": "Status", "message": message, "reason": "BadRequest", "code": code});
    (code, vec![data(status.to_string())])
}

/// The rest of a log answer's life is silence.
fn ok(pieces: impl IntoIterator<Item = Piece>) -> Answer {
    (200, pieces.into_iter().collect())
}

/// A pod whose container was restarted so often, in a state.
fn pod(restarts: u32, state: &Value) -> Answer {
    let status = json!({
        "name": "app", "restartCount": restarts, "state": state,
        "lastState": {"terminated": {"exitCode": 7, "reason": "Error", "finishedAt": "2026-11-24T08:00:07Z"}},
    });
    let pod = json!({
        "metadata": {"uid": "u"}, "spec": {"nodeName": "a", "containers": [{"name": "app"}]},
        "status": {"phase": "Running", "containerStatuses": [status]},
    });
    ok([data(pod.to_string())])
}

fn running(restarts: u32) -> Answer {
    pod(restarts, &json!({"running": {}}))
}

fn crashed(restarts: u32) -> Answer {
    pod(restarts, &json!({"terminated": {"exitCode": 7, "reason": "Error"}}))
}

fn gone() -> Answer {
    refusal(404, "pods \"web-0\" not found")
}

/// Answers in order; the last one is given for ever.
#[derive(Default)]
struct Script {
    logs: Vec<Answer>,
    pods: Vec<Answer>,
    /// The run before the present one.
    before: Vec<Answer>,
    /// Looks at the beginning of the file.
    heads: Vec<Answer>,
    nodes: Vec<Answer>,
    asked: Vec<String>,
}

impl Script {
    fn answer(&mut self, path: &str) -> Answer {
        let answers = if let Some((_, query)) = path.split_once("&timestamps=true") {
            let is_before = query.contains("previous=true") && !self.before.is_empty();
            self.asked.push(query.replace("&follow=true", ""));
            match () {
                () if query.contains("limitBytes=") => &mut self.heads,
                () if is_before => &mut self.before,
                () => &mut self.logs,
            }
        } else if path.contains("/nodes/") {
            &mut self.nodes
        } else {
            &mut self.pods
        };
        if answers.is_empty() {
            return refusal(400, "previous terminated container not found");
        }
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    }
}

fn body(pieces: Vec<Piece>) -> StreamBody<BoxStream<'static, std::io::Result<Frame<Bytes>>>> {
    let pieces = stream::iter(pieces).filter_map(|piece| async {
        match piece {
            Piece::Data(bytes) => Some(Ok(Frame::data(bytes))),
            Piece::Cut => Some(Err(std::io::Error::other("connection reset by peer"))),
            Piece::Wait(time) => {
                sleep(time).await;
                None
            }
            Piece::Hang => std::future::pending().await,
        }
    });
    StreamBody::new(pieces.boxed())
}

fn serve(script: Arc<Mutex<Script>>) -> Connection {
    let service = tower::service_fn(move |request: Request<Body>| {
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let (code, pieces) = script.lock().expect("nobody panicked").answer(&path);
        async move {
            // A node does not begin its answer before there is something in it.
            if matches!(pieces.first(), Some(Piece::Hang)) {
                std::future::pending::<()>().await;
            }
            Ok::<_, Infallible>(HttpResponse::builder().status(code).body(body(pieces)).expect("a response"))
        }
    });
    over(service, ConnectionInfo::default())
}

fn request() -> LogRequest {
    let name = str::to_owned;
    LogRequest { namespace: name("shop"), pod: name("web-0"), container: name("app"), ..LogRequest::default() }
}

struct Played {
    updates: Vec<LogUpdate>,
    asked: Vec<String>,
}

impl Played {
    fn texts(&self) -> Vec<&str> {
        self.lines().map(|line| &*line.text).collect()
    }

    fn lines(&self) -> impl Iterator<Item = &LogLine> {
        self.updates.iter().flat_map(|update| match update {
            LogUpdate::Lines(lines) => lines.as_slice(),
            _ => &[],
        })
    }

    /// All but lines.
    fn states(&self) -> Vec<&LogUpdate> {
        self.updates.iter().filter(|update| !matches!(update, LogUpdate::Lines(_))).collect()
    }
}

/// Follows until the log ends or `count` lines have come; an hour without that fails.
async fn play(request: LogRequest, logs: Vec<Answer>, pods: Vec<Answer>, count: usize) -> Played {
    play_script(request, Script { logs, pods, ..Script::default() }, count).await
}

async fn play_script(request: LogRequest, script: Script, count: usize) -> Played {
    let script = Arc::new(Mutex::new(script));
    let (_keep, connection) = watch::channel(serve(Arc::clone(&script)));
    let (queue, mut inbox) = mpsc::unbounded_channel::<Parcel<LogUpdate>>();
    let out = Outbox::new(queue, |update| update);
    let mut played = Played { updates: Vec::new(), asked: Vec::new() };
    let listen = async {
        while let Some(parcel) = inbox.recv().await {
            let ended = matches!(parcel.message, LogUpdate::Ended(_) | LogUpdate::Trouble(_));
            played.updates.push(parcel.message);
            if ended || played.lines().count() >= count {
                return;
            }
        }
    };
    let both = async {
        tokio::select! { biased; () = listen => {}, () = follow(connection, request, &out) => {} }
    };
    timeout(Duration::from_hours(1), both).await.expect("it comes to an end");
    while let Ok(parcel) = inbox.try_recv() {
        played.updates.push(parcel.message);
    }
    played.asked.clone_from(&script.lock().expect("nobody panicked").asked);
    played
}

#[tokio::test(start_paused = true)]
async fn a_stream_cut_in_a_line_goes_on_without_loss_or_repetition() {
    let first = format!("{}{}{}", line(1, "a"), line(2, "b"), &line(2, "c never whole")[..34]);
    let again = format!("{}{}{}", line(2, "b"), line(2, "c never whole"), line(2, "b"));
    let logs = vec![ok([data(first), Piece::Cut]), ok([data(again), Piece::Hang])];
    let played = play(LogRequest { tail_lines: Some(10), ..request() }, logs, vec![running(0)], 4).await;
    assert_eq!(played.texts(), ["a", "b", "c never whole", "b"]);
    assert_eq!(played.asked, ["&tailLines=10", "&sinceTime=2026-11-24T08:00:02Z"]);
    let [LogUpdate::Opened, LogUpdate::Outage(problem), LogUpdate::Opened] = played.states()[..] else {
        panic!("{:?}", played.states())
    };
    assert_eq!(problem.tried, "read the log of web-0/app in namespace shop");
    assert!(problem.said.contains("connection reset"), "{problem}");
}

#[tokio::test(start_paused = true)]
async fn a_last_line_that_does_not_come_again_is_a_gap() {
    let logs = vec![ok([data(line(1, "a")), Piece::Cut]), ok([data(line(9, "z")), Piece::Hang])];
    let played = play(request(), logs, vec![running(0)], 2).await;
    let at = |second| Stamp::parse(&format!("2026-11-24T08:00:{second:02}.5Z"));
    let gap = LogUpdate::Gap { why: LogGap::LastLineNotFound, from: at(1), to: at(9) };
    assert!(played.updates.contains(&gap), "{:?}", played.updates);
}

#[tokio::test(start_paused = true)]
async fn the_log_goes_on_in_the_next_run() {
    let old = ok([data(line(1, "old")), data("2026-11-24T08:00:02Z end")]);
    let end = ok([data(line(1, "old")), data("2026-11-24T08:00:02Z end")]);
    let logs = vec![old.clone(), end, ok([data(line(9, "new")), Piece::Hang])];
    let pods = vec![running(2), running(2), running(2), crashed(2), crashed(2), running(3)];
    let script = Script { logs, pods, before: vec![old], ..Script::default() };
    let played = play_script(request(), script, 3).await;
    assert_eq!(played.texts(), ["old", "end", "new"]);
    let exit = ContainerExit { code: 7, reason: "Error".into() };
    let waiting = LogUpdate::Waiting("it ended with exit code 7 (Error); the kubelet will start it again".into());
    let restarted = LogUpdate::Restarted { restarts: 3, exit: Some(exit) };
    assert_eq!(played.states(), [&LogUpdate::Opened, &waiting, &restarted, &LogUpdate::Opened]);
}

#[tokio::test(start_paused = true)]
async fn runs_that_were_not_seen_are_said() {
    let logs = vec![ok([data(line(1, "old")), Piece::Cut]), ok([data(line(9, "new")), Piece::Hang])];
    let before = vec![refusal(400, "previous terminated container not found")];
    let script = Script { logs, pods: vec![running(0), running(2)], before, ..Script::default() };
    let played = play_script(request(), script, 2).await;
    let gaps = played.states().into_iter().filter_map(|state| match state {
        LogUpdate::Gap { why, from, to } => Some((*why, *from, *to)),
        _ => None,
    });
    let (seen, over) = (Stamp::parse("2026-11-24T08:00:01.5Z"), Stamp::parse("2026-11-24T08:00:08Z"));
    let expected = [(LogGap::EndOfRun, seen, Stamp::NONE), (LogGap::WholeRuns, seen, over)];
    assert_eq!(gaps.collect::<Vec<_>>(), expected, "the run before the present one was over by then");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_somebody_closed_is_taken_up() {
    let logs = vec![ok([data(line(1, "a"))]), ok([data(line(1, "a") + &line(2, "b")), Piece::Hang])];
    let played = play(request(), logs, vec![running(0)], 2).await;
    assert_eq!((played.texts(), played.states()), (vec!["a", "b"], vec![&LogUpdate::Opened]));
}

#[tokio::test(start_paused = true)]
async fn the_end_is_told_with_its_reason() {
    let mut over = crashed(0);
    if let Piece::Data(json) = &mut over.1[0] {
        *json = String::from_utf8_lossy(json).replace("\"Running\"", "\"Failed\"").into();
    }
    let mut other = running(0);
    if let Piece::Data(json) = &mut other.1[0] {
        *json = String::from_utf8_lossy(json).replace("\"u\"", "\"v\"").into();
    }
    let cases = [
        (over, LogEnd::Exited(ContainerExit { code: 7, reason: "Error".into() })),
        (gone(), LogEnd::PodGone),
        (other, LogEnd::PodReplaced),
    ];
    for (pod, end) in cases {
        let request = LogRequest { uid: "u".to_owned(), ..request() };
        let played = play(request, vec![ok([data(line(1, "a"))])], vec![running(0), pod], 99).await;
        assert_eq!(played.updates.last(), Some(&LogUpdate::Ended(end)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_not_started_is_waited_for() {
    let creating = refusal(400, "container \"app\" in pod \"web-0\" is waiting to start: ContainerCreating");
    let pulling = refusal(400, "container \"app\" in pod \"web-0\" is waiting to start: image can't be pulled");
    let logs = vec![creating.clone(), creating, pulling, ok([data(line(1, "a")), Piece::Hang])];
    let waiting = pod(0, &json!({"waiting": {"reason": "ContainerCreating"}}));
    let begun = Instant::now();
    let played = play(request(), logs, vec![waiting], 1).await;
    let said = |words: &str| LogUpdate::Waiting(words.to_owned());
    let states = [
        said(
            "waiting to start: ContainerCreating. Volumes and the network come first; if it lasts, the pod's events say why",
        ),
        said("waiting to start: image can't be pulled. The pod's events say why; it is tried again"),
        LogUpdate::Opened,
    ];
    assert_eq!(played.states(), states.iter().collect::<Vec<_>>());
    assert_eq!(begun.elapsed().as_secs(), 1 + 2 + 4);
}

#[tokio::test(start_paused = true)]
async fn a_pod_without_a_node_is_waited_for() {
    let unbound = ok([data(r#"{"metadata": {"uid": "u"}}"#)]);
    let logs = vec![(204, vec![]), ok([data(line(1, "a")), Piece::Hang])];
    let played = play(request(), logs, vec![unbound.clone(), unbound.clone(), unbound, running(0)], 1).await;
    let waiting = LogUpdate::Waiting("the pod has no node yet. The pod's events say why it is not scheduled".into());
    assert_eq!(played.states(), [&waiting, &LogUpdate::Opened]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final_and_in_the_servers_words() {
    for (code, words) in [(403, "pods \"web-0\" is forbidden"), (404, "not found"), (400, "container x is not valid")] {
        let played = play(request(), vec![refusal(code, words)], vec![refusal(403, "no")], 1).await;
        let [LogUpdate::Trouble(problem)] = &played.updates[..] else { panic!("{:?}", played.updates) };
        assert!(problem.said.contains(words), "{problem}");
        assert_eq!(played.asked.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_in_trouble_is_asked_again() {
    let logs = vec![refusal(500, "dial tcp: i/o timeout"), refusal(503, "busy"), ok([data(line(1, "a")), Piece::Hang])];
    let played = play(request(), logs, vec![refusal(403, "no")], 1).await;
    assert!(matches!(played.states()[..], [LogUpdate::Outage(_), LogUpdate::Outage(_), LogUpdate::Opened]));
}

#[tokio::test(start_paused = true)]
async fn silence_leads_to_one_request_a_minute_and_no_noise() {
    // An idle container's answer does not begin; a stream that was open may be dead.
    let idle = ok([Piece::Hang]);
    let dead = ok([data(line(1, "a")), Piece::Hang]);
    let logs = vec![idle.clone(), idle, dead, ok([data(line(1, "a") + &line(2, "b")), Piece::Hang])];
    let begun = Instant::now();
    let played = play(LogRequest { tail_lines: Some(5), ..request() }, logs, vec![running(0)], 2).await;
    assert_eq!((played.texts(), played.states()), (vec!["a", "b"], vec![&LogUpdate::Opened]));
    assert_eq!(played.asked, ["&tailLines=5", "", "", "&sinceTime=2026-11-24T08:00:01Z"]);
    assert!((180..190).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn with_no_past_wanted_only_the_time_since_is_asked_for() {
    let logs = vec![ok([Piece::Hang]), ok([data(line(1, "a")), Piece::Hang])];
    let played = play(LogRequest { tail_lines: Some(0), ..request() }, logs, vec![running(0)], 1).await;
    assert_eq!(played.asked, ["&tailLines=0", "&sinceSeconds=60"]);
}

#[tokio::test(start_paused = true)]
async fn a_time_to_begin_at_holds_until_there_is_a_line() {
    let since = Stamp::parse("2026-11-24T07:59:58.7Z");
    let logs = vec![
        ok([Piece::Hang]),
        ok([data(line(1, "a")), Piece::Cut]),
        ok([data(line(1, "a") + &line(2, "b")), Piece::Hang]),
    ];
    let played = play(LogRequest { tail_lines: Some(5), since, ..request() }, logs, vec![running(0)], 2).await;
    let from = "&sinceTime=2026-11-24T07:59:58Z";
    assert_eq!(played.asked, [&format!("&tailLines=5{from}"), from, "&sinceTime=2026-11-24T08:00:01Z"]);
}

#[tokio::test(start_paused = true)]
async fn the_previous_log_is_read_once() {
    let previous = LogRequest { previous: true, ..request() };
    let played = play(previous.clone(), vec![ok([data(line(1, "a"))])], vec![running(0)], 99).await;
    assert_eq!((played.texts(), played.updates.last()), (vec!["a"], Some(&LogUpdate::Ended(LogEnd::Previous))));

    let removed = "unable to retrieve container logs for containerd://abc";
    let played = play(previous, vec![ok([data(removed)])], vec![running(0)], 99).await;
    let Some(LogUpdate::Trouble(problem)) = played.updates.last() else { panic!("{:?}", played.updates) };
    assert!(problem.said == removed && problem.next.contains("removed"), "{problem}");
    assert!(played.texts().is_empty(), "it is no line of the log");
}

#[tokio::test(start_paused = true)]
async fn whatever_is_in_a_line_it_arrives() {
    let mut huge = b"2026-11-24T08:00:01Z \xff\xfe".to_vec();
    huge.resize(5 << 20, b'x');
    let pieces: Vec<_> = huge.chunks(100_000).map(|chunk| data(chunk.to_vec())).collect();
    let logs = vec![ok(pieces.into_iter().chain([data("\n".to_owned() + &line(2, "after")), Piece::Hang]))];
    let played = play(request(), logs, vec![running(0)], 2).await;
    let lines: Vec<_> = played.lines().collect();
    assert!(lines[0].text.starts_with("\u{fffd}\u{fffd}xxx") && lines[0].text.len() <= split::KEPT + 8);
    assert_eq!((lines[0].cut_from, &*lines[1].text, lines[1].cut_from), ((5 << 20) - 21, "after", 0));
}

#[tokio::test(start_paused = true)]
async fn the_first_lines_come_at_once_and_later_ones_in_batches() {
    let mut pieces = vec![data(line(1, "first"))];
    for _ in 0..30 {
        pieces.extend([Piece::Wait(Duration::from_millis(10)), data(line(2, "tick"))]);
    }
    let begun = Instant::now();
    let played = play(request(), vec![ok(pieces.into_iter().chain([Piece::Hang]))], vec![running(0)], 31).await;
    let batches = played.updates.len() - played.states().len();
    assert!((4..10).contains(&batches), "{batches}");
    assert!(begun.elapsed() < Duration::from_millis(400), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_slows_the_socket() {
    let taken = Arc::new(Mutex::new(0));
    let count = Arc::clone(&taken);
    let storm = stream::repeat_with(move || {
        *count.lock().expect("nobody panicked") += 1;
        Ok::<_, std::io::Error>(Frame::data(Bytes::from(line(1, "storm").repeat(50))))
    });
    let storm = Mutex::new(Some(StreamBody::new(storm.boxed())));
    let service = tower::service_fn(move |request: Request<Body>| {
        let storm = request.uri().path().ends_with("/log").then(|| storm.lock().expect("unbroken").take()).flatten();
        async move {
            match storm {
                Some(storm) => Ok(HttpResponse::new(storm)),
                None => Err(std::io::Error::other("no pod here")),
            }
        }
    });
    let (_keep, connection) = watch::channel(over(service, ConnectionInfo::default()));
    let (queue, mut inbox) = mpsc::unbounded_channel::<Parcel<LogUpdate>>();
    let out = Outbox::new(queue, |update| update);
    let frozen = timeout(Duration::from_secs(60), follow(connection, request(), &out)).await;
    assert!(frozen.is_err(), "it waits for the reader");
    assert!(*taken.lock().expect("nobody panicked") <= 10, "and takes nothing from the socket meanwhile");
    assert!(inbox.recv().await.is_some());
}
