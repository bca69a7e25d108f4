//! Copying to the clipboard of the terminal's own machine, through OSC 52; works over ssh as well.

use std::io;

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

use super::modes::send_if_entered;

/// The most that is copied, in bytes of text. Encoded it stays below the 100,000 bytes that terminals take;
/// they drop what is longer without a word.
pub const COPY_LIMIT: usize = 74_000;

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// More than terminals take.
    #[error("{0} bytes are more than a terminal copies at once ({COPY_LIMIT}); save them to a file instead")]
    TooLong(usize),
    /// The terminal could not be written to.
    #[error("the terminal did not take the text: {0}")]
    Terminal(#[from] io::Error),
}

/// Asks the terminal to put `text` on the clipboard. Success says that it was asked: terminals do not answer,
/// and some are set up to refuse.
pub fn copy(text: &str) -> Result<(), CopyError> {
    Ok(send_if_entered(sequence(text)?.as_bytes())?)
}

fn sequence(text: &str) -> Result<String, CopyError> {
    if text.len() > COPY_LIMIT {
        return Err(CopyError::TooLong(text.len()));
    }
    let mut sequence = String::new();
    CopyToClipboard::to_clipboard_from(text)
        .write_ansi(&mut sequence)
        .map_err(|error| CopyError::Terminal(io::Error::other(error)))?;
    Ok(sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_travels_encoded() {
        assert_eq!(sequence("web-0\n\u{1b}[2J").expect("it is short"), "\x1b]52;c;d2ViLTAKG1sySg==\x1b\\");
    }

    #[test]
    fn what_terminals_would_drop_is_refused_with_a_reason() {
        let longest = "x".repeat(COPY_LIMIT);
        assert!(sequence(&longest).is_ok_and(|sequence| sequence.len() < 100_000));
        let error = sequence(&(longest + "x")).expect_err("it is too long");
        assert!(error.to_string().contains("74001 bytes"), "{error}");
    }
}
