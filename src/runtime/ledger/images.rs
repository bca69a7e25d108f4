//! The images that were used for debugging in a cluster: one a line, the last one first, in a file beside its ledger.
//!
//! Lost, they only have to be typed again, so nobody waits for them and a file that cannot be read counts as none.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use tokio::task::spawn_blocking;

use super::LedgerFile;
use super::file::sync_place;
use crate::debug::image::{KEPT, is_reference, remember};

/// Bytes of the file that are read: more than so many images have.
const MOST: u64 = 64 << 10;

impl LedgerFile {
    fn images_path(&self) -> PathBuf {
        self.path().with_extension("images")
    }

    /// The images that were used, the last one first; what is no image is passed over.
    pub fn images(&self) -> Vec<String> {
        let mut text = Vec::new();
        let read = fs::File::open(self.images_path()).and_then(|file| file.take(MOST).read_to_end(&mut text));
        let text = if read.is_ok() { String::from_utf8_lossy(&text).into_owned() } else { String::new() };
        text.lines().filter(|line| is_reference(line)).take(KEPT).map(str::to_owned).collect()
    }

    /// The same, not on this thread.
    pub(super) async fn read_images(self) -> Vec<String> {
        spawn_blocking(move || self.images()).await.unwrap_or_default()
    }

    /// Puts an image before those that were used earlier.
    ///
    /// # Errors
    ///
    /// The file could not be written; the one before is still there.
    pub fn keep_image(&self, image: &str) -> io::Result<()> {
        if !is_reference(image) {
            return Ok(());
        }
        let _lock = self.lock()?;
        let mut images = self.images();
        remember(&mut images, image);
        let path = self.images_path();
        let beside = path.with_extension(format!("images-new-{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all((images.join("\n") + "\n").as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        sync_place(&path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_kept_for_each_cluster_and_a_broken_file_is_none() {
        let place = tempfile::tempdir().expect("a directory");
        let open = |cluster: &str| LedgerFile::open(place.path(), cluster, None).expect("a ledger").0;
        let (one, other) = (open("one"), open("other"));
        for image in ["busybox:1.28", "alpine", "not an image", "busybox:1.28"] {
            one.keep_image(image).expect("it is kept");
        }
        assert_eq!(open("one").images(), ["busybox:1.28", "alpine"]);
        assert!(other.images().is_empty());
        fs::write(one.images_path(), b"\xff\xfe\nalpine\n\x1b[31m\n").expect("a file");
        assert_eq!(one.images(), ["alpine"]);
        let left: Vec<_> = fs::read_dir(place.path()).expect("files").filter_map(Result::ok).collect();
        assert!(left.iter().all(|file| !file.file_name().to_string_lossy().contains("new")), "{left:?}");
    }
}
