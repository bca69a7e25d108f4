//! From keys and words to the logs that are meant.

use super::*;
use crate::app::message::{Effect, Epoch, Msg};
use crate::app::panes::Pane;
use crate::app::tests::{connected, now, press, typed};
use crate::cluster::api::Subject;
use crate::model::discovery::Discovery;
use crate::model::resource::Names;
use crate::model::resource::tests::deployments;

fn notice(app: &App) -> &str {
    app.notice.as_ref().map_or("", |(notice, _)| &notice.text)
}

fn many(effects: &[Effect]) -> Vec<&LogsRequest> {
    let many = effects.iter().filter_map(|effect| match effect {
        Effect::OpenManyLogs(_, request) => Some(&**request),
        _ => None,
    });
    many.collect()
}

fn one(effects: &[Effect]) -> Vec<&LogRequest> {
    let one = effects.iter().filter_map(|effect| match effect {
        Effect::OpenLogs(_, request) => Some(request),
        _ => None,
    });
    one.collect()
}

/// What the palette begins for a line.
fn asked(app: &mut App, line: &str) -> Vec<Effect> {
    press(app, ":");
    typed(app, line);
    press(app, "enter")
}

fn discovered(app: &mut App) -> Vec<Effect> {
    let config_maps = Resource::new(Names {
        version: "v1".into(),
        kind: "ConfigMap".into(),
        plural: "configmaps".into(),
        singular: "configmap".into(),
        namespaced: true,
        ..Names::default()
    });
    let found = Discovery { resources: vec![deployments(), config_maps], missing: Vec::new() };
    app.update(Msg::Discovered(Epoch(1), Ok(found)), now())
}

fn pods(names: &[&str]) -> LogSelection {
    LogSelection::Pods(names.iter().map(|name| ("shop".to_owned(), (*name).to_owned())).collect())
}

#[test]
fn marked_pods_are_one_log_and_one_of_them_is_its_own() {
    let mut app = connected();
    press(&mut app, "space space");
    let effects = press(&mut app, "l");
    assert_eq!(many(&effects)[0].selection, pods(&["api-0", "db-0"]));
    assert_eq!((many(&effects)[0].at_once, many(&effects)[0].tail_lines), (200, Some(1_000)));
    assert!(many(&press(&mut app, "esc l")).is_empty(), "it is there already");
    let mut app = connected();
    press(&mut app, "space");
    let effects = press(&mut app, "l");
    assert_eq!((&*one(&effects)[0].pod, &*one(&effects)[0].container), ("api-0", "app"), "not that under the cursor");
}

#[test]
fn the_palette_takes_pods_owners_and_labels() {
    let mut app = connected();
    let effects = asked(&mut app, "logs web-0 -c proxy -p --tail 5");
    let request = one(&effects)[0];
    assert_eq!((&*request.pod, &*request.container, request.previous), ("web-0", "proxy", true));
    assert_eq!(request.tail_lines, Some(5));
    let effects = asked(&mut app, "logs -l app=web --since 10m -c app");
    let request = many(&effects)[0];
    let shop = |selector: &str| LogSelection::Labels { namespace: Some("shop".into()), selector: selector.into() };
    assert_eq!((&request.selection, request.tail_lines), (&shop("app=web"), None));
    assert_eq!((request.since, &*request.containers.include), (now().plus_micros(-600_000_000), "^app$"));
    assert_eq!(many(&asked(&mut app, "logs --all"))[0].selection, shop(""));
    let effects = asked(&mut app, "logs b-");
    assert_eq!((&many(&effects)[0].selection, &many(&effects)[0].pods), (&shop(""), &vec!["b-".to_owned()]));
    for (line, said) in [
        ("logs nothing-like-it", "there is no pod `nothing-like-it` in shop"),
        ("logs a b", "one target"),
        ("logs --fly", "no flag"),
        ("logs -l", "needs a value"),
        ("logs -p", "whose logs?"),
    ] {
        assert!(many(&asked(&mut app, line)).is_empty());
        assert!(notice(&app).contains(said), "{line}: {}", notice(&app));
    }
}

#[test]
fn a_kind_is_waited_for_until_it_is_known() {
    let mut app = connected();
    assert!(many(&asked(&mut app, "logs deploy/web")).is_empty());
    let effects = discovered(&mut app);
    assert_eq!(many(&effects)[0].selection, LogSelection::Owner(ObjectKey::new(deployments(), "shop", "web")));
    asked(&mut app, "logs configmap/web");
    assert!(notice(&app).contains("has no logs"), "{}", notice(&app));
    asked(&mut app, "logs flights/web");
    assert!(notice(&app).contains("no kind `flights`"), "{}", notice(&app));
}

#[test]
fn the_logs_of_the_owner_are_one_key_away() {
    let mut app = connected();
    let effects = press(&mut app, "L");
    let job = effects.iter().find_map(|effect| match effect {
        Effect::ReadSubject { job, .. } => Some(*job),
        _ => None,
    });
    let web = ObjectKey::new(deployments(), "shop", "web");
    let subject = |key: &ObjectKey| {
        let key = key.clone();
        Box::new(Subject { key, uid: String::new(), object: serde_json::Value::Null, history: Vec::new() })
    };
    let effects = app.update(Msg::Subject(job.expect("it is read"), Ok(subject(&web))), now());
    assert_eq!(many(&effects)[0].selection, LogSelection::Owner(web));
}

#[test]
fn what_has_no_pods_has_no_logs() {
    let mut app = connected();
    press(&mut app, "3 l");
    assert!(notice(&app).contains("no object"), "{}", notice(&app));
    for (kind, group, has) in [
        ("Deployment", "apps", true),
        ("Service", "", true),
        ("Secret", "", false),
        ("Ingress", "networking.k8s.io", false),
        ("Rollout", "argoproj.io", true),
    ] {
        let (kind, group) = (kind.to_owned(), group.to_owned());
        let resource = Resource::new(Names { kind, group, namespaced: true, ..Names::default() });
        assert_eq!(may_have_pods(&resource), has, "{}", resource.kind);
    }
}

#[test]
fn the_command_line_opens_the_tile_alone_as_soon_as_it_can() {
    let mut app = connected();
    let words = LogsAsked { filter: "!level:info".into(), timestamps: true, alone: true, ..LogsAsked::default() };
    app.logs_asked = Some(words);
    app.update(Msg::Wake, now());
    assert!(app.logs_asked.is_some(), "nothing has come that it could wait for");
    crate::app::tests::watched(&mut app, crate::model::change::Change::Live);
    assert!(app.logs_asked.is_none() && app.layout.is_zoomed());
    let Some((_, Pane::Logs(pane))) = app.focused_pane() else { panic!("a log") };
    assert_eq!(pane.filter_text(), "!level:info");
    press(&mut app, "esc");
    assert!(!app.layout.is_zoomed());
}

#[test]
fn containers_are_chosen_in_the_tile_and_the_run_before_is_a_key_away() {
    let mut app = connected();
    press(&mut app, "l c");
    let effects = press(&mut app, "enter");
    assert_eq!(many(&effects)[0].selection, pods(&["api-0"]), "all containers of the pod");
    press(&mut app, "c");
    typed(&mut app, "app|side");
    let effects = press(&mut app, "enter");
    assert_eq!(many(&effects)[0].containers.include, "app|side");
    let effects = press(&mut app, "p");
    assert!(many(&effects)[0].previous && many(&effects)[0].containers.include == "app|side");
    press(&mut app, "s");
    assert!(notice(&app).contains("log of one container") || app.modal.is_none());
}

#[test]
fn upwards_at_the_first_line_more_is_read() {
    let mut app = connected();
    press(&mut app, "l");
    let line = crate::cluster::api::LogLine { at: now(), text: "first".into(), cut_from: 0, nanos: 0 };
    let Some((id, _)) = app.focused_pane() else { panic!("a pane") };
    app.update(Msg::Logs(id, crate::cluster::api::LogUpdate::Lines(vec![line.clone()])), now());
    let effects = press(&mut app, "k");
    let [Effect::ReadEarlier { pane, known, wanted: 1_000, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((*pane, known), (id, &vec![line]));
}
