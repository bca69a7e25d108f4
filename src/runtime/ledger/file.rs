//! A ledger's file: lines are added, never changed, by any number of processes at once.
//!
//! Adding is one write at the end of the file, followed by the disk's word that it is there. Whoever writes holds the
//! lock beside the file, so that nothing is added while another process puts a shorter file in its place. All of it
//! blocks. Start with [`LedgerFile::open`].

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::debug::ledger::journal::{Read, WORTH_COMPACTING, compact, file_name, line, read};
use crate::debug::ledger::{Ledger, Note};

/// How often a lock that another process has is tried, and how long one waits in between. Nobody holds it for longer
/// than a write takes.
const TRIES: u32 = 250;
const BETWEEN: Duration = Duration::from_millis(20);

/// The file of a cluster.
#[derive(Clone, Debug)]
pub struct LedgerFile {
    path: PathBuf,
}

impl LedgerFile {
    /// Opens the ledger of a cluster, and makes it where there is none; what it says, after what stands in that of
    /// `before`: the name by which the same cluster may have been known.
    pub fn open(place: &Path, cluster: &str, before: Option<&str>) -> io::Result<(Self, Read)> {
        DirBuilder::new().recursive(true).mode(0o700).create(place)?;
        let this = Self { path: place.join(file_name(cluster)) };
        drop(this.to_append()?);
        let mut found = match before.map(|before| fs::read(place.join(file_name(before)))) {
            Some(Ok(bytes)) => read(&bytes),
            _ => Read::default(),
        };
        let bytes = fs::read(&this.path)?;
        if bytes.len() as u64 > WORTH_COMPACTING {
            this.compact()?;
        }
        let own = read(&bytes);
        found.notes.extend(own.notes);
        found.unreadable += own.unreadable;
        Ok((this, found))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds notes, and first what keeps a pod that is about to be removed. When it is `Ok` they are on the disk.
    pub fn note(&self, notes: &[Note], manifest: Option<(String, String)>) -> io::Result<()> {
        if let Some((name, text)) = manifest {
            self.keep(&name, &text)?;
        }
        let _lock = self.lock()?;
        let mut file = self.to_append()?;
        file.write_all(notes.iter().map(line).collect::<String>().as_bytes())?;
        file.sync_data()
    }

    /// What was kept of a removed pod.
    pub fn manifest(&self, name: &str) -> io::Result<String> {
        fs::read_to_string(self.manifest_path(name))
    }

    /// Removes what was kept of a pod.
    pub fn forget(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.manifest_path(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn keep(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.manifest_path(name);
        if let Some(place) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(place)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        sync_place(&path)
    }

    /// A name is never a path.
    fn manifest_path(&self, name: &str) -> PathBuf {
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        self.path.with_file_name("removed").join(format!("{name}.json"))
    }

    fn to_append(&self) -> io::Result<File> {
        let is_new = !self.path.exists();
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
        if is_new {
            sync_place(&self.path)?;
        }
        Ok(file)
    }

    /// Puts a file without what is over in the place of this one.
    pub(super) fn compact(&self) -> io::Result<()> {
        // Without a lock another process may add to the old file meanwhile, and that would be lost.
        let Some(_lock) = self.lock()? else { return Ok(()) };
        let ledger = Ledger::fold(read(&fs::read(&self.path)?).notes);
        let beside = self.path.with_extension(format!("new-{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(compact(&ledger).as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        sync_place(&self.path)
    }

    /// The lock; `None` where the file system has none.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let path = self.path.with_extension("lock");
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        for _ in 0..TRIES {
            match lock.try_lock() {
                Ok(()) => return Ok(Some(lock)),
                Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN),
                Err(TryLockError::Error(_)) => return Ok(None),
            }
        }
        Err(io::Error::new(ErrorKind::WouldBlock, "another process holds its lock and does not let go"))
    }
}

/// A new name is on the disk only when its directory is.
pub(super) fn sync_place(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |place| File::open(place)?.sync_all())
}
