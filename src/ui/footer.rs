//! The last row: the keys that matter for what has the focus.
//!
//! What stands there is chosen in [`actions`]; words and keys come from the table of actions.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text::{put, put_right};
use super::theme::Theme;
use crate::app::App;
use crate::app::View;
use crate::app::action::Action;
use crate::app::keymap::Chord;
use crate::app::layout::Slot;
use crate::app::panes::Pane;
use crate::app::panes::debug::{self as form, DebugPane};
use crate::app::panes::edit::review::Why;
use crate::app::panes::edit::{EditPane, Phase};
use crate::app::panes::shell::{Purpose, ShellPane};
use crate::base::text::Role;
use crate::base::width::width;

/// Draws it.
pub fn draw(app: &App, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut x = area.x + 1;
    let takes_all_keys = match app.focused_pane() {
        Some((_, Pane::Shell(pane))) => pane.is_living(),
        Some((_, Pane::Edit(pane))) => pane.is_typing(),
        Some((_, Pane::Debug(pane))) => pane.is_typing(),
        _ => false,
    };
    if takes_all_keys {
        let leader = Chord { prefix: None, key: app.config.leader };
        let text = if app.leading { format!("{leader} then:") } else { format!("{leader} leads in") };
        x = put(buffer, area, x, area.y, &text, theme.dim()) + 2;
    }
    let shown = actions(app);
    for action in &shown {
        let key = app.keys.key_of(*action);
        if key.is_empty() {
            continue;
        }
        let word = action.info().word;
        let needed = width(&key) + 1 + width(word) + 3;
        if usize::from(area.right().saturating_sub(x)) < needed {
            break;
        }
        // What is known to be refused is dimmed; pressed, it says why.
        let (of_key, of_word) = match app.refusal(*action) {
            None => (theme.accent(), theme.role(Role::Plain)),
            Some(_) => (theme.dim(), theme.dim()),
        };
        x = put(buffer, area, x, area.y, &key, of_key);
        x = put(buffer, area, x + 1, area.y, word, of_word) + 3;
    }
    if takes_all_keys
        || shown.contains(&Action::NextTile)
        || !app.layout.slots().iter().any(|slot| matches!(slot, Slot::Pane(_)))
    {
        return;
    }
    let hint = format!("{} next tile ", app.keys.key_of(Action::NextTile));
    if usize::from(area.right().saturating_sub(x)) > width(&hint) {
        put_right(buffer, area, area.right(), area.y, &hint, theme.dim());
    }
}

/// Which actions are worth a place here, the most usual first: what does not fit is left out.
fn actions(app: &App) -> Vec<Action> {
    if app.focused_pane().is_none() && app.view == View::Triage {
        return triage_actions(app);
    }
    usual_actions(app).to_vec()
}

/// What the finding under the cursor calls for, then what is usual.
fn triage_actions(app: &App) -> Vec<Action> {
    let mut actions = app.called_for();
    for action in list_actions(View::Triage) {
        if !actions.contains(action) {
            actions.push(*action);
        }
    }
    actions
}

fn usual_actions(app: &App) -> &'static [Action] {
    use Action::{CopyText, Find, Fold, MarkRead, NextMatch, Quit, Retry, Save, Wrap, Zoom};
    match app.focused_pane().map(|(_, pane)| pane) {
        Some(Pane::Object(pane)) if pane.document.marked() > 0 => {
            &[Find, NextMatch, Fold, MarkRead, Wrap, CopyText, Save, Zoom, Quit]
        }
        Some(Pane::Object(_)) => &[Find, NextMatch, Fold, Wrap, CopyText, Save, Zoom, Quit],
        Some(Pane::Logs(pane)) => log_actions(pane.request().is_none()),
        Some(Pane::Run(_)) => &[Retry, Find, NextMatch, Wrap, CopyText, Save, Zoom, Quit],
        Some(Pane::Edit(pane)) => edit_actions(pane),
        Some(Pane::Debug(pane)) => form_actions(pane),
        Some(Pane::Shell(pane)) => shell_actions(pane),
        None => list_actions(app.view),
    }
}

fn log_actions(of_many: bool) -> &'static [Action] {
    use Action::{
        CopyText, Find, Help, Json, LogContainers, LogFilter, LogLevel, LogStreams, NextContainer, OtherRun, Pause,
        Quit, Save, SelectLines, Timestamps, Wrap,
    };
    if of_many {
        const OF_MANY: &[Action] = &[
            Pause,
            Find,
            LogFilter,
            LogLevel,
            LogStreams,
            LogContainers,
            OtherRun,
            Json,
            Timestamps,
            Wrap,
            SelectLines,
            CopyText,
            Save,
            Help,
            Quit,
        ];
        return OF_MANY;
    }
    &[
        Pause,
        Find,
        LogFilter,
        LogLevel,
        OtherRun,
        NextContainer,
        Json,
        Timestamps,
        Wrap,
        SelectLines,
        CopyText,
        Save,
        Help,
        Quit,
    ]
}

fn shell_actions(pane: &ShellPane) -> &'static [Action] {
    use Action::{
        Back, CloseTile, CopySelected, DebugHere, Detach, FindAbove, FindBelow, FoundAgain, Help, LeaveCopyMode,
        NextTile, Quit, Retry, Save, Scrollback, SelectBlock, SelectText, SelectWholeLines, Zoom,
    };
    if pane.is_waiting() {
        &[Back, NextTile, Zoom, Help, Quit]
    } else if pane.copy.is_some() {
        &[SelectText, SelectWholeLines, SelectBlock, CopySelected, FindBelow, FindAbove, FoundAgain, LeaveCopyMode]
    } else if !pane.is_living() {
        &[Retry, DebugHere, Save, Zoom, Quit]
    } else if pane.purpose == Purpose::Attach {
        &[Detach, NextTile, Zoom, Scrollback, CloseTile, Help]
    } else {
        &[NextTile, Zoom, Scrollback, CloseTile, Help]
    }
}

fn list_actions(view: View) -> &'static [Action] {
    use Action::{
        BeginAgain, CleanUp, CopyName, Cordon, Debug, Delete, Describe, Drain, Edit, Enter, Events, GoToNode,
        GoToOwner, Help, Kubectl, Logs, OpenSession, PreviousLogs, Quit, Restart, Scale, SessionLogs, Shell,
        StopSession, Warnings, Wide, Yaml,
    };
    match view {
        View::Triage => &[Enter, Describe, Logs, Events, Help, Yaml, Debug, Kubectl, Quit],
        View::Pods => &[
            Logs,
            PreviousLogs,
            Shell,
            Debug,
            Describe,
            Yaml,
            Events,
            Scale,
            Delete,
            Edit,
            Kubectl,
            Help,
            GoToNode,
            Wide,
            Quit,
        ],
        View::Nodes => {
            &[Enter, Describe, Yaml, Events, Debug, Cordon, Drain, Edit, Kubectl, Wide, CopyName, Help, Quit]
        }
        View::Events => &[Events, Warnings, Describe, Yaml, Logs, Help, Quit],
        View::Sessions => &[OpenSession, SessionLogs, StopSession, BeginAgain, CleanUp, Kubectl, Help, Quit],
        View::Objects => {
            &[Enter, Logs, Describe, Yaml, Events, GoToOwner, Scale, Restart, Delete, Edit, Kubectl, Help, Wide, Quit]
        }
    }
}

fn form_actions(pane: &DebugPane) -> &'static [Action] {
    use Action::{
        ClosePart, Help, LeaveForm, LoadPart, MoreFields, NextChoice, NextField, NextTile, OlderImage, Quit, ReadOn,
        Retry, SendForm, Zoom,
    };
    match &pane.phase {
        form::Phase::Unread(_) => &[Retry, Quit],
        form::Phase::Choosing | form::Phase::Asked(_) if pane.custom.is_some() => &[ClosePart, LoadPart],
        form::Phase::Choosing | form::Phase::Asked(_) if pane.recalls() => {
            &[SendForm, NextField, OlderImage, LeaveForm, MoreFields, ReadOn]
        }
        form::Phase::Choosing | form::Phase::Asked(_) if pane.types() => {
            &[SendForm, NextField, LeaveForm, MoreFields, ReadOn]
        }
        form::Phase::Choosing | form::Phase::Asked(_) => {
            &[SendForm, NextField, NextChoice, LeaveForm, MoreFields, ReadOn]
        }
        form::Phase::Trying(_) => &[Quit, NextTile, Zoom, Help],
        _ => &[NextTile, Zoom, Help],
    }
}

fn edit_actions(pane: &EditPane) -> &'static [Action] {
    use Action::{
        BackToText, ConfirmEdit, FindInEdit, Help, LeaveEdit, MergeEdit, NextTile, OverwriteEdit, Quit, Redo, Retry,
        ReviewEdit, SendEdit, TakeTheirs, ToEditor, Undo, Zoom,
    };
    match (pane.phase, &pane.review) {
        (Phase::Typing, Some(review)) if review.why == Why::Conflict => {
            &[MergeEdit, OverwriteEdit, TakeTheirs, BackToText, Help]
        }
        (Phase::Typing, Some(_)) => &[ConfirmEdit, BackToText, Zoom, Help],
        (Phase::Typing, None) => &[SendEdit, ReviewEdit, ToEditor, FindInEdit, Undo, Redo, LeaveEdit],
        (Phase::Unread, _) => &[Retry, Quit],
        _ => &[NextTile, Zoom, Help],
    }
}
