//! `--wait`: looks again until all is well and every rollout is through, until waiting cannot help, or until the time is
//! over.
//!
//! Start with [`run`]. What is missing is told on standard error, each time it is something else; the findings of the
//! last look are printed as without the flag.

use std::io::Write;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::super::failure::Failure;
use super::super::session::Session;
use super::args::Triage;
use super::gather::{Gathered, Gatherer};
use super::rollout::{Pending, pending, pending_pod};
use super::scope::{Inside, Scope};
use super::{Verdict, View};
use crate::base::json::text;
use crate::base::stamp::Stamp;
use crate::diagnosis::finding::{Certainty, Severity, Subject};
use crate::diagnosis::groups::{Group, GroupKey};
use crate::diagnosis::known::Known;
use crate::diagnosis::survey::OBJECTS;
use crate::model::lookup::Lookup;
use crate::runtime::now;

/// The shortest time between two looks.
const BETWEEN: Duration = Duration::from_secs(2);

/// How long something stays that only a change mends, before it is believed that nobody is about to make that change: what
/// is applied together does not come in order.
const HOPELESS_AFTER: i64 = 30 * 1_000_000;

/// What only a change of the object, or of what it names, mends: ids, or groups of them.
const HOPELESS: &[&str] = &[
    "config.",
    "image.invalid-name",
    "image.never-pull",
    "image.not-found",
    "image.unauthorized",
    "image.wrong-arch",
    "owner.admission",
    "owner.backoff-limit",
    "owner.pod-security",
    "owner.progress-deadline",
    "owner.quota",
    "owner.selector-mismatch",
    "owner.service-account",
    "start.bad-workdir",
    "start.command-not-found",
    "start.permission",
];

/// Waits, and prints what is there at the end.
pub async fn run(
    session: &Session,
    asked: &Triage,
    scope: &Scope,
    patience: Duration,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let began = now();
    let mut gatherer = Gatherer::new(session, asked.selector.as_ref());
    let (mut hope, mut told) = (Hope::default(), String::new());
    loop {
        let looked = now();
        let is_over = |now: Stamp| now.micros_since(began).is_some_and(|micros| micros >= micros_of(patience));
        let found = match gatherer.gather().await {
            Ok(found) => found,
            // A server that restarts is no verdict, unless it was never there.
            Err(failure) if told.is_empty() || is_over(now()) => return Err(failure),
            Err(failure) => {
                tell(session, &mut told, format!("could not look: {}", failure.in_words()))?;
                pause(looked).await;
                continue;
            }
        };
        let view = View::new(session, scope, &gatherer, &found);
        let (verdict, missing) = (view.verdict(asked), missing(session, scope, &gatherer, &found));
        let is_settled = match (verdict, &*missing) {
            (Verdict::Unknown, _) | (Verdict::Healthy, []) => true,
            _ => missing.iter().any(|(_, pending)| pending.is_over) || !hope.is_left(&view.groups, found.now),
        };
        if is_settled || is_over(found.now) {
            view.print(asked.output, out).await?;
            if let Some(line) = first(&missing) {
                session.say(&format!("podtriage: not through: {line}"))?;
            }
            let is_through = verdict != Verdict::Healthy || missing.is_empty();
            return Ok(if is_through { verdict } else { Verdict::Problems });
        }
        let cause = view.groups.first().map(|group| format!("{}: {}", name(&group.subject), group.finding.cause));
        let waits_for = first(&missing).or(cause).unwrap_or_default();
        tell(session, &mut told, format!("waiting: {waits_for}"))?;
        pause(looked).await;
    }
}

/// Says it, unless it was said last.
fn tell(session: &Session, told: &mut String, line: String) -> Result<(), Failure> {
    if *told != line {
        session.say(&format!("podtriage: {}", crate::base::width::visible(&line)))?;
        *told = line;
    }
    Ok(())
}

/// Rests between two looks: longer where a look took long.
pub async fn pause(looked: Stamp) {
    let took = now().micros_since(looked).and_then(|micros| u64::try_from(micros).ok()).unwrap_or_default();
    tokio::time::sleep(BETWEEN.max(Duration::from_micros(took) * 2)).await;
}

fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// What has not come yet, of what is in scope: rollouts, then pods.
fn missing(session: &Session, scope: &Scope, gatherer: &Gatherer<'_>, found: &Gathered) -> Vec<(Subject, Pending)> {
    let place = if session.all_namespaces { "" } else { session.namespace.as_str() };
    let inside = Inside::new(scope, found, gatherer.known(), place);
    let mut missing = rollouts(gatherer.known(), place, &inside);
    let pods = found.pods.iter().map(|pod| (Subject::pod(pod), pending_pod(pod)));
    missing.extend(pods.filter_map(|(pod, pending)| pending.filter(|_| inside.has_object(&pod)).map(|one| (pod, one))));
    missing
}

fn rollouts(known: &Known, place: &str, inside: &Inside<'_>) -> Vec<(Subject, Pending)> {
    let mut missing = Vec::new();
    for (kind, resource) in OBJECTS {
        for object in known.items(Lookup::list(*resource, place)).known().unwrap_or_default() {
            let at = |path| text(object, path);
            let subject = Subject::new(kind, at("/metadata/namespace"), at("/metadata/name"));
            if let Some(pending) = pending(kind, object).filter(|_| inside.has_object(&subject)) {
                missing.push((subject, pending));
            }
        }
    }
    missing
}

fn first(missing: &[(Subject, Pending)]) -> Option<String> {
    let (subject, pending) = missing.first()?;
    Some(crate::base::width::visible(&format!("{}: {}", name(subject), pending.missing)).into_owned())
}

fn name(subject: &Subject) -> String {
    format!("{}/{}", subject.kind.to_ascii_lowercase(), subject.name)
}

/// Whether waiting can help.
#[derive(Debug, Default)]
struct Hope {
    /// What only a change mends, and since when we have seen it.
    lost: FxHashMap<GroupKey, Stamp>,
}

impl Hope {
    /// Takes what is found now. What was mended in between begins anew.
    fn is_left(&mut self, groups: &[&Group], now: Stamp) -> bool {
        let hopeless = groups.iter().filter(|group| is_hopeless(group));
        let before = std::mem::take(&mut self.lost);
        self.lost = hopeless
            .map(|group| {
                let key = group.key();
                let since = before.get(&key).copied().unwrap_or(now);
                (key, since)
            })
            .collect();
        !self.lost.values().any(|since| now.micros_since(*since).is_some_and(|micros| micros >= HOPELESS_AFTER))
    }
}

fn is_hopeless(group: &Group) -> bool {
    let finding = &group.finding;
    finding.severity == Severity::Broken
        && finding.certainty == Certainty::Certain
        && HOPELESS.iter().any(|id| *id == finding.id || id.ends_with('.') && finding.id.starts_with(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::judge::Judged;
    use crate::diagnosis::{groups, rules};

    #[test]
    fn what_only_a_change_mends_is_given_up_after_a_while() {
        let owner = Subject::new("Deployment", "shop", "web");
        let finding = rules::find("image.not-found").expect("a rule").finding(owner.clone(), "no such image");
        let group = groups::merge(&[Judged { finding, owner, explains: Vec::new() }]).remove(0);
        let at = Stamp::from_seconds;
        let mut hope = Hope::default();
        assert!(hope.is_left(&[&group], at(100)) && hope.is_left(&[&group], at(129)));
        assert!(!hope.is_left(&[&group], at(130)));
        assert!(hope.is_left(&[], at(131)), "it is mended");
        assert!(hope.is_left(&[&group], at(132)), "and it begins anew");
        let mut guess = group.clone();
        guess.finding.certainty = Certainty::Probable("a guess".into());
        assert!(hope.is_left(&[&guess], at(500)) && hope.is_left(&[&guess], at(600)), "a guess may be wrong");
    }
}
