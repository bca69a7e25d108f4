//! Events as their writers write them: the kubelet's are counted, the scheduler's come as a series.
//!
//! Same object, part, reason and message within the hour is the same event, once more. Start with
//! [`World::record`].

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::World;
use super::random::hash;
use crate::base::stamp::Stamp;
use crate::demo::json::{int, precise, set, stamp, text, time};

/// How long an event is kept: the API server's default.
pub const LIFETIME_MICROS: i64 = 3_600_000_000;

/// Within this time different sentences for one reason are similar events.
const SIMILAR_MICROS: i64 = 600_000_000;
/// How many of them make the next one part of a combined event.
const MANY: usize = 10;

/// What happened.
#[derive(Debug, Default)]
pub struct Event<'a> {
    /// `Warning`, or `Normal`.
    pub warning: bool,
    /// The machine-readable reason.
    pub reason: &'a str,
    /// The sentence.
    pub message: String,
    /// The part of the object, such as `spec.containers{app}`.
    pub field: String,
    /// Who says so.
    pub component: &'a str,
    /// On which node, if on one.
    pub host: &'a str,
}

impl World {
    /// Records an event about an object (a whole one, with its kind).
    pub fn record(&mut self, about: &Value, event: &Event<'_>) {
        let namespace = match text(about, "/metadata/namespace") {
            "" => "default",
            namespace => namespace,
        };
        let uid = text(about, "/metadata/uid");
        let part = |message: &str| hash(&[uid, event.reason, message, &event.field, event.component].join("\0"));
        let combined = self.is_one_of_many(event, part("many"), part(&event.message));
        let same = part(if combined { "(combined from similar events)" } else { &event.message });
        let known = self.recorded.get(&same).and_then(|(namespace, name)| self.store.get("events", namespace, name));
        let mut object = match known {
            Some(old) => self.again((*old).clone()),
            None => self.first(about, namespace, event),
        };
        if combined {
            object["message"] = format!("(combined from similar events): {}", event.message).into();
        }
        let object = self.store.put("events", object);
        let name = text(&object, "/metadata/name").to_owned();
        self.recorded.insert(same, (namespace.to_owned(), name));
    }

    /// Whether as many different sentences were written for one reason within ten minutes as are written one by
    /// one: client-go puts what comes then into one event.
    fn is_one_of_many(&mut self, event: &Event<'_>, reason: u64, sentence: u64) -> bool {
        if event.component == "default-scheduler" {
            return false;
        }
        let now = self.now;
        let (last, sentences) = self.similar.entry(reason).or_insert_with(|| (now, BTreeSet::new()));
        if now.micros_since(*last).is_some_and(|passed| passed > SIMILAR_MICROS) {
            sentences.clear();
        }
        *last = now;
        if sentences.len() < MANY || sentences.contains(&sentence) {
            sentences.insert(sentence);
        }
        sentences.len() >= MANY
    }

    fn again(&self, mut event: Value) -> Value {
        if event["eventTime"].is_null() {
            let count = int(&event, "/count").unwrap_or(1) + 1;
            event["count"] = count.into();
            event["lastTimestamp"] = stamp(self.now);
        } else {
            let count = int(&event, "/series/count").unwrap_or(1) + 1;
            event["series"] = json!({"count": count, "lastObservedTime": precise(self.now, 6)});
        }
        event
    }

    fn first(&mut self, about: &Value, namespace: &str, event: &Event<'_>) -> Value {
        // The scheduler has moved to the new API: an event time with a fraction, no first and last.
        let scheduler = event.component == "default-scheduler";
        let name = format!("{}.{}", text(about, "/metadata/name"), self.random.hex(16));
        let mut involved = json!({
            "kind": about["kind"], "namespace": namespace, "name": about["metadata"]["name"],
            "uid": about["metadata"]["uid"], "apiVersion": about["apiVersion"],
            "resourceVersion": about["metadata"]["resourceVersion"],
        });
        if text(about, "/metadata/namespace").is_empty() {
            crate::demo::json::remove(&mut involved, &["namespace"]);
        }
        if !event.field.is_empty() {
            set(&mut involved, &["fieldPath"], event.field.clone().into());
        }
        let now = stamp(self.now);
        let mut object = json!({
            "kind": "Event", "apiVersion": "v1",
            "metadata": {"name": name, "namespace": namespace, "uid": self.random.uuid(), "creationTimestamp": now},
            "involvedObject": involved, "reason": event.reason, "message": event.message,
            "source": {}, "firstTimestamp": null, "lastTimestamp": null,
            "type": if event.warning { "Warning" } else { "Normal" }, "eventTime": null,
            "reportingComponent": event.component, "reportingInstance": event.host,
        });
        if scheduler {
            object["eventTime"] = precise(self.now, 6).into();
            object["action"] = if event.warning { "Scheduling" } else { "Binding" }.into();
            object["reportingInstance"] = "default-scheduler-control-plane".into();
        } else {
            object["source"] = json!({"component": event.component});
            if !event.host.is_empty() {
                object["source"]["host"] = event.host.into();
            }
            object["firstTimestamp"] = now.clone();
            object["lastTimestamp"] = now;
            object["count"] = 1.into();
        }
        object
    }

    /// Drops the events that nobody has repeated for an hour.
    pub fn expire_events(&mut self) {
        let oldest = self.now.plus_micros(-LIFETIME_MICROS);
        for event in self.store.list("events", None) {
            if last_seen(&event) < oldest {
                self.store.remove("events", text(&event, "/metadata/namespace"), text(&event, "/metadata/name"));
            }
        }
        let store = &self.store;
        self.recorded.retain(|_, (namespace, name)| store.get("events", namespace, name).is_some());
        let now = self.now;
        self.similar.retain(|_, (last, _)| now.micros_since(*last).is_some_and(|passed| passed <= SIMILAR_MICROS));
    }
}

/// When an event was last observed, whichever API wrote it.
pub fn last_seen(event: &Value) -> Stamp {
    let series = time(event, "/series/lastObservedTime");
    let last = time(event, "/lastTimestamp");
    series.latest(last).latest(time(event, "/firstTimestamp")).latest(time(event, "/eventTime"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(component: &str, times: usize) -> Value {
        let mut world = World::empty(1, Stamp::from_seconds(1_000));
        let pod = json!({"kind": "Pod", "apiVersion": "v1",
            "metadata": {"name": "a", "namespace": "shop", "uid": "u"}});
        for n in 0..times {
            world.now = Stamp::from_seconds(1_000 + n as i64);
            let event = Event {
                warning: true,
                reason: "Unhealthy",
                message: "m".into(),
                component,
                host: "node-1",
                ..Event::default()
            };
            world.record(&pod, &event);
        }
        let events = world.store.list("events", Some("shop"));
        assert_eq!(events.len(), 1, "repeated events are counted");
        (*events[0]).clone()
    }

    #[test]
    fn the_kubelet_counts() {
        let event = recorded("kubelet", 3);
        assert_eq!((event["count"].as_i64(), event["source"]["host"].as_str()), (Some(3), Some("node-1")));
        assert_eq!(time(&event, "/lastTimestamp").seconds() - time(&event, "/firstTimestamp").seconds(), 2);
    }

    #[test]
    fn the_scheduler_writes_a_series() {
        let event = recorded("default-scheduler", 2);
        assert_eq!((event["series"]["count"].as_i64(), event.get("count")), (Some(2), None));
        assert!(event["firstTimestamp"].is_null());
        assert_eq!(last_seen(&event).seconds(), 1_001);
    }

    #[test]
    fn the_tenth_sentence_for_one_reason_is_combined_with_those_after_it() {
        let mut world = World::empty(1, Stamp::from_seconds(1_000));
        let set = json!({"kind": "ReplicaSet", "apiVersion": "apps/v1",
            "metadata": {"name": "a", "namespace": "shop", "uid": "u"}});
        for n in 0..14 {
            let message = format!("Error creating: pods \"a-{n}\" is forbidden");
            world.record(&set, &Event { warning: true, reason: "FailedCreate", message, ..Event::default() });
        }
        let events = world.store.list("events", Some("shop"));
        assert_eq!(events.len(), 10);
        let combined = events.iter().find(|event| text(event, "/message").starts_with("(combined")).expect("one");
        assert_eq!(
            text(combined, "/message"),
            "(combined from similar events): Error creating: pods \"a-13\" is forbidden"
        );
        assert_eq!(combined["count"], 5);
    }

    #[test]
    fn events_are_forgotten_after_an_hour() {
        let mut world = World::empty(1, Stamp::from_seconds(1_000));
        let node = json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n", "uid": "u"}});
        world.record(&node, &Event { reason: "Starting", ..Event::default() });
        world.now = Stamp::from_seconds(4_000);
        world.expire_events();
        assert_eq!(world.store.list("events", Some("default")).len(), 1);
        world.now = Stamp::from_seconds(4_700);
        world.expire_events();
        assert!(world.store.list("events", None).is_empty());
    }
}
