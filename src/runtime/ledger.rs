//! The ledger of what debugging made, on the disk: one task writes, in the order in which it is asked to.
//!
//! A note that something is about to be sent is answered only when it is on the disk for good, and `app` sends nothing
//! before that answer. Start with [`Performer::open_ledger`]; `file` is the file.

mod book;
mod file;
mod images;

use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};
use tokio::task::spawn_blocking;

use super::now;
use super::perform::{Performer, Task, detach, not_connected};
use super::source::Source;
use crate::app::message::{Epoch, LedgerUpdate, Msg, Opened};
use crate::app::writes::JobId;
use crate::base::problem::Problem;
use crate::cluster::connect::Connection;
use crate::cluster::outbox::Outbox;
use crate::cluster::sight::{self, Identity};
use crate::debug::ledger::Note;
use crate::debug::ledger::journal::Read;
use crate::model::kind::ObjectKey;

pub use book::Book;
pub use file::LedgerFile;

/// Where ledgers are.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a directory of ours.
    Directory(PathBuf),
    /// Nowhere: there is no home directory.
    Nowhere,
    /// Only in memory: the cluster ends with the program.
    Memory,
}

impl Place {
    /// Where the ledger of such clusters usually is: `$XDG_STATE_HOME/podtriage`.
    pub fn usual(source: &Source) -> Self {
        match (source, etcetera::choose_base_strategy()) {
            (Source::Demo(_), _) => Self::Memory,
            (_, Ok(dirs)) => {
                Self::Directory(dirs.state_dir().unwrap_or_else(|| dirs.data_dir()).join("podtriage").join("ledger"))
            }
            (_, Err(_)) => Self::Nowhere,
        }
    }
}

/// What the present run of the program is called: unlike any other, on any machine that shares the directory.
pub fn run_name() -> String {
    format!(
        "{:x}-{:x}",
        now().micros_since(crate::base::stamp::Stamp::from_seconds(0)).unwrap_or(0),
        std::process::id()
    )
}

/// Something for the one task that writes.
pub(super) enum Work {
    Open(Epoch, Option<watch::Receiver<Connection>>),
    /// Notes; the first of them may come with the manifest of a pod that is about to be removed, and its file's name.
    Note {
        epoch: Epoch,
        job: Option<JobId>,
        notes: Vec<Note>,
        manifest: Option<(String, String)>,
    },
    Manifest(Epoch, JobId, String),
    Forget(String),
    /// An image was used.
    Image(String),
    /// Answers when everything before is done.
    Flush(oneshot::Sender<()>),
}

impl Performer {
    /// Finds out which cluster this is and who we are there, and reads its ledger.
    pub(super) fn open_ledger(&mut self, epoch: Epoch) {
        let connection = self.connected();
        self.hand_to_ledger(Work::Open(epoch, connection));
    }

    pub(super) fn hand_to_ledger(&mut self, work: Work) {
        let sender = match &self.ledger {
            Some(sender) if !sender.is_closed() => sender.clone(),
            _ => self.begin_ledger(),
        };
        // It lives as long as we do.
        drop(sender.send(work));
    }

    fn begin_ledger(&mut self) -> UnboundedSender<Work> {
        let (sender, work) = unbounded_channel();
        self.ledger = Some(sender.clone());
        let out = self.outbox(|(epoch, update)| Msg::Ledger(epoch, update));
        let closer = out.closer();
        let keeper = Keeper { place: self.ledgers.clone(), file: Err(not_open()), out };
        self.spawn(Task::Ledger, closer, keeper.run(work));
        sender
    }

    /// Waits until everything that was noted is on the disk.
    pub(super) async fn flush_ledger(&self) {
        let Some(ledger) = &self.ledger else { return };
        let (done, is_done) = oneshot::channel();
        if ledger.send(Work::Flush(done)).is_ok() {
            drop(tokio::time::timeout(super::AT_THE_END, is_done).await);
        }
    }

    /// Looks for pods that nobody watches.
    pub(super) fn look_for(&mut self, epoch: Epoch, keys: Vec<ObjectKey>) {
        let connection = self.connected();
        let out = self.outbox(move |looked| Msg::Ledger(epoch, LedgerUpdate::Looked(looked)));
        detach(async move {
            let Some(connection) = connection.map(|connection| connection.borrow().clone()) else { return };
            let _gone = out.send(sight::look(&connection, keys).await).await;
        });
    }
}

/// The task.
struct Keeper {
    place: Place,
    file: Result<Option<LedgerFile>, Problem>,
    out: Outbox<(Epoch, LedgerUpdate), Msg>,
}

impl Keeper {
    async fn run(mut self, mut work: UnboundedReceiver<Work>) {
        while let Some(work) = work.recv().await {
            match work {
                Work::Open(epoch, connection) => {
                    let opened = self.open(connection).await;
                    self.tell(epoch, LedgerUpdate::Opened(Box::new(opened))).await;
                }
                Work::Note { epoch, job, notes, manifest } => {
                    let noted = self.with_file(move |file| file.note(&notes, manifest)).await;
                    match (job, noted) {
                        (Some(job), noted) => self.tell(epoch, LedgerUpdate::Noted(job, noted)).await,
                        (None, Err(problem)) => self.tell(epoch, LedgerUpdate::Lost(problem)).await,
                        (None, Ok(())) => {}
                    }
                }
                Work::Manifest(epoch, job, name) => {
                    let text = self.manifest(name).await;
                    self.tell(epoch, LedgerUpdate::Manifest(job, text)).await;
                }
                Work::Forget(name) => drop(self.with_file(move |file| file.forget(&name)).await),
                // Whoever debugs next only has more to type.
                Work::Image(image) => drop(self.with_file(move |file| file.keep_image(&image)).await),
                // Whoever waited has ended.
                Work::Flush(done) => drop(done.send(())),
            }
        }
    }

    async fn tell(&self, epoch: Epoch, update: LedgerUpdate) {
        let _gone = self.out.send((epoch, update)).await;
    }

    async fn open(&mut self, connection: Option<watch::Receiver<Connection>>) -> Opened {
        let connection = connection.map(|connection| connection.borrow().clone());
        let (identity, server) = match &connection {
            Some(connection) => (sight::identity(connection).await, connection.info.server.clone()),
            None => (Identity::default(), String::new()),
        };
        let user = identity.user.or_else(|| std::env::var("USER").ok()).unwrap_or_default();
        let (file, read) = match (&self.place, &connection) {
            (_, None) => (Err(not_connected("find out which cluster this is".to_owned())), Read::default()),
            (Place::Memory, _) => (Ok(None), Read::default()),
            (Place::Nowhere, _) => {
                let next = "Set XDG_STATE_HOME or HOME";
                (Err(Problem::new("keep a ledger", "there is no home directory", next)), Read::default())
            }
            (Place::Directory(place), _) => open_in(place.clone(), identity.cluster, server).await,
        };
        let problem = file.as_ref().err().cloned();
        let images = match &file {
            Ok(Some(file)) => file.clone().read_images().await,
            _ => Vec::new(),
        };
        self.file = file;
        Opened { user, notes: read.notes, unreadable: read.unreadable, problem, images }
    }

    /// Does something with the file, where there is one: not on this thread.
    async fn with_file<F>(&self, with: F) -> Result<(), Problem>
    where
        F: FnOnce(&LedgerFile) -> std::io::Result<()> + Send + 'static,
    {
        let file = match &self.file {
            Ok(Some(file)) => file.clone(),
            Ok(None) => return Ok(()),
            Err(problem) => return Err(problem.clone()),
        };
        let path = file.path().display().to_string();
        let done = spawn_blocking(move || with(&file)).await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        done.map_err(|error| unusable(&path, &error))
    }

    async fn manifest(&self, name: String) -> Result<String, Problem> {
        let Ok(Some(file)) = &self.file else {
            return Err(Problem::new("read what was removed", "there is no ledger", ""));
        };
        let file = file.clone();
        let read = spawn_blocking(move || file.manifest(&name)).await;
        read.unwrap_or_else(|error| Err(std::io::Error::other(error)))
            .map_err(|error| Problem::new("read what was removed", error.to_string(), ""))
    }
}

/// Opens the ledger of a cluster: that of its UID, and what was noted under its URL when nobody knew the UID.
async fn open_in(place: PathBuf, uid: Option<String>, server: String) -> (Result<Option<LedgerFile>, Problem>, Read) {
    let path = place.display().to_string();
    let opened = spawn_blocking(move || match uid {
        Some(uid) => LedgerFile::open(&place, &uid, Some(&server)),
        None => LedgerFile::open(&place, &server, None),
    });
    match opened.await.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        Ok((file, read)) => (Ok(Some(file)), read),
        Err(error) => (Err(unusable(&path, &error)), Read::default()),
    }
}

fn unusable(path: &str, error: &std::io::Error) -> Problem {
    Problem::new(format!("write the ledger {path}"), error.to_string(), "Is it a place that you may write to?")
}

fn not_open() -> Problem {
    Problem::new("write the ledger", "it is not open yet", "Try again when there is a connection")
}

#[cfg(test)]
mod tests;
