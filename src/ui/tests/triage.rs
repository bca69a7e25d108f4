//! Pictures of the Triage view, and of what findings add to other views.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixture::{connected, list, listed, press, resize, update, watched};
use super::{frame, text};
use crate::app::App;
use crate::app::message::Msg;
use crate::model::change::Change;
use crate::model::event::EventRow;
use crate::model::lookup::Answer;
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;
use crate::ui::theme::Theme;

fn picture(app: &mut App, columns: u16, rows: u16) -> String {
    text(&frame(app, &Theme::default(), columns, rows))
}

fn pod(name: &str, deployment: &str, image: &str) -> Value {
    json!({
        "metadata": {"name": format!("{deployment}-6b-{name}"), "namespace": "shop", "uid": format!("{deployment}-{name}"),
            "creationTimestamp": "2026-03-01T11:48:00Z", "labels": {"pod-template-hash": "6b"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": format!("{deployment}-6b"), "uid": deployment, "controller": true}]},
        "spec": {"nodeName": "node-a", "containers": [{"name": "app", "image": image}]},
        "status": {"phase": "Pending", "containerStatuses": [{"name": "app", "image": image, "state": {"waiting":
            {"reason": "ImagePullBackOff", "message": format!("Back-off pulling image \"{image}\"")}}}]},
    })
}

fn healthy(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop", "uid": name},
        "spec": {"nodeName": "node-a", "containers": [{"name": "app"}]},
        "status": {"phase": "Running",
            "containerStatuses": [{"name": "app", "ready": true, "state": {"running": {"startedAt": "2026-03-01T11:00:00Z"}}}]},
    })
}

fn failed(pod: &str, deployment: &str, image: &str) -> Value {
    json!({
        "metadata": {"name": format!("{deployment}-{pod}"), "namespace": "shop"},
        "type": "Warning", "reason": "Failed", "count": 7, "lastTimestamp": "2026-03-01T11:59:48Z",
        "message": format!("Failed to pull image \"{image}\": registry.acme.dev/{image}: not found"),
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": format!("{deployment}-6b-{pod}"),
            "uid": format!("{deployment}-{pod}"), "fieldPath": "spec.containers{app}"},
    })
}

/// `checkout` with two sick pods, `search` with one, and a healthy pod.
fn sick() -> App {
    let mut app = connected();
    list::<NodeRow>(&mut app, Vec::new());
    let events = [
        ("x1", "checkout", "shop/checkout:v2.4"),
        ("x2", "checkout", "shop/checkout:v2.4"),
        ("y1", "search", "shop/検索:8"),
    ];
    list::<EventRow>(&mut app, events.map(|(pod, deployment, image)| failed(pod, deployment, image)).to_vec());
    let mut pods = events.map(|(name, deployment, image)| pod(name, deployment, image)).to_vec();
    pods.push(healthy("cart-0"));
    list::<PodRow>(&mut app, pods);
    press(&mut app, "1");
    app
}

fn after(keys: &str, columns: u16, rows: u16) -> String {
    let mut app = sick();
    resize(&mut app, columns, rows);
    press(&mut app, keys);
    picture(&mut app, columns, rows)
}

#[test]
fn what_is_wrong_and_why() {
    assert_snapshot!("triage_80x24", after("", 80, 24));
    assert_snapshot!("triage_unfolded_80x24", after("enter j", 80, 24));
    assert_snapshot!("triage_inspector_80x24", after("j enter", 80, 24));
    assert_snapshot!("triage_120x40", after("enter", 120, 40));
    assert_snapshot!("triage_200x60", after("w", 200, 60));
}

#[test]
fn without_unicode_and_color() {
    let mut app = sick();
    resize(&mut app, 80, 12);
    let theme = Theme { ascii: true, color: false, ..Theme::default() };
    let drawn = text(&frame(&mut app, &theme, 80, 12));
    assert!(drawn.contains("\nx deploy/checkout"), "{drawn}");
}

#[test]
fn what_the_rule_means_is_one_key_away() {
    assert_snapshot!("triage_rule_100x30", after("?", 100, 30));
}

#[test]
fn the_list_of_pods_says_why() {
    assert_snapshot!("pods_why_200x20", after("2", 200, 20));
}

#[test]
fn nothing_is_wrong_only_once_everything_was_looked_at() {
    let mut app = connected();
    press(&mut app, "1");
    let mut pictures = vec![picture(&mut app, 80, 6)];
    watched::<PodRow>(&mut app, Change::Listing);
    watched::<PodRow>(&mut app, Change::Total(150_000));
    pictures.push(picture(&mut app, 80, 6));
    list::<NodeRow>(&mut app, Vec::new());
    list::<EventRow>(&mut app, Vec::new());
    list::<PodRow>(&mut app, vec![healthy("cart-0")]);
    pictures.push(picture(&mut app, 80, 12));
    answer(&mut app);
    pictures.push(picture(&mut app, 80, 12));
    // How many rules there are is no matter of the picture.
    let rules = format!("{} rules", crate::diagnosis::rules::all().count());
    assert_snapshot!("triage_nothing_wrong", pictures.join("\n").replace(&rules, "NN rules"));
}

/// Lists of workloads are empty, but Jobs may not be listed.
fn answer(app: &mut App) {
    use crate::diagnosis::survey::OBJECTS;
    use crate::model::lookup::{Lookup, Resource};
    for (place, (_, resource)) in OBJECTS.iter().enumerate() {
        let answer = match resource {
            Resource::Jobs => Answer::Forbidden("jobs.batch is forbidden".into()),
            _ => json!({"items": []}).into(),
        };
        let found = Box::new((Lookup::list(*resource, "shop"), answer));
        update(app, Msg::LookedUp(app.session.epoch, place, found));
    }
}

#[test]
fn what_is_over_is_dim() {
    let mut app = sick();
    list::<PodRow>(&mut app, vec![healthy("cart-0"), pod("y1", "search", "shop/検索:8")]);
    assert_snapshot!("triage_over_80x10", picture(&mut app, 80, 10));
}

#[test]
fn the_fixture_s_pods_have_a_view_too() {
    let mut app = listed();
    press(&mut app, "1");
    assert!(picture(&mut app, 80, 24).contains("Triage · "));
}
