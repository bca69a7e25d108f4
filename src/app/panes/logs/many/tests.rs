//! Logs of many containers, as a person sees them.

use proptest::prelude::*;

use super::super::{LogLimits, LogPane, LogTarget};
use super::*;
use crate::app::action::Action;
use crate::base::problem::Problem;
use crate::cluster::api::{ContainerExit, LogLine, LogSelection, LogsRequest};
use crate::model::kind::ObjectKey;
use crate::model::pod::ContainerKind;
use crate::model::resource::tests::deployments;

fn pane() -> LogPane {
    let web = LogSelection::Owner(ObjectKey::new(deployments(), "shop", "web"));
    let target: LogTarget = LogsRequest::new(web, Some(10)).into();
    LogPane::new(target, Vec::new(), LogLimits { lines: 1_000, bytes: 8 << 20 })
}

fn source(id: u32, pod: &str, is_new: bool) -> SourceChange {
    SourceChange::Added(LogSource {
        id: SourceId(id),
        namespace: "shop".into(),
        pod: pod.into(),
        uid: format!("uid-{pod}"),
        container: "app".into(),
        kind: ContainerKind::Regular,
        node: "node-a".into(),
        created: Stamp::parse("2026-11-24T12:03:21Z"),
        is_new,
    })
}

/// Two pods of the Deployment `web`.
fn two() -> LogPane {
    let mut pane = pane();
    pane.apply_many(LogsUpdate::Sources(vec![
        source(0, "web-5d4f8c9b7-bcdfg", false),
        source(1, "web-5d4f8c9b7-hjklm", false),
    ]));
    pane
}

fn line(source: u32, second: i64, late: bool) -> SourcedLine {
    let line =
        LogLine { at: Stamp::from_seconds(second), text: format!("line {second}").into(), cut_from: 0, nanos: 0 };
    SourcedLine { source: SourceId(source), line, late }
}

fn rows(pane: &mut LogPane, columns: usize, height: usize) -> Vec<String> {
    pane.settle(columns, height);
    let row = |spans: Vec<LogSpan>| spans.into_iter().map(|span| span.text).collect::<String>();
    pane.visible().map(row).collect()
}

#[test]
fn lines_stand_behind_the_names_of_their_streams() {
    let mut pane = two();
    pane.apply_many(LogsUpdate::Lines(vec![line(0, 1, false), line(1, 2, false)]));
    assert_eq!(rows(&mut pane, 60, 9), ["bcdfg line 1", "hjklm line 2"]);
    let colors: Vec<_> = pane.visible().map(|spans| spans[0].style.fg).collect();
    assert_ne!(colors[0], colors[1]);
    assert_eq!(pane.title(), "logs deployment/web · following · 2 streams · 2 lines");
    assert_eq!(
        pane.plain_text(),
        "web-5d4f8c9b7-bcdfg/app line 1\nweb-5d4f8c9b7-hjklm/app line 2\n",
        "whole in a file"
    );
    assert_eq!(rows(&mut pane, 20, 9), ["line 1", "line 2"], "no room for them");
}

#[test]
fn a_late_line_stands_at_its_time_and_is_marked() {
    let mut pane = two();
    pane.apply_many(LogsUpdate::Lines([1, 3, 5, 7].map(|second| line(0, second, false)).to_vec()));
    pane.search("line").expect("a pattern");
    pane.settle(60, 9);
    pane.apply_many(LogsUpdate::Lines(vec![line(1, 4, true), line(1, 6, true), line(0, 8, false)]));
    let a = |second| format!("bcdfg line {second}");
    let b = |second| format!("hjklm~line {second}");
    assert_eq!(rows(&mut pane, 60, 9), [a(1), a(3), b(4), a(5), b(6), a(7), a(8)]);
    assert!(pane.title().contains("2 late (~)") && pane.title().contains(" of 7"), "{}", pane.title());
}

#[test]
fn what_one_looks_at_stays_when_a_late_line_comes_before_it() {
    let mut pane = two();
    pane.apply_many(LogsUpdate::Lines((0..100).map(|second| line(0, second, false)).collect()));
    pane.settle(60, 3);
    pane.act(Action::Pause);
    pane.act(Action::SelectLines);
    pane.act(Action::Up);
    let before = rows(&mut pane, 60, 3);
    pane.apply_many(LogsUpdate::Lines((10..20).map(|second| line(1, second, true)).collect()));
    assert_eq!(rows(&mut pane, 60, 3), before);
    assert_eq!(pane.plain_text(), "web-5d4f8c9b7-bcdfg/app line 98\n", "the marked line is the same");
}

#[test]
fn comings_and_goings_stand_between_the_lines() {
    let mut pane = two();
    pane.apply_many(LogsUpdate::Lines(vec![line(0, 1, false)]));
    pane.apply_many(LogsUpdate::Sources(vec![source(2, "web-77c9d8b6f-npqrs", true)]));
    pane.apply_many(LogsUpdate::Notice(SourceId(2), LogUpdate::Opened));
    let exit = ContainerExit { code: 0, reason: "Completed".into() };
    pane.apply_many(LogsUpdate::Notice(SourceId(0), LogUpdate::Ended(LogEnd::Exited(exit))));
    pane.apply_many(LogsUpdate::Sources(vec![SourceChange::Ended(SourceId(0)), SourceChange::Waiting(3)]));
    pane.apply_many(LogsUpdate::Outage(Problem::new("watch pods", "connection refused", "")));
    pane.apply_many(LogsUpdate::Watching);
    let shown = rows(&mut pane, 200, 9);
    let notes: Vec<_> = shown.iter().map(|row| row.trim()).collect();
    assert_eq!(notes[1], "-- new pod web-77c9d8b6f-npqrs since 12:03:21 --");
    let ended = "the container ended with exit code 0 (Completed) and is not started again";
    assert_eq!(notes[2], format!("-- web-5d4f8c9b7-bcdfg/app: {ended} --"));
    assert_eq!(notes[3], "-- 3 more containers wait: 200 are read at once (logs.max_streams) --");
    assert!(notes[4].contains("new pods are not seen") && notes[4].contains("connection refused"), "{}", notes[4]);
    assert_eq!(notes[5], "-- new pods are seen again --");
    assert!(pane.title().contains("2 streams, 3 waiting"), "{}", pane.title());
}

#[test]
fn who_waits_is_said_and_listed() {
    let mut pane = two();
    pane.apply_many(LogsUpdate::Notice(SourceId(1), LogUpdate::Waiting("ImagePullBackOff".to_owned())));
    let status = |pane: &LogPane| pane.status().map(|line| line.plain()).unwrap_or_default();
    assert_eq!(status(&pane), "1 of 2 waiting: hjklm: ImagePullBackOff");
    pane.apply_many(LogsUpdate::Lines(vec![line(0, 1, false)]));
    let choices = pane.stream_choices();
    let texts: Vec<_> = choices.iter().map(|choice| (choice.text.as_str(), choice.about.as_str())).collect();
    let expected = [
        ("all streams", "2 streams, 1 waiting"),
        ("web-5d4f8c9b7-hjklm/app", "waiting: ImagePullBackOff on node-a"),
        ("web-5d4f8c9b7-bcdfg/app", "streaming on node-a"),
    ];
    assert_eq!(texts, expected);
    pane.apply_many(LogsUpdate::Lines(vec![line(1, 2, false)]));
    assert_eq!(status(&pane), "");
}

#[test]
fn one_stream_can_be_shown_alone() {
    let mut pane = two();
    pane.apply_many(LogsUpdate::Lines(vec![line(0, 1, false), line(1, 2, false)]));
    pane.show_stream("web-5d4f8c9b7-hjklm/app").expect("a stream");
    assert_eq!(rows(&mut pane, 60, 9), ["hjklm line 2"]);
    pane.filter("!pod:hjklm").expect("a filter");
    pane.apply_many(LogsUpdate::Lines(vec![line(1, 3, false), line(0, 4, false)]));
    assert_eq!(rows(&mut pane, 60, 9), ["bcdfg line 1", "bcdfg line 4"]);
    pane.show_stream("all streams").expect("all");
    assert_eq!(rows(&mut pane, 60, 9).len(), 4);
}

#[test]
fn why_there_is_nothing_is_said() {
    let status = |pane: &LogPane| pane.status().map(|line| line.plain()).unwrap_or_default();
    let mut none = pane();
    assert_eq!(status(&none), "asking for the log");
    none.apply_many(LogsUpdate::Idle { pods: 0 });
    assert!(status(&none).contains("no pod matches so far"), "{}", status(&none));
    none.apply_many(LogsUpdate::Sources(vec![source(0, "web-x-y", false)]));
    assert_eq!(status(&none), "nothing written yet");
    none.apply_many(LogsUpdate::Trouble(Problem::new("list pods", "pods is forbidden", "")));
    assert!(none.title().contains("refused") && rows(&mut none, 90, 9)[0].contains("forbidden"));
}

#[test]
fn earlier_lines_of_many_logs_are_honestly_not_there() {
    let mut pane = two();
    pane.apply_many(LogsUpdate::Lines(vec![line(0, 1, false)]));
    pane.settle(60, 9);
    pane.act(Action::First);
    assert!(matches!(pane.above(), Some(super::super::Above::No(why)) if why.contains("S reads")));
}

proptest! {
    /// However late lines come: none is lost, each stream keeps its order, and what is filtered and searched is what it
    /// would be had they come in order.
    #[test]
    fn late_lines_change_nothing_but_their_place(
        steps in proptest::collection::vec((0u32..3, 0i64..4, any::<bool>()), 1..60),
        folds: bool, context in 0usize..2,
    ) {
        let mut live = pane();
        live.apply_many(LogsUpdate::Sources((0..3).map(|id| source(id, &format!("web-{id}"), false)).collect()));
        live.filter("/[24680]$/").expect("a filter");
        live.search("/[48]$/").expect("a pattern");
        (0..context).for_each(|_| { live.act(Action::LogContext); });
        if folds {
            live.act(Action::FoldRepeats);
        }
        let (mut clocks, mut newest, mut parcel) = ([0i64; 3], 0, Vec::new());
        for (id, step, is_whole) in &steps {
            let at = clocks[*id as usize] + step;
            clocks[*id as usize] = at;
            parcel.push(line(*id, at, at < newest));
            newest = newest.max(at);
            if *is_whole {
                live.apply_many(LogsUpdate::Lines(std::mem::take(&mut parcel)));
                live.settle(60, 7);
            }
        }
        live.apply_many(LogsUpdate::Lines(parcel));
        live.settle(60, 7);
        let told = live.pages.iter().filter(|(_, entry)| !entry.is_note);
        let lines: Vec<_> = told.map(|(_, entry)| (entry.source, entry.at)).collect();
        prop_assert_eq!(lines.len(), steps.len());
        for id in 0..3 {
            prop_assert!(lines.iter().filter(|(source, _)| source.0 == id).map(|(_, at)| at).is_sorted());
        }
        prop_assert!(lines.iter().map(|(_, at)| at).is_sorted(), "{:?}", lines);
        let mut fresh = pane();
        fresh.apply_many(LogsUpdate::Sources((0..3).map(|id| source(id, &format!("web-{id}"), false)).collect()));
        fresh.filter("/[24680]$/").expect("a filter");
        fresh.search("/[48]$/").expect("a pattern");
        (0..context).for_each(|_| { fresh.act(Action::LogContext); });
        if folds {
            fresh.act(Action::FoldRepeats);
        }
        fresh.apply_many(LogsUpdate::Lines(lines.iter().map(|(source, at)| line(source.0, at.seconds(), false)).collect()));
        fresh.settle(60, 7);
        prop_assert_eq!(live.plain_text(), fresh.plain_text());
        prop_assert_eq!((live.pick.passed(), live.find.count()), (fresh.pick.passed(), fresh.find.count()));
    }
}
