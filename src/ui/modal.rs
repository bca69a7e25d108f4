//! What lies over the tiles.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use super::centred;
use super::panes::draw_document;
use super::question;
use super::text::put;
use super::theme::Theme;
use crate::app::App;
use crate::app::modal::Modal;
use crate::app::picker::Picker;
use crate::base::text::Role;
use crate::base::width::width;

/// Draws the modal, if one is open. Prompts are drawn by the tabs row.
pub fn draw(app: &App, theme: &Theme, body: Rect, frame: &mut Frame<'_>) {
    match &app.modal {
        None | Some(Modal::Prompt(..)) => {}
        Some(Modal::Picker(_, picker)) => draw_picker(picker, theme, body, frame),
        Some(Modal::Reader { title, document }) => {
            let area = centred(body, body.width.saturating_sub(4), body.height.saturating_sub(1));
            let inside = open(title, theme, area, frame);
            draw_document(document, theme, inside, frame.buffer_mut());
        }
        Some(Modal::Confirm(question)) => question::draw(question, theme, body, frame),
    }
}

/// Clears the area and draws its border; gives the inside.
pub(super) fn open(title: &str, theme: &Theme, area: Rect, frame: &mut Frame<'_>) -> Rect {
    make_room(area, frame.buffer_mut());
    frame.render_widget(Clear, area);
    let mut block = Block::bordered().title(format!(" {title} ")).border_style(theme.accent());
    if theme.ascii {
        const ASCII: ratatui::symbols::border::Set<'_> = ratatui::symbols::border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        };
        block = block.border_set(ASCII);
    } else {
        block = block.border_type(BorderType::Rounded);
    }
    let inside = block.inner(area);
    block.render(area, frame.buffer_mut());
    frame.buffer_mut().set_style(inside, theme.base());
    inside
}

/// Takes away wide characters at the left edge that would lose their second half.
fn make_room(area: Rect, buffer: &mut Buffer) {
    let Some(x) = area.x.checked_sub(1) else { return };
    for y in area.top()..area.bottom() {
        if let Some(cell) = buffer.cell_mut(Position::new(x, y))
            && width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}

fn draw_picker(picker: &Picker, theme: &Theme, body: Rect, frame: &mut Frame<'_>) {
    let rows = (picker.matches().len() as u16).saturating_add(4).max(6);
    let area = centred(body, 76, rows.min(body.height.saturating_sub(2)).max(5));
    let inside = open(&picker.title, theme, area, frame);
    let x = put(frame.buffer_mut(), inside, inside.x, inside.y, "> ", theme.accent());
    put(frame.buffer_mut(), inside, x, inside.y, picker.prompt.text(), theme.role(Role::Plain));
    let before: String = picker.prompt.text().chars().take(picker.prompt.cursor()).collect();
    let cursor = x.saturating_add(width(&before) as u16).min(inside.right().saturating_sub(1));
    frame.set_cursor_position(Position::new(cursor, inside.y));
    let list = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    let buffer = frame.buffer_mut();
    let mut list = list;
    if !picker.note.is_empty() && list.height > 1 {
        put(buffer, list, list.x, list.y, &picker.note, theme.dim());
        list.y += 1;
        list.height -= 1;
    }
    let height = usize::from(list.height);
    let first = (picker.cursor() + 1).saturating_sub(height);
    for (y, (at, choice)) in (list.y..).zip(picker.matches().enumerate().skip(first).take(height)) {
        let x = put(buffer, list, list.x + 1, y, &choice.text, theme.role(Role::Plain));
        put(buffer, list, x.max(list.x + 24) + 2, y, &choice.about, theme.dim());
        if at == picker.cursor() {
            buffer.set_style(Rect { y, height: 1, ..list }, theme.cursor(true));
        }
    }
    if picker.matches().len() == 0 && height > 0 {
        put(buffer, list, list.x + 1, list.y, "nothing matches; enter takes what is typed", theme.dim());
    }
}
