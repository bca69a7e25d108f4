//! The signals that concern the terminal.

use std::io;

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// To give the terminal back and end, with this exit status (128 and the number of the signal, as shells
    /// count): asked to, interrupted from outside, or the terminal is gone.
    End(u8),
    /// The process was stopped and goes on: take the terminal again ([`super::Screen::resume`]) and repaint.
    Continued,
}

/// Listens for as long as it lives, and afterwards the signals are ignored: their first use ends the system's
/// own answer to them for good.
///
/// `SIGTSTP` is not among them. Were it caught once, the process could no longer be stopped by it.
#[derive(Debug)]
pub struct Signals {
    interrupt: Listener,
    terminate: Listener,
    hang_up: Listener,
    quit: Listener,
    continued: Listener,
}

impl Signals {
    /// Begins to listen. Needs the asynchronous runtime.
    pub fn listen() -> io::Result<Self> {
        let listen = |number: Number| signal(SignalKind::from_raw(number.as_raw()));
        Ok(Self {
            interrupt: listen(Number::INT)?,
            terminate: listen(Number::TERM)?,
            hang_up: listen(Number::HUP)?,
            quit: listen(Number::QUIT)?,
            continued: listen(Number::CONT)?,
        })
    }

    /// The next signal. May be dropped and asked again without losing one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => end(Number::INT),
            _ = self.terminate.recv() => end(Number::TERM),
            _ = self.hang_up.recv() => end(Number::HUP),
            _ = self.quit.recv() => end(Number::QUIT),
            _ = self.continued.recv() => Signal::Continued,
        }
    }

    /// Waits until the process was stopped and goes on. The signal is not given out by [`Signals::next`] again.
    pub(super) async fn continued(&mut self) {
        self.continued.recv().await;
    }
}

fn end(number: Number) -> Signal {
    Signal::End(128 + number.as_raw() as u8)
}

#[cfg(test)]
mod tests {
    use rustix::process::{getpid, kill_process};

    use super::*;

    #[tokio::test]
    async fn signals_arrive_with_their_exit_status() {
        let mut signals = Signals::listen().expect("signals can be listened to");
        for (number, signal) in [
            (Number::TERM, Signal::End(143)),
            (Number::HUP, Signal::End(129)),
            (Number::INT, Signal::End(130)),
            (Number::CONT, Signal::Continued),
        ] {
            kill_process(getpid(), number).expect("a process may signal itself");
            assert_eq!(signals.next().await, signal);
        }
    }
}
