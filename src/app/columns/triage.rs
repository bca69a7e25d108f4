//! The columns of the Triage view.

use std::cmp::Ordering;

use super::{Cell, Column, Listed, Sort, by_age, column, dim, plain, role_of};
use crate::app::triage::TriageRow;
use crate::base::age::{Clock, age};
use crate::base::stamp::Stamp;
use crate::model::row::Row as _;

static TRIAGE: [Column<TriageRow>; 6] = [
    column("NAMESPACE", "namespace", |row: &TriageRow, _| dim(&*row.namespace), |a, b| a.namespace.cmp(&b.namespace))
        .many_namespaces()
        .expendable(1),
    column("WHAT", "what", what, |a, b| a.what.trim_start().cmp(b.what.trim_start())),
    column("PODS", "pods", pods, |a, b| a.pods.cmp(&b.pods)).right(),
    column("WHY", "why", why, |a, b| a.why.cmp(&b.why)).telling(),
    column("AGE", "age", since, |a, b| by_age(a.meta().created, b.meta().created)).right(),
    column("RULE", "rule", |row: &TriageRow, _| dim(&*row.group.id), |a, b| a.group.id.cmp(&b.group.id))
        .wide()
        .expendable(2),
];

fn what(row: &TriageRow, _now: Stamp) -> Cell {
    if row.is_over() { dim(&*row.what) } else { plain(&*row.what) }
}

fn pods(row: &TriageRow, _now: Stamp) -> Cell {
    match row.pods {
        (_, None) => dim(""),
        (0, Some(all)) => dim(all.to_string()),
        (hit, Some(all)) if row.is_over() => dim(format!("{hit}/{all}")),
        (hit, Some(all)) => plain(format!("{hit}/{all}")),
    }
}

fn why(row: &TriageRow, now: Stamp) -> Cell {
    if row.is_over() {
        return dim(format!("over for {}: {}", age(row.cleared, now), row.why));
    }
    Cell { text: row.why.clone(), role: role_of(row.health()) }
}

fn since(row: &TriageRow, now: Stamp) -> Cell {
    let since = row.meta().created;
    dim(if since.is_set() { age(since, now) } else { String::new() })
}

impl Listed for TriageRow {
    fn columns() -> &'static [Column<Self>] {
        &TRIAGE
    }

    /// As they rank: worst first.
    fn first_sort() -> Option<Sort> {
        None
    }

    fn natural(a: &Self, b: &Self) -> Ordering {
        a.rank.cmp(&b.rank)
    }

    fn ages(&self, clock: &Clock) {
        for stamp in [self.meta().created, self.cleared].into_iter().filter(|stamp| stamp.is_set()) {
            clock.note(stamp);
        }
    }

    fn texts(&self, found: &mut dyn FnMut(&str) -> bool) -> bool {
        self.texts(found)
    }
}
