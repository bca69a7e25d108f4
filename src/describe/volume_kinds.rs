//! The kinds of volumes whose blocks are a list of fields: which fields, and how each is written.

use serde_json::Value;

use super::fields::{bracketed, child, flag, list, number, present, scalar, shown, text};
use super::golang;
use super::tabs::Writer;
use crate::base::text::Role;

/// How a field of a volume is written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// As it is; empty when missing.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number, `0` when missing.
    Number,
    /// `[a b]`.
    Words,
    /// `a, b`.
    Commas,
    /// A reference to a secret, as Go prints the pointer's target.
    Secret,
    /// As it is, `<none>` when missing.
    OrNone,
    /// As it is, `<unset>` when missing.
    OrUnset,
    /// A map as Go prints it.
    Map,
}

/// A kind of volume whose block is a fixed list of fields.
pub(super) struct Plain {
    /// The key of its source in the volume.
    pub(super) key: &'static str,
    /// What `Type:` says.
    pub(super) kind: &'static str,
    /// Labels, the paths of their values, and their forms. A label that ends in a blank has no colon.
    pub(super) fields: &'static [(&'static str, &'static str, Form)],
}

impl Plain {
    /// Writes the fields of `source`, which is that of a `holder`.
    pub(super) fn write(&self, w: &mut Writer, source: &Value, holder: Holder) {
        w.field(2, "Type", self.kind);
        for (label, path, form) in self.fields {
            field(w, label, source, path, *form, holder);
        }
    }
}

/// Whose source is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// A pod's volume, which refers to secrets by name.
    Pod,
    /// A persistent volume, which refers to secrets by name and namespace.
    PersistentVolume,
}

fn field(w: &mut Writer, label: &str, source: &Value, path: &str, form: Form, holder: Holder) {
    let value = match form {
        Form::Text => scalar(source, path),
        Form::Flag => flag(source, path).to_string(),
        Form::Number => number(source, path).to_string(),
        Form::Words => bracketed(source, path),
        Form::Commas => list(source, path).iter().map(shown).collect::<Vec<_>>().join(", "),
        Form::Secret => secret(source, path, holder),
        Form::OrNone => present(source, path).map_or_else(|| "<none>".to_owned(), shown),
        Form::OrUnset => present(source, path).map_or_else(|| "<unset>".to_owned(), shown),
        Form::Map => present(source, path).map_or_else(|| "map[]".to_owned(), golang::value),
    };
    match label.strip_suffix(' ') {
        // kubectl forgot the colon of this label.
        Some(label) => {
            w.indented(2, &format!("{label}\t"), Role::Label);
            w.put(&format!("{value}\n"), Role::Plain);
        }
        None => w.field(2, label, value),
    }
}

fn secret(source: &Value, path: &str, holder: Holder) -> String {
    let Some(reference) = child(source, path) else { return "nil".to_owned() };
    let name = text(reference, "/name");
    match holder {
        Holder::Pod => format!("&LocalObjectReference{{Name:{name},}}"),
        Holder::PersistentVolume => {
            format!("&SecretReference{{Name:{name},Namespace:{},}}", text(reference, "/namespace"))
        }
    }
}

/// The kinds whose blocks need no thought.
pub(super) const PLAIN: &[Plain] = &[
    Plain {
        key: "hostPath",
        kind: "HostPath (bare host directory volume)",
        fields: &[("Path", "/path", Form::Text), ("HostPathType", "/type", Form::OrNone)],
    },
    Plain {
        key: "secret",
        kind: "Secret (a volume populated by a Secret)",
        fields: &[("SecretName", "/secretName", Form::Text), ("Optional", "/optional", Form::Flag)],
    },
    Plain {
        key: "configMap",
        kind: "ConfigMap (a volume populated by a ConfigMap)",
        fields: &[("Name", "/name", Form::Text), ("Optional", "/optional", Form::Flag)],
    },
    Plain {
        key: "persistentVolumeClaim",
        kind: "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        fields: &[("ClaimName", "/claimName", Form::Text), ("ReadOnly", "/readOnly", Form::Flag)],
    },
    Plain {
        key: "nfs",
        kind: "NFS (an NFS mount that lasts the lifetime of a pod)",
        fields: &[
            ("Server", "/server", Form::Text),
            ("Path", "/path", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "image",
        kind: "Image (a container image or OCI artifact)",
        fields: &[("Reference", "/reference", Form::Text), ("PullPolicy", "/pullPolicy", Form::Text)],
    },
    Plain {
        key: "iscsi",
        kind: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        fields: &[
            ("TargetPortal", "/targetPortal", Form::Text),
            ("IQN", "/iqn", Form::Text),
            ("Lun", "/lun", Form::Number),
            ("ISCSIInterface ", "/iscsiInterface", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
            ("Portals", "/portals", Form::Words),
            ("DiscoveryCHAPAuth", "/chapAuthDiscovery", Form::Flag),
            ("SessionCHAPAuth", "/chapAuthSession", Form::Flag),
            ("SecretRef", "/secretRef", Form::Secret),
            ("InitiatorName", "/initiatorName", Form::OrNone),
        ],
    },
    Plain {
        key: "rbd",
        kind: "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        fields: &[
            ("CephMonitors", "/monitors", Form::Words),
            ("RBDImage", "/image", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("RBDPool", "/pool", Form::Text),
            ("RadosUser", "/user", Form::Text),
            ("Keyring", "/keyring", Form::Text),
            ("SecretRef", "/secretRef", Form::Secret),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "cephfs",
        kind: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        fields: &[
            ("Monitors", "/monitors", Form::Words),
            ("Path", "/path", Form::Text),
            ("User", "/user", Form::Text),
            ("SecretFile", "/secretFile", Form::Text),
            ("SecretRef", "/secretRef", Form::Secret),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "cinder",
        kind: "Cinder (a Persistent Disk resource in OpenStack)",
        fields: &[
            ("VolumeID", "/volumeID", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
            ("SecretRef", "/secretRef", Form::Secret),
        ],
    },
    Plain {
        key: "glusterfs",
        kind: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        fields: &[
            ("EndpointsName", "/endpoints", Form::Text),
            ("Path", "/path", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "fc",
        kind: "FC (a Fibre Channel disk)",
        fields: &[
            ("TargetWWNs", "/targetWWNs", Form::Commas),
            ("LUN", "/lun", Form::OrNone),
            ("FSType", "/fsType", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "azureDisk",
        kind: "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        fields: &[
            ("DiskName", "/diskName", Form::Text),
            ("DiskURI", "/diskURI", Form::Text),
            ("Kind", "/kind", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("CachingMode", "/cachingMode", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "azureFile",
        kind: "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        fields: &[
            ("SecretName", "/secretName", Form::Text),
            ("ShareName", "/shareName", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "gcePersistentDisk",
        kind: "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        fields: &[
            ("PDName", "/pdName", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("Partition", "/partition", Form::Number),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "awsElasticBlockStore",
        kind: "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        fields: &[
            ("VolumeID", "/volumeID", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("Partition", "/partition", Form::Number),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "gitRepo",
        kind: "GitRepo (a volume that is pulled from git when the pod is created)",
        fields: &[("Repository", "/repository", Form::Text), ("Revision", "/revision", Form::Text)],
    },
    Plain {
        key: "quobyte",
        kind: "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        fields: &[
            ("Registry", "/registry", Form::Text),
            ("Volume", "/volume", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "portworxVolume",
        kind: "PortworxVolume (a Portworx Volume resource)",
        fields: &[("VolumeID", "/volumeID", Form::Text)],
    },
    Plain {
        key: "scaleIO",
        kind: "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        fields: &[
            ("Gateway", "/gateway", Form::Text),
            ("System", "/system", Form::Text),
            ("Protection Domain", "/protectionDomain", Form::Text),
            ("Storage Pool", "/storagePool", Form::Text),
            ("Storage Mode", "/storageMode", Form::Text),
            ("VolumeName", "/volumeName", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "storageos",
        kind: "StorageOS (a StorageOS Persistent Disk resource)",
        fields: &[
            ("VolumeName", "/volumeName", Form::Text),
            ("VolumeNamespace", "/volumeNamespace", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "vsphereVolume",
        kind: "vSphereVolume (a Persistent Disk resource in vSphere)",
        fields: &[
            ("VolumePath", "/volumePath", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("StoragePolicyName", "/storagePolicyName", Form::Text),
        ],
    },
    Plain {
        key: "photonPersistentDisk",
        kind: "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
        fields: &[("PdID", "/pdID", Form::Text), ("FSType", "/fsType", Form::Text)],
    },
    Plain {
        key: "flexVolume",
        kind: "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        fields: &[
            ("Driver", "/driver", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("SecretRef", "/secretRef", Form::Secret),
            ("ReadOnly", "/readOnly", Form::Flag),
            ("Options", "/options", Form::Map),
        ],
    },
    Plain {
        key: "flocker",
        kind: "Flocker (a Flocker volume mounted by the Flocker agent)",
        fields: &[("DatasetName", "/datasetName", Form::Text), ("DatasetUUID", "/datasetUUID", Form::Text)],
    },
];
