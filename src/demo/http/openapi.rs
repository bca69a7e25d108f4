//! `OpenAPI`, as much as kubectl asks it: which kinds take a `fieldValidation`, so that the server checks fields and
//! kubectl sends what it was given.

use serde_json::{Map, Value, json};

use super::super::world::kinds::{self, KINDS, api_version};

/// `/openapi/v3`: where the document of each version of a group is.
pub fn index() -> Value {
    let versions = std::iter::once(("", "v1")).chain(kinds::groups());
    let paths: Map<String, Value> = versions
        .map(|(group, version)| {
            let root = if group.is_empty() { "api" } else { "apis" };
            let path = format!("{root}/{}", api_version(group, version));
            let url = json!({"serverRelativeURL": format!("/openapi/v3/{path}?hash=DEMO")});
            (path, url)
        })
        .collect();
    json!({"paths": paths})
}

/// `/openapi/v3/apis/GROUP/VERSION`: the writes of its kinds, without the schemas of what is written.
pub fn document(group: &str, version: &str) -> Option<Value> {
    let known = KINDS.iter().filter(|kind| kind.group == group && kind.version == version && !kind.is_review());
    let paths: Map<String, Value> = known
        .map(|kind| {
            let root = if group.is_empty() { "/api" } else { "/apis" };
            let place = if kind.namespaced { "/namespaces/{namespace}" } else { "" };
            let path = format!("{root}/{}{place}/{}/{{name}}", kind.api_version(), kind.plural);
            let named = json!({"group": group, "version": version, "kind": kind.kind});
            let parameters: Vec<Value> = ["dryRun", "fieldManager", "fieldValidation"]
                .into_iter()
                .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}}))
                .collect();
            let write = json!({"parameters": parameters, "responses": {},
                "x-kubernetes-action": "patch", "x-kubernetes-group-version-kind": named});
            (path, json!({"patch": write}))
        })
        .collect();
    (!paths.is_empty()).then(|| {
        json!({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.35.4"}, "paths": paths,
            "components": {"schemas": {}}})
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_of_the_index_has_a_document() {
        let index = index();
        for path in index["paths"].as_object().expect("paths").keys() {
            let api = path.split_once('/').expect("a root").1;
            let (group, version) = api.rsplit_once('/').unwrap_or(("", api));
            let reviews = ["authorization.k8s.io", "authentication.k8s.io"].contains(&group);
            assert_eq!(document(group, version).is_some(), !reviews, "{path}");
        }
        assert_eq!(document("nope", "v1"), None);
    }
}
