//! Frames on their way to the terminal: each goes out as one write, as one synchronized update.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use super::modes::send_if_entered;
use crate::base::input::{CursorShape, Wishes};

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
    /// What the terminal was told last.
    wishes: Wishes,
}

impl Display {
    /// A display over the whole terminal, whose size it follows.
    pub fn new() -> io::Result<Self> {
        Self::with_viewport(Viewport::Fullscreen)
    }

    fn with_viewport(viewport: Viewport) -> io::Result<Self> {
        let frame = Buffered::default();
        let backend = CrosstermBackend::new(frame.clone());
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport })?;
        Ok(Self { terminal, frame, wishes: Wishes::default() })
    }

    /// Draws a frame; what did not change since the last one is not sent. Returns the area that was drawn on.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<Rect> {
        let (area, bytes) = self.frame(render)?;
        send_if_entered(&bytes)?;
        Ok(area)
    }

    /// Does what the program in a tile wants of the terminal; sends nothing when that is no news.
    pub fn grant(&mut self, wishes: Wishes) -> io::Result<()> {
        let sequence = granted(self.wishes, wishes);
        self.wishes = wishes;
        if sequence.is_empty() { Ok(()) } else { send_if_entered(sequence.as_bytes()) }
    }

    /// Makes the next frame paint every cell: something else may have written on the terminal.
    pub fn repaint(&mut self) -> io::Result<()> {
        // Giving the terminal back has ended what was granted.
        self.wishes = Wishes::default();
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

/// What makes of one the other. Ending all movement ends every report of the mouse, so the usual ones begin again.
fn granted(before: Wishes, now: Wishes) -> String {
    let cursor = match now.cursor {
        CursorShape::Default => "\x1b[0 q",
        CursorShape::Block => "\x1b[2 q",
        CursorShape::Underline => "\x1b[4 q",
        CursorShape::Bar => "\x1b[6 q",
    };
    let movement = if now.movement { "\x1b[?1003h" } else { "\x1b[?1003l\x1b[?1000h\x1b[?1002h" };
    let news = [(now.cursor != before.cursor, cursor), (now.movement != before.movement, movement)];
    news.into_iter().filter_map(|(is_news, sequence)| is_news.then_some(sequence)).collect()
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
    fn wishes_are_granted_once_and_taken_back() {
        let none = Wishes::default();
        let all = Wishes { cursor: CursorShape::Bar, movement: true };
        assert_eq!(granted(none, all), "\x1b[6 q\x1b[?1003h");
        assert_eq!(granted(all, all), "");
        assert_eq!(granted(all, none), "\x1b[0 q\x1b[?1003l\x1b[?1000h\x1b[?1002h");
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
