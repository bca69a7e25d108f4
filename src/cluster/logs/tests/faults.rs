//! What goes wrong around a container: restarts, nodes and servers that go and come, files that change.

use super::*;

fn texts_and_gaps(played: &Played) -> Vec<String> {
    let mut out = Vec::new();
    for update in &played.updates {
        match update {
            LogUpdate::Lines(lines) => out.extend(lines.iter().map(|line| line.text.to_string())),
            LogUpdate::Restarted { restarts, .. } => out.push(format!("-- restart {restarts}")),
            LogUpdate::Replaced { uid } => out.push(format!("-- pod {uid}")),
            LogUpdate::Gap { why, .. } => out.push(format!("-- gap {why:?}")),
            _ => {}
        }
    }
    out
}

/// The pod with something changed in its JSON.
fn with(answer: &Answer, from: &str, to: &str) -> Answer {
    let Piece::Data(json) = &answer.1[0] else { panic!("no data") };
    let text = String::from_utf8_lossy(json);
    assert!(text.contains(from), "{text}");
    (answer.0, vec![data(text.replace(from, to))])
}

#[tokio::test(start_paused = true)]
async fn half_a_line_at_an_end_in_order_is_not_handed_over() {
    // A server that loses its node ends the answer as if all were well.
    let half = line(2, "a whole sentence")[..31].to_owned();
    let logs = vec![
        ok([data(line(1, "a") + &half)]),
        ok([data(line(1, "a") + &line(2, "a whole sentence") + &line(3, "b")), Piece::Hang]),
    ];
    let played = play(request(), logs, vec![running(0)], 3).await;
    assert_eq!(texts_and_gaps(&played), ["a", "a whole sentence", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_last_word_without_a_line_break_is_handed_over_once() {
    let all = ok([data(line(1, "a") + line(2, "last word").trim_end())]);
    let over = with(&crashed(0), "\"Running\"", "\"Failed\"");
    let played = play(request(), vec![all], vec![running(0), over], 99).await;
    assert_eq!(texts_and_gaps(&played), ["a", "last word"]);
    assert!(matches!(played.updates.last(), Some(LogUpdate::Ended(LogEnd::Exited(_)))));
}

#[tokio::test(start_paused = true)]
async fn what_a_run_wrote_while_the_connection_was_lost_is_read_from_the_previous_log() {
    let logs = vec![ok([data(line(1, "a")), Piece::Cut]), ok([data(line(9, "new")), Piece::Hang])];
    let before = vec![ok([data(line(1, "a") + &line(2, "b") + line(3, "dying").trim_end())])];
    let script = Script { logs, pods: vec![running(0), running(1)], before, ..Script::default() };
    let played = play_script(request(), script, 4).await;
    assert_eq!(texts_and_gaps(&played), ["a", "b", "dying", "-- restart 1", "new"]);
    assert_eq!(played.asked[2], "&previous=true&sinceTime=2026-11-24T08:00:01Z");
}

#[tokio::test(start_paused = true)]
async fn of_several_runs_that_went_by_the_last_is_read_and_the_others_are_a_gap() {
    let logs = vec![ok([data(line(1, "a")), Piece::Cut]), ok([data(line(9, "new")), Piece::Hang])];
    let before = vec![ok([data(line(5, "between"))])];
    let script = Script { logs, pods: vec![running(0), running(2)], before, ..Script::default() };
    let played = play_script(request(), script, 3).await;
    let expected = ["a", "-- gap EndOfRun", "-- restart 1", "between", "-- restart 2", "new"];
    assert_eq!(texts_and_gaps(&played), expected);
}

#[tokio::test(start_paused = true)]
async fn a_line_without_a_time_does_not_hide_a_gap_nor_ask_for_ever() {
    let logs =
        vec![ok([data(line(1, "a")), Piece::Cut]), ok([data("no time\n".to_owned() + &line(9, "z")), Piece::Hang])];
    let played = play(request(), logs, vec![running(0)], 4).await;
    assert_eq!(texts_and_gaps(&played), ["a", "no time", "no time", "-- gap LastLineNotFound", "z"]);
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_the_pod_tells_late_is_no_gap() {
    // The node sends the new run's log while the pod still speaks of the old one.
    let new = ok([data(line(9, "new")), Piece::Hang]);
    let logs = vec![ok([data(line(1, "a")), Piece::Cut]), new.clone(), new];
    let before = vec![ok([data(line(1, "a"))])];
    let script = Script { logs, pods: vec![running(0), running(0), running(1)], before, ..Script::default() };
    let played = play_script(request(), script, 2).await;
    assert_eq!(texts_and_gaps(&played), ["a", "-- restart 1", "new"]);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_a_stateful_set_makes_anew_is_followed_behind_a_divider() {
    let owned =
        with(&running(0), "\"uid\":\"u\"", r#""uid":"u","ownerReferences":[{"kind":"StatefulSet","controller":true}]"#);
    let other = with(&owned, "\"u\"", "\"v\"");
    let logs = vec![ok([data(line(1, "a"))]), ok([data(line(0, "first of the new")), Piece::Hang])];
    let pods = vec![owned, gone(), gone(), other];
    let played = play(LogRequest { tail_lines: Some(5), ..request() }, logs, pods, 2).await;
    assert_eq!(texts_and_gaps(&played), ["a", "-- pod v", "first of the new"]);
    let waiting = LogUpdate::Waiting("the pod is gone; its StatefulSet makes another of its name".into());
    assert!(played.states().contains(&&waiting), "{:?}", played.states());
    assert_eq!(played.asked.last().map(String::as_str), Some(""), "from its first line");
}

#[tokio::test(start_paused = true)]
async fn a_kubelet_and_a_server_that_were_just_started_are_asked_again() {
    for (code, words) in
        [(404, "the server could not find the requested resource"), (403, "RBAC not found"), (410, "gone")]
    {
        let logs = vec![
            ok([data(line(1, "a")), Piece::Cut]),
            refusal(code, words),
            ok([data(line(1, "a") + &line(2, "b")), Piece::Hang]),
        ];
        let played = play(request(), logs, vec![running(0)], 2).await;
        assert_eq!(texts_and_gaps(&played), ["a", "b"], "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_lost_is_named_and_waited_for() {
    let node =
        |ready: &str| ok([data(json!({"status": {"conditions": [{"type": "Ready", "status": ready}]}}).to_string())]);
    let logs = vec![
        ok([data(line(1, "a")), Piece::Hang]),
        refusal(500, "dial tcp 10.0.0.1:10250: i/o timeout"),
        ok([data(line(1, "a") + &line(2, "b")), Piece::Hang]),
    ];
    let script = Script { logs, pods: vec![running(0)], nodes: vec![node("Unknown")], ..Script::default() };
    let played = play_script(request(), script, 2).await;
    assert_eq!(texts_and_gaps(&played), ["a", "b"]);
    let told = played.states().into_iter().any(
        |state| matches!(state, LogUpdate::Outage(problem) if problem.next == "node a is NotReady; it is waited for"),
    );
    assert!(told, "{:?}", played.states());
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_changed_under_the_reader_is_a_gap_with_its_times() {
    let filler = "x".repeat(1 << 17);
    let all: String = (1..=20).map(|second| line(second, &filler)).collect();
    let head = line(8, &filler)[..36].to_owned();
    let pieces: Vec<_> = all.as_bytes().chunks(1 << 16).map(|chunk| data(chunk.to_vec())).collect();
    let logs = vec![ok(pieces.into_iter().chain([Piece::Hang]))];
    let script = Script { logs, pods: vec![running(0)], heads: vec![ok([data(head)])], ..Script::default() };
    let played = play_script(request(), script, 20).await;
    let gaps: Vec<_> = played.states().into_iter().filter(|state| matches!(state, LogUpdate::Gap { .. })).collect();
    let [LogUpdate::Gap { why: LogGap::Rotated, from, to }] = gaps[..] else { panic!("{gaps:?}") };
    let at = |second| Stamp::parse(&format!("2026-11-24T08:00:{second:02}.5Z"));
    assert!(*from < at(8) && *to == at(8), "{from:?} {to:?}");
}
