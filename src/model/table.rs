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
    /// The type in `OpenAPI`: `string`, `integer`, `number`, `boolean`, `date`.
    pub r#type: String,
    /// The format in `OpenAPI`; `name` marks the object's name.
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
        // What the API server describes a custom kind's column by, where its author did not.
        let path = self.description.strip_prefix("Custom resource definition column (in JSONPath format): ");
        match path {
            Some(path) => self.r#type == "date" && path == ".metadata.creationTimestamp",
            None => self.name == "Age" && matches!(self.r#type.as_str(), "string" | "date"),
        }
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

#[cfg(test)]
mod tests {
    use super::super::list::{Encoding, ListEnd, ListReader};
    use super::super::watch::{WatchItem, WatchReader};
    use super::*;

    fn read(body: &[u8]) -> (Vec<ObjectRow>, ListEnd) {
        let (mut rows, mut strings) = (Vec::new(), Interner::default());
        let mut reader = ListReader::new(Encoding::Json);
        reader.push(body, &mut rows, &mut strings).expect("a whole body");
        let end = reader.finish(&mut rows, &mut strings).expect("a table");
        (rows, end)
    }

    fn cells(row: &ObjectRow) -> String {
        row.cells.join("|")
    }

    fn row(cells: &str) -> ObjectRow {
        let row = format!(r#"{{"cells":{cells},"object":{{"metadata":{{"name":"x"}}}}}}"#);
        ObjectRow::from_json(&row, &mut Interner::default()).expect("a row")
    }

    #[test]
    fn deployments_and_their_columns() {
        let (rows, end) = read(include_bytes!("../../tests/data/table/deployments.json"));
        let columns = end.columns.expect("columns");
        let named = |wide: bool| {
            let columns = columns.iter().filter(|column| column.is_wide() == wide);
            columns.map(|column| column.name.as_str()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            (named(false).as_str(), named(true).as_str()),
            ("Name Ready Up-to-date Available Age", "Containers Images Selector")
        );
        assert_eq!(columns.iter().position(ColumnDefinition::is_age), Some(4));
        assert_eq!(cells(&rows[0]), "anti-affinity|1/3|3|1|3h31m|app|busybox:1.28|app=anti-affinity");
        assert_eq!((&*rows[0].meta.namespace, rows[0].health), ("default", Health::Degraded));
        assert!(rows[0].meta.created.is_set() && !rows[0].meta.uid.is_empty());
        assert_eq!(end.bad, 0);
    }

    #[test]
    fn services() {
        let (rows, _) = read(include_bytes!("../../tests/data/table/services.json"));
        assert_eq!(cells(&rows[0]), "kubernetes|ClusterIP|10.96.0.1|<none>|443/TCP|3h34m|<none>");
        assert_eq!(rows[0].health, Health::Good);
        assert_eq!(rows[0].meta.label("provider"), Some("kubernetes"));
    }

    #[test]
    fn cells_of_a_custom_kind_are_printed_as_kubectl_prints_them() {
        let (rows, end) = read(include_bytes!("../../tests/data/table/ovens.json"));
        assert_eq!(cells(&rows[0]), "big|220|1.5|true|bread|hot...|6y329d|0s");
        assert_eq!(cells(&rows[1]), "small||1.234567825e+07||||<invalid>|0s");
        let columns = end.columns.expect("columns");
        let ages: Vec<_> = columns.iter().filter(|column| column.is_age()).map(|column| column.name.as_str()).collect();
        assert_eq!(ages, ["Age"], "a date of something else is none");
        assert!(columns[1].is_number() && columns[2].is_number() && !columns[3].is_number());
        assert_eq!(
            cells(&row(r#"["x", ["a", 1], {"b": null, "a": 2.0}, 1000000, "a\rb", 1e21]"#)),
            "x|[a 1]|map[a:2 b:<nil>]|1000000|a...|1e+21"
        );
    }

    #[test]
    fn a_watch_begins_with_the_columns_and_its_bookmarks_are_no_rows() {
        let (mut items, mut strings) = (Vec::new(), Interner::default());
        let mut reader = WatchReader::<ObjectRow>::new(Encoding::Json, String::new());
        reader
            .push(include_bytes!("../../tests/data/table/watch-ovens.json"), &mut items, &mut strings)
            .expect("lines");
        let brief = |item: &WatchItem<ObjectRow>| match item {
            WatchItem::Columns(columns) => format!("{} columns", columns.len()),
            WatchItem::Applied(row) => format!("{} {}", row.meta.name, row.meta.label("colour").unwrap_or("plain")),
            WatchItem::Deleted(row) => format!("{} gone", row.meta.name),
            other => format!("{other:?}"),
        };
        let items: Vec<_> = items.iter().map(brief).collect();
        assert_eq!(items, ["8 columns", "big plain", "small red", "Bookmark", "small blue", "big gone"]);
        assert_eq!(reader.resource_version, "26626");
    }

    #[test]
    fn without_tables_there_are_names_and_ages() {
        let body = br#"{"kind":"OvenList","metadata":{"resourceVersion":"7"},"items":[
            {"kind":"Oven","metadata":{"name":"big","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{}}, 7]}"#;
        let (rows, end) = read(body);
        assert_eq!((rows[0].meta.name.as_str(), rows[0].cells.len(), rows[0].cell(3)), ("big", 0, ""));
        assert!(rows[0].meta.created.is_set());
        assert_eq!((end.columns, end.bad, end.resource_version.as_str()), (None, 1, "7"));
    }

    #[test]
    fn words_and_counts_say_how_well_it_is() {
        let health = |cells: &str| row(cells).health;
        assert_eq!(health(r#"["Failed", "3/3"]"#), Health::Good, "that is its name");
        assert_eq!(health(r#"["job", "Failed", "0/1"]"#), Health::Broken);
        assert_eq!(health(r#"["job", "Running", "0/1"]"#), Health::Changing);
        assert_eq!(health(r#"["job", "Complete", "1/1"]"#), Health::Done);
        assert_eq!(health(r#"["web", "1/3"]"#), Health::Degraded);
        assert_eq!(health(r#"["data", "Pending"]"#), Health::Changing);
        let completed =
            r#"{"cells":["x"],"conditions":[{"type":"Completed","status":"True"}],"object":{"metadata":{"name":"x"}}}"#;
        let completed = ObjectRow::from_json(completed, &mut Interner::default()).map(|row| row.health);
        assert_eq!(completed, Some(Health::Done));
    }
}
