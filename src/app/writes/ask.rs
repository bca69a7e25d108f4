//! What a question says before a change: object, namespace, context, and what comes of it.
//!
//! Consequences are read from the object or from the rows, never guessed: where nothing is known, nothing is said.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Target;
use crate::app::App;
use crate::app::action::Action;
use crate::app::picker::Choice;
use crate::app::question::{Answer, Question, Then};
use crate::base::count::grouped;
use crate::base::json::text;
use crate::base::text::{Line, Role};
use crate::cluster::api::Subject;
use crate::model::kind::ObjectKey;
use crate::model::links::controller;
use crate::model::pod::PodRow;
use crate::model::write::undo::Revision;
use crate::model::write::{Drain, Grace, Operation, Request, Step, Write};

/// Names that a question lists; of more it says how many.
const NAMED: usize = 8;

impl App {
    /// `in namespace shop, context dev`.
    fn place_of(&self, key: &ObjectKey) -> String {
        let context = &self.session.context;
        if key.namespace.is_empty() {
            format!("in context {context}")
        } else {
            format!("in namespace {}, context {context}", key.namespace)
        }
    }

    fn what(&self, verb: &str, targets: &[Target]) -> Vec<Line> {
        let Some(first) = targets.first() else { return Vec::new() };
        if let [one] = targets {
            return vec![emphasized(verb, &one.key.to_string(), &format!(" {}?", self.place_of(&one.key)))];
        }
        let same_place = targets.iter().all(|target| target.key.namespace == first.key.namespace);
        let place = if same_place { self.place_of(&first.key) } else { format!("in context {}", self.session.context) };
        let mut lines = vec![emphasized(verb, &format!("{} objects", targets.len()), &format!(" {place}?"))];
        for target in targets.iter().take(NAMED) {
            let namespace = if same_place { String::new() } else { format!("{}/", target.key.namespace) };
            lines.push(Line::new(format!("  {namespace}{}", target.key), Role::Plain));
        }
        if targets.len() > NAMED {
            lines.push(Line::new(format!("  and {} more", targets.len() - NAMED), Role::Plain));
        }
        lines
    }

    pub(super) fn delete_question(&self, targets: &[Target], grace: Grace) -> Question {
        let force = grace == Grace::Force;
        let mut lines = self.what(if force { "Force delete" } else { "Delete" }, targets);
        let pods: Vec<&PodRow> = targets.iter().filter_map(|target| self.pod(&target.key)).collect();
        lines.extend(consequences_of_delete(targets, &pods));
        if force {
            lines.push(Line::new(consequence_of_force(&pods), Role::Warn));
        }
        let delete = |grace| writes_of(targets, &Operation::Delete(grace));
        let mut question = self.question("delete", lines, "delete", delete(grace));
        if force {
            let name = match targets {
                [one] => one.key.name.to_string(),
                many => many.len().to_string(),
            };
            return question.typing(name);
        }
        if !pods.is_empty() {
            let then = Then::Write(delete(Grace::Now));
            question.answers.push(Answer { key: 't', word: "with 1 s to end".to_owned(), then });
        }
        question
    }

    pub(super) fn cordon_question(&self, targets: &[Target]) -> Question {
        let cordoned = |target: &Target| {
            let row = self.store.nodes.table.row("", &target.key.name);
            row.is_some_and(|row| row.status.contains("SchedulingDisabled"))
        };
        // Marked nodes go one way together: that of the first.
        if targets.first().is_some_and(cordoned) {
            let mut lines = self.what("Uncordon", targets);
            lines.push(Line::new("New pods may be scheduled on it again.", Role::Plain));
            return self.question("uncordon", lines, "uncordon", writes_of(targets, &Operation::Uncordon));
        }
        let mut lines = self.what("Cordon", targets);
        lines.push(Line::new("No new pod is scheduled on it; the pods on it stay.", Role::Plain));
        self.question("cordon", lines, "cordon", writes_of(targets, &Operation::Cordon))
    }

    pub(super) fn drain_question(&self, target: &Target) -> Question {
        let pods = self.store.pods.table.rows().filter(|pod| *pod.node == *target.key.name);
        let (mut evicted, mut of_daemon_sets, mut unowned) = (0_u64, 0_u64, 0_u64);
        for pod in pods.filter(|pod| !matches!(&*pod.phase, "Succeeded" | "Failed")) {
            match pod.meta.owner.as_ref().map(|owner| &*owner.kind) {
                Some("DaemonSet") => of_daemon_sets += 1,
                Some("Node") => {}
                Some(_) => evicted += 1,
                None => unowned += 1,
            }
        }
        let mut lines = self.what("Drain", std::slice::from_ref(target));
        lines.push(Line::new(evictions(evicted, self.session.namespace.as_deref()), Role::Plain));
        lines.push(Line::new("Disruption budgets are kept: it waits as long as they ask for.", Role::Plain));
        if of_daemon_sets > 0 {
            let stay = if of_daemon_sets == 1 { "stays" } else { "stay" };
            lines.push(Line::new(format!("{} of DaemonSets {stay}.", count(of_daemon_sets)), Role::Plain));
        }
        if unowned > 0 {
            let has = if unowned == 1 { "has" } else { "have" };
            let text = format!("{} {has} no controller: refused without f, never made again with it.", count(unowned));
            lines.push(Line::new(text, Role::Warn));
        }
        lines.push(Line::new("Pods with emptyDir data are refused without d; with it the data is lost.", Role::Warn));
        let drain = Drain { ignore_daemonsets: true, ..Drain::default() };
        let write = |drain| writes_of(std::slice::from_ref(target), &Operation::Drain(drain));
        let mut question = self.question("drain", lines, "drain", write(drain));
        for (key, word, drain) in [
            ('d', "drain, emptyDir data too", Drain { delete_emptydir_data: true, ..drain }),
            ('f', "drain everything", Drain { delete_emptydir_data: true, force: true, ..drain }),
        ] {
            question.answers.push(Answer { key, word: word.to_owned(), then: Then::Write(write(drain)) });
        }
        question
    }

    /// The question before a change of an object that was read.
    pub(super) fn change_question(&self, subject: &Subject, operation: Operation) -> Question {
        let Subject { key, object, .. } = subject;
        let place = self.place_of(key);
        let pods = replicas(object);
        let (verb, rest) = match &operation {
            Operation::Scale { replicas, .. } => ("Scale", format!(" from {pods} to {replicas} {place}?")),
            Operation::SetImage(container, image) => ("Set the image of", format!("/{container} to {image} {place}?")),
            Operation::Undo(revision) => ("Roll back", format!(" to revision {revision} {place}?")),
            Operation::Pause => ("Pause the rollout of", format!(" {place}?")),
            Operation::Resume => ("Resume the rollout of", format!(" {place}?")),
            _ => ("Restart", format!(" {place}?")),
        };
        let mut lines = vec![emphasized(verb, &key.to_string(), &rest)];
        lines.push(Line::new(consequence(&operation, key, object), Role::Plain));
        if let Some(owner) = controller(object) {
            let owner = format!("{} {}", text(owner, "/kind"), text(owner, "/name"));
            let text = format!("It is controlled by {owner}, which may set it back.");
            lines.push(Line::new(text, Role::Warn));
        }
        let word = verb.split(' ').next().unwrap_or(verb).to_ascii_lowercase();
        let write = Write { target: key.clone(), uid: subject.uid.clone(), operation };
        let request = match write.plan(object, &subject.history, self.now) {
            Ok(Step::Send(request)) => Some(request),
            _ => None,
        };
        let mut question = self.question(&word, lines, &word, vec![write]);
        question.requests.extend(request.iter().flat_map(request_lines));
        question
    }

    fn question(&self, title: &str, lines: Vec<Line>, word: &str, writes: Vec<Write>) -> Question {
        let context = self.session.chosen_context().unwrap_or_default();
        let command = |write: &Write| write.kubectl().context(&context).to_string();
        let commands = writes.iter().take(NAMED).map(command).collect();
        let requests = writes.iter().filter_map(Write::request).take(NAMED);
        let requests = requests.flat_map(|request| request_lines(&request)).collect();
        Question { commands, requests, ..Question::new(title, lines, word, Then::Write(writes)) }
    }
}

/// A request as it is sent: its line, its type, its body.
fn request_lines(request: &Request) -> Vec<Line> {
    let mut lines = vec![Line::default(), Line::new(request.to_string(), Role::Heading)];
    if !request.content_type.is_empty() {
        lines.push(Line::new(format!("Content-Type: {}", request.content_type), Role::Dim));
    }
    lines.extend(request.body.lines().map(|line| Line::new(line, Role::Plain)));
    lines
}

fn writes_of(targets: &[Target], operation: &Operation) -> Vec<Write> {
    let write =
        |target: &Target| Write { target: target.key.clone(), uid: target.uid.clone(), operation: operation.clone() };
    targets.iter().map(write).collect()
}

fn emphasized(verb: &str, object: &str, rest: &str) -> Line {
    Line::new(format!("{verb} "), Role::Plain).and(object, Role::Heading).and(rest, Role::Plain)
}

fn consequences_of_delete(targets: &[Target], pods: &[&PodRow]) -> Vec<Line> {
    let plain = |text: String| Line::new(text, Role::Plain);
    let warn = |text: String| Line::new(text, Role::Warn);
    if let ([_], [pod]) = (targets, pods) {
        let again = match &pod.meta.owner {
            Some(owner) if &*owner.kind == "Node" => plain(
                "It is the mirror of a static pod: the kubelet shows it again, and it goes on running.".to_owned(),
            ),
            Some(owner) if matches!(&*owner.kind, "Job") => plain(format!("Job {} may make another.", owner.name)),
            Some(owner) => plain(format!("{} {} makes another as long as it wants one.", owner.kind, owner.name)),
            None => warn("Nothing makes it again: no controller owns it.".to_owned()),
        };
        let mut lines = vec![again];
        if pod.meta.deleted.is_set() {
            lines.push(warn("It is being deleted already.".to_owned()));
        }
        return lines;
    }
    if !pods.is_empty() {
        let unowned = pods.iter().filter(|pod| pod.meta.owner.is_none()).count();
        return match unowned {
            0 => vec![plain("Their controllers make others as long as they want them.".to_owned())],
            unowned => vec![warn(format!("{unowned} of them have no controller: nothing makes them again."))],
        };
    }
    let text = match targets.first().map(|target| &*target.key.resource.plural) {
        Some("namespaces") => "Everything in it is deleted with it.",
        Some("nodes") => "Only the Node object goes; a kubelet that runs registers it again.",
        Some("persistentvolumeclaims") => "Its volume's reclaim policy decides whether the data goes too.",
        Some("customresourcedefinitions") => "Every object of this kind is deleted with it.",
        Some("events") => "Only the record goes.",
        _ => "What it owns is deleted with it.",
    };
    vec![warn(text.to_owned())]
}

/// A drain takes pods of all namespaces; where one is listed, only that many of them are known.
fn evictions(evicted: u64, listed: Option<&str>) -> String {
    let (pods, are) = (count(evicted), if evicted == 1 { "is" } else { "are" });
    match listed {
        None => format!("It is cordoned, and {pods} {are} evicted."),
        Some(namespace) => {
            format!(
                "It is cordoned, and its pods of every namespace are evicted; {evicted} of them {are} in {namespace}."
            )
        }
    }
}

fn consequence_of_force(pods: &[&PodRow]) -> String {
    let nodes: BTreeSet<&str> = pods.iter().map(|pod| &*pod.node).filter(|node| !node.is_empty()).collect();
    let place = match (nodes.len(), nodes.first()) {
        (1, Some(node)) => format!(" on {node}"),
        (2.., _) => " on their nodes".to_owned(),
        _ => String::new(),
    };
    match pods {
        [_, _, ..] => format!("They are forgotten at once; nobody waits for their containers, which may go on{place}."),
        _ => format!("It is forgotten at once; nobody waits for its containers, which may go on{place}."),
    }
}

/// What comes of an operation, in one sentence.
fn consequence(operation: &Operation, key: &ObjectKey, object: &Value) -> String {
    let pods = replicas(object);
    match operation {
        Operation::Scale { replicas, .. } => scaled(pods, u64::from(*replicas)),
        Operation::Pause => "Changes of its template are kept back until it is resumed; its pods run on.".to_owned(),
        Operation::Resume => "What was changed meanwhile is rolled out.".to_owned(),
        _ => replacement(key, object),
    }
}

fn scaled(pods: u64, wanted: u64) -> String {
    match (pods, wanted) {
        (1, 0) => "Its pod ends; nothing of it runs any more.".to_owned(),
        (_, 0) => format!("All its {} end; nothing of it runs any more.", count(pods)),
        _ if pods <= wanted => format!("It gets {} more.", count(wanted - pods)),
        _ if pods - wanted == 1 => format!("1 of its {} ends.", count(pods)),
        _ => format!("{} of its {} end.", grouped(pods - wanted), count(pods)),
    }
}

/// How its pods are replaced by others.
fn replacement(key: &ObjectKey, object: &Value) -> String {
    let number = |pointer: &str, otherwise: &str| match object.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => otherwise.to_owned(),
    };
    let one = replicas(object) == 1;
    let (pods, are) = (count(replicas(object)), if one { "is" } else { "are" });
    let by_hand = "Its update strategy is OnDelete: each pod stays until it is deleted.";
    match (&*key.resource.plural, text(object, "/spec/strategy/type"), text(object, "/spec/updateStrategy/type")) {
        ("deployments", "Recreate", _) if one => "Its pod ends before a new one starts.".to_owned(),
        ("deployments", "Recreate", _) => format!("All its {pods} end before new ones start."),
        ("deployments", ..) => format!(
            "Its {pods} {are} replaced, at most {} missing and {} more than wanted at a time.",
            number("/spec/strategy/rollingUpdate/maxUnavailable", "25%"),
            number("/spec/strategy/rollingUpdate/maxSurge", "25%"),
        ),
        (_, _, "OnDelete") => by_hand.to_owned(),
        ("statefulsets", ..) => match number("/spec/updateStrategy/rollingUpdate/partition", "0").as_str() {
            "0" => format!("Its {pods} {are} replaced one at a time, from the highest number down."),
            partition => format!("Of its {pods} those from number {partition} up are replaced, one at a time."),
        },
        ("daemonsets", ..) => format!(
            "Its pods are replaced node by node, at most {} missing at a time.",
            number("/spec/updateStrategy/rollingUpdate/maxUnavailable", "1"),
        ),
        _ => "What it makes from now on is made from the new template.".to_owned(),
    }
}

fn count(pods: u64) -> String {
    if pods == 1 { "1 pod".to_owned() } else { format!("{} pods", grouped(pods)) }
}

/// Whether an action can be done to what was read; the error is the sentence for the person.
pub(super) fn applies(action: Action, subject: &Subject) -> Result<(), String> {
    let key = &subject.key;
    let plural = &*key.resource.plural;
    let refuse = |what: &str| Err(format!("{key} {what}"));
    match action {
        Action::Scale if subject.object.pointer("/spec/replicas").is_none() => refuse("has no replicas to scale"),
        Action::Restart | Action::Rollback if !matches!(plural, "deployments" | "statefulsets" | "daemonsets") => {
            refuse("has no rollout: only Deployments, StatefulSets and DaemonSets have")
        }
        Action::PauseRollout | Action::ResumeRollout if plural != "deployments" => {
            refuse("cannot be paused: only the rollout of a Deployment can")
        }
        Action::SetImage if images(&subject.object).is_empty() => refuse("has no containers"),
        _ => Ok(()),
    }
}

/// The operation that a typed value means; the error is the sentence for the person.
pub(super) fn operation(action: Action, typed: &str, object: &Value) -> Result<Operation, String> {
    let typed = typed.trim();
    match action {
        Action::Scale => {
            let replicas = typed.parse().map_err(|_| format!("`{typed}` is no number of replicas"))?;
            let now = replicas_now(object).and_then(|now| u32::try_from(now).ok());
            if now == Some(replicas) {
                return Err(format!("it has {replicas} already"));
            }
            Ok(Operation::Scale { replicas, expected: now })
        }
        Action::SetImage => {
            let before = images(object);
            let before: Vec<&str> = before.split(' ').collect();
            let changed: Vec<&str> = typed.split_whitespace().filter(|pair| !before.contains(pair)).collect();
            match changed.as_slice() {
                [] => Err("no image was changed".to_owned()),
                [one] => match one.split_once('=') {
                    Some((container, image)) if !container.is_empty() && !image.is_empty() => {
                        Ok(Operation::SetImage(container.to_owned(), image.to_owned()))
                    }
                    _ => Err(format!("`{one}` is no CONTAINER=IMAGE")),
                },
                _ => Err("one image at a time: each is a rollout of its own".to_owned()),
            }
        }
        _ => match typed.trim_start_matches("revision ").parse() {
            Ok(revision) if revision > 0 => Ok(Operation::Undo(revision)),
            _ => Err(format!("`{typed}` is no revision: they are numbers from 1 on")),
        },
    }
}

/// The revisions that can be gone back to, newest first; the present one is not among them.
pub(super) fn revisions(subject: &Subject) -> Vec<Choice> {
    let write = Write { target: subject.key.clone(), uid: String::new(), operation: Operation::Undo(0) };
    let mut revisions = write.revisions(&subject.object, &subject.history);
    revisions.pop();
    let choice = |revision: &Revision| {
        let images = revision.images.join(" ");
        let about = format!("{images}  {}  {}", revision.created, revision.cause);
        Choice { text: format!("revision {}", revision.number), about }
    };
    revisions.iter().rev().map(choice).collect()
}

/// Its pods: as many as it asks for, or as the node's agents say for a `DaemonSet`.
pub(super) fn replicas(object: &Value) -> u64 {
    let scheduled = || object.pointer("/status/desiredNumberScheduled").and_then(Value::as_u64);
    replicas_now(object).or_else(scheduled).unwrap_or(0)
}

fn replicas_now(object: &Value) -> Option<u64> {
    object.pointer("/spec/replicas").and_then(Value::as_u64)
}

/// `app=web:1 proxy=envoy:2`: the containers of an object's template, or of a pod itself.
pub(super) fn images(object: &Value) -> String {
    let spec = ["/spec/jobTemplate/spec/template/spec", "/spec/template/spec", "/spec"]
        .iter()
        .find_map(|pointer| object.pointer(pointer).filter(|spec| spec["containers"].is_array()));
    let containers = spec.and_then(|spec| spec["containers"].as_array()).map(Vec::as_slice).unwrap_or_default();
    let pair = |container: &Value| format!("{}={}", text(container, "/name"), text(container, "/image"));
    containers.iter().map(pair).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::resource::tests::deployments;

    fn web() -> Value {
        json!({"spec": {"replicas": 3, "template": {"spec": {"containers": [
            {"name": "app", "image": "web:1"}, {"name": "proxy", "image": "envoy:2"},
        ]}}}})
    }

    #[test]
    fn replicas_are_typed() {
        let scale = |typed| operation(Action::Scale, typed, &web());
        assert_eq!(scale(" 5 "), Ok(Operation::Scale { replicas: 5, expected: Some(3) }));
        for wrong in ["3", "-1", "x", "", "99999999999"] {
            assert!(scale(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_image_that_was_changed_is_set() {
        let set = |typed| operation(Action::SetImage, typed, &web());
        assert_eq!(images(&web()), "app=web:1 proxy=envoy:2");
        let changed = Operation::SetImage("app".to_owned(), "web:2".to_owned());
        assert_eq!(set("app=web:2 proxy=envoy:2"), Ok(changed.clone()));
        assert_eq!(set("app=web:2"), Ok(changed));
        for wrong in ["app=web:1 proxy=envoy:2", "", "web:2", "app=", "app=a proxy=b"] {
            assert!(set(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn revisions_are_numbers() {
        let undo = |typed| operation(Action::Rollback, typed, &web());
        assert_eq!(undo("revision 7"), Ok(Operation::Undo(7)));
        assert!(undo("0").is_err() && undo("-1").is_err() && undo("").is_err());
    }

    #[test]
    fn what_comes_of_it_is_read_from_the_object() {
        let key = ObjectKey::new(deployments(), "shop", "web");
        let said = |operation: &Operation, object: &Value| consequence(operation, &key, object);
        let scale = |replicas| Operation::Scale { replicas, expected: None };
        assert_eq!(said(&scale(1), &web()), "2 of its 3 pods end.");
        assert_eq!(said(&scale(4), &web()), "It gets 1 pod more.");
        assert!(said(&scale(0), &web()).starts_with("All its 3 pods end"));
        assert!(said(&Operation::Restart, &web()).contains("at most 25% missing"));
        let recreate = json!({"spec": {"replicas": 1, "strategy": {"type": "Recreate"}}});
        assert_eq!(said(&Operation::Restart, &recreate), "Its pod ends before a new one starts.");
        let single = json!({"spec": {"replicas": 1}});
        assert!(said(&Operation::Restart, &single).starts_with("Its 1 pod is replaced"));
        assert_eq!(said(&scale(0), &single), "Its pod ends; nothing of it runs any more.");
        assert_eq!(said(&scale(2), &web()), "1 of its 3 pods ends.");
    }

    #[test]
    fn a_drain_is_not_only_of_the_namespace_that_is_listed() {
        assert_eq!(evictions(1, None), "It is cordoned, and 1 pod is evicted.");
        let said = evictions(0, Some("shop"));
        assert_eq!(said, "It is cordoned, and its pods of every namespace are evicted; 0 of them are in shop.");
    }

    #[test]
    fn kinds_without_a_rollout_are_refused() {
        let subject = |resource: crate::model::resource::Resource, object| Subject {
            key: ObjectKey::new(resource, "shop", "x"),
            uid: String::new(),
            object,
            history: Vec::new(),
        };
        assert!(applies(Action::Restart, &subject(deployments(), web())).is_ok());
        assert!(applies(Action::Restart, &subject(Kind::Pod.into(), web())).is_err());
        assert!(applies(Action::Scale, &subject(Kind::Pod.into(), json!({"spec": {}}))).is_err());
    }
}
