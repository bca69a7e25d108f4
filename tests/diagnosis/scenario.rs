//! A scenario file: read, judged as the plain command would, and compared.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use podtriage::base::stamp::Stamp;
use podtriage::diagnosis::finding::Subject;
use podtriage::diagnosis::groups::Group;
use podtriage::diagnosis::known::Known;
use podtriage::diagnosis::survey::{Snapshot, survey};
use podtriage::model::lookup::{Answer, Lookup, What};
use podtriage::model::row::{Interner, WireRow};

/// More rounds of questions and answers than any rule needs.
const ROUNDS: usize = 5;

/// What is there, and what shall be said of it.
pub struct Scenario(Value);

impl Scenario {
    /// Reads a file.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a scenario");
        Self(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    fn objects(&self, kind: &str) -> impl Iterator<Item = &Value> {
        let objects = self.0["objects"].as_array().map_or(&[][..], Vec::as_slice);
        objects.iter().filter(move |object| object["kind"] == kind)
    }

    fn rows<R: WireRow>(&self) -> Vec<R> {
        let mut strings = Interner::default();
        let row = |object: &Value| {
            let wire = serde_json::from_value(object.clone()).unwrap_or_else(|error| panic!("{object}: {error}"));
            R::from_wire(wire, &mut strings)
        };
        self.objects(R::KIND.name()).map(row).collect()
    }

    /// What the rules find, once all their questions are answered from the file.
    pub fn judge(&self) -> Vec<Group> {
        let now = Stamp::parse(self.0["now"].as_str().expect("the time"));
        let (pods, nodes, events) = (self.rows(), self.rows(), self.rows());
        let mut known = Known::default();
        for _ in 0..ROUNDS {
            let snapshot =
                Snapshot { namespaces: &[""], pods: &pods, nodes: &nodes, events: &events, known: &known, now };
            let engine = survey(&snapshot);
            let wanted = known.take_wanted();
            if wanted.is_empty() {
                return engine.groups().to_vec();
            }
            for lookup in wanted {
                let answer = self.answer(&lookup);
                known.learn(lookup, answer, now);
            }
        }
        panic!("the rules never have enough");
    }

    fn answer(&self, lookup: &Lookup) -> Answer {
        let (_, resource) = lookup.right();
        if self.0["forbidden"].as_array().is_some_and(|forbidden| forbidden.contains(&json!(resource))) {
            return Answer::Forbidden(format!("{resource} is forbidden").into());
        }
        if let What::Log { container, previous, .. } = &lookup.what {
            let run = if *previous { "previous" } else { "current" };
            let lines = &self.0["logs"][format!("{}/{}/{container}/{run}", lookup.namespace, lookup.name)];
            let lines = lines.as_array().into_iter().flatten().filter_map(|line| Some(line.as_str()?.into()));
            return Answer::Lines(lines.collect());
        }
        if lookup.what == What::Version {
            return self.0["version"].as_str().map_or(Answer::Missing, |version| json!({"gitVersion": version}).into());
        }
        if let What::Events(kind) = &lookup.what {
            let is_about = |event: &&Value| {
                let about = &event["involvedObject"];
                about["kind"] == **kind && about["name"] == *lookup.name && about["namespace"] == *lookup.namespace
            };
            return json!({"items": self.objects("Event").filter(is_about).collect::<Vec<_>>()}).into();
        }
        let is_its = |object: &&Value| {
            let of = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
            plural(object) == resource
                && (lookup.namespace.is_empty() || of("namespace") == &*lookup.namespace)
                && (lookup.is_list() || of("name") == &*lookup.name)
        };
        let mut found = self.0["objects"].as_array().into_iter().flatten().filter(is_its);
        if lookup.is_list() {
            return Answer::Object(Arc::new(json!({"items": found.collect::<Vec<_>>()})));
        }
        found.next().map_or(Answer::Missing, |object| Answer::Object(Arc::new(object.clone())))
    }

    /// Where what was found differs from what the file expects.
    pub fn mistakes(&self, found: &[Group]) -> Vec<String> {
        let expected = self.0["expect"].as_array().map_or(&[][..], Vec::as_slice);
        let mut mistakes = Vec::new();
        if expected.len() != found.len() {
            mistakes.push(format!("{} findings are expected, {} are found", expected.len(), found.len()));
        }
        for (expected, group) in expected.iter().zip(found) {
            mistakes.extend(differences(expected, group));
        }
        mistakes
    }
}

/// The plural name of an object's resource.
fn plural(object: &Value) -> String {
    let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
    match kind.as_str() {
        "storageclass" | "priorityclass" => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}

fn differences(expected: &Value, group: &Group) -> Vec<String> {
    let finding = &group.finding;
    let actual = json!({
        "id": finding.id, "severity": finding.severity.name(), "subject": written(&group.subject),
        "pods": group.pods.len(), "explains": group.explains.iter().map(|(id, _)| id).collect::<Vec<_>>(),
    });
    let Value::Object(fields) = expected else { return vec![format!("{expected} is no expectation")] };
    let mut differences = Vec::new();
    for (field, wanted) in fields {
        if field == "cause" {
            let words = wanted.as_array().into_iter().flatten().filter_map(Value::as_str);
            differences.extend(
                words.filter(|word| !finding.cause.contains(word)).map(|word| format!("the cause lacks {word:?}")),
            );
        } else if actual[field] != *wanted {
            differences.push(format!("{field} is {}, not {wanted}", actual[field]));
        }
    }
    differences
}

/// `Deployment/shop/web`, `Node/node-a`, `Pod/shop/web-0:app`.
fn written(subject: &Subject) -> String {
    let mut text = subject.kind.to_string();
    for part in [&subject.namespace, &subject.name] {
        if !part.is_empty() {
            let _ = write!(text, "/{part}");
        }
    }
    if !subject.container.is_empty() {
        let _ = write!(text, ":{}", subject.container);
    }
    text
}

/// What was found, for the message of a failure.
pub fn shown(found: &[Group]) -> String {
    let line = |group: &Group| {
        let finding = &group.finding;
        let explains: Vec<_> = group.explains.iter().map(|(id, _)| id.as_ref()).collect();
        format!(
            "    {} {} {} pods {} explains {explains:?}: {}\n",
            finding.severity.name(),
            finding.id,
            written(&group.subject),
            group.pods.len(),
            finding.cause
        )
    };
    found.iter().map(line).collect()
}
