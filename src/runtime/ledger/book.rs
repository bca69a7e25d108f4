//! The ledger for a command that runs to its end: opened once, noted in, closed with the program.
//!
//! Start with [`Book::open`]. Whoever sends something notes it with [`Book::note`] first, and sends when that is `Ok`.

use tokio::task::spawn_blocking;

use super::{LedgerFile, Place, open_in, run_name, unusable};
use crate::base::problem::Problem;
use crate::cluster::connect::Connection;
use crate::cluster::sight::identity;
use crate::debug::ledger::{EntryId, Event, Ledger, Note};
use crate::runtime::now;

/// The ledger of a connection's cluster.
#[derive(Debug)]
pub struct Book {
    /// All entries as they stand.
    pub ledger: Ledger,
    /// Who we are in the cluster.
    pub user: String,
    /// `None` where nothing is kept.
    file: Option<LedgerFile>,
    run: String,
    entries: u32,
}

impl Book {
    /// Finds out which cluster it is, and opens its ledger.
    pub async fn open(place: &Place, connection: &Connection) -> Result<Self, Problem> {
        let who = identity(connection).await;
        let user = who.user.or_else(|| std::env::var("USER").ok()).unwrap_or_default();
        let (file, read) = match place {
            Place::Memory => (None, <_>::default()),
            Place::Nowhere => {
                let next = "Set XDG_STATE_HOME or HOME";
                return Err(Problem::new("keep a ledger", "there is no home directory", next));
            }
            Place::Directory(place) => {
                let (file, read) = open_in(place.clone(), who.cluster, connection.info.server.clone()).await;
                (file?, read)
            }
        };
        let mut ledger = Ledger::fold(read.notes);
        ledger.take_over(|_| false);
        Ok(Self { ledger, user, file, run: run_name(), entries: 0 })
    }

    /// Keeps which image was used; whoever debugs next only has more to type where that fails.
    pub async fn keep_image(&self, image: &str) {
        let Some(file) = self.file.clone() else { return };
        let image = image.to_owned();
        drop(spawn_blocking(move || file.keep_image(&image)).await);
    }

    /// Names the next entry of this command.
    pub fn new_entry(&mut self) -> EntryId {
        self.entries += 1;
        EntryId::of(&self.run, self.entries)
    }

    /// Notes something of some entries. When it is `Ok` it is on the disk. `manifest`: the name of the file that keeps a
    /// pod which is about to be removed, and the pod as JSON.
    pub async fn note(
        &mut self,
        events: impl IntoIterator<Item = (EntryId, Event)>,
        manifest: Option<(String, String)>,
    ) -> Result<(), Problem> {
        let at = now();
        let notes: Vec<_> = events.into_iter().map(|(id, event)| Note { id, at, event }).collect();
        notes.iter().cloned().for_each(|note| self.ledger.apply(note));
        let Some(file) = self.file.clone() else { return Ok(()) };
        let path = file.path().display().to_string();
        let written = spawn_blocking(move || file.note(&notes, manifest)).await;
        written.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(|error| unusable(&path, &error))
    }
}
