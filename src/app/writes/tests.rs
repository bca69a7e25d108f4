//! From a key to what is sent, without a runtime.

use serde_json::json;

use super::*;
use crate::app::message::Msg;
use crate::app::tests::{connected, now, pod_in, press, typed, watched};
use crate::model::change::Change;
use crate::model::resource::tests::deployments;

fn deployment(replicas: u32) -> Box<Subject> {
    Box::new(Subject {
        key: ObjectKey::new(deployments(), "shop", "api"),
        uid: "d1".to_owned(),
        object: json!({"metadata": {"uid": "d1"}, "spec": {"replicas": replicas, "template": {"spec": {"containers": [
            {"name": "app", "image": "web:1"},
        ]}}}}),
        history: Vec::new(),
    })
}

fn asked(app: &App) -> String {
    match &app.modal {
        Some(Modal::Confirm(question)) => question.lines.iter().map(|line| line.plain() + "\n").collect(),
        _ => String::new(),
    }
}

fn notice(app: &App) -> &str {
    app.notice.as_ref().map_or("", |(notice, _)| &notice.text)
}

fn sent(effects: &[Effect]) -> Vec<&Write> {
    fn write(effect: &Effect) -> Option<&Write> {
        if let Effect::Write(_, write) = effect { Some(write) } else { None }
    }
    effects.iter().filter_map(write).collect()
}

#[test]
fn deleting_asks_and_names_object_namespace_context_and_consequence() {
    let mut app = connected();
    press(&mut app, "ctrl-d");
    let question = asked(&app);
    assert!(question.contains("Delete pod/api-0 in namespace shop, context dev?"), "{question}");
    assert!(question.contains("Nothing makes it again"), "{question}");
    assert!(sent(&press(&mut app, "enter")).is_empty(), "enter is the safe answer");
    assert!(app.modal.is_none());
    press(&mut app, "ctrl-d");
    let effects = press(&mut app, "y");
    let [write] = sent(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((&*write.target.name, &*write.uid), ("api-0", "api-0"));
    assert_eq!(write.operation, Operation::Delete(Grace::Own));
}

#[test]
fn w01_the_grace_is_chosen_with_the_answer() {
    let mut app = connected();
    press(&mut app, "ctrl-d");
    let effects = press(&mut app, "t");
    assert_eq!(sent(&effects)[0].operation, Operation::Delete(Grace::Now));
    press(&mut app, "ctrl-k");
    assert!(asked(&app).contains("nobody waits for its containers, which may go on on node-a"), "{}", asked(&app));
    assert!(sent(&press(&mut app, "y enter")).is_empty(), "its name was not typed");
    press(&mut app, "ctrl-u");
    typed(&mut app, "api-0");
    assert_eq!(sent(&press(&mut app, "enter"))[0].operation, Operation::Delete(Grace::Force));
    press(&mut app, "space j space ctrl-k");
    assert!(asked(&app).contains("nobody waits for their containers"), "{}", asked(&app));
}

#[test]
fn read_only_refuses_every_change() {
    let mut app = connected();
    app.session.read_only = true;
    for key in ["ctrl-d", "ctrl-k", "S", "R", "I", "U", "u", "X", "s", "F", "T"] {
        let effects = press(&mut app, key);
        assert!(notice(&app).starts_with("read-only"), "{key}: {}", notice(&app));
        assert!(app.modal.is_none() && effects.iter().all(|effect| matches!(effect, Effect::ReviewAccess { .. })));
    }
    assert_eq!(app.refusal(Action::Delete).as_deref(), Some("read-only"));
    for action in [Action::Scale, Action::Restart, Action::Forward, Action::Edit] {
        assert_eq!(app.refusal(action).as_deref(), Some("read-only"), "{action:?}");
    }
    assert_eq!(app.refusal(Action::Logs), None, "reading is no change");
}

#[test]
fn what_was_read_for_a_change_stays_in_its_context() {
    let mut app = connected();
    let effects = press(&mut app, "S");
    let read =
        effects.iter().find_map(|effect| if let Effect::ReadSubject { job, .. } = effect { Some(*job) } else { None });
    app.switch_context("prod");
    let object = json!({"kind": "Deployment", "metadata": {"name": "api", "uid": "u"}, "spec": {"replicas": 2}});
    let key = ObjectKey::new(deployments(), "shop", "api");
    let subject = Subject { key, uid: "u".into(), object, history: Vec::new() };
    app.update(Msg::Subject(read.expect("it is read"), Ok(Box::new(subject))), now());
    assert!(app.modal.is_none(), "another cluster may have an object of this name");
}

#[test]
fn a_missing_right_is_named() {
    let mut app = connected();
    let need = Need::on("delete", &app.target().expect("a pod"));
    let denied = Msg::Access(app.session.epoch, vec![(need, Access::Denied(String::new()))]);
    app.update(denied, now());
    press(&mut app, "ctrl-d");
    assert!(notice(&app).contains("you may not delete pods in namespace shop"), "{}", notice(&app));
    assert!(app.modal.is_none());
    for need in Need::exec("shop") {
        let mut app = connected();
        let said = format!("you may not {need}");
        app.update(Msg::Access(app.session.epoch, vec![(need, Access::Denied(String::new()))]), now());
        assert_eq!(app.refusal(Action::Shell), Some(said), "a stream takes both verbs");
    }
}

#[test]
fn rights_are_asked_about_once_a_namespace() {
    let mut app = connected();
    assert!(press(&mut app, "j j k j k").is_empty(), "the needs of all these pods are the same");
    assert!(app.rights_asked.iter().any(|need| need.verb == "delete"));
}

#[test]
fn moving_through_a_list_asks_only_where_the_cursor_rests() {
    let mut app = connected();
    let row = |at: usize| pod_in(&format!("ns-{:03}", at / 2), &format!("pod-{at:04}"));
    watched(&mut app, Change::Rows((0..1_000).map(row).collect()));
    press(&mut app, "g");
    for _ in 0..1_000 {
        for effect in press(&mut app, "j") {
            // Each takes the place of the one before, which was not sent yet.
            assert!(matches!(effect, Effect::ReviewAccess { delay: RESTS, .. }), "{effect:?}");
        }
    }
}

#[test]
fn the_owner_is_scaled_from_what_was_seen() {
    let mut app = connected();
    let effects = press(&mut app, "S j j");
    let read = |effect: &Effect| match effect {
        Effect::ReadSubject { job, key, uid, .. } => Some((*job, key.name.to_string(), uid.clone())),
        _ => None,
    };
    let (job, name, uid) = effects.iter().find_map(read).expect("the owner is read");
    assert_eq!((name.as_str(), uid.as_str()), ("api-0", "api-0"), "the object at the time of the key");
    app.update(Msg::Subject(job, Ok(deployment(3))), now());
    assert_eq!(app.change_label(), "scale deployment.apps/api from 3 to ");
    press(&mut app, "backspace");
    typed(&mut app, "x");
    press(&mut app, "enter");
    assert!(notice(&app).contains("no number of replicas") && app.modal.is_some(), "what was typed is kept");
    press(&mut app, "backspace 5 enter");
    let question = asked(&app);
    assert!(question.contains("Scale deployment.apps/api from 3 to 5 in namespace shop, context dev?"), "{question}");
    let effects = press(&mut app, "y");
    let [write] = sent(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((write.operation.clone(), &*write.uid), (Operation::Scale { replicas: 5, expected: Some(3) }, "d1"));
}

#[test]
fn a_late_answer_interrupts_nobody() {
    let mut app = connected();
    press(&mut app, "R ?");
    app.update(Msg::Subject(JobId(1), Ok(deployment(3))), now());
    assert!(matches!(app.modal, Some(Modal::Reader { .. })));
    app.update(Msg::Subject(JobId(77), Ok(deployment(3))), now());
    assert!(matches!(app.modal, Some(Modal::Reader { .. })));
}

#[test]
fn a_job_is_followed_to_its_end() {
    let mut app = connected();
    press(&mut app, "ctrl-d y");
    let id = *app.jobs.keys().next().expect("a job");
    app.update(Msg::Write(id, WriteUpdate::Warning("it is old".to_owned())), now());
    app.update(Msg::Write(id, WriteUpdate::Progress("12 of 17".to_owned())), now());
    assert_eq!(app.jobs[&id].progress, "12 of 17");
    app.update(Msg::Write(id, WriteUpdate::Done { said: "pod deleted".to_owned(), object: None }), now());
    assert_eq!(notice(&app), "pod deleted · warning: it is old");
    assert!(app.jobs.is_empty());
    app.update(Msg::Write(id, WriteUpdate::Progress("late".to_owned())), now());
    assert_eq!(notice(&app), "pod deleted · warning: it is old");
}

#[test]
fn commands_are_shown_before_the_answer_and_for_the_object() {
    let mut app = connected();
    press(&mut app, "ctrl-d");
    let effects = press(&mut app, "K");
    assert!(effects.contains(&Effect::Copy("kubectl delete pod api-0 -n shop --context dev".to_owned())));
    assert!(app.modal.is_some(), "the question stays");
    press(&mut app, "esc K");
    typed(&mut app, "previous");
    let effects = press(&mut app, "enter");
    let command = "kubectl logs api-0 -c app -n shop --previous --context dev".to_owned();
    assert!(effects.contains(&Effect::Copy(command)), "{effects:?}");
}
