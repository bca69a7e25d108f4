//! The loop, and the only place that spawns, reads the clock and touches the world.
//!
//! Wait, handle, draw: input goes before everything else, messages are taken in for at most [`SLICE`], a
//! frame is drawn when something changed and the last one is [`FRAME`] old. There is no tick: with nothing to
//! do, and no age on the screen about to change, the program sleeps.
//!
//! Start with [`Loop::run`]; [`perform`] does what the application asks for.

mod edits;
mod jobs;
mod ledger;
mod link;
mod logs;
mod lookups;
mod pager;
mod parts;
mod perform;
mod record;
mod saves;
mod shells;
mod shelves;
mod source;
mod transfers;

use std::io;
use std::path::PathBuf;
use std::task::Poll;
use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::{Instant, sleep_until};

use crate::app::message::{Effect, Msg};
use crate::app::{App, Start};
use crate::base::input::InputEvent;
use crate::base::stamp::Stamp;
use crate::cluster::outbox::Parcel;
use crate::terminal::input::Events;
use crate::terminal::{Signal, Signals};

use edits::Outside;
pub use ledger::{Book, Place, run_name};
use pager::Paged;
pub use perform::Performer;
pub use record::Record;
pub use source::Source;

/// How long messages are taken in before a frame is drawn.
const SLICE: Duration = Duration::from_millis(8);
/// How old the last frame must be before the next is drawn.
const FRAME: Duration = Duration::from_millis(16);
/// The same for a frame that answers a key: what a person did is not kept waiting behind what the cluster did.
const FRAME_FOR_INPUT: Duration = Duration::from_millis(4);

/// How long the end of the program waits for the disk.
const AT_THE_END: Duration = Duration::from_secs(2);

/// Where keys come from.
pub trait Keyboard: Stream<Item = io::Result<InputEvent>> + Unpin {
    /// Leaves the keys to another program.
    fn pause(&mut self);
    /// Takes them again.
    fn resume(&mut self);
}

impl Keyboard for Events {
    fn pause(&mut self) {
        self.pause();
    }

    fn resume(&mut self) {
        self.resume();
    }
}

/// Where frames go: the terminal, or a test's buffer.
pub trait Surface {
    /// Draws the application.
    fn draw(&mut self, app: &App) -> io::Result<()>;
    /// Makes the next frame paint every cell.
    fn repaint(&mut self) -> io::Result<()>;
    /// Puts text on the clipboard; the error is the sentence for the person.
    fn copy(&mut self, text: &str) -> Result<(), String>;
    /// Stops the program as a shell job and comes back.
    fn suspend(&mut self, signals: Option<&mut Signals>) -> impl Future<Output = io::Result<()>>;
    /// Gives the terminal to another program, until [`Surface::resume`].
    fn release(&mut self);
    /// Takes the terminal over again, after something else had it.
    fn resume(&mut self) -> io::Result<()>;
}

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The person quit.
    Quit,
    /// A signal asked for it; the exit status by the shells' count.
    Signal(u8),
}

/// The terminal is gone, and nobody can ever press a key again: as if SIGHUP had come.
const HUNG_UP: End = End::Signal(129);

/// The loop and what it owns.
pub struct Loop<S> {
    app: App,
    surface: S,
    performer: Performer,
    inbox: UnboundedReceiver<Parcel<Msg>>,
    record: Record,
    /// Something changed since the last frame.
    dirty: bool,
    drawn: Option<Instant>,
    /// What changed is the answer to a key, the mouse or a new size.
    answering: bool,
    suspend: bool,
    /// A text that the person's own editor shall have.
    outside: Option<Outside>,
    /// A text that the person's own pager shall have.
    paged: Option<Paged>,
    ended: Option<End>,
}

impl<S: Surface> Loop<S> {
    /// A loop at its start; the first frame is drawn before anything is asked of a cluster.
    pub fn new(start: Start, source: Source, surface: S, record: Record) -> io::Result<Self> {
        let (queue, inbox) = mpsc::unbounded_channel();
        let (app, effects) = App::new(start, now());
        let performer = Performer::new(queue, source);
        let mut this = Self {
            app,
            surface,
            performer,
            inbox,
            record,
            dirty: true,
            drawn: None,
            answering: false,
            suspend: false,
            outside: None,
            paged: None,
            ended: None,
        };
        this.draw()?;
        this.perform(effects)?;
        Ok(this)
    }

    /// The same, with edited texts kept in a directory of one's own.
    #[must_use]
    pub fn keeping_edits_in(mut self, place: PathBuf) -> Self {
        self.performer.edits = Some(place);
        self
    }

    /// The same for ledgers.
    #[must_use]
    pub fn keeping_ledgers_in(mut self, place: Place) -> Self {
        self.performer.ledgers = place;
        self
    }

    /// Runs until the person quits or a signal ends it.
    pub async fn run(mut self, mut input: impl Keyboard, mut signals: Option<Signals>) -> io::Result<End> {
        loop {
            self.wait(&mut input, signals.as_mut()).await?;
            self.take_in(&mut input).await?;
            if let Some(outside) = self.outside.take() {
                self.edit_outside(outside, &mut input, signals.as_mut()).await?;
            }
            if let Some(paged) = self.paged.take() {
                self.page(paged, &mut input, signals.as_mut()).await?;
            }
            if let Some(end) = self.ended {
                self.rescue_edits(end).await;
                self.finish_notes().await;
                self.performer.saves.end().await;
                return Ok(end);
            }
            if std::mem::take(&mut self.suspend) {
                self.surface.suspend(signals.as_mut()).await?;
                self.surface.repaint()?;
                self.dirty = true;
            }
            if self.dirty && self.drawn.is_none_or(|at| at.elapsed() >= self.pace()) {
                self.draw()?;
            }
        }
    }

    /// Waits for the next thing to do, and does it.
    async fn wait(&mut self, input: &mut impl Keyboard, signals: Option<&mut Signals>) -> io::Result<()> {
        let frame_at = self.drawn.filter(|_| self.dirty).map(|at| at + self.pace());
        let wake_at = self.app.wake_at().and_then(|at| at.micros_since(now()));
        let wake_at = wake_at.map(|micros| instant() + Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
        let signal = async {
            match signals {
                Some(signals) => signals.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            event = input.next() => match event {
                Some(event) => self.handle(Msg::Input(event?))?,
                None => self.ended = Some(HUNG_UP),
            },
            signal = signal => match signal {
                Signal::End(status) => self.ended = Some(End::Signal(status)),
                Signal::Continued => {
                    self.surface.resume()?;
                    self.surface.repaint()?;
                    self.dirty = true;
                }
            },
            Some(parcel) = self.inbox.recv() => self.open(parcel)?,
            () = sleep_until(frame_at.unwrap_or_else(instant)), if frame_at.is_some() => {}
            () = sleep_until(wake_at.unwrap_or_else(instant)), if wake_at.is_some() => self.handle(Msg::Wake)?,
        }
        Ok(())
    }

    /// Takes in what has come meanwhile, input first, for one slice of time.
    async fn take_in(&mut self, input: &mut impl Keyboard) -> io::Result<()> {
        let begun = instant();
        while self.ended.is_none() && begun.elapsed() < SLICE {
            // Asked with this task's own waker: the terminal's stream keeps the first waker that it is given
            // and wakes no other, so asking with an empty one loses keys until something else happens.
            match futures::poll!(input.next()) {
                Poll::Ready(Some(event)) => self.handle(Msg::Input(event?))?,
                // Not asked again: the terminal is gone.
                Poll::Ready(None) => self.ended = Some(HUNG_UP),
                Poll::Pending => match self.inbox.try_recv() {
                    Ok(parcel) => self.open(parcel)?,
                    Err(_) => break,
                },
            }
        }
        Ok(())
    }

    /// Takes in what a task sent, unless the task was ended meanwhile.
    fn open(&mut self, parcel: Parcel<Msg>) -> io::Result<()> {
        if parcel.is_late() { Ok(()) } else { self.handle(parcel.message) }
    }

    fn handle(&mut self, message: Msg) -> io::Result<()> {
        self.record.note(&message);
        self.answering |= matches!(message, Msg::Input(_));
        let effects = self.app.update(message, now());
        self.dirty |= self.app.dirty;
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Quit => self.ended = Some(End::Quit),
                Effect::Suspend => self.suspend = true,
                Effect::EditOutside { pane, name, text } => self.outside = Some(Outside { pane, name, text }),
                Effect::Page { name, text } => self.paged = Some(Paged { name, text }),
                Effect::Redraw => self.surface.repaint()?,
                Effect::Copy(text) => {
                    if let Err(problem) = self.surface.copy(&text) {
                        self.performer.notice_error(problem);
                    }
                }
                effect => self.performer.perform(effect),
            }
        }
        Ok(())
    }

    /// Nobody was asked whether what was typed may be lost: it goes to files.
    async fn rescue_edits(&self, end: End) {
        if matches!(end, End::Signal(_)) {
            for (name, text) in self.app.unsent_texts() {
                // Nobody is there any more who could be told.
                drop(edits::keep(self.performer.edits.as_deref(), &name, &text).await);
            }
        }
    }

    /// What was noted is on the disk before the program is gone.
    async fn finish_notes(&mut self) {
        let drop_answers = async { while self.inbox.recv().await.is_some() {} };
        tokio::select! {
            () = self.performer.flush_ledger() => {}
            () = drop_answers => {}
        }
    }

    /// How old the last frame must be for the next.
    fn pace(&self) -> Duration {
        if self.answering { FRAME_FOR_INPUT } else { FRAME }
    }

    fn draw(&mut self) -> io::Result<()> {
        self.surface.draw(&self.app)?;
        self.dirty = false;
        self.answering = false;
        self.drawn = Some(instant());
        Ok(())
    }
}

/// The time of day.
#[expect(clippy::disallowed_methods, reason = "this is the place that reads the clock")]
pub fn now() -> Stamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Stamp::from_parts(i64::try_from(since.as_secs()).unwrap_or(0), i32::try_from(since.subsec_nanos()).unwrap_or(0))
}

/// A number that nobody could foretell, another each time.
pub fn chance() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    // The keys of the standard library's hash maps come from the system's source of chance.
    std::hash::RandomState::new().build_hasher().finish()
}

/// How far the local time is from UTC at present, in seconds, eastwards.
pub fn utc_offset() -> i32 {
    jiff::Zoned::now().offset().seconds()
}

/// The loop's clock: tokio's, which tests can pause.
fn instant() -> Instant {
    Instant::now()
}
