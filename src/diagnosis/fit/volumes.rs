//! What storage the filters look at: claims, volumes, their classes, and disks that a pod names itself.

use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::cluster::Extras;
use super::labels::{Labels, label_selector};
use super::pod::{NodeTerm, node_terms};
use crate::base::json::{list, text};
use crate::base::selector::Selector;
use crate::model::quantity::Quantity;
use crate::model::row::Interner;

/// All storage that was read. `None`: not read.
#[derive(Debug, Default)]
pub(super) struct Storage {
    pub(super) claims: Option<FxHashMap<ClaimKey, Claim>>,
    pub(super) volumes: Option<FxHashMap<String, Volume>>,
    pub(super) classes: Option<FxHashMap<String, StorageClass>>,
    /// Which pods on nodes use a claim.
    in_use: FxHashMap<ClaimKey, Vec<CompactString>>,
}

/// Namespace and name.
type ClaimKey = (Arc<str>, String);

impl Storage {
    pub(super) fn read(extras: &Extras) -> Self {
        let named = |object: &Value| text(object, "/metadata/name").to_owned();
        let claim = |claim: &Value| ((text(claim, "/metadata/namespace").into(), named(claim)), Claim::read(claim));
        Self {
            claims: extras.claims.as_ref().map(|all| all.iter().map(claim).collect()),
            volumes: extras.volumes.as_ref().map(|all| all.iter().map(|one| (named(one), Volume::read(one))).collect()),
            classes: extras
                .classes
                .as_ref()
                .map(|all| all.iter().map(|one| (named(one), StorageClass::read(one))).collect()),
            in_use: FxHashMap::default(),
        }
    }

    /// Notes that a pod on a node uses a claim.
    pub(super) fn use_claim(&mut self, namespace: &Arc<str>, claim: &str, pod: &str) {
        self.in_use.entry((Arc::clone(namespace), claim.to_owned())).or_default().push(pod.into());
    }

    /// The pods on nodes that use a claim.
    pub(super) fn users(&self, namespace: &Arc<str>, claim: &str) -> &[CompactString] {
        self.in_use.get(&(Arc::clone(namespace), claim.to_owned())).map_or(&[], Vec::as_slice)
    }
}

/// A `PersistentVolumeClaim`.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) uid: String,
    /// Its volume; empty while it has none.
    pub(super) volume: String,
    pub(super) class: String,
    pub(super) is_bound: bool,
    pub(super) is_lost: bool,
    pub(super) is_ending: bool,
    /// The node on which it is being provisioned.
    pub(super) node: String,
    /// The UID of its controller.
    pub(super) owner: String,
    shape: Shape,
    /// Which volumes it wants; `None` where that cannot be read, and then none.
    selector: Option<Selector>,
}

impl Claim {
    fn read(claim: &Value) -> Self {
        let annotation = |name: &str| claim.pointer("/metadata/annotations").and_then(|all| all.get(name));
        let annotated = |name: &str| annotation(name).and_then(Value::as_str);
        let selector = claim.pointer("/spec/selector").filter(|selector| selector.is_object());
        let volume = text(claim, "/spec/volumeName").to_owned();
        let mut strings = Interner::default();
        Self {
            name: text(claim, "/metadata/name").to_owned(),
            namespace: text(claim, "/metadata/namespace").to_owned(),
            uid: text(claim, "/metadata/uid").to_owned(),
            class: annotated(CLASS).unwrap_or_else(|| text(claim, "/spec/storageClassName")).to_owned(),
            is_bound: !volume.is_empty() && annotation("pv.kubernetes.io/bind-completed").is_some(),
            is_lost: text(claim, "/status/phase") == "Lost",
            is_ending: claim.pointer("/metadata/deletionTimestamp").is_some(),
            node: annotated("volume.kubernetes.io/selected-node").unwrap_or_default().to_owned(),
            owner: super::pod::owner(claim, &mut strings).to_string(),
            shape: Shape::read(claim, "/spec/resources/requests/storage"),
            selector: selector.map_or_else(|| Some(Selector::default()), |selector| label_selector(Some(selector))),
            volume,
        }
    }

    /// Whether only one pod may use it (`ReadWriteOncePod`).
    pub(super) fn is_for_one_pod(&self) -> bool {
        self.shape.access.iter().any(|mode| mode == "ReadWriteOncePod")
    }

    /// How much it asks for.
    pub(super) fn size(&self) -> Quantity {
        self.shape.size
    }
}

/// The older place of the class of a claim or a volume.
const CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// What a claim wants and a volume is.
#[derive(Clone, Debug)]
struct Shape {
    size: Quantity,
    mode: String,
    attributes: String,
    access: Vec<String>,
}

impl Shape {
    fn read(object: &Value, size: &str) -> Self {
        let mode = text(object, "/spec/volumeMode");
        Self {
            size: Quantity::parse(text(object, size)).unwrap_or_default(),
            mode: if mode.is_empty() { "Filesystem".to_owned() } else { mode.to_owned() },
            attributes: text(object, "/spec/volumeAttributesClassName").to_owned(),
            access: list(object, "/spec/accessModes").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        }
    }
}

/// A `PersistentVolume`.
#[derive(Clone, Debug)]
pub(super) struct Volume {
    pub(super) name: String,
    labels: Labels,
    class: String,
    is_available: bool,
    is_ending: bool,
    shape: Shape,
    /// The nodes that can reach it; `None`: all.
    nodes: Option<Vec<NodeTerm>>,
    /// Namespace, name and UID of the claim that it is for.
    claim: Option<[String; 3]>,
}

impl Volume {
    fn read(volume: &Value) -> Self {
        let annotated = volume.pointer("/metadata/annotations").and_then(|all| all.get(CLASS)).and_then(Value::as_str);
        let claim = volume.pointer("/spec/claimRef").filter(|claim| claim.is_object());
        let required = volume.pointer("/spec/nodeAffinity/required").filter(|required| required.is_object());
        Self {
            name: text(volume, "/metadata/name").to_owned(),
            labels: Labels::read(volume, &mut Interner::default()),
            class: annotated.unwrap_or_else(|| text(volume, "/spec/storageClassName")).to_owned(),
            is_available: text(volume, "/status/phase") == "Available",
            is_ending: volume.pointer("/metadata/deletionTimestamp").is_some(),
            shape: Shape::read(volume, "/spec/capacity/storage"),
            nodes: required.map(|required| node_terms(list(required, "/nodeSelectorTerms"))),
            claim: claim.map(|claim| ["/namespace", "/name", "/uid"].map(|path| text(claim, path).to_owned())),
        }
    }

    /// Whether nodes with these labels reach it.
    pub(super) fn is_reached(&self, labels: &Labels) -> bool {
        // The scheduler holds a nameless node against the terms; requirements on names it passes over.
        let is_met = |term: &NodeTerm| term.labels.as_ref().is_some_and(|selector| labels.meet(selector));
        self.nodes.as_ref().is_none_or(|terms| terms.iter().any(is_met))
    }

    /// The labels by which a cloud says where it is: key and the values that do.
    pub(super) fn zones(&self) -> impl Iterator<Item = (&'static str, Vec<&str>)> {
        ZONES.iter().filter_map(|&key| {
            let values: Vec<&str> = self.labels.get(key)?.split("__").map(str::trim).collect();
            values.iter().all(|value| !value.is_empty()).then_some((key, values))
        })
    }

    /// Whether it was made, or set aside, for a claim.
    pub(super) fn is_made_for(&self, claim: &Claim) -> bool {
        let is_same = |[namespace, name, uid]: &[String; 3]| {
            namespace == &claim.namespace && name == &claim.name && (uid.is_empty() || uid == &claim.uid)
        };
        self.claim.as_ref().is_some_and(is_same)
    }

    /// Whether a claim could be bound to it, wherever it is (component-helpers' `FindMatchingVolume`).
    pub(super) fn suits(&self, claim: &Claim) -> bool {
        let (shape, wanted) = (&self.shape, &claim.shape);
        let is_fitting =
            shape.size >= wanted.size && shape.mode == wanted.mode && shape.attributes == wanted.attributes;
        if !is_fitting || self.is_ending || self.claim.is_some() && !self.is_made_for(claim) {
            return false;
        }
        let is_selected = claim.selector.as_ref().is_some_and(|selector| self.labels.meet(selector));
        let has_access = || wanted.access.iter().all(|mode| shape.access.contains(mode));
        self.is_made_for(claim) || self.is_available && is_selected && self.class == claim.class && has_access()
    }

    /// Its order among volumes that suit a claim: the one made for it, then the smallest.
    pub(super) fn rank(&self, claim: &Claim) -> (bool, Quantity, &str) {
        (!self.is_made_for(claim), self.shape.size, &self.name)
    }
}

/// Labels that say where a volume or a node is.
pub(super) const ZONES: [&str; 4] = [
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// A `StorageClass`.
#[derive(Clone, Debug)]
pub(super) struct StorageClass {
    /// Claims wait until a pod needs them (`WaitForFirstConsumer`).
    pub(super) waits: bool,
    provisioner: String,
    /// Where it can make volumes, by the labels of nodes; empty: everywhere.
    places: Vec<Option<Selector>>,
}

impl StorageClass {
    fn read(class: &Value) -> Self {
        let place = |term: &Value| {
            let mut selector = Selector::default();
            for expression in list(term, "/matchLabelExpressions") {
                let values: Vec<&str> = list(expression, "/values").iter().filter_map(Value::as_str).collect();
                selector.require(text(expression, "/key"), "In", &values)?;
            }
            (!selector.is_empty()).then_some(selector)
        };
        Self {
            waits: text(class, "/volumeBindingMode") == "WaitForFirstConsumer",
            provisioner: text(class, "/provisioner").to_owned(),
            places: list(class, "/allowedTopologies").iter().map(place).collect(),
        }
    }

    /// Whether it makes volumes at all.
    pub(super) fn is_dynamic(&self) -> bool {
        !matches!(self.provisioner.as_str(), "" | "kubernetes.io/no-provisioner")
    }

    /// Whether it can make a volume for a node with these labels.
    pub(super) fn provides(&self, labels: &Labels) -> bool {
        let is_met = |place: &Option<Selector>| place.as_ref().is_some_and(|place| labels.meet(place));
        self.is_dynamic() && (self.places.is_empty() || self.places.iter().any(is_met))
    }
}

/// A disk that a pod names itself, of the kinds that two pods on a node cannot share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Disk {
    kind: &'static str,
    /// What makes it this disk.
    pub(super) id: String,
    /// Ceph monitors, of which one in common is enough.
    monitors: Vec<String>,
    is_read_only: bool,
}

impl Disk {
    /// Whether it cannot be mounted beside another (scheduler, `isVolumeConflict`).
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        let is_same = self.kind == other.kind && self.id == other.id;
        let is_shared = self.is_read_only && other.is_read_only && self.kind != "awsElasticBlockStore";
        let meets = || self.kind != "rbd" || self.monitors.iter().any(|monitor| other.monitors.contains(monitor));
        is_same && !is_shared && meets()
    }
}

/// The disks that a pod names.
pub(super) fn disks(pod: &Value) -> Vec<Disk> {
    let read = |volume: &Value| {
        let (kind, source) = ["gcePersistentDisk", "awsElasticBlockStore", "iscsi", "rbd"]
            .iter()
            .find_map(|&kind| Some((kind, volume.get(kind).filter(|source| source.is_object())?)))?;
        let id = match kind {
            "gcePersistentDisk" => text(source, "/pdName").to_owned(),
            "awsElasticBlockStore" => text(source, "/volumeID").to_owned(),
            "iscsi" => text(source, "/iqn").to_owned(),
            _ => format!("{}/{}", text(source, "/pool"), text(source, "/image")),
        };
        let monitors = list(source, "/monitors").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let is_read_only = source.get("readOnly").and_then(Value::as_bool).unwrap_or_default();
        Some(Disk { kind, id, monitors, is_read_only })
    };
    list(pod, "/spec/volumes").iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn disk(volume: &Value) -> Disk {
        disks(&json!({"spec": {"volumes": [volume]}})).remove(0)
    }

    #[test]
    fn disks_that_two_pods_cannot_share() {
        let gce = |name: &str, ro: bool| disk(&json!({"gcePersistentDisk": {"pdName": name, "readOnly": ro}}));
        let aws = |id: &str| disk(&json!({"awsElasticBlockStore": {"volumeID": id, "readOnly": true}}));
        let rbd = |monitors: Value| disk(&json!({"rbd": {"monitors": monitors, "pool": "p", "image": "i"}}));
        assert!(gce("a", true).conflicts(&gce("a", false)) && !gce("a", true).conflicts(&gce("a", true)));
        assert!(!gce("a", false).conflicts(&gce("b", false)) && !gce("a", false).conflicts(&aws("a")));
        assert!(aws("a").conflicts(&aws("a")), "even when both only read");
        assert!(
            rbd(json!(["x", "y"])).conflicts(&rbd(json!(["y"]))) && !rbd(json!(["x"])).conflicts(&rbd(json!(["y"])))
        );
    }

    #[test]
    fn a_volume_suits_a_claim_by_size_class_and_access() {
        let claim = |size: &str, class: &str| {
            Claim::read(&json!({"metadata": {"name": "data", "namespace": "shop", "uid": "1"}, "spec": {
                "storageClassName": class, "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}}))
        };
        let mut object = json!({"metadata": {"name": "v"}, "status": {"phase": "Available"}, "spec": {
            "storageClassName": "local", "accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "capacity": {"storage": "2Gi"}}});
        let volume = Volume::read(&object);
        assert!(volume.suits(&claim("2Gi", "local")));
        assert!(!volume.suits(&claim("3Gi", "local")) && !volume.suits(&claim("1Gi", "other")));
        object["spec"]["claimRef"] = json!({"namespace": "shop", "name": "data"});
        object["status"]["phase"] = json!("Released");
        assert!(Volume::read(&object).suits(&claim("1Gi", "other")), "made for it");
        object["spec"]["claimRef"]["uid"] = json!("2");
        assert!(!Volume::read(&object).suits(&claim("1Gi", "local")), "made for an older one of this name");
    }

    #[test]
    fn where_a_class_makes_volumes() {
        let labels =
            |zone: &str| Labels::read(&json!({"metadata": {"labels": {"zone": zone}}}), &mut Interner::default());
        let class = |provisioner: &str, places: Value| {
            StorageClass::read(&json!({"provisioner": provisioner, "allowedTopologies": places}))
        };
        let in_a = json!([{"matchLabelExpressions": [{"key": "zone", "values": ["a"]}]}]);
        assert!(class("csi.example", json!(null)).provides(&labels("b")));
        assert!(class("csi.example", in_a.clone()).provides(&labels("a")));
        assert!(!class("csi.example", in_a).provides(&labels("b")));
        assert!(!class("kubernetes.io/no-provisioner", json!(null)).provides(&labels("a")));
    }

    #[test]
    fn zones_of_a_volume() {
        let labels =
            json!({"topology.kubernetes.io/zone": "a__b", "topology.kubernetes.io/region": "__", "other": "x"});
        let volume = Volume::read(&json!({"metadata": {"labels": labels}}));
        assert_eq!(volume.zones().collect::<Vec<_>>(), [("topology.kubernetes.io/zone", vec!["a", "b"])]);
    }
}
