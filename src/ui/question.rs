//! The question before something that cannot be taken back.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::centred;
use super::modal::open;
use super::text::{folded, put, put_line};
use super::theme::Theme;
use crate::app::question::Question;
use crate::base::text::{Line, Role};
use crate::base::width::width;

/// Cells of a question at most; what is longer is folded.
const WIDEST: u16 = 90;
/// Rows that one line may be folded to.
const FOLDS: usize = 6;

/// Draws it in the middle of `body`.
pub fn draw(question: &Question, theme: &Theme, body: Rect, frame: &mut Frame<'_>) {
    let columns = body.width.min(WIDEST).saturating_sub(4).max(1);
    let lines: Vec<Line> = all_lines(question)
        .iter()
        .flat_map(
            |line| if line.spans.is_empty() { vec![Line::default()] } else { folded(line, columns.into(), FOLDS) },
        )
        .collect();
    let widest = lines.iter().map(|line| width(&line.plain())).max().unwrap_or(0) as u16;
    // The row of answers is never what is cut.
    let rows = (lines.len() as u16).saturating_add(3).min(body.height).max(3);
    let area = centred(body, widest.max(width(&answers(question)) as u16).saturating_add(4), rows);
    let inside = open(&question.title, theme, area, frame);
    let last = inside.bottom().saturating_sub(1);
    let text = Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(1),
        height: inside.height.saturating_sub(1),
        ..inside
    };
    for (y, line) in (text.y..text.bottom()).zip(&lines) {
        put_line(frame.buffer_mut(), theme, text, text.x, y, line);
    }
    let x = put(frame.buffer_mut(), inside, inside.x + 1, last, &answers(question), theme.accent());
    if let Some((_, prompt)) = &question.typed {
        put(frame.buffer_mut(), inside, x, last, prompt.text(), theme.role(Role::Plain));
        let before: String = prompt.text().chars().take(prompt.cursor()).collect();
        let cursor = x.saturating_add(width(&before) as u16).min(inside.right().saturating_sub(1));
        frame.set_cursor_position(Position::new(cursor, last));
    }
}

fn all_lines(question: &Question) -> Vec<Line> {
    let mut lines = question.lines.clone();
    if !question.commands.is_empty() {
        lines.push(Line::default());
        lines.extend(question.commands.iter().map(|command| Line::new(command, Role::Dim)));
    }
    if question.detailed {
        lines.extend(question.requests.iter().cloned());
    }
    lines
}

/// The last row: what can be answered.
fn answers(question: &Question) -> String {
    if let Some((name, _)) = &question.typed {
        return format!("type {name} and press enter: ");
    }
    let mut words: Vec<_> = question.answers.iter().map(|answer| format!("{} {}", answer.key, answer.word)).collect();
    words.push("enter no".to_owned());
    if !question.commands.is_empty() {
        words.push("K copy the command".to_owned());
    }
    words.join("   ")
}
