//! The whole program in a test: the real loop on a buffer, against the demo cluster, driven by keys.
//!
//! Nothing here is used by the program itself. The loop runs only while a test waits: [`Program::press`] and
//! [`Program::until`] poll it, so there is no thread to race with and no time to sleep. Start with
//! [`Program::start`]; `glass` is the screen that is drawn on, `screen` what a test reads from it, `requests`
//! changes the cluster behind the program's back, `svg` paints a screen as a picture.

#![expect(clippy::panic, clippy::expect_used, reason = "a test that cannot go on must say why")]

mod glass;
mod requests;
pub mod screen;
pub mod svg;

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use clap::Parser as _;
use futures::Stream;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout_at};

use crate::app::Start;
use crate::base::input::{Button, InputEvent, Mouse, MouseKind};
use crate::base::key::Key;
use crate::cli;
use crate::cli::args::Args;
use crate::config::{Config, View};
use crate::demo::{DemoCluster, DemoOptions, Fault};
use crate::runtime::{End, Keyboard, Loop, Record, Source, now};
use crate::ui::theme::Theme;

use glass::{Glass, Pane};
pub use screen::Screen;

/// How long anything that is waited for may take. Generous: machines that run tests are busy.
const LIMIT: Duration = Duration::from_secs(20);

/// How the program begins.
#[derive(Clone, Debug)]
pub struct ProgramOptions {
    /// Columns and rows.
    pub size: (u16, u16),
    /// The demo cluster's seed.
    pub seed: u64,
    /// The demo cluster's scenario.
    pub scenario: &'static str,
    /// The command line, as a person types it, without the program's name.
    pub args: &'static str,
    /// The text of the config file.
    pub config: &'static str,
    /// How things look.
    pub theme: Theme,
}

impl Default for ProgramOptions {
    fn default() -> Self {
        let theme = Theme::default();
        Self { size: (140, 40), seed: 1, scenario: "incident", args: "", config: "", theme }
    }
}

/// The program, running.
pub struct Program {
    running: Pin<Box<dyn Future<Output = io::Result<End>>>>,
    ended: Option<End>,
    input: UnboundedSender<InputEvent>,
    sent: u64,
    glass: Rc<RefCell<Glass>>,
    record: Record,
    cluster: DemoCluster,
    edits: PathBuf,
}

impl Program {
    /// Starts it and waits until what is listed is live.
    pub async fn start(options: ProgramOptions) -> Self {
        let mut program = Self::begin(options);
        program.until("a live list", |screen| screen.line(0).contains("live")).await;
        program
    }

    /// Starts it; nothing has come from the cluster yet.
    pub fn begin(options: ProgramOptions) -> Self {
        let start = start(&options);
        let ProgramOptions { size, seed, scenario, theme, .. } = options;
        let demo = DemoOptions { seed, scenario: Some(scenario.to_owned()), now: now() };
        let cluster = DemoCluster::start(demo).expect("a known scenario");
        let glass = Rc::new(RefCell::new(Glass::new(size)));
        let (input, events) = mpsc::unbounded_channel();
        let record = Record::default();
        let pane = Pane::new(Rc::clone(&glass), theme);
        let source = Source::Demo(cluster.clone());
        let program = Loop::new(start, source, pane, record.clone()).expect("a buffer takes every frame");
        let edits = place_of_edits();
        let program = program.keeping_edits_in(edits.clone());
        let running = Box::pin(program.run(typed(events, Rc::clone(&glass)), None));
        Self { running, ended: None, input, sent: 0, glass, record, cluster, edits }
    }

    /// Presses keys, written with spaces between, and waits until the screen shows what came of them.
    pub async fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let key: Key = key.parse().unwrap_or_else(|_| panic!("`{key}` is no key"));
            self.send(InputEvent::Key(key));
        }
        self.taken_in().await;
    }

    /// Types text, a key a character.
    pub async fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.send(InputEvent::Key(Key::char(c)));
        }
        self.taken_in().await;
    }

    /// Types a line and presses enter.
    pub async fn enter(&mut self, line: &str) {
        self.type_text(line).await;
        self.press("enter").await;
    }

    /// Pastes text.
    pub async fn paste(&mut self, text: &str) {
        self.send(InputEvent::Paste(text.to_owned()));
        self.taken_in().await;
    }

    /// Does something with the mouse at a cell.
    pub async fn mouse(&mut self, kind: MouseKind, column: u16, row: u16) {
        self.send(InputEvent::Mouse(Mouse { kind, column, row, ctrl: false, alt: false, shift: false }));
        self.taken_in().await;
    }

    /// Clicks where `text` stands first.
    pub async fn click(&mut self, text: &str) {
        let Some((column, row)) = self.screen().find(text) else { self.fail(&format!("`{text}` to click on")) };
        self.mouse(MouseKind::Down(Button::Left), column, row).await;
        self.mouse(MouseKind::Up(Button::Left), column, row).await;
    }

    /// Makes the terminal another size.
    pub async fn resize(&mut self, columns: u16, rows: u16) {
        self.send(InputEvent::Resize(columns, rows));
        self.taken_in().await;
    }

    /// Runs the program until the screen is as it should be; gives that screen.
    pub async fn until(&mut self, what: &str, reached: impl Fn(&Screen) -> bool) -> Screen {
        let deadline = Instant::now() + LIMIT;
        loop {
            let screen = self.screen();
            if reached(&screen) {
                return screen;
            }
            if !self.frame(deadline).await {
                self.fail(what);
            }
        }
    }

    /// Runs the program until `text` is on the screen.
    pub async fn until_seen(&mut self, text: &str) -> Screen {
        self.until(&format!("`{text}`"), |screen| screen.contains(text)).await
    }

    /// The screen as it is now.
    pub fn screen(&self) -> Screen {
        self.glass.borrow().screen()
    }

    /// What was copied last.
    pub fn clipboard(&self) -> Option<String> {
        self.glass.borrow().clipboard.clone()
    }

    /// The last messages that the program took in, without contents.
    pub fn messages(&self) -> Vec<String> {
        self.record.lines()
    }

    /// The edited texts that are kept in files now.
    pub fn kept_edits(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.edits).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect()
    }

    /// Makes something go wrong in the cluster.
    pub fn fault(&self, fault: Fault) {
        self.cluster.fault(fault);
    }

    /// Whether it ended, and how.
    pub fn ended(&self) -> Option<End> {
        self.ended
    }

    /// Quits by its own command, and waits for the end.
    pub async fn quit(mut self) -> End {
        if self.ended.is_none() {
            self.press(":").await;
            self.enter("quit").await;
        }
        let Some(end) = self.ended else { self.fail("the end of the program") };
        end
    }

    fn send(&mut self, event: InputEvent) {
        self.sent += 1;
        drop(self.input.send(event));
    }

    /// Waits until everything that was sent has been handled and drawn.
    async fn taken_in(&mut self) {
        let deadline = Instant::now() + LIMIT;
        while self.ended.is_none() && !self.glass.borrow().has_drawn_after(self.sent) {
            if !self.frame(deadline).await {
                self.fail("a frame after the input");
            }
        }
    }

    /// Runs the program up to its next frame; false when none came in time or the program ended.
    async fn frame(&mut self, deadline: Instant) -> bool {
        if self.ended.is_some() {
            return false;
        }
        let before = self.glass.borrow().frames;
        let glass = Rc::clone(&self.glass);
        let running = &mut self.running;
        let turn = std::future::poll_fn(move |context| match running.as_mut().poll(context) {
            Poll::Ready(end) => Poll::Ready(Some(end)),
            Poll::Pending if glass.borrow().frames > before => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        match timeout_at(deadline, turn).await {
            Ok(Some(end)) => {
                self.ended = Some(end.expect("the loop on a buffer cannot fail"));
                true
            }
            Ok(None) => true,
            Err(_) => false,
        }
    }

    fn fail(&self, what: &str) -> ! {
        let mut report = format!("waited in vain for {what}; ended: {:?}\n", self.ended);
        let screen = self.screen();
        let rule = "-".repeat(usize::from(screen.buffer.area.width));
        let _ = write!(report, "{rule}\n{screen}{rule}\nthe last messages, oldest first:\n");
        for line in self.messages() {
            let _ = writeln!(report, "  {line}");
        }
        panic!("{report}");
    }
}

/// A directory of this program alone.
fn place_of_edits() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("podtriage-test-{}-{number}", std::process::id()))
}

impl Drop for Program {
    fn drop(&mut self) {
        // Most tests have edited nothing.
        drop(std::fs::remove_dir_all(&self.edits));
    }
}

fn start(options: &ProgramOptions) -> Start {
    let words = std::iter::once("podtriage").chain(options.args.split_whitespace());
    let mut args = Args::try_parse_from(words).expect("a command line");
    let logs = args.command.take().and_then(|command| cli::logs_tile(&command, &mut args.place));
    let (mut config, warnings) = Config::parse(options.config);
    if !options.config.contains("view =") {
        // Most tests are about lists and tiles.
        config.view = View::Pods;
    }
    Start {
        context: args.place.context.clone(),
        scope: args.place.scope(),
        view: args.view.clone(),
        object: args.object().expect("an object"),
        logs,
        tile: None,
        read_only: args.read_only,
        size: options.size,
        warnings: warnings.iter().map(ToString::to_string).collect(),
        run: "test".to_owned(),
        utc_offset: 0,
        config,
    }
}

/// The keyboard: what was sent, and a note on the glass of what the program has taken.
fn typed(mut events: UnboundedReceiver<InputEvent>, glass: Rc<RefCell<Glass>>) -> impl Keyboard {
    Typed(futures::stream::poll_fn(move |context| {
        events.poll_recv(context).map(|event| {
            let event = event?;
            glass.borrow_mut().took(&event);
            Some(Ok(event))
        })
    }))
}

/// A keyboard that no other program wants.
struct Typed<S>(S);

impl<S: Stream<Item = io::Result<InputEvent>> + Unpin> Stream for Typed<S> {
    type Item = io::Result<InputEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(context)
    }
}

impl<S: Stream<Item = io::Result<InputEvent>> + Unpin> Keyboard for Typed<S> {
    fn pause(&mut self) {}

    fn resume(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_starts_is_driven_and_quits() {
        let mut program = Program::start(ProgramOptions { scenario: "healthy", ..ProgramOptions::default() }).await;
        let first = program.screen().cursor_row();
        program.press("j").await;
        assert_ne!(program.screen().cursor_row(), first);
        program.resize(100, 30).await;
        assert_eq!(program.screen().buffer.area.width, 100);
        assert_eq!(program.quit().await, End::Quit);
    }

    #[tokio::test]
    #[should_panic(expected = "waited in vain for the end of the program")]
    async fn a_wait_in_vain_says_for_what() {
        let program = Program::begin(ProgramOptions { scenario: "empty", ..ProgramOptions::default() });
        program.fail("the end of the program");
    }
}
