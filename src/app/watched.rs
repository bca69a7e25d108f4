//! What comes from the cluster: connection, changes, objects.

use super::App;
use super::layout::{PaneId, Slot};
use super::message::{Effect, Notice};
use super::modal::{Chooses, Modal};
use super::panes::Pane;
use super::panes::object::ObjectView;
use super::picker::Choice;
use super::view::{View, on_list};
use crate::base::problem::Problem;
use crate::cluster::api::ConnectionInfo;
use crate::model::around::ObjectDetails;
use crate::model::change::{AnyChange, Change, Delta};
use crate::model::event::EventRow;
use crate::model::kind::{Kind, ObjectKey};
use crate::model::resource::Resource;
use crate::model::row::Row;
use crate::store::feed::Status;
use crate::store::table::{Slot as TableSlot, Touched};
use crate::store::{Changed, Store};

/// Objects that change many times a second are read at most this often, in milliseconds.
const READ_AGAIN_AFTER: u64 = 300;
/// Objects of kinds that nobody watches are read this often, in milliseconds.
const READ_EVERY: u64 = 5_000;

impl App {
    pub(super) fn on_connected(&mut self, info: ConnectionInfo) {
        self.session.connected(info);
        // A context that was protected protects no other.
        self.session.read_only = self.config.read_only || self.config.is_protected(&self.session.context);
        self.mark_many_namespaces();
        self.watch_all();
        self.effects.push(Effect::OpenLedger(self.session.link_epoch));
        if let Some(tile) = self.tile.take() {
            self.open_tile(tile);
        }
        if self.session.discovering {
            // It was asked for before there was anybody to ask.
            self.session.discovering = false;
            self.discover();
        }
        self.look_for_logs();
        if self.view == View::Triage {
            self.need_resources();
        }
    }

    /// Begins everything that is watched or listed in the present epoch.
    fn watch_all(&mut self) {
        for kind in Kind::ALL {
            let namespace = self.session.namespace.clone().filter(|_| kind.is_namespaced());
            self.effects.push(Effect::Watch { epoch: self.session.epoch, kind, namespace });
        }
        self.watch_resource();
        self.effects.push(Effect::ListNamespaces(self.session.epoch));
    }

    /// Another context: nothing of the old one stays, neither rows nor panes.
    pub(super) fn switch_context(&mut self, context: &str) {
        if let Some(key) = self.unsent().first() {
            let text = format!("what was changed in {key} was not sent yet; send it or close its pane first");
            self.notify(Notice::error(text));
            return;
        }
        (self.sought, self.wanted, self.resource) = (None, None, None);
        // What was read for a change belongs to the other cluster.
        self.preparing = None;
        self.rights_asked.clear();
        if self.view == View::Objects {
            // The other cluster may not have this kind.
            self.view = View::Pods;
        }
        let panes: Vec<_> = self.panes.keys().copied().collect();
        for pane in panes {
            self.close_pane(pane);
        }
        self.leave_ledger();
        self.session.begin_context(context);
        self.store = Store::default();
        self.reset_lists();
        self.effects.push(Effect::Connect { epoch: self.session.epoch, context: Some(context.to_owned()) });
    }

    /// The same context anew: a credential was renewed by hand, a VPN came up. Panes stay.
    pub(super) fn reconnect(&mut self) {
        self.stop_trying();
        self.session.reconnect();
        // An answer that is on its way comes too late.
        self.rights_asked.clear();
        self.effects.push(Effect::Connect { epoch: self.session.epoch, context: self.session.chosen_context() });
    }

    /// Another namespace (`None`: all) of the same cluster. Panes stay: they name their object.
    pub(super) fn switch_namespace(&mut self, namespace: Option<String>) {
        if self.session.namespace == namespace {
            return;
        }
        self.sought = None;
        self.session.begin_namespace(namespace);
        self.rights_asked.clear();
        self.store = Store::default();
        self.reset_lists();
        self.watch_all();
    }

    pub(super) fn on_watched(&mut self, change: AnyChange) {
        let before = self.shown_of_store();
        let changed = self.panes_touched_by(&change);
        let was_loading = self.is_loading();
        let now = self.now;
        let view = View::of_change(&change);
        let has_columns = matches!(change, AnyChange::Objects(Change::Columns(_)));
        let Changed { rows, loads } = self.store.apply(change, now);
        if has_columns {
            self.take_columns();
        }
        on_list!(self, view, |mut list, feed| list.update(&feed.table, &rows, now));
        self.nodes.update(&self.store.nodes.table, &loads, now);
        self.follow_triage(view, &rows);
        if view == View::Pods {
            self.follow_pods();
            self.follow_debugging(&rows);
        }
        self.look_for_sought(view);
        self.look_for_logs();
        if was_loading && !self.is_loading() {
            // What flew past while the list came must not decide how wide columns are.
            self.forget_widths();
        }
        for pane in changed {
            self.read_again(pane);
        }
        if rows == Touched::Everything {
            self.mark_gone();
        }
        let is_on_screen = self.is_on_screen(view, &rows) || self.is_on_screen(View::Nodes, &loads);
        self.dirty = before != self.shown_of_store() || is_on_screen;
    }

    /// What the frame shows of the store apart from rows: counts and freshness.
    fn shown_of_store(&self) -> impl PartialEq + use<> {
        let store = &self.store;
        let counts = [
            store.pods.table.len(),
            store.pods.table.unwell(),
            store.nodes.table.len(),
            store.nodes.table.unwell(),
            self.counts().0,
            self.counts().1,
        ];
        (counts, View::ALL.map(|view| self.status_of(view).clone()))
    }

    /// Whether a touched row is one that is seen. In a large cluster most changes are elsewhere, and a frame
    /// that would be the same is not drawn.
    fn is_on_screen(&self, view: View, touched: &Touched) -> bool {
        let Touched::Slots(slots) = touched else { return *touched == Touched::Everything };
        let inspected = self.area_of(Slot::Inspector).is_some();
        if view != self.view {
            return inspected && slots.iter().any(|slot| self.is_inspected(view, *slot));
        }
        let height = self.list_height();
        on_list!(self, view, |list, _feed| list.is_any_visible(slots, height))
    }

    /// Whether the inspector tells of a row of another view: an event of its object. What it says of a node's pods
    /// changes with the node's load, which touches the node.
    fn is_inspected(&self, view: View, slot: TableSlot) -> bool {
        let Some(object) = &self.inspector.object else { return false };
        match view {
            View::Events => self.store.events.table.get(slot).is_none_or(|event| event.object_name == object.name),
            View::Triage | View::Pods | View::Nodes | View::Objects | View::Sessions => false,
        }
    }

    /// Whether the first list of the present view is still coming.
    fn is_loading(&self) -> bool {
        matches!(self.status(), Status::Loading { .. })
    }

    /// Objects of the present list that could not be read, and so are no rows.
    pub fn unreadable(&self) -> usize {
        on_list!(self, self.view, |_list, feed| feed.unreadable)
    }

    /// How fresh the present list is.
    pub fn status(&self) -> &Status {
        self.status_of(self.view)
    }

    /// How fresh the list of a view is.
    pub fn status_of(&self, view: View) -> &Status {
        on_list!(self, view, |_list, feed| &feed.status)
    }

    /// Looks for the named object after a change. One that is not in the whole list is said to be missing, because
    /// the cursor stands on another by now.
    pub(super) fn look_for_sought(&mut self, changed: View) {
        let Some((view, name)) = self.sought.take_if(|(view, _)| *view == changed) else { return };
        let (found, listed) =
            on_list!(self, changed, |mut list, feed| (list.select_named(&name, &feed.table), feed.is_listed()));
        if !found && listed {
            let Some(resource) = self.listed() else { return };
            let scope = if resource.namespaced { format!(" in {}", self.session.scope_name()) } else { String::new() };
            self.notify(Notice::error(format!("there is no {resource} `{name}`{scope}")));
        } else if !found {
            self.sought = Some((view, name));
        }
    }

    /// The panes whose object, or an event about it, is in the change.
    fn panes_touched_by(&mut self, change: &AnyChange) -> Vec<PaneId> {
        let mut touched = Vec::new();
        for (id, pane) in &mut self.panes {
            let Pane::Object(pane) = pane else { continue };
            match effect_on(change, &pane.key, pane.view, self.resource.as_ref()) {
                Effected::No => {}
                Effected::Changed => touched.push(*id),
                // There is nothing to read any more; what was read last stays.
                Effected::Deleted => pane.gone = true,
            }
        }
        touched
    }

    /// After a list was put in place of another: objects that are not in it are gone.
    fn mark_gone(&mut self) {
        let store = &self.store;
        for pane in self.panes.values_mut() {
            let Pane::Object(pane) = pane else { continue };
            let ObjectKey { resource, namespace, name } = &pane.key;
            let here = match resource.watched() {
                Some(Kind::Pod) if store.pods.is_listed() => store.pods.table.row(namespace, name).is_some(),
                Some(Kind::Node) if store.nodes.is_listed() => store.nodes.table.row(namespace, name).is_some(),
                None if self.resource.as_ref() == Some(resource) && store.objects.is_listed() => {
                    store.objects.table.row(namespace, name).is_some()
                }
                _ => true,
            };
            let elsewhere = self.session.namespace.as_deref().is_some_and(|listed| *listed != **namespace);
            pane.gone |= !(here || elsewhere && resource.namespaced);
        }
    }

    pub(super) fn read_again(&mut self, id: PaneId) {
        let Some(Pane::Object(pane)) = self.panes.get_mut(&id) else { return };
        if pane.changed() {
            self.effects.push(pane.request(id, READ_AGAIN_AFTER));
        }
    }

    pub(super) fn on_object(&mut self, id: PaneId, found: Result<Box<ObjectDetails>, Problem>) {
        let Some(Pane::Object(pane)) = self.panes.get_mut(&id) else { return self.on_edit_read(id, found) };
        if pane.read(found, self.now) {
            self.effects.push(pane.request(id, READ_AGAIN_AFTER));
        } else if !pane.gone && pane.key.kind().is_none() && self.resource.as_ref() != Some(&pane.key.resource) {
            self.effects.push(pane.request(id, READ_EVERY));
        }
    }

    pub(super) fn on_namespaces(&mut self, found: Result<Vec<String>, Problem>) {
        match found {
            Ok(names) => {
                self.session.namespaces = Some(names);
                self.session.namespaces_problem = None;
            }
            Err(problem) => self.session.namespaces_problem = Some(problem),
        }
        let (choices, note) = self.namespace_choices();
        if let Some(Modal::Picker(Chooses::Namespace, picker)) = &mut self.modal {
            picker.note = note;
            picker.set_choices(choices);
        }
    }

    /// The namespaces to choose from, and a word on why there may be more.
    pub(super) fn namespace_choices(&self) -> (Vec<Choice>, String) {
        let choice = |text: &str, about: &str| Choice { text: text.to_owned(), about: about.to_owned() };
        let mut choices = vec![choice(ALL_NAMESPACES, "every namespace")];
        let note = match (&self.session.namespaces, &self.session.namespaces_problem) {
            (Some(names), _) => {
                choices.extend(names.iter().map(|name| choice(name, "")));
                String::new()
            }
            (None, Some(problem)) => {
                choices.extend(self.session.namespace.iter().map(|name| choice(name, "listed now")));
                choices.push(choice(&self.session.info.namespace, "of the context"));
                format!("{problem}. Type a name and press enter")
            }
            (None, None) => "reading the namespaces".to_owned(),
        };
        choices.dedup_by(|a, b| a.text == b.text);
        (choices, note)
    }
}

/// How the picker calls all namespaces.
pub(super) const ALL_NAMESPACES: &str = "all namespaces";

/// What a change does to the object of a pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effected {
    /// Nothing.
    No,
    /// It changed, or something was said about it.
    Changed,
    /// It was deleted.
    Deleted,
}

/// What a change does to an object; events about it count where the view shows them. `listed` is what a table lists.
fn effect_on(change: &AnyChange, key: &ObjectKey, view: ObjectView, listed: Option<&Resource>) -> Effected {
    match change {
        AnyChange::Pods(Change::Deltas(deltas)) if key.is(Kind::Pod) => effect_of(deltas, key),
        AnyChange::Nodes(Change::Deltas(deltas)) if key.is(Kind::Node) => effect_of(deltas, key),
        AnyChange::Objects(Change::Deltas(deltas)) if listed == Some(&key.resource) => effect_of(deltas, key),
        AnyChange::Events(Change::Deltas(deltas)) if view == ObjectView::Describe => {
            let about = |delta: &Delta<EventRow>| {
                let (Delta::Applied(row) | Delta::Deleted(row)) = delta;
                row.object_name == key.name && *row.object_kind == *key.resource.kind
            };
            if deltas.iter().any(about) { Effected::Changed } else { Effected::No }
        }
        _ => Effected::No,
    }
}

/// The last of the deltas that are of the object decides.
fn effect_of<R: Row>(deltas: &[Delta<R>], key: &ObjectKey) -> Effected {
    let is_it = |row: &R| row.meta().name == *key.name && row.meta().namespace == key.namespace;
    let effect = |delta: &Delta<R>| match delta {
        Delta::Applied(row) if is_it(row) => Some(Effected::Changed),
        Delta::Deleted(row) if is_it(row) => Some(Effected::Deleted),
        _ => None,
    };
    deltas.iter().rev().find_map(effect).unwrap_or(Effected::No)
}
