//! An object as text: describe or YAML, kept up to date.
//!
//! The object is read again when the store sees it change; while a reading is under way the next one waits,
//! and only the newest is kept. Ages go on between readings, from what was read last.

use crate::app::layout::PaneId;
use crate::app::message::Effect;
use crate::app::panes::document::Document;
use crate::base::problem::Problem;
use crate::base::stamp::Stamp;
use crate::base::text::Text;
use crate::describe::describe;
use crate::describe::yaml::to_yaml_text;
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
    reading: Reading,
    /// When the text was written.
    written: Stamp,
}

impl ObjectPane {
    /// A pane whose object is being read.
    pub fn new(key: ObjectKey, view: ObjectView) -> Self {
        Self {
            key,
            view,
            document: Document::new(false),
            problem: None,
            gone: false,
            details: None,
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
        format!("{what} {} · {state}", self.key)
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

    /// Whether its text changes with time alone.
    pub fn ages(&self) -> bool {
        self.view == ObjectView::Describe && self.details.is_some() && !self.gone
    }
}

fn text(view: ObjectView, key: &ObjectKey, details: &ObjectDetails, now: Stamp) -> Text {
    match view {
        ObjectView::Describe => describe(&key.resource.kind, details, now),
        ObjectView::Yaml => to_yaml_text(&details.object, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_problem_keeps_the_last_text() {
        let mut pane = ObjectPane::new(ObjectKey::new(Kind::Pod, "shop", "web-0"), ObjectView::Describe);
        pane.read(Ok(Box::new(details())), Stamp::NONE);
        pane.changed();
        pane.read(Err(Problem::new("read pod/web-0", "refused", "")), Stamp::NONE);
        assert!(pane.document.plain().contains("web-0"));
        assert!(pane.title().contains("could not be read"));
    }
}
