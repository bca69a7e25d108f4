//! Pods that are never made: the API server refuses them, and only what should make them says so.
//!
//! Every controller reports it alike, with an event `FailedCreate` about itself; a `ReplicaSet` also with the condition
//! `ReplicaFailure`, which outlives the event. There is no pod to look at, or fewer than there should be. The words behind
//! `is forbidden:` are those of the admission plugin that refused, and tell which.

use std::borrow::Cow;

use serde_json::Value;

use super::super::facts::ObjectFacts;
use super::super::finding::{Evidence, Finding, Severity, Subject};
use super::super::next::{Next, Step};
use super::super::rule::{Judge, Rule};
use crate::base::json::{list, number, text};
use crate::base::stamp::Stamp;
use crate::model::event::EventRow;

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "owner.quota",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "A resource quota or a limit range of the namespace refuses the pods: they would ask for more than is left, \
                more than one pod may have, or do not say what they ask for.",
        known_by: "An event FailedCreate, or the condition ReplicaFailure, with the words of the quota (v1.35).",
        remedy: "Ask for less, run fewer replicas, or have the quota raised.",
        judge: Judge::Object(quota),
    },
    Rule {
        id: "owner.pod-security",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "The namespace enforces a pod security standard, or the cluster security constraints, that the pods violate.",
        known_by: "An event FailedCreate, or the condition ReplicaFailure, that says `violates PodSecurity` (v1.35), or \
                   names security context constraints (OpenShift, from its source).",
        remedy: "Set the fields that the message names in the pod template, or run it in a namespace that admits it.",
        judge: Judge::Object(pod_security),
    },
    Rule {
        id: "owner.service-account",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "The service account that the pod template names does not exist in the namespace.",
        known_by: "An event FailedCreate, or the condition ReplicaFailure: `error looking up service account` (v1.35).",
        remedy: "Create the service account, or name another one in the pod template.",
        judge: Judge::Object(service_account),
    },
    Rule {
        id: "owner.admission",
        severity: Severity::Broken,
        explains: SYMPTOMS,
        means: "The API server refuses the pods for a reason of its own: a webhook or policy denies them or does not answer, \
                a class that they name does not exist, or they are not valid.",
        known_by: "An event FailedCreate, or the condition ReplicaFailure, that no more particular rule knows (v1.35).",
        remedy: "The words say who refused and why. A webhook that does not answer is itself to be mended.",
        judge: Judge::Object(admission),
    },
];

/// What follows from pods that are not made.
const SYMPTOMS: &[&str] =
    &["owner.progress-deadline", "owner.selector-mismatch", "owner.pdb-blocks", "ready.no-endpoint"];

/// What a limit range says: v1.35.
const LIMITS: &[&str] = &["maximum ", "minimum ", "[maximum ", "[minimum "];

/// What refuses a pod by its security: v1.35; `OpenShift` from its source.
const SECURITY: &[&str] = &["violates PodSecurity ", "unable to validate against any security context constraint"];

const ACCOUNT: &str = "error looking up service account ";

/// A list of checks longer than this is cut to their names.
const LONG: usize = 130;

/// A refusal in the words of whoever refused.
struct Refusal<'a> {
    words: &'a str,
    event: Option<&'a EventRow>,
    times: u32,
    since: Stamp,
}

impl<'a> Refusal<'a> {
    /// The last refusal, where pods are lacking and none was made since.
    fn of(facts: &ObjectFacts<'a>) -> Option<Self> {
        let event = facts.event(&["FailedCreate"]);
        let condition = facts.condition("ReplicaFailure").filter(|condition| condition["status"] == "True");
        if event.is_none() && condition.is_none() || missing(facts)? == 0 {
            return None;
        }
        let made = facts.event(&["SuccessfulCreate"]).map_or(Stamp::NONE, |event| event.sighting().last);
        let event = event.filter(|event| condition.is_some() || event.sighting().last >= made);
        let message = event.map_or_else(|| condition.map(|it| text(it, "/message")), |event| Some(&*event.message))?;
        let all = facts.events.iter().filter(|event| &*event.reason == "FailedCreate").map(|event| event.sighting());
        let times = all.clone().fold(0_u32, |sum, seen| sum.saturating_add(seen.times));
        let first = all.map(|seen| seen.first).filter(|first| *first > made).min().unwrap_or_default();
        let began = condition.map(|it| Stamp::parse(text(it, "/lastTransitionTime"))).unwrap_or_default();
        let since = if began.is_set() { began } else { first };
        Some(Self { words: reason(message), event, times: times.max(1), since })
    }

    fn starts_with(&self, patterns: &[&str]) -> bool {
        patterns.iter().any(|pattern| self.words.starts_with(pattern))
    }

    fn is_about_quota(&self) -> bool {
        self.starts_with(&["exceeded quota: ", "failed quota: "]) || self.is_about_limits()
    }

    fn is_about_limits(&self) -> bool {
        self.starts_with(LIMITS) && self.words.contains(" per ")
    }

    fn evidence(&self, facts: &ObjectFacts<'_>) -> Evidence {
        match self.event {
            Some(event) => Evidence { count: self.times, ..Evidence::event(event) },
            None => Evidence::new(format!("condition ReplicaFailure of {}", facts.subject().name), self.words),
        }
    }

    /// A finding about the owner, with how many pods there are of how many.
    fn finding(&self, rule: &Rule, facts: &ObjectFacts<'_>, cause: &str) -> Finding {
        let cause = match count(facts) {
            Some((is, wanted, what)) => format!("{cause}; {is} of {wanted} {what} exist"),
            None => cause.to_owned(),
        };
        let found = rule.finding(facts.owner(), cause).seen([self.evidence(facts)]).since(self.since);
        let is_degraded = count(facts).is_some_and(|(is, ..)| is > 0);
        if is_degraded { found.severity(Severity::Degraded) } else { found }
    }
}

/// What comes after who wants to make what: `pods "web-1" is forbidden: `.
fn reason(message: &str) -> &str {
    let message = message.strip_prefix("(combined from similar events): ").unwrap_or(message);
    let behind = |mark: &str| message.split_once(mark).map(|(_, rest)| rest);
    behind(" is forbidden: ")
        .or_else(|| behind("Error creating: "))
        .or_else(|| behind(" failed error: "))
        .unwrap_or(message)
}

/// How many pods there are, how many there should be, and what they are called.
fn count(facts: &ObjectFacts<'_>) -> Option<(i64, i64, &'static str)> {
    let of = |path| number(facts.object, path);
    match facts.kind {
        "ReplicaSet" | "StatefulSet" | "ReplicationController" => {
            Some((of("/status/replicas").unwrap_or(0), of("/spec/replicas").unwrap_or(1), "pods"))
        }
        "DaemonSet" => {
            Some((of("/status/currentNumberScheduled").unwrap_or(0), of("/status/desiredNumberScheduled")?, "pods"))
        }
        "Job" => {
            let left = of("/spec/completions").map(|all| all - of("/status/succeeded").unwrap_or(0));
            let wanted = of("/spec/parallelism").unwrap_or(1);
            Some((of("/status/active").unwrap_or(0), left.map_or(wanted, |left| wanted.min(left)), "pods"))
        }
        _ => None,
    }
}

/// How many pods are lacking; `None` where nobody wants any.
fn missing(facts: &ObjectFacts<'_>) -> Option<i64> {
    let is_over = |condition: &Value| {
        matches!(text(condition, "/type"), "Complete" | "Failed" | "FailureTarget" | "SuccessCriteriaMet")
            && condition["status"] == "True"
    };
    let is_off = facts.object.pointer("/spec/suspend").is_some_and(|suspend| *suspend == Value::Bool(true));
    if is_off || facts.kind == "Job" && list(facts.object, "/status/conditions").iter().any(is_over) {
        return None;
    }
    match facts.kind {
        "CronJob" => Some(1),
        _ => count(facts).map(|(is, wanted, _)| (wanted - is).max(0)),
    }
}

fn quota(rule: &Rule, facts: &ObjectFacts<'_>) -> Option<Finding> {
    let refusal = Refusal::of(facts).filter(Refusal::is_about_quota)?;
    let namespace = text(facts.object, "/metadata/namespace");
    let (cause, name) =
        match refusal.words.strip_prefix("exceeded quota: ").and_then(|words| words.split_once(", requested: ")) {
            Some((name, amounts)) => (format!("over quota {name}: {}", amounts_left(amounts)), Some(name)),
            None => match refusal.words.strip_prefix("failed quota: ").and_then(|words| words.split_once(": ")) {
                Some((name, words)) => {
                    let field = words.trim_start_matches("must specify ");
                    (format!("quota {name} admits only pods that state {field}"), Some(name))
                }
                None => (format!("limit range of {namespace}: {}", refusal.words), None),
            },
        };
    let finding = refusal.finding(rule, facts, &cause);
    let owner = facts.owner();
    let finding = match name {
        Some(name) => finding.next(Next::new(Step::Describe, &Subject::new("ResourceQuota", namespace, name))),
        None => finding,
    };
    let finding = finding.next(Next::change(&owner));
    Some(if owner.is_scalable() { finding.next(Next::new(Step::Scale(None), &owner)) } else { finding })
}

/// `requests.cpu=200m, used: requests.cpu=0, limited: requests.cpu=100m` in words, for each resource.
fn amounts_left(amounts: &str) -> String {
    let Some((asked, rest)) = amounts.split_once(", used: ") else { return amounts.to_owned() };
    let Some((used, limited)) = rest.split_once(", limited: ") else { return amounts.to_owned() };
    let of = |list: &str, name: &str| {
        let amount =
            list.split(',').find_map(|entry| entry.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
        amount.unwrap_or_else(|| "?".to_owned())
    };
    let said = asked.split(',').filter_map(|entry| entry.trim().split_once('=')).map(|(name, amount)| {
        let (used, limited) = (of(used, name), of(limited, name));
        match name {
            "pods" | "count/pods" => format!("{used} of {limited} pods are used"),
            _ => format!("a pod asks {amount} of {name}, {used} of {limited} are used"),
        }
    });
    said.collect::<Vec<_>>().join(" and ")
}

fn pod_security(rule: &Rule, facts: &ObjectFacts<'_>) -> Option<Finding> {
    let refusal = Refusal::of(facts).filter(|refusal| refusal.starts_with(SECURITY))?;
    let namespace = text(facts.object, "/metadata/namespace");
    let standard = refusal.words.strip_prefix("violates PodSecurity ").and_then(|words| words.split_once(": "));
    let cause = match standard {
        Some((standard, checks)) => {
            let standard = standard.trim_matches('"');
            let standard = standard.strip_suffix(":latest").unwrap_or(standard);
            format!("namespace {namespace} enforces pod security {standard}, which forbids {}", brief(checks))
        }
        None => refusal.words.to_owned(),
    };
    let owner = facts.owner();
    let finding = refusal.finding(rule, facts, &cause).next(Next::change(&owner));
    Some(finding.next(Next::new(Step::Yaml, &Subject::new("Namespace", "", namespace))))
}

/// The checks with what they found, or where that is long their names.
fn brief(checks: &str) -> Cow<'_, str> {
    if checks.len() <= LONG {
        return checks.into();
    }
    let mut depth = 0_u32;
    let mut names = String::new();
    for letter in checks.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            letter if depth == 0 => names.push(letter),
            _ => {}
        }
    }
    names.replace(" ,", ",").trim_end().to_owned().into()
}

fn service_account(rule: &Rule, facts: &ObjectFacts<'_>) -> Option<Finding> {
    let refusal = Refusal::of(facts)?;
    let (account, _) = refusal.words.strip_prefix(ACCOUNT)?.split_once(": ")?;
    let (namespace, name) = account.split_once('/')?;
    let found = refusal.finding(rule, facts, &format!("service account {name} does not exist"));
    let root = Subject::new("ServiceAccount", namespace, name);
    Some(found.root(root).next(Next::change(&facts.owner())).next(Next::new(Step::Events, &facts.owner())))
}

fn admission(rule: &Rule, facts: &ObjectFacts<'_>) -> Option<Finding> {
    let refusal = Refusal::of(facts)?;
    if refusal.is_about_quota() || refusal.starts_with(SECURITY) || refusal.words.starts_with(ACCOUNT) {
        return None;
    }
    let cause = denied(refusal.words).unwrap_or_else(|| format!("the API server refuses its pods: {}", refusal.words));
    let found = refusal.finding(rule, facts, &cause);
    Some(found.next(Next::change(&facts.owner())).next(Next::new(Step::Events, &facts.owner())))
}

/// What is said by webhooks, policies and the plugins that look classes up: v1.35.
fn denied(words: &str) -> Option<String> {
    let quoted = |mark: &str| {
        let rest = words.split_once(mark)?.1;
        let (name, rest) = rest.split_once('"')?;
        Some((name.to_owned(), rest.trim_start_matches(": ").trim()))
    };
    if let Some((webhook, rest)) = quoted("admission webhook \"") {
        let words = rest.split_once(": ").map_or(rest, |(_, words)| words);
        return Some(format!("webhook {webhook} denies its pods: {words}"));
    }
    if let Some((webhook, rest)) = quoted("failed calling webhook \"") {
        let words = rest.rsplit_once("\": ").map_or(rest, |(_, words)| words);
        return Some(format!("webhook {webhook} does not answer, so no pod is admitted: {words}"));
    }
    if let Some(rest) = words.strip_prefix("no PriorityClass with name ") {
        return Some(format!("priority class {} does not exist", rest.trim_end_matches(" was found")));
    }
    let class = words.split_once("RuntimeClass \"").filter(|_| words.contains("not found"));
    if let Some((name, _)) = class.and_then(|(_, rest)| rest.split_once('"')) {
        return Some(format!("runtime class {name} does not exist"));
    }
    let ending = words.contains("because it is being terminated");
    ending.then(|| "its namespace is being deleted: no more pods are admitted".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_for_each_resource() {
        let amounts = "pods=1,requests.cpu=500m, used: pods=1,requests.cpu=10m, limited: pods=1,requests.cpu=100m";
        let said = "1 of 1 pods are used and a pod asks 500m of requests.cpu, 10m of 100m are used";
        assert_eq!(amounts_left(amounts), said);
        assert_eq!(amounts_left("no such form"), "no such form");
    }

    #[test]
    fn the_reason_is_what_comes_after_the_pod() {
        let cases = [
            (r#"Error creating: pods "a-" is forbidden: exceeded quota: x"#, "exceeded quota: x"),
            (r#"(combined from similar events): Error creating: pods "a" is forbidden: y"#, "y"),
            (r#"Create Pod db-2 in StatefulSet db failed error: pods "db-2" is forbidden: z"#, "z"),
            ("Error creating: Internal error occurred: failed", "Internal error occurred: failed"),
            ("something else", "something else"),
        ];
        for (message, words) in cases {
            assert_eq!(reason(message), words);
        }
    }

    #[test]
    fn a_long_list_of_checks_is_cut_to_their_names() {
        let checks = "allowPrivilegeEscalation != false (container \"agent\" must set securityContext.allowPrivilegeEscalation=false), \
                      runAsNonRoot != true (pod or container \"agent\" must set securityContext.runAsNonRoot=true)";
        assert_eq!(brief(checks), "allowPrivilegeEscalation != false, runAsNonRoot != true");
        assert_eq!(brief("host namespaces (hostPID=true)"), "host namespaces (hostPID=true)");
    }

    #[test]
    fn each_sort_of_denial_is_told() {
        let cases = [
            (
                r#"admission webhook "pods.example.com" denied the request: no latest tags"#,
                "webhook pods.example.com denies its pods: no latest tags",
            ),
            (
                r#"Internal error occurred: failed calling webhook "m.example.com": failed to call webhook: Post "https://x.y.svc:443/m?timeout=10s": no endpoints available for service "x""#,
                r#"webhook m.example.com does not answer, so no pod is admitted: no endpoints available for service "x""#,
            ),
            ("no PriorityClass with name urgent was found", "priority class urgent does not exist"),
            (r#"pod rejected: RuntimeClass "gvisor" not found"#, "runtime class gvisor does not exist"),
        ];
        for (words, said) in cases {
            assert_eq!(denied(words).as_deref(), Some(said));
        }
        assert_eq!(denied("anything"), None);
    }
}
