//! Persistent volumes. Rules: kubectl describe, `describePersistentVolume`.

use serde_json::Value;

use super::super::fields::{amount, bracketed, child, flag, list, present, shown, text, texts};
use super::super::tabs::Writer;
use super::super::volume_kinds::{Form, Holder, PLAIN, Plain};
use super::super::{meta, volume};
use super::claim;
use crate::base::stamp::Stamp;
use crate::base::text::Role;

/// Sources that have other fields here than in a pod.
const OWN: &[Plain] = &[
    Plain {
        key: "glusterfs",
        kind: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        fields: &[
            ("EndpointsName", "/endpoints", Form::Text),
            ("EndpointsNamespace", "/endpointsNamespace", Form::OrUnset),
            ("Path", "/path", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
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
            ("SecretName", "/secretRef/name", Form::Text),
            ("SecretNamespace", "/secretRef/namespace", Form::Text),
            ("FSType", "/fsType", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
    Plain {
        key: "local",
        kind: "LocalVolume (a persistent volume backed by local storage on a node)",
        fields: &[("Path", "/path", Form::Text)],
    },
    Plain {
        key: "azureFile",
        kind: "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        fields: &[
            ("SecretName", "/secretName", Form::Text),
            ("SecretNamespace", "/secretNamespace", Form::Text),
            ("ShareName", "/shareName", Form::Text),
            ("ReadOnly", "/readOnly", Form::Flag),
        ],
    },
];

/// Writes a persistent volume.
pub(super) fn write(w: &mut Writer, volume: &Value, now: Stamp) {
    w.field(0, "Name", text(volume, "/metadata/name"));
    meta::labels_and_annotations(w, volume);
    w.field(0, "Finalizers", bracketed(volume, "/metadata/finalizers"));
    w.field(0, "StorageClass", claim::class(volume));
    claim::status(w, volume, now);
    let claim = child(volume, "/spec/claimRef");
    let claim = claim.map(|claim| format!("{}/{}", text(claim, "/namespace"), text(claim, "/name")));
    w.field(0, "Claim", claim.unwrap_or_default());
    w.field(0, "Reclaim Policy", text(volume, "/spec/persistentVolumeReclaimPolicy"));
    w.field(0, "Access Modes", claim::access_modes(volume, "/spec/accessModes"));
    if let Some(mode) = present(volume, "/spec/volumeMode") {
        w.field(0, "VolumeMode", shown(mode));
    }
    w.field(0, "Capacity", amount(volume, "/spec/capacity/storage"));
    node_affinity(w, volume);
    w.field(0, "Message", text(volume, "/status/message"));
    w.section("Source");
    w.heading(0, "Source");
    source(w, volume.get("spec").unwrap_or(&Value::Null));
}

fn node_affinity(w: &mut Writer, volume: &Value) {
    w.label(0, "Node Affinity");
    let Some(required) = child(volume, "/spec/nodeAffinity/required") else {
        w.put("<none>\n", Role::Dim);
        return;
    };
    w.line(0, "");
    w.label(1, "Required Terms");
    let terms = list(required, "/nodeSelectorTerms");
    w.put(if terms.is_empty() { "<none>\n" } else { "\n" }, Role::Dim);
    for (at, term) in terms.iter().enumerate() {
        let requirement = |requirement: &Value| {
            let (key, operator) = (text(requirement, "/key"), text(requirement, "/operator").to_lowercase());
            values(format!("{key} {operator}"), requirement)
        };
        self::term(w, 2, at, list(term, "/matchExpressions").iter().map(requirement));
    }
}

/// A term of node labels, its requirements below each other; also those of storage classes.
pub(super) fn term(w: &mut Writer, level: usize, at: usize, requirements: impl ExactSizeIterator<Item = String>) {
    w.label(level, &format!("Term {at}"));
    if requirements.len() == 0 {
        w.put("<none>\n", Role::Dim);
    }
    for (at, requirement) in requirements.enumerate() {
        if at > 0 {
            w.indented(level, "\t", Role::Plain);
        }
        w.line(0, &requirement);
    }
}

/// `zone in` with the values that follow: `zone in [a, b]`.
pub(super) fn values(begin: String, requirement: &Value) -> String {
    let values = texts(requirement, "/values");
    if values.is_empty() { begin } else { format!("{begin} [{}]", values.join(", ")) }
}

fn source(w: &mut Writer, spec: &Value) {
    for plain in OWN.iter().chain(PLAIN) {
        if let Some(source) = spec.get(plain.key).filter(|source| source.is_object()) {
            plain.write(w, source, Holder::PersistentVolume);
            return;
        }
    }
    let Some(source) = child(spec, "/csi") else {
        w.line(1, "<unknown>");
        return;
    };
    w.field(2, "Type", "CSI (a Container Storage Interface (CSI) volume source)");
    w.field(2, "Driver", text(source, "/driver"));
    w.field(2, "FSType", text(source, "/fsType"));
    w.field(2, "VolumeHandle", text(source, "/volumeHandle"));
    w.field(2, "ReadOnly", flag(source, "/readOnly"));
    volume::attributes(w, source);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(spec: &Value) -> String {
        let mut w = Writer::default();
        source(&mut w, spec);
        w.finish().plain()
    }

    #[test]
    fn secrets_have_a_namespace() {
        let flex = json!({"flexVolume": {"driver": "d", "secretRef": {"name": "n", "namespace": "s"}}});
        assert!(written(&flex).contains("SecretRef:  &SecretReference{Name:n,Namespace:s,}\n"), "{}", written(&flex));
        assert!(written(&json!({"cinder": {}})).contains("SecretRef:  nil\n"));
    }

    #[test]
    fn sources_of_their_own_come_before_those_of_pods() {
        assert!(written(&json!({"glusterfs": {}})).contains("EndpointsNamespace:  <unset>\n"));
        assert_eq!(written(&json!({"nonsense": {}})), "  <unknown>\n");
    }

    #[test]
    fn affinity() {
        let expressions =
            json!([{"key": "zone", "operator": "In", "values": ["a", "b"]}, {"key": "k", "operator": "Exists"}]);
        let terms = json!([{"matchExpressions": expressions}, {}]);
        let volume = json!({"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}});
        let mut w = Writer::default();
        node_affinity(&mut w, &volume);
        let text = w.finish().plain();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "Node Affinity:",
                "  Required Terms:",
                "    Term 0:        zone in [a, b]",
                "                   k exists",
                "    Term 1:        <none>",
            ]
        );
    }
}
