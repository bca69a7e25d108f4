//! Whether a pod would fit, and where: the filters of the default scheduler, for every node and with figures.
//!
//! Pure: whole objects come in, a [`Fit`] goes out. Rules and words are those of kube-scheduler 1.35
//! (`pkg/scheduler/framework/plugins`); `tests/oracle_fit.rs` compares both with a real scheduler. What cannot be judged
//! is named in [`Fit::not_checked`], never guessed.
//!
//! Start with [`judge()`]; `checks` has the filters, `cluster` and `pod` what they read, `would` what would make the pod fit.

mod amounts;
mod checks;
mod cluster;
mod judge;
mod labels;
mod pod;
mod replicas;
mod volumes;
mod would;

#[cfg(test)]
mod tests;

use serde::{Serialize, Serializer};

pub use cluster::{Cluster, Extras};
pub use judge::judge;
pub use replicas::replicas;

/// Where a pod would fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fit {
    /// On how many nodes.
    pub fits: usize,
    /// Of how many.
    pub of: usize,
    /// Why not on the others: the scheduler's words and for how many nodes, in the order of its message.
    #[serde(serialize_with = "as_map")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, usize>"))]
    pub counts: Vec<(String, usize)>,
    /// Each node, in the order of the cluster.
    pub nodes: Vec<NodeFit>,
    /// What would make it fit, the smallest change first; empty when it fits.
    pub would: Vec<Would>,
    /// What could not be judged, and why.
    pub not_checked: Vec<String>,
    /// What the scheduler writes into its event, up to what it says about preemption; empty when the pod fits.
    pub message: String,
}

/// A node, for a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NodeFit {
    /// The node.
    pub name: String,
    /// Whether the pod fits.
    pub fits: bool,
    /// Why not, as the scheduler reports it: the reasons of the first filter that fails.
    pub reasons: Vec<String>,
    /// The reasons of later filters that fail too.
    pub also: Vec<String>,
    /// All of it with figures: `cpu: asks 600m, free 240m of 2 (requested 1760m by 7 pods)`.
    pub detail: Vec<String>,
}

/// A change that would make the pod fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Would {
    /// What would be changed: `pod`, `owner` or `node`.
    pub on: Subject,
    /// The change: `ask for at most 240m cpu`.
    pub change: String,
    /// Why it helps: `node-a has 240m free of 2`.
    pub why: String,
}

/// Whose change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// The pod, or the template that it is made of.
    Pod,
    /// What makes such pods.
    Owner,
    /// A node, or the other pods on it.
    Node,
}

fn as_map<S: Serializer>(counts: &[(String, usize)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().map(|(reason, count)| (reason, count)))
}
