//! One watched kind: its table, and how fresh it is.
//!
//! The first list is shown as it arrives. A later list fills a second table that takes the place of the
//! first when it is whole, so that rows never vanish and come back, and no ghost stays.

use super::index::Stored;
use super::table::{Table, Touched};
use crate::base::stamp::Stamp;
use crate::model::change::{Change, Delta, Outage};
use crate::model::table::ColumnDefinition;

/// How fresh a kind is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nothing was asked for yet.
    #[default]
    Waiting,
    /// The first list is on its way.
    Loading {
        /// Rows that have come.
        loaded: u64,
        /// About how many there will be, once that is known.
        total: Option<u64>,
    },
    /// What is shown is what the server has.
    Live,
    /// What is shown is old.
    Stale {
        /// Since when.
        since: Stamp,
        /// Why.
        outage: Outage,
    },
}

/// A watched kind.
#[derive(Debug)]
pub struct Feed<R: Stored> {
    /// The rows that are shown.
    pub table: Table<R>,
    /// How fresh they are.
    pub status: Status,
    /// Objects of the last list that could not be read.
    pub unreadable: usize,
    /// The columns, where the server lays the rows out.
    pub columns: Vec<ColumnDefinition>,
    next: Option<Table<R>>,
    listed: bool,
}

impl<R: Stored> Default for Feed<R> {
    fn default() -> Self {
        Self {
            table: Table::default(),
            status: Status::default(),
            unreadable: 0,
            columns: Vec::new(),
            next: None,
            listed: false,
        }
    }
}

impl<R: Stored> Feed<R> {
    /// Takes in a change.
    pub fn apply(&mut self, change: Change<R>, now: Stamp) -> Touched {
        match change {
            Change::Listing => self.begin(),
            Change::Columns(columns) => {
                self.columns = columns;
                Touched::Nothing
            }
            Change::Total(total) => {
                if let Status::Loading { total: known, .. } = &mut self.status {
                    *known = Some(total);
                }
                Touched::Nothing
            }
            Change::Rows(rows) => self.add(rows),
            Change::Listed { unreadable } => self.swap(unreadable),
            Change::Deltas(deltas) => self.change(deltas),
            Change::Live => {
                self.status = Status::Live;
                Touched::Nothing
            }
            Change::Outage(outage) => {
                let since = match self.status {
                    Status::Stale { since, .. } => since,
                    _ => now,
                };
                self.status = Status::Stale { since, outage };
                Touched::Nothing
            }
        }
    }

    /// Whether the first list has come whole, so that a missing row means a missing object.
    pub fn is_listed(&self) -> bool {
        self.listed
    }

    fn begin(&mut self) -> Touched {
        if self.listed {
            self.next = Some(Table::default());
            return Touched::Nothing;
        }
        // A first list that broke off begins anew: what came of it may be gone by now.
        self.table = Table::default();
        // A server that was never reached stays unreached, since the first failure, until something comes.
        if !matches!(self.status, Status::Stale { .. }) {
            self.status = Status::Loading { loaded: 0, total: None };
        }
        Touched::Everything
    }

    fn add(&mut self, rows: Vec<R>) -> Touched {
        if let Some(next) = &mut self.next {
            for row in rows {
                next.put(row);
            }
            return Touched::Nothing;
        }
        match &mut self.status {
            Status::Loading { loaded, .. } => *loaded += rows.len() as u64,
            _ => self.status = Status::Loading { loaded: rows.len() as u64, total: None },
        }
        Touched::Slots(rows.into_iter().map(|row| self.table.put(row)).collect())
    }

    fn swap(&mut self, unreadable: usize) -> Touched {
        self.listed = true;
        self.unreadable = unreadable;
        match self.next.take() {
            Some(next) => {
                self.table = next;
                Touched::Everything
            }
            None => Touched::Nothing,
        }
    }

    fn change(&mut self, deltas: Vec<Delta<R>>) -> Touched {
        self.status = Status::Live;
        let touch = |delta| match delta {
            Delta::Applied(row) => Some(self.table.put(row)),
            Delta::Deleted(row) => self.table.remove(&row.meta().namespace, &row.meta().name),
        };
        Touched::Slots(deltas.into_iter().filter_map(touch).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::pod;
    use super::*;
    use crate::base::problem::Problem;
    use crate::model::change::Cause;
    use crate::model::pod::PodRow;

    fn feed(changes: Vec<Change<PodRow>>) -> Feed<PodRow> {
        let mut feed = Feed::default();
        for change in changes {
            feed.apply(change, Stamp::from_seconds(10));
        }
        feed
    }

    fn outage() -> Change<PodRow> {
        Change::Outage(Outage { cause: Cause::Unreachable, problem: Problem::new("list pods", "refused", "") })
    }

    #[test]
    fn the_first_list_shows_as_it_arrives() {
        let feed = feed(vec![Change::Listing, Change::Total(9), Change::Rows(vec![pod("a", ""), pod("b", "")])]);
        assert_eq!(feed.table.len(), 2);
        assert_eq!(feed.status, Status::Loading { loaded: 2, total: Some(9) });
        assert!(!feed.is_listed());
    }

    #[test]
    fn a_relist_swaps_at_its_end() {
        let mut feed = feed(vec![
            Change::Listing,
            Change::Rows(vec![pod("a", ""), pod("b", "")]),
            Change::Listed { unreadable: 0 },
            Change::Live,
            Change::Listing,
            Change::Rows(vec![pod("c", "")]),
        ]);
        assert_eq!((feed.table.len(), &feed.status), (2, &Status::Live), "the old rows stay until then");
        assert_eq!(feed.apply(Change::Listed { unreadable: 1 }, Stamp::NONE), Touched::Everything);
        assert_eq!(feed.table.len(), 1);
        assert!(feed.table.row("", "c").is_some());
        assert_eq!(feed.unreadable, 1);
    }

    #[test]
    fn a_first_list_that_broke_off_leaves_nothing() {
        let feed = feed(vec![Change::Listing, Change::Rows(vec![pod("a", "")]), outage(), Change::Listing]);
        assert!(feed.table.is_empty());
        assert!(matches!(feed.status, Status::Stale { .. }), "until something comes");
    }

    #[test]
    fn stale_counts_from_the_first_trouble() {
        let mut feed = feed(vec![Change::Listing, Change::Listed { unreadable: 0 }, Change::Live, outage()]);
        feed.apply(outage(), Stamp::from_seconds(99));
        assert!(matches!(feed.status, Status::Stale { since, .. } if since == Stamp::from_seconds(10)));
        feed.apply(Change::Deltas(vec![Delta::Applied(pod("a", ""))]), Stamp::from_seconds(100));
        assert_eq!(feed.status, Status::Live);
    }
}
