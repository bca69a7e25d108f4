//! An object with what was read around it, which is what a description is made of.
//!
//! [`Request`]s say what to read, [`ObjectDetails`] holds what came. Which requests belong to which kind is
//! known to `describe`, how to follow them to `cluster`; here are only the words that both use.

use std::collections::BTreeMap;

use serde_json::Value;

/// Something read around an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Around {
    /// The object's events, in the server's order.
    Events,
    /// The pods that the object is about, or among which they are found by owner or volume.
    Pods,
    /// A node's lease.
    Lease,
    /// The resource slices of a node's devices.
    ResourceSlices,
    /// Replica sets that match a deployment's selector.
    ReplicaSets,
    /// The endpoint slices of the service of this name.
    EndpointSlices(String),
    /// The service of this name, which an ingress refers to.
    Service(String),
    /// A namespace's quotas.
    Quotas,
    /// A namespace's limit ranges.
    Limits,
}

impl Around {
    /// Whether it is one object, not a list.
    pub fn is_single(&self) -> bool {
        matches!(self, Self::Lease | Self::Service(_))
    }
}

/// Which refusals leave a description possible; any other fails it as a whole, as it fails kubectl's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerates {
    /// None.
    Nothing,
    /// That the user may not read it.
    Forbidden,
    /// That the server has no such thing.
    Missing,
    /// Every one.
    Anything,
}

/// What to read around an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it is.
    pub what: Around,
    /// Path and query of the API; pages are up to whoever reads.
    pub path: String,
    /// What happens when it cannot be read.
    pub tolerates: Tolerates,
}

/// The items of a list, a single object alone, or why they could not be read.
pub type Answer = Result<Vec<Value>, String>;

/// An object and its surroundings: the API's own JSON, no field lost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectDetails {
    /// The object itself.
    pub object: Value,
    /// What was read around it. What is not here was not asked for.
    pub around: BTreeMap<Around, Answer>,
}

impl ObjectDetails {
    /// An object alone.
    pub fn new(object: Value) -> Self {
        Self { object, around: BTreeMap::new() }
    }

    /// The same with an answer more. A second answer about the same thing continues the first, unless it
    /// is a refusal.
    #[must_use]
    pub fn with(mut self, what: Around, answer: Answer) -> Self {
        match (self.around.get_mut(&what), answer) {
            (Some(Ok(known)), Ok(more)) => known.extend(more),
            (Some(Ok(_)), Err(_)) => {}
            (_, answer) => drop(self.around.insert(what, answer)),
        }
        self
    }

    /// The items that were read; none where they were not asked for or refused.
    pub fn items(&self, what: &Around) -> &[Value] {
        match self.around.get(what) {
            Some(Ok(items)) => items,
            Some(Err(_)) | None => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_about_the_same_add_up() {
        let refused = || Err("forbidden".to_owned());
        let details = ObjectDetails::new(json!({}))
            .with(Around::Events, refused())
            .with(Around::Events, Ok(vec![json!(1)]))
            .with(Around::Events, Ok(vec![json!(2)]))
            .with(Around::Events, refused())
            .with(Around::Pods, refused());
        assert_eq!(details.items(&Around::Events), [json!(1), json!(2)]);
        assert!(details.items(&Around::Pods).is_empty() && details.items(&Around::Lease).is_empty());
        assert_eq!(details.around[&Around::Pods], refused());
    }
}
