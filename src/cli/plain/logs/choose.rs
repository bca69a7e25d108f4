//! Which pod of a workload and which containers of a pod are meant. Pure. Rules: kubectl `ByLogging` and
//! `logsForObject` of 1.37.

use std::cmp::Reverse;

use serde_json::Value;

use crate::base::stamp::Stamp;

/// The annotation that names the container which is meant where nobody names one.
pub const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// A container whose log is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
}

/// What is wanted of each pod.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'a> {
    /// All containers.
    pub all: bool,
    /// The container of this name.
    pub named: Option<&'a str>,
    /// Do not tell which container was taken where none was named.
    pub quiet: bool,
}

/// The containers that are meant of a pod, and lines for standard error.
pub fn sources(pod: &Value, choice: Choice, notes: &mut Vec<String>) -> Result<Vec<Source>, String> {
    let name = text(pod, "/metadata/name");
    let source = |container: &str| Source {
        namespace: text(pod, "/metadata/namespace").to_owned(),
        pod: name.to_owned(),
        container: container.to_owned(),
    };
    if choice.all {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        return Ok(lists.iter().flat_map(|list| names(pod, list)).map(source).collect());
    }
    let container = match choice.named {
        Some(named) => named,
        None => by_default(pod, choice.quiet, notes).ok_or_else(|| format!("pod {name} has no containers"))?,
    };
    if !has(pod, container) {
        return Err(format!("container {container} is not valid for pod {name} out of: {}", all_names(pod)));
    }
    Ok(vec![source(container)])
}

/// Whether nobody has been told to run the pod yet: then the server has an empty log, and says nothing.
pub fn has_no_node(pod: &Value) -> bool {
    text(pod, "/spec/nodeName").is_empty()
}

/// The container that the pod's annotation names, or the first.
fn by_default<'p>(pod: &'p Value, quiet: bool, notes: &mut Vec<String>) -> Option<&'p str> {
    let wanted = pod["metadata"]["annotations"][DEFAULT_CONTAINER].as_str().unwrap_or_default();
    if has(pod, wanted) {
        return Some(wanted);
    }
    if !wanted.is_empty() {
        notes.push(format!("Default container name {wanted:?} not found in pod {}", text(pod, "/metadata/name")));
    }
    let first = names(pod, "containers").next()?;
    let is_only = names(pod, "containers").nth(1).is_none()
        && names(pod, "initContainers").next().is_none()
        && names(pod, "ephemeralContainers").next().is_none();
    if !is_only && !quiet {
        notes.push(format!("Defaulted container {first:?} out of: {}", all_names(pod)));
    }
    Some(first)
}

/// All containers, in kubectl's order, with what the special ones are.
pub fn all_names(pod: &Value) -> String {
    let marked = [("containers", ""), ("ephemeralContainers", " (ephem)"), ("initContainers", " (init)")];
    let names: Vec<_> =
        marked.iter().flat_map(|(list, mark)| names(pod, list).map(move |name| format!("{name}{mark}"))).collect();
    names.join(", ")
}

/// Whether a pod has a container, of any kind.
pub fn has(pod: &Value, container: &str) -> bool {
    ["containers", "initContainers", "ephemeralContainers"].iter().any(|list| names(pod, list).any(|n| n == container))
}

/// The containers of one list of the specification.
pub fn names<'p>(pod: &'p Value, list: &str) -> impl Iterator<Item = &'p str> {
    pod["spec"][list].as_array().into_iter().flatten().filter_map(|container| container["name"].as_str())
}

fn text<'p>(value: &'p Value, pointer: &str) -> &'p str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A key by which the pod whose log is most telling sorts first.
pub fn best_first(pod: &Value) -> impl Ord + use<> {
    let later_last = |at: Stamp| (!at.is_set(), at);
    let phase = match text(pod, "/status/phase") {
        "Unknown" => 1,
        "Pending" => 2,
        _ => 0,
    };
    let ready = ready_since(pod);
    let created = Stamp::parse(text(pod, "/metadata/creationTimestamp"));
    let (regular, sidecars) = restarts(pod);
    let is_unassigned = text(pod, "/spec/nodeName").is_empty();
    (
        (is_unassigned, phase, ready.is_none(), later_last(ready.unwrap_or(Stamp::NONE))),
        (Reverse(regular), Reverse(sidecars), later_last(created)),
    )
}

/// Since when a pod is ready, if it is.
pub fn ready_since(pod: &Value) -> Option<Stamp> {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions.into_iter().find(|one| one["type"] == "Ready" && one["status"] == "True")?;
    Some(Stamp::parse(text(ready, "/lastTransitionTime")))
}

/// The most restarts of a regular container, and of a sidecar.
pub fn restarts(pod: &Value) -> (u64, u64) {
    let counts = |list: &str, counts: &dyn Fn(&str) -> bool| {
        let statuses = pod["status"][list].as_array().into_iter().flatten();
        let meant = statuses.filter(|status| counts(status["name"].as_str().unwrap_or_default()));
        meant.filter_map(|status| status["restartCount"].as_u64()).max().unwrap_or(0)
    };
    let is_sidecar = |name: &str| {
        let mut inits = pod["spec"]["initContainers"].as_array().into_iter().flatten();
        inits.any(|init| init["name"] == name && init["restartPolicy"] == "Always")
    };
    (counts("containerStatuses", &|_| true), counts("initContainerStatuses", &is_sidecar))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(annotation: &str) -> Value {
        json!({"metadata": {"name": "web-0", "namespace": "ns", "annotations": {DEFAULT_CONTAINER: annotation}},
        "spec": {
            "containers": [{"name": "app"}, {"name": "second"}],
            "initContainers": [{"name": "init"}, {"name": "side", "restartPolicy": "Always"}],
            "ephemeralContainers": [{"name": "debugger-abcde"}],
        }})
    }

    fn chosen(pod: &Value, choice: Choice) -> (Vec<String>, Vec<String>) {
        let mut notes = Vec::new();
        let sources = sources(pod, choice, &mut notes).expect("containers");
        assert!(sources.iter().all(|source| source.pod == "web-0" && source.namespace == "ns"));
        (sources.into_iter().map(|source| source.container).collect(), notes)
    }

    const OUT_OF: &str = "app, second, debugger-abcde (ephem), init (init), side (init)";

    #[test]
    fn l01_the_annotation_names_the_container() {
        assert_eq!(chosen(&pod("second"), Choice::default()), (vec!["second".to_owned()], vec![]));
    }

    #[test]
    fn l02_the_annotation_names_none_that_exists() {
        let (containers, notes) = chosen(&pod("gone"), Choice::default());
        assert_eq!(containers, ["app"]);
        let said = "Default container name \"gone\" not found in pod web-0";
        assert_eq!(notes, [said.to_owned(), format!("Defaulted container \"app\" out of: {OUT_OF}")]);
    }

    #[test]
    fn l03_the_first_container_is_said() {
        let (containers, notes) = chosen(&pod(""), Choice::default());
        assert_eq!(
            (containers, notes),
            (vec!["app".to_owned()], vec![format!("Defaulted container \"app\" out of: {OUT_OF}")])
        );
        assert_eq!(chosen(&pod(""), Choice { quiet: true, ..<_>::default() }).1, Vec::<String>::new());
    }

    #[test]
    fn l06_all_containers_in_the_order_of_the_spec() {
        let all = Choice { all: true, ..<_>::default() };
        assert_eq!(chosen(&pod(""), all).0, ["init", "side", "app", "second", "debugger-abcde"]);
        let missing = Choice { named: Some("nope"), ..<_>::default() };
        let said = sources(&pod(""), missing, &mut Vec::new()).expect_err("there is none");
        assert_eq!(said, format!("container nope is not valid for pod web-0 out of: {OUT_OF}"));
    }

    #[test]
    fn l11_ready_for_the_longest_time_comes_first() {
        let of = |name: &str, ready: &str, restarts: u32| {
            let status = if ready.is_empty() { "False" } else { "True" };
            json!({"metadata": {"name": name}, "spec": {"nodeName": "a"}, "status": {"phase": "Running",
                "conditions": [{"type": "Ready", "status": status, "lastTransitionTime": ready}],
                "containerStatuses": [{"name": "app", "restartCount": restarts}]}})
        };
        let mut pods = [
            of("new", "2026-01-01T00:50:00Z", 0),
            of("sick", "", 1),
            of("sicker", "", 9),
            of("old", "2026-01-01T00:05:00Z", 0),
        ];
        pods.sort_by_cached_key(best_first);
        let names: Vec<_> = pods.iter().map(|pod| text(pod, "/metadata/name")).collect();
        assert_eq!(names, ["old", "new", "sicker", "sick"]);
    }
}
