//! The modes in which a terminal is used, and their end.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use rustix::process::{Signal, kill_current_process_group};

use super::Signals;

/// A mode of the terminal and the sequences that begin and end it.
struct Mode {
    set: &'static str,
    reset: &'static str,
}

/// Every mode but raw mode, which is no sequence, in the order in which they are set. They are ended in the
/// opposite order.
const MODES: &[Mode] = &[
    // The alternate screen: what was on the terminal before comes back at the end.
    Mode { set: "\x1b[?1049h", reset: "\x1b[?1049l" },
    // Bracketed paste: pasted lines are not keys.
    Mode { set: "\x1b[?2004h", reset: "\x1b[?2004l" },
    // Reports of the window's focus.
    Mode { set: "\x1b[?1004h", reset: "\x1b[?1004l" },
    // No cursor, except where one is placed.
    Mode { set: "\x1b[?25l", reset: "\x1b[?25h" },
];

/// Buttons, wheel, and movement with a button down, with coordinates of any size. Movement without a button
/// (1003) is left out: it would wake the program for nothing.
const MOUSE: Mode = Mode { set: "\x1b[?1000h\x1b[?1002h\x1b[?1006h", reset: "\x1b[?1006l\x1b[?1002l\x1b[?1000l" };

/// What a frame may have left behind when it was cut: an open synchronized update, a colour, a link, the
/// cursor's shape; and movement of the mouse that a program in a tile had wished.
const LEFT_BEHIND: &str = "\x1b[?2026l\x1b[?1003l\x1b[0m\x1b]8;;\x1b\\\x1b[0 q";

/// How long a suspension may take to set in. Only a process that nobody could wake again runs into it.
const STOPS_WITHIN: Duration = Duration::from_millis(250);

/// Whether the modes are set. One terminal, so one flag, which the panic hook can reach.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The terminal in our hands. Dropped, it is given back.
#[derive(Debug)]
pub struct Screen {
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over, with or without the mouse. On failure everything is as it was.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        let screen = Self { mouse };
        screen.set_modes()?;
        Ok(screen)
    }

    /// Takes the terminal over again: behind an editor that had it, or when the process was continued. The
    /// next frame must be a [`super::Display::repaint`].
    pub fn resume(&self) -> io::Result<()> {
        // The shell may have changed the line's settings meanwhile; what is saved must be what is there now.
        leave();
        self.set_modes()
    }

    /// Gives the terminal back and stops the process, as `^Z` does; returns when it was continued and has the
    /// terminal again. Where no shell could continue it, the system does not stop it, and this returns soon.
    ///
    /// A stream of [`super::input::events`] may stay open: it stops with the process.
    pub async fn suspend(&self, signals: &mut Signals) -> io::Result<()> {
        leave();
        // The whole group, as the terminal would: whatever started us stops with us.
        kill_current_process_group(Signal::TSTP)?;
        // Another thread may be the one that takes the signal. Going on before the stop would hand the shell a
        // terminal in raw mode.
        let _ = tokio::time::timeout(STOPS_WITHIN, signals.continued()).await;
        self.set_modes()
    }

    fn set_modes(&self) -> io::Result<()> {
        ENTERED.store(true, Ordering::SeqCst);
        enable_raw_mode().and_then(|()| send(&setting(self.mouse))).inspect_err(|_| leave())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// Gives the terminal back as it was found. Does nothing when it was not taken, or was given back already.
pub fn leave() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // Errors have nowhere to go: a terminal that is gone needs no restoring.
    let _ = send(&resetting());
    let _ = disable_raw_mode();
}

/// Writes in one piece, if the terminal is ours. What is written by others at the same time comes before or
/// after, never inside; nothing is written behind [`leave`].
pub(super) fn send_if_entered(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if ENTERED.load(Ordering::SeqCst) {
        out.write_all(bytes)?;
        out.flush()?;
    }
    Ok(())
}

fn send(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn setting(mouse: bool) -> String {
    MODES.iter().chain(mouse.then_some(&MOUSE)).map(|mode| mode.set).collect()
}

fn resetting() -> String {
    let modes = MODES.iter().chain([&MOUSE]).rev().map(|mode| mode.reset);
    [LEFT_BEHIND].into_iter().chain(modes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Private modes in a text: `?25l` is (25, false).
    fn private_modes(text: &str) -> Vec<(u16, bool)> {
        let sequences = text.split("\x1b[?").skip(1);
        sequences
            .filter_map(|sequence| {
                let end = sequence.find(['h', 'l'])?;
                Some((sequence[..end].parse().ok()?, &sequence[end..=end] == "h"))
            })
            .collect()
    }

    #[test]
    fn every_mode_that_is_set_is_undone_in_the_opposite_order() {
        let set = private_modes(&setting(true));
        let undone: Vec<_> = private_modes(&resetting()).into_iter().rev().map(|(mode, on)| (mode, !on)).collect();
        assert_eq!(set.len(), 7);
        assert_eq!(undone[..set.len()], set);
        assert_eq!(undone[set.len()..], [(1003, true), (2026, true)], "what a cut frame leaves open is closed first");
    }

    #[test]
    fn the_mouse_is_a_choice() {
        assert_eq!(private_modes(&setting(false)).len(), 4);
        assert!(!setting(false).contains("1000"));
    }

    #[test]
    fn leaving_without_having_entered_does_nothing_any_number_of_times() {
        leave();
        leave();
        assert!(!ENTERED.load(Ordering::SeqCst));
        assert!(send_if_entered(b"\x1b[?1049h").is_ok(), "and nothing is written then");
    }
}
