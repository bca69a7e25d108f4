//! The file, and the task that writes it: what is noted is there, in order, for its owner alone.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::base::stamp::Stamp;
use crate::cluster::outbox::Parcel;
use crate::debug::ledger::journal::WORTH_COMPACTING;
use crate::debug::ledger::{Entry, EntryId, Event, Ledger, Made, PodRef};

fn id(number: u32) -> EntryId {
    EntryId::of("run", number)
}

fn note(number: u32, event: Event) -> Note {
    Note { id: id(number), at: Stamp::from_seconds(1), event }
}

fn intended(number: u32) -> Note {
    let pod = PodRef { namespace: "shop".into(), name: format!("copy-{number}"), uid: String::new() };
    let entry = Entry {
        made: Made::Copy,
        pod,
        source: "pod/web".into(),
        context: "dev".into(),
        user: "ann".into(),
        ..Entry::default()
    };
    note(number, Event::Intended(Box::new(entry)))
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("is there").permissions().mode() & 0o777
}

#[test]
fn what_is_noted_is_read_again_and_is_for_its_owner_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let place = dir.path().join("podtriage/ledger");
    let (file, found) = LedgerFile::open(&place, "https://server:6443", None).expect("opens");
    assert_eq!(found, Read::default());
    file.note(&[intended(1)], None).expect("is noted");
    // The same cluster, when its UID may be read.
    let (file, found) = LedgerFile::open(&place, "uid", Some("https://server:6443")).expect("opens");
    assert_eq!(found.notes, [intended(1)]);
    file.note(&[note(1, Event::Sent)], Some(("../../r-1".to_owned(), "{}".to_owned()))).expect("is noted");
    assert_eq!(file.manifest("../../r-1").expect("is kept"), "{}");
    let kept = place.join("removed/r-1.json");
    assert_eq!((mode(&place), mode(file.path()), mode(&kept)), (0o700, 0o600, 0o600));
    assert!(file.note(&[], Some(("r-1".to_owned(), "other".to_owned()))).is_err(), "what is kept is not overwritten");
    file.forget("r-1").expect("is removed");
    file.forget("r-1").expect("is gone already");
    let (_, found) = LedgerFile::open(&place, "uid", Some("https://server:6443")).expect("opens");
    assert_eq!(found.notes, [intended(1), note(1, Event::Sent)]);
}

#[test]
fn a_long_file_is_written_anew_without_what_is_over_and_nothing_is_lost_that_others_add() {
    let dir = tempfile::tempdir().expect("a directory");
    let (file, _) = LedgerFile::open(dir.path(), "uid", None).expect("opens");
    let file = Arc::new(file);
    let each = 60_u32;
    let writers: Vec<_> = (0..4_u32)
        .map(|writer| {
            let file = Arc::clone(&file);
            let place = dir.path().to_owned();
            std::thread::spawn(move || {
                for number in 0..each {
                    let number = writer * each + number;
                    file.note(&[intended(number), note(number, Event::Sent)], None).expect("is noted");
                    if number.is_multiple_of(2) {
                        file.note(&[note(number, Event::Gone)], None).expect("is noted");
                    }
                    if number.is_multiple_of(10) {
                        drop(LedgerFile::open(&place, "uid", None).expect("opens"));
                        file.compact().expect("is written anew");
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().expect("ends well");
    }
    let (_, found) = LedgerFile::open(dir.path(), "uid", None).expect("opens");
    assert_eq!(found.unreadable, 0);
    let ledger = Ledger::fold(found.notes);
    assert_eq!(ledger.living().count(), (4 * each / 2) as usize);
    assert!(std::fs::metadata(file.path()).expect("is there").len() < 4 * WORTH_COMPACTING);
}

#[test]
fn a_place_that_cannot_be_written_is_an_error() {
    let dir = tempfile::tempdir().expect("a directory");
    let place = dir.path().join("file");
    std::fs::write(&place, "").expect("a file");
    assert!(LedgerFile::open(&place, "uid", None).is_err());
}

/// A keeper without a cluster, and what it tells.
fn keeper(place: Place) -> (UnboundedSender<Work>, UnboundedReceiver<Parcel<Msg>>, impl Future<Output = ()>) {
    let (queue, inbox) = unbounded_channel();
    let out = Outbox::new(queue, |(epoch, update)| Msg::Ledger(epoch, update));
    let (sender, work) = unbounded_channel();
    let file = match &place {
        Place::Directory(path) => Ok(Some(LedgerFile::open(path, "uid", None).expect("opens").0)),
        _ => Err(not_open()),
    };
    (sender, inbox, Keeper { place, file, out }.run(work))
}

#[tokio::test]
async fn a_note_is_answered_when_it_is_on_the_disk_and_in_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let (sender, mut inbox, run) = keeper(Place::Directory(dir.path().to_owned()));
    let to_note = |job, notes| Work::Note { epoch: Epoch(1), job, notes, manifest: None };
    sender.send(to_note(Some(JobId(1)), vec![intended(1)])).expect("it listens");
    sender.send(to_note(None, vec![note(1, Event::Sent)])).expect("it listens");
    let (done, is_done) = oneshot::channel();
    sender.send(Work::Flush(done)).expect("it listens");
    let told = async {
        let parcel = inbox.recv().await.expect("an answer");
        let (_, found) = LedgerFile::open(dir.path(), "uid", None).expect("opens");
        assert_eq!(found.notes.first(), Some(&intended(1)), "it is there before it is told");
        let message = parcel.message.clone();
        drop(parcel);
        is_done.await.expect("everything is done");
        message
    };
    tokio::select! {
        () = run => panic!("it ended"),
        message = told => assert_eq!(message, Msg::Ledger(Epoch(1), LedgerUpdate::Noted(JobId(1), Ok(())))),
    }
    let (_, found) = LedgerFile::open(dir.path(), "uid", None).expect("opens");
    assert_eq!(found.notes, [intended(1), note(1, Event::Sent)]);
}

#[tokio::test]
async fn without_a_file_a_note_is_refused() {
    let (sender, mut inbox, run) = keeper(Place::Nowhere);
    let work = Work::Note { epoch: Epoch(1), job: Some(JobId(1)), notes: vec![intended(1)], manifest: None };
    sender.send(work).expect("it listens");
    sender.send(Work::Open(Epoch(1), None)).expect("it listens");
    drop(sender);
    let told = async {
        let mut messages = Vec::new();
        while let Some(parcel) = inbox.recv().await {
            messages.push(parcel.message);
        }
        messages
    };
    let ((), messages) = tokio::join!(run, told);
    assert!(matches!(&messages[0], Msg::Ledger(_, LedgerUpdate::Noted(JobId(1), Err(_)))), "{messages:?}");
    assert!(matches!(&messages[1], Msg::Ledger(_, LedgerUpdate::Opened(opened)) if opened.problem.is_some()));
}
