//! A container's log on the screen: what is kept of it, which part is looked at, what is searched for.
//!
//! Pure state. [`LogPane::apply`] takes what the stream says, [`LogPane::act`] and [`LogPane::step`] what the
//! person does (`keys`), [`LogPane::settle`] the tile's size; then [`LogPane::visible`] gives the rows to draw. Only
//! those are ever formatted. Paused means that the view stops: lines are kept all the same.
//!
//! Lines are kept in pages (`page`, `pages`). Between them and the view stand `pick`, which lines are shown, and `shape`, as what; `lines` puts the three
//! together. Search and filter look through the log in slices (`sweep`), while [`LogPane::is_busy`].

mod bytes;
mod choice;
mod clock;
mod entry;
mod find;
mod flow;
mod keys;
mod lines;
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
mod sweep;
mod text;
mod title;

use crate::base::jsonline::Columns;
use crate::base::level::Level;
use crate::base::search::Pattern;
use crate::base::sgr::Style;
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::cluster::api::{LogEnd, LogGap, LogLine, LogRequest, LogUpdate};

use choice::Choice;
use clock::Clock;
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
use sweep::Pace;
pub use text::LogText;

/// The number of the first line of a log: what was written before it can be put in front.
const FIRST: u64 = 1 << 40;
/// What is looked for on the screen is not looked for in longer lines: it would be done for each frame.
const LONG: usize = 64 << 10;
/// The widest name of a stream before its lines, in cells.
const WIDEST_NAME: usize = 24;

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

/// One of several streams in a pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogName {
    /// What stands before its lines.
    pub name: String,
    /// In which colour.
    pub style: Style,
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
    request: LogRequest,
    containers: Vec<String>,
    limits: LogLimits,
    on_disk: u64,
    look: LogLook,
    pages: Pages,
    /// The streams, where there are several.
    names: Vec<LogName>,
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
    /// Whether there is nothing before the first line.
    is_start: bool,
    /// Whether there was no room for all that was written before it.
    is_packed: bool,
    find: Find,
    pace: Pace,
}

impl LogPane {
    /// An empty pane for a log that is being asked for. `containers`: those of the pod, for
    /// [`Self::neighbour`].
    pub fn new(request: LogRequest, containers: Vec<String>, limits: LogLimits) -> Self {
        Self {
            request,
            containers,
            limits,
            on_disk: 0,
            look: LogLook::default(),
            pages: Pages::new(limits, FIRST),
            names: Vec::new(),
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
            is_start: false,
            is_packed: false,
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
        if let ShelfAnswer::Failed(words) = &answer {
            self.note(&Note::new(words, Role::Warn));
        }
        self.pages.shelf.answer(answer);
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

    /// Names the streams, by the number that [`Self::take`] is given.
    pub fn set_names(&mut self, names: Vec<LogName>) {
        self.names = names;
    }

    /// Whose log it is, as it was asked for.
    pub fn request(&self) -> &LogRequest {
        &self.request
    }

    /// What to ask for to see the container that many places further (`]`) or before (`[`); `None` when there
    /// is no other one.
    pub fn neighbour(&self, by: isize) -> Option<LogRequest> {
        let count = isize::try_from(self.containers.len()).ok().filter(|count| *count > 1)?;
        let here = self.containers.iter().position(|name| *name == self.request.container)?;
        let there = (here as isize + by).rem_euclid(count) as usize;
        Some(LogRequest { container: self.containers[there].clone(), ..self.request.clone() })
    }

    /// Begins again with another log, or the same; how it is shown, filter and search stay.
    pub fn restart(&mut self, request: LogRequest) {
        let mut fresh = Self::new(request, std::mem::take(&mut self.containers), self.limits);
        fresh.view.wrap = self.view.wrap;
        (fresh.clock, fresh.pick) = (self.clock, self.pick.afresh());
        let is_same = self.request.container == fresh.request.container;
        if fresh.request.previous {
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
                self.take(0, lines);
            }
            LogUpdate::Waiting(words) => self.stream = Stream::Waiting(words),
            LogUpdate::Restarted { restarts, exit } => {
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
                    self.request.uid.clear();
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
    pub fn take(&mut self, source: u16, lines: Vec<LogLine>) {
        for line in lines {
            let note = Note::of_cut(&line);
            self.lines += 1;
            self.unseen += u64::from(!self.view.following);
            let told = Told::new(line, source, level_of(&mut self.levels, source));
            self.rates.add(told.entry().at, told.level());
            self.pages.push(told.entry());
            if let Some(note) = note {
                self.note(&note);
            }
        }
    }

    /// A gap that is only noticed when lines behind it are there already stands before those.
    fn gap(&mut self, why: LogGap, from: Stamp, to: Stamp) {
        let note = Note::gap(why, from, to, &self.clock);
        let Some(number) = self.pages.first_since(to).filter(|_| to.is_set()) else { return self.note(&note) };
        self.pages.insert(number, note.entry());
        self.pick_anew(|pick| *pick = pick.afresh());
        self.view.moved(number);
        self.choice = self.choice.map(|choice| choice.moved(number));
    }

    fn note(&mut self, note: &Note) {
        self.pages.push(note.entry());
    }

    /// The time of the first line, when what was written before it is wanted: one has scrolled up to it, and there is
    /// room.
    pub fn wants_earlier(&self) -> Option<Stamp> {
        let has_room = self.pages.has_room() && !self.is_packed && self.pages.dropped() == 0;
        let is_wanted = has_room && !self.is_start && self.view.is_at_first(self.all());
        if !is_wanted {
            return None;
        }
        self.pages.iter().find(|(_, entry)| !entry.is_note).map(|(_, entry)| entry.at).filter(|at| at.is_set())
    }

    /// Puts lines of one stream, oldest first, before the first one; `is_start`: there are none before them. The view
    /// stays where it is. Says how many there was room for: the newest of them.
    pub fn prepend(&mut self, source: u16, lines: Vec<LogLine>, is_start: bool) -> usize {
        let mut last = Level::Unknown;
        let told: Vec<_> = lines.into_iter().map(|line| Told::new(line, source, &mut last)).collect();
        let taken = self.pages.prepend(told.iter().map(Told::entry));
        self.lines += taken as u64;
        self.is_packed = taken < told.len();
        self.is_start = is_start && !self.is_packed;
        taken
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
fn level_of(levels: &mut Vec<Level>, source: u16) -> &mut Level {
    let source = usize::from(source);
    if levels.len() <= source {
        levels.resize(source + 1, Level::Unknown);
    }
    &mut levels[source]
}

#[cfg(test)]
mod tests;
