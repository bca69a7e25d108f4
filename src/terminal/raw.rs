//! The terminal in raw mode and nothing else: for a program in a container that has it for itself, as `kubectl exec -it`
//! does. What that program writes is obeyed.

use std::io;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// Raw mode, until it is dropped.
#[derive(Debug)]
pub struct RawMode(());

impl RawMode {
    /// Sets it.
    pub fn enter() -> io::Result<Self> {
        enable_raw_mode()?;
        Ok(Self(()))
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = disable_raw_mode();
    }
}

/// Columns and rows of the terminal; `None` when it does not say.
pub fn size() -> Option<(u16, u16)> {
    crossterm::terminal::size().ok().filter(|(columns, rows)| *columns > 0 && *rows > 0)
}
