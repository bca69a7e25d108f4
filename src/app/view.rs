//! What the list shows, and the one place that leads from it to the list and its rows.
//!
//! Each view is a list of rows of its own type. What all of them can do is written once, over [`on_list`]. A new
//! view is a variant here, an arm of the macro, and whatever is special about it.

use super::action::Action;
use crate::config;
use crate::model::kind::Kind;

/// What the list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Pods.
    Pods,
    /// Nodes.
    Nodes,
    /// Events.
    Events,
}

impl View {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 3] = [Self::Pods, Self::Nodes, Self::Events];

    /// The view of a watched kind.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Pod => Self::Pods,
            Kind::Node => Self::Nodes,
            Kind::Event => Self::Events,
        }
    }

    /// The watched kind that it lists.
    pub fn kind(self) -> Kind {
        match self {
            Self::Pods => Kind::Pod,
            Self::Nodes => Kind::Node,
            Self::Events => Kind::Event,
        }
    }

    /// Its name, for the tab and the tile.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pods => "Pods",
            Self::Nodes => "Nodes",
            Self::Events => "Events",
        }
    }

    /// What shows it.
    pub fn action(self) -> Action {
        match self {
            Self::Pods => Action::ViewPods,
            Self::Nodes => Action::ViewNodes,
            Self::Events => Action::ViewEvents,
        }
    }
}

impl From<config::View> for View {
    fn from(view: config::View) -> Self {
        match view {
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
        }
    };
}
pub(crate) use on_list;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_and_watched_kinds_are_the_same() {
        assert_eq!(View::ALL.map(View::kind), Kind::ALL);
        assert_eq!(Kind::ALL.map(View::of), View::ALL);
    }
}
