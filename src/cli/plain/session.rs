//! What every plain command works with: a connection, the namespaces that are meant, where the output goes; and what
//! its arguments name.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;

use super::super::args::Place;
use super::failure::Failure;
use super::target::{self, Targets};
use crate::app::session::Scope;
use crate::cluster::connect::Connection;
use crate::cluster::discovery;
use crate::cluster::pages::{Answer, Select};
use crate::model::discovery::find;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::resource::Resource;
use crate::runtime::Source;

/// A command's surroundings.
pub struct Session {
    /// The connection.
    pub connection: Connection,
    /// The namespace that is meant, or would be if not all were.
    pub namespace: String,
    /// Whether all namespaces are meant.
    pub all_namespaces: bool,
    source: Source,
    context: Option<String>,
    notes: RefCell<Box<dyn Write>>,
    warned: RefCell<BTreeSet<String>>,
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
    /// Connects. `notes` is standard error.
    pub async fn open(source: &Source, place: &Place, notes: Box<dyn Write>) -> Result<Self, Failure> {
        let connection = source.connect(place.context.clone()).await.map_err(Failure::Connect)?;
        let (namespace, all_namespaces) = match place.scope() {
            Scope::One(name) => (name, false),
            scope => (place.namespace.clone().unwrap_or(connection.info.namespace.clone()), scope == Scope::All),
        };
        let (source, context) = (source.clone(), place.context.clone());
        let (notes, warned) = (RefCell::new(notes), RefCell::default());
        Ok(Self { connection, namespace, all_namespaces, source, context, notes, warned })
    }

    /// The same connection made anew, with a credential that is valid now.
    pub async fn reconnect(&self) -> Result<Connection, Failure> {
        self.source.connect(self.context.clone()).await.map_err(Failure::Connect)
    }

    /// The same over a connection that stands.
    #[cfg(test)]
    pub fn over(connection: Connection, namespace: &str, notes: Box<dyn Write>) -> Self {
        // Nobody connects anew in such a test.
        let source = Source::Cluster(Box::default());
        let (notes, warned) = (RefCell::new(notes), RefCell::default());
        let namespace = namespace.to_owned();
        Self { connection, namespace, all_namespaces: false, source, context: None, notes, warned }
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
    pub async fn resource(&self, text: &str) -> Result<Resource, Failure> {
        let served = self.served(&[text]).await?;
        named(&served, text)
    }

    /// What the arguments name, each kind once.
    pub async fn wanted(&self, args: &[String]) -> Result<Vec<Wanted>, Failure> {
        let served = self.served(&target::kinds(args)).await?;
        let in_category = |word: &str| -> Option<Vec<String>> {
            let has = |resource: &&Resource| resource.categories.iter().any(|category| category == word);
            let found: Vec<_> = served.iter().filter(has).map(Resource::full_name).collect();
            (!found.is_empty()).then_some(found)
        };
        let targets = target::parse(args, in_category).map_err(Failure::Usage)?;
        let all = |kind: String| Ok(Wanted { resource: named(&served, &kind)?, name: None });
        let one = |kind: &str, name| Ok(Wanted { resource: named(&served, kind)?, name: Some(name) });
        let mut wanted: Vec<Wanted> = match targets {
            Targets::Kinds(kinds) => kinds.into_iter().map(all).collect::<Result<_, Failure>>()?,
            Targets::Named(kind, names) => {
                names.into_iter().map(|name| one(&kind, name)).collect::<Result<_, Failure>>()?
            }
            Targets::Pairs(pairs) => {
                pairs.into_iter().map(|(kind, name)| one(&kind, name)).collect::<Result<_, Failure>>()?
            }
        };
        // `pods,po` is one kind; an object that is named twice is printed twice.
        let mut seen: Vec<Resource> = Vec::new();
        wanted.retain(|one| {
            let again = one.name.is_none() && seen.contains(&one.resource);
            seen.push(one.resource.clone());
            !again
        });
        Ok(wanted)
    }

    /// The kinds to look names up in. The server is asked for its own only when a name needs it.
    async fn served(&self, names: &[&str]) -> Result<Vec<Resource>, Failure> {
        let watched = Kind::ALL.map(Resource::from);
        if names.iter().all(|name| watched.iter().any(|resource| resource.is_called(name))) {
            return Ok(watched.to_vec());
        }
        Ok(discovery::discover(&self.connection).await?.resources)
    }

    /// Says a line on standard error that is no failure.
    pub fn say(&self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(self.notes.borrow_mut(), "{line}")?)
    }

    /// Takes an answer, and hands on what the server warns of: each text once, as kubectl does.
    pub fn heard<T>(&self, answer: Answer<T>) -> Result<T, Failure> {
        for text in answer.warnings {
            if self.warned.borrow_mut().insert(text.clone()) {
                self.say(&format!("Warning: {text}"))?;
            }
        }
        Ok(answer.content)
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

fn named(served: &[Resource], text: &str) -> Result<Resource, Failure> {
    let found = find(served, text).cloned();
    found.ok_or_else(|| {
        let place = text.split_once('.').map(|(_, group)| format!(" in group \"{group}\"")).unwrap_or_default();
        let name = text.split('.').next().unwrap_or_default();
        Failure::Usage(format!("the server doesn't have a resource type \"{name}\"{place}"))
    })
}
