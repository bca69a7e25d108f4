//! A log of many containers: streams that come and go, late lines at their place, and the names before lines.
//!
//! Start with [`LogPane::apply_many`].

use rustc_hash::FxHashMap;

use super::entry::{Entry, Told};
use super::note::{LogKeys, Note};
use super::pages::Pages;
use super::paint::LogSpan;
use super::sources::{Counts, SourceState};
use super::{LogPane, Source, Stream};
use crate::base::count::grouped;
use crate::base::stamp::Stamp;
use crate::base::text::{Line, Role};
use crate::base::width::{visible, width};
use crate::cluster::api::{LogEnd, LogSource, LogUpdate, LogsUpdate, SourceChange, SourceId, SourcedLine};

/// A late line is put at its place where that is among so many of the newest lines; older ones stand at the end.
const PLACED_WITHIN: u64 = 20_000;
/// What stands between name and text of a late line.
const LATE: &str = "~";
/// What stands for the part of a name for which there is no room.
const CUT: &str = "…";

/// A line that came after later ones.
struct Late {
    /// Its time, raised to that of what its stream sent before.
    at: Stamp,
    told: Told,
    /// What is to be said below it.
    note: Option<Note>,
}

impl LogPane {
    /// Takes in what the streams of many containers say.
    pub fn apply_many(&mut self, update: LogsUpdate) {
        match update {
            LogsUpdate::Sources(changes) => self.change_sources(changes),
            LogsUpdate::Lines(lines) => self.take_sourced(lines),
            LogsUpdate::Notice(source, notice) => self.notice(source, notice),
            LogsUpdate::Idle { pods: 0 } if self.sources.counts().all == 0 => {
                let words = if self.target.is_previous() {
                    "no pod matches"
                } else {
                    "no pod matches so far; those that come are followed"
                };
                self.stream = Stream::Waiting(words.to_owned());
            }
            LogsUpdate::Idle { .. } if self.target.is_previous() => self.stream = Stream::Ended,
            LogsUpdate::Idle { .. } => {
                self.note(&Note::new("all streams have ended; pods that come are followed", Role::Dim));
            }
            LogsUpdate::Outage(problem) => {
                self.note(&Note::new(&format!("new pods are not seen: {problem}"), Role::Warn));
            }
            LogsUpdate::Watching => self.note(&Note::new("new pods are seen again", Role::Dim)),
            LogsUpdate::Trouble(problem) => {
                self.stream = Stream::Refused;
                self.note(&Note::new(&problem.to_string(), Role::Bad));
            }
        }
    }

    /// The streams, in the order in which they began.
    pub fn sources(&self) -> impl ExactSizeIterator<Item = &Source> {
        self.sources.iter()
    }

    fn change_sources(&mut self, changes: Vec<SourceChange>) {
        let mut begun = Vec::new();
        for change in changes {
            match change {
                SourceChange::Added(source) => begun.push(source),
                SourceChange::Ended(id) => {
                    let Some(source) = self.sources.get_mut(id) else { continue };
                    if !matches!(source.state, SourceState::Ended(_) | SourceState::Refused(_)) {
                        source.state = SourceState::Ended("ended".to_owned());
                    }
                }
                SourceChange::Waiting(beyond) => {
                    if beyond > self.sources.beyond {
                        let words = format!(
                            "{} more containers wait: {} are read at once (logs.max_streams)",
                            grouped(beyond as u64),
                            grouped(self.at_once() as u64),
                        );
                        self.note(&Note::new(&words, Role::Warn));
                    }
                    self.sources.beyond = beyond;
                }
            }
        }
        if begun.is_empty() {
            return;
        }
        if matches!(self.stream, Stream::Opening | Stream::Waiting(_)) {
            self.stream = Stream::Open;
        }
        let news = self.news(&begun);
        self.sources.add(begun);
        self.pick.name_sources(&self.sources);
        for note in &news {
            self.note(note);
        }
    }

    fn at_once(&self) -> usize {
        match &self.target {
            super::LogTarget::Many(request) => request.at_once,
            super::LogTarget::One(_) => 1,
        }
    }

    /// What is said of pods and containers that came after the log was opened: one note for each pod.
    fn news(&self, begun: &[LogSource]) -> Vec<Note> {
        let mut notes: Vec<(&str, String)> = Vec::new();
        for source in begun.iter().filter(|source| source.is_new) {
            if notes.iter().any(|(uid, _)| *uid == source.uid) {
                continue;
            }
            let LogSource { namespace, pod, container, .. } = source;
            let namespace = if self.sources.namespaces { format!("{namespace}/") } else { String::new() };
            let words = if self.sources.iter().any(|known| known.of.uid == source.uid) {
                format!("new container {container} in {namespace}{pod}")
            } else {
                format!("new pod {namespace}{pod}{}", self.since(source.created))
            };
            notes.push((&source.uid, words));
        }
        notes.into_iter().map(|(_, words)| Note::new(&words, Role::Good)).collect()
    }

    fn since(&self, at: Stamp) -> String {
        if at.is_set() { format!(" since {}", self.clock.time_of(at)) } else { String::new() }
    }

    fn notice(&mut self, id: SourceId, notice: LogUpdate) {
        let Some(source) = self.sources.get_mut(id) else { return };
        let of = source.full_name(false);
        let note = match notice {
            LogUpdate::Opened | LogUpdate::Lines(_) => {
                source.state = SourceState::Open;
                return;
            }
            LogUpdate::Waiting(words) => {
                source.state = SourceState::Waiting(words);
                return;
            }
            LogUpdate::Outage(problem) => {
                source.state = SourceState::Broken(problem.to_string());
                return;
            }
            LogUpdate::Restarted { restarts, exit } => Note::restart(restarts, exit.as_ref(), &LogKeys::default()),
            LogUpdate::Replaced { .. } => Note::replaced(),
            LogUpdate::Gap { why, from, to } => Note::gap(why, from, to, &self.clock),
            LogUpdate::Ended(end) => return self.end_of_source(id, &end),
            LogUpdate::Trouble(problem) => {
                source.state = SourceState::Refused(problem.to_string());
                Note::new(&problem.to_string(), Role::Bad)
            }
        };
        self.note(&note.about(&of));
    }

    /// Says that a stream has ended; that a pod is gone once for all of its containers.
    fn end_of_source(&mut self, id: SourceId, end: &LogEnd) {
        let note = Note::end(end, self.lines, &LogKeys::default());
        let state = SourceState::Ended(note.words().to_owned());
        let Some(source) = self.sources.get_mut(id) else { return };
        source.state = state.clone();
        let LogSource { pod, uid, .. } = source.of.clone();
        let full = source.full_name(false);
        match end {
            LogEnd::Previous | LogEnd::Once => {}
            LogEnd::PodGone | LogEnd::PodReplaced => {
                let of_pod = self.sources.iter().filter(|one| one.of.uid == uid && one.state == state);
                if of_pod.count() == 1 {
                    self.note(&note.about(&pod));
                }
            }
            LogEnd::Exited(_) => self.note(&note.about(&full)),
        }
    }

    fn take_sourced(&mut self, lines: Vec<SourcedLine>) {
        let (mut late, known) = (Vec::new(), self.pages.end());
        // Of each stream they stay in order, whatever its clock did.
        let mut newest: FxHashMap<SourceId, Stamp> = FxHashMap::default();
        for SourcedLine { source, line, late: is_late } in lines {
            if let Some(source) = self.sources.get_mut(source)
                && source.state != SourceState::Open
            {
                source.state = SourceState::Open;
            }
            let at = newest.entry(source).or_default();
            *at = at.latest(line.at);
            if is_late {
                let (at, note) = (*at, Note::of_cut(&line));
                late.push(Late { at, told: self.told(source, line).late(), note });
            } else {
                self.take(source, vec![line]);
            }
        }
        self.late += late.len() as u64;
        self.place(late, known);
    }

    /// Puts late lines at their places in time, each behind what its stream had before line `known`.
    fn place(&mut self, mut late: Vec<Late>, known: u64) {
        late.sort_by_key(|one| one.at);
        let Some(first) = late.first().map(|one| one.at) else { return };
        let Some(from) = self.place_of(first) else {
            for one in &late {
                self.put(one);
            }
            return;
        };
        self.find.take_back(from);
        self.pick.take_back(&self.pages, from);
        let tail = self.pages.take_back(from);
        let moved = self.merge(&tail, late, known);
        self.renumber(&moved);
    }

    fn put(&mut self, late: &Late) {
        self.pages.push(late.told.entry());
        if let Some(note) = &late.note {
            self.note(note);
        }
    }

    /// The number of the first line that is later than a time, looked for from the end; `None` where that is far away, or
    /// on the disk, where nothing changes any more.
    fn place_of(&self, at: Stamp) -> Option<u64> {
        let memory = self.pages.memory();
        let mut place = memory.end;
        for number in memory.clone().rev() {
            let entry = self.pages.get(number)?;
            if !entry.is_note && entry.at <= at {
                return Some(place);
            }
            if memory.end - number > PLACED_WITHIN {
                return None;
            }
            place = if entry.is_note && place == memory.end { place } else { number };
        }
        (memory.start == self.pages.first()).then_some(place)
    }

    /// Puts the end of the log back with late lines in it; gives the former numbers before which something was put.
    fn merge(&mut self, tail: &Pages, late: Vec<Late>, known: u64) -> Vec<u64> {
        let mut last_of: FxHashMap<SourceId, u64> = FxHashMap::default();
        for (number, entry) in tail.iter().take_while(|(number, _)| *number < known) {
            if !entry.is_note {
                last_of.insert(entry.source, number);
            }
        }
        let (mut late, mut moved) = (late.into_iter().peekable(), Vec::new());
        let mut time = Stamp::NONE;
        for (number, entry) in tail.iter() {
            time = if entry.is_note { time } else { entry.at };
            let is_before = |one: &Late| {
                let source = one.told.entry().source;
                one.at < time && last_of.get(&source).is_none_or(|last| *last < number)
            };
            while let Some(one) = late.next_if(is_before) {
                moved.extend(std::iter::repeat_n(number, 1 + usize::from(one.note.is_some())));
                self.put(&one);
            }
            self.pages.push(entry);
        }
        late.for_each(|one| self.put(&one));
        moved
    }

    /// Keeps what names lines by number with its lines. `moved`: former numbers before which a line was put, in order.
    pub(super) fn renumber(&mut self, moved: &[u64]) {
        if moved.is_empty() {
            return;
        }
        let new = |number: u64| number + moved.partition_point(|before| *before <= number) as u64;
        self.view.renumber(new);
        if let Some(choice) = &mut self.choice {
            choice.renumber(new);
        }
        self.find.current = self.find.current.map(|(number, index)| (new(number), index));
    }

    /// Cells that the name of a line's stream takes, with what stands behind it.
    pub(super) fn name_width(&self) -> usize {
        match self.sources.width() {
            0 => 0,
            width => width + 1,
        }
    }

    /// What stands before a row: the time and the name of the stream, or as much room.
    pub(super) fn margin(&self, entry: Entry, is_first: bool) -> Vec<LogSpan> {
        let blank = |cells| " ".repeat(cells);
        let (of_time, of_name) = (self.clock.width(), self.name_width());
        let mut spans = Vec::new();
        if of_time > 0 {
            let text = if is_first { self.clock.text(entry.at) } else { blank(of_time) };
            spans.push(LogSpan { text, role: Role::Dim, ..LogSpan::default() });
        }
        if of_name > 0 {
            let source = self.sources.get(entry.source).filter(|_| is_first && !entry.is_note);
            let text = source.map(|source| end_of(&visible(&source.name), of_name - 1)).unwrap_or_default();
            let text = format!("{text}{}", blank((of_name - 1).saturating_sub(width(&text))));
            let style = source.map(|source| source.style).unwrap_or_default();
            spans.push(LogSpan { text, style, ..LogSpan::default() });
            let mark = if entry.is_late && is_first { LATE } else { " " };
            spans.push(LogSpan { text: mark.to_owned(), role: Role::Warn, ..LogSpan::default() });
        }
        spans
    }

    /// `10 streams, 2 waiting`, where there may be several; those that have ended only when no other is left.
    pub(super) fn streams(&self) -> Option<String> {
        let Counts { all, waiting, broken, ended, .. } = self.sources.counts();
        if all == 0 {
            return None;
        }
        let living = all - ended;
        let mut words =
            vec![if living == 1 { "1 stream".to_owned() } else { format!("{} streams", grouped(living as u64)) }];
        let beyond = waiting + self.sources.beyond;
        for (count, word) in
            [(beyond, "waiting"), (broken, "reconnecting"), (if living == 0 { ended } else { 0 }, "ended")]
        {
            if count > 0 {
                words.push(format!("{} {word}", grouped(count as u64)));
            }
        }
        Some(words.join(", "))
    }

    /// Why lines of some streams do not come, in a line.
    pub(super) fn troubles(&self) -> Line {
        let Counts { all, waiting, broken, ended, .. } = self.sources.counts();
        let living = all - ended;
        let first = |wanted: fn(&SourceState) -> Option<&String>| {
            self.sources.iter().find_map(|source| Some((&source.name, wanted(&source.state)?)))
        };
        let broken_one = first(|state| if let SourceState::Broken(words) = state { Some(words) } else { None });
        let waiting_one = first(|state| if let SourceState::Waiting(words) = state { Some(words) } else { None });
        let say = |count: usize, word: &str, (name, why): (&String, &String)| {
            let of = if all > 1 { format!("{count} of {living} {word}: {name}: ") } else { String::new() };
            format!("{of}{why}")
        };
        match (broken_one, waiting_one) {
            (Some(one), _) => Line::new(say(broken, "reconnecting", one), Role::Bad),
            (None, Some(one)) => Line::new(say(waiting, "waiting", one), Role::Warn),
            (None, None) => Line::default(),
        }
    }
}

/// The end of a name, which tells it from others, in so many cells. Names are of characters that take one.
fn end_of(name: &str, cells: usize) -> String {
    let count = name.chars().count();
    if count <= cells || cells == 0 {
        return name.chars().take(cells).collect();
    }
    CUT.chars().chain(name.chars().skip(count + 1 - cells)).collect()
}

#[cfg(test)]
mod tests;
