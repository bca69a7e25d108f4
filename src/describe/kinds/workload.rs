//! Controllers that keep pods running. Rules: kubectl describe, `describeDeployment`, `describeReplicaSet`,
//! `describeReplicationController`, `describeStatefulSet`, `describeDaemonSet`.

use serde_json::Value;

use super::super::fields::{amount, child, date, list, number, or_none, present, scalar, scalar_or_nil, text, whole};
use super::super::tabs::Writer;
use super::super::{fields, meta, selector};
use super::{claim, replicas, template};
use crate::base::text::Role;
use crate::model::around::{Around, ObjectDetails};
use crate::model::selector::as_query;

/// Writes a deployment.
pub(super) fn deployment(w: &mut Writer, details: &ObjectDetails) {
    let deployment = &details.object;
    named(w, deployment);
    w.field(0, "CreationTimestamp", date(deployment, "/metadata/creationTimestamp"));
    meta::labels_and_annotations(w, deployment);
    w.field(0, "Selector", own_selector(deployment));
    let status = |name: &str| number(deployment, &format!("/status/{name}"));
    w.field(
        0,
        "Replicas",
        format_args!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            number(deployment, "/spec/replicas"),
            status("updatedReplicas"),
            status("replicas"),
            status("availableReplicas"),
            status("unavailableReplicas"),
        ),
    );
    w.field(0, "StrategyType", text(deployment, "/spec/strategy/type"));
    w.field(0, "MinReadySeconds", number(deployment, "/spec/minReadySeconds"));
    if let Some(update) = child(deployment, "/spec/strategy/rollingUpdate") {
        let (unavailable, surge) = (scalar_or_nil(update, "/maxUnavailable"), scalar_or_nil(update, "/maxSurge"));
        w.field(0, "RollingUpdateStrategy", format_args!("{unavailable} max unavailable, {surge} max surge"));
    }
    template::write(w, deployment);
    conditions(w, deployment);
    let (old, new) = replicas::old_and_new(deployment, details.items(&Around::ReplicaSets));
    if !old.is_empty() || new.is_some() {
        w.field(0, "OldReplicaSets", replicas::created(old));
        w.field(0, "NewReplicaSet", replicas::created(new));
    }
}

/// Writes a replica set.
pub(super) fn replica_set(w: &mut Writer, details: &ObjectDetails) {
    let set = &details.object;
    named(w, set);
    w.field(0, "Selector", selector::formatted(&set["spec"]["selector"]));
    meta::labels_and_annotations(w, set);
    if let Some(owner) = meta::controller(set) {
        w.field(0, "Controlled By", owner);
    }
    current_and_desired(w, set);
    if let Some(Err(problem)) = details.around.get(&Around::Pods) {
        w.field_as(0, "Pods Status", format_args!("error in fetching pods: {problem}"), Role::Warn);
    } else {
        pods_status(w, details);
    }
    template::write(w, set);
    conditions(w, set);
}

/// Writes a replication controller.
pub(super) fn replication_controller(w: &mut Writer, details: &ObjectDetails) {
    let controller = &details.object;
    named(w, controller);
    w.field(0, "Selector", or_none(&selector::map(controller, "/spec/selector")));
    meta::labels_and_annotations(w, controller);
    current_and_desired(w, controller);
    pods_status(w, details);
    template::write(w, controller);
    conditions(w, controller);
}

/// Writes a stateful set.
pub(super) fn stateful_set(w: &mut Writer, details: &ObjectDetails) {
    let set = &details.object;
    named(w, set);
    w.field(0, "CreationTimestamp", date(set, "/metadata/creationTimestamp"));
    w.field(0, "Selector", own_selector(set));
    meta::labels_and_annotations(w, set);
    for (label, path) in [("Service Name", "/spec/serviceName"), ("Pod Management Policy", "/spec/podManagementPolicy")]
    {
        let value = text(set, path);
        if !value.is_empty() {
            w.field(0, label, value);
        }
    }
    let (wanted, exist) = (number(set, "/spec/replicas"), number(set, "/status/replicas"));
    w.field(0, "Replicas", format_args!("{wanted} desired | {exist} total"));
    update_strategy(w, set);
    if let Some(policy) = child(set, "/spec/persistentVolumeClaimRetentionPolicy") {
        w.indented(0, "Persistent Volume Claim Retention Policy:\n", Role::Label);
        w.field(1, "WhenDeleted", text(policy, "/whenDeleted"));
        w.field(1, "WhenScaled", text(policy, "/whenScaled"));
    }
    pods_status(w, details);
    template::write(w, set);
    claim_templates(w, set);
}

fn update_strategy(w: &mut Writer, set: &Value) {
    w.field(0, "Update Strategy", text(set, "/spec/updateStrategy/type"));
    if let Some(partition) = whole(set, "/spec/updateStrategy/rollingUpdate/partition") {
        w.field(1, "Partition", partition);
        // kubectl looks at this one only where there is a partition.
        let unavailable = scalar(set, "/spec/updateStrategy/rollingUpdate/maxUnavailable");
        if !unavailable.is_empty() {
            w.field(1, "MaxUnavailable", unavailable);
        }
    }
}

fn claim_templates(w: &mut Writer, set: &Value) {
    let claims = list(set, "/spec/volumeClaimTemplates");
    w.section("Volume Claims");
    if claims.is_empty() {
        w.field_as(0, "Volume Claims", "<none>", Role::Dim);
        return;
    }
    w.heading(0, "Volume Claims");
    for claim in claims {
        w.field(1, "Name", text(claim, "/metadata/name"));
        w.field(1, "StorageClass", claim::class(claim));
        meta::labels(w, "  Labels", claim, "/metadata/labels");
        meta::labels(w, "  Annotations", claim, "/metadata/annotations");
        let asked = "/spec/resources/requests/storage";
        let has_size = present(claim, asked).is_some();
        w.field(1, "Capacity", if has_size { amount(claim, asked) } else { "<default>".to_owned() });
        w.field(1, "Access Modes", fields::bracketed(claim, "/spec/accessModes"));
    }
}

/// Writes a daemon set.
pub(super) fn daemon_set(w: &mut Writer, details: &ObjectDetails) {
    let set = &details.object;
    named(w, set);
    w.field(0, "Selector", own_selector(set));
    w.field(0, "Node-Selector", or_none(&selector::map(set, "/spec/template/spec/nodeSelector")));
    meta::labels_and_annotations(w, set);
    for (label, count) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        // A blank, no tab: these stand outside the columns.
        w.indented(0, &format!("{label}: "), Role::Label);
        w.line(0, &number(set, &format!("/status/{count}")).to_string());
    }
    pods_status(w, details);
    template::write(w, set);
}

fn named(w: &mut Writer, object: &Value) {
    w.field(0, "Name", text(object, "/metadata/name"));
    w.field(0, "Namespace", text(object, "/metadata/namespace"));
}

/// kubectl describes no object whose selector cannot be read; here it has an empty one.
fn own_selector(object: &Value) -> String {
    as_query(&object["spec"]["selector"]).unwrap_or_default()
}

fn current_and_desired(w: &mut Writer, object: &Value) {
    let (exist, wanted) = (number(object, "/status/replicas"), number(object, "/spec/replicas"));
    w.field(0, "Replicas", format_args!("{exist} current / {wanted} desired"));
}

fn pods_status(w: &mut Writer, details: &ObjectDetails) {
    w.field(0, "Pods Status", replicas::by_phase(details.items(&Around::Pods), &details.object));
}

fn conditions(w: &mut Writer, object: &Value) {
    let conditions = list(object, "/status/conditions");
    if conditions.is_empty() {
        return;
    }
    w.section("Conditions");
    w.heading(0, "Conditions");
    w.cells(1, "", &["Type", "Status", "Reason"].map(|title| (title, Role::Heading)));
    w.cells(1, "", &["----", "------", "------"].map(|rule| (rule, Role::Dim)));
    for condition in conditions {
        let kind = text(condition, "/type");
        let status = text(condition, "/status");
        let is_good = (status == "True") != kind.ends_with("Failure");
        let role = if is_good { Role::Good } else { Role::Bad };
        let cells = [(&*format!("{kind} "), Role::Plain), (status, role), (text(condition, "/reason"), Role::Plain)];
        w.cells(1, "", &cells);
    }
}
