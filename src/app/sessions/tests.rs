//! From a key to a forward or a copy, and back to rows, without a runtime.

use super::*;
use crate::app::message::Msg;
use crate::app::modal::Modal;
use crate::app::tests::{connected, now, press, typed};
use crate::base::problem::Problem;
use crate::cluster::api::{
    CopyRequest, CopyStatus, CopyUpdate, Direction, ForwardRequest, ForwardStatus, ForwardUpdate, ShellUpdate,
};

fn notice(app: &App) -> &str {
    app.notice.as_ref().map_or("", |(notice, _)| &notice.text)
}

fn prompt(app: &App) -> &str {
    match &app.modal {
        Some(Modal::Prompt(_, prompt)) => prompt.text(),
        other => panic!("no prompt: {other:?}"),
    }
}

fn forwards(effects: &[Effect]) -> Vec<(JobId, &ForwardRequest)> {
    let forward = |effect| match effect {
        &Effect::Forward(job, ref request) => Some((job, request)),
        _ => None,
    };
    effects.iter().filter_map(forward).collect()
}

/// A listed pod whose port 80 is forwarded, and the job.
fn forwarding() -> (App, JobId) {
    let mut app = connected();
    press(&mut app, "F");
    typed(&mut app, "8080:80");
    let effects = press(&mut app, "enter");
    let job = forwards(&effects)[0].0;
    (app, job)
}

fn listening(pod: &str) -> ForwardStatus {
    ForwardStatus {
        listening: vec!["127.0.0.1:8080".to_owned(), "[::1]:8080".to_owned()],
        port: 80,
        pod: Some(pod.to_owned()),
        ..ForwardStatus::default()
    }
}

fn told(app: &mut App, job: JobId, status: ForwardStatus) -> String {
    app.update(Msg::Forward(job, ForwardUpdate::Status(status)), now());
    notice(app).to_owned()
}

fn rows(app: &App) -> Vec<(&str, &str, &str, &str)> {
    let table = &app.sessions.feed.table;
    let rows = app.session_list.slots().iter().filter_map(|slot| table.get(*slot));
    rows.map(|row| (row.kind, &*row.target, &*row.state, &*row.detail)).collect()
}

#[test]
fn ports_are_asked_for_offered_and_begun() {
    let mut app = connected();
    let effects = press(&mut app, "F");
    let Some(Effect::ReadPorts(job, key)) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(&*key.name, "api-0");
    app.update(Msg::Ports(*job, vec![80, 9090]), now());
    assert_eq!(prompt(&app), "8080:80", "a port below 1024 is root's here");
    press(&mut app, "ctrl-u");
    typed(&mut app, "8080:80 :metrics");
    let effects = press(&mut app, "enter");
    let begun: Vec<_> = forwards(&effects).iter().map(|(_, request)| request.port.to_string()).collect();
    assert_eq!(begun, ["8080:80", ":metrics"]);
    assert_eq!(app.forwards(), 2);
}

#[test]
fn what_a_person_types_is_not_overwritten_and_comes_back() {
    let mut app = connected();
    let effects = press(&mut app, "F");
    let Some(&Effect::ReadPorts(job, _)) = effects.first() else { panic!("{effects:?}") };
    typed(&mut app, "x");
    app.update(Msg::Ports(job, vec![80]), now());
    assert_eq!(prompt(&app), "x");
    assert_eq!(forwards(&press(&mut app, "enter")).len(), 1, "a port may have a name");
    press(&mut app, "F");
    typed(&mut app, ":1:2");
    press(&mut app, "enter");
    assert!(notice(&app).contains(":1:2"), "{}", notice(&app));
    assert_eq!(prompt(&app), ":1:2", "it can be mended");
    press(&mut app, "up");
    assert_eq!(prompt(&app), ":1:2");
    press(&mut app, "up up");
    assert_eq!(prompt(&app), "x");
    press(&mut app, "down down");
    assert_eq!(prompt(&app), "");
}

#[test]
fn a_forward_says_where_it_listens_and_where_it_goes_now() {
    let (mut app, job) = forwarding();
    assert_eq!(rows(&app)[0].2, "starting");
    assert_eq!(told(&mut app, job, listening("api-0")), "forwarding 127.0.0.1:8080 to api-0:80");
    let gone = ForwardStatus { pod: None, waiting: Some("pod api-0 is gone".to_owned()), ..listening("api-0") };
    assert!(told(&mut app, job, gone).contains("waiting for a pod: pod api-0 is gone"));
    assert!(told(&mut app, job, listening("api-1")).contains("now 127.0.0.1:8080 to api-1:80"));
    let busy = ForwardStatus { open: 1, total: 3, sent: 2048, received: 3 << 20, ..listening("api-1") };
    told(&mut app, job, busy);
    let expected = "127.0.0.1:8080 to api-1:80 · 1 open of 3 · 2.0 KiB to it, 3.0 MiB from it";
    assert_eq!(rows(&app), [("port-forward", "pod/api-0", "listening", expected)]);
    let refused = ForwardStatus { trouble: Some("api-1: connection refused".to_owned()), ..listening("api-1") };
    assert!(told(&mut app, job, refused).contains("connection refused"));
}

#[test]
fn a_forward_that_could_not_begin_stays_on_the_list_and_begins_again() {
    let (mut app, job) = forwarding();
    let problem = Problem::new("listen on port 8080", "in use", "Name another");
    app.update(Msg::Forward(job, ForwardUpdate::Ended(problem)), now());
    assert!(notice(&app).contains("in use"));
    assert_eq!((rows(&app)[0].2, app.forwards()), ("failed", 0));
    press(&mut app, "5");
    let effects = press(&mut app, "r");
    assert!(effects.contains(&Effect::EndJob(job)));
    assert_eq!(forwards(&effects)[0].1.port.to_string(), "8080:80");
    assert_eq!(rows(&app).len(), 1);
}

#[test]
fn stopping_asks_unless_it_is_over() {
    let (mut app, job) = forwarding();
    told(&mut app, job, listening("api-0"));
    press(&mut app, "5 ctrl-d");
    assert!(matches!(&app.modal, Some(Modal::Confirm(_))));
    press(&mut app, "n");
    assert_eq!(rows(&app).len(), 1, "no is no");
    press(&mut app, "ctrl-d");
    let effects = press(&mut app, "y");
    assert!(effects.contains(&Effect::EndJob(job)), "{effects:?}");
    assert!(rows(&app).is_empty());

    let (mut app, job) = forwarding();
    let problem = Problem::new("forward", "no", "");
    app.update(Msg::Forward(job, ForwardUpdate::Ended(problem)), now());
    press(&mut app, "5 delete");
    assert!(app.modal.is_none() && rows(&app).is_empty());
    told(&mut app, job, listening("api-0"));
    assert!(rows(&app).is_empty(), "what comes late brings nothing back");
}

#[test]
fn a_change_that_is_stopped_says_what_stays() {
    let mut app = connected();
    press(&mut app, "ctrl-d y");
    let job = *app.jobs.keys().next().expect("a job");
    press(&mut app, "5 ctrl-d y");
    assert_eq!(notice(&app), "stopped: delete pod/api-0. What is done stays done: it may be done all the same");
    assert!(app.jobs.is_empty());

    press(&mut app, "2 ctrl-d y");
    let next = *app.jobs.keys().next().expect("another");
    app.update(Msg::Write(next, crate::cluster::api::WriteUpdate::Progress("1 of 2 pods gone".to_owned())), now());
    press(&mut app, "5 ctrl-d y");
    assert!(notice(&app).ends_with("stays done: 1 of 2 pods gone"), "{}", notice(&app));
    app.update(Msg::Write(job, crate::cluster::api::WriteUpdate::Progress("late".to_owned())), now());
    assert!(notice(&app).starts_with("stopped"), "what comes late says nothing");
}

#[test]
fn a_pod_is_never_deleted_from_the_sessions() {
    let (mut app, _) = forwarding();
    // Whatever kind was listed last.
    app.resource = Some(crate::model::resource::tests::deployments());
    press(&mut app, "5");
    assert_eq!((app.selected(), app.target(), app.listed()), (None, None, None));
    let effects = press(&mut app, "ctrl-d y");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Write(..))), "{effects:?}");
}

#[test]
fn a_mark_is_on_one_session_and_no_other() {
    let (mut app, _) = forwarding();
    press(&mut app, "F");
    typed(&mut app, "9090:90");
    press(&mut app, "enter 5");
    let chosen = app.selected_session().map(|row| row.id).expect("a session");
    press(&mut app, "space");
    assert_eq!(app.marks(), 1);
    press(&mut app, "ctrl-d y");
    let left: Vec<_> = app.sessions.transfers.keys().map(|job| SessionId::Job(*job)).collect();
    assert!(left.len() == 1 && !left.contains(&chosen), "{left:?}");
}

#[test]
fn a_copy_is_followed_to_its_end() {
    let mut app = connected();
    press(&mut app, "T");
    assert_eq!(prompt(&app), "api-0:/");
    typed(&mut app, "etc/hosts ./hosts");
    let effects = press(&mut app, "enter");
    let Some(Effect::CopyFiles(job, request)) = effects.last() else { panic!("{effects:?}") };
    let expected = CopyRequest {
        namespace: "shop".to_owned(),
        pod: "api-0".to_owned(),
        container: Some("app".to_owned()),
        direction: Direction::OutOf,
        remote: "/etc/hosts".to_owned(),
        local: "./hosts".to_owned(),
    };
    assert_eq!(*request, expected);
    let (job, kept) = (*job, app.messages.len());
    let status = CopyStatus { bytes: 512 << 10, total: Some(1 << 20), ..CopyStatus::default() };
    app.update(Msg::Copied(job, CopyUpdate::Status(status)), now());
    let progress = app.progress().expect("it is under way");
    assert!(progress.contains("50 %"), "{progress}");
    assert_eq!(app.messages.len(), kept, "progress is not kept, nor does it hide what is said meanwhile");
    assert_eq!(rows(&app)[0].2, "50 %");
    let status = CopyStatus { files: 1, bytes: 1 << 20, ..CopyStatus::default() };
    app.update(Msg::Copied(job, CopyUpdate::Done(status)), now());
    assert_eq!(notice(&app), "copied api-0:/etc/hosts to ./hosts: 1 file, 1.0 MiB");
    assert_eq!(app.progress(), None);
    assert_eq!(rows(&app)[0].2, "done");
    press(&mut app, "5 K");
    let Some(Modal::Picker(_, picker)) = &app.modal else { panic!("{:?}", app.modal) };
    assert_eq!(
        picker.matches().next().map(|choice| &*choice.text),
        Some("kubectl cp shop/api-0:/etc/hosts ./hosts -c app --context dev")
    );
}

#[test]
fn another_pods_container_is_not_taken_for_this_ones() {
    let mut app = connected();
    press(&mut app, "T ctrl-u");
    typed(&mut app, "./x db-0:/x");
    let effects = press(&mut app, "enter");
    assert!(matches!(effects.last(), Some(Effect::CopyFiles(_, request)) if request.container.is_none()));
}

#[test]
fn shells_and_logs_are_sessions_that_are_gone_to() {
    let mut app = connected();
    press(&mut app, "s");
    let Some((id, _)) = app.focused_pane() else { panic!("a shell") };
    app.update(Msg::Shell(id, ShellUpdate::Open), now());
    press(&mut app, "ctrl-g esc l esc");
    let kinds: Vec<_> = rows(&app).iter().map(|row| (row.0, row.1)).collect();
    assert_eq!(kinds, [("shell", "pod/api-0"), ("log", "pod/api-0")]);
    press(&mut app, "5 / s h e l l enter enter");
    assert_eq!(app.focused_pane().map(|(id, _)| id), Some(id));
    press(&mut app, "ctrl-g 5 ctrl-d y");
    assert_eq!(app.panes.len(), 1, "its tile is closed");
}

#[test]
fn quitting_names_what_would_end() {
    let (mut app, _) = forwarding();
    press(&mut app, "T");
    typed(&mut app, "x ./x");
    press(&mut app, "enter q");
    let Some(Modal::Confirm(question)) = &app.modal else { panic!("{:?}", app.modal) };
    let text = question.lines[0].plain();
    assert_eq!(text, "A port-forward and a copy are still running; they end with the program.");
    let effects = press(&mut app, "y");
    assert!(effects.contains(&Effect::Quit));
}

#[test]
fn another_namespace_or_context_leaves_what_runs() {
    let (mut app, job) = forwarding();
    told(&mut app, job, listening("api-0"));
    press(&mut app, "0 5");
    assert_eq!(rows(&app).len(), 1);
    press(&mut app, ":");
    typed(&mut app, "ctx prod");
    press(&mut app, "enter 5");
    assert!(rows(&app)[0].3.starts_with("context dev · "), "{:?}", rows(&app));
    press(&mut app, "r");
    assert!(notice(&app).contains("belongs to context dev"), "{}", notice(&app));
}
