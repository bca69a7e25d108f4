//! A container's log on the screen: what is kept of it, which part is looked at, what is searched for.
//!
//! Pure state. [`LogPane::apply`] takes what the stream says, [`LogPane::act`] and [`LogPane::step`] what the
//! person does, [`LogPane::settle`] the tile's size; then [`LogPane::visible`] gives the rows to draw. Only
//! those are ever formatted. Paused means that the view stops: lines are kept all the same.

mod entry;
mod find;
mod flow;
mod paint;
mod scroll;

use crate::app::action::Action;
use crate::app::list::Step;
use crate::base::count::grouped;
use crate::base::ring::Ring;
use crate::base::search::PatternError;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role};
use crate::cluster::api::{LogEnd, LogRequest, LogUpdate};

use entry::Entry;
use find::Find;
use flow::Start;
use paint::Painted;
pub use paint::{Found, LogSpan};
use scroll::{Row, View};

/// Cells that one step to the left or right moves.
const SIDEWAYS: usize = 8;

/// How much of a log a pane keeps: the stricter of the two holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Lines.
    pub lines: usize,
    /// Bytes of memory, about.
    pub bytes: usize,
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
    ring: Ring<Entry>,
    stream: Stream,
    view: View,
    /// Lines that came while the view stood still.
    unseen: u64,
    /// Lines of the container, dropped ones included.
    lines: u64,
    find: Find,
    /// Seconds by which the clock of the screen is ahead of UTC.
    pub utc_offset: i32,
}

impl LogPane {
    /// An empty pane for a log that is being asked for. `containers`: those of the pod, for
    /// [`Self::neighbour`].
    pub fn new(request: LogRequest, containers: Vec<String>, limits: LogLimits) -> Self {
        Self {
            request,
            containers,
            limits,
            ring: Ring::new(limits.lines, limits.bytes),
            stream: Stream::Opening,
            view: View::default(),
            unseen: 0,
            lines: 0,
            find: Find::default(),
            utc_offset: 0,
        }
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

    /// Begins again with another log, or the same; wrapping, time stamps and the search stay.
    pub fn restart(&mut self, request: LogRequest) {
        let mut fresh = Self::new(request, std::mem::take(&mut self.containers), self.limits);
        (fresh.view.wrap, fresh.view.timestamps) = (self.view.wrap, self.view.timestamps);
        fresh.utc_offset = self.utc_offset;
        // It was a pattern before, so it is one now.
        let _is_pattern = fresh.find.set(self.find.typed());
        *self = fresh;
    }

    /// Takes in what the stream says.
    pub fn apply(&mut self, update: LogUpdate) {
        match update {
            LogUpdate::Opened => self.stream = Stream::Open,
            LogUpdate::Lines(lines) => {
                self.stream = Stream::Open;
                for line in lines {
                    let note = Entry::note_of_cut(&line);
                    self.lines += 1;
                    self.unseen += u64::from(!self.view.following);
                    self.push(Entry::of_line(line));
                    if let Some(note) = note {
                        self.push(note);
                    }
                }
            }
            LogUpdate::Waiting(words) => self.stream = Stream::Waiting(words),
            LogUpdate::Restarted { restarts, exit } => self.push(Entry::restart(restarts, exit.as_ref())),
            LogUpdate::Gap { why, .. } => self.push(Entry::gap(why)),
            LogUpdate::Replaced { .. } => self.push(Entry::replaced()),
            LogUpdate::Outage(problem) => self.stream = Stream::Broken(problem.to_string()),
            LogUpdate::Ended(end) => {
                self.stream = Stream::Ended;
                if end != LogEnd::Previous || self.lines == 0 {
                    self.push(Entry::end(&end, self.lines));
                }
            }
            LogUpdate::Trouble(problem) => {
                self.stream = Stream::Refused;
                self.push(Entry::note(&problem.to_string(), Role::Bad));
            }
        }
    }

    fn push(&mut self, entry: Entry) {
        let bytes = entry.bytes();
        self.ring.push(entry, bytes);
    }

    /// Does what a key means here; false when it means nothing here.
    pub fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Pause if self.view.following => self.view.following = false,
            Action::Pause => self.follow(),
            Action::Timestamps => self.view.timestamps = !self.view.timestamps,
            Action::Wrap => self.view.toggle_wrap(),
            Action::Left => self.view.left = self.view.left.saturating_sub(SIDEWAYS),
            Action::Right if !self.view.wrap => self.view.left += SIDEWAYS,
            Action::Right => {}
            Action::Up => self.step(Step::By(-1)),
            Action::Down => self.step(Step::By(1)),
            Action::PageUp => self.step(Step::Pages(-1)),
            Action::PageDown => self.step(Step::Pages(1)),
            Action::HalfUp => self.step(Step::HalfPages(-1)),
            Action::HalfDown => self.step(Step::HalfPages(1)),
            Action::First => self.step(Step::First),
            Action::Last => self.step(Step::Last),
            Action::NextMatch => self.next_match(false),
            Action::PreviousMatch => self.next_match(true),
            _ => return false,
        }
        true
    }

    fn follow(&mut self) {
        self.view.following = true;
        self.unseen = 0;
    }

    /// Scrolls. Upwards the view stops following; at the end it follows again.
    pub fn step(&mut self, step: Step) {
        self.view.step(&self.ring, step);
        if self.view.following {
            self.unseen = 0;
        }
    }

    /// Looks for text, or for `/an expression/`; an empty text ends the search. Leads to the nearest match.
    pub fn search(&mut self, typed: &str) -> Result<(), PatternError> {
        self.find.set(typed)?;
        self.look();
        self.find.current = self.find.near(self.view.top.number);
        self.show_match();
        Ok(())
    }

    /// Whether something is searched for.
    pub fn is_searching(&self) -> bool {
        self.find.is_on()
    }

    fn next_match(&mut self, back: bool) {
        self.look();
        self.find.current = self.find.step(back, self.view.top.number);
        self.show_match();
    }

    fn look(&mut self) {
        let ring = &self.ring;
        self.find.advance(ring.first(), ring.end(), |number| ring.get(number).and_then(Entry::searched));
    }

    /// Brings the current match into the middle, unless it can be seen where it is.
    fn show_match(&mut self) {
        let Some((number, index)) = self.find.current else { return };
        let Some(entry) = self.ring.get(number) else { return };
        if let Some(range) = self.find.ranges(&entry.text).into_iter().nth(index as usize) {
            self.view.show(&self.ring, number, range.start);
        }
    }

    /// Takes in the size of the tile: what is visible is settled here, once for each frame.
    pub fn settle(&mut self, columns: usize, height: usize) {
        self.look();
        let height = height.saturating_sub(usize::from(self.status().is_some()));
        self.view.settle(&self.ring, columns, height);
        let rows = &mut self.view.rows;
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            self.find.keep_shown(&(first.number..=last.number));
        }
        for row in rows {
            if let Some(text) = self.ring.get(row.number).and_then(Entry::searched) {
                row.matches = self.find.shown(row.number, text);
            }
        }
    }

    /// The rows on the screen, each as its spans from left to right.
    pub fn visible(&self) -> impl Iterator<Item = Vec<LogSpan>> {
        self.view.rows.iter().filter_map(|row| Some(self.row(row, self.ring.get(row.number)?)))
    }

    fn row(&self, row: &Row, entry: &Entry) -> Vec<LogSpan> {
        let current = self.find.current.filter(|(number, _)| *number == row.number).map(|(_, index)| index as usize);
        let line = Painted { text: &entry.text, runs: &entry.runs, role: entry.role, matches: &row.matches, current };
        let mut spans = if self.view.wrap {
            line.spans(row.start, row.until, row.columns.clone()).0
        } else {
            line.window(row.start, row.columns.clone())
        };
        if self.view.shows_time() {
            let is_first = row.start == Start::default() || !self.view.wrap;
            let text = if is_first { self.clock(entry.at) } else { " ".repeat(scroll::CLOCK) };
            spans.insert(0, LogSpan { text, role: Role::Dim, ..LogSpan::default() });
        }
        spans
    }

    /// `08:10:28.217 `.
    fn clock(&self, at: Stamp) -> String {
        if !at.is_set() {
            return " ".repeat(scroll::CLOCK);
        }
        let of_day = (at.millis() + i64::from(self.utc_offset) * 1_000).rem_euclid(86_400_000);
        let (seconds, millis) = (of_day / 1_000, of_day % 1_000);
        format!("{:02}:{:02}:{:02}.{millis:03} ", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }

    /// A line for below the rows, where there is something to say: why nothing comes, or that nothing came.
    pub fn status(&self) -> Option<Line> {
        match &self.stream {
            Stream::Opening => Some(Line::new("asking for the log", Role::Dim)),
            Stream::Open if self.ring.is_empty() => Some(Line::new("nothing written yet", Role::Dim)),
            Stream::Waiting(words) => Some(Line::new(words.as_str(), Role::Warn)),
            Stream::Broken(words) => Some(Line::new(words.as_str(), Role::Bad)),
            Stream::Open | Stream::Ended | Stream::Refused => None,
        }
    }

    /// `logs api-0/app · following · 1,204 lines · "GET" 2 of 17`.
    pub fn title(&self) -> String {
        let LogRequest { pod, container, previous, .. } = &self.request;
        let which = if *previous { "previous logs" } else { "logs" };
        let mut parts = vec![format!("{which} {pod}/{container}"), self.state()];
        if self.unseen > 0 {
            parts.push(format!("{} new", grouped(self.unseen)));
        }
        let lines = if self.lines == 1 { "line" } else { "lines" };
        let dropped = if self.ring.first() > 0 { ", the oldest dropped" } else { "" };
        parts.push(format!("{} {lines}{dropped}", grouped(self.lines)));
        if self.find.is_on() {
            let count = grouped(self.find.count());
            let position = self.find.position().map(|at| format!("{} of ", grouped(at))).unwrap_or_default();
            parts.push(format!("\"{}\" {position}{count}", self.find.typed()));
        }
        parts.join(" · ")
    }

    fn state(&self) -> String {
        let state = match &self.stream {
            Stream::Opening => "opening",
            Stream::Open if self.request.previous => "reading",
            Stream::Open if self.view.following => "following",
            Stream::Open => "paused",
            Stream::Waiting(_) => "waiting",
            Stream::Broken(_) => "reconnecting",
            Stream::Ended => "ended",
            Stream::Refused => "refused",
        };
        state.to_owned()
    }

    /// All that is kept, to copy or save; each line with its time if times are shown.
    pub fn plain_text(&self) -> String {
        let mut out = String::with_capacity(self.ring.bytes());
        for entry in self.ring.iter() {
            if self.view.timestamps && entry.at.is_set() {
                let time = entry.at.rfc3339();
                out.extend([time.trim_end_matches('Z'), &format!(".{:03}Z ", entry.at.millis() % 1_000)]);
            }
            out.push_str(&entry.text);
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests;
