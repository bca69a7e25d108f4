//! Against a log in memory that is asked as a node is.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use ::http::{Request, Response};
use kube::client::Body;
use proptest::prelude::*;

use super::*;
use crate::cluster::api::ConnectionInfo;
use crate::cluster::connect::over;

fn line(at: i64, text: &str) -> LogLine {
    LogLine { at: Stamp::from_millis(at), text: text.into(), cut_from: 0, ..LogLine::default() }
}

/// A node that has this log, and how many bytes it sent.
fn node(log: Vec<LogLine>) -> (Connection, Arc<Mutex<usize>>) {
    let sent = Arc::new(Mutex::new(0));
    let count = Arc::clone(&sent);
    let service = tower::service_fn(move |request: Request<Body>| {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let since = query.split("sinceTime=").nth(1).map_or(Stamp::NONE, Stamp::parse);
        let mut text = String::new();
        for line in log.iter().filter(|line| line.at >= since) {
            let (seconds, millis) = (line.at.rfc3339(), line.at.millis() % 1_000);
            let _ = writeln!(text, "{}.{millis:03}Z {}", seconds.trim_end_matches('Z'), line.text);
        }
        *count.lock().expect("nobody panics") += text.len();
        async move { Ok::<_, Infallible>(Response::new(Body::from(text.into_bytes()))) }
    });
    (over(service, ConnectionInfo::default()), sent)
}

async fn ask(log: &[LogLine], known: &[LogLine], wanted: usize) -> Earlier {
    earlier(&node(log.to_vec()).0, &LogRequest::default(), known, wanted).await.expect("an answer")
}

const T: i64 = 1_800_000_000_000;

#[tokio::test]
async fn the_lines_before_end_exactly_at_the_known_one() {
    let log: Vec<_> = (0..100).map(|number| line(T + number * 700, &number.to_string())).collect();
    let found = ask(&log, &log[60..61], 20).await;
    assert_eq!((found.lines, found.is_start, found.has_gap), (log[40..60].to_vec(), false, false));
    let found = ask(&log, &log[10..12], 20).await;
    assert_eq!((found.lines, found.is_start), (log[..10].to_vec(), true));
    let found = ask(&log, &log[..1], 20).await;
    assert_eq!((found.lines, found.is_start), (Vec::new(), true));
}

#[tokio::test]
async fn equal_lines_are_told_apart_by_those_that_follow() {
    let mut log: Vec<_> = (0..9).map(|_| line(T, "tick")).collect();
    log.push(line(T, "tock"));
    let found = ask(&log, &log[6..], 50).await;
    assert_eq!((found.lines.len(), found.is_start), (6, true));
}

#[tokio::test]
async fn a_file_that_was_begun_since_is_a_gap() {
    let log: Vec<_> = (50..100).map(|number| line(T + number, &number.to_string())).collect();
    let found = ask(&log, &[line(T + 40, "40")], 20).await;
    assert_eq!((found.lines, found.has_gap), (Vec::new(), true));
}

#[tokio::test]
async fn no_more_is_read_than_is_needed() {
    let log: Vec<_> = (0..100_000).map(|number| line(T + number * 100, "some text of some length")).collect();
    let (connection, sent) = node(log[..90_000].to_vec());
    let known = &log[89_000..89_001];
    let found = earlier(&connection, &LogRequest::default(), known, 60).await.expect("an answer");
    assert_eq!(found.lines.len(), 60);
    let whole = 90_000 * 50;
    assert!(*sent.lock().expect("nobody panics") < whole / 20);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Pages upward give the whole log, each line once.
    #[test]
    fn pages_give_the_whole(steps in proptest::collection::vec(prop_oneof![Just(0i64), 1i64..30, 5_000i64..900_000], 1..60), page in 1usize..20) {
        let mut at = T;
        let log: Vec<_> = steps.iter().enumerate().map(|(number, step)| {
            at += step;
            line(at, &number.to_string())
        }).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut known = log[log.len() - 1..].to_vec();
        for _ in 0..=log.len() {
            let found = runtime.block_on(ask(&log, &known[..known.len().min(4)], page));
            prop_assert!(!found.has_gap);
            known.splice(0..0, found.lines);
            if found.is_start {
                break;
            }
        }
        prop_assert_eq!(known, log);
    }
}
