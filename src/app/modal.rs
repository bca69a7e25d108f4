//! What lies over the tiles and has all keys until it is closed.

use super::panes::document::Document;
use super::picker::Picker;
use super::prompt::Prompt;
use super::question::Question;

/// What is open over the tiles.
#[derive(Debug)]
pub enum Modal {
    /// A line that is typed.
    Prompt(Asked, Prompt),
    /// A list to choose from.
    Picker(Chooses, Picker),
    /// A text to read: keys, messages.
    Reader {
        /// Its title.
        title: String,
        /// The text.
        document: Document,
    },
    /// A question before something that cannot be taken back.
    Confirm(Box<Question>),
}

/// What a prompt asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The filter of the list.
    Filter,
    /// What to search for in the focused pane.
    Search,
    /// Which lines of the focused log to show.
    LogFilter,
    /// To which time of the focused log to go.
    JumpToTime,
    /// From which time on to read the focused log.
    Since,
    /// Which fields of JSON lines to show.
    JsonFields,
    /// Which containers to read, in the focused log.
    LogContainers,
    /// Where to save all of the focused log.
    SaveAllAs,
    /// Where to save the focused pane's text.
    SaveAs,
    /// To what something shall be changed.
    Change,
    /// Which ports to forward.
    Ports,
    /// What to copy where.
    Copy,
    /// What to run.
    Run,
    /// From which file to read the custom part of a debug form.
    PartFile,
}

impl Asked {
    /// What stands before the typed text.
    pub fn label(self) -> &'static str {
        match self {
            Self::Filter => "/",
            Self::Search => "search ",
            Self::LogFilter => "show only ",
            Self::JumpToTime => "go to 10m, 12:03 or a date: ",
            Self::Since => "read from 10m, 12:03 or a date on: ",
            Self::JsonFields => "fields ",
            Self::LogContainers => "containers (expression, empty for all): ",
            Self::SaveAs => "save as ",
            Self::SaveAllAs => "save all as ",
            Self::PartFile => "read the custom part from the file ",
            Self::Copy => "copy, SOURCE DESTINATION: ",
            // These say of what: `App::prompt_label`.
            Self::Change | Self::Ports | Self::Run => "",
        }
    }
}

/// What a picker chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chooses {
    /// A namespace.
    Namespace,
    /// A context.
    Context,
    /// A command.
    Command,
    /// A kubectl command to copy.
    Kubectl,
    /// A revision to go back to.
    Revision,
    /// A stream of the focused log.
    LogStream,
}
