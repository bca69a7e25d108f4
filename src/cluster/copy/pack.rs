//! What goes into a container: files of this machine as a tar archive, by kubectl's rules (`cp.go`, `recursiveTar`).
//!
//! Directories have entries only where they are empty; symbolic links go over as links. Names too long for a header go
//! before it in GNU's form, which busybox reads as well.

use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tar::{EntryType, Header, HeaderMode};
use tokio::fs::{self, File};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{mpsc, watch};

use super::status::{CopyStatus, Failure};
use crate::cluster::exec::Input;

const BLOCK: usize = 512;
/// How much is read of a file at once.
const PIECE: usize = 32 << 10;

/// Something that goes over.
#[derive(Debug)]
pub(super) struct Item {
    path: PathBuf,
    /// Its name in the archive.
    name: Vec<u8>,
    metadata: Metadata,
}

impl Item {
    /// Bytes of its contents.
    pub(super) fn size(&self) -> u64 {
        if self.metadata.is_file() { self.metadata.len() } else { 0 }
    }
}

/// All that is at a path and below it, each directory in the order of names. `name` is what the path is called in the
/// archive.
pub(super) async fn items(path: &Path, name: &str) -> Result<Vec<Item>, Failure> {
    let mut found = Vec::new();
    let mut waiting = vec![(path.to_owned(), name.as_bytes().to_vec())];
    let mut is_named = true;
    while let Some((path, name)) = waiting.pop() {
        // What was named may be a link to it, as for every other command; what is found below is taken as it is.
        let read =
            if std::mem::take(&mut is_named) { fs::metadata(&path).await } else { fs::symlink_metadata(&path).await };
        let metadata = read.map_err(|error| Failure::file(&path, &error))?;
        if metadata.is_dir() {
            let mut names = names(&path).await?;
            if !names.is_empty() {
                names.sort_unstable_by(|a, b| b.file_name().cmp(&a.file_name()));
                waiting.extend(names.into_iter().map(|path| {
                    let last = path.file_name().unwrap_or_default().as_bytes();
                    let name = [&name, &b"/"[..], last].concat();
                    (path, name)
                }));
                continue;
            }
        }
        found.push(Item { path, name, metadata });
    }
    Ok(found)
}

async fn names(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| Failure::file(path, &error);
    let mut entries = fs::read_dir(path).await.map_err(failed)?;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(failed)? {
        names.push(entry.path());
    }
    Ok(names)
}

/// Sends the archive, then its end. Waits while nobody takes it; ends early when nobody ever will.
pub(super) async fn send(
    items: &[Item],
    to: &mpsc::Sender<Input>,
    status: &watch::Sender<CopyStatus>,
) -> Result<(), Failure> {
    for item in items {
        status.send_modify(|status| status.current = item.path.display().to_string());
        let Some(head) = head(item).await? else {
            status.send_modify(|status| {
                status.skipped += 1;
                status.warning = Some(format!("left out: {} is no ordinary file", item.path.display()));
            });
            continue;
        };
        if item.metadata.is_file() {
            let mut file = File::open(&item.path).await.map_err(|error| Failure::file(&item.path, &error))?;
            if to.send(Input::Bytes(head)).await.is_err() || !contents(&mut file, item, to, status).await? {
                return Ok(());
            }
            status.send_modify(|status| status.files += 1);
        } else if to.send(Input::Bytes(head)).await.is_err() {
            return Ok(());
        }
    }
    if to.send(Input::Bytes(vec![0; 2 * BLOCK])).await.is_ok() {
        let _gone = to.send(Input::Eof).await;
    }
    Ok(())
}

/// Sends a file's contents: exactly as many bytes as its header says. False when nobody takes them.
async fn contents(
    file: &mut (impl AsyncRead + Unpin),
    item: &Item,
    to: &mpsc::Sender<Input>,
    status: &watch::Sender<CopyStatus>,
) -> Result<bool, Failure> {
    let mut left = item.size();
    while left > 0 {
        let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        let count = file.read(&mut piece).await.map_err(|error| Failure::file(&item.path, &error))?;
        if count == 0 {
            return Err(Failure::File(format!("{} became shorter while it was read", item.path.display())));
        }
        piece.truncate(count);
        left -= count as u64;
        if to.send(Input::Bytes(piece)).await.is_err() {
            return Ok(false);
        }
        status.send_modify(|status| status.bytes += count as u64);
    }
    let padding = (item.size().wrapping_neg() % BLOCK as u64) as usize;
    Ok(padding == 0 || to.send(Input::Bytes(vec![0; padding])).await.is_ok())
}

/// What stands before an item's contents; `None` for what has no place in an archive: pipes, sockets, devices.
async fn head(item: &Item) -> Result<Option<Vec<u8>>, Failure> {
    let kind = item.metadata.file_type();
    if !kind.is_file() && !kind.is_dir() && !kind.is_symlink() {
        return Ok(None);
    }
    let mut header = Header::new_gnu();
    header.set_metadata_in_mode(&item.metadata, HeaderMode::Complete);
    header.set_size(item.size());
    let mut out = Vec::new();
    if kind.is_symlink() {
        let target = fs::read_link(&item.path).await.map_err(|error| Failure::file(&item.path, &error))?;
        let target = target.as_os_str().as_bytes();
        long(&mut out, EntryType::GNULongLink, target);
        fill(&mut header.as_old_mut().linkname, target);
    }
    long(&mut out, EntryType::GNULongName, &item.name);
    fill(&mut header.as_old_mut().name, &item.name);
    header.set_cksum();
    out.extend_from_slice(header.as_bytes());
    Ok(Some(out))
}

/// As much of a name as fits.
fn fill(field: &mut [u8; 100], name: &[u8]) {
    let length = name.len().min(field.len());
    field[..length].copy_from_slice(&name[..length]);
}

/// An entry of its own for a name that does not fit.
fn long(out: &mut Vec<u8>, kind: EntryType, name: &[u8]) {
    if name.len() < 100 {
        return;
    }
    let mut header = Header::new_gnu();
    fill(&mut header.as_old_mut().name, b"././@LongLink");
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(kind);
    // The name and the byte that ends it.
    header.set_size(name.len() as u64 + 1);
    header.set_cksum();
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(name);
    out.resize((out.len() + 1).next_multiple_of(BLOCK), 0);
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    /// What the crate's own reader finds in the archive of a folder: name, kind, mode, contents or target.
    async fn packed(path: &Path, name: &str) -> (Vec<(String, EntryType, u32, String)>, CopyStatus) {
        let items = items(path, name).await.expect("it can be read");
        let (sender, mut receiver) = mpsc::channel(4);
        let (status, seen) = watch::channel(CopyStatus::default());
        let take = async {
            let mut bytes = Vec::new();
            while let Some(input) = receiver.recv().await {
                match input {
                    Input::Bytes(piece) => bytes.extend(piece),
                    _ => return bytes,
                }
            }
            bytes
        };
        let (sent, bytes) = tokio::join!(send(&items, &sender, &status), take);
        sent.expect("it is sent");
        let mut archive = tar::Archive::new(bytes.as_slice());
        let read = archive.entries().expect("an archive").map(|entry| {
            let mut entry = entry.expect("an entry");
            let name = entry.path().expect("a name").to_string_lossy().into_owned();
            let (kind, mode) = (entry.header().entry_type(), entry.header().mode().expect("a mode") & 0o777);
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("text");
            let target = entry.link_name().expect("a target").map(|target| target.to_string_lossy().into_owned());
            (name, kind, mode, target.unwrap_or(text))
        });
        let read = read.collect();
        let status = seen.borrow().clone();
        (read, status)
    }

    #[tokio::test]
    async fn a_tree_goes_over_as_kubectl_sends_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("full/empty")).expect("folders");
        let long = "n".repeat(150);
        for (name, text) in [("full/b", "x"), ("full/a b", ""), ("日本.txt", &*"y".repeat(70_000)), (&long, "long")] {
            std::fs::write(at(name), text).expect("a file");
        }
        std::fs::set_permissions(at("full/b"), std::fs::Permissions::from_mode(0o750)).expect("a mode");
        let target = format!("/{}", "t".repeat(120));
        symlink(&target, at("link")).expect("a link");
        let _pipe = std::os::unix::net::UnixListener::bind(at("socket")).expect("a socket");
        let (found, status) = packed(folder.path(), "dir").await;
        let names: Vec<_> = found.iter().map(|(name, kind, ..)| (name.as_str(), *kind)).collect();
        let long = format!("dir/{long}");
        assert_eq!(
            names,
            [
                ("dir/full/a b", EntryType::Regular),
                ("dir/full/b", EntryType::Regular),
                ("dir/full/empty", EntryType::Directory),
                ("dir/link", EntryType::Symlink),
                (long.as_str(), EntryType::Regular),
                ("dir/日本.txt", EntryType::Regular),
            ]
        );
        assert_eq!((found[1].2, found[1].3.as_str()), (0o750, "x"));
        assert_eq!(found[3].3, target);
        assert_eq!(found[5].3.len(), 70_000);
        assert_eq!((status.files, status.bytes, status.skipped), (4, 70_005, 1));
    }

    #[tokio::test]
    async fn a_link_that_is_all_of_a_folder_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        symlink(".", folder.path().join("round")).expect("a link");
        let (found, _) = packed(folder.path(), "dir").await;
        let found: Vec<_> =
            found.iter().map(|(name, kind, _, target)| (name.as_str(), *kind, target.as_str())).collect();
        assert_eq!(found, [("dir/round", EntryType::Symlink, ".")]);
    }

    #[tokio::test]
    async fn one_file_and_a_link_to_it() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a"), "text").expect("a file");
        symlink("a", folder.path().join("l")).expect("a link");
        for name in ["a", "l"] {
            let (found, _) = packed(&folder.path().join(name), "there").await;
            assert_eq!(
                (found[0].0.as_str(), found[0].1, found[0].3.as_str()),
                ("there", EntryType::Regular, "text"),
                "{name}"
            );
        }
        assert!(items(&folder.path().join("nothing"), "x").await.is_err());
    }

    #[tokio::test]
    async fn a_file_that_shrinks_is_an_error_and_nobody_is_no_reason_to_go_on() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a"), "text").expect("a file");
        let found = items(&folder.path().join("a"), "a").await.expect("a file");
        std::fs::write(folder.path().join("a"), "t").expect("a file");
        let (sender, receiver) = mpsc::channel(16);
        let (status, _seen) = watch::channel(CopyStatus::default());
        let failed = send(&found, &sender, &status).await;
        assert!(matches!(failed, Err(Failure::File(said)) if said.contains("shorter")));
        drop(receiver);
        assert!(send(&found, &sender, &status).await.is_ok());
    }
}
