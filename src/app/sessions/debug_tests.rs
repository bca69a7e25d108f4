//! Debugging's things from the ledger's first note to the last, without a runtime.

use serde_json::{Value, json};

use super::*;
use crate::app::Start;
use crate::app::message::{Epoch, LedgerUpdate, Msg, Opened};
use crate::app::modal::Modal;
use crate::app::tests::{connected, now, press, watched};
use crate::base::problem::Problem;
use crate::cluster::api::{Looked, MAY_BE_DONE, WriteUpdate};
use crate::debug::ledger::{Entry, EntryId, Event, Ledger, Note, PodRef, State};
use crate::debug::{CopyForm, Form, Names, Plan, build};
use crate::model::change::{Change, Delta};
use crate::model::kind::{Kind, ObjectKey};
use crate::model::pod::PodRow;
use crate::model::row::{Interner, WireRow as _};
use crate::model::write::{Grace, Write};

fn row(pod: Value) -> PodRow {
    PodRow::from_wire(serde_json::from_value(pod).expect("a pod"), &mut Interner::default())
}

fn original() -> Value {
    json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web-0", "namespace": "shop", "uid": "web-0"},
        "spec": {"containers": [{"name": "app", "image": "app:1"}]}})
}

/// A form for a copy, or for an ephemeral container where the name of a copy is empty.
fn form(copy: &str, replace: bool) -> Form {
    Form {
        image: "busybox".to_owned(),
        container: "debugger-x".to_owned(),
        copy: CopyForm { to: copy.to_owned(), replace, ..CopyForm::default() },
        ..Form::default()
    }
}

fn plan(form: &Form) -> Plan {
    build(form, Kind::Pod, &original(), "shop", &mut Names::seeded(1)).expect("a plan")
}

/// An application whose ledger says this.
fn opened(notes: Vec<Note>) -> App {
    let mut app = connected();
    let opened = Opened { user: "ann".to_owned(), notes, ..Opened::default() };
    ledger(&mut app, LedgerUpdate::Opened(Box::new(opened)));
    app
}

fn ledger(app: &mut App, update: LedgerUpdate) -> Vec<Effect> {
    app.update(Msg::Ledger(app.session.link_epoch, update), now())
}

/// Makes what a form says; the job, and the effects.
fn make(app: &mut App, form: &Form) -> (JobId, Vec<Effect>) {
    let job = {
        let ttl = app.config.debug.ttl.seconds();
        app.make(plan(form), form, &original(), ttl)
    };
    (job, app.update(Msg::Wake, now()))
}

fn notes(effects: &[Effect]) -> Vec<&Event> {
    let notes = effects.iter().filter_map(|effect| match effect {
        Effect::Note { notes, .. } => Some(notes),
        _ => None,
    });
    notes.flatten().map(|note| &note.event).collect()
}

fn writes(effects: &[Effect]) -> Vec<&Write> {
    let mut writes = Vec::new();
    for effect in effects {
        if let Effect::Write(_, write) = effect {
            writes.push(&**write);
        }
    }
    writes
}

fn rows(app: &App) -> Vec<(&str, &str, &str)> {
    let table = &app.sessions.feed.table;
    let rows = app.session_list.slots().iter().filter_map(|slot| table.get(*slot));
    let mut rows: Vec<_> = rows.map(|row| (row.kind, &*row.target, &*row.state)).collect();
    rows.sort_unstable();
    rows
}

fn states(app: &App) -> Vec<State> {
    app.sessions.notes.ledger.records().map(|(_, record)| record.state).collect()
}

fn said(app: &App) -> &str {
    app.notice.as_ref().map_or("", |(notice, _)| &notice.text)
}

fn question(app: &App) -> (String, Vec<char>) {
    match &app.modal {
        Some(Modal::Confirm(question)) => {
            let text: Vec<_> = question.lines.iter().map(Line::plain).collect();
            (text.join("\n"), question.answers.iter().map(|answer| answer.key).collect())
        }
        other => panic!("no question: {other:?}"),
    }
}

fn applied(app: &mut App, pod: PodRow) -> Vec<Effect> {
    watched(app, Change::Deltas(vec![Delta::Applied(pod)]))
}

fn deleted(app: &mut App, pod: PodRow) -> Vec<Effect> {
    watched(app, Change::Deltas(vec![Delta::Deleted(pod)]))
}

fn copy(phase: &str) -> PodRow {
    let state = if phase == "Running" { json!({"running": {}}) } else { json!({"terminated": {"exitCode": 0}}) };
    row(json!({"metadata": {"name": "copy", "namespace": "shop", "uid": "u-copy"},
        "spec": {"containers": [{"name": "app"}]},
        "status": {"phase": phase, "containerStatuses": [{"name": "app", "ready": true, "state": state}]}}))
}

fn with_debugger(state: &Value) -> PodRow {
    row(json!({"metadata": {"name": "web-0", "namespace": "shop", "uid": "web-0"},
        "spec": {"containers": [{"name": "app"}], "ephemeralContainers": [{"name": "debugger-x"}]},
        "status": {"phase": "Running", "ephemeralContainerStatuses": [{"name": "debugger-x", "state": state}]}}))
}

fn note(number: u32, event: Event) -> Note {
    Note { id: EntryId::of("before", number), at: now(), event }
}

/// What an earlier run has noted of a copy that is there.
fn earlier(namespace: &str) -> Vec<Note> {
    let pod = PodRef { namespace: namespace.to_owned(), name: "copy".to_owned(), uid: String::new() };
    let entry = Entry { made: Made::Copy, pod, source: "pod/web-0".to_owned(), ..Entry::default() };
    vec![note(1, Event::Intended(Box::new(entry))), note(1, Event::Known("u-copy".to_owned()))]
}

/// A copy of this run that is there, running or not.
fn made_copy(phase: &str) -> App {
    let mut app = opened(Vec::new());
    let (job, _) = make(&mut app, &form("copy", false));
    ledger(&mut app, LedgerUpdate::Noted(job, Ok(())));
    let object = Some(json!({"kind": "Pod", "metadata": {"uid": "u-copy"}}));
    app.update(Msg::Write(job, WriteUpdate::Done { said: "made".to_owned(), object }), now());
    applied(&mut app, copy(phase));
    app
}

#[test]
fn nothing_is_sent_before_it_is_on_the_disk() {
    let mut app = opened(Vec::new());
    let (job, effects) = make(&mut app, &form("copy", false));
    assert!(matches!(notes(&effects)[..], [Event::Intended(entry)] if entry.user == "ann" && entry.pod.name == "copy"));
    assert!(writes(&effects).is_empty());
    let effects = ledger(&mut app, LedgerUpdate::Noted(JobId(999), Ok(())));
    assert!(writes(&effects).is_empty(), "another's word");
    let effects = ledger(&mut app, LedgerUpdate::Noted(job, Ok(())));
    assert_eq!(notes(&effects), [&Event::Sent]);
    let body = match &writes(&effects)[..] {
        [Write { operation: Operation::Debug(debug), .. }] => debug.requests[0].body.clone(),
        other => panic!("{other:?}"),
    };
    assert!(body.contains("podtriage.dev/created") && body.contains("ann"), "{body}");
    assert!(writes(&ledger(&mut app, LedgerUpdate::Noted(job, Ok(())))).is_empty(), "it is sent once");
    assert_eq!((states(&app), rows(&app)[0].2), (vec![State::Sent], "sent"));
}

#[test]
fn what_was_noted_too_long_ago_is_noted_again_before_it_is_sent() {
    let mut app = opened(Vec::new());
    let (job, _) = make(&mut app, &form("copy", false));
    // The program was stopped meanwhile, and another one may have judged the entry.
    let later = now().plus_micros(3_600_000_000);
    let noted = |app: &mut App| app.update(Msg::Ledger(Epoch(1), LedgerUpdate::Noted(job, Ok(()))), later);
    let effects = noted(&mut app);
    assert!(writes(&effects).is_empty());
    assert!(matches!(notes(&effects)[..], [Event::Intended(_)]), "{effects:?}");
    assert_eq!(writes(&noted(&mut app)).len(), 1);
}

#[test]
fn what_cannot_be_noted_is_asked_about_and_not_sent_without_a_yes() {
    let problem = || Problem::new("write the ledger", "read-only file system", "");
    for (keys, sent, left) in [("y", 1, 1), ("n", 0, 0)] {
        let mut app = opened(Vec::new());
        let (job, _) = make(&mut app, &form("copy", false));
        let effects = ledger(&mut app, LedgerUpdate::Noted(job, Err(problem())));
        assert!(writes(&effects).is_empty());
        assert!(question(&app).0.contains("read-only file system"));
        let effects = press(&mut app, keys);
        assert_eq!(writes(&effects).len(), sent);
        app.update(Msg::Wake, now());
        assert_eq!(app.sessions.notes.ledger.living().count(), left, "{keys}");
    }
}

#[test]
fn an_answer_makes_it_known_and_a_pod_shows_how_it_stands() {
    let mut app = made_copy("Running");
    assert_eq!(states(&app), [State::Known]);
    assert!(rows(&app).contains(&("debug copy", "pod/copy", "running")), "{:?}", rows(&app));
    applied(&mut app, copy("Succeeded"));
    assert!(rows(&app).contains(&("debug copy", "pod/copy", "ended, exit 0")));
    let effects = deleted(&mut app, copy("Succeeded"));
    assert_eq!(notes(&effects), [&Event::Gone]);
    assert_eq!(rows(&app), []);
}

#[test]
fn a_refusal_leaves_nothing_and_silence_leaves_it_open() {
    for (next, state) in [("", State::Gone), (MAY_BE_DONE, State::Sent)] {
        let mut app = opened(Vec::new());
        let (job, _) = make(&mut app, &form("copy", false));
        ledger(&mut app, LedgerUpdate::Noted(job, Ok(())));
        let effects = app.update(Msg::Write(job, WriteUpdate::Failed(Problem::new("debug", "no", next))), now());
        let key = ObjectKey::new(Kind::Pod, "shop", "copy");
        let looks = effects.contains(&Effect::LookFor(Epoch(1), vec![key.clone()]));
        assert_eq!(looks, next.is_empty(), "a part of what failed may be there");
        ledger(&mut app, LedgerUpdate::Looked(vec![(key, Looked::Missing)]));
        assert_eq!(states(&app), [state], "{next}");
    }
}

#[test]
fn a_pod_that_is_replaced_is_kept_first_and_can_be_restored() {
    let mut app = opened(Vec::new());
    let (job, effects) = make(&mut app, &form("copy", true));
    let [Effect::Note { notes: noted, manifest: Some((name, text)), .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(noted.len(), 2);
    assert!(text.contains("app:1"));
    let name = name.clone();
    ledger(&mut app, LedgerUpdate::Noted(job, Ok(())));
    let object = Some(json!({"kind": "Pod", "metadata": {"uid": "u-copy"}}));
    app.update(Msg::Write(job, WriteUpdate::Done { said: String::new(), object }), now());
    applied(&mut app, copy("Running"));
    deleted(&mut app, row(original()));
    let removed = ("removed pod", "pod/web-0", "removed, can be restored");
    assert!(rows(&app).contains(&removed), "{:?}", rows(&app));
    press(&mut app, "5");
    while app.selected_session().is_some_and(|row| row.kind != "removed pod") {
        press(&mut app, "j");
    }
    let effects = press(&mut app, "r");
    let [Effect::ReadManifest(_, job, file)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*file, name);
    let text = original().to_string();
    ledger(&mut app, LedgerUpdate::Manifest(*job, Ok(text)));
    assert!(question(&app).0.contains("Create pod/web-0"));
    let effects = press(&mut app, "y");
    let [write] = writes(&effects)[..] else { panic!("{effects:?}") };
    assert!(matches!(&write.operation, Operation::Create(body) if !body.contains("uid")));
    let Some(Effect::Write(job, _)) = effects.iter().find(|effect| matches!(effect, Effect::Write(..))) else {
        panic!()
    };
    let effects = app.update(Msg::Write(*job, WriteUpdate::Done { said: String::new(), object: None }), now());
    assert!(effects.contains(&Effect::ForgetManifest(name)));
}

#[test]
fn a_copy_is_deleted_with_its_uid_and_a_container_only_ended() {
    let mut app = made_copy("Running");
    press(&mut app, "5 ctrl-d");
    assert!(question(&app).0.contains("Delete pod/copy in namespace shop, context dev?"));
    let effects = press(&mut app, "y");
    let [write] = writes(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((write.uid.as_str(), &write.operation), ("u-copy", &Operation::Delete(Grace::Own)));
    assert_eq!(notes(&effects), [&Event::Cleaning]);

    let mut app = opened(Vec::new());
    applied(&mut app, with_debugger(&json!({"running": {}})));
    assert_eq!(rows(&app), [("debug container", "pod/web-0", "running")]);
    press(&mut app, "5 ctrl-d");
    let (text, _) = question(&app);
    assert!(text.contains("End debugger-x in pod/web-0") && text.contains("cannot be removed"), "{text}");
    assert!(text.contains("kubectl's"), "it is not ours: {text}");
    let effects = press(&mut app, "y");
    let [write] = writes(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((write.uid.as_str(), &write.operation), ("web-0", &Operation::EndContainer("debugger-x".to_owned())));
    applied(&mut app, with_debugger(&json!({"terminated": {"exitCode": 137}})));
    assert!(rows(&app).iter().all(|row| row.0 != "debug container"), "what others have left and has ended");
}

#[test]
fn a_session_of_debugging_leads_to_its_log_and_its_shell() {
    let mut app = opened(Vec::new());
    applied(&mut app, with_debugger(&json!({"running": {}})));
    let effects = press(&mut app, "5 l");
    assert!(
        effects.iter().any(|effect| format!("{effect:?}").contains("debugger-x")),
        "{} {:?}",
        said(&app),
        rows(&app)
    );
    press(&mut app, "5");
    while app.selected_session().is_some_and(|row| row.kind != "debug container") {
        press(&mut app, "j");
    }
    let effects = press(&mut app, "enter");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::OpenShell { .. })), "{effects:?}");
}

#[test]
fn the_end_of_the_program_asks_what_shall_stay() {
    let mut app = made_copy("Succeeded");
    press(&mut app, "q");
    let (text, keys) = question(&app);
    assert!(text.contains("debug copy pod/copy (ended, exit 0)"), "{text}");
    assert_eq!(keys, ['y', 'k']);
    let effects = press(&mut app, "y");
    assert!(!effects.contains(&Effect::Quit), "it is not clean yet");
    let Some(Effect::Write(job, _)) = effects.iter().find(|effect| matches!(effect, Effect::Write(..))) else {
        panic!()
    };
    let effects = app.update(Msg::Write(*job, WriteUpdate::Done { said: String::new(), object: None }), now());
    assert!(effects.contains(&Effect::Quit));

    let mut app = made_copy("Running");
    press(&mut app, "q");
    assert_eq!(question(&app).1, ['a', 'k'], "what runs is not ended by the usual answer");
    let effects = press(&mut app, "k");
    assert_eq!((notes(&effects), effects.last()), (vec![&Event::Kept], Some(&Effect::Quit)));
    press(&mut app, "q");
    assert!(app.modal.is_none(), "what is kept is not asked about again");
}

#[test]
fn what_could_not_be_cleaned_keeps_the_program_there() {
    let mut app = made_copy("Succeeded");
    let effects = press(&mut app, "q y");
    let Some(Effect::Write(job, _)) = effects.iter().find(|effect| matches!(effect, Effect::Write(..))) else {
        panic!()
    };
    let failed = WriteUpdate::Failed(Problem::new("delete", "no", ""));
    let effects = app.update(Msg::Write(*job, failed), now());
    assert!(!effects.contains(&Effect::Quit) && said(&app).contains("no"));
    assert!(rows(&app).contains(&("debug copy", "pod/copy", "ended, exit 0")));
}

#[test]
fn what_an_earlier_session_left_is_said_once_and_cleaned_with_a_key() {
    let mut app = connected();
    applied(&mut app, copy("Running"));
    let opened = Opened { notes: earlier("shop"), ..Opened::default() };
    ledger(&mut app, LedgerUpdate::Opened(Box::new(opened)));
    assert!(
        said(&app).starts_with("1 thing of an earlier session is left in this cluster: 5 shows it"),
        "{}",
        said(&app)
    );
    app.notice = None;
    applied(&mut app, copy("Running"));
    assert_eq!(said(&app), "");
    press(&mut app, "5 X");
    assert_eq!(question(&app).1, ['a']);
    assert_eq!(writes(&press(&mut app, "a")).len(), 1);
}

#[test]
fn what_is_in_another_namespace_is_looked_for() {
    let mut app = connected();
    let opened = Opened { notes: earlier("data"), ..Opened::default() };
    let effects = ledger(&mut app, LedgerUpdate::Opened(Box::new(opened)));
    let key = ObjectKey::new(Kind::Pod, "data", "copy");
    assert!(effects.contains(&Effect::LookFor(Epoch(1), vec![key.clone()])), "{effects:?}");
    assert_eq!(rows(&app), [("debug copy", "pod/copy", "not seen")]);
    let failed = vec![(key.clone(), Looked::Failed("forbidden".to_owned()))];
    ledger(&mut app, LedgerUpdate::Looked(failed));
    assert_eq!(rows(&app), [("debug copy", "pod/copy", "not seen")], "nothing is gone on a guess");
    app.look_again();
    app.update(Msg::Wake, now());
    let mut pod = copy("Running");
    pod.meta.namespace = "data".into();
    ledger(&mut app, LedgerUpdate::Looked(vec![(key.clone(), Looked::Seen(Box::new(pod)))]));
    assert_eq!(rows(&app), [("debug copy", "pod/copy", "running")]);
    app.look_again();
    app.update(Msg::Wake, now());
    let effects = ledger(&mut app, LedgerUpdate::Looked(vec![(key, Looked::Missing)]));
    assert_eq!((notes(&effects), rows(&app)), (vec![&Event::Gone], vec![]));
}

#[test]
fn what_has_outlived_its_time_is_cleaned_up_once() {
    let mut app = opened(Vec::new());
    app.config = crate::config::Config::parse("[debug]\nttl = \"60s\"").0;
    let (job, _) = make(&mut app, &form("copy", false));
    let effects = ledger(&mut app, LedgerUpdate::Noted(job, Ok(())));
    assert!(format!("{effects:?}").contains("activeDeadlineSeconds"));
    let object = Some(json!({"kind": "Pod", "metadata": {"uid": "u-copy"}}));
    app.update(Msg::Write(job, WriteUpdate::Done { said: String::new(), object }), now());
    applied(&mut app, copy("Running"));
    let later = |seconds: i64| now().plus_micros(seconds * 1_000_000);
    assert!(app.wake_at().is_some_and(|at| at <= later(60)), "the program does not sleep over it");
    assert!(writes(&app.update(Msg::Wake, later(59))).is_empty());
    assert_eq!(writes(&app.update(Msg::Wake, later(60))).len(), 1);
    assert!(writes(&app.update(Msg::Wake, later(61))).is_empty());
}

#[test]
fn where_only_looking_is_allowed_nothing_is_cleaned() {
    let start = Start { read_only: true, ..crate::app::tests::start() };
    let mut app = crate::app::tests::connected_from(start);
    applied(&mut app, copy("Running"));
    let opened = Opened { notes: earlier("shop"), ..Opened::default() };
    ledger(&mut app, LedgerUpdate::Opened(Box::new(opened)));
    for keys in ["5 ctrl-d", "X"] {
        press(&mut app, keys);
        assert!(app.modal.is_none() && said(&app).contains("read-only"), "{keys}: {}", said(&app));
    }
    assert!(press(&mut app, "q").contains(&Effect::Quit), "and nobody is asked about it");
}

#[test]
fn another_cluster_has_another_ledger() {
    let mut app = made_copy("Running");
    let (job, _) = make(&mut app, &form("other", false));
    app.switch_context("prod");
    assert_eq!(app.sessions.notes.ledger, Ledger::default());
    let late = Msg::Ledger(Epoch(1), LedgerUpdate::Noted(job, Ok(())));
    assert!(writes(&app.update(late, now())).is_empty(), "it was meant for the other one");
}
