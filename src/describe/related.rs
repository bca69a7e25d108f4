//! What `kubectl describe` reads beside the object itself, kind by kind.
//!
//! Only paths are made here; whoever reads them hands the answers to [`super::describe`]. Rules: kubectl
//! describe, the `Describe` methods, and `searchEvents` for the events.

use serde_json::Value;

use super::fields::{child, list, text};
use super::{group, selector};
use crate::base::percent;
use crate::model::around::{Around, Request, Tolerates};
use crate::model::selector::as_query;

/// What is read to describe `object`, which is of `kind`, in the order in which the answers are added up.
pub fn related(kind: &str, object: &Value) -> Vec<Request> {
    let mut requests = surroundings(kind, object);
    requests.extend(events(kind, object));
    requests
}

fn surroundings(kind: &str, object: &Value) -> Vec<Request> {
    match (group(object), kind) {
        ("", "Node") => around_node(text(object, "/metadata/name")),
        ("", "Service") => vec![endpoint_slices(object, text(object, "/metadata/name"))],
        ("", "Namespace") => around_namespace(text(object, "/metadata/name")),
        ("", "PersistentVolumeClaim") => vec![pods(object, "", Tolerates::Nothing)],
        ("", "ReplicationController") => {
            vec![pods(object, &selector::map(object, "/spec/selector"), Tolerates::Nothing)]
        }
        ("apps", "Deployment") => {
            let path = in_namespace(object, "/apis/apps/v1", "replicasets", "labelSelector", &own_selector(object));
            vec![Request { what: Around::ReplicaSets, path, tolerates: Tolerates::Anything }]
        }
        ("apps", "ReplicaSet") => vec![pods(object, &own_selector(object), Tolerates::Anything)],
        ("apps", "StatefulSet" | "DaemonSet") => vec![pods(object, &own_selector(object), Tolerates::Nothing)],
        ("networking.k8s.io", "Ingress") => around_ingress(object),
        _ => Vec::new(),
    }
}

fn own_selector(object: &Value) -> String {
    as_query(&object["spec"]["selector"]).unwrap_or_default()
}

fn pods(object: &Value, selector: &str, tolerates: Tolerates) -> Request {
    let path = in_namespace(object, "/api/v1", "pods", "labelSelector", selector);
    Request { what: Around::Pods, path, tolerates }
}

fn around_node(name: &str) -> Vec<Request> {
    let on_node = format!("spec.nodeName={name},status.phase!=Succeeded,status.phase!=Failed");
    let pods = query("/api/v1/pods", "fieldSelector", &on_node);
    let lease = format!("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{}", escaped(name));
    let slices = "/apis/resource.k8s.io/v1/resourceslices";
    let slices = query(slices, "fieldSelector", &format!("spec.nodeName={name}"));
    vec![
        Request { what: Around::Pods, path: pods, tolerates: Tolerates::Forbidden },
        Request { what: Around::Lease, path: lease, tolerates: Tolerates::Anything },
        Request { what: Around::ResourceSlices, path: slices, tolerates: Tolerates::Anything },
    ]
}

fn around_namespace(name: &str) -> Vec<Request> {
    let list = |what, plural| {
        let path = format!("/api/v1/namespaces/{}/{plural}", escaped(name));
        Request { what, path, tolerates: Tolerates::Missing }
    };
    vec![list(Around::Quotas, "resourcequotas"), list(Around::Limits, "limitranges")]
}

/// For every service that the ingress leads to: itself, for the names of its ports, and its endpoints.
fn around_ingress(ingress: &Value) -> Vec<Request> {
    let paths = list(ingress, "/spec/rules").iter().flat_map(|rule| list(rule, "/http/paths"));
    let backends = paths.filter_map(|path| child(path, "/backend")).chain(child(ingress, "/spec/defaultBackend"));
    let mut names: Vec<&str> = backends.map(|backend| text(backend, "/service/name")).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter(|name| !name.is_empty()).flat_map(|name| around_backend(ingress, name)).collect()
}

fn around_backend(ingress: &Value, service: &str) -> [Request; 2] {
    let path = format!("{}/{}", in_namespace(ingress, "/api/v1", "services", "", ""), escaped(service));
    let itself = Request { what: Around::Service(service.to_owned()), path, tolerates: Tolerates::Anything };
    [endpoint_slices(ingress, service), itself]
}

fn endpoint_slices(object: &Value, service: &str) -> Request {
    let of_service = format!("kubernetes.io/service-name={service}");
    let path = in_namespace(object, "/apis/discovery.k8s.io/v1", "endpointslices", "labelSelector", &of_service);
    Request { what: Around::EndpointSlices(service.to_owned()), path, tolerates: Tolerates::Anything }
}

/// The kinds whose descriptions have no events.
pub(super) fn has_events(group: &str, kind: &str) -> bool {
    !matches!(
        (group, kind),
        ("", "Namespace" | "LimitRange" | "ResourceQuota" | "Secret")
            | ("networking.k8s.io", "NetworkPolicy")
            | ("rbac.authorization.k8s.io", "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding")
    )
}

fn events(kind: &str, object: &Value) -> Vec<Request> {
    let (name, uid) = (text(object, "/metadata/name"), text(object, "/metadata/uid"));
    match (group(object), kind) {
        (group, kind) if !has_events(group, kind) => Vec::new(),
        // The events of a static pod carry the UID that the kubelet knows it by. Of pods kubectl does not
        // name the kind.
        ("", "Pod") => {
            let mirrored = object["metadata"]["annotations"]["kubernetes.io/config.mirror"].as_str();
            vec![events_of(object, name, "", mirrored.unwrap_or(uid))]
        }
        // The kubelet names its node by name where a UID belongs, the controllers by UID.
        ("", "Node") => vec![events_of(object, name, kind, uid), events_of(object, name, kind, name)],
        _ => vec![events_of(object, name, kind, uid)],
    }
}

fn events_of(object: &Value, name: &str, kind: &str, uid: &str) -> Request {
    let namespace = text(object, "/metadata/namespace");
    let mut terms = vec![format!("involvedObject.name={name}"), format!("involvedObject.namespace={namespace}")];
    for (field, value) in [("kind", kind), ("uid", uid)] {
        if !value.is_empty() {
            terms.push(format!("involvedObject.{field}={value}"));
        }
    }
    let path = in_namespace(object, "/api/v1", "events", "fieldSelector", &terms.join(","));
    Request { what: Around::Events, path, tolerates: Tolerates::Anything }
}

/// The list `plural` in the object's namespace; in all of them for an object that has none.
fn in_namespace(object: &Value, version: &str, plural: &str, selector: &str, value: &str) -> String {
    let path = match text(object, "/metadata/namespace") {
        "" => format!("{version}/{plural}"),
        namespace => format!("{version}/namespaces/{}/{plural}", escaped(namespace)),
    };
    query(&path, selector, value)
}

fn query(path: &str, name: &str, value: &str) -> String {
    if value.is_empty() { path.to_owned() } else { format!("{path}?{name}={}", escaped(value)) }
}

fn escaped(text: &str) -> String {
    percent::encode(text, percent::UNRESERVED)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(object: &Value) -> Vec<String> {
        let kind = text(object, "/kind");
        related(kind, object).into_iter().map(|request| request.path.replace("%3D", "=").replace("%2C", ",")).collect()
    }

    #[test]
    fn a_static_pods_events_carry_the_kubelets_uid() {
        let events = "/api/v1/namespaces/n/events?fieldSelector=\
                      involvedObject.name=web,involvedObject.namespace=n,involvedObject.uid=";
        let mut pod = json!({"kind": "Pod", "metadata": {"name": "web", "namespace": "n", "uid": "u"}});
        assert_eq!(paths(&pod), [format!("{events}u")]);
        pod["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "m"});
        assert_eq!(paths(&pod), [format!("{events}m")]);
    }

    #[test]
    fn a_nodes_events_are_asked_for_twice() {
        let node = json!({"kind": "Node", "metadata": {"name": "a", "uid": "u"}});
        let events = "/api/v1/events?fieldSelector=\
                      involvedObject.name=a,involvedObject.namespace=,involvedObject.kind=Node,involvedObject.uid=";
        let paths = paths(&node);
        assert_eq!(paths.len(), 5);
        assert_eq!(paths[3..], [format!("{events}u"), format!("{events}a")]);
    }

    #[test]
    fn a_kind_is_of_its_group() {
        let with = |version: &str| {
            let spec = json!({"selector": {"matchLabels": {"a": "1"}}});
            let metadata = json!({"name": "x", "namespace": "n"});
            paths(&json!({"apiVersion": version, "kind": "Deployment", "metadata": metadata, "spec": spec}))
        };
        assert_eq!(with("apps/v1")[0], "/apis/apps/v1/namespaces/n/replicasets?labelSelector=a=1");
        assert_eq!(with("example.com/v1").len(), 1, "events alone");
    }

    #[test]
    fn an_ingress_asks_once_for_each_service() {
        let to = |name: &str| json!({"backend": {"service": {"name": name}}});
        let rules = json!([{"http": {"paths": [to("a"), to("b")]}}, {"http": {"paths": [to("a"), {"backend": {}}]}}]);
        let spec = json!({"rules": rules, "defaultBackend": {"service": {"name": "b"}}});
        let version = "networking.k8s.io/v1";
        let ingress = json!({"apiVersion": version, "kind": "Ingress", "metadata": {"namespace": "n"}, "spec": spec});
        let slices =
            "/apis/discovery.k8s.io/v1/namespaces/n/endpointslices?labelSelector=kubernetes.io%2Fservice-name=";
        let (a, b) = (format!("{slices}a"), format!("{slices}b"));
        let services = "/api/v1/namespaces/n/services";
        assert_eq!(paths(&ingress)[..4], [a, format!("{services}/a"), b, format!("{services}/b")]);
    }

    #[test]
    fn kinds_without_events() {
        assert!(paths(&json!({"apiVersion": "v1", "kind": "Secret"})).is_empty());
        assert_eq!(paths(&json!({"apiVersion": "v1", "kind": "ConfigMap"})).len(), 1);
    }
}
