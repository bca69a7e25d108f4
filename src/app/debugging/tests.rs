//! The debug form by keys and messages, without a runtime.

use serde_json::{Value, json};

use crate::app::App;
use crate::app::layout::Slot;
use crate::app::message::{Effect, FileText, LedgerUpdate, Msg, Opened};
use crate::app::panes::Pane;
use crate::app::panes::debug::row::Row;
use crate::app::panes::debug::{DebugPane, Phase};
use crate::app::tests::{connected, now, press, typed};
use crate::app::writes::JobId;
use crate::base::problem::Problem;
use crate::cluster::api::{DebugTarget, ExitStatus, ShellUpdate, WriteUpdate};
use crate::model::kind::{Kind, ObjectKey};
use crate::model::write::{Access, Need, Operation, Write};

fn pod() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "api-0", "namespace": "shop", "uid": "api-0", "labels": {"app": "api"}},
        "spec": {"nodeName": "node-a", "containers": [{"name": "app", "image": "api:1"}, {"name": "proxy", "image": "proxy:1"}]},
        "status": {"phase": "Running"},
    })
}

fn read(app: &mut App, object: Value, namespace: Value) -> Vec<Effect> {
    let (id, _) = app.panes.iter().next().expect("a form");
    app.update(Msg::DebugTarget(*id, Ok(Box::new(DebugTarget { object, namespace }))), now())
}

/// A form for pod `api-0`, which was read.
fn form() -> App {
    let mut app = connected();
    let effects = press(&mut app, "D");
    let key = ObjectKey::new(Kind::Pod, "shop", "api-0");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ReadDebugTarget { key: of, .. } if *of == key)));
    read(&mut app, pod(), json!({"metadata": {"name": "shop"}}));
    app
}

fn pane(app: &App) -> &DebugPane {
    let found = app.panes.values().find_map(|pane| match pane {
        Pane::Debug(pane) => Some(pane),
        _ => None,
    });
    found.expect("a form")
}

fn tried(effects: &[Effect]) -> Option<&Write> {
    effects.iter().find_map(|effect| match effect {
        Effect::TryWrite(_, write) => Some(&**write),
        _ => None,
    })
}

fn written(effects: &[Effect]) -> Option<&Write> {
    effects.iter().find_map(|effect| match effect {
        Effect::Write(_, write) => Some(&**write),
        _ => None,
    })
}

/// The server's answer to what the form has asked last.
fn answer(app: &mut App, update: WriteUpdate) -> Vec<Effect> {
    let job = match pane(app).phase {
        Phase::Trying(job) | Phase::Sending(job) => job,
        ref phase => panic!("nothing is asked: {phase:?}"),
    };
    app.update(Msg::Write(job, update), now())
}

/// The ledger's answer to what it was to note.
fn noted(app: &mut App, effects: &[Effect], how: Result<(), Problem>) -> Vec<Effect> {
    let job = effects.iter().find_map(|effect| match effect {
        Effect::Note { job, .. } => *job,
        _ => None,
    });
    let update = LedgerUpdate::Noted(job.expect("something is noted"), how);
    app.update(Msg::Ledger(app.session.link_epoch, update), now())
}

fn done() -> WriteUpdate {
    WriteUpdate::Done { said: "pod/api-0 debugged".to_owned(), object: None }
}

fn command(app: &App) -> String {
    pane(app).command().expect("something to send").to_string()
}

#[test]
fn enter_sends_what_a_tired_person_needs() {
    let mut app = form();
    assert!(pane(&app).title().ends_with("ready to be sent"), "{}", pane(&app).title());
    let effects = press(&mut app, "enter");
    let write = tried(&effects).expect("the server is asked first");
    let Operation::Debug(debug) = &write.operation else { panic!("{write:?}") };
    assert_eq!(debug.requests[0].path, "/api/v1/namespaces/shop/pods/api-0/ephemeralcontainers");
    let body: Value = serde_json::from_str(&debug.requests[0].body).expect("JSON");
    let container = &body["spec"]["ephemeralContainers"][0];
    assert_eq!(container["targetContainerName"], "app");
    assert_eq!((&container["stdin"], &container["tty"]), (&json!(true), &json!(true)));
    assert!(written(&effects).is_none(), "nothing is changed by the question");

    let effects = answer(&mut app, done());
    assert!(written(&effects).is_none(), "the ledger knows of it first");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::EndJob(_))), "the question is over");
    let effects = noted(&mut app, &effects, Ok(()));
    let sent = written(&effects).expect("then it is sent");
    let Operation::Debug(sent) = &sent.operation else { panic!("{sent:?}") };
    assert_eq!(sent.requests[0].body, body.to_string(), "under the name that was tried");

    let effects = answer(&mut app, done());
    let name = container["name"].as_str().expect("a name");
    let opened = effects.iter().any(|effect| {
        matches!(effect, Effect::OpenShell { request, .. }
            if request.exec.attach && request.waits && request.exec.container.as_deref() == Some(name))
    });
    assert!(opened, "its tile waits for it: {effects:?}");
    assert!(!app.panes.values().any(|pane| matches!(pane, Pane::Debug(_))), "the form is done");
}

#[test]
fn a_refusal_stands_at_the_form_and_nothing_is_lost() {
    let mut app = form();
    press(&mut app, "tab ctrl-u");
    typed(&mut app, "alpine");
    press(&mut app, "enter");
    let problem = Problem::new("debug pod/api-0", "exceeded quota", "Ask for more");
    answer(&mut app, WriteUpdate::Failed(problem));
    let pane = pane(&app);
    assert_eq!(pane.phase, Phase::Choosing);
    assert!(pane.rows.plain().contains("not sent: exceeded quota\nAsk for more\n"));
    assert!(pane.rows.plain().contains("alpine"));
    press(&mut app, "x");
    assert!(!self::pane(&app).rows.plain().contains("exceeded"), "what was changed since was not refused");
}

#[test]
fn what_is_wrong_is_said_before_it_is_sent_and_at_its_row() {
    let mut app = form();
    press(&mut app, "tab");
    typed(&mut app, " X");
    let effects = press(&mut app, "down down enter");
    assert!(tried(&effects).is_none());
    assert_eq!(pane(&app).cursor().label(), "image", "the cursor is where it can be mended");
    assert!(pane(&app).rows.plain().contains("invalid reference format"));
}

#[test]
fn each_way_is_a_choice_and_the_command_stands_beside() {
    let mut app = form();
    assert_eq!(
        command(&app).split(" --container").next(),
        Some("kubectl debug api-0 -it --image=busybox:1.28"),
        "{}",
        command(&app)
    );
    press(&mut app, "space");
    assert!(command(&app).contains("--copy-to=api-0-debug"), "{}", command(&app));
    press(&mut app, "space tab tab");
    typed(&mut app, "sleep 1d");
    assert!(command(&app).contains("--container=app --copy-to=api-0-debug -n shop -- sleep 1d"), "{}", command(&app));
    press(&mut app, "up up space tab");
    typed(&mut app, "*=ubuntu");
    assert!(command(&app).contains("'--set-image=*=ubuntu'"), "{}", command(&app));
    assert!(pane(&app).preview.plain().contains("ubuntu"), "{}", pane(&app).preview.plain());
}

#[test]
fn a_namespace_with_a_policy_begins_with_the_profile_that_fits() {
    let mut app = connected();
    press(&mut app, "D");
    let labels = json!({"pod-security.kubernetes.io/enforce": "baseline"});
    read(&mut app, pod(), json!({"metadata": {"name": "shop", "labels": labels}}));
    assert!(command(&app).contains("--profile=baseline") && !pane(&app).is_blocked());
    press(&mut app, "tab tab tab left");
    assert!(pane(&app).is_blocked());
    assert!(pane(&app).rows.plain().contains("enforces baseline"), "{}", pane(&app).rows.plain());
}

#[test]
fn a_right_that_is_missing_is_said_and_nothing_is_sent() {
    let mut app = form();
    let need = Need::new("patch", &Kind::Pod.into(), "shop").part("ephemeralcontainers");
    app.update(Msg::Access(app.session.epoch, vec![(need, Access::Denied(String::new()))]), now());
    assert!(
        pane(&app).rows.plain().contains("you may not patch pods/ephemeralcontainers"),
        "{}",
        pane(&app).rows.plain()
    );
    assert!(tried(&press(&mut app, "enter")).is_none());
    press(&mut app, "space");
    assert!(!pane(&app).is_blocked(), "a copy takes other rights: {}", pane(&app).rows.plain());
}

#[test]
fn a_custom_part_is_typed_and_its_mistakes_are_said_with_their_line() {
    let mut app = form();
    press(&mut app, "ctrl-o up enter");
    typed(&mut app, "image: x");
    press(&mut app, "esc");
    assert!(pane(&app).rows.plain().contains("not modifiable via custom profile"), "{}", pane(&app).rows.plain());
    press(&mut app, "enter");
    press(&mut app, "ctrl-home ctrl-k");
    typed(&mut app, "securityContext: {runAsUser: 0}");
    press(&mut app, "ctrl-s");
    assert!(!pane(&app).is_blocked(), "{}", pane(&app).rows.plain());
    assert!(pane(&app).preview.plain().contains("runAsUser: 0"));
}

#[test]
fn only_a_form_in_which_something_was_chosen_asks_before_it_closes() {
    let mut app = form();
    press(&mut app, "esc");
    assert!(app.panes.is_empty());
    let mut app = form();
    press(&mut app, "space esc");
    assert!(app.modal.is_some());
    press(&mut app, "y");
    assert!(app.panes.is_empty());
}

#[test]
fn a_pod_on_a_node_is_made_where_it_is_said() {
    let mut app = connected();
    app.open_debug_of(ObjectKey::new(Kind::Node, "", "node-a"), None);
    let node = json!({"metadata": {"name": "node-a", "uid": "n"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
    read(&mut app, node, Value::Null);
    assert_eq!(pane(&app).place(), "shop");
    press(&mut app, "ctrl-o down down down down ctrl-u");
    typed(&mut app, "kube-system");
    let plan = pane(&app).plan.as_ref().expect("a plan");
    assert_eq!(plan.requests()[0].path, "/api/v1/namespaces/kube-system/pods");
    assert!(command(&app).starts_with("kubectl debug node/node-a -it"), "{}", command(&app));
}

#[test]
fn what_the_ledger_cannot_note_is_sent_only_when_a_person_says_so() {
    let mut app = form();
    press(&mut app, "enter");
    let effects = answer(&mut app, done());
    let effects = noted(&mut app, &effects, Err(Problem::new("note it", "the disk is full", "")));
    assert!(written(&effects).is_none() && app.modal.is_some());
    assert!(pane(&app).rows.plain().contains("the disk is full"));
    press(&mut app, "n");
    assert!(pane(&app).is_typing(), "it can be sent again");
    press(&mut app, "enter");
    let effects = answer(&mut app, done());
    noted(&mut app, &effects, Err(Problem::new("note it", "the disk is full", "")));
    let effects = press(&mut app, "y");
    assert!(written(&effects).is_some());
    answer(&mut app, done());
    assert!(app.panes.values().all(|pane| !matches!(pane, Pane::Debug(_))));
}

#[test]
fn what_has_no_containers_is_not_debugged() {
    let mut app = connected();
    press(&mut app, "4 D");
    assert!(app.panes.is_empty() && app.notice.is_some());
}

#[test]
fn a_part_is_read_from_a_file_and_its_mistakes_are_marked_on_their_line() {
    let mut app = form();
    press(&mut app, "ctrl-o up enter");
    let remarked = |app: &App| {
        let area = pane(app).custom.as_ref().expect("the part is open");
        area.remarked().map(|(line, said)| (line, said.to_owned()))
    };
    assert_eq!(remarked(&app), None);
    press(&mut app, "ctrl-o");
    typed(&mut app, "~/part.yaml");
    let effects = press(&mut app, "enter");
    let [Effect::ReadPart(id, path)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(path, "~/part.yaml");
    let file = "/home/ann/part.yaml".to_owned();
    let text = "stdin: true\nsecurityContext:\n  runAsUser: root\n".to_owned();
    app.update(Msg::Part(*id, Ok(FileText { text, file })), now());
    assert_eq!(remarked(&app), Some((2, "securityContext.runAsUser should be a whole number".to_owned())));
    press(&mut app, "ctrl-s");
    assert!(pane(&app).is_blocked());
    assert!(pane(&app).rows.plain().contains("3 lines of /home/ann/part.yaml"), "{}", pane(&app).rows.plain());
    press(&mut app, "enter down down end backspace backspace backspace backspace 0");
    assert_eq!(remarked(&app), None);
    press(&mut app, "ctrl-s");
    assert!(!pane(&app).is_blocked(), "{}", pane(&app).rows.plain());
    assert!(command(&app).contains("--custom=custom.yaml"), "it is another text now: {}", command(&app));
}

#[test]
fn a_part_as_it_stands_in_a_file_is_named_by_it() {
    let mut app = form();
    let (id, _) = app.focused_pane().expect("the form");
    press(&mut app, "ctrl-o up enter ctrl-o");
    typed(&mut app, "part.json");
    press(&mut app, "enter");
    let found = FileText { text: "{\"stdin\": true}\n".to_owned(), file: "part.json".to_owned() };
    app.update(Msg::Part(id, Ok(found)), now());
    press(&mut app, "esc");
    assert!(command(&app).contains("--custom=part.json"), "{}", command(&app));
    let problem = Problem::new("read other.json", "No such file", "");
    app.update(Msg::Part(id, Err(problem)), now());
    assert!(app.notice.as_ref().is_some_and(|(notice, _)| notice.text.contains("No such file")));
    assert!(command(&app).contains("--custom=part.json"), "what was read before stays");
}

/// A form that is sent with this image, to its end.
fn send_with(app: &mut App, image: &str) -> Vec<Effect> {
    press(app, "tab ctrl-u");
    typed(app, image);
    press(app, "enter");
    let effects = answer(app, done());
    noted(app, &effects, Ok(()));
    answer(app, done())
}

#[test]
fn images_that_were_used_come_back_newest_first() {
    let mut app = connected();
    let opened = Opened { images: vec!["netshoot".to_owned(), "alpine".to_owned()], ..Opened::default() };
    app.update(Msg::Ledger(app.session.link_epoch, LedgerUpdate::Opened(Box::new(opened))), now());
    press(&mut app, "D");
    read(&mut app, pod(), Value::Null);
    let image = |app: &App| pane(app).draft.text(Row::Image).to_owned();
    assert_eq!(image(&app), "busybox:1.28", "it begins with the configured one");
    press(&mut app, "ctrl-p");
    assert_eq!(image(&app), "busybox:1.28", "another row has no images");
    press(&mut app, "tab");
    assert!(pane(&app).rows.plain().contains("used before: netshoot alpine"), "{}", pane(&app).rows.plain());
    press(&mut app, "ctrl-p ctrl-p ctrl-p");
    assert_eq!(image(&app), "alpine");
    press(&mut app, "ctrl-n");
    assert_eq!(image(&app), "netshoot");
    press(&mut app, "ctrl-n");
    assert_eq!(image(&app), "busybox:1.28", "what stood there is not lost");
    press(&mut app, "up");
    let effects = send_with(&mut app, "fresh:1");
    assert!(effects.contains(&Effect::KeepImage("fresh:1".to_owned())), "{effects:?}");
    app.layout.focus(Slot::List);
    press(&mut app, "D");
    let (id, _) = app.focused_pane().expect("the form");
    app.update(Msg::DebugTarget(id, Ok(Box::new(DebugTarget { object: pod(), namespace: Value::Null }))), now());
    assert_eq!(image(&app), "fresh:1", "the last one of this run");
    press(&mut app, "tab ctrl-p");
    assert_eq!(image(&app), "netshoot");
}

#[test]
fn another_namespace_of_a_node_pod_has_another_policy() {
    let mut app = connected();
    app.open_debug_of(ObjectKey::new(Kind::Node, "", "node-a"), None);
    let node = json!({"metadata": {"name": "node-a", "uid": "n"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
    let namespace = |level: &str| json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": level}}});
    read(&mut app, node.clone(), namespace("restricted"));
    press(&mut app, "tab right");
    assert!(pane(&app).rows.plain().contains("enforces restricted"), "{}", pane(&app).rows.plain());
    press(&mut app, "ctrl-o down down down ctrl-u");
    let asked = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::ReadDebugTarget { namespace, delay, .. } => Some((namespace.clone(), *delay > 0)),
            _ => None,
        })
    };
    let effects = press(&mut app, "o");
    assert_eq!(asked(&effects), Some(("o".to_owned(), true)), "not for every key");
    assert!(!pane(&app).rows.plain().contains("enforces"), "what another namespace refuses is not known");
    let effects = press(&mut app, "p");
    assert_eq!(asked(&effects), Some(("op".to_owned(), true)));
    assert_eq!(asked(&press(&mut app, "left")), None, "nothing changed");
    read(&mut app, node, namespace("baseline"));
    assert!(pane(&app).rows.plain().contains("enforces baseline"), "{}", pane(&app).rows.plain());
    assert_eq!(pane(&app).place(), "op", "what is typed stays");
}

#[test]
fn a_question_to_the_server_can_be_given_up_and_ends_with_its_connection() {
    let mut app = form();
    press(&mut app, "enter");
    assert!(pane(&app).is_busy());
    let (id, _) = app.focused_pane().expect("the form");
    app.close_form(id);
    assert_eq!(pane(&app).phase, Phase::Choosing, "nothing was sent, so nothing has to be waited for");
    press(&mut app, "enter");
    let effects = press(&mut app, "ctrl-r");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::EndJob(_))), "{effects:?}");
    assert_eq!(pane(&app).phase, Phase::Choosing);
    let late = JobId(1);
    app.update(Msg::Write(late, done()), now());
    assert_eq!(pane(&app).phase, Phase::Choosing, "a late answer sends nothing");
}

#[test]
fn a_note_that_is_on_the_disk_counts_after_the_connection_is_begun_anew() {
    let mut app = form();
    press(&mut app, "enter");
    let effects = answer(&mut app, done());
    let (epoch, job) = effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Note { epoch, job: Some(job), .. } => Some((*epoch, *job)),
            _ => None,
        })
        .expect("something is noted");
    app.reconnect();
    assert_ne!(epoch, app.session.link_epoch);
    let effects = app.update(Msg::Ledger(epoch, LedgerUpdate::Noted(job, Ok(()))), now());
    assert!(written(&effects).is_some(), "it is sent, and the form does not wait for ever");
}

#[test]
fn a_tile_that_has_no_shell_goes_when_another_way_was_found() {
    let mut app = connected();
    press(&mut app, "s");
    let (shell, _) = app.focused_pane().expect("its tile");
    let message = r#"exec: "sh": executable file not found in $PATH: unknown"#.to_owned();
    let status = ExitStatus::Error { reason: "InternalError".to_owned(), message };
    app.update(Msg::Shell(shell, ShellUpdate::Ended(status)), now());
    press(&mut app, "D");
    let (id, _) = app.focused_pane().expect("the form");
    app.update(Msg::DebugTarget(id, Ok(Box::new(DebugTarget { object: pod(), namespace: Value::Null }))), now());
    assert!(app.panes.contains_key(&shell));
    send_with(&mut app, "busybox:1.28");
    assert!(!app.panes.contains_key(&shell));
    assert_eq!(app.panes.len(), 1, "the tile of what was made");
}
