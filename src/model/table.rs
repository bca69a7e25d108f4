//! Objects of any kind as the server lays them out in a `Table`: columns, and for each object its cells.
//!
//! `kubectl get` prints these tables, so that whatever it can list can be listed here: built-in kinds, custom ones, and
//! those of other API servers. [`ObjectRow`] goes through the readers of `list` and `watch` like any other row. A
//! server without tables sends the objects; then there are no cells, and name and age are all that is known.

use compact_str::CompactString;
use serde::Deserialize;
use serde_json::Value;

use super::row::{Decode, Health, Interner, Meta, Row};
use super::wire;
use crate::base::golang;

/// A column, as the server describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ColumnDefinition {
    /// The heading, not yet in upper case: `Up-to-date`.
    pub name: String,
    /// OpenAPI's type: `string`, `integer`, `number`, `boolean`, `date`.
    pub r#type: String,
    /// OpenAPI's format; `name` marks the object's name.
    pub format: String,
    /// What it means, for people.
    pub description: String,
    /// 0 is always shown; anything else with `-o wide` only.
    pub priority: i32,
}

impl ColumnDefinition {
    /// Whether it says how old the object is. The server's text is right at the moment of its last event only; who
    /// shows it for longer computes it from [`Meta::created`].
    pub fn is_age(&self) -> bool {
        self.name.eq_ignore_ascii_case("age") && matches!(self.r#type.as_str(), "string" | "date")
    }

    /// Whether it holds numbers.
    pub fn is_number(&self) -> bool {
        matches!(self.r#type.as_str(), "integer" | "number")
    }

    /// Whether only wide output shows it.
    pub fn is_wide(&self) -> bool {
        self.priority != 0
    }
}

/// An object of any kind, as the server prints it.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectRow {
    /// Name, namespace and the like.
    pub meta: Meta,
    /// One text a column, as kubectl prints it.
    pub cells: Box<[CompactString]>,
    /// How well it seems to be.
    pub health: Health,
}

impl ObjectRow {
    /// The text of a column; empty where the row has fewer.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", CompactString::as_str)
    }
}

impl Row for ObjectRow {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn health(&self) -> Health {
        self.health
    }
}

/// A row of a table; or, where the server makes none, an object of which only the metadata is read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RowWire {
    cells: Option<Vec<Value>>,
    conditions: Option<Vec<ConditionWire>>,
    object: Option<wire::Bookmark>,
    metadata: Option<wire::ObjectMeta>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ConditionWire {
    r#type: String,
    status: String,
}

impl Decode for ObjectRow {
    /// Tables are JSON; nobody asks for them in another form.
    fn from_protobuf(_object: bytes::Bytes, _strings: &mut Interner) -> Option<Self> {
        None
    }

    /// Reads a row of a table, a table of one row as watches send it, or an object.
    fn from_json(object: &str, strings: &mut Interner) -> Option<Self> {
        #[derive(Deserialize)]
        struct OfOne {
            rows: Vec<RowWire>,
        }
        let row = match serde_json::from_str::<OfOne>(object) {
            Ok(table) => table.rows.into_iter().next()?,
            Err(_) => serde_json::from_str(object).ok()?,
        };
        let meta = row.object.and_then(|object| object.metadata).or(row.metadata)?;
        let cells: Box<[CompactString]> = row.cells.unwrap_or_default().iter().map(printed).collect();
        let meta = Meta::from_wire(meta, strings);
        let completed =
            row.conditions.unwrap_or_default().iter().any(|c| c.r#type == "Completed" && c.status == "True");
        let health = match (meta.deleted.is_set(), completed) {
            (true, _) => Health::Changing,
            (false, true) => Health::Done,
            (false, false) => health(&cells),
        };
        (!meta.name.is_empty()).then_some(Self { meta, cells, health })
    }
}

/// How well an object seems to be, by its cells. Columns differ from kind to kind, but their words do not.
fn health(cells: &[CompactString]) -> Health {
    // The first cell is the name, which may be any word.
    let states = || cells.iter().skip(1).map(|cell| (cell, cell_health(cell)));
    let worst = states().map(|(_, health)| health).max().unwrap_or(Health::Good);
    // Of a job that runs not everything is complete, and that is well.
    let runs = states().any(|(cell, _)| cell == "Running");
    if worst == Health::Degraded && runs && states().all(|(cell, health)| health < worst || is_short(cell)) {
        return Health::Changing;
    }
    worst
}

/// What the text of a cell says: a word for a state that many kinds use, or `1/3`. (`False` is as often good as bad.)
pub fn cell_health(text: &str) -> Health {
    match text {
        "Failed" | "Error" | "Lost" | "CrashLoopBackOff" => Health::Broken,
        "NotReady" | "Degraded" => Health::Degraded,
        "Pending" | "Creating" | "Progressing" | "Terminating" | "<pending>" => Health::Changing,
        "Complete" | "Completed" | "Succeeded" => Health::Done,
        text if is_short(text) => Health::Degraded,
        _ => Health::Good,
    }
}

/// Whether a cell says `1/3`: fewer than there should be.
fn is_short(cell: &str) -> bool {
    let parts =
        cell.split_once('/').and_then(|(some, all)| Some((some.parse::<u32>().ok()?, all.parse::<u32>().ok()?)));
    parts.is_some_and(|(some, all)| some < all)
}

/// A cell as kubectl prints it (`printTable`): what JSON holds in Go's `%v`, a text up to its first line break.
fn printed(cell: &Value) -> CompactString {
    match cell {
        Value::Null => CompactString::default(),
        Value::String(text) => match text.find(['\n', '\r', '\u{c}']) {
            Some(end) => CompactString::from(&text[..end]) + "...",
            None => text.as_str().into(),
        },
        other => golang::value(other).into(),
    }
}
