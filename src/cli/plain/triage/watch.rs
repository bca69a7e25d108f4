//! `--watch`: what is found, then every finding that begins, changes or is over, a line each, until the command is ended.

use std::io::Write;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::super::failure::Failure;
use super::super::session::Session;
use super::args::{Form, Triage};
use super::gather::Gatherer;
use super::print::{self, Replicas};
use super::scope::Scope;
use super::wait::pause;
use super::{View, palette};
use crate::diagnosis::groups::{Group, GroupKey};
use crate::diagnosis::report::{Extras, Item};
use crate::runtime::now;

/// What happened to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was there at the first look.
    Found,
    /// It is new.
    Began,
    /// It is worse or better, or concerns other pods.
    Changed,
    /// It is over.
    Cleared,
}

impl Change {
    /// Its word, as wide as the others.
    pub fn word(self) -> &'static str {
        match self {
            Self::Found => "found  ",
            Self::Began => "began  ",
            Self::Changed => "changed",
            Self::Cleared => "cleared",
        }
    }
}

/// A line of `--watch -o json`.
#[derive(Serialize)]
struct Line {
    at: String,
    change: Change,
    finding: Item,
}

/// Prints changes for ever.
pub async fn run(session: &Session, asked: &Triage, scope: &Scope, out: &mut dyn Write) -> Result<(), Failure> {
    if !matches!(asked.output, Form::Text | Form::Json) {
        return Err(Failure::Usage("--watch prints text or JSON".to_owned()));
    }
    let mut gatherer = Gatherer::new(session, asked.selector.as_ref());
    let mut before: Option<Found> = None;
    loop {
        let looked = now();
        match gatherer.gather().await {
            Ok(found) => {
                let view = View::new(session, scope, &gatherer, &found);
                let now_there = view.groups.iter().map(|group| (group.key(), (*group).clone())).collect();
                let changes = changes(before.as_ref(), &now_there);
                print(&view, asked.output, &changes, out)?;
                before = Some(now_there);
            }
            Err(failure) if before.is_none() => return Err(failure),
            Err(failure) => session.say(&format!("podtriage: could not look: {}", failure.in_words()))?,
        }
        pause(looked).await;
    }
}

/// Findings of one look.
type Found = FxHashMap<GroupKey, Group>;

/// What is different, in a stable order: what is over first.
fn changes<'a>(before: Option<&'a Found>, found: &'a Found) -> Vec<(Change, &'a Group)> {
    let mut changes: Vec<(Change, &Group)> = Vec::new();
    let cleared = before.into_iter().flatten().filter(|(key, _)| !found.contains_key(key));
    changes.extend(cleared.map(|(_, group)| (Change::Cleared, group)));
    for (key, group) in found {
        let change = match before.map(|before| before.get(key)) {
            None => Change::Found,
            Some(None) => Change::Began,
            Some(Some(known)) if is_other(known, group) => Change::Changed,
            Some(Some(_)) => continue,
        };
        changes.push((change, group));
    }
    changes.sort_by_cached_key(|(change, group)| {
        let finding = &group.finding;
        (*change != Change::Cleared, std::cmp::Reverse(finding.severity), finding.id.clone(), finding.root.clone())
    });
    changes
}

/// Counts and times in a cause change all the time, and are no news.
fn is_other(one: &Group, other: &Group) -> bool {
    one.finding.severity != other.finding.severity || one.pods != other.pods
}

fn print(view: &View<'_>, form: Form, changes: &[(Change, &Group)], out: &mut dyn Write) -> Result<(), Failure> {
    let at = view.found.now.rfc3339();
    let replicas = Replicas::of(&view.found.pods);
    let sheet = view.sheet(&replicas, &|_| None);
    for (change, group) in changes {
        if form == Form::Text {
            writeln!(out, "{at} {}", print::change(&sheet, *change, group, palette()))?;
            continue;
        }
        let extras = Extras { key: &super::key_of, allowed: &|_| None };
        let line = Line { at: at.clone(), change: *change, finding: Item::new(group, &extras) };
        serde_json::to_writer(&mut *out, &line).map_err(std::io::Error::from)?;
        writeln!(out)?;
    }
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::finding::Subject;
    use crate::diagnosis::judge::Judged;
    use crate::diagnosis::{groups, rules};

    fn found(pods: &[(&str, &str)]) -> Found {
        let rule = rules::find("image.not-found").expect("a rule");
        let judged = |(owner, pod): &(&str, &str)| {
            let owner = Subject::new("Deployment", "shop", owner);
            let finding = rule.finding(Subject::new("Pod", "shop", pod), "no such image").root(owner.clone());
            Judged { finding, owner, explains: Vec::new() }
        };
        let judged: Vec<_> = pods.iter().map(judged).collect();
        groups::merge(&judged).into_iter().map(|group| (group.key(), group)).collect()
    }

    #[test]
    fn a_finding_begins_changes_and_is_over() {
        let steps = [found(&[("web", "a")]), found(&[("web", "a"), ("db", "c")]), found(&[("web", "b")])];
        let said = |before: Option<&Found>, found: &Found| -> Vec<(Change, String)> {
            changes(before, found).into_iter().map(|(change, group)| (change, group.subject.name.to_string())).collect()
        };
        assert_eq!(said(None, &steps[0]), [(Change::Found, "web".to_owned())]);
        assert_eq!(said(Some(&steps[0]), &steps[1]), [(Change::Began, "db".to_owned())]);
        let last = [(Change::Cleared, "db".to_owned()), (Change::Changed, "web".to_owned())];
        assert_eq!(said(Some(&steps[1]), &steps[2]), last);
        assert!(said(Some(&steps[2]), &steps[2]).is_empty());
    }
}
