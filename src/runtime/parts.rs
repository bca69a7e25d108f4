//! The file that the custom part of a debug form is read from.

use std::io::{self, ErrorKind};

use tokio::io::AsyncReadExt as _;

use super::perform::{Performer, detach};
use super::saves::at_home;
use crate::app::layout::PaneId;
use crate::app::message::{FileText, Msg};
use crate::base::problem::Problem;

/// Bytes of a file that is taken: the API server takes no larger object.
const MOST: u64 = 1 << 20;

impl Performer {
    pub(super) fn read_part(&self, pane: PaneId, path: String) {
        let out = self.outbox(move |found| Msg::Part(pane, found));
        detach(async move {
            let next = "It must be a file of text";
            let found = read(&path).await;
            let found = found.map_err(|error| Problem::new(format!("read {path}"), error.to_string(), next));
            let _gone = out.send(found).await;
        });
    }
}

async fn read(path: &str) -> io::Result<FileText> {
    let path = at_home(path)?;
    // A pipe without a writer would be waited for, for ever.
    if !tokio::fs::metadata(&path).await?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no file"));
    }
    let mut text = Vec::new();
    tokio::fs::File::open(&path).await?.take(MOST + 1).read_to_end(&mut text).await?;
    if text.len() as u64 > MOST {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "it has more than 1 MiB"));
    }
    let text = String::from_utf8(text).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))?;
    Ok(FileText { text, file: path.display().to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_file_of_text_is_read() {
        let place = tempfile::tempdir().expect("a directory");
        let path = |name: &str| place.path().join(name).display().to_string();
        std::fs::write(path("part"), "env: []\n").expect("a file");
        std::fs::write(path("bytes"), b"\xff").expect("a file");
        std::fs::write(path("large"), vec![b' '; (MOST + 1) as usize]).expect("a file");
        let found = read(&path("part")).await.expect("it is read");
        assert_eq!((found.text.as_str(), found.file), ("env: []\n", path("part")));
        for (name, said) in [("bytes", "not UTF-8"), ("large", "1 MiB"), (".", "no file"), ("none", "No such file")] {
            let error = read(&path(name)).await.expect_err(name).to_string();
            assert!(error.contains(said), "{name}: {error}");
        }
    }
}
