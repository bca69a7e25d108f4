//! Reads what the rules look at, and what they then ask for, until they have enough.
//!
//! A refusal is noted and not fatal, except of pods, without which nothing can be told ([`Gathered::is_blind`]). Start with
//! [`Gatherer::gather`]; asked again, it keeps what cannot have changed.

use std::cell::RefCell;

use futures::{StreamExt as _, stream};

use super::super::failure::Failure;
use super::super::fetch;
use super::super::session::Session;
use crate::base::stamp::Stamp;
use crate::cluster::error::Error;
use crate::cluster::lookup;
use crate::cluster::pages::Select;
use crate::diagnosis::engine::Engine;
use crate::diagnosis::known::Known;
use crate::diagnosis::report::{Unseen, unseen};
use crate::diagnosis::survey::{Snapshot, survey};
use crate::model::event::EventRow;
use crate::model::lookup::{Lookup, What};
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;
use crate::model::resource::Resource;
use crate::model::row::WireRow;
use crate::runtime::now;

/// Things that are read at the same time.
const AT_ONCE: usize = 16;
/// Things that are read before the rules are asked again.
const IN_A_ROUND: usize = 500;
/// How often the rules are asked; what they ask for in one round depends on the answers of the round before.
const ROUNDS: usize = 8;

/// What was found, and from what.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The findings.
    pub engine: Engine,
    /// The pods of the namespaces that are meant.
    pub pods: Vec<PodRow>,
    /// All nodes; none where they may not be listed.
    pub nodes: Vec<NodeRow>,
    /// The events of these namespaces, and of nodes.
    pub events: Vec<EventRow>,
    /// What could not be read.
    pub unseen: Vec<Unseen>,
    /// Whether the pods could not be read, so that nothing can be told.
    pub is_blind: bool,
    /// When it was judged.
    pub now: Stamp,
}

/// Reads, once or again and again.
pub struct Gatherer<'a> {
    session: &'a Session,
    labels: Option<&'a String>,
    known: Known,
    refused: RefCell<Vec<Unseen>>,
}

impl<'a> Gatherer<'a> {
    /// Of the pods with these labels.
    pub fn new(session: &'a Session, labels: Option<&'a String>) -> Self {
        Self { session, labels, known: Known::default(), refused: RefCell::default() }
    }

    /// What was read because a rule asked for it.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Reads everything and judges it.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, does not know us, or fails. That it refuses something is none.
    pub async fn gather(&mut self) -> Result<Gathered, Failure> {
        // The log of a run that has ended stays as it is; everything else is read anew.
        self.known.retain(|lookup, _| matches!(lookup.what, What::Log { previous: true, .. }));
        self.refused.get_mut().clear();
        let (pods, nodes, events) =
            futures::join!(self.rows::<PodRow>(self.labels, ""), self.rows::<NodeRow>(None, ""), self.events());
        let (pods, nodes, events) = (pods?, nodes?, events?);
        let mut gathered = Gathered {
            is_blind: pods.is_none(),
            pods: pods.unwrap_or_default(),
            nodes: nodes.unwrap_or_default(),
            events,
            ..Gathered::default()
        };
        self.judge(&mut gathered).await;
        let seen = self.known.unseen().into_iter().map(|one| {
            let why = if one.is_forbidden { FORBIDDEN.to_owned() } else { one.why.into() };
            not_seen(&one.lookup, why)
        });
        gathered.unseen = unseen(self.refused.take().into_iter().chain(seen));
        Ok(gathered)
    }

    /// Asks the rules and reads what they want to know, until they want no more.
    async fn judge(&mut self, gathered: &mut Gathered) {
        for round in 1.. {
            gathered.now = now();
            gathered.engine = self.survey(gathered);
            let mut wanted = self.known.take_wanted();
            if wanted.is_empty() {
                return;
            }
            if round == ROUNDS {
                let unread = |lookup| not_seen(lookup, "there was more to read than was read".to_owned());
                self.refused.get_mut().extend(wanted.iter().map(unread));
                return;
            }
            // Lists first: they answer for many. What finds no room now is asked for again in the next round.
            wanted.sort_by_cached_key(|lookup| (!lookup.is_list(), lookup.path()));
            wanted.truncate(IN_A_ROUND);
            self.read(wanted).await;
        }
    }

    fn survey(&self, gathered: &Gathered) -> Engine {
        let namespace = if self.session.all_namespaces { "" } else { self.session.namespace.as_str() };
        survey(&Snapshot {
            namespaces: &[namespace],
            pods: &gathered.pods,
            nodes: &gathered.nodes,
            events: &gathered.events,
            known: &self.known,
            now: gathered.now,
        })
    }

    async fn read(&mut self, wanted: Vec<Lookup>) {
        let connection = &self.session.connection;
        let reads = wanted.into_iter().map(|lookup| async move {
            let answer = lookup::read(connection, &lookup).await;
            (lookup, answer)
        });
        let mut answers = stream::iter(reads).buffer_unordered(AT_ONCE);
        while let Some((lookup, answer)) = answers.next().await {
            self.known.learn(lookup, answer, now());
        }
    }

    /// Events of the namespaces that are meant, and of nodes, which are in the namespace `default`.
    async fn events(&self) -> Result<Vec<EventRow>, Failure> {
        let mut events: Vec<EventRow> = self.rows(None, "").await?.unwrap_or_default();
        if !self.session.all_namespaces && self.session.namespace != DEFAULT {
            let select = Select {
                namespace: Some(DEFAULT.to_owned()),
                fields: "involvedObject.kind=Node".to_owned(),
                ..Select::default()
            };
            events.extend(self.selected::<EventRow>(select).await?.unwrap_or_default());
        }
        Ok(events)
    }

    async fn rows<R: WireRow>(&self, labels: Option<&String>, fields: &str) -> Result<Option<Vec<R>>, Failure> {
        let select = self.session.select(&R::KIND.into(), labels, Some(&fields.to_owned()));
        self.selected(select).await
    }

    /// What is selected; nothing where it may not be listed.
    async fn selected<R: WireRow>(&self, select: Select) -> Result<Option<Vec<R>>, Failure> {
        let namespace = select.namespace.clone().unwrap_or_default();
        match fetch::all(self.session, select).await {
            Ok(rows) => Ok(Some(rows)),
            Err(Failure::Server(Error::Api { code: 403, .. })) => {
                let resource: Resource = R::KIND.into();
                let (resource, verb) = (resource.plural.clone(), "list".to_owned());
                self.refused.borrow_mut().push(Unseen { resource, verb, namespace, why: FORBIDDEN.to_owned() });
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }
}

/// Where the events of nodes are.
const DEFAULT: &str = "default";
const FORBIDDEN: &str = "forbidden";

fn not_seen(lookup: &Lookup, why: String) -> Unseen {
    let (verb, resource) = lookup.right();
    Unseen { resource: resource.to_owned(), verb: verb.to_owned(), namespace: lookup.namespace.to_string(), why }
}
