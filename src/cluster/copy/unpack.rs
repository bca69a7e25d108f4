//! Where what comes out of a container goes: files of this machine, by kubectl's rules (`cp.go`, `untarAll`).
//!
//! A file is written under another name beside its place and renamed when it is whole; what is not whole when this is
//! dropped is removed. Links are not made and devices neither, so that no name of an archive can lead out of the
//! destination by a way that the archive laid itself.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;

use super::archive::{Archive, Entry, Kind, Part};
use super::paths;
use super::status::{CopyStatus, Failure};

/// Unpacks one archive.
pub(super) struct Unpacker {
    archive: Archive,
    /// What all names begin with.
    prefix: String,
    /// The last part of the path in the container.
    name: String,
    destination: PathBuf,
    current: Current,
    /// Bytes of the archive that were taken in.
    taken: u64,
    status: watch::Sender<CopyStatus>,
}

/// What the data that come belong to.
enum Current {
    Nothing,
    File(File, Unfinished),
}

/// A file that is not whole; removed when dropped.
struct Unfinished {
    beside: PathBuf,
    place: PathBuf,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a rename nothing has this name any more.
        let _nothing = std::fs::remove_file(&self.beside);
    }
}

impl Unpacker {
    /// An unpacker of what `tar cf - REMOTE` writes. A directory's contents go to `destination` itself, and so does a
    /// file, unless a directory is there: then it goes into that.
    pub(super) fn new(remote: &str, destination: PathBuf, status: watch::Sender<CopyStatus>) -> Self {
        Self {
            archive: Archive::new(),
            prefix: paths::prefix(remote),
            name: paths::base(&paths::clean(remote)),
            destination,
            current: Current::Nothing,
            taken: 0,
            status,
        }
    }

    /// How many bytes of the archive were taken in.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Whether the archive was whole.
    pub(super) fn is_complete(&self) -> bool {
        self.archive.is_complete()
    }

    /// Takes bytes of the archive.
    pub(super) async fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.taken += bytes.len() as u64;
        self.archive.feed(bytes);
        while let Some(part) = self.archive.next().map_err(|error| Failure::Archive(error.to_string()))? {
            match part {
                Part::Entry(entry) => self.begin(&entry).await?,
                Part::Data(data) => self.write(&data).await?,
                Part::Complete => self.finish().await?,
            }
        }
        Ok(())
    }

    async fn begin(&mut self, entry: &Entry) -> Result<(), Failure> {
        let name = String::from_utf8_lossy(&entry.path).into_owned();
        let below = paths::below(&entry.path, &self.prefix);
        let below = below.map_err(|_| Failure::Archive(format!("tar contents corrupted: {name} was not asked for")))?;
        let Some(parts) = below else {
            self.skip(&format!("{name} is outside of the destination"));
            return Ok(());
        };
        let place = self.place(&parts, entry.kind).await;
        self.status.send_modify(|status| name.clone_into(&mut status.current));
        match entry.kind {
            Kind::Directory => make_directory(&place).await?,
            Kind::Symlink => {
                let target = String::from_utf8_lossy(&entry.link);
                self.skip(&format!("{name} is a symbolic link to {target}; links are not copied out"));
            }
            Kind::Other => self.skip(&format!("{name} is no ordinary file")),
            Kind::HardLink => match paths::below(&entry.link, &self.prefix) {
                Ok(Some(parts)) => self.copy(&parts, place, &name).await?,
                _ => self.skip(&format!("{name} is a link to what was not asked for")),
            },
            Kind::File => {
                let (file, unfinished) = open_beside(place, entry.mode).await?;
                self.current = Current::File(file, unfinished);
            }
        }
        Ok(())
    }

    async fn place(&self, parts: &[&[u8]], kind: Kind) -> PathBuf {
        let mut place = self.destination.clone();
        place.extend(parts.iter().map(|part| OsStr::from_bytes(part)));
        if parts.is_empty() && kind != Kind::Directory && fs::metadata(&place).await.is_ok_and(|found| found.is_dir()) {
            place.push(&self.name);
        }
        place
    }

    /// A hard link becomes a copy of what it links to, which came before it. Only of a file: what else stands there was
    /// left out, or is somebody's own link.
    async fn copy(&mut self, source: &[&[u8]], place: PathBuf, name: &str) -> Result<(), Failure> {
        let source = self.place(source, Kind::File).await;
        if !fs::symlink_metadata(&source).await.is_ok_and(|found| found.is_file()) {
            self.skip(&format!("{name} is a link to what was left out"));
            return Ok(());
        }
        let (file, unfinished) = open_beside(place, 0o600).await?;
        fs::copy(&source, &unfinished.beside).await.map_err(|error| Failure::file(&source, &error))?;
        self.current = Current::File(file, unfinished);
        Ok(())
    }

    async fn write(&mut self, data: &Bytes) -> Result<(), Failure> {
        if let Current::File(file, unfinished) = &mut self.current {
            file.write_all(data).await.map_err(|error| Failure::file(&unfinished.place, &error))?;
            self.status.send_modify(|status| status.bytes += data.len() as u64);
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Failure> {
        match std::mem::replace(&mut self.current, Current::Nothing) {
            Current::Nothing => return Ok(()),
            Current::File(mut file, unfinished) => {
                // Writing goes on behind the scenes; its failure shows here.
                file.flush().await.map_err(|error| Failure::file(&unfinished.place, &error))?;
                let renamed = fs::rename(&unfinished.beside, &unfinished.place).await;
                renamed.map_err(|error| Failure::file(&unfinished.place, &error))?;
            }
        }
        self.status.send_modify(|status| status.files += 1);
        Ok(())
    }

    fn skip(&self, why: &str) {
        self.status.send_modify(|status| {
            status.skipped += 1;
            status.warning = Some(format!("left out: {why}"));
        });
    }
}

async fn make_directory(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).await.map_err(|error| Failure::file(path, &error))
}

/// Opens a new file beside a place, with the permissions that it shall have less the umask.
async fn open_beside(place: PathBuf, mode: u32) -> Result<(File, Unfinished), Failure> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let parent = place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_directory(parent).await?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let beside = parent.join(format!(".podtriage-{}-{number}.part", std::process::id()));
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside).await;
    let file = opened.map_err(|error| Failure::file(&place, &error))?;
    Ok((file, Unfinished { beside, place }))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tar::{Builder, EntryType, Header};

    use super::*;

    struct Unpacked {
        result: Result<(), Failure>,
        status: CopyStatus,
        folder: tempfile::TempDir,
    }

    impl Unpacked {
        fn read(&self, path: &str) -> Option<String> {
            std::fs::read_to_string(self.folder.path().join(path)).ok()
        }

        /// Every name below the folder.
        fn names(&self) -> Vec<String> {
            let mut names = Vec::new();
            let mut folders = vec![self.folder.path().to_owned()];
            while let Some(folder) = folders.pop() {
                for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                    let name = entry.strip_prefix(self.folder.path()).expect("below").to_string_lossy().into_owned();
                    names.push(name);
                    if entry.is_dir() {
                        folders.push(entry);
                    }
                }
            }
            names.sort();
            names
        }
    }

    fn file(builder: &mut Builder<Vec<u8>>, name: &str, mode: u32, data: &str) {
        let mut header = Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(mode);
        // The crate itself would not write a name that leads out.
        let old = &mut header.as_old_mut().name;
        old[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, data.as_bytes()).expect("it is written");
    }

    fn link(builder: &mut Builder<Vec<u8>>, kind: EntryType, name: &str, target: &str) {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        builder.append_link(&mut header, name, target).expect("it is written");
    }

    async fn unpack(remote: &str, to: &str, before: &[&str], build: impl FnOnce(&mut Builder<Vec<u8>>)) -> Unpacked {
        let folder = tempfile::tempdir().expect("a folder");
        for path in before {
            std::fs::create_dir_all(folder.path().join(path)).expect("a folder");
        }
        let mut builder = Builder::new(Vec::new());
        build(&mut builder);
        let bytes = builder.into_inner().expect("an archive");
        let (sender, status) = watch::channel(CopyStatus::default());
        let mut unpacker = Unpacker::new(remote, folder.path().join(to), sender);
        let mut result = Ok(());
        for piece in bytes.chunks(700) {
            result = unpacker.take(piece).await;
            if result.is_err() {
                break;
            }
        }
        drop(unpacker);
        let status = status.borrow().clone();
        Unpacked { result, status, folder }
    }

    #[tokio::test]
    async fn a_directory_goes_to_the_destination_itself() {
        let done = unpack("/etc/app/", "here", &[], |builder| {
            file(builder, "etc/app/run.sh", 0o755, "#!/bin/sh");
            file(builder, "etc/app/empty", 0o600, "");
            file(builder, "etc/app/a b/日本", 0o644, &"x".repeat(3000));
            link(builder, EntryType::Link, "etc/app/same", "etc/app/run.sh");
            link(builder, EntryType::Symlink, "etc/app/link", "/etc/passwd");
            link(builder, EntryType::Link, "etc/app/alien", "etc/shadow");
            link(builder, EntryType::Link, "etc/app/again", "etc/app/link");
            link(builder, EntryType::Link, "etc/app/deep/same", "etc/app/run.sh");
        })
        .await;
        assert!(done.result.is_ok(), "{:?}", done.result);
        let names = ["here", "here/a b", "here/a b/日本", "here/deep", "here/deep/same", "here/empty", "here/run.sh"];
        assert_eq!(done.names(), [&names[..], &["here/same"]].concat());
        for link in ["here/same", "here/deep/same"] {
            assert_eq!(done.read(link).as_deref(), Some("#!/bin/sh"));
        }
        assert_eq!(done.read("here/empty").as_deref(), Some(""));
        let mode = std::fs::metadata(done.folder.path().join("here/run.sh")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o700, 0o700, "what could be run can be run");
        assert_eq!((done.status.files, done.status.bytes, done.status.skipped), (5, 3009, 3));
    }

    #[tokio::test]
    async fn a_file_takes_the_name_that_was_given_or_goes_into_a_directory() {
        let one = |builder: &mut Builder<Vec<u8>>| file(builder, "etc/app.conf", 0o644, "x");
        assert_eq!(unpack("/etc/app.conf", "mine", &[], one).await.names(), ["mine"]);
        assert_eq!(unpack("/etc/app.conf", "dir", &["dir"], one).await.names(), ["dir", "dir/app.conf"]);
        assert_eq!(unpack("/etc/app.conf", "new/mine", &[], one).await.names(), ["new", "new/mine"]);
    }

    #[tokio::test]
    async fn names_that_lead_out_are_left_out_and_strangers_end_the_copy() {
        let done = unpack("/etc/app", "here", &[], |builder| {
            file(builder, "etc/app/../../../evil", 0o644, "x");
            file(builder, "etc/app/good", 0o644, "y");
        })
        .await;
        assert!(done.result.is_ok());
        assert_eq!(done.names(), ["here", "here/good"]);
        assert!(done.status.warning.as_ref().is_some_and(|said| said.contains("outside")), "{:?}", done.status);
        let done = unpack("/etc/app", "here", &[], |builder| file(builder, "root/.profile", 0o644, "x")).await;
        assert!(matches!(&done.result, Err(Failure::Archive(said)) if said.contains("corrupted")), "{:?}", done.result);
        assert!(done.names().is_empty());
    }

    #[tokio::test]
    async fn what_is_not_whole_is_not_there_and_what_was_there_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("mine");
        std::fs::write(&place, "before").expect("a file");
        let mut builder = Builder::new(Vec::new());
        file(&mut builder, "etc/app.conf", 0o644, &"x".repeat(4000));
        let bytes = builder.into_inner().expect("an archive");
        let (sender, _status) = watch::channel(CopyStatus::default());
        let mut unpacker = Unpacker::new("/etc/app.conf", place.clone(), sender);
        unpacker.take(&bytes[..2000]).await.expect("the beginning");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "the half is beside it");
        drop(unpacker);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
        assert_eq!(std::fs::read_to_string(&place).expect("reads"), "before");
    }
}
