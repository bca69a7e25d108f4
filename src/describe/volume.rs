//! Volume blocks, one for each kind of volume. Rules: kubectl describe, `describeVolumes`.

use serde_json::Value;

use super::fields::{child, entries, flag, list, number, quantity, scalar, shown, text, texts};
use super::tabs::Writer;
use super::{golang, meta};
use crate::base::text::Role;

/// How a field of a volume is written.
#[derive(Clone, Copy)]
enum Form {
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
    /// A map as Go prints it.
    Map,
}

/// A kind of volume whose block is a fixed list of fields.
struct Plain {
    /// The key of its source in the volume.
    key: &'static str,
    /// What `Type:` says.
    kind: &'static str,
    /// Labels, the paths of their values, and their forms. A label that ends in a blank has no colon.
    fields: &'static [(&'static str, &'static str, Form)],
}

/// Writes every volume of the pod.
pub(super) fn write(w: &mut Writer, pod: &Value) {
    let volumes = list(pod, "/spec/volumes");
    w.section("Volumes");
    if volumes.is_empty() {
        w.field_as(0, "Volumes", "<none>", Role::Dim);
        return;
    }
    w.heading(0, "Volumes");
    for volume in volumes {
        w.heading(1, text(volume, "/name"));
        source(w, volume);
    }
}

fn source(w: &mut Writer, volume: &Value) {
    for plain in PLAIN {
        if let Some(source) = volume.get(plain.key).filter(|source| source.is_object()) {
            w.field(2, "Type", plain.kind);
            for (label, path, form) in plain.fields {
                field(w, label, source, path, *form);
            }
            return;
        }
    }
    if let Some(source) = child(volume, "/emptyDir") {
        empty_dir(w, source);
    } else if let Some(source) = child(volume, "/projected") {
        projected(w, source);
    } else if let Some(source) = child(volume, "/downwardAPI") {
        downward(w, source);
    } else if let Some(source) = child(volume, "/ephemeral") {
        ephemeral(w, source);
    } else if let Some(source) = child(volume, "/csi") {
        csi(w, source);
    } else {
        w.line(1, "<unknown>");
    }
}

fn field(w: &mut Writer, label: &str, source: &Value, path: &str, form: Form) {
    let value = match form {
        Form::Text => scalar(source, path),
        Form::Flag => flag(source, path).to_string(),
        Form::Number => number(source, path).to_string(),
        Form::Words => format!("[{}]", texts(source, path).join(" ")),
        Form::Commas => list(source, path).iter().map(shown).collect::<Vec<_>>().join(", "),
        Form::Secret => secret(source, path),
        Form::OrNone => source.pointer(path).map_or_else(|| "<none>".to_owned(), shown),
        Form::Map => source.pointer(path).map_or_else(|| "map[]".to_owned(), golang::value),
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

fn secret(source: &Value, path: &str) -> String {
    child(source, path).map_or_else(
        || "nil".to_owned(),
        |reference| format!("&LocalObjectReference{{Name:{},}}", text(reference, "/name")),
    )
}

fn projected(w: &mut Writer, source: &Value) {
    w.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for part in list(source, "/sources") {
        if let Some(secret) = child(part, "/secret") {
            w.field(2, "SecretName", text(secret, "/name"));
            w.field(2, "Optional", flag(secret, "/optional"));
        } else if child(part, "/downwardAPI").is_some() {
            w.field(2, "DownwardAPI", true);
        } else if let Some(map) = child(part, "/configMap") {
            w.field(2, "ConfigMapName", text(map, "/name"));
            w.field(2, "Optional", flag(map, "/optional"));
        } else if let Some(token) = child(part, "/serviceAccountToken") {
            w.field(2, "TokenExpirationSeconds", number(token, "/expirationSeconds"));
        }
    }
}

fn downward(w: &mut Writer, source: &Value) {
    w.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
    w.indented(2, "Items:\n", Role::Label);
    for item in list(source, "/items") {
        let from =
            if child(item, "/fieldRef").is_some() { "/fieldRef/fieldPath" } else { "/resourceFieldRef/resource" };
        w.line(3, &format!("{} -> {}", text(item, from), text(item, "/path")));
    }
}

/// The claim that is made for the pod. Nothing of its status is known here, which is why kubectl shows
/// neither capacity nor access modes.
fn ephemeral(w: &mut Writer, source: &Value) {
    let kind = "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)";
    w.field(2, "Type", kind);
    let Some(claim) = child(source, "/volumeClaimTemplate") else { return };
    w.field(2, "StorageClass", text(claim, "/spec/storageClassName"));
    let volume = text(claim, "/spec/volumeName");
    w.field(2, "Volume", volume);
    w.nested(2, |w| {
        meta::labels(w, "Labels", claim, "/metadata/labels");
        meta::annotations(w, claim, "/metadata/annotations");
    });
    w.field(2, "Capacity", if volume.is_empty() { "" } else { "0" });
    w.field(2, "Access Modes", "");
    if let Some(mode) = claim.pointer("/spec/volumeMode") {
        w.field(2, "VolumeMode", shown(mode));
    }
    if let Some(data) = child(claim, "/spec/dataSource") {
        w.indented(2, "DataSource:\n", Role::Label);
        for (label, key) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if let Some(value) = data.get(key) {
                w.field(3, label, shown(value));
            }
        }
    }
}

fn csi(w: &mut Writer, source: &Value) {
    w.field(2, "Type", "CSI (a Container Storage Interface (CSI) volume source)");
    w.field(2, "Driver", text(source, "/driver"));
    w.field(2, "FSType", text(source, "/fsType"));
    w.field(2, "ReadOnly", flag(source, "/readOnly"));
    w.label(2, "VolumeAttributes");
    let attributes = entries(source, "/volumeAttributes");
    if attributes.is_empty() {
        w.put("<none>\n", Role::Plain);
    }
    for (at, (name, value)) in attributes.into_iter().enumerate() {
        if at > 0 {
            w.indented(2, "\t", Role::Plain);
        }
        w.line(2, &meta::shortened(&format!("{name}={}", shown(value)), 140));
    }
}

fn empty_dir(w: &mut Writer, source: &Value) {
    w.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
    w.field(2, "Medium", text(source, "/medium"));
    // A limit of nothing is none.
    let limit = source.get("sizeLimit").and_then(quantity).filter(|limit| !limit.is_zero());
    w.field(2, "SizeLimit", limit.map_or_else(|| "<unset>".to_owned(), |limit| limit.to_string()));
}

/// The kinds whose blocks need no thought.
const PLAIN: &[Plain] = &[
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(volumes: &Value) -> String {
        let mut w = Writer::default();
        write(&mut w, &json!({"spec": {"volumes": volumes}}));
        w.finish().plain()
    }

    #[test]
    fn none_unknown_and_odd() {
        assert_eq!(written(&json!([])), "Volumes:  <none>\n");
        assert_eq!(written(&json!([{"name": "v", "secret": 5}])), "Volumes:\n  v:\n  <unknown>\n");
    }

    #[test]
    fn a_limit_of_nothing_is_unset() {
        let text = written(&json!([{"name": "v", "emptyDir": {"sizeLimit": "0"}}]));
        assert!(text.ends_with("Medium:     \n    SizeLimit:  <unset>\n"), "{text}");
    }

    #[test]
    fn every_plain_kind_writes_every_field() {
        for plain in PLAIN {
            let text = written(&json!([{"name": "v", plain.key: {}}]));
            assert_eq!(text.lines().count(), 3 + plain.fields.len(), "{text}");
        }
    }
}
