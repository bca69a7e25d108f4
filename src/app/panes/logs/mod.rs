//! A container's log on the screen: what is kept of it, which part is looked at, what is searched for.
//!
//! Pure state. [`LogPane::apply`] takes what the stream says, [`LogPane::act`] and [`LogPane::step`] what the
//! person does (`keys`), [`LogPane::settle`] the tile's size; then [`LogPane::visible`] gives the rows to draw. Only
//! those are ever formatted. Paused means that the view stops: lines are kept all the same.
//!
//! Lines are kept in pages (`page`, `pages`). Between them and the view stand `pick`, which lines are shown, and `shape`,
//! as what; `lines` puts the three together. Search and filter look through the log in slices (`sweep`), while
//! [`LogPane::is_busy`]. Of many containers `many` takes what their streams say, which `sources` names.

mod bytes;
mod choice;
mod clock;
mod earlier;
mod entry;
mod find;
mod flow;
mod keys;
mod lines;
mod many;
mod note;
mod offer;
mod page;
mod pages;
mod paint;
mod pick;
mod rates;
mod scroll;
mod shape;
mod shelf;
mod show;
mod sources;
mod streams;
mod sweep;
mod target;
mod text;
mod title;

use crate::base::jsonline::Columns;
use crate::base::level::Level;
use crate::base::search::Pattern;
use crate::base::sgr::{Color, Style};
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::cluster::api::{LogEnd, LogGap, LogLine, LogRequest, LogUpdate, SourceId};

use choice::Choice;
use clock::Clock;
pub use earlier::Above;
use earlier::Beginning;
use entry::Told;
use find::Find;
use lines::Lines;
pub use note::LogKeys;
use note::Note;
use offer::Offer;
pub use page::Page;
use pages::Pages;
pub use paint::{Found, LogSpan};
use pick::Pick;
use rates::Rates;
use scroll::View;
use shape::Shape;
use shelf::Shelf;
pub use shelf::{Numbered, Order, ShelfAnswer, Shelved};
use sources::Sources;
pub use sources::{Source, SourceState};
use sweep::Pace;
pub use target::LogTarget;
pub use text::LogText;

/// The number of the first line of a log: what was written before it can be put in front.
const FIRST: u64 = 1 << 40;
/// What is looked for on the screen is not looked for in longer lines: it would be done for each frame.
const LONG: usize = 64 << 10;
/// Yellow, for what the command line says to mark.
const HIGHLIGHT: u8 = 3;

/// How much of a log a pane keeps: the stricter of the two holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Lines.
    pub lines: usize,
    /// Bytes of memory, about.
    pub bytes: usize,
}

/// What the person's settings say of the look of logs.
#[derive(Clone, Debug, Default)]
pub struct LogLook {
    /// What to colour.
    pub rules: Vec<(Pattern, Style)>,
    /// The fields of JSON lines that are shown, when fields are.
    pub columns: Columns,
}

/// How the stream stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Stream {
    #[default]
    Opening,
    Open,
    Waiting(String),
    /// It broke and is tried again.
    Broken(String),
    Ended,
    Refused,
}

/// A log pane.
#[derive(Debug)]
pub struct LogPane {
    target: LogTarget,
    containers: Vec<String>,
    limits: LogLimits,
    on_disk: u64,
    look: LogLook,
    pages: Pages,
    /// The streams, where there may be several.
    sources: Sources,
    /// The level of the last line that said one, of each stream.
    levels: Vec<Level>,
    stream: Stream,
    view: View,
    pick: Pick,
    shape: Shape,
    clock: Clock,
    rates: Rates,
    choice: Option<Choice>,
    keys: LogKeys,
    offer: Option<Offer>,
    /// The restart after which the run before was looked at last.
    accepted: Option<u32>,
    /// Lines that came while the view stood still.
    unseen: u64,
    /// Lines of the container, dropped ones included.
    lines: u64,
    /// Those of them that came after later ones.
    late: u64,
    beginning: Beginning,
    find: Find,
    pace: Pace,
}

impl LogPane {
    /// An empty pane for a log that is being asked for. `containers`: those of the pod, for
    /// [`Self::neighbour`].
    pub fn new(target: impl Into<LogTarget>, containers: Vec<String>, limits: LogLimits) -> Self {
        let target = target.into();
        Self {
            sources: Sources::new(&target),
            target,
            containers,
            limits,
            on_disk: 0,
            look: LogLook::default(),
            pages: Pages::new(limits, FIRST),
            levels: Vec::new(),
            stream: Stream::Opening,
            view: View::default(),
            pick: Pick::default(),
            shape: Shape::default(),
            clock: Clock::default(),
            rates: Rates::default(),
            choice: None,
            keys: LogKeys::default(),
            offer: None,
            accepted: None,
            unseen: 0,
            lines: 0,
            late: 0,
            beginning: Beginning::default(),
            find: Find::default(),
            pace: Pace::default(),
        }
    }

    /// Sets how it looks, and by how many seconds the person's clock is ahead of UTC.
    pub fn set_look(&mut self, look: LogLook, utc_offset: i32) {
        self.shape = Shape::of_columns(look.columns.clone());
        self.look = look;
        self.clock.offset = utc_offset;
    }

    /// The memory that its lines take, in bytes: what [`LogLimits`] bounds.
    pub fn bytes(&self) -> usize {
        self.pages.bytes()
    }

    /// Colours more than the settings say.
    pub fn highlight(&mut self, patterns: &[Pattern]) {
        let mut style = Style::default();
        style.fg = Color::Indexed(HIGHLIGHT);
        self.look.rules.extend(patterns.iter().map(|pattern| (pattern.clone(), style)));
    }

    /// Lets lines for which memory has no room go to a file of at most so many bytes; 0: they are dropped.
    pub fn keep_on_disk(&mut self, most: u64) {
        self.on_disk = most;
        self.pages.shelf = Shelf::new(most);
    }

    /// What is to be done with the file, in order.
    pub fn take_orders(&mut self) -> Vec<Order> {
        self.pages.shelf.take_orders()
    }

    /// Takes in what came of an order.
    pub fn take_from_shelf(&mut self, answer: ShelfAnswer) {
        let failure = match &answer {
            ShelfAnswer::Failed(words) => Some(Note::new(words, Role::Warn)),
            ShelfAnswer::Read(_) => None,
        };
        self.pages.take_from_shelf(answer);
        if let Some(note) = failure {
            self.note(&note);
        }
    }

    /// Asks for what is on the screen and on the disk, or else for what filter and search wait for.
    fn ask_shelf(&mut self) {
        let pages = &self.pages;
        let on_screen = self.view.rows.iter().map(|row| row.number).find(|number| pages.shelf.is_missing(*number));
        let wanted = on_screen.map(|number| (number, true)).or_else(|| self.pick.wants(pages));
        if let Some((number, back)) = wanted.or_else(|| self.find.wants(pages)) {
            self.pages.shelf.ask(number, back);
        }
    }

    /// Sets the keys that it names.
    pub fn set_keys(&mut self, keys: LogKeys) {
        self.keys = keys;
    }

    /// Whose log it is, as it was asked for.
    pub fn target(&self) -> &LogTarget {
        &self.target
    }

    /// What was asked for, where it is the log of one container.
    pub fn request(&self) -> Option<&LogRequest> {
        match &self.target {
            LogTarget::One(request) => Some(request),
            LogTarget::Many(_) => None,
        }
    }

    /// What to ask for to see the container that many places further (`]`) or before (`[`); `None` when there
    /// is no other one.
    pub fn neighbour(&self, by: isize) -> Option<LogRequest> {
        let request = self.request()?;
        let count = isize::try_from(self.containers.len()).ok().filter(|count| *count > 1)?;
        let here = self.containers.iter().position(|name| *name == request.container)?;
        let there = (here as isize + by).rem_euclid(count) as usize;
        Some(LogRequest { container: self.containers[there].clone(), ..request.clone() })
    }

    /// Begins again with another log, or the same; how it is shown, filter and search stay.
    pub fn restart(&mut self, target: impl Into<LogTarget>) {
        let mut fresh = Self::new(target, std::mem::take(&mut self.containers), self.limits);
        fresh.view.wrap = self.view.wrap;
        (fresh.clock, fresh.pick) = (self.clock, self.pick.for_another_log());
        let container = |pane: &Self| pane.request().map(|request| request.container.clone());
        let is_same = container(self).is_some() && container(self) == container(&fresh);
        if fresh.target.is_previous() {
            self.accept_offer();
        }
        fresh.keep_on_disk(self.on_disk);
        fresh.keys = std::mem::take(&mut self.keys);
        (fresh.offer, fresh.accepted) = (self.offer.take().filter(|_| is_same), self.accepted.filter(|_| is_same));
        (fresh.look, fresh.shape) = (std::mem::take(&mut self.look), std::mem::take(&mut self.shape));
        // It was a pattern before, so it is one now.
        let _is_pattern = fresh.find.set(self.find.typed(), FIRST);
        *self = fresh;
    }

    /// Takes in what the stream says.
    pub fn apply(&mut self, update: LogUpdate) {
        match update {
            LogUpdate::Opened => self.stream = Stream::Open,
            LogUpdate::Lines(lines) => {
                self.stream = Stream::Open;
                self.take(SourceId::default(), lines);
            }
            LogUpdate::Waiting(words) => self.stream = Stream::Waiting(words),
            LogUpdate::Restarted { restarts, exit } => {
                self.beginning.restarted();
                self.note(&Note::restart(restarts, exit.as_ref(), &self.keys));
                self.take_restart(restarts, exit.as_ref());
            }
            LogUpdate::Gap { why, from, to } => self.gap(why, from, to),
            LogUpdate::Replaced { .. } => self.note(&Note::replaced()),
            LogUpdate::Outage(problem) => self.stream = Stream::Broken(problem.to_string()),
            LogUpdate::Ended(end) => {
                self.stream = Stream::Ended;
                if end == LogEnd::PodReplaced {
                    // Whoever asks again means the one that there is now.
                    self.target.forget_uid();
                }
                if end != LogEnd::Previous || self.lines == 0 {
                    self.note(&Note::end(&end, self.lines, &self.keys));
                }
            }
            LogUpdate::Trouble(problem) => {
                self.stream = Stream::Refused;
                self.note(&Note::new(&problem.to_string(), Role::Bad));
            }
        }
    }

    /// Takes in lines of one stream, in order.
    pub fn take(&mut self, source: SourceId, lines: Vec<LogLine>) {
        for line in lines {
            self.beginning.note(&line);
            let note = Note::of_cut(&line);
            let told = self.told(source, line);
            self.pages.push(told.entry());
            if let Some(note) = note {
                self.note(&note);
            }
        }
    }

    /// A line that has just come, counted.
    fn told(&mut self, source: SourceId, line: LogLine) -> Told {
        self.lines += 1;
        self.unseen += u64::from(!self.view.following);
        let told = Told::new(line, source, level_of(&mut self.levels, source));
        self.rates.add(told.entry().at, told.level());
        told
    }

    /// A gap that is only noticed when lines behind it are there already stands before those.
    fn gap(&mut self, why: LogGap, from: Stamp, to: Stamp) {
        let note = Note::gap(why, from, to, &self.clock);
        let is_here = |number: &u64| to.is_set() && self.pages.memory().contains(number);
        let Some(number) = self.pages.first_since(to).filter(is_here) else { return self.note(&note) };
        self.find.take_back(number);
        self.pick.take_back(&self.pages, number);
        self.pages.insert(number, note.entry());
        self.renumber(&[number]);
    }

    fn note(&mut self, note: &Note) {
        self.pages.push(note.entry());
    }

    fn all(&self) -> Lines<'_> {
        Lines { pages: &self.pages, pick: &self.pick, shape: &self.shape }
    }

    /// Looks a slice further for what is filtered and searched.
    fn look(&mut self) {
        let (span, now) = (self.pages.span(), self.clock.now);
        let mut budget = self.pace.slice(now);
        let origin = if self.view.following { span.end } else { self.view.top.number };
        let (pages, pick) = (&self.pages, &mut self.pick);
        pick.advance(pages, origin, &mut budget);
        self.find.advance(pages, &mut budget, |entry| !pick.hides() || pick.passes(entry));
        self.pace.over(now, self.is_busy());
        if let Some(place) = self.find.lead(&span) {
            self.find.current = Some(place);
            self.show_match();
        }
    }

    /// Whether filter or search have not looked at all lines yet.
    fn is_looking(&self) -> bool {
        let span = self.pages.span();
        !self.pick.is_done(&span) || !self.find.is_done(&span)
    }

    /// Whether filter or search can look on at once: [`Self::settle`] does. They may also have to wait for the disk.
    pub fn is_busy(&self) -> bool {
        let (span, pages) = (self.pages.span(), &self.pages);
        let can_pick = !self.pick.is_done(&span) && self.pick.wants(pages).is_none();
        can_pick || (!self.find.is_done(&span) && self.find.wants(pages).is_none())
    }

    /// Brings the current match into the middle, unless it can be seen where it is.
    fn show_match(&mut self) {
        let Some((number, index)) = self.find.current else { return };
        let lines = Lines { pages: &self.pages, pick: &self.pick, shape: &self.shape };
        let Some(number) = lines.at(number) else { return };
        let ranges = lines.text(number).map(|text| self.find.ranges(&text)).unwrap_or_default();
        // As fields, the line may not have it any more.
        let byte = ranges.get(index as usize).or(ranges.last()).map_or(0, |range| range.start);
        self.view.show(lines, number, byte);
    }

    /// Takes in the time, for what is shown as an age or a rate.
    pub fn age(&mut self, now: Stamp) {
        self.clock.now = now;
    }

    /// Takes in the size of the tile: what is visible is settled here, once for each frame.
    pub fn settle(&mut self, columns: usize, height: usize) {
        self.view.margin = self.clock.width() + self.name_width();
        self.look();
        let height = height.saturating_sub(usize::from(self.status().is_some()));
        let is_whole = self.pick.is_done(&self.pages.span());
        let lines = Lines { pages: &self.pages, pick: &self.pick, shape: &self.shape };
        self.view.settle(lines, columns, height, is_whole);
        let rows = &mut self.view.rows;
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            self.find.keep_shown(&(first.number..=last.number));
        }
        for row in rows {
            let is_line = self.pages.get(row.number).is_some_and(|entry| !entry.is_note);
            let Some(text) = lines.text(row.number).filter(|_| is_line) else { continue };
            row.matches = if self.find.is_on() {
                self.find.shown(row.number, &text)
            } else if text.len() <= LONG {
                self.pick.marks(&text).into()
            } else {
                continue;
            };
        }
        self.ask_shelf();
    }
}

/// The level of the last line of a stream that said one.
fn level_of(levels: &mut Vec<Level>, SourceId(source): SourceId) -> &mut Level {
    let source = source as usize;
    if levels.len() <= source {
        levels.resize(source + 1, Level::Unknown);
    }
    &mut levels[source]
}

#[cfg(test)]
mod tests;
