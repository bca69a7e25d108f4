//! What a person can do: one table of names, descriptions, places and default keys.
//!
//! Help, footer, command palette and the key reference are all read from here. An action that acts on an
//! object is one row here and one arm in `app::perform` or below it.

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
    /// A shell in the container.
    Shell,
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
    /// Edit the object.
    Edit,
    /// Edit the object in one's own editor.
    EditOutside,
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

    /// Look back in the shell's output.
    Scrollback,
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
    /// Where an edited text is compared with another.
    Reviews,
    /// In shells, behind the leader.
    Shells,
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
            Self::Reviews => "Editing: what would be sent",
            Self::Shells => "Shells",
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct ActionInfo {
    /// The action.
    pub action: Action,
    /// Its name in the config file and the palette.
    pub name: &'static str,
    /// Its word in the footer.
    pub word: &'static str,
    /// What it does, for help.
    pub about: &'static str,
    /// Where it can be done.
    pub place: Place,
    /// Its default keys; a key may be a sequence of two.
    pub keys: &'static [&'static str],
}

const fn row(
    action: Action,
    name: &'static str,
    word: &'static str,
    about: &'static str,
    place: Place,
    keys: &'static [&'static str],
) -> ActionInfo {
    ActionInfo { action, name, word, about, place, keys }
}

/// Every action, in the order of help.
pub static ACTIONS: &[ActionInfo] = &[
    row(Action::Describe, "describe", "describe", "what kubectl describe says, live", Place::Objects, &["d"]),
    row(Action::Yaml, "yaml", "yaml", "the whole object as YAML", Place::Objects, &["y"]),
    row(Action::Edit, "edit", "edit", "edit the object's YAML", Place::Objects, &["E"]),
    row(
        Action::EditOutside,
        "edit-outside",
        "own editor",
        "edit it in your own editor ($EDITOR)",
        Place::Objects,
        &["ctrl-e"],
    ),
    row(Action::Logs, "logs", "logs", "follow the container's log", Place::Objects, &["l"]),
    row(Action::PreviousLogs, "previous-logs", "previous", "the log of the run before", Place::Objects, &["p"]),
    row(Action::Shell, "shell", "shell", "a shell in the container", Place::Objects, &["s"]),
    row(
        Action::Events,
        "object-events",
        "events",
        "its events; again: its owner's, and of all below",
        Place::Objects,
        &["e"],
    ),
    row(Action::GoToNode, "go-to-node", "node", "go to the pod's node", Place::Objects, &["o"]),
    row(Action::GoToOwner, "go-to-owner", "owner", "go to what owns it", Place::Objects, &["O"]),
    row(Action::CopyName, "copy-name", "copy", "copy the name", Place::Objects, &["c"]),
    row(Action::Forward, "port-forward", "forward", "forward ports of this machine to it", Place::Objects, &["F"]),
    row(Action::CopyFiles, "copy-files", "copy files", "copy files into it, or out of it", Place::Objects, &["T"]),
    row(
        Action::OpenSession,
        "open-session",
        "open",
        "to its tile, or to what is known of it",
        Place::Sessions,
        &["enter"],
    ),
    row(
        Action::StopSession,
        "stop-session",
        "stop",
        "stop it; take it off the list when it is over",
        Place::Sessions,
        &["ctrl-d", "delete"],
    ),
    row(
        Action::BeginAgain,
        "begin-again",
        "again",
        "begin the port-forward or the copy again",
        Place::Sessions,
        &["r"],
    ),
    row(Action::Delete, "delete", "delete", "delete it", Place::Objects, &["ctrl-d", "delete"]),
    row(
        Action::ForceDelete,
        "force-delete",
        "force",
        "delete it without waiting for its end",
        Place::Objects,
        &["ctrl-k"],
    ),
    row(Action::Scale, "scale", "scale", "change the replicas of what owns it", Place::Objects, &["S"]),
    row(Action::Restart, "restart", "restart", "replace all pods of what owns it", Place::Objects, &["R"]),
    row(
        Action::SetImage,
        "set-image",
        "image",
        "give a container of what owns it another image",
        Place::Objects,
        &["I"],
    ),
    row(
        Action::Rollback,
        "roll-back",
        "roll back",
        "go back to an earlier revision of what owns it",
        Place::Objects,
        &["U"],
    ),
    row(Action::PauseRollout, "pause-rollout", "pause", "keep back changes of the Deployment", Place::Objects, &[]),
    row(Action::ResumeRollout, "resume-rollout", "resume", "roll out what was kept back", Place::Objects, &[]),
    row(Action::Cordon, "cordon", "cordon", "let no new pods on the node, or let them again", Place::Objects, &["u"]),
    row(Action::Drain, "drain", "drain", "move all pods away from the node", Place::Objects, &["X"]),
    row(
        Action::Enter,
        "enter",
        "open",
        "into it: a pod's containers, a node's or owner's pods",
        Place::Objects,
        &["enter"],
    ),
    row(Action::Find, "find", "filter", "filter a list, search a text", Place::Moving, &["/"]),
    row(
        Action::Mark,
        "mark",
        "mark",
        "mark the row: what is done next is done to all marked",
        Place::Lists,
        &["space"],
    ),
    row(Action::Wide, "wide", "wide", "show or hide the wide columns", Place::Lists, &["w"]),
    row(Action::SortLeft, "sort-left", "sort", "sort by the column to the left", Place::Lists, &["<"]),
    row(Action::SortRight, "sort-right", "sort", "sort by the column to the right", Place::Lists, &[">"]),
    row(Action::SortReverse, "sort-reverse", "reverse", "turn the order round", Place::Lists, &["="]),
    row(Action::Warnings, "warnings", "warnings", "of events warnings only, or all again", Place::Lists, &["W"]),
    row(Action::NextMatch, "next-match", "next", "to the next match", Place::Texts, &["n"]),
    row(Action::PreviousMatch, "previous-match", "previous", "to the match before", Place::Texts, &["N"]),
    row(Action::CopyText, "copy-text", "copy", "copy the text", Place::Texts, &["C"]),
    row(Action::Save, "save", "save", "save the text to a file", Place::Texts, &["ctrl-s"]),
    row(Action::Wrap, "wrap", "wrap", "wrap long lines or not", Place::Texts, &["w"]),
    row(Action::Retry, "retry", "retry", "ask again", Place::Texts, &["r"]),
    row(Action::Fold, "fold", "fold", "fold or unfold the section", Place::Folding, &["enter", "space"]),
    row(Action::MarkRead, "mark-read", "mark read", "take the marks of changed lines away", Place::Folding, &["m"]),
    row(Action::Pause, "pause", "pause", "stop following the end, or follow again", Place::Logs, &["space"]),
    row(
        Action::OtherRun,
        "other-run",
        "other run",
        "the log of the run before, or of this one again",
        Place::Logs,
        &["p"],
    ),
    row(
        Action::LogFilter,
        "log-filter",
        "only",
        "show only lines that pass: words, !not, /regex/",
        Place::Logs,
        &["&"],
    ),
    row(
        Action::LogContext,
        "log-context",
        "around",
        "show 2, 5 or no lines around those that pass",
        Place::Logs,
        &["x"],
    ),
    row(Action::LogLevel, "log-level", "errors", "show warnings and errors, errors alone, or all", Place::Logs, &["e"]),
    row(Action::FoldRepeats, "fold-repeats", "repeats", "show repeated lines as one, or not", Place::Logs, &["u"]),
    row(
        Action::Json,
        "json",
        "json",
        "show JSON as chosen fields, over several lines, or as it came",
        Place::Logs,
        &["J"],
    ),
    row(
        Action::JsonFields,
        "json-fields",
        "fields",
        "choose the fields of JSON: .time .msg .a.b[0] *",
        Place::Logs,
        &["f"],
    ),
    row(
        Action::SelectLines,
        "select-lines",
        "mark",
        "mark a line, then lines, to copy or save them",
        Place::Logs,
        &["v"],
    ),
    row(Action::SaveAll, "save-all", "save all", "save all lines, whatever is shown of them", Place::Logs, &["A"]),
    row(Action::Pager, "pager", "pager", "show what is shown in $PAGER", Place::Logs, &["P"]),
    row(Action::Timestamps, "timestamps", "times", "show times, with the date, as ages, or not", Place::Logs, &["t"]),
    row(Action::TimeZone, "time-zone", "utc", "show times of UTC, or of this machine", Place::Logs, &["T"]),
    row(
        Action::JumpToTime,
        "jump-to-time",
        "go to time",
        "go to a time: 10m, 12:03, 2026-11-24T12:03",
        Place::Logs,
        &["@"],
    ),
    row(Action::Since, "since", "since", "read the log again from a time on", Place::Logs, &["S"]),
    row(Action::NextContainer, "next-container", "container", "the next container's log", Place::Logs, &["]"]),
    row(Action::PreviousContainer, "previous-container", "container", "the container before", Place::Logs, &["["]),
    row(Action::SendEdit, "send-edit", "send", "send the text", Place::Editing, &["ctrl-s"]),
    row(Action::ReviewEdit, "review-edit", "changes", "what the text would change", Place::Editing, &["ctrl-r"]),
    row(
        Action::ToEditor,
        "to-editor",
        "own editor",
        "go on in your own editor ($KUBE_EDITOR, $VISUAL, $EDITOR)",
        Place::Editing,
        &["ctrl-o"],
    ),
    row(Action::FindInEdit, "find-in-edit", "find", "search the text", Place::Editing, &["ctrl-f"]),
    row(Action::NextInEdit, "next-in-edit", "next", "to the next match", Place::Editing, &["f3", "alt-n"]),
    row(Action::Undo, "undo", "undo", "take the last change back", Place::Editing, &["ctrl-z"]),
    row(Action::Redo, "redo", "redo", "make it again", Place::Editing, &["ctrl-y"]),
    row(
        Action::CopySelection,
        "copy-selection",
        "copy",
        "copy what is selected (shift and arrows)",
        Place::Editing,
        &["ctrl-c"],
    ),
    row(Action::CutSelection, "cut-selection", "cut", "cut what is selected", Place::Editing, &["ctrl-x"]),
    row(
        Action::PutSelection,
        "put-selection",
        "put",
        "put what was copied, cut or deleted last",
        Place::Editing,
        &["ctrl-v"],
    ),
    row(Action::LeaveEdit, "leave-edit", "leave", "close; asks when the text was not sent", Place::Editing, &["esc"]),
    row(Action::ConfirmEdit, "confirm-edit", "send", "send what is shown", Place::Reviews, &["enter", "ctrl-s"]),
    row(Action::MergeEdit, "merge-edit", "put together", "put your change and theirs together", Place::Reviews, &["m"]),
    row(
        Action::OverwriteEdit,
        "overwrite-edit",
        "overwrite",
        "make yours a change of what the server has",
        Place::Reviews,
        &["o"],
    ),
    row(
        Action::TakeTheirs,
        "take-theirs",
        "take theirs",
        "take what the server has as the text",
        Place::Reviews,
        &["r"],
    ),
    row(Action::BackToText, "back-to-text", "text", "back to the text", Place::Reviews, &["esc"]),
    row(Action::Up, "up", "up", "one row up", Place::Moving, &["k", "up"]),
    row(Action::Down, "down", "down", "one row down", Place::Moving, &["j", "down"]),
    row(Action::PageUp, "page-up", "page up", "one page up", Place::Moving, &["pgup", "ctrl-b"]),
    row(Action::PageDown, "page-down", "page down", "one page down", Place::Moving, &["pgdn", "ctrl-f"]),
    row(Action::HalfUp, "half-page-up", "half up", "half a page up", Place::Moving, &["ctrl-u"]),
    row(Action::HalfDown, "half-page-down", "half down", "half a page down", Place::Moving, &["ctrl-d"]),
    row(Action::First, "first", "first", "to the first row", Place::Moving, &["g", "home"]),
    row(Action::Last, "last", "last", "to the last row", Place::Moving, &["G", "end"]),
    row(Action::Left, "left", "left", "to the left", Place::Moving, &["h", "left"]),
    row(Action::Right, "right", "right", "to the right", Place::Moving, &["right"]),
    row(Action::ViewPods, "pods", "pods", "show the pods", Place::Anywhere, &["2"]),
    row(Action::ViewNodes, "nodes", "nodes", "show the nodes", Place::Anywhere, &["3"]),
    row(Action::ViewEvents, "events", "events", "show the events", Place::Anywhere, &["4"]),
    row(
        Action::ViewSessions,
        "sessions",
        "sessions",
        "show shells, logs, port-forwards and copies",
        Place::Anywhere,
        &["5"],
    ),
    row(Action::Command, "command", "go", "go to a view, namespace, context or action", Place::Anywhere, &[":"]),
    row(Action::Namespaces, "namespace", "namespace", "choose a namespace", Place::Anywhere, &["ctrl-n"]),
    row(Action::AllNamespaces, "all-namespaces", "all", "all namespaces, or one again", Place::Anywhere, &["0"]),
    row(Action::Contexts, "context", "context", "choose a context", Place::Anywhere, &["ctrl-x"]),
    row(
        Action::Reconnect,
        "reconnect",
        "reconnect",
        "connect anew and list everything again",
        Place::Anywhere,
        &["ctrl-r"],
    ),
    row(Action::Inspector, "inspector", "inspector", "show or hide the inspector", Place::Anywhere, &["i"]),
    row(Action::NextTile, "next-tile", "next tile", "focus the next tile", Place::Anywhere, &["tab"]),
    row(Action::PreviousTile, "previous-tile", "tile before", "focus the tile before", Place::Anywhere, &["backtab"]),
    row(
        Action::FocusLeft,
        "focus-left",
        "left",
        "focus the tile to the left",
        Place::Anywhere,
        &["ctrl-w h", "ctrl-w left"],
    ),
    row(
        Action::FocusDown,
        "focus-down",
        "below",
        "focus the tile below",
        Place::Anywhere,
        &["ctrl-w j", "ctrl-w down"],
    ),
    row(Action::FocusUp, "focus-up", "above", "focus the tile above", Place::Anywhere, &["ctrl-w k", "ctrl-w up"]),
    row(
        Action::FocusRight,
        "focus-right",
        "right",
        "focus the tile to the right",
        Place::Anywhere,
        &["ctrl-w l", "ctrl-w right"],
    ),
    row(Action::ResizeLeft, "resize-left", "border", "move the border to the left", Place::Anywhere, &["ctrl-w <"]),
    row(Action::ResizeRight, "resize-right", "border", "move the border to the right", Place::Anywhere, &["ctrl-w >"]),
    row(Action::ResizeUp, "resize-up", "border", "move the border up", Place::Anywhere, &["ctrl-w +"]),
    row(Action::ResizeDown, "resize-down", "border", "move the border down", Place::Anywhere, &["ctrl-w -"]),
    row(Action::Zoom, "zoom", "zoom", "this tile alone, or all", Place::Anywhere, &["z"]),
    row(
        Action::SplitBeside,
        "split-beside",
        "beside",
        "lay the tile, and the next one, beside its neighbour",
        Place::Anywhere,
        &["|"],
    ),
    row(
        Action::SplitBelow,
        "split-below",
        "below",
        "lay the tile, and the next one, below its neighbour",
        Place::Anywhere,
        &["-"],
    ),
    row(Action::CloseTile, "close-tile", "close", "close the tile", Place::Anywhere, &["ctrl-w q", "ctrl-w c"]),
    row(Action::Kubectl, "kubectl", "kubectl", "the kubectl commands that do the same", Place::Anywhere, &["K"]),
    row(Action::Back, "back", "back", "back out: clear the filter, leave the tile", Place::Anywhere, &["esc"]),
    row(Action::Messages, "messages", "messages", "show past messages", Place::Anywhere, &[]),
    row(Action::Redraw, "redraw", "repaint", "repaint the screen", Place::Anywhere, &["ctrl-l"]),
    row(Action::Suspend, "suspend", "suspend", "stop as a shell job", Place::Anywhere, &["ctrl-z"]),
    row(Action::Help, "help", "keys", "show the keys that work here", Place::Anywhere, &["?"]),
    row(Action::Quit, "quit", "quit", "close the tile, then the program", Place::Anywhere, &["q"]),
    row(
        Action::Scrollback,
        "scrollback",
        "scroll back",
        "look back in the shell's output",
        Place::Shells,
        &["pgup", "["],
    ),
];

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
