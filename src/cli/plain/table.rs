//! Tables as `kubectl get` prints them.
//!
//! Pure but for the writer that lines go to. A [`Table`] is one answer of a server (a page of a list, an object, a
//! change); [`TablePrinter`] prints one after the other, with one line of headings. Rules: cli-runtime
//! `HumanReadablePrinter` of 1.37.

use std::io::{self, Write};

use super::tabs::TabWriter;

/// Lines that are aligned together; later ones only follow the widths that are known then.
const FLUSH: usize = 100;

/// The heading of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Its text.
    pub text: String,
    /// Only shown with `-o wide`.
    pub wide: bool,
    /// Whether the objects' names stand in it.
    pub is_name: bool,
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The object's namespace.
    pub namespace: String,
    /// Its labels, sorted by key.
    pub labels: Vec<(String, String)>,
    /// A cell for each heading; missing ones are empty.
    pub cells: Vec<String>,
}

/// Rows with the same columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub headings: Vec<Heading>,
    /// The rows.
    pub lines: Vec<Line>,
}

/// What is shown of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of kubectl, and any may go with any")]
pub struct Shape {
    /// No headings.
    pub no_headers: bool,
    /// With the wide columns.
    pub wide: bool,
    /// The namespace in front.
    pub with_namespace: bool,
    /// What stands before each name (`deployment.apps`); empty for nothing.
    pub kind: String,
    /// A column for each of these labels.
    pub label_columns: Vec<String>,
    /// A last column with all labels.
    pub show_labels: bool,
}

/// Prints tables of one kind after the other.
#[derive(Debug)]
pub struct TablePrinter<W> {
    tabs: TabWriter<Separated<W>>,
    shape: Shape,
    headed: Vec<Heading>,
}

impl<W: Write> TablePrinter<W> {
    /// A printer onto `out`.
    pub fn new(out: W, shape: Shape) -> Self {
        let out = Separated { out, written: false, pending: false };
        Self { tabs: TabWriter::new(out), shape, headed: Vec::new() }
    }

    /// Prints a table. Lines may be kept back until [`Self::flush`].
    pub fn print(&mut self, table: &Table) -> io::Result<()> {
        if table.lines.is_empty() {
            return Ok(());
        }
        let rows: Vec<Vec<String>> = table.lines.iter().map(|line| self.cells(&table.headings, line)).collect();
        let mut widest = widest(&rows);
        if !self.shape.no_headers && self.headed != table.headings {
            let headings = self.headings(&table.headings);
            self.put_padded(headings.iter().map(|heading| (heading.to_uppercase(), heading.len())), &widest);
            self.headed.clone_from(&table.headings);
            widest.clear();
        }
        for (at, row) in rows.iter().enumerate() {
            let widest = if at == 0 { &*widest } else { &[] };
            self.put_padded(row.iter().map(|cell| (first_line(cell), cell.len())), widest);
            if (at + 1) % FLUSH == 0 {
                self.tabs.flush()?;
            }
        }
        Ok(())
    }

    /// Writes what was kept back.
    pub fn flush(&mut self) -> io::Result<()> {
        self.tabs.flush()
    }

    /// What follows is of another kind: new headings behind an empty line, new widths.
    pub fn next_kind(&mut self, shape: Shape) -> io::Result<()> {
        self.tabs.flush()?;
        self.tabs.forget_widths();
        let out = self.tabs.inner();
        out.pending = out.written && !shape.no_headers;
        self.shape = shape;
        self.headed.clear();
        Ok(())
    }

    /// Whether anything was printed.
    pub fn has_written(&mut self) -> bool {
        self.tabs.inner().written
    }

    /// Puts a line of cells, each with its length before it was cut. The first line of a table gives every column but
    /// the last the width (in bytes) that the longest of its cells has, so that lines which are aligned later have room.
    fn put_padded(&mut self, cells: impl Iterator<Item = (String, usize)>, widest: &[usize]) {
        for (at, (cell, length)) in cells.enumerate() {
            if at > 0 {
                self.tabs.put("\t");
            }
            self.tabs.put(&cell);
            if at + 1 < widest.len() {
                self.tabs.put(&" ".repeat(widest[at].saturating_sub(length)));
            }
        }
        self.tabs.put("\n");
    }

    /// The headings of the columns that are shown.
    fn headings(&self, headings: &[Heading]) -> Vec<String> {
        let shape = &self.shape;
        let shown = headings.iter().filter(|heading| shape.wide || !heading.wide).map(|heading| heading.text.clone());
        let label = |label: &String| label.rsplit('/').next().unwrap_or_default().to_owned();
        shape
            .with_namespace
            .then(|| "Namespace".to_owned())
            .into_iter()
            .chain(shown)
            .chain(shape.label_columns.iter().map(label))
            .chain(shape.show_labels.then(|| "Labels".to_owned()))
            .collect()
    }

    /// The cells of a row that are shown.
    fn cells(&self, headings: &[Heading], line: &Line) -> Vec<String> {
        let shape = &self.shape;
        let shown = headings.iter().enumerate().filter(|(_, heading)| shape.wide || !heading.wide);
        let cells = shown.map(|(at, heading)| {
            let text = line.cells.get(at).map(String::as_str).unwrap_or_default();
            let kind = if heading.is_name { shape.kind.as_str() } else { "" };
            if kind.is_empty() { text.to_owned() } else { format!("{kind}/{text}") }
        });
        let value = |wanted: &String| {
            let found = line.labels.iter().find(|(key, _)| key == wanted);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        shape
            .with_namespace
            .then(|| line.namespace.clone())
            .into_iter()
            .chain(cells)
            .chain(shape.label_columns.iter().map(value))
            .chain(shape.show_labels.then(|| all_labels(&line.labels)))
            .collect()
    }
}

/// The length in bytes of the longest cell of each column.
fn widest(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    (0..columns).map(|at| rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0)).collect()
}

/// A cell up to its first line break.
fn first_line(cell: &str) -> String {
    cell.find(['\n', '\r', '\u{c}']).map_or_else(|| cell.to_owned(), |end| format!("{}...", &cell[..end]))
}

fn all_labels(labels: &[(String, String)]) -> String {
    if labels.is_empty() {
        return "<none>".to_owned();
    }
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

/// Puts an empty line between kinds, but only once something follows.
#[derive(Debug)]
struct Separated<W> {
    out: W,
    written: bool,
    pending: bool,
}

impl<W: Write> Write for Separated<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.pending) {
            self.out.write_all(b"\n")?;
        }
        self.written |= !bytes.is_empty();
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(headings: &[&str], rows: &[&[&str]]) -> Table {
        let heading =
            |text: &&str| Heading { text: (*text).to_owned(), wide: text.ends_with('*'), is_name: *text == "Name" };
        let line = |row: &&[&str]| Line {
            namespace: "shop".to_owned(),
            labels: vec![("app".to_owned(), "web".to_owned()), ("x/tier".to_owned(), "a".to_owned())],
            cells: row.iter().map(|cell| (*cell).to_owned()).collect(),
        };
        Table { headings: headings.iter().map(heading).collect(), lines: rows.iter().map(line).collect() }
    }

    fn printed(shape: Shape, tables: &[Table]) -> String {
        let mut printer = TablePrinter::new(Vec::new(), shape);
        for table in tables {
            printer.print(table).expect("memory takes everything");
        }
        printer.flush().expect("memory takes everything");
        String::from_utf8(std::mem::take(&mut printer.tabs.inner().out)).expect("text")
    }

    #[test]
    fn headings_stand_once_above_all_pages() {
        let pages = [table(&["Name", "Age"], &[&["web-0", "5m"]]), table(&["Name", "Age"], &[&["web-long-1", "6m"]])];
        assert_eq!(printed(Shape::default(), &pages), "NAME         AGE\nweb-0        5m\nweb-long-1   6m\n");
        assert_eq!(printed(Shape::default(), &[table(&["Name"], &[])]), "", "no rows, no headings");
    }

    #[test]
    fn what_is_asked_for_is_shown() {
        let one = [table(&["Name", "Node*"], &[&["web-0", "node-a"]])];
        let shape = Shape { with_namespace: true, show_labels: true, kind: "pod".to_owned(), ..Shape::default() };
        assert_eq!(printed(shape, &one), "NAMESPACE   NAME        LABELS\nshop        pod/web-0   app=web,x/tier=a\n");
        let shape =
            Shape { wide: true, no_headers: true, label_columns: vec!["x/tier".to_owned()], ..Shape::default() };
        assert_eq!(printed(shape.clone(), &one), "web-0   node-a   a\n");
        assert!(printed(Shape { no_headers: false, ..shape }, &one).starts_with("NAME    NODE*    TIER\n"));
    }

    #[test]
    fn a_cell_is_cut_at_its_first_line_break_but_its_column_is_as_wide_as_all_of_it() {
        let rows = [table(&["Message", "X"], &[&["two\nlines", "x"], &["\u{1b}[1m", "y"]])];
        assert_eq!(printed(Shape::default(), &rows), "MESSAGE     X\ntwo...      x\n^[[1m       y\n");
    }

    #[test]
    fn rows_beyond_a_hundred_have_the_room_that_the_longest_needs() {
        let mut rows: Vec<&[&str]> = vec![&["a", "x"]; 150];
        rows[120] = &["much-longer-name", "x"];
        let text = printed(Shape::default(), &[table(&["Name", "X"], &rows)]);
        assert!(text.lines().all(|line| line.len() == "much-longer-name   x".len()), "{text}");
        let text = printed(Shape { no_headers: true, ..Shape::default() }, &[table(&["Name", "X"], &rows)]);
        assert!(text.lines().all(|line| line.len() == "much-longer-name   x".len()), "{text}");
    }

    #[test]
    fn kinds_are_separated_by_an_empty_line_when_both_have_rows() {
        let mut printer = TablePrinter::new(Vec::new(), Shape::default());
        let (pods, none) = (table(&["Name"], &[&["a-long-name"]]), table(&["Name"], &[]));
        for each in [&none, &pods, &none, &pods] {
            printer.next_kind(Shape::default()).expect("memory takes everything");
            printer.print(each).expect("memory takes everything");
        }
        printer.flush().expect("memory takes everything");
        assert!(printer.has_written());
        assert_eq!(printer.tabs.inner().out, b"NAME\na-long-name\n\nNAME\na-long-name\n");
    }
}
