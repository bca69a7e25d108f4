//! Admission: what the API server adds to objects before it stores them.
//!
//! Start with [`World::admit`].

use std::sync::Arc;

use serde_json::{Value, json};

use super::World;
use super::kinds::Kind;
use super::quantity;
use super::store::Object;
use crate::demo::failure::{Answer, Failure};
use crate::demo::json::{array, default, int, list, map, set, stamp, text};

/// An object that was let in, and what there is to warn of.
#[derive(Debug)]
pub struct Admitted {
    /// The object.
    pub object: Object,
    /// Sentences for `Warning` headers.
    pub warnings: Vec<String>,
}

impl World {
    /// Names a new object, gives it its identity and its defaults, and stores it.
    pub fn create(&mut self, kind: &'static Kind, object: Value) -> Answer<Object> {
        self.create_with(kind, object, false).map(|admitted| admitted.object)
    }

    /// The same, with what there is to warn of; a dry run goes all the way but the last step.
    pub fn create_with(&mut self, kind: &'static Kind, mut object: Value, dry_run: bool) -> Answer<Admitted> {
        let prefix = text(&object, "/metadata/generateName").to_owned();
        if text(&object, "/metadata/name").is_empty() {
            if prefix.is_empty() {
                let why = "Required value: name or generateName is required";
                return Err(Failure::invalid(kind.kind, "", "metadata.name", "FieldValueRequired", why));
            }
            let name = format!("{prefix}{}", self.random.suffix(5));
            set(&mut object, &["metadata", "name"], name.into());
        }
        let namespace = text(&object, "/metadata/namespace");
        if kind.namespaced && self.store.get("namespaces", "", namespace).is_none() {
            return Err(Failure::not_found("namespaces", "", namespace));
        }
        self.admit(kind, &mut object);
        let mut warnings = Vec::new();
        if kind.plural == "pods" {
            self.allow_early(&mut object, &prefix)?;
            super::validate::pod(&object)?;
            warnings.extend(self.judge_security(&object)?);
            self.allow_late(&object)?;
        }
        let (namespace, name) = (text(&object, "/metadata/namespace"), text(&object, "/metadata/name"));
        if self.store.get(kind.plural, namespace, name).is_some() {
            return Err(Failure::exists(kind.plural, kind.group, name));
        }
        let object = if dry_run { Arc::new(object) } else { self.store.put(kind.plural, object) };
        Ok(Admitted { object, warnings })
    }

    /// Changes which ephemeral containers a pod has; everything else in the wish is ignored.
    pub fn change_ephemeral(&mut self, kind: &'static Kind, wanted: &Value, dry_run: bool) -> Answer<Admitted> {
        let (namespace, name) = (text(wanted, "/metadata/namespace"), text(wanted, "/metadata/name"));
        let current = self.find(kind, namespace, name)?;
        let pod = super::validate::with_ephemeral(&current, wanted)?;
        let warnings = self.judge_security(&pod)?.into_iter().collect();
        Ok(Admitted { object: self.replace(kind, pod, false, dry_run)?, warnings })
    }

    fn admit(&mut self, kind: &'static Kind, object: &mut Value) {
        set(object, &["apiVersion"], kind.api_version().into());
        set(object, &["kind"], kind.kind.into());
        set(object, &["metadata", "uid"], self.random.uuid().into());
        set(object, &["metadata", "creationTimestamp"], stamp(self.now));
        match kind.plural {
            "pods" => self.admit_pod(object),
            "deployments" | "replicasets" | "statefulsets" | "daemonsets" | "jobs" => {
                set(object, &["metadata", "generation"], 1.into());
                let meta = object["spec"]["template"]["metadata"].take();
                object["spec"]["template"]["metadata"] = if meta.is_null() { json!({}) } else { meta };
                template_defaults(&mut object["spec"]["template"]["spec"]);
                workload_defaults(kind.plural, object);
            }
            "persistentvolumeclaims" => {
                super::claims::claim_defaults(object, &self.store.list("storageclasses", None));
            }
            "persistentvolumes" => super::claims::volume_defaults(object, self.now),
            "namespaces" => {
                let name = text(object, "/metadata/name").to_owned();
                set(object, &["metadata", "labels", "kubernetes.io/metadata.name"], name.into());
                set(object, &["spec", "finalizers"], json!(["kubernetes"]));
                set(object, &["status", "phase"], "Active".into());
            }
            "services" => {
                default(&mut object["spec"], "type", "ClusterIP".into());
                let ip = format!("10.96.{}.{}", self.random.below(250), 2 + self.random.below(250));
                default(&mut object["spec"], "clusterIP", ip.into());
                default(&mut object["spec"], "sessionAffinity", "None".into());
                default(object, "status", json!({"loadBalancer": {}}));
            }
            _ => {}
        }
    }

    fn admit_pod(&mut self, pod: &mut Value) {
        set(pod, &["metadata", "generation"], 1.into());
        let token = format!("kube-api-access-{}", self.random.suffix(5));
        let spec = &mut pod["spec"];
        template_defaults(spec);
        let account = match text(spec, "/serviceAccountName") {
            "" => "default",
            account => account,
        }
        .to_owned();
        set(spec, &["serviceAccountName"], account.clone().into());
        set(spec, &["serviceAccount"], account.into());
        default(spec, "enableServiceLinks", true.into());
        default(spec, "preemptionPolicy", "PreemptLowerPriority".into());
        default(spec, "priority", 0.into());
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let tolerations = array(spec, "tolerations");
            if !tolerations.iter().any(|known| text(known, "/key") == key || known == &json!({"operator": "Exists"})) {
                tolerations
                    .push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
            }
        }
        mount_token(spec, &token);
        let qos = qos_class(spec);
        pod["status"] = json!({"phase": "Pending", "qosClass": qos});
    }
}

/// Defaults of a pod's spec, also where it is a template.
fn template_defaults(spec: &mut Value) {
    default(spec, "restartPolicy", "Always".into());
    default(spec, "terminationGracePeriodSeconds", 30.into());
    default(spec, "dnsPolicy", "ClusterFirst".into());
    default(spec, "securityContext", json!({}));
    default(spec, "schedulerName", "default-scheduler".into());
    for field in ["initContainers", "containers", "ephemeralContainers"] {
        if spec.get(field).is_some() {
            array(spec, field).iter_mut().for_each(container_defaults);
        }
    }
}

/// Defaults of a container.
pub fn container_defaults(container: &mut Value) {
    let (_, tag) = super::image::split(text(container, "/image"));
    let policy = if tag == "latest" { "Always" } else { "IfNotPresent" };
    default(container, "resources", json!({}));
    default(container, "terminationMessagePath", "/dev/termination-log".into());
    default(container, "terminationMessagePolicy", "File".into());
    default(container, "imagePullPolicy", policy.into());
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            for (field, value) in
                [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
            {
                default(probe, field, value.into());
            }
            if let Some(http) = probe.get_mut("httpGet") {
                default(http, "scheme", "HTTP".into());
            }
        }
    }
    if container.get("ports").is_some() {
        for port in array(container, "ports") {
            default(port, "protocol", "TCP".into());
        }
    }
    if let Some(resources) = container.get_mut("resources")
        && let Some(limits) = map(resources, "/limits").cloned()
    {
        // A limit alone is the request too.
        for (name, limit) in limits {
            if resources.pointer(&format!("/requests/{name}")).is_none() {
                set(resources, &["requests", &name], limit);
            }
        }
    }
}

fn workload_defaults(plural: &str, object: &mut Value) {
    let spec = &mut object["spec"];
    match plural {
        "deployments" => {
            default(spec, "replicas", 1.into());
            default(
                spec,
                "strategy",
                json!({"type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}),
            );
            default(spec, "revisionHistoryLimit", 10.into());
            default(spec, "progressDeadlineSeconds", 600.into());
        }
        "replicasets" => default(spec, "replicas", 1.into()),
        "statefulsets" => {
            default(spec, "replicas", 1.into());
            default(spec, "podManagementPolicy", "OrderedReady".into());
            default(spec, "updateStrategy", json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}));
            default(spec, "revisionHistoryLimit", 10.into());
        }
        "daemonsets" => {
            let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}});
            default(spec, "updateStrategy", rolling);
            default(spec, "revisionHistoryLimit", 10.into());
        }
        "jobs" => {
            for (field, value) in [("parallelism", 1), ("completions", 1), ("backoffLimit", 6)] {
                default(spec, field, value.into());
            }
            let (uid, name) = (object["metadata"]["uid"].clone(), object["metadata"]["name"].clone());
            set(object, &["spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"], uid.clone());
            for (label, value) in [("controller-uid", &uid), ("job-name", &name)] {
                let long = format!("batch.kubernetes.io/{label}");
                set(object, &["spec", "template", "metadata", "labels", &long], value.clone());
                set(object, &["spec", "template", "metadata", "labels", label], value.clone());
            }
        }
        _ => {}
    }
}

fn mount_token(spec: &mut Value, volume: &str) {
    // A copy of a pod brings the volume of the first one along.
    let has_token = list(spec, "/volumes").iter().any(|known| text(known, "/name").starts_with("kube-api-access-"));
    if spec.get("automountServiceAccountToken") == Some(&Value::Bool(false)) || has_token {
        return;
    }
    for field in ["initContainers", "containers"] {
        if spec.get(field).is_some() {
            for container in array(spec, field) {
                array(container, "volumeMounts").push(json!({"name": volume, "readOnly": true,
                    "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}));
            }
        }
    }
    let namespace = json!({"apiVersion": "v1", "fieldPath": "metadata.namespace"});
    array(spec, "volumes").push(json!({"name": volume, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": namespace}]}}]}}));
}

/// `Guaranteed` when every container limits both cpu and memory to what it requests, `BestEffort` when none
/// asks for anything, else `Burstable`.
fn qos_class(spec: &Value) -> &'static str {
    let containers: Vec<&Value> =
        ["/initContainers", "/containers"].iter().flat_map(|pointer| list(spec, pointer)).collect();
    let amount = |container: &Value, what: &str| quantity::of(container.pointer(&format!("/resources/{what}")));
    let all = ["requests/cpu", "requests/memory", "limits/cpu", "limits/memory"];
    if containers.iter().all(|container| all.iter().all(|what| amount(container, what) == 0)) {
        return "BestEffort";
    }
    let equal = containers.iter().all(|container| {
        ["cpu", "memory"].iter().all(|what| {
            let limit = amount(container, &format!("limits/{what}"));
            limit > 0 && limit == amount(container, &format!("requests/{what}"))
        })
    });
    if equal { "Guaranteed" } else { "Burstable" }
}

/// The generation goes up when the spec changes, as the API server sees to.
pub fn bump_generation(before: &Value, after: &mut Value) {
    if let Some(generation) = int(before, "/metadata/generation")
        && before["spec"] != after["spec"]
    {
        set(after, &["metadata", "generation"], (generation + 1).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_classes_of_service() {
        let class = |resources: Value| qos_class(&json!({"containers": [{"resources": resources}]}));
        assert_eq!(class(json!({})), "BestEffort");
        assert_eq!(class(json!({"requests": {"cpu": "1"}})), "Burstable");
        let both = json!({"cpu": "1", "memory": "1Gi"});
        assert_eq!(class(json!({"requests": both, "limits": both})), "Guaranteed");
    }

    #[test]
    fn a_limit_is_a_request_too_and_latest_is_always_pulled() {
        let mut container = json!({"image": "nginx", "resources": {"limits": {"cpu": "1"}}});
        container_defaults(&mut container);
        assert_eq!(container["resources"]["requests"]["cpu"], "1");
        assert_eq!(container["imagePullPolicy"], "Always");
    }
}
