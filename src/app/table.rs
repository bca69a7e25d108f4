//! The columns of a list whose rows the server lays out: one a column of its table.

use std::cmp::Ordering;

use super::columns::{Cell, Column, Listed, Sort, by_age, column, dim, plain, role_of};
use super::inspector::{Inspected, Inspection, fact, write_events};
use crate::base::age::{Clock, age, seconds};
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::model::quantity::Quantity;
use crate::model::table::{ColumnDefinition, ObjectRow, cell_health};
use crate::store::Store;

/// What is known of any object: all columns there are, where the server makes no tables.
static COLUMNS: [Column<ObjectRow>; 3] = [
    column(
        "NAMESPACE",
        "namespace",
        |row: &ObjectRow, _| dim(&*row.meta.namespace),
        |a, b| a.meta.namespace.cmp(&b.meta.namespace),
    )
    .many_namespaces(),
    column("NAME", "name", |row: &ObjectRow, _| plain(row.meta.name.as_str()), |a, b| a.meta.name.cmp(&b.meta.name)),
    column(
        "AGE",
        "age",
        |row: &ObjectRow, now| dim(age(row.meta.created, now)),
        |a, b| by_age(a.meta.created, b.meta.created),
    )
    .right()
    .expendable(1),
];

impl Listed for ObjectRow {
    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn first_sort() -> Option<Sort> {
        None
    }

    fn texts(&self, found: &mut dyn FnMut(&str) -> bool) -> bool {
        found(&self.meta.name) || found(&self.meta.namespace) || self.cells.iter().any(|cell| found(cell))
    }
}

/// The columns of a table, the namespace before them. Ages go on by themselves; everything else is the server's text.
pub(super) fn table_columns(definitions: &[ColumnDefinition]) -> Vec<Column<ObjectRow>> {
    let [namespace, _, age] = &COLUMNS;
    let mut columns = vec![namespace.clone()];
    for (index, definition) in definitions.iter().enumerate() {
        let heading = definition.name.to_uppercase();
        let field = definition.name.to_lowercase().replace(' ', "-");
        let mut column = if definition.is_age() {
            age.clone().named(heading, field)
        } else {
            Column::nth(index, heading, field, cell, by_cell)
        };
        if definition.is_wide() {
            column = column.wide().expendable(3);
        } else if index > 0 {
            column = column.expendable(1);
        }
        columns.push(if definition.is_number() { column.right() } else { column });
    }
    columns
}

fn cell(row: &ObjectRow, index: usize, _now: Stamp) -> Cell {
    let text = row.cell(index);
    // The name is marked already, and what nobody fills in is no news.
    let role = match (index, text) {
        (0, _) => Role::Plain,
        (_, "<none>" | "<unset>" | "<unknown>" | "") => Role::Dim,
        _ => role_of(cell_health(text)),
    };
    Cell { text: text.to_owned(), role }
}

/// Numbers, quantities and durations by what they say, anything else as text, behind them. (A cell that was compared in
/// one way with some and in another with others would have no place: sorting may panic then.)
fn by_cell(a: &ObjectRow, b: &ObjectRow, index: usize) -> Ordering {
    let (a, b) = (a.cell(index), b.cell(index));
    let by_amount = match (amount(a), amount(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    by_amount.then_with(|| a.cmp(b))
}

/// How much a cell says: `3`, `1/3`, `10Gi`, `3h13m`.
fn amount(text: &str) -> Option<f64> {
    let number = text.split(['/', ' ']).next().unwrap_or_default();
    number
        .parse()
        .ok()
        .or_else(|| seconds(number).map(|seconds| seconds as f64))
        .or_else(|| Some(Quantity::parse(number)?.milli_value() as f64 / 1_000.0))
}

impl Inspected for ObjectRow {
    fn inspect(&self, store: &Store, clock: &Clock) -> Inspection {
        let mut lines = Vec::new();
        for (index, definition) in store.objects.columns.iter().enumerate().skip(1) {
            let text = if definition.is_age() { clock.age(self.meta.created) } else { self.cell(index).to_owned() };
            if !text.is_empty() {
                lines.push(fact(&definition.name.to_lowercase(), &text));
            }
        }
        if let Some(owner) = &self.meta.owner {
            lines.push(fact("owner", &format!("{}/{}", owner.kind, owner.name)));
        }
        for (key, value) in &self.meta.labels {
            lines.push(fact("label", &format!("{key}={value}")));
        }
        write_events(&mut lines, &store.events_of(&self.meta.uid, &self.meta.name), clock);
        Inspection { lines, ..Inspection::default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::row::{Decode as _, Interner};

    fn row(cell: &str) -> ObjectRow {
        let json = serde_json::json!({"cells": [cell], "object": {"metadata": {"name": "a"}}});
        ObjectRow::from_json(&json.to_string(), &mut Interner::default()).expect("a row")
    }

    #[test]
    fn amounts_stand_in_their_order_before_what_is_none() {
        let mut cells = ["<none>", "9", "10", "1x", "2d", "3h13m", "1Gi", "1/3", ""].map(row);
        cells.sort_by(|a, b| by_cell(a, b, 0));
        let sorted = cells.each_ref().map(|row| row.cell(0));
        assert_eq!(sorted, ["1/3", "9", "10", "3h13m", "2d", "1Gi", "", "1x", "<none>"]);
    }

    proptest! {
        #[test]
        fn whatever_a_server_writes_has_one_order(cells in prop::array::uniform3("[0-9]{0,2}[a-z./]{0,2}|nan|<none>")) {
            let [a, b, c] = cells.each_ref().map(|cell| row(cell));
            prop_assert_eq!(by_cell(&a, &b, 0), by_cell(&b, &a, 0).reverse());
            if by_cell(&a, &b, 0).is_le() && by_cell(&b, &c, 0).is_le() {
                prop_assert!(by_cell(&a, &c, 0).is_le());
            }
        }
    }
}
