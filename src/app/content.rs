//! Text that leaves the program: for a file or for the person's own pager.
//!
//! A log may have a gigabyte, so what is sent to the runtime is not the text but what makes it, a piece at a time.

use super::panes::logs::LogText;

/// A text on its way out.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// As it is.
    Text(String),
    /// A log as it was at a moment.
    Log(Box<LogText>),
}

impl Content {
    /// How much of it has been taken, and how much there is, in the same unit; `None` where that is not worth saying.
    pub fn progress(&self) -> Option<(u64, u64)> {
        match self {
            Self::Text(_) => None,
            Self::Log(log) => Some(log.progress()),
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
            Self::Log(log) => log.next(),
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
