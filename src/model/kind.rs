//! The kinds that are watched, and keys of objects.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::resource::Resource;
use crate::base::percent;

/// A kind that is watched and kept as rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `v1/Pod`.
    Pod,
    /// `v1/Node`.
    Node,
    /// `v1/Event`.
    Event,
}

/// What the API and people call a kind. One row a kind.
struct Names {
    kind: Kind,
    name: &'static str,
    plural: &'static str,
    short: &'static str,
    namespaced: bool,
}

const NAMES: [Names; 3] = [
    Names { kind: Kind::Pod, name: "Pod", plural: "pods", short: "po", namespaced: true },
    Names { kind: Kind::Node, name: "Node", plural: "nodes", short: "no", namespaced: false },
    Names { kind: Kind::Event, name: "Event", plural: "events", short: "ev", namespaced: true },
];

impl Kind {
    /// Every watched kind, in the order of the tabs.
    pub const ALL: [Self; 3] = [Self::Pod, Self::Node, Self::Event];

    fn names(self) -> &'static Names {
        &NAMES[self as usize]
    }

    /// The kind as manifests write it: `Pod`.
    pub fn name(self) -> &'static str {
        self.names().name
    }

    /// The resource as URLs and RBAC rules write it: `pods`.
    pub fn plural(self) -> &'static str {
        self.names().plural
    }

    /// What a person may write for it: `po`.
    pub fn short(self) -> &'static str {
        self.names().short
    }

    /// Whether its objects live in namespaces.
    pub fn is_namespaced(self) -> bool {
        self.names().namespaced
    }

    /// The kind that a person means by `pod`, `pods`, `po` or `Pod`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        NAMES
            .iter()
            .find(|names| text == names.plural || text == names.short || text == names.name.to_ascii_lowercase())
            .map(|names| names.kind)
    }
}

/// Names one object: what it is, namespace (empty where the kind has none) and name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// What it is.
    pub resource: Resource,
    /// Its namespace; empty for kinds without one.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl ObjectKey {
    /// A key.
    pub fn new(resource: impl Into<Resource>, namespace: &str, name: &str) -> Self {
        Self { resource: resource.into(), namespace: namespace.into(), name: name.into() }
    }

    /// The kind, where it is one that is watched.
    pub fn kind(&self) -> Option<Kind> {
        self.resource.watched()
    }

    /// Whether it is of this watched kind.
    pub fn is(&self, kind: Kind) -> bool {
        self.kind() == Some(kind)
    }

    /// The path of the object in the API.
    pub fn path(&self) -> String {
        format!(
            "{}/{}",
            self.resource.list_path(Some(&self.namespace)),
            percent::encode(&self.name, percent::UNRESERVED)
        )
    }
}

/// `pod/web-0`, `deployment.apps/web`, as kubectl writes it.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.resource, self.name)
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.resource.plural, self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for kind in Kind::ALL {
            assert_eq!(kind.names().kind, kind);
            assert_eq!(Kind::parse(kind.plural()), Some(kind));
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
        assert_eq!(Kind::parse("po"), Some(Kind::Pod));
        assert_eq!(Kind::parse("deployments"), None);
    }

    #[test]
    fn paths_are_those_of_the_api() {
        assert_eq!(ObjectKey::new(Kind::Node, "", "node-a").path(), "/api/v1/nodes/node-a");
        assert_eq!(ObjectKey::new(Kind::Pod, "shop", "web-0").path(), "/api/v1/namespaces/shop/pods/web-0");
        assert_eq!(ObjectKey::new(Kind::Pod, "shop", "a/b").path(), "/api/v1/namespaces/shop/pods/a%2Fb");
    }
}
