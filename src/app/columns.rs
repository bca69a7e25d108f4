//! The columns of the lists: one row of a table a column.
//!
//! A column says its heading, its cell as text with a role, and how it sorts. Lists, filters (`status:crash`),
//! the plain commands and the sort menu all read these tables; a new column is one row here.

mod node_load;
mod sessions;
mod triage;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

use crate::base::age::{Clock, age};
use crate::base::filter::Fields;
use crate::base::stamp::Stamp;
use crate::base::text::Role;
use crate::model::event::EventRow;
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;
use crate::model::row::{Health, Row};
use crate::store::index::Stored;
use crate::store::scope::Scope;

/// A cell: what it says and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The text, as it came from the cluster.
    pub text: String,
    /// What it is.
    pub role: Role,
}

/// When a column is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Always.
    Always,
    /// With the wide columns.
    Wide,
    /// When more than one namespace is listed.
    ManyNamespaces,
    /// When a row on the screen has something in it.
    WhereTelling,
}

/// A column of a list of `R`.
#[derive(Clone, Debug)]
pub struct Column<R> {
    /// The heading, as kubectl writes it.
    pub heading: Cow<'static, str>,
    /// The name in filters and in the sort menu.
    pub field: Cow<'static, str>,
    /// When it is shown.
    pub shown: Shown,
    /// Numbers stand right.
    pub right: bool,
    /// What goes first when there is little room: higher numbers first, 0 never.
    pub expendable: u8,
    /// Others are cut before it.
    pub telling: bool,
    /// What stands for the cell when there is little room.
    pub brief: Option<fn(&R) -> Cell>,
    reads: Reads<R>,
}

/// How a column reads a row.
#[derive(Clone, Copy, Debug)]
enum Reads<R> {
    /// By functions of its own: the cell, and how two rows sort by it.
    Own(fn(&R, Stamp) -> Cell, fn(&R, &R) -> Ordering),
    /// By functions that it shares with other columns, which are told its number: for columns that a server defines.
    Nth(usize, fn(&R, usize, Stamp) -> Cell, fn(&R, &R, usize) -> Ordering),
}

/// A column that is always shown and never left out.
pub(super) const fn column<R>(
    heading: &'static str,
    field: &'static str,
    cell: fn(&R, Stamp) -> Cell,
    order: fn(&R, &R) -> Ordering,
) -> Column<R> {
    Column {
        heading: Cow::Borrowed(heading),
        field: Cow::Borrowed(field),
        shown: Shown::Always,
        right: false,
        expendable: 0,
        telling: false,
        brief: None,
        reads: Reads::Own(cell, order),
    }
}

impl<R> Column<R> {
    /// A column that a server defined, always shown: `cell` and `order` are told its number among the row's cells.
    pub fn nth(
        index: usize,
        heading: String,
        field: String,
        cell: fn(&R, usize, Stamp) -> Cell,
        order: fn(&R, &R, usize) -> Ordering,
    ) -> Self {
        Self {
            heading: heading.into(),
            field: field.into(),
            shown: Shown::Always,
            right: false,
            expendable: 0,
            telling: false,
            brief: None,
            reads: Reads::Nth(index, cell, order),
        }
    }

    /// The same column under another name.
    pub(super) fn named(mut self, heading: String, field: String) -> Self {
        (self.heading, self.field) = (heading.into(), field.into());
        self
    }

    /// The cell of a row.
    pub fn cell(&self, row: &R, now: Stamp) -> Cell {
        match self.reads {
            Reads::Own(cell, _) => cell(row, now),
            Reads::Nth(index, cell, _) => cell(row, index, now),
        }
    }

    /// How two rows sort by it.
    pub fn order(&self, a: &R, b: &R) -> Ordering {
        match self.reads {
            Reads::Own(_, order) => order(a, b),
            Reads::Nth(index, _, order) => order(a, b, index),
        }
    }

    pub(super) const fn wide(mut self) -> Self {
        self.shown = Shown::Wide;
        self
    }

    pub(super) const fn many_namespaces(mut self) -> Self {
        self.shown = Shown::ManyNamespaces;
        self
    }

    const fn where_telling(mut self) -> Self {
        self.shown = Shown::WhereTelling;
        self
    }

    const fn telling(mut self) -> Self {
        self.telling = true;
        self
    }

    pub(super) const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    pub(super) const fn expendable(mut self, rank: u8) -> Self {
        self.expendable = rank;
        self
    }

    const fn brief(mut self, cell: fn(&R) -> Cell) -> Self {
        self.brief = Some(cell);
        self
    }
}

/// A row that is listed.
pub trait Listed: Stored {
    /// The columns that a list of it begins with, in their order on the screen.
    fn columns() -> &'static [Column<Self>];
    /// The column and direction that a list is sorted by at first; `None`: by namespace and name.
    fn first_sort() -> Option<Sort>;
    /// Hands out the texts that a plain word is looked for in, until `found` says yes.
    fn texts(&self, found: &mut dyn FnMut(&str) -> bool) -> bool;
    /// Which of two rows stands first where nobody has chosen an order; equal ones are ordered by namespace and name.
    fn natural(_a: &Self, _b: &Self) -> Ordering {
        Ordering::Equal
    }
    /// Notes what the ages in its cells count from, so that the list knows when one of them changes.
    fn ages(&self, clock: &Clock) {
        clock.note(self.meta().created);
    }
    /// Whether it is listed at all: of rows that say the same, one is.
    fn is_shown(&self) -> bool {
        true
    }
    /// Whether it belongs to a scope; only events know such.
    fn is_in(&self, _scope: &Scope) -> bool {
        true
    }
}

/// By which column a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Index into the columns.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
}

/// A row as the filter reads it.
pub struct RowFields<'a, R> {
    /// The row.
    pub row: &'a R,
    /// The columns of its list.
    pub columns: &'a [Column<R>],
    /// For ages.
    pub now: Stamp,
}

impl<R: Listed> Fields for RowFields<'_, R> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let column = self.columns.iter().find(|column| column.field == name)?;
        Some(column.cell(self.row, self.now).text.into())
    }

    fn any(&self, found: &mut dyn FnMut(&str) -> bool) -> bool {
        self.row.texts(found)
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.row.meta().label(key)
    }
}

/// What stands for an empty value, as kubectl writes it.
const NONE: &str = "<none>";

pub(super) fn plain(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), role: Role::Plain }
}

pub(super) fn dim(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), role: Role::Dim }
}

fn or_none(text: &str) -> Cell {
    if text.is_empty() { dim(NONE) } else { plain(text) }
}

/// The role of a text that says how something is.
pub(super) fn role_of(health: Health) -> Role {
    match health {
        Health::Good => Role::Plain,
        Health::Done => Role::Dim,
        Health::Changing => Role::Good,
        Health::Degraded => Role::Warn,
        Health::Broken => Role::Bad,
    }
}

/// Younger first: by age, ascending.
pub(super) fn by_age(a: Stamp, b: Stamp) -> Ordering {
    b.cmp(&a)
}

/// RESTARTS as kubectl writes it: `4 (30s ago)`.
fn restarts(pod: &PodRow, now: Stamp) -> Cell {
    let mut text = pod.restarts.to_string();
    if pod.restarts > 0 && pod.last_restart.is_set() {
        let _ = write!(text, " ({} ago)", age(pod.last_restart, now));
    }
    if pod.restarts == 0 { dim(text) } else { plain(text) }
}

fn restarts_alone(pod: &PodRow) -> Cell {
    let text = pod.restarts.to_string();
    if pod.restarts == 0 { dim(text) } else { plain(text) }
}

fn ready(pod: &PodRow, _now: Stamp) -> Cell {
    let text = format!("{}/{}", pod.ready, pod.total);
    let short = pod.ready < pod.total && pod.health() != Health::Done;
    Cell { text, role: if short { Role::Warn } else { Role::Plain } }
}

fn gates(pod: &PodRow, _now: Stamp) -> Cell {
    if pod.gates == 0 { dim(NONE) } else { plain(format!("{}/{}", pod.gates_true, pod.gates)) }
}

fn pod_why(pod: &PodRow, _now: Stamp) -> Cell {
    match &pod.why {
        Some(why) => Cell { text: why.cause.to_string(), role: role_of(why.health) },
        None => dim(""),
    }
}

static PODS: [Column<PodRow>; 11] = [
    column(
        "NAMESPACE",
        "namespace",
        |pod: &PodRow, _| dim(&*pod.meta.namespace),
        |a, b| a.meta.namespace.cmp(&b.meta.namespace),
    )
    // Without it a list of many namespaces does not say which pod is meant.
    .many_namespaces(),
    column("NAME", "name", |pod: &PodRow, _| plain(pod.meta.name.as_str()), |a, b| a.meta.name.cmp(&b.meta.name)),
    column("READY", "ready", ready, |a, b| (a.ready, a.total).cmp(&(b.ready, b.total))).right(),
    column(
        "STATUS",
        "status",
        |pod: &PodRow, _| Cell { text: pod.status.to_string(), role: role_of(pod.health()) },
        |a, b| a.status.cmp(&b.status),
    ),
    column("RESTARTS", "restarts", restarts, |a, b| (a.restarts, a.last_restart).cmp(&(b.restarts, b.last_restart)))
        .right()
        .expendable(1)
        .brief(restarts_alone),
    column(
        "AGE",
        "age",
        |pod: &PodRow, now| dim(age(pod.meta.created, now)),
        |a, b| by_age(a.meta.created, b.meta.created),
    )
    .right()
    .expendable(1),
    // On the screen only: kubectl has no such column, and what prints its columns takes them by name.
    column("WHY", "why", pod_why, |a, b| {
        a.why.as_ref().map(|why| &why.cause).cmp(&b.why.as_ref().map(|why| &why.cause))
    })
    .where_telling()
    .expendable(2),
    column("IP", "ip", |pod: &PodRow, _| or_none(&pod.ip), |a, b| a.ip.cmp(&b.ip)).wide().expendable(3),
    column("NODE", "node", |pod: &PodRow, _| or_none(&pod.node), |a, b| a.node.cmp(&b.node)).wide().expendable(3),
    column(
        "NOMINATED NODE",
        "nominated",
        |pod: &PodRow, _| or_none(&pod.nominated),
        |a, b| a.nominated.cmp(&b.nominated),
    )
    .wide()
    .expendable(5),
    column("READINESS GATES", "gates", gates, |a, b| (a.gates_true, a.gates).cmp(&(b.gates_true, b.gates)))
        .wide()
        .expendable(6),
];

impl Listed for PodRow {
    fn columns() -> &'static [Column<Self>] {
        &PODS
    }

    fn first_sort() -> Option<Sort> {
        None
    }

    fn ages(&self, clock: &Clock) {
        clock.note(self.meta.created);
        if self.restarts > 0 {
            clock.note(self.last_restart);
        }
    }

    fn texts(&self, found: &mut dyn FnMut(&str) -> bool) -> bool {
        found(&self.meta.name)
            || found(&self.meta.namespace)
            || found(&self.status)
            || found(&self.node)
            || found(&self.ip)
    }
}

/// Text of the operating system and the like, as kubectl writes it.
fn or_unknown(text: &str) -> Cell {
    if text.is_empty() { dim("<unknown>") } else { plain(text) }
}

static NODES: [Column<NodeRow>; 13] = [
    column("NAME", "name", |node: &NodeRow, _| plain(node.meta.name.as_str()), |a, b| a.meta.name.cmp(&b.meta.name)),
    column(
        "STATUS",
        "status",
        |node: &NodeRow, _| Cell { text: node.status.to_string(), role: role_of(node.health()) },
        |a, b| a.status.cmp(&b.status),
    ),
    column("ROLES", "roles", |node: &NodeRow, _| plain(node.roles.as_str()), |a, b| a.roles.cmp(&b.roles))
        .expendable(1),
    column(
        "AGE",
        "age",
        |node: &NodeRow, now| dim(age(node.meta.created, now)),
        |a, b| by_age(a.meta.created, b.meta.created),
    )
    .right()
    .expendable(2),
    column("VERSION", "version", |node: &NodeRow, _| plain(node.version.as_str()), |a, b| a.version.cmp(&b.version))
        .expendable(2),
    column("PODS", "pods", node_load::pods, node_load::by_pods).right().expendable(1),
    column("CPU", "cpu", node_load::cpu, node_load::by_cpu).right().expendable(1),
    column("MEMORY", "memory", node_load::memory, node_load::by_memory).right().expendable(1),
    column(
        "INTERNAL-IP",
        "internal-ip",
        |node: &NodeRow, _| or_none(&node.internal_ip),
        |a, b| a.internal_ip.cmp(&b.internal_ip),
    )
    .wide()
    .expendable(2),
    column(
        "EXTERNAL-IP",
        "external-ip",
        |node: &NodeRow, _| or_none(&node.external_ip),
        |a, b| a.external_ip.cmp(&b.external_ip),
    )
    .wide()
    .expendable(3),
    column("OS-IMAGE", "os-image", |node: &NodeRow, _| or_unknown(&node.os_image), |a, b| a.os_image.cmp(&b.os_image))
        .wide()
        .expendable(4),
    column("KERNEL-VERSION", "kernel", |node: &NodeRow, _| or_unknown(&node.kernel), |a, b| a.kernel.cmp(&b.kernel))
        .wide()
        .expendable(5),
    column(
        "CONTAINER-RUNTIME",
        "runtime",
        |node: &NodeRow, _| or_unknown(&node.runtime),
        |a, b| a.runtime.cmp(&b.runtime),
    )
    .wide()
    .expendable(5),
];

impl Listed for NodeRow {
    fn columns() -> &'static [Column<Self>] {
        &NODES
    }

    fn first_sort() -> Option<Sort> {
        None
    }

    fn texts(&self, found: &mut dyn FnMut(&str) -> bool) -> bool {
        found(&self.meta.name)
            || found(&self.status)
            || found(&self.roles)
            || found(&self.version)
            || found(&self.internal_ip)
    }
}

fn object(event: &EventRow, _now: Stamp) -> Cell {
    let mut text = event.object();
    if let Some(container) = event.container() {
        let _ = write!(text, " ({container})");
    }
    plain(text)
}

fn last_seen(event: &EventRow, now: Stamp) -> Cell {
    dim(age(event.sighting().last, now))
}

fn first_seen(event: &EventRow, now: Stamp) -> Cell {
    dim(age(event.sighting().first, now))
}

fn count(event: &EventRow, _now: Stamp) -> Cell {
    plain(event.sighting().times.to_string())
}

static EVENTS: [Column<EventRow>; 9] = [
    column(
        "NAMESPACE",
        "namespace",
        |event: &EventRow, _| dim(&*event.meta.namespace),
        |a, b| a.meta.namespace.cmp(&b.meta.namespace),
    )
    .many_namespaces()
    .expendable(2),
    column("LAST SEEN", "last", last_seen, |a, b| by_age(a.sighting().order, b.sighting().order)).right(),
    column("FIRST SEEN", "first", first_seen, |a, b| by_age(a.sighting().first, b.sighting().first))
        .right()
        .expendable(5),
    column("COUNT", "count", count, |a, b| a.sighting().times.cmp(&b.sighting().times)).right().wide().expendable(4),
    column(
        "TYPE",
        "type",
        |event: &EventRow, _| Cell { text: event.r#type.to_string(), role: role_of(event.health()) },
        |a, b| a.r#type.cmp(&b.r#type),
    )
    .expendable(3),
    column("FROM", "from", |event: &EventRow, _| dim(event.from_briefly()), |a, b| a.from.cmp(&b.from)).expendable(6),
    column("OBJECT", "object", object, |a, b| (&a.object_kind, &a.object_name).cmp(&(&b.object_kind, &b.object_name))),
    column(
        "REASON",
        "reason",
        |event: &EventRow, _| Cell { text: event.reason.to_string(), role: role_of(event.health()) },
        |a, b| a.reason.cmp(&b.reason),
    ),
    column("MESSAGE", "message", |event: &EventRow, _| plain(&*event.message), |a, b| a.message.cmp(&b.message)),
];

impl Listed for EventRow {
    fn columns() -> &'static [Column<Self>] {
        &EVENTS
    }

    fn first_sort() -> Option<Sort> {
        Some(Sort { column: 1, descending: false })
    }

    fn ages(&self, clock: &Clock) {
        let seen = self.sighting();
        clock.note(seen.last);
        clock.note(seen.first);
    }

    fn is_shown(&self) -> bool {
        !self.is_hidden()
    }

    fn is_in(&self, scope: &Scope) -> bool {
        scope.has(self)
    }

    fn texts(&self, found: &mut dyn FnMut(&str) -> bool) -> bool {
        found(&self.object_name)
            || found(&self.reason)
            || found(&self.message)
            || found(&self.object_kind)
            || found(&self.r#type)
            || found(&self.meta.namespace)
            || found(&self.from)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::base::filter::Filter;
    use crate::model::row::{Interner, WireRow};
    use crate::model::wire;

    fn names<R: Listed>() -> (BTreeSet<&'static str>, Vec<&'static str>) {
        (
            R::columns().iter().map(|column| &*column.field).collect(),
            R::columns().iter().map(|column| &*column.heading).collect(),
        )
    }

    #[test]
    fn columns_have_the_headings_of_kubectl_and_fields_of_their_own() {
        let (fields, headings) = names::<PodRow>();
        assert_eq!(fields.len(), headings.len());
        assert_eq!(
            headings.join(" "),
            "NAMESPACE NAME READY STATUS RESTARTS AGE WHY IP NODE NOMINATED NODE READINESS GATES"
        );
        let (fields, headings) = names::<NodeRow>();
        assert_eq!(fields.len(), headings.len());
        assert_eq!(
            headings.join(" "),
            "NAME STATUS ROLES AGE VERSION PODS CPU MEMORY \
             INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME"
        );
        assert_eq!(names::<EventRow>().0.len(), names::<EventRow>().1.len());
    }

    #[test]
    fn a_filter_reads_columns_and_labels() {
        let wire: wire::Pod = serde_json::from_str(
            r#"{"metadata":{"name":"web-0","namespace":"shop","labels":{"app":"web"}},
                "spec":{"nodeName":"node-a"},"status":{"phase":"Pending"}}"#,
        )
        .expect("a pod");
        let row = PodRow::from_wire(wire, &mut Interner::default());
        let fields: Vec<_> = PodRow::columns().iter().map(|column| &*column.field).collect();
        let passes = |text: &str| {
            let filter = Filter::parse(text, &fields).expect(text);
            filter.matches(&RowFields { row: &row, columns: PodRow::columns(), now: Stamp::NONE })
        };
        for text in ["", "web", "pend", "node:node-a", "namespace:shop web", "-l app=web", "!crash", "/^web-\\d$/"] {
            assert!(passes(text), "{text}");
        }
        for text in ["db", "status:running", "-l app=db", "!web"] {
            assert!(!passes(text), "{text}");
        }
    }
}
