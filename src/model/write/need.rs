//! The rights that a write takes, as RBAC names them.
//!
//! What is asked of the server before an action is offered. Start with [`Write::needs`]; who asks is
//! `cluster::access`.

use std::fmt;

use super::{Operation, Write};
use crate::model::kind::{Kind, ObjectKey};
use crate::model::resource::Resource;

/// A right, as RBAC names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Need {
    /// `get`, `delete`, `patch`, `create`, …
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource: `pods`, `deployments`.
    pub resource: String,
    /// The subresource: `scale`, `exec`; empty for the object itself.
    pub subresource: &'static str,
    /// The namespace; empty for objects without one, and for all namespaces.
    pub namespace: String,
}

/// What the server says of a need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes, or it could not say: the write itself will.
    Allowed,
    /// No. The server's reason; often empty.
    Denied(String),
}

impl Need {
    /// To do something with objects of a resource in a namespace.
    pub fn new(verb: &'static str, resource: &Resource, namespace: &str) -> Self {
        Self {
            verb,
            group: resource.group.clone(),
            resource: resource.plural.clone(),
            subresource: "",
            namespace: if resource.namespaced { namespace.to_owned() } else { String::new() },
        }
    }

    /// To do something with one object. Rights that name single objects are not told apart.
    pub fn on(verb: &'static str, key: &ObjectKey) -> Self {
        Self::new(verb, &key.resource, &key.namespace)
    }

    /// The same with a part of the object that has a path of its own.
    #[must_use]
    pub fn part(self, subresource: &'static str) -> Self {
        Self { subresource, ..self }
    }

    /// To run a command in a container. A WebSocket is opened with GET, and newer servers want `create` too.
    pub fn exec(namespace: &str) -> [Self; 2] {
        Self::stream("exec", namespace)
    }

    /// To attach to a container.
    pub fn attach(namespace: &str) -> [Self; 2] {
        Self::stream("attach", namespace)
    }

    /// To forward a port of a pod.
    pub fn port_forward(namespace: &str) -> [Self; 2] {
        Self::stream("portforward", namespace)
    }

    /// To read logs.
    pub fn log(namespace: &str) -> Self {
        Self::pods("get", namespace).part("log")
    }

    fn stream(subresource: &'static str, namespace: &str) -> [Self; 2] {
        ["get", "create"].map(|verb| Self::pods(verb, namespace).part(subresource))
    }

    fn pods(verb: &'static str, namespace: &str) -> Self {
        Self::new(verb, &Resource::from(Kind::Pod), namespace)
    }
}

impl Write {
    /// The rights that it takes; without one of them it will be refused half-way or at once.
    pub fn needs(&self) -> Vec<Need> {
        let on = |verb| Need::on(verb, &self.target);
        match &self.operation {
            Operation::Delete(_) => vec![on("delete")],
            Operation::Scale { expected: None, .. } => vec![on("get"), on("patch").part("scale")],
            Operation::Scale { .. } => vec![on("get"), on("get").part("scale"), on("update").part("scale")],
            Operation::Undo(_) => vec![on("get"), self.need_history(), on("patch")],
            Operation::Replace(_) => vec![on("get"), on("update")],
            Operation::Create(_) => vec![on("create")],
            Operation::EndContainer(_) => {
                let exec = Need::exec(&self.target.namespace);
                [on("get")].into_iter().chain(exec).chain(Need::attach(&self.target.namespace)).collect()
            }
            Operation::Debug(debug) => debug.needs.clone(),
            Operation::Drain(_) => {
                let evict = Need::pods("create", "").part("eviction");
                let daemons = Need { group: "apps".into(), resource: "daemonsets".into(), ..Need::pods("get", "") };
                vec![on("get"), on("patch"), Need::pods("list", ""), Need::pods("get", ""), daemons, evict]
            }
            Operation::Restart
            | Operation::SetImage(..)
            | Operation::Pause
            | Operation::Resume
            | Operation::Cordon
            | Operation::Uncordon => vec![on("get"), on("patch")],
        }
    }

    fn need_history(&self) -> Need {
        let history = if self.is_one_of(&["deployments.apps"]) { "replicasets" } else { "controllerrevisions" };
        Need { resource: history.to_owned(), ..Need::on("list", &self.target) }
    }
}

/// `delete pods in namespace shop`, `patch deployments.apps/scale in namespace shop`, `patch nodes`.
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        if !self.subresource.is_empty() {
            write!(f, "/{}", self.subresource)?;
        }
        if self.namespace.is_empty() { Ok(()) } else { write!(f, " in namespace {}", self.namespace) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{resource, write};
    use super::super::{Drain, Grace};
    use super::*;
    use crate::model::resource::tests::deployments;

    fn needs(write: &Write) -> String {
        write.needs().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn each_write_names_the_rights_that_it_takes() {
        let scale = |expected| write(deployments(), Operation::Scale { replicas: 1, expected });
        let sets = resource("apps", "StatefulSet", "statefulsets");
        let cases = [
            (write(Kind::Pod, Operation::Delete(Grace::Own)), "delete pods in namespace shop"),
            (scale(None), "get deployments.apps in namespace shop, patch deployments.apps/scale in namespace shop"),
            (
                scale(Some(1)),
                "get deployments.apps in namespace shop, get deployments.apps/scale in namespace shop, \
                 update deployments.apps/scale in namespace shop",
            ),
            (
                write(sets, Operation::Undo(0)),
                "get statefulsets.apps in namespace shop, list controllerrevisions.apps in namespace shop, \
                 patch statefulsets.apps in namespace shop",
            ),
            (
                write(Kind::Node, Operation::Drain(Drain::default())),
                "get nodes, patch nodes, list pods, get pods, get daemonsets.apps, create pods/eviction",
            ),
        ];
        for (write, wanted) in cases {
            assert_eq!(needs(&write), wanted);
        }
    }

    #[test]
    fn streams_take_two_verbs() {
        let exec = Need::exec("shop").map(|need| need.to_string());
        assert_eq!(exec, ["get pods/exec in namespace shop", "create pods/exec in namespace shop"]);
        assert_eq!(Need::log("").to_string(), "get pods/log");
    }
}
