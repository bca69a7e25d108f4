//! The pane as a person uses it: updates in, keys in, rows out.

mod disk;

use proptest::prelude::*;

use super::*;
use crate::app::action::Action;
use crate::base::problem::Problem;
use crate::base::sgr::Color;
use crate::base::width::width;
use crate::cluster::api::{ContainerExit, Earlier, LogGap, LogLine};
use crate::model::pod::{ContainerKind, ContainerRow, End, State, Wait};

const LIMITS: LogLimits = LogLimits { lines: 1_000, bytes: 8 << 20 };

fn line(text: &str) -> LogLine {
    LogLine { at: Stamp::parse("2026-11-24T08:10:28.217687Z"), text: text.into(), cut_from: 0, ..LogLine::default() }
}

fn pane_of(texts: &[&str]) -> LogPane {
    let request = LogRequest { pod: "api-0".into(), container: "app".into(), ..LogRequest::default() };
    let mut pane = LogPane::new(request, vec!["app".into(), "side".into(), "init".into()], LIMITS);
    pane.apply(LogUpdate::Opened);
    add(&mut pane, texts);
    pane
}

fn one(pane: &LogPane) -> LogRequest {
    pane.request().expect("of one container").clone()
}

fn add(pane: &mut LogPane, texts: &[&str]) {
    pane.apply(LogUpdate::Lines(texts.iter().map(|text| line(text)).collect()));
}

/// Lines `0`, `1`, …
fn counted(count: usize) -> LogPane {
    let texts: Vec<_> = (0..count).map(|number| number.to_string()).collect();
    pane_of(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

fn rows(pane: &LogPane) -> Vec<String> {
    pane.visible().map(|spans| spans.into_iter().map(|span| span.text).collect()).collect()
}

fn settled(pane: &mut LogPane, columns: usize, height: usize) -> Vec<String> {
    pane.settle(columns, height);
    rows(pane)
}

#[test]
fn the_end_stays_on_the_screen_until_one_scrolls_up() {
    let mut pane = counted(10);
    assert_eq!(settled(&mut pane, 20, 3), ["7", "8", "9"]);
    pane.act(Action::Up);
    add(&mut pane, &["10", "11"]);
    assert_eq!(settled(&mut pane, 20, 3), ["6", "7", "8"]);
    assert_eq!(pane.title(), "logs api-0/app · paused · 2 new · 12 lines");
    pane.act(Action::PageDown);
    assert_eq!(settled(&mut pane, 20, 3), ["9", "10", "11"]);
    assert_eq!(pane.title(), "logs api-0/app · following · 12 lines", "at the end it follows again");
    pane.act(Action::First);
    assert_eq!(settled(&mut pane, 20, 3), ["0", "1", "2"]);
    pane.act(Action::Last);
    add(&mut pane, &["12"]);
    assert_eq!(settled(&mut pane, 20, 3), ["10", "11", "12"]);
}

#[test]
fn paused_stops_the_view_and_not_the_ring() {
    let mut pane = counted(5);
    settled(&mut pane, 20, 3);
    pane.act(Action::Pause);
    for _ in 0..500 {
        add(&mut pane, &["x", "y"]);
    }
    assert_eq!(settled(&mut pane, 20, 3), ["x", "y", "x"], "what was dropped is not shown");
    assert_eq!(pane.title(), "logs api-0/app · paused · 1,000 new · 1,005 lines, the oldest dropped");
    pane.act(Action::Pause);
    assert!(pane.title().starts_with("logs api-0/app · following"), "{}", pane.title());
}

#[test]
fn a_short_log_goes_on_following_whatever_is_pressed() {
    let mut pane = counted(2);
    settled(&mut pane, 20, 5);
    for action in [Action::Up, Action::PageUp, Action::First, Action::Down] {
        assert!(pane.act(action));
        assert_eq!(settled(&mut pane, 20, 5), ["0", "1"]);
        assert!(pane.title().contains("following"), "{action:?}");
    }
}

#[test]
fn wrapped_lines_keep_their_place_at_another_width() {
    let mut pane = pane_of(&["0123456789abcdefghij", "second", "日本語日本語", "last"]);
    assert_eq!(settled(&mut pane, 10, 9), ["0123456789", "abcdefghij", "second", "日本語日本", "語", "last"]);
    settled(&mut pane, 10, 3);
    pane.act(Action::First);
    pane.act(Action::Down);
    assert_eq!(settled(&mut pane, 10, 3), ["abcdefghij", "second", "日本語日本"]);
    assert_eq!(settled(&mut pane, 15, 3), ["0123456789abcde", "fghij", "second"], "the row with the byte at the top");
    assert!(pane.act(Action::Wrap));
    assert_eq!(settled(&mut pane, 10, 4), ["012345678…", "second", "日本語日 …", "last"]);
    pane.act(Action::Right);
    assert_eq!(settled(&mut pane, 10, 4), ["…9abcdefg…", "…", "… 語", "…"]);
    for _ in 0..99 {
        pane.act(Action::Right);
    }
    assert_eq!(settled(&mut pane, 10, 4)[0], "…ghij", "it ends where the text ends");
}

#[test]
fn times_stand_before_the_first_row_of_a_line() {
    let mut pane = pane_of(&["0123456789abcdefghij0123"]);
    pane.apply(LogUpdate::Gap { why: LogGap::WholeRuns, from: Stamp::NONE, to: Stamp::NONE });
    pane.act(Action::Timestamps);
    let blank = " ".repeat(13);
    let shown = settled(&mut pane, 33, 9);
    assert_eq!(shown[0], "08:10:28.217 0123456789abcdefghij");
    assert_eq!(shown[1], format!("{blank}0123"));
    assert!(shown[2].starts_with(&format!("{blank}-- lines are")), "{}", shown[2]);
    pane.set_look(LogLook::default(), 9 * 3_600 + 1_800);
    assert!(settled(&mut pane, 33, 9)[0].starts_with("17:40:28.217 "));
    assert_eq!(settled(&mut pane, 24, 9)[0], "0123456789abcdefghij0123", "no room for them here");
    assert!(pane.plain_text().starts_with("2026-11-24T08:10:28.217Z 0123456789"), "{}", pane.plain_text());
}

#[test]
fn a_search_grows_with_the_log_and_leads_from_match_to_match() {
    let mut pane = pane_of(&["GET /a", "x", "x", "x", "get /b GET", "x", "x", "x", "x"]);
    settled(&mut pane, 20, 3);
    pane.search("get").expect("a pattern");
    pane.settle(20, 3);
    assert_eq!(rows(&pane), ["x", "get /b GET", "x"], "the last one before the end, in the middle");
    assert_eq!(pane.title(), "logs api-0/app · paused · 9 lines · \"get\" 3 of 3");
    let found: Vec<_> = pane.visible().nth(1).into_iter().flatten().map(|span| (span.text, span.found)).collect();
    let expected = [("get", Found::Match), (" /b ", Found::No), ("GET", Found::Current)];
    assert_eq!(found, expected.map(|(text, found)| (text.to_owned(), found)));
    pane.act(Action::NextMatch);
    assert_eq!(settled(&mut pane, 20, 3), ["GET /a", "x", "x"], "around the end");
    add(&mut pane, &["GET /new"]);
    pane.settle(20, 3);
    assert!(pane.title().ends_with("\"get\" 1 of 4"), "{}", pane.title());
    pane.act(Action::PreviousMatch);
    assert_eq!(settled(&mut pane, 20, 3).last().map(String::as_str), Some("GET /new"));
    assert!(pane.search("/(/").is_err());
    pane.search("").expect("the end of the search");
    assert!(pane.title().ends_with("10 lines"), "{}", pane.title());
}

#[test]
fn a_match_far_to_the_right_is_brought_onto_the_screen() {
    let text = format!("{}needle{}", "x".repeat(100_000), "y".repeat(100_000));
    let mut pane = pane_of(&[&text]);
    pane.act(Action::Wrap);
    settled(&mut pane, 40, 5);
    pane.search("needle").expect("a pattern");
    assert!(settled(&mut pane, 40, 5)[0].contains("needle"));
    pane.act(Action::Wrap);
    pane.act(Action::NextMatch);
    assert!(settled(&mut pane, 40, 5)[2].contains("needle"), "{:?}", rows(&pane));
}

#[test]
fn colors_are_kept_and_other_escapes_shown() {
    let mut pane = pane_of(&["\u{1b}[32mINFO\u{1b}[0m done\r", "\u{1b}[2J\u{1b}]0;title\u{7}\tx"]);
    assert_eq!(settled(&mut pane, 40, 5), ["INFO done", "^[[2J^[]0;title^G       x"]);
    let first = pane.visible().next().expect("a row");
    assert_eq!((first[0].style.fg, first[1].style.fg), (Color::Indexed(2), Color::Default));
    assert_eq!(pane.plain_text(), "INFO done\n\u{1b}[2J\u{1b}]0;title\u{7}\tx\n", "as it was written, for a file");
}

#[test]
fn what_happened_to_the_container_stands_between_the_lines() {
    let mut pane = pane_of(&["a"]);
    let exit = ContainerExit { code: 137, reason: "OOMKilled".into() };
    pane.apply(LogUpdate::Restarted { restarts: 3, exit: Some(exit.clone()) });
    pane.apply(LogUpdate::Lines(vec![LogLine { cut_from: 5_000_000, ..line("b") }]));
    pane.apply(LogUpdate::Ended(LogEnd::Exited(exit)));
    let notes = [
        "a",
        "-- restart 3; the run before ended with exit code 137 (OOMKilled) --",
        "b",
        "-- the line above has 5,000,000 bytes; its first 1 are kept --",
        "-- the container ended with exit code 137 (OOMKilled) and is not started again --",
    ];
    assert_eq!(settled(&mut pane, 99, 9), notes);
    let roles: Vec<_> = pane.visible().map(|spans| spans[0].role).collect();
    assert_eq!(roles, [Role::Plain, Role::Warn, Role::Plain, Role::Warn, Role::Bad]);
    assert_eq!(pane.title(), "logs api-0/app · ended · 2 lines", "notes are no lines");
}

#[test]
fn a_gap_that_is_noticed_late_stands_before_the_lines_behind_it() {
    let mut pane = pane_of(&[]);
    pane.apply(LogUpdate::Lines((0..10).map(|second| timed(second, &second.to_string())).collect()));
    pane.age(timed(20, "").at);
    pane.search("8").expect("a pattern");
    settled(&mut pane, 200, 20);
    pane.act(Action::SelectLines);
    let (from, to) = (timed(4, "").at, timed(5, "").at);
    pane.apply(LogUpdate::Gap { why: LogGap::Rotated, from, to });
    let shown = settled(&mut pane, 200, 20);
    assert_eq!((shown[4].as_str(), shown[6].as_str(), shown.len()), ("4", "5", 11));
    assert!(
        shown[5].starts_with("-- lines may be missing here, between 08:00:04.000 and 08:00:05.000"),
        "{}",
        shown[5]
    );
    assert!(pane.title().contains("\"8\" 1 of 1") && pane.plain_text() == "9\n", "{}", pane.title());
    assert!(pane.visible().nth(9).is_some_and(|spans| spans[0].found != Found::No), "the match is where it was");
    pane.apply(LogUpdate::Gap { why: LogGap::LastLineNotFound, from: timed(9, "").at, to: timed(20, "").at });
    assert!(settled(&mut pane, 200, 20)[11].contains("between 08:00:09.000 and 08:00:20.000"), "at the end");
}

fn container(restarts: u32, state: State, exit_code: i32) -> ContainerRow {
    let finished = Stamp::parse("2026-11-24T08:10:00Z");
    let (reason, message, started) = ("OOMKilled".into(), String::new(), Stamp::NONE);
    let last_end = Some(Box::new(End { reason, message, exit_code, signal: 0, started, finished }));
    let (name, image, kind) = ("app".into(), "app:1".into(), ContainerKind::Regular);
    ContainerRow { name, image, kind, ready: true, restarts, state, last_end, stdin: false, tty: false }
}

#[test]
fn l05_the_log_of_a_run_that_ended_badly_is_offered_until_it_was_looked_at() {
    let mut pane = counted(3);
    let status = |pane: &LogPane| pane.status().map(|line| line.plain()).unwrap_or_default();
    pane.set_keys(LogKeys { other_run: "p".into(), ..LogKeys::default() });
    let running = || State::Running(Stamp::parse("2026-11-24T08:10:01Z"));
    let now = Stamp::parse("2026-11-24T08:10:12Z");
    pane.age(now);
    pane.take_state(&container(1, running(), 0));
    assert_eq!(status(&pane), "", "it ended well");
    pane.take_state(&container(1, running(), 137));
    assert_eq!(status(&pane), "p: the run before: exit 137, OOMKilled, 12s ago");
    assert_eq!(settled(&mut pane, 60, 3), ["1", "2"], "it has a row of its own");
    let waiting = State::Waiting(Box::new(Wait { reason: "CrashLoopBackOff".into(), message: String::new() }));
    pane.take_state(&container(1, waiting, 137));
    assert_eq!(status(&pane), "", "what is shown is that run");
    pane.take_state(&container(1, running(), 137));
    pane.restart(LogRequest { previous: true, ..one(&pane) });
    pane.take_state(&container(1, running(), 137));
    assert!(!status(&pane).contains("run before"));
    pane.restart(LogRequest { previous: false, ..one(&pane) });
    pane.age(now);
    pane.take_state(&container(1, running(), 137));
    pane.apply(LogUpdate::Opened);
    assert_eq!(status(&pane), "nothing written yet", "it was looked at");
    pane.apply(LogUpdate::Restarted { restarts: 2, exit: Some(ContainerExit { code: 1, reason: "Error".into() }) });
    pane.take_state(&container(1, running(), 137));
    assert_eq!(status(&pane), "p: the run before: exit 1, Error, 0s ago", "before the list knows it");
    assert_eq!(
        settled(&mut pane, 80, 9),
        ["-- restart 2; the run before ended with exit code 1 (Error); p: its log --"]
    );
    pane.restart(pane.neighbour(1).expect("another container"));
    assert!(!status(&pane).contains("run before"), "that was another container's");
}

#[test]
fn who_asks_again_after_a_pod_was_replaced_means_the_one_that_there_is() {
    let mut pane = counted(1);
    pane.restart(LogRequest { uid: "u".into(), ..one(&pane) });
    pane.apply(LogUpdate::Ended(LogEnd::PodReplaced));
    assert_eq!(one(&pane).uid, "");
}

#[test]
fn why_nothing_comes_is_said() {
    let mut pane = counted(0);
    let status = |pane: &LogPane| pane.status().map(|line| line.plain()).unwrap_or_default();
    assert_eq!((status(&pane).as_str(), settled(&mut pane, 20, 5).len()), ("nothing written yet", 0));
    pane.apply(LogUpdate::Waiting("waiting to start: ContainerCreating".into()));
    assert_eq!(status(&pane), "waiting to start: ContainerCreating");
    assert_eq!(pane.title(), "logs api-0/app · waiting · 0 lines");
    pane.apply(LogUpdate::Outage(Problem::new("read the log", "connection reset", "It is tried again")));
    assert!(status(&pane).contains("connection reset") && pane.title().contains("reconnecting"));
    add(&mut pane, &["a", "b"]);
    assert_eq!((pane.status(), settled(&mut pane, 20, 2)), (None, vec!["a".to_owned(), "b".to_owned()]));
    pane.apply(LogUpdate::Trouble(Problem::new("read the log", "pods is forbidden", "")));
    assert!(settled(&mut pane, 90, 9)[2].contains("forbidden"));
}

#[test]
fn the_neighbouring_containers_go_around() {
    let mut pane = counted(3);
    let name = |request: Option<LogRequest>| request.map(|request| request.container).unwrap_or_default();
    assert_eq!((name(pane.neighbour(1)), name(pane.neighbour(-1))), ("side".to_owned(), "init".to_owned()));
    pane.search("1").expect("a pattern");
    pane.act(Action::Timestamps);
    pane.restart(pane.neighbour(1).expect("there is one"));
    assert_eq!(pane.title(), "logs api-0/side · opening · 0 lines · \"1\" 0");
    assert_eq!(LogPane::new(LogRequest::default(), vec!["app".into()], LIMITS).neighbour(1), None);
}

#[test]
fn a_huge_line_is_laid_out_once() {
    let huge = "0123456789".repeat(100_000);
    let mut pane = pane_of(&[&huge, "after"]);
    pane.search("9").expect("a pattern");
    for _ in 0..200 {
        pane.act(Action::Up);
        assert_eq!(settled(&mut pane, 80, 24).len(), 24);
    }
    assert!(pane.title().ends_with("100,000 of 100,000") || pane.title().contains(" of 100,000"), "{}", pane.title());
}

#[test]
fn a_filter_leaves_lines_out_and_shows_some_around() {
    let mut pane = pane_of(&["INFO a", "INFO b", "ERROR one", "\tat trace", "INFO c", "WARN two", "INFO d"]);
    pane.filter("one").expect("a filter");
    assert_eq!(settled(&mut pane, 20, 9), ["ERROR one"]);
    assert_eq!(pane.title(), "logs api-0/app · following · 7 lines · filter one: 1");
    pane.act(Action::LogContext);
    assert_eq!(settled(&mut pane, 20, 9), ["INFO a", "INFO b", "ERROR one", "        at trace", "INFO c"]);
    add(&mut pane, &["one more", "x"]);
    assert_eq!(settled(&mut pane, 20, 2), ["one more", "x"], "what is new is looked at as well");
    assert!(pane.filter("/(/").is_err());
    assert!(pane.title().contains("filter one, 2 around: 2"), "{}", pane.title());
    pane.act(Action::LogContext);
    pane.act(Action::LogContext);
    assert_eq!(pane.plain_text(), "ERROR one\none more\n", "what is shown is what is copied");
    assert!(pane.whole_text().collect::<String>().starts_with("INFO a\n"));
    assert!(pane.back_out() && !pane.back_out());
    assert_eq!(settled(&mut pane, 20, 99).len(), 9);
}

#[test]
fn levels_are_shown_and_chosen() {
    let mut pane = pane_of(&["INFO a", "WARN b", "ERROR c", "\tat trace", "plain"]);
    settled(&mut pane, 20, 9);
    let roles: Vec<_> = pane.visible().map(|spans| (spans[0].text.clone(), spans[0].role)).collect();
    assert_eq!(roles[1], ("WARN".to_owned(), Role::Warn));
    assert_eq!(roles[2], ("ERROR".to_owned(), Role::Bad));
    assert_eq!(roles[4], ("plain".to_owned(), Role::Plain));
    pane.act(Action::LogLevel);
    assert_eq!(settled(&mut pane, 20, 9), ["WARN b", "ERROR c", "        at trace"]);
    assert!(pane.title().ends_with("warnings and errors: 3"), "{}", pane.title());
    pane.act(Action::LogLevel);
    assert_eq!(settled(&mut pane, 20, 9), ["ERROR c", "        at trace"]);
    pane.search("a").expect("a pattern");
    assert!(pane.title().contains("\"a\" 1 of 2"), "only what is shown is searched: {}", pane.title());
    pane.act(Action::LogLevel);
    assert_eq!(settled(&mut pane, 20, 9).len(), 5);
}

#[test]
fn nothing_that_passes_is_said() {
    let mut pane = pane_of(&["a", "b"]);
    pane.filter("zzz").expect("a filter");
    assert_eq!(settled(&mut pane, 40, 5), [""; 0]);
    assert_eq!(pane.status().map(|line| line.plain()).as_deref(), Some("no line passes the filter"));
    for action in [Action::Up, Action::PageDown, Action::First, Action::Last, Action::NextMatch, Action::SelectLines] {
        pane.act(action);
    }
    add(&mut pane, &["zzz"]);
    assert_eq!(settled(&mut pane, 40, 5), ["zzz"]);
}

#[test]
fn repeated_lines_are_one_with_their_number() {
    let mut pane = pane_of(&["a", "again", "again", "again", "b"]);
    pane.act(Action::FoldRepeats);
    assert_eq!(settled(&mut pane, 20, 9), ["a", "again  × 3", "b"]);
    pane.search("again").expect("a pattern");
    pane.settle(20, 9);
    pane.act(Action::NextMatch);
    pane.act(Action::NextMatch);
    add(&mut pane, &["b", "b", "again"]);
    assert_eq!(settled(&mut pane, 20, 9), ["a", "again  × 3", "b  × 3", "again"]);
    assert_eq!(pane.plain_text(), "a\nagain  × 3\nb  × 3\nagain\n");
    let last = pane.visible().nth(2).and_then(|spans| spans.last().map(|span| span.role));
    assert_eq!(last, Some(Role::Dim), "the number is no part of the line");
    pane.act(Action::FoldRepeats);
    assert_eq!(settled(&mut pane, 20, 9).len(), 8);
}

#[test]
fn json_is_shown_as_fields_or_over_several_lines() {
    let json = r#"{"ts":"08:10","level":"error","msg":"no route","code":503}"#;
    let mut pane = pane_of(&["plain", json]);
    pane.set_look(LogLook { columns: Columns::usual(), ..LogLook::default() }, 0);
    assert_eq!(settled(&mut pane, 80, 9), ["plain", json]);
    pane.act(Action::Json);
    assert_eq!(settled(&mut pane, 80, 9), ["plain", "08:10 error no route code=503"]);
    let spans: Vec<_> = pane.visible().nth(1).into_iter().flatten().map(|span| (span.text, span.role)).collect();
    assert_eq!(spans[1], ("error".to_owned(), Role::Bad));
    pane.act(Action::Json);
    let pretty = [
        "plain",
        "{",
        "  \"ts\": \"08:10\",",
        "  \"level\": \"error\",",
        "  \"msg\": \"no route\",",
        "  \"code\": 503",
        "}",
    ];
    assert_eq!(settled(&mut pane, 80, 9), pretty);
    assert_eq!(settled(&mut pane, 80, 3), pretty[4..]);
    pane.act(Action::Up);
    assert_eq!(settled(&mut pane, 80, 3), pretty[3..6]);
    pane.act(Action::Wrap);
    assert_eq!(settled(&mut pane, 80, 3), pretty[3..6]);
    pane.search("route").expect("a pattern");
    assert_eq!(settled(&mut pane, 12, 9)[4], "  \"msg\": \"n…");
    assert_eq!(pane.plain_text(), format!("plain\n{json}\n"), "it is copied as it came");
    pane.choose_fields(".code .msg").expect("paths");
    assert_eq!(settled(&mut pane, 80, 9)[1], "503 no route");
    assert!(pane.choose_fields("msg").is_err());
}

#[test]
fn rules_colour_what_has_no_colour_yet() {
    let mut pane = pane_of(&["id-7 id-8 x", "id-9"]);
    let mut cyan = Style::default();
    cyan.fg = Color::Indexed(6);
    let rule = |text: &str| (Pattern::parse(text).expect("a pattern"), cyan);
    pane.set_look(LogLook { rules: vec![rule("/id-[0-9]/"), rule("7 id")], ..LogLook::default() }, 0);
    settled(&mut pane, 20, 9);
    let first: Vec<_> = pane.visible().next().into_iter().flatten().map(|span| (span.text, span.style.fg)).collect();
    let expected =
        [("id-7", Color::Indexed(6)), (" ", Color::Default), ("id-8", Color::Indexed(6)), (" x", Color::Default)];
    assert_eq!(first, expected.map(|(text, color)| (text.to_owned(), color)));
}

#[test]
fn lines_are_marked_to_be_copied() {
    let mut pane = counted(20);
    settled(&mut pane, 20, 5);
    pane.act(Action::SelectLines);
    assert_eq!(pane.plain_text(), "19\n");
    pane.act(Action::Up);
    pane.act(Action::SelectLines);
    pane.act(Action::PageUp);
    assert_eq!(pane.plain_text(), "13\n14\n15\n16\n17\n18\n");
    settled(&mut pane, 20, 5);
    assert!(pane.visible().flatten().any(|span| span.chosen && span.text == "13"));
    assert!(pane.title().contains("marking lines"));
    pane.act(Action::First);
    assert_eq!(pane.plain_text().lines().count(), 19);
    assert!(pane.back_out());
    assert_eq!(pane.plain_text().lines().count(), 20);
}

fn timed(second: u32, text: &str) -> LogLine {
    LogLine {
        at: Stamp::parse(&format!("2026-11-24T08:{:02}:{:02}Z", second / 60, second % 60)),
        text: text.into(),
        ..LogLine::default()
    }
}

#[test]
fn one_goes_to_a_time() {
    let mut pane = counted(0);
    pane.apply(LogUpdate::Lines((0..600).map(|second| timed(second, &second.to_string())).collect()));
    pane.age(Stamp::parse("2026-11-24T08:10:00Z"));
    settled(&mut pane, 40, 4);
    let at = pane.read_time("5m").expect("a time");
    assert!(pane.jump_to(at));
    assert_eq!(settled(&mut pane, 40, 4)[0], "08:05:00.000 300");
    assert!(pane.jump_to(pane.read_time("08:01").expect("a time")));
    assert_eq!(settled(&mut pane, 40, 4)[0], "08:01:00.000 60");
    assert!(!pane.jump_to(Stamp::parse("2027-01-01T00:00:00Z")));
    assert_eq!(settled(&mut pane, 40, 4)[3], "08:09:59.000 599");
    assert!(pane.title().ends_with("59/min") || pane.title().ends_with("1/s"), "{}", pane.title());
}

fn seconds(range: std::ops::Range<u32>) -> Vec<LogLine> {
    range.map(|second| timed(second, &second.to_string())).collect()
}

#[test]
fn earlier_lines_go_in_front_and_the_view_stays() {
    let mut pane = pane_of(&[]);
    pane.apply(LogUpdate::Lines(seconds(30..60)));
    settled(&mut pane, 20, 5);
    pane.act(Action::Up);
    assert_eq!(pane.above(), None, "there is more above the screen");
    pane.act(Action::First);
    settled(&mut pane, 20, 5);
    let Some(Above::Read(request, known)) = pane.above() else { panic!("it is read") };
    assert_eq!((&*request.pod, request.previous, known), ("api-0", false, seconds(30..33)));
    pane.act(Action::Up);
    assert_eq!(pane.above(), None, "it is on its way");
    assert!(pane.title().contains("reading earlier lines"));
    pane.search("29").expect("a pattern");
    pane.put_earlier(Earlier { lines: seconds(20..30), ..Earlier::default() });
    assert_eq!(settled(&mut pane, 20, 5)[0], "30");
    assert_eq!((pane.find.count(), pane.above()), (1, None), "it is searched as well");
    pane.act(Action::Up);
    assert_eq!(settled(&mut pane, 20, 5)[0], "29");
    pane.act(Action::First);
    let Some(Above::Read(_, known)) = pane.above() else { panic!("it is read") };
    assert_eq!(known, seconds(20..23), "on from what was read last");
    pane.put_earlier(Earlier { lines: seconds(17..20), is_start: true, has_gap: true });
    pane.act(Action::First);
    let gap = "-- lines may be missing here: the node began a new log file --";
    assert_eq!(settled(&mut pane, 80, 6), ["-- the beginning of the log --", "17", "18", "19", gap, "20"]);
    assert_eq!(pane.above(), None, "there is nothing before it");
}

#[test]
fn above_a_short_log_that_is_followed_stands_what_came_before() {
    let mut pane = pane_of(&[]);
    pane.apply(LogUpdate::Lines(seconds(58..60)));
    settled(&mut pane, 20, 4);
    pane.act(Action::Up);
    assert!(matches!(pane.above(), Some(Above::Read(..))));
    pane.put_earlier(Earlier { lines: seconds(40..58), ..Earlier::default() });
    assert_eq!(settled(&mut pane, 20, 4), ["56", "57", "58", "59"]);
    pane.nothing_earlier();
    pane.act(Action::First);
    assert_eq!(settled(&mut pane, 20, 4)[0], "40");
}

#[test]
fn no_more_is_read_than_fits_in_and_no_run_that_is_gone() {
    let mut pane = pane_of(&[]);
    pane.apply(LogUpdate::Lines(seconds(30..60)));
    settled(&mut pane, 20, 5);
    pane.act(Action::First);
    assert!(pane.above().is_some());
    let many: Vec<_> = (0..2_000).map(|number| timed(0, &number.to_string())).collect();
    pane.put_earlier(Earlier { lines: many, is_start: true, has_gap: false });
    pane.act(Action::First);
    assert_eq!(settled(&mut pane, 20, 5)[0], "1030", "as many as there is room for: the newest");
    assert!(matches!(pane.above(), Some(Above::No(why)) if why.contains("ring_lines")));

    let mut pane = pane_of(&["a"]);
    settled(&mut pane, 20, 5);
    for expected in [true, false] {
        pane.apply(LogUpdate::Restarted { restarts: 1, exit: None });
        pane.act(Action::First);
        match pane.above() {
            Some(Above::Read(request, _)) => assert!(request.previous && expected, "the run before has it"),
            other => assert_eq!(
                (other, expected),
                (Some(Above::No("the node keeps no earlier run of the container")), false)
            ),
        }
        pane.nothing_earlier();
    }
}

#[test]
fn a_long_log_is_looked_through_in_slices() {
    let limits = LogLimits { lines: 100_000, bytes: 64 << 20 };
    let mut pane = LogPane::new(LogRequest::default(), Vec::new(), limits);
    let lines = (0..100_000).map(|number| line(&format!("line {number}")));
    pane.apply(LogUpdate::Lines(lines.collect()));
    pane.settle(40, 5);
    pane.search("/line 99990$/").expect("a pattern");
    assert!(pane.is_busy());
    assert!(pane.find.current.is_some(), "the first hit is there at once");
    pane.filter("/0$/").expect("a filter");
    pane.act(Action::Last);
    assert_eq!(settled(&mut pane, 40, 5)[4], "line 99990", "the first screen is there at once");
    assert!(pane.is_busy() && pane.title().contains('…'), "{}", pane.title());
    pane.act(Action::First);
    let mut slices = 0;
    while pane.is_busy() {
        pane.settle(40, 5);
        slices += 1;
    }
    assert!(slices > 2);
    assert_eq!(settled(&mut pane, 40, 5)[0], "line 0", "where one went to is kept until it is known what is there");
    assert!(pane.title().contains("filter /0$/: 10,000") && pane.title().contains("of 1"), "{}", pane.title());
}

proptest! {
    /// Whatever is pressed and whatever comes: the screen is full if the log is, no row too wide, and what
    /// follows ends with the last line.
    #[test]
    fn the_screen_is_always_full_and_never_too_wide(
        keys in proptest::collection::vec(0usize..20, 0..40),
        columns in 1usize..50, height in 1usize..10,
    ) {
        const ACTIONS: [Action; 17] = [
            Action::Up, Action::Down, Action::PageUp, Action::PageDown, Action::HalfUp, Action::First, Action::Last,
            Action::Pause, Action::Wrap, Action::Timestamps, Action::Right, Action::NextMatch, Action::FoldRepeats,
            Action::LogLevel, Action::LogContext, Action::Json, Action::SelectLines,
        ];
        let mut pane = pane_of(&["a", "a", "日本語\ttab", r#"{"level":"warn","msg":"日本"}"#, "long long long long long long long long line"]);
        pane.search("n").expect("a pattern");
        for key in keys {
            match ACTIONS.get(key) {
                Some(action) => prop_assert!(pane.act(*action)),
                None => add(&mut pane, &["new \u{1b}[2J line 日本", ""]),
            }
            let shown = settled(&mut pane, columns, height);
            let mut lines = pane.all().first();
            let mut shown_lines = 0;
            while let Some(number) = lines {
                (shown_lines, lines) = (shown_lines + 1, pane.all().next(number));
            }
            let room = height.saturating_sub(usize::from(pane.status().is_some()));
            let least = shown_lines.min(room);
            prop_assert!(shown.len() >= least && shown.len() <= height, "{shown:?}");
            // One character may be wider than the tile itself.
            prop_assert!(shown.iter().all(|row| width(row) <= columns.max(2)), "{shown:?}");
            if pane.view.following {
                let last = pane.view.rows.last().map(|row| row.number + 1);
                prop_assert_eq!(last, pane.all().last().map(|last| last + 1));
            }
        }
    }
}
