//! Shells and attaching by keys and messages, without a runtime.

use serde_json::{Value, json};

use crate::app::App;
use crate::app::message::{Effect, Msg};
use crate::app::tests::{connected, now, press, typed, watched};
use crate::cluster::api::{ContainerEnd, ExecRequest, ExitStatus, SessionRequest, ShellUpdate, Streams, Waiting};
use crate::model::change::{Change, Delta};
use crate::model::kind::{Kind, ObjectKey};
use crate::model::pod::PodRow;
use crate::model::row::{Interner, WireRow as _};

/// A pod with a container `app`, which has what `spec` says, and an ephemeral one, in these states.
fn pod(spec: &Value, app: &Value, debugger: &Value) -> PodRow {
    let mut container = json!({"name": "app"});
    for (name, value) in spec.as_object().into_iter().flatten() {
        container[name] = value.clone();
    }
    let pod = json!({
        "metadata": {"name": "api-0", "namespace": "shop", "uid": "u"},
        "spec": {
            "nodeName": "node-a",
            "containers": [container],
            "ephemeralContainers": [{"name": "debugger-x", "stdin": true, "tty": true}],
        },
        "status": {
            "phase": "Running",
            "containerStatuses": [{"name": "app", "state": app}],
            "ephemeralContainerStatuses": [{"name": "debugger-x", "state": debugger}],
        },
    });
    PodRow::from_wire(serde_json::from_value(pod).expect("a pod"), &mut Interner::default())
}

fn with(row: PodRow) -> App {
    let mut app = connected();
    watched(&mut app, Change::Deltas(vec![Delta::Applied(row)]));
    app
}

/// An app whose pod runs a process with what `spec` says.
pub(super) fn running(spec: &Value) -> App {
    with(pod(spec, &json!({"running": {}}), &json!({})))
}

pub(super) fn tell(app: &mut App, update: ShellUpdate) -> Vec<Effect> {
    let (id, _) = app.panes.iter().next().expect("a pane");
    app.update(Msg::Shell(*id, update), now())
}

pub(super) fn opened<'a>(effects: &'a [Effect]) -> Vec<&'a SessionRequest> {
    let opened = |effect: &'a Effect| match effect {
        Effect::OpenShell { request, .. } => Some(request),
        _ => None,
    };
    effects.iter().filter_map(opened).collect()
}

pub(super) fn sent(effects: &[Effect]) -> Vec<u8> {
    let sent = |effect: &Effect| match effect {
        Effect::ShellInput(_, bytes) => Some(bytes.clone()),
        _ => None,
    };
    effects.iter().filter_map(sent).flatten().collect()
}

fn title(app: &App) -> String {
    app.panes.values().next().map(crate::app::panes::Pane::title).unwrap_or_default()
}

fn words(app: &App) -> String {
    let Some(crate::app::panes::Pane::Shell(pane)) = app.panes.values().next() else { panic!("a shell pane") };
    app.words_of_shell(pane).iter().map(|line| line.plain() + "\n").collect()
}

fn notice(app: &App) -> &str {
    app.notice.as_ref().map_or("", |(notice, _)| &notice.text)
}

#[test]
fn x06_attaching_asks_for_what_the_container_has() {
    let mut app = running(&json!({"stdin": true, "tty": true}));
    let effects = press(&mut app, "a");
    let exec = ExecRequest {
        namespace: "shop".into(),
        pod: "api-0".into(),
        container: Some("app".into()),
        command: Vec::new(),
        tty: true,
        stdin: true,
        attach: true,
    };
    assert_eq!(opened(&effects), [&SessionRequest { exec, waits: false }]);
    tell(&mut app, ShellUpdate::Open);
    assert_eq!(title(&app), "attach api-0/app · attached");
    assert_eq!(sent(&press(&mut app, "x")), b"x");
}

#[test]
fn x07_without_a_terminal_lines_are_typed_here_and_sent_whole() {
    let mut app = running(&json!({"stdin": true}));
    let effects = press(&mut app, "a");
    assert!(opened(&effects).iter().all(|request| request.exec.stdin && !request.exec.tty), "{effects:?}");
    assert!(notice(&app).contains("without a terminal; what is typed goes to it line by line"), "{}", notice(&app));
    tell(&mut app, ShellUpdate::Open);
    assert_eq!(sent(&typed(&mut app, "hi")), b"");
    assert_eq!(sent(&press(&mut app, "enter")), b"hi\n");
    tell(&mut app, ShellUpdate::Output(b"one\ntwo\n".as_slice().into()));
    let text = app.panes.values().next().map(crate::app::panes::Pane::plain_text).unwrap_or_default();
    assert_eq!(text.lines().take(3).collect::<Vec<_>>(), ["hi", "one", "two"], "{text:?}");
}

#[test]
fn a_container_that_takes_no_input_is_only_looked_at() {
    let mut app = running(&json!({}));
    press(&mut app, "a");
    tell(&mut app, ShellUpdate::Open);
    assert_eq!(title(&app), "attach api-0/app · attached · output only");
    assert_eq!(sent(&press(&mut app, "x enter")), b"");
}

#[test]
fn the_detach_keys_leave_the_process_and_attaching_again_keeps_the_screen() {
    let mut app = running(&json!({"stdin": true, "tty": true}));
    press(&mut app, "a");
    tell(&mut app, ShellUpdate::Open);
    tell(&mut app, ShellUpdate::Output(b"before".as_slice().into()));
    assert_eq!(sent(&press(&mut app, "ctrl-p x")), b"\x10x", "a broken sequence is typed");
    let effects = press(&mut app, "ctrl-p ctrl-q");
    assert!(matches!(&effects[..], [Effect::ClosePane(_)]), "{effects:?}");
    assert!(words(&app).starts_with("detached: the process goes on   r attach again"), "{}", words(&app));
    let effects = press(&mut app, "r");
    assert_eq!(opened(&effects).len(), 1);
    tell(&mut app, ShellUpdate::Open);
    let text = app.panes.values().next().map(crate::app::panes::Pane::plain_text).unwrap_or_default();
    assert!(text.contains("before"), "{text:?}");
    press(&mut app, "ctrl-g d");
    assert_eq!(title(&app), "attach api-0/app · detached", "the action does the same");
}

#[test]
fn a_session_is_attached_to_again_from_the_list() {
    let mut app = running(&json!({"stdin": true, "tty": true}));
    press(&mut app, "a");
    tell(&mut app, ShellUpdate::Open);
    tell(&mut app, ShellUpdate::Ended(ExitStatus::Lost("reset".into())));
    assert!(words(&app).starts_with("the connection broke, the process goes on: reset   r attach again"));
    let effects = press(&mut app, "esc 5 r");
    assert_eq!(opened(&effects).len(), 1, "{effects:?}");
    assert!(app.focused_pane().is_some());
}

#[test]
fn shells_and_attached_processes_stand_side_by_side() {
    let mut app = running(&json!({"stdin": true, "tty": true}));
    press(&mut app, "a");
    app.layout.focus(crate::app::layout::Slot::List);
    assert_eq!(opened(&press(&mut app, "s")).len(), 1);
    app.layout.focus(crate::app::layout::Slot::List);
    assert_eq!(opened(&press(&mut app, "a")).len(), 0, "it is there already");
    assert_eq!(app.panes.len(), 2);
}

#[test]
fn a_debug_session_waits_says_why_and_attaches_by_itself() {
    let mut app = running(&json!({}));
    app.open_debug_session(ObjectKey::new(Kind::Pod, "shop", "api-0"), "debugger-x".into());
    let effects = app.update(Msg::Wake, now());
    assert!(opened(&effects).iter().all(|request| request.waits && request.exec.attach), "{effects:?}");
    assert!(words(&app).contains("nobody has said why yet"));
    let waiting = Waiting { reason: "ImagePullBackOff".into(), message: "Back-off pulling image \"nope\"".into() };
    tell(&mut app, ShellUpdate::Waiting(waiting));
    let later = now().plus_micros(12_000_000);
    app.update(Msg::Wake, later);
    let said = words(&app);
    assert!(said.contains("waiting for container debugger-x of pod/api-0 · 12s"), "{said}");
    assert!(said.contains("ImagePullBackOff: Back-off pulling image \"nope\""), "{said}");
    assert!(app.wake_at().is_some_and(|at| at <= later.plus_micros(1_000_000)), "the time goes on");
    // Its keys are the program's while it waits.
    press(&mut app, "esc");
    assert_eq!(app.focused_pane().map(|(id, _)| id), None);
    tell(&mut app, ShellUpdate::Streams(Streams { stdin: true, tty: true }));
    assert_eq!(notice(&app), "container debugger-x of pod/api-0 runs; its tile is attached to it");
    tell(&mut app, ShellUpdate::Open);
    assert_eq!(title(&app), "attach api-0/debugger-x · attached");
}

#[test]
fn d42_what_ended_at_once_shows_its_log_and_its_code() {
    let mut app = running(&json!({}));
    app.open_debug_session(ObjectKey::new(Kind::Pod, "shop", "api-0"), "debugger-x".into());
    tell(&mut app, ShellUpdate::Log(b"sh: bad option\n".as_slice().into()));
    tell(&mut app, ShellUpdate::Over(ContainerEnd { code: 2, reason: "Error".into(), message: String::new() }));
    let text = app.panes.values().next().map(crate::app::panes::Pane::plain_text).unwrap_or_default();
    assert!(text.starts_with("sh: bad option"), "{text:?}");
    assert!(words(&app).contains("had ended with exit code 2 (Error)"), "{}", words(&app));
    assert_eq!(title(&app), "attach api-0/debugger-x · exited 2");
}

#[test]
fn an_end_that_was_seen_is_told_with_its_code() {
    let mut app = running(&json!({"stdin": true, "tty": true}));
    press(&mut app, "a");
    tell(&mut app, ShellUpdate::Open);
    tell(&mut app, ShellUpdate::Over(ContainerEnd { code: 42, reason: "Error".into(), message: String::new() }));
    assert!(words(&app).starts_with("the process ended with exit code 42 (Error)"), "{}", words(&app));
}

#[test]
fn x10_a_pod_that_is_over_is_refused_with_its_phase() {
    let mut row = pod(&json!({}), &json!({"terminated": {"exitCode": 0}}), &json!({}));
    row.phase = "Succeeded".into();
    let mut app = with(row);
    for (key, over) in [("s", "nothing can be run in it"), ("a", "there is nothing to attach to")] {
        assert_eq!(opened(&press(&mut app, key)).len(), 0);
        assert_eq!(notice(&app), format!("pod/api-0 is over (Succeeded); {over}. Its logs: l"));
    }
}

#[test]
fn a_shell_waits_for_a_container_that_is_being_made() {
    let mut app = with(pod(&json!({}), &json!({"waiting": {"reason": "ContainerCreating"}}), &json!({})));
    assert!(opened(&press(&mut app, "s")).iter().all(|request| request.waits && !request.exec.attach));
}

#[test]
fn an_image_without_a_shell_is_answered_with_a_way_inside() {
    let mut app = running(&json!({}));
    press(&mut app, "s");
    let message = "exec: \"sh\": executable file not found in $PATH".to_owned();
    tell(&mut app, ShellUpdate::Ended(ExitStatus::Error { reason: String::new(), message }));
    assert!(notice(&app).contains("a debug container beside it has one: D in its tile"), "{}", notice(&app));
}
