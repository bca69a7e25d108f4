//! A pod as the filters read it, decoded once from the whole object.

use std::sync::Arc;

use compact_str::CompactString;
use serde_json::Value;

use super::amounts::Amounts;
use super::cluster::Taint;
use super::labels::{Labels, label_selector, require_all, require_own};
use super::volumes::{Disk, disks};
use crate::base::json::{list, text};
use crate::base::selector::Selector;
use crate::model::row::Interner;

/// The pod that is to be placed.
#[derive(Clone, Debug)]
pub(super) struct FitPod {
    pub(super) name: CompactString,
    pub(super) namespace: Arc<str>,
    pub(super) uid: CompactString,
    pub(super) labels: Labels,
    /// The node that it has, for a pod that runs already.
    pub(super) node: CompactString,
    /// The UID of its controller; empty where there is none.
    pub(super) owner: Arc<str>,
    pub(super) scheduler: CompactString,
    pub(super) gates: Vec<String>,
    pub(super) asks: Amounts,
    /// `spec.nodeSelector`.
    pub(super) selector: Vec<(CompactString, CompactString)>,
    /// The required node affinity: terms of which one must hold.
    pub(super) affinity: Option<Vec<NodeTerm>>,
    pub(super) tolerations: Vec<Toleration>,
    pub(super) ports: Vec<HostPort>,
    pub(super) spread: Vec<Spread>,
    pub(super) near: Vec<PodTerm>,
    pub(super) apart: Vec<PodTerm>,
    pub(super) claims: Vec<ClaimName>,
    pub(super) disks: Vec<Disk>,
    /// It asks for devices through resource claims.
    pub(super) has_devices: bool,
}

impl FitPod {
    pub(super) fn read(pod: &Value, strings: &mut Interner) -> Self {
        let namespace = strings.get(text(pod, "/metadata/namespace"));
        let labels = Labels::read(pod, strings);
        let selector = pod.pointer("/spec/nodeSelector").and_then(Value::as_object);
        let affinity = pod.pointer("/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution");
        let apart = apart_terms(pod, &namespace, &labels, strings);
        let near = pod_terms(pod, "podAffinity", &namespace, &labels, strings);
        let gate = |gate: &Value| text(gate, "/name").to_owned();
        Self {
            name: text(pod, "/metadata/name").into(),
            uid: text(pod, "/metadata/uid").into(),
            node: text(pod, "/spec/nodeName").into(),
            owner: owner(pod, strings),
            scheduler: text(pod, "/spec/schedulerName").into(),
            gates: list(pod, "/spec/schedulingGates").iter().map(gate).collect(),
            asks: Amounts::asked(pod, false, strings),
            selector: selector
                .into_iter()
                .flatten()
                .map(|(key, value)| (key.into(), value.as_str().unwrap_or_default().into()))
                .collect(),
            affinity: affinity.map(|required| node_terms(list(required, "/nodeSelectorTerms"))),
            tolerations: list(pod, "/spec/tolerations").iter().map(Toleration::read).collect(),
            ports: host_ports(pod),
            spread: spreads(pod, &labels, strings),
            near,
            apart,
            claims: claims(pod),
            disks: disks(pod),
            has_devices: !list(pod, "/spec/resourceClaims").is_empty(),
            namespace,
            labels,
        }
    }
}

impl FitPod {
    /// Adds a toleration of a taint.
    pub(super) fn tolerate(&mut self, taint: &Taint) {
        let Taint { key, value, effect } = taint.clone();
        self.tolerations.push(Toleration { key, operator: "Equal".into(), value, effect });
    }
}

/// The priority that admission wrote into the pod; 0 where there is none.
pub(super) fn priority(pod: &Value) -> i64 {
    pod.pointer("/spec/priority").and_then(Value::as_i64).unwrap_or_default()
}

/// The UID of the controller.
pub(super) fn owner(pod: &Value, strings: &mut Interner) -> Arc<str> {
    let is_controller = |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    let owner = list(pod, "/metadata/ownerReferences").iter().find(is_controller);
    strings.get(owner.map_or("", |owner| text(owner, "/uid")))
}

/// One of the alternatives of a node affinity.
#[derive(Clone, Debug)]
pub(super) struct NodeTerm {
    /// On the node's labels; `None` where a requirement cannot be read, and then nothing matches.
    pub(super) labels: Option<Selector>,
    /// On `metadata.name`.
    pub(super) fields: Option<Selector>,
    /// The names of `metadata.name In`, all of which the term wants at once; `None` where it names no node.
    pub(super) names: Option<Vec<String>>,
}

impl NodeTerm {
    /// Whether a node of these labels and name is meant.
    pub(super) fn matches(&self, labels: &Labels, name: &str) -> bool {
        let is_named = |fields: &Selector| fields.matches(|key| (key == "metadata.name").then_some(name));
        self.labels.as_ref().is_some_and(|selector| labels.meet(selector)) && self.fields.as_ref().is_some_and(is_named)
    }
}

/// The terms of a `NodeSelector`. An empty term means no node, so it is left out (component-helpers' `nodeaffinity`).
pub(super) fn node_terms(terms: &[Value]) -> Vec<NodeTerm> {
    let is_empty = |term: &Value| list(term, "/matchExpressions").is_empty() && list(term, "/matchFields").is_empty();
    terms.iter().filter(|term| !is_empty(term)).map(node_term).collect()
}

fn node_term(term: &Value) -> NodeTerm {
    let read = |path| {
        let mut selector = Selector::default();
        require_all(&mut selector, list(term, path)).map(|()| selector)
    };
    let mut names: Option<Vec<String>> = None;
    for field in list(term, "/matchFields") {
        if text(field, "/key") == "metadata.name" && text(field, "/operator") == "In" {
            let these = list(field, "/values").iter().filter_map(Value::as_str).map(str::to_owned);
            names = Some(match names {
                None => these.collect(),
                Some(known) => these.filter(|name| known.contains(name)).collect(),
            });
        }
    }
    NodeTerm { labels: read("/matchExpressions"), fields: read("/matchFields"), names }
}

/// What of taints a pod puts up with.
#[derive(Clone, Debug)]
pub(super) struct Toleration {
    pub(super) key: CompactString,
    pub(super) operator: CompactString,
    pub(super) value: CompactString,
    pub(super) effect: CompactString,
}

impl Toleration {
    fn read(toleration: &Value) -> Self {
        let of = |path| text(toleration, path).into();
        Self { key: of("/key"), operator: of("/operator"), value: of("/value"), effect: of("/effect") }
    }
}

/// A port of the node that a container wants for itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct HostPort {
    pub(super) ip: CompactString,
    pub(super) protocol: CompactString,
    pub(super) port: u16,
}

/// The host ports of the containers that run all the time (scheduler, `GetHostPorts`).
pub(super) fn host_ports(pod: &Value) -> Vec<HostPort> {
    let sidecars = list(pod, "/spec/initContainers").iter().filter(|c| text(c, "/restartPolicy") == "Always");
    let containers = sidecars.chain(list(pod, "/spec/containers"));
    let or = |text: &str, default: &str| if text.is_empty() { default.into() } else { text.into() };
    let read = |port: &Value| {
        let number = port.get("hostPort").and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok())?;
        (number > 0).then(|| HostPort {
            ip: or(text(port, "/hostIP"), ANY_ADDRESS),
            protocol: or(text(port, "/protocol"), "TCP"),
            port: number,
        })
    };
    containers.flat_map(|container| list(container, "/ports")).filter_map(read).collect()
}

/// The address that stands for all of a node's.
pub(super) const ANY_ADDRESS: &str = "0.0.0.0";

/// A spread constraint that must hold (`DoNotSchedule`).
#[derive(Clone, Debug)]
pub(super) struct Spread {
    pub(super) key: Arc<str>,
    pub(super) max_skew: i64,
    pub(super) min_domains: usize,
    /// `None` selects no pod.
    pub(super) selector: Option<Selector>,
    /// Only nodes that the pod's selector and node affinity match are counted.
    pub(super) by_affinity: bool,
    /// Only nodes whose taints the pod tolerates are counted.
    pub(super) by_taints: bool,
}

fn spreads(pod: &Value, labels: &Labels, strings: &mut Interner) -> Vec<Spread> {
    let all = list(pod, "/spec/topologySpreadConstraints");
    all.iter()
        .filter(|constraint| text(constraint, "/whenUnsatisfiable") == "DoNotSchedule")
        .map(|constraint| {
            let number = |name| constraint.get(name).and_then(Value::as_i64);
            let mut selector = label_selector(constraint.get("labelSelector"));
            if let Some(selector) = &mut selector {
                require_own(selector, labels, list(constraint, "/matchLabelKeys"), "In");
            }
            Spread {
                key: strings.get(text(constraint, "/topologyKey")),
                max_skew: number("maxSkew").unwrap_or(1),
                min_domains: number("minDomains").and_then(|n| usize::try_from(n).ok()).unwrap_or(1),
                selector,
                by_affinity: text(constraint, "/nodeAffinityPolicy") != "Ignore",
                by_taints: text(constraint, "/nodeTaintsPolicy") == "Honor",
            }
        })
        .collect()
}

/// A required term of pod affinity or anti-affinity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PodTerm {
    pub(super) key: Arc<str>,
    /// Which pods; `None` means none.
    pub(super) selector: Option<Selector>,
    /// Of these namespaces,
    pub(super) namespaces: Vec<Arc<str>>,
    /// and of those whose labels are so; `None` adds none.
    pub(super) of_labels: Option<Selector>,
}

/// The terms of required anti-affinity.
pub(super) fn apart_terms(pod: &Value, namespace: &Arc<str>, labels: &Labels, strings: &mut Interner) -> Vec<PodTerm> {
    pod_terms(pod, "podAntiAffinity", namespace, labels, strings)
}

fn pod_terms(pod: &Value, kind: &str, namespace: &Arc<str>, labels: &Labels, strings: &mut Interner) -> Vec<PodTerm> {
    let Some(affinity) = pod.pointer("/spec/affinity").and_then(|affinity| affinity.get(kind)) else {
        return Vec::new();
    };
    let terms = list(affinity, "/requiredDuringSchedulingIgnoredDuringExecution");
    terms.iter().map(|term| pod_term(term, namespace, labels, strings)).collect()
}

fn pod_term(term: &Value, namespace: &Arc<str>, labels: &Labels, strings: &mut Interner) -> PodTerm {
    let mut selector = label_selector(term.get("labelSelector"));
    if let Some(selector) = &mut selector {
        require_own(selector, labels, list(term, "/matchLabelKeys"), "In");
        require_own(selector, labels, list(term, "/mismatchLabelKeys"), "NotIn");
    }
    let of_labels = term.get("namespaceSelector").filter(|selector| selector.is_object());
    let named = list(term, "/namespaces");
    let namespaces = if named.is_empty() && of_labels.is_none() {
        vec![Arc::clone(namespace)]
    } else {
        named.iter().filter_map(Value::as_str).map(|name| strings.get(name)).collect()
    };
    PodTerm { key: strings.get(text(term, "/topologyKey")), selector, namespaces, of_labels: label_selector(of_labels) }
}

/// A claim that the pod mounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClaimName {
    pub(super) name: String,
    /// Made for this pod alone, from a template in it.
    pub(super) is_ephemeral: bool,
}

/// The claims of a pod's volumes (those of ephemeral volumes are named after pod and volume).
pub(super) fn claims(pod: &Value) -> Vec<ClaimName> {
    let volumes = list(pod, "/spec/volumes").iter();
    let read = |volume: &Value| {
        if let Some(claim) = volume.get("persistentVolumeClaim") {
            return Some(ClaimName { name: text(claim, "/claimName").to_owned(), is_ephemeral: false });
        }
        volume.get("ephemeral").filter(|ephemeral| ephemeral.is_object())?;
        let name = format!("{}-{}", text(pod, "/metadata/name"), text(volume, "/name"));
        Some(ClaimName { name, is_ephemeral: true })
    };
    volumes.filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(spec: &Value) -> FitPod {
        let pod = json!({"metadata": {"name": "web-0", "namespace": "shop", "labels": {"app": "web", "hash": "1"}},
            "spec": spec});
        FitPod::read(&pod, &mut Interner::default())
    }

    #[test]
    fn nothing_is_read_from_nothing() {
        for odd in [json!(null), json!({}), json!([1]), json!({"spec": {"containers": {"a": 1}, "affinity": 7}})] {
            let pod = FitPod::read(&odd, &mut Interner::default());
            assert!(pod.ports.is_empty() && pod.affinity.is_none() && pod.gates.is_empty(), "{odd}");
        }
    }

    #[test]
    fn host_ports_of_what_runs_all_the_time() {
        let port = |number: u32| json!({"ports": [{"containerPort": 1, "hostPort": number}, {"containerPort": 2}]});
        let mut sidecar = port(2);
        sidecar["restartPolicy"] = json!("Always");
        let pod = read(&json!({"containers": [port(1)], "initContainers": [port(3), sidecar, port(70_000)]}));
        assert_eq!(pod.ports.iter().map(|port| port.port).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((pod.ports[0].ip.as_str(), pod.ports[0].protocol.as_str()), ("0.0.0.0", "TCP"));
    }

    #[test]
    fn a_node_affinity_may_name_its_nodes() {
        let field = |names: Value| json!({"key": "metadata.name", "operator": "In", "values": names});
        let terms = node_terms(&[
            json!({"matchFields": [field(json!(["a"]))]}),
            json!({"matchFields": [field(json!(["a"])), field(json!(["b"]))]}),
            json!({"matchExpressions": [{"key": "zone", "operator": "Exists"}]}),
            json!({}),
        ]);
        let names: Vec<_> = terms.iter().map(|term| term.names.clone()).collect();
        assert_eq!(names, [Some(vec!["a".to_owned()]), Some(vec![]), None]);
        let none = Labels::default();
        assert!(terms[0].matches(&none, "a") && !terms[0].matches(&none, "b") && !terms[2].matches(&none, "a"));
    }

    #[test]
    fn the_namespaces_of_an_affinity_term() {
        let term = |term: Value| {
            let required = json!({"requiredDuringSchedulingIgnoredDuringExecution": [term]});
            read(&json!({"affinity": {"podAffinity": required}})).near.remove(0)
        };
        let names = |term: &PodTerm| term.namespaces.iter().map(ToString::to_string).collect::<Vec<_>>();
        let own = term(json!({"topologyKey": "zone", "labelSelector": {}, "matchLabelKeys": ["hash", "none"]}));
        assert_eq!((names(&own), own.of_labels.is_none()), (vec!["shop".to_owned()], true));
        assert_eq!(own.selector.map(|selector| selector.to_string()).as_deref(), Some("hash=1"));
        let all = term(json!({"topologyKey": "zone", "namespaceSelector": {}}));
        assert_eq!((names(&all), all.of_labels, all.selector), (vec![], Some(Selector::default()), None));
        let listed = term(json!({"namespaces": ["a", "b"], "namespaceSelector": null}));
        assert_eq!(names(&listed), ["a", "b"]);
    }

    #[test]
    fn only_spread_that_must_hold_is_kept() {
        let pod = read(&json!({"topologySpreadConstraints": [
            {"whenUnsatisfiable": "ScheduleAnyway", "topologyKey": "host"},
            {"whenUnsatisfiable": "DoNotSchedule", "topologyKey": "zone", "maxSkew": 2, "nodeTaintsPolicy": "Honor"}]}));
        let [spread] = pod.spread.as_slice() else { panic!("{:?}", pod.spread) };
        assert_eq!((&*spread.key, spread.max_skew, spread.min_domains), ("zone", 2, 1));
        assert!(spread.selector.is_none() && spread.by_affinity && spread.by_taints);
    }

    #[test]
    fn claims_of_ephemeral_volumes_are_named_after_pod_and_volume() {
        let pod = read(&json!({"volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "b", "ephemeral": {"volumeClaimTemplate": {}}}, {"name": "c", "emptyDir": {}}]}));
        let claims: Vec<_> = pod.claims.iter().map(|claim| (claim.name.as_str(), claim.is_ephemeral)).collect();
        assert_eq!(claims, [("data", false), ("web-0-b", true)]);
    }
}
