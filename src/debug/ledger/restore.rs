//! A pod that was removed, on its way back: what the server and its controllers had written into it is taken out.

use serde_json::Value;

/// What the server writes into the metadata of every object.
const SET_BY_SERVER: [&str; 9] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "managedFields",
    "selfLink",
    "generateName",
];
/// Where a pod's service account is mounted by an admission plugin, which does so again.
const TOKEN_MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What creates a removed pod again. It is scheduled anew; ephemeral containers cannot be created with a pod. A pod that
/// a controller owns is that controller's to make, so it comes back without one: the error says so.
pub fn body(removed: &Value) -> Result<Value, String> {
    let mut pod = removed.clone();
    let owner = crate::model::links::controller(&pod)
        .and_then(|owner| Some(format!("{} {}", owner["kind"].as_str()?, owner["name"].as_str()?)));
    if let Some(owner) = owner {
        return Err(format!("{owner} makes its pods itself: another has taken its place already"));
    }
    let (Some(Value::Object(metadata)), true) = (pod.get_mut("metadata"), removed["spec"].is_object()) else {
        return Err("what was kept is no pod".to_owned());
    };
    for name in SET_BY_SERVER {
        metadata.remove(name);
    }
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove("kubernetes.io/config.mirror");
    }
    if let Value::Object(pod) = &mut pod {
        pod.remove("status");
    }
    if let Value::Object(spec) = &mut pod["spec"] {
        spec.remove("nodeName");
        spec.remove("ephemeralContainers");
        without_token(spec);
    }
    Ok(pod)
}

/// The projected token volume has a random name and would be mounted twice.
fn without_token(spec: &mut serde_json::Map<String, Value>) {
    let mounts_of = |containers: Option<&Value>| -> Vec<String> {
        let mounts = containers.and_then(Value::as_array).into_iter().flatten();
        let mounts = mounts.filter_map(|container| container["volumeMounts"].as_array()).flatten();
        let tokens = mounts.filter(|mount| mount["mountPath"] == TOKEN_MOUNT);
        tokens.filter_map(|mount| Some(mount["name"].as_str()?.to_owned())).collect()
    };
    let mut names = mounts_of(spec.get("containers"));
    names.extend(mounts_of(spec.get("initContainers")));
    // One that the pod's author wrote has a name of the author's.
    names.retain(|name| name.starts_with("kube-api-access-"));
    let is_token = |value: &Value| value["name"].as_str().is_some_and(|name| names.iter().any(|known| known == name));
    if let Some(Value::Array(volumes)) = spec.get_mut("volumes") {
        volumes.retain(|volume| !is_token(volume));
    }
    for list in ["containers", "initContainers"] {
        let Some(Value::Array(containers)) = spec.get_mut(list) else { continue };
        for container in containers {
            if let Some(Value::Array(mounts)) = container.get_mut("volumeMounts") {
                mounts.retain(|mount| !is_token(mount));
            }
        }
    }
}
