//! The kinds whose descriptions are compared.

/// A kind: what it is called, its resource, and the path of its version.
pub struct Kind {
    pub name: &'static str,
    pub plural: &'static str,
    pub version: &'static str,
}

const fn kind(name: &'static str, plural: &'static str, version: &'static str) -> Kind {
    Kind { name, plural, version }
}

impl Kind {
    /// What a kubectl command calls it: `deployments.apps`.
    pub fn argument(&self) -> String {
        match self.version.split('/').nth(2).filter(|_| self.version.starts_with("/apis/")) {
            Some(group) => format!("{}.{group}", self.plural),
            None => self.plural.to_owned(),
        }
    }

    /// Whether objects that were made of it are recorded: those with a form of their own, but for pods.
    pub fn is_worth_a_case(&self) -> bool {
        let own = KINDS.iter().take_while(|kind| kind.name != "RuntimeClass");
        own.skip_while(|kind| kind.name != "Service").any(|kind| kind.name == self.name)
    }

    /// The path of its list in all namespaces.
    pub fn list(&self) -> String {
        format!("{}/{}", self.version, self.plural)
    }

    /// The path of one of its objects.
    pub fn object(&self, namespace: &str, name: &str) -> String {
        match namespace {
            "" => format!("{}/{}/{name}", self.version, self.plural),
            namespace => format!("{}/namespaces/{namespace}/{}/{name}", self.version, self.plural),
        }
    }
}

const CORE: &str = "/api/v1";
const APPS: &str = "/apis/apps/v1";
const BATCH: &str = "/apis/batch/v1";
const NETWORKING: &str = "/apis/networking.k8s.io/v1";
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const STORAGE: &str = "/apis/storage.k8s.io/v1";

/// First those with a form of their own, then some in the general form.
pub const KINDS: &[Kind] = &[
    kind("Pod", "pods", CORE),
    kind("Node", "nodes", CORE),
    kind("ConfigMap", "configmaps", CORE),
    kind("Secret", "secrets", CORE),
    kind("Service", "services", CORE),
    kind("ServiceAccount", "serviceaccounts", CORE),
    kind("ReplicationController", "replicationcontrollers", CORE),
    kind("Endpoints", "endpoints", CORE),
    kind("LimitRange", "limitranges", CORE),
    kind("ResourceQuota", "resourcequotas", CORE),
    kind("Namespace", "namespaces", CORE),
    kind("PersistentVolume", "persistentvolumes", CORE),
    kind("PersistentVolumeClaim", "persistentvolumeclaims", CORE),
    kind("Deployment", "deployments", APPS),
    kind("ReplicaSet", "replicasets", APPS),
    kind("StatefulSet", "statefulsets", APPS),
    kind("DaemonSet", "daemonsets", APPS),
    kind("Job", "jobs", BATCH),
    kind("CronJob", "cronjobs", BATCH),
    kind("CertificateSigningRequest", "certificatesigningrequests", "/apis/certificates.k8s.io/v1"),
    kind("HorizontalPodAutoscaler", "horizontalpodautoscalers", "/apis/autoscaling/v2"),
    kind("PodDisruptionBudget", "poddisruptionbudgets", "/apis/policy/v1"),
    kind("EndpointSlice", "endpointslices", "/apis/discovery.k8s.io/v1"),
    kind("Ingress", "ingresses", NETWORKING),
    kind("IngressClass", "ingressclasses", NETWORKING),
    kind("NetworkPolicy", "networkpolicies", NETWORKING),
    kind("ServiceCIDR", "servicecidrs", NETWORKING),
    kind("IPAddress", "ipaddresses", NETWORKING),
    kind("StorageClass", "storageclasses", STORAGE),
    kind("VolumeAttributesClass", "volumeattributesclasses", STORAGE),
    kind("CSINode", "csinodes", STORAGE),
    kind("PriorityClass", "priorityclasses", "/apis/scheduling.k8s.io/v1"),
    kind("Role", "roles", RBAC),
    kind("RoleBinding", "rolebindings", RBAC),
    kind("ClusterRole", "clusterroles", RBAC),
    kind("ClusterRoleBinding", "clusterrolebindings", RBAC),
    kind("RuntimeClass", "runtimeclasses", "/apis/node.k8s.io/v1"),
    kind("CSIDriver", "csidrivers", STORAGE),
    kind("VolumeAttachment", "volumeattachments", STORAGE),
    kind("ControllerRevision", "controllerrevisions", APPS),
    kind("Lease", "leases", "/apis/coordination.k8s.io/v1"),
    kind("APIService", "apiservices", "/apis/apiregistration.k8s.io/v1"),
    kind("FlowSchema", "flowschemas", "/apis/flowcontrol.apiserver.k8s.io/v1"),
    kind("CustomResourceDefinition", "customresourcedefinitions", "/apis/apiextensions.k8s.io/v1"),
];

/// Kinds of which there are only cases: an old version, and two that share their names with others.
pub const OTHERS: &[Kind] = &[
    kind("HorizontalPodAutoscaler", "horizontalpodautoscalers", "/apis/autoscaling/v1"),
    kind("Ingress", "ingresses", "/apis/example.org/v1"),
    kind("Service", "services", "/apis/serving.example.org/v1"),
];
