//! Actions on tiles: focus, size, order, and the cursor of whatever has the focus.

use super::App;
use super::action::Action;
use super::layout::{Direction, Inspector, Orientation, Slot};
use super::list::Step;
use super::screen;
use super::view::View;

/// Cells that a border moves.
const BORDER: u16 = 2;

impl App {
    pub(super) fn arrange_tiles(&mut self, action: Action) {
        let Some(body) = screen::divide(self.size.0, self.size.1).map(|screen| screen.body) else { return };
        let layout = &mut self.layout;
        match action {
            Action::NextTile => layout.focus_next(),
            Action::PreviousTile => layout.focus_prev(),
            Action::FocusLeft | Action::FocusDown | Action::FocusUp | Action::FocusRight => {
                layout.focus_dir(direction(action), body);
            }
            Action::ResizeLeft | Action::ResizeDown | Action::ResizeUp | Action::ResizeRight => {
                layout.resize(direction(action), BORDER, body);
            }
            Action::Zoom => layout.zoom(),
            Action::SplitBeside => layout.split(Orientation::Beside, body),
            Action::SplitBelow => layout.split(Orientation::Stacked, body),
            Action::Inspector => {
                let visible = self.area_of(Slot::Inspector).is_some();
                self.layout.show_inspector(!visible);
            }
            _ => match layout.focused() {
                Slot::Pane(id) => self.close_or_ask(id),
                Slot::Inspector => layout.set_inspector(Inspector::Closed),
                Slot::List => {}
            },
        }
    }

    pub(super) fn step_focused(&mut self, step: Step) {
        let pod = self.target().filter(|_| self.view != View::Triage);
        let containers = pod.and_then(|key| Some(self.pod(&key)?.containers.len())).unwrap_or(0);
        match self.layout.focused() {
            // In a pod's inspector the cursor goes over its containers.
            Slot::Inspector if containers > 0 => {
                self.inspector.container = step.from(self.inspector.container, containers, 5);
                self.show_container();
            }
            slot => self.scroll(slot, step),
        }
    }

    /// Scrolls the inspector so that the chosen container is visible.
    fn show_container(&mut self) {
        let page = self.area_of(Slot::Inspector).map_or(1, |area| usize::from(screen::contents(area).height));
        let first = self.inspect().containers.get(self.inspector.container).copied().unwrap_or(0);
        let scroll = self.inspector.scroll;
        // A tile may be lower than what is to be shown.
        self.inspector.scroll = scroll.clamp((first + 4).saturating_sub(page).min(first), first);
    }
}

/// The direction that an action names.
fn direction(action: Action) -> Direction {
    match action {
        Action::FocusLeft | Action::ResizeLeft => Direction::Left,
        Action::FocusUp | Action::ResizeUp => Direction::Up,
        Action::FocusRight | Action::ResizeRight => Direction::Right,
        _ => Direction::Down,
    }
}
