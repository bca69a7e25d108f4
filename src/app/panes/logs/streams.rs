//! The list of the streams of a log: who writes, who waits, who has ended and why; and one of them alone.

use super::LogPane;
use super::sources::{Source, SourceState};
use crate::app::picker::Choice;

/// The entry that shows all streams again.
const ALL: &str = "all streams";

impl LogPane {
    /// All streams to choose from, those that need attention first; empty where there are none.
    pub fn stream_choices(&self) -> Vec<Choice> {
        let mut sources: Vec<_> = self.sources().collect();
        if sources.is_empty() {
            return Vec::new();
        }
        sources.sort_by_key(|source| rank(&source.state));
        let all = Choice { text: ALL.to_owned(), about: self.streams().unwrap_or_default() };
        let choice = |source: &Source| {
            let node = if source.of.node.is_empty() { String::new() } else { format!(" on {}", source.of.node) };
            Choice { text: source.full_name(self.sources.namespaces), about: format!("{}{node}", words(&source.state)) }
        };
        std::iter::once(all).chain(sources.into_iter().map(choice)).collect()
    }

    /// Shows the lines of one stream alone, by its name in [`Self::stream_choices`], or of all. The error is a sentence.
    pub fn show_stream(&mut self, chosen: &str) -> Result<(), String> {
        let source = self.sources().find(|source| source.full_name(self.sources.namespaces) == chosen);
        let filter = source.map(|source| format!("source:/^{}$/", regex::escape(&source.name).replace('/', "\\/")));
        self.filter(&filter.unwrap_or_default())
    }
}

fn rank(state: &SourceState) -> u8 {
    match state {
        SourceState::Refused(_) => 0,
        SourceState::Broken(_) => 1,
        SourceState::Waiting(_) => 2,
        SourceState::Asked => 3,
        SourceState::Open => 4,
        SourceState::Ended(_) => 5,
    }
}

fn words(state: &SourceState) -> String {
    match state {
        SourceState::Asked => "asked for".to_owned(),
        SourceState::Open => "streaming".to_owned(),
        SourceState::Waiting(why) => format!("waiting: {why}"),
        SourceState::Broken(why) => format!("reconnecting: {why}"),
        SourceState::Ended(why) => why.clone(),
        SourceState::Refused(why) => format!("refused: {why}"),
    }
}
