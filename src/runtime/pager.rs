//! The person's own pager on a text.
//!
//! The text may be a secret, so it lies in a file for its owner alone, which is gone when the pager has ended; and it
//! came from a cluster, so nothing in it is left for a terminal to obey: not every pager would show that.

use std::borrow::Cow;
use std::io;
use std::process::ExitStatus;

use tokio::fs;

use super::edits::{begin, write_private_as};
use super::perform::Performer;
use super::{Keyboard, Loop, Surface};
use crate::app::content::Content;
use crate::app::message::{Msg, Notice};
use crate::base::problem::Problem;
use crate::base::width::visible;
use crate::terminal::Signals;

/// A text that the person's own pager shall have.
#[derive(Debug)]
pub(super) struct Paged {
    pub name: String,
    pub text: Content,
}

impl<S: Surface> Loop<S> {
    /// Gives the terminal to the person's own pager, and takes it back when that has ended. What comes from the cluster
    /// meanwhile is taken in.
    pub(super) async fn page(
        &mut self,
        paged: Paged,
        input: &mut impl Keyboard,
        signals: Option<&mut Signals>,
    ) -> io::Result<()> {
        let program = pager();
        let place = std::env::temp_dir();
        let text = harmless(paged.text, &self.performer).await;
        let path = match write_private_as(&place, &format!("page-{}", paged.name), "", &text).await {
            Ok(path) => path,
            Err(error) => return self.failed(&program, &error.to_string()),
        };
        input.pause();
        self.surface.release();
        let ended = match begin(&program, &path) {
            Ok(child) => self.until_ended(child, signals).await?,
            Err(error) => Some(Err(error)),
        };
        drop(fs::remove_file(&path).await);
        let Some(ended) = ended else { return Ok(()) };
        self.surface.resume()?;
        self.surface.repaint()?;
        input.resume();
        self.dirty = true;
        match said(ended) {
            Some(said) => self.failed(&program, &said),
            None => Ok(()),
        }
    }

    fn failed(&mut self, pager: &str, said: &str) -> io::Result<()> {
        let problem = Problem::new(format!("show it with `{pager}`"), said, "$PAGER says which program is used");
        self.handle(Msg::Notice(Notice::error(problem.to_string())))
    }
}

/// The person's own pager.
fn pager() -> String {
    std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty()).unwrap_or_else(|| "less".to_owned())
}

/// What went wrong, if something did.
fn said(ended: io::Result<ExitStatus>) -> Option<String> {
    match ended {
        Ok(status) if status.code() == Some(127) => Some("there is no such program".to_owned()),
        // Some pagers end with another status when they are left in the middle.
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

/// The text with control characters made visible, but for line breaks and tabs.
async fn harmless(mut content: Content, performer: &Performer) -> String {
    let (mut out, reader) = (String::new(), performer.reader(content.pane()));
    while let Some(piece) = reader.next(&mut content).await {
        add_harmless(&mut out, &piece);
    }
    out
}

fn add_harmless(out: &mut String, text: &str) {
    for piece in text.split_inclusive(['\n', '\t']) {
        let (piece, end) = piece.split_at(piece.len() - usize::from(piece.ends_with(['\n', '\t'])));
        match visible(piece) {
            Cow::Borrowed(piece) => out.push_str(piece),
            Cow::Owned(piece) => out.push_str(&piece),
        }
        out.push_str(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_terminal_obeys() {
        let harmless = |text: &str| {
            let mut out = String::new();
            add_harmless(&mut out, text);
            out
        };
        assert_eq!(harmless("a\tb\n\u{1b}[2J\u{9b}x\r\n日本"), "a\tb\n^[[2J\\u{9b}x^M\n日本");
        assert_eq!(harmless(""), "");
    }

    #[tokio::test]
    async fn a_pager_that_is_not_there_is_said() {
        let path = std::path::Path::new("x");
        let run = |pager: &'static str| async move { said(begin(pager, path).expect("begins").wait().await) };
        assert_eq!(run("surely-no-pager-of-this-name 2>&-").await.as_deref(), Some("there is no such program"));
        assert_eq!((run("true").await, run("false").await), (None, None));
    }
}
