//! Frames on their way to the terminal: each goes out as one write, as one synchronized update.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use super::modes::send_if_entered;

/// Opens and closes a synchronized update: a terminal that knows it shows the frame when it is whole.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// What the frames of the program are drawn on.
///
/// Draws nothing while the terminal is not ours, so that a frame that comes late does not end up on the shell.
#[derive(Debug)]
pub struct Display {
    terminal: Terminal<CrosstermBackend<Buffered>>,
    frame: Buffered,
}

impl Display {
    /// A display over the whole terminal, whose size it follows.
    pub fn new() -> io::Result<Self> {
        Self::with_viewport(Viewport::Fullscreen)
    }

    fn with_viewport(viewport: Viewport) -> io::Result<Self> {
        let frame = Buffered::default();
        let backend = CrosstermBackend::new(frame.clone());
        Ok(Self { terminal: Terminal::with_options(backend, TerminalOptions { viewport })?, frame })
    }

    /// Draws a frame; what did not change since the last one is not sent. Returns the area that was drawn on.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<Rect> {
        let (area, bytes) = self.frame(render)?;
        send_if_entered(&bytes)?;
        Ok(area)
    }

    /// Makes the next frame paint every cell: something else may have written on the terminal.
    pub fn repaint(&mut self) -> io::Result<()> {
        // Not `clear`, which asks the terminal where the cursor is and would wait for the answer in the stream
        // of keys.
        let area = self.terminal.get_frame().area();
        self.terminal.resize(area)
    }

    fn frame(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<(Rect, Vec<u8>)> {
        let area = self.terminal.draw(render)?.area;
        Ok((area, [BEGIN, &self.frame.take(), END].concat()))
    }
}

/// Gathers what the backend writes. Flushing does nothing: the backend flushes several times a frame, around
/// the cursor, and a half frame must not go out.
#[derive(Clone, Debug, Default)]
struct Buffered(Arc<Mutex<Vec<u8>>>);

impl Buffered {
    fn take(&self) -> Vec<u8> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Buffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(display: &mut Display, text: &str) -> String {
        let (_, bytes) = display.frame(|frame| frame.render_widget(text, frame.area())).expect("nothing can fail");
        String::from_utf8(bytes).expect("it is text")
    }

    fn display() -> Display {
        Display::with_viewport(Viewport::Fixed(Rect::new(0, 0, 10, 2))).expect("nothing can fail")
    }

    #[test]
    fn a_frame_is_one_synchronized_update() {
        let mut display = display();
        for text in ["first", "second"] {
            let bytes = frame(&mut display, text);
            let inner = bytes.strip_prefix("\x1b[?2026h").and_then(|rest| rest.strip_suffix("\x1b[?2026l"));
            assert!(inner.is_some_and(|inner| inner.contains(text) && !inner.contains("?2026")), "{bytes:?}");
        }
    }

    #[test]
    fn only_changes_are_sent_until_a_repaint() {
        let mut display = display();
        assert!(frame(&mut display, "same").contains("same"));
        assert!(!frame(&mut display, "same").contains("same"));
        display.repaint().expect("nothing can fail");
        let bytes = frame(&mut display, "same");
        assert!(bytes.contains("same"), "{bytes:?}");
        assert!(!bytes.contains("\x1b[6n"), "the terminal is not asked anything");
    }
}
