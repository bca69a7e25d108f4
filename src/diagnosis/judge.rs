//! Calls the rules on one thing, and drops what another of its findings explains.

use std::borrow::Cow;

use serde_json::Value;

use super::facts::{NodeFacts, ObjectFacts, PodFacts, is_suspect};
use super::finding::{Finding, Severity, Subject};
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
    without_redundant(without_unknown(said), &facts.owner())
}

/// Without what was not recognised, where a rule knows something that is wrong with the same container.
fn without_unknown(said: Vec<(&'static Rule, Finding)>) -> Vec<(&'static Rule, Finding)> {
    let is_unknown = |finding: &Finding| finding.id.starts_with("unknown.");
    let Some(at) = said.iter().position(|(_, finding)| is_unknown(finding)) else { return said };
    let unknown = said[at].1.subject.clone();
    let is_known = said.iter().any(|(_, finding)| {
        !is_unknown(finding) && finding.severity > Severity::Notice && overlap(&unknown, &finding.subject)
    });
    if is_known { said.into_iter().filter(|(_, finding)| !is_unknown(finding)).collect() } else { said }
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

/// Of findings about the same object, those that no other explains.
fn without_redundant(said: Vec<(&'static Rule, Finding)>, owner: &Subject) -> Vec<Judged> {
    let explained_by = explanations(said.len(), |at| {
        let (_, finding) = &said[at];
        let why = move |(other, (rule, cause)): (usize, &(&'static Rule, Finding))| {
            (other != at && rule.explains(&finding.id) && overlap(&cause.subject, &finding.subject)).then_some(other)
        };
        said.iter().enumerate().filter_map(why)
    });
    let mut explains: Vec<Vec<_>> = vec![Vec::new(); said.len()];
    for (at, (_, finding)) in said.iter().enumerate() {
        let by = last(&explained_by, at);
        if by != at {
            explains[by].push((finding.id.clone(), finding.subject.clone()));
        }
    }
    let all = said.into_iter().zip(explains).zip(explained_by);
    all.filter(|(_, by)| by.is_none())
        .map(|(((_, finding), explains), _)| Judged { finding, owner: owner.clone(), explains })
        .collect()
}

/// For each of so many things the one that explains it, of those that may. Of a ring of things that explain each other the
/// first stays.
pub(super) fn explanations<C>(count: usize, may: impl Fn(usize) -> C) -> Vec<Option<usize>>
where
    C: Iterator<Item = usize>,
{
    let mut explained_by: Vec<Option<usize>> = vec![None; count];
    for at in (0..count).rev() {
        explained_by[at] = may(at).find(|by| last(&explained_by, *by) != at);
    }
    explained_by
}

/// Where a chain of explanations ends.
pub(super) fn last(explained_by: &[Option<usize>], mut at: usize) -> usize {
    while let Some(by) = explained_by[at] {
        at = by;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_explained_ends_at_something_that_is_not(pairs in prop::collection::vec((0_usize..8, 0_usize..8), 0..30)) {
            let explains = |by: usize, at: usize| by != at && pairs.contains(&(by, at));
            let explained_by = explanations(8, |at| (0..8).filter(move |by| explains(*by, at)));
            prop_assert!(explained_by.iter().any(Option::is_none), "something stays");
            for at in 0..8 {
                let end = last(&explained_by, at);
                prop_assert!(explained_by[end].is_none());
                if explained_by[at].is_none() {
                    let open = (0..8).find(|by| explains(*by, at) && last(&explained_by, *by) != at);
                    prop_assert_eq!(open, None, "what stays is explained by nothing but what it explains");
                }
            }
        }

        #[test]
        fn without_rings_the_order_does_not_matter(pairs in prop::collection::vec((0_usize..8, 0_usize..8), 0..30), order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle()) {
            // From lower to higher only, so there is no ring.
            let explains = |by: usize, at: usize| by < at && pairs.contains(&(by, at));
            let kept = |names: &[usize]| {
                let explained_by = explanations(8, |at| (0..8).filter(move |by| explains(names[*by], names[at])));
                let mut kept: Vec<_> = (0..8).filter(|at| explained_by[*at].is_none()).map(|at| names[at]).collect();
                kept.sort_unstable();
                kept
            };
            prop_assert_eq!(kept(&order), kept(&(0..8).collect::<Vec<_>>()));
        }
    }

    #[test]
    fn what_an_explained_finding_explains_goes_with_it() {
        let rule = |id: &str| rules::find(id).expect("a rule");
        let pod = Subject::new("Pod", "shop", "web-0");
        let said =
            |ids: &[&str]| ids.iter().map(|id| (rule(id), rule(id).finding(pod.clone(), "why"))).collect::<Vec<_>>();
        for ids in [
            ["sched.waiting", "sched.no-fit", "owner.progress-deadline"],
            ["owner.progress-deadline", "sched.no-fit", "sched.waiting"],
        ] {
            let judged = without_redundant(said(&ids), &pod);
            assert_eq!(judged.iter().map(|judged| &*judged.finding.id).collect::<Vec<_>>(), ["sched.waiting"]);
            assert_eq!(judged[0].explains.len(), 2);
        }
    }

    #[test]
    fn a_finding_about_one_container_explains_nothing_of_another() {
        let pod = Subject::new("Pod", "shop", "web-0");
        let of = |id: &str, container: &str| {
            let rule = rules::find(id).expect("a rule");
            (rule, rule.finding(pod.clone().container(&container.into()), "why"))
        };
        let kept = |container| {
            without_redundant(
                vec![
                    of("end.grace", "app"),
                    of("end.grace", container),
                    of("sched.waiting", "app"),
                    of("sched.no-fit", container),
                ],
                &pod,
            )
            .len()
        };
        assert_eq!((kept("app"), kept("sidecar")), (3, 4));
    }
}
