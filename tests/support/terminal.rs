//! A program in a pseudo-terminal, as a person has it before them: keys go in, a screen comes out.
//!
//! Nothing here sleeps: [`Terminal::until`] waits for a condition on the screen, is woken by what the program
//! writes, and on failure shows the screen. Start with [`Run`].

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use podtriage::base::key::Key;
use podtriage::base::keybytes::{KeyModes, key_bytes};
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// The program under test.
pub const PODTRIAGE: &str = env!("CARGO_BIN_EXE_podtriage");

/// How long a condition may take to come true. Generous: a slow machine is no failure.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Variables that are passed on from the environment of the tests; everything else is kept out.
const PASSED_ON: [&str; 2] = ["PATH", "LLVM_PROFILE_FILE"];

/// A program that is about to be started, in a home directory of its own.
pub struct Run {
    command: CommandBuilder,
    size: (u16, u16),
    home: tempfile::TempDir,
}

impl Run {
    /// A program with its arguments, on 120 columns and 40 rows.
    pub fn new<'a>(program: &str, args: impl IntoIterator<Item = &'a str>) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        for name in PASSED_ON {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("TERM", "xterm-256color");
        command.env("HOME", home.path());
        command.cwd(home.path());
        Self { command, size: (120, 40), home }
    }

    /// The same with a variable in its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The same on a terminal of another size.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// Its home, which is also where it runs.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Starts it.
    pub fn start(self) -> Terminal {
        let (columns, rows) = self.size;
        let pair = native_pty_system().openpty(pty_size(columns, rows)).expect("a pseudo-terminal");
        let before = termios(&*pair.master);
        let child = pair.slave.spawn_command(self.command).expect("the program starts");
        // Ours must be closed, or the end of the program's output is never seen.
        drop(pair.slave);
        let pid = child.process_id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).expect("a process");
        let parser = vt100::Parser::new(nonzero(rows), nonzero(columns), 0);
        let state = State { parser, written: Vec::new(), in_frame: false, ended: None };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let reader = pair.master.try_clone_reader().expect("a reader");
        let reader = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.read(reader, child)
        });
        let input = pair.master.take_writer().expect("a writer");
        Terminal { shared, master: pair.master, input, pid, reader: Some(reader), before, home: self.home }
    }
}

/// A program that runs in a terminal. Dropped, it is ended.
pub struct Terminal {
    shared: Arc<Shared>,
    master: Box<dyn MasterPty + Send>,
    input: Box<dyn Write + Send>,
    pid: Pid,
    reader: Option<JoinHandle<()>>,
    before: String,
    home: tempfile::TempDir,
}

impl Terminal {
    /// Presses keys, written as in the config file: `j ctrl-w h enter`. An `esc` should be the last one: what
    /// comes in the same breath is taken for Alt.
    pub fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            let key: Key = key.parse().expect(keys);
            self.send(&key_bytes(key, KeyModes::default()));
        }
    }

    /// Types text as it stands.
    pub fn type_text(&mut self, text: &str) {
        self.send(text.as_bytes());
    }

    fn send(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).and_then(|()| self.input.flush()).expect("the terminal takes keys");
    }

    /// Waits until the screen is as wanted, and gives it.
    pub fn until(&self, what: &str, wanted: impl FnMut(&Screen) -> bool) -> Screen {
        self.until_within(PATIENCE, what, wanted)
    }

    /// The same with a limit of its own.
    pub fn until_within(&self, limit: Duration, what: &str, mut wanted: impl FnMut(&Screen) -> bool) -> Screen {
        let deadline = now() + limit;
        let mut state = self.shared.lock();
        loop {
            if !state.in_frame || state.ended.is_some() {
                let screen = Screen(state.parser.screen().clone());
                if wanted(&screen) {
                    return screen;
                }
            }
            let left = deadline.saturating_duration_since(now());
            let over = state.ended.is_some() || left.is_zero();
            assert!(!over, "waited for: {what}\n{}", state.report());
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until a text is on the screen.
    pub fn until_shows(&self, text: &str) -> Screen {
        self.until(text, |screen| screen.has(text))
    }

    /// The screen as it is.
    pub fn screen(&self) -> Screen {
        self.until("a frame that is whole", |_| true)
    }

    /// Waits until the program has ended by itself; its exit status, where a signal that killed it is a failure.
    pub fn exit_status(&mut self) -> u32 {
        let deadline = now() + PATIENCE;
        let mut state = self.shared.lock();
        while state.ended.is_none() {
            let left = deadline.saturating_duration_since(now());
            assert!(!left.is_zero(), "waited for the end of the program\n{}", state.report());
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let ended = state.ended.clone().expect("it has ended");
        assert!(ended.signal().is_none(), "{ended}\n{}", state.report());
        ended.exit_code()
    }

    /// Asserts that the terminal is as it was before the program: its line settings, the alternate screen, and
    /// every mode that a program can leave behind.
    pub fn assert_restored(&self) {
        let state = self.shared.lock();
        let screen = state.parser.screen();
        assert_eq!(termios(&*self.master), self.before, "the line's settings\n{}", state.report());
        assert!(!screen.alternate_screen(), "the alternate screen is still there\n{}", state.report());
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still reported");
    }

    /// Whether the line's settings are those from before the program.
    pub fn has_settings_of_before(&self) -> bool {
        termios(&*self.master) == self.before
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("the program runs");
    }

    /// Changes the size of the terminal.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.shared.lock().parser.set_size(nonzero(rows), nonzero(columns));
        self.master.resize(pty_size(columns, rows)).expect("a size");
    }

    /// The process, for those who look at what it uses.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// How many bytes the program has written so far.
    pub fn written_bytes(&self) -> usize {
        self.shared.lock().written.len()
    }

    /// Everything that the program has written so far.
    pub fn written(&self) -> Vec<u8> {
        self.shared.lock().written.clone()
    }

    /// The program's home, which is also where it runs.
    pub fn home(&self) -> &Path {
        self.home.path()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.shared.lock().ended.is_none() {
            let _ = kill_process(self.pid, Signal::KILL);
            // A job of a shell is not the shell: it goes when its terminal does.
            return;
        }
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    written: Vec<u8>,
    /// A synchronized update is open: the screen is half drawn.
    in_frame: bool,
    ended: Option<ExitStatus>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, mut from: Box<dyn Read + Send>, mut child: Box<dyn Child + Send + Sync>) {
        let mut chunk = vec![0; 65_536];
        // Linux ends the master's side with an error when nobody has the other side open any more.
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            self.lock().take(&chunk[..count]);
            self.changed.notify_all();
        }
        let ended = child.wait().expect("the program can be waited for");
        self.lock().ended = Some(ended);
        self.changed.notify_all();
    }
}

impl State {
    fn take(&mut self, bytes: &[u8]) {
        const BEGIN: &[u8] = b"\x1b[?2026h";
        const END: &[u8] = b"\x1b[?2026l";
        // A marker may lie across two reads.
        let from = self.written.len().saturating_sub(BEGIN.len() - 1);
        self.written.extend_from_slice(bytes);
        let fresh = &self.written[from..];
        let last = |marker| fresh.windows(BEGIN.len()).rposition(|window| window == marker);
        match (last(BEGIN), last(END)) {
            (None, None) => {}
            (begin, end) => self.in_frame = begin > end,
        }
        self.parser.process(bytes);
    }

    fn report(&self) -> String {
        let ended = self.ended.as_ref().map_or_else(|| "it still runs".to_owned(), ToString::to_string);
        let frame = if self.in_frame { ", inside a frame" } else { "" };
        format!("the program: {ended}{frame}\n{}", Screen(self.parser.screen().clone()).text())
    }
}

/// What is on the terminal at one moment.
#[derive(Clone)]
pub struct Screen(vt100::Screen);

impl Screen {
    /// The rows, without the blanks at their ends.
    pub fn rows(&self) -> Vec<String> {
        let columns = self.0.size().1.get();
        self.0.rows(0, columns).map(|row| row.trim_end().to_owned()).collect()
    }

    /// All rows in one text.
    pub fn text(&self) -> String {
        self.rows().join("\n")
    }

    /// Whether a text is in one of the rows.
    pub fn has(&self, text: &str) -> bool {
        self.row_with(text).is_some()
    }

    /// The first row that has a text.
    pub fn row_with(&self, text: &str) -> Option<String> {
        self.rows().into_iter().find(|row| row.contains(text))
    }

    /// All words of the screen with one blank between, without the lines between tiles: for sentences that may
    /// be folded anywhere.
    pub fn words(&self) -> String {
        self.text().replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether the alternate screen is shown.
    pub fn is_alternate(&self) -> bool {
        self.0.alternate_screen()
    }

    /// The row that is drawn reversed at this column: where a list's cursor is.
    pub fn reversed_row(&self, column: u16) -> Option<String> {
        let reversed = |row: &u16| self.0.cell(*row, column).is_some_and(vt100::Cell::inverse);
        let at = (0..self.0.size().0.get()).find(reversed)?;
        self.rows().into_iter().nth(usize::from(at))
    }

    /// The columns in which a row has a line from top to bottom: an edge between tiles.
    pub fn edges(&self, row: usize) -> Vec<u16> {
        let is_edge = |text: &str| !text.is_empty() && "│├┤┼".contains(text);
        let at = |column: &u16| self.0.cell(row as u16, *column).is_some_and(|cell| is_edge(cell.contents()));
        (0..self.0.size().1.get()).filter(at).collect()
    }
}

/// The line settings, in a form that can be compared and read.
fn termios(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios().expect("a terminal has settings"))
}

fn pty_size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn nonzero(cells: u16) -> NonZeroU16 {
    NonZeroU16::new(cells).expect("a terminal has cells")
}

#[expect(clippy::disallowed_methods, reason = "a limit on waiting")]
fn now() -> Instant {
    Instant::now()
}
