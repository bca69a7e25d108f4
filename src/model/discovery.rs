//! What a server serves: its answers to discovery, read; and what a person means by a kind's name.
//!
//! Newer servers say everything in two documents ([`read_aggregated`]); older ones name their groups
//! ([`read_groups`]), and each version of a group lists its resources ([`read_resources`]). Of a resource that a group
//! has in several versions the most preferred one is kept. Start with [`Discovery`].

use serde::Deserialize;

use super::list::WireError;
use super::resource::{Names, Resource};

/// What a server serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Every resource, custom ones too, in the order in which kubectl resolves names: the core group first, then the
    /// groups in the server's order.
    pub resources: Vec<Resource>,
    /// Groups and versions whose own API server does not answer: what they serve is not known.
    pub missing: Vec<String>,
}

impl Discovery {
    /// Adds what came of one version of a group; what the group has in a version that it prefers stays.
    pub fn add(&mut self, resources: Vec<Resource>) {
        for resource in resources {
            let is_known = |known: &Resource| known.group == resource.group && known.plural == resource.plural;
            if !self.resources.iter().any(is_known) {
                self.resources.push(resource);
            }
        }
    }
}

/// The resource that a person means by `deploy`, `deployments`, `Deployment` or `deployments.apps`. A whole name goes
/// before a short one, and the first group before others, as with kubectl.
pub fn find<'a>(resources: &'a [Resource], text: &str) -> Option<&'a Resource> {
    let name = text.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_short = |resource: &&Resource| resource.short.contains(&name);
    resources.iter().filter(|resource| resource.is_called(text)).min_by_key(is_short)
}

/// The resource of a kind, as owner references and events name it: `apps/v1`, `Deployment`. Of another version where
/// that one is not served; of any group where `api_version` is empty.
pub fn find_kind<'a>(resources: &'a [Resource], api_version: &str, kind: &str) -> Option<&'a Resource> {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let mut of_kind = resources.iter().filter(|resource| resource.kind == kind);
    of_kind.find(|resource| api_version.is_empty() || resource.group == group)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupDiscovery {
    #[serde(default)]
    metadata: GroupName,
    #[serde(default)]
    versions: Vec<VersionDiscovery>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GroupName {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VersionDiscovery {
    version: String,
    resources: Option<Vec<ResourceDiscovery>>,
    freshness: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceDiscovery {
    resource: String,
    response_kind: Option<ResponseKind>,
    scope: String,
    singular_resource: String,
    verbs: Vec<String>,
    short_names: Vec<String>,
    categories: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseKind {
    kind: String,
}

/// Reads an `APIGroupDiscoveryList` (apidiscovery.k8s.io v2 and v2beta1), which is also what the core group answers;
/// `None` when the answer is of the older form.
pub fn read_aggregated(body: &[u8]) -> Option<Discovery> {
    #[derive(Deserialize)]
    struct List {
        kind: String,
        #[serde(default)]
        items: Vec<GroupDiscovery>,
    }
    let list: List = serde_json::from_slice(body).ok().filter(|list: &List| list.kind == "APIGroupDiscoveryList")?;
    let mut found = Discovery::default();
    for group in list.items {
        for version in group.versions {
            if version.freshness == "Stale" {
                found.missing.push(format!("{}/{}", group.metadata.name, version.version));
            }
            let of_group = |resource| named(&group.metadata.name, &version.version, resource);
            found.add(version.resources.unwrap_or_default().into_iter().filter_map(of_group).collect());
        }
    }
    Some(found)
}

/// One without a kind has only subresources.
fn named(group: &str, version: &str, resource: ResourceDiscovery) -> Option<Resource> {
    let kind = resource.response_kind.map(|response| response.kind).filter(|kind| !kind.is_empty())?;
    Some(Resource::new(Names {
        group: group.to_owned(),
        version: version.to_owned(),
        singular: or_lower(resource.singular_resource, &kind),
        kind,
        plural: resource.resource,
        short: resource.short_names,
        namespaced: resource.scope == "Namespaced",
        verbs: resource.verbs,
        categories: resource.categories,
    }))
}

/// Custom resources may leave their singular out; kubectl then takes the kind.
fn or_lower(singular: String, kind: &str) -> String {
    if singular.is_empty() { kind.to_ascii_lowercase() } else { singular }
}

/// Reads an `APIGroupList`, or the `APIVersions` of the core group: the group (empty for the core one) and version of
/// each, for a group its preferred version first.
pub fn read_groups(body: &[u8]) -> Result<Vec<(String, String)>, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Group {
        name: String,
        #[serde(default)]
        versions: Vec<Version>,
        preferred_version: Option<Version>,
    }
    #[derive(Deserialize)]
    struct Version {
        version: String,
    }
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        versions: Vec<String>,
        #[serde(default)]
        groups: Vec<Group>,
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|error| WireError::Json(error.to_string()))?;
    let mut found: Vec<_> = answer.versions.into_iter().map(|version| (String::new(), version)).collect();
    for group in answer.groups {
        let mut versions: Vec<_> = group.versions.into_iter().map(|version| version.version).collect();
        let preferred = group.preferred_version.map(|version| version.version).unwrap_or_default();
        versions.sort_by_key(|version| *version != preferred);
        found.extend(versions.into_iter().map(|version| (group.name.clone(), version)));
    }
    Ok(found)
}

/// Reads the `APIResourceList` of one version of a group; subresources are left out.
pub fn read_resources(body: &[u8], group: &str, version: &str) -> Result<Vec<Resource>, WireError> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct One {
        name: String,
        singular_name: String,
        namespaced: bool,
        kind: String,
        verbs: Vec<String>,
        short_names: Vec<String>,
        categories: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        resources: Vec<One>,
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|error| WireError::Json(error.to_string()))?;
    let whole = answer.resources.into_iter().filter(|one| !one.name.contains('/'));
    let resource = |one: One| {
        Resource::new(Names {
            group: group.to_owned(),
            version: version.to_owned(),
            singular: or_lower(one.singular_name, &one.kind),
            kind: one.kind,
            plural: one.name,
            short: one.short_names,
            namespaced: one.namespaced,
            verbs: one.verbs,
            categories: one.categories,
        })
    };
    Ok(whole.map(resource).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: &str = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1","resources":[
        {"resource":"services","responseKind":{"group":"","version":"","kind":"Service"},"scope":"Namespaced",
         "singularResource":"service","verbs":["get","list","watch"],"shortNames":["svc"],"categories":["all"]},
        {"resource":"events","responseKind":{"kind":"Event"},"scope":"Namespaced","singularResource":"event",
         "verbs":["list"],"shortNames":["ev"]}],"freshness":"Current"}]}]}"#;
    const GROUPS: &str = r#"{"kind":"APIGroupDiscoveryList","items":[
        {"metadata":{"name":"events.k8s.io"},"versions":[{"version":"v1","freshness":"Current","resources":[
          {"resource":"events","responseKind":{"kind":"Event"},"scope":"Namespaced","singularResource":"event","shortNames":["ev"]}]}]},
        {"metadata":{"name":"example.org"},"versions":[
          {"version":"v2","freshness":"Current","resources":[
            {"resource":"svc","responseKind":{"kind":"Svc"},"scope":"Cluster","singularResource":""}]},
          {"version":"v1","freshness":"Current","resources":[
            {"resource":"svc","responseKind":{"kind":"Svc"},"scope":"Cluster"},
            {"resource":"olds","responseKind":{"kind":"Old"},"scope":"Namespaced"},
            {"resource":"parts","subresources":[{"subresource":"status"}]}]}]},
        {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale"}]}]}"#;

    fn discovered() -> Discovery {
        let mut found = read_aggregated(CORE.as_bytes()).expect("the core group");
        let groups = read_aggregated(GROUPS.as_bytes()).expect("the groups");
        found.add(groups.resources);
        found.missing = groups.missing;
        found
    }

    #[test]
    fn the_aggregated_form_names_everything_once() {
        let found = discovered();
        let all: Vec<_> = found.resources.iter().map(|resource| format!("{resource:?}")).collect();
        assert_eq!(
            all,
            ["v1/services", "v1/events", "events.k8s.io/v1/events", "example.org/v2/svc", "example.org/v1/olds"],
            "the preferred version, and an older one only for what it alone has"
        );
        assert_eq!(found.missing, ["metrics.k8s.io/v1beta1"]);
        let service = &found.resources[0];
        assert!(service.namespaced && service.can("watch") && service.categories == ["all"]);
        assert_eq!(found.resources[3].singular, "svc", "of the kind, where it is left out");
        assert!(read_aggregated(br#"{"kind":"APIGroupList","groups":[]}"#).is_none());
    }

    #[test]
    fn names_are_resolved_in_kubectls_order() {
        let found = discovered();
        let meant = |text: &str| find(&found.resources, text).map(|resource| format!("{resource:?}"));
        assert_eq!(meant("ev").as_deref(), Some("v1/events"));
        assert_eq!(meant("Event").as_deref(), Some("v1/events"));
        assert_eq!(meant("events.events.k8s.io").as_deref(), Some("events.k8s.io/v1/events"));
        assert_eq!(meant("services").as_deref(), Some("v1/services"));
        assert_eq!(meant("svc").as_deref(), Some("example.org/v2/svc"), "a whole name goes before a short one");
        assert_eq!(meant("old").as_deref(), Some("example.org/v1/olds"));
        assert_eq!(meant("nothing"), None);
    }

    #[test]
    fn owners_name_a_kind_and_its_version() {
        let found = discovered();
        let kind = |api_version: &str, kind: &str| {
            find_kind(&found.resources, api_version, kind).map(|resource| format!("{resource:?}"))
        };
        assert_eq!(kind("v1", "Event").as_deref(), Some("v1/events"));
        assert_eq!(kind("events.k8s.io/v1beta1", "Event").as_deref(), Some("events.k8s.io/v1/events"));
        assert_eq!(kind("", "Old").as_deref(), Some("example.org/v1/olds"));
        assert_eq!(kind("example.org/v1", "Service"), None);
    }

    #[test]
    fn the_older_form_gives_the_same() {
        assert_eq!(read_groups(br#"{"kind":"APIVersions","versions":["v1"]}"#), Ok(vec![(String::new(), "v1".into())]));
        let groups = br#"{"kind":"APIGroupList","groups":[{"name":"apps","versions":[
            {"groupVersion":"apps/v1beta1","version":"v1beta1"},{"groupVersion":"apps/v1","version":"v1"}],
            "preferredVersion":{"groupVersion":"apps/v1","version":"v1"}}]}"#;
        let versions = read_groups(groups).expect("groups");
        assert_eq!(versions, [("apps".into(), "v1".into()), ("apps".into(), "v1beta1".into())]);
        let resources = br#"{"kind":"APIResourceList","groupVersion":"apps/v1","resources":[
            {"name":"deployments","singularName":"deployment","namespaced":true,"kind":"Deployment",
             "verbs":["list","watch"],"shortNames":["deploy"],"categories":["all"]},
            {"name":"deployments/scale","singularName":"","namespaced":true,"kind":"Scale","verbs":["get"]}]}"#;
        let resources = read_resources(resources, "apps", "v1").expect("resources");
        assert_eq!(resources.iter().map(ToString::to_string).collect::<Vec<_>>(), ["deployment.apps"]);
        assert!(resources[0].is_called("deploy") && resources[0].namespaced);
        assert!(read_groups(b"<html>").is_err() && read_resources(b"", "", "").is_err());
    }
}
