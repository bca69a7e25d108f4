//! After every message: what is visible is brought in order, so that drawing only has to look.

use ratatui::layout::Rect;

use super::App;
use super::inspector::{self, Inspected as _, Inspection};
use super::layout::Slot;
use super::list::Step;
use super::message::Effect;
use super::modal::Modal;
use super::panes::Pane;
use super::screen;
use super::view::on_list;
use crate::base::age::until_change;
use crate::base::stamp::Stamp;
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
        let (store, now) = (&self.store, self.now);
        on_list!(self, self.view, |list, feed| list.selected(&feed.table).map(|row| row.inspect(store, now)))
            .unwrap_or_default()
    }

    pub(super) fn settle(&mut self) {
        let (height, now) = (self.list_height(), self.now);
        self.settle_sessions();
        on_list!(self, self.view, |mut list, feed| list.settle(height, &feed.table, now));
        self.settle_inspector();
        self.ask_for_rights();
        self.settle_panes();
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
        if self.inspector.object != object {
            let first = self.target().and_then(|key| Some(usize::from(self.pod(&key)?.default_container)));
            self.inspector = inspector::Inspector { object, container: first.unwrap_or(0), scroll: 0 };
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
                    pane.document.settle(columns, rows);
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
        if self.is_busy() {
            return Some(self.now);
        }
        let height = self.list_height();
        let list = on_list!(self, self.view, |list, feed| list.until_change(height, &feed.table, self.now));
        let notice = self.notice.as_ref().map(|(_, since)| NOTICE_MICROS - self.now.micros_since(*since).unwrap_or(0));
        let shows_ages = self.panes.iter().any(|(id, pane)| {
            let ages = match pane {
                Pane::Object(pane) => pane.ages(),
                Pane::Logs(pane) => pane.ages(),
                Pane::Shell(_) => false,
            };
            ages && self.area_of(Slot::Pane(*id)).is_some()
        });
        let texts = shows_ages.then_some(TEXT_MICROS);
        let inspector = self.area_of(Slot::Inspector).and_then(|_| self.inspector_changes());
        let stale = self.stale_since().and_then(|since| until_change(since, self.now));
        let wait = [list, notice, texts, inspector, stale].into_iter().flatten().min()?;
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

    /// Microseconds until an age in the inspector changes: of its events, or of the object.
    fn inspector_changes(&self) -> Option<i64> {
        let store = &self.store;
        let newest = on_list!(self, self.view, |list, feed| list.selected(&feed.table)?.newest(store));
        until_change(newest, self.now)
    }
}
