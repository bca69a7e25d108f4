//! Actions on the object under the cursor, and on the pane that shows one.

use super::App;
use super::action::Action;
use super::layout::{PaneId, Slot};
use super::message::{Effect, Link, Notice};
use super::panes::object::{ObjectPane, ObjectView};
use super::panes::{Identity, Pane};
use super::view::View;
use crate::model::kind::ObjectKey;

/// Cells that a text moves to the side.
const SIDEWAYS: isize = 8;

impl App {
    pub(super) fn go(&mut self, action: Action) {
        let Some(target) = self.target() else {
            self.notify(Notice::error("there is no object under the cursor"));
            return;
        };
        match action {
            Action::CopyName => {
                self.effects.push(Effect::Copy(target.name.to_string()));
                self.notify(Notice::info(format!("copied {}", target.name)));
            }
            Action::GoToNode => {
                let node = self.pod(&target).map(|pod| pod.node.clone()).filter(|node| !node.is_empty());
                match node {
                    Some(node) => {
                        self.show(View::Nodes);
                        self.nodes.select("", &node, &self.store.nodes.table);
                    }
                    None => self.notify(Notice::error(format!("{target} is on no node"))),
                }
            }
            Action::GoToOwner => self.follow_link(target, Link::Owner),
            _ => self.enter(&target),
        }
    }

    fn enter(&mut self, target: &ObjectKey) {
        match self.view {
            View::Triage if self.layout.focused() != Slot::Inspector => self.enter_finding(),
            View::Nodes => {
                self.show(View::Pods);
                self.filter(&format!("node:/^{}$/", regex_text(&target.name)));
                if let Some(namespace) = &self.session.namespace {
                    let text = format!("pods of namespace {namespace} on {}; 0 for all", target.name);
                    self.notify(Notice::info(text));
                }
            }
            View::Objects => self.follow_link(target.clone(), Link::Pods),
            _ if self.layout.focused() == Slot::Inspector => self.open_object(ObjectView::Describe),
            _ => {
                self.layout.focus(Slot::Inspector);
            }
        }
    }

    pub(super) fn open_object(&mut self, view: ObjectView) {
        let Some(key) = self.target().or_else(|| self.selected()) else {
            self.notify(Notice::error("there is no object under the cursor"));
            return;
        };
        if let Ok(id) = self.pane_for(&Identity::Object(view, key.clone())) {
            let pane = ObjectPane::new(key, view);
            self.effects.push(pane.request(id, 0));
            self.open_pane(id, Pane::Object(Box::new(pane)));
        }
    }

    pub(super) fn perform_in_object(&mut self, id: PaneId, action: Action) {
        let Some(Pane::Object(pane)) = self.panes.get_mut(&id) else { return };
        match action {
            Action::Left => pane.document.shift(-SIDEWAYS),
            Action::Right => pane.document.shift(SIDEWAYS),
            Action::Wrap => pane.document.toggle_wrap(),
            Action::Fold => pane.document.toggle_fold(),
            Action::MarkRead => pane.mark_read(),
            Action::NextMatch => pane.document.next_match(false),
            Action::PreviousMatch => pane.document.next_match(true),
            Action::Retry => self.read_again(id),
            _ => {}
        }
    }
}

/// A name as a regular expression that matches it alone.
fn regex_text(name: &str) -> String {
    name.replace('.', "\\.")
}
