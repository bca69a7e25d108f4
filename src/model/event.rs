//! An event as a row: one model over both schemas, the old recorder's and `events.k8s.io`.

use std::sync::Arc;

use compact_str::CompactString;

use super::kind::Kind;
use super::row::{Health, Interner, Meta, Row, WireRow};
use super::wire::{self, lossy};
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
    /// Who says so: the component, and its host where one is given.
    pub from: Arc<str>,
    /// First seen.
    pub first: Stamp,
    /// Last seen.
    pub last: Stamp,
    /// How often; at least 1.
    pub count: u32,
}

impl EventRow {
    /// Whether it is a warning.
    pub fn is_warning(&self) -> bool {
        &*self.r#type == "Warning"
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
        let (first, last) = (stamp(event.first_timestamp), stamp(event.last_timestamp));
        let time = stamp(event.event_time);
        let series = event.series.as_ref();
        let observed = stamp(series.and_then(|series| series.last_observed_time));
        let count = series.map_or(event.count, |series| series.count);
        let object = event.involved_object.clone().unwrap_or_default();
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
            // kubectl's rules: events of the new API have only `eventTime`, and a series its own end.
            first: if time.is_set() { time } else { first },
            last: [observed, last, time, first].into_iter().find(|at| at.is_set()).unwrap_or_default(),
            count: u32::try_from(count).unwrap_or(0).max(1),
            meta: Meta::from_wire(event.metadata.unwrap_or_default(), strings),
        }
    }
}

/// SOURCE as `kubectl get events -o wide` prints it: `component, host`, with the new API's fields behind.
fn from(event: &wire::Event) -> CompactString {
    let source = event.source.clone().unwrap_or_default();
    let component = if source.component.is_empty() { &event.reporting_component } else { &source.component };
    let host = if source.host.is_empty() { &event.reporting_instance } else { &source.host };
    match (component.as_str(), host.as_str()) {
        (component, "") => component.into(),
        // The new API repeats the component as the beginning of the instance.
        (component, host) if host.starts_with(component) => component.into(),
        (component, host) => format!("{component}, {host}").into(),
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!((&*row.message, &*row.from, row.count), ("Back-off restarting", "kubelet, node-a", 12));
        assert_eq!(row.last.micros_since(row.first), Some(3_600_000_000));
    }

    #[test]
    fn the_new_api_and_its_series() {
        let single = row(json!({"eventTime": "2026-01-01T00:00:00.5Z", "reportingComponent": "default-scheduler",
            "reportingInstance": "default-scheduler-host"}));
        assert_eq!((single.first, single.count), (single.last, 1));
        assert_eq!(&*single.from, "default-scheduler");
        let series = row(json!({"eventTime": "2026-01-01T00:00:00Z", "count": 0,
            "series": {"count": 7, "lastObservedTime": "2026-01-01T00:10:00.000001Z"}}));
        assert_eq!((series.count, series.last.rfc3339().as_str()), (7, "2026-01-01T00:10:00Z"));
    }

    #[test]
    fn an_event_without_anything_is_a_row() {
        let row = row(json!({}));
        assert_eq!((row.object().as_str(), row.count, row.last.is_set()), ("", 1, false));
        assert_eq!(row.container(), None);
    }
}
