//! Any kind, without a runtime: names, tables, owners, panes.

use super::*;
use crate::app::message::Link;
use crate::base::problem::Problem;
use crate::model::around::ObjectDetails;
use crate::model::discovery::Discovery;
use crate::model::links::{Links, OwnerReference};
use crate::model::resource::tests::deployments;
use crate::model::resource::{Names, Resource};
use crate::model::row::Decode as _;
use crate::model::table::{ColumnDefinition, ObjectRow};

fn services() -> Resource {
    let names = |text: &str| text.to_owned();
    Resource::new(Names {
        version: names("v1"),
        kind: names("Service"),
        plural: names("services"),
        singular: names("service"),
        short: vec![names("svc")],
        namespaced: true,
        verbs: vec![names("list"), names("watch")],
        ..Names::default()
    })
}

fn discovered(app: &mut App) -> Vec<Effect> {
    let found = Discovery { resources: vec![services(), deployments()], missing: Vec::new() };
    app.update(Msg::Discovered(app.session.link_epoch, Ok(found)), now())
}

fn table(app: &mut App, change: Change<ObjectRow>) {
    app.update(Msg::Watched(app.session.epoch, AnyChange::Objects(change)), now());
}

fn watch(app: &App, resource: Resource, namespace: Option<&str>) -> Effect {
    Effect::WatchTable { epoch: app.session.epoch, resource, namespace: namespace.map(str::to_owned) }
}

fn deployment(name: &str, ready: &str) -> ObjectRow {
    let row = json!({"cells": [name, ready, 3, "5d", "app=web"], "object": {"metadata": {
        "name": name, "namespace": "shop", "uid": name, "creationTimestamp": "2023-11-14T22:10:00Z"}}});
    ObjectRow::from_json(&row.to_string(), &mut Interner::default()).expect("a row")
}

fn columns() -> Vec<ColumnDefinition> {
    let column = |name: &str, r#type: &str, priority| ColumnDefinition {
        name: name.to_owned(),
        r#type: r#type.to_owned(),
        priority,
        ..ColumnDefinition::default()
    };
    vec![
        column("Name", "string", 0),
        column("Ready", "string", 0),
        column("Up-to-date", "integer", 0),
        column("Age", "string", 0),
        column("Node Selector", "string", 1),
    ]
}

/// An application that lists two deployments.
fn listing() -> App {
    let mut app = connected();
    press(&mut app, ": d e p l o y enter");
    discovered(&mut app);
    for change in [
        Change::Listing,
        Change::Columns(columns()),
        Change::Rows(vec![deployment("db", "1/1"), deployment("web", "2/10"), deployment("api", "3/3")]),
        Change::Listed { unreadable: 0 },
        Change::Live,
    ] {
        table(&mut app, change);
    }
    app
}

fn said(app: &App) -> String {
    app.notice.as_ref().map(|(notice, _)| notice.text.clone()).unwrap_or_default()
}

#[test]
fn what_the_server_serves_is_asked_when_the_palette_opens_and_a_wish_waits_for_it() {
    let mut app = connected();
    assert_eq!(press(&mut app, ":"), [Effect::Discover(Epoch(1))]);
    assert_eq!(press(&mut app, "esc :"), [], "it is being asked");
    assert_eq!(press(&mut app, "D e p l o y enter"), []);
    assert_eq!(app.view, View::Pods);
    let effects = discovered(&mut app);
    assert_eq!(effects, [watch(&app, deployments(), Some("shop"))]);
    assert_eq!(
        (app.view, app.view_name(app.view).as_str(), app.noun()),
        (View::Objects, "Deployments.apps", "deployments")
    );
    let effects = press(&mut app, ": s v c enter");
    assert_eq!(effects, [watch(&app, services(), Some("shop"))]);
    let effects = press(&mut app, "2 : s e r v i c e enter");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::WatchTable { .. })), "it is listed still");
    assert_eq!(app.view, View::Objects);
}

#[test]
fn a_name_that_is_not_known_is_asked_for_once_more() {
    let mut app = connected();
    press(&mut app, ":");
    discovered(&mut app);
    assert_eq!(press(&mut app, "w h e e l enter"), [Effect::Discover(Epoch(1))]);
    discovered(&mut app);
    assert!(said(&app).contains("no command `wheel`"), "{}", said(&app));
    press(&mut app, ": w h e e l enter");
    let problem = Problem::new("ask what the server serves", "refused", "");
    app.update(Msg::Discovered(Epoch(1), Err(problem)), now());
    assert!(said(&app).contains("wheel"), "what was known stays known");
    assert_eq!(app.session.resources.len(), 2);
}

#[test]
fn a_group_that_does_not_answer_is_named() {
    let mut app = connected();
    press(&mut app, ": s v c enter");
    let found = Discovery { resources: vec![services()], missing: vec!["metrics.k8s.io/v1beta1".to_owned()] };
    app.update(Msg::Discovered(Epoch(1), Ok(found)), now());
    assert!(said(&app).contains("metrics.k8s.io/v1beta1 does not answer"), "{}", said(&app));
    assert_eq!(app.view, View::Objects, "and the others are there");
}

#[test]
fn a_table_is_a_list_like_the_others() {
    let mut app = listing();
    assert_eq!((cursor(&app).as_str(), app.counts()), ("api", (3, 3)));
    let headings = |app: &App| app.objects.columns().map(|(_, column)| column.heading.to_string()).collect::<Vec<_>>();
    assert_eq!(headings(&app), ["NAME", "READY", "UP-TO-DATE", "AGE"]);
    press(&mut app, "w");
    assert_eq!(headings(&app).last().map(String::as_str), Some("NODE SELECTOR"));
    press(&mut app, ": s o r t space r e a d y enter");
    press(&mut app, "g j");
    assert_eq!(cursor(&app), "web", "2 of 10 stands before 3 of 3");
    press(&mut app, "/");
    typed(&mut app, "node-selector:web db");
    assert_eq!(app.counts(), (1, 3));
    let row = app.objects.selected(&app.store.objects.table).expect("a row");
    let age = app.objects.columns().find(|(_, column)| column.field == "age").map(|(_, age)| age.cell(row, now()).text);
    assert_eq!(age.as_deref(), Some("3m20s"), "the server's text was of another time");
    assert!(app.wake_at().is_some());
}

#[test]
fn another_namespace_and_another_connection_list_it_again() {
    let mut app = listing();
    let effects = press(&mut app, "0");
    assert!(effects.contains(&watch(&app, deployments(), None)), "{effects:?}");
    assert_eq!(app.counts(), (0, 0));
    assert!(app.objects.many_namespaces);
    press(&mut app, ": c t x space p r o d enter");
    assert_eq!((app.view, app.resource.is_none()), (View::Pods, true), "the other cluster may not have the kind");
}

#[test]
fn the_cursor_goes_to_the_owner_and_not_if_one_has_moved_on() {
    let mut app = connected();
    press(&mut app, ":");
    discovered(&mut app);
    press(&mut app, "esc");
    let key = app.target().expect("a pod");
    let read = Effect::ReadLinks { epoch: Epoch(1), key: key.clone(), link: Link::Owner };
    assert_eq!(press(&mut app, "O"), [read]);
    let owner = OwnerReference { api_version: "apps/v1".into(), kind: "Deployment".into(), name: "web".into() };
    let links = Links { owners: vec![owner], pods: None };
    let answer = |links: &Links| Msg::Links(Epoch(1), key.clone(), Link::Owner, Ok(links.clone()));
    press(&mut app, "j");
    app.update(answer(&links), now());
    assert_eq!(app.view, View::Pods);
    press(&mut app, "k O");
    app.update(answer(&links), now());
    assert_eq!(app.view, View::Objects);
    table(&mut app, Change::Rows(vec![deployment("api", "1/1"), deployment("web", "1/1")]));
    assert_eq!(cursor(&app), "web");
    press(&mut app, "2 O");
    app.update(answer(&Links::default()), now());
    assert_eq!(said(&app), "pod/api-0 has no owner");
}

#[test]
fn enter_leads_to_the_pods_or_describes() {
    let mut app = listing();
    let key = app.target().expect("a deployment");
    let effects = press(&mut app, "enter");
    assert_eq!(effects, [Effect::ReadLinks { epoch: Epoch(1), key: key.clone(), link: Link::Pods }]);
    app.update(Msg::Links(Epoch(1), key.clone(), Link::Pods, Ok(Links::default())), now());
    assert!(app.panes.values().any(|pane| pane.title().contains("describe deployment.apps/api")));
    app.layout.focus(Slot::List);
    let links = Links { owners: Vec::new(), pods: Some("app=web".into()) };
    app.update(Msg::Links(Epoch(1), key, Link::Pods, Ok(links)), now());
    assert_eq!((app.view, app.filter_text()), (View::Pods, "-l app=web"));
}

#[test]
fn a_pane_of_a_kind_that_is_not_listed_is_read_again_and_again() {
    let mut app = listing();
    press(&mut app, "y");
    let key = app.selected().expect("a deployment");
    let read = |delay| Effect::ReadObject { pane: PaneId(1), key: key.clone(), surroundings: false, delay };
    let object = || {
        let object = json!({"kind": "Deployment", "metadata": {"name": "api"}});
        Ok(Box::new(ObjectDetails::new(object)))
    };
    assert_eq!(app.update(Msg::Object(PaneId(1), object()), now()), [], "the table tells when it changes");
    app.layout.focus(Slot::List);
    let effects = press(&mut app, ": s v c enter");
    assert!(effects.contains(&read(300)), "{effects:?}");
    assert_eq!(app.update(Msg::Object(PaneId(1), object()), now()), [read(5_000)]);
}

#[test]
fn a_kind_that_may_not_be_listed_says_so_in_the_servers_words() {
    let mut app = listing();
    press(&mut app, ": s v c enter");
    let problem = Problem::new("watch services", "services is forbidden: User \"viewer\" cannot list", "");
    let outage = crate::model::change::Outage { cause: crate::model::change::Cause::Forbidden, problem };
    table(&mut app, Change::Outage(outage));
    assert!(
        matches!(app.status(), crate::store::feed::Status::Stale { outage, .. } if outage.problem.to_string().contains("cannot list"))
    );
    assert_eq!(app.counts(), (0, 0), "nothing of the other kind is shown");
}
