//! Calls the rules on one thing, and drops what another of its findings explains.

use std::borrow::Cow;

use serde_json::Value;

use super::facts::{NodeFacts, ObjectFacts, PodFacts, is_suspect};
use super::finding::{Finding, Subject};
use super::rule::{Judge, Rule};
use super::rules;
use crate::base::json::{list, text};
use crate::base::stamp::Stamp;
use crate::model::lookup::{Lookup, Resource};
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;

/// A finding, and what it makes redundant.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// What owns the pod that it is about; the subject itself where it is about no pod.
    pub owner: Subject,
    /// What it explains, with the subject of each.
    pub explains: Vec<(Cow<'static, str>, Subject)>,
}

/// What is the matter with a pod: nothing for one that is no suspect.
pub fn pod(facts: &PodFacts<'_>) -> Vec<Judged> {
    let may_be_unwell = is_suspect(facts.pod) || facts.node.is_some_and(is_unready);
    if !may_be_unwell || was_made_good(facts) {
        return Vec::new();
    }
    let mut said = Vec::new();
    for rule in rules::all() {
        match rule.judge {
            Judge::Pod(judge) | Judge::NodeAndPods(_, judge) => {
                said.extend(judge(rule, facts).map(|finding| (rule, finding)));
            }
            Judge::Container(judge) => {
                said.extend(
                    facts.containers().filter_map(|container| judge(rule, &container)).map(|found| (rule, found)),
                );
            }
            Judge::Node(_) | Judge::Object(_) => {}
        }
    }
    without_redundant(said, &facts.owner())
}

/// Whether it is the failed attempt of a Job that has succeeded since, or whose `CronJob` has.
fn was_made_good(facts: &PodFacts<'_>) -> bool {
    let PodRow { meta, phase, .. } = facts.pod;
    let Some(job) = meta.owner.as_ref().filter(|owner| &**phase == "Failed" && &*owner.kind == "Job") else {
        return false;
    };
    let find = |resource, name: &str| facts.known.object(Lookup::object(resource, &meta.namespace, name)).known();
    let is_complete = |job: &Value| {
        list(job, "/status/conditions").iter().any(|it| it["type"] == "Complete" && it["status"] == "True")
    };
    let has_succeeded = |cron: &Value| Stamp::parse(text(cron, "/status/lastSuccessfulTime")) > meta.created;
    let cron = facts.owner();
    find(Resource::Jobs, &job.name).is_some_and(is_complete)
        || &*cron.kind == "CronJob" && find(Resource::CronJobs, &cron.name).is_some_and(has_succeeded)
}

/// Whether a node's pods are to be looked at for its sake: they may say that they are well.
fn is_unready(node: &NodeRow) -> bool {
    node.troubles.iter().any(|trouble| matches!(&*trouble.condition, "Ready" | "NetworkUnavailable"))
}

/// What is the matter with a node.
pub fn node(facts: &NodeFacts<'_>) -> Vec<Judged> {
    let judge = |rule: &'static Rule| match rule.judge {
        Judge::Node(judge) | Judge::NodeAndPods(judge, _) => Some((rule, judge(rule, facts)?)),
        _ => None,
    };
    without_redundant(rules::all().filter_map(judge).collect(), &facts.subject())
}

/// What is the matter with an owner, or something that pods depend on.
pub fn object(facts: &ObjectFacts<'_>) -> Vec<Judged> {
    let judge = |rule: &'static Rule| match rule.judge {
        Judge::Object(judge) => Some((rule, judge(rule, facts)?)),
        _ => None,
    };
    without_redundant(rules::all().filter_map(judge).collect(), &facts.owner())
}

/// A finding about one container says nothing of another; one about the whole pod speaks of all.
fn overlap(one: &Subject, other: &Subject) -> bool {
    one.container.is_empty() || other.container.is_empty() || one.container == other.container
}

/// Of findings about the same object, those that no other explains; of two that explain each other, the first.
fn without_redundant(said: Vec<(&'static Rule, Finding)>, owner: &Subject) -> Vec<Judged> {
    let mut judged: Vec<(&Rule, Judged)> = Vec::with_capacity(said.len());
    for (rule, finding) in said {
        let explained_by = |(other, known): &&mut (&Rule, Judged)| {
            other.explains(&finding.id) && overlap(&known.finding.subject, &finding.subject)
        };
        if let Some((_, known)) = judged.iter_mut().find(explained_by) {
            known.explains.push((finding.id, finding.subject));
            continue;
        }
        let mut new = Judged { finding, owner: owner.clone(), explains: Vec::new() };
        judged.retain_mut(|(_, known)| {
            let is_redundant =
                rule.explains(&known.finding.id) && overlap(&new.finding.subject, &known.finding.subject);
            if is_redundant {
                new.explains.push((known.finding.id.clone(), known.finding.subject.clone()));
                new.explains.append(&mut known.explains);
            }
            !is_redundant
        });
        judged.push((rule, new));
    }
    judged.into_iter().map(|(_, judged)| judged).collect()
}
