//! E01 to E11, as far as they are about rows: when and how often, in which order, from whom.

use podtriage::app::columns::{Listed, RowFields};
use podtriage::base::filter::Filter;
use podtriage::model::event::EventRow;
use serde_json::{Value, json};

use super::{ago, cells, now, rows};

/// The events of which kubectl's answers were recorded.
fn fixture() -> Vec<EventRow> {
    let event = |name: &str, kind: &str, object: &str, more: &Value| {
        let mut event = json!({
            "metadata": {"name": name, "namespace": "default"}, "type": "Normal", "reason": format!("R-{name}"),
            "message": format!("msg {name}\n"), "involvedObject": {"kind": kind, "name": object},
        });
        for (field, value) in more.as_object().into_iter().flatten() {
            event[field] = value.clone();
        }
        event
    };
    let scheduler = json!({"reportingComponent": "default-scheduler", "reportingInstance": "h1",
        "firstTimestamp": null, "lastTimestamp": null});
    let mut series = scheduler.clone();
    series["eventTime"] = json!(ago(3 * 3_600));
    series["series"] = json!({"count": 7, "lastObservedTime": ago(120)});
    let mut once = scheduler;
    once["eventTime"] = json!(ago(540));
    let at = |seconds| json!({"count": 1, "firstTimestamp": ago(seconds), "lastTimestamp": ago(seconds)});
    let mut many = json!({"count": 12, "firstTimestamp": ago(3_660), "lastTimestamp": ago(200), "type": "Warning"});
    many["source"] = json!({"component": "kubelet"});
    rows(&[
        event("one", "Pod", "web-0", &at(95)),
        event("many", "Pod", "web-0", &many),
        event("series", "Pod", "web-0", &series),
        event("newone", "Pod", "web-0", &once),
        event("zero", "Pod", "web-0", &json!({"firstTimestamp": null, "lastTimestamp": null})),
        event("nodeev", "Node", "node-1", &at(1_800)),
        event("nodeev2", "Node", "node-1", &at(2_400)),
    ])
}

fn named(name: &str) -> EventRow {
    fixture().into_iter().find(|event| event.meta.name == name).expect(name)
}

#[test]
fn e01_order_and_texts_of_kubectl_events() {
    let mut events = fixture();
    events.sort_by_key(|event| (event.own_sighting().order, event.meta.name.clone()));
    let line = |event: &EventRow| {
        [&event.last_seen(now()), &*event.r#type, &*event.reason, &event.object(), &*event.message].join(" | ")
    };
    assert_eq!(
        events.iter().map(line).collect::<Vec<_>>(),
        [
            "<unknown> | Normal | R-zero | Pod/web-0 | msg zero",
            "40m | Normal | R-nodeev2 | Node/node-1 | msg nodeev2",
            "30m | Normal | R-nodeev | Node/node-1 | msg nodeev",
            "9m | Normal | R-newone | Pod/web-0 | msg newone",
            "3m20s (x12 over 61m) | Warning | R-many | Pod/web-0 | msg many",
            "2m (x7 over 3h) | Normal | R-series | Pod/web-0 | msg series",
            "95s | Normal | R-one | Pod/web-0 | msg one",
        ]
    );
}

#[test]
fn e01_the_list_has_the_same_order_newest_first() {
    let column = EventRow::columns().iter().find(|column| column.field == "last").expect("LAST SEEN");
    let mut events = fixture();
    events.sort_by(|a, b| column.order(a, b));
    let names: Vec<_> = events.iter().map(|event| event.meta.name.as_str()).collect();
    assert_eq!(names, ["one", "series", "many", "newone", "nodeev", "nodeev2", "zero"]);
}

#[test]
fn e03_seen_many_times() {
    assert_eq!(named("many").last_seen(now()), "3m20s (x12 over 61m)");
}

#[test]
fn e04_a_series() {
    let series = named("series");
    assert_eq!(series.last_seen(now()), "2m (x7 over 3h)");
    assert_eq!((&*series.from, series.sighting().times), ("default-scheduler, h1", 7));
}

#[test]
fn e05_no_times_at_all() {
    assert_eq!(named("zero").last_seen(now()), "<unknown>");
    let bare = json!({"metadata": {"name": "zero"}});
    assert_eq!(cells::<EventRow>(bare, &["LAST SEEN", "FIRST SEEN", "COUNT"]), ["<unknown>", "<unknown>", "1"]);
}

#[test]
fn e06_only_warnings_by_the_filter() {
    let fields: Vec<_> = EventRow::columns().iter().map(|column| &*column.field).collect();
    let filter = Filter::parse("type:warning", &fields).expect("a filter");
    let passes = |event: &EventRow| filter.matches(&RowFields { row: event, columns: EventRow::columns(), now: now() });
    let names: Vec<_> = fixture().into_iter().filter(passes).map(|event| event.meta.name.to_string()).collect();
    assert_eq!(names, ["many"]);
}

#[test]
fn e10_columns_of_an_event_that_was_seen_once() {
    let once = json!({"count": 1, "firstTimestamp": ago(95), "lastTimestamp": ago(95)});
    assert_eq!(cells::<EventRow>(once, &["LAST SEEN", "FIRST SEEN", "COUNT"]), ["95s", "95s", "1"]);
}

#[test]
fn e11_columns_of_an_event_of_the_new_api() {
    let new = json!({"eventTime": "2023-11-14T22:12:20.250000Z", "firstTimestamp": null, "lastTimestamp": null});
    assert_eq!(cells::<EventRow>(new, &["LAST SEEN", "FIRST SEEN", "COUNT"]), ["59s", "59s", "1"]);
}

#[test]
fn the_container_and_who_says_so() {
    let event = json!({
        "involvedObject": {"kind": "Pod", "name": "web-0", "fieldPath": "spec.containers{app}"},
        "source": {"component": "kubelet", "host": "node-a"},
    });
    assert_eq!(cells::<EventRow>(event, &["OBJECT", "FROM"]), ["Pod/web-0 (app)", "kubelet, node-a"]);
}
