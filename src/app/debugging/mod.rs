//! The debug form: opening it for what is under the cursor, its keys, and what it is sent as (`send`).
//!
//! What a form is stands in `panes::debug`. Start with [`App::open_debug`].

mod send;
#[cfg(test)]
mod tests;

use ratatui::layout::Rect;

use super::App;
use super::action::{Action, Place};
use super::keymap::Lookup;
use super::layout::{PaneId, Slot};
use super::message::{Effect, FileText, Notice};
use super::modal::{Asked, Modal};
use super::panes::debug::row::Row as Field;
use super::panes::debug::{DebugPane, Known, Phase, Wanted};
use super::panes::{Identity, Pane};
use super::prompt::Prompt;
use super::question::{Question, Then};
use crate::base::key::{Code, Key};
use crate::base::problem::Problem;
use crate::base::text::{Line, Role};
use crate::cluster::api::DebugTarget;
use crate::debug::image::KEPT;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::row::Row;
use crate::model::write::Need;

/// Rows below which a form has the screen for itself.
const LOWEST: u16 = 16;
/// Cells from which on what would change stands beside the form and not below it.
pub const BESIDE: u16 = 110;
/// Milliseconds without a key before the policy of a namespace is read that is typed.
const TYPES: u64 = 300;

/// What is kept between forms.
#[derive(Debug, Default)]
pub struct Debugging {
    /// Images that were used in this cluster, the last one first.
    images: Vec<String>,
    /// One of them was used since the program began.
    is_used: bool,
}

impl App {
    /// Opens the form for the pod or node under the cursor.
    pub(super) fn open_debug(&mut self) {
        let Some(key) = self.target() else {
            self.notify(Notice::error("there is no object under the cursor"));
            return;
        };
        self.open_debug_of(key, self.chosen_container());
    }

    /// Opens the form for what a tile is about.
    pub(super) fn open_debug_here(&mut self, id: PaneId) {
        let about = match self.panes.get(&id) {
            Some(Pane::Shell(pane)) => Some((pane.key.clone(), Some(pane.container.clone()))),
            Some(Pane::Run(pane)) => Some((pane.key.clone(), Some(pane.container.clone()))),
            Some(Pane::Object(pane)) => Some((pane.key.clone(), None)),
            Some(Pane::Logs(pane)) => pane.request().map(|request| {
                (ObjectKey::new(Kind::Pod, &request.namespace, &request.pod), Some(request.container.clone()))
            }),
            _ => None,
        };
        match about {
            Some((key, container)) => self.open_debug_of(key, container),
            None => self.notify(Notice::error("this tile is about no single pod")),
        }
    }

    /// Opens the form for a pod or node. `container`: the one that is meant.
    pub(super) fn open_debug_of(&mut self, key: ObjectKey, container: Option<String>) {
        if let Err(refusal) = self.may_change_object(Action::Debug, Some(&key)) {
            self.notify(Notice::error(refusal));
            return;
        }
        if !key.is(Kind::Pod) && !key.is(Kind::Node) {
            self.notify(Notice::error(format!("pods and nodes can be debugged; this is {key}. Its pods: enter")));
            return;
        }
        let Ok(id) = self.pane_for(&Identity::Debug(key.clone())) else { return };
        let images = self.debugging.images.clone();
        let image = images.first().filter(|_| self.debugging.is_used).unwrap_or(&self.config.debug.image).clone();
        let ttl = self.config.debug.ttl.to_string();
        let namespace = self.session.namespace.clone().unwrap_or_else(|| self.session.last_namespace.clone());
        let seed = self.now.millis().unsigned_abs() ^ (u64::from(id.0) << 48);
        let pane = DebugPane::new(key, Wanted { container, image, images, ttl }, namespace, seed);
        self.read_debug_target(id, &pane);
        self.open_pane(id, Pane::Debug(Box::new(pane)));
        // What would be sent must be readable before it is.
        if self.area_of(Slot::Pane(id)).is_some_and(|area| area.height < LOWEST) && !self.layout.is_zoomed() {
            self.layout.zoom();
        }
    }

    fn read_debug_target(&mut self, pane: PaneId, of: &DebugPane) {
        let namespace = if of.key.is(Kind::Node) { of.namespace.clone() } else { of.key.namespace.to_string() };
        self.effects.push(Effect::ReadDebugTarget { pane, key: of.key.clone(), namespace, delay: 0 });
    }

    pub(super) fn debug_pane(&mut self, id: PaneId) -> Option<&mut DebugPane> {
        match self.panes.get_mut(&id) {
            Some(Pane::Debug(pane)) => Some(pane),
            _ => None,
        }
    }

    /// The form that has the focus.
    fn focused_form(&mut self) -> Option<(PaneId, &mut DebugPane)> {
        let Slot::Pane(id) = self.layout.focused() else { return None };
        self.debug_pane(id).map(|pane| (id, pane))
    }

    pub(super) fn on_debug_target(&mut self, id: PaneId, found: Result<Box<DebugTarget>, Problem>) {
        let Some(pane) = self.debug_pane(id) else { return };
        if pane.phase == Phase::Reading {
            pane.read(found);
        } else {
            pane.read_policy(found);
        }
        self.refresh_form(id);
        self.ask_for_debug_rights(id);
    }

    /// Where the row of the namespace names another one, what that allows is read.
    fn read_policy_of_form(&mut self, id: PaneId) {
        let Some(pane) = self.debug_pane(id) else { return };
        if let Some(namespace) = pane.unread_policy() {
            let key = pane.key.clone();
            self.effects.push(Effect::ReadDebugTarget { pane: id, key, namespace, delay: TYPES });
        }
    }

    /// Builds the form anew, with what is known by now.
    pub(super) fn refresh_form(&mut self, id: PaneId) {
        let Some(Pane::Debug(pane)) = self.panes.get(&id) else { return };
        if !pane.is_read() {
            return;
        }
        let pods = if pane.draft.way.is_copy() { self.pods_in(pane.place()) } else { Vec::new() };
        if let Some(Pane::Debug(pane)) = self.panes.get_mut(&id) {
            pane.refresh(&Known { pods, rights: Some(&self.store.rights) });
        }
    }

    fn pods_in(&self, namespace: &str) -> Vec<String> {
        let rows = self.store.pods.table.rows().map(Row::meta);
        rows.filter(|meta| &*meta.namespace == namespace).map(|meta| meta.name.to_string()).collect()
    }

    /// Rights were learned: forms say what is missing.
    pub(super) fn refresh_forms(&mut self) {
        let forms: Vec<_> =
            self.panes.iter().filter(|(_, pane)| matches!(pane, Pane::Debug(_))).map(|(id, _)| *id).collect();
        for id in forms {
            self.refresh_form(id);
        }
    }

    /// Asks for the rights that all ways of the form take.
    fn ask_for_debug_rights(&mut self, id: PaneId) {
        let Some(Pane::Debug(pane)) = self.panes.get(&id) else { return };
        let place = pane.place().to_owned();
        let pods = |verb| Need::new(verb, &Kind::Pod.into(), &place);
        let mut all = vec![pods("create"), pods("patch").part("ephemeralcontainers")];
        all.extend(Need::attach(&place));
        let needs = self.store.rights.unknown(all, self.now);
        if !needs.is_empty() {
            self.effects.push(Effect::ReviewAccess { epoch: self.session.epoch, needs, delay: 0 });
        }
    }

    /// Gives a key to the focused form; false when it is the program's after all. `led`: the leader, or the first key of a
    /// sequence, came before it.
    pub(super) fn form_key(&mut self, key: Key, led: bool) -> bool {
        let leader = self.config.leader;
        let Some((id, pane)) = self.focused_form().filter(|(_, pane)| pane.is_typing()) else { return false };
        let (in_part, types) = (pane.custom.is_some(), pane.types());
        if key == leader && !led {
            self.leading = true;
            return true;
        }
        if led && key != leader {
            return false;
        }
        let place = if in_part { Place::CustomPart } else { Place::Form };
        // In a line that is typed, what moves or writes is the line's.
        let writes = types && matches!(key.code, Code::Char(_) | Code::Left | Code::Right) && !key.ctrl && !key.alt;
        match self.keys.look_up(None, key, &[place]) {
            Lookup::Action(action) if in_part || !writes => self.perform(action),
            _ => self.type_in_form(id, key),
        }
        true
    }

    fn type_in_form(&mut self, id: PaneId, key: Key) {
        let Some(pane) = self.debug_pane(id) else { return };
        if let Some(area) = &mut pane.custom {
            area.key(key);
            pane.mark_part();
            return;
        }
        let row = pane.cursor();
        if pane.types() && pane.draft.prompt_mut(row).key(key) {
            pane.touch();
        }
        self.read_policy_of_form(id);
        self.refresh_form(id);
    }

    pub(super) fn form_paste(&mut self, text: &str) {
        let Some((id, pane)) = self.focused_form().filter(|(_, pane)| pane.is_typing()) else { return };
        let row = pane.cursor();
        if let Some(area) = &mut pane.custom {
            area.paste(text);
            pane.mark_part();
        } else if pane.types() {
            pane.draft.prompt_mut(row).paste(text);
            pane.touch();
            self.read_policy_of_form(id);
            self.refresh_form(id);
        }
    }

    pub(super) fn perform_in_form(&mut self, id: PaneId, action: Action) {
        let Some(pane) = self.debug_pane(id) else { return };
        match action {
            Action::NextField => pane.move_by(false),
            Action::PreviousField => pane.move_by(true),
            Action::NextChoice => pane.turn(false),
            Action::PreviousChoice => pane.turn(true),
            Action::MoreFields => pane.is_whole = !pane.is_whole,
            Action::ClosePart => pane.close_custom(),
            Action::LoadPart if pane.custom.is_some() => {
                self.modal = Some(Modal::Prompt(Asked::PartFile, Prompt::new("")));
                return;
            }
            Action::OlderImage => pane.recall_image(true),
            Action::NewerImage => pane.recall_image(false),
            Action::SendForm if pane.cursor() == Field::Custom && pane.custom.is_none() => pane.open_custom(),
            Action::SendForm => return self.send_form(id),
            Action::ReadOn => pane.preview.step(super::list::Step::HalfPages(1)),
            Action::ReadBack => pane.preview.step(super::list::Step::HalfPages(-1)),
            Action::LeaveForm => return self.close_or_ask(id),
            Action::Retry if matches!(pane.phase, Phase::Unread(_)) => return self.read_form_again(id),
            _ => {}
        }
        self.refresh_form(id);
    }

    fn read_form_again(&mut self, id: PaneId) {
        let Some(pane) = self.debug_pane(id) else { return };
        pane.phase = Phase::Reading;
        let (key, namespace) = (pane.key.clone(), pane.place().to_owned());
        self.effects.push(Effect::ReadDebugTarget { pane: id, key, namespace, delay: 0 });
    }

    /// Reads the custom part of the focused form from a file.
    pub(super) fn load_part(&mut self, path: &str) {
        let path = path.trim();
        if let Some((id, _)) = self.focused_form().filter(|_| !path.is_empty()) {
            self.effects.push(Effect::ReadPart(id, path.to_owned()));
        }
    }

    pub(super) fn on_part(&mut self, id: PaneId, found: Result<FileText, Problem>) {
        // Nothing takes the place of a part that is on its way.
        let Some(pane) = self.debug_pane(id).filter(|pane| pane.is_typing()) else { return };
        match found {
            Ok(found) => pane.load_part(found.file, &found.text),
            Err(problem) => self.notify(Notice::error(problem.to_string())),
        }
        self.refresh_form(id);
    }

    /// The images that were used in the cluster that is opened now.
    pub(super) fn on_images(&mut self, earlier: Vec<String>) {
        let images = &mut self.debugging.images;
        for image in earlier {
            if !images.contains(&image) {
                images.push(image);
            }
        }
        images.truncate(KEPT);
    }

    /// Another cluster has had other images.
    pub(super) fn leave_images(&mut self) {
        self.debugging = Debugging::default();
    }

    /// The connection is begun anew: what was asked over the one before may never be answered, and can be asked again.
    pub(super) fn stop_trying(&mut self) {
        let forms: Vec<_> = self.panes.keys().copied().collect();
        for id in forms {
            let Some(job) = self.debug_pane(id).and_then(DebugPane::stop_trying) else { continue };
            self.effects.push(Effect::EndJob(job));
            self.notify(Notice::error("nothing was sent: the connection is begun anew; send the form again"));
            self.refresh_form(id);
        }
    }

    /// Closes a form; one in which something was chosen only after a question.
    pub(super) fn close_form(&mut self, id: PaneId) {
        let Some(pane) = self.debug_pane(id) else { return };
        if let Some(job) = pane.stop_trying() {
            self.effects.push(Effect::EndJob(job));
            self.notify(Notice::info("the server is not asked any more, nothing was sent; once more closes the form"));
            self.refresh_form(id);
        } else if pane.is_busy() {
            self.notify(Notice::error("it is on its way; the form closes when the server has answered"));
        } else if pane.is_modified() {
            let text = format!("What was chosen for {} was not sent.", pane.key);
            let line = Line::new(text, Role::Plain);
            self.ask(Question::new("debug", vec![line], "throw it away", Then::Close(id)));
        } else {
            self.close_pane(id);
        }
    }
}

/// Where the parts of a form are in its tile: the form, and what would change, beside it or below. One of them may be
/// empty; while the custom part is typed, it has the place of both.
pub fn form_parts(inside: Rect, pane: &DebugPane) -> [Rect; 2] {
    if inside.width >= BESIDE {
        let width = inside.width / 2;
        let beside = Rect { x: inside.x + width + 1, width: inside.width - width - 1, ..inside };
        return [Rect { width, ..inside }, beside];
    }
    // A few of the lines may be folded.
    let wanted = u16::try_from(pane.line_count() + 2).unwrap_or(u16::MAX);
    let most = if pane.custom.is_some() { inside.height } else { inside.height - inside.height / 3 };
    let height = if pane.custom.is_some() { most } else { wanted.min(most) };
    // One row between them.
    let below = Rect {
        y: (inside.y + height + 1).min(inside.bottom()),
        height: (inside.height - height).saturating_sub(1),
        ..inside
    };
    [Rect { height, ..inside }, below]
}
