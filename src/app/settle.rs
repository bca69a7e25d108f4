//! After every message: what is visible is brought in order, so that drawing only has to look.

use ratatui::layout::Rect;

use super::App;
use super::action::Action;
use super::debugging::form_parts;
use super::inspector::{self, Inspected as _, Inspection};
use super::layout::{PaneId, Slot};
use super::list::Step;
use super::message::Effect;
use super::modal::Modal;
use super::panes::Pane;
use super::screen;
use super::view::{View, on_list};
use crate::base::age::{Clock, until_change};
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::model::row::Row as _;
use crate::store::feed::Status;

/// How long a message is shown, in microseconds.
const NOTICE_MICROS: i64 = 6_000_000;
/// Ages in texts go on at this pace, in microseconds.
const TEXT_MICROS: i64 = 1_000_000;

impl App {
    /// The area of a slot that is visible.
    pub fn area_of(&self, slot: Slot) -> Option<Rect> {
        let screen = screen::divide(self.size.0, self.size.1)?;
        self.layout.areas(screen.body).into_iter().find(|(known, _)| *known == slot).map(|(_, area)| area)
    }

    /// Rows of the list that are on the screen: without title and heading.
    pub fn list_height(&self) -> usize {
        self.area_of(Slot::List).map_or(0, |area| usize::from(screen::contents(area).height).saturating_sub(1))
    }

    /// What the inspector says of the object under the cursor.
    pub fn inspect(&self) -> Inspection {
        self.inspect_at(&Clock::at(self.now))
    }

    fn inspect_at(&self, clock: &Clock) -> Inspection {
        let store = &self.store;
        if self.view == View::Triage {
            return self.inspect_finding(clock);
        }
        let mut inspection =
            on_list!(self, self.view, |list, feed| list.selected(&feed.table).map(|row| row.inspect(store, clock)))
                .unwrap_or_default();
        inspection.prepend(self.findings_of(self.view, clock));
        let key = self.keys.key_of(Action::PreviousLogs);
        for at in inspection.runs_before.iter().filter(|_| !key.is_empty()) {
            if let Some(line) = inspection.lines.get_mut(*at) {
                *line = std::mem::take(line).and(format!("  {key}"), Role::Key).and(" its log", Role::Dim);
            }
        }
        inspection
    }

    pub(super) fn settle(&mut self) {
        let (height, now) = (self.list_height(), self.now);
        self.settle_sessions();
        self.settle_triage();
        on_list!(self, self.view, |mut list, feed| list.settle(height, &feed.table, now));
        self.settle_inspector();
        self.ask_for_rights();
        self.settle_log_states();
        self.settle_panes();
        self.read_above();
        self.settle_shelves();
        self.settle_focus();
        if let (Some(Modal::Reader { document, .. }), (columns, rows)) = (&mut self.modal, self.size) {
            document.settle(usize::from(columns.saturating_sub(6)), usize::from(rows.saturating_sub(6)));
        }
        if let Some((_, since)) = &self.notice
            && now.micros_since(*since).is_some_and(|age| age >= NOTICE_MICROS)
        {
            self.notice = None;
        }
    }

    fn settle_inspector(&mut self) {
        let object = self.selected();
        let finding = self.selected_finding().map(|row| row.meta().name.clone());
        if self.inspector.object != object || self.inspector.finding != finding {
            let first = self.target().and_then(|key| Some(usize::from(self.pod(&key)?.default_container)));
            self.inspector = inspector::Inspector { object, finding, container: first.unwrap_or(0), scroll: 0 };
        }
        let containers = self.target().and_then(|key| Some(self.pod(&key)?.containers.len())).unwrap_or(0);
        self.inspector.container = self.inspector.container.min(containers.saturating_sub(1));
    }

    fn settle_panes(&mut self) {
        let Some(screen) = screen::divide(self.size.0, self.size.1) else { return };
        for (slot, area) in self.layout.areas(screen.body) {
            let Slot::Pane(id) = slot else { continue };
            let inside = screen::contents(area);
            let (columns, rows) = (usize::from(inside.width), usize::from(inside.height));
            match self.panes.get_mut(&id) {
                Some(Pane::Object(pane)) => {
                    pane.age(self.now);
                    // The first column is the margin with the marks.
                    pane.document.settle(columns.saturating_sub(1), rows);
                }
                Some(Pane::Logs(pane)) => {
                    pane.age(self.now);
                    pane.settle(columns, rows);
                }
                Some(Pane::Shell(pane)) => {
                    if pane.resize(inside.width, inside.height) && pane.is_living() {
                        self.effects.push(Effect::ShellSize(id, (inside.width, inside.height)));
                    }
                    pane.bell &= self.layout.focused() != slot;
                }
                Some(Pane::Run(pane)) => {
                    pane.age(self.now);
                    // The first column is the margin with the marks.
                    pane.document.settle(columns.saturating_sub(1), rows);
                }
                Some(Pane::Edit(pane)) => pane.settle(columns, rows),
                Some(Pane::Debug(pane)) => {
                    let [form, preview] = form_parts(inside, pane);
                    let size = |area: Rect| (usize::from(area.width), usize::from(area.height));
                    pane.settle(size(form), size(preview));
                }
                None => {}
            }
        }
    }

    /// Scrolls what is in a slot, whether or not it has the focus.
    pub(super) fn scroll(&mut self, slot: Slot, step: Step) {
        match slot {
            Slot::List => self.step_list(step),
            Slot::Inspector => {
                let lines = self.inspect().lines.len();
                let page = self.area_of(slot).map_or(1, |area| usize::from(screen::contents(area).height));
                self.inspector.scroll = step.from(self.inspector.scroll, lines.saturating_sub(page) + 1, page);
            }
            Slot::Pane(id) => match self.panes.get_mut(&id) {
                Some(Pane::Object(pane)) => pane.document.step(step),
                Some(Pane::Logs(pane)) => pane.step(step),
                Some(Pane::Shell(pane)) => pane.look_back(step),
                Some(Pane::Run(pane)) => pane.document.step(step),
                Some(Pane::Edit(pane)) => match &mut pane.review {
                    Some(review) => review.document.step(step),
                    None => pane.area.step(step),
                },
                Some(Pane::Debug(pane)) => pane.preview.step(step),
                None => {}
            },
        }
    }

    /// Moves the cursor of the list.
    pub(super) fn step_list(&mut self, step: Step) {
        // Whoever has gone elsewhere meanwhile is not called back.
        self.sought = None;
        let page = self.list_height();
        on_list!(self, self.view, |mut list, feed| list.step(step, page, &feed.table));
    }

    /// When the screen changes by time alone; `None` when it does not. The loop sleeps until then.
    pub fn wake_at(&self) -> Option<Stamp> {
        if self.is_busy() || self.is_judging() {
            return Some(self.now);
        }
        let height = self.list_height();
        let list = on_list!(self, self.view, |list, feed| list.until_change(height, &feed.table, self.now));
        let notice = self.notice.as_ref().map(|(_, since)| NOTICE_MICROS - self.now.micros_since(*since).unwrap_or(0));
        let shows_ages = self.panes.iter().any(|(id, pane)| {
            let ages = match pane {
                Pane::Object(pane) => pane.ages(),
                Pane::Logs(pane) => pane.ages(),
                Pane::Shell(pane) => pane.is_waiting(),
                Pane::Run(_) | Pane::Edit(_) | Pane::Debug(_) => false,
            };
            ages && self.area_of(Slot::Pane(*id)).is_some()
        });
        let texts = shows_ages.then_some(TEXT_MICROS);
        let inspector = self.area_of(Slot::Inspector).and_then(|_| self.inspector_changes());
        let due = |(id, pane): (&PaneId, &Pane)| match pane {
            Pane::Run(pane) => pane.due().filter(|_| self.area_of(Slot::Pane(*id)).is_some()),
            _ => None,
        };
        let printed = self.panes.iter().filter_map(due).min().map(|at| at.micros_since(self.now).unwrap_or(0));
        let stale = self.stale_since().and_then(|since| until_change(since, self.now));
        let debugging = self.debugging_changes();
        let triage = self.triage_changes();
        let wait = [list, notice, texts, inspector, printed, stale, debugging, triage].into_iter().flatten().min()?;
        Some(self.now.plus_micros(wait.max(50_000)))
    }

    /// Whether a log on the screen is still being looked through: that goes on with the next wake-up, behind whatever
    /// a person does.
    fn is_busy(&self) -> bool {
        self.panes.iter().any(|(id, pane)| {
            matches!(pane, Pane::Logs(pane) if pane.is_busy()) && self.area_of(Slot::Pane(*id)).is_some()
        })
    }

    /// Since when what is listed is stale, if it is.
    fn stale_since(&self) -> Option<Stamp> {
        let stale = |view| match self.status_of(view) {
            Status::Stale { since, .. } => Some(*since),
            _ => None,
        };
        self.views().filter_map(stale).min()
    }

    /// Microseconds until an age in the inspector changes.
    fn inspector_changes(&self) -> Option<i64> {
        let clock = Clock::at(self.now);
        self.inspect_at(&clock);
        clock.until_change()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::app::message::Msg;
    use crate::app::tests::{connected, press};
    use crate::app::view::View;
    use crate::model::change::{AnyChange, Change};
    use crate::model::event::EventRow;
    use crate::model::node::NodeRow;
    use crate::model::pod::PodRow;
    use crate::model::row::{Interner, WireRow};

    /// When the tests begin; not at a full second.
    fn begin() -> Stamp {
        Stamp::from_millis(1_700_000_000_250)
    }

    fn rows<R: WireRow>(objects: Vec<Value>) -> Change<R> {
        let row = |object| R::from_wire(serde_json::from_value(object).expect("an object"), &mut Interner::default());
        Change::Rows(objects.into_iter().map(row).collect())
    }

    fn ago(seconds: i64) -> String {
        begin().plus_micros(-seconds * 1_000_000).rfc3339()
    }

    fn name(at: usize) -> Value {
        json!({"name": format!("z{at}"), "namespace": "shop", "uid": format!("uid-{at}")})
    }

    fn pod(at: usize, (created, ended): (i64, i64)) -> Value {
        let mut metadata = name(at);
        metadata["creationTimestamp"] = json!(ago(created));
        let status = json!({"name": "app", "restartCount": 2, "lastState": {"terminated": {"finishedAt": ago(ended)}}});
        json!({"metadata": metadata, "spec": {"containers": [{"name": "app"}]},
            "status": {"phase": "Running", "containerStatuses": [status]}})
    }

    fn node(at: usize, (created, changed): (i64, i64)) -> Value {
        let mut metadata = name(at);
        metadata["creationTimestamp"] = json!(ago(created));
        let ready = json!({"type": "Ready", "status": "False", "lastTransitionTime": ago(changed)});
        json!({"metadata": metadata, "status": {"conditions": [ready]}})
    }

    fn event(at: usize, (first, last): (i64, i64)) -> Value {
        json!({"metadata": name(at), "count": 2, "firstTimestamp": ago(first), "lastTimestamp": ago(last),
            "involvedObject": {"kind": "Pod", "uid": format!("uid-{at}")}})
    }

    /// Every text on the screen that time changes, were it looked at then.
    fn texts(app: &App, then: Stamp) -> Vec<String> {
        let height = app.list_height();
        let mut texts: Vec<_> = on_list!(app, app.view, |list, feed| list
            .visible(height)
            .filter_map(|slot| feed.table.get(slot))
            .flat_map(|row| list.columns().map(|(_, column)| column.cell(row, then).text))
            .collect());
        texts.extend(app.inspect_at(&Clock::at(then)).lines.iter().map(crate::base::text::Line::plain));
        texts
    }

    fn looked_at(keys: &str, change: impl Into<AnyChange>) -> App {
        let mut app = connected();
        app.update(Msg::Watched(app.session.epoch, change.into()), begin());
        press(&mut app, keys);
        app.update(Msg::Wake, begin());
        assert!(app.area_of(Slot::Inspector).is_some());
        app
    }

    /// Sleeps as often as this; each time the text is as it was until the wake-up, and then another.
    fn sleep(mut app: App, times: usize) -> Result<(), TestCaseError> {
        for _ in 0..times {
            let Some(wake) = app.wake_at() else { return Err(TestCaseError::fail("it sleeps for ever")) };
            prop_assert!(wake > app.now);
            // What may be stuck by now is judged again, whether or not that changes anything.
            let judges = app.triage_changes().is_some_and(|wait| app.now.plus_micros(wait.max(50_000)) <= wake);
            let before = texts(&app, app.now);
            prop_assert_eq!(&before, &texts(&app, wake.plus_micros(-1)), "it sleeps too long");
            app.update(Msg::Wake, wake);
            prop_assert!(judges || before != texts(&app, wake), "it wakes for nothing");
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn the_screen_wakes_at_each_visible_change_and_only_then(
            ages in prop::collection::vec((any_age(), any_age()), 1..4),
        ) {
            let each = |write: fn(usize, (i64, i64)) -> Value| ages.iter().copied().enumerate().map(|(at, ages)| write(at, ages)).collect();
            sleep(looked_at("G", rows::<PodRow>(each(pod))), 12)?;
            sleep(looked_at("3", rows::<NodeRow>(each(node))), 12)?;
            let events = looked_at("4", rows::<EventRow>(each(event)));
            prop_assert_eq!(events.view, View::Events);
            sleep(events, 12)?;
        }
    }

    fn any_age() -> impl Strategy<Value = i64> {
        prop_oneof![-1i64..130, 100i64..700, 590i64..11_000, 10_000i64..700_000, 600_000i64..300_000_000]
    }
}
