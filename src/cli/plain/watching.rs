//! `--watch`: what there is, then every change of it, until the command is ended.
//!
//! Rules: kubectl `get --watch` of 1.37. Unlike there, a watch that the server ends after some minutes goes on.

use std::io::{self, Write};

use serde_json::Value;

use super::args::Listing;
use super::documents::{Documents, Form};
use super::failure::Failure;
use super::fetch::{Pages, accept_table, table_of};
use super::list::{form, select, shape};
use super::session::{Session, Wanted};
use super::table::{Shape, TablePrinter};
use crate::cluster::http::ACCEPT_JSON;
use crate::cluster::pages::{self, Ended, Select};
use crate::describe::json::Keys;
use crate::model::resource::Resource;

/// Prints what there is and every change.
pub async fn run(session: &Session, listing: &Listing, wanted: &[Wanted], out: &mut dyn Write) -> Result<(), Failure> {
    let [one] = wanted else {
        return Err(Failure::Usage(if wanted.iter().all(|one| one.resource == wanted[0].resource) {
            format!(
                "watch is only supported on individual resources and resource collections - found {} resources",
                wanted.len()
            )
        } else {
            "you may only specify a single resource type".to_owned()
        }));
    };
    let resource = &one.resource;
    let select = select(session, listing, resource);
    let mut paper = if let Some(form) = form(listing) {
        Paper::Documents(Documents::new(out, form, listing.show_managed_fields))
    } else {
        let mut printer = TablePrinter::new(out, Shape::default());
        printer.next_kind(shape(session, listing, resource, false))?;
        Paper::Table(printer)
    };
    match &one.name {
        None => watch_list(session, resource, select, &mut paper).await,
        Some(name) => watch_object(session, resource, name, select, &mut paper).await,
    }
}

/// Where changes are printed.
enum Paper<W> {
    Table(TablePrinter<W>),
    Documents(Documents<W>),
}

impl<W: Write> Paper<W> {
    fn accept(&self, resource: &Resource) -> &'static str {
        match self {
            Self::Table(_) => accept_table(resource),
            Self::Documents(_) => ACCEPT_JSON,
        }
    }

    fn print(&mut self, resource: &Resource, object: Value) -> io::Result<()> {
        match self {
            Self::Table(printer) => {
                printer.print(&table_of(resource, &object))?;
                printer.flush()
            }
            Self::Documents(documents) => documents.document(object, Keys::Sorted),
        }
    }
}

async fn watch_list<W: Write>(
    session: &Session,
    resource: &Resource,
    select: Select,
    paper: &mut Paper<W>,
) -> Result<(), Failure> {
    let wanted = Wanted { resource: resource.clone(), name: None };
    let mut listed = Pages::new(session, &wanted, select.clone());
    loop {
        let more = match paper {
            Paper::Table(printer) => match listed.table().await? {
                Some(table) => printer.print(&table).map(|()| true)?,
                None => false,
            },
            Paper::Documents(documents) => match listed.objects(Form::Json).await? {
                Some(objects) => {
                    for object in objects {
                        documents.document(object, Keys::Sorted)?;
                    }
                    true
                }
                None => false,
            },
        };
        if !more {
            break;
        }
    }
    if let Paper::Table(printer) = paper {
        printer.flush()?;
    }
    let version = listed.version().to_owned();
    follow(session, resource, &select, version, paper, None).await
}

async fn watch_object<W: Write>(
    session: &Session,
    resource: &Resource,
    name: &str,
    mut select: Select,
    paper: &mut Paper<W>,
) -> Result<(), Failure> {
    let key = session.key(resource, name)?;
    let object = pages::value(&session.connection, &key, paper.accept(resource)).await?;
    let object = session.heard(object)?;
    let printed = version(&object);
    paper.print(resource, object)?;
    select.fields = format!("metadata.name={name}");
    // From version 0 the watch begins with the object as it is: the version that was printed is not printed again.
    follow(session, resource, &select, "0".to_owned(), paper, printed).await
}

/// The version of an object, or of the one object in a table.
fn version(answer: &Value) -> Option<String> {
    let of_row = answer.pointer("/rows/0/object/metadata/resourceVersion");
    of_row.or(answer.pointer("/metadata/resourceVersion")).and_then(Value::as_str).map(str::to_owned)
}

async fn follow<W: Write>(
    session: &Session,
    resource: &Resource,
    select: &Select,
    version: String,
    paper: &mut Paper<W>,
    mut printed: Option<String>,
) -> Result<(), Failure> {
    let accept = paper.accept(resource);
    let print = |seen: pages::Seen| match printed.take() {
        Some(known) if self::version(&seen.object).as_ref() == Some(&known) => Ok(()),
        _ => paper.print(resource, seen.object),
    };
    match pages::follow(&session.connection, resource, select, accept, version, print).await {
        Ok(never) => match never {},
        Err(Ended::Failed(error)) => Err(error.into()),
        Err(Ended::Stopped(error)) => Err(error.into()),
    }
}
