//! Files with edited texts, and the person's own editor.
//!
//! A text may be a secret, so its file is for its owner alone, and nothing of it is written anywhere else. Start with
//! [`Loop::edit_outside`].

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use etcetera::BaseStrategy as _;
use tokio::fs::{self, DirBuilder, OpenOptions};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use super::perform::{Performer, detach};
use super::{End, Keyboard, Loop, Surface};
use crate::app::layout::PaneId;
use crate::app::message::{Edited, Msg};
use crate::base::problem::Problem;
use crate::terminal::{Signal, Signals};

/// Names that are tried for a file before it is given up.
const NAMES: u32 = 1_000;

/// A text that the person's own editor shall have.
#[derive(Debug)]
pub(super) struct Outside {
    pub pane: PaneId,
    pub name: String,
    pub text: String,
}

/// Where texts are kept while they are sent; `None` where there is no home directory.
pub(super) fn usual_place() -> Option<PathBuf> {
    let dirs = etcetera::choose_base_strategy().ok()?;
    Some(dirs.state_dir().unwrap_or_else(|| dirs.data_dir()).join("podtriage").join("edits"))
}

impl Performer {
    pub(super) fn keep_edit(&self, pane: PaneId, name: String, text: String) {
        let place = self.edits.clone();
        let out = self.outbox(move |kept| Msg::EditKept(pane, kept));
        detach(async move {
            let _gone = out.send(keep(place.as_deref(), &name, &text).await).await;
        });
    }
}

pub(super) fn forget(file: String) {
    // What is gone already is as good as removed.
    detach(async move { drop(fs::remove_file(file).await) });
}

/// Writes a text to a new file in `place`.
pub(super) async fn keep(place: Option<&Path>, name: &str, text: &str) -> Result<String, Problem> {
    let tried = || format!("keep what was typed ({name}) in a file");
    let place = place.ok_or_else(|| Problem::new(tried(), "there is no home directory", ""))?;
    let written = async {
        DirBuilder::new().recursive(true).mode(0o700).create(place).await?;
        write_private(place, name, text).await
    };
    written.await.map(|path| path.display().to_string()).map_err(|error| Problem::new(tried(), error.to_string(), ""))
}

/// Writes a new file for an editor, that only its owner may read.
async fn write_private(place: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    write_private_as(place, &format!("edit-{name}"), ".yaml", text).await
}

/// Writes a new file that only its owner may read.
pub(super) async fn write_private_as(place: &Path, name: &str, ending: &str, text: &str) -> io::Result<PathBuf> {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let process = std::process::id();
    let mut number = 0;
    let (path, mut file) = loop {
        let path = place.join(format!("podtriage-{name}-{process}-{number}{ending}"));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < NAMES => number += 1,
            opened => break (path, opened?),
        }
    };
    file.write_all(text.as_bytes()).await?;
    file.sync_all().await?;
    Ok(path)
}

impl<S: Surface> Loop<S> {
    /// Gives the terminal to the person's own editor, and takes it back when the editor has ended. What comes from the
    /// cluster meanwhile is taken in, so that no stream has to wait.
    pub(super) async fn edit_outside(
        &mut self,
        outside: Outside,
        input: &mut impl Keyboard,
        signals: Option<&mut Signals>,
    ) -> io::Result<()> {
        let Outside { pane, name, text } = outside;
        let editor = editor();
        let tried = format!("edit with `{editor}`");
        let path = match write_private(&std::env::temp_dir(), &name, &text).await {
            Ok(path) => path,
            Err(error) => {
                let problem = Problem::new(tried, error.to_string(), "Is $TMPDIR a directory that can be written to?");
                return self.handle(Msg::EditedOutside(pane, Err(problem)));
            }
        };
        input.pause();
        self.surface.release();
        let ended = match begin(&editor, &path) {
            Ok(child) => self.until_ended(child, signals).await?,
            Err(error) => Some(Err(error)),
        };
        // A signal ended the program; the file stays.
        let Some(ended) = ended else { return Ok(()) };
        self.surface.resume()?;
        self.surface.repaint()?;
        input.resume();
        self.dirty = true;
        let edited = read_back(&path, &text, ended).await;
        self.handle(Msg::EditedOutside(pane, edited.map_err(|(said, next)| Problem::new(tried, said, next))))
    }

    /// Waits for the editor or pager; `None` when a signal ended this program meanwhile.
    pub(super) async fn until_ended(
        &mut self,
        mut child: Child,
        mut signals: Option<&mut Signals>,
    ) -> io::Result<Option<io::Result<ExitStatus>>> {
        loop {
            let signal = async {
                match signals.as_deref_mut() {
                    Some(signals) => signals.next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                ended = child.wait() => return Ok(Some(ended)),
                signal = signal => match signal {
                    // The editor has the terminal, so ^C and ^\ were meant for it.
                    Signal::End(130 | 131) | Signal::Continued => {}
                    Signal::End(status) => {
                        self.ended = Some(End::Signal(status));
                        return Ok(None);
                    }
                },
                Some(parcel) = self.inbox.recv() => self.open(parcel)?,
            }
        }
    }
}

/// The person's own editor, as kubectl chooses it; `$VISUAL` is ours.
fn editor() -> String {
    let set = |name| std::env::var(name).ok().filter(|value: &String| !value.trim().is_empty());
    ["KUBE_EDITOR", "VISUAL", "EDITOR"].into_iter().find_map(set).unwrap_or_else(|| "vi".to_owned())
}

/// The editor may be a command with arguments; the shell knows how to read it. ^C is the editor's, so the shell around
/// it must outlive one. Ignoring it would pass to the editor as well.
pub(super) fn begin(editor: &str, path: &Path) -> io::Result<Child> {
    Command::new("sh")
        .arg("-c")
        .arg(format!("trap : INT QUIT; {editor} \"$1\""))
        .arg("sh")
        .arg(path)
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit())
        .spawn()
}

/// What the editor made of the file. The error is what happened and where the text is; a file in which nothing was
/// changed is removed then.
async fn read_back(path: &Path, before: &str, ended: io::Result<ExitStatus>) -> Result<Edited, (String, String)> {
    let file = path.display().to_string();
    let text = fs::read(path).await.map(String::from_utf8);
    let failed = match ended {
        Ok(status) if status.success() => None,
        Ok(status) if status.code() == Some(127) => Some("there is no such program".to_owned()),
        Ok(status) => Some(format!("it ended with {status}")),
        Err(error) => Some(error.to_string()),
    };
    match (failed, text) {
        (None, Ok(Ok(text))) => Ok(Edited { text, file }),
        (Some(said), Ok(Ok(text))) if text == before => {
            drop(fs::remove_file(path).await);
            Err((said, String::new()))
        }
        (Some(said), _) => Err((said, format!("What was written is in {file}"))),
        (None, Ok(Err(_))) => Err(("the file is not text (UTF-8)".to_owned(), format!("It is still there: {file}"))),
        (None, Err(error)) => Err((error.to_string(), String::new())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_for_its_owner_alone_and_takes_no_other_files_place() {
        let dir = tempfile::tempdir().expect("a directory");
        let place = dir.path().join("podtriage/edits");
        let first = keep(Some(&place), "secret-../x", "a: b\n").await.expect("is kept");
        let second = keep(Some(&place), "secret-../x", "c: d\n").await.expect("is kept");
        assert_ne!(first, second);
        assert_eq!(std::fs::read_to_string(&first).expect("reads"), "a: b\n");
        let mode = |path: &Path| std::fs::metadata(path).expect("is there").permissions().mode() & 0o777;
        assert_eq!((mode(Path::new(&first)), mode(&place)), (0o600, 0o700));
        assert_eq!(Path::new(&first).parent(), Some(place.as_path()), "a name is no path");
        assert!(keep(None, "x", "").await.is_err());
    }

    #[tokio::test]
    async fn an_editor_that_fails_leaves_what_was_written() {
        let dir = tempfile::tempdir().expect("a directory");
        let run = |editor: &'static str| {
            let dir = dir.path().to_owned();
            async move {
                let path = write_private(&dir, "x", "before\n").await.expect("is written");
                let ended = begin(editor, &path).expect("begins").wait().await;
                read_back(&path, "before\n", ended).await.map_err(|(said, next)| (said, next, path.exists()))
            }
        };
        assert_eq!(run("echo after >").await.map(|edited| edited.text), Ok("after\n".to_owned()));
        let (said, next, exists) = run("f() { echo after > \"$1\"; exit 3; }; f").await.expect_err("it failed");
        assert!(said.contains("status: 3") && next.contains("podtriage-edit-x-") && exists, "{said} {next}");
        let (_, next, exists) = run("false").await.expect_err("it failed");
        assert_eq!((next.as_str(), exists), ("", false), "nothing was written");
        let (said, ..) = run("surely-no-editor-of-this-name 2>&-").await.expect_err("there is none");
        assert_eq!(said, "there is no such program");
        let (said, next, exists) = run("printf '\\377' >").await.expect_err("it is no text");
        assert!(said.contains("UTF-8") && next.contains("podtriage-edit") && exists);
    }
}
