//! Text that leaves the program: for a file or for the person's own pager.
//!
//! A log may have a gigabyte, so what is sent to the runtime is not the text but what makes it, a piece at a time.

use super::layout::PaneId;
use super::panes::logs::{LogText, Order, ShelfAnswer};

/// A text on its way out.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// As it is.
    Text(String),
    /// A log as it was at a moment, and the pane that it is of: some of its lines may be in that one's file.
    Log(PaneId, Box<LogText>),
}

impl Content {
    /// How much of it has been taken, and how much there is, in the same unit; `None` where that is not worth saying.
    pub fn progress(&self) -> Option<(u64, u64)> {
        match self {
            Self::Text(_) => None,
            Self::Log(_, log) => Some(log.progress()),
        }
    }

    /// The pane in whose file some of it may be.
    pub fn pane(&self) -> Option<PaneId> {
        match self {
            Self::Text(_) => None,
            Self::Log(pane, _) => Some(*pane),
        }
    }

    /// What has to be read from that file before the next piece.
    pub fn order(&mut self) -> Option<Order> {
        match self {
            Self::Text(_) => None,
            Self::Log(_, log) => log.order(),
        }
    }

    /// Takes in what was read.
    pub fn give(&mut self, answer: ShelfAnswer) {
        if let Self::Log(_, log) = self {
            log.give(answer);
        }
    }
}

/// Its pieces, in order.
impl Iterator for Content {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        match self {
            Self::Text(text) if text.is_empty() => None,
            Self::Text(text) => Some(std::mem::take(text)),
            Self::Log(_, log) => log.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_piece() {
        assert_eq!(Content::Text("a\nb".to_owned()).collect::<Vec<_>>(), ["a\nb"]);
        assert_eq!(Content::Text(String::new()).next(), None);
    }
}
