//! `triage`: what is wrong, why, and what to do, without a screen.
//!
//! Exit status: 0 nothing is at or above `--fail-on`, 1 something is, 2 it could not be told. Start with [`run`]; `gather`
//! reads and judges, `scope` says what a target stands for, `print` and `diagnosis::report` make the output.

pub mod args;
pub mod gather;
pub mod print;
mod rights;
mod rollout;
pub mod scope;
mod wait;
mod watch;

use std::io::{IsTerminal as _, Write, stdout};

use super::documents::{Documents, Form as Document};
use super::failure::Failure;
use super::session::Session;
use crate::app::action::ACTIONS;
use crate::describe::json::Keys;
use crate::diagnosis::catalogue;
use crate::diagnosis::groups::Group;
use crate::diagnosis::next::Next;
use crate::diagnosis::report::{API_VERSION, Checked, Extras, Item, Report};
use crate::diagnosis::rules;
use crate::store::access::Rights;
use args::{Form, Triage};
use gather::{Gathered, Gatherer};
use print::{Palette, Replicas, Sheet};
use scope::{Inside, Scope};

/// What came of it, as the exit status says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong.
    Healthy,
    /// Something is.
    Problems,
    /// Nobody can tell.
    Unknown,
}

impl Verdict {
    /// The exit status.
    pub fn code(self) -> u8 {
        match self {
            Self::Healthy => 0,
            Self::Problems => 1,
            Self::Unknown => 2,
        }
    }
}

/// Does what is asked for.
pub async fn run(session: &Session, asked: &Triage, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let scope = Scope::of(session, &asked.targets, asked.selector.is_some()).await?;
    if let Some(patience) = asked.wait {
        return wait::run(session, asked, &scope, patience, out).await;
    }
    if asked.watch {
        watch::run(session, asked, &scope, out).await?;
    }
    let mut gatherer = Gatherer::new(session, asked.selector.as_ref());
    let found = gatherer.gather().await?;
    let view = View::new(session, &scope, &gatherer, &found);
    view.print(asked.output, out).await?;
    Ok(view.verdict(asked))
}

/// Prints what a rule means, or all ids.
pub fn explain(id: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(rule) = rules::find(id) else {
        let ids = catalogue::ids().join("\n");
        if id == "list" {
            return Ok(writeln!(out, "{ids}")?);
        }
        return Err(Failure::Usage(format!("there is no rule {id}; there are:\n{ids}")));
    };
    Ok(out.write_all(catalogue::explain(rule).plain().as_bytes())?)
}

/// What is shown of what was found.
pub struct View<'a> {
    session: &'a Session,
    found: &'a Gathered,
    /// The findings, worst first.
    pub groups: Vec<&'a Group>,
    checked: Checked,
    namespaces: Vec<String>,
}

impl<'a> View<'a> {
    /// What of it is in scope.
    pub fn new(session: &'a Session, scope: &Scope, gatherer: &Gatherer<'_>, found: &'a Gathered) -> Self {
        let namespaces = if session.all_namespaces { Vec::new() } else { vec![session.namespace.clone()] };
        let place = namespaces.first().map_or("", String::as_str);
        let inside = Inside::new(scope, found, gatherer.known(), place);
        let groups = found.engine.groups().iter().filter(|group| inside.has(group)).collect();
        let checked = Checked { pods: inside.pods(), nodes: found.nodes.len() };
        Self { session, found, groups, checked, namespaces }
    }

    fn verdict(&self, asked: &Triage) -> Verdict {
        let least = asked.fail_on.least();
        match self.groups.iter().any(|group| group.finding.severity >= least) {
            true => Verdict::Problems,
            false if self.found.is_blind => Verdict::Unknown,
            false => Verdict::Healthy,
        }
    }

    async fn print(&self, form: Form, out: &mut dyn Write) -> Result<(), Failure> {
        let rights = rights::of(&self.session.connection, &self.groups).await;
        match form {
            Form::Text | Form::Markdown => {
                let replicas = Replicas::of(&self.found.pods);
                let refusal = |next: &Next| refusal(&rights, next);
                let sheet = self.sheet(&replicas, &refusal);
                let text = if form == Form::Text { print::text(&sheet, palette()) } else { print::markdown(&sheet) };
                out.write_all(text.as_bytes())?;
            }
            Form::Json | Form::Yaml => {
                let document = if form == Form::Json { Document::Json } else { Document::Yaml };
                let report = serde_json::to_value(self.report(&rights)).map_err(std::io::Error::from)?;
                Documents::new(&mut *out, document, false).document(report, Keys::AsTheyCame)?;
            }
        }
        Ok(out.flush()?)
    }

    /// The same for printing. `refusal` says why a step is refused.
    pub fn sheet<'b>(&'b self, replicas: &'b Replicas, refusal: &'b dyn Fn(&Next) -> Option<String>) -> Sheet<'b> {
        Sheet {
            cluster: &self.session.connection.info.context,
            namespaces: &self.namespaces,
            groups: &self.groups,
            checked: (self.checked.pods, self.checked.nodes),
            replicas,
            unseen: &self.found.unseen,
            refusal,
            now: self.found.now,
        }
    }

    fn report(&self, rights: &Rights) -> Report {
        let extras = Extras { key: &key_of, allowed: &|next| rights::allows(rights, next) };
        Report {
            api_version: API_VERSION.to_owned(),
            at: self.found.now.rfc3339(),
            cluster: self.session.connection.info.context.clone(),
            namespaces: self.namespaces.clone(),
            complete: self.found.unseen.is_empty(),
            unseen: self.found.unseen.clone(),
            checked: self.checked,
            findings: self.groups.iter().map(|group| Item::new(group, &extras)).collect(),
        }
    }
}

/// The default key of an action, as the configuration writes it.
fn key_of(action: &str) -> String {
    let row = ACTIONS.iter().find(|row| row.name == action);
    row.and_then(|row| row.keys.first()).map(|key| (*key).to_owned()).unwrap_or_default()
}

fn refusal(rights: &Rights, next: &Next) -> Option<String> {
    (rights::allows(rights, next) == Some(false)).then(|| "you may not".to_owned())
}

fn palette() -> Palette {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Palette { coloured: stdout().is_terminal() && !no_colour }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::action::Place;
    use crate::diagnosis::next::Step;

    #[test]
    fn every_step_is_an_action_of_objects_with_a_key() {
        use Step::{
            Debug, Delete, Describe, Edit, Events, ForceDelete, Logs, PreviousLogs, Restart, Rollback, Scale, SetImage,
            Shell, Uncordon, Yaml,
        };
        let steps = [
            Debug,
            Delete,
            Describe,
            Edit,
            Events,
            ForceDelete,
            Logs,
            PreviousLogs,
            Restart,
            Rollback,
            Scale(None),
            SetImage,
            Shell,
            Uncordon,
            Yaml,
        ];
        for step in steps {
            let row = ACTIONS.iter().find(|row| row.name == step.action());
            assert!(row.is_some_and(|row| row.place == Place::Objects), "{step:?} is no action of objects");
            assert!(!key_of(step.action()).is_empty(), "{step:?} has no key");
        }
    }

    #[test]
    fn rules_are_explained_and_unknown_ones_answered_with_those_that_exist() {
        let said = |id: &str| {
            let mut out = Vec::new();
            let failure = explain(id, &mut out).err().map(|failure| failure.in_words());
            (String::from_utf8(out).expect("text"), failure)
        };
        let (text, failure) = said("image.not-found");
        assert!(text.contains("What to do") && failure.is_none(), "{text}");
        let (text, failure) = said("list");
        assert!(text.lines().any(|id| id == "image.not-found") && failure.is_none(), "{text}");
        let (text, failure) = said("image.nonsense");
        assert!(text.is_empty() && failure.is_some_and(|said| said.contains("\nimage.not-found")));
    }
}
