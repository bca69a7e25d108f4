//! What a person can do, and where.
//!
//! `table` has a row for each: name, description, place and default keys. Help, footer, command palette and the key
//! reference are all read from it. An action that acts on an object is one name here, one row there, and one arm in
//! `app::perform` or below it.

mod table;

pub use table::{ACTIONS, ActionInfo};

/// Everything that a key can be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Close what is focused, then the program.
    Quit,
    /// Show the keys.
    Help,
    /// Repaint the screen.
    Redraw,
    /// Stop the program as a shell job.
    Suspend,
    /// Open the command palette.
    Command,
    /// Show what is wrong.
    ViewTriage,
    /// Show the pods.
    ViewPods,
    /// Show the nodes.
    ViewNodes,
    /// Show the events.
    ViewEvents,
    /// Show what of ours runs.
    ViewSessions,
    /// Choose a namespace.
    Namespaces,
    /// List all namespaces, or one again.
    AllNamespaces,
    /// Choose a context.
    Contexts,
    /// Connect anew.
    Reconnect,
    /// Show past messages.
    Messages,

    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// Half a page up.
    HalfUp,
    /// Half a page down.
    HalfDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// To the left.
    Left,
    /// To the right.
    Right,

    /// Into what is under the cursor.
    Enter,
    /// Back out.
    Back,
    /// Filter the list, or search the text.
    Find,
    /// Show or hide the wide columns.
    Wide,
    /// Sort by the column to the left.
    SortLeft,
    /// Sort by the column to the right.
    SortRight,
    /// Turn the order round.
    SortReverse,
    /// Only warnings, or all events.
    Warnings,

    /// Follow the container's log.
    Logs,
    /// The log of the run before.
    PreviousLogs,
    /// The logs of all pods of what owns it.
    OwnerLogs,
    /// A shell in the container.
    Shell,
    /// Get inside with a container, a copy, or a pod on the node.
    Debug,
    /// Attach to the container's own process.
    Attach,
    /// Run one command in the container.
    Run,
    /// What `kubectl describe` says.
    Describe,
    /// The object as YAML.
    Yaml,
    /// The object's events.
    Events,
    /// Go to the pod's node.
    GoToNode,
    /// Go to what owns the object.
    GoToOwner,
    /// Copy the name.
    CopyName,
    /// Forward ports of this machine to it.
    Forward,
    /// Copy files into it, or out of it.
    CopyFiles,
    /// Mark the row, for what is done to several objects.
    Mark,
    /// Delete the object.
    Delete,
    /// Delete it without waiting for its end.
    ForceDelete,
    /// Change the number of replicas of the pod's owner.
    Scale,
    /// Replace all pods of the owner by new ones.
    Restart,
    /// Give a container of the owner another image.
    SetImage,
    /// Keep back changes of a Deployment.
    PauseRollout,
    /// Roll out what was kept back.
    ResumeRollout,
    /// Go back to an earlier revision.
    Rollback,
    /// Let no new pods on the node, or let them again.
    Cordon,
    /// Move all pods away from the node.
    Drain,
    /// The kubectl commands that do the same.
    Kubectl,

    /// To the next match.
    NextMatch,
    /// To the match before.
    PreviousMatch,
    /// Copy the pane's text.
    CopyText,
    /// Save the pane's text to a file.
    Save,
    /// Wrap long lines, or not.
    Wrap,
    /// Fold or unfold the section.
    Fold,
    /// Take the marks of changed lines away.
    MarkRead,
    /// The log of the run before, or of this run again.
    OtherRun,
    /// Stop following the end, or follow again.
    Pause,
    /// The next form of time stamps: none, time, date, age.
    Timestamps,
    /// Times of UTC, or of the person's clock.
    TimeZone,
    /// Go to a time in the log.
    JumpToTime,
    /// Open the log from a time on.
    Since,
    /// Show only lines that pass a filter.
    LogFilter,
    /// Show lines around those that pass.
    LogContext,
    /// Show warnings and errors, errors, all.
    LogLevel,
    /// Show a run of equal lines as one, or not.
    FoldRepeats,
    /// The next form of lines that are JSON.
    Json,
    /// Choose the fields of lines that are JSON.
    JsonFields,
    /// Mark lines.
    SelectLines,
    /// Save all lines, whatever is shown.
    SaveAll,
    /// Show the lines in the person's own pager.
    Pager,
    /// Which streams a log has, and how they stand.
    LogStreams,
    /// Choose the containers of a log.
    LogContainers,
    /// The next container's log.
    NextContainer,
    /// The container before.
    PreviousContainer,
    /// Try again.
    Retry,

    /// Focus the next tile.
    NextTile,
    /// Focus the tile before.
    PreviousTile,
    /// Focus the tile to the left.
    FocusLeft,
    /// Focus the tile below.
    FocusDown,
    /// Focus the tile above.
    FocusUp,
    /// Focus the tile to the right.
    FocusRight,
    /// Move the border to the left.
    ResizeLeft,
    /// Move the border to the right.
    ResizeRight,
    /// Move the border up.
    ResizeUp,
    /// Move the border down.
    ResizeDown,
    /// The focused tile alone, or all.
    Zoom,
    /// Lay the tile beside its neighbour.
    SplitBeside,
    /// Lay the tile below its neighbour.
    SplitBelow,
    /// Close the tile.
    CloseTile,
    /// Show or hide the inspector.
    Inspector,

    /// To the session's tile, or what is known of it.
    OpenSession,
    /// Stop the session, or take it off the list.
    StopSession,
    /// Begin the session again.
    BeginAgain,
    /// The log of what the session is about.
    SessionLogs,
    /// Clean up what debugging left.
    CleanUp,
    /// Edit the object.
    Edit,
    /// Edit the object in one's own editor.
    EditOutside,
    /// The same for what a tile is about.
    DebugHere,
    /// Send the form.
    SendForm,
    /// To the next row of the form.
    NextField,
    /// To the row before.
    PreviousField,
    /// The next choice in a row.
    NextChoice,
    /// The choice before.
    PreviousChoice,
    /// Show the rows that are seldom needed, or not.
    MoreFields,
    /// Read on in what would change.
    ReadOn,
    /// Read back in it.
    ReadBack,
    /// Leave the form.
    LeaveForm,
    /// Back from the custom part to the form.
    ClosePart,
    /// Read the custom part from a file.
    LoadPart,
    /// The image that was used before the one in the row.
    OlderImage,
    /// The one that was used after it.
    NewerImage,
    /// Send the edited text.
    SendEdit,
    /// Show what the edited text would change.
    ReviewEdit,
    /// Go on in one's own editor.
    ToEditor,
    /// Search the edited text.
    FindInEdit,
    /// To the next match in the edited text.
    NextInEdit,
    /// Take the last change back.
    Undo,
    /// Make it again.
    Redo,
    /// Copy what is selected.
    CopySelection,
    /// Cut what is selected.
    CutSelection,
    /// Put what was copied last.
    PutSelection,
    /// Leave the edited text.
    LeaveEdit,
    /// Send what is shown.
    ConfirmEdit,
    /// Put both changes together.
    MergeEdit,
    /// Send one's own text over theirs.
    OverwriteEdit,
    /// Take what the server has.
    TakeTheirs,
    /// Back to the text.
    BackToText,

    /// Freeze the shell's output, to move in and copy from.
    Scrollback,
    /// Answer a program that wants to copy.
    Clipboard,
    /// One column to the right.
    CopyRight,
    /// To the next word.
    NextWord,
    /// To the word before.
    PreviousWord,
    /// To the end of the word.
    WordEnd,
    /// To the first column.
    RowStart,
    /// To the last character of the line.
    RowEnd,
    /// Begin to select, or end it.
    SelectText,
    /// Select whole lines.
    SelectWholeLines,
    /// Select a rectangle.
    SelectBlock,
    /// To the other end of the selection.
    OtherEnd,
    /// Search downwards.
    FindBelow,
    /// Search upwards.
    FindAbove,
    /// To the next match.
    FoundAgain,
    /// To the match before.
    FoundBefore,
    /// Copy what is selected and leave.
    CopySelected,
    /// End the selection, or leave.
    LeaveCopyMode,
    /// Leave an attached process alone.
    Detach,
}

/// Where an action can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Everywhere but in a shell.
    Anywhere,
    /// Where something moves.
    Moving,
    /// In the lists and the inspector.
    Objects,
    /// In the list of sessions.
    Sessions,
    /// In the lists.
    Lists,
    /// In texts and logs.
    Texts,
    /// In describe and YAML panes.
    Folding,
    /// In logs.
    Logs,
    /// In a text that is edited; every other key is text.
    Editing,
    /// In the debug form; every other key is text.
    Form,
    /// In the custom part of the debug form; every other key is text.
    CustomPart,
    /// Where an edited text is compared with another.
    Reviews,
    /// In shells, behind the leader.
    Shells,
    /// In the frozen output of a shell.
    Copying,
}

impl Place {
    /// What help calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Anywhere => "Everywhere",
            Self::Moving => "Moving",
            Self::Objects => "The object under the cursor",
            Self::Sessions => "Sessions",
            Self::Lists => "Lists",
            Self::Texts => "Texts and logs",
            Self::Folding => "Describe and YAML",
            Self::Logs => "Logs",
            Self::Editing => "Editing",
            Self::Form => "The debug form",
            Self::CustomPart => "The debug form: the custom part",
            Self::Reviews => "Editing: what would be sent",
            Self::Shells => "Shells",
            Self::Copying => "Shells: copy mode",
        }
    }
}

impl Action {
    /// Whether it changes the cluster, or may: what runs in a container may do anything. Refused where only looking is
    /// allowed.
    pub fn is_change(self) -> bool {
        matches!(
            self,
            Self::Delete
                | Self::ForceDelete
                | Self::Scale
                | Self::Restart
                | Self::SetImage
                | Self::PauseRollout
                | Self::ResumeRollout
                | Self::Rollback
                | Self::Cordon
                | Self::Drain
                | Self::Edit
                | Self::EditOutside
                | Self::SendEdit
                | Self::Shell
                | Self::Debug
                | Self::DebugHere
                | Self::SendForm
                | Self::Attach
                | Self::Run
                | Self::Forward
                | Self::CopyFiles
        )
    }

    /// Its row in the table.
    pub fn info(self) -> &'static ActionInfo {
        // Every action has a row: a test counts them.
        ACTIONS.iter().find(|row| row.action == self).unwrap_or(&ACTIONS[0])
    }

    /// The action of this name.
    pub fn parse(name: &str) -> Option<Self> {
        ACTIONS.iter().find(|row| row.name == name).map(|row| row.action)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::app::keymap::Chord;

    #[test]
    fn every_default_key_parses_and_none_is_taken_twice_in_a_place() {
        let mut taken = BTreeSet::new();
        for row in ACTIONS {
            assert_eq!(row.action.info().name, row.name, "each action has one row");
            for key in row.keys {
                let chord = Chord::parse(key).expect(key);
                assert!(taken.insert((row.place.title(), chord)), "{key} twice in {}", row.place.title());
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = ACTIONS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ACTIONS.len());
    }
}
