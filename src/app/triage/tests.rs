//! The Triage view driven by keys and messages.

use serde_json::{Value, json};

use super::*;
use crate::app::message::{Epoch, Msg};
use crate::app::tests::{connected_from, now, press, start};
use crate::base::text::Line;
use crate::config::{Config, View as First};
use crate::model::change::{AnyChange, Change, Delta};
use crate::model::event::EventRow;
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;
use crate::model::row::{Interner, WireRow};

fn row<R: WireRow>(object: Value) -> R {
    R::from_wire(serde_json::from_value(object).expect("an object"), &mut Interner::default())
}

/// A pod of a Deployment whose image is not there.
fn pod(name: &str, deployment: &str, image: &str) -> PodRow {
    let wait = json!({"reason": "ErrImagePull", "message": "manifest unknown"});
    row(json!({
        "metadata": {"name": name, "namespace": "shop", "uid": name, "labels": {"pod-template-hash": "6b"},
            "creationTimestamp": "2023-11-14T22:00:00Z",
            "ownerReferences": [{"kind": "ReplicaSet", "name": format!("{deployment}-6b"), "uid": deployment, "controller": true}]},
        "spec": {"nodeName": "node-a", "containers": [{"name": "app", "image": image}]},
        "status": {"phase": "Pending", "containerStatuses": [{"name": "app", "image": image, "state": {"waiting": wait}}]},
    }))
}

fn healthy(name: &str, deployment: &str) -> PodRow {
    row(json!({
        "metadata": {"name": name, "namespace": "shop", "uid": name, "labels": {"pod-template-hash": "6b"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": format!("{deployment}-6b"), "uid": deployment, "controller": true}]},
        "spec": {"nodeName": "node-a", "containers": [{"name": "app"}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "app", "ready": true, "state": {"running": {}}}]},
    }))
}

fn take<R>(app: &mut App, change: Change<R>) -> Vec<Effect>
where
    Change<R>: Into<AnyChange>,
{
    app.update(Msg::Watched(app.session.epoch, change.into()), now())
}

fn list<R>(app: &mut App, rows: Vec<R>)
where
    Change<R>: Into<AnyChange>,
{
    for change in [Change::Listing, Change::Rows(rows), Change::Listed { unreadable: 0 }, Change::Live] {
        take(app, change);
    }
}

/// A program that shows the Triage view of these pods.
fn showing(pods: Vec<PodRow>) -> App {
    let config = Config { view: First::Triage, ..Config::default() };
    let mut app = connected_from(crate::app::Start { config, ..start() });
    list::<NodeRow>(&mut app, Vec::new());
    list::<EventRow>(&mut app, Vec::new());
    list(&mut app, pods);
    app
}

/// `web` with two sick pods of three, `db` with one of one.
fn sick() -> App {
    let pods =
        vec![pod("web-1", "web", "a:1"), pod("web-2", "web", "a:1"), healthy("web-3", "web"), pod("db-1", "db", "b:1")];
    showing(pods)
}

/// What is listed, a line a row: WHAT and PODS.
fn lines(app: &App) -> Vec<String> {
    let rows = app.triage_list.slots().iter().filter_map(|slot| app.triage.feed.table.get(*slot));
    rows.map(|row| match row.pods {
        (hit, Some(all)) => format!("{} {hit}/{all}", row.what),
        _ => row.what.clone(),
    })
    .collect()
}

fn replace(app: &mut App, pod: PodRow) -> Vec<Effect> {
    take(app, Change::Deltas(vec![Delta::Applied(pod)]))
}

#[test]
fn pods_with_one_cause_are_a_row_and_enter_unfolds_them() {
    let mut app = sick();
    assert_eq!(app.view, View::Triage);
    assert_eq!(lines(&app), ["deploy/web 2/3", "deploy/db 1/1"]);
    assert_eq!(app.triage_title(), "2 problems, 3 pods");
    press(&mut app, "enter");
    assert_eq!(lines(&app), ["deploy/web 2/3", "  pod/web-1", "  pod/web-2", "deploy/db 1/1"]);
    press(&mut app, "enter");
    assert_eq!(lines(&app), ["deploy/web 2/3", "deploy/db 1/1"]);
    press(&mut app, "j enter");
    assert_eq!(app.layout.focused(), Tile::Inspector, "of one pod there is nothing to unfold");
}

#[test]
fn what_is_over_goes_to_the_end_and_is_dim_and_what_comes_does_not_move_the_cursor() {
    let mut app = sick();
    press(&mut app, "j");
    assert_eq!(app.selected_finding().map(|row| row.what.as_str()), Some("deploy/db"));
    for name in ["x-1", "x-2", "x-3"] {
        replace(&mut app, pod(name, "x", "c:1"));
    }
    assert_eq!(lines(&app), ["deploy/web 2/3", "deploy/db 1/1", "deploy/x 3/3"], "below the cursor, though worse");
    replace(&mut app, healthy("web-1", "web"));
    replace(&mut app, healthy("web-2", "web"));
    assert_eq!(lines(&app)[0], "deploy/web 1/3", "it stays where it was");
    assert!(app.triage.feed.table.rows().any(|row| row.is_over() && row.health() == crate::model::row::Health::Done));
    press(&mut app, "g");
    assert_eq!(lines(&app), ["deploy/x 3/3", "deploy/db 1/1", "deploy/web 1/3"]);
}

#[test]
fn keys_mean_the_targets_of_the_finding() {
    let mut app = sick();
    app.update(Msg::Discovered(app.session.link_epoch, Ok(discovery())), now());
    let target = |app: &App, action| app.target_of(action).map(|key| key.to_string());
    assert_eq!(target(&app, Action::SetImage).as_deref(), Some("deployment.apps/web"));
    assert!(target(&app, Action::Describe).is_some_and(|target| target.starts_with("pod/web-")));
    assert!(target(&app, Action::Scale).as_deref() == Some("deployment.apps/web"));
    let effects = press(&mut app, "I");
    let subject = effects.iter().find_map(|effect| match effect {
        Effect::ReadSubject { key, .. } => Some(key.to_string()),
        _ => None,
    });
    assert_eq!(subject.as_deref(), Some("deployment.apps/web"));
    press(&mut app, "enter j j");
    let effects = press(&mut app, "d");
    let described =
        effects.iter().any(|effect| matches!(effect, Effect::ReadObject { key, .. } if &*key.name == "web-2"));
    assert!(described, "{effects:?}");
}

fn discovery() -> crate::model::discovery::Discovery {
    use crate::model::resource::{Names, Resource};
    let names = Names {
        group: "apps".into(),
        version: "v1".into(),
        kind: "Deployment".into(),
        plural: "deployments".into(),
        singular: "deployment".into(),
        namespaced: true,
        ..Names::default()
    };
    crate::model::discovery::Discovery { resources: vec![Resource::new(names)], ..<_>::default() }
}

#[test]
fn the_inspector_says_why_what_was_seen_and_what_is_next() {
    let app = sick();
    let told: Vec<_> = app.inspect().lines.iter().map(Line::plain).collect();
    let told = told.join("\n");
    for part in
        ["WHY  image a:1 is not in its registry", "image.not-found", "SEEN", "NEXT I", "set image", "PODS web-1, web-2"]
    {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    let (id, section) = app.rule_of_finding().expect("a rule");
    assert_eq!(id, "image.not-found");
    assert!(section.lines.iter().any(|line| line.plain().contains("kubectl set image")), "{section:?}");
}

#[test]
fn nothing_is_said_to_be_well_before_everything_was_looked_at() {
    let config = Config { view: First::Triage, ..Config::default() };
    let mut app = connected_from(crate::app::Start { config, ..start() });
    list(&mut app, vec![healthy("web-1", "web")]);
    assert!(!app.has_judged_all(), "nodes and events are still to come");
    list::<NodeRow>(&mut app, Vec::new());
    list::<EventRow>(&mut app, Vec::new());
    assert!(app.has_judged_all());
    let said: Vec<_> = app.nothing_wrong().iter().map(Line::plain).collect();
    assert!(said.iter().any(|line| line.contains("1 pod,")), "{said:?}");
    assert!(said[0].contains("still to be read: Deployment"), "{said:?}");
}

#[test]
fn what_cannot_be_read_is_said() {
    let mut app = showing(vec![healthy("web-1", "web")]);
    let lookup = Lookup::list(crate::model::lookup::Resource::Deployments, "shop");
    let answer = Answer::Forbidden("deployments.apps is forbidden".into());
    app.update(Msg::LookedUp(app.session.epoch, 0, Box::new((lookup, answer))), now());
    let said: Vec<_> = app.nothing_wrong().iter().map(Line::plain).collect();
    assert!(said.iter().any(|line| line.contains("deployments: forbidden (list deployments)")), "{said:?}");
    assert_eq!(app.triage_gaps(), "1 thing not seen");
}

#[test]
fn lists_of_workloads_are_asked_for_once_the_pods_are_there_and_eight_at_once() {
    let config = Config { view: First::Triage, ..Config::default() };
    let (mut app, _) = App::new(crate::app::Start { config, ..start() }, now());
    app.update(Msg::Connected(Epoch(1), <_>::default()), now());
    let effects = [
        take::<PodRow>(&mut app, Change::Listing),
        take(&mut app, Change::Rows(vec![healthy("web-1", "web")])),
        take::<PodRow>(&mut app, Change::Listed { unreadable: 0 }),
    ];
    let asked = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::LookUp { .. })).count();
    assert_eq!(effects.each_ref().map(|effects| asked(effects)), [0, 0, 8]);
    assert!(asked(&take::<PodRow>(&mut app, Change::Live)) == 0, "not again");
}

#[test]
fn answers_of_another_namespace_change_nothing() {
    let mut app = showing(vec![healthy("web-1", "web")]);
    let lookup = Lookup::list(crate::model::lookup::Resource::Deployments, "shop");
    let answer = Answer::Forbidden("no".into());
    app.update(Msg::LookedUp(Epoch(77), 0, Box::new((lookup, answer))), now());
    assert_eq!(app.triage_gaps(), "");
}

#[test]
fn the_pods_view_says_why_and_forgets_it_with_the_trouble() {
    let mut app = sick();
    let why = |app: &App, name: &str| app.store.pods.table.row("shop", name).and_then(|pod| pod.why.clone());
    assert_eq!(why(&app, "web-1").map(|why| why.cause), Some("image a:1 is not in its registry".into()));
    assert_eq!(why(&app, "web-3"), None);
    press(&mut app, "2");
    let told: Vec<_> = app.inspect().lines.iter().map(Line::plain).collect();
    assert!(told[0].starts_with("WHY  image b:1"), "{told:?}");
    replace(&mut app, healthy("web-1", "web"));
    assert_eq!(why(&app, "web-1"), None);
}

#[test]
fn every_step_is_an_action_that_there_is() {
    use crate::diagnosis::next::Step;
    let steps = [
        Step::Logs,
        Step::PreviousLogs,
        Step::Shell,
        Step::Debug,
        Step::Describe,
        Step::Yaml,
        Step::Events,
        Step::Edit,
        Step::SetImage,
        Step::Scale(None),
        Step::Restart,
        Step::Rollback,
        Step::Uncordon,
        Step::Delete,
        Step::ForceDelete,
    ];
    for step in steps {
        let place = Action::parse(step.action()).map(|action| action.info().place);
        assert_eq!(place, Some(crate::app::action::Place::Objects), "{}", step.action());
    }
}

#[test]
fn a_pod_that_takes_the_place_of_another_has_nothing_of_it() {
    let mut app = sick();
    let gone = app.store.pods.table.row("shop", "db-1").cloned().expect("a pod");
    take(&mut app, Change::Deltas(vec![Delta::Deleted(gone)]));
    replace(&mut app, healthy("new-1", "new"));
    assert_eq!(app.triage_title(), "1 problem, 2 pods");
}

#[test]
fn pods_that_look_well_are_judged_by_their_node() {
    let node = |ready: &str| -> NodeRow {
        let condition = json!({"type": "Ready", "status": ready, "reason": "NodeStatusUnknown",
            "lastTransitionTime": "2023-11-14T22:00:00Z"});
        row(json!({"metadata": {"name": "node-a", "uid": "node-a"}, "status": {"conditions": [condition]}}))
    };
    let mut app = showing(vec![healthy("web-1", "web"), healthy("web-2", "web")]);
    list(&mut app, vec![node("True")]);
    assert!(lines(&app).is_empty());
    take(&mut app, Change::Deltas(vec![Delta::Applied(node("Unknown"))]));
    assert_eq!(app.triage_title(), "1 problem, 2 pods");
    take(&mut app, Change::Deltas(vec![Delta::Applied(node("True"))]));
    assert_eq!(app.triage_title(), "0 problems");
}

#[test]
fn a_healthy_cluster_sleeps() {
    let app = showing(vec![healthy("web-1", "web")]);
    assert_eq!(app.triage_changes(), None);
    assert!(sick().triage_changes().is_some_and(|wait| wait > 0), "what is slow may be stuck by then");
}
