//! From `E` to what the server says, without a runtime.

use serde_json::{Value, json};

use crate::app::App;
use crate::app::layout::PaneId;
use crate::app::message::{Edited, Effect, Msg};
use crate::app::modal::Modal;
use crate::app::panes::Pane;
use crate::app::panes::edit::{EditPane, Phase};
use crate::app::sessions::SessionId;
use crate::app::tests::{connected, now, press, typed};
use crate::app::writes::JobId;
use crate::base::problem::Problem;
use crate::cluster::api::WriteUpdate;
use crate::config::Editor;
use crate::model::around::ObjectDetails;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::write::{Operation, Write};

const PANE: PaneId = PaneId(1);

fn pod(version: &str, image: &str, phase: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "api-0", "namespace": "shop", "uid": "api-0", "resourceVersion": version, "managedFields": [{}]},
        "spec": {"containers": [{"name": "app", "image": image}], "nodeName": "node-a"},
        "status": {"phase": phase},
    })
}

fn read(app: &mut App, object: Value) -> Vec<Effect> {
    app.update(Msg::Object(PANE, Ok(Box::new(ObjectDetails::new(object)))), now())
}

/// The first pod, opened with `E`.
fn editing() -> App {
    let mut app = connected();
    press(&mut app, "E");
    read(&mut app, pod("7", "web:1", "Running"));
    app
}

/// The same, with another image typed.
fn modified() -> App {
    let mut app = editing();
    press(&mut app, "ctrl-f");
    typed(&mut app, "web:1");
    press(&mut app, "enter end backspace 2");
    app
}

fn pane(app: &App) -> &EditPane {
    match app.panes.get(&PANE) {
        Some(Pane::Edit(pane)) => pane,
        other => panic!("{other:?}"),
    }
}

fn said(app: &App) -> String {
    app.notice.as_ref().map(|(notice, _)| notice.text.clone()).unwrap_or_default()
}

fn kept(app: &mut App) -> Vec<Effect> {
    app.update(Msg::EditKept(PANE, Ok("/state/1.yaml".into())), now())
}

/// Presses the key that sends; the job, and what is sent.
fn send(app: &mut App) -> (JobId, Write) {
    let effects = press(app, "ctrl-s");
    let text = pane(app).area.text();
    assert_eq!(
        effects,
        [Effect::KeepEdit { pane: PANE, name: "pod-api-0".into(), text }],
        "{:?}",
        pane(app).problem.plain()
    );
    assert_eq!(pane(app).phase, Phase::Keeping);
    sent(&kept(app))
}

fn sent(effects: &[Effect]) -> (JobId, Write) {
    let write = |effect: &Effect| match effect {
        Effect::Write(job, write) => Some((*job, (**write).clone())),
        _ => None,
    };
    effects.iter().find_map(write).unwrap_or_else(|| panic!("nothing was sent: {effects:?}"))
}

#[test]
fn the_object_is_read_afresh_and_its_text_is_what_is_sent() {
    let mut app = connected();
    let key = ObjectKey::new(Kind::Pod, "shop", "api-0");
    let effects = press(&mut app, "E");
    assert_eq!(effects, [Effect::ReadObject { pane: PANE, key: key.clone(), surroundings: false, delay: 0 }]);
    read(&mut app, pod("7", "web:1", "Running"));
    assert_eq!(pane(&app).title(), "edit pod/api-0 · unchanged");
    assert!(!pane(&app).area.text().contains("managedFields"));
    let mut app = modified();
    assert_eq!(pane(&app).title(), "edit pod/api-0 · modified");
    let (job, write) = send(&mut app);
    let Operation::Replace(text) = &write.operation else { panic!("{write:?}") };
    assert!(text.contains("  - image: web:2\n") && text.contains("  resourceVersion: \"7\"\n"), "{text}");
    assert_eq!((&write.target, write.uid.as_str()), (&key, "api-0"));
    let done = WriteUpdate::Done { said: "pod/api-0 replaced".into(), object: None };
    let effects = app.update(Msg::Write(job, done), now());
    assert!(effects.contains(&Effect::ForgetEdit("/state/1.yaml".into())), "{effects:?}");
    assert!(effects.contains(&Effect::ClosePane(PANE)) && app.panes.is_empty());
    assert_eq!(said(&app), "pod/api-0 replaced");
}

#[test]
fn nothing_is_sent_when_nothing_was_changed() {
    let mut app = editing();
    assert_eq!(press(&mut app, "ctrl-s"), []);
    assert!(said(&app).contains("nothing is sent"));
    press(&mut app, "x ctrl-z");
    assert_eq!(press(&mut app, "ctrl-s"), []);
    assert_eq!(press(&mut app, "esc"), [Effect::ClosePane(PANE)], "and nobody is asked");
}

#[test]
fn every_key_is_text_but_those_of_the_editor_and_the_leader() {
    let mut app = editing();
    press(&mut app, "q d : / space");
    assert!(pane(&app).area.text().starts_with("qd:/ apiVersion"));
    assert!(app.modal.is_none());
    press(&mut app, "ctrl-g tab");
    assert_ne!(app.layout.focused(), crate::app::layout::Slot::Pane(PANE));
    assert_eq!(press(&mut app, "ctrl-g"), []);
    assert!(!app.leading, "the leader leads only out of a tile that has all keys");
}

#[test]
fn a_text_that_was_not_sent_is_not_thrown_away_unasked() {
    for way in ["esc", "ctrl-g ctrl-w q"] {
        let mut app = modified();
        assert_eq!(press(&mut app, way), []);
        assert!(matches!(&app.modal, Some(Modal::Confirm(_))), "{way}");
        press(&mut app, "enter");
        assert!(pane(&app).is_modified(), "the safe answer");
    }
    let mut app = modified();
    assert_eq!(press(&mut app, "esc y"), [Effect::ClosePane(PANE)]);
    let mut app = modified();
    let text = pane(&app).area.text();
    let effects = press(&mut app, "esc f");
    assert_eq!(effects[0], Effect::KeepEdit { pane: PANE, name: "pod-api-0".into(), text });
    kept(&mut app);
    assert_eq!(said(&app), "the text is in /state/1.yaml");
    let mut app = modified();
    let effects = press(&mut app, "ctrl-g tab ctrl-g tab : q u i t enter");
    assert!(!effects.contains(&Effect::Quit), "the program neither");
    assert!(matches!(&app.modal, Some(Modal::Confirm(_))));
    let mut app = modified();
    app.layout.focus(crate::app::layout::Slot::List);
    press(&mut app, ": c t x space p r o d enter");
    assert_eq!(app.session.context, "dev", "nor does another context");
    assert!(said(&app).contains("pod/api-0 was not sent yet"));
}

#[test]
fn what_is_no_manifest_of_this_object_stays_here_with_its_line() {
    let mut app = modified();
    press(&mut app, "ctrl-f");
    typed(&mut app, "api-0");
    press(&mut app, "enter x");
    assert_eq!(press(&mut app, "ctrl-s"), []);
    let problem = pane(&app).problem.plain();
    assert!(problem.contains("`name` must stay `api-0`"), "{problem}");
    let line = pane(&app).area.cursor().0;
    assert!(problem.starts_with(&format!("line {}: ", line + 1)), "{problem}");
    assert!(pane(&app).area.lines()[line].contains("name: xapi-0"));
}

#[test]
fn a_refusal_names_fields_and_lines_and_keeps_the_text() {
    let mut app = modified();
    let (job, _) = send(&mut app);
    assert_eq!(press(&mut app, "x"), [], "while it is on its way it is not changed");
    let problem = Problem::new(
        "replace pod/api-0",
        "Pod \"api-0\" is invalid: [spec.containers[0].image: Invalid value: \"web:2\": no, spec.x: Required value]",
        "",
    );
    let text = pane(&app).area.text();
    app.update(Msg::Write(job, WriteUpdate::Failed(problem)), now());
    assert_eq!((pane(&app).phase, pane(&app).area.text()), (Phase::Typing, text));
    let shown = pane(&app).problem.plain();
    assert!(shown.contains("spec.containers[0].image: Invalid value: \"web:2\": no\n"), "{shown}");
    assert!(shown.contains("spec.x: Required value\n") && shown.contains("also in /state/1.yaml"), "{shown}");
    let line = pane(&app).area.cursor().0;
    assert!(pane(&app).area.lines()[line].contains("image: web:2"));
    let effects = press(&mut app, "3 ctrl-s");
    assert!(matches!(effects[..], [Effect::KeepEdit { .. }]), "{effects:?}");
    let effects = app.update(Msg::EditKept(PANE, Ok("/state/2.yaml".into())), now());
    assert!(effects.contains(&Effect::ForgetEdit("/state/1.yaml".into())), "one file is enough: {effects:?}");
}

#[test]
fn a_write_that_is_stopped_gives_the_text_back() {
    let mut app = modified();
    let (job, _) = send(&mut app);
    app.stop(&[SessionId::Job(job)]);
    assert!(pane(&app).is_typing() && pane(&app).is_modified());
    assert!(pane(&app).problem.plain().contains("look before you try again"), "{}", pane(&app).problem.plain());
    let done = WriteUpdate::Done { said: "pod/api-0 replaced".into(), object: None };
    app.update(Msg::Write(job, done), now());
    assert!(pane(&app).is_modified(), "an answer that comes too late takes nothing away");
}

fn conflict(app: &mut App, current: Value) -> Vec<Effect> {
    let (job, _) = send(app);
    let problem = Problem::new("replace pod/api-0", "the object has been modified", "");
    app.update(Msg::Write(job, WriteUpdate::Conflict { problem, current: Box::new(current) }), now())
}

#[test]
fn a_conflict_shows_both_changes_and_they_are_put_together_where_they_do_not_touch() {
    let mut app = modified();
    conflict(&mut app, pod("9", "web:1", "Failed"));
    let review = pane(&app).review.as_ref().expect("both are shown").document.plain();
    for part in ["+   phase: Failed", "-   phase: Running", "+   - image: web:2", "put both together"] {
        assert!(review.contains(part), "{part} in\n{review}");
    }
    assert_eq!(pane(&app).title(), "edit pod/api-0 · changed on the server meanwhile");
    assert_eq!(press(&mut app, "esc ctrl-s"), [], "a conflict is not sent again as it is");
    assert_eq!(press(&mut app, "enter"), [], "nor from there");
    assert_eq!(press(&mut app, "m"), []);
    let text = pane(&app).area.text();
    assert!(text.contains("image: web:2") && text.contains("phase: Failed") && text.contains("\"9\""), "{text}");
    let shown = pane(&app).review.as_ref().expect("what would be sent").document.plain();
    assert!(shown.starts_with("1 line goes, 1 comes"), "{shown}");
    let effects = press(&mut app, "enter");
    assert!(matches!(&effects[..], [Effect::KeepEdit { text: sent, .. }] if *sent == text), "{effects:?}");
}

#[test]
fn changes_that_touch_are_not_put_together_but_can_be_overwritten_knowingly() {
    let mut app = modified();
    conflict(&mut app, pod("9", "web:theirs", "Running"));
    press(&mut app, "m");
    assert!(said(&app).contains("both changed `- image: web:1`"), "{}", said(&app));
    assert!(pane(&app).theirs.is_some());
    press(&mut app, "o");
    let shown = pane(&app).review.as_ref().expect("what is lost").document.plain();
    assert!(shown.contains("-   - image: web:theirs") && shown.contains("+   - image: web:2"), "{shown}");
    assert!(!shown.contains("resourceVersion: \"7\""), "the version is theirs: {shown}");
    press(&mut app, "enter");
    let (_, write) = sent(&kept(&mut app));
    let Operation::Replace(text) = write.operation else { panic!("no text") };
    assert!(text.contains("image: web:2") && text.contains("resourceVersion: \"9\""), "{text}");
}

#[test]
fn theirs_can_be_taken_and_ones_own_comes_back() {
    let mut app = modified();
    let mine = pane(&app).area.text();
    conflict(&mut app, pod("9", "web:theirs", "Running"));
    assert_eq!(press(&mut app, "r"), []);
    assert!(pane(&app).area.text().contains("web:theirs") && !pane(&app).is_modified());
    assert!(said(&app).contains("/state/1.yaml"), "{}", said(&app));
    assert_eq!(press(&mut app, "esc"), [Effect::ClosePane(PANE)], "the file stays");
    let mut app = modified();
    conflict(&mut app, pod("9", "web:theirs", "Running"));
    press(&mut app, "r ctrl-z");
    assert_eq!(pane(&app).area.text(), mine);
}

#[test]
fn another_object_of_the_same_name_is_no_conflict_to_solve() {
    let mut app = modified();
    let mut other = pod("9", "web:1", "Running");
    other["metadata"]["uid"] = "another".into();
    conflict(&mut app, other);
    assert!(pane(&app).review.is_none() && pane(&app).theirs.is_none());
    assert!(pane(&app).problem.plain().contains("the object has been modified"));
}

#[test]
fn ones_own_editor_has_the_text_and_what_it_changed_is_shown_before_it_is_sent() {
    let mut app = connected();
    app.config.edit.editor = Editor::External;
    press(&mut app, "E");
    let effects = read(&mut app, pod("7", "web:1", "Running"));
    let [Effect::EditOutside { pane: PANE, name, text }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(name, "pod-api-0");
    let edited = Edited { text: text.replace("web:1", "web:2"), file: "/tmp/x.yaml".into() };
    assert_eq!(app.update(Msg::EditedOutside(PANE, Ok(edited)), now()), []);
    let shown = pane(&app).review.as_ref().expect("what would be sent").document.plain();
    assert!(shown.contains("+   - image: web:2"), "{shown}");
    press(&mut app, "enter");
    let effects = kept(&mut app);
    assert!(effects.contains(&Effect::ForgetEdit("/tmp/x.yaml".into())), "another file has it now: {effects:?}");
    sent(&effects);
}

#[test]
fn an_editor_that_changed_nothing_sends_nothing_and_one_that_failed_says_so() {
    let mut app = connected();
    press(&mut app, "ctrl-e");
    let effects = read(&mut app, pod("7", "web:1", "Running"));
    let [Effect::EditOutside { text, .. }] = &effects[..] else { panic!("{effects:?}") };
    let edited = Edited { text: text.clone(), file: "/tmp/x.yaml".into() };
    let effects = app.update(Msg::EditedOutside(PANE, Ok(edited)), now());
    assert_eq!(effects, [Effect::ForgetEdit("/tmp/x.yaml".into()), Effect::ClosePane(PANE)]);
    let mut app = modified();
    assert!(matches!(press(&mut app, "ctrl-o")[..], [Effect::EditOutside { .. }]));
    assert_eq!(press(&mut app, "q"), [], "the editor has it");
    let problem = Problem::new("edit with `vi`", "it ended with exit status: 1", "");
    app.update(Msg::EditedOutside(PANE, Err(problem)), now());
    assert!(pane(&app).is_typing() && pane(&app).is_modified() && said(&app).contains("exit status: 1"));
}

#[test]
fn where_nothing_may_be_changed_nothing_is_edited() {
    let mut app = connected();
    app.session.read_only = true;
    for key in ["E", "ctrl-e"] {
        assert_eq!(press(&mut app, key), []);
        assert!(said(&app).starts_with("read-only"), "{}", said(&app));
    }
    let mut app = modified();
    app.session.read_only = true;
    assert_eq!(press(&mut app, "ctrl-s"), []);
    assert!(pane(&app).is_modified());
}

#[test]
fn an_object_that_cannot_be_read_is_read_again_on_demand() {
    let mut app = connected();
    press(&mut app, "E");
    app.update(Msg::Object(PANE, Err(Problem::new("read pod/api-0", "refused", ""))), now());
    assert!(matches!(press(&mut app, "r")[..], [Effect::ReadObject { .. }]));
    read(&mut app, pod("7", "web:1", "Running"));
    assert!(pane(&app).is_typing());
}

#[test]
fn what_is_recorded_of_a_text_is_how_long_it_is() {
    let edited = Edited { text: "password: hunter2".into(), file: "/tmp/x".into() };
    assert!(!Msg::EditedOutside(PANE, Ok(edited)).brief().contains("hunter2"));
}
