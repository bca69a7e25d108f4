//! The columns of the Sessions view.

use super::{Cell, Column, Listed, Sort, by_age, column, dim, plain, role_of};
use crate::app::sessions::SessionRow;
use crate::base::age::age;
use crate::model::row::Row as _;

static SESSIONS: [Column<SessionRow>; 6] = [
    column("KIND", "kind", |row: &SessionRow, _| plain(row.kind), |a, b| a.kind.cmp(b.kind)),
    column("TARGET", "name", |row: &SessionRow, _| plain(&*row.target), |a, b| a.target.cmp(&b.target)),
    column("NAMESPACE", "namespace", |row: &SessionRow, _| dim(&*row.namespace), |a, b| a.namespace.cmp(&b.namespace))
        .expendable(2),
    column(
        "STATE",
        "state",
        |row: &SessionRow, _| Cell { text: row.state.clone(), role: role_of(row.health()) },
        |a, b| a.state.cmp(&b.state),
    ),
    column(
        "AGE",
        "age",
        |row: &SessionRow, now| dim(age(row.meta().created, now)),
        |a, b| by_age(a.meta().created, b.meta().created),
    )
    .right()
    .expendable(1),
    column("DETAIL", "detail", |row: &SessionRow, _| plain(&*row.detail), |a, b| a.detail.cmp(&b.detail)),
];

impl Listed for SessionRow {
    fn columns() -> &'static [Column<Self>] {
        &SESSIONS
    }

    /// The last begun first.
    fn first_sort() -> Option<Sort> {
        Some(Sort { column: 4, descending: false })
    }

    fn texts(&self, found: &mut dyn FnMut(&str) -> bool) -> bool {
        found(self.kind) || found(&self.target) || found(&self.state) || found(&self.detail)
    }
}
