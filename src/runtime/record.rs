//! The last messages, for whoever looks into a failure.
//!
//! Kept as one short line each and without contents: what is typed into a shell or printed by a log may be a
//! secret. Shared with the panic hook, which prints them below the panic's own message.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::message::Msg;

/// How many are kept.
const KEPT: usize = 60;

/// The last messages. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Record(Arc<Mutex<VecDeque<String>>>);

impl Record {
    /// Notes a message.
    pub fn note(&self, message: &Msg) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(message.brief());
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::input::InputEvent;

    #[test]
    fn only_the_last_are_kept_and_no_paste_is_quoted() {
        let record = Record::default();
        for _ in 0..KEPT {
            record.note(&Msg::Wake);
        }
        record.note(&Msg::Input(InputEvent::Paste("s3cr3t".to_owned())));
        let lines = record.lines();
        assert_eq!(lines.len(), KEPT);
        assert_eq!(lines.last().map(String::as_str), Some("paste of 6 bytes"));
    }
}
