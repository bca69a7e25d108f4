//! What a person does in a log pane.

use super::clock::Times;
use super::sweep::Pace;
use super::{Choice, LogPane, Stream};
use crate::app::action::Action;
use crate::app::list::Step;
use crate::base::jsonline::Columns;
use crate::base::search::PatternError;
use crate::base::stamp::Stamp;

/// Cells that one step to the left or right moves.
const SIDEWAYS: usize = 8;

impl LogPane {
    /// Does what a key means here; false when it means nothing here.
    pub fn act(&mut self, action: Action) -> bool {
        if let Some(step) = crate::app::keys::step(action) {
            self.step(step);
            return true;
        }
        match action {
            Action::Pause if self.view.following => self.view.following = false,
            Action::Pause => self.follow(),
            Action::Timestamps => self.clock.times = self.clock.times.next(),
            Action::TimeZone => self.clock.utc = !self.clock.utc,
            Action::Wrap => self.view.toggle_wrap(),
            Action::Left => self.view.left = self.view.left.saturating_sub(SIDEWAYS),
            Action::Right if !self.view.wrap => self.view.left += SIDEWAYS,
            Action::Right => {}
            Action::NextMatch => self.next_match(false),
            Action::PreviousMatch => self.next_match(true),
            Action::LogLevel => self.pick_anew(super::Pick::next_level),
            Action::LogContext => self.pick_anew(super::Pick::next_context),
            Action::FoldRepeats => self.pick_anew(super::Pick::toggle_folding),
            Action::Json => {
                self.shape.next();
                self.find.forget_shown();
            }
            Action::SelectLines => self.choose(),
            _ => return false,
        }
        true
    }

    fn follow(&mut self) {
        self.view.following = true;
        self.unseen = 0;
    }

    /// Scrolls, or moves the cursor where lines are being marked. Upwards the view stops following; at the end it
    /// follows again.
    pub fn step(&mut self, step: Step) {
        if self.choice.is_some() {
            self.move_cursor(step);
            return;
        }
        self.reach_up(step);
        let lines = super::Lines { pages: &self.pages, pick: &self.pick, shape: &self.shape };
        self.view.step(lines, step);
        if self.view.following {
            self.unseen = 0;
        }
    }

    /// Looks for text, or for `/an expression/`; an empty text ends the search. Leads to the nearest match as soon as
    /// that is known.
    pub fn search(&mut self, typed: &str) -> Result<(), PatternError> {
        self.find.set(typed, self.view.top.number)?;
        self.pace = Pace::default();
        self.look();
        Ok(())
    }

    /// Whether something is searched for.
    pub fn is_searching(&self) -> bool {
        self.find.is_on()
    }

    fn next_match(&mut self, back: bool) {
        self.look();
        let mut next = self.find.step(back, self.view.top.number);
        // A run of equal lines that is shown as one is one place.
        let here = self.find.current.and_then(|(line, _)| self.all().at(line));
        for _ in 0..self.find.lines() {
            match next {
                Some((line, _)) if self.pick.folds() && here.is_some() && self.all().at(line) == here => {
                    self.find.current = next;
                    next = self.find.step(back, line);
                }
                _ => break,
            }
        }
        self.find.current = next;
        self.show_match();
    }

    /// Shows only lines that pass a filter; an empty one ends it. The error is a sentence for the person.
    pub fn filter(&mut self, typed: &str) -> Result<(), String> {
        let mut read = Ok(());
        self.pick_anew(|pick| read = pick.set_filter(typed));
        read.map_err(|error| error.to_string())
    }

    /// What the filter was typed as.
    pub fn filter_text(&self) -> &str {
        self.pick.typed()
    }

    /// Shows times, where none are shown.
    pub fn show_times(&mut self) {
        if self.clock.times == Times::Off {
            self.clock.times = Times::Clock;
        }
    }

    pub(super) fn pick_anew(&mut self, change: impl FnOnce(&mut super::Pick)) {
        change(&mut self.pick);
        let (pages, pick) = (&self.pages, &self.pick);
        let still_shown = |number| pages.get(number).is_some_and(|entry| pick.passes(entry));
        self.pace = Pace::default();
        self.find.begin_again(self.view.top.number, still_shown);
        self.look();
    }

    /// Backs out of one thing: the marked lines, the search, the filter. False when there was nothing.
    pub fn back_out(&mut self) -> bool {
        if self.choice.take().is_some() {
            return true;
        }
        if self.find.is_on() {
            return self.search("").is_ok();
        }
        let was_filtered = self.pick.hides();
        if was_filtered {
            self.pick_anew(|pick| {
                pick.clear();
            });
        }
        was_filtered
    }

    /// Shows these fields of JSON lines. The error is a sentence for the person.
    pub fn choose_fields(&mut self, typed: &str) -> Result<(), String> {
        self.shape.choose(Columns::parse(typed)?);
        self.find.forget_shown();
        Ok(())
    }

    /// The time that a person means. The error is a sentence for the person.
    pub fn read_time(&self, typed: &str) -> Result<Stamp, String> {
        self.clock.read(typed)
    }

    /// Goes to the first line that is not older; false when all are, and so the end is shown.
    pub fn jump_to(&mut self, at: Stamp) -> bool {
        let is_on_disk = self.pages.iter().find(|(_, entry)| entry.at.is_set()).is_some_and(|(_, entry)| at < entry.at);
        if let Some(page) = self.pages.shelf.page_at(at).filter(|_| is_on_disk) {
            self.view.go_to(page);
            self.clock.times = if self.clock.times == Times::Off { Times::Clock } else { self.clock.times };
            return true;
        }
        let found = self.pages.iter().find(|(_, entry)| entry.at >= at).map(|(number, _)| number);
        match found {
            Some(number) => self.view.go_to(number),
            None => self.follow(),
        }
        self.show_times();
        found.is_some()
    }

    /// Begins to mark lines at the last one on the screen; the second time marks from there on; then ends.
    fn choose(&mut self) {
        self.choice = match self.choice {
            None => self.view.rows.last().map(|row| Choice::at(row.number)),
            Some(choice) if choice.is_range() => None,
            Some(choice) => Some(choice.begin_range()),
        };
        if self.choice.is_some() {
            self.view.following = false;
        }
    }

    /// Whether the stream still brings lines.
    pub fn is_living(&self) -> bool {
        !matches!(self.stream, Stream::Ended | Stream::Refused)
    }
}
