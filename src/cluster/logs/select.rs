//! Which pods and containers a [`LogsRequest`] means: from a workload to a selector, from a pod to its containers.
//!
//! Start with [`scopes`], which reads the owner, and [`Filter`], which is pure.

use regex::{Regex, RegexSet};
use serde_json::Value;

use super::data::{LogSelection, LogsRequest, RunState};
use crate::base::percent;
use crate::base::problem::Problem;
use crate::cluster::connect::Connection;
use crate::cluster::error::Error;
use crate::cluster::http;
use crate::model::kind::ObjectKey;
use crate::model::pod::{ContainerKind, ContainerRow, PodRow, State};
use crate::model::row::Row;

/// Above so many named pods of a namespace one watch of the whole costs less than one for each.
const NAMED: usize = 8;

/// What to list and watch, and which of the pods found count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The namespace; `None` is all.
    pub namespace: Option<String>,
    /// `labelSelector=…` or `fieldSelector=…`, escaped; empty: all pods.
    pub filter: String,
    /// Whose pods count.
    pub ownership: Ownership,
}

/// Whose pods count: a selector may fit pods of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// All that the selector finds.
    Any,
    /// Pods of these names.
    Named(Vec<String>),
    /// Pods that an object of this kind and name controls.
    Direct(String, String),
    /// Pods of the replica sets that a Deployment of this name made: its name and the hash of the template.
    Deployment(String),
    /// Pods of the jobs that a CronJob of this name made: its name and the minute.
    CronJob(String),
}

impl Ownership {
    /// Whether a pod counts.
    pub fn holds(&self, pod: &PodRow) -> bool {
        let owner = pod.meta.owner.as_ref();
        let of_kind = |kind: &str| owner.filter(|owner| &*owner.kind == kind).map(|owner| &*owner.name);
        match self {
            Self::Any => true,
            Self::Named(names) => names.iter().any(|name| *name == pod.meta.name.as_str()),
            Self::Direct(kind, name) => of_kind(kind) == Some(name),
            Self::Deployment(name) => {
                let hash = pod.meta.label("pod-template-hash").unwrap_or_default();
                of_kind("ReplicaSet").and_then(|set| set.strip_prefix(name.as_str())?.strip_prefix('-')) == Some(hash)
            }
            Self::CronJob(name) => of_kind("Job")
                .and_then(|job| job.strip_prefix(name.as_str())?.strip_prefix('-'))
                .is_some_and(|minute| !minute.is_empty() && minute.bytes().all(|byte| byte.is_ascii_digit())),
        }
    }
}

/// From a selection to what is watched; a workload's selector is read from the server.
pub async fn scopes(connection: &Connection, selection: &LogSelection) -> Result<Vec<Scope>, Error> {
    match selection {
        LogSelection::Pods(pods) => Ok(of_names(pods)),
        LogSelection::Labels { namespace, selector } => {
            let filter = by_labels(selector);
            Ok(vec![Scope { namespace: namespace.clone(), filter, ownership: Ownership::Any }])
        }
        LogSelection::Owner(owner) => {
            let object = http::get_json(&connection.client, &owner.path(), connection.request_timeout).await?;
            of_owner(owner, &object).map(|scope| vec![scope]).ok_or_else(|| Error::Api {
                code: 400,
                reason: "BadRequest".to_owned(),
                message: format!("{owner} selects no pods"),
            })
        }
    }
}

fn of_names(pods: &[(String, String)]) -> Vec<Scope> {
    let mut by_namespace: Vec<(&str, Vec<String>)> = Vec::new();
    for (namespace, name) in pods {
        match by_namespace.iter_mut().find(|(known, _)| known == namespace) {
            Some((_, names)) => names.push(name.clone()),
            None => by_namespace.push((namespace, vec![name.clone()])),
        }
    }
    let one = |namespace: &str, name: &String| Scope {
        namespace: Some(namespace.to_owned()),
        filter: format!("fieldSelector=metadata.name%3D{}", percent::encode(name, percent::UNRESERVED)),
        ownership: Ownership::Any,
    };
    let mut scopes = Vec::new();
    for (namespace, names) in by_namespace {
        if names.len() <= NAMED {
            scopes.extend(names.iter().map(|name| one(namespace, name)));
        } else {
            let namespace = Some(namespace.to_owned());
            scopes.push(Scope { namespace, filter: String::new(), ownership: Ownership::Named(names) });
        }
    }
    scopes
}

/// What a workload or service selects; `None` when it selects nothing.
fn of_owner(key: &ObjectKey, object: &Value) -> Option<Scope> {
    let (kind, name) = (key.resource.kind.as_str(), key.name.to_string());
    let (selector, ownership) = match kind {
        "CronJob" => ("batch.kubernetes.io/job-name".to_owned(), Ownership::CronJob(name)),
        "Service" => (equal_labels(&object["spec"]["selector"]), Ownership::Any),
        "ReplicationController" => {
            (equal_labels(&object["spec"]["selector"]), Ownership::Direct(kind.to_owned(), name))
        }
        "Deployment" => (label_selector(&object["spec"]["selector"]), Ownership::Deployment(name)),
        _ => (label_selector(&object["spec"]["selector"]), Ownership::Direct(kind.to_owned(), name)),
    };
    let namespace = Some(key.namespace.to_string());
    (!selector.is_empty()).then(|| Scope { namespace, filter: by_labels(&selector), ownership })
}

/// The selector of a workload or service for its pods, as a query wants it; empty when it selects nothing.
pub fn selector(kind: &str, object: &Value) -> String {
    let selector = &object["spec"]["selector"];
    if matches!(kind, "Service" | "ReplicationController") { equal_labels(selector) } else { label_selector(selector) }
}

fn by_labels(selector: &str) -> String {
    if selector.trim().is_empty() {
        return String::new();
    }
    format!("labelSelector={}", percent::encode(selector, percent::UNRESERVED))
}

fn equal_labels(labels: &Value) -> String {
    let pairs = labels.as_object().into_iter().flatten();
    let pairs: Vec<_> = pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    pairs.join(",")
}

/// A `LabelSelector` as the query wants it.
fn label_selector(selector: &Value) -> String {
    let equal = equal_labels(&selector["matchLabels"]);
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten().filter_map(|expression| {
        let key = expression["key"].as_str()?;
        let values: Vec<_> = expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let values = values.join(",");
        Some(match expression["operator"].as_str()? {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        })
    });
    let parts: Vec<_> = std::iter::once(equal).filter(|equal| !equal.is_empty()).chain(expressions).collect();
    parts.join(",")
}

/// Which pods and containers of those found are read.
#[derive(Debug)]
pub struct Filter {
    pods: Option<RegexSet>,
    not_pods: RegexSet,
    include: Option<Regex>,
    exclude: Option<Regex>,
    first_only: bool,
    no_init: bool,
    no_ephemeral: bool,
    states: Vec<RunState>,
}

impl Filter {
    /// Reads the expressions of a request.
    pub fn new(request: &LogsRequest) -> Result<Self, Problem> {
        let refused = |error: regex::Error| {
            Problem::new("choose pods and containers", error.to_string(), "Mend the regular expression")
        };
        let expression = |text: &str| match text {
            "" => Ok(None),
            text => Regex::new(text).map(Some).map_err(refused),
        };
        let choice = &request.containers;
        let pods = RegexSet::new(&request.pods).map_err(refused)?;
        Ok(Self {
            pods: (!pods.is_empty()).then_some(pods),
            not_pods: RegexSet::new(&request.exclude_pods).map_err(refused)?,
            include: expression(&choice.include)?,
            exclude: expression(&choice.exclude)?,
            first_only: choice.first_only,
            no_init: choice.no_init,
            no_ephemeral: choice.no_ephemeral,
            states: choice.states.clone(),
        })
    }

    /// Whether a pod is meant, by its name.
    pub fn takes(&self, pod: &PodRow) -> bool {
        let name = pod.meta.name.as_str();
        self.pods.as_ref().is_none_or(|pods| pods.is_match(name)) && !self.not_pods.is_match(name)
    }

    /// The containers of a pod that are meant, in the order of the spec.
    pub fn containers<'p>(&self, pod: &'p PodRow) -> impl Iterator<Item = &'p ContainerRow> {
        let first = pod.first_container().map(|first| &first.name);
        pod.containers.iter().filter(move |container| {
            let name = &*container.name;
            let is_left_out = match container.kind {
                _ if self.first_only => first != Some(&container.name),
                ContainerKind::Init => self.no_init,
                ContainerKind::Ephemeral => self.no_ephemeral,
                ContainerKind::Sidecar | ContainerKind::Regular => false,
            };
            !is_left_out
                && self.include.as_ref().is_none_or(|include| include.is_match(name))
                && !self.exclude.as_ref().is_some_and(|exclude| exclude.is_match(name))
                && (self.states.is_empty() || self.states.contains(&run_state(container)))
        })
    }
}

fn run_state(container: &ContainerRow) -> RunState {
    match container.state {
        State::Running(_) => RunState::Running,
        State::Ended(_) => RunState::Terminated,
        State::Waiting(_) | State::Unknown => RunState::Waiting,
    }
}

/// Pods whose logs kubectl would take first sort first (kubectl logs, `ByLogging`).
pub fn best_first(pod: &PodRow) -> impl Ord + Send + use<> {
    let phase = match &*pod.phase {
        "Running" | "Succeeded" | "Failed" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let is_ready = pod.total > 0 && pod.ready == pod.total;
    let created = pod.meta().created;
    let restarts = std::cmp::Reverse(pod.restarts);
    (pod.node.is_empty(), phase, !is_ready, restarts, !created.is_set(), created, pod.meta.name.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::resource::{Names, Resource};
    use crate::model::row::{Interner, WireRow};

    fn pod(value: Value) -> PodRow {
        PodRow::from_wire(serde_json::from_value(value).expect("a pod"), &mut Interner::default())
    }

    fn owned(kind: &str, owner: &str, hash: &str) -> PodRow {
        pod(json!({"metadata": {
            "name": "x", "labels": {"pod-template-hash": hash},
            "ownerReferences": [{"kind": kind, "name": owner, "controller": true}],
        }}))
    }

    fn key(kind: &str) -> ObjectKey {
        ObjectKey::new(Resource::new(Names { kind: kind.to_owned(), ..Names::default() }), "shop", "web")
    }

    #[test]
    fn a_workloads_selector_is_what_is_asked_for() {
        let selector = json!({"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]}, {"key": "old", "operator": "DoesNotExist"},
        ]});
        let scope = of_owner(&key("Deployment"), &json!({"spec": {"selector": selector}})).expect("a scope");
        assert_eq!(scope.filter, "labelSelector=app%3Dweb%2Ctier%20in%20%28a%2Cb%29%2C%21old");
        assert_eq!((scope.namespace.as_deref(), scope.ownership), (Some("shop"), Ownership::Deployment("web".into())));
        let service = of_owner(&key("Service"), &json!({"spec": {"selector": {"app": "web"}}})).expect("a scope");
        assert_eq!((&*service.filter, service.ownership), ("labelSelector=app%3Dweb", Ownership::Any));
        assert_eq!(of_owner(&key("Service"), &json!({"spec": {}})), None, "it selects nothing, not everything");
    }

    #[test]
    fn ownership_is_exact() {
        let deployment = Ownership::Deployment("web".into());
        assert!(deployment.holds(&owned("ReplicaSet", "web-5d4", "5d4")));
        assert!(!deployment.holds(&owned("ReplicaSet", "web-api-5d4", "5d4")), "that is web-api's");
        let cron = Ownership::CronJob("tidy".into());
        assert!(cron.holds(&owned("Job", "tidy-29399160", "")));
        assert!(!cron.holds(&owned("Job", "tidy-up-29399160", "")) && !cron.holds(&owned("Job", "tidy", "")));
        assert!(Ownership::Direct("Job".into(), "a".into()).holds(&owned("Job", "a", "")));
    }

    #[test]
    fn a_few_names_are_watched_one_by_one_and_many_as_a_namespace() {
        let names = |count: usize| (0..count).map(|at| ("shop".to_owned(), format!("p{at}"))).collect::<Vec<_>>();
        let few = of_names(&names(2));
        assert_eq!((few.len(), &*few[1].filter), (2, "fieldSelector=metadata.name%3Dp1"));
        let many = of_names(&names(20));
        assert!(many.len() == 1 && matches!(&many[0].ownership, Ownership::Named(names) if names.len() == 20));
    }

    fn request() -> LogsRequest {
        LogsRequest::new(LogSelection::Labels { namespace: None, selector: String::new() }, None)
    }

    #[test]
    fn containers_are_chosen_by_name_kind_and_state() {
        let pod = pod(json!({"spec": {
            "initContainers": [{"name": "init"}, {"name": "side", "restartPolicy": "Always"}],
            "containers": [{"name": "app"}, {"name": "second"}],
        }, "status": {
            "containerStatuses": [{"name": "app", "state": {"running": {}}}],
            "ephemeralContainerStatuses": [{"name": "debugger"}],
        }}));
        let chosen = |change: &dyn Fn(&mut LogsRequest)| {
            let mut request = request();
            change(&mut request);
            let filter = Filter::new(&request).expect("expressions");
            filter.containers(&pod).map(|container| container.name.to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(chosen(&|_| {}), "init side app second debugger");
        assert_eq!(chosen(&|request| request.containers.no_init = true), "side app second debugger");
        assert_eq!(chosen(&|request| request.containers.first_only = true), "app");
        assert_eq!(chosen(&|request| request.containers.include = "^s".into()), "side second");
        assert_eq!(chosen(&|request| request.containers.exclude = "i".into()), "app second debugger");
        assert_eq!(chosen(&|request| request.containers.states = vec![RunState::Running]), "app");
    }

    #[test]
    fn pods_are_chosen_by_name_and_a_bad_expression_is_said() {
        let pod = pod(json!({"metadata": {"name": "web-0"}}));
        let mut request = request();
        request.pods = vec!["^web".into(), "api".into()];
        assert!(Filter::new(&request).expect("fine").takes(&pod));
        request.exclude_pods = vec!["0$".into()];
        assert!(!Filter::new(&request).expect("fine").takes(&pod));
        request.pods = vec!["(".into()];
        assert!(Filter::new(&request).expect_err("it is broken").said.contains("unclosed"));
    }

    #[test]
    fn l11_the_pod_that_kubectl_takes_sorts_first() {
        let of = |name: &str, phase: &str, ready: bool, restarts: u32| {
            pod(
                json!({"metadata": {"name": name}, "spec": {"nodeName": "a", "containers": [{"name": "c"}]}, "status": {
                    "phase": phase, "containerStatuses": [{"name": "c", "ready": ready, "restartCount": restarts, "state": {"running": {}}}],
                    "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}],
                }}),
            )
        };
        let mut pods = [
            of("pending", "Pending", false, 0),
            of("sick", "Running", false, 9),
            of("calm", "Running", true, 0),
            of("worn", "Running", true, 3),
        ];
        pods.sort_by_cached_key(best_first);
        let names: Vec<_> = pods.iter().map(|pod| pod.meta.name.as_str()).collect();
        assert_eq!(names, ["worn", "calm", "sick", "pending"]);
    }
}
