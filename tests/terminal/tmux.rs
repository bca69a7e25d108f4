//! A real tmux that prints what it is fed: the terminal that ours is compared with.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cells::Screen;

/// How long tmux may take for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server of its own with one window.
pub struct Tmux {
    room: TempDir,
    feed: File,
    fed: usize,
}

impl Tmux {
    /// Whether there is one.
    pub fn is_here() -> bool {
        Command::new("tmux").arg("-V").output().is_ok_and(|output| output.status.success())
    }

    /// A window of this size.
    pub fn new(columns: usize, rows: usize) -> Self {
        let room = tempfile::tempdir().expect("a directory");
        let fifo = room.path().join("feed");
        assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
        std::fs::write(room.path().join("conf"), "set -g status off\nset -g history-limit 10000\n").expect("written");
        let program = format!("stty raw -echo; exec cat '{}'", fifo.display());
        let size = ["-x".to_owned(), columns.to_string(), "-y".to_owned(), rows.to_string()];
        let arguments = [&["new-session".to_owned(), "-d".to_owned()][..], &size, &[program]].concat();
        let output = command(&room, &arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let feed = OpenOptions::new().write(true).open(&fifo).expect("cat reads it");
        Self { room, feed, fed: 0 }
    }

    /// Gives the window another size.
    pub fn resize(&self, columns: usize, rows: usize) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.run(&["resize-window", "-x", &columns, "-y", &rows]);
    }

    /// Prints `bytes`, and returns when that is done: a title that follows them is then set.
    #[expect(clippy::disallowed_methods, reason = "a test gives up after a while")]
    pub fn feed(&mut self, bytes: &[u8]) {
        self.fed += 1;
        let title = format!("fed {}", self.fed);
        self.feed.write_all(bytes).expect("tmux reads");
        self.feed.write_all(format!("\x1b]2;{title}\x07").as_bytes()).expect("tmux reads");
        let begun = Instant::now();
        while self.run(&["display-message", "-p", "#{pane_title}"]).trim_end() != title {
            assert!(begun.elapsed() < PATIENCE, "tmux did not take what it was fed");
            std::thread::yield_now();
        }
    }

    /// What the window shows, in every cell. The window is of no use afterwards.
    ///
    /// tmux prints a row up to its last character. To see what was erased behind that, the row is printed again,
    /// moved to the left by one and with a mark in its last column.
    pub fn screen(mut self, columns: usize, rows: usize) -> Screen {
        let cursor = self.run(&["display-message", "-p", "#{cursor_y} #{cursor_x}"]);
        let mut numbers = cursor.split_whitespace().map(|number| number.parse().expect("a number"));
        let mut next = || numbers.next().expect("two numbers");
        let (row, column): (usize, usize) = (next(), next());
        let mut screen = self.capture();
        self.feed(b"\x1b[m\x1b(B\x0f\x1b[?6l\x1b[r\x1b[4l");
        for (row, cells) in (1..=rows).zip(&screen.rows) {
            // Wide characters would be cut in two.
            let known = if cells.is_empty() { String::new() } else { format!("\x1b[{}X", cells.len()) };
            self.feed(format!("\x1b[{row}H{known}\x1b[P\x1b[{row};{columns}H|").as_bytes());
        }
        for (row, moved) in screen.rows.iter_mut().zip(self.capture().rows) {
            row.truncate(columns);
            if row.is_empty() {
                row.extend(moved.first().cloned());
            }
            let known = row.len();
            row.extend(moved.into_iter().take(columns - 1).skip(known - 1));
        }
        // Behind the last column it waits for the next character to wrap.
        screen.cursor = (row, column.min(columns - 1));
        screen
    }

    fn capture(&self) -> Screen {
        Screen::captured(&self.run(&["capture-pane", "-e", "-N", "-p"]), (0, 0))
    }

    fn run(&self, arguments: &[&str]) -> String {
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let output = command(&self.room, &arguments);
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("tmux writes UTF-8")
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // Nothing to do about a server that is gone already.
        let _ = command(&self.room, &["kill-server".to_owned()]);
    }
}

fn command(room: &TempDir, arguments: &[String]) -> Output {
    let path = |name: &str| -> PathBuf { room.path().join(name) };
    let mut tmux = Command::new("tmux");
    tmux.arg("-u").arg("-S").arg(path("socket")).arg("-f").arg(path("conf")).args(arguments);
    tmux.env_remove("TMUX").env("LC_ALL", "C.UTF-8").output().expect("tmux runs")
}
