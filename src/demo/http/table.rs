//! Tables: the columns that the API server prints for kubectl, with their widths of meaning (priorities).
//!
//! Start with [`table`]; the pod's STATUS and RESTARTS are in `pod_row`.

mod storage;

use serde_json::{Value, json};

use super::super::json::{int, list, map, text, time};
use super::super::world::{kinds::Kind, last_seen, store::Object};
use super::pod_row;
use crate::base::age::age;
use crate::base::stamp::Stamp;

/// A column: name, type, format, and 1 where only `-o wide` shows it.
type Column = (&'static str, &'static str, &'static str, u8);

/// One row of cells for an object.
type Cells = fn(&Value, Stamp) -> Vec<Value>;

const NAME: Column = ("Name", "string", "name", 0);
const AGE: Column = ("Age", "string", "", 0);
const IMAGES: [Column; 2] = [("Containers", "string", "", 1), ("Images", "string", "", 1)];
const SELECTOR: Column = ("Selector", "string", "", 1);

const fn s(name: &'static str) -> Column {
    (name, "string", "", 0)
}
const fn i(name: &'static str) -> Column {
    (name, "integer", "", 0)
}
const fn wide(name: &'static str) -> Column {
    (name, "string", "", 1)
}

const PODS: &[Column] = &[
    NAME,
    s("Ready"),
    s("Status"),
    s("Restarts"),
    AGE,
    wide("IP"),
    wide("Node"),
    wide("Nominated Node"),
    wide("Readiness Gates"),
];
const NODES: &[Column] = &[
    NAME,
    s("Status"),
    s("Roles"),
    AGE,
    s("Version"),
    wide("Internal-IP"),
    wide("External-IP"),
    wide("OS-Image"),
    wide("Kernel-Version"),
    wide("Container-Runtime"),
];
const EVENTS: &[Column] = &[
    s("Last Seen"),
    s("Type"),
    s("Reason"),
    s("Object"),
    wide("Subobject"),
    wide("Source"),
    s("Message"),
    wide("First Seen"),
    wide("Count"),
    ("Name", "string", "name", 1),
];
const DEPLOYMENTS: &[Column] =
    &[NAME, s("Ready"), s("Up-to-date"), s("Available"), AGE, IMAGES[0], IMAGES[1], SELECTOR];
const REPLICA_SETS: &[Column] = &[NAME, i("Desired"), i("Current"), i("Ready"), AGE, IMAGES[0], IMAGES[1], SELECTOR];
const STATEFUL_SETS: &[Column] = &[NAME, s("Ready"), AGE, IMAGES[0], IMAGES[1]];
const DAEMON_SETS: &[Column] = &[
    NAME,
    i("Desired"),
    i("Current"),
    i("Ready"),
    i("Up-to-date"),
    i("Available"),
    s("Node Selector"),
    AGE,
    IMAGES[0],
    IMAGES[1],
    SELECTOR,
];
const JOBS: &[Column] = &[NAME, s("Status"), s("Completions"), s("Duration"), AGE, IMAGES[0], IMAGES[1], SELECTOR];
const CRON_JOBS: &[Column] = &[
    NAME,
    s("Schedule"),
    s("Timezone"),
    ("Suspend", "boolean", "", 0),
    i("Active"),
    s("Last Schedule"),
    AGE,
    IMAGES[0],
    IMAGES[1],
    SELECTOR,
];
const NAMESPACES: &[Column] = &[NAME, s("Status"), AGE];
const SERVICES: &[Column] = &[NAME, s("Type"), s("Cluster-IP"), s("External-IP"), s("Port(s)"), AGE, SELECTOR];
const CONFIG_MAPS: &[Column] = &[NAME, s("Data"), AGE];
const SECRETS: &[Column] = &[NAME, s("Type"), s("Data"), AGE];
const LEASES: &[Column] = &[NAME, s("Holder"), AGE];
const BUDGETS: &[Column] = &[NAME, s("Min Available"), s("Max Unavailable"), i("Allowed Disruptions"), AGE];
const OTHERS: &[Column] = &[NAME, AGE];

fn printer(plural: &str) -> (&'static [Column], Cells) {
    match plural {
        "pods" => (PODS, pod_row::cells),
        "nodes" => (NODES, node),
        "events" => (EVENTS, event),
        "deployments" => (DEPLOYMENTS, deployment),
        "replicasets" => (REPLICA_SETS, replica_set),
        "statefulsets" => (STATEFUL_SETS, stateful_set),
        "daemonsets" => (DAEMON_SETS, daemon_set),
        "jobs" => (JOBS, job),
        "cronjobs" => (CRON_JOBS, cron_job),
        "namespaces" => (NAMESPACES, namespace),
        "services" => (SERVICES, service),
        "configmaps" => (CONFIG_MAPS, config_map),
        "secrets" => (SECRETS, secret),
        "leases" => (LEASES, lease),
        "poddisruptionbudgets" => (BUDGETS, budget),
        "persistentvolumeclaims" => (storage::CLAIMS, storage::claim),
        "persistentvolumes" => (storage::VOLUMES, storage::volume),
        "storageclasses" => (storage::CLASSES, storage::class),
        "priorityclasses" => (storage::PRIORITIES, storage::priority),
        "resourcequotas" => (storage::QUOTAS, storage::quota),
        _ => (OTHERS, other),
    }
}

/// A table of objects. `columns`: whether to name them, which a watch does only once. `whole`: with the whole
/// objects and not only their metadata (`includeObject=Object`).
pub fn table(kind: &Kind, objects: &[Object], metadata: &Value, now: Stamp, columns: bool, whole: bool) -> Value {
    let (definitions, cells) = printer(kind.plural);
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let part = if whole { (**object).clone() } else { partial(object) };
            json!({"cells": cells(object, now), "object": part})
        })
        .collect();
    let definitions: Vec<Value> = definitions
        .iter()
        .filter(|_| columns)
        .map(|(name, kind, format, priority)| {
            json!({"name": name, "type": kind, "format": format, "description": name, "priority": priority})
        })
        .collect();
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions, "rows": rows})
}

/// Only the metadata of an object.
pub fn partial(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

pub(super) fn name(object: &Value) -> Value {
    object["metadata"]["name"].clone()
}

pub(super) fn created(object: &Value, now: Stamp) -> Value {
    age(time(object, "/metadata/creationTimestamp"), now).into()
}

pub(super) fn or_none(text: &str) -> Value {
    if text.is_empty() { "<none>".into() } else { text.into() }
}

fn count(object: &Value, pointer: &str) -> Value {
    int(object, pointer).unwrap_or_default().into()
}

fn other(object: &Value, now: Stamp) -> Vec<Value> {
    vec![name(object), created(object, now)]
}

fn node(node: &Value, now: Stamp) -> Vec<Value> {
    let ready = list(node, "/status/conditions").iter().rev().find(|known| text(known, "/type") == "Ready");
    let mut status = match ready.map(|ready| text(ready, "/status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if node["spec"]["unschedulable"] == true {
        status.push_str(",SchedulingDisabled");
    }
    let mut roles: Vec<&str> = map(node, "/metadata/labels")
        .into_iter()
        .flatten()
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    let address = |kind: &str| {
        let found = list(node, "/status/addresses").iter().find(|known| text(known, "/type") == kind);
        or_none(found.map(|found| text(found, "/address")).unwrap_or_default())
    };
    let info = |field: &str| node["status"]["nodeInfo"][field].clone();
    vec![
        name(node),
        status.into(),
        or_none(&roles.join(",")),
        created(node, now),
        info("kubeletVersion"),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}

fn event(event: &Value, now: Stamp) -> Vec<Value> {
    let first = time(event, "/firstTimestamp").latest(Stamp::NONE);
    let first = if first.is_set() { first } else { time(event, "/eventTime") };
    let seen = int(event, "/series/count").or_else(|| int(event, "/count")).unwrap_or(1);
    let part = |core: &str, new: &str| match text(event, core) {
        "" => text(event, new).to_owned(),
        text => text.to_owned(),
    };
    let source: Vec<String> =
        [part("/source/component", "/reportingComponent"), part("/source/host", "/reportingInstance")]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
    let involved =
        format!("{}/{}", text(event, "/involvedObject/kind").to_lowercase(), text(event, "/involvedObject/name"));
    vec![
        age(last_seen(event), now).into(),
        event["type"].clone(),
        event["reason"].clone(),
        involved.into(),
        text(event, "/involvedObject/fieldPath").into(),
        source.join(", ").into(),
        text(event, "/message").trim().into(),
        age(first, now).into(),
        seen.into(),
        name(event),
    ]
}

fn template(object: &Value, pointer: &str) -> [Value; 2] {
    let all = |field: &str| -> Value {
        let texts: Vec<&str> =
            list(object, &format!("{pointer}/spec/containers")).iter().map(|known| text(known, field)).collect();
        texts.join(",").into()
    };
    [all("/name"), all("/image")]
}

fn selector(object: &Value, pointer: &str) -> Value {
    let labels = map(object, pointer);
    let mut pairs: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort_unstable();
    or_none(&pairs.join(","))
}

fn ready_of(object: &Value) -> Value {
    let ready = int(object, "/status/readyReplicas").unwrap_or_default();
    format!("{ready}/{}", int(object, "/spec/replicas").unwrap_or_default()).into()
}

fn deployment(object: &Value, now: Stamp) -> Vec<Value> {
    let [names, images] = template(object, "/spec/template");
    vec![
        name(object),
        ready_of(object),
        count(object, "/status/updatedReplicas"),
        count(object, "/status/availableReplicas"),
        created(object, now),
        names,
        images,
        selector(object, "/spec/selector/matchLabels"),
    ]
}

fn replica_set(object: &Value, now: Stamp) -> Vec<Value> {
    let [names, images] = template(object, "/spec/template");
    vec![
        name(object),
        count(object, "/spec/replicas"),
        count(object, "/status/replicas"),
        count(object, "/status/readyReplicas"),
        created(object, now),
        names,
        images,
        selector(object, "/spec/selector/matchLabels"),
    ]
}

fn stateful_set(object: &Value, now: Stamp) -> Vec<Value> {
    let [names, images] = template(object, "/spec/template");
    vec![name(object), ready_of(object), created(object, now), names, images]
}

fn daemon_set(object: &Value, now: Stamp) -> Vec<Value> {
    let [names, images] = template(object, "/spec/template");
    let status = |field: &str| count(object, &format!("/status/{field}"));
    vec![
        name(object),
        status("desiredNumberScheduled"),
        status("currentNumberScheduled"),
        status("numberReady"),
        status("updatedNumberScheduled"),
        status("numberAvailable"),
        selector(object, "/spec/template/spec/nodeSelector"),
        created(object, now),
        names,
        images,
        selector(object, "/spec/selector/matchLabels"),
    ]
}

fn job(object: &Value, now: Stamp) -> Vec<Value> {
    let [names, images] = template(object, "/spec/template");
    let conditions = list(object, "/status/conditions");
    let ended = conditions.iter().find(|known| matches!(text(known, "/type"), "Complete" | "Failed"));
    let status = ended.map_or("Running", |ended| text(ended, "/type"));
    let completions = format!(
        "{}/{}",
        int(object, "/status/succeeded").unwrap_or_default(),
        int(object, "/spec/completions").unwrap_or(1)
    );
    let started = time(object, "/status/startTime");
    let until = ended.map_or(now, |ended| time(ended, "/lastTransitionTime"));
    let duration = if started.is_set() { age(started, until) } else { String::new() };
    vec![
        name(object),
        status.into(),
        completions.into(),
        duration.into(),
        created(object, now),
        names,
        images,
        selector(object, "/spec/selector/matchLabels"),
    ]
}

fn cron_job(object: &Value, now: Stamp) -> Vec<Value> {
    let [names, images] = template(object, "/spec/jobTemplate/spec/template");
    let last = time(object, "/status/lastScheduleTime");
    let last = if last.is_set() { age(last, now) } else { "<none>".to_owned() };
    vec![
        name(object),
        object["spec"]["schedule"].clone(),
        or_none(text(object, "/spec/timeZone")),
        (object["spec"]["suspend"] == true).into(),
        list(object, "/status/active").len().into(),
        last.into(),
        created(object, now),
        names,
        images,
        "<none>".into(),
    ]
}

fn namespace(object: &Value, now: Stamp) -> Vec<Value> {
    vec![name(object), object["status"]["phase"].clone(), created(object, now)]
}

fn service(object: &Value, now: Stamp) -> Vec<Value> {
    let ports: Vec<String> = list(object, "/spec/ports")
        .iter()
        .map(|port| format!("{}/{}", int(port, "/port").unwrap_or_default(), text(port, "/protocol")))
        .collect();
    vec![
        name(object),
        object["spec"]["type"].clone(),
        or_none(text(object, "/spec/clusterIP")),
        "<none>".into(),
        or_none(&ports.join(",")),
        created(object, now),
        selector(object, "/spec/selector"),
    ]
}

fn config_map(object: &Value, now: Stamp) -> Vec<Value> {
    vec![name(object), map(object, "/data").map_or(0, serde_json::Map::len).into(), created(object, now)]
}

fn secret(object: &Value, now: Stamp) -> Vec<Value> {
    vec![
        name(object),
        object["type"].clone(),
        map(object, "/data").map_or(0, serde_json::Map::len).into(),
        created(object, now),
    ]
}

fn lease(object: &Value, now: Stamp) -> Vec<Value> {
    vec![name(object), object["spec"]["holderIdentity"].clone(), created(object, now)]
}

fn budget(object: &Value, now: Stamp) -> Vec<Value> {
    let limit = |field: &str| match &object["spec"][field] {
        Value::Null => "N/A".into(),
        Value::String(text) => Value::from(text.as_str()),
        number => number.to_string().into(),
    };
    vec![
        name(object),
        limit("minAvailable"),
        limit("maxUnavailable"),
        count(object, "/status/disruptionsAllowed"),
        created(object, now),
    ]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::demo::world::{build, kinds::KINDS};

    #[test]
    fn every_row_has_a_cell_for_every_column() {
        let now = Stamp::from_seconds(1_800_000_000);
        let world = build(1, None, now).expect("known");
        for kind in KINDS {
            let objects = world.store.list(kind.plural, None);
            let table = table(kind, &objects, &json!({}), now, true, false);
            let columns = list(&table, "/columnDefinitions").len();
            for row in list(&table, "/rows") {
                assert_eq!(list(row, "/cells").len(), columns, "{}: {row}", kind.plural);
            }
        }
    }

    #[test]
    fn nodes_say_their_roles_and_states() {
        let object = json!({"metadata": {"name": "n", "labels": {"node-role.kubernetes.io/b": "", "node-role.kubernetes.io/a": ""}},
            "spec": {"unschedulable": true}, "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}});
        let cells = node(&object, Stamp::NONE);
        assert_eq!((cells[1].clone(), cells[2].clone()), (json!("NotReady,SchedulingDisabled"), json!("a,b")));
        let objects = [Arc::new(object)];
        let kind = KINDS.iter().find(|kind| kind.plural == "nodes").expect("a kind");
        assert_eq!(list(&table(kind, &objects, &json!({}), Stamp::NONE, false, false), "/columnDefinitions").len(), 0);
    }
}
