//! The promise: each line exactly once, whatever is cut where. A node with files in memory, asked as nodes are asked.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

const SECOND: i64 = 1_000_000_000;

/// A line of the node's file: its time in nanoseconds and its text.
type Written = (i64, String);

/// How an answer ends after so many bytes.
#[derive(Clone, Copy, Debug)]
enum How {
    /// With an error of the connection.
    Reset,
    /// As if it were complete: what a server does that loses the node.
    InOrder,
    /// Not at all: half open.
    Silent,
}

/// One answer: so many lines are written by then, so many bytes of it arrive.
#[derive(Clone, Debug)]
struct Attempt {
    written: usize,
    bytes: usize,
    how: How,
    /// The container was restarted before it.
    restart: bool,
    /// So many lines at the beginning of the file were rotated away before it.
    rotated: usize,
}

struct Node {
    /// What each run of the container wrote.
    runs: Vec<Vec<Written>>,
    attempts: Vec<Attempt>,
    /// The present run, and how much of its file is gone.
    run: usize,
    rotated: usize,
    written: usize,
}

impl Node {
    fn pod(&self) -> Answer {
        running(self.run as u32)
    }

    fn log(&mut self, query: &str) -> Answer {
        if query.contains("previous=true") {
            let Some(before) = self.run.checked_sub(1) else { return refusal(400, "previous terminated") };
            return ok([data(print(&self.runs[before], query))]);
        }
        let attempt = (!self.attempts.is_empty()).then(|| self.attempts.remove(0));
        if let Some(attempt) = &attempt {
            if attempt.restart && self.run + 1 < self.runs.len() {
                (self.run, self.written, self.rotated) = (self.run + 1, 0, 0);
            }
            self.written = self.written.max(attempt.written).min(self.runs[self.run].len());
            self.rotated = self.rotated.max(attempt.rotated).min(self.written);
        } else {
            self.written = self.runs[self.run].len();
        }
        let mut text = print(&self.runs[self.run][self.rotated..self.written], query).into_bytes();
        let Some(Attempt { bytes, how, .. }) = attempt else { return ok([data(text), Piece::Hang]) };
        text.truncate(bytes);
        let mut pieces: Vec<_> = text.chunks(17).map(|chunk| data(chunk.to_vec())).collect();
        match how {
            How::Reset => pieces.push(Piece::Cut),
            How::InOrder => {}
            How::Silent => pieces.push(Piece::Hang),
        }
        ok(pieces)
    }
}

/// Lines as a node prints them that is asked so.
fn print(lines: &[Written], query: &str) -> String {
    let since = query.split("sinceTime=").nth(1).map(Stamp::parse);
    let tail = query.split("tailLines=").nth(1).and_then(|count| count.parse::<usize>().ok());
    let kept = lines.iter().filter(|(at, _)| since.is_none_or(|since| *at >= since.seconds() * SECOND));
    let kept: Vec<_> = kept.collect();
    let from = kept.len().saturating_sub(tail.unwrap_or(usize::MAX));
    let mut out = String::new();
    for (at, text) in &kept[from..] {
        let time = Stamp::from_seconds(at.div_euclid(SECOND)).rfc3339();
        let _ = writeln!(out, "{}.{:09}Z {text}", time.trim_end_matches('Z'), at.rem_euclid(SECOND));
    }
    out
}

/// Follows until `wanted` lines have come and a while longer.
fn followed(node: Node, request: LogRequest, wanted: usize) -> Vec<LogUpdate> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let node = Arc::new(Mutex::new(node));
        let service = tower::service_fn(move |request: Request<Body>| {
            let (path, query) = (request.uri().path().to_owned(), request.uri().query().unwrap_or_default().to_owned());
            let mut node = node.lock().expect("nobody panicked");
            let (code, pieces) = if path.ends_with("/log") { node.log(&query) } else { node.pod() };
            async move {
                if matches!(pieces.first(), Some(Piece::Hang)) {
                    std::future::pending::<()>().await;
                }
                Ok::<_, Infallible>(HttpResponse::builder().status(code).body(body(pieces)).expect("a response"))
            }
        });
        let (_keep, connection) = watch::channel(over(service, ConnectionInfo::default()));
        let (queue, mut inbox) = mpsc::unbounded_channel::<Parcel<LogUpdate>>();
        let out = Outbox::new(queue, |update| update);
        let (mut updates, mut count) = (Vec::new(), 0);
        let listen = async {
            // What would come twice comes within the next minutes.
            while let Ok(Some(parcel)) =
                timeout(Duration::from_secs(if count < wanted { 36_000 } else { 200 }), inbox.recv()).await
            {
                if let LogUpdate::Lines(lines) = &parcel.message {
                    count += lines.len();
                }
                updates.push(parcel.message);
            }
        };
        tokio::select! { () = listen => {}, () = follow(connection, request, &out) => {} }
        updates
    })
}

fn written(steps: &[(i64, u8)], begin: i64) -> Vec<Written> {
    let mut at = begin;
    let line = |(step, text): &(i64, u8)| {
        at += step;
        (at, ["tick", "tick", "a longer line", "日本"][usize::from(*text)].to_owned())
    };
    steps.iter().map(line).collect()
}

fn steps() -> impl Strategy<Value = Vec<(i64, u8)>> {
    let step = prop_oneof![Just(0), Just(1), Just(SECOND / 2), Just(3 * SECOND)];
    proptest::collection::vec((step, 0u8..4), 1..25)
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let how = prop_oneof![3 => Just(How::Reset), 2 => Just(How::InOrder), 1 => Just(How::Silent)];
    let attempt = (0usize..25, 0usize..900, how).prop_map(|(written, bytes, how)| Attempt {
        written,
        bytes,
        how,
        restart: false,
        rotated: 0,
    });
    proptest::collection::vec(attempt, 0..7)
}

fn texts(updates: &[LogUpdate]) -> Vec<(i64, String)> {
    let lines = updates.iter().flat_map(|update| match update {
        LogUpdate::Lines(lines) => lines.as_slice(),
        _ => &[],
    });
    lines
        .map(|line| (line.at.micros_since(Stamp::from_seconds(0)).unwrap_or_default(), line.text.to_string()))
        .collect()
}

fn in_micros(lines: &[Written]) -> Vec<(i64, String)> {
    lines.iter().map(|(at, text)| (at.div_euclid(1_000), text.clone())).collect()
}

fn gaps(updates: &[LogUpdate]) -> Vec<(Stamp, Stamp)> {
    let gap = |update: &LogUpdate| match update {
        LogUpdate::Gap { from, to, .. } => Some((*from, *to)),
        _ => None,
    };
    updates.iter().filter_map(gap).collect()
}

const BEGIN: i64 = 1_800_000_000 * SECOND;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Cut at any byte, in any way, any number of times, with equal times and equal lines: exactly what was written.
    #[test]
    fn each_line_exactly_once(steps in steps(), attempts in attempts()) {
        let run = written(&steps, BEGIN);
        let node = Node { runs: vec![run.clone()], attempts, run: 0, rotated: 0, written: 0 };
        let updates = followed(node, request(), run.len());
        prop_assert_eq!(texts(&updates), in_micros(&run));
        prop_assert_eq!(gaps(&updates), vec![]);
    }

    /// The same across a restart, which may fall anywhere.
    #[test]
    fn each_line_of_two_runs(steps in (steps(), steps()), mut attempts in attempts(), at in 1usize..7) {
        let first = written(&steps.0, BEGIN);
        let second = written(&steps.1, first.last().map_or(BEGIN, |last| last.0) + 2 * SECOND);
        // The restart cannot come before anything was read: then only the present run is asked for.
        prop_assume!(!attempts.is_empty());
        attempts[0] = Attempt { written: 25, bytes: 60, how: How::Reset, restart: false, rotated: 0 };
        let at = at.min(attempts.len());
        attempts.insert(at, Attempt { written: 3, bytes: 50, how: How::Reset, restart: true, rotated: 0 });
        let node = Node { runs: vec![first.clone(), second.clone()], attempts, run: 0, rotated: 0, written: 0 };
        let updates = followed(node, request(), first.len() + second.len());
        let all = [in_micros(&first), in_micros(&second)].concat();
        prop_assert_eq!(texts(&updates), all);
        prop_assert_eq!(gaps(&updates), vec![]);
        let dividers = updates.iter().filter(|update| matches!(update, LogUpdate::Restarted { .. })).count();
        prop_assert_eq!(dividers, 1);
    }

    /// Where the node drops the beginning of its file, what is missing lies inside gaps that were told.
    #[test]
    fn what_is_lost_lies_in_a_gap(steps in steps(), mut attempts in attempts(), rotated in 0usize..25, at in 0usize..7) {
        // Of equal lines of one moment nobody can tell how many are missing.
        let number = |(number, (at, _)): (usize, Written)| (at, number.to_string());
        let run: Vec<_> = written(&steps, BEGIN).into_iter().enumerate().map(number).collect();
        if let Some(attempt) = attempts.get_mut(at) {
            // A gap is told when something comes behind it.
            attempt.rotated = rotated.min(run.len() - 1);
        }
        let node = Node { runs: vec![run.clone()], attempts, run: 0, rotated: 0, written: 0 };
        // What never was there when somebody asked is not lost: it stands before the first line that came.
        let updates = followed(node, request(), 0);
        let got = texts(&updates);
        let all = in_micros(&run);
        let gaps = gaps(&updates);
        let mut rest = got.iter().peekable();
        let mut missing = Vec::new();
        for line in &all {
            if rest.peek() == Some(&line) { rest.next(); } else { missing.push(line.0); }
        }
        prop_assert!(rest.next().is_none(), "nothing twice, nothing out of order");
        let first = got.first().map_or(i64::MAX, |line| line.0);
        for at in missing.into_iter().filter(|at| *at > first) {
            let at = Stamp::from_seconds(0).plus_micros(at);
            prop_assert!(gaps.iter().any(|(from, to)| *from <= at && at <= *to), "{:?} {:?}", at, gaps);
        }
    }
}
