//! Events of one object, or of its owner and all below it; warnings only.

use super::App;
use super::layout::Slot;
use super::message::Notice;
use super::view::{View, on_list};
use crate::model::row::Row as _;
use crate::store::scope::{Scope, Subject};

/// The term of a filter that leaves warnings only.
const WARNINGS: &str = "type:warning";

impl App {
    /// The events of the object under the cursor. Where they are listed already: those of its owner and all below it, or
    /// its own again.
    pub(super) fn show_events(&mut self) {
        let scope = match &self.events.scope {
            Some(scope) if self.view == View::Events && scope.is_below() => Some(Scope::object(scope.asked.clone())),
            Some(scope) if self.view == View::Events => Some(Scope::owner(scope.asked.clone(), &self.store.pods.table)),
            _ => self.subject().map(Scope::object),
        };
        let Some(scope) = scope else {
            self.notify(Notice::error("there is no object under the cursor"));
            return;
        };
        if self.view != View::Events {
            self.show(View::Events);
            self.filter("");
        }
        if scope.is_below() {
            self.notify(Notice::info(self.how_known(&scope)));
        }
        self.layout.focus(Slot::List);
        self.events.set_scope(Some(scope), &self.store.events.table, self.now);
    }

    /// The object under the cursor of the list: in events, the one that the event is about.
    fn subject(&self) -> Option<Subject> {
        if self.view == View::Events {
            return self.events.selected(&self.store.events.table).map(Subject::of_event);
        }
        if self.view == View::Triage {
            let key = self.target()?;
            let uid = self.aimed_uid(&key).unwrap_or_default();
            let (kind, uid) = (key.resource.kind.as_str().into(), uid.as_str().into());
            return Some(Subject { kind, namespace: key.namespace, name: key.name, uid });
        }
        let key = self.selected()?;
        let uid = on_list!(self, self.view, |list, feed| list.selected(&feed.table)?.meta().uid.clone());
        Some(Subject {
            kind: key.resource.kind.as_str().into(),
            namespace: key.namespace,
            name: key.name,
            uid: uid.as_str().into(),
        })
    }

    /// What is below an owner is known from pods: says how well.
    fn how_known(&self, scope: &Scope) -> String {
        let name = scope.name();
        if self.store.pods.is_listed() {
            format!("{name}: by UID as far as a listed pod tells it, the rest by name")
        } else {
            format!("{name}: by name, as the pods are not listed")
        }
    }

    /// Pods have come or gone, so more or less may be below the owner whose events are listed.
    pub(super) fn follow_pods(&mut self) {
        let Some(scope) = self.events.scope.as_ref().filter(|scope| scope.is_below()) else { return };
        let scope = Scope::owner(scope.asked.clone(), &self.store.pods.table);
        self.events.set_scope(Some(scope), &self.store.events.table, self.now);
    }

    /// All events again; whether there was anything to leave.
    pub(super) fn leave_scope(&mut self) -> bool {
        let had = self.scope_name().is_some();
        if had {
            self.events.set_scope(None, &self.store.events.table, self.now);
        }
        had
    }

    /// What the listed events are narrowed to, if they are.
    pub fn scope_name(&self) -> Option<String> {
        let scope = self.events.scope.as_ref().filter(|_| self.view == View::Events);
        scope.map(Scope::name)
    }

    /// Warnings only, or all events again: a term of the filter, so that one sees it.
    pub(super) fn toggle_warnings(&mut self) {
        if self.view != View::Events {
            self.notify(Notice::error("only events have warnings"));
            return;
        }
        let mut terms: Vec<_> = self.filter_text().split_whitespace().collect();
        let all = terms.len();
        terms.retain(|term| *term != WARNINGS);
        let filter = if terms.len() == all { format!("{} {WARNINGS}", self.filter_text()) } else { terms.join(" ") };
        self.filter(filter.trim());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::app::tests::{connected, press};
    use crate::app::view::View;
    use crate::app::{App, Msg};
    use crate::base::stamp::Stamp;
    use crate::model::change::{AnyChange, Change, Delta};
    use crate::model::event::EventRow;
    use crate::model::pod::PodRow;
    use crate::model::row::{Interner, WireRow};

    fn row<R: WireRow>(object: Value) -> R {
        R::from_wire(serde_json::from_value(object).expect("an object"), &mut Interner::default())
    }

    fn event(name: &str, object: (&str, &str, &str), kind: &str) -> EventRow {
        let (object, object_name, uid) = object;
        row(json!({
            "metadata": {"name": name, "namespace": "shop"}, "type": kind, "reason": name,
            "involvedObject": {"kind": object, "namespace": "shop", "name": object_name, "uid": uid},
        }))
    }

    fn pod(name: &str, set: &str) -> PodRow {
        row(json!({"metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "ownerReferences":
            [{"kind": "StatefulSet", "name": set, "uid": format!("uid-{set}"), "controller": true}]}}))
    }

    fn take(app: &mut App, change: impl Into<AnyChange>) {
        app.update(Msg::Watched(app.session.epoch, change.into()), Stamp::from_seconds(1_700_000_000));
    }

    /// Pods `db-0` and `db-1` of a set, and events: of both, of the set, and of an earlier `db-0`.
    fn app() -> App {
        let mut app = connected();
        take(&mut app, Change::Deltas(vec![Delta::Applied(pod("db-0", "db")), Delta::Applied(pod("db-1", "db"))]));
        let events = vec![
            event("of-0", ("Pod", "db-0", "uid-db-0"), "Warning"),
            event("of-1", ("Pod", "db-1", "uid-db-1"), "Normal"),
            event("of-old", ("Pod", "db-0", "uid-before"), "Normal"),
            event("of-set", ("StatefulSet", "db", "uid-db"), "Normal"),
            event("of-other", ("Pod", "web-0", "web-0"), "Normal"),
        ];
        take(&mut app, Change::Rows(events));
        app.pods.select("shop", "db-0", &app.store.pods.table);
        app
    }

    fn listed(app: &App) -> Vec<String> {
        let rows = app.events.slots().iter().filter_map(|slot| app.store.events.table.get(*slot));
        let mut names: Vec<_> = rows.map(|row| row.meta.name.to_string()).collect();
        names.sort();
        names
    }

    #[test]
    fn e07_events_of_a_pod_are_those_of_its_uid_and_then_of_its_owner() {
        let mut app = app();
        press(&mut app, "e");
        assert_eq!((app.view, listed(&app)), (View::Events, vec!["of-0".to_owned()]), "not those of the one before");
        assert_eq!(app.scope_name().as_deref(), Some("pod/db-0"));
        press(&mut app, "e");
        assert_eq!(app.scope_name().as_deref(), Some("statefulset/db and all below"));
        assert_eq!(listed(&app), ["of-0", "of-1", "of-old", "of-set"]);
        press(&mut app, "e");
        assert_eq!(listed(&app), ["of-0"]);
        press(&mut app, "esc");
        assert_eq!((app.scope_name(), listed(&app).len()), (None, 5));
        press(&mut app, "2 e 2 4");
        assert_eq!((app.scope_name(), listed(&app).len()), (None, 5), "asked for by their key, all are shown");
    }

    #[test]
    fn what_was_there_before_under_the_same_name_is_found_by_name() {
        let mut app = app();
        press(&mut app, "4 / o b j e c t : d b - 0 enter");
        assert_eq!(listed(&app), ["of-0", "of-old"]);
    }

    #[test]
    fn an_event_leads_to_the_others_of_its_object_whatever_it_is() {
        let mut app = app();
        press(&mut app, "4");
        app.events.select("shop", "of-set", &app.store.events.table);
        press(&mut app, "e");
        assert_eq!(listed(&app), ["of-set"]);
        press(&mut app, "e");
        assert_eq!(listed(&app), ["of-0", "of-1", "of-old", "of-set"]);
    }

    #[test]
    fn what_is_below_follows_the_pods() {
        let mut app = app();
        press(&mut app, "e e");
        take(&mut app, Change::Rows(vec![event("odd", ("Pod", "renamed", "uid-renamed"), "Normal")]));
        assert!(!listed(&app).contains(&"odd".to_owned()));
        take(&mut app, Change::Deltas(vec![Delta::Applied(pod("renamed", "db"))]));
        assert!(listed(&app).contains(&"odd".to_owned()), "{:?}", listed(&app));
    }

    #[test]
    fn e06_warnings_only_and_back() {
        let mut app = app();
        press(&mut app, "4 / d b enter W");
        assert_eq!((app.filter_text(), listed(&app)), ("db type:warning", vec!["of-0".to_owned()]));
        press(&mut app, "W");
        assert_eq!((app.filter_text(), listed(&app).len()), ("db", 4));
        press(&mut app, "2 W");
        assert!(app.notice.as_ref().is_some_and(|(notice, _)| notice.is_error));
    }

    #[test]
    fn an_event_that_comes_twice_is_listed_once() {
        let mut app = app();
        let again = event("of-0", ("Pod", "db-0", "uid-db-0"), "Warning");
        take(&mut app, Change::Deltas(vec![Delta::Applied(again.clone()), Delta::Applied(again)]));
        assert_eq!(listed(&app).len(), 5);
        let mut twin = event("twin", ("Pod", "db-0", "uid-db-0"), "Warning");
        twin.reason = "of-0".into();
        take(&mut app, Change::Deltas(vec![Delta::Applied(twin)]));
        press(&mut app, "4");
        assert_eq!((listed(&app).len(), app.counts()), (5, (5, 5)), "two that say the same are one row");
        take(&mut app, Change::<EventRow>::Listing);
        take(&mut app, Change::Rows(vec![event("of-0", ("Pod", "db-0", "uid-db-0"), "Warning")]));
        take(&mut app, Change::<EventRow>::Listed { unreadable: 0 });
        assert_eq!((listed(&app), app.counts()), (vec!["of-0".to_owned()], (1, 1)));
    }
}
