//! What a judgement may need beyond what is watched: one thing to read, and what came of it.
//!
//! Data only. Rules say what they would like to know ([`Lookup`]); whoever has the connection reads it, by
//! [`Lookup::path`], and hands back an [`Answer`]. Values of Secrets are never among it.

use std::sync::Arc;

use serde_json::Value;

use crate::base::percent;

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// What it is.
    pub what: What,
    /// Its namespace; empty for kinds without one, and for lists over all namespaces.
    pub namespace: Arc<str>,
    /// Its name; empty for lists.
    pub name: Arc<str>,
}

/// What can be looked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// An object, or with an empty name a list of them.
    Object(Resource),
    /// The API server's version.
    Version,
    /// The events about an object of this kind.
    Events(Arc<str>),
    /// Whether a Secret exists: its metadata, never its values.
    Secret,
    /// The last lines of a container's log; the name is the pod's.
    Log {
        /// The container.
        container: Arc<str>,
        /// The run before the present one.
        previous: bool,
        /// Which run it is about, so that a new crash asks anew: the restarts so far.
        run: u32,
    },
}

/// The resources that rules look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Whole pods.
    Pods,
    /// Whole nodes.
    Nodes,
    /// Namespaces, for their labels.
    Namespaces,
    /// `apps/v1`.
    Deployments,
    /// `apps/v1`.
    ReplicaSets,
    /// `apps/v1`.
    StatefulSets,
    /// `apps/v1`.
    DaemonSets,
    /// The forerunners of `ReplicaSet`s.
    ReplicationControllers,
    /// `batch/v1`.
    Jobs,
    /// `batch/v1`.
    CronJobs,
    /// `PersistentVolumeClaims`.
    Claims,
    /// `PersistentVolumes`.
    Volumes,
    /// `storage.k8s.io/v1`.
    StorageClasses,
    /// `ConfigMaps`, for the names of their keys.
    ConfigMaps,
    /// Service accounts.
    ServiceAccounts,
    /// Resource quotas.
    Quotas,
    /// `LimitRanges`.
    LimitRanges,
    /// `policy/v1`.
    DisruptionBudgets,
    /// Services.
    Services,
    /// `discovery.k8s.io/v1`.
    EndpointSlices,
    /// Leases of nodes, in `kube-node-lease`.
    Leases,
    /// `scheduling.k8s.io/v1`.
    PriorityClasses,
}

impl Resource {
    /// The root of its URLs, and its plural name.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Pods => ("/api/v1", "pods"),
            Self::Nodes => ("/api/v1", "nodes"),
            Self::Namespaces => ("/api/v1", "namespaces"),
            Self::Deployments => ("/apis/apps/v1", "deployments"),
            Self::ReplicaSets => ("/apis/apps/v1", "replicasets"),
            Self::StatefulSets => ("/apis/apps/v1", "statefulsets"),
            Self::DaemonSets => ("/apis/apps/v1", "daemonsets"),
            Self::ReplicationControllers => ("/api/v1", "replicationcontrollers"),
            Self::Jobs => ("/apis/batch/v1", "jobs"),
            Self::CronJobs => ("/apis/batch/v1", "cronjobs"),
            Self::Claims => ("/api/v1", "persistentvolumeclaims"),
            Self::Volumes => ("/api/v1", "persistentvolumes"),
            Self::StorageClasses => ("/apis/storage.k8s.io/v1", "storageclasses"),
            Self::ConfigMaps => ("/api/v1", "configmaps"),
            Self::ServiceAccounts => ("/api/v1", "serviceaccounts"),
            Self::Quotas => ("/api/v1", "resourcequotas"),
            Self::LimitRanges => ("/api/v1", "limitranges"),
            Self::DisruptionBudgets => ("/apis/policy/v1", "poddisruptionbudgets"),
            Self::Services => ("/api/v1", "services"),
            Self::EndpointSlices => ("/apis/discovery.k8s.io/v1", "endpointslices"),
            Self::Leases => ("/apis/coordination.k8s.io/v1", "leases"),
            Self::PriorityClasses => ("/apis/scheduling.k8s.io/v1", "priorityclasses"),
        }
    }

    /// The resource as URLs and RBAC rules write it: `replicasets`.
    pub fn plural(self) -> &'static str {
        self.names().1
    }

    /// Its API group; empty for the core group.
    pub fn group(self) -> &'static str {
        let root = self.names().0.strip_prefix("/apis/").unwrap_or_default();
        root.split('/').next().unwrap_or_default()
    }

    /// The resource of a kind that controls pods, or controls what controls them.
    pub fn of_owner(kind: &str) -> Option<Self> {
        Some(match kind {
            "Deployment" => Self::Deployments,
            "ReplicaSet" => Self::ReplicaSets,
            "StatefulSet" => Self::StatefulSets,
            "DaemonSet" => Self::DaemonSets,
            "ReplicationController" => Self::ReplicationControllers,
            "Job" => Self::Jobs,
            "CronJob" => Self::CronJobs,
            _ => return None,
        })
    }
}

/// The root of the oldest resources.
const CORE: &str = "/api/v1";

/// How many lines of a log are asked for.
pub const LOG_LINES: u32 = 50;

impl Lookup {
    /// An object.
    pub fn object(resource: Resource, namespace: &str, name: &str) -> Self {
        Self { what: What::Object(resource), namespace: namespace.into(), name: name.into() }
    }

    /// All objects of a namespace, or of all namespaces where it is empty.
    pub fn list(resource: Resource, namespace: &str) -> Self {
        Self::object(resource, namespace, "")
    }

    /// The API server's version.
    pub fn version() -> Self {
        Self { what: What::Version, namespace: "".into(), name: "version".into() }
    }

    /// The events about an object, as a list.
    pub fn events(kind: &str, namespace: &str, name: &str) -> Self {
        Self { what: What::Events(kind.into()), namespace: namespace.into(), name: name.into() }
    }

    /// Whether a Secret exists.
    pub fn secret(namespace: &str, name: &str) -> Self {
        Self { what: What::Secret, namespace: namespace.into(), name: name.into() }
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.name.is_empty()
    }

    /// The verb and the resource that a person needs for it, as RBAC rules name them.
    pub fn right(&self) -> (&'static str, &'static str) {
        let verb = if self.is_list() { "list" } else { "get" };
        match &self.what {
            What::Object(resource) => (verb, resource.plural()),
            What::Version => (verb, "/version"),
            What::Events(_) => ("list", "events"),
            What::Secret => (verb, "secrets"),
            What::Log { .. } => (verb, "pods/log"),
        }
    }

    /// What is asked of the API server: path and query.
    pub fn path(&self) -> String {
        let name = percent::encode(&self.name, percent::UNRESERVED);
        match &self.what {
            What::Object(resource) => {
                let (root, plural) = resource.names();
                let name = if self.is_list() { String::new() } else { format!("/{name}") };
                self.below(root, &format!("{plural}{name}"))
            }
            What::Version => "/version".to_owned(),
            What::Secret => self.below(CORE, &format!("secrets/{name}")),
            What::Events(kind) => {
                let about = format!("involvedObject.kind={kind},involvedObject.name={}", self.name);
                let about = percent::encode(&about, percent::UNRESERVED);
                self.below(CORE, &format!("events?fieldSelector={about}"))
            }
            What::Log { container, previous, .. } => {
                let container = percent::encode(container, percent::UNRESERVED);
                let query = format!("container={container}&previous={previous}&tailLines={LOG_LINES}&limitBytes=65536");
                self.below(CORE, &format!("pods/{name}/log?{query}"))
            }
        }
    }

    /// A path in its namespace, where it has one.
    fn below(&self, root: &str, rest: &str) -> String {
        match &*self.namespace {
            "" => format!("{root}/{rest}"),
            namespace => format!("{root}/namespaces/{}/{rest}", percent::encode(namespace, percent::UNRESERVED)),
        }
    }
}

/// What came of a lookup.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The object, or the list with its `items`.
    Object(Arc<Value>),
    /// The lines of a log, oldest first; may hold anything.
    Lines(Arc<[Box<str>]>),
    /// There is no such object.
    Missing,
    /// The person may not read it; the server's words.
    Forbidden(Box<str>),
    /// It could not be read; why.
    Failed(Box<str>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_path_and_its_right() {
        let of = |lookup: Lookup| (lookup.path(), lookup.right());
        assert_eq!(
            of(Lookup::object(Resource::Deployments, "shop", "web")),
            ("/apis/apps/v1/namespaces/shop/deployments/web".into(), ("get", "deployments"))
        );
        assert_eq!(of(Lookup::version()), ("/version".into(), ("get", "/version")));
        assert_eq!(of(Lookup::list(Resource::Nodes, "")), ("/api/v1/nodes".into(), ("list", "nodes")));
        assert_eq!(
            of(Lookup::secret("shop", "tls")),
            ("/api/v1/namespaces/shop/secrets/tls".into(), ("get", "secrets"))
        );
        let about = "involvedObject.kind%3DPersistentVolumeClaim%2CinvolvedObject.name%3Ddata";
        assert_eq!(
            of(Lookup::events("PersistentVolumeClaim", "shop", "data")),
            (format!("/api/v1/namespaces/shop/events?fieldSelector={about}"), ("list", "events"))
        );
        assert_eq!((Resource::CronJobs.group(), Resource::Pods.group()), ("batch", ""));
        let what = What::Log { container: "app".into(), previous: true, run: 3 };
        let log = Lookup { what, namespace: "shop".into(), name: "web-0".into() };
        let path = "/api/v1/namespaces/shop/pods/web-0/log?container=app&previous=true&tailLines=50&limitBytes=65536";
        assert_eq!(of(log), (path.into(), ("get", "pods/log")));
    }
}
