//! Which pod of a workload and which container of a pod is meant. Pure. Rules: kubectl `podutils.ActivePods` (sorted the
//! other way round) and `podcmd.FindOrDefaultContainerByName` of 1.37.

use std::cmp::Reverse;

use serde_json::Value;

use super::super::logs::choose::{DEFAULT_CONTAINER, all_names, has, names, ready_since, restarts};
use crate::base::stamp::Stamp;

/// A container that was chosen, and a line for standard error where nobody named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its name.
    pub container: String,
    /// That it was taken because nobody named one.
    pub note: Option<String>,
}

/// The container that is meant: the one that is named, by flag or annotation, else the first.
pub fn container(pod: &Value, named: Option<&str>) -> Result<Chosen, String> {
    let name = text(pod, "/metadata/name");
    let annotated = pod["metadata"]["annotations"][DEFAULT_CONTAINER].as_str();
    let Some(first) = names(pod, "containers").next() else {
        return Err(format!("pod {}/{name} does not have any containers", text(pod, "/metadata/namespace")));
    };
    match [named, annotated].into_iter().flatten().find(|name| !name.is_empty()) {
        Some(wanted) if has(pod, wanted) => Ok(Chosen { container: wanted.to_owned(), note: None }),
        Some(wanted) => Err(format!("container {wanted} is not valid for pod {name} out of: {}", all_names(pod))),
        None => {
            let all = all_names(pod);
            let note = all.contains(", ").then(|| format!("Defaulted container {first:?} out of: {all}"));
            Ok(Chosen { container: first.to_owned(), note })
        }
    }
}

/// Whether a pod is over, and so can run nothing; its phase.
pub fn over(pod: &Value) -> Option<&str> {
    pod["status"]["phase"].as_str().filter(|phase| matches!(*phase, "Succeeded" | "Failed"))
}

/// A key by which the pod sorts first that is most alive.
pub fn best_first(pod: &Value) -> impl Ord + use<> {
    let later_last = |at: Stamp| (!at.is_set(), at);
    let phase = match text(pod, "/status/phase") {
        "Running" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let is_unassigned = text(pod, "/spec/nodeName").is_empty();
    let deleted = Stamp::parse(text(pod, "/metadata/deletionTimestamp"));
    let ready = ready_since(pod);
    let (regular, sidecars) = restarts(pod);
    let created = Stamp::parse(text(pod, "/metadata/creationTimestamp"));
    (
        (is_unassigned, phase, ready.is_none(), deleted.is_set(), Reverse(deleted)),
        (later_last(ready.unwrap_or(Stamp::NONE)), regular, sidecars, later_last(created)),
    )
}

fn text<'p>(value: &'p Value, pointer: &str) -> &'p str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(annotation: Option<&str>) -> Value {
        json!({"metadata": {"name": "web-0", "namespace": "ns", "annotations": {DEFAULT_CONTAINER: annotation}},
        "spec": {
            "containers": [{"name": "app"}, {"name": "second"}],
            "initContainers": [{"name": "init"}],
            "ephemeralContainers": [{"name": "debugger-x"}],
        }})
    }

    fn chosen(pod: &Value, named: Option<&str>) -> (String, String) {
        let chosen = container(pod, named).expect("a container");
        (chosen.container, chosen.note.unwrap_or_default())
    }

    const OUT_OF: &str = "app, second, debugger-x (ephem), init (init)";

    #[test]
    fn x13_an_annotation_that_names_no_container_is_an_error() {
        let said = container(&pod(Some("gone")), None).expect_err("there is none");
        assert_eq!(said, format!("container gone is not valid for pod web-0 out of: {OUT_OF}"));
        assert_eq!(chosen(&pod(Some("second")), None), ("second".to_owned(), String::new()));
        assert_eq!(
            chosen(&pod(Some("gone")), Some("init")),
            ("init".to_owned(), String::new()),
            "the flag counts more"
        );
    }

    #[test]
    fn x14_an_unknown_container_is_refused_with_all_names() {
        let said = container(&pod(None), Some("zz")).expect_err("there is none");
        assert_eq!(said, format!("container zz is not valid for pod web-0 out of: {OUT_OF}"));
    }

    #[test]
    fn the_first_container_is_told_of_where_there_are_others() {
        let note = format!("Defaulted container \"app\" out of: {OUT_OF}");
        assert_eq!(chosen(&pod(None), None), ("app".to_owned(), note.clone()));
        assert_eq!(chosen(&pod(Some("")), Some("")), ("app".to_owned(), note));
        let only = json!({"metadata": {"name": "a"}, "spec": {"containers": [{"name": "app"}]}});
        assert_eq!(chosen(&only, None), ("app".to_owned(), String::new()));
        assert!(container(&json!({}), None).is_err());
    }

    #[test]
    fn the_pod_that_is_most_alive_comes_first() {
        let of = |name: &str, node: &str, phase: &str, ready: &str, deleted: &str, restarts: u32| {
            let status = if ready.is_empty() { "False" } else { "True" };
            json!({"metadata": {"name": name, "deletionTimestamp": deleted, "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"nodeName": node},
            "status": {"phase": phase, "containerStatuses": [{"name": "app", "restartCount": restarts}],
                "conditions": [{"type": "Ready", "status": status, "lastTransitionTime": ready}]}})
        };
        let (long, short) = ("2026-01-01T00:05:00Z", "2026-01-01T00:50:00Z");
        let expected = [
            of("ready-long", "a", "Running", long, "", 0),
            of("ready-restarted", "a", "Running", long, "", 2),
            of("ready-short", "a", "Running", short, "", 0),
            of("going-later", "a", "Running", long, "2026-01-01T02:00:00Z", 0),
            of("going", "a", "Running", long, "2026-01-01T01:00:00Z", 0),
            of("unready", "a", "Running", "", "", 0),
            of("lost", "a", "Unknown", "", "", 0),
            of("pending", "a", "Pending", "", "", 0),
            of("unassigned", "", "Pending", "", "", 0),
        ];
        let mut sorted: Vec<_> = expected.iter().rev().cloned().collect();
        sorted.sort_by_cached_key(best_first);
        let names = |pods: &[Value]| pods.iter().map(|pod| pod["metadata"]["name"].to_string()).collect::<Vec<_>>();
        assert_eq!(names(&sorted), names(&expected));
    }

    #[test]
    fn x10_pods_that_are_over() {
        for (phase, is_over) in [("Succeeded", true), ("Failed", true), ("Running", false), ("Pending", false)] {
            assert_eq!(over(&json!({"status": {"phase": phase}})), is_over.then_some(phase));
        }
        assert_eq!(over(&json!({})), None);
    }
}
