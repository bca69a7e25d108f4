//! `kubectl rollout undo`: which revision is meant, and the patch that brings its template back.
//!
//! A Deployment's revisions are its `ReplicaSets`, numbered by an annotation; those of a StatefulSet or DaemonSet are
//! `ControllerRevisions`, each of which keeps a patch. Start with [`Write::history`].

use serde_json::{Map, Value, json};

use super::plan::Step;
use super::request::{JSON_PATCH, Request, STRATEGIC};
use super::{Operation, Write};
use crate::base::percent;
use crate::model::links::controller;
use crate::model::resource::{Names, Resource};
use crate::model::selector::as_query;

const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH: &str = "pod-template-hash";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Annotations that stay a Deployment's own; the others come from the ReplicaSet.
const KEPT: [&str; 6] = [
    LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// One earlier state of a workload that can be brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number.
    pub number: u64,
    /// The name of the object that keeps it.
    pub name: String,
    /// The images of its containers, in order.
    pub images: Vec<String>,
    /// When it was made, as the server says it.
    pub created: String,
    /// What the person who made it noted (`kubernetes.io/change-cause`); empty where nothing.
    pub cause: String,
}

impl Write {
    /// The path of the list in which the revisions are; `None` where the kind has none, or the write needs none.
    pub fn history(&self, object: &Value) -> Option<String> {
        let (kind, plural) = match self.operation {
            Operation::Undo(_) if self.is_one_of(&["deployments.apps"]) => ("ReplicaSet", "replicasets"),
            Operation::Undo(_) if self.is_one_of(&["statefulsets.apps", "daemonsets.apps"]) => {
                ("ControllerRevision", "controllerrevisions")
            }
            _ => return None,
        };
        let names = Names { kind: kind.into(), plural: plural.into(), ..(*self.target.resource).clone() };
        let selector = percent::encode(&as_query(&object["spec"]["selector"])?, percent::UNRESERVED);
        let path = Resource::new(names).list_path(Some(&self.target.namespace));
        Some(format!("{path}?labelSelector={selector}"))
    }

    /// The revisions in a list that [`Write::history`] named, oldest first.
    pub fn revisions(&self, object: &Value, history: &[Value]) -> Vec<Revision> {
        let mut revisions: Vec<Revision> = owned(object, history).filter_map(revision).collect();
        revisions.sort_by_key(|revision| revision.number);
        revisions
    }

    /// What kubectl warns of before it rolls an object back that `kubectl apply` made.
    pub fn warning_about(&self, object: &Value) -> Option<String> {
        let applied = object["metadata"]["annotations"].get(LAST_APPLIED).is_some();
        (matches!(self.operation, Operation::Undo(_)) && applied).then(|| {
            format!(
                "{} was made by kubectl apply, whose record of it ({LAST_APPLIED}) stays as it is: the next apply \
                 may bring back what is rolled back now",
                self.target
            )
        })
    }

    pub(super) fn undo(&self, object: &Value, history: &[Value], wanted: u64) -> Result<Step, String> {
        if self.history(object).is_none() {
            let resource = &self.target.resource;
            let dot = if resource.group.is_empty() { "" } else { "." };
            let kind = format!("{}{dot}{}", resource.kind, resource.group);
            return Err(format!("no rollbacker has been implemented for \"{kind}\""));
        }
        let mut known: Vec<(u64, &Value)> =
            owned(object, history).filter_map(|item| Some((number(item)?, item))).collect();
        known.sort_by_key(|(number, _)| *number);
        let found = match wanted {
            0 => known.len().checked_sub(2).map(|place| known[place].1),
            _ => known.iter().find(|(number, _)| *number == wanted).map(|(_, item)| *item),
        };
        let deployment = self.is_one_of(&["deployments.apps"]);
        let Some(found) = found else {
            return Err(match wanted {
                0 if deployment => format!("no rollout history found for deployment \"{}\"", self.target.name),
                0 => "no last revision to roll back to".to_owned(),
                _ => format!("unable to find specified revision {wanted} in history"),
            });
        };
        if deployment { self.undo_deployment(object, found, wanted) } else { Ok(self.undo_set(object, found, wanted)) }
    }

    fn undo_deployment(&self, object: &Value, set: &Value, wanted: u64) -> Result<Step, String> {
        if object["spec"]["paused"] == true {
            return Err("you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and \
                        try again"
                .to_owned());
        }
        let template = plain(&set["spec"]["template"]);
        if template == plain(&object["spec"]["template"]) {
            return Ok(self.skipped(wanted));
        }
        let body = json!([
            {"op": "replace", "path": "/spec/template", "value": template},
            {"op": "replace", "path": "/metadata/annotations", "value": annotations(object, set)},
        ]);
        Ok(Step::Send(Request::patch(self.target.path(), JSON_PATCH, &body)))
    }

    fn undo_set(&self, object: &Value, revision: &Value, wanted: u64) -> Step {
        let mut template = without_zero_time(&object["spec"]["template"]);
        template["$patch"] = "replace".into();
        if revision["data"] == json!({"spec": {"template": template}}) {
            return self.skipped(wanted);
        }
        Step::Send(Request::patch(self.target.path(), STRATEGIC, &revision["data"]))
    }

    fn skipped(&self, revision: u64) -> Step {
        let (kind, name) = (self.target.resource.type_name(), &self.target.name);
        Step::Already(format!("{kind}/{name} skipped rollback (current template already matches revision {revision})"))
    }
}

/// The objects of a list that an object controls.
fn owned<'a>(owner: &'a Value, list: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    let uid = &owner["metadata"]["uid"];
    list.iter().filter(move |item| controller(item).is_some_and(|owner| owner["uid"] == *uid))
}

fn number(item: &Value) -> Option<u64> {
    item["revision"].as_u64().or_else(|| item["metadata"]["annotations"][REVISION].as_str()?.parse().ok())
}

fn revision(item: &Value) -> Option<Revision> {
    let template = if item["data"].is_null() { &item["spec"]["template"] } else { &item["data"]["spec"]["template"] };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let containers = template["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    Some(Revision {
        number: number(item)?,
        name: text(&item["metadata"]["name"]),
        images: containers.iter().map(|container| text(&container["image"])).collect(),
        created: text(&item["metadata"]["creationTimestamp"]),
        cause: text(&item["metadata"]["annotations"]["kubernetes.io/change-cause"]),
    })
}

/// A template as a Deployment has it: without the label by which its `ReplicaSets` are told apart.
fn plain(template: &Value) -> Value {
    let mut template = without_zero_time(template);
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.shift_remove(HASH);
        if labels.is_empty()
            && let Some(metadata) = template["metadata"].as_object_mut()
        {
            metadata.shift_remove("labels");
        }
    }
    template
}

/// Older servers write a creation time of `null` into templates, which kubectl drops.
fn without_zero_time(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut)
        && metadata.get("creationTimestamp").is_some_and(Value::is_null)
    {
        metadata.shift_remove("creationTimestamp");
    }
    template
}

fn annotations(deployment: &Value, set: &Value) -> Map<String, Value> {
    let of = |object: &Value| object["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
    let is_kept = |key: &String| KEPT.contains(&key.as_str());
    let mut all: Map<String, Value> = of(deployment).into_iter().filter(|(key, _)| is_kept(key)).collect();
    all.extend(of(set).into_iter().filter(|(key, _)| !is_kept(key)));
    all
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::{now, sent};
    use super::super::tests::{resource, write};
    use super::*;
    use crate::model::resource::tests::deployments;

    fn owner() -> Value {
        json!([{"controller": true, "uid": "u1"}])
    }

    fn deployment(image: &str) -> Value {
        json!({"metadata": {"name": "web", "uid": "u1",
                "annotations": {REVISION: "3", "note": "gone", LAST_APPLIED: "{}"}},
            "spec": {"selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}}}})
    }

    fn set(number: u64, image: &str) -> Value {
        json!({"metadata": {"name": format!("web-{number}"), "ownerReferences": owner(),
                "annotations": {REVISION: number.to_string(), "deployment.kubernetes.io/desired-replicas": "9", "why": "it"}},
            "spec": {"template": {"metadata": {"creationTimestamp": null, "labels": {"app": "web", HASH: "x"}},
                "spec": {"containers": [{"name": "web", "image": image}]}}}})
    }

    #[test]
    fn a_deployment_gets_the_template_of_the_set_before() {
        let undo = write(deployments(), Operation::Undo(0));
        let mut foreign = set(9, "other");
        foreign["metadata"]["ownerReferences"][0]["uid"] = "u2".into();
        let history = [set(3, "c"), foreign, set(1, "a"), set(2, "b")];
        let (query, body) = sent(undo.plan(&deployment("c"), &history, now()));
        assert_eq!(query, "");
        assert_eq!(
            body,
            json!([
                {"op": "replace", "path": "/spec/template", "value":
                    {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "b"}]}}},
                {"op": "replace", "path": "/metadata/annotations",
                    "value": {REVISION: "3", LAST_APPLIED: "{}", "why": "it"}},
            ])
        );
        assert!(undo.warning_about(&deployment("c")).is_some());
        let numbers: Vec<u64> = undo.revisions(&deployment("c"), &history).iter().map(|known| known.number).collect();
        assert_eq!(numbers, [1, 2, 3]);
    }

    #[test]
    fn a_deployment_refuses_as_kubectl_does() {
        let plan = |revision, object: &Value, history: &[Value]| {
            write(deployments(), Operation::Undo(revision)).plan(object, history, now())
        };
        let history = [set(1, "a"), set(2, "b")];
        let missing = plan(7, &deployment("b"), &history);
        assert_eq!(missing, Err("unable to find specified revision 7 in history".into()));
        let single = plan(0, &deployment("a"), &history[..1]);
        assert_eq!(single, Err("no rollout history found for deployment \"web\"".into()));
        let same = plan(1, &deployment("a"), &history);
        let said = "deployment.apps/web skipped rollback (current template already matches revision 1)";
        assert_eq!(same, Ok(Step::Already(said.into())));
        let mut paused = deployment("b");
        paused["spec"]["paused"] = true.into();
        assert!(plan(0, &paused, &history).is_err_and(|said| said.contains("paused deployment")));
        let cron = write(resource("batch", "CronJob", "cronjobs"), Operation::Undo(0));
        let refused = cron.plan(&deployment("a"), &[], now());
        assert_eq!(refused, Err("no rollbacker has been implemented for \"CronJob.batch\"".into()));
    }

    #[test]
    fn a_set_gets_the_patch_that_a_revision_keeps() {
        let template =
            |image: &str| json!({"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"image": image}]}});
        let kept = |number: u64, image: &str| {
            let mut template = template(image);
            template["$patch"] = "replace".into();
            json!({"metadata": {"ownerReferences": owner()}, "revision": number, "data": {"spec": {"template": template}}})
        };
        let object = json!({"metadata": {"uid": "u1"}, "spec": {"template": template("b")}});
        let history = [kept(2, "b"), kept(1, "a")];
        for (kind, plural) in [("StatefulSet", "statefulsets"), ("DaemonSet", "daemonsets")] {
            let undo = |revision| write(resource("apps", kind, plural), Operation::Undo(revision));
            let (_, body) = sent(undo(0).plan(&object, &history, now()));
            assert_eq!(body, history[1]["data"]);
            assert!(matches!(undo(2).plan(&object, &history, now()), Ok(Step::Already(_))));
            let none = undo(0).plan(&object, &history[..1], now());
            assert_eq!(none, Err("no last revision to roll back to".into()));
            assert_eq!(undo(2).revisions(&object, &history)[1].images, ["b"]);
        }
    }

    #[test]
    fn revisions_are_looked_for_by_the_selector() {
        let path = write(deployments(), Operation::Undo(0)).history(&deployment("a"));
        assert_eq!(path.as_deref(), Some("/apis/apps/v1/namespaces/shop/replicasets?labelSelector=app%3Dweb"));
        assert_eq!(write(deployments(), Operation::Restart).history(&deployment("a")), None);
    }
}
