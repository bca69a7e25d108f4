//! `sessions`: what debugging has left in a cluster, and its removal. What is there, whose it is and what may be removed
//! is said by `debug::ledger`, as for the screen.
//!
//! Ours are listed wherever they are; others' where one looks. `clean` removes ours alone: what is finished, or with
//! `--all` what runs as well. Start with [`run`].

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, IsTerminal as _, Write};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::args::{SessionAction, SessionOutput, Sessions};
use super::documents::Form;
use super::failure::{Failure, Failures};
use super::fetch::Pages;
use super::rows;
use super::session::{Session, Wanted};
use super::tabs::TabWriter;
use crate::base::age::age;
use crate::base::width::visible;
use crate::cluster::api::{Looked, WriteUpdate};
use crate::cluster::outbox::Outbox;
use crate::cluster::{sight, write};
use crate::debug::ledger::found::{Found, Owner, found_in, is_debugging, unseen};
use crate::debug::ledger::judge::{Sight, judge};
use crate::debug::ledger::{EntryId, Event, Made, Record, State};
use crate::describe::json::{Keys, to_json};
use crate::describe::yaml::to_yaml;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::pod::PodRow;
use crate::model::write::Write as Change;
use crate::runtime::{Book, Place, now};

/// Lists or cleans up.
pub async fn run(session: &Session, place: &Place, asked: &Sessions, out: &mut dyn Write) -> Result<(), Failures> {
    let mut book = Book::open(place, &session.connection).await.map_err(Failure::Connect)?;
    let pods = Pods::read(session, &book).await?;
    judge_all(&mut book, &pods).await?;
    let found = found(&book, &pods);
    match asked.action {
        None => list(&found, asked, out).map_err(Failures::from),
        Some(SessionAction::Clean) => clean(session, &mut book, found, asked, out).await,
    }
}

/// The pods that debugging may have to do with.
struct Pods {
    /// All of the namespaces that were listed.
    listed: BTreeMap<ObjectKey, PodRow>,
    /// The namespace that was; `None` is all.
    namespace: Option<String>,
    /// What was seen of entries elsewhere.
    looked: BTreeMap<ObjectKey, Looked>,
}

impl Pods {
    async fn read(session: &Session, book: &Book) -> Result<Self, Failure> {
        let wanted = Wanted { resource: Kind::Pod.into(), name: None };
        let namespace = (!session.all_namespaces).then(|| session.namespace.clone());
        let mut pages = Pages::new(session, &wanted, session.select(&wanted.resource, None, None));
        let mut listed = BTreeMap::new();
        while let Some(pods) = pages.objects(Form::Json).await? {
            let rows = pods.iter().filter_map(rows::row::<PodRow>);
            listed.extend(rows.map(|row| (row.meta.key(Kind::Pod), row)));
        }
        let is_elsewhere = |key: &ObjectKey| namespace.as_ref().is_some_and(|listed| **listed != *key.namespace);
        let keys: BTreeSet<_> = book.ledger.living().map(|(_, record)| record.entry.key()).collect();
        let keys = keys.into_iter().filter(is_elsewhere).collect();
        let looked = sight::look(&session.connection, keys).await.into_iter().collect();
        Ok(Self { listed, namespace, looked })
    }

    fn sight(&self, key: &ObjectKey) -> Sight<'_> {
        if self.namespace.as_ref().is_none_or(|listed| **listed == *key.namespace) {
            return self.listed.get(key).map_or(Sight::Missing, Sight::Seen);
        }
        match self.looked.get(key) {
            Some(Looked::Seen(pod)) => Sight::Seen(pod),
            Some(Looked::Missing) => Sight::Missing,
            Some(Looked::Failed(_)) | None => Sight::Unknown,
        }
    }
}

/// Brings the ledger in line with what was seen.
async fn judge_all(book: &mut Book, pods: &Pods) -> Result<(), Failure> {
    let verdict = |(id, record): (&EntryId, &Record)| {
        // It was read after the server had answered for it.
        let is_settled = record.state == State::Known;
        Some((id.clone(), judge(record, pods.sight(&record.entry.key()), is_settled, now())?))
    };
    let events: Vec<_> = book.ledger.living().filter_map(verdict).collect();
    if events.is_empty() {
        return Ok(());
    }
    book.note(events, None).await.map_err(Failure::Connect)
}

fn found(book: &Book, pods: &Pods) -> Vec<Found> {
    let ledger = &book.ledger;
    let known: BTreeSet<_> = ledger.living().map(|(_, record)| record.entry.key()).collect();
    let listed = pods.listed.iter().filter(|(key, pod)| is_debugging(pod) || known.contains(*key));
    let looked = pods.looked.values().filter_map(|looked| match looked {
        Looked::Seen(pod) => Some(&**pod),
        _ => None,
    });
    let mut found: Vec<_> = listed.map(|(_, pod)| pod).chain(looked).flat_map(|pod| found_in(pod, ledger)).collect();
    let seen: BTreeSet<_> = found.iter().filter_map(|found| found.id.clone()).collect();
    found.extend(unseen(ledger, |id| seen.contains(id)));
    found.retain(|found| found.owner == Owner::Ours || !found.is_over());
    // The oldest first, as lists of the screen end with the newest.
    found.sort_by(|a, b| (a.since, &a.pod, &a.container).cmp(&(b.since, &b.pod, &b.container)));
    found
}

fn list(found: &[Found], asked: &Sessions, out: &mut dyn Write) -> Result<(), Failure> {
    if let Some(form) = asked.output {
        let items: Vec<_> = found.iter().map(document).collect();
        let all = json!({"sessions": items});
        match form {
            SessionOutput::Json => writeln!(out, "{}", to_json(&all, 0, Keys::AsTheyCame))?,
            SessionOutput::Yaml => out.write_all(to_yaml(&all).as_bytes())?,
        }
        return Ok(());
    }
    let mut table = TabWriter::new(out);
    if !asked.no_headers && !found.is_empty() {
        table.put("NAMESPACE\tKIND\tPOD\tCONTAINER\tOF\tSTATE\tWHOSE\tAGE\n");
    }
    for found in found {
        let cells = [
            found.pod.namespace.to_string(),
            found.made.name().to_owned(),
            found.pod.name.to_string(),
            found.container.clone(),
            found.source.clone(),
            found.state(),
            found.whose(),
            age(found.since, now()),
        ];
        table.put(&format!("{}\n", cells.join("\t")));
    }
    Ok(table.flush()?)
}

/// For programs: names do not change with the words of the table.
fn document(found: &Found) -> Value {
    json!({
        "namespace": &*found.pod.namespace,
        "kind": found.made,
        "pod": &*found.pod.name,
        "uid": found.uid,
        "container": found.container,
        "source": found.source,
        "state": found.state(),
        "finished": found.is_finished() || found.is_over(),
        "owner": found.whose(),
        "ours": found.owner == Owner::Ours,
        "kept": found.kept,
        "created": found.since.rfc3339(),
        "ends": found.ends_at.rfc3339(),
    })
}

/// What is removed: its words, and how.
fn named(found: &Found) -> String {
    let container = match found.made {
        Made::Ephemeral => format!(" -c {}", found.container),
        _ => String::new(),
    };
    format!("{} {}/{}{container} ({})", found.made.name(), found.pod.namespace, found.pod.name, found.state())
}

async fn clean(
    session: &Session,
    book: &mut Book,
    found: Vec<Found>,
    asked: &Sessions,
    out: &mut dyn Write,
) -> Result<(), Failures> {
    let is_wanted = |found: &Found| found.is_finished() || asked.all && found.can_be_cleaned();
    let mut wanted: Vec<_> = found.into_iter().filter(|found| found.owner == Owner::Ours).collect();
    wanted.retain(is_wanted);
    for found in &wanted {
        let verb = if asked.dry_run { "would clean up" } else { "cleaning up" };
        writeln!(out, "{verb} {}", visible(&named(found))).map_err(Failure::from)?;
    }
    out.flush().map_err(Failure::from)?;
    if wanted.is_empty() {
        session.say("There is nothing to clean up.")?;
    }
    if wanted.is_empty() || asked.dry_run {
        return Ok(());
    }
    if !asked.yes && !is_wanted_indeed(session, wanted.len())? {
        return Err(Failure::Usage("nothing was cleaned up".to_owned()).into());
    }
    let mut failures = Vec::new();
    for found in wanted {
        if let Err(failure) = clean_one(session, book, &found, out).await {
            failures.push(failure);
        }
    }
    Failures::of(failures)
}

/// Asks the person, where there is one.
fn is_wanted_indeed(session: &Session, count: usize) -> Result<bool, Failure> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::Usage("there is nobody to ask: say --yes".to_owned()));
    }
    session.say(&format!("Clean up {count}? Type yes and press enter."))?;
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    Ok(line.trim().eq_ignore_ascii_case("yes") || line.trim().eq_ignore_ascii_case("y"))
}

async fn clean_one(session: &Session, book: &mut Book, found: &Found, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(change) = found.cleaning() else { return Ok(()) };
    if let Some(id) = found.id.clone() {
        book.note([(id, Event::Cleaning)], None).await.map_err(Failure::Connect)?;
    }
    let ended = perform(session, change, out).await;
    if let (Err(_), Some(id)) = (&ended, found.id.clone()) {
        book.note([(id, Event::Known(String::new()))], None).await.map_err(Failure::Connect)?;
    }
    ended
}

/// Sends one write, and prints what becomes of it.
async fn perform(session: &Session, change: Change, out: &mut dyn Write) -> Result<(), Failure> {
    let (queue, mut inbox) = mpsc::unbounded_channel();
    let outbox = Outbox::new(queue, |update: WriteUpdate| update);
    let sending = async {
        write::perform(&session.connection, change, now(), &outbox).await;
        // Whoever listens ends with it.
        drop(outbox);
    };
    let listening = async {
        let mut ended = Ok(());
        while let Some(parcel) = inbox.recv().await {
            let (update, _untaken) = parcel.open();
            match update {
                WriteUpdate::Warning(text) => session.say(&format!("Warning: {text}"))?,
                WriteUpdate::Progress(_) => {}
                WriteUpdate::Done { said, .. } => writeln!(out, "{}", visible(&said))?,
                WriteUpdate::Failed(problem) | WriteUpdate::Conflict { problem, .. } => {
                    ended = Err(Failure::Connect(problem));
                }
            }
        }
        ended
    };
    let ((), ended) = tokio::join!(sending, listening);
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debug::ledger::{Entry, Ledger, Note, PodRef};

    fn found() -> Vec<Found> {
        let entry = |made, uid: &str| Entry {
            made,
            pod: PodRef { namespace: "shop".into(), name: "web-0".into(), uid: uid.into() },
            container: "debugger-x".into(),
            source: "pod/web-0".into(),
            ..Entry::default()
        };
        let note = |number, event| Note { id: EntryId::of("run", number), at: now(), event };
        let ledger = Ledger::fold([
            note(1, Event::Intended(Box::new(entry(Made::Ephemeral, "u1")))),
            note(2, Event::Intended(Box::new(entry(Made::Copy, "")))),
        ]);
        let pod: PodRow = rows::row(&json!({
            "metadata": {"name": "web-0", "namespace": "shop", "uid": "u1"},
            "spec": {"ephemeralContainers": [{"name": "debugger-x"}]},
            "status": {"ephemeralContainerStatuses": [{"name": "debugger-x", "state": {"running": {}}}]},
        }))
        .expect("a pod");
        let mut found = found_in(&pod, &ledger);
        found.extend(unseen(&ledger, |id| *id == EntryId::of("run", 1)));
        found
    }

    fn printed(asked: &Sessions) -> String {
        let mut out = Vec::new();
        list(&found(), asked, &mut out).expect("is written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_table_for_people_and_a_document_for_programs() {
        let table = printed(&Sessions::default());
        let lines: Vec<Vec<_>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["NAMESPACE", "KIND", "POD", "CONTAINER", "OF", "STATE", "WHOSE", "AGE"]);
        assert!(table.contains("debug container") && table.contains("running") && table.contains("sent"), "{table}");
        let asked = Sessions { output: Some(SessionOutput::Json), ..Sessions::default() };
        let document: Value = serde_json::from_str(&printed(&asked)).expect("JSON");
        let first = &document["sessions"][0];
        assert_eq!(
            (&first["kind"], &first["ours"], &first["finished"]),
            (&json!("ephemeral"), &json!(true), &json!(false))
        );
    }

    #[test]
    fn what_is_only_announced_is_not_deleted_by_its_name() {
        let kinds: Vec<_> = found().iter().map(|found| found.cleaning().is_some()).collect();
        assert_eq!(kinds, [true, false]);
    }
}
