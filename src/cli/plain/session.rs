//! What every plain command works with: a connection, the namespaces that are meant, where the output goes; and what
//! its arguments name.

use std::io::Write;

use super::super::args::Place;
use super::failure::Failure;
use super::target::{self, Targets};
use crate::app::session::Scope;
use crate::cluster::connect::Connection;
use crate::cluster::pages::Select;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::resource::Resource;
use crate::runtime::Source;

/// A command's surroundings.
#[derive(Clone)]
pub struct Session {
    /// The connection.
    pub connection: Connection,
    /// The namespace that is meant, or would be if not all were.
    pub namespace: String,
    /// Whether all namespaces are meant.
    pub all_namespaces: bool,
}

/// Where a command writes.
pub struct Streams<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error, for what is said there but is no failure.
    pub notes: &'a mut dyn Write,
}

/// Objects of one kind: all that are selected, or one by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The kind.
    pub resource: Resource,
    /// The name; `None` is all of them.
    pub name: Option<String>,
}

impl Session {
    /// Connects.
    pub async fn open(source: &Source, place: &Place) -> Result<Self, Failure> {
        let connection = source.connect(place.context.clone()).await.map_err(Failure::Connect)?;
        let (namespace, all_namespaces) = match place.scope() {
            Scope::One(name) => (name, false),
            scope => (place.namespace.clone().unwrap_or(connection.info.namespace.clone()), scope == Scope::All),
        };
        Ok(Self { connection, namespace, all_namespaces })
    }

    /// What is selected of a kind.
    pub fn select(&self, resource: &Resource, labels: Option<&String>, fields: Option<&String>) -> Select {
        let is_one = resource.namespaced && !self.all_namespaces;
        Select {
            namespace: is_one.then(|| self.namespace.clone()),
            labels: labels.cloned().unwrap_or_default(),
            fields: fields.cloned().unwrap_or_default(),
        }
    }

    /// The key of an object in the namespace that is meant.
    pub fn key(&self, resource: &Resource, name: &str) -> Result<ObjectKey, Failure> {
        if resource.namespaced && self.all_namespaces {
            return Err(Failure::Usage("a resource cannot be retrieved by name across all namespaces".to_owned()));
        }
        let namespace = if resource.namespaced { self.namespace.as_str() } else { "" };
        Ok(ObjectKey::new(resource.clone(), namespace, name))
    }

    /// The kind that a person means by `text`.
    pub fn resource(&self, text: &str) -> Result<Resource, Failure> {
        let known = Kind::ALL.map(Resource::from).into_iter().find(|resource| resource.is_called(text));
        known.ok_or_else(|| Failure::Usage(format!("the server doesn't have a resource type \"{text}\"")))
    }

    /// What the arguments name, each kind once.
    pub fn wanted(&self, args: &[String]) -> Result<Vec<Wanted>, Failure> {
        let targets = target::parse(args, |_| None).map_err(Failure::Usage)?;
        let mut wanted: Vec<Wanted> = Vec::new();
        match targets {
            Targets::Kinds(kinds) => {
                for kind in kinds {
                    let all = Wanted { resource: self.resource(&kind)?, name: None };
                    if !wanted.contains(&all) {
                        wanted.push(all);
                    }
                }
            }
            Targets::Named(kind, names) => {
                let resource = self.resource(&kind)?;
                wanted.extend(names.into_iter().map(|name| Wanted { resource: resource.clone(), name: Some(name) }));
            }
            Targets::Pairs(pairs) => {
                for (kind, name) in pairs {
                    wanted.push(Wanted { resource: self.resource(&kind)?, name: Some(name) });
                }
            }
        }
        Ok(wanted)
    }

    /// That nothing was found, in kubectl's words.
    pub fn nothing_found(&self, in_namespace: bool) -> String {
        if in_namespace && !self.all_namespaces {
            format!("No resources found in {} namespace.", self.namespace)
        } else {
            "No resources found".to_owned()
        }
    }
}
