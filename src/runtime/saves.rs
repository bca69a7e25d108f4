//! Saving texts as files: whole or not at all, and never over a file that is there.
//!
//! A text is written under another name beside its place, a piece at a time, and has its own name when all of it is on
//! the disk. Whoever ends the program ends what is being saved, and what there is of it is removed. Start with
//! [`Performer::save`].

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::perform::Performer;
use super::shelves::Reader;
use crate::app::content::Content;
use crate::app::message::{Msg, Notice};
use crate::base::count::grouped;
use crate::base::problem::Problem;
use crate::cluster::outbox::Outbox;

/// How often it is said how far a text is.
const EVERY: Duration = Duration::from_millis(500);

/// What is being saved.
#[derive(Debug, Default)]
pub(super) struct Saves {
    tasks: JoinSet<()>,
}

impl Saves {
    /// Ends what is being saved, and waits until what there is of it has been removed.
    pub async fn end(&mut self) {
        self.tasks.shutdown().await;
    }
}

impl Performer {
    pub(super) fn save(&mut self, path: String, text: Content) {
        let (out, reader) = (self.outbox(Msg::Notice), self.reader(text.pane()));
        // Those that are over.
        while self.saves.tasks.try_join_next().is_some() {}
        self.saves.tasks.spawn(async move {
            let notice = match write_new(&path, text, &reader, &out).await {
                Ok((path, bytes)) => Notice::info(format!("saved {} bytes as {}", grouped(bytes), path.display())),
                Err(error) => {
                    let next = if error.kind() == io::ErrorKind::AlreadyExists { "Choose another name" } else { "" };
                    Notice::error(Problem::new(format!("save {path}"), error.to_string(), next).to_string())
                }
            };
            let _gone = out.send(notice).await;
        });
    }
}

/// The path as it was typed; `~/` is the home directory.
pub(super) fn at_home(path: &str) -> io::Result<PathBuf> {
    Ok(match path.strip_prefix("~/") {
        Some(rest) => etcetera::home_dir().map_err(io::Error::other)?.join(rest),
        None => PathBuf::from(path),
    })
}

/// Writes a file that must not exist yet, and says how many bytes it has.
async fn write_new(
    path: &str,
    text: Content,
    reader: &Reader,
    out: &Outbox<Notice, Msg>,
) -> io::Result<(PathBuf, u64)> {
    let path = at_home(path)?;
    // Better said before a gigabyte is written than after; what counts is asked once more then.
    if fs::symlink_metadata(&path).await.is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let (unfinished, mut file) = begin(&path)?;
    let bytes = write(&mut file, text, &path, (reader, out)).await?;
    file.sync_all().await?;
    unfinished.finish(&path).await?;
    Ok((path, bytes))
}

async fn write(
    file: &mut File,
    mut text: Content,
    path: &Path,
    (reader, out): (&Reader, &Outbox<Notice, Msg>),
) -> io::Result<u64> {
    let (mut bytes, mut said) = (0, Instant::now());
    while let Some(piece) = reader.next(&mut text).await {
        file.write_all(piece.as_bytes()).await?;
        bytes += piece.len() as u64;
        if let Some((done, all)) = text.progress().filter(|_| said.elapsed() >= EVERY) {
            said = Instant::now();
            let (percent, bytes) = (done * 100 / all.max(1), grouped(bytes));
            let _gone = out.send(Notice::info(format!("saving {}: {percent} %, {bytes} bytes", path.display()))).await;
        }
    }
    Ok(bytes)
}

/// A file with a part of a text, which goes when this does.
#[derive(Debug)]
struct Unfinished(PathBuf);

/// Opens a new file beside `path`, so that it is on the same disk.
///
/// At once and not through tokio: a task that is ended while it waits for that would leave the file behind.
fn begin(path: &Path) -> io::Result<(Unfinished, File)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let mut number = 0;
    loop {
        let beside = path.with_file_name(format!(".{name}.{}-{number}.part", std::process::id()));
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&beside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
            opened => {
                let file = File::from_std(opened?);
                return Ok((Unfinished(beside), file));
            }
        }
    }
}

impl Unfinished {
    /// Gives the file its name, unless something else has that by now.
    async fn finish(self, path: &Path) -> io::Result<()> {
        // A link, unlike a new name, never takes the place of another file.
        match fs::hard_link(&self.0, path).await {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists && fs::symlink_metadata(path).await.is_err() => {
                // A disk without links.
                fs::rename(&self.0, path).await
            }
            linked => linked,
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // The task may be ended at any time, and then there is nobody who could wait for this.
        drop(std::fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::app::layout::PaneId;
    use crate::app::panes::logs::{LogLimits, LogPane};
    use crate::cluster::api::{LogLine, LogRequest, LogUpdate};
    use crate::runtime::Source;

    /// A place, and a performer that says what it did into a queue.
    fn place() -> (tempfile::TempDir, Performer, mpsc::UnboundedReceiver<crate::cluster::outbox::Parcel<Msg>>) {
        let (queue, inbox) = mpsc::unbounded_channel();
        (tempfile::tempdir().expect("a directory"), Performer::new(queue, Source::Cluster(Box::default())), inbox)
    }

    fn names(dir: &tempfile::TempDir) -> Vec<String> {
        let entries = std::fs::read_dir(dir.path()).expect("reads");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    fn log(lines: usize) -> Content {
        let mut pane = LogPane::new(LogRequest::default(), Vec::new(), LogLimits { lines, bytes: 1 << 30 });
        let line = |number: usize| LogLine { text: format!("line {number}").into(), ..LogLine::default() };
        pane.apply(LogUpdate::Lines((0..lines).map(line).collect()));
        Content::Log(PaneId(1), Box::new(pane.whole_text()))
    }

    #[tokio::test]
    async fn a_file_is_never_overwritten_and_nothing_is_left_beside_it() {
        let (dir, mut performer, mut inbox) = place();
        let path = dir.path().join("api.log");
        let save = |performer: &mut Performer, text| performer.save(path.display().to_string(), text);
        save(&mut performer, log(5_000));
        let said = inbox.recv().await.expect("it is said").message;
        assert!(matches!(&said, Msg::Notice(notice) if notice.text.starts_with("saved 48,890 bytes")), "{said:?}");
        save(&mut performer, Content::Text("other".to_owned()));
        let said = inbox.recv().await.expect("it is said").message;
        assert!(
            matches!(&said, Msg::Notice(notice) if notice.is_error && notice.text.contains("another name")),
            "{said:?}"
        );
        let text = std::fs::read_to_string(&path).expect("reads");
        assert!(text.starts_with("line 0\nline 1\n") && text.ends_with("line 4999\n"));
        assert_eq!(names(&dir), ["api.log"]);
    }

    #[tokio::test]
    async fn a_file_that_came_meanwhile_stays() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("x");
        let (unfinished, _file) = begin(&path).expect("begins");
        std::fs::write(&path, "theirs").expect("writes");
        assert_eq!(unfinished.finish(&path).await.map_err(|error| error.kind()), Err(io::ErrorKind::AlreadyExists));
        assert_eq!(
            (names(&dir), std::fs::read_to_string(&path).expect("reads")),
            (vec!["x".to_owned()], "theirs".into())
        );
    }

    #[tokio::test]
    async fn what_is_not_finished_when_the_program_ends_leaves_nothing() {
        let (dir, mut performer, _inbox) = place();
        performer.save(dir.path().join("big.log").display().to_string(), log(500_000));
        while names(&dir).is_empty() {
            tokio::task::yield_now().await;
        }
        performer.saves.end().await;
        assert_eq!(names(&dir), [""; 0]);
    }
}
