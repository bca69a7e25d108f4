//! What the list shows, and the one place that leads from it to the list and its rows.
//!
//! Each view is a list of rows of its own type. What all of them can do is written once, over [`on_list`]. A new
//! view is a variant here, an arm of the macro, and whatever is special about it.

use super::action::Action;
use crate::config;
use crate::model::change::AnyChange;
use crate::model::kind::Kind;

/// What the list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// What is wrong, by cause.
    Triage,
    /// Pods.
    Pods,
    /// Nodes.
    Nodes,
    /// Events.
    Events,
    /// Objects of any other kind: [`App::resource`](super::App::resource).
    Objects,
    /// What of ours runs.
    Sessions,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 6] = [Self::Triage, Self::Pods, Self::Nodes, Self::Events, Self::Sessions, Self::Objects];

    /// The view of a watched kind.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Pod => Self::Pods,
            Kind::Node => Self::Nodes,
            Kind::Event => Self::Events,
        }
    }

    /// The view that shows a change.
    pub fn of_change(change: &AnyChange) -> Self {
        match change {
            AnyChange::Pods(_) => Self::Pods,
            AnyChange::Nodes(_) => Self::Nodes,
            AnyChange::Events(_) => Self::Events,
            AnyChange::Objects(_) => Self::Objects,
        }
    }

    /// The kind that it lists, where it always is the same.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::Pods => Some(Kind::Pod),
            Self::Nodes => Some(Kind::Node),
            Self::Events => Some(Kind::Event),
            Self::Triage | Self::Objects | Self::Sessions => None,
        }
    }

    /// Its name, where nothing more is known of what it lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Triage => "Triage",
            Self::Pods => "Pods",
            Self::Nodes => "Nodes",
            Self::Events => "Events",
            Self::Objects => "Objects",
            Self::Sessions => "Sessions",
        }
    }

    /// What shows it; any kind is shown by its name alone.
    pub fn action(self) -> Option<Action> {
        match self {
            Self::Triage => Some(Action::ViewTriage),
            Self::Pods => Some(Action::ViewPods),
            Self::Nodes => Some(Action::ViewNodes),
            Self::Events => Some(Action::ViewEvents),
            Self::Sessions => Some(Action::ViewSessions),
            Self::Objects => None,
        }
    }
}

impl From<config::View> for View {
    fn from(view: config::View) -> Self {
        match view {
            config::View::Triage => Self::Triage,
            config::View::Pods => Self::Pods,
            config::View::Nodes => Self::Nodes,
            config::View::Events => Self::Events,
        }
    }
}

/// Does something with the list of a view and the feed of its rows, whatever their type:
/// `on_list!(self, self.view, |list, feed| list.selected(&feed.table)…)`. With `|mut list, feed|` the list may be
/// changed. Each arm borrows two fields of the application and no more.
macro_rules! on_list {
    ($app:expr, $view:expr, |mut $list:ident, $feed:ident| $do:expr) => {
        $crate::app::view::on_list!(@ (&mut) $app, $view, $list, $feed, $do)
    };
    ($app:expr, $view:expr, |$list:ident, $feed:ident| $do:expr) => {
        $crate::app::view::on_list!(@ (&) $app, $view, $list, $feed, $do)
    };
    (@ ($($borrow:tt)+) $app:expr, $view:expr, $list:ident, $feed:ident, $do:expr) => {
        match $view {
            $crate::app::view::View::Triage => {
                let ($list, $feed) = ($($borrow)+ $app.triage_list, &$app.triage.feed);
                $do
            }
            $crate::app::view::View::Pods => {
                let ($list, $feed) = ($($borrow)+ $app.pods, &$app.store.pods);
                $do
            }
            $crate::app::view::View::Nodes => {
                let ($list, $feed) = ($($borrow)+ $app.nodes, &$app.store.nodes);
                $do
            }
            $crate::app::view::View::Events => {
                let ($list, $feed) = ($($borrow)+ $app.events, &$app.store.events);
                $do
            }
            $crate::app::view::View::Sessions => {
                let ($list, $feed) = ($($borrow)+ $app.session_list, &$app.sessions.feed);
                $do
            }
            $crate::app::view::View::Objects => {
                let ($list, $feed) = ($($borrow)+ $app.objects, &$app.store.objects);
                $do
            }
        }
    };
}
pub(crate) use on_list;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_watched_kind_has_a_view() {
        for kind in Kind::ALL {
            assert_eq!(View::of(kind).kind(), Some(kind));
        }
        assert!(View::ALL.into_iter().filter_map(View::kind).eq(Kind::ALL), "in the order of the tabs");
    }
}
