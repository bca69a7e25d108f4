//! Actions on the present list: which kind it shows, its order, columns and filter.

use super::App;
use super::action::Action;
use super::layout::Slot;
use super::list::Step;
use super::message::Notice;
use super::view::{View, on_list};

impl App {
    pub(super) fn show(&mut self, view: View) {
        self.view = view;
        if view == View::Triage {
            // A finding may be about any kind.
            self.need_resources();
        }
        if view == View::Events {
            // An event may be about any kind.
            self.need_resources();
            // Whoever asks for the events means all; those of an object are asked for at the object.
            self.leave_scope();
        }
        self.layout.focus(Slot::List);
        self.forget_widths();
    }

    /// Lets columns be as narrow as what is visible.
    pub(super) fn forget_widths(&mut self) {
        for view in View::ALL {
            on_list!(self, view, |mut list, _feed| list.forget_widths());
        }
    }

    /// Forgets what was listed, for another namespace or cluster.
    pub(super) fn reset_lists(&mut self) {
        for view in View::ALL {
            on_list!(self, view, |mut list, _feed| list.reset());
        }
        self.forget_debugged_pods();
        self.reset_triage();
        // What runs goes on, whatever is listed.
        self.session_list.rebuild(&self.sessions.feed.table, self.now);
        self.mark_many_namespaces();
    }

    /// Lets lists say the namespace of each row where there is more than one, and the store sum up over all.
    pub(super) fn mark_many_namespaces(&mut self) {
        let many = self.session.namespace.is_none();
        self.store.all_namespaces = many;
        for view in View::ALL {
            on_list!(self, view, |mut list, _feed| list.many_namespaces = many);
        }
    }

    /// Marks the row under the cursor and goes on to the next.
    pub(super) fn mark(&mut self) {
        on_list!(self, self.view, |mut list, feed| list.toggle_mark(&feed.table));
        self.step_list(Step::By(1));
    }

    /// Takes all marks of the present list away; false when there were none.
    pub(super) fn clear_marks(&mut self) -> bool {
        on_list!(self, self.view, |mut list, _feed| list.clear_marks())
    }

    /// How many rows of the present list are marked.
    pub fn marks(&self) -> usize {
        on_list!(self, self.view, |list, feed| list.marked(&feed.table).len())
    }

    pub(super) fn arrange(&mut self, action: Action) {
        let now = self.now;
        on_list!(self, self.view, |mut list, feed| match action {
            Action::Wide => {
                list.wide = !list.wide;
                list.forget_widths();
            }
            Action::SortLeft => list.sort_by_next(-1, &feed.table, now),
            Action::SortRight => list.sort_by_next(1, &feed.table, now),
            _ => list.reverse(&feed.table, now),
        });
    }

    pub(super) fn sort_by(&mut self, field: &str) {
        let (field, descending) = field.strip_prefix('-').map_or((field, false), |field| (field, true));
        let now = self.now;
        if !on_list!(self, self.view, |mut list, feed| list.sort_by(field, descending, &feed.table, now)) {
            self.notify(Notice::error(format!("{} have no column `{field}`", self.noun())));
        }
    }

    /// The filter of the present list, as typed.
    pub fn filter_text(&self) -> &str {
        on_list!(self, self.view, |list, _feed| &list.filter_text)
    }

    /// Why what is typed is no filter.
    pub fn filter_error(&self) -> Option<String> {
        on_list!(self, self.view, |list, _feed| list.filter_error.as_ref().map(ToString::to_string))
    }

    pub(super) fn filter(&mut self, text: &str) {
        let now = self.now;
        on_list!(self, self.view, |mut list, feed| list.set_filter(text, &feed.table, now));
    }
}
