//! The debug form: how to get inside what is under the cursor, what exactly that would change, and what stands in the
//! way, before anything is sent.
//!
//! ```text
//! reading ──> choosing ──> trying (the server says what would come of it) ──> sending ──> the session's tile opens
//!                ^               │                                             │
//!                └── refused ────┴─────────────────────────────────────────────┘
//! ```
//!
//! State only: what is built is `crate::debug`'s, what is sent is `app::debugging`'s. Start with
//! [`DebugPane::refresh`], which is done after every key.

mod draft;
mod part;
mod preview;
mod recall;
pub mod row;
mod shown;

use serde_json::Value;

use crate::app::action::Place;
use crate::app::panes::document::Document;
use crate::app::panes::edit::area::Area;
use crate::app::writes::JobId;
use crate::base::problem::Problem;
use crate::base::text::Text;
use crate::cluster::api::DebugTarget;
use crate::debug::{Form, Names, Plan, Profile, Subject, build, check, obstacles};
use crate::model::kind::{Kind, ObjectKey};
use crate::model::kubectl::Kubectl;
use crate::model::write::Need;
use crate::store::access::Rights;

pub use draft::{Draft, Then, Trouble};
use recall::Recall;
use row::{Holds, Row, Way};

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The object is being read.
    Reading,
    /// It could not be read.
    Unread(Problem),
    /// A person chooses.
    Choosing,
    /// The server is asked what would come of it.
    Trying(JobId),
    /// It is on its way.
    Sending(JobId),
    /// Nothing was sent, because the ledger could not note it; a person is asked whether to go on without.
    Asked(JobId),
}

/// What the rest of the program knows, that the form needs.
#[derive(Debug, Default)]
pub struct Known<'a> {
    /// Names of pods of the namespace, which a copy must not have.
    pub pods: Vec<String>,
    /// What a person may do, as far as the server was asked.
    pub rights: Option<&'a Rights>,
}

/// A form.
#[derive(Debug)]
pub struct DebugPane {
    /// What is debugged: a pod or a node.
    pub key: ObjectKey,
    /// How far it is.
    pub phase: Phase,
    /// The choices.
    pub draft: Draft,
    /// What the choices come down to, with the names that were made up.
    pub form: Form,
    /// Where the pod for a node is made.
    pub namespace: String,
    /// The text area of the custom part, while it is typed.
    pub custom: Option<Area>,
    /// Whether the rows that are seldom needed are shown.
    pub is_whole: bool,
    /// What would be sent; nothing while something is wrong.
    pub plan: Option<Plan>,
    /// What is wrong, and what is worth knowing.
    pub troubles: Vec<Trouble>,
    /// What the server or the program said the last time it was to be sent.
    pub refused: Option<Problem>,
    /// The rows with their values, and what is said below them.
    pub rows: Document,
    /// What would change.
    pub preview: Document,
    /// What is chosen for, before there is an object to choose for.
    wanted: Wanted,
    target: Option<Box<DebugTarget>>,
    cursor: Row,
    /// Chance, so that names that are made up stay the same while one chooses.
    seed: u64,
    /// A person has changed something.
    is_touched: bool,
    recall: Recall,
    /// The namespace whose policy is known, or was asked for last.
    policy_of: String,
}

/// What a form begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The container that is meant.
    pub container: Option<String>,
    /// The image for debugging.
    pub image: String,
    /// Images that were used before, the last one first.
    pub images: Vec<String>,
    /// How long what is made may live, as it would be typed.
    pub ttl: String,
}

impl DebugPane {
    /// A form for an object that is being read.
    pub fn new(key: ObjectKey, mut wanted: Wanted, namespace: String, seed: u64) -> Self {
        let draft = Draft::new(&Value::Null, None, "", Profile::default());
        let recall = Recall::of(std::mem::take(&mut wanted.images));
        let policy_of = if key.is(Kind::Node) { namespace.clone() } else { key.namespace.to_string() };
        Self {
            key,
            phase: Phase::Reading,
            draft,
            form: Form::default(),
            namespace,
            custom: None,
            is_whole: false,
            plan: None,
            troubles: Vec::new(),
            refused: None,
            rows: Document::new(true),
            preview: Document::new(true),
            wanted,
            target: None,
            cursor: Row::Way,
            seed,
            is_touched: false,
            recall,
            policy_of,
        }
    }

    /// The namespace whose policy has to be read, because another is named now. What the one before allows is forgotten.
    pub fn unread_policy(&mut self) -> Option<String> {
        let place = self.place().to_owned();
        let target = self.target.as_mut().filter(|_| place != self.policy_of)?;
        target.namespace = Value::Null;
        self.policy_of.clone_from(&place);
        Some(place)
    }

    /// The policy of the namespace that was asked for last; of one that could not be read nothing is known.
    pub fn read_policy(&mut self, found: Result<Box<DebugTarget>, Problem>) {
        if let (Some(target), Ok(found)) = (&mut self.target, found) {
            target.namespace = found.namespace;
        }
    }

    /// The object was read, or not. What was chosen before stays.
    pub fn read(&mut self, found: Result<Box<DebugTarget>, Problem>) {
        match found {
            Err(problem) => self.phase = Phase::Unread(problem),
            Ok(target) => {
                let profile = Profile::admitted_in(&target.namespace);
                if self.target.is_none() {
                    let mut object = target.object.clone();
                    // What is read alone says its kind; what came in a list does not.
                    object["kind"] = if self.key.is(Kind::Node) { "Node" } else { "Pod" }.into();
                    let wanted = &self.wanted;
                    self.draft = Draft::new(&object, wanted.container.as_deref(), &wanted.image, profile);
                    self.draft.put(Row::Ttl, &wanted.ttl);
                    self.draft.put(Row::Namespace, &self.namespace);
                    self.cursor = self.draft.way.rows().0[0];
                }
                self.target = Some(target);
                self.phase = Phase::Choosing;
            }
        }
    }

    /// Whether it was read.
    pub fn is_read(&self) -> bool {
        self.target.is_some()
    }

    /// The object as it was read.
    pub fn original(&self) -> &Value {
        self.target.as_ref().map_or(&Value::Null, |target| &target.object)
    }

    /// Whether it waits for what comes of a job.
    pub fn waits_for(&self, job: JobId) -> bool {
        matches!(self.phase, Phase::Trying(of) | Phase::Sending(of) | Phase::Asked(of) if of == job)
    }

    /// Whether an answer is waited for.
    pub fn is_busy(&self) -> bool {
        matches!(self.phase, Phase::Trying(_) | Phase::Sending(_))
    }

    /// Whether keys are text.
    pub fn is_typing(&self) -> bool {
        matches!(self.phase, Phase::Choosing | Phase::Asked(_))
    }

    /// Whether closing it would lose what a person chose.
    pub fn is_modified(&self) -> bool {
        self.is_touched
    }

    /// Where its keys are looked up.
    pub fn places(&self) -> &'static [Place] {
        match (&self.phase, &self.custom) {
            (Phase::Reading | Phase::Unread(_), _) => &[Place::Texts, Place::Moving, Place::Anywhere],
            (_, Some(_)) => &[Place::CustomPart, Place::Anywhere],
            (Phase::Choosing | Phase::Asked(_), None) => &[Place::Form, Place::Anywhere],
            _ => &[Place::Moving, Place::Anywhere],
        }
    }

    /// The title of its tile.
    pub fn title(&self) -> String {
        let state = match (&self.phase, &self.custom) {
            (Phase::Reading, _) => "reading",
            (Phase::Unread(_), _) => "could not be read",
            (_, Some(_)) => "the custom part",
            (Phase::Choosing, _) if self.is_blocked() => "cannot be sent yet",
            (Phase::Choosing | Phase::Asked(_), _) => "ready to be sent",
            (Phase::Trying(_), _) => "asking the server what it would do",
            (Phase::Sending(_), _) => "sending",
        };
        format!("debug {} · {state}", self.key)
    }

    /// The rows that are there now.
    pub fn present(&self) -> impl Iterator<Item = Row> {
        let (first, more) = self.draft.way.rows();
        let more = if self.is_whole { more } else { &[] };
        first.iter().chain(more).copied()
    }

    /// The row that the cursor is in.
    pub fn cursor(&self) -> Row {
        self.cursor
    }

    /// The cursor to the next row, or the one before; around at the ends.
    pub fn move_by(&mut self, back: bool) {
        let rows: Vec<_> = self.present().collect();
        let at = rows.iter().position(|row| *row == self.cursor).unwrap_or(0);
        self.cursor = rows[if back { at + rows.len() - 1 } else { at + 1 } % rows.len()];
        self.recall.begin();
    }

    /// The cursor to the first row in which something keeps it from being sent.
    pub fn go_to_trouble(&mut self) {
        if let Some(row) = self.troubles.iter().find(|trouble| trouble.is_fatal).map(|trouble| trouble.row) {
            let is_hidden = self.present().all(|present| present != row);
            self.is_whole |= is_hidden;
            self.cursor = row;
        }
    }

    /// The next choice in the row of the cursor, or the one before.
    pub fn turn(&mut self, back: bool) {
        self.draft.turn(self.cursor, back);
        self.touch();
    }

    /// Something was changed: what was said of the form before is not true of it any more.
    pub fn touch(&mut self) {
        self.is_touched = true;
        self.refused = None;
        self.phase = Phase::Choosing;
        self.recall.begin();
    }

    /// It is not asked any more what would come of it: nothing was sent, and it can be sent again.
    pub fn stop_trying(&mut self) -> Option<JobId> {
        let Phase::Trying(job) = self.phase else { return None };
        self.phase = Phase::Choosing;
        Some(job)
    }

    /// Whether something keeps it from being sent.
    pub fn is_blocked(&self) -> bool {
        self.plan.is_none() || self.troubles.iter().any(|trouble| trouble.is_fatal)
    }

    /// The namespace in which the pod is that the container will be in.
    pub fn place(&self) -> &str {
        match self.draft.text(Row::Namespace) {
            named if self.draft.way == Way::Node && !named.is_empty() => named,
            _ if self.draft.way == Way::Node => &self.namespace,
            _ => &self.key.namespace,
        }
    }

    /// Builds what would be sent, and finds what is wrong with it.
    pub fn refresh(&mut self, known: &Known<'_>) {
        let Some(target) = self.target.take() else { return };
        let (mut form, mut troubles) = self.draft.form();
        if self.draft.way.is_copy() && form.copy.to.is_empty() {
            form.copy.to = free_name(&self.key.name, &known.pods);
        }
        let subject = match self.draft.way {
            Way::Node => Subject::Unread,
            _ => Subject::Pod(&target.object),
        };
        let way = self.draft.way;
        let of_form = check(&form, subject);
        let missing = unsaid(&form, way);
        if missing.is_none() {
            troubles.extend(of_form.into_iter().map(|found| Trouble::fatal(Row::of(found.field, way), found.said)));
        }
        troubles.extend(missing);
        if known.pods.contains(&form.copy.to) {
            troubles.push(Trouble::fatal(Row::CopyTo, format!("there is a pod {} already", form.copy.to)));
        }
        let kind = if way == Way::Node { Kind::Node } else { Kind::Pod };
        self.plan = match build(&form, kind, &target.object, self.place(), &mut Names::seeded(self.seed)) {
            Ok(plan) => {
                let found = obstacles(&plan, &target.object, &target.namespace).into_iter();
                troubles.extend(found.map(|found| Trouble {
                    row: Row::of(found.field, way),
                    said: found.said,
                    is_fatal: found.is_fatal,
                }));
                Some(plan)
            }
            // Something is missing, and that was said.
            Err(_) if unsaid(&form, way).is_some() => None,
            Err(refusal) => {
                let trouble = Trouble::fatal(Row::of(refusal.field, way), refusal.said);
                if !troubles.contains(&trouble) {
                    troubles.push(trouble);
                }
                None
            }
        };
        let missing = needs(&form, self.plan.as_ref()).into_iter().find_map(|need| known.rights?.missing(&need));
        troubles.extend(missing.map(|missing| Trouble::fatal(self.draft.way.rows().0[0], missing)));
        self.troubles = troubles;
        if !self.present().any(|row| row == self.cursor) {
            self.cursor = self.draft.way.rows().0[0];
        }
        self.preview.set_text(preview::text(&form, self.plan.as_ref(), &target.object));
        self.target = Some(target);
        self.form = form;
        self.rows.set_text(Text::from_lines(shown::lines(self).into_iter().map(|(_, line)| line).collect()));
    }

    /// The kubectl command that does the same.
    pub fn command(&self) -> Option<Kubectl> {
        Some(self.plan.as_ref()?.command(&self.form))
    }

    /// How many lines the rows have.
    pub fn line_count(&self) -> usize {
        shown::lines(self).len()
    }

    /// The line of the rows that the cursor is in, and the cell in it where something is typed.
    pub fn cursor_place(&self) -> Option<(usize, Option<usize>)> {
        shown::place(self)
    }

    /// Says how large the parts are: cells and rows of the form, and of what would change.
    pub fn settle(&mut self, form: (usize, usize), preview: (usize, usize)) {
        self.rows.settle(form.0, form.1);
        self.preview.settle(preview.0, preview.1);
        if let Some(area) = &mut self.custom {
            let margin = area.number_width() + 1;
            area.settle(form.0.saturating_sub(margin), form.1.saturating_sub(1));
        }
        if let Some((line, _)) = self.cursor_place() {
            self.rows.reveal(line);
        }
    }

    /// Whether the row of the cursor is typed in.
    pub fn types(&self) -> bool {
        self.cursor.holds() == Holds::Text
    }
}

/// What a copy is made for, where that is not said yet. kubectl's words for it are about flags.
fn unsaid(form: &Form, way: Way) -> Option<Trouble> {
    match way {
        Way::Images if form.copy.set_image.is_empty() => {
            Some(Trouble::fatal(Row::Images, "which container gets which image: app=nginx:1.28, or *=busybox for all"))
        }
        Way::Command if form.command.is_empty() && form.image.is_empty() => {
            Some(Trouble::fatal(Row::Command, "what the container shall run instead: sh, or sleep 1d"))
        }
        _ => None,
    }
}

/// The rights that are needed, attaching included.
fn needs(form: &Form, plan: Option<&Plan>) -> Vec<Need> {
    let Some(plan) = plan else { return Vec::new() };
    // What was read may be read.
    let mut needs: Vec<_> = plan.needs().into_iter().filter(|need| need.verb != "get").collect();
    if form.attaches() {
        needs.extend(Need::attach(&plan.namespace));
    }
    needs
}

/// A name for a copy that no pod has: `web-0-debug`, `web-0-debug-2`.
fn free_name(pod: &str, taken: &[String]) -> String {
    // A pod's name has 253 characters at most, and its copy ends in a few more.
    let stem: String = pod.chars().take(240).collect();
    let name = |number: u32| if number == 1 { format!("{stem}-debug") } else { format!("{stem}-debug-{number}") };
    (1..=u32::MAX).map(name).find(|name| !taken.contains(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
