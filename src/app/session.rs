//! Which cluster and which namespace we look at.

use crate::base::problem::Problem;
use crate::cluster::api::ConnectionInfo;
use crate::model::resource::Resource;

use super::message::Epoch;

/// What the context is called where there is no kubeconfig.
pub const IN_CLUSTER: &str = "in-cluster";

/// How the connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Reading the kubeconfig, running the credential plugin.
    Connecting,
    /// Requests can be sent.
    Up,
    /// There is no connection, and nobody tries.
    Down(Problem),
}

/// Where we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The present epoch; what is listed or watched in another is late and thrown away.
    pub epoch: Epoch,
    /// The epoch in which the connection was asked for: another namespace leaves it as it is.
    pub link_epoch: Epoch,
    /// The context, as far as it is known.
    pub context: String,
    /// The namespace that is listed; `None` is all.
    pub namespace: Option<String>,
    /// The namespace to come back to from all.
    pub last_namespace: String,
    /// How the connection stands.
    pub link: Link,
    /// What the connection says of itself.
    pub info: ConnectionInfo,
    /// The server's version; empty while unknown.
    pub version: String,
    /// Every namespace, where they may be listed; `None` while unknown.
    pub namespaces: Option<Vec<String>>,
    /// Why the namespaces are not known.
    pub namespaces_problem: Option<Problem>,
    /// Every resource that the server serves; empty until it was asked.
    pub resources: Vec<Resource>,
    /// Groups of which it could not say.
    pub missing: Vec<String>,
    /// It is being asked.
    pub discovering: bool,
    /// Whether changes are refused.
    pub read_only: bool,
}

impl Session {
    /// A session that is about to connect. `namespace` is what the command line says: a name, all, or nothing.
    pub fn new(context: Option<String>, namespace: Scope, read_only: bool) -> Self {
        let (namespace, last) = match namespace {
            Scope::One(name) => (Some(name.clone()), name),
            Scope::All => (None, String::new()),
            Scope::OfContext => (Some(String::new()), String::new()),
        };
        Self {
            epoch: Epoch(1),
            link_epoch: Epoch(1),
            context: context.unwrap_or_default(),
            namespace,
            last_namespace: last,
            link: Link::Connecting,
            info: ConnectionInfo::default(),
            version: String::new(),
            namespaces: None,
            namespaces_problem: None,
            resources: Vec::new(),
            missing: Vec::new(),
            discovering: false,
            read_only,
        }
    }

    /// Takes in a connection. A namespace that nobody named is the context's.
    pub fn connected(&mut self, info: ConnectionInfo) {
        self.context.clone_from(&info.context);
        if self.last_namespace.is_empty() {
            self.last_namespace.clone_from(&info.namespace);
        }
        if self.namespace.as_deref() == Some("") {
            self.namespace = Some(info.namespace.clone());
        }
        self.info = info;
        self.link = Link::Up;
    }

    /// Begins another context: the epoch moves on and nothing of the old one is kept.
    pub fn begin_context(&mut self, context: &str) {
        let all = self.namespace.is_none();
        let scope = if all { Scope::All } else { Scope::OfContext };
        let epoch = Epoch(self.epoch.0 + 1);
        let contexts = std::mem::take(&mut self.info.contexts);
        *self = Self { epoch, link_epoch: epoch, ..Self::new(Some(context.to_owned()), scope, self.read_only) };
        self.info.contexts = contexts;
    }

    /// Begins the same context anew.
    pub fn reconnect(&mut self) {
        self.epoch = Epoch(self.epoch.0 + 1);
        self.link_epoch = self.epoch;
        self.link = Link::Connecting;
        // The server may be another version by now, or have other custom kinds.
        self.resources.clear();
    }

    /// The context to connect to; `None` while none is known: then the kubeconfig's own.
    pub fn chosen_context(&self) -> Option<String> {
        Some(self.context.clone()).filter(|context| !context.is_empty() && context != IN_CLUSTER)
    }

    /// Begins another namespace of the same cluster.
    pub fn begin_namespace(&mut self, namespace: Option<String>) {
        if let Some(name) = &namespace {
            self.last_namespace.clone_from(name);
        }
        self.namespace = namespace;
        self.epoch = Epoch(self.epoch.0 + 1);
    }

    /// What the header calls the listed namespaces.
    pub fn scope_name(&self) -> &str {
        self.namespace.as_deref().unwrap_or("all namespaces")
    }

    /// Whether the listed namespace is known not to exist.
    pub fn is_namespace_missing(&self) -> bool {
        match (&self.namespace, &self.namespaces) {
            (Some(name), Some(known)) => !known.contains(name),
            _ => false,
        }
    }
}

/// Which namespaces the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `-A`.
    All,
    /// `-n NAME`.
    One(String),
    /// Neither: the context's own.
    OfContext,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(context: &str, namespace: &str) -> ConnectionInfo {
        ConnectionInfo { context: context.into(), namespace: namespace.into(), ..<_>::default() }
    }

    #[test]
    fn the_namespace_is_the_contexts_unless_one_is_named() {
        let mut session = Session::new(None, Scope::OfContext, false);
        session.connected(info("dev", "shop"));
        assert_eq!((session.scope_name(), session.context.as_str()), ("shop", "dev"));
        let mut session = Session::new(None, Scope::One("data".into()), false);
        session.connected(info("dev", "shop"));
        assert_eq!(session.scope_name(), "data");
        let mut session = Session::new(None, Scope::All, false);
        session.connected(info("dev", "shop"));
        assert_eq!((session.scope_name(), session.last_namespace.as_str()), ("all namespaces", "shop"));
    }

    #[test]
    fn another_context_keeps_nothing_but_the_list_of_contexts() {
        let mut session = Session::new(None, Scope::One("data".into()), true);
        session.connected(ConnectionInfo { contexts: vec!["dev".into(), "prod".into()], ..info("dev", "shop") });
        session.namespaces = Some(vec!["data".into()]);
        session.begin_context("prod");
        assert_eq!((session.epoch, session.namespaces.as_ref()), (Epoch(2), None));
        assert_eq!(session.info.contexts.len(), 2);
        assert!(session.read_only);
        session.connected(info("prod", "web"));
        assert_eq!(session.scope_name(), "web");
    }

    #[test]
    fn a_missing_namespace_is_known_only_when_all_are() {
        let mut session = Session::new(None, Scope::One("typo".into()), false);
        assert!(!session.is_namespace_missing());
        session.namespaces = Some(vec!["default".into()]);
        assert!(session.is_namespace_missing());
    }
}
