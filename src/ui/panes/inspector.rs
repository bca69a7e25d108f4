//! What is known of the row under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::layout::Slot;
use crate::ui::text::put_line;
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(app: &App, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let inspection = app.inspect();
    let focused = app.layout.focused() == Slot::Inspector;
    let chosen = inspection.containers.get(app.inspector.container).copied();
    let lines = inspection.lines.iter().enumerate().skip(app.inspector.scroll).take(usize::from(area.height));
    for (y, (at, line)) in (area.y..).zip(lines) {
        put_line(buffer, theme, area, area.x + 1, y, line);
        // With one container there is nothing to choose.
        if chosen == Some(at) && focused && inspection.containers.len() > 1 {
            buffer.set_style(Rect { y, height: 1, ..area }, theme.cursor(true));
        }
    }
}
