//! A list on the screen: a view of a table with a cursor, a filter, an order and column widths.
//!
//! The cursor stays on its object while rows come, go and move. Until it is moved it stays at the top, so that
//! a list which is still loading does not run away under it.

use std::borrow::Cow;
use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use rustc_hash::FxHashSet;

use super::columns::{Column, Listed, RowFields, Shown, Sort};
use crate::base::age::Clock;
use crate::base::filter::{Filter, FilterError};
use crate::base::stamp::Stamp;
use crate::base::width::{visible, width};
use crate::model::row::Row;
use crate::store::scope::Scope;
use crate::store::table::{Slot, Table, Touched};
use crate::store::view::{Rule, View};

/// A list of `R`.
#[derive(Debug)]
pub struct List<R: Listed> {
    columns: Cow<'static, [Column<R>]>,
    view: View,
    filter: Filter,
    /// The filter as it was typed; empty when there is none.
    pub filter_text: String,
    /// Why what is typed now is no filter; the last good one stays in force.
    pub filter_error: Option<FilterError>,
    /// Only what belongs to this is listed; `None`: everything.
    pub scope: Option<Scope>,
    /// By which column it is sorted; `None`: by namespace and name.
    pub sort: Option<Sort>,
    /// Whether the wide columns are shown.
    pub wide: bool,
    /// Whether rows of more than one namespace are listed.
    pub many_namespaces: bool,
    /// Whether a row that was on the screen had something in a column that is shown only then. Columns do not come and go
    /// while a person reads.
    tells: bool,
    cursor: Cursor,
    offset: usize,
    widths: Vec<u16>,
    /// The slots that the last frame showed.
    drawn: Vec<Slot>,
    /// The rows that the person marked, by [`identity`].
    marked: FxHashSet<CompactString>,
}

#[derive(Clone, Debug, Default)]
struct Cursor {
    /// The object under the cursor; `None` while it has not been moved from the top.
    key: Option<(Arc<str>, CompactString)>,
    index: usize,
}

/// A step of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Up (negative) or down by rows.
    By(isize),
    /// Up (negative) or down by pages.
    Pages(isize),
    /// Up (negative) or down by half pages.
    HalfPages(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl Step {
    /// Where a step from `from` leads among `len` rows, with `page` of them on the screen.
    pub fn from(self, from: usize, len: usize, page: usize) -> usize {
        let last = len.saturating_sub(1);
        let page = isize::try_from(page.max(1)).unwrap_or(1);
        match self {
            Self::First => 0,
            Self::Last => last,
            Self::By(rows) => from.saturating_add_signed(rows).min(last),
            Self::Pages(pages) => from.saturating_add_signed(pages * page).min(last),
            Self::HalfPages(halves) => from.saturating_add_signed(halves * (page / 2).max(1)).min(last),
        }
    }
}

impl<R: Listed> Default for List<R> {
    fn default() -> Self {
        Self {
            columns: Cow::Borrowed(R::columns()),
            view: View::default(),
            filter: Filter::default(),
            filter_text: String::new(),
            filter_error: None,
            scope: None,
            sort: R::first_sort(),
            wide: false,
            many_namespaces: false,
            tells: false,
            cursor: Cursor::default(),
            offset: 0,
            widths: vec![0; R::columns().len()],
            drawn: Vec::new(),
            marked: FxHashSet::default(),
        }
    }
}

impl<R: Listed> List<R> {
    /// Number of rows that pass the filter.
    pub fn len(&self) -> usize {
        self.view.slots().len()
    }

    /// Whether no row passes the filter.
    pub fn is_empty(&self) -> bool {
        self.view.slots().is_empty()
    }

    /// The filter in force.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Where the cursor stands among the rows.
    pub fn cursor(&self) -> usize {
        self.cursor.index
    }

    /// The first row on the screen.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Slots in order.
    pub fn slots(&self) -> &[Slot] {
        self.view.slots()
    }

    /// The row under the cursor.
    pub fn selected<'t>(&self, table: &'t Table<R>) -> Option<&'t R> {
        table.get(*self.view.slots().get(self.cursor.index)?)
    }

    /// Takes in a change of the table.
    pub fn update(&mut self, table: &Table<R>, touched: &Touched, now: Stamp) {
        if *touched == Touched::Nothing {
            return;
        }
        self.with_rule(now, |view, rule| view.update(table, touched, rule));
        self.follow(table);
    }

    /// Sorts and filters anew.
    pub fn rebuild(&mut self, table: &Table<R>, now: Stamp) {
        self.with_rule(now, |view, rule| view.rebuild(table, rule));
        self.follow(table);
    }

    /// Lists only what belongs to this, or everything.
    pub fn set_scope(&mut self, scope: Option<Scope>, table: &Table<R>, now: Stamp) {
        if self.scope != scope {
            self.scope = scope;
            self.rebuild(table, now);
        }
    }

    /// Marks the row under the cursor, or takes its mark away.
    pub fn toggle_mark(&mut self, table: &Table<R>) {
        let Some(row) = self.selected(table) else { return };
        let identity = identity(row);
        if !self.marked.remove(&identity) {
            self.marked.insert(identity);
        }
    }

    /// Takes all marks away; false when there were none.
    pub fn clear_marks(&mut self) -> bool {
        !std::mem::take(&mut self.marked).is_empty()
    }

    /// Whether a row is marked.
    pub fn is_marked(&self, row: &R) -> bool {
        !self.marked.is_empty() && self.marked.contains(&identity(row))
    }

    /// The marked rows that pass the filter, in order: what is out of sight is not acted upon. An object that took the
    /// name of a marked one is not marked.
    pub fn marked<'t>(&self, table: &'t Table<R>) -> Vec<&'t R> {
        if self.marked.is_empty() {
            return Vec::new();
        }
        self.view.slots().iter().filter_map(|slot| table.get(*slot)).filter(|row| self.is_marked(row)).collect()
    }

    /// Forgets rows, cursor, scope, marks and widths, but not filter and order: for another namespace.
    pub fn reset(&mut self) {
        self.scope = None;
        self.marked.clear();
        self.view = View::default();
        self.cursor = Cursor::default();
        self.offset = 0;
        self.forget_widths();
    }

    fn with_rule(&mut self, now: Stamp, run: impl FnOnce(&mut View, &Rule<'_, R>)) {
        let (filter, scope, columns) = (&self.filter, &self.scope, &*self.columns);
        let sort = self.sort.and_then(|sort| Some((columns.get(sort.column)?, sort.descending)));
        let passes = |row: &R| filter.is_empty() || filter.matches(&RowFields { row, columns, now });
        let keep = |row: &R| row.is_shown() && scope.as_ref().is_none_or(|scope| row.is_in(scope)) && passes(row);
        let order = |a: &R, b: &R| match sort {
            None => R::natural(a, b),
            Some((column, false)) => column.order(a, b),
            Some((column, true)) => column.order(b, a),
        };
        run(&mut self.view, &Rule { keep: &keep, order: &order });
    }

    /// Finds the cursor's object again. One that is gone leaves the cursor where it was.
    fn follow(&mut self, table: &Table<R>) {
        let place = self.cursor.key.as_ref().and_then(|(namespace, name)| {
            let here = self.view.slots().get(self.cursor.index).and_then(|slot| table.get(*slot));
            if here.is_some_and(|row| row.meta().namespace == *namespace && row.meta().name == *name) {
                return Some(self.cursor.index);
            }
            self.view.position(table.find(namespace, name)?)
        });
        self.cursor.index = match (place, &self.cursor.key) {
            (Some(place), _) => place,
            (None, None) => 0,
            (None, Some(_)) => self.cursor.index.min(self.len().saturating_sub(1)),
        };
        if place.is_none() && self.cursor.key.is_some() {
            self.remember(table);
        }
    }

    fn remember(&mut self, table: &Table<R>) {
        let row = self.view.slots().get(self.cursor.index).and_then(|slot| table.get(*slot));
        // While the list is empty the old object may still come back.
        if let Some(row) = row {
            self.cursor.key = Some((row.meta().namespace.clone(), row.meta().name.clone()));
        }
    }

    /// Moves the cursor; `page` is the number of rows on the screen.
    pub fn step(&mut self, step: Step, page: usize, table: &Table<R>) {
        self.cursor.index = step.from(self.cursor.index, self.len(), page);
        if step == Step::First { self.cursor.key = None } else { self.remember(table) }
    }

    /// Puts the cursor on a row of the view.
    pub fn point(&mut self, index: usize, table: &Table<R>) {
        if index < self.len() {
            self.cursor.index = index;
            self.remember(table);
        }
    }

    /// Puts the cursor on an object, now or when it comes.
    pub fn select(&mut self, namespace: &str, name: &str, table: &Table<R>) {
        self.cursor.key = Some((namespace.into(), name.into()));
        if let Some(place) = table.find(namespace, name).and_then(|slot| self.view.position(slot)) {
            self.cursor.index = place;
        }
    }

    /// Puts the cursor on the first row of this name in any namespace; says whether there is one.
    pub fn select_named(&mut self, name: &str, table: &Table<R>) -> bool {
        let place = self.slots().iter().position(|slot| table.get(*slot).is_some_and(|row| *row.meta().name == *name));
        if let Some(place) = place {
            self.point(place, table);
        }
        place.is_some()
    }

    /// Takes a filter as it is typed. What is no filter yet is kept as an error, and the last one stays in force.
    pub fn set_filter(&mut self, text: &str, table: &Table<R>, now: Stamp) {
        let fields: Vec<_> = self.columns.iter().map(|column| &*column.field).collect();
        text.clone_into(&mut self.filter_text);
        match Filter::parse(text, &fields) {
            Ok(filter) => {
                self.filter_error = None;
                self.filter = filter;
                self.rebuild(table, now);
            }
            Err(error) => self.filter_error = Some(error),
        }
    }

    /// Sorts by the column that many columns to the right of the present one, among those that are shown.
    pub fn sort_by_next(&mut self, by: isize, table: &Table<R>, now: Stamp) {
        let shown: Vec<_> = self.columns().map(|(index, _)| index).collect();
        let at = self.sort.and_then(|sort| shown.iter().position(|index| *index == sort.column));
        let next = match at {
            Some(at) => at.saturating_add_signed(by).min(shown.len().saturating_sub(1)),
            None => shown.iter().position(|index| self.columns[*index].field == "name").unwrap_or(0),
        };
        self.sort = shown.get(next).map(|column| Sort { column: *column, descending: false });
        self.rebuild(table, now);
    }

    /// Sorts by the column of this name; false when there is none.
    pub fn sort_by(&mut self, field: &str, descending: bool, table: &Table<R>, now: Stamp) -> bool {
        let field = field.to_ascii_lowercase();
        let found = self.columns.iter().position(|c| c.field == field || c.heading.to_ascii_lowercase() == field);
        if let Some(column) = found {
            self.sort = Some(Sort { column, descending });
            self.rebuild(table, now);
        }
        found.is_some()
    }

    /// Turns the order round.
    pub fn reverse(&mut self, table: &Table<R>, now: Stamp) {
        let name = self.columns.iter().position(|column| column.field == "name").unwrap_or(0);
        let sort = self.sort.unwrap_or(Sort { column: name, descending: false });
        self.sort = Some(Sort { descending: !sort.descending, ..sort });
        self.rebuild(table, now);
    }

    /// The columns that may be shown, with their index.
    pub fn columns(&self) -> impl Iterator<Item = (usize, &Column<R>)> {
        self.columns.iter().enumerate().filter(|(_, column)| match column.shown {
            Shown::Always => true,
            Shown::Wide => self.wide,
            Shown::ManyNamespaces => self.many_namespaces,
            Shown::WhereTelling => self.tells,
        })
    }

    /// Puts other columns in place of the present ones. The order stays where its column is still there.
    pub fn set_columns(&mut self, columns: Vec<Column<R>>, table: &Table<R>, now: Stamp) {
        let sorted = self.sort.and_then(|sort| self.columns.get(sort.column)).map(|column| column.field.clone());
        self.columns = columns.into();
        let column = sorted.and_then(|field| self.columns.iter().position(|column| column.field == field));
        self.sort = self.sort.and_then(|sort| Some(Sort { column: column?, ..sort }));
        self.widths = vec![0; self.columns.len()];
        // What is typed may name a column that was not there before, or is no more.
        let typed = std::mem::take(&mut self.filter_text);
        self.set_filter(&typed, table, now);
        self.rebuild(table, now);
    }

    /// Cells that each column has needed so far, by its index.
    pub fn widths(&self) -> &[u16] {
        &self.widths
    }

    /// Lets widths shrink again: after a resize or another choice of columns.
    pub fn forget_widths(&mut self) {
        self.widths.fill(0);
        self.tells = false;
    }

    /// After every update: keeps the cursor on the screen of `height` rows and lets columns grow to what is
    /// visible. Widths never shrink here, so that columns do not jump while a person reads.
    pub fn settle(&mut self, height: usize, table: &Table<R>, now: Stamp) {
        let last_offset = self.len().saturating_sub(height);
        let lowest = (self.cursor.index + 1).saturating_sub(height);
        self.offset = self.offset.clamp(lowest, self.cursor.index.max(lowest)).min(last_offset);
        self.drawn = self.visible(height).collect();
        let rows: Vec<_> = self.drawn.iter().filter_map(|slot| table.get(*slot)).collect();
        let telling = || self.columns.iter().filter(|column| column.shown == Shown::WhereTelling);
        self.tells |= telling().any(|column| rows.iter().any(|row| !column.cell(row, now).text.is_empty()));
        let widths: Vec<_> = self
            .columns()
            .map(|(index, column)| {
                let widest = rows.iter().map(|row| width(&visible(&column.cell(row, now).text))).max();
                (index, widest.unwrap_or(0).max(column.heading.len() + 1).min(usize::from(u16::MAX)) as u16)
            })
            .collect();
        for (index, needed) in widths {
            self.widths[index] = self.widths[index].max(needed);
        }
    }

    /// The slots on a screen of `height` rows.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = Slot> + use<'_, R> {
        self.view.slots().iter().skip(self.offset).take(height).copied()
    }

    /// Whether one of these slots is on a screen of `height` rows, or was there before this change.
    pub fn is_any_visible(&self, slots: &[Slot], height: usize) -> bool {
        self.visible(height).any(|slot| slots.contains(&slot)) || self.drawn.iter().any(|slot| slots.contains(slot))
    }

    /// Microseconds until an age on the screen changes; `None` when none will.
    pub fn until_change(&self, height: usize, table: &Table<R>, now: Stamp) -> Option<i64> {
        let clock = Clock::at(now);
        self.visible(height).filter_map(|slot| table.get(slot)).for_each(|row| row.ages(&clock));
        clock.until_change()
    }
}

/// What a mark stays on: the UID. Sessions and what some API servers make up on demand have none; of them two can not
/// have one key.
fn identity<R: Row>(row: &R) -> CompactString {
    let meta = row.meta();
    if meta.uid.is_empty() { format_compact!("{}/{}", meta.namespace, meta.name) } else { meta.uid.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::columns::Cell;
    use super::*;
    use crate::base::text::Role;
    use crate::model::pod::PodRow;
    use crate::store::table::tests::pod;

    fn list_of(names: &[&str]) -> (List<PodRow>, Table<PodRow>) {
        let (mut list, mut table) = (List::default(), Table::default());
        for name in names {
            table.put(pod(name, "Running"));
        }
        list.rebuild(&table, Stamp::NONE);
        (list, table)
    }

    fn under_cursor(list: &List<PodRow>, table: &Table<PodRow>) -> String {
        list.selected(table).map(|row| row.meta.name.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_cursor_stays_on_its_object() {
        let (mut list, mut table) = list_of(&["b", "d", "f"]);
        list.step(Step::By(1), 10, &table);
        for name in ["a", "c", "e"] {
            let slot = table.put(pod(name, ""));
            list.update(&table, &Touched::Slots(vec![slot]), Stamp::NONE);
            assert_eq!(under_cursor(&list, &table), "d");
        }
        let slot = table.remove("", "d");
        list.update(&table, &Touched::Slots(slot.into_iter().collect()), Stamp::NONE);
        assert_eq!(under_cursor(&list, &table), "e", "the next row takes its place");
    }

    #[test]
    fn marks_stay_with_their_objects_and_count_only_in_sight() {
        let (mut list, mut table) = list_of(&["a", "b", "c"]);
        let names = |list: &List<PodRow>, table: &Table<PodRow>| -> Vec<String> {
            list.marked(table).iter().map(|row| row.meta.name.to_string()).collect()
        };
        list.toggle_mark(&table);
        list.step(Step::By(2), 10, &table);
        list.toggle_mark(&table);
        assert_eq!(names(&list, &table), ["a", "c"]);
        list.set_filter("c", &table, Stamp::NONE);
        assert_eq!(names(&list, &table), ["c"], "what is filtered away is not acted upon");
        list.set_filter("", &table, Stamp::NONE);
        let mut again = pod("a", "");
        again.meta.uid = "another".into();
        let slot = table.put(again);
        list.update(&table, &Touched::Slots(vec![slot]), Stamp::NONE);
        assert_eq!(names(&list, &table), ["c"], "another object of the same name is not marked");
        assert!(list.clear_marks() && !list.clear_marks());
    }

    #[test]
    fn a_cursor_that_was_never_moved_stays_at_the_top() {
        let (mut list, mut table) = list_of(&["m"]);
        let slot = table.put(pod("a", ""));
        list.update(&table, &Touched::Slots(vec![slot]), Stamp::NONE);
        assert_eq!(under_cursor(&list, &table), "a");
    }

    #[test]
    fn a_selected_object_may_come_later() {
        let (mut list, mut table) = list_of(&["a", "b"]);
        list.select("", "z", &table);
        let slot = table.put(pod("z", ""));
        list.update(&table, &Touched::Slots(vec![slot]), Stamp::NONE);
        assert_eq!(under_cursor(&list, &table), "z");
    }

    #[test]
    fn an_unfinished_filter_leaves_the_last_one_in_force() {
        let (mut list, table) = list_of(&["web", "db"]);
        list.set_filter("we", &table, Stamp::NONE);
        assert_eq!(list.len(), 1);
        list.set_filter("we /(/", &table, Stamp::NONE);
        assert_eq!(list.len(), 1);
        assert!(list.filter_error.is_some());
        list.set_filter("", &table, Stamp::NONE);
        assert_eq!((list.len(), list.filter_error.is_none()), (2, true));
    }

    #[test]
    fn the_screen_follows_the_cursor_and_is_always_full() {
        let names: Vec<_> = (0..50).map(|i| format!("p{i:02}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let (mut list, table) = list_of(&names);
        list.step(Step::Last, 10, &table);
        list.settle(10, &table, Stamp::NONE);
        assert_eq!((list.offset(), list.cursor()), (40, 49));
        list.step(Step::By(-5), 10, &table);
        list.settle(10, &table, Stamp::NONE);
        assert_eq!(list.offset(), 40, "moving inside the screen does not scroll");
        list.settle(30, &table, Stamp::NONE);
        assert_eq!(list.offset(), 20, "a taller screen shows no emptiness below the end");
        list.step(Step::HalfPages(-9), 30, &table);
        list.settle(30, &table, Stamp::NONE);
        assert_eq!((list.offset(), list.cursor()), (0, 0));
    }

    #[test]
    fn other_columns_keep_order_and_filter_where_they_can() {
        let (mut list, table) = list_of(&["a", "b"]);
        let column = |index, name: &str| {
            let cell =
                |row: &PodRow, index: usize, _| Cell { text: format!("{index}{}", row.meta.name), role: Role::Plain };
            Column::nth(index, name.to_uppercase(), name.to_owned(), cell, |a, b, _| a.meta.name.cmp(&b.meta.name))
        };
        list.sort_by("name", true, &table, Stamp::NONE);
        list.set_filter("colour:0b", &table, Stamp::NONE);
        assert!(list.is_empty(), "no column has this name yet");
        list.set_columns(vec![column(0, "colour"), column(1, "name")], &table, Stamp::NONE);
        assert_eq!(list.sort, Some(Sort { column: 1, descending: true }));
        assert_eq!((list.len(), under_cursor(&list, &table).as_str()), (1, "b"), "the filter reads the new column");
        list.set_columns(vec![column(0, "colour")], &table, Stamp::NONE);
        assert_eq!(list.sort, None);
    }

    #[test]
    fn sorting_walks_over_the_columns_that_are_shown() {
        let (mut list, table) = list_of(&["a"]);
        list.sort_by_next(1, &table, Stamp::NONE);
        let heading = |list: &List<PodRow>| list.sort.map(|sort| &*PodRow::columns()[sort.column].heading);
        assert_eq!(heading(&list), Some("NAME"));
        for _ in 0..20 {
            list.sort_by_next(1, &table, Stamp::NONE);
        }
        assert_eq!(heading(&list), Some("AGE"), "wide columns are not shown");
        assert!(list.sort_by("node", true, &table, Stamp::NONE));
        assert!(!list.sort_by("colour", true, &table, Stamp::NONE));
        list.reverse(&table, Stamp::NONE);
        assert_eq!(list.sort.map(|sort| sort.descending), Some(false));
    }
}
