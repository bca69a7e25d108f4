//! Discovery: which APIs there are, in the plain and in the aggregated form.

use serde_json::{Value, json};

use super::super::world::kinds::{self, KINDS, Kind, api_version};

/// `/version`
pub fn version() -> Value {
    json!({"major": "1", "minor": "35", "emulationMajor": "1", "emulationMinor": "35", "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "34", "gitVersion": "v1.35.4", "gitCommit": "podtriage-demo", "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z", "goVersion": "go1.25.5", "compiler": "gc", "platform": "linux/amd64"})
}

/// `/api`
pub fn core_versions() -> Value {
    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
}

/// `/apis`
pub fn groups() -> Value {
    let groups: Vec<Value> = kinds::groups().into_iter().filter_map(|(name, _)| group(name)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/GROUP`
pub fn group(name: &str) -> Option<Value> {
    let (_, version) = kinds::groups().into_iter().find(|(group, _)| *group == name)?;
    let version = json!({"groupVersion": api_version(name, version), "version": version});
    Some(
        json!({"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": [version], "preferredVersion": version}),
    )
}

/// `/api/v1`, `/apis/GROUP/VERSION`
pub fn resources(group: &str, version: &str) -> Option<Value> {
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| kind.group == group && kind.version == version).collect();
    if kinds.is_empty() {
        return None;
    }
    let resources: Vec<Value> = kinds.into_iter().flat_map(plain).collect();
    Some(
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version(group, version), "resources": resources}),
    )
}

fn plain(kind: &Kind) -> Vec<Value> {
    let mut main = json!({"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced,
        "kind": kind.kind, "verbs": kind.verbs()});
    extras(kind, &mut main);
    let mut rows = vec![main];
    rows.extend(kind.subs.iter().map(|sub| {
        let mut row = json!({"name": format!("{}/{}", kind.plural, sub.name), "singularName": "",
            "namespaced": kind.namespaced, "kind": if sub.kind.is_empty() { kind.kind } else { sub.kind }, "verbs": sub.verbs});
        if let Some((group, version)) = sub.api.split_once('/') {
            row["group"] = group.into();
            row["version"] = version.into();
        }
        row
    }));
    rows
}

fn extras(kind: &Kind, row: &mut Value) {
    if !kind.short.is_empty() {
        row["shortNames"] = json!(kind.short);
    }
    if kind.all {
        row["categories"] = json!(["all"]);
    }
}

/// `/api` or `/apis` in one answer, `APIGroupDiscoveryList`.
pub fn aggregated(core: bool) -> Value {
    let groups = if core { vec![("", "v1")] } else { kinds::groups() };
    let items: Vec<Value> = groups
        .into_iter()
        .map(|(group, version)| {
            let kinds = KINDS.iter().filter(|kind| kind.group == group && kind.version == version);
            let resources: Vec<Value> = kinds.map(aggregated_kind).collect();
            let metadata = if core { json!({}) } else { json!({"name": group}) };
            json!({"metadata": metadata, "versions": [{"version": version, "resources": resources, "freshness": "Current"}]})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn aggregated_kind(kind: &Kind) -> Value {
    let response = |name: &str, api: &str| {
        let (group, version) = api.split_once('/').unwrap_or((kind.group, kind.version));
        json!({"group": group, "version": version, "kind": if name.is_empty() { kind.kind } else { name }})
    };
    let mut row = json!({"resource": kind.plural, "responseKind": response(kind.kind, ""),
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" }, "singularResource": kind.singular, "verbs": kind.verbs()});
    extras(kind, &mut row);
    if !kind.subs.is_empty() {
        let subs: Vec<Value> = kind
            .subs
            .iter()
            .map(
                |sub| json!({"subresource": sub.name, "responseKind": response(sub.kind, sub.api), "verbs": sub.verbs}),
            )
            .collect();
        row["subresources"] = subs.into();
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_name_the_same_kinds() {
        let apps = resources("apps", "v1").expect("served");
        let plain: Vec<&str> =
            apps["resources"].as_array().expect("a list").iter().filter_map(|row| row["name"].as_str()).collect();
        let all = aggregated(false);
        let group = all["items"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|item| item["metadata"]["name"] == "apps")
            .expect("there");
        for row in group["versions"][0]["resources"].as_array().expect("a list") {
            assert!(plain.contains(&row["resource"].as_str().expect("a name")));
        }
        assert!(plain.contains(&"deployments/scale"));
        assert!(resources("nope", "v1").is_none() && super::group("nope").is_none());
    }
}
