//! What will be sent, as a value: body, requests, rights, and the write that carries them.
//!
//! Start with [`Plan`], which [`super::build`] makes.

use serde_json::{Value, json};

use super::edit;
use super::form::{Form, Style};
use super::mark::{self, Mark};
use crate::base::json;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::kubectl::Kubectl;
use crate::model::resource::Resource;
use crate::model::write::request::{Request, STRATEGIC};
use crate::model::write::{Debug, Need, Operation, Write};

/// What a form comes down to for one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How.
    pub style: Style,
    /// The pod or node that is debugged.
    pub target: ObjectKey,
    /// Its UID, as it was read; empty for a pod of a file.
    pub uid: String,
    /// The namespace of the pod that the container is in.
    pub namespace: String,
    /// The pod as it will be: with the container, the copy, or that on the node.
    pub pod: Value,
    /// What is sent, where it is not the pod.
    pub patch: Option<Value>,
    /// The debug container; empty where a copy has none, so that there is nothing to attach to.
    pub container: String,
    /// Whether its name was generated.
    pub is_generated: bool,
    /// Whether the original is deleted when the copy is made.
    pub replaces: bool,
}

impl Plan {
    /// A plan for an object, as it was read.
    pub(super) fn new(style: Style, object: &Value, pod: Value, container: String) -> Self {
        let text = |path| json::text(object, path);
        let kind = if style == Style::Node { Kind::Node } else { Kind::Pod };
        let namespace = text("/metadata/namespace");
        Self {
            style,
            target: ObjectKey::new(kind, namespace, text("/metadata/name")),
            uid: text("/metadata/uid").to_owned(),
            namespace: namespace.to_owned(),
            pod,
            patch: None,
            container,
            is_generated: false,
            replaces: false,
        }
    }

    /// The pod that the container will be in.
    pub fn pod_key(&self) -> ObjectKey {
        ObjectKey::new(Kind::Pod, &self.namespace, json::text(&self.pod, "/metadata/name"))
    }

    /// What is sent first: the patch, or the pod.
    pub fn body(&self) -> &Value {
        self.patch.as_ref().unwrap_or(&self.pod)
    }

    /// The debug container as it will be; nothing where a copy has none.
    pub fn debug_container(&self) -> Option<&Value> {
        let lists: &[&str] =
            if self.patch.is_some() { &["ephemeralContainers"] } else { &["containers", "initContainers"] };
        let of = |list: &&str| json::list(&self.pod["spec"], &format!("/{list}")).iter();
        lists.iter().flat_map(of).find(|one| one["name"] == self.container.as_str())
    }

    /// What kubectl says before it sends, on standard output, unless it is to be quiet.
    pub fn notice(&self) -> Option<String> {
        let pod = json::text(&self.pod, "/metadata/name");
        let container = &self.container;
        match self.style {
            Style::Node => {
                let node = &self.target.name;
                Some(format!("Creating debugging pod {pod} with container {container} on node {node}."))
            }
            _ => self.is_generated.then(|| format!("Defaulting debug container name to {container}.")),
        }
    }

    /// Adds to a pod that is to be made what tells later who made it.
    pub fn mark(&mut self, mark: &Mark) {
        if self.patch.is_none() {
            mark::mark(&mut self.pod, mark);
        }
    }

    /// Lets a pod that is to be made end by itself.
    pub fn expire(&mut self, seconds: u32) {
        if self.patch.is_none() {
            mark::expire(&mut self.pod, seconds);
        }
    }

    /// The requests, in order; each is sent when the one before has succeeded.
    pub fn requests(&self) -> Vec<Request> {
        if let Some(patch) = &self.patch {
            return vec![Request::patch(format!("{}/ephemeralcontainers", self.target.path()), STRATEGIC, patch)];
        }
        let path = Resource::from(Kind::Pod).list_path(Some(&self.namespace));
        let create = Request::post(path, &self.pod);
        let original = self.replaces.then(|| Request {
            method: "DELETE",
            path: self.target.path(),
            content_type: "application/json",
            body: self.deletion().to_string(),
        });
        [create].into_iter().chain(original).collect()
    }

    /// At once, and only the pod that was copied.
    fn deletion(&self) -> Value {
        let mut options = json!({"gracePeriodSeconds": 0});
        if !self.uid.is_empty() {
            edit::set(&mut options, "preconditions", json!({"uid": self.uid}));
        }
        options
    }

    /// The rights that it takes. Attaching takes more.
    pub fn needs(&self) -> Vec<Need> {
        let pods = |verb| Need::new(verb, &Kind::Pod.into(), &self.namespace);
        let mut needs = vec![Need::on("get", &self.target)];
        needs.push(match self.style {
            Style::Ephemeral => pods("patch").part("ephemeralcontainers"),
            Style::Copy | Style::Node => pods("create"),
        });
        needs.extend(self.replaces.then(|| Need::on("delete", &self.target)));
        needs
    }

    /// The command that does the same.
    pub fn command(&self, form: &Form) -> Kubectl {
        let object = if self.style == Style::Node { self.target.to_string() } else { self.target.name.to_string() };
        let generated = if self.style == Style::Node { &form.container } else { &self.container };
        form.kubectl(&object, &self.namespace, generated)
    }

    /// The write that carries it, with the command that does the same.
    pub fn write(&self, form: &Form) -> Write {
        let pod = json::text(&self.pod, "/metadata/name");
        let (how, said) = match self.style {
            Style::Ephemeral => (
                format!("with ephemeral container {}", self.container),
                format!("pod/{pod}: ephemeral container {} added", self.container),
            ),
            Style::Copy if self.replaces => {
                (format!("in copy {pod}, replacing it"), format!("pod/{pod} created, {} deleted", self.target))
            }
            Style::Copy => (format!("in copy {pod}"), format!("pod/{pod} created")),
            Style::Node => (format!("with pod {pod}"), format!("pod/{pod} created")),
        };
        let debug = Debug { how, said, requests: self.requests(), needs: self.needs(), kubectl: self.command(form) };
        Write { target: self.target.clone(), uid: self.uid.clone(), operation: Operation::Debug(Box::new(debug)) }
    }
}
