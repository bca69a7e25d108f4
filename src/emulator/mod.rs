//! The terminal emulator behind a shell tile: bytes from a container in, a screen to draw out.
//!
//! The screen model is the crate `vt100`. In front of it stand a scanner that cuts the stream into whole
//! sequences ([`scan`]), translations of what the model lacks ([`machine`]), and answers to what programs ask
//! ([`answer`]); behind it, lines that are written anew when the width changes ([`reflow`]); around it, a guard that turns a panic into a repainted screen ([`guard`], [`rescue`]). Does
//! no I/O: replies are handed back as bytes for the program's input. Start with [`Emulator::process`].
//!
//! Known limits: a cell takes 32 bytes, so 10,000 full lines of 80 columns take 25 MiB; strike-through, blink and
//! links are not kept; a line that was wrapped before a wide character counts as two.

mod answer;
mod background;
mod charset;
mod guard;
mod machine;
mod reflow;
mod rescue;
mod scan;
mod sgr;
mod snapshot;
mod strings;
mod tabs;
mod view;

use std::num::NonZeroU16;

use crate::base::keybytes::{KeyModes, MouseEncoding, MouseMode};
use guard::guarded;
use machine::{Bell, Machine};
use scan::Scanner;

pub use guard::guarding;
pub use snapshot::Snapshot;
pub use view::{Cell, Color, Cursor, CursorShape, View};

/// A wide character needs two columns, and a screen one row.
const MIN_COLUMNS: u16 = 2;

/// More than any terminal shows; bounds what a size costs.
const MAX_SIDE: u16 = 1_024;

/// The longest run of bytes that the model takes at once, and that a panic can lose.
const RUN: usize = 4_096;

/// The most bytes of replies to one chunk; a program that asks more often does not wait for answers.
const MAX_REPLIES: usize = 4_096;

/// What came out of a chunk of output, apart from the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Answers for the program's input, to be sent as they are.
    pub replies: Vec<u8>,
    /// The title that the program gave its window, last one only. Raw text.
    pub title: Option<String>,
    /// The bell rang.
    pub bell: bool,
    /// Text that the program wants in the clipboard (OSC 52). Whether it may is the user's to say.
    pub clipboard: Option<String>,
    /// The screen was rebuilt after a fault in its model: some output may be missing.
    pub recovered: bool,
}

impl Outcome {
    fn reply(&mut self, text: &str) {
        if self.replies.len() + text.len() <= MAX_REPLIES {
            self.replies.extend_from_slice(text.as_bytes());
        }
    }
}

/// What the program asked of the input side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// How keys are sent.
    pub keys: KeyModes,
    /// Pastes are to be marked.
    pub bracketed_paste: bool,
    /// Which mouse events it wants.
    pub mouse: MouseMode,
    /// How it wants them written.
    pub mouse_encoding: MouseEncoding,
    /// The alternate screen is in use: there is no scrollback, and the wheel is the program's.
    pub alternate_screen: bool,
    /// It wants `CSI I` and `CSI O` when its tile gains and loses the focus.
    pub focus_events: bool,
}

#[derive(Clone, Copy)]
struct Size {
    rows: NonZeroU16,
    columns: NonZeroU16,
}

impl Size {
    fn clamped(rows: u16, columns: u16) -> Self {
        let side = |value: u16, min: u16| NonZeroU16::new(value.clamp(min, MAX_SIDE)).unwrap_or(NonZeroU16::MIN);
        Self { rows: side(rows, 1), columns: side(columns, MIN_COLUMNS) }
    }
}

fn terminal(size: Size, scrollback: usize) -> vt100::Parser<Bell> {
    vt100::Parser::new_with_callbacks(size.rows, size.columns, scrollback, Bell::default())
}

/// One terminal.
pub struct Emulator {
    scanner: Scanner,
    machine: Machine,
}

impl Emulator {
    /// An empty screen that keeps `scrollback` lines above it. Sizes are held to 1-1024 rows and 2-1024 columns.
    pub fn new(rows: u16, columns: u16, scrollback: usize) -> Self {
        let machine = Machine::new(terminal(Size::clamped(rows, columns), scrollback));
        Self { scanner: Scanner::default(), machine }
    }

    /// Takes a chunk of the program's output. Chunks may end anywhere, also inside characters and sequences.
    pub fn process(&mut self, bytes: &[u8]) -> Outcome {
        let mut outcome = Outcome::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            let before = rest.len();
            if guarded(|| self.consume(&mut rest, &mut outcome)).is_none() {
                outcome.recovered = true;
                let (rows, columns) = self.machine.size();
                self.rebuild(Size::clamped(rows, columns));
                if rest.len() == before {
                    break;
                }
            }
        }
        outcome
    }

    fn consume(&mut self, rest: &mut &[u8], outcome: &mut Outcome) {
        while !rest.is_empty() {
            let window = &rest[..rest.len().min(RUN)];
            let shortcut = self.scanner.is_idle() && self.machine.is_plain() && !self.machine.has_background();
            let everyday = if shortcut { &window[..scan::everyday(window)] } else { &[] };
            // `rest` moves on before anything is obeyed: what panics must not come again.
            if !everyday.is_empty() && self.machine.knows(everyday) {
                *rest = &rest[everyday.len()..];
                self.machine.print(everyday, outcome);
                continue;
            }
            // To the end of what was looked through, so that no byte is looked through for every unit.
            let end = rest.len() - everyday.len().max(1);
            while rest.len() > end {
                let (used, unit) = self.scanner.next(&rest[..rest.len().min(RUN)]);
                *rest = &rest[used..];
                if let Some(unit) = unit {
                    self.machine.act(unit, outcome);
                }
            }
        }
    }

    /// Gives the screen another size. `true` when it had to be rebuilt after a fault in its model.
    pub fn resize(&mut self, rows: u16, columns: u16) -> bool {
        let size = Size::clamped(rows, columns);
        let faulty = guarded(|| self.machine.resize(size)).is_none();
        if faulty {
            self.rebuild(size);
        }
        faulty
    }

    fn rebuild(&mut self, size: Size) {
        self.machine.terminal = rescue::rebuild(&mut self.machine.terminal, size);
    }

    /// Scrolls back by `lines` from the live screen, at most to the oldest line; 0 returns. While scrolled
    /// back, the view stays on the same text as output goes on.
    pub fn scroll_to(&mut self, lines: usize) {
        self.machine.terminal.screen_mut().set_scrollback(lines);
    }

    /// For drawing.
    pub fn view(&self) -> View<'_> {
        View { screen: self.machine.terminal.screen() }
    }

    /// The screen and scrollback as they are now, to search and copy from while output goes on.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.machine.terminal.screen().clone())
    }

    /// What the program asked of the input side.
    pub fn modes(&self) -> Modes {
        let screen = self.machine.terminal.screen();
        Modes {
            keys: KeyModes { application_cursor: screen.application_cursor() },
            bracketed_paste: screen.bracketed_paste(),
            mouse: match screen.mouse_protocol_mode() {
                vt100::MouseProtocolMode::None => MouseMode::Off,
                vt100::MouseProtocolMode::Press => MouseMode::X10,
                vt100::MouseProtocolMode::PressRelease => MouseMode::Normal,
                vt100::MouseProtocolMode::ButtonMotion => MouseMode::Button,
                vt100::MouseProtocolMode::AnyMotion => MouseMode::Any,
            },
            mouse_encoding: match screen.mouse_protocol_encoding() {
                vt100::MouseProtocolEncoding::Default => MouseEncoding::Legacy,
                vt100::MouseProtocolEncoding::Utf8 => MouseEncoding::Utf8,
                vt100::MouseProtocolEncoding::Sgr => MouseEncoding::Sgr,
            },
            alternate_screen: screen.alternate_screen(),
            focus_events: self.machine.extras.focus_events,
        }
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (rows, columns) = self.view().size();
        f.debug_struct("Emulator").field("rows", &rows).field("columns", &columns).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
