//! An object as text: describe or YAML, kept up to date.
//!
//! The object is read again when the store sees it change; while a reading is under way the next one waits,
//! and only the newest is kept. Ages go on between readings, from what was read last.

use crate::app::layout::PaneId;
use crate::app::message::Effect;
use crate::app::panes::document::Document;
use crate::app::panes::marks::marks;
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::base::text::Text;
use crate::describe::describe;
use crate::describe::yaml::{MANAGED_FIELDS, to_yaml_text};
use crate::model::around::ObjectDetails;
use crate::model::kind::ObjectKey;

/// How an object is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectView {
    /// As `kubectl describe` does.
    Describe,
    /// As `kubectl get -o yaml` does.
    Yaml,
}

/// How the reading of the object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// On its way.
    Running {
        /// The object changed meanwhile: read again.
        again: bool,
    },
    /// Done.
    Done,
}

/// A pane with an object.
#[derive(Debug)]
pub struct ObjectPane {
    /// Which object.
    pub key: ObjectKey,
    /// How it is shown.
    pub view: ObjectView,
    /// The text.
    pub document: Document,
    /// Why it could not be read the last time.
    pub problem: Option<Problem>,
    /// Whether the object is gone; what is shown is its last state.
    pub gone: bool,
    details: Option<Box<ObjectDetails>>,
    /// What the marks in the margin compare with: what was read first, or last marked as read.
    seen: Option<Box<ObjectDetails>>,
    reading: Reading,
    /// When the text was written.
    written: Stamp,
}

impl ObjectPane {
    /// A pane whose object is being read.
    pub fn new(key: ObjectKey, view: ObjectView) -> Self {
        let mut document = Document::new(false);
        if view == ObjectView::Yaml {
            document.fold_from_start(MANAGED_FIELDS);
        }
        Self {
            key,
            view,
            document,
            problem: None,
            gone: false,
            details: None,
            seen: None,
            reading: Reading::Running { again: false },
            written: Stamp::NONE,
        }
    }

    /// What to ask for to read it, not sooner than after `delay` milliseconds.
    pub fn request(&self, pane: PaneId, delay: u64) -> Effect {
        let surroundings = self.view == ObjectView::Describe;
        Effect::ReadObject { pane, key: self.key.clone(), surroundings, delay }
    }

    /// The title of its tile.
    pub fn title(&self) -> String {
        let what = match self.view {
            ObjectView::Describe => "describe",
            ObjectView::Yaml => "yaml",
        };
        let state = match (&self.problem, self.gone, &self.details) {
            (_, true, _) => "gone, this was its last state",
            (Some(_), ..) => "could not be read",
            (None, _, None) => "reading",
            (None, _, Some(_)) => "live",
        };
        let changed = match self.document.marked() {
            0 => String::new(),
            1 => " · 1 line changed".to_owned(),
            lines => format!(" · {lines} lines changed"),
        };
        format!("{what} {} · {state}{changed}", self.key)
    }

    /// The object changed: whether it is to be read now.
    pub fn changed(&mut self) -> bool {
        match &mut self.reading {
            Reading::Running { again } => {
                *again = true;
                false
            }
            Reading::Done => {
                self.reading = Reading::Running { again: false };
                true
            }
        }
    }

    /// Takes in what was read; whether it is to be read again.
    pub fn read(&mut self, found: Result<Box<ObjectDetails>, Problem>, now: Stamp) -> bool {
        match found {
            Ok(details) => {
                self.details = Some(details);
                self.problem = None;
                self.gone = false;
                self.write(now);
                self.mark(now);
            }
            // That it can not be found any more is what "gone" says already.
            Err(_) if self.gone => {}
            Err(problem) => self.problem = Some(problem),
        }
        let again = self.reading == Reading::Running { again: true };
        self.reading = if again { Reading::Running { again: false } } else { Reading::Done };
        again
    }

    /// Lets the ages in the text go on. No age is finer than a second, so the text is written once in each.
    pub fn age(&mut self, now: Stamp) {
        if self.ages() && self.written.seconds() != now.seconds() {
            self.write(now);
        }
    }

    fn write(&mut self, now: Stamp) {
        if let Some(details) = &self.details {
            self.written = now;
            self.document.set_text(text(self.view, &self.key, details, now));
        }
    }

    /// Marks the lines that are others than when the object was seen last. Both states are written for the same
    /// moment, so that ages do not count; and once a reading, because time alone changes no line's place.
    fn mark(&mut self, now: Stamp) {
        let Some(details) = &self.details else { return };
        let Some(seen) = &self.seen else {
            self.seen = Some(details.clone());
            return;
        };
        let write = |details: &ObjectDetails| text(self.view, &self.key, details, now);
        let is_table = self.view == ObjectView::Describe;
        self.document.set_marks(marks(&write(seen), &write(details), is_table));
    }

    /// Takes the marks away: what is there now has been seen.
    pub fn mark_read(&mut self) {
        self.seen.clone_from(&self.details);
        self.document.set_marks(Vec::new());
    }

    /// Whether its text changes with time alone.
    pub fn ages(&self) -> bool {
        self.view == ObjectView::Describe && self.details.is_some() && !self.gone
    }
}

fn text(view: ObjectView, key: &ObjectKey, details: &ObjectDetails, now: Stamp) -> Text {
    match view {
        ObjectView::Describe => describe(&key.resource.kind, details, now),
        ObjectView::Yaml => to_yaml_text(&details.object, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::around::Around;
    use crate::model::kind::Kind;

    fn details() -> ObjectDetails {
        ObjectDetails::new(serde_json::json!({"kind": "Pod", "metadata": {"name": "web-0"}}))
    }

    #[test]
    fn changes_while_reading_lead_to_one_more_reading() {
        let mut pane = ObjectPane::new(ObjectKey::new(Kind::Pod, "shop", "web-0"), ObjectView::Yaml);
        assert!(!pane.changed() && !pane.changed());
        assert!(pane.read(Ok(Box::new(details())), Stamp::NONE), "once more");
        assert!(!pane.read(Ok(Box::new(details())), Stamp::NONE), "and then no more");
        assert!(pane.changed());
        assert!(pane.document.plain().contains("web-0"));
    }

    #[test]
    fn lines_that_changed_are_marked_until_they_are_read_and_ages_are_no_change() {
        let mut pane = ObjectPane::new(ObjectKey::new(Kind::Pod, "shop", "web-0"), ObjectView::Describe);
        let event = |count: u32| {
            serde_json::json!({"reason": "BackOff", "type": "Warning", "message": "back-off", "count": count,
                "lastTimestamp": "2026-01-01T00:00:00Z", "firstTimestamp": "2026-01-01T00:00:00Z"})
        };
        let with = |count: u32| Box::new(details().with(Around::Events, Ok(vec![event(count)])));
        let at = |seconds: i64| Stamp::parse("2026-01-01T00:00:00Z").plus_micros(seconds * 1_000_000);
        pane.read(Ok(with(1)), at(10));
        pane.read(Ok(with(1)), at(70));
        assert!(pane.document.plain().contains("70s"), "{}", pane.document.plain());
        assert_eq!(pane.document.marked(), 0, "the age alone is another");
        pane.read(Ok(with(2)), at(80));
        assert_eq!(pane.document.marked(), 1);
        assert!(pane.title().ends_with(" · 1 line changed"), "{}", pane.title());
        pane.document.settle(200, 99);
        let marked: Vec<_> =
            pane.document.visible().filter(|(row, _)| pane.document.mark(row.line).is_some()).collect();
        assert!(marked[0].1.plain().contains("(x2 over "), "{}", marked[0].1.plain());
        pane.age(at(90));
        assert_eq!(pane.document.marked(), 1);
        pane.mark_read();
        assert_eq!(pane.document.marked(), 0);
    }

    #[test]
    fn yaml_has_managed_fields_folded() {
        let mut pane = ObjectPane::new(ObjectKey::new(Kind::Pod, "shop", "web-0"), ObjectView::Yaml);
        let object =
            serde_json::json!({"kind": "Pod", "metadata": {"managedFields": [{"manager": "m"}], "name": "web-0"}});
        pane.read(Ok(Box::new(ObjectDetails::new(object))), Stamp::NONE);
        pane.document.settle(80, 20);
        let shown = |pane: &ObjectPane| pane.document.visible().map(|(_, line)| line.plain()).collect::<Vec<_>>();
        assert_eq!(shown(&pane)[2], "  managedFields:  … 1 lines");
        assert!(pane.document.plain().contains("- manager: m"), "what is copied is whole");
        pane.document.toggle_fold();
        assert_eq!(shown(&pane)[3], "  - manager: m");
    }

    #[test]
    fn a_problem_keeps_the_last_text() {
        let mut pane = ObjectPane::new(ObjectKey::new(Kind::Pod, "shop", "web-0"), ObjectView::Describe);
        pane.read(Ok(Box::new(details())), Stamp::NONE);
        pane.changed();
        pane.read(Err(Problem::new("read pod/web-0", "refused", "")), Stamp::NONE);
        assert!(pane.document.plain().contains("web-0"));
        assert!(pane.title().contains("could not be read"));
    }
}
