//! The kinds that kubectl has a description of its own for, each written as kubectl writes it.
//!
//! A writer gets the object, and where it needs them the lists that [`super::related()`] asked for; events
//! are added by the caller. Rules: kubectl describe, one `describe…` function for each kind. Start with
//! [`write()`], which says which kind is written where.

use super::tabs::Writer;
use super::{data, generic, node, pod};
use crate::base::stamp::Stamp;
use crate::model::around::ObjectDetails;

mod autoscaler;
mod batch;
mod certificate;
pub(super) mod claim;
mod der;
mod endpoints;
mod ingress;
mod network;
mod persistent;
mod policy;
mod quota;
mod rbac;
mod replicas;
mod service;
mod storage;
mod template;
mod workload;

/// Writes everything but the events. Kinds of different groups may share a name.
pub(super) fn write(w: &mut Writer, group: &str, kind: &str, details: &ObjectDetails, now: Stamp) {
    let is_known = match group {
        "" => core(w, kind, details, now),
        "apps" => apps(w, kind, details),
        "networking.k8s.io" => networking(w, kind, details),
        _ => other(w, group, kind, details),
    };
    if !is_known {
        generic::write(w, &details.object);
    }
}

fn core(w: &mut Writer, kind: &str, details: &ObjectDetails, now: Stamp) -> bool {
    let object = &details.object;
    match kind {
        "Pod" => pod::write(w, object, now),
        "Node" => node::write(w, details, now),
        "ConfigMap" => data::config_map(w, object),
        "Secret" => data::secret(w, object),
        "ReplicationController" => workload::replication_controller(w, details),
        "Service" => service::write(w, details),
        "ServiceAccount" => policy::service_account(w, object),
        "LimitRange" => quota::limit_range(w, object),
        "ResourceQuota" => quota::resource_quota(w, object),
        "Namespace" => quota::namespace(w, details),
        "PersistentVolume" => persistent::write(w, object, now),
        "PersistentVolumeClaim" => claim::write(w, details, now),
        "Endpoints" => endpoints::endpoints(w, object),
        _ => return false,
    }
    true
}

fn apps(w: &mut Writer, kind: &str, details: &ObjectDetails) -> bool {
    match kind {
        "Deployment" => workload::deployment(w, details),
        "ReplicaSet" => workload::replica_set(w, details),
        "StatefulSet" => workload::stateful_set(w, details),
        "DaemonSet" => workload::daemon_set(w, details),
        _ => return false,
    }
    true
}

fn networking(w: &mut Writer, kind: &str, details: &ObjectDetails) -> bool {
    let object = &details.object;
    match kind {
        "Ingress" => ingress::write(w, details),
        "IngressClass" => ingress::class(w, object),
        "NetworkPolicy" => network::policy(w, object),
        "ServiceCIDR" => network::service_cidr(w, object),
        "IPAddress" => network::ip_address(w, object),
        _ => return false,
    }
    true
}

fn other(w: &mut Writer, group: &str, kind: &str, details: &ObjectDetails) -> bool {
    let object = &details.object;
    match (group, kind) {
        ("batch", "Job") => batch::job(w, object),
        ("batch", "CronJob") => batch::cron_job(w, object),
        ("certificates.k8s.io", "CertificateSigningRequest") => certificate::write(w, object),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler::write(w, object),
        ("discovery.k8s.io", "EndpointSlice") => endpoints::endpoint_slice(w, object),
        ("policy", "PodDisruptionBudget") => policy::disruption_budget(w, object),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => rbac::role(w, object),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => rbac::binding(w, object),
        ("scheduling.k8s.io", "PriorityClass") => policy::priority_class(w, object),
        ("storage.k8s.io", "StorageClass") => storage::storage_class(w, object),
        ("storage.k8s.io", "VolumeAttributesClass") => storage::attributes_class(w, object),
        ("storage.k8s.io", "CSINode") => storage::csi_node(w, object),
        _ => return false,
    }
    true
}
