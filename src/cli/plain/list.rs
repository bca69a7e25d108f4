//! `pods`, `nodes`, `get`, `yaml`: objects as tables or documents.
//!
//! Rules: kubectl `get` of 1.37. Start with [`run`].

use std::io::Write;

use super::args::{Listing, Output};
use super::documents::{Documents, Form};
use super::failure::{Failure, Failures};
use super::fetch::Pages;
use super::session::{Session, Wanted};
use super::table::{Shape, Table, TablePrinter};
use super::watching;
use crate::cluster::pages::Select;
use crate::describe::json::Keys;
use crate::model::resource::Resource;

/// Prints what `listing` asks for; `args` is its objects with their kinds.
pub async fn run(session: &Session, listing: &Listing, args: &[String], out: &mut dyn Write) -> Result<(), Failures> {
    let wanted = session.wanted(args).await?;
    refuse_selectors_with_names(&wanted, args, listing)?;
    if listing.watch {
        return Ok(watching::run(session, listing, &wanted, out).await?);
    }
    match form(listing) {
        Some(form) => print_documents(session, listing, &wanted, form, out).await,
        None => print_tables(session, listing, &wanted, out).await,
    }
}

/// The form of the documents; `None` is a table.
pub fn form(listing: &Listing) -> Option<Form> {
    match listing.output? {
        Output::Wide => None,
        Output::Json => Some(Form::Json),
        Output::Yaml => Some(Form::Yaml),
        Output::Name => Some(Form::Name),
    }
}

/// What of a kind is wanted.
pub fn select(session: &Session, listing: &Listing, resource: &Resource) -> Select {
    session.select(resource, listing.selector.as_ref(), listing.field_selector.as_ref())
}

fn refuse_selectors_with_names(wanted: &[Wanted], args: &[String], listing: &Listing) -> Result<(), Failure> {
    let selects = listing.selector.is_some() || listing.field_selector.is_some();
    if !selects || wanted.iter().all(|one| one.name.is_none()) {
        return Ok(());
    }
    let is_pairs = args.iter().any(|arg| arg.contains('/'));
    Err(Failure::Usage(if is_pairs {
        "selectors and the all flag cannot be used when passing resource/name arguments".to_owned()
    } else {
        "name cannot be provided when a selector is specified".to_owned()
    }))
}

/// The shape of the tables of a kind.
pub fn shape(session: &Session, listing: &Listing, resource: &Resource, with_kind: bool) -> Shape {
    Shape {
        no_headers: listing.no_headers,
        wide: listing.output == Some(Output::Wide),
        with_namespace: session.all_namespaces && resource.namespaced,
        kind: if with_kind { resource.type_name() } else { String::new() },
        label_columns: listing.label_columns.clone(),
        show_labels: listing.show_labels,
    }
}

/// Prints tables of several kinds, one kind below the other.
struct Sheets<'a, W> {
    session: &'a Session,
    listing: &'a Listing,
    printer: TablePrinter<W>,
    last: Option<&'a Resource>,
    with_namespace: bool,
}

impl<'a, W: Write> Sheets<'a, W> {
    fn print(&mut self, resource: &'a Resource, table: &Table, with_kind: bool) -> Result<(), Failure> {
        if self.last != Some(resource) {
            let mut shape = shape(self.session, self.listing, resource, with_kind);
            // Once kubectl has shown the column it shows it for every kind that follows.
            shape.with_namespace |= self.with_namespace;
            self.with_namespace = shape.with_namespace;
            self.printer.next_kind(shape)?;
            self.last = Some(resource);
        }
        Ok(self.printer.print(table)?)
    }
}

async fn print_tables(
    session: &Session,
    listing: &Listing,
    wanted: &[Wanted],
    out: &mut dyn Write,
) -> Result<(), Failures> {
    let printer = TablePrinter::new(out, Shape::default());
    let mut sheets = Sheets { session, listing, printer, last: None, with_namespace: false };
    // Names carry their kind where several kinds answered: that is known only when all have. One kind is printed as it
    // comes.
    let is_mixed = wanted.iter().any(|one| one.resource != wanted[0].resource);
    let (mut kept, mut failures): (Vec<(&Resource, Table)>, Vec<Failure>) = (Vec::new(), Vec::new());
    for one in wanted {
        let mut pages = Pages::new(session, one, select(session, listing, &one.resource));
        loop {
            match pages.table().await {
                Ok(Some(table)) if is_mixed => kept.push((&one.resource, table)),
                Ok(Some(table)) => sheets.print(&one.resource, &table, false)?,
                Ok(None) => break,
                Err(failure) => {
                    failures.push(failure);
                    break;
                }
            }
        }
    }
    let with_kind = kept.iter().any(|(resource, _)| *resource != kept[0].0);
    for (resource, table) in &kept {
        sheets.print(resource, table, with_kind)?;
    }
    sheets.printer.flush()?;
    let is_empty = !sheets.printer.has_written();
    failures.retain(|failure| !(listing.ignore_not_found && failure.is_not_found()));
    if is_empty && failures.is_empty() && !listing.ignore_not_found {
        let in_namespace = wanted.iter().all(|one| one.resource.namespaced);
        session.say(&session.nothing_found(in_namespace))?;
    }
    Failures::of(failures)
}

async fn print_documents(
    session: &Session,
    listing: &Listing,
    wanted: &[Wanted],
    form: Form,
    out: &mut dyn Write,
) -> Result<(), Failures> {
    let mut documents = Documents::new(out, form, listing.show_managed_fields);
    // One object by its name stands by itself, everything else in a list.
    let is_single = matches!(wanted, [Wanted { name: Some(_), .. }]);
    let (mut count, mut failures) = (0, Vec::new());
    for one in wanted {
        let mut pages = Pages::new(session, one, select(session, listing, &one.resource));
        loop {
            match pages.objects(form).await {
                Ok(Some(objects)) => {
                    count += objects.len();
                    for object in objects {
                        if is_single { documents.document(object, Keys::Sorted)? } else { documents.item(object)? }
                    }
                }
                Ok(None) => break,
                Err(failure) => {
                    failures.push(failure);
                    break;
                }
            }
        }
    }
    failures.retain(|failure| !(listing.ignore_not_found && failure.is_not_found()));
    if !is_single && (count > 0 || !listing.ignore_not_found) {
        documents.end_list()?;
    }
    Failures::of(failures)
}
