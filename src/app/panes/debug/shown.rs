//! The rows of the form as lines: label, value, what is meant, and below it what is wrong there.

use super::row::{Holds, Row};
use super::{DebugPane, Trouble};
use crate::base::text::{Line, Role};
use crate::base::width::{visible, width};
use crate::debug::Style;

/// Cells of the labels.
const LABEL: usize = 18;

/// The lines, each with the row that it is the first line of.
pub fn lines(pane: &DebugPane) -> Vec<(Option<Row>, Line)> {
    let mut lines = Vec::new();
    if let Some(refused) = &pane.refused {
        lines.push((None, Line::new(format!("not sent: {}", refused.said), Role::Bad)));
        if !refused.next.is_empty() {
            lines.push((None, Line::new(&refused.next, Role::Dim)));
        }
    }
    for row in pane.present() {
        lines.push((Some(row), line(pane, row)));
        lines.extend(pane.troubles.iter().filter(|trouble| trouble.row == row).map(|trouble| (None, said(trouble))));
    }
    // What is wrong in a row that is hidden is said all the same.
    let hidden = pane.troubles.iter().filter(|trouble| pane.present().all(|row| row != trouble.row));
    lines.extend(hidden.map(|trouble| (None, said(trouble))));
    lines
}

fn said(trouble: &Trouble) -> Line {
    let (sign, role) = if trouble.is_fatal { ("✖ ", Role::Bad) } else { ("▲ ", Role::Warn) };
    Line::new(" ".repeat(LABEL), Role::Plain).and(sign, role).and(&trouble.said, role)
}

fn line(pane: &DebugPane, row: Row) -> Line {
    let value = pane.draft.value(row);
    let label = format!("{:<LABEL$}", row.label());
    let line = Line::new(label, Role::Label);
    let chosen = row == pane.cursor;
    let (before, behind) = match row.holds() {
        Holds::Choice if chosen => ("< ", " >"),
        _ => ("", ""),
    };
    let used = if chosen { pane.used_before() } else { String::new() };
    let about = match row {
        _ if !used.is_empty() => &used,
        Row::Profile => pane.draft.profile.about(style(pane)),
        Row::Target if !value.is_empty() && chosen => "the container whose processes are seen",
        Row::Custom if chosen => "enter opens it: YAML or JSON, laid over the container",
        // What is meant by an empty line is worth saying, and by the one that is typed in.
        row if value.is_empty() || chosen => row.about(),
        _ => "",
    };
    let line = line.and(before, Role::Key).and(value, Role::Plain).and(behind, Role::Key);
    if about.is_empty() { line } else { line.and(format!("  {about}"), Role::Dim) }
}

fn style(pane: &DebugPane) -> Style {
    match pane.draft.way {
        super::Way::Node => Style::Node,
        super::Way::Ephemeral => Style::Ephemeral,
        _ => Style::Copy,
    }
}

/// The line of the cursor's row, and the cell where something is typed.
pub fn place(pane: &DebugPane) -> Option<(usize, Option<usize>)> {
    let line = lines(pane).iter().position(|(row, _)| *row == Some(pane.cursor))?;
    let typed = pane.types().then(|| {
        let prompt = pane.draft.prompt(pane.cursor);
        let before: String =
            prompt.map_or_else(String::new, |prompt| prompt.text().chars().take(prompt.cursor()).collect());
        LABEL + width(&visible(&before))
    });
    Some((line, typed))
}
