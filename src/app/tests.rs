//! The application driven by keys and messages, without a runtime: what it does and what it asks for.

mod kinds;

use serde_json::json;

use super::message::{Effect, Epoch, Msg};
use super::*;
use crate::base::input::InputEvent;
use crate::cluster::api::{ConnectionInfo, LogLine, LogUpdate};
use crate::model::change::{AnyChange, Change, Delta};
use crate::model::row::{Interner, WireRow};

pub(super) fn start() -> Start {
    Start {
        config: Config { view: crate::config::View::Pods, ..Config::default() },
        context: None,
        scope: Scope::OfContext,
        view: None,
        object: None,
        logs: None,
        tile: None,
        read_only: false,
        size: (120, 40),
        utc_offset: 0,
        warnings: Vec::new(),
        run: "run".to_owned(),
    }
}

pub(super) fn now() -> Stamp {
    Stamp::from_seconds(1_700_000_000)
}

/// An application that is connected, with three pods.
pub(super) fn connected() -> App {
    connected_from(start())
}

pub(super) fn connected_from(start: Start) -> App {
    let (mut app, _) = App::new(start, now());
    let info = ConnectionInfo {
        context: "dev".into(),
        namespace: "shop".into(),
        contexts: vec!["dev".into(), "prod".into()],
        ..<_>::default()
    };
    app.update(Msg::Connected(Epoch(1), info), now());
    watched(&mut app, Change::Listing);
    watched(&mut app, Change::Rows(["api-0", "db-0", "web-0"].map(pod).to_vec()));
    watched(&mut app, Change::Listed { unreadable: 0 });
    watched(&mut app, Change::Live);
    app
}

fn pod(name: &str) -> PodRow {
    pod_in("shop", name)
}

pub(super) fn pod_in(namespace: &str, name: &str) -> PodRow {
    let pod = json!({
        "metadata": {"name": name, "namespace": namespace, "uid": name},
        "spec": {"nodeName": "node-a", "containers": [{"name": "app"}, {"name": "proxy"}]},
        "status": {"phase": "Running"},
    });
    PodRow::from_wire(serde_json::from_value(pod).expect("a pod"), &mut Interner::default())
}

pub(super) fn watched(app: &mut App, change: Change<PodRow>) -> Vec<Effect> {
    app.update(Msg::Watched(app.session.epoch, AnyChange::Pods(change)), now())
}

/// Presses keys, written with spaces between.
pub(super) fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.split_whitespace() {
        effects.extend(app.update(Msg::Input(InputEvent::Key(key.parse().expect(key))), now()));
    }
    effects
}

pub(super) fn typed(app: &mut App, text: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for c in text.chars() {
        effects.extend(app.update(Msg::Input(InputEvent::Key(Key::char(c))), now()));
    }
    effects
}

fn cursor(app: &App) -> String {
    app.selected().map(|key| key.name.to_string()).unwrap_or_default()
}

#[test]
fn the_first_effect_is_to_connect_and_then_everything_is_watched() {
    let (mut app, effects) = App::new(start(), now());
    assert_eq!(effects, [Effect::Connect { epoch: Epoch(1), context: None }]);
    let info = ConnectionInfo { namespace: "shop".into(), ..<_>::default() };
    let effects = app.update(Msg::Connected(Epoch(1), info), now());
    let watch = |kind, namespace: Option<&str>| Effect::Watch {
        epoch: Epoch(1),
        kind,
        namespace: namespace.map(ToOwned::to_owned),
    };
    assert_eq!(
        effects,
        [
            watch(Kind::Pod, Some("shop")),
            watch(Kind::Node, None),
            watch(Kind::Event, Some("shop")),
            Effect::ListNamespaces(Epoch(1)),
            Effect::OpenLedger(Epoch(1)),
        ]
    );
}

#[test]
fn moving_filtering_and_clearing() {
    let mut app = connected();
    press(&mut app, "j j");
    assert_eq!(cursor(&app), "web-0");
    press(&mut app, "/");
    typed(&mut app, "db");
    assert_eq!((cursor(&app).as_str(), app.counts()), ("db-0", (1, 3)));
    press(&mut app, "enter G");
    assert_eq!(app.filter_text(), "db");
    press(&mut app, "esc");
    assert_eq!(app.counts(), (3, 3));
}

#[test]
fn messages_of_an_earlier_namespace_are_thrown_away() {
    let mut app = connected();
    press(&mut app, "0");
    assert_eq!(app.session.scope_name(), "all namespaces");
    assert_eq!(app.counts(), (0, 0), "nothing of the old scope is shown");
    let late = AnyChange::Pods(Change::Rows(vec![pod("late")]));
    app.update(Msg::Watched(Epoch(1), late), now());
    assert_eq!(app.counts(), (0, 0));
    press(&mut app, "0");
    assert_eq!(app.session.scope_name(), "shop");
}

#[test]
fn another_context_closes_everything_of_the_old_one() {
    let mut app = connected();
    press(&mut app, "d");
    let effects = press(&mut app, ": c t x space p r o d enter");
    assert!(effects.contains(&Effect::ClosePane(PaneId(1))), "{effects:?}");
    assert!(effects.contains(&Effect::Connect { epoch: Epoch(2), context: Some("prod".into()) }), "{effects:?}");
    assert!(app.panes.is_empty() && app.counts() == (0, 0));
}

#[test]
fn describe_opens_once_and_reads_again_when_the_pod_changes() {
    let mut app = connected();
    let read = |delay| Effect::ReadObject {
        pane: PaneId(1),
        key: ObjectKey::new(Kind::Pod, "shop", "api-0"),
        surroundings: true,
        delay,
    };
    assert_eq!(press(&mut app, "d"), [read(0)]);
    app.layout.focus(Slot::List);
    assert_eq!(press(&mut app, "d"), [], "it is there already");
    assert_eq!(app.layout.focused(), Slot::Pane(PaneId(1)));
    let effects = watched(&mut app, Change::Deltas(vec![Delta::Applied(pod("api-0"))]));
    assert_eq!(effects, [], "it is still being read");
    let problem = crate::base::problem::Problem::new("read", "refused", "");
    let effects = app.update(Msg::Object(PaneId(1), Err(problem)), now());
    assert_eq!(effects, [read(300)]);
    assert_eq!(press(&mut app, "q"), [Effect::ClosePane(PaneId(1))]);
    assert_eq!(press(&mut app, "q"), [Effect::Quit]);
}

#[test]
fn a_namespace_can_be_named_where_they_may_not_be_listed() {
    let mut app = connected();
    let problem = crate::base::problem::Problem::new("list namespaces", "forbidden", "");
    app.update(Msg::Namespaces(Epoch(1), Err(problem)), now());
    press(&mut app, "ctrl-n");
    let effects = press(&mut app, "x y z enter");
    assert_eq!(app.session.namespace.as_deref(), Some("xyz"));
    assert!(matches!(effects.first(), Some(Effect::Watch { epoch: Epoch(2), .. })), "{effects:?}");
}

#[test]
fn what_could_not_be_read_is_counted() {
    let mut app = connected();
    for change in [Change::Listing, Change::Rows(vec![pod("web-0")]), Change::Listed { unreadable: 2 }] {
        watched(&mut app, change);
    }
    assert_eq!((app.counts(), app.store.unreadable(Kind::Pod)), ((1, 1), 2));
}

#[test]
fn unknown_commands_say_so() {
    let mut app = connected();
    press(&mut app, ":");
    typed(&mut app, "fly away");
    press(&mut app, "enter");
    assert!(app.notice.as_ref().is_some_and(|(notice, _)| notice.is_error && notice.text.contains("fly away")));
    press(&mut app, ": s o r t space c o l o u r enter");
    assert!(app.messages.back().is_some_and(|(_, notice)| notice.text == "pods have no column `colour`"));
}

#[test]
fn a_node_leads_to_its_pods_and_back() {
    let mut app = connected();
    press(&mut app, "o");
    assert_eq!(app.view, View::Nodes);
    let node = json!({"metadata": {"name": "node-a"}});
    let node = NodeRow::from_wire(serde_json::from_value(node).expect("a node"), &mut Interner::default());
    app.update(Msg::Watched(Epoch(1), AnyChange::Nodes(Change::Rows(vec![node]))), now());
    assert_eq!(cursor(&app), "node-a");
    press(&mut app, "enter");
    assert_eq!((app.view, app.counts()), (View::Pods, (3, 3)));
}

#[test]
fn no_key_does_harm_at_any_size() {
    let keys: Vec<String> =
        action::ACTIONS.iter().flat_map(|row| row.keys.iter().map(|key| (*key).to_owned())).collect();
    for size in [(0, 0), (1, 1), (20, 5), (80, 24), (300, 90)] {
        let mut app = connected();
        app.update(Msg::Input(InputEvent::Resize(size.0, size.1)), now());
        for _ in 0..2 {
            for key in &keys {
                press(&mut app, key);
            }
        }
        let _ = (app.wake_at(), app.inspect());
    }
}

/// An application that was started with the name of a pod and of no namespace; its list is coming.
fn seeking(name: &str) -> App {
    let (mut app, _) = App::new(Start { object: Some(("pod".into(), name.into())), ..start() }, now());
    let info = ConnectionInfo { context: "dev".into(), namespace: "shop".into(), ..<_>::default() };
    app.update(Msg::Connected(Epoch(1), info), now());
    watched(&mut app, Change::Listing);
    watched(&mut app, Change::Rows(vec![pod("api-0"), pod("db-0")]));
    app
}

#[test]
fn the_cursor_goes_to_a_named_pod_in_the_namespace_of_the_context_when_a_later_page_brings_it() {
    let mut app = seeking("web-0");
    watched(&mut app, Change::Rows(vec![pod("web-0")]));
    watched(&mut app, Change::Listed { unreadable: 0 });
    assert_eq!(cursor(&app), "web-0");
    press(&mut app, "k");
    watched(&mut app, Change::Deltas(vec![Delta::Applied(pod("web-0"))]));
    assert_eq!(cursor(&app), "db-0", "it is sought once");
}

#[test]
fn a_named_pod_that_is_not_there_is_said_to_be_missing() {
    let mut app = seeking("gone-0");
    assert!(app.notice.is_none(), "the rest may still come");
    watched(&mut app, Change::Listed { unreadable: 0 });
    let said = app.notice.as_ref().map(|(notice, _)| notice.text.clone());
    assert_eq!(said.as_deref(), Some("there is no pod `gone-0` in shop"));
}

#[test]
fn a_namespace_chosen_while_connecting_is_the_one_that_is_listed() {
    let (mut app, _) = App::new(start(), now());
    press(&mut app, ": n s space d a t a enter");
    let effects = app.update(Msg::Connected(Epoch(1), ConnectionInfo::default()), now());
    let pods = Effect::Watch { epoch: app.session.epoch, kind: Kind::Pod, namespace: Some("data".into()) };
    assert!(effects.contains(&pods), "{effects:?}");
    app.update(Msg::Version(Epoch(1), "v1.35.0".into()), now());
    assert_eq!((&app.session.link, app.session.version.as_str()), (&Link::Up, "v1.35.0"));
}

#[test]
fn a_protected_context_is_read_only_and_the_next_one_is_not() {
    let config = Config { protected_contexts: vec!["prod*".into()], ..Config::default() };
    let (mut app, _) = App::new(Start { config, ..start() }, now());
    let info = |context: &str| ConnectionInfo {
        context: context.into(),
        contexts: vec!["dev".into(), "prod-1".into()],
        ..<_>::default()
    };
    app.update(Msg::Connected(app.session.link_epoch, info("prod-1")), now());
    assert!(app.session.read_only);
    press(&mut app, ": c t x space d e v enter");
    app.update(Msg::Connected(app.session.link_epoch, info("dev")), now());
    assert!(!app.session.read_only);
}

/// An app with a log in front of it.
fn with_log() -> App {
    let mut app = connected();
    press(&mut app, "l");
    let line =
        |number: u32| LogLine { at: now(), text: format!("line {number}").into(), cut_from: 0, ..LogLine::default() };
    app.update(Msg::Logs(PaneId(1), LogUpdate::Lines((0..30).map(line).collect())), now());
    app
}

fn log_title(app: &App) -> String {
    app.focused_pane().map(|(_, pane)| pane.title()).unwrap_or_default()
}

#[test]
fn a_log_is_filtered_as_one_types() {
    let mut app = with_log();
    press(&mut app, "&");
    typed(&mut app, "line 2");
    assert!(log_title(&app).contains("filter line 2: 12"), "{}", log_title(&app));
    typed(&mut app, " /(/");
    press(&mut app, "enter");
    assert!(app.notice.as_ref().is_some_and(|(notice, _)| notice.is_error));
    press(&mut app, "& esc");
    assert!(!log_title(&app).contains("filter"), "{}", log_title(&app));
    press(&mut app, "e u x J t T");
    assert!(log_title(&app).contains("warnings and errors, 2 around, repeats folded: 0"), "{}", log_title(&app));
}

#[test]
fn what_is_filtered_or_marked_is_what_leaves_the_log() {
    let mut app = with_log();
    press(&mut app, "& 2 9 enter");
    assert_eq!(press(&mut app, "C"), [Effect::Copy("line 29\n".to_owned())]);
    let paged = press(&mut app, "P");
    let said = |content: &content::Content| content.clone().collect::<String>();
    assert!(
        matches!(&paged[..], [Effect::Page { name, text }] if name == "api-0-app.log" && said(text) == "line 29\n")
    );
    let saved = press(&mut app, "A enter");
    assert!(matches!(&saved[..], [Effect::Save { text, .. }] if said(text).lines().count() == 30), "{saved:?}");
    press(&mut app, "esc v k v k");
    assert_eq!(press(&mut app, "C"), [Effect::Copy("line 27\nline 28\n".to_owned())]);
}

#[test]
fn a_log_is_asked_for_again_from_a_time_on() {
    let mut app = with_log();
    press(&mut app, "S");
    typed(&mut app, "10m");
    let effects = press(&mut app, "enter");
    let since = now().plus_micros(-600_000_000);
    assert!(
        matches!(&effects[..], [Effect::OpenLogs(PaneId(1), request)] if request.since == since && request.tail_lines.is_none()),
        "{effects:?}"
    );
}

#[test]
fn a_long_log_is_looked_through_at_once_and_without_waiting() {
    let mut app = with_log();
    let line =
        |number: u32| LogLine { at: now(), text: format!("line {number}").into(), cut_from: 0, ..LogLine::default() };
    app.update(Msg::Logs(PaneId(1), LogUpdate::Lines((0..90_000).map(line).collect())), now());
    press(&mut app, "&");
    typed(&mut app, "7");
    let mut slices = 0;
    while app.wake_at() == Some(now()) {
        app.update(Msg::Wake, now());
        slices += 1;
    }
    assert!(slices > 0 && !log_title(&app).contains('…'), "{slices} {}", log_title(&app));
}
