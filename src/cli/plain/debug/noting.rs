//! What `debug` makes is noted before it is sent, so that `sessions` and the screen know of it.
//!
//! A script must not fail for a ledger that cannot be written: it is warned, and goes on. Nothing is added to what is
//! sent. Start with [`announce`].

use serde_json::Value;

use super::super::failure::Failure;
use super::super::session::Session;
use crate::base::problem::Problem;
use crate::debug::Plan;
use crate::debug::ledger::{Entry, EntryId, Event, Made};
use crate::runtime::{Book, Place};

/// Opens the ledger; says so where there is none.
pub async fn open(session: &Session, place: &Place) -> Result<Option<Book>, Failure> {
    match Book::open(place, &session.connection).await {
        Ok(book) => Ok(Some(book)),
        Err(problem) => warn(session, &problem).map(|()| None),
    }
}

/// Notes what is about to be made, on the disk when this returns.
pub async fn announce(
    session: &Session,
    book: Option<&mut Book>,
    plan: &Plan,
    object: &Value,
) -> Result<Vec<(EntryId, Made)>, Failure> {
    let Some(book) = book else { return Ok(Vec::new()) };
    let (mut events, mut ids, mut manifest) = (Vec::new(), Vec::new(), None);
    for mut entry in Entry::of(plan, &session.connection.info.context, &book.user, None) {
        let id = book.new_entry();
        if entry.made == Made::Replaced {
            entry.manifest = Some(id.to_string());
            manifest = Some((id.to_string(), object.to_string()));
        }
        ids.push((id.clone(), entry.made));
        events.push((id, Event::Intended(Box::new(entry))));
    }
    match book.note(events, manifest).await {
        Ok(()) => Ok(ids),
        Err(problem) => warn(session, &problem).map(|()| Vec::new()),
    }
}

/// Notes what came of it. What failed may be there in part: whoever looks next finds out.
pub async fn conclude(
    session: &Session,
    book: Option<&mut Book>,
    noted: Vec<(EntryId, Made)>,
    made: &Result<Value, Failure>,
) -> Result<(), Failure> {
    let uid = made.as_ref().ok().map(|made| made["metadata"]["uid"].as_str().unwrap_or_default().to_owned());
    let event = |made: Made| match &uid {
        Some(uid) if made != Made::Replaced => Event::Known(uid.clone()),
        Some(_) => Event::Known(String::new()),
        None => Event::Sent,
    };
    let events: Vec<_> = noted.into_iter().map(|(id, made)| (id, event(made))).collect();
    let (Some(book), false) = (book, events.is_empty()) else { return Ok(()) };
    match book.note(events, None).await {
        Ok(()) => Ok(()),
        Err(problem) => warn(session, &problem),
    }
}

fn warn(session: &Session, problem: &Problem) -> Result<(), Failure> {
    session.say(&format!("Warning: {problem}. `podtriage sessions` will not know of it."))
}
