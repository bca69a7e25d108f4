//! The screen that the program draws on in a test, and what else it does to a terminal.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::screen::Screen;
use crate::app::App;
use crate::base::input::InputEvent;
use crate::runtime::Surface;
use crate::terminal::Signals;
use crate::ui;
use crate::ui::theme::Theme;

/// What a test sees of the terminal.
#[derive(Debug)]
pub(super) struct Glass {
    size: (u16, u16),
    buffer: Buffer,
    cursor: Option<Position>,
    /// How many frames were drawn.
    pub(super) frames: u64,
    /// How many events the program has taken, and had at the last frame.
    taken: u64,
    taken_when_drawn: u64,
    /// What was copied last.
    pub(super) clipboard: Option<String>,
}

impl Glass {
    pub(super) fn new(size: (u16, u16)) -> Self {
        let buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        Self { size, buffer, cursor: None, frames: 0, taken: 0, taken_when_drawn: 0, clipboard: None }
    }

    /// The program took an event. A terminal has its new size before anybody is told.
    pub(super) fn took(&mut self, event: &InputEvent) {
        self.taken += 1;
        if let InputEvent::Resize(columns, rows) = event {
            self.size = (*columns, *rows);
        }
    }

    /// Whether there is a frame from after so many events.
    pub(super) fn has_drawn_after(&self, events: u64) -> bool {
        self.taken_when_drawn >= events
    }

    pub(super) fn screen(&self) -> Screen {
        Screen { buffer: self.buffer.clone(), cursor: self.cursor }
    }
}

/// The glass as the loop sees it.
pub(super) struct Pane {
    glass: Rc<RefCell<Glass>>,
    terminal: Terminal<TestBackend>,
    theme: Theme,
}

impl Pane {
    pub(super) fn new(glass: Rc<RefCell<Glass>>, theme: Theme) -> Self {
        let (columns, rows) = glass.borrow().size;
        // The backend's error is one that cannot be made.
        let Ok(terminal) = Terminal::new(TestBackend::new(columns, rows));
        Self { glass, terminal, theme }
    }
}

impl Surface for Pane {
    fn draw(&mut self, app: &App) -> io::Result<()> {
        let mut glass = self.glass.borrow_mut();
        let (columns, rows) = glass.size;
        let backend = self.terminal.backend_mut();
        if backend.buffer().area != Rect::new(0, 0, columns, rows) {
            backend.resize(columns, rows);
        }
        // The frame itself, not what the backend made of it: a backend for tests leaves what stood below the
        // second half of a wide character.
        let Ok(frame) = self.terminal.draw(|frame| ui::draw(app, &self.theme, frame));
        if let Some(flaw) = ui::check::flaw(frame.buffer) {
            return Err(io::Error::other(flaw));
        }
        glass.buffer = frame.buffer.clone();
        let backend = self.terminal.backend();
        glass.cursor = backend.cursor_visible().then(|| backend.cursor_position());
        glass.frames += 1;
        glass.taken_when_drawn = glass.taken;
        Ok(())
    }

    fn repaint(&mut self) -> io::Result<()> {
        let area = self.terminal.get_frame().area();
        let Ok(()) = self.terminal.resize(area);
        Ok(())
    }

    fn copy(&mut self, text: &str) -> Result<(), String> {
        self.glass.borrow_mut().clipboard = Some(text.to_owned());
        Ok(())
    }

    async fn suspend(&mut self, _signals: Option<&mut Signals>) -> io::Result<()> {
        Ok(())
    }

    fn release(&mut self) {}

    fn resume(&mut self) -> io::Result<()> {
        Ok(())
    }
}
