//! Persistent volume claims, on their own and inside pods. Rules: kubectl describe,
//! `describePersistentVolumeClaim`, `printPersistentVolumeClaim`, `getPodsForPVC`.

use serde_json::Value;

use super::super::fields::{amount, bracketed, child, date, list, present, shown, text, texts, time};
use super::super::meta;
use super::super::tabs::Writer;
use crate::base::age::age;
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::model::around::{Around, ObjectDetails};

/// Where classes were named before there was a field for it; it still comes first.
const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// Writes a claim.
pub(super) fn write(w: &mut Writer, details: &ObjectDetails, now: Stamp) {
    let claim = &details.object;
    w.field(0, "Name", text(claim, "/metadata/name"));
    w.field(0, "Namespace", text(claim, "/metadata/namespace"));
    w.field(0, "StorageClass", class(claim));
    status(w, claim, now);
    w.field(0, "Volume", text(claim, "/spec/volumeName"));
    meta::labels_and_annotations(w, claim);
    w.field(0, "Finalizers", bracketed(claim, "/metadata/finalizers"));
    capacity(w, claim);
    meta::multi_line(w, "Used By", users(claim, details.items(&Around::Pods)));
    conditions(w, claim);
}

/// Writes the claim that a pod's volume is made from.
pub(in super::super) fn template(w: &mut Writer, claim: &Value) {
    w.field(0, "StorageClass", class(claim));
    w.field(0, "Volume", text(claim, "/spec/volumeName"));
    meta::labels_and_annotations(w, claim);
    capacity(w, claim);
}

/// The storage class of a claim or volume.
pub(super) fn class(object: &Value) -> String {
    let annotation = object.get("metadata").and_then(|metadata| metadata.get("annotations")?.get(CLASS_ANNOTATION));
    annotation.map_or_else(|| text(object, "/spec/storageClassName").to_owned(), shown)
}

/// The phase of a claim or volume, or since when it is being deleted.
pub(super) fn status(w: &mut Writer, object: &Value, now: Stamp) {
    let deleted = time(object, "/metadata/deletionTimestamp");
    if deleted.is_set() {
        w.field_as(0, "Status", format_args!("Terminating (lasts {})", age(deleted, now)), Role::Warn);
        return;
    }
    let phase = text(object, "/status/phase");
    let role = match phase {
        "Bound" | "Available" => Role::Good,
        "Lost" | "Failed" => Role::Bad,
        _ => Role::Warn,
    };
    w.field_as(0, "Status", phase, role);
}

/// Access modes in their short forms, in kubectl's order.
pub(super) fn access_modes(object: &Value, path: &str) -> String {
    let modes = texts(object, path);
    let short =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let shown = short.into_iter().filter(|(mode, _)| modes.contains(mode)).map(|(_, short)| short);
    shown.collect::<Vec<_>>().join(",")
}

/// Size and modes are known once there is a volume; a template never has any of its own.
fn capacity(w: &mut Writer, claim: &Value) {
    let is_bound = !text(claim, "/spec/volumeName").is_empty();
    w.field(0, "Capacity", if is_bound { amount(claim, "/status/capacity/storage") } else { String::new() });
    let modes = if is_bound { access_modes(claim, "/status/accessModes") } else { String::new() };
    w.field(0, "Access Modes", modes);
    if let Some(mode) = present(claim, "/spec/volumeMode") {
        w.field(0, "VolumeMode", shown(mode));
    }
    if let Some(data) = child(claim, "/spec/dataSource") {
        w.indented(0, "DataSource:\n", Role::Label);
        if let Some(group) = present(data, "/apiGroup") {
            w.field(1, "APIGroup", shown(group));
        }
        w.field(1, "Kind", text(data, "/kind"));
        w.field(1, "Name", text(data, "/name"));
    }
}

/// The pods that mount the claim or own it, by name. A pod with two volumes of it is named twice, as by
/// kubectl.
fn users(claim: &Value, pods: &[Value]) -> Vec<String> {
    let name = text(claim, "/metadata/name");
    let is_of_claim = |volume: &&Value| {
        child(volume, "/persistentVolumeClaim").is_some_and(|source| text(source, "/claimName") == name)
    };
    let mut users: Vec<&Value> = Vec::new();
    for pod in pods {
        users.extend(list(pod, "/spec/volumes").iter().filter(is_of_claim).map(|_| pod));
    }
    let uid = |object: &Value| text(object, "/metadata/uid").to_owned();
    for owner in list(claim, "/metadata/ownerReferences").iter().filter(|owner| text(owner, "/kind") == "Pod") {
        let owner = pods.iter().find(|pod| text(pod, "/metadata/uid") == text(owner, "/uid"));
        users.extend(owner.filter(|owner| users.iter().all(|user| uid(user) != uid(owner))));
    }
    let mut names: Vec<String> = users.into_iter().map(|pod| text(pod, "/metadata/name").to_owned()).collect();
    names.sort();
    names
}

fn conditions(w: &mut Writer, claim: &Value) {
    let conditions = list(claim, "/status/conditions");
    if conditions.is_empty() {
        return;
    }
    w.section("Conditions");
    w.heading(0, "Conditions");
    let titles = ["Type", "Status", "LastProbeTime", "LastTransitionTime", "Reason", "Message"];
    let rules = ["----", "------", "-----------------", "------------------", "------", "-------"];
    w.cells(1, "", &titles.map(|title| (title, Role::Heading)));
    w.cells(1, "", &rules.map(|rule| (rule, Role::Dim)));
    for condition in conditions {
        let (probed, changed) = (date(condition, "/lastProbeTime"), date(condition, "/lastTransitionTime"));
        let part = |path| (text(condition, path), Role::Plain);
        let times = [(probed.as_str(), Role::Dim), (changed.as_str(), Role::Dim)];
        w.cells(1, " ", &[part("/type"), part("/status"), times[0], times[1], part("/reason"), part("/message")]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn modes_have_one_order() {
        let claim = json!({"m": ["ReadWriteMany", "ReadWriteOnce", "ReadWriteMany", "Other"]});
        assert_eq!(access_modes(&claim, "/m"), "RWO,RWX");
        assert_eq!(access_modes(&claim, "/n"), "");
    }

    #[test]
    fn users_mount_the_claim_or_own_it() {
        let pod = |name: &str, claim: &str| {
            let volumes = json!([{"persistentVolumeClaim": {"claimName": claim}}, {"emptyDir": {}}]);
            json!({"metadata": {"name": name, "uid": name}, "spec": {"volumes": volumes}})
        };
        let pods = [pod("z", "data"), pod("a", "data"), pod("owner", "other"), pod("b", "other")];
        let owners = json!([{"kind": "Pod", "uid": "owner"}, {"kind": "Pod", "uid": "a"}, {"kind": "X", "uid": "b"}]);
        let claim = json!({"metadata": {"name": "data", "ownerReferences": owners}});
        assert_eq!(users(&claim, &pods), ["a", "owner", "z"]);
    }

    #[test]
    fn the_annotation_names_the_class_first() {
        let old = json!({"metadata": {"annotations": {CLASS_ANNOTATION: "old"}}, "spec": {"storageClassName": "new"}});
        assert_eq!(class(&old), "old");
        assert_eq!(class(&json!({"spec": {"storageClassName": "new"}})), "new");
    }
}
