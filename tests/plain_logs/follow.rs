//! `logs -f` through what breaks: standard output has every byte once, standard error says what happened.

use super::script::{Answer, Script, refused, text};

/// What the container wrote: broken UTF-8, carriage returns, equal lines, and no end of the last line.
const LINES: [&[u8]; 5] = [b"one", b"same", b"same", b"\xff\xfe\x1b[2J\r", b"no end"];

/// As the node has them, the first from this second on: each with its time, to the nanosecond and in the node's zone.
fn sent_from(second: usize, lines: &[&[u8]]) -> Vec<u8> {
    let time = |number: usize| format!("2026-11-24T08:00:0{number}.000000{number:03}+02:00 ").into_bytes();
    let lines: Vec<_> = lines.iter().zip(second..).map(|(line, second)| [&time(second), *line].concat()).collect();
    lines.join(&b'\n')
}

fn sent(lines: &[&[u8]]) -> Vec<u8> {
    sent_from(0, lines)
}

/// A pod whose container was restarted so often and is in this state.
fn pod(restarts: u32, phase: &str, state: &serde_json::Value) -> Answer {
    let last =
        serde_json::json!({"terminated": {"exitCode": 3, "reason": "Error", "finishedAt": "2026-11-24T06:00:09Z"}});
    let status = serde_json::json!({"name": "app", "restartCount": restarts, "state": state, "lastState": last});
    let pod = serde_json::json!({"kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": "web-0", "namespace": "default", "uid": "u"},
        "spec": {"nodeName": "a", "containers": [{"name": "app"}]},
        "status": {"phase": phase, "containerStatuses": [status]}});
    whole(200, pod.to_string())
}

fn running(restarts: u32) -> Answer {
    pod(restarts, "Running", &serde_json::json!({"running": {}}))
}

fn over(restarts: u32) -> Answer {
    pod(restarts, "Failed", &serde_json::json!({"terminated": {"exitCode": 7, "reason": "Error"}}))
}

fn gone() -> Answer {
    let (code, body) = refused(404, "pods \"web-0\" not found");
    whole(code, body)
}

fn whole(code: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer { code, body: body.into(), breaks: false }
}

fn cut(body: &[u8], at: usize) -> Answer {
    Answer { code: 200, body: body[..at].to_vec(), breaks: true }
}

/// A server that answers so, one after the other, the last for ever: questions for the log, and for the pod. The pod is
/// asked for when the program starts, beside each question for the log, and behind a log that is over.
fn node(logs: Vec<Answer>, pods: Vec<Answer>) -> Script {
    let (mut logs, mut pods) = (logs, pods);
    let next = |answers: &mut Vec<Answer>| if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
    Script::start(move |path| {
        if path.contains("previous=true") {
            whole(200, sent(&LINES))
        } else if path.contains("/log?") {
            next(&mut logs)
        } else if path.contains("/pods/") {
            next(&mut pods)
        } else {
            gone()
        }
    })
}

/// A pod that runs until the log was asked for twice after the first time.
fn pods() -> Vec<Answer> {
    vec![running(0), running(0), running(0), running(0), over(0)]
}

#[test]
fn a_broken_stream_is_taken_up_and_every_byte_comes_once() {
    let all = sent(&LINES);
    let plain = LINES.join(&b'\n');
    for (at, flags) in [(45, ""), (100, " --timestamps"), (all.len() - 2, ""), (0, " --timestamps --tail=5")] {
        let script = node(vec![cut(&all, at), whole(200, all.clone())], pods());
        let (output, asked) = script.run(&format!("web-0 -f{flags}"));
        let expected = if flags.contains("timestamps") { &all } else { &plain };
        assert!(output.stdout == *expected, "cut at {at}: {}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(output.status.code(), Some(0));
        let said = text(&output.stderr);
        assert!(said.contains("[pod/web-0/app] could not read the log of web-0/app"), "{said}");
        assert!(said.ends_with("[pod/web-0/app] it ended with exit code 7 (Error)\n"), "{said}");
        assert!(asked.iter().all(|path| path.contains("follow=true&") || path.contains("&follow=true")), "{asked:?}");
    }
}

#[test]
fn a_restart_is_told_beside_the_log() {
    let (old, new) = (sent(&LINES), [&sent_from(8, &[b"new run"])[..], b"\n"].concat());
    let logs = vec![whole(200, old), whole(200, new)];
    let (output, _) = node(logs, vec![running(0), running(0), running(1), over(1)]).run("web-0 -f");
    let expected = [&LINES.join(&b'\n')[..], b"\nnew run\n"].concat();
    assert!(output.stdout == expected, "{}", String::from_utf8_lossy(&output.stdout));
    let said = text(&output.stderr);
    assert!(said.contains("[pod/web-0/app] restart 1; it ended with exit code 3 (Error);"), "{said}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_pod_that_is_deleted_meanwhile_is_said_to_be() {
    let logs = vec![whole(200, sent(&LINES))];
    let (output, _) = node(logs, vec![running(0), running(0), running(0), gone()]).run("web-0 -f");
    assert!(output.stdout == LINES.join(&b'\n'));
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(0), "[pod/web-0/app] the pod was deleted\n".to_owned())
    );
}

#[test]
fn what_may_be_missing_is_said_with_its_times() {
    let logs = vec![cut(&sent(&LINES), 100), whole(200, sent_from(7, &[b"later\n"]))];
    let (output, _) = node(logs, pods()).run("web-0 -f");
    let said = text(&output.stderr);
    assert!(said.contains("gap: lines may be missing between 2026-11-24T06:00:01Z and 2026-11-24T06:00:0"), "{said}");
    assert!(output.stdout.starts_with(b"one\nsame\n") && output.stdout.ends_with(b"later\n"));
}
