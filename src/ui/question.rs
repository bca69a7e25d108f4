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
    let answers = answers(question, columns.into());
    let widest = lines.iter().map(Line::plain).chain(answers.iter().cloned()).map(|line| width(&line)).max();
    // The rows of answers are never what is cut.
    let rows = ((lines.len() + answers.len()) as u16).saturating_add(2).min(body.height).max(3);
    let area = centred(body, (widest.unwrap_or(0) as u16).saturating_add(4), rows);
    let inside = open(&question.title, theme, area, frame);
    let first = inside.bottom().saturating_sub(answers.len() as u16).max(inside.y);
    let text = Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(1),
        height: first.saturating_sub(inside.y),
        ..inside
    };
    for (y, line) in (text.y..text.bottom()).zip(&lines) {
        put_line(frame.buffer_mut(), theme, text, text.x, y, line);
    }
    let mut end = inside.x + 1;
    for (y, row) in (first..inside.bottom()).zip(&answers) {
        end = put(frame.buffer_mut(), inside, inside.x + 1, y, row, theme.accent());
    }
    if let Some((_, prompt)) = &question.typed {
        let last = inside.bottom().saturating_sub(1);
        put(frame.buffer_mut(), inside, end, last, prompt.text(), theme.role(Role::Plain));
        let before: String = prompt.text().chars().take(prompt.cursor()).collect();
        let cursor = end.saturating_add(width(&before) as u16).min(inside.right().saturating_sub(1));
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

/// The last rows: what can be answered.
fn answers(question: &Question, columns: usize) -> Vec<String> {
    if let Some((name, _)) = &question.typed {
        let asked = Line::new(format!("type {name} and press enter:"), Role::Plain);
        let mut rows: Vec<String> = folded(&asked, columns, FOLDS).iter().map(Line::plain).collect();
        match rows.last_mut() {
            // What is typed stands behind, where it has room.
            Some(last) if width(last) + width(name) < columns => last.push(' '),
            _ => rows.push(String::new()),
        }
        return rows;
    }
    let mut words: Vec<_> = question.answers.iter().map(|answer| format!("{} {}", answer.key, answer.word)).collect();
    words.push("enter no".to_owned());
    if !question.commands.is_empty() {
        words.push("K copy the command".to_owned());
    }
    let mut rows: Vec<String> = Vec::new();
    for word in words {
        match rows.last_mut().filter(|row| width(row) + 3 + width(&word) <= columns) {
            Some(row) => *row = format!("{row}   {word}"),
            None => rows.push(word),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::question::{Answer, Then};

    fn question() -> Question {
        Question::new("drain", Vec::new(), "drain", Then::Write(Vec::new()))
    }

    #[test]
    fn answers_that_do_not_fit_go_on_in_the_next_row() {
        let mut question = question();
        let then = Then::Write(Vec::new());
        question.answers.push(Answer { key: 'f', word: "drain everything".to_owned(), then });
        assert_eq!(answers(&question, 80), ["y drain   f drain everything   enter no"]);
        assert_eq!(answers(&question, 32), ["y drain   f drain everything", "enter no"]);
        assert_eq!(answers(&question, 1).len(), 3);
    }

    #[test]
    fn what_is_typed_has_a_place_behind_or_below() {
        let question = question().typing("web-0".to_owned());
        assert_eq!(answers(&question, 80), ["type web-0 and press enter: "]);
        assert_eq!(answers(&question, 30), ["type web-0 and press enter:", ""]);
    }
}
