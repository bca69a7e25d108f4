//! The events table at the end of every description. Rules: kubectl describe, `DescribeEvents`.

use serde_json::Value;

use super::fields::{child, number, text, time};
use super::tabs::Writer;
use crate::base::age::age;
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::base::unstable::sort_as_go;

/// Writes the events, oldest last occurrence first. Events of the newer API that carry no last time come
/// first of all, as in kubectl. Those of the same second stand as kubectl's sort leaves them.
pub(super) fn write(w: &mut Writer, events: &[Value], now: Stamp) {
    w.section("Events");
    if events.is_empty() {
        w.field_as(0, "Events", "<none>", Role::Dim);
        return;
    }
    // The table aligns by itself.
    w.flush();
    w.heading(0, "Events");
    w.cells(1, "", &["Type", "Reason", "Age", "From", "Message"].map(|title| (title, Role::Heading)));
    w.cells(1, "", &["----", "------", "----", "----", "-------"].map(|rule| (rule, Role::Dim)));
    let mut sorted: Vec<&Value> = events.iter().collect();
    sort_as_go(&mut sorted, |a, b| time(a, "/lastTimestamp") < time(b, "/lastTimestamp"));
    for event in sorted {
        row(w, event, now);
    }
}

fn row(w: &mut Writer, event: &Value, now: Stamp) {
    let kind = text(event, "/type");
    let role = if kind == "Warning" { Role::Warn } else { Role::Plain };
    let source = match text(event, "/source/component") {
        "" => text(event, "/reportingComponent"),
        component => component,
    };
    let message = text(event, "/message").trim();
    let message = match text(event, "/involvedObject/fieldPath") {
        "" => message.to_owned(),
        path => format!("{path}: {message}"),
    };
    w.cells(
        1,
        "",
        &[
            (kind, role),
            (text(event, "/reason"), role),
            (&when(event, now), Role::Dim),
            (source, Role::Plain),
            (&message, Role::Plain),
        ],
    );
}

/// How long ago, and for an event that was seen several times how often since when:
/// `3m20s (x12 over 61m)`.
pub fn when(event: &Value, now: Stamp) -> String {
    let event_time = time(event, "/eventTime");
    let first = if event_time.is_set() { event_time } else { time(event, "/firstTimestamp") };
    let first = age(first, now);
    let count = number(event, "/count");
    if let Some(series) = child(event, "/series") {
        let last = age(time(series, "/lastObservedTime"), now);
        return format!("{last} (x{} over {first})", number(series, "/count"));
    }
    if count > 1 {
        return format!("{} (x{count} over {first})", age(time(event, "/lastTimestamp"), now));
    }
    first
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-01-02T00:00:00Z";

    fn written(events: &[Value]) -> String {
        let mut w = Writer::default();
        write(&mut w, events, Stamp::parse(NOW));
        w.finish().plain()
    }

    #[test]
    fn ages_of_both_schemas() {
        let cases = [
            (json!({}), "<unknown>"),
            (json!({"firstTimestamp": "2026-01-01T23:59:00Z", "count": 1}), "60s"),
            (json!({"eventTime": "2026-01-01T23:50:00.000000Z"}), "10m"),
            (
                json!({"firstTimestamp": "2026-01-01T22:59:00Z", "lastTimestamp": "2026-01-01T23:56:40Z", "count": 12}),
                "3m20s (x12 over 61m)",
            ),
            (
                json!({"eventTime": "2026-01-01T21:00:00.5Z",
                    "series": {"count": 7, "lastObservedTime": "2026-01-01T23:58:00.000000Z"}}),
                "2m (x7 over 179m)",
            ),
        ];
        for (event, expected) in cases {
            assert_eq!(when(&event, Stamp::parse(NOW)), expected, "{event}");
        }
    }

    #[test]
    fn rows_are_sorted_by_their_last_time_and_name_the_container() {
        let event = |reason: &str, last: &str| {
            json!({"type": "Normal", "reason": reason, "lastTimestamp": last, "source": {"component": "kubelet"},
                "involvedObject": {"fieldPath": "spec.containers{app}"}, "message": " text\n"})
        };
        let text = written(&[event("B", "2026-01-01T00:00:02Z"), event("A", "2026-01-01T00:00:01Z"), json!({})]);
        let rows: Vec<&str> = text.lines().skip(3).map(str::trim_end).collect();
        assert_eq!(
            rows,
            [
                "                  <unknown>",
                "  Normal  A       <unknown>  kubelet  spec.containers{app}: text",
                "  Normal  B       <unknown>  kubelet  spec.containers{app}: text",
            ]
        );
        assert_eq!(written(&[]), "Events:  <none>\n");
    }
}
