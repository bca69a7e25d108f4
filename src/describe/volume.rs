//! Volume blocks, one for each kind of volume. Rules: kubectl describe, `describeVolumes`.

use serde_json::Value;

use super::fields::{child, entries, flag, list, number, quantity, shown, text};
use super::kinds::claim;
use super::tabs::Writer;
use super::volume_kinds::{Holder, PLAIN};
use super::{container::TEMPLATE, meta};
use crate::base::text::Role;

/// Writes every volume of the pod.
pub(super) fn write(w: &mut Writer, pod: &Value) {
    volumes(w, "", "", pod);
}

/// Writes every volume of a pod template.
pub(super) fn write_template(w: &mut Writer, template: &Value) {
    volumes(w, TEMPLATE, " ", template);
}

fn volumes(w: &mut Writer, indent: &str, name_indent: &str, pod: &Value) {
    let volumes = list(pod, "/spec/volumes");
    let title = format!("{indent}Volumes");
    w.section("Volumes");
    if volumes.is_empty() {
        w.field_as(0, &title, "<none>", Role::Dim);
        return;
    }
    w.heading(0, &title);
    for volume in volumes {
        w.heading(1, &format!("{name_indent}{}", text(volume, "/name")));
        source(w, volume);
    }
}

fn source(w: &mut Writer, volume: &Value) {
    for plain in PLAIN {
        if let Some(source) = volume.get(plain.key).filter(|source| source.is_object()) {
            plain.write(w, source, Holder::Pod);
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
        let field = child(item, "/fieldRef").map(|field| text(field, "/fieldPath"));
        let resource = child(item, "/resourceFieldRef").map(|resource| text(resource, "/resource"));
        if let Some(from) = field.or(resource) {
            w.line(3, &format!("{from} -> {}", text(item, "/path")));
        }
    }
}

/// The claim that is made for the pod. Nothing of its status is known here, which is why kubectl shows
/// neither capacity nor access modes.
fn ephemeral(w: &mut Writer, source: &Value) {
    let kind = "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)";
    w.field(2, "Type", kind);
    if let Some(claim) = child(source, "/volumeClaimTemplate") {
        w.nested(2, |w| claim::template(w, claim));
    }
}

fn csi(w: &mut Writer, source: &Value) {
    w.field(2, "Type", "CSI (a Container Storage Interface (CSI) volume source)");
    w.field(2, "Driver", text(source, "/driver"));
    w.field(2, "FSType", text(source, "/fsType"));
    w.field(2, "ReadOnly", flag(source, "/readOnly"));
    attributes(w, source);
}

/// The attributes that a CSI driver is given, each cut.
pub(super) fn attributes(w: &mut Writer, source: &Value) {
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
