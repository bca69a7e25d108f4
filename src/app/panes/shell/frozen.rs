//! The past of a shell: entering and leaving copy mode, by key and by mouse.

use super::ShellPane;
use super::copy_mode::{CopyMode, Shape};
use crate::app::list::Step;
use crate::base::input::{Button, Mouse, MouseKind};
use crate::base::keybytes::MouseMode;

impl ShellPane {
    /// Freezes what the shell printed, to move in and copy from; one that is frozen already stays.
    pub fn enter_copy_mode(&mut self) -> &mut CopyMode {
        let cursor = self.emulator.view().cursor();
        let fresh = || CopyMode::new(self.emulator.snapshot(), (cursor.row, cursor.column), self.size);
        self.copy.get_or_insert_with(|| Box::new(fresh()))
    }

    /// Moves the view in the output of the past; at its end keys go to the shell again.
    pub fn look_back(&mut self, step: Step) {
        if self.copy.is_none() {
            let cursor = self.emulator.view().cursor();
            let copy = CopyMode::new(self.emulator.snapshot(), (cursor.row, cursor.column), self.size);
            self.copy = Some(Box::new(copy.casual()));
        }
        if let Some(copy) = &mut self.copy {
            copy.scroll(step);
            if copy.is_casual() && copy.is_at_end() {
                self.copy = None;
            }
        }
    }

    /// Back to the live screen.
    pub fn look_ahead(&mut self) {
        self.copy = None;
    }

    /// The process is over, or another: only a look back ends with it.
    pub(super) fn end_look_back(&mut self) {
        self.copy.take_if(|copy| copy.is_casual());
    }

    /// Whether the mouse is the person's and not the program's: it selects, and the wheel scrolls. Held shift takes
    /// it from any program.
    fn has_mouse(&self, mouse: Mouse) -> bool {
        self.copy.is_some() || mouse.shift || self.emulator.modes().mouse == MouseMode::Off
    }

    /// Selects by the mouse; whether that is what it did.
    pub(super) fn select_by_mouse(&mut self, mouse: Mouse, column: u16, row: u16) -> bool {
        if !self.has_mouse(mouse) {
            return false;
        }
        match mouse.kind {
            MouseKind::Down(Button::Left) => {
                self.pressed = Some((column, row));
                if let Some(copy) = &mut self.copy {
                    copy.deselect();
                    copy.point(column, row);
                }
            }
            // It began in another tile.
            MouseKind::Drag(Button::Left) if self.pressed.is_none() && self.copy.is_none() => {}
            MouseKind::Drag(Button::Left) => {
                let from = self.pressed.take();
                let copy = self.enter_copy_mode();
                if let Some((column, row)) = from {
                    copy.point(column, row);
                    copy.select(Shape::Text);
                }
                copy.point(column, row);
            }
            MouseKind::Up(Button::Left) => self.pressed = None,
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{output, pane};
    use super::*;

    fn mouse(kind: MouseKind, shift: bool) -> Mouse {
        Mouse { kind, column: 0, row: 0, ctrl: false, alt: false, shift }
    }

    #[test]
    fn the_wheel_looks_back_and_the_end_of_it_is_live_again() {
        let mut pane = pane();
        let lines: Vec<_> = (0..30).map(|i| format!("line {i}\r\n")).collect();
        output(&mut pane, &lines.concat());
        assert!(pane.mouse(mouse(MouseKind::ScrollUp, false), 0, 0).is_empty());
        assert!(pane.title().contains("copy mode"), "{}", pane.title());
        pane.mouse(mouse(MouseKind::ScrollDown, false), 0, 0);
        assert!(pane.copy.is_none());
        pane.look_back(Step::First);
        assert!(pane.copy.as_ref().is_some_and(|copy| copy.snapshot().view().text().starts_with("line 0")));
        output(&mut pane, "\u{1b}[?1049h");
        pane.look_ahead();
        assert_eq!(pane.mouse(mouse(MouseKind::ScrollUp, false), 0, 0), b"\x1b[A\x1b[A\x1b[A");
    }

    #[test]
    fn dragging_selects_and_output_goes_on_below() {
        let mut pane = pane();
        output(&mut pane, "one two\r\nthree");
        pane.mouse(mouse(MouseKind::Down(Button::Left), false), 4, 0);
        assert!(pane.copy.is_none(), "a click alone is none");
        pane.mouse(mouse(MouseKind::Drag(Button::Left), false), 2, 1);
        pane.mouse(mouse(MouseKind::Up(Button::Left), false), 2, 1);
        output(&mut pane, "\r\nmore");
        let copy = pane.copy.as_mut().expect("dragging enters it");
        assert_eq!(copy.selected_text().as_deref(), Some("two\nthr"));
        assert!(pane.title().contains("1 new line below"), "{}", pane.title());
        assert!(pane.emulator.view().text().contains("more"));
    }

    #[test]
    fn a_drag_that_began_elsewhere_selects_nothing() {
        let mut pane = pane();
        output(&mut pane, "text");
        assert!(pane.mouse(mouse(MouseKind::Drag(Button::Left), false), 2, 0).is_empty());
        assert!(pane.copy.is_none());
    }

    #[test]
    fn shift_takes_the_mouse_from_a_program() {
        let mut pane = pane();
        output(&mut pane, "text\u{1b}[?1002h\u{1b}[?1006h");
        for kind in [MouseKind::Down(Button::Left), MouseKind::Drag(Button::Left)] {
            assert!(!pane.mouse(mouse(kind, false), 1, 0).is_empty(), "the program has it");
        }
        for kind in [MouseKind::Down(Button::Left), MouseKind::Drag(Button::Left)] {
            assert!(pane.mouse(mouse(kind, true), 1, 0).is_empty());
        }
        assert!(pane.copy.is_some());
    }
}
