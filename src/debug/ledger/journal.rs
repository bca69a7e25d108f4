//! The ledger's file as text: a JSON object a line, only ever added to.
//!
//! Every line begins with a line end of its own: where a program died in the middle of one, the next one still stands
//! alone. What cannot be read is passed over and counted; it is at most what was being written when a program died,
//! and that was not sent. Start with [`line()`] and [`read`].

use super::{Ledger, Note};

/// From this size on a file is worth being written anew without what is over, in bytes.
pub const WORTH_COMPACTING: u64 = 64 << 10;

/// A note as bytes that can be added to any file, whatever it ends with.
pub fn line(note: &Note) -> String {
    // A note is strings and numbers; nothing of it can fail to be written.
    serde_json::to_string(note).map(|json| format!("\n{json}\n")).unwrap_or_default()
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Its notes, in order.
    pub notes: Vec<Note>,
    /// Lines that are none.
    pub unreadable: usize,
}

/// Reads a file, whatever is in it.
pub fn read(bytes: &[u8]) -> Read {
    let mut read = Read::default();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice(line) {
            Ok(note) => read.notes.push(note),
            Err(_) => read.unreadable += 1,
        }
    }
    read
}

/// The whole file without what is over.
pub fn compact(ledger: &Ledger) -> String {
    ledger.notes().iter().map(line).collect()
}

/// The name of a cluster's file: the UID of its `kube-system`, or else its URL, of which everything but letters and
/// digits is `_`.
pub fn file_name(cluster: &str) -> String {
    /// A longer name may be one too many for the file system.
    const LONGEST: usize = 100;
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    format!("{}.jsonl", cluster.chars().map(safe).take(LONGEST).collect::<String>())
}
