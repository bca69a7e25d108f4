//! What tells later that a pod was made by this program: for the list of sessions, and for cleaning up.
//!
//! The plain command adds nothing, so that what it sends is what kubectl sends.

use serde_json::{Value, json};

use super::edit;
use super::node::MANAGED_BY;
use crate::base::stamp::Stamp;

/// The annotation: JSON with `user`, `time`, `source`.
pub use crate::model::pod::CREATED_BY as CREATED;
/// The label's value on copies. Pods on nodes keep kubectl's, and a copy that keeps its labels keeps them.
pub const PODTRIAGE: &str = "podtriage";

/// Who made a pod, when, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The user, as the kubeconfig or the machine calls them.
    pub user: String,
    /// When.
    pub time: Stamp,
    /// What was debugged: `pod/web-0`, `node/node-a`.
    pub source: String,
}

/// Marks a pod that is to be made. A patch for an ephemeral container cannot carry a mark and stays as it is.
pub fn mark(body: &mut Value, mark: &Mark) {
    if body["kind"] != "Pod" {
        return;
    }
    let metadata = edit::field(body, "metadata");
    let created = json!({"user": mark.user, "time": mark.time.rfc3339(), "source": mark.source}).to_string();
    edit::set(edit::field(metadata, "annotations"), CREATED, created);
    let label = edit::field(edit::field(metadata, "labels"), MANAGED_BY);
    if label.is_null() {
        *label = PODTRIAGE.into();
    }
}

/// Who made this pod, if this program did.
pub fn read(pod: &Value) -> Option<Mark> {
    Mark::parse(pod["metadata"]["annotations"][CREATED].as_str()?)
}

impl Mark {
    /// Reads the annotation's value.
    pub fn parse(text: &str) -> Option<Self> {
        let created: Value = serde_json::from_str(text).ok()?;
        let text = |name: &str| created[name].as_str().unwrap_or_default().to_owned();
        Some(Self { user: text("user"), time: Stamp::parse(&text("time")), source: text("source") })
    }
}

/// Lets a pod that is to be made end by itself after so many seconds.
pub fn expire(body: &mut Value, seconds: u32) {
    if body["kind"] == "Pod" {
        edit::set(edit::field(body, "spec"), "activeDeadlineSeconds", seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody() -> Mark {
        Mark { user: "jo \"x\"".to_owned(), time: Stamp::parse("2026-11-24T07:34:06Z"), source: "pod/web-0".to_owned() }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let mut pod = json!({"kind": "Pod", "metadata": {"name": "copy"}, "spec": {}});
        mark(&mut pod, &somebody());
        expire(&mut pod, 60);
        assert_eq!(read(&pod), Some(somebody()));
        assert_eq!(pod["metadata"]["labels"], json!({MANAGED_BY: "podtriage"}));
        assert_eq!(pod["spec"], json!({"activeDeadlineSeconds": 60}));
    }

    #[test]
    fn labels_that_are_there_stay() {
        let labels = json!({MANAGED_BY: "kubectl-debug", "app": "web"});
        let mut pod = json!({"kind": "Pod", "metadata": {"labels": labels}});
        mark(&mut pod, &somebody());
        assert_eq!(pod["metadata"]["labels"], labels);
    }

    #[test]
    fn a_patch_stays_as_it_is() {
        let patch = json!({"spec": {"ephemeralContainers": [{"name": "d"}]}});
        let mut marked = patch.clone();
        mark(&mut marked, &somebody());
        expire(&mut marked, 60);
        assert_eq!(marked, patch);
        assert_eq!(read(&patch), None);
        let other = json!({"metadata": {"annotations": {CREATED: "no JSON"}}});
        assert_eq!(read(&other), None);
    }
}
