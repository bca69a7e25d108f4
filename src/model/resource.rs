//! A kind of object as the API serves it: watched, built-in or custom.
//!
//! Plain names; nothing here asks a server. [`Resource`] is cheap to clone, so that every key can carry one.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use super::kind::Kind;
use crate::base::percent;

/// What the API calls a kind, as discovery says it.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version: `v1`.
    pub version: String,
    /// The kind as manifests write it: `Deployment`.
    pub kind: String,
    /// The resource as URLs and RBAC rules write it: `deployments`.
    pub plural: String,
    /// One of it, as kubectl writes it: `deployment`.
    pub singular: String,
    /// `deploy`.
    pub short: Vec<String>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// What can be asked of it: `list`, `watch`, `patch`, …
    pub verbs: Vec<String>,
    /// Sets that it belongs to: `all`, `api-extensions`.
    pub categories: Vec<String>,
}

/// A kind of object that some server serves. Two are the same when group, version and plural are.
#[derive(Clone)]
pub struct Resource(Arc<Names>);

static WATCHED: LazyLock<[Resource; Kind::ALL.len()]> = LazyLock::new(|| {
    Kind::ALL.map(|kind| {
        Resource::new(Names {
            version: "v1".to_owned(),
            kind: kind.name().to_owned(),
            plural: kind.plural().to_owned(),
            singular: kind.name().to_ascii_lowercase(),
            short: vec![kind.short().to_owned()],
            namespaced: kind.is_namespaced(),
            verbs: ["create", "delete", "get", "list", "patch", "update", "watch"].map(str::to_owned).to_vec(),
            ..Names::default()
        })
    })
});

impl Resource {
    /// A resource of these names.
    pub fn new(names: Names) -> Self {
        Self(Arc::new(names))
    }

    /// The kind, where it is one that is watched and kept as rows.
    pub fn watched(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| *self == WATCHED[*kind as usize])
    }

    /// `apps/v1`, or `v1` in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps`, `pods`: as RBAC and kubectl's refusals name it.
    pub fn full_name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `deployment.apps`: the kind in small letters with its group, as kubectl's printers name a type.
    pub fn type_name(&self) -> String {
        let kind = self.kind.to_lowercase();
        if self.group.is_empty() { kind } else { format!("{kind}.{}", self.group) }
    }

    /// Whether the server offers a verb on it.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }

    /// Whether a person means it by `deploy`, `deployment`, `deployments`, `Deployment` or `deployments.apps`.
    pub fn is_called(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let (name, group) = text.split_once('.').unwrap_or((&text, ""));
        if !group.is_empty() && group != self.group && group != format!("{}.{}", self.version, self.group) {
            return false;
        }
        name == self.plural
            || name == self.singular
            || name == self.kind.to_ascii_lowercase()
            || self.short.iter().any(|short| name == short)
    }

    /// The path of a list: of one namespace, or of all where `namespace` is `None`. A namespace may have been typed,
    /// so that it is no part of the path's form.
    pub fn list_path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let version = self.api_version();
        match namespace {
            Some(namespace) if self.namespaced => {
                let namespace = percent::encode(namespace, percent::UNRESERVED);
                format!("{root}/{version}/namespaces/{namespace}/{}", self.plural)
            }
            _ => format!("{root}/{version}/{}", self.plural),
        }
    }
}

impl From<Kind> for Resource {
    fn from(kind: Kind) -> Self {
        WATCHED[kind as usize].clone()
    }
}

impl Deref for Resource {
    type Target = Names;

    fn deref(&self) -> &Names {
        &self.0
    }
}

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Resource {}

impl Hash for Resource {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.group, &self.version, &self.plural).hash(state);
    }
}

impl PartialOrd for Resource {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Resource {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        (&self.group, &self.plural, &self.version).cmp(&(&other.group, &other.plural, &other.version))
    }
}

/// `deployment.apps`, as kubectl writes it before a name.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.singular)?;
        if self.group.is_empty() { Ok(()) } else { write!(f, ".{}", self.group) }
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.api_version(), self.plural)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn deployments() -> Resource {
        Resource::new(Names {
            group: "apps".to_owned(),
            version: "v1".to_owned(),
            kind: "Deployment".to_owned(),
            plural: "deployments".to_owned(),
            singular: "deployment".to_owned(),
            short: vec!["deploy".to_owned()],
            namespaced: true,
            verbs: vec!["list".to_owned()],
            categories: vec!["all".to_owned()],
        })
    }

    #[test]
    fn a_kind_is_known_by_all_its_names() {
        for name in ["deploy", "deployment", "Deployment", "deployments", "deployments.apps", "deployment.v1.apps"] {
            assert!(deployments().is_called(name), "{name}");
        }
        for name in ["deploys", "deployments.extensions", "", "apps", "deployment.v2.apps"] {
            assert!(!deployments().is_called(name), "{name}");
        }
    }

    #[test]
    fn watched_kinds_are_resources_too() {
        for kind in Kind::ALL {
            assert_eq!(Resource::from(kind).watched(), Some(kind));
        }
        assert_eq!(deployments().watched(), None);
        let events = Names { group: "events.k8s.io".to_owned(), ..Resource::from(Kind::Event).deref().clone() };
        assert_eq!(Resource::new(events).watched(), None, "the newer schema is another resource");
    }

    #[test]
    fn paths_are_those_of_the_api() {
        let pods = Resource::from(Kind::Pod);
        assert_eq!(pods.list_path(Some("shop")), "/api/v1/namespaces/shop/pods");
        assert_eq!(pods.list_path(None), "/api/v1/pods");
        assert_eq!(pods.list_path(Some("a/../b?c")), "/api/v1/namespaces/a%2F..%2Fb%3Fc/pods");
        assert_eq!(deployments().list_path(Some("shop")), "/apis/apps/v1/namespaces/shop/deployments");
        assert_eq!(deployments().to_string(), "deployment.apps");
    }
}
