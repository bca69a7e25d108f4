//! Reading what a command prints: page by page, as tables or as whole objects.
//!
//! Pods, nodes and events come as the rows of the screen's lists, in the same encoding; tables of all other kinds are made by
//! the server.

use serde_json::{Value, json};

use super::documents::{self, Form};
use super::failure::Failure;
use super::rows::{self, NODES, PODS};
use super::server;
use super::session::{Session, Wanted};
use super::table::Table;
use crate::app::columns::Listed;
use crate::cluster::error::Error;
use crate::cluster::http::{ACCEPT_JSON, ACCEPT_METADATA};
use crate::cluster::pages::{self, Select};
use crate::model::event::EventRow;
use crate::model::kind::Kind;
use crate::model::node::NodeRow;
use crate::model::pod::PodRow;
use crate::model::resource::{Names, Resource};
use crate::model::row::{Interner, WireRow};
use crate::runtime::now;

/// What one [`Wanted`] stands for, read a page at a time.
pub struct Pages<'a> {
    session: &'a Session,
    wanted: &'a Wanted,
    select: Select,
    /// Token of the next page; `None` when nothing is left.
    token: Option<String>,
    version: String,
    strings: Interner,
}

impl<'a> Pages<'a> {
    /// Before the first page.
    pub fn new(session: &'a Session, wanted: &'a Wanted, select: Select) -> Self {
        Self {
            session,
            wanted,
            select,
            token: Some(String::new()),
            version: String::new(),
            strings: Interner::default(),
        }
    }

    /// The version of the list, once its first page was read.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The next page as a table; `None` behind the last.
    pub async fn table(&mut self) -> Result<Option<Table>, Failure> {
        let Some(token) = self.token.take() else { return Ok(None) };
        let resource = &self.wanted.resource;
        if let Some(name) = &self.wanted.name {
            let key = self.session.key(resource, name)?;
            let object = pages::value(&self.session.connection, &key, accept_table(resource)).await?;
            let object = self.session.heard(object)?;
            return Ok(Some(table_of(resource, &object)));
        }
        let table = match resource.watched() {
            Some(Kind::Pod) => rows::table(&self.rows::<PodRow>(&token).await?, PODS, now()),
            Some(Kind::Node) => rows::table(&self.rows::<NodeRow>(&token).await?, NODES, now()),
            Some(Kind::Event) => rows::events(&self.rows::<EventRow>(&token).await?, now()),
            None => server::table(&self.values(accept_table(resource), &token).await?, now()),
        };
        Ok(Some(table))
    }

    /// The next page as objects; `None` behind the last. For names alone, only those are asked for.
    pub async fn objects(&mut self, form: Form) -> Result<Option<Vec<Value>>, Failure> {
        let Some(token) = self.token.take() else { return Ok(None) };
        let resource = &self.wanted.resource;
        if let Some(name) = &self.wanted.name {
            let key = self.session.key(resource, name)?;
            let object = pages::value(&self.session.connection, &key, ACCEPT_JSON).await?;
            return Ok(Some(vec![self.session.heard(object)?]));
        }
        if form != Form::Name {
            let mut list = self.values(ACCEPT_JSON, &token).await?;
            return Ok(Some(documents::items(&mut list, &resource.api_version(), &resource.kind)));
        }
        let mut list = self.values(ACCEPT_METADATA, &token).await?;
        // As metadata alone, the items are of a kind of their own.
        let named = |item: Value| json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": item["metadata"]});
        Ok(Some(documents::items(&mut list, "", "").into_iter().map(named).collect()))
    }

    async fn rows<R: WireRow>(&mut self, token: &str) -> Result<Vec<R>, Failure> {
        let read = pages::rows::<R>(&self.session.connection, &self.select, token, &mut self.strings).await;
        let (rows, end) = self.session.heard(read.map_err(|error| self.failure(error))?)?;
        self.version = end.resource_version;
        self.token = Some(end.continue_token).filter(|next| !next.is_empty());
        Ok(rows)
    }

    async fn values(&mut self, accept: &str, token: &str) -> Result<Value, Failure> {
        let resource = &self.wanted.resource;
        let list = pages::values(&self.session.connection, resource, &self.select, accept, token).await;
        let list = self.session.heard(list.map_err(|error| self.failure(error))?)?;
        let text = |name: &str| list["metadata"][name].as_str().unwrap_or_default();
        let next = text("continue");
        text("resourceVersion").clone_into(&mut self.version);
        self.token = Some(next.to_owned()).filter(|next| !next.is_empty());
        Ok(list)
    }

    fn failure(&self, error: Error) -> Failure {
        let Names { group, version, plural, .. } = &*self.wanted.resource;
        Failure::listing(error, &format!("{group}/{version}, Resource={plural}"), &self.select)
    }
}

/// All rows of a kind that are selected.
pub async fn all<R: WireRow>(session: &Session, select: Select) -> Result<Vec<R>, Failure> {
    let wanted = Wanted { resource: R::KIND.into(), name: None };
    let (mut pages, mut rows) = (Pages::new(session, &wanted, select), Vec::new());
    while let Some(token) = pages.token.take() {
        rows.extend(pages.rows::<R>(&token).await?);
    }
    Ok(rows)
}

/// How to ask for an object of a kind that is to be a row of a table.
pub fn accept_table(resource: &Resource) -> &'static str {
    match resource.watched() {
        Some(_) => ACCEPT_JSON,
        None => server::ACCEPT,
    }
}

/// An object that was asked for so, as a table.
pub fn table_of(resource: &Resource, answer: &Value) -> Table {
    fn one<R: Listed + WireRow>(object: &Value, headings: &[&str]) -> Table {
        rows::table(rows::row::<R>(object).as_slice(), headings, now())
    }
    match resource.watched() {
        Some(Kind::Pod) => one::<PodRow>(answer, PODS),
        Some(Kind::Node) => one::<NodeRow>(answer, NODES),
        Some(Kind::Event) => rows::events(rows::row(answer).as_slice(), now()),
        None => server::table(answer, now()),
    }
}
