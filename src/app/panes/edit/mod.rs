//! Editing an object: its YAML in a text area, until the server has taken it.
//!
//! ```text
//! reading ──> typing ──> keeping (a file has the text) ──> sending ──> taken: the pane closes
//!               ^  └──> outside (the person's own editor)      │
//!               └───── refused, or changed by somebody else ───┘
//! ```
//!
//! State only: nothing is sent here, `app::edits` does. Whatever happens, the text stays, in the area or in a file that
//! is named.

pub mod area;
pub mod fields;
pub mod manifest;
pub mod review;

use crate::app::action::Place;
use crate::app::layout::PaneId;
use crate::app::message::Effect;
use crate::app::panes::document::Document;
use crate::app::writes::JobId;
use crate::base::problem::Problem;
use crate::base::text::{Line, Role, Text};
use crate::describe::yaml::{to_yaml, without_managed_fields};
use crate::model::around::ObjectDetails;
use crate::model::kind::ObjectKey;

use area::Area;
use review::Review;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The object is being read.
    Reading,
    /// It could not be read.
    Unread,
    /// The text is typed.
    Typing,
    /// A file is written, so that the text cannot be lost on its way.
    Keeping,
    /// It is on its way.
    Sending(JobId),
    /// The person's own editor has it.
    Outside,
}

/// A pane with an object that is edited.
#[derive(Debug)]
pub struct EditPane {
    /// Which object.
    pub key: ObjectKey,
    /// How far it is.
    pub phase: Phase,
    /// The text.
    pub area: Area,
    /// What is shown in the place of the text: a difference, and what can be done about it.
    pub review: Option<Review>,
    /// What was wrong with the text the last time, above it.
    pub problem: Document,
    /// Files that have the text as it was; they go when the server has taken it.
    pub files: Vec<String>,
    /// Whether it begins in the person's own editor.
    pub begins_outside: bool,
    /// The UID of what was read.
    pub uid: String,
    /// What was read, and what a change is a change of.
    pub base: String,
    /// What the server has instead, after somebody else changed it.
    pub theirs: Option<String>,
    problem_height: usize,
}

impl EditPane {
    /// A pane whose object is being read.
    pub fn new(key: ObjectKey, begins_outside: bool) -> Self {
        Self {
            key,
            phase: Phase::Reading,
            area: Area::new(""),
            review: None,
            problem: Document::new(true),
            files: Vec::new(),
            begins_outside,
            uid: String::new(),
            base: String::new(),
            theirs: None,
            problem_height: 0,
        }
    }

    /// What to ask for to read it.
    pub fn request(&self, pane: PaneId) -> Effect {
        Effect::ReadObject { pane, key: self.key.clone(), surroundings: false, delay: 0 }
    }

    /// Takes in the object as it is now.
    pub fn read(&mut self, found: Result<Box<ObjectDetails>, Problem>) {
        match found {
            Ok(details) => {
                details.object["metadata"]["uid"].as_str().unwrap_or_default().clone_into(&mut self.uid);
                self.base = to_yaml(&without_managed_fields(&details.object));
                self.area = Area::new(&self.base);
                self.phase = Phase::Typing;
                self.clear_problem();
            }
            Err(problem) => {
                self.phase = Phase::Unread;
                self.say(vec![Line::new(problem.to_string(), Role::Bad)]);
            }
        }
    }

    /// Whether the text differs from what was read.
    pub fn is_modified(&self) -> bool {
        !matches!(self.phase, Phase::Reading | Phase::Unread) && !self.area.is(&self.base)
    }

    /// Whether keys are text.
    pub fn is_typing(&self) -> bool {
        self.phase == Phase::Typing && self.review.is_none()
    }

    /// Whether an answer is waited for.
    pub fn is_busy(&self) -> bool {
        matches!(self.phase, Phase::Keeping | Phase::Sending(_) | Phase::Outside)
    }

    /// Where its keys are looked up.
    pub fn places(&self) -> &'static [Place] {
        match (self.phase, &self.review) {
            (Phase::Reading | Phase::Unread, _) => &[Place::Texts, Place::Moving, Place::Anywhere],
            (_, Some(_)) => &[Place::Reviews, Place::Moving, Place::Anywhere],
            (Phase::Typing, None) => &[Place::Editing, Place::Anywhere],
            (_, None) => &[Place::Moving, Place::Anywhere],
        }
    }

    /// The title of its tile.
    pub fn title(&self) -> String {
        let state = match (self.phase, &self.review) {
            (Phase::Reading, _) => "reading",
            (Phase::Unread, _) => "could not be read",
            (Phase::Keeping | Phase::Sending(_), _) => "sending",
            (Phase::Outside, _) => "in the editor",
            (Phase::Typing, Some(review)) => review.title(),
            (Phase::Typing, None) if self.theirs.is_some() => "modified · changed on the server as well",
            (Phase::Typing, None) if self.is_modified() => "modified",
            (Phase::Typing, None) => "unchanged",
        };
        format!("edit {} · {state}", self.key)
    }

    /// Shows what is wrong above the text.
    pub fn say(&mut self, lines: Vec<Line>) {
        self.problem.set_text(Text::from_lines(lines));
    }

    /// What a file with its text is called, without an ending.
    pub fn file_name(&self) -> String {
        format!("{}-{}", self.key.resource.singular, self.key.name)
    }

    /// Nothing is wrong any more, as far as is known.
    pub fn clear_problem(&mut self) {
        self.problem.set_text(Text::default());
    }

    /// Says how large the tile is. What is wrong has up to half of it.
    pub fn settle(&mut self, columns: usize, rows: usize) {
        self.problem.settle(columns, rows / 2);
        self.problem_height = self.problem.position().1.min(rows / 2);
        self.problem.settle(columns, self.problem_height);
        let rest = rows - self.problem_height;
        self.area.settle(columns.saturating_sub(self.margin()), rest);
        if let Some(review) = &mut self.review {
            review.document.settle(columns, rest);
        }
    }

    /// Rows of what is wrong.
    pub fn problem_height(&self) -> usize {
        self.problem_height
    }

    /// Cells in front of the text: its line numbers.
    pub fn margin(&self) -> usize {
        self.area.number_width() + 1
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;

    fn pane() -> EditPane {
        let mut pane = EditPane::new(ObjectKey::new(Kind::Pod, "shop", "web-0"), false);
        let object = json!({"kind": "Pod", "metadata": {"managedFields": [{}], "name": "web-0", "uid": "u1"}, "status": {"phase": "Running"}});
        pane.read(Ok(Box::new(ObjectDetails::new(object))));
        pane
    }

    #[test]
    fn it_begins_with_what_kubectl_edit_shows() {
        let pane = pane();
        assert_eq!(pane.area.text(), "kind: Pod\nmetadata:\n  name: web-0\n  uid: u1\nstatus:\n  phase: Running\n");
        assert!(!pane.is_modified() && pane.is_typing());
        assert_eq!(pane.title(), "edit pod/web-0 · unchanged");
    }

    #[test]
    fn what_is_wrong_takes_half_of_the_tile_at_most() {
        let mut pane = pane();
        pane.say(vec![Line::from("wrong ".repeat(40).as_str())]);
        pane.settle(20, 10);
        assert_eq!(pane.problem_height(), 5);
        pane.clear_problem();
        pane.settle(20, 10);
        assert_eq!(pane.problem_height(), 0);
        pane.settle(0, 0);
    }

    #[test]
    fn an_object_that_cannot_be_read_says_why() {
        let mut pane = EditPane::new(ObjectKey::new(Kind::Pod, "shop", "web-0"), false);
        pane.read(Err(Problem::new("read pod/web-0", "refused", "")));
        assert_eq!(pane.title(), "edit pod/web-0 · could not be read");
        assert!(pane.problem.plain().contains("refused") && !pane.is_modified());
    }
}
