//! An event as a row: one model over both schemas, the old recorder's and `events.k8s.io`.
//!
//! What a row says is what kubectl says of one event. Several events may say the same about the same object, under
//! names of their own; the store marks such rows ([`Same`]), and lists show one of them for all. Start with
//! [`EventRow::sighting`].

use std::sync::Arc;

use super::kind::Kind;
use super::row::{Health, Interner, Meta, Row, WireRow};
use super::wire::{self, lossy};
use crate::base::age::age;
use crate::base::stamp::Stamp;

/// What lists and the inspector read of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Name and namespace of the event itself.
    pub meta: Meta,
    /// `Normal` or `Warning`.
    pub r#type: Arc<str>,
    /// `BackOff`, `FailedScheduling`, …
    pub reason: Arc<str>,
    /// The message, without surrounding white space.
    pub message: Box<str>,
    /// Kind of the object it is about.
    pub object_kind: Arc<str>,
    /// Namespace of that object; empty where it has none.
    pub object_namespace: Arc<str>,
    /// Name of that object.
    pub object_name: Arc<str>,
    /// UID of that object; for nodes often its name.
    pub object_uid: Arc<str>,
    /// The part of the object: `spec.containers{app}`; often empty.
    pub field_path: Arc<str>,
    /// Who says so, as `kubectl get events -o wide` prints SOURCE: `component, host`.
    pub from: Arc<str>,
    /// `firstTimestamp`: of the old recorder.
    pub first_timestamp: Stamp,
    /// `lastTimestamp`: of the old recorder.
    pub last_timestamp: Stamp,
    /// `eventTime`: of the new API.
    pub event_time: Stamp,
    /// `count`: of the old recorder; 0 where there is none.
    pub count: u32,
    /// The series of the new API; `None` for something that was seen once.
    pub series: Option<Series>,
    /// How it stands to events that say the same, put here by the store.
    pub same: Same,
}

/// Something that goes on, as the new API says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    /// How often it was seen.
    pub count: u32,
    /// When it was seen last.
    pub last_observed: Stamp,
}

/// How an event stands to others that say the same about the same object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Same {
    /// There are none, or nobody has looked.
    #[default]
    Alone,
    /// It stands for all of them, which were seen so.
    Shown(Box<Sighting>),
    /// Another stands for it.
    Hidden,
}

/// When and how often something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// First.
    pub first: Stamp,
    /// Last.
    pub last: Stamp,
    /// What `kubectl events` sorts by.
    pub order: Stamp,
    /// How often; at least 1.
    pub times: u32,
    /// In how many events.
    pub events: u32,
}

impl Sighting {
    /// This and another sighting of the same.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let first = if self.first.is_set() && other.first.is_set() {
            self.first.min(other.first)
        } else {
            self.first.latest(other.first)
        };
        Self {
            first,
            last: self.last.latest(other.last),
            order: self.order.latest(other.order),
            times: self.times.saturating_add(other.times),
            events: self.events + other.events,
        }
    }
}

impl EventRow {
    /// Whether it is a warning.
    pub fn is_warning(&self) -> bool {
        &*self.r#type == "Warning"
    }

    /// Whether another row stands for it.
    pub fn is_hidden(&self) -> bool {
        self.same == Same::Hidden
    }

    /// When and how often it was seen: by itself, or with those that it stands for.
    pub fn sighting(&self) -> Sighting {
        match &self.same {
            Same::Shown(all) => **all,
            Same::Alone | Same::Hidden => self.own_sighting(),
        }
    }

    /// When and how often this one event was seen: LAST SEEN, FIRST SEEN and COUNT of `kubectl get events` (`printEvent`),
    /// and the order of `kubectl events`.
    pub fn own_sighting(&self) -> Sighting {
        let or = |one: Stamp, other: Stamp| if one.is_set() { one } else { other };
        let first = or(self.first_timestamp, self.event_time);
        let order = or(self.last_timestamp, self.event_time);
        let (last, times) = (or(self.last_timestamp, first), self.count.max(1));
        match &self.series {
            Some(Series { count, last_observed: at }) => {
                Sighting { first, last: *at, order: *at, times: *count, events: 1 }
            }
            None => Sighting { first, last, order, times, events: 1 },
        }
    }

    /// LAST SEEN of `kubectl events`, and Age of `kubectl describe`: `3m20s (x12 over 61m)`. Of this one event.
    pub fn last_seen(&self, now: Stamp) -> String {
        let first = if self.event_time.is_set() { self.event_time } else { self.first_timestamp };
        let repeated = |last, count| format!("{} (x{count} over {})", age(last, now), age(first, now));
        match &self.series {
            Some(series) => repeated(series.last_observed, series.count),
            None if self.count > 1 => repeated(self.last_timestamp, self.count),
            None => age(first, now),
        }
    }

    /// `Kind/name`, as `kubectl events` prints it; only the kind when there is no name.
    pub fn object(&self) -> String {
        if self.object_name.is_empty() {
            self.object_kind.to_string()
        } else {
            format!("{}/{}", self.object_kind, self.object_name)
        }
    }

    /// The container that it is about, taken from the field path `spec.containers{NAME}`.
    pub fn container(&self) -> Option<&str> {
        self.field_path.split_once('{')?.1.strip_suffix('}')
    }

    /// Who says so, without what the new API says twice: there the host often begins with the component.
    pub fn from_briefly(&self) -> &str {
        match self.from.split_once(", ") {
            Some((component, host)) if host.starts_with(component) => component,
            _ => &self.from,
        }
    }

    /// By this, events are told apart that say something else, or of something else. Of the same object by its UID; by
    /// its name where there is none.
    pub fn statement(&self) -> [&str; 9] {
        [
            &self.object_uid,
            &self.object_kind,
            &self.object_namespace,
            &self.object_name,
            &self.field_path,
            &self.r#type,
            &self.reason,
            &self.from,
            &self.message,
        ]
    }
}

impl Row for EventRow {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Warnings are degraded, everything else is good.
    fn health(&self) -> Health {
        if self.is_warning() { Health::Degraded } else { Health::Good }
    }
}

impl WireRow for EventRow {
    type Wire = wire::Event;
    const KIND: Kind = Kind::Event;

    fn from_wire(event: wire::Event, strings: &mut Interner) -> Self {
        let stamp = |time: Option<wire::Time>| time.map_or(Stamp::NONE, Into::into);
        let count = |count: i32| u32::try_from(count).unwrap_or(0);
        let object = event.involved_object.clone().unwrap_or_default();
        let series = event.series.as_ref();
        Self {
            r#type: strings.get(&event.r#type),
            reason: strings.get(&event.reason),
            message: lossy(&event.message).trim().into(),
            object_kind: strings.get(&object.kind),
            object_namespace: strings.get(&object.namespace),
            object_name: strings.get(&object.name),
            object_uid: strings.get(&object.uid),
            field_path: strings.get(&object.field_path),
            from: strings.get(&from(&event)),
            first_timestamp: stamp(event.first_timestamp),
            last_timestamp: stamp(event.last_timestamp),
            event_time: stamp(event.event_time),
            count: count(event.count),
            series: series
                .map(|series| Series { count: count(series.count), last_observed: stamp(series.last_observed_time) }),
            same: Same::Alone,
            meta: Meta::from_wire(event.metadata.unwrap_or_default(), strings),
        }
    }
}

/// SOURCE (`formatEventSource`): each half falls back to what the new API has for it.
fn from(event: &wire::Event) -> String {
    let (component, host) = match &event.source {
        Some(source) => (source.component.as_str(), source.host.as_str()),
        None => ("", ""),
    };
    let component = if component.is_empty() { &event.reporting_component } else { component };
    let host = if host.is_empty() { &event.reporting_instance } else { host };
    if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn row(event: Value) -> EventRow {
        EventRow::from_wire(serde_json::from_value(event).expect("an event"), &mut Interner::default())
    }

    #[test]
    fn the_old_recorder() {
        let row = row(json!({
            "type": "Warning", "reason": "BackOff", "message": "  Back-off restarting\n", "count": 12,
            "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T01:00:00Z", "eventTime": null,
            "source": {"component": "kubelet", "host": "node-a"},
            "involvedObject": {"kind": "Pod", "name": "web-0", "uid": "u", "fieldPath": "spec.containers{app}"},
        }));
        assert_eq!(row.object(), "Pod/web-0");
        assert_eq!(row.container(), Some("app"));
        let seen = row.sighting();
        assert_eq!((&*row.message, &*row.from, seen.times), ("Back-off restarting", "kubelet, node-a", 12));
        assert_eq!(seen.last.micros_since(seen.first), Some(3_600_000_000));
    }

    #[test]
    fn the_new_api_and_its_series() {
        let single = row(json!({"eventTime": "2026-01-01T00:00:00.5Z", "reportingComponent": "default-scheduler",
            "reportingInstance": "default-scheduler-host"}));
        assert_eq!((single.sighting().first, single.sighting().times), (single.sighting().last, 1));
        assert_eq!(&*single.from, "default-scheduler, default-scheduler-host");
        assert_eq!(single.from_briefly(), "default-scheduler");
        let series = row(json!({"eventTime": "2026-01-01T00:00:00Z", "count": 0,
            "series": {"count": 7, "lastObservedTime": "2026-01-01T00:10:00.000001Z"}}));
        let seen = series.sighting();
        assert_eq!((seen.times, seen.last.rfc3339().as_str()), (7, "2026-01-01T00:10:00Z"));
    }

    #[test]
    fn both_schemas_of_an_event_are_one_row() {
        let (first, last) = ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z");
        let object = json!({"kind": "Pod", "name": "web-0", "uid": "u"});
        let core = json!({"involvedObject": object, "message": "text", "source": {"component": "kubelet"}, "count": 3,
            "firstTimestamp": first, "lastTimestamp": last, "reportingComponent": "kubelet", "type": "Normal"});
        let new = json!({"regarding": object, "note": "text", "deprecatedSource": {"component": "kubelet"},
            "deprecatedCount": 3, "deprecatedFirstTimestamp": first, "deprecatedLastTimestamp": last,
            "reportingController": "kubelet", "type": "Normal"});
        assert_eq!(row(core), row(new));
    }

    #[test]
    fn an_event_without_anything_is_a_row() {
        let row = row(json!({}));
        assert_eq!((row.object().as_str(), row.sighting().times, row.sighting().last.is_set()), ("", 1, false));
        assert_eq!(row.container(), None);
    }

    fn any_sighting() -> impl Strategy<Value = Sighting> {
        let stamp = || prop_oneof![Just(Stamp::NONE), (0i64..9).prop_map(Stamp::from_seconds)];
        let sighting = |(first, last, order, times)| Sighting { first, last, order, times, events: 1 };
        (stamp(), stamp(), stamp(), prop_oneof![1u32..9, Just(u32::MAX)]).prop_map(sighting)
    }

    proptest! {
        #[test]
        fn sightings_add_up_in_any_order(a in any_sighting(), b in any_sighting(), c in any_sighting()) {
            prop_assert_eq!(a.with(b), b.with(a));
            prop_assert_eq!(a.with(b).with(c), a.with(b.with(c)));
            prop_assert!(a.with(b).last >= a.last && a.with(b).times >= a.times);
        }
    }
}
