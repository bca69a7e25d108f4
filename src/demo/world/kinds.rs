//! The kinds that the demo cluster serves: one table for paths, discovery and storage.
//!
//! A new kind is one row here, and a row of columns in `http::table` if kubectl should print more than its age.

/// A part of an object with a path of its own.
#[derive(Debug)]
pub struct Sub {
    /// The last part of the path.
    pub name: &'static str,
    /// The kind of what it takes or gives.
    pub kind: &'static str,
    /// The API of that kind as `group/version`; empty when it is the parent's.
    pub api: &'static str,
    /// What may be done with it.
    pub verbs: &'static [&'static str],
}

/// A kind of object.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "Kubernetes calls the name of a kind `kind`")]
pub struct Kind {
    /// The API group; empty for the core.
    pub group: &'static str,
    /// The version within the group.
    pub version: &'static str,
    /// The name in paths. Objects are stored under it.
    pub plural: &'static str,
    /// The name for one.
    pub singular: &'static str,
    /// The name in manifests.
    pub kind: &'static str,
    /// Abbreviations.
    pub short: &'static [&'static str],
    /// Whether objects live in namespaces.
    pub namespaced: bool,
    /// Whether `kubectl get all` shows it.
    pub all: bool,
    /// Its parts with paths.
    pub subs: &'static [Sub],
}

impl Kind {
    /// `group/version`, or the version alone in the core group.
    pub fn api_version(&self) -> String {
        api_version(self.group, self.version)
    }

    /// Whether objects are made and dropped at once, and nothing is stored.
    pub fn is_review(&self) -> bool {
        self.group == "authorization.k8s.io" || self.group == "authentication.k8s.io"
    }

    /// What may be done with its objects.
    pub fn verbs(&self) -> &'static [&'static str] {
        if self.is_review() {
            &["create"]
        } else {
            &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
        }
    }
}

/// `group/version`, or the version alone in the core group.
pub fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

const READ_WRITE: &[&str] = &["get", "patch", "update"];
const STREAM: &[&str] = &["create", "get"];

const fn sub(name: &'static str, kind: &'static str, api: &'static str, verbs: &'static [&'static str]) -> Sub {
    Sub { name, kind, api, verbs }
}

const POD_SUBS: &[Sub] = &[
    sub("attach", "PodAttachOptions", "", STREAM),
    sub("ephemeralcontainers", "Pod", "", READ_WRITE),
    sub("eviction", "Eviction", "policy/v1", &["create"]),
    sub("exec", "PodExecOptions", "", STREAM),
    sub("log", "Pod", "", &["get"]),
    sub("portforward", "PodPortForwardOptions", "", STREAM),
    sub("status", "Pod", "", READ_WRITE),
];
const SCALED: &[Sub] = &[sub("scale", "Scale", "autoscaling/v1", READ_WRITE), sub("status", "", "", READ_WRITE)];
const STATUS: &[Sub] = &[sub("status", "", "", READ_WRITE)];

/// One row; `n` namespaced, `a` shown by `get all`.
const fn row(
    api: (&'static str, &'static str),
    names: (&'static str, &'static str, &'static str),
    short: &'static [&'static str],
    (namespaced, all): (bool, bool),
    subs: &'static [Sub],
) -> Kind {
    let (group, version) = api;
    let (plural, singular, kind) = names;
    Kind { group, version, plural, singular, kind, short, namespaced, all, subs }
}

const CORE: (&str, &str) = ("", "v1");
const APPS: (&str, &str) = ("apps", "v1");
const BATCH: (&str, &str) = ("batch", "v1");
const AUTHORIZATION: (&str, &str) = ("authorization.k8s.io", "v1");

/// Every kind, groups together.
pub static KINDS: &[Kind] = &[
    row(CORE, ("configmaps", "configmap", "ConfigMap"), &["cm"], (true, false), &[]),
    row(CORE, ("events", "event", "Event"), &["ev"], (true, false), &[]),
    row(CORE, ("namespaces", "namespace", "Namespace"), &["ns"], (false, false), STATUS),
    row(CORE, ("nodes", "node", "Node"), &["no"], (false, false), STATUS),
    row(
        CORE,
        ("persistentvolumeclaims", "persistentvolumeclaim", "PersistentVolumeClaim"),
        &["pvc"],
        (true, false),
        STATUS,
    ),
    row(CORE, ("persistentvolumes", "persistentvolume", "PersistentVolume"), &["pv"], (false, false), STATUS),
    row(CORE, ("pods", "pod", "Pod"), &["po"], (true, true), POD_SUBS),
    row(CORE, ("resourcequotas", "resourcequota", "ResourceQuota"), &["quota"], (true, false), STATUS),
    row(CORE, ("limitranges", "limitrange", "LimitRange"), &["limits"], (true, false), &[]),
    row(CORE, ("secrets", "secret", "Secret"), &[], (true, false), &[]),
    row(CORE, ("serviceaccounts", "serviceaccount", "ServiceAccount"), &["sa"], (true, false), &[]),
    row(CORE, ("services", "service", "Service"), &["svc"], (true, true), STATUS),
    row(APPS, ("controllerrevisions", "controllerrevision", "ControllerRevision"), &[], (true, false), &[]),
    row(APPS, ("daemonsets", "daemonset", "DaemonSet"), &["ds"], (true, true), STATUS),
    row(APPS, ("deployments", "deployment", "Deployment"), &["deploy"], (true, true), SCALED),
    row(APPS, ("replicasets", "replicaset", "ReplicaSet"), &["rs"], (true, true), SCALED),
    row(APPS, ("statefulsets", "statefulset", "StatefulSet"), &["sts"], (true, true), SCALED),
    row(BATCH, ("cronjobs", "cronjob", "CronJob"), &["cj"], (true, true), STATUS),
    row(BATCH, ("jobs", "job", "Job"), &[], (true, true), STATUS),
    row(("coordination.k8s.io", "v1"), ("leases", "lease", "Lease"), &[], (true, false), &[]),
    row(("events.k8s.io", "v1"), ("events", "event", "Event"), &["ev"], (true, false), &[]),
    row(
        ("policy", "v1"),
        ("poddisruptionbudgets", "poddisruptionbudget", "PodDisruptionBudget"),
        &["pdb"],
        (true, false),
        STATUS,
    ),
    row(
        ("scheduling.k8s.io", "v1"),
        ("priorityclasses", "priorityclass", "PriorityClass"),
        &["pc"],
        (false, false),
        &[],
    ),
    row(("storage.k8s.io", "v1"), ("storageclasses", "storageclass", "StorageClass"), &["sc"], (false, false), &[]),
    row(
        AUTHORIZATION,
        ("selfsubjectaccessreviews", "selfsubjectaccessreview", "SelfSubjectAccessReview"),
        &[],
        (false, false),
        &[],
    ),
    row(
        AUTHORIZATION,
        ("selfsubjectrulesreviews", "selfsubjectrulesreview", "SelfSubjectRulesReview"),
        &[],
        (false, false),
        &[],
    ),
    row(
        ("authentication.k8s.io", "v1"),
        ("selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview"),
        &[],
        (false, false),
        &[],
    ),
];

/// The kind that a path names.
pub fn by_path(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.group == group && kind.version == version && kind.plural == plural)
}

/// The kind that a manifest names.
pub fn by_manifest(api_version: &str, kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|row| row.kind == kind && row.api_version() == api_version)
}

/// The kind of a storage name; the core one where two groups share it.
pub fn by_plural(plural: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.plural == plural)
}

/// Every `(group, version)` but the core, once, in the table's order.
pub fn groups() -> Vec<(&'static str, &'static str)> {
    let mut groups: Vec<_> =
        KINDS.iter().filter(|kind| !kind.group.is_empty()).map(|kind| (kind.group, kind.version)).collect();
    groups.dedup();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_each_of_its_names() {
        for kind in KINDS {
            let path = by_path(kind.group, kind.version, kind.plural).expect(kind.plural);
            let manifest = by_manifest(&kind.api_version(), kind.kind).expect(kind.kind);
            assert!(std::ptr::eq(path, kind) && std::ptr::eq(manifest, kind), "{}", kind.plural);
        }
        assert_eq!(by_plural("events").map(|kind| kind.group), Some(""));
        let mut groups = groups();
        groups.sort_unstable();
        groups.dedup();
        assert_eq!(groups.len(), super::groups().len(), "the rows of a group stand together");
    }
}
