//! Actions on the present list: which kind it shows, its order, columns and filter.

use super::App;
use super::action::Action;
use super::layout::Slot;
use super::message::Notice;
use crate::model::kind::Kind;

impl App {
    pub(super) fn show(&mut self, kind: Kind) {
        self.view = kind;
        self.layout.focus(Slot::List);
        self.forget_widths();
    }

    /// Lets columns be as narrow as what is visible.
    pub(super) fn forget_widths(&mut self) {
        self.pods.forget_widths();
        self.nodes.forget_widths();
        self.events.forget_widths();
    }

    pub(super) fn arrange(&mut self, action: Action) {
        macro_rules! on_list {
            ($list:ident) => {{
                let (list, table, now) = (&mut self.$list, &self.store.$list.table, self.now);
                match action {
                    Action::Wide => {
                        list.wide = !list.wide;
                        list.forget_widths();
                    }
                    Action::SortLeft => list.sort_by_next(-1, table, now),
                    Action::SortRight => list.sort_by_next(1, table, now),
                    _ => list.reverse(table, now),
                }
            }};
        }
        match self.view {
            Kind::Pod => on_list!(pods),
            Kind::Node => on_list!(nodes),
            Kind::Event => on_list!(events),
        }
    }

    pub(super) fn sort_by(&mut self, field: &str) {
        let (field, descending) = field.strip_prefix('-').map_or((field, false), |field| (field, true));
        let (store, now) = (&self.store, self.now);
        let found = match self.view {
            Kind::Pod => self.pods.sort_by(field, descending, &store.pods.table, now),
            Kind::Node => self.nodes.sort_by(field, descending, &store.nodes.table, now),
            Kind::Event => self.events.sort_by(field, descending, &store.events.table, now),
        };
        if !found {
            self.notify(Notice::error(format!("{} have no column `{field}`", self.view.plural())));
        }
    }

    /// The filter of the present list, as typed.
    pub fn filter_text(&self) -> &str {
        match self.view {
            Kind::Pod => &self.pods.filter_text,
            Kind::Node => &self.nodes.filter_text,
            Kind::Event => &self.events.filter_text,
        }
    }

    /// Why what is typed is no filter.
    pub fn filter_error(&self) -> Option<String> {
        let error = match self.view {
            Kind::Pod => &self.pods.filter_error,
            Kind::Node => &self.nodes.filter_error,
            Kind::Event => &self.events.filter_error,
        };
        error.as_ref().map(ToString::to_string)
    }

    pub(super) fn filter(&mut self, text: &str) {
        match self.view {
            Kind::Pod => self.pods.set_filter(text, &self.store.pods.table, self.now),
            Kind::Node => self.nodes.set_filter(text, &self.store.nodes.table, self.now),
            Kind::Event => self.events.set_filter(text, &self.store.events.table, self.now),
        }
    }
}
