//! What an object says of itself, so that it is found again from the cluster alone: by another person, on another
//! machine, after the ledger was lost.
//!
//! The annotation is ours; the label is the one that kubectl gives to its node pods, whose value stays kubectl's where
//! it is there already. Start with [`Mark::put_on`].

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::EntryId;
use crate::base::stamp::Stamp;
use crate::model::pod::CREATED_BY;

/// The label that says which program made an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// kubectl's value of it, on node pods (since 1.34).
pub const BY_KUBECTL: &str = "kubectl-debug";
/// Ours.
pub const BY_US: &str = "podtriage";

/// Who made an object, when, and to look at what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The entry in the ledger of whoever made it.
    pub id: EntryId,
    /// The person, as the cluster knows them.
    #[serde(default)]
    pub user: String,
    /// When, RFC 3339.
    #[serde(default)]
    pub time: String,
    /// What is debugged: `pod/web-0`.
    #[serde(default)]
    pub source: String,
}

impl Mark {
    /// A mark of now.
    pub fn new(id: EntryId, user: &str, now: Stamp, source: &str) -> Self {
        Self { id, user: user.to_owned(), time: now.rfc3339(), source: source.to_owned() }
    }

    /// Reads the annotation's value.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Marks the body of a pod that is about to be created.
    pub fn put_on(&self, body: &mut Value) {
        let labels = map_at(body, &["metadata", "labels"]);
        if let Some(labels) = labels {
            labels.entry(MANAGED_BY).or_insert_with(|| BY_US.into());
        }
        if let (Some(annotations), Ok(text)) = (map_at(body, &["metadata", "annotations"]), serde_json::to_string(self))
        {
            annotations.insert(CREATED_BY.to_owned(), text.into());
        }
    }
}

/// Lets the kubelet end a pod that is about to be created, so many seconds after it began: also when nobody is there to
/// do it. A shorter limit that it has already stays.
pub fn limit(body: &mut Value, seconds: u32) {
    if let Some(spec) = map_at(body, &["spec"]) {
        let own = spec.get("activeDeadlineSeconds").and_then(Value::as_u64).unwrap_or(u64::MAX);
        spec.insert("activeDeadlineSeconds".to_owned(), json!(own.min(u64::from(seconds))));
    }
}

/// The object at a path, made where it is missing; `None` where something else stands in the way.
fn map_at<'v>(body: &'v mut Value, path: &[&str]) -> Option<&'v mut serde_json::Map<String, Value>> {
    let mut at = body;
    for name in path {
        let next = at.as_object_mut()?.entry(*name).or_insert_with(|| json!({}));
        if next.is_null() {
            *next = json!({});
        }
        at = next;
    }
    at.as_object_mut()
}
