//! What is known of the row under the cursor. Nothing is cut: long lines go on below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::layout::Slot;
use crate::base::text::Line;
use crate::ui::text::{folded, put_line};
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(app: &App, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let inspection = app.inspect();
    let height = usize::from(area.height);
    // One cell stays free at each side.
    let fold = |line: &Line| folded(line, usize::from(area.width.saturating_sub(2)), height);
    let focused = app.layout.focused() == Slot::Inspector;
    // With one container there is nothing to choose.
    let chosen = inspection.containers.get(app.inspector.container).copied();
    let chosen = chosen.filter(|_| focused && inspection.containers.len() > 1);
    let first = first_line(&inspection.lines, app.inspector.scroll, chosen, height, fold);
    let mut y = area.y;
    for (at, line) in inspection.lines.iter().enumerate().skip(first) {
        for row in fold(line) {
            if y >= area.bottom() {
                return;
            }
            put_line(buffer, theme, area, area.x + 1, y, &row);
            if chosen == Some(at) {
                buffer.set_style(Rect { y, height: 1, ..area }, theme.cursor(true));
            }
            y += 1;
        }
    }
}

/// The line at the top: where it is scrolled to, or further down if the chosen one would not be visible.
fn first_line(
    lines: &[Line],
    scroll: usize,
    chosen: Option<usize>,
    height: usize,
    fold: impl Fn(&Line) -> Vec<Line>,
) -> usize {
    let Some(chosen) = chosen.filter(|chosen| *chosen >= scroll && *chosen < lines.len()) else { return scroll };
    let (mut first, mut rows) = (chosen, fold(&lines[chosen]).len());
    while first > scroll {
        rows += fold(&lines[first - 1]).len();
        if rows > height {
            break;
        }
        first -= 1;
    }
    first
}
