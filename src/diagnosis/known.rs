//! What is known beyond what is watched, and what rules would like to know.
//!
//! A rule asks by [`Known::object`] or [`Known::lines`]. What is not there yet is noted; whoever has the connection takes
//! the notes ([`Known::take_wanted`]), reads them and hands back the answers ([`Known::learn`]), after which the
//! rule is asked again. So rules stay functions, and nothing is read that no rule has use for.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use super::fit;
use crate::base::json::list;
use crate::base::stamp::Stamp;
use crate::model::lookup::{Answer, Lookup, Resource};

/// What a rule learns of a lookup.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen<T> {
    /// It is known.
    Known(T),
    /// There is no such thing.
    Missing,
    /// It cannot be read, and why.
    Unreadable,
    /// Nobody has read it yet. It will be.
    NotYet,
}

impl<T> Seen<T> {
    /// What is known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// The part of what is known that is of use; what is of another sort than expected cannot be read.
    fn part<U>(self, read: impl FnOnce(T) -> Option<U>) -> Seen<U> {
        match self {
            Self::Known(value) => read(value).map_or(Seen::Unreadable, Seen::Known),
            Self::Missing => Seen::Missing,
            Self::Unreadable => Seen::Unreadable,
            Self::NotYet => Seen::NotYet,
        }
    }
}

/// A lookup that was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What was asked for.
    pub lookup: Lookup,
    /// Whether the person may not read it; else it failed.
    pub is_forbidden: bool,
    /// The words of whoever refused it.
    pub why: Box<str>,
}

/// Answers, with the time of each, and open questions.
#[derive(Debug, Default)]
pub struct Known {
    answers: FxHashMap<Lookup, (Answer, Stamp)>,
    wanted: RefCell<FxHashSet<Lookup>>,
    /// The cluster as the scheduler sees it: made once from its parts, which may be large.
    scheduling: OnceCell<fit::Cluster>,
}

impl Known {
    /// Takes an answer.
    pub fn learn(&mut self, lookup: Lookup, answer: Answer, at: Stamp) {
        if lookup.is_list() {
            self.scheduling.take();
        }
        self.wanted.get_mut().remove(&lookup);
        self.answers.insert(lookup, (answer, at));
    }

    /// Forgets the answers that are not to be kept, by what they are about and when they came.
    pub fn retain(&mut self, mut keep: impl FnMut(&Lookup, Stamp) -> bool) {
        let before = self.answers.len();
        self.answers.retain(|lookup, (_, at)| keep(lookup, *at));
        if self.answers.len() != before {
            self.scheduling.take();
        }
    }

    /// What rules have asked for and nobody has read, since this was asked last.
    pub fn take_wanted(&self) -> Vec<Lookup> {
        self.wanted.take().into_iter().collect()
    }

    /// What was refused, or failed.
    pub fn unseen(&self) -> Vec<Unseen> {
        let unseen = self.answers.iter().filter_map(|(lookup, (answer, _))| {
            let (is_forbidden, why) = match answer {
                Answer::Forbidden(why) => (true, why),
                Answer::Failed(why) => (false, why),
                _ => return None,
            };
            Some(Unseen { lookup: lookup.clone(), is_forbidden, why: why.clone() })
        });
        unseen.collect()
    }

    /// When this was answered; not set where it was not.
    pub fn answered(&self, lookup: &Lookup) -> Stamp {
        self.answers.get(lookup).map(|(_, at)| *at).unwrap_or_default()
    }

    fn look(&self, lookup: Lookup) -> Seen<&Answer> {
        match self.answers.get(&lookup) {
            Some((Answer::Missing, _)) => Seen::Missing,
            Some((Answer::Forbidden(_) | Answer::Failed(_), _)) => Seen::Unreadable,
            Some((answer, _)) => Seen::Known(answer),
            None => {
                self.wanted.borrow_mut().insert(lookup);
                Seen::NotYet
            }
        }
    }

    /// An object, or a list with its `items`.
    pub fn object(&self, lookup: Lookup) -> Seen<&Value> {
        self.look(lookup).part(|answer| match answer {
            Answer::Object(object) => Some(&**object),
            _ => None,
        })
    }

    /// The items of a list.
    pub fn items(&self, lookup: Lookup) -> Seen<&[Value]> {
        self.object(lookup).part(|found| Some(list(found, "/items")))
    }

    /// The items of a list that somebody else has asked for already. Nothing is noted.
    pub fn listed(&self, lookup: &Lookup) -> Option<&[Value]> {
        match self.answers.get(lookup) {
            Some((Answer::Object(found), _)) => Some(list(found, "/items")),
            _ => None,
        }
    }

    /// The last lines of a log.
    pub fn lines(&self, lookup: Lookup) -> Seen<&[Box<str>]> {
        self.look(lookup).part(|answer| match answer {
            Answer::Lines(lines) => Some(&**lines),
            _ => None,
        })
    }

    /// The cluster as the scheduler sees it. Nodes and pods must be known; volumes and namespaces are taken where they
    /// are, and what is not is said to be not checked.
    pub fn scheduling(&self) -> Seen<&fit::Cluster> {
        if let Some(cluster) = self.scheduling.get() {
            return Seen::Known(cluster);
        }
        let list = |resource| self.items(Lookup::list(resource, ""));
        let (nodes, pods) = (list(Resource::Nodes), list(Resource::Pods));
        let others = [Resource::Claims, Resource::Volumes, Resource::StorageClasses, Resource::Namespaces].map(list);
        if others.iter().any(|other| matches!(other, Seen::NotYet)) {
            return Seen::NotYet;
        }
        match (nodes, pods) {
            (Seen::Known(nodes), Seen::Known(pods)) => {
                let [claims, volumes, classes, namespaces] = others.map(|other| other.known().map(<[Value]>::to_vec));
                let extras = fit::Extras { claims, volumes, classes, namespaces };
                Seen::Known(self.scheduling.get_or_init(|| fit::Cluster::new(nodes, pods, &extras)))
            }
            (Seen::NotYet, _) | (_, Seen::NotYet) => Seen::NotYet,
            _ => Seen::Unreadable,
        }
    }
}

/// An object as an answer.
impl From<Value> for Answer {
    fn from(object: Value) -> Self {
        Self::Object(Arc::new(object))
    }
}
