//! The findings as data for other programs: what `podtriage triage -o json` prints.
//!
//! A contract: within `podtriage/v1` fields are only added. `docs/triage.schema.json` is made from these types, and a
//! test compares. Pure: whoever makes a [`Report`] says what was checked and which keys and rights there are.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::finding::{Certainty, Evidence, Severity, Subject};
use super::fit::Fit;
use super::groups::Group;
use super::next::Next;
use crate::base::stamp::Stamp;

/// Version of the form.
pub const API_VERSION: &str = "podtriage/v1";

/// What is the matter in a cluster, as far as it could be seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// `podtriage/v1`.
    pub api_version: String,
    /// When it was judged (RFC 3339).
    pub at: String,
    /// The name of the kubeconfig's context.
    pub cluster: String,
    /// The namespaces that were looked at; none named is all of them.
    pub namespaces: Vec<String>,
    /// Whether everything could be seen that the rules asked for. If not, `unseen` says what is missing, and silence is
    /// no proof.
    pub complete: bool,
    /// What could not be seen.
    pub unseen: Vec<Unseen>,
    /// How much was looked at.
    pub checked: Checked,
    /// What is the matter, in the order that is shown to a person: worst first.
    pub findings: Vec<Item>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Unseen {
    /// The resource, as RBAC names it: `persistentvolumeclaims`, `pods/log`.
    pub resource: String,
    /// The verb: `list`, `get`.
    pub verb: String,
    /// The namespace; empty for all, and for resources that have none.
    pub namespace: String,
    /// `forbidden`, or why it failed.
    pub why: String,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Checked {
    /// Pods.
    pub pods: usize,
    /// Nodes; 0 where they may not be listed.
    pub nodes: usize,
}

/// One cause, with everything that has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Item {
    /// The rule: `image.not-found`. Stable; `docs/diagnosis.md` has them all.
    pub id: String,
    /// How bad it is.
    pub severity: SeverityName,
    /// How sure it is.
    pub certainty: CertaintyName,
    /// Why it is only probable; empty where it is certain.
    pub because: String,
    /// The owner where pods share the cause; a lone pod is its own.
    pub subject: About,
    /// The names of the pods; `NAMESPACE/NAME` of those in another namespace than the subject.
    pub pods: Vec<String>,
    /// The cause in one line; may quote the cluster.
    pub cause: String,
    /// Since when (RFC 3339); null where nothing tells.
    pub since: Option<String>,
    /// What was seen, the most telling first.
    pub evidence: Vec<Seen>,
    /// What to do, the most useful first.
    pub next: Vec<Todo>,
    /// Findings that this one makes redundant.
    pub explains: Vec<Explained>,
    /// Where a pod would fit, of pods that have no node; null of all others.
    pub fit: Option<Fit>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SeverityName {
    /// Does not work.
    Broken,
    /// Works in part, or will soon fail.
    Degraded,
    /// Worth knowing; nothing fails.
    Notice,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum CertaintyName {
    /// The cluster says so.
    Certain,
    /// It is concluded.
    Probable,
}

/// An object, and the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct About {
    /// `Pod`, `Deployment`, `Node`, …
    pub kind: String,
    /// Its namespace; empty where it has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The container; empty where the whole object is meant.
    pub container: String,
    /// The field; mostly empty.
    pub field: String,
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Seen {
    /// Where: `event FailedScheduling`, `condition Ready`, `log of app`.
    pub source: String,
    /// What it says, in the cluster's words.
    pub text: String,
    /// When (RFC 3339); null where it has no time.
    pub at: Option<String>,
    /// How often.
    pub count: u32,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Todo {
    /// The name of the action, as the configuration binds keys to it.
    pub action: String,
    /// Its default key, as the configuration writes it; empty where it has none.
    pub key: String,
    /// `KIND/NAMESPACE/NAME`, or `KIND/NAME` of what has no namespace.
    pub target: String,
    /// The kubectl command that does the same.
    pub kubectl: String,
    /// Whether the server says that these credentials may do it; null where it was not asked.
    pub allowed: Option<bool>,
}

/// A finding that another one makes redundant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Explained {
    /// The rule.
    pub id: String,
    /// What it was about.
    pub subject: Object,
}

/// An object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Object {
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty where it has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What the maker of a report knows and findings do not.
pub struct Extras<'a> {
    /// The default key of an action.
    pub key: &'a dyn Fn(&str) -> String,
    /// Whether a step is allowed, where that is known.
    pub allowed: &'a dyn Fn(&Next) -> Option<bool>,
}

impl Item {
    /// A group of findings as data.
    pub fn new(group: &Group, extras: &Extras<'_>) -> Self {
        let finding = &group.finding;
        let (certainty, because) = match &finding.certainty {
            Certainty::Certain => (CertaintyName::Certain, String::new()),
            Certainty::Probable(because) => (CertaintyName::Probable, because.to_string()),
        };
        Self {
            id: finding.id.to_string(),
            severity: finding.severity.into(),
            certainty,
            because,
            subject: (&group.subject).into(),
            pods: group.pods.iter().map(|pod| relative(pod, &group.subject)).collect(),
            cause: finding.cause.to_string(),
            since: time(group.since),
            evidence: finding.evidence.iter().map(Seen::from).collect(),
            next: finding.next.iter().map(|next| todo(next, extras)).collect(),
            explains: group
                .explains
                .iter()
                .map(|(id, subject)| Explained { id: id.to_string(), subject: subject.into() })
                .collect(),
            fit: finding.fit.as_deref().cloned(),
        }
    }
}

/// A pod's name, with its namespace where that is another one than the subject's.
fn relative(pod: &Subject, subject: &Subject) -> String {
    if pod.namespace == subject.namespace { pod.name.to_string() } else { format!("{}/{}", pod.namespace, pod.name) }
}

fn time(stamp: Stamp) -> Option<String> {
    stamp.is_set().then(|| stamp.rfc3339())
}

fn todo(next: &Next, extras: &Extras<'_>) -> Todo {
    let Subject { kind, namespace, name, .. } = &next.target;
    let action = next.step.action();
    Todo {
        action: action.to_owned(),
        key: (extras.key)(action),
        target: if namespace.is_empty() { format!("{kind}/{name}") } else { format!("{kind}/{namespace}/{name}") },
        kubectl: next.kubectl().to_string(),
        allowed: (extras.allowed)(next),
    }
}

impl From<Severity> for SeverityName {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Broken => Self::Broken,
            Severity::Degraded => Self::Degraded,
            Severity::Notice => Self::Notice,
        }
    }
}

impl From<&Subject> for About {
    fn from(subject: &Subject) -> Self {
        let Subject { kind, namespace, name, container, field } = subject;
        Self {
            kind: kind.to_string(),
            namespace: namespace.to_string(),
            name: name.to_string(),
            container: container.to_string(),
            field: field.to_string(),
        }
    }
}

impl From<&Subject> for Object {
    fn from(subject: &Subject) -> Self {
        let Subject { kind, namespace, name, .. } = subject;
        Self { kind: kind.to_string(), namespace: namespace.to_string(), name: name.to_string() }
    }
}

impl From<&Evidence> for Seen {
    fn from(evidence: &Evidence) -> Self {
        let Evidence { source, text, at, count } = evidence;
        Self { source: source.to_string(), text: text.to_string(), at: time(*at), count: *count }
    }
}

/// Things that could not be read, each once, in a stable order; where there are very many of one resource, one stands for
/// all.
pub fn unseen(unseen: impl IntoIterator<Item = Unseen>) -> Vec<Unseen> {
    /// So many of a resource are named.
    const NAMED: usize = 20;
    let mut by_right: BTreeMap<(String, String), BTreeSet<Unseen>> = BTreeMap::new();
    for one in unseen {
        by_right.entry((one.resource.clone(), one.verb.clone())).or_default().insert(one);
    }
    let shortened = |all: BTreeSet<Unseen>| -> Vec<Unseen> {
        let count = all.len();
        match all.first() {
            Some(first) if count > NAMED => {
                let is_one_reason = all.iter().all(|one| one.why == first.why);
                let why =
                    if is_one_reason { first.why.clone() } else { format!("{} (and {} more)", first.why, count - 1) };
                vec![Unseen { namespace: String::new(), why, ..first.clone() }]
            }
            _ => all.into_iter().collect(),
        }
    };
    by_right.into_values().flat_map(shortened).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::finding::Finding;
    use super::super::judge::Judged;
    use super::super::next::Step;
    use super::super::{groups, rules};
    use super::*;

    const SCHEMA: &str = "docs/triage.schema.json";

    fn schema() -> String {
        let mut schema = schemars::schema_for!(Report).to_value();
        schema["title"] = json!("What `podtriage triage -o json` prints");
        serde_json::to_string_pretty(&schema).expect("a schema") + "\n"
    }

    #[test]
    fn the_published_schema_is_that_of_the_types() {
        let path = format!("{}/{SCHEMA}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("PODTRIAGE_WRITE_DOCS").is_some() {
            std::fs::write(&path, schema()).expect("written");
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(published == schema(), "{SCHEMA}: write it anew with PODTRIAGE_WRITE_DOCS=1 cargo test --lib report");
    }

    fn group() -> Group {
        let owner = Subject::new("Deployment", "shop", "web");
        let rule = rules::find("image.not-found").expect("a rule");
        let judged = |namespace: &str, pod: &str| {
            let finding: Finding = rule.finding(Subject::new("Pod", namespace, pod), "no such image");
            let event = Evidence { count: 7, ..Evidence::new("event Failed", "404").at(Stamp::from_seconds(5)) };
            let finding = finding.root(owner.clone()).seen([event]).probably("a guess");
            let finding = finding.next(Next::new(Step::Scale(Some(3)), &owner));
            let explains = vec![("ready.probe".into(), Subject::new("Pod", namespace, pod))];
            Judged { finding, owner: owner.clone(), explains }
        };
        groups::merge(&[judged("shop", "web-1"), judged("other", "web-2")]).remove(0)
    }

    #[test]
    fn a_group_has_the_form_of_the_contract() {
        let extras = Extras { key: &|action| format!("key of {action}"), allowed: &|_| Some(true) };
        let item = serde_json::to_value(Item::new(&group(), &extras)).expect("JSON");
        let expected = json!({
            "id": "image.not-found", "severity": "broken", "certainty": "probable", "because": "a guess",
            "subject": {"kind": "Deployment", "namespace": "shop", "name": "web", "container": "", "field": ""},
            "pods": ["other/web-2", "web-1"], "cause": "no such image", "since": null,
            "evidence": [{"source": "event Failed", "text": "404", "at": "1970-01-01T00:00:05Z", "count": 7}],
            "next": [{"action": "scale", "key": "key of scale", "target": "Deployment/shop/web",
                "kubectl": "kubectl scale -n shop deployment/web --replicas=3", "allowed": true}],
            "explains": [
                {"id": "ready.probe", "subject": {"kind": "Pod", "namespace": "other", "name": "web-2"}},
                {"id": "ready.probe", "subject": {"kind": "Pod", "namespace": "shop", "name": "web-1"}}],
            "fit": null,
        });
        // The words of kubectl are those of `Next`, whose order of flags is tested there.
        let without_command = |mut item: Value| {
            item["next"][0]["kubectl"] = Value::Null;
            item
        };
        assert_eq!(without_command(item), without_command(expected));
    }

    #[test]
    fn what_is_unseen_in_many_namespaces_is_said_once() {
        let one = |namespace: String| Unseen {
            resource: "secrets".into(),
            verb: "get".into(),
            namespace,
            why: "forbidden".into(),
        };
        let few = unseen(["b", "a", "b"].map(|name| one(name.to_owned())));
        assert_eq!(few.iter().map(|one| one.namespace.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let many = unseen((0..50).map(|number| one(number.to_string())));
        assert_eq!(many, [one(String::new())]);
        let reasons = unseen((10..60).map(|number| Unseen { why: format!("no {number}"), ..one(String::new()) }));
        assert_eq!(reasons, [Unseen { why: "no 10 (and 49 more)".into(), ..one(String::new()) }]);
    }
}
