//! Rows as kubectl prints them: what a server answers goes through the reader of lists, and the cells that come out
//! are compared with kubectl's. The cases have the numbers under which kubectl's own answers were recorded.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says what went wrong and ends")]

mod ages;
mod events;
mod nodes;
mod pods;

use podtriage::app::columns::Listed;
use podtriage::base::stamp::Stamp;
use podtriage::model::list::{Encoding, ListReader};
use podtriage::model::row::{Interner, WireRow};
use serde_json::{Value, json};

/// When everything is looked at.
const NOW: i64 = 1_700_000_000;

fn now() -> Stamp {
    Stamp::from_seconds(NOW)
}

/// So many seconds ago, as the API writes it.
fn ago(seconds: i64) -> String {
    Stamp::from_seconds(NOW - seconds).rfc3339()
}

/// The rows of objects, read as a server's list.
fn rows<R: WireRow>(objects: &[Value]) -> Vec<R> {
    let list = json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": objects});
    let (mut rows, mut strings) = (Vec::new(), Interner::default());
    let mut reader = ListReader::new(Encoding::Json);
    reader.push(list.to_string().as_bytes(), &mut rows, &mut strings).expect("a list");
    let end = reader.finish(&mut rows, &mut strings).expect("a whole list");
    assert_eq!((rows.len(), end.bad), (objects.len(), 0));
    rows
}

/// The cell of a row below a heading.
fn cell<R: Listed>(row: &R, heading: &str) -> String {
    let column = R::columns().iter().find(|column| column.heading == heading);
    column.unwrap_or_else(|| panic!("there is no column {heading}")).cell(row, now()).text
}

/// The cells of an object below these headings.
fn cells<R: Listed + WireRow>(object: Value, headings: &[&str]) -> Vec<String> {
    let rows = rows::<R>(&[object]);
    headings.iter().map(|heading| cell(&rows[0], heading)).collect()
}
