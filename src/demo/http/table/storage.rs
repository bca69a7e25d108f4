//! What kubectl prints of volumes, claims, classes and quotas. The columns are those of the API server's printers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{AGE, Column, NAME, created, name, s, wide};
use crate::base::stamp::Stamp;
use crate::demo::json::{at, flag, list, map, text};

pub(super) const CLAIMS: &[Column] = &[
    NAME,
    s("Status"),
    s("Volume"),
    s("Capacity"),
    s("Access Modes"),
    s("StorageClass"),
    s("VolumeAttributesClass"),
    AGE,
    wide("VolumeMode"),
];
pub(super) const VOLUMES: &[Column] = &[
    NAME,
    s("Capacity"),
    s("Access Modes"),
    s("Reclaim Policy"),
    s("Status"),
    s("Claim"),
    s("StorageClass"),
    s("VolumeAttributesClass"),
    s("Reason"),
    AGE,
    wide("VolumeMode"),
];
pub(super) const CLASSES: &[Column] =
    &[NAME, s("Provisioner"), s("ReclaimPolicy"), s("VolumeBindingMode"), s("AllowVolumeExpansion"), AGE];
pub(super) const PRIORITIES: &[Column] = &[NAME, s("Value"), s("Global-Default"), AGE, s("PreemptionPolicy")];
pub(super) const QUOTAS: &[Column] = &[NAME, s("Request"), s("Limit"), AGE];

pub(super) fn claim(object: &Value, now: Stamp) -> Vec<Value> {
    vec![
        name(object),
        object["status"]["phase"].clone(),
        text(object, "/spec/volumeName").into(),
        text(object, "/status/capacity/storage").into(),
        modes(list(object, "/status/accessModes")),
        text(object, "/spec/storageClassName").into(),
        "<unset>".into(),
        created(object, now),
        "Filesystem".into(),
    ]
}

pub(super) fn volume(object: &Value, now: Stamp) -> Vec<Value> {
    let (space, claim) = (text(object, "/spec/claimRef/namespace"), text(object, "/spec/claimRef/name"));
    vec![
        name(object),
        text(object, "/spec/capacity/storage").into(),
        modes(list(object, "/spec/accessModes")),
        text(object, "/spec/persistentVolumeReclaimPolicy").into(),
        text(object, "/status/phase").into(),
        if claim.is_empty() { "".into() } else { format!("{space}/{claim}").into() },
        text(object, "/spec/storageClassName").into(),
        "<unset>".into(),
        "".into(),
        created(object, now),
        "Filesystem".into(),
    ]
}

pub(super) fn class(object: &Value, now: Stamp) -> Vec<Value> {
    let is_default = object["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true";
    let or = |pointer: &str, other: &str| match text(object, pointer) {
        "" => other.to_owned().into(),
        said => said.to_owned().into(),
    };
    vec![
        format!("{}{}", text(object, "/metadata/name"), if is_default { " (default)" } else { "" }).into(),
        text(object, "/provisioner").into(),
        or("/reclaimPolicy", "Delete"),
        or("/volumeBindingMode", "Immediate"),
        flag(object, "/allowVolumeExpansion").to_string().into(),
        created(object, now),
    ]
}

pub(super) fn priority(object: &Value, now: Stamp) -> Vec<Value> {
    vec![
        name(object),
        object["value"].to_string().into(),
        flag(object, "/globalDefault").to_string().into(),
        created(object, now),
        match text(object, "/preemptionPolicy") {
            "" => "PreemptLowerPriority".into(),
            policy => policy.into(),
        },
    ]
}

pub(super) fn quota(object: &Value, now: Stamp) -> Vec<Value> {
    let of = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("0").to_owned();
    let hard: BTreeMap<&String, &Value> = map(object, "/spec/hard").into_iter().flatten().collect();
    let share = |wanted: bool| {
        let rows = hard.iter().filter(|(what, _)| what.starts_with("limits.") == wanted).map(|(what, most)| {
            let used = at(object, "/status/used").and_then(|used| used.get(what.as_str()));
            format!("{what}: {}/{}", of(used), of(Some(most)))
        });
        rows.collect::<Vec<_>>().join(", ")
    };
    vec![name(object), share(false).into(), share(true).into(), created(object, now)]
}

/// The modes in short, as in `RWO,ROX`.
fn modes(modes: &[Value]) -> Value {
    let short = modes.iter().filter_map(Value::as_str).map(|mode| match mode {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        other => other,
    });
    short.collect::<Vec<_>>().join(",").into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn modes_are_short_and_quotas_are_shares() {
        assert_eq!(modes(&[json!("ReadWriteOnce"), json!("ReadOnlyMany")]), "RWO,ROX");
        let object = json!({"metadata": {"name": "team"}, "spec": {"hard": {"pods": "4", "limits.memory": "1Gi"}},
            "status": {"used": {"pods": "2"}}});
        let cells = quota(&object, Stamp::from_seconds(1));
        assert_eq!((&cells[1], &cells[2]), (&json!("pods: 2/4"), &json!("limits.memory: 0/1Gi")));
    }
}
